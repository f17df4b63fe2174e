"""Who is known: the names and addresses that are stored of everybody."""

from dataclasses import dataclass

from volt_assets.warehouse import Connection, query, read_rows


@dataclass(frozen=True)
class KnownPerson:
    """A person, by Toggl's id. `name` and `email` are the last known ones; `names` and `emails` are all of them."""

    user_id: int
    name: str | None
    email: str | None
    names: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()


def is_removed(user_id: int) -> bool:
    """Whether the id is the number of somebody who was removed (`volt forget`): they have time, and no report."""
    return user_id < 0


def everybody(connection: Connection) -> list[KnownPerson]:
    """Everybody ever stored, by id."""
    of_all_weeks = {"first_week": None, "last_week": None}
    return [
        KnownPerson(row["user_id"], row["name"], row["email"], tuple(row["names"]), tuple(row["emails"]))
        for row in read_rows(connection, query("reports/sql/everybody.sql"), of_all_weeks)
    ]
