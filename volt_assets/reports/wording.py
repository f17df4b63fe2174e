"""The sentences and lines of the reports, from facts alone: factual, past tense, without praise or blame.

Each function returns Markdown in which whatever people typed is already escaped. Where it stands on the page is for
`markdown.py` and the templates.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from volt_assets.formatting import (
    count_difference,
    difference,
    hours,
    hundredths,
    inline,
    link,
    listing,
    minute,
    number,
    period,
    plural,
    rounded,
    sentence_start,
    share,
    short_day,
    text,
)
from volt_assets.reports import words
from volt_assets.reports.change_lines import entry_words
from volt_assets.reports.facts import (
    Aligned,
    Before,
    Changes,
    Entity,
    EntityRef,
    EntryChange,
    Figures,
    Hint,
    HintKind,
    LeftOut,
    OtherActivity,
    Parent,
    Period,
    PersonHints,
    SchemaChange,
    SuspicionKind,
    SuspiciousLink,
    Trend,
    WeekTime,
)
from volt_assets.reports.prose import Prose, Sentence, key_of
from volt_assets.reports.rounding import split
from volt_assets.reports.template_prose import before_word, days_in_words, period_word

_SUSPICIONS: Mapping[SuspicionKind, str] = {
    "not_found": "not found in Fibery: deleted, a wrong id, or no access",
    "closed_long_ago": "closed long ago",
    "several_ids": "the description holds several ids; the last one counts",
    "label_of_several_types": "its label fits several types",
}
LISTED_LINKS = 15
_LISTED_PEOPLE = 3
_DESCRIPTION_LENGTH = 200
_EMPHASIS = re.compile(r"\*\*|__|`+")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_LISTED_HINTS = 3


def about(asked: Period, left_out: LeftOut) -> str:
    """When the data was fetched, by which rules it is counted, and what was left out."""
    fetched = f"Entries fetched {minute(asked.fetched_at)}. " if asked.fetched_at else ""
    parts = words.left_out(left_out)
    missing = f"Left out: {parts}." if parts else "Nothing was left out."
    return (
        f"{fetched}Days are those of the time zone {text(asked.timezone)}; a week starts on Monday, and an entry "
        f"counts whole, on the day and in the week it starts in. {missing}"
    )


def sentences(said: Sequence[Sentence]) -> str:
    """Sentences in a row. References are links to Fibery."""
    return " ".join(_sentence(each) for each in said)


def _sentence(said: Sentence) -> str:
    return sentence_start("".join(inline(part) if isinstance(part, str) else ref(part) for part in said.parts))


def ref(to: EntityRef) -> str:
    """#id and name of what is pointed at, within a sentence or a table, as a link to Fibery."""
    # Without the full stop that a name may end in: it stands within a sentence.
    return link(f"#{to.public_id} {text((to.name or '').rstrip(' .'))}".rstrip(), to.url)


def figure_rows(figures: Figures, before: Before) -> list[tuple[str, str, str, str]]:
    """The table of figures: name, value, value before, difference. Linked and other hours add up to those tracked."""
    rows = []
    now = _printed_hours(figures)
    then = _printed_hours(before.figures) if before.figures is not None else None
    shares = _shares(figures)
    shares_then = _shares(before.figures) if before.figures is not None else None
    for i, name in enumerate(("Tracked", "On work items", "Other")):
        value = f"{number(now[i])} h{shares[i]}"
        if then is None:
            rows.append((name, value, "unknown", "unknown"))
        else:
            rows.append((name, value, f"{number(then[i])} h{shares_then[i]}", f"{difference(now[i], then[i])} h"))
    if figures.billable_seconds or (before.figures is not None and before.figures.billable_seconds):
        rows.append(("Billable", *_billable(figures, before.figures)))
    for name, field in (("Work items", "entities"), ("Finished", "finished")):
        value, value_then = getattr(figures, field), getattr(before.figures, field, None)
        change = "unknown" if None in (value, value_then) else count_difference(value, value_then)
        rows.append((name, _known(value), _known(value_then), change))
    return rows


def _billable(figures: Figures, before: Figures | None) -> tuple[str, str, str]:
    """Billable time, that of the period before, and the difference. Shown where there is any."""
    value, value_then = (
        "unknown"
        if each is None or each.billable_seconds is None
        else f"{hours(each.billable_seconds)} ({share(each.billable_seconds, each.tracked_seconds)})"
        for each in (figures, before)
    )
    if "unknown" in (value, value_then) or before is None:
        return value, value_then, "unknown"
    change = difference(rounded(figures.billable_seconds or 0), rounded(before.billable_seconds or 0))
    return value, value_then, f"{change} h"


def _printed_hours(figures: Figures) -> tuple[int, int, int]:
    linked, other = split(figures)
    return linked + other, linked, other


def _shares(figures: Figures) -> tuple[str, str, str]:
    if not figures.tracked_seconds:
        return "", "", ""
    linked = share(figures.linked_seconds, figures.tracked_seconds)
    return "", f" ({linked})", f" ({share(figures.other_seconds, figures.tracked_seconds)})"


def _known(count: int | None) -> str:
    return "unknown" if count is None else str(count)


def unknown_before(asked: Period, before: Before) -> str:
    """Why the period before is unknown, or an empty text."""
    if before.unknown_because is None:
        return ""
    days = period(before.first_day, before.last_day)
    if asked.one_week:
        return f"The week before ({days}) is unknown: it is {before.unknown_because}."
    if asked.days == 1:
        return f"The day before ({days}) is unknown: its week is {before.unknown_because}."
    return f"The {before_word(asked)} ({days}) are unknown: at least one of their weeks is {before.unknown_because}."


def item_link(entity: Entity) -> str:
    """#id and name, as a link to Fibery where the address is known."""
    return link(f"#{entity.public_id} {text(entity.name or entity.title)}".rstrip(), entity.url)


def state(entity: Entity, asked: Period) -> str:
    """The state in Fibery, when it was finished, or how the lookup ended instead."""
    if entity.outcome != "found":
        return words.OUTCOMES[entity.outcome]
    named = text(entity.state) or "state unknown"
    if entity.finished:
        return f"{named}, finished {short_day(entity.actual_end, asked.last_day.year)}"
    if entity.closed_date_unknown:
        return f"{named} (closed, date unknown)"
    if entity.state_final and entity.actual_end:
        return f"{named}, closed {short_day(entity.actual_end, asked.last_day.year)}"
    return named


def project_names(entity: Entity, printed: int | None = None) -> str:
    """The projects of an entity's time; where there are several, with their hours, which add up to `printed`."""
    if len(entity.projects) == 1:
        return text(entity.projects[0].project) or "no project"
    parts = hundredths([project.seconds for project in entity.projects], printed)
    return ", ".join(
        f"{text(project.project) or 'no project'} {number(part)} h"
        for project, part in zip(entity.projects, parts, strict=True)
    )


def when(days: Sequence[date], asked: Period) -> str:
    """On which days, short: "Mon and Thu", "5 days, 3 Jan – 9 Dec"."""
    return days_in_words(days, asked, weekday="%a")


def what_was_done(entity: Entity, prose: Prose) -> str:
    """What was done on an entity, in a sentence."""
    said = prose.done.get(key_of(entity.type, entity.public_id))
    return _sentence(said) if said else ""


def details(entity: Entity, asked: Period) -> list[str]:
    """What is known of an entity, a line each; what is unknown has no line."""
    lines = [
        _dates(entity, asked),
        _estimate(entity, asked),
        _parents(entity),
        _assignees(entity),
        *_fields(entity.fields),
        plural(entity.comments, "comment") if entity.comments else "",
        _missing(entity),
        _description(entity.description),
    ]
    return [line for line in lines if line]


def _dates(entity: Entity, asked: Period) -> str:
    year = asked.last_day.year
    planned = words.days(entity.planned_start, entity.planned_end, year)
    actual = words.days(entity.actual_start, entity.actual_end, year)
    parts = [f"planned {planned}"] if planned else []
    parts += [f"actual {actual}"] if actual else []
    if not parts:
        return ""
    late = ""
    if entity.days_late is not None:
        days = plural(abs(entity.days_late), "day")
        late = (
            f": {days} late" if entity.days_late > 0 else f": {days} early" if entity.days_late < 0 else ": on the day"
        )
    elif entity.days_overdue:
        late = f": overdue by {plural(entity.days_overdue, 'day')} on {short_day(asked.last_day, year)}"
    return f"Dates: {', '.join(parts)}{late}"


def _estimate(entity: Entity, asked: Period) -> str:
    """Plan against actual: the estimate and what was spent, or what was spent where there is more than this period."""
    plan = entity.plan
    if plan.estimate_seconds is None and not plan.spent_before_seconds:
        return ""
    estimate = "" if plan.estimate_seconds is None else f"Estimate: {hours(plan.estimate_seconds)}"
    if plan.spent_in_all_seconds is None:
        return f"{estimate}; what everybody has spent is unknown" if estimate else ""
    least = "at least " if asked.weeks_missing else ""
    spent = f"{least}{hours(plan.spent_in_all_seconds)} spent in all"
    before, now = hundredths([plan.spent_before_seconds, plan.spent_seconds], rounded(plan.spent_in_all_seconds))
    if plan.spent_before_seconds:
        spent += f" ({number(before)} h before, {number(now)} h in this {period_word(asked)})"
    if plan.own_spent_in_all_seconds not in (None, plan.spent_in_all_seconds):
        spent += f", {hours(plan.own_spent_in_all_seconds)} of it own"
    if not estimate:
        return spent[0].upper() + spent[1:]
    if over_estimate(entity):
        over = rounded(plan.spent_in_all_seconds) - rounded(plan.estimate_seconds)
        return f"{estimate}, {spent}: **{number(over)} h over**"
    left = rounded(plan.estimate_seconds) - rounded(plan.spent_in_all_seconds)
    return f"{estimate}, {spent}: {share(plan.spent_in_all_seconds, plan.estimate_seconds)} used, {number(left)} h left"


def over_estimate(entity: Entity) -> bool:
    """Whether more than the estimate was spent up to the period's end, as printed."""
    estimate, spent = entity.plan.estimate_seconds, entity.plan.spent_in_all_seconds
    return estimate is not None and spent is not None and rounded(spent) > rounded(estimate)


def _parents(entity: Entity) -> str:
    return f"Part of: {' › '.join(map(_parent, entity.parents))}" if entity.parents else ""


def _parent(parent: Parent) -> str:
    known = [text(parent.state)] if parent.state else []
    if parent.items is not None:
        done = "" if parent.items_done is None else f"{parent.items_done} of "
        known.append(f"{done}{plural(parent.items, 'item')}{' done' if done else ''}")
    if parent.seconds_in_all is not None:
        known.append(f"{hours(parent.seconds_in_all)} in all")
    return parent_link(parent) + (f" ({', '.join(known)})" if known else "")


def _assignees(entity: Entity) -> str:
    names = [text(person.name or person.email) for person in entity.assignees or []]
    return f"Assigned to: {listing(names)}" if names else ""


def _fields(fields: Mapping[str, Any]) -> list[str]:
    values = {name: _value(value) for name, value in fields.items()}
    return [f"{text(name)}: {value}" for name, value in values.items() if value]


def _value(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{text(str(key))} {_value(part)}" for key, part in value.items() if _value(part))
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(part for part in map(_value, value) if part)
    return _shortened(str(value))


def _missing(entity: Entity) -> str:
    singular = {"assignees": "assignee"}
    missing = [f"no {singular.get(what, what)}" for what in entity.missing]
    return f"Missing in Fibery: {listing(missing)}" if missing else ""


def _description(description: str | None) -> str:
    # Its first line that is no heading, without Markdown's marks.
    plain = _LINK.sub(r"\1", _EMPHASIS.sub("", description or ""))
    lines = [line.strip() for line in plain.splitlines() if line.strip(" \t#>*-")]
    first = next((line for line in lines if not line.startswith("#")), lines[0] if lines else "")
    return f"Description: {_shortened(first.lstrip('#>*- '))}" if first else ""


def _shortened(value: str) -> str:
    value = " ".join(value.split())
    if len(value) > _DESCRIPTION_LENGTH:
        value = value[:_DESCRIPTION_LENGTH].rsplit(" ", 1)[0] + " …"
    return text(value)


def parent_link(parent: Parent) -> str:
    """A parent's type, id and name, as a link."""
    named = " ".join(part for part in (text(parent.type), f"#{text(parent.public_id)}", text(parent.name)) if part)
    return link(named, parent.url)


def progress(parent: Parent) -> str:
    """How much of what is below is done: "3 of 7", or what of it is known."""
    if parent.items is None:
        return "unknown"
    return f"{'unknown' if parent.items_done is None else parent.items_done} of {parent.items}"


def at_least(asked: Period) -> str:
    """What goes before sums over earlier weeks where some of them are missing."""
    return "at least " if asked.weeks_missing else ""


def hint_lines(hints: Sequence[Hint], asked: Period) -> list[str]:
    """A line for each hint; of a kind that is there often, the first few and how many more."""
    lines = []
    for kind in _HINTS:
        of_kind = [each for each in hints if each.kind == kind]
        lines += [_hint(each, asked) for each in of_kind[:_LISTED_HINTS]]
        if more := len(of_kind) - _LISTED_HINTS:
            lines += [f"And {more} more {_HINTS[kind]}."] if more > 0 else []
    return lines


def _hint(hint: Hint, asked: Period) -> str:
    """A friendly line: what is there, and what it may be."""
    on = listing([f"{day:%A}" if asked.days <= 7 else short_day(day, asked.last_day.year) for day in hint.days])
    if hint.kind == "overlap":
        return f"Two entries run at the same time for {hours(hint.seconds)} on {on}. One to shorten?"
    if hint.kind == "duplicate":
        times = "twice" if len(hint.entries) == 2 else f"{len(hint.entries)} times"
        return f"The same entry is there {times} on {on}, {hours(hint.seconds)} more than once. One to remove?"
    if hint.kind == "long_entry":
        return f"One entry on {on} is {hours(hint.seconds)} long. A timer left running?"
    if hint.kind == "across_midnight":
        return f"One entry of {hours(hint.seconds)} runs past midnight, {on}: all of it counts on the first day."
    if hint.kind == "zero_seconds":
        entries = plural(len(hint.entries), "entry", "entries")
        return f"{entries} of zero seconds on {on}. Started and stopped at once?"
    more = "more" if hint.seconds > hint.usual_seconds else "less"
    return f"{hours(hint.seconds)} in all, much {more} than the usual {hours(hint.usual_seconds)}. Is everything in?"


_HINTS: Mapping[HintKind, str] = {
    "overlap": "entries that run at the same time",
    "duplicate": "entries that are there twice",
    "long_entry": "entries over 10 h",
    "across_midnight": "entries that run past midnight",
    "zero_seconds": "entries of zero seconds",
    "unusual_week": "a week unlike the usual one",
}


def team_hints(hints: Sequence[PersonHints], who: Mapping[int, str]) -> list[str]:
    """A line for each kind of hint: whose it is, and how often where more than once. `who` are people's labels."""
    lines = []
    for kind, said in _HINTS.items():
        of_kind = [each for each in hints if each.kind == kind]
        named = [who[each.user_id] + (f" ({each.hints})" if each.hints > 1 else "") for each in of_kind]
        if named:
            lines.append(f"{said[0].upper()}{said[1:]}: {listing(named)}")
    return lines


def usual_week(trend: Trend) -> str:
    """What a usual week is, and of how many weeks it is the median; where too few are known, that."""
    if trend.usual_seconds is None:
        return "Too few of the eight weeks before are complete to say what a usual week is."
    known = "the eight weeks" if trend.usual_weeks == 8 else f"the {trend.usual_weeks} of the eight weeks before known"
    return f"The usual week is {hours(trend.usual_seconds)}: the median of {known}" + (
        " before." if trend.usual_weeks == 8 else "."
    )


def week_of(week: WeekTime, asked: Period) -> str:
    """A week's Monday; in bold where it is the period's last week."""
    named = short_day(week.week, asked.last_day.year)
    return f"**{named}**" if asked.weeks and week.week == asked.weeks[-1].week else named


def week_hours(week: WeekTime) -> str:
    return "unknown" if week.seconds is None else number(rounded(week.seconds))


def week_linked(week: WeekTime) -> str:
    return "unknown" if week.seconds is None else share(week.linked_seconds, week.seconds)


_LISTED_MISMATCHES = 20


def mismatches(found: Sequence[Aligned], asked: Period) -> list[str]:
    """Where time and state disagree, a line each."""
    lines = []
    for each in found[:_LISTED_MISMATCHES]:
        named = link(f"#{each.public_id} {text(each.name)}".rstrip(), each.url)
        since = f" since {short_day(each.since, asked.last_day.year)}" if each.since else ""
        lines.append(f"{words.VERDICTS[each.verdict]}: {named} ({text(each.state)}{since}), {hours(each.seconds)}")
    if len(found) > _LISTED_MISMATCHES:
        lines.append(f"and {len(found) - _LISTED_MISMATCHES} more")
    return lines


def schema_changes(changes: Sequence[SchemaChange]) -> list[str]:
    """What the configuration asks in vain, and what changed of the fields in Fibery, a line each."""
    return [
        {
            "missing": f"{text(each.type)} has no field “{text(each.field)}”, which the configuration asks for",
            "added": f"{text(each.type)} has a new field “{text(each.field)}”",
            "removed": f"{text(each.type)} has no field “{text(each.field)}” any more",
            "renamed": f"{text(each.type)}: “{text(each.before)}” is now called “{text(each.field)}”",
        }[each.kind]
        for each in changes
    ]


def not_read(entities: Sequence[Entity]) -> list[str]:
    """What could not be asked of Fibery or read, each problem once, with the work items it is about."""
    about: dict[str, list[Entity]] = {}
    for entity in entities:
        for problem in entity.problems:
            about.setdefault(problem, []).append(entity)
    return [
        f"{text(problem).rstrip('.')} ({f'#{of[0].public_id}' if len(of) == 1 else plural(len(of), 'work item')})"
        for problem, of in about.items()
    ]


def activity(other: OtherActivity) -> str:
    """An activity's description, with the work items it mentions."""
    mentions = f" (mentions {listing([f'#{public_id}' for public_id in other.ids])})" if other.ids else ""
    return text(other.description) + mentions


def states_as_of(entities: Sequence[Entity]) -> str:
    """When Fibery was asked for the states shown."""
    asked = sorted(entity.enriched_at for entity in entities if entity.enriched_at is not None)
    if not asked:
        return ""
    first, last = minute(asked[0]), minute(asked[-1])
    return (
        f"States and dates are what Fibery said on {first}."
        if first == last
        else (f"States and dates are what Fibery said between {first} and {last}.")
    )


def suspicion(suspicious: SuspiciousLink, asked: Period) -> str:
    """Why a link may be wrong."""
    if suspicious.kind == "closed_long_ago" and suspicious.since:
        return f"closed on {short_day(suspicious.since, asked.last_day.year)}, long before"
    return _SUSPICIONS[suspicious.kind]


def some_people(user_ids: Sequence[int], who: Mapping[int, str]) -> str:
    """The labels of people; of many, the first few and how many more."""
    named = [who[user_id] for user_id in user_ids]
    more = len(named) - _LISTED_PEOPLE
    return listing(named) if more <= 1 else listing([*named[:_LISTED_PEOPLE], f"{more} more"])


def changes(told: Changes, figures: Figures) -> str:
    """How much changed since the version before, or that no entry did."""
    since = f"Version {told.since_version} was generated {minute(told.since)}."
    if not told.entries:
        return (
            f"{since} No entry was added, edited, deleted or moved since: the hours are the same. What differs is what "
            "Fibery or earlier weeks say, or how the report tells it."
        )
    before, now = rounded(figures.tracked_seconds - told.seconds), rounded(figures.tracked_seconds)
    total = f"{number(now)} h, as it was" if before == now else f"{number(now)} h instead of {number(before)} h"
    return f"{since} Since then {plural(len(told.entries), 'entry', 'entries')} changed; the total is {total}."


def entry_change(change: EntryChange, asked: Period) -> list[str]:
    """What happened to an entry, what it was and what it is."""
    before, after = change.before, change.after
    return [
        change.kind,
        entry_words(before, after, asked, text) if before else "",
        entry_words(after, before, asked, text) if after else "",
    ]
