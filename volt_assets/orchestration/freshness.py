"""By when each week's reports are expected: from the hour on at which a week counts as stuck, they are overdue."""

from datetime import datetime, timedelta

import dagster as dg

from volt_assets.settings import Settings
from volt_assets.weeks import Due

WEEK, MINUTE = timedelta(days=7), timedelta(minutes=1)


def reported_by(settings: Settings) -> dg.FreshnessPolicy:
    """The reports were made since the week before ended, by VOLT_STUCK_AFTER hours after VOLT_WEEK_DUE (VOLT_TIMEZONE).

    Of the asset, not of a week (Dagster's way): any week's reports count.
    """
    cron, since = deadline(settings.week_due, timedelta(hours=settings.volt_stuck_after))
    return dg.FreshnessPolicy.cron(cron, lower_bound_delta=since, timezone=settings.volt_timezone)


def deadline(due: Due, allowance: timedelta) -> tuple[str, timedelta]:
    """When the reports of the week before are expected, as a weekly cron expression of whole minutes, and the time
    before it within which they count. That goes back to the Monday on which the week had ended, and a week at most.
    """
    since_monday = timedelta(days=due.weekday, hours=due.at.hour, minutes=due.at.minute) + allowance
    # Dagster wants a minute at least.
    since_monday = max(since_monday // MINUTE, 1) * MINUTE
    at = datetime(2024, 1, 1) + since_monday  # a Monday
    return f"{at.minute} {at.hour} * * {at.isoweekday() % 7}", min(since_monday, WEEK)
