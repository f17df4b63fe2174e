"""What has to hold before days are run or exported: possible days, known people, stored weeks, a writable folder."""

import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from volt_assets.errors import BadInput
from volt_assets.settings import Settings
from volt_assets.toggl.client import Person
from volt_assets.warehouse import Connection
from volt_assets.weeks import local_day, week_of


def check_output_dir(folder: Path) -> None:
    """Raises BadInput where a run's folder could not be made in `folder`, which need not be there yet."""
    folder = folder.absolute()
    nearest = next(path for path in (folder, *folder.parents) if path.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
        reason = "is not a folder" if not nearest.is_dir() else "cannot be written"
        raise BadInput(f"Nothing can be put in {folder}: {nearest} {reason}. Choose another --output-dir.")


def check_days(settings: Settings, first: date, last: date) -> None:
    """Raises BadInput for days that cannot be run: reversed, to come, or before the first week."""
    if last < first:
        raise BadInput(f"The end date {last} is before the start date {first}.", code="bad_date")
    today = local_day(datetime.now(UTC), settings.zone)
    if last > today:
        raise BadInput(
            f"{last} is still to come: today is {today} in {settings.volt_timezone}. Choose an end date up to today.",
            code="bad_date",
        )
    if week_of(first) < settings.volt_first_week:
        raise BadInput(
            f"{first} is before the first week, {settings.volt_first_week}. To go further back, set VOLT_FIRST_WEEK "
            f"to {week_of(first)} (a Monday, not before 2006-01-02).",
            code="bad_date",
        )


def find_user_ids(emails: Sequence[str], addresses: Iterable[tuple[str | None, int]]) -> list[int]:
    """Toggl's ids of the people with these addresses, all of them where several accounts have one. `addresses`: who is
    known by which. Raises BadInput naming the unknown ones.
    """
    known: dict[str, set[int]] = defaultdict(set)
    for address, user_id in addresses:
        known[(address or "").casefold()].add(user_id)
    unknown = [email for email in emails if email.casefold() not in known]
    if unknown:
        raise BadInput(
            f"Nobody in the Toggl workspace has the address {', '.join(unknown)}. Check the spelling.",
            code="unknown_user",
        )
    return sorted(set().union(*(known[email.casefold()] for email in emails)))


def addresses_of(people: Iterable[Person]) -> list[tuple[str | None, int]]:
    """The addresses that Toggl lists."""
    return [(person.email, person.user_id) for person in people]


def stored_addresses(connection: Connection, weeks: Sequence[date]) -> list[tuple[str | None, int]]:
    """The addresses that people had in any of the weeks, and those they have had since."""
    return connection.execute(
        "SELECT DISTINCT email, user_id FROM people WHERE user_id IN "
        "(SELECT user_id FROM people WHERE week BETWEEN ? AND ?) AND week >= ?",
        [weeks[0], weeks[-1], weeks[0]],
    ).fetchall()


def stored_people(connection: Connection, weeks: Sequence[date]) -> list[Person]:
    """Everybody known in any of the weeks, as of the latest."""
    rows = connection.execute(
        "SELECT user_id, arg_max(name, week), arg_max(email, week), arg_max(timezone, week), arg_max(active, week) "
        "FROM people WHERE week BETWEEN ? AND ? GROUP BY user_id ORDER BY user_id",
        [weeks[0], weeks[-1]],
    ).fetchall()
    return [Person(*row) for row in rows]


def require_enriched(connection: Connection, weeks: Sequence[date]) -> None:
    """Raises BadInput for weeks with references that were never enriched: reports read Fibery's answers."""
    missing = connection.execute(
        "SELECT DISTINCT week FROM tracked_time WHERE linked AND week BETWEEN ? AND ? "
        "AND week NOT IN (SELECT week FROM enriched_entities) ORDER BY week",
        [weeks[0], weeks[-1]],
    ).fetchall()
    if missing:
        named = ", ".join(str(week) for (week,) in missing)
        raise BadInput(
            f"The week of {named} was not enriched from Fibery yet. Start from there: --start-from fibery.",
            code="week_not_stored",
        )
