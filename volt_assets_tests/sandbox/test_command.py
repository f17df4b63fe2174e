"""`volt sandbox` in a process of its own: the ready line, its options, and how it ends."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from volt_assets.cli.sandbox import command
from volt_assets.reports.people_config import people_config
from volt_assets.settings import Settings
from volt_assets_tests.sandbox.test_from_csv import ENTITIES, ENTITY_HEAD, ENTRIES, ENTRY_HEAD

RUN = (sys.executable, "-c", "from volt_assets.cli.sandbox import command; command()")


@contextmanager
def running(*options: str) -> Iterator[tuple[dict[str, Any], subprocess.Popen[str]]]:
    """The sandbox's ready line and process; ended by SIGINT at the latest when the block ends."""
    process = subprocess.Popen([*RUN, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout
    try:
        yield json.loads(process.stdout.readline()), process
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=120)


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    (tmp_path / "entries.csv").write_text("\n".join((ENTRY_HEAD, *ENTRIES)) + "\n")
    (tmp_path / "entities.csv").write_text("\n".join((ENTITY_HEAD, *ENTITIES)) + "\n")
    return ["--entries", str(tmp_path / "entries.csv"), "--entities", str(tmp_path / "entities.csv")]


def test_it_tells_what_a_client_needs_serves_it_and_ends_with_0_on_ctrl_c(tmp_path: Path) -> None:
    log = tmp_path / "requests.jsonl"
    with running("--until", "2026-04-19", "--requests-log", str(log)) as (ready, process):
        assert list(ready) == [
            "toggl_url",
            "fibery_url",
            "toggl_token",
            "workspace_id",
            "fibery_token",
            "fibery_workspace",
            "openai_url",
        ]
        users = httpx.get(
            f"{ready['toggl_url']}/api/v9/workspaces/{ready['workspace_id']}/users",
            auth=(ready["toggl_token"], "api_token"),
        )
        assert len(users.json()) == 12
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=120)
    assert (process.returncode, out, err) == (0, "", "")
    path = f"/api/v9/workspaces/{ready['workspace_id']}/users"
    assert json.loads(log.read_text()) == {"service": "toggl", "method": "GET", "path": path, "status": 200}


def test_it_prints_lines_of_a_dotenv_with_which_volt_asks_it(tmp_path: Path) -> None:
    people = tmp_path / "people.yaml"
    command = [*RUN, "--env", "--until", "2026-04-19", "--people-config", str(people)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout
    try:
        (tmp_path / ".env").write_text("".join(process.stdout.readline() for _ in range(7)))
        settings = Settings.load(tmp_path)
        assert people_config(settings).hours == 40
        assert settings.people_config_path == people
        toggl, fibery = settings.require_toggl(), settings.require_fibery()
        url = f"{toggl.url}/api/v9/workspaces/{toggl.workspace_id}/users"
        assert len(httpx.get(url, auth=(toggl.token.get_secret_value(), "api_token")).json()) == 12
        headers = {"Authorization": f"Token {fibery.token.get_secret_value()}"}
        assert httpx.get(f"{fibery.url}/api/commands", headers=headers).status_code != 401
    finally:
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=10) == ("", "")
    assert process.returncode == 0


def test_its_options_reach_the_services(files: list[str]) -> None:
    options = ("--timezone", "Europe/Berlin", "--person-timezone", "kim@x.example=Asia/Tokyo", "--page-cap", "1")
    with running(*files, *options, "--rounding", "up,60") as (ready, _):
        answer = httpx.post(
            f"{ready['toggl_url']}/reports/api/v3/workspace/{ready['workspace_id']}/search/time_entries",
            json={"start_date": "2026-03-02", "end_date": "2026-03-08", "page_size": 10, "order_dir": "DESC"},
            auth=(ready["toggl_token"], "api_token"),
        )
        assert answer.headers["X-Page-Size"] == "1"
        assert answer.json()[0]["time_entries"][0]["start"] == "2026-03-05T17:00:00+09:00"
        workspace = httpx.get(
            f"{ready['toggl_url']}/api/v9/workspaces/{ready['workspace_id']}", auth=(ready["toggl_token"], "api_token")
        )
        assert (workspace.json()["rounding"], workspace.json()["rounding_minutes"]) == (1, 60)


@pytest.mark.parametrize(("options", "status"), [([], 200), (["--strict"], 400)])
def test_what_the_specification_does_not_name_is_refused_only_where_it_is_strict(
    options: list[str], status: int
) -> None:
    with running("--until", "2026-04-19", *options) as (ready, _):
        answer = httpx.post(
            f"{ready['toggl_url']}/reports/api/v3/workspace/{ready['workspace_id']}/search/time_entries",
            json={"start_date": "2026-04-06", "user_agent": "me"},
            auth=(ready["toggl_token"], "api_token"),
        )
    assert answer.status_code == status


def test_it_refuses_aggregates_where_told_to() -> None:
    select = {"n": ["q/count", ["comments/comments", "fibery/id"]]}
    query = {"q/from": "Scrum/Task", "q/select": select, "q/limit": 1}
    with running("--no-aggregates") as (ready, _):
        answer = httpx.post(
            f"{ready['fibery_url']}/api/commands",
            json=[{"command": "fibery.entity/query", "args": {"query": query}}],
            headers={"Authorization": f"Token {ready['fibery_token']}"},
        )
    (envelope,) = answer.json()
    assert envelope["result"]["message"] == "Sub query aggregate expressions are not supported."


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--port", "65536"], "--port"),
        (["--entries", "absent.csv", "--entities", "absent.csv"], "absent.csv"),
        (["--timezone", "Europe/Nowhere"], "Europe/Nowhere is not a time zone"),
        (["--timezone", "Europe/Berlin"], "--timezone is for --entries"),
        (["--person-timezone", "Asia/Tokyo"], "EMAIL=ZONE"),
        (["--person-timezone", "ada@x.example=Tokyo"], "Tokyo is not a time zone"),
        (["--person-timezone", "ada@x.example=UTC"], "Nobody has the address ada@x.example"),
        (["--page-cap", "0"], "--page-cap"),
        (["--rounding", "15"], "MODE,MINUTES"),
        (["--rounding", "up,7"], "MODE,MINUTES"),
        (["--latency-ms", "-1"], "--latency-ms"),
        (["--until", "19.4.2026"], "--until"),
        (["--seed", "x"], "--seed"),
        (["--requests-log", "no/such/folder/log.jsonl"], "cannot be written"),
    ],
)
def test_a_bad_value_gets_a_message_and_exit_code_2(options: list[str], message: str) -> None:
    result = CliRunner().invoke(command, options)
    assert result.exit_code == 2
    assert message in " ".join(result.output.split())


def test_options_that_do_not_go_together_are_refused(files: list[str], tmp_path: Path) -> None:
    alone = CliRunner().invoke(command, files[:2])
    assert (alone.exit_code, "go together" in alone.output) == (2, True)
    until = CliRunner().invoke(command, [*files, "--until", "2026-04-19"])
    assert (until.exit_code, "--until is for the invented company" in until.output) == (2, True)
    (tmp_path / "entries.csv").write_text("User,Email\n")
    broken = CliRunner().invoke(command, files)
    assert broken.exit_code == 2
    assert "are missing" in broken.output


def test_a_port_that_is_taken_is_named() -> None:
    with running() as (ready, _):
        port = ready["toggl_url"].rsplit(":", 1)[1]
        result = CliRunner().invoke(command, ["--port", port])
        assert (result.exit_code, f"Port {port} cannot be used" in result.output) == (2, True)
