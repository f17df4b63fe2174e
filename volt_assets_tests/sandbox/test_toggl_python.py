"""toggl-python, a public client that knows nothing of us, reads all pages from an environment of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from volt_assets_tests.sandbox.conftest import Asker

VERSION = "toggl-python==0.3.2"
WEEK = ("2026-04-06", "2026-04-12")

# Runs in that environment: the client's own classes, pointed at the sandbox.
DRIVER = """
import json, sys
from toggl_python.auth import TokenAuth
from toggl_python.entities import report_time_entry, user

origin, token, workspace, first, last, size = sys.argv[1:]
report_time_entry.REPORT_ROOT_URL = f"{origin}/reports/api/v3/workspace"
reports = report_time_entry.ReportTimeEntry(auth=TokenAuth(token))
me = user.CurrentUser(auth=TokenAuth(token))
me.client.base_url = f"{origin}/api/v9"

pages, number = [], 0
while True:
    page = reports.search(int(workspace), start_date=first, end_date=last, page_size=int(size), page_number=number)
    if not page:
        break
    pages.append([(row.row_number, entry.id, entry.seconds) for row in page for entry in row.time_entries])
    number += 1
print(json.dumps({"pages": pages, "me": me.me().email}))
"""


@pytest.fixture(scope="session")
def toggl_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment with toggl-python. Without an index: skipped, but not on CI."""
    folder = tmp_path_factory.mktemp("toggl-python")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    python = folder / "bin" / "python"
    installed = subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", VERSION],
        capture_output=True,
        text=True,
    )
    if installed.returncode and not os.environ.get("CI"):
        pytest.skip(f"{VERSION} cannot be installed: {installed.stderr.strip().splitlines()[-1]}")
    assert installed.returncode == 0, installed.stderr
    return python


@pytest.mark.slow
@pytest.mark.parametrize("size", [50, 200])
def test_a_public_client_reads_all_pages(toggl_python: Path, tide: Asker, size: int) -> None:
    ready = tide.sandbox.ready
    arguments = (ready["toggl_url"], ready["toggl_token"], str(ready["workspace_id"]), *WEEK, str(size))
    driven = subprocess.run([toggl_python, "-c", DRIVER, *arguments], capture_output=True, text=True)
    assert driven.returncode == 0, driven.stderr
    answer = json.loads(driven.stdout)
    read = [tuple(entry) for page in answer["pages"] for entry in page]
    rows = tide.walk(start_date=WEEK[0], end_date=WEEK[1])
    expected = [(row["row_number"], entry["id"], entry["seconds"]) for row in rows for entry in row["time_entries"]]
    assert len(answer["pages"]) > 1
    assert read == expected
    assert answer["me"] == tide.sandbox.company.toggl.owner.email
