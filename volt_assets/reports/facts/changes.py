"""What changed in a week's entries between two versions of a report, to the second.

Not by adding up what each refetch saw (`time_entry_changes`): a week may have been fetched for some people only, or be
made of a version that came between two refetches. Each state of an entry that reports were made of is kept instead
(`reported_entries`, a row for each change), so that the entries of any version can be compared with those of any other:
the lines then add up to the difference of the totals by construction. The ledger only serves to
find where a moved entry was.

Compared is what reports are made of: description, start, day, seconds and project. Tags and the mark for billing are
in no report.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from volt_assets.reports.facts.models import EntryChange, EntryVersion
from volt_assets.warehouse import Connection, query, read_rows
from volt_assets.weeks import local_day


def note_entries(connection: Connection, week: date) -> int:
    """Keep the stored entries of a week as those that its reports are made of now; returns their revision.

    Entries that are as they were keep it. Call it inside a transaction.
    """
    current = _number(connection, "current_revision", {"week": week})
    parameters = {"week": week, "revision": current + 1}
    ended = _number(connection, "end_reported_entries", parameters)
    begun = _number(connection, "begin_reported_entries", parameters)
    return current + 1 if ended or begun else current


def entry_changes(
    connection: Connection, week: date, revision: int, later_revision: int, timezone: str
) -> list[EntryChange]:
    """Everybody's entries of a week that differ between two revisions, by day and start.

    Their seconds add up, for each person, to the difference of the tracked time. `timezone` is the week's.
    """
    rows = read_rows(
        connection,
        query("reports/facts/sql/changed_entries.sql"),
        {"week": week, "revision": revision, "later_revision": later_revision},
    )
    return [_change(row, ZoneInfo(timezone)) for row in rows]


def _number(connection: Connection, name: str, parameters: Mapping[str, Any]) -> int:
    """The one number that a query has as its answer: of a statement that changes rows, how many."""
    ((number,),) = connection.execute(query(f"reports/facts/sql/{name}.sql"), parameters).fetchall()
    return int(number)


def _change(row: Mapping[str, Any], zone: ZoneInfo) -> EntryChange:
    before, after = _version(row["before"]), _version(row["after"])
    if before and after:
        kind = "edited"
    elif after:
        before = _version_in_the_ledger(row["moved_from"], zone)
        kind = "moved" if before else "added"
    else:
        after = _version(row["moved_to"])
        kind = "moved" if after else "deleted"
    return EntryChange(
        kind=kind,
        entry_id=row["entry_id"],
        user_id=row["user_id"],
        before=before,
        after=after,
        seconds=row["seconds"],
    )


def _version(row: Mapping[str, Any] | None) -> EntryVersion | None:
    return None if row is None else EntryVersion(**row)


def _version_in_the_ledger(entry: Mapping[str, Any] | None, zone: ZoneInfo) -> EntryVersion | None:
    if entry is None:
        return None
    start = datetime.fromisoformat(entry["start"])
    return EntryVersion(
        description=entry["description"],
        start=start,
        day=local_day(start, zone),
        seconds=entry["seconds"],
        project=entry["project_name"],
    )
