"""What Dagster's catalogue shows of an asset whatever the week: its table, columns and their origin, a query to try.

Columns and what they mean are read from the migrations, which say it once (COMMENT ON); queries are in `samples/`. What
is shown of a week belongs to the assets.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
from dagster import AssetKey, TableColumn, TableColumnConstraints, TableColumnDep, TableConstraints, TableSchema

from volt_assets.warehouse import migrate

SAMPLES = Path(__file__).parent / "samples"

# Which columns a column is computed from, where it is of columns and not of what an API answered. "table: column ...".
_ORIGINS: dict[str, dict[str, str]] = {
    "tracked_time": {
        "week": "toggl_time_entries: week",
        "user_id": "toggl_time_entries: user_id",
        "day": "toggl_time_entries: day",
        "toggl_project": "toggl_time_entries: project_name",
        **dict.fromkeys(
            ("linked", "public_id", "label", "project_tag", "title", "description", "ids"),
            "toggl_time_entries: description",
        ),
        "seconds": "toggl_time_entries: seconds",
        "entries": "toggl_time_entries: id",
    },
    "toggl_summary": {
        "week": "tracked_time: week",
        "markdown": "tracked_time: user_id linked public_id label project_tag title description seconds entries"
        "; people: name email",
    },
    "entity_references": {
        "week": "tracked_time: week",
        "public_id": "tracked_time: public_id",
        "label": "tracked_time: label",
        "space": "tracked_time: label",
        "type": "tracked_time: label project_tag; fibery_schema: type field field_meta",
        "project": "tracked_time: label project_tag; fibery_schema: type field field_meta",
        "candidates": "tracked_time: label project_tag; fibery_schema: type field field_meta",
    },
    "enriched_entities": {
        "week": "entity_references: week",
        "public_id": "entity_references: public_id",
        "label": "entity_references: label",
        "entity_type": "entity_references: candidates label",
    },
    "assigned_entities": {"emails": "people: email"},
    "individual_reports": {"week": "tracked_time: week", "user_id": "tracked_time: user_id"},
    "team_report": {"week": "tracked_time: week"},
}


def catalogued(assets: Sequence[dg.AssetsDefinition]) -> Sequence[dg.AssetsDefinition]:
    """The assets with their tables' columns, a sample query, and where their code is."""
    return dg.with_source_code_references(dg.map_asset_specs(_catalogued, assets))


def _catalogued(spec: dg.AssetSpec) -> dg.AssetSpec:
    table = spec.key.to_user_string()
    return spec.replace_attributes(
        metadata={
            **spec.metadata,
            "sample_query": dg.MetadataValue.md(f"```sql\n{sample(table)}\n```"),
            **table_metadata(table),
        },
    )


def sample(table: str) -> str:
    """A short query that shows what a table is good for, where it is of one week of the newest stored one."""
    return (SAMPLES / f"{table}.sql").read_text().strip()


def table_metadata(table: str) -> dict[str, Any]:
    """Dagster's metadata of a table of the warehouse: name, kind of storage, columns."""
    return {
        "dagster/table_name": f"warehouse.main.{table}",
        "dagster/storage_kind": "duckdb",
        "dagster/column_schema": _schemas()[table],
    }


def column_lineage(table: str) -> dg.TableColumnLineage:
    """Which columns of other tables each column of `table` is computed from."""
    return dg.TableColumnLineage(
        {column: list(_dependencies(text)) for column, text in _ORIGINS.get(table, {}).items()}
    )


def _dependencies(text: str) -> Iterator[TableColumnDep]:
    for part in text.split("; "):
        table, columns = part.split(": ")
        for column in columns.split():
            yield TableColumnDep(AssetKey(table), column)


@cache
def _schemas() -> dict[str, TableSchema]:
    """The columns of each table that the migrations make, with what they mean."""
    with duckdb.connect() as connection:
        migrate(connection)
        columns = connection.execute(
            "SELECT table_name, column_name, data_type, is_nullable, comment FROM duckdb_columns() "
            "WHERE schema_name = 'main' AND NOT internal ORDER BY table_name, column_index"
        ).fetchall()
        keys = dict(
            connection.execute(
                "SELECT table_name, constraint_column_names FROM duckdb_constraints() "
                "WHERE constraint_type = 'PRIMARY KEY'"
            ).fetchall()
        )
    schemas: dict[str, list[TableColumn]] = {}
    for table, name, kind, nullable, meaning in columns:
        constraints = TableColumnConstraints(nullable=nullable, unique=keys.get(table) == [name])
        schemas.setdefault(table, []).append(TableColumn(name, kind, description=meaning, constraints=constraints))
    return {
        table: TableSchema(
            columns,
            constraints=TableConstraints([f"PRIMARY KEY ({', '.join(keys[table])})"]) if table in keys else None,
        )
        for table, columns in schemas.items()
    }
