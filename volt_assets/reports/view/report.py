"""A report's view: its blocks in their order, for a person and for the team."""

from collections.abc import Iterable, Mapping, Sequence

from volt_assets.formatting import period, plural, printing
from volt_assets.reports.facts.decisions import decisions
from volt_assets.reports.facts.models import Assignee, IndividualFacts, Period, TeamFacts
from volt_assets.reports.facts.rounding import PrintedTimes
from volt_assets.reports.report import Report
from volt_assets.reports.sentences.templates import period_word
from volt_assets.reports.view import (
    alignment,
    changes,
    expected,
    figures,
    fixes,
    frame,
    items,
    links,
    look,
    money,
    plans,
    teams,
    where,
)
from volt_assets.reports.view.blocks import Block, Group, Line, PageLink, Paragraph, Section, View
from volt_assets.reports.view.decisions import DecisionGroups, OwnGroups, lead
from volt_assets.reports.view.people import People
from volt_assets.reports.view.quality import link_to_quality
from volt_assets.reports.view.sentences import Sentences
from volt_assets.reports.view.tree import tree_section
from volt_assets.weeks import iso_week


def view_of(report: Report, names: Mapping[int, str] | None = None) -> View:
    """All that the report shows. `names` are the file names of people's reports, which the team's links to.

    Raises PartsDoNotAddUp for facts whose parts are not their total.
    """
    facts = report.facts
    with printing(facts.period.hours):
        if isinstance(facts, TeamFacts):
            return _team(report, facts, names or {})
        return _individual(report, facts)


def _individual(report: Report, facts: IndividualFacts) -> View:
    times = PrintedTimes(facts)
    sentences = Sentences(report, times)
    days = period(facts.period.first_day, facts.period.last_day)
    blocks: list[Block | None] = [
        *frame.warnings(report),
        *_own_decisions(times, facts),
        Section(
            f"The {period_word(facts.period)} in figures", (figures.figures_section(times), frame.summary(sentences))
        ),
        items.own_items_section(report, times, facts),
        _pair(items.activities_section(times, facts), where.where_section(times)),
        items.finished_section(times, sentences, names_of) if any(each.finished for each in facts.entities) else None,
        where.weeks_section(facts),
        look.own_look_section(times, facts),
        links.links_group(facts.link_doctor, facts.period, {}),
        alignment.alignment_group(times, facts),
        changes.changes_section(report, None),
        frame.foot(report, sentences),
    ]
    about = (*([facts.email] if facts.email else []), plural(facts.figures.entries, "entry", "entries"))
    kind = f"{'Weekly report' if facts.period.one_week else 'Report'}{_week(facts.period)}"
    up = PageLink("Team report", "../team_summary")
    return View(kind, facts.name, days, f"{facts.name}: {days}", about, up, _present(blocks))


def _team(report: Report, facts: TeamFacts, names: Mapping[int, str]) -> View:
    times = PrintedTimes(facts)
    sentences = Sentences(report, times)
    people = People(times, facts, names, "individual" if facts.team is None else "../individual")
    days = period(facts.period.first_day, facts.period.last_day)
    blocks: list[Block | None] = [
        *frame.warnings(report),
        *_decisions(facts, people),
        Section(
            f"The {period_word(facts.period)} in figures", (figures.figures_section(times), frame.summary(sentences))
        ),
        where.projects_section(times, facts),
        where.weeks_section(facts),
        items.finished_section(times, sentences, people.of_assignees),
        teams.teams_section(times, facts),
        people.section(),
        people.by_project(),
        money.money_group(facts, people),
        plans.plans_section(facts, people),
        tree_section(times, facts, people.links.get),
        changes.changes_section(report, people.links),
        frame.foot(report, sentences),
    ]
    about = (
        *([f"led by {facts.lead}"] if facts.lead else []),
        plural(len(facts.with_time), "person", "people"),
        plural(facts.figures.entries, "entry", "entries"),
        plural(sum(project.project is not None for project in facts.projects), "project"),
    )
    kind, beside = f"Team report{_week(facts.period)}", (link_to_quality(facts),)
    if facts.team is None:
        return View(kind, days, days, f"Team: {days}", about, None, _present(blocks), beside)
    # What there is to fix is on the page of all people.
    up = PageLink("All teams", "../team_summary")
    return View(kind, facts.team, days, f"{facts.team}: {days}", about, up, _present(blocks))


def _decisions(facts: TeamFacts, people: People) -> list[Block]:
    """The first screen."""
    found = people.decisions
    groups = DecisionGroups(found, facts.period, people.of_assignee, people.links.get)
    left = Group((groups.past_end(), groups.due()), "column")
    hours = expected.expected_section(facts, people)
    beside = Group((hours, groups.over(), groups.stuck(), groups.later()), "column")
    return [Paragraph((*lead(found), *expected.lead(facts, people)), "lead"), Group((left, beside), "decisions")]


def _own_decisions(times: PrintedTimes, facts: IndividualFacts) -> list[Block]:
    """The first screen of a person's report: what is theirs, their hours, and what to fix."""
    found = decisions(facts)
    groups = OwnGroups(found, facts, times)
    left = (groups.past_end(), groups.due("Mine by"), groups.left_open())
    beside = (where.days_section(times), fixes.fixes_section(facts))
    opening: Line = (*lead(found, whose=" of yours"), *expected.own_lead(facts))
    return [Paragraph(opening, "lead"), Group((Group(left, "column"), Group(_present(beside), "column")), "decisions")]


def names_of(assignees: Sequence[Assignee]) -> Line:
    """Those that an item is assigned to, where there are no reports to link to."""
    return (", ".join(each.shown for each in assignees),) if assignees else ()


def _week(days: Period) -> str:
    if not days.one_week:
        return ""
    year, week = iso_week(days.first_day).split("-W")
    return f" · {year}, week {int(week)}"


def _pair(*sections: Block | None) -> Group | None:
    present = _present(sections)
    return Group(present) if present else None


def _present(blocks: Iterable[Block | None]) -> tuple[Block, ...]:
    return tuple(block for block in blocks if block is not None)
