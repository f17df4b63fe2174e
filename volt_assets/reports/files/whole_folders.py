"""Folders that appear whole: written beside their place, then exchanged with what stands there.

Two renames make an exchange, and a process can be killed between them or before them. What it leaves behind, a folder
named `.NAME-…` beside NAME, is swept by whoever next writes a folder there: an old folder goes back to its place where
the new one did not reach it. A folder in use is locked, so nobody sweeps it; the system takes the lock away from a
process that ends.
"""

import fcntl
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from volt_assets.disk import locked, written_to

_NEW, _OLD = "new", "old"
# `.NAME-` and what tempfile adds.
_TEMPORARY = re.compile(r"\.(.+)-[a-z0-9_]{8}")


@contextmanager
def appearing(folder: Path) -> Iterator[Path]:
    """An empty folder that takes the place of `folder` at the end, and is gone after an exception.

    Raises VoltError where the disk refuses to be written.
    """
    with written_to(folder), ExitStack() as locks:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with locked(folder.parent):
            _sweep(folder.parent)
            # A sibling, so that the renames stay within one file system.
            temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
            locks.enter_context(locked(temporary))
        new = temporary / _NEW
        try:
            new.mkdir()
            yield new
            if folder.exists():
                folder.rename(temporary / _OLD)
            new.rename(folder)
        finally:
            _put_back(temporary, folder)
            shutil.rmtree(temporary, ignore_errors=True)


def sweep(parent: Path) -> None:
    """Remove what killed processes have left in `parent`, and put folders back that they had taken from their place."""
    if parent.is_dir():
        with written_to(parent), locked(parent):
            _sweep(parent)


def _sweep(parent: Path) -> None:
    for temporary in parent.iterdir():
        name = _TEMPORARY.fullmatch(temporary.name)
        if not name or not temporary.is_dir() or not {path.name for path in temporary.iterdir()} <= {_NEW, _OLD}:
            continue  # nothing of ours
        with suppress(BlockingIOError), locked(temporary, fcntl.LOCK_NB):
            _put_back(temporary, parent / name[1])
            shutil.rmtree(temporary, ignore_errors=True)


def _put_back(temporary: Path, folder: Path) -> None:
    if (temporary / _OLD).exists() and not folder.exists():
        (temporary / _OLD).rename(folder)
