"""Weekly reports and their versions: here alone is a stored report made.

Facts, then sentences, then whether that is another version, and only then what changed and the rendering: an unchanged
report keeps its row, to the byte. A version rises when facts or sentences change, times left out; what it takes the
place of goes to `report_versions`. A report that is no longer made (its person has no entries left) goes there too, and
counts on from there if it comes back.

Facts of another `SCHEMA_VERSION` are other facts: such a report is made anew, as it says more or says it otherwise.
What changed is still found by its entries alone, so nobody's hours seem to change.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from dagster import MetadataValue

from volt_assets.formatting import HoursForm
from volt_assets.reports.facts.changes import entry_changes, note_entries
from volt_assets.reports.facts.hidden_names import hide_names
from volt_assets.reports.facts.models import (
    SCHEMA_VERSION,
    Changes,
    EntryChange,
    IndividualFacts,
    PeriodFacts,
    TeamFacts,
    facts_hash,
)
from volt_assets.reports.facts.period import period_facts
from volt_assets.reports.facts.prepared import PreparedPeriod
from volt_assets.reports.people import everybody, is_removed
from volt_assets.reports.privacy import OPEN, Privacy, initials
from volt_assets.reports.rendering.html import page_of
from volt_assets.reports.rendering.markdown import blocks_of, markdown_of
from volt_assets.reports.report import Report
from volt_assets.reports.rules import ReportRules
from volt_assets.reports.sentences.models import Prose
from volt_assets.reports.sentences.templates import template_prose
from volt_assets.reports.sentences.writer import ModelWriter
from volt_assets.reports.view.digest import view_of_digest
from volt_assets.reports.view.quality import view_of_quality
from volt_assets.reports.view.report import view_of
from volt_assets.settings import ProseMode
from volt_assets.warehouse import Connection, insert_rows, query, read_rows

INDIVIDUAL, TEAM = "individual_reports", "team_report"


@dataclass(frozen=True)
class Draft:
    """The facts of a report to be made (`user_id` None: the team's), and the version before it, if there is one.

    `before` has version, facts_hash, figures, prose, generated_at and entries_revision, and `latest`: whether it still
    stands.
    """

    user_id: int | None
    facts: IndividualFacts | TeamFacts
    facts_hash: str
    before: Mapping[str, Any] | None

    @property
    def table(self) -> str:
        """Where the report is stored, which is the name of its asset, too."""
        return TEAM if self.user_id is None else INDIVIDUAL

    @property
    def prose(self) -> Prose | None:
        """The stored sentences, where they are about the same facts."""
        before = self.before
        if before is None or before["prose"] is None or before["facts_hash"] != self.facts_hash:
            return None
        return Prose.model_validate(before["prose"])

    def unchanged(self, prose: Prose) -> bool:
        """Whether facts and these sentences are those of the report that stands."""
        kept = self.prose
        is_standing = self.before is not None and bool(self.before["latest"])
        return kept is not None and is_standing and kept.sentences == prose.sentences


def sentences_of(
    connection: Connection,
    drafts: Sequence[Draft],
    writer: ModelWriter | None,
    privacy: Privacy = OPEN,
    mode: ProseMode = "checked",
) -> list[Prose]:
    """Each draft's sentences: by `writer` where the model answered, else those stored for the same facts as far as
    `mode` (VOLT_PROSE) allows them, else templates'.
    """
    facts = [draft.facts for draft in drafts]
    written = writer.write(connection, facts, privacy.text) if writer else [None] * len(facts)
    stored = [draft.prose if draft.prose and draft.prose.may_stand(mode) else None for draft in drafts]
    return [
        prose or kept or template_prose(draft.facts) for prose, kept, draft in zip(written, stored, drafts, strict=True)
    ]


def draft_week(prepared: PreparedPeriod, rules: ReportRules, selected: Iterable[str]) -> list[Draft]:
    """The prepared week's reports of the assets `selected`, as facts.

    Raises VoltError where its entries were not summed.
    """
    facts = period_facts(prepared, rules)
    drafts: list[tuple[int | None, IndividualFacts | TeamFacts]] = []
    if INDIVIDUAL in selected:
        drafts += [(person.user_id, person) for person in facts.individuals if not is_removed(person.user_id)]
    if TEAM in selected:
        drafts.append((None, facts.team))
    rows = read_rows(
        prepared.connection, query("reports/versions/sql/newest_versions.sql"), {"week": prepared.first_day}
    )
    before = {row["user_id"]: row for row in rows}
    return [Draft(user_id, of, facts_hash(of), before.get(user_id)) for user_id, of in drafts]


def stored_week(connection: Connection, week: date) -> tuple[PeriodFacts, list[Prose]] | None:
    """Facts and sentences of a week's reports as they stand, the team's sentences first, people by name.

    None where the team has none, where a report is of an earlier program (its facts have another form), and where
    somebody who has time was removed.
    """
    team = read_rows(connection, f"SELECT facts, prose FROM {TEAM} WHERE week = ?", [week])
    people = read_rows(connection, f"SELECT facts, prose FROM {INDIVIDUAL} WHERE week = ?", [week])
    rows = [*team, *people]
    if not team or any(row["prose"] is None or row["facts"]["schema_version"] != SCHEMA_VERSION for row in rows):
        return None
    if any(is_removed(person["user_id"]) for person in team[0]["facts"]["people"]):
        return None  # somebody has time and no report
    people.sort(key=lambda row: (row["facts"]["name"].casefold(), row["facts"]["user_id"]))
    facts = PeriodFacts(
        individuals=[IndividualFacts.model_validate(row["facts"]) for row in people],
        team=TeamFacts.model_validate(team[0]["facts"]),
    )
    return facts, [Prose.model_validate(row["prose"]) for row in (*team, *people)]


def store_week(
    connection: Connection,
    week: date,
    timezone: str,
    drafts: Sequence[Draft],
    proses: Sequence[Prose],
    names: Mapping[int, str],
    selected: Iterable[str],
) -> dict[str, dict[str, Any]]:
    """Make and store those of the week's reports that changed; returns metadata by asset.

    `proses` are the drafts' sentences; `names` are the file names that the team's report links to. Call it inside a
    transaction.
    """
    now = datetime.now(UTC)
    revision = note_entries(connection, week)
    changed = [(draft, prose) for draft, prose in zip(drafts, proses, strict=True) if not draft.unchanged(prose)]
    changes = _changes(connection, week, [draft for draft, _ in changed], revision, timezone)
    metadata = {}
    for table in sorted(selected):
        rows = [
            _row(week, draft, prose, changes[draft.user_id], now, revision, names)
            for draft, prose in changed
            if draft.table == table
        ]
        own = [(draft, prose) for draft, prose in zip(drafts, proses, strict=True) if draft.table == table]
        _replace(connection, table, week, rows, [draft for draft, _ in own])
        metadata[table] = {
            "dagster/partition_row_count": len(own),
            "reports": len(own),
            "new_versions": len(rows),
            **_by_model([prose for _, prose in own]),
        }
    if TEAM in metadata:
        metadata[TEAM] |= _of_team(connection, week, drafts)
    return metadata


def _of_team(connection: Connection, week: date, drafts: Sequence[Draft]) -> dict[str, Any]:
    """Metadata of the team's report: its version, and what it asks to decide, without names and what people typed."""
    ((version,),) = connection.execute("SELECT version FROM team_report WHERE week = ?", [week]).fetchall()
    (team,) = (draft.facts for draft in drafts if isinstance(draft.facts, TeamFacts))
    digest = blocks_of(view_of_digest(_nameless(connection, team)).blocks)
    return {"version": version, "digest": MetadataValue.md(digest)}


def _nameless(connection: Connection, facts: TeamFacts) -> TeamFacts:
    """The facts with initials for people, unless their names are hidden already, and without the names of items."""
    if any(person.email for person in facts.people):
        known = tuple(everybody(connection))
        shown = initials({person.user_id: person.name for person in known})
        facts = hide_names(facts, Privacy(shown, known))
    nothing = {"name": None}
    items = [item.model_copy(update=nothing) for item in facts.open_items]
    entities = [entity.model_copy(update={"name": None, "title": None}) for entity in facts.entities]
    return facts.model_copy(update={"open_items": items, "entities": entities})


def _by_model(proses: Sequence[Prose]) -> dict[str, Any]:
    """Metadata of the sentences that a model wrote; nothing where none did."""
    by_model = [prose for prose in proses if prose.tokens]
    if not by_model:
        return {}
    metadata: dict[str, Any] = {
        "written_by_model": sum(prose.model is not None for prose in proses),
        "model_tokens": sum(prose.tokens for prose in by_model),
        "sentences_dropped": sum(prose.dropped for prose in by_model),
    }
    if all(prose.cost_usd is not None for prose in by_model):
        metadata["model_cost_usd"] = round(sum(prose.cost_usd or 0 for prose in by_model), 6)
    return metadata


def _changes(
    connection: Connection, week: date, drafts: Sequence[Draft], revision: int, timezone: str
) -> dict[int | None, Changes | None]:
    """What changed since each draft's version before it, by person; None where that is not known."""
    by_revision: dict[int, dict[int | None, list[EntryChange]]] = {}
    found: dict[int | None, Changes | None] = {}
    for draft in drafts:
        before = draft.before
        found[draft.user_id] = None
        if before is None or before["entries_revision"] is None:
            continue
        if before["entries_revision"] not in by_revision:
            lines = entry_changes(connection, week, before["entries_revision"], revision, timezone)
            of_people: dict[int | None, list[EntryChange]] = {None: lines}
            for line in lines:
                of_people.setdefault(line.user_id, []).append(line)
            by_revision[before["entries_revision"]] = of_people
        own = by_revision[before["entries_revision"]].get(draft.user_id, [])
        found[draft.user_id] = Changes(
            since_version=before["version"],
            since=before["generated_at"],
            seconds=sum(line.seconds for line in own),
            hundredths_before=_tracked_hundredths(before, draft.facts.period.hours),
            entries=own,
        )
    return found


def _tracked_hundredths(before: Mapping[str, Any], hours: HoursForm) -> int | None:
    """The total that a version printed; None where it kept none, or printed hours in the other form."""
    figures = before["figures"]
    if "linked_hundredths" not in figures or before["hours"] != hours:
        return None
    return figures["linked_hundredths"] + figures["other_hundredths"]


def _row(
    week: date,
    draft: Draft,
    prose: Prose,
    changes: Changes | None,
    now: datetime,
    revision: int,
    names: Mapping[int, str],
) -> dict[str, Any]:
    version = draft.before["version"] + 1 if draft.before else 1
    report = Report(draft.facts, now, version, prose, changes)
    return {
        "week": week,
        **({"user_id": draft.user_id} if draft.user_id is not None else {}),
        "version": version,
        "facts": draft.facts.model_dump(mode="json"),
        "facts_hash": draft.facts_hash,
        "prose": prose.model_dump(mode="json"),
        "changes": None if changes is None else changes.model_dump(mode="json"),
        "entries_revision": revision,
        "generated_at": now.replace(tzinfo=None),
        **rendered(report, names),
    }


def rendered(report: Report, names: Mapping[int, str]) -> dict[str, str]:
    """What readers see, by the column it is stored in."""
    view, facts = view_of(report, names), report.facts
    if not isinstance(facts, TeamFacts):
        return {"markdown": markdown_of(view), "html": page_of(view, index="../../index.html")}
    quality, index = view_of_quality(report, facts, names), "../index.html"
    return {
        "markdown": markdown_of(view),
        "html": page_of(view, index=index),
        "quality_markdown": markdown_of(quality),
        "quality_html": page_of(quality, index=index),
    }


def _replace(
    connection: Connection, table: str, week: date, rows: Sequence[Mapping[str, Any]], kept: Sequence[Draft]
) -> None:
    """Replace the versions before by new ones, and take away the reports that are no longer made."""
    if table == TEAM:
        outdated = "week = $week AND $made"
        parameters: dict[str, Any] = {"week": week, "made": bool(rows)}
    else:
        made = [row["user_id"] for row in rows]
        standing = [draft.user_id for draft in kept]
        outdated = (
            "week = $week AND (list_contains($made::BIGINT[], user_id) OR NOT list_contains($kept::BIGINT[], user_id))"
        )
        parameters = {"week": week, "made": made, "kept": standing}
    pages = "html, quality_markdown, quality_html" if table == TEAM else "html"
    connection.execute(
        f"INSERT INTO report_versions BY NAME SELECT * EXCLUDE ({pages}) FROM {table} WHERE {outdated}", parameters
    )
    connection.execute(f"DELETE FROM {table} WHERE {outdated}", parameters)
    insert_rows(connection, table, rows)
