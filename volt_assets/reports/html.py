"""The reports as web pages, each a file of its own: facts in, HTML out. Nothing is computed here but rounding and which
of the facts are shown first.

No script, nothing remote, light and dark, on a phone and in print. What is said here is plain text, which the templates
escape (`wording.py` is Markdown's). Where a chart's parts stand is computed in `charts.py`.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup, escape

from volt_assets.formatting import (
    count_difference,
    difference,
    hours,
    hundredths,
    listing,
    minute,
    number,
    percentages,
    period,
    plural,
    rounded,
    share,
    short_day,
)
from volt_assets.reports import charts, words
from volt_assets.reports.change_lines import change_lines, change_of_total, changes_by_person, entry_words
from volt_assets.reports.facts import (
    Aligned,
    Coverage,
    Entity,
    Figures,
    Hint,
    IndividualFacts,
    Parent,
    Period,
    Person,
    Plan,
    TeamFacts,
    Trend,
    Verdict,
)
from volt_assets.reports.prose import Sentence, key_of
from volt_assets.reports.report import Report
from volt_assets.reports.rounding import PrintedTimes, split
from volt_assets.reports.template_prose import before_word, days_in_words, period_word
from volt_assets.weeks import iso_week, last_day

TEMPLATES = Path(__file__).parent / "templates"
# An entity with less than a twentieth of the time, and within its estimate, has a row instead of a block of its own.
_LONG_FORM_SHARE = 20
_FINISHED_SHOWN = 8
_PROJECTS_SHOWN = 6
_PLANS_SHOWN = 12
_LOOK_SHOWN = 6
_WEEKS_SHOWN = 12
_EMPHASIS = re.compile(r"\*\*|__|`+")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")

# What a verdict means, under its name.
VERDICTS: Mapping[Verdict, str] = {
    "tracked": "time on something started, or finished in time",
    "closed_before": "in a final state since before the period",
    "not_updated": "time on something not started",
    "not_started": "listed, no fault",
    "idle": "assigned and started",
    "open": "assigned, not started; listed, no fault",
    "unknown": "not found, no state, or no history",
}


@dataclass(frozen=True)
class Item:
    """An entity with its printed time, in hundredths of an hour."""

    entity: Entity
    printed: int

    @property
    def anchor(self) -> str:
        return anchor(self.entity.type, self.entity.public_id)


def individual_page(report: Report, *, team: str = "../team_summary.html", index: str | None = None) -> str:
    """A person's report. `team` and `index` are the addresses of the team's report and of the list of all weeks."""
    facts: IndividualFacts = report.facts
    printed_times = PrintedTimes(facts)
    linked, other = printed_times.split
    items = _items(printed_times)
    long = [item for item in items if _has_block(item.entity, facts)]
    short = [item for item in items if not _has_block(item.entity, facts)]
    return _page(
        "individual.html.j2",
        report,
        kind="Weekly report" if facts.period.one_week else "Report",
        title=facts.name,
        subtitle=[facts.email, plural(facts.figures.entries, "entry", "entries")],
        up=("Team report", team),
        index=index,
        items=items,
        not_read=_not_read(facts.entities),
        long=long,
        short=short,
        linked=linked,
        other=other,
        where=_where(printed_times),
        look=_look(report),
        weeks=_weeks(facts.trend, facts.period),
        days_chart=_days(facts, printed_times),
        activities=list(zip(facts.other_activities, printed_times.activities, strict=True)),
        alignment=_own_alignment(facts.alignment, printed_times, period_word(facts.period)),
    )


def team_page(report: Report, names: Mapping[int, str], *, index: str | None = None) -> str:
    """The team's report. `names` are the file names of the people's reports, without their ending."""
    facts: TeamFacts = report.facts
    printed_times = PrintedTimes(facts)
    linked, other = printed_times.split
    items = _items(printed_times)
    labels = _labels(facts.people)
    people = _people(facts, printed_times)
    links = {
        person.user_id: f"individual/{names[person.user_id]}.html" for person in facts.people if person.user_id in names
    }
    return _page(
        "team.html.j2",
        report,
        kind="Team report",
        title=period(facts.period.first_day, facts.period.last_day),
        subtitle=[
            plural(len(facts.people), "person", "people"),
            plural(facts.figures.entries, "entry", "entries"),
            plural(sum(project.project is not None for project in facts.projects), "project"),
        ],
        up=None,
        index=index,
        items=items,
        linked=linked,
        other=other,
        where=_where(printed_times),
        look=_look(report, labels),
        weeks=_weeks(facts.trend, facts.period),
        labels=labels,
        links=links,
        people=people,
        matrix=_matrix(facts, people["rows"]),
        plans=[item for item in items if item.entity.plan.estimate_seconds][:_PLANS_SHOWN],
        also_over=[item for item in items if _is_over(item.entity.plan)][:30],
        coverage=[(person, _coverage_cells(person.coverage)) for person in facts.people],
        coverage_of_all=_coverage_cells(facts.coverage),
        outcomes=list(zip(facts.outcomes, printed_times.outcomes, strict=True)),
        verdict_hours=printed_times.verdicts,
        unanswered=[item for item in items if item.entity.outcome != "found"],
        as_of=words.states_as_of(set(facts.states_as_of), period_word(facts.period)),
    )


def index_page(rows: Sequence[Mapping[str, Any]], names: Mapping[int, str]) -> str:
    """The list of all weeks, newest first: rows of `index.sql`. `names` are the file names of people's reports."""
    weeks = [
        {
            **row,
            "folder": iso_week(row["week"]),
            "days": period(row["week"], last_day(row["week"])),
            "people": [(person["name"], names.get(person["user_id"])) for person in row["people"] or []],
        }
        for row in rows
    ]
    shown = list(reversed(rows[:_WEEKS_SHOWN]))
    values = [row["tracked_seconds"] for row in shown]
    labels = [f"{row['week'].day} {row['week']:%b}" for row in shown]
    bars = list(zip(charts.columns(values), labels, map(_bare, values), strict=True)) if len(rows) > 1 else None
    return _environment().get_template("index.html.j2").render(rows=weeks, chart=bars)


def anchor(kind: str, public_id: str) -> str:
    """The anchor of an entity's place on a page."""
    return "e-" + "".join(sign if sign.isalnum() and sign.isascii() else "-" for sign in f"{kind}-{public_id}")


def _page(template: str, report: Report, **context: Any) -> str:
    facts = report.facts
    asked = facts.period
    notes = list(_footnotes(report))
    return (
        _environment()
        .get_template(template)
        .render(
            report=report,
            facts=facts,
            asked=asked,
            this=period_word(asked),
            before=before_word(asked),
            days=period(asked.first_day, asked.last_day),
            week=iso_week(asked.first_day) if asked.one_week else None,
            lead=_sentences(report.prose.summary, facts, notes),
            achievements=_sentences(report.prose.achievements, facts, notes),
            footnotes=notes,
            figures=_figures(facts),
            finished=_finished(context["items"]),
            foot=list(_foot(report)),
            warnings=words.notes(asked),
            VERDICTS=VERDICTS,
            plain=words,
            **context,
        )
    )


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "number": number,
        "hours": hours,
        "bare": _bare,
        "minute": minute,
        "listing": listing,
        "hash": "#{}".format,
        "capitalized": _capitalized,
    }
    environment.globals |= {
        "plural": plural,
        "charts": charts,
        "anchor": anchor,
        "share": share,
        "short_day": short_day,
        "days_in_words": days_in_words,
        "state": _state,
        "details": _details,
        "plan_words": _plan_words,
        "chain": _chain,
        "project_names": _project_names,
        "done": _done,
        "web": _web,
        "change": difference,
        "change_lines": change_lines,
        "change_of_total": change_of_total,
        "changes_by_person": changes_by_person,
        "entry_words": entry_words,
        "excerpt": _excerpt,
    }
    return environment


def _capitalized(words_of: str) -> str:
    return words_of[0].upper() + words_of[1:]


def _bare(seconds: int | None) -> str:
    """Hours without their unit; unknown is said."""
    return "unknown" if seconds is None else number(rounded(seconds))


def _web(url: str | None) -> str | None:
    """An address that may be followed: http alone."""
    return url if url and url.startswith(("https://", "http://")) else None


# Sentences, and what they rest on


def _sentences(
    said: Sequence[Sentence], facts: IndividualFacts | TeamFacts, notes: Sequence[tuple[int, str]]
) -> Markup:
    numbers = {text: place for place, text in notes}
    return Markup(" ").join(_sentence(each, facts, numbers) for each in said)


def _sentence(said: Sentence, facts: IndividualFacts | TeamFacts, numbers: Mapping[str, int]) -> Markup:
    known = {key_of(entity.type, entity.public_id): entity for entity in facts.entities}
    parts = []
    for part in said.parts:
        if isinstance(part, str):
            parts.append(escape(part))
            continue
        name = (part.name or f"#{part.public_id}").rstrip(" .")
        url = _web(part.url)
        shown = Markup('<a href="{}">{}</a>').format(url, name) if url else escape(name)
        parts.append(shown)
    text = _evidence(said, known)
    if text:
        keys = [key for key in said.evidence if key in known]
        marks = " ".join(known[key].public_id for key in keys[:4]) if 0 < len(keys) <= 4 else "↓"
        target = anchor(known[keys[0]].type, known[keys[0]].public_id) if keys else said.evidence[0]
        parts.append(
            Markup('<sup class="ev"><a href="#{}" title="{}">{}</a><b>{}</b></sup>').format(
                target, text, marks, numbers.get(text, "")
            )
        )
    return Markup("").join(parts)


def _footnotes(report: Report) -> Iterator[tuple[int, str]]:
    """What the sentences rest on, numbered, for print."""
    facts = report.facts
    known = {key_of(entity.type, entity.public_id): entity for entity in facts.entities}
    texts = dict.fromkeys(
        text for said in (*report.prose.summary, *report.prose.achievements) if (text := _evidence(said, known))
    )
    yield from enumerate(texts, start=1)


_SECTIONS = {
    "figures": "the figures of the entries",
    "before": "the figures of the period before",
    "weeks": "the eight weeks before",
    "projects": "the time by project",
    "people": "the time by person",
    "finished": "the list of what was finished",
}


def _evidence(said: Sentence, known: Mapping[str, Entity]) -> str:
    parts = []
    for key in said.evidence:
        entity = known.get(key)
        if entity is not None:
            parts.append(f"{key} {entity.name or entity.title or ''} ({hours(entity.seconds)})".replace("  ", " "))
        elif key in _SECTIONS:
            parts.append(_SECTIONS[key])
    if not parts:
        return ""
    wrote = "A model wrote this; it rests on" if said.by == "model" else "Rests on"
    return f"{wrote} {'; '.join(parts)}"


# Figures


def _figures(facts: IndividualFacts | TeamFacts) -> list[dict[str, Any]]:
    """The five figures: label, value with its unit, and lines that put it beside the period before."""
    now, before = facts.figures, facts.before.figures
    word = before_word(facts.period)
    tracked = rounded(now.tracked_seconds)
    then = None if before is None else rounded(before.tracked_seconds)
    usual = facts.trend.usual_seconds if facts.period.one_week else None
    whole, decimals = number(tracked).split(".")
    if then is None:
        change = f"{word} unknown: {facts.before.unknown_because}"
    else:
        percent = f" ({_percent_change(tracked, then)})" if then else ""
        change = Markup("<b>{} h</b>{} on the {}").format(difference(tracked, then), percent, word)
    compared = [f"{word} {number(then)}"] if then is not None else []
    compared += [f"usual {number(rounded(usual))}"] if usual is not None else []
    linked, other = split(now)
    over = facts.over_estimate
    return [
        {
            "label": "Tracked",
            "value": whole,
            "decimals": f".{decimals}",
            "unit": "h",
            "lines": [change, " · ".join(compared), *_billable(now)],
        },
        {
            "label": "Linked to Fibery",
            "value": share(now.linked_seconds, now.tracked_seconds).rstrip("%"),
            "unit": "%" if now.tracked_seconds else "",
            "lines": [
                f"{number(linked)} h, other {number(other)} h",
                "" if before is None else f"{word} {share(before.linked_seconds, before.tracked_seconds)}",
            ],
        },
        _count("Work items", now.entities, before, "entities", word, _in_projects(facts)),
        _count("Finished", now.finished, before, "finished", word, _time_on_finished(facts)),
        {
            "label": "Over estimate",
            "value": "unknown" if over.entities is None else str(over.entities),
            "unit": "",
            "lines": [
                f"{hours(over.seconds)} over in sum" if over.seconds else "",
                _counted_since(facts.period) if over.entities is not None else "not everybody's time is known",
            ],
        },
    ]


def _billable(now: Figures) -> list[str]:
    if not now.billable_seconds:
        return []
    return [f"{hours(now.billable_seconds)} billable ({share(now.billable_seconds, now.tracked_seconds)})"]


def _count(label: str, now: int | None, before: Figures | None, name: str, word: str, line: str) -> dict[str, Any]:
    then = None if before is None else getattr(before, name)
    lines = [line, "" if then is None else f"{word} {then}"]
    return {"label": label, "value": "unknown" if now is None else str(now), "unit": "", "lines": lines}


def _percent_change(now: int, before: int) -> str:
    return count_difference(round(100 * now / before), 100) + "%" if before else ""


def _in_projects(facts: IndividualFacts | TeamFacts) -> str:
    named = sum(project.project is not None and project.seconds > 0 for project in facts.projects)
    distinct = "distinct, " if isinstance(facts, TeamFacts) else ""
    return f"{distinct}in {plural(named, 'project')}" if named else ""


def _time_on_finished(facts: IndividualFacts | TeamFacts) -> str:
    seconds = sum(entity.seconds for entity in facts.entities if entity.finished)
    return f"{hours(seconds)} on them" if seconds else ""


def _counted_since(asked: Period) -> str:
    since = "" if asked.stored_since is None else f" since {short_day(asked.stored_since, asked.last_day.year)}"
    return f"time{since}" + (f", {plural(asked.weeks_missing, 'week')} missing" if asked.weeks_missing else "")


def _items(printed: PrintedTimes) -> list[Item]:
    return [Item(entity, part) for entity, part in zip(printed.facts.entities, printed.items, strict=True)]


def _has_block(entity: Entity, facts: IndividualFacts) -> bool:
    return entity.seconds * _LONG_FORM_SHARE >= facts.figures.tracked_seconds or _is_over(entity.plan)


def _is_over(plan: Plan) -> bool:
    """Whether a plan is over its estimate, as printed."""
    return bool(plan.over_seconds and rounded(plan.spent_in_all_seconds) > rounded(plan.estimate_seconds))


def _finished(items: Sequence[Item]) -> dict[str, Any]:
    finished = [item for item in items if item.entity.finished]
    shown = finished[:_FINISHED_SHOWN] if len(finished) > _FINISHED_SHOWN + 1 else finished
    more = finished[len(shown) :]
    still = [item for item in items if item.entity.outcome == "found" and not item.entity.finished]
    return {
        "shown": shown,
        "more": len(more),
        "more_printed": sum(item.printed for item in more),
        "still": [] if finished else still[:_FINISHED_SHOWN],
    }


def _where(times: PrintedTimes) -> list[dict[str, Any]]:
    """Where the time went: by project, or by type where there was one project only; the largest, and the others."""
    rows: list[dict[str, Any]] = []
    projects, types, whole = times.facts.projects, times.facts.types, sum(times.split)
    for_team = isinstance(times.facts, TeamFacts)
    by_type = len(projects) == 1 and len(types) > 1
    for each in types if by_type else projects:
        name = each.type if by_type else each.project
        parts = []
        if for_team and not by_type:
            parts.append(plural(each.people, "person", "people"))
        if each.entities:
            parts += [plural(each.entities, "item"), f"{each.finished or 'none'} finished"]
        rows.append({"name": name, "about": " · ".join(parts)})
    if by_type:
        short = [(row["name"] or "").partition("/")[2] for row in rows]
        for row, name in zip(rows, short, strict=True):
            # Two databases of one name are told apart by their spaces.
            row["name"] = (name if short.count(name) == 1 else row["name"]) if row["name"] else "not on work items"
    for row, (hundredth, part) in zip(rows, times.types if by_type else times.projects, strict=True):
        row |= {"printed": hundredth, "share": part, "width": round(100 * hundredth / whole, 2) if whole else 0}
    if len(rows) > _PROJECTS_SHOWN:
        others = rows[_PROJECTS_SHOWN - 1 :]
        together = sum(row["printed"] for row in others)
        percent = sum(int(row["share"].rstrip("%")) for row in others)
        rows = [
            *rows[: _PROJECTS_SHOWN - 1],
            {
                "name": f"{len(others)} others",
                "printed": together,
                "share": f"{percent}%",
                "width": round(100 * together / whole, 2) if whole else 0,
                "about": listing([row["name"] or "no project" for row in others[:3]])
                + (" …" if len(others) > 3 else ""),
            },
        ]
    return rows


# Worth a look


@dataclass(frozen=True)
class Look:
    """A line of "Worth a look". `fired`: a rule fired; otherwise it is information."""

    strong: str
    rest: str
    fired: bool = True
    to: str | None = None


def _look(report: Report, labels: Mapping[int, str] | None = None) -> list[Look]:
    facts = report.facts
    lines = [*_over(facts), *_mismatches(facts)]
    if isinstance(facts, TeamFacts):
        lines += _team_hints(facts, labels or {})
        lines += _unlinked_people(facts, labels or {})
    else:
        lines += [_hint(hint, facts.period) for hint in facts.hints[:_LOOK_SHOWN]]
        if not facts.hints and facts.figures.entries:
            lines.append(
                Look(
                    "Entries:",
                    "no overlaps, none over 10 h, none across midnight, no duplicates, none of zero length.",
                    False,
                )
            )
    return lines


def _over(facts: IndividualFacts | TeamFacts) -> Iterator[Look]:
    over = [entity for entity in facts.entities if _is_over(entity.plan)]
    over.sort(key=lambda entity: -entity.plan.over_seconds)
    if len(over) > 2:
        furthest = listing([f"#{entity.public_id} by {_bare(entity.plan.over_seconds)}" for entity in over[:3]])
        yield Look(
            f"{len(over)} items are over their estimate,",
            f"{hours(facts.over_estimate.seconds)} in sum. Furthest: {furthest}.",
            to="plans" if isinstance(facts, TeamFacts) else "items",
        )
        return
    for entity in over:
        name = (entity.name or entity.title or "").rstrip(" .")
        yield Look(
            f"{hours(entity.plan.over_seconds)} over its estimate:",
            f"{name}, {_bare(entity.plan.spent_in_all_seconds)} of {hours(entity.plan.estimate_seconds)}.",
            to=anchor(entity.type, entity.public_id),
        )


def _mismatches(facts: IndividualFacts | TeamFacts) -> Iterator[Look]:
    if isinstance(facts, TeamFacts):
        for of_verdict in facts.alignment:
            if of_verdict.verdict == "closed_before":
                yield Look(
                    f"{hours(of_verdict.seconds)} on {plural(of_verdict.entities, 'item')} already closed",
                    f"before this {period_word(facts.period)}. Follow-up, or some to reopen?",
                    to="alignment",
                )
            elif of_verdict.verdict == "not_updated":
                yield Look(
                    f"{hours(of_verdict.seconds)} on {plural(of_verdict.entities, 'item')} not started in Fibery.",
                    "To be updated there?",
                    to="alignment",
                )
        return
    for verdict, ask in (
        ("closed_before", "already closed before it. Follow-up, or one to reopen?"),
        ("not_updated", "not started in Fibery. To be updated there?"),
    ):
        found = [each for each in facts.alignment if each.verdict == verdict]
        if found:
            seconds = sum(each.seconds for each in found)
            yield Look(f"{hours(seconds)} on {plural(len(found), 'item')}", ask, to="alignment")
    idle = [each for each in facts.alignment if each.verdict == "idle"]
    if idle:
        oldest = max((each.age_weeks or 0 for each in idle), default=0)
        since = f"; for {plural(oldest, 'week')} at most" if oldest > 1 else ""
        yield Look(
            f"{plural(len(idle), 'assigned item')} in progress without time",
            f"this {period_word(facts.period)}{since}.",
            False,
            "alignment",
        )


def _hint(hint: Hint, asked: Period) -> Look:
    on = listing([f"{day:%A}" if asked.days <= 7 else short_day(day, asked.last_day.year) for day in hint.days])
    seconds = hours(hint.seconds or 0)
    if hint.kind == "overlap":
        return Look("Two entries at the same time", f"for {seconds} on {on}. One to shorten?")
    if hint.kind == "duplicate":
        times = "twice" if len(hint.entries) == 2 else f"{len(hint.entries)} times"
        return Look(f"The same entry {times}", f"on {on}, {seconds} more than once. One to remove?")
    if hint.kind == "long_entry":
        return Look(f"One entry of {seconds}", f"on {on}. A timer left running?")
    if hint.kind == "across_midnight":
        return Look("Past midnight:", f"one entry of {seconds}, {on}; all of it counts on the first day.", False)
    if hint.kind == "zero_seconds":
        entries = plural(len(hint.entries), "entry", "entries")
        return Look(f"{entries} of zero seconds", f"on {on}. Started and stopped at once?", False)
    more = "more" if hint.seconds > hint.usual_seconds else "less"
    return Look(f"Much {more} than usual:", f"{seconds}, usually {hours(hint.usual_seconds)}. Is everything in?", False)


_HINTS = {
    "overlap": "Entries at the same time:",
    "duplicate": "Entries there twice:",
    "long_entry": "Entries over 10 h:",
    "across_midnight": "Past midnight:",
    "zero_seconds": "Zero seconds:",
    "unusual_week": "Unlike their usual week:",
}


def _team_hints(facts: TeamFacts, labels: Mapping[int, str]) -> Iterator[Look]:
    for kind, said in _HINTS.items():
        of_kind = [each for each in facts.hints if each.kind == kind]
        named = [labels[each.user_id] + (f" ({each.hints})" if each.hints > 1 else "") for each in of_kind[:4]]
        if len(of_kind) > 4:
            named.append(f"{len(of_kind) - 4} more")
        if named:
            yield Look(said, f"{listing(named)}.", kind in ("overlap", "duplicate", "long_entry"))


def _unlinked_people(facts: TeamFacts, labels: Mapping[int, str]) -> Iterator[Look]:
    half = [
        labels[person.user_id]
        for person in facts.people
        if person.figures.tracked_seconds and 2 * person.figures.other_seconds > person.figures.tracked_seconds
    ]
    if half:
        yield Look("More than half unlinked:", f"{listing(half)}.", False, "coverage")


# Charts


def _weeks(trend: Trend, asked: Period) -> dict[str, Any] | None:
    """The chart of the weeks, where at least one before this is known."""
    if not any(week.seconds is not None for week in trend.weeks[:-1]):
        return None
    values = [week.seconds for week in trend.weeks]
    labels, month = [], None
    for week in trend.weeks:
        last = week is trend.weeks[-1]
        labels.append(f"{week.week.day} {week.week:%b}" if last or week.week.month != month else str(week.week.day))
        month = week.week.month
    return {
        "bars": list(zip(charts.columns(values), labels, [_bare(value) for value in values], strict=True)),
        "unknown": None in values,
        "usual": trend.usual_seconds,
        "usual_at": None if trend.usual_seconds is None else charts.line_at(trend.usual_seconds, values),
        "since": short_day(trend.weeks[0].week, asked.last_day.year),
    }


def _days(facts: IndividualFacts, times: PrintedTimes) -> list[Any] | None:
    if not facts.days or len(facts.days) < 2:
        return None
    few = len(facts.days) <= 7
    labels = [f"{each.day:%a}" if few else str(each.day.day) for each in facts.days]
    values = [number(part) if part else "–" for part in times.days]
    return list(zip(charts.columns([each.seconds for each in facts.days]), labels, values, strict=True))


def _colours(facts: TeamFacts) -> list[str | None]:
    """The projects that have a colour of their own, largest first; all others share the last one."""
    return [project.project for project in facts.projects if project.project is not None][: charts.COLOURS]


def _people(facts: TeamFacts, printed: PrintedTimes) -> dict[str, Any]:
    """A line for each person: bar, hours, difference, linked and other; each column adds up to the team's line."""
    *before, absent = printed.people_before or [None] * (len(facts.people) + 1)
    longest = max((person.figures.tracked_seconds for person in facts.people), default=0)
    named = _colours(facts)
    rows = []
    for person, (of_links, of_others), then in zip(facts.people, printed.people, before, strict=True):
        sizes = [0] * (len(named) + 1)
        for project in person.projects:
            place = named.index(project.project) if project.project in named else len(named)
            sizes[place] += project.seconds
        shares = percentages([person.figures.linked_seconds, person.figures.other_seconds])
        rows.append(
            {
                "person": person,
                "bar": charts.stacked(list(enumerate(sizes)), longest),
                "hours": of_links + of_others,
                "change": None if then is None else difference(of_links + of_others, then),
                "linked": of_links,
                "other": of_others,
                "shares": shares,
            }
        )
    total_then = None if facts.before.figures is None else rounded(facts.before.figures.tracked_seconds)
    return {
        "rows": rows,
        "absent": absent,
        "legend": [
            *named,
            *(
                ["other projects or none"]
                if any(row["bar"] and row["bar"][-1].colour == len(named) for row in rows)
                else []
            ),
        ],
        "change": None if total_then is None else difference(sum(printed.split), total_then),
        "shares": percentages([facts.figures.linked_seconds, facts.figures.other_seconds]),
    }


def _matrix(facts: TeamFacts, people: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """Person by project, each row adding up to the person's hours as printed; None with one project only."""
    named = _colours(facts)
    if len(named) < 2 or len(people) < 2:
        return None
    highest = max(row["person"].figures.tracked_seconds for row in people) or 1
    rows = []
    for row in people:
        sizes = [0] * (len(named) + 1)
        for project in row["person"].projects:
            sizes[named.index(project.project) if project.project in named else len(named)] += project.seconds
        cells = hundredths(sizes)
        # Linked and other hours are rounded apart, so their sum may be a hundredth off: the largest cell takes it.
        cells[sizes.index(max(sizes))] += row["hours"] - sum(cells)
        tinted = [(cell, round(3 + 17 * size / highest)) for cell, size in zip(cells, sizes, strict=True)]
        rows.append((row["person"], tinted, row["hours"]))
    others_shown = any(cells[-1][0] for _, cells, _ in rows)
    heads = [*named, *(["other"] if others_shown else [])]
    width = len(heads)
    sums = [sum(cells[place][0] for _, cells, _ in rows) for place in range(width)]
    return {"heads": heads, "rows": [(p, cells[:width], total) for p, cells, total in rows], "sums": sums}


# Words


def _labels(people: Sequence[Person]) -> dict[int, str]:
    """People's names; two of one name are told apart by their addresses."""
    several = [person.name for person in people]
    return {
        person.user_id: f"{person.name} ({person.email or person.user_id})"
        if several.count(person.name) > 1
        else person.name
        for person in people
    }


def _state(entity: Entity, asked: Period) -> str:
    if entity.outcome != "found":
        return words.OUTCOMES[entity.outcome]
    named = entity.state or "state unknown"
    year = asked.last_day.year
    if entity.finished:
        return f"{named} {short_day(entity.actual_end, year)}"
    if entity.closed_date_unknown:
        return f"{named}, date unknown"
    if entity.state_final and entity.actual_end:
        return f"{named} {short_day(entity.actual_end, year)}"
    return named


def _project_names(entity: Entity) -> str:
    return listing([part.project or "no project" for part in entity.projects])


def _done(report: Report, entity: Entity) -> str:
    """What was done, in a sentence."""
    said = report.prose.done.get(key_of(entity.type, entity.public_id))
    if said is None:
        return ""
    return "".join(part if isinstance(part, str) else (part.name or f"#{part.public_id}") for part in said.parts)


def _details(entity: Entity, asked: Period) -> list[tuple[str, str]]:
    """What is known of an entity, as pairs of a label and a value; what is unknown has none."""
    year = asked.last_day.year
    found: list[tuple[str, str]] = []
    planned = words.days(entity.planned_start, entity.planned_end, year)
    actual = words.days(entity.actual_start, entity.actual_end, year)
    late = ""
    if entity.days_late is not None:
        by = plural(abs(entity.days_late), "day")
        late = f", {by} late" if entity.days_late > 0 else f", {by} early" if entity.days_late else ", on the day"
    elif entity.days_overdue:
        late = f", overdue by {plural(entity.days_overdue, 'day')}"
    if planned or actual:
        dates = "; ".join(part for part in (planned and f"planned {planned}", actual and f"actual {actual}") if part)
        found.append(("Dates", dates + late))
    names = [person.name or person.email for person in entity.assignees or []]
    if names:
        found.append(("Assigned", listing([name for name in names if name])))
    found += [(name, value) for name, said in entity.fields.items() if (value := _value(said))]
    if entity.comments:
        found.append(("Comments", str(entity.comments)))
    if entity.missing:
        singular = {"assignees": "assignee"}
        found.append(("Missing", listing([f"no {singular.get(what, what)}" for what in entity.missing])))
    return found


def _excerpt(description: str) -> str:
    """The beginning of a description, without Markdown's marks."""
    plain = _LINK.sub(r"\1", _EMPHASIS.sub("", description))
    lines = [line.strip(" \t#>*-") for line in plain.splitlines() if line.strip(" \t#>*-") and not line.startswith("#")]
    return _value(lines[0]) if lines else ""


def _value(said: Any) -> str:
    if said is None or said == "":
        return ""
    if isinstance(said, bool):
        return "yes" if said else "no"
    if isinstance(said, Mapping):
        return ", ".join(f"{key} {_value(part)}" for key, part in said.items() if _value(part))
    if isinstance(said, Sequence) and not isinstance(said, str):
        return ", ".join(filter(None, map(_value, said)))
    line = " ".join(str(said).split())
    return line if len(line) <= 200 else line[:200].rsplit(" ", 1)[0] + " …"


def _plan_words(plan: Plan, asked: Period) -> dict[str, str] | None:
    """What stands around a plan's bar; None where nothing beyond this period's time is known."""
    if plan.spent_in_all_seconds is None:
        return None
    before, now = hundredths([plan.spent_before_seconds, plan.spent_seconds], rounded(plan.spent_in_all_seconds))
    least = "at least " if asked.weeks_missing else ""
    in_all = number(before + now)
    parts = [f"before {number(before)}", f"this {period_word(asked)} {number(now)}"]
    if plan.estimate_seconds:
        parts.append(f"{share(plan.spent_in_all_seconds, plan.estimate_seconds)} used")
    if plan.own_spent_in_all_seconds not in (None, plan.spent_in_all_seconds):
        parts.append(f"own {_bare(plan.own_spent_in_all_seconds)}")
    over = _is_over(plan)
    left = ""
    if plan.estimate_seconds is not None:
        apart = abs(rounded(plan.spent_in_all_seconds) - rounded(plan.estimate_seconds))
        left = f"{number(apart)} {'over' if over else 'left'}"
    estimated = (
        f"{least}{in_all} of {hours(plan.estimate_seconds)} estimated" if plan.estimate_seconds is not None else ""
    )
    return {
        "head": estimated or f"{least}{in_all} h in all, no estimate",
        "left": left,
        "over": "over" if over else "",
        "foot": " · ".join(parts),
    }


def _chain(entity: Entity) -> list[tuple[Parent, str]]:
    """What the entity is part of, each with what is known of it."""
    chain = []
    for parent in entity.parents:
        known = [parent.state] if parent.state else []
        if parent.items is not None and parent.items_done is not None:
            known.append(f"{parent.items_done} of {plural(parent.items, 'item')} done")
        if parent.seconds_in_all is not None:
            known.append(f"{hours(parent.seconds_in_all)} in all")
        chain.append((parent, ", ".join(known)))
    return chain


def _not_read(entities: Sequence[Entity]) -> list[tuple[str, int]]:
    """What could not be asked of Fibery or read, each problem once, and of how many entities."""
    return list(Counter(problem for entity in entities for problem in entity.problems).items())


def _own_alignment(alignment: Sequence[Aligned], times: PrintedTimes, this: str) -> dict[str, Any] | None:
    """The table of verdicts, in which those with time add up to the linked time, and the lists behind it."""
    if all(each.verdict == "unknown" for each in alignment):
        return None
    with_time = [verdict for verdict in VERDICTS if verdict not in ("idle", "open")]
    groups = {verdict: [each for each in alignment if each.verdict == verdict] for verdict in VERDICTS}
    timed = {verdict: [each for each in groups[verdict] if each.seconds] for verdict in with_time}
    rows = [(verdict, len(timed[verdict]), times.verdicts[verdict]) for verdict in with_time if timed[verdict]]
    untimed = [(verdict, len(groups[verdict])) for verdict in ("idle", "open") if groups[verdict]]
    return {
        "rows": rows,
        "untimed": untimed,
        "items": sum(len(found) for found in timed.values()),
        "mismatches": [*groups["closed_before"], *groups["not_updated"]],
        "idle": groups["idle"],
        "as_of": words.states_as_of({each.as_of for each in alignment}, this),
    }


def _coverage_cells(coverage: Coverage) -> list[str]:
    whole = coverage.tracked_seconds
    return [
        share(part, whole)
        for part in (coverage.linked_seconds, coverage.configured_seconds, coverage.described_seconds)
    ]


def _foot(report: Report) -> Iterator[tuple[str, str]]:
    """What every report states: period, zone, rules, when fetched, what was left out, version, model."""
    facts, asked = report.facts, report.facts.period
    yield "Period", f"{asked.first_day} to {asked.last_day}, both included, in the time zone {asked.timezone}"
    yield "Rules", "A week starts on Monday; an entry counts whole, on the day and in the week it starts in"
    fetched = f"Entries {minute(asked.fetched_at)}" if asked.fetched_at else "Entries: unknown"
    asked_at = sorted(entity.enriched_at for entity in facts.entities if entity.enriched_at is not None)
    yield "Fetched", fetched + (f"; states and dates in Fibery {_between(asked_at)}" if asked_at else "")
    yield "Left out", words.left_out(facts.left_out) or "Nothing"
    if facts.trend.usual_seconds is not None:
        yield "Usual week", f"The median of the {facts.trend.usual_weeks} complete weeks among the eight before"
    version = "" if report.version is None else f"version {report.version}, "
    yield "Generated", f"{version}{minute(report.generated_at)}"
    yield "Sentences", words.written_by(report.prose)


def _between(instants: Sequence[datetime]) -> str:
    first, last = minute(instants[0]), minute(instants[-1])
    return first if first == last else f"between {first} and {last}"
