"""What all assets share with Dagster: which weeks a step is for, its failures, and the metadata of each week.

Not here: what an asset reads and computes, and its versions (`data_versions.py`).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

import dagster as dg
from pydantic import Field

from volt_assets.errors import VoltError
from volt_assets.http import RequestCount
from volt_assets.orchestration import run_records
from volt_assets.orchestration.dagster_private import CODE_VERSION_TAG, DATA_VERSION_TAG
from volt_assets.orchestration.heartbeat import beating

OWNERS = ["team:volt"]
# By asset and week.
Metadata = Mapping[str, Mapping[date, Mapping[str, Any]]]


class FetchScope(dg.ConfigurableResource):
    """What is fetched for the run's weeks. People by their ids, as Dagster keeps a run's configuration for ever."""

    start_from: str = Field(
        default="toggl",
        description="First stage that sends requests. toggl: everything is fetched. fibery: stored entries are used. "
        "reports: Fibery's stored answers are used, too; nothing is requested.",
        pattern="^(toggl|fibery|reports)$",
    )
    user_ids: list[int] = Field(default=[], description="Toggl's ids of the people to fetch; everybody's if empty.")
    only_incomplete: bool = Field(
        default=False,
        description="Fetch only weeks of which not everybody's entries were fetched after the week's end.",
    )


def weeks_of(context: dg.AssetExecutionContext) -> list[date]:
    """The Mondays that the step is for, oldest first."""
    return [date.fromisoformat(key) for key in context.partition_keys]


@contextmanager
def step(context: dg.AssetExecutionContext, requests: RequestCount) -> Iterator[None]:
    """Around an asset's body: the run records its process, signs of life and count of requests.

    A `VoltError` becomes a failure with its message, which the run's record keeps with its code.
    """
    run_records.claim(context.instance, context.run.run_id)
    sent_before = dict(requests.by_service)
    try:
        with beating(context.instance, context.run.run_id):
            yield
    except VoltError as error:
        run_records.record_error(context.instance, context.run.run_id, error)
        raise dg.Failure(description=error.message, allow_retries=False) from None
    finally:
        if requests.by_service != sent_before or "toggl" not in sent_before:
            run_records.record_requests(context.instance, context.run.run_id, requests.by_service)


def describe(context: dg.AssetExecutionContext, key: str, by_week: Mapping[date, Mapping[str, Any]]) -> None:
    """Attach metadata to each week's materialization of the asset `key`."""
    for week, metadata in by_week.items():
        context.add_asset_metadata(metadata=metadata, asset_key=dg.AssetKey(key), partition_key=week.isoformat())


@contextmanager
def showing_what_was_stored(
    context: dg.AssetExecutionContext, metadata_of: Callable[[Sequence[date]], Metadata]
) -> Iterator[list[date]]:
    """Gives a list to add the stored weeks to: after a failure or a cancel, they are reported as materialized.

    What was committed before it stays, so it has to show.
    """
    stored: list[date] = []
    try:
        yield stored
    except BaseException:
        for key, by_week in metadata_of(stored).items() if stored else ():
            for week, of_week in by_week.items():
                context.log_event(dg.AssetMaterialization(key, partition=week.isoformat(), metadata=dict(of_week)))
        raise


def selected_keys(context: dg.AssetExecutionContext) -> set[str]:
    """Which of the assets that the step can make are to be made."""
    return {key.to_user_string() for key in context.selected_asset_keys}


def materialize_beside(
    context: dg.AssetExecutionContext,
    spec: dg.AssetSpec,
    by_week: Mapping[date, Mapping[str, Any]],
    versions: Mapping[date, str],
) -> None:
    """Record that the step has made weeks of an asset that was not selected, as it comes with one that was.

    For an asset without dependencies: their versions would belong to it.
    """
    for week, metadata in by_week.items():
        tags = {DATA_VERSION_TAG: versions[week], CODE_VERSION_TAG: spec.code_version or context.run.run_id}
        context.log_event(
            dg.AssetMaterialization(spec.key, partition=week.isoformat(), metadata=dict(metadata), tags=tags)
        )


def share(part: int, whole: int) -> float | None:
    """part / whole to four decimals; None (unknown) of nothing."""
    return round(part / whole, 4) if whole else None


def hours(seconds: int) -> float:
    """Seconds as hours to two decimals, for plots."""
    return round(seconds / 3600, 2)
