"""The checks of Toggl: the token and its rights, people's zones, the quota, how far back the plan shows reports.

At most three requests; with `deep` at most nine more, for what nobody could try without an account.
"""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta

from volt_assets.errors import ServiceError, VoltError
from volt_assets.formatting import plural
from volt_assets.http import RequestCount
from volt_assets.runs.doctor.checks import SEND_FACTS, Check, failed, ok, warning
from volt_assets.runs.doctor.facts import Facts
from volt_assets.settings import Settings
from volt_assets.toggl.client import PAGE_SIZE, Person, TogglClient
from volt_assets.toggl.resource import TogglResource
from volt_assets.weeks import week_of

TOKEN, RIGHTS, ZONES, QUOTA, HISTORY = "toggl_token", "toggl_rights", "time_zones", "toggl_quota", "toggl_history"
ADMIN = "Use the token of a workspace admin: others see their own entries only."


async def toggl_checks(settings: Settings, requests: RequestCount, facts: Facts, *, deep: bool) -> AsyncIterator[Check]:
    """The checks, as far as each leads to the next."""
    try:
        resource = TogglResource(settings=settings, requests=requests, known_people=None)
        client = resource.client(attempts=1, may_wait=False, reserve=0, on_response=facts.saw)
    except VoltError as error:
        yield failed(TOKEN, error.message, "Set it: `volt init` asks for what is needed.")
        return
    async with client:
        try:
            async for check in _rights(client, settings):
                yield check
        except ServiceError as error:
            advice = "Wait for the reset." if error.exit_code == 4 else "Check TOGGL_API_TOKEN and TOGGL_WORKSPACE_ID."
            yield failed(TOKEN, error.message, advice)
        else:
            if deep:
                async for check in _probes(client, facts):
                    yield check
        yield _quota(client, settings)


async def _rights(client: TogglClient, settings: Settings) -> AsyncIterator[Check]:
    workspace = await client.workspace()
    yield ok(TOKEN, f"Toggl accepts it for workspace {client.workspace_id}.")
    people = await client.people()
    if people:
        today = datetime.now(UTC).date()
        await client.totals(today, today)
    listed = f"It lists {plural(len(people), 'person', 'people')}" if people else "It lists nobody"
    if workspace.admin is False:
        yield warning(
            RIGHTS, f"The token's owner is no admin of the workspace. {listed}, and shows its reports.", ADMIN
        )
    elif not people:
        yield warning(RIGHTS, f"{listed}: names come with the entries, and --users cannot be used.", ADMIN)
    else:
        is_admin = "an admin's" if workspace.admin else "one whose rights Toggl does not state"
        yield ok(RIGHTS, f"The token is {is_admin}. {listed}, and shows the workspace's reports.")
    yield _zones(people, settings)
    yield _history(workspace.days_shown, settings)


def _zones(people: list[Person], settings: Settings) -> Check:
    zones = Counter(person.timezone for person in people if person.timezone and person.active)
    if not zones:
        return ok(
            ZONES, f"Weeks are reckoned in {settings.volt_timezone} (VOLT_TIMEZONE); people's zones are not known."
        )
    named = ", ".join(f"{zone} ({count})" for zone, count in zones.most_common(3))
    found = f"Weeks are reckoned in {settings.volt_timezone} (VOLT_TIMEZONE); people are in {named}."
    if settings.volt_timezone not in zones:
        return warning(ZONES, found, f"If weeks should end at midnight there, set VOLT_TIMEZONE={next(iter(zones))}.")
    return ok(ZONES, found)


def _history(days: int | None, settings: Settings) -> Check:
    if days is None:
        return ok(HISTORY, "The plan names no limit of how far back reports go.")
    oldest = datetime.now(UTC).date() - timedelta(days=days)
    found = f"The plan shows reports of the last {days} days: from {oldest} on."
    if settings.volt_first_week < oldest:
        first = week_of(oldest + timedelta(days=7))
        return warning(HISTORY, found, f"Earlier weeks cannot be fetched: set VOLT_FIRST_WEEK={first}.")
    return ok(HISTORY, found)


def _quota(client: TogglClient, settings: Settings) -> Check:
    pool = client.pool
    if pool is None:
        return ok(QUOTA, "No answer states it.")
    left = pool.left_at(datetime.now(UTC))
    reset = f"{pool.resets_at.astimezone(settings.zone):%H:%M} ({settings.volt_timezone})"
    found = f"{left} of {pool.an_hour} requests an hour are left; they are reset at {reset}."
    if left <= settings.volt_toggl_reserve:
        return warning(QUOTA, found, "Runs wait until then: the rest is left to people (VOLT_TOGGL_RESERVE).")
    return ok(QUOTA, found)


# Probes: at most nine requests


async def _probes(client: TogglClient, facts: Facts) -> AsyncIterator[Check]:
    last = datetime.now(UTC).date()
    first = last - timedelta(days=30)
    for name, probe in (("cursor", _cursor), ("empty_days", _empty_days), ("last_update", _last_update), ("ids", _ids)):
        try:
            yield await probe(client, first, last, facts)
        except VoltError as error:
            yield warning(f"deep_toggl_{name}", error.message, SEND_FACTS)


async def _cursor(client: TogglClient, first: date, last: date, facts: Facts) -> Check:
    """Whether both forms of a cursor lead to the same page."""
    name = "deep_toggl_cursor"
    client.page_size = 2
    _, cursor = await client.page(first, last)
    client.page_size = 2
    if not cursor:
        return ok(name, "There are not enough entries to try it.")
    by_all, _ = await client.page(first, last, cursor)
    client.page_size = 2
    by_row, _ = await client.page(first, last, {"first_row_number": cursor["first_row_number"]})
    client.page_size = PAGE_SIZE
    form = "id, row number and timestamp" if len(cursor) == 3 else "a row number alone"
    if [entry.id for entry in by_all] == [entry.id for entry in by_row]:
        return ok(name, f"Toggl gives {form}; that and the row number alone lead to the same page.")
    return warning(name, f"Toggl gives {form}; the row number alone leads to another page.", SEND_FACTS)


async def _empty_days(client: TogglClient, first: date, last: date, facts: Facts) -> Check:
    totals = await client.totals(first, last)
    if totals.by_day is None:
        advice = f"Each week's total costs a request of its own. {SEND_FACTS}"
        return warning("deep_toggl_empty_days", "The graph of totals does not have every day.", advice)
    empty = sum(seconds == 0 for seconds in totals.by_day.values())
    return ok(
        "deep_toggl_empty_days", f"The graph of totals has every day, {empty} of {len(totals.by_day)} without time."
    )


async def _last_update(client: TogglClient, first: date, last: date, facts: Facts) -> Check:
    entries, _ = await client.latest_updates(first, last)
    granted = facts.last_headers.get("X-Page-Size", "not stated")
    updates = [entry.updated_at for entry in entries if entry.updated_at is not None]
    found = f"Of a page of {PAGE_SIZE} requested, the size granted is {granted}."
    if updates == sorted(updates, reverse=True):
        return ok("deep_toggl_last_update", f"Entries come in order of their last update. {found}")
    advice = f"Late edits are looked for by totals. {SEND_FACTS}"
    return warning("deep_toggl_last_update", f"Entries do not come in order of their last update. {found}", advice)


async def _ids(client: TogglClient, first: date, last: date, facts: Facts) -> Check:
    ids = await client.entry_ids(first, last)
    if ids is None:
        advice = f"Deleted entries are found by totals. {SEND_FACTS}"
        return warning("deep_toggl_ids", "The summary report has no ids of entries.", advice)
    return ok("deep_toggl_ids", f"The summary report has the ids of entries: {len(ids)} of 31 days.")
