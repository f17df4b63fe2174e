"""`volt diff`: two versions of a report, for people and as JSON, and what is refused."""

import copy
import functools
import itertools
import operator
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from volt_assets.cli import diff
from volt_assets.reports.versions import differences
from volt_assets.warehouse import connect
from volt_assets_tests.acceptance.home import Home
from volt_assets_tests.reports.conftest import MONDAY, Stored
from volt_assets_tests.reports.versions.test_store import Reports, edit

BUG = "Fix login #5 [Scrum] [Bug] [Moneyball]"


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Home:
    """A home in which the reports of a week have three versions: an entry edited, then one linked and one added."""
    project = tmp_path_factory.mktemp("project")
    connection = connect(project / ".volt" / "warehouse.duckdb")
    stored = Stored(connection)
    reports = Reports(stored)
    stored.entry("Meeting", 3600)
    stored.entry("Talk", 1800, user=2)
    stored.entity("5")
    reports.fetch()
    reports.make()
    edit(stored, 0, seconds=5400)
    reports.fetch()
    reports.make()
    edit(stored, 0, description=BUG)
    stored.entry("Lunch\ntogether", 600)
    reports.fetch()
    reports.make()
    connection.close()
    return Home(project, {})


def test_the_last_two_versions_of_the_teams_report_are_compared(home: Home):
    told = home.volt("diff", "2025-W41", "--json").json
    assert (told["week"], told["person"]) == (str(MONDAY), None)
    assert (told["from"]["version"], told["to"]["version"], told["same_schema"]) == (2, 3, True)
    figures = {each["figure"]: (each["before"], each["after"]) for each in told["figures"]}
    assert figures["tracked_seconds"] == (7200, 7800)
    assert figures["linked_seconds"] == (0, 5400)
    (entity,) = told["entities"]
    assert (entity["public_id"], entity["before"], entity["after"]["seconds"]) == ("5", None, 5400)
    assert [change["kind"] for change in told["entries"]["changes"]] == ["edited", "added"]
    assert told["entries"]["seconds"] == 600
    (person,) = told["people"]
    assert person["name"] == "Ann Lee"
    assert told["sentences"]["removed"] != told["sentences"]["added"] != []


def test_any_two_versions_of_a_persons_report_can_be_compared(home: Home):
    told = home.volt("diff", str(MONDAY), "--person", "ANN@example.com", "--from", "1", "--to", "3", "--json").json
    assert told["person"] == {"user_id": 1, "name": "Ann Lee", "email": "ann@example.com"}
    activities = {each["description"]: (each["before"], each["after"]) for each in told["other_activities"]}
    assert activities["Meeting"] == ({"seconds": 3600, "hundredths": 100, "entries": 1}, None)
    assert told["entries"]["seconds"] == 2400


def test_people_read_hours_before_and_after(home: Home):
    outcome = home.volt("diff", "2025-W41", "--person", "ann@example.com")
    assert outcome.exit_code == 0
    lines = [" ".join(line.replace("│", " ").replace("┃", " ").split()) for line in outcome.stdout.splitlines()]
    assert lines[0].startswith("Report of Ann Lee, week of 2025-10-06: version 2 (")
    for line in (
        "tracked 1.50 1.67 +0.17",
        "#5 Item 5 (Scrum/Bug) 1.50 +1.50",
        "Meeting 1.50 −1.50",
        "Lunch together 0.17 +0.17",
        "added Ann Lee 2025-10-06 Lunch together (0.17) +0.17",
    ):
        assert line in lines, line
    assert any(line.startswith("+ ") for line in lines)


def test_versions_of_two_schemas_are_compared_by_what_both_tell(home: Home, tmp_path):
    other = home.copy(tmp_path)
    connection = connect(tmp_path / ".volt" / "warehouse.duckdb")
    connection.execute(
        "UPDATE report_versions SET facts = json_merge_patch(facts, "
        '\'{"schema_version": 1, "figures": {"linked_seconds": null}, "entities": null}\') WHERE version = 2'
    )
    connection.execute("UPDATE report_versions SET facts = json_merge_patch(facts, '{\"entities\": []}')")
    connection.close()
    outcome = other.volt("diff", "2025-W41", "--json").json
    assert outcome["same_schema"] is False
    assert "linked_seconds" not in {each["figure"] for each in outcome["figures"]}
    assert "what only one of them holds is not compared" in other.volt("diff", "2025-W41").stdout


def test_a_first_version_has_none_to_be_compared_with(home: Home):
    outcome = home.volt("diff", "2025-W41", "--person", "ben@example.com")
    assert (outcome.exit_code, outcome.stdout.strip()) == (
        0,
        "Version 1 is the first of this report: there is none before it.",
    )
    assert home.volt("diff", "2025-W41", "--person", "2", "--json").json["from"] is None


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["2025-W40"], "week_not_stored", "no report of the week 2025-W40"),
        (["last week"], "bad_date", "is not a week"),
        (["2025-W41", "--person", "nobody@example.com"], "unknown_user", "nobody@example.com"),
        (["2025-W41", "--person", "Ann Lee", "--from", "9"], "unknown_version", "versions 1 to 3"),
        (["2025-W41", "--to", "4"], "unknown_version", "no version 4"),
        (["2025-W41", "--from", "3", "--to", "2"], "unknown_version", "not earlier"),
        (["2025-W41", "--from", "0"], "usage", "--from"),
        ([], "usage", "WEEK"),
    ],
)
def test_bad_input_is_refused_with_exit_code_two(home: Home, arguments, code, said):
    outcome = home.volt("diff", *arguments, "--json")
    assert (outcome.exit_code, outcome.json["error"]["code"]) == (2, code)
    assert said in outcome.json["error"]["message"]


def test_billable_time_is_compared_and_where_one_version_does_not_know_it_that_is_said(home: Home, tmp_path):
    other = home.copy(tmp_path)

    def line_of(before: str, after: str) -> list[str]:
        connection = connect(tmp_path / ".volt" / "warehouse.duckdb")
        for table, value in (("report_versions", before), ("team_report", after)):
            printed = value if value == "null" else int(value) // 36
            patch = f'{{"figures": {{"billable_seconds": {value}, "billable_hundredths": {printed}}}}}'
            connection.execute(f"UPDATE {table} SET facts = json_merge_patch(facts, ?)", [patch])
        connection.close()
        lines = [line.replace("│", " ").split() for line in other.volt("diff", "2025-W41").stdout.splitlines()]
        return next((line for line in lines if line[:1] == ["billable"]), [])

    assert line_of("3600", "5400") == ["billable", "1.00", "1.50", "+0.50"]
    # A merge patch takes null for "remove": as in a version from before this was told.
    assert line_of("null", "5400") == []


def test_a_figure_that_became_known_has_no_change(home: Home):
    figure = {
        "figure": "billable_seconds",
        "before": None,
        "after": 5400,
        "before_hundredths": None,
        "after_hundredths": 150,
    }
    assert list(diff._figures([figure])) == [["billable", "unknown", "1.50", ""]]


def without(content: Any, path: Sequence[Any]) -> Any:
    """A copy of JSON-like content in which what is at the path is missing."""
    copied = copy.deepcopy(content)
    *above, name = path
    del functools.reduce(operator.getitem, above, copied)[name]
    return copied


def keys_of(content: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path to every key of an object, at any depth; of lists, those of the first item."""
    if isinstance(content, dict):
        for name, value in content.items():
            yield (*path, name)
            yield from keys_of(value, (*path, name))
    elif isinstance(content, list) and content:
        yield from keys_of(content[0], (*path, 0))


@pytest.mark.parametrize("user_id", [None, 1])
def test_versions_are_compared_whichever_key_one_of_them_lacks(home: Home, user_id, capsys):
    """As stored before something was added, or by a version of the program from which it is gone."""
    connection = connect(home.project / ".volt" / "warehouse.duckdb")
    versions = differences.stored_versions(connection, MONDAY, user_id)
    before, after = versions[0], versions[-1]
    compared = 0
    for changed, part in itertools.product((0, 1), ("facts", "prose")):
        for path in keys_of((before, after)[changed][part]):
            pair = [before, after]
            pair[changed] = {**pair[changed], part: without(pair[changed][part], path)}
            told = differences.differences(connection, MONDAY, user_id, *pair)
            diff._print(told, diff._names(pair))
            compared += 1
    assert compared > 200
    assert "Report of" in capsys.readouterr().out
    connection.close()


def test_hours_are_in_the_form_that_is_set_and_in_json_in_hundredths(tmp_path):
    connection = connect(tmp_path / ".volt" / "warehouse.duckdb")
    stored = Stored(connection)
    reports = Reports(stored)
    stored.entry("Meeting", 3605)
    reports.fetch()
    reports.make()
    edit(stored, 0, seconds=5_430)
    reports.fetch()
    reports.make(hours="hm")
    connection.close()
    home = Home(tmp_path, {"VOLT_HOURS": "hm"})
    printed = home.volt("diff", "2025-W41").stdout
    assert "1:00" in printed
    assert "+0:31" in printed
    (tracked,) = [
        each for each in home.volt("diff", "2025-W41", "--json").json["figures"] if "tracked" in each["figure"]
    ]
    assert (tracked["before_hundredths"], tracked["after_hundredths"]) == (100, 151)
