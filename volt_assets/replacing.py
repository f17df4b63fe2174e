"""Putting several files and folders in the place of others, all or none, whatever happens in between.

The new ones are made beside the places that they are for. A plan, which appears by one rename, then decides: from that
moment on every process that opens the home first finishes what the plan says. What was replaced is set aside.
"""

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from volt_assets.disk import locked, written_to

_PLAN = ".replacing.json"


def beside(place: Path) -> Path:
    """Where what is to take the place is made."""
    return place.with_name(f".{place.name}-new")


def replace_all(home: Path, places: Mapping[Path, bool], aside: str) -> list[Path]:
    """Put what is `beside` each of these places into it, and set aside what was there, under its name and `aside`.

    `places` says whether there is something new; where not, the place is only cleared. Returns what was set aside.
    """
    draft = home / f"{_PLAN}.{os.getpid()}"
    with written_to(home), locked(home):
        draft.write_text(json.dumps({"aside": aside, "places": {str(place): new for place, new in places.items()}}))
        draft.replace(home / _PLAN)
        _finish(home)
    return [_aside(place, aside) for place in places if _aside(place, aside).exists()]


def finish_replacing(home: Path) -> None:
    """Finish what a killed process had decided."""
    if (home / _PLAN).exists():
        with written_to(home), locked(home):
            _finish(home)


def _finish(home: Path) -> None:
    """Do what is left of the plan. Each step can have been done already."""
    plan = home / _PLAN
    if not plan.exists():
        return
    content = json.loads(plan.read_text())
    for name, has_new in content["places"].items():
        place = Path(name)
        new, aside = beside(place), _aside(place, content["aside"])
        if not aside.exists() and (new.exists() or not has_new):
            # DuckDB would take the log of the file of before for that of the new one.
            log = place.with_name(f"{place.name}.wal")
            if log.exists():
                log.rename(aside.with_name(f"{aside.name}.wal"))
            if place.exists():
                place.rename(aside)
        if new.exists():
            new.rename(place)
    plan.unlink()


def discard(places: Mapping[Path, bool]) -> None:
    """Remove what was made beside the places, where nothing was decided."""
    for place in places:
        new = beside(place)
        if new.is_dir():
            shutil.rmtree(new)
        else:
            new.unlink(missing_ok=True)


def _aside(place: Path, word: str) -> Path:
    return place.with_name(f"{place.name}-{word}")
