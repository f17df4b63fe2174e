"""What a person can correct in Toggl within a minute: the first entries that a rule found, each with the way there."""

from collections import Counter
from datetime import datetime
from zoneinfo import ZoneInfo

from volt_assets.formatting import weekday_and_day
from volt_assets.reports.facts.models import FixKind, IndividualFacts, Period, ToFix
from volt_assets.reports.view.blocks import Block, Items, ListItem, Paragraph, Section, Soft, Strong, WebLink

_SHOWN = 3
# What it is, what may be done, and how several are counted.
_WORDS: dict[FixKind, tuple[str, str, str]] = {
    "overlap": ("Two entries at the same time", "One to shorten?", "at the same time"),
    "duplicate": ("The same entry twice", "One to remove?", "there twice"),
    "zero_seconds": ("An entry of zero seconds", "Started and stopped at once?", "zero seconds"),
    "long_entry": ("An entry over 10 h", "A timer left running?", "over 10 h"),
    "no_description": ("No description", "What was it spent on?", "no description"),
    "no_project": ("Neither a project nor a work item", "Which was it?", "neither a project nor a work item"),
}


def fixes_section(facts: IndividualFacts) -> Section:
    """The first three, and how many more there are of which kind."""
    found = facts.to_fix
    if not found:
        return Section("To fix", (Paragraph(("Nothing to fix.",), "small"),))
    lines = tuple(_line(each, facts.period) for each in found[:_SHOWN])
    blocks: list[Block] = [Items(lines)]
    if rest := found[_SHOWN:]:
        kinds = Counter(each.kind for each in rest)
        counts = [f"{counted} ({kinds[kind]})" for kind, (*_, counted) in _WORDS.items() if kinds[kind]]
        blocks.append(Paragraph((f"And {len(rest)} more: {', '.join(counts)}.",), "small"))
    return Section(f"To fix · {len(found)}", tuple(blocks))


def _line(fix: ToFix, period: Period) -> ListItem:
    what, question, _ = _WORDS[fix.kind]
    zone = ZoneInfo(period.timezone)
    day = weekday_and_day(fix.day, period.last_day.year)
    clock = _clock(fix.start, zone)
    if fix.stop > fix.start:
        clock += f" to {_clock(fix.stop, zone)}"
    page = f"{period.toggl_page}/from/{fix.day}/to/{fix.day}" if period.toggl_page else None
    return ListItem((Strong(what), ", ", WebLink(f"{day}, {clock}", page), ". ", Soft(question)), fired=True)


def _clock(instant: datetime, zone: ZoneInfo) -> str:
    return f"{instant.astimezone(zone):%H:%M}"
