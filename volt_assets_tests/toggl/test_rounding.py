"""A week's time is rounded once, and so that sums of any kind are right to a hundredth of an hour or nearly so."""

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from volt_assets.formatting import SECONDS_PER_HUNDREDTH, rounded
from volt_assets.toggl.rounding import TimeRow, rows_in_hundredths

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


def furthest(rows, parts, key) -> float:
    """By how many hundredths a sum is off at most."""
    off = defaultdict(int)
    for row, part in zip(rows, parts, strict=True):
        off[key(row)] += part * SECONDS_PER_HUNDREDTH - row.seconds
    return max((abs(seconds) / SECONDS_PER_HUNDREDTH for seconds in off.values()), default=0)


@given(ROWS)
def test_each_row_each_persons_time_and_its_two_parts_are_rounded_down_or_up_and_the_week_as_it_should_be(rows):
    parts = rows_in_hundredths(rows)
    assert sum(parts) == rounded(sum(row.seconds for row in rows))
    for row, part in zip(rows, parts, strict=True):
        assert abs(part * SECONDS_PER_HUNDREDTH - row.seconds) < SECONDS_PER_HUNDREDTH
    for key in (lambda row: row.user_id, lambda row: (row.user_id, row.linked)):
        assert furthest(rows, parts, key) < 1


@given(ROWS)
def test_items_and_projects_of_everybody_are_off_by_little_more_than_a_hundredth(rows):
    parts = rows_in_hundredths(rows)
    assert furthest(rows, parts, lambda row: (row.linked, row.item)) < 3
    assert furthest(rows, parts, lambda row: row.project) < 3


@given(ROWS)
def test_the_same_rows_are_rounded_the_same(rows):
    assert rows_in_hundredths(rows) == rows_in_hundredths(list(rows))
