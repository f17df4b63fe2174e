"""Make a warehouse with the code of a commit of this repository."""

import gzip
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from volt_assets.sandbox.server import start_sandbox
from volt_assets.sandbox.settings import SandboxSettings
from volt_assets_tests.warehouse.levels import FIRST, FOLDER, LAST, TIMEZONE, company

_RUN = "import sys; from volt_assets.cli import main; sys.argv[0] = 'volt'; main()"


def main(level: str, commit: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder, code = Path(name), Path(name) / "code"
        subprocess.run(["git", "worktree", "add", "--detach", "-q", str(code), commit], check=True)
        try:
            with start_sandbox(company(folder), SandboxSettings(fibery_limits=False)) as sandbox:
                environment = {
                    **{key: value for key, value in os.environ.items() if not key.startswith(("VOLT_", "DAGSTER_"))},
                    **sandbox.environment,
                    "PYTHONPATH": str(code),
                    "VOLT_HOME": str(folder / "home"),
                    "VOLT_TIMEZONE": TIMEZONE,
                    "VOLT_FIRST_WEEK": str(FIRST),
                }
                days = ["--start-date", str(FIRST), "--end-date", str(LAST)]
                subprocess.run([sys.executable, "-c", _RUN, "run", *days], cwd=code, env=environment, check=True)
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", str(code)], check=True)
        stored = (folder / "home" / "warehouse.duckdb").read_bytes()
    # Without a time in its head, the same content is the same file.
    (FOLDER / f"{level}.duckdb.gz").write_bytes(gzip.compress(stored, 9, mtime=0))


if __name__ == "__main__":
    main(*sys.argv[1:])
