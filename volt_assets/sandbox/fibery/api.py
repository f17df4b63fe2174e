"""Fibery's HTTP API over a company: commands, schema, documents, history; its tokens, limits and errors.

Sources: Fibery's API documentation (authentication, response envelope, query entities, schema, rich text and
comments). What a query means is in `query.py`. Only reading is served: any other command is unknown here.
"""

import hashlib
import json
import random
from collections import defaultdict
from datetime import UTC, datetime
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from volt_assets.sandbox.company import Company, EntityType, Event
from volt_assets.sandbox.fibery.query import QueryError, run_query
from volt_assets.sandbox.fibery.schema import schema_json
from volt_assets.sandbox.limits import SlidingWindow
from volt_assets.sandbox.settings import SandboxSettings


class _ServerError(Exception):
    """HTTP 500 with {name, message, data} and no envelope: an unknown command, a body that is not JSON."""

    def __init__(self, name: str, message: str, **data: Any):
        super().__init__(message)
        self.body = {"name": name, "message": message, "data": data}


class FiberyApi:
    """`routes` to mount; state is kept per sandbox."""

    def __init__(self, company: Company, settings: SandboxSettings):
        self.workspace = company.fibery
        self.settings = settings
        self._token_windows: dict[str, SlidingWindow] = defaultdict(SlidingWindow)
        self._workspace_window = SlidingWindow()
        self._shuffle = random.Random(settings.seed)
        self._schemas: dict[tuple[int, bool], tuple[bytes, str]] = {}
        self.routes = [
            Route("/api/commands", self._answer(self.commands), methods=["POST"]),
            Route("/api/schema", self._answer(self.schema), methods=["GET"]),
            Route("/api/documents/commands", self._answer(self.document_commands), methods=["POST"]),
            Route("/api/history/v2/search", self._answer(self.history), methods=["POST"]),
            Route("/api/documents/{secret}", self._answer(self.document), methods=["GET"]),
        ]

    def _answer(self, handle: Any) -> Any:
        async def answer(request: Request) -> Response:
            refusal = self._refusal(request)
            if refusal is not None:
                return refusal
            try:
                return handle(request, await request.body())
            except _ServerError as error:
                return _json(error.body, status_code=500)

        return answer

    def _refusal(self, request: Request) -> Response | None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme not in ("Token", "Bearer") or token not in (
            self.settings.fibery_token,
            *self.settings.other_fibery_tokens,
        ):
            return PlainTextResponse("Unauthorized", status_code=401)
        if not self.settings.fibery_limits:
            return None
        window = self._token_windows[token]
        if window.room(self.settings.requests_per_second_per_token) and self._workspace_window.room(
            self.settings.requests_per_second_per_workspace
        ):
            window.take()
            self._workspace_window.take()
            return None
        headers = {"Retry-After": "1"} if self.settings.retry_after else None
        return PlainTextResponse("Too Many Requests", status_code=429, headers=headers)

    # Commands

    def commands(self, _request: Request, body: bytes) -> Response:
        """An array is answered by an array, in order; one command by one envelope."""
        posted = _parsed(body)
        if isinstance(posted, dict):
            return _json(self._envelope(posted))
        if not isinstance(posted, list):
            raise _ServerError("sandbox/body-invalid", "The body must be a command or an array of commands.")
        if self.settings.max_commands is not None and len(posted) > self.settings.max_commands:
            return PlainTextResponse("Payload Too Large", status_code=413)
        return _json([self._envelope(command) for command in posted])

    def _envelope(self, command: Any) -> dict[str, Any]:
        name = command.get("command") if isinstance(command, dict) else None
        if unknown := (command.keys() if isinstance(command, dict) else set()) - {"command", "args"}:
            raise _ServerError(
                "sandbox/command-invalid", f"A command has no {sorted(unknown)}: params belong into args."
            )
        match name:
            case "fibery.entity/query":
                try:
                    return {"success": True, "result": run_query(self.workspace, self.settings, command.get("args"))}
                except QueryError as error:
                    return self._failure(error)
            case "fibery.schema/query":
                return {"success": True, "result": schema_json(self.workspace)}
            case "fibery.command/batch":
                commands = (command.get("args") or {}).get("commands")
                if not isinstance(commands, list):
                    raise _ServerError("sandbox/command-invalid", '"args" of a batch must hold "commands".')
                return {"success": True, "result": [self._envelope(item) for item in commands]}
        raise _ServerError("fibery.command/unknown", f'Command "{name}" is unknown.', command=name)

    def _failure(self, error: QueryError) -> dict[str, Any]:
        match self.settings.error_form:
            case "message only":
                return {"success": False, "result": {"message": error.message}}
            case "error key":
                return {"success": False, "error": {"name": error.name, "message": error.message}}
            case "text":
                return {"success": False, "result": error.message}
        return {"success": False, "result": {"name": error.name, "message": error.message, "data": error.data}}

    # Schema

    def schema(self, request: Request, _body: bytes) -> Response:
        """The bare schema with an ETag; 304 for the one the client has."""
        with_deleted = request.query_params.get("with-soft-deleted", "true") != "false"
        key = (self.workspace.version, with_deleted)
        if key not in self._schemas:
            content = _dumps(schema_json(self.workspace, with_deleted=with_deleted))
            self._schemas = {key: (content, f'"{hashlib.sha256(content).hexdigest()[:32]}"')}
        content, etag = self._schemas[key]
        if request.headers.get("if-none-match") == etag:
            return Response(status_code=304, headers={"ETag": etag})
        return Response(content, media_type="application/json", headers={"ETag": etag})

    # Documents

    def document_commands(self, request: Request, body: bytes) -> Response:
        """A bare array of {secret, content}, in no order to rely on."""
        posted = _parsed(body)
        if not isinstance(posted, dict) or posted.get("command") != "get-documents":
            command = posted.get("command") if isinstance(posted, dict) else None
            raise _ServerError(
                "sandbox/command-unknown", f'Documents know the command "get-documents", not {command!r}.'
            )
        args = posted.get("args")
        if not isinstance(args, list) or not all(
            isinstance(arg, dict) and isinstance(arg.get("secret"), str) for arg in args
        ):
            raise _ServerError("sandbox/args-invalid", '"args" must be an array of {"secret": …}.')
        if self.settings.max_documents is not None and len(args) > self.settings.max_documents:
            return PlainTextResponse("Payload Too Large", status_code=413)
        _check_format(request)
        documents = self.workspace.documents
        rows = [{"secret": arg["secret"], "content": documents.get(arg["secret"])} for arg in args]
        if self.settings.unknown_secret == "dropped":
            rows = [row for row in rows if row["secret"] in documents]
        if self.settings.documents_order == "shuffled":
            self._shuffle.shuffle(rows)
        return _json(rows)

    def document(self, request: Request, _body: bytes) -> Response:
        _check_format(request)
        secret = request.path_params["secret"]
        content = self.workspace.documents.get(secret)
        if content is None and self.settings.unknown_secret == "dropped":
            return PlainTextResponse("Not Found", status_code=404)
        return _json({"secret": secret, "content": content})

    # History

    def history(self, _request: Request, body: bytes) -> Response:
        """A page of what happened to entities of a type: {items, nextPage: {hasNext}}, oldest first."""
        if self.workspace.history is None:
            return PlainTextResponse("Forbidden", status_code=403)
        search = _HistorySearch.of(_parsed(body))
        of_type = next((each for each in self.workspace.types.values() if each.id == search.type_id), None)
        if of_type is None:
            raise _ServerError("history/type-not-found", f'There is no database "{search.type_id}".')
        found = [
            (_event_id(number), event)
            for number, event in enumerate(self.workspace.history, start=1)
            if event.entity.type == of_type.name
            and search.start <= event.at <= search.end
            and (search.public_ids is None or event.entity.values["fibery/public-id"] in search.public_ids)
            and (search.since is None or _event_id(number) > search.since)
        ]
        page = found[: min(search.limit, self.settings.history_page)]
        items = [self._history_item(event_id, event, of_type) for event_id, event in page]
        return _json({"items": items, "nextPage": {"hasNext": len(page) < len(found)}})

    def _history_item(self, event_id: str, event: Event, of_type: EntityType) -> dict[str, Any]:
        return {
            "id": event_id,
            "date": datetime.fromtimestamp(event.at, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "action": "fibery.entity/update",
            "entityState": "EXIST",
            "author": {"id": self.workspace.uuid("automation"), "name": "Automation"},
            "entity": {
                "id": event.entity.id,
                "name": event.entity.values[of_type.title],
                "publicId": event.entity.values["fibery/public-id"],
            },
            "changedValues": [
                {"field": {"title": event.field}, "previousValue": event.before, "currentValue": event.after}
            ],
        }


class _HistorySearch(NamedTuple):
    """A search of the history; times in Unix seconds."""

    type_id: str
    public_ids: frozenset[str] | None
    start: float
    end: float
    limit: int
    since: str | None

    @classmethod
    def of(cls, body: Any) -> "_HistorySearch":
        def refuse(why: str) -> _ServerError:
            return _ServerError("history/request-invalid", why)

        if not isinstance(body, dict) or (unknown := body.keys() - _HISTORY_KEYS):
            raise refuse(f"A search has no {sorted(unknown)}." if isinstance(body, dict) else "The body is no search.")
        where = {(each["field"], each["operator"]): each["value"] for each in body.get("where") or []}
        if unknown := where.keys() - {("typeId", "="), ("entityPublicId", "in")}:
            raise refuse(f"The sandbox does not filter by {sorted(unknown)}.")
        if ("typeId", "=") not in where:
            raise refuse("entityPublicId needs the typeId.")
        ids = where.get(("entityPublicId", "in"))
        if ids is not None and not (isinstance(ids, list) and all(isinstance(each, str) for each in ids)):
            raise refuse("entityPublicId takes a list of strings.")
        try:
            start, end = (datetime.fromisoformat(body["timeframe"][name]).timestamp() for name in ("start", "end"))
        except (KeyError, TypeError, ValueError):
            raise refuse("timeframe takes a start and an end.") from None
        if not 0 <= end - start <= 366 * 86400:
            raise refuse("timeframe spans a year at most.")
        limit = body.get("limit", 50)
        if not isinstance(limit, int) or not 1 <= limit <= 1000:
            raise refuse("limit is a number from 1 to 1000.")
        return cls(
            where["typeId", "="], None if ids is None else frozenset(ids), start, end, limit, body.get("sinceItem")
        )


def _event_id(number: int) -> str:
    return f"{number:012}"


_HISTORY_KEYS = {"where", "timeframe", "limit", "sinceItem", "excludeAutomaticChanges"}


def _check_format(request: Request) -> None:
    requested = request.query_params.get("format", "md")
    if requested != "md":
        raise _ServerError(
            "sandbox/format-not-served", f'The sandbox has documents as Markdown only, not as "{requested}".'
        )


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        raise _ServerError("sandbox/json-invalid", "The body is not JSON.") from None


def _dumps(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _json(value: Any, status_code: int = 200) -> Response:
    return Response(_dumps(value), status_code=status_code, media_type="application/json")
