"""What a refetch makes stale: the weeks that changed, and nothing else."""

from volt_assets_tests.runs.conftest import WEEKS, World

FETCH = ["toggl_time_entries", "people"]


def test_after_a_run_of_all_weeks_everything_is_fresh(world: World):
    assert world.stale() == {}


def test_fetching_equal_rows_again_makes_nothing_stale(world: World):
    world.run(assets=FETCH)
    assert world.stale() == {}
    world.run(WEEKS[1], WEEKS[1], assets=FETCH)
    assert world.stale() == {}
    world.run(assets=["enriched_entities", "assigned_entities"])
    assert world.stale() == {}
    world.run(WEEKS[2], WEEKS[2], assets=["enriched_entities", "assigned_entities"])
    assert world.stale() == {}


def test_a_range_in_which_one_week_changed_makes_exactly_that_week_stale(world: World):
    toggl = world.sandbox.company.toggl
    changed = next(entry for entry in toggl.entries.values() if entry.description.startswith("Pay by card"))
    toggl.edit_entry(changed.id, description="Pay by card, and by invoice #2 [Scrum] [Task] [Volt]")
    world.run(assets=FETCH)
    readers = ["individual_reports", "team_report", "tracked_time"]
    assert world.stale() == dict.fromkeys(readers, [WEEKS[1]])
    world.run(WEEKS[1], WEEKS[1])
    assert world.stale() == {}


def test_an_entry_touched_without_a_change_makes_nothing_stale(world: World):
    toggl = world.sandbox.company.toggl
    toggl.edit_entry(next(iter(toggl.entries)))
    world.run(assets=FETCH)
    assert world.stale() == {}


def test_a_new_colleague_without_entries_makes_nothing_stale_and_a_new_name_does(world: World):
    toggl = world.sandbox.company.toggl
    toggl.add_person("Cy", "cy@example.com", "UTC")
    world.run(assets=FETCH)
    assert world.stale() == {}
    next(person for person in toggl.people.values() if person.name == "Bo").name = "Bodil"
    world.run(WEEKS[3], WEEKS[3], assets=FETCH)
    assert set(map(tuple, world.stale().values())) == {(WEEKS[3],)}
    assert "toggl_summary" in world.stale()


def test_another_answer_of_fibery_makes_the_reports_of_its_weeks_stale(world: World):
    world.sandbox.company.fibery.edit("Scrum/Bug", 1, **{"Scrum/Name": "Crash on every start"})
    world.run(assets=["enriched_entities", "assigned_entities"])
    assert world.stale() == dict.fromkeys(["individual_reports", "team_report"], [WEEKS[0], WEEKS[2]])


def test_the_latest_materialization_of_a_week_tells_all_of_that_week_and_names_its_run(world: World):
    for asset in ("toggl_time_entries", "people", "enriched_entities"):
        told = [world.materialization(asset, week) for week in WEEKS]
        assert len({record.run_id for record in told} - {""}) == 1
        rows = [record.asset_materialization.metadata["dagster/partition_row_count"].value for record in told]
        assert (
            rows
            == {"toggl_time_entries": [4, 2, 4, 4], "people": [2, 2, 2, 2], "enriched_entities": [1, 1, 2, 1]}[asset]
        )
    entries = world.materialization("toggl_time_entries", WEEKS[0]).asset_materialization
    assert entries.metadata["volt/complete"].value is True
    assert entries.tags["dagster/code_version"]
    assert "preview" in world.materialization("enriched_entities", WEEKS[2]).asset_materialization.metadata
