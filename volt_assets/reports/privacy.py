"""What the team's report shows in the place of people's names (VOLT_PRIVACY), and how names are hidden in texts.

It is done to the team's facts, before sentences and rendering: they read nothing else. People's own reports keep
names; of them, only what is sent to a model goes through `Privacy.text`.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, NamedTuple

from volt_assets.formatting import told_apart
from volt_assets.reports.facts.models import TeamFacts
from volt_assets.warehouse import Connection, query, read_rows

Mode = Literal["names", "initials", "pseudonyms"]
# What Volt or Fibery's schema says, and never a person: it may read like a name, and must stay what it is.
_NEVER_NAMES = {
    "type",
    "public_id",
    "url",
    "timezone",
    "kind",
    "outcome",
    "verdict",
    "state_kind",
    "as_of",
    "yaml",
    "labels",
}
_SOMEBODY = "somebody"


class Known(NamedTuple):
    """A name and an address under which a person was ever stored."""

    user_id: int
    name: str | None
    email: str | None


@dataclass(frozen=True)
class Privacy:
    """`shown` is what stands for each person, by Toggl's id; None: names are shown, and nothing is hidden."""

    shown: Mapping[int, str] | None = None
    known: tuple[Known, ...] = field(default=())

    def text(self, text: str) -> str:
        """The text with the full names and addresses of all known people hidden. First names alone stay."""
        if not self._hidden:
            return text
        return self._pattern.sub(lambda found: self._hidden[found[0].casefold()], text)

    def team(self, facts: TeamFacts) -> TeamFacts:
        """The team's facts without names and addresses."""
        if self.shown is None:
            return facts
        content = self._walk(facts.model_dump())
        for person in content["people"]:
            person |= {"name": self.shown[person["user_id"]], "email": None}
        for entity in content["entities"]:
            for assignee in entity["assignees"] or []:
                assignee |= {"name": self._assignee(assignee), "email": None}
        return TeamFacts.model_validate(content)

    def file_names(self, names: Mapping[int, str]) -> Mapping[int, str]:
        """Those that the team's report may link to: a person's file bears the name."""
        return names if self.shown is None else {}

    def _assignee(self, assignee: Mapping[str, str | None]) -> str:
        """By now the text of a known name is what is shown; who is known to Fibery alone is somebody."""
        known = set(self._hidden.values())
        return next((said for said in assignee.values() if said in known), _SOMEBODY)

    @cached_property
    def _hidden(self) -> dict[str, str]:
        """Names and addresses in lower case, and what stands for them."""
        if self.shown is None:
            return {}
        return {
            said.casefold(): self.shown[person.user_id]
            for person in self.known
            for said in (person.name, person.email)
            if said and said.strip()
        }

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        longest_first = sorted(self._hidden, key=len, reverse=True)
        return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)", re.IGNORECASE)

    def _walk(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: part if key in _NEVER_NAMES else self._walk(part) for key, part in value.items()}
        if isinstance(value, list):
            return [self._walk(part) for part in value]
        return self.text(value) if isinstance(value, str) else value


OPEN = Privacy()


def privacy_of(connection: Connection, mode: Mode) -> Privacy:
    """How names are shown, for everybody ever stored: the same in every week, whoever joins.

    Pseudonyms are handed out by chance and kept, so they tell nothing; newcomers are given theirs here. Not inside a
    transaction.
    """
    if mode == "names":
        return OPEN
    known = tuple(Known(**row) for row in read_rows(connection, query("reports/sql/known_names.sql")))
    if mode == "initials":
        names = dict(connection.execute(query("reports/facts/sql/everybody.sql")).fetchall())
        return Privacy(initials(names), known)
    connection.execute(query("reports/sql/hand_out_pseudonyms.sql"))
    numbers = connection.execute("SELECT user_id, number FROM pseudonyms").fetchall()
    return Privacy({user_id: f"Person {number}" for user_id, number in numbers}, known)


def initials(names: Mapping[int, str | None]) -> dict[int, str]:
    """Initials by id: "A. L."; of people who share them, those with later ids get a number ("A. L. 2")."""
    letters = {
        user_id: " ".join(f"{letter.upper()}." for letter in _first_letters(name or "")) or "N. N."
        for user_id, name in names.items()
    }
    return told_apart(letters, joint=" ")


def _first_letters(name: str) -> Iterable[str]:
    # An address in the place of a name gives no more than its first letter.
    words = name.partition("@")[0].split() if "@" in name else name.split()
    return (next(filter(str.isalpha, word)) for word in words if any(map(str.isalpha, word)))
