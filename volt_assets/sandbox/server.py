"""Running a sandbox: one process, one port, all services; its latency, its log of requests, and the failures that tests
order.

`start_sandbox` runs it in a thread for tests and the demo; `volt sandbox` runs it in the foreground.
"""

import asyncio
import json
import logging
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from volt_assets.sandbox.company import Company
from volt_assets.sandbox.faults import DROPPED, Fault
from volt_assets.sandbox.fibery.api import FiberyApi
from volt_assets.sandbox.limits import Clock
from volt_assets.sandbox.model import ModelApi
from volt_assets.sandbox.settings import SandboxSettings
from volt_assets.sandbox.toggl.api import TogglApi

HOST = "127.0.0.1"


@dataclass
class _Pending:
    path_part: str
    fault: Fault
    times: int
    after: int
    containing: bytes


class Sandbox:
    """All services over one company. An ASGI application (`app`), and the handle that tests hold.

    `requests` are those received so far: {service, method, path, status}; status 0 is a dropped connection. `settings`
    and `company` may be changed while it runs. Toggl's hour passes by `clock` (seconds).
    """

    def __init__(
        self,
        company: Company,
        settings: SandboxSettings | None = None,
        *,
        requests_log: Path | None = None,
        clock: Clock = time.monotonic,
    ):
        self.company = company
        self.settings = settings or SandboxSettings()
        self.requests: list[dict[str, Any]] = []
        self.port = 0
        self._pending: list[_Pending] = []
        self._log: TextIO | None = requests_log.open("a", encoding="utf-8") if requests_log else None
        self.model = ModelApi(self.settings)
        routes = [
            *TogglApi(company, self.settings, clock).routes,
            *FiberyApi(company, self.settings).routes,
            *self.model.routes,
        ]
        self.app: ASGIApp = self._observed(Starlette(routes=routes))

    @property
    def ready(self) -> dict[str, Any]:
        """What a client must know: both origins, tokens and workspaces."""
        origin = f"http://{HOST}:{self.port}"
        return {
            "toggl_url": origin,
            "fibery_url": origin,
            "toggl_token": self.settings.toggl_token,
            "workspace_id": self.company.toggl.id,
            "fibery_token": self.settings.fibery_token,
            "fibery_workspace": self.company.fibery.name,
            "openai_url": f"{origin}/v1",
        }

    @property
    def environment(self) -> dict[str, str]:
        """The same, as the environment variables that Volt reads."""
        return environment_of(self.ready)

    @property
    def model_environment(self) -> dict[str, str]:
        """What has Volt use the model, too."""
        key = self.settings.model_key or "any-key"
        return {"OPENAI_BASE_URL": self.ready["openai_url"], "OPENAI_API_KEY": key, "VOLT_PROSE": "checked"}

    def fail_next(self, path_part: str, fault: Fault, *, times: int = 1, after: int = 0, containing: str = "") -> None:
        """Let the next `times` requests fail whose path contains `path_part` and whose body `containing`, once `after`
        of them have passed.
        """
        self._pending.append(_Pending(path_part, fault, times, after, containing.encode()))

    def forget(self) -> None:
        """Empty the list of requests and drop the failures still pending."""
        self.requests.clear()
        self._pending.clear()

    def close(self) -> None:
        if self._log:
            self._log.close()

    def _observed(self, app: ASGIApp) -> ASGIApp:
        async def observed(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                return
            if self.settings.latency_ms:
                await asyncio.sleep(self.settings.latency_ms / 1000)

            async def recording_send(message: Message) -> None:
                if message["type"] == "http.response.start":
                    self._record(scope, message["status"])
                await send(message)

            # What was sent must have been read: closing over unread bytes resets the connection, which clients see as
            # another error.
            body = await _whole_body(receive)
            fault = self._fault_for(scope["path"], body)
            if fault is None:
                await app(scope, _replayed(body, receive), recording_send)
            elif fault.status == DROPPED:
                self._record(scope, DROPPED)
                await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1000")]})
                await send({"type": "http.response.body", "body": b"[", "more_body": True})
            else:
                headers = [(name.encode(), value.encode()) for name, value in fault.headers.items()]
                await recording_send({"type": "http.response.start", "status": fault.status, "headers": headers})
                await recording_send({"type": "http.response.body", "body": fault.content(body)})

        return observed

    def _fault_for(self, path: str, body: bytes) -> Fault | None:
        for pending in self._pending:
            if pending.path_part not in path or pending.containing not in body:
                continue
            if pending.after:
                pending.after -= 1
                continue
            pending.times -= 1
            if pending.times <= 0:
                self._pending.remove(pending)
            return pending.fault
        return None

    def _record(self, scope: Scope, status: int) -> None:
        path = scope["path"]
        line = {"service": _service(path), "method": scope["method"], "path": path, "status": status}
        self.requests.append(line)
        if self._log:
            self._log.write(json.dumps(line) + "\n")
            self._log.flush()


def environment_of(ready: Mapping[str, Any]) -> dict[str, str]:
    """What a sandbox prints when it is ready, as the environment variables that Volt reads."""
    return {
        "TOGGL_API_URL": ready["toggl_url"],
        "TOGGL_API_TOKEN": ready["toggl_token"],
        "TOGGL_WORKSPACE_ID": str(ready["workspace_id"]),
        "FIBERY_API_URL": ready["fibery_url"],
        "FIBERY_API_TOKEN": ready["fibery_token"],
        "FIBERY_WORKSPACE_NAME": ready["fibery_workspace"],
    }


@contextmanager
def start_sandbox(
    company: Company,
    settings: SandboxSettings | None = None,
    *,
    requests_log: Path | None = None,
    clock: Clock = time.monotonic,
) -> Iterator[Sandbox]:
    """Serve `company` on a free loopback port from a daemon thread, until the block ends."""
    sandbox = Sandbox(company, settings, requests_log=requests_log, clock=clock)
    with listening(0) as listener:
        sandbox.port = listener.getsockname()[1]
        server = make_server(sandbox)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True, name="sandbox")
        thread.start()
        try:
            yield sandbox
        finally:
            server.should_exit = True
            thread.join(timeout=10)
            sandbox.close()


def listening(port: int) -> socket.socket:
    """A listening loopback socket (0: any port). OSError if the port is taken. What connects early waits in its
    queue.
    """
    return socket.create_server((HOST, port), backlog=256)


def make_server(sandbox: Sandbox) -> uvicorn.Server:
    # Connections are dropped on purpose, so uvicorn's complaint about the unfinished answer is expected.
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
    config = uvicorn.Config(
        sandbox.app, lifespan="off", ws="none", log_config=None, access_log=False, timeout_graceful_shutdown=1
    )
    return uvicorn.Server(config)


def _replayed(body: bytes, receive: Receive) -> Receive:
    """A body that was read, for an application to read."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Message:
        return messages.pop() if messages else await receive()

    return receive_again


async def _whole_body(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return body


def _service(path: str) -> str:
    if path.startswith(("/api/v9/", "/reports/api/")):
        return "toggl"
    return "openai" if path.startswith("/v1/") else "fibery"
