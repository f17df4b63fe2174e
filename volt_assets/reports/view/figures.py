"""The report's main figures, by themselves and beside the period before."""

from volt_assets.formatting import count_difference, number, period, plural, share, short_day
from volt_assets.reports.facts.models import Before, IndividualFacts, Period, TeamFacts
from volt_assets.reports.facts.models import Figures as FiguresOf
from volt_assets.reports.facts.rounding import PrintedTimes, split
from volt_assets.reports.sentences.templates import before_word, period_word
from volt_assets.reports.view.amounts import amounts_in_words
from volt_assets.reports.view.blocks import (
    Block,
    Change,
    Column,
    Figure,
    Figures,
    Hours,
    Line,
    Paragraph,
    Row,
    Section,
    Strong,
    Table,
)
from volt_assets.reports.view.words import against_expected


def figures_section(times: PrintedTimes) -> Section:
    """The figures, and why the period before is unknown where it is."""
    facts = times.facts
    linked, other = times.split
    figures = (_tracked(times), _linked(times), *_counts(times), _over_estimate(facts), *_expected_next(facts))
    blocks: list[Block] = [
        Figures(figures, _compared(facts), {"tracked": linked + other, "linked": linked, "other": other})
    ]
    if why := _unknown_before(facts.period, facts.before):
        blocks.append(Paragraph((why,), "note"))
    return Section("Figures", tuple(blocks), anchor="figures", style="bare")


def _tracked(times: PrintedTimes) -> Figure:
    facts, word = times.facts, before_word(times.facts.period)
    now, before = facts.figures, facts.before.figures
    tracked = sum(times.split)
    notes: list[Line] = []
    compared = []
    if before is not None:
        then = before.tracked_hundredths
        percent = f" ({count_difference(round(100 * tracked / then), 100)}%)" if then else ""
        notes.append((Strong(f"{Change(tracked - then)} h"), f"{percent} on the {word}"))
        compared.append(f"{word} {number(then)}")
    else:
        notes.append((f"{word} unknown",))
    compared += [against] if (against := against_expected(facts)) else []
    if facts.period.one_week and facts.trend.usual_hundredths is not None:
        compared.append(f"usual {number(facts.trend.usual_hundredths)}")
    notes += [(" · ".join(compared),)] if compared else []
    if now.billable_seconds:
        part = share(now.billable_seconds, now.tracked_seconds)
        notes.append((f"{number(now.billable_hundredths or 0)} h billable ({part})",))
        if isinstance(facts, TeamFacts) and facts.money:
            notes.append((amounts_in_words(facts.money),))
    return Figure("Tracked", Hours(tracked), "h", tuple(notes))


def _linked(times: PrintedTimes) -> Figure:
    now, before = times.facts.figures, times.facts.before.figures
    linked, other = times.split
    notes: list[Line] = [(f"{number(linked)} h, other {number(other)} h",)]
    if before is not None:
        then = share(before.linked_seconds, before.tracked_seconds)
        notes.append((f"{before_word(times.facts.period)} {then}",))
    part = share(now.linked_seconds, now.tracked_seconds)
    return Figure("On work items", part.rstrip("%"), "%" if now.tracked_seconds else "", tuple(notes))


def _counts(times: PrintedTimes) -> tuple[Figure, Figure]:
    facts, word = times.facts, before_word(times.facts.period)
    now, before = facts.figures, facts.before.figures
    projects = sum(project.project is not None and project.seconds > 0 for project in facts.projects)
    distinct = "distinct, " if isinstance(facts, TeamFacts) else ""
    on_finished = sum(part for entity, part in zip(facts.entities, times.items, strict=True) if entity.finished)
    return (
        _count(
            "Work items",
            now.entities,
            f"{distinct}in {plural(projects, 'project')}" if projects else "",
            None if before is None else before.entities,
            word,
        ),
        _count(
            "Finished",
            now.finished,
            f"{number(on_finished)} h on them" if on_finished else "",
            None if before is None else before.finished,
            word,
        ),
    )


def _count(label: str, now: int | None, note: str, then: int | None, word: str) -> Figure:
    notes = [note, "" if then is None else f"{word} {then}"]
    return Figure(label, known(now), notes=tuple((line,) for line in notes if line))


def _over_estimate(facts: IndividualFacts | TeamFacts) -> Figure:
    counted, reported = facts.over_estimate, facts.period
    if counted.entities is None:
        return Figure("Over estimate", "unknown", notes=(("not everybody's time is known",),))
    since = (
        "" if reported.stored_since is None else f" since {short_day(reported.stored_since, reported.last_day.year)}"
    )
    missing = f", {plural(reported.weeks_missing, 'week')} missing" if reported.weeks_missing else ""
    in_sum = sum(entity.plan.over_hundredths for entity in facts.entities)
    notes: list[Line] = [(f"{number(in_sum)} h over in sum",)] if in_sum else []
    return Figure("Over estimate", str(counted.entities), notes=(*notes, (f"time{since}{missing}",)))


def _expected_next(facts: IndividualFacts | TeamFacts) -> list[Figure]:
    """What is expected in the time that one plans after it; nothing where it is not known."""
    hundredths, name = facts.expected.next_hundredths, facts.period.calendar_name
    if hundredths is None:
        return []
    when = "next week" if facts.period.one_week else f"next {name}" if name else "in the time after"
    return [Figure(f"Expected {when}", Hours(hundredths), "h", (("days off and holidays taken out",),))]


def _compared(facts: IndividualFacts | TeamFacts) -> Table:
    """Name, value, value before, difference. Linked and other hours add up to those tracked."""
    now, before = facts.figures, facts.before.figures
    columns = tuple(
        Column(label, "number" if label else "text")
        for label in ("", f"This {period_word(facts.period)}", before_word(facts.period).capitalize(), "Change")
    )
    rows = []
    parts = split(now)
    parts_then = None if before is None else split(before)
    shares = ("", *_percent(now))
    shares_then = ("", "", "") if before is None else ("", *_percent(before))
    for place, name in enumerate(("Tracked", "On work items", "Other")):
        value = sum(parts) if place == 0 else parts[place - 1]
        then = None if parts_then is None else sum(parts_then) if place == 0 else parts_then[place - 1]
        rows.append(
            (
                name,
                f"{number(value)} h{shares[place]}",
                "unknown" if then is None else f"{number(then)} h{shares_then[place]}",
                "unknown" if then is None else f"{Change(value - then)} h",
            )
        )
    rows += _expected(facts)
    if now.billable_seconds or (before is not None and before.billable_seconds):
        rows.append(("Billable", *_billable(now, before)))
    for name, count, count_then in (
        ("Work items", now.entities, None if before is None else before.entities),
        ("Finished", now.finished, None if before is None else before.finished),
    ):
        change = "unknown" if count is None or count_then is None else count_difference(count, count_then)
        rows.append((name, known(count), known(count_then), change))
    return Table(columns, tuple(Row(tuple((cell,) for cell in row)) for row in rows))


def _expected(facts: IndividualFacts | TeamFacts) -> list[tuple[str, str, str, str]]:
    """What was expected now and in the week before; nothing where it is not known."""
    now = facts.expected.hundredths
    if now is None:
        return []
    weeks = facts.expected.weeks
    then = weeks[-2].hundredths if facts.period.one_week and len(weeks) > 1 else None
    before = ("unknown", "unknown") if then is None else (f"{number(then)} h", f"{Change(now - then)} h")
    return [("Expected", f"{number(now)} h", *before)]


def _billable(now: FiguresOf, before: FiguresOf | None) -> tuple[str, str, str]:
    """Billable time, that of the period before, and the difference."""
    value = _billable_part(now)
    if before is None or before.billable_hundredths is None:
        return value, "unknown", "unknown"
    if now.billable_hundredths is None:
        return value, _billable_part(before), "unknown"
    return value, _billable_part(before), f"{Change(now.billable_hundredths - before.billable_hundredths)} h"


def _billable_part(of: FiguresOf) -> str:
    if of.billable_seconds is None or of.billable_hundredths is None:
        return "unknown"
    return f"{number(of.billable_hundredths)} h ({share(of.billable_seconds, of.tracked_seconds)})"


def _percent(figures: FiguresOf) -> tuple[str, str]:
    if not figures.tracked_seconds:
        return "", ""
    linked, other = (share(part, figures.tracked_seconds) for part in (figures.linked_seconds, figures.other_seconds))
    return f" ({linked})", f" ({other})"


def known(count: int | None) -> str:
    return "unknown" if count is None else str(count)


def _unknown_before(reported: Period, before: Before) -> str:
    """Why the period before is unknown, or an empty text."""
    if before.unknown_because is None:
        return ""
    days = period(before.first_day, before.last_day)
    if reported.one_week:
        return f"The week before ({days}) is unknown: it is {before.unknown_because}."
    if reported.days == 1:
        return f"The day before ({days}) is unknown: its week is {before.unknown_because}."
    if name := reported.calendar_name:
        return f"The {name} before ({days}) is unknown: at least one of its weeks is {before.unknown_because}."
    return f"The {before_word(reported)} ({days}) are unknown: at least one of their weeks is {before.unknown_because}."
