"""Reports in Chromium, on a phone, a tablet, a desk and on paper: nothing broken, cut, colliding or unreadable.

Pages of nobody, one, eleven and forty-six people, with names and words as long as anybody may type: of a week, a
person, a quarter, data quality and the list of weeks.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from axe_playwright_python.sync_playwright import Axe

from volt_assets.reports.facts.models import TeamFacts
from volt_assets.reports.facts.period import period_facts
from volt_assets.reports.facts.prepared import PreparedPeriod
from volt_assets.reports.files.file_names import slug
from volt_assets.reports.rendering.html import page_of
from volt_assets.reports.report import Report
from volt_assets.reports.rules import ReportRules
from volt_assets.reports.sentences.templates import template_prose
from volt_assets.reports.view.quality import view_of_quality
from volt_assets.reports.view.report import view_of
from volt_assets.reports.view.weeks import view_of_weeks
from volt_assets.warehouse import migrate
from volt_assets_tests.reports.conftest import FETCHED, MONDAY, SUNDAY, ZONE, Stored
from volt_assets_tests.reports.snapshots import made
from volt_assets_tests.reports.view.test_weeks import person, week

pytestmark = pytest.mark.slow

WIDTHS = (390, 820, 1280)
# The width of A4 between margins of 14 mm, in CSS pixels.
PAPER = 688
LONG_NAME = "Maximiliana Featherstonehaugh-Cholmondeley"[:40]
UNBROKEN = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 3

# Words of names that are on two lines.
BROKEN_NAMES = """() => [...document.querySelectorAll('.name')].flatMap(name => {
  const text = name.firstChild, range = document.createRange();
  return [...(text?.data ?? '').matchAll(/[^\\s-]+/g)].filter(word => {
    range.setStart(text, word.index);
    range.setEnd(text, word.index + word[0].length);
    return range.getClientRects().length > 1;
  }).map(word => word[0]);
})"""
# Labels of one chart over each other.
COLLIDING = """() => [...document.querySelectorAll('figure svg')].flatMap(svg => {
  const texts = [...svg.querySelectorAll('text')].map(e => [e.textContent, e.getBoundingClientRect()]);
  return texts.flatMap(([text, a], i) => texts.slice(i + 1)
    .filter(([, b]) => a.left + 0.5 < b.right && b.left + 0.5 < a.right && a.top + 1 < b.bottom && b.top + 1 < a.bottom)
    .map(([other]) => `${text} | ${other}`));
})"""


def _of_people(count: int) -> TeamFacts:
    """A week of so many people, with long names and words, hours of four digits in all, and an item each."""
    connection = duckdb.connect(":memory:")
    migrate(connection)
    stored = Stored(connection)
    stored.people = {
        user: (f"{LONG_NAME[:-3]} {user:02}", f"person.{user}@example.com") for user in range(1, count + 1)
    }
    for user in stored.people:
        for back in range(5):
            stored.entry(
                f"{UNBROKEN} #{user} [Scrum] [Bug] [P{user % 7}]",
                30 * 3600,
                user=user,
                day=MONDAY - timedelta(7 * back),
            )
        stored.entry(UNBROKEN, 3600, user=user)
    stored.weeks(MONDAY - timedelta(days=28), MONDAY)
    for user in stored.people:
        assignee = {"name": stored.people[user][0], "email": stored.people[user][1]}
        stored.entity(
            *(str(user),),
            name=UNBROKEN if user % 2 else f"A name of ordinary words, and rather many of them, of number {user}",
            state="In progress",
            state_kind="started",
            state_final=False,
            assignees=[assignee],
            planned_end=SUNDAY + timedelta(days=user % 12 - 3),
            estimate_seconds=200 * 3600,
        )
    with PreparedPeriod(connection, MONDAY, SUNDAY) as prepared:
        facts = period_facts(prepared, ReportRules(ZONE)).team
    connection.close()
    return facts


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A page of each kind, as a file."""
    stored = dict(made.reports())
    week_of_eleven = stored["team_week"]
    views = {
        name: view_of(stored[name])
        for name in ("person_week", "team_quarter", "team_empty_week", "person_week_changed")
    }
    facts = week_of_eleven.facts
    assert isinstance(facts, TeamFacts)
    names = {each.user_id: slug(each.name) for each in facts.people}
    views["eleven"] = view_of(week_of_eleven, names)
    views["quality"] = view_of_quality(week_of_eleven, facts, names)
    for count in (1, 46):
        of_people = _of_people(count)
        views[f"of_{count}"] = view_of(Report(of_people, FETCHED.astimezone(), 1, template_prose(of_people)))
    people = [person(user, f"{LONG_NAME[:-3]} {user:02}", 3000 + 40 * user) for user in range(45)]
    views["weeks"] = view_of_weeks(
        [week(back, *people) for back in range(160)], {user: f"p{user}" for user in range(45)}
    )
    folder = tmp_path_factory.mktemp("pages")
    for name, view in views.items():
        (folder / f"{name}.html").write_text(page_of(view), encoding="utf-8")
    return {name: folder / f"{name}.html" for name in views}


def opened(browser: Any, pages: dict[str, Path], **context: Any) -> Iterator[tuple[str, Any]]:
    """Each page, opened in one browser window."""
    # What a page forbids itself, scripts, is what axe is.
    window = browser.new_context(bypass_csp=True, **context)
    page = window.new_page()
    for name, file in pages.items():
        page.goto(file.as_uri())
        yield name, page
    window.close()


def test_no_name_is_broken_nothing_is_wider_than_the_page_and_no_labels_of_a_chart_collide(browser, pages):
    found = []
    for width in WIDTHS:
        for name, page in opened(browser, pages, viewport={"width": width, "height": 900}):
            # Folded parts are read, too.
            page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
            wide = page.evaluate("document.documentElement.scrollWidth")
            found += [f"{name} at {width}: {wide} px wide"] if wide > width else []
            found += [f"{name} at {width}: broken {each}" for each in page.evaluate(BROKEN_NAMES)]
            found += [f"{name} at {width}: {each}" for each in page.evaluate(COLLIDING)]
    assert found == []


def test_on_paper_too_and_a_team_of_eleven_takes_six_pages_at_most(browser, pages):
    found = []
    for name, page in opened(browser, pages, viewport={"width": PAPER, "height": 990}):
        page.emulate_media(media="print")
        wide = page.evaluate("document.documentElement.scrollWidth")
        found += [f"{name}: {wide} px wide"] if wide > PAPER else []
        found += [f"{name}: broken {each}" for each in page.evaluate(BROKEN_NAMES)]
        found += [f"{name}: {each}" for each in page.evaluate(COLLIDING)]
        if name == "eleven":
            printed = page.pdf(prefer_css_page_size=True)
            sheets = printed.count(b"/Type /Page\n") or printed.count(b"/Type /Page") - printed.count(b"/Type /Pages")
            assert 3 <= sheets <= 6
    assert found == []


@pytest.mark.parametrize(("scheme", "width"), [("light", 390), ("dark", 1280)])
def test_axe_finds_nothing(browser, pages, scheme, width):
    axe, found = Axe(), []
    for name, page in opened(browser, pages, viewport={"width": width, "height": 900}, color_scheme=scheme):
        for violation in axe.run(page).response["violations"]:
            nodes = [node["html"][:120] for node in violation["nodes"][:2]]
            found.append(f"{name} at {width}: {violation['id']}: {nodes}")
    assert found == []
