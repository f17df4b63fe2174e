"""What people's reports are called as files."""

from volt_assets.formatting import disambiguate
from volt_assets.reports.people import everybody, is_removed
from volt_assets.text import slug
from volt_assets.warehouse import Connection


def file_names(connection: Connection) -> dict[int, str]:
    """A file name (without ending) for each person ever stored and not removed, by user id: john_doe.

    Of people whose names give the same one, those with later ids get a suffix (john_doe_2), the same in every week.
    """
    slugs = {
        person.user_id: slug(person.name or "") or f"person_{person.user_id}"
        for person in everybody(connection)
        if not is_removed(person.user_id)
    }
    return disambiguate(slugs, joint="_")
