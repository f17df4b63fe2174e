"""Billable time and what it costs, by person and project: at Toggl's rate, else at that of people.yaml (VOLT_MONEY).

An amount is the printed hours of one person on one project times the rate, rounded to the cent once: projects, people
and teams add these up, so any two prints of one amount agree.
"""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

from volt_assets.formatting import unit_seconds
from volt_assets.reports.facts.models import BillableTime
from volt_assets.reports.facts.prepared import PreparedPeriod, Row
from volt_assets.reports.people_config import PeopleConfig, Rate

_CENT = Decimal("0.01")


def billable_times(prepared: PreparedPeriod, people: Mapping[int, Row], config: PeopleConfig) -> list[BillableTime]:
    """A part for each person, project and rate, of the prepared period. `people`: rows with the `email` of each."""
    return [_part(row, people[row["user_id"]]["email"], config) for row in prepared.rows("billable_time")]


def _part(row: Row, email: str | None, config: PeopleConfig) -> BillableTime:
    rate = _rate(row, email, config)
    return BillableTime(
        user_id=row["user_id"],
        project=row["project"],
        hundredths=row["hundredths"],
        rate=rate and rate.amount,
        currency=rate and rate.currency,
        amount=rate and amount_of(row["hundredths"], rate.amount),
    )


def _rate(row: Row, email: str | None, config: PeopleConfig) -> Rate | None:
    if row["rate_cents"] is not None and row["currency"]:
        return Rate(Decimal(row["rate_cents"]) / 100, row["currency"])
    return config.rate(email, row["project"])


def amount_of(hundredths: int, rate: Decimal) -> Decimal:
    """Hundredths of an hour at a rate, to the cent."""
    return (Decimal(hundredths) * unit_seconds() / 3600 * rate).quantize(_CENT, ROUND_HALF_UP)
