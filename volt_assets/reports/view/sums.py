"""Do the values that a report prints add up? Added up are a view's values, not what they look like in a format."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import takewhile

from volt_assets.formatting import printing, rounded, unit_seconds
from volt_assets.reports.facts.models import TeamFacts
from volt_assets.reports.facts.rounding import PartsDoNotAddUp, split
from volt_assets.reports.report import Report
from volt_assets.reports.view.blocks import (
    Block,
    Change,
    Chart,
    Figures,
    Hours,
    Line,
    Row,
    Shares,
    Table,
    Tree,
    TreeRow,
    View,
    Whole,
)
from volt_assets.reports.view.quality import view_of_quality
from volt_assets.reports.view.report import view_of


@dataclass(frozen=True)
class Sum:
    """Parts and the total that are printed in one section, in hundredths of an hour."""

    section: str
    parts: tuple[int, ...]
    total: int


def sections_that_do_not_add_up(report: Report, tracked_seconds: int) -> list[str]:
    """The headings of the report's sections whose printed values are not their totals, or that miss a work item.

    `tracked_seconds` is the time of its entries, known otherwise than from the report. Facts whose parts are not their
    whole cannot be printed: of them, the first section of which that is so.
    """
    with printing(report.facts.period.hours):
        return _not_adding_up(report, tracked_seconds)


def _not_adding_up(report: Report, tracked_seconds: int) -> list[str]:
    try:
        view = _whole_view(report)
    except PartsDoNotAddUp as error:
        as_fetched = _is_rounded(sum(split(report.facts.figures)), tracked_seconds)
        return [error.section] if as_fetched else ["Figures", error.section]
    # Some headings count what is under them: "Work items · 7".
    found = [
        each.section.partition(" · ")[0] for each in sums_of(view, tracked_seconds) if sum(each.parts) != each.total
    ]
    if _places(view) != len(report.facts.entities):
        found.append("Work items")
    return list(dict.fromkeys(found))


def _whole_view(report: Report) -> View:
    """All that a report prints: the team's, with the page beside it."""
    view = view_of(report)
    if not isinstance(report.facts, TeamFacts):
        return view
    return replace(view, blocks=(*view.blocks, *view_of_quality(report, report.facts, {}).blocks))


def _is_rounded(hundredths: int, seconds: int) -> bool:
    return abs(hundredths * unit_seconds() - seconds) < unit_seconds()


def _places(view: View) -> int:
    """How many work items have a place of their own."""
    found = 0
    for _, block in view.walk():
        if isinstance(block, Table | Tree):
            found += sum(row.anchor is not None for row in block.rows)
    return found


def sums_of(view: View, tracked_seconds: int) -> Iterator[Sum]:
    """All sums that the view prints. `tracked_seconds` is what the whole has to be, rounded down or up."""
    wholes: dict[Whole, int] = {}
    for _, block in view.walk():
        if isinstance(block, Figures):
            wholes = block.wholes
            yield Sum("Figures", (wholes["linked"], wholes["other"]), wholes["tracked"])
            tracked = wholes["tracked"]
            yield Sum(
                "Figures", (tracked,), tracked if _is_rounded(tracked, tracked_seconds) else rounded(tracked_seconds)
            )
    for heading, block in view.walk():
        yield from (Sum(heading, parts, total) for parts, total in sums_of_block(block, wholes))


def sums_of_block(block: Block, wholes: dict[Whole, int]) -> Iterator[tuple[tuple[int, ...], int]]:
    """Parts and totals that one block prints. `wholes` are the report's figures."""
    if isinstance(block, Table):
        yield from _columns(block, wholes)
    elif isinstance(block, Shares):
        together = (*block.first, *([block.others] if block.others else []))
        for shares in (block.shares, together):
            yield tuple(each.hours.hundredths for each in shares), block.total.hours.hundredths
        yield (block.total.hours.hundredths,), wholes[block.whole]
    elif isinstance(block, Tree):
        yield from _tree(block, wholes)
    elif isinstance(block, Chart) and block.whole:
        yield tuple(_value(column.value) or 0 for column in block.columns), wholes[block.whole]


def _tree(tree: Tree, wholes: dict[Whole, int]) -> Iterator[tuple[tuple[int, ...], int]]:
    leaves = tuple(_tree_value(row) for row in tree.rows if not row.is_sum)
    yield leaves, _tree_value(tree.total)
    yield leaves, wholes[tree.whole]
    for place, row in enumerate(tree.rows):
        if row.is_sum:
            yield tuple(map(_tree_value, _right_under(row, tree.rows[place + 1 :]))), _tree_value(row)


def _right_under(row: TreeRow, following: Iterable[TreeRow]) -> Iterator[TreeRow]:
    below = takewhile(lambda each: each.level > row.level, following)
    return (each for each in below if each.level == row.level + 1)


def _tree_value(row: TreeRow) -> int:
    return next(_values(row.cells), 0)


def _columns(table: Table, wholes: dict[Whole, int]) -> Iterator[tuple[tuple[int, ...], int]]:
    if table.total is None:
        return
    for place, cell in enumerate(table.total.cells):
        total = _value(cell)
        if total is not None:
            yield tuple(_value(row.cells[place]) or 0 for row in table.rows), total
    if table.whole:
        yield (_total(table.total) or 0,), wholes[table.whole]


def _total(row: Row) -> int | None:
    """The first time in a row."""
    return next(_values(row.cells), None)


def _value(cell: Line) -> int | None:
    return next(_values([cell]), None)


def _values(cells: Iterable[Line]) -> Iterator[int]:
    return (span.hundredths for cell in cells for span in cell if isinstance(span, Hours | Change))
