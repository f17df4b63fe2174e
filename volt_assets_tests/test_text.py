"""What leaves a text at the door, and what stays."""

import json
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from volt_assets.text import CUT, LONGEST_TEXT, clean, clean_json

ANY_TEXT = st.text(st.characters(exclude_categories=()))  # lone surrogates too
# Dense in what must leave: among all of Unicode it is rare.
AWKWARD = st.text(
    st.sampled_from("\x00\x07\t\n\v\f\r\x1b\x7f\x85\x9b\u200e\u2028\u2029\u202e\u2066\ud800\udc00 ab🚀é\u0301﻿")
)
ACTING = set("\x1b\x9b\x7f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@settings(deadline=None)
@given(ANY_TEXT | AWKWARD)
def test_a_clean_text_can_be_stored_and_shown_and_is_left_alone_the_next_time(text: str):
    cleaned = clean(text)
    cleaned.encode()  # no lone surrogate
    assert not ACTING & set(cleaned)
    assert {char for char in cleaned if unicodedata.category(char) in ("Cc", "Zl", "Zp")} <= {"\t", "\n"}
    assert clean(cleaned) == cleaned


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp"), exclude_characters="".join(ACTING))))
def test_every_other_character_stays(text: str):
    assert clean(text) == text


@settings(deadline=None)
@given(ANY_TEXT | AWKWARD, st.integers(len(CUT), 30))
def test_no_text_is_longer_than_allowed_and_a_cut_one_shows_it(text: str, longest: int):
    whole, cut = clean(text), clean(text, longest)
    assert len(cut) <= longest
    assert cut == whole or (len(whole) > longest and cut.endswith(CUT) and whole.startswith(cut.removesuffix(CUT)))


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("\x1b[31mred\x1b[0m", "[31mred[0m"),
        ("\x9b31mred", "31mred"),
        ("a\x00b", "ab"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("\u2066a\u2069", "a"),
        ("broken \ud83d emoji", "broken \ufffd emoji"),
        ("one\r\ntwo\rthree\vfour\x85five\u2028six", "one\ntwo\nthree\nfour\nfive\nsix"),
        ("tab\tstays", "tab\tstays"),
        ("שלום\u200f (RTL mark)", "שלום\u200f (RTL mark)"),
        ("👩\u200d💻", "👩\u200d💻"),
    ],
)
def test_what_acts_leaves_and_what_is_read_stays(typed: str, kept: str):
    assert clean(typed) == kept


def test_a_megabyte_is_cut_to_ten_thousand_characters():
    cut = clean("x" * 1_000_000)
    assert (len(cut), LONGEST_TEXT) == (10_000, 10_000)
    assert cut.endswith("x… [cut]")
    assert clean("x" * LONGEST_TEXT) == "x" * LONGEST_TEXT


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | AWKWARD,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc"), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None)
@given(JSON)
def test_all_texts_of_an_answer_are_clean_and_nothing_else_changes(value):
    cleaned = clean_json(json.loads(json.dumps(value)))
    json.dumps(cleaned, ensure_ascii=False).encode()
    assert clean_json(cleaned) == cleaned

    def shape(part):
        if isinstance(part, str):
            return clean(part)
        if isinstance(part, list):
            return [shape(item) for item in part]
        return {name: shape(item) for name, item in part.items()} if isinstance(part, dict) else part

    # (json.loads joins surrogates that stand together.)
    assert cleaned == shape(json.loads(json.dumps(value)))
