"""All checks in order, and what they come to."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Any

from volt_assets.errors import BadInput
from volt_assets.http import RequestCount
from volt_assets.runs.doctor.checks import Check, failed, ok, warning
from volt_assets.runs.doctor.facts import Facts
from volt_assets.runs.doctor.fibery import fibery_checks
from volt_assets.runs.doctor.local import (
    configuration_check,
    dagster_checks,
    disk_check,
    model_check,
    settings_check,
    warehouse_check,
)
from volt_assets.runs.doctor.toggl import toggl_checks
from volt_assets.settings import Settings

# Seconds by which clocks may differ: quotas and open weeks are reckoned by them.
CLOCKS_DIFFER = 60


@dataclass(frozen=True)
class Diagnosis:
    checks: list[Check]
    facts: Facts

    @property
    def is_ok(self) -> bool:
        """Whether nothing has failed; warnings may stand."""
        return all(check.status != "failed" for check in self.checks)

    def as_json(self) -> dict[str, Any]:
        return {"ok": self.is_ok, "checks": [check.as_json() for check in self.checks]}


def diagnose(load: Callable[[], Settings], *, deep: bool = False, on_check: Callable[[Check], None]) -> Diagnosis:
    """Run all checks; `on_check` gets each as it is done. Settings that cannot be read are a failed check, too."""
    diagnosis = Diagnosis([], Facts())

    def add(check: Check) -> None:
        diagnosis.checks.append(check)
        on_check(check)

    try:
        settings = load()
    except BadInput as error:
        add(failed("settings", error.message, "Correct it; docs/settings.md lists the settings."))
        return diagnosis
    for check in _local(settings):
        add(check)
    requests = RequestCount()

    async def ask() -> None:
        for checks in _of_services(settings, requests, diagnosis.facts, deep):
            async for check in checks:
                add(check)

    asyncio.run(ask())
    add(_clock(diagnosis.facts.clock_ahead))
    return diagnosis


def _local(settings: Settings) -> Iterator[Check]:
    yield settings_check(settings)
    yield configuration_check(settings)
    yield model_check(settings)
    yield warehouse_check(settings)
    yield from dagster_checks(settings)
    yield disk_check(settings)


def _of_services(
    settings: Settings, requests: RequestCount, facts: Facts, deep: bool
) -> Iterator[AsyncIterator[Check]]:
    yield toggl_checks(settings, requests, facts, deep=deep)
    yield fibery_checks(settings, requests, facts, deep=deep)


def _clock(ahead: float | None) -> Check:
    if ahead is None:
        return ok("clock", "It was compared with nothing: no answer states the time.")
    if abs(ahead) < CLOCKS_DIFFER:
        return ok("clock", "It agrees with the services' to a minute.")
    direction = "ahead of" if ahead > 0 else "behind"
    return warning(
        "clock",
        f"This machine's clock is {round(abs(ahead))} seconds {direction} the services'.",
        "Set it (timedatectl): quotas and the ends of weeks are reckoned by it.",
    )
