"""What stands for people in the team's report, and that nothing else in it tells who they are."""

import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from volt_assets.reports.facts.prepared import PreparedPeriod
from volt_assets.reports.privacy import OPEN, initials, privacy_of
from volt_assets.reports.rules import ReportRules
from volt_assets.reports.versions import store
from volt_assets.reports.versions.store import INDIVIDUAL, TEAM
from volt_assets.warehouse import read_rows
from volt_assets.weeks import last_day
from volt_assets_tests.reports.conftest import MONDAY, PEOPLE, ZONE

NEXT_WEEK = MONDAY + timedelta(days=7)
SAID = [text for name, email in PEOPLE.values() for text in (name, email)]


@pytest.fixture
def company(stored):
    """A week in which names stand in every place that people can type them into, and the week after it."""
    stored.entry("Call with Ben Ode about lee@example.com")
    stored.entry("Fix login #5 [Scrum] [Bug] [Moneyball]", user=1, seconds=7200)
    stored.entry("Ask Ann Lee #6 [Scrum] [Bug] [Moneyball]", user=2)
    stored.entry("Review", user=3, project="For Ben Ode")
    stored.entry("Review", user=1, day=NEXT_WEEK)
    stored.entry("Review", user=2, day=NEXT_WEEK)
    stored.weeks(MONDAY, NEXT_WEEK)
    stored.entity(
        "5",
        name="Login of BEN ODE",
        state="Open",
        state_kind="not_started",
        description="Ask Ann Lee.",
        assignees=[{"name": "Ben Ode", "email": "ben@example.com"}, {"name": "Eve Roy", "email": "eve@example.com"}],
        fields={"Reporter": "Ann Lee", "Watchers": ["Ben Ode"]},
        comments=[
            {"author": author, "created_at": f"{MONDAY}T10:00:00Z", "text": "As Ann Lee said."}
            for author in ("Ben Ode", "Eve Roy")
        ],
    )
    stored.entity("6", status="not_found")
    return stored


def make(company, mode, week=MONDAY):
    connection = company.connection
    privacy = privacy_of(connection, mode)
    both = {INDIVIDUAL, TEAM}
    with PreparedPeriod(connection, week, last_day(week)) as prepared:
        drafts = store.draft_week(prepared, ReportRules(ZONE, privacy), both)
    connection.begin()
    proses = store.sentences_of(connection, drafts, None, privacy)
    names = privacy.file_names({1: "ann_lee", 2: "ben_ode", 3: "ann_lee_2"})
    store.store_week(connection, week, ZONE, drafts, proses, names, both)
    connection.commit()
    (team,) = read_rows(connection, "SELECT * FROM team_report WHERE week = ?", [week])
    return team


def told(team) -> str:
    """All that is stored and shown of the team's report, in lower case."""
    return " ".join(str(team[part]) for part in ("facts", "prose", "markdown", "html")).casefold()


def test_with_names_everybody_is_named_and_linked(company):
    assert privacy_of(company.connection, "names") is OPEN
    text = told(make(company, "names"))
    assert all(said.casefold() in text for said in SAID)
    assert "individual/ben_ode.html" in text


@pytest.mark.parametrize("mode", ["initials", "pseudonyms"])
def test_without_names_none_is_left_in_facts_sentences_or_pages_and_no_file_is_linked(company, mode):
    text = told(make(company, mode))
    for said in (*SAID, "Eve Roy", "eve@example.com", "individual/", "ben_ode"):
        assert said.casefold() not in text, said
    for shown in privacy_of(company.connection, mode).shown.values():
        assert shown.casefold() in text
    assert "somebody" in text  # whom Toggl does not know


@pytest.mark.parametrize("mode", ["initials", "pseudonyms"])
def test_figures_are_the_same_without_names_and_peoples_own_reports_keep_theirs(company, mode):
    named = make(company, "names")["facts"]
    hidden = make(company, mode)["facts"]
    for part in ("figures", "coverage", "left_out", "trend", "outcomes", "types"):
        assert hidden[part] == named[part]
    assert [person["figures"] for person in hidden["people"]] == [person["figures"] for person in named["people"]]
    own = read_rows(company.connection, "SELECT * FROM individual_reports WHERE week = ?", [MONDAY])
    assert {row["user_id"]: row["facts"]["name"] for row in own} == {id_: name for id_, (name, _) in PEOPLE.items()}
    assert all(PEOPLE[row["user_id"]][0] in row["markdown"] for row in own)


def test_another_way_to_show_people_is_another_version_and_the_same_is_not(company):
    assert [make(company, mode)["version"] for mode in ("names", "pseudonyms", "pseudonyms", "names")] == [1, 2, 2, 3]


def test_a_pseudonym_stays_whoever_joins_and_in_every_week(company):
    before = privacy_of(company.connection, "pseudonyms").shown
    assert set(before.values()) == {"Person 1", "Person 2", "Person 3"}
    company.people[0] = ("Abe First", "abe@example.com")
    company.entry("Review", user=0, day=NEXT_WEEK + timedelta(days=7))
    company.weeks(NEXT_WEEK + timedelta(days=7), NEXT_WEEK + timedelta(days=7))
    after = privacy_of(company.connection, "pseudonyms").shown
    assert after == before | {0: "Person 4"}


def test_names_are_hidden_as_whole_words_in_any_case_and_the_longest_first(company):
    company.people |= {4: ("Ann", None), 5: ("Ann Lee Smith", "ann@example.com.org")}
    company.weeks(MONDAY - timedelta(days=7), MONDAY - timedelta(days=7))
    shown = privacy_of(company.connection, "initials")
    assert shown.shown[4] == "A."
    assert shown.text("ann lee smith, BEN ODE and Ann: Annex, Joann.") == "A. L. S., B. O. and A.: Annex, Joann."
    assert shown.text("ann@example.com.org") == "A. L. S."
    assert shown.text("Ask Benjamin") == "Ask Benjamin"


NAMES = st.one_of(st.none(), st.text(max_size=12), st.sampled_from(["Ann Lee", "Al Low", "ann lee", "a@l.example"]))


@given(st.dictionaries(st.integers(0, 50), NAMES, max_size=12))
def test_initials_tell_everybody_apart_and_stay_when_somebody_with_a_later_id_joins(names):
    shown = initials(names)
    assert len(set(shown.values())) == len(names)
    assert all(re.fullmatch(r"(\w\S{0,3}\.( |$))+\d*|N\. N\.( \d+)?", text) for text in shown.values()), shown
    earlier = {user_id: name for user_id, name in names.items() if user_id < 25}
    assert initials(earlier) == {user_id: shown[user_id] for user_id in earlier}
