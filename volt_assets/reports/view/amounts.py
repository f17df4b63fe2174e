"""Amounts of money in words. Currencies are never added up."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from volt_assets.formatting import number
from volt_assets.reports.facts.models import BillableTime

_THOUSANDS = "\N{NARROW NO-BREAK SPACE}"


def amounts_in_words(parts: Sequence[BillableTime]) -> str:
    """ "16 134.76 EUR + 51.58 h without a rate"."""
    amounts = [f"{printed(sum_of(parts, currency))} {currency}" for currency in currencies_of(parts)]
    without = sum(part.hundredths for part in parts if part.amount is None)
    return " + ".join([*amounts, *([f"{number(without)} h without a rate"] if without else [])])


def printed(amount: Decimal) -> str:
    """An amount with two decimals: "16 134.76"."""
    return f"{amount:,.2f}".replace(",", _THOUSANDS)


def currencies_of(parts: Iterable[BillableTime]) -> list[str]:
    return sorted({part.currency for part in parts if part.currency is not None})


def sum_of(parts: Iterable[BillableTime], currency: str) -> Decimal:
    amounts = (part.amount for part in parts if part.currency == currency and part.amount is not None)
    return sum(amounts, Decimal(0))
