"""time.csv: rows that add up to the report's totals, and nothing that a spreadsheet would execute."""

import csv
import io
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from volt_assets.reports.facts.prepared import PreparedPeriod
from volt_assets.reports.files.time_csv import _cell, time_csv
from volt_assets_tests.reports.conftest import MONDAY, SUNDAY, Stored

BUG = "Fix login #5 [Scrum] [Bug] [Moneyball]"


def csv_of(stored: Stored) -> str:
    with PreparedPeriod(stored.connection, MONDAY, SUNDAY) as prepared:
        return time_csv(prepared)


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_time_is_listed_by_day_person_and_work_item_or_activity(stored):
    stored.entry(BUG, 600)
    stored.entry(BUG, 60)
    stored.entry(BUG, 30, day=MONDAY + timedelta(days=1), user=2)
    stored.entry("Meeting", 90, project="Volt")
    stored.weeks()
    stored.entity("5", name="Fix login")
    shown = ("day", "person", "linked", "type", "public_id", "name", "project", "description", "seconds", "entries")
    assert [tuple(row[name] for name in shown) for row in table(csv_of(stored))] == [
        ("2025-10-06", "Ann Lee", "yes", "Scrum/Bug", "5", "Fix login", "Moneyball", "", "660", "2"),
        ("2025-10-06", "Ann Lee", "no", "", "", "", "Volt", "Meeting", "90", "1"),
        ("2025-10-07", "Ben Ode", "yes", "Scrum/Bug", "5", "Fix login", "Moneyball", "", "30", "1"),
    ]


FORMULA_SIGNS = "=+-@＝＋－＠﹦﹢﹣﹫"
HIDDEN_STARTS = (
    "",
    " ",
    "\t",
    "\r",
    "\n",
    "\r\n",
    "\ufeff",
    "\u00a0",
    "\u3000",
    "\u200b",
    "\u200e",
    "\u2060",
    " \ufeff\t ",
)


@pytest.mark.parametrize("typed", ["=1+1", "+1", "-1", "@SUM(A1)", "＝1+1", '=HYPERLINK("http://x")'])
def test_what_people_typed_never_becomes_a_formula(stored, typed):
    stored.people[1] = (typed, "ann@example.com")
    stored.entry(typed, 60, project=typed)
    stored.weeks()
    (row,) = table(csv_of(stored))
    assert not any(value.startswith(tuple(FORMULA_SIGNS)) for value in row.values())
    assert row["person"] == f"'{typed}"


@pytest.mark.parametrize("hidden", HIDDEN_STARTS, ids=ascii)
@pytest.mark.parametrize("sign", FORMULA_SIGNS, ids=ascii)
def test_no_sign_of_a_formula_starts_a_cell_in_any_width_or_behind_what_is_not_seen(sign, hidden):
    assert _cell(f"{hidden}{sign}1+1") == f"{hidden}'{sign}1+1"


@pytest.mark.parametrize("separator", ["\t", "\r", "\n", ";"], ids=ascii)
def test_a_cell_that_a_spreadsheet_may_split_begins_no_formula_either(separator):
    assert _cell(f"Meeting{separator} =1+1") == f"Meeting{separator} '=1+1"


@pytest.mark.parametrize(
    "typed", ["Meeting", "a = b", "lunch; then e-mail", "C++", "ana@example.com", " Fix login", ""]
)
def test_other_text_is_left_as_it_was_typed(typed):
    assert _cell(typed) == typed


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([BUG, "Meeting", None]), st.integers(0, 90_000), st.integers(0, 6), st.integers(1, 3)
        ),
        max_size=20,
    )
)
def test_rows_add_up_to_the_reports_totals(stored, facts_of, rows):
    stored.clear()
    for description, seconds, day, user in rows:
        stored.entry(description, seconds, day=MONDAY + timedelta(days=day), user=user)
    stored.weeks()
    stored.entity("5")
    figures = facts_of().team.figures
    printed_rows = table(csv_of(stored))
    for linked, seconds, printed in (
        ("yes", figures.linked_seconds, figures.linked_hundredths),
        ("no", figures.other_seconds, figures.other_hundredths),
    ):
        of_kind = [row for row in printed_rows if row["linked"] == linked]
        assert sum(int(row["seconds"]) for row in of_kind) == seconds
        assert sum(int(row["hours"].replace(".", "")) for row in of_kind) == printed
