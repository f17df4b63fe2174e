"""The table of commands, their helps, and what `volt --help` costs."""

import subprocess
import sys

import click
import pytest

from volt_assets.cli import COMMANDS, volt

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
