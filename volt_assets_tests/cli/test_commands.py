"""The table of commands, their helps, and what `volt --help` costs."""

import subprocess
import sys

import click
import pytest

from volt_assets import __version__
from volt_assets.cli import COMMANDS, volt
from volt_assets.warehouse import connect
from volt_assets.warehouse.migrating import newest_level
from volt_assets_tests.acceptance.home import Home
from volt_assets_tests.warehouse.levels import unpack

NAMES = list(COMMANDS)


@pytest.fixture
def context() -> click.Context:
    return click.Context(volt, info_name="volt")


@pytest.mark.parametrize("name", NAMES)
def test_the_table_says_of_each_command_what_its_own_help_says_first(context, name):
    command = volt.get_command(context, name)
    assert command.name == name
    assert command.help.splitlines()[0] == COMMANDS[name][1]


@pytest.mark.parametrize("name", NAMES)
def test_every_help_has_an_example_and_explains_every_option(context, name):
    command = volt.get_command(context, name)
    text = command.get_help(click.Context(command, parent=context, info_name=name))
    assert f"volt {name}" in text.partition("Example")[2]
    assert all(option.help for option in command.params if isinstance(option, click.Option))


def test_help_lists_all_commands_without_importing_dagster_or_duckdb():
    code = "from volt_assets.cli import main; main()"
    help_ = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", code, "--help"], capture_output=True, text=True, check=True
    )
    assert all(name in help_.stdout for name in NAMES)
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in help_.stderr.splitlines()}
    assert "click" in imported
    assert not imported & {"dagster", "duckdb", "httpx", "rich"}


@pytest.mark.parametrize("name", NAMES)
def test_no_commands_module_imports_dagster_or_duckdb_by_itself(name):
    """DuckDB starts a thread on import, which would take the interrupts that `volt run` has to catch first."""
    code = f"import sys, {COMMANDS[name][0]}; sys.exit(bool({{'dagster', 'duckdb'}} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_an_unknown_command_and_an_unknown_option_are_bad_input(home):
    for arguments in (["nonsense"], ["list-runs", "--nonsense"], ["list-runs", "--limit", "0"], ["show-run"]):
        outcome = home.volt(*arguments, "--json")
        assert outcome.exit_code == 2
        assert outcome.json["error"]["code"] == "usage"
        assert outcome.json["run_id"] is None


@pytest.mark.parametrize(("typed", "meant"), [("rn", "run"), ("listruns", "list-runs"), ("backfil", "backfill")])
def test_a_misspelt_command_is_refused_with_the_one_that_was_meant(home, typed, meant):
    message = home.volt(typed, "--json").json["error"]["message"]
    assert message == f"No such command '{typed}'. Did you mean '{meant}'?"
    assert "Did you mean" not in home.volt("nonsense").stderr


def test_volt_is_also_a_module():
    called = subprocess.run([sys.executable, "-m", "volt_assets", "--version"], capture_output=True, text=True)
    assert (called.returncode, called.stdout.splitlines()[0]) == (
        0,
        f"volt, version {__version__}, warehouse level {newest_level()}",
    )
    assert subprocess.run([sys.executable, "-m", "volt_assets", "rn"], capture_output=True).returncode == 2


def test_the_version_says_the_level_of_the_warehouse_without_touching_it(tmp_path):
    home = Home(tmp_path, {})
    file = tmp_path / ".volt" / "warehouse.duckdb"

    def said() -> list[str]:
        outcome = home.volt("--version")
        assert (outcome.exit_code, outcome.stderr) == (0, "")
        return outcome.stdout.splitlines()[1:]

    assert said() == []
    assert list(tmp_path.iterdir()) == []
    unpack("0035", file)
    before = file.read_bytes()
    assert said() == [f"{file} is at level 0035: the next command that reads it brings it to {newest_level()}."]
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir()] == [file.name]
    connect(file).close()
    assert said() == [f"{file} is at this level."]
    with connect(file) as connection:
        connection.execute("INSERT INTO schema_migrations VALUES ('9999_of_later.sql')")
    assert said() == [f"{file} is at level 9999: a newer Volt wrote it, and this one leaves it alone."]
    file.write_bytes(b"no database")
    assert said() == [f"{file} is in use or cannot be read, so its level is not known."]
    assert home.volt("--version", VOLT_TIMEZONE="Europe/Atlantis").exit_code == 0


def test_bad_input_ends_with_where_the_settings_that_it_names_are_set(home):
    """Wherever it arises: the error itself only knows the value."""
    dotenv = home.project / ".env"
    dotenv.write_text("\nVOLT_TIMEZONE=Asia/Tokyo\n")
    arguments = "run", "--start-date", "2023-01-02", "--end-date", "2023-01-08", "--start-from", "reports"
    try:
        refused = home.volt(*arguments, VOLT_FIRST_WEEK="2024-01-01")
    finally:
        dotenv.unlink()
    assert refused.exit_code == 2
    assert "VOLT_FIRST_WEEK is set in the environment." in refused.stderr.splitlines()
    assert "VOLT_TIMEZONE" not in refused.stderr
    assert "is set" not in home.volt(*arguments).stderr
