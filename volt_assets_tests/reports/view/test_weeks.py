"""The list of all weeks: people beside the newest weeks, in one order, and how their hours compare."""

from datetime import date, timedelta
from typing import Any

from volt_assets.reports.view.blocks import PageLink, Row, Section, Table
from volt_assets.reports.view.weeks import view_of_weeks

NEWEST = date(2026, 11, 16)


def person(user_id: int, name: str, hundredths: int = 4000, expected: int | None = 4000) -> dict[str, Any]:
    return {
        "user_id": user_id,
        "name": name,
        "email": f"p{user_id}@x.example",
        "tracked_seconds": 36 * hundredths,
        "hundredths": hundredths,
        "expected": expected,
    }


def week(back: int, *people: dict[str, Any]) -> dict[str, Any]:
    tracked = sum(each["hundredths"] for each in people)
    return {
        "week": NEWEST - timedelta(days=7 * back),
        "tracked_seconds": 36 * tracked,
        "linked_seconds": 0,
        "hundredths": tracked,
        "hours": "decimal",
        "entities": 0,
        "finished": None,
        "complete": True,
        "people": list(people),
    }


def table(*rows: dict[str, Any]) -> Table:
    """The people beside the newest weeks."""
    section = view_of_weeks(rows, {1: "ann"}).blocks[0]
    assert isinstance(section, Section)
    assert isinstance(section.blocks[0], Table)
    return section.blocks[0]


def text(row: Row) -> list[str]:
    return ["".join(span.label if isinstance(span, PageLink) else str(span) for span in cell) for cell in row.cells]


def test_people_stand_in_one_order_by_last_name_and_those_without_time_in_the_newest_week_last():
    ann, bo, cy = person(1, "Ann Zoe"), person(2, "Bo Ames"), person(3, "Cy Aal")
    shown = table(week(0, ann, bo), week(1, cy, bo, ann))
    assert [text(row)[0] for row in shown.rows] == ["Team", "Bo Ames", "Ann Zoe", "Cy Aal"]
    assert text(shown.rows[3])[1:] == ["40.00", "·"]
    assert [column.label for column in shown.columns] == ["Hours", "9 Nov", "16 Nov"]


def test_a_tenth_off_is_marked_and_the_tint_grows_with_the_share_of_the_expected_hours():
    people = [person(user, f"P {user}", hundredths) for user, hundredths in enumerate((2000, 3601, 4000, 4400, 9000))]
    rows = table(week(0, *people)).rows[1:]
    assert [text(row)[1] for row in rows] == ["20.00 ▾", "36.01", "40.00", "44.00 ▴", "90.00 ▴"]
    tints = [row.cells[1][0].tint for row in rows]
    assert tints == sorted(tints)
    assert (tints[0], tints[4]) == (0, 22)


def test_without_expected_hours_nothing_is_tinted_or_marked():
    (row,) = table(week(0, person(1, "Ann", 9000, None))).rows[1:]
    assert text(row)[1] == "90.00"
    assert row.cells[1][0].tint == 0


def test_twelve_weeks_stand_beside_people_and_years_before_are_folded():
    rows = [week(back, person(1, "Ann")) for back in range(160)]
    assert len(table(*rows).columns) == 13
    years = view_of_weeks(rows, {}).blocks[1:]
    assert [section.folded for section in years] == [False, True, True, True]
    assert sum(len(section.blocks[0].rows) for section in years) == 160


def test_the_hours_of_a_week_are_those_of_its_people():
    shown = table(week(0, person(1, "Ann", 3333), person(2, "Bo", 6667)))
    assert [text(row)[1].split()[0] for row in shown.rows] == ["100.00", "33.33", "66.67"]
