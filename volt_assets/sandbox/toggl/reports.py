"""Toggl's Reports v3 as functions from a request's body to an answer: detailed, totals, summary.

Source: Toggl Reports v3 (detailed.Post, totals.ReportPost, summary.ReportPost) and recorded answers. No HTTP here.
A missing `start_date` is refused. Parameters that no report knows are ignored, or refused where the sandbox is strict;
so are those of the specification that no recorded request uses (`startTime`, `endTime`).
"""

import json
import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from volt_assets.sandbox.company import Entry, Person, TogglWorkspace
from volt_assets.sandbox.settings import SandboxSettings

DEFAULT_PAGE_SIZE = 50
LONGEST_SPAN_DAYS = 366
_ROUNDING_MINUTES = (0, 1, 5, 6, 10, 12, 15, 30, 60, 240)
_ORDERS = ("date", "user", "duration", "description", "last_update")
_GROUPINGS = ("projects", "users", "clients")
_SUB_GROUPINGS = ("time_entries", "users", "projects", "clients", "tasks")
_DAY_SECONDS = 86_400
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")

Rows = list[list[Entry]]


class Invalid(Exception):
    """400 with this text."""


class FeatureNeeded(Exception):
    """402: the plan lacks a feature."""


@dataclass
class Report:
    """An answer's JSON and its own headers."""

    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


def _one_of(*allowed: Any) -> Callable[[Any], bool]:
    return lambda value: value in allowed and type(value) is type(allowed[0])


def _integer(minimum: int) -> Callable[[Any], bool]:
    return lambda value: type(value) is int and value >= minimum


def _ids(*, nullable: bool) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(type(v) is int or (nullable and v is None) for v in value)


def _is_date(value: Any) -> bool:
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


_BOOLEAN = (lambda value: isinstance(value, bool), "true, false")
_TEXT = (lambda value: isinstance(value, str), "texts")
_POSITIVE = (_integer(1), "positive integers")
_NULLABLE_IDS = (_ids(nullable=True), "arrays of integers, or [null]")

# A parameter's test, and what the error says is allowed.
_FILTERS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "start_date": (_is_date, "YYYY-MM-DD"),
    "end_date": (_is_date, "YYYY-MM-DD"),
    "rounding": (_one_of(-1, 0, 1), "-1, 0, 1"),
    "rounding_minutes": (_one_of(*_ROUNDING_MINUTES), ", ".join(map(str, _ROUNDING_MINUTES))),
    "user_ids": (_ids(nullable=False), "arrays of integers"),
    "project_ids": _NULLABLE_IDS,
    "client_ids": _NULLABLE_IDS,
    "task_ids": _NULLABLE_IDS,
    "tag_ids": _NULLABLE_IDS,
    "group_ids": (_ids(nullable=False), "arrays of integers"),
    "time_entry_ids": (_ids(nullable=False), "arrays of integers"),
    "billable": _BOOLEAN,
    "description": _TEXT,
    "min_duration_seconds": (_integer(0), "integers"),
    "max_duration_seconds": (_integer(0), "integers"),
}
_DETAILED = _FILTERS | {
    "page_size": _POSITIVE,
    "first_id": _POSITIVE,
    "first_row_number": _POSITIVE,
    "first_timestamp": _POSITIVE,
    "order_by": (_one_of(*_ORDERS), ", ".join(_ORDERS)),
    "order_dir": (_one_of("ASC", "DESC"), "ASC, DESC"),
    "grouped": _BOOLEAN,
    "enrich_response": _BOOLEAN,
    "hide_amounts": _BOOLEAN,
}
_TOTALS = _FILTERS | {
    "granularity": (_one_of("day", "week", "month"), "day, week, month"),
    "resolution": (_one_of("day", "week", "month"), "day, week, month"),
    "with_graph": _BOOLEAN,
    "withInlineRates": _BOOLEAN,
    "hide_amounts": _BOOLEAN,
}
_SUMMARY = _FILTERS | {
    "grouping": (_one_of(*_GROUPINGS), ", ".join(_GROUPINGS)),
    "sub_grouping": (_one_of(*_SUB_GROUPINGS), ", ".join(_SUB_GROUPINGS)),
    "include_time_entry_ids": _BOOLEAN,
    "distinguish_rates": _BOOLEAN,
    "hide_amounts": _BOOLEAN,
}


class Reports:
    """Reports over a workspace. Keeps the entries sorted, the rows rendered and the last walks' results, until
    something changes.
    """

    def __init__(self, workspace: TogglWorkspace, settings: SandboxSettings):
        self.workspace = workspace
        self.settings = settings
        self._version = -1
        self._zones: dict[int, ZoneInfo] = {}
        self._entries: list[Entry] = []
        self._starts: list[int] = []
        self._days: list[int] = []
        self._selections: dict[str, Rows] = {}
        self._rendered: dict[tuple[Any, ...], str] = {}

    # Reports

    def detailed(self, posted: Any) -> Report:
        """Detailed report: rows of one entry each, or grouped; by pages."""
        parameters = _checked(posted, _DETAILED, strict=self.settings.strict)
        first, last = self._range(parameters)
        rows = self._rows(parameters, first, last)
        size = self._page_size(parameters)
        begin = self._begin(parameters, rows)
        page = rows[begin : begin + size]
        headers = {
            "X-Page-Size": str(size),
            "X-Range-Start": first.isoformat(),
            "X-Range-End": last.isoformat(),
        }
        if begin + size < len(rows):
            following = rows[begin + size][0]
            headers |= {"X-Next-ID": str(following.id), "X-Next-Row-Number": str(begin + size + 1)}
            if self.settings.next_timestamp:
                headers["X-Next-Timestamp"] = str(following.start)
        if not page and self.settings.empty == "null":
            return Report(b"null", headers)
        texts = [
            f'{self._row(row, parameters)},"row_number":{number}}}' for number, row in enumerate(page, start=begin + 1)
        ]
        return Report(f"[{','.join(texts)}]".encode(), headers)

    def totals(self, posted: Any) -> Report:
        """Totals of exactly what the detailed report has; a running entry counts nothing."""
        parameters = _checked(posted, _TOTALS, strict=self.settings.strict)
        first, last = self._range(parameters)
        by_day = dict.fromkeys(range(first.toordinal(), last.toordinal() + 1), 0)
        tracked = set()
        for entry, day in self._selected(parameters, first, last):
            by_day[day] += max(0, self._seconds(entry, parameters))
            tracked.add(day)
        resolution = parameters.get("granularity") or parameters.get("resolution") or "day"
        answer: dict[str, Any] = {
            "seconds": sum(by_day.values()),
            "tracked_days": len(tracked),
            "billable_amount_in_cents": None,
            "labour_cost_in_cents": None,
            "rates": [],
            "resolution": resolution,
        }
        if parameters.get("with_graph") and self.settings.totals_graph != "absent":
            buckets: dict[Any, int] = {}
            for day, seconds in by_day.items():
                if self.settings.totals_graph == "tracked days" and not seconds:
                    continue
                bucket = _bucket(date.fromordinal(day), resolution)
                buckets[bucket] = buckets.get(bucket, 0) + seconds
            answer["graph"] = [
                {"seconds": seconds, "billable_amount_in_cents": None, "labour_cost_in_cents": None, "by_rate": {}}
                for seconds in buckets.values()
            ]
        return Report(_dumps(answer), {"X-Range-Start": first.isoformat(), "X-Range-End": last.isoformat()})

    def summary(self, posted: Any) -> Report:
        """Seconds by group and sub-group, with the ids of their entries where requested."""
        parameters = _checked(posted, _SUMMARY, strict=self.settings.strict)
        first, last = self._range(parameters)
        grouping, sub_grouping = parameters.get("grouping", "projects"), parameters.get("sub_grouping", "time_entries")
        groups: dict[Any, dict[Any, list[Entry]]] = {}
        for entry, _day in self._selected(parameters, first, last):
            group = groups.setdefault(self._group(entry, grouping)[0], {})
            group.setdefault(self._group(entry, sub_grouping), []).append(entry)
        with_ids = parameters.get("include_time_entry_ids") and self.settings.summary_ids
        answer = []
        for group_id, subs in groups.items():
            sub_groups = []
            for (sub_id, title), entries in subs.items():
                sub: dict[str, Any] = {
                    "id": sub_id,
                    "title": title,
                    "seconds": sum(self._seconds(e, parameters) for e in entries),
                }
                sub["rates"] = [{"billable_seconds": 0, "hourly_rate_in_cents": 0, "currency": "USD"}]
                if with_ids:
                    sub["ids"] = [entry.id for entry in entries]
                sub_groups.append(sub)
            answer.append({"id": group_id, "sub_groups": sub_groups})
        headers = {
            "X-Grouping": grouping,
            "X-Sub-Grouping": sub_grouping,
            "X-Range-Start": first.isoformat(),
            "X-Range-End": last.isoformat(),
        }
        return Report(_dumps({"groups": answer if answer or self.settings.empty == "[]" else None}), headers)

    # Selecting

    def _range(self, parameters: dict[str, Any]) -> tuple[date, date]:
        """First and last day, both inclusive. Without an end: a week from the start."""
        if "start_date" not in parameters:
            raise _invalid("start_date", "YYYY-MM-DD")
        first = date.fromisoformat(parameters["start_date"])
        last = date.fromisoformat(parameters["end_date"]) if "end_date" in parameters else first + timedelta(days=6)
        if last < first:
            raise _invalid("end_date", "dates not before start_date")
        if (last - first).days + 1 > LONGEST_SPAN_DAYS:
            raise Invalid(f"The report period is not supported: at most {LONGEST_SPAN_DAYS} days")
        if self.settings.days_shown is not None:
            oldest = datetime.now(UTC).date() - timedelta(days=self.settings.days_shown)
            if first < oldest and self.settings.hidden_days == 400:
                raise Invalid("The report period is not supported")
            if first < oldest and self.settings.hidden_days == 402:
                raise FeatureNeeded
            if self.settings.hidden_days == "clamped":
                first, last = max(first, oldest), max(last, oldest)
        return first, last

    def _refresh(self) -> None:
        if self._version == self.workspace.version:
            return
        self._version = self.workspace.version
        self._zones = {person.id: ZoneInfo(person.timezone) for person in self.workspace.people.values()}
        self._entries = sorted(self.workspace.entries.values(), key=lambda entry: (entry.start, entry.id))
        self._starts = [entry.start for entry in self._entries]
        zones = self._zones
        self._days = [datetime.fromtimestamp(e.start, zones[e.person_id]).toordinal() for e in self._entries]
        self._selections.clear()
        self._rendered.clear()

    def _selected(self, parameters: dict[str, Any], first: date, last: date) -> list[tuple[Entry, int]]:
        """Entries, oldest first, whose start is on a day of the range in their owner's zone; with the day's ordinal."""
        self._refresh()
        first_day, last_day = first.toordinal(), last.toordinal()
        # No zone is more than a day away from UTC.
        begin = bisect_left(self._starts, _midnight(first) - _DAY_SECONDS)
        end = bisect_left(self._starts, _midnight(last) + 2 * _DAY_SECONDS)
        keep = self._filter(parameters)
        days = self._days
        if self.settings.days_shown is not None and self.settings.hidden_days == "empty":
            first_day = max(first_day, datetime.now(UTC).toordinal() - self.settings.days_shown)
        return [
            (entry, days[index])
            for index, entry in enumerate(self._entries[begin:end], start=begin)
            if first_day <= days[index] <= last_day and keep(entry)
        ]

    def _filter(self, parameters: dict[str, Any]) -> Callable[[Entry], bool]:
        if parameters.get("billable") is not None and not self.settings.paid_filters:
            raise FeatureNeeded
        tests = [
            *self._filters_by_id(parameters),
            *self._filters_by_value(parameters),
        ]
        if self.settings.running == "hidden":
            tests.append(lambda entry: entry.stop is not None)
        return lambda entry: all(test(entry) for test in tests)

    def _filters_by_id(self, parameters: dict[str, Any]) -> Iterator[Callable[[Entry], bool]]:
        """An entry passes that has any of the ids, where ids are given. No entry has a task or a group."""
        ids_of: dict[str, Callable[[Entry], tuple[int | None, ...]]] = {
            "user_ids": lambda entry: (entry.person_id,),
            "project_ids": lambda entry: (entry.project_id,),
            "client_ids": lambda entry: (self._client_id(entry),),
            "task_ids": lambda entry: (None,),
            "tag_ids": lambda entry: entry.tag_ids or (None,),
            "group_ids": lambda entry: (),
            "time_entry_ids": lambda entry: (entry.id,),
        }
        for name, of_entry in ids_of.items():
            if parameters.get(name):
                yield _has_any(of_entry, frozenset(parameters[name]))

    def _filters_by_value(self, parameters: dict[str, Any]) -> Iterator[Callable[[Entry], bool]]:
        if (billable := parameters.get("billable")) is not None:
            yield lambda entry: entry.billable == billable
        if part := parameters.get("description", "").casefold():
            yield lambda entry: part in (entry.description or "").casefold()
        if (least := parameters.get("min_duration_seconds")) is not None:
            yield lambda entry: entry.seconds >= least
        if (most := parameters.get("max_duration_seconds")) is not None:
            yield lambda entry: entry.seconds <= most

    def _rows(self, parameters: dict[str, Any], first: date, last: date) -> Rows:
        """All rows of the detailed report, in order. The pages of one walk share them."""
        self._refresh()
        walk = {key: value for key, value in parameters.items() if not key.startswith(("first_", "page_"))}
        settings = self.settings
        switches: list[Any] = [
            settings.running,
            settings.rounding,
            settings.last_update_order,
            settings.default_order_dir,
        ]
        switches += [settings.days_shown, settings.hidden_days]
        key = json.dumps([walk, switches], sort_keys=True)
        rows = self._selections.get(key)
        if rows is None:
            entries = [entry for entry, _day in self._selected(parameters, first, last)]
            rows = self._ordered(
                _grouped(entries) if parameters.get("grouped") else [[entry] for entry in entries], parameters
            )
            while len(self._selections) >= 8:
                del self._selections[next(iter(self._selections))]
            self._selections[key] = rows
        return rows

    def _ordered(self, rows: Rows, parameters: dict[str, Any]) -> Rows:
        order = parameters.get("order_by", "date")
        if order == "last_update" and self.settings.last_update_order == "ignored":
            order = "date"
        keys: dict[str, Callable[[list[Entry]], Any]] = {
            "date": lambda row: (),
            "user": lambda row: self.workspace.people[row[0].person_id].name.casefold(),
            "duration": lambda row: sum(self._seconds(entry, parameters) for entry in row),
            "description": lambda row: (row[0].description or "").casefold(),
            "last_update": lambda row: max(entry.at for entry in row),
        }
        key = keys[order]
        descending = parameters.get("order_dir", self.settings.default_order_dir) == "DESC"
        return sorted(rows, key=lambda row: (key(row), row[0].start, row[0].id), reverse=descending)

    def _begin(self, parameters: dict[str, Any], rows: Rows) -> int:
        """The index of a page's first row.

        All three parts are a keyset cursor, stable while rows come and go before it; a row number alone is an offset;
        `first_id` without `first_timestamp` silently finds nothing.
        """
        first_id, timestamp, number = (
            parameters.get(key) for key in ("first_id", "first_timestamp", "first_row_number")
        )
        if first_id is not None and timestamp is None:
            return len(rows)
        offset = 0 if number is None else number - 1
        if first_id is None or timestamp is None:
            return offset
        if parameters.get("order_by", "date") == "date":
            descending = parameters.get("order_dir", self.settings.default_order_dir) == "DESC"
            wanted = (timestamp, first_id)
            if descending:
                return bisect_left(rows, (-timestamp, -first_id), key=lambda row: (-row[0].start, -row[0].id))
            return bisect_left(rows, wanted, key=lambda row: (row[0].start, row[0].id))
        return next((index for index, row in enumerate(rows) if row[0].id == first_id), offset)

    def _page_size(self, parameters: dict[str, Any]) -> int:
        cap = self.settings.page_cap
        size = parameters.get("page_size", min(DEFAULT_PAGE_SIZE, cap))
        if size > cap and self.settings.over_cap == "refuse":
            raise _invalid("page_size", f"1-{cap}")
        return min(size, cap)

    # Rendering

    def _seconds(self, entry: Entry, parameters: dict[str, Any]) -> int:
        rounding = self._rounding(parameters)
        return entry.seconds if rounding is None or entry.stop is None else _rounded(entry.seconds, *rounding)

    def _rounding(self, parameters: dict[str, Any]) -> tuple[int, int] | None:
        """(mode, seconds), or None: the token owner's preference fills what is not given, unless both are given as
        zero.
        """
        mode, minutes = parameters.get("rounding"), parameters.get("rounding_minutes")
        if mode == 0 and minutes == 0:
            return None
        own_mode, own_minutes = self.settings.rounding or (0, 0)
        minutes = minutes or own_minutes
        return (own_mode if mode is None else mode, minutes * 60) if minutes else None

    def _row(self, row: list[Entry], parameters: dict[str, Any]) -> str:
        """A row's JSON without its number and closing brace. Rendered once, so that a walk over all pages costs the
        sandbox little.
        """
        settings = self.settings
        enrich = bool(parameters.get("enrich_response"))
        key = (
            tuple(entry.id for entry in row),
            enrich,
            self._rounding(parameters),
            settings.removed_enriched_fields if enrich else None,
            settings.tag_ids,
            settings.description_of_none,
            bool(parameters.get("hide_amounts")),
        )
        text = self._rendered.get(key)
        if text is None:
            text = self._rendered[key] = json.dumps(
                self._row_json(row, parameters, enrich), ensure_ascii=False, separators=(",", ":")
            )[:-1]
        return text

    def _money(self, row: list[Entry], parameters: dict[str, Any]) -> dict[str, Any]:
        """What an hour of the row costs, and all of it; null without a rate, and where amounts are to be hidden."""
        project = self.workspace.projects.get(row[0].project_id or 0)
        rate = project.rate_cents if project and row[0].billable and not parameters.get("hide_amounts") else None
        seconds = sum(max(0, self._seconds(entry, parameters)) for entry in row)
        return {
            "billable_amount_in_cents": None if rate is None else round(rate * seconds / 3600),
            "hourly_rate_in_cents": rate,
            "currency": self.workspace.currency,
        }

    def _row_json(self, row: list[Entry], parameters: dict[str, Any], enrich: bool) -> dict[str, Any]:
        entry = row[0]
        person = self.workspace.people[entry.person_id]
        zone = self._zones[entry.person_id]
        tag_ids: list[int | None] | None = list(entry.tag_ids)
        if self.settings.tag_ids == "list with null":
            tag_ids = [*entry.tag_ids, None]
        elif self.settings.tag_ids == "null":
            tag_ids = tag_ids or None
        description = entry.description
        if description is None and self.settings.description_of_none == "":
            description = ""
        answer: dict[str, Any] = {
            "user_id": person.id,
            "username": person.name,
            "project_id": entry.project_id,
            "task_id": None,
            "billable": entry.billable,
            "description": description,
            "tag_ids": tag_ids,
            **self._money(row, parameters),
            "time_entries": [
                {
                    "id": one.id,
                    "seconds": self._seconds(one, parameters),
                    "start": datetime.fromtimestamp(one.start, zone).isoformat(),
                    "stop": None if one.stop is None else datetime.fromtimestamp(one.stop, zone).isoformat(),
                    "at": datetime.fromtimestamp(one.at, UTC).isoformat(),
                    "at_tz": datetime.fromtimestamp(one.at, zone).isoformat(),
                }
                for one in row
            ],
        }
        return answer | self._enriched(entry, person) if enrich else answer

    def _enriched(self, entry: Entry, person: Person) -> dict[str, Any]:
        """What `enrich_response` adds to a row."""
        project = self.workspace.projects.get(entry.project_id) if entry.project_id else None
        client_id = self._client_id(entry)
        enriched = {
            "email": person.email,
            "client_name": self.workspace.clients[client_id].name if client_id else None,
            "project_name": project.name if project else None,
            "project_color": "0" if project else None,
            "project_hex": project.color if project else None,
            "task_name": None,
            "tag_names": [self.workspace.tags[tag_id] for tag_id in entry.tag_ids],
        }
        return {key: value for key, value in enriched.items() if key not in self.settings.removed_enriched_fields}

    def _client_id(self, entry: Entry) -> int | None:
        project = self.workspace.projects.get(entry.project_id) if entry.project_id else None
        return project.client_id if project else None

    def _group(self, entry: Entry, grouping: str) -> tuple[int | None, str | None]:
        match grouping:
            case "users":
                return entry.person_id, self.workspace.people[entry.person_id].name
            case "projects":
                project = self.workspace.projects.get(entry.project_id) if entry.project_id else None
                return (project.id, project.name) if project else (None, None)
            case "clients":
                client_id = self._client_id(entry)
                return client_id, self.workspace.clients[client_id].name if client_id else None
            case "tasks":
                return None, None
        return None, entry.description or ""


def _has_any(
    ids_of: Callable[[Entry], tuple[int | None, ...]], wanted: frozenset[int | None]
) -> Callable[[Entry], bool]:
    return lambda entry: not wanted.isdisjoint(ids_of(entry))


def _checked(posted: Any, known: dict[str, tuple[Callable[[Any], bool], str]], *, strict: bool) -> dict[str, Any]:
    """The parameters that were set. Bad values are refused, unknown names too where `strict`; null means not set."""
    if not isinstance(posted, dict):
        raise Invalid("Invalid JSON: an object is expected")
    for name in posted:
        if strict and name not in known:
            raise Invalid(f"The '{name}' parameter is not supported")
    parameters = {name: value for name, value in posted.items() if value is not None and name in known}
    if not parameters:
        raise Invalid("At least one parameter must be set")
    for name, value in parameters.items():
        test, allowed = known[name]
        if not test(value):
            raise _invalid(name, allowed)
    return parameters


def _invalid(name: str, allowed: str) -> Invalid:
    return Invalid(f"Invalid '{name}' value, allowed values are: '{allowed}'")


def _grouped(entries: list[Entry]) -> Rows:
    """One person's entries of the same project, description, billable flag and tags are a row."""
    rows: dict[Any, list[Entry]] = {}
    for entry in entries:
        key = (entry.person_id, entry.project_id, entry.description, entry.billable, entry.tag_ids)
        rows.setdefault(key, []).append(entry)
    return list(rows.values())


def _rounded(seconds: int, mode: int, step: int) -> int:
    if mode < 0:
        return seconds // step * step
    if mode > 0:
        return -(-seconds // step) * step
    return (seconds + step // 2) // step * step


def _bucket(day: date, resolution: str) -> Any:
    if resolution == "week":
        return day.isocalendar()[:2]
    return (day.year, day.month) if resolution == "month" else day


def _midnight(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


def _dumps(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
