"""What is sent to a model: the prompt files that apply, the facts as data, the form of the answer."""

import json
from pathlib import Path

import pytest

from bench.corpora.facts import FIGURES, LOGIN, NO_PROJECT, PROJECT, comments, individual, team
from volt_assets.errors import BadInput
from volt_assets.reports.facts.models import Figures
from volt_assets.reports.sentences.menu import menu_of
from volt_assets.reports.sentences.prompt import Prompts, again, question
from volt_assets.settings import DEFAULTS

PROMPTS = Prompts([DEFAULTS / "prompts"])


def asked(facts, prompts=PROMPTS, **options):
    return question(facts, menu_of(facts), prompts, "a-model", **options)


def test_a_model_that_words_its_sentences_itself_is_asked_another_question():
    sent = asked(individual(), mode="worded")
    worded = (DEFAULTS / "prompts" / "worded.md").read_text().strip()
    assert worded in sent.messages[0]["content"]
    assert worded not in asked(individual()).messages[0]["content"]
    # Also where somebody has emptied the file.
    assert asked(individual(), Prompts([]), mode="worded").key != asked(individual(), Prompts([])).key
    assert again(sent, "{}", {}).mode == "worded"


def data_of(question) -> dict:
    return json.loads(question.messages[1]["content"])


def test_it_holds_the_rules_what_each_kind_is_asked_for_and_the_facts_as_data():
    sent = asked(individual())
    system = sent.messages[0]["content"]
    for name in ("report.md", "individual.md", "entities/scrum_bug.md", "entities/scrum_task.md"):
        assert (DEFAULTS / "prompts" / name).read_text().strip() in system
    assert (DEFAULTS / "prompts" / "team.md").read_text().strip() not in system
    data = data_of(sent)
    assert data["slots"]["item1.time"] == "#417 Fix login (3.00 h)"
    assert data["items"]["item1"] == {
        "kind": "Scrum/Bug",
        "texts": ["Fix login"],
        "comments of the period": [],
        "marks": [],
        "slots": {
            "time": "3.00 h in the week",
            "entries": "2 entries",
            "days": "on Monday",
            "state": "in the state “In Progress”",
            "over": "2.00 h over the estimate of 1.00 h",
            "estimate": "an estimate of 1.00 h",
        },
    }
    assert data["items"]["item2"]["marks"] == ["finished", "worked on before"]


def test_of_a_person_neither_name_nor_address_is_sent():
    assert "Ann" not in str(asked(individual()).messages)
    assert "ann@example.com" not in str(asked(individual()).messages)


def test_names_in_texts_are_hidden_where_that_is_asked_for():
    item = LOGIN.model_copy(update={"name": "Call Ben Ode", "period_comments": comments("Ben Ode said yes.")})
    sent = asked(individual(entities=[item]), mask=lambda text: text.replace("Ben Ode", "B. O."))
    assert "Ben" not in str(sent.messages)
    assert "B. O. said yes." in data_of(sent)["items"]["item1"]["comments of the period"]


def test_the_schema_is_strict_and_asks_for_no_more_than_there_is_to_say():
    schema = asked(individual()).schema
    assert schema["required"] == ["summary", "achievements", "items"] == list(schema["properties"])
    assert schema["properties"]["items"]["items"]["properties"]["item"]["enum"] == ["item1", "item2"]
    unfinished = asked(individual(figures=FIGURES.model_copy(update={"finished": None})))
    assert list(unfinished.schema["properties"]) == ["summary", "items"]
    assert list(asked(team()).schema["properties"]) == ["summary", "achievements"]


def test_of_a_report_without_entries_or_items_nothing_is_asked():
    assert asked(individual(figures=Figures(), entities=[], projects=[])) is None
    assert asked(individual(entities=[])) is None


def test_another_fact_another_prompt_or_another_model_is_another_question(tmp_path):
    (tmp_path / "team.md").write_text("Be brief.")
    keys = {
        asked(team()).key,
        asked(team(projects=[PROJECT.model_copy(update={"project": "Harbour"}), NO_PROJECT])).key,
        asked(team(), Prompts([tmp_path, *PROMPTS.folders])).key,
        question(team(), menu_of(team()), PROMPTS, "another-model").key,
    }
    assert len(keys) == 4
    assert asked(team()).key in keys


def test_a_kind_without_a_file_has_the_default_one_and_a_file_that_cannot_be_read_is_bad_input(tmp_path):
    assert PROMPTS.of_kind("Design/Design Feature") == PROMPTS.read("entities/default.md")
    (tmp_path / "entities").mkdir()
    (tmp_path / "entities" / "scrum_sub_bug.md").write_text("Say which bug it belongs to.")
    assert Prompts([tmp_path]).of_kind("Scrum/Sub-bug") == "Say which bug it belongs to."
    (tmp_path / "report.md").write_bytes(b"\xff\xfe")
    with pytest.raises(BadInput, match=r"report\.md"):
        Prompts([tmp_path]).read("report.md")


def test_the_second_attempt_names_each_refused_sentence_with_its_reason():
    first = asked(individual())
    second = again(first, '{"summary": ["It took 3 h."]}', {"It took 3 h.": "numbers come from slots alone"})
    assert second.messages[: len(first.messages)] == first.messages
    assert "It took 3 h. (numbers come from slots alone)" in second.messages[-1]["content"]
    assert second.schema == first.schema


def test_the_prompts_that_come_with_volt_are_those_of_the_project():
    own = Path(__file__).parents[3] / "config" / "prompts"
    files = sorted(file.relative_to(own) for file in own.rglob("*.md"))
    assert len(files) > 5
    assert files == sorted(file.relative_to(DEFAULTS / "prompts") for file in (DEFAULTS / "prompts").rglob("*.md"))
    assert all((own / file).read_bytes() == (DEFAULTS / "prompts" / file).read_bytes() for file in files)
