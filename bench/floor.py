"""The floor: what Dagster alone costs for the same graph. The same keys, dependencies, partitions and checks; empty
bodies.

    python bench/floor.py FIRST_DAY LAST_DAY

The settings are Volt's (VOLT_HOME, VOLT_TIMEZONE): `bench/compare.py` runs this in a fresh home.
"""

import argparse
import sys
from collections.abc import Sequence
from datetime import date

import dagster as dg

from volt_assets.definitions import WEEKLY_JOB, build_defs
from volt_assets.orchestration.instance import open_instance
from volt_assets.orchestration.run_records import RANGE
from volt_assets.runs.run import rare_garbage_collection
from volt_assets.settings import Settings
from volt_assets.weeks import parse_day, weeks_between


def empty_twin(assets: dg.AssetsDefinition) -> dg.AssetsDefinition:
    """The same asset with an empty body."""

    @dg.multi_asset(
        name=assets.op.name,
        specs=[
            dg.AssetSpec(spec.key, deps=spec.deps, group_name=spec.group_name, skippable=spec.skippable)
            for spec in assets.specs
        ],
        partitions_def=assets.partitions_def,
        backfill_policy=assets.backfill_policy,
        can_subset=assets.can_subset,
    )
    def empty():
        for spec in assets.specs:
            yield dg.MaterializeResult(asset_key=spec.key)

    return empty


def empty_checks(checks: dg.AssetChecksDefinition, weeks: Sequence[date]) -> dg.AssetChecksDefinition:
    """The same checks of an asset with nothing to check."""
    specs = list(checks.check_specs)

    @dg.multi_asset_check(name=checks.node_def.name, specs=specs, can_subset=True)
    def empty():
        for spec in specs:
            yield dg.Output(None, spec.get_python_identifier())
            for week in weeks:
                yield dg.AssetCheckEvaluation(spec.asset_key, spec.name, passed=True, partition=week.isoformat())

    return empty


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("first_day", type=parse_day)
    parser.add_argument("last_day", type=parse_day)
    options = parser.parse_args()
    weeks = weeks_between(options.first_day, options.last_day)
    settings = Settings.load()
    real = build_defs(settings)
    graph = real.resolve_asset_graph()
    weekly = [key for key in graph.materializable_asset_keys if graph.get(key).is_partitioned]
    checks = [
        empty_checks(of_asset, weeks)
        for of_asset in real.asset_checks or ()
        if isinstance(of_asset, dg.AssetChecksDefinition)
    ]
    twins = [
        empty_twin(assets)
        for assets in real.assets or ()
        if isinstance(assets, dg.AssetsDefinition) and assets.partitions_def is not None
    ]
    job = dg.Definitions(
        assets=twins, asset_checks=checks, jobs=[dg.define_asset_job(WEEKLY_JOB)], executor=dg.in_process_executor
    ).resolve_job_def(WEEKLY_JOB)
    tags = {}
    if len(weeks) > 1:
        tags = dict(zip(RANGE, (weeks[0].isoformat(), weeks[-1].isoformat()), strict=True))
    # Collecting garbage as `volt run` does.
    with open_instance(settings) as instance, rare_garbage_collection():
        result = job.execute_in_process(
            instance=instance,
            partition_key=weeks[0].isoformat() if len(weeks) == 1 else None,
            asset_selection=weekly,
            run_config={"loggers": {"console": {"config": {"log_level": "INFO"}}}},
            tags=tags,
        )
    sys.exit(0 if result.success else 1)


if __name__ == "__main__":
    main()
