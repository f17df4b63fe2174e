"""`bench/sip.py`: the SiP data set's own files, as far as they matter, made into a work log."""

import csv
import subprocess
import sys
from pathlib import Path

import pytest

from bench import sip
from volt_assets_tests import work_log
from volt_assets_tests.acceptance.home import PACKAGE_PARENT

TASKS = """\
TaskNumber,Summary,Priority,RaisedByID,AssignedToID,AuthorisedByID,StatusCode,ProjectCode,ProjectBreakdownCode,\
Category,SubCategory,HoursEstimate,HoursActual,DeveloperID,DeveloperHoursActual,TaskPerformance,DeveloperPerformance
7,"Before the years",1,1,1,6,"FINISHED","PC2","PBC42","Development","Bug",1,1,1,1,0,0
10,"Sums  of “all” areas ",3,1,2,6,"FINISHED","PC2","PBC42","Development","Enhancement",14,13.01,1,10.01,0,0
10,"Sums  of “all” areas ",3,1,2,6,"FINISHED","PC2","PBC42","Development","Enhancement",14,13.01,2,3,0,0
11,"Weekly checks",5,1,1,6,"COMPLETED","PC9","PBC42","Operational","Support",,2,1,2,0,0
12,"Never done",5,1,1,6,"CHRONICLE","PC9","PBC42","Operational","Support",2,8,1,8,0,NA
13,"Never begun",5,1,1,6,"ESTIMATED","PC9","PBC42","Operational","Support",2,8,1,8,0,NA
14,"After the years",5,1,1,6,"FINISHED","PC9","PBC42","Operational","Support",2,8,1,8,0,0
"""
# 5 January 2007 was a Friday.
DATES = """\
TaskNumber,EstimateOn,StartedOn,CompletedOn
7,30-Dec-05,31-Dec-05,02-Jan-06
10,05-Jan-07,05-Jan-07,09-Jan-07
11,05-Jan-07,05-Jan-07,05-Jan-07
12,08-Jan-07,08-Jan-07,
13,05-Jan-07,,
14,01-Jan-09,01-Jan-09,01-Jan-09
"""
FRIDAY, MONDAY, TUESDAY = "2007-01-05", "2007-01-08", "2007-01-09"


def write_data_set(folder: Path, tasks: str = TASKS, dates: str = DATES) -> None:
    (folder / sip.TASKS).write_text(tasks, encoding="cp1252")
    (folder / sip.DATES).write_text(dates, encoding="cp1252")


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    """The folder made of the sample."""
    write_data_set(tmp_path)
    monkeypatch.setattr(sys, "argv", ["sip.py", str(tmp_path), str(tmp_path / "made")])
    sip.main()
    assert capsys.readouterr().out == f"10 entries, 23.01 hours, 2 people, 3 items: {tmp_path / 'made'}\n"
    return tmp_path / "made"


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_hours_are_laid_out_from_nine_on_working_days_and_overdue_ones_into_the_evening(made: Path):
    shown = [
        (row["User"], row["Start date"], row["Start time"], row["End time"], row["Description"].split(" #")[1])
        for row in rows(made / work_log.ENTRIES)
    ]
    of_first = [each[1:] for each in shown if each[0] == "Developer 1"]
    checks, sums, never = (
        "11 [Operational] [Support] [PC9]",
        "10 [Development] [Enhancement] [PC2]",
        "12 [Operational] [Support] [PC9]",
    )
    assert of_first == [
        (FRIDAY, "09:00:00", "11:00:00", checks),
        (FRIDAY, "11:00:00", "14:00:00", sums),
        (FRIDAY, "14:00:00", "17:00:00", sums),
        # Not on the weekend; 0.01 hours are 36 seconds.
        (MONDAY, "09:00:00", "12:00:00", sums),
        (MONDAY, "12:00:00", "13:00:36", sums),
        (MONDAY, "13:00:36", "16:00:36", never),
        (MONDAY, "16:00:36", "17:00:00", never),
        (TUESDAY, "09:00:00", "12:00:00", never),
        (TUESDAY, "12:00:00", "13:00:36", never),
    ]
    assert [each[1:] for each in shown if each[0] == "Developer 2"] == [(FRIDAY, "09:00:00", "12:00:00", sums)]


def test_a_work_item_has_what_the_data_set_says_of_its_task(made: Path):
    sums, checks, never = rows(made / work_log.ENTITIES)
    assert sums == {
        "Space": "Development",
        "Database": "Enhancement",
        "Public Id": "10",
        "Name": "Sums of “all” areas",
        "State": "Finished",
        "Priority": "3",
        "Estimate Hours": "14",
        "Started On": FRIDAY,
        "Completed On": TUESDAY,
        "Assignee Email": "developer.2@sip.example",
        "Project": "PC2",
    }
    assert (checks["Public Id"], checks["Estimate Hours"]) == ("11", "")
    assert (never["Public Id"], never["State"], never["Completed On"]) == ("12", "Chronicle", "")


def test_the_sandbox_reads_what_was_made(made: Path):
    company = work_log.company_of(made)
    assert sum(entry.seconds for entry in company.toggl.entries.values()) == round(23.01 * 3600)
    assert {entry.seconds for entry in company.toggl.entries.values()} >= {3636, 10800}


def test_overdue_work_goes_on_until_eleven_at_night(tmp_path: Path):
    write_data_set(tmp_path, TASKS.replace('"Support",2,8,1,8,0,NA', '"Support",2,8,1,20,0,NA', 1))
    evening = [
        (str(entry.day), entry.start // 3600, entry.stop // 3600)
        for entry in sip.laid_out(sip.read_tasks(tmp_path))
        if entry.task.number == 12 and str(entry.day) == TUESDAY
    ]
    assert evening[0] == (TUESDAY, 9, 12)
    assert evening[-1] == (TUESDAY, 21, 23)


@pytest.mark.parametrize(
    ("tasks", "words"),
    [
        (None, sip.TASKS),
        (TASKS.replace(",10.01,", ",some,"), "task 10"),
        (TASKS.replace("Summary", "Title"), "Summary"),
    ],
)
def test_a_folder_that_is_not_the_data_set_is_refused_in_words(tmp_path: Path, tasks: str | None, words: str):
    write_data_set(tmp_path, tasks or "")
    if tasks is None:
        (tmp_path / sip.TASKS).unlink()
    command = [sys.executable, PACKAGE_PARENT / "bench" / "sip.py", tmp_path, tmp_path / "made"]
    outcome = subprocess.run(command, capture_output=True, text=True)
    assert outcome.returncode == 2
    assert words in outcome.stderr
    assert "Traceback" not in outcome.stderr
    assert not (tmp_path / "made").exists()
