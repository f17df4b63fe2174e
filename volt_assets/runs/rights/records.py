"""Dagster's records without somebody who was removed: tags, configurations, events and logs.

Volt writes no names there, but people's ids where a run is for some people, and what a person types into Dagster's UI
is kept, too. Databases are rewritten so that nothing is left in free pages.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from volt_assets.disk import written_to
from volt_assets.errors import TryLater
from volt_assets.runs.rights.texts import Traces

_SQLITE = b"SQLite format 3\0"
_BESIDE = ("-wal", "-shm", "-journal")


def clean_records(home: Path, traces: Traces, *, dry_run: bool) -> dict[str, int]:
    """Take the person out of Dagster's home; how many rows (of a log: 1) were changed, by file.

    Raises TryLater where another process uses a database.
    """
    changed = {}
    for file in sorted(home.rglob("*")):
        if not file.is_file() or file.name.endswith(_BESIDE):
            continue
        with file.open("rb") as opened:
            is_database = opened.read(len(_SQLITE)) == _SQLITE
        count = _clean_database(file, traces, dry_run) if is_database else _clean_log(file, traces, dry_run)
        if count:
            changed[str(file.relative_to(home))] = count
    return changed


def _clean_database(file: Path, traces: Traces, dry_run: bool) -> int:
    try:
        with closing(sqlite3.connect(file, isolation_level=None)) as database:
            database.execute("BEGIN IMMEDIATE")
            count = sum(_clean_table(database, table, traces) for table in _tables(database))
            database.execute("ROLLBACK" if dry_run else "COMMIT")
            if not dry_run:
                # Also where nothing was found now: an earlier try may have ended before this.
                database.execute("VACUUM")
                database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.OperationalError as error:
        if "locked" not in str(error):
            raise
        raise TryLater(f"Another process uses {file}. Stop Dagster, then try again.", code="run_in_progress") from None
    return count


def _tables(database: sqlite3.Connection) -> list[str]:
    return [
        name
        for (name,) in database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
        )
    ]


def _clean_table(database: sqlite3.Connection, table: str, traces: Traces) -> int:
    columns = [name for _, name, *_ in database.execute(f'PRAGMA table_info("{table}")')]
    count = 0
    for name in columns:
        new = list(_changed(database, table, name, "key" if "key" in columns else None, traces))
        database.executemany(f'UPDATE "{table}" SET "{name}" = ? WHERE rowid = ?', new)
        count += len(new)
    return count


def _changed(
    database: sqlite3.Connection, table: str, column: str, key: str | None, traces: Traces
) -> Iterator[tuple[str, int]]:
    """New values of a column's texts, and their rows. `key`: the column that names what the value is of."""
    keys = f'"{key}"' if key else "NULL"
    rows = database.execute(f'SELECT rowid, {keys}, "{column}" FROM "{table}" WHERE typeof("{column}") = \'text\'')
    for rowid, of, text in rows:
        is_list = isinstance(of, str) and of.endswith("user_ids") and column != key
        new = traces.without_ids(text) if is_list else traces.without(text)
        if new != text:
            yield new, rowid


def _clean_log(file: Path, traces: Traces, dry_run: bool) -> int:
    text = file.read_bytes().decode("utf-8", "surrogateescape")
    new = traces.without(text)
    if new == text:
        return 0
    if not dry_run:
        with written_to(file):
            file.write_bytes(new.encode("utf-8", "surrogateescape"))
    return 1
