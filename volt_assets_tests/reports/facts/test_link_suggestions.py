"""Link suggestions: what speaks for an item, what is too little to be shown, and which links may be wrong."""

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from bench.planted_links import measure
from volt_assets.reports.facts.link_suggestions import THRESHOLD, likely_items
from volt_assets.reports.facts.models import Period
from volt_assets.reports.report import Report
from volt_assets.sandbox.generated import generated_company
from volt_assets.sandbox.generated.story import FEATURES
from volt_assets.warehouse import insert_rows
from volt_assets.weeks import parse_week
from volt_assets_tests.reports.conftest import MONDAY, SUNDAY, markdown
from volt_assets_tests.reports.rendering.test_markdown import NOW
from volt_assets_tests.work_log import BUSIEST, company_of

WEEK_BEFORE = MONDAY - timedelta(days=7)
LOGIN = "Fix login on old phones"


@pytest.fixture
def known(stored):
    """Three items on which both people have worked in the week before; the first is Ann's, and in progress. Others."""
    for number, feature in enumerate(FEATURES, start=50):
        stored.entity(str(number), week=WEEK_BEFORE, name=feature.tasks[0])
    for number, (user, name) in enumerate(
        [(1, LOGIN), (1, "Berth map for harbours"), (2, "Invoices without a VAT number")], start=5
    ):
        stored.entry(f"{name} #{number} [Scrum] [Bug] [Moneyball]", day=WEEK_BEFORE, user=user)
        assignees = [{"name": stored.people[user][0], "email": stored.people[user][1].upper()}]
        stored.entity(str(number), week=WEEK_BEFORE, name=name, state_final=number > 5, assignees=assignees)
    return stored


@pytest.fixture
def suggestions(known, facts_of):
    """What is suggested for the week's entries, by person; None: of the team's."""

    computed = []

    def ask(user=1):
        if not computed:
            known.weeks(WEEK_BEFORE, MONDAY)
            computed.append(facts_of())
        (facts,) = computed
        if user is None:
            return facts.team.link_doctor
        return next(each.link_doctor for each in facts.individuals if each.user_id == user)

    return ask


def ids(suggestions):
    return [[item.public_id for item in time.likely] for time in suggestions.unlinked]


def test_the_text_that_a_person_linked_before_finds_its_item_and_says_since_when(known, suggestions):
    known.entry("fix login, on OLD phones!", 600)
    (time,) = suggestions().unlinked
    (item,) = time.likely
    assert (item.type, item.public_id, item.name) == ("Scrum/Bug", "5", LOGIN)
    assert item.score > 0.9
    assert item.because.startswith("the same text was linked to it before, last on 29 Sep")


def test_open_work_that_nobody_tracked_yet_is_found_by_its_title_and_whose_it_is(known, suggestions):
    insert_rows(
        known.connection,
        "assigned_entities",
        [
            {
                "week": MONDAY,
                "entity_type": "Scrum/Task",
                "public_id": "77",
                "name": "Tide tables for the almanac",
                "state": "Doing",
                "state_kind": "started",
                "emails": ["ANN@example.com"],
                "fetched_at": datetime(2025, 10, 13),
            }
        ],
    )
    known.entry("tide tables almanac", 600)
    known.entry("lunch", 600)
    (time,) = suggestions().unlinked
    (item,) = time.likely
    assert (item.type, item.public_id) == ("Scrum/Task", "77")
    assert item.because == "similar title; assigned and in progress"


def test_a_similar_title_finds_the_item_of_whoever_works_on_it(known, suggestions):
    known.entry("phones: login fix", 600)
    known.entry("fix lgoin on old phoness", 500)
    assert ids(suggestions()) == [["5"], ["5"]]
    assert "similar title" in suggestions().unlinked[0].likely[0].because
    assert "assigned and in progress" in suggestions().unlinked[0].likely[0].because


def test_a_number_alone_finds_the_one_item_that_has_it(known, suggestions):
    known.entry("pr for #6", 600)
    (time,) = suggestions().unlinked
    assert [item.public_id for item in time.likely] == ["6"]
    assert time.likely[0].because.startswith("its number")


def test_a_number_of_items_of_several_types_finds_none_by_itself(known, suggestions):
    known.entity("7", "Scrum/Task", week=WEEK_BEFORE, name="Something else")
    known.entry("#7", 600)
    assert suggestions().unlinked == []


@pytest.mark.parametrize(
    "typed", ["Meeting", "E-mail and messages", "#99", "", None, "#", "[Scrum]", "phone bill", "old"]
)
def test_what_fits_nothing_gets_no_suggestion(known, suggestions, typed):
    known.entry(typed, 600)
    assert suggestions().unlinked == []


def test_what_one_did_not_work_on_and_only_faintly_resembles_is_not_suggested(known, suggestions):
    known.entry("login page texts for the new shop", 600, user=2)
    assert suggestions(2).unlinked == []


def test_suggestions_are_ranked_by_time_and_the_teams_hold_everybodys(known, suggestions):
    known.entry(LOGIN, 600)
    known.entry("Berth map for harbours", 1200)
    known.entry("Invoices without a VAT number", 900, user=2)
    assert [time.seconds for time in suggestions().unlinked] == [1200, 600]
    assert [(time.user_id, time.seconds) for time in suggestions(None).unlinked] == [(1, 1200), (2, 900), (1, 600)]


def test_nothing_of_later_weeks_is_used(known, facts_of):
    after = MONDAY + timedelta(days=7)
    known.entry("Dredge the basin", 600)
    known.entry("Dredge the basin #20 [Scrum] [Bug] [Moneyball]", day=after)
    known.entity("20", week=after, name="Dredge the basin")
    known.entry("Half past nine", 600)
    known.entry("Half past nine #5 [Scrum] [Bug] [Moneyball]", day=after)
    known.weeks(WEEK_BEFORE, after)
    assert facts_of().individuals[0].link_doctor.unlinked == []


@pytest.mark.parametrize("typed", ["lorem ipsum dolor amet " * 45_000, "ab" * 500_000], ids=["words", "one word"])
def test_a_description_of_a_megabyte_costs_no_more_than_its_length(known, suggestions, typed):
    known.entry(typed, 600)
    known.entry("phones: login fix", 600)
    known.connection.execute("SET memory_limit = '300MB'")
    assert [time.description for time in suggestions().unlinked] == ["phones: login fix"]


def test_two_items_that_fit_alike_are_not_shown_as_if_either_were_right():
    row = {
        "type": "Scrum/Bug",
        "public_id": "1",
        "name": "Same",
        "url": None,
        "closed_long_ago": False,
        "of_text": 1.0,
        "of_title": 1.0,
        "letters": 20,
        "own_share": None,
        "share": None,
        "own_last_day": None,
        "items_of_id": None,
        "last_worked_on": None,
        "worked_on_lately": False,
        "assigned_in_progress": False,
    }
    period = Period(first_day=MONDAY, last_day=SUNDAY, timezone="UTC", fetched_at=None, weeks=[])
    assert len(likely_items([row], period)) == 1
    assert likely_items([row, row | {"public_id": "2"}], period) == []
    # Where one of them is the person's own, it is the one.
    mine = row | {"public_id": "2", "worked_on_lately": True, "assigned_in_progress": True, "last_worked_on": MONDAY}
    assert [item.public_id for item in likely_items([row, mine], period)] == ["2"]


def test_links_that_may_be_wrong_are_reported_with_the_reason(known, suggestions):
    long_ago = WEEK_BEFORE - timedelta(days=60)
    known.entry("Gone #30 [Scrum] [Bug] [Moneyball]", 100)
    known.entry("Old #31 [Scrum] [Bug] [Moneyball]", 200)
    known.entry("As in #5, New #32 [Scrum] [Bug] [Moneyball]", 300)
    known.entry("Fits two #33 [To Do] [Moneyball]", 400)
    known.entry("Fine #34 [Scrum] [Bug] [Moneyball]", 500)
    known.entity("30", status="not_found")
    known.entity("31", state_final=True, actual_end=long_ago)
    known.entity("32", state_final=True, actual_end=MONDAY)
    known.entity("34")
    known.connection.execute("DELETE FROM entity_references WHERE public_id = '33'")
    known.entity("33", "To Do/Moneyball", fits="To-dos/To-do")
    known.connection.execute("UPDATE entity_references SET candidates = ['A/B', 'C/D'] WHERE public_id = '33'")
    reported = [
        (each.public_id, each.kind, each.user_ids, each.seconds, each.since) for each in suggestions().suspicious
    ]
    assert reported == [
        ("33", "label_of_several_types", [1], 400, None),
        ("32", "several_ids", [1], 300, None),
        ("31", "closed_long_ago", [1], 200, long_ago),
        ("30", "not_found", [1], 100, None),
    ]
    assert suggestions(None).suspicious == suggestions().suspicious


def test_a_person_reads_the_suggestions_and_why(known, facts_of):
    known.entry("fix | login on old phones", 3600)
    known.entry("Gone #30 [Scrum] [Bug] [Moneyball]", 1800)
    known.entity("30", status="not_found")
    known.weeks(WEEK_BEFORE, MONDAY)
    written = markdown(Report(facts_of().individuals[0], NOW, 1))
    assert f"Suggestions with a score of {THRESHOLD} or more" in written
    assert (
        "- fix \\| login on old phones, 1.00 h\n"
        "  - perhaps [#5 Fix login on old phones](https://x.example/5) (Scrum/Bug, "
    ) in written
    assert (
        "- \\#30 Gone, 0.50 h\n  - Scrum/Bug · 1 entry · not found in Fibery: deleted, a wrong id, or no access\n"
    ) in written


def test_of_planted_descriptions_in_the_generated_company_four_in_five_suggestions_are_right():
    measured = measure(generated_company(until=date(2025, 10, 12)), parse_week("2025-W40"), 120)
    assert measured.shown > 40
    assert measured.precision >= 0.8, measured.wrong
    assert measured.recall >= 0.7


@pytest.mark.slow
def test_so_they_are_in_a_week_of_a_work_log(log_folder: Path):
    measured = measure(company_of(log_folder), parse_week(BUSIEST[0]), 100)
    assert measured.shown > 40
    assert measured.precision >= 0.8, measured.wrong
    assert measured.recall >= 0.7
