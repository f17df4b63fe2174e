"""`volt sync`: finding the stored weeks in which entries changed, once and to the end, and making those again.

`toggl/late_edits.py` finds changes, `toggl/changes.py` describes them. The sensor `late_edits` does the same in small
steps.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from volt_assets.errors import BadInput
from volt_assets.http import RequestCount
from volt_assets.orchestration.failed_checks import FailedCheck
from volt_assets.progress import Progress, no_progress
from volt_assets.runs.plan import RunRequest
from volt_assets.runs.run import RunResult, run_weeks
from volt_assets.settings import Settings
from volt_assets.toggl.changes import changes_since
from volt_assets.toggl.late_edits import known_until, next_step, note_unchanged, searches
from volt_assets.toggl.resource import TogglResource
from volt_assets.toggl.storage import refuse_other_zones, stored_weeks
from volt_assets.warehouse import warehouse_of
from volt_assets.weeks import closed_weeks, last_day, local_day, unbroken, week_of, weeks_between


@dataclass
class Synced:
    """`changes`: {kind, entry_id, week, new_week} of the ledger. `failed`: the run that ended it, where one did."""

    changed_weeks: list[date]
    requests: Counter[str]
    changes: list[dict[str, Any]] = field(default_factory=list)
    run_ids: list[str] = field(default_factory=list)
    failed_checks: list[FailedCheck] = field(default_factory=list)
    failed: RunResult | None = None


def sync(
    settings: Settings, first: date | None = None, last: date | None = None, progress: Progress = no_progress
) -> Synced:
    """Compare stored weeks with Toggl and run those that changed again: one run for each unbroken range, none without.

    Of the weeks from that of `first` to that of `last` the stored ones; without dates, those of the trailing weeks
    (VOLT_LOOKBACK_WEEKS) and the open one. Raises a VoltError where no run was made.
    """
    settings.require_toggl()
    settings.require_fibery()
    now = datetime.now(UTC)
    if first is not None and last is not None:
        weeks = weeks_between(first, last)
    else:
        weeks = closed_weeks(now, settings.volt_first_week, settings.zone)[-settings.volt_lookback_weeks :]
        weeks.append(week_of(local_day(now, settings.zone)))
    requests = RequestCount(Counter(toggl=0, fibery=0, openai=0))
    done = Synced(asyncio.run(_changed_weeks(settings, requests, weeks, progress)), requests.by_service)
    for stretch in unbroken(done.changed_weeks):
        # The open week ends today.
        until = min(last_day(stretch[-1]), local_day(datetime.now(UTC), settings.zone))
        result = run_weeks(settings, RunRequest(output_dir=None, first_day=stretch[0], last_day=until), progress)
        done.run_ids.append(result.run_id)
        done.requests.update(result.requests or {})
        done.failed_checks += result.failed_checks
        if result.error is not None:
            done.failed = result
            break
    if done.run_ids:
        with warehouse_of(settings).get_connection() as connection:
            done.changes = changes_since(connection, now.replace(tzinfo=None), done.changed_weeks)
    return done


async def _changed_weeks(
    settings: Settings, requests: RequestCount, weeks: list[date], progress: Progress
) -> list[date]:
    sent = requests.by_service
    warehouse = warehouse_of(settings)
    with warehouse.get_connection() as connection:
        stored = stored_weeks(connection, weeks)
        if not stored:
            raise BadInput(
                f"No week from {weeks[0]} to {weeks[-1]} is stored, so there is nothing to compare with Toggl. Fetch "
                "weeks first: volt run --start-date DATE --end-date DATE",
                code="week_not_stored",
            )
        refuse_other_zones(stored.values(), settings.volt_timezone)
        known = known_until(connection, list(stored))
    changed: set[date] = set()
    async with TogglResource(settings=settings, requests=requests, known_people=None).client() as client:
        for search in searches(known):
            while not search.done:
                search, _ = await next_step(search, client, warehouse, settings.zone)
                progress("Toggl: looking for changes", sent["toggl"], None)
            with warehouse.get_connection() as connection:
                note_unchanged(connection, search)
            changed |= search.found
    progress("Toggl: looking for changes", sent["toggl"], sent["toggl"])
    return sorted(changed)
