"""Whom an address means: everything that they are known by, and what of it is theirs alone."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from volt_assets.errors import BadInput
from volt_assets.forgotten import Forgotten, first_word
from volt_assets.reports.people import KnownPerson, everybody
from volt_assets.warehouse import Connection


@dataclass(frozen=True)
class Subject:
    """A person, by all accounts of Toggl with the address. `names` are those that nobody else bears."""

    user_ids: tuple[int, ...]
    emails: tuple[str, ...]
    names: tuple[str, ...]
    shared_names: tuple[str, ...]

    def digests(self, forgotten: Forgotten) -> Iterator[str]:
        """What is kept of a removed person."""
        for kind, values in (("id", self.user_ids), ("address", self.emails), ("name", self.names)):
            yield from (forgotten.digest(kind, value) for value in values)
        for name in self.names:
            # So that few words of a text have to be looked at as names.
            yield forgotten.digest("begins", first_word(name))


def find(connection: Connection, email: str) -> Subject | None:
    """The person with this address, now or before; None where nobody stored has it."""
    known = everybody(connection)
    wanted = email.strip().casefold()
    found = [person for person in known if wanted in map(str.casefold, person.emails)]
    return _subject(found, [person for person in known if person not in found]) if found else None


def require(connection: Connection, email: str) -> Subject:
    """The same. Raises BadInput where nobody stored has the address."""
    found = find(connection, email)
    if found is None:
        raise BadInput(f"Nobody stored has, or ever had, the address {email}. Check the spelling.", code="unknown_user")
    return found


def _subject(found: Iterable[KnownPerson], others: Iterable[KnownPerson]) -> Subject:
    found = list(found)
    of_others = {_plain(name) for person in others for name in person.names}
    names = sorted({name for person in found for name in person.names})
    emails = sorted({email for person in found for email in person.emails})
    return Subject(
        tuple(person.user_id for person in found),
        tuple(emails),
        tuple(name for name in names if _plain(name) not in of_others and name not in emails),
        tuple(name for name in names if _plain(name) in of_others),
    )


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())
