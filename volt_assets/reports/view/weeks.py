"""The list of all weeks reported on: people beside the newest weeks, and every week with its figures, by year."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from volt_assets.formatting import period, plural, rounded, share
from volt_assets.reports.facts.expected import is_off
from volt_assets.reports.view.blocks import (
    Block,
    Column,
    Hours,
    Line,
    PageLink,
    Paragraph,
    Row,
    Section,
    Table,
    View,
)
from volt_assets.reports.view.figures import known
from volt_assets.weeks import iso_week, last_day

_NEWEST = 12
# What is tracked of what is expected, in percent, from which on a cell is tinted, and up to which more and more.
_PALEST, _DEEPEST = 60, 120
_STRONGEST_TINT = 22

# A row of `index.sql`, and one of its people.
Week = Mapping[str, Any]
Person = Mapping[str, Any]


def view_of_weeks(rows: Sequence[Week], names: Mapping[int, str]) -> View:
    """The view of rows of `index.sql`, newest first. `names` are the file names of people's reports."""
    blocks: list[Block] = []
    if not rows:
        blocks.append(Section("", (Paragraph(("No week has been reported on yet.",)),)))
    else:
        blocks.append(_people_by_week(list(reversed(rows[:_NEWEST])), names))
        years = groupby(rows, key=lambda row: iso_week(row["week"])[:4])
        for place, (year, of_year) in enumerate(years):
            weeks = list(of_year)
            heading = f"{year} · {plural(len(weeks), 'week')}"
            blocks.append(Section(heading, (_table(weeks),), anchor=f"weeks-{year}", folded=place > 0))
    return View("Volt", "Weekly reports", "", "Weekly reports", (plural(len(rows), "week"),), None, tuple(blocks))


def _people_by_week(weeks: Sequence[Week], names: Mapping[int, str]) -> Section:
    """People in one order every week, by last name; those without time in the newest week last."""
    # Where there is little room, half of the weeks are enough.
    columns = (
        Column("Hours"),
        *(
            Column(f"{row['week'].day} {row['week']:%b}", "number", optional=len(weeks) - place > _NEWEST // 2)
            for place, row in enumerate(weeks)
        ),
    )
    team = Row((("Team",), *((_week_link(row),) for row in weeks)))
    newest = {person["user_id"] for person in weeks[-1]["people"] or []}
    latest = {person["user_id"]: person for row in weeks for person in row["people"] or []}
    ordered = sorted(latest.values(), key=lambda each: (each["user_id"] not in newest, _order(each)))
    labels = _labels(ordered)
    by_week = [{person["user_id"]: person for person in row["people"] or []} for row in weeks]
    rows = [team]
    for person in ordered:
        user_id = person["user_id"]
        cells = [
            _cell(people.get(user_id), row, names.get(user_id)) for row, people in zip(weeks, by_week, strict=True)
        ]
        rows.append(Row(((labels[user_id],), *cells), soft=user_id not in newest))
    blocks: list[Block] = [Table(columns, tuple(rows), style="matrix")]
    if any(person["expected"] is not None for row in weeks for person in row["people"] or []):
        note = "Deeper: more of the expected hours. ▴ and ▾: 10 % or more over and under them. ·: no entries."
        blocks.append(Paragraph((note,), "note"))
    return Section("", tuple(blocks), anchor="people")


def _order(person: Person) -> tuple[str, str]:
    words = (person["name"] or "").split()
    return (words[-1].casefold() if words else "", (person["email"] or person["name"] or "").casefold())


def _labels(people: Iterable[Person]) -> dict[int, PageLink]:
    """Names; those of two people of one name with what tells them apart."""
    people = list(people)
    counts = [person["name"] for person in people]
    return {
        person["user_id"]: PageLink(person["name"], None, _address(person) if counts.count(person["name"]) > 1 else "")
        for person in people
    }


def _address(person: Person) -> str:
    return (person["email"] or "").partition("@")[0] or str(person["user_id"])


def _week_link(row: Week) -> PageLink:
    return PageLink(str(_hours(row)), f"{iso_week(row['week'])}/team_summary")


def _cell(person: Person | None, row: Week, file: str | None) -> Line:
    """A person's hours in a week, as a link to their report, and how they compare with what was expected."""
    if person is None:
        return ("·",)
    tracked, expected = person["hundredths"], person["expected"]
    printed = Hours(rounded(person["tracked_seconds"]) if tracked is None else tracked, form=row["hours"])
    page = f"{iso_week(row['week'])}/individual/{file}" if file else None
    tint, mark = 0, ""
    if expected:
        percent = 100 * printed.hundredths // expected
        tint = _STRONGEST_TINT * (min(max(percent, _PALEST), _DEEPEST) - _PALEST) // (_DEEPEST - _PALEST)
        if is_off(printed.hundredths, expected):
            mark = " ▴" if printed.hundredths > expected else " ▾"
    return PageLink(str(printed), page, tint=tint), mark


def _hours(row: Week) -> Hours:
    """The hours of a week as its report prints them."""
    printed = rounded(row["tracked_seconds"]) if row["hundredths"] is None else row["hundredths"]
    return Hours(printed, form=row["hours"])


def _table(rows: Sequence[Week]) -> Table:
    columns = (
        Column("Week", strong=True),
        Column("Folder", "under"),
        Column("Hours", "number"),
        Column("Linked", "number"),
        Column("People", "number"),
        Column("Items", "number", optional=True),
        Column("Finished", "number", optional=True),
    )
    return Table(columns, tuple(map(_row, rows)), style="weeks")


def _row(row: Week) -> Row:
    folder = iso_week(row["week"])
    days = period(row["week"], last_day(row["week"]))
    cells: tuple[Line, ...] = (
        (PageLink(days, f"{folder}/team_summary"),),
        (folder if row["complete"] else f"{folder} · not complete",),
        (_hours(row),),
        (share(row["linked_seconds"], row["tracked_seconds"]),),
        (str(len(row["people"] or [])),),
        (known(row["entities"]),),
        (known(row["finished"]),),
    )
    return Row(cells)
