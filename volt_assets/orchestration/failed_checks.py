"""Failed checks as values, for alerts and for what commands report. No Dagster here: `checks.py` makes the checks."""

from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple


class FailedCheck(NamedTuple):
    """A check of an asset that fails for a week (its Monday)."""

    asset: str
    name: str
    week: date


def by_check(failed: Iterable[FailedCheck]) -> list[dict[str, Any]]:
    """The failed checks as commands report them: {asset, check, weeks}, the weeks as ISO dates."""
    weeks: dict[tuple[str, str], list[str]] = {}
    for asset, name, week in failed:
        weeks.setdefault((asset, name), []).append(week.isoformat())
    return [{"asset": asset, "check": name, "weeks": of_check} for (asset, name), of_check in weeks.items()]
