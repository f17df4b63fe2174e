"""The geometry of the reports' charts: numbers in, places and sizes out. Templates draw them as inline SVG.

Across, everything is in percent of the chart's width, and down in pixels: a chart flows with the page while its text
keeps its size, which no fixed `viewBox` (and so no charting library's SVG) can do.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

COLUMN_HEIGHT = 120
# Where the estimate stands in a plan's bar: all of them meet one vertical line, with room for 60% more beyond it.
ESTIMATE_AT = 62.5
COLOURS = 5


@dataclass(frozen=True)
class Column:
    """A column of a column chart: `left`, `width` and `middle` in percent, `top` and `height` in pixels."""

    left: float
    width: float
    middle: float
    top: float
    height: float


@dataclass(frozen=True)
class Part:
    """A part of a bar: `left` and `width` in percent. `colour` is a place in the ramp, the largest first."""

    left: float
    width: float
    colour: int = 0


@dataclass(frozen=True)
class PlanBar:
    """What was spent before, in the period and over the estimate. `cut`: it goes on beyond the bar's end."""

    before: Part
    now: Part
    over: Part
    cut: bool
    estimate_at: float = ESTIMATE_AT


def columns(
    values: Sequence[int | None], height: int = COLUMN_HEIGHT, marks: Sequence[int | None] = ()
) -> list[Column]:
    """A column for each value (None and 0: of no height), on a zero baseline, the highest of it and the marks of full
    height."""
    highest = max((value or 0 for value in (*values, *marks)), default=0) or 1
    step = 100 / max(len(values), 1)
    width = min(step * 0.46, 9)
    made = []
    for place, value in enumerate(values):
        tall = round(height * (value or 0) / highest, 1)
        middle = step * (place + 0.5)
        made.append(Column(round(middle - width / 2, 2), round(width, 2), round(middle, 2), height - tall, tall))
    return made


def line_at(value: int, values: Sequence[int | None], height: int = COLUMN_HEIGHT) -> float | None:
    """How far down a line at `value` stands among columns of `values`; None where it is above them all."""
    highest = max((each or 0 for each in values), default=0) or 1
    return round(height - height * value / highest, 1) if value <= highest else None


def stacked(parts: Iterable[tuple[int, int]], whole: int) -> list[Part]:
    """Parts (colour, size) beside each other in a bar whose full length is `whole`."""
    made, left = [], 0.0
    for colour, size in parts:
        width = 100 * size / whole if whole else 0.0
        if width:
            made.append(Part(round(left, 3), round(width, 3), colour))
        left += width
    return made


def plan_bar(estimate: int, before: int, now: int) -> PlanBar:
    """The bar of a plan in seconds. The estimate is above zero."""
    scale = ESTIMATE_AT / estimate
    in_all = before + now
    within_before = min(before, estimate) * scale
    within = min(in_all, estimate) * scale
    over = max(in_all - estimate, 0) * scale
    room = 100 - ESTIMATE_AT
    return PlanBar(
        Part(0, round(within_before, 2)),
        Part(round(within_before, 2), round(within - within_before, 2)),
        Part(ESTIMATE_AT, round(min(over, room), 2)),
        over > room,
    )


def width(part: int, whole: int) -> float:
    """How wide a part of a bar is, in percent."""
    return round(100 * part / whole, 2) if whole else 0
