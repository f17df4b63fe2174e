"""Any two prints of one figure agree, in any file and format, and every printed table adds up: read back from the files
of generated companies with odd seconds."""

import csv
import io
import json
import re
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from volt_assets.automation.digest import digest_of
from volt_assets.formatting import MINUS, HoursForm
from volt_assets.reports.facts.period import period_facts
from volt_assets.reports.facts.prepared import PreparedPeriod
from volt_assets.reports.files.run_folder import write_run_folder
from volt_assets.reports.rules import ReportRules
from volt_assets.warehouse import migrate
from volt_assets_tests.reports.conftest import MONDAY, SUNDAY, ZONE, Stored
from volt_assets_tests.reports.files.test_workbook import Read

NOW = datetime(2025, 10, 13, 9, 30, tzinfo=UTC)
PEOPLE = {1: "Ann", 2: "Ben", 3: "Cleo", 4: "Dan"}
PROJECTS = (None, "Boat", "Mast", "Sail")
HOURS = re.compile(r"(?<![\d.])(\d+)[.:](\d\d)(?!\d)(?! UTC)")
ABOVE = {"type": "Scrum/Feature", "public_id": "3", "name": "Above", "url": None, "state": None, "state_final": None}
ABOVE |= {"items": None, "items_done": None}
# User, day from the Monday before, what it is on (a number: a work item), project, seconds.
Spent = tuple[int, int, int | None, str | None, int]
ENTRIES = st.lists(
    st.tuples(
        st.sampled_from(sorted(PEOPLE)),
        st.integers(0, 13),
        st.sampled_from([None, 11, 12, 13, 14, 15, 16]),
        st.sampled_from(PROJECTS),
        st.integers(1, 20_000),
    ),
    min_size=1,
    max_size=60,
)


def units(cell: str, form: HoursForm) -> int | None:
    """A printed time as the whole number of hundredths or minutes; None of what is no time."""
    found = re.fullmatch(r"([+±−]?)(\d+)[.:](\d\d)(?: h)?", cell.strip("* "))
    if found is None:
        return None
    value = int(found[2]) * (60 if form == "hm" else 100) + int(found[3])
    return -value if found[1] == MINUS else value


def text(cell: str) -> str:
    """A cell of Markdown without links and bold."""
    return re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", cell).strip("* ")


class Tables(HTMLParser):
    """The tables of a page as (class, body rows, foot rows), and all its text."""

    def __init__(self, page: str):
        super().__init__()
        self.tables: list[tuple[str, list[list[str]], list[list[str]]]] = []
        self.shown = ""
        self._part = 0
        self._hidden = self._cell = False
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self._hidden = self._hidden or tag == "style"
        # A figure may be in two parts ("40" and, smaller, ".48"); whatever else begins is something else.
        self.shown += "" if tag == "i" else " "
        if tag == "table":
            self.tables.append((dict(attrs).get("class") or "", [], []))
        elif tag in ("thead", "tbody", "tfoot"):
            self._part = {"thead": 0, "tbody": 1, "tfoot": 2}[tag]
        elif tag == "tr" and self._part:
            self.tables[-1][self._part].append([])
        elif tag == "td":
            self._cell = True
            self.tables[-1][self._part][-1].append("")

    def handle_endtag(self, tag):
        self._hidden = self._hidden and tag != "style"
        self._cell = self._cell and tag != "td"

    def handle_data(self, data):
        if not self._hidden:
            self.shown += data
        if self._cell:
            self.tables[-1][self._part][-1][-1] += data


def tables_of(markdown: str) -> Iterator[tuple[str, list[str], list[list[str]]]]:
    """Each table with the heading above it, its heads and rows."""
    heading, table = "", []
    for line in [*markdown.splitlines(), ""]:
        if line.startswith("|"):
            table.append([cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]])
        elif table:
            yield heading, table[0], table[2:]
            table = []
        if line.startswith("#"):
            heading = line.lstrip("# ")


def tree_of(markdown: str, form: HoursForm) -> list[tuple[int, str, int]]:
    """The team's work items: depth, line and printed hours of each."""
    part = markdown.split("## Work items, under", 1)
    lines = part[1].split("\n## ", 1)[0].splitlines() if len(part) > 1 else []
    found = [re.match(r"( *)- (.*?); (?:.*?; )?(\d+[.:]\d\d) h", line) for line in lines]
    return [(len(each[1]) // 2, each[0], units(each[3], form) or 0) for each in found if each]


class Prints:
    """What each figure is printed as, and where."""

    def __init__(self, form: HoursForm):
        self.form = form
        self.of: dict[tuple, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))

    def add(self, where: str, value: int | str | None, *figure) -> None:
        printed = units(value, self.form) if isinstance(value, str) else value
        if printed is not None:
            self.of[figure][printed].append(where)

    def sums(self, where: str, rows, *keys) -> None:
        """Add up rows of (printed, key of each figure...)."""
        found: dict[tuple, int] = defaultdict(int)
        for printed, row in rows:
            for key in keys:
                if (figure := key(row)) is not None:
                    found[figure] += printed
        for figure, printed in found.items():
            self.add(where, printed, *figure)


def stored_company(entries: list[Spent]) -> Stored:
    connection = duckdb.connect(":memory:")
    migrate(connection)
    stored = Stored(connection)
    stored.people = {user: (name, f"{name.lower()}@example.com") for user, name in PEOPLE.items()}
    first = MONDAY - timedelta(days=7)
    for number, (user, day, item, project, seconds) in enumerate(entries):
        tags = f" [Scrum] [Bug] [{project}]" if project else " [Scrum] [Bug]"
        described = f"Activity {number % 3}" if item is None else f"Item {item} #{item}{tags}"
        own = project if item is None else None
        on = first + timedelta(days=day)
        stored.entry(described, seconds, day=on, user=user, project=own, billable=number % 2 > 0)
    stored.weeks(first, MONDAY)
    for week in (first, MONDAY):
        used = {(item, project) for _, day, item, project, _ in entries if item and (day >= 7) == (week == MONDAY)}
        for item in sorted({item for item, _ in used}):
            answer = {"name": f"Item {item}", "estimate_seconds": 1000 * item, "planned_end": SUNDAY}
            answer["parents"] = [ABOVE] if item % 2 else []
            stored.entity(str(item), week=week, **answer)
    return stored


def read_csv(folder: Path, prints: Prints) -> None:
    rows = list(csv.DictReader(io.StringIO((folder / "reports" / "time.csv").read_text())))
    values = [(int(row["hours"].replace(".", "")), row) for row in rows]
    prints.sums(
        "time.csv",
        values,
        lambda row: ("team",),
        lambda row: ("team", "linked") if row["linked"] == "yes" else ("team", "other"),
        lambda row: ("person", row["person"]),
        lambda row: ("person", row["person"], "linked" if row["linked"] == "yes" else "other"),
        lambda row: ("project", row["project"]),
        lambda row: ("person", row["person"], "project", row["project"]),
        lambda row: ("item", row["public_id"]) if row["public_id"] else None,
        lambda row: ("person", row["person"], "item", row["public_id"]) if row["public_id"] else None,
        lambda row: ("person", row["person"], "day", f"{datetime.fromisoformat(row['day']):%A}"),
        lambda row: ("person", row["person"], "activity", row["description"]) if row["linked"] == "no" else None,
    )
    # JSON has the same seconds, whole.
    aggregated = json.loads((folder / "toggl_aggregated.json").read_text())
    for user in aggregated["users"].values():
        own = [row for row in rows if row["email"] == user["user_email"]]
        assert user["statistics"]["total_duration_seconds"] == sum(int(row["seconds"]) for row in own)


def read_workbook(folder: Path, prints: Prints) -> None:
    read = Read((folder / "reports" / "time.xlsx").read_bytes())
    for row in read.rows("people"):
        for name, kind in (("hours", ()), ("on work items", ("linked",)), ("other", ("other",))):
            prints.add("time.xlsx", round(100 * row[name]), "person", row["person"], *kind)
    for row in read.rows("projects"):
        name = "" if row["project"] == "No project" else row["project"]
        prints.add("time.xlsx", round(100 * row["hours"]), "project", name)
    for row in read.rows("items"):
        prints.add("time.xlsx", round(100 * row["hours"]), "item", row["public_id"])
        prints.add("time.xlsx", round(100 * row["hours in all"]), "item in all", row["public_id"])
        prints.add("time.xlsx", round(100 * row["estimate"]), "estimate", row["public_id"])
    for sheet in ("time", "people", "projects"):
        prints.add(f"time.xlsx, totals of {sheet}", round(100 * read.totals(sheet)["hours"]), "team")


def read_team(markdown: str, prints: Prints) -> None:
    where = "team_summary.md"
    for heading, heads, rows in tables_of(markdown):
        cells = [dict(zip(heads, map(text, row), strict=True)) for row in rows]
        if heading == "Figures":
            for row, kind in zip(cells, ((), ("linked",), ("other",)), strict=False):
                prints.add(where, row["This week"].split(" h")[0], "team", *kind)
        elif heading == "People":
            for row in cells[:-1]:
                prints.add(where, row["Hours"], "person", row["Person"])
            prints.add(where, cells[-1]["Hours"], "team")
        elif heading == "Where the time went" and heads[0] == "Project":
            for row in cells[:-1]:
                prints.add(where, row["Hours"], "project", row["Project"].replace("no project", ""))
        elif heading == "Person by project":
            for row in cells[:-1]:
                prints.add(where, row["All"], "person", row["Hours"])
                for project in set(PROJECTS) & set(heads):
                    prints.add(where, row[project], "person", row["Hours"], "project", project)
            for project in set(PROJECTS) & set(heads):
                prints.add(where, cells[-1][project], "project", project)
    for _, line, printed in tree_of(markdown, prints.form):
        if item := re.search(r"\[#(\d\d) ", line):
            prints.add(f"{where}, tree", printed, "item", item[1])
            in_all = re.search(r"(\d+[.:]\d\d) in all", line)
            prints.add(f"{where}, tree", in_all[1] if in_all else None, "item in all", item[1])


def read_person(name: str, markdown: str, prints: Prints) -> None:
    where = f"{name}'s report"
    for heading, heads, rows in tables_of(markdown):
        cells = [dict(zip(heads, map(text, row), strict=True)) for row in rows]
        if heading == "Figures":
            for row, kind in zip(cells, ((), ("linked",), ("other",)), strict=False):
                prints.add(where, row["This week"].split(" h")[0], "person", name, *kind)
        elif heading == "Hours by day":
            for row in cells:
                prints.add(where, row["Hours"], "person", name, "day", row["Day"])
        elif heading.startswith("Work items"):
            for row in cells[:-1]:
                item = re.search(r"#(\d\d)", row["Work item"])[1]
                prints.add(where, row["This week"], "person", name, "item", item)
                prints.add(where, row["Everybody"].replace("at least ", ""), "item in all", item)
                prints.add(where, row["Estimate"], "estimate", item)
            prints.add(where, cells[-1]["This week"], "person", name, "linked")
        elif heading == "Other activities":
            for row in cells[:-1]:
                prints.add(where, row["Hours"], "person", name, "activity", row["Not linked to a work item"])
        elif heading == "Where the time went" and heads[0] == "Project":
            for row in cells[:-1]:
                project = row["Project"].replace("no project", "")
                prints.add(where, row["Hours"], "person", name, "project", project)


def read_summary(markdown: str, prints: Prints) -> None:
    where = "toggl_summary.md"
    for heading, heads, rows in tables_of(markdown):
        for row in (dict(zip(heads, map(text, row), strict=True)) for row in rows):
            if heads[0] == "Person":
                figure = ("team",) if row["Person"] == "All" else ("person", row["Person"])
                prints.add(where, row["Hours"], *figure)
                prints.add(where, row["Linked"], *figure, "linked")
                prints.add(where, row["Other"], *figure, "other")
            elif heads[0] == "Other activity":
                prints.add(where, row["Hours"], "person", heading, "activity", row["Other activity"])


def require_tables_add_up(markdown: str, page: str, form: HoursForm) -> None:
    for heading, _, rows in tables_of(markdown):
        # The week itself stands out among those before.
        if heading == "Hours by week" or not rows[-1][0].startswith("**"):
            continue
        for place, total in enumerate(rows[-1]):
            if (printed := units(total, form)) is not None:
                assert sum(units(row[place], form) or 0 for row in rows[:-1]) == printed, (heading, rows)
    shown = Tables(page)
    for kind, body, foot in shown.tables:
        for total in foot if kind != "tree" else []:
            for place, cell in enumerate(total):
                if (printed := units(cell, form)) is not None:
                    assert sum(units(row[place], form) or 0 for row in body) == printed, (kind, body, foot)
    # What Markdown prints, the page prints; all but the comparison of figures, of which it draws the changes alone.
    both = re.sub(r"(?s)### Figures\n.*?\n#", "#", markdown)
    assert {each[0] for each in HOURS.finditer(both)} <= {each[0] for each in HOURS.finditer(shown.shown)}


def require_tree_adds_up(tree: list[tuple[int, str, int]]) -> None:
    for place, (depth, line, printed) in enumerate(tree):
        below = []
        for deeper, _, part in tree[place + 1 :]:
            if deeper <= depth:
                break
            below += [part] if deeper == depth + 1 else []
        assert not below or sum(below) == printed, (line, below)
    if tree:
        assert sum(printed for depth, _, printed in tree[:-1] if depth == 0) == tree[-1][2]


def require_one_print(entries: list[Spent], form: HoursForm) -> None:
    stored = stored_company(entries)
    prints, rules = Prints(form), ReportRules(ZONE, hours=form)
    days = MONDAY, SUNDAY
    with tempfile.TemporaryDirectory() as place, PreparedPeriod(stored.connection, *days, hours=form) as prepared:
        folder = Path(place) / "export"
        facts = period_facts(prepared, rules)
        write_run_folder(
            *(prepared, rules, folder), run_id=None, user_emails=None, generated_at=NOW, metadata={}, with_workbook=True
        )
        reports = folder / "reports"
        if form == "decimal":
            read_csv(folder, prints)
            read_workbook(folder, prints)
        for file in sorted(reports.rglob("*.html")):
            markdown = file.with_suffix(".md").read_text()
            require_tables_add_up(markdown, file.read_text(), form)
            if file.parent != reports:
                read_person(file.stem.capitalize(), markdown, prints)
        team = (reports / "team_summary.md").read_text()
        read_team(team, prints)
        require_tree_adds_up(tree_of(team, form))
        read_summary((reports / "toggl_summary.md").read_text(), prints)
        for report in facts.reports:
            first = HOURS.search(digest_of(report, "http://127.0.0.1:3000").body)
            figure = ("person", report.name) if report is not facts.team else ("team",)
            prints.add("digest", first[0] if first else None, *figure)
    stored.connection.close()
    differing = {figure: dict(found) for figure, found in prints.of.items() if len(found) > 1}
    assert differing == {}
    assert all(len(places) > 1 for places in prints.of["team",].values())


AWKWARD: list[Spent] = [
    (user, day, item, project, 1 + (user * 7919 + day * 104_729 + (item or 3) * 1_299_709 + place * 331) % 9_000)
    for user in PEOPLE
    for day in range(3, 14)
    for place, (item, project) in enumerate([(11, "Boat"), (12, "Mast"), (None, "Sail"), (13, None), (None, None)])
]


@pytest.mark.parametrize("form", ["decimal", "hm"])
def test_any_two_prints_of_a_figure_agree_and_every_table_adds_up(form):
    require_one_print(AWKWARD, form)


@pytest.mark.slow
@settings(max_examples=8, suppress_health_check=list(HealthCheck), deadline=None)
@given(ENTRIES, st.sampled_from(["decimal", "hm"]))
def test_of_any_company_any_two_prints_of_a_figure_agree_and_every_table_adds_up(entries, form):
    require_one_print(entries, form)
