"""The same run twice: what was stored and written is the same to the byte, the times of doing it aside."""

from pathlib import Path

import pytest

from volt_assets_tests.acceptance.conftest import BUSIEST, Fetched, edited
from volt_assets_tests.acceptance.home import Home, Outcome, without_times


@pytest.fixture(scope="module")
def again(busiest: Fetched, tmp_path_factory) -> tuple[Home, Outcome]:
    """The same week run once more in a copy of the home."""
    home = busiest.copy(tmp_path_factory.mktemp("again"))
    return home, home.run(*BUSIEST)


def test_all_tables_are_equal(busiest: Fetched, again: tuple[Home, Outcome]):
    home, _ = again
    before, after = busiest.home.tables(times=False), home.tables(times=False)
    assert all(before.values())
    for table, rows in before.items():
        assert after[table] == rows, table


def test_it_was_really_fetched_again(busiest: Fetched, again: tuple[Home, Outcome]):
    query = "SELECT max(fetched_at) FROM {}"
    for table in ("toggl_weeks", "people", "enriched_entities"):
        assert again[0].sql(query.format(table)) > busiest.home.sql(query.format(table)), table


def test_unchanged_reports_keep_their_version_and_time(busiest: Fetched, again: tuple[Home, Outcome]):
    for table in ("individual_reports", "team_report"):
        query = f"SELECT * FROM {table} ORDER BY ALL"
        assert again[0].sql(query) == busiest.home.sql(query)


def test_all_files_of_the_runs_folder_are_equal(busiest: Fetched, again: tuple[Home, Outcome]):
    before, after = busiest.outcome.files(), again[1].files()
    assert list(before) == list(after)
    for name, text in before.items():
        assert after[name] == text, name


def test_the_folder_has_the_files_that_others_rely_on(busiest: Fetched):
    names = set(busiest.outcome.files())
    individual = {name for name in names if name.startswith("reports/individual/")}
    assert names - individual == {
        "run_metadata.json",
        "raw_toggl_data.json",
        "toggl_aggregated.json",
        "enriched_data.json",
        "reports/toggl_summary.md",
        "reports/team_summary.md",
        "reports/team_summary.html",
        "reports/data_quality.md",
        "reports/data_quality.html",
        "reports/time.csv",
    }
    assert "reports/individual/developer_13.md" in individual


def test_an_edit_in_toggl_makes_new_versions_of_just_the_reports_it_concerns(
    busiest: Fetched, tmp_path: Path, sip_sandbox
):
    home = busiest.copy(tmp_path)
    # Of something that nobody else worked on.
    entry_id, user_id, seconds, email = home.sql(
        "SELECT id, user_id, seconds, email FROM toggl_time_entries WHERE description IN "
        "(SELECT description FROM toggl_time_entries GROUP BY ALL HAVING count(DISTINCT user_id) = 1) "
        "ORDER BY id LIMIT 1"
    )[0]
    with edited(sip_sandbox, entry_id, seconds=60):
        home.run(*BUSIEST)
    versions = dict(home.sql("SELECT user_id, version FROM individual_reports"))
    assert versions.pop(user_id) == 2
    assert set(versions.values()) == {1}
    assert home.sql("SELECT version FROM team_report") == [(2,)]
    for options in ([], ["--person", email]):
        told = home.volt("diff", BUSIEST[1], *options, "--json").json
        (change,) = told["entries"]["changes"]
        assert (change["kind"], change["entry_id"], change["seconds"]) == ("edited", entry_id, 60 - seconds)
        assert told["entries"]["seconds"] == 60 - seconds
        (tracked,) = [each for each in told["figures"] if each["figure"] == "tracked_seconds"]
        assert tracked["after"] - tracked["before"] == 60 - seconds
    assert home.sql("SELECT user_id FROM report_versions ORDER BY user_id NULLS FIRST") == [(None,), (user_id,)]


def test_times_are_told_from_the_companys_own_past():
    assert without_times("made 2007-12-03T09:00:00Z") == "made 2007-12-03T09:00:00Z"
    assert without_times("made 2999-01-01 10:00 UTC, 2999-01-01T10:00:00.123Z") == "made (now), (now)"
