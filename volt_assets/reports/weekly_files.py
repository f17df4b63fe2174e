"""The weekly reports as files, for readers: a folder for each week, and an index of all weeks.

Whoever made a week's reports (a terminal, the UI, a sensor), they are found here: $VOLT_HOME/reports/2025-W41/. What is
written is what is stored; `site.py` shows it in the browser.
"""

import os
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from volt_assets.partitions import iso_week, last_day
from volt_assets.printing import period
from volt_assets.reports.run_folder import appearing
from volt_assets.warehouse import Connection

INDEX = "index.md"
# Where `volt ui` serves the folder.
PATH = "/reports"


def report_url(week: str | None = None, file: str = "") -> str:
    """The address of a week's page (2025-W41), or of a file in it, without an origin: right on any port."""
    return f"{PATH}/{week}/{file}" if week else f"{PATH}/"


def write_week(connection: Connection, folder: Path, week: date, names: Mapping[int, str]) -> Path:
    """Write the stored reports of a week (a Monday) to its own folder in `folder`, replaced whole, and return that.

    `names` gives each person's file name.
    """
    own = folder / iso_week(week)
    files = {
        "toggl_summary.md": connection.execute("SELECT markdown FROM toggl_summary WHERE week = ?", [week]).fetchone(),
        "team_summary.md": connection.execute("SELECT markdown FROM team_report WHERE week = ?", [week]).fetchone(),
    }
    people = connection.execute(
        "SELECT user_id, markdown FROM individual_reports WHERE week = ? ORDER BY user_id", [week]
    ).fetchall()
    with appearing(own) as new:
        for name, row in files.items():
            if row is not None:
                (new / name).write_text(row[0], encoding="utf-8")
        individual = new / "individual"
        individual.mkdir()
        for user_id, markdown in people:
            (individual / f"{names[user_id]}.md").write_text(markdown, encoding="utf-8")
    return own


def write_index(folder: Path) -> None:
    """Write the list of all weeks in `folder`, newest first, with a link to each."""
    weeks = sorted((entry.name for entry in folder.glob("????-W??") if entry.is_dir()), reverse=True)
    lines = [f"- [{name}]({name}/team_summary.md): {_days(name)}" for name in weeks]
    draft = folder / f".{INDEX}.{os.getpid()}"
    draft.write_text("# Weekly reports\n\n" + "\n".join(lines) + "\n", encoding="utf-8")
    draft.replace(folder / INDEX)


def _days(name: str) -> str:
    year, number = name.split("-W")
    week = date.fromisocalendar(int(year), int(number), 1)
    return period(week, last_day(week))
