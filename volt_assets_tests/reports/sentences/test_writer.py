"""From answers to sentences: what is kept, what takes the place of the rest, and for which weeks a model is asked."""

import json
from datetime import date, timedelta

import pytest

from bench.corpora.facts import individual, team
from volt_assets.reports.sentences.menu import menu_of
from volt_assets.reports.sentences.models import key_of
from volt_assets.reports.sentences.writer import read_answers, weeks_to_write

NEWEST = date(2025, 10, 6)
MENU = menu_of(individual())


def weeks(first: int, last: int) -> list[date]:
    """From so many weeks after the newest closed one to so many."""
    return [NEWEST + timedelta(weeks=number) for number in range(first, last + 1)]


@pytest.mark.parametrize(
    ("run", "automated", "requested", "written"),
    [
        (weeks(0, 0), False, False, weeks(0, 0)),
        (weeks(-9, -9), False, False, weeks(-9, -9)),  # somebody waits for it
        (weeks(-1, 0), False, False, weeks(-1, 0)),
        (weeks(0, 1), False, False, weeks(0, 0)),  # the open week will be written about when it is closed
        (weeks(1, 1), False, False, []),
        (weeks(-2, 0), False, False, []),
        (weeks(0, 0), True, False, weeks(0, 0)),
        (weeks(-8, 0), True, False, weeks(0, 0)),
        (weeks(-1, -1), True, False, []),
        (weeks(1, 1), True, False, []),
        (weeks(-8, 1), False, True, weeks(-8, 1)),
        (weeks(-8, 1), True, True, weeks(-8, 1)),
    ],
)
def test_which_weeks_of_a_run_a_model_writes_about(run, automated, requested, written):
    assert weeks_to_write(run, NEWEST, automated=automated, requested=requested) == written


def answer(**told) -> str:
    return json.dumps(told)


def texts(sentences) -> list[str]:
    return ["".join(p if isinstance(p, str) else f"#{p.public_id}" for p in said.parts) for said in sentences]


def test_what_is_grounded_is_kept_with_what_it_rests_on_and_the_rest_is_refused_with_reasons():
    attempt = read_answers(
        [
            answer(
                summary=["{name} worked on {item1.time}.", "{item1.time} took 9 h."],
                achievements=["{item2.finished} was finished."],
                items=[{"item": "item1", "sentence": "Worked on fixing the login {days}."}],
            )
        ],
        MENU,
    )
    assert texts(attempt.summary) == ["Ann Lee worked on #417 (3.00 h)."]
    assert attempt.summary[0].evidence == [key_of("Scrum/Bug", "417")]
    assert texts(attempt.achievements) == ["#12 (finished on 8 Oct) was finished."]
    assert texts(attempt.done.values()) == ["Worked on fixing the login on Monday."]
    assert attempt.refused == {"{item1.time} took 9 h.": "numbers come from slots alone"}
    assert attempt.kept == 3


def test_the_second_answer_fills_places_and_repeats_nothing():
    first = answer(
        summary=["{name} worked on {item1.time}."], items=[{"item": "item1", "sentence": "Worked on it {days}."}]
    )
    second = answer(
        summary=["{name} worked on {item1.time}.", "{name} worked on {project1.time}."],
        items=[
            {"item": "item1", "sentence": "Spent time on it {days}."},
            {"item": "item2", "sentence": "Moved from Oracle to Postgres."},
        ],
    )
    attempt = read_answers([first, second], MENU)
    assert len(attempt.summary) == 2
    assert texts(attempt.done.values()) == ["Worked on it on Monday.", "Moved from Oracle to Postgres."]


def test_no_more_sentences_are_kept_than_a_summary_bears():
    said = [f"{{name}} {verb} {{item1.time}}." for verb in ("worked on", "dealt with", "looked at", "focused on")]
    assert len(read_answers([answer(summary=said)], MENU).summary) == 3


def test_words_of_the_models_own_are_kept_where_they_are_allowed():
    told = answer(summary=["{name} wrestled with {item1.time}."])
    assert texts(read_answers([told], MENU, "worded").summary) == ["Ann Lee wrestled with #417 (3.00 h)."]
    assert read_answers([told], MENU).kept == 0


@pytest.mark.parametrize(
    "nonsense", ["", "null", "[]", "{", '{"summary": "one"}', '{"summary": [1]}', '{"items": [{"item": "item1"}]}']
)
def test_an_answer_in_another_form_is_refused_whole(nonsense):
    attempt = read_answers([nonsense], MENU)
    assert attempt.kept == 0
    assert len(attempt.refused) == 1


def test_items_that_are_not_there_and_items_in_the_teams_report_are_refused():
    told = answer(items=[{"item": "item9", "sentence": "Worked on it."}, {"item": "item1", "sentence": "Did it."}])
    assert len(read_answers([told], MENU).refused) == 1
    assert len(read_answers([told], menu_of(team())).refused) == 2
