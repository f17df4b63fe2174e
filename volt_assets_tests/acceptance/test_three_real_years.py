"""Plan against actual over three years of a work log: 157 weeks in one range, against sums made from the CSV."""

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from volt_assets.reports.facts.models import TeamFacts
from volt_assets_tests.acceptance.home import Home
from volt_assets_tests.work_log import LoggedEntry, read_entities

pytestmark = pytest.mark.slow

FIRST, LAST = date(2006, 1, 2), date(2008, 12, 29)


@pytest.fixture(scope="module")
def reports(new_sip_home: Callable[..., Home]) -> dict[date, TeamFacts]:
    home = new_sip_home()
    outcome = home.volt("backfill", "--json", "--from", str(FIRST), "--to", str(LAST))
    assert outcome.exit_code == 0, outcome
    assert len(outcome.json["weeks"]) == 157
    return {
        week: TeamFacts.model_validate_json(facts) for week, facts in home.sql("SELECT week, facts FROM team_report")
    }


def test_what_was_spent_on_each_task_is_the_logs_sum_and_its_last_week_shows_its_plan(
    reports: dict[date, TeamFacts], work_log: list[LoggedEntry], log_folder: Path
):
    estimates = {reference: row["Estimate Hours"] for reference, row in read_entities(log_folder).items()}
    logged: Counter[tuple[str, str, str]] = Counter()
    last_week: dict[tuple[str, str, str], date] = {}
    for entry in work_log:
        reference = entry.reference
        if reference is None:
            continue
        logged[reference] += entry.seconds
        week = entry.day - timedelta(days=entry.day.weekday())
        last_week[reference] = max(week, last_week.get(reference, week))
    assert logged.keys() == estimates.keys()
    shown = {
        (week, entity.public_id, *entity.type.split("/")): entity.plan
        for week, facts in reports.items()
        for entity in facts.entities
    }
    spent: Counter[tuple[str, str, str]] = Counter()
    for (_, *reference), plan in shown.items():
        spent[tuple(reference)] += plan.spent_seconds
    assert spent == logged
    for reference, seconds in logged.items():
        plan = shown[last_week[reference], *reference]
        estimate = float(estimates[reference]) * 3600 if estimates[reference] else None
        assert plan.spent_in_all_seconds == seconds, reference
        assert plan.estimate_seconds == estimate
        assert plan.over_seconds == (None if estimate is None else max(seconds - estimate, 0))
        assert plan.remaining_seconds == (None if estimate is None else max(estimate - seconds, 0))
