"""What differs between two versions of a weekly report, as data; how `volt diff` prints it is in the command.

Versions are compared as they are stored, not as today's models: they may be of an older schema, or from before
something was added to it. What only one of two versions holds is left out, so that a new version of the program is
never shown as a change of somebody's time.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from volt_assets.errors import BadInput
from volt_assets.formatting import form_in_force, rounded
from volt_assets.reports.facts.changes import entry_changes
from volt_assets.warehouse import Connection, query, read_rows
from volt_assets.weeks import iso_week

Json = Mapping[str, Any]

_PRINTED = "_hundredths"
_ENTITY = ("name", "seconds", "hundredths", "entries", "outcome", "state", "planned_end", "actual_end")


def stored_versions(connection: Connection, week: date, user_id: int | None) -> list[dict[str, Any]]:
    """The versions of a report (None: the team's) as they are stored, oldest first, without what was rendered."""
    return read_rows(
        connection, query("reports/versions/sql/versions_of_report.sql"), {"week": week, "user_id": user_id}
    )


def report_of(connection: Connection, week: date, person: str) -> int:
    """Toggl's id of the one whose report of the week is meant by an address, an id or a whole name. Raises BadInput."""
    rows = read_rows(connection, query("reports/versions/sql/people_reported_on.sql"), {"week": week})
    wanted = person.strip().casefold()
    found = [
        row["user_id"]
        for row in rows
        if wanted in ((row["email"] or "").casefold(), row["name"].casefold(), str(row["user_id"]))
    ]
    if len(found) == 1:
        return found[0]
    if found:
        raise BadInput(
            f"{len(found)} people with a report of {iso_week(week)} are called {person}. Give the address instead.",
            code="unknown_user",
        )
    raise BadInput(
        f"There is no report of {person} for the week {iso_week(week)}. Give the address of someone with time in that "
        "week.",
        code="unknown_user",
    )


def chosen(versions: Sequence[Json], first: int | None, last: int | None) -> tuple[Json | None, Json]:
    """The two versions to compare: the last two, or those requested. The first is None where there is only one.

    Raises BadInput for a version that there is not, and where the first is not the earlier.
    """
    by_number = {each["version"]: each for each in versions}
    for number in (first, last):
        if number is not None and number not in by_number:
            raise BadInput(
                f"There is no version {number} of this report: it has {_numbers(by_number)}.", code="unknown_version"
            )
    later = by_number[last] if last is not None else versions[-1]
    before = [each for each in versions if each["version"] < later["version"]]
    earlier = by_number[first] if first is not None else before[-1] if before else None
    if earlier is not None and earlier["version"] >= later["version"]:
        raise BadInput(
            f"Version {earlier['version']} is not earlier than version {later['version']}. --from is the earlier one.",
            code="unknown_version",
        )
    return earlier, later


def differences(connection: Connection, week: date, user_id: int | None, before: Json, after: Json) -> dict[str, Any]:
    """All that differs from version `before` to version `after` of one report, as JSON-like data.

    Lists hold only what differs. Each item has `before` and `after`, None where one version lacks it. `entries` is None
    where one of the versions is older than what is kept of entries. Times in hundredths of an hour (or minutes, by the
    form in force) are those that a version printed, if it printed in this form.
    """
    old, new = _in_form(before["facts"]), _in_form(after["facts"])
    same_schema = old.get("schema_version") == new.get("schema_version")
    return {
        "week": week.isoformat(),
        "person": None if user_id is None else {"user_id": user_id, "name": new.get("name"), "email": new.get("email")},
        "from": _version(before),
        "to": _version(after),
        "same_schema": same_schema,
        "figures": _figures(old.get("figures") or {}, new.get("figures") or {}),
        "people": _pairs(old.get("people"), new.get("people"), _of_person, ("user_id", "name")),
        "projects": _pairs(old.get("projects"), new.get("projects"), _of_project, ("project",)),
        "entities": _pairs(old.get("entities"), new.get("entities"), _of_entity, ("type", "public_id")),
        "other_activities": _pairs(
            old.get("other_activities"), new.get("other_activities"), _of_activity, ("description",)
        ),
        "entries": _entries(connection, week, user_id, before, after),
        "sentences": _sentences(before["prose"], after["prose"]),
    }


def _in_form(facts: Json) -> Json:
    """The facts without the times as printed, where they were printed in another form than the one in force."""
    form = (facts.get("period") or {}).get("hours", "decimal")
    return facts if form == form_in_force() else _unprinted(facts)


def _unprinted(content: Any) -> Any:
    if isinstance(content, Mapping):
        return {name: _unprinted(part) for name, part in content.items() if not name.endswith("hundredths")}
    if isinstance(content, list):
        return [_unprinted(part) for part in content]
    return content


def _version(version: Json) -> dict[str, Any]:
    return {
        "version": version["version"],
        "generated_at": version["generated_at"].isoformat(timespec="seconds") + "Z",
        "schema_version": version["facts"].get("schema_version"),
    }


def _figures(old: Json, new: Json) -> list[dict[str, Any]]:
    return [
        {"figure": name, "before": old[name], "after": value, **_as_printed(name, old, new)}
        for name, value in new.items()
        if name in old and old[name] != value and not name.endswith(_PRINTED)
    ]


def _as_printed(name: str, old: Json, new: Json) -> dict[str, int | None]:
    """Of a time, what both versions' reports print, in hundredths of an hour."""
    if not name.endswith("_seconds"):
        return {}
    return {
        f"{side}{_PRINTED}": hundredths_of(figures, name.removesuffix("seconds"))
        for side, figures in (("before", old), ("after", new))
    }


def hundredths_of(item: Json, prefix: str = "") -> int | None:
    """A time in hundredths of an hour as the report prints it; rounded where its version kept seconds alone."""
    if prefix == "tracked_" and {"linked_hundredths", "other_hundredths"} <= item.keys():
        return item["linked_hundredths"] + item["other_hundredths"]
    seconds = item.get(f"{prefix}seconds")
    return item.get(f"{prefix}hundredths", None if seconds is None else rounded(seconds))


def _pairs(
    old: Sequence[Json] | None, new: Sequence[Json] | None, content: Callable[[Json], Json], key: Sequence[str]
) -> list[dict[str, Any]]:
    """Items of two lists by key, where what is compared of them differs; nothing where a version has no such list, or
    one whose items lack the key.
    """
    if old is None or new is None or any(name not in each for each in (*old, *new) for name in key):
        return []
    before = {tuple(each[name] for name in key): each for each in old}
    after = {tuple(each[name] for name in key): each for each in new}
    pairs = []
    # As the later version lists them; what is gone comes last.
    for found in [*after, *(each for each in before if each not in after)]:
        was, now = (content(side[found]) if found in side else None for side in (before, after))
        if was is not None and now is not None:
            common = was.keys() & now.keys()
            if all(was[name] == now[name] for name in common if "hundredths" not in name):
                continue
            kept = {*common, *(name for name in now if "hundredths" in name)}
            was, now = ({name: value for name, value in side.items() if name in kept} for side in (was, now))
        pairs.append({**dict(zip(key, found, strict=True)), "before": was, "after": now})
    return pairs


def _of_person(person: Json) -> Json:
    return person.get("figures") or {}


def _of_project(project: Json) -> Json:
    return _only(project, ("seconds", "hundredths"))


def _of_entity(entity: Json) -> Json:
    return _only(entity, _ENTITY)


def _of_activity(activity: Json) -> Json:
    return _only(activity, ("seconds", "hundredths", "entries"))


def _only(item: Json, names: Sequence[str]) -> Json:
    return {name: item[name] for name in names if name in item}


def _entries(
    connection: Connection, week: date, user_id: int | None, before: Json, after: Json
) -> dict[str, Any] | None:
    revisions = before["entries_revision"], after["entries_revision"]
    timezone = (after["facts"].get("period") or {}).get("timezone")
    if None in revisions or timezone is None:
        return None
    changes = [
        change for change in entry_changes(connection, week, *revisions, timezone) if user_id in (None, change.user_id)
    ]
    return {
        "seconds": sum(change.seconds for change in changes),
        "changes": [change.model_dump(mode="json") for change in changes],
    }


def _sentences(old: Json | None, new: Json | None) -> dict[str, list[str]]:
    """Sentences that only one version has. A version without stored sentences is compared with none."""
    if old is None or new is None:
        return {"removed": [], "added": []}
    before, after = _texts(old), _texts(new)
    return {
        "removed": [text for text in before if text not in after],
        "added": [text for text in after if text not in before],
    }


def _texts(prose: Json) -> list[str]:
    """Each sentence as one line; of what was done, the entity's key before it."""
    lines = [_text(sentence) for part in ("summary", "achievements") for sentence in prose.get(part) or []]
    return lines + [f"{key}: {_text(sentence)}" for key, sentence in (prose.get("done") or {}).items()]


def _text(sentence: Json) -> str:
    return "".join(
        part if isinstance(part, str) else " ".join(filter(None, [f"#{part.get('public_id')}", part.get("name")]))
        for part in sentence.get("parts") or []
    )


def _numbers(versions: Mapping[int, Json]) -> str:
    first, last = min(versions), max(versions)
    return f"versions {first} to {last}" if len(versions) > 1 else f"version {first} only"
