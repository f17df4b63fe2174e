"""Commands that Fibery refuses: the forms that its errors come in, and what they are about.

An error is {name, message, data}, of which clients have met each alone, or a plain text. Facts: docs/fibery-api.md,
"Requests".
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from volt_assets.errors import ServiceError

_TYPE_NOT_FOUND = "entity.error/schema-type-not-found"
_QUOTED_FIELD = re.compile(r'"([^"]+)" field')
_QUOTED_TYPE = re.compile(r'"([^"]+)" database')
_QUOTED = re.compile(r'"([^"]+)"')


class CommandRefused(ServiceError):
    """One command of a request failed inside an answer; `failure` is its error, of any form."""

    code = "command_refused"

    def __init__(self, failure: Any):
        super().__init__("Fibery", message_of(failure))
        self.failure = failure

    @property
    def is_timeout(self) -> bool:
        """Whether the command took too long, which less of it may not."""
        text = self.message.casefold()
        return "timeout" in text or "timed out" in text

    def is_about_all_of(self, type_name: str) -> bool:
        """Whether the type itself is refused, so that no smaller command about it can be answered."""
        if isinstance(self.failure, Mapping) and self.failure.get("name") == _TYPE_NOT_FOUND:
            return True
        return f'"{type_name}" database was not found' in self.message

    def fields(self) -> Iterator[tuple[str, str | None]]:
        """The API fields that the error can be about, likeliest first, each with its type where that is named.

        `data.field` names it (older: `data.top.field`; a name or a list), else what the message has in quotes.
        """
        data = self.failure.get("data") if isinstance(self.failure, Mapping) else None
        data = data if isinstance(data, Mapping) else {}
        top = data.get("top")
        name = data.get("field") or (top.get("field") if isinstance(top, Mapping) else None)
        name = name[0] if isinstance(name, list) and name else name
        types = _QUOTED_TYPE.findall(self.message)
        of_type = data.get("type") or (types[0] if types else None)
        of_type = of_type if isinstance(of_type, str) else None
        if isinstance(name, str):
            yield name, of_type
        for quoted in (*_QUOTED_FIELD.findall(self.message), *_QUOTED.findall(self.message)):
            if quoted not in types:
                yield quoted, of_type


def envelope_of(answer: Any) -> dict[str, Any] | None:
    """The answer to a query as {success, result}, whichever form an error has; None where it is no answer to one.

    The result is rows, which some answers wrap into {data}; a text or nothing in their place is an error.
    """
    if not isinstance(answer, Mapping):
        return None
    if answer.get("error"):
        return {"success": False, "result": answer["error"]}
    if "success" not in answer:
        return {"success": False, "result": answer} if answer.get("message") or answer.get("name") else None
    result = answer.get("result")
    if not answer["success"]:
        return {"success": False, "result": answer if result is None else result}
    rows = result.get("data") if isinstance(result, Mapping) else result
    if isinstance(rows, list):
        return {"success": True, "result": rows}
    return {"success": False, "result": result or "it said that it succeeded, and sent no result"}


def message_of(failure: Any) -> str:
    """An error in words."""
    if isinstance(failure, Mapping):
        return str(failure.get("message") or failure.get("name") or "it gave no reason")
    return str(failure)
