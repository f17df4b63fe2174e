"""What the enrichment of a week took from the configuration. Kept with the week, it tells which weeks an edit concerns.

Dagster only knows that the configuration was edited, and calls all weeks stale.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from volt_assets.fibery.configuration import EnrichmentConfig, label_text
from volt_assets.warehouse import Connection, read_rows, replace_rows


def used_configuration(references: Iterable[Mapping[str, Any]], config: EnrichmentConfig) -> dict[str, Any]:
    """What these references (rows of `entity_references`) take from the configuration.

    By type: the fingerprint of what is asked of it. By label: what it is taken for.
    """
    meanings = defaultdict(set)
    types = set()
    for reference in references:
        alias = config.aliases.get(tuple(reference["label"]))
        meaning = [reference["type"], reference["project"], *reference["candidates"]]
        # Where a label fits nothing, its alias is told.
        meanings[label_text(reference["label"])].add(json.dumps(meaning if reference["candidates"] else [alias]))
        types.update(reference["candidates"])
    return {name: config.fingerprint_of(name) for name in types} | {
        label: sorted(found) for label, found in meanings.items()
    }


def keep_used_configuration(connection: Connection, week: date, used: Mapping[str, Any]) -> None:
    """Say what a week was enriched with. Call it inside the transaction that stores its entities."""
    row = {"week": week, "configuration": used}
    replace_rows(connection, "enriched_weeks", [row], where="week = ?", parameters=[week])


def kept_configurations(connection: Connection) -> dict[date, dict[str, Any]]:
    """What each enriched week was enriched with, oldest first; empty where that was not kept."""
    rows = read_rows(
        connection,
        "SELECT week, configuration FROM enriched_weeks FULL JOIN (SELECT DISTINCT week FROM enriched_entities) "
        "USING (week) ORDER BY week",
    )
    return {row["week"]: row["configuration"] or {} for row in rows}
