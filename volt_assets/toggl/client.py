"""Toggl's side of the network: people, entries and day totals of one workspace, as plain values.

The calls: the workspace's users (Toggl API v9), the detailed report, its totals and the summary (Reports v3). Here is
what is asked, how pages are walked and how answers are checked; retries and typed errors are in `http.py`, weeks and
the warehouse elsewhere.

Toggl evaluates dates in the time zone of each entry's owner, and an entry belongs to the day it starts on. Callers
who want instants of another zone ask for a day more at both ends and keep by `start_utc`.

Requests follow one another without a pause, as they are few, until Toggl answers 429 for the first time: from then on
they keep the second's distance that its documentation calls safe.

All calls raise ServiceRefused, QuotaExhausted, ServiceUnreachable and ServiceError as `http.Api` says, and
UnexpectedAnswer for what is not as the API describes it.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Self

from volt_assets.errors import ServiceError, ServiceRefused, UnexpectedAnswer
from volt_assets.http import ATTEMPTS, Api, Response, Transport
from volt_assets.settings import TogglAccess

logger = logging.getLogger(__name__)

LONGEST_RANGE_DAYS = 366
PAGE_SIZE = 1000
DEFAULT_PAGE_SIZE = 50
SAFE_PAUSE_SECONDS = 1.05

_DETAILED = "search/time_entries"
_CURSOR = {
    "first_id": "X-Next-ID",
    "first_row_number": "X-Next-Row-Number",
    "first_timestamp": "X-Next-Timestamp",
}


@dataclass(frozen=True, slots=True)
class Person:
    """A user of the workspace. `user_id` is the global id that entries carry; `timezone` an IANA name."""

    user_id: int
    name: str
    email: str | None
    timezone: str | None
    active: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """A time entry as tracked, never rounded.

    `start` and `stop` are RFC 3339 as Toggl printed them, with the owner's offset; `start_utc`, `stop_utc` and
    `updated_at` are aware, in UTC. A running entry has neither stop nor seconds. `seconds` may differ from stop -
    start, and is what counts. `email`, `project_name` and `tags` come only with an enriched answer.
    """

    id: int
    user_id: int
    username: str
    email: str | None
    description: str | None
    start: str
    stop: str | None
    start_utc: datetime
    stop_utc: datetime | None
    seconds: int | None
    project_id: int | None
    project_name: str | None
    tags: tuple[str, ...]
    billable: bool
    updated_at: datetime | None

    @property
    def running(self) -> bool:
        return self.seconds is None

    @property
    def printed_day(self) -> date:
        """The day that Toggl counts the entry on: the one it starts on in its owner's zone."""
        return date.fromisoformat(self.start[:10])


class TogglClient:
    """One workspace of Toggl. An async context manager, open during one `asyncio.run`.

    `requests` counts under "toggl" what was sent; `attempts` is how often a request is sent at most; `page_size` is
    what to ask for; `transport` and `sleep` are seams for tests. `quota_remaining` (requests) and `quota_resets_in`
    (seconds) are what the last answer that told them said; None before.
    """

    def __init__(
        self,
        access: TogglAccess,
        *,
        timeout_seconds: float = 60.0,
        attempts: int = ATTEMPTS,
        page_size: int = PAGE_SIZE,
        requests: Counter[str] | None = None,
        transport: Transport | None = None,
        sleep: Callable[[float], Awaitable[None]] | None = None,
    ):
        self.workspace_id = access.workspace_id
        self.quota_remaining: int | None = None
        self.quota_resets_in: int | None = None
        self.page_size = page_size
        self._throttled = False
        self._sleep = asyncio.sleep if sleep is None else sleep
        self._api = Api(
            "Toggl",
            access.url,
            basic_auth=(access.token.get_secret_value(), "api_token"),
            refused_hint="Check TOGGL_API_TOKEN, which must be a workspace admin's, and TOGGL_WORKSPACE_ID.",
            timeout_seconds=timeout_seconds,
            attempts=attempts,
            requests=requests,
            on_response=self._note,
            transport=transport,
            sleep=sleep,
        )

    async def __aenter__(self) -> Self:
        await self._api.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._api.__aexit__(*error)

    async def people(self) -> list[Person]:
        """Everybody in the workspace, the deactivated included; those who have left it are not. One request.

        It is the first request of a run, so a wrong token or workspace shows here, as ServiceRefused.
        (Toggl API v9, workspace_users: `user_id`, or else `uid`, is the global id; `id` is another number.)
        """
        try:
            response = await self._send(
                "GET",
                f"/api/v9/workspaces/{self.workspace_id}/workspace_users",
                params={"includeIndirect": "true"},
            )
        except ServiceError as error:
            if error.status in (400, 404):
                raise ServiceRefused(
                    "Toggl",
                    f"there is no workspace {self.workspace_id} (HTTP {error.status}). Check TOGGL_WORKSPACE_ID.",
                    status=error.status,
                ) from None
            raise
        people: dict[int, Person] = {}
        for member in self._rows(response):
            with _reading("a workspace user"):
                person = _person(member)
            people.setdefault(person.user_id, person)
        return list(people.values())

    async def day_totals(self, first: date, last: date, user_ids: Sequence[int] | None = None) -> dict[date, int]:
        """Seconds tracked on each day first..last by Toggl's rule of days, unrounded; every day is there. One request.

        ValueError for more than 366 days. (Reports v3, totals: the graph's buckets carry no date.)
        """
        days = _days(first, last)
        response = await self._report(
            f"{_DETAILED}/totals", {**_query(first, last, user_ids), "with_graph": True, "granularity": "day"}
        )
        answer = self._api.json_of(response)
        with _reading("the report of totals by day"):
            graph = answer["graph"] or []
            if not graph and answer["seconds"] == 0:
                return dict.fromkeys(days, 0)
            return {day: int(bucket["seconds"]) for day, bucket in zip(days, graph, strict=True)}

    async def entries(
        self,
        first: date,
        last: date,
        user_ids: Sequence[int] | None = None,
        on_page: Callable[[int], None] | None = None,
    ) -> AsyncIterator[list[Entry]]:
        """The entries of the days first..last, page by page, in order of start: one walk. `on_page` gets the count.

        An entry that Toggl repeats unchanged comes once; one that was edited during the walk may come again, as it is
        by then. UnexpectedAnswer for a page that is missing, repeated, or of other days or people. ValueError for more
        than 366 days. (Reports v3, detailed report.)
        """
        _days(first, last)
        query = {
            **_query(first, last, user_ids),
            "grouped": False,
            "enrich_response": True,
            "order_by": "date",
            "order_dir": "ASC",
        }
        # Hashes, as telling an edited entry from a repeated one must not keep a year's entries in memory.
        seen: dict[int, int] = {}
        cursors: set[tuple[int, ...]] = set()
        cursor: dict[str, int] = {}
        while True:
            response = await self._page({**query, **cursor})
            rows = self._rows(response)
            if not rows and cursor:
                raise UnexpectedAnswer(
                    "Toggl",
                    f"an empty page after {len(seen)} entries of {first} to {last}, with more announced. Try again.",
                )
            page = _new_entries(rows, seen)
            if user_ids is not None and not {entry.user_id for entry in page} <= set(user_ids):
                raise UnexpectedAnswer("Toggl", "entries of people who were not asked for.")
            logger.debug("Toggl: %d entries of %s to %s so far", len(seen), first, last)
            if on_page:
                on_page(len(seen))
            yield page
            cursor = self._next(response)
            if not cursor:
                return
            position = tuple(cursor.values())
            if not rows or position in cursors:
                raise UnexpectedAnswer("Toggl", f"the pages of {first} to {last} do not end. Try again.")
            cursors.add(position)
            self._obey_page_size(response)

    async def latest_updates(
        self, first: date, last: date, cursor: Mapping[str, int] | None = None
    ) -> tuple[list[Entry], dict[str, int]]:
        """A page of the entries of first..last, the last updated first, and the cursor of the next: {} after the last.

        Nobody has seen that order kept: the caller must judge it by `updated_at`. Entries come without email,
        project_name and tags. ValueError for more than 366 days. UnexpectedAnswer for an empty page where `cursor`
        announced more. (Reports v3, detailed report.)
        """
        _days(first, last)
        query = {**_query(first, last, None), "grouped": False, "order_by": "last_update", "order_dir": "DESC"}
        response = await self._page({**query, **(cursor or {})})
        rows = self._rows(response)
        if not rows and cursor:
            raise UnexpectedAnswer("Toggl", f"an empty page of {first} to {last}, with more announced. Try again.")
        with _reading("a row of the detailed report"):
            entries = [entry for row in rows for entry in _entries(row)]
        following = self._next(response)
        if following and (not rows or following == cursor):
            raise UnexpectedAnswer("Toggl", f"the pages of {first} to {last} do not end. Try again.")
        if following:
            self._obey_page_size(response)
        return entries, following

    async def entry_ids(self, first: date, last: date) -> set[int] | None:
        """The ids of all entries of first..last, in one request; None where the answer does not tell ids.

        Nobody has seen them either. ValueError for more than 366 days. (Reports v3, summary.)
        """
        _days(first, last)
        asked = {"grouping": "users", "sub_grouping": "projects", "include_time_entry_ids": True}
        response = await self._report("summary/time_entries", {**_query(first, last, None), **asked})
        answer = self._api.json_of(response)
        with _reading("the summary report"):
            parts = [part for group in answer["groups"] or [] for part in group["sub_groups"] or []]
            if any(part.get("ids") is None for part in parts):
                return None
            return {int(id) for part in parts for id in part["ids"]}

    def _obey_page_size(self, response: Response) -> None:
        self.page_size = _number(response.headers.get("X-Page-Size")) or self.page_size

    async def _page(self, query: Mapping[str, Any]) -> Response:
        """A page of the largest size granted. What that is, and what asking for more gets, is not documented."""
        try:
            return await self._report(_DETAILED, {**query, "page_size": self.page_size})
        except ServiceError as error:
            if error.status != 400 or "page_size" not in error.message or self.page_size == DEFAULT_PAGE_SIZE:
                raise
        self.page_size = DEFAULT_PAGE_SIZE
        return await self._report(_DETAILED, {**query, "page_size": self.page_size})

    async def _report(self, kind: str, query: Mapping[str, Any]) -> Response:
        """One answer of Reports v3, for exactly the days asked for."""
        response = await self._send("POST", f"/reports/api/v3/workspace/{self.workspace_id}/{kind}", json=query)
        for header, asked in (("X-Range-Start", query["start_date"]), ("X-Range-End", query["end_date"])):
            used = response.headers.get(header, asked)
            if used != asked:
                raise UnexpectedAnswer("Toggl", f"answered for other days than asked: {header} is {used}, not {asked}.")
        return response

    def _next(self, response: Response) -> dict[str, int]:
        """The next page's cursor; empty on the last page. Toggl answers a cursor without its timestamp with no rows."""
        given = {name: response.headers[header] for name, header in _CURSOR.items() if header in response.headers}
        if not given:
            return {}
        with _reading("the cursor of the next page"):
            return {name: int(given[name]) for name in _CURSOR}

    def _rows(self, response: Response) -> list[Any]:
        """An array; null is an empty one."""
        rows = self._api.json_of(response)
        if rows is None:
            return []
        if not isinstance(rows, list):
            raise UnexpectedAnswer("Toggl", f"the answer to {response.request.url.path} is not a list.")
        return rows

    async def _send(self, method: str, path: str, **request: Any) -> Response:
        if self._throttled:
            await self._sleep(SAFE_PAUSE_SECONDS)
        return await self._api.send(method, path, **request)

    def _note(self, response: Response) -> None:
        self._throttled = self._throttled or response.status_code == 429
        remaining = _number(response.headers.get("X-Toggl-Quota-Remaining"))
        resets_in = _number(response.headers.get("X-Toggl-Quota-Resets-In"))
        self.quota_remaining = self.quota_remaining if remaining is None else remaining
        self.quota_resets_in = self.quota_resets_in if resets_in is None else resets_in


@contextmanager
def _reading(what: str) -> Iterator[None]:
    """Turns what goes wrong in reading a JSON value into UnexpectedAnswer, without repeating what it holds."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        missing = f" ({error} is missing)" if isinstance(error, KeyError) else ""
        raise UnexpectedAnswer("Toggl", f"{what} is not as its API describes it{missing}.") from None


def _days(first: date, last: date) -> list[date]:
    count = (last - first).days + 1
    if not 0 < count <= LONGEST_RANGE_DAYS:
        raise ValueError(f"{first} to {last} is not a range of 1 to {LONGEST_RANGE_DAYS} days")
    return [first + timedelta(days=day) for day in range(count)]


def _query(first: date, last: date, user_ids: Sequence[int] | None) -> dict[str, Any]:
    """What every report asks. Without both zeros, the rounding that the token's owner prefers would change seconds."""
    query = {
        "start_date": first.isoformat(),
        "end_date": last.isoformat(),
        "rounding": 0,
        "rounding_minutes": 0,
    }
    if user_ids is None:
        return query
    if not user_ids:
        raise ValueError("no user ids: Toggl would take that for everybody; give None for everybody")
    return {**query, "user_ids": list(user_ids)}


def _person(member: Mapping[str, Any]) -> Person:
    user_id = int(member.get("user_id") or member["uid"])
    email = member.get("email") or None
    return Person(
        user_id=user_id,
        name=member.get("name") or email or str(user_id),
        email=email,
        timezone=member.get("timezone") or None,
        active=not member.get("inactive"),
    )


def _new_entries(rows: Sequence[Mapping[str, Any]], seen: dict[int, int]) -> list[Entry]:
    """The entries of a page that are not in `seen` yet as they are now (id: hash of the entry), which gets them."""
    page = []
    with _reading("a row of the detailed report"):
        for row in rows:
            for entry in _entries(row):
                if seen.get(entry.id) != hash(entry):
                    seen[entry.id] = hash(entry)
                    page.append(entry)
    return page


def _entries(row: Mapping[str, Any]) -> list[Entry]:
    user_id = int(row["user_id"])
    shared = {
        "user_id": user_id,
        "username": row.get("username") or str(user_id),
        "email": row.get("email") or None,
        "description": row.get("description"),
        "project_id": row.get("project_id"),
        "project_name": row.get("project_name") or None,
        "tags": tuple(tag for tag in row.get("tag_names") or () if tag is not None),
        "billable": bool(row.get("billable")),
    }
    return [_entry(entry, shared) for entry in row["time_entries"]]


def _entry(entry: Mapping[str, Any], shared: Mapping[str, Any]) -> Entry:
    # Reports are said to hide running entries; should they not, those have no stop, or negative seconds.
    running = entry.get("stop") is None or int(entry["seconds"]) < 0
    updated_at = entry.get("at")
    return Entry(
        id=int(entry["id"]),
        start=entry["start"],
        stop=None if running else entry["stop"],
        start_utc=_instant(entry["start"]),
        stop_utc=None if running else _instant(entry["stop"]),
        seconds=None if running else int(entry["seconds"]),
        updated_at=_instant(updated_at) if updated_at else None,
        **shared,
    )


def _instant(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without its offset")
    return moment.astimezone(UTC)


def _number(header: str | None) -> int | None:
    try:
        return None if header is None else int(header)
    except ValueError:
        return None
