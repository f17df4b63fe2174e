"""Running a sandbox: the failures that a test orders, the log of requests, latency, and starting quickly."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from volt_assets.sandbox import faults
from volt_assets.sandbox.server import start_sandbox
from volt_assets.sandbox.settings import SandboxSettings
from volt_assets_tests.sandbox.conftest import ApiClient, served, small_company

WEEK = {"start_date": "2026-04-06", "end_date": "2026-04-12"}


@pytest.mark.parametrize(
    ("fault", "status", "text"),
    [
        (faults.TOGGL_TOO_MANY, 429, "<center>nginx</center>"),
        (faults.BAD_GATEWAY, 502, "502 Bad Gateway"),
        (faults.GATEWAY_TIMEOUT, 504, "504 Gateway Time-out"),
        (faults.INTERNAL_ERROR, 500, "Internal Server Error"),
        (faults.FEATURE_NEEDED, 402, "Workspace needs to have this feature enabled"),
        (faults.quota_used_up(90), 402, "Your quota will reset in 90 seconds."),
        (faults.NO_ROWS, 200, "[]"),
    ],
)
def test_the_next_request_fails_as_asked_and_the_one_after_does_not(
    tide: ApiClient, fault: faults.Fault, status: int, text: str
) -> None:
    tide.sandbox.fail_next("search/time_entries", fault)
    answers = [tide.report(WEEK), tide.report(WEEK)]
    assert [answer.status_code for answer in answers] == [status, 200]
    assert text in answers[0].text
    assert len(answers[1].json()) == 50


def test_a_quota_failure_has_its_headers(tide: ApiClient) -> None:
    tide.sandbox.fail_next("search/time_entries", faults.quota_used_up(90))
    headers = tide.report(WEEK).headers
    assert (headers["X-Toggl-Quota-Remaining"], headers["X-Toggl-Quota-Resets-In"]) == ("0", "90")


def test_failures_begin_after_as_many_requests_as_asked(tide: ApiClient) -> None:
    tide.sandbox.fail_next("search/time_entries", faults.BAD_GATEWAY, times=2, after=1)
    assert [tide.report(WEEK).status_code for _ in range(4)] == [200, 502, 502, 200]


def test_failures_concern_only_their_path(tide: ApiClient) -> None:
    tide.sandbox.fail_next("/api/commands", faults.FIBERY_TOO_MANY)
    assert tide.report(WEEK).status_code == 200
    answer = tide.commands([])
    assert (answer.status_code, answer.text) == (429, "Too Many Requests")


def test_failures_can_concern_only_requests_that_hold_a_text(tide: ApiClient) -> None:
    def status(type_name: str) -> int:
        query = {"q/from": type_name, "q/select": ["fibery/id"], "q/limit": 1}
        return tide.commands([{"command": "fibery.entity/query", "args": {"query": query}}]).status_code

    tide.sandbox.fail_next("/api/commands", faults.INTERNAL_ERROR, times=2, containing="Scrum/Bug")
    assert [status(name) for name in ("Scrum/Task", "Scrum/Bug", "Scrum/Task", "Scrum/Bug", "Scrum/Bug")] == [
        200,
        500,
        200,
        500,
        200,
    ]


def test_a_dropped_connection_ends_in_the_middle_of_the_answer(tide: ApiClient) -> None:
    tide.sandbox.fail_next("search/time_entries", faults.CONNECTION_DROPPED)
    with pytest.raises(httpx.RemoteProtocolError):
        tide.report(WEEK)
    assert tide.report(WEEK).status_code == 200
    assert [request["status"] for request in tide.sandbox.requests] == [0, 200]


def test_an_answer_that_is_cut_off_is_no_json(tide: ApiClient) -> None:
    tide.sandbox.fail_next("search/time_entries", faults.INVALID_JSON)
    with pytest.raises(json.JSONDecodeError):
        tide.report(WEEK).json()


@pytest.mark.parametrize("commands", [[{}, {}], {}])
def test_commands_time_out_inside_a_200(tide: ApiClient, commands: object) -> None:
    tide.sandbox.fail_next("/api/commands", faults.COMMANDS_TIME_OUT)
    answer = tide.commands(commands)
    assert answer.status_code == 200
    envelopes = answer.json() if isinstance(commands, list) else [answer.json()]
    assert len(envelopes) == max(1, len(commands))
    assert all(not envelope["success"] and "timeout" in envelope["result"]["message"].lower() for envelope in envelopes)


def test_every_request_is_noted_and_logged(tmp_path: Path) -> None:
    log = tmp_path / "requests.jsonl"
    with start_sandbox(small_company(), requests_log=log) as sandbox:
        ready = sandbox.ready
        with httpx.Client(base_url=ready["toggl_url"]) as client:
            client.get("/api/v9/me?with=query")
            client.get("/api/schema", headers={"Authorization": f"Token {ready['fibery_token']}"})
            client.post("/v1/responses")
        lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert lines == sandbox.requests
    assert lines == [
        {"service": "toggl", "method": "GET", "path": "/api/v9/me", "status": 401},
        {"service": "fibery", "method": "GET", "path": "/api/schema", "status": 200},
        {"service": "openai", "method": "POST", "path": "/v1/responses", "status": 404},
    ]


def test_latency_is_added_to_each_answer_and_not_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    usual, all_wait = asyncio.sleep, asyncio.Barrier(8)
    waited = []

    async def sleep(seconds: float) -> None:
        if seconds == 80:
            waited.append(seconds)
            await all_wait.wait()
        else:
            await usual(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    with served(small_company(), SandboxSettings(latency_ms=80_000)) as api:
        with ThreadPoolExecutor(8) as pool:
            # Nobody gets an answer before all eight wait for theirs.
            answers = list(pool.map(lambda _: api.client.get("/api/v9/me"), range(8)))
        assert len(answers) == len(waited) == 8


def test_the_environment_names_what_volt_reads() -> None:
    with start_sandbox(small_company()) as sandbox:
        ready = sandbox.ready
        assert sandbox.environment == {
            "TOGGL_API_URL": ready["toggl_url"],
            "TOGGL_API_TOKEN": ready["toggl_token"],
            "TOGGL_WORKSPACE_ID": str(ready["workspace_id"]),
            "FIBERY_API_URL": ready["fibery_url"],
            "FIBERY_API_TOKEN": ready["fibery_token"],
            "FIBERY_WORKSPACE_NAME": "small",
        }
        assert ready["toggl_url"] == f"http://127.0.0.1:{sandbox.port}"
