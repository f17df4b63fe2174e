"""Sentences by somebody who had read neither the check nor its vocabulary, for five reports of the generated company.

`facts.jsonl.gz` holds the facts of the five; the writer saw what a model is sent of them. `honest.jsonl`: what a good
writer says; `lies.jsonl`: what a model says that gets something wrong, exaggerates, flatters or guesses. Only sentences
that nobody looked at while the check was made tell how it does on those of a model.
"""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from volt_assets.reports.facts.models import IndividualFacts, TeamFacts
from volt_assets.reports.sentences.claims import Refused
from volt_assets.reports.sentences.grounding import Place, grounded
from volt_assets.reports.sentences.menu import Menu, menu_of
from volt_assets.reports.sentences.models import Sentence
from volt_assets.settings import ProseMode

_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Written:
    """A sentence with its slots: `item` names the work item that it is about, where it is about one alone."""

    report: str
    place: Place
    item: str | None
    kind: str
    text: str


@dataclass(frozen=True)
class Judged:
    """What the check made of a sentence: the report's, or the reason why it is none."""

    written: Written
    sentence: Sentence | None
    reason: str


@cache
def reports() -> dict[str, TeamFacts | IndividualFacts]:
    """The five reports' facts by name: team-w41, person-lucas …"""
    rows = map(json.loads, gzip.decompress((_FOLDER / "facts.jsonl.gz").read_bytes()).splitlines())
    return {
        row["report"]: (TeamFacts if row["report"].startswith("team") else IndividualFacts).model_validate(row["facts"])
        for row in rows
    }


@cache
def menus() -> dict[str, Menu]:
    return {name: menu_of(facts) for name, facts in reports().items()}


def honest() -> list[Written]:
    return list(_read("honest.jsonl"))


def lies() -> list[Written]:
    return list(_read("lies.jsonl"))


def judged(written: Written, mode: ProseMode) -> Judged:
    menu = menus()[written.report]
    item = menu.items[written.item] if written.item else None
    try:
        return Judged(written, grounded(written.text, menu, written.place, item, mode), "")
    except Refused as refused:
        return Judged(written, None, str(refused))


def _read(name: str) -> Iterator[Written]:
    for line in (_FOLDER / name).read_text().splitlines():
        row = json.loads(line)
        place: Place = "done" if row["place"] == "item" else row["place"]
        yield Written(row["report"], place, row.get("item"), row["kind"], row["text"])
