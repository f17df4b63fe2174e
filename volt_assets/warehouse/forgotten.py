"""The hashes of who was removed, in the table `forgotten`, and their key beside the warehouse."""

import os
import secrets
from collections.abc import Iterable, Sequence
from pathlib import Path

from volt_assets.disk import written_to
from volt_assets.errors import BadInput
from volt_assets.forgotten import KEY_FILE, NOBODY, Forgotten
from volt_assets.warehouse.connection import Warehouse
from volt_assets.warehouse.rows import Connection


def forgotten_in(connection: Connection) -> Forgotten:
    """Who was removed. Raises BadInput where the key is missing: removed people would come back unseen."""
    numbers = dict(connection.execute("SELECT digest, number FROM forgotten").fetchall())
    if not numbers:
        return NOBODY
    file = _key_file(connection)
    try:
        key = bytes.fromhex(file.read_text())
    except (OSError, ValueError):
        raise BadInput(
            f"{file} is missing or damaged. It belongs to the warehouse beside it: without it, people who were removed "
            "would come back with the next fetch. Put it back, from where the warehouse was copied.",
            code="bad_setting",
        ) from None
    return Forgotten(key, numbers)


def forgotten_of(warehouse: Warehouse) -> Forgotten:
    """The same, of a warehouse that need not be there yet."""
    if not Path(warehouse.database).exists():
        return NOBODY
    with warehouse.get_connection() as connection:
        return forgotten_in(connection)


def require_key(connection: Connection) -> bytes:
    """The key, made where there is none and nobody was removed yet."""
    file = _key_file(connection)
    if connection.execute("SELECT count(*) FROM forgotten").fetchone() == (0,) and not file.exists():
        with written_to(file):
            draft = file.with_name(f".{file.name}.{os.getpid()}")
            draft.touch(mode=0o600)
            draft.write_text(secrets.token_hex(32))
            draft.replace(file)
    return bytes.fromhex(file.read_text())


def add(connection: Connection, digests: Iterable[str], known: Sequence[int]) -> int:
    """Note a removed person under a new number; returns it. `known`: theirs, where some of it was noted before.

    Call it inside a transaction.
    """
    ((last,),) = connection.execute("SELECT coalesce(max(number), 0) FROM forgotten").fetchall()
    number = known[0] if known else last + 1
    for digest in digests:
        connection.execute("INSERT OR IGNORE INTO forgotten VALUES (?, ?)", [digest, number])
    return number


def _key_file(connection: Connection) -> Path:
    """The key stands beside the file that the connection has open."""
    ((path,),) = connection.execute(
        "SELECT path FROM duckdb_databases() WHERE database_name = current_database()"
    ).fetchall()
    return Path(path or "memory").with_name(KEY_FILE)
