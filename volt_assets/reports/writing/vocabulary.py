"""The words of `vocabulary.yaml`, and which of them the texts of a work item make sayable."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    import snowballstemmer

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")


@dataclass(frozen=True)
class Meaning:
    """Words of one meaning, as stems; `done`, in full, are those that say it was brought to an end."""

    stems: frozenset[str]
    words: frozenset[str]
    done: frozenset[str]


@dataclass(frozen=True)
class Vocabulary:
    """Sets of words, named as in the file, which explains them."""

    plain: frozenset[str]
    kinds: Mapping[str, frozenset[str]]
    meanings: Sequence[Meaning]
    finished: frozenset[str]
    begun: frozenset[str]
    before: frozenset[str]
    majority: frozenset[str]
    largest: frozenset[str]
    ordered: frozenset[str]
    team: frozenset[str]
    past: frozenset[str]
    never: frozenset[str]
    as_written: frozenset[str]


@dataclass(frozen=True)
class ItemWords:
    """What one work item's texts make sayable.

    `stems` are those of the texts' words; `meant` and `done` words of the meanings that the texts touch; `pairs` words
    that stand next to each other in a text, and `sequences` each text's stems in order.
    """

    stems: frozenset[str]
    literal: frozenset[str]
    meant: frozenset[str]
    done: frozenset[str]
    pairs: frozenset[tuple[str, str]]
    sequences: tuple[tuple[str, ...], ...]


def words_of(text: str) -> list[str]:
    """The words of a text in lower case, with plain apostrophes; digits and punctuation are none."""
    return [word.lower().replace("’", "'") for word in _WORD.findall(unicodedata.normalize("NFKC", text))]


@cache
def stem(word: str) -> str:
    """The stem of an English word in lower case; other languages' words mostly stay as they are."""
    return _stemmer().stemWord(word)


@cache
def _stemmer() -> "snowballstemmer.stemmer":
    import snowballstemmer  # not before it is needed: it brings the rules of thirty languages

    return snowballstemmer.stemmer("english")


@cache
def vocabulary() -> Vocabulary:
    """The file, read."""
    read = yaml.safe_load((Path(__file__).parent / "vocabulary.yaml").read_text(encoding="utf-8"))
    meanings = [
        Meaning(
            frozenset(map(stem, [*group["any"].split(), *group.get("done", "").split()])),
            frozenset(group["any"].split()),
            frozenset(group.get("done", "").split()),
        )
        for group in read["meanings"]
    ]
    return Vocabulary(
        kinds={kind: frozenset(names.split()) for kind, names in read["kinds"].items()},
        meanings=meanings,
        never=_joined(read["never"].values()),
        as_written=_joined(read["as_written"].values()),
        **{
            name: frozenset(read[name].split())
            for name in ("plain", "finished", "begun", "before", "majority", "largest", "ordered", "team", "past")
        },
    )


@cache
def item_words(texts: tuple[str, ...]) -> ItemWords:
    """What the texts make sayable. A text that denies something gives its words, but none of their other forms."""
    known = vocabulary()
    by_text = [words_of(text) for text in texts]
    affirmed = {word for words in by_text if not _denies(words) for word in words}
    literal = frozenset(word for words in by_text for word in words)
    stems = frozenset(map(stem, affirmed))
    touched = [meaning for meaning in known.meanings if meaning.stems & stems]
    kinds = [names for kind, names in known.kinds.items() if kind in literal]
    return ItemWords(
        stems,
        literal,
        frozenset().union(*(meaning.words for meaning in touched), *kinds),
        frozenset().union(*(meaning.done for meaning in touched)),
        frozenset(pair for words in by_text for pair in zip(words, words[1:], strict=False)),
        tuple(tuple(map(stem, words)) for words in by_text),
    )


def _denies(words: Iterable[str]) -> bool:
    return any(word in ("not", "no", "never", "without", "cannot") or word.endswith("n't") for word in words)


def _joined(groups: Iterable[str]) -> frozenset[str]:
    return frozenset(_split(groups))


def _split(groups: Iterable[str]) -> Iterator[str]:
    for group in groups:
        yield from group.split()
