"""Data versions: by them Dagster sees which weeks of an asset changed, and which weeks downstream are stale.

A step of a range gives each result one version; here each week gets its own.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any

import dagster as dg

from volt_assets.orchestration.dagster_private import DATA_VERSION_TAG


def digest(content: Any) -> str:
    """A version of any JSON-like content: equal where the content is."""
    text = json.dumps(content, default=str, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def most_common_version(versions: Mapping[date, str]) -> dg.DataVersion:
    """The version to give a result, which Dagster gives to all its weeks; `stamp_versions` then gives others theirs."""
    ((version, _),) = Counter(versions.values()).most_common(1)
    return dg.DataVersion(version)


def stamp_versions(context: dg.AssetExecutionContext, versions: Mapping[str, Mapping[date, str]]) -> None:
    """Give each week, by asset, its own data version, so that a range in which one week changed makes that week stale.

    To be called once the results were yielded: each week whose version is not its result's is reported again, whole,
    with its own, before anything downstream starts.
    """
    wanted = {
        (key, week.isoformat()): version for key, by_week in versions.items() for week, version in by_week.items()
    }
    for key, event in _latest_of_run(context, wanted).items():
        if event.tags is None or event.tags.get(DATA_VERSION_TAG) != wanted[key]:
            context.log_event(with_tags(event, {DATA_VERSION_TAG: wanted[key]}))


def _latest_of_run(
    context: dg.AssetExecutionContext, wanted: Mapping[tuple[str, str], str]
) -> dict[tuple[str, str], dg.AssetMaterialization]:
    """The run's latest materializations of the `wanted` assets and weeks. Raises KeyError where one has none."""
    latest: dict[tuple[str, str], dg.AssetMaterialization] = {}
    cursor, has_more = None, True
    # They are the newest events, and a run of a year has hundreds of others.
    while has_more and not wanted.keys() <= latest.keys():
        page = context.instance.get_records_for_run(
            context.run.run_id,
            cursor=cursor,
            of_type=dg.DagsterEventType.ASSET_MATERIALIZATION,
            limit=len(wanted),
            ascending=False,
        )
        for record in page.records:
            event = record.event_log_entry.asset_materialization
            if event is not None and event.partition is not None:
                latest.setdefault((event.asset_key.to_user_string(), event.partition), event)
        cursor, has_more = page.cursor, page.has_more
    return {key: latest[key] for key in wanted}


def with_tags(
    event: dg.AssetMaterialization, tags: Mapping[str, str], description: str | None = None
) -> dg.AssetMaterialization:
    """The same materialization with other values for some of its tags."""
    return dg.AssetMaterialization(
        event.asset_key,
        description=description,
        partition=event.partition,
        metadata=event.metadata,
        tags={**(event.tags or {}), **tags},
    )
