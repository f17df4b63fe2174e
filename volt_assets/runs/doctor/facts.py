"""What the services' answers look like, for whoever develops Volt: paths, statuses, names of headers, keys and types.

No values: an answer holds people's names, addresses and words. A key that could be a value is not written either.
"""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from volt_assets import __version__
from volt_assets.errors import BadInput
from volt_assets.http import Response

# The services' own keys. Others (amounts, what a configuration calls a field) are counted, not shown.
_KEY = re.compile(r"[a-z][a-zA-Z_]{0,40}|[a-z]+[/~-][a-zA-Z~ -]{1,40}\??|[A-Z][a-z]+[A-Za-z~]*/[A-Za-z?-]{1,40}")
_NUMBER = re.compile(r"\d+")


class Facts:
    """What was seen so far. `saw` gets every response; `clock_ahead` is by how many seconds this machine's clock is
    ahead of the services', None before any answer has said."""

    def __init__(self) -> None:
        self.answers: list[dict[str, Any]] = []
        self.clock_ahead: float | None = None
        self.last_headers: Mapping[str, str] = {}

    def saw(self, response: Response) -> None:
        self.last_headers = response.headers
        date = response.headers.get("Date")
        if date is not None:
            try:
                self.clock_ahead = (datetime.now(UTC) - parsedate_to_datetime(date)).total_seconds()
            except (ValueError, TypeError):
                self.clock_ahead = self.clock_ahead
        try:
            body = shape(response.json())
        except (ValueError, RecursionError):
            body = "no JSON" if response.content else "nothing"
        self.answers.append(
            {
                "method": response.request.method,
                "path": _NUMBER.sub("{n}", response.request.url.path),
                "status": response.status_code,
                "headers": sorted({name.lower() for name in response.headers}),
                "body": body,
            }
        )

    def write(self, file: Path, checks: Mapping[str, str]) -> None:
        """Write what was seen, and the status of each check. Raises BadInput."""
        content = {"volt": __version__, "checks": checks, "answers": self.answers}
        try:
            file.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        except OSError as error:
            raise BadInput(f"{file} cannot be written: {error.strerror}. Choose another for --facts.") from None


def shape(value: Any, depth: int = 12) -> Any:
    """The keys and types of a JSON value: of a list, those of its items, merged."""
    if depth == 0:
        return "…"
    if isinstance(value, dict):
        known = {key: shape(item, depth - 1) for key, item in value.items() if _KEY.fullmatch(key)}
        others = [shape(item, depth - 1) for key, item in value.items() if not _KEY.fullmatch(key)]
        return known | ({"(other keys)": _merged(others)} if others else {})
    if isinstance(value, list):
        return [_merged([shape(item, depth - 1) for item in value])] if value else []
    if isinstance(value, bool):
        return "bool"
    return {type(None): "null", str: "text", int: "integer", float: "number"}.get(type(value), "other")


def _merged(shapes: list[Any]) -> Any:
    """One shape for several: a key of some is a key of it, and types that differ are listed."""
    if all(isinstance(each, dict) for each in shapes):
        keys = sorted({key for each in shapes for key in each})
        return {key: _merged([each[key] for each in shapes if key in each]) for key in keys}
    distinct: list[Any] = []
    for each in shapes:
        if each not in distinct:
            distinct.append(each)
    return distinct[0] if len(distinct) == 1 else {"(one of)": distinct}
