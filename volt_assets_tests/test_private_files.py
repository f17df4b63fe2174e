"""That people's data and tokens are for nobody else on the machine."""

import os
import stat
import subprocess
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from volt_assets.orchestration.instance import prepare
from volt_assets.private_files import close_home
from volt_assets.sandbox.generated import generated_company
from volt_assets.sandbox.server import start_sandbox
from volt_assets.settings import Settings
from volt_assets.warehouse import connect
from volt_assets.weeks import week_of
from volt_assets_tests.acceptance.home import OURS, PACKAGE_PARENT, VOLT


def modes(folder: Path) -> dict[str, set[str]]:
    """The modes of the folder and what is in it, by kind."""
    found: dict[str, set[str]] = {"files": set(), "folders": set()}
    for path in (folder, *folder.rglob("*")):
        found["folders" if path.is_dir() else "files"].add(oct(stat.S_IMODE(path.stat().st_mode)))
    return found


PRIVATE = {"files": {"0o600"}, "folders": {"0o700"}}


@pytest.fixture
def usual_umask() -> Iterator[None]:
    """The mask of most systems, whatever was called in this process before."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.mark.slow
@pytest.mark.usefixtures("usual_umask")
def test_what_a_run_writes_is_private_from_the_start(tmp_path):
    first = week_of(date.today()) - timedelta(days=14)
    with start_sandbox(generated_company()) as company:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        days = ("--start-date", str(first), "--end-date", str(first + timedelta(days=6)))
        subprocess.run(
            [*VOLT, "run", *days],
            cwd=tmp_path,
            env=inherited | {"PYTHONPATH": str(PACKAGE_PARENT)} | company.environment,
            check=True,
            capture_output=True,
        )
    for folder in (".volt", "tmp"):
        assert modes(tmp_path / folder) == PRIVATE
    assert (tmp_path / ".volt" / "warehouse.duckdb").is_file()
    assert list((tmp_path / ".volt" / "reports").glob("*/individual/*.html"))
    assert list((tmp_path / "tmp").glob("runs/*/reports/time.csv"))


@pytest.fixture
def open_home(tmp_path: Path, usual_umask: None) -> Path:
    """A home as earlier versions left it."""
    home = tmp_path / "project" / ".volt"
    for folder in ("reports/2025-W41/individual", "dagster/storage"):
        (home / folder).mkdir(parents=True)
    connect(home / "warehouse.duckdb").close()
    for file in ("reports/2025-W41/individual/ana.md", "dagster/storage/index.db", "dagster/dagster.yaml"):
        (home / file).write_text("{}\n")
    home.chmod(0o755)
    for path in home.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return home


def test_an_open_home_is_closed_when_its_warehouse_or_dagsters_records_are_opened(open_home):
    connect(open_home / "warehouse.duckdb").close()
    assert modes(open_home) == PRIVATE


def test_it_is_closed_as_well_when_a_command_opens_dagsters_records(open_home, monkeypatch):
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    (open_home / "dagster" / "dagster.yaml").unlink()
    prepare(Settings(project=open_home.parent, _env_file=None))
    assert {oct(stat.S_IMODE((open_home / name).stat().st_mode)) for name in ("", "dagster", "reports")} == {"0o700"}


def test_what_is_not_volts_keeps_its_mode(open_home, tmp_path):
    other, target = open_home / "notes.txt", tmp_path / "elsewhere.md"
    for file in (other, target):
        file.write_text("mine\n")
    (open_home / "reports" / "link.md").symlink_to(target)
    close_home(open_home)
    assert [oct(stat.S_IMODE(path.stat().st_mode)) for path in (open_home, other, target)] == [
        "0o755",
        "0o644",
        "0o644",
    ]
    for name in ("warehouse.duckdb", "reports", "dagster"):
        assert not stat.S_IMODE((open_home / name).stat().st_mode) & 0o077


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o664])
def test_a_dotenv_that_others_can_read_is_warned_of_once_with_what_to_do(tmp_path, caplog, mode):
    file = tmp_path / ".env"
    file.write_text("TOGGL_API_TOKEN=s3cret-0123456789\n")
    file.chmod(mode)
    for _ in range(2):
        Settings.load(tmp_path)
    (record,) = caplog.records
    assert f"chmod 600 {file}" in record.getMessage()
    assert "s3cret" not in record.getMessage()


def test_a_private_dotenv_one_that_is_not_read_and_none_are_not_warned_of(tmp_path, caplog):
    Settings.load(tmp_path)
    file = tmp_path / ".env"
    file.touch(0o644)
    Settings.load(tmp_path, dotenv=False)
    file.chmod(0o600)
    Settings.load(tmp_path)
    assert caplog.records == []


def test_a_command_shows_the_warning_on_stderr(tmp_path):
    (tmp_path / ".env").write_text("")
    (tmp_path / ".env").chmod(0o644)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    ended = subprocess.run(
        [*VOLT, "reports"],
        cwd=tmp_path,
        env=inherited | {"PYTHONPATH": str(PACKAGE_PARENT)},
        capture_output=True,
        text=True,
    )
    assert f"chmod 600 {tmp_path / '.env'}" in ended.stderr
    assert "chmod" not in ended.stdout
