"""Do the values that a report prints add up? Values, not text: what they look like is for Markdown and pages."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from volt_assets.formatting import rounded
from volt_assets.reports.change_lines import change_lines, change_of_total
from volt_assets.reports.facts import IndividualFacts, TeamFacts
from volt_assets.reports.report import Report
from volt_assets.reports.rounding import PartsDoNotAddUp, PrintedTimes


@dataclass(frozen=True)
class Sum:
    """Parts and the total that are printed in one section, in hundredths of an hour."""

    section: str
    parts: Sequence[int]
    total: int


def sections_that_do_not_add_up(report: Report, tracked_seconds: int) -> list[str]:
    """The headings of the report's sections whose printed values are not their totals.

    `tracked_seconds` is the time of its entries, known otherwise than from the report. Facts whose parts are not their
    whole cannot be printed: the first section of which that is so is the last that is named.
    """
    found = []
    try:
        for each in sums_of(report, tracked_seconds):
            if sum(each.parts) != each.total:
                found.append(each.section)
    except PartsDoNotAddUp as error:
        found.append(error.section)
    return list(dict.fromkeys(found))


def sums_of(report: Report, tracked_seconds: int) -> Iterator[Sum]:
    """All sums that the report prints."""
    facts, printed = report.facts, PrintedTimes(report.facts)
    linked, other = printed.split
    yield Sum("Figures", printed.split, rounded(tracked_seconds))
    yield Sum("Work items", printed.items, linked)
    yield Sum("Projects", [part for part, _ in printed.projects], linked + other)
    if facts.types:
        yield Sum("Types", [part for part, _ in printed.types], linked + other)
    if printed.verdicts:
        yield Sum("Alignment with Fibery", list(printed.verdicts.values()), linked)
    if isinstance(facts, TeamFacts):
        yield from _of_team(facts, printed)
    else:
        yield from _of_person(facts, printed)
    if report.changes is not None:
        changes = [part for _, part in change_lines(report)]
        yield Sum("What changed", changes, change_of_total(report))


def _of_person(facts: IndividualFacts, printed: PrintedTimes) -> Iterator[Sum]:
    yield Sum("Other activities", printed.activities, printed.split[1])
    if facts.days:
        yield Sum("Hours by day", printed.days, sum(printed.split))


def _of_team(facts: TeamFacts, printed: PrintedTimes) -> Iterator[Sum]:
    linked, other = printed.split
    yield Sum("People", [part for part, _ in printed.people], linked)
    yield Sum("People", [part for _, part in printed.people], other)
    if printed.people_before is not None and facts.before.figures is not None:
        yield Sum("People", printed.people_before, rounded(facts.before.figures.tracked_seconds))
    yield Sum("Lookups in Fibery", printed.outcomes, linked)
