"""Versions of weekly reports: an unchanged one keeps its row, and what changed adds up to the change of the total."""

import html
import re
from datetime import date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from volt_assets.formatting import HoursForm
from volt_assets.reports.facts.models import Changes, EntryVersion, IndividualFacts, TeamFacts
from volt_assets.reports.facts.prepared import PreparedPeriod
from volt_assets.reports.report import Report
from volt_assets.reports.rules import ReportRules
from volt_assets.reports.sentences.models import Prose, Sentence
from volt_assets.reports.versions import store
from volt_assets.reports.view.sums import sections_that_do_not_add_up
from volt_assets.toggl.changes import note_changes
from volt_assets.toggl.storage import store_tracked_time
from volt_assets.toggl.stored_week import StoredWeek
from volt_assets.warehouse import read_rows, replace_rows
from volt_assets.weeks import last_day
from volt_assets_tests.reports.conftest import FETCHED, MONDAY, ZONE, Stored

NEXT = MONDAY + timedelta(days=7)
BOTH = {"individual_reports", "team_report"}
NAMES = {1: "ann_lee", 2: "ben_ode", 3: "ann_lee_2"}


class Reports:
    """A week fetched and reported on again and again, as the assets do it."""

    def __init__(self, stored: Stored):
        self.stored = stored
        self.connection = stored.connection
        self.fetched_at = FETCHED

    def fetch(self, *weeks: date, everybody: bool = True) -> None:
        """Replace the entries of weeks (the one of 2025-10-06 by default) by those of `stored.entries`."""
        self.fetched_at += timedelta(hours=1)
        for week in weeks or (MONDAY,):
            entries = [entry for entry in self.stored.entries if entry["week"] == week]
            known = self.connection.execute("SELECT count(*) FROM toggl_weeks WHERE week = ?", [week]).fetchone()[0]
            before = StoredWeek(week, ZONE, FETCHED, True, True) if known else None
            rows = [{"project_id": None, "updated_at": None, **entry} for entry in entries]
            note_changes(self.connection, week, rows, before, ZONE, None, self.fetched_at)
            replace_rows(self.connection, "toggl_time_entries", entries, where="week = ?", parameters=[week])
            complete = {"everybody": everybody, "after_its_end": True, "complete": everybody}
            replace_rows(
                self.connection,
                "toggl_weeks",
                [{"week": week, "timezone": ZONE, "fetched_at": self.fetched_at, **complete}],
                where="week = ?",
                parameters=[week],
            )
            self.connection.execute("DELETE FROM tracked_time WHERE week = ?", [week])
            store_tracked_time(self.connection, week)

    def make(self, week: date = MONDAY, selected: set[str] = BOTH, write=None, hours: HoursForm = "decimal") -> None:
        with PreparedPeriod(self.connection, week, last_day(week), hours=hours) as prepared:
            drafts = store.draft_week(prepared, ReportRules(ZONE), selected)
        proses = write(drafts) if write else store.sentences_of(self.connection, drafts, None)
        self.connection.begin()
        store.store_week(self.connection, week, ZONE, drafts, proses, NAMES, selected)
        self.connection.commit()

    def report(self, user: int | None = None, week: date = MONDAY) -> dict:
        table = "team_report" if user is None else "individual_reports"
        (row,) = [
            row
            for row in read_rows(self.connection, f"SELECT * FROM {table} WHERE week = ?", [week])
            if user is None or row["user_id"] == user
        ]
        return row

    def changes(self, user: int | None = None, week: date = MONDAY) -> Changes:
        return Changes.model_validate(self.report(user, week)["changes"])

    def earlier(self) -> list[tuple]:
        return self.connection.execute(
            "SELECT user_id, version FROM report_versions ORDER BY user_id NULLS FIRST, version"
        ).fetchall()


@pytest.fixture
def reports(stored: Stored) -> Reports:
    return Reports(stored)


def edit(stored: Stored, number: int, **new) -> None:
    stored.entries[number] = stored.entries[number] | new


def test_an_unchanged_week_renders_nothing_and_asks_no_templates(reports, stored, monkeypatch):
    stored.entry("Meeting")
    reports.fetch()
    reports.make()
    before = [reports.report(1), reports.report()]
    reports.fetch()

    def fail(*_):
        raise AssertionError("made again")

    for maker in ("view_of", "template_prose", "entry_changes"):
        if maker != "entry_changes":
            monkeypatch.setattr(store, maker, fail)
    reports.make()
    assert [reports.report(1), reports.report()] == before
    assert reports.earlier() == []


def test_a_changed_report_is_the_next_version_and_the_one_before_is_kept_as_it_was(reports, stored):
    stored.entry("Meeting", 100)
    stored.entry("Talk", 50, user=2)
    reports.fetch()
    reports.make()
    first = reports.report(1)
    edit(stored, 0, seconds=160)
    reports.fetch()
    reports.make()
    assert [reports.report(user)["version"] for user in (1, 2, None)] == [2, 1, 2]
    assert reports.earlier() == [(None, 1), (1, 1)]
    (kept,) = read_rows(reports.connection, "SELECT * FROM report_versions WHERE user_id = 1")
    assert kept == {name: value for name, value in first.items() if name != "html"}
    assert reports.changes(1).seconds == reports.changes().seconds == 60
    assert reports.changes(1).since_version == 1


def test_other_sentences_are_another_version_and_what_they_cost_is_not(reports, stored):
    stored.entry("Meeting")
    reports.fetch()
    said = Prose(summary=[Sentence(parts=["A week of meetings."])], tokens=100, model="m", cost_usd=0.1)
    reports.make(write=lambda drafts: [said for _ in drafts])
    reports.make(write=lambda drafts: [said.model_copy(update={"tokens": 0, "cost_usd": 0.0}) for _ in drafts])
    assert (reports.report(1)["version"], reports.report(1)["prose"]["tokens"]) == (1, 100)
    other = said.model_copy(update={"summary": [Sentence(parts=["Meetings, all week."])]})
    reports.make(write=lambda drafts: [other for _ in drafts])
    assert reports.report(1)["version"] == 2
    assert reports.changes(1).entries == []


def test_sentences_of_unchanged_facts_are_kept_whoever_wrote_them(reports, stored):
    stored.entry("Meeting")
    reports.fetch()
    said = Prose(summary=[Sentence(parts=["Written by a model."], by="model")], model="m")
    reports.make(write=lambda drafts: [said for _ in drafts])
    reports.make()
    assert Prose.model_validate(reports.report(1)["prose"]) == said


@pytest.mark.parametrize(
    ("written", "setting", "kept"),
    [
        ("checked", "checked", True),
        ("checked", "worded", True),
        ("checked", "off", False),
        ("worded", "worded", True),
        ("worded", "checked", False),
        ("worded", "off", False),
    ],
)
def test_stored_sentences_of_a_model_are_used_as_far_as_the_setting_allows_them(
    reports, stored, written, setting, kept
):
    stored.entry("Meeting")
    reports.fetch()
    said = Prose(summary=[Sentence(parts=["Written by a model."], by="model")], model="m", mode=written)
    reports.make(write=lambda drafts: [said for _ in drafts])
    reports.make(write=lambda drafts: store.sentences_of(reports.connection, drafts, None, mode=setting))
    assert (Prose.model_validate(reports.report(1)["prose"]) == said) is kept
    assert ("Written by a model" in reports.report(1)["markdown"]) is kept


def test_a_report_whose_entries_are_all_gone_is_kept_as_a_version_and_counts_on_when_they_return(reports, stored):
    stored.entry("Meeting", 100)
    stored.entry("Talk", 50, user=2)
    reports.fetch()
    reports.make()
    gone = stored.entries.pop()
    reports.fetch()
    reports.make()
    assert reports.earlier() == [(None, 1), (2, 1)]
    assert reports.connection.execute("SELECT user_id FROM individual_reports").fetchall() == [(1,)]
    stored.entries.append(gone | {"seconds": 70})
    reports.fetch()
    reports.make()
    assert reports.report(2)["version"] == 2
    # Compared with the version that had been taken away, in which the entry had 50 seconds.
    assert [(line.kind, line.seconds) for line in reports.changes(2).entries] == [("edited", 20)]
    assert [(line.kind, line.seconds) for line in reports.changes().entries] == [("added", 70)]


def test_making_one_asset_leaves_the_others_versions_alone_and_loses_no_change(reports, stored):
    stored.entry("Meeting", 100)
    reports.fetch()
    reports.make()
    edit(stored, 0, seconds=130)
    reports.fetch()
    reports.make(selected={"individual_reports"})
    assert (reports.report(1)["version"], reports.report()["version"]) == (2, 1)
    edit(stored, 0, seconds=150)
    reports.fetch()
    reports.make()
    assert (reports.changes(1).seconds, reports.changes().seconds) == (20, 50)


def test_facts_of_an_older_schema_make_another_version_and_change_nobodys_hours(reports, stored):
    stored.entry("Meeting", 100)
    reports.fetch()
    reports.make()
    reports.connection.execute(
        "UPDATE individual_reports SET facts = json_merge_patch(facts, '{\"schema_version\": 1}'), facts_hash = 'old', "
        "prose = json_merge_patch(prose, '{\"unknown\": 1}')"
    )
    reports.make()
    assert (reports.report(1)["version"], reports.changes(1).seconds, reports.changes(1).entries) == (2, 0, [])


def test_reports_made_before_versions_were_kept_have_nothing_to_compare_with(reports, stored):
    stored.entry("Meeting", 100)
    reports.fetch()
    reports.make()
    for table in BOTH:
        reports.connection.execute(f"UPDATE {table} SET entries_revision = NULL, prose = NULL, facts_hash = 'old'")
    reports.make()
    assert (reports.report(1)["version"], reports.report(1)["changes"]) == (2, None)


def test_an_edited_entry_is_reported_before_and_after(reports, stored):
    stored.entry("Meeting", 100, project="Volt")
    reports.fetch()
    reports.make()
    edit(stored, 0, description="Fix #5 [Scrum] [Bug]", seconds=None, stop=None, stop_utc=None)
    reports.fetch()
    reports.make()
    (line,) = reports.changes(1).entries
    start = datetime(2025, 10, 6, 7)
    assert (line.kind, line.entry_id, line.user_id, line.seconds) == ("edited", 5_000_000_000, 1, -100)
    assert line.before == EntryVersion(description="Meeting", start=start, day=MONDAY, seconds=100, project="Volt")
    assert (line.after.description, line.after.seconds) == ("Fix #5 [Scrum] [Bug]", None)


def test_an_entry_edited_twice_between_two_versions_is_one_line(reports, stored):
    stored.entry("Meeting", 100)
    reports.fetch()
    reports.make()
    for seconds in (200, 300):
        edit(stored, 0, seconds=seconds)
        reports.fetch()
    reports.make()
    assert [(line.kind, line.seconds) for line in reports.changes(1).entries] == [("edited", 200)]


def test_an_entry_moved_to_another_week_adds_there_what_it_takes_here(reports, stored):
    stored.entry("Meeting", 100)
    stored.entry("Stays", 10)
    stored.entry("Next", 1, day=NEXT)
    reports.fetch(MONDAY, NEXT)
    reports.make(MONDAY)
    reports.make(NEXT)
    moved = {"week": NEXT, "day": NEXT, "start": f"{NEXT}T09:00:00+02:00", "start_utc": datetime(2025, 10, 13, 7)}
    edit(stored, 0, **moved, stop=None, stop_utc=None)
    reports.fetch(MONDAY, NEXT)
    reports.make(MONDAY)
    reports.make(NEXT)
    (out,), (came,) = (reports.changes(1, week).entries for week in (MONDAY, NEXT))
    assert (out.kind, out.before.day, out.after.day, out.seconds) == ("moved", MONDAY, NEXT, -100)
    assert (came.kind, came.before.day, came.after.day, came.seconds) == ("moved", MONDAY, NEXT, 100)


def test_what_was_fetched_for_some_people_only_is_added_for_the_team_once_everybody_is(reports, stored):
    stored.entry("Meeting", 100)
    reports.fetch(everybody=False)
    reports.make()
    stored.entry("Talk", 50, user=2)
    reports.fetch()
    reports.make()
    assert [(line.kind, line.user_id, line.seconds) for line in reports.changes().entries] == [("added", 2, 50)]
    assert (reports.report(2)["version"], reports.report(2)["changes"]) == (1, None)


def test_a_person_reads_what_changed_entry_by_entry_and_the_team_whose_and_nothing_typed(reports, stored):
    stored.entry("Meeting | a", 3600)
    stored.entry("Talk", 1800)
    stored.entry("Lunch", 900, user=2)
    reports.fetch()
    reports.make()
    edit(stored, 0, seconds=5400, project_name="Volt")
    edit(stored, 1, id=7, description=None, seconds=None, stop=None, stop_utc=None)
    reports.fetch()
    reports.make()
    _, section = reports.report(1)["markdown"].split("\n## What changed since version 1\n\n")
    generated = reports.changes(1).since.strftime("%Y-%m-%d %H:%M UTC")
    assert (
        section.split("\n## ")[0].strip()
        == f"""\
Version 1 was generated {generated}. Since then 3 entries changed; the total is 1.50 h, as it was.

| Entry | Change |
|---|---:|
| edited Mon 6 Oct 09:00 to 10:00 → 09:00 to 10:30, Meeting \\| a, no project → Volt | +0.50 |
| deleted Mon 6 Oct 10:00 to 10:30, Talk | −0.50 |
| added Mon 6 Oct 10:00, running, no description | ±0.00 |
| **Change of the total** | **±0.00** |"""
    )
    page = html.unescape(re.sub(r"<[^>]*>", " ", reports.report(1)["html"]))
    for said in ("Meeting | a, no project → Volt +0.50", "10:30, Talk −0.50", "Change of the total ±0.00"):
        assert said in " ".join(page.split())
    team = reports.report()["markdown"]
    changed = team.split("\n## What changed since version 1\n\n")[1].split("\n## ")[0]
    assert "| deleted [Ann Lee](individual/ann_lee.md), Mon 6 Oct 10:00 to 10:30 | −0.50 |" in changed
    assert "| **Change of the total** | **±0.00** |" in changed
    assert not {"Meeting", "Talk", "no description"} & set(changed.replace(",", " ").split())


def test_of_many_changes_the_ten_largest_have_a_row_and_the_others_one_together(reports, stored):
    stored.entry("Meeting", 3600)
    reports.fetch()
    reports.make()
    for seconds in range(360, 360 * 15, 360):
        stored.entry("Talk", seconds)
    reports.fetch()
    reports.make()
    section = reports.report(1)["markdown"].split("\n## What changed since version 1\n\n")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| added")]
    assert len(rows) == 10
    assert rows[0].endswith("| +1.40 |")
    assert "| 4 more: 4 added | +1.00 |" in section


def test_a_version_without_changed_entries_says_that_the_hours_are_the_same(reports, stored):
    stored.entry("Meeting")
    reports.fetch()
    reports.make()
    other = Prose(summary=[Sentence(parts=["Other words."])])
    reports.make(write=lambda drafts: [other for _ in drafts])
    assert (
        "No entry was added, edited, deleted or moved since: the hours are the same." in reports.report(1)["markdown"]
    )


described = st.sampled_from([None, "Meeting", "Fix #5 [Scrum] [Bug]", "#6"])
entries = st.lists(
    st.tuples(
        st.integers(0, 7), described, st.one_of(st.none(), st.integers(0, 9000)), st.integers(0, 13), st.integers(1, 3)
    ),
    max_size=8,
    unique_by=lambda entry: entry[0],
)
steps = st.lists(
    st.tuples(entries, st.sampled_from([set(), {"individual_reports"}, {"team_report"}, BOTH])), min_size=2, max_size=5
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
@given(steps)
def test_the_lines_add_up_to_the_change_of_the_total_whatever_was_edited_between(reports, stored, steps):
    stored.clear()
    for table in ("report_versions", "reported_entries", "time_entry_changes", "individual_reports", "team_report"):
        reports.connection.execute(f"DELETE FROM {table}")
    for rows, selected in steps:
        stored.entries = []
        for id, description, seconds, day, user in rows:
            stored.entry(description, seconds, day=MONDAY + timedelta(days=day), user=user)
            edit(stored, -1, id=id)
        reports.fetch(MONDAY, NEXT)
        for week in (MONDAY, NEXT):
            if selected:
                reports.make(week, selected)
    every = read_rows(
        reports.connection,
        "SELECT * FROM individual_reports UNION ALL BY NAME SELECT * FROM team_report UNION ALL BY NAME "
        "SELECT * FROM report_versions",
    )
    totals = {(r["week"], r["user_id"], r["version"]): r["facts"]["figures"]["tracked_seconds"] for r in every}
    assert len(totals) == len(every)
    for report in every:
        facts = (TeamFacts if report["user_id"] is None else IndividualFacts).model_validate(report["facts"])
        changes = report["changes"] and Changes.model_validate(report["changes"])
        made = Report(facts, report["generated_at"], report["version"], changes=changes)
        assert sections_that_do_not_add_up(made, facts.figures.tracked_seconds) == []
        before = totals.get((report["week"], report["user_id"], report["version"] - 1))
        assert (before is None) == (report["changes"] is None) == (report["version"] == 1)
        if before is not None:
            told = Changes.model_validate(report["changes"])
            assert told.seconds == sum(line.seconds for line in told.entries)
            assert told.seconds == report["facts"]["figures"]["tracked_seconds"] - before
