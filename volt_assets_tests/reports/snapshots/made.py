"""What is made of the kept facts, by file name."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

from volt_assets.automation.digest import digest_of
from volt_assets.formatting import disambiguate
from volt_assets.reports.facts.hidden_names import hide_names
from volt_assets.reports.facts.models import Changes, EntryChange, EntryVersion, IndividualFacts, TeamFacts
from volt_assets.reports.files.file_names import slug
from volt_assets.reports.people import KnownPerson
from volt_assets.reports.privacy import Privacy, initials
from volt_assets.reports.rendering.html import page_of
from volt_assets.reports.rendering.markdown import markdown_of
from volt_assets.reports.report import Report
from volt_assets.reports.sentences.models import Prose, Sentence, key_of
from volt_assets.reports.sentences.templates import template_prose
from volt_assets.reports.view.quality import view_of_quality
from volt_assets.reports.view.report import view_of
from volt_assets.reports.view.weeks import view_of_weeks
from volt_assets_tests.reports.snapshots import company

FOLDER = Path(__file__).parent / "rendered"
NOW = datetime(2026, 10, 12, 6, 30, tzinfo=UTC)
# Kept as HTML, too.
_WHOLE = ("team_open_days", "person_week")
_STYLE = re.compile(r"(?<=<style>).*?(?=</style>)", re.DOTALL)
_BLOCKS = {"p", "li", "tr", "h1", "h2", "h3", "div", "dt", "section", "summary", "svg", "pre", "td", "th", "dd"}


def everything() -> dict[str, str]:
    """All snapshots: file name and text."""
    made: dict[str, str] = {}
    facts, index = company.read()
    for name, report in reports():
        people = report.facts.people if isinstance(report.facts, TeamFacts) else []
        view = view_of(report, _files({person.user_id: person.name for person in people}))
        page = page_of(view, index="../index.html" if people else "../../index.html")
        made |= {f"{name}.md": markdown_of(view), f"{name}.txt": text_of(page)}
        if name in _WHOLE:
            made[f"{name}.html"] = _STYLE.sub("", page)
    week = dict(reports())["team_week"]
    made["quality_week.md"] = markdown_of(view_of_quality(week, facts["team_week"], {}))
    names = _files({person["user_id"]: person["name"] for row in index for person in row["people"] or []})
    made["index.txt"] = text_of(page_of(view_of_weeks(index, names)))
    message = digest_of(facts["team_week"], "http://127.0.0.1:3000")
    made["message.txt"] = f"{message.title}\n\n{message.body}\n"
    return made


def _files(names: dict[int, str]) -> dict[int, str]:
    return disambiguate({user_id: slug(name) for user_id, name in names.items()}, joint="_")


def reports() -> Iterator[tuple[str, Report]]:
    """The reports by name."""
    facts, _ = company.read()
    for name, of in facts.items():
        weekly = of.period.one_week
        yield name, Report(of, NOW, 1 if weekly else None, template_prose(of))
    team, person = facts["team_week"], facts["person_week"]
    assert isinstance(team, TeamFacts)
    assert isinstance(person, IndividualFacts)
    hidden = _without_names(team)
    yield "team_week_initials", Report(hidden, NOW, 2, template_prose(hidden), _changes(team))
    yield "person_week_changed", Report(person, NOW, 2, _by_a_model(person), _changes(person))


def _without_names(facts: TeamFacts) -> TeamFacts:
    people = (*facts.people, *facts.expected.absent)
    shown = initials({person.user_id: person.name for person in people})
    known = tuple(
        KnownPerson(person.user_id, person.name, person.email, (person.name,), (person.email or "",))
        for person in people
    )
    return hide_names(facts, Privacy(shown, known))


def _by_a_model(facts: IndividualFacts) -> Prose:
    first, second = facts.entities[:2]
    keys = [key_of(each.type, each.public_id) for each in (first, second)]
    prose = template_prose(facts)
    said = Sentence(parts=["Most of the week went into two items."], evidence=keys, by="model")
    done = Sentence(parts=["The form was rewritten."], evidence=keys[:1], by="model")
    return prose.model_copy(
        update={
            "summary": [prose.summary[0], said],
            "done": prose.done | {keys[0]: done},
            "model": "some-model",
            "tokens": 2345,
            "cost_usd": 0.0123,
            "dropped": 2,
        }
    )


def _changes(facts: IndividualFacts | TeamFacts) -> Changes:
    people = [person.user_id for person in facts.people] if isinstance(facts, TeamFacts) else [facts.user_id]
    monday = facts.period.first_day
    at_nine = datetime(monday.year, monday.month, monday.day, 7, tzinfo=UTC)

    def entry(text: str | None, seconds: int | None, hour: int = 0, project: str | None = None) -> EntryVersion:
        return EntryVersion(
            description=text, start=at_nine.replace(hour=7 + hour), day=monday, seconds=seconds, project=project
        )

    pairs = [
        ("added", None, entry("Review | of *the* plan", 1817, project="Website")),
        ("edited", entry("Meeting", 3600), entry("Meeting", 2711, hour=1)),
        ("edited", entry(None, None), entry("Call", 901)),
        ("deleted", entry("Lunch?", 1799, project="Website"), None),
        ("moved", entry("Late", 700), entry("Late", 700)),
    ]
    entries = [
        EntryChange(
            kind=kind,
            entry_id=number,
            user_id=people[number % len(people)],
            before=before,
            after=after,
            seconds=(after.seconds or 0 if after else 0) - (before.seconds or 0 if before else 0),
        )
        for number, (kind, before, after) in enumerate(pairs)
    ]
    return Changes(since_version=1, since=NOW, seconds=sum(each.seconds for each in entries), entries=entries)


def text_of(page: str) -> str:
    """What a page says, a line for each paragraph, item and row: cells are apart, links have their addresses."""
    reader = _Text()
    reader.feed(page)
    lines = (" ".join(line.split()).strip(" |") for line in "".join(reader.parts).split("\n"))
    return "\n".join(line for line in lines if line) + "\n"


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.silent = False
        self.address: list[str] = []
        self.in_row = False

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        of = dict(attributes)
        self.silent |= tag == "style"
        self.in_row |= tag == "tr"
        if tag in ("td", "th") or (self.in_row and tag in ("div", "svg")):
            self.parts.append(" | " if tag in ("td", "th") else " ")
        elif tag in _BLOCKS:
            self.parts.append("\n")
        elif tag in ("span", "i", "b"):
            self.parts.append("" if tag == "i" else " ")
        if tag in ("h1", "h2", "h3"):
            self.parts.append("#" * int(tag[1]) + " ")
        if tag == "a":
            self.address.append(of.get("href") or "")
        for name in ("title", "aria-label"):
            if of.get(name):
                self.parts.append(f" {{{of[name]}}} ")

    def handle_endtag(self, tag: str) -> None:
        self.silent &= tag != "style"
        self.in_row &= tag != "tr"
        if tag == "a":
            self.parts.append(f" <{self.address.pop()}>")
        if tag in ("p", "li", "tr", "h1", "h2", "h3", "div"):
            self.parts.append(" " if self.in_row else "\n")

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.parts.append(data)
