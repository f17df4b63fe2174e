"""When the week's reports are overdue, whatever the settings of the day they are due."""

from datetime import time, timedelta
from pathlib import Path

import dagster as dg
import pytest

from volt_assets.definitions import build_defs
from volt_assets.orchestration.freshness import WEEK, deadline
from volt_assets.settings import Settings
from volt_assets.weeks import Due, parse_due


@pytest.mark.parametrize(
    ("due", "hours", "cron", "since"),
    [
        ("Monday 06:00", 24, "0 6 * * 2", timedelta(hours=30)),
        ("Monday 06:00", 0, "0 6 * * 1", timedelta(hours=6)),
        ("Wednesday 17:45", 1.5, "15 19 * * 3", timedelta(days=2, hours=19, minutes=15)),
        ("Saturday 23:00", 2, "0 1 * * 0", timedelta(days=6, hours=1)),
        ("Sunday 23:00", 24, "0 23 * * 1", WEEK),
        ("Monday 00:00", 0, "1 0 * * 1", timedelta(minutes=1)),
        ("Monday 06:00", 1000, "0 22 * * 0", WEEK),
    ],
)
def test_reports_are_expected_by_the_hour_at_which_their_week_is_stuck(due, hours, cron, since):
    assert deadline(parse_due(due), timedelta(hours=hours)) == (cron, since)


@pytest.mark.parametrize("hours", [0, 0.001, 24, 200])
@pytest.mark.parametrize("at", ["00:00", "23:59"])
@pytest.mark.parametrize("day", range(7))
def test_dagster_takes_whatever_is_due(day, at, hours):
    cron, since = deadline(Due(day, time.fromisoformat(at)), timedelta(hours=hours))
    assert dg.FreshnessPolicy.cron(cron, lower_bound_delta=since)


def test_the_reports_have_it_in_the_zone_of_the_settings(tmp_path: Path):
    settings = Settings(
        project=tmp_path,
        _env_file=None,
        volt_week_due="Thursday 09:30",
        volt_stuck_after=3,
        volt_timezone="Europe/Berlin",
    )
    graph = build_defs(settings).resolve_asset_graph()
    for report in ("individual_reports", "team_report"):
        policy = graph.get(dg.AssetKey(report)).freshness_policy
        assert (policy.deadline_cron, policy.timezone) == ("30 12 * * 4", "Europe/Berlin")
    assert graph.get(dg.AssetKey("toggl_time_entries")).freshness_policy is None
