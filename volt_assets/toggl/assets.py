"""The assets of the group `toggl`: entries and people as fetched, time summed, and the week's summary before
enrichment.

Thin: they read, call the functions beside them, replace the week and describe it.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg

from volt_assets.errors import ServiceRefused, UnexpectedAnswer
from volt_assets.formatting import table
from volt_assets.http import RequestCount
from volt_assets.orchestration.steps import (
    OWNERS,
    FetchScope,
    commonest,
    describe,
    hours,
    materialize_beside,
    selected_keys,
    share,
    stamp_versions,
    step,
    weeks_of,
)
from volt_assets.progress import Progress
from volt_assets.settings import Settings
from volt_assets.toggl import descriptions
from volt_assets.toggl.changes import note_changes
from volt_assets.toggl.client import Entry, Person
from volt_assets.toggl.fetching import FetchedWeek, fetch_weeks
from volt_assets.toggl.resource import TogglResource
from volt_assets.toggl.storage import (
    StoredWeek,
    merged,
    refuse_other_zones,
    require_stored,
    stored_weeks,
    weeks_wanted,
)
from volt_assets.toggl.summary import summary_markdown
from volt_assets.warehouse import (
    Connection,
    Warehouse,
    committed,
    insert_rows,
    query,
    read_rows,
    replace_rows,
)
from volt_assets.weeks import is_closed, last_day, local_day

GROUP = "toggl"


def build_assets(weekly: dg.PartitionsDefinition, settings: Settings) -> list[dg.AssetsDefinition]:
    """The group's assets over the given weeks. The time zone is part of their versions: with another, all are stale."""
    timezone, web_page = settings.volt_timezone, settings.toggl_web_page
    shared = {"group_name": GROUP, "owners": OWNERS, "kinds": {"duckdb"}}
    of_toggl = shared | {"kinds": {"duckdb", "toggl"}, "code_version": f"1-{timezone}", "skippable": True}
    fetched = {
        "toggl_time_entries": dg.AssetSpec(
            "toggl_time_entries",
            description="Toggl time entries as fetched, whole, in the week they start in.",
            **of_toggl,
        ),
        "people": dg.AssetSpec(
            "people",
            description="The people of the Toggl workspace when the week was fetched.",
            **of_toggl,
        ),
    }

    # Either can be selected; both are made, since a week's entries and people are replaced in one transaction.
    @dg.multi_asset(
        name="toggl_time_entries",
        specs=list(fetched.values()),
        partitions_def=weekly,
        backfill_policy=dg.BackfillPolicy.single_run(),
        can_subset=True,
    )
    def toggl_time_entries(
        context: dg.AssetExecutionContext,
        warehouse: Warehouse,
        fetch_scope: FetchScope,
        toggl: TogglResource,
        requests: dg.ResourceParam[RequestCount],
        progress: dg.ResourceParam[Progress],
    ) -> Iterator[dg.MaterializeResult]:
        with step(context, requests):
            weeks = weeks_of(context)
            stored: list[date] = []
            try:
                wanted = weeks_to_fetch(context, warehouse, weeks, fetch_scope, timezone)
                if wanted:
                    people = fetch_scope.user_ids or None
                    asyncio.run(
                        fetch_and_store(
                            context, warehouse, toggl, progress, settings.zone, wanted, people, stored.append
                        )
                    )
            except BaseException:
                # What was committed before a failure or a cancel stays, so it has to show.
                told = {}
                if stored:
                    with warehouse.get_connection() as connection:
                        told = stored_metadata(connection, stored, requests, web_page)
                for key, by_week in told.items():
                    for week, metadata in by_week.items():
                        context.log_event(dg.AssetMaterialization(key, partition=week.isoformat(), metadata=metadata))
                raise
            with warehouse.get_connection() as connection:
                told = stored_metadata(connection, weeks, requests, web_page)
                versions = week_versions(connection, weeks)
        selected = selected_keys(context)
        for key, by_week in told.items():
            if key in selected:
                describe(context, key, by_week)
            else:
                materialize_beside(context, fetched[key], by_week, versions[key])
        for key in sorted(selected):
            yield dg.MaterializeResult(asset_key=key, data_version=commonest(versions[key]))
        stamp_versions(context, {key: versions[key] for key in selected})

    @dg.asset(
        partitions_def=weekly,
        backfill_policy=dg.BackfillPolicy.single_run(),
        deps=["toggl_time_entries"],
        code_version=f"1-{timezone}",
        description="Seconds per person, day and work item or other activity, by what descriptions say.",
        **shared,
    )
    def tracked_time(
        context: dg.AssetExecutionContext, warehouse: Warehouse, requests: dg.ResourceParam[RequestCount]
    ) -> None:
        with step(context, requests):
            weeks = weeks_of(context)
            numbers: dict[date, dict[str, Any]] = {}
            previews: dict[date, str] = {}
            with warehouse.turns() as turn:
                require_stored(turn(), weeks[0], last_day(weeks[-1]), timezone)
                for week in weeks:
                    connection = turn()
                    store_tracked_time(connection, week)
                    (numbers[week],) = read_rows(connection, query("toggl/sql/week_numbers.sql"), {"week": week})
                    previews[week] = preview(connection, week)
                (totals,) = read_rows(
                    turn(),
                    "SELECT count(DISTINCT user_id) AS people, "
                    "count(DISTINCT (label, public_id)) FILTER (WHERE linked) AS entities "
                    "FROM tracked_time WHERE week BETWEEN ? AND ?",
                    [weeks[0], weeks[-1]],
                )
            context.log.info(f"Aggregated {totals['people']} users, {totals['entities']} entities")
        describe(
            context,
            "tracked_time",
            {
                week: {
                    "dagster/partition_row_count": of_week["rows"],
                    "entries": of_week["entries"],
                    "hours": hours(of_week["tracked_seconds"]),
                    "linked_share": share(of_week["linked_seconds"], of_week["tracked_seconds"]) or 0.0,
                    "people": of_week["people"],
                    "entities": of_week["entities"],
                    "preview": dg.MetadataValue.md(previews[week]),
                }
                for week, of_week in numbers.items()
            },
        )

    @dg.asset(
        partitions_def=weekly,
        backfill_policy=dg.BackfillPolicy.single_run(),
        deps=["tracked_time", "people"],
        code_version=f"1-{timezone}",
        description="Markdown of where the week's time went, before anything is known from Fibery.",
        **shared,
    )
    def toggl_summary(
        context: dg.AssetExecutionContext, warehouse: Warehouse, requests: dg.ResourceParam[RequestCount]
    ) -> None:
        with step(context, requests):
            weeks = weeks_of(context)
            sizes = {}
            with warehouse.turns() as turn:
                require_stored(turn(), weeks[0], last_day(weeks[-1]), timezone)
                for week in weeks:
                    connection = turn()
                    markdown = summary_markdown(connection, week, last_day(week), None, timezone)
                    connection.execute(
                        "INSERT OR REPLACE INTO toggl_summary (week, markdown) VALUES (?, ?)", [week, markdown]
                    )
                    sizes[week] = {"dagster/partition_row_count": 1, "characters": len(markdown)}
        describe(context, "toggl_summary", sizes)

    return [toggl_time_entries, tracked_time, toggl_summary]


def weeks_to_fetch(
    context: dg.AssetExecutionContext, warehouse: Warehouse, weeks: Sequence[date], scope: FetchScope, timezone: str
) -> list[date]:
    """Those of the run's weeks that are to be fetched: the others keep what is stored of them, and must be stored.

    A run that executes a failed one again fetches what that one, or an earlier try of it, has not committed.
    """
    if scope.start_from != GROUP:
        with warehouse.get_connection() as connection:
            require_stored(connection, weeks[0], last_day(weeks[-1]), timezone)
        return []
    root = context.run.root_run_id and context.instance.get_run_record_by_id(context.run.root_run_id)
    if not root and not scope.only_incomplete:
        return list(weeks)
    began = root.create_timestamp.astimezone(UTC).replace(tzinfo=None) if root else None
    with warehouse.get_connection() as connection:
        known = stored_weeks(connection, weeks)
    wanted = weeks_wanted(weeks, known, unless_since=began, only_incomplete=scope.only_incomplete)
    context.log.info(f"{len(wanted)} of {len(weeks)} weeks are to be fetched")
    return wanted


async def fetch_and_store(
    context: dg.AssetExecutionContext,
    warehouse: Warehouse,
    toggl: TogglResource,
    progress: Progress,
    zone: ZoneInfo,
    weeks: Sequence[date],
    user_ids: Sequence[int] | None,
    on_stored: Callable[[date], None],
) -> None:
    """Fetch the weeks and commit each, alone, as soon as it is whole and adds up; `on_stored` then gets it.

    Raises UnexpectedAnswer at the end, naming the weeks that did not: they keep what was stored before. So do weeks
    without entries that the workspace's plan does not show any more: ServiceRefused says so at the end.
    """
    fetched_at = datetime.now(UTC)
    if user_ids:
        with warehouse.get_connection() as connection:
            refuse_other_zones(stored_weeks(connection, weeks).values(), zone.key)
    problems: dict[date, str] = {}
    hidden: ServiceRefused | None = None
    count = 0
    async with toggl.client() as client:
        people = await toggl.people(client)

        def tell(read: int, announced: int) -> None:
            progress("Toggl: hours", read // 3600, announced // 3600)

        async for whole in fetch_weeks(client, weeks, zone, user_ids, on_page=tell):
            problems |= {fetched.week: fetched.problem for fetched in whole if fetched.problem is not None}
            adding_up = [fetched for fetched in whole if fetched.problem is None]
            for week in [fetched.week for fetched in adding_up if not fetched.entries]:
                try:
                    await client.refuse_hidden_days(week)
                except ServiceRefused as error:
                    hidden = hidden or error
                    adding_up = [fetched for fetched in adding_up if fetched.week != week]
            # The weeks of a page together: opening and closing a DuckDB file takes as long as storing a week.
            with warehouse.turns() as turn:
                for fetched in adding_up:
                    connection = turn()
                    if not fetched.entries and (before := _entries_stored(connection, fetched.week, user_ids)):
                        context.log.warning(
                            f"Toggl has no entries any more for the week of {fetched.week}, of which {before} were "
                            "stored. Has the team moved to Toggl 2.0? Its time is not in Toggl Track from then on."
                        )
                    with committed(connection):
                        store_week(connection, fetched, people, zone, user_ids, fetched_at)
                    count += len(fetched.entries)
                    on_stored(fetched.week)
    context.log.info(f"Retrieved {count} time entries")
    if problems:
        told = "; ".join(f"week of {week}: {problem}" for week, problem in problems.items())
        raise UnexpectedAnswer(
            "Toggl",
            f"{told}. What was stored of {'this week' if len(problems) == 1 else 'these weeks'} is unchanged. "
            "If someone was editing entries just now, run it again.",
        )
    if hidden is not None:
        raise hidden


def _entries_stored(connection: Connection, week: date, user_ids: Sequence[int] | None) -> int:
    (row,) = read_rows(
        connection,
        "SELECT count(*) AS entries FROM toggl_time_entries "
        "WHERE week = $week AND ($user_ids IS NULL OR list_contains($user_ids, user_id))",
        {"week": week, "user_ids": list(user_ids) if user_ids else None},
    )
    return row["entries"]


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
    stay, and who has entries is taken for active.
    """
    where, parameters = "week = ?", [fetched.week]
    listing = bool(people)
    if not listing:
        stored = read_rows(
            connection, "SELECT user_id, name, email, timezone, active FROM people WHERE week = ?", [fetched.week]
        )
        people = [Person(**row) for row in stored]
    if user_ids:
        where, parameters = "week = ? AND user_id IN (SELECT unnest(?))", [fetched.week, list(user_ids)]
        people = [person for person in people if person.user_id in user_ids]
    naive = fetched_at.replace(tzinfo=None)
    listed = {person.user_id: person for person in people}
    before = stored_weeks(connection, [fetched.week]).get(fetched.week)
    entries = [_entry_row(fetched.week, entry, listed.get(entry.user_id), zone) for entry in fetched.entries]
    note_changes(connection, fetched.week, entries, before, zone.key, user_ids or None, naive)
    replace_rows(connection, "toggl_time_entries", entries, where=where, parameters=parameters)
    # Whoever has left the workspace is not in the list, but their time is.
    unlisted = {entry.user_id: entry for entry in fetched.entries if entry.user_id not in listed}
    rows = [
        {"user_id": p.user_id, "name": p.name, "email": p.email, "timezone": p.timezone, "active": p.active}
        for p in people
    ] + [{"user_id": e.user_id, "name": e.username, "email": e.email, "active": not listing} for e in unlisted.values()]
    rows = sorted(({"week": fetched.week, "fetched_at": naive, **row} for row in rows), key=lambda row: row["user_id"])
    replace_rows(connection, "people", rows, where=where, parameters=parameters)
    # What Toggl's totals have just confirmed, for a check to compare with later.
    confirmed = {entry.user_id: {"entries": 0, "seconds": 0} for entry in fetched.entries}
    for entry in fetched.entries:
        confirmed[entry.user_id]["entries"] += 1
        confirmed[entry.user_id]["seconds"] += entry.seconds or 0
    rows = [{"week": fetched.week, "user_id": user_id, **totals} for user_id, totals in sorted(confirmed.items())]
    replace_rows(connection, "verified_totals", rows, where=where, parameters=parameters)
    known = merged(
        before, StoredWeek(fetched.week, zone.key, naive, not user_ids, is_closed(fetched.week, fetched_at, zone))
    )
    connection.execute("DELETE FROM toggl_weeks WHERE week = ?", [fetched.week])
    insert_rows(
        connection,
        "toggl_weeks",
        [
            {
                "week": known.week,
                "timezone": known.timezone,
                "fetched_at": known.fetched_at,
                "everybody": known.everybody,
                "after_its_end": known.after_its_end,
                "complete": known.complete,
            }
        ],
    )


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
        "start_utc": _naive(entry.start_utc),
        "stop_utc": _naive(entry.stop_utc),
        "day": local_day(entry.start_utc, zone),
        "seconds": entry.seconds,
        "project_id": entry.project_id,
        "project_name": entry.project_name,
        "tags": list(entry.tags),
        "billable": entry.billable,
        "updated_at": _naive(entry.updated_at),
    }


def _naive(instant: datetime | None) -> datetime | None:
    return None if instant is None else instant.astimezone(UTC).replace(tzinfo=None)


def stored_entries(connection: Connection, weeks: Sequence[date]) -> list[dict[str, Any]]:
    """The stored entries of consecutive weeks, in a fixed order."""
    return read_rows(
        connection,
        "SELECT * FROM toggl_time_entries WHERE week BETWEEN ? AND ? ORDER BY week, id",
        [weeks[0], weeks[-1]],
    )


def week_versions(connection: Connection, weeks: Sequence[date]) -> dict[str, dict[date, str]]:
    """The data versions of `toggl_time_entries` and `people`, by asset and week."""
    rows = read_rows(connection, query("toggl/sql/week_versions.sql"), {"weeks": list(weeks)})
    return {
        "toggl_time_entries": {row["week"]: row["entries"] for row in rows},
        "people": {row["week"]: row["people"] for row in rows},
    }


def stored_metadata(
    connection: Connection, weeks: Sequence[date], requests: RequestCount, web_page: str | None
) -> dict[str, dict[date, dict[str, Any]]]:
    """What to tell of stored weeks, by asset and week; requests are those that the run has sent to Toggl."""
    known = stored_weeks(connection, weeks)
    figures = {
        row.pop("week"): row for row in read_rows(connection, query("toggl/sql/stored_figures.sql"), [list(weeks)])
    }
    told: dict[str, dict[date, dict[str, Any]]] = {"toggl_time_entries": {}, "people": {}}
    for week in weeks:
        of_week = figures[week]
        common = {"volt/complete": known[week].complete, "requests": requests.by_service["toggl"]}
        told["people"][week] = {"dagster/partition_row_count": of_week["listed"], **common}
        told["toggl_time_entries"][week] = {
            "dagster/partition_row_count": of_week["entries"] + of_week["running"],
            "entries": of_week["entries"],
            "running": of_week["running"],
            "hours": hours(of_week["seconds"]),
            "people": of_week["people"],
            "fetched_at": dg.MetadataValue.timestamp(known[week].fetched_at.replace(tzinfo=UTC)),
            **common,
            **({"toggl": dg.MetadataValue.url(f"{web_page}/from/{week}/to/{last_day(week)}")} if web_page else {}),
        }
    return told


def store_tracked_time(connection: Connection, week: date) -> None:
    """Sum a week's entries by what their descriptions say, replacing the week."""
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
        connection.execute(query("toggl/sql/note_summed.sql"), {"week": week})


def _parsed(text: str | None) -> dict[str, Any]:
    said = descriptions.parse(text)
    return {
        "description": text,
        "linked": said.linked,
        "public_id": said.public_id,
        "label": list(said.label) if said.linked else None,
        "project_tag": said.project_tag,
        "title": said.title,
        "ids": list(said.ids),
    }


def preview(connection: Connection, week: date) -> str:
    """A Markdown table of hours by project and type, without anybody's name or words."""
    rows = read_rows(connection, query("toggl/sql/hours_by_project_and_type.sql"), {"week": week})
    return table(
        {"project": "---", "type": "---", "hours": "---:"},
        [(row["project"] or "–", row["type"] or "–", f"{hours(row['seconds']):.2f}") for row in rows],
    )
