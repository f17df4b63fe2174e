"""What changed since the version before, as lines whose printed hours add up to the change of the printed total.

The same for Markdown and HTML; what changed is found out in `changes.py`.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

from volt_assets.formatting import hours, rounded, short_day
from volt_assets.reports.facts import EntryChange, EntryVersion, Period
from volt_assets.reports.report import Report
from volt_assets.reports.rounding import printed_parts

_SECTION = "What changed"
KINDS = ("added", "edited", "deleted", "moved")
# People whose entries are all gone have no line in the team's report.
_GONE = "without entries now"


def plain(value: str | None) -> str:
    """What was typed, as it is, on one line: for what is escaped later."""
    return " ".join((value or "").split())


class PersonChanges(NamedTuple):
    """One person's changes: how many of each of `KINDS`, and by how much, in hundredths of an hour."""

    label: str
    counts: list[int]
    printed: int


def change_of_total(report: Report) -> int:
    """The difference of the printed totals, in hundredths of an hour."""
    now = report.facts.figures.tracked_seconds
    return rounded(now) - rounded(now - report.changes.seconds)


def change_lines(report: Report) -> list[tuple[EntryChange, int]]:
    """Each change, with its hundredths of an hour."""
    entries = report.changes.entries
    parts = printed_parts(_SECTION, [change.seconds for change in entries], change_of_total(report))
    return list(zip(entries, parts, strict=True))


def changes_by_person(report: Report, labels: Mapping[int, str]) -> list[PersonChanges]:
    """The changes by person, for the team. `labels` are those of people with entries now."""
    by_person: dict[str, list[EntryChange]] = {}
    for change in report.changes.entries:
        by_person.setdefault(labels.get(change.user_id, _GONE), []).append(change)
    seconds = [sum(change.seconds for change in own) for own in by_person.values()]
    parts = printed_parts(_SECTION, seconds, change_of_total(report))
    return [
        PersonChanges(label, counts(own), printed)
        for (label, own), printed in zip(by_person.items(), parts, strict=True)
    ]


def counts(changes: Sequence[EntryChange]) -> list[int]:
    """How many changes there are of each of `KINDS`."""
    kinds = Counter(change.kind for change in changes)
    return [kinds[kind] for kind in KINDS]


def entry_words(
    entry: EntryVersion, other: EntryVersion | None, asked: Period, typed: Callable[[str | None], str] = plain
) -> str:
    """An entry in words; its start and project only where they differ from `other`'s. `typed` makes text safe."""
    when = f"{entry.day:%a} {short_day(entry.day, asked.last_day.year)}"
    if other is not None and entry.start != other.start:
        when += f" {entry.start.astimezone(ZoneInfo(asked.timezone)):%H:%M}"
    project = ""
    if other is not None and entry.project != other.project:
        project = f", in {typed(entry.project)}" if entry.project else ", in no project"
    length = "running" if entry.seconds is None else hours(entry.seconds)
    return f"{when}: {typed(entry.description) or 'no description'}, {length}{project}"
