"""How one sandbox behaves: the command line's options, and a switch wherever the facts leave two readings open.

Nothing here changes what the company holds: that comes from `generated` or `from_csv`.
"""

from dataclasses import dataclass
from typing import Literal

# Row fields that Toggl sends only with `enrich_response` (Reports v3, detailed.GroupedTimeEntry).
ENRICHED_FIELDS = (
    "email",
    "client_name",
    "project_name",
    "project_color",
    "project_hex",
    "task_name",
    "tag_names",
)


@dataclass
class SandboxSettings:
    """Every switch's default is the documented or the likelier reading. All may be changed while the sandbox runs."""

    # Access
    toggl_token: str = "volt-sandbox-toggl-api-token-001"
    fibery_token: str = "sandbox1.volt-sandbox-fibery-api-token"
    # More tokens of the same Fibery workspace: they share its 7 requests a second.
    other_fibery_tokens: tuple[str, ...] = ()

    # Both services
    latency_ms: int = 0

    # Toggl. strict: what its specification does not name is refused, so that tests see what our client sends; the real
    # one ignores it (unknown parameters, a missing Content-Type or includeIndirect), as clients in use rely on.
    strict: bool = True
    page_cap: int = 1000
    # The token owner's preference: mode (-1 down, 0 nearest, 1 up) and minutes; None: no rounding.
    rounding: tuple[int, int] | None = None
    over_cap: Literal["clamp", "refuse"] = "clamp"
    empty: Literal["[]", "null"] = "[]"
    running: Literal["hidden", "shown"] = "hidden"
    default_order_dir: Literal["ASC", "DESC"] = "ASC"
    # X-Next-Timestamp is on the wire, and not in the specification.
    next_timestamp: bool = True
    totals_graph: Literal["every day", "tracked days", "absent"] = "every day"
    last_update_order: Literal["honoured", "ignored"] = "honoured"
    summary_ids: bool = True
    removed_enriched_fields: frozenset[str] = frozenset()
    tag_ids: Literal["list", "null", "list with null"] = "list"
    description_of_none: Literal["", "null"] = ""
    workspace_user_ids: Literal["user_id", "uid", "both"] = "both"
    deactivated: Literal["listed", "left out"] = "listed"
    # Whether the token may list people: else 403, 400 in Toggl's words, or null in place of the list.
    people: Literal["listed", 403, 400, "null"] = "listed"
    # max_data_retention_days of a free workspace, and what a report from before gets; None: all are shown.
    days_shown: int | None = None
    hidden_days: Literal["clamped", 400, 402, "empty"] = "clamped"
    bad_token_status: Literal[401, 403] = 403
    errors: Literal["json", "text"] = "json"
    paid_filters: bool = True
    # Requests an hour (a fixed window opened by the first request). The plans' 30, 240 and 600 are for tests of the
    # quota: a sandbox that many runs share must not run dry.
    workspace_quota: int = 36_000
    user_quota: int = 30
    # A burst of this many requests fills the leaky bucket, which leaks one a second; None: no limit.
    toggl_burst: int | None = None

    # Fibery
    fibery_limits: bool = True
    requests_per_second_per_token: int = 3
    requests_per_second_per_workspace: int = 7
    retry_after: bool = False
    decimals: Literal["number", "string"] = "number"
    empty_collection: Literal["[]", "null"] = "[]"
    null_relation: Literal["object", "null"] = "object"
    unknown_secret: Literal["dropped", "null"] = "dropped"
    documents_order: Literal["shuffled", "as requested"] = "shuffled"
    error_field_path: Literal["data.field", "data.top.field"] = "data.field"
    # Clients have met errors with a message only, under "error" in place of "result", and as a text.
    error_form: Literal["whole", "message only", "error key", "text"] = "whole"
    # Whether sub-queries may hold aggregates: refused where permissions guard a database.
    aggregates: bool = True
    # Databases that no query can read and fields that none can select, which the error does not name.
    refused_types: frozenset[str] = frozenset()
    unreadable_fields: frozenset[str] = frozenset()
    formula_without_project: Literal["[]", "no tag", "null"] = "[]"
    max_commands: int | None = None
    max_documents: int | None = None
    # Pages of the history may be shorter than requested.
    history_page: int = 1000

    # The model. None: any key is taken. babbling: its answers are not in the requested form.
    model: Literal["truthful", "lying", "babbling"] = "truthful"
    model_key: str | None = None

    # Deterministic choices of the server itself (the order of shuffled documents).
    seed: int = 1
