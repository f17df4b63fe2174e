"""Printed numbers add up, and what people typed stays text."""

from datetime import UTC, date, datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from volt_assets.formatting import (
    apportion,
    count_difference,
    difference,
    hours,
    hundredths,
    link,
    listing,
    minute,
    number,
    percentages,
    period,
    round_half_up,
    share,
    table,
    text,
)

seconds = st.lists(st.integers(0, 10**7), max_size=40)
NASTY = [
    "# heading",
    "- list",
    "1. list",
    "12) list",
    "> quote",
    "=====",
    "---",
    "+ plus",
    "| a | b |",
    "`code`",
    "**bold** _italic_ ~~gone~~ $x$",
    "<script>alert(1)</script>",
    "<https://evil.example>",
    "https://evil.example/x and www.evil.example",
    "[click](https://evil.example)",
    "![image](https://evil.example/x.png)",
    "[label]: https://evil.example",
    "[ ] a box",
    "&lt;b&gt; &amp; R&D &#35;",
    "ends in a backslash\\",
    "one\nline\r\n\r\n# after another\u2028and another",
    "    indented",
    "right\u202eto left, zero\u200bwidth",
    "C:\\temp | pipe \\| escaped",
    "Нет полей Stage, … 😀",
    "```\nfence",
    "~~~",
    "***",
]


@given(seconds)
def test_printed_hours_add_up_to_their_sum_rounded(parts):
    printed = hundredths(parts)
    assert sum(printed) == round_half_up(sum(parts), 36)
    assert all(abs(Fraction(part, 36) - shown) < 1 for part, shown in zip(parts, printed, strict=True))


@given(st.lists(seconds, max_size=8))
def test_parts_of_parts_add_up_to_each_parts_printed_hours(groups):
    tops = hundredths([sum(group) for group in groups])
    for group, top in zip(groups, tops, strict=True):
        assert sum(hundredths(group, top)) == top


@given(seconds)
def test_percentages_add_up_to_100(parts):
    printed = percentages(parts)
    if sum(parts):
        assert sum(int(percent.removesuffix("%")) for percent in printed) == 100
    else:
        assert set(printed) <= {"–"}


def test_the_largest_remainder_gets_what_is_left():
    # 0.5, 0.4 and 0.1 of a unit: one unit in all, to the first; of equal remainders the first wins.
    assert apportion([18, 14, 4], 36) == [1, 0, 0]
    assert apportion([12, 12, 12], 36) == [1, 0, 0]
    assert apportion([4, 14, 54], 36) == [0, 0, 2]
    # 2.5 and 0.83 units: what is left of the smaller is larger.
    assert apportion([90, 30], 36) == [2, 1]


def test_a_total_that_is_not_the_sum_is_refused():
    with pytest.raises(ValueError, match="not the sum"):
        apportion([36, 36], 36, 4)
    # Nothing can be handed out to whole numbers without changing them.
    with pytest.raises(ValueError, match="not the sum"):
        apportion([36, 36], 36, 3)


def test_a_single_share_is_never_rounded_to_all_or_nothing():
    assert [share(part, 1000) for part in (0, 1, 500, 999, 1000)] == ["0%", "<1%", "50%", ">99%", "100%"]
    assert share(0, 0) == "–"


def test_numbers_have_two_decimals_and_a_true_minus():
    assert hours(5 * 3600 + 18) == "5.01 h"  # half a hundredth goes up
    assert number(5) == "0.05"
    assert [difference(100, 250), difference(250, 100), difference(1, 1)] == ["−1.50", "+1.50", "±0.00"]
    assert [count_difference(1, 3), count_difference(12, 2), count_difference(2, 2)] == ["−2", "+10", "±0"]


def test_words_are_listed_with_an_and_before_the_last():
    assert [listing(["a"]), listing(["a", "b"]), listing(["a", "b", "c"])] == ["a", "a and b", "a, b and c"]


@pytest.mark.parametrize(
    ("first", "last", "printed"),
    [
        (date(2007, 12, 3), date(2007, 12, 9), "3–9 December 2007"),
        (date(2007, 11, 26), date(2007, 12, 2), "26 November – 2 December 2007"),
        (date(2007, 12, 31), date(2008, 1, 6), "31 December 2007 – 6 January 2008"),
        (date(2007, 12, 3), date(2007, 12, 3), "3 December 2007"),
    ],
)
def test_a_period_names_only_what_differs(first, last, printed):
    assert period(first, last) == printed


def test_instants_are_printed_in_utc():
    assert minute(datetime(2025, 10, 13, 8, 5, 59, tzinfo=UTC)) == "2025-10-13 08:05 UTC"


def rendered(markdown: str) -> list[str]:
    """The kinds of tokens that GitHub-flavoured Markdown reads in a text, outermost first."""
    tokens = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(markdown)
    return [kind for token in tokens for kind in [token.type, *(child.type for child in token.children or [])]]


def shown(markdown: str) -> str:
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(markdown)
    return "".join(child.content for token in tokens for child in token.children or [])


@pytest.mark.parametrize("typed", NASTY)
def test_what_people_typed_is_text_and_reads_as_typed(typed):
    assert set(rendered(text(typed))) <= {"paragraph_open", "inline", "text", "paragraph_close"}
    readable = " ".join(typed.replace("\u202e", " ").replace("\u200b", " ").split())
    assert shown(text(typed)) == readable


@given(st.text(max_size=60))
def test_any_text_is_one_paragraph_of_text(typed):
    assert set(rendered(text(typed))) <= {"paragraph_open", "inline", "text", "paragraph_close"}
    assert "\n" not in text(typed)


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_stays_in_its_table_cell(one, other):
    kinds = rendered(f"| a | b |\n|---|---|\n| {text(one)} | {text(other)} |\n")
    assert kinds.count("td_open") == 2
    assert not {"link_open", "html_inline", "em_open", "strong_open", "code_inline", "image"} & set(kinds)


@given(st.lists(st.lists(st.text(max_size=40) | st.sampled_from(NASTY), min_size=2, max_size=2), max_size=4))
def test_a_table_of_any_texts_has_their_rows_and_nothing_but_text(rows):
    kinds = rendered(table({"a": "---", "b": "---:"}, rows))
    assert kinds.count("td_open") == 2 * len(rows)
    assert set(kinds) <= {
        *(f"{kind}_{side}" for kind in ("table", "thead", "tbody", "tr", "th", "td") for side in ("open", "close")),
        "inline",
        "text",
    }


def test_figures_in_a_table_stand_as_they_are():
    assert table({"type": "---", "hours": "---:"}, [("A|B", "1.00"), ("-", 2)]) == (
        "| type | hours |\n| --- | ---: |\n| A\\|B | 1.00 |\n| - | 2 |"
    )


@given(st.text(max_size=40))
def test_any_text_can_be_a_links_label(typed):
    kinds = rendered(f"- {link('#1 ' + text(typed), 'https://x.example/A (b)/1')}")
    assert kinds.count("link_open") == 1


def test_addresses_that_are_not_of_the_web_make_no_link():
    assert link("a", "javascript:alert(1)") == "a"
    assert link("a", None) == "a"
    assert link("a", "https://x.example/a|b) [c](d") == "[a](https://x.example/a%7Cb%29%20%5Bc%5D%28d)"


def test_addresses_without_markup_are_not_made_links():
    assert text("see https://evil.example") == "see https\\://evil.example"
    assert text("www.evil.example") == "www\\.evil.example"
    assert text("a: b://c 12:30") == "a: b\\://c 12:30"
