"""Who was removed, known by keyed hashes alone, and what is taken out of texts and JSON because of them.

The key is a private file of the home (`KEY_FILE`), the hashes stand in the warehouse (`warehouse/forgotten.py`). What
is fetched again goes through the same functions as what was stored, so nobody comes back.

Texts are searched for addresses and for whole names of two words or more, word by word: "Max Lee" is not found in
"Maxine Lee". A name of one word ("Max") is taken out where a name stands and never of a text: it may mean anybody.
A name that somebody else bears, too, decides nothing: then the address or Toggl's id does.
"""

import hashlib
import hmac
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

KEY_FILE = "forgotten.key"
# What stands for all of them.
WORDS = "someone who was removed"

_ADDRESS = re.compile(r"[\w.+%'-]+@[\w-]+(?:\.[\w-]+)+")
# "Lee's" is Lee.
_WORD = re.compile(r"\w+(?:[-.]\w+|['’](?!s\b)\w+)*")
_LONGEST_NAME = 5
# Keys of JSON, by what stands under them.
_NAMES = {"name", "username", "author"}
_ADDRESSES = {"email", "user_email"}
_TEXTS = {"description", "title", "text"}
_ADDRESS_LISTS = {"emails", "strangers"}
# Dictionaries that belong to the person named in the one around them.
_OWN = {"before", "after"}


def first_word(name: str) -> str:
    """The word that a name begins with, as texts are searched."""
    found = _WORD.search(name)
    return found[0] if found else name


class Forgotten:
    """`numbers`: who was removed, by digest. `reduced` is what is left of a text that one of them typed."""

    def __init__(
        self, key: bytes, numbers: Mapping[str, int], reduced: Callable[[str | None], str | None] = lambda text: None
    ):
        self._key, self._numbers, self._reduced = key, numbers, reduced
        # The same words, people and texts come again and again.
        self._number = lru_cache(1 << 16)(self._looked_up)
        self._cleaned = lru_cache(1 << 12)(self._without_names)

    def reducing(self, reduced: Callable[[str | None], str | None]) -> "Forgotten":
        """The same, which leaves of a text that a removed person typed what `reduced` gives."""
        return Forgotten(self._key, self._numbers, reduced)

    def known_as(self, names: Mapping[str, int]) -> "Forgotten":
        """The same, where removed people are also called so, as a whole (initials)."""
        more = {self.digest("name", name): number for name, number in names.items()}
        return Forgotten(self._key, {**self._numbers, **more}, self._reduced)

    def __bool__(self) -> bool:
        return bool(self._numbers)

    def digest(self, kind: str, value: str | int) -> str:
        """The keyed hash of an "id", an "address", a "name", or the word that a name "begins" with."""
        said = value if kind == "id" else " ".join(str(value).casefold().split()).rstrip(".")
        return hmac.digest(self._key, f"{kind}:{said}".encode(), hashlib.sha256).hex()

    def number_of(self, user_id: int | None = None, email: str | None = None, name: str | None = None) -> int | None:
        """The number of a removed person, by the first of these that is one's."""
        for kind, value in (("id", user_id), ("address", email), ("name", name)):
            if value is not None and (number := self._number(kind, value)) is not None:
                return number
        return None

    def _looked_up(self, kind: str, value: str | int) -> int | None:
        return self._numbers.get(self.digest(kind, value))

    def user_id(self, user_id: int) -> int:
        """Toggl's id, or below zero the number of a removed person."""
        number = self.number_of(user_id)
        return user_id if number is None else -number

    def text(self, text: str) -> str:
        """The text without addresses and whole names of who was removed."""
        return self._cleaned(text) if self._numbers else text

    def _without_names(self, text: str) -> str:
        text = _ADDRESS.sub(lambda found: WORDS if self.number_of(email=found[0]) is not None else found[0], text)
        words = list(_WORD.finditer(text))
        pieces, end, at = [], 0, 0
        while at < len(words):
            length = self._name_at(text, words, at)
            if length:
                pieces += [text[end : words[at].start()], WORDS]
                end = words[at + length - 1].end()
            at += length or 1
        return "".join([*pieces, text[end:]]) if pieces else text

    def _name_at(self, text: str, words: Sequence[re.Match[str]], at: int) -> int:
        """How many words from this one on are the name of somebody who was removed."""
        if self._number("begins", words[at][0]) is None:
            return 0
        for length in range(min(_LONGEST_NAME, len(words) - at), 1, -1):
            name = text[words[at].start() : words[at + length - 1].end()]
            if len(name) < 80 and self.number_of(name=name) is not None:
                return length
        return 0

    def value(self, value: Any, own: int | None = None) -> Any:
        """The JSON value without who was removed. `own`: it belongs to the removed person of this number."""
        if not self._numbers:
            return value
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return self._mapping(value, own)
        if isinstance(value, Sequence):
            return [self.value(each) for each in value if not self._is_comment_of_theirs(each)]
        return value

    def _is_comment_of_theirs(self, value: Any) -> bool:
        """Whether it is a comment of a removed person as reports show it: nothing would be left of it."""
        return isinstance(value, Mapping) and value.keys() >= {"author", "day"} and self._whose(value) is not None

    def _mapping(self, value: Mapping[str, Any], own: int | None) -> dict[str, Any]:
        number = self._whose(value) if own is None else own
        cleaned = {self.text(key): self._under(key, each, number) for key, each in value.items()}
        of_all = value.get("user_ids")
        if of_all and isinstance(of_all, list) and all(self.number_of(each) for each in of_all) and "title" in value:
            # A work item that only removed people wrote of.
            cleaned["title"] = None
        return cleaned

    def _whose(self, value: Mapping[str, Any]) -> int | None:
        """The number of the removed person whom a dictionary is about."""
        user_id = value.get("user_id")
        if isinstance(user_id, int):
            return self.number_of(user_id)
        email = value.get("email", value.get("user_email"))
        if isinstance(email, str):
            return self.number_of(email=email)
        is_person = "author" in value or value.keys() <= {"name", "email"}
        name = value.get("author", value.get("name"))
        return self.number_of(name=name) if is_person and isinstance(name, str) else None

    def _under(self, key: str, value: Any, number: int | None) -> Any:
        if key == "assigned_ids" and isinstance(value, list):
            return [each for each in value if self.number_of(each) is None]
        if key == "user_ids" and isinstance(value, list):
            return [self.user_id(each) for each in value]
        if key in _ADDRESS_LISTS and isinstance(value, list):
            return self.others(value)
        if number is None:
            return self.value(value)
        if key == "user_id":
            return -number
        if key in _NAMES:
            return WORDS
        if key in _ADDRESSES:
            return None
        if key in _TEXTS and (value is None or isinstance(value, str)):
            # Of comments: nothing refers to them.
            return "" if key == "text" else self._reduced(value)
        if key == "tags":
            return []
        return self.value(value, number if key in _OWN else None)

    def others(self, emails: Iterable[str]) -> list[str]:
        """The addresses that are of nobody who was removed."""
        return [email for email in emails if self.number_of(email=email) is None]


NOBODY = Forgotten(b"", {})
