"""Opening the DuckDB file: one process at a time, with errors for people.

One process at a time can have a DuckDB file open, readers included, so a connection is held only around SQL: never
across a request, a sleep or a `yield`.
"""

import logging
import random
import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import duckdb
import psutil
from dagster_duckdb import DuckDBResource
from pydantic import Field

from volt_assets.disk import refusal, refused
from volt_assets.errors import BadInput, VoltError, WarehouseBusy
from volt_assets.private_files import close_home
from volt_assets.replacing import finish_replacing
from volt_assets.settings import Settings
from volt_assets.warehouse.lock_queue import is_waited_for, waiting_for
from volt_assets.warehouse.migrating import migrate
from volt_assets.warehouse.rows import Connection, committed

# Files written by DuckDB 2 can then be read by DuckDB 1.5 too.
STORAGE_VERSION = "v1.5.0"
# One thread: a week's queries are small, and handing them round takes longer than it saves.
CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "storage_compatibility_version": STORAGE_VERSION,
    "threads": 1,
}
# Seconds between two tries of a process that waits. Jitter, so that two do not keep missing each other's gaps.
NAPS = (0.02, 0.15)
# Seconds of waiting after which a log line says for whom: shorter waits are usual.
SILENT_WAIT = 2.0

logger = logging.getLogger(__name__)


class Warehouse(DuckDBResource):
    """The warehouse as a Dagster resource. `database` is the file's path; `lock_wait` is in seconds.

    Replaces the parent's `get_connection`, which leaves the file open after an exception and waits without jitter.
    """

    lock_wait: float = Field(120, description="Seconds to wait while another process has the file open.")

    @contextmanager
    def get_connection(self) -> Iterator[Connection]:
        """A connection to the migrated warehouse, closed at the end.

        Raises as `connect` does, and VoltError where what is stored turns out to be damaged or the disk refuses.
        """
        path = Path(self.database)
        with _explained(path):
            connection = connect(path, self.lock_wait)
            try:
                yield connection
            finally:
                connection.close()

    @contextmanager
    def connections(self) -> Iterator[Callable[[], Connection]]:
        """For long work in small pieces: each call returns the connection for the next piece, usually the same one.

        Where another process waits for the warehouse, the lock is handed over to it first, and the next connection is a
        new one: what a piece leaves open (a transaction, temporary tables) is gone then.
        """
        path = Path(self.database)
        with ExitStack() as stack:
            connection: Connection | None = None

            def next_connection() -> Connection:
                nonlocal connection
                if connection is not None and is_waited_for(path):
                    stack.pop_all().close()
                    connection = None
                    # Longer than any nap: whoever waits tries within it.
                    time.sleep(2 * NAPS[1])
                if connection is None:
                    connection = stack.enter_context(self.get_connection())
                return connection

            yield next_connection

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A connection in one transaction: committed at the end, rolled back on any exception."""
        with self.get_connection() as connection, committed(connection):
            yield connection


def warehouse_of(settings: Settings) -> Warehouse:
    """The warehouse that the settings name, with their patience (VOLT_LOCK_WAIT)."""
    return Warehouse(database=str(settings.warehouse_path), lock_wait=settings.volt_lock_wait)


def connect(path: Path, lock_wait: float = 120.0) -> Connection:
    """Open the warehouse, creating and migrating it where needed.

    Raises WarehouseBusy after `lock_wait` seconds, BadInput where the file cannot be opened, is no DuckDB database, is
    damaged, or was written by a newer Volt.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        finish_replacing(path.parent)
        close_home(path.parent)
    except OSError as error:
        raise BadInput(
            f"The folder {path.parent} cannot be made: {error.strerror}. Choose another with VOLT_HOME.",
            code="bad_setting",
        ) from None
    connection = _opened(path)
    if not isinstance(connection, Connection):
        connection = _awaited(path, lock_wait, holder=connection)
    try:
        with _explained(path):
            migrate(connection)
    except BaseException:
        connection.close()
        raise
    return connection


class _Holder(NamedTuple):
    """The process that has the file open; None where DuckDB does not say."""

    pid: int | None

    def __str__(self) -> str:
        if self.pid is None:
            return "another process"
        try:
            return f"{psutil.Process(self.pid).name()} (process {self.pid})"
        except psutil.Error:
            return f"process {self.pid}"


def _awaited(path: Path, lock_wait: float, holder: _Holder) -> Connection:
    """The connection, once the other process has closed the file. Says for whom it waits. Raises WarehouseBusy."""
    begun = time.monotonic()
    named: _Holder | None = None
    with waiting_for(path):
        while True:
            waited = time.monotonic() - begun
            if waited >= lock_wait:
                raise WarehouseBusy(
                    f"The warehouse {path} has been in use by another process for {lock_wait:g} seconds, last by "
                    f"{holder}. Close what has it open (another run, a notebook, the duckdb shell), or raise "
                    "VOLT_LOCK_WAIT."
                )
            if waited >= SILENT_WAIT and holder != named:
                logger.warning("Waiting for the warehouse %s: %s has it open.", path, holder)
                named = holder
            time.sleep(random.uniform(*NAPS))
            opened = _opened(path)
            if isinstance(opened, Connection):
                return opened
            holder = opened


def _opened(path: Path) -> Connection | _Holder:
    """A connection, or who has the file open."""
    try:
        return duckdb.connect(str(path), config=CONFIG)
    except duckdb.IOException as error:
        if "could not set lock" in str(error).lower():
            found = re.search(r"\(PID (\d+)\)", str(error))
            return _Holder(int(found[1]) if found else None)
        if _is_damage(error):
            raise _damaged(path, error) from None
        raise BadInput(
            f"The warehouse {path} cannot be opened. {error}. Check VOLT_HOME and the file's permissions.",
            code="bad_setting",
        ) from None
    except duckdb.SerializationException as error:
        raise _damaged(path, error) from None


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Within, DuckDB's errors that come of the file or of the disk are errors for people."""
    try:
        yield
    except duckdb.Error as error:
        if _is_damage(error):
            raise _damaged(path, error) from None
        words = refusal(str(error))
        if words is None:
            raise
        raise refused(path, words) from None


def _is_damage(error: duckdb.Error) -> bool:
    message = str(error)
    return isinstance(error, duckdb.SerializationException) or any(
        words in message for words in ("Could not read enough bytes", "Corrupt database file", "valid DuckDB database")
    )


def _damaged(path: Path, error: duckdb.Error) -> VoltError:
    return BadInput(
        f"The warehouse {path} is damaged: {str(error).splitlines()[0].rstrip('.!')}. Put a backup in its place "
        f"(volt restore), or set it aside (mv {path} {path}.damaged) and fetch the weeks again (volt backfill); what "
        "reports said before is in a backup alone. If another file is meant, set VOLT_HOME.",
        code="bad_setting",
    )
