"""What is stored of Fibery, and read back: rows of the tables that the assets of the group `fibery` make."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from volt_assets.errors import BadInput
from volt_assets.fibery.configuration import EnrichmentConfig
from volt_assets.fibery.history import History
from volt_assets.fibery.references import Reference, reference_key, resolve
from volt_assets.fibery.schema import Schema, changes_of_schema
from volt_assets.warehouse import Connection, insert_rows, query, read_rows, replace_rows
from volt_assets.warehouse.forgotten import forgotten_in
from volt_assets.weeks import naive_utc

# A row of a table, by column.
StoredRow = dict[str, Any]


# The schema


def stored_schema(connection: Connection) -> Schema | None:
    """The schema last stored, or None."""
    rows = read_rows(connection, "SELECT * FROM fibery_schema")
    return Schema.from_rows(rows) if rows else None


def require_schema(connection: Connection) -> Schema:
    """The schema last stored. Raises BadInput where there is none."""
    schema = stored_schema(connection)
    if schema is None:
        raise BadInput("Fibery's schema is not stored yet. Materialize entity_references first.", code="no_schema")
    return schema


def stored_etag(connection: Connection) -> str | None:
    """The ETag of the schema last stored, or None."""
    ((etag,),) = connection.execute("SELECT any_value(etag) FROM fibery_schema").fetchall()
    return etag


def store_schema(connection: Connection, schema: Schema, etag: str | None, before: Schema | None) -> None:
    """Replace the stored schema (`before`) and keep what changed. Call it inside a transaction."""
    now = datetime.now(UTC).replace(tzinfo=None)
    if before is not None:
        changes = changes_of_schema(before, schema)
        insert_rows(connection, "fibery_schema_changes", ({**change, "seen_at": now} for change in changes))
    replace_rows(connection, "fibery_schema", schema.rows(etag, now), where="true", parameters=[])


# References


def resolved_references(
    connection: Connection, week: date, schema: Schema, config: EnrichmentConfig
) -> list[StoredRow]:
    """A week's rows of `entity_references`, made of its tracked time."""
    rows = []
    for reference in read_rows(connection, query("fibery/sql/references.sql"), {"week": week}):
        meaning = resolve(reference["label"], schema, config, project_tag=reference["project_tag"])
        rows.append(
            {
                "week": week,
                "public_id": reference["public_id"],
                "label": reference["label"],
                "space": meaning.space,
                "type": meaning.type,
                "project": meaning.project,
                "candidates": list(meaning.candidates),
            }
        )
    return rows


def store_references(connection: Connection, week: date, rows: Iterable[Reference]) -> None:
    """Replace a week's references. Call it inside a transaction."""
    replace_rows(connection, "entity_references", rows, where="week = ?", parameters=[week])


def stored_references(connection: Connection, week: date) -> list[StoredRow]:
    """A week's references as `enrich` takes them: rows of `entity_references`, with what people typed as evidence."""
    typed = read_rows(connection, query("fibery/sql/references.sql"), {"week": week})
    titles = {reference_key(row): row["title"] for row in typed}
    rows = read_rows(
        connection,
        "SELECT public_id, label, space, type, project, candidates FROM entity_references WHERE week = ? "
        "ORDER BY label, public_id",
        [week],
    )
    return [{**row, "title": titles.get(reference_key(row))} for row in rows]


# Entities


def stored_answers(connection: Connection, weeks: Sequence[date]) -> dict[date, list[StoredRow]]:
    """The stored rows of `enriched_entities` of consecutive weeks, by week."""
    return _by_week(connection, "enriched_entities", weeks, "label, public_id")


def answers_of_run(
    connection: Connection, first_week: date, batch: Sequence[date], fetched_at: datetime
) -> list[StoredRow]:
    """The rows that a run has stored since `first_week`, with `fetched_at`, of what a later batch refers to."""
    return read_rows(
        connection,
        query("fibery/sql/answers_of_run.sql"),
        {"first_week": first_week, "batch_start": batch[0], "batch_end": batch[-1], "fetched_at": fetched_at},
    )


def new_entities_by_week(connection: Connection, weeks: Sequence[date]) -> dict[date, int]:
    """How many entities each of these consecutive weeks refers to that none before it of them does."""
    rows = connection.execute(query("fibery/sql/new_entities_by_week.sql"), [weeks[0], weeks[-1]]).fetchall()
    return dict(rows)


def store_answers(
    connection: Connection, week: date, rows: Iterable[Mapping[str, Any]], used_configuration: Mapping[str, Any]
) -> None:
    """Replace a week's entities, and what they were requested with, without who was removed. Call it inside a
    transaction."""
    forgotten = forgotten_in(connection)
    rows = [forgotten.value(row) for row in rows]
    replace_rows(connection, "enriched_entities", rows, where="week = ?", parameters=[week])
    used = {"week": week, "configuration": used_configuration}
    replace_rows(connection, "enriched_weeks", [used], where="week = ?", parameters=[week])


def kept_configurations(connection: Connection) -> dict[date, dict[str, Any]]:
    """What each enriched week was enriched with, oldest first; empty where that was not kept.

    By it, a week is found that an edit of the configuration concerns: Dagster calls all weeks stale.
    """
    rows = read_rows(
        connection,
        "SELECT week, configuration FROM enriched_weeks FULL JOIN (SELECT DISTINCT week FROM enriched_entities) "
        "USING (week) ORDER BY week",
    )
    return {row["week"]: row["configuration"] or {} for row in rows}


def counts_by_type(connection: Connection, week: date) -> list[tuple[str, str, int]]:
    """(type, status, number of entities) of a week, without names or descriptions."""
    return connection.execute(
        "SELECT entity_type, status, count(*) FROM enriched_entities WHERE week = ? GROUP BY ALL ORDER BY ALL", [week]
    ).fetchall()


# Open work and history


def addresses(connection: Connection, week: date) -> list[str]:
    """The addresses of the people of the workspace, as of the week's fetch."""
    rows = connection.execute(
        "SELECT DISTINCT email FROM people WHERE week = ? AND active AND email IS NOT NULL ORDER BY email", [week]
    ).fetchall()
    return [email for (email,) in rows]


def stored_assigned(connection: Connection, weeks: Sequence[date]) -> dict[date, list[StoredRow]]:
    """The stored rows of `assigned_entities` of consecutive weeks, by week."""
    return _by_week(connection, "assigned_entities", weeks, "entity_type, public_id")


def store_assigned(connection: Connection, week: date, rows: Iterable[Mapping[str, Any]]) -> None:
    """Replace a week's open work, without who was removed. Call it inside a transaction."""
    forgotten = forgotten_in(connection)
    rows = [forgotten.value(row) for row in rows]
    replace_rows(connection, "assigned_entities", rows, where="week = ?", parameters=[week])


def store_history(connection: Connection, history: History, items: Sequence[Mapping[str, Any]]) -> None:
    """Store what was answered of these items' states. Call it inside the transaction that stores the items."""
    since = None if history.since is None else naive_utc(history.since)
    for name in history.answered:
        ids = [row["public_id"] for row in items if row["entity_type"] == name]
        connection.execute(
            "DELETE FROM state_changes WHERE entity_type = ? AND changed_at >= ? AND list_contains(?, public_id)",
            [name, since, ids],
        )
        states = [row for row in history.states if row["entity_type"] == name]
        replace_rows(connection, "workflow_states", states, where="entity_type = ?", parameters=[name])
    unique = {(row["entity_type"], row["public_id"], row["changed_at"]): row for row in history.changes}
    insert_rows(connection, "state_changes", unique.values())


def _by_week(connection: Connection, table: str, weeks: Sequence[date], order: str) -> dict[date, list[StoredRow]]:
    rows = read_rows(
        connection,
        f"SELECT * FROM {table} WHERE week BETWEEN ? AND ? ORDER BY week, {order}",
        [weeks[0], weeks[-1]],
    )
    by_week: dict[date, list[StoredRow]] = {week: [] for week in weeks}
    for row in rows:
        by_week[row["week"]].append(row)
    return by_week
