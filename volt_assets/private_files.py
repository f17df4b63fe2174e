"""Files that are for nobody else on this machine: names, hours and texts of people, and the tokens in `.env`."""

import contextlib
import logging
import os
import stat
from functools import cache
from pathlib import Path

OTHERS = stat.S_IRWXG | stat.S_IRWXO
# How the names of what Volt keeps in its home start.
_KEPT = ("dagster", "forgotten.key", "reports", "snapshot.duckdb", "warehouse.duckdb")

logger = logging.getLogger(__name__)


def make_files_private() -> None:
    """From now on, files of this process and its children are made with mode 0600, folders with 0700."""
    os.umask(OTHERS)


def close_home(home: Path) -> None:
    """Take the permissions of group and others from what Volt keeps in an existing home.

    Earlier versions left it readable, and Dagster without `volt` does. The folder itself is closed unless it holds
    other things, too. What belongs to another user stays as it is.
    """
    with contextlib.suppress(OSError):  # whoever opens what cannot be reached says so better
        entries = list(home.iterdir())
        kept = [entry for entry in entries if entry.name.startswith(_KEPT)]
        if len(kept) == len(entries):
            _close(home)
        for entry in kept:
            # In a folder that was closed already, nobody else could have reached anything.
            if _close(entry) and entry.is_dir():
                for path in entry.rglob("*"):
                    if not path.is_symlink():
                        _close(path)


def _close(path: Path) -> bool:
    """Whether group or others had any permission, and now have none."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        if not mode & OTHERS:
            return False
        path.chmod(mode & ~OTHERS)
    except (FileNotFoundError, PermissionError):  # removed meanwhile, or another user's
        return False
    return True


@cache
def warn_if_readable(file: Path) -> None:
    """Warn, once in a process, of a file with secrets that group or others can read."""
    try:
        readable = file.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH)
    except OSError:
        return
    if readable:
        logger.warning(
            "%s can be read by other users of this machine, and holds secrets. Run: chmod 600 %s", file, file
        )
