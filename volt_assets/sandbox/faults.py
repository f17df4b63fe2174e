"""Failures that a test orders: the next requests to a path get them instead of an answer.

Each is built like what the real services send: nginx's page for Toggl's 429, plain text for Fibery's, Toggl's two
kinds of 402, a timeout that Fibery reports inside a 200.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field

from volt_assets.sandbox.toggl.api import FEATURE_TEXT, NGINX_429, quota_text

DROPPED = 0


@dataclass(frozen=True)
class Fault:
    """An answer made of the request's body. Status `DROPPED` (0): the connection closes in the middle of the answer."""

    status: int
    body: str | Callable[[bytes], str] = ""
    headers: dict[str, str] = field(default_factory=dict)

    def content(self, request_body: bytes) -> bytes:
        text = self.body if isinstance(self.body, str) else self.body(request_body)
        return text.encode()


def _timeouts(request_body: bytes) -> str:
    """Every command of the request times out."""
    failure = {
        "success": False,
        "result": {"name": "entity.error/query-timeout", "message": "Query timeout.", "data": {}},
    }
    commands = json.loads(request_body)
    return json.dumps([failure for _ in commands] if isinstance(commands, list) else failure)


_HTML = {"content-type": "text/html"}
_JSON = {"content-type": "application/json"}
_TEXT = {"content-type": "text/plain; charset=utf-8"}


def quota_used_up(seconds: int = 1838) -> Fault:
    """Toggl's 402 for the hourly quota."""
    headers = {"X-Toggl-Quota-Remaining": "0", "X-Toggl-Quota-Resets-In": str(seconds)}
    return Fault(402, quota_text(seconds), _TEXT | headers)


TOGGL_TOO_MANY = Fault(429, NGINX_429, _HTML)
FIBERY_TOO_MANY = Fault(429, "Too Many Requests", _TEXT)
FEATURE_NEEDED = Fault(402, json.dumps(FEATURE_TEXT), _JSON)
BAD_GATEWAY = Fault(502, "<html><head><title>502 Bad Gateway</title></head><body></body></html>", _HTML)
GATEWAY_TIMEOUT = Fault(504, "<html><head><title>504 Gateway Time-out</title></head><body></body></html>", _HTML)
INTERNAL_ERROR = Fault(500, "Internal Server Error", _TEXT)
TOO_LARGE = Fault(413, "Payload Too Large", _TEXT)
INVALID_JSON = Fault(200, '[{"user_id": 60000', _JSON)
NO_ROWS = Fault(200, "[]", _JSON)
COMMANDS_TIME_OUT = Fault(200, _timeouts, _JSON)
CONNECTION_DROPPED = Fault(DROPPED)
