import json
import signal
import sqlite3
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta

import dagster as dg
import duckdb
import psutil
import pytest
from dagster._core.execution.stats import RunStepKeyStatsSnapshot, StepEventStatus
from dagster._core.storage.tags import TagType, get_tag_type

from volt_assets.definitions import WEEKLY_JOB, build_defs
from volt_assets.errors import BadInput, QuotaExhausted
from volt_assets.orchestration import heartbeat, run_records
from volt_assets.settings import Settings
from volt_assets_tests.toggl.recorded import LAUNCHED_FROM_THE_UI, dead_process, execute, record_run, silent_since

Status = dg.DagsterRunStatus

METADATA_KEYS = [
    "run_id",
    "dagster_run_id",
    "status",
    "created_at",
    "completed_at",
    "duration_seconds",
    "start_date",
    "end_date",
    "users",
    "start_from",
    "based_on",
    "completed_stages",
    "failed_stages",
    "error",
    "statistics",
    "requests",
]


# Ids


def test_a_run_is_named_by_its_creation_in_utc_and_later_ones_of_the_second_are_numbered(instance):
    second = datetime(2025, 10, 10, 15, 30, 45, tzinfo=UTC)
    before = record_run(instance, created=second - timedelta(microseconds=1))
    same = [record_run(instance, created=second + timedelta(milliseconds=ms)) for ms in (0, 999, 400)]
    after = record_run(instance, created=second + timedelta(seconds=1))
    assert [run_records.run_id_of(instance, record) for record in (before, *same, after)] == [
        "run_2025-10-10-15-30-44",
        "run_2025-10-10-15-30-45",
        "run_2025-10-10-15-30-45-2",
        "run_2025-10-10-15-30-45-3",
        "run_2025-10-10-15-30-46",
    ]


def test_a_run_is_found_by_its_own_id_and_by_dagsters(instance):
    second = datetime(2025, 10, 11, tzinfo=UTC)
    for _ in range(11):
        record = record_run(instance, created=second)
        dagster_run_id = record.dagster_run.run_id
        assert run_records.find_run(instance, dagster_run_id).dagster_run.run_id == dagster_run_id
        assert (
            run_records.find_run(instance, run_records.run_id_of(instance, record)).dagster_run.run_id == dagster_run_id
        )


@pytest.mark.parametrize(
    "text",
    [
        "run_2025-10-12-00-00-00-2",
        "run_2025-10-12-00-00-00-1",
        "run_2025-10-12-00-00-00-02",
        "run_2025-10-12-00-00-01",
        "run_2025-13-12-00-00-00",
        "run_2025-10-12",
        "00000000-0000-0000-0000-000000000000",
        "",
    ],
)
def test_what_is_no_runs_id_is_refused_and_named(instance, text):
    if not run_records._created_in(instance, datetime(2025, 10, 12, tzinfo=UTC)):
        record_run(instance, created=datetime(2025, 10, 12, tzinfo=UTC))
    with pytest.raises(BadInput, match=f"There is no run {text}") as refused:
        run_records.find_run(instance, text)
    assert refused.value.code == "unknown_run"


# Status, days, people


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        (Status.QUEUED, "in_progress"),
        (Status.NOT_STARTED, "in_progress"),
        (Status.STARTING, "in_progress"),
        (Status.STARTED, "in_progress"),
        (Status.CANCELING, "in_progress"),
        (Status.SUCCESS, "completed"),
        (Status.FAILURE, "failed"),
        (Status.CANCELED, "canceled"),
    ],
)
def test_each_status_of_dagster_is_one_of_ours_and_is_listed_under_it(instance, theirs, ours):
    record = record_run(instance, theirs)
    assert run_records.status_of(record) == ours
    listed = instance.get_run_records(dg.RunsFilter(statuses=run_records.STATUSES[ours]))
    assert record.storage_id in {one.storage_id for one in listed}
    instance.delete_run(record.dagster_run.run_id)


def test_every_status_that_dagster_has_is_one_of_ours():
    listed = [status.name for statuses in run_records.STATUSES.values() for status in statuses]
    assert sorted(listed) == sorted(status.name for status in Status)


@pytest.mark.parametrize(
    ("tags", "days"),
    [
        ({"volt/start_date": "2025-10-07", "volt/end_date": "2025-10-13"}, (date(2025, 10, 7), date(2025, 10, 13))),
        ({"dagster/partition": "2025-10-06"}, (date(2025, 10, 6), date(2025, 10, 12))),
        (
            {
                "dagster/asset_partition_range_start": "2025-10-06",
                "dagster/asset_partition_range_end": "2025-10-20",
                "volt/start_date": "2025-10-08",
                "volt/end_date": "2025-10-21",
            },
            (date(2025, 10, 8), date(2025, 10, 21)),
        ),
        (
            {"dagster/asset_partition_range_start": "2025-10-06", "dagster/asset_partition_range_end": "2025-10-20"},
            (date(2025, 10, 6), date(2025, 10, 26)),
        ),
        ({"dagster/partition": "europe"}, None),
        ({}, None),
    ],
)
def test_the_days_of_a_run_are_those_asked_for_or_its_whole_weeks(instance, tags, days):
    assert run_records.days_of(record_run(instance, tags=tags)) == days


def test_a_run_can_be_based_on_another_ones_days_and_people_but_not_on_one_without_weeks(instance):
    tags = {"volt/start_date": "2025-10-07", "volt/end_date": "2025-10-13", "volt/user_ids": "4294967297,7"}
    assert run_records.requested_of(record_run(instance, tags=tags)) == (
        date(2025, 10, 7),
        date(2025, 10, 13),
        [4294967297, 7],
    )
    assert run_records.requested_of(record_run(instance, tags={"dagster/partition": "2025-10-06"}))[2] is None
    with pytest.raises(BadInput, match="was not for any weeks"):
        run_records.requested_of(record_run(instance))


# Stages


def steps(**outcomes: str) -> list[RunStepKeyStatsSnapshot]:
    return [
        RunStepKeyStatsSnapshot(run_id="run", step_key=key, status=StepEventStatus(status.upper()))
        for key, status in outcomes.items()
    ]


def test_the_stages_consist_of_the_steps_that_the_definitions_have(tmp_path):
    defs = build_defs(Settings(project=tmp_path, _env_file=None))
    steps_of = {}
    for asset in (each for each in defs.resolve_asset_graph().assets_defs if each.is_materializable):
        for key in asset.keys:
            steps_of.setdefault(asset.group_names_by_key[key], set()).add(asset.node_def.name)
    assert steps_of == run_records.STEPS_OF_STAGES
    # A check is a step that belongs to no stage: it stops none.
    checks = {check.node_def.name for check in defs.asset_checks}
    planned = {node.name for node in defs.resolve_job_def(WEEKLY_JOB).nodes} - checks
    assert planned < set().union(*run_records.STEPS_OF_STAGES.values())


def test_a_stage_is_completed_when_all_its_planned_steps_succeeded():
    outcome = steps(toggl_time_entries="success", tracked_time="success", entity_references="success")
    planned = ["toggl_time_entries", "tracked_time", "entity_references", "enriched_entities"]
    assert run_records.stage_progress(planned, outcome, "in_progress") == (["toggl", "fibery"], ["toggl"], [])


def test_a_failed_runs_stage_with_a_step_that_failed_or_was_broken_off_has_failed():
    planned = ["tracked_time", "enriched_entities", "reports"]
    failed = steps(tracked_time="success", enriched_entities="failure")
    broken_off = steps(tracked_time="success", enriched_entities="in_progress")
    for outcome in (failed, broken_off):
        assert run_records.stage_progress(planned, outcome, "failed") == (
            list(run_records.STAGES),
            ["toggl"],
            ["fibery"],
        )
        assert run_records.stage_progress(planned, outcome, "canceled").failed == []


def test_a_recorded_run_tells_its_stages(instance):
    record = execute(instance, "tracked_time", "entity_references", "reports", failing=ValueError("no"))
    assert run_records.progress_of(instance, record) == (list(run_records.STAGES), ["toggl", "fibery"], ["reports"])


# Metadata


def test_metadata_tells_of_a_completed_run_what_its_tags_say(instance):
    first = record_run(instance, created=datetime(2025, 9, 1, 8, tzinfo=UTC))
    tags = {
        "volt/start_date": "2025-10-07",
        "volt/end_date": "2025-10-08",
        "volt/user_ids": "8,9",
        "volt/start_from": "fibery",
        "volt/based_on": first.dagster_run.run_id,
        "volt/statistics": json.dumps({"entries": 3}),
    }
    record = execute(instance, "entity_references", "reports", tags=tags)
    run_records.record_requests(instance, record.dagster_run.run_id, {"fibery": 4})
    record = instance.get_run_record_by_id(record.dagster_run.run_id)
    told = run_records.run_metadata(instance, record, ["ana@example.com", "9"])
    assert list(told) == METADATA_KEYS
    assert told["run_id"].startswith(f"run_{told['created_at'].translate(str.maketrans('T:', '--', 'Z'))}")
    assert told["completed_at"] >= told["created_at"]
    assert 0 <= told["duration_seconds"] < 60
    known = {key: told[key] for key in METADATA_KEYS if key not in ("run_id", "created_at", "completed_at")}
    assert known == {
        "dagster_run_id": record.dagster_run.run_id,
        "status": "completed",
        "duration_seconds": told["duration_seconds"],
        "start_date": "2025-10-07",
        "end_date": "2025-10-08",
        "users": ["ana@example.com", "9"],
        "start_from": "fibery",
        "based_on": "run_2025-09-01-08-00-00",
        "completed_stages": ["fibery", "reports"],
        "failed_stages": [],
        "error": None,
        "statistics": {"entries": 3},
        "requests": {"toggl": 0, "fibery": 4, "openai": 0},
    }


def test_metadata_of_a_run_from_the_ui_tells_only_what_is_known(instance):
    told = run_records.run_metadata(
        instance, execute(instance, "entity_references", tags={"dagster/partition": "2025-10-06"})
    )
    assert (told["start_date"], told["end_date"], told["start_from"]) == ("2025-10-06", "2025-10-12", "fibery")
    assert [told[key] for key in ("users", "based_on", "statistics", "requests")] == [None] * 4
    waiting = run_records.run_metadata(instance, record_run(instance, Status.QUEUED))
    unknown = ("completed_at", "duration_seconds", "start_date", "start_from", "error")
    assert [waiting[key] for key in unknown] == [None] * 5


@pytest.mark.parametrize(
    ("failing", "message"),
    [
        (ValueError("the first line\nand more"), "ValueError: the first line"),
        (dg.Failure("Toggl: refused."), "Toggl: refused."),
    ],
)
def test_the_error_of_a_failed_run_is_one_line_without_a_traceback(instance, failing, message):
    told = run_records.run_metadata(instance, execute(instance, "tracked_time", "reports", failing=failing))
    assert told["error"] == {"code": "failed", "message": message}
    assert told["failed_stages"] == ["reports"]


def test_an_error_of_ours_is_kept_with_its_code(instance):
    record = execute(instance, "tracked_time", failing=dg.Failure("something"))
    run_records.record_error(
        instance, record.dagster_run.run_id, QuotaExhausted("Toggl", "Used up.", resets_in_seconds=60)
    )
    record = instance.get_run_record_by_id(record.dagster_run.run_id)
    assert run_records.error_of(instance, record) == {"code": "quota_exhausted", "message": "Toggl: Used up."}


def test_a_running_run_has_lasted_until_now(instance):
    record = execute(instance, "tracked_time")
    running = record._replace(dagster_run=record.dagster_run.with_status(Status.STARTED), end_time=None)
    now = datetime.fromtimestamp(record.start_time, UTC) + timedelta(seconds=90.04)
    assert run_records.duration_of(running, now) == 90.0
    assert run_records.duration_of(record_run(instance, Status.QUEUED)) is None


# Processes


def test_a_run_that_this_process_claims_is_alive(instance):
    record = record_run(instance, Status.STARTED)
    assert run_records.claim_of(record) is None
    run_records.claim(instance, record.dagster_run.run_id)
    run_records.claim(instance, record.dagster_run.run_id)
    claimed = run_records.claim_of(instance.get_run_record_by_id(record.dagster_run.run_id))
    assert claimed.pid == psutil.Process().pid
    assert claimed.is_here
    assert not claimed.is_gone
    instance.delete_run(record.dagster_run.run_id)


def test_a_claim_outside_of_a_recorded_run_does_nothing(instance):
    run_records.claim(instance, "a test that calls an asset by itself")


def test_a_process_is_gone_when_its_number_is_used_again_and_when_nobody_has_waited_for_it():
    mine = psutil.Process()
    here = run_records.process_tags()[run_records.HOST]
    assert run_records.Claim(mine.pid, mine.create_time() - 3600, here).is_gone
    assert not run_records.Claim(mine.pid, mine.create_time() - 3600, "another host").is_gone
    killed = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    claimed = run_records.Claim(killed.pid, psutil.Process(killed.pid).create_time(), here)
    assert not claimed.is_gone
    killed.send_signal(signal.SIGKILL)
    killed.stdin.close()
    psutil.Process(killed.pid).status()  # still in the table of processes
    while not claimed.is_gone:
        pass
    killed.wait()


@pytest.mark.parametrize("status", [Status.NOT_STARTED, Status.STARTING, Status.STARTED, Status.CANCELING])
def test_an_unfinished_run_whose_process_is_gone_is_ended_as_failed_once(instance, status):
    record = record_run(instance, status, dead_process())
    ended = run_records.end_dead_runs(instance)
    assert [one.dagster_run.run_id for one in ended] == [record.dagster_run.run_id]
    after = instance.get_run_record_by_id(record.dagster_run.run_id)
    assert run_records.status_of(after) == "failed"
    error = run_records.error_of(instance, after)
    assert error["code"] == "process_gone"
    assert "Run the same weeks again" in error["message"]
    assert run_records.end_dead_runs(instance) == []


def test_runs_that_wait_or_live_or_are_elsewhere_or_ended_are_left_alone(instance):
    dead = dead_process()
    left = [
        record_run(instance, Status.QUEUED, dead),
        record_run(instance, Status.STARTED),
        record_run(instance, Status.STARTED, run_records.process_tags()),
        alive := record_run(instance, Status.STARTED, dead | {run_records.HOST: "another host"}),
        record_run(instance, Status.STARTED, dead | {run_records.PID_NAMESPACE: "of another container"}),
        record_run(instance, Status.SUCCESS, dead),
        # Dagster's UI copies the tags of a run that is launched again.
        record_run(
            instance,
            Status.STARTED,
            dead,
            remote_job_origin=LAUNCHED_FROM_THE_UI,
            created=datetime.now(UTC) + timedelta(minutes=1),
        ),
    ]
    silent_since(instance, alive, heartbeat.LIMIT - timedelta(seconds=30))
    assert run_records.end_dead_runs(instance) == []
    for record in left:
        assert instance.get_run_by_id(record.dagster_run.run_id).status == record.dagster_run.status
        instance.delete_run(record.dagster_run.run_id)


def test_a_launched_run_whose_own_process_is_gone_is_ended(instance):
    record = record_run(instance, Status.STARTED, dead_process(), remote_job_origin=LAUNCHED_FROM_THE_UI)
    assert [one.storage_id for one in run_records.end_dead_runs(instance)] == [record.storage_id]


@pytest.mark.parametrize(
    "elsewhere", [{run_records.HOST: "another host"}, {run_records.PID_NAMESPACE: "of another container"}]
)
def test_a_run_elsewhere_is_ended_once_its_last_sign_of_life_is_too_old(instance, elsewhere):
    record = record_run(instance, Status.STARTED, run_records.process_tags() | elsewhere)
    silent_since(instance, record, heartbeat.LIMIT + timedelta(seconds=1))
    assert [one.storage_id for one in run_records.end_dead_runs(instance)] == [record.storage_id]
    error = run_records.error_of(instance, instance.get_run_record_by_id(record.dagster_run.run_id))
    assert error["code"] == "process_gone"
    assert "gave its last sign of life at" in error["message"]


def test_a_run_elsewhere_that_never_gave_a_sign_of_life_is_judged_by_its_record(instance):
    record = record_run(instance, Status.STARTED, run_records.process_tags() | {run_records.HOST: "another host"})
    assert run_records.why_dead(instance, record) is None
    later = datetime.now(UTC) + heartbeat.LIMIT + timedelta(seconds=1)
    assert run_records.why_dead(instance, record, later).process.host == "another host"
    instance.delete_run(record.dagster_run.run_id)


# Signs of life


def test_a_process_gives_signs_of_life_also_while_it_computes_in_duckdb(instance, monkeypatch):
    monkeypatch.setattr(heartbeat, "INTERVAL", 0.01)
    record = record_run(instance, Status.STARTED, run_records.process_tags())
    run_id = record.dagster_run.run_id
    with duckdb.connect() as connection, heartbeat.beating(instance, run_id), heartbeat.beating(instance, run_id):
        first = heartbeat.last_beats(instance, [run_id])[run_id]
        begun = datetime.now(UTC)
        connection.execute("SELECT sum(hash(a.range + b.range)) FROM range(30_000) a, range(3_000) b").fetchall()
        ended = datetime.now(UTC)
    last = heartbeat.last_beats(instance, [run_id])[run_id]
    assert first <= begun < last
    # Of its own thread: in the middle of the one statement.
    assert ended - last < (ended - begun) / 2
    assert run_id not in heartbeat._beating
    instance.delete_run(run_id)


def test_a_database_in_use_does_not_end_the_run_that_gives_signs_of_life(instance, monkeypatch):
    def locked(*arguments):
        raise sqlite3.OperationalError("database is locked")

    monkeypatch.setattr(type(instance.run_storage), "set_cursor_values", locked)
    with heartbeat.beating(instance, "a run"):
        pass
    assert heartbeat.last_beats(instance, ["a run"]) == {}


# Tags


def test_bookkeeping_is_kept_in_tags_that_dagsters_ui_hides(instance):
    tags = {
        **run_records.process_tags(),
        run_records.USER_IDS: "7",
        run_records.START_FROM: "toggl",
        "dagster/partition": "2025-10-06",
    }
    record = execute(instance, "tracked_time", tags=tags)
    run_id = record.dagster_run.run_id
    run_records.claim(instance, run_id)
    run_records.record_requests(instance, run_id, {"toggl": 1})
    run_records.record_error(instance, run_id, BadInput("no"))
    shown = {name for name in instance.get_run_by_id(run_id).tags if get_tag_type(name) != TagType.HIDDEN}
    assert shown == {"dagster/partition", "volt/run_id", "volt/start_date", "volt/end_date"}


def test_runs_of_earlier_versions_are_read_by_the_names_that_their_tags_had(instance):
    dead = {name.replace(".dagster/volt_", "volt/"): value for name, value in dead_process().items()}
    old = {
        "volt/user_ids": "7",
        "volt/start_from": "fibery",
        "volt/statistics": json.dumps({"entries": 3}),
        "volt/requests": json.dumps({"toggl": 2, "fibery": 0, "openai": 0}),
        "volt/backfill": "true",
    }
    record = record_run(instance, Status.STARTED, old | dead)
    told = run_records.run_metadata(instance, record)
    known = [told[name] for name in ("users", "start_from", "statistics")]
    assert known == [["7"], "fibery", {"entries": 3}]
    assert told["requests"]["toggl"] == 2
    assert run_records.is_automated(record.dagster_run.tags)
    assert [one.storage_id for one in run_records.end_dead_runs(instance)] == [record.storage_id]


def test_a_run_launched_again_by_the_ui_has_its_own_id_and_the_people_of_its_configuration(instance):
    config = {"resources": {"fetch_scope": {"config": {"user_ids": [7]}}}}
    record = record_run(instance, Status.STARTED, {run_records.RUN_ID: "run_2000-01-01-00-00-00"}, run_config=config)
    assert run_records.user_ids_of(record) == [7]
    run_records.claim(instance, record.dagster_run.run_id)
    run = instance.get_run_by_id(record.dagster_run.run_id)
    assert run.tags[run_records.RUN_ID] == run_records.run_id_of(instance, record)
    instance.delete_run(record.dagster_run.run_id)
