"""`volt run --start-from fibery --stale`: the weeks that used what was edited, and no others."""

import json
from collections.abc import Callable
from contextlib import chdir
from datetime import date
from pathlib import Path

import pytest

from volt_assets.cli import main
from volt_assets_tests.runs.conftest import CONFIG, WEEKS, World

EDITED_BUG = CONFIG.replace("enrich_scrum_bug", "default_enrich_entity, fields: [Project]")


@pytest.fixture
def volt(world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> Callable:
    """Run `volt run` with options in the project: exit code, and the JSON that it printed."""
    for name, value in (world.sandbox.environment | {"VOLT_FIRST_WEEK": str(WEEKS[0])}).items():
        monkeypatch.setenv(name, value)

    def run(*options: str) -> tuple[int, dict]:
        monkeypatch.setattr("sys.argv", ["volt", "run", *options, "--json"])
        capsys.readouterr()
        with chdir(world.project), pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code, json.loads(capsys.readouterr().out)

    return run


def texts(*weeks: date) -> list[str]:
    return [week.isoformat() for week in weeks]


REFRESH = "--start-from", "fibery", "--stale"


def test_without_an_edit_no_week_is_stale_and_no_run_is_made(world: World, volt):
    runs, asked = world.instance.get_runs_count(), len(world.sandbox.requests)
    code, told = volt(*REFRESH)
    assert (code, told.pop("requests")) == (0, {"toggl": 0, "fibery": 0, "openai": 0})
    assert told == {"stale_weeks": [], "restamped_weeks": [], "run_ids": [], "failed_checks": []}
    assert (world.instance.get_runs_count(), len(world.sandbox.requests)) == (runs, asked)


def test_after_an_edit_of_one_type_exactly_its_weeks_are_stale(world: World, volt):
    world.configure(EDITED_BUG)
    runs, asked = world.instance.get_runs_count(), len(world.sandbox.requests)
    assert world.stale() == {"enriched_entities": WEEKS, "assigned_entities": WEEKS}
    code, told = volt(*REFRESH, "--dry-run")
    assert code == 0
    assert told == {"stale_weeks": texts(WEEKS[0], WEEKS[2]), "restamped_weeks": texts(WEEKS[1], WEEKS[3])}
    # Nothing was done.
    assert (world.instance.get_runs_count(), len(world.sandbox.requests)) == (runs, asked)
    assert world.stale() == {"enriched_entities": WEEKS, "assigned_entities": WEEKS}


def test_a_run_for_each_unbroken_range_enriches_them_and_the_others_are_fresh_without_a_request(world: World, volt):
    untouched = world.rows("enriched_entities", WEEKS[1])
    told_before = world.materialization("enriched_entities", WEEKS[1]).asset_materialization
    world.configure(EDITED_BUG)
    runs = world.instance.get_runs_count()
    code, told = volt(*REFRESH)
    assert code == 0
    assert told["stale_weeks"] == texts(WEEKS[0], WEEKS[2])
    assert told["restamped_weeks"] == texts(WEEKS[1], WEEKS[3])
    assert len(told["run_ids"]) == world.instance.get_runs_count() - runs == 2
    assert told["requests"] == {"toggl": 0, "fibery": 4, "openai": 0}
    assert world.stale() == {}
    assert world.rows("enriched_entities", WEEKS[1]) == untouched
    told_now = world.materialization("enriched_entities", WEEKS[1]).asset_materialization
    assert told_now.metadata == told_before.metadata
    assert told_now.tags.keys() == told_before.tags.keys()
    assert {"fields": {"Project": None}, "name": "Crash on start"}.items() <= world.rows("enriched_entities", WEEKS[0])[
        0
    ].items()
    assert volt(*REFRESH, "--dry-run")[1] == {"stale_weeks": [], "restamped_weeks": []}


def test_weeks_that_follow_each_other_are_one_run(world: World, volt):
    world.configure(CONFIG.replace("fields: [Priority]", "fields: [Project]"))
    code, told = volt(*REFRESH)
    assert (code, told["stale_weeks"], len(told["run_ids"])) == (0, texts(*WEEKS[1:3]), 1)
    assert world.stale() == {}


def test_an_alias_concerns_the_weeks_with_its_label(world: World, volt):
    world.configure(CONFIG + 'aliases: {"[Plans] [Idea]": Scrum/Task}\n')
    assert set(world.stale()) == {"entity_references", "enriched_entities", "assigned_entities"}
    code, told = volt(*REFRESH)
    assert (code, told["stale_weeks"], told["restamped_weeks"]) == (0, texts(WEEKS[3]), texts(*WEEKS[:3]))
    assert world.rows("entity_references", WEEKS[3])[0]["candidates"] == ["Scrum/Task"]
    assert world.stale() == {}


def test_an_edit_that_no_week_uses_makes_none_stale(world: World, volt):
    world.configure(CONFIG.replace("  default:", "  Scrum/Chore: {fields: [Project]}\n  default:"))
    assert volt(*REFRESH, "--dry-run")[1] == {"stale_weeks": [], "restamped_weeks": texts(*WEEKS)}


def test_another_pace_makes_nothing_stale(world: World):
    world.configure(CONFIG.replace("enrich_scrum_bug}", "enrich_scrum_bug, max_concurrent: 1}"))
    assert world.stale() == {}


@pytest.mark.slow
def test_the_reports_of_the_weeks_after_a_change_are_made_again_without_a_request(world: World, volt):
    toggl = world.sandbox.company.toggl
    entry = next(entry for entry in toggl.entries.values() if entry.description.startswith("Pay by card"))
    toggl.edit_entry(entry.id, stop=entry.stop + 1800)
    world.run(WEEKS[1], WEEKS[1])
    # Dagster does not know that a report reads the weeks before.
    assert world.stale() == {}
    before = world.rows("team_report", WEEKS[2])[0]
    later = texts(WEEKS[2], WEEKS[3])
    assert volt(*REFRESH, "--dry-run")[1] == {"stale_weeks": later, "restamped_weeks": []}
    code, told = volt(*REFRESH)
    assert (code, told["stale_weeks"], told["requests"]) == (0, later, {"toggl": 0, "fibery": 0, "openai": 0})
    after = world.rows("team_report", WEEKS[2])[0]
    assert (before["version"], after["version"]) == (1, 2)
    assert after["facts"]["before"]["figures"]["tracked_seconds"] == 2 * 3600 + 1800
    assert volt(*REFRESH, "--dry-run")[1] == {"stale_weeks": [], "restamped_weeks": []}


@pytest.mark.slow
def test_a_report_that_reads_what_was_just_enriched_follows(world: World, volt):
    """The first week's bug is finished since: its enrichment makes the second week's report wrong."""
    fibery = world.sandbox.company.fibery
    bug = fibery.entity("Scrum/Bug", 1)
    done = next(state for state in fibery.entities["workflow/state_Scrum/Bug"] if state.values["enum/name"] == "Done")
    bug.values.update({"workflow/state": done, "Scrum/Completed On": str(WEEKS[0])})
    world.configure(EDITED_BUG)
    assert volt(*REFRESH, "--dry-run")[1]["stale_weeks"] == texts(WEEKS[0], WEEKS[2])
    assert volt(*REFRESH)[1]["stale_weeks"] == texts(*WEEKS[:3])
    assert world.rows("team_report", WEEKS[1])[0]["facts"]["before"]["figures"]["finished"] == 1


@pytest.mark.parametrize(
    "options",
    [
        ["--stale"],
        ["--start-from", "reports", "--stale"],
        ["--start-from", "fibery", "--dry-run"],
        [*REFRESH, "--start-date", "2025-09-01", "--end-date", "2025-09-07"],
        [*REFRESH, "--users", "ana@example.com"],
        [*REFRESH, "--run-id", "run_2025-10-13-06-00-00"],
    ],
)
def test_stale_is_for_all_weeks_from_fibery_on(volt, options: list[str]):
    code, told = volt(*options)
    assert (code, told["error"]["code"]) == (2, "usage")


def test_a_run_that_fails_ends_it_and_what_was_left_stays_stale(world: World, volt, tmp_path: Path):
    from volt_assets.sandbox.faults import Fault

    world.configure(EDITED_BUG)
    world.sandbox.fail_next("/api/commands", Fault(400, "no"), times=100)
    code, told = volt(*REFRESH)
    assert code == 1
    assert told["run_id"].startswith("run_")
    assert volt(*REFRESH, "--dry-run")[1] == {"stale_weeks": texts(WEEKS[0], WEEKS[2]), "restamped_weeks": []}
