"""Coverage: types without a key, with samples, and YAML that does what it says when it is pasted."""

import pytest

from volt_assets.fibery.configuration import load_enrichment_config
from volt_assets.settings import DEFAULTS
from volt_assets.warehouse import insert_rows
from volt_assets_tests.reports.conftest import FETCHED, MONDAY

DEFAULT = DEFAULTS / "enrichment_config.yaml"


@pytest.mark.parametrize("database", ["QA/Test report", 'Odd: "name"\\/x #1', "Space/Приём"])
def test_what_is_to_paste_makes_the_type_configured(stored, facts_of, tmp_path, database):
    label = "Q/T"
    stored.entry("A #5 [Q] [T] [P]", 60)
    stored.weeks()
    stored.entity("5", label, fits=database, configured=False)
    (kind,) = facts_of().team.unknown_types
    assert kind.type == database
    before = load_enrichment_config(DEFAULT)
    assert not before.is_configured(database)
    file = tmp_path / "enrichment_config.yaml"
    file.write_text(DEFAULT.read_text().replace("enrichment_activities:\n", f"enrichment_activities:\n{kind.yaml}", 1))
    after = load_enrichment_config(file)
    assert after.is_configured(database)
    assert after.types.keys() - before.types.keys() == {database}


def test_a_label_that_fits_no_type_gets_a_line_for_the_aliases(stored, facts_of, tmp_path):
    stored.entry("A #5 [Marketing] [Campaign] [P]", 60)
    stored.weeks()
    stored.entity("5", "Marketing/Campaign", fits=None)
    (kind,) = facts_of().team.unknown_types
    line = kind.yaml.replace("Space/Database", "Growth/Campaign")
    file = tmp_path / "enrichment_config.yaml"
    file.write_text(DEFAULT.read_text().replace("aliases: {}", f"aliases:\n{line}"))
    assert load_enrichment_config(file).aliases == {("Marketing", "Campaign"): "Growth/Campaign"}


def test_the_three_entities_with_most_time_are_the_samples(stored, facts_of):
    for number, seconds in enumerate((10, 40, 20, 30), start=1):
        stored.entry(f"T{number} #{number} [Q] [T] [P]", seconds)
    stored.weeks()
    for number in range(1, 5):
        stored.entity(str(number), "Q/T", configured=False)
    (kind,) = facts_of().team.unknown_types
    assert [sample.public_id for sample in kind.samples] == ["2", "4", "3"]


def test_fields_that_fibery_lacks_and_those_that_changed_are_reported_for_types_with_time(stored, facts_of):
    stored.entry("A #5 [Scrum] [Bug] [P]", 60)
    stored.weeks()
    stored.entity("5", problems=['Scrum/Bug has no field "Steps". The nearest is "Step".', "Something else."])
    changes = [("renamed", "Scrum/Bug", "Cause", "Root Cause"), ("added", "Scrum/Task", "New", None)]
    insert_rows(
        stored.connection,
        "fibery_schema_changes",
        [
            {"kind": kind, "type": of, "field": field, "before": before, "seen_at": FETCHED}
            for kind, of, field, before in changes
        ],
    )
    reported = [(each.kind, each.type, each.field, each.before) for each in facts_of().team.schema_changes]
    assert reported == [("missing", "Scrum/Bug", "Steps", None), ("renamed", "Scrum/Bug", "Cause", "Root Cause")]
    assert FETCHED.date() >= MONDAY
