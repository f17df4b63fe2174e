"""How many failed lookups a run can bear, and which stored rows stay for them."""

from typing import Any

import pytest

from volt_assets.fibery.failures import (
    UNREAD,
    LookupsFailed,
    found_or_kept,
    require_answers,
    summary,
    without_note,
)


def rows(status: str, count: int, entity_type: str = "A/B") -> list[dict[str, Any]]:
    return [
        {
            "public_id": f"{status}{number}",
            "label": ["A", "B"],
            "entity_type": entity_type,
            "status": status,
            "problems": ["HTTP 500"] if status == "failed" else [],
        }
        for number in range(count)
    ]


@pytest.mark.parametrize(
    "bearable",
    [
        [],
        rows("found", 3),
        rows("not_found", 3) + rows("not_configured", 9),
        rows("failed", 90) + rows("found", 1, "C/D"),
        rows("failed", 2) + rows("failed", 2, "C/D") + rows("found", 4, "E/F"),
    ],
    ids=["nothing", "all found", "none there", "one database of two does not answer", "half"],
)
def test_a_run_bears_that_a_database_does_not_answer(bearable: list[dict[str, Any]]):
    require_answers(bearable, set())


@pytest.mark.parametrize(
    "unbearable",
    [
        rows("failed", 1),
        rows("failed", 1) + rows("not_configured", 9),
        rows("failed", 2) + rows("failed", 2, "C/D") + rows("found", 3, "E/F"),
    ],
    ids=["all of one", "all that were requested", "more than half, of several"],
)
def test_a_run_does_not_bear_that_most_lookups_fail(unbearable: list[dict[str, Any]]):
    with pytest.raises(LookupsFailed, match="failed .*HTTP 500.*What was stored is unchanged") as error:
        require_answers(unbearable, set())
    assert error.value.exit_code == 1
    assert "\n" not in error.value.message


@pytest.mark.parametrize(("refused", "found", "borne"), [(4, 0, True), (5, 5, True), (5, 4, False), (21, 1, False)])
def test_a_run_does_not_bear_that_most_lookups_of_a_database_are_refused(refused: int, found: int, borne: bool):
    failed = rows("failed", refused)
    keys = {(row["entity_type"], row["public_id"]) for row in failed}
    looked_up = failed + rows("found", found) + rows("found", 50, "C/D")
    require_answers(looked_up, set())
    if borne:
        require_answers(looked_up, keys)
    else:
        with pytest.raises(LookupsFailed, match=f"{refused} of {refused + found} lookups failed"):
            require_answers(looked_up, keys)


def test_what_failed_is_counted_by_database_and_reason():
    assert summary(rows("found", 3)) == ""
    failures = summary(rows("failed", 2) + rows("failed", 1, "C/D") + rows("found", 3))
    assert failures == "3 of 6 lookups failed (2 work items of A/B: HTTP 500; 1 work item of C/D: HTTP 500)"


def test_a_failed_lookup_keeps_what_was_found_and_says_so_once():
    stored = [
        {**each, "name": "as it was", "fetched_at": "then", "problems": ["an older one"]} for each in rows("found", 2)
    ]
    new = [{**each, "name": None, "fetched_at": "now", "status": "failed", "problems": ["HTTP 500"]} for each in stored]
    new += [{**rows("failed", 1)[0], "fetched_at": "now"}]
    once = found_or_kept(new, stored)
    assert [(row["status"], row.get("name"), row["fetched_at"]) for row in once] == [
        ("found", "as it was", "then"),
        ("found", "as it was", "then"),
        ("failed", None, "now"),
    ]
    assert once[0]["problems"] == [
        "an older one",
        "The lookup failed, and what Fibery said before is kept: HTTP 500",
    ]
    assert found_or_kept(new, once) == once
    assert without_note(once[0]) == stored[0]


def test_texts_that_were_not_sent_are_those_known_before_and_no_others():
    comments = [
        {"author": "Ann", "created_at": "1", "text": "First"},
        {"author": "Ben", "created_at": "2", "text": "B"},
    ]
    stored = [
        {**rows("found", 1)[0], "description": "Steps", "comments": comments, "fields": {"Cause": "dust", "Size": 1}}
    ]
    unread = [{**each, "text": None} for each in comments] + [{"author": "Ann", "created_at": "3", "text": None}]
    lacking = {**stored[0], "description": None, "comments": unread, "fields": {"Size": 2}}
    (kept,) = found_or_kept([lacking | {"problems": [f"{UNREAD}HTTP 500"]}], stored)
    assert kept["description"] == "Steps"
    assert kept["fields"] == {"Cause": "dust", "Size": 2}
    assert [comment["text"] for comment in kept["comments"]] == ["First", "B", None]
    # A field that is left out of the configuration, or a description that is gone, is no text that was not sent.
    assert found_or_kept([lacking], stored) == [lacking]


@pytest.mark.parametrize("status", ["found", "not_found", "not_configured"])
def test_a_lookup_that_did_not_fail_replaces_what_was_found(status: str):
    stored = rows("found", 1)
    new = [{**stored[0], "status": status, "name": "new"}]
    assert found_or_kept(new, stored) == new
