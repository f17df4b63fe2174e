"""Open work of people: requested in the request that is sent anyway, and only what is open and theirs."""

from datetime import date

import pytest

from volt_assets.fibery.assigned import Assigned
from volt_assets.sandbox.generated import generated_company
from volt_assets.sandbox.server import Sandbox, start_sandbox
from volt_assets.sandbox.settings import SandboxSettings
from volt_assets_tests.fibery.test_enrichment import ask, reference


@pytest.fixture(scope="module")
def company():
    with start_sandbox(
        generated_company(seed=1, until=date(2026, 3, 1)), SandboxSettings(fibery_limits=False)
    ) as sandbox:
        yield sandbox


def expected(sandbox: Sandbox, email: str) -> dict[str, str]:
    """By number, the kind of state of the tasks that are not finished and assigned to somebody."""
    found = {}
    for number, task in sandbox.company.fibery.by_public_id("Scrum/Task").items():
        people = [user.values["user/email"] for user in task.values["assignments/assignees"]]
        state = task.values["workflow/state"].values
        if email in people and not state["workflow/Final"]:
            found[number] = {"Not started": "not_started", "Started": "started"}[state["workflow/Type"]]
    return found


def test_what_is_open_and_theirs_comes_with_the_same_request(company: Sandbox, configured):
    config = configured(
        "enrichment_activities: {Scrum/Task: {activity: p}}\npresets: {p: {state: State, assignees: Assignees}}"
    )
    tasks = company.company.fibery.by_public_id("Scrum/Task")
    email = next(user.values["user/email"] for task in tasks.values() for user in task.values["assignments/assignees"])
    company.forget()
    ask(company, [reference(next(iter(tasks)), "Scrum", "Task")], config)
    alone = len(company.requests)
    company.forget()
    assigned = Assigned([email])
    ask(company, [reference(next(iter(tasks)), "Scrum", "Task")], config, assigned=assigned)
    assert len(company.requests) == alone
    wanted = expected(company, email)
    assert wanted
    assert {row["public_id"]: row["state_kind"] for row in assigned.rows} == wanted
    assert all(email in row["emails"] for row in assigned.rows)
    assert all(row["url"].endswith(f"/Scrum/Task/{row['public_id']}") for row in assigned.rows)
    assert assigned.problems == []


def test_a_type_without_a_key_or_without_assignees_is_not_requested(company: Sandbox, configured):
    config = configured("enrichment_activities: {Scrum/Sub-task: {activity: p}}\npresets: {p: {assignees: Assignees}}")
    assigned = Assigned(["somebody@example.com"])
    ask(company, [], config, assigned=assigned)
    assert assigned.rows == []
    assert assigned.problems == []
