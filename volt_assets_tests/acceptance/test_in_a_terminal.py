"""What `volt run` says on a terminal: few lines, the team's report first. Scripts get every path."""

import io
from pathlib import Path

import pytest

from volt_assets_tests.acceptance.conftest import Fetched


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_is_shown_the_teams_report_and_a_script_every_path_the_teams_first(
    generated_weeks: Fetched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    home = generated_weeks.copy(tmp_path)
    again = ("run", "--start-from", "reports", "--run-id", generated_weeks.outcome.json["run_id"])
    said, *paths = home.volt(*again).stdout.splitlines()
    assert said.endswith(" completed")
    assert [Path(path).name for path in paths][0] == "team_summary.html"
    monkeypatch.setattr(io, "StringIO", Terminal)
    shown = home.volt(*again)
    lines = shown.stdout.splitlines()
    assert lines[0].endswith(" completed")
    assert lines[2].endswith("/reports/team_summary.html")
    assert lines[3] == f"and {len(paths) - 1} more files beside it."
    assert len(lines) == 4
    assert shown.stderr.startswith(f"Running the days of {again[-1]}:\n")
