"""What the team's report shows in the place of people's names (VOLT_PRIVACY), and how names are hidden in texts.

It is done to the team's facts, before sentences and rendering: they read nothing else. People's own reports keep
names; of them, only what is sent to a model goes through `Privacy.text`.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from volt_assets.forgotten import WORDS
from volt_assets.formatting import disambiguate
from volt_assets.reports.people import KnownPerson, everybody, is_removed
from volt_assets.warehouse import Connection, query

Mode = Literal["names", "initials", "pseudonyms"]


@dataclass(frozen=True)
class Privacy:
    """`shown` is what stands for each person, by Toggl's id; None: names are shown, and nothing is hidden."""

    shown: Mapping[int, str] | None = None
    known: tuple[KnownPerson, ...] = ()

    def text(self, text: str) -> str:
        """The text with the full names and addresses of all known people hidden. First names alone stay."""
        if not self._hidden:
            return text
        return self._pattern.sub(lambda found: self._hidden[found[0].casefold()], text)

    def is_shown(self, text: str) -> bool:
        """Whether the text is what stands for a person whose names are hidden."""
        return text in self._hidden.values()

    def file_names(self, names: Mapping[int, str]) -> Mapping[int, str]:
        """Those that the team's report may link to: a person's file bears the name."""
        return names if self.shown is None else {}

    @cached_property
    def _hidden(self) -> dict[str, str]:
        """Names and addresses in lower case, and what stands for them."""
        if self.shown is None:
            return {}
        return {
            text.casefold(): self.shown[person.user_id]
            for person in self.known
            for text in (*person.names, *person.emails)
            if text.strip()
        }

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        longest_first = sorted(self._hidden, key=len, reverse=True)
        return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)", re.IGNORECASE)


OPEN = Privacy()


def privacy_of(connection: Connection, mode: Mode) -> Privacy:
    """How names are shown, for everybody ever stored: the same in every week, whoever joins.

    Pseudonyms are handed out by chance and kept, so they reveal nothing; newcomers are given theirs here. Not inside a
    transaction.
    """
    if mode == "names":
        return OPEN
    known = tuple(everybody(connection))
    if mode == "initials":
        return Privacy(initials({person.user_id: person.name for person in known}), known)
    user_ids = [person.user_id for person in known if not is_removed(person.user_id)]
    connection.execute(query("reports/sql/hand_out_pseudonyms.sql"), {"user_ids": user_ids})
    numbers = connection.execute("SELECT user_id, number FROM pseudonyms").fetchall()
    removed = {person.user_id: WORDS for person in known if is_removed(person.user_id)}
    return Privacy({user_id: f"Person {number}" for user_id, number in numbers} | removed, known)


def initials(names: Mapping[int, str | None]) -> dict[int, str]:
    """Initials by id: "A. L."; of people who share them, those with later ids get a number ("A. L. 2")."""
    letters = {
        user_id: " ".join(f"{letter.upper()}." for letter in _first_letters(name or "")) or "N. N."
        for user_id, name in names.items()
        if not is_removed(user_id)
    }
    return disambiguate(letters, joint=" ") | {user_id: WORDS for user_id in names if is_removed(user_id)}


def _first_letters(name: str) -> Iterable[str]:
    # An address in the place of a name gives no more than its first letter.
    words = name.partition("@")[0].split() if "@" in name else name.split()
    return (next(filter(str.isalpha, word)) for word in words if any(map(str.isalpha, word)))
