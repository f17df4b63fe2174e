"""Access control of `volt ui`: hosts, origins, content types, the password.

Any page that somebody opens can have their browser send requests to this machine, and here are people's reports and
every command of Dagster's. So this stands before the whole application: GraphQL, websockets, downloads and the reports.
"""

import base64
import binascii
import ipaddress
import secrets
import socket
from urllib.parse import urlsplit

from starlette.authentication import AuthCredentials, AuthenticationBackend, AuthenticationError, SimpleUser
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from volt_assets.errors import BadInput
from volt_assets.settings import Settings

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
GRAPHQL = "/graphql"
_DEFAULT_PORTS = {"http": 80, "https": 443}
# A page of another site may neither frame what is here nor take it for its own script or picture.
_HEADERS = {
    "X-Frame-Options": "SAMEORIGIN",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def require_protection(host: str, settings: Settings) -> None:
    """Raises BadInput where others than this machine's users could reach `host` without authentication."""
    if not (is_loopback(host) or settings.volt_ui_password or settings.trusted_proxies):
        raise BadInput(
            f"On {host}, others than the users of this machine could read people's reports and start runs. Set "
            "VOLT_UI_PASSWORD, or VOLT_UI_TRUSTED_PROXY to the address of a proxy that authenticates people.",
            code="bad_setting",
        )


def is_loopback(host: str) -> bool:
    """Whether a name or address that is listened on can be reached from this machine alone. Raises BadInput."""
    return all(ipaddress.ip_address(address).is_loopback for address in _addresses_of(host))


def _addresses_of(host: str) -> set[str]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise BadInput(f"{host} is no address or name of this machine.", code="usage") from None
    return {str(address[0]) for *_, address in found}


def url_of(host: str, port: int) -> str:
    """The address under which this machine opens what listens on `host`."""
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}
    return f"http://{_bracketed(everywhere.get(host, host))}:{port}"


def middleware(host: str, settings: Settings) -> list[Middleware]:
    """What stands before an application that listens on `host`, outermost first."""
    guards = [
        Middleware(TrustedHostMiddleware, allowed_hosts=allowed_hosts(host, settings), www_redirect=False),
        Middleware(OwnPagesOnly, ui_url=settings.volt_ui_url),
    ]
    if settings.volt_ui_password or settings.trusted_proxies:
        guards.append(Middleware(AuthenticationMiddleware, backend=PasswordOrProxy(settings), on_error=_unauthorized))
    return guards


def allowed_hosts(host: str, settings: Settings) -> list[str]:
    """The names that requests may be addressed to, as in their header `Host` without the port.

    A page whose own name is made to resolve to this machine (DNS rebinding) shows by it.
    """
    names = [*LOOPBACK, _bracketed(host)]
    if all(ipaddress.ip_address(address).is_unspecified for address in _addresses_of(host)):
        names = [*LOOPBACK, socket.gethostname(), *_own_addresses()]
    if settings.volt_ui_url:
        names.append(_bracketed(urlsplit(settings.volt_ui_url).hostname or ""))
    return names


def _own_addresses() -> list[str]:
    import psutil

    kinds = (socket.AF_INET, socket.AF_INET6)
    own = (each for of_interface in psutil.net_if_addrs().values() for each in of_interface if each.family in kinds)
    return [_bracketed(each.address.partition("%")[0]) for each in own]


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


class OwnPagesOnly:
    """An ASGI middleware: what changes anything comes from a page of this very application, or from no page at all.

    A browser names the page's origin with every request that can change something, and on opening a websocket. Other
    clients name none. Besides, no request that a browser sends across origins without a preflight (a GET, a form,
    plain text) is taken for a command.
    """

    def __init__(self, app: ASGIApp, ui_url: str | None = None):
        self._app = app
        self._ui_url = _origin(ui_url) if ui_url else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        answer = self._refusal(HTTPConnection(scope)) or self._app
        await answer(scope, receive, send_with_headers)

    def _refusal(self, request: HTTPConnection) -> Response | None:
        for origin in request.headers.getlist("origin"):
            if _origin(origin) not in self._own_origins(request):
                return _refused(403, f"Pages of {origin} may not send requests here.")
        if request.scope["type"] == "websocket":
            return None
        method = request.scope["method"]
        if method not in ("GET", "HEAD", "OPTIONS"):
            types = [value.partition(";")[0].strip().lower() for value in request.headers.getlist("content-type")]
            if types != ["application/json"]:
                return _refused(415, "Only JSON is taken: Content-Type: application/json.")
        elif request.scope["path"].rstrip("/") == GRAPHQL and "query" in request.query_params:
            return _refused(405, "GraphQL is taken by POST alone.", Allow="POST")
        return None

    def _own_origins(self, request: HTTPConnection) -> set[str]:
        own = {self._ui_url} if self._ui_url else set()
        host = request.headers.get("host", "")
        # Under the name that has TLS, a page without it is somebody else's.
        if not any(origin.endswith(f"://{host.lower()}") for origin in own):
            own.add(_origin(f"http://{host}"))
        return own


def _origin(url: str) -> str:
    """An origin as browsers write it: in lower case, without the scheme's own port."""
    try:
        parts = urlsplit(url.lower())
        port = "" if parts.port in (None, _DEFAULT_PORTS.get(parts.scheme)) else f":{parts.port}"
    except ValueError:
        return ""
    return f"{parts.scheme}://{_bracketed(parts.hostname or '')}{port}"


class PasswordOrProxy(AuthenticationBackend):
    """Lets in who knows VOLT_UI_PASSWORD (HTTP Basic, any user name), and what a trusted proxy sends.

    A proxy is known by the address that its connection comes from; headers prove nothing.
    """

    def __init__(self, settings: Settings):
        password = settings.volt_ui_password
        self._password = None if password is None else password.get_secret_value().encode()
        self._proxies = settings.trusted_proxies

    async def authenticate(self, conn: HTTPConnection) -> tuple[AuthCredentials, SimpleUser]:
        if conn.client and self._is_proxy(conn.client.host):
            return AuthCredentials(), SimpleUser("proxy")
        user, password = _credentials(conn.headers.get("authorization", ""))
        if self._password is None or not secrets.compare_digest(password, self._password):
            raise AuthenticationError("The password of VOLT_UI_PASSWORD is needed, with any user name.")
        return AuthCredentials(), SimpleUser(user)

    def _is_proxy(self, address: str) -> bool:
        peer = ipaddress.ip_address(address)
        peer = getattr(peer, "ipv4_mapped", None) or peer
        return any(peer in network for network in self._proxies)


def _credentials(header: str) -> tuple[str, bytes]:
    """User name and password of a header `Authorization` (RFC 7617); both empty where it holds none."""
    scheme, _, encoded = header.partition(" ")
    try:
        user, _, password = base64.b64decode(encoded, validate=True).partition(b":")
    except (binascii.Error, ValueError):
        return "", b""
    return (user.decode(errors="replace"), password) if scheme.lower() == "basic" else ("", b"")


def authorization(settings: Settings) -> dict[str, str]:
    """The headers of Volt's requests to its own UI."""
    if settings.volt_ui_password is None:
        return {}
    credentials = base64.b64encode(b"volt:" + settings.volt_ui_password.get_secret_value().encode())
    return {"Authorization": f"Basic {credentials.decode()}"}


def _unauthorized(_: HTTPConnection, error: AuthenticationError) -> Response:
    return _refused(401, str(error), **{"WWW-Authenticate": 'Basic realm="Volt", charset="UTF-8"'})


def _refused(status: int, why: str, **headers: str) -> Response:
    return PlainTextResponse(f"{why}\n", status_code=status, headers=headers)
