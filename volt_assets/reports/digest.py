"""The team's week as a message: what the report's summary says, each person's hours, and where the report is."""

from typing import Any

from volt_assets.automation.alerts import Message
from volt_assets.formatting import hundredths, number, period, text
from volt_assets.reports import wording
from volt_assets.reports.facts import TeamFacts
from volt_assets.reports.prose import Prose
from volt_assets.reports.template_prose import template_prose
from volt_assets.weeks import iso_week


def digest_of(facts: dict[str, Any], prose: dict[str, Any] | None, ui: str) -> Message:
    """The message about a stored team report. `ui` is the origin at which the reports are served."""
    team = TeamFacts.model_validate(facts)
    said = Prose.model_validate(prose) if prose else template_prose(team)
    printed = hundredths([person.figures.tracked_seconds for person in team.people])
    lines = [f"- {text(person.name)}: {number(hours)} h" for person, hours in zip(team.people, printed, strict=True)]
    week = iso_week(team.period.first_day)
    return Message(
        f"Team: {period(team.period.first_day, team.period.last_day)}",
        "\n\n".join(
            [
                wording.sentences(said.summary),
                wording.sentences(said.achievements),
                "\n".join(lines),
                f"{ui}/reports/{week}/team_summary.html",
            ]
        ),
    )
