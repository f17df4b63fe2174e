"""Walks over Toggl's pages that survive their run: each page is stored as it comes, and the next run goes on there.

A page costs a request of the hourly quota, so none is requested twice. Whether what was stored is still what Toggl
holds is for `fetching.py` to find out, by totals that are requested anew.
"""

import hashlib
import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta

from pydantic import TypeAdapter

from volt_assets.settings import TogglAccess
from volt_assets.toggl.client import Entry, Walk
from volt_assets.warehouse import Connection, Warehouse, committed
from volt_assets.weeks import naive_utc

# A walk that rested for longer is begun anew: too much will have changed.
LONGEST_REST = timedelta(days=7)

_ENTRIES = TypeAdapter(list[Entry])


class StoredWalk(Walk):
    """A walk in the warehouse. `first` may be before the day that was requested: what it reads of other days is
    ignored. `kept` is how many of its pages were there when it was taken up."""

    def __init__(self, warehouse: Warehouse, walk_id: str, first: date, cursors: Sequence[Mapping[str, int]]):
        super().__init__(cursor=dict(cursors[-1]) if cursors else {}, ended=bool(cursors) and not cursors[-1])
        self._warehouse, self._id = warehouse, walk_id
        self.first = first
        self.kept = self._pages = len(cursors)

    def pages(self) -> Iterator[tuple[list[Entry], datetime]]:
        """The pages that were there, each with the instant (aware) that it was requested at."""
        for number in range(1, self.kept + 1):
            with self._warehouse.get_connection() as connection:
                row = connection.execute(
                    "SELECT entries, read_at FROM toggl_walk_pages WHERE walk_id = ? AND page = ?", [self._id, number]
                ).fetchone()
            if row is None:
                return
            page = _ENTRIES.validate_json(row[0])
            self.seen.update((entry.id, hash(entry)) for entry in page)
            yield page, row[1].replace(tzinfo=UTC)

    def take(self, page: list[Entry], following: Mapping[str, int], requested_at: datetime) -> None:
        self._pages += 1
        row = [self._id, self._pages, _ENTRIES.dump_json(page).decode(), json.dumps(following), naive_utc(requested_at)]
        with self._warehouse.get_connection() as connection:
            connection.execute("INSERT INTO toggl_walk_pages VALUES (?, ?, ?, ?, ?)", row)
        super().take(page, following, requested_at)

    def drop(self) -> None:
        with self._warehouse.transaction() as connection:
            for table in ("toggl_walk_pages", "toggl_walks"):
                connection.execute(f"DELETE FROM {table} WHERE walk_id = ?", [self._id])


class Walks:
    """The walks of one workspace in the warehouse."""

    def __init__(self, warehouse: Warehouse, access: TogglAccess, *, with_rates: bool):
        self._warehouse = warehouse
        self._of = [access.url, access.workspace_id, form_of(with_rates)]

    def kept_pages(self, first: date, last: date, user_ids: Sequence[int] | None) -> int:
        """How many pages are there of the walk that `begin` would go on with."""
        with self._warehouse.get_connection() as connection:
            found = self._find(connection, first, last, user_ids)
            if found is None:
                return 0
            ((pages,),) = connection.execute(
                "SELECT count(*) FROM toggl_walk_pages WHERE walk_id = ?", [found[0]]
            ).fetchall()
        return pages

    def _find(
        self, connection: Connection, first: date, last: date, user_ids: Sequence[int] | None
    ) -> tuple[str, date] | None:
        """The id and the first day of the walk to go on with: the one that came furthest."""
        return connection.execute(
            "SELECT walk_id, first_day FROM toggl_walks LEFT JOIN toggl_walk_pages USING (walk_id) "
            "WHERE api = ? AND workspace_id = ? AND form = ? AND first_day <= ? AND last_day = ? "
            "AND user_ids IS NOT DISTINCT FROM ?::BIGINT[] "
            "GROUP BY ALL ORDER BY count(page) DESC, walk_id LIMIT 1",
            [*self._of, first, last, _in_order(user_ids)],
        ).fetchone()

    def begin(self, first: date, last: date, user_ids: Sequence[int] | None) -> StoredWalk:
        """The walk over first..last: one that an earlier run began for these people and the same last day, which needs
        no page before where it ended, or else a new one. Forgets those that rested for too long."""
        now = datetime.now(UTC)
        with self._warehouse.get_connection() as connection, committed(connection):
            old = "SELECT walk_id FROM toggl_walks WHERE began_at < ?"
            for table in ("toggl_walk_pages", "toggl_walks"):
                connection.execute(f"DELETE FROM {table} WHERE walk_id IN ({old})", [naive_utc(now - LONGEST_REST)])
            found = self._find(connection, first, last, user_ids)
            if found is not None:
                cursors = connection.execute(
                    "SELECT following FROM toggl_walk_pages WHERE walk_id = ? ORDER BY page", [found[0]]
                ).fetchall()
                return StoredWalk(
                    self._warehouse, found[0], found[1], [json.loads(following) for (following,) in cursors]
                )
            walk_id = uuid.uuid4().hex
            connection.execute(
                "INSERT INTO toggl_walks (walk_id, api, workspace_id, form, first_day, last_day, user_ids, began_at) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [walk_id, *self._of, first, last, _in_order(user_ids), naive_utc(now)],
            )
        return StoredWalk(self._warehouse, walk_id, first, [])


def form_of(with_rates: bool) -> str:
    """A digest of what is kept of each entry: pages of another one cannot be read."""
    return hashlib.sha256(f"{[field.name for field in fields(Entry)]} {with_rates}".encode()).hexdigest()[:12]


def _in_order(user_ids: Sequence[int] | None) -> list[int] | None:
    return None if user_ids is None else sorted(user_ids)
