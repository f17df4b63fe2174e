"""The check of a model's sentences: over corpora that none of its code made, and over whatever else is thrown at it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.corpora import false_sentences, held_out, true_sentences
from bench.corpora.cases import CASES
from bench.corpora.facts import NO_PROJECT, comments, individual, project_of, team
from bench.corpora.held_out import checked
from volt_assets.reports.facts.models import EntityRef, TeamFacts
from volt_assets.reports.sentences.grounding import Refused, grounded
from volt_assets.reports.sentences.menu import menu_of
from volt_assets.reports.sentences.vocabulary import vocabulary

MENU = menu_of(individual())


def test_no_lie_of_any_kind_passes():
    lies = false_sentences.lies() + held_out.lies()
    assert len(lies) > 500
    assert len({lie.kind for lie in lies}) > 40
    assert [lie for lie in lies if checked(lie) is None] == []


def test_fewer_than_two_in_a_hundred_true_sentences_are_dropped():
    truths = true_sentences.by_hand() + true_sentences.by_templates() + held_out.truths()
    assert len(truths) > 500
    dropped = [told for told in truths if checked(told) is not None]
    assert len(dropped) < 0.02 * len(truths), dropped


def said(text: str, place: str = "summary", item: str | None = None) -> str:
    sentence = grounded(text, MENU, place, MENU.items[item] if item else None)
    return "".join(part if isinstance(part, str) else f"#{part.public_id}" for part in sentence.parts)


def test_slots_are_filled_and_the_full_stop_is_put_where_there_is_none():
    assert said("{name} worked on {item1.time}") == "Ann Lee worked on #417 (3.00 h)."
    assert said("Worked on the login {days}", "done", "item1") == "Worked on the login on Monday."


def test_a_sentence_rests_on_what_its_slots_are_about():
    of_items = grounded("{name} worked on {item2.time} and {item1.time}.", MENU, "summary")
    assert of_items.evidence == ["Scrum/Task#12", "Scrum/Bug#417"]
    assert grounded("{name} tracked {total.time}.", MENU, "summary").evidence == ["figures"]
    assert [part.url for part in of_items.parts if isinstance(part, EntityRef)] == [
        "https://x.example/12",
        "https://x.example/417",
    ]
    assert of_items.by == "model"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{name} spent 4 h on {item1.time}.", "numbers come from slots"),
        ("{name} spent four hours on {item1.time}.", "“four”"),
        ("Ann Lee worked on {item1.time}.", "people are named by slots"),
        ("{item1.time} was finished.", "say that it was worked on"),
        ("{item1.time} was worked on in {project1.time}.", "one kind of thing"),
        ("{item7.time} was worked on.", "no slot {item7.time}"),
        ("{item2.time} was the largest.", "others took more time"),
    ],
)
def test_the_reason_shows_a_model_what_to_change(text, reason):
    with pytest.raises(Refused, match=re.escape(reason)):
        said(text)


def test_what_a_comment_of_the_period_says_was_done_may_be_stated_and_what_a_description_asks_for_may_not():
    item = (
        individual()
        .entities[0]
        .model_copy(
            update={
                "description": "Reproduce it, clear the cookie.",
                "period_comments": comments("Reproduced it on Firefox."),
            }
        )
    )
    menu = menu_of(individual(entities=[item]))
    grounded("Reproduced it on Firefox.", menu, "done", menu.items["item1"])
    with pytest.raises(Refused):
        grounded("Cleared the cookie.", menu, "done", menu.items["item1"])


def test_an_adjective_of_a_text_is_no_result_and_where_it_is_the_verb_it_is_one():
    menu = menu_of(individual(entities=[individual().entities[0].model_copy(update={"name": "Fixed width login"})]))
    grounded("Worked on the fixed width.", menu, "done", menu.items["item1"])
    for lie in ("Worked on it, fixed the login.", "Fixed width.", "The width was fixed."):
        with pytest.raises(Refused):
            grounded(lie, menu, "done", menu.items["item1"])


def of(facts_of, text: str, mode: str = "checked") -> str:
    """Why a sentence about the one item is refused, or what it says."""
    menu = menu_of(individual(entities=[individual().entities[0].model_copy(update=facts_of)]))
    try:
        sentence = grounded(text, menu, "done", menu.items["item1"], mode)
    except Refused as reason:
        return f"refused: {reason}"
    return "".join(part for part in sentence.parts if isinstance(part, str))


@pytest.mark.parametrize(
    "title", ["Tests fail on the last day of 3 months", "Who is not there today?", "Split it in four"]
)
def test_the_title_of_an_item_may_stand_as_it_is_written_whatever_its_words(title):
    assert of({"name": title}, f"Worked on “{title}” {{days}}.") == f"Worked on “{title}” on Monday."
    assert of({"name": "Another one"}, f"Worked on “{title}” {{days}}.").startswith("refused")


def test_a_title_that_reads_like_a_claim_is_checked_like_other_words():
    assert of({"name": "Released to customers"}, "It was Released to customers.").startswith("refused")


@pytest.mark.parametrize(
    "text",
    [
        "The page answered on a phone.",
        "It was content with the season.",
        "Worked on bright sun.",
    ],
)
def test_what_a_description_demands_is_no_source_of_words(text):
    demands = "Slow on phones.\n\n### Done when\n- The page answers in bright sun.\n- All are content with the season."
    assert of({"description": demands}, text).startswith("refused")
    assert of({"description": demands}, "Worked on phones.") == "Worked on phones."
    after = f"{demands}\n\n### Notes\nSee the lighthouse."
    assert of({"description": after}, "Worked on the lighthouse.") == "Worked on the lighthouse."


@pytest.mark.parametrize(
    "text",
    ["Went off {days}.", "Worked on the login in time.", "Worked on the login on time.", "Of course worked on it."]
    + ["Worked on the so-called login.", "Worked together on the login.", "Worked on the login, away.", "Worked well."]
    + ["Everybody worked on the login.", "Worked on the login for the customer.", "The customer tested the login."],
)
def test_what_words_claim_together_and_who_did_what_for_whom_is_refused(text):
    assert of({}, text).startswith("refused")


def test_what_the_items_texts_say_of_somebody_may_be_said():
    text = "Worked on the call with the customer."
    assert of({}, text).startswith("refused")
    assert of({"name": "Call with the customer"}, text) == text


def in_projects(count: int) -> TeamFacts:
    """A team's report of two or three projects."""
    seconds = {"Moneyball": 14400 - 3600 * (count - 1)} | dict.fromkeys(("Harbour", "Shop")[: count - 1], 3600)
    projects = [project_of(*each, entries=4, people=1, entities=2, finished=1) for each in seconds.items()]
    return team(projects=[*projects, NO_PROJECT])


@pytest.mark.parametrize(
    ("text", "of_three", "of_two"),
    [
        ("The projects were {project1.time} and {project2.time}.", False, True),
        ("The projects worked on were {project1.time} and {project2.time}.", False, True),
        ("{project1.time} and {project2.time} were the projects of the week.", False, True),
        ("The time was split between {project1.time} and {project2.time}.", False, True),
        ("The week consisted of {project1.time} and {project2.time}.", False, True),
        ("What was worked on was {project1.time} and {project2.time}.", False, True),
        ("The projects included {project1.time} and {project2.time}.", True, True),
        ("Time went to {project1.time} and {project2.time}.", True, True),
        ("{project1.time} and {project2.time} were the team's projects.", False, True),
        ("The projects with the most time were {project1.time} and {project2.time}.", True, True),
        ("The week was divided mainly between {project1.time} and {project2.time}.", True, True),
    ],
)
def test_a_list_that_sounds_whole_is_whole(text, of_three, of_two):
    for number, allowed in ((3, of_three), (2, of_two)):
        menu = menu_of(in_projects(number))
        try:
            grounded(text, menu, "summary")
        except Refused:
            assert not allowed, number
        else:
            assert allowed, number


def test_a_list_is_no_less_whole_for_saying_whose_it_is():
    items = [individual().entities[0].model_copy(update={"public_id": str(number)}) for number in (1, 2, 3)]
    menu = menu_of(individual(entities=items))
    grounded("Among the items of {name} was {item1.time}.", menu, "summary")
    with pytest.raises(Refused, match="there are others"):
        grounded("The items of {name} were {item1.time} and {item2.time}.", menu, "summary")


def test_who_wrote_a_comment_is_said_by_its_quote_alone():
    item = individual().entities[0].model_copy(update={"period_comments": comments("Works again.", author="Ben Ode")})
    menu = menu_of(individual(entities=[item]))
    grounded("A comment said {comment1}.", menu, "done", menu.items["item1"])
    with pytest.raises(Refused, match="who wrote a comment"):
        grounded("{name} said {comment1}.", menu, "done", menu.items["item1"])


RECOVERY = {
    "name": "Recover an account without a passkey",
    "description": "Reported by a captain.\n\nFor the night shift.",
}


@pytest.mark.parametrize(
    ("text", "other"),
    [
        # Forms of one word; what is denied has none.
        ("Worked on the recovery of an account.", "Worked on the passkeys."),
        # A denial, where the text has it.
        ("Worked on recovering an account with no passkey.", "Worked on recovering no account."),
        # Who did what, where the text has it.
        ("Worked on an account, which a captain had reported.", "Worked on an account, which a captain had tested."),
        # A word of time that says which thing it is.
        ("Worked on an account of the night shift.", "Worked on an account at night."),
        # Objects that are no work.
        ("The account drew a comment.", "The account drew the passkey."),
        ("Work was done on an account.", "An account was done."),
        ("Gave thought to an account.", "Gave an account to it."),
        # A denial is a wish, of which nobody knows whether it came true.
        ("Worked on an account without a passkey.", "Recovered an account without a passkey."),
        # Another form of a word that claims nothing, and what is made of one and claims something.
        ("Focuses of the work included an account.", "Timely work included an account."),
    ],
)
def test_words_claim_by_what_stands_beside_them_and_by_what_they_are_made_of(text, other):
    assert of(RECOVERY, text) == text
    assert of(RECOVERY, other).startswith("refused")


def test_of_several_items_words_may_be_said_that_all_of_them_have():
    names = "Cache key ignores the branch", "Cache dependencies", "Harbour fees"
    items = [
        individual().entities[0].model_copy(update={"public_id": str(number), "name": name, "title": None})
        for number, name in enumerate(names)
    ]
    menu = menu_of(individual(entities=items))
    grounded("{item1.time} and {item2.time} concerned caches.", menu, "summary")
    for lie in (
        "{item1.time} and {item3.time} concerned caches.",
        "{item1.time} and {item2.time} were cached.",
        "{item1.time} and {item2.time} concerned branches.",
    ):
        with pytest.raises(Refused):
            grounded(lie, menu, "summary")


def test_two_words_that_say_that_it_ended_are_for_what_was_finished():
    assert of({}, "Wrapped up the login.").startswith("refused: “finished”")
    assert of({}, "Closed out the login.").startswith("refused: “finished”")


def test_what_only_a_comment_says_is_said_of_its_author_alone():
    def told(author: str, text: str) -> None:
        cause = comments("Found the cause.", author=author)
        menu = menu_of(individual(entities=[individual().entities[0].model_copy(update={"period_comments": cause})]))
        grounded(text, menu, "done", menu.items["item1"])

    told("Ben Ode", "The cause was found, as a comment said: {comment1}.")
    told(individual().name, "{name} found the cause: {comment1}.")
    for lie in (
        "{name} found the cause: {comment1}.",
        "{name} got a comment: {comment1}.",
        "A comment said so {days}.",
    ):
        with pytest.raises(Refused):
            told("Ben Ode", lie)


def test_both_is_said_of_two():
    assert said("Both {item1.time} and {item2.time} were worked on.")
    with pytest.raises(Refused):
        said("Both {item1.time} were worked on.")


def test_words_of_the_models_own_pass_where_they_are_allowed_and_nothing_else():
    own = "Chased a stubborn redirect in the login {days}."
    assert of({}, own).startswith("refused")
    assert of({}, own, "worded") == "Chased a stubborn redirect in the login on Monday."


@pytest.mark.parametrize(
    "text",
    ["Chased it for 4 hours.", "Chased it for hours.", "Chased four redirects.", "Chased it with Zebediah Quux."]
    + ["Zebediah chased it.", "Chased it, see www.evil.example.", "Chased <b>it</b>.", "Fixed the login."]
    + [
        "Finished it.",
        "Deployed it.",
        "Chased it because of the customer.",
        "Botched the login.",
        "Chased it brilliantly.",
    ]
    + ["Chased it without result.", "Chased it on Sunday.", "Hat den Login repariert und getested.", "Wоrked on it."]
    + ["Chased it, which resulted in chaos.", "Chased half of it.", "Ann chased it.", "She chased it."],
)
def test_where_words_are_the_models_own_figures_names_markup_completion_cause_and_blame_stay_out(text):
    assert of({}, text, "worded").startswith("refused"), text


def test_words_of_the_models_own_are_not_those_of_another_item_or_of_what_a_description_demands():
    one, other = (
        individual().entities[0].model_copy(update={"public_id": number, "name": name, "description": description})
        for number, name, description in (
            ("1", "Login", "Done when\n- The crew is cheerful."),
            ("2", "Harbour fees", None),
        )
    )
    menu = menu_of(individual(entities=[one, other]))
    grounded("Worked on a stubborn redirect in {item1.time}.", menu, "summary", mode="worded")
    for lie in (
        "Worked on the harbour in {item1.time}.",
        "Worked on cheerful redirects in {item1.time}.",
        "Redirects were in {total.other}.",
    ):
        with pytest.raises(Refused):
            grounded(lie, menu, "summary", mode="worded")


def test_no_lie_about_figures_people_or_markup_passes_where_words_are_the_models_own():
    kinds = re.compile(
        r"hours|date|share|an id|name|link|markup|hidden|alike|no sentence|praise|cause|prediction|money"
    )
    told = [lie for lie in false_sentences.lies() if kinds.search(lie.kind)]
    assert len(told) > 300
    assert [lie for lie in told if checked(lie, "worded") is None] == []


def test_the_vocabulary_holds_no_word_in_two_minds():
    known = vocabulary()
    never = known.never | known.as_written
    gated = known.finished | known.begun | known.before | known.majority | known.largest | known.ordered
    assert not never & (known.plain | gated)
    assert not known.plain & gated
    assert not (known.activities | known.of_time) & (known.plain | gated | never)
    assert all(word == word.lower() for word in known.plain | never | gated)


ANY_TEXT = st.text(max_size=60)
WORDS = st.sampled_from(sorted({word for told in true_sentences.by_hand() for word in told.text.split()}))
SLOTS = st.sampled_from([f"{{{name}}}" for name in (*MENU.slots, *MENU.items["item1"].own)])
SENTENCES = st.lists(st.one_of(WORDS, SLOTS, ANY_TEXT), max_size=12).map(" ".join)


@given(SENTENCES, st.sampled_from(["summary", "achievements", "done"]))
def test_whatever_is_thrown_at_it_what_passes_holds_no_figure_of_its_own_and_no_markup(text, place):
    item = MENU.items["item1"] if place == "done" else None
    try:
        sentence = grounded(text, MENU, place, item)
    except Refused:
        return
    glue = re.sub(r"\{[a-z0-9.]+\}", "", text)
    assert not any(character.isnumeric() for character in glue)
    assert not set("<>[]|`*_#@/\\") & set(glue)
    assert sentence.evidence or not sentence.parts


@given(st.sampled_from(true_sentences.by_hand()), st.sampled_from(list(CASES)), st.integers(0, 5))
def test_a_true_sentence_about_another_report_never_brings_a_figure_that_this_one_has_not(told, case, number):
    menu = menu_of(CASES[case])
    items = list(menu.items.values())
    item = items[number % len(items)] if told.place == "done" else None
    try:
        sentence = grounded(told.text, menu, told.place, item)
    except Refused:
        return
    text = "".join(part for part in sentence.parts if isinstance(part, str))
    slots = {**menu.slots, **(item.own if item else {})}
    printed = [part for slot in slots.values() for part in slot.parts if isinstance(part, str)]
    for figure in re.findall(r"\d[\d.]*", text.rstrip(".")):
        assert any(figure in part for part in printed)
