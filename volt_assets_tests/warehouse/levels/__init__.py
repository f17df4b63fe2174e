"""Warehouses that earlier versions of Volt wrote, one for each level of tables that was in use; gzipped.

`python -m volt_assets_tests.warehouse.levels LEVEL COMMIT` makes one with the code of a commit: two weeks of a company
of three, which today's sandbox serves, too.
"""

import gzip
from datetime import date
from pathlib import Path

from volt_assets.sandbox.company import Company
from volt_assets.sandbox.from_csv import ENTITY_COLUMNS, ENTRY_COLUMNS, company_from_csv

FOLDER = Path(__file__).parent
FIRST, LAST = date(2025, 10, 6), date(2025, 10, 19)
TIMEZONE = "Europe/Berlin"
_PEOPLE = {"Ann Lee": "ann@example.com", "Ben Ode": "ben@example.com", "José Núñez": "jose@example.com"}
_ITEMS = (
    ("Scrum", "Bug", "412", "Fix login", "In progress", "8", "2025-10-06", "", "ann@example.com"),
    ("Scrum", "Task", "12", "Move to Postgres", "Done", "4", "2025-10-07", "2025-10-15", "ben@example.com"),
    ("Design", "Work Version", "31", "Calendar draft", "Open", "", "", "", "jose@example.com"),
)


def levels() -> dict[str, Path]:
    """The files by their level: the name of the last migration that they have seen."""
    return {path.name.removesuffix(".duckdb.gz"): path for path in sorted(FOLDER.glob("*.duckdb.gz"))}


def unpack(level: str, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(gzip.decompress(levels()[level].read_bytes()))


def company(folder: Path) -> Company:
    """Three people's two weeks, with odd seconds: linked time, other time, none without a description."""
    entries, entities = folder / "entries.csv", folder / "entities.csv"
    rows = []
    for number in range(2 * 5 * 3 * 2):
        day, rest = divmod(number, 6)
        person, half = divmod(rest, 2)
        name, email = list(_PEOPLE.items())[person]
        space, kind, public_id, title, *_ = _ITEMS[(day + person) % 3]
        linked = f"{title} #{public_id} [{space}] [{kind}] [Moneyball]"
        minutes, seconds = divmod(61 * 60 + 7 * number, 60)
        start = f"{9 + 4 * half:02}:00:00"
        stop = f"{9 + 4 * half + minutes // 60:02}:{minutes % 60:02}:{seconds:02}"
        on = date(2025, 10, 6 + day + 2 * (day // 5))
        duration = f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"
        description = "Standup" if half and day % 2 else "" if half else linked
        rows.append([name, email, "", "Volt", "", description, "No", on, start, on, stop, duration, ""])
    write(entries, ENTRY_COLUMNS, rows)
    named = ("Space", "Database", "Public Id", "Name", "State", "Estimate Hours", "Started On", "Completed On")
    places = {column: place for place, column in enumerate((*named, "Assignee Email"))}
    write(
        entities,
        ENTITY_COLUMNS,
        [[item[places[column]] if column in places else "" for column in ENTITY_COLUMNS] for item in _ITEMS],
    )
    return company_from_csv(entries, entities, timezone=TIMEZONE)


def write(path: Path, head: tuple[str, ...], rows: list[list[object]]) -> None:
    path.write_text("\n".join(",".join(map(str, row)) for row in (list(head), *rows)) + "\n", encoding="utf-8")
