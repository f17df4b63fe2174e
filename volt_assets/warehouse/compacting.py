"""A warehouse written anew, so that nothing of what was deleted is left in its file."""

import os
import time
from pathlib import Path

import duckdb

from volt_assets.disk import written_to
from volt_assets.replacing import beside
from volt_assets.warehouse.connection import CONFIG, connect
from volt_assets.warehouse.rows import Connection


def compact(path: Path, lock_wait: float) -> None:
    """Replace the warehouse by a copy of its rows. Raises as `connect` does, and VoltError where the disk refuses.

    The file of before is open for reading all the while, so that no other process can write to it.
    """
    new = beside(path)
    new.unlink(missing_ok=True)
    log = path.with_name(f"{path.name}.wal")
    with written_to(path.parent):
        try:
            connect(new, lock_wait).close()
            with duckdb.connect(config=CONFIG) as connection:
                _attach(connection, path, lock_wait)
                _copy(connection, new)
                log.unlink(missing_ok=True)
                os.replace(new, path)
        finally:
            for left in (new, new.with_name(f"{new.name}.wal")):
                left.unlink(missing_ok=True)


def _attach(connection: Connection, path: Path, lock_wait: float) -> None:
    """Attach the warehouse, as it is in its file, for reading."""
    until = time.monotonic() + lock_wait
    while True:
        # Waits for whoever has it open; what they left in the log goes into the file.
        connect(path, lock_wait).close()
        try:
            connection.execute(f"ATTACH {_quoted(path)} AS stored (READ_ONLY)")
        except duckdb.IOException as error:
            if "could not set lock" not in str(error).lower() or time.monotonic() > until:
                raise
        else:
            return


def _copy(connection: Connection, new: Path) -> None:
    """Copy all rows into a warehouse that has the tables already."""
    connection.execute(f"ATTACH {_quoted(new)} AS compacted")
    tables = "SELECT table_name FROM duckdb_tables() WHERE database_name = 'stored' ORDER BY table_name"
    for (table,) in connection.execute(tables).fetchall():
        connection.execute(f'DELETE FROM compacted."{table}"')
        connection.execute(f'INSERT INTO compacted."{table}" BY NAME SELECT * FROM stored."{table}"')
    connection.execute("CHECKPOINT compacted")
    connection.execute("DETACH compacted")


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
