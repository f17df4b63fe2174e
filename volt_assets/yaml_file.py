"""A configuration file in YAML that people write: read with the line of each key, and checked against a model.

Every error names the file, the line, the key and the nearest right word. What the keys mean is for the modules of the
files: `fibery/configuration.py` and `reports/people_config.py`.
"""

import difflib
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails
from yaml.reader import ReaderError

from volt_assets.errors import BadInput

Where = Sequence[str | int]


class ConfigSection(BaseModel):
    """Base of the models of such files."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Model = TypeVar("Model", bound=ConfigSection)


class _Loader(yaml.SafeLoader):
    """Days stay text: YAML's own reading of "2026-02-30" is an error without a line."""

    yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


class YamlFile:
    """One reading of a file: its values, the line of each key and item by its path, and the problems found so far.

    `hint` says more about a line that is not YAML.
    """

    def __init__(self, path: Path, text: str, *, hint: Callable[[str], str] = lambda _line: ""):
        self.path = path
        self._text = text
        self._hint = hint
        self._lines: dict[tuple[str | int, ...], int] = {}
        self._problems: list[tuple[int, str]] = []

    def read(self, model: type[Model], section_at: Callable[[Where], type[ConfigSection]]) -> Model:
        """The file as `model`. `section_at`: the section that holds the last key of a path, for its known keys.

        Raises BadInput that lists all mistakes.
        """
        content = self._content(model)
        try:
            return model.model_validate(content)
        except ValidationError as error:
            for problem in error.errors(include_url=False):
                self.add(problem["loc"], _in_words(problem, section_at))
            raise self._bad_input() from None

    def add(self, where: Where, problem: str) -> None:
        """Note a problem of the key or item at a path."""
        # A value written alone instead of as a list of one has a path without the list's index.
        above = [tuple(where[:end]) for end in range(len(where), -1, -1)]
        paths = [path for at in above for path in (at, tuple(step for step in at if not isinstance(step, int)))]
        line = next((self._lines[path] for path in paths if path in self._lines), 1)
        self._problems.append((line, f"{_at(where)}{problem}"))

    def refuse_problems(self) -> None:
        """Raises BadInput that lists the problems, if there are any."""
        if self._problems:
            raise self._bad_input()

    def _content(self, model: type[ConfigSection]) -> dict[str, Any]:
        known = model.model_fields
        try:
            loader = _Loader(self._text)
            root = loader.get_single_node()
            if root is None:
                return {}
            self._note(root, (), ())
            self.refuse_problems()
            content = loader.construct_document(root)
        except yaml.YAMLError as error:
            raise self._not_yaml(error) from None
        if not isinstance(content, dict):
            self._lines[()] = 1
            self.add((), f"must hold the keys {listed(known)}")
            raise self._bad_input()
        # An empty section is one left out.
        return {key: value for key, value in content.items() if value is not None or key not in known}

    def _note(self, node: yaml.Node, where: tuple[str | int, ...], within: tuple[yaml.Node, ...]) -> None:
        """Keep the lines of keys and items below `node`; find what YAML lets pass: double keys and keys of no text."""
        self._lines.setdefault(where, node.start_mark.line + 1)
        if any(node is outer for outer in within):
            self.add(where, "refers to itself")
            return
        if isinstance(node, yaml.SequenceNode):
            for index, item in enumerate(node.value):
                self._note(item, (*where, index), (*within, node))
        elif isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                line = key.start_mark.line + 1
                if key.tag == "tag:yaml.org,2002:merge":
                    continue
                if key.tag != "tag:yaml.org,2002:str":
                    shown = self._text[key.start_mark.index : key.end_mark.index]
                    self._problems.append((line, f"{_at(where)}the key {shown} must be text: put it in quotes"))
                    continue
                path = (*where, key.value)
                if path in self._lines:
                    self._problems.append(
                        (line, f"{_at(where)}the key {key.value!r} was given before, on line {self._lines[path]}")
                    )
                self._lines[path] = line
                self._note(value, path, (*within, node))

    def _not_yaml(self, error: yaml.YAMLError) -> BadInput:
        if isinstance(error, ReaderError):
            line, what = self._text.count("\n", 0, error.position) + 1, f"{error.reason} ({error.character:#04x})"
        elif isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
            line, what = error.problem_mark.line + 1, str(error.problem)
        else:
            line, what = 1, str(error)
        # The error may stand behind the last line.
        lines = [*self._text.split("\n"), ""]
        self._problems.append((line, f"this is not YAML: {what}{self._hint(lines[min(line, len(lines)) - 1])}"))
        return self._bad_input()

    def _bad_input(self) -> BadInput:
        lines = dict.fromkeys(f"{self.path}, line {line}: {problem}" for line, problem in sorted(self._problems))
        return BadInput("\n".join(lines), code="bad_config")


def file_text(path: Path) -> str:
    """The file's text. Raises FileNotFoundError, and BadInput for one that cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path} cannot be read: {error}", code="bad_config") from None


def nearest(word: str, known: Iterable[str]) -> str:
    """The question whether the nearest of the known words was meant; empty where none is near."""
    near = difflib.get_close_matches(word.casefold(), list(known), n=1)
    return f" Did you mean {near[0]}?" if near else ""


def listed(names: Iterable[str]) -> str:
    return ", ".join(names)


def _in_words(problem: ErrorDetails, section_at: Callable[[Where], type[ConfigSection]]) -> str:
    kind, where, value = problem["type"], problem["loc"], problem["input"]
    if kind == "extra_forbidden":
        known = section_at(where).model_fields
        return f"is not a known key.{nearest(str(where[-1]), known)} Known keys: {listed(known)}."
    if kind == "literal_error":
        expected = problem["ctx"]["expected"]
        near = nearest(str(value), re.findall(r"'([^']*)'", expected))
        return f"{value!r} is not one of {expected}.{near}"
    shown = value if isinstance(value, str | int | float) else "what stands there"
    return {
        "missing": "is missing",
        "string_type": f"must be text, not {shown!r}: put it in quotes" if value is not None else "must be text",
        "string_too_short": "is empty",
        "int_type": f"must be a whole number, not {shown!r}",
        "greater_than_equal": f"must be a whole number from 1 on, not {shown!r}",
        "bool_type": f"must be true or false, not {shown!r}",
        "float_type": f"must be a number, not {shown!r}",
        "greater_than": f"must be more than 0, not {shown!r}",
        "tuple_type": f"must be a list, not {shown!r}",
        "dict_type": "must hold keys",
        "model_type": "must hold keys",
    }.get(kind, problem["msg"])


def _at(where: Where) -> str:
    return " > ".join(f"item {step + 1}" if isinstance(step, int) else step for step in where) + ": " if where else ""
