"""The period before: its figures, or why they are unknown."""

from collections.abc import Iterable
from typing import NamedTuple

from volt_assets.reports.facts.figures import figures_of
from volt_assets.reports.facts.models import Before, Figures
from volt_assets.reports.facts.prepared import PeriodSums, PreparedPeriod, Row
from volt_assets.toggl.storage import summed_of_others
from volt_assets.weeks import weeks_between


class FiguresBefore(NamedTuple):
    """The period before `prepared`: rows of `figures.sql` by person, or None and the reason."""

    prepared: PreparedPeriod
    rows: dict[int | None, Row] | None
    reason: str | None

    def of(self, user_id: int | None) -> Before:
        """A person's figures; None: the team's."""
        first_day, last_day = self.prepared.days_before
        figures = None if self.rows is None else figures_of(self.rows.get(user_id))
        return Before(first_day=first_day, last_day=last_day, figures=figures, unknown_because=self.reason)

    def of_others(self, user_ids: Iterable[int]) -> list[Figures] | None:
        """The figures of those who are not among `user_ids`."""
        if self.rows is None:
            return None
        return [figures_of(self.rows[user_id]) for user_id in self.rows.keys() - {None, *user_ids}]


def figures_before(prepared: PreparedPeriod, timezone: str) -> FiguresBefore:
    """The figures of the period before `prepared`, for the same people. `timezone`: the reports'."""
    sums = prepared.sums_before()
    reason = _unknown_because(prepared, sums, timezone)
    return FiguresBefore(prepared, sums.figures if reason is None else None, reason)


def _unknown_because(prepared: PreparedPeriod, sums: PeriodSums, timezone: str) -> str | None:
    weeks = weeks_between(*prepared.days_before)
    if set(weeks) - {week.week for week in sums.weeks}:
        return "not stored"
    if any(week.timezone != timezone for week in sums.weeks):
        return "stored for another time zone"
    if not all(week.complete for week in sums.weeks):
        return "not complete"
    sums_agree = sums.fetched[None]["counted_seconds"] == sums.figures[None]["tracked_seconds"]
    if not sums_agree or summed_of_others(prepared.connection, weeks[0], weeks[-1]):
        return "not summed since they were fetched"
    return None
