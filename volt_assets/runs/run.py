"""Running the graph from a terminal: plan, execute, read the outcome, write the run's folder.

The run itself is an ordinary Dagster run, executed in this process.
"""

import gc
import logging
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import dagster as dg

from volt_assets.definitions import WEEKLY_JOB, build_defs
from volt_assets.errors import VoltError, error_of_failed_run
from volt_assets.fibery.configuration import load_enrichment_config
from volt_assets.http import RequestCount
from volt_assets.orchestration import run_records
from volt_assets.orchestration.checks import failed_errors
from volt_assets.orchestration.failed_checks import FailedCheck, by_check
from volt_assets.orchestration.heartbeat import beating
from volt_assets.orchestration.instance import open_instance
from volt_assets.progress import Progress, no_progress
from volt_assets.reports.facts.models import PeriodFacts
from volt_assets.reports.facts.period import period_facts
from volt_assets.reports.facts.prepared import PreparedPeriod
from volt_assets.reports.files.run_folder import is_whole_week, write_failed_run, write_run_folder
from volt_assets.reports.files.whole_folders import sweep
from volt_assets.reports.people_config import people_config
from volt_assets.reports.rules import report_rules
from volt_assets.reports.sentences.resource import SentenceModel, model_writer
from volt_assets.reports.sentences.writer import ModelWriter
from volt_assets.runs.interrupts import cancel_on_interrupt
from volt_assets.runs.plan import Plan, RunRequest, plan_run
from volt_assets.runs.preconditions import check_output_dir
from volt_assets.settings import Settings
from volt_assets.warehouse import Connection, Warehouse, warehouse_of

logger = logging.getLogger(__name__)


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
        """What --json prints of a completed run."""
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
    stages = run_records.STAGES[run_records.STAGES.index(request.start_from) :]
    _require_settings(settings, request, stages)
    requests = RequestCount()
    with open_instance(settings) as instance:
        run_records.end_dead_runs(instance)
        sweep(settings.reports_path)
        plan = plan_run(settings, request, instance, requests, stages)
        model = SentenceModel(settings=settings, writer=model_writer(settings, requests))
        defs = build_defs(
            settings,
            people=plan.people,
            schema=plan.schema,
            requests=requests,
            progress=progress,
            writer=model.writer,
        )
        executed = _execute(defs, instance, request, plan, stages)
        run_records.record_requests(instance, executed.run_id, requests.by_service)
        record = run_records.find_run(instance, executed.run_id)
        metadata = run_records.run_metadata(instance, record, emails=plan.emails)
        folder = _write_folder(settings, request, plan, metadata, model, progress)
        return RunResult(
            run_id=metadata["run_id"],
            dagster_run_id=executed.run_id,
            status=metadata["status"],
            output_dir=folder,
            weeks=plan.weeks,
            requests=metadata["requests"],
            based_on=metadata["based_on"],
            error=_error_of(metadata),
            reports=sorted((folder / "reports").rglob("*.*"), key=_pages_first) if folder else [],
            entries_changed=_entries_changed(plan.based_on, record),
            failed_checks=failed_errors(executed.get_asset_check_evaluations()),
        )


def _require_settings(settings: Settings, request: RunRequest, stages: Sequence[str]) -> None:
    """Raises BadInput, before anything else is done, where a chosen stage lacks a setting or the folder cannot be."""
    if request.output_dir is not None:
        check_output_dir(request.output_dir)
    if "toggl" in stages:
        settings.require_toggl()
    if "fibery" in stages:
        settings.require_fibery()
    load_enrichment_config(settings.enrichment_config_path)
    people_config(settings)


def _execute(
    defs: dg.Definitions, instance: dg.DagsterInstance, request: RunRequest, plan: Plan, stages: Sequence[str]
) -> dg.ExecuteInProcessResult:
    """Execute the run in this process; an interrupt cancels it."""
    dagster_run_id = str(uuid.uuid4())
    graph = defs.resolve_asset_graph()
    selection = [
        key
        for key in graph.materializable_asset_keys
        if graph.get(key).group_name in stages and graph.get(key).is_partitioned
    ]
    scope = {"user_ids": plan.user_ids or [], "only_incomplete": request.only_incomplete}
    with (
        cancel_on_interrupt(instance, dagster_run_id),
        beating(instance, dagster_run_id),
        rare_garbage_collection(),
    ):
        return defs.resolve_job_def(WEEKLY_JOB).execute_in_process(
            run_id=dagster_run_id,
            instance=instance,
            partition_key=plan.weeks[0].isoformat() if len(plan.weeks) == 1 else None,
            asset_selection=selection,
            run_config={
                "resources": {"fetch_scope": {"config": scope}},
                "loggers": {"console": {"config": {}}},
            },
            tags=_tags(request, plan),
            raise_on_error=False,
        )


def _tags(request: RunRequest, plan: Plan) -> dict[str, str]:
    tags = {
        **run_records.process_tags(),
        run_records.START_DATE: plan.first_day.isoformat(),
        run_records.END_DATE: plan.last_day.isoformat(),
        run_records.START_FROM: request.start_from,
    }
    if request.output_dir is not None:
        tags[run_records.OUTPUT_DIR] = str(request.output_dir.absolute())
    if request.is_backfill:
        tags[run_records.BACKFILL] = "true"
    if request.prose:
        tags[run_records.PROSE] = "model"
    if plan.user_ids:
        tags[run_records.USER_IDS] = ",".join(map(str, plan.user_ids))
    if plan.based_on is not None:
        tags[run_records.BASED_ON] = plan.based_on.dagster_run.run_id
    if len(plan.weeks) > 1:
        first, last = plan.weeks[0].isoformat(), plan.weeks[-1].isoformat()
        tags |= zip(run_records.RANGE, (first, last), strict=True)
    return tags


@contextmanager
def rare_garbage_collection() -> Iterator[None]:
    """Within, garbage is collected rarely. A run keeps most objects that it makes: searching all of them often takes a
    tenth of its time and frees next to nothing.
    """
    usual = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(20_000, 50, 100)
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        gc.unfreeze()


def _entries_changed(before: dg.RunRecord | None, now: dg.RunRecord) -> bool | None:
    """Whether entries changed since the run that this one is based on; None where that is not known."""
    if before is None:
        return None
    versions = [run_records.tag(record.dagster_run.tags, run_records.ENTRIES_VERSION) for record in (before, now)]
    return None if None in versions else versions[0] != versions[1]


def _error_of(metadata: dict[str, Any]) -> VoltError | None:
    if metadata["status"] == run_records.COMPLETED:
        return None
    if metadata["status"] == run_records.CANCELED:
        return VoltError("The run was cancelled.", code="cancelled")
    return error_of_failed_run(**metadata["error"])


def _write_folder(
    settings: Settings,
    request: RunRequest,
    plan: Plan,
    metadata: dict[str, Any],
    model: SentenceModel,
    progress: Progress,
) -> Path | None:
    """Write the run's own folder (of a failed run: its metadata alone) and return it; None for a run that gets none."""
    if request.output_dir is None or metadata["status"] == run_records.CANCELED:
        return None
    folder = (request.output_dir / metadata["run_id"]).absolute()
    if metadata["status"] != run_records.COMPLETED:
        write_failed_run(folder, metadata)
        return folder
    warehouse = warehouse_of(settings)
    writer = _writer_of_period(request, plan, model)
    facts = _ask_model(settings, warehouse, plan, writer, progress) if writer is not None else None
    with warehouse.get_connection() as connection, _prepared(connection, plan, settings) as prepared:
        write_run_folder(
            prepared,
            report_rules(connection, settings),
            folder,
            run_id=metadata["run_id"],
            user_emails=plan.emails,
            generated_at=datetime.now(UTC),
            metadata=metadata,
            writer=writer,
            facts=facts,
            just_reported=True,
        )
    return folder


def _prepared(connection: Connection, plan: Plan, settings: Settings) -> PreparedPeriod:
    return PreparedPeriod(connection, plan.first_day, plan.last_day, plan.user_ids, hours=settings.volt_hours)


def _writer_of_period(request: RunRequest, plan: Plan, model: SentenceModel) -> ModelWriter | None:
    """What writes the sentences of the folder's reports. They are of the whole period, so it is the model where it
    writes of all its weeks. Reports of one whole week are the weekly ones, which have their sentences already.
    """
    by_model = model.weeks(plan.weeks, automated=False, requested=request.prose)
    if by_model != plan.weeks or is_whole_week(plan.first_day, plan.last_day, plan.user_ids):
        return None
    return model.writer


def _ask_model(
    settings: Settings, warehouse: Warehouse, plan: Plan, writer: ModelWriter, progress: Progress
) -> PeriodFacts:
    """Have the model's answers about the period stored; returns its facts."""
    with warehouse.get_connection() as connection:
        rules = report_rules(connection, settings)
        with _prepared(connection, plan, settings) as prepared:
            facts = period_facts(prepared, rules)
    for problem in writer.ask(warehouse, facts.reports, rules.privacy.text, progress):
        logger.warning(problem)
    return facts


def _pages_first(path: Path) -> tuple[int, bool, int, str]:
    """Pages before Markdown before tables; of each the team's report, what is beside it, and people's, by name."""
    kinds = (".html", ".md")
    kind = kinds.index(path.suffix) if path.suffix in kinds else len(kinds)
    return kind, path.stem != "team_summary", len(path.parts), str(path)
