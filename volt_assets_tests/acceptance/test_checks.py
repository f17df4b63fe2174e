"""The checks: silent on weeks as they were fetched, and each of their rules finds what it is for."""

import shutil
from collections.abc import Iterator
from datetime import date

import dagster as dg
import pytest

from volt_assets.asset_checks import Check
from volt_assets.definitions import all_checks
from volt_assets.fibery.enrichment_config import load_enrichment_config
from volt_assets.services import Services
from volt_assets.settings import Settings
from volt_assets.warehouse import Connection, connect
from volt_assets_tests.acceptance.conftest import Fetched

WEEK = date(2007, 12, 3)
ENTRY = "(SELECT min(id) FROM toggl_time_entries)"
PERSON = "(SELECT min(user_id) FROM toggl_time_entries)"
ITEM = "public_id = (SELECT min(public_id) FROM entity_references)"

# The check, its rule, and what makes it find something.
AMISS = [
    (
        "entries_are_as_verified",
        "outside_their_week",
        f"UPDATE toggl_time_entries SET day = day - 7 WHERE id = {ENTRY}",
    ),
    ("entries_are_as_verified", "not_as_verified", f"DELETE FROM toggl_time_entries WHERE id = {ENTRY}"),
    (
        "entries_worth_a_look",
        "overlapping",
        "UPDATE toggl_time_entries SET stop_utc = stop_utc + INTERVAL 30 HOUR WHERE id = "
        "(SELECT arg_min(id, start_utc) FROM toggl_time_entries)",
    ),
    ("entries_worth_a_look", "over_ten_hours", f"UPDATE toggl_time_entries SET seconds = 36001 WHERE id = {ENTRY}"),
    ("entries_worth_a_look", "of_zero_seconds", f"UPDATE toggl_time_entries SET seconds = 0 WHERE id = {ENTRY}"),
    (
        "entries_worth_a_look",
        "in_several_weeks",
        "INSERT INTO toggl_time_entries BY NAME SELECT * REPLACE (week - 7 AS week) FROM toggl_time_entries "
        f"WHERE id = {ENTRY}",
    ),
    (
        "entries_worth_a_look",
        "people_without_entries",
        f"UPDATE people SET active = true; DELETE FROM toggl_time_entries WHERE user_id = {PERSON}",
    ),
    ("time_adds_up", "not_adding_up", f"UPDATE tracked_time SET seconds = seconds + 1 WHERE user_id = {PERSON}"),
    ("most_time_is_linked", "people_with_unlinked_time", "UPDATE tracked_time SET linked = false"),
    ("each_reference_has_one_answer", "not_answered_once", f"DELETE FROM enriched_entities WHERE {ITEM}"),
    (
        "each_reference_has_one_answer",
        "not_answered_once",
        f"INSERT INTO enriched_entities FROM enriched_entities WHERE {ITEM}",
    ),
    ("configuration_fits", "types_without_a_key", "UPDATE enriched_entities SET configured = false"),
    ("configuration_fits", "labels_that_fit_no_type", f"UPDATE entity_references SET candidates = [] WHERE {ITEM}"),
    ("reports_are_whole", "people_without_a_report", f"DELETE FROM individual_reports WHERE user_id = {PERSON}"),
    (
        "reports_are_whole",
        "work_items_missing",
        "UPDATE individual_reports SET facts = json_merge_patch(facts, '{\"entities\": []}') "
        f"WHERE user_id = {PERSON}",
    ),
    (
        "reports_are_whole",
        "figures_not_adding_up",
        'UPDATE individual_reports SET facts = json_merge_patch(facts, \'{"figures": {"linked_seconds": 1}}\') '
        f"WHERE user_id = {PERSON}",
    ),
    (
        "reports_are_whole",
        "printed_rows_not_adding_up",
        "UPDATE individual_reports SET facts = json_merge_patch(facts, '{\"projects\": []}')",
    ),
    (
        "team_report_adds_up",
        "people_not_as_fetched",
        "UPDATE team_report SET facts = json_merge_patch(facts, '{\"people\": []}')",
    ),
    (
        "team_report_adds_up",
        "figures_not_adding_up",
        "UPDATE team_report SET facts = json_merge_patch(facts, '{\"projects\": []}')",
    ),
    (
        "team_report_adds_up",
        "printed_rows_not_adding_up",
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
    return {check.name: check for check in all_checks(load_enrichment_config(settings.enrichment_config_path))}


def test_the_errors_are_silent_on_a_week_as_it_was_fetched(warehouse: Connection, settings: Settings, checks):
    for check in checks.values():
        if check.severity == dg.AssetCheckSeverity.ERROR:
            assert check.evaluate(warehouse, [WEEK], Services(settings)).passed, check.name


@pytest.mark.parametrize(("name", "rule", "amiss"), AMISS, ids=[f"{name}-{rule}" for name, rule, _ in AMISS])
def test_a_rule_finds_what_it_is_for(warehouse: Connection, settings: Settings, checks, name, rule, amiss):
    before = checks[name].evaluate(warehouse, [WEEK], Services(settings))
    warehouse.execute(amiss)
    after = checks[name].evaluate(warehouse, [WEEK], Services(settings))
    assert not after.passed
    assert after.metadata[rule].value > (before.metadata[rule].value if name != "configuration_fits" else 0)
    assert str(WEEK) in after.metadata["weeks"].value


def test_a_configured_field_that_fibery_lacks_is_told(warehouse: Connection, settings: Settings, tmp_path):
    file = tmp_path / "enrichment_config.yaml"
    file.write_text('enrichment_activities: {"Development/Bug": {fields: [Severity, Priority]}, default: {}}\n')
    (check,) = (check for check in all_checks(load_enrichment_config(file)) if check.name == "configuration_fits")
    told = check.evaluate(warehouse, [WEEK], Services(settings)).metadata
    assert told["fields_that_fibery_lacks"].value == 1
    (record,) = told["fields_that_fibery_lacks: which"].records
    assert (record.data["type"], record.data["field"]) == ("Development/Bug", "Severity")


def test_every_rule_of_every_check_is_tried(checks):
    tried = {(name, rule) for name, rule, _ in AMISS} | {("configuration_fits", "fields_that_fibery_lacks")}
    assert tried == {(check.name, rule) for check in checks.values() for rule in check.rules}


def test_what_a_run_tells_of_its_checks_names_nobody(busiest: Fetched):
    with busiest.home.instance() as instance:
        run_id = busiest.outcome.json["dagster_run_id"]
        events = instance.all_logs(run_id, of_type={dg.DagsterEventType.ASSET_CHECK_EVALUATION})
    assert {event.dagster_event.event_specific_data.check_name for event in events} >= {"entries_are_as_verified"}
    assert "Developer" not in "".join(event.to_json() for event in events)
    assert "sip.example" not in "".join(event.to_json() for event in events)
