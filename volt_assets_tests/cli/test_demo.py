import os
import subprocess
from pathlib import Path

import pytest

from volt_assets_tests.acceptance.home import PACKAGE_PARENT, VOLT

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
def test_the_demo_needs_nothing_and_ends_with_the_paths_of_its_reports(tmp_path):
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
    said, *paths = demo.stdout.splitlines()
    assert "completed" in said
    reports = [tmp_path / path for path in paths if path.startswith("volt-demo")]
    assert {"team_summary.md", "toggl_summary.md"} < {report.name for report in reports}
    assert len([report for report in reports if report.parent.name == "individual"]) >= 10
    assert {"team_summary.html", "time.csv", "index.html"} < {report.name for report in reports}
    assert all(report.read_text().startswith("# ") for report in reports if report.suffix == ".md")
    assert sorted(os.listdir(tmp_path)) == [".env", "volt-demo"]
    everything = b"".join(path.read_bytes() for path in Path(tmp_path, "volt-demo").rglob("*") if path.is_file())
    assert b"real-toggl-token" not in everything
