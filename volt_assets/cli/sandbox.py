"""`volt sandbox`: a company behind Toggl's and Fibery's APIs on loopback, in the foreground.

The sandbox is imported only once the options are known to be sound: web server and company take a second.
"""

import json
import signal
import sys
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

if TYPE_CHECKING:
    from volt_assets.sandbox.company import Company
    from volt_assets.sandbox.settings import SandboxSettings

ROUNDING_MODES = {"down": -1, "nearest": 0, "up": 1, "-1": -1, "0": 0, "1": 1}
ROUNDING_MINUTES = (1, 5, 6, 10, 12, 15, 30, 60, 240)


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise click.BadParameter(f"{value} is not a time zone; one is Europe/Berlin.") from None
    return value


def _timezone(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    return None if value is None else _zone(value)


def _person_timezones(_context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    zones = {}
    for value in values:
        email, separator, zone = value.partition("=")
        if not separator or "@" not in email:
            raise click.BadParameter(f"{value} is not EMAIL=ZONE, such as ada@company.example=Asia/Tokyo.")
        zones[email] = _zone(zone)
    return zones


def _rounding(_context: click.Context, _parameter: click.Parameter, value: str | None) -> tuple[int, int] | None:
    if value is None:
        return None
    mode, _, minutes = value.partition(",")
    if mode not in ROUNDING_MODES or minutes not in map(str, ROUNDING_MINUTES):
        allowed = ", ".join(map(str, ROUNDING_MINUTES))
        raise click.BadParameter(
            f"{value} is not MODE,MINUTES: down, nearest or up (or -1, 0, 1), and one of {allowed}."
        )
    return ROUNDING_MODES[mode], int(minutes)


def _day(_context: click.Context, _parameter: click.Parameter, value: datetime | None) -> date | None:
    return value.date() if value else None


_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("sandbox")
@click.option("--port", type=click.IntRange(0, 65535), default=0, show_default=True, help="Port on 127.0.0.1; 0: any.")
@click.option("--entries", type=_FILE, help="CSV of time entries, as Toggl's detailed export.")
@click.option("--entities", type=_FILE, help="CSV of the Fibery entities that the entries point at.")
@click.option(
    "--timezone",
    callback=_timezone,
    metavar="ZONE",
    help="Zone of the CSV's wall times, and of people without --person-timezone.  [default: UTC]",
)
@click.option(
    "--person-timezone",
    "person_timezones",
    multiple=True,
    callback=_person_timezones,
    metavar="EMAIL=ZONE",
    help="A person's profile zone: Toggl filters days and prints times by it. May be repeated.",
)
@click.option(
    "--page-cap", type=click.IntRange(1), default=1000, show_default=True, help="Most rows that Toggl grants a page."
)
@click.option(
    "--rounding",
    callback=_rounding,
    metavar="MODE,MINUTES",
    help="The token owner's rounding preference: down, nearest or up (or -1, 0, 1), and minutes.  [default: none]",
)
@click.option(
    "--no-aggregates",
    is_flag=True,
    help="Let Fibery refuse aggregates in sub-queries, as it does where permissions guard a database.",
)
@click.option(
    "--latency-ms", type=click.IntRange(0), default=0, show_default=True, help="Added to every answer, in milliseconds."
)
@click.option(
    "--model",
    type=click.Choice(["truthful", "lying"]),
    default="truthful",
    show_default=True,
    help="How the model writes; lying: to see that no lie reaches a report. To use it, set OPENAI_BASE_URL to the "
    "printed openai_url, OPENAI_API_KEY to anything and VOLT_PROSE to checked.",
)
@click.option(
    "--strict", is_flag=True, help="Refuse what Toggl's specification does not name, where the real Toggl ignores it."
)
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed, another company.")
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    callback=_day,
    metavar="DATE",
    help="Last day of the generated company's twelve weeks.  [default: today]",
)
@click.option(
    "--requests-log",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="File that gets one line of JSON a request: service, method, path, status.",
)
@click.option(
    "--people-config",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="File that gets a people.yaml of the generated company; --env then names it.",
)
@click.option("--env", "as_env", is_flag=True, help="When ready, print lines for .env in place of JSON.")
def command(
    port: int,
    entries: Path | None,
    entities: Path | None,
    timezone: str | None,
    person_timezones: dict[str, str],
    page_cap: int,
    rounding: tuple[int, int] | None,
    no_aggregates: bool,
    latency_ms: int,
    model: Literal["truthful", "lying"],
    strict: bool,
    seed: int,
    until: date | None,
    requests_log: Path | None,
    people_config: Path | None,
    as_env: bool,
) -> None:
    """Serve Toggl's, Fibery's and a model's APIs on loopback, for trying things out.

    Without --entries and --entities it holds an invented company of twelve people. When ready it prints one line of
    JSON with the addresses, tokens and workspaces to use (--env: the lines of a .env that uses them). Ctrl-C ends it.

    \b
    Examples:
      volt sandbox
      volt sandbox --entries toggl_export.csv --entities fibery_entities.csv --timezone Europe/London
    """
    # A shell starts background jobs with SIGINT ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    _require_one_source(entries, entities, timezone, until, people_config)
    from volt_assets.sandbox.settings import SandboxSettings

    company = _company(entries, entities, timezone or "UTC", person_timezones, seed, until)
    settings = SandboxSettings(
        strict=strict,
        page_cap=page_cap,
        rounding=rounding,
        aggregates=not no_aggregates,
        latency_ms=latency_ms,
        seed=seed,
        model=model,
    )
    if people_config:
        _write_people(people_config, company, until)
    _serve(company, settings, port, requests_log, people_config, as_env)


def _write_people(file: Path, company: "Company", until: date | None) -> None:
    from volt_assets.sandbox.generated import people_yaml

    try:
        file.write_text(people_yaml(company, until), encoding="utf-8")
    except OSError as error:
        raise click.UsageError(f"{file} cannot be written: {error.strerror}.") from None


def _require_one_source(
    entries: Path | None, entities: Path | None, timezone: str | None, until: date | None, people_config: Path | None
) -> None:
    if (entries is None) != (entities is None):
        raise click.UsageError("--entries and --entities go together.")
    if entries is None and timezone is not None:
        raise click.UsageError(
            "--timezone is for --entries; the people of the invented company have zones of their own."
        )
    if entries is not None and people_config is not None:
        raise click.UsageError("--people-config is for the invented company; nothing is known of others' hours.")
    if entries is not None and until is not None:
        raise click.UsageError("--until is for the invented company; the days of --entries are in the file.")


def _serve(
    company: "Company",
    settings: "SandboxSettings",
    port: int,
    requests_log: Path | None,
    people_config: Path | None,
    as_env: bool,
) -> None:
    from volt_assets.sandbox.server import Sandbox, listening, make_server

    try:
        listener = listening(port)
    except OSError as error:
        raise click.UsageError(f"Port {port} cannot be used: {error.strerror}.") from None
    with listener:
        try:
            sandbox = Sandbox(company, settings, requests_log=requests_log)
        except OSError as error:
            raise click.UsageError(f"{requests_log} cannot be written: {error.strerror}.") from None
        sandbox.port = listener.getsockname()[1]
        try:
            named = {"VOLT_PEOPLE_CONFIG": str(people_config.absolute())} if people_config else {}
            click.echo(_dotenv({**sandbox.environment, **named}) if as_env else json.dumps(sandbox.ready))
            if sys.stderr.isatty() and not sys.stdout.isatty():
                click.echo(f"Serving at {sandbox.ready['toggl_url']}. Ctrl-C stops it.", err=True)
            make_server(sandbox).run(sockets=[listener])
        except KeyboardInterrupt:
            pass  # uvicorn has shut down, and raises the signal again
        finally:
            sandbox.close()


def _dotenv(environment: Mapping[str, str]) -> str:
    return "\n".join(f"{name}={value}" for name, value in environment.items())


def _company(
    entries: Path | None,
    entities: Path | None,
    timezone: str,
    person_timezones: dict[str, str],
    seed: int,
    until: date | None,
) -> "Company":
    if entries and entities:
        from volt_assets.sandbox.from_csv import CsvError, company_from_csv

        try:
            return company_from_csv(entries, entities, timezone=timezone, person_timezones=person_timezones)
        except CsvError as error:
            raise click.UsageError(str(error)) from None

    from volt_assets.sandbox.generated import generated_company

    company = generated_company(seed=seed, until=until)
    people = {person.email: person for person in company.toggl.people.values()}
    for email, zone in person_timezones.items():
        if email not in people:
            raise click.UsageError(f"Nobody has the address {email}. There are: {', '.join(people)}.")
        people[email].timezone = zone
    return company
