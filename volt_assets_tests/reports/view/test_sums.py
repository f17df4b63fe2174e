"""The check of what a report prints: silent on reports as they are made, it finds each section that is not its sum."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import dagster as dg
import pytest

from volt_assets.orchestration.checks import Check, prepare
from volt_assets.reports.checks import checks
from volt_assets.reports.view import items
from volt_assets.reports.view.blocks import Column, Hours, Table, Tree, TreeRow
from volt_assets.reports.view.sums import sums_of_block
from volt_assets_tests.reports.conftest import MONDAY, ZONE, Stored
from volt_assets_tests.reports.rendering.test_html import busy_week
from volt_assets_tests.reports.versions.test_store import Reports

NAMES = {"individual_reports": "printed_rows_add_up", "team_report": "printed_team_rows_add_up"}


@pytest.fixture
def nine_weeks(stored: Stored) -> Stored:
    """A week with the eight before it stored, and its reports, in a second version."""
    busy_week(stored)
    reports = Reports(stored)
    reports.make()
    stored.entry("One more", 1817)
    reports.fetch()
    reports.make()
    return stored


def of(asset: str) -> Check:
    return next(check for check in checks() if check.name == NAMES[asset])


def found(stored: Stored, asset: str) -> set[str]:
    """The sections that the rule names."""
    prepare(stored.connection, [MONDAY], ZoneInfo(ZONE))
    (result,) = of(asset).evaluate(stored.connection, [MONDAY])
    which = result.metadata.get("which")
    return {record.data["section"] for record in which.records} if which else set()


def test_reports_of_a_week_whose_eight_weeks_before_are_stored_pass_every_check(nine_weeks):
    assert "## Hours by week" in Reports(nine_weeks).report()["markdown"]
    assert Reports(nine_weeks).report()["version"] == 2
    prepare(nine_weeks.connection, [MONDAY], ZoneInfo(ZONE))
    for check in checks():
        (result,) = check.evaluate(nine_weeks.connection, [MONDAY])
        assert result.severity == dg.AssetCheckSeverity.ERROR
        assert result.passed, result.metadata


def merged(patch: str, column: str = "facts") -> str:
    return f"{column} = json_merge_patch({column}, '{patch}')"


SECONDS_OF_CHANGES = merged('{"seconds": 3600}', "changes")


@pytest.mark.parametrize(
    ("asset", "damage", "section"),
    [
        ("individual_reports", merged('{"figures": {"linked_hundredths": 0}}'), "Figures"),
        ("individual_reports", merged('{"entities": []}'), "Work items"),
        ("individual_reports", merged('{"projects": []}'), "Projects"),
        ("individual_reports", merged('{"other_activities": []}'), "Other activities"),
        (
            "individual_reports",
            merged('{"days": [{"day": "2025-10-06", "seconds": 36, "hundredths": 1}]}'),
            "Hours by day",
        ),
        ("individual_reports", f"{SECONDS_OF_CHANGES} WHERE changes IS NOT NULL", "What changed"),
        ("team_report", merged('{"people": []}'), "People"),
        ("team_report", merged('{"absent_hundredths_before": 200}'), "People"),
        ("team_report", merged('{"outcomes": []}'), "Lookups in Fibery"),
        (
            "team_report",
            'facts = replace(facts::VARCHAR, \'"verdict":"unknown"\', \'"verdict":"idle"\')',
            "Alignment with Fibery",
        ),
    ],
)
def test_a_report_whose_parts_are_not_its_totals_is_found(nine_weeks, asset, damage, section):
    nine_weeks.connection.execute(f"UPDATE {asset} SET {damage}")
    assert section in found(nine_weeks, asset)


@pytest.mark.parametrize("asset", ["individual_reports", "team_report"])
def test_a_report_is_compared_with_the_time_of_its_entries(nine_weeks, asset):
    entry = "(SELECT min(id) FROM toggl_time_entries WHERE week = ?)"
    nine_weeks.connection.execute(
        f"UPDATE toggl_time_entries SET seconds = seconds + 3600 WHERE id = {entry}", [MONDAY]
    )
    assert found(nine_weeks, asset) == {"Figures"}


def test_facts_of_an_earlier_form_are_not_read(nine_weeks):
    damage = merged('{"schema_version": 1, "projects": []}')
    nine_weeks.connection.execute(f"UPDATE team_report SET {damage}")
    assert found(nine_weeks, "team_report") == set()


@pytest.mark.parametrize("is_sum", [True, False])
def test_a_line_of_the_tree_that_is_not_the_sum_of_those_under_it_is_found(is_sum):
    def row(level, hundredths, is_sum=False):
        return TreeRow(level, (("x",), (Hours(hundredths),)), is_sum)

    columns = (Column("Item"), Column("Hours", "number"))
    rows = (row(0, 30, True), row(1, 10), row(1, 20, True), row(2, 12), row(2, 8), row(0, 5))
    tree = Tree(columns, rows, row(0, 35, True), "linked")
    assert all(sum(parts) == total for parts, total in sums_of_block(tree, {"linked": 35}))
    place = next(place for place, each in enumerate(rows) if each.is_sum == is_sum)
    damaged = replace(rows[place], cells=(("x",), (Hours(11),)))
    other = replace(tree, rows=(*rows[:place], damaged, *rows[place + 1 :]))
    assert not all(sum(parts) == total for parts, total in sums_of_block(other, {"linked": 35}))


def test_a_view_that_leaves_a_work_item_out_is_found(nine_weeks, monkeypatch):
    def without_the_last(*arguments):
        section = own_items_section(*arguments)
        return replace(section, blocks=tuple(map(without_a_row, section.blocks)))

    def without_a_row(block):
        return replace(block, rows=block.rows[1:]) if isinstance(block, Table) else block

    own_items_section = items.own_items_section
    monkeypatch.setattr(items, "own_items_section", without_the_last)
    assert found(nine_weeks, "individual_reports") == {"Work items"}
