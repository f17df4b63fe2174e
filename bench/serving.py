"""What the benchmarks share: a sandbox of their own, and a command timed as a whole process."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from volt_assets.sandbox.server import environment_of

_VOLT = "import sys; from volt_assets.cli import main; sys.argv[0] = 'volt'; main()"


class Timed(NamedTuple):
    """Wall and CPU in seconds, of the process and all its children; what it printed."""

    wall: float
    cpu: float
    peak_mib: float
    stdout: bytes


def volt(*arguments: str | Path) -> list[str | Path]:
    """The command line of `volt`."""
    return [sys.executable, "-c", _VOLT, *arguments]


@contextmanager
def serving(*options: str | Path) -> Iterator[dict[str, str]]:
    """A sandbox with these options; gives its clients' environment, without a developer's own settings."""
    sandbox = subprocess.Popen(volt("sandbox", *options), stdout=subprocess.PIPE, text=True)
    assert sandbox.stdout is not None
    try:
        ready = json.loads(sandbox.stdout.readline())
        own = {
            name: value for name, value in os.environ.items() if not name.startswith(("VOLT_", "DAGSTER_", "OPENAI_"))
        }
        yield own | environment_of(ready)
    finally:
        sandbox.send_signal(signal.SIGINT)
        sandbox.wait()


def timed(command: Sequence[str | Path], folder: Path | str, environment: Mapping[str, str]) -> Timed:
    """Run a command in a folder; ends the benchmark where it fails."""
    with tempfile.TemporaryFile() as stdout:
        started = time.monotonic()
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=stdout, stderr=subprocess.PIPE)
        assert process.stderr is not None
        errors = process.stderr.read().decode()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - started
        if status:
            sys.exit(f"{' '.join(map(str, command[1:]))} failed:\n{errors[-2000:]}")
        stdout.seek(0)
        return Timed(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, stdout.read())
