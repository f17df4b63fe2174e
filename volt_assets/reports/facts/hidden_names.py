"""The team's facts without people's names, where the team's report shows something else in their place."""

from collections.abc import Mapping
from typing import Any

from volt_assets.reports.facts.models import TeamFacts
from volt_assets.reports.privacy import Privacy

# What Volt or Fibery's schema names, and never a person: it may read like a name, and must stay what it is.
_NEVER_NAMES = {
    "type",
    "public_id",
    "url",
    "timezone",
    "kind",
    "outcome",
    "verdict",
    "state_kind",
    "as_of",
    "yaml",
    "labels",
}
_SOMEBODY = "somebody"


def hide_names(facts: TeamFacts, privacy: Privacy) -> TeamFacts:
    """The team's facts without names and addresses, in whatever text they stand; as they are where names are shown."""
    if privacy.shown is None:
        return facts
    content = _hidden(facts.model_dump(), privacy)
    for person in content["people"]:
        person |= {"name": privacy.shown[person["user_id"]], "email": None}
    for person in (*content["expected"]["absent"], *content["expected"]["away_next"]):
        person |= {"name": privacy.shown.get(person["user_id"], _SOMEBODY), "email": None}
    # Whose addresses they are is not known, so they cannot be shown otherwise.
    content["expected"]["strangers"] = []
    for entity in (*content["entities"], *content["open_items"]):
        for assignee in entity["assignees"] or []:
            assignee |= {"name": _known_to_toggl(assignee, privacy), "email": None}
    for entity in content["entities"]:
        for comment in entity["period_comments"]:
            comment["author"] = _known_to_toggl({"name": comment["author"]}, privacy)
    return TeamFacts.model_validate(content)


def _known_to_toggl(person: Mapping[str, str | None], privacy: Privacy) -> str:
    """By now the text of a known name is what is shown; who is known to Fibery alone is somebody."""
    return next((text for text in person.values() if text is not None and privacy.is_shown(text)), _SOMEBODY)


def _hidden(value: Any, privacy: Privacy) -> Any:
    if isinstance(value, dict):
        return {key: part if key in _NEVER_NAMES else _hidden(part, privacy) for key, part in value.items()}
    if isinstance(value, list):
        return [_hidden(part, privacy) for part in value]
    return privacy.text(value) if isinstance(value, str) else value
