"""`volt forget`: somebody is searched for in every byte and value, also after an old week is fetched again."""

import json
from pathlib import Path

import pytest

from volt_assets.runs.rights.forget import forget
from volt_assets.settings import Settings
from volt_assets.warehouse import connect, insert_rows
from volt_assets.warehouse.personal import COLUMNS, could_hold_people
from volt_assets_tests.reports.conftest import FETCHED, MONDAY, ZONE, Stored
from volt_assets_tests.reports.versions.test_store import Reports, edit

BUG = "Mend it for ever #5 [Scrum] [Bug] [Moneyball]"


def test_of_every_column_that_could_hold_a_person_it_is_known_what_it_holds(tmp_path):
    with connect(tmp_path / "warehouse.duckdb") as connection:
        rows = connection.execute(
            "SELECT table_name, column_name, data_type FROM duckdb_columns() JOIN duckdb_tables() "
            "USING (table_name, database_name) WHERE NOT duckdb_columns.internal"
        ).fetchall()
    stored = {}
    for table, column, kind in rows:
        stored.setdefault(table, set())
        if could_hold_people(column, kind):
            stored[table].add(column)
    assert {table: set(columns) for table, columns in COLUMNS.items()} == {
        table: columns for table, columns in stored.items() if columns
    }


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A home in which a week's reports have two versions. Two people are called Ann Lee; Ben Ode has two addresses."""
    settings = Settings(project=tmp_path, volt_home=str(tmp_path / "home"), volt_timezone=ZONE, _env_file=None)
    connection = connect(settings.warehouse_path)
    stored = Stored(connection)
    reports = Reports(stored)
    stored.entry("Waiting for the dentist", 1800, user=2)
    stored.entry(BUG, 5400, user=2)
    stored.entry("Meeting with Ben Ode about Ben Oder", 3600)
    stored.entry("Pay #6 [Scrum] [Bug]", 600, user=3)
    stored.entity(
        "5",
        assignees=[{"name": "Ben Ode", "email": "ben@example.com"}, {"name": "Ann Lee", "email": "ann@example.com"}],
        comments=[
            {"author": "Ben Ode", "created_at": "2025-10-07T10:00:00Z", "text": "It was the dentist again"},
            {"author": "Ann Lee", "created_at": "2025-10-07T11:00:00Z", "text": "Thanks, Ben Ode <ben@example.com>"},
        ],
        description="For Ben Ode",
    )
    stored.entity("6")
    stored.weeks()
    reports.make()
    edit(stored, 0, seconds=2400)
    insert_rows(
        connection,
        "people",
        [
            {
                "week": "2025-09-29",
                "user_id": 2,
                "name": "Ben",
                "email": "old@example.com",
                "active": True,
                "fetched_at": FETCHED,
            }
        ],
    )
    reports.fetch()
    reports.make()
    connection.close()
    return settings


TRACES = ("Ben Ode", "ben@example.com", "old@example.com", "dentist", "Mend it", "ben_ode")


def found_in(settings: Settings, *traces: str) -> set[tuple[str, str]]:
    """Where any of these stands: in the bytes of a file, or in a value of the warehouse."""
    found = set()
    for file in settings.home.rglob("*"):
        text = file.read_bytes().decode("utf-8", "replace") if file.is_file() else ""
        found |= {(file.name, trace) for trace in traces if trace in text.replace("Ben Oder", "") or trace in file.name}
    with connect(settings.warehouse_path) as connection:
        for (table,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall():
            for row in connection.execute(f"SELECT to_json(t)::VARCHAR FROM {table} AS t").fetchall():
                found |= {(table, trace) for trace in traces if trace in row[0].replace("Ben Oder", "")}
    return found


def figures(settings: Settings) -> list[tuple]:
    with connect(settings.warehouse_path) as connection:
        return connection.execute(
            "SELECT week, version, facts -> '$.figures' FROM (SELECT week, version, facts FROM team_report UNION ALL "
            "SELECT week, version, facts FROM report_versions WHERE user_id IS NULL) ORDER BY ALL"
        ).fetchall()


def test_who_is_removed_stands_nowhere_and_sums_stay(settings):
    assert {trace for _, trace in found_in(settings, *TRACES)} >= set(TRACES[:5])
    before = figures(settings)
    removal = forget(settings, "BEN@example.com")
    assert removal.people == 1
    assert found_in(settings, *TRACES) == set()
    assert figures(settings) == before
    assert len(before) == 2
    with connect(settings.warehouse_path) as connection:
        assert connection.execute("SELECT count(*) FROM toggl_time_entries WHERE user_id = 2").fetchone() == (0,)
        assert connection.execute("SELECT DISTINCT username FROM toggl_time_entries WHERE user_id < 0").fetchall() == [
            ("someone who was removed",)
        ]
        ((markdown,),) = connection.execute("SELECT markdown FROM team_report").fetchall()
        assert "someone who was removed" in markdown
        assert "Ben Oder" in str(connection.execute("SELECT description FROM toggl_time_entries").fetchall())
        ((comments,),) = connection.execute("SELECT comments FROM enriched_entities WHERE public_id = '5'").fetchall()
        assert [comment["author"] for comment in json.loads(comments)] == ["someone who was removed", "Ann Lee"]
        assert connection.execute(
            "SELECT count(*) FROM summed_weeks JOIN entry_versions USING (week) WHERE version <> entries_version"
        ).fetchone() == (0,)
    assert MONDAY
