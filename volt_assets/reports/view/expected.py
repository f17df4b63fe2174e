"""Hours against what is expected of people: who is off by a tenth or more, who has no entries, and who is away next."""

from collections.abc import Iterable, Iterator
from datetime import date

from volt_assets.formatting import listing, short_day
from volt_assets.reports.facts.expected import is_off
from volt_assets.reports.facts.models import (
    AbsentPerson,
    DaysAway,
    Period,
    TeamFacts,
)
from volt_assets.reports.facts.rounding import PrintedTimes
from volt_assets.reports.sentences.templates import period_word
from volt_assets.reports.view.blocks import (
    Block,
    Change,
    Code,
    Hours,
    Items,
    Line,
    ListItem,
    Paragraph,
    Section,
    Strong,
)
from volt_assets.reports.view.people import People
from volt_assets.reports.view.words import in_row
from volt_assets.settings import PEOPLE_FILE

HEADING = "Hours against expected"
_MOST_OFF = 5
_MOST_ABSENT = 3


def expected_section(times: PrintedTimes, facts: TeamFacts, people: People) -> Section:
    """Who to ask about their hours: at most eight lines, and how many more."""
    configured = facts.expected.configured
    blocks: list[Block] = []
    lines = [*_off(times, facts, people), *_without_entries(facts, people)]
    if lines:
        blocks.append(Items(tuple(lines)))
    if not configured:
        blocks.append(_not_set_up())
    elif not _is_over(facts.period):
        blocks.append(Paragraph((f"The {period_word(facts.period)} is not over: hours are not compared yet.",), "soft"))
    elif not lines:
        blocks.append(Paragraph(("Nobody is 10 % or more off their expected hours.",), "soft"))
    blocks += [Paragraph(line, "note") for line in (*_unknown(facts, people), *_away_next(facts, people))]
    return Section(HEADING, tuple(blocks), anchor="expected")


def _not_set_up() -> Paragraph:
    adds = "says who is over or under their hours, who is away next week, and whose entries are missing."
    return Paragraph(("Expected hours are not set up: ", Code(f"config/{PEOPLE_FILE}"), f" {adds}"), "soft")


def _is_over(period: Period) -> bool:
    return all(week.after_its_end for week in period.weeks)


def _off(times: PrintedTimes, facts: TeamFacts, people: People) -> Iterator[ListItem]:
    """A line for each person a tenth or more off, the furthest first."""
    if not _is_over(facts.period):
        return
    found = [
        (sum(parts) - (person.expected.hundredths or 0), person)
        for person, parts in zip(facts.people, times.people, strict=True)
        if is_off(person.figures.tracked_seconds, person.expected.seconds)
    ]
    found.sort(key=lambda each: -abs(each[0]))
    for by, person in found[:_MOST_OFF]:
        tracked, expected = Hours(person.figures.tracked_hundredths), Hours(person.expected.hundredths or 0, " h")
        about = (tracked, " of ", expected, in_row(person.expected.weeks_in_row))
        yield ListItem((people.links[person.user_id],), (Strong(f"{Change(by)} h"),), (about,))
    if len(found) > _MOST_OFF:
        yield ListItem((f"{len(found) - _MOST_OFF} more are 10 % or more off.",))


def _without_entries(facts: TeamFacts, people: People) -> Iterator[ListItem]:
    absent = facts.expected.absent
    for each in absent[:_MOST_ABSENT]:
        yield ListItem((people.name(each),), (Strong("no entries"),), ((_last_entry(each, facts.period),),))
    if len(absent) > _MOST_ABSENT:
        yield ListItem((f"{len(absent) - _MOST_ABSENT} more have no entries.",))


def _last_entry(person: AbsentPerson, period: Period) -> str:
    last = person.last_entry
    since = "none so far" if last is None else f"last entry {last:%a} {short_day(last, period.last_day.year)}"
    return since if person.active else f"{since}; deactivated in Toggl"


def _unknown(facts: TeamFacts, people: People) -> Iterator[Line]:
    """Of whom no hours are known, where there is a configuration."""
    names = [people.labels[each.user_id] for each in facts.people if each.expected.seconds is None]
    if facts.expected.configured and names:
        shown = listing([*names[:3], *([f"{len(names) - 3} more"] if len(names) > 3 else [])])
        yield (f"No hours are set for {shown}.",)


def _away_next(facts: TeamFacts, people: People) -> Iterator[Line]:
    """One line of all who are away in the seven days after the period."""
    parts: list[Line] = [
        (people.links.get(each.user_id) or people.name(each), ", ", days_away(each.days, facts.period))
        for each in facts.expected.away_next
    ]
    if parts:
        when = "next week" if facts.period.one_week else "in the seven days after"
        joined = [span for part in parts for span in ("; ", *part)][1:]
        yield (f"Away {when}: ", *joined, ".")


def days_away(away: Iterable[DaysAway], period: Period) -> str:
    """ "Mon 23 and Tue 24 Nov (holiday)"."""
    year = period.last_day.year
    return ", ".join(
        _days(each.first_day, each.last_day, year) + (f" ({each.reason})" if each.reason else "") for each in away
    )


def _days(first: date, last: date, year: int) -> str:
    end = f"{last:%a} {short_day(last, year)}"
    if first == last:
        return end
    start = f"{first:%a} {first.day}" if first.month == last.month else f"{first:%a} {short_day(first, year)}"
    return f"{start} {'and' if (last - first).days == 1 else 'to'} {end}"
