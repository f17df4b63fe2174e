"""What a run would cost, before there is one: weeks, pages, requests, time, tokens, and whether the quota is enough.

Known weeks are taken as they are stored. Of others, Toggl's totals say how much time there is, in one request, and the
stored weeks how many entries, work items and texts go with it. So it is an estimate: what changes meanwhile, is refused
or has to be sent again is not in it.
"""

import asyncio
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from volt_assets.errors import ServiceError
from volt_assets.fibery.client import COMMANDS_PER_REQUEST, DOCUMENTS_PER_REQUEST
from volt_assets.fibery.ingestion import ENTITIES_PER_BATCH
from volt_assets.http import RequestCount
from volt_assets.orchestration import run_records
from volt_assets.orchestration.instance import open_instance
from volt_assets.reports.sentences.writer import weeks_to_write
from volt_assets.runs.plan import RunRequest
from volt_assets.runs.preconditions import check_days
from volt_assets.settings import Settings
from volt_assets.toggl.client import LONGEST_RANGE_DAYS, PAGE_SIZE, SAFE_PAUSE_SECONDS
from volt_assets.toggl.fetching import walks
from volt_assets.toggl.quota import HOUR, Pool, stored_pool
from volt_assets.toggl.resource import TogglResource
from volt_assets.toggl.storage import require_stored, stored_weeks
from volt_assets.toggl.stored_week import weeks_wanted
from volt_assets.warehouse import query, read_rows, warehouse_of
from volt_assets.weeks import closed_weeks, last_day, unbroken, week_of, weeks_between

# Where nothing is stored that shows it: as in companies that link most of their time.
SECONDS_OF_AN_ENTRY = 3000.0
ENTITIES_OF_AN_ENTRY = 0.3
TEXTS_OF_AN_ENTITY = 2.0
TYPES = 8
TOKENS_OF_A_REPORT = 4000
# Fibery takes three requests in what is taken for a second.
FIBERY_SECONDS = 0.4
MODEL_SECONDS = 5.0


@dataclass(frozen=True)
class Amount:
    """How much a week holds. None: not known."""

    entries: float
    seconds: float
    people: int | None = None
    entities: float | None = None
    types: int | None = None
    texts: float | None = None


@dataclass(frozen=True)
class Requests:
    """By service; None where not known."""

    toggl: int
    fibery: int
    openai: int | None


@dataclass(frozen=True)
class Estimate:
    """`weeks` are those of the run, `to_fetch` those that Toggl is asked for. `quota` is None where nothing is known of
    it; so is `fits`. `seconds` counts the waiting for the quota, too."""

    weeks: list[date]
    to_fetch: list[date]
    pages: int
    requests: Requests
    tokens: int | None
    seconds: int
    quota: Pool | None
    reserve: int
    fits: bool | None

    def as_json(self) -> dict[str, Any]:
        pool = self.quota
        return {
            "weeks": [week.isoformat() for week in self.weeks],
            "pages": self.pages,
            "requests": asdict(self.requests),
            "seconds": self.seconds,
            "quota": {
                "limit": pool.an_hour if pool else None,
                "left": pool.left if pool else None,
                "resets_at": f"{pool.resets_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if pool else None,
            },
            "fits": self.fits,
        }


def estimate(settings: Settings, request: RunRequest) -> Estimate:
    """The estimate of a run, for everybody: at most one request, to Toggl.

    Raises a VoltError for days that cannot be run, or are not stored where they have to be.
    """
    stages = run_records.STAGES[run_records.STAGES.index(request.start_from) :]
    weeks = _weeks(settings, request)
    fetching = "toggl" in stages
    access = settings.require_toggl() if fetching else None
    if "fibery" in stages:
        settings.require_fibery()
    if not fetching:
        with warehouse_of(settings).get_connection() as connection:
            require_stored(connection, weeks[0], last_day(weeks[-1]), settings.volt_timezone)
    stored, tokens_of_a_report = _stored(settings)
    to_fetch = _to_fetch(settings, request, weeks) if fetching else []
    pool = stored_pool(settings) if access else None
    now = datetime.now(UTC)
    if access and (not set(to_fetch) <= stored.keys() or pool is None):
        totals = asyncio.run(_totals(settings, [week for week in to_fetch if week not in stored] or weeks))
        stored |= estimated(totals, stored)
        pool = stored_pool(settings) or totals.pool
    amounts = {week: stored.get(week) or typical(stored.values()) for week in weeks}
    pages = pages_of(to_fetch, amounts, _kept_pages(settings, to_fetch) if access else {})
    walked = sum(len(list(walks(part[0], last_day(part[-1])))) for part in unbroken(to_fetch))
    reports, tokens = _model(settings, request, weeks, amounts, tokens_of_a_report)
    requests = Requests(
        toggl=1 + walked + pages if fetching else 0,
        fibery=fibery_requests([amounts[week] for week in weeks]) if "fibery" in stages else 0,
        openai=reports,
    )
    reserve = settings.volt_toggl_reserve
    left = None if pool is None else pool.left_at(now) - min(reserve, pool.an_hour - 1)
    return Estimate(
        weeks,
        to_fetch,
        pages,
        requests,
        tokens,
        seconds=round(
            waited(requests.toggl, pool, reserve, now)
            + requests.toggl * SAFE_PAUSE_SECONDS
            + requests.fibery * FIBERY_SECONDS
            + (reports or 0) * MODEL_SECONDS
        ),
        quota=None if pool is None else Pool(pool.an_hour, pool.left_at(now), max(pool.resets_at, now)),
        reserve=reserve,
        fits=requests.toggl <= left if left is not None else (None if fetching else True),
    )


# Pure


def typical(known: Iterable[Amount]) -> Amount:
    """A week of which nothing is known: the mean of the others; nothing without any."""
    amounts = list(known)
    if not amounts:
        return Amount(0, 0)
    return Amount(
        entries=sum(amount.entries for amount in amounts) / len(amounts),
        seconds=sum(amount.seconds for amount in amounts) / len(amounts),
        people=max((amount.people for amount in amounts if amount.people is not None), default=None),
    )


def of_seconds(seconds: float, known: Sequence[Amount]) -> Amount:
    """A week of so many seconds, with as many entries as those would have in the known weeks."""
    entries = sum(amount.entries for amount in known)
    each = sum(amount.seconds for amount in known) / entries if entries else SECONDS_OF_AN_ENTRY
    return Amount(
        entries=seconds / (each or SECONDS_OF_AN_ENTRY),
        seconds=seconds,
        people=max((amount.people for amount in known if amount.people is not None), default=None),
    )


def pages_of(to_fetch: Sequence[date], amounts: Mapping[date, Amount], kept: Mapping[tuple[date, date], int]) -> int:
    """Pages of Toggl, without those `kept` of an earlier run's walks (by first and last day)."""
    pages = 0
    for part in unbroken(to_fetch):
        for start, stop in walks(part[0], last_day(part[-1])):
            entries = sum(
                amounts[week].entries * _share(week, start, stop) for week in part if _share(week, start, stop)
            )
            # The days beside are those of other weeks.
            entries += 2 / 7 * entries / max(len(part), 1)
            pages += max(1, math.ceil(entries / PAGE_SIZE) - kept.get((start, stop), 0))
    return pages


def _share(week: date, start: date, stop: date) -> float:
    """How much of a week lies in start..stop."""
    days = (min(stop, last_day(week)) - max(start, week)).days + 1
    return max(0, days) / 7


def fibery_requests(amounts: Sequence[Amount]) -> int:
    """The schema, and for each batch of work items their commands, their texts, and what is above them."""
    entities = sum(_or(amount.entities, amount.entries * ENTITIES_OF_AN_ENTRY) for amount in amounts)
    texts = sum(
        _or(amount.texts, _or(amount.entities, amount.entries * ENTITIES_OF_AN_ENTRY) * TEXTS_OF_AN_ENTITY)
        for amount in amounts
    )
    types = max((amount.types or TYPES for amount in amounts), default=TYPES)
    batches = max(1, math.ceil(entities / ENTITIES_PER_BATCH))
    # Open work, states and progress are commands, too: one for each type.
    commands = math.ceil(3 * types * batches / COMMANDS_PER_REQUEST)
    return 1 + max(batches, commands) + batches + math.ceil(texts / DOCUMENTS_PER_REQUEST)


def _or(known: float | None, else_: float) -> float:
    return else_ if known is None else known


def waited(requests: int, pool: Pool | None, reserve: int, now: datetime) -> float:
    """Seconds that so many requests wait for resets of the hourly quota."""
    if pool is None:
        return 0.0
    reserve = min(reserve, pool.an_hour - 1)
    missing = requests - max(0, pool.left_at(now) - reserve)
    if missing <= 0:
        return 0.0
    hours = math.ceil(missing / (pool.an_hour - reserve))
    first = pool.resets_at - now if pool.resets_at > now else HOUR
    return (first + (hours - 1) * HOUR).total_seconds()


# Read, and requested


@dataclass(frozen=True)
class Totals:
    """Seconds by week, as Toggl's totals of some of the days have them; None in place of what was not to be had."""

    by_week: Mapping[date, float]
    pool: Pool | None


def estimated(totals: Totals, stored: Mapping[date, Amount]) -> dict[date, Amount]:
    """The weeks that are not stored, from their seconds."""
    known = list(stored.values())
    return {week: of_seconds(seconds, known) for week, seconds in totals.by_week.items() if week not in stored}


def _weeks(settings: Settings, request: RunRequest) -> list[date]:
    first, last = request.first_day, request.last_day
    if request.based_on is not None:
        with open_instance(settings) as instance:
            first, last, _ = run_records.requested_of(run_records.find_run(instance, request.based_on))
    assert first is not None
    assert last is not None
    check_days(settings, first, last)
    return weeks_between(first, last)


def _stored(settings: Settings) -> tuple[dict[date, Amount], int]:
    """What is stored of weeks, and the tokens that a report has taken so far."""
    if not settings.warehouse_path.exists():
        return {}, TOKENS_OF_A_REPORT
    with warehouse_of(settings).get_connection() as connection:
        rows = read_rows(connection, query("runs/sql/stored_amounts.sql"))
        ((tokens,),) = connection.execute("SELECT avg(tokens) FROM model_answers").fetchall()
    return {row.pop("week"): Amount(**row) for row in rows}, round(tokens) if tokens else TOKENS_OF_A_REPORT


def _to_fetch(settings: Settings, request: RunRequest, weeks: Sequence[date]) -> list[date]:
    if not request.only_incomplete or not settings.warehouse_path.exists():
        return list(weeks)
    with warehouse_of(settings).get_connection() as connection:
        return weeks_wanted(weeks, stored_weeks(connection, weeks), only_incomplete=True)


def _kept_pages(settings: Settings, to_fetch: Sequence[date]) -> dict[tuple[date, date], int]:
    if not settings.warehouse_path.exists():
        return {}
    stored = TogglResource(settings=settings, requests=RequestCount(), known_people=None).walks(warehouse_of(settings))
    ranges = [piece for part in unbroken(to_fetch) for piece in walks(part[0], last_day(part[-1]))]
    return {piece: stored.kept_pages(*piece, None) for piece in ranges}


async def _totals(settings: Settings, weeks: Sequence[date]) -> Totals:
    """Toggl's seconds of as many of the weeks as fit one request: the latest ones."""
    last = last_day(weeks[-1])
    first = max(weeks[0], week_of(last - timedelta(days=LONGEST_RANGE_DAYS - 7)))
    resource = TogglResource(settings=settings, requests=RequestCount(), known_people=None)
    client = resource.client(attempts=1, may_wait=False, reserve=0)
    by_week: dict[date, float] = {}
    async with client:
        try:
            totals = await client.totals(first, last)
        except ServiceError as error:
            if error.status in (401, 403):
                raise
            return Totals({}, client.pool)
    if totals.by_day is None:
        count = len(weeks_between(first, last))
        by_week = dict.fromkeys(weeks_between(first, last), totals.seconds / count)
    else:
        for day, seconds in totals.by_day.items():
            by_week[week_of(day)] = by_week.get(week_of(day), 0) + seconds
    mean = sum(by_week.values()) / len(by_week)
    return Totals({week: by_week.get(week, mean) for week in weeks}, client.pool)


def _model(
    settings: Settings, request: RunRequest, weeks: Sequence[date], amounts: Mapping[date, Amount], tokens: int
) -> tuple[int | None, int | None]:
    """Requests and tokens of the model: a report for each person with time, and the team's."""
    closed = closed_weeks(datetime.now(UTC), settings.volt_first_week, settings.zone)
    if settings.model_access is None or not closed:
        return 0, 0
    written = weeks_to_write(weeks, closed[-1], automated=False, requested=request.prose)
    people = [amounts[week].people for week in written]
    if None in people:
        return None, None
    reports = sum(each or 0 for each in people) + len(written)
    return reports, min(reports * tokens, settings.volt_model_budget)
