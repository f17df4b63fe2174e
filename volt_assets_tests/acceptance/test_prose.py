"""Sentences by a model: what of them reaches the reports, when it is asked, and what becomes of its failures."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from volt_assets.sandbox.faults import Fault
from volt_assets.sandbox.server import Sandbox
from volt_assets_tests.acceptance.home import Home

FROM_REPORTS = "--start-from", "reports"


@pytest.fixture
def sandbox(generated_server: Sandbox) -> Iterator[Sandbox]:
    usual = dict(vars(generated_server.settings))
    generated_server.forget()
    yield generated_server
    generated_server.forget()
    vars(generated_server.settings).update(usual)


@pytest.fixture
def closed(today: date) -> date:
    """The newest closed week."""
    return today - timedelta(days=today.weekday(), weeks=1)


@pytest.fixture
def days(closed: date) -> tuple[str, str]:
    return str(closed), str(closed + timedelta(days=6))


@pytest.fixture
def home(sandbox: Sandbox, generated_weeks, tmp_path: Path) -> Home:
    """Three stored weeks that templates wrote of, and a key for the model."""
    home = generated_weeks.copy(tmp_path)
    home.environment |= sandbox.model_environment
    return home


def proses(home: Home, week: date) -> dict[int | None, dict[str, Any]]:
    rows = home.sql(
        "SELECT user_id, prose FROM individual_reports WHERE week = $1 "
        "UNION ALL SELECT NULL, prose FROM team_report WHERE week = $1",
        week,
    )
    return {user_id: json.loads(prose) for user_id, prose in rows}


def by_model(prose: dict[str, Any]) -> list[dict[str, Any]]:
    said = [*prose["summary"], *prose["achievements"], *prose["done"].values()]
    return [sentence for sentence in said if sentence["by"] == "model"]


def asked(sandbox: Sandbox) -> int:
    return sum(request["service"] == "openai" for request in sandbox.requests)


def test_what_a_model_writes_is_in_the_reports_and_an_unchanged_week_asks_it_nothing(home, sandbox, days, closed):
    run = home.run(*days, *FROM_REPORTS, VOLT_MODEL_PRICE="0.25,2")
    told = proses(home, closed)
    assert run.json["requests"] == {"toggl": 0, "fibery": 0, "openai": asked(sandbox)}
    assert asked(sandbox) >= len(told)
    assert all(by_model(prose) and prose["model"] == "gpt-5-mini" and prose["cost_usd"] > 0 for prose in told.values())
    (team,) = [text for path, text in run.files().items() if path.endswith("team_summary.md")]
    assert f"Sentences: by gpt-5-mini and templates; {told[None]['tokens']} tokens, 0.0" in team
    metadata = home.metadata("individual_reports", str(closed))
    assert metadata["model_tokens"] == sum(prose["tokens"] for user, prose in told.items() if user is not None)
    assert metadata["written_by_model"] == len(told) - 1
    assert 0 < metadata["model_cost_usd"] < 1

    before, seen = home.tables(), asked(sandbox)
    again = home.run(*days, *FROM_REPORTS, VOLT_MODEL_PRICE="0.25,2")
    assert again.json["requests"]["openai"] == 0
    assert asked(sandbox) == seen
    assert home.tables() == before
    assert {path: text for path, text in again.files().items() if "run_metadata" not in path} == {
        path: text for path, text in run.files().items() if "run_metadata" not in path
    }
    # Somebody without a key sees the same.
    without = home.run(*days, *FROM_REPORTS, OPENAI_API_KEY=None)
    assert home.tables() == before
    assert without.files()["reports/team_summary.md"] == run.files()["reports/team_summary.md"]


def test_with_prose_off_no_model_is_asked_and_no_sentence_of_its_stays_and_worded_is_marked(
    home, sandbox, days, closed
):
    assert (
        "VOLT_PROSE" in home.run(*days, *FROM_REPORTS, VOLT_PROSE=None).stderr
    )  # a key alone does nothing, and it says so
    assert "VOLT_PROSE" not in home.run(*days, *FROM_REPORTS, VOLT_PROSE="off").stderr
    assert asked(sandbox) == 0
    worded = home.run(*days, *FROM_REPORTS, VOLT_PROSE="worded").files()["reports/team_summary.md"]
    assert "Words by gpt-5-mini, figures by Volt." in worded
    seen = asked(sandbox)
    checked = home.run(*days, *FROM_REPORTS, VOLT_PROSE="checked").files()["reports/team_summary.md"]
    assert asked(sandbox) > seen  # another question
    assert "figures by Volt" not in checked
    assert any(map(by_model, proses(home, closed).values()))
    seen = asked(sandbox)
    home.run(*days, *FROM_REPORTS, VOLT_PROSE="off")
    assert asked(sandbox) == seen
    assert not any(map(by_model, proses(home, closed).values()))
    assert (
        home.volt(
            "run", "--json", "--start-date", days[0], "--end-date", days[1], "--prose", VOLT_PROSE="off"
        ).exit_code
        == 2
    )


@pytest.mark.parametrize("writer", ["lying", "babbling"])
def test_of_what_a_lying_model_says_nothing_is_in_a_report(home, sandbox, days, closed, writer):
    before = home.tables()
    sandbox.settings.model = writer
    run = home.run(*days, *FROM_REPORTS)
    assert home.tables() == before
    assert asked(sandbox) == 2 * len(proses(home, closed))  # each report had its second attempt
    metadata = home.metadata("team_report", str(closed))
    assert metadata["written_by_model"] == 0
    assert metadata["model_tokens"] > 0
    # Lies for both places, and against the facts of each item: else this shows nothing.
    assert metadata["sentences_dropped"] > (100 if writer == "lying" else 0)
    for path, text in run.files().items():
        assert "evil.example" not in text, path
        assert "Zebediah" not in text, path


@pytest.mark.slow
def test_the_open_week_and_more_than_two_weeks_are_written_of_where_it_is_asked_for(home, sandbox, closed, today):
    before = closed - timedelta(weeks=1)
    for first, last in ((closed + timedelta(weeks=1), today), (before, today)):
        home.run(str(first), str(last), *FROM_REPORTS)
    assert asked(sandbox) == 0
    home.run(str(before), str(closed + timedelta(days=6)), *FROM_REPORTS)
    assert asked(sandbox) > 0
    opened = closed + timedelta(weeks=1)
    assert not any(map(by_model, proses(home, opened).values()))
    home.run(str(before), str(today), *FROM_REPORTS, "--prose")
    assert any(map(by_model, proses(home, opened).values()))


def test_what_is_asked_for_cannot_be_had_without_a_key(home, days):
    before = home.everything()
    refused = home.volt("run", "--json", "--start-date", days[0], "--end-date", days[1], "--prose", OPENAI_API_KEY=None)
    assert (refused.exit_code, refused.json["error"]["code"]) == (2, "missing_token")
    assert home.everything() == before


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"OPENAI_API_KEY": "another-key"}, "OPENAI_API_KEY"),
        ({"OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}, "OPENAI_BASE_URL"),
        ({"VOLT_MODEL_BUDGET": "0"}, "VOLT_MODEL_BUDGET"),
    ],
)
def test_without_an_answer_templates_write_the_report_and_the_run_says_why(
    home, sandbox, days, closed, environment, said, monkeypatch
):
    monkeypatch.setattr("openai._base_client.INITIAL_RETRY_DELAY", 0)
    monkeypatch.setattr("openai._base_client.MAX_RETRY_DELAY", 0)
    sandbox.settings.model_key = "the-key"
    before = home.tables()
    run = home.run(*days, *FROM_REPORTS, **environment)
    assert said in run.stderr
    assert home.tables() == before
    assert not any(map(by_model, proses(home, closed).values()))
    if "VOLT_MODEL_BUDGET" in environment:
        assert asked(sandbox) == 0
    assert asked(sandbox) <= 4  # nothing more is sent once it failed, but for what was under way
    # The next run asks again, and gets what this one did not.
    home.run(*days, *FROM_REPORTS, OPENAI_API_KEY="the-key")
    assert all(map(by_model, proses(home, closed).values()))


def test_a_server_in_trouble_is_asked_again_and_what_it_says_is_told_nobody(home, sandbox, days, closed, monkeypatch):
    monkeypatch.setattr("openai._base_client.INITIAL_RETRY_DELAY", 0)
    monkeypatch.setattr("openai._base_client.MAX_RETRY_DELAY", 0)
    sandbox.fail_next("/v1/", Fault(503, "overloaded: hush-hush"), times=2)
    run = home.run(*days, *FROM_REPORTS)
    assert all(map(by_model, proses(home, closed).values()))
    sandbox.fail_next("/v1/", Fault(500, "broken: hush-hush"), times=100)
    failed = home.run(*days, *FROM_REPORTS, VOLT_MODEL="another")
    assert "status 500" in failed.stderr
    assert "hush-hush" not in run.stderr + failed.stderr


def test_an_edited_prompt_is_another_question(home, sandbox, days):
    home.run(*days, *FROM_REPORTS)
    seen = asked(sandbox)
    prompts = home.project / "config" / "prompts"
    prompts.mkdir(parents=True)
    (prompts / "team.md").write_text("Write of the team in few words.")
    # The other prompts, and the configuration, are still those that come with Volt.
    home.run(*days, *FROM_REPORTS)
    assert asked(sandbox) in (seen + 1, seen + 2)
    assert sandbox.model.requests[-1]["messages"][0]["content"].endswith("Write of the team in few words.")
