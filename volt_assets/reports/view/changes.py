"""What changed since the version before, as lines whose printed hours add up to the change of the printed total.

What changed is found out in `reports/changes.py`.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Literal
from zoneinfo import ZoneInfo

from volt_assets.formatting import hours, hundredths, minute, number, plural, rounded, short_day
from volt_assets.reports.facts.models import Changes, EntryChange, EntryVersion, Period
from volt_assets.reports.facts.rounding import PartsDoNotAddUp
from volt_assets.reports.report import Report
from volt_assets.reports.view.blocks import Change, Column, Line, PageLink, Paragraph, Row, Section, Soft, Table

_SECTION = "What changed"
_KINDS: tuple[Literal["added", "edited", "deleted", "moved"], ...] = ("added", "edited", "deleted", "moved")
# People whose entries are all gone have no line in the team's report.
_GONE = PageLink("without entries now", None)


def changes_section(report: Report, people: Mapping[int, PageLink] | None) -> Section | None:
    """Each changed entry, or for `people` (those with entries now) how many of each. None: there is none before."""
    changes = report.changes
    if changes is None:
        return None
    if sum(change.seconds for change in changes.entries) != changes.seconds:
        raise PartsDoNotAddUp(_SECTION)
    now = report.facts.figures.tracked_hundredths
    before = changes.hundredths_before
    if before is None:
        before = rounded(report.facts.figures.tracked_seconds - changes.seconds)
    total = now - before
    summary = Paragraph((_summary(changes, before, now),))
    heading = f"{_SECTION} since version {changes.since_version}"
    if not changes.entries:
        return Section(heading, (summary,), anchor="changes")
    table = (
        _entries(changes.entries, total, report.facts.period)
        if people is None
        else _people(changes.entries, total, people)
    )
    return Section(heading, (summary, table), anchor="changes")


def _summary(changes: Changes, before: int, now: int) -> str:
    """How much changed since the version before, or that no entry did."""
    since = f"Version {changes.since_version} was generated {minute(changes.since)}."
    if not changes.entries:
        return (
            f"{since} No entry was added, edited, deleted or moved since: the hours are the same. What differs is what "
            "Fibery or earlier weeks say, or how the report tells it."
        )
    total = f"{number(now)} h, as it was" if before == now else f"{number(now)} h instead of {number(before)} h"
    return f"{since} Since then {plural(len(changes.entries), 'entry', 'entries')} changed; the total is {total}."


def _entries(entries: Sequence[EntryChange], total: int, period: Period) -> Table:
    parts = _parts([change.seconds for change in entries], total)
    columns = (Column("Entry"), Column("Before"), Column("Now"), Column("Change", "number"))
    rows = tuple(
        Row(
            (
                (change.kind,),
                (Soft(_entry(change.before, change.after, period)),) if change.before else (),
                (_entry(change.after, change.before, period),) if change.after else (),
                (Change(part),),
            )
        )
        for change, part in zip(entries, parts, strict=True)
    )
    return Table(columns, rows, Row((("Change of the total",), (), (), (Change(total),))), style="entries")


def _people(entries: Sequence[EntryChange], total: int, people: Mapping[int, PageLink]) -> Table:
    by_person: dict[PageLink, list[EntryChange]] = {}
    for change in entries:
        by_person.setdefault(people.get(change.user_id, _GONE), []).append(change)
    seconds = [sum(change.seconds for change in own) for own in by_person.values()]
    parts = _parts(seconds, total)
    columns = (
        Column("Person"),
        *(Column(kind.capitalize(), "number") for kind in _KINDS),
        Column("Change", "number"),
    )
    rows = tuple(
        Row(((person,), *_counts(own), (Change(part),)))
        for (person, own), part in zip(by_person.items(), parts, strict=True)
    )
    return Table(columns, rows, Row((("Team",), *_counts(entries), (Change(total),))))


def _parts(seconds: Sequence[int], total: int) -> list[int]:
    """Changes in hundredths of an hour that add up to `total`. Both versions were rounded, so one or two hundredths may
    be missing: they stand with the largest."""
    parts = hundredths(seconds)
    largest = max(range(len(parts)), key=lambda place: abs(parts[place]))
    parts[largest] += total - sum(parts)
    return parts


def _counts(changes: Sequence[EntryChange]) -> tuple[Line, ...]:
    """How many changes there are of each of `_KINDS`."""
    kinds = Counter(change.kind for change in changes)
    return tuple((str(kinds[kind]),) for kind in _KINDS)


def _entry(entry: EntryVersion, other: EntryVersion | None, period: Period) -> str:
    """An entry in words; its start and project only where they differ from `other`'s."""
    when = f"{entry.day:%a} {short_day(entry.day, period.last_day.year)}"
    if other is not None and entry.start != other.start:
        when += f" {entry.start.astimezone(ZoneInfo(period.timezone)):%H:%M}"
    project = ""
    if other is not None and entry.project != other.project:
        project = f", in {entry.project}" if entry.project else ", in no project"
    length = "running" if entry.seconds is None else hours(entry.seconds)
    description = " ".join((entry.description or "").split())
    return f"{when}: {description or 'no description'}, {length}{project}"
