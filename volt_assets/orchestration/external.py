"""Where the data comes from, as external assets: Dagster's lineage begins with Toggl and Fibery.

Nothing is known of their versions. Dagster calls a week stale whose record names no version of something that it
depends on, as every week that was stored before the dependency was there; so an external asset has a single partition,
and no week depends on it by version: its partition mapping is empty.
"""

import dagster as dg

GROUP = "sources"

_AS_IT_IS = dg.StaticPartitionsDefinition(["as_it_is"])
_NO_VERSION = dg.SpecificPartitionsPartitionMapping([])


_SERVICES = {
    "toggl": "Toggl Track: the time entries and people of the workspace, as they are now.",
    "fibery": "Fibery: the work items that time is spent on, as they are now.",
}


def external_assets() -> list[dg.AssetSpec]:
    """Toggl and Fibery."""
    return [
        dg.AssetSpec(key, group_name=GROUP, kinds={key}, description=description, partitions_def=_AS_IT_IS)
        for key, description in _SERVICES.items()
    ]


def from_service(key: str) -> dg.AssetDep:
    """The dependency of an asset on a service (`toggl` or `fibery`) that it requests."""
    return dg.AssetDep(key, partition_mapping=_NO_VERSION)
