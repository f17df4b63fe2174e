"""The team's week in a few lines, for a message: what the report's summary says, and each person's hours."""

from volt_assets.formatting import period
from volt_assets.reports.facts.models import TeamFacts
from volt_assets.reports.facts.rounding import PrintedTimes
from volt_assets.reports.report import Report
from volt_assets.reports.view.blocks import Block, Hours, Items, ListItem, Paragraph, View
from volt_assets.reports.view.people import labels_of
from volt_assets.reports.view.sentences import Sentences


def view_of_digest(report: Report, facts: TeamFacts) -> View:
    """The message about a team's report. Hours are those of the report."""
    times, labels = PrintedTimes(facts), labels_of(facts.people)
    sentences = Sentences(report, times)
    people = tuple(
        ListItem((f"{labels[person.user_id]}: ", Hours(linked + other, " h")))
        for person, (linked, other) in zip(facts.people, times.people, strict=True)
    )
    blocks: list[Block] = [Paragraph(line) for line in (sentences.summary, sentences.achievements) if line]
    blocks += [Items(people)] if people else []
    days = period(facts.period.first_day, facts.period.last_day)
    return View("Team report", days, days, f"Team: {days}", (), None, tuple(blocks))
