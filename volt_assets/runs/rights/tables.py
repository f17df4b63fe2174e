"""Taking somebody out of the warehouse's rows, by what each column holds (`warehouse/personal.py`).

What is made of other columns (pages, hashes, sums' versions) is made again in `reports.py` and here, in the same
transaction.
"""

import json
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from volt_assets.forgotten import WORDS, Forgotten
from volt_assets.toggl.descriptions import anonymous
from volt_assets.warehouse import Connection, insert_rows
from volt_assets.warehouse.personal import CACHES, COLUMNS, REMOVED, Holds

# What is read of a table to look for people in.
_SEARCHED = {Holds.NAME, Holds.ADDRESS, Holds.TYPED, Holds.TITLE, Holds.CHOSEN}
_SEARCHED |= {Holds.PEOPLE, Holds.ADDRESSES, Holds.TEXT, Holds.JSON}
_BATCH = 5000
# Their rows are made again as a whole, in `reports.py`.
REPORTS = {"individual_reports", "report_versions", "team_report"}
_SUMMED_AS_STORED = (
    "SELECT week FROM summed_weeks JOIN entry_versions USING (week) WHERE summed_weeks.entries_version = version"
)
_AGAIN = (
    "UPDATE summed_weeks SET entries_version = entry_versions.version FROM entry_versions "
    "WHERE entry_versions.week = summed_weeks.week AND list_contains(?::DATE[], summed_weeks.week)"
)


def take_out(
    connection: Connection, forgotten: Forgotten, user_ids: Sequence[int], typed: frozenset[str]
) -> Counter[str]:
    """Take the removed people out of all rows; how many rows of each table were changed or removed.

    `user_ids`: whose rows go where rows go as a whole; `typed`: their titles. Call it inside a transaction. Pages and
    hashes of reports are then still of before.
    """
    changed: Counter[str] = Counter()
    summed = [week for (week,) in connection.execute(_SUMMED_AS_STORED).fetchall()]
    for table in CACHES:
        changed[table] += _delete(connection, table, "true", [])
    for table in REMOVED:
        changed[table] += _delete(connection, table, "list_contains(?::BIGINT[], user_id)", [list(user_ids)])
    changed["toggl_walks"] += _drop_walks(connection, user_ids)
    for table in COLUMNS.keys() - CACHES - REPORTS:
        changed[table] += _rewrite(connection, table, forgotten, typed)
    connection.execute(_AGAIN, [summed])
    return +changed


def texts_of(connection: Connection, user_ids: Sequence[int]) -> frozenset[str]:
    """What these people typed as titles of work items, and nobody else did."""
    rows = connection.execute(
        "SELECT DISTINCT title FROM tracked_time WHERE list_contains($1::BIGINT[], user_id) AND title IS NOT NULL "
        "EXCEPT SELECT title FROM tracked_time WHERE NOT list_contains($1::BIGINT[], user_id) "
        "EXCEPT SELECT name FROM enriched_entities",
        [list(user_ids)],
    ).fetchall()
    return frozenset(title for (title,) in rows)


def weeks_of(connection: Connection, user_ids: Collection[int]) -> list[date]:
    """The weeks with entries of these people."""
    rows = connection.execute(
        "SELECT DISTINCT week FROM toggl_time_entries WHERE list_contains(?::BIGINT[], user_id) ORDER BY week",
        [list(user_ids)],
    ).fetchall()
    return [week for (week,) in rows]


def _delete(connection: Connection, table: str, where: str, parameters: Sequence[Any]) -> int:
    ((count,),) = connection.execute(f"DELETE FROM {table} WHERE {where}", parameters).fetchall()
    return count


def _drop_walks(connection: Connection, user_ids: Sequence[int]) -> int:
    """Drop walks that were for these people by id: nobody can go on with them."""
    theirs = "SELECT walk_id FROM toggl_walks WHERE list_has_any(user_ids, ?::BIGINT[])"
    pages = _delete(connection, "toggl_walk_pages", f"walk_id IN ({theirs})", [list(user_ids)])
    return pages + _delete(connection, "toggl_walks", "list_has_any(user_ids, ?::BIGINT[])", [list(user_ids)])


def _rewrite(connection: Connection, table: str, forgotten: Forgotten, typed: frozenset[str]) -> int:
    """Write again the rows of a table in which somebody stands who was removed; how many."""
    columns = {name: holds for name, holds in COLUMNS[table].items() if holds in _SEARCHED or holds is Holds.PERSON}
    if not columns:
        return 0
    names = list(columns)
    changed = 0
    last = -1
    while rows := connection.execute(
        f"SELECT rowid, {', '.join(names)} FROM {table} WHERE rowid > ? ORDER BY rowid LIMIT {_BATCH}", [last]
    ).fetchall():
        last = rows[-1][0]
        new = []
        for rowid, *values in rows:
            before = {
                name: json.loads(value) if columns[name] is Holds.JSON and value is not None else value
                for name, value in zip(names, values, strict=True)
            }
            after = _row_without(before, columns, forgotten, typed)
            if after != before:
                new.append({"row_id": rowid, **after})
        changed += _update(connection, table, names, new)
    return changed


def _update(connection: Connection, table: str, names: Sequence[str], new: Sequence[dict[str, Any]]) -> int:
    if new:
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE rewritten AS SELECT rowid AS row_id, {', '.join(names)} FROM {table} LIMIT 0"
        )
        insert_rows(connection, "rewritten", new)
        assigned = ", ".join(f"{name} = rewritten.{name}" for name in names)
        connection.execute(f"UPDATE {table} SET {assigned} FROM rewritten WHERE {table}.rowid = rewritten.row_id")
        connection.execute("DROP TABLE rewritten")
    return len(new)


def _row_without(
    row: dict[str, Any], columns: dict[str, Holds], forgotten: Forgotten, typed: frozenset[str]
) -> dict[str, Any]:
    number = forgotten.number_of(row.get("user_id"), row.get("email"))
    return {name: _value_without(row[name], holds, number, forgotten, typed) for name, holds in columns.items()}


def _value_without(value: Any, holds: Holds, number: int | None, forgotten: Forgotten, typed: frozenset[str]) -> Any:
    if value is None:
        return None
    if holds is Holds.PERSON:
        return value if number is None else -number
    if holds is Holds.JSON:
        return json_without(value, forgotten, typed)
    if holds is Holds.ADDRESSES:
        return forgotten.others(value)
    if number is None:
        is_text = holds in (Holds.TEXT, Holds.TYPED, Holds.TITLE)
        return forgotten.text(value) if is_text else value
    return {
        Holds.NAME: WORDS,
        Holds.ADDRESS: None,
        Holds.TYPED: anonymous(value) if isinstance(value, str) else None,
        Holds.TITLE: None,
        Holds.CHOSEN: [],
        Holds.TEXT: forgotten.text(value) if isinstance(value, str) else value,
        Holds.PEOPLE: value,
    }[holds]


def json_without(value: Any, forgotten: Forgotten, typed: frozenset[str]) -> Any:
    """JSON without the removed people, and without the titles that only they typed."""
    return _without_titles(forgotten.value(value), typed)


def _without_titles(value: Any, typed: frozenset[str]) -> Any:
    if isinstance(value, dict):
        return {
            key: None if key == "title" and isinstance(each, str) and each in typed else _without_titles(each, typed)
            for key, each in value.items()
        }
    return [_without_titles(each, typed) for each in value] if isinstance(value, list) else value
