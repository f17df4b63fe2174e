"""The weekly reports as files, for readers: a folder for each week, and an index of all weeks.

Whoever made a week's reports (a terminal, the UI, a sensor), they are found here: $VOLT_HOME/reports/2025-W41/. What is
written is what is stored; `site.py` shows it in the browser.
"""

import os
from collections.abc import Mapping
from datetime import UTC
from pathlib import Path

from volt_assets.disk import written_to
from volt_assets.reports.facts.prepared import PreparedPeriod
from volt_assets.reports.files import time_csv
from volt_assets.reports.files.team_files import FOLDER as TEAMS
from volt_assets.reports.files.team_files import team_files
from volt_assets.reports.files.whole_folders import appearing
from volt_assets.reports.rendering.html import page_of
from volt_assets.reports.rules import ReportRules
from volt_assets.reports.view.quality import PAGE
from volt_assets.reports.view.weeks import view_of_weeks
from volt_assets.warehouse import Connection, query, read_rows
from volt_assets.weeks import iso_week

INDEX = "index.html"
# Where `volt ui` serves the folder.
PATH = "/reports"


def report_url(week: str | None = None, file: str = "") -> str:
    """The address of a week's page (2025-W41), or of a file in it, without an origin: right on any port."""
    return f"{PATH}/{week}/{file}" if week else f"{PATH}/"


def write_week(prepared: PreparedPeriod, rules: ReportRules, folder: Path, names: Mapping[int, str]) -> Path:
    """Write the stored reports of the week prepared to its own folder in `folder`, replaced whole, and return that.

    `names` gives each person's file name. Those of single teams are made here, by the `rules`, of what is stored.
    """
    connection, week = prepared.connection, prepared.first_day
    own = folder / iso_week(week)
    files: dict[str, str] = {}
    for (markdown,) in connection.execute("SELECT markdown FROM toggl_summary WHERE week = ?", [week]).fetchall():
        files["toggl_summary.md"] = markdown
    team = "SELECT markdown, html, quality_markdown, quality_html, generated_at FROM team_report WHERE week = ?"
    for markdown, html, quality_markdown, quality_html, at in connection.execute(team, [week]).fetchall():
        files |= {"team_summary.md": markdown, "team_summary.html": html}
        files |= {f"{PAGE}.md": quality_markdown, f"{PAGE}.html": quality_html}
        # Of what is not made anew, the time is that of the report of all.
        files |= team_files(prepared, rules, names, at.replace(tzinfo=UTC), index=f"../../{INDEX}")
    people = "SELECT user_id, markdown, html FROM individual_reports WHERE week = ? ORDER BY user_id"
    for user_id, markdown, html in connection.execute(people, [week]).fetchall():
        files |= {f"individual/{names[user_id]}.md": markdown, f"individual/{names[user_id]}.html": html}
    files[time_csv.FILE] = time_csv.time_csv(prepared)
    with appearing(own) as new:
        (new / "individual").mkdir()
        if any(name.startswith(TEAMS) for name in files):
            (new / TEAMS).mkdir()
        for name, content in files.items():
            # A report made by an earlier program has no page yet.
            if content is not None:
                (new / name).write_text(content, encoding="utf-8", newline="")
    return own


def write_index(connection: Connection, folder: Path, names: Mapping[int, str]) -> None:
    """Write the list of all weeks in `folder`, newest first, with links to each and to everybody's reports."""
    rows = read_rows(connection, query("reports/files/sql/index.sql"))
    page = page_of(view_of_weeks(rows, names))
    with written_to(folder):
        folder.mkdir(parents=True, exist_ok=True)
        draft = folder / f".{INDEX}.{os.getpid()}"
        draft.write_text(page, encoding="utf-8")
        draft.replace(folder / INDEX)
