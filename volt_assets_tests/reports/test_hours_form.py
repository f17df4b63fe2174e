"""VOLT_HOURS=hm: what people read has hours as h:mm and no other, adds up, and files for programs stay as they are."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from volt_assets.automation.digest import digest_of
from volt_assets.formatting import HoursForm
from volt_assets.reports.facts.period import period_facts
from volt_assets.reports.facts.prepared import PreparedPeriod
from volt_assets.reports.files.time_csv import time_csv
from volt_assets.reports.files.workbook import workbook
from volt_assets.reports.rendering.markdown import markdown_of
from volt_assets.reports.report import Report
from volt_assets.reports.rules import ReportRules
from volt_assets.reports.sentences.menu import menu_of
from volt_assets.reports.sentences.templates import template_prose
from volt_assets.reports.view.quality import view_of_quality
from volt_assets.reports.view.sums import sections_that_do_not_add_up
from volt_assets.reports.view.weeks import view_of_weeks
from volt_assets.toggl.assets import preview
from volt_assets.toggl.summary import summary_markdown
from volt_assets.warehouse import query, read_rows
from volt_assets_tests.reports.conftest import MONDAY, SUNDAY, ZONE, Stored, markdown, page
from volt_assets_tests.reports.files.test_workbook import BUG, TASK, week
from volt_assets_tests.reports.versions.test_store import Reports, edit

__all__ = ["week"]

NOW = datetime(2025, 10, 13, 9, 30, tzinfo=UTC)
DECIMAL, HM = re.compile(r"\d\.\d\d(?!\d)"), re.compile(r"\b\d+:[0-5]\d\b")


def facts_in(stored: Stored, hours: HoursForm):
    with PreparedPeriod(stored.connection, MONDAY, SUNDAY, hours=hours) as prepared:
        return period_facts(prepared, ReportRules(ZONE))


def texts_of(html: str) -> str:
    return re.sub(r"<[^>]+>", "", re.sub(r"<(style|svg|script).*?</\1>", " ", html, flags=re.DOTALL))


def test_reports_messages_and_sentences_have_hours_in_one_form(week):
    for facts in facts_in(week, "hm").reports:
        report = Report(facts, NOW, prose=template_prose(facts))
        for text in (markdown(report), texts_of(page(report)), report.prose.model_dump_json()):
            assert HM.search(text)
            assert DECIMAL.findall(text) == []
        slots = menu_of(facts).slots
        assert any(HM.search(slot.text) for slot in slots.values())
        assert not any(DECIMAL.search(slot.text) for slot in slots.values())
        message = digest_of(facts, "http://127.0.0.1:3000")
        assert HM.search(message.body)
        assert DECIMAL.findall(message.body) == []
    team = facts_in(week, "hm").team
    quality = view_of_quality(Report(team, NOW, prose=template_prose(team)), team, {})
    assert DECIMAL.findall(markdown_of(quality)) == []


def test_what_is_printed_in_minutes_adds_up_and_is_the_time_to_the_minute(week):
    for facts in facts_in(week, "hm").reports:
        assert sections_that_do_not_add_up(Report(facts, NOW, prose=template_prose(facts)), tracked(facts)) == []
        assert abs(60 * facts.figures.tracked_hundredths - tracked(facts)) < 60
        assert facts.figures.billable_hundredths is not None
        assert abs(60 * facts.figures.billable_hundredths - (facts.figures.billable_seconds or 0)) < 5 * 60
        assert sum(each.hundredths for each in facts.projects) == facts.figures.tracked_hundredths
        plans = {entity.public_id: entity.plan for entity in facts.entities}
        spent = plans["5" if "5" in plans else "7"]
        assert abs(60 * spent.spent_in_all_hundredths - spent.spent_in_all_seconds) < 5 * 60


def tracked(facts) -> int:
    return facts.figures.tracked_seconds


def test_files_for_programs_and_spreadsheets_stay_in_decimal_hours(week):
    made = []
    for hours in ("decimal", "hm"):
        rules = ReportRules(ZONE, hours=hours)
        with PreparedPeriod(week.connection, MONDAY, SUNDAY, hours=hours) as prepared:
            made.append((time_csv(prepared), workbook(prepared, period_facts(prepared, rules), rules, NOW)))
    assert made[0] == made[1]


def test_the_summary_of_toggl_and_dagsters_preview_follow(week):
    of_week = (week.connection, MONDAY, SUNDAY, None, ZONE)
    for hours, wanted, unwanted in (("decimal", DECIMAL, HM), ("hm", HM, DECIMAL)):
        for text in (summary_markdown(*of_week, hours), preview(week.connection, MONDAY, hours)):
            assert wanted.search(text)
            assert not unwanted.search(text)


def test_the_team_of_the_summary_is_the_team_of_the_report(week):
    printed = facts_in(week, "hm").team.figures.tracked_hundredths
    summary = summary_markdown(week.connection, MONDAY, SUNDAY, None, ZONE, "hm")
    assert f"| **All** | **{printed // 60}:{printed % 60:02d}** |" in summary


@pytest.fixture
def changed(stored: Stored) -> Reports:
    """A week's report in decimal hours, then after an edit in minutes."""
    reports = Reports(stored)
    stored.entry(BUG, 3605)
    stored.entry(TASK, 1111, user=2)
    stored.entity("5")
    reports.fetch()
    reports.make()
    edit(stored, 0, seconds=5_430)
    reports.fetch()
    reports.make(hours="hm")
    return reports


def test_another_form_is_another_version_and_its_changes_are_in_one_form(changed):
    report = changed.report()
    assert report["version"] == 2
    assert "1:19" in report["markdown"]
    assert "1:49" in report["markdown"]
    assert DECIMAL.findall(report["markdown"]) == []
    changed.make(hours="hm")
    assert changed.report()["version"] == 2
    changed.make()
    assert changed.report()["version"] == 3
    assert HM.findall(report_text(changed)) == []


def report_text(reports: Reports) -> str:
    """The report without the instants of its foot."""
    return "\n".join(line for line in reports.report()["markdown"].splitlines() if "UTC" not in line)


def test_the_list_of_weeks_has_each_weeks_hours_as_its_report_prints_them(changed, stored):
    stored.entry("Meeting", 1_111, day=MONDAY + timedelta(days=7))
    changed.fetch(MONDAY + timedelta(days=7))
    changed.make(MONDAY + timedelta(days=7))
    rows = read_rows(changed.connection, query("reports/files/sql/index.sql"))
    blocks = [block for _, block in view_of_weeks(rows, {}).walk() if getattr(block, "style", "") == "weeks"]
    assert [str(row.cells[2][0]) for block in blocks for row in block.rows] == ["0.31", "1:49"]
