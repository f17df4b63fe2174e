"""The Toggl client: answers as printed in the API's facts or bent on purpose, and whole walks against the sandbox."""

import asyncio
import json
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from pydantic import SecretStr

from volt_assets.errors import (
    QuotaExhausted,
    ServiceError,
    ServiceRefused,
    ServiceUnreachable,
    UnexpectedAnswer,
)
from volt_assets.http import MockTransport, Response
from volt_assets.sandbox import faults
from volt_assets.sandbox.company import Company, FiberyWorkspace, TogglWorkspace
from volt_assets.sandbox.server import Sandbox, start_sandbox
from volt_assets.settings import TogglAccess
from volt_assets.toggl.client import SAFE_PAUSE_SECONDS, Entry, Person, TogglClient, Totals
from volt_assets_tests.work_log import LoggedEntry, company_of, of_days, read_entries

DAY = date(2024, 3, 1)
MARCH = (DAY, date(2024, 3, 31))
DETAILED = "/search/time_entries"


class Sleeps(list):
    """The seconds that were waited, without waiting."""

    async def __call__(self, seconds: float) -> None:
        self.append(seconds)


class Toggl:
    """A Toggl that gives the answers in turn, the last one again and again, and keeps the requests."""

    def __init__(self, *answers: Response | Any):
        self.answers = [answer if isinstance(answer, Response) else page(answer) for answer in answers]
        self.requested: list[httpx.Request] = []
        self.sleeps = Sleeps()
        self.client = TogglClient(
            TogglAccess("https://api.track.toggl.com", SecretStr("t0ken"), 4_500_000_001),
            transport=MockTransport(self._answer),
            sleep=self.sleeps,
        )

    def _answer(self, request: httpx.Request) -> Response:
        self.requested.append(request)
        assert len(self.requested) < 100, "the client goes on for ever"
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(request.content) for request in self.requested if request.content]


def call(client: TogglClient, ask: Callable[[TogglClient], Any]) -> Any:
    async def run() -> Any:
        async with client:
            return await ask(client)

    return asyncio.run(run())


async def all_pages(
    client: TogglClient, first: date, last: date, user_ids: Sequence[int] | None = None, on_page: Any = None
) -> list[list[Entry]]:
    return [page async for page in client.entries(first, last, user_ids, on_page=on_page)]


def walk(client: TogglClient, first: date, last: date, **options: Any) -> list[Entry]:
    pages = call(client, lambda toggl: all_pages(toggl, first, last, **options))
    return [entry for page in pages for entry in page]


def row(entry_id: int = 1, *, entry: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    return {
        "user_id": 6_000_000_001,
        "username": "Ann",
        "project_id": None,
        "description": "x",
        "tag_ids": [],
        "billable": False,
        "time_entries": [
            {
                "id": entry_id,
                "seconds": 60,
                "start": "2024-03-01T09:00:00+00:00",
                "stop": "2024-03-01T09:01:00+00:00",
                "at": "2024-03-01T09:01:00+00:00",
                **(entry or {}),
            }
        ],
        **changes,
    }


def page(rows: Any, following: int | None = None, **headers: str) -> Response:
    """A page of the detailed report; `following` is the id in the next page's cursor."""
    if following is not None:
        headers = {
            "X-Next-ID": str(following),
            "X-Next-Row-Number": str(following + 1),
            "X-Next-Timestamp": str(1_709_000_000 + following),
        } | headers
    return Response(200, content=json.dumps(rows), headers=headers)


# The JSON and the headers that the API's facts print


@pytest.fixture(scope="module")
def facts(shared: Path) -> str:
    return (shared / "toggl-api.md").read_text()


@pytest.fixture(scope="module")
def printed(facts: str) -> list[Any]:
    return [json.loads(block) for block in re.findall(r"```json\n(.*?)```", facts, re.DOTALL)]


@pytest.fixture(scope="module")
def printed_headers(facts: str) -> dict[str, str]:
    block = re.search(r"```\n(content-type:.*?)```", facts, re.DOTALL)[1]
    return dict(line.split(": ", 1) for line in block.splitlines())


@pytest.fixture(scope="module")
def printed_row(printed: list[Any]) -> dict[str, Any]:
    (rows,) = [value for value in printed if isinstance(value, list) and "time_entries" in value[0]]
    return rows[0]


def test_the_printed_row_is_read_as_an_entry(printed_row: dict[str, Any]):
    day = date(2024, 7, 30)
    (entry,) = walk(Toggl([printed_row]).client, day, day)
    assert entry == Entry(
        id=3545645770,
        user_id=30809356,
        username="test user",
        email=None,
        description="sample description",
        start="2024-07-30T11:13:46+03:00",
        stop="2024-07-30T11:14:38+03:00",
        start_utc=datetime(2024, 7, 30, 8, 13, 46, tzinfo=UTC),
        stop_utc=datetime(2024, 7, 30, 8, 14, 38, tzinfo=UTC),
        seconds=52,
        project_id=202793182,
        project_name=None,
        tags=(),
        billable=False,
        updated_at=datetime(2024, 7, 30, 8, 14, 38, tzinfo=UTC),
    )
    assert entry.printed_day == day
    assert not entry.running


def test_the_printed_row_when_enriched_has_its_names(facts: str, printed_row: dict[str, Any]):
    names = {"email": "a@x.example", "project_name": "Web", "tag_names": ["deep", None]}
    line = re.search(r"^`email`, .*$", facts, re.MULTILINE)[0]
    assert all(f"`{name}" in line for name in names)
    (entry,) = walk(Toggl([printed_row | names]).client, date(2024, 7, 30), date(2024, 7, 30))
    assert (entry.email, entry.project_name, entry.tags) == ("a@x.example", "Web", ("deep",))


@pytest.mark.parametrize("missing", ["email", "client_name", "project_name", "task_name", "tag_names", "tag_ids", "at"])
def test_every_enriched_field_may_be_absent_or_null(printed_row: dict[str, Any], missing: str):
    enriched = printed_row | {"email": "a@x", "project_name": "Web", "tag_names": ["deep"], "tag_ids": [16501871, None]}
    for bent in ({k: v for k, v in enriched.items() if k != missing}, enriched | {missing: None}):
        (entry,) = walk(Toggl([bent]).client, date(2024, 7, 30), date(2024, 7, 30))
        assert entry.seconds == 52


def test_the_printed_headers_lead_to_the_next_page_with_all_three_parts(printed_headers: dict[str, str]):
    toggl = Toggl(Response(200, json=[row(1)], headers=printed_headers), [row(2)])
    assert [entry.id for entry in walk(toggl.client, *MARCH)] == [1, 2]
    first, second = toggl.bodies
    requested = {
        "start_date": "2024-03-01",
        "end_date": "2024-03-31",
        "grouped": False,
        "enrich_response": True,
        "order_by": "date",
        "order_dir": "ASC",
        "rounding": 0,
        "rounding_minutes": 0,
    }
    assert first == {**requested, "page_size": 1000}
    assert second == {
        **requested,
        "page_size": 50,
        "first_id": 4572901491,
        "first_row_number": 51,
        "first_timestamp": 1709585981,
    }
    assert {request.url.path for request in toggl.requested} == {
        "/reports/api/v3/workspace/4500000001/search/time_entries"
    }


def test_the_printed_totals_are_read_by_day(printed: list[Any]):
    (totals,) = [value for value in printed if isinstance(value, dict) and "graph" in value]
    toggl = Toggl(totals | {"seconds": 28800})
    assert call(toggl.client, lambda client: client.totals(DAY, DAY)) == Totals(28800, {DAY: 28800})
    assert toggl.requested[0].url.path.endswith("/workspace/4500000001/search/time_entries/totals")
    assert toggl.bodies == [
        {
            "start_date": "2024-03-01",
            "end_date": "2024-03-01",
            "rounding": 0,
            "rounding_minutes": 0,
            "with_graph": True,
            "granularity": "day",
        }
    ]


def test_the_token_goes_out_as_the_documented_basic_auth():
    toggl = Toggl([])
    walk(toggl.client, DAY, DAY)
    assert httpx.BasicAuth("t0ken", "api_token")._auth_header == toggl.requested[0].headers["Authorization"]


# Entries


@pytest.mark.parametrize("nothing", [[], None])
def test_no_entries_may_be_an_empty_list_or_null(nothing: Any):
    toggl = Toggl(nothing)
    assert walk(toggl.client, DAY, DAY) == []
    assert len(toggl.requested) == 1


@pytest.mark.parametrize(
    "entry",
    [
        {"stop": None, "seconds": -1},
        {"stop": None, "seconds": -1_709_283_600},
        {"stop": None, "seconds": 300},
        {"stop": None, "seconds": None},
        {"seconds": -1},
    ],
)
def test_a_running_entry_has_neither_stop_nor_seconds(entry: dict[str, Any]):
    (read,) = walk(Toggl([row(entry=entry)]).client, DAY, DAY)
    assert read.running
    assert (read.stop, read.stop_utc, read.seconds) == (None, None, None)


def test_an_entry_of_no_seconds_is_not_running():
    (read,) = walk(Toggl([row(entry={"seconds": 0, "stop": "2024-03-01T09:00:00+00:00"})]).client, DAY, DAY)
    assert not read.running
    assert read.seconds == 0


@pytest.mark.parametrize("text", [None, "", "  two\nlines ", "<b>R&D</b> 🚀"])
def test_descriptions_are_kept_as_they_are(text: str | None):
    (read,) = walk(Toggl([row(description=text)]).client, DAY, DAY)
    assert read.description == text


def test_names_and_descriptions_come_without_what_acts_and_no_longer_than_they_are_read():
    bent = row(
        description="a\u0000\x1b[2Jb \ud83d", username="A\u202enn", tag_names=["x\x9b"], project_name="y" * 10**6
    )
    (read,) = walk(Toggl([bent]).client, DAY, DAY)
    assert (read.description, read.username, read.tags) == ("a[2Jb \ufffd", "Ann", ("x",))
    assert len(read.project_name) == 10_000


def test_seconds_are_trusted_whatever_the_times_say():
    (read,) = walk(Toggl([row(entry={"seconds": 7200})]).client, DAY, DAY)
    assert read.seconds == 7200


@pytest.mark.parametrize(
    ("printed", "instant", "day"),
    [
        ("2024-03-01T00:30:00+13:00", datetime(2024, 2, 29, 11, 30, tzinfo=UTC), date(2024, 3, 1)),
        ("2024-02-29T23:30:00-08:00", datetime(2024, 3, 1, 7, 30, tzinfo=UTC), date(2024, 2, 29)),
        ("2024-03-01T09:00:00Z", datetime(2024, 3, 1, 9, tzinfo=UTC), date(2024, 3, 1)),
        ("2024-03-01T09:00:00.034497Z", datetime(2024, 3, 1, 9, 0, 0, 34497, tzinfo=UTC), date(2024, 3, 1)),
    ],
)
def test_a_start_is_an_instant_and_a_day_as_printed(printed: str, instant: datetime, day: date):
    (read,) = walk(Toggl([row(entry={"start": printed})]).client, DAY, DAY)
    assert (read.start, read.start_utc, read.printed_day) == (printed, instant, day)


def test_all_entries_of_a_row_are_read():
    several = row(1)
    several["time_entries"] += row(2)["time_entries"]
    assert [entry.id for entry in walk(Toggl([several]).client, DAY, DAY)] == [1, 2]


def test_a_person_without_a_name_is_called_by_id():
    (read,) = walk(Toggl([row(username=None)]).client, DAY, DAY)
    assert read.username == "6000000001"


@pytest.mark.parametrize(
    "bent",
    [
        {"a": "row"},
        "row",
        None,
        row(user_id=None),
        row(time_entries=None),
        row(description=["x"], entry={"id": None}),
        row(description={"text": "x"}),
        row(entry={"id": "one"}),
        row(entry={"seconds": None}),
        row(entry={"seconds": "PT1M"}),
        row(entry={"start": None}),
        row(entry={"start": "2024-03-01T09:00:00"}),
        row(entry={"start": "2024-03-01"}),
        row(entry={"start": 1709283600}),
        row(entry={"stop": "later"}),
        row(entry={"at": "2024-03-01T09:00:00"}),
    ],
)
def test_a_row_that_is_not_as_described_is_unexpected_never_a_traceback(bent: Any):
    with pytest.raises(UnexpectedAnswer, match="a row of the detailed report is not as its API describes it"):
        walk(Toggl([row(5), bent]).client, DAY, DAY)


@pytest.mark.parametrize("answer", [{"error": "x"}, "x", 7, {}])
def test_an_answer_that_is_no_list_is_unexpected(answer: Any):
    with pytest.raises(UnexpectedAnswer, match="is not a list"):
        walk(Toggl(answer).client, DAY, DAY)


# Pages


def test_pages_come_one_by_one_with_the_count_so_far():
    toggl = Toggl(page([row(1), row(2)], following=3), page([row(3)], following=4), page([row(4)]))
    counts = []
    pages = call(toggl.client, lambda client: all_pages(client, *MARCH, on_page=counts.append))
    assert [[entry.id for entry in entries] for entries in pages] == [[1, 2], [3], [4]]
    assert counts == [2, 3, 4]


@pytest.mark.parametrize("nothing", [[], None])
@pytest.mark.parametrize("following", [None, 9])
def test_an_empty_page_where_more_was_announced_is_never_taken_for_the_end(nothing: Any, following: int | None):
    toggl = Toggl(page([row(1)], following=2), page(nothing, following=following))
    with pytest.raises(UnexpectedAnswer, match="an empty page after 1 entries of 2024-03-01 to 2024-03-31"):
        walk(toggl.client, *MARCH)


def test_a_first_page_that_is_empty_and_announces_more_is_unexpected():
    with pytest.raises(UnexpectedAnswer, match="do not end"):
        walk(Toggl(page([], following=2)).client, *MARCH)


def test_a_cursor_that_comes_again_ends_the_walk_with_an_error():
    toggl = Toggl(page([row(1)], following=2), page([row(2)], following=3), page([row(3)], following=2))
    with pytest.raises(UnexpectedAnswer, match="do not end"):
        walk(toggl.client, *MARCH)
    assert len(toggl.requested) == 3


@pytest.mark.parametrize("following", [2, 1])
def test_a_walk_ends_with_an_error_where_row_numbers_do_not_rise_or_pages_only_repeat(following: int):
    same = page([row(1)], following=3)
    for answers in (
        [page([row(1)], following=2), page([row(2)], following=following)],
        [same, page([row(1)], following=9)],
    ):
        toggl = Toggl(*answers)
        with pytest.raises(UnexpectedAnswer, match="do not end"):
            walk(toggl.client, *MARCH)
        assert len(toggl.requested) == 2


@pytest.mark.parametrize("missing", [["X-Next-Timestamp"], ["X-Next-ID"], ["X-Next-ID", "X-Next-Timestamp"]])
@pytest.mark.parametrize("bent", [None, "", "soon"])
def test_without_the_whole_cursor_the_row_number_pages_alone(missing: list[str], bent: str | None):
    answer = page([row(1)], following=2)
    for header in missing:
        del answer.headers[header]
        if bent is not None:
            answer.headers[header] = bent
    toggl = Toggl(answer, [row(2)])
    assert [entry.id for entry in walk(toggl.client, *MARCH)] == [1, 2]
    assert {name: toggl.bodies[1].get(name) for name in ("first_id", "first_row_number", "first_timestamp")} == {
        "first_id": None,
        "first_row_number": 3,
        "first_timestamp": None,
    }


@pytest.mark.parametrize("bent", [None, "", "soon"])
def test_a_cursor_without_its_row_number_is_not_followed(bent: str | None):
    answer = page([row(1)], following=2)
    del answer.headers["X-Next-Row-Number"]
    if bent is not None:
        answer.headers["X-Next-Row-Number"] = bent
    toggl = Toggl(answer, [row(2)])
    with pytest.raises(UnexpectedAnswer, match="the cursor of the next page has no row number"):
        walk(toggl.client, *MARCH)
    assert len(toggl.requested) == 1


@pytest.mark.parametrize(("header", "used"), [("X-Range-Start", "2024-03-02"), ("X-Range-End", "2024-03-30")])
@pytest.mark.parametrize("ask", [all_pages, TogglClient.totals])
def test_an_answer_for_other_days_than_requested_is_unexpected(header: str, used: str, ask: Callable[..., Any]):
    toggl = Toggl(Response(200, json=[], headers={header: used}), {"max_data_retention_days": None})
    with pytest.raises(UnexpectedAnswer, match=f"{header} is {used}, not 2024-03"):
        call(toggl.client, lambda client: ask(client, *MARCH))


HIDDEN = [
    Response(200, json=[], headers={"X-Range-Start": "2026-01-01"}),
    Response(400, json="The report period is not supported"),
    Response(400, text="Some words that nobody has seen"),
    Response(402, json="Workspace needs to have this feature enabled"),
]


@pytest.mark.parametrize("answer", HIDDEN, ids=["clamped", "400", "400 in other words", "402"])
@pytest.mark.parametrize("ask", [all_pages, TogglClient.totals, TogglClient.latest_updates, TogglClient.entry_ids])
def test_days_that_the_plan_does_not_show_are_reported_as_that(answer: Response, ask: Callable[..., Any]):
    toggl = Toggl(answer, {"id": 4_500_000_001, "max_data_retention_days": 90})
    with pytest.raises(ServiceRefused, match="shows reports of the last 90 days only, and 2024-03-01 is before 20"):
        call(toggl.client, lambda client: ask(client, *MARCH))
    assert toggl.requested[1].url.path == "/api/v9/workspaces/4500000001"


@pytest.mark.parametrize(
    "workspace", [Response(403), {"max_data_retention_days": 40_000}, {"max_data_retention_days": 0}, {}, [], "x"]
)
def test_where_the_plan_shows_the_days_or_nobody_says_so_the_refusal_stands(workspace: Any):
    toggl = Toggl(Response(402, json="Workspace needs to have this feature enabled"), workspace)
    with pytest.raises(ServiceError, match="this feature enabled") as raised:
        call(toggl.client, lambda client: client.totals(*MARCH))
    assert not isinstance(raised.value, ServiceRefused)
    assert len(toggl.requested) == 2


def test_how_many_days_are_shown_is_requested_once_and_not_at_all_for_a_used_up_quota():
    toggl = Toggl({"max_data_retention_days": 90})

    async def twice(client: TogglClient) -> list[int | None]:
        return [await client.days_shown(), await client.days_shown()]

    assert call(toggl.client, twice) == [90, 90]
    assert len(toggl.requested) == 1
    exhausted = Toggl(Response(402, headers={"X-Toggl-Quota-Remaining": "0"}))
    with pytest.raises(QuotaExhausted):
        call(exhausted.client, lambda client: client.totals(*MARCH))
    assert len(exhausted.requested) == 1


def test_an_entry_repeated_on_the_next_page_counts_once():
    toggl = Toggl(page([row(1), row(2)], following=2), page([row(2), row(3)]))
    assert [entry.id for entry in walk(toggl.client, *MARCH)] == [1, 2, 3]


@pytest.mark.parametrize("edit", [{"description": "y"}, {"entry": {"seconds": 61}}, {"project_id": 7}])
def test_an_entry_edited_while_it_is_read_comes_again_as_it_is_by_then(edit: dict[str, Any]):
    toggl = Toggl(page([row(1), row(2)], following=2), page([row(2), row(1, **edit)]))
    first, second, again = walk(toggl.client, *MARCH)
    assert [first.id, second.id, again.id] == [1, 2, 1]
    assert first != again


def test_entries_of_people_who_were_not_requested_are_unexpected():
    toggl = Toggl([row(1), row(2, user_id=6_000_000_002)])
    with pytest.raises(UnexpectedAnswer, match="people who were not requested"):
        walk(toggl.client, *MARCH, user_ids=[6_000_000_001])


def test_a_short_last_page_does_not_make_the_next_walk_ask_for_short_pages():
    toggl = Toggl(page([row(1)], **{"X-Page-Size": "1"}))

    async def two_walks(client: TogglClient) -> None:
        await all_pages(client, *MARCH)
        await all_pages(client, *MARCH)

    call(toggl.client, two_walks)
    assert [body["page_size"] for body in toggl.bodies] == [1000, 1000]


def test_a_400_that_is_not_about_the_page_size_is_not_tried_with_another():
    toggl = Toggl(Response(400, json="Invalid 'start_date' value"), {"max_data_retention_days": None})
    with pytest.raises(ServiceError, match="Invalid 'start_date' value"):
        walk(toggl.client, *MARCH)
    assert [request.method for request in toggl.requested] == ["POST", "GET"]


def test_a_400_in_words_that_nobody_has_seen_may_be_about_the_page_size():
    toggl = Toggl(Response(400, text="Too many rows"), {}, [row(1)])
    assert [entry.id for entry in walk(toggl.client, *MARCH)] == [1]
    assert [body["page_size"] for body in toggl.bodies] == [1000, 50]


@pytest.mark.parametrize("ask", [all_pages, TogglClient.totals])
@pytest.mark.parametrize(("first", "last"), [(date(2023, 1, 1), date(2024, 1, 2)), (DAY, DAY - timedelta(days=1))])
def test_a_range_of_more_than_366_days_or_none_is_a_mistake_of_the_caller(
    ask: Callable[..., Any], first: date, last: date
):
    toggl = Toggl([])
    with pytest.raises(ValueError, match="is not a range of 1 to 366 days"):
        call(toggl.client, lambda client: ask(client, first, last))
    assert not toggl.requested


@pytest.mark.parametrize("ask", [all_pages, TogglClient.totals])
def test_nobody_is_not_taken_for_everybody(ask: Callable[..., Any]):
    toggl = Toggl([])
    with pytest.raises(ValueError, match="no user ids"):
        call(toggl.client, lambda client: ask(client, DAY, DAY, []))
    assert not toggl.requested


# Totals


def test_totals_have_every_day_also_where_nothing_was_tracked():
    week = [DAY + timedelta(days=n) for n in range(7)]
    graph = [{"seconds": 60 * n} for n in range(7)]
    totals = call(Toggl({"seconds": 1260, "graph": graph}).client, lambda client: client.totals(week[0], week[-1]))
    assert totals == Totals(1260, {day: 60 * n for n, day in enumerate(week)})


@pytest.mark.parametrize("graph", [[], None])
def test_no_graph_and_no_seconds_are_days_of_zero(graph: Any):
    totals = call(Toggl({"seconds": 0, "graph": graph}).client, lambda client: client.totals(*MARCH))
    assert len(totals.by_day) == 31
    assert set(totals.by_day.values()) == {0}


def test_a_day_may_have_no_bucket_and_a_bucket_no_seconds():
    graph = [None, {"seconds": None}, {}] + [{"seconds": 2}] * 28
    totals = call(Toggl({"seconds": 56, "graph": graph}).client, lambda client: client.totals(*MARCH))
    assert list(totals.by_day.values()) == [0, 0, 0] + [2] * 28


@pytest.mark.parametrize(
    "answer",
    [
        {"seconds": 60, "graph": []},
        {"seconds": 60, "graph": [{"seconds": 60}]},
        {"seconds": 60, "graph": [{"seconds": 1}] * 32},
        {"seconds": 60, "graph": [{"seconds": 1}] * 31},
        {"seconds": 60},
        {"seconds": 60, "graph": None},
        {"seconds": 60, "graph": {"2024-03-01": 60}},
        {"seconds": 60, "graph": [None] * 31},
    ],
)
def test_of_totals_that_have_no_days_the_sum_stands(answer: Any):
    assert call(Toggl(answer).client, lambda client: client.totals(*MARCH)) == Totals(60, None)


@pytest.mark.parametrize("answer", [[], None, {}, {"seconds": None}, {"seconds": "many"}, {"seconds": 1, "graph": [7]}])
def test_totals_without_a_sum_are_unexpected(answer: Any):
    with pytest.raises(UnexpectedAnswer, match="totals"):
        call(Toggl(answer).client, lambda client: client.totals(*MARCH))


# People and refusals


def people(client: TogglClient) -> list[Person]:
    return call(client, TogglClient.people)


def test_people_are_known_by_their_global_id_never_by_that_of_the_membership():
    rows = [
        {"id": 1, "user_id": 11, "uid": 11, "name": "Ann", "email": "ann@x", "timezone": "Asia/Tokyo", "active": True},
        {"id": 2, "user_id": None, "uid": 12, "name": "Bob", "email": "", "timezone": "", "inactive": True},
        {"id": 3, "user_id": 0, "uid": 13, "name": "", "email": "cy@x", "timezone": None, "inactive": False},
        {"id": 4, "user_id": 11, "name": "Ann", "email": "ann@x"},
    ]
    toggl = Toggl(rows)
    assert people(toggl.client) == [
        Person(11, "Ann", "ann@x", "Asia/Tokyo", active=True),
        Person(12, "Bob", None, None, active=False),
        Person(13, "cy@x", "cy@x", None, active=True),
    ]
    (requested,) = toggl.requested
    assert (requested.method, requested.url.path) == ("GET", "/api/v9/workspaces/4500000001/workspace_users")
    assert requested.url.params["includeIndirect"] == "true"


@pytest.mark.parametrize("bent", [{"id": 1, "name": "Ann"}, {"id": 1, "uid": None}, "Ann", None])
def test_a_person_without_a_global_id_is_unexpected(bent: Any):
    with pytest.raises(UnexpectedAnswer, match="a workspace user is not as its API describes it"):
        people(Toggl([bent]).client)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Response(401), "TOGGL_API_TOKEN"),
        (Response(403, json="User does not have access to this resource."), "TOGGL_API_TOKEN.*TOGGL_WORKSPACE_ID"),
        (Response(404, json="Resource can not be found"), "no workspace 4500000001.*TOGGL_WORKSPACE_ID"),
        (Response(400, json="Invalid workspace id"), "no workspace 4500000001.*TOGGL_WORKSPACE_ID"),
    ],
)
def test_a_token_or_workspace_that_toggl_refuses_is_bad_input_that_names_the_setting(answer: Response, words: str):
    toggl = Toggl(answer)
    with pytest.raises(ServiceRefused, match=words) as raised:
        people(toggl.client)
    assert raised.value.exit_code == 2
    assert "t0ken" not in raised.value.message
    # Whether only the list of people is refused shows in another request; a 401 needs none.
    assert len(toggl.requested) == 1 + (answer.status_code != 401)


def test_a_refused_token_that_does_not_look_like_toggl_tracks_is_reported_so():
    with pytest.raises(ServiceRefused, match="Toggl Track's tokens are 32 hexadecimal digits; yours is not"):
        people(Toggl(Response(401)).client)
    proper = Toggl(Response(401))
    access = TogglAccess("https://api.track.toggl.com", SecretStr("0123456789abcdef" * 2), 4_500_000_001)
    with pytest.raises(ServiceRefused) as raised:
        people(TogglClient(access, transport=MockTransport(proper._answer), sleep=proper.sleeps))
    assert "hexadecimal" not in raised.value.message


@pytest.mark.parametrize(
    "answer",
    [
        Response(403, json="User does not have access to this resource."),
        Response(400, json="User not found"),
        Response(400, json="Workspace not found"),
        Response(404, text="nothing here"),
    ],
)
def test_where_the_list_of_people_alone_is_refused_nobody_is_known_and_the_run_goes_on(
    answer: Response, caplog: pytest.LogCaptureFixture
):
    toggl = Toggl(answer, {"seconds": 0})
    assert people(toggl.client) == []
    assert [request.url.path.rpartition("/")[2] for request in toggl.requested] == ["workspace_users", "totals"]
    assert "Names come with the entries" in caplog.text


def test_null_where_the_people_were_due_is_nobody_known(caplog: pytest.LogCaptureFixture):
    assert people(Toggl(None).client) == []
    assert "Toggl lists nobody" in caplog.text


def test_trouble_while_finding_out_what_is_refused_is_reported_as_what_it_is():
    for trouble, error in ((Response(502), ServiceUnreachable), (Response(402, text="hourly limit"), QuotaExhausted)):
        with pytest.raises(error):
            people(Toggl(Response(403), trouble).client)


def test_a_404_elsewhere_is_not_taken_for_a_wrong_setting():
    with pytest.raises(ServiceError) as raised:
        walk(Toggl(Response(404)).client, DAY, DAY)
    assert not isinstance(raised.value, ServiceRefused)


# Quota and pace


def test_the_last_quota_headers_are_kept_also_those_of_errors():
    def quota(remaining: str, resets_in: str) -> dict[str, str]:
        return {"X-Toggl-Quota-Remaining": remaining, "X-Toggl-Quota-Resets-In": resets_in}

    toggl = Toggl(
        page([row(1)], following=2, **quota("20", "1855")),
        page([row(2)], following=3),
        page([row(3)], following=4, **quota("-4", "")),
        Response(402, text="You have hit your hourly limit for API calls.", headers=quota("0", "1838")),
    )
    client = toggl.client
    seen = []
    assert (client.quota_remaining, client.quota_resets_in) == (None, None)
    with pytest.raises(QuotaExhausted) as raised:
        walk(client, *MARCH, on_page=lambda _: seen.append((client.quota_remaining, client.quota_resets_in)))
    assert seen == [(20, 1855), (20, 1855), (-4, 1855)]
    assert (client.quota_remaining, client.quota_resets_in) == (0, 1838)
    assert raised.value.resets_in_seconds == 1838


def test_requests_keep_a_distance_only_once_toggl_has_required_it():
    toggl = Toggl(
        page([row(1)], following=2),
        page([row(2)], following=3),
        Response(429, text="<html>nginx</html>"),
        page([row(3)], following=4),
        page([row(4)]),
    )
    assert len(walk(toggl.client, *MARCH)) == 4
    backing_off, pause = toggl.sleeps
    assert 1 <= backing_off <= 2
    assert pause == SAFE_PAUSE_SECONDS


# Against the sandbox: a work log


BUSY_WEEK = (date(2007, 12, 3), date(2007, 12, 9))


@pytest.fixture(scope="module")
def work_log(log_folder: Path) -> Iterator[Sandbox]:
    with start_sandbox(company_of(log_folder)) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def logged(log_folder: Path) -> list[LoggedEntry]:
    """The entries of the busy week, read from the log's file."""
    return of_days(read_entries(log_folder), *BUSY_WEEK)


@contextmanager
def switched(sandbox: Sandbox, **switches: Any) -> Iterator[None]:
    before = {name: getattr(sandbox.settings, name) for name in switches}
    sandbox.forget()
    for name, value in switches.items():
        setattr(sandbox.settings, name, value)
    try:
        yield
    finally:
        sandbox.forget()
        for name, value in before.items():
            setattr(sandbox.settings, name, value)


def client_of(sandbox: Sandbox, *, requests: Counter | None = None, **wrong: Any) -> TogglClient:
    ready = sandbox.ready | wrong
    access = TogglAccess(ready["toggl_url"], SecretStr(ready["toggl_token"]), ready["workspace_id"])
    return TogglClient(access, requests=requests, sleep=Sleeps())


def test_the_busiest_week_has_its_entries_people_and_seconds(work_log: Sandbox, logged: list[LoggedEntry]):
    requests = Counter()
    entries = walk(client_of(work_log, requests=requests), *BUSY_WEEK)
    assert len(entries) == len(logged) > 100
    assert len({entry.user_id for entry in entries}) == len({entry.email for entry in logged})
    assert sum(entry.seconds for entry in entries) == sum(entry.seconds for entry in logged)
    assert all(entry.id > 2**32 and entry.user_id > 2**32 for entry in entries)
    assert [entry.start_utc for entry in entries] == sorted(entry.start_utc for entry in entries)
    assert all(entry.email and entry.project_name for entry in entries)
    assert requests == {"toggl": 1}


@pytest.mark.parametrize("cap", [50, 200, 1000])
def test_every_page_size_gives_the_same_entries_in_the_fewest_requests(work_log: Sandbox, cap: int):
    first, last = date(2007, 11, 1), date(2007, 12, 31)
    with switched(work_log, page_cap=1000):
        whole = walk(client_of(work_log), first, last)
    assert len(whole) > 1000
    with switched(work_log, page_cap=cap):
        requests = Counter()
        assert walk(client_of(work_log, requests=requests), first, last) == whole
        assert requests["toggl"] == math.ceil(len(whole) / cap)


def test_a_page_size_that_is_refused_gives_way_to_the_default_one_for_good(
    work_log: Sandbox, logged: list[LoggedEntry]
):
    whole = walk(client_of(work_log), *BUSY_WEEK)
    with switched(work_log, page_cap=200, over_cap="refuse"):
        requests = Counter()
        client = client_of(work_log, requests=requests)

        async def two_walks(client: TogglClient) -> list[Entry]:
            await all_pages(client, *BUSY_WEEK)
            return [entry for page in await all_pages(client, *BUSY_WEEK) for entry in page]

        assert call(client, two_walks) == whole
        assert requests["toggl"] == 1 + 2 * math.ceil(len(logged) / 50)


@pytest.mark.parametrize("rounding", [(-1, 15), (0, 60), (1, 240)])
def test_the_token_owners_rounding_changes_nothing(work_log: Sandbox, rounding: tuple[int, int]):
    plain = (
        walk(client_of(work_log), *BUSY_WEEK),
        call(client_of(work_log), lambda client: client.totals(*BUSY_WEEK)),
    )
    with switched(work_log, rounding=rounding):
        assert walk(client_of(work_log), *BUSY_WEEK) == plain[0]
        assert call(client_of(work_log), lambda client: client.totals(*BUSY_WEEK)) == plain[1]


def test_a_year_is_one_walk_and_its_days_add_up_to_toggls_totals(work_log: Sandbox):
    requests = Counter()
    client = client_of(work_log, requests=requests)

    async def both(client: TogglClient) -> tuple[list[list[Entry]], Totals]:
        first, last = date(2006, 12, 31), date(2007, 12, 31)
        return await all_pages(client, first, last), await client.totals(first, last)

    pages, totals = call(client, both)
    days = Counter()
    for entry in (entry for page in pages for entry in page):
        days[entry.printed_day] += entry.seconds
    assert len(totals.by_day) == 366
    assert {day: seconds for day, seconds in totals.by_day.items() if seconds} == days
    assert requests["toggl"] == math.ceil(sum(map(len, pages)) / 1000) + 1


def test_entries_and_totals_of_some_people_are_those_of_everybody_less_the_others(work_log: Sandbox):
    everybody = walk(client_of(work_log), *BUSY_WEEK)
    ids = sorted({entry.user_id for entry in everybody})[:2]
    theirs = [entry for entry in everybody if entry.user_id in ids]
    assert walk(client_of(work_log), *BUSY_WEEK, user_ids=ids) == theirs
    totals = call(client_of(work_log), lambda client: client.totals(*BUSY_WEEK, ids))
    assert totals.seconds == sum(entry.seconds for entry in theirs) < sum(entry.seconds for entry in everybody)


@pytest.mark.parametrize(
    "switches",
    [
        {"tag_ids": "null"},
        {"tag_ids": "list with null"},
        {"description_of_none": "null"},
        {"errors": "text"},
        {"next_timestamp": False, "page_cap": 50},
        {"removed_enriched_fields": frozenset({"client_name", "task_name", "project_color", "project_hex"})},
    ],
    ids=lambda switches: next(iter(switches)),
)
def test_readings_that_the_facts_leave_open_change_nothing(work_log: Sandbox, switches: dict[str, Any]):
    plain = walk(client_of(work_log), *BUSY_WEEK)
    with switched(work_log, **switches):
        assert walk(client_of(work_log), *BUSY_WEEK) == plain


@pytest.mark.parametrize("empty", ["[]", "null"])
def test_a_week_before_the_log_is_empty_and_its_totals_are_zero(work_log: Sandbox, empty: str):
    week = (date(2005, 12, 5), date(2005, 12, 11))
    with switched(work_log, empty=empty):
        assert walk(client_of(work_log), *week) == []
        totals = call(client_of(work_log), lambda client: client.totals(*week))
    assert totals.by_day == dict.fromkeys((date(2005, 12, day) for day in range(5, 12)), 0)


@pytest.mark.parametrize(
    ("fault", "times"),
    [
        (faults.TOGGL_TOO_MANY, 2),
        (faults.BAD_GATEWAY, 2),
        (faults.INTERNAL_ERROR, 2),
        (faults.CONNECTION_DROPPED, 2),
        (faults.INVALID_JSON, 1),
    ],
)
def test_trouble_in_the_middle_of_a_walk_is_absorbed_and_counted(work_log: Sandbox, fault: faults.Fault, times: int):
    whole = walk(client_of(work_log), *BUSY_WEEK)
    with switched(work_log, page_cap=50):
        work_log.fail_next(DETAILED, fault, times=times, after=2)
        requests = Counter()
        assert walk(client_of(work_log, requests=requests), *BUSY_WEEK) == whole
        assert requests["toggl"] == math.ceil(len(whole) / 50) + times == len(work_log.requests)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (faults.NO_ROWS, UnexpectedAnswer),
        (faults.quota_used_up(), QuotaExhausted),
        (faults.FEATURE_NEEDED, ServiceError),
    ],
)
def test_a_walk_that_is_cut_off_is_an_error_never_a_shorter_week(
    work_log: Sandbox, fault: faults.Fault, error: type[ServiceError]
):
    with switched(work_log, page_cap=50):
        work_log.fail_next(DETAILED, fault, after=2)
        with pytest.raises(error):
            walk(client_of(work_log), *BUSY_WEEK)
        assert [requested["method"] for requested in work_log.requests].count("POST") == 3


def test_a_toggl_that_stays_down_is_unreachable_after_five_attempts(work_log: Sandbox):
    with switched(work_log):
        work_log.fail_next(DETAILED, faults.BAD_GATEWAY, times=99)
        with pytest.raises(ServiceUnreachable):
            walk(client_of(work_log), *BUSY_WEEK)
        assert [requested["status"] for requested in work_log.requests] == [502] * 5


@pytest.mark.parametrize("status", [401, 403])
def test_the_sandbox_refuses_a_wrong_token_as_toggl_does(work_log: Sandbox, status: int):
    with switched(work_log, bad_token_status=status), pytest.raises(ServiceRefused, match="TOGGL_API_TOKEN"):
        people(client_of(work_log, toggl_token="wrong"))


def test_the_sandbox_refuses_another_workspace_as_toggl_does(work_log: Sandbox):
    with pytest.raises(ServiceRefused, match="TOGGL_WORKSPACE_ID"):
        people(client_of(work_log, workspace_id=12345))


@pytest.mark.parametrize("ids", ["both", "user_id", "uid"])
def test_people_and_entries_have_the_same_ids(work_log: Sandbox, ids: str):
    with switched(work_log, workspace_user_ids=ids):
        known = {person.user_id: person for person in people(client_of(work_log))}
        entries = walk(client_of(work_log), *BUSY_WEEK)
    assert len(known) == len(work_log.company.toggl.people) > 10
    for entry in entries:
        assert (known[entry.user_id].name, known[entry.user_id].email) == (entry.username, entry.email)


# Against the sandbox: people around the world


TOKYO, AUCKLAND, LOS_ANGELES = "Asia/Tokyo", "Pacific/Auckland", "America/Los_Angeles"


@pytest.fixture(scope="module")
def world() -> Iterator[Sandbox]:
    """People in three zones, each with an entry an hour before and one an hour after their midnight of 6 January."""
    toggl = TogglWorkspace(name="World")
    toggl.add_person("Owner", "owner@x.example", "UTC")
    for zone in (TOKYO, AUCKLAND, LOS_ANGELES):
        person = toggl.add_person(zone, f"{zone}@x.example", zone, active=zone != TOKYO)
        midnight = int(datetime(2025, 1, 6, tzinfo=ZoneInfo(zone)).timestamp())
        for start in (midnight - 3600, midnight + 3600):
            toggl.add_entry(person, start, start + 600, None)
    running = int(datetime(2025, 1, 6, 12, tzinfo=UTC).timestamp())
    toggl.add_entry(toggl.owner, running, None, "running")
    with start_sandbox(Company(toggl, FiberyWorkspace("world"))) as sandbox:
        yield sandbox


def test_days_are_those_of_each_entrys_owner(world: Sandbox):
    entries = walk(client_of(world), date(2025, 1, 6), date(2025, 1, 6))
    assert {entry.username: entry.start for entry in entries} == {
        TOKYO: "2025-01-06T01:00:00+09:00",
        AUCKLAND: "2025-01-06T01:00:00+13:00",
        LOS_ANGELES: "2025-01-06T01:00:00-08:00",
    }
    assert {entry.printed_day for entry in entries} == {date(2025, 1, 6)}
    assert {entry.start_utc.date() for entry in entries} == {date(2025, 1, 5), date(2025, 1, 6)}


def test_totals_follow_the_printed_days_for_people_of_all_zones(world: Sandbox):
    first, last = date(2025, 1, 4), date(2025, 1, 7)
    days = Counter()
    for entry in walk(client_of(world), first, last):
        days[entry.printed_day] += entry.seconds
    totals = call(client_of(world), lambda client: client.totals(first, last))
    assert totals.by_day == {first: 0, date(2025, 1, 5): 1800, date(2025, 1, 6): 1800, last: 0}
    assert {day: seconds for day, seconds in totals.by_day.items() if seconds} == days


def test_running_entries_are_reported_where_toggl_shows_them_and_are_in_no_total(world: Sandbox):
    range_ = (date(2025, 1, 5), date(2025, 1, 6))
    hidden = walk(client_of(world), *range_)
    with switched(world, running="shown"):
        shown = walk(client_of(world), *range_)
        totals = call(client_of(world), lambda client: client.totals(*range_))
    (running,) = [entry for entry in shown if entry.running]
    assert (running.description, running.stop, running.seconds) == ("running", None, None)
    assert [entry for entry in shown if not entry.running] == hidden
    assert totals.seconds == sum(entry.seconds for entry in hidden)


def test_a_deactivated_person_is_not_active_and_keeps_their_entries(world: Sandbox):
    active = {person.name: person.active for person in people(client_of(world))}
    assert active == {"Owner": True, TOKYO: False, AUCKLAND: True, LOS_ANGELES: True}
    zones = {person.name: person.timezone for person in people(client_of(world))}
    assert zones[TOKYO] == TOKYO
    assert TOKYO in {entry.username for entry in walk(client_of(world), date(2025, 1, 6), date(2025, 1, 6))}


def test_a_walk_is_whole_although_entries_come_and_go_before_its_place(world: Sandbox):
    owner = world.company.toggl.owner
    noon = int(datetime(2025, 2, 3, 12, tzinfo=UTC).timestamp())
    for n in range(6):
        world.company.toggl.add_entry(owner, noon + n * 60, noon + n * 60 + 30, str(n))
    first = min(entry.id for entry in world.company.toggl.entries.values() if entry.start == noon)
    added = []

    def meddle(count: int) -> None:
        if count == 2:
            world.company.toggl.delete_entry(first)
            added.append(world.company.toggl.add_entry(owner, noon - 60, noon - 30, "late").id)
            added.append(world.company.toggl.add_entry(owner, noon - 61, noon - 30, "later").id)

    with switched(world, page_cap=2):
        entries = walk(client_of(world), date(2025, 2, 3), date(2025, 2, 3), on_page=meddle)
    assert [entry.description for entry in entries] == ["0", "1", "2", "3", "4", "5"]
    assert len(added) == 2


@pytest.mark.parametrize(
    ("with_rates", "cents", "expected"),
    [(True, 9850, (9850, "EUR")), (True, None, (None, None)), (False, 9850, (None, None))],
)
def test_what_an_hour_costs_is_kept_only_where_it_is_asked_for(
    with_rates: bool, cents: int | None, expected: tuple[int | None, str | None]
):
    toggl = Toggl([row(billable=True, hourly_rate_in_cents=cents, currency="EUR")])
    toggl.client.with_rates = with_rates
    (entry,) = walk(toggl.client, date(2024, 3, 1), date(2024, 3, 1))
    assert (entry.rate_cents, entry.currency) == expected
