"""A view as a web page, a file of its own: no script, nothing remote, light and dark, on a phone and in print.

A template for each block, named as it is; text is escaped by the environment. Where the parts of charts stand is
computed in `charts.py`.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path

import jinja2
from markupsafe import Markup, escape

from volt_assets.formatting import round_half_up, unit_seconds
from volt_assets.reports.rendering import charts
from volt_assets.reports.view.blocks import (
    Behind,
    Block,
    Change,
    Code,
    Column,
    EntityName,
    Evidence,
    Hours,
    Jump,
    Line,
    PageLink,
    PlanBar,
    Row,
    See,
    Soft,
    Span,
    Spark,
    StackedBar,
    Strong,
    TreeRow,
    View,
    WebLink,
)

TEMPLATES = Path(__file__).parent / "templates"
_LONGEST_NAME = 40
# With more columns than this in a chart, long hours are whole; with more than that, all are.
_ROOMY_COLUMNS, _TIGHT_COLUMNS = 7, 9
_TEMPLATE_OF: Mapping[type, str] = {
    PlanBar: "plan_bar",
    Spark: "spark",
    StackedBar: "stacked_bar",
}


def page_of(view: View, *, index: str | None = None) -> str:
    """The whole page. `index` is the address of the list of all weeks."""
    return _environment().get_template("html/view.html.j2").render(view=view, index=index)


def _block(block: Block, *, within: str = "") -> Markup:
    """A block by its template. `within` is the layout of the group it stands in, or "section" inside one."""
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(block).__name__).lower()
    return Markup(_environment().get_template(f"html/{name}.html.j2").render(block=block, within=within))


def _blocks(blocks: Sequence[Block], within: str = "") -> Markup:
    return Markup("\n".join(_block(block, within=within) for block in blocks))


def _line(spans: Line) -> Markup:
    # All of them are markup already, which a join of markup would look at once more.
    return Markup("".join(map(_span, spans)))


def _span(span: Span) -> Markup:
    match span:
        case str() | Hours() | Change():
            return escape(str(span))
        case Strong(text):
            return Markup("<b>{}</b>").format(text)
        case Soft(text):
            return Markup('<span class="soft">{}</span>').format(text)
        case Behind(text):
            return Markup('<span class="behind">{}</span>').format(text)
        case Code(text):
            return Markup("<code>{}</code>").format(text)
        case EntityName():
            return _entity(span)
        case PageLink(label, page, about):
            # A name is not broken, unless it is as long as no name is.
            kind = "name" if len(label) <= _LONGEST_NAME else "text"
            named = (
                Markup('<a class="{}" href="{}.html">{}</a>').format(kind, page, label)
                if page
                else Markup('<span class="{}">{}</span>').format(kind, label)
            )
            return named + Markup(' <span class="soft">({})</span>').format(about) if about else named
        case WebLink(label, url):
            return Markup('<a href="{}">{}</a>').format(url, label) if url else escape(label)
        case See(to):
            return Markup('<sup class="ev"><a href="#{}" aria-label="where">↓</a></sup>').format(to)
        case Jump(label, to):
            return Markup('<a href="#{}">{}</a>').format(to, label)
        case Evidence(text, marks, to, number):
            return Markup('<sup class="ev"><a href="#{}" title="{}">{}</a><b>{}</b></sup>').format(
                to, text, marks, number
            )
        case StackedBar() | PlanBar() | Spark():
            template = _environment().get_template(f"html/{_TEMPLATE_OF[type(span)]}.html.j2")
            return Markup(template.render(bar=span))


def _entity(entity: EntityName) -> Markup:
    number = f"#{entity.public_id or ''}"
    shown = (
        Markup('<a class="id" href="#{}">{}</a>').format(entity.to, number)
        if entity.to
        else Markup('<span class="id">{}</span>').format(number)
    )
    name = Markup(" {}").format(_outside(entity.name, entity.url)) if entity.name else Markup("")
    tick = Markup(' <span class="tick" title="finished in this period">✓</span>') if entity.finished else ""
    return shown + name + tick


def _outside(name: str, url: str | None) -> Markup:
    """A link out of the report: http alone may be followed."""
    if url and url.startswith(("https://", "http://")):
        return Markup('<a href="{}">{}</a>').format(url, name)
    return escape(name)


def _under(columns: Sequence[Column], row: Row | TreeRow) -> Markup:
    """The details that stand under a row's first cell."""
    cells = [_line(cell) for column, cell in zip(columns, row.cells, strict=True) if column.kind == "under"]
    return Markup(" · ").join(cell for cell in cells if cell)


@lru_cache(maxsize=1024)
def _classes(column: Column) -> str:
    names = {"number": "n", "bar": "bar"}.get(column.kind, "")
    parts = [names, "opt" * column.optional, "b" * column.strong, "soft" * column.soft]
    return " ".join(part for part in parts if part)


def _tint(cell: Line) -> int:
    return next((span.tint for span in cell if isinstance(span, Hours | PageLink)), 0)


def _axis_value(cell: Line, columns: int) -> Markup:
    """A column's value below the axis. Beside many others, hours are whole, or of four digits they would collide."""
    an_hour = 3600 // unit_seconds()
    hours = [span.hundredths for span in cell if isinstance(span, Hours)]
    are_long = columns > _ROOMY_COLUMNS and any(each >= 1000 * an_hour for each in hours)
    if hours and (are_long or columns > _TIGHT_COLUMNS):
        return escape("".join(str(round_half_up(each, an_hour)) for each in hours))
    return _line(cell)


def _decimals(value: Hours | str) -> tuple[str, str]:
    """A figure's whole part, and the decimals of hours with their point, or their minutes with the colon."""
    if not isinstance(value, Hours):
        return value, ""
    whole, point, rest = str(value).partition(":" if value.form == "hm" else ".")
    return whole, point + rest


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"line": _line, "blocks": _blocks, "block": _block, "classes": _classes, "tint": _tint}
    environment.filters |= {"decimals": _decimals, "axis_value": _axis_value}
    environment.globals |= {"charts": charts, "under": _under, "enumerate": enumerate}
    return environment
