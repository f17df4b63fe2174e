"""External assets: lineage begins with them, and nothing goes stale for them."""

from collections.abc import Iterable

import dagster as dg
from dagster._core.definitions.data_version import CachingStaleStatusResolver
from dagster._core.loader import LoadingContextForTest

from volt_assets.orchestration.external import external_assets, from_service

WEEK = "2025-10-06"


def graph(*deps: dg.AssetDep) -> dg.Definitions:
    weekly = dg.WeeklyPartitionsDefinition(WEEK, day_offset=1)

    @dg.asset(key="entries", deps=deps, partitions_def=weekly, code_version="1")
    def entries() -> None: ...

    return dg.Definitions([entries, *external_assets()], executor=dg.in_process_executor)


def run(defs: dg.Definitions, instance: dg.DagsterInstance) -> None:
    (key,) = defs.resolve_asset_graph().materializable_asset_keys
    job = defs.resolve_implicit_global_asset_job_def()
    assert job.execute_in_process(instance=instance, partition_key=WEEK, asset_selection=[key]).success


def status(defs: dg.Definitions, instance: dg.DagsterInstance) -> str:
    resolver = CachingStaleStatusResolver(instance, defs.resolve_asset_graph(), LoadingContextForTest(instance))
    return resolver.get_status(dg.AssetKey("entries"), WEEK).value


def stored_before(deps: Iterable[dg.AssetDep]) -> str:
    """The status, with `deps`, of a week that was stored without them."""
    with dg.DagsterInstance.ephemeral() as instance:
        run(graph(), instance)
        return status(graph(*deps), instance)


def test_a_week_that_was_stored_before_the_dependency_stays_fresh():
    assert stored_before([from_service("toggl"), from_service("fibery")]) == "FRESH"
    assert stored_before([dg.AssetDep("toggl", partition_mapping=dg.AllPartitionMapping())]) == "STALE"


def test_a_week_that_is_stored_with_it_is_fresh():
    with dg.DagsterInstance.ephemeral() as instance:
        defs = graph(from_service("toggl"), from_service("fibery"))
        run(defs, instance)
        assert status(defs, instance) == "FRESH"
