"""What is worth a look, by rules: hints to the person, never accusations, and never the model's."""

from collections import defaultdict
from collections.abc import Mapping
from typing import get_args

from volt_assets.reports.facts.models import Hint, HintKind, Period, PersonHints, Trend
from volt_assets.reports.facts.prepared import PreparedPeriod


def hints(prepared: PreparedPeriod, period: Period, trends: Mapping[int | None, Trend]) -> dict[int, list[Hint]]:
    """The hints of each person of the period: entries first, then the week as a whole."""
    found: dict[int, list[Hint]] = defaultdict(list)
    printed = {row["id"]: row["hundredths"] for row in prepared.rows("single_entries")}
    for row in prepared.rows("hints", {"timezone": period.timezone}):
        user_id, entries = row.pop("user_id"), row["entries"]
        found[user_id].append(Hint(**row, hundredths=printed.get(entries[0]) if len(entries) == 1 else None))
    if period.one_week and all(week.complete for week in period.weeks):
        for user_id, trend in trends.items():
            hint = _unlike_the_usual_week(trend)
            if user_id is not None and hint is not None:
                found[user_id].append(hint)
    return found


def team_hints(by_person: Mapping[int, list[Hint]]) -> list[PersonHints]:
    """How many hints of each kind each person has, by kind."""
    counted: dict[tuple[HintKind, int], list[Hint]] = defaultdict(list)
    for user_id, found in by_person.items():
        for hint in found:
            counted[hint.kind, user_id].append(hint)
    return [
        PersonHints(user_id=user_id, kind=kind, hints=len(found), seconds=sum(hint.seconds or 0 for hint in found))
        for (kind, user_id), found in sorted(
            counted.items(), key=lambda item: (get_args(HintKind).index(item[0][0]), item[0][1])
        )
    ]


def _unlike_the_usual_week(trend: Trend) -> Hint | None:
    this_week = trend.weeks[-1].seconds if trend.weeks else None
    if this_week is None or not trend.usual_seconds:
        return None
    if 2 * abs(this_week - trend.usual_seconds) <= trend.usual_seconds:
        return None
    return Hint(kind="unusual_week", seconds=this_week, usual_seconds=trend.usual_seconds)
