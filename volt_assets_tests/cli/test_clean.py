import os
import sys
from pathlib import Path

import pytest

from volt_assets_tests.acceptance.home import Home

RUNS = ["run_2025-10-06-00-00-00", "run_2025-10-06-00-00-00-2"]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with two run folders, and beside them what is none."""
    for name in (*RUNS, "notes"):
        folder = tmp_path / "tmp" / "runs" / name
        folder.mkdir(parents=True)
        (folder / "run_metadata.json").write_text("{}")
    (tmp_path / "tmp" / "runs" / "run_of_mine").mkdir()
    (tmp_path / "tmp" / "runs" / "run_linked").symlink_to(tmp_path / "tmp" / "runs" / "notes")
    return tmp_path


def left(project: Path) -> list[str]:
    return sorted(path.name for path in (project / "tmp" / "runs").iterdir())


def test_only_the_folders_of_runs_are_removed_and_they_are_named(project):
    outcome = Home(project, {}).volt("clean")
    assert outcome.exit_code == 0
    assert outcome.stdout.splitlines() == [f"tmp/runs/{name}" for name in RUNS]
    assert left(project) == ["notes", "run_linked", "run_of_mine"]
    assert (project / "tmp" / "runs" / "notes" / "run_metadata.json").exists()
    assert not (project / ".volt").exists()


def test_json_tells_the_folders_by_their_whole_paths(project):
    home = Home(project, {})
    removed = home.volt("clean", "--json").json["removed"]
    assert removed == [str(project / "tmp" / "runs" / name) for name in RUNS]
    assert home.volt("clean", "--json").json == {"removed": []}


def test_folders_elsewhere_are_removed_where_they_were_written(project):
    outcome = Home(project, {}).volt("clean", "--output-dir", "reports")
    assert outcome.exit_code == 0
    assert "There are no run folders in reports" in outcome.stderr
    assert len(left(project)) == 5


@pytest.mark.parametrize(
    ("arguments", "answer", "exit_code", "count"), [([], "n", 3, 5), ([], "y", 0, 3), (["--yes"], "n", 0, 3)]
)
def test_a_person_at_a_terminal_is_asked_first(project, monkeypatch, arguments, answer, exit_code, count):
    keyboard, terminal = os.openpty()
    os.write(keyboard, f"{answer}\n".encode())
    with os.fdopen(terminal) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        assert Home(project, {}).volt("clean", *arguments).exit_code == exit_code
    os.close(keyboard)
    assert len(left(project)) == count
