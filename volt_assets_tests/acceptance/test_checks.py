"""The checks: silent on weeks as they were fetched, and each of their rules finds what it is for."""

import shutil
from collections.abc import Iterator
from datetime import date

import dagster as dg
import pytest

from volt_assets.definitions import all_checks
from volt_assets.fibery.configuration import load_enrichment_config
from volt_assets.orchestration.checks import Check, prepare
from volt_assets.settings import Settings
from volt_assets.warehouse import Connection, connect
from volt_assets_tests.acceptance.conftest import Fetched

WEEK = date(2007, 12, 3)
ENTRY = "(SELECT min(id) FROM toggl_time_entries)"
PERSON = "(SELECT min(user_id) FROM toggl_time_entries)"
ITEM = "public_id = (SELECT min(public_id) FROM entity_references)"

# These find something in any week.
OFTEN_FAIL = {"each_type_is_configured", "each_label_fits_a_type"}
# The check, and what makes it fail.
AMISS = [
    (
        "entries_start_in_their_week",
        f"UPDATE toggl_time_entries SET day = day - 7 WHERE id = {ENTRY}",
    ),
    ("entries_are_as_verified", f"DELETE FROM toggl_time_entries WHERE id = {ENTRY}"),
    (
        "no_overlapping_entries",
        "UPDATE toggl_time_entries SET stop_utc = stop_utc + INTERVAL 30 HOUR WHERE id = "
        "(SELECT arg_min(id, start_utc) FROM toggl_time_entries)",
    ),
    ("no_entry_over_ten_hours", f"UPDATE toggl_time_entries SET seconds = 36001 WHERE id = {ENTRY}"),
    ("no_entry_of_zero_seconds", f"UPDATE toggl_time_entries SET seconds = 0 WHERE id = {ENTRY}"),
    (
        "no_entry_in_two_weeks",
        "INSERT INTO toggl_time_entries BY NAME SELECT * REPLACE (week - 7 AS week) FROM toggl_time_entries "
        f"WHERE id = {ENTRY}",
    ),
    (
        "everybody_has_entries",
        f"UPDATE people SET active = true; DELETE FROM toggl_time_entries WHERE user_id = {PERSON}",
    ),
    ("time_adds_up", f"UPDATE tracked_time SET seconds = seconds + 1 WHERE user_id = {PERSON}"),
    ("most_time_is_linked", "UPDATE tracked_time SET linked = false"),
    ("each_reference_has_one_answer", f"DELETE FROM enriched_entities WHERE {ITEM}"),
    (
        "each_reference_has_one_answer",
        f"INSERT INTO enriched_entities FROM enriched_entities WHERE {ITEM}",
    ),
    ("each_type_is_configured", "UPDATE enriched_entities SET configured = false"),
    ("each_label_fits_a_type", f"UPDATE entity_references SET candidates = [] WHERE {ITEM}"),
    ("everybody_has_a_report", f"DELETE FROM individual_reports WHERE user_id = {PERSON}"),
    (
        "each_work_item_is_reported",
        "UPDATE individual_reports SET facts = json_merge_patch(facts, '{\"entities\": []}') "
        f"WHERE user_id = {PERSON}",
    ),
    (
        "figures_add_up",
        'UPDATE individual_reports SET facts = json_merge_patch(facts, \'{"figures": {"linked_seconds": 1}}\') '
        f"WHERE user_id = {PERSON}",
    ),
    (
        "printed_rows_add_up",
        "UPDATE individual_reports SET facts = json_merge_patch(facts, '{\"projects\": []}')",
    ),
    (
        "everybody_is_in_the_team_report",
        "UPDATE team_report SET facts = json_merge_patch(facts, '{\"people\": []}')",
    ),
    (
        "team_figures_add_up",
        "UPDATE team_report SET facts = json_merge_patch(facts, '{\"projects\": []}')",
    ),
    (
        "printed_team_rows_add_up",
        "UPDATE team_report SET facts = json_merge_patch(facts, '{\"outcomes\": []}')",
    ),
]


@pytest.fixture
def warehouse(busiest: Fetched, tmp_path) -> Iterator[Connection]:
    """A copy of the warehouse in which the week of 2007-12-03 is stored."""
    shutil.copy(busiest.home.project / ".volt" / "warehouse.duckdb", tmp_path)
    connection = connect(tmp_path / "warehouse.duckdb")
    yield connection
    connection.close()


@pytest.fixture(scope="module")
def settings(busiest: Fetched) -> Settings:
    return Settings(project=busiest.home.project, volt_timezone="Europe/London")


@pytest.fixture(scope="module")
def checks(settings: Settings) -> dict[str, Check]:
    return {
        check.name: check for check in all_checks(settings, load_enrichment_config(settings.enrichment_config_path))
    }


def found(check: Check, connection: Connection, settings: Settings, *weeks: date) -> list[dg.AssetCheckEvaluation]:
    prepare(connection, weeks or [WEEK], settings.zone)
    return check.evaluate(connection, weeks or [WEEK])


def test_the_errors_are_silent_on_a_week_as_it_was_fetched(warehouse: Connection, settings: Settings, checks):
    for check in checks.values():
        if check.severity == dg.AssetCheckSeverity.ERROR:
            assert found(check, warehouse, settings)[0].passed, check.name


@pytest.mark.parametrize(("name", "amiss"), AMISS)
def test_a_check_finds_what_it_is_for(warehouse: Connection, settings: Settings, checks, name, amiss):
    (before,) = found(checks[name], warehouse, settings)
    warehouse.execute(amiss)
    (after,) = found(checks[name], warehouse, settings)
    assert not after.passed
    assert after.metadata["found"].value > (before.metadata["found"].value if name not in OFTEN_FAIL else 0)
    assert after.partition == str(WEEK)
    assert after.metadata["which"].records[0].data["week"] == str(WEEK)


def test_a_configured_field_that_fibery_lacks_is_told(warehouse: Connection, settings: Settings, tmp_path):
    file = tmp_path / "enrichment_config.yaml"
    file.write_text('enrichment_activities: {"Development/Bug": {fields: [Severity, Priority]}, default: {}}\n')
    (check,) = (c for c in all_checks(settings, load_enrichment_config(file)) if c.name == "configured_fields_exist")
    (told,) = found(check, warehouse, settings)
    assert told.metadata["found"].value == 1
    (record,) = told.metadata["which"].records
    assert (record.data["type"], record.data["field"]) == ("Development/Bug", "Severity")


def test_every_check_is_tried(checks):
    assert {name for name, _ in AMISS} | {"configured_fields_exist"} == checks.keys()


def test_what_a_run_tells_of_its_checks_names_nobody(busiest: Fetched):
    with busiest.home.instance() as instance:
        run_id = busiest.outcome.json["dagster_run_id"]
        events = instance.all_logs(run_id, of_type={dg.DagsterEventType.ASSET_CHECK_EVALUATION})
    assert {event.dagster_event.event_specific_data.check_name for event in events} >= {"entries_are_as_verified"}
    assert "Developer" not in "".join(event.to_json() for event in events)
    assert "sip.example" not in "".join(event.to_json() for event in events)
