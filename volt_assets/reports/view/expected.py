"""Hours against what is expected of people: who is off by a tenth or more, who has no entries, and who is away next."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from volt_assets.formatting import listing, number, plural, weekday_and_day
from volt_assets.months import planned_until
from volt_assets.reports.facts.expected import is_off
from volt_assets.reports.facts.models import (
    AbsentPerson,
    AwayPerson,
    DaysAway,
    IndividualFacts,
    Period,
    Person,
    TeamFacts,
)
from volt_assets.reports.sentences.templates import period_word
from volt_assets.reports.view.blocks import (
    Block,
    Change,
    Code,
    Decision,
    DecisionList,
    Hours,
    Items,
    Line,
    ListItem,
    Paragraph,
    Section,
    Strong,
)
from volt_assets.reports.view.people import People
from volt_assets.reports.view.words import in_row, is_over, joined
from volt_assets.settings import PEOPLE_FILE
from volt_assets.yaml_file import nearest

HEADING = "Hours against expected"
_MOST_OFF = 5
_MOST_ABSENT = 3


def expected_section(facts: TeamFacts, people: People) -> Section:
    """Who to ask about their hours: at most eight lines, and how many more."""
    configured = facts.expected.configured
    blocks: list[Block] = []
    lines = [*_off(facts, people), *_without_entries(facts, people)]
    if lines:
        blocks.append(DecisionList(tuple(lines)))
    blocks += [Paragraph((each,), "small") for each in _more(facts)]
    if not configured:
        blocks.append(_not_set_up())
    elif not is_over(facts.period):
        this = period_word(facts.period)
        blocks.append(Paragraph((f"The {this} is not over: hours are not compared yet.",), "small"))
    elif not lines:
        blocks.append(Paragraph(("Nobody is 10 % or more off their expected hours.",), "small"))
    lines_after = (*_unknown(facts, people), *_away_next(facts, people), *_to_come(facts))
    blocks += [Paragraph(line, "small") for line in lines_after]
    return Section(HEADING, tuple(blocks), anchor="expected", aside="10 % or more off" if people_off(facts) else "")


def _not_set_up() -> Paragraph:
    adds = "says who is over or under their hours, who is away next week, and whose entries are missing."
    return Paragraph(("Expected hours are not set up: ", Code(f"config/{PEOPLE_FILE}"), f" {adds}"), "small")


def lead(facts: TeamFacts, people: People) -> Line:
    """How many people are off, and who has no entries, in a sentence; nothing where that is nobody, or not known."""
    off, absent = len(people_off(facts)), facts.expected.absent
    parts = []
    if off:
        parts.append(f"{plural(off, 'person is', 'people are')} 10 % or more off their expected hours")
    if absent:
        names = [people.name(each).label for each in absent]
        shown = listing(names) if len(names) <= _MOST_ABSENT else plural(len(names), "person", "people")
        parts.append(f"{shown} {'has' if len(names) == 1 else 'have'} no entries")
    return (f" {'; '.join(parts)}.",) if parts else ()


def own_lead(facts: IndividualFacts) -> Line:
    """A person's hours, and against what is expected of them where that is known."""
    tracked, expected = facts.figures.tracked_hundredths, facts.expected.hundredths
    if expected is None:
        return (" You tracked ", Strong(f"{number(tracked)} h"), ".")
    by = f", {Change(tracked - expected)}" if is_over(facts.period) else ""
    return (" You tracked ", Strong(f"{number(tracked)} h"), f" of {number(expected)} expected{by}.")


def people_off(facts: TeamFacts) -> list[Person]:
    """Those a tenth or more off, the furthest first."""
    if not is_over(facts.period):
        return []
    found = [person for person in facts.people if is_off(person.figures.tracked_seconds, person.expected.seconds)]
    return sorted(found, key=lambda person: -abs(off_by(person)))


def off_by(person: Person) -> int:
    """By how much a person is over (or, below zero, under) their expected hours, in hundredths as printed."""
    return person.figures.tracked_hundredths - (person.expected.hundredths or 0)


def _off(facts: TeamFacts, people: People) -> Iterator[Decision]:
    for person in people_off(facts)[:_MOST_OFF]:
        tracked, expected = Hours(person.figures.tracked_hundredths), Hours(person.expected.hundredths or 0, " h")
        about = (tracked, " of ", expected, in_row(person.expected.weeks_in_row), _over_weeks(person, facts.period))
        yield Decision((people.links[person.user_id],), about, f"{Change(off_by(person))} h")


def _over_weeks(person: Person, period: Period) -> str:
    """In how many weeks of a longer period it was so, and how many days the person was away."""
    if period.parts != "week":
        return ""
    expected = person.expected
    away = f", {plural(expected.days_off, 'day')} off" if expected.days_off else ""
    return f", {expected.weeks_off} of {len(expected.own)} weeks{away}"


def _without_entries(facts: TeamFacts, people: People) -> Iterator[Decision]:
    for each in facts.expected.absent[:_MOST_ABSENT]:
        yield Decision((people.name(each),), (_last_entry(each, facts.period),), "no entries")


def _more(facts: TeamFacts) -> Iterator[str]:
    if (more := len(people_off(facts)) - _MOST_OFF) > 0:
        yield f"{more} more are 10 % or more off."
    if (more := len(facts.expected.absent) - _MOST_ABSENT) > 0:
        yield f"{more} more have no entries."


def _last_entry(person: AbsentPerson, period: Period) -> str:
    last = person.last_entry
    since = "none so far" if last is None else f"last entry {weekday_and_day(last, period.last_day.year)}"
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
        (
            people.links.get(each.user_id) or people.name(each),
            f", {days_away(each.days, facts.period)}{_due_then(each, facts)}",
        )
        for each in facts.expected.away_next
    ]
    if parts:
        when = "next week" if facts.period.one_week else "in the seven days after"
        yield (f"Away {when}: ", *joined(parts, "; "), ".")


def _to_come(facts: TeamFacts) -> Iterator[Line]:
    """After a month or a quarter: the hours expected until the end of the next, and what is left to do by then."""
    expected, period = facts.expected.next_hundredths, facts.period
    if period.calendar_name is None or expected is None:
        return
    until = planned_until(period.first_day, period.last_day)
    due = [item for item in facts.open_items if item.planned_end is not None and item.planned_end <= until]
    known = [item.forecast.left_hundredths for item in due if item.forecast is not None]
    unknown = f", {len(due) - len(known)} not known" if len(known) < len(due) else ""
    yield (
        f"Until {weekday_and_day(until, period.last_day.year)}: ",
        Strong(f"{number(expected)} h"),
        f" expected of everybody, days off and holidays taken out; {number(sum(known))} h left on "
        f"{plural(len(known), 'open item')} planned to end by then{unknown}.",
    )


def _due_then(person: AwayPerson, facts: TeamFacts) -> str:
    """The first item of theirs that is due from their first day away on, within the seven days after the period."""
    until = facts.period.last_day + timedelta(days=7)
    due = [
        (item.planned_end, item.public_id)
        for item in facts.open_items
        if person.user_id in item.assigned_ids
        and item.planned_end is not None
        and person.days[0].first_day <= item.planned_end <= until
    ]
    if not due:
        return ""
    end, public_id = min(due)
    return f" (#{public_id} is due {end:%a})"


def days_away(away: Iterable[DaysAway], period: Period) -> str:
    """ "Mon 23 and Tue 24 Nov (holiday)"."""
    year = period.last_day.year
    return ", ".join(
        _days(each.first_day, each.last_day, year) + (f" ({each.reason})" if each.reason else "") for each in away
    )


def _days(first: date, last: date, year: int) -> str:
    end = weekday_and_day(last, year)
    if first == last:
        return end
    start = f"{first:%a} {first.day}" if first.month == last.month else weekday_and_day(first, year)
    return f"{start} {'and' if (last - first).days == 1 else 'to'} {end}"


def strangers_section(facts: TeamFacts) -> Section | None:
    """Addresses in people.yaml that are nobody's in Toggl, each with the nearest one; nothing where there are none."""
    known = [person.email for person in facts.people if person.email]
    lines = [
        ListItem((f"{address} is nobody’s address in Toggl.{nearest(address, known)}",))
        for address in facts.expected.strangers
    ]
    return Section("Addresses in people.yaml", (Items(tuple(lines)),)) if lines else None
