"""`volt backup` and `volt restore`: what they carry, what they refuse, and a process that dies in the middle."""

import fcntl
import json
from pathlib import Path

import dagster as dg
import pytest

from volt_assets import replacing
from volt_assets.orchestration import run_records
from volt_assets.orchestration.instance import UI_RECORD
from volt_assets.replacing import finish_replacing
from volt_assets.runs import backup
from volt_assets.settings import Settings
from volt_assets.warehouse import connect
from volt_assets_tests.acceptance.home import Home
from volt_assets_tests.toggl.recorded import record_run


def store(home: Home, week: str) -> None:
    with connect(home.project / ".volt" / "warehouse.duckdb") as connection:
        connection.execute("INSERT INTO toggl_summary (week, markdown) VALUES (?, 'text')", [week])
    with home.instance() as instance:
        record_run(instance)
    folder = home.project / ".volt" / "reports" / week
    folder.mkdir(parents=True)
    (folder / "team.html").write_text(week)


def state(home: Home) -> tuple[list[str], int, list[str]]:
    """Weeks of the warehouse, number of runs, reports."""
    weeks = [str(week) for (week,) in home.sql("SELECT week FROM toggl_summary ORDER BY week")]
    reports = sorted(path.name for path in (home.project / ".volt" / "reports").iterdir())
    return weeks, len(home.dagster_runs()), reports


OLD = (["2025-10-06"], 1, ["2025-10-06"])
NEW = (["2025-10-06", "2025-10-13"], 2, ["2025-10-06", "2025-10-13"])


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home of one week, of which the backup `saved` was made, and another week since then."""
    home = Home(tmp_path / "project", {})
    home.project.mkdir()
    store(home, "2025-10-06")
    made = home.volt("backup", "saved", "--json")
    assert made.exit_code == 0, made
    assert made.json["holds"]["runs"] == 1
    assert made.json["holds"]["report_files"] == 1
    store(home, "2025-10-13")
    assert state(home) == NEW
    return home


def settings_of(home: Home) -> Settings:
    with home.inside():
        return Settings.load(dotenv=False)


def test_all_three_come_back_and_what_was_there_is_set_aside(home):
    restored = home.volt("restore", "saved", "--yes", "--json")
    assert restored.exit_code == 0, restored
    assert state(home) == OLD
    aside = {Path(path).name.partition("-replaced-")[0]: Path(path) for path in restored.json["set_aside"]}
    assert set(aside) == {"warehouse.duckdb", "dagster", "reports"}
    with connect(aside["warehouse.duckdb"]) as connection:
        assert connection.execute("SELECT count(*) FROM toggl_summary").fetchone() == (2,)
    assert not [path for path in (home.project / ".volt").iterdir() if path.name.startswith(".")]


def test_into_an_empty_project_it_needs_no_word(home, tmp_path):
    other = Home(tmp_path / "other", {})
    other.project.mkdir()
    restored = other.volt("restore", str(home.project / "saved"), "--json")
    assert (restored.exit_code, restored.json["set_aside"]) == (0, [])
    assert state(other) == OLD


def test_over_existing_things_it_is_refused_without_yes(home):
    refused = home.volt("restore", "saved", "--json")
    assert (refused.exit_code, refused.json["error"]["code"]) == (2, "exists")
    assert state(home) == NEW


@pytest.mark.parametrize("damage", ["changed", "added", "removed", "no list", "newer"])
def test_a_backup_that_is_not_as_it_was_made_is_refused(home, damage):
    saved = home.project / "saved"
    match damage:
        case "changed":
            (saved / "reports" / "2025-10-06" / "team.html").write_text("other")
        case "added":
            (saved / "reports" / "more").write_text("")
        case "removed":
            next((saved / "dagster").rglob("*.db")).unlink()
        case "no list":
            (saved / backup.CONTENTS).unlink()
        case "newer":
            with connect(saved / backup.WAREHOUSE) as connection:
                connection.execute("INSERT INTO schema_migrations VALUES ('9999_of_tomorrow.sql')")
            contents = json.loads((saved / backup.CONTENTS).read_text())
            contents["files"] = backup.checksums(saved)
            (saved / backup.CONTENTS).write_text(json.dumps(contents))
    refused = home.volt("restore", "saved", "--yes", "--json")
    assert refused.exit_code == 2
    assert refused.json["error"]["code"] in {"bad_backup", "newer_warehouse"}
    assert state(home) == NEW


def test_no_backup_is_made_into_a_folder_with_something_in_it_or_without_a_warehouse(home, tmp_path):
    before = (home.project / "saved" / backup.CONTENTS).read_text()
    assert home.volt("backup", "saved").exit_code == 2
    assert (home.project / "saved" / backup.CONTENTS).read_text() == before
    other = Home(tmp_path / "other", {})
    other.project.mkdir()
    assert other.volt("backup", "saved", "--json").json["error"]["code"] == "no_warehouse"
    assert not (other.project / "saved").exists()


def test_while_a_run_is_in_progress_neither_is_made(home):
    with home.instance() as instance:
        run = dg.DagsterRun("weekly", status=dg.DagsterRunStatus.STARTED, tags=run_records.process_tags())
        instance.add_run(run)
    for command in (("backup", "more"), ("restore", "saved", "--yes")):
        outcome = home.volt(*command, "--json")
        assert (outcome.exit_code, outcome.json["error"]["code"]) == (4, "run_in_progress")
    assert not (home.project / "more").exists()
    assert state(home)[0] == NEW[0]


def test_while_volt_ui_runs_nothing_is_restored(home):
    with (home.project / ".volt" / "dagster" / UI_RECORD).open("a+") as record:
        fcntl.flock(record, fcntl.LOCK_EX)
        outcome = home.volt("restore", "saved", "--yes", "--json")
    assert (outcome.exit_code, outcome.json["error"]["code"]) == (4, "ui_running")
    assert state(home) == NEW


def test_a_damaged_home_is_no_obstacle_to_a_restore(home):
    for file in [home.project / ".volt" / "warehouse.duckdb", *(home.project / ".volt" / "dagster").rglob("*.db")]:
        file.write_bytes(b"garbage" * 4000)
    assert home.volt("restore", "saved", "--yes").exit_code == 0
    assert state(home) == OLD


class Killed(BaseException):
    """As if the process ended here: nothing of ours catches it."""


def test_killed_at_any_rename_it_leaves_the_old_or_is_finished_by_the_next_command(home, monkeypatch, tmp_path):
    rename, replace = Path.rename, Path.replace
    seen = set()
    for last in range(20):
        copy = home.copy(tmp_path / "copies" / str(last))
        left = [last]

        def counted(usual, left=left):
            def method(path, target):
                if "-new" in path.name or replacing._PLAN in str(path) or "-replaced-" in str(target):
                    if left[0] == 0:
                        raise Killed
                    left[0] -= 1
                return usual(path, target)

            return method

        with monkeypatch.context() as patch:
            patch.setattr(Path, "rename", counted(rename))
            patch.setattr(Path, "replace", counted(replace))
            try:
                copy.volt("restore", "saved", "--yes")
                ended = True
            except Killed:
                ended = False
        finish_replacing(settings_of(copy).home)
        found = state(copy)
        assert found in (OLD, NEW)
        seen.add(found == OLD)
        if ended:
            break
    assert seen == {True, False}
    assert last > 5


def test_where_the_disk_is_full_nothing_is_replaced_and_nothing_left(home, monkeypatch):
    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copy2", full)
    for command in (("restore", "saved", "--yes"), ("backup", "more")):
        outcome = home.volt(*command, "--json")
        assert (outcome.exit_code, outcome.json["error"]["code"]) == (1, "not_writable")
    assert not (home.project / "more").exists()
    assert state(home) == NEW
    assert not [path for path in (home.project / ".volt").iterdir() if path.name.startswith(".")]
