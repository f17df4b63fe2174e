"""What is installed from a wheel works without the checkout: all files that are not Python come along."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel, built from a copy so that the checkout stays clean. Building fetches setuptools."""
    folder = tmp_path_factory.mktemp("wheel")
    ignored = shutil.ignore_patterns(".*", "__pycache__", "build", "*.egg-info", "tmp")
    shutil.copytree(ROOT, folder / "source", symlinks=True, ignore=ignored)
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder, folder / "source"], check=True
    )
    (wheel,) = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def installed(wheel: Path) -> Path:
    """The folder that the wheel is installed in, without its dependencies."""
    site = wheel.parent / "site"
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-index", "--target", site, wheel]
    subprocess.run(command, check=True)
    return site


def run(installed: Path, folder: Path, *command: str | Path) -> subprocess.CompletedProcess:
    environment = {"PYTHONPATH": str(installed), "PATH": os.environ["PATH"]}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def test_a_wheel_carries_every_file_of_the_package_and_no_test(wheel):
    package = ROOT / "volt_assets"
    files = {
        str(file.relative_to(ROOT)) for file in package.rglob("*") if file.is_file() and "__pycache__" not in file.parts
    }
    assert {Path(file).suffix for file in files} >= {".py", ".sql", ".j2", ".yaml"}
    with zipfile.ZipFile(wheel) as archive:
        carried = {name for name in archive.namelist() if ".dist-info/" not in name}
        assert carried == files
        for name in ("enrichment_config.yaml", "dagster.yaml"):
            assert archive.read(f"volt_assets/defaults/{name}") == (package / "defaults" / name).read_bytes()


def test_volt_helps_when_installed_from_a_wheel(installed, tmp_path):
    help_ = run(installed, tmp_path, sys.executable, installed / "bin" / "volt", "--help")
    assert help_.returncode == 0, help_.stderr
    assert "list-runs" in help_.stdout
    assert list(tmp_path.iterdir()) == []


def test_the_graph_loads_in_a_folder_without_a_configuration(installed, tmp_path):
    code = (
        "import volt_assets; from volt_assets.definitions import defs; defs().resolve_asset_graph(); "
        "from volt_assets.warehouse import connect; from pathlib import Path; connect(Path('w.duckdb')).close(); "
        "print(volt_assets.__file__, volt_assets.__version__)"
    )
    loaded = run(installed, tmp_path, sys.executable, "-c", code)
    assert loaded.returncode == 0, loaded.stderr
    file, version = loaded.stdout.split()
    assert Path(file).is_relative_to(installed)
    assert version == "0.2.0"
