"""What is pasted in place of a setting: whose token it is, and what an address holds."""

import pytest

from volt_assets.errors import BadInput
from volt_assets.runs.pasted import fibery_name_of, token_of, workspace_of

TRACK = "0123456789abcdef0123456789abcdef"
TOGGL_2 = f"toggl_sk_{TRACK}"
FIBERY = "1a2b3c4d.0123456789abcdef0123456789abcdef012"


def test_a_token_of_its_service_is_taken_without_what_is_around_it():
    assert token_of("toggl", f' "{TRACK}"\n') == TRACK
    assert token_of("fibery", FIBERY) == FIBERY
    # A form that nobody knows may be right.
    assert token_of("toggl", "some-other-token") == "some-other-token"


@pytest.mark.parametrize(
    ("service", "text", "words"),
    [
        ("toggl", TOGGL_2, "Toggl 2.0"),
        ("toggl", FIBERY, "a token of Fibery"),
        ("fibery", TRACK, "a token of Toggl Track"),
        ("fibery", TOGGL_2, "Toggl 2.0"),
        ("toggl", "https://track.toggl.com/profile", "an address"),
        ("fibery", "acme.fibery.io", "an address"),
        ("toggl", "4500001", "a number"),
        ("fibery", "eyJhbGciOi.eyJzdWIi.abc-123", "browser's session"),
        ("toggl", "  ", "nothing"),
    ],
)
def test_what_is_something_else_is_named_and_never_repeated(service, text, words):
    with pytest.raises(BadInput, match=words) as raised:
        token_of(service, text)
    assert not text.strip() or text.strip() not in raised.value.message


@pytest.mark.parametrize(
    "text",
    [
        "4500001",
        " 4500001 ",
        "https://track.toggl.com/reports/detailed/4500001/from/2025-01-01",
        "track.toggl.com/reports/summary/4500001",
        "https://track.toggl.com/organization/77/workspaces/4500001/settings",
        "https://track.toggl.com/4500001/projects",
    ],
)
def test_a_workspace_is_a_number_or_an_address_that_holds_it(text):
    assert workspace_of(text) == "4500001"


@pytest.mark.parametrize("text", ["", "acme", "https://track.toggl.com/timer", TRACK])
def test_what_holds_no_workspace_is_refused(text):
    with pytest.raises(BadInput, match="number of a workspace"):
        workspace_of(text)


@pytest.mark.parametrize("text", ["acme", "acme.fibery.io", "https://acme.fibery.io/Scrum/Task/12", " 'acme' "])
def test_a_fibery_workspace_is_a_name_or_its_address(text):
    assert fibery_name_of(text) == "acme"


@pytest.mark.parametrize("text", ["", "https://example.com", FIBERY, TRACK, "two words"])
def test_what_is_no_name_of_a_fibery_workspace_is_refused(text):
    with pytest.raises(BadInput, match=r"NAME in https://NAME\.fibery\.io"):
        fibery_name_of(text)
