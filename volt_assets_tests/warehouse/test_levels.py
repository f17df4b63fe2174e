"""What earlier versions stored is of use after the upgrade: it opens, exports, reports, and is fetched and compared."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from volt_assets.sandbox.server import Sandbox, start_sandbox
from volt_assets.sandbox.settings import SandboxSettings
from volt_assets.warehouse import connect
from volt_assets.warehouse.migrating import level_of, level_of_file, newest_level
from volt_assets.weeks import iso_week
from volt_assets_tests.acceptance.home import Home
from volt_assets_tests.warehouse.levels import FIRST, LAST, TIMEZONE, company, levels, unpack

DAYS = "--start-date", str(FIRST), "--end-date", str(LAST)
WEEKS = [iso_week(FIRST), iso_week(LAST)]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    folder = tmp_path_factory.mktemp("levels")
    with start_sandbox(company(folder), SandboxSettings(fibery_limits=False)) as sandbox:
        yield sandbox


@pytest.fixture(params=sorted(levels()))
def upgraded(request: pytest.FixtureRequest, server: Sandbox, tmp_path: Path) -> Home:
    home = Home(tmp_path, server.environment | {"VOLT_TIMEZONE": TIMEZONE, "VOLT_FIRST_WEEK": str(FIRST)})
    unpack(request.param, tmp_path / ".volt" / "warehouse.duckdb")
    server.forget()
    return home


@pytest.mark.slow
def test_what_a_level_stored_is_exported_reported_compared_and_fetched_again_without_a_change(upgraded, server):
    expected = sum(entry.seconds for entry in server.company.toggl.entries.values() if entry.seconds)

    # Nothing is sent, and nobody's hours are other ones.
    exported = upgraded.volt("export", "--json", *DAYS)
    assert exported.exit_code == 0, exported
    assert upgraded.sql("SELECT sum(seconds)::BIGINT FROM tracked_time") == [(expected,)]
    assert upgraded.sql("SELECT sum(hundredths)::BIGINT FROM tracked_time")[0][0] == pytest.approx(expected / 36, abs=2)
    assert server.requests == []

    # Its reports are made again, as versions that can be compared with what it stored.
    versions = dict(upgraded.sql("SELECT week, version FROM team_report"))
    reported = upgraded.run(*DAYS, "--start-from", "reports")
    assert reported.json["requests"] == {"toggl": 0, "fibery": 0, "openai": 0}
    assert {
        week: version >= versions[week] for week, version in upgraded.sql("SELECT week, version FROM team_report")
    } == dict.fromkeys(versions, True)
    compared = upgraded.volt("diff", "--json", WEEKS[0])
    assert compared.exit_code == 0, compared

    # Toggl has not changed since: a sync finds nothing.
    before = upgraded.sql("SELECT week, sum(seconds)::BIGINT FROM toggl_time_entries GROUP BY week ORDER BY week")
    synced = upgraded.volt("sync", "--json", "--from", WEEKS[0], "--to", WEEKS[1])
    assert synced.exit_code == 0, synced
    assert upgraded.sql("SELECT count(*) FROM time_entry_changes") == [(0,)]

    # And a whole run over it ends with the same hours.
    upgraded.run(*DAYS)
    assert (
        upgraded.sql("SELECT week, sum(seconds)::BIGINT FROM toggl_time_entries GROUP BY week ORDER BY week") == before
    )


@pytest.mark.parametrize("level", sorted(levels()))
def test_each_level_opens_with_its_hours(level, tmp_path):
    file = tmp_path / "warehouse.duckdb"
    unpack(level, file)
    assert level_of_file(file) == level
    with connect(file) as connection:
        assert level_of(connection) == newest_level()
        ((seconds,),) = connection.execute("SELECT sum(seconds)::BIGINT FROM tracked_time").fetchall()
    assert seconds == sum(entry.seconds or 0 for entry in company(tmp_path).toggl.entries.values())
