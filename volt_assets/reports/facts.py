"""The facts of a period: every figure, date, id, name and state that a report shows, computed once, by SQL.

A report is a function of (stored weeks, first day, last day, people); a weekly report is the same with its week. Times
are whole seconds; what is unknown is None, never zero. Not here: rounding and wording, which are for `markdown.py`.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import AfterValidator, BaseModel, ConfigDict

from volt_assets.errors import VoltError
from volt_assets.partitions import weeks_between
from volt_assets.warehouse import Connection, query, read_rows

SCHEMA_VERSION = 1
# Times and what follows from them: without these, facts of unchanged rows are equal.
_TIMES = {"fetched_at", "enriched_at"}

# How the lookup of an entity ended. not_configured: `default` is null for its type; no_such_type: its label fits no
# type; failed: this time; not_looked_up: it was not asked for.
Outcome = Literal["found", "not_found", "no_such_type", "not_configured", "failed", "not_looked_up"]


def _utc(instant: datetime) -> datetime:
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


Instant = Annotated[datetime, AfterValidator(_utc)]


class Facts(BaseModel):
    """Base of all facts."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Week(Facts):
    """A week that the period touches, as stored."""

    week: date
    timezone: str
    fetched_at: Instant
    everybody: bool
    after_its_end: bool
    complete: bool


class Period(Facts):
    """The days reported on, both included. `fetched_at` is that of the week fetched first."""

    first_day: date
    last_day: date
    timezone: str
    fetched_at: Instant | None
    weeks: list[Week]

    @property
    def one_week(self) -> bool:
        return self.first_day.weekday() == 0 and self.last_day - self.first_day == timedelta(days=6)

    @property
    def days(self) -> int:
        return (self.last_day - self.first_day).days + 1


class Figures(Facts):
    """linked + other = tracked. `entities` are distinct; both counts are unknown where their lookups were not made."""

    tracked_seconds: int = 0
    linked_seconds: int = 0
    other_seconds: int = 0
    entries: int = 0
    entities: int | None = 0
    finished: int | None = 0


class Before(Facts):
    """The equally long period before. `figures` is None where its weeks do not allow them: `unknown_because`."""

    first_day: date
    last_day: date
    figures: Figures | None
    unknown_because: str | None


class LeftOut(Facts):
    """What was fetched with the weeks and is not tracked time of the period: tracked + outside = fetched.

    Running entries have no seconds; those on other days count as outside.
    """

    running_entries: int = 0
    outside_entries: int = 0
    outside_seconds: int = 0
    fetched_entries: int = 0
    fetched_seconds: int = 0


class Coverage(Facts):
    """Parts of the tracked time: linked to an entity; of a type with a key of its own in the configuration; described,
    which is linked or with some text."""

    tracked_seconds: int = 0
    linked_seconds: int = 0
    configured_seconds: int = 0
    described_seconds: int = 0


class ProjectTime(Facts):
    """Time on a project: that of the link's tags, else the one chosen in Toggl. None: neither."""

    project: str | None
    seconds: int


class Project(ProjectTime):
    """`entities` and `finished` are distinct within the project."""

    entries: int
    people: int
    entities: int
    finished: int


class Assignee(Facts):
    name: str | None = None
    email: str | None = None


class Parent(Facts):
    """What the entity is part of, one level up."""

    type: str | None = None
    public_id: str | None = None
    name: str | None = None
    state: str | None = None


class Entity(Facts):
    """A work item and the time spent on it.

    `type` is "Space/Database" in Fibery, or the tags where they fit none. `finished`: in a final state, and ended
    within the period. `description` holds its beginning. `missing` names what was asked for and is empty: what is
    None without being named there is unknown. `seconds_by_everyone` is None unless everybody's entries were fetched.
    """

    type: str
    public_id: str
    outcome: Outcome
    name: str | None
    title: str | None
    labels: list[list[str]]
    url: str | None
    seconds: int
    entries: int
    days: list[date]
    projects: list[ProjectTime]
    seconds_by_everyone: int | None
    configured: bool | None
    state: str | None
    state_final: bool | None
    finished: bool
    closed_date_unknown: bool
    planned_start: date | None
    planned_end: date | None
    actual_start: date | None
    actual_end: date | None
    days_late: int | None
    days_overdue: int | None
    estimate_seconds: int | None
    assignees: list[Assignee] | None
    parent: Parent | None
    description: str | None
    comments: int | None
    fields: dict[str, Any]
    missing: list[str]
    problems: list[str]
    enriched_at: Instant | None


class OtherActivity(Facts):
    """Time linked to no entity. `description` is None where none was given; `ids` are suggestions found in it."""

    description: str | None
    ids: list[str]
    projects: list[str]
    seconds: int
    entries: int


class IndividualFacts(Facts):
    """One person's period."""

    schema_version: int = SCHEMA_VERSION
    period: Period
    user_id: int
    name: str
    email: str | None
    figures: Figures
    before: Before
    left_out: LeftOut
    projects: list[Project]
    entities: list[Entity]
    other_activities: list[OtherActivity]


class Person(Facts):
    """A person's line in the team's report."""

    user_id: int
    name: str
    email: str | None
    figures: Figures
    tracked_seconds_before: int | None
    coverage: Coverage


class OutcomeTime(Facts):
    """Linked time by how the lookups ended."""

    outcome: Outcome
    seconds: int
    entries: int
    people: int
    entities: int


class UnknownType(Facts):
    """A type without a key in the configuration, or (`no_such_type`) a label that fits none.

    `priority` = hours x 10 + entries x 5 + people x 2.
    """

    type: str
    no_such_type: bool
    seconds: int
    entries: int
    people: int
    entities: int
    priority: float


class TeamFacts(Facts):
    """The period of all people asked for. `entities` are distinct and hold everybody's time on them.

    `absent_seconds_before`: the time, in the period before, of people without entries in this one.
    """

    schema_version: int = SCHEMA_VERSION
    period: Period
    figures: Figures
    before: Before
    left_out: LeftOut
    people: list[Person]
    absent_seconds_before: int | None
    projects: list[Project]
    entities: list[Entity]
    coverage: Coverage
    outcomes: list[OutcomeTime]
    unknown_types: list[UnknownType]


class PeriodFacts(Facts):
    """All reports of a period. `individuals` are those with entries on its days, by name."""

    schema_version: int = SCHEMA_VERSION
    individuals: list[IndividualFacts]
    team: TeamFacts


def period_facts(
    connection: Connection, first_day: date, last_day: date, user_ids: Sequence[int] | None, timezone: str
) -> PeriodFacts:
    """The facts of the days first_day..last_day (both included) for the people asked for (None: everybody).

    `timezone` is the zone in which the stored weeks' days are reckoned. Leaves temporary tables on the connection.
    Raises VoltError where the time tracked is not that of the entries fetched.
    """
    before = _before(connection, first_day, last_day, user_ids, timezone)
    prepare_period(connection, first_day, last_day, user_ids)
    weeks = [Week(**row) for row in _rows(connection, "weeks")]
    period = Period(
        first_day=first_day,
        last_day=last_day,
        timezone=timezone,
        fetched_at=min((week.fetched_at for week in weeks), default=None),
        weeks=weeks,
    )
    figures = _by_person(_rows(connection, "figures"))
    fetched = _by_person(_rows(connection, "fetched_entries"))
    _check_nothing_is_lost(period, figures, fetched)
    people = {row["user_id"]: row for row in _rows(connection, "people")}
    everybody = [week.week for week in weeks if week.everybody] == weeks_between(first_day, last_day)
    entities = _entities(connection, everybody)
    projects = _grouped(_rows(connection, "time_by_project"), Project)
    activities = _grouped(_rows(connection, "other_activities"), OtherActivity)

    present = [
        user_id
        for user_id in sorted(people, key=lambda user_id: (people[user_id]["name"].casefold(), user_id))
        if fetched[user_id]["counted_entries"] or fetched[user_id]["running_entries"]
    ]
    individuals = [
        IndividualFacts(
            period=period,
            **people[user_id],
            figures=_figures(figures.get(user_id)),
            before=before.of(user_id),
            left_out=_left_out(fetched[user_id]),
            projects=projects[user_id],
            entities=entities[user_id],
            other_activities=activities[user_id],
        )
        for user_id in present
    ]
    team = TeamFacts(
        period=period,
        figures=_figures(figures[None]),
        before=before.of(None),
        left_out=_left_out(fetched[None]),
        people=[
            Person(
                **people[user_id],
                figures=_figures(figures.get(user_id)),
                tracked_seconds_before=before.tracked_seconds(user_id),
                coverage=_only(Coverage, figures.get(user_id, {})),
            )
            for user_id in sorted(present, key=lambda user_id: -figures.get(user_id, {}).get("tracked_seconds", 0))
        ],
        absent_seconds_before=None
        if before.rows is None
        else before.tracked_seconds(None) - sum(before.tracked_seconds(user_id) for user_id in present),
        projects=projects[None],
        entities=entities[None],
        coverage=_only(Coverage, figures[None]),
        outcomes=sorted(
            (OutcomeTime(**row) for row in _rows(connection, "time_by_outcome")),
            key=lambda outcome: Outcome.__args__.index(outcome.outcome),
        ),
        unknown_types=[UnknownType(**row) for row in _rows(connection, "unknown_types")],
    )
    return PeriodFacts(individuals=individuals, team=team)


def facts_hash(facts: Facts) -> str:
    """A hash of the facts that leaves out when they were fetched."""
    content = json.dumps(_without_times(facts.model_dump(mode="json")), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()


def prepare_period(connection: Connection, first_day: date, last_day: date, user_ids: Sequence[int] | None) -> None:
    """Make the temporary tables `period`, `period_time` and `period_entities`, which all queries of `sql/` read."""
    parameters = {
        "first_day": first_day,
        "last_day": last_day,
        "user_ids": None if user_ids is None else list(user_ids),
    }
    connection.execute(query("reports/sql/period.sql"), parameters)
    connection.execute(query("reports/sql/period_time.sql"))
    connection.execute(query("reports/sql/period_entities.sql"))


class _FiguresBefore(NamedTuple):
    """The equally long period before: rows of `figures.sql` by person, or None and the reason."""

    first_day: date
    last_day: date
    rows: dict[int | None, dict[str, Any]] | None
    reason: str | None

    def of(self, user_id: int | None) -> Before:
        figures = None if self.rows is None else _figures(self.rows.get(user_id))
        return Before(first_day=self.first_day, last_day=self.last_day, figures=figures, unknown_because=self.reason)

    def tracked_seconds(self, user_id: int | None) -> int | None:
        return None if self.rows is None else _figures(self.rows.get(user_id)).tracked_seconds


def _before(
    connection: Connection, first_day: date, last_day: date, user_ids: Sequence[int] | None, timezone: str
) -> _FiguresBefore:
    length = last_day - first_day + timedelta(days=1)
    first_day, last_day = first_day - length, first_day - timedelta(days=1)
    prepare_period(connection, first_day, last_day, user_ids)
    stored = {row["week"]: row for row in _rows(connection, "weeks")}
    weeks = weeks_between(first_day, last_day)
    if any(week not in stored for week in weeks):
        reason = "not stored"
    elif any(row["timezone"] != timezone for row in stored.values()):
        reason = "stored for another time zone"
    elif not all(row["complete"] for row in stored.values()):
        reason = "not complete"
    else:
        rows = _by_person(_rows(connection, "figures"))
        fetched = _by_person(_rows(connection, "fetched_entries"))
        if fetched[None]["counted_seconds"] == rows[None]["tracked_seconds"]:
            return _FiguresBefore(first_day, last_day, rows, None)
        reason = "not summed since they were fetched"
    return _FiguresBefore(first_day, last_day, None, reason)


def _check_nothing_is_lost(
    period: Period, figures: dict[int | None, dict[str, Any]], fetched: dict[int | None, dict[str, Any]]
) -> None:
    for user_id in {*figures, *fetched}:
        tracked = figures.get(user_id, {}).get("tracked_seconds", 0)
        counted = fetched.get(user_id, {}).get("counted_seconds", 0)
        if tracked != counted:
            raise VoltError(
                f"Of {period.first_day} to {period.last_day}, {counted} seconds are fetched and {tracked} tracked: the "
                "entries were fetched again since they were summed. Materialize tracked_time and what follows it for "
                "these weeks, or run them with volt run.",
                code="tracked_time_outdated",
            )


def _entities(connection: Connection, everybody: bool) -> dict[int | None, list[Entity]]:
    known = {}
    for row in _rows(connection, "entities"):
        everyones_seconds = row.pop("everyones_seconds")
        comments = row.pop("comments")
        key = (row.pop("entity_type"), row.pop("public_id"))
        known[key] = row | {
            "seconds_by_everyone": everyones_seconds if everybody else None,
            "comments": None if comments is None else len(comments),
            "fields": row["fields"] or {},
            "missing": row["missing"] or [],
            "problems": row["problems"] or [],
        }
    found = defaultdict(list)
    for row in _rows(connection, "time_by_entity"):
        kind, public_id = row.pop("entity_type"), row.pop("public_id")
        user_id = row.pop("user_id")
        found[user_id].append(Entity(type=kind, public_id=public_id, **row, **known[kind, public_id]))
    return found


def _figures(row: dict[str, Any] | None) -> Figures:
    if row is None:
        return Figures()
    known = row if not row["lookups_missing"] else row | {"entities": None, "finished": None}
    return _only(Figures, known)


def _left_out(row: dict[str, Any]) -> LeftOut:
    return LeftOut(
        running_entries=row["running_entries"],
        outside_entries=row["outside_entries"],
        outside_seconds=row["outside_seconds"],
        fetched_entries=row["entries"],
        fetched_seconds=row["seconds"],
    )


def _only(model: type[Facts], row: dict[str, Any]) -> Any:
    return model(**{name: row[name] for name in model.model_fields if name in row})


def _rows(connection: Connection, name: str) -> list[dict[str, Any]]:
    return read_rows(connection, query(f"reports/sql/{name}.sql"))


def _by_person(rows: Iterable[dict[str, Any]]) -> dict[int | None, dict[str, Any]]:
    return {row["user_id"]: row for row in rows}


def _grouped(rows: Iterable[dict[str, Any]], model: type[Facts]) -> dict[int | None, list[Any]]:
    grouped = defaultdict(list)
    for row in rows:
        user_id = row.pop("user_id")
        grouped[user_id].append(model(**row))
    return grouped


def _without_times(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_times(part) for key, part in value.items() if key not in _TIMES}
    if isinstance(value, list):
        return [_without_times(part) for part in value]
    return value
