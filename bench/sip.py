"""Make a real work log out of the SiP effort data set: the two CSV files that the benchmarks and the tests read.

    git clone https://github.com/Derek-Jones/SiP_dataset
    python bench/sip.py SiP_dataset work_log

Writes `toggl_export.csv` (as Toggl's detailed export: 18,095 entries, 39,198.07 hours, 13 people) and
`fibery_entities.csv` (their 5,256 work items) into the folder `work_log`. The data set is a company's own record of its
tasks (Derek M. Jones and Stephen Cullum, "A conversation around the analysis of the SiP effort estimation dataset",
arXiv:1901.01621). Titles, numbered people, categories, projects, estimates, dates and everybody's hours are the data
set's, for the tasks started in 2006 to 2008. It has no clock times: those are laid out here, each person's tasks one
after another from 09:00 (Europe/London) on the working days from a task's start on, in entries of three hours at most.
"""

import argparse
import csv
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from volt_assets.sandbox.from_csv import ENTITY_COLUMNS, ENTRY_COLUMNS

TASKS, DATES = "Sip-task-info.csv", "est-act-dates.csv"
YEARS = range(2006, 2009)
HOUR = 3600
ENTRY = 3 * HOUR
BEGIN = 9 * HOUR
# A working day ends at five, but for tasks that should have been done before it.
END, LATE_END = 17 * HOUR, 23 * HOUR


class NotTheDataSet(Exception):
    """A folder that does not hold the data set: names the file, and what is amiss with it."""


@dataclass(frozen=True)
class Task:
    """What one person did of a task, and what the data set says of the whole of it."""

    number: int
    title: str
    priority: str
    assigned_to: str
    status: str
    project: str
    category: str
    kind: str
    estimate_hours: str
    started: date
    completed: date | None
    person: str
    seconds: int

    @property
    def due(self) -> date:
        return self.completed or self.started

    @property
    def description(self) -> str:
        return f"{self.title} #{self.number} [{self.category}] [{self.kind}] [{self.project}]"


@dataclass(frozen=True)
class Entry:
    """A time entry: seconds since midnight by the clock."""

    task: Task
    day: date
    start: int
    stop: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sip_folder", type=Path, help=f"The data set's folder, with {TASKS} and {DATES}.")
    parser.add_argument("out_folder", type=Path)
    options = parser.parse_args()
    try:
        tasks = read_tasks(options.sip_folder)
    except NotTheDataSet as error:
        parser.error(str(error))
    entries = laid_out(tasks)
    options.out_folder.mkdir(parents=True, exist_ok=True)
    write(options.out_folder / "toggl_export.csv", ENTRY_COLUMNS, map(entry_row, entries))
    items = entity_rows(tasks)
    write(options.out_folder / "fibery_entities.csv", ENTITY_COLUMNS, items)
    hours = sum(task.seconds for task in tasks) / HOUR
    people = len({task.person for task in tasks})
    print(f"{len(entries):,} entries, {hours:,.2f} hours, {people} people, {len(items):,} items: {options.out_folder}")


def read_tasks(folder: Path) -> list[Task]:
    """The tasks of the data set that were started in the years, one for each person who worked on them."""
    dates = {row["TaskNumber"]: row for row in read(folder / DATES)}
    tasks = []
    for row in read(folder / TASKS):
        try:
            of_task = dates[row["TaskNumber"]]
            started = parse_date(of_task["StartedOn"])
            if started is None or started.year not in YEARS:
                continue
            tasks.append(
                Task(
                    number=int(row["TaskNumber"]),
                    title=" ".join(row["Summary"].split()),
                    priority=row["Priority"],
                    assigned_to=row["AssignedToID"],
                    status=row["StatusCode"].capitalize(),
                    project=row["ProjectCode"],
                    category=row["Category"],
                    kind=row["SubCategory"],
                    estimate_hours=row["HoursEstimate"],
                    started=started,
                    completed=parse_date(of_task["CompletedOn"]),
                    person=row["DeveloperID"],
                    seconds=round(float(row["DeveloperHoursActual"]) * HOUR),
                )
            )
        except (KeyError, ValueError) as error:
            raise NotTheDataSet(f"{folder / TASKS}, task {row.get('TaskNumber')}: {error!r}") from None
    return tasks


def read(path: Path) -> Iterator[dict[str, str]]:
    try:
        with path.open(newline="", encoding="cp1252") as file:
            yield from csv.DictReader(file)
    except OSError as error:
        raise NotTheDataSet(f"{path}: {error.strerror}") from None


def parse_date(text: str) -> date | None:
    return datetime.strptime(text, "%d-%b-%y").date() if text else None


def laid_out(tasks: Iterable[Task]) -> list[Entry]:
    """All time entries, in the order of their start."""
    by_person: dict[str, list[Task]] = defaultdict(list)
    for task in tasks:
        by_person[task.person].append(task)
    entries = [entry for of_person in by_person.values() for entry in worked(of_person)]
    return sorted(entries, key=lambda entry: (entry.day, entry.start, entry.task.person))


def worked(tasks: Iterable[Task]) -> Iterator[Entry]:
    """One person's days: what was started first is worked on first, without a break, until the day ends."""
    waiting = sorted(tasks, key=lambda task: (task.started, task.due, task.number))
    left = {task: task.seconds for task in waiting}
    day = waiting[0].started
    while waiting:
        now = BEGIN
        for task in waiting if day.weekday() < 5 else ():
            if task.started > day:
                break
            end = LATE_END if task.due < day else END
            while left[task] and now < end:
                seconds = min(ENTRY, left[task], end - now)
                yield Entry(task, day, now, now + seconds)
                now += seconds
                left[task] -= seconds
        waiting = [task for task in waiting if left[task]]
        day += timedelta(days=1)


def entry_row(entry: Entry) -> dict[str, str]:
    task = entry.task
    return {
        "User": f"Developer {task.person}",
        "Email": address(task.person),
        "Project": task.project,
        "Description": task.description,
        "Billable": "No",
        "Start date": str(entry.day),
        "Start time": clock(entry.start),
        "End date": str(entry.day),
        "End time": clock(entry.stop),
        "Duration": clock(entry.stop - entry.start),
    }


def entity_rows(tasks: Iterable[Task]) -> list[dict[str, str]]:
    """A row for each task, whoever worked on it."""
    by_number = {task.number: task for task in tasks}
    return [
        {
            "Space": task.category,
            "Database": task.kind,
            "Public Id": str(number),
            "Name": task.title,
            "State": task.status,
            "Priority": task.priority,
            "Estimate Hours": task.estimate_hours,
            "Started On": str(task.started),
            "Completed On": str(task.completed or ""),
            "Assignee Email": address(task.assigned_to),
            "Project": task.project,
        }
        for number, task in sorted(by_number.items())
    ]


def address(person: str) -> str:
    return f"developer.{person}@sip.example"


def clock(seconds: int) -> str:
    """Seconds as HH:MM:SS."""
    return (datetime.combine(date.min, time()) + timedelta(seconds=seconds)).strftime("%H:%M:%S")


def write(path: Path, columns: Iterable[str], rows: Iterable[dict[str, str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(columns), restval="")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
