"""Where the time went, and when: by project or type, by week, by day."""

from volt_assets.formatting import difference, listing, number, plural, rounded, share, short_day
from volt_assets.months import months_between
from volt_assets.reports.facts.models import (
    IndividualFacts,
    Project,
    TeamFacts,
    Trend,
    TypeTime,
    WeekExpected,
    WeekTime,
)
from volt_assets.reports.facts.rounding import PrintedTimes
from volt_assets.reports.sentences.templates import period_word
from volt_assets.reports.view.blocks import (
    Chart,
    ChartColumn,
    Column,
    Hours,
    Line,
    Paragraph,
    Row,
    Section,
    Share,
    Shares,
    Spark,
    Table,
)
from volt_assets.reports.view.entities import kind_of
from volt_assets.reports.view.figures import known
from volt_assets.reports.view.words import in_row

_FIRST = 6
_NAMED_OTHERS = 3
# Days of a month whose columns are named: there is no room for all.
_NAMED_DAYS = (1, 5, 10, 15, 20, 25, 30)


def projects_section(times: PrintedTimes, facts: TeamFacts) -> Section:
    """All projects of the team in a week beside their usual hours, in some months by month; else as a person's."""
    if any(project.months for project in facts.projects):
        return _projects_by_month(times, facts)
    if not facts.period.one_week or not times.projects or len(facts.projects) == 1:
        return where_section(times)
    columns = (
        Column("Project"),
        Column("Nine weeks", "bar"),
        Column("Hours", "number", strong=True),
        Column("Share", "number", soft=True),
        Column("Usual", "number"),
        Column("± usual", "number"),
        Column("People", "number", optional=True),
        Column("Items", "number", optional=True),
        Column("Finished", "number", optional=True),
    )
    rows = tuple(
        Row(
            (
                (project.project or "no project",),
                (Spark(tuple(project.weeks)),),
                (Hours(printed),),
                (percent,),
                *_usual(printed, project.usual_hundredths),
                (str(project.people),),
                (str(project.entities),),
                (str(project.finished),),
            ),
            soft=project.project is None,
        )
        for project, (printed, percent) in zip(facts.projects, times.projects, strict=True)
    )
    tracked = sum(times.split)
    counts = (str(len(facts.with_time)), known(facts.figures.entities), known(facts.figures.finished))
    whole = "100%" if facts.figures.tracked_seconds else "–"
    # What is usual of each project does not add up to what is usual of all.
    total = Row((("All",), (), (Hours(tracked),), (whole,), (), (), *((count,) for count in counts)))
    note = "Each project on its own scale. Usual is the median of the known weeks among the eight before."
    blocks = (Paragraph((note,), "note"), Table(columns, rows, total, whole="tracked"))
    return Section("Where the time went", blocks, anchor="projects")


def _projects_by_month(times: PrintedTimes, facts: TeamFacts) -> Section:
    months = months_between(facts.period.first_day, facts.period.last_day)
    columns = (
        Column("Project"),
        *(Column(f"{month:%B}", "number") for month in months),
        Column("Hours", "number", strong=True),
        Column("Share", "number", soft=True),
        Column("People", "number", optional=True),
        Column("Items", "number", optional=True),
        Column("Finished", "number", optional=True),
    )
    rows = tuple(
        Row(
            (
                (project.project or "no project",),
                *((Hours(each),) for each in project.months),
                (Hours(printed),),
                (percent,),
                (str(project.people),),
                (str(project.entities),),
                (str(project.finished),),
            ),
            soft=project.project is None,
        )
        for project, (printed, percent) in zip(facts.projects, times.projects, strict=True)
    )
    sums = [sum(project.months[place] for project in facts.projects) for place in range(len(months))]
    counts = (str(len(facts.with_time)), known(facts.figures.entities), known(facts.figures.finished))
    whole = "100%" if facts.figures.tracked_seconds else "–"
    total = Row(
        (
            ("All",),
            *((Hours(each),) for each in sums),
            (Hours(sum(times.split)),),
            (whole,),
            *((count,) for count in counts),
        )
    )
    return Section("Where the time went", (Table(columns, rows, total),), anchor="projects")


def _usual(printed: int, usual: int | None) -> tuple[Line, Line]:
    """What is usual, and how much more or less it was. In plain text: usual hours add up to nothing."""
    if usual is None:
        return ("unknown",), ("unknown",)
    return (number(usual),), (difference(printed, usual),)


def where_section(times: PrintedTimes) -> Section:
    """By project, or by type where there was one project only."""
    facts = times.facts
    by_type = len(facts.projects) == 1 and len(facts.types) > 1
    if not times.projects:
        return Section("Where the time went", (Paragraph(("No time.",), "soft"),), anchor="projects")
    people = isinstance(facts, TeamFacts) and not by_type
    if by_type:
        named = list(zip(_type_names(facts.types), facts.types, times.types, strict=True))
        shares = tuple(_share(name, each, printed) for name, each, printed in named)
    else:
        shares = tuple(
            _share(each.project or "no project", each, printed, people=people)
            for each, printed in zip(facts.projects, times.projects, strict=True)
        )
    first, others = _shortened(shares)
    figures = facts.figures
    counts = (
        *([str(len(facts.with_time))] if people and isinstance(facts, TeamFacts) else []),
        known(figures.entities),
        known(figures.finished),
    )
    total = Share("All", Hours(sum(times.split)), "100%" if figures.tracked_seconds else "–", counts)
    counted = (*(["People"] if people else []), "Work items", "Finished")
    heads = ("Type" if by_type else "Project", "Hours", "Share", *counted)
    return Section(
        "Where the time went",
        (Shares(heads, shares, first, others, total),),
        anchor="projects",
    )


def _share(name: str, of: Project | TypeTime, printed: tuple[int, str], *, people: bool = False) -> Share:
    counts, about = [], []
    if people and isinstance(of, Project):
        counts, about = [str(of.people)], [plural(of.people, "person", "people")]
    if of.entities:
        about += [plural(of.entities, "item"), f"{of.finished or 'none'} finished"]
    counts += [str(of.entities), str(of.finished)]
    return Share(name, Hours(printed[0]), printed[1], tuple(counts), " · ".join(about))


def _type_names(types: list[TypeTime]) -> list[str]:
    """Names without their spaces, where they are no two of one name."""
    short = [kind_of(each.type) for each in types]
    return [
        (name if short.count(name) == 1 else each.type) if each.type else "not on work items"
        for each, name in zip(types, short, strict=True)
    ]


def _shortened(shares: tuple[Share, ...]) -> tuple[tuple[Share, ...], Share | None]:
    """The first shares, and all others together."""
    if len(shares) <= _FIRST:
        return shares, None
    others = shares[_FIRST - 1 :]
    named = listing([each.name for each in others[:_NAMED_OTHERS]]) + (" …" if len(others) > _NAMED_OTHERS else "")
    percent = sum(int(each.percent.rstrip("%")) for each in others)
    together = Hours(sum(each.hours.hundredths for each in others))
    return shares[: _FIRST - 1], Share(f"{len(others)} others", together, f"{percent}%", about=named)


def weeks_section(facts: IndividualFacts | TeamFacts) -> Section | None:
    """The weeks before and this one, where at least one of those before is known; beside what was expected in them.
    Of a longer period, its own weeks or months.
    """
    trend, period = facts.trend, facts.period
    if trend.own:
        return _own_section(facts)
    if not any(week.seconds is not None for week in trend.weeks[:-1]):
        return None
    expected = {week.week: week for week in facts.expected.weeks}
    columns, month = [], 0
    for week in trend.weeks:
        last = week is trend.weeks[-1]
        named = f"{week.week.day} {week.week:%b}"
        axis = named if last or week.week.month != month else str(week.week.day)
        columns.append(_week(week, short_day(week.week, period.last_day.year), axis, expected.get(week.week)))
        month = week.week.month
    since = short_day(trend.weeks[0].week, period.last_day.year)
    chart = Chart(
        f"Hours by week since {since}",
        f"This week and the eight before. {_usual_week(trend)}",
        ("Week of", "Hours", "On work items", *(["Expected"] if expected else [])),
        tuple(columns),
        current=True,
        line=None if expected else trend.usual_seconds,
    )
    return Section("Hours by week", (chart,), anchor="weeks")


def _own_section(facts: IndividualFacts | TeamFacts) -> Section:
    period, parts = facts.period, facts.trend.own
    expected = {each.week: each for each in facts.expected.own}
    named, month = [], 0
    for part in parts:
        # The first week may begin before the period.
        first = max(part.week, period.first_day)
        if period.parts == "month":
            named.append((f"{first:%B %Y}", f"{first:%b}"))
        else:
            axis = f"{first.day} {first:%b}" if first.month != month else str(first.day)
            named.append((short_day(first, period.last_day.year), axis))
        month = first.month
    columns = [
        _week(part, name, axis, expected.get(part.week)) for part, (name, axis) in zip(parts, named, strict=True)
    ]
    what = period.parts or ""
    chart = Chart(
        f"Hours by {what}",
        f"The {what}s of the {period_word(period)}, with its own days alone.",
        ("Week from" if what == "week" else "Month", "Hours", "On work items", *(["Expected"] if expected else [])),
        tuple(columns),
        whole="tracked",
    )
    return Section(f"Hours by {what}", (chart,), anchor="weeks")


def _week(week: WeekTime, name: str, axis: str, expected: WeekExpected | None) -> ChartColumn:
    beside: tuple[str, ...] = ()
    mark = None
    if expected is not None:
        beside = ("unknown" if expected.hundredths is None else number(expected.hundredths),)
        mark = expected.seconds
    if week.seconds is None or week.hundredths is None:
        return ChartColumn(None, name, axis, ("unknown",), ("unknown", *beside), mark)
    linked = share(week.linked_seconds or 0, week.seconds)
    return ChartColumn(week.seconds, name, axis, (Hours(week.hundredths),), (linked, *beside), mark)


def _usual_week(trend: Trend) -> str:
    """What a usual week is, and of how many weeks it is the median; where too few are known, that."""
    if trend.usual_hundredths is None:
        return "Too few of the eight weeks before are complete to say what a usual week is."
    known_weeks = (
        "eight weeks before" if trend.usual_weeks == 8 else f"{trend.usual_weeks} of the eight weeks before known"
    )
    return f"The usual week is {number(trend.usual_hundredths)} h: the median of the {known_weeks}."


def days_section(times: PrintedTimes) -> Section | None:
    """A person's days, where there is more than one and they can be listed."""
    facts = times.facts
    if not isinstance(facts, IndividualFacts) or len(times.days) < 2:
        return None
    few = len(facts.days) <= 7
    expected = {each.day: each.seconds for each in facts.expected.days if each.seconds is not None}
    columns = tuple(
        ChartColumn(
            each.seconds,
            f"{each.day:%A}" if few else short_day(each.day, facts.period.last_day.year),
            f"{each.day:%a}" if few else str(each.day.day) if each.day.day in _NAMED_DAYS else "",
            _hours(part),
            (number(rounded(expected[each.day])) if expected[each.day] else "–",) if expected else (),
            expected.get(each.day),
        )
        for each, part in zip(facts.days, times.days, strict=True)
    )
    caption = f"This {period_word(facts.period)} · an entry counts on the day it starts"
    heads: tuple[str, ...] = ("Day", "Hours")
    if expected:
        caption, heads = f"{caption}{_against_expected(facts)}", (*heads, "Expected")
    return Section("Hours by day", (Chart("Hours by day", caption, heads, columns, whole="tracked"),))


def _against_expected(facts: IndividualFacts) -> str:
    """ " · 37.19 of 32.00 h expected, over for the 4th week in a row"; empty where it is not known."""
    if facts.expected.hundredths is None:
        return ""
    tracked, expected = facts.figures.tracked_hundredths, facts.expected.hundredths
    return f" · {number(tracked)} of {number(expected)} h expected{in_row(facts.expected.weeks_in_row)}."


def _hours(hundredths: int) -> Line:
    return (Hours(hundredths),) if hundredths else ("–",)
