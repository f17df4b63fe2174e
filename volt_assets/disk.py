"""What a disk refuses (no space, no writing), as one line for people, whoever met it: Python, DuckDB or SQLite; and the
lock by which processes take turns at a folder."""

import errno
import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from volt_assets.errors import VoltError

NO_SPACE = "No space left on device"
# How the system words it; DuckDB repeats these words.
_REFUSALS = {
    os.strerror(number): number
    for number in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO)
}


def refusal(text: str) -> str | None:
    """The words in an error's text by which the system refused to write; None where there are none."""
    return next((words for words in _REFUSALS if words in text), None)


def is_refusal(error: OSError) -> bool:
    """Whether the disk or its permissions are at fault, not the program."""
    return error.errno in _REFUSALS.values()


def refused(place: Path | str, words: str) -> VoltError:
    """The error of a file or folder that cannot be written, with what to do."""
    remedy = "Make room there" if words == NO_SPACE else "Make it writable, or choose another folder,"
    return VoltError(f"{place} cannot be written: {words}. {remedy} and try again.", code="not_writable")


@contextmanager
def written_to(place: Path) -> Iterator[None]:
    """Within, files are written in `place`: a disk that refuses is a VoltError that names it."""
    try:
        yield
    except OSError as error:
        if not is_refusal(error):
            raise
        raise refused(place, str(error.strerror)) from None


def probe(folder: Path) -> str | None:
    """Why a small file cannot be written in `folder`, in the system's words; None where it can."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(1 << 16))
    except OSError as error:
        return error.strerror
    return None


@contextmanager
def locked(folder: Path, options: int = 0) -> Iterator[None]:
    """Within, this process alone has the folder's lock. Raises BlockingIOError with the option LOCK_NB where another
    one has it."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | options)
        yield
    finally:
        os.close(descriptor)
