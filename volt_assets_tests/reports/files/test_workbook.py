"""time.xlsx: read back, its sheets are what the facts and time.csv hold, add up, and execute nothing."""

import csv
import io
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from openpyxl import load_workbook
from openpyxl.utils import range_boundaries

from volt_assets.errors import BadInput
from volt_assets.reports.facts.period import period_facts
from volt_assets.reports.facts.prepared import PreparedPeriod
from volt_assets.reports.files import workbook as workbook_module
from volt_assets.reports.files.time_csv import time_csv
from volt_assets.reports.files.workbook import workbook
from volt_assets.reports.people_config import load_people_config
from volt_assets.reports.privacy import Privacy
from volt_assets.reports.rules import ReportRules
from volt_assets_tests.reports.conftest import MONDAY, SUNDAY, ZONE, Stored
from volt_assets_tests.reports.files.test_time_csv import FORMULA_SIGNS, HIDDEN_STARTS

NOW = datetime(2025, 10, 13, 9, 30, tzinfo=UTC)
BUG = "Fix login #5 [Scrum] [Bug] [Moneyball]"
TASK = "Write #7 [Scrum] [Bug] [Volt]"


class Read:
    """A workbook read back: `values` as a spreadsheet shows them, `cells` as they are stored."""

    def __init__(self, content: bytes):
        self.values = load_workbook(io.BytesIO(content), data_only=True)
        self.cells = load_workbook(io.BytesIO(content))

    def rows(self, sheet: str) -> list[dict]:
        """The rows between head and totals."""
        head, *rows, _ = self.values[sheet].iter_rows(values_only=True)
        return [dict(zip(head, row, strict=True)) for row in rows]

    def totals(self, sheet: str) -> dict:
        head, *_, total = self.values[sheet].iter_rows(values_only=True)
        return dict(zip(head, total, strict=True))


def content_of(stored: Stored, rules: ReportRules | None = None, users: list[int] | None = None) -> bytes:
    with PreparedPeriod(stored.connection, MONDAY, SUNDAY, users) as prepared:
        rules = rules or ReportRules(ZONE)
        return workbook(prepared, period_facts(prepared, rules), rules, NOW)


@pytest.fixture
def week(stored: Stored) -> Stored:
    """A week of odd seconds: an item of two people, one without an answer, other time with and without a project."""
    stored.entry(BUG, 5_003, day=MONDAY - timedelta(days=7))
    for day in range(5):
        stored.entry(BUG, 4_001 + day, day=MONDAY + timedelta(days=day), billable=True)
        stored.entry(TASK, 1_777, day=MONDAY + timedelta(days=day), user=2)
        stored.entry(BUG, 611, day=MONDAY + timedelta(days=day), user=3)
        stored.entry("Meeting", 907 + 13 * day, day=MONDAY + timedelta(days=day), user=2, project="Volt")
        stored.entry(None, 59, day=MONDAY + timedelta(days=day), user=3)
    stored.weeks(MONDAY - timedelta(days=7), MONDAY)
    stored.entity("5", week=MONDAY - timedelta(days=7))
    stored.entity(
        "5",
        state="Doing",
        estimate_seconds=20_000,
        planned_end=date(2025, 10, 9),
        assignees=[{"name": "Ann Lee", "email": "ann@example.com"}],
        parents=[{"type": "Scrum/Feature", "public_id": "3", "name": "Logins"}],
    )
    stored.entity("7", status="not_found")
    return stored


def test_the_time_is_that_of_time_csv_with_types(week):
    with PreparedPeriod(week.connection, MONDAY, SUNDAY) as prepared:
        printed = list(csv.DictReader(io.StringIO(time_csv(prepared))))
    rows = Read(content_of(week)).rows("time")
    assert [
        {
            **{name: value or "" for name, value in row.items()},
            "day": row["day"].date().isoformat(),
            "hours": f"{row['hours']:.2f}",
            "seconds": str(row["seconds"]),
            "entries": str(row["entries"]),
        }
        for row in rows
    ] == printed
    assert all(type(row["seconds"]) is int and isinstance(row["hours"], float | int) for row in rows)


def test_the_sheets_hold_the_facts_of_the_reports(week, facts_of):
    facts, read = facts_of(), Read(content_of(week))
    assert [
        (row["person"], row["email"], round(100 * row["hours"]), round(100 * row["on work items"]), row["entries"])
        for row in read.rows("people")
    ] == [
        (each.name, each.email, each.figures.tracked_hundredths, each.figures.linked_hundredths, each.figures.entries)
        for each in facts.individuals
    ]
    assert [(row["project"], round(100 * row["hours"]), row["people"]) for row in read.rows("projects")] == [
        (each.project or "No project", each.hundredths, each.people) for each in facts.team.projects
    ]
    assert [(row["public_id"], round(100 * row["hours"]), row["entries"]) for row in read.rows("items")] == [
        (each.public_id, each.hundredths, each.entries) for each in facts.team.entities
    ]


def test_an_item_has_its_plan_its_people_and_what_it_is_part_of(week):
    item, unknown = Read(content_of(week)).rows("items")
    texts = ("type", "public_id", "name", "state", "finished", "part of", "projects", "people", "assigned to")
    assert [item[name] for name in texts] == [
        *("Scrum/Bug", "5", "Item 5", "Doing", "no", "#3 Logins", "Moneyball", "Ann Lee and Ann Lee", "Ann Lee")
    ]
    assert item["planned end"].date() == date(2025, 10, 9)
    assert round(item["hours"] + item["hours before"], 2) == item["hours in all"]
    assert (item["estimate"], item["left"]) == (5.56, 0)
    assert round(item["hours in all"] - item["estimate"], 2) == item["over"]
    assert (unknown["name"], unknown["estimate"], unknown["left"], unknown["planned end"]) == (
        "Write",
        None,
        None,
        None,
    )


@pytest.mark.parametrize("sheet", ["time", "people", "projects", "items"])
def test_each_total_is_a_formula_over_its_column_and_the_sum_that_is_printed(week, sheet):
    read = Read(content_of(week))
    totals = 0
    for cells in read.cells[sheet].iter_cols():
        *above, total = cells
        if total.data_type != "f":
            continue
        totals += 1
        span = re.fullmatch(r"=SUBTOTAL\(109,([A-Z]+\d+:[A-Z]+\d+)\)", total.value)[1]
        assert range_boundaries(span) == (total.column, 2, total.column, total.row - 1)
        printed = [f"{cell.value:.2f}" for cell in above[1:] if cell.value is not None]
        shown = read.values[sheet][total.coordinate].value
        assert sum(int(value.replace(".", "")) for value in printed) == round(100 * shown)
    assert totals >= 2
    of_sheet = [row for row in read.rows("time") if sheet != "items" or row["linked"] == "yes"]
    assert round(100 * read.totals(sheet)["hours"]) == sum(round(100 * row["hours"]) for row in of_sheet)


RATES = """
rates: {Moneyball: 92.05 EUR}
people: {ann@example.com: {rate: 77.77 EUR}, ben@example.com: {rate: 100 USD}}
"""


@pytest.mark.parametrize("hours", ["decimal", "hm"])
def test_with_amounts_there_is_a_sheet_of_what_is_billable_and_they_are_the_reports(stored, tmp_path, hours):
    (tmp_path / "people.yaml").write_text(RATES)
    for day in range(5):
        stored.entry(BUG, 4_001 + day, day=MONDAY + timedelta(days=day), billable=True)
        stored.entry("Call", 4_321, day=MONDAY + timedelta(days=day), user=2, project="Volt", billable=True)
    stored.entry("Call", 1_234, user=3, project="Volt", billable=True)
    stored.weeks()
    rules = ReportRules(ZONE, people=load_people_config(tmp_path / "people.yaml"), money=True, hours=hours)
    with PreparedPeriod(stored.connection, MONDAY, SUNDAY, hours=hours) as prepared:
        facts = period_facts(prepared, rules)
        read = Read(workbook(prepared, facts, rules, NOW))
    rows = read.rows("billable")
    printed = [(part.project, part.rate, part.currency, part.amount) for part in facts.team.money]
    assert [
        (
            row["project"],
            None if row["rate"] is None else Decimal(str(row["rate"])),
            row["currency"],
            next((Decimal(str(row[f"amount {each}"])) for each in ("EUR", "USD") if row[f"amount {each}"]), None),
        )
        for row in rows
    ] == printed
    assert {row["currency"] for row in rows} == {"EUR", "USD", None}
    totals = read.totals("billable")
    for currency in ("EUR", "USD"):
        amounts = [Decimal(str(row[f"amount {currency}"])) for row in rows if row[f"amount {currency}"]]
        assert Decimal(str(totals[f"amount {currency}"])) == sum(amounts)
    assert round(100 * totals["billable hours"]) == sum(round(100 * row["billable hours"]) for row in rows)


def test_without_amounts_there_is_no_sheet_of_what_is_billable(week):
    assert Read(content_of(week)).values.sheetnames == ["time", "people", "projects", "items"]


def test_heads_are_frozen_and_filters_leave_the_totals_out(week):
    for sheet in Read(content_of(week)).cells.worksheets:
        assert sheet.freeze_panes == "A2"
        assert range_boundaries(sheet.auto_filter.ref) == (1, 1, sheet.max_column, sheet.max_row - 1)


def test_hours_and_days_have_their_formats(week):
    sheet = Read(content_of(week)).cells["time"]
    first = {head.value: cell for head, cell in zip(sheet[1], sheet[2], strict=True)}
    assert (first["hours"].number_format, first["day"].number_format) == ("#,##0.00", "yyyy-mm-dd")
    assert first["day"].is_date


@pytest.mark.parametrize("hidden", ["", " ", "\t", "\ufeff"], ids=ascii)
@pytest.mark.parametrize("sign", FORMULA_SIGNS, ids=ascii)
def test_no_text_is_ever_a_formula(stored, sign, hidden):
    assert hidden in HIDDEN_STARTS
    typed = f"{hidden}{sign}HYPERLINK(1)"
    stored.people[1] = (typed, typed)
    stored.entry(typed, 60, project=typed)
    stored.entry(f"{typed} #5 [Scrum] [Bug]", 60)
    stored.weeks()
    stored.entity("5", name=typed, state=typed, url="https://x.example/=1")
    marked = 0
    for sheet in Read(content_of(stored)).cells.worksheets:
        for row in sheet.iter_rows(max_row=sheet.max_row - 1):
            assert all(cell.data_type != "f" for cell in row)
            marked += sum(cell.quotePrefix for cell in row if isinstance(cell.value, str) and sign in cell.value)
    assert marked >= 5


def test_a_name_opens_its_item_and_no_other_kind_of_address(stored):
    stored.entry(BUG)
    stored.entry(TASK)
    stored.weeks()
    stored.entity("5", name="Fix", url="https://x.example/5")
    stored.entity("7", name="Run", url="javascript:alert(1)")
    sheet = Read(content_of(stored)).cells["items"]
    links = {row[2].value: row[2].hyperlink and row[2].hyperlink.target for row in sheet.iter_rows(min_row=2)}
    assert links == {"Fix": "https://x.example/5", "Run": None, None: None}


def test_people_keep_their_names_as_in_time_csv_where_the_teams_report_hides_them(week):
    rules = ReportRules(ZONE, Privacy({1: "Person 1", 2: "Person 2", 3: "Person 3"}))
    assert content_of(week, rules) == content_of(week)


def test_only_the_requested_people_are_in_it(week):
    read = Read(content_of(week, users=[2]))
    assert {row["person"] for sheet in ("time", "people") for row in read.rows(sheet)} == {"Ben Ode"}
    assert [row["public_id"] for row in read.rows("items")] == ["7"]


def test_a_period_without_time_has_heads_and_zeros(stored):
    stored.weeks()
    read = Read(content_of(stored))
    assert [read.rows(sheet) for sheet in ("time", "people", "projects", "items")] == [[]] * 4
    assert read.totals("time")["hours"] == 0


def test_what_one_does_not_know_of_some_has_no_total(week):
    week.connection.execute("UPDATE tracked_time SET billable_seconds = NULL WHERE user_id = 3")
    read = Read(content_of(week))
    assert [row["billable"] is None for row in read.rows("people")] == [False, True, False]
    assert read.totals("people")["billable"] is None


def test_more_rows_than_excel_reads_are_refused(week, monkeypatch):
    monkeypatch.setattr(workbook_module, "_MOST_ROWS", 3)
    with pytest.raises(BadInput, match="Export fewer days"):
        content_of(week)
