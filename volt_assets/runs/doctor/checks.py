"""One check: what was looked at, what was found, what to do."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

# Advice where something is otherwise than documented.
SEND_FACTS = "Send the file of --facts to Volt's developers."

Status = Literal["ok", "warning", "failed"]


@dataclass(frozen=True)
class Check:
    """`found` is a sentence; `advice` what to do, None where nothing has to be done."""

    name: str
    status: Status
    found: str
    advice: str | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def ok(name: str, found: str) -> Check:
    return Check(name, "ok", found)


def warning(name: str, found: str, advice: str) -> Check:
    return Check(name, "warning", found, advice)


def failed(name: str, found: str, advice: str) -> Check:
    return Check(name, "failed", found, advice)
