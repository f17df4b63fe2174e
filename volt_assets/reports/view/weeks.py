"""The list of all weeks reported on, newest first."""

from collections.abc import Mapping, Sequence
from typing import Any

from volt_assets.formatting import period, plural, rounded, share
from volt_assets.reports.view.blocks import (
    Block,
    Chart,
    ChartColumn,
    Column,
    Hours,
    Line,
    PageLink,
    Paragraph,
    Row,
    Section,
    Span,
    Table,
    View,
)
from volt_assets.reports.view.figures import known
from volt_assets.weeks import iso_week, last_day

_SHOWN = 12


def view_of_weeks(rows: Sequence[Mapping[str, Any]], names: Mapping[int, str]) -> View:
    """The view of rows of `index.sql`. `names` are the file names of people's reports."""
    blocks: list[Block] = []
    if len(rows) > 1:
        shown = list(reversed(rows[:_SHOWN]))
        caption = f"The newest {plural(len(shown), 'week')} reported on, oldest first"
        heads = ("Week of", "Hours")
        chart = Chart("Hours by week", caption, heads, tuple(_column(row) for row in shown), current=True)
        blocks.append(Section("Hours by week", (chart,), anchor="weeks"))
    blocks.append(Section("", (_table(rows, names),) if rows else (Paragraph(("No week has been reported on yet.",)),)))
    return View("Volt", "Weekly reports", "", "Weekly reports", (plural(len(rows), "week"),), None, tuple(blocks))


def _column(row: Mapping[str, Any]) -> ChartColumn:
    name = f"{row['week'].day} {row['week']:%b}"
    return ChartColumn(row["tracked_seconds"], name, name, (_hours(row),))


def _hours(row: Mapping[str, Any]) -> Hours:
    """The hours of a week as its report prints them."""
    printed = rounded(row["tracked_seconds"]) if row["hundredths"] is None else row["hundredths"]
    return Hours(printed, form=row["hours"])


def _table(rows: Sequence[Mapping[str, Any]], names: Mapping[int, str]) -> Table:
    columns = (
        Column("Week", strong=True),
        Column("Folder", "under"),
        Column("Hours", "number"),
        Column("Linked", "number"),
        Column("Items", "number", optional=True),
        Column("Finished", "number", optional=True),
        Column("People"),
    )
    return Table(columns, tuple(_row(row, names) for row in rows), style="weeks")


def _row(row: Mapping[str, Any], names: Mapping[int, str]) -> Row:
    folder = iso_week(row["week"])
    days = period(row["week"], last_day(row["week"]))
    note = folder if row["complete"] else f"{folder} · not complete"
    people: list[Span] = []
    for person in row["people"] or []:
        file = names.get(person["user_id"])
        people += [", "] if people else []
        people.append(PageLink(person["name"], f"{folder}/individual/{file}" if file else None))
    cells: tuple[Line, ...] = (
        (PageLink(days, f"{folder}/team_summary"),),
        (note,),
        (_hours(row),),
        (share(row["linked_seconds"], row["tracked_seconds"]),),
        (known(row["entities"]),),
        (known(row["finished"]),),
        tuple(people),
    )
    return Row(cells)
