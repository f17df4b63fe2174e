"""Toggl's Reports v3 and Track v9 over a company: tokens, quota, errors, people, projects; reports are in
`reports.py`.

Sources: Toggl's Reports v3 and API v9 specifications, its help centre on API limits, and recorded answers. Personal
endpoints (`/me/time_entries` and the like) are not served: a company's report cannot be made of them.
"""

import base64
import json
import time
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from volt_assets.sandbox.company import Company, Person, Project
from volt_assets.sandbox.limits import Clock, HourlyQuota, LeakyBucket
from volt_assets.sandbox.settings import SandboxSettings
from volt_assets.sandbox.toggl.reports import FeatureNeeded, Invalid, Report, Reports

NGINX_429 = (
    "<html>\r\n<head><title>429 Too Many Requests</title></head>\r\n<body>\r\n"
    "<center><h1>429 Too Many Requests</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)
FEATURE_TEXT = "Workspace needs to have this feature enabled"


def quota_text(seconds: int) -> str:
    return f"You have hit your hourly limit for API calls. Your quota will reset in {seconds} seconds."


class _Refused(Exception):
    """An answer other than 200 with a text."""

    def __init__(self, status: int, text: str):
        super().__init__(text)
        self.status = status
        self.text = text


class TogglApi:
    """`routes` to mount; quotas are kept per sandbox, by its `clock`."""

    def __init__(self, company: Company, settings: SandboxSettings, clock: Clock = time.monotonic):
        self.workspace = company.toggl
        self.settings = settings
        self.reports = Reports(company.toggl, settings)
        self._workspace_quota = HourlyQuota(clock)
        self._user_quota = HourlyQuota(clock)
        self._bucket = LeakyBucket(clock)
        reports, v9 = "/reports/api/v3/workspace/{wid}", "/api/v9/workspaces/{wid}"
        self.routes = [
            self._report(f"{reports}/search/time_entries", self.reports.detailed),
            self._report(f"{reports}/search/time_entries/totals", self.reports.totals),
            self._report(f"{reports}/summary/time_entries", self.reports.summary),
            self._get("/api/v9/workspaces", self.workspaces),
            self._get(v9, self.workspace_json),
            self._get(f"{v9}/users", self.users),
            self._get(f"{v9}/workspace_users", self.workspace_users),
            self._get(f"{v9}/projects", self.projects),
            self._get(f"{v9}/clients", self.clients),
            self._get(f"{v9}/tags", self.tags),
            self._get("/api/v9/me", self.me),
            self._get("/api/v9/me/workspaces", self.workspaces),
            self._get("/api/v9/me/quota", self.me_quota),
        ]

    # Answering

    def _report(self, path: str, make: Any) -> Route:
        async def answer(request: Request) -> Response:
            return self._checked(request, lambda body: self._report_answer(make, request, body), await request.body())

        return Route(path, answer, methods=["POST"])

    def _get(self, path: str, make: Any) -> Route:
        async def answer(request: Request) -> Response:
            return self._checked(request, lambda _body: _json(make(request)), b"")

        return Route(path, answer, methods=["GET"])

    def _checked(self, request: Request, make: Any, body: bytes) -> Response:
        if self.settings.toggl_burst is not None and not self._bucket.take(self.settings.toggl_burst):
            return Response(NGINX_429, status_code=429, media_type="text/html")
        if "authorization" not in request.headers:
            return Response(status_code=401)
        if not self._knows(request.headers["authorization"]):
            text = "User does not have access to this resource."
            if self.settings.bad_token_status == 401:
                text = "Incorrect username and/or password"
            return self._error(self.settings.bad_token_status, text)
        personal = request.url.path.startswith("/api/v9/me")
        quota, limit = (
            (self._user_quota, self.settings.user_quota)
            if personal
            else (self._workspace_quota, self.settings.workspace_quota)
        )
        if quota.take(limit):
            response = self._made(request, make, body)
        else:
            response = PlainTextResponse(quota_text(quota.resets_in()), status_code=402)
        response.headers["X-Toggl-Quota-Remaining"] = str(max(0, limit - quota.used))
        response.headers["X-Toggl-Quota-Resets-In"] = str(quota.resets_in())
        return response

    def _made(self, request: Request, make: Any, body: bytes) -> Response:
        try:
            if "wid" in request.path_params:
                self._check_workspace(request.path_params["wid"])
            return make(body)
        except Invalid as error:
            return self._error(400, str(error))
        except FeatureNeeded:
            return self._error(402, FEATURE_TEXT)
        except _Refused as error:
            return self._error(error.status, error.text)

    def _report_answer(self, make: Any, request: Request, body: bytes) -> Response:
        if self.settings.strict and not request.headers.get("content-type", "").startswith("application/json"):
            raise Invalid("Content-Type must be application/json")
        try:
            posted = json.loads(body)
        except ValueError:
            raise Invalid("Invalid JSON") from None
        report: Report = make(posted)
        headers = report.headers | {"X-Service-Level": "GREEN"}
        return Response(report.body, media_type="application/json; charset=utf-8", headers=headers)

    def _knows(self, authorization: str) -> bool:
        scheme, _, credentials = authorization.partition(" ")
        wanted = base64.b64encode(f"{self.settings.toggl_token}:api_token".encode()).decode()
        return scheme == "Basic" and credentials == wanted

    def _check_workspace(self, wid: str) -> None:
        if not wid.isdigit():
            raise Invalid("Invalid workspace id")
        if int(wid) != self.workspace.id:
            raise _Refused(403, "Workspace not found/accessible")

    def _error(self, status: int, text: str) -> Response:
        if self.settings.errors == "json":
            return _json(text, status)
        return PlainTextResponse(text, status_code=status)

    # Track v9

    def _listed(self) -> list[Person]:
        people = self.workspace.people.values()
        return [person for person in people if person.active or self.settings.deactivated == "listed"]

    def users(self, _request: Request) -> list[dict[str, Any]]:
        return [
            {
                "id": person.id,
                "email": person.email,
                "fullname": person.name,
                "inactive": not person.active,
                "is_active": True,
                "is_admin": person.admin,
                "role": "admin" if person.admin else "user",
            }
            for person in self._listed()
        ]

    def workspace_users(self, request: Request) -> list[dict[str, Any]] | None:
        """`id` is the membership's; the person's is `user_id`, or `uid` alone (a switch). `inactive`: deactivated by
        an admin. Its `includeIndirect` is required by the specification.
        """
        if self.settings.strict and request.query_params.get("includeIndirect") not in ("true", "false"):
            raise Invalid("Invalid 'includeIndirect' value, allowed values are: 'true, false'")
        if self.settings.people == "null":
            return None
        if self.settings.people != "listed":
            text = "User not found" if self.settings.people == 400 else "User does not have access to this resource."
            raise _Refused(self.settings.people, text)
        rows = []
        for person in self._listed():
            row = {
                "id": person.workspace_user_id,
                "user_id": person.id,
                "uid": person.id,
                "wid": self.workspace.id,
                "workspace_id": self.workspace.id,
                "organization_id": self.workspace.organization_id,
                "name": person.name,
                "email": person.email,
                "admin": person.admin,
                "active": True,
                "inactive": not person.active,
                "timezone": person.timezone,
                "group_ids": None,
                "role": "admin" if person.admin else "user",
                "role_id": None,
                "rate": None,
                "labor_cost": None,
                "working_hours_in_minutes": None,
                "at": _instant(self.workspace.clock),
            }
            if self.settings.workspace_user_ids == "uid":
                row["user_id"] = None
            if self.settings.workspace_user_ids == "user_id":
                del row["uid"]
            rows.append(row)
        return rows

    def projects(self, request: Request) -> list[dict[str, Any]]:
        """Active ones unless `active` is given; in pages even when no page is requested (151 a page, 200 at most)."""
        wanted = request.query_params.get("active", "true")
        if wanted not in ("true", "false", "both"):
            raise Invalid("Invalid 'active' value, allowed values are: 'true, false, both'")
        per_page, page = _number(request, "per_page", 151), _number(request, "page", 1)
        if not 1 <= per_page <= 200:
            raise Invalid("Invalid 'per_page' value, allowed values are: '1-200'")
        rows = [p for p in self.workspace.projects.values() if wanted == "both" or p.active == (wanted == "true")]
        return [self._project(project) for project in rows[(page - 1) * per_page : page * per_page]]

    def _project(self, project: Project) -> dict[str, Any]:
        return {
            "id": project.id,
            "workspace_id": self.workspace.id,
            "client_id": project.client_id,
            "name": project.name,
            "is_private": False,
            "active": project.active,
            "at": _instant(self.workspace.clock),
            "created_at": "2021-03-01T08:00:00+00:00",
            "server_deleted_at": None,
            "color": project.color,
            "billable": None,
            "currency": None,
            "wid": self.workspace.id,
            "cid": project.client_id,
        }

    def clients(self, _request: Request) -> list[dict[str, Any]] | None:
        clients = self.workspace.clients.values()
        rows = [{"id": c.id, "wid": self.workspace.id, "name": c.name, "archived": False} for c in clients]
        return rows or None

    def tags(self, _request: Request) -> list[dict[str, Any]]:
        at = _instant(self.workspace.clock)
        return [
            {"id": id_, "workspace_id": self.workspace.id, "name": name, "at": at, "deleted_at": None}
            for id_, name in self.workspace.tags.items()
        ]

    def workspaces(self, request: Request) -> list[dict[str, Any]]:
        """Those of the token's owner: this one."""
        return [self.workspace_json(request)]

    def workspace_json(self, _request: Request) -> dict[str, Any]:
        mode, minutes = self.settings.rounding or (1, 0)
        return {
            "id": self.workspace.id,
            "organization_id": self.workspace.organization_id,
            "name": self.workspace.name,
            "premium": self.settings.days_shown is None,
            "max_data_retention_days": self.settings.days_shown,
            "admin": True,
            "role": "admin",
            "default_currency": "USD",
            "rounding": mode,
            "rounding_minutes": minutes,
            "at": _instant(self.workspace.clock),
        }

    def me(self, _request: Request) -> dict[str, Any]:
        owner = self.workspace.owner
        at = _instant(self.workspace.clock)
        return {
            "id": owner.id,
            "api_token": self.settings.toggl_token,
            "email": owner.email,
            "fullname": owner.name,
            "timezone": owner.timezone,
            "toggl_accounts_id": "sandboxaccount00000001",
            "default_workspace_id": self.workspace.id,
            "beginning_of_week": 1,
            "image_url": "https://assets.track.toggl.com/images/profile.png",
            "created_at": "2021-03-01T08:00:00.000000Z",
            "updated_at": at,
            "at": at,
            "authorization_updated_at": at,
            "openid_email": None,
            "openid_enabled": False,
            "country_id": None,
            "has_password": True,
        }

    def me_quota(self, _request: Request) -> list[dict[str, Any]]:
        pools = (
            (None, self._user_quota, self.settings.user_quota),
            (self.workspace.organization_id, self._workspace_quota, self.settings.workspace_quota),
        )
        return [
            {
                "organization_id": id_,
                "remaining": limit - quota.used,
                "total": limit,
                "resets_in_secs": quota.resets_in(),
            }
            for id_, quota, limit in pools
        ]


def _number(request: Request, name: str, default: int) -> int:
    value = request.query_params.get(name)
    if value is None:
        return default
    if not value.isdigit() or int(value) < 1:
        raise Invalid(f"Invalid '{name}' value, allowed values are: positive integers")
    return int(value)


def _instant(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def _json(value: Any, status_code: int = 200) -> Response:
    content = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(content, status_code=status_code, media_type="application/json; charset=utf-8")
