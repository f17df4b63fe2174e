"""Who may ask `volt ui`, and how: the real webserver, asked by a client that is no browser and from a foreign page."""

import asyncio
import http.server
import json
import os
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import httpx
import pytest
from markdown_it import MarkdownIt
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from volt_assets.cli.ui import access
from volt_assets.cli.ui.client import reload_definitions
from volt_assets.errors import BadInput
from volt_assets.fibery import assets as fibery
from volt_assets.orchestration.instance import UI_RECORD
from volt_assets.sandbox.generated import generated_company
from volt_assets.sandbox.server import start_sandbox
from volt_assets.settings import Settings
from volt_assets.toggl import assets as toggl
from volt_assets.warehouse import insert_rows, migrate
from volt_assets_tests.acceptance.home import Home
from volt_assets_tests.cli.test_ui import PATIENCE, a_closed_week, ask, started, wait_until
from volt_assets_tests.toggl.recorded import record_run

MONDAY = date(2025, 10, 6)
FOREIGN = "http://attacker.example"
PASSWORD = "correct: horse ✓"
DELETE = 'mutation {{ deletePipelineRun(runId: "{}") {{ __typename }} }}'


# The middleware alone


def app(host: str = "127.0.0.1", **values: Any) -> Starlette:
    async def endpoint(request: Request) -> PlainTextResponse:
        return PlainTextResponse("let in")

    settings = Settings(project=Path.cwd(), _env_file=None, **values)
    methods = ["GET", "POST", "PUT", "DELETE"]
    return Starlette(
        routes=[Route("/{path:path}", endpoint, methods=methods)], middleware=access.middleware(host, settings)
    )


def answer_of(
    application: Starlette, method: str = "GET", path: str = "/", peer: str = "127.0.0.1", **request: Any
) -> httpx.Response:
    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(application, client=(peer, 1234))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:3000") as client:
            return await client.request(method, path, **request)

    return asyncio.run(send())


def status_of(application: Starlette, *arguments: str, **request: Any) -> int:
    return answer_of(application, *arguments, **request).status_code


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:3000", 200),
        ("localhost", 200),
        ("LOCALHOST:80", 200),
        ("[::1]:3000", 200),
        ("attacker.example:3000", 400),
        ("127.0.0.1.attacker.example", 400),
        ("127.0.0.1@attacker.example", 400),
        ("10.1.2.3:3000", 400),
        ("", 400),
    ],
)
def test_on_loopback_only_loopbacks_names_are_answered_to(host, status):
    assert status_of(app(), headers={"host": host}) == status


def test_the_host_of_volt_ui_url_and_the_one_listened_on_are_answered_to_as_well():
    listening = app("127.0.0.2", volt_ui_url="https://Volt.example:8443")
    assert status_of(listening, headers={"host": "volt.example:8443"}) == 200
    assert status_of(listening, headers={"host": "127.0.0.2:3000"}) == 200
    assert status_of(listening, headers={"host": "www.volt.example"}) == 400
    everywhere = app("0.0.0.0")
    assert status_of(everywhere, headers={"host": f"{socket.gethostname()}:3000"}) == 200
    assert status_of(everywhere, headers={"host": "127.0.0.1:3000"}) == 200
    assert status_of(everywhere, headers={"host": "0.0.0.0:3000"}) == 400
    assert status_of(everywhere, headers={"host": "attacker.example"}) == 400


@pytest.mark.parametrize(
    "origin",
    [
        FOREIGN,
        "null",
        "",
        "http://127.0.0.1",
        "http://127.0.0.1:3001",
        "https://127.0.0.1:3000",
        "http://localhost:3000",
        "http://127.0.0.1:3000.attacker.example",
        "http://127.0.0.1:3000@attacker.example",
        "http://[",
        "http://127.0.0.1:port",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_page_of_another_origin_is_refused_whatever_it_asks(origin, method):
    assert status_of(app(), method, headers={"origin": origin}, json={}) == 403


def test_the_applications_own_pages_may_ask_also_behind_a_proxy():
    own = {"origin": "http://127.0.0.1:3000"}
    assert status_of(app(), "POST", headers=own, json={}) == 200
    behind = app(volt_ui_url="https://volt.example:443")
    for host in ("127.0.0.1:3000", "volt.example"):
        assert status_of(behind, "POST", headers={"origin": "https://volt.example", "host": host}, json={}) == 200
    # The same name without TLS is whoever sits between.
    plain = {"origin": "http://volt.example", "host": "volt.example"}
    assert status_of(behind, "POST", headers=plain, json={}) == 403


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "text/plain",
        "text/plain; application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=application/json",
        "application/graphql",
        "application/json-seq",
    ],
)
def test_nothing_but_json_is_taken(method, content_type):
    headers = {"content-type": content_type} if content_type else {}
    assert status_of(app(), method, content=b"{}", headers=headers) == 415
    assert status_of(app(), method, content=b"{}", headers={"content-type": "Application/JSON; charset=utf-8"}) == 200


@pytest.mark.parametrize("path", ["/graphql", "/graphql/", "/%67raphql"])
def test_graphql_is_not_taken_by_get(path):
    assert status_of(app(), "GET", f"{path}?query=mutation%20%7Bx%7D") == 405
    assert status_of(app(), "GET", f"{path}?%71uery=x", headers={"accept": "text/html"}) == 405
    assert status_of(app(), "GET", "/runs?query=x") == 200


def test_no_foreign_page_can_frame_or_embed_what_is_here():
    headers = answer_of(app()).headers
    assert headers["x-frame-options"] == "SAMEORIGIN"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("given", "status"),
    [
        (("", PASSWORD), 200),
        (("anybody", PASSWORD), 200),
        (("volt", PASSWORD + " "), 401),
        (("volt", ""), 401),
        (None, 401),
    ],
)
def test_with_a_password_everything_asks_for_it(given, status):
    auth = httpx.BasicAuth(*(part.encode() for part in given)) if given else None
    answer = answer_of(app(volt_ui_password=PASSWORD), "GET", "/reports/", auth=auth)
    assert answer.status_code == status
    assert answer.headers.get("www-authenticate") == (None if status == 200 else 'Basic realm="Volt", charset="UTF-8"')


@pytest.mark.parametrize("header", ["Basic", "Basic !!!", "Bearer eDp5", "Basic \u00e9", "Basic eA=="])
def test_nonsense_in_place_of_a_password_is_refused(header):
    assert status_of(app(volt_ui_password=PASSWORD), headers={"authorization": header.encode("latin-1")}) == 401


def test_what_comes_from_a_trusted_proxy_needs_no_password_and_headers_make_nobody_a_proxy():
    for values in ({"volt_ui_password": PASSWORD}, {}):
        behind = app("0.0.0.0", volt_ui_trusted_proxy="10.0.0.2 fd00::/8", **values)
        for peer in ("10.0.0.2", "fd00::5", "::ffff:10.0.0.2"):
            assert status_of(behind, peer=peer) == 200
        forged = {"x-forwarded-for": "10.0.0.2", "forwarded": "for=10.0.0.2", "x-real-ip": "10.0.0.2"}
        for peer in ("10.0.0.3", "127.0.0.1"):
            assert status_of(behind, peer=peer, headers=forged) == 401
        assert status_of(behind, peer="10.0.0.3", auth=("volt", "")) == 401


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_listening_beyond_this_machine_needs_a_password_or_a_trusted_proxy(host):
    def settings(**values: str) -> Settings:
        return Settings(project=Path.cwd(), _env_file=None, **values)

    with pytest.raises(BadInput, match="VOLT_UI_PASSWORD"):
        access.require_protection(host, settings())
    access.require_protection(host, settings(volt_ui_password=PASSWORD))
    access.require_protection(host, settings(volt_ui_trusted_proxy="10.0.0.2"))
    for loopback in ("127.0.0.1", "127.8.9.10", "localhost", "::1"):
        access.require_protection(loopback, settings())


def test_it_does_not_start_unprotected_and_says_what_to_set(home):
    outcome = home.volt("ui", "--no-open", "--host", "0.0.0.0", "--port", "0")
    assert outcome.exit_code == 2
    assert "VOLT_UI_PASSWORD" in outcome.stderr
    assert "VOLT_UI_TRUSTED_PROXY" in outcome.stderr
    outcome = home.volt("ui", "--no-open", "--host", "no.such.host.invalid")
    assert outcome.exit_code == 2
    assert "no.such.host.invalid is no address or name of this machine" in outcome.stderr


# The real webserver


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with a report, and no settings."""
    home = Home(tmp_path_factory.mktemp("project"), {})
    week = home.project / ".volt" / "reports" / "2025-W41"
    week.mkdir(parents=True)
    (week / "team_summary.md").write_text("# Team\n")
    return home


@pytest.fixture(scope="module")
def url(project: Home) -> Iterator[str]:
    with started(project) as process:
        yield process.stdout.readline().strip()


@pytest.fixture
def a_run(project: Home) -> str:
    """A run that somebody would like to be gone."""
    with project.instance() as instance:
        return record_run(instance, dg.DagsterRunStatus.FAILURE).dagster_run.run_id


def another(project: Home, folder: Path, **environment: str) -> Home:
    """A copy of the home, which knows nothing of the UI that runs in it."""
    home = project.copy(folder / "project")
    (home.project / ".volt" / "dagster" / UI_RECORD).unlink(missing_ok=True)
    home.environment |= environment
    return home


def websocket(url: str, name: str = "127.0.0.1", **headers: str) -> ClientConnection:
    """A websocket to the webserver under another name of this machine, as if that were resolved to it."""
    port = int(url.rpartition(":")[2])
    address = f"ws://{name}:{port}/graphql"
    return connect(
        address,
        sock=socket.create_connection(("127.0.0.1", port)),
        subprotocols=["graphql-ws"],
        additional_headers=headers,
        proxy=None,
    )


ATTACKS: dict[str, Callable[[str, str], httpx.Response]] = {
    "GET": lambda url, query: httpx.get(f"{url}/graphql", params={"query": query}),
    "plain text": lambda url, query: httpx.post(
        f"{url}/graphql", content=json.dumps({"query": query}), headers={"content-type": "text/plain; application/json"}
    ),
    "a form": lambda url, query: httpx.post(f"{url}/graphql", params={"query": query}, data={"x": "y"}),
    "GraphQL": lambda url, query: httpx.post(
        f"{url}/graphql", content=query, headers={"content-type": "application/graphql"}
    ),
    "no body": lambda url, query: httpx.post(f"{url}/graphql", params={"query": query}),
    "another origin": lambda url, query: httpx.post(
        f"{url}/graphql", json={"query": query}, headers={"origin": FOREIGN}
    ),
    "another host": lambda url, query: httpx.post(
        f"{url}/graphql", json={"query": query}, headers={"host": "attacker.example"}
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("attack", ATTACKS)
def test_no_request_that_a_foreign_page_can_send_deletes_a_run(project, url, a_run, attack):
    answer = ATTACKS[attack](url, DELETE.format(a_run))
    assert a_run in project.dagster_runs()
    assert 400 <= answer.status_code < 500


@pytest.mark.slow
def test_a_client_without_a_page_and_the_applications_own_may_delete_one(project, url, a_run):
    for origin in ({}, {"origin": url}):
        httpx.post(f"{url}/graphql", json={"query": DELETE.format(a_run)}, headers=origin).raise_for_status()
        assert a_run not in project.dagster_runs()


@pytest.mark.slow
def test_nothing_else_of_dagsters_or_ours_takes_a_foreign_request(url):
    foreign: dict[str, dict[str, str]] = {"host": {"host": "attacker.example"}, "origin": {"origin": FOREIGN}}
    for path in ("/", "/reports/", "/reports/2025-W41/team_summary.md", "/server_info", "/logs/x", "/download_debug/x"):
        statuses = {name: httpx.get(f"{url}{path}", headers=headers).status_code for name, headers in foreign.items()}
        assert statuses == {"host": 400, "origin": 403}, path
    for path in ("materialization", "check", "observation"):
        answer = httpx.post(f"{url}/report_asset_{path}/people", params={"partition": "2025-10-06"})
        assert answer.status_code == 415


@pytest.mark.slow
def test_a_websocket_is_opened_by_the_applications_own_pages_alone(project, url, a_run):
    for attempt in (
        lambda: websocket(url, Origin=FOREIGN),
        lambda: websocket(url, Origin="null"),
        lambda: websocket(url, "attacker.example"),
        lambda: websocket(url, "attacker.example", Origin="http://attacker.example"),
    ):
        with pytest.raises(InvalidStatus) as refused:
            attempt()
        assert refused.value.response.status_code in (400, 403)
    with websocket(url, Origin=url) as own:
        own.send(json.dumps({"type": "connection_init"}))
        assert json.loads(own.recv(PATIENCE))["type"] == "connection_ack"
        logs = f'subscription {{ pipelineRunLogs(runId: "{a_run}", cursor: null) {{ __typename }} }}'
        own.send(json.dumps({"type": "start", "id": "1", "payload": {"query": logs}}))
        told = json.loads(own.recv(PATIENCE))
        assert told["payload"]["data"]["pipelineRunLogs"]["__typename"] == "PipelineRunLogsSubscriptionSuccess"
        own.send(json.dumps({"type": "start", "id": "2", "payload": {"query": DELETE.format(a_run)}}))
        while (told := json.loads(own.recv(PATIENCE)))["id"] != "2":
            pass
        assert told["type"] == "error"
    assert a_run in project.dagster_runs()


@pytest.mark.slow
def test_beyond_loopback_the_password_is_asked_for_and_volt_itself_knows_it(project, tmp_path, caplog):
    home = another(project, tmp_path, VOLT_UI_PASSWORD=PASSWORD, VOLT_UI_URL="https://volt.example")
    with started(home, "--host", "0.0.0.0") as process:
        url = process.stdout.readline().strip()
        assert url.startswith("http://127.0.0.1:")
        for path in ("/", "/reports/", "/server_info", "/graphql"):
            assert httpx.get(f"{url}{path}").status_code == 401
        with pytest.raises(InvalidStatus):
            websocket(url)
        password = httpx.BasicAuth(b"anybody", PASSWORD.encode())
        of_proxy = httpx.get(f"{url}/reports/2025-W41/team_summary.md", auth=password, headers={"host": "volt.example"})
        assert ">Team</h1>" in of_proxy.text
        # Another one finds it running, and an edit of the configuration can be reported to it.
        assert home.volt("ui", "--no-open").stdout == f"{url}\n"
        settings = Settings(project=home.project, _env_file=None, volt_ui_password=PASSWORD)
        reload_definitions(url, access.authorization(settings))
        assert not caplog.records
        reload_definitions(url, {})
        assert "401" in caplog.text
        assert PASSWORD not in "".join(
            file.read_text() for file in (home.project / ".volt" / "dagster").glob("volt-ui*")
        )


@pytest.mark.slow
def test_with_a_trusted_proxy_alone_nobody_else_is_let_in_and_it_starts_all_the_same(project, tmp_path):
    home = another(project, tmp_path, VOLT_UI_TRUSTED_PROXY="192.0.2.7")
    with started(home, "--host", "0.0.0.0") as process:
        url = process.stdout.readline().strip()
        assert httpx.get(f"{url}/server_info", headers={"x-forwarded-for": "192.0.2.7"}).status_code == 401


# In a browser


ATTACKING_PAGE = """
<!doctype html><title>Win a prize</title>
<form id="form" method="post" target="frame" enctype="text/plain" action="{url}/graphql"></form>
<iframe name="frame"></iframe><iframe name="ui" src="{url}/runs"></iframe>
<script>
const url = "{url}", body = {body}, query = {query};
const form = document.getElementById("form"), field = document.createElement("input");
field.name = body.slice(0, -1) + ', "x": "'; field.value = '"}}'; form.append(field);
const tries = {{
  get: () => fetch(url + "/graphql?query=" + encodeURIComponent(query), {{mode: "no-cors", credentials: "include"}}),
  image: () => new Promise(resolve => {{
    const image = new Image(); image.onload = image.onerror = resolve;
    image.src = url + "/graphql?query=" + encodeURIComponent(query);
  }}),
  plain: () => fetch(url + "/graphql", {{method: "POST", mode: "no-cors", body}}),
  disguised: () => fetch(url + "/graphql", {{method: "POST", mode: "no-cors", body: new Blob([body],
    {{type: "text/plain;application/json"}})}}),
  beacon: async () => navigator.sendBeacon(url + "/graphql?query=" + encodeURIComponent(query), "x"),
  json: () => fetch(url + "/graphql", {{method: "POST", body, headers: {{"Content-Type": "application/json"}}}}),
  form: () => new Promise(resolve => {{
    document.querySelector("iframe").onload = resolve; setTimeout(resolve, 2000); form.submit();
  }}),
  socket: () => new Promise((resolve, reject) => {{
    const socket = new WebSocket(url.replace("http", "ws") + "/graphql", "graphql-ws");
    socket.onopen = () => resolve("opened"); socket.onerror = () => reject(new Error("refused"));
  }}),
  report: () => fetch(url + "/reports/").then(answer => answer.text()),
}};
(async () => {{
  const told = {{}};
  for (const [name, attempt] of Object.entries(tries)) {{
    try {{ told[name] = String(await attempt()); }} catch (error) {{ told[name] = "failed"; }}
  }}
  window.told = told;
}})();
</script>
"""


@pytest.fixture
def foreign_page(url: str, a_run: str) -> Iterator[str]:
    """The address of a page of another origin that tries to delete the run."""
    query = DELETE.format(a_run)
    body = json.dumps({"query": query})
    page = ATTACKING_PAGE.format(url=url, query=json.dumps(query), body=json.dumps(body)).encode()

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # noqa: N802
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *_: object) -> None: ...

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.mark.slow
def test_in_a_browser_a_page_of_another_origin_commands_nothing_reads_nothing_and_frames_nothing(
    project, url, a_run, foreign_page, browser
):
    page = browser.new_page()
    page.goto(foreign_page)
    page.wait_for_function("window.told", timeout=PATIENCE * 1000)
    told = page.evaluate("window.told")
    framed = page.frame("ui").evaluate("document.body.innerText")
    page.close()
    assert ask(url, "{ version }")
    assert a_run in project.dagster_runs()
    assert (told["json"], told["socket"], told["report"]) == ("failed", "failed", "failed")
    assert "Runs" not in framed


# Chromium, as people use it


@pytest.mark.slow
def test_in_a_browser_with_a_password_a_run_is_launched_its_log_is_followed_and_the_reports_opened(tmp_path, browser):
    week = a_closed_week()
    with start_sandbox(generated_company()) as company:
        home = Home(tmp_path, company.environment | {"VOLT_UI_PASSWORD": PASSWORD, "VOLT_TIMEZONE": "Europe/Berlin"})
        with started(home, "--host", "0.0.0.0") as process:
            url = process.stdout.readline().strip()
            page = browser.new_page(
                http_credentials={"username": "anybody", "password": PASSWORD},
                viewport={"width": 1400, "height": 1000},
            )
            page.set_default_timeout(PATIENCE * 1000)
            received: list[str] = []
            refused: list[str] = []
            page.on("websocket", lambda opened: opened.on("framereceived", lambda frame: received.append(str(frame))))
            page.on(
                "response", lambda answer: refused.append(answer.url) if answer.status in (400, 403, 405, 415) else 0
            )
            page.goto(f"{url}/assets/toggl_time_entries?view=partitions&partition={week}")
            page.get_by_role("button", name="Materialize").first.click()
            confirm, launch = (page.get_by_role("button", name=name) for name in ("Confirm", "Launch 1 run"))
            confirm.or_(launch).first.wait_for()
            if confirm.is_visible():
                confirm.click()
            launch.click()
            wait_until(lambda: len(home.dagster_runs()) == 1)
            (run_id,) = home.dagster_runs()
            page.goto(f"{url}/runs/{run_id}")
            page.get_by_text("RUN_SUCCESS").first.wait_for()
            page.screenshot(path=pictures(tmp_path) / "a-run-followed.png")
            assert any("MaterializationEvent" in frame for frame in received)
            page.goto(f"{url}/reports/")
            page.get_by_role("heading", name="Reports").wait_for()
            assert refused == []
            page.close()


def pictures(folder: Path) -> Path:
    return Path(os.environ.get("VOLT_TEST_PICTURES") or folder)


LIVE = "![pixel](http://127.0.0.1:9/a.png) <img src='http://127.0.0.1:9/b.png'> [here](http://127.0.0.1:9/c) | **bold**"


@pytest.fixture
def previews() -> dict[str, str]:
    """What Dagster is given of a week of a project, a label and a type by which somebody means harm."""
    with duckdb.connect() as connection:
        migrate(connection)
        tracked = {
            "week": MONDAY,
            "user_id": 1,
            "day": MONDAY,
            "linked": True,
            "seconds": 3600,
            "hundredths": 100,
            "entries": 1,
        }
        insert_rows(connection, "tracked_time", [tracked | {"project_tag": LIVE, "label": [LIVE], "ids": []}])
        found = {"week": MONDAY, "public_id": "1", "label": [LIVE], "entity_type": LIVE, "status": "found"}
        fetched = {"configured": True, "fetched_at": datetime(2025, 10, 13)}
        insert_rows(connection, "enriched_entities", [found | fetched])
        return {"tracked": toggl.preview(connection, MONDAY), "found": fibery.preview(connection, MONDAY)}


def test_what_people_typed_is_text_in_previews(previews):
    for preview in previews.values():
        page = MarkdownIt("commonmark").enable("table").render(preview)
        assert "<img" not in page
        assert "<a " not in page
        assert "<strong" not in page
        assert page.count("<td") == 3


@pytest.mark.slow
def test_in_a_browser_what_people_typed_is_text_in_dagsters_previews_and_tables(
    project, url, previews, browser, tmp_path
):
    metadata = {name: dg.MetadataValue.md(preview) for name, preview in previews.items()}
    which = dg.MetadataValue.table([dg.TableRecord({"type": LIVE})])
    seen = dg.AssetMaterialization("tracked_time", partition=str(MONDAY), metadata={**metadata, "which": which})
    with project.instance() as instance:
        instance.report_runless_asset_event(seen)
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    page.set_default_timeout(PATIENCE * 1000)
    page.goto(f"{url}/assets/tracked_time?view=partitions&partition={MONDAY}")
    for shown in page.get_by_role("cell", name=LIVE).all():
        shown.wait_for()
    page.get_by_text("1.00").wait_for()
    page.screenshot(path=pictures(tmp_path) / "previews.png")
    assert (
        page.get_by_role("cell", name=LIVE, exact=True).count() == 4
    )  # two in each preview's row, one in each of the others
    assert page.locator("img[src*='127.0.0.1:9'], strong").count() == 0
    # GitHub's Markdown makes a link of every address, and that cannot be escaped: it shows where it leads.
    links = page.locator("a[href*='127.0.0.1:9']").all()
    assert all(link.inner_text() == link.get_attribute("href") for link in links)
    page.close()
