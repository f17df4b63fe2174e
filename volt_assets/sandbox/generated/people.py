"""`people.yaml` of the generated company, as Volt reads it: what is expected of whom, who is away, teams and rates."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from volt_assets.sandbox.company import Company, Person
from volt_assets.sandbox.generated import story
from volt_assets.sandbox.generated.plan import WEEKS

_HOURS = {"elena": 32}
_TEAMS = {
    "Berths": ("nora", "tom", "elena", "anna", "lucas"),
    "Cargo and ferries": ("daniel", "sione", "hana"),
    "Platform": ("maya", "grace", "ania"),
}
_RATES = {story.MANIFEST: "98.00 EUR", story.MOORINGS: "92.00 EUR"}
# Away on the Monday and Tuesday of the last week.
_AWAY = "nora"
_DAY = timedelta(days=1)


def people_yaml(company: Company, until: date | None = None) -> str:
    """The file's text, for the company as of the end of `until` (default: today in UTC).

    Days off are the weekdays without entries in the company's weeks before, until somebody left.
    """
    until = until or datetime.now(UTC).date()
    monday = until - timedelta(days=until.weekday())
    people = {person.email: person for person in company.toggl.people.values()}
    file = {
        "hours": 40,
        "holidays": [
            holiday
            for year in range(until.year - 1, until.year + 2)
            for holiday in (f"{year}-01-01 New Year", f"{year}-12-25 Christmas Day")
        ],
        "rates": _RATES,
        "people": {
            member.email: _person(company, people[member.email], member.key, monday) for member in story.MEMBERS
        },
    }
    # Every value of JSON is one of YAML.
    return "# Made up, as the company is.\n" + "".join(_lines(file))


def _lines(value: Mapping[str, Any], indent: str = "") -> Iterator[str]:
    for key, part in value.items():
        if isinstance(part, dict):
            yield f"{indent}{json.dumps(key)}:\n"
            yield from _lines(part, indent + "  ")
        else:
            yield f"{indent}{json.dumps(key)}: {json.dumps(part)}\n"


def _person(company: Company, person: Person, key: str, monday: date) -> dict[str, Any]:
    zone = ZoneInfo(person.timezone)
    entries = (entry for entry in company.toggl.entries.values() if entry.person_id == person.id)
    days = {datetime.fromtimestamp(entry.start, zone).date() for entry in entries}
    first, end = monday - (WEEKS - 1) * 7 * _DAY, monday if person.active else max(days)
    absences = [f"{day} day off" for day in _weekdays(first, end) if day not in days]
    if key == _AWAY:
        absences.append(f"{monday}..{monday + _DAY} holiday")
    team = next((team for team, members in _TEAMS.items() if key in members), None)
    said = {
        "hours": _HOURS.get(key),
        "absences": absences or None,
        "team": team,
        "lead": (team is not None and _TEAMS[team][0] == key) or None,
    }
    return {name: value for name, value in said.items() if value is not None}


def _weekdays(first: date, end: date) -> Iterator[date]:
    """The weekdays from one day up to another, without it."""
    return (day for number in range((end - first).days) if (day := first + number * _DAY).weekday() < 5)
