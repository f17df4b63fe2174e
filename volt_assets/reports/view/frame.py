"""What every report has around its content: what to know before trusting it, and what it states at its foot."""

from datetime import datetime

from volt_assets.formatting import minute
from volt_assets.reports.facts.models import TeamFacts
from volt_assets.reports.report import Report
from volt_assets.reports.sentences.templates import period_word
from volt_assets.reports.view import words
from volt_assets.reports.view.blocks import Block, Footnotes, Pairs, Paragraph, Section
from volt_assets.reports.view.sentences import Sentences


def warnings(report: Report) -> list[Paragraph]:
    """What a reader must know before trusting the totals."""
    return [Paragraph((note,), "warning") for note in words.notes(report.facts.period)]


def summary(sentences: Sentences) -> Section:
    credit = words.credit_of(sentences.report.prose)
    below = (Paragraph((f"{credit[0].upper()}{credit[1:]}.",), "soft"),) if credit else ()
    return Section("Summary", (Paragraph(sentences.summary), *below), style="bare")


def foot(report: Report, sentences: Sentences) -> Section:
    """What the sentences rest on, and period, zone, rules, when fetched, what was left out, version, model."""
    facts, period = report.facts, report.facts.period
    fetched = f"Entries {minute(period.fetched_at)}" if period.fetched_at else "Entries: unknown"
    looked_up_at = sorted(entity.enriched_at for entity in facts.entities if entity.enriched_at is not None)
    if looked_up_at:
        fetched += f"; states and dates in Fibery {_between(looked_up_at)}"
    version = "" if report.version is None else f"version {report.version}, "
    pairs = [
        ("Period", f"{period.first_day} to {period.last_day}, both included, in the time zone {period.timezone}"),
        ("Rules", "A week starts on Monday; an entry counts whole, on the day and in the week it starts in"),
        ("Project", "That of the work item's tags; without one, the one chosen in Toggl"),
        ("Fetched", fetched),
        *_states(report),
        ("Left out", words.left_out(facts.left_out) or "Nothing"),
        ("Generated", f"{version}{minute(report.generated_at)}"),
        ("Sentences", words.written_by(report.prose)),
    ]
    blocks: list[Block] = [Footnotes(sentences.footnotes)] if sentences.footnotes else []
    blocks.append(Pairs(tuple((name, f"{value}.") for name, value in pairs)))
    return Section("About this report", tuple(blocks), style="foot")


def _states(report: Report) -> list[tuple[str, str]]:
    """Of when the states of the team's items are: a person's report says so where it judges by them."""
    facts = report.facts
    if not isinstance(facts, TeamFacts) or not facts.states_as_of:
        return []
    return [("States", words.states_as_of(set(facts.states_as_of), period_word(facts.period)).rstrip("."))]


def _between(instants: list[datetime]) -> str:
    first, last = minute(instants[0]), minute(instants[-1])
    return first if first == last else f"between {first} and {last}"
