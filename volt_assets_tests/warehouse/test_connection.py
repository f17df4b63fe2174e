"""The warehouse: replacing a week in one transaction, strict types, migrations, and one process at a time."""

import multiprocessing
import os
import subprocess
import sys
import textwrap
import time
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from volt_assets.errors import BadInput, VoltError, WarehouseBusy
from volt_assets.warehouse import (
    Connection,
    Warehouse,
    committed,
    connect,
    insert_rows,
    migrating,
    query,
    read_rows,
    replace_rows,
)
from volt_assets.warehouse import connection as opening
from volt_assets.warehouse.lock_queue import is_waited_for
from volt_assets.warehouse.migrating import MIGRATIONS
from volt_assets.warehouse.rows import PACKAGE

WEEK = date(2025, 10, 6)


def markdown_of(*weeks_and_texts: tuple[date, str]) -> list[dict]:
    return [{"week": week, "markdown": text} for week, text in weeks_and_texts]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "warehouse.duckdb"


@pytest.fixture(scope="module")
def memory() -> Connection:
    """A table with a column of each type in use."""
    connection = duckdb.connect()
    connection.execute(
        "CREATE TABLE things (id BIGINT, name VARCHAR, noon TIMESTAMP, day DATE, yes BOOL, said JSON, tags VARCHAR[])"
    )
    return connection


def open_in_another_process(path: Path) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-c", f"import duckdb; duckdb.connect({str(path)!r}).execute('FROM toggl_weeks')"],
        capture_output=True,
        text=True,
    )


def test_replacing_a_week_leaves_the_other_weeks(path):
    with connect(path) as connection:
        insert_rows(connection, "toggl_summary", markdown_of((WEEK, "old"), (date(2025, 10, 13), "other")))
        replaced = replace_rows(
            connection, "toggl_summary", markdown_of((WEEK, "new")), where="week = ?", parameters=[WEEK]
        )
        assert replaced == 1
        assert connection.execute("FROM toggl_summary ORDER BY week").fetchall() == [
            (WEEK, "new"),
            (date(2025, 10, 13), "other"),
        ]


def test_replacing_by_nothing_empties_the_week(path):
    with connect(path) as connection:
        insert_rows(connection, "toggl_summary", markdown_of((WEEK, "old")))
        assert replace_rows(connection, "toggl_summary", [], where="week = ?", parameters=[WEEK]) == 0
        assert connection.execute("FROM toggl_summary").fetchall() == []


@pytest.mark.parametrize("failure", [RuntimeError("the report could not be made"), KeyboardInterrupt()])
def test_a_failure_within_the_transaction_keeps_the_old_week(path, failure):
    house = Warehouse(database=str(path))
    with house.transaction() as connection:
        insert_rows(connection, "toggl_summary", markdown_of((WEEK, "old")))

    with pytest.raises(type(failure)), house.transaction() as connection:
        replace_rows(connection, "toggl_summary", markdown_of((WEEK, "new")), where="week = ?", parameters=[WEEK])
        raise failure

    with pytest.raises(duckdb.ConstraintException), house.transaction() as connection:
        twice = markdown_of((WEEK, "new"), (WEEK, "newer"))
        replace_rows(connection, "toggl_summary", twice, where="week = ?", parameters=[WEEK])

    with house.get_connection() as connection:
        assert connection.execute("FROM toggl_summary").fetchall() == [(WEEK, "old")]


def test_after_an_exception_the_file_is_free_at_once(path):
    house = Warehouse(database=str(path))
    with pytest.raises(ZeroDivisionError) as kept, house.get_connection() as connection:
        connection.begin()
        assert "lock" in open_in_another_process(path).stderr
        raise ZeroDivisionError
    # `kept` holds the traceback, and with it the frame and its connection: closing must not wait for the collector.
    assert kept.value.__traceback__ is not None
    assert open_in_another_process(path).returncode == 0


HOLDER = """
    import sys, time
    import duckdb
    connection = duckdb.connect(sys.argv[1])
    print("open", flush=True)
    sys.stdin.readline()
    connection.close()
    sys.stdin.readline()
"""


@pytest.fixture
def held(path):
    """The warehouse, open in another process until a line is written to its stdin."""
    connect(path).close()
    holder = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(HOLDER), str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout.readline() == "open\n"
    with holder:
        yield holder
        holder.communicate("\n\n")


def test_a_warehouse_in_use_elsewhere_is_busy_after_the_wait_and_the_message_says_what_to_do(path, held):
    with pytest.raises(WarehouseBusy) as busy, Warehouse(database=str(path), lock_wait=0.2).get_connection():
        pass
    assert busy.value.exit_code == 4
    assert str(path) in busy.value.message
    assert "0.2 seconds" in busy.value.message
    assert "VOLT_LOCK_WAIT" in busy.value.message


def test_a_warehouse_that_becomes_free_within_the_wait_is_opened(path, held):
    held.stdin.write("\n")
    held.stdin.flush()
    connect(path, lock_wait=30).close()


def _add_rows(path: Path, first: int, count: int) -> None:
    for i in range(first, first + count):
        with Warehouse(database=str(path), lock_wait=60).transaction() as connection:
            insert_rows(connection, "toggl_summary", markdown_of((date.fromordinal(730000 + i), "x")))


def test_two_processes_that_write_by_turns_both_get_through(path):
    connect(path).close()
    other = multiprocessing.get_context("spawn").Process(target=_add_rows, args=(path, 0, 10))
    other.start()
    _add_rows(path, 100, 10)
    other.join()
    assert other.exitcode == 0
    with connect(path) as connection:
        assert connection.execute("SELECT count(*) FROM toggl_summary").fetchone() == (20,)


@pytest.mark.parametrize("content", [b"not a database " * 1000, b"{}"])
def test_a_file_that_is_no_database_is_said_to_be_none(path, content):
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(BadInput, match="VOLT_HOME") as refused:
        connect(path, lock_wait=3600)
    assert str(path) in refused.value.message
    assert path.read_bytes() == content


def test_a_home_that_cannot_be_made_is_a_wrong_setting(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(BadInput, match="VOLT_HOME"):
        connect(tmp_path / "file" / "home" / "warehouse.duckdb")


def test_each_migration_is_applied_once(path, tmp_path, monkeypatch):
    connect(path).close()
    with connect(path) as connection:
        assert connection.execute("FROM schema_migrations").fetchall() == [
            (file.name,) for file in sorted(MIGRATIONS.glob("*.sql"))
        ]
    later = tmp_path / "migrations"
    later.mkdir()
    for file in MIGRATIONS.glob("*.sql"):
        (later / file.name).write_text(file.read_text())
    (later / "9998_two_steps.sql").write_text("CREATE TABLE one (a INT); INSERT INTO one VALUES (1);")
    (later / "9999_wrong.sql").write_text("CREATE TABLE two (a INT); INSERT INTO nowhere VALUES (1);")
    monkeypatch.setattr(migrating, "MIGRATIONS", later)
    with pytest.raises(duckdb.CatalogException) as failed:
        connect(path)
    # A migration that fails leaves nothing of itself and does not hold the file; those before it stay.
    assert failed.value.__traceback__ is not None
    assert open_in_another_process(path).returncode == 0
    (later / "9999_wrong.sql").unlink()
    with connect(path) as connection:
        assert connection.execute("FROM one").fetchall() == [(1,)]
        with pytest.raises(duckdb.CatalogException):
            connection.execute("FROM two")


def test_a_new_file_can_be_read_by_duckdb_1_5(path):
    with connect(path) as connection:
        (tags,) = connection.execute("SELECT tags FROM duckdb_databases() WHERE path IS NOT NULL").fetchone()
    assert tags["storage_version"].startswith("v1.5.0")


TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
THINGS = st.fixed_dictionaries(
    {},
    optional={
        "id": st.none() | st.integers(-(2**63), 2**63 - 1),
        "name": st.none() | TEXTS,
        "noon": st.none() | st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1)),
        "day": st.none() | st.dates(),
        "yes": st.none() | st.booleans(),
        "said": st.none() | st.recursive(st.booleans() | TEXTS | st.integers(-(2**53), 2**53), st.lists, max_leaves=4),
        "tags": st.none() | st.lists(TEXTS),
    },
)


@given(st.lists(THINGS))
def test_rows_come_back_as_they_were_written_and_absent_values_as_null(memory, rows):
    with committed(memory):
        written = replace_rows(memory, "things", rows, where="true", parameters=[])
    assert written == len(rows)
    empty = dict.fromkeys(("id", "name", "noon", "day", "yes", "said", "tags"))
    assert read_rows(memory, "FROM things") == [empty | row for row in rows]


@pytest.mark.parametrize(
    "row",
    [
        {"id": "one"},
        {"id": 2**63},
        {"noon": "yesterday"},
        {"day": "6 October"},
        {"tags": "a, b"},
        {"yes": "perhaps"},
        {"said": float("nan")},
        {"said": object()},
        {"nmae": "misspelt"},
        {"noon": datetime(2025, 10, 6, tzinfo=UTC)},
    ],
)
def test_a_value_of_the_wrong_type_is_an_error_never_a_silent_null(memory, row):
    with pytest.raises((duckdb.Error, TypeError, ValueError)), committed(memory):
        insert_rows(memory, "things", [{"id": 1}, row])


def test_queries_are_read_from_the_package():
    assert query("toggl/sql/tracked_time.sql").lstrip().startswith("--")
    for file in PACKAGE.glob("**/*.sql"):
        assert query(os.path.relpath(file, PACKAGE)) == file.read_text()


def test_work_of_many_parts_keeps_the_file_open_until_somebody_waits_for_it(path):
    house = Warehouse(database=str(path))
    with house.connections() as next_connection:
        first = next_connection()
        assert next_connection() is first
        other = multiprocessing.get_context("spawn").Process(target=_add_rows, args=(path, 0, 1))
        other.start()
        while not is_waited_for(path):
            time.sleep(0.01)
        assert first.execute("SELECT count(*) FROM toggl_summary").fetchone() == (0,)
        while next_connection().execute("SELECT count(*) FROM toggl_summary").fetchone() == (0,):
            time.sleep(0.01)
        last = next_connection()
        assert last is not first
    other.join()
    assert other.exitcode == 0
    with pytest.raises(duckdb.ConnectionException):
        last.execute("SELECT 1")


def test_a_process_waits_for_the_warehouse_until_it_has_it_or_ends(path, held):
    assert not is_waited_for(path)
    with pytest.raises(WarehouseBusy):
        connect(path, lock_wait=0.1)
    assert not is_waited_for(path)
    waiter = multiprocessing.get_context("spawn").Process(target=connect, args=(path, 3600))
    waiter.start()
    while not is_waited_for(path):
        time.sleep(0.01)
    waiter.kill()
    waiter.join()
    assert not is_waited_for(path)


def test_work_that_fails_leaves_the_warehouse_to_others(tmp_path):
    connection = Warehouse(database=str(tmp_path / "warehouse.duckdb"))
    with pytest.raises(ZeroDivisionError), connection.connections() as next_connection:
        connection = next_connection()
        raise ZeroDivisionError
    with pytest.raises(duckdb.ConnectionException, match="closed"):
        connection.execute("SELECT 1")


# What is wrong with the file, and who has it


@pytest.fixture
def full(path) -> Path:
    """A warehouse of some megabytes."""
    with connect(path) as connection:
        connection.execute(
            "INSERT INTO toggl_summary SELECT DATE '2020-01-06' + 7 * i::INT, repeat(md5(i::VARCHAR), 300) "
            "FROM range(300) AS weeks(i)"
        )
    return path


@pytest.mark.parametrize("kept", [0.0, 0.01, 0.25, 0.5])
def test_a_warehouse_cut_off_is_said_to_be_damaged_and_how_to_set_it_aside(full, kept):
    content = full.read_bytes()
    full.write_bytes(content[: int(len(content) * kept)])
    with pytest.raises(BadInput, match="is damaged") as told, Warehouse(database=str(full)).get_connection() as con:
        con.execute("SELECT sum(length(markdown)) FROM toggl_summary").fetchall()
    assert f"mv {full} {full}.damaged" in told.value.message
    assert "\n" not in told.value.message


def test_a_warehouse_with_garbage_inside_is_said_to_be_damaged(full):
    content = full.read_bytes()
    half = len(content) // 2
    full.write_bytes(content[:half] + os.urandom(len(content) - half))
    with pytest.raises(BadInput, match="is damaged"), Warehouse(database=str(full)).get_connection() as con:
        con.execute("SELECT sum(length(markdown)) FROM toggl_summary").fetchall()


def test_a_full_disk_is_told_in_one_line_and_what_was_stored_stays(path):
    house = Warehouse(database=str(path))
    with house.transaction() as connection:
        insert_rows(connection, "toggl_summary", markdown_of((WEEK, "old")))
    # What DuckDB 1.5 raises where it cannot write its log.
    told = f'TransactionContext Error: Failed to commit: Could not write file "{path}.wal": No space left on device'
    message = "cannot be written: No space left on device"
    with pytest.raises(VoltError, match=message) as refused, house.get_connection():
        raise duckdb.TransactionException(told)
    assert (refused.value.exit_code, str(path) in refused.value.message) == (1, True)
    with house.get_connection() as connection:
        assert connection.execute("FROM toggl_summary").fetchall() == [(WEEK, "old")]


def test_a_warehouse_written_by_a_newer_volt_is_refused_and_left_as_it_is(path):
    with connect(path) as connection:
        connection.execute("INSERT INTO schema_migrations VALUES ('9999_to_come.sql')")
    before = path.read_bytes()
    with pytest.raises(BadInput, match=r"written by a newer Volt \(9999_to_come.sql\)") as refused:
        connect(path)
    assert (refused.value.code, refused.value.exit_code) == ("newer_warehouse", 2)
    assert path.read_bytes() == before


def test_who_waits_says_for_which_process(path, held, monkeypatch, caplog):
    monkeypatch.setattr(opening, "SILENT_WAIT", 0.0)
    with pytest.raises(WarehouseBusy, match=rf"last by .*\(process {held.pid}\)"):
        connect(path, lock_wait=0.3)
    name = psutil.Process(held.pid).name()
    assert caplog.messages == [f"Waiting for the warehouse {path}: {name} (process {held.pid}) has it open."]


def test_a_transaction_that_fails_is_rolled_back_also_where_its_connection_stays_open(path):
    with connect(path) as connection:
        with pytest.raises(ZeroDivisionError), committed(connection):
            insert_rows(connection, "toggl_summary", markdown_of((WEEK, "half")))
            raise ZeroDivisionError
        # Neither stored, nor left open for the next one to commit.
        with committed(connection):
            pass
        assert connection.execute("FROM toggl_summary").fetchall() == []
