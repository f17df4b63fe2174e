"""The facts of a period, as a function of the stored weeks, a prepared period and the rules of reports.

A weekly report is the same with its week. Here facts are put together; each kind is computed in a module of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import get_args

from volt_assets.errors import VoltError
from volt_assets.formatting import printing
from volt_assets.reports.facts.alignment import MISMATCHES, alignment, prepare_states, verdict_times
from volt_assets.reports.facts.before import FiguresBefore, figures_before
from volt_assets.reports.facts.coverage import unknown_types
from volt_assets.reports.facts.entities import PeriodEntities, entities
from volt_assets.reports.facts.expected import ExpectedHours, expected_hours
from volt_assets.reports.facts.figures import figures_of, grouped, left_out, only
from volt_assets.reports.facts.hidden_names import hide_names
from volt_assets.reports.facts.hints import hints, team_hints
from volt_assets.reports.facts.link_suggestions import link_suggestions
from volt_assets.reports.facts.models import (
    Aligned,
    Coverage,
    DayTime,
    Hint,
    IndividualFacts,
    LinkSuggestions,
    OpenItem,
    OtherActivity,
    Outcome,
    OutcomeTime,
    Period,
    PeriodFacts,
    Person,
    Project,
    ProjectTime,
    SchemaChange,
    TeamFacts,
    ToFix,
    Trend,
    TypeTime,
)
from volt_assets.reports.facts.money import billable_times
from volt_assets.reports.facts.open_items import open_items
from volt_assets.reports.facts.prepared import PeriodSums, PreparedPeriod, Row
from volt_assets.reports.facts.teams import lead_of, team_times
from volt_assets.reports.facts.trend import days, project_trends, trends, with_months
from volt_assets.reports.rules import ReportRules
from volt_assets.toggl.storage import fetch_command, summed_of_others
from volt_assets.warehouse import read_rows
from volt_assets.weeks import week_of, weeks_between


def period_facts(prepared: PreparedPeriod, rules: ReportRules, team: str | None = None) -> PeriodFacts:
    """The facts of the prepared days and people; the team's without names where the rules hide them. `team`: the one
    that the people are of, as people.yaml calls it.

    Raises VoltError where the time tracked is not that of the entries fetched.
    """
    with printing(prepared.hours):
        return _period_facts(prepared, rules, team)


def _period_facts(prepared: PreparedPeriod, rules: ReportRules, team: str | None) -> PeriodFacts:
    period = _period(prepared, rules)
    _require_sums_of_what_is_fetched(prepared, period)
    parts = _parts(prepared, period, rules)
    present = [
        user_id
        for user_id in sorted(parts.people, key=lambda user_id: (parts.people[user_id]["name"].casefold(), user_id))
        if parts.sums.fetched[user_id]["counted_entries"] or parts.sums.fetched[user_id]["running_entries"]
    ]
    individuals = [_individual(parts, user_id) for user_id in present]
    of_all = _team(prepared, parts, individuals, rules, team)
    return PeriodFacts(individuals=individuals, team=hide_names(of_all, rules.privacy))


def still_hold(facts: PeriodFacts, prepared: PreparedPeriod) -> bool:
    """Whether nothing of the prepared period was fetched again since its facts were computed."""
    enriched = [entity.enriched_at for entity in facts.team.entities if entity.enriched_at]
    (row,) = read_rows(prepared.cursor, "SELECT max(enriched_at) AS latest FROM period_entities WHERE requested")
    latest = row["latest"] and row["latest"].replace(tzinfo=UTC)
    return prepared.sums.weeks == facts.team.period.weeks and latest == max(enriched, default=None)


@dataclass(frozen=True)
class _Parts:
    """What the reports of a period are put together from, by person, and (None) of all of them together."""

    period: Period
    people: Mapping[int, Row]
    sums: PeriodSums
    before: FiguresBefore
    entities: PeriodEntities
    projects: Mapping[int | None, list[Project]]
    types: Mapping[int | None, list[TypeTime]]
    activities: Mapping[int | None, list[OtherActivity]]
    days: Mapping[int, list[DayTime]]
    trends: Mapping[int | None, Trend]
    expected: ExpectedHours
    hints: Mapping[int, list[Hint]]
    to_fix: Mapping[int | None, list[ToFix]]
    alignment: Mapping[int | None, list[Aligned]]
    suggestions: Mapping[int | None, LinkSuggestions]
    open_items: list[OpenItem]


def _period(prepared: PreparedPeriod, rules: ReportRules) -> Period:
    weeks = prepared.sums.weeks
    (stored_before,) = prepared.rows("stored_before", {"timezone": rules.timezone})
    return Period(
        first_day=prepared.first_day,
        last_day=prepared.last_day,
        timezone=rules.timezone,
        hours=prepared.hours,
        fetched_at=min((week.fetched_at for week in weeks), default=None),
        weeks=weeks,
        **stored_before,
        not_started_seconds=rules.not_started_seconds,
        toggl_page=rules.toggl_page,
    )


def _parts(prepared: PreparedPeriod, period: Period, rules: ReportRules) -> _Parts:
    fetched_of_everybody = [week.week for week in period.weeks if week.everybody]
    everybody = fetched_of_everybody == weeks_between(period.first_day, period.last_day)
    trend_of = trends(prepared, period)
    projects = grouped(prepared.rows("time_by_project"), Project)
    prepare_states(prepared, period)
    return _Parts(
        period=period,
        people={row["user_id"]: row for row in read_rows(prepared.cursor, "SELECT * FROM period_people")},
        sums=prepared.sums,
        before=figures_before(prepared, period.timezone),
        entities=entities(prepared, period, everybody=everybody),
        projects=(
            project_trends(prepared, projects, trend_of)
            if period.one_week
            else {**projects, None: with_months(prepared, period, projects.get(None, []))}
        ),
        types=grouped(prepared.rows("time_by_type"), TypeTime),
        activities=grouped(prepared.rows("other_activities"), OtherActivity),
        days=days(prepared),
        trends=trend_of,
        expected=expected_hours(prepared, period, rules.people, trend_of),
        hints=hints(prepared, period, trend_of),
        to_fix=grouped(prepared.rows("to_fix"), ToFix),
        alignment=alignment(prepared, period),
        suggestions=link_suggestions(prepared, period),
        open_items=open_items(prepared, period, rules.people.holidays, everybody=everybody),
    )


def _individual(parts: _Parts, user_id: int) -> IndividualFacts:
    figures = parts.sums.figures.get(user_id)
    return IndividualFacts(
        period=parts.period,
        **parts.people[user_id],
        figures=figures_of(figures),
        before=parts.before.of(user_id),
        left_out=left_out(parts.sums.fetched[user_id]),
        projects=parts.projects.get(user_id, []),
        entities=parts.entities.of(user_id),
        other_activities=parts.activities.get(user_id, []),
        types=parts.types.get(user_id, []),
        over_estimate=parts.entities.over_estimate(user_id),
        coverage=only(Coverage, figures or {}),
        days=parts.days.get(user_id, []),
        trend=parts.trends.get(user_id, Trend()),
        expected=parts.expected.of(user_id),
        hints=parts.hints.get(user_id, []),
        to_fix=parts.to_fix.get(user_id, []),
        alignment=parts.alignment.get(user_id, []),
        link_doctor=parts.suggestions.get(user_id, LinkSuggestions()),
        open_items=[item for item in parts.open_items if user_id in item.assigned_ids or user_id in item.user_ids],
    )


def _team(
    prepared: PreparedPeriod, parts: _Parts, individuals: list[IndividualFacts], rules: ReportRules, team: str | None
) -> TeamFacts:
    figures = parts.sums.figures[None]
    aligned = parts.alignment.get(None, [])
    absent = parts.before.of_others(person.user_id for person in individuals)
    outcomes = [OutcomeTime(**row) for row in prepared.rows("time_by_outcome")]
    expected = parts.expected.of_team({person.user_id: person.expected for person in individuals})
    # Of some people, the teams would be parts of teams.
    of_everybody = prepared.user_ids is None
    names = parts.expected.names
    return TeamFacts(
        team=team,
        lead=None if team is None else lead_of(team, rules.people, names),
        money=billable_times(prepared, parts.people, rules.people) if rules.money else None,
        teams=team_times(individuals, expected.absent, rules.people, names) if of_everybody else [],
        period=parts.period,
        figures=figures_of(figures),
        before=parts.before.of(None),
        left_out=left_out(parts.sums.fetched[None]),
        people=[
            _person(parts, person) for person in sorted(individuals, key=lambda person: -person.figures.tracked_seconds)
        ],
        absent_seconds_before=None if absent is None else sum(each.tracked_seconds for each in absent),
        absent_hundredths_before=None if absent is None else sum(each.tracked_hundredths for each in absent),
        projects=parts.projects.get(None, []),
        entities=parts.entities.of(None),
        coverage=only(Coverage, figures),
        outcomes=sorted(outcomes, key=lambda each: get_args(Outcome).index(each.outcome)),
        unknown_types=unknown_types(prepared),
        schema_changes=[SchemaChange(**row) for row in prepared.rows("schema_changes")],
        types=parts.types.get(None, []),
        over_estimate=parts.entities.over_estimate(None),
        parents=parts.entities.team_parents(),
        trend=parts.trends[None],
        expected=expected,
        hints=team_hints(parts.hints),
        alignment=verdict_times(parts.alignment),
        states_as_of=sorted({each.as_of for each in aligned}),
        mismatches=[each for each in aligned if each.verdict in MISMATCHES],
        link_doctor=parts.suggestions[None],
        open_items=_open_items_of(prepared, parts),
    )


def _open_items_of(prepared: PreparedPeriod, parts: _Parts) -> list[OpenItem]:
    """Open work that the requested people spent time on, or that is assigned to them."""
    if prepared.user_ids is None:
        return parts.open_items
    requested = set(prepared.user_ids)
    return [item for item in parts.open_items if requested.intersection([*item.assigned_ids, *item.user_ids])]


def _person(parts: _Parts, person: IndividualFacts) -> Person:
    """A person's line in the team's report."""
    return Person(
        user_id=person.user_id,
        name=person.name,
        email=person.email,
        figures=person.figures,
        tracked_seconds_before=person.before.figures and person.before.figures.tracked_seconds,
        tracked_hundredths_before=person.before.figures and person.before.figures.tracked_hundredths,
        coverage=person.coverage,
        projects=[only(ProjectTime, part.model_dump()) for part in person.projects],
        expected=person.expected,
    )


def _require_sums_of_what_is_fetched(prepared: PreparedPeriod, period: Period) -> None:
    """Raises VoltError where the time tracked was summed of other entries than those stored now."""
    sums = prepared.sums
    for user_id in {*sums.figures, *sums.fetched}:
        tracked = sums.figures.get(user_id, {}).get("tracked_seconds", 0)
        counted = sums.fetched.get(user_id, {}).get("counted_seconds", 0)
        if tracked != counted:
            raise VoltError(
                f"Of {period.first_day} to {period.last_day}, {counted} seconds are fetched and {tracked} tracked: the "
                "entries were fetched again since they were summed. Materialize tracked_time and what follows it for "
                "these weeks, or run them with volt run.",
                code="tracked_time_outdated",
            )
    outdated = summed_of_others(prepared.connection, week_of(period.first_day), period.last_day)
    if outdated:
        raise VoltError(
            f"The entries of the week of {', '.join(map(str, outdated))} are newer than the time that was summed of "
            f"them: a run was broken off in between. Run it again: {fetch_command(outdated, period.timezone)}",
            code="tracked_time_outdated",
        )
