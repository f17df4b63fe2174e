"""Billable hours and what they cost, by project and by person (VOLT_MONEY). Currencies are never added up."""

from collections.abc import Callable, Hashable, Sequence

from volt_assets.formatting import listing, number
from volt_assets.reports.facts.models import BillableTime, TeamFacts
from volt_assets.reports.view.amounts import currencies_of, printed, sum_of
from volt_assets.reports.view.blocks import Block, Column, Group, Hours, Line, Paragraph, Row, Section, Span, Table
from volt_assets.reports.view.people import People

_NAMED = 3


def money_group(facts: TeamFacts, people: People) -> Group | None:
    """Two tables with the same totals; nothing where amounts are not to be shown."""
    if facts.money is None:
        return None
    if not facts.money:
        nothing = Paragraph(("No billable time is known.",), "soft")
        return Group((Section("Billable time", (nothing,), anchor="money"),))
    by_project = _table("Project", facts.money, lambda part: part.project, lambda part: (part.project or "no project",))
    by_person = _table("Person", facts.money, lambda part: part.user_id, lambda part: (people.links[part.user_id],))
    about = [Paragraph((text,), "note") for text in _notes(facts, facts.money)]
    blocks: tuple[Block, ...] = (by_project, *about)
    return Group((Section("Billable time", blocks, anchor="money"), Section("Billable time by person", (by_person,))))


def _table(
    head: str,
    parts: Sequence[BillableTime],
    key: Callable[[BillableTime], Hashable],
    name: Callable[[BillableTime], tuple[Span, ...]],
) -> Table:
    """A row each, most hours first, and the total."""
    currencies = currencies_of(parts)
    groups: dict[Hashable, list[BillableTime]] = {}
    for part in parts:
        groups.setdefault(key(part), []).append(part)
    of_each = sorted(groups.values(), key=lambda group: -sum(part.hundredths for part in group))
    without = any(part.amount is None for part in parts)
    rows = tuple(Row((name(group[0]), *_cells(group, currencies, without))) for group in of_each)
    columns = (
        Column(head),
        Column("Billable h", "number", strong=True),
        *(Column(currency, "number") for currency in currencies),
        *((Column("Without a rate, h", "number"),) if without and currencies else ()),
    )
    return Table(columns, rows, Row((("All",), *_cells(parts, currencies, without))))


def _cells(parts: Sequence[BillableTime], currencies: Sequence[str], without: bool) -> tuple[Line, ...]:
    amounts: list[Line] = [
        (printed(sum_of(parts, currency)) if any(part.currency == currency for part in parts) else "–",)
        for currency in currencies
    ]
    if without and currencies:
        hundredths = sum(part.hundredths for part in parts if part.amount is None)
        amounts.append((Hours(hundredths),) if hundredths else ("–",))
    return (Hours(sum(part.hundredths for part in parts)),), *amounts


def _notes(facts: TeamFacts, parts: Sequence[BillableTime]) -> list[str]:
    """What the amounts are, and which hours have none."""
    notes = []
    without: dict[str, int] = {}
    for part in parts:
        if part.amount is None:
            name = part.project or "no project"
            without[name] = without.get(name, 0) + part.hundredths
    if without:
        largest = sorted(without, key=lambda name: -without[name])
        named = [f"{name} {number(without[name])} h" for name in largest[:_NAMED]]
        named += [f"{len(largest) - _NAMED} more"] if len(largest) > _NAMED else []
        notes.append(f"There is no rate, in Toggl or in people.yaml, for {listing(named)}.")
    if facts.figures.billable_hundredths is None:
        notes.append("Of some weeks it is not known what is billable: fetch them again.")
    notes.append("An amount is the printed hours of a person on a project times the rate.")
    return notes
