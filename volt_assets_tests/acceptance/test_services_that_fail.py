"""Toggl, Fibery or the warehouse cannot be had, before a run was made or in it: exit codes, and no old row is lost."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import pytest
from tenacity import wait_none

from volt_assets.sandbox.faults import BAD_GATEWAY, CONNECTION_DROPPED, INVALID_JSON, Fault, quota_used_up
from volt_assets_tests.acceptance.conftest import BUSIEST, Fetched
from volt_assets_tests.acceptance.home import Home, Outcome

WEEK = "--start-date", BUSIEST[0], "--end-date", BUSIEST[1]
PEOPLE, SCHEMA, PAGES, ENTITIES = "/workspace_users", "/api/schema", "/search/time_entries", "/api/commands"
ATTEMPTS = 5
# Once a request of several queries is given up, three of them are sent alone, twice each.
GIVEN_UP = ATTEMPTS + 3 * 2
REFUSED = Fault(403, "no")


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("volt_assets.http._backoff", wait_none())


@pytest.fixture
def home(busiest: Fetched, tmp_path: Path) -> Home:
    return busiest.copy(tmp_path)


def asked(sandbox, part: str) -> int:
    return sum(part in request["path"] for request in sandbox.requests)


@pytest.mark.parametrize(
    ("path", "fault", "times", "exit_code", "code"),
    [
        (PEOPLE, quota_used_up(1838), 1, 4, "quota_exhausted"),
        (PEOPLE, BAD_GATEWAY, ATTEMPTS, 1, "service_unreachable"),
        (SCHEMA, CONNECTION_DROPPED, ATTEMPTS, 1, "service_unreachable"),
        (SCHEMA, REFUSED, 1, 2, "refused"),
    ],
)
def test_what_fails_before_the_run_leaves_no_run(home, sip_sandbox, path, fault, times, exit_code, code):
    before = home.everything()
    sip_sandbox.fail_next(path, fault, times=times)
    outcome = home.volt("run", *WEEK, "--json")
    assert (outcome.exit_code, outcome.json["error"]["code"], outcome.json["run_id"]) == (exit_code, code, None)
    assert outcome.json.keys() == {"error", "run_id"}
    assert home.everything() == before
    assert asked(sip_sandbox, path) == times
    assert asked(sip_sandbox, PAGES) == 0


def test_a_used_up_quota_says_when_to_try_again_and_no_request_is_sent_before(home: Home, sip_sandbox):
    sip_sandbox.fail_next(PEOPLE, quota_used_up(1838))
    outcome = home.volt("run", *WEEK)
    assert outcome.exit_code == 4
    assert "31 minutes" in outcome.stderr
    assert outcome.stdout == ""
    assert home.volt("run", *WEEK).exit_code == 4
    assert asked(sip_sandbox, PEOPLE) == 1
    home.reset_quota()
    assert home.volt("run", *WEEK).exit_code == 0


def test_a_service_that_nobody_answers_for_is_unreachable(busiest: Fetched, sip_sandbox):
    before = busiest.home.everything()
    # Port 9 of loopback: nobody listens there.
    outcome = busiest.home.volt("run", *WEEK, "--json", TOGGL_API_URL="http://127.0.0.1:9")
    assert (outcome.exit_code, outcome.json["error"]["code"]) == (1, "service_unreachable")
    assert busiest.home.everything() == before


IN_THE_RUN = {
    "Toggl's quota, at the first page": (PAGES, quota_used_up(), 1, 4, "quota_exhausted", ["toggl"]),
    "Toggl, unreachable": (PAGES, BAD_GATEWAY, ATTEMPTS, 1, "service_unreachable", ["toggl"]),
    "Toggl, refusing now": (PAGES, REFUSED, 1, 1, "refused", ["toggl"]),
    "Toggl, not JSON": (PAGES, INVALID_JSON, 2, 1, "unexpected_answer", ["toggl"]),
    "Fibery, unreachable": (ENTITIES, BAD_GATEWAY, GIVEN_UP, 1, "service_unreachable", ["fibery"]),
}  # fmt: skip


@pytest.mark.parametrize("what", IN_THE_RUN)
def test_what_fails_in_the_run_leaves_a_failed_run_with_its_metadata_alone(home, busiest, sip_sandbox, what):
    path, fault, times, exit_code, code, stages = IN_THE_RUN[what]
    sip_sandbox.fail_next(path, fault, times=times, after=1 if path == PAGES else 0)
    outcome = home.volt("run", *WEEK, "--json")
    assert outcome.exit_code == exit_code, outcome
    assert outcome.json["error"]["code"] == code
    (run_id, status) = (home.dagster_runs().keys() - busiest.home.dagster_runs().keys()).pop(), "failed"
    assert home.dagster_runs()[run_id] == status
    metadata = the_metadata_alone(home, outcome)
    assert metadata["run_id"] == outcome.json["run_id"]
    assert (metadata["dagster_run_id"], metadata["status"]) == (run_id, status)
    assert metadata["error"] == outcome.json["error"]
    assert metadata["failed_stages"] == stages
    assert metadata["completed_stages"] == ["toggl"] * (stages == ["fibery"])
    seen = Counter(request["service"] for request in sip_sandbox.requests)
    assert metadata["requests"] == {"toggl": seen["toggl"], "fibery": seen["fibery"], "openai": 0}
    assert "Traceback" not in outcome.stdout + outcome.stderr
    assert home.tables(times=False) == busiest.home.tables(times=False)

    # And the next run, without the failure, is as any other.
    home.reset_quota()
    assert home.run(*BUSIEST).json["run_id"] != outcome.json["run_id"]


def the_metadata_alone(home: Home, outcome: Outcome) -> dict:
    folder = home.project / "tmp" / "runs" / outcome.json["run_id"]
    assert [path.name for path in folder.iterdir()] == ["run_metadata.json"]
    assert {path.name for path in folder.parent.iterdir() if path.name.startswith(".")} == set()
    return json.loads((folder / "run_metadata.json").read_text())


@pytest.mark.slow
def test_weeks_fetched_before_the_quota_ran_out_stay_fetched_and_show(new_sip_home, sip_sandbox):
    home = new_sip_home()
    asked_for = ["2007-11-12", "2007-11-19", "2007-11-26", "2007-12-03", "2007-12-10"]
    sip_sandbox.settings.page_cap = 100
    # One request for totals passes, and five of the pages.
    sip_sandbox.fail_next(PAGES, quota_used_up(), after=6)
    outcome = home.volt("run", "--start-date", asked_for[0], "--end-date", "2007-12-16", "--json")
    assert (outcome.exit_code, outcome.json["error"]["code"]) == (4, "quota_exhausted")
    weeks = [str(week) for (week,) in home.sql("SELECT week FROM toggl_weeks WHERE complete ORDER BY week")]
    assert 0 < len(weeks) < len(asked_for)
    assert weeks == asked_for[: len(weeks)]
    with home.instance() as instance:
        for asset in ("toggl_time_entries", "people"):
            assert instance.get_materialized_partitions(dg.AssetKey(asset)) == set(weeks)
        assert instance.get_materialized_partitions(dg.AssetKey("tracked_time")) == set()

    sip_sandbox.settings.page_cap = 1000
    alone = new_sip_home()
    alone.run(weeks[0], weeks[-1])
    rows = "SELECT * FROM toggl_time_entries ORDER BY ALL"
    assert home.sql(rows) == alone.sql(rows)
    told, at_the_end = (each.metadata("toggl_time_entries", weeks[0]) for each in (home, alone))
    assert {name: told[name] for name in ("entries", "hours", "people", "volt/complete")} == {
        name: at_the_end[name] for name in ("entries", "hours", "people", "volt/complete")
    }
    # The next run of all weeks, once there are requests again, goes on as if nothing had happened.
    home.reset_quota()
    assert len(home.run(asked_for[0], "2007-12-16").json["weeks"]) == len(asked_for)


@contextmanager
def held_by_another_process(warehouse: Path) -> Iterator[None]:
    hold = "import sys, duckdb; c = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
    process = subprocess.Popen(
        [sys.executable, "-c", hold, str(warehouse)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout.readline() == "held\n"
        yield
        process.stdin.close()


def test_a_busy_warehouse_is_told_before_any_request(busiest: Fetched, sip_sandbox):
    before = busiest.home.everything()
    with held_by_another_process(busiest.home.project / ".volt" / "warehouse.duckdb"):
        outcome = busiest.home.volt("run", *WEEK, "--json", VOLT_LOCK_WAIT="0.2")
        later = busiest.home.volt("run", *WEEK, "--start-from", "reports", "--json", VOLT_LOCK_WAIT="0")
    for refused in (outcome, later):
        assert (refused.exit_code, refused.json["error"]["code"]) == (4, "warehouse_busy")
        assert refused.json["run_id"] is None
        assert "warehouse.duckdb" in refused.json["error"]["message"]
    assert sip_sandbox.requests == []
    assert busiest.home.everything() == before
