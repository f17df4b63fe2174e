"""time.csv: the time of a period by day, person and work item or other activity, for spreadsheets.

Rows add up to the report's totals, in seconds and in the hours printed. What people typed never becomes a formula.
"""

import csv
import io
import re

from volt_assets.formatting import number
from volt_assets.reports.facts.prepared import PreparedPeriod
from volt_assets.warehouse import query, read_rows

FILE = "time.csv"
COLUMNS = (
    "day",
    "person",
    "email",
    "linked",
    "type",
    "public_id",
    "name",
    "project",
    "description",
    "seconds",
    "hours",
    "entries",
)
# What makes a spreadsheet take a cell for a formula (OWASP, "CSV Injection"): one of these signs in any width, at the
# start of the cell, or where one begins that splits at tabs, semicolons (as spreadsheets do in much of Europe) or ends
# of lines; blanks and what is invisible may stand before it.
FORMULA = re.compile(
    r"((?:\A|[\t\r\n;])[\s\x00-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]*)"
    r"(?=[=+\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b])"
)


def time_csv(prepared: PreparedPeriod) -> str:
    """The table of a period, in which the hours are parts of those that its reports print."""
    rows = read_rows(prepared.cursor, query("reports/files/sql/time_table.sql"))
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for row in rows:
        values = row | {"linked": "yes" if row["linked"] else "no", "hours": number(row["hundredths"], "decimal")}
        writer.writerow([_cell(values[column]) for column in COLUMNS])
    return file.getvalue()


def _cell(value: object) -> object:
    return FORMULA.sub(r"\1'", value) if isinstance(value, str) else value
