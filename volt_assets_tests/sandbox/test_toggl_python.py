"""Public clients that know nothing of us read reports from an environment of their own: toggl-python all pages, and
toggl-api-wrapper, which sends what the specification does not name, as the real Toggl lets it.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from volt_assets_tests.sandbox.conftest import ApiClient

VERSIONS = "toggl-python==0.3.2", "toggl-api-wrapper==1.6.0"
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


WRAPPER = """
import json, sys
from datetime import date
from httpx import BasicAuth
from toggl_api.reports import reports

origin, token, workspace, first, last = sys.argv[1:]
reports.ReportEndpoint.BASE_ENDPOINT = f"{origin}/reports/api/v3/"
auth = BasicAuth(token, "api_token")
body = reports.ReportBody(start_date=date.fromisoformat(first), end_date=date.fromisoformat(last))
detailed = reports.DetailedReportEndpoint(int(workspace), auth)
page = detailed.search_time_entries(body)
groups = reports.SummaryReportEndpoint(int(workspace), auth).search_time_entries(body)["groups"]
print(json.dumps({
    "rows": page.result,
    "next": page.next_row,
    "seconds": detailed.totals_report(body)["seconds"],
    "summed": sum(sub["seconds"] for group in groups for sub in group["sub_groups"]),
}))
"""


@pytest.fixture(scope="session")
def toggl_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment with these clients. Without an index: skipped, but not on CI."""
    folder = tmp_path_factory.mktemp("toggl-python")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    python = folder / "bin" / "python"
    installed = subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *VERSIONS],
        capture_output=True,
        text=True,
    )
    if installed.returncode and not os.environ.get("CI"):
        pytest.skip(f"{VERSIONS} cannot be installed: {installed.stderr.strip().splitlines()[-1]}")
    assert installed.returncode == 0, installed.stderr
    return python


@pytest.mark.slow
@pytest.mark.parametrize("size", [50, 200])
def test_a_public_client_reads_all_pages(toggl_python: Path, tide: ApiClient, size: int) -> None:
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


@pytest.mark.slow
def test_a_public_client_that_sends_more_than_is_specified_reads_reports(
    toggl_python: Path, tide: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready = tide.sandbox.ready
    arguments = (ready["toggl_url"], ready["toggl_token"], str(ready["workspace_id"]), *WEEK)
    refused = subprocess.run([toggl_python, "-c", WRAPPER, *arguments], capture_output=True, text=True)
    assert "400 Bad Request" in refused.stderr
    monkeypatch.setattr(tide.sandbox.settings, "strict", False)
    driven = subprocess.run([toggl_python, "-c", WRAPPER, *arguments], capture_output=True, text=True)
    assert driven.returncode == 0, driven.stderr
    answer = json.loads(driven.stdout)
    rows = tide.walk(start_date=WEEK[0], end_date=WEEK[1])
    assert answer["rows"] == rows[:50]
    assert int(answer["next"]) == 51
    assert answer["seconds"] == answer["summed"] == sum(e["seconds"] for row in rows for e in row["time_entries"])
