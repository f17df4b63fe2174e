"""The trend of a period: its days, the eight weeks before, and what a usual week is."""

from collections import defaultdict
from typing import Any

from volt_assets.reports.facts.models import DayTime, Trend, WeekTime
from volt_assets.warehouse import Connection, query, read_rows


def trends(connection: Connection, timezone: str) -> dict[int | None, Trend]:
    """The trend of each person with time in the prepared period, and of all of them together (None)."""
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE trend AS {query('reports/facts/sql/trend.sql')}", {"timezone": timezone}
    )
    usual = {row.pop("user_id"): row for row in read_rows(connection, query("reports/facts/sql/usual_weeks.sql"))}
    weeks: dict[int | None, list[WeekTime]] = defaultdict(list)
    for row in read_rows(connection, "SELECT * FROM trend ORDER BY user_id, week"):
        user_id: Any = row.pop("user_id")
        weeks[user_id].append(WeekTime(**row))
    return {user_id: Trend(weeks=of_person, **usual.get(user_id, {})) for user_id, of_person in weeks.items()}


def days(connection: Connection) -> dict[int, list[DayTime]]:
    """The time on each day of the prepared period, by person; nothing for more than 31 days."""
    by_person: dict[int, list[DayTime]] = defaultdict(list)
    for row in read_rows(connection, query("reports/facts/sql/time_by_day.sql")):
        by_person[row.pop("user_id")].append(DayTime(**row))
    return by_person
