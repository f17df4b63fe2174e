"""The snapshot of the last run, which `volt ui` renews for `volt sql`, notebooks and other readers."""

import logging
import time
from typing import TYPE_CHECKING

from volt_assets.errors import TryLater, VoltError
from volt_assets.orchestration import run_records
from volt_assets.settings import Settings
from volt_assets.warehouse.snapshot import is_current, take

if TYPE_CHECKING:
    from dagster import DagsterInstance

# Seconds between two looks.
_INTERVAL = 5.0

logger = logging.getLogger(__name__)


class LastRunSnapshot:
    """Renews the snapshot where the warehouse has changed and no run is in progress."""

    def __init__(self, settings: Settings, instance: "DagsterInstance"):
        self._settings, self._instance = settings, instance
        self._next_look = 0.0
        self._said = ""

    def renew(self) -> None:
        """Look, if the last look was some seconds ago. What keeps a snapshot from being made is logged, once."""
        if time.monotonic() < self._next_look:
            return
        self._next_look = time.monotonic() + _INTERVAL
        warehouse, snapshot = self._settings.warehouse_path, self._settings.snapshot_path
        if not warehouse.exists() or is_current(warehouse, snapshot) or run_records.any_in_progress(self._instance):
            return
        try:
            take(warehouse, snapshot, lock_wait=0)
        except TryLater:
            return
        except VoltError as error:
            if error.message != self._said:
                logger.warning("No snapshot was made for readers: %s", error.message)
            self._said = error.message
