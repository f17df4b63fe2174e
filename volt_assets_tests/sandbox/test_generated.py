"""The generated company: the same for the same seed and day, and every awkward case in it."""

import hashlib
import json
import re
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from volt_assets.sandbox.company import Company, Entry
from volt_assets.sandbox.fibery.schema import schema_json
from volt_assets.sandbox.generated import WEEKS, databases, generated_company
from volt_assets.sandbox.settings import SandboxSettings
from volt_assets.sandbox.toggl.reports import Reports
from volt_assets_tests.sandbox.conftest import UNTIL, ApiClient

LAST_MONDAY = UNTIL - timedelta(days=UNTIL.weekday())
FIRST_MONDAY = LAST_MONDAY - timedelta(weeks=WEEKS - 1)


@pytest.fixture(scope="module")
def company(tidewater_api: ApiClient) -> Company:
    return tidewater_api.sandbox.company


def fingerprint(company: Company) -> str:
    """Of everything that both APIs can say."""
    body = {"start_date": "2025-05-01", "end_date": "2026-04-30", "page_size": 10_000, "enrich_response": True}
    rows = Reports(company.toggl, SandboxSettings(page_cap=10_000, running="shown")).detailed(body).body
    entities = [
        {name: repr(value) for name, value in entity.values.items()}
        for members in company.fibery.entities.values()
        for entity in members
    ]
    rest = json.dumps([schema_json(company.fibery), entities, company.fibery.documents]).encode()
    return hashlib.sha256(rows + rest).hexdigest()


def test_the_same_seed_and_day_give_the_same_bytes(company: Company) -> None:
    assert fingerprint(generated_company(until=UNTIL)) == fingerprint(company)


def test_another_seed_or_day_gives_another_company(company: Company) -> None:
    others = (generated_company(seed=2, until=UNTIL), generated_company(until=UNTIL + timedelta(days=1)))
    assert len({fingerprint(company), *map(fingerprint, others)}) == 3


def utc(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def week_of(entry: Entry) -> date:
    day = utc(entry.start).date()
    return day - timedelta(days=day.weekday())


def by_week(company: Company) -> dict[date, list[Entry]]:
    weeks: dict[date, list[Entry]] = defaultdict(list)
    for entry in company.toggl.entries.values():
        weeks[week_of(entry)].append(entry)
    return weeks


def weeks(company: Company) -> list[tuple[date, list[Entry]]]:
    """The twelve, without the few entries outside: a Sunday evening in the west is Monday in UTC."""
    found = sorted(by_week(company).items())
    return [(monday, entries) for monday, entries in found if FIRST_MONDAY <= monday <= LAST_MONDAY]


def email(company: Company, entry: Entry) -> str:
    return company.toggl.people[entry.person_id].email


def test_twelve_people_work_for_twelve_weeks(company: Company) -> None:
    assert len(company.toggl.people) == 12
    found = weeks(company)
    assert [monday for monday, _ in found] == [FIRST_MONDAY + timedelta(weeks=number) for number in range(WEEKS)]
    for monday, entries in found:
        people = {entry.person_id for entry in entries}
        assert len(people) >= 11, monday
        assert sum(entry.seconds for entry in entries) > 300 * 3600, monday


@pytest.mark.parametrize("until", [date(2026, 11, 24), date(2027, 3, 1), date(2024, 2, 29)])
def test_nothing_starts_after_the_last_day(until: date) -> None:
    company = generated_company(until=until)
    days = {
        datetime.fromtimestamp(entry.start, ZoneInfo(company.toggl.people[entry.person_id].timezone)).date()
        for entry in company.toggl.entries.values()
    }
    assert max(days) == until


@pytest.mark.parametrize(("who", "hours"), [("grace", -8), ("hana", 9), ("sione", 13)])
def test_three_people_work_on_both_sides_of_every_weeks_edge_and_over_it(
    company: Company, who: str, hours: int
) -> None:
    person = next(person for person in company.toggl.people.values() if person.email.startswith(who))
    for number in range(WEEKS + 1):
        edge = datetime.combine(FIRST_MONDAY + timedelta(weeks=number), datetime.min.time(), UTC)
        assert edge.astimezone(ZoneInfo(person.timezone)).utcoffset() == timedelta(hours=hours)
        if edge.astimezone(ZoneInfo(person.timezone)).date() > UNTIL:
            continue
        near = [
            (utc(entry.start) - edge, utc(entry.stop) - edge)
            for entry in company.toggl.entries.values()
            if entry.person_id == person.id and entry.stop and abs(utc(entry.start) - edge) <= timedelta(hours=2)
        ]
        zero, two_hours = timedelta(), timedelta(hours=2)
        assert any(-two_hours <= start and stop < zero for start, stop in near), number
        assert any(start < zero < stop for start, stop in near), number
        assert any(zero < start and stop <= two_hours for start, stop in near), number


def local(company: Company, entry: Entry, seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, ZoneInfo(company.toggl.people[entry.person_id].timezone))


def crossing(company: Company, entries: list[Entry], test) -> list[tuple[datetime, datetime]]:
    pairs = [(local(company, e, e.start), local(company, e, e.stop)) for e in entries if e.stop]
    return [pair for pair in pairs if test(*pair)]


def test_each_week_has_an_entry_across_midnight(company: Company) -> None:
    for monday, entries in weeks(company):
        assert crossing(company, entries, lambda start, stop: start.date() < stop.date()), monday


@pytest.mark.parametrize("until", [UNTIL, date(2026, 11, 24), date(2027, 7, 1)])
def test_entries_lie_across_both_clock_changes_of_two_continents(until: date) -> None:
    company = generated_company(until=until)
    entries = list(company.toggl.entries.values())
    over = crossing(company, entries, lambda start, stop: start.utcoffset() != stop.utcoffset())
    kinds = {(start.tzinfo.key, start.utcoffset() < stop.utcoffset()) for start, stop in over}
    assert kinds >= {(zone, spring) for zone in ("Europe/Berlin", "America/New_York") for spring in (True, False)}
    assert all(start.date() < stop.date() for start, stop in over)


def test_before_the_twelve_weeks_are_only_those_and_the_far_easts_monday_morning(company: Company) -> None:
    before = [entry for monday, entries in by_week(company).items() if monday < FIRST_MONDAY for entry in entries]
    (nights, mornings) = (
        [e for e in before if ("Night watch" in (e.description or "")) is wanted] for wanted in (True, False)
    )
    assert Counter(week_of(entry) for entry in nights) == {date(2025, 10, 20): 2, date(2025, 10, 27): 2}
    last_sunday = FIRST_MONDAY - timedelta(days=1)
    assert {utc(entry.start).date() for entry in mornings} == {last_sunday}


def texts(entries: list[Entry]) -> list[str]:
    return [entry.description or "" for entry in entries]


CASES = {
    "no link": lambda text: "#" not in text and text,
    "no description": lambda text: not text,
    "loose id": lambda text: re.search(r"#\d+ with", text),
    "two ids": lambda text: re.search(r"#\d+ into .*#\d+ \[", text),
    "gone entity": lambda text: "#9999 [Scrum] [Task]" in text,
    "label of no type": lambda text: "[Marketing] [Campaign]" in text,
    "Build as Release": lambda text: "[Scrum] [Release]" in text,
    "space with another name": lambda text: "[Requests] [Request]" in text,
    "another case": lambda text: "[Design] [Design feature]" in text,
    "Version": lambda text: "[Design] [Work Version]" in text,
    "version": lambda text: "[Design] [Work version]" in text,
    "two tags": lambda text: re.search(r"#\d+ \[To Do\] \[[^]]*\]$", text),
    "type that no formula names": lambda text: "[Scrum] [Chore]" in text,
}


@pytest.mark.parametrize("case", CASES)
def test_each_week_has_the_case(company: Company, case: str) -> None:
    for monday, entries in weeks(company):
        assert any(CASES[case](text) for text in texts(entries)), monday


def test_what_people_type_turns_up_within_three_weeks(company: Company) -> None:
    every = [text for _, entries in weeks(company)[-3:] for text in texts(entries)]
    for pattern in (
        r"^#\d+$",
        r"\[x\].*\[ \]",
        r"#0\d+ ",
        r"C#7",
        r"\[urgent\]$",
        r"<b>.*\n",
        r"Нет полей",
        r"\[\]$",
        "^Import R$",
    ):
        assert any(re.search(pattern, text, re.DOTALL) for text in every), pattern


def test_one_number_in_three_types_has_time_in_the_same_week(company: Company) -> None:
    monday, entries = weeks(company)[-2]
    labels = {re.search(r"#412 (\[Scrum\] \[\w+\])", text)[1] for text in texts(entries) if "#412 " in text}
    assert labels == {"[Scrum] [Task]", "[Scrum] [Bug]", "[Scrum] [Release]"}, monday


def test_zero_seconds_overlaps_and_running(company: Company) -> None:
    for monday, entries in weeks(company):
        assert any(entry.seconds == 0 for entry in entries), monday
        by_person = defaultdict(list)
        for entry in entries:
            if entry.stop and entry.seconds:
                by_person[entry.person_id].append((entry.start, entry.stop))
        overlaps = [
            (first, second)
            for spans in by_person.values()
            for first, second in zip(sorted(spans), sorted(spans)[1:], strict=False)
            if second[0] < first[1]
        ]
        assert overlaps, monday
    assert Counter(entry.stop is None for entry in company.toggl.entries.values())[True] == 2


def test_someone_left_and_two_share_a_name(company: Company) -> None:
    (gone,) = [person for person in company.toggl.people.values() if not person.active]
    last = max(entry.start for entry in company.toggl.entries.values() if entry.person_id == gone.id)
    assert utc(last).date() < FIRST_MONDAY + timedelta(weeks=9)
    names = Counter(person.name for person in company.toggl.people.values())
    assert [name for name, count in names.items() if count == 2] == ["Anna Kowalska"]


def test_descriptions_are_what_the_formula_says(tide: ApiClient) -> None:
    """The link between both sides: nearly every linked description is some entity's formula text."""
    formulas = set()
    for type_name, entity_type in tide.sandbox.company.fibery.types.items():
        field_name = f"{type_name.split('/')[0]}/Toggl"
        if field_name in entity_type.fields:
            formulas |= {row["t"] for row in tide.found(type_name, {"t": [field_name]}, limit=1000)}
    linked = [
        text for _, entries in weeks(tide.sandbox.company) for text in texts(entries) if re.search(r"#\d+ \[", text)
    ]
    assert sum(text in formulas for text in linked) > 0.9 * len(linked)


def test_the_work_has_estimates_dates_people_and_texts(company: Company) -> None:
    tasks = company.fibery.entities["Scrum/Task"]
    states = {task.values["workflow/state"].values["workflow/Type"] for task in tasks}
    assert states == {"Not started", "Started", "Finished"}
    for name, least in (
        ("Scrum/Estimate (H)", 0.8),
        ("Scrum/Planned End", 1),
        ("Scrum/Started Date", 0.6),
        ("Scrum/Completion Date", 0.4),
        ("Scrum/Feature", 0.9),
        ("Scrum/Description", 0.8),
        ("comments/comments", 0.4),
    ):
        share = sum(bool(task.values.get(name)) for task in tasks) / len(tasks)
        assert least <= share, name
    feature = tasks[0].values["Scrum/Feature"]
    assert feature.values["Scrum/Epic"].values["Scrum/Name"] == "Berths online"
    assert tasks[0] in feature.values["Scrum/Tasks"]


@pytest.mark.parametrize("step", [{"feild": "Owner"}, {"relation": "Project"}])
def test_a_step_that_no_database_knows_is_an_error(monkeypatch: pytest.MonkeyPatch, step: dict[str, str]) -> None:
    described = {"name": "Scrum/Task", "title": "Name", "color": "#2978FB", "steps": [step]}
    whole = {"states": {}, "shared steps": {}, "databases": [described]}
    monkeypatch.setattr(databases.yaml, "safe_load", lambda _text: whole)
    with pytest.raises(ValueError, match="Scrum/Task has an unknown step"):
        databases.tidewater()
