"""The check: a model's sentence becomes a `Sentence` of the report, or is refused with the reason."""

import re
from functools import cached_property

from volt_assets.reports.sentences.check import Check, Place, is_own
from volt_assets.reports.sentences.claims import Refused
from volt_assets.reports.sentences.menu import Item, Menu
from volt_assets.reports.sentences.models import Sentence
from volt_assets.reports.sentences.vocabulary import ItemWords, item_words, roots, stem, words_of
from volt_assets.settings import ProseMode

__all__ = ["Place", "Refused", "grounded"]


def grounded(text: str, menu: Menu, place: Place, item: Item | None = None, mode: ProseMode = "checked") -> Sentence:
    """The sentence, with its slots filled. `item`: the one that a sentence of "done" is about. `mode`: whether the
    words between the slots must be known ones (checked) or are the model's own (worded).

    Raises Refused where it says what no fact supports, or says it in a way that cannot be checked.
    """
    return (_Worded if mode == "worded" else Check)(text, menu, place, item).sentence()


class _Worded(Check):
    """The check of a sentence whose words are the model's own: what they claim is looked up, not which they are."""

    def is_sayable(self, word: str, own: ItemWords | None) -> bool:
        if super().is_sayable(word, own) or any(is_own(word, each) for each in self.named):
            return True
        # Nothing is known of what totals, projects and people were about; nor is a word one's own that has been said
        # of something else, or demanded.
        if not self.named or roots(word) & self.of_others or word in self.demanded | self.known.parties:
            return False
        if word.startswith("mis") and word.endswith("ed"):
            return False
        return word.isascii() and word not in self.known.judging and not word.endswith("ly")

    @cached_property
    def named(self) -> list[ItemWords]:
        """The words of the items that the sentence is about."""
        return [item_words(item.sources, item.comments) for item in self.items]

    @cached_property
    def of_others(self) -> frozenset[str]:
        """Roots of words in titles of the other items."""
        others = {item.entity.name or "" for item in self.menu.items.values() if item not in self.items}
        return frozenset().union(*(roots(word) for title in others for word in words_of(title)))

    @cached_property
    def demanded(self) -> frozenset[str]:
        words = {word for item in self.items for text in item.texts for word in words_of(text)}
        return frozenset(word.removesuffix("'s") for word in words)

    @cached_property
    def texts(self) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
        return [(item.sources, item.comments) for item in self.menu.items.values()]

    def check_capitals(self, part: str) -> None:
        """Names are those that a text has; also what begins a sentence, where it is no word that could."""
        super().check_capitals(part)
        typed = {word for sources, comments in self.texts for text in (*sources, *comments) for word in words_of(text)}
        starts_sentence = part is self.said[0]
        for index, word in enumerate(re.findall(r"[^\W\d_]+", part)):
            begins = starts_sentence and index == 0
            could = begins and (Check.is_sayable(self, word.lower(), None) or word.endswith(("ed", "ing")))
            could = could or (begins and word.lower() in self.known.past | self.known.team)
            if word[0].isupper() and not could and word.lower() not in typed:
                raise Refused(f"“{word}” is a name that no text here has")

    def check_one_thing(self, own: ItemWords | None) -> None:
        """Known words must belong to what they are said of; one's own may not."""

    def results(self, own: ItemWords | None) -> set[str]:
        brought = frozenset().union(*(meaning.done for meaning in self.known.meanings))
        reported = own.reported if own else frozenset()
        asked = {word for word in super().results(own) if own and stem(word) in own.stems}
        return {word for word in self.flat if word in brought and word not in reported} | asked

    def check_claims(self, own: ItemWords | None) -> None:
        known = sum(super(_Worded, self).is_sayable(word.removesuffix("'s"), own) for word in self.flat)
        if 2 * known < len(self.flat):
            raise Refused("write plain English")
        super().check_claims(own)
