"""The reports' pages, asked for over ASGI."""

import asyncio
import html

import httpx
import pytest
from starlette.applications import Starlette

from volt_assets.formatting import text
from volt_assets.reports.files.site import routes


@pytest.fixture
def folder(tmp_path):
    week = tmp_path / "reports" / "2025-W41"
    (week / "individual").mkdir(parents=True)
    (week / "team_summary.md").write_text(
        "# Team, 6–12 October 2025\n\n| Person | Hours |\n|---|---:|\n| Ana | 7.50 |\n"
    )
    (week / "toggl_summary.md").write_text("# Where time went\n")
    (week / "individual" / "ana_souza.md").write_text(
        "# Ana Souza\n\n[Fix login](https://acme.fibery.io/Scrum/Bug/1)\n"
    )
    (tmp_path / "reports" / "2025-W40").mkdir()
    (tmp_path / "secret.md").write_text("# Not a report\n")
    (tmp_path / "reports" / ".hidden.md").write_text("# Being written\n")
    (tmp_path / "reports" / "data.json").write_text("{}")
    return tmp_path / "reports"


class Client:
    """Asks the pages of a folder for a path as it is: a browser would take dots away before it asks."""

    def __init__(self, folder):
        self.transport = httpx.ASGITransport(Starlette(routes=routes(folder)))

    def get(self, path: str) -> httpx.Response:
        return asyncio.run(self._get(path))

    async def _get(self, path: str) -> httpx.Response:
        url = httpx.URL("http://127.0.0.1:3000").copy_with(raw_path=path.encode())
        async with httpx.AsyncClient(transport=self.transport) as client:
            return await client.send(client.build_request("GET", url))


@pytest.fixture
def client(folder):
    return Client(folder)


def test_the_index_links_every_week_newest_first(client):
    page = client.get("/reports/").text
    assert page.index('href="2025-W41/"') < page.index('href="2025-W40/"')
    assert client.get("/reports").headers["location"] == "/reports/"


def test_a_week_links_its_reports_by_their_titles_the_team_first(client):
    page = client.get("/reports/2025-W41/").text
    links = [
        '<a href="team_summary.md">Team, 6–12 October 2025</a>',
        '<a href="toggl_summary.md">Where time went</a>',
        '<a href="individual/ana_souza.md">Ana Souza</a>',
    ]
    assert [page.index(link) for link in links] == sorted(page.index(link) for link in links)
    assert client.get("/reports/2025-W41").headers["location"] == "/reports/2025-W41/"


def test_a_written_index_is_shown_instead_of_a_listing(client, folder):
    (folder / "index.html").write_text("<h1>Every week</h1>")
    assert client.get("/reports/").text == "<h1>Every week</h1>"


def test_a_page_is_sent_as_it_is_and_takes_the_place_of_the_markdown_in_listings(client, folder):
    (folder / "2025-W41" / "team_summary.html").write_text("<p>Team</p>")
    answer = client.get("/reports/2025-W41/team_summary.html")
    assert answer.text == "<p>Team</p>"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert '<a href="team_summary.html">Team, 6–12 October 2025</a>' in client.get("/reports/2025-W41/").text


def test_a_table_is_downloaded_under_the_name_of_its_week(client, folder):
    (folder / "2025-W41" / "time.csv").write_text("day\n")
    answer = client.get("/reports/2025-W41/time.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="2025-W41-time.csv"'


def test_a_report_is_a_page_of_its_own_with_tables_and_a_way_back(client):
    answer = client.get("/reports/2025-W41/team_summary.md")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "<title>Team, 6–12 October 2025</title>" in answer.text
    assert '<td style="text-align:right">7.50</td>' in answer.text
    assert '<a href="/reports/2025-W41/">2025-W41</a>' in answer.text


def test_what_people_typed_stays_text(client, folder):
    typed = "<script>alert(1)</script> <img src=x onerror=alert(2)> [here](javascript:alert(3)) **bold** `x` | # 1 &lt;"
    (folder / "2025-W41" / "team_summary.md").write_text(
        f"# Team\n\n{text(typed)}\n\n| a |\n|---|\n| {text(typed)} |\n"
    )
    (folder / "2025-W41" / "raw.md").write_text(f"# <b>Raw</b>\n\n{typed}\n")
    page = client.get("/reports/2025-W41/team_summary.md").text
    seen = html.escape(typed, quote=False)
    assert f"<p>{seen}</p>" in page
    assert f"<td>{seen}</td>" in page
    # A file that was not escaped is not obeyed either.
    raw = client.get("/reports/2025-W41/raw.md").text
    assert "<script" not in raw
    assert "<img" not in raw
    assert 'href="javascript' not in raw
    assert "<title>&lt;b&gt;Raw&lt;/b&gt;</title>" in raw


def test_a_page_runs_nothing_loads_nothing_and_shows_nobody_where_a_link_was_followed_from(client):
    headers = client.get("/reports/2025-W41/team_summary.md").headers
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert "script-src" not in headers["content-security-policy"]
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "path",
    [
        "../secret.md",
        "%2e%2e/secret.md",
        "..%2fsecret.md",
        "2025-W41/%2e%2e/%2e%2e/secret.md",
        "2025-W41/..%5c..%5csecret.md",
        "%2fetc%2fpasswd",
        "outside/secret.md",
        "link.md",
        ".hidden.md",
        "data.json",
        "2025-W41/team_summary.md/",
        "2025-W41/nobody.md",
        "a%00b.md",
    ],
)
def test_nothing_but_reports_is_served(client, folder, path):
    (folder / "outside").symlink_to(folder.parent)
    (folder / "link.md").symlink_to(folder.parent / "secret.md")
    answer = client.get(f"/reports/{path}")
    assert answer.status_code == 404
    assert "Not a report" not in answer.text


def test_before_the_first_report_the_index_says_so(tmp_path):
    assert "No week has been reported on yet." in Client(tmp_path / "none").get("/reports/").text
