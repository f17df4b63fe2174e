"""What the commands share that read runs: the instance with its dead runs ended, and people's addresses.

Dagster and DuckDB take a second to import, so only commands that run import them.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from volt_assets.settings import Settings

if TYPE_CHECKING:
    from dagster import DagsterInstance, RunRecord

# Seconds to wait for the warehouse, only to show addresses in place of ids.
_PATIENCE = 2.0


@contextmanager
def opened_instance(settings: Settings) -> Iterator["DagsterInstance"]:
    """The Dagster instance, after ending, and reporting, runs whose process is gone, and removing what they left."""
    from volt_assets.orchestration import run_records
    from volt_assets.orchestration.instance import open_instance
    from volt_assets.reports.files.whole_folders import sweep

    sweep(settings.reports_path)
    with open_instance(settings) as instance:
        for record in run_records.end_dead_runs(instance):
            click.echo(f"Ended {run_records.run_id_of(instance, record)} as failed: its process is gone.", err=True)
        yield instance


def addresses(settings: Settings, records: Sequence["RunRecord"]) -> dict[str, list[str] | None]:
    """By Dagster's run id: the addresses of the people that the run was limited to; None: everybody.

    People are named by id where the warehouse does not know their address, or is open in another process.
    """
    from volt_assets.orchestration import run_records

    people = {record.dagster_run.run_id: run_records.user_ids_of(record) for record in records}
    known = _known_addresses(settings, sorted({user_id for user_ids in people.values() for user_id in user_ids or []}))
    return {
        run_id: None
        if user_ids is None
        else [run_records.person_key(known.get(user_id), user_id) for user_id in user_ids]
        for run_id, user_ids in people.items()
    }


def _known_addresses(settings: Settings, user_ids: list[int]) -> dict[int, str | None]:
    if not user_ids or not settings.warehouse_path.exists():
        return {}
    import duckdb

    from volt_assets.errors import WarehouseBusy
    from volt_assets.warehouse import connect

    newest = "SELECT user_id, arg_max(email, week) FROM people WHERE list_contains(?, user_id) GROUP BY user_id"
    try:
        with connect(settings.warehouse_path, min(settings.volt_lock_wait, _PATIENCE)) as connection:
            return dict(connection.execute(newest, [user_ids]).fetchall())
    except (WarehouseBusy, duckdb.Error):
        return {}
