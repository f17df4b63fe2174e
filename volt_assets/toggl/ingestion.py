"""Fetching weeks and storing each as soon as it is whole: what `toggl_time_entries` and `people` do."""

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from volt_assets.errors import ServiceRefused, UnexpectedAnswer
from volt_assets.progress import Progress
from volt_assets.toggl.client import TogglClient
from volt_assets.toggl.fetching import FetchedWeek, fetch_weeks
from volt_assets.toggl.resource import TogglResource
from volt_assets.toggl.storage import count_entries, refuse_other_zones, store_week, stored_weeks
from volt_assets.warehouse import Connection, Warehouse, committed


async def fetch_and_store(
    log: logging.Logger,
    warehouse: Warehouse,
    toggl: TogglResource,
    progress: Progress,
    zone: ZoneInfo,
    weeks: Sequence[date],
    user_ids: Sequence[int] | None,
    on_stored: Callable[[date], None],
) -> None:
    """Fetch the weeks (Mondays, in order) and commit each, alone, as soon as it is whole and adds up; `on_stored` then
    gets it. What an earlier run has read of them is not requested again. `user_ids`: fetch these people's entries only;
    None: everybody's.

    Raises UnexpectedAnswer at the end, naming the weeks that did not add up: they keep what was stored before. So do
    weeks without entries that the workspace's plan does not show any more: ServiceRefused reports them at the end.
    BadInput, before anything is fetched, where some people's entries would join a week of another time zone.
    """
    fetched_at = datetime.now(UTC)
    if user_ids:
        with warehouse.get_connection() as connection:
            refuse_other_zones(stored_weeks(connection, weeks).values(), zone.key)
    problems: dict[date, str] = {}
    hidden: list[ServiceRefused] = []
    count = 0

    def report(read_seconds: int, announced_seconds: int) -> None:
        progress("Toggl: hours", read_seconds // 3600, announced_seconds // 3600)

    async with toggl.client() as client:
        people = await toggl.people(client)
        async for whole in fetch_weeks(client, weeks, zone, user_ids, report, toggl.walks(warehouse)):
            problems |= {fetched.week: fetched.problem for fetched in whole if fetched.problem is not None}
            shown = await _shown([fetched for fetched in whole if fetched.problem is None], client, hidden)
            # The weeks of a page together: opening and closing a DuckDB file takes as long as storing a week.
            with warehouse.connections() as next_connection:
                for fetched in shown:
                    connection = next_connection()
                    _warn_if_emptied(connection, fetched, user_ids, log)
                    with committed(connection):
                        store_week(connection, fetched, people, zone, user_ids, fetched.read_at or fetched_at)
                    count += len(fetched.entries)
                    on_stored(fetched.week)
    log.info(f"Retrieved {count} time entries")
    if problems:
        raise _not_adding_up(problems)
    if hidden:
        raise hidden[0]


async def _shown(weeks: Sequence[FetchedWeek], client: TogglClient, hidden: list[ServiceRefused]) -> list[FetchedWeek]:
    """The weeks, but for those without entries that the workspace's plan hides: `hidden` takes the errors of these."""
    shown = []
    for fetched in weeks:
        try:
            if not fetched.entries:
                await client.refuse_hidden_days(fetched.week)
            shown.append(fetched)
        except ServiceRefused as error:
            hidden.append(error)
    return shown


def _warn_if_emptied(
    connection: Connection, fetched: FetchedWeek, user_ids: Sequence[int] | None, log: logging.Logger
) -> None:
    if not fetched.entries and (before := count_entries(connection, fetched.week, user_ids)):
        log.warning(
            f"Toggl has no entries any more for the week of {fetched.week}, of which {before} were "
            "stored. Has the team moved to Toggl 2.0? Its time is not in Toggl Track from then on."
        )


def _not_adding_up(problems: dict[date, str]) -> UnexpectedAnswer:
    listed = "; ".join(f"week of {week}: {problem}" for week, problem in problems.items())
    return UnexpectedAnswer(
        "Toggl",
        f"{listed}. What was stored of {'this week' if len(problems) == 1 else 'these weeks'} is unchanged. "
        "If someone was editing entries just now, run it again.",
    )
