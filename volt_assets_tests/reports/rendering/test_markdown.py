"""The reports as people read them: what is told, what is left out, sums that add up, and file names."""

import itertools
import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from volt_assets.reports.facts.models import PeriodFacts
from volt_assets.reports.files.file_names import file_names, slug
from volt_assets.reports.rendering.markdown import markdown_of
from volt_assets.reports.report import Report
from volt_assets.reports.sentences.templates import template_prose
from volt_assets.reports.view.quality import view_of_quality
from volt_assets.warehouse import insert_rows
from volt_assets_tests.reports.conftest import FETCHED, MONDAY, SUNDAY, markdown
from volt_assets_tests.test_formatting import NASTY

NOW = datetime(2025, 10, 13, 9, 30, tzinfo=UTC)
WEEK_BEFORE = MONDAY - timedelta(days=7)
BUG = "Fix login #5 [Scrum] [Bug] [Moneyball]"


def report(facts, version=1):
    return Report(facts, NOW, version, template_prose(facts))


@pytest.fixture
def reports(stored, facts_of):
    """Render what is stored: the team's report and those of people by user id."""

    def render(*period, users=None, version=1):
        facts = facts_of(*period, users=users)
        team = markdown(report(facts.team, version), file_names(stored.connection))
        return team, {each.user_id: markdown(report(each, version)) for each in facts.individuals}

    return render


def table(document: str, heading: str) -> list[list[str]]:
    """The cells of the first table under a heading, without its head and without bold."""
    lines = document.split(f"# {heading}\n", 1)[1].splitlines()
    lines = itertools.dropwhile(lambda line: not line.startswith("|"), lines)
    rows = list(itertools.takewhile(lambda line: line.startswith("|"), lines))[2:]
    return [[cell.strip().strip("*") for cell in re.split(r"(?<!\\)\|", row)[1:-1]] for row in rows]


def hundredths(cell: str) -> int:
    return int(cell.replace("−", "-").replace("+", "").replace("±", "").removesuffix(" h").replace(".", ""))


def test_a_whole_report_reads_well(stored, reports):
    stored.entry("Meeting", 7200, day=WEEK_BEFORE)
    stored.entry(BUG, 4 * 3600)
    stored.entry(BUG, 3600, day=MONDAY + timedelta(days=2))
    stored.entry(BUG, 1800, user=2)
    stored.entry("Gone #9 [Scrum] [Bug] [Moneyball]", 600)
    stored.entry("Small #6 [Scrum] [Task] [Volt]", 300)
    stored.entry("call about #5", 1200, project="Volt")
    stored.entry(None, 900)
    stored.entry("Still at it", None)
    stored.weeks(WEEK_BEFORE, MONDAY)
    stored.entity(
        "5",
        name="Fix login.",
        state="Done",
        state_final=True,
        planned_start=MONDAY,
        planned_end=MONDAY + timedelta(days=1),
        actual_start=MONDAY,
        actual_end=MONDAY + timedelta(days=2),
        estimate_seconds=4 * 3600,
        assignees=[{"name": "Ann Lee", "email": "ann@example.com"}, {"name": "Ben Ode", "email": None}],
        parents=[{"type": "Scrum/Feature", "public_id": "40", "name": "Accounts", "state": "In progress"}],
        description="# Context\n\n- **People** cannot [log in](https://x.example).",
        comments=[{"author": "Ben", "created_at": "2025-10-07T08:00:00Z", "text": "Same here"}],
        fields={"Severity": "High", "Sprint": None, "Points": 3, "Tags": ["a", "b"], "Blocked": False},
    )
    stored.entity("9", status="not_found")
    stored.entity(
        "6", "Scrum/Task", name="Small", state="Open", state_final=False, missing=["description", "assignees"]
    )
    _, people = reports()
    assert people[1] == REPORT


REPORT = """\
# Ann Lee: 6–12 October 2025

Weekly report · 2025, week 41 · ann@example.com · 6 entries

No open item of yours is past its planned end, and none is due by Sunday 19 October. You tracked **5.83 h**.

## Past their planned end

None.

## Mine by Sun 19 Oct

None.

## Left open · 1

- **no estimate**: [#6 Small](https://x.example/6); Task · Open: open? · 0.08 h of yours this week

## Hours by day

This week · an entry counts on the day it starts

| Day | Hours |
|---|---:|
| Monday | 4.83 |
| Tuesday | – |
| Wednesday | 1.00 |
| Thursday | – |
| Friday | – |
| Saturday | – |
| Sunday | – |

## To fix · 1

- **No description**, Mon 6 Oct, 13:35 to 13:50. What was it spent on?

## The week in figures

### Figures

| | This week | Week before | Change |
|---|---:|---:|---:|
| Tracked | 5.83 h | 2.00 h | +3.83 h |
| On work items | 5.25 h (90%) | 0.00 h (0%) | +5.25 h |
| Other | 0.58 h (10%) | 2.00 h (100%) | −1.42 h |
| Work items | 3 | 0 | +3 |
| Finished | 1 | 0 | +1 |

### Summary

Ann Lee tracked 5.83 h in 6 entries, 5.25 h of it on 3 work items, 3.83 h more than in the week before. Moneyball \
took 89% of the time (5.17 h), Volt 7%. The largest were [#5 Fix login](https://x.example/5) (5.00 h) and #9 Gone \
(0.17 h).

## Work items · 3

| Work item | Type | State | Project | Part of | Fields | What was done | Days | This week | Own in all | Everybody \
| Estimate | Left or over |
|---|---|---|---|---|---|---|---|---:|---:|---:|---:|---:|
| [#5 Fix login.](https://x.example/5) ✓ | Bug | Done, finished 8 Oct | Moneyball | part of #40 Accounts | \
Severity: High, Points: 3, Tags: a, b, Blocked: no | | Mon and Wed | 5.00 | 5.00 | 5.50 | 4.00 | **1.50 over** |
| #9 Gone | Bug | not found in Fibery (deleted, wrong id, or no access) | Moneyball | | | | Mon | 0.17 | 0.17 | \
0.17 | none | not known |
| [#6 Small](https://x.example/6) | Task | Open | Volt | | no description in Fibery, no assignee in Fibery | | Mon \
| 0.08 | 0.08 | 0.08 | none | not known |
| **All on work items** | | | | | | | | **5.25** | | | | |

In all: since 29 Sep.

## Other activities

| Not linked to a work item | Project | Entries | Hours |
|---|---|---:|---:|
| call about #5 (mentions #5) | Volt | 1 | 0.33 |
| Without description | | 1 | 0.25 |
| **All other time** | | **2** | **0.58** |

## Where the time went

| Project | Hours | Share | Work items | Finished |
|---|---:|---:|---:|---:|
| Moneyball | 5.17 | 89% | 2 | 1 |
| Volt | 0.41 | 7% | 1 | 0 |
| no project | 0.25 | 4% | 0 | 0 |
| **All** | **5.83** | **100%** | **3** | **1** |

## Finished · 1

1 work item was finished.

| Item | Who | Type | This week | In all since 29 Sep | Estimate | Planned end | Finished | Against plan |
|---|---|---|---:|---:|---:|---:|---:|---:|
| [#5 Fix login.](https://x.example/5) | Ann Lee, Ben Ode | Bug | 5.00 | 5.50 | 4.00 | 7 Oct | 8 Oct | 1 day after |
| **All** | | | **5.00** | | | | | |

## Hours by week

This week and the eight before. Too few of the eight weeks before are complete to say what a usual week is.

| Week of | Hours | On work items |
|---|---:|---:|
| 11 Aug | unknown | unknown |
| 18 Aug | unknown | unknown |
| 25 Aug | unknown | unknown |
| 1 Sep | unknown | unknown |
| 8 Sep | unknown | unknown |
| 15 Sep | unknown | unknown |
| 22 Sep | unknown | unknown |
| 29 Sep | 2.00 | 0% |
| **6 Oct** | 5.83 | 90% |

## Unlinked time, and what it may be

Suggestions with a score of 0.5 or more, of 1 at most; nothing is linked by them.

- call about #5, 0.33 h
  - perhaps [#5 Fix login](https://x.example/5) (Scrum/Bug, 0.77): its number; worked on until 8 Oct

## Links that may be wrong

Worth checking in Toggl.

- \\#9 Gone, 0.17 h
  - Scrum/Bug · 1 entry · not found in Fibery: deleted, a wrong id, or no access

## Alignment with Fibery

| Verdict | Meaning | Hours | Work items |
|---|---|---:|---:|
| Tracked properly | time on something started, or finished in time | 5.00 | 1 |
| Unknown | not found, no state, or no history | 0.25 | 2 |
| **With time** | | **5.25** | **3** |

States are as Fibery said when asked, and those at the end of the week as far as an item’s own dates tell.

## About this report

- Period: 2025-10-06 to 2025-10-12, both included, in the time zone Europe/Berlin.
- Rules: A week starts on Monday; an entry counts whole, on the day and in the week it starts in.
- Project: That of the work item's tags; without one, the one chosen in Toggl.
- Fetched: Entries 2025-10-13 08:00 UTC; states and dates in Fibery 2025-10-13 08:00 UTC.
- Left out: 1 entry still running when fetched.
- Generated: version 1, 2025-10-13 09:30 UTC.
- Sentences: from templates; no model was asked.
"""


def test_a_report_without_versions_names_none(stored, reports):
    stored.entry("Meeting")
    stored.weeks()
    team, people = reports(version=None)
    assert "version" not in team + people[1]


def test_a_period_before_that_is_not_stored_is_unknown_and_never_zero(stored, reports):
    stored.entry("Meeting")
    stored.weeks()
    team, people = reports()
    for report in (team, people[1]):
        assert all(row[2:] == ["unknown", "unknown"] for row in table(report, "Figures"))
        assert "The week before (29 September – 5 October 2025) is unknown: it is not stored." in report
    assert "±" not in team


@pytest.mark.parametrize(
    ("known", "note"),
    [
        ({"after_its_end": False}, "Not complete: the week was fetched while still open"),
        ({"everybody": False}, "Not complete: the week was fetched for some people only"),
    ],
)
def test_a_week_that_is_not_complete_says_so_at_the_top(stored, reports, known, note):
    stored.entry("Meeting")
    stored.weeks(complete=False, **known)
    team, people = reports()
    for report in (team, people[1]):
        assert f"> {note}" in report.split("## ")[0]


def test_the_weeks_of_a_longer_period_that_are_not_complete_are_named(stored, reports):
    stored.entry("Meeting")
    stored.weeks(WEEK_BEFORE, WEEK_BEFORE)
    stored.weeks(MONDAY, MONDAY, complete=False, after_its_end=False)
    team, _ = reports(WEEK_BEFORE, SUNDAY)
    assert "> Not complete: the week of 6 Oct was fetched while still open" in team


def test_entries_outside_the_days_are_told_with_their_hours(stored, reports):
    stored.entry("Meeting", 5400)
    stored.entry("Meeting", 3600, day=SUNDAY)
    stored.weeks()
    _, people = reports(SUNDAY, SUNDAY)
    assert people[1].startswith("# Ann Lee: 12 October 2025\n")
    assert "Left out: 1 entry (1.50 h) on other days of the weeks that were fetched." in people[1]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"status": "not_found"}, "not found in Fibery (deleted, wrong id, or no access)"),
        ({"fits": None}, "label that fits no type"),
        ({"status": "failed"}, "lookup failed this time"),
        ({"status": "not_configured"}, "type not configured"),
        ({"state": "Open"}, "Open"),
        ({}, "state unknown"),
        ({"state": "Done", "state_final": True}, "Done (closed, date unknown)"),
        ({"state": "Done", "state_final": True, "actual_end": SUNDAY}, "Done, finished 12 Oct"),
        ({"state": "Done", "state_final": True, "actual_end": WEEK_BEFORE}, "Done, closed 29 Sep"),
    ],
)
def test_every_entity_is_shown_with_its_hours_however_its_lookup_ended(stored, reports, said, words):
    stored.entry(BUG, 5400)
    stored.entry("Tiny #5 [Scrum] [Task] [P]", 36)
    stored.weeks()
    stored.entity("5", **said)
    stored.entity("5", "Scrum/Task", **said)
    _, people = reports()
    rows = table(people[1], "Work items · 2")
    assert [row[1:4] for row in rows[:2]] == [["Bug", words, "Moneyball"], ["Task", words, "P"]]
    assert [row[8] for row in rows] == ["1.50", "0.01", "1.51"]


def test_what_is_missing_is_told_only_where_it_was_asked_for(stored, reports):
    stored.entry(BUG)
    stored.entry("Other #6 [Scrum] [Bug] [P]")
    stored.weeks()
    stored.entity("5")
    stored.entity("6", missing=["description", "estimate", "assignees"])
    _, people = reports()
    five, six = table(people[1], "Work items · 2")[:2]
    assert [five[5], six[5]] == ["", "no description in Fibery, no estimate in Fibery, no assignee in Fibery"]


def test_what_could_not_be_read_is_told_once_with_the_items_it_is_about(stored, reports):
    for number in (5, 6):
        stored.entry(f"A #{number} [Scrum] [Bug] [P]")
    stored.weeks()
    stored.entity("5", problems=['Scrum/Bug has no field "Sprint".', "the description cannot be read."])
    stored.entity("6", problems=['Scrum/Bug has no field "Sprint".'])
    _, people = reports()
    assert people[1].split("### Not read from Fibery\n")[1].split("## ")[0].split("\n") == [
        "",
        '- Scrum/Bug has no field "Sprint" (2 work items)',
        "- the description cannot be read (#5)",
        "",
        "",
    ]


def test_an_estimate_stands_beside_what_was_spent(stored, reports):
    stored.entry(BUG, 3600)
    stored.weeks()
    stored.entity("5", estimate_seconds=7200)
    _, people = reports()
    assert table(people[1], "Work items · 1")[0][-4:] == ["1.00", "1.00", "2.00", "1.00 left"]


def test_what_is_over_its_estimate_stands_out(stored, reports):
    stored.entry(BUG, 72000)
    stored.entry("Other #6 [Scrum] [Bug] [P]", 360)
    stored.weeks()
    stored.entity("5")
    stored.entity("6", estimate_seconds=180)
    _, people = reports()
    assert "| 0.10 | 0.05 | **0.05 over** |" in people[1]


def test_days_past_the_planned_end_are_counted_to_the_end_of_the_period(stored, reports):
    stored.entry(BUG)
    stored.weeks()
    stored.entity("5", state="Open", state_final=False, state_kind="started", planned_end=MONDAY)
    team, _ = reports()
    assert "- Mon 6 Oct, **6 days past** (no estimate): [#5 Item 5](https://x.example/5)" in team


activities = st.sampled_from(
    [None, "Meeting", "Call", BUG, "A #6 [Scrum] [Bug] [Volt]", "B #7 [Scrum] [Bug] [Moneyball]"]
)
entries = st.tuples(activities, st.integers(0, 20_000), st.sampled_from([1, 2, 3]), st.booleans())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
@given(st.lists(entries, min_size=1, max_size=30))
def test_printed_rows_add_up_to_the_printed_totals(stored, reports, entries):
    stored.clear()
    for description, seconds, user, before in entries:
        stored.entry(description, seconds, user=user, day=WEEK_BEFORE if before else MONDAY)
    stored.weeks(WEEK_BEFORE, MONDAY)
    for public_id in ("5", "6", "7"):
        stored.entity(public_id)
        stored.entity(public_id, week=WEEK_BEFORE)
    team, people = reports()
    for report in (team, *people.values()):
        figures = [[hundredths(cell.split(" ")[0]) for cell in row[1:]] for row in table(report, "Figures")[:3]]
        for tracked, linked, other in zip(*figures, strict=True):
            assert tracked == linked + other
        assert all(now - before == change for now, before, change in figures)
    if people:
        *rows, total = table(team, "People")
        for column in (1, 2):
            assert sum(hundredths(row[column]) for row in rows) == hundredths(total[column])
        *rows, total = table(team, "Where the time went")
        assert sum(hundredths(row[1]) for row in rows) == hundredths(total[1])
        assert total[2] == "–" or sum(int(row[2].removesuffix("%")) for row in rows) == 100
    for report in people.values():
        linked, other = (hundredths(row[1].split(" ")[0]) for row in table(report, "Figures")[1:3])
        items = 0
        if found := re.search(r"## (Work items · \d+)\n", report):
            *rows, total = table(report, found[1])
            items = sum(hundredths(row[8]) for row in rows)
            assert items == hundredths(total[8])
        assert items == linked
        if "| Not linked to a work item |" in report:
            *rows, total = table(report, "Other activities")
            assert sum(hundredths(row[3]) for row in rows) == hundredths(total[3]) == other
        assert ("| Not linked to a work item |" in report) == (report.count("None: all time is on work items.") == 0)


def test_nothing_that_people_typed_changes_how_a_report_is_read(stored, facts_of):
    stored.people = {1: ("TYPED a", "TYPED a"), 2: ("TYPED b", None)}
    stored.entry("TYPED #5 [Scrum] [Bug] [P]", 9000)
    stored.entry("TYPED call", 60, project="TYPED P")
    stored.entry(BUG, 60, user=2)
    stored.entry("TYPED #9 [No] [Such] [P]", 60, user=2)
    stored.weeks()
    stored.entity(
        "5",
        name="TYPED N",
        state="TYPED S",
        assignees=[{"name": "TYPED A", "email": None}],
        parents=[{"type": "TYPED T", "public_id": "1", "name": "TYPED N", "state": "TYPED S"}],
        description="D TYPED",
        fields={"TYPED F": "TYPED V", "Range": {"TYPED k": "TYPED v"}, "List": ["TYPED l"]},
        problems=["TYPED P"],
    )
    stored.entity("9", "No/Such", fits=None, entity_type="TYPED T", configured=False)
    facts = facts_of().model_dump_json()
    names = file_names(stored.connection)

    def read(typed: str) -> list[list[str]]:
        """What Markdown makes of the reports with `typed` wherever people can type: their tokens, in order."""
        inside = PeriodFacts.model_validate_json(facts.replace("TYPED", json.dumps(typed)[1:-1]))
        team = markdown(report(inside.team), names)
        reports = [team, *(markdown(report(each)) for each in inside.individuals)]
        reader = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
        return [
            [
                kind
                for token in reader.parse(report)
                for kind in (token.type, *(part.type for part in token.children or []))
            ]
            for report in reports
        ]

    plain = read("plain")
    for typed in NASTY:
        # A description shows its first line alone.
        assert read(typed.replace("\n", " ")) == plain, typed


def test_the_order_of_stored_rows_does_not_show(stored, reports):
    for user in (1, 2, 3):
        for number in (7, 10, 9):
            stored.entry(f"A #{number} [Scrum] [Bug] [P]", 60, user=user)
            stored.entry(f"Call {number}", 60, user=user)
    stored.weeks()
    first = reports()
    stored.connection.execute("CREATE TABLE turned AS SELECT * FROM tracked_time ORDER BY hash(day, ids, user_id)")
    stored.connection.execute("DELETE FROM tracked_time; INSERT INTO tracked_time FROM turned")
    assert reports() == first
    items = [row[0].split(" ")[0] for row in table(first[1][1], "Work items · 3")[:3]]
    assert items == ["#7", "#9", "#10"]


def test_the_teams_report_links_to_those_of_the_people(stored, reports):
    for user, seconds in ((1, 60), (2, 50), (3, 40)):
        stored.entry("Meeting", seconds, user=user)
    stored.weeks()
    team, _ = reports()
    assert [row[0] for row in table(team, "People")] == [
        # Two people of one name are told apart.
        "[Ann Lee (ann)](individual/ann_lee.md)",
        "[Ben Ode](individual/ben_ode.md)",
        "[Ann Lee (lee)](individual/ann_lee_2.md)",
        "Team",
    ]


def test_unanswered_entities_and_unknown_types_are_listed_on_the_page_of_data_quality(stored, facts_of):
    stored.entry("Gone #9 [Scrum] [Bug] [P]", 3600)
    stored.entry("New #7 [New] [Thing] [P]", 1800)
    stored.weeks()
    stored.entity("9", status="not_found")
    stored.entity("7", "New/Thing", fits=None, configured=False)
    facts = facts_of().team
    team = markdown_of(view_of_quality(report(facts), facts, {}))
    assert team.splitlines()[4] == "1 thing to fix in Toggl; nothing to update in Fibery."
    assert table(team, "Lookups in Fibery") == [
        ["not found in Fibery (deleted, wrong id, or no access)", "1.00", "1", "1", "1"],
        ["label that fits no type", "0.50", "1", "1", "1"],
        ["All linked time", "1.50", "2", "2", ""],
    ]
    assert "- \\#9 Gone, 1.00 h\n  - Scrum/Bug: not found in Fibery (deleted, wrong id, or no access)" in team
    assert table(team, "Types without configuration") == [
        ["New/Thing (fits no type)", "0.50", "1", "1", "1", "12", "#7 New"]
    ]


def test_a_period_without_entries_has_a_report_without_empty_tables(stored, reports):
    stored.weeks()
    team, people = reports()
    assert people == {}
    assert "No time is tracked in this week." in team
    assert [line for line in team.splitlines() if line.startswith("## ")] == [
        *("## Past their planned end", "## Due by Sun 19 Oct", "## Hours against expected", "## Over estimate"),
        *("## Stuck or not updated", "## Later, behind the pace", "## The week in figures"),
        *("## Where the time went", "## Finished", "## People", "## About this report"),
    ]
    assert sum(line.startswith("|---") for line in team.splitlines()) == 1
    assert team.count("\n|") == 7


def test_nothing_shows_that_is_not_there_yet(stored, reports):
    stored.entry(BUG)
    stored.weeks()
    stored.entity("5")
    team, people = reports()
    headings = [[line for line in report.splitlines() if line.startswith("## ")] for report in (team, people[1])]
    assert headings == [
        [
            *("## Past their planned end", "## Due by Sun 19 Oct", "## Hours against expected", "## Over estimate"),
            *("## Stuck or not updated", "## Later, behind the pace", "## The week in figures"),
            *("## Where the time went", "## Finished", "## People", "## Plan against actual"),
            *("## Work items, under what they are part of · 1", "## About this report"),
        ],
        [
            *("## Past their planned end", "## Mine by Sun 19 Oct", "## Left open · 1", "## Hours by day"),
            *("## To fix", "## The week in figures", "## Work items · 1", "## Other activities"),
            *("## Where the time went", "## About this report"),
        ],
    ]


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("John Doe", "john_doe"),
        ("José  Núñez-Öztürk", "jose_nunez_ozturk"),
        ("../../etc/passwd", "etc_passwd"),
        ("Иван", ""),
        ("x" * 300, "x" * 80),
    ],
)
def test_a_file_name_is_plain_ascii(name, file):
    assert slug(name) == file


def test_file_names_stay_the_same_from_week_to_week(stored):
    names = {7: "John Doe", 3: "john doe", 5: "Иван", 9: "John Doe 2", 11: "John-Doe"}

    def store(week, users):
        person = {"week": week, "active": True, "fetched_at": FETCHED}
        insert_rows(stored.connection, "people", [person | {"user_id": user, "name": names[user]} for user in users])

    store(MONDAY, [7, 3, 5, 9])
    expected = {3: "john_doe", 5: "person_5", 7: "john_doe_2", 9: "john_doe_2_2"}
    assert file_names(stored.connection) == expected
    store(MONDAY + timedelta(days=7), [11, 9])
    assert file_names(stored.connection) == expected | {11: "john_doe_3"}
