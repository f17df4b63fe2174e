"""`volt demo`: what it leaves, and what it says at the end."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from volt_assets.cli.output import called_as
from volt_assets_tests.acceptance.home import PACKAGE_PARENT, VOLT, Home

# Nobody may be asked at these.
ELSEWHERE = {
    "TOGGL_API_URL": "http://127.0.0.1:9",
    "FIBERY_API_URL": "http://127.0.0.1:9",
    "TOGGL_API_TOKEN": "real-toggl-token",
    "VOLT_HOME": "real-home",
    "VOLT_TIMEZONE": "Nowhere/Nowhere",
    "DAGSTER_HOME": "/nowhere",
    "HTTP_PROXY": "http://127.0.0.1:9",
}


@pytest.mark.slow
def test_the_demo_needs_nothing_and_ends_with_the_teams_report_and_what_to_do_next(tmp_path):
    (tmp_path / ".env").write_text("VOLT_FIRST_WEEK=no date\n")
    demo = subprocess.run(
        [*VOLT, "demo"],
        cwd=tmp_path,
        env=dict(os.environ) | ELSEWHERE | {"PYTHONPATH": str(PACKAGE_PARENT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert demo.returncode == 0, demo.stderr
    # Nothing to be puzzled by on the first screen: the configuration fits the company, and the pace its limits.
    assert "has no field" not in demo.stderr
    assert "HTTP 429" not in demo.stderr
    lines = [line.strip() for line in demo.stdout.splitlines() if line]
    assert lines[0].startswith("The team's report of ")
    team, individual, index = (tmp_path / line for line in lines if line.startswith("volt-demo/"))
    assert (team.name, individual.name, index.name) == ("team_summary.html", "individual", "index.html")
    assert lines[1] == str(team.relative_to(tmp_path))
    assert team.as_uri() in lines
    assert len(lines) < 15
    assert len(list(individual.glob("*.html"))) >= 10
    assert all(report.read_text().startswith("# ") for report in team.parent.rglob("*.md"))
    assert {"time.csv", "toggl_summary.md"} <= {path.name for path in team.parent.iterdir()}
    assert sorted(os.listdir(tmp_path)) == [".env", "volt-demo"]
    everything = b"".join(path.read_bytes() for path in Path(tmp_path, "volt-demo").rglob("*") if path.is_file())
    assert b"real-toggl-token" not in everything
    # The next steps can be copied: the weeks are those of the settings that the commands have.
    (for_dagster,) = (line for line in lines if line.endswith(" ui"))
    assert for_dagster == "VOLT_HOME=volt-demo/.volt VOLT_PEOPLE_CONFIG=volt-demo/config/people.yaml volt ui"
    (own,) = (line for line in lines if line.startswith("volt run "))
    (tmp_path / ".env").unlink()
    again = [*shlex.split(own)[1:], "--start-from", "reports", "--json"]
    assert Home(tmp_path, {"VOLT_HOME": "volt-demo/.volt"}).volt(*again).json["status"] == "completed"


def test_commands_to_copy_are_given_as_volt_was_called(tmp_path, monkeypatch):
    script = tmp_path / "bin" / "volt"
    script.parent.mkdir()
    script.touch(0o755)
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(sys, "argv", [str(script), "demo"])
    assert called_as() == str(script)
    monkeypatch.setenv("PATH", str(script.parent))
    assert called_as() == "volt"
    monkeypatch.setattr(sys, "argv", ["/somewhere/volt_assets/__main__.py"])
    assert called_as() == "volt"
