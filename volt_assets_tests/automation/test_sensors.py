"""Sensors and schedules, evaluated as Dagster's daemon does, on a company that people change meanwhile.

The company lives in December 2024, and so does the clock: what Toggl stamps its updates with is what the sensors go by.
"""

import asyncio
import logging
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import dagster as dg
import pytest
from dagster._core.test_utils import create_run_for_test

from volt_assets.automation import sensors
from volt_assets.automation.decisions import MOST_ATTEMPTS
from volt_assets.definitions import WEEKLY_JOB, build_defs
from volt_assets.errors import BadInput, QuotaExhausted
from volt_assets.orchestration import run_records
from volt_assets.sandbox import faults
from volt_assets.sandbox.company import Company, Entry, FiberyWorkspace, TogglWorkspace
from volt_assets.sandbox.server import Sandbox, start_sandbox
from volt_assets.settings import Settings
from volt_assets.toggl.client import TogglClient
from volt_assets.toggl.fetching import fetch_weeks
from volt_assets.toggl.quota import Pool, store_pool
from volt_assets.toggl.storage import store_week
from volt_assets.warehouse import Warehouse
from volt_assets.weeks import weeks_between

WEEK = timedelta(weeks=1)
# Wednesday; the newest closed week is that of 9 December.
NOW = datetime(2024, 12, 18, 12, tzinfo=UTC)
FIRST, SECOND, THIRD, NEWEST = (date(2024, 11, 18) + n * WEEK for n in range(4))
SUMMARY, SEARCH_TOTALS = "summary/time_entries", "search/time_entries/totals"


def seconds(day: date, hour: float = 9) -> int:
    return int((datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=hour)).timestamp())


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    company = Company(TogglWorkspace(name="Small"), FiberyWorkspace("small"))
    with start_sandbox(company) as sandbox:
        yield sandbox


class Small:
    """A company of two people who track two hours a day, its warehouse, and a clock."""

    def __init__(self, sandbox: Sandbox, home: Path, monkeypatch: pytest.MonkeyPatch):
        self.sandbox, self.home, self.monkeypatch = sandbox, home, monkeypatch
        self.toggl = sandbox.company.toggl
        self.instance = dg.DagsterInstance.ephemeral()
        self.now = NOW
        self.cursor: str | None = None
        for person in self.toggl.people.values():
            for day in (FIRST + timedelta(days=n) for n in range(5 * 7)):
                start = seconds(day)
                for hour in range(2):
                    begin = start + hour * 3600 + person.id % 2 * 60
                    self.toggl.add_entry(person, begin, begin + 3000, "work", at=begin + 3000)
        self.toggl.clock = int(self.now.timestamp())

    def settings(self, **more: str) -> Settings:
        environment = self.sandbox.environment | {"VOLT_FIRST_WEEK": "2024-09-02", "VOLT_LOCK_WAIT": "0.1"} | more
        for name, value in environment.items():
            self.monkeypatch.setenv(name, value)
        return Settings.load(self.home, dotenv=False)

    def fetch(self, *weeks: date) -> None:
        """Fetch and store, as a run does, at the clock's time."""
        settings = self.settings()

        async def run() -> None:
            async with TogglClient(settings.require_toggl()) as client:
                people = await client.people()
                for first in [week for week in weeks if week - WEEK not in weeks]:
                    unbroken = [week for week in weeks if week >= first]
                    while any(after - before != WEEK for before, after in pairwise(unbroken)):
                        unbroken.pop()
                    async for whole in fetch_weeks(client, unbroken, settings.zone):
                        for fetched in whole:
                            assert fetched.problem is None
                            with self.warehouse.transaction() as connection:
                                store_week(connection, fetched, people, settings.zone, None, self.now)

        asyncio.run(run())

    @property
    def warehouse(self) -> Warehouse:
        return Warehouse(database=str(self.settings().warehouse_path))

    def reset_quota(self) -> None:
        """As when Toggl's hour is over."""
        with self.warehouse.transaction() as connection:
            connection.execute("DELETE FROM toggl_quota")

    def entry(self, week: date, n: int = 0) -> Entry:
        start = seconds(week)
        of_week = [e for e in self.toggl.entries.values() if start <= e.start < start + 7 * 86400]
        return sorted(of_week, key=lambda entry: entry.start)[n]

    def add(self, week: date, hour: float = 20) -> Entry:
        start = seconds(week, hour)
        return self.toggl.add_entry(self.toggl.owner, start, start + 600, "added")

    def move(self, entry: Entry, week: date) -> None:
        start = seconds(week, 22)
        self.toggl.edit_entry(entry.id, start=start, stop=start + 600)

    def tick(self, name: str, **more: str) -> SimpleNamespace:
        """Evaluate a sensor: the weeks it asks for, its run keys, why it skipped, the paths it asked Toggl."""
        built = sensors.build_automation(self.settings(**more), WEEKLY_JOB, lambda: self.now)
        sensor = next(sensor for sensor in built.sensors if sensor.name == name)
        self.sandbox.requests.clear()
        context = dg.build_sensor_context(instance=self.instance, cursor=self.cursor, sensor_name=name)
        log: list[str] = []
        context._logger = logging.Logger("tick")
        context._logger.addFilter(lambda record: log.append(record.getMessage()))
        result = sensor(context)
        if isinstance(result, dg.SkipReason):
            result = dg.SensorResult(skip_reason=result)
        self.cursor = result.cursor
        requests = result.run_requests or []
        asked_for = [
            weeks_between(*(date.fromisoformat(request.tags[f"volt/{end}_date"]) for end in ("start", "end")))
            for request in requests
        ]
        return SimpleNamespace(
            weeks=[week for weeks in asked_for for week in weeks],
            runs=asked_for,
            keys=[request.run_key for request in requests],
            requests=requests,
            log=log,
            reason=result.skip_reason.skip_message if result.skip_reason else None,
            paths=[request["path"].rpartition("/workspace/")[2].partition("/")[2] for request in self.sandbox.requests],
        )

    def run(self, name: str, week: date, key: str, status: dg.DagsterRunStatus, tags: dict | None = None) -> None:
        """Record a run that a sensor asked for."""
        asked_for = {"dagster/sensor_name": name, "dagster/run_key": key, "dagster/partition": week.isoformat()}
        create_run_for_test(self.instance, job_name=WEEKLY_JOB, status=status, tags=asked_for if tags is None else tags)


@pytest.fixture
def small(sandbox, tmp_path, monkeypatch) -> Small:
    toggl = sandbox.company.toggl
    toggl.entries.clear()
    if not toggl.people:
        for name in ("Ana", "Bo"):
            toggl.add_person(name, f"{name.lower()}@example.com", "UTC")
    sandbox.forget()
    return Small(sandbox, tmp_path, monkeypatch)


@contextmanager
def switched(sandbox: Sandbox, **switches) -> Iterator[None]:
    before = {name: getattr(sandbox.settings, name) for name in switches}
    for name, value in switches.items():
        setattr(sandbox.settings, name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(sandbox.settings, name, value)


# Closed weeks


def test_with_an_empty_home_the_newest_closed_week_is_asked_for_and_nothing_is_made_or_sent(small):
    tick = small.tick("closed_weeks")
    assert (tick.weeks, tick.paths) == ([NEWEST], [])
    assert not small.settings().warehouse_path.exists()
    days = {"volt/start_date": "2024-12-09", "volt/end_date": "2024-12-15"}
    why = "The week of 2024-12-09 is requested: it has closed and is not stored."
    assert tick.requests[0].tags == {**days, ".dagster/volt_reason": why}
    assert tick.log == [why]


def test_closed_weeks_are_caught_up_from_the_first_stored_one_on(small):
    small.fetch(FIRST)
    assert small.tick("closed_weeks").weeks == [SECOND, THIRD]
    assert small.tick("closed_weeks", VOLT_CATCH_UP="3").weeks == [SECOND, THIRD, NEWEST]


def test_a_week_fetched_while_it_was_open_is_asked_for_once_it_is_due(small):
    small.now = NOW + timedelta(days=1)
    small.fetch(NEWEST, NEWEST + WEEK)
    assert small.tick("closed_weeks").weeks == []
    small.now = datetime(2024, 12, 23, 5, 59, tzinfo=UTC)
    assert small.tick("closed_weeks").reason == "The week of 2024-12-16 is due on Monday 2024-12-23 at 06:00 (UTC)."
    assert small.tick("closed_weeks", VOLT_WEEK_DUE="Monday 05:30").weeks == [NEWEST + WEEK]
    small.now += timedelta(minutes=1)
    assert small.tick("closed_weeks").weeks == [NEWEST + WEEK]


def test_a_warehouse_in_use_is_unreadable_not_empty(small):
    small.fetch(NEWEST)
    path = str(small.settings().warehouse_path)
    script = f"import duckdb, sys; held = duckdb.connect({path!r}); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline() == b"open\n"
        ticks = [small.tick("closed_weeks"), small.tick("late_edits")]
        holder.stdin.close()
    assert [tick.weeks for tick in ticks] == [[], []]
    assert all("has been in use by another process" in tick.reason for tick in ticks)


def test_a_failed_week_is_asked_for_again_in_time_and_not_for_ever(small):
    small.fetch(THIRD)
    # Records of runs have the real time, by which weeks after the newest one have closed too.
    real_now = datetime.now(UTC)
    keys = []
    for _ in range(MOST_ATTEMPTS):
        small.now = real_now + timedelta(days=2)
        tick = small.tick("closed_weeks", VOLT_CATCH_UP="1")
        assert tick.weeks == [NEWEST]
        keys += tick.keys
        small.run("closed_weeks", NEWEST, tick.keys[0], dg.DagsterRunStatus.FAILURE)
        small.now = real_now
        assert NEWEST not in small.tick("closed_weeks").weeks
    assert keys == [f"{NEWEST}:{n}" for n in range(1, MOST_ATTEMPTS + 1)]
    small.now = real_now + timedelta(days=900)
    assert small.tick("closed_weeks").weeks[0] == NEWEST + WEEK


@pytest.mark.parametrize("status", [dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.STARTED])
def test_weeks_of_runs_that_are_not_over_are_left_alone(small, status):
    small.fetch(FIRST)
    somebodys = {"dagster/asset_partition_range_start": f"{SECOND}", "dagster/asset_partition_range_end": f"{THIRD}"}
    small.run("", SECOND, "", status, tags=somebodys)
    assert small.tick("closed_weeks").weeks == [NEWEST]
    small.run("closed_weeks", NEWEST, "k", status)
    assert small.tick("closed_weeks").weeks == []


def test_unbroken_weeks_are_one_run_and_its_failure_is_an_attempt_of_each(small):
    small.fetch(FIRST)
    tick = small.tick("closed_weeks", VOLT_CATCH_UP="3")
    assert tick.runs == [[SECOND, THIRD, NEWEST]]
    (request,) = tick.requests
    assert (request.partition_key, request.tags["dagster/asset_partition_range_end"]) == (None, f"{NEWEST}")
    assert len(tick.log) == 3
    launched = request.tags | {"dagster/sensor_name": "closed_weeks", "dagster/run_key": request.run_key}
    small.run("", SECOND, "", dg.DagsterRunStatus.FAILURE, tags=launched)
    assert small.tick("closed_weeks", VOLT_CATCH_UP="3").weeks == []
    # By then, weeks after the newest one have closed too.
    small.now = datetime.now(UTC) + timedelta(minutes=11)
    again = small.tick("closed_weeks", VOLT_CATCH_UP="3")
    assert again.runs == [[SECOND], [THIRD], [NEWEST]]
    assert again.keys == [f"{week}:2" for week in (SECOND, THIRD, NEWEST)]


def test_weeks_that_a_failed_run_has_stored_are_asked_for_until_somebody_brings_them_to_their_end(small):
    small.fetch(FIRST)
    (request,) = small.tick("closed_weeks").requests
    launched = request.tags | {"dagster/sensor_name": "closed_weeks", "dagster/run_key": request.run_key}
    small.run("", SECOND, "", dg.DagsterRunStatus.FAILURE, tags=launched)
    small.now = datetime.now(UTC) + timedelta(minutes=11)
    small.fetch(SECOND, THIRD)
    assert small.tick("closed_weeks").runs == [[SECOND], [THIRD]]
    somebodys = {"dagster/asset_partition_range_start": f"{SECOND}", "dagster/asset_partition_range_end": f"{THIRD}"}
    small.run("", SECOND, "", dg.DagsterRunStatus.SUCCESS, tags=somebodys)
    assert not {SECOND, THIRD} & set(small.tick("closed_weeks").weeks)


# Late edits


def test_a_tick_says_of_each_week_what_changed_in_it_and_asks_for_unbroken_ones_together(small):
    small.fetch(FIRST, SECOND, THIRD, NEWEST)
    small.add(FIRST)
    small.add(FIRST, 21)
    small.toggl.delete_entry(small.entry(FIRST, 3).id)
    small.toggl.edit_entry(small.entry(SECOND).id, description="other")
    small.move(small.entry(SECOND, 3), NEWEST)
    tick = small.tick("late_edits")
    assert tick.runs == [[FIRST, SECOND], [NEWEST]]
    assert tick.log == [
        f"The week of {FIRST} is requested: entries: 2 added, 1 deleted.",
        f"The week of {SECOND} is requested: entries: 1 edited, 1 moved.",
        f"The week of {NEWEST} is requested: entries: 1 moved.",
    ]
    assert tick.requests[0].tags[".dagster/volt_reason"] == " ".join(tick.log[:2])


def test_without_complete_weeks_there_is_nothing_to_compare_and_nothing_is_sent(small):
    assert small.tick("late_edits").paths == []
    small.now = datetime(2024, 12, 11, tzinfo=UTC)
    small.fetch(NEWEST)
    small.now = NOW
    tick = small.tick("late_edits")
    assert (tick.paths, tick.reason) == ([], "None of the last 8 closed weeks is complete yet.")


def test_an_unchanged_company_costs_two_requests_a_tick(small):
    small.fetch(FIRST, SECOND, THIRD, NEWEST)
    for _ in range(2):
        tick = small.tick("late_edits")
        assert (tick.weeks, tick.reason) == ([], "Toggl holds what is stored.")
        assert tick.paths == ["search/time_entries", SUMMARY]


@pytest.mark.parametrize(
    ("change", "weeks"),
    [
        (lambda small: small.add(SECOND), [SECOND]),
        (lambda small: small.toggl.edit_entry(small.entry(THIRD).id, description="other"), [THIRD]),
        (lambda small: small.toggl.delete_entry(small.entry(FIRST, 3).id), [FIRST]),
        (lambda small: small.move(small.entry(FIRST), NEWEST), [FIRST, NEWEST]),
        (lambda small: small.move(small.entry(THIRD), NEWEST + WEEK), [THIRD]),
        (lambda small: small.move(small.entry(NEWEST + WEEK), NEWEST), [NEWEST]),
        (lambda small: small.add(NEWEST + WEEK), []),
        (lambda small: (small.add(FIRST), small.toggl.delete_entry(small.entry(NEWEST).id)), [FIRST, NEWEST]),
    ],
    ids=[
        "added",
        "edited",
        "deleted",
        "moved",
        "moved to the open week",
        "moved here",
        "in the open week",
        "two weeks",
    ],
)
def test_exactly_the_weeks_that_changed_are_asked_for(small, change, weeks):
    small.fetch(FIRST, SECOND, THIRD, NEWEST)
    change(small)
    tick = small.tick("late_edits")
    assert (tick.weeks, len(tick.paths)) == (weeks, 2)
    small.fetch(*weeks)
    assert small.tick("late_edits").weeks == []


def test_weeks_before_those_looked_back_at_are_left_alone_but_for_what_moved_out_of_them(small):
    small.fetch(FIRST, SECOND, THIRD, NEWEST)
    small.toggl.edit_entry(small.entry(FIRST).id, description="other")
    assert small.tick("late_edits", VOLT_LOOKBACK_WEEKS="2").weeks == []
    small.move(small.entry(SECOND), NEWEST)
    assert small.tick("late_edits", VOLT_LOOKBACK_WEEKS="2").weeks == [SECOND, NEWEST]
    # What was not looked at is not taken for known.
    assert small.tick("late_edits", VOLT_LOOKBACK_WEEKS="8").weeks == [FIRST, SECOND, NEWEST]


def test_a_changed_week_is_asked_for_once_while_it_is_run_and_waits_after_a_failure(small):
    small.fetch(NEWEST)
    small.add(NEWEST)
    (key,) = small.tick("late_edits").keys
    assert small.tick("late_edits").keys == [key]
    small.run("late_edits", NEWEST, key, dg.DagsterRunStatus.STARTED)
    assert "is being run" in small.tick("late_edits").reason
    small.instance.report_run_failed(small.instance.get_runs()[0])
    assert "failed; it is tried again" in small.tick("late_edits").reason


def test_a_week_that_a_refetch_does_not_bring_into_line_is_left_alone_until_something_else_changes(small):
    small.fetch(NEWEST)
    added = small.add(NEWEST)
    (key,) = small.tick("late_edits").keys
    small.run("late_edits", NEWEST, key, dg.DagsterRunStatus.SUCCESS)
    assert "still differs from Toggl's reports" in small.tick("late_edits").reason
    small.toggl.edit_entry(added.id, description="again")
    assert small.tick("late_edits").weeks == [NEWEST]


@pytest.mark.parametrize("cap", [7, 20, 50])
def test_what_needs_more_than_three_requests_goes_on_at_the_next_tick(small, cap):
    small.fetch(FIRST, SECOND, THIRD, NEWEST)
    for n in range(4 * cap):
        small.toggl.edit_entry(small.entry(THIRD, n % 28).id, description=f"edit {n}")
    small.add(FIRST)
    small.toggl.edit_entry(small.entry(SECOND).id, description="the latest")
    found, ticks = [], 0
    with switched(small.sandbox, page_cap=cap):
        while (ticks == 0 or small.cursor) and ticks < 100:
            tick = small.tick("late_edits")
            assert len(tick.paths) <= 3
            found += tick.weeks
            ticks += 1
    assert set(found) == {FIRST, SECOND, THIRD}
    assert tick.paths[-1] == SUMMARY


def test_where_the_answer_has_no_ids_deleted_time_shows_in_the_day_totals(small):
    small.fetch(FIRST, SECOND, THIRD, NEWEST)
    small.toggl.delete_entry(small.entry(SECOND).id)
    small.toggl.edit_entry(small.entry(FIRST).id, description="other")
    with switched(small.sandbox, summary_ids=False):
        tick = small.tick("late_edits")
        assert (tick.weeks, tick.paths) == ([FIRST, SECOND], ["search/time_entries", SUMMARY, SEARCH_TOTALS])
        small.fetch(FIRST, SECOND)
        assert small.tick("late_edits").weeks == []


def test_where_the_order_is_not_that_of_updates_changed_time_shows_in_the_day_totals(small):
    small.fetch(FIRST, SECOND, THIRD, NEWEST)
    entry = small.entry(FIRST)
    small.toggl.edit_entry(entry.id, stop=entry.stop + 600)
    with switched(small.sandbox, last_update_order="ignored", page_cap=20):
        tick = small.tick("late_edits")
        assert (tick.weeks, tick.paths) == ([FIRST], ["search/time_entries", SUMMARY, SEARCH_TOTALS])
        small.fetch(FIRST)
        assert small.tick("late_edits").weeks == []


def test_without_ids_and_order_three_requests_a_tick_still_find_what_changed(small):
    small.fetch(FIRST, SECOND, THIRD, NEWEST)
    small.move(small.entry(SECOND), THIRD)
    with switched(small.sandbox, last_update_order="ignored", summary_ids=False, page_cap=50, over_cap="refuse"):
        found, ticks = [], 0
        while (ticks == 0 or small.cursor) and ticks < 100:
            tick = small.tick("late_edits")
            found += tick.weeks
            ticks += 1
            assert len(tick.paths) <= 3
        assert set(found) == {SECOND, THIRD}
        assert ticks == 2


def test_an_edit_that_toggls_reports_showed_late_is_found_among_what_is_read_again(small):
    now = int(small.now.timestamp())
    for n in range(10):
        small.toggl.clock = now - 600 + 60 * n
        small.toggl.edit_entry(small.entry(THIRD, n * 7 % 10).id, description="before the fetch")
    small.toggl.clock = now
    small.fetch(FIRST, SECOND, THIRD, NEWEST)
    start = seconds(SECOND, 20)
    # Older than what is surely known, and not there when the weeks were fetched.
    small.toggl.add_entry(small.toggl.owner, start, start + 600, "late", at=now - 660)
    found, ticks = [], 0
    with switched(small.sandbox, page_cap=4):
        while (ticks == 0 or small.cursor) and ticks < 20:
            found += small.tick("late_edits").weeks
            ticks += 1
    assert found == [SECOND]


# What else


def test_a_toggl_that_refuses_or_is_out_of_quota_is_told_and_nothing_is_asked_for(small):
    small.fetch(NEWEST)
    small.add(NEWEST)
    with switched(small.sandbox, workspace_quota=0):
        tick = small.tick("late_edits")
    assert (tick.weeks, "hourly quota of requests is used up" in tick.reason) == ([], True)
    small.reset_quota()
    tick = small.tick("late_edits", TOGGL_API_TOKEN="wrong")
    assert (tick.weeks, "Check TOGGL_API_TOKEN" in tick.reason) == ([], True)
    assert small.tick("late_edits").weeks == [NEWEST]


def test_while_the_quota_is_used_up_sensors_wait_for_its_reset_and_send_nothing(small):
    small.fetch(FIRST)
    settings, reset = small.settings(), NOW + timedelta(minutes=25)
    # Enough for one request beyond those left to people, and a week takes three.
    with small.warehouse.transaction() as connection:
        store_pool(connection, settings.require_toggl(), Pool(30, settings.volt_toggl_reserve + 1, reset))
    at = f"on {reset:%A %Y-%m-%d at %H:%M} (UTC)"
    tick = small.tick("closed_weeks")
    assert (tick.weeks, tick.paths) == ([], [])
    assert tick.reason.startswith(f"2 weeks wait for Toggl's hourly quota, {at}.")
    assert small.tick("late_edits").reason == f"The search waits for Toggl's hourly quota, {at}."
    small.now = reset
    assert small.tick("closed_weeks").weeks == [SECOND, THIRD]


def test_a_run_that_ended_for_the_quota_is_requested_again_at_once(small):
    small.fetch(FIRST)
    small.run("closed_weeks", SECOND, f"{SECOND}:1", dg.DagsterRunStatus.FAILURE)
    (run,) = small.instance.get_runs()
    assert small.tick("closed_weeks").weeks == [THIRD, NEWEST]
    error = QuotaExhausted("Toggl", "Used up.", resets_in_seconds=60)
    run_records.record_error(small.instance, run.run_id, error)
    assert small.tick("closed_weeks").weeks == [SECOND, THIRD]


def test_a_broken_answer_ends_the_tick_after_one_attempt_and_keeps_what_was_found(small):
    small.fetch(NEWEST)
    small.add(NEWEST)
    small.sandbox.fail_next(SUMMARY, faults.BAD_GATEWAY)
    tick = small.tick("late_edits")
    assert (tick.weeks, len(tick.paths)) == ([NEWEST], 2)
    # The search goes on where it was.
    assert small.tick("late_edits").paths == [SUMMARY]


def test_a_cursor_that_cannot_be_read_begins_a_new_search(small):
    small.fetch(NEWEST)
    small.cursor = '{"from": "another version"}'
    assert small.tick("late_edits").reason == "Toggl holds what is stored."


def test_weeks_of_another_time_zone_are_not_compared_and_the_command_to_fetch_them_is_named(small):
    small.fetch(NEWEST)
    tick = small.tick("late_edits", VOLT_TIMEZONE="Asia/Tokyo")
    assert (tick.weeks, tick.paths) == ([], [])
    assert "Fetch again in the new zone: volt run --start-date 2024-12-09" in tick.reason


def test_runs_whose_process_is_gone_are_ended_so_that_others_can_start(small):
    assert small.tick("dead_runs").reason == "Every run in progress has its process."
    gone = {"volt/pid": "1", "volt/process_started": "1.0", "volt/host": socket.gethostname()}
    small.run("", NEWEST, "", dg.DagsterRunStatus.STARTED, tags=gone)
    (run,) = small.instance.get_runs()
    assert run.run_id in small.tick("dead_runs").reason
    assert small.instance.get_run_by_id(run.run_id).status == dg.DagsterRunStatus.FAILURE


@pytest.mark.parametrize(
    ("automation", "running"),
    [
        ("off", {"dead_runs"}),
        ("sensors", {"closed_weeks", "late_edits", "dead_runs"}),
        ("schedule", {"dead_runs", "week_just_closed"}),
    ],
)
def test_a_setting_decides_what_runs_automatically_and_dead_runs_are_always_ended(small, automation, running):
    defs = build_defs(small.settings(VOLT_AUTOMATION=automation))
    assert {one.name for one in [*defs.sensors, *defs.schedules] if one.default_status.value == "RUNNING"} == running


@pytest.mark.parametrize(
    "setting", ["VOLT_AUTOMATION=on", "VOLT_CATCH_UP=0", "VOLT_LOOKBACK_WEEKS=53", "VOLT_WEEK_DUE=6:00"]
)
def test_a_setting_that_cannot_be_meant_is_refused(small, setting):
    name, _, value = setting.partition("=")
    with pytest.raises(BadInput, match=name):
        small.settings(**{name: value})


def schedules(small: Small, **more: str) -> dict[str, dg.ScheduleDefinition]:
    return {one.name: one for one in sensors.build_automation(small.settings(**more), WEEKLY_JOB).schedules}


@pytest.mark.parametrize(
    ("at", "week"),
    [
        (datetime(2024, 12, 16, 6, tzinfo=UTC), NEWEST),
        # Sunday 23:30 in UTC is Monday in Berlin.
        (datetime(2024, 12, 15, 23, 30, tzinfo=UTC), NEWEST),
        (datetime(2024, 12, 22, 22, 30, tzinfo=UTC), NEWEST),
    ],
)
def test_the_schedule_runs_the_week_that_has_just_closed(small, at, week):
    schedule = schedules(small, VOLT_TIMEZONE="Europe/Berlin")["week_just_closed"]
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("0 6 * * 1", "Europe/Berlin")
    request = schedule(dg.build_schedule_context(scheduled_execution_time=at))
    assert request.partition_key == week.isoformat()
    assert request.tags["volt/end_date"] == "2024-12-15"


def test_the_open_week_is_run_daily_where_that_is_asked_for(small):
    assert "open_week" not in schedules(small)
    schedule = schedules(small, VOLT_OPEN_WEEK="daily", VOLT_WEEK_DUE="Monday 05:15")["open_week"]
    assert (schedule.cron_schedule, schedule.default_status.value) == ("15 5 * * *", "RUNNING")
    request = schedule(dg.build_schedule_context(scheduled_execution_time=NOW))
    assert request.partition_key == "2024-12-16"


def test_dagster_accepts_what_a_sensor_asks_for(small):
    """A request names the job and a partition of it: Dagster resolves both when it launches the run."""
    defs = build_defs(small.settings())
    repository = defs.get_repository_def()
    context = dg.build_sensor_context(instance=small.instance, repository_def=repository, sensor_name="closed_weeks")
    tick = repository.get_sensor_def("closed_weeks").evaluate_tick(context)
    (request,) = tick.run_requests
    assert request.tags["dagster/partition"] == request.partition_key
    assert repository.get_job(WEEKLY_JOB).partitions_def.has_partition_key(request.partition_key)
