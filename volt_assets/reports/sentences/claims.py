"""What words claim together that none of them claims alone: lists that sound whole, idioms, who did what for whom.

Rules over a sentence's words between its slots. None of them knows what a work item is about but by `ItemWords`.
"""

import re
from collections.abc import Iterator, Sequence

from volt_assets.reports.sentences.menu import Menu, Slot
from volt_assets.reports.sentences.vocabulary import ItemWords, stem, vocabulary, without_articles


class Refused(Exception):
    """A sentence that is not grounded. Its text says why, for the model's second attempt and for the log."""


# Stands for a slot in a sentence's text.
SLOT = "§"
_KINDS = {
    "project": "projects?",
    "item": "(?:work )?items?|tasks?|bugs?|features?|stories|jobs?|things?|topics?|subjects?|matters?|themes?|threads?",
    "person": "people|names?",
}
# "The projects worked on were A and B", "A and B were the projects": all of them, unless it says which.
_ALL_OF_THEM = (
    r"\b(?:the|these|those|its|whose|other|remaining) (?:[a-z']+ ){{0,2}}?(?:{kind})\b(?: [a-z']+){{0,5}}? "
    r"(?:was|were|being) (?:\w+ )?§"
)
_THEY_WERE_ALL = r"§ (?:was|were|formed|made) (?:the|its|these|those) (?:[a-z']+ )?(?:{kind})\b"
_WHAT_WAS = re.compile(r"\bwhat (?:was|were|got|took|filled|came|[a-z]+ed)\b[^§]*\b(?:was|were) §")
# "Split between A and B", "consisted of A and B": nothing is left.
_PARTED = re.compile(
    r"\b(?:split|divided|shared|distributed|parted)\b[^§]*§"
    r"|\b(?:consisted of|comprised|contained|made up of|composed of|made up by|took up) §"
    r"|§ (?:made up|comprised|formed|were|was) (?:the|its|this) (?:[a-z']+ )?"
    r"(?:week|time|work|period|day|report|effort|efforts)\b"
    r"|§ (?:shared|split|divided|filled|covered) (?:the|its|this|an?)\b"
)
# "The time went to A and B": of most of it, or it is not so.
_THE_TIME = re.compile(
    r"\b(?:the|this|its|that(?! time)|[a-z]+'s) (?:[a-z]+ )?"
    r"(?:time|work|effort|efforts|week|focus|attention|day|period) "
    r"(?:\w+ )?(?:went|was|were|spent|given|fell|turned|centred|centered|revolved|focused|focussed)\b[^§]*§"
)
_WITH_THE_MOST = " with the most time"
_ONLY_SOME = {
    "among",
    "amongst",
    "included",
    "including",
    "like",
    "some",
    "part",
    "also",
    "portion",
    "share",
    "such",
    "besides",
}
_CLOSERS = {"for", "with", "from", "behalf", "alongside", "beside", "along"}
_OF_PARTIES = {"for", "with", "by", "from", "to", "behalf", "after", "alongside"}
# Who says what a comment says.
COMMENTS = frozenset({"comment", "comments", "remark", "remarks", "note", "notes", "quote", "quotes"})
_SMALL = COMMENTS | {"confirmation", "question", "questions", "reply", "answer", "time", "attention", "effort"}
_GETTING = {"got", "received", "obtained", "secured", "had", "heard", "won", "earned"}
# Whatever comes from somebody has come.
_COMING = {"came", "got", "received", "had", "arrived"}
_BRINGING = {"brought", "made", "gave", "given", "took", "showed", "shown", "got", "put"}
_DENIALS = ("no", "without")
_OF_THINGS = {"of", "on", "in", "at", "about", "into"}


def listed(text: str, slots: Sequence[Slot], words: set[str], menu: Menu) -> str | None:
    """Why a list is none that may be worded as if it were whole; None where nothing is said against it. `text` has
    "§" for each slot.
    """
    kinds = {slot.about for slot in slots} & _KINDS.keys()
    if len(kinds) != 1 or words & _ONLY_SOME:
        return None
    kind = kinds.pop()
    # "The projects of {name} were": whose they are makes the list no less whole.
    text = re.sub(rf"\b({_KINDS[kind]}) of §", r"\1", re.sub(r"[,;:–()]", " ", text))
    text = re.sub(r"§['’]s\b", "the", text)
    text = re.sub(r"§(?:\s+(?:and|also|or|plus|as well as|,))*\s+(?=§)", "", " ".join(text.split()))
    named = len({slot.subject for slot in slots if slot.about == kind})
    known = menu.totals.get(kind)
    patterns = [_ALL_OF_THEM.format(kind=_KINDS[kind]), _THEY_WERE_ALL.format(kind=_KINDS[kind])]
    qualified = words & (vocabulary().largest | vocabulary().finished | {"first"}) or _WITH_THE_MOST in text
    text = text.replace(_WITH_THE_MOST, "")
    if named != known and not qualified and (any(re.search(each, text) for each in patterns) or _WHAT_WAS.search(text)):
        return f"there are others: it sounds as if the {kind}s that are named were all"
    if (
        words & vocabulary().finished
        and any(re.search(each, text) for each in patterns)
        and named != menu.totals["finished"]
    ):
        return "other items were finished, too: do not word it as if these were all"
    measured = {slot.subject: slot.seconds for slot in slots if slot.seconds is not None}
    if named != known and _PARTED.search(text) and not words & vocabulary().majority:
        return f"there are others: it sounds as if the time was on these {kind}s alone"
    # "The largest item of the week was A" is no claim about the week; that it is the largest is looked up.
    of_time = _THE_TIME.search(text) and not words & vocabulary().largest
    if of_time and 2 * sum(measured.values()) <= menu.tracked_seconds:
        return "it was not most of the time: say that time went to it"
    return None


def idiom(words: Sequence[str], own: ItemWords | None, ends: bool) -> str | None:
    """Words next to each other that say more than each of them, and that no text of the item has. `ends`: no slot
    stands behind the words.
    """
    known = vocabulary()
    for index, word in enumerate(words):
        following = words[index + 1] if index + 1 < len(words) else ""
        after_it = words[index + 2] if index + 2 < len(words) else ""
        pair = (word, following)
        if own is not None and (pair in own.pairs or _stands_in(pair, own)):
            continue
        if word == "well" and (index == 0 or words[index - 1] != "as"):
            return word
        if (pair in known.phrases and (word, following, after_it) != ("in", "order", "to")) or (
            *pair,
            after_it,
        ) in known.phrases:
            return " ".join(pair)
        if following in known.particles and _is_verb(word) and pair not in known.with_particles:
            is_last = not after_it and ends
            if is_last or following in ("up", "out", "back", "forward", "aside"):
                return " ".join(pair)
    return None


def whom(parts: Sequence[Sequence[str]], slots: Sequence[Slot], own: ItemWords | None) -> str | None:
    """What says of somebody for whom, with whom or by whom it was; None where nothing does, or the item's texts do."""
    known = vocabulary()
    for words, slot in zip(parts, slots, strict=False):
        if slot.about == "person" and words and words[-1] in _CLOSERS:
            return words[-1]
    for words in parts:
        content = without_articles(words)
        for index, word in enumerate(content):
            if word not in known.parties:
                continue
            before = content[max(0, index - 3) : index]
            following = content[index + 1] if index + 1 < len(content) else ""
            act = content[index + 2] if following in ("had", "has") and index + 2 < len(content) else following
            if own is not None and _is_by(act, word, own):
                continue
            nearest = next((each for each in reversed(before) if each in _OF_PARTIES | _OF_THINGS), None)
            said = own is not None and nearest is not None and _stands_in((nearest, word), own, apart=3)
            if nearest == "from" and _COMING & set(content[:index]):
                return f"{nearest} … {word}"
            if nearest in _OF_PARTIES and not said:
                return f"{nearest} … {word}"
            if (
                _is_verb(following)
                and following not in ("was", "were")
                and following not in (own.reported if own else ())
            ):
                return f"{word} {following}"
    return None


def _is_by(act: str, party: str, own: ItemWords) -> bool:
    """Whether a text says that it was done by the party: "reported by a captain"."""
    return any(
        tuple(text[index : index + 2]) == (stem(act), "by") and stem(party) in text[index + 2 : index + 5]
        for text in own.sequences
        for index in range(len(text))
    )


def said_by(parts: Sequence[Sequence[str]], slots: Sequence[Slot]) -> bool:
    """Whether it says who wrote a comment: that is in the quote, and mostly somebody else."""
    named = any(slot.about in ("name", "person") for slot in slots) or any("team" in words for words in parts)
    got = any(
        slot.about in ("name", "person") and set(words[:2]) & _GETTING
        for slot, words in zip(slots, parts[1:], strict=False)
    )
    quotes = any(slot.quotes for slot in slots)
    return named and quotes and (got or any(not of_comment for of_comment in _sayings(parts)))


def what_comments_said(parts: Sequence[Sequence[str]]) -> bool:
    return any(_sayings(parts))


def _sayings(parts: Sequence[Sequence[str]]) -> Iterator[bool]:
    """Of each verb of saying, whether comments do it: "a comment on the login said"."""
    for words in parts:
        by_comment = False
        for word in words:
            if word in vocabulary().sayings:
                yield by_comment
            by_comment = word in COMMENTS or (by_comment and not _is_verb(word))


def is_quoted(words: Sequence[str], index: int, own: ItemWords | None) -> bool:
    """Whether the word stands in a row of three as in a text of the item; "no" and "without" are one another."""
    if own is None:
        return False
    thing = without_articles(words[index + 1 :])[:1]
    denied = words[index] in _DENIALS and any((denial, *thing) in own.pairs for denial in _DENIALS)
    return denied or (index > 0 and tuple(words[index - 1 : index + 2]) in own.rows)


def describes(words: Sequence[str], index: int, own: ItemWords | None) -> bool:
    """Whether a word of time or of people only says which thing it is, as a text does: a night shift."""
    if own is None or index + 1 == len(words):
        return False
    before, following = without_articles(words[:index])[-1:], words[index + 1]
    if any(map(_is_verb, before)):
        return False
    is_thing = following not in vocabulary().never and not vocabulary().is_plain(following)
    return is_thing and (words[index], following) in own.pairs


def brought(words: Sequence[str], index: int, own: ItemWords) -> bool:
    """Whether a verb that claims nothing by itself has a thing of the item for its object: "brought faster builds"."""
    if words[index] not in _BRINGING or words[index : index + 2] == ["put", "it"]:
        return False
    following = without_articles(words[index + 1 : index + 5])[:1]
    return any(word == "it" or (stem(word) in own.stems and word not in vocabulary().plain) for word in following)


def in_one_word(words: Sequence[str]) -> list[str]:
    """The words, with one in the place of two that say that it began, went on or ended: "wrapped up"."""
    found: list[str] = []
    for word in words:
        aspect = vocabulary().aspects.get((found[-1], word)) if found else None
        found[-1 if aspect else len(found) :] = [aspect or word]
    return found


def has_small_object(words: Sequence[str], index: int) -> bool:
    """Whether a verb of the time has an object that is no work: it drew a comment, or took time."""
    known = vocabulary()
    if words[index] not in known.of_time:
        return False
    following = without_articles(words[index + 1 : index + 4])[:2]
    return any(word in _SMALL for word in following)


def _stands_in(pair: tuple[str, str], own: ItemWords, apart: int = 1) -> bool:
    """Whether a text has both words, in any form, the second at most so many words behind the first."""
    first, second = map(stem, pair)
    return any(
        each == first and second in text[index + 1 : index + 1 + apart]
        for text in own.sequences
        for index, each in enumerate(text)
    )


def _is_verb(word: str) -> bool:
    return word.endswith("ed") or word in vocabulary().past or word in vocabulary().irregular
