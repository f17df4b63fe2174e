"""The search for late edits in ticks: where it stands, and how far a tick takes it. `toggl/late_edits.py` searches."""

import asyncio
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime

from pydantic import ValidationError

from volt_assets.automation.records import warehouse_of
from volt_assets.errors import UnexpectedAnswer, VoltError
from volt_assets.http import RequestCount
from volt_assets.settings import Settings
from volt_assets.toggl.client import PAGE_SIZE
from volt_assets.toggl.late_edits import Finding, Search, known_until, next_step, note_unchanged, searches
from volt_assets.toggl.resource import TogglResource
from volt_assets.toggl.storage import refuse_other_zones, stored_weeks
from volt_assets.weeks import closed_weeks

REQUESTS_PER_TICK = 3
# Seconds that a tick waits for Toggl: Dagster gives a tick a minute.
TOGGL_WAIT = 40.0


def current_search(settings: Settings, now: datetime, cursor: str | None) -> Search | None:
    """The search that `cursor` holds, or a new one of the last closed weeks that are complete; None without any."""
    weeks = closed_weeks(now, settings.volt_first_week, settings.zone)[-settings.volt_lookback_weeks :]
    if not settings.warehouse_path.exists():
        return None
    with warehouse_of(settings).get_connection() as connection:
        complete = {week: stored for week, stored in stored_weeks(connection, weeks).items() if stored.complete}
        refuse_other_zones(complete.values(), settings.volt_timezone)
        known = known_until(connection, list(complete))
    try:
        resting = Search.model_validate_json(cursor) if cursor else None
    except ValidationError:
        resting = None
    if resting is not None and not resting.done and known.keys() >= set(resting.weeks):
        return resting
    # Not more than 52 weeks: one search.
    return searches(known)[0] if known else None


async def continue_search(settings: Settings, search: Search) -> tuple[Search, list[Finding], VoltError | None]:
    """Take the search as far as a tick may. What was found before an error counts."""
    findings: list[Finding] = []
    requests = RequestCount()
    warehouse = warehouse_of(settings)
    try:
        # A tick that fails is tried again by the next one.
        toggl = TogglResource(settings=settings, requests=requests, known_people=None)
        client = toggl.client(attempts=1, page_size=search.page_size or PAGE_SIZE, may_wait=False, warehouse=warehouse)
        async with asyncio.timeout(TOGGL_WAIT), client:
            while not search.done and requests.by_service["toggl"] + search.most_requests <= REQUESTS_PER_TICK:
                search, found = await next_step(search, client, warehouse, settings.zone)
                findings += found
        if search.done:
            with warehouse.get_connection() as connection:
                note_unchanged(connection, search)
    except TimeoutError:
        slow = f"Toggl took more than {TOGGL_WAIT:g} seconds. If it always does, set VOLT_LOOKBACK_WEEKS lower."
        return search, findings, VoltError(slow)
    except UnexpectedAnswer as error:
        # A position in the pages that Toggl no longer knows must not be requested again.
        return search.model_copy(update={"step": "done"}), findings, error
    except VoltError as error:
        return search, findings, error
    return search, findings, None


def evidence_by_week(findings: Iterable[Finding]) -> Mapping[date, str]:
    """Each week's evidence, short enough for a run key."""
    by_week: dict[date, set[str]] = defaultdict(set)
    for finding in findings:
        by_week[finding.week].add(finding.evidence)
    return {
        week: hashlib.sha256("\n".join(sorted(evidence)).encode()).hexdigest()[:12]
        for week, evidence in by_week.items()
    }
