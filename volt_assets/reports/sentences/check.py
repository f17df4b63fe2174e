"""The rules for one sentence of a model, where every word must be known to claim nothing that is not so.

Slots bring the facts. What stands between them may hold nothing that could be a fact: letters and simple punctuation
alone, words of the vocabulary and of the one work item that the sentence is about; and what such words do claim
(finished, continued, most of the time, the largest) is looked up.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Literal

from volt_assets.reports.facts.models import EntityRef
from volt_assets.reports.sentences.claims import (
    COMMENTS,
    SLOT,
    Refused,
    brought,
    describes,
    has_small_object,
    idiom,
    in_one_word,
    is_quoted,
    listed,
    said_by,
    what_comments_said,
    whom,
)
from volt_assets.reports.sentences.menu import Item, Menu, Slot
from volt_assets.reports.sentences.models import Sentence
from volt_assets.reports.sentences.vocabulary import (
    ItemWords,
    item_words,
    roots,
    stem,
    vocabulary,
    without_articles,
    words_of,
)

LONGEST = 400
_SLOT = re.compile(r"\{([a-z]+\d*(?:\.[a-z]+\d*)?)\}")
_PUNCTUATION = set(" ,;:.'’-–()")
# "spent the week on", "the week went to": of most of it, or it is not so.
_THE_MOST_TIME = re.compile(r"\bthe most (?:time|work|effort)\b")
_THE_PERIOD_ITSELF = re.compile(
    r"\b(spent|took|taken|filled|gave|given|devoted|dedicated|covered) (the|this|a) (week|day|period)\b"
    r"|\b(the|this|a) (week|day|period) (went|was spent|was given|was devoted|was dedicated|was taken|was on|was for)\b"
)
# That something was done is that it was brought to an end; that work was done on it is not.
_WAS_DONE = re.compile(r"(?<!\bwork )(?<!\bwhat )\b(?:was|were) done\b(?! (?:on|in|at|with|for)\b)")
# Of a slot's person.
_GENITIVE = re.compile(r"^['’]s\b")
# Between two things, these decide which is which: "replacing A by B" is not "replacing B by A".
_DIRECTIONS = {"from", "to", "by", "into", "onto", "against"}
_EXCHANGES = ("replac", "swap", "exchang", "substitut")

# Before a second item, project or person: what would make it a part or a cause of the first, and what only lists it.
_RELATING = {"in", "within", "of", "for", "by", "from", "to", "with", "as", "at", "into", "onto", "per", "via", "above"}
_RELATING |= {"below", "behind", "against", "through", "upon", "during"}
_LISTING = {("followed", "by"), ("together", "with"), ("along", "with"), ("such", "as"), ("ahead", "of")}

# What begins the object of a verb: "fixed the width" is none of a "fixed width".
_OBJECTS = ("the", "a", "an", "this", "that", "it", "its")

# Between a verb and what it is said of.
_AUXILIARIES = frozenset({"was", "were", "been", "had", "being", "are", "is"})
_AIMS = {"aim", "goal", "purpose"}
_WEEKS = ("week", "weeks")
_RELATIVE = ("that", "which", "who")

# Verbs of the time itself, which say nothing of what came of it.
_OF_TIME = {
    "worked",
    "spent",
    "took",
    "went",
    "gave",
    "made",
    "put",
    "came",
    "saw",
    "did",
    "done",
    "had",
    "been",
    "was",
    "were",
}
_OF_TIME |= {"tracked", "logged", "given", "used", "included", "related", "concerned", "dealt", "looked", "said"}

Place = Literal["summary", "achievements", "done"]


class Check:
    """One sentence's check: the pieces it consists of, and the rules, one after the other."""

    def __init__(self, text: str, menu: Menu, place: Place, item: Item | None):
        self.text = text.strip()
        self.menu = menu
        self.place = place
        self.item = item
        self.known = vocabulary()

    def sentence(self) -> Sentence:
        if not self.text or len(self.text) > LONGEST:
            raise Refused(f"a sentence has 1 to {LONGEST} characters")
        pieces = _SLOT.split(self.text)
        self.glue = pieces[::2]
        self.names = pieces[1::2]
        self.slots = [self.slot(name) for name in self.names]
        self.said = [self.without_titles(part) for part in self.glue]
        self.words = [in_one_word(words_of(_GENITIVE.sub("", part))) for part in self.said]
        self.flat = [word for words in self.words for word in words]
        self.check_characters()
        self.check_subjects()
        own = self.own_words()
        self.check_words(own)
        self.check_phrases(own)
        self.check_order_of_words(own)
        self.check_one_thing(own)
        self.check_claims(own)
        return Sentence(parts=list(self.parts()), evidence=self.evidence(), by="model")

    def slot(self, name: str) -> Slot:
        slots = self.item.own if self.item else self.menu.slots
        if name not in slots and not (self.item and name == "name" and name in self.menu.slots):
            raise Refused(f"there is no slot {{{name}}} here")
        return slots.get(name) or self.menu.slots[name]

    @cached_property
    def items(self) -> list[Item]:
        """The items that the sentence is about."""
        if self.item:
            return [self.item]
        return [item for slot in self.slots if (item := self.menu.item_of(slot.subject))]

    @cached_property
    def titles(self) -> list[str]:
        """The titles of those items, as written; none that reads like a claim ("Released to customers")."""
        texts = {title for item in self.items for title in (item.entity.name, item.entity.title) if title}
        worded = {title: words_of(title) for title in texts if "://" not in title}
        return sorted(
            (
                title
                for title, words in worded.items()
                if words and len(title.split()) > 1 and not self.is_claim(words[0])
            ),
            key=len,
        )

    def is_claim(self, word: str) -> bool:
        return word.endswith("ed") or word in self.known.finished | self.known.begun | self.known.before

    def without_titles(self, part: str) -> str:
        """The text with "it" in the place of titles: what people called the work is no claim about it."""
        for title in reversed(self.titles):
            first, rest = re.escape(title[0]), re.escape(title[1:])
            part = re.sub(rf"(?<!\w)[“\"‘']?(?:{first}|{first.lower()}){rest}[”\"’']?(?!\w)", "it", part)
        # "A4" is a name and no figure.
        named = {word for item in self.items for word in re.findall(r"\b[A-Za-z]+\d+\b", item.entity.name or "")}
        return re.sub(r"\b[A-Za-z]+\d+\b", lambda found: "it" if found[0] in named else found[0], part)

    def check_characters(self) -> None:
        for part in self.said:
            for character in part:
                if character.isalpha():
                    if unicodedata.numeric(character, None) is not None:
                        raise Refused("numbers come from slots alone")
                elif character.isnumeric():
                    raise Refused("numbers come from slots alone")
                elif character not in _PUNCTUATION:
                    raise Refused(f"the character {character!r} is not used")
            # NFKC makes letters of ligatures and full-width forms: what is read is what is checked.
            if unicodedata.normalize("NFKC", part) != part:
                raise Refused("use plain letters")
        text = SLOT.join(self.said)
        ended = text.rstrip(".")
        if "." in ended or len(text) - len(ended) > 1:
            raise Refused("write one sentence, with one full stop at its end")

    def check_subjects(self) -> None:
        """One kind of thing is spoken of, so that no claim is taken for one about another thing."""
        about = {slot.about for slot in self.slots} - {"name"}
        if len(about) > 1:
            raise Refused("speak of one kind of thing in a sentence: of totals, or items, or projects, or people")
        if self.place != "done" and not about:
            raise Refused("a sentence needs a slot that says what it is about")
        if not any(word in self.known.past or word.endswith("ed") for word in self.flat):
            raise Refused("write what was done, in the past tense")
        self.check_relations()
        claims = [slot.parts for slot in self.slots if slot.about != "name"]
        if len(set(claims)) < len(claims):
            raise Refused("use a slot once")

    def check_relations(self) -> None:
        """Items, projects or people are listed; that one is in, of or from another is known of none of them."""
        listed = False
        for words, slot in zip(self.words, self.slots, strict=False):
            if slot.about not in ("item", "project", "person") or self.item:
                continue
            before, last = ["", "", *words][-2:]
            if listed and last in _RELATING and before not in ("and", "also") and (before, last) not in _LISTING:
                raise Refused(f"what is listed is joined by “and”, not by “{last}”")
            listed = True

    def own_words(self) -> ItemWords | None:
        """The words of the one item that the sentence is about; None where it is about several, or another thing."""
        if self.item is not None:
            return item_words(self.item.sources, self.item.comments)
        subjects = {slot.subject for slot in self.slots if slot.about == "item"}
        item = self.menu.item_of(subjects.pop()) if len(subjects) == 1 else None
        return item_words(item.sources, item.comments) if item else None

    def check_words(self, own: ItemWords | None) -> None:
        names = {token for name in self.menu.names for token in words_of(name)}
        for words in self.words:
            of_title = self.of_a_title(words)
            for index, each in enumerate(words):
                word = each.removesuffix("'s")
                if word in names and word not in self.known.plain and not (own and word in own.lower | own.meant):
                    raise Refused("people are named by slots alone")
                if index not in of_title and not self.is_fitting(words, index):
                    self.check_word(words, index, own)
        for part in self.said:
            self.check_capitals(part)

    def check_word(self, words: Sequence[str], index: int, own: ItemWords | None) -> None:
        known, word = self.known, words[index].removesuffix("'s")
        if (word in known.never or words[index] in known.never) and not describes(words, index, own):
            raise Refused(f"the word “{word}” is not used: figures, dates and people come from slots")
        if word in known.quoted:
            claimed = set(self.flat) & known.finished or (own and self.results(own))
            has_it = words[index - 1] == "had" and not _AIMS & set(self.flat)
            if not is_quoted(words, index, own) or claimed or has_it:
                raise Refused(f"the word “{word}” is not used but as it stands in a text, of what is not finished")
        elif word in known.as_written:
            # "A cause was found" of "Found the cause"; "builds that are faster" of "Faster builds".
            related = index > 1 and words[index - 2] in _RELATIVE
            quotes = any(slot.quotes for slot in self.slots)
            skipped = _AUXILIARIES.union(_RELATIVE if related else ()) if related or quotes else frozenset[str]()
            described = word == "are" and own and words[index - 1] in _RELATIVE and words[index + 1] in own.literal
            if not described and not _as_written(words, index, own, skipped):
                raise Refused(f"the word “{word}” is a claim that no fact here supports")
        elif word in known.team:
            if not self.menu.is_team and not (own and word in own.literal):
                raise Refused("this is one person's report: it does not speak of the team")
        elif (
            word not in known.never and not self.is_sayable(word, own) and not (own and has_small_object(words, index))
        ):
            raise Refused(f"the word “{word}” is neither a plain word nor one of what this sentence is about")

    def is_fitting(self, words: Sequence[str], index: int) -> bool:
        """Whether a word that is a claim elsewhere is none beside its neighbours and with these slots."""
        word, following, third = (*words[index:], "", "")[:3]
        if word == "both":
            return third == "and" or len({slot.subject for slot in self.slots}) == 2
        before = words[index - 1] if index else ""
        if word == "single":
            return before in self.known.largest
        if word == "has":
            return before in COMMENTS and following == "it"
        if word in ("latest", "newest"):
            return following in COMMENTS and any(name.endswith("comment1") for name in self.names)
        if word in ("earlier", "previous"):
            return following in _WEEKS and self.compares
        return word in _WEEKS and self.compares and before in ("earlier", "previous")

    @cached_property
    def compares(self) -> bool:
        return any(slot.about == "totals" and slot.subject in ("before", "usual") for slot in self.slots)

    def is_sayable(self, word: str, own: ItemWords | None) -> bool:
        known = self.known
        if known.is_plain(word) or word in known.gated or word in self.kinds | self.of_projects:
            return True
        if own is None:
            return word in known.of_time or self.is_shared(word)
        return word in known.activities or is_own(word, own)

    @cached_property
    def of_projects(self) -> frozenset[str]:
        """Words of the names of projects that are spoken of, or that all the items are in."""
        spoken_of = {slot.subject for slot in self.slots if slot.about == "project"}
        of_items = [{part.project or "" for part in item.entity.projects} for item in self.items]
        shared = set.intersection(*of_items) if of_items else set[str]()
        return frozenset(word for name in spoken_of | shared for word in words_of(name))

    @cached_property
    def kinds(self) -> frozenset[str]:
        """Everyday names of the kind that all the items are of."""
        types = [set(words_of(item.entity.type.rpartition("/")[2])) for item in self.items]
        kinds = [names for kind, names in self.known.kinds.items() if types and all(kind in each for each in types)]
        return frozenset().union(*kinds)

    def is_shared(self, word: str) -> bool:
        """Whether several items all have it in their texts: then it is what they are about, and says of none what came
        of it.
        """
        if self.is_result(word) or any(slot.about != "item" for slot in self.slots):
            return False
        each = [item_words(item.sources, ()) for item in self.items]
        return len(each) > 1 and all(stem(word) in own.stems for own in each)

    def is_result(self, word: str) -> bool:
        return word.endswith("ed") or word in self.known.irregular or word in self.known.past

    def of_a_title(self, words: Sequence[str]) -> set[int]:
        """Which of the words stand as in a title, three in a row at least."""
        found: set[int] = set()
        for title in map(words_of, self.titles):
            rows = {tuple(title[start : start + 3]) for start in range(len(title) - 2)}
            for start in range(len(words) - 2):
                if tuple(words[start : start + 3]) in rows:
                    found |= {start, start + 1, start + 2}
        return found

    def check_phrases(self, own: ItemWords | None) -> None:
        """What words claim together."""
        for index, words in enumerate(self.words):
            if said := idiom(words, own, ends=index == len(self.slots)):
                raise Refused(f"“{said}” says more than the facts do")
        if said := whom(self.words, self.slots, own):
            raise Refused(f"“{said}”: who did what for whom is not known")
        text = SLOT.join(self.said).lower()
        if said_by(self.words, self.slots) or self.says_what_another_did(own):
            raise Refused("who wrote a comment stands in the quote: say that a comment said it")
        if not any(slot.quotes for slot in self.slots) and what_comments_said(self.words):
            raise Refused("what a comment said is quoted by its slot")
        if not self.item and (said := listed(text, self.slots, set(self.flat), self.menu)):
            raise Refused(said)

    def says_what_another_did(self, own: ItemWords | None) -> bool:
        """Whether somebody is said to have done what only another one's comment speaks of."""
        if own is None or not own.only_reported:
            return False
        people = [index for index, slot in enumerate(self.slots) if slot.about in ("name", "person")]
        begins = self.flat[:1] if self.place == "done" else []
        acts = [*begins, *(word for index in people for word in self.words[index + 1][:3])]
        reported = set(map(stem, own.only_reported))
        done = {stem(word) for word in acts if stem(word) in reported and self.is_verb(word, own)}
        whose = self.menu.slots["name"].text if "name" in self.menu.slots else ""
        quotes = any(slot.quotes for slot in self.slots)
        return any(
            done & set(map(stem, words_of(comment.text))) and comment.author != whose and (comment.author or quotes)
            for item in self.items
            for comment in item.entity.period_comments
        )

    def check_capitals(self, part: str) -> None:
        """A person's name that is also a plain word ("Page") is a name where it is written as one."""
        starts_sentence = part is self.said[0]
        tokens = {token for name in self.menu.names for token in name.split()}
        for index, word in enumerate(part.split()):
            if word.strip(",;:.'’-–()") in tokens and not (starts_sentence and index == 0):
                raise Refused("people are named by slots alone")

    def check_order_of_words(self, own: ItemWords | None) -> None:
        """Of two things with a direction between them ("Oracle to Postgres"), a text names the first one first, too."""
        if own is None:
            return
        for words in self.words:
            for index, word in enumerate(words):
                exchanged = word == "with" and any(each.startswith(_EXCHANGES) for each in words)
                is_purpose = word == "to" and index + 1 < len(words) and self.is_verb(words[index + 1], own)
                if (word not in _DIRECTIONS and not exchanged) or is_purpose:
                    continue
                before = next((w for w in reversed(words[:index]) if self.is_content(w, own)), None)
                after = next((w for w in words[index + 1 :] if self.is_content(w, own)), None)
                # "Moved to the next sprint": what was moved need not stand there, where that it was moved does.
                verb = words[index - 1] if index and self.is_verb(words[index - 1], own) else None
                if verb and after and _in_this_order(stem(verb), stem(after), own.sequences):
                    continue
                if before and after and not _in_this_order(stem(before), stem(after), own.sequences):
                    raise Refused(f"the text about it does not say “{before} … {word} … {after}”")

    def check_one_thing(self, own: ItemWords | None) -> None:
        """One thing that is all that is named is none that only describes another ("platform" of a "platform role")."""
        if own is None or self.said != self.glue:  # its title names it
            return
        things = [(before, word) for before, word in zip(["", *self.flat], self.flat, strict=False)]
        named = {pair for pair in things if self.is_content(pair[1], own)}
        if len({word for _, word in named}) == 1 and all(
            stem(pair[1]) in own.describing and pair not in own.pairs for pair in named
        ):
            raise Refused("name what was worked on with the words that belong to it")

    def is_content(self, word: str, own: ItemWords) -> bool:
        """Whether it is a thing of the item's texts, and no verb: those may stand elsewhere in a sentence."""
        of_text = word in own.literal or stem(word) in own.stems
        return of_text and word not in self.known.plain and not self.is_verb(word, own)

    def is_verb(self, word: str, own: ItemWords) -> bool:
        irregular = self.known.irregular
        return word in own.actions or word in irregular or word in irregular.values() or word.endswith(("ing", "ed"))

    def check_claims(self, own: ItemWords | None) -> None:
        known, claimed = self.known, self.claiming(own)
        items = self.items
        finished = claimed & known.finished or self.results(own) or set(_WAS_DONE.findall(" ".join(self.flat)))
        if finished and not self.all_finished(items):
            word = sorted(finished)[0]
            raise Refused(f"“{word}” says it was finished, which is not known: say that it was worked on")
        if claimed & known.begun and not (items and all(item.begun for item in items)):
            raise Refused("it is not known to have been started in this period")
        if claimed & known.before and not (items and all(item.worked_before for item in items)):
            raise Refused("no earlier time on it is known, so it was not continued")
        self.check_amounts(claimed)

    def claiming(self, own: ItemWords | None) -> set[str]:
        """The words, without those that are quoted: beside a word that stands beside them in a text, too."""
        claimed = set()
        for words in self.words:
            for index, word in enumerate(words):
                if word.endswith("ed") or not _as_written(words, index, own):
                    claimed.add(word)
        return claimed

    def results(self, own: ItemWords | None) -> set[str]:
        """Verbs of the item that say that something was brought about."""
        if own is None:
            return set()
        found = set()
        for index, word in enumerate(self.flat):
            following = self.flat[index + 1] if index + 1 < len(self.flat) else ""
            is_past = word in own.done or word.endswith("ed") or word in self.known.irregular
            if (word, following) == ("set", "up"):
                found.add("set up")
            elif brought(self.flat, index, own):
                found.add(word)
            elif has_small_object(self.flat, index):
                continue
            elif is_past and not self.is_neutral(word, own) and word not in own.reported:
                # An adjective of the text ("the dropped cookie"), unless it stands where the sentence's verb does.
                is_verb = index == 0 or self.flat[index - 1] in ("was", "were", "been", "and") or following in _OBJECTS
                if is_verb or word not in own.literal:
                    found.add(word)
        return found

    def is_neutral(self, word: str, own: ItemWords) -> bool:
        """Whether a verb brings nothing about: one of the time spent, or none of what the texts ask for."""
        known = self.known
        if word in _OF_TIME or word in known.finished | known.begun | known.before | known.ordered:
            return True
        if word in own.done:
            return False
        is_none = known.is_plain(word) or word in known.activities
        return word in own.actions or (is_none and stem(word) not in own.stems)

    def all_finished(self, items: Sequence[Item]) -> bool:
        if items:
            return all(item.finished for item in items)
        claims = {slot.subject for slot in self.slots if slot.about == "totals"}
        return claims == {"finished"}

    def check_amounts(self, claimed: set[str]) -> None:
        known = self.known
        measured = {slot.subject: slot.seconds for slot in self.slots if slot.seconds is not None}
        text, the_most = _THE_MOST_TIME.subn("", " ".join(self.flat))
        if the_most and "most" not in text:
            claimed = claimed - {"most"}
        speaks_of_most = bool(claimed & known.majority) or _THE_PERIOD_ITSELF.search(text)
        if speaks_of_most and (self.item or 2 * sum(measured.values()) <= self.menu.tracked_seconds):
            raise Refused("it did not take more than half of the time")
        is_largest = the_most or claimed & known.largest
        if is_largest:
            kinds = {slot.about for slot in self.slots if slot.seconds is not None}
            others = {
                slot.subject: slot.seconds or 0
                for slot in self.menu.slots.values()
                if slot.about in kinds and slot.subject not in measured
            }
            if self.item or not measured or min(measured.values()) < max(others.values(), default=0):
                raise Refused("others took more time")
        if is_largest or claimed & known.ordered:
            seconds = list(measured.values())
            if self.item or seconds != sorted(seconds, reverse=True) or (claimed & known.ordered and len(seconds) < 2):
                raise Refused("name what took the most time first")

    def parts(self) -> Iterator[str | EntityRef]:
        """Glue and slots, alternating; the full stop is put where the model left it out."""
        text = ""
        for index, glue in enumerate(self.glue):
            text += glue
            if index == len(self.slots):
                break
            for part in self.slots[index].parts:
                if isinstance(part, str):
                    text += part
                    continue
                if text:
                    yield text
                text = ""
                yield part
        yield text.rstrip().rstrip(".") + "."

    def evidence(self) -> list[str]:
        if self.item:
            return [self.item.key]
        return list(dict.fromkeys(key for slot in self.slots for key in slot.evidence))


def is_own(word: str, own: ItemWords) -> bool:
    if word in own.meant or word.removesuffix("s") in own.meant or word in own.done or word in own.literal:
        return True
    return len(word) > 1 and bool({stem(word)} & own.stems or roots(word) & own.roots)


def _as_written(words: Sequence[str], index: int, own: ItemWords | None, skipped: frozenset[str] = frozenset()) -> bool:
    """Whether the word stands next to a neighbour that it has in one of the item's texts, too, before or behind it,
    in whatever form; `skipped` words are no neighbours.
    """
    if own is None:
        return False
    before, after = (
        [word for word in without_articles(part) if word not in skipped] for part in (words[:index], words[index + 1 :])
    )
    pairs = [*((each, words[index]) for each in before[-1:]), *((words[index], each) for each in after[:1])]
    return any(
        {pair, pair[::-1]} & own.pairs or {(stem(first), stem(second)), (stem(second), stem(first))} & own.stem_pairs
        for pair in pairs
        for first, second in [pair]
    )


def _in_this_order(before: str, after: str, texts: Sequence[Sequence[str]]) -> bool:
    return any(before in text and after in text[text.index(before) + 1 :] for text in texts)
