"""The trend of a period: its days, the eight weeks before, and what a usual week is."""

from collections import defaultdict

from volt_assets.reports.facts.models import DayTime, Trend, WeekTime
from volt_assets.reports.facts.prepared import PreparedPeriod
from volt_assets.warehouse import read_rows


def trends(prepared: PreparedPeriod, timezone: str) -> dict[int | None, Trend]:
    """The trend of each person with time in the period, and of all of them together (None)."""
    prepared.table("trend", {"timezone": timezone})
    usual = {row.pop("user_id"): row for row in prepared.rows("usual_weeks")}
    weeks: dict[int | None, list[WeekTime]] = defaultdict(list)
    for row in read_rows(prepared.cursor, "SELECT * FROM trend ORDER BY user_id, week"):
        weeks[row.pop("user_id")].append(WeekTime(**row))
    return {user_id: Trend(weeks=of_person, **usual.get(user_id, {})) for user_id, of_person in weeks.items()}


def days(prepared: PreparedPeriod) -> dict[int, list[DayTime]]:
    """The time on each day of the period, by person; nothing for more than 31 days."""
    by_person: dict[int, list[DayTime]] = defaultdict(list)
    for row in prepared.rows("time_by_day"):
        by_person[row.pop("user_id")].append(DayTime(**row))
    return by_person
