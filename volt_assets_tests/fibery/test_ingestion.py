"""What the assets of Fibery do, without Dagster: the schema and the weeks' entities, requested and stored."""

import logging
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from volt_assets.fibery.configuration import load_enrichment_config
from volt_assets.fibery.ingestion import current_schema, enrich_and_store, read_lookup
from volt_assets.fibery.resource import FiberyResource
from volt_assets.fibery.storage import store_references, stored_answers, stored_schema
from volt_assets.http import RequestCount
from volt_assets.progress import no_progress
from volt_assets.sandbox.company import Company, TogglWorkspace
from volt_assets.sandbox.company.databases import FINISHED, NOT_STARTED, Database
from volt_assets.sandbox.company.platform import new_workspace
from volt_assets.sandbox.server import Sandbox, start_sandbox
from volt_assets.sandbox.settings import SandboxSettings
from volt_assets.settings import Settings
from volt_assets.warehouse import Warehouse
from volt_assets_tests.fibery.conftest import CONFIG_FILE
from volt_assets_tests.fibery.test_enrichment import CREATED, reference

WEEKS = [date(2025, 10, 6), date(2025, 10, 13)]
CONFIG = load_enrichment_config(CONFIG_FILE)
LOG = logging.getLogger(__name__)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    workspace = new_workspace("acme")
    task = Database(workspace, "Scrum/Task")
    task.workflow({"Open": NOT_STARTED, "Done": FINISHED})
    task.add(7, "Fix login", created=CREATED, state="Open")
    task.add(8, "Bare", created=CREATED, state="Done")
    with start_sandbox(
        Company(TogglWorkspace(name="acme"), workspace), SandboxSettings(fibery_limits=False)
    ) as running:
        yield running


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(database=str(tmp_path / "warehouse.duckdb"))


@pytest.fixture
def fibery(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FiberyResource:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in sandbox.environment.items():
        monkeypatch.setenv(name, value)
    return FiberyResource(settings=Settings.load(tmp_path), requests=RequestCount(), known_schema=None)


def store(warehouse: Warehouse, week: date, *public_ids: str) -> None:
    rows = [
        {
            **{name: value for name, value in reference(public_id, "Scrum", "Task").items() if name != "title"},
            "week": week,
            "candidates": ["Scrum/Task"],
        }
        for public_id in public_ids
    ]
    with warehouse.transaction() as connection:
        store_references(connection, week, rows)


def enrich(warehouse: Warehouse, fibery: FiberyResource, *, only_changes: bool = False) -> None:
    lookup = read_lookup(warehouse, WEEKS, enriching=True, assigning=False, only_changes=only_changes)
    enrich_and_store(LOG, warehouse, fibery, no_progress, CONFIG, lookup, assigning=False)


def test_an_unchanged_schema_is_the_stored_one(warehouse: Warehouse, fibery: FiberyResource, sandbox: Sandbox):
    first = current_schema(warehouse, fibery)
    again = current_schema(warehouse, fibery)
    assert [request["status"] for request in sandbox.requests] == [200, 304]
    assert first.types.keys() == again.types.keys()
    with warehouse.get_connection() as connection:
        stored = stored_schema(connection)
    assert stored is not None
    assert stored.databases.keys() == first.databases.keys()


def test_each_week_gets_a_row_for_each_of_its_references_and_each_entity_is_requested_once(
    warehouse: Warehouse, fibery: FiberyResource, sandbox: Sandbox
):
    current_schema(warehouse, fibery)
    store(warehouse, WEEKS[0], "7", "9")
    store(warehouse, WEEKS[1], "7", "8")
    sandbox.forget()
    enrich(warehouse, fibery)
    assert sum(request["path"] == "/api/commands" for request in sandbox.requests) == 1
    with warehouse.get_connection() as connection:
        stored = stored_answers(connection, WEEKS)
    assert [[(row["public_id"], row["status"]) for row in stored[week]] for week in WEEKS] == [
        [("7", "found"), ("9", "not_found")],
        [("7", "found"), ("8", "found")],
    ]


def test_where_only_changes_are_requested_an_unchanged_row_stays_as_it_was(
    warehouse: Warehouse, fibery: FiberyResource, sandbox: Sandbox
):
    current_schema(warehouse, fibery)
    store(warehouse, WEEKS[0], "7")
    store(warehouse, WEEKS[1], "8")
    enrich(warehouse, fibery)
    with warehouse.get_connection() as connection:
        connection.execute("UPDATE enriched_entities SET name = 'as stored'")
    sandbox.forget()
    enrich(warehouse, fibery, only_changes=True)
    assert sum(request["path"] == "/api/commands" for request in sandbox.requests) == 1
    with warehouse.get_connection() as connection:
        kept = stored_answers(connection, WEEKS)
    assert [row["name"] for of_week in kept.values() for row in of_week] == ["as stored", "as stored"]
    enrich(warehouse, fibery)
    with warehouse.get_connection() as connection:
        renewed = stored_answers(connection, WEEKS)
    assert [row["name"] for of_week in renewed.values() for row in of_week] == ["Fix login", "Bare"]
