"""Asking first what has changed: one request where nothing has, and no change of entity, parent or texts is missed."""

from collections import Counter
from datetime import date

import pytest

from volt_assets.sandbox.company import Entity
from volt_assets.sandbox.generated import generated_company
from volt_assets.sandbox.server import Sandbox, start_sandbox
from volt_assets.sandbox.settings import SandboxSettings
from volt_assets_tests.fibery.test_enrichment import ask, reference

LATER = "2026-06-01T00:00:00.000Z"


@pytest.fixture
def sandbox():
    company = generated_company(seed=1, until=date(2026, 3, 1))
    with start_sandbox(company, SandboxSettings(fibery_limits=False)) as sandbox:
        yield sandbox


@pytest.fixture
def tasks(sandbox: Sandbox) -> list[dict]:
    return [reference(number, "Scrum", "Task") for number in sandbox.company.fibery.by_public_id("Scrum/Task")][:12]


def entity(sandbox: Sandbox, number: str) -> Entity:
    return sandbox.company.fibery.by_public_id("Scrum/Task")[number]


def paths(sandbox: Sandbox) -> Counter[str]:
    return Counter(each["path"] for each in sandbox.requests if each["path"] != "/api/schema")


def test_where_nothing_has_changed_one_request_is_all_and_the_rows_are_the_same(sandbox, tasks):
    first = ask(sandbox, tasks)
    sandbox.forget()
    assert ask(sandbox, tasks, known=first) == first
    assert paths(sandbox) == {"/api/commands": 1}


def test_what_was_never_found_is_requested_again(sandbox, tasks):
    first = ask(sandbox, [*tasks, reference("99999", "Scrum", "Task")])
    sandbox.forget()
    assert ask(sandbox, [*tasks, reference("99999", "Scrum", "Task")], known=first) == first
    assert paths(sandbox) == {"/api/commands": 2}


def change_name(item: Entity) -> None:
    item.values["Scrum/Name"] = "Renamed"
    item.values["fibery/modification-date"] = LATER


def change_parent(item: Entity) -> None:
    item.values["Scrum/Feature"].values["fibery/modification-date"] = LATER


def change_text(item: Entity) -> None:
    item.values["Scrum/Description"].values["Collaboration~Documents/modification-date"] = LATER


def remove_a_comment(item: Entity) -> None:
    item.values["comments/comments"] = item.values["comments/comments"][1:]


@pytest.mark.parametrize("change", [change_name, change_parent, change_text, remove_a_comment])
def test_a_change_of_the_entity_of_what_is_above_it_or_of_its_texts_is_seen(sandbox, tasks, change):
    first = ask(sandbox, tasks)
    number = next(
        row["public_id"]
        for row in first
        if row["comments"] and row["parents"] and entity(sandbox, row["public_id"]).values.get("Scrum/Description")
    )
    change(entity(sandbox, number))
    second = ask(sandbox, tasks, known=first)
    changed = [row["public_id"] for row, before in zip(second, first, strict=True) if row["probe"] != before["probe"]]
    assert number in changed
    # Others of the same feature may have changed with it, and nothing else.
    same_parent = {r["public_id"] for r in first if r["parents"][:1] == first[_place(first, number)]["parents"][:1]}
    assert set(changed) <= same_parent


def _place(rows, number):
    return next(place for place, row in enumerate(rows) if row["public_id"] == number)


def test_an_edit_of_the_configuration_requests_everything_again(sandbox, tasks, configured):
    first = ask(sandbox, tasks)
    sandbox.forget()
    other = configured("enrichment_activities: {Scrum/Task: {activity: p}}\npresets: {p: {state: State}}")
    second = ask(sandbox, tasks, other, known=first)
    assert all(row["comments"] is None for row in second)
    assert paths(sandbox)["/api/commands"] == 2
