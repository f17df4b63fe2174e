"""What a backup is, and making one: the warehouse, Dagster's records and the reports of one moment, in a folder.

`restore.py` puts them back.
"""

import hashlib
import json
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg

from volt_assets import __version__
from volt_assets.errors import BadInput, TryLater
from volt_assets.forgotten import KEY_FILE
from volt_assets.orchestration import run_records
from volt_assets.orchestration.instance import UI_RECORD, open_instance
from volt_assets.reports.files.whole_folders import appearing
from volt_assets.settings import Settings
from volt_assets.warehouse.snapshot import reading, take

FORMAT = 1
CONTENTS = "backup.json"
WAREHOUSE, DAGSTER, REPORTS = "warehouse.duckdb", "dagster", "reports"
_SQLITE = b"SQLite format 3\0"
# What SQLite keeps beside a database while that is open.
_BESIDE = ("-wal", "-shm", "-journal")


def back_up(settings: Settings, folder: Path) -> dict[str, Any]:
    """Write a backup into the folder, which is new or empty, and return what it holds.

    Raises TryLater while a run is in progress: what it has stored and what is recorded of it would not belong together.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadInput(f"{folder} exists and is not empty. Give a new folder for each backup.", code="exists")
    with open_instance(settings) as instance, appearing(folder) as new:
        run_records.end_dead_runs(instance)
        runs = _runs(instance)
        take(settings.warehouse_path, new / WAREHOUSE, settings.volt_lock_wait)
        key = settings.warehouse_path.with_name(KEY_FILE)
        if key.exists():
            shutil.copy2(key, new / KEY_FILE)
        try:
            _copy_records(settings.dagster_home, new / DAGSTER)
            if settings.reports_path.exists():
                copy_folder(settings.reports_path, new / REPORTS)
        except FileNotFoundError:
            raise _meanwhile() from None
        if _runs(instance) != runs:
            raise _meanwhile()
        contents = {
            "format": FORMAT,
            "volt": __version__,
            "made_at": datetime.now(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z"),
            "holds": held(new, runs),
            "files": checksums(new),
        }
        (new / CONTENTS).write_text(json.dumps(contents, indent=2))
    return contents


def held(folder: Path, runs: int) -> dict[str, Any]:
    """What a backup holds, in numbers."""
    with reading(folder / WAREHOUSE) as connection:
        found = connection.execute("SELECT count(*), min(week), max(week) FROM toggl_weeks").fetchone() or (
            0,
            None,
            None,
        )
        entries = connection.execute("SELECT count(*) FROM toggl_time_entries").fetchone() or (0,)
        level = connection.execute("SELECT max(name) FROM schema_migrations").fetchone() or (None,)
    return {
        "weeks": found[0],
        "first_week": None if found[1] is None else found[1].isoformat(),
        "last_week": None if found[2] is None else found[2].isoformat(),
        "entries": entries[0],
        "warehouse_level": level[0],
        "runs": runs,
        "report_files": sum(path.is_file() for path in (folder / REPORTS).rglob("*")),
    }


def checksums(folder: Path) -> dict[str, str]:
    """SHA-256 of each file of the folder but the list of contents itself, by its path there."""
    sums = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path != folder / CONTENTS:
            with path.open("rb") as file:
                sums[path.relative_to(folder).as_posix()] = hashlib.file_digest(file, "sha256").hexdigest()
    return sums


def copy_folder(source: Path, target: Path) -> None:
    """Copy a folder. Unlike with shutil.copytree, the first error ends it, and is the system's own."""
    target.mkdir()
    for path in sorted(source.rglob("*")):
        copy = target / path.relative_to(source)
        if path.is_dir():
            copy.mkdir()
        else:
            shutil.copy2(path, copy)


def _runs(instance: dg.DagsterInstance) -> int:
    """How many runs are recorded. Raises TryLater where one is in progress."""
    if run_records.any_in_progress(instance):
        raise TryLater(
            "A run is in progress. Make the backup when it has ended: volt list-runs shows it.", code="run_in_progress"
        )
    return instance.get_runs_count()


def _meanwhile() -> TryLater:
    return TryLater("A run began while the backup was made. Make it again when that has ended.", code="run_in_progress")


def _copy_records(home: Path, target: Path) -> None:
    """Copy Dagster's home. Databases are copied by SQLite, since other processes may have them open."""
    target.mkdir()
    for path in sorted(home.rglob("*")):
        copy = target / path.relative_to(home)
        if path.is_dir():
            copy.mkdir(parents=True, exist_ok=True)
        elif path.is_file() and path.name != UI_RECORD and not path.name.endswith(_BESIDE):
            copy.parent.mkdir(parents=True, exist_ok=True)
            with path.open("rb") as file:
                is_database = file.read(len(_SQLITE)) == _SQLITE
            if is_database:
                with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as destination:
                    source.backup(destination)
            else:
                shutil.copy2(path, copy)
