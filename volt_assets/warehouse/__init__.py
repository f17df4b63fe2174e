"""The DuckDB file that everything stored is in. A connection is held only around SQL: never across a request."""

from volt_assets.warehouse.connection import CONFIG, Warehouse, connect, warehouse_of
from volt_assets.warehouse.migrating import migrate
from volt_assets.warehouse.rows import Connection, committed, insert_rows, query, read_rows, replace_rows

__all__ = [
    "CONFIG",
    "Connection",
    "Warehouse",
    "committed",
    "connect",
    "insert_rows",
    "migrate",
    "query",
    "read_rows",
    "replace_rows",
    "warehouse_of",
]
