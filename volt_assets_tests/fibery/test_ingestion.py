"""What the assets of Fibery do, without Dagster: the schema and the weeks' entities, requested and stored."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from volt_assets.errors import VoltError
from volt_assets.fibery import ingestion
from volt_assets.fibery.configuration import load_enrichment_config
from volt_assets.fibery.ingestion import Scope, batches, current_schema, enrich_and_store
from volt_assets.fibery.resource import FiberyResource
from volt_assets.fibery.storage import store_references, stored_answers, stored_schema
from volt_assets.http import RequestCount
from volt_assets.progress import no_progress
from volt_assets.sandbox.company import Company, TogglWorkspace
from volt_assets.sandbox.company.databases import FINISHED, NOT_STARTED, Database
from volt_assets.sandbox.company.platform import new_workspace
from volt_assets.sandbox.faults import Fault
from volt_assets.sandbox.server import Sandbox, start_sandbox
from volt_assets.sandbox.settings import SandboxSettings
from volt_assets.settings import Settings
from volt_assets.warehouse import Warehouse
from volt_assets.weeks import weeks_between
from volt_assets_tests.fibery.conftest import CONFIG_FILE
from volt_assets_tests.fibery.test_enrichment import CREATED, reference

WEEKS = [date(2025, 10, 6), date(2025, 10, 13)]
CONFIG = load_enrichment_config(CONFIG_FILE)
LOG = logging.getLogger(__name__)
REFUSED = Fault(403, "Forbidden")


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


def enrich(
    warehouse: Warehouse,
    fibery: FiberyResource,
    *,
    only_changes: bool = False,
    on_stored: Callable[[date], None] = lambda week: None,
) -> None:
    scope = Scope(WEEKS, enriching=True, assigning=False, only_changes=only_changes)
    enrich_and_store(LOG, warehouse, fibery, no_progress, CONFIG, scope, on_stored)


def answers(warehouse: Warehouse) -> list[list[dict[str, Any]]]:
    """The stored rows of each week, but for when they were fetched."""
    with warehouse.get_connection() as connection:
        stored = stored_answers(connection, WEEKS)
    return [[{**row, "fetched_at": None} for row in stored[week]] for week in WEEKS]


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


def test_weeks_are_requested_together_until_their_entities_are_as_many_as_a_batch_takes():
    scope = Scope(weeks_between(WEEKS[0], date(2025, 11, 2)), enriching=True, assigning=True, only_changes=False)
    new = dict(zip(scope.weeks, [3, 2, 9, 1], strict=True))
    assert [len(batch) for batch in batches(scope, new, 5)] == [2, 1, 1]
    assert [len(batch) for batch in batches(scope, {}, 5)] == [4]
    assert [len(batch) for batch in batches(replace(scope, enriching=False), new, 5)] == [4]


def test_in_batches_each_entity_is_requested_once_and_the_rows_are_those_of_one_request(
    warehouse: Warehouse, fibery: FiberyResource, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
):
    current_schema(warehouse, fibery)
    store(warehouse, WEEKS[0], "7", "9")
    store(warehouse, WEEKS[1], "7", "8")
    enrich(warehouse, fibery)
    at_once = answers(warehouse)
    sandbox.forget()
    monkeypatch.setattr(ingestion, "ENTITIES_PER_BATCH", 2)
    sandbox.fail_next("/api/commands", REFUSED, after=1, containing='"7"')
    enrich(warehouse, fibery)
    assert answers(warehouse) == at_once
    assert sum(request["path"] == "/api/commands" for request in sandbox.requests) == 2


def test_what_was_stored_of_a_batch_stays_where_a_later_one_fails(
    warehouse: Warehouse, fibery: FiberyResource, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
):
    current_schema(warehouse, fibery)
    store(warehouse, WEEKS[0], "7")
    store(warehouse, WEEKS[1], "8")
    monkeypatch.setattr(ingestion, "ENTITIES_PER_BATCH", 1)
    stored: list[date] = []

    def then_fail(week: date) -> None:
        stored.append(week)
        sandbox.fail_next("/api/commands", REFUSED)

    with pytest.raises(VoltError):
        enrich(warehouse, fibery, on_stored=then_fail)
    assert stored == WEEKS[:1]
    assert [len(rows) for rows in answers(warehouse)] == [1, 0]
