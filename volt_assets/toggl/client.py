"""Toggl's side of the network: people, entries and day totals of one workspace, as plain values.

The calls: the workspace and its users (Toggl API v9), the detailed report, its totals and the summary (Reports v3).
Here is what is requested, how pages are walked and how answers are checked; retries and typed errors are in `http.py`,
weeks and the warehouse elsewhere. Facts: docs/toggl-api.md.

Toggl evaluates dates in the time zone of each entry's owner, and an entry belongs to the day it starts on. Callers
who want instants of another zone request a day more at both ends and keep by `start_utc`.

Requests follow one another without a pause, as they are few, until Toggl answers 429 for the first time: from then on
they keep the second's distance that its documentation calls safe.

All calls raise ServiceRefused, QuotaExhausted, ServiceUnreachable and ServiceError as `http.Api` does, and
UnexpectedAnswer for what is not as the API describes it.
"""

import asyncio
import logging
import re
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Self

from volt_assets.errors import QuotaExhausted, ServiceError, ServiceRefused, UnexpectedAnswer
from volt_assets.forgotten import NOBODY, WORDS, Forgotten
from volt_assets.http import ATTEMPTS, Api, Response, Transport
from volt_assets.settings import TogglAccess
from volt_assets.toggl.descriptions import anonymous
from volt_assets.toggl.quota import Pool, Quota

logger = logging.getLogger(__name__)

LONGEST_RANGE_DAYS = 366
PAGE_SIZE = 1000
DEFAULT_PAGE_SIZE = 50
SAFE_PAUSE_SECONDS = 1.05

_DETAILED = "search/time_entries"
# Toggl's error messages as its specifications of Reports v3 and API v9 have them. They name parameters, never people.
_KNOWN_MESSAGES = re.compile(
    r"""(
      At\ least\ one\ parameter\ must\ be\ set
    | Invalid\ '\w{1,40}'\ value(,\ allowed\ values\ are:\ '[\w ,.()\[\]-]{0,160}')?
    | The\ '\w{1,40}'\ parameter\ is\ not\ supported
    | Invalid\ (JSON|workspace\ id)
    | The\ report\ period\ is\ not\ supported(:\ at\ most\ \d+\ days)?
    | start_date\ must\ not\ be\ earlier\ than\ [\d-]{10}
    | (Workspace|User)\ not\ found(/accessible)?
    | User\ does\ not\ have\ access\ to\ this\ resource
    | Resource\ can\ not\ be\ found
    | Incorrect\ username\ and/or\ password
    | Unable\ to\ extract\ authentication\ data
    | Workspace\ needs\ to\ have\ this\ feature\ enabled
    )\.?""",
    re.VERBOSE | re.ASCII,
)
_TRACK_TOKEN = re.compile(r"[0-9a-fA-F]{32}")
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
    start, and is what counts. `email`, `project_name` and `tags` come only with an enriched answer; what an hour costs
    (`rate_cents`, `currency`) only where it is asked for, and there is a rate.
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
    rate_cents: int | None = None
    currency: str | None = None

    @property
    def running(self) -> bool:
        return self.seconds is None

    @property
    def printed_day(self) -> date:
        """The day that Toggl counts the entry on: the one it starts on in its owner's zone."""
        return date.fromisoformat(self.start[:10])


@dataclass(frozen=True, slots=True)
class Totals:
    """Seconds tracked in a range of days, unrounded; and on each of its days, by Toggl's rule of days.

    `by_day` has every day, or is None where the answer has no seconds by day.
    """

    seconds: int
    by_day: dict[date, int] | None


@dataclass(frozen=True, slots=True)
class Workspace:
    """Whether the token's owner is its admin, and how many days back its plan shows reports. None: all, or not said."""

    admin: bool | None
    days_shown: int | None


@dataclass
class Walk:
    """How far a walk over pages came: the `cursor` of the next page, hashes of the entries `seen`, by id, and whether
    it `ended`. To go on with another time; `walks.py` stores them."""

    cursor: dict[str, int] = field(default_factory=dict)
    # Hashes, so that finding edited entries among repeated ones does not keep a year's entries in memory.
    seen: dict[int, int] = field(default_factory=dict)
    ended: bool = False

    def take(self, page: list[Entry], following: Mapping[str, int], requested_at: datetime) -> None:
        """Take in a page and the cursor of the next; an empty one after the last page."""
        self.cursor, self.ended = dict(following), not following


class TogglClient:
    """One workspace of Toggl. An async context manager, open during one `asyncio.run`.

    `requests` counts under "toggl" what was sent; `attempts` is how often a request is sent at most; `page_size` is
    the number of entries to request; `with_rates`: entries keep what an hour costs; `quota` admits each request and
    learns from each answer, and `on_response` sees it; who is `forgotten` is not read;
    `transport` and `sleep` are seams for tests. `quota_remaining` (requests) and `quota_resets_in` (seconds) are those
    of the last answer that had them; None before.
    """

    def __init__(
        self,
        access: TogglAccess,
        *,
        timeout_seconds: float = 60.0,
        attempts: int = ATTEMPTS,
        page_size: int = PAGE_SIZE,
        with_rates: bool = False,
        requests: Counter[str] | None = None,
        quota: Quota | None = None,
        on_response: Callable[[Response], None] | None = None,
        forgotten: Forgotten = NOBODY,
        transport: Transport | None = None,
        sleep: Callable[[float], Awaitable[None]] | None = None,
    ):
        self.workspace_id = access.workspace_id
        self.quota_remaining: int | None = None
        self.quota_resets_in: int | None = None
        self.page_size = page_size
        self.with_rates = with_rates
        self._quota = Quota() if quota is None else quota
        self._on_response = on_response
        self._forgotten = forgotten
        self._throttled = False
        self._days_shown: tuple[int | None] | None = None
        token = access.token.get_secret_value()
        self._sleep = asyncio.sleep if sleep is None else sleep
        self._api = Api(
            "Toggl",
            access.url,
            basic_auth=(token, "api_token"),
            refused_hint="Check TOGGL_API_TOKEN, which must be a workspace admin's, and TOGGL_WORKSPACE_ID."
            + (
                ""
                if _TRACK_TOKEN.fullmatch(token)
                else " (Toggl Track's tokens are 32 hexadecimal digits; yours is not.)"
            ),
            timeout_seconds=timeout_seconds,
            attempts=attempts,
            requests=requests,
            admit=self._quota.admit,
            on_response=self._note,
            known_messages=_KNOWN_MESSAGES,
            transport=transport,
            sleep=sleep,
        )

    async def __aenter__(self) -> Self:
        await self._api.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._api.__aexit__(*error)
        self._quota.close()

    @property
    def pool(self) -> Pool | None:
        """The hour's requests, as far as they are known."""
        return self._quota.pool

    async def people(self) -> list[Person]:
        """Everybody in the workspace, the deactivated included; those who have left it are not. One request.

        None at all where Toggl lists nobody to this token: entries name their people too. It is the first request of a
        run, so a wrong token or workspace shows here, as ServiceRefused; whether the list alone is refused, a second
        request finds out. (Toggl API v9, workspace_users: `user_id`, or else `uid`, is the global id; `id` is another
        number.)
        """
        path = f"/api/v9/workspaces/{self.workspace_id}/workspace_users"
        try:
            response = await self._send("GET", path, params={"includeIndirect": "true"})
        except ServiceError as error:
            if error.status not in (400, 403, 404):
                raise
            if not await self._reports_are_shown():
                if isinstance(error, ServiceRefused):
                    raise
                raise ServiceRefused(
                    "Toggl",
                    f"there is no workspace {self.workspace_id} (HTTP {error.status}). Check TOGGL_WORKSPACE_ID.",
                    status=error.status,
                ) from None
            logger.warning("%s. Names come with the entries, and people without entries are not known.", error.message)
            return []
        people: dict[int, Person] = {}
        for member in self._rows(response):
            with _reading("a workspace user"):
                person = _person(member)
            people.setdefault(person.user_id, person)
        if not people:
            logger.warning("Toggl lists nobody in the workspace. Names come with the entries.")
        return [person for person in people.values() if not _is_removed(person, self._forgotten)]

    async def _reports_are_shown(self) -> bool:
        """Whether this token may see the workspace's reports: those of a day are requested."""
        today = datetime.now(UTC).date()
        try:
            await self._send("POST", self._report_path(f"{_DETAILED}/totals"), json=_query(today, today, None))
        except ServiceError as error:
            if error.status not in (400, 401, 403, 404):
                raise
            return False
        return True

    async def workspace(self) -> Workspace:
        """What the workspace says of itself. One request. (Toggl API v9, workspace: `max_data_retention_days`, "how far
        back free workspaces can access data".)
        """
        response = await self._send("GET", f"/api/v9/workspaces/{self.workspace_id}")
        with _reading("the workspace"):
            answer = self._api.json_of(response)
            admin = answer.get("admin")
            days = int(answer.get("max_data_retention_days") or 0) or None
        return Workspace(admin if isinstance(admin, bool) else None, days)

    async def days_shown(self) -> int | None:
        """How many days back the workspace's plan shows reports; None: all, or not known. One request in all."""
        if self._days_shown is None:
            try:
                self._days_shown = ((await self.workspace()).days_shown,)
            except ServiceError as error:
                logger.warning("Whether the plan limits reports to recent days is not known: %s", error.message)
                self._days_shown = (None,)
        return self._days_shown[0]

    async def refuse_hidden_days(self, first: date) -> None:
        """Raises ServiceRefused where the workspace's plan does not show reports of `first` any more."""
        days = await self.days_shown()
        if days is None:
            return
        oldest = datetime.now(UTC).date() - timedelta(days=days)
        if first < oldest:
            raise ServiceRefused(
                "Toggl",
                f"the plan of workspace {self.workspace_id} shows reports of the last {days} days only, and {first} is "
                f"before {oldest}. Fetch later weeks, look for late edits in fewer (VOLT_LOOKBACK_WEEKS), or choose a "
                "plan that shows older ones.",
            )

    async def totals(self, first: date, last: date, user_ids: Sequence[int] | None = None) -> Totals:
        """What was tracked from `first` to `last`, in all and by day. One request.

        ValueError for more than 366 days. (Reports v3, totals: the graph's buckets carry no date, so they are only of
        use where there is one for each day.)
        """
        days = _days(first, last)
        response = await self._report(
            f"{_DETAILED}/totals", {**_query(first, last, user_ids), "with_graph": True, "granularity": "day"}
        )
        answer = self._api.json_of(response)
        with _reading("the report of totals"):
            seconds = int(answer["seconds"])
            if seconds == 0:
                return Totals(0, dict.fromkeys(days, 0))
            graph = answer.get("graph")
            buckets = [int((bucket or {}).get("seconds") or 0) for bucket in graph] if isinstance(graph, list) else []
        by_day = (
            dict(zip(days, buckets, strict=True)) if len(buckets) == len(days) and sum(buckets) == seconds else None
        )
        return Totals(seconds, by_day)

    async def entries(
        self,
        first: date,
        last: date,
        user_ids: Sequence[int] | None = None,
        walk: Walk | None = None,
        on_page: Callable[[int], None] | None = None,
    ) -> AsyncIterator[list[Entry]]:
        """The entries of the days first..last, page by page, in order of start: one walk. `on_page` gets the count.

        `walk` takes each page before it is yielded; one that came some way already is gone on with. An entry that Toggl
        repeats unchanged comes once; one that was edited during the walk may come again, as it is by then.
        UnexpectedAnswer for a page that is missing, repeated, or of other days or people. ValueError for more than 366
        days. (Reports v3, detailed report.)
        """
        _days(first, last)
        query = {
            **_query(first, last, user_ids),
            "grouped": False,
            "enrich_response": True,
            "order_by": "date",
            "order_dir": "ASC",
        }
        walk = Walk() if walk is None else walk
        while not walk.ended:
            requested_at = datetime.now(UTC)
            response = await self._page({**query, **walk.cursor})
            rows = self._rows(response)
            if not rows and walk.cursor:
                raise UnexpectedAnswer(
                    "Toggl",
                    f"an empty page after {len(walk.seen)} entries of {first} to {last}, with more announced. Try "
                    "again.",
                )
            page = _new_entries(rows, walk.seen, self.with_rates, self._forgotten)
            if user_ids is not None and not {entry.user_id for entry in page} <= set(user_ids):
                raise UnexpectedAnswer("Toggl", "entries of people who were not requested.")
            logger.debug("Toggl: %d entries of %s to %s so far", len(walk.seen), first, last)
            if on_page:
                on_page(len(walk.seen))
            following = self._next(response)
            # A page of nothing but repetitions ends a walk that would not end by its row numbers.
            goes_on = not following or (bool(page) and _is_further(following, walk.cursor))
            if goes_on:
                walk.take(page, following, requested_at)
            yield page
            if not goes_on:
                raise UnexpectedAnswer("Toggl", f"the pages of {first} to {last} do not end. Try again.")
            if following:
                self._obey_page_size(response)

    async def latest_updates(
        self, first: date, last: date, cursor: Mapping[str, int] | None = None
    ) -> tuple[list[Entry], dict[str, int]]:
        """A page of the entries of first..last, the last updated first, and the cursor of the next: {} after the last.

        Nobody has seen that order kept: the caller must judge it by `updated_at`. Entries come without email,
        project_name and tags. ValueError for more than 366 days. UnexpectedAnswer for an empty page where `cursor`
        announced more. (Reports v3, detailed report.)
        """
        query = {**_query(first, last, None), "grouped": False, "order_by": "last_update", "order_dir": "DESC"}
        return await self._one_page(query, first, last, cursor or {})

    async def page(
        self, first: date, last: date, cursor: Mapping[str, int] | None = None
    ) -> tuple[list[Entry], dict[str, int]]:
        """The same in order of start: one page of what `entries` walks over, to look at cursors."""
        query = {**_query(first, last, None), "grouped": False, "order_by": "date", "order_dir": "ASC"}
        return await self._one_page(query, first, last, cursor or {})

    async def _one_page(
        self, query: Mapping[str, Any], first: date, last: date, cursor: Mapping[str, int]
    ) -> tuple[list[Entry], dict[str, int]]:
        _days(first, last)
        response = await self._page({**query, **cursor})
        rows = self._rows(response)
        if not rows and cursor:
            raise UnexpectedAnswer("Toggl", f"an empty page of {first} to {last}, with more announced. Try again.")
        with _reading("a row of the detailed report"):
            entries = [entry for row in rows for entry in _entries(row, self.with_rates, self._forgotten)]
        following = self._next(response)
        if following and (not rows or not _is_further(following, cursor)):
            raise UnexpectedAnswer("Toggl", f"the pages of {first} to {last} do not end. Try again.")
        if following:
            self._obey_page_size(response)
        return entries, following

    async def entry_ids(self, first: date, last: date) -> set[int] | None:
        """The ids of all entries of first..last, in one request; None where the answer has no ids.

        Nobody has seen them either. ValueError for more than 366 days. (Reports v3, summary.)
        """
        _days(first, last)
        grouping = {"grouping": "users", "sub_grouping": "projects", "include_time_entry_ids": True}
        response = await self._report("summary/time_entries", {**_query(first, last, None), **grouping})
        answer = self._api.json_of(response)
        try:
            parts = [part for group in answer["groups"] or [] for part in group["sub_groups"] or []]
            return {int(id) for part in parts for id in part["ids"]}
        except (KeyError, TypeError, ValueError):
            logger.warning("Toggl's summary report has no ids of entries; totals are compared instead")
            return None

    def _obey_page_size(self, response: Response) -> None:
        self.page_size = _number(response.headers.get("X-Page-Size")) or self.page_size

    async def _page(self, query: Mapping[str, Any]) -> Response:
        """A page of the largest size granted. What that is, and the answer to a larger one, is not documented."""
        try:
            return await self._report(_DETAILED, {**query, "page_size": self.page_size})
        except ServiceError as error:
            about = error.service_message or "page_size"
            if error.status != 400 or "page_size" not in about or self.page_size == DEFAULT_PAGE_SIZE:
                raise
        self.page_size = DEFAULT_PAGE_SIZE
        return await self._report(_DETAILED, {**query, "page_size": self.page_size})

    async def _report(self, kind: str, query: Mapping[str, Any]) -> Response:
        """One answer of Reports v3, for exactly the days requested. Raises ServiceRefused where the plan hides these
        days (the form of that answer is not documented).
        """
        first = date.fromisoformat(query["start_date"])
        try:
            response = await self._send("POST", self._report_path(kind), json=query)
        except ServiceError as error:
            about = error.service_message or ""
            if error.status in (400, 402) and not isinstance(error, QuotaExhausted) and "page_size" not in about:
                await self.refuse_hidden_days(first)
            raise
        for header, requested in (("X-Range-Start", query["start_date"]), ("X-Range-End", query["end_date"])):
            used = response.headers.get(header, requested)
            if used != requested:
                await self.refuse_hidden_days(first)
                raise UnexpectedAnswer(
                    "Toggl", f"answered for other days than requested: {header} is {_day(used)}, not {requested}."
                )
        return response

    def _report_path(self, kind: str) -> str:
        return f"/reports/api/v3/workspace/{self.workspace_id}/{kind}"

    def _next(self, response: Response) -> dict[str, int]:
        """The next page's cursor; empty on the last page.

        Its timestamp is not in Toggl's specification, and a cursor of id and row number without it is answered with no
        rows. The row number alone pages rightly too, but for what changes meanwhile.
        """
        given = {name: response.headers[header] for name, header in _CURSOR.items() if header in response.headers}
        if not given:
            return {}
        cursor = {name: _number(given.get(name)) for name in _CURSOR}
        row_number = cursor["first_row_number"]
        if row_number is None:
            raise UnexpectedAnswer("Toggl", "the cursor of the next page has no row number. Try again later.")
        whole = {name: number for name, number in cursor.items() if number is not None}
        return whole if len(whole) == len(_CURSOR) else {"first_row_number": row_number}

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
        try:
            return await self._api.send(method, path, **request)
        except QuotaExhausted as error:
            if self._quota.waits_until() is None:
                # An answer without the headers.
                self._quota.note(0, error.resets_in_seconds)
            if self._quota.waits_until() is None:
                raise
            await self._quota.admit()
            return await self._api.send(method, path, **request)

    def _note(self, response: Response) -> None:
        self._throttled = self._throttled or response.status_code == 429
        remaining = _number(response.headers.get("X-Toggl-Quota-Remaining"))
        resets_in = _number(response.headers.get("X-Toggl-Quota-Resets-In"))
        self.quota_remaining = self.quota_remaining if remaining is None else remaining
        self.quota_resets_in = self.quota_resets_in if resets_in is None else resets_in
        self._quota.note(remaining, resets_in)
        if self._on_response is not None:
            self._on_response(response)


@contextmanager
def _reading(what: str) -> Iterator[None]:
    """Raises UnexpectedAnswer for what goes wrong in reading a JSON value, without repeating what it holds."""
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
    """Every report's body. Without both zeros, the rounding that the token's owner prefers would change seconds."""
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


def _is_further(following: Mapping[str, int], cursor: Mapping[str, int]) -> bool:
    """Whether a page's cursor leads beyond the one that it was requested with."""
    return following["first_row_number"] > cursor.get("first_row_number", 0)


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


def _new_entries(
    rows: Sequence[Mapping[str, Any]], seen: dict[int, int], with_rates: bool, forgotten: Forgotten
) -> list[Entry]:
    """The entries of a page that are not in `seen` yet as they are now (id: hash of the entry), which gets them."""
    page = []
    with _reading("a row of the detailed report"):
        for row in rows:
            for entry in _entries(row, with_rates, forgotten):
                if seen.get(entry.id) != hash(entry):
                    seen[entry.id] = hash(entry)
                    page.append(entry)
    return page


def _entries(row: Mapping[str, Any], with_rates: bool, forgotten: Forgotten) -> list[Entry]:
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
    if with_rates and row.get("hourly_rate_in_cents") is not None:
        shared |= {"rate_cents": int(row["hourly_rate_in_cents"]), "currency": row.get("currency") or None}
    shared = _without_removed(shared, forgotten)
    return [_entry(entry, shared) for entry in row["time_entries"]]


def _is_removed(person: Person, forgotten: Forgotten) -> bool:
    return forgotten.number_of(person.user_id, person.email) is not None


def _without_removed(shared: dict[str, Any], forgotten: Forgotten) -> dict[str, Any]:
    """What entries share, without who was removed: when, how long and on which work item stays, so that time goes on
    adding up; of their texts only the reference, and of others' all but their names."""
    if not forgotten:
        return shared
    text = shared["description"]
    number = forgotten.number_of(shared["user_id"], shared["email"])
    if number is None:
        return {**shared, "description": text and forgotten.text(text)}
    nobody = {"user_id": -number, "username": WORDS, "email": None, "tags": ()}
    return {**shared, **nobody, "description": anonymous(text)}


def _entry(entry: Mapping[str, Any], shared: Mapping[str, Any]) -> Entry:
    # Reports hide running entries, as far as is known; otherwise those have no stop, or negative seconds.
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


def _day(header: str) -> str:
    return header if re.fullmatch(r"[0-9-]{10}", header) else "no date"


def _number(header: str | None) -> int | None:
    try:
        return None if header is None else int(header)
    except ValueError:
        return None
