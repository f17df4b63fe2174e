"""The team's week as a message: what the report's summary says, each person's hours, and where the report is."""

from datetime import UTC, datetime
from typing import Any

from volt_assets.automation.alerts import Message
from volt_assets.reports.facts.models import TeamFacts
from volt_assets.reports.rendering.message import message_of
from volt_assets.reports.report import Report
from volt_assets.reports.sentences.models import Prose
from volt_assets.reports.sentences.templates import template_prose
from volt_assets.reports.view.digest import view_of_digest
from volt_assets.weeks import iso_week


def digest_of(facts: dict[str, Any], prose: dict[str, Any] | None, ui: str) -> Message:
    """The message about a stored team report. `ui` is the origin at which the reports are served."""
    team = TeamFacts.model_validate(facts)
    said = Prose.model_validate(prose) if prose else template_prose(team)
    title, body = message_of(view_of_digest(Report(team, datetime.now(UTC), prose=said), team))
    week = iso_week(team.period.first_day)
    return Message(title, f"{body}\n\n{ui}/reports/{week}/team_summary.html")
