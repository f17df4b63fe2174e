"""What each column of the warehouse holds of people: for `volt forget`, which takes them out, and `volt export-person`.

Every column that could hold a person stands here (a test sees to it): ids of people, texts, lists and JSON.
"""

from enum import Enum


class Holds(Enum):
    """What a column holds. The first ones make the row that person's own."""

    PERSON = "Toggl's id of the person whose row it is"
    NAME = "that person's name"
    ADDRESS = "that person's address"
    TYPED = "what that person typed as a description"
    TITLE = "a part of what that person typed"
    CHOSEN = "a list that the person chose or typed"
    PEOPLE = "Toggl's ids of people"
    ADDRESSES = "addresses of people"
    TEXT = "a text that may name people"
    JSON = "JSON that may name people"
    MADE = "what is made of the row's other columns"
    NOBODY = "nothing about people"


# Rows that are a removed person's own, and go as a whole.
REMOVED = {"individual_reports", "report_versions"}
# Tables that are emptied: what is in them can be got again, and does not say whose it is.
CACHES = {"model_answers"}

P, N, A, T, J, X = Holds.PERSON, Holds.NAME, Holds.ADDRESS, Holds.TEXT, Holds.JSON, Holds.NOBODY
_REPORT = {"facts": J, "facts_hash": Holds.MADE, "prose": Holds.MADE, "changes": J, "markdown": Holds.MADE}
COLUMNS: dict[str, dict[str, Holds]] = {
    "assigned_entities": {
        **dict.fromkeys(("entity_type", "public_id", "url", "state", "state_kind"), X),
        "name": T,
        "emails": Holds.ADDRESSES,
    },
    "enriched_entities": {
        **dict.fromkeys(
            ("public_id", "label", "status", "entity_type", "fibery_id", "url", "state", "missing", "probe"), X
        ),
        "state_kind": X,
        **dict.fromkeys(("name", "description"), T),
        **dict.fromkeys(("assignees", "comments", "fields", "problems", "parents"), J),
    },
    "enriched_weeks": {"configuration": X},
    "entity_references": dict.fromkeys(("public_id", "label", "space", "type", "project", "candidates"), X),
    "fibery_schema": dict.fromkeys(
        ("type", "type_id", "type_meta", "field", "field_id", "field_type", "field_meta", "etag"), X
    ),
    "fibery_schema_changes": dict.fromkeys(("kind", "type", "field", "before"), X),
    "forgotten": {"digest": X},
    "individual_reports": {"user_id": P, **_REPORT, "html": Holds.MADE},
    "model_answers": {"key": X, "model": X, "answers": J},
    "people": {"user_id": P, "name": N, "email": A, "timezone": Holds.TITLE},
    "pseudonyms": {"user_id": P},
    "report_versions": {"user_id": P, **_REPORT},
    "reported_entries": {"user_id": P, "description": Holds.TYPED, "project": X},
    "schema_migrations": {"name": X},
    "state_changes": dict.fromkeys(("entity_type", "public_id", "before", "after"), X),
    "summed_weeks": {"entries_version": Holds.MADE},
    "team_report": {
        **_REPORT,
        **dict.fromkeys(("html", "quality_markdown", "quality_html"), Holds.MADE),
    },
    "time_entry_changes": {"kind": X, "before": J, "after": J},
    "toggl_quota": {"api": X},
    "toggl_summary": {"markdown": Holds.MADE},
    "toggl_time_entries": {
        "user_id": P,
        "username": N,
        "email": A,
        "description": Holds.TYPED,
        "tags": Holds.CHOSEN,
        **dict.fromkeys(("start", "stop", "project_name", "currency"), X),
    },
    "toggl_walk_pages": {"walk_id": X, "entries": J, "following": X},
    "toggl_walks": {"walk_id": X, "api": X, "form": X, "user_ids": Holds.PEOPLE},
    "toggl_weeks": {"timezone": X},
    "tracked_time": {
        "user_id": P,
        "title": Holds.TITLE,
        "description": Holds.TYPED,
        "ids": Holds.CHOSEN,
        **dict.fromkeys(("toggl_project", "public_id", "label", "project_tag", "currency"), X),
    },
    "verified_totals": {"user_id": P},
    "workflow_states": dict.fromkeys(("entity_type", "name", "kind"), X),
}


def could_hold_people(column: str, kind: str) -> bool:
    """Whether a column of this type has to be said something of above."""
    return kind.removesuffix("[]") in ("VARCHAR", "JSON") or kind.endswith("[]") or column == "user_id"
