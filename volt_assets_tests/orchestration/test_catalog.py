"""What Dagster's catalogue shows of each asset, against the tables as the migrations make them."""

from datetime import date

import dagster as dg
import duckdb
import pytest

from volt_assets.definitions import build_defs
from volt_assets.orchestration.catalog import catalogued, sample, table_metadata
from volt_assets.settings import Settings
from volt_assets.warehouse import migrate
from volt_assets_tests.reports.conftest import Stored


@pytest.fixture(scope="module")
def specs(tmp_path_factory) -> list[dg.AssetSpec]:
    settings = Settings(project=tmp_path_factory.mktemp("project"), _env_file=None)
    tables = [assets for assets in build_defs(settings).assets or () if isinstance(assets, dg.AssetsDefinition)]
    return [spec for assets in tables for spec in assets.specs]


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as connection:
        migrate(connection)
        yield connection


def columns_of(connection, table: str) -> list[str]:
    return [name for (name, *_) in connection.execute(f"DESCRIBE {table}").fetchall()]


def test_every_asset_says_what_it_is_who_owns_it_and_where_its_code_is(specs):
    assert len(specs) >= 9
    for spec in specs:
        assert spec.owners
        assert "duckdb" in spec.kinds
        assert spec.group_name in ("toggl", "fibery", "reports")
        (reference,) = spec.metadata["dagster/code_references"].code_references
        assert f"volt_assets/{spec.group_name}/assets.py" in reference.file_path


def test_every_column_of_every_asset_is_explained(specs, connection):
    for spec in specs:
        table = spec.key.to_user_string()
        columns = spec.metadata["dagster/column_schema"].columns
        assert [column.name for column in columns] == columns_of(connection, table)
        assert [column.name for column in columns if not column.description] == [], table


def test_what_must_be_there_and_what_is_unique_is_told():
    entries = {column.name: column for column in table_metadata("toggl_time_entries")["dagster/column_schema"].columns}
    assert entries["stop"].constraints.nullable
    assert not entries["start"].constraints.nullable
    assert not entries["id"].constraints.unique  # an entry that was moved may stand in two weeks until both are fetched
    (week, *_) = table_metadata("team_report")["dagster/column_schema"].columns
    assert week.constraints.unique
    assert table_metadata("people")["dagster/column_schema"].constraints.other == ["PRIMARY KEY (week, user_id)"]


def test_the_sample_query_of_every_asset_runs(specs, connection):
    for spec in specs:
        table = spec.key.to_user_string()
        assert spec.metadata["sample_query"].value == f"```sql\n{sample(table)}\n```"
        assert "SELECT" not in spec.description
        assert table in sample(table)
        connection.execute(sample(table))


def test_a_sample_query_of_a_week_finds_the_newest_stored_one(tmp_path):
    with duckdb.connect() as connection:
        migrate(connection)
        stored = Stored(connection)
        first, newest = date(2025, 10, 6), date(2025, 10, 13)
        for week in (first, newest):
            stored.entry("Meeting", 1800, day=week)
        stored.weeks(first, newest)
        assert connection.execute(sample("toggl_time_entries")).fetchall() == [(newest, 0.5)]


def test_an_asset_without_a_sample_query_is_refused():
    @dg.asset
    def no_such_table() -> None: ...

    with pytest.raises(FileNotFoundError):
        catalogued([no_such_table])
