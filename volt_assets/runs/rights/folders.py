"""Folders of reports without somebody who was removed: the weeks' own, and those of runs, written again from what is
stored then. A run's folder that cannot be written again is removed.
"""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from volt_assets.disk import written_to
from volt_assets.errors import VoltError
from volt_assets.reports.facts.prepared import PreparedPeriod
from volt_assets.reports.files import workbook
from volt_assets.reports.files.file_names import file_names
from volt_assets.reports.files.run_folder import statistics, write_failed_run, write_run_folder
from volt_assets.reports.files.weekly_files import write_index, write_week
from volt_assets.reports.people import everybody
from volt_assets.reports.rules import ReportRules
from volt_assets.runs.preconditions import require_enriched
from volt_assets.runs.rights.texts import Traces
from volt_assets.settings import Settings
from volt_assets.toggl.storage import require_stored
from volt_assets.warehouse import Connection
from volt_assets.weeks import iso_week, last_day, weeks_between

METADATA = "run_metadata.json"


def folders_with(traces: Traces, parents: Sequence[Path]) -> list[Path]:
    """The folders of runs and exports in `parents` in which the person may stand."""
    folders = {folder.parent.resolve() for parent in parents for folder in parent.glob(f"*/{METADATA}")}
    return [folder for folder in sorted(folders) if any(map(traces.stands_in, _files(folder)))]


def weeks_with(traces: Traces, folder: Path) -> list[str]:
    """The weeks' folders, and the index, in which the person may stand."""
    if not folder.is_dir():
        return []
    return [each.name for each in sorted(folder.iterdir()) if any(map(traces.stands_in, _files(each)))]


def _files(folder: Path) -> list[Path]:
    return [folder] if folder.is_file() else [path for path in sorted(folder.rglob("*")) if path.is_file()]


def renew_weeks(connection: Connection, rules: ReportRules, settings: Settings) -> None:
    """Write the folders of all reported weeks and their index again."""
    names = file_names(connection)
    weeks = connection.execute("SELECT week FROM team_report UNION SELECT week FROM individual_reports ORDER BY 1")
    for (week,) in weeks.fetchall():
        if (settings.reports_path / iso_week(week)).exists():
            with PreparedPeriod(connection, week, last_day(week), hours=rules.hours) as prepared:
                write_week(prepared, rules, settings.reports_path, names)
    if settings.reports_path.exists():
        write_index(connection, settings.reports_path, names)


def renew_folder(connection: Connection, rules: ReportRules, folder: Path, emails: Sequence[str]) -> bool:
    """Write a run's folder again, without the removed person of these addresses; False where it was removed instead."""
    try:
        metadata: dict[str, Any] = json.loads((folder / METADATA).read_text())
        first, last = (date.fromisoformat(metadata[name]) for name in ("start_date", "end_date"))
        users = metadata.get("users")
    except (OSError, ValueError, KeyError, TypeError):
        return _removed(folder)
    gone = {email.casefold() for email in emails}
    left = None if users is None else [user for user in users if str(user).casefold() not in gone]
    metadata["users"] = left
    if left == []:
        return _removed(folder)
    if not (folder / "reports").exists():
        write_failed_run(folder, metadata)
        return True
    try:
        require_stored(connection, first, last, rules.timezone)
        require_enriched(connection, weeks_between(first, last))
        _write(connection, rules, folder, metadata, (first, last), left)
    except VoltError:
        return _removed(folder)
    return True


def _write(
    connection: Connection,
    rules: ReportRules,
    folder: Path,
    metadata: dict[str, Any],
    days: tuple[date, date],
    emails: list[str] | None,
) -> None:
    wanted = None if emails is None else {email.casefold() for email in emails}
    ids = [
        person.user_id
        for person in everybody(connection)
        if wanted is not None and wanted & {*map(str.casefold, person.emails), str(person.user_id)}
    ]
    with PreparedPeriod(connection, *days, None if wanted is None else ids or [0], hours=rules.hours) as prepared:
        write_run_folder(
            prepared,
            rules,
            folder,
            run_id=metadata.get("run_id"),
            user_emails=emails,
            generated_at=datetime.now(UTC).replace(microsecond=0),
            metadata={**metadata, "statistics": statistics(prepared)},
            with_workbook=(folder / "reports" / workbook.FILE).exists(),
        )


def _removed(folder: Path) -> bool:
    """Remove what Volt wrote into a run's folder. False."""
    with written_to(folder):
        for path in sorted(folder.rglob("*"), reverse=True):
            if path.is_dir():
                if not any(path.iterdir()):
                    path.rmdir()
            else:
                path.unlink()
        folder.rmdir()
    return False
