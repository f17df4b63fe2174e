"""Fields by human name, labels by formula, and the schema's way into the warehouse and back."""

import unicodedata
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from volt_assets.fibery.configuration import EnrichmentConfig
from volt_assets.fibery.references import Resolution, resolve
from volt_assets.fibery.schema import AmbiguousField, NoSuchField, Schema
from volt_assets.toggl.descriptions import parse
from volt_assets.warehouse import connect, insert_rows, read_rows
from volt_assets_tests.fibery.conftest import database, field, schema_of

NO_ALIASES = EnrichmentConfig({}, None, {})

# The types of a real workspace whose descriptions mislead: what is typed into the formula, and the databases around it.
WORKSPACE = schema_of(
    database("Scrum/Task", toggl=" [Scrum] [Task]"),
    database("Scrum/Bug", toggl=" [Scrum] [Bug]"),
    database("Scrum/Sub-bug", toggl=" [Scrum] [Sub-bug]"),
    database("Scrum/Sub-task", field("Scrum/Project "), toggl=" [Scrum] [Sub-task]"),
    database("Scrum/Build", toggl=" [Scrum] [Release]"),
    database("Scrum/Release"),
    database("Scrum/Chore"),
    database("Product Management/Request", toggl=" [Requests] [Request]"),
    database("Design/Design Feature", toggl=" [Design] [Design feature]"),
    database("Design/Work Version", toggl=" [Design] [Work Version]"),
    database("Design/Old Work Version", toggl=" [Design] [Work version] ["),
    database("QA/Test report", toggl=" [QA] [Test report]"),
    database("To-dos/To-do", toggl=" [To Do]"),
    database("Scrum/Gone", toggl=" [Scrum] [Gone]", deleted=True),
)


@pytest.mark.parametrize(
    ("description", "expected"),
    [
        ("x #1 [Scrum] [Task] [P]", Resolution("Scrum", "Task", None, ("Scrum/Task",))),
        ("x #1 [Scrum] [Sub-task] [P]", Resolution("Scrum", "Sub-task", None, ("Scrum/Sub-task",))),
        # The formula of Build says Release; there is a Release too, without a formula. Build comes first.
        ("x #1 [Scrum] [Release] [P]", Resolution("Scrum", "Release", None, ("Scrum/Build", "Scrum/Release"))),
        # Nobody's formula says Build: typed by hand, by the database's name.
        ("x #1 [Scrum] [Build] [P]", Resolution("Scrum", "Build", None, ("Scrum/Build",))),
        ("x #1 [Requests] [Request] [P]", Resolution("Requests", "Request", None, ("Product Management/Request",))),
        (
            "x #1 [Design] [Design feature] [P]",
            Resolution("Design", "Design feature", None, ("Design/Design Feature",)),
        ),
        # Typed by hand in another case: a single database fits.
        (
            "x #1 [design] [DESIGN FEATURE] [P]",
            Resolution("design", "DESIGN FEATURE", None, ("Design/Design Feature",)),
        ),
        # Two databases whose labels differ by the case of one letter are never guessed.
        ("x #1 [Design] [Work Version] [P]", Resolution("Design", "Work Version", None, ("Design/Work Version",))),
        ("x #1 [Design] [Work version] [P]", Resolution("Design", "Work version", None, ("Design/Old Work Version",))),
        ("x #1 [design] [work version] [P]", Resolution("design", "work version", None, ())),
        ("x #1 [QA] [Test report] [P]", Resolution("QA", "Test report", None, ("QA/Test report",))),
        # One tag names the type, so the second is the project.
        ("x #1 [To Do] [Moneyball]", Resolution("To Do", "To-do", "Moneyball", ("To-dos/To-do",))),
        ("x #1 [To Do]", Resolution("To Do", "To-do", None, ("To-dos/To-do",))),
        ("x #1 [To Do] []", Resolution("To Do", "To-do", None, ("To-dos/To-do",))),
        # No formula at all: the name counts.
        ("x #1 [Scrum] [Chore] [P]", Resolution("Scrum", "Chore", None, ("Scrum/Chore",))),
        # The project's tag is missing: the two that are left still name the type.
        ("x #1 [Scrum] [Task]", Resolution("Scrum", "Task", None, ("Scrum/Task",))),
        ("x #1 [Scrum] [Task] [P] [Q]", Resolution("Scrum", "Task", None, ("Scrum/Task",))),
        # Nothing fits: with a project's tag behind it the second tag is a type, else the project.
        ("x #1 [Sales] [Lead] [P]", Resolution("Sales", "Lead", None, ())),
        ("x #1 [Sales] [P]", Resolution("Sales", None, "P", ())),
        ("x #1 [Sales]", Resolution("Sales", None, None, ())),
        ("x #1 [Task]", Resolution("Task", None, None, ())),
        ("x #1 [Scrum] [Gone] [P]", Resolution("Scrum", "Gone", None, ())),
    ],
)
def test_a_label_means_the_database_whose_formula_writes_it(description: str, expected: Resolution):
    parsed = parse(description)
    assert resolve(parsed.label, WORKSPACE, NO_ALIASES, project_tag=parsed.project_tag) == expected


def test_an_alias_of_the_configuration_comes_before_the_schema():
    config = EnrichmentConfig(
        {},
        None,
        {
            ("Scrum", "Release"): "Scrum/Release",
            ("Sales",): "Scrum/Chore",
            ("Support", "Call"): "Scrum/Bug",
            ("X",): "No/Where",
        },
    )
    assert resolve(["Scrum", "Release"], WORKSPACE, config).candidates == ("Scrum/Release",)
    assert resolve(["Sales", "P"], WORKSPACE, config) == Resolution("Sales", "Chore", "P", ("Scrum/Chore",))
    assert resolve(["support", "CALL"], WORKSPACE, config).candidates == ("Scrum/Bug",)
    assert resolve(["X"], WORKSPACE, config).candidates == ()


def test_two_formulas_with_one_label_are_both_candidates():
    schema = schema_of(database("A/B", toggl=" [L] [M]"), database("C/D", toggl=" [L] [M]"))
    assert resolve(["L", "M"], schema, NO_ALIASES).candidates == ("A/B", "C/D")


def test_a_name_does_not_count_where_formulas_say_otherwise():
    schema = schema_of(database("A/Build", toggl=" [A] [Release]"), database("A/Release", toggl=" [A] [Plan]"))
    assert resolve(["A", "Release"], schema, NO_ALIASES).candidates == ("A/Build",)


TASK = schema_of(
    database(
        "Scrum/Task",
        field("Scrum/Sprint", "Scrum/Sprint"),
        field("Scrum/Story points", "fibery/int"),
        field("Time tracker/Times", "Time tracker/Time", collection=True),
        field("fibery/creation-date", "fibery/date-time"),
        field("fibery/Recent~Items"),
        field("Scrum/WEEKDAY"),
        field("Scrum/Weekday"),
        field("Project management/Phase"),
        field("Scrum/PHASE"),
        field("A/Twin"),
        field("B/Twin"),
        field("Scrum/Project"),
        field("Scrum/Project "),
        field("Scrum/Lonely "),
        field("Scrum/⚙️ Deploy or build instructions"),
        field("Scrum/Cafe\u0301 Team"),
        field("Scrum/Sprint/Board"),
        field("Scrum/State"),
        field("workflow/state", "workflow/state_Scrum/Task"),
        field("Scrum/Devops n_0y04m38_deleted", deleted=True),
        field("Scrum/Removed", deleted=True),
        field("Scrum/Old link", "Scrum/Old"),
    ),
    database("Scrum/Old", deleted=True),
)


@pytest.mark.parametrize(
    ("name", "field_name"),
    [
        ("Sprint", "Scrum/Sprint"),
        ("Scrum/Sprint", "Scrum/Sprint"),
        ("scrum/sprint", "Scrum/Sprint"),
        ("  STORY   points", "Scrum/Story points"),
        ("Times", "Time tracker/Times"),
        ("Creation Date", "fibery/creation-date"),
        ("Recent Items", "fibery/Recent~Items"),
        ("WEEKDAY", "Scrum/WEEKDAY"),
        ("Weekday", "Scrum/Weekday"),
        ("Phase", "Project management/Phase"),
        ("phase", "Scrum/PHASE"),
        ("A/Twin", "A/Twin"),
        ("Project", "Scrum/Project"),
        ("Project ", "Scrum/Project "),
        ("Lonely", "Scrum/Lonely "),
        ("⚙️ deploy or build instructions", "Scrum/⚙️ Deploy or build instructions"),
        ("Café Team", "Scrum/Cafe\u0301 Team"),
        ("Sprint/Board", "Scrum/Sprint/Board"),
        # Whatever else is called so, the state is the workflow's.
        ("State", "workflow/state"),
        ("Scrum/State", "Scrum/State"),
    ],
)
def test_a_field_is_found_by_its_human_name(name: str, field_name: str):
    assert TASK.find_field("Scrum/Task", name).name == field_name


@pytest.mark.parametrize("name", ["weekday", "WeekDay", "Twin"])
def test_a_name_that_several_fields_have_is_reported_with_all_of_them(name: str):
    with pytest.raises(AmbiguousField, match="Scrum/WEEKDAY, Scrum/Weekday|A/Twin, B/Twin"):
        TASK.find_field("Scrum/Task", name)


@pytest.mark.parametrize("name", ["Acceptance Criteria", "Removed", "Devops n_0y04m38_deleted", "Old link"])
def test_deleted_fields_and_relations_to_deleted_types_are_not_there(name: str):
    with pytest.raises(NoSuchField, match=f'no field "{name}"'):
        TASK.find_field("Scrum/Task", name)


def test_a_missing_field_is_reported_with_the_nearest_name():
    with pytest.raises(NoSuchField, match='The nearest is "Story points"'):
        TASK.find_field("Scrum/Task", "Story Point")


@given(
    st.sampled_from(["Sprint", "Story points", "Lonely", "Café Team", "Times"]),
    st.sampled_from([str.upper, str.lower, str.title, str.swapcase]),
    st.sampled_from(["NFC", "NFD"]),
    st.integers(1, 3),
)
def test_case_spaces_and_unicode_form_of_a_name_do_not_matter(name, recase, form, spaces):
    written = unicodedata.normalize(form, recase(name)).replace(" ", " " * spaces)
    assert TASK.find_field("Scrum/Task", f" {written} ") == TASK.find_field("Scrum/Task", name)


def test_titles_are_the_schemas_own_and_known_for_what_it_does_not_spell_out():
    lower = database("Scrum/Bug")
    lower["fibery/fields"][2]["fibery/name"] = "Scrum/name"
    schema = schema_of(lower)
    assert schema.title_of("Scrum/Bug") == "Scrum/name"
    assert schema.title_of("fibery/user") == "user/name"
    assert schema.title_of("workflow/state_Scrum/Bug") == "enum/name"
    assert schema.title_of("Scrum/Unheard of") is None


def test_a_schema_comes_back_from_the_warehouse_as_it_was(tmp_path: Path):
    empty = database("A/Empty")
    empty["fibery/fields"] = []
    schema = schema_of(
        database("A/B", field("A/x", deleted=True), toggl=" [L] [M]"), empty, database("A/C", deleted=True)
    )
    fetched_at = datetime(2026, 1, 5, 6, 7, 8)
    connection = connect(tmp_path / "warehouse.duckdb")
    insert_rows(connection, "fibery_schema", schema.rows('W/"1"', fetched_at))
    rows = read_rows(connection, "SELECT * FROM fibery_schema")
    connection.close()
    assert {(row["etag"], row["fetched_at"]) for row in rows} == {('W/"1"', fetched_at)}
    again = Schema.from_rows(rows)
    assert again.types == schema.types
    assert list(again.rows("e", fetched_at)) == list(schema.rows("e", fetched_at))
    assert again.types["A/B"].label == ("L", "M")
    assert "A/C" not in again.types
    assert again.types["A/Empty"].fields == {}
