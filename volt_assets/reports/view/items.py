"""Work items and other activities: those of a person in full, those of the team in a list, and what was finished."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from volt_assets.formatting import listing, number, plural, rounded, short_day
from volt_assets.reports.facts.models import Assignee, Entity, IndividualFacts, OtherActivity, Period
from volt_assets.reports.facts.rounding import PrintedTimes
from volt_assets.reports.report import Report
from volt_assets.reports.sentences.templates import days_in_words, period_word
from volt_assets.reports.view import entities
from volt_assets.reports.view.blocks import (
    Behind,
    Block,
    Column,
    Hours,
    Items,
    Legend,
    Line,
    ListItem,
    Paragraph,
    Row,
    Section,
    Soft,
    Table,
)
from volt_assets.reports.view.sentences import Sentences

# How a report shows those that an item is assigned to.
PeopleOf = Callable[[Sequence[Assignee]], Line]


def finished_section(times: PrintedTimes, sentences: Sentences, people_of: PeopleOf) -> Section:
    """What reached a final state in the period, most time first, against its plan. Nothing else stands here."""
    period = times.facts.period
    found = [(entity, part) for entity, part in zip(times.facts.entities, times.items, strict=True) if entity.finished]
    if not found:
        nothing = Paragraph(("No item is known to have been finished.",), "soft")
        return Section("Finished", (nothing,), anchor="finished")
    columns = (
        Column("Item"),
        Column("Who", "under"),
        Column("Type", "under"),
        Column(f"This {period_word(period)}", "number", strong=True),
        Column(f"In all{entities.since(period)}", "number"),
        Column("Estimate", "number"),
        Column("Planned end", "number", optional=True),
        Column("Finished", "number", optional=True),
        Column("Against plan", "number"),
    )
    rows = tuple(_finished(entity, part, period, people_of) for entity, part in found)
    blank: tuple[Line, ...] = ((),) * 5
    total = Row((("All",), (), (), (Hours(sum(part for _, part in found)),), *blank))
    blocks: list[Block] = [Paragraph(sentences.achievements, "soft")] if sentences.achievements else []
    blocks.append(Table(columns, rows, total))
    if period.parts and (line := _against_estimates([entity for entity, _ in found])):
        blocks.append(Paragraph((line,), "small"))
    return Section(f"Finished · {len(found)}", tuple(blocks), anchor="finished")


def _against_estimates(found: Sequence[Entity]) -> str:
    """How what was finished went against its estimates and planned ends; empty where none had an estimate."""
    plans = [entity.plan for entity in found if entity.plan.estimate_seconds is not None]
    known = [plan for plan in plans if plan.spent_in_all_hundredths is not None]
    if not known:
        return ""
    spent = sum(plan.spent_in_all_hundredths or 0 for plan in known)
    estimated = sum(rounded(plan.estimate_seconds or 0) for plan in known)
    over = sum(bool(plan.over_hundredths) for plan in known)
    late = sum((entity.days_late or 0) > 0 for entity in found)
    return (
        f"Of {len(known)} with an estimate: {number(spent)} h spent in all, {number(estimated)} h estimated; {over} "
        f"took more. {late} of all {len(found)} were finished after their planned end."
    )


def _finished(entity: Entity, part: int, period: Period, people_of: PeopleOf) -> Row:
    year = period.last_day.year
    plan, ended = entity.plan, entity.actual_end
    estimate = "none" if plan.estimate_seconds is None else number(rounded(plan.estimate_seconds))
    return Row(
        (
            (replace(entities.name_of(entity), to=entities.anchor_of(entity), finished=False),),
            people_of(entity.assignees or []),
            (entities.kind_of(entity.type),),
            (Hours(part),),
            (entities.in_all(plan),),
            (estimate,),
            (short_day(entity.planned_end, year) if entity.planned_end else "none",),
            (short_day(ended, year) if ended else "unknown",),
            _against_plan(entity.days_late),
        )
    )


def _against_plan(days_late: int | None) -> Line:
    """How many days before or after its planned end it was finished."""
    if days_late is None:
        return ("–",)
    if days_late == 0:
        return ("on the day",)
    days = plural(abs(days_late), "day")
    return (Behind(f"{days} after"),) if days_late > 0 else (f"{days} before",)


def plan_legend(this: str) -> Legend:
    """What the parts of a plan's bar mean."""
    entries = ("before", f"before this {this}"), ("now", f"this {this}"), ("mark", "estimate"), ("over", "over it")
    return Legend(entries)


def own_items_section(report: Report, times: PrintedTimes, facts: IndividualFacts) -> Section:
    """All of a person's work items, a row each: when, how long, and what everybody spent against the estimate."""
    period = facts.period
    if not times.items:
        nothing = Paragraph(("No entry is linked to a work item.",), "soft")
        return Section("Work items", (nothing,), anchor="items")
    columns = (
        Column("Work item"),
        *(Column(label, "under") for label in ("Type", "State", "Project", "Part of", "Fields", "What was done")),
        Column("Days", optional=True, soft=True),
        Column(f"This {period_word(period)}", "number", strong=True),
        Column("Own in all", "number", optional=True),
        Column("Everybody", "number"),
        Column("Estimate", "number", optional=True),
        Column("Left or over", "number"),
    )
    rows = tuple(
        Row(
            (
                (entities.name_of(entity),),
                (entities.kind_of(entity.type),),
                (entities.state(entity, period),),
                (entities.project_names(entity),),
                entities.part_of(entity),
                (entities.fields_of(entity),),
                entities.done(entity, report.prose),
                (days_in_words(entity.days, period, "%a"),),
                (Hours(part),),
                (entities.bare(entity.plan.own_spent_in_all_hundredths),),
                *_plan_cells(entity),
            ),
            anchor=entities.anchor_of(entity),
        )
        for entity, part in zip(facts.entities, times.items, strict=True)
    )
    blank: tuple[Line, ...] = ((),) * 4
    total = Row((("All on work items",), *((),) * 7, (Hours(times.split[0]),), *blank))
    blocks: list[Block] = [Table(columns, rows, total, whole="linked"), *_since(facts)]
    if not_read := _not_read(facts.entities):
        blocks.append(Section("Not read from Fibery", (Items(not_read),), style="minor"))
    return Section(f"Work items · {len(rows)}", tuple(blocks), anchor="items")


def _since(facts: IndividualFacts) -> list[Block]:
    """From when on time in all is known, and that it may be more; nothing where it is not known at all."""
    period = facts.period
    if period.stored_since is None or all(entity.plan.spent_in_all_seconds is None for entity in facts.entities):
        return []
    return [Paragraph((f"In all:{entities.since(period)}.",), "note")]


def _plan_cells(entity: Entity) -> tuple[Line, Line, Line]:
    """Spent in all, the estimate, and what is left of it or over it."""
    plan = entity.plan
    estimate = "none" if plan.estimate_seconds is None else number(rounded(plan.estimate_seconds))
    if entity.state_final and not plan.over_hundredths:
        return (entities.in_all(plan),), (estimate,), (Soft("closed"),)
    return (entities.in_all(plan),), (estimate,), entities.apart(plan, "not known")


def _not_read(found: list[Entity]) -> tuple[ListItem, ...]:
    """What could not be asked of Fibery or read, each problem once, with the work items it is about."""
    about: dict[str, list[Entity]] = {}
    for entity in found:
        for problem in entity.problems:
            about.setdefault(problem, []).append(entity)
    return tuple(
        ListItem(
            (f"{problem.rstrip('.')} ({f'#{of[0].public_id}' if len(of) == 1 else plural(len(of), 'work item')})",)
        )
        for problem, of in about.items()
    )


def activities_section(times: PrintedTimes, facts: IndividualFacts) -> Section:
    """A person's time that is on no work item."""
    activities = facts.other_activities
    if not times.activities:
        return Section("Other activities", (Paragraph(("None: all time is on work items.",), "soft"),), anchor="other")
    rows = tuple(_activity(each, part) for each, part in zip(activities, times.activities, strict=True))
    entries = sum(each.entries for each in activities)
    columns = (
        Column("Not linked to a work item"),
        Column("Project", optional=True, soft=True),
        Column("Entries", "number"),
        Column("Hours", "number", strong=True),
    )
    total = Row((("All other time",), (), (str(entries),), (Hours(times.split[1]),)))
    return Section("Other activities", (Table(columns, rows, total, whole="other"),), anchor="other")


def _activity(activity: OtherActivity, printed: int) -> Row:
    mentions = f" (mentions {listing([f'#{public_id}' for public_id in activity.ids])})" if activity.ids else ""
    name: Line = (
        (Soft("Without description"),)
        if activity.description is None
        else (" ".join(activity.description.split()), *([Soft(mentions)] if mentions else []))
    )
    projects = listing([project for project in activity.projects if project])
    return Row((name, (projects,), (str(activity.entries),), (Hours(printed),)))
