"""The teams of all people: a line for each, with a link to its own report."""

from volt_assets.formatting import share
from volt_assets.reports.facts.models import TeamFacts, TeamTime
from volt_assets.reports.facts.rounding import PrintedTimes
from volt_assets.reports.view.blocks import Change, Column, Hours, Line, PageLink, Row, Section, Table
from volt_assets.reports.view.words import is_over

FOLDER = "teams"


def teams_section(times: PrintedTimes, facts: TeamFacts) -> Section | None:
    """Nothing where people.yaml names no teams."""
    if not facts.teams:
        return None
    columns = (
        Column("Team"),
        Column("Led by", optional=True),
        Column("People", "number"),
        Column("Hours", "number", strong=True),
        Column("Expected", "number"),
        Column("±", "number"),
        Column("Linked", "number", optional=True),
    )
    rows = tuple(_row(each, facts) for each in facts.teams)
    tracked = sum(times.split)
    expected = facts.expected.hundredths
    total = Row(
        (
            ("All",),
            (),
            (str(len(facts.people)),),
            (Hours(tracked),),
            *_expected(tracked, expected, facts),
            (share(facts.figures.linked_seconds, facts.figures.tracked_seconds),),
        )
    )
    return Section("Teams", (Table(columns, rows, total, whole="tracked"),), anchor="teams")


def _row(team: TeamTime, facts: TeamFacts) -> Row:
    name: Line = ("in no team",) if team.team is None else (PageLink(team.team, f"{FOLDER}/{team.file}"),)
    return Row(
        (
            name,
            (team.lead or "–",),
            (str(team.people),),
            (Hours(team.hundredths),),
            *_expected(team.hundredths, team.expected_hundredths, facts),
            (share(team.linked_seconds, team.tracked_seconds),),
        )
    )


def _expected(tracked: int, expected: int | None, facts: TeamFacts) -> tuple[Line, Line]:
    if expected is None:
        return ("not known",), ("not known",)
    return (Hours(expected),), (Change(tracked - expected),) if is_over(facts.period) else ("–",)
