"""A process that executes one run, for tests to interrupt: `python -m volt_assets_tests.runs.a_slow_run PROJECT WHAT`.

WHAT is what its only step is at: async, sleep or query; or "no run yet", to be interrupted before there is a run.
Exit codes are those of `volt`: 0 completed, 3 cancelled, 1 failed.
"""

import asyncio
import sys
import time
import uuid
from pathlib import Path

from volt_assets.runs.interrupts import cancel_on_interrupt, watch_interrupts

LONG = 60


def work(what: str) -> None:
    if what == "async":
        asyncio.run(asyncio.sleep(LONG))
    elif what == "sleep":
        time.sleep(LONG)
    elif what == "query":
        import duckdb

        duckdb.connect().execute(
            "SELECT count(*) FROM range(10_000_000) a, range(10_000_000) b WHERE a.range = -b.range"
        )


def main(project: str, what: str) -> int:
    if what == "no run yet":
        print("working", flush=True)
        time.sleep(LONG)

    import dagster as dg

    from volt_assets.orchestration import run_records
    from volt_assets.orchestration.instance import open_instance
    from volt_assets.settings import Settings

    @dg.asset
    def tracked_time(context: dg.AssetExecutionContext) -> None:
        print("working", flush=True)
        work(what)

    defs = dg.Definitions([tracked_time], jobs=[dg.define_asset_job("job")], executor=dg.in_process_executor)
    dagster_run_id = str(uuid.uuid4())
    with open_instance(Settings.load(Path(project), dotenv=False)) as instance:
        print(dagster_run_id, flush=True)
        with cancel_on_interrupt(instance, dagster_run_id):
            defs.resolve_job_def("job").execute_in_process(
                instance=instance,
                run_id=dagster_run_id,
                tags=run_records.process_tags(),
                run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
                raise_on_error=False,
            )
        status = instance.get_run_by_id(dagster_run_id).status
    return {dg.DagsterRunStatus.SUCCESS: 0, dg.DagsterRunStatus.CANCELED: 3}.get(status, 1)


if __name__ == "__main__":
    try:
        with watch_interrupts():
            code = main(*sys.argv[1:])
    except KeyboardInterrupt:
        code = 3
    sys.exit(code)
