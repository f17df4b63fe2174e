"""What changed since the version before, as lines whose printed hours add up to the change of the printed total.

What changed is found out in `reports/changes.py`.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from volt_assets.formatting import hundredths, listing, minute, number, plural, rounded, weekday_and_day
from volt_assets.reports.facts.models import Changes, EntryChange, EntryVersion, Period
from volt_assets.reports.facts.rounding import PartsDoNotAddUp
from volt_assets.reports.report import Report
from volt_assets.reports.view.blocks import Change, Column, Line, PageLink, Paragraph, Row, Section, Soft, Table

_SECTION = "What changed"
_KINDS: tuple[Literal["added", "edited", "deleted", "moved"], ...] = ("added", "edited", "deleted", "moved")
# So many changes have a row of their own.
_ROWS = 10
# People whose entries are all gone have no line in the team's report.
_GONE = PageLink("without entries now", None)


def changes_section(report: Report, people: Mapping[int, PageLink] | None) -> Section | None:
    """The changed entries, the largest change first. `people`: of the team's, those with entries now. None: there is no
    version before.
    """
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
    table = _table(changes.entries, total, report.facts.period, people)
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


def _table(entries: Sequence[EntryChange], total: int, period: Period, people: Mapping[int, PageLink] | None) -> Table:
    """A row for each of the largest changes, and one for all others."""
    sized = sorted(
        zip(entries, _parts([change.seconds for change in entries], total), strict=True), key=lambda each: -abs(each[1])
    )
    shown = sized if len(sized) <= _ROWS + 1 else sized[:_ROWS]
    rows = [Row((_what(change, period, people), (Change(part),))) for change, part in shown]
    if rest := sized[len(shown) :]:
        kinds = Counter(change.kind for change, _ in rest)
        counted = listing([f"{kinds[kind]} {kind}" for kind in _KINDS if kinds[kind]])
        rows.append(Row(((f"{len(rest)} more: {counted}",), (Change(sum(part for _, part in rest)),)), soft=True))
    columns = (Column("Entry"), Column("Change", "number"))
    return Table(columns, tuple(rows), Row((("Change of the total",), (Change(total),))))


def _what(change: EntryChange, period: Period, people: Mapping[int, PageLink] | None) -> Line:
    """What became of an entry: whose it is, when it is and was, and what else differs. What people typed stands in
    their own reports alone.
    """
    before, after = change.before, change.after
    entry = after or before
    if entry is None:
        raise ValueError("an entry that changed is there before or after")
    whose: Line = () if people is None else (people.get(change.user_id, _GONE), ", ")
    day = weekday_and_day(entry.day, period.last_day.year)
    if before and after and before.day != after.day:
        was = f"{weekday_and_day(before.day, period.last_day.year)} {_clock(before, period)}"
        about = [f"{was} → {day} {_clock(after, period)}"]
    else:
        about = [f"{day} {_either(_clock(before, period), _clock(after, period))}"]
    if people is None:
        about.append(_either(_typed(before), _typed(after)))
    if before and after and before.project != after.project:
        about.append(f"{before.project or 'no project'} → {after.project or 'no project'}")
    return (Soft(change.kind), " ", *whose, ", ".join(about))


def _either(before: str, after: str) -> str:
    """What it is, or (before → after) was and is."""
    return f"{before} → {after}" if before and after and before != after else after or before


def _clock(entry: EntryVersion | None, period: Period) -> str:
    """From when to when it is, on the clock: exact where hours would be rounded once more."""
    if entry is None:
        return ""
    start = entry.start.astimezone(ZoneInfo(period.timezone))
    if entry.seconds is None:
        return f"{start:%H:%M}, running"
    return f"{start:%H:%M} to {start + timedelta(seconds=entry.seconds):%H:%M}"


def _typed(entry: EntryVersion | None) -> str:
    if entry is None:
        return ""
    return " ".join((entry.description or "").split()) or "no description"


def _parts(seconds: Sequence[int], total: int) -> list[int]:
    """Changes in hundredths of an hour that add up to `total`. Both versions were rounded, so one or two hundredths may
    be missing: they stand with the largest."""
    parts = hundredths(seconds)
    largest = max(range(len(parts)), key=lambda place: abs(parts[place]))
    parts[largest] += total - sum(parts)
    return parts
