"""What people's reports are called as files."""

import re
import unicodedata

from volt_assets.formatting import disambiguate
from volt_assets.reports.people import everybody
from volt_assets.warehouse import Connection

_SLUG_LENGTH = 80


def file_names(connection: Connection) -> dict[int, str]:
    """A file name (without ending) for each person ever stored, by user id: john_doe.

    Of people whose names give the same one, those with later ids get a suffix (john_doe_2), the same in every week.
    """
    slugs = {person.user_id: slug(person.name or "") or f"person_{person.user_id}" for person in everybody(connection)}
    return disambiguate(slugs, joint="_")


def slug(name: str) -> str:
    """A name in ASCII letters, digits and underscores: "José Núñez" is jose_nunez; empty where nothing is left."""
    plain = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:_SLUG_LENGTH].rstrip("_")
