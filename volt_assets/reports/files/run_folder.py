"""A run's folder: reports and JSON files of exactly the requested days and people, for people and other programs.

An export: no command reads it back. Its JSON keys are an interface; the reports are of the whole period, without
versions. Of one whole week that was just reported on they are the weekly reports: the same facts and sentences. The
folder appears by a rename when it is complete.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from volt_assets.reports.facts.models import (
    IndividualFacts,
    OtherActivity,
    PeriodFacts,
    TeamFacts,
    facts_hash,
)
from volt_assets.reports.facts.period import period_facts, still_hold
from volt_assets.reports.facts.prepared import PreparedPeriod
from volt_assets.reports.files import time_csv, workbook
from volt_assets.reports.files.file_names import file_names
from volt_assets.reports.files.team_files import team_files
from volt_assets.reports.files.whole_folders import appearing
from volt_assets.reports.people import is_removed
from volt_assets.reports.rendering.html import page_of
from volt_assets.reports.rendering.markdown import markdown_of
from volt_assets.reports.report import Report
from volt_assets.reports.rules import ReportRules
from volt_assets.reports.sentences.models import Prose
from volt_assets.reports.sentences.templates import template_prose
from volt_assets.reports.sentences.writer import ModelWriter
from volt_assets.reports.versions.store import stored_week
from volt_assets.reports.view.quality import PAGE, view_of_quality
from volt_assets.reports.view.report import view_of
from volt_assets.settings import ProseMode
from volt_assets.toggl.summary import summary_markdown
from volt_assets.warehouse import Connection, query, read_rows

# What Fibery's answer consists of, in `enriched_data`.
_ENRICHED = (
    "state",
    "state_final",
    "planned_start",
    "planned_end",
    "actual_start",
    "actual_end",
    "estimate_seconds",
    "assignees",
    "parents",
    "description",
    "comments",
    "fields",
    "missing",
    "problems",
)
# Lookup results that `status` does not distinguish.
_STATUS = {"no_such_type": "not_configured", "not_looked_up": "failed"}


def write_run_folder(
    prepared: PreparedPeriod,
    rules: ReportRules,
    folder: Path,
    *,
    run_id: str | None,
    user_emails: Sequence[str] | None,
    generated_at: datetime,
    metadata: Mapping[str, Any],
    writer: ModelWriter | None = None,
    facts: PeriodFacts | None = None,
    just_reported: bool = False,
    with_workbook: bool = False,
) -> None:
    """Write all files of a run of the prepared days and people. A folder already there is replaced.

    `metadata` is the content of run_metadata.json, `generated_at` an aware instant. `writer` gives the sentences that a
    model wrote; weekly reports' own are taken where the facts are theirs. `facts` are those of the period where they
    were computed before; they are used as long as they hold. `just_reported`: the weekly reports are of what is stored
    now. `with_workbook`: also as a workbook, time.xlsx.
    """
    facts, proses = (just_reported and _of_whole_week(prepared)) or _computed(prepared, rules, writer, facts)
    with appearing(folder) as new:
        _write_json(new / "run_metadata.json", metadata)
        raw = {"run_id": run_id, **_request(prepared, user_emails), **_raw_toggl_data(prepared)}
        _write_json(new / "raw_toggl_data.json", raw)
        _write_json(new / "toggl_aggregated.json", {"run_id": run_id, **_toggl_aggregated(prepared, facts)})
        _write_json(new / "enriched_data.json", {"run_id": run_id, "entities": _enriched_data(prepared)})
        (new / "reports").mkdir()
        _write_reports(prepared, rules, new / "reports", generated_at, facts, proses)
        summary = summary_markdown(
            prepared.connection, *prepared.days, prepared.user_ids, rules.timezone, prepared.hours
        )
        (new / "reports" / "toggl_summary.md").write_text(summary, encoding="utf-8")
        table = time_csv.time_csv(prepared)
        (new / "reports" / time_csv.FILE).write_text(table, encoding="utf-8", newline="")
        if with_workbook:
            (new / "reports" / workbook.FILE).write_bytes(workbook.workbook(prepared, facts, rules, generated_at))


def _write_reports(
    prepared: PreparedPeriod,
    rules: ReportRules,
    folder: Path,
    generated_at: datetime,
    facts: PeriodFacts,
    proses: Sequence[Prose],
) -> None:
    """The team's report and people's as Markdown and pages. `proses` are their sentences, the team's first."""
    names = file_names(prepared.connection)
    (folder / "individual").mkdir()
    linked = rules.privacy.file_names(names)
    team = Report(facts.team, generated_at, prose=proses[0])
    views = {
        folder / "team_summary": view_of(team, linked),
        folder / PAGE: view_of_quality(team, facts.team, linked),
    }
    for person, prose in zip(facts.individuals, proses[1:], strict=True):
        if is_removed(person.user_id):
            continue
        views[folder / "individual" / names[person.user_id]] = view_of(Report(person, generated_at, prose=prose))
    for file, view in views.items():
        file.with_suffix(".md").write_text(markdown_of(view), encoding="utf-8")
        file.with_suffix(".html").write_text(page_of(view), encoding="utf-8")
    for name, content in team_files(prepared, rules, names, generated_at).items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")


def is_whole_week(first_day: date, last_day: date, user_ids: Sequence[int] | None) -> bool:
    """Whether the reports of these days and people are the weekly ones."""
    return user_ids is None and first_day.weekday() == 0 and last_day - first_day == timedelta(days=6)


def _of_whole_week(prepared: PreparedPeriod) -> tuple[PeriodFacts, list[Prose]] | None:
    """Facts and sentences of the weekly reports, the team's sentences first; None where these days are no such week."""
    if not is_whole_week(*prepared.days, prepared.user_ids):
        return None
    return stored_week(prepared.connection, prepared.first_day)


def _computed(
    prepared: PreparedPeriod, rules: ReportRules, writer: ModelWriter | None, known: PeriodFacts | None
) -> tuple[PeriodFacts, list[Prose]]:
    """The period's facts, `known` ones if they still hold, and sentences about them, the team's first."""
    facts = known if known is not None and still_hold(known, prepared) else period_facts(prepared, rules)
    return facts, _sentences(prepared.connection, facts.reports, writer, rules)


def _sentences(
    connection: Connection, facts: Sequence[IndividualFacts | TeamFacts], writer: ModelWriter | None, rules: ReportRules
) -> list[Prose]:
    written = writer.write(connection, facts, rules.privacy.text) if writer else [None] * len(facts)
    weekly = _weekly_sentences(connection, facts, rules.prose) if facts[0].period.one_week else [None] * len(facts)
    return [
        prose or of_week or template_prose(each) for prose, of_week, each in zip(written, weekly, facts, strict=True)
    ]


def _weekly_sentences(
    connection: Connection, facts: Sequence[IndividualFacts | TeamFacts], mode: ProseMode
) -> list[Prose | None]:
    """Those stored with the weekly report of the very facts, as far as `mode` allows them."""
    hashes = [facts_hash(each) for each in facts]
    rows = read_rows(connection, query("reports/files/sql/prose_of_facts.sql"), {"hashes": hashes})
    stored = {row["facts_hash"]: Prose.model_validate(row["prose"]) for row in rows}
    allowed = {of_facts: prose for of_facts, prose in stored.items() if prose.may_stand(mode)}
    return [allowed.get(of_facts) for of_facts in hashes]


def write_failed_run(folder: Path, metadata: Mapping[str, Any]) -> None:
    """Leave run_metadata.json alone in the folder of a run that failed."""
    with appearing(folder) as new:
        _write_json(new / "run_metadata.json", metadata)


def statistics(prepared: PreparedPeriod) -> dict[str, int | None]:
    """What a run's days and people come to, for run_metadata.json. `entries` had ended; times are in seconds."""
    of_all = prepared.sums.figures[None]
    return {
        "entries": of_all["entries"],
        "running_entries": prepared.sums.fetched[None]["running_entries"],
        "people": len(prepared.sums.figures.keys() - {None}),
        "entities": of_all["entities"],
        "entities_found": of_all["entities_found"],
        "tracked_seconds": of_all["tracked_seconds"],
        "linked_seconds": of_all["linked_seconds"],
        "other_seconds": of_all["other_seconds"],
    }


def _request(prepared: PreparedPeriod, user_emails: Sequence[str] | None) -> dict[str, Any]:
    """What the run's entries are of, and since when they are known."""
    return {
        "start_date": prepared.first_day,
        "end_date": prepared.last_day,
        "user_emails_filter": None if user_emails is None else list(user_emails),
        "fetched_at": min((week.fetched_at for week in prepared.sums.weeks), default=None),
    }


def _raw_toggl_data(prepared: PreparedPeriod) -> dict[str, Any]:
    rows = read_rows(prepared.cursor, query("reports/files/sql/exported_entries.sql"))
    return {
        "time_entries": [
            {
                "id": row["id"],
                "user_id": row["user_id"],
                "username": row["username"],
                "user_email": row["email"],
                "description": row["description"],
                "start": row["start"],
                "stop": row["stop"],
                "duration": row["seconds"],
                "project_id": row["project_id"],
                "project_name": row["project_name"],
                "tags": row["tags"],
                "billable": row["billable"],
            }
            for row in rows
        ],
        "statistics": {"total_entries": len(rows), "total_duration_seconds": sum(row["seconds"] for row in rows)},
    }


def _toggl_aggregated(prepared: PreparedPeriod, facts: PeriodFacts) -> dict[str, Any]:
    links: dict[int, list[dict[str, Any]]] = {}
    for row in read_rows(prepared.cursor, query("reports/files/sql/exported_links.sql")):
        links.setdefault(row["user_id"], []).append(
            {
                "entity_id": row["public_id"],
                "entity_database": row["tag_space"],
                "entity_type": row["tag_type"],
                "project": row["tag_project"],
                "duration_seconds": row["seconds"],
                "entries_count": row["entries"],
            }
        )
    users: dict[str, Any] = {}
    for person in facts.individuals:
        if not person.figures.entries:  # only running ones
            continue
        matched = links.get(person.user_id, [])
        unmatched = [_unmatched(activity) for activity in person.other_activities]
        key = person.email if person.email and person.email not in users else str(person.user_id)
        users[key] = {
            "user_email": person.email,
            "username": person.name,
            "matched_entities": matched,
            "unmatched_activities": unmatched,
            "statistics": _sums(matched, unmatched),
        }
    everything = [
        [part for user in users.values() for part in user[kind]]
        for kind in ("matched_entities", "unmatched_activities")
    ]
    entities = {(part["entity_id"], part["entity_database"], part["entity_type"]) for part in everything[0]}
    return {
        "users": users,
        "statistics": {"total_users": len(users), "total_entities": len(entities), **_sums(*everything)},
    }


def _unmatched(activity: OtherActivity) -> dict[str, Any]:
    return {
        "description": activity.description,
        "duration_seconds": activity.seconds,
        "entries_count": activity.entries,
    }


def _sums(matched: Sequence[Mapping[str, Any]], unmatched: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    seconds = [sum(part["duration_seconds"] for part in parts) for parts in (matched, unmatched)]
    entries = [sum(part["entries_count"] for part in parts) for parts in (matched, unmatched)]
    return {
        "total_duration_seconds": sum(seconds),
        "matched_duration_seconds": seconds[0],
        "unmatched_duration_seconds": seconds[1],
        "total_entries": sum(entries),
        "matched_entries": entries[0],
        "unmatched_entries": entries[1],
    }


def _enriched_data(prepared: PreparedPeriod) -> list[dict[str, Any]]:
    return [
        {
            "entity_id": row["public_id"],
            "entity_type": row["entity_type"],
            "database": row["entity_type"].split("/")[0],
            "public_id": row["public_id"],
            "fibery_id": row["fibery_id"],
            "name": row["name"],
            "status": _STATUS.get(row["outcome"], row["outcome"]),
            "configured": bool(row["configured"]),
            "url": row["url"],
            "enriched_data": _answer(row),
            "enriched_at": row["enriched_at"],
        }
        for row in read_rows(prepared.cursor, query("reports/files/sql/exported_entities.sql"))
    ]


def _answer(row: Mapping[str, Any]) -> dict[str, Any] | None:
    if row["outcome"] == "found":
        return {name: row[name] for name in _ENRICHED} | {"parent": _parent(row["parents"])}
    return {"problems": row["problems"]} if row["problems"] else None


def _parent(parents: Sequence[Mapping[str, Any]] | None) -> dict[str, Any] | None:
    """What is directly above, alone, for those who do not follow the chain."""
    return {key: parents[0][key] for key in ("type", "public_id", "name", "state")} if parents else None


def _write_json(file: Path, content: Mapping[str, Any]) -> None:
    text = json.dumps(content, ensure_ascii=False, indent=2, default=_json_value)
    file.write_text(text + "\n", encoding="utf-8")


def _json_value(value: Any) -> str:
    if isinstance(value, datetime):
        # The warehouse's times are UTC without a zone.
        aware = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        return aware.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")
