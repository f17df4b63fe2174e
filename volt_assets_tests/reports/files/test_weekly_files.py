"""The weekly reports as files: what is stored, replaced whole, with an index."""

from datetime import date, datetime
from pathlib import Path

import pytest

from volt_assets.reports.facts.prepared import PreparedPeriod
from volt_assets.reports.files.weekly_files import write_index, write_week
from volt_assets.reports.rules import ReportRules
from volt_assets.warehouse import Connection, connect, insert_rows
from volt_assets.weeks import last_day

WEEK = date(2025, 10, 6)
NAMES = {1: "ana_souza", 2: "bo_lind"}


@pytest.fixture
def connection(tmp_path: Path):
    connection = connect(tmp_path / "warehouse.duckdb")
    insert_rows(connection, "toggl_summary", [{"week": WEEK, "markdown": "# Where time went"}])
    report = {"version": 1, "facts": {}, "facts_hash": "x", "generated_at": datetime(2025, 10, 13)}
    insert_rows(connection, "team_report", [{"week": WEEK, "markdown": "# Team", "html": "<p>Team", **report}])
    people = [{"week": WEEK, "user_id": 1, "markdown": "# Ana", "html": "<p>Ana", **report}]
    people.append({"week": WEEK, "user_id": 2, "markdown": "# Bo", **report})
    insert_rows(connection, "individual_reports", people)
    yield connection
    connection.close()


def write(connection: Connection, folder: Path) -> Path:
    with PreparedPeriod(connection, WEEK, last_day(WEEK)) as prepared:
        return write_week(prepared, ReportRules("UTC"), folder, NAMES)


def files(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_a_weeks_folder_holds_what_is_stored(connection: Connection, tmp_path: Path):
    folder = write(connection, tmp_path / "reports")
    assert folder == tmp_path / "reports" / "2025-W41"
    assert files(folder) == {
        "toggl_summary.md": "# Where time went",
        "team_summary.md": "# Team",
        "team_summary.html": "<p>Team",
        "individual/ana_souza.md": "# Ana",
        "individual/ana_souza.html": "<p>Ana",
        "individual/bo_lind.md": "# Bo",  # made before there were pages
        "time.csv": "day,person,email,linked,type,public_id,name,project,description,seconds,hours,entries\n",
    }


def test_it_is_replaced_whole_so_that_nobody_who_is_no_longer_in_it_stays(connection: Connection, tmp_path: Path):
    write(connection, tmp_path / "reports")
    connection.execute("DELETE FROM individual_reports WHERE user_id = 2")
    folder = write(connection, tmp_path / "reports")
    assert "individual/bo_lind.md" not in files(folder)
    assert [path.name for path in (tmp_path / "reports").iterdir()] == ["2025-W41"]


def test_the_index_links_every_week_and_person_newest_first(connection: Connection, tmp_path: Path):
    facts = {
        "figures": {"tracked_seconds": 5400, "linked_seconds": 2700, "entities": 2, "finished": None},
        "people": [
            {"user_id": 3, "name": "Gone", "figures": {"tracked_seconds": 0}},
            {"user_id": 1, "name": "Ana <Souza>", "figures": {"tracked_seconds": 5400}},
        ],
    }
    connection.execute("DELETE FROM team_report")
    row = {"version": 1, "facts": facts, "facts_hash": "x", "markdown": "", "generated_at": datetime(2025, 10, 13)}
    insert_rows(connection, "team_report", [{"week": week, **row} for week in (WEEK, date(2025, 12, 29))])
    write_index(connection, tmp_path, NAMES)
    page = (tmp_path / "index.html").read_text()
    newest = page.index('<a class="name" href="2026-W01/team_summary.html">29 December 2025 – 4 January 2026</a>')
    assert newest < page.index('<a class="name" href="2025-W41/team_summary.html">6–12 October 2025</a>')
    assert page.index('">Ana &lt;Souza&gt;</span>') < page.index('">Gone</span>')
    assert '<a class="name" href="2025-W41/individual/ana_souza.html">1.50</a>' in page
    assert ">1.50</td>" in page
    assert ">50%</td>" in page
    assert ">unknown</td>" in page
