"""time.xlsx: a period's time, people, projects and work items as sheets with types, filters and totals; with VOLT_MONEY
what is billable, too.

The hours and amounts are those that the reports print, and so are the totals, which are formulas that follow the
filter. As in time.csv, everybody is shown by name. What people typed is stored as text and never as a formula.
"""

import io
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal

import xlsxwriter
from xlsxwriter.utility import xl_range
from xlsxwriter.worksheet import Worksheet

from volt_assets.errors import BadInput
from volt_assets.formatting import listing, rounded
from volt_assets.reports.facts.models import BillableTime, Entity, IndividualFacts, Parent, PeriodFacts
from volt_assets.reports.facts.period import period_facts
from volt_assets.reports.facts.prepared import PreparedPeriod
from volt_assets.reports.files.time_csv import FORMULA
from volt_assets.reports.rules import ReportRules
from volt_assets.warehouse import query, read_rows

FILE = "time.xlsx"

# Excel's own limits (support.microsoft.com, "Excel specifications and limits"). A row each for the head and the totals.
_MOST_ROWS = 1_048_576 - 2
_MOST_LINKS, _LONGEST_LINK = 65_530, 2_079

Kind = Literal["text", "name", "day", "hours", "amount", "count"]
_FORMATS: dict[Kind, dict[str, Any]] = {
    "text": {},
    "name": {},
    "day": {"num_format": "yyyy-mm-dd", "align": "left"},
    "hours": {"num_format": "#,##0.00"},
    "amount": {"num_format": "#,##0.00"},
    "count": {"num_format": "#,##0"},
}
_WIDTHS: dict[Kind, int] = {"text": 20, "name": 42, "day": 12, "hours": 12, "amount": 12, "count": 10}


@dataclass(frozen=True)
class Column:
    """`total`: the sum of all, where each is known; or of those that are `known`, where others have no such figure."""

    head: str
    kind: Kind = "text"
    total: Literal["", "all", "known"] = ""


@dataclass(frozen=True)
class Linked:
    """A text that opens an address."""

    text: str
    url: str


# Hours and amounts are whole hundredths; None is an empty cell.
Cell = str | int | date | Linked | None


@dataclass(frozen=True)
class Sheet:
    name: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]


def workbook(prepared: PreparedPeriod, facts: PeriodFacts, rules: ReportRules, generated_at: datetime) -> bytes:
    """The workbook of a period, in decimal hours. `facts` are of the prepared days and people, by the `rules`. The same
    content gives the same bytes.
    """
    if prepared.hours == "decimal":
        return _workbook(prepared, facts, facts.team.money, generated_at)
    with PreparedPeriod(prepared.connection, *prepared.days, prepared.user_ids) as in_decimal:
        return _workbook(in_decimal, period_facts(in_decimal, rules), facts.team.money, generated_at)


def _workbook(
    prepared: PreparedPeriod, facts: PeriodFacts, money: Sequence[BillableTime] | None, generated_at: datetime
) -> bytes:
    """`money` has the amounts that the reports print, whatever the form of their hours."""
    sheets = [_time(prepared), _people(facts.individuals), _projects(prepared), _items(facts)]
    if money is not None and facts.team.money is not None:
        sheets.append(_billable(facts.individuals, facts.team.money, money))
    return _written(sheets, f"Time of {prepared.first_day} to {prepared.last_day}", generated_at)


def _time(prepared: PreparedPeriod) -> Sheet:
    """The rows of time.csv, under the same names."""
    columns = (
        Column("day", "day"),
        *map(Column, ("person", "email", "linked", "type", "public_id")),
        Column("name", "name"),
        Column("project"),
        Column("description", "name"),
        Column("seconds", "count", "all"),
        Column("hours", "hours", "all"),
        Column("entries", "count", "all"),
    )
    rows = read_rows(prepared.cursor, query("reports/files/sql/time_table.sql"))
    values = [row | {"linked": "yes" if row["linked"] else "no", "hours": row["hundredths"]} for row in rows]
    return Sheet("time", columns, [[row[column.head] for column in columns] for row in values])


def _people(individuals: Iterable[IndividualFacts]) -> Sheet:
    columns = (
        Column("person"),
        Column("email"),
        Column("hours", "hours", "all"),
        Column("on work items", "hours", "all"),
        Column("other", "hours", "all"),
        Column("billable", "hours", "all"),
        Column("hours before", "hours", "all"),
        Column("entries", "count", "all"),
        # An item of two people counts once in all, so these have no total.
        Column("work items", "count"),
        Column("finished", "count"),
    )
    rows = []
    for person in individuals:
        now, before = person.figures, person.before.figures
        rows.append(
            [
                person.name,
                person.email,
                now.tracked_hundredths,
                now.linked_hundredths,
                now.other_hundredths,
                now.billable_hundredths,
                None if before is None else before.tracked_hundredths,
                now.entries,
                now.entities,
                now.finished,
            ]
        )
    return Sheet("people", columns, rows)


def _projects(prepared: PreparedPeriod) -> Sheet:
    columns = (
        Column("project", "name"),
        Column("hours", "hours", "all"),
        Column("entries", "count", "all"),
        *(Column(head, "count") for head in ("people", "work items", "finished")),
    )
    rows = [
        [
            "No project" if row["project"] is None else row["project"],
            *(row[name] for name in ("hundredths", "entries", "people", "entities", "finished")),
        ]
        for row in prepared.rows("time_by_project")
        if row["user_id"] is None
    ]
    return Sheet("projects", columns, rows)


def _billable(
    individuals: Iterable[IndividualFacts], parts: Sequence[BillableTime], printed: Sequence[BillableTime]
) -> Sheet:
    """A row for each person, project and rate, with a column for the amounts of each currency. `parts` are in decimal
    hours; the amounts are those of `printed`, its same rows.
    """
    currencies = sorted({part.currency for part in printed if part.currency is not None})
    columns = (
        *map(Column, ("person", "email", "project")),
        Column("billable hours", "hours", "all"),
        Column("rate", "amount"),
        Column("currency"),
        *(Column(f"amount {currency}", "amount", "known") for currency in currencies),
    )
    people = {person.user_id: person for person in individuals}
    rows: list[list[Cell]] = []
    for part, amounts in zip(parts, printed, strict=True):
        person = people[part.user_id]
        amount = None if amounts.amount is None else int(100 * amounts.amount)
        rows.append(
            [
                person.name,
                person.email,
                part.project,
                part.hundredths,
                None if part.rate is None else round(100 * part.rate),
                part.currency,
                *(amount if part.currency == currency else None for currency in currencies),
            ]
        )
    return Sheet("billable", columns, rows)


def _items(facts: PeriodFacts) -> Sheet:
    columns = (
        Column("type"),
        Column("public_id"),
        Column("name", "name"),
        Column("state"),
        Column("finished"),
        Column("part of", "name"),
        *map(Column, ("projects", "people", "assigned to")),
        Column("hours", "hours", "all"),
        Column("hours before", "hours", "all"),
        Column("hours in all", "hours", "all"),
        Column("known from", "day"),
        Column("at least"),
        Column("estimate", "hours", "known"),
        Column("left", "hours", "known"),
        Column("over", "hours", "known"),
        Column("entries", "count", "all"),
        *(Column(head, "day") for head in ("planned start", "planned end", "started", "ended")),
    )
    of_people: dict[tuple[str, str], list[tuple[IndividualFacts, Entity]]] = defaultdict(list)
    for person in facts.individuals:
        for entity in person.entities:
            of_people[entity.type, entity.public_id].append((person, entity))
    known_from = facts.team.period.stored_since
    rows = [_item(entity, of_people[entity.type, entity.public_id], known_from) for entity in facts.team.entities]
    return Sheet("items", columns, rows)


def _item(entity: Entity, of_people: Sequence[tuple[IndividualFacts, Entity]], known_from: date | None) -> list[Cell]:
    """A work item's row: times are everybody's; texts are as people's own reports have them, as the team's may be
    without names. `known_from`: the first day of what is known of time in all."""
    plan, named = entity.plan, of_people[0][1]
    name = named.name or named.title or ""
    projects = {project.project for _, own in of_people for project in own.projects if project.project}
    assigned = named.assignees and listing([each.shown for each in named.assignees])
    estimate = None if plan.estimate_seconds is None else rounded(plan.estimate_seconds)
    in_all = plan.spent_in_all_hundredths
    left = None if estimate is None or in_all is None else estimate - in_all
    return [
        entity.type,
        entity.public_id,
        Linked(name or f"#{entity.public_id}", named.url) if named.url else name,
        entity.state,
        "yes" if entity.finished else "no",
        " › ".join(map(_parent, named.parents)),
        listing(sorted(projects)),
        listing([person.name for person, _ in of_people]),
        assigned or None,
        entity.hundredths,
        plan.spent_before_hundredths,
        in_all,
        known_from,
        None if in_all is None else "yes" if plan.at_least else "no",
        estimate,
        None if left is None else max(left, 0),
        None if left is None else max(-left, 0),
        entity.entries,
        entity.planned_start,
        entity.planned_end,
        entity.actual_start,
        entity.actual_end,
    ]


def _parent(parent: Parent) -> str:
    number = f"#{parent.public_id}" if parent.public_id else ""
    return " ".join(filter(None, (number, parent.name))) or parent.type or ""


def _written(sheets: Iterable[Sheet], title: str, generated_at: datetime) -> bytes:
    file = io.BytesIO()
    # In memory: what XlsxWriter would write beside it is for nobody else's eyes either.
    with xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties({"title": title, "created": generated_at.astimezone(UTC).replace(tzinfo=None)})
        formats = _Formats(book)
        for sheet in sheets:
            _write(sheet, book.add_worksheet(sheet.name), formats)
    return file.getvalue()


class _Formats:
    """How cells look, each way made once."""

    def __init__(self, book: xlsxwriter.Workbook):
        self.of_kind = {kind: book.add_format(of) for kind, of in _FORMATS.items()}
        self.total = {kind: book.add_format({**of, "bold": True, "top": 1}) for kind, of in _FORMATS.items()}
        self.head = book.add_format({"bold": True, "bottom": 1, "valign": "top"})
        # Marked as text, so that a text like a formula stays one when somebody edits the cell.
        self.typed = book.add_format({"quote_prefix": True})
        self.link = book.add_format({"hyperlink": True, "quote_prefix": True})


def _write(sheet: Sheet, page: Worksheet, formats: _Formats) -> None:
    """Head, rows and totals: the head frozen and with a filter, and printed on each page."""
    if len(sheet.rows) > _MOST_ROWS:
        raise BadInput(
            f"The sheet “{sheet.name}” would have {len(sheet.rows)} rows; Excel reads {_MOST_ROWS}. Export fewer days."
        )
    links = 0
    for place, column in enumerate(sheet.columns):
        page.set_column(place, place, _WIDTHS[column.kind])
        page.write_string(0, place, column.head, formats.head)
        for row, cells in enumerate(sheet.rows, start=1):
            value = cells[place]
            links += isinstance(value, Linked)
            _write_cell(page, row, place, _shown(value, links), column.kind, formats)
        _write_total(page, place, column, [cells[place] for cells in sheet.rows], formats)
    page.freeze_panes(1, 0)
    page.autofilter(0, 0, len(sheet.rows), len(sheet.columns) - 1)
    page.set_landscape()
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)


def _shown(value: Cell, links: int) -> Cell:
    """The cell, without a link that Excel could not hold; `links` counts those up to it."""
    if not isinstance(value, Linked):
        return value
    opens = value.url.startswith(("http://", "https://")) and len(value.url) <= _LONGEST_LINK
    return value if opens and links <= _MOST_LINKS else value.text


def _write_cell(page: Worksheet, row: int, place: int, value: Cell, kind: Kind, formats: _Formats) -> None:
    match value:
        case None | "":
            return
        case Linked(text, url):
            page.write_url(row, place, url, formats.link, text)
        case str():
            page.write_string(row, place, value, formats.typed if FORMULA.search(value) else None)
        case date():
            page.write_datetime(row, place, value, formats.of_kind[kind])
        case int():
            page.write_number(row, place, _number(value, kind), formats.of_kind[kind])


def _write_total(page: Worksheet, place: int, column: Column, values: Sequence[Cell], formats: _Formats) -> None:
    """The sum below a column, as a formula that counts only the rows that a filter leaves."""
    row = len(values) + 1
    known = [value for value in values if isinstance(value, int)]
    if not column.total or (column.total == "all" and len(known) < len(values)):
        if place:
            page.write_blank(row, place, None, formats.total[column.kind])
        else:
            page.write_string(row, place, "Total", formats.total[column.kind])
        return
    total = _number(sum(known), column.kind)
    if not values:
        page.write_number(row, place, total, formats.total[column.kind])
        return
    formula = f"=SUBTOTAL(109,{xl_range(1, place, len(values), place)})"
    page.write_formula(row, place, formula, formats.total[column.kind], total)


def _number(value: int, kind: Kind) -> float:
    return value / 100 if kind in ("hours", "amount") else value
