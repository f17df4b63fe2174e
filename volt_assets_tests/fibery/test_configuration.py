"""The configuration file: the guide's form, what is left out, and every mistake with its line, key and nearest word."""

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from volt_assets.errors import BadInput
from volt_assets.fibery.configuration import (
    GUIDE_PRESETS,
    USUAL,
    EnrichmentConfig,
    load_enrichment_config,
)
from volt_assets.settings import DEFAULTS
from volt_assets_tests.fibery.conftest import CONFIG_FILE

Configured = Callable[[str], EnrichmentConfig]


def test_the_guides_example_works_without_any_preset(configured: Configured):
    config = configured("""
enrichment_activities:
  "Scrum/Task":
    activity: enrich_scrum_task
    max_concurrent: 5
    fields:
      - Story Points
      - Sprint
      - Epic

  "Product/Feature":
    activity: enrich_product_feature
    max_concurrent: 3
    fields:
      - Revenue Impact
      - Launch Date
""")
    assert config.types["Scrum/Task"].fields == ("Story Points", "Sprint", "Epic")
    assert config.types["Product/Feature"].max_concurrent == 3
    assert config.types["Product/Feature"].preset == USUAL
    assert config.is_configured("Scrum/Task")
    assert not config.is_configured("Scrum/Bug")


def test_the_file_that_comes_with_volt_says_what_is_the_case_without_it(
    own_config: EnrichmentConfig, configured: Configured
):
    empty = configured("")
    assert own_config.default.preset == USUAL == empty.default.preset
    assert own_config.default.max_concurrent == empty.default.max_concurrent
    assert own_config.aliases == empty.aliases == {}
    assert set(yaml.safe_load(CONFIG_FILE.read_text())["presets"]) == set(GUIDE_PRESETS)


def test_the_file_that_comes_with_volt_configures_what_the_predecessors_did(own_config: EnrichmentConfig):
    assert {name: config.fields for name, config in own_config.types.items()} == {
        "Scrum/Task": ("Story Points", "Sprint", "Epic", "Acceptance Criteria"),
        "Scrum/Bug": ("Severity", "Steps to Reproduce", "Root Cause"),
        "Product/Feature": ("Product Area", "Customer Requests", "Revenue Impact", "Launch Date"),
    }
    assert all(config.preset.state and config.preset.comments for config in own_config.types.values())


def test_a_wheel_carries_the_projects_file():
    assert (DEFAULTS / "enrichment_config.yaml").resolve() == CONFIG_FILE.resolve()


def test_a_type_without_a_key_is_fetched_as_default_says_and_not_at_all_where_default_is_null(configured: Configured):
    some = "enrichment_activities:\n  A/B: {activity: enrich_scrum_task}\n"
    assert configured(some).of("C/D").preset == USUAL
    assert configured(some + "  default: {max_concurrent: 2}\n").of("C/D").max_concurrent == 2
    nothing = configured(some + "  default: null\n")
    assert nothing.of("C/D") is None
    assert nothing.of("A/B").max_concurrent == 5


def test_the_predecessors_virtual_names_add_what_the_preset_leaves_out(configured: Configured):
    config = configured("""
        enrichment_activities:
          A/B: {activity: bare, fields: [state, Dates, Effort, Creation Date, Effort]}
        presets:
          bare: {state: Stage}
    """)
    requested = config.types["A/B"]
    assert requested.fields == ("Effort", "Creation Date")
    assert requested.preset.state == ("Stage",)
    assert requested.preset.dates == USUAL.dates
    assert requested.preset.comments == requested.preset.assignees == ()


def test_a_preset_requests_what_it_lists_and_nothing_else(configured: Configured):
    config = configured("""
        enrichment_activities:
          default: {activity: mine}
        presets:
          mine:
            parent: [Feature, Epic]
            description:
            dates:
            estimate: {fields: Points, unit: points, hours_per_unit: 3}
    """)
    preset = config.default.preset
    assert preset.parent == ("Feature", "Epic")
    assert preset.state == preset.description == preset.comments == preset.dates.planned_end == ()
    assert [(each.fields, each.seconds_per_unit) for each in preset.estimate] == [(("Points",), 10800)]


def test_an_alias_is_one_or_two_tags_as_descriptions_have_them(configured: Configured):
    config = configured("""
        aliases:
          "[Requests] [Request]": Product Management/Request
          "[To Do]": To-dos/To-do
    """)
    assert config.aliases == {("Requests", "Request"): "Product Management/Request", ("To Do",): "To-dos/To-do"}


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("alises: {}", 1, ["alises", "Did you mean aliases?"]),
        (
            "enrichment_activities:\n  A/B:\n    activity: enrich_scrum_task\n    max_concurent: 3",
            4,
            ["enrichment_activities > A/B > max_concurent", "Did you mean max_concurrent?"],
        ),
        (
            "enrichment_activities:\n  A/B:\n    activity: enrich_scrum_taks",
            3,
            ["A/B > activity", "'enrich_scrum_taks' is not a preset", "Did you mean enrich_scrum_task?"],
        ),
        ("enrichment_activities:\n  deflaut: {}", 2, ["deflaut", "Space/Database", "Did you mean default?"]),
        ("enrichment_activities:\n  A/B:", 2, ["A/B: is empty"]),
        ("enrichment_activities:\n  A/B: {max_concurrent: 0}", 2, ["max_concurrent", "from 1 on", "not 0"]),
        ("enrichment_activities:\n  A/B: {max_concurrent: -2}", 2, ["max_concurrent", "not -2"]),
        ("enrichment_activities:\n  A/B: {max_concurrent: 1.5}", 2, ["max_concurrent", "whole number", "not 1.5"]),
        ("enrichment_activities:\n  A/B: {max_concurrent: '5'}", 2, ["max_concurrent", "whole number", "not '5'"]),
        ("enrichment_activities:\n  A/B: {max_concurrent: true}", 2, ["max_concurrent", "whole number", "not True"]),
        ("enrichment_activities:\n  A/B:\n    fields: {Sprint: 1}", 3, ["A/B > fields", "must be"]),
        ("enrichment_activities:\n  A/B:\n    fields:\n    - Sprint\n    - 12", 5, ["fields > item 2", "not 12"]),
        ("enrichment_activities:\n  A/B:\n    fields:\n    - ''", 4, ["fields > item 1", "empty"]),
        ("enrichment_activities: [A/B]", 1, ["enrichment_activities", "must hold keys"]),
        ("enrichment_activities:\n  A/B: 3", 2, ["A/B", "must hold keys"]),
        ("enrichment_activities:\n  A/B: {}\n  A/B: {}", 3, ["'A/B' was given before, on line 2"]),
        ("aliases: {}\npresets: {}\naliases: {}", 3, ["'aliases' was given before, on line 1"]),
        ("aliases:\n  Release: A/B", 2, ["Release", '"[Scrum] [Release]"']),
        ("aliases:\n  '[a] [b] [c]': A/B", 2, ["[a] [b] [c]", "one or two tags"]),
        ("aliases:\n  '[a]': B", 2, ["[a]", "'B' is not a type", "Space/Database"]),
        ("aliases:\n  '[a]': 3", 2, ["[a]", "text", "3"]),
        ("aliases:\n  [To Do]: A/B", 2, ["[To Do]", "quotes"]),
        ("aliases:\n  [Scrum] [Release]: A/B", 2, ["not YAML", "quotes"]),
        ("presets:\n  p:\n    asignees: Owner", 3, ["presets > p > asignees", "Did you mean assignees?"]),
        ("presets:\n  p:\n    dates: {planed_end: Due}", 3, ["dates > planed_end", "Did you mean planned_end?"]),
        ("presets:\n  p:\n    estimate: {fields: E, unit: hour}", 3, ["unit", "'hour'", "Did you mean hours?"]),
        ("presets:\n  p:\n    estimate:\n    - fields: E", 4, ["item 1 > unit", "is missing"]),
        ("presets:\n  p:\n    estimate: {fields: E, unit: points}", 3, ["estimate", "hours_per_unit"]),
        (
            "presets:\n  p:\n    estimate: {fields: E, unit: days, hours_per_unit: 0}",
            3,
            ["hours_per_unit", "more than 0"],
        ),
        ("presets:\n  p:\n    estimate: {fields: E, units: days}", 3, ["units", "Did you mean unit?"]),
        ("presets:\n  p:\n    state: [1]", 3, ["state > item 1", "not 1"]),
        ("a: [1", 1, ["not YAML"]),
        ("aliases:\n\t- x", 2, ["not YAML"]),
        ("- a", 1, ["must hold the keys enrichment_activities, aliases, presets"]),
        ("presets: &p\n  x: *p", 2, ["refers to itself"]),
        ("true: 1", 1, ["true", "quotes"]),
    ],
)
def test_a_mistake_is_reported_with_file_line_key_and_nearest_word(
    configured: Configured, text: str, line: int, message: list[str]
):
    with pytest.raises(BadInput) as error:
        configured(text)
    lines = error.value.message.splitlines()
    assert any(
        f"enrichment_config.yaml, line {line}: " in each and all(part in each for part in message) for each in lines
    ), error.value.message
    assert error.value.exit_code == 2


def test_all_mistakes_are_reported_at_once_in_the_order_of_the_file(configured: Configured):
    with pytest.raises(BadInput) as error:
        configured("enrichment_activities:\n  A/B:\n    actvity: x\n    max_concurrent: 0\n  C/D:\n    fields: 7\n")
    assert [part.split("line ")[1][0] for part in error.value.message.splitlines()] == ["3", "4", "6"]


def test_a_file_that_is_not_there_or_not_text_is_bad_input(tmp_path: Path):
    with pytest.raises(BadInput, match="VOLT_CONFIG"):
        load_enrichment_config(tmp_path / "absent.yaml")
    with pytest.raises(BadInput, match="cannot be read"):
        load_enrichment_config(tmp_path)
    (tmp_path / "latin.yaml").write_bytes("aliases: {é: x}".encode("latin-1"))
    with pytest.raises(BadInput, match="cannot be read"):
        load_enrichment_config(tmp_path / "latin.yaml")
    (tmp_path / "control.yaml").write_bytes(b"aliases: \x01")
    with pytest.raises(BadInput, match="not YAML"):
        load_enrichment_config(tmp_path / "control.yaml")


def test_the_fingerprint_is_of_the_meaning(configured: Configured):
    text = textwrap.dedent("""
        enrichment_activities:
          A/B: {activity: mine, fields: [X, Y]}
          C/D: {max_concurrent: 2}
        presets:
          mine: {state: Stage}
          unused: {}
    """)
    fingerprint = configured(text).fingerprint
    assert len(fingerprint) == 64
    for same in (
        "# A comment\n"
        + text.replace("{activity: mine, fields: [X, Y]}", "\n    fields: [X, 'Y']\n    activity: mine"),
        text.replace("  unused: {}\n", ""),
        text.replace("Stage", "[Stage]"),
        text.replace("max_concurrent: 2", "max_concurrent: 3"),
    ):
        assert configured(same).fingerprint == fingerprint
    for other in (
        text.replace("[X, Y]", "[Y, X]"),
        text.replace("Stage", "State"),
        text.replace("{max_concurrent: 2}", "{fields: [X]}"),
        text + "aliases: {'[a]': A/B}\n",
        text.replace("  C/D", "  default: null\n  C/D"),
    ):
        assert configured(other).fingerprint != fingerprint


@given(st.dictionaries(st.sampled_from(["A/B", "C/D", "E/F"]), st.text("XYZ", min_size=1), min_size=2))
def test_the_order_of_keys_does_not_change_the_fingerprint(tmp_path_factory, fields: dict[str, str]):
    def fingerprint(pairs: list[tuple[str, str]]) -> str:
        file = tmp_path_factory.mktemp("config") / "enrichment_config.yaml"
        content = {"enrichment_activities": {name: {"fields": [field]} for name, field in pairs}}
        file.write_text(yaml.safe_dump(content, sort_keys=False))
        return load_enrichment_config(file).fingerprint

    assert fingerprint(list(fields.items())) == fingerprint(list(reversed(fields.items())))


def test_an_edit_of_one_type_changes_the_fingerprint_of_that_type_alone(configured: Configured):
    text = textwrap.dedent("""
        enrichment_activities:
          A/B: {fields: [X]}
          C/D: {fields: [X]}
          default: {fields: [Z]}
        aliases: {"[a]": A/B}
    """)
    before = configured(text)
    types = ["A/B", "C/D", "Not/Named"]
    edits = {
        text.replace("A/B: {fields: [X]}", "A/B: {fields: [Y]}"): ["A/B"],
        text.replace("[Z]", "[X]"): ["Not/Named"],
        # What is above the others may be of a type without a key, and is no longer followed.
        text.replace("  default: {fields: [Z]}", "  default: null"): ["A/B", "C/D", "Not/Named"],
        # What is requested stays the same, but the report says whether the type has a key.
        text.replace("  default", "  Not/Named: {fields: [Z]}\n  default"): ["Not/Named"],
        text.replace("A/B}", "C/D}"): [],
    }
    for edited, changed in edits.items():
        after = configured(edited)
        assert [name for name in types if after.fingerprint_of(name) != before.fingerprint_of(name)] == changed
        assert after.fingerprint != before.fingerprint
        assert (after.aliases_fingerprint == before.aliases_fingerprint) == bool(changed)
