"""The reports' files in the browser: a small web application, under /reports.

It shows what is in the folder and makes nothing: reports are written by the assets. Pages are sent as they are,
Markdown is rendered, tables (CSV) are downloaded. What people typed stays text: raw
HTML in a file is shown, not obeyed, and a page loads nothing from anywhere and runs no script.
"""

import re
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader
from markdown_it import MarkdownIt
from markupsafe import Markup
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from volt_assets.reports.files.weekly_files import INDEX, PATH, report_url

TEAM = "team_summary"
SERVED = (".html", ".md", ".csv")
TEMPLATES = Path(__file__).parents[1] / "rendering" / "templates"
# The pages hold people's working hours: nobody else's page may show them, nor learn where a link was followed from.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def routes(folder: Path) -> list[BaseRoute]:
    """The pages of the reports in `folder`, which need not exist yet, for a web application.

    Who may open them is for that application.
    """

    async def page(request: Request) -> Response:
        path = request.path_params["path"]
        found = _within(folder, path)
        if found is None:
            raise HTTPException(404)
        if found.is_dir() and path and not path.endswith("/"):
            return RedirectResponse(f"{PATH}/{path}/", headers=HEADERS)
        try:
            return _answer(found, path)
        except FileNotFoundError:  # its week is being replaced
            raise HTTPException(404) from None

    async def missing(request: Request, error: Exception) -> Response:
        text = "# Not here\n\nThere is no such report. [All weeks](/reports/) lists those there are."
        return HTMLResponse(render(text), status_code=404, headers=HEADERS)

    async def with_slash(request: Request) -> Response:
        return RedirectResponse(report_url())

    pages = Starlette(routes=[Route("/{path:path}", page)], exception_handlers={404: missing})
    return [Route(PATH, with_slash), Mount(PATH, pages)]


def _answer(found: Path, path: str) -> Response:
    if found.is_dir() and (found / INDEX).is_file():
        found = found / INDEX
    if found.suffix == ".html":
        return HTMLResponse(found.read_text(encoding="utf-8"), headers=HEADERS)
    if found.suffix == ".csv":
        disposition = {"Content-Disposition": f'attachment; filename="{found.parent.name}-{found.name}"'}
        return Response(found.read_bytes(), media_type="text/csv; charset=utf-8", headers=HEADERS | disposition)
    markdown = listing(found, is_top=not path) if found.is_dir() or not path else found.read_text(encoding="utf-8")
    return HTMLResponse(render(markdown, week=path.split("/")[0]), headers=HEADERS)


def _within(folder: Path, path: str) -> Path | None:
    """The folder or file that `path` names within `folder`; None for what is not served, hidden files included."""
    parts = [part for part in path.split("/") if part]
    if any(part.startswith(".") or "\0" in part or "\\" in part for part in parts):
        return None
    found = folder.joinpath(*parts).resolve()
    if not found.is_relative_to(folder.resolve()):
        return None
    is_page = found.suffix in SERVED and found.is_file() and not path.endswith("/")
    return found if is_page or (found.is_dir() and found.suffix not in SERVED) or not parts else None


def listing(folder: Path, is_top: bool) -> str:
    """Markdown that links what is in a folder: weeks newest first, or a week's reports, the team's first."""
    entries = _entries(folder)
    if is_top:
        weeks = sorted((entry.name for entry in entries if entry.is_dir()), reverse=True)
        lines = [f"- [{_escaped(name)}]({name}/)" for name in weeks]
        return "# Reports\n\n" + ("\n".join(lines) or "No week has been reported on yet.")
    files = sorted((entry for entry in entries if entry.is_file()), key=lambda file: (file.stem != TEAM, file.name))
    files += [file for entry in sorted(entries) if entry.is_dir() for file in sorted(_entries(entry)) if file.is_file()]
    lines = [f"- [{_title(file)}]({_page_of(file).relative_to(folder).as_posix()})" for file in files]
    return f"# {_escaped(folder.name)}\n\n" + ("\n".join(lines) or "Nothing here.")


def _entries(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return [
        entry
        for entry in folder.iterdir()
        if not entry.name.startswith(".") and (entry.is_dir() or entry.suffix in (".md", ".csv"))
    ]


def _page_of(file: Path) -> Path:
    """The page that says what a Markdown file says, where there is one."""
    page = file.with_suffix(".html")
    return page if file.suffix == ".md" and page.is_file() else file


def _title(file: Path) -> str:
    """A file's first heading, Markdown as it is; else its name."""
    if file.suffix != ".md":
        return _escaped(file.name)
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("# "):
                return line[2:].strip()
    return _escaped(file.stem)


def _escaped(name: str) -> str:
    return re.sub(r"([\\`*_\[\]<>&])", r"\\\1", name)


def render(markdown: str, week: str = "") -> str:
    """A whole HTML page of Markdown: its own style, no script, nothing remote. At its top, a link to `week`'s page."""
    parser = _parser()
    tokens = parser.parse(markdown)
    headings = [
        following.children or []
        for token, following in zip(tokens, tokens[1:], strict=False)
        if token.type == "heading_open" and token.tag == "h1"
    ]
    title = "".join(child.content for child in headings[0]) if headings else "Reports"
    body = Markup(parser.renderer.render(tokens, parser.options, {}))
    page = _pages().get_template("page.html.j2")
    return page.render(title=title, body=body, top=report_url(), week=week, of_week=report_url(week))


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


@cache
def _pages() -> Environment:
    return Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, auto_reload=False)
