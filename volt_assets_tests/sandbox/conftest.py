"""Sandboxes and clients of them: plain requests, so that the product's clients and the sandbox share no reading."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest

from volt_assets.sandbox.company import Company, TogglWorkspace
from volt_assets.sandbox.company.platform import new_workspace
from volt_assets.sandbox.generated import generated_company
from volt_assets.sandbox.generated.databases import tidewater
from volt_assets.sandbox.server import Sandbox, start_sandbox
from volt_assets.sandbox.settings import SandboxSettings

UNTIL = date(2026, 4, 19)


def instant(text: str) -> int:
    """Unix seconds of a time in UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


class ApiClient:
    """A client of one sandbox's APIs."""

    def __init__(self, sandbox: Sandbox, client: httpx.Client):
        self.sandbox = sandbox
        self.client = client
        ready = sandbox.ready
        self.toggl_auth = (ready["toggl_token"], "api_token")
        self.fibery_headers = {"Authorization": f"Token {ready['fibery_token']}"}
        self.reports = f"/reports/api/v3/workspace/{ready['workspace_id']}"
        self.v9 = f"/api/v9/workspaces/{ready['workspace_id']}"

    def report(self, body: Any, path: str = "search/time_entries") -> httpx.Response:
        return self.client.post(f"{self.reports}/{path}", json=body, auth=self.toggl_auth)

    def rows(self, **body: Any) -> list[dict[str, Any]]:
        answer = self.report({"start_date": "2026-03-02", "end_date": "2026-03-08", "order_dir": "ASC"} | body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def walk(self, **body: Any) -> list[dict[str, Any]]:
        """All rows, with the cursor's three parts."""
        parameters = {"start_date": "2026-03-02", "end_date": "2026-03-08", "order_dir": "ASC"} | body
        rows: list[dict[str, Any]] = []
        while True:
            answer = self.report(parameters)
            assert answer.status_code == 200, answer.text
            rows += answer.json()
            if "X-Next-ID" not in answer.headers:
                return rows
            parameters |= cursor(answer)

    def v9_get(self, path: str, **params: Any) -> Any:
        answer = self.client.get(f"{self.v9}{path}", params=params, auth=self.toggl_auth)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def commands(self, body: Any) -> httpx.Response:
        return self.client.post("/api/commands", json=body, headers=self.fibery_headers)

    def query(self, type_name: str, select: Any, params: dict[str, Any] | None = None, **query: Any) -> dict[str, Any]:
        """The envelope of one query; keys of `query` are given without `q/` and with `_` for `-`."""
        whole = {"q/from": type_name, "q/select": select, "q/limit": 100}
        whole |= {f"q/{key.replace('_', '-')}": value for key, value in query.items()}
        whole = {key: value for key, value in whole.items() if value is not ...}
        args: dict[str, Any] = {"query": whole}
        if params is not None:
            args["params"] = params
        answer = self.commands({"command": "fibery.entity/query", "args": args})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def found(self, *args: Any, **query: Any) -> list[Any]:
        envelope = self.query(*args, **query)
        assert envelope["success"], envelope
        return envelope["result"]

    def failure(self, *args: Any, **query: Any) -> dict[str, Any]:
        envelope = self.query(*args, **query)
        assert not envelope["success"], envelope
        return envelope["result"]


def cursor(answer: httpx.Response) -> dict[str, int]:
    return {
        "first_id": int(answer.headers["X-Next-ID"]),
        "first_row_number": int(answer.headers["X-Next-Row-Number"]),
        "first_timestamp": int(answer.headers["X-Next-Timestamp"]),
    }


@contextmanager
def served(company: Company, settings: SandboxSettings | None = None) -> Iterator[ApiClient]:
    with (
        start_sandbox(company, settings) as sandbox,
        httpx.Client(base_url=sandbox.ready["toggl_url"], timeout=120) as client,
    ):
        yield ApiClient(sandbox, client)


@pytest.fixture(scope="package")
def tidewater_api() -> Iterator[ApiClient]:
    """The generated company, without Fibery's limit of three requests a second."""
    with served(generated_company(until=UNTIL), SandboxSettings(fibery_limits=False)) as api:
        yield api


@pytest.fixture
def tide(tidewater_api: ApiClient) -> Iterator[ApiClient]:
    """The same, with nothing recorded yet."""
    tidewater_api.sandbox.forget()
    yield tidewater_api
    tidewater_api.sandbox.forget()


def small_toggl() -> TogglWorkspace:
    """Three people in three zones, a project with a client, an archived one, and no entries."""
    workspace = TogglWorkspace(name="Small", clock=instant("2026-03-09T12:00"))
    workspace.add_person("Ada Berg", "ada@small.example", "Europe/Berlin")
    workspace.add_person("Kim Ito", "kim@small.example", "Asia/Tokyo")
    workspace.add_person("Lee Park", "lee@small.example", "America/Los_Angeles")
    workspace.add_project("Website", client=workspace.add_client("Acme"), color="#c56bff")
    workspace.add_project("Old", active=False)
    workspace.add_tag("deep work")
    return workspace


def small_company(toggl: TogglWorkspace | None = None) -> Company:
    return Company(toggl or small_toggl(), new_workspace("small"))


def empty_tidewater() -> tuple[Company, dict[str, Any]]:
    """The generated company's databases without its rows."""
    fibery, databases = tidewater()
    return Company(small_toggl(), fibery), databases
