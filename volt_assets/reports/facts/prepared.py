"""One period, ready to be queried, and the owner of the temporary tables that its queries read."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple, Self

from volt_assets.formatting import UNITS, HoursForm
from volt_assets.months import days_before
from volt_assets.reports.facts.models import Week
from volt_assets.warehouse import Connection, query, read_rows

Row = dict[str, Any]


class PeriodSums(NamedTuple):
    """What a period comes to: rows of `figures.sql` and `fetched_entries.sql`, by person and (None) of all of them."""

    weeks: list[Week]
    figures: dict[int | None, Row]
    fetched: dict[int | None, Row]


class PreparedPeriod:
    """The days first_day..last_day (both included) of the requested people (`user_ids` None: everybody).

    A context manager. Within, the temporary tables `period`, `period_time`, `period_entities` and `period_people` are
    there for `rows`, and what is made by `table` besides; at its end all are gone. They are on a cursor of the
    `connection`, so that two periods can be prepared at a time; what they are made of has to be committed.

    `hours`: the form in which they are printed. The view `printed_time` is `tracked_time`, with `hundredths` in the
    unit of that form.

    `previous` is the period that was prepared before this one, if any. Where it is the equally long one just before,
    for the same people and on the same connection, its sums are taken as they are; then nothing that they are made of
    may have been stored since.
    """

    def __init__(
        self,
        connection: Connection,
        first_day: date,
        last_day: date,
        user_ids: Sequence[int] | None = None,
        *,
        hours: HoursForm = "decimal",
        previous: "PreparedPeriod | None" = None,
    ):
        self.connection = connection
        self.first_day = first_day
        self.last_day = last_day
        self.user_ids = None if user_ids is None else list(user_ids)
        self.hours = hours
        self._previous = previous
        self._sums: PeriodSums | None = None
        self._cursor: Connection | None = None

    def __enter__(self) -> Self:
        self._cursor = self.connection.cursor()
        try:
            days = {"first_day": self.first_day, "last_day": self.last_day, "user_ids": self.user_ids}
            self.table("period", days | {"unit_seconds": UNITS[self.hours]})
            printed = "minutes" if self.hours == "hm" else "hundredths"
            self.cursor.execute(
                f"CREATE OR REPLACE TEMP VIEW printed_time AS SELECT * REPLACE ({printed} AS hundredths), "
                "hundredths AS decimal_hundredths FROM tracked_time"
            )
            self.table("period_time")
            self.table("period_entities")
            self._make_people()
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def _close(self) -> None:
        self.cursor.close()
        self._cursor = self._previous = None

    @property
    def cursor(self) -> Connection:
        """Where the temporary tables are."""
        if self._cursor is None:
            raise RuntimeError("This period is not prepared: use it in a with statement")
        return self._cursor

    @property
    def days(self) -> tuple[date, date]:
        return self.first_day, self.last_day

    def rows(self, name: str, parameters: Mapping[str, Any] | None = None) -> list[Row]:
        """The rows of a query of `facts/sql`, by its name there."""
        return read_rows(self.cursor, _text(name), parameters or {})

    def table(self, name: str, parameters: Mapping[str, Any] | None = None) -> None:
        """Make a temporary table of the query of the same name in `facts/sql`."""
        self.cursor.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {_text(name)}", parameters or {})

    @property
    def sums(self) -> PeriodSums:
        """Read once; known after the end, too, where it was read before."""
        if self._sums is None:
            self._sums = PeriodSums(
                [Week(**row) for row in self.rows("weeks")],
                by_person(self.rows("figures")),
                by_person(self.rows("fetched_entries")),
            )
        return self._sums

    @property
    def days_before(self) -> tuple[date, date]:
        """The period before: the month or quarter before one, else as many days."""
        return days_before(self.first_day, self.last_day)

    def sums_before(self) -> PeriodSums:
        """The sums of the period before, for the same people."""
        previous = self._previous
        if (
            previous is not None
            and previous._sums is not None
            and previous.connection is self.connection
            and previous.days == self.days_before
            and previous.user_ids == self.user_ids
            and previous.hours == self.hours
        ):
            return previous._sums
        with PreparedPeriod(self.connection, *self.days_before, self.user_ids, hours=self.hours) as before:
            return before.sums

    def _make_people(self) -> None:
        """The requested people with entries in the weeks that the period touches, under the names last known there."""
        ((first_week, last_week),) = self.cursor.execute("SELECT first_week, last_week FROM period").fetchall()
        self.cursor.execute(
            "CREATE OR REPLACE TEMP TABLE period_people AS SELECT user_id, name, email "
            f"FROM ({query('reports/sql/everybody.sql')}) CROSS JOIN period "
            "WHERE has_entries AND (user_ids IS NULL OR list_contains(user_ids, user_id))",
            {"first_week": first_week, "last_week": last_week},
        )


def by_person(rows: Sequence[Row]) -> dict[int | None, Row]:
    """Rows by their `user_id`; None: of all people together."""
    return {row["user_id"]: row for row in rows}


def _text(name: str) -> str:
    return query(f"reports/facts/sql/{name}.sql")
