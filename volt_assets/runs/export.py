"""Writing a run folder's files for stored days, as `volt export` does: no run, and no request."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from volt_assets.reports.facts.prepared import PreparedPeriod
from volt_assets.reports.files.run_folder import statistics, write_run_folder
from volt_assets.reports.rules import report_rules
from volt_assets.runs.preconditions import (
    check_days,
    check_output_dir,
    find_user_ids,
    require_enriched,
    stored_addresses,
)
from volt_assets.settings import Settings
from volt_assets.toggl.storage import require_stored
from volt_assets.warehouse import Warehouse
from volt_assets.weeks import weeks_between


def export(
    settings: Settings,
    first_day: date,
    last_day: date,
    emails: Sequence[str],
    output_dir: Path,
    *,
    with_workbook: bool = False,
) -> tuple[Path, list[date]]:
    """Write the days first_day..last_day (both included) of these people (none: everybody).

    Returns the export's own folder in `output_dir`, absolute, and the Mondays of the weeks it shows. Raises BadInput
    for a day in a week that is not stored and for an unknown address.
    """
    check_days(settings, first_day, last_day)
    check_output_dir(output_dir)
    weeks = weeks_between(first_day, last_day)
    folder = (output_dir / f"{first_day}_{last_day}").absolute()
    now = datetime.now(UTC).replace(microsecond=0)
    with Warehouse(
        database=str(settings.warehouse_path), lock_wait=settings.volt_lock_wait
    ).get_connection() as connection:
        require_stored(connection, first_day, last_day, settings.volt_timezone)
        require_enriched(connection, weeks)
        user_ids = find_user_ids(emails, stored_addresses(connection, weeks)) if emails else None
        rules = report_rules(connection, settings)
        with PreparedPeriod(connection, first_day, last_day, user_ids, hours=rules.hours) as prepared:
            metadata = _metadata(first_day, last_day, emails, now) | {"statistics": statistics(prepared)}
            write_run_folder(
                prepared,
                rules,
                folder,
                run_id=None,
                user_emails=list(emails) or None,
                generated_at=now,
                metadata=metadata,
                with_workbook=with_workbook,
            )
    return folder, weeks


def _metadata(first_day: date, last_day: date, emails: Sequence[str], now: datetime) -> dict[str, Any]:
    """The keys of a run's metadata, of which an export has few."""
    return {
        "run_id": None,
        "dagster_run_id": None,
        "status": None,
        "created_at": now,
        "completed_at": None,
        "duration_seconds": None,
        "start_date": first_day,
        "end_date": last_day,
        "users": list(emails) or None,
        "start_from": None,
        "based_on": None,
        "completed_stages": [],
        "failed_stages": [],
        "error": None,
        "statistics": None,
        "requests": {"toggl": 0, "fibery": 0, "openai": 0},
    }
