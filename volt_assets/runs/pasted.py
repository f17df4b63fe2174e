"""What was pasted in place of a setting: whose token it is, and the name or number that an address holds.

A token is known by its form alone; whether it is accepted, only a request shows.
"""

import re
from typing import Literal

from volt_assets.errors import BadInput

Kind = Literal["toggl", "toggl 2.0", "fibery", "session", "address", "number", "other"]

_FORMS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("toggl", re.compile(r"[0-9a-fA-F]{32}")),
    ("toggl 2.0", re.compile(r"toggl_sk_\S*")),
    ("session", re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]*")),
    ("fibery", re.compile(r"[0-9a-f]{8}\.[0-9a-f]{30,40}")),
    ("address", re.compile(r"https?://\S+|([\w-]+\.)+(com|io|net|org)(/\S*)?")),
    ("number", re.compile(r"\d+")),
)
_NAMED = {
    "toggl": "a token of Toggl Track",
    "toggl 2.0": "a key of Toggl 2.0, another product that Volt cannot read",
    "fibery": "a token of Fibery",
    "session": "the token of a browser's session, which ends soon",
    "address": "an address",
}
# In addresses of Toggl: /reports/detailed/4500001, /4500001/reports, /organization/1/workspaces/4500001.
_WORKSPACE = re.compile(r"/(?:reports/\w+|workspaces?|timer)/(\d{4,})|/(\d{4,})/(?:reports|projects|settings)")
_FIBERY = re.compile(r"(?:https?://)?([A-Za-z0-9_-]+)\.fibery\.io(?:/\S*)?")
_AROUND = " \t\r\n\"'“”‘’`"


def kind_of(text: str) -> Kind:
    """What a pasted text is, by its form."""
    return next((kind for kind, form in _FORMS if form.fullmatch(text)), "other")


def token_of(service: Literal["toggl", "fibery"], text: str) -> str:
    """A token for a service. Raises BadInput for what is recognised as something else; unknown forms may be right."""
    token = text.strip(_AROUND)
    kind = kind_of(token)
    if token and kind in (service, "other"):
        return token
    what = _NAMED.get(kind, "a number" if kind == "number" else "nothing")
    wanted = "Toggl Track's has 32 hexadecimal digits" if service == "toggl" else "Fibery's is made in its Settings"
    raise BadInput(f"That is {what}. {wanted}.", code="bad_setting")


def workspace_of(text: str) -> str:
    """The number of a Toggl workspace, of itself or of an address. Raises BadInput."""
    text = text.strip(_AROUND)
    found = _WORKSPACE.search(text)
    if text.isdecimal() and kind_of(text) == "number":
        return text
    if found is not None and kind_of(text) == "address":
        return found[1] or found[2]
    raise BadInput(
        "That holds no number of a workspace: it is in the address of Toggl's reports, "
        "https://track.toggl.com/reports/detailed/NUMBER.",
        code="bad_setting",
    )


def fibery_name_of(text: str) -> str:
    """The name of a Fibery workspace, of itself or of its address. Raises BadInput."""
    text = text.strip(_AROUND)
    found = _FIBERY.fullmatch(text)
    if found is not None:
        return found[1]
    if re.fullmatch(r"[A-Za-z0-9_-]+", text) and kind_of(text) == "other":
        return text
    what = _NAMED.get(kind_of(text), "no name")
    raise BadInput(f"That is {what}. The name is NAME in https://NAME.fibery.io.", code="bad_setting")
