"""Weeks summed before hours were rounded: the migration rounds them, so that they add up like others."""

import random

import duckdb

from volt_assets.warehouse import migrate
from volt_assets.warehouse.migrating import MIGRATIONS

BEFORE = [file for file in sorted(MIGRATIONS.glob("*.sql")) if file.name < "0036"]


def test_weeks_summed_before_are_rounded_so_that_the_week_is_right_and_each_person_to_a_hundredth():
    chance = random.Random(3)
    connection = duckdb.connect()
    connection.execute("CREATE TABLE schema_migrations (name VARCHAR PRIMARY KEY)")
    for file in BEFORE:
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
    assert connection.execute("SELECT count(*) FROM tracked_time WHERE hundredths IS NULL").fetchone() == (0,)
    off = "SELECT max(abs(hundredths * 36 - seconds)) FROM"
    assert connection.execute(f"{off} tracked_time").fetchone()[0] < 36
    for of, most in (("week", 18), ("user_id", 36)):
        sums = f"SELECT sum(hundredths) AS hundredths, sum(seconds) AS seconds FROM tracked_time GROUP BY {of}"
        assert connection.execute(f"{off} ({sums})").fetchone()[0] <= most
    connection.close()
