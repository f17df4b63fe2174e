"""The team's plans: estimates against what was spent, and what the work items are part of."""

from collections.abc import Sequence

from volt_assets.formatting import number, plural, rounded, short_day
from volt_assets.reports.facts.models import EntityRef, OpenItem, Period, TeamFacts
from volt_assets.reports.facts.open_items import PACE_WEEKS
from volt_assets.reports.sentences.templates import period_word
from volt_assets.reports.view import entities
from volt_assets.reports.view.blocks import (
    Behind,
    Block,
    Column,
    Hours,
    Line,
    Paragraph,
    Row,
    Section,
    Table,
)
from volt_assets.reports.view.items import plan_legend
from volt_assets.reports.view.people import People
from volt_assets.reports.view.words import joined

_NOT_FORECAST = 20
# So many items have a row of their own; the others join in one.
_ROWS = 30


def plans_section(facts: TeamFacts, people: People) -> Section | None:
    """Open items with an estimate and a planned end, the earliest first; None where nothing is open."""
    items = [item for item in facts.open_items if _is_forecast(item)]
    others = [item for item in facts.open_items if not _is_forecast(item)]
    if not facts.open_items:
        return None
    blocks: list[Block] = []
    is_quarter = facts.period.calendar_name == "quarter"
    if items:
        blocks += [
            Paragraph((_note(facts.period),), "note"),
            *([] if is_quarter else [plan_legend(period_word(facts.period))]),
            _by_parent(items, facts.period) if is_quarter else _table(items, facts, people),
        ]
    if others:
        blocks.append(Paragraph(_not_forecast(others, facts.period), "small"))
    return Section("Plan against actual", tuple(blocks), anchor="plans")


def _is_forecast(item: OpenItem) -> bool:
    return item.forecast is not None and item.forecast.fits_hundredths is not None


def _note(period: Period) -> str:
    return (
        f"Open work with an estimate and a planned end. Spent is everybody’s time{entities.since(period)}. "
        f"Pace: everybody’s hours on the item in the last {PACE_WEEKS} weeks, over their working days; what fits is "
        "that pace until the planned end. In review or testing, less may be left than is estimated."
    )


def _table(items: Sequence[OpenItem], facts: TeamFacts, people: People) -> Table:
    shown = items if len(items) <= _ROWS + 1 else items[:_ROWS]
    rows = [_row(item, facts.period, people) for item in shown]
    if rest := items[len(shown) :]:
        rows.append(Row(((f"{len(rest)} items due later",), (), (), (), (), (), *_sums(rest), (), ()), soft=True))
    total = Row(((plural(len(items), "item"),), (), (), (), (), (), *_sums(items), (), ()))
    columns = (
        Column("Item"),
        Column("Who", "under"),
        Column("State", "under"),
        Column("Of the estimate", "bar"),
        Column("Spent", "number", optional=True),
        Column("Estimate", "number", optional=True),
        Column("Left", "number"),
        Column("Fits", "number"),
        Column("Short", "number", strong=True),
        Column("Planned end", "number"),
        Column("At this pace", "number"),
    )
    return Table(columns, tuple(rows), total)


def _by_parent(items: Sequence[OpenItem], period: Period) -> Table:
    """After a quarter: what items are part of, with the sums of their items; what is part of nothing stands alone.

    The planned end and the day at this pace are the latest of the items'.
    """
    year = period.last_day.year
    groups: dict[tuple[str, str], tuple[EntityRef, list[OpenItem]]] = {}
    for item in items:
        above = item.part_of or item
        groups.setdefault((above.type, above.public_id), (above, []))[1].append(item)
    rows = []
    for above, below in groups.values():
        end = max(item.planned_end for item in below if item.planned_end)
        days = [item.forecast.done_on if item.forecast else None for item in below]
        known = [day for day in days if day is not None]
        at_this_pace = "unknown" if len(known) < len(days) else short_day(max(known), year)
        late = len(known) == len(days) and max(known) > end
        cells: tuple[Line, ...] = ((entities.reference(above),), (str(len(below)),), *_sums(below))
        rows.append(Row((*cells, (short_day(end, year),), (Behind(at_this_pace) if late else at_this_pace,))))
    columns = (
        Column("Part of, or item"),
        Column("Items", "number"),
        Column("Left", "number"),
        Column("Fits", "number"),
        Column("Short", "number", strong=True),
        Column("Latest planned end", "number"),
        Column("At this pace", "number"),
    )
    return Table(columns, tuple(rows), Row((("All",), (str(len(items)),), *_sums(items), (), ())))


def _row(item: OpenItem, period: Period, people: People) -> Row:
    plan, year = item.plan, period.last_day.year
    end, done_on = item.planned_end, item.forecast.done_on if item.forecast else None
    bar = entities.plan_bar(plan)
    at_this_pace = "unknown" if done_on is None else short_day(done_on, year)
    late = end is not None and done_on is not None and done_on > end
    return Row(
        (
            (entities.reference(item),),
            people.of_assignees(item.assignees),
            (entities.state_then(item, period),),
            (bar,) if bar else (),
            (entities.in_all(plan),),
            (number(rounded(plan.estimate_seconds or 0)),),
            *_sums([item]),
            (short_day(end, year) if end else "",),
            (Behind(at_this_pace) if late else at_this_pace,),
        )
    )


def _sums(items: Sequence[OpenItem]) -> tuple[Line, Line, Line]:
    """What is left, what fits and what is short of items, added up."""
    left = sum(item.forecast.left_hundredths for item in items if item.forecast)
    fits = sum(item.forecast.fits_hundredths or 0 for item in items if item.forecast)
    return (Hours(left),), (Hours(fits),), (Hours(left - fits),)


def _not_forecast(items: Sequence[OpenItem], period: Period) -> Line:
    """Open items without an estimate or a planned end, and those of which the time is unknown."""
    shown = items if len(items) <= _NOT_FORECAST + 1 else items[:_NOT_FORECAST]
    parts: list[Line] = []
    for item in shown:
        known = [] if item.plan.spent_in_all_hundredths is None else [f"{number(item.plan.spent_in_all_hundredths)} h"]
        known += [short_day(item.planned_end, period.last_day.year)] if item.planned_end else []
        parts.append((entities.reference(item), *([f" ({', '.join(known)})"] if known else [])))
    opening = f"No forecast for {plural(len(items), 'open item')} without an estimate or a planned end: "
    more = len(items) - len(shown)
    return (opening, *joined(parts), f" and {more} more." if more else ".")
