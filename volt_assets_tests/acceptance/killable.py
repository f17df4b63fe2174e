"""A `volt` command in a process of its own that can be killed: forked from one that has imported everything already."""

import multiprocessing
import os
import sys
from collections.abc import Mapping
from multiprocessing.process import BaseProcess

from volt_assets_tests.acceptance.home import OURS, Home

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(
    ["volt_assets.definitions", "volt_assets.runs.run", "volt_assets.cli.run", "volt_assets.cli.backfill", __name__]
)


def start(home: Home, *arguments: str) -> BaseProcess:
    """Start the command; what it prints is dropped."""
    process = _FORKS.Process(target=_main, args=(str(home.project), home.environment, arguments), daemon=True)
    process.start()
    return process


def _main(project: str, environment: Mapping[str, str], arguments: tuple[str, ...]) -> None:
    from volt_assets.cli import main

    os.chdir(project)
    for name in [name for name in os.environ if name.startswith(OURS)]:
        del os.environ[name]
    os.environ |= environment
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    sys.argv = ["volt", *arguments]
    main()
