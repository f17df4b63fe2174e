"""`volt doctor`, against the sandbox: what it checks, what it sends, how it ends, and what it writes."""

import json
from collections.abc import Iterator

import pytest

from volt_assets.runs.doctor.facts import shape
from volt_assets.sandbox.faults import BAD_GATEWAY, COMMANDS_TIME_OUT, Fault
from volt_assets.sandbox.generated import generated_company
from volt_assets.sandbox.server import Sandbox, start_sandbox
from volt_assets.sandbox.settings import SandboxSettings
from volt_assets_tests.acceptance.home import Home

NAMES = [
    "settings",
    "configuration",
    "model",
    "warehouse",
    "dagster_home",
    "disk",
    "toggl_token",
    "toggl_rights",
    "time_zones",
    "toggl_history",
    "toggl_quota",
    "fibery_token",
    "fibery_schema",
    "fibery_queries",
    "clock",
]


@pytest.fixture(scope="module")
def server() -> Iterator[Sandbox]:
    with start_sandbox(generated_company(), SandboxSettings(fibery_limits=False, workspace_quota=240)) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(server: Sandbox) -> Iterator[Sandbox]:
    usual = dict(vars(server.settings))
    server.forget()
    yield server
    server.forget()
    vars(server.settings).update(usual)


@pytest.fixture
def home(sandbox, tmp_path) -> Home:
    return Home(tmp_path, sandbox.environment)


def sent(sandbox: Sandbox, service: str) -> int:
    return sum(request["service"] == service for request in sandbox.requests)


def checks(outcome) -> dict[str, dict]:
    return {check["name"]: check for check in outcome.json["checks"]}


def test_a_new_home_is_checked_with_three_requests_each_and_nothing_is_made(home, sandbox):
    outcome = home.volt("doctor", "--json")
    assert outcome.exit_code == 0, outcome
    assert outcome.json.keys() == {"ok", "checks"}
    assert outcome.json["ok"] is True
    assert [check["name"] for check in outcome.json["checks"]] == NAMES
    assert all(check.keys() == {"name", "status", "found", "advice"} for check in outcome.json["checks"])
    assert all((check["advice"] is None) == (check["status"] == "ok") for check in outcome.json["checks"])
    assert (sent(sandbox, "toggl"), sent(sandbox, "fibery")) == (3, 2)
    assert not home.project.joinpath(".volt").exists()
    told = home.volt("doctor").stdout
    assert "TOGGL_API_TOKEN in the environment" in told
    assert sandbox.settings.toggl_token not in told + outcome.stdout


def test_deep_probes_keep_to_their_number_and_facts_hold_no_values(home, sandbox):
    file = home.project / "facts.json"
    outcome = home.volt("doctor", "--deep", "--facts", str(file), "--json")
    assert outcome.exit_code == 0, outcome
    assert 3 < sent(sandbox, "toggl") <= 12
    assert 3 < sent(sandbox, "fibery") <= 6
    probes = {name: check["found"] for name, check in checks(outcome).items() if name.startswith("deep_")}
    assert len(probes) == 7
    assert "schema-field-not-found" in probes["deep_fibery_missing_field"]
    assert "lead to the same page" in probes["deep_toggl_cursor"]
    facts = file.read_text()
    assert file.stat().st_mode & 0o077 == 0
    company = sandbox.company
    values = {company.toggl.name, sandbox.settings.toggl_token, str(company.toggl.id)}
    for person in company.toggl.people.values():
        values |= {person.name, person.email, person.timezone, str(person.id)}
    values |= {entry.description for entry in list(company.toggl.entries.values())[-50:] if entry.description}
    assert [value for value in values if f'"{value}' in facts] == []
    answers = json.loads(facts)["answers"]
    assert len(answers) == len(sandbox.requests)
    assert {"time_entries", "username", "at"} & set(json.dumps(answers).split('"'))


def test_a_token_that_is_refused_has_failed_and_the_other_service_is_checked(home):
    outcome = home.volt("doctor", "--json", TOGGL_API_TOKEN="0" * 32)
    assert (outcome.exit_code, outcome.json["ok"]) == (1, False)
    assert checks(outcome)["toggl_token"]["status"] == "failed"
    assert "TOGGL_API_TOKEN" in checks(outcome)["toggl_token"]["advice"]
    assert checks(outcome)["fibery_queries"]["status"] == "ok"


def test_what_is_not_set_or_cannot_be_read_has_failed(home, sandbox):
    outcome = home.volt("doctor", "--json", TOGGL_API_TOKEN=None, FIBERY_API_TOKEN=None)
    assert outcome.exit_code == 1
    assert "volt init" in checks(outcome)["toggl_token"]["advice"]
    assert "FIBERY_API_TOKEN" in checks(outcome)["fibery_token"]["found"]
    assert sandbox.requests == []
    wrong = home.volt("doctor", "--json", VOLT_TIMEZONE="Europe/Atlantis")
    assert (wrong.exit_code, [check["name"] for check in wrong.json["checks"]]) == (1, ["settings"])


@pytest.mark.parametrize(
    ("environment", "status", "words"),
    [
        ({"OPENAI_API_KEY": "k"}, "warning", "VOLT_PROSE is off"),
        ({"OPENAI_API_KEY": "k", "VOLT_PROSE": "off"}, "ok", "Templates"),
        ({"VOLT_PROSE": "worded"}, "warning", "no model can be asked"),
        ({"OPENAI_API_KEY": "k", "VOLT_PROSE": "checked"}, "ok", "gpt-5-mini"),
    ],
)
def test_a_key_of_a_model_without_leave_to_write_or_the_other_way_round_is_a_warning(home, environment, status, words):
    check = checks(home.volt("doctor", "--json", **environment))["model"]
    assert check["status"] == status
    assert words in check["found"]


@pytest.mark.parametrize(
    ("switch", "name", "words"),
    [
        ({"people": 403}, "toggl_rights", "lists nobody"),
        ({"days_shown": 90}, "toggl_history", "last 90 days"),
    ],
)
def test_what_a_service_hides_or_refuses_is_a_warning(home, sandbox, switch, name, words):
    vars(sandbox.settings).update(switch)
    outcome = home.volt("doctor", "--json")
    check = checks(outcome)[name]
    assert (outcome.exit_code, check["status"]) == (0, "warning"), check
    assert words in check["found"]
    assert sent(sandbox, "toggl") <= 3


def test_a_quota_of_which_only_peoples_requests_are_left_is_a_warning(sandbox, tmp_path):
    with start_sandbox(sandbox.company, SandboxSettings(fibery_limits=False, workspace_quota=7)) as small:
        check = checks(Home(tmp_path, small.environment).volt("doctor", "--json"))["toggl_quota"]
    assert check["status"] == "warning"
    assert "4 of 30 requests an hour are left" in check["found"]


def test_queries_that_fibery_refuses_are_named_without_its_words(home, sandbox):
    sandbox.fail_next("/api/commands", COMMANDS_TIME_OUT)
    check = checks(home.volt("doctor", "--json"))["fibery_queries"]
    assert check["status"] == "warning"
    assert "queries are refused: " in check["found"]
    assert "timeout" in check["found"] or "an error without a name" in check["found"]


@pytest.mark.parametrize("fault", [BAD_GATEWAY, Fault(401, "", {})])
def test_a_service_that_does_not_answer_gets_no_request_more(home, sandbox, fault):
    sandbox.fail_next("/", fault, times=20)
    outcome = home.volt("doctor", "--json")
    assert outcome.exit_code == 1
    assert checks(outcome)["fibery_token"]["status"] == "failed"
    assert (sent(sandbox, "toggl"), sent(sandbox, "fibery")) == (1, 1)


def test_facts_that_cannot_be_written_are_bad_input(home):
    outcome = home.volt("doctor", "--json", "--facts", "no/such/folder/facts.json")
    assert outcome.exit_code == 2


def test_a_shape_has_keys_and_types_and_no_values_not_even_in_keys():
    value = [{"id": 1, "name": "Ana", "by_rate": {"10000": 2}, "Ana Lima": None}, {"id": None, "tags": ["x", 1]}]
    assert shape(value) == [
        {
            "(other keys)": "null",
            "by_rate": {"(other keys)": "integer"},
            "id": {"(one of)": ["integer", "null"]},
            "name": "text",
            "tags": [{"(one of)": ["text", "integer"]}],
        }
    ]


@pytest.mark.slow
def test_after_a_run_the_warehouse_and_dagster_are_looked_into(home, sandbox):
    (week,) = home.volt("plan", "--json").json["weeks"]
    home.run(week, week)
    found = checks(home.volt("doctor", "--json"))
    assert "1 weeks are stored, 1 of them complete" in found["warehouse"]["found"]
    assert (found["daemon"]["status"], found["runs"]["status"]) == ("ok", "ok")
    automated = checks(home.volt("doctor", "--json", VOLT_AUTOMATION="sensors"))
    assert automated["daemon"]["status"] == "warning"
