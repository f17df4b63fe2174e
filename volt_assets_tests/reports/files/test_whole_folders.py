"""Folders that appear whole, also where the process that writes them is killed, at any point."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from volt_assets.errors import VoltError
from volt_assets.reports.files.whole_folders import appearing, sweep

# Writes a folder, and is killed in the middle of writing, or just before or after the rename number N.
KILLED = """
    import os, signal, sys
    from pathlib import Path
    from volt_assets.reports.files.whole_folders import appearing

    folder, point = Path(sys.argv[1]), sys.argv[2]
    renames, rename = 0, Path.rename

    def counted(self, target):
        global renames
        renames += 1
        if point == f"before rename {renames}":
            os.kill(os.getpid(), signal.SIGKILL)
        rename(self, target)
        if point == f"after rename {renames}":
            os.kill(os.getpid(), signal.SIGKILL)

    Path.rename = counted
    with appearing(folder) as new:
        (new / "report.md").write_text("new")
        if point == "while writing":
            os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "reports" / "2011-W23"
    folder.mkdir(parents=True)
    (folder / "report.md").write_text("old")
    return folder


def listed(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.parent.iterdir())


@pytest.mark.parametrize(
    ("point", "content"),
    [
        ("while writing", "old"),
        ("before rename 1", "old"),
        ("after rename 1", "old"),
        ("before rename 2", "old"),
        ("after rename 2", "new"),
    ],
)
def test_a_kill_leaves_the_old_folder_or_the_new_one_and_the_rest_is_swept(folder, point, content):
    killed = subprocess.run([sys.executable, "-c", textwrap.dedent(KILLED), str(folder), point], timeout=60)
    assert killed.returncode == -signal.SIGKILL
    assert len(listed(folder)) >= 1
    sweep(folder.parent)
    assert listed(folder) == ["2011-W23"]
    assert (folder / "report.md").read_text() == content


def test_what_was_left_is_swept_by_the_next_folder_that_is_written_beside_it(folder):
    subprocess.run([sys.executable, "-c", textwrap.dedent(KILLED), str(folder), "after rename 1"], timeout=60)
    with appearing(folder.parent / "2011-W24"):
        assert folder.exists()
    assert listed(folder) == ["2011-W23", "2011-W24"]


def test_a_folder_that_is_being_written_is_not_swept(folder):
    with appearing(folder) as new:
        (new / "report.md").write_text("new")
        sweep(folder.parent)
        with appearing(folder.parent / "2011-W24"):
            pass
    assert (folder / "report.md").read_text() == "new"


def test_what_is_not_ours_is_left_alone(folder):
    for name in (".cache-abcd1234", ".hidden"):
        (folder.parent / name).mkdir()
        (folder.parent / name / "file").touch()
    sweep(folder.parent)
    assert listed(folder) == [".cache-abcd1234", ".hidden", "2011-W23"]


def test_an_exception_keeps_the_old_folder(folder):
    with pytest.raises(ZeroDivisionError), appearing(folder):
        raise ZeroDivisionError
    assert (listed(folder), (folder / "report.md").read_text()) == (["2011-W23"], "old")


def test_a_disk_that_refuses_is_reported_in_one_line_with_the_folder(folder):
    message = "2011-W23 cannot be written: No space left on device"
    with pytest.raises(VoltError, match=message) as refused, appearing(folder):
        raise OSError(28, os.strerror(28))
    assert refused.value.exit_code == 1
    assert listed(folder) == ["2011-W23"]


def test_a_folder_that_was_never_there_needs_no_sweep(tmp_path):
    sweep(tmp_path / "nowhere")
