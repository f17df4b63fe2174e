"""The command line, `volt`: a client of the Dagster instance. Here: the table of commands and how errors end them.

A command's module is imported only when it is run, so that `volt --help` is quick; the help texts of the table are
therefore checked against the commands by a test.
"""

import difflib
import importlib
import sys

import click

from volt_assets.cli.output import CANCELLED, JSON_OUTPUT, report_error, with_sources
from volt_assets.cli.version import show_version
from volt_assets.disk import is_refusal, refused
from volt_assets.errors import BadInput, VoltError
from volt_assets.private_files import make_files_private

# name: (module, first line of its help)
COMMANDS = {
    "init": ("volt_assets.cli.init", "Set Volt up: ask for tokens and workspaces, check them, and write .env."),
    "run": ("volt_assets.cli.run", "Fetch, enrich and report on the weeks that the dates touch."),
    "sync": ("volt_assets.cli.sync", "Run again the stored weeks in which entries have changed."),
    "backfill": ("volt_assets.cli.backfill", "Bring a range of weeks up to date, in one run and without a run folder."),
    "plan": (
        "volt_assets.cli.plan",
        "Estimate what fetching a range of weeks takes, and whether it fits Toggl's hourly quota.",
    ),
    "export": (
        "volt_assets.cli.export",
        "Write the files of a run's folder for any stored days, without requests to Toggl or Fibery.",
    ),
    "diff": ("volt_assets.cli.diff", "Show what differs between two versions of a weekly report."),
    "digest": (
        "volt_assets.cli.digest",
        "Show a week's digest: what its report asks to decide, in at most twelve lines of Markdown.",
    ),
    "sql": ("volt_assets.cli.sql", "Answer a query about the stored weeks, in DuckDB's SQL."),
    "snapshot": (
        "volt_assets.cli.snapshot",
        "Copy the warehouse to a file that other tools can read while runs go on.",
    ),
    "backup": ("volt_assets.cli.backup", "Copy the warehouse, Dagster's records and the reports to a new folder."),
    "restore": ("volt_assets.cli.restore", "Put a backup back: the warehouse, Dagster's records and the reports."),
    "forget": ("volt_assets.cli.forget", "Take a person out of everything that Volt keeps, and keep them out."),
    "export-person": (
        "volt_assets.cli.export_person",
        "Write all that is held on a person to a new folder: README.md says what is in it.",
    ),
    "list-runs": ("volt_assets.cli.list_runs", "List runs, newest first."),
    "show-run": ("volt_assets.cli.show_run", "Show a run's details."),
    "cancel-run": ("volt_assets.cli.cancel_run", "Cancel a run and wait until it has ended."),
    "reports": ("volt_assets.cli.reports", "Print where the weekly reports are, and open them."),
    "ui": ("volt_assets.cli.ui.command", "Open Dagster's UI, with its daemon, on this machine."),
    "demo": ("volt_assets.cli.demo", "Show Volt on an invented company: no account, no token."),
    "sandbox": (
        "volt_assets.cli.sandbox",
        "Serve Toggl's, Fibery's and a model's APIs on loopback, for trying things out.",
    ),
    "doctor": (
        "volt_assets.cli.doctor",
        "Check settings, tokens and rights, both services, the warehouse, Dagster, disk and clock.",
    ),
    "clean": ("volt_assets.cli.clean", "Remove run folders."),
}


class LazyGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        return importlib.import_module(COMMANDS[name][0]).command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            near = difflib.get_close_matches(name, COMMANDS, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            raise click.UsageError(f"No such command '{name}'.{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=show_version,
    help="Show the version and the warehouse's level, and exit.",
)
def volt() -> None:
    """Weekly reports from Toggl time and Fibery work.

    Exit codes: 0 done; 1 the run failed, or a service could not be reached; 2 bad input or settings;
    3 cancelled; 4 try later.
    """


def main() -> None:
    """Run `volt`. Every expected error becomes a message and an exit code; with --json also one JSON object."""
    make_files_private()
    try:
        code = volt.main(standalone_mode=False) or 0
    except VoltError as error:
        report_error(
            error.code, with_sources(error.message) if error.exit_code == BadInput.exit_code else error.message
        )
        code = error.exit_code
    except click.ClickException as error:
        if JSON_OUTPUT in sys.argv:
            report_error("usage", error.format_message())
        else:
            error.show()
        code = 2
    except OSError as error:
        # A full or read-only disk that no writer has reported.
        if not is_refusal(error):
            raise
        refusal = refused(error.filename or "A file", str(error.strerror))
        report_error(refusal.code, refusal.message)
        code = refusal.exit_code
    except (KeyboardInterrupt, click.Abort):
        report_error("cancelled", "Cancelled.")
        code = CANCELLED
    sys.exit(code)
