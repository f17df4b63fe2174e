"""Dagster's partitions: the weeks of `weeks.py`, by their Mondays."""

from datetime import date
from zoneinfo import ZoneInfo

import dagster as dg


def weekly_partitions(first_week: date, zone: ZoneInfo) -> dg.WeeklyPartitionsDefinition:
    """The weeks from `first_week` (a Monday) on, with the open one."""
    # day_offset counts from Sunday; end_offset=1 adds the open week.
    return dg.WeeklyPartitionsDefinition(
        start_date=first_week.isoformat(), day_offset=1, timezone=zone.key, end_offset=1
    )
