"""Reports of all versions without somebody who was removed: their facts cleaned, and everything else made of these.

A version of an earlier program, whose facts today's cannot print, keeps its figures and loses its text.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any

from pydantic import ValidationError

from volt_assets.forgotten import Forgotten
from volt_assets.reports.facts.models import SCHEMA_VERSION, Changes, IndividualFacts, TeamFacts, facts_hash
from volt_assets.reports.files.file_names import file_names
from volt_assets.reports.report import Report
from volt_assets.reports.rules import ReportRules
from volt_assets.reports.sentences.templates import template_prose
from volt_assets.reports.versions.store import rendered
from volt_assets.runs.rights.tables import REPORTS, json_without
from volt_assets.settings import Settings
from volt_assets.toggl.summary import summary_markdown
from volt_assets.warehouse import Connection, insert_rows, read_rows
from volt_assets.weeks import last_day

GONE = (
    "The text of this version is gone: an earlier version of Volt made it, and it named someone who was removed. Its "
    "figures are stored.\n"
)
_TEXTS = ("markdown", "html", "quality_markdown", "quality_html")


def clean_reports(
    connection: Connection, forgotten: Forgotten, typed: frozenset[str], rules: ReportRules
) -> Counter[str]:
    """Take the removed people out of all stored reports; how many versions changed, by table. Inside a transaction,
    after the rows that say who is known."""
    names = rules.privacy.file_names(file_names(connection))
    changed: Counter[str] = Counter()
    for table in sorted(REPORTS):
        keys = connection.execute(f"SELECT rowid FROM {table} ORDER BY rowid").fetchall()
        new = []
        for (rowid,) in keys:
            (row,) = read_rows(connection, f"SELECT * FROM {table} WHERE rowid = ?", [rowid])
            cleaned = _cleaned(row, forgotten, typed, names)
            if cleaned is not None:
                new.append((rowid, cleaned))
        if new:
            connection.execute(
                f"DELETE FROM {table} WHERE list_contains(?::BIGINT[], rowid)", [[rowid for rowid, _ in new]]
            )
            insert_rows(connection, table, [cleaned for _, cleaned in new])
        changed[table] += len(new)
    return +changed


def _cleaned(
    row: Mapping[str, Any], forgotten: Forgotten, typed: frozenset[str], names: Mapping[int, str]
) -> dict[str, Any] | None:
    """A stored version without the removed people; None where none of them is in it."""
    facts, changes = (json_without(row[name], forgotten, typed) for name in ("facts", "changes"))
    if (facts, changes) == (row["facts"], row["changes"]) and not _names_somebody(row, forgotten):
        return None
    changed = {**row, "facts": facts, "changes": changes}
    shown = [name for name in _TEXTS if row.get(name) is not None]
    try:
        kind = TeamFacts if row.get("user_id") is None else IndividualFacts
        if facts["schema_version"] != SCHEMA_VERSION:
            raise ValueError("of an earlier program")
        model = kind.model_validate(facts)
        of_changes = None if changes is None else Changes.model_validate(changes)
    except (ValidationError, ValueError, KeyError):
        digest = hashlib.sha256(json.dumps(facts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
        texts = {name: GONE if name == "markdown" else None for name in shown}
        return {**changed, "facts_hash": digest, "prose": None, **texts}
    prose = template_prose(model)
    report = Report(model, row["generated_at"].replace(tzinfo=UTC), row["version"], prose, of_changes)
    pages = rendered(report, names)
    return {
        **changed,
        "facts": model.model_dump(mode="json"),
        "facts_hash": facts_hash(model),
        "prose": prose.model_dump(mode="json"),
        **{name: pages[name] for name in shown},
    }


def _names_somebody(row: Mapping[str, Any], forgotten: Forgotten) -> bool:
    prose = row["prose"]
    texts = [row["markdown"], json.dumps(prose, ensure_ascii=False) if prose else ""]
    return any(forgotten.text(text) != text for text in texts)


def renew_summaries(connection: Connection, forgotten: Forgotten, settings: Settings, weeks: Sequence[Any]) -> int:
    """Make the summaries again of these weeks, and of those that name somebody who was removed; how many."""
    rows = connection.execute("SELECT week, markdown FROM toggl_summary ORDER BY week").fetchall()
    again = [week for week, markdown in rows if week in weeks or forgotten.text(markdown) != markdown]
    for week in again:
        markdown = summary_markdown(connection, week, last_day(week), None, settings.volt_timezone, settings.volt_hours)
        connection.execute("UPDATE toggl_summary SET markdown = ? WHERE week = ?", [markdown, week])
    return len(again)
