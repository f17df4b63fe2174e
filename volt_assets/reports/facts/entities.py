"""The work items of a period: what Fibery answered about each, plan against actual, and what they are part of."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from volt_assets.reports.facts.models import Comment, Entity, OverEstimate, Parent, ParentTime, Period, Plan
from volt_assets.reports.facts.prepared import PreparedPeriod, Row

# Of an entity's comments, what its sentence may be made of.
_COMMENTS, _LONGEST_COMMENT = 5, 600
_PARENT_COLUMNS = ("type", "public_id", "name", "url", "state", "state_final", "items", "items_done")
_PARENT_TIMES = ("seconds", "seconds_in_all", "hundredths", "hundredths_in_all")

# Rows of `parents.sql` by type and public id: everybody's time on what is below a parent.
ParentTimes = Mapping[tuple[str, str], Row]


@dataclass(frozen=True)
class PeriodEntities:
    """The work items by person and (None) of all together, most time first; and the team's parents and estimates.

    `everybody`: whether everybody's entries of the period were fetched; otherwise plans and parents have no times.
    """

    by_person: Mapping[int | None, list[Entity]]
    parent_times: ParentTimes
    everybody: bool

    def of(self, user_id: int | None) -> list[Entity]:
        """A person's; None: the team's."""
        return self.by_person.get(user_id, [])

    def over_estimate(self, user_id: int | None) -> OverEstimate:
        """On how many of a person's (None: the team's) more was spent than estimated."""
        if not self.everybody:
            return OverEstimate()
        over = [entity.plan.over_seconds for entity in self.of(user_id) if entity.plan.over_seconds]
        return OverEstimate(entities=len(over), seconds=sum(over))

    def team_parents(self) -> list[ParentTime]:
        """What the team's entities are part of, most time first; each as answered with the entity with most time."""
        if not self.everybody:
            return []
        answers = {
            (above.type, above.public_id): above for entity in reversed(self.of(None)) for above in entity.parents
        }
        return [
            ParentTime(
                **answers[key].model_dump(), level=time["level"], people=time["people"], entities=time["entities"]
            )
            for key, time in self.parent_times.items()
            if key in answers
        ]


def entities(prepared: PreparedPeriod, period: Period, everybody: bool) -> PeriodEntities:
    """The period's work items. `everybody`: whether everybody's entries of the period were fetched.

    Makes the table `label_meanings`, of the items in `item_states`.
    """
    prepared.table("label_meanings")
    parent_times = {(row["type"], row["public_id"]): row for row in prepared.rows("parents")}
    answers = _answers(prepared, period, parent_times if everybody else {})
    plans = {}
    for row in prepared.rows("plans", {"everybody": everybody}):
        user_id, key = row.pop("user_id"), (row.pop("entity_type"), row.pop("public_id"))
        plans[user_id, *key] = Plan(**row, at_least=_begun_before(answers[key]["actual_start"], period))
    rows = prepared.rows("time_by_entity")
    whose = _whose(rows)
    by_person: dict[int | None, list[Entity]] = defaultdict(list)
    for row in rows:
        user_id, key = row.pop("user_id"), (row.pop("entity_type"), row.pop("public_id"))
        by_person[user_id].append(
            Entity(
                type=key[0],
                public_id=key[1],
                plan=plans[user_id, *key],
                user_ids=whose[key] if user_id is None else [],
                **row,
                **answers[key],
            )
        )
    return PeriodEntities(by_person, parent_times, everybody)


def _whose(rows: Iterable[Row]) -> dict[tuple[str, str], list[int]]:
    """Whose time each entity has, most first."""
    found: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    for row in rows:
        if row["user_id"] is not None:
            found[row["entity_type"], row["public_id"]].append((-row["seconds"], row["user_id"]))
    return {key: [user_id for _, user_id in sorted(times)] for key, times in found.items()}


def _begun_before(start: date | None, period: Period) -> bool:
    """Whether there may be more time on something than what is stored of it."""
    before = start is not None and period.stored_since is not None and start < period.stored_since
    return before or bool(period.weeks_missing)


def _answers(prepared: PreparedPeriod, period: Period, parent_times: ParentTimes) -> dict[tuple[str, str], Row]:
    """What Fibery answered about each entity, by type and public id, as far as it is the same for everybody."""
    answers = {}
    for row in prepared.rows("entities"):
        del row["everyones_seconds"], row["estimate_seconds"]  # in the plan
        comments = row.pop("comments")
        key = (row.pop("entity_type"), row.pop("public_id"))
        answers[key] = row | {
            "comments": None if comments is None else len(comments),
            "period_comments": _written_in(period, comments or []),
            "fields": row["fields"] or {},
            "parents": [_parent(above, parent_times) for above in row["parents"] or []],
            "missing": row["missing"] or [],
            "problems": row["problems"] or [],
        }
    return answers


def _written_in(period: Period, comments: Iterable[Mapping[str, Any]]) -> list[Comment]:
    """The latest comments of the period's days, oldest first, each by its beginning."""
    zone = ZoneInfo(period.timezone)
    written = [
        Comment(
            author=comment.get("author"),
            day=datetime.fromisoformat(comment["created_at"]).astimezone(zone).date(),
            text=comment["text"].strip()[:_LONGEST_COMMENT],
        )
        for comment in comments
        if (comment.get("text") or "").strip() and comment.get("created_at")
    ]
    return [comment for comment in written if period.first_day <= comment.day <= period.last_day][-_COMMENTS:]


def _parent(answer: Mapping[str, Any], times: ParentTimes) -> Parent:
    time = times.get((answer["type"], answer["public_id"]))
    spent = {name: time[name] for name in _PARENT_TIMES} if time else {}
    return Parent(**{name: answer.get(name) for name in _PARENT_COLUMNS}, **spent)
