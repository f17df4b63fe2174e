"""What changed between two snapshots of Fibery's schema: fields added, removed and renamed, by Fibery's own ids."""

from collections.abc import Iterator
from typing import Any

from volt_assets.fibery.schema import Schema


def changes_of_schema(before: Schema, after: Schema) -> Iterator[dict[str, Any]]:
    """Rows of `fibery_schema_changes`, without the time, of the databases that both have."""
    known = {of_type.id: of_type for of_type in before.databases.values()}
    for name, now in after.databases.items():
        was = known.get(now.id)
        if was is None:
            continue
        old = {field.id: field for field in was.fields.values()}
        new = {field.id: field for field in now.fields.values()}
        for id, field in new.items():
            if id not in old:
                yield {"kind": "added", "type": name, "field": field.local_name, "before": None}
            elif old[id].local_name != field.local_name:
                yield {"kind": "renamed", "type": name, "field": field.local_name, "before": old[id].local_name}
        for id, field in old.items():
            if id not in new:
                yield {"kind": "removed", "type": name, "field": field.local_name, "before": None}
