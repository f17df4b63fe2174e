"""The words of `vocabulary.yaml`, and which of them the texts of a work item make sayable."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    import snowballstemmer

_BETWEEN_PHRASES = re.compile(r"[^\w\s'’-]+|\s[-–]\s")
# What makes a noun of a verb. Those of people who do it ("reader") are none: they say who.
_MAKING_NOUNS = ("ation", "ion", "ment", "ance", "ence", "ure", "al", "y")
# What makes another word of one, and no form of it: "timely" says more than "time".
_OTHER_WORDS = ("ful", "less", "able", "ness", "er", "est", "ive", "al", "ous", "y")
_SHORTEST_ROOT = 5
_SENTENCE_ENDS = re.compile(r"[.;:!?\n]+")
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
    things: Sequence[Meaning]
    finished: frozenset[str]
    begun: frozenset[str]
    before: frozenset[str]
    majority: frozenset[str]
    largest: frozenset[str]
    ordered: frozenset[str]
    team: frozenset[str]
    irregular: Mapping[str, str]
    past: frozenset[str]
    never: frozenset[str]
    quoted: frozenset[str]
    as_written: frozenset[str]
    activities: frozenset[str]
    of_time: frozenset[str]
    aspects: Mapping[tuple[str, ...], str]
    phrases: frozenset[tuple[str, ...]]
    particles: frozenset[str]
    with_particles: frozenset[tuple[str, ...]]
    parties: frozenset[str]
    sayings: frozenset[str]
    judging: frozenset[str]

    @cached_property
    def gated(self) -> frozenset[str]:
        """Words whose claim is looked up among the facts, those of the team aside."""
        return self.finished | self.begun | self.before | self.majority | self.largest | self.ordered

    @cached_property
    def forms_of_plain(self) -> frozenset[str]:
        """Stems of the plain words: another form of a word that claims nothing claims nothing."""
        return frozenset(map(stem, self.plain))

    def is_plain(self, word: str) -> bool:
        return word in self.plain or (not word.endswith(_OTHER_WORDS) and stem(word) in self.forms_of_plain)


@dataclass(frozen=True)
class ItemWords:
    """What one work item's texts make sayable.

    `stems` are those of the texts' words, `roots` those of nouns and verbs made of each other, `literal` the words,
    `lower` those that are written without a capital; `reported` those of the comments on what was done,
    `only_reported` those that no other text has; `meant` and `done` words of the meanings that the texts touch,
    `actions` those of them that are none of things; `pairs` words that stand next to each other in a text, articles
    aside, `stem_pairs` the stems of those that no denial stands before, `rows` three words of them, `sequences` each
    text's stems, and `describing` those of words that only stand before another thing.
    """

    stems: frozenset[str]
    roots: frozenset[str]
    literal: frozenset[str]
    lower: frozenset[str]
    reported: frozenset[str]
    only_reported: frozenset[str]
    actions: frozenset[str]
    meant: frozenset[str]
    done: frozenset[str]
    pairs: frozenset[tuple[str, str]]
    stem_pairs: frozenset[tuple[str, str]]
    rows: frozenset[tuple[str, ...]]
    sequences: tuple[tuple[str, ...], ...]
    describing: frozenset[str]


def words_of(text: str) -> list[str]:
    """The words of a text in lower case, with plain apostrophes; digits and punctuation are none."""
    return [word.lower().replace("’", "'") for word in _WORD.findall(unicodedata.normalize("NFKC", text))]


def without_articles(words: Sequence[str]) -> list[str]:
    return [word for word in words if word not in ("a", "an", "the")]


@cache
def stem(word: str) -> str:
    """The stem of an English word in lower case; other languages' words mostly stay as they are."""
    return _stemmer().stemWord(vocabulary().irregular.get(word, word))


@cache
def roots(word: str) -> frozenset[str]:
    """The stem, and that of the verb which a noun may be made of: "recovery" of "recover"."""
    found = {stem(word)}
    for ending in _MAKING_NOUNS:
        singular = word.removesuffix("s") if word.endswith(f"{ending}s") else word
        root = singular.removesuffix(ending)
        if root != singular and len(root) >= _SHORTEST_ROOT:
            found |= {stem(root), stem(f"{root}e"), *([stem(f"{root[:-1]}er")] if root.endswith("r") else [])}
    return frozenset(found)


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
            frozenset(map(_stemmer().stemWord, [*group["any"].split(), *group.get("done", "").split()])),
            frozenset(group["any"].split()),
            frozenset(group.get("done", "").split()),
        )
        for group in read["meanings"]
    ]
    return Vocabulary(
        irregular={form: verb for verb, forms in read["irregular"].items() for form in forms.split()},
        kinds={kind: frozenset(names.split()) for kind, names in read["kinds"].items()},
        meanings=meanings,
        things=[
            Meaning(frozenset(map(_stemmer().stemWord, line.split())), frozenset(line.split()), frozenset())
            for line in read["things"]
        ],
        never=_joined(read["never"].values()),
        as_written=_joined(read["as_written"].values()),
        aspects={pair: word for word, pairs in read["aspects"].items() for pair in _phrases(pairs)},
        phrases=_phrases(read["phrases"]),
        with_particles=_phrases(read["with_particles"]),
        **{
            name: frozenset(read[name].split())
            for name in ("plain", "finished", "begun", "before", "majority", "largest", "ordered", "team", "past")
            + ("quoted", "activities", "of_time", "particles", "parties", "sayings", "judging")
        },
    )


@cache
def item_words(texts: tuple[str, ...], comments: tuple[str, ...] = ()) -> ItemWords:
    """What texts and comments make sayable. What is denied gives its words, but no other forms of them."""
    known = vocabulary()
    phrases = [words_of(phrase) for text in (*texts, *comments) for phrase in _BETWEEN_PHRASES.split(text)]
    by_text = [words_of(text) for text in (*texts, *comments)]
    said = [words_of(each) for text in (*texts, *comments) for each in _SENTENCE_ENDS.split(text)]
    affirmed = {word for words in said for word in _before_denial(words)}
    literal = frozenset(word for words in by_text for word in words)
    stems = frozenset(map(stem, affirmed))
    reported = frozenset(word for text in comments for word in words_of(text))
    touched = [meaning for meaning in known.meanings if meaning.stems & stems]
    actions = frozenset().union(*(meaning.words for meaning in touched))
    things = [meaning.words for meaning in known.things if meaning.stems & stems]
    kinds = [names for kind, names in known.kinds.items() if kind in literal]
    return ItemWords(
        stems,
        frozenset().union(*map(roots, affirmed)),
        literal,
        frozenset(word for text in (*texts, *comments) for word in _WORD.findall(text) if word.islower()),
        reported,
        reported - {word for text in texts for word in words_of(text)},
        actions,
        actions.union(*things, *kinds),
        frozenset().union(*(meaning.done for meaning in touched)),
        _pairs(map(without_articles, phrases)),
        _pairs([list(map(stem, _before_denial(words))) for words in map(without_articles, phrases)]),
        frozenset(tuple(words[start : start + 3]) for words in phrases for start in range(len(words) - 2)),
        tuple(tuple(map(stem, words)) for words in by_text),
        _describing(phrases, actions),
    )


def _describing(phrases: Iterable[Sequence[str]], actions: frozenset[str]) -> frozenset[str]:
    """Stems of words that never stand without another thing behind them."""
    known = vocabulary()
    without_thing = known.plain | known.quoted | known.as_written | known.never | actions | {""}
    before: set[str] = set()
    alone: set[str] = set()
    for words in phrases:
        for word, following in zip(words, [*words[1:], ""], strict=False):
            (alone if following in without_thing else before).add(stem(word))
    return frozenset(before - alone)


def _pairs(phrases: Iterable[Sequence[str]]) -> frozenset[tuple[str, str]]:
    return frozenset(pair for words in phrases for pair in zip(words, words[1:], strict=False))


def _before_denial(words: Sequence[str]) -> Iterator[str]:
    def affirms(word: str) -> bool:
        return word not in ("not", "no", "never", "without", "cannot") and not word.endswith("n't")

    return takewhile(affirms, words)


def _phrases(text: str) -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(phrase.split("-")) for phrase in text.split())


def _joined(groups: Iterable[str]) -> frozenset[str]:
    return frozenset(" ".join(groups).split())
