"""The team's week as a message, made of its stored report: the summary, each person's hours, and a link."""

from datetime import UTC, date, datetime
from typing import Any

from volt_assets.automation.alerts import Message
from volt_assets.automation.records import warehouse_of
from volt_assets.orchestration.instance import ui_origin
from volt_assets.reports.facts.models import TeamFacts
from volt_assets.reports.rendering.message import message_of
from volt_assets.reports.report import Report
from volt_assets.reports.sentences.models import Prose
from volt_assets.reports.sentences.templates import template_prose
from volt_assets.reports.view.digest import view_of_digest
from volt_assets.settings import Settings
from volt_assets.warehouse import read_rows
from volt_assets.weeks import iso_week


def team_summary(settings: Settings, week: date) -> Message | None:
    """The message about a week's team report; None where the week is not complete or has no report."""
    if not settings.warehouse_path.exists():
        return None
    with warehouse_of(settings).get_connection() as connection:
        rows = read_rows(
            connection,
            "SELECT facts, prose FROM team_report JOIN toggl_weeks USING (week) WHERE complete AND week = ?",
            [week],
        )
    return digest_of(rows[0]["facts"], rows[0]["prose"], ui_origin(settings)) if rows else None


def digest_of(facts: dict[str, Any], prose: dict[str, Any] | None, ui: str) -> Message:
    """The message about a stored team report. `ui` is the origin at which the reports are served."""
    team = TeamFacts.model_validate(facts)
    sentences = Prose.model_validate(prose) if prose else template_prose(team)
    title, body = message_of(view_of_digest(Report(team, datetime.now(UTC), prose=sentences), team))
    week = iso_week(team.period.first_day)
    return Message(title, f"{body}\n\n{ui}/reports/{week}/team_summary.html")
