"""Decisions as Dagster takes them: run requests, with the tags by which later ticks recognize them."""

import hashlib
import json
from collections.abc import Sequence
from datetime import date

import dagster as dg

from volt_assets.automation.decisions import Decision
from volt_assets.orchestration import run_records
from volt_assets.weeks import last_day


def run_request(weeks: Sequence[date], run_keys: Sequence[str] = (), reason: str = "") -> dg.RunRequest:
    """A run of unbroken weeks. By `run_keys`, those of its weeks, later ticks count it as an attempt of each."""
    first, last = weeks[0].isoformat(), weeks[-1].isoformat()
    tags = {run_records.START_DATE: first, run_records.END_DATE: last_day(weeks[-1]).isoformat()}
    if reason:
        tags[run_records.REASON] = reason
    if len(weeks) == 1:
        return dg.RunRequest(run_key=run_keys[0] if run_keys else None, partition_key=first, tags=tags)
    digest = hashlib.sha256("\n".join(run_keys).encode()).hexdigest()[:12]
    tags |= {**dict(zip(run_records.RANGE, (first, last), strict=True)), run_records.RUN_KEYS: json.dumps(run_keys)}
    return dg.RunRequest(run_key=f"{first}..{last}:{digest}", tags=tags)


def sensor_result(
    decision: Decision, context: dg.SensorEvaluationContext, cursor: str | None = None
) -> dg.SensorResult:
    """The decision as the result of a tick, whose log gives the reason for or against each week."""
    for line in [*decision.why.values(), *decision.others]:
        context.log.info(line)
    if not decision.run_keys:
        return dg.SensorResult(skip_reason=decision.reason, cursor=cursor)
    requests = [
        run_request(weeks, [decision.run_keys[week] for week in weeks], " ".join(decision.why[week] for week in weeks))
        for weeks in decision.runs
    ]
    return dg.SensorResult(run_requests=requests, cursor=cursor)
