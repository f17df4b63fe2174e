"""`people.yaml`, read and checked: expected hours, days off, absences, holidays, teams, rates, where to send a digest.

The comments of `config/people.example.yaml` explain it to its users. Without the file nothing is expected of anybody,
and nobody is judged. Nothing here knows who is in Toggl: people are named by their address there.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, SecretStr, StrictBool, StringConstraints
from pydantic_core import PydanticCustomError

from volt_assets.errors import BadInput
from volt_assets.formatting import disambiguate
from volt_assets.private_files import warn_if_readable
from volt_assets.settings import Settings, is_notification_address
from volt_assets.text import slug
from volt_assets.yaml_file import ConfigSection, Where, YamlFile, file_text, nearest

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
# Who works every hour of a week has 168.
_MOST_HOURS = 168
_LONGEST_ABSENCE = timedelta(days=3660)
_DAYS = re.compile(r"(\d{4}-\d{2}-\d{2})(?:\s*\.\.\s*(\d{4}-\d{2}-\d{2}))?(?:\s+(\S.*))?")
_RATE = re.compile(r"(\d+(?:\.\d+)?)\s*([A-Z]{3})")


@dataclass(frozen=True)
class Days:
    """Days in a row, both included, and why."""

    first: date
    last: date
    reason: str | None = None

    def __iter__(self) -> Iterator[date]:
        return (self.first + timedelta(days=days) for days in range((self.last - self.first).days + 1))


@dataclass(frozen=True)
class Rate:
    """What an hour costs. `currency`: three letters."""

    amount: Decimal
    currency: str


def _problem(message: str) -> PydanticCustomError:
    # Braces would be taken for places of the message's values.
    return PydanticCustomError("people", "{message}", {"message": message})


def _parse_days(value: Any) -> Days:
    found = _DAYS.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found:
        shown = f", not {value!r}" if isinstance(value, str | int | float) else ""
        raise _problem(f"must be a day or days, like 2026-12-25 or 2026-11-23..2026-11-24 and why{shown}")
    try:
        first = date.fromisoformat(found[1])
        last = date.fromisoformat(found[2]) if found[2] else first
    except ValueError:
        raise _problem(f"{value!r} names a day that does not exist") from None
    if last < first:
        raise _problem(f"{value!r} ends before it begins")
    if last - first > _LONGEST_ABSENCE:
        raise _problem(f"{value!r} is longer than ten years")
    return Days(first, last, found[3])


def _parse_rate(value: Any) -> Rate:
    found = _RATE.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found:
        shown = f", not {value!r}" if isinstance(value, str | int | float) else ""
        raise _problem(f"must be an amount an hour and its currency, like 98.00 EUR{shown}")
    return Rate(Decimal(found[1]), found[2])


def _parse_hours(value: Any) -> Decimal:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not 0 <= value <= _MOST_HOURS:
        shown = f", not {value!r}" if isinstance(value, str | int | float) else ""
        raise _problem(f"must be hours a week, a number from 0 to {_MOST_HOURS}{shown}")
    return round(Decimal(str(value)), 4)


def _parse_weekday(value: Any) -> str:
    names = {name.casefold(): name for name in WEEKDAYS} | {name[:3].casefold(): name for name in WEEKDAYS}
    if not isinstance(value, str) or value.strip().casefold() not in names:
        near = nearest(str(value).capitalize(), WEEKDAYS) or f" They are {', '.join(WEEKDAYS)}."
        raise _problem(f"{value!r} is not a weekday.{near}")
    return names[value.strip().casefold()]


def _parse_address(value: Any) -> SecretStr:
    # The value itself is not repeated: it may hold a secret.
    if not isinstance(value, str) or not is_notification_address(value.strip()):
        raise _problem("is not an address of one receiver: write it like slack://… or mailto://…")
    return SecretStr(value.strip())


def _one_or_many(value: Any) -> Any:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else value


_Text = Annotated[str, StringConstraints(strict=True, strip_whitespace=True, min_length=1)]
_Hours = Annotated[Decimal, BeforeValidator(_parse_hours)]
_ListOfDays = Annotated[tuple[Annotated[Days, BeforeValidator(_parse_days)], ...], BeforeValidator(_one_or_many)]
_Weekdays = Annotated[tuple[Annotated[str, BeforeValidator(_parse_weekday)], ...], BeforeValidator(_one_or_many)]
_Rate = Annotated[Rate, BeforeValidator(_parse_rate)]


class PersonConfig(ConfigSection):
    """What is said of one person. `hours` None: those of everybody. `lead`: whether they lead their team."""

    hours: _Hours | None = None
    days_off: _Weekdays = ()
    absences: _ListOfDays = ()
    team: _Text | None = None
    lead: StrictBool = False
    notify: Annotated[SecretStr, BeforeValidator(_parse_address)] | None = None
    rate: _Rate | None = None

    @cached_property
    def away(self) -> Mapping[date, str | None]:
        """The days of absence, and why."""
        return {day: days.reason for days in self.absences for day in days}


class _File(ConfigSection):
    hours: _Hours | None = None
    holidays: _ListOfDays = ()
    rates: dict[str, _Rate] = {}
    people: dict[str, PersonConfig | None] = {}


@dataclass(frozen=True)
class PeopleConfig:
    """What people.yaml says. `path`: the file; None: there is none, so nothing is known.

    People are found by address, whatever its capitals.
    """

    path: Path | None = None
    hours: Decimal | None = None
    public_holidays: tuple[Days, ...] = ()
    rates: Mapping[str, Rate] = field(default_factory=dict)
    people: Mapping[str, PersonConfig] = field(default_factory=dict)

    @cached_property
    def holidays(self) -> frozenset[date]:
        """Days on which nobody is expected to work."""
        return frozenset(day for days in self.public_holidays for day in days)

    def of(self, email: str | None) -> PersonConfig:
        """What is said of a person; of one without an address, or who is not named, nothing."""
        return self.people.get((email or "").casefold(), _NOT_NAMED)

    def names(self, email: str | None) -> bool:
        """Whether the file names the person."""
        return (email or "").casefold() in self.people

    def expected_seconds(self, email: str | None, day: date) -> int | None:
        """What is expected of a person on a day: their hours a week, spread over their weekdays, less holidays and
        absences. None where no hours are known.
        """
        person = self.of(email)
        hours = self.hours if person.hours is None else person.hours
        if hours is None:
            return None
        weekdays = [name for name in WEEKDAYS if name not in person.days_off]
        name = f"{day:%A}"
        if name not in weekdays or day in self.holidays or day in person.away:
            return 0
        # Whole seconds that add up to the week's.
        place, seconds = weekdays.index(name), int(hours * 3600)
        return seconds * (place + 1) // len(weekdays) - seconds * place // len(weekdays)

    def absence(self, email: str | None, day: date) -> Days | None:
        """The absence that a day is part of."""
        return next((days for days in self.of(email).absences if days.first <= day <= days.last), None)

    def notify(self, email: str | None) -> SecretStr | None:
        """Where a person's digest is sent: an address as Apprise has it. None: nowhere."""
        return self.of(email).notify

    @property
    def notifies(self) -> bool:
        """Whether anybody's digest is to be sent."""
        return any(person.notify for person in self.people.values())

    def rate(self, email: str | None, project: str | None) -> Rate | None:
        """What an hour of a person on a project costs: by the project, else by the person."""
        return self.rates.get(project or "") or self.of(email).rate

    @cached_property
    def teams(self) -> Mapping[str, frozenset[str]]:
        """The addresses of each team's people, in lower case, by the team's name."""
        named: dict[str, set[str]] = {}
        for email, person in self.people.items():
            if person.team is not None:
                named.setdefault(person.team, set()).add(email)
        return {team: frozenset(named[team]) for team in sorted(named, key=str.casefold)}

    @cached_property
    def team_files(self) -> Mapping[str, str]:
        """The name, without an ending, of the file of each team's report."""
        slugs = {place: slug(team) or f"team_{place + 1}" for place, team in enumerate(self.teams)}
        return dict(zip(self.teams, disambiguate(slugs, joint="_").values(), strict=True))

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of what reports read of the file: who is sent what, comments, layout and order do not change it.
        Empty where there is none."""
        if self.path is None:
            return ""
        people = {email: repr(person.model_dump(exclude={"notify"})) for email, person in self.people.items()}
        content = [repr(self.hours), repr(sorted(self.holidays)), repr(sorted(self.rates.items())), people]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


_NOT_NAMED = PersonConfig()
NO_PEOPLE_CONFIG = PeopleConfig()


def people_config(settings: Settings) -> PeopleConfig:
    """The file that the settings name. Raises BadInput that lists all its mistakes."""
    config = load_people_config(settings.people_config_path, required=settings.volt_people_config is not None)
    if config.path is not None and config.notifies:
        warn_if_readable(config.path)
    return config


def load_people_config(path: Path, *, required: bool = False) -> PeopleConfig:
    """Read and check the file; without it, nothing is known. Raises BadInput that lists all its mistakes, and where a
    `required` one is not there.
    """
    try:
        file = YamlFile(path, file_text(path))
    except FileNotFoundError:
        if required:
            raise BadInput(
                f"There is no {path}. VOLT_PEOPLE_CONFIG names a file like config/people.example.yaml.",
                code="bad_config",
            ) from None
        return NO_PEOPLE_CONFIG
    content = file.read(_File, _section)
    people = dict(_people(file, content))
    file.refuse_problems()
    return PeopleConfig(path, content.hours, content.holidays, content.rates, people)


def _people(file: YamlFile, content: _File) -> Iterator[tuple[str, PersonConfig]]:
    seen: dict[str, str] = {}
    for email, person in content.people.items():
        where = ("people", email)
        key = email.strip().casefold()
        if "@" not in key:
            file.add(where, "is not an address: people are named by their e-mail address in Toggl")
        elif key in seen:
            file.add(where, f"is the same address as {seen[key]}")
        elif person is not None and len(person.days_off) >= len(WEEKDAYS):
            file.add((*where, "days_off"), "leaves no weekday: write hours: 0 for who is not expected to work")
        elif person is not None and person.lead and person.team is None:
            file.add((*where, "lead"), "needs a team that this person leads")
        else:
            seen[key] = email
            yield key, person or _NOT_NAMED


def _section(where: Where) -> type[ConfigSection]:
    return PersonConfig if len(where) > 2 and where[0] == "people" else _File
