"""Taking a person out of everything that Volt keeps: the order of the steps, and what is beyond its reach.

What names the person in the warehouse goes last: a removal that was cut short is found, and finished, by the next one.
Folders that are to be written again after that are noted in a file of the home until they are.
"""

import json
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dagster as dg

from volt_assets.disk import written_to
from volt_assets.errors import BadInput, TryLater
from volt_assets.forgotten import Forgotten
from volt_assets.orchestration import run_records
from volt_assets.orchestration.instance import open_instance
from volt_assets.reports.people_config import people_config
from volt_assets.reports.rules import ReportRules, report_rules
from volt_assets.runs.restore import no_ui
from volt_assets.runs.rights.folders import folders_with, renew_folder, renew_weeks, weeks_with
from volt_assets.runs.rights.person import Subject, find
from volt_assets.runs.rights.records import clean_records
from volt_assets.runs.rights.reports import clean_reports, renew_summaries
from volt_assets.runs.rights.tables import take_out, texts_of, weeks_of
from volt_assets.runs.rights.texts import Traces
from volt_assets.settings import Settings
from volt_assets.toggl.descriptions import anonymous
from volt_assets.warehouse import Connection, warehouse_of
from volt_assets.warehouse.compacting import compact
from volt_assets.warehouse.forgotten import add, forgotten_in, require_key

BEYOND_REACH = (
    "Toggl and Fibery: what they hold of the person stays there.",
    "Messages that were sent: alerts and digests in chats and mail.",
    "What was copied or moved away: backups, copies of the warehouse, exports and run folders elsewhere. After a "
    "backup from before is restored, forget the person again.",
    "What others wrote of the person by another name than the whole one in Toggl.",
)
# Folders that are still to be written again.
_UNFINISHED = "forgetting.json"


@dataclass
class Removal:
    """What was changed, or would be. `people`: accounts of Toggl; 0 where the person was removed before."""

    dry_run: bool
    people: int = 0
    tables: Counter[str] = field(default_factory=Counter)
    records: dict[str, int] = field(default_factory=dict)
    weeks: list[str] = field(default_factory=list)
    rewritten: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {
            "dry_run": self.dry_run,
            "people": self.people,
            "tables": dict(sorted(self.tables.items())),
            "dagster": self.records,
            "reports": self.weeks,
            "folders": {"rewritten": self.rewritten, "removed": self.removed},
            "beyond_reach": list(BEYOND_REACH),
        }


def forget(settings: Settings, email: str, *, dry_run: bool = False) -> Removal:
    """Take the person with this address out of everything that is kept, and keep them out.

    Raises BadInput for an address that nobody stored ever had and where people.yaml names it, TryLater while a run is
    in progress or volt ui runs.
    """
    _require_warehouse(settings)
    removal = Removal(dry_run)
    with _alone(settings) as parents:
        with warehouse_of(settings).get_connection() as connection:
            rules = report_rules(connection, settings)
            subject = find(connection, email)
            if subject is None:
                _require_removed_before(connection, email)
            else:
                _refuse_named_in_people_yaml(settings, subject)
                removal.people = len(subject.user_ids)
                _look(connection, settings, subject, parents, removal)
                if dry_run:
                    return removal
        _finish(settings, rules, email, subject, removal)
    return removal


def _finish(settings: Settings, rules: ReportRules, email: str, subject: Subject | None, removal: Removal) -> None:
    """What follows once it is known where the person stands."""
    with warehouse_of(settings).get_connection() as connection:
        if subject is not None:
            _note_folders(settings, [*_noted_folders(settings), *map(Path, removal.rewritten)])
            with _transaction(connection, keep=True):
                traces = Traces(subject, _note(connection, subject))
            # One that began before the person was noted would bring them back.
            with open_instance(settings) as instance:
                _require_no_run(instance)
            removal.records = clean_records(settings.dagster_home, traces, dry_run=False)
            with _transaction(connection, keep=True):
                removal.tables = _clean_warehouse(connection, settings, rules, subject)
    compact(settings.warehouse_path, settings.volt_lock_wait)
    settings.snapshot_path.unlink(missing_ok=True)
    for place in _set_aside(settings):
        with written_to(place):
            shutil.rmtree(place) if place.is_dir() else place.unlink()
        removal.removed.append(str(place))
    with warehouse_of(settings).get_connection() as connection:
        # Of who is known now: the person is nobody any more.
        rules = report_rules(connection, settings)
        renew_weeks(connection, rules, settings)
        emails = [email, *(subject.emails if subject else ())]
        kept = [(folder, renew_folder(connection, rules, folder, emails)) for folder in _noted_folders(settings)]
    removal.rewritten = [str(folder) for folder, is_kept in kept if is_kept]
    removal.removed += [str(folder) for folder, is_kept in kept if not is_kept]
    (settings.home / _UNFINISHED).unlink(missing_ok=True)


def _look(
    connection: Connection, settings: Settings, subject: Subject, parents: Sequence[Path], removal: Removal
) -> None:
    """Find out what would be changed, by changing the warehouse and taking that back."""
    if removal.dry_run:
        rules = report_rules(connection, settings)
        with _transaction(connection, keep=False):
            numbers = _note(connection, subject)
            removal.tables = _clean_warehouse(connection, settings, rules, subject)
        removal.records = clean_records(settings.dagster_home, Traces(subject, numbers), dry_run=True)
        removal.removed = [str(path) for path in _set_aside(settings)]
    traces = Traces(subject, {})
    removal.weeks = weeks_with(traces, settings.reports_path)
    removal.rewritten = [str(folder) for folder in folders_with(traces, parents)]


def _note(connection: Connection, subject: Subject) -> dict[int, int]:
    """Note the person as removed; the number of each account. Inside a transaction."""
    known = Forgotten(require_key(connection), dict(connection.execute("FROM forgotten").fetchall()))
    numbers = {}
    for user_id in subject.user_ids:
        before = known.number_of(user_id)
        numbers[user_id] = add(connection, [known.digest("id", user_id)], [] if before is None else [before])
    add(connection, subject.digests(known), [min(numbers.values())])
    return numbers


def _clean_warehouse(connection: Connection, settings: Settings, rules: ReportRules, subject: Subject) -> Counter[str]:
    """Take the noted people out of all tables. Inside a transaction."""
    known = forgotten_in(connection)
    shown = {(rules.privacy.shown or {}).get(user_id): known.number_of(user_id) for user_id in subject.user_ids}
    forgotten = known.reducing(anonymous).known_as(
        {name: number for name, number in shown.items() if name is not None and number is not None}
    )
    weeks, typed = weeks_of(connection, subject.user_ids), texts_of(connection, subject.user_ids)
    changed = take_out(connection, forgotten, subject.user_ids, typed)
    changed += clean_reports(connection, forgotten, typed, rules)
    changed["toggl_summary"] += renew_summaries(connection, forgotten, settings, weeks)
    return +changed


@contextmanager
def _transaction(connection: Connection, *, keep: bool) -> Iterator[None]:
    connection.begin()
    try:
        yield
    except BaseException:
        connection.rollback()
        raise
    (connection.commit if keep else connection.rollback)()


@contextmanager
def _alone(settings: Settings) -> Iterator[list[Path]]:
    """Within, neither volt ui nor a run uses the home. Gives the folders that runs have put theirs in."""
    with no_ui(settings, "Stop it, then forget."):
        with open_instance(settings) as instance:
            _require_no_run(instance)
            tags = [run_records.tag(run.tags, run_records.OUTPUT_DIR) for run in instance.get_runs()]
        known = {Path(folder) for folder in tags if folder}
        usual = {settings.project / "tmp" / "runs", Path.cwd() / "tmp" / "runs"}
        yield [folder for folder in sorted(known | usual) if folder.is_dir()]


def _require_no_run(instance: dg.DagsterInstance) -> None:
    run_records.end_dead_runs(instance)
    if run_records.any_in_progress(instance):
        raise TryLater(
            "A run is in progress. Forget when it has ended: volt list-runs shows it.", code="run_in_progress"
        )


def _require_warehouse(settings: Settings) -> None:
    if not settings.warehouse_path.exists():
        raise BadInput(
            f"There is no warehouse {settings.warehouse_path}: nothing is kept of anybody.", code="no_warehouse"
        )


def _require_removed_before(connection: Connection, email: str) -> None:
    if forgotten_in(connection).number_of(email=email.strip()) is None:
        raise BadInput(f"Nobody stored has, or ever had, the address {email}. Check the spelling.", code="unknown_user")


def _refuse_named_in_people_yaml(settings: Settings, subject: Subject) -> None:
    config = people_config(settings)
    if any(config.names(email) for email in subject.emails):
        raise BadInput(
            f"{settings.people_config_path} names this person. The file is yours and Volt changes nothing in it: take "
            "them out of it first.",
            code="in_people_config",
        )


def _set_aside(settings: Settings) -> list[Path]:
    """What restores have set aside."""
    places = (settings.dagster_home, settings.warehouse_path, settings.reports_path)
    return sorted(path for place in places for path in place.parent.glob(f"{place.name}-replaced-*"))


def _noted_folders(settings: Settings) -> list[Path]:
    try:
        return [Path(folder) for folder in json.loads((settings.home / _UNFINISHED).read_text())]
    except (OSError, ValueError):
        return []


def _note_folders(settings: Settings, folders: Sequence[Path]) -> None:
    file = settings.home / _UNFINISHED
    with written_to(file):
        file.write_text(json.dumps(sorted({str(folder) for folder in folders})))
