"""Names and sentences that several sections share, in plain words."""

from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import date

from volt_assets.formatting import hours, listing, number, plural, short_day
from volt_assets.reports.facts.models import AsOf, IndividualFacts, LeftOut, Outcome, Period, TeamFacts, Verdict
from volt_assets.reports.sentences.models import Prose
from volt_assets.reports.view.blocks import Change, Line

OUTCOMES: Mapping[Outcome, str] = {
    "found": "found",
    "not_found": "not found in Fibery (deleted, wrong id, or no access)",
    "no_such_type": "label that fits no type",
    "not_configured": "type not configured",
    "failed": "lookup failed this time",
    "not_looked_up": "not looked up yet",
}
VERDICTS: Mapping[Verdict, str] = {
    "tracked": "tracked properly",
    "closed_before": "time on something closed",
    "not_updated": "logged, Fibery not updated",
    "not_started": "a little time, not started",
    "idle": "in progress, no time",
    "open": "open",
    "unknown": "unknown",
}
_LISTED_WEEKS = 5


def joined(parts: Iterable[Line], separator: str = ", ", last: str | None = None) -> Line:
    """Parts of a sentence in a row. `last`: what stands before the last one instead."""
    listed = list(parts)
    between = [separator] * len(listed)
    if last is not None and listed:
        between[-1] = last
    return tuple(span for mark, part in zip(between, listed, strict=True) for span in (mark, *part))[1:]


def left_out(found: LeftOut) -> str:
    """What was fetched and is not part of the period; empty where there is nothing."""
    parts = []
    if found.running_entries:
        parts.append(f"{plural(found.running_entries, 'entry', 'entries')} still running when fetched")
    if found.outside_entries:
        entries = plural(found.outside_entries, "entry", "entries")
        parts.append(f"{entries} ({hours(found.outside_seconds)}) on other days of the weeks that were fetched")
    return listing(parts) if parts else ""


def states_as_of(as_of: Set[AsOf], this: str) -> str:
    """Of when the states are that time is compared with. `this` names the period: "week"."""
    if as_of == {"period_end"}:
        return f"States are those at the end of the {this}, by Fibery’s history."
    fetched = f"as Fibery said when asked, and those at the end of the {this} as far as an item’s own dates tell"
    if "period_end" in as_of:
        return f"States are those at the end of the {this} where Fibery’s history says, else {fetched}."
    return f"States are {fetched}."


def written_by(prose: Prose) -> str:
    """Who wrote the sentences, and what that took."""
    if not prose.tokens:
        return "from templates; no model was asked"
    cost = "cost unknown" if prose.cost_usd is None else f"{prose.cost_usd:.4f} USD"
    writer = f"by {prose.model} and templates" if prose.model else "from templates"
    writer += f" ({credit})" if (credit := credit_of(prose)) else ""
    dropped = (
        f"; {plural(prose.dropped, 'sentence')} of the model not grounded in the facts, and dropped"
        if prose.dropped
        else ""
    )
    return f"{writer}; {plural(prose.tokens, 'token')}, {cost}{dropped}"


def credit_of(prose: Prose) -> str:
    """Whose words these are, where no rule vouches for each of them; else nothing."""
    return f"words by {prose.model}, figures by Volt" if prose.model and prose.mode == "worded" else ""


def notes(period: Period) -> list[str]:
    """What a reader must know before trusting the totals: weeks that are not complete, or not there."""
    lines = []
    still_open = [week.week for week in period.weeks if not week.after_its_end]
    partial = [week.week for week in period.weeks if not week.everybody]
    if still_open:
        lines.append(f"{_weeks(still_open, period)} fetched while still open: entries may be missing.")
    if partial:
        lines.append(f"{_weeks(partial, period)} fetched for some people only.")
    return lines


def _weeks(weeks: Sequence[date], period: Period) -> str:
    if len(period.weeks) == 1:
        return "Not complete: the week was"
    if len(weeks) == 1:
        return f"Not complete: the week of {short_day(weeks[0], period.last_day.year)} was"
    named = [short_day(week, period.last_day.year) for week in weeks[:_LISTED_WEEKS]]
    if len(weeks) > _LISTED_WEEKS:
        named.append(f"{len(weeks) - _LISTED_WEEKS} more")
    return f"Not complete: the weeks of {listing(named)} were"


def days(start: date | None, end: date | None, year: int) -> str:
    """From one day to another, as far as they are known: "3 Oct – 9 Oct", "from 3 Oct", "until 9 Oct"."""
    if start and end:
        return short_day(end, year) if start == end else f"{short_day(start, year)} – {short_day(end, year)}"
    if start:
        return f"from {short_day(start, year)}"
    return f"until {short_day(end, year)}" if end else ""


def is_over(period: Period) -> bool:
    """Whether the weeks had ended when they were fetched: before, hours are not compared with what is expected."""
    return all(week.after_its_end for week in period.weeks)


def in_row(weeks: int) -> str:
    """Since how many weeks: ", over for the 4th week in a row"; empty for a first one."""
    if abs(weeks) < 2:
        return ""
    return f", {'over' if weeks > 0 else 'under'} for the {_ordinal(abs(weeks))} week in a row"


def _ordinal(count: int) -> str:
    return f"{count}{ {2: 'nd', 3: 'rd'}.get(count, 'th') }"


def against_expected(facts: IndividualFacts | TeamFacts) -> str:
    """ "expected 432.00 (+7.95)", before the period's end without the difference; empty where it is not known."""
    expected = facts.expected.hundredths
    if expected is None:
        return ""
    if not is_over(facts.period):
        return f"expected {number(expected)}"
    return f"expected {number(expected)} ({Change(facts.figures.tracked_hundredths - expected)})"
