"""Sentences that were not written for the check: nobody looked at what it does with them before it was as it is.

`first`: by somebody who had read neither the check nor its vocabulary, for five reports of the generated company.
`second`: by somebody who knew them, before they were changed, for three others. Each folder has the facts of its
reports (the writer saw what a model is sent of them), `honest.jsonl`: what a good writer says, and `lies.jsonl`: what a
model says that gets something wrong, exaggerates, flatters or guesses.
"""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from volt_assets.reports.facts.models import IndividualFacts, TeamFacts
from volt_assets.reports.sentences.claims import Refused
from volt_assets.reports.sentences.grounding import Place, grounded
from volt_assets.reports.sentences.menu import Menu, menu_of
from volt_assets.reports.sentences.models import Sentence
from volt_assets.settings import ProseMode

_FOLDER = Path(__file__).parent
Corpus = Literal["first", "second"]


@dataclass(frozen=True)
class Written:
    """A sentence with its slots: `item` names the work item that it is about, where it is about one alone."""

    corpus: Corpus
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
def reports(corpus: Corpus) -> dict[str, TeamFacts | IndividualFacts]:
    """The reports' facts by name: team-w41, person-lucas …"""
    rows = map(json.loads, gzip.decompress((_FOLDER / corpus / "facts.jsonl.gz").read_bytes()).splitlines())
    return {
        row["report"]: (TeamFacts if row["report"].startswith("team") else IndividualFacts).model_validate(row["facts"])
        for row in rows
    }


@cache
def menus(corpus: Corpus) -> dict[str, Menu]:
    return {name: menu_of(facts) for name, facts in reports(corpus).items()}


def honest(corpus: Corpus) -> list[Written]:
    return list(_read(corpus, "honest.jsonl"))


def lies(corpus: Corpus) -> list[Written]:
    return list(_read(corpus, "lies.jsonl"))


def judged(written: Written, mode: ProseMode) -> Judged:
    menu = menus(written.corpus)[written.report]
    item = menu.items[written.item] if written.item else None
    try:
        return Judged(written, grounded(written.text, menu, written.place, item, mode), "")
    except Refused as refused:
        return Judged(written, None, str(refused))


def _read(corpus: Corpus, name: str) -> Iterator[Written]:
    for line in (_FOLDER / corpus / name).read_text().splitlines():
        row = json.loads(line)
        place: Place = "done" if row["place"] == "item" else row["place"]
        yield Written(corpus, row["report"], place, row.get("item"), row["kind"], row["text"])
