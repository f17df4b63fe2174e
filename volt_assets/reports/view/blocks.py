"""What a report is put together of: blocks, and the spans of text within them.

A view is made once, of facts; Markdown, pages and messages only lay it out. Every value in it is as it will be printed:
rounded, counted, in words. Texts are plain, whoever typed them: no span holds markup, and each renderer escapes all of
them for its own format.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from volt_assets.formatting import HoursForm, difference, form_in_force, number

# Spans: parts of a line. A plain `str` is text.


@dataclass(frozen=True)
class Strong:
    text: str


@dataclass(frozen=True)
class Soft:
    """Of less weight than the text around it."""

    text: str


@dataclass(frozen=True)
class Code:
    """A name of a file or setting."""

    text: str


@dataclass(frozen=True)
class Behind:
    """A date or a state that is behind the plan."""

    text: str


@dataclass(frozen=True)
class Hours:
    """A printed time in hundredths of an hour or, by its `form`, minutes. `tint`: how strongly it stands out among
    others, in percent."""

    hundredths: int
    unit: str = ""
    tint: int = 0
    form: HoursForm = field(default_factory=form_in_force)

    def __str__(self) -> str:
        return number(self.hundredths, self.form) + self.unit


@dataclass(frozen=True)
class Change:
    """A printed difference of two times, in hundredths of an hour or, by its `form`, minutes."""

    hundredths: int
    form: HoursForm = field(default_factory=form_in_force)

    def __str__(self) -> str:
        return difference(self.hundredths, 0, self.form)


@dataclass(frozen=True)
class EntityName:
    """A work item, by number and name, with its address in Fibery. `to`: the anchor of its place in this report."""

    public_id: str | None
    name: str = ""
    url: str | None = None
    to: str | None = None
    finished: bool = False


@dataclass(frozen=True)
class PageLink:
    """A link to another report: `page` is its file's path from this one, without an ending; None: there is none.

    `about` tells it from others of the same label. `tint`: how strongly it stands out among others, in percent.
    """

    label: str
    page: str | None
    about: str = ""
    tint: int = 0


@dataclass(frozen=True)
class WebLink:
    """A link to a page elsewhere; without an address, its text alone."""

    label: str
    url: str | None


@dataclass(frozen=True)
class Jump:
    """A link to the anchor `to` in this report."""

    label: str
    to: str


@dataclass(frozen=True)
class See:
    """A mark that leads to the anchor `to` in this report, where a format has links within."""

    to: str


@dataclass(frozen=True)
class Evidence:
    """What the sentence before it rests on: in words, as short marks, and where it stands in this report.

    `number` is that of its footnote.
    """

    text: str
    marks: str
    to: str
    number: int


@dataclass(frozen=True)
class StackedBar:
    """Sizes beside each other, by place in `labels`, on a scale whose full length is `whole`. `mark`: a size to
    compare with; 0: none."""

    sizes: tuple[int, ...]
    labels: tuple[str, ...]
    whole: int
    mark: int = 0


@dataclass(frozen=True)
class PlanBar:
    """What was spent before the period and in it, against the estimate (above zero), in seconds."""

    estimate: int
    before: int
    now: int


@dataclass(frozen=True)
class Spark:
    """Columns in time on their own scale, the last of them of this period. None: unknown."""

    sizes: tuple[int | None, ...]


Bar = StackedBar | PlanBar | Spark
Link = EntityName | PageLink | WebLink | Jump | See
Span = str | Strong | Soft | Code | Behind | Hours | Change | Link | Evidence | Bar
Line = tuple[Span, ...]

# The figure that a total is: what adds up to it is all of that time.
Whole = Literal["tracked", "linked", "other"]

# Blocks


@dataclass(frozen=True)
class Paragraph:
    """`lead`: the report's first sentences; `warning`: what to know before trusting the figures."""

    text: Line
    style: Literal["text", "lead", "warning", "note", "small", "soft"] = "text"


@dataclass(frozen=True)
class Figure:
    """One figure that stands by itself, and lines that put it beside others."""

    label: str
    value: Hours | str
    unit: str = ""
    notes: tuple[Line, ...] = ()


@dataclass(frozen=True)
class Figures:
    """The report's main figures: by themselves, and as a table of now, before and the difference.

    `wholes` are the printed times that tables of this report add up to.
    """

    figures: tuple[Figure, ...]
    compared: "Table"
    wholes: dict[Whole, int]


@dataclass(frozen=True)
class Share:
    """A part of a whole, with its whole percent. `counts` are by column of `Shares`; `about` says the same in words."""

    name: str
    hours: Hours
    percent: str
    counts: tuple[str, ...] = ()
    about: str = ""


@dataclass(frozen=True)
class Shares:
    """Parts of a whole, the largest first, and their total. With little room, `first` and `others` are all."""

    heads: tuple[str, ...]
    shares: tuple[Share, ...]
    first: tuple[Share, ...]
    others: Share | None
    total: Share
    whole: Whole = "tracked"


@dataclass(frozen=True)
class Column:
    """`under`: details that may stand under the row's first cell; `bar`: a drawing that only pages have.

    `optional`: left out where there is little room.
    """

    label: str
    kind: Literal["text", "number", "bar", "under"] = "text"
    optional: bool = False
    strong: bool = False
    soft: bool = False


@dataclass(frozen=True)
class Row:
    cells: tuple[Line, ...]
    anchor: str | None = None
    soft: bool = False


@dataclass(frozen=True)
class Table:
    """Rows and, where there is one, their total. Hours and changes in a column add up to those of the total.

    `whole`: the figure that the first time of the total is.
    """

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    total: Row | None = None
    whole: Whole | None = None
    style: str = ""


@dataclass(frozen=True)
class TreeRow:
    """A line of a tree, `level` deep. `is_sum`: its hours are those of the lines right under it."""

    level: int
    cells: tuple[Line, ...]
    is_sum: bool
    anchor: str | None = None


@dataclass(frozen=True)
class Tree:
    """Lines under lines, and their total: the figure `whole`, which all lines add up to that are no sums themselves."""

    columns: tuple[Column, ...]
    rows: tuple[TreeRow, ...]
    total: TreeRow
    whole: Whole


@dataclass(frozen=True)
class ListItem:
    """A line with a value at its end, and lines below it. `fired`: a rule found it; None: it is no finding."""

    text: Line
    value: Line = ()
    about: tuple[Line, ...] = ()
    fired: bool | None = None


@dataclass(frozen=True)
class Items:
    """A list."""

    items: tuple[ListItem, ...]


@dataclass(frozen=True)
class Decision:
    """A line of what somebody has to decide: when, what, whose and in which state; a figure, and what it is made of."""

    what: Line
    about: Line
    figure: str
    made_of: str = ""
    when: Line = ()


@dataclass(frozen=True)
class DecisionList:
    decisions: tuple[Decision, ...]


@dataclass(frozen=True)
class ChartColumn:
    """A column: its size (None: unknown), its name, a shorter one for the axis, its value, and more values.

    `mark`: a size to compare it with, which the chart's caption names.
    """

    size: int | None
    name: str
    short: str
    value: Line
    more: tuple[str, ...] = ()
    mark: int | None = None


@dataclass(frozen=True)
class Chart:
    """Columns in time. `current`: only the last is of this period. `line`: a size to compare with."""

    label: str
    caption: str
    heads: tuple[str, ...]
    columns: tuple[ChartColumn, ...]
    current: bool = False
    line: int | None = None
    whole: Whole | None = None


@dataclass(frozen=True)
class Legend:
    """What colours and marks mean."""

    entries: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class CodeBlock:
    """Text to copy, folded where that is possible under its caption."""

    caption: str
    text: str
    language: str


@dataclass(frozen=True)
class Pairs:
    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Footnotes:
    """What sentences rest on, numbered from 1, for print."""

    notes: tuple[str, ...]


@dataclass(frozen=True)
class Section:
    """Blocks under a heading. `folded`: closed at first where that is possible; None: it never is.

    `optional`: left out where there is little room. `bare`: its place says what it is. `aside`: what its figures are.
    """

    heading: str
    blocks: tuple["Block", ...]
    anchor: str | None = None
    folded: bool | None = None
    optional: bool = False
    style: Literal["", "bare", "minor", "foot"] = ""
    aside: str = ""


@dataclass(frozen=True)
class Group:
    """Sections that stand beside each other where there is room.

    `decisions`: two groups, of which the first is broad, each a `column` of sections below each other.
    """

    sections: tuple["Block", ...]
    layout: Literal["pair", "decisions", "column"] = "pair"


Block = (
    Paragraph
    | Figures
    | Shares
    | Table
    | Tree
    | Items
    | DecisionList
    | Chart
    | Legend
    | CodeBlock
    | Pairs
    | Footnotes
    | Section
    | Group
)


@dataclass(frozen=True)
class View:
    """A report as it is read: what kind it is, whose or what it is called, of which days, and what it is about.

    `name` is all of that in short. `up` is what it belongs to, `beside` are pages about the same days; `blocks` are all
    that follows the head.
    """

    kind: str
    title: str
    days: str
    name: str
    about: tuple[str, ...]
    up: PageLink | None
    blocks: tuple[Block, ...]
    beside: tuple[PageLink, ...] = ()

    def walk(self) -> Iterator[tuple[str, Block]]:
        """All blocks, those within others too, each with the heading it stands under."""
        yield from _walk("", self.blocks)


def _walk(heading: str, blocks: tuple[Block, ...]) -> Iterator[tuple[str, Block]]:
    for block in blocks:
        yield heading, block
        if isinstance(block, Section):
            yield from _walk(block.heading, block.blocks)
        elif isinstance(block, Group):
            yield from _walk(heading, block.sections)
