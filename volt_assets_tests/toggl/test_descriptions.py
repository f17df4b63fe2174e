"""Reading descriptions: the forms that Fibery's formula and people write, and any text at all."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from volt_assets.toggl.descriptions import Description, parse


def linked(public_id: str, *label: str, project: str | None = None, title: str | None = None, ids: str = ""):
    return Description(True, public_id, label, project, title, tuple(ids.split()) or (public_id,))


def unlinked(*ids: str) -> Description:
    return Description(linked=False, ids=ids)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Fix login #1112 [Scrum] [Sub-bug] [Moneyball]",
            linked("1112", "Scrum", "Sub-bug", project="Moneyball", title="Fix login"),
        ),
        # Titles that hold what tags and ids are made of
        (
            "As in #123 above #12 [Scrum] [Bug] [P]",
            linked("12", "Scrum", "Bug", project="P", title="As in #123 above", ids="123 12"),
        ),
        ("Fix [x] bug #12 [Scrum] [Bug] [P]", linked("12", "Scrum", "Bug", project="P", title="Fix [x] bug")),
        ("[ ] tick #12 [Scrum] [Bug] [P]", linked("12", "Scrum", "Bug", project="P", title="[ ] tick")),
        ("[Scrum] [Bug] #12 [QA] [Test]", linked("12", "QA", "Test", title="[Scrum] [Bug]")),
        ("Learn C#7 #12 [Scrum] [Task] [P]", linked("12", "Scrum", "Task", project="P", title="Learn C#7")),
        ("Half [open #12 [Scrum] [Task]", linked("12", "Scrum", "Task", title="Half [open")),
        ("Closed] early #12 [Scrum] [Task]", linked("12", "Scrum", "Task", title="Closed] early")),
        (
            "? Нет полей Stage, Team 🚀 #1112 [Scrum] [Sub-bug] [Moneyball]",
            linked("1112", "Scrum", "Sub-bug", project="Moneyball", title="? Нет полей Stage, Team 🚀"),
        ),
        ("two\nlines\n#12 [Scrum] [Task]", linked("12", "Scrum", "Task", title="two\nlines")),
        ("  Fix  it   #12   [Scrum]  [Bug]   ", linked("12", "Scrum", "Bug", title="Fix  it")),
        ("Fix #12 [Scrum]\n[Bug]\n", linked("12", "Scrum", "Bug", title="Fix")),
        ("#12 [Scrum] [Bug]", linked("12", "Scrum", "Bug")),
        # As many tags as there are
        ("Tidy up #7 [Scrum]", linked("7", "Scrum", title="Tidy up")),
        ("Call Ann #7 [To Do] [Volt - Internal]", linked("7", "To Do", "Volt - Internal", title="Call Ann")),
        ("a #7 [Scrum] [Bug] [x] [P]", linked("7", "Scrum", "Bug", project="P", title="a")),
        ("a #7[Scrum][Bug][P]", linked("7", "Scrum", "Bug", project="P", title="a")),
        ("a #7 [ Scrum ] [Work Version] [ P ]", linked("7", "Scrum", "Work Version", project="P", title="a")),
        # Projects with a will of their own
        ("a #7 [Scrum] [Bug] [Team #5]", linked("7", "Scrum", "Bug", project="Team #5", title="a")),
        ("a #7 [Scrum] [Bug] [#5]", linked("7", "Scrum", "Bug", project="#5", title="a")),
        ("a #7 [Scrum] [Bug] [Volt - Internal]", linked("7", "Scrum", "Bug", project="Volt - Internal", title="a")),
        ("a #7 [Scrum] [Bug] [Volt [EU]]", linked("7", "Scrum", "Bug", project="Volt [EU]", title="a")),
        ("a #7 [Scrum] [Bug] [Team #5 [EU] x]", linked("7", "Scrum", "Bug", project="Team #5 [EU] x", title="a")),
        ("a #7 [Scrum] [Bug] [Volt [EU]", linked("7", "Scrum", "Bug", project="Volt [EU", title="a")),
        # Fields without a value
        ("a #7 [Scrum] [Bug] []", linked("7", "Scrum", "Bug", title="a")),
        ("a #7 [Scrum] [Bug] [x] [ ]", linked("7", "Scrum", "Bug", title="a")),
        ("a #7 [To Do] []", linked("7", "To Do", title="a")),
        ("a #7 [Scrum] [] [P]", linked("7", "Scrum", project="P", title="a")),
        ("a #7 []", unlinked("7")),
        ("a #7 [] [ ]", unlinked("7")),
        ("a #7 [Scrum] [Bug] [P] #8 []", unlinked("7", "8")),
        # Ids
        ("a #0012 [Scrum] [Bug]", linked("12", "Scrum", "Bug", title="a")),
        ("a #000 [Scrum] [Bug]", linked("0", "Scrum", "Bug", title="a")),
        ("#9 then #012 and #12 #0009 [S] [B]", linked("9", "S", "B", title="#9 then #012 and #12", ids="9 12")),
        ("a #11 [Scrum] [Bug] #12 [QA] [Test]", linked("12", "QA", "Test", title="a #11 [Scrum] [Bug]", ids="11 12")),
        ("#5 [half #7 [S] [B] [P]", linked("7", "S", "B", project="P", title="#5 [half", ids="5 7")),
        ("a #12345678901234567890 [S] [B]", linked("12345678901234567890", "S", "B", title="a")),
        ("a #١٢ [Scrum] [Bug]", unlinked()),
        ("a #1² [Scrum] [Bug]", unlinked()),
        ("C#7 [Scrum] [Bug]", unlinked()),
        ("(#7 [Scrum] [Bug]", unlinked("7")),
        ("a # 7 [Scrum] [Bug]", unlinked()),
        ("a 7 [Scrum] [Bug]", unlinked()),
        # Loose ids, and none
        ("#7658", unlinked("7658")),
        ("Fix login #7658", unlinked("7658")),
        ("#12 [Scrum] [Bug] with Ann", unlinked("12")),
        ("Fix #12 login [Scrum] [Bug]", unlinked("12")),
        ("see #12, (#13) and #0012.", unlinked("12", "13")),
        ("[#12] login", unlinked("12")),
        ("login [#12]", unlinked("12")),
        ("login [#12] [Scrum]", unlinked("12")),
        ("Stand-up [Scrum] [Team #5]", unlinked()),
        ("[see #12] login", unlinked("12")),
        ("#12abc", unlinked()),
        ("#12_", unlinked()),
        ("learning C#7", unlinked()),
        ("it&#39;s R&amp;D", unlinked()),
        ("R", unlinked()),
        ("Fix login", unlinked()),
        ("Fix login [Scrum] [Bug] [P]", unlinked()),
        ("", unlinked()),
        ("   \n", unlinked()),
        (None, unlinked()),
    ],
)
def test_a_description_is_read_as(text: str | None, expected: Description):
    assert parse(text) == expected


# What a formula puts together: tags are typed by hand or are the project's name.
IDS = st.integers(0, 10**12)
TITLES = st.one_of(st.text(), st.text(st.sampled_from("#[]07 aC\n")))
TAGS = st.text(st.characters(exclude_characters="[]", exclude_categories=["Cs"]), min_size=1).filter(str.strip)


@given(title=TITLES, public_id=IDS, tags=st.lists(TAGS, min_size=1, max_size=5))
def test_whatever_the_formula_writes_is_read_back(title: str, public_id: int, tags: list[str]):
    read = parse(f"{title} #{public_id}" + "".join(f" [{tag}]" for tag in tags))
    assert read.linked
    assert read.public_id == str(public_id)
    assert read.label == tuple(tag.strip() for tag in tags[:2])
    assert read.project_tag == (tags[-1].strip() if len(tags) > 2 else None)
    assert read.title == (title.strip() or None)
    assert str(public_id) in read.ids


@given(title=TITLES, public_id=IDS, project=TAGS, inner=TAGS)
def test_a_project_with_brackets_in_its_name_is_read_back(title: str, public_id: int, project: str, inner: str):
    read = parse(f"{title} #{public_id} [Scrum] [Bug] [{project}[{inner}]]")
    assert (read.public_id, read.label) == (str(public_id), ("Scrum", "Bug"))
    assert read.project_tag == f"{project}[{inner}]".strip()


@given(text=st.text(st.one_of(st.sampled_from("#[]0712 \n\tC&²"), st.characters())))
def test_any_text_is_read_and_what_is_read_is_sound(text: str):
    read = parse(text)
    assert all(re.fullmatch(r"0|[1-9][0-9]*", number) for number in read.ids)
    assert len(set(read.ids)) == len(read.ids)
    if read.linked:
        assert read.public_id in read.ids
        assert 1 <= len(read.label) <= 2
        assert all(tag and tag == tag.strip() for tag in read.label)
        assert read.title != ""
    else:
        assert read == Description(linked=False, ids=read.ids)


@given(text=st.text(st.sampled_from("#[]1 a")), words=st.text(st.characters(exclude_categories=["Cs"])))
def test_words_after_the_tags_undo_the_link(text: str, words: str):
    assert not parse(f"{text} {words} end").linked


@pytest.mark.parametrize(
    "text", ["#1 " * 1000, "[" * 3000, "#1 [" * 750, "[a]" * 1000 + "!", "#1 " + "[a[b]" * 600 + "!", " " * 3000 + "x"]
)
def test_the_longest_descriptions_that_toggl_takes_are_read_in_no_time(text: str):
    start = time.process_time()
    parse(text)
    assert time.process_time() - start < 1
