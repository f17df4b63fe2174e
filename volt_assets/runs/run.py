"""Running the graph from a terminal: what can refuse the run is asked first, then the run, then its folder.

`volt run` and `volt demo` are its callers. The run itself is an ordinary Dagster run, executed in this process.
"""

import asyncio
import gc
import logging
import os
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import dagster as dg

from volt_assets.definitions import STAGES, WEEKLY_JOB, build_defs
from volt_assets.errors import BadInput, VoltError, error_of_failed_run
from volt_assets.fibery.configuration import load_enrichment_config
from volt_assets.fibery.resource import FiberyResource, SchemaAnswer
from volt_assets.fibery.storage import stored_etag
from volt_assets.http import RequestCount
from volt_assets.orchestration import run_records
from volt_assets.orchestration.checks import failed_errors
from volt_assets.orchestration.failed_checks import FailedCheck, by_check
from volt_assets.orchestration.heartbeat import beating
from volt_assets.orchestration.instance import open_instance
from volt_assets.progress import Progress, no_progress
from volt_assets.reports.facts.period import period_facts
from volt_assets.reports.facts.prepared import PreparedPeriod
from volt_assets.reports.files.run_folder import is_whole_week, write_failed_run, write_run_folder
from volt_assets.reports.files.whole_folders import sweep
from volt_assets.reports.rules import report_rules
from volt_assets.reports.sentences.resource import SentenceModel, model_writer
from volt_assets.runs.interrupts import cancel_on_interrupt
from volt_assets.settings import Settings
from volt_assets.toggl.client import Person
from volt_assets.toggl.resource import TogglResource
from volt_assets.toggl.storage import refuse_other_zones, require_stored, stored_weeks
from volt_assets.warehouse import Connection, Warehouse
from volt_assets.weeks import local_day, week_of, weeks_between

logger = logging.getLogger(__name__)

RANGE_START = "dagster/asset_partition_range_start"
RANGE_END = "dagster/asset_partition_range_end"


@dataclass(frozen=True)
class RunRequest:
    """What to run: days (both included) and people, or those of the run `based_on` (ours or Dagster's id).

    `emails` empty: everybody. `output_dir` is the folder that the run's own folder is made in; None: it gets none, as a
    backfill does.
    """

    output_dir: Path | None
    start_from: str = STAGES[0]
    first_day: date | None = None
    last_day: date | None = None
    emails: Sequence[str] = ()
    based_on: str | None = None
    only_incomplete: bool = False  # fetch only weeks that are not complete; run the later stages for all
    prose: bool = False  # sentences by the model also for open weeks and for more than two weeks

    @property
    def is_backfill(self) -> bool:
        return self.output_dir is None


@dataclass(frozen=True)
class RunResult:
    """How a run ended: `error` is None for a completed one.

    `output_dir` is the run's own folder, None where there is none.
    """

    run_id: str
    dagster_run_id: str
    status: str
    output_dir: Path | None
    weeks: list[date]
    requests: dict[str, int]
    based_on: str | None
    error: VoltError | None = None
    reports: list[Path] = field(default_factory=list)
    entries_changed: bool | None = None  # since the run it is based on; None where that is not known
    failed_checks: list[FailedCheck] = field(default_factory=list)  # of severity error

    def as_json(self) -> dict[str, Any]:
        """What --json tells of a completed run."""
        return {
            "run_id": self.run_id,
            "dagster_run_id": self.dagster_run_id,
            "status": self.status,
            "output_dir": None if self.output_dir is None else str(self.output_dir),
            "weeks": [week.isoformat() for week in self.weeks],
            "requests": self.requests,
            "based_on": self.based_on,
            "failed_checks": by_check(self.failed_checks),
        }


def run_weeks(settings: Settings, request: RunRequest, progress: Progress = no_progress) -> RunResult:
    """Run the stages from `request.start_from` on for the weeks that the days touch, and write the run's folder.

    Raises a VoltError where there is nothing to run: then no run was made and nothing was stored. A run that was made
    and failed or was cancelled is returned as such.
    """
    stages = STAGES[STAGES.index(request.start_from) :]
    if request.output_dir is not None:
        check_output_dir(request.output_dir)
    # What a chosen stage needs is asked for before anything else is done.
    if "toggl" in stages:
        settings.require_toggl()
    if "fibery" in stages:
        settings.require_fibery()
    load_enrichment_config(settings.enrichment_config_path)
    requests = RequestCount()
    with open_instance(settings) as instance:
        run_records.end_dead_runs(instance)
        sweep(settings.reports_path)
        plan = _plan(settings, request, instance, requests, stages)
        return _execute(settings, request, instance, requests, progress, stages, plan)


@dataclass(frozen=True)
class _Plan:
    first_day: date
    last_day: date
    user_ids: list[int] | None
    emails: list[str] | None
    based_on: dg.RunRecord | None = None
    people: tuple[Person, ...] | None = None  # Toggl's answer, where it was requested
    schema: SchemaAnswer | None = None  # Fibery's, where it was requested

    @property
    def weeks(self) -> list[date]:
        return weeks_between(self.first_day, self.last_day)


def _plan(
    settings: Settings,
    request: RunRequest,
    instance: dg.DagsterInstance,
    requests: RequestCount,
    stages: Sequence[str],
) -> _Plan:
    based_on = None
    first_day, last_day, user_ids = request.first_day, request.last_day, None
    if request.based_on is not None:
        based_on = run_records.find_run(instance, request.based_on)
        first_day, last_day, user_ids = run_records.asked_for(based_on)
    check_days(settings, first_day, last_day)
    warehouse = Warehouse(database=str(settings.warehouse_path), lock_wait=settings.volt_lock_wait)
    weeks = weeks_between(first_day, last_day)
    fetching = "toggl" in stages
    # Waits its turn at the warehouse before any request is sent.
    with warehouse.get_connection() as connection:
        if not fetching:
            require_stored(connection, first_day, last_day, settings.volt_timezone)
            if request.emails:
                user_ids = find_user_ids(request.emails, stored_people(connection, weeks))
            if "fibery" not in stages:
                require_enriched(connection, weeks)
        elif request.emails:
            refuse_other_zones(stored_weeks(connection, weeks).values(), settings.volt_timezone)
        etag = stored_etag(connection)
    people, schema = asyncio.run(_request_what_can_refuse(settings, requests, stages, etag))
    if fetching and request.emails:
        if not people:
            raise BadInput(
                "Toggl does not list the workspace's people to this token, so nobody can be chosen by address. Use the "
                "token of a workspace admin, or leave out --users.",
                code="unknown_user",
            )
        user_ids = find_user_ids(request.emails, people)
    emails = list(request.emails) or None
    if user_ids and emails is None:
        with warehouse.get_connection() as connection:
            known = {person.user_id: person for person in stored_people(connection, weeks)}
        emails = [
            run_records.person_key(known[user_id].email if user_id in known else None, user_id) for user_id in user_ids
        ]
    return _Plan(first_day, last_day, user_ids, emails, based_on, people, schema)


async def _request_what_can_refuse(
    settings: Settings, requests: RequestCount, stages: Sequence[str], etag: str | None
) -> tuple[tuple[Person, ...] | None, SchemaAnswer | None]:
    """The workspace's people and Fibery's schema, at the same time; None for what the stages do not need."""

    async def people() -> tuple[Person, ...] | None:
        toggl = TogglResource(settings=settings, requests=requests, known_people=None)
        if "toggl" not in stages:
            return None
        async with toggl.client() as client:
            return await toggl.people(client)

    async def schema() -> SchemaAnswer | None:
        if "fibery" not in stages:
            return None
        return await FiberyResource(settings=settings, requests=requests, known_schema=None).current_schema(etag)

    return await asyncio.gather(people(), schema())


def check_output_dir(folder: Path) -> None:
    """Raises BadInput where a run's folder could not be made in `folder`, which need not be there yet."""
    folder = folder.absolute()
    nearest = next(path for path in (folder, *folder.parents) if path.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
        reason = "is not a folder" if not nearest.is_dir() else "cannot be written"
        raise BadInput(f"Nothing can be put in {folder}: {nearest} {reason}. Choose another --output-dir.")


def check_days(settings: Settings, first: date, last: date) -> None:
    """Raises BadInput for days that cannot be run: reversed, to come, or before the first week."""
    if last < first:
        raise BadInput(f"The end date {last} is before the start date {first}.", code="bad_date")
    today = local_day(datetime.now(UTC), settings.zone)
    if last > today:
        raise BadInput(
            f"{last} is still to come: today is {today} in {settings.volt_timezone}. Choose an end date up to today.",
            code="bad_date",
        )
    if week_of(first) < settings.volt_first_week:
        raise BadInput(
            f"{first} is before the first week, {settings.volt_first_week}. To go further back, set VOLT_FIRST_WEEK "
            f"to {week_of(first)} (a Monday, not before 2006-01-02).",
            code="bad_date",
        )


def find_user_ids(emails: Sequence[str], people: Sequence[Person]) -> list[int]:
    """Toggl's ids of the people with these addresses. Raises BadInput naming the unknown ones."""
    by_email = {person.email.casefold(): person.user_id for person in people if person.email}
    unknown = [email for email in emails if email.casefold() not in by_email]
    if unknown:
        raise BadInput(
            f"Nobody in the Toggl workspace has the address {', '.join(unknown)}. Check the spelling.",
            code="unknown_user",
        )
    return sorted({by_email[email.casefold()] for email in emails})


def stored_people(connection: Connection, weeks: Sequence[date]) -> list[Person]:
    """Everybody known in any of the weeks, as of the latest."""
    rows = connection.execute(
        "SELECT user_id, arg_max(name, week), arg_max(email, week), arg_max(timezone, week), arg_max(active, week) "
        "FROM people WHERE week BETWEEN ? AND ? GROUP BY user_id ORDER BY user_id",
        [weeks[0], weeks[-1]],
    ).fetchall()
    return [Person(*row) for row in rows]


def require_enriched(connection: Connection, weeks: Sequence[date]) -> None:
    """Reports read what Fibery said: raises BadInput for weeks with references that were never enriched."""
    missing = connection.execute(
        "SELECT DISTINCT week FROM tracked_time WHERE linked AND week BETWEEN ? AND ? "
        "AND week NOT IN (SELECT week FROM enriched_entities) ORDER BY week",
        [weeks[0], weeks[-1]],
    ).fetchall()
    if missing:
        named = ", ".join(str(week) for (week,) in missing)
        raise BadInput(
            f"Fibery was not asked about the week of {named} yet. Start from fibery instead: --start-from fibery.",
            code="week_not_stored",
        )


@contextmanager
def rare_garbage_collection() -> Iterator[None]:
    """A run keeps most of what it makes, and what is loaded stays: looking through all of it often takes a tenth of a
    run's time and finds next to nothing.
    """
    usual = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(20_000, 50, 100)
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        gc.unfreeze()


def _pages_first(path: Path) -> tuple[int, int, str]:
    """Pages before Markdown before tables; of each the team's before people's, by name."""
    kinds = (".html", ".md")
    return kinds.index(path.suffix) if path.suffix in kinds else len(kinds), len(path.parts), str(path)


def _execute(
    settings: Settings,
    request: RunRequest,
    instance: dg.DagsterInstance,
    requests: RequestCount,
    progress: Progress,
    stages: Sequence[str],
    plan: _Plan,
) -> RunResult:
    dagster_run_id = str(uuid.uuid4())
    weeks = plan.weeks
    model = SentenceModel(settings=settings, writer=model_writer(settings, requests))
    defs = build_defs(
        settings,
        people=plan.people,
        schema=plan.schema,
        requests=requests,
        progress=progress,
        writer=model.writer,
    )
    job = defs.resolve_job_def(WEEKLY_JOB)
    groups = defs.resolve_asset_graph()
    selection = [
        key
        for key in groups.materializable_asset_keys
        if groups.get(key).group_name in stages and groups.get(key).is_partitioned
    ]
    tags = {
        **run_records.process_tags(),
        run_records.START_DATE: plan.first_day.isoformat(),
        run_records.END_DATE: plan.last_day.isoformat(),
        run_records.START_FROM: request.start_from,
    }
    if request.is_backfill:
        tags[run_records.BACKFILL] = "true"
    if request.prose:
        tags[run_records.PROSE] = "model"
    if plan.user_ids:
        tags[run_records.USER_IDS] = ",".join(map(str, plan.user_ids))
    if plan.based_on is not None:
        tags[run_records.BASED_ON] = plan.based_on.dagster_run.run_id
    if len(weeks) > 1:
        tags |= {RANGE_START: weeks[0].isoformat(), RANGE_END: weeks[-1].isoformat()}
    with (
        cancel_on_interrupt(instance, dagster_run_id),
        beating(instance, dagster_run_id),
        rare_garbage_collection(),
    ):
        result = job.execute_in_process(
            run_id=dagster_run_id,
            instance=instance,
            partition_key=weeks[0].isoformat() if len(weeks) == 1 else None,
            asset_selection=selection,
            run_config={
                "resources": {
                    "fetch_scope": {
                        "config": {"user_ids": plan.user_ids or [], "only_incomplete": request.only_incomplete}
                    }
                },
                "loggers": {"console": {"config": {}}},
            },
            tags=tags,
            raise_on_error=False,
        )
    run_records.record_requests(instance, dagster_run_id, requests.by_service)
    record = run_records.find_run(instance, dagster_run_id)
    run_id = run_records.run_id_of(instance, record)
    metadata = run_records.run_metadata(instance, record, emails=plan.emails)
    folder = None if request.output_dir is None else (request.output_dir / run_id).absolute()
    error: VoltError | None = None
    entries_changed = None
    if plan.based_on is not None:
        before, now = (
            run_records.tag(r.dagster_run.tags, run_records.ENTRIES_VERSION) for r in (plan.based_on, record)
        )
        entries_changed = before != now if before is not None and now is not None else None
    if metadata["status"] == "completed":
        if folder is not None:
            warehouse = Warehouse(database=str(settings.warehouse_path), lock_wait=settings.volt_lock_wait)
            # The folder's reports are of the whole period, so it is the model's where all its weeks are.
            by_model = model.weeks(weeks, automated=False, requested=request.prose)
            # Of one whole week, they are the weekly reports, about which the model was asked.
            whole_week = is_whole_week(plan.first_day, plan.last_day, plan.user_ids)
            writer = model.writer if by_model == weeks and not whole_week else None
            days_and_people = plan.first_day, plan.last_day, plan.user_ids
            facts = None
            if writer is not None:
                with warehouse.get_connection() as con:
                    rules = report_rules(con, settings)
                    with PreparedPeriod(con, *days_and_people) as prepared:
                        facts = period_facts(prepared, rules)
                reports_of = [*facts.individuals, facts.team]
                for problem in writer.ask(warehouse, reports_of, rules.privacy.text, progress):
                    logger.warning(problem)
            with warehouse.get_connection() as con, PreparedPeriod(con, *days_and_people) as prepared:
                write_run_folder(
                    prepared,
                    report_rules(con, settings),
                    folder,
                    run_id=run_id,
                    user_emails=plan.emails,
                    generated_at=datetime.now(UTC),
                    metadata=metadata,
                    writer=writer,
                    facts=facts,
                    just_reported=True,
                )
    elif metadata["status"] == "canceled":
        folder = None
        error = VoltError("The run was cancelled.", code="cancelled")
    else:
        if folder is not None:
            write_failed_run(folder, metadata)
        error = error_of_failed_run(**metadata["error"])
    reports = sorted((folder / "reports").rglob("*.*"), key=_pages_first) if folder else []
    return RunResult(
        run_id=run_id,
        dagster_run_id=dagster_run_id,
        status=metadata["status"],
        output_dir=folder,
        weeks=weeks,
        requests=metadata["requests"],
        based_on=metadata["based_on"],
        error=error,
        reports=reports,
        entries_changed=entries_changed,
        failed_checks=failed_errors(result.get_asset_check_evaluations()),
    )
