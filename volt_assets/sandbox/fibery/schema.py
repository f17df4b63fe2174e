"""A workspace's schema as Fibery prints it."""

from typing import Any

from volt_assets.sandbox.company import FiberyWorkspace


def schema_json(workspace: FiberyWorkspace, *, with_deleted: bool = True) -> dict[str, Any]:
    """The schema as `fibery.schema/query` and `GET /api/schema` print it."""
    return {
        "fibery/id": workspace.id,
        "fibery/version": workspace.version,
        "fibery/meta": {
            "fibery/version": "1.0.79",
            "fibery/rel-version": "1.0.8",
            "fibery/maintenance?": False,
            "fibery/effect-acls-removed-from-event?": True,
        },
        "fibery/types": [
            {
                "fibery/name": entity_type.name,
                "fibery/id": entity_type.id,
                "fibery/deleted?": entity_type.deleted,
                "fibery/meta": entity_type.meta,
                "fibery/fields": [
                    {
                        "fibery/name": field.name,
                        "fibery/type": field.type,
                        "fibery/id": field.id,
                        "fibery/deleted?": field.deleted,
                        "fibery/meta": field.meta,
                    }
                    for field in entity_type.fields.values()
                    if with_deleted or not field.deleted
                ],
            }
            for entity_type in workspace.types.values()
            if with_deleted or not entity_type.deleted
        ],
    }
