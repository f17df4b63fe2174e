"""What is stored of Toggl, and read back: weeks of entries and people, and the time summed of them.

A stored week knows its time zone. What would mix two zones is refused, with the command that fetches the weeks again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from volt_assets.errors import BadInput
from volt_assets.formatting import UNITS
from volt_assets.toggl import descriptions
from volt_assets.toggl.changes import note_changes
from volt_assets.toggl.client import Entry, Person
from volt_assets.toggl.fetching import FetchedWeek
from volt_assets.toggl.rounding import TimeRow, rounded_rows
from volt_assets.toggl.stored_week import StoredWeek, merged
from volt_assets.warehouse import Connection, committed, insert_rows, query, read_rows, replace_rows
from volt_assets.weeks import is_closed, last_day, local_day, naive_utc, weeks_between


def stored_weeks(connection: Connection, weeks: Sequence[date]) -> dict[date, StoredWeek]:
    """The stored ones of `weeks`, by Monday."""
    rows = connection.execute(
        "SELECT week, timezone, fetched_at, everybody, after_its_end FROM toggl_weeks WHERE week IN (SELECT unnest(?))",
        [list(weeks)],
    ).fetchall()
    return {row[0]: StoredWeek(*row) for row in rows}


def require_stored(connection: Connection, first: date, last: date, timezone: str) -> dict[date, StoredWeek]:
    """The weeks that first..last touch. Raises BadInput where one is not stored, or is stored for another time zone."""
    weeks = weeks_between(first, last)
    stored = stored_weeks(connection, weeks)
    missing = [week for week in weeks if week not in stored]
    if missing:
        raise BadInput(
            f"{_named(missing)} not stored. Fetch first: {fetch_command(missing, timezone)}",
            code="week_not_stored",
        )
    refuse_other_zones(stored.values(), timezone)
    return stored


def refuse_other_zones(stored: Iterable[StoredWeek], timezone: str) -> None:
    """Raises BadInput where a stored week's days were reckoned in another zone than `timezone`."""
    others = [week for week in stored if week.timezone != timezone]
    if others:
        weeks = sorted(week.week for week in others)
        zones = " and ".join(sorted({week.timezone for week in others}))
        raise BadInput(
            f"{_named(weeks)} stored for the time zone {zones}, but VOLT_TIMEZONE is {timezone}. "
            f"Fetch again in the new zone: {fetch_command(weeks, timezone)}",
            code="other_timezone",
        )


def store_week(
    connection: Connection,
    fetched: FetchedWeek,
    people: Sequence[Person],
    zone: ZoneInfo,
    user_ids: Sequence[int] | None,
    fetched_at: datetime,
) -> None:
    """Replace a week's entries and people: everybody's, or those of `user_ids` only. Call it inside a transaction.

    `people` is the workspace's list of people. Where Toggl did not give one (it is empty), those stored of the week
    stay, and who has entries is taken for active. `fetched_at` is aware.
    """
    week = fetched.week
    where, parameters = "week = ?", list[Any]([week])
    listed = {person.user_id: person for person in people or _stored_people(connection, week)}
    if user_ids:
        where, parameters = "week = ? AND list_contains(?, user_id)", [week, list(user_ids)]
        listed = {user_id: person for user_id, person in listed.items() if user_id in user_ids}
    seen_at = naive_utc(fetched_at)
    before = stored_weeks(connection, [week]).get(week)
    entries = [_entry_row(week, entry, listed.get(entry.user_id), zone) for entry in fetched.entries]
    note_changes(connection, week, entries, before, zone.key, user_ids or None, seen_at)
    rows = {
        "toggl_time_entries": entries,
        "people": [{"week": week, "fetched_at": seen_at, **row} for row in _people_rows(listed, fetched, bool(people))],
        "verified_totals": [{"week": week, **row} for row in _confirmed_totals(fetched)],
    }
    for table, of_table in rows.items():
        replace_rows(connection, table, of_table, where=where, parameters=parameters)
    now_stored = merged(before, StoredWeek(week, zone.key, seen_at, not user_ids, is_closed(week, fetched_at, zone)))
    row = asdict(now_stored) | {"complete": now_stored.complete}
    replace_rows(connection, "toggl_weeks", [row], where="week = ?", parameters=[week])


def _stored_people(connection: Connection, week: date) -> list[Person]:
    rows = read_rows(connection, "SELECT user_id, name, email, timezone, active FROM people WHERE week = ?", [week])
    return [Person(**row) for row in rows]


def _people_rows(listed: Mapping[int, Person], fetched: FetchedWeek, is_whole_list: bool) -> list[dict[str, Any]]:
    """The people of a week by id. Whoever has left the workspace is not in the list, but their time is."""
    unlisted = {entry.user_id: entry for entry in fetched.entries if entry.user_id not in listed}
    rows = {user_id: asdict(person) for user_id, person in listed.items()} | {
        user_id: {"user_id": user_id, "name": entry.username, "email": entry.email, "active": not is_whole_list}
        for user_id, entry in unlisted.items()
    }
    return [rows[user_id] for user_id in sorted(rows)]


def _confirmed_totals(fetched: FetchedWeek) -> list[dict[str, int]]:
    """Entries and seconds of each person as Toggl's totals have just confirmed them, for a check to compare later."""
    totals = {
        entry.user_id: {"user_id": entry.user_id, "entries": 0, "seconds": 0}
        for entry in sorted(fetched.entries, key=lambda entry: entry.user_id)
    }
    for entry in fetched.entries:
        totals[entry.user_id]["entries"] += 1
        totals[entry.user_id]["seconds"] += entry.seconds or 0
    return list(totals.values())


def _entry_row(week: date, entry: Entry, person: Person | None, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "week": week,
        "id": entry.id,
        "user_id": entry.user_id,
        "username": person.name if person else entry.username,
        "email": (person.email if person else None) or entry.email,
        "description": entry.description,
        "start": entry.start,
        "stop": entry.stop,
        "start_utc": _utc(entry.start_utc),
        "stop_utc": _utc(entry.stop_utc),
        "day": local_day(entry.start_utc, zone),
        "seconds": entry.seconds,
        "project_id": entry.project_id,
        "project_name": entry.project_name,
        "tags": list(entry.tags),
        "billable": entry.billable,
        "rate_cents": entry.rate_cents,
        "currency": entry.currency,
        "updated_at": _utc(entry.updated_at),
    }


def _utc(instant: datetime | None) -> datetime | None:
    """UTC without a zone, as the warehouse has it."""
    return None if instant is None else naive_utc(instant)


def count_entries(connection: Connection, week: date, user_ids: Sequence[int] | None) -> int:
    """How many entries of a week are stored: of these people, or (None) everybody's."""
    (row,) = read_rows(
        connection,
        "SELECT count(*) AS entries FROM toggl_time_entries "
        "WHERE week = $week AND ($user_ids IS NULL OR list_contains($user_ids, user_id))",
        {"week": week, "user_ids": list(user_ids) if user_ids else None},
    )
    return row["entries"]


def stored_figures(connection: Connection, weeks: Sequence[date]) -> dict[date, dict[str, int]]:
    """Of stored weeks: {entries, running, seconds, people, listed}. Running entries are counted apart."""
    rows = read_rows(connection, query("toggl/sql/stored_figures.sql"), [list(weeks)])
    return {row.pop("week"): row for row in rows}


def week_numbers(connection: Connection, week: date) -> dict[str, int]:
    """Of a week's summed time: {rows, entries, tracked_seconds, tracked_hundredths, linked_seconds, people,
    entities}."""
    (row,) = read_rows(connection, query("toggl/sql/week_numbers.sql"), {"week": week})
    return row


def hours_by_project_and_type(connection: Connection, week: date) -> list[dict[str, Any]]:
    """{project, type, seconds, hundredths, minutes} of a week's summed time, without anybody's name or words."""
    return read_rows(connection, query("toggl/sql/hours_by_project_and_type.sql"), {"week": week})


def people_and_entities(connection: Connection, weeks: Sequence[date]) -> tuple[int, int]:
    """How many people tracked time in consecutive weeks, and on how many work items."""
    (row,) = read_rows(
        connection,
        "SELECT count(DISTINCT user_id) AS people, "
        "count(DISTINCT (label, public_id)) FILTER (WHERE linked) AS entities "
        "FROM tracked_time WHERE week BETWEEN ? AND ?",
        [weeks[0], weeks[-1]],
    )
    return row["people"], row["entities"]


def store_tracked_time(connection: Connection, week: date) -> None:
    """Sum a week's entries by the references in their descriptions, replacing the week, in a transaction of its own."""
    texts = connection.execute("SELECT DISTINCT description FROM toggl_time_entries WHERE week = ?", [week]).fetchall()
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE parsed_descriptions "
        "(description VARCHAR, linked BOOLEAN, public_id VARCHAR, label VARCHAR[], project_tag VARCHAR, title VARCHAR, "
        "ids VARCHAR[])"
    )
    insert_rows(connection, "parsed_descriptions", (_parsed(text) for (text,) in texts))
    with committed(connection):
        connection.execute("DELETE FROM tracked_time WHERE week = ?", [week])
        connection.execute(query("toggl/sql/tracked_time.sql"), {"week": week})
        _round(connection, week)
        connection.execute(query("toggl/sql/note_summed.sql"), {"week": week})


def _round(connection: Connection, week: date) -> None:
    """Give each row of a week's summed time its hundredths of an hour and its minutes."""
    found = connection.execute(query("toggl/sql/rows_to_round.sql"), {"week": week}).fetchall()
    rows = [TimeRow(*row) for _, *row in found]
    printed = {
        "rows": [row_id for row_id, *_ in found],
        "hundredths": rounded_rows(rows, UNITS["decimal"]),
        "minutes": rounded_rows(rows, UNITS["hm"]),
    }
    connection.execute(query("toggl/sql/print_time.sql"), {"week": week, **printed})


def _parsed(text: str | None) -> dict[str, Any]:
    parsed = descriptions.parse(text)
    return {
        "description": text,
        "linked": parsed.linked,
        "public_id": parsed.public_id,
        "label": list(parsed.label) if parsed.linked else None,
        "project_tag": parsed.project_tag,
        "title": parsed.title,
        "ids": list(parsed.ids),
    }


def store_summary(connection: Connection, week: date, markdown: str) -> None:
    """Replace a week's summary."""
    connection.execute("INSERT OR REPLACE INTO toggl_summary (week, markdown) VALUES (?, ?)", [week, markdown])


def week_versions(connection: Connection, weeks: Sequence[date]) -> dict[str, dict[date, str]]:
    """The data versions of `toggl_time_entries` and `people`, by asset and week."""
    rows = read_rows(connection, query("toggl/sql/week_versions.sql"), {"weeks": list(weeks)})
    return {
        "toggl_time_entries": {row["week"]: row["entries"] for row in rows},
        "people": {row["week"]: row["people"] for row in rows},
    }


def entries_version(connection: Connection, first: date, last: date, user_ids: Sequence[int] | None) -> str:
    """A digest of the entries of first..last and of these people (None: everybody): equal where they are."""
    people = list(user_ids) if user_ids else None
    parameters = {"first_day": first, "last_day": last, "user_ids": people}
    ((version,),) = connection.execute(query("toggl/sql/entries_version.sql"), parameters).fetchall()
    return version or "none"


def summed_of_others(connection: Connection, first_week: date, last_week: date) -> list[date]:
    """The weeks (Mondays) whose time was summed of other entries than those stored now: a run was killed in between.

    Weeks of which it is not known (summed by an earlier version) are not among them.
    """
    rows = connection.execute(
        query("toggl/sql/summed_of_others.sql"), {"first_week": first_week, "last_week": last_week}
    ).fetchall()
    return [week for (week,) in rows]


def fetch_command(weeks: Sequence[date], timezone: str) -> str:
    """The command that fetches the weeks from the first to the last of `weeks`, up to today where the last is open."""
    today = local_day(datetime.now(UTC), ZoneInfo(timezone))
    return f"volt run --start-date {min(weeks)} --end-date {min(last_day(max(weeks)), today)}"


def _named(weeks: Sequence[date]) -> str:
    if len(weeks) == 1:
        return f"The week of {weeks[0]} is"
    if len(weeks) <= 6:
        return f"The weeks of {', '.join(map(str, weeks[:-1]))} and {weeks[-1]} are"
    return f"{len(weeks)} weeks, from {weeks[0]} to {weeks[-1]}, are"
