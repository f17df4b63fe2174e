"""A run with a people.yaml, and with amounts: what it says is in the reports, and what is secret in it nowhere."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from volt_assets.sandbox.generated import generated_company, people_yaml, story
from volt_assets.sandbox.server import start_sandbox
from volt_assets.sandbox.settings import SandboxSettings
from volt_assets_tests.acceptance.home import Home

UNTIL = date(2026, 4, 19)
MONDAY = date(2026, 4, 6)
SUNDAY = MONDAY + timedelta(days=6)
RECEIVER = "json://user:s3cret-receiver@127.0.0.1:9/hook"
ELENA = "elena.rossi@tidewater.example"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    company = generated_company(until=UNTIL)
    company.toggl.currency = "EUR"
    for project in company.toggl.projects.values():
        project.rate_cents = 9150 if project.name == story.PILOT else None
    folder = tmp_path_factory.mktemp("people")
    (folder / "config").mkdir()
    text = people_yaml(company, UNTIL).replace(f'  "{ELENA}":\n', f'  "{ELENA}":\n    "notify": "{RECEIVER}"\n')
    (folder / "config" / "people.yaml").write_text(text)
    with start_sandbox(company, SandboxSettings(fibery_limits=False)) as sandbox:
        environment = {"VOLT_TIMEZONE": "Europe/Berlin", "VOLT_FIRST_WEEK": "2026-01-05", "VOLT_MONEY": "on"}
        home = Home(folder, sandbox.environment | environment)
        home.run(str(MONDAY), str(SUNDAY))
        yield home


def week(home: Home) -> Path:
    return home.project / ".volt" / "reports" / "2026-W15"


def test_the_teams_report_compares_hours_and_names_teams(home: Home):
    text = (week(home) / "team_summary.md").read_text()
    assert "| Person | Hours | Expected | ± |" in text
    assert "[Berths](teams/berths.md) | Nora Lindqvist |" in text
    for folder in (week(home), *(home.project / "tmp" / "runs").glob("*/reports")):
        assert sorted(file.name for file in (folder / "teams").glob("*.html")) == [
            "berths.html",
            "cargo_and_ferries.html",
            "platform.html",
        ]


def test_amounts_are_at_toggls_rate_and_at_that_of_the_file(home: Home):
    rates = {
        (project, rate)
        for project, rate in home.sql(
            "SELECT DISTINCT toggl_project, rate_cents FROM tracked_time WHERE billable_seconds > 0"
        )
    }
    assert rates == {(story.PILOT, 9150), (story.MOORINGS, None), (story.MANIFEST, None)}
    ((facts,),) = home.sql("SELECT facts -> '$.money' FROM team_report")
    assert '"91.5"' in facts
    text = (week(home) / "team_summary.md").read_text()
    rows = text.partition("| Project | Billable h |")[2].splitlines()
    (row,) = (row for row in rows if row.startswith("| Manifest |"))
    hours, amount = (Decimal(cell.replace(" ", "")) for cell in row.strip("| ").split(" | ")[1:3])
    assert amount == hours * 98


def test_no_secret_of_the_file_is_written_anywhere(home: Home):
    written = [file for file in home.project.rglob("*") if file.is_file() and file.name != "people.yaml"]
    assert len(written) > 20
    assert not [file for file in written if b"s3cret-receiver" in file.read_bytes()]


def test_an_edit_makes_the_reports_anew_and_a_new_receiver_does_not(home: Home):
    file = home.project / "config" / "people.yaml"
    again = ("--start-from", "reports", "--start-date", str(MONDAY), "--end-date", str(SUNDAY))
    text = file.read_text()
    file.write_text(text.replace("s3cret-receiver", "s3cret-other"))
    home.run(*again)
    assert home.metadata("team_report", str(MONDAY))["version"] == 1
    file.write_text(text.replace('"hours": 32', '"hours": 20'))
    home.run(*again)
    assert home.metadata("team_report", str(MONDAY))["version"] == 2
    assert home.metadata("individual_reports", str(MONDAY))["new_versions"] == 1
    file.write_text("hour: 40")
    assert home.volt("run", *again).exit_code == 2
