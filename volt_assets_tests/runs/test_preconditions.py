"""Who is meant by an address: everybody who has it, or had it in the weeks in question."""

from datetime import date, timedelta

import duckdb
import pytest

from volt_assets.errors import BadInput
from volt_assets.runs.preconditions import find_user_ids, stored_addresses
from volt_assets.warehouse import insert_rows, migrate

MONDAY = date(2025, 10, 6)
WEEK = timedelta(days=7)


@pytest.fixture
def connection():
    with duckdb.connect(":memory:") as connection:
        migrate(connection)
        yield connection


def known(connection, week, user_id, email, name="Ann Lee"):
    row = {"week": week, "user_id": user_id, "name": name, "email": email, "active": True}
    insert_rows(connection, "people", [row | {"fetched_at": "2025-10-13 08:00:00"}])


def test_an_address_that_two_accounts_have_means_both():
    addresses = [("ann@example.com", 1), ("ANN@example.com", 2), ("ben@example.com", 3), (None, 4)]
    assert find_user_ids(["Ann@Example.com"], addresses) == [1, 2]
    assert find_user_ids(["ben@example.com", "ann@example.com"], addresses) == [1, 2, 3]


def test_an_address_that_nobody_has_is_named():
    with pytest.raises(BadInput, match="nobody@example.com"):
        find_user_ids(["ann@example.com", "nobody@example.com"], [("ann@example.com", 1), (None, 2)])


def test_in_stored_weeks_a_person_is_found_by_the_address_of_then_and_by_a_later_one(connection):
    known(connection, MONDAY, 1, "ann.lee@example.com")
    known(connection, MONDAY + WEEK, 1, "ann@example.com")
    known(connection, MONDAY + WEEK, 2, "ben@example.com", "Ben Ode")
    for address in ("ann.lee@example.com", "ann@example.com"):
        assert find_user_ids([address], stored_addresses(connection, [MONDAY])) == [1]
    assert find_user_ids(["ann@example.com"], stored_addresses(connection, [MONDAY + WEEK])) == [1]
    for address, weeks in (("ben@example.com", [MONDAY]), ("ann.lee@example.com", [MONDAY + WEEK])):
        with pytest.raises(BadInput, match=address):
            find_user_ids([address], stored_addresses(connection, weeks))


def test_two_people_of_one_name_are_found_apart(connection):
    known(connection, MONDAY, 1, "ann@example.com")
    known(connection, MONDAY, 2, "lee@example.com")
    assert find_user_ids(["lee@example.com"], stored_addresses(connection, [MONDAY])) == [2]
