"""A week's time is rounded once in each unit, and so that sums of any kind are right to a unit or nearly so."""

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from volt_assets.formatting import UNITS, round_half_up
from volt_assets.toggl.rounding import TimeRow, rounded_rows

ROWS = st.lists(
    st.builds(
        TimeRow,
        user_id=st.integers(1, 12),
        linked=st.booleans(),
        item=st.sampled_from("abcdefgh"),
        project=st.sampled_from([None, "P", "Q", "R"]),
        day=st.integers(0, 6),
        seconds=st.integers(0, 20_000),
    ),
    max_size=60,
)

UNIT = st.sampled_from(list(UNITS.values()))


def furthest(rows, parts, unit, key) -> float:
    """By how many units a sum is off at most."""
    off = defaultdict(int)
    for row, part in zip(rows, parts, strict=True):
        off[key(row)] += part * unit - row.seconds
    return max((abs(seconds) / unit for seconds in off.values()), default=0)


@given(ROWS, UNIT)
def test_each_row_each_persons_time_and_its_two_parts_are_rounded_down_or_up_and_the_week_as_it_should_be(rows, unit):
    parts = rounded_rows(rows, unit)
    assert sum(parts) == round_half_up(sum(row.seconds for row in rows), unit)
    for row, part in zip(rows, parts, strict=True):
        assert abs(part * unit - row.seconds) < unit
    for key in (lambda row: row.user_id, lambda row: (row.user_id, row.linked)):
        assert furthest(rows, parts, unit, key) < 1


@given(ROWS, UNIT)
def test_items_and_projects_of_everybody_are_off_by_little_more_than_a_unit(rows, unit):
    parts = rounded_rows(rows, unit)
    assert furthest(rows, parts, unit, lambda row: (row.linked, row.item)) < 3
    assert furthest(rows, parts, unit, lambda row: row.project) < 3


@given(ROWS, UNIT)
def test_the_same_rows_are_rounded_the_same(rows, unit):
    assert rounded_rows(rows, unit) == rounded_rows(list(rows), unit)
