"""The pages in a real browser: nothing scrolls sideways, nothing is fetched, text can be read, and print is whole."""

from pathlib import Path

import pytest

from volt_assets.reports.files.file_names import file_names
from volt_assets_tests.reports.conftest import MONDAY, page
from volt_assets_tests.reports.rendering.test_html import busy_week, report

pytestmark = pytest.mark.slow

LONG = "A_name_without_any_space_that_goes_on_and_on_" * 3

# Of all text shown: the lowest contrast (WCAG) of its colour with the page's background.
CONTRAST = """() => {
  const light = c => { const v = c.match(/[\\d.]+/g).map(Number).slice(0, 3)
    .map(x => x / 255).map(x => x <= .03928 ? x / 12.92 : ((x + .055) / 1.055) ** 2.4);
    return .2126 * v[0] + .7152 * v[1] + .0722 * v[2] };
  const page = light(getComputedStyle(document.body).backgroundColor);
  const of = e => { const own = light(getComputedStyle(e).color);
    return (Math.max(own, page) + .05) / (Math.min(own, page) + .05) };
  return Math.min(...[...document.querySelectorAll('main *')]
    .filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) && !e.closest('svg')).map(of));
}"""


@pytest.fixture
def files(stored, facts_of, tmp_path: Path) -> dict[str, Path]:
    stored.people[2] = (LONG, "ben@example.com")
    busy_week(stored)
    for number in range(100, 160):
        stored.connection.execute(
            "INSERT INTO tracked_time SELECT * REPLACE (? AS public_id, ? AS title) FROM tracked_time "
            "WHERE week = ? AND public_id = '6'",
            [str(number), f"{LONG} {number}", MONDAY],
        )
        stored.entity(str(number), "Scrum/Task", name=f"{LONG} {number}", state="Open", estimate_seconds=36_000)
    stored.connection.execute(
        "UPDATE toggl_time_entries SET seconds = seconds + 60 * 301 WHERE week = ? AND description LIKE 'Small%'",
        [MONDAY],
    )
    # The items above were added to the sums alone, so these are of other entries than those stored.
    stored.connection.execute("DELETE FROM summed_weeks")
    facts = facts_of()
    names = file_names(stored.connection)
    pages = {"team": page(report(facts.team), names)}
    pages |= {"individual": page(report(facts.individuals[0]))}
    written = {}
    for name, source in pages.items():
        written[name] = tmp_path / f"{name}.html"
        written[name].write_text(source, encoding="utf-8")
    return written


@pytest.mark.parametrize("name", ["team", "individual"])
def test_a_page_fits_every_width_and_asks_for_nothing_and_can_be_read_by_day_and_by_night(browser, files, name):
    for width in (390, 820, 1280):
        for scheme in ("light", "dark"):
            tab = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
            asked = []
            tab.on("request", lambda request, asked=asked: asked.append(request.url))
            tab.goto(files[name].as_uri())
            assert tab.evaluate("document.documentElement.scrollWidth") <= width, (width, scheme)
            assert asked == [files[name].as_uri()]
            assert tab.evaluate(CONTRAST) >= 4.5, (width, scheme)
            tab.close()


def test_print_shows_every_item_also_those_folded_on_screen(browser, files):
    tab = browser.new_page()
    tab.goto(files["team"].as_uri())
    assert not tab.locator("#items td").first.is_visible()
    tab.emulate_media(media="print")
    assert tab.locator("#items td").first.is_visible()
    assert tab.locator("ol.notes").first.is_visible()
    assert tab.pdf(prefer_css_page_size=True).count(b"/Type /Page\n") <= 12
    tab.close()


def test_following_what_a_sentence_rests_on_unfolds_the_list(browser, files):
    tab = browser.new_page()
    tab.goto(files["team"].as_uri())
    tab.locator("sup.ev a[href^='#e-']").last.click()
    assert tab.locator("#items td").first.is_visible()
    tab.close()
