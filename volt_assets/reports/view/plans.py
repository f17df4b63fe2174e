"""The team's plans: estimates against what was spent, and what the work items are part of."""

from volt_assets.formatting import number, plural, rounded, share, short_day
from volt_assets.reports.facts.models import ParentTime, Period, TeamFacts
from volt_assets.reports.facts.rounding import PrintedTimes
from volt_assets.reports.sentences.templates import period_word
from volt_assets.reports.view import entities
from volt_assets.reports.view.blocks import (
    Block,
    Column,
    Hours,
    Jump,
    Line,
    Paragraph,
    ProgressBar,
    Row,
    Section,
    Span,
    Table,
)
from volt_assets.reports.view.items import plan_legend

_PLANS = 12
_ALSO_OVER = 30


def plans_section(times: PrintedTimes, facts: TeamFacts) -> Section | None:
    """The largest items that have an estimate; None where none has."""
    period, this = facts.period, period_word(facts.period)
    items = list(zip(facts.entities, times.items, strict=True))
    plans = [(entity, part) for entity, part in items if entity.plan.estimate_seconds][:_PLANS]
    if not plans:
        return None
    missing = f", at least: {plural(period.weeks_missing, 'earlier week')} missing" if period.weeks_missing else ""
    note = (
        f"The largest items of the {this} that have an estimate. Spent is everybody’s time up to "
        f"{short_day(period.last_day)}{missing}. Each bar is a share of its own estimate."
    )
    rows = []
    for entity, part in plans:
        plan, bar = entity.plan, entities.plan_bar(entity.plan)
        spent, estimate = plan.spent_in_all_seconds, plan.estimate_seconds or 0
        used = "unknown" if spent is None else share(spent, estimate)
        cells: tuple[Line, ...] = (
            (entities.name_of(entity),),
            (bar,) if bar else (),
            (Hours(part),),
            (entities.bare(plan.spent_in_all_hundredths),),
            (number(rounded(estimate)),),
            (used,),
            entities.apart(plan, "unknown"),
        )
        rows.append(Row(cells))
    blocks: list[Block] = [Paragraph((note,), "note"), plan_legend(this), Table(_columns(this), tuple(rows))]
    shown = {entities.anchor_of(entity) for entity, _ in plans}
    also = [entity for entity, _ in items if entities.over(entity.plan) and entities.anchor_of(entity) not in shown]
    if also:
        spans: list[Span] = ["Also over: "]
        for place, entity in enumerate(also[:_ALSO_OVER]):
            spans += [", "] if place else []
            spans += [Jump(f"#{entity.public_id}", entities.anchor_of(entity))]
            spans += [f" by {number(entities.over(entity.plan))}"]
        blocks.append(Paragraph((*spans, " h."), "small"))
    return Section("Estimate against actual", tuple(blocks), anchor="plans")


def _columns(this: str) -> tuple[Column, ...]:
    return (
        Column("Item"),
        Column("", "bar"),
        Column(f"This {this}", "number", strong=True),
        Column("Spent", "number"),
        Column("Estimate", "number", optional=True),
        Column("Used", "number", optional=True),
        Column("Left or over", "number"),
    )


def parents_section(facts: TeamFacts) -> Section | None:
    """Features, epics and the like; None where there are none."""
    if not facts.parents:
        return None
    columns = (
        Column("Part of"),
        Column("Type", "under"),
        Column("State", "under"),
        Column("Done", "bar"),
        Column("Items done", "number"),
        Column(f"This {period_word(facts.period)}", "number", strong=True),
        Column("In all", "number"),
        Column("Work items", "number", optional=True),
        Column("People", "number", optional=True),
    )
    rows = tuple(_parent(parent, facts.period) for parent in facts.parents)
    note = Paragraph(("What the items are part of, with everybody’s time on all that is below it.",), "note")
    return Section("Features, epics and the like", (note, Table(columns, rows)), anchor="parents")


def _parent(parent: ParentTime, period: Period) -> Row:
    known = parent.items is not None and parent.items_done is not None
    progress = "unknown"
    if parent.items is not None:
        progress = f"{'unknown' if parent.items_done is None else parent.items_done} of {parent.items}"
    in_all = f"{'at least ' if period.weeks_missing else ''}{entities.bare(parent.hundredths_in_all)}"
    return Row(
        (
            (entities.parent_name(parent),),
            (parent.type or "",),
            (parent.state or "state unknown",),
            (ProgressBar(parent.items_done or 0, parent.items),) if known and parent.items else (),
            (progress,),
            (entities.bare(parent.hundredths),),
            (in_all,),
            (str(parent.entities),),
            (str(parent.people),),
        )
    )
