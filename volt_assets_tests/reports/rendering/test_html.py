"""The reports as web pages: what is shown, what is unknown, that rows add up, and that nothing typed is obeyed."""

import html
import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest

from volt_assets.reports.files.file_names import file_names
from volt_assets.reports.report import Report
from volt_assets.reports.sentences.templates import template_prose
from volt_assets_tests.reports.conftest import MONDAY, SUNDAY
from volt_assets_tests.reports.conftest import page as shown_page

NOW = datetime(2025, 10, 13, 9, 30, tzinfo=UTC)
WEEK_BEFORE = MONDAY - timedelta(days=7)
BUG = "Fix login #5 [Scrum] [Bug] [Moneyball]"
FEATURE = {"type": "Scrum/Feature", "public_id": "40", "name": "Accounts", "state": "Open", "items": 7, "items_done": 3}


class Page(HTMLParser):
    """A page taken apart: its tags with their attributes, its ids, its text, and the rows of its tables."""

    def __init__(self, source: str):
        super().__init__()
        self.source = source
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.rows: list[list[str]] = []
        self.feed(source)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in ("meta", "br", "img", "link", "input"):
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" in self.open:
            return
        self.text += data
        if "td" in self.open or "th" in self.open:
            self.rows[-1][-1] += " ".join(data.split())

    @property
    def ids(self) -> list[str]:
        return [attributes["id"] for _, attributes in self.tags if "id" in attributes]

    def row(self, start: str) -> list[str]:
        return next(row for row in self.rows if row and row[0].startswith(start))


@pytest.fixture
def pages(stored, facts_of):
    """The pages of what is stored: the team's, and those of people by user id."""

    def make(*period, users=None, version=1):
        facts = facts_of(*period, users=users)
        names = file_names(stored.connection)
        team = shown_page(report(facts.team, version), names, index="../index.html")
        index = "../../index.html"
        own = {each.user_id: shown_page(report(each, version), index=index) for each in facts.individuals}
        return Page(team), {user_id: Page(source) for user_id, source in own.items()}

    return make


def report(facts, version=1):
    return Report(facts, NOW, version, template_prose(facts))


def busy_week(stored):
    for back in range(1, 9):
        stored.entry(BUG, 3600 * back, day=MONDAY - timedelta(days=7 * back))
    stored.entry(BUG, 4 * 3600 + 5)
    stored.entry(BUG, 1800, user=2)
    stored.entry("Gone #9 [Scrum] [Bug] [Volt]", 611)
    stored.entry("Small #6 [Scrum] [Task] [Volt]", 301)
    stored.entry("call about #5", 1217, project="Volt", day=MONDAY + timedelta(days=1))
    stored.entry(None, 907)
    stored.entry("Still at it", None)
    stored.weeks(MONDAY - timedelta(days=56), MONDAY)
    for back in range(9):
        stored.entity(
            "5",
            week=MONDAY - timedelta(days=7 * back),
            name="Fix login.",
            state="Done",
            state_final=True,
            actual_start=MONDAY,
            actual_end=MONDAY + timedelta(days=2),
            estimate_seconds=10 * 3600,
            parents=[FEATURE],
            assignees=[{"name": "Ann Lee", "email": None}],
        )
    stored.entity("9", status="not_found")
    stored.entity("6", "Scrum/Task", name="Small", configured=False)


def test_a_page_runs_nothing_and_loads_nothing_and_every_anchor_leads_somewhere(stored, pages):
    busy_week(stored)
    team, people = pages()
    for page in (team, *people.values()):
        assert not {tag for tag, _ in page.tags} & {"script", "link", "img", "iframe", "object", "form"}
        assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]
        assert "@import" not in page.source
        assert "url(" not in page.source.replace("url(#hatch)", "")
        links = [attributes["href"] for tag, attributes in page.tags if tag == "a"]
        assert len(page.ids) == len(set(page.ids))
        assert {link[1:] for link in links if link.startswith("#")} <= set(page.ids)
        assert all(link.startswith(("#", "https://x.example/", "../", "individual/", "data_quality")) for link in links)


def test_printed_rows_add_up_to_the_printed_totals(stored, pages):
    busy_week(stored)
    team, people = pages()
    rows = [team.row(name) for name in ("Ann Lee", "Ben Ode")]
    total = team.row("Team")
    assert sum(_first(row[2]) for row in rows) == _first(total[2])
    own = people[1]
    assert _first(own.row("All other time")[-1]) == _first(own.row("call about")[-1]) + _first(own.row("Without")[-1])
    first = next(place for place, row in enumerate(own.rows) if row and row[0] == "Work item")
    printed = [_first(row[2]) for row in own.rows[first + 1 : first + 4]]
    assert sum(printed) == _first(own.row("All on work items")[2])


def _first(cell: str) -> int:
    return int(re.search(r"\d+\.\d\d", cell)[0].replace(".", ""))


def test_the_first_screen_says_what_to_decide_and_then_how_much(stored, pages):
    busy_week(stored)
    team, people = pages()
    text = " ".join(team.text.split())
    assert "No open item is past its planned end, and none is due by Sunday 19 October." in text
    assert "Over estimate · 1done #5 Fix login+30.50 hAnn Lee · Bug · Done, 40.50 of 10.00 h" in text
    own = " ".join(people[1].text.split())
    assert "You tracked 4.84 h." in own
    assert "Tracked 4.84h +3.84 h (+384%) on the week before week before 1.00 · usual 4.50" in own
    assert "Over estimate 1 30.50 h over in sum" in own
    assert "part of #40 Accounts" in own
    assert "at least" not in own


def test_unknown_is_said_and_is_never_zero(stored, pages):
    stored.entry(BUG, 3600)
    stored.weeks(everybody=False, complete=False)
    team, people = pages()
    text = " ".join(team.text.split())
    assert "The week before (29 September – 5 October 2025) is unknown: it is not stored." in text
    assert "Over estimate unknown not everybody's time is known" in html.unescape(text)
    assert "Not complete: the week was fetched for some people only." in text
    assert people[1].row("#5")[-3:] == ["unknown", "none", "not known"]
    assert "In all: since" not in people[1].text


def test_earlier_weeks_that_are_missing_make_sums_at_least_that(stored, pages):
    stored.entry(BUG, 3600, day=MONDAY - timedelta(days=21))
    stored.weeks(MONDAY - timedelta(days=21), MONDAY - timedelta(days=21))
    stored.entry(BUG, 3600)
    stored.weeks()
    for week in (MONDAY - timedelta(days=21), MONDAY):
        stored.entity("5", week=week, estimate_seconds=3 * 3600)
    _, people = pages()
    assert people[1].row("#5")[-3:] == ["at least 2.00", "3.00", "1.00 left"]
    assert "In all: since 15 Sep, 2 weeks missing." in people[1].text


def test_a_section_of_which_nothing_is_known_does_not_show(stored, pages):
    stored.entry("Meeting", 60)
    stored.weeks()
    team, people = pages()
    for heading in ("Plan against actual", "Alignment", "Hours by week", "What changed", "Types without"):
        assert heading not in team.text + people[1].text
    assert "No entry is linked to a work item." in people[1].text


def test_an_empty_week_is_a_page_that_says_so(stored, pages):
    stored.weeks()
    team, people = pages()
    assert people == {}
    assert "No time is tracked in this week." in team.text
    assert "Nobody has tracked time." in team.text


TYPED = "\"><script>alert(1)</script><img src=x onerror=alert(2)> '&amp; {{ 7*7 }} javascript:alert(3)"


def test_what_people_typed_stays_text(stored, pages):
    stored.people[1] = (TYPED, f"{TYPED}@example.com")
    stored.entry(f"{TYPED} #5 [Scrum] [Bug] [{TYPED}]", 3600, project=TYPED)
    stored.entry(TYPED, 60, project=TYPED)
    stored.weeks()
    stored.entity(
        "5",
        name=TYPED,
        url="javascript:alert(1)",
        state=TYPED,
        description=TYPED,
        fields={TYPED: TYPED},
        assignees=[{"name": TYPED, "email": None}],
        parents=[{"type": TYPED, "public_id": "1", "name": TYPED, "url": "data:text/html,x", "state": TYPED}],
        problems=[TYPED],
    )
    team, people = pages()
    for page in (team, people[1]):
        assert TYPED in page.text
        assert not {tag for tag, _ in page.tags} & {"script", "img"}
        links = [attributes["href"] for tag, attributes in page.tags if tag == "a"]
        assert not [link for link in links if link.startswith(("javascript:", "data:"))]


def test_any_days_have_a_page_not_only_weeks(stored, pages):
    busy_week(stored)
    team, people = pages(MONDAY, MONDAY + timedelta(days=1), version=None)
    assert "6–7 October 2025" in team.text
    assert "version" not in people[1].text
    month, _ = pages(MONDAY - timedelta(days=35), SUNDAY, version=None)
    assert "42 days before" in month.text
