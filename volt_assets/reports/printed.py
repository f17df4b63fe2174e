"""Do the rows that a report prints add up? Read back from its Markdown, so that rounding and wording are checked too.

What the templates print is known here by headings, tables and the form of hours: a heading renamed there is renamed
here.
"""

import re
from dataclasses import dataclass, field

from volt_assets.printing import MINUS

# A bar that is not escaped, as a typed one is.
_BAR = re.compile(r"(?<!\\)\|")
# A change of hours has its sign.
_HOURS = re.compile(rf"[+±{MINUS}]?\d+\.\d\d")
_OF_AN_ITEM = re.compile(r"\*\*(\d+\.\d\d) h\*\* ·")
_OF_A_LINE = re.compile(r"(\d+\.\d\d) h in ")
_FIGURE = re.compile(r"(\d+\.\d\d) h")


@dataclass
class _Table:
    """`total`: the last line, where it is in bold."""

    columns: list[str]
    rows: list[list[str]] = field(default_factory=list)
    total: list[str] | None = None

    def sum_of(self, column: str) -> int:
        place = self.columns.index(column)
        return sum(_hundredths(row[place]) for row in self.rows)

    @property
    def adds_up(self) -> bool:
        """Whether each column of hours (two decimals throughout) adds up to its total."""
        if self.total is None:
            return True
        columns = zip(*self.rows, self.total, strict=True) if self.rows else ()
        return all(
            sum(map(_hundredths, rows)) == _hundredths(total)
            for *rows, total in columns
            if all(_HOURS.fullmatch(cell) for cell in (*rows, total))
        )


@dataclass
class _Section:
    """What stands under a heading of the second level. `hours`: those printed by themselves, in hundredths."""

    tables: list[_Table] = field(default_factory=list)
    hours: int = 0

    @property
    def total(self) -> int:
        """All its hours: those printed by themselves, and those of its tables' lines."""
        return self.hours + sum(table.sum_of("Hours") for table in self.tables if "Hours" in table.columns)


def sections_that_do_not_add_up(markdown: str) -> list[str]:
    """The headings of a person's or the team's report under which the printed hours are not the printed totals."""
    sections = _sections(markdown)
    figures = {}
    for table in sections.get("Figures", _Section()).tables:
        figures |= {name: _FIGURE.match(value) for name, value, *_ in table.rows}
    totals = {
        name: _hundredths(match[1]) for name in ("Tracked", "On work items", "Other") if (match := figures.get(name))
    }
    if len(totals) < 3:
        return ["Figures"]
    wanted = {
        "Figures": (totals["On work items"] + totals["Other"], totals["Tracked"]),
        "Work items": (_total(sections, "Work items"), totals["On work items"]),
        "Other activities": (_total(sections, "Other activities"), totals["Other"]),
        "People": (_total(sections, "People"), totals["Tracked"]),
        "Projects": (_total(sections, "Projects"), totals["Tracked"]),
    }
    return [
        heading
        for heading, section in sections.items()
        if not all(table.adds_up for table in section.tables)
        or (heading in wanted and wanted[heading][0] != wanted[heading][1])
    ]


def _sections(markdown: str) -> dict[str, _Section]:
    sections: dict[str, _Section] = {}
    section, table = _Section(), None
    for line in markdown.splitlines():
        if line.startswith("|"):
            cells = [cell.strip() for cell in _BAR.split(line)[1:-1]]
            if table is None:
                table = _Table(cells)
                section.tables.append(table)
            elif cells[0].startswith("**"):
                table.total = [cell.strip("*") for cell in cells]
            elif not cells[0].startswith("---"):
                table.rows.append(cells)
            continue
        table = None
        if line.startswith("## "):
            section = sections[line.removeprefix("## ")] = _Section()
        elif match := _OF_AN_ITEM.match(line) or _OF_A_LINE.match(line):
            section.hours += _hundredths(match[1])
    return sections


def _total(sections: dict[str, _Section], heading: str) -> int | None:
    return sections[heading].total if heading in sections else None


def _hundredths(hours: str) -> int:
    return int(hours.replace(".", "").replace(MINUS, "-").replace("±", ""))
