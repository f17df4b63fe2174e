"""What all assets share with Dagster: which weeks a step is for, its failures, and what it tells about each week.

Not here: what an asset reads and computes.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Any

import dagster as dg
from dagster._core.definitions.data_version import CODE_VERSION_TAG, DATA_VERSION_TAG
from pydantic import Field

from volt_assets.errors import VoltError
from volt_assets.http import RequestCount
from volt_assets.orchestration import run_records
from volt_assets.orchestration.heartbeat import beating

OWNERS = ["team:volt"]


class FetchScope(dg.ConfigurableResource):
    """What is fetched for the run's weeks. People by their ids, as Dagster keeps a run's configuration for ever."""

    start_from: str = Field(
        "toggl",
        description="First stage that asks anybody. toggl: everything is fetched. fibery: the stored entries are used. "
        "reports: what Fibery said is used, too; nobody is asked.",
        pattern="^(toggl|fibery|reports)$",
    )
    user_ids: list[int] = Field([], description="Toggl's ids of the people to fetch; everybody's if empty.")
    only_incomplete: bool = Field(
        False, description="Fetch only weeks of which not everybody's entries were fetched after the week's end."
    )


def weeks_of(context: dg.AssetExecutionContext) -> list[date]:
    """The Mondays that the step is for, oldest first."""
    return [date.fromisoformat(key) for key in context.partition_keys]


@contextmanager
def step(context: dg.AssetExecutionContext, requests: RequestCount) -> Iterator[None]:
    """Around an asset's body: the run says which process executes it, that it lives, and how many requests it sent.

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


def digest(content: Any) -> str:
    """A version of any JSON-like content: equal where the content is."""
    text = json.dumps(content, default=str, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def commonest(versions: Mapping[date, str]) -> dg.DataVersion:
    """The version to give a result, which Dagster gives to all its weeks; `stamp_versions` then gives others theirs."""
    ((version, _),) = Counter(versions.values()).most_common(1)
    return dg.DataVersion(version)


def stamp_versions(context: dg.AssetExecutionContext, versions: Mapping[str, Mapping[date, str]]) -> None:
    """Give each week, by asset, its own data version, so that a range in which one week changed makes that week stale.

    To be called once the results were yielded: each week whose version is not its result's is told again, whole, with
    its own, before anything downstream starts.
    """
    wanted = {
        (key, week.isoformat()): version for key, by_week in versions.items() for week, version in by_week.items()
    }
    told: dict[tuple[str, str], dg.AssetMaterialization] = {}
    cursor, has_more = None, True
    # They are the run's latest, and a run of a year has hundreds of others.
    while has_more and not wanted.keys() <= told.keys():
        latest = context.instance.get_records_for_run(
            context.run.run_id,
            cursor=cursor,
            of_type=dg.DagsterEventType.ASSET_MATERIALIZATION,
            limit=len(wanted),
            ascending=False,
        )
        for record in latest.records:
            event = record.event_log_entry.asset_materialization
            told.setdefault((event.asset_key.to_user_string(), event.partition), event)
        cursor, has_more = latest.cursor, latest.has_more
    for place, version in wanted.items():
        event = told[place]
        if event.tags[DATA_VERSION_TAG] != version:
            context.log_event(with_tags(event, {DATA_VERSION_TAG: version}))


def with_tags(
    event: dg.AssetMaterialization, tags: Mapping[str, str], description: str | None = None
) -> dg.AssetMaterialization:
    """The same materialization with other values for some of its tags."""
    return dg.AssetMaterialization(
        event.asset_key,
        description=description,
        partition=event.partition,
        metadata=event.metadata,
        tags={**event.tags, **tags},
    )


def share(part: int, whole: int) -> float | None:
    """part / whole to four decimals; None (unknown) of nothing."""
    return round(part / whole, 4) if whole else None


def hours(seconds: int) -> float:
    """Seconds as hours to two decimals, for plots."""
    return round(seconds / 3600, 2)
