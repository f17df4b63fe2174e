"""What is to be run: the request, and the plan made of it before there is a run.

Everything that can refuse the run is read or requested here, the warehouse's lock first.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import dagster as dg

from volt_assets.errors import BadInput
from volt_assets.fibery.resource import FiberyResource, SchemaAnswer
from volt_assets.fibery.storage import stored_etag
from volt_assets.http import RequestCount
from volt_assets.orchestration import run_records
from volt_assets.runs.preconditions import (
    addresses_of,
    check_days,
    find_user_ids,
    require_enriched,
    stored_addresses,
    stored_people,
)
from volt_assets.settings import Settings
from volt_assets.toggl.client import Person
from volt_assets.toggl.resource import TogglResource
from volt_assets.toggl.storage import refuse_other_zones, require_stored, stored_weeks
from volt_assets.warehouse import Connection, warehouse_of
from volt_assets.weeks import weeks_between


@dataclass(frozen=True)
class RunRequest:
    """What to run: days (both included) and people, or those of the run `based_on` (ours or Dagster's id).

    `emails` empty: everybody. `output_dir` is the folder that the run's own folder is made in; None: it gets none, as a
    backfill does.
    """

    output_dir: Path | None
    start_from: str = run_records.STAGES[0]
    first_day: date | None = None
    last_day: date | None = None
    emails: Sequence[str] = ()
    based_on: str | None = None
    only_incomplete: bool = False  # fetch only weeks that are not complete; run the later stages for all
    prose: bool = False  # sentences by the model also for open weeks and for more than two weeks

    @property
    def is_backfill(self) -> bool:
        return self.output_dir is None


@dataclass(frozen=True)
class Plan:
    """The days (both included) and people of a run. `user_ids` and `emails` are None for everybody."""

    first_day: date
    last_day: date
    user_ids: list[int] | None
    emails: list[str] | None
    based_on: dg.RunRecord | None = None
    people: tuple[Person, ...] | None = None  # Toggl's answer, where it was requested
    schema: SchemaAnswer | None = None  # Fibery's, where it was requested

    @property
    def weeks(self) -> list[date]:
        return weeks_between(self.first_day, self.last_day)


def plan_run(
    settings: Settings,
    request: RunRequest,
    instance: dg.DagsterInstance,
    requests: RequestCount,
    stages: Sequence[str],
) -> Plan:
    """The plan of a run of these stages. Raises a VoltError where there is nothing to run, or it would be refused."""
    based_on = None if request.based_on is None else run_records.find_run(instance, request.based_on)
    first_day, last_day, user_ids = _days_and_people(request, based_on)
    check_days(settings, first_day, last_day)
    warehouse = warehouse_of(settings)
    weeks = weeks_between(first_day, last_day)
    fetching = "toggl" in stages
    # Waits for the lock of the warehouse before any request is sent.
    with warehouse.get_connection() as connection:
        if not fetching:
            require_stored(connection, first_day, last_day, settings.volt_timezone)
            if request.emails:
                user_ids = find_user_ids(request.emails, stored_addresses(connection, weeks))
            if "fibery" not in stages:
                require_enriched(connection, weeks)
        elif request.emails:
            refuse_other_zones(stored_weeks(connection, weeks).values(), settings.volt_timezone)
        etag = stored_etag(connection)
        emails = list(request.emails) or _addresses(connection, weeks, user_ids)
    people, schema = asyncio.run(_request_what_can_refuse(settings, requests, stages, etag))
    if fetching and request.emails:
        if not people:
            raise BadInput(
                "Toggl does not list the workspace's people to this token, so nobody can be chosen by address. Use the "
                "token of a workspace admin, or leave out --users.",
                code="unknown_user",
            )
        user_ids = find_user_ids(request.emails, addresses_of(people))
    return Plan(first_day, last_day, user_ids, emails, based_on, people, schema)


def _days_and_people(request: RunRequest, based_on: dg.RunRecord | None) -> tuple[date, date, list[int] | None]:
    if based_on is not None:
        return run_records.requested_of(based_on)
    if request.first_day is None or request.last_day is None:
        raise BadInput("A run needs its first and last day, or an earlier run to be based on.", code="usage")
    return request.first_day, request.last_day, None


def _addresses(connection: Connection, weeks: Sequence[date], user_ids: Sequence[int] | None) -> list[str] | None:
    """The addresses of these people as far as they are stored, else their ids."""
    if not user_ids:
        return None
    known = {person.user_id: person.email for person in stored_people(connection, weeks)}
    return [run_records.person_key(known.get(user_id), user_id) for user_id in user_ids]


async def _request_what_can_refuse(
    settings: Settings, requests: RequestCount, stages: Sequence[str], etag: str | None
) -> tuple[tuple[Person, ...] | None, SchemaAnswer | None]:
    """The workspace's people and Fibery's schema, at the same time; None for what the stages do not need."""

    async def people() -> tuple[Person, ...] | None:
        toggl = TogglResource(settings=settings, requests=requests, known_people=None)
        if "toggl" not in stages:
            return None
        async with toggl.client() as client:
            return await toggl.people(client)

    async def schema() -> SchemaAnswer | None:
        if "fibery" not in stages:
            return None
        return await FiberyResource(settings=settings, requests=requests, known_schema=None).current_schema(etag)

    return await asyncio.gather(people(), schema())
