"""The reports as Markdown: facts in, text out. Nothing is computed here but rounding; sentences are in `wording.py`.

Also the reports' file names. Templates are in `templates/`.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from volt_assets.formatting import (
    difference,
    link,
    number,
    percentages,
    period,
    plural,
    render,
    rounded,
    share,
    text,
    told_apart,
)
from volt_assets.reports import wording, words
from volt_assets.reports.alignment import MISMATCHES, verdict_times
from volt_assets.reports.change_lines import change_lines, change_of_total, changes_by_person, counts
from volt_assets.reports.facts import (
    Coverage,
    Entity,
    Figures,
    IndividualFacts,
    Period,
    Person,
    TeamFacts,
    UnknownType,
    VerdictTime,
)
from volt_assets.reports.report import Report
from volt_assets.reports.rounding import PrintedTimes
from volt_assets.reports.template_prose import before_word, period_word
from volt_assets.warehouse import Connection, query
from volt_assets.weeks import iso_week

TEMPLATES = Path(__file__).parent / "templates"
# An entity with less than a twentieth of the time, and within its estimate, has a line in a table.
_LONG_FORM_SHARE = 20
_LISTED_FINISHED = 8
_LISTED_UNANSWERED = 10
_SAMPLES = 3
_SLUG_LENGTH = 80


class Item(NamedTuple):
    """An entity with its printed time, in hundredths of an hour."""

    entity: Entity
    printed: int


def render_individual(report: Report) -> str:
    """A person's report."""
    facts: IndividualFacts = report.facts
    printed_times = PrintedTimes(facts)
    linked, other = printed_times.split
    items = _items(printed_times)
    long, short = [], []
    for item in items:
        (long if _has_long_form(item.entity, facts) else short).append(item)
    activities = list(zip(facts.other_activities, printed_times.activities, strict=True))
    return _render(
        "individual.md.j2",
        report,
        title=text(facts.name),
        about_whom=[text(facts.email)] if facts.email else [],
        finished=_finished(items),
        linked=linked,
        other=other,
        long=long,
        short=short,
        described=[(activity, printed) for activity, printed in activities if activity.description is not None],
        of_team=False,
        verdicts=_verdicts(_own_verdicts(facts), printed_times),
        states_as_of={each.as_of for each in facts.alignment},
        mismatches=[each for each in facts.alignment if each.verdict in MISMATCHES],
        undescribed=[(activity, printed) for activity, printed in activities if activity.description is None],
        changes=_changes(report),
        who={},
    )


def render_team(report: Report, names: Mapping[int, str]) -> str:
    """The team's report. `names` are the file names of the people's reports, without their ending."""
    facts: TeamFacts = report.facts
    printed_times = PrintedTimes(facts)
    linked, other = printed_times.split
    items = _items(printed_times)
    before = facts.before.figures and rounded(facts.before.figures.tracked_seconds)
    people = plural(len(facts.people), "person", "people")
    return _render(
        "team.md.j2",
        report,
        title="Team",
        about_whom=[people],
        finished=_finished(items),
        who={person.user_id: name for name, person in _named_people(facts, names)},
        people=_people_rows(facts, names, printed_times),
        total=_person_cells(facts.figures, (linked, other), before),
        projects=[(project, *told) for project, told in zip(facts.projects, printed_times.projects, strict=True)],
        coverage=[(name, _coverage_cells(person.coverage)) for name, person in _named_people(facts, names)],
        coverage_of_all=_coverage_cells(facts.coverage),
        outcomes=list(zip(facts.outcomes, printed_times.outcomes, strict=True)),
        unanswered=_unanswered(items),
        unknown_types=[(kind, _samples(kind)) for kind in facts.unknown_types],
        # A fence of its own: what stands in it is quoted for YAML, and a line break is none there.
        yaml="".join(kind.yaml for kind in facts.unknown_types).replace("```", "` ` `").rstrip(),
        of_team=True,
        verdicts=_verdicts(facts.alignment, printed_times),
        mismatches=facts.mismatches,
        states_as_of=set(facts.states_as_of),
        linked=linked,
        changes=_team_changes(report, {person.user_id: name for name, person in _named_people(facts, names)}),
    )


def file_names(connection: Connection) -> dict[int, str]:
    """A file name (without ending) for each person ever stored, by user id: john_doe.

    Of people whose names give the same one, those with later ids get a suffix (john_doe_2), the same in every week.
    """
    names = connection.execute(query("reports/sql/everybody.sql")).fetchall()
    return told_apart({user_id: slug(name) or f"person_{user_id}" for user_id, name in names}, joint="_")


def slug(name: str) -> str:
    """A name in ASCII letters, digits and underscores: "José Núñez" is jose_nunez; empty where nothing is left."""
    plain = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:_SLUG_LENGTH].rstrip("_")


def _render(template: str, report: Report, **context: Any) -> str:
    return render(
        TEMPLATES, template, report=report, facts=report.facts, wording=wording, plain=words, **_head(report), **context
    )


def _head(report: Report) -> dict[str, Any]:
    facts = report.facts
    asked: Period = facts.period
    return {
        "version": report.version,
        "generated_at": report.generated_at,
        "days": period(asked.first_day, asked.last_day),
        "week": iso_week(asked.first_day) if asked.one_week else None,
        "about": wording.about(asked, facts.left_out),
        "notes": words.notes(asked),
        "figures": wording.figure_rows(facts.figures, facts.before),
        "this": period_word(asked),
        "before": before_word(asked),
        "unknown_before": wording.unknown_before(asked, facts.before),
    }


def _changes(report: Report) -> dict[str, Any] | None:
    """What changed since the version before, each entry."""
    if report.changes is None:
        return None
    return _changes_head(report) | {
        "lines": [
            [*wording.entry_change(change, report.facts.period), difference(printed, 0)]
            for change, printed in change_lines(report)
        ]
    }


def _team_changes(report: Report, named: Mapping[int, str]) -> dict[str, Any] | None:
    """The same by person. `named` are the people that have entries now."""
    if report.changes is None:
        return None
    return _changes_head(report) | {
        "people": [
            [person.label, *map(str, person.counts), difference(person.printed, 0)]
            for person in changes_by_person(report, named)
        ]
    }


def _changes_head(report: Report) -> dict[str, Any]:
    return {
        "since_version": report.changes.since_version,
        "told": wording.changes(report.changes, report.facts.figures),
        "counts": counts(report.changes.entries),
        "total": difference(change_of_total(report), 0),
        "lines": [],
        "people": [],
    }


def _items(printed: PrintedTimes) -> list[Item]:
    return [Item(entity, part) for entity, part in zip(printed.facts.entities, printed.items, strict=True)]


def _has_long_form(entity: Entity, facts: IndividualFacts) -> bool:
    return entity.seconds * _LONG_FORM_SHARE >= facts.figures.tracked_seconds or wording.over_estimate(entity)


def _finished(items: Sequence[Item]) -> dict[str, Any]:
    finished = [item for item in items if item.entity.finished]
    more = finished[_LISTED_FINISHED:] if len(finished) > _LISTED_FINISHED + 1 else []
    return {
        "listed": finished[: len(finished) - len(more)],
        "more": len(more),
        "more_printed": sum(item.printed for item in more),
    }


def _named_people(facts: TeamFacts, names: Mapping[int, str]) -> list[tuple[str, Person]]:
    several = [person.name for person in facts.people]
    named = []
    for person in facts.people:
        # Two people of one name are told apart by their addresses.
        label = f"{person.name} ({person.email or person.user_id})" if several.count(person.name) > 1 else person.name
        slug_of = names.get(person.user_id)
        named.append((f"[{text(label)}](individual/{slug_of}.md)" if slug_of else text(label), person))
    return named


def _people_rows(facts: TeamFacts, names: Mapping[int, str], printed: PrintedTimes) -> list[tuple[str, list[str]]]:
    """A line for each person, and one for those who only had time before; each column adds up to the team's line."""
    *before, absent = printed.people_before or [None] * (len(facts.people) + 1)
    rows = [
        (name, _person_cells(person.figures, parts, hours_before))
        for (name, person), parts, hours_before in zip(_named_people(facts, names), printed.people, before, strict=True)
    ]
    if facts.absent_seconds_before:
        rows.append((f"without time this {period_word(facts.period)}", _person_cells(Figures(), (0, 0), absent)))
    return rows


def _person_cells(figures: Figures, parts: Sequence[int], before: int | None) -> list[str]:
    """Hours, their difference to `before`, linked and other hours with their shares, entities and finished ones."""
    linked, other = parts
    shares = percentages([figures.linked_seconds, figures.other_seconds])
    return [
        number(linked + other),
        "unknown" if before is None else difference(linked + other, before),
        number(linked),
        shares[0],
        number(other),
        shares[1],
        *("unknown" if count is None else str(count) for count in (figures.entities, figures.finished)),
    ]


def _coverage_cells(coverage: Coverage) -> list[str]:
    whole = coverage.tracked_seconds
    return [
        share(part, whole)
        for part in (coverage.linked_seconds, coverage.configured_seconds, coverage.described_seconds)
    ]


def _unanswered(items: Sequence[Item]) -> list[tuple[str, list[Item], int]]:
    """Entities without an answer, by how their lookup ended, the first few of each and how many more there are."""
    rows = []
    for outcome, name in words.OUTCOMES.items():
        of_outcome = [item for item in items if item.entity.outcome == outcome != "found"]
        if of_outcome:
            rows.append((name, of_outcome[:_LISTED_UNANSWERED], len(of_outcome[_LISTED_UNANSWERED:])))
    return rows


def _own_verdicts(facts: IndividualFacts) -> list[VerdictTime]:
    """A person's verdicts, summed."""
    return verdict_times({None: facts.alignment, facts.user_id: facts.alignment})


def _samples(kind: UnknownType) -> list[str]:
    return [link(f"#{sample.public_id} {text(sample.name)}".rstrip(), sample.url) for sample in kind.samples]


def _verdicts(verdicts: Sequence[VerdictTime], times: PrintedTimes) -> list[dict[str, Any]]:
    """Rows of the table of verdicts. Those with time add up to the linked time; the others have none."""
    return [
        {
            "name": words.VERDICTS[each.verdict],
            "known": each.verdict != "unknown",
            "printed": times.verdicts.get(each.verdict),
            "count": each.entities,
            "people": each.people,
        }
        for each in verdicts
    ]
