"""Every kind of request, at its first and a later page, with every fault: the week is right, or the run has failed with
its cause in one line and the stored week and its reports are untouched. Never a week that is quietly short.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tenacity import wait_none

from volt_assets.sandbox import faults
from volt_assets.sandbox.faults import Fault
from volt_assets.sandbox.server import Sandbox, start_sandbox
from volt_assets.sandbox.settings import SandboxSettings
from volt_assets_tests.acceptance.home import Home
from volt_assets_tests.warehouse.levels import FIRST, TIMEZONE, company

pytestmark = pytest.mark.slow

WEEK = "2025-10-06", "2025-10-12"
# By name: a part of the path, and one of the body.
REQUESTS = {
    "Toggl's people": ("/workspace_users", ""),
    "Toggl's totals": ("/search/time_entries/totals", ""),
    "Toggl's first page": ("/search/time_entries", '"page_size"'),
    "Toggl's next page": ("/search/time_entries", '"first_row_number"'),
    "Fibery's schema": ("/api/schema", ""),
    "Fibery's entities": ("/api/commands", ""),
}
_HTML = {"content-type": "text/html"}
_JSON = {"content-type": "application/json"}
TOO_MANY_NOW = Fault(429, faults.TOGGL_TOO_MANY.body, _HTML | {"retry-after": "0"})
PAGE_OF_ANOTHER = Fault(200, "<html><body>Sign in to the guest network</body></html>", _HTML)
# What passes is tried again, four times at most: none of these may be seen afterwards.
PASSING = {
    "429, 429 with Retry-After, 502 and a dropped connection": [
        faults.TOGGL_TOO_MANY,
        TOO_MANY_NOW,
        faults.BAD_GATEWAY,
        faults.CONNECTION_DROPPED,
    ],
    "an answer that is cut off": [faults.INVALID_JSON],
    "a page of something on the way": [PAGE_OF_ANOTHER],
}
# What stays, with the exit code and the error's code.
STAYING = {
    "429": (faults.TOGGL_TOO_MANY, 1, "service_unreachable"),
    "402 for the quota": (faults.quota_used_up(1838), 4, "quota_exhausted"),
    "402 for the plan": (faults.FEATURE_NEEDED, 1, "service_failed"),
    "500": (faults.INTERNAL_ERROR, 1, "service_unreachable"),
    "504": (faults.GATEWAY_TIMEOUT, 1, "service_unreachable"),
    "a dropped connection": (faults.CONNECTION_DROPPED, 1, "service_unreachable"),
    "an answer that is cut off": (faults.INVALID_JSON, 1, "unexpected_answer"),
    "a page of something on the way": (PAGE_OF_ANOTHER, 1, "unexpected_answer"),
    "null": (Fault(200, "null", _JSON), 1, "unexpected_answer"),
    "no rows": (faults.NO_ROWS, 1, "unexpected_answer"),
}
OF_TIME = {"toggl_weeks", "toggl_time_entries", "people", "tracked_time", "toggl_summary"}
# Where Toggl lists nobody, the people are those of the entries.
DONE_WITHOUT = {("Toggl's people", "null"), ("Toggl's people", "no rows")}


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("volt_assets.http._backoff", wait_none())


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """Two pages of entries, and three types of work items."""
    settings = SandboxSettings(fibery_limits=False, page_cap=20)
    with start_sandbox(company(tmp_path_factory.mktemp("company")), settings) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def stored(server: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The week as it was before an entry became longer in Toggl."""
    environment = server.environment | {"VOLT_TIMEZONE": TIMEZONE, "VOLT_FIRST_WEEK": str(FIRST)}
    home = Home(tmp_path_factory.mktemp("project"), environment)
    home.run(*WEEK)
    first = next(iter(server.company.toggl.entries.values()))
    server.company.toggl.edit_entry(first.id, stop=first.stop + 600)
    return home


@pytest.fixture(scope="module")
def right(stored: Home, tmp_path_factory: pytest.TempPathFactory) -> dict:
    """The tables after a run without a fault."""
    home = stored.copy(tmp_path_factory.mktemp("right"))
    home.run(*WEEK)
    tables = home.tables(times=False)
    assert tables != stored.tables(times=False)
    return tables


@pytest.fixture
def home(stored: Home, server: Sandbox, tmp_path: Path) -> Home:
    server.forget()
    return stored.copy(tmp_path)


def run(home: Home):
    outcome = home.volt("run", "--json", "--start-date", WEEK[0], "--end-date", WEEK[1])
    assert "Traceback" not in outcome.stdout + outcome.stderr
    return outcome


@pytest.mark.parametrize("fault", PASSING)
@pytest.mark.parametrize("request_", REQUESTS)
def test_a_fault_that_passes_leaves_the_right_week(home, server, right, request_, fault):
    path, body = REQUESTS[request_]
    for each in PASSING[fault]:
        server.fail_next(path, each, containing=body)
    outcome = run(home)
    assert outcome.exit_code == 0, outcome
    assert home.tables(times=False) == right


def test_what_did_not_get_its_answers_gets_them_from_the_next_run(home, server, right):
    server.fail_next("/api/commands", faults.INTERNAL_ERROR, times=1000)
    assert run(home).exit_code == 1
    server.forget()
    assert run(home).exit_code == 0
    assert home.tables(times=False) == right


@pytest.mark.parametrize("fault", STAYING)
@pytest.mark.parametrize("request_", REQUESTS)
def test_a_fault_that_stays_fails_the_run_in_one_line_and_nothing_stored_has_changed(
    home, server, stored, right, request_, fault
):
    path, body = REQUESTS[request_]
    answer, exit_code, code = STAYING[fault]
    before, files = home.tables(times=False), home.folders()
    server.fail_next(path, answer, times=1000, containing=body)
    outcome = run(home)
    if (request_, fault) in DONE_WITHOUT:
        assert outcome.exit_code == 0, outcome
        assert home.tables(times=False) == right
        return
    assert (outcome.exit_code, outcome.json["error"]["code"]) == (exit_code, code), outcome
    message = outcome.json["error"]["message"]
    assert message.startswith(request_.split("'")[0])
    assert "\n" not in message.strip()
    after = home.tables(times=False)
    if request_ == "Fibery's entities":
        # The time is stored by then, as Toggl has it; what rests on Fibery's answers is as it was, the reports too.
        assert {name: after[name] for name in OF_TIME} == {name: right[name] for name in OF_TIME}
        before |= {name: right[name] for name in OF_TIME}
    assert after == before
    # Of the failed run there is what it says of itself, and no report.
    assert {Path(path).name for path in home.folders() - files if "." in Path(path).name} <= {"run_metadata.json"}
