"""A company made of two CSV files: Toggl's detailed export, and a list of Fibery entities.

Ids follow from row order. The entries' wall times are read in one zone (`timezone`); a person's own zone decides only
what Toggl would print and by which day it would filter. Every Space/Database becomes a type with the same fields;
there are no descriptions and no comments in such files, so the rich text is empty.
"""

import csv
import itertools
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from volt_assets.sandbox.company import Client, Company, Entity, FiberyWorkspace, Person, Project, TogglWorkspace
from volt_assets.sandbox.company.databases import FINISHED, NOT_STARTED, STARTED, Database
from volt_assets.sandbox.company.platform import add_user, new_workspace

# fmt: off
ENTRY_COLUMNS = (
    "User", "Email", "Client", "Project", "Task", "Description", "Billable", "Start date", "Start time",
    "End date", "End time", "Duration", "Tags",
)
ENTITY_COLUMNS = (
    "Space", "Database", "Public Id", "Name", "State", "Priority", "Estimate Hours", "Started On", "Completed On",
    "Assignee Email", "Project",
)

# What a state's name means. Any other name is work that has been started.
FINISHED_STATES = frozenset((
    "accepted", "archived", "cancelled", "canceled", "chronicle", "closed", "completed", "declined", "delivered",
    "done", "finished", "rejected", "released", "resolved",
))
# fmt: on
NOT_STARTED_STATES = frozenset(["backlog", "new", "not started", "open", "planned", "proposed", "to do", "todo"])

PROJECTS = "Project management/Project"


class CsvError(Exception):
    """A file that cannot be read as what it should be: names the file and the line."""


def company_from_csv(
    entries: Path, entities: Path, *, timezone: str = "UTC", person_timezones: Mapping[str, str] | None = None
) -> Company:
    """Read both files. `person_timezones` maps e-mail addresses to IANA zones; everybody else is in `timezone`.

    Raises CsvError for a missing column, a value that cannot be read, or an address that has no entries.
    """
    zones = dict(person_timezones or {})
    toggl = _toggl_workspace(entries, timezone, zones)
    if unknown := zones.keys() - {person.email for person in toggl.people.values()}:
        raise CsvError(f"{entries}: nobody there has the address {', '.join(sorted(unknown))}")
    return Company(toggl, _fibery_workspace(entities, toggl.people.values()))


def _toggl_workspace(path: Path, timezone: str, zones: Mapping[str, str]) -> TogglWorkspace:
    workspace = TogglWorkspace(name="Sandbox")
    zone = ZoneInfo(timezone)
    people: dict[str, Person] = {}
    clients: dict[str, Client] = {}
    projects: dict[tuple[str, str], Project] = {}
    tags: dict[str, int] = {}
    for line, row in _rows(path, ENTRY_COLUMNS):
        email = row["Email"]
        key = email or row["User"]
        if key not in people:
            people[key] = workspace.add_person(row["User"], email, zones.get(email, timezone))
        if row["Client"] and row["Client"] not in clients:
            clients[row["Client"]] = workspace.add_client(row["Client"])
        project_key = (row["Client"], row["Project"])
        if row["Project"] and project_key not in projects:
            projects[project_key] = workspace.add_project(row["Project"], client=clients.get(row["Client"]))
        for tag in filter(None, row["Tags"].split(", ")):
            if tag not in tags:
                tags[tag] = workspace.add_tag(tag)
        try:
            start, stop, seconds = _times(row, zone)
        except ValueError as error:
            raise CsvError(f"{path}, line {line}: {error}") from None
        workspace.add_entry(
            people[key],
            start,
            stop,
            row["Description"] or None,
            seconds=seconds,
            project=projects.get(project_key) if row["Project"] else None,
            tag_ids=[tags[tag] for tag in row["Tags"].split(", ") if tag],
            billable=row["Billable"] == "Yes",
            at=stop,
        )
    if not people:
        raise CsvError(f"{path}: there are no entries in it")
    workspace.clock = max(entry.at for entry in workspace.entries.values())
    return workspace


def _times(row: Mapping[str, str], zone: ZoneInfo) -> tuple[int, int, int]:
    """Start and stop as instants, and the tracked seconds.

    The export has wall times only: where the clock goes back they are ambiguous, and the duration shows which was
    meant.
    """
    hours, minutes, seconds = map(int, row["Duration"].split(":"))
    duration = hours * 3600 + minutes * 60 + seconds
    wall_start = datetime.fromisoformat(f"{row['Start date']}T{row['Start time']}").replace(tzinfo=zone)
    wall_stop = datetime.fromisoformat(f"{row['End date']}T{row['End time']}").replace(tzinfo=zone)
    start, stop = int(wall_start.timestamp()), int(wall_stop.timestamp())
    if stop - start != duration:
        for first, second in itertools.product((0, 1), repeat=2):
            folded = int(wall_start.replace(fold=first).timestamp()), int(wall_stop.replace(fold=second).timestamp())
            if folded[1] - folded[0] == duration:
                return *folded, duration
    return start, stop, duration


def _fibery_workspace(path: Path, people: Iterable[Person]) -> FiberyWorkspace:
    workspace = new_workspace("sandbox")
    rows = list(_rows(path, ENTITY_COLUMNS))
    users = {person.email: add_user(workspace, person.name, person.email) for person in people if person.email}
    projects = Database(workspace, PROJECTS, title="name")
    projects.field("Toggl Project Id", "fibery/text")
    project_entities: dict[str, Entity] = {}
    databases: dict[str, Database] = {}
    by_type: dict[str, list[Mapping[str, str]]] = {}
    for line, row in rows:
        if not row["Space"] or not row["Database"] or not row["Public Id"].isdigit():
            raise CsvError(f"{path}, line {line}: Space, Database and a number as Public Id are needed")
        by_type.setdefault(f"{row['Space']}/{row['Database']}", []).append(row)
    for name, members in by_type.items():
        if name == PROJECTS:
            raise CsvError(f"{path}: the database {PROJECTS} is the sandbox's own")
        databases[name] = _database(workspace, name, members, projects)
    for line, row in rows:
        database = databases[f"{row['Space']}/{row['Database']}"]
        project_name, email = row["Project"], row["Assignee Email"]
        if project_name and project_name not in project_entities:
            number = len(project_entities) + 1
            project_entities[project_name] = projects.add(number, project_name, created="2005-01-03T09:00:00.000Z")
        if email and email not in users:
            users[email] = add_user(workspace, email.split("@")[0].replace(".", " ").title(), email)
        started, completed = row["Started On"] or None, row["Completed On"] or None
        created = f"{started or '2005-01-03'}T09:00:00.000Z"
        try:
            estimate = float(row["Estimate Hours"]) if row["Estimate Hours"] else None
        except ValueError:
            raise CsvError(f"{path}, line {line}: Estimate Hours is not a number: {row['Estimate Hours']}") from None
        values: dict[str, Any] = {
            "Priority": row["Priority"] or None,
            "Estimate Hours": int(estimate) if estimate is not None and estimate.is_integer() else estimate,
            "Started On": started,
            "Completed On": completed,
            "Project": project_entities.get(project_name),
        }
        database.add(
            row["Public Id"],
            row["Name"],
            created=created,
            modified=f"{completed}T17:00:00.000Z" if completed else created,
            state=row["State"] or None,
            assignees=[users[email]] if email else [],
            **values,
        )
    return workspace


def _database(workspace: FiberyWorkspace, name: str, rows: list[Mapping[str, str]], projects: Database) -> Database:
    database = Database(workspace, name)
    states = sorted({row["State"] for row in rows if row["State"]})
    database.workflow({state: kind_of_state(state) for state in states} or {"Open": NOT_STARTED})
    database.rich_text("Description")
    database.select("Priority", sorted({row["Priority"] for row in rows if row["Priority"]}))
    database.field("Estimate Hours", "fibery/decimal", **{"ui/number-format": "Number", "ui/number-unit": "h"})
    database.field("Started On", "fibery/date")
    database.field("Completed On", "fibery/date")
    database.assignees()
    database.comments()
    # Full name at the other end: two spaces may have databases of one name.
    database.relation("Project", projects, back=f"{name.split('/')[0]}/{name.split('/')[1]}s")
    space, kind = name.split("/", 1)
    database.toggl(f" [{space}] [{kind}]", [f"{space}/Project", "Project management/name"])
    return database


def kind_of_state(name: str) -> str:
    """Whether a state is not started, started or finished (final), by its name."""
    lowered = name.casefold()
    if lowered in FINISHED_STATES:
        return FINISHED
    return NOT_STARTED if lowered in NOT_STARTED_STATES else STARTED


def _rows(path: Path, columns: Iterable[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """(line number, row) of a CSV file that has at least these columns."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            if missing := [column for column in columns if column not in (reader.fieldnames or ())]:
                raise CsvError(f"{path}: the columns {', '.join(missing)} are missing")
            for row in reader:
                if None in row.values():
                    raise CsvError(f"{path}, line {reader.line_num}: too few columns")
                yield reader.line_num, row
    except (OSError, UnicodeDecodeError) as error:
        raise CsvError(
            f"{path}: cannot be read ({error.strerror if isinstance(error, OSError) else 'not UTF-8'})"
        ) from None
