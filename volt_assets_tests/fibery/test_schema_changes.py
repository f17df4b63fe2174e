"""What changed between two snapshots of a schema: by ids, so that a new name is no new field."""

from volt_assets.fibery.schema import changes_of_schema
from volt_assets_tests.fibery.conftest import database, field, schema_of


def changes(before, after):
    return [(each["kind"], each["type"], each["field"], each["before"]) for each in changes_of_schema(before, after)]


def test_fields_added_removed_and_renamed_are_distinguished_by_their_ids():
    kept, gone, renamed = (field(f"Scrum/{name}") for name in ("Kept", "Gone", "Cause"))
    now = renamed | {"fibery/name": "Scrum/Root cause"}
    before = schema_of(database("Scrum/Bug", kept, gone, renamed))
    after = schema_of(database("Scrum/Bug", kept, now, field("Scrum/New")))
    assert changes(before, after) == [
        ("renamed", "Scrum/Bug", "Root cause", "Cause"),
        ("added", "Scrum/Bug", "New", None),
        ("removed", "Scrum/Bug", "Gone", None),
    ]
    assert changes(before, before) == []


def test_a_new_database_has_no_changes_of_its_own():
    assert changes(schema_of(), schema_of(database("Scrum/Bug", field("Scrum/New")))) == []
