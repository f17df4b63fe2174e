"""The work logs that tests are run on: two CSV files each, and what they say, read with none of Volt's code.

One is generated, of the generated company's work, in the form of the other: three years of numbered people's time
(2006 to 2008, in Europe/London) with the work items of one space or another. The other is real, a company's own record,
and no part of the project: `bench/sip.py` makes its files, and VOLT_TEST_WORK_LOG names their folder (which may also
stand beside the checkout as ../shared/data/sip).
"""

import csv
import os
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from volt_assets.sandbox.company import Company, Entry
from volt_assets.sandbox.from_csv import ENTITY_COLUMNS, ENTRY_COLUMNS, company_from_csv
from volt_assets.sandbox.generated import WEEKS, generated_company

ENTRIES, ENTITIES = "toggl_export.csv", "fibery_entities.csv"
TIMEZONE = "Europe/London"
LONDON = ZoneInfo(TIMEZONE)
FIRST, LAST = date(2006, 1, 2), date(2009, 1, 4)
# The real log's busiest week, which is an ordinary one of the generated log.
BUSIEST = "2007-12-03", "2007-12-09"
ABSENT = "the real work log is absent: python bench/sip.py makes it, VOLT_TEST_WORK_LOG names its folder"


@dataclass(frozen=True)
class LoggedEntry:
    """A row of a work log."""

    email: str
    description: str
    start: datetime
    seconds: int

    @property
    def day(self) -> date:
        return self.start.date()

    @property
    def reference(self) -> tuple[str, str, str] | None:
        """(number, space, database) of "title #number [space] [database] [project]"; None where it has none."""
        found = _REFERENCE.search(self.description)
        return (found[1], found[2], found[3]) if found else None


# Titles may hold brackets, so it is read from the end.
_REFERENCE = re.compile(r"#(\d+) \[([^\[\]]+)\] \[([^\[\]]+)\] \[[^\[\]]*\]$")


def read_entries(folder: Path) -> list[LoggedEntry]:
    return [
        LoggedEntry(
            email=row["Email"],
            # Control characters, of which the real log has some, are left out of texts as they are read.
            description="".join(sign for sign in row["Description"] if unicodedata.category(sign) != "Cc"),
            start=datetime.fromisoformat(f"{row['Start date']}T{row['Start time']}").replace(tzinfo=LONDON),
            seconds=_seconds(row["Duration"]),
        )
        for row in _rows(folder / ENTRIES)
    ]


def read_entities(folder: Path) -> dict[tuple[str, str, str], dict[str, str]]:
    """The rows of the work items by (number, space, database)."""
    return {(row["Public Id"], row["Space"], row["Database"]): row for row in _rows(folder / ENTITIES)}


def of_days(work_log: Iterable[LoggedEntry], first: date, last: date) -> list[LoggedEntry]:
    return [entry for entry in work_log if first <= entry.day <= last]


def of_busiest_week(work_log: Iterable[LoggedEntry]) -> list[LoggedEntry]:
    return of_days(work_log, *map(date.fromisoformat, BUSIEST))


def seconds_by(entries: Iterable[LoggedEntry], key: Callable[[LoggedEntry], Any]) -> Counter[Any]:
    """Sums of seconds by what `key` says of an entry."""
    sums: Counter[Any] = Counter()
    for entry in entries:
        sums[key(entry)] += entry.seconds
    return sums


def company_of(folder: Path) -> Company:
    """The company behind a work log, for a sandbox."""
    return company_from_csv(folder / ENTRIES, folder / ENTITIES, timezone=TIMEZONE)


def real_log() -> Path | None:
    """The folder of the real work log's two files; None where it is absent. Raises where the named one has none."""
    named = os.environ.get("VOLT_TEST_WORK_LOG")
    folder = Path(named) if named else Path(__file__).parents[2] / "shared" / "data" / "sip"
    if (folder / ENTRIES).is_file():
        return folder
    if named:
        raise FileNotFoundError(f"VOLT_TEST_WORK_LOG: {folder / ENTRIES} is not there; python bench/sip.py makes it")
    return None


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def _seconds(duration: str) -> int:
    hours, minutes, seconds = map(int, duration.split(":"))
    return hours * 3600 + minutes * 60 + seconds


# The generated log: a quarter of a year of the generated company, and the same again before and after it, with work
# items of other numbers. Of a reference that could be read in two ways the tests cannot say what was meant, so such
# entries are left out. A third of the others makes a week of a size like the real one's.

_LAST_OF_QUARTER = date(2007, 12, 23)
_QUARTER = timedelta(weeks=WEEKS)
_LINKED = re.compile(r"([^\[\]#]+) #([1-9]\d*) \[([^\[\]]+)\] \[([^\[\]]+)\] \[[^\[\]]+\]")
_UNLINKED = re.compile(r"[^\[\]#\n]+")


@dataclass
class _Item:
    """A work item as the entries tell of it."""

    number: int
    space: str
    database: str
    title: str
    project: str
    email: str
    days: list[date]
    seconds: int = 0

    def row(self) -> dict[str, str]:
        completed = max(self.days) < LAST - timedelta(weeks=2) and self.number % 7 != 0
        quarters = round(self.seconds / 900 * (3 + self.number % 4) / 4)
        return {
            "Space": self.space,
            "Database": self.database,
            "Public Id": str(self.number),
            "Name": self.title,
            "State": "Completed" if completed else "Started",
            "Priority": str(1 + self.number % 5),
            "Estimate Hours": "" if self.number % 9 == 0 else f"{quarters / 4:g}",
            "Started On": str(min(self.days)),
            "Completed On": str(max(self.days)) if completed else "",
            "Assignee Email": self.email,
            "Project": self.project,
        }


def write_generated_log(folder: Path) -> None:
    """Write both files of the generated log: each time the same."""
    company = generated_company(until=_LAST_OF_QUARTER)
    items: dict[tuple[int, str, str], _Item] = {}
    rows = []
    for quarter in range(-8, 6):
        for entry, description in _kept(company):
            start = datetime.fromtimestamp(entry.start, UTC).astimezone(LONDON).replace(fold=0) + quarter * _QUARTER
            start = start.astimezone(UTC).astimezone(
                LONDON
            )  # a time that the clock leaves out becomes the one after it
            if not FIRST <= start.date() <= LAST:
                continue
            stop = (start.astimezone(UTC) + timedelta(seconds=entry.seconds)).astimezone(LONDON)
            # Numbered from 13 on, as the real log has no smaller number among those who work all the time.
            number = 13 + sorted(company.toggl.people).index(entry.person_id)
            email = f"developer.{number}@sip.example"
            project = company.toggl.projects[entry.project_id].name
            if found := _LINKED.fullmatch(description):
                title, digits, space, database = found.groups()
                key = (int(digits) + 1000 * (quarter + 8), _renamed(space), database)
                item = items.setdefault(key, _Item(*key, title, project, email, []))
                item.days.append(start.date())
                item.seconds += entry.seconds
                description = f"{item.title} #{item.number} [{item.space}] [{item.database}] [{project}]"
            rows.append(
                {
                    "User": f"Developer {number}",
                    "Email": email,
                    "Project": project,
                    "Description": description,
                    "Billable": "Yes" if entry.billable else "No",
                    "Start date": str(start.date()),
                    "Start time": f"{start:%H:%M:%S}",
                    "End date": str(stop.date()),
                    "End time": f"{stop:%H:%M:%S}",
                    "Duration": str(timedelta(seconds=entry.seconds)),
                }
            )
    rows.sort(key=lambda row: (row["Start date"], row["Start time"], row["User"]))
    _write(folder / ENTRIES, ENTRY_COLUMNS, rows)
    _write(folder / ENTITIES, ENTITY_COLUMNS, [items[key].row() for key in sorted(items)])


def _kept(company: Company) -> Iterator[tuple[Entry, str]]:
    """Every third entry that has ended, with a description that can be read in one way alone."""
    ended = [entry for entry in company.toggl.entries.values() if entry.stop is not None and entry.seconds > 0]
    for entry in sorted(ended, key=lambda entry: entry.id)[::3]:
        text = " ".join((entry.description or "").split())
        if text == entry.description and entry.project_id and (_LINKED.fullmatch(text) or _UNLINKED.fullmatch(text)):
            yield entry, text


def _renamed(space: str) -> str:
    """The space under the name that the real log has for such work."""
    return "Development" if space == "Scrum" else space


def _write(path: Path, columns: Iterable[str], rows: Iterable[dict[str, str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(columns), restval="")
        writer.writeheader()
        writer.writerows(rows)
