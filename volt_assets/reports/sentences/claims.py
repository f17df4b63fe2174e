"""What words claim together that none of them claims alone: lists that sound whole, idioms, who did what for whom.

Rules over a sentence's words between its slots. None of them knows what a work item is about but by `ItemWords`.
"""

import re
from collections.abc import Sequence

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
    r"|§ (?:shared|split|divided|filled|covered) (?:the|its|this)\b"
)
# "The time went to A and B": of most of it, or it is not so.
_THE_TIME = re.compile(
    r"\b(?:the|this|its|that|[a-z]+'s) (?:[a-z]+ )?(?:time|work|effort|efforts|week|focus|attention|day|period) "
    r"(?:\w+ )?(?:went|was|were|spent|given|fell|turned|centred|centered|revolved|focused|focussed)\b[^§]*§"
)
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
    text = re.sub(r"§(?:\s+(?:and|also|or|plus|as well as|,))*\s+(?=§)", "", " ".join(text.split()))
    named = len({slot.subject for slot in slots if slot.about == kind})
    known = menu.totals.get(kind)
    patterns = [_ALL_OF_THEM.format(kind=_KINDS[kind]), _THEY_WERE_ALL.format(kind=_KINDS[kind])]
    qualified = words & (vocabulary().largest | vocabulary().finished | {"first"})
    if named != known and not qualified and (any(re.search(each, text) for each in patterns) or _WHAT_WAS.search(text)):
        return f"there are others: it sounds as if the {kind}s that are named were all"
    if (
        words & vocabulary().finished
        and any(re.search(each, text) for each in patterns)
        and named != menu.totals["finished"]
    ):
        return "other items were finished, too: do not word it as if these were all"
    measured = {slot.subject: slot.seconds for slot in slots if slot.seconds is not None}
    if named != known and _PARTED.search(text):
        return f"there are others: it sounds as if the time was on these {kind}s alone"
    if _THE_TIME.search(text) and 2 * sum(measured.values()) <= menu.tracked_seconds:
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
            nearest = next((each for each in reversed(before) if each in _OF_PARTIES | _OF_THINGS), None)
            said = own is not None and nearest is not None and _stands_in((nearest, word), own, apart=3)
            if nearest in _OF_PARTIES and not said:
                return f"{nearest} … {word}"
            if (
                _is_verb(following)
                and following not in ("was", "were")
                and following not in (own.reported if own else ())
            ):
                return f"{word} {following}"
    return None


def said_by(slots: Sequence[Slot], words: set[str]) -> bool:
    """Whether it says who wrote a comment: that is in the quote, and mostly somebody else."""
    quotes = any(slot.quotes for slot in slots)
    return (
        quotes
        and bool(words & vocabulary().sayings)
        and (any(slot.about in ("name", "person") for slot in slots) or "team" in words)
    )


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
