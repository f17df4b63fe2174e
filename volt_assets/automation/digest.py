"""Weeks as messages, made of stored reports: the decisions of the first screen, and a link to the page."""

from collections.abc import Mapping
from datetime import date

from volt_assets.automation.alerts import Message
from volt_assets.automation.records import warehouse_of
from volt_assets.errors import BadInput
from volt_assets.orchestration.instance import ui_origin
from volt_assets.reports.facts.models import SCHEMA_VERSION, IndividualFacts, TeamFacts
from volt_assets.reports.files.file_names import file_names
from volt_assets.reports.rendering.message import message_of
from volt_assets.reports.view.digest import view_of_digest
from volt_assets.settings import Settings
from volt_assets.warehouse import Connection, read_rows
from volt_assets.weeks import iso_week


def team_digest(settings: Settings, week: date) -> Message | None:
    """The message about a week's team report; None where the week is not complete or has no report."""
    if not settings.warehouse_path.exists():
        return None
    with warehouse_of(settings).get_connection() as connection:
        team = "SELECT facts FROM team_report JOIN toggl_weeks USING (week) WHERE complete AND week = ?"
        rows = read_rows(connection, team, [week])
    return digest_of(TeamFacts.model_validate(rows[0]["facts"]), ui_origin(settings)) if rows else None


def own_digests(settings: Settings, week: date) -> dict[int, tuple[str, Message]]:
    """The address and the message of each person with a report of the week, by Toggl's id."""
    with warehouse_of(settings).get_connection() as connection:
        rows = read_rows(connection, "SELECT facts FROM individual_reports WHERE week = ?", [week])
        names = file_names(connection)
    found = (IndividualFacts.model_validate(row["facts"]) for row in rows)
    return {
        facts.user_id: (facts.email, digest_of(facts, ui_origin(settings), names)) for facts in found if facts.email
    }


def stored_digest(connection: Connection, week: date, user_id: int | None, ui: str) -> tuple[str | None, Message]:
    """The address and the message of a person's stored report, or (None) of the team's, which has no address.

    Raises BadInput where there is none, or it is of an earlier program.
    """
    team = "SELECT facts FROM team_report WHERE week = ?"
    own = "SELECT facts FROM individual_reports WHERE week = ? AND user_id = ?"
    rows = read_rows(connection, team, [week]) if user_id is None else read_rows(connection, own, [week, user_id])
    if not rows or rows[0]["facts"]["schema_version"] != SCHEMA_VERSION:
        why = "is of an earlier version of Volt" if rows else "is not there"
        raise BadInput(
            f"The report of the week {iso_week(week)} {why}. Make it with: "
            f"volt backfill --from {iso_week(week)} --to {iso_week(week)}",
            code="week_not_stored",
        )
    if user_id is None:
        return None, digest_of(TeamFacts.model_validate(rows[0]["facts"]), ui)
    facts = IndividualFacts.model_validate(rows[0]["facts"])
    return facts.email, digest_of(facts, ui, file_names(connection))


def digest_of(facts: IndividualFacts | TeamFacts, ui: str, names: Mapping[int, str] | None = None) -> Message:
    """The message about a report. `ui` is the origin at which the reports are served; `names` are people's files."""
    title, body = message_of(view_of_digest(facts))
    page = "team_summary"
    if isinstance(facts, IndividualFacts):
        page = f"individual/{(names or {}).get(facts.user_id, facts.user_id)}"
    return Message(title, f"{body}\n\n{ui}/reports/{iso_week(facts.period.first_day)}/{page}.html")
