"""What somebody has to decide about open work, as groups of it: a function of a report's facts.

Each item stands in the first group that fits. Nothing is judged here: a group is a comparison of dates and hours.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from volt_assets.months import planned_until
from volt_assets.reports.facts.models import Entity, IndividualFacts, OpenItem, Period, TeamFacts

# Days without anybody's time after which started work is stuck.
STUCK_DAYS = 14


@dataclass(frozen=True)
class Decisions:
    """`past_end`: planned to end by the period's last day, the latest first.

    Due until the day `due_until` are `short` (most hours short at the pace first), `ending_later` (what is below ends
    later, most items first), `in_pace`, and `unknown`, which have no estimate. `over` had time in the period beyond
    their estimates, most first. `stuck` are started and assigned, and nobody had time on them in two weeks; of
    `not_updated` more time than the threshold was spent, and they are not started in Fibery. `later` are due after
    `due_until` and short at their pace, most first.
    """

    due_until: date
    past_end: list[OpenItem]
    short: list[OpenItem]
    ending_later: list[OpenItem]
    in_pace: list[OpenItem]
    unknown: list[OpenItem]
    over: list[Entity]
    stuck: list[OpenItem]
    not_updated: list[OpenItem]
    later: list[OpenItem]

    @property
    def due(self) -> list[OpenItem]:
        return [*self.short, *self.ending_later, *self.in_pace, *self.unknown]


def decisions(facts: IndividualFacts | TeamFacts) -> Decisions:
    """The groups of a report; of a person's, of what is assigned to them."""
    items = facts.open_items
    if isinstance(facts, IndividualFacts):
        items = [item for item in items if facts.user_id in item.assigned_ids]
    period, until = facts.period, planned_until(facts.period.first_day, facts.period.last_day)
    dated = [(item.planned_end, item) for item in items if item.planned_end is not None]
    past = [item for end, item in reversed(dated) if end <= period.last_day]
    due = [item for end, item in dated if period.last_day < end <= until]
    short = _most_short_first(due)
    ending_later = sorted(
        (item for item in without(due, short) if item.ending_later), key=lambda item: -len(item.ending_later)
    )
    rest = without(due, [*short, *ending_later])
    placed = [*past, *due]
    not_updated = [item for item in without(items, placed) if is_not_updated(item, period)]
    placed += not_updated
    stuck = sorted((item for item in without(items, placed) if _is_stuck(item, period)), key=_last_time)
    placed += stuck
    later = [item for end, item in dated if end > until and item.forecast is not None and item.forecast.pace_seconds]
    keys = {_key(item) for item in [*past, *due]}
    over = [entity for entity in facts.entities if entity.plan.over_hundredths and _key(entity) not in keys]
    return Decisions(
        due_until=until,
        past_end=past,
        short=short,
        ending_later=ending_later,
        in_pace=[item for item in rest if item.forecast is not None],
        unknown=[item for item in rest if item.forecast is None],
        over=sorted(over, key=lambda entity: -entity.plan.over_hundredths),
        stuck=stuck,
        not_updated=not_updated,
        later=_most_short_first(without(later, placed)),
    )


def is_not_updated(item: OpenItem, period: Period) -> bool:
    """Whether it is not started in Fibery, and more time than the threshold was spent on it, some in the period."""
    spent = item.plan.spent_in_all_seconds
    worked_on = bool(item.plan.spent_seconds)
    return item.state_kind == "not_started" and worked_on and spent is not None and spent > period.not_started_seconds


def short_of(items: Iterable[OpenItem]) -> int:
    """The hours short of all of them, in hundredths."""
    return sum(item.forecast.short_hundredths or 0 for item in items if item.forecast is not None)


def _most_short_first(items: Iterable[OpenItem]) -> list[OpenItem]:
    return sorted((item for item in items if short_of([item])), key=lambda item: -short_of([item]))


def _is_stuck(item: OpenItem, period: Period) -> bool:
    """Where weeks are not stored that far back, it is not known."""
    since = period.last_day - timedelta(days=STUCK_DAYS)
    is_known = period.stored_since is not None and period.stored_since <= since and item.plan.spent_seconds is not None
    return is_known and item.state_kind == "started" and bool(item.assignees) and _last_time(item) <= since


def _last_time(item: OpenItem) -> date:
    return item.last_time or date.min


def without(items: Iterable[OpenItem], others: Iterable[OpenItem]) -> list[OpenItem]:
    """Those of the items that are none of the others."""
    left_out = {_key(item) for item in others}
    return [item for item in items if _key(item) not in left_out]


def _key(item: OpenItem | Entity) -> tuple[str, str]:
    return item.type, item.public_id
