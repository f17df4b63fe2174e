"""Whether time spent and states in Fibery agree: the verdicts of `alignment.sql`, by person and for the team."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import timedelta
from typing import get_args
from zoneinfo import ZoneInfo

from volt_assets.reports.facts.models import Aligned, Period, Verdict, VerdictTime
from volt_assets.reports.facts.prepared import PreparedPeriod
from volt_assets.weeks import midnight

MISMATCHES: tuple[Verdict, ...] = ("closed_before", "not_updated")


def prepare_states(prepared: PreparedPeriod, period: Period) -> None:
    """Make the table `item_states`: the states of the period's entities and of open work, at the period's end."""
    zone = ZoneInfo(period.timezone)
    instants = {
        "period_start": midnight(period.first_day, zone).replace(tzinfo=None),
        "period_end": midnight(period.last_day + timedelta(days=1), zone).replace(tzinfo=None),
    }
    prepared.table("item_states", instants)


def alignment(prepared: PreparedPeriod, period: Period) -> dict[int | None, list[Aligned]]:
    """The verdicts on the period's entities, by person, and (None) on those with anybody's time; by `item_states`."""
    by_person: dict[int | None, list[Aligned]] = defaultdict(list)
    for row in prepared.rows("alignment", {"threshold": period.not_started_seconds}):
        by_person[row.pop("user_id")].append(Aligned(**row))
    return by_person


def verdict_times(by_person: Mapping[int | None, list[Aligned]]) -> list[VerdictTime]:
    """Entities, people and time by verdict for the team; an entity of several people counts once."""
    entities: dict[Verdict, set[tuple[str, str]]] = defaultdict(set)
    people: dict[Verdict, set[int]] = defaultdict(set)
    seconds: dict[Verdict, int] = defaultdict(int)
    hundredths: dict[Verdict, int] = defaultdict(int)
    team = {(each.type, each.public_id): each.verdict for each in by_person.get(None, [])}
    for each in by_person.get(None, []):
        entities[each.verdict].add((each.type, each.public_id))
        seconds[each.verdict] += each.seconds
        hundredths[each.verdict] += each.hundredths
    for user_id, found in by_person.items():
        if user_id is None:
            continue
        for each in found:
            key = (each.type, each.public_id)
            if each.seconds and key in team:
                people[team[key]].add(user_id)
            elif not each.seconds and key not in team:
                entities[each.verdict].add(key)
                people[each.verdict].add(user_id)
    return [
        VerdictTime(
            verdict=verdict,
            entities=len(entities[verdict]),
            people=len(people[verdict]),
            seconds=seconds[verdict],
            hundredths=hundredths[verdict],
        )
        for verdict in get_args(Verdict)
        if entities[verdict]
    ]
