"""Snapshots of the warehouse: consistent, whole, and in nobody's way."""

import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from volt_assets.errors import BadInput, VoltError, WarehouseBusy
from volt_assets.warehouse import connect
from volt_assets.warehouse.snapshot import is_current, latest, reading, take


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    path = tmp_path / "warehouse.duckdb"
    write(path, "2025-10-06")
    return path


def write(path: Path, week: str) -> None:
    with connect(path) as connection:
        connection.execute("INSERT INTO toggl_summary (week, markdown) VALUES (?, 'text')", [week])


def weeks(file: Path) -> list[str]:
    with duckdb.connect(str(file), read_only=True) as connection:
        return [str(week) for (week,) in connection.execute("SELECT week FROM toggl_summary ORDER BY week").fetchall()]


@contextmanager
def held_by_another_process(warehouse: Path) -> Iterator[None]:
    """Within, another process has the warehouse open, with a row in its log that is in no file yet."""
    script = f"""
        import duckdb, sys
        connection = duckdb.connect({str(warehouse)!r})
        connection.execute("INSERT INTO toggl_summary (week, markdown) VALUES ('2025-10-13', 'text')")
        print("open", flush=True)
        sys.stdin.read()
    """
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with process:
        process.stdout.readline()
        yield
        process.kill()


def test_a_copy_holds_the_weeks_and_needs_no_other_file(warehouse, tmp_path):
    copy = tmp_path / "copies" / "week.duckdb"
    copy.parent.mkdir()
    take(warehouse, copy, lock_wait=1)
    assert weeks(copy) == ["2025-10-06"]
    assert list(copy.parent.iterdir()) == [copy]


def test_what_a_killed_process_had_committed_is_in_the_copy(warehouse, tmp_path):
    with held_by_another_process(warehouse):
        pass
    assert not is_current(warehouse, tmp_path / "copy.duckdb")
    take(warehouse, tmp_path / "copy.duckdb", lock_wait=1)
    assert weeks(tmp_path / "copy.duckdb") == ["2025-10-06", "2025-10-13"]


def test_while_the_warehouse_is_copied_no_other_process_can_open_it(warehouse, tmp_path, monkeypatch):
    code = f"import duckdb; duckdb.connect({str(warehouse)!r})"
    copyfileobj, tries = take.__globals__["shutil"].copyfileobj, []

    def copying(*arguments):
        copyfileobj(*arguments)
        tries.append(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stderr)

    monkeypatch.setattr("shutil.copyfileobj", copying)
    take(warehouse, tmp_path / "copy.duckdb", lock_wait=1)
    assert "Could not set lock" in tries[0]
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_a_reader_of_the_copy_of_before_keeps_it_and_no_run_waits_for_them(warehouse, tmp_path):
    copy = tmp_path / "copy.duckdb"
    take(warehouse, copy, lock_wait=1)
    with duckdb.connect(str(copy), read_only=True) as reader:
        write(warehouse, "2025-10-13")
        take(warehouse, copy, lock_wait=1)
        assert reader.execute("SELECT count(*) FROM toggl_summary").fetchone() == (1,)
    assert weeks(copy) == ["2025-10-06", "2025-10-13"]


def test_the_latest_snapshot_is_renewed_only_when_the_warehouse_has_changed(warehouse, tmp_path):
    snapshot = tmp_path / "snapshot.duckdb"
    first = latest(warehouse, snapshot, lock_wait=1)
    made = snapshot.stat().st_ino
    assert latest(warehouse, snapshot, lock_wait=1) == first
    assert snapshot.stat().st_ino == made
    write(warehouse, "2025-10-13")
    latest(warehouse, snapshot, lock_wait=1)
    assert weeks(snapshot) == ["2025-10-06", "2025-10-13"]


def test_while_the_warehouse_is_in_use_the_snapshot_of_before_stays(warehouse, tmp_path, monkeypatch):
    monkeypatch.setattr("volt_assets.warehouse.snapshot.PATIENCE", 0.1)
    snapshot = tmp_path / "snapshot.duckdb"
    latest(warehouse, snapshot, lock_wait=1)
    with held_by_another_process(warehouse):
        latest(warehouse, snapshot, lock_wait=60)
        assert weeks(snapshot) == ["2025-10-06"]
        assert not is_current(warehouse, snapshot)
        with pytest.raises(WarehouseBusy):
            latest(warehouse, tmp_path / "none.duckdb", lock_wait=0.1)
    assert [file for file in tmp_path.iterdir() if file.name.startswith(".")] == []


def test_only_a_duckdb_file_that_is_not_the_warehouse_is_replaced(warehouse, tmp_path):
    text = tmp_path / "notes.txt"
    text.write_text("mine")
    for target in (text, warehouse, tmp_path, tmp_path / "nowhere" / "copy.duckdb"):
        with pytest.raises(BadInput):
            take(warehouse, target, lock_wait=1)
    assert text.read_text() == "mine"
    assert weeks(warehouse) == ["2025-10-06"]
    with pytest.raises(BadInput, match="no warehouse"):
        take(tmp_path / "none.duckdb", tmp_path / "copy.duckdb", lock_wait=1)
    assert not (tmp_path / "none.duckdb").exists()


def test_where_the_disk_refuses_the_copy_of_before_stays_and_nothing_is_left(warehouse, tmp_path, monkeypatch):
    copy = tmp_path / "copies" / "week.duckdb"
    copy.parent.mkdir()
    take(warehouse, copy, lock_wait=1)
    write(warehouse, "2025-10-13")

    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copyfileobj", full)
    with pytest.raises(VoltError, match="Make room"):
        take(warehouse, copy, lock_wait=1)
    assert weeks(copy) == ["2025-10-06"]
    assert list(copy.parent.iterdir()) == [copy]


def test_a_reader_can_change_nothing_and_reach_no_other_file(warehouse, tmp_path):
    copy = tmp_path / "copy.duckdb"
    take(warehouse, copy, lock_wait=1)
    with reading(copy) as connection:
        for refused in ("DELETE FROM toggl_summary", f"FROM read_text('{__file__}')", "SET threads = 2"):
            with pytest.raises(duckdb.Error):
                connection.execute(refused)
