"""Computing the facts of a period, by SQL, as a function of (stored weeks, first day, last day, people).

A weekly report is the same with its week. The models are in `facts.py`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from volt_assets.errors import VoltError
from volt_assets.reports.facts.alignment import MISMATCHES, alignment, verdict_times
from volt_assets.reports.facts.coverage import unknown_types
from volt_assets.reports.facts.hints import hints, team_hints
from volt_assets.reports.facts.link_suggestions import link_suggestions
from volt_assets.reports.facts.models import (
    NOT_STARTED_SECONDS,
    Before,
    Coverage,
    Entity,
    Facts,
    Figures,
    IndividualFacts,
    LeftOut,
    LinkSuggestions,
    OtherActivity,
    Outcome,
    OutcomeTime,
    OverEstimate,
    Parent,
    ParentTime,
    Period,
    PeriodFacts,
    Person,
    Plan,
    Project,
    ProjectTime,
    SchemaChange,
    TeamFacts,
    Trend,
    TypeTime,
    Week,
)
from volt_assets.reports.facts.trend import days, trends
from volt_assets.toggl.storage import fetch_command, summed_of_others
from volt_assets.warehouse import Connection, query, read_rows
from volt_assets.weeks import week_of, weeks_between

# Of an entity's comments, what its sentence may be made of.
_COMMENTS, _LONGEST_COMMENT = 5, 600
_SAID_OF_PARENTS = ("type", "public_id", "name", "url", "state", "state_final", "items", "items_done")


def period_facts(
    connection: Connection,
    first_day: date,
    last_day: date,
    user_ids: Sequence[int] | None,
    timezone: str,
    not_started_seconds: int = NOT_STARTED_SECONDS,
    *,
    follows: bool = False,
) -> PeriodFacts:
    """The facts of the days first_day..last_day (both included) for the people asked for (None: everybody).

    `timezone` is the zone in which the stored weeks' days are reckoned. Leaves temporary tables on the connection:
    `follows` says that they are there of the equally long period before, for the same people, and that nothing which
    they are made of was stored since. Raises VoltError where the time tracked is not that of the entries fetched.
    """
    before = _before(connection, first_day, last_day, user_ids, timezone, follows)
    prepare_period(connection, first_day, last_day, user_ids)
    weeks = [Week(**row) for row in _rows(connection, "weeks")]
    (stored_before,) = _rows(connection, "stored_before", {"timezone": timezone})
    period = Period(
        first_day=first_day,
        last_day=last_day,
        timezone=timezone,
        fetched_at=min((week.fetched_at for week in weeks), default=None),
        weeks=weeks,
        **stored_before,
        not_started_seconds=not_started_seconds,
    )
    figures = _by_person(_rows(connection, "figures"))
    fetched = _by_person(_rows(connection, "fetched_entries"))
    _check_nothing_is_lost(period, figures, fetched)
    outdated = summed_of_others(connection, week_of(first_day), last_day)
    if outdated:
        raise VoltError(
            f"The entries of the week of {', '.join(map(str, outdated))} are newer than the time that was summed of "
            f"them: a run was broken off in between. Run it again: {fetch_command(outdated, timezone)}",
            code="tracked_time_outdated",
        )
    people = {row["user_id"]: row for row in _rows(connection, "people")}
    everybody = [week.week for week in weeks if week.everybody] == weeks_between(first_day, last_day)
    parent_times = {(row["type"], row["public_id"]): row for row in _rows(connection, "parents")}
    entities = _entities(connection, period, everybody, parent_times)
    projects = _grouped(_rows(connection, "time_by_project"), Project)
    types = _grouped(_rows(connection, "time_by_type"), TypeTime)
    activities = _grouped(_rows(connection, "other_activities"), OtherActivity)
    trend_of = trends(connection, timezone)
    days_of = days(connection)
    hints_of = hints(connection, period, trend_of, timezone)
    aligned = alignment(connection, period)
    suggestions_of = link_suggestions(connection, period)

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
            types=types[user_id],
            over_estimate=_over_estimate(entities[user_id], everybody),
            coverage=_only(Coverage, figures.get(user_id, {})),
            days=days_of.get(user_id, []),
            trend=trend_of.get(user_id, Trend()),
            hints=hints_of.get(user_id, []),
            alignment=aligned.get(user_id, []),
            link_doctor=suggestions_of.get(user_id, LinkSuggestions()),
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
                projects=[ProjectTime(project=part.project, seconds=part.seconds) for part in projects[user_id]],
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
        unknown_types=unknown_types(connection),
        schema_changes=[SchemaChange(**row) for row in _rows(connection, "schema_changes")],
        types=types[None],
        over_estimate=_over_estimate(entities[None], everybody),
        parents=_team_parents(entities[None], parent_times, everybody),
        trend=trend_of[None],
        hints=team_hints(hints_of),
        alignment=verdict_times(aligned),
        states_as_of=sorted({each.as_of for each in aligned.get(None, [])}),
        mismatches=[each for each in aligned.get(None, []) if each.verdict in MISMATCHES],
        link_doctor=suggestions_of[None],
    )
    return PeriodFacts(individuals=individuals, team=team)


def prepare_period(connection: Connection, first_day: date, last_day: date, user_ids: Sequence[int] | None) -> None:
    """Make the temporary tables `period`, `period_time` and `period_entities`, which all queries of `sql/` read."""
    parameters = {
        "first_day": first_day,
        "last_day": last_day,
        "user_ids": None if user_ids is None else list(user_ids),
    }
    connection.execute(query("reports/facts/sql/period.sql"), parameters)
    connection.execute(query("reports/facts/sql/period_time.sql"))
    connection.execute(query("reports/facts/sql/period_entities.sql"))


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
    connection: Connection,
    first_day: date,
    last_day: date,
    user_ids: Sequence[int] | None,
    timezone: str,
    follows: bool,
) -> _FiguresBefore:
    length = last_day - first_day + timedelta(days=1)
    first_day, last_day = first_day - length, first_day - timedelta(days=1)
    if not follows:
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
        sums_agree = fetched[None]["counted_seconds"] == rows[None]["tracked_seconds"]
        if sums_agree and not summed_of_others(connection, weeks[0], weeks[-1]):
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


def _entities(
    connection: Connection,
    period: Period,
    everybody: bool,
    parent_times: Mapping[tuple[str, str], Mapping[str, Any]],
) -> dict[int | None, list[Entity]]:
    known = {}
    for row in _rows(connection, "entities"):
        del row["everyones_seconds"], row["estimate_seconds"]  # in the plan
        comments = row.pop("comments")
        key = (row.pop("entity_type"), row.pop("public_id"))
        known[key] = row | {
            "comments": None if comments is None else len(comments),
            "comment_texts": _written_in(period, comments or []),
            "fields": row["fields"] or {},
            "parents": [_parent(above, parent_times, everybody) for above in row["parents"] or []],
            "missing": row["missing"] or [],
            "problems": row["problems"] or [],
        }
    plans = {
        (row.pop("user_id"), row.pop("entity_type"), row.pop("public_id")): Plan(**row)
        for row in _rows(connection, "plans", {"everybody": everybody})
    }
    found = defaultdict(list)
    for row in _rows(connection, "time_by_entity"):
        kind, public_id = row.pop("entity_type"), row.pop("public_id")
        user_id = row.pop("user_id")
        plan = plans[user_id, kind, public_id]
        found[user_id].append(Entity(type=kind, public_id=public_id, plan=plan, **row, **known[kind, public_id]))
    return found


def _written_in(period: Period, comments: Iterable[Mapping[str, Any]]) -> list[str]:
    """The beginnings of the latest comments of the period's days, oldest first."""
    zone = ZoneInfo(period.timezone)
    texts = [
        comment["text"].strip()[:_LONGEST_COMMENT]
        for comment in comments
        if (comment.get("text") or "").strip()
        and comment.get("created_at")
        and period.first_day <= datetime.fromisoformat(comment["created_at"]).astimezone(zone).date() <= period.last_day
    ]
    return texts[-_COMMENTS:]


def _over_estimate(entities: Iterable[Entity], everybody: bool) -> OverEstimate:
    if not everybody:
        return OverEstimate()
    over = [entity.plan.over_seconds for entity in entities if entity.plan.over_seconds]
    return OverEstimate(entities=len(over), seconds=sum(over))


def _parent(said: Mapping[str, Any], times: Mapping[tuple[str, str], Mapping[str, Any]], everybody: bool) -> Parent:
    time = times.get((said["type"], said["public_id"])) if everybody else None
    spent = {"seconds": time["seconds"], "seconds_in_all": time["seconds_in_all"]} if time else {}
    return Parent(**{name: said.get(name) for name in _SAID_OF_PARENTS}, **spent)


def _team_parents(
    entities: Iterable[Entity], times: Mapping[tuple[str, str], Mapping[str, Any]], everybody: bool
) -> list[ParentTime]:
    """What the team's entities are part of, most time first; each as it was said of the entity with most time."""
    said = {(above.type, above.public_id): above for entity in reversed(list(entities)) for above in entity.parents}
    return [
        ParentTime(**said[key].model_dump(), level=time["level"], people=time["people"], entities=time["entities"])
        for key, time in times.items()
        if key in said and everybody
    ]


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


def _rows(connection: Connection, name: str, parameters: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
    return read_rows(connection, query(f"reports/facts/sql/{name}.sql"), parameters or {})


def _by_person(rows: Iterable[dict[str, Any]]) -> dict[int | None, dict[str, Any]]:
    return {row["user_id"]: row for row in rows}


def _grouped(rows: Iterable[dict[str, Any]], model: type[Facts]) -> dict[int | None, list[Any]]:
    grouped = defaultdict(list)
    for row in rows:
        user_id = row.pop("user_id")
        grouped[user_id].append(model(**row))
    return grouped
