"""Descriptions of Toggl, read: the reference at the end of one, if there is any. Text in, a `Description` out; no
lookups here.

Fibery's formula writes `Name #1112 [Scrum] [Sub-bug] [Moneyball]`: the entity's name, its public number and tags,
which are labels typed by hand (what they mean is for `fibery/references.py`). People edit it and type their own, so
nothing is relied on but the end of the text:

- A description is linked when it ends in an id followed by at least one tag. The id is `#` and ASCII digits, at the
  start or after white space; white space before the tags may be missing (`#12[Scrum]`). Of several ids it is the last
  such one, whatever `#5` or `[x]` stands in the title before it or in a tag after it.
- A tag is `[...]`, and may hold one further pair of brackets (`[Volt [EU]]`). An empty one (`[]`, a field without a
  value) counts as a tag but means nothing: an id followed by empty tags alone is not linked.
- Any other id is loose, a suggestion: `#` and digits that are not part of a word, so that neither `C#7` nor `#12abc`
  nor `&#39;` is one. Tags that end the text hold no loose ids (`[Team #5]`), but for `[#12]`.
"""

import re
from dataclasses import dataclass

from volt_assets.forgotten import WORDS

_PLAIN_TAG = r"\[[^\]]*\]"
_NESTING_TAG = r"\[(?:[^\[\]]|\[[^\[\]]*\])*\]"

_ID = re.compile(r"(?<!\S)#([0-9]+)(?=\s*\[)")
_LOOSE_ID = re.compile(r"(?<![\w&])#([0-9]+)(?!\w)")
# A text cannot end in both: after nested brackets the plain reading is left with a `]`. Two patterns stay linear, one
# would not.
_TAILS = [(re.compile(rf"(?:\s*{tag})+\s*"), re.compile(tag)) for tag in (_PLAIN_TAG, _NESTING_TAG)]
_LAST_TAGS = re.compile(rf"(?:(?!\[\s*#[0-9]+\s*\]){_PLAIN_TAG}\s*)+$")


@dataclass(frozen=True, slots=True)
class Description:
    """A description, read. Ids are ASCII digits without leading zeros.

    `public_id`, `label`, `project_tag` and `title` are of the link: None or empty where `linked` is false. `label`
    holds the first two tags (of one tag, that one; never empty where linked), which can name the type; `project_tag`
    the last of three tags or more; `title` what stands before the id. `ids` holds every id, the link's included, once
    each, in order of appearance.
    """

    linked: bool
    public_id: str | None = None
    label: tuple[str, ...] = ()
    project_tag: str | None = None
    title: str | None = None
    ids: tuple[str, ...] = ()


def parse(description: str | None) -> Description:
    """Read a description. Never raises: whatever is not understood is not linked."""
    text = description or ""
    found = _link(text)
    if found is None:
        return Description(linked=False, ids=_unique(_LOOSE_ID.findall(_LAST_TAGS.sub("", text))))
    tags, title = _tags(text[found.end() :]), text[: found.start()]
    return Description(
        linked=True,
        public_id=_number(found[1]),
        label=tuple(tag for tag in tags[:2] if tag),
        project_tag=(tags[-1] or None) if len(tags) > 2 else None,
        title=title.strip() or None,
        ids=_unique([*_LOOSE_ID.findall(title), found[1]]),
    )


def anonymous(description: str | None) -> str | None:
    """What stays of the description of somebody who was removed: its reference, or else that there was a text."""
    text = description or ""
    found = _link(text)
    if found is not None:
        return text[found.start() :].strip()
    return WORDS if text.strip() else None


def _link(text: str) -> re.Match[str] | None:
    """The id of the reference at the end, if there is one."""
    for found in reversed(list(_ID.finditer(text))):
        if any(_tags(text[found.end() :])[:2]):
            return found
    return None


def _tags(tail: str) -> list[str]:
    """The texts of the tags that `tail` consists of; empty where it holds anything else."""
    for whole, each in _TAILS:
        if whole.fullmatch(tail):
            return [tag[1:-1].strip() for tag in each.findall(tail)]
    return []


def _number(digits: str) -> str:
    return digits.lstrip("0") or "0"


def _unique(ids: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(_number, ids)))
