"""A view as Markdown (CommonMark with tables). Whatever anybody typed reads as just that."""

import re
from collections.abc import Iterable, Iterator

from volt_assets.formatting import inline, link, sentence_start
from volt_assets.reports.view.blocks import (
    Behind,
    Block,
    Change,
    Chart,
    Code,
    CodeBlock,
    Column,
    Decision,
    DecisionList,
    EntityName,
    Evidence,
    Figures,
    Footnotes,
    Group,
    Hours,
    Items,
    Jump,
    Legend,
    Line,
    PageLink,
    Pairs,
    Paragraph,
    PlanBar,
    Row,
    Section,
    See,
    Shares,
    Soft,
    Span,
    Spark,
    StackedBar,
    Strong,
    Table,
    Tree,
    TreeRow,
    View,
    WebLink,
)


def markdown_of(view: View) -> str:
    """The whole document."""
    head = [f"# {line((view.name,))}", line((" · ".join((view.kind, *view.about)),))]
    if view.beside:
        head.append(" · ".join(map(_span, view.beside)))
    return "\n\n".join([*head, blocks_of(view.blocks)]) + "\n"


def blocks_of(blocks: Iterable[Block]) -> str:
    """Blocks below a title."""
    return "\n\n".join(_blocks(blocks, 2))


def line(spans: Line) -> str:
    """Spans as one line that begins no block."""
    return sentence_start(_inline(spans))


def _inline(spans: Line) -> str:
    """Spans as a part of a line."""
    return "".join(map(_span, spans)).strip()


def _span(span: Span) -> str:
    match span:
        case str():
            return inline(span)
        case Hours() | Change():
            return str(span)
        case Strong(text):
            return f"**{inline(text)}**"
        case Soft(text) | Behind(text):
            return inline(text)
        case Code(text):
            return f"`{text}`"
        case EntityName():
            return _entity(span)
        case PageLink(label, page, about):
            named = inline(f"{label} ({about})" if about else label)
            return f"[{named}]({page}.md)" if page else named
        case WebLink(label, url):
            return link(inline(label), url)
        case Jump(label):
            return inline(label)
        case See() | Evidence() | StackedBar() | PlanBar() | Spark():
            return ""


def _entity(entity: EntityName) -> str:
    named = f"#{entity.public_id or ''} {entity.name}".strip()
    return link(inline(named).strip(), entity.url) + (" ✓" if entity.finished else "")


def _blocks(blocks: Iterable[Block], level: int) -> Iterator[str]:
    for block in blocks:
        yield from (text for text in _block(block, level) if text)


def _block(block: Block, level: int) -> Iterator[str]:
    match block:
        case Section(heading, blocks):
            yield f"{'#' * level} {line((heading,))}" if heading else ""
            yield from _blocks(blocks, level + 1 if heading else level)
        case Group(sections):
            yield from _blocks(sections, level)
        case Paragraph(text, style):
            yield f"> {line(text)}" if style == "warning" else line(text)
        case Figures(compared=compared):
            yield _table(compared)
        case Table():
            yield _table(block)
        case Shares():
            yield _shares(block)
        case Chart():
            yield line((block.caption,))
            yield _chart(block)
        case Items(items):
            yield "\n".join(part for item in items for part in _item(item.text, item.value, item.about))
        case Tree():
            yield "\n".join(_tree_row(block, row) for row in (*block.rows, block.total))
        case DecisionList(decisions):
            yield "\n".join(map(_decision, decisions))
        case CodeBlock():
            yield f"{line((block.caption,))}:"
            yield _fenced(block)
        case Pairs(pairs):
            yield "\n".join(f"- {line((name,))}: {line((value,))}" for name, value in pairs)
        case Legend() | Footnotes():
            # They explain colours, and marks that are not here.
            return


def _item(text: Line, value: Line, about: tuple[Line, ...]) -> Iterator[str]:
    yield f"- {line(text)}" + (f", {_inline(value)}" if value else "")
    yield from (f"  - {line(each)}" for each in about)


def _decision(decision: Decision) -> str:
    figure = f"**{inline(decision.figure)}**" + (f" ({inline(decision.made_of)})" if decision.made_of else "")
    lead = [part for part in (_inline(decision.when), figure) if part]
    about = f"; {_inline(decision.about)}" if decision.about else ""
    return f"- {sentence_start(', '.join(lead))}: {_inline(decision.what)}{about}"


def _tree_row(tree: Tree, row: TreeRow) -> str:
    """A line of a list in lists: what it is, and its values with their columns' names but the first's."""
    name, *rest = zip(tree.columns, row.cells, strict=True)
    details = [_inline(cell) for column, cell in rest if column.kind == "under"]
    people = [f"{inline(column.label)} {_inline(cell)}" for column, cell in rest if column.kind == "text" and any(cell)]
    hours, *more = [(column, _inline(cell)) for column, cell in rest if column.kind == "number"]
    values = [f"{hours[1]} h", *(f"{value} {inline(column.label).lower()}" for column, value in more if value)]
    shown = _bold(_inline(name[1])) if row.is_sum else line(name[1])
    return f"{'  ' * row.level}- {'; '.join(part for part in (shown, *details, ', '.join(values), *people) if part)}"


def _table(table: Table) -> str:
    shown = [place for place, column in enumerate(table.columns) if column.kind != "bar"]
    columns = [table.columns[place] for place in shown]
    rows = [[_cell(row, place) for place in shown] for row in table.rows]
    if table.total is not None:
        rows.append([_bold(_cell(table.total, place)) for place in shown])
    return _grid([column.label for column in columns], rows, [_is_number(column) for column in columns])


def _cell(row: Row, place: int) -> str:
    return _inline(row.cells[place])


def _bold(cell: str) -> str:
    return f"**{cell}**" if cell else ""


def _is_number(column: Column) -> bool:
    return column.kind == "number"


def _shares(shares: Shares) -> str:
    every = (*shares.shares, shares.total)
    rows = [[inline(each.name), str(each.hours), *map(inline, (each.percent, *each.counts))] for each in every]
    rows[-1] = list(map(_bold, rows[-1]))
    return _grid(shares.heads, rows, [False] + [True] * (len(shares.heads) - 1))


def _chart(chart: Chart) -> str:
    rows = [[inline(column.name), _inline(column.value), *map(inline, column.more)] for column in chart.columns]
    if chart.current:
        rows[-1][0] = _bold(rows[-1][0])
    return _grid(chart.heads, rows, [False] + [True] * (len(chart.heads) - 1))


def _grid(heads: Iterable[str], rows: Iterable[Iterable[str]], numbers: Iterable[bool]) -> str:
    lines = [_row(inline(head) for head in heads), f"|{'|'.join('---:' if number else '---' for number in numbers)}|"]
    return "\n".join([*lines, *map(_row, rows)])


def _row(cells: Iterable[str]) -> str:
    return re.sub(r" {2,}", " ", f"| {' | '.join(cells)} |")


def _fenced(code: CodeBlock) -> str:
    # What stands in it is quoted for its language, where a line break is none; a fence of its own would end it.
    text = code.text.replace("```", "` ` `")
    return f"```{code.language}\n{text}\n```"
