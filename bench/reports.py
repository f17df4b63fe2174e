"""How long the reports of a week take, by people: 100, 200 and 500, against all else that `volt run` does for them.

    python bench/reports.py [--people 100,200,500]

A company of so many people is made up (20 entries and 4 work items for each), served by the sandbox, and its week run
once from scratch and once more from the reports on, unchanged. Prints seconds per hundred reports, their share of the
run, how that grows with people, peak memory, and what the unchanged week takes. Absolute times depend on the machine.
"""

import argparse
import csv
import json
import random
import subprocess
import sys
import tempfile
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.serving import serving, timed, volt

MONDAY = date(2025, 10, 6)
ENTRIES_EACH, ITEMS_EACH = 20, 4
WORDS = [
    "login",
    "invoice",
    "harbour",
    "search",
    "export",
    "mail",
    "report",
    "chart",
    "map",
    "queue",
    "price",
    "image",
    "label",
    "order",
    "page",
    "form",
]
VERBS = ["Fix", "Add", "Move", "Check", "Test", "Write", "Plan", "Review"]


class Measured(NamedTuple):
    """Seconds of the steps, peak memory in MiB, and how many reports were made."""

    reports: float
    all_else: float
    peak_mib: float
    made: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", default="100,200,500")
    counts = [int(count) for count in parser.parse_args().people.split(",")]
    per_hundred = {}
    for people in counts:
        with tempfile.TemporaryDirectory(prefix="volt-bench-") as folder:
            first, again = measure(Path(folder), people)
        per_hundred[people] = 100 * first.reports / first.made
        print(
            f"{people} people, {people * ENTRIES_EACH} entries, {people * ITEMS_EACH} items: "
            f"reports {first.reports:.2f} s ({per_hundred[people]:.2f} s a hundred), all else {first.all_else:.2f} s "
            f"(ratio {first.reports / first.all_else:.2f}), peak {first.peak_mib:.0f} MiB; "
            f"unchanged {again.reports:.2f} s, {again.made} made"
        )
    least, most = min(counts), max(counts)
    print(
        f"a hundred reports of {most} people take {per_hundred[most] / per_hundred[least]:.2f} times those of {least}"
    )


def measure(folder: Path, people: int) -> tuple[Measured, Measured]:
    """The week from scratch, and its reports again."""
    write_company(folder, people)
    files = folder / "entries.csv", folder / "entities.csv"
    with serving("--entries", files[0], "--entities", files[1]) as environment:
        environment["VOLT_HOME"] = str(folder / "home")
        return run(folder, environment), run(folder, environment, "--start-from", "reports")


def run(folder: Path, environment: dict[str, str], *options: str) -> Measured:
    days = ["--start-date", str(MONDAY), "--end-date", str(MONDAY + timedelta(days=6))]
    whole = timed(volt("run", *days, "--json", *options), folder, environment)
    reports, made = step(environment, json.loads(whole.stdout)["dagster_run_id"])
    return Measured(reports, whole.wall - reports, whole.peak_mib, made)


def step(environment: dict[str, str], dagster_run_id: str) -> tuple[float, int]:
    """Seconds of a run's step `reports`, and how many of its reports are new versions."""
    code = f"""
import json
from volt_assets.orchestration.instance import open_instance
from volt_assets.settings import Settings
with open_instance(Settings.load(dotenv=False)) as instance:
    (stats,) = instance.get_run_step_stats({dagster_run_id!r}, ["reports"])
    made = [event.asset_materialization.metadata for event in instance.all_logs({dagster_run_id!r})
            if event.asset_materialization and "new_versions" in event.asset_materialization.metadata]
    print(json.dumps([stats.end_time - stats.start_time, sum(each["new_versions"].value for each in made)]))
"""
    answer = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    seconds, made = json.loads(answer.stdout)
    return seconds, made


def write_company(folder: Path, people: int) -> None:
    """The company's week as Toggl's detailed export, and its entities: the same for the same number of people."""
    choose = random.Random(people)
    columns = (
        "User,Email,Client,Project,Task,Description,Billable,Start date,Start time,End date,End time,Duration,Tags"
    )
    with (folder / "entries.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns.split(","))
        for person in range(people):
            clock = datetime.combine(MONDAY, datetime.min.time()) + timedelta(hours=8)
            for number in range(ENTRIES_EACH):
                if number % 4 == 0:
                    clock = datetime.combine(MONDAY + timedelta(days=number // 4), datetime.min.time().replace(hour=8))
                length = timedelta(minutes=choose.randrange(20, 100), seconds=choose.randrange(60))
                item = person * ITEMS_EACH + choose.randrange(ITEMS_EACH)
                text = f"{title(item)} #{item + 1} [Scrum] [Task] [Project {item % 12}]" if number % 5 else "Meeting"
                writer.writerow(
                    [f"Person {person}", f"p{person}@example.com", "", f"Project {item % 12}", "", text, "No"]
                    + [f"{clock:%Y-%m-%d}", f"{clock:%H:%M:%S}"]
                    + [f"{clock + length:%Y-%m-%d}", f"{clock + length:%H:%M:%S}", str(length).zfill(8), ""]
                )
                clock += length
    write_entities(folder / "entities.csv", people * ITEMS_EACH)


def write_entities(file: Path, count: int) -> None:
    with file.open("w", newline="") as opened:
        writer = csv.DictWriter(opened, ENTITY_COLUMNS)
        writer.writeheader()
        for item in range(count):
            writer.writerow(dict.fromkeys(ENTITY_COLUMNS, "") | entity(item))


ENTITY_COLUMNS = [
    "Space",
    "Database",
    "Public Id",
    "Name",
    "State",
    "Priority",
    "Estimate Hours",
    "Started On",
    "Completed On",
    "Assignee Email",
    "Project",
]


def entity(item: int) -> dict[str, str]:
    finished = item % 3 == 0
    return {
        "Space": "Scrum",
        "Database": "Task",
        "Public Id": str(item + 1),
        "Name": title(item),
        "State": "Completed" if finished else "In progress",
        "Priority": "3",
        "Estimate Hours": str(2 + item % 9),
        "Started On": str(MONDAY),
        "Completed On": str(MONDAY + timedelta(days=3)) if finished else "",
        "Assignee Email": f"p{item // ITEMS_EACH}@example.com",
        "Project": f"Project {item % 12}",
    }


def title(item: int) -> str:
    choose = random.Random(item)
    return f"{choose.choice(VERBS)} {' '.join(choose.sample(WORDS, 3))}"


if __name__ == "__main__":
    main()
