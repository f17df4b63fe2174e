"""What a run says in the terminal: its assets' own lines, and before the cause of a failure nothing else."""

import dagster as dg
import pytest

from volt_assets.orchestration.terminal_log import terminal_logger


@dg.asset
def tracked_time(context: dg.AssetExecutionContext) -> None:
    context.log.info("Aggregated 3 users")
    raise dg.Failure("the cause")


@dg.asset(deps=["tracked_time"])
def toggl_summary() -> None:
    pass


@dg.asset(deps=["toggl_summary"])
def reports() -> None:
    pass


def test_of_steps_that_a_failed_one_kept_from_starting_nothing_is_said(capsys: pytest.CaptureFixture[str]):
    defs = dg.Definitions(
        [tracked_time, toggl_summary, reports],
        jobs=[dg.define_asset_job("job")],
        loggers={"console": terminal_logger},
        executor=dg.in_process_executor,
    )
    with dg.DagsterInstance.ephemeral() as instance:
        result = defs.resolve_job_def("job").execute_in_process(
            instance=instance, run_config={"loggers": {"console": {"config": {}}}}, raise_on_error=False
        )
        in_the_log = [entry.user_message for entry in instance.all_logs(result.run_id)]
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition("] ")[2] for line in lines] == ["tracked_time: Aggregated 3 users"]
    # They are not lost: Dagster's log of the run has them.
    assert sum("were not executed" in line or "Dependencies for step" in line for line in in_the_log) == 2
