"""Weeks summed before time was rounded to hundredths and to minutes: migrations round it, so that they add up, too."""

import random

import duckdb
import pytest

from volt_assets.warehouse import migrate
from volt_assets.warehouse.migrating import MIGRATIONS


@pytest.mark.parametrize(("before", "column", "unit"), [("0036", "hundredths", 36), ("0055", "minutes", 60)])
def test_weeks_summed_before_are_rounded_so_that_the_week_is_right_and_each_person_to_a_unit(before, column, unit):
    chance = random.Random(3)
    connection = duckdb.connect()
    connection.execute("CREATE TABLE schema_migrations (name VARCHAR PRIMARY KEY)")
    for file in sorted(MIGRATIONS.glob("*.sql")):
        if file.name < before:
            connection.execute(file.read_text())
            connection.execute("INSERT INTO schema_migrations VALUES (?)", [file.name])
    for _ in range(300):
        row = [chance.randrange(12), chance.random() < 0.7, str(chance.randrange(40)), chance.randrange(20_000)]
        connection.execute(
            "INSERT INTO tracked_time (week, user_id, day, linked, public_id, label, ids, seconds, entries) "
            "VALUES ('2025-10-06', ?, '2025-10-07', ?, ?, ['Scrum'], [], ?, 1)",
            row,
        )
    migrate(connection)
    assert connection.execute(f"SELECT count(*) FROM tracked_time WHERE {column} IS NULL").fetchone() == (0,)
    off = f"SELECT max(abs({column} * {unit} - seconds)) FROM"
    assert connection.execute(f"{off} tracked_time").fetchone()[0] < unit
    for of, most in (("week", unit // 2), ("user_id", unit)):
        sums = f"SELECT sum({column}) AS {column}, sum(seconds) AS seconds FROM tracked_time GROUP BY {of}"
        assert connection.execute(f"{off} ({sums})").fetchone()[0] <= most
    connection.close()
