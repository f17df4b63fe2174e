"""What a terminal shows while a command waits, on stderr: counts, or what is waited for. Nothing without a terminal.

Rich is imported where it is used: it takes a tenth of a second, and `volt --help` needs none of it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from volt_assets.progress import Progress, no_progress


@contextmanager
def terminal_progress() -> Iterator[Progress]:
    """Within, a function that shows how far a long step has come; without a terminal it shows nothing."""
    from rich import progress as rich
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield no_progress
        return
    columns = (
        rich.SpinnerColumn(),
        rich.TextColumn("{task.description}"),
        rich.BarColumn(),
        rich.MofNCompleteColumn(),
        rich.TimeElapsedColumn(),
    )
    with rich.Progress(*columns, console=console, transient=True) as display:
        tasks: dict[str, rich.TaskID] = {}

        def show(what: str, done: int, total: int | None) -> None:
            if what not in tasks:
                tasks[what] = display.add_task(what, total=total)
            display.update(tasks[what], completed=done, total=total)

        yield show


@contextmanager
def waiting(what: str) -> Iterator[None]:
    """Within, the terminal names what is waited for."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield
        return
    with console.status(what):
        yield
