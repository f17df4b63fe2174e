"""`volt diff`: two versions of a weekly report beside each other.

DuckDB takes half a second to import, so what needs it is imported only after the settings are known to be sound.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import click

from volt_assets.cli.options import json_option
from volt_assets.cli.output import print_json, print_table
from volt_assets.errors import BadInput
from volt_assets.formatting import count_difference, difference, number, printing, rounded
from volt_assets.settings import Settings
from volt_assets.weeks import iso_week, parse_week

_NAMES = {
    "tracked_seconds": "tracked",
    "linked_seconds": "on work items",
    "other_seconds": "other",
    "entities": "work items",
}
_TIMES = ("seconds", "hundredths", "entries")


@click.command("diff")
@click.argument("week", metavar="WEEK")
@click.option(
    "--person", metavar="EMAIL", help="This person's report, not the team's: address, whole name or Toggl's id."
)
@click.option("--from", "first", type=click.IntRange(min=1), metavar="N", help="The earlier version.")
@click.option("--to", "last", type=click.IntRange(min=1), metavar="M", help="The later version.")
@json_option
def command(week: str, person: str | None, first: int | None, last: int | None, as_json: bool) -> None:
    """Show what differs between two versions of a weekly report.

    WEEK is any of its days (2025-10-06) or its ISO number (2025-W41). Compared are the last two versions, or those
    of --from and --to. A new version is made when the content of a report changes; earlier ones are kept. Times are in
    hours.

    \b
    Examples:
      volt diff 2025-W41
      volt diff 2025-W41 --person ann@example.com
      volt diff 2025-W41 --from 1 --to 3
    """
    monday = parse_week(week)
    settings = Settings.load()
    from volt_assets.reports.versions.differences import chosen, differences, report_of, stored_versions
    from volt_assets.warehouse import warehouse_of

    warehouse = warehouse_of(settings)
    with warehouse.get_connection() as connection, printing("decimal" if as_json else settings.volt_hours):
        user_id = report_of(connection, monday, person) if person is not None else None
        versions = stored_versions(connection, monday, user_id)
        if not versions:
            raise BadInput(
                f"There is no report of the week {iso_week(monday)}. Make it with: "
                f"volt backfill --from {iso_week(monday)} --to {iso_week(monday)}",
                code="week_not_stored",
            )
        before, after = chosen(versions, first, last)
        diff = None if before is None else differences(connection, monday, user_id, before, after)
        names = {} if diff is None else _names(versions)
    if diff is None:
        only = {"version": after["version"], "generated_at": after["generated_at"].isoformat(timespec="seconds") + "Z"}
        if as_json:
            print_json({"week": monday.isoformat(), "from": None, "to": only})
        else:
            click.echo(f"Version {after['version']} is the first of this report: there is none before it.")
    elif as_json:
        print_json(diff)
    else:
        with printing(settings.volt_hours):
            _print(diff, names)


def _names(versions: Sequence[Mapping[str, Any]]) -> dict[int, str]:
    """Names of people by id, from the team's report."""
    people = [person for each in versions for person in each["facts"].get("people") or []]
    return {person["user_id"]: person["name"] for person in people if {"user_id", "name"} <= person.keys()}


def _print(diff: Mapping[str, Any], names: Mapping[int, str]) -> None:
    who = _name_of(diff["person"]) if diff["person"] else "the team"
    old, new = diff["from"], diff["to"]
    click.echo(
        f"Report of {who}, week of {diff['week']}: version {old['version']} ({_minute(old)}) "
        f"and version {new['version']} ({_minute(new)})"
    )
    if not diff["same_schema"]:
        click.echo("They were made by different versions of the program: what only one of them holds is not compared.")
    sections = [
        ("Figures", ["Figure", "Before", "After", "Change"], list(_figures(diff["figures"]))),
        ("People", ["Person", "Before", "After", "Change"], list(_people(diff["people"]))),
        (
            "Projects",
            ["Project", "Before", "After", "Change"],
            list(_times(diff["projects"], "project", "no project")),
        ),
        ("Work items", ["Work item", "Before", "After", "Change"], list(_entities(diff["entities"]))),
        (
            "Other activities",
            ["Activity", "Before", "After", "Change"],
            list(_times(diff["other_activities"], "description", "no description")),
        ),
        ("Entries", ["Entry", "Person", "Before", "After", "Change"], list(_entries(diff, names))),
    ]
    shown = [section for section in sections if section[2]]
    for title, columns, rows in shown:
        click.echo(f"\n{title}")
        print_table(columns, rows)
    if diff["entries"] is None:
        click.echo("\nThe entries of one of them were not kept, so they are not compared.")
    if any(diff["sentences"].values()):
        click.echo("\nSentences")
    for sign, colour, lines in (
        ("-", "red", diff["sentences"]["removed"]),
        ("+", "green", diff["sentences"]["added"]),
    ):
        for line in lines:
            click.secho(f"{sign} {line}", fg=colour)
    if not shown and not any(diff["sentences"].values()):
        click.echo("\nTime, work items and sentences are the same: what differs is elsewhere in the report.")


def _figures(figures: Sequence[Mapping[str, Any]]) -> Iterator[list[str]]:
    for each in figures:
        name, before, after = each["figure"], each["before"], each["after"]
        named = _NAMES.get(name, name.removesuffix("_seconds").replace("_", " "))
        known = None not in (before, after)
        if name.endswith("_seconds"):
            before, after = each["before_hundredths"], each["after_hundredths"]
            sides = ["unknown" if side is None else number(side) for side in (before, after)]
            yield [named, *sides, difference(after, before) if known else ""]
        else:
            yield [named, _count(before), _count(after), count_difference(after, before) if known else ""]


def _people(people: Sequence[Mapping[str, Any]]) -> Iterator[list[str]]:
    for each in people:
        yield [each["name"], *_hours(each, "tracked_")]


def _times(items: Sequence[Mapping[str, Any]], key: str, nothing: str) -> Iterator[list[str]]:
    for each in items:
        yield [
            _line(each[key]) or nothing,
            *_hours(each),
        ]


def _entities(entities: Sequence[Mapping[str, Any]]) -> Iterator[list[str]]:
    """A line for each work item: its hours, and for each version the other fields that differ."""
    for each in entities:
        old, new = each["before"], each["after"]
        name = _line((new or old).get("name"))
        title = f"#{each['public_id']} {name} ({each['type']})".replace("  ", " ")
        before, after, change = _hours(each)
        differing = [field for field in (old or {}) if field not in _TIMES and new and old[field] != new[field]]
        cells = []
        for side, printed in ((old, before), (new, after)):
            more = [f"{field.replace('_', ' ')} {_line(side[field]) or 'unknown'}" for field in differing]
            cells.append("; ".join([printed, *more]))
        yield [title, *cells, change]


def _entries(diff: Mapping[str, Any], names: Mapping[int, str]) -> Iterator[list[str]]:
    if diff["entries"] is None:
        return
    for change in diff["entries"]["changes"]:
        sides = [change["before"], change["after"]]
        person = _name_of(diff["person"]) if diff["person"] else names.get(change["user_id"], str(change["user_id"]))
        yield [change["kind"], person, *map(_entry, sides), _signed(change["seconds"])]


def _name_of(person: Mapping[str, Any]) -> str:
    return person["name"] or str(person["user_id"])


def _entry(entry: Mapping[str, Any] | None) -> str:
    if entry is None:
        return ""
    length = "running" if entry["seconds"] is None else _number(entry["seconds"])
    return f"{entry['day']} {_line(entry['description']) or 'no description'} ({length})"


def _hours(pair: Mapping[str, Any], prefix: str = "") -> list[str]:
    """The hours on both sides, as the reports print them (nothing where a side is missing), and their difference."""
    from volt_assets.reports.versions.differences import hundredths_of

    before, after = (None if side is None else hundredths_of(side, prefix) for side in (pair["before"], pair["after"]))
    sides = ["" if side is None else number(side) for side in (before, after)]
    return [*sides, difference(after or 0, before or 0)]


def _number(seconds: int) -> str:
    return number(rounded(seconds))


def _signed(seconds: int) -> str:
    return difference(rounded(seconds), 0)


def _count(value: int | None) -> str:
    return "unknown" if value is None else str(value)


def _line(value: str | None) -> str:
    """The text on one line."""
    return " ".join((value or "").split())


def _minute(version: Mapping[str, Any]) -> str:
    return f"{datetime.fromisoformat(version['generated_at']):%Y-%m-%d %H:%M} UTC"
