"""A consistent copy of the warehouse, which any number of readers can have open while runs go on.

A copy is made with the warehouse's lock held, for as long as a file takes to be copied: a run waits that long and goes
on. It appears whole, by a rename, so that whoever has the one before open keeps reading that.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from volt_assets.disk import written_to
from volt_assets.errors import BadInput, WarehouseBusy
from volt_assets.warehouse.connection import CONFIG, connect
from volt_assets.warehouse.rows import Connection

# Seconds to wait for the warehouse where a copy of before would do.
PATIENCE = 2.0
# What a DuckDB file has at byte 8.
_MAGIC = b"DUCK"


def take(warehouse: Path, target: Path, lock_wait: float) -> datetime:
    """Put a copy of the warehouse in the place of `target`; returns when what it holds was last changed.

    Raises as `connect` does, BadInput where there is no warehouse or `target` is another kind of file, and VoltError
    where the disk refuses.
    """
    _require(warehouse)
    _refuse_to_replace(target, warehouse)
    with written_to(target), tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as folder:
        copy = Path(folder) / target.name
        connection = connect(warehouse, lock_wait)
        # Closing any descriptor of a file takes this process's lock on it away, so this one is closed last.
        with warehouse.open("rb") as source:
            try:
                connection.execute("CHECKPOINT")
                with copy.open("wb") as destination:
                    shutil.copyfileobj(source, destination, 1 << 20)
                    destination.flush()
                    os.fsync(destination.fileno())
                changed = os.fstat(source.fileno()).st_mtime_ns
            finally:
                connection.close()
        os.utime(copy, ns=(changed, changed))
        copy.replace(target)
    return _instant(target)


def latest(warehouse: Path, snapshot: Path, lock_wait: float) -> datetime:
    """Make `snapshot` that of the warehouse as it is; returns when what it holds was last changed.

    Where the warehouse is in use for longer than a moment, a snapshot of before stays.
    """
    _require(warehouse)
    if not is_current(warehouse, snapshot):
        exists = snapshot.exists()
        try:
            take(warehouse, snapshot, min(lock_wait, PATIENCE) if exists else lock_wait)
        except WarehouseBusy:
            if not exists:
                raise
    return _instant(snapshot)


def is_current(warehouse: Path, snapshot: Path) -> bool:
    """Whether the warehouse has not changed since `snapshot` was made of it."""
    if warehouse.with_name(f"{warehouse.name}.wal").exists():
        return False
    try:
        return snapshot.stat().st_mtime_ns == warehouse.stat().st_mtime_ns
    except FileNotFoundError:
        return False


@contextmanager
def reading(snapshot: Path) -> Iterator[Connection]:
    """A connection that can read the snapshot and nothing else: no other file, no address, no setting."""
    config = CONFIG | {"enable_external_access": False, "lock_configuration": True}
    with duckdb.connect(str(snapshot), read_only=True, config=config) as connection:
        yield connection


def _require(warehouse: Path) -> None:
    if not warehouse.exists():
        raise BadInput(
            f"There is no warehouse {warehouse} yet. The first volt run or volt backfill makes it; if another is "
            "meant, set VOLT_HOME.",
            code="no_warehouse",
        )


def _refuse_to_replace(target: Path, warehouse: Path) -> None:
    if not target.parent.is_dir():
        raise BadInput(f"There is no folder {target.parent}.", code="usage")
    if target.is_dir():
        raise BadInput(f"{target} is a folder. Give the name of a file.", code="usage")
    if not target.exists():
        return
    if target.samefile(warehouse):
        raise BadInput(f"{target} is the warehouse itself. Give another file.", code="usage")
    with target.open("rb") as file:
        if file.read(12)[8:] != _MAGIC:
            raise BadInput(f"{target} exists and is no DuckDB file. Give another file, or remove it.", code="usage")


def _instant(file: Path) -> datetime:
    return datetime.fromtimestamp(file.stat().st_mtime, UTC).replace(microsecond=0)
