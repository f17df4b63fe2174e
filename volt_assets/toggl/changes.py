"""The ledger of late edits, `time_entry_changes`: what a refetch found changed in a week that was stored before.

An entry is what its owner made of it. A person, project or time zone that has another name now changes no entry, and is
no line of the ledger. Finding out which weeks to fetch again is the subject of `late_edits.py`.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from volt_assets.toggl.stored_week import StoredWeek
from volt_assets.warehouse import Connection, insert_rows, read_rows

ADDED, EDITED, DELETED, MOVED = "added", "edited", "deleted", "moved"

# Times are compared as instants: in another zone of their owner they are printed otherwise.
_COMPARED = (
    "user_id",
    "description",
    "start_utc",
    "stop_utc",
    "seconds",
    "project_id",
    "tags",
    "billable",
    "updated_at",
)
_KEPT = ("user_id", "description", "start", "stop", "seconds", "project_id", "project_name", "tags", "billable")

Row = Mapping[str, Any]


def changes_between(
    week: date, before: Iterable[Row], after: Iterable[Row], elsewhere: Mapping[int, Row], last_lines: Mapping[int, Row]
) -> list[dict[str, Any]]:
    """What changed in `week` (rows of `time_entry_changes` without `seen_at`), given its entries before and after.

    `elsewhere` holds the stored rows of other weeks with the same ids, `last_lines` the latest line of the ledger on
    each entry. A move shows in two weeks, and is written when the first of them is fetched again.
    """
    old, new = {row["id"]: row for row in before}, {row["id"]: row for row in after}
    lines = []
    for id in sorted(old.keys() | new.keys()):
        was, now, other = old.get(id), new.get(id), elsewhere.get(id)
        last = last_lines.get(id, {})
        if was and now:
            if any(was[name] != now[name] for name in _COMPARED):
                lines.append(_line(EDITED, week, None, id, was, now))
        elif now:
            if other:
                lines.append(_line(MOVED, other["week"], week, id, other, now))
            elif (last.get("kind"), last.get("new_week")) != (MOVED, week):
                lines.append(_line(ADDED, week, None, id, None, now))
        elif not other:
            lines.append(_line(DELETED, week, None, id, was, None))
        elif (last.get("kind"), last.get("week"), last.get("new_week")) != (MOVED, week, other["week"]):
            lines.append(_line(MOVED, week, other["week"], id, was, other))
    return lines


def note_changes(
    connection: Connection,
    week: date,
    rows: Sequence[Row],
    stored: StoredWeek | None,
    timezone: str,
    user_ids: Sequence[int] | None,
    seen_at: datetime,
) -> None:
    """Write the ledger, just before `rows` replace the week's entries: those of `user_ids`, or (None) everybody's.

    `stored` is what was known of the week. Where it was not stored, or for other days (another zone), there is nothing
    to compare with; where it was stored for some people only, theirs alone are compared.
    """
    if rows:
        _correct_deletions(connection, week, rows, seen_at)
    if stored is None or stored.timezone != timezone:
        return
    before: Sequence[Row] = read_rows(connection, "SELECT * FROM toggl_time_entries WHERE week = ?", [week])
    people = None if user_ids is None else set(user_ids)
    if not stored.everybody:
        fetched = {id for (id,) in connection.execute("SELECT user_id FROM people WHERE week = ?", [week]).fetchall()}
        people = fetched if people is None else people & fetched
    if people is not None:
        before, rows = ([row for row in some if row["user_id"] in people] for some in (before, rows))
    ids = sorted({row["id"] for row in before} ^ {row["id"] for row in rows})
    elsewhere = read_rows(
        connection, "SELECT * FROM toggl_time_entries WHERE week <> ? AND id IN (SELECT unnest(?))", [week, ids]
    )
    lines = changes_between(week, before, rows, {row["id"]: row for row in elsewhere}, _last_lines(connection, ids))
    insert_rows(connection, "time_entry_changes", ({**line, "seen_at": seen_at} for line in lines))


def changes_since(connection: Connection, since: datetime, weeks: Sequence[date]) -> list[dict[str, Any]]:
    """{kind, entry_id, week, new_week} of what fetches of `weeks` wrote from an instant (UTC without a zone) on."""
    return read_rows(
        connection,
        "SELECT kind, entry_id, week, new_week FROM time_entry_changes "
        "WHERE seen_at >= $1 AND (week IN (SELECT unnest($2)) OR new_week IN (SELECT unnest($2))) "
        "ORDER BY week, entry_id",
        [since, list(weeks)],
    )


def _correct_deletions(connection: Connection, week: date, rows: Sequence[Row], seen_at: datetime) -> None:
    """Correct the line of an entry that was deleted from another week and turns up in this one: it had moved."""
    last = _last_lines(connection, [row["id"] for row in rows])
    for row in rows:
        line = last.get(row["id"])
        if line is not None and line["kind"] == DELETED and line["week"] != week:
            connection.execute(
                "UPDATE time_entry_changes SET kind = ?, new_week = ?, after = ?::JSON, seen_at = ? "
                "WHERE entry_id = ? AND kind = ? AND week = ? AND seen_at = ?",
                [MOVED, week, json.dumps(_content(row), default=str), seen_at]
                + [row["id"], DELETED, line["week"], line["seen_at"]],
            )


def _last_lines(connection: Connection, ids: Sequence[int]) -> dict[int, Row]:
    # Years are fetched for the first time with an empty ledger: no need to look up each of their entries.
    if connection.execute("SELECT count(*) FROM time_entry_changes").fetchone() == (0,):
        return {}
    rows = read_rows(
        connection,
        "SELECT entry_id, kind, week, new_week, seen_at FROM time_entry_changes WHERE entry_id IN (SELECT unnest(?)) "
        "QUALIFY row_number() OVER (PARTITION BY entry_id ORDER BY seen_at DESC) = 1",
        [list(ids)],
    )
    return {row["entry_id"]: row for row in rows}


def _line(
    kind: str, week: date, new_week: date | None, id: int, before: Row | None, after: Row | None
) -> dict[str, Any]:
    return {
        "kind": kind,
        "entry_id": id,
        "week": week,
        "new_week": new_week,
        "before": _content(before),
        "after": _content(after),
    }


def _content(row: Row | None) -> dict[str, Any] | None:
    if row is None:
        return None
    updated_at = row["updated_at"]
    return {name: row[name] for name in _KEPT} | {"updated_at": f"{updated_at}Z" if updated_at else None}
