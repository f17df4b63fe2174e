"""What Dagster's catalogue shows of an asset whatever the week: its table and columns, a query to try.

Columns and what they mean are read from the migrations, which say it once (COMMENT ON); queries are in `samples/`. What
is shown of a week belongs to the assets.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
from dagster import TableColumn, TableColumnConstraints, TableConstraints, TableSchema

from volt_assets.warehouse import migrate

SAMPLES = Path(__file__).parent / "samples"


def catalogued(assets: Sequence[dg.AssetsDefinition]) -> Sequence[dg.AssetsDefinition]:
    """The assets with their tables' columns, a sample query, and where their code is."""
    described = dg.with_source_code_references(dg.map_asset_specs(_catalogued, assets))
    return [each for each in described if isinstance(each, dg.AssetsDefinition)]


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
