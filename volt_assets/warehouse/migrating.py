"""Bringing a warehouse up to the newest tables: `migrations/`, whose comments say what the rows mean."""

from collections.abc import Iterable
from pathlib import Path

import duckdb

from volt_assets.errors import BadInput
from volt_assets.warehouse.rows import Connection, committed

MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(connection: Connection) -> None:
    """Apply, in order and once each, the files of `migrations/` that this database has not seen.

    Raises BadInput where it has seen others: a newer Volt wrote it, and this one would not know what it means.
    """
    connection.execute("CREATE TABLE IF NOT EXISTS schema_migrations (name VARCHAR PRIMARY KEY)")
    applied = require_known(connection)
    for name, file in _files().items():
        if name not in applied:
            with committed(connection):
                connection.execute(file.read_text())
                connection.execute("INSERT INTO schema_migrations VALUES (?)", [name])


def require_known(connection: Connection) -> set[str]:
    """The migrations that the database has seen. Raises BadInput where this Volt does not know them all."""
    applied = {name for (name,) in connection.execute("SELECT name FROM schema_migrations").fetchall()}
    unknown = applied - _files().keys()
    if unknown:
        raise BadInput(
            f"The warehouse was written by a newer Volt ({', '.join(sorted(unknown))}). Nothing in it was changed. "
            "Install that version of Volt, or set VOLT_HOME to another folder.",
            code="newer_warehouse",
        )
    return applied


def newest_level() -> str:
    """The level of tables that this Volt writes: the number of its last migration."""
    return _level_of(_files())


def level_of(connection: Connection) -> str:
    """The level of an open warehouse."""
    return _level_of(name for (name,) in connection.execute("SELECT name FROM schema_migrations").fetchall())


def level_of_file(path: Path) -> str | None:
    """The level of a file that nobody has open, without changing it; None where it cannot be read."""
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            return level_of(connection)
    except duckdb.Error:
        return None


def _level_of(names: Iterable[str]) -> str:
    return max(names, default="0000").partition("_")[0]


def _files() -> dict[str, Path]:
    return {file.name: file for file in sorted(MIGRATIONS.glob("*.sql"))}
