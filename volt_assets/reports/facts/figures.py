"""Rows of the queries as models: figures, and what was fetched and is not part of them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from volt_assets.reports.facts.models import Facts, Figures, LeftOut
from volt_assets.reports.facts.prepared import Row

Model = TypeVar("Model", bound=Facts)


def figures_of(row: Mapping[str, Any] | None) -> Figures:
    """A row of `figures.sql`; None: there is no time. Counts are unknown where look-ups are missing."""
    if row is None:
        return Figures()
    return only(Figures, row if not row["lookups_missing"] else {**row, "entities": None, "finished": None})


def left_out(row: Mapping[str, Any]) -> LeftOut:
    """A row of `fetched_entries.sql`."""
    return LeftOut(
        running_entries=row["running_entries"],
        outside_entries=row["outside_entries"],
        outside_seconds=row["outside_seconds"],
        fetched_entries=row["entries"],
        fetched_seconds=row["seconds"],
    )


def only(model: type[Model], row: Mapping[str, Any]) -> Model:
    """The model of those columns that it has fields for."""
    return model(**{name: row[name] for name in model.model_fields if name in row})


def grouped(rows: Iterable[Row], model: type[Model]) -> dict[int | None, list[Model]]:
    """A model for each row, by person, and (None) of all of them together."""
    by_person: dict[int | None, list[Model]] = defaultdict(list)
    for row in rows:
        user_id = row.pop("user_id")
        by_person[user_id].append(model(**row))
    return by_person
