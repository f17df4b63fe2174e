"""The charts' geometry: nothing leaves its frame, and lengths are as the numbers are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from volt_assets.reports.rendering.charts import COLUMN_HEIGHT, ESTIMATE_AT, columns, line_at, plan_bar, stacked

seconds = st.integers(0, 10_000_000)


@given(st.lists(st.none() | seconds, max_size=31))
def test_columns_stand_within_the_chart_on_one_baseline_the_highest_of_full_height(values):
    made = columns(values)
    assert len(made) == len(values)
    for column, value in zip(made, values, strict=True):
        assert 0 <= column.left <= column.left + column.width <= 100.01
        assert column.top + column.height == pytest.approx(COLUMN_HEIGHT)
        assert (column.height == 0) or value
    if any(values):
        assert max(column.height for column in made) == COLUMN_HEIGHT


def test_a_line_above_all_columns_is_not_drawn():
    assert line_at(50, [100, None]) == COLUMN_HEIGHT / 2
    assert line_at(101, [100]) is None


@given(st.lists(seconds, max_size=8))
def test_the_parts_of_a_bar_follow_each_other_and_fill_it_where_they_are_the_whole(sizes):
    parts = stacked(list(enumerate(sizes)), sum(sizes))
    left = 0.0
    for part in parts:
        assert part.left == pytest.approx(left, abs=0.01)
        left = part.left + part.width
    assert left == pytest.approx(100 if any(sizes) else 0, abs=0.02)


@given(st.integers(1, 10_000_000), seconds, seconds)
def test_a_plans_bar_meets_its_estimate_and_goes_beyond_it_only_when_over(estimate, before, now):
    bar = plan_bar(estimate, before, now)
    assert bar.before.width + bar.now.width <= ESTIMATE_AT + 0.02
    assert bar.over.width <= 100 - ESTIMATE_AT + 0.01
    if before + now <= estimate:
        assert bar.over.width == 0
        assert not bar.cut
        assert bar.before.width + bar.now.width == pytest.approx(ESTIMATE_AT * (before + now) / estimate, abs=0.02)
    assert bar.cut == ((before + now - estimate) * ESTIMATE_AT / estimate > 100 - ESTIMATE_AT)
