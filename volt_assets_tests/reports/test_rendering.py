"""Blocks laid out: both formats say the same, and what anybody typed is text wherever a block may hold it."""

import re
import typing
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from volt_assets.reports.rendering.html import page_of
from volt_assets.reports.rendering.markdown import markdown_of
from volt_assets.reports.rendering.message import message_of
from volt_assets.reports.view import blocks
from volt_assets.reports.view.blocks import (
    Behind,
    Change,
    Chart,
    ChartColumn,
    Code,
    CodeBlock,
    Column,
    Decision,
    DecisionList,
    EntityName,
    Evidence,
    Figure,
    Figures,
    Footnotes,
    Group,
    Hours,
    Items,
    Jump,
    Legend,
    ListItem,
    PageLink,
    Pairs,
    Paragraph,
    PlanBar,
    Row,
    Section,
    See,
    Share,
    Shares,
    Soft,
    Spark,
    StackedBar,
    Strong,
    Table,
    Tree,
    TreeRow,
    View,
    WebLink,
)
from volt_assets.reports.view.report import view_of
from volt_assets_tests.reports.snapshots import made
from volt_assets_tests.test_formatting import NASTY

REPORTS = dict(made.reports())


def view_with(typed: str) -> View:
    """Every block and every span, with `typed` wherever people's words may stand."""
    name = EntityName(typed, typed, f"https://x.example/{typed}", to="here", finished=True)
    spans = (
        *(typed, Strong(typed), Soft(typed), Code("file.yaml"), Hours(105, " h"), Change(-5), name),
        *(
            PageLink(typed, "individual/ann", typed),
            WebLink(typed, f"https://x.example/{typed}"),
            WebLink(typed, None),
            Jump(typed, "here"),
            See("here"),
            Evidence(typed, typed, "here", 1),
        ),
    )
    # As in lines that are made of them: with spaces between.
    spans = tuple(part for span in spans for part in (span, " "))
    bars = (StackedBar((1, 2), (typed, typed), 3), PlanBar(10, 4, 9), Spark((1, None, 3)))
    columns = (Column(typed), Column(typed, "under"), Column(typed, "bar"), Column(typed, "number", optional=True))
    table = Table(columns, (Row((spans, spans, bars, (Hours(5, tint=9),)), anchor="here"),), Row(((typed,),) * 4))
    share = Share(typed, Hours(100), "100%", (typed,), typed)
    decision = Decision(spans, spans, typed, typed, (Behind(typed),))
    leaf = TreeRow(1, (spans, spans, bars, (Hours(5),)), False, "there")
    return View(
        typed,
        typed,
        typed,
        typed,
        (typed,),
        PageLink(typed, "../team"),
        (
            Paragraph(spans, "lead"),
            Paragraph((typed,), "warning"),
            Group((Section(typed, (Figures((Figure(typed, typed, typed, (spans,)),), table, {}),), style="bare"),)),
            Section(typed, (Shares((typed,) * 4, (share,), (), share, share),), anchor="projects"),
            Section(typed, (table, Section(typed, (Items((ListItem(spans, spans, (spans,)),)),))), folded=True),
            Section(typed, (Items((ListItem(spans, fired=True),)),)),
            Chart(typed, typed, (typed, typed), (ChartColumn(5, typed, typed, (typed,)),) * 2, current=True, line=3),
            DecisionList((decision, Decision(spans, (), typed))),
            Tree(columns, (TreeRow(0, leaf.cells, True), leaf), TreeRow(0, leaf.cells, True), "linked"),
            Legend((("c0", typed), ("mark", typed), ("over", typed))),
            CodeBlock(typed, "a: 1", "yaml"),
            Pairs(((typed, typed),)),
            Footnotes((typed,)),
        ),
        (PageLink(typed, "individual/ann"),),
    )


def test_every_block_and_span_is_tried():
    def kinds(of: object) -> set[type]:
        found = {type(of)}
        for part in of if isinstance(of, tuple | list) else vars(of).values() if hasattr(of, "__dict__") else ():
            found |= kinds(part)
        return found

    assert {*typing.get_args(blocks.Block), *typing.get_args(blocks.Span)} <= kinds(view_with("a"))


class Tags(HTMLParser):
    def __init__(self, page: str):
        super().__init__()
        self.tags: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        assert not [name for name, _ in attributes if name.startswith("on")]
        for name, value in attributes:
            assert name != "href" or value.startswith(("#", "https://x.example/", "../team", "individual/ann"))

    def handle_data(self, data):
        self.text += data


@pytest.mark.parametrize("typed", [*NASTY, "\"><script>alert(1)</script><img src=x onerror=alert(2)> '{{ 7*7 }}"])
def test_what_people_typed_is_text_in_every_block(typed):
    typed = " ".join(typed.split())

    def kinds(view: View) -> list[str]:
        reader = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
        documents = (markdown_of(view), message_of(view)[1])
        tokens = [token for document in documents for token in reader.parse(document)]
        return [kind for token in tokens for kind in (token.type, *(child.type for child in token.children or []))]

    assert kinds(view_with(typed)) == kinds(view_with("plain"))
    page, plain = Tags(page_of(view_with(typed))), Tags(page_of(view_with("plain")))
    assert page.tags == plain.tags
    assert page.text.count(typed) == plain.text.count("plain")


@pytest.mark.parametrize("name", REPORTS)
def test_both_formats_have_the_same_sections_in_the_same_order(name: str):
    view = view_of(REPORTS[name])
    page = re.findall(r"<h2>(.*?)</h2>", page_of(view))
    # On a page these have no heading: they are where one looks first, or last.
    bare = {"Summary", "Figures", "About this report", "Smaller items"}
    written = [
        line.lstrip("# ") for line in markdown_of(view).splitlines()[1:] if re.match(r"#{2,3} (?!\[?\\?#)", line)
    ]
    assert [heading for heading in written if heading not in bare] == page
    assert len(page) >= 4


@pytest.mark.parametrize("name", REPORTS)
def test_every_work_item_has_its_place_and_every_jump_leads_somewhere(name: str):
    page = page_of(view_of(REPORTS[name]))
    anchors = re.findall(r' id="([^"]*)"', page)
    assert len(anchors) == len(set(anchors))
    assert set(re.findall(r'href="#([^"]*)"', page)) <= set(anchors)
    assert sum(anchor.startswith("e-") for anchor in anchors) == len(REPORTS[name].facts.entities)
