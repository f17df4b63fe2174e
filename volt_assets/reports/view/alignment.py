"""Whether time and Fibery's states agree: verdicts that add up to the linked time, and what is worth changing."""

from collections.abc import Mapping, Sequence

from volt_assets.formatting import plural, short_day
from volt_assets.reports.facts.alignment import MISMATCHES, verdict_times
from volt_assets.reports.facts.models import Aligned, AsOf, IndividualFacts, Period, TeamFacts, Verdict, VerdictTime
from volt_assets.reports.facts.rounding import PrintedTimes
from volt_assets.reports.sentences.templates import period_word
from volt_assets.reports.view import words
from volt_assets.reports.view.blocks import (
    Column,
    EntityName,
    Group,
    Hours,
    Items,
    ListItem,
    Paragraph,
    Row,
    Section,
    Table,
)

_MISMATCHES_OF_TEAM = 14
_IDLE = 12
# What a verdict means, under its name.
_MEANINGS: Mapping[Verdict, str] = {
    "tracked": "time on something started, or finished in time",
    "closed_before": "in a final state since before the period",
    "not_updated": "time on something not started",
    "not_started": "listed, no fault",
    "idle": "assigned and started",
    "open": "assigned, not started; listed, no fault",
    "unknown": "not found, no state, or no history",
}


def alignment_group(times: PrintedTimes, facts: IndividualFacts | TeamFacts) -> Group | None:
    """The verdicts beside the items that disagree; None where nothing is known."""
    of_team = isinstance(facts, TeamFacts)
    verdicts = (
        facts.alignment
        if isinstance(facts, TeamFacts)
        else verdict_times({None: facts.alignment, facts.user_id: facts.alignment})
    )
    if all(each.verdict == "unknown" for each in verdicts):
        return None
    as_of = set(facts.states_as_of) if isinstance(facts, TeamFacts) else {each.as_of for each in facts.alignment}
    lists = _team_lists(times, facts) if isinstance(facts, TeamFacts) else _own_lists(times, facts)
    return Group((_verdicts(times, verdicts, as_of, facts.period, of_team=of_team), *lists))


def _verdicts(
    times: PrintedTimes, verdicts: Sequence[VerdictTime], as_of: set[AsOf], period: Period, *, of_team: bool
) -> Section:
    columns = (
        Column("Verdict"),
        Column("Meaning", "under"),
        Column("Hours", "number"),
        Column("Work items", "number"),
        *((Column("People", "number", optional=True),) if of_team else ()),
    )
    rows = []
    for each in verdicts:
        printed = times.verdicts.get(each.verdict)
        rows.append(
            Row(
                (
                    (capitalized(words.VERDICTS[each.verdict]),),
                    (_MEANINGS[each.verdict],),
                    ("–",) if printed is None else (Hours(printed),),
                    (str(each.entities),),
                    *(((str(each.people),),) if of_team else ()),
                )
            )
        )
    timed = sum(each.entities for each in verdicts if each.verdict in times.verdicts)
    total = Row((("With time",), (), (Hours(times.split[0]),), (str(timed),), *(((),) if of_team else ())))
    return Section(
        "Alignment with Fibery",
        (
            Table(columns, tuple(rows), total, whole="linked"),
            Paragraph((words.states_as_of(as_of, period_word(period)),), "note"),
        ),
        anchor="alignment",
    )


def _team_lists(times: PrintedTimes, facts: TeamFacts) -> list[Section]:
    if not facts.mismatches:
        return []
    return [_mismatches(times, facts.mismatches, shown=_MISMATCHES_OF_TEAM)]


def _own_lists(times: PrintedTimes, facts: IndividualFacts) -> list[Section]:
    # In the order of MISMATCHES.
    found = [each for verdict in MISMATCHES for each in facts.alignment if each.verdict == verdict]
    idle = [each for each in facts.alignment if each.verdict == "idle"]
    sections = [_mismatches(times, found, shown=len(found))] if found else []
    if idle:
        lines = [ListItem((_name(each),), (plural(each.age_weeks, "week"),) if each.age_weeks else ()) for each in idle]
        note = Paragraph(("Assigned and started. Listed, no fault.",), "note")
        sections.append(Section("In progress, no time", (note, Items(_shortened(lines, _IDLE, "more")))))
    return [Section("", tuple(sections))] if len(sections) > 1 else sections


def _mismatches(times: PrintedTimes, found: Sequence[Aligned], *, shown: int) -> Section:
    lines = [_mismatch(times, each) for each in found]
    items = _shortened(lines, shown, "more, in the people’s own reports")
    return Section("Time and state disagree", (Items(items),))


def _mismatch(times: PrintedTimes, each: Aligned) -> ListItem:
    since = f" since {short_day(each.since, times.facts.period.last_day.year)}" if each.since else ""
    age = f" · for {each.age_weeks} weeks" if each.age_weeks and each.age_weeks > 1 else ""
    about = f"{capitalized(words.VERDICTS[each.verdict])} · {each.state}{since}{age}"
    return ListItem((_name(each),), (Hours(times.by_item[each.type, each.public_id], " h"),), ((about,),))


def _shortened(lines: Sequence[ListItem], shown: int, more: str) -> tuple[ListItem, ...]:
    if len(lines) <= shown:
        return tuple(lines)
    return (*lines[:shown], ListItem((f"{len(lines) - shown} {more}",)))


def _name(each: Aligned) -> EntityName:
    return EntityName(each.public_id, each.name or "", each.url)


def capitalized(text: str) -> str:
    return text[:1].upper() + text[1:]
