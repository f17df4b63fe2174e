"""The weekly reports as files: what is stored, replaced whole, with an index."""

from datetime import date, datetime
from pathlib import Path

import pytest

from volt_assets.reports.weekly_files import write_index, write_week
from volt_assets.warehouse import Connection, connect, insert_rows

WEEK = date(2025, 10, 6)
NAMES = {1: "ana_souza", 2: "bo_lind"}


@pytest.fixture
def connection(tmp_path: Path):
    connection = connect(tmp_path / "warehouse.duckdb")
    insert_rows(connection, "toggl_summary", [{"week": WEEK, "markdown": "# Where time went"}])
    report = {"version": 1, "facts": {}, "facts_hash": "x", "generated_at": datetime(2025, 10, 13)}
    insert_rows(connection, "team_report", [{"week": WEEK, "markdown": "# Team", **report}])
    people = [{"week": WEEK, "user_id": 1, "markdown": "# Ana", **report}]
    people.append({"week": WEEK, "user_id": 2, "markdown": "# Bo", **report})
    insert_rows(connection, "individual_reports", people)
    yield connection
    connection.close()


def files(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_a_weeks_folder_holds_what_is_stored(connection: Connection, tmp_path: Path):
    folder = write_week(connection, tmp_path / "reports", WEEK, NAMES)
    assert folder == tmp_path / "reports" / "2025-W41"
    assert files(folder) == {
        "toggl_summary.md": "# Where time went",
        "team_summary.md": "# Team",
        "individual/ana_souza.md": "# Ana",
        "individual/bo_lind.md": "# Bo",
    }


def test_it_is_replaced_whole_so_that_nobody_who_is_no_longer_in_it_stays(connection: Connection, tmp_path: Path):
    write_week(connection, tmp_path / "reports", WEEK, NAMES)
    connection.execute("DELETE FROM individual_reports WHERE user_id = 2")
    folder = write_week(connection, tmp_path / "reports", WEEK, NAMES)
    assert "individual/bo_lind.md" not in files(folder)
    assert [path.name for path in (tmp_path / "reports").iterdir()] == ["2025-W41"]


def test_the_index_links_every_week_newest_first(connection: Connection, tmp_path: Path):
    for week in (date(2025, 12, 29), WEEK):
        write_week(connection, tmp_path, week, NAMES)
    write_index(tmp_path)
    lines = (tmp_path / "index.md").read_text().splitlines()
    assert lines[2:] == [
        "- [2026-W01](2026-W01/team_summary.md): 29 December 2025 – 4 January 2026",
        "- [2025-W41](2025-W41/team_summary.md): 6–12 October 2025",
    ]
