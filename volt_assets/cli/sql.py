"""`volt sql`: a query about the stored weeks, answered from a snapshot. DuckDB is imported only when it runs."""

import csv
import math
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from volt_assets.cli.options import json_option
from volt_assets.cli.output import print_json, print_table
from volt_assets.errors import BadInput
from volt_assets.settings import Settings


@click.command("sql")
@click.argument("query")
@click.option("--csv", "as_csv", is_flag=True, help="Print the rows as CSV, with a line of names.")
@json_option
def command(query: str, as_csv: bool, as_json: bool) -> None:
    """Answer a query about the stored weeks, in DuckDB's SQL.

    It reads a snapshot of the warehouse, so that no run waits for it: that of now or, while the warehouse is in use,
    the last one. One statement that reads, and only the stored tables. JSON has the keys columns, rows and as_of, the
    instant of the last change that the answer knows of.

    \b
    Examples:
      volt sql "SHOW TABLES"
      volt sql "DESCRIBE tracked_time"
      volt sql "SELECT week, sum(seconds) / 3600 AS hours FROM tracked_time GROUP BY ALL ORDER BY ALL" --csv
    """
    if as_csv and as_json:
        raise BadInput("Give --csv or --json, not both.", code="usage")
    settings = Settings.load()
    from volt_assets.warehouse.snapshot import is_current, latest

    as_of = latest(settings.warehouse_path, settings.snapshot_path, settings.volt_lock_wait)
    columns, rows = _answer(settings.snapshot_path, query)
    if as_json:
        print_json(
            {
                "columns": columns,
                "rows": [[_plain(value) for value in row] for row in rows],
                "as_of": as_of.isoformat().replace("+00:00", "Z"),
            }
        )
    elif as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerows([columns, *rows])
    else:
        print_table(columns, [["" if value is None else str(value) for value in row] for row in rows])
    if not is_current(settings.warehouse_path, settings.snapshot_path):
        click.echo(f"The warehouse is in use: this is the state of {as_of:%Y-%m-%d %H:%M:%S} UTC.", err=True)


def _answer(snapshot: Path, query: str) -> tuple[list[str], Sequence[tuple[Any, ...]]]:
    """The names of the columns, and the rows. Raises BadInput for what is not one statement that reads."""
    import duckdb

    from volt_assets.warehouse.snapshot import reading

    reads = (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN)
    try:
        with reading(snapshot) as connection:
            statements = connection.extract_statements(query)
            if len(statements) != 1 or statements[0].type not in reads:
                raise BadInput(
                    "Only one statement is answered, and only one that reads: SELECT, FROM, WITH, DESCRIBE, SHOW, "
                    "SUMMARIZE or EXPLAIN.",
                    code="usage",
                )
            result = connection.execute(statements[0])
            return [column[0] for column in result.description], result.fetchall()
    except duckdb.Error as error:
        raise BadInput(f"The query cannot be answered. {error}", code="bad_query") from None


def _plain(value: Any) -> Any:
    """The value as JSON has it: numbers, texts and lists; everything else as its text."""
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return value.isoformat() if isinstance(value, datetime) else str(value)
