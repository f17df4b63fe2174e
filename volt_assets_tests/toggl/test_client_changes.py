"""What the Toggl client requests to see changes: pages in order of last update, and the ids of all entries."""

import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from volt_assets.errors import ServiceUnreachable, UnexpectedAnswer
from volt_assets.sandbox import faults
from volt_assets.sandbox.server import Sandbox
from volt_assets.settings import TogglAccess
from volt_assets.toggl.client import Entry, TogglClient
from volt_assets_tests.toggl.test_client import (  # noqa: F401
    DAY,
    MARCH,
    Toggl,
    call,
    client_of,
    facts,
    page,
    printed,
    row,
    switched,
    walk,
    work_log,
)
from volt_assets_tests.work_log import of_days, read_entries

BUSY = date(2007, 12, 3), date(2007, 12, 9)


def updates(*answers: Any, cursor: dict[str, int] | None = None) -> tuple[Toggl, list[Entry], dict[str, int]]:
    toggl = Toggl(*answers)
    entries, following = call(toggl.client, lambda client: client.latest_updates(*MARCH, cursor))
    return toggl, entries, following


def ids(*answers: Any) -> tuple[Toggl, set[int] | None]:
    toggl = Toggl(*answers)
    return toggl, call(toggl.client, lambda client: client.entry_ids(*MARCH))


def summary(*groups: Any) -> Any:
    return page({"groups": [{"id": n, "sub_groups": list(parts)} for n, parts in enumerate(groups)]})


def test_updates_are_requested_in_falling_order_and_unrounded():
    toggl, entries, following = updates(page([row(7), row(5)], 4, **{"X-Page-Size": "2"}))
    assert toggl.bodies == [
        {
            "start_date": "2024-03-01",
            "end_date": "2024-03-31",
            "rounding": 0,
            "rounding_minutes": 0,
            "grouped": False,
            "order_by": "last_update",
            "order_dir": "DESC",
            "page_size": 1000,
        }
    ]
    assert [entry.id for entry in entries] == [7, 5]
    assert following == {"first_id": 4, "first_row_number": 5, "first_timestamp": 1_709_000_004}
    assert toggl.client.page_size == 2


def test_the_cursor_of_a_page_is_sent_for_the_next_which_may_be_much_later():
    cursor = {"first_id": 4, "first_row_number": 5, "first_timestamp": 6}
    toggl, _, following = updates([row(4)], cursor=cursor)
    assert cursor.items() <= toggl.bodies[0].items()
    assert following == {}


def test_a_page_that_was_announced_and_is_empty_or_leads_no_further_is_unexpected():
    cursor = {"first_id": 4, "first_row_number": 5, "first_timestamp": 1_709_000_004}
    for answer in ([], None, page([row(4)], 4), page([row(4)], 3), page([], 9)):
        with pytest.raises(UnexpectedAnswer):
            updates(answer, cursor=cursor)
    assert updates([])[1:] == ([], {})


def test_the_printed_summary_holds_the_ids_of_its_entries(printed: list[Any]):  # noqa: F811
    (answer,) = [value for value in printed if isinstance(value, dict) and "groups" in value]
    toggl, found = ids(page(answer))
    assert found == {3545645770, 3545645771}
    assert toggl.requested[0].url.path == "/reports/api/v3/workspace/4500000001/summary/time_entries"
    assert toggl.bodies == [
        {
            "start_date": "2024-03-01",
            "end_date": "2024-03-31",
            "rounding": 0,
            "rounding_minutes": 0,
            "grouping": "users",
            "sub_grouping": "projects",
            "include_time_entry_ids": True,
        }
    ]


def test_no_groups_are_no_entries_and_groups_without_ids_are_unknown():
    assert ids(page({"groups": None}))[1] == ids(page({"groups": []}))[1] == set()
    assert ids(summary([{"id": None, "seconds": 5, "ids": [1, 2]}], [{"id": 3, "ids": []}]))[1] == {1, 2}
    assert ids(summary([{"id": 1, "seconds": 5}]))[1] is None
    assert ids(summary([{"id": 1, "ids": [1]}], [{"id": 1, "ids": None}]))[1] is None


@pytest.mark.parametrize(
    "bent",
    [
        *({}, [], None, "x", {"groups": 5}, {"groups": [5]}, {"groups": [{"id": 1}]}),
        *({"groups": [{"sub_groups": [{"ids": ["x"]}]}]}, {"groups": [{"sub_groups": [{"ids": 5}]}]}),
    ],
)
def test_a_summary_in_another_shape_has_no_ids(bent: Any):
    assert ids(page(bent))[1] is None


@pytest.mark.parametrize("ask", [TogglClient.latest_updates, TogglClient.entry_ids])
def test_more_than_366_days_are_a_mistake_of_the_caller(ask: Any):
    toggl = Toggl([])
    with pytest.raises(ValueError, match="is not a range of 1 to 366 days"):
        call(toggl.client, lambda client: ask(client, date(2023, 1, 1), date(2024, 1, 2)))
    assert not toggl.requested


@pytest.mark.parametrize("cap", [20, 100, 1000])
def test_pages_of_updates_are_all_entries_once_the_last_updated_first(
    work_log: Sandbox,  # noqa: F811
    log_folder: Path,
    cap: int,
):
    logged = len(of_days(read_entries(log_folder), *BUSY))

    async def all_updates(client: TogglClient) -> list[Entry]:
        entries, cursor = await client.latest_updates(*BUSY)
        while cursor:
            more, cursor = await client.latest_updates(*BUSY, json.loads(json.dumps(cursor)))
            entries += more
        return entries

    with switched(work_log, page_cap=cap):
        requests = Counter()
        found = call(client_of(work_log, requests=requests), all_updates)
        assert requests["toggl"] == -(-logged // cap)
    assert {entry.id for entry in found} == {entry.id for entry in walk(client_of(work_log), *BUSY)}
    assert len(found) == logged
    moments = [entry.updated_at for entry in found]
    assert moments == sorted(moments, reverse=True)
    assert {entry.id for entry in found} == call(client_of(work_log), lambda client: client.entry_ids(*BUSY))


def test_with_one_attempt_trouble_is_reported_at_once(work_log: Sandbox):  # noqa: F811
    ready = work_log.ready
    access = TogglAccess(ready["toggl_url"], SecretStr(ready["toggl_token"]), ready["workspace_id"])
    with switched(work_log):
        work_log.fail_next("search/time_entries", faults.BAD_GATEWAY)
        with pytest.raises(ServiceUnreachable, match=r"no usable answer \(HTTP 502\)"):
            call(TogglClient(access, attempts=1), lambda client: client.latest_updates(DAY, DAY))
        assert [requested["status"] for requested in work_log.requests] == [502]
