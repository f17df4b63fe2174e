"""The environment beats `.env` in Dagster's processes too, and all of them serve one code location."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from volt_assets.cli.ui.command import HOST
from volt_assets.environment_first import take_back
from volt_assets.errors import BadInput
from volt_assets.orchestration.instance import prepare, refuse_two_orders
from volt_assets.settings import Settings
from volt_assets_tests.acceptance.home import OURS, PACKAGE_PARENT, VOLT

PATIENCE = 120
DAGSTER = (sys.executable, "-m", "dagster")
# What a process of Dagster's does first, whichever it is; then what the definitions do.
LOADS = """
from dagster._cli.utils import get_possibly_temporary_instance_for_cli
from volt_assets.settings import Settings
with get_possibly_temporary_instance_for_cli():
    settings = Settings.load()
    print(settings.volt_timezone, settings.volt_catch_up, settings.volt_lookback_weeks)
"""
SERVED = """
{
  repositoriesOrError {
    ... on RepositoryConnection {
      nodes { name location { name } sensors { name sensorState { selectorId } } }
    }
  }
  assetNodes { partitionDefinition { description } }
}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project like this one, whose `.env` and environment differ in the time zone."""
    for name in ("dagster.yaml", "workspace.yaml", "pyproject.toml"):
        shutil.copy(PACKAGE_PARENT / name, tmp_path)
    (tmp_path / ".env").write_text("VOLT_TIMEZONE=Asia/Tokyo\nVOLT_CATCH_UP=5\n")
    return tmp_path


def environment(**values: str) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return inherited | {"PYTHONPATH": str(PACKAGE_PARENT)} | values


def loaded(project: Path, **values: str) -> list[str]:
    called = subprocess.run(
        [sys.executable, "-c", LOADS], cwd=project, env=environment(**values), capture_output=True, text=True
    )
    assert called.returncode == 0, called.stderr
    return called.stdout.splitlines()[-1].split()


def test_what_both_set_is_the_environments_and_what_one_sets_is_that(project):
    zone = {"VOLT_TIMEZONE": "Europe/London", "VOLT_LOOKBACK_WEEKS": "3"}
    assert loaded(project, **zone) == ["Europe/London", "5", "3"]
    assert loaded(project) == ["Asia/Tokyo", "5", "8"]


def test_a_home_made_before_gets_the_order_and_one_of_the_users_own_is_refused_where_they_differ(project, monkeypatch):
    for name in [name for name in os.environ if name.startswith(OURS)]:
        monkeypatch.delenv(name)
    (project / "dagster.yaml").write_text("telemetry:\n  enabled: false\n")
    monkeypatch.setenv("VOLT_TIMEZONE", "Europe/London")
    settings = Settings.load(project)
    home = prepare(settings)
    refuse_two_orders(settings)
    assert loaded(project, VOLT_TIMEZONE="Europe/London", DAGSTER_HOME=str(home))[0] == "Europe/London"
    own = project / "own"
    own.mkdir()
    (own / "dagster.yaml").write_text("telemetry:\n  enabled: false\n")
    monkeypatch.setenv("DAGSTER_HOME", str(own))
    settings = Settings.load(project)
    with pytest.raises(BadInput, match="VOLT_TIMEZONE: the environment and") as refused:
        refuse_two_orders(settings)
    lines = refused.value.message.partition("dagster.yaml:\n")[2]
    (own / "dagster.yaml").write_text(lines)
    refuse_two_orders(settings)
    assert loaded(project, VOLT_TIMEZONE="Europe/London", DAGSTER_HOME=str(own))[0] == "Europe/London"
    with (project / ".env").open("a") as file:
        file.write("DAGSTER_HOME=/srv/dagster\n")
    with pytest.raises(BadInput, match="DAGSTER_HOME is .*own, but Dagster would take another"):
        refuse_two_orders(Settings.load(project))


def test_of_dotenv_only_settings_are_taken_back_and_only_where_it_has_set_them(monkeypatch):
    for name, value in {"BOTH": "file", "CHANGED_SINCE": "now", "NEW": "file", "OTHERS": "file"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("REMOVED", raising=False)
    dotenv = dict.fromkeys(("BOTH", "CHANGED_SINCE", "NEW", "OTHERS", "REMOVED"), "file")
    given = {"BOTH": "given", "CHANGED_SINCE": "given", "REMOVED": "given", "OTHERS": "given", "ELSEWHERE": "given"}
    take_back(dotenv, given, ["BOTH", "CHANGED_SINCE", "NEW", "REMOVED"])
    assert {name: os.environ.get(name) for name in dotenv} == {
        "BOTH": "given",
        "CHANGED_SINCE": "now",
        "NEW": None,
        "OTHERS": "file",
        "REMOVED": None,
    }


def test_an_edit_of_dotenv_reaches_the_processes_that_are_started_after_it(project):
    """As a code server, by which an edit is loaded while the webserver runs on."""
    edit_and_load_again = f"""
    import subprocess, sys
    open(".env", "w").write("VOLT_TIMEZONE=Asia/Seoul")
    subprocess.run([sys.executable, "-c", {LOADS!r}], check=True)
"""
    called = subprocess.run(
        [sys.executable, "-c", LOADS + edit_and_load_again],
        cwd=project,
        env=environment(),
        capture_output=True,
        text=True,
    )
    zones = [line.split()[0] for line in called.stdout.splitlines()]
    assert sorted(zones) == ["Asia/Seoul", "Asia/Tokyo"], called.stderr


@contextmanager
def serving(project: Path, command: tuple[str, ...], find: Callable[[str], str | None], **values: str) -> Iterator[str]:
    """The address of a UI, once it answers: what `find` finds in the output of the command."""
    log = project / "served.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            command, cwd=project, env=environment(**values), stdout=output, stderr=output, start_new_session=True
        )
    try:
        deadline = time.monotonic() + PATIENCE
        while not (url := find(log.read_text())):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.2)
        yield url
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(PATIENCE)


def served(url: str) -> dict[str, Any]:
    answer = httpx.post(f"{url}/graphql", json={"query": SERVED}, timeout=PATIENCE).json()
    assert "errors" not in answer, answer
    return answer["data"]


def address(log: str) -> str | None:
    lines = [word for word in log.split() if word.startswith(f"http://{HOST}:")]
    return lines[0] if lines else None


@pytest.mark.slow
def test_dagster_dev_and_volt_ui_serve_one_code_location_in_the_environments_zone(project):
    """With or without the project's own files: what sensors are switched on in one is so in the other."""
    zone = {"VOLT_TIMEZONE": "Europe/London"}
    with serving(project, (*DAGSTER, "dev", "--port", "0"), address, **zone) as url:
        by_dagster = served(url)
    with serving(project, (*VOLT, "ui", "--no-open", "--port", "0"), address, **zone) as url:
        by_volt = served(url)
    assert by_volt == by_dagster
    for name in ("workspace.yaml", "pyproject.toml", "dagster.yaml"):
        (project / name).unlink()
    with serving(project, (*VOLT, "ui", "--no-open", "--port", "0"), address, **zone) as url:
        assert served(url) == by_dagster
    (repository,) = by_dagster["repositoriesOrError"]["nodes"]
    assert repository["location"]["name"] == "volt_assets"
    assert {sensor["name"] for sensor in repository["sensors"]} >= {"closed_weeks", "late_edits"}
    partitions = {
        node["partitionDefinition"]["description"] for node in by_dagster["assetNodes"] if node["partitionDefinition"]
    }
    (weeks,) = (description for description in partitions if description.startswith("Weekly"))
    assert "Europe/London" in weeks
