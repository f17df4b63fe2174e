"""What is stored of Fibery, and read back: rows of the tables that the assets of the group `fibery` make."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from volt_assets.warehouse import Connection, read_rows, replace_rows


def keep_used_configuration(connection: Connection, week: date, used: Mapping[str, Any]) -> None:
    """Store what a week was enriched with. Call it inside the transaction that stores its entities."""
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
