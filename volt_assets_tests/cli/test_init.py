"""`volt init`: from the environment, and asking in a terminal, against the sandbox."""

import io
import os
import pty
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from volt_assets.errors import BadInput
from volt_assets.runs.init import write_dotenv
from volt_assets.sandbox.generated import generated_company
from volt_assets.sandbox.server import Sandbox, start_sandbox
from volt_assets.sandbox.settings import SandboxSettings
from volt_assets.settings import Settings
from volt_assets_tests.acceptance.home import VOLT, Home


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with start_sandbox(generated_company(), SandboxSettings(fibery_limits=False)) as sandbox:
        yield sandbox


@pytest.fixture
def home(sandbox, tmp_path) -> Home:
    sandbox.forget()
    return Home(tmp_path, sandbox.environment)


def mode(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


def test_from_the_environment_nothing_is_asked_and_what_was_checked_is_written(home, sandbox):
    outcome = home.volt("init", "--from-env", VOLT_TIMEZONE="Europe/Berlin")
    assert outcome.exit_code == 0, outcome
    file = home.project / ".env"
    assert mode(file) == 0o600
    assert {request["service"] for request in sandbox.requests} == {"toggl", "fibery"}
    assert "volt run --start-date" in outcome.stdout
    told = outcome.stdout + outcome.stderr
    assert sandbox.settings.toggl_token not in told
    assert sandbox.settings.fibery_token not in told
    with Home(home.project, {}).inside():
        settings = Settings.load()
    assert settings.toggl_api_token.get_secret_value() == sandbox.settings.toggl_token
    assert (settings.toggl_workspace_id, settings.volt_timezone) == (sandbox.company.toggl.id, "Europe/Berlin")
    assert settings.toggl_api_url == sandbox.ready["toggl_url"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"TOGGL_API_TOKEN": None, "FIBERY_API_TOKEN": None}, "TOGGL_API_TOKEN, FIBERY_API_TOKEN"),
        ({"TOGGL_API_TOKEN": "0" * 32}, "Check TOGGL_API_TOKEN"),
        ({"FIBERY_API_TOKEN": "wrong"}, "Check FIBERY_API_TOKEN"),
        ({"TOGGL_API_TOKEN": "toggl_sk_" + "0" * 32}, "Toggl 2.0"),
        ({"VOLT_TIMEZONE": "Europe/Berln"}, "Did you mean Europe/Berlin?"),
    ],
)
def test_what_is_missing_or_refused_is_bad_input_and_nothing_is_written(home, change, words):
    outcome = home.volt("init", "--from-env", **change)
    assert outcome.exit_code == 2
    assert words in outcome.stderr
    assert not (home.project / ".env").exists()


def test_without_a_terminal_nothing_is_asked(home, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO())
    outcome = home.volt("init")
    assert outcome.exit_code == 2
    assert "--from-env" in outcome.stderr


def test_other_lines_of_a_dotenv_stay_and_it_becomes_private(tmp_path):
    file = tmp_path / ".env"
    file.write_text("# mine\nVOLT_HOME=/data\nexport TOGGL_API_TOKEN=old\n")
    file.chmod(0o644)
    write_dotenv(file, {"TOGGL_API_TOKEN": "new", "VOLT_TIMEZONE": "Europe/Berlin", "FIBERY_API_TOKEN": "a b#c"})
    assert file.read_text() == (
        "# mine\nVOLT_HOME=/data\nTOGGL_API_TOKEN=new\nVOLT_TIMEZONE=Europe/Berlin\nFIBERY_API_TOKEN='a b#c'\n"
    )
    assert mode(file) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [".env"]
    with pytest.raises(BadInput, match="TOGGL_API_TOKEN holds characters") as raised:
        write_dotenv(file, {"TOGGL_API_TOKEN": "it's"})
    assert "it's" not in raised.value.message


@pytest.mark.slow
def test_in_a_terminal_each_answer_is_asked_for_until_it_fits_and_tokens_are_not_shown(home, sandbox):
    token = sandbox.settings.toggl_token
    answers = {
        "TOGGL_API_TOKEN": ["toggl_sk_" + "1" * 32, "2" * 32, token],
        "TOGGL_WORKSPACE_ID": [
            str(sandbox.company.toggl.id),
            f"https://track.toggl.com/reports/detailed/{sandbox.company.toggl.id}",
        ],
        "FIBERY_WORKSPACE_NAME": [f"https://{sandbox.company.fibery.name}.fibery.io/Scrum"],
        "FIBERY_API_TOKEN": [sandbox.settings.fibery_token],
        "VOLT_TIMEZONE": ["Europe/Berln", ""],
        "VOLT_FIRST_WEEK": [""],
    }
    secrets = [*answers["TOGGL_API_TOKEN"], *answers["FIBERY_API_TOKEN"]]
    urls = {name: value for name, value in sandbox.environment.items() if name.endswith("_URL")}
    with Home(home.project, urls).inside():
        shown, code = in_a_terminal([*VOLT[:2], VOLT[2], "init"], answers)
    assert code == 0, shown
    assert [secret for secret in secrets if secret in shown] == []
    assert "a key of Toggl 2.0" in shown
    assert "access refused" in shown
    assert "Did you mean Europe/Berlin?" in shown
    assert "run --start-date" in shown
    text = (home.project / ".env").read_text()
    assert f"TOGGL_API_TOKEN={token}\n" in text
    assert f"TOGGL_WORKSPACE_ID={sandbox.company.toggl.id}\n" in text
    assert mode(home.project / ".env") == 0o600


def in_a_terminal(command: list[str], answers: dict[str, list[str]]) -> tuple[str, int]:
    """Run a command in a terminal and answer each prompt "NAME: " or "NAME [offered]: " by the next of its answers."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True)
    os.close(theirs)
    shown, waiting = "", {name: list(given) for name, given in answers.items()}
    answered = 0
    while True:
        try:
            data = os.read(ours, 4096)
        except OSError:
            break
        if not data:
            break
        shown += data.decode()
        last = shown[answered:].splitlines()[-1] if shown[answered:] else ""
        name = last.split(" ")[0].rstrip(":")
        if last.endswith(": ") and name in waiting:
            answered = len(shown)
            if not waiting[name]:
                process.kill()
                break
            os.write(ours, (waiting[name].pop(0) + "\n").encode())
    os.close(ours)
    return shown, process.wait(timeout=60)
