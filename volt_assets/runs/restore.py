"""Putting a backup (`backup.py`) back: checked first, then all of it or nothing, and nothing is lost."""

import fcntl
import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from volt_assets.disk import locked, written_to
from volt_assets.errors import BadInput, TryLater, VoltError
from volt_assets.forgotten import KEY_FILE
from volt_assets.orchestration import run_records
from volt_assets.orchestration.instance import UI_RECORD, open_instance
from volt_assets.replacing import beside, discard, finish_replacing, replace_all
from volt_assets.runs.backup import CONTENTS, DAGSTER, FORMAT, REPORTS, WAREHOUSE, checksums, copy_folder
from volt_assets.settings import Settings
from volt_assets.warehouse.migrating import require_known
from volt_assets.warehouse.snapshot import reading


def checked(folder: Path) -> dict[str, Any]:
    """What the backup says that it holds. Raises BadInput where it is none, incomplete, changed, damaged, or made by a
    newer Volt."""
    try:
        contents = json.loads((folder / CONTENTS).read_text())
        expected, made_by = contents["files"], contents["volt"]
    except (OSError, ValueError, KeyError, TypeError):
        raise BadInput(
            f"{folder} is no backup: it has no {CONTENTS} that volt backup wrote.", code="bad_backup"
        ) from None
    if contents.get("format") != FORMAT:
        raise BadInput(f"{folder} was made by Volt {made_by}, which writes backups otherwise.", code="bad_backup")
    found = checksums(folder)
    wrong = sorted(name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name))
    if wrong:
        more = f" and {len(wrong) - 1} more" if len(wrong) > 1 else ""
        raise BadInput(
            f"The backup {folder} is not as it was made: {wrong[0]}{more} was changed, added or removed. Nothing was "
            "restored. Use another backup.",
            code="bad_backup",
        )
    try:
        with reading(folder / WAREHOUSE) as connection:
            require_known(connection)
        for file in (folder / DAGSTER).rglob("*.db"):
            with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as database:
                if database.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
                    raise sqlite3.DatabaseError(f"{file.name} is damaged")
    except (duckdb.Error, sqlite3.Error) as error:
        raise BadInput(f"The backup {folder} cannot be read: {error}", code="bad_backup") from None
    return contents


def in_the_way(settings: Settings) -> list[Path]:
    """What a restore would replace."""
    return [place for place in _places(settings).values() if place.exists()]


def restore(settings: Settings, folder: Path) -> list[Path]:
    """Put a checked backup in place; returns where what it replaced was set aside.

    Raises TryLater while volt ui or a run uses what would be replaced.
    """
    places = _places(settings)
    finish_replacing(settings.home)
    with no_ui(settings, "Stop it, then restore."):
        _require_idle(settings)
        has_new = {place: (folder / name).exists() for name, place in places.items()}
        for place in places.values():
            with written_to(place.parent):
                place.parent.mkdir(parents=True, exist_ok=True)
        discard(has_new)
        try:
            for name, place in places.items():
                with written_to(place.parent):
                    _copy(folder / name, beside(place))
            stamp = datetime.now(UTC).strftime("replaced-%Y-%m-%dT%H-%M-%S-%f")
            return replace_all(settings.home, has_new, stamp)
        except VoltError:
            discard(has_new)
            raise


def _places(settings: Settings) -> dict[str, Path]:
    return {
        DAGSTER: settings.dagster_home,
        WAREHOUSE: settings.warehouse_path,
        REPORTS: settings.reports_path,
        KEY_FILE: settings.warehouse_path.with_name(KEY_FILE),
    }


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        copy_folder(source, target)
    elif source.exists():
        shutil.copy2(source, target)


@contextmanager
def no_ui(settings: Settings, remedy: str) -> Iterator[None]:
    """Within, no volt ui can begin. Raises TryLater where one is running."""
    record = settings.dagster_home / UI_RECORD
    with ExitStack() as stack:
        if record.exists():
            try:
                stack.enter_context(locked(record, fcntl.LOCK_NB))
            except BlockingIOError:
                raise TryLater(f"volt ui is running in this home. {remedy}", code="ui_running") from None
        yield


def _require_idle(settings: Settings) -> None:
    """Raises TryLater where a run is in progress. Unreadable records are no obstacle: they may be the reason."""
    if not settings.dagster_home.exists():
        return
    try:
        with open_instance(settings) as instance:
            run_records.end_dead_runs(instance)
            busy = run_records.any_in_progress(instance)
    except VoltError:
        return
    if busy:
        raise TryLater("A run is in progress. Restore when it has ended, or cancel it.", code="run_in_progress")
