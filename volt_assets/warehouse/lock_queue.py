"""Who waits for a file that one process at a time can have open, so that its user knows when to close it.

Whoever waits holds a shared lock on a file beside it. The system takes the lock away from a process that ends.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def waiting_for(path: Path) -> Iterator[None]:
    """Within, this process is seen to wait for `path`."""
    with _beside(path).open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        yield


def is_waited_for(path: Path) -> bool:
    """Whether any process waits for `path`."""
    try:
        file = _beside(path).open("rb")
    except FileNotFoundError:
        return False
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _beside(path: Path) -> Path:
    return path.with_name(f"{path.name}.waiting")
