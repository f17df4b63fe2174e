"""`volt plan`, and `volt run --dry-run`: what a run would cost, without making it.

Dagster takes a second to import, so what needs it is imported only once the options are known to be sound.
"""

from typing import TYPE_CHECKING

import click

from volt_assets.cli.options import json_option, start_from_option
from volt_assets.cli.output import duration, print_json
from volt_assets.errors import BadInput
from volt_assets.settings import Settings
from volt_assets.weeks import closed_weeks, last_day, parse_week, today_in

if TYPE_CHECKING:
    from volt_assets.runs.estimate import Estimate
    from volt_assets.runs.plan import RunRequest


@click.command("plan")
@click.option("--from", "first", metavar="WEEK", help="First week: any of its days, or 2025-W41. Default: the last.")
@click.option("--to", "last", metavar="WEEK", help="Last week, included. Default: the newest closed one.")
@start_from_option
@click.option("--refetch", is_flag=True, help="Complete weeks are fetched too.")
@json_option
def command(first: str | None, last: str | None, start_from: str, refetch: bool, as_json: bool) -> int:
    """Estimate what fetching a range of weeks takes, and whether it fits Toggl's hourly quota.

    Weeks, pages, requests to each service, time, and tokens of the model, as `volt backfill` would need them; for the
    days of a run: `volt run --dry-run`. Sends Toggl one request at most, and stores nothing but what is left of the
    quota.

    \b
    Examples:
      volt plan --from 2025-W01 --to 2025-W41
      volt plan --from 2025-W01 --json
    """
    settings = Settings.load()
    from datetime import UTC, datetime

    closed = closed_weeks(datetime.now(UTC), settings.volt_first_week, settings.zone)
    if not closed and not (first and last):
        raise BadInput("No week has closed since VOLT_FIRST_WEEK. Give --from and --to.", code="bad_date")
    end = parse_week(last) if last else closed[-1]
    begin = parse_week(first) if first else end
    if end < begin:
        raise BadInput(f"The week of {end} is before the week of {begin}.", code="bad_date")
    until = max(end, min(last_day(end), today_in(settings.zone)))
    from volt_assets.runs.plan import RunRequest

    return show_estimate(settings, RunRequest(None, start_from, begin, until, only_incomplete=not refetch), as_json)


def show_estimate(settings: Settings, request: "RunRequest", as_json: bool) -> int:
    """Print what the run would cost. Returns the exit code."""
    from volt_assets.runs.estimate import estimate

    found = estimate(settings, request)
    if as_json:
        print_json(found.as_json())
    else:
        click.echo("\n".join(_lines(found, settings)))
    return 0


def _lines(found: "Estimate", settings: Settings) -> list[str]:
    requests, pool = found.requests, found.quota
    model = "not known" if requests.openai is None else f"{requests.openai}"
    off = ", since VOLT_PROSE is off" if settings.openai_api_key and settings.volt_prose == "off" else ""
    lines = [
        f"Weeks:     {len(found.weeks)}, from {found.weeks[0]} to {found.weeks[-1]}; {len(found.to_fetch)} to fetch",
        f"Pages:     {found.pages} of Toggl",
        f"Requests:  Toggl {requests.toggl}, Fibery {requests.fibery}, the model {model}",
        f"Tokens:    {'not known' if found.tokens is None else found.tokens} of the model{off}",
        f"Time:      about {duration(found.seconds)} at the pace that is allowed",
    ]
    if pool is None:
        return [*lines, "Quota:     not known"]
    reset = f"{pool.resets_at.astimezone(settings.zone):%H:%M} ({settings.volt_timezone})"
    lines.append(
        f"Quota:     {pool.left} of {pool.an_hour} requests left until {reset}, {found.reserve} of them for people"
    )
    if found.fits:
        return [*lines, "It fits the hour's quota."]
    return [
        *lines,
        "It does not fit the hour's quota: a run ends with exit code 4 at a reset that is further away than "
        f"VOLT_MAX_WAIT ({settings.volt_max_wait:g} minutes), and the next one goes on there.",
    ]
