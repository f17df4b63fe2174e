"""What to fix in Toggl and to update in Fibery, and how far a report rests on both: a page beside the team's report."""

from collections.abc import Mapping

from volt_assets.formatting import period, plural, printing
from volt_assets.reports.facts.alignment import MISMATCHES
from volt_assets.reports.facts.models import HintKind, IndividualFacts, TeamFacts
from volt_assets.reports.facts.rounding import PrintedTimes
from volt_assets.reports.report import Report
from volt_assets.reports.view import alignment, coverage, expected, frame, links, look
from volt_assets.reports.view.blocks import Block, PageLink, Paragraph, View
from volt_assets.reports.view.people import People

PAGE = "data_quality"
# An entry across midnight is for information, and an unusual week is no mistake.
_TO_FIX: tuple[HintKind, ...] = ("overlap", "duplicate", "zero_seconds", "long_entry")


def link_to_quality(facts: TeamFacts) -> PageLink:
    """The way there from the team's report, with the number of things to fix."""
    count = to_fix(facts)
    return PageLink(f"Data quality: {count} to fix" if count else "Data quality", PAGE)


def to_fix(facts: IndividualFacts | TeamFacts) -> int:
    """How many things there are to fix in Toggl and to update in Fibery."""
    return _in_toggl(facts) + _in_fibery(facts)


def view_of_quality(report: Report, facts: TeamFacts, names: Mapping[int, str]) -> View:
    """The page beside a team's report. `names` are the file names of people's reports."""
    with printing(facts.period.hours):
        return _view(report, facts, names)


def _view(report: Report, facts: TeamFacts, names: Mapping[int, str]) -> View:
    times, people = PrintedTimes(facts), People(PrintedTimes(facts), facts, names)
    days = period(facts.period.first_day, facts.period.last_day)
    blocks: list[Block | None] = [
        *frame.warnings(report),
        Paragraph((_lead(facts),), "lead"),
        look.look_section(times, facts, people.labels),
        links.links_group(facts.link_doctor, facts.period, people.labels),
        alignment.alignment_group(times, facts),
        coverage.coverage_group(times, facts, people),
        coverage.types_section(facts),
        coverage.schema_section(facts),
        expected.strangers_section(facts),
    ]
    up = PageLink("Team report", "team_summary")
    present = tuple(block for block in blocks if block is not None)
    return View("Data quality", days, days, f"Data quality: {days}", (), up, present)


def _lead(facts: TeamFacts) -> str:
    toggl, fibery = _in_toggl(facts), _in_fibery(facts)
    in_toggl = f"{plural(toggl, 'thing')} to fix in Toggl" if toggl else "Nothing to fix in Toggl"
    in_fibery = f"{plural(fibery, 'item')} to update in Fibery" if fibery else "nothing to update in Fibery"
    return f"{in_toggl}; {in_fibery}."


def _in_toggl(facts: IndividualFacts | TeamFacts) -> int:
    """Entries that a rule found, links that may be wrong, and descriptions that may belong to a work item."""
    if isinstance(facts, TeamFacts):
        hints = sum(each.hints for each in facts.hints if each.kind in _TO_FIX)
    else:
        hints = len(facts.to_fix)
    return hints + len(facts.link_doctor.suspicious) + len(facts.link_doctor.unlinked)


def _in_fibery(facts: IndividualFacts | TeamFacts) -> int:
    if isinstance(facts, TeamFacts):
        return len(facts.mismatches)
    return sum(each.verdict in MISMATCHES for each in facts.alignment)
