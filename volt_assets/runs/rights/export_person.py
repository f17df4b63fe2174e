"""All that is held on a person, as a folder with a readable index. By the same list of columns as forgetting."""

import csv
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from volt_assets.errors import BadInput
from volt_assets.forgotten import Forgotten
from volt_assets.formatting import plural
from volt_assets.orchestration import run_records
from volt_assets.orchestration.instance import open_instance
from volt_assets.reports.files.whole_folders import appearing
from volt_assets.runs.rights.person import Subject, require
from volt_assets.settings import Settings
from volt_assets.warehouse import Connection, read_rows, warehouse_of
from volt_assets.warehouse.personal import COLUMNS, Holds
from volt_assets.weeks import iso_week

_READ = {Holds.PEOPLE, Holds.ADDRESSES, Holds.TEXT, Holds.JSON, Holds.TYPED, Holds.TITLE}
# Others' reports are theirs. The team's is what all may see, and is made of the other rows.
_REPORTS = ("individual_reports", "report_versions", "team_report")
# Rows that are shown as pages, and what of them is not shown again as data.
_PAGES = ("markdown", "html", "quality_markdown", "quality_html")


def export_person(settings: Settings, email: str, folder: Path) -> dict[str, int]:
    """Write what is held on the person to a new folder; how many rows of each table, reports and runs.

    Raises BadInput for an address that nobody stored ever had, and for a folder that exists.
    """
    if folder.exists():
        raise BadInput(f"{folder} exists. Give a new folder.", code="exists")
    if not settings.warehouse_path.exists():
        raise BadInput(
            f"There is no warehouse {settings.warehouse_path}: nothing is kept of anybody.", code="no_warehouse"
        )
    with warehouse_of(settings).get_connection() as connection, appearing(folder) as new:
        subject = require(connection, email)
        tables = {table: _rows_of(connection, table, subject) for table in sorted(COLUMNS)}
        tables = {table: rows for table, rows in tables.items() if rows}
        reports = _write_reports(new / "reports", tables.pop("individual_reports", []))
        reports += _write_reports(new / "reports", tables.pop("report_versions", []))
        runs = _runs_for(settings, subject)
        for table, rows in tables.items():
            _write_rows(new / "tables", table, rows)
        (new / "runs.json").write_text(_json(runs), encoding="utf-8")
        held = {**{table: len(rows) for table, rows in tables.items()}, "reports": len(reports), "runs": len(runs)}
        (new / "README.md").write_text(_index(connection, subject, tables, reports, runs), encoding="utf-8")
    return held


def _rows_of(connection: Connection, table: str, subject: Subject) -> list[dict[str, Any]]:
    """The rows of a table that are the person's own or name them."""
    columns = COLUMNS[table]
    own = []
    if "user_id" in columns:
        theirs = f"SELECT * FROM {table} WHERE list_contains(?::BIGINT[], user_id) ORDER BY ALL"
        own = read_rows(connection, theirs, [list(subject.user_ids)])
    searched = [name for name, holds in columns.items() if holds in _READ]
    if not searched or table in _REPORTS:
        return own
    finder = _finder(subject)
    named = [
        row
        for row in read_rows(connection, f"SELECT * FROM {table} ORDER BY ALL")
        if row.get("user_id") not in subject.user_ids
        and any(_is_named(row[name], columns[name], subject, finder) for name in searched)
    ]
    return own + named


def _finder(subject: Subject) -> Forgotten:
    """Finds the person as if they were to be removed."""
    unknown = Forgotten(b"", {})
    return Forgotten(b"", dict.fromkeys(subject.digests(unknown), 1))


def _is_named(value: Any, holds: Holds, subject: Subject, finder: Forgotten) -> bool:
    if value is None:
        return False
    if holds is Holds.PEOPLE:
        return not set(value).isdisjoint(subject.user_ids)
    if holds is Holds.ADDRESSES:
        return finder.others(value) != value
    return bool(finder.value(value) != value)


def _write_reports(folder: Path, rows: Sequence[Mapping[str, Any]]) -> list[Path]:
    """Each version as it was printed, and its facts."""
    written = []
    for row in rows:
        folder.mkdir(exist_ok=True)
        name = f"{iso_week(row['week'])}-version-{row['version']}"
        if (folder / f"{name}.json").exists():
            name += f"-{row['user_id']}"
        page = folder / f"{name}.md"
        page.write_text(row["markdown"], encoding="utf-8")
        (folder / f"{name}.json").write_text(
            _json({key: value for key, value in row.items() if key not in _PAGES}), encoding="utf-8"
        )
        if row.get("html"):
            (folder / f"{name}.html").write_text(row["html"], encoding="utf-8")
        written.append(page)
    return written


def _write_rows(folder: Path, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    folder.mkdir(exist_ok=True)
    (folder / f"{table}.json").write_text(_json(rows), encoding="utf-8")
    with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(rows[0])
        for row in rows:
            writer.writerow(
                json.dumps(value, ensure_ascii=False, default=_plain) if isinstance(value, dict | list) else value
                for value in row.values()
            )


def _runs_for(settings: Settings, subject: Subject) -> list[dict[str, Any]]:
    """The runs that were for this person by name of their id."""
    found = []
    with open_instance(settings) as instance:
        for record in instance.get_run_records():
            if set(run_records.user_ids_of(record) or ()) & set(subject.user_ids):
                days = run_records.days_of(record)
                found.append(
                    {
                        "run_id": run_records.run_id_of(instance, record),
                        "created_at": record.create_timestamp,
                        "first_day": days and days[0],
                        "last_day": days and days[1],
                    }
                )
    return found


def _index(
    connection: Connection,
    subject: Subject,
    tables: Mapping[str, Sequence[Mapping[str, Any]]],
    reports: Sequence[Path],
    runs: Sequence[Mapping[str, Any]],
) -> str:
    meanings = dict(connection.execute("SELECT table_name, comment FROM duckdb_tables()").fetchall())
    names = [*subject.names, *subject.shared_names]
    lines = [
        "# What Volt holds on a person",
        "",
        f"Written on {datetime.now(UTC):%Y-%m-%d %H:%M} UTC.",
        "",
        f"- Names: {', '.join(names)}",
        f"- Addresses: {', '.join(subject.emails)}",
        f"- Toggl's ids: {', '.join(map(str, subject.user_ids))}",
        "",
        "## Rows",
        "",
        "Of each table the rows that are the person's own, or name the person. Each is there as JSON and as CSV. Times "
        "are in UTC.",
        "",
    ]
    for table, rows in tables.items():
        meaning = f" {meanings[table]}" if meanings.get(table) else ""
        lines.append(
            f"- [{table}](tables/{table}.csv) ([JSON](tables/{table}.json)), {plural(len(rows), 'row')}.{meaning}"
        )
    lines += ["", "## Reports", "", "The person's own reports, in all versions, as they were printed.", ""]
    lines += [f"- [{path.stem}](reports/{path.name})" for path in reports] or ["None."]
    lines += ["", "## Runs", "", f"[runs.json](runs.json): {plural(len(runs), 'run')} that were for this person.", ""]
    lines += [
        "## What is not in this folder",
        "",
        "The team's reports, in which the person's figures are those of these rows; what Toggl and Fibery hold; "
        "messages that were sent; what is in config/people.yaml, which is not Volt's; run "
        "folders and exports, which are copies of what is here.",
        "",
    ]
    return "\n".join(lines)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, default=_plain) + "\n"


def _plain(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")
