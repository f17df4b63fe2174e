"""The trend of a period: its days, the eight weeks before, and what a usual week is."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from statistics import median

from volt_assets.months import months_between
from volt_assets.reports.facts.models import DayTime, Period, Project, Trend, WeekTime
from volt_assets.reports.facts.prepared import PreparedPeriod
from volt_assets.warehouse import read_rows
from volt_assets.weeks import weeks_between

# So many of the eight weeks before have to be known to say what is usual: `usual_weeks.sql` has the same.
USUAL_WEEKS = 4
# So many months stand beside each other in a table.
MOST_MONTHS = 4


def trends(prepared: PreparedPeriod, period: Period) -> dict[int | None, Trend]:
    """The trend of each person with time in the period, and of all of them together (None)."""
    prepared.table("trend", {"timezone": period.timezone})
    own_of = _own_parts(prepared, period)
    usual = {row.pop("user_id"): row for row in prepared.rows("usual_weeks")}
    weeks: dict[int | None, list[WeekTime]] = defaultdict(list)
    for row in read_rows(prepared.cursor, "SELECT * FROM trend ORDER BY user_id, week"):
        weeks[row.pop("user_id")].append(WeekTime(**row))
    return {
        user_id: Trend(weeks=of_person, own=own_of(user_id), **usual.get(user_id, {}))
        for user_id, of_person in weeks.items()
    }


def _own_parts(prepared: PreparedPeriod, period: Period) -> Callable[[int | None], list[WeekTime]]:
    """What gives the weeks or months of a longer period of a person, those without time, too."""
    known: dict[int | None, dict[date, WeekTime]] = defaultdict(dict)
    for row in prepared.rows("time_by_part", {"part": period.parts}) if period.parts else []:
        of_whom = known[row.pop("user_id")]
        of_whom[row["week"]] = WeekTime(**row)

    def of(user_id: int | None) -> list[WeekTime]:
        none = WeekTime(week=period.first_day, seconds=0, hundredths=0, linked_seconds=0)
        return [known[user_id].get(first, none.model_copy(update={"week": first})) for first in first_days(period)]

    return of


def first_days(period: Period) -> list[date]:
    """The first days of a period's parts: Mondays, or the first of months; none where it has none."""
    if period.parts is None:
        return []
    between = weeks_between if period.parts == "week" else months_between
    return between(period.first_day, period.last_day)


def with_months(prepared: PreparedPeriod, period: Period, projects: list[Project]) -> list[Project]:
    """The team's projects of a period of two to four months, with the time in each of them."""
    months = months_between(period.first_day, period.last_day)
    if period.parts is None or not 2 <= len(months) <= MOST_MONTHS:
        return projects
    found = {(row["project"], row["month"]): row["hundredths"] for row in prepared.rows("project_months")}
    return [
        project.model_copy(update={"months": [found.get((project.project, month), 0) for month in months]})
        for project in projects
    ]


def project_trends(
    prepared: PreparedPeriod, projects: Mapping[int | None, list[Project]], trends: Mapping[int | None, Trend]
) -> dict[int | None, list[Project]]:
    """The projects of a week, with the weeks before. Reads the table `trend`."""
    before: dict[tuple[int | None, str | None], dict[date, int]] = defaultdict(dict)
    for row in prepared.rows("project_weeks"):
        before[row["user_id"], row["project"]][row["week"]] = row["hundredths"]
    known = trends[None].weeks
    return {
        user_id: [_with_weeks(project, known, before[user_id, project.project]) for project in of_person]
        for user_id, of_person in projects.items()
    }


def _with_weeks(project: Project, trend: Sequence[WeekTime], before: Mapping[date, int]) -> Project:
    weeks = [None if week.seconds is None else before.get(week.week, 0) for week in trend[:-1]]
    known = [each for each in weeks if each is not None]
    usual = round(median(known)) if len(known) >= USUAL_WEEKS else None
    return project.model_copy(update={"weeks": [*weeks, project.hundredths], "usual_hundredths": usual})


def days(prepared: PreparedPeriod) -> dict[int, list[DayTime]]:
    """The time on each day of the period, by person; nothing for more than 31 days."""
    by_person: dict[int, list[DayTime]] = defaultdict(list)
    for row in prepared.rows("time_by_day"):
        by_person[row.pop("user_id")].append(DayTime(**row))
    return by_person
