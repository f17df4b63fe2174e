"""`volt snapshot`, `volt sql`, and the snapshot that `volt ui` renews."""

import csv
import io
from pathlib import Path

import duckdb
import pytest

from volt_assets.cli.ui.last_run import LastRunSnapshot
from volt_assets.orchestration import run_records
from volt_assets.settings import Settings
from volt_assets.warehouse import connect
from volt_assets_tests.acceptance.home import Home

WEEK = "SELECT week, markdown FROM toggl_summary ORDER BY week"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path, {})
    store(home, "2025-10-06", "eins, zwei")
    return home


def store(home: Home, week: str, markdown: str | None) -> None:
    with connect(home.project / ".volt" / "warehouse.duckdb") as connection:
        connection.execute("INSERT INTO toggl_summary (week, markdown) VALUES (?, ?)", [week, markdown or ""])


def test_a_query_is_answered_as_a_table_as_csv_and_as_json(home):
    table = home.volt("sql", WEEK)
    assert (table.exit_code, "2025-10-06" in table.stdout, table.stderr) == (0, True, "")
    rows = list(csv.reader(io.StringIO(home.volt("sql", WEEK, "--csv").stdout)))
    assert rows == [["week", "markdown"], ["2025-10-06", "eins, zwei"]]
    answer = home.volt("sql", WEEK, "--json").json
    assert set(answer) == {"columns", "rows", "as_of"}
    assert (answer["columns"], answer["rows"]) == (["week", "markdown"], [["2025-10-06", "eins, zwei"]])
    values = home.volt("sql", "SELECT 1, 1.5::DOUBLE, NULL, [1, 2], true, 'nan'::DOUBLE, {'a': 1}", "--json").json
    assert values["rows"] == [[1, 1.5, None, [1, 2], True, None, {"a": 1}]]


def test_the_answer_is_of_now(home):
    home.volt("sql", WEEK)
    store(home, "2025-10-13", "drei")
    assert len(home.volt("sql", WEEK, "--json").json["rows"]) == 2


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM toggl_summary",
        "CREATE TEMP TABLE mine AS FROM toggl_summary",
        "COPY toggl_summary TO 'copied.csv'",
        "ATTACH 'other.duckdb'",
        "FROM toggl_summary; FROM toggl_summary",
        "FROM read_csv('/etc/passwd')",
        "SET threads = 2",
        "EXPLAIN ANALYZE DELETE FROM toggl_summary",
        "SELECT nothing FROM nowhere",
        "SELEC",
        "",
    ],
)
def test_what_does_not_read_is_refused_in_words(home, query):
    refused = home.volt("sql", query, "--json")
    assert refused.exit_code == 2
    assert refused.json["error"]["code"] in {"usage", "bad_query"}
    assert "Traceback" not in refused.stderr
    assert len(home.volt("sql", WEEK, "--json").json["rows"]) == 1


def test_without_a_warehouse_it_says_what_makes_one(tmp_path):
    for command in (("sql", "SELECT 1"), ("snapshot", "copy.duckdb")):
        outcome = Home(tmp_path, {}).volt(*command, "--json")
        assert (outcome.exit_code, outcome.json["error"]["code"]) == (2, "no_warehouse")
    assert list(tmp_path.iterdir()) == []


def test_a_snapshot_is_written_where_it_is_wanted(home):
    outcome = home.volt("snapshot", "copy.duckdb", "--json")
    assert outcome.json["file"] == str(home.project / "copy.duckdb")
    with duckdb.connect(outcome.json["file"], read_only=True) as connection:
        assert connection.execute("SELECT markdown FROM toggl_summary").fetchall() == [("eins, zwei",)]


def test_the_ui_renews_the_snapshot_when_no_run_is_in_progress(home, monkeypatch):
    with home.inside():
        settings = Settings.load(dotenv=False)
    going_on = [True]
    monkeypatch.setattr(run_records, "any_in_progress", lambda instance: going_on[0])
    monkeypatch.setattr("volt_assets.cli.ui.last_run._INTERVAL", 0.0)
    keeper = LastRunSnapshot(settings, None)
    keeper.renew()
    assert not settings.snapshot_path.exists()
    going_on[0] = False
    keeper.renew()
    assert settings.snapshot_path.exists()
    store(home, "2025-10-13", "drei")
    keeper.renew()
    with duckdb.connect(str(settings.snapshot_path), read_only=True) as connection:
        assert connection.execute("SELECT count(*) FROM toggl_summary").fetchone() == (2,)
