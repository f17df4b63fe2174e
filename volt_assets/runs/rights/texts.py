"""What a person is found by in files: names, addresses and ids, in the forms in which files hold them."""

import html
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from volt_assets.forgotten import WORDS
from volt_assets.runs.rights.person import Subject
from volt_assets.text import slug

# Toggl's ids in Dagster's records, one or a list: in JSON, in JSON within JSON, and in YAML.
_LISTS = re.compile(r"""(user_ids?\\*["']?\s*:\s*\\*["'\[]*)((?:\\n|[-\d,\s])+)""")


@dataclass(frozen=True)
class Traces:
    """How to find the person in a text, and to take them out of it. `number`: the removed person's, by Toggl's id."""

    subject: Subject
    number: dict[int, int]

    @cached_property
    def _words(self) -> re.Pattern[str]:
        said = {*self.subject.emails, *(name for name in self.subject.names if " " in name.strip())}
        forms = {form for text in said for form in (text, json.dumps(text)[1:-1], html.escape(text))}
        longest = sorted(filter(None, forms), key=len, reverse=True)
        return re.compile(rf"(?<![\w]){_any(longest)}(?![\w])", re.IGNORECASE)

    @cached_property
    def _marks(self) -> re.Pattern[str]:
        ids = rf"(?<![\w.-]){_any([str(user_id) for user_id in self.subject.user_ids])}(?![\w.-])"
        names = {*self.subject.names, *self.subject.shared_names}
        slugs = [slug(name) for name in names if slug(name)]
        plain = [form for name in names for form in (name, html.escape(name), json.dumps(name)[1:-1])]
        return re.compile(rf"(?<!\w){_any([*plain, *slugs])}(?:_\d+)?(?!\w)|{ids}", re.IGNORECASE)

    def names(self, text: str) -> bool:
        """Whether the person may stand in a text: rather too often than not."""
        return bool(self._words.search(text) or self._marks.search(text))

    def without(self, text: str) -> str:
        """The text without addresses and whole names, and without ids where people's ids stand."""
        return _LISTS.sub(lambda found: found[1] + self.without_ids(found[2]), self._words.sub(WORDS, text))

    def without_ids(self, text: str) -> str:
        for user_id, number in self.number.items():
            text = re.sub(rf"(?<![\d-]){user_id}(?!\d)", str(-number), text)
        return text

    def stands_in(self, file: Path) -> bool:
        """Whether the person may stand in a file of an export, or in its name."""
        if self.names(file.stem):
            return True
        return any(self.names(text) for text in _texts(file))


def _texts(file: Path) -> Iterator[str]:
    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as parts:
            for name in parts.namelist():
                yield parts.read(name).decode("utf-8", "replace")
    else:
        yield file.read_text("utf-8", "replace")


def _any(texts: list[str]) -> str:
    """A pattern of any of the texts; of none, one that is found nowhere."""
    return f"(?:{'|'.join(map(re.escape, texts))})" if texts else r"(?!)"
