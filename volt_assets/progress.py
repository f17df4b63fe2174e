"""How far a long step has come, for whoever waits: a terminal's progress line, or nobody."""

from collections.abc import Callable

# Called with what is done, how much of it is done, and of how much in all; None where that is not known.
Progress = Callable[[str, int, int | None], None]


def no_progress(what: str, done: int, total: int | None) -> None:
    """Shows nothing: for runs that nobody watches in a terminal."""
