"""The checks of the group `reports`: is everybody and everything in the reports, and does what they print add up."""

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from volt_assets.asset_checks import Check, Rule, sql_rule
from volt_assets.reports.printed import sections_that_do_not_add_up
from volt_assets.services import Services
from volt_assets.warehouse import Connection


def checks() -> list[Check]:
    """The group's checks."""
    return [
        Check(
            "individual_reports",
            "reports_are_whole",
            "Each person with entries has a report, each of their work items is in it, and its rows add up.",
            {
                "people_without_a_report": sql_rule("reports/sql/checks/people_without_a_report.sql"),
                "work_items_missing": sql_rule("reports/sql/checks/entities_not_in_their_report.sql"),
                "figures_not_adding_up": sql_rule("reports/sql/checks/figures_that_do_not_add_up.sql"),
                "printed_rows_not_adding_up": _printed("individual_reports", "user_id"),
            },
            dg.AssetCheckSeverity.ERROR,
        ),
        Check(
            "team_report",
            "team_report_adds_up",
            "The team's report has everybody with their time, and its rows add up.",
            {
                "people_not_as_fetched": sql_rule("reports/sql/checks/people_not_as_in_the_team_report.sql"),
                "figures_not_adding_up": sql_rule("reports/sql/checks/figures_of_the_team_that_do_not_add_up.sql"),
                "printed_rows_not_adding_up": _printed("team_report", "NULL"),
            },
            dg.AssetCheckSeverity.ERROR,
        ),
    ]


def _printed(table: str, user_id: str) -> Rule:
    def find(connection: Connection, services: Services) -> Sequence[Mapping[str, Any]]:
        reports = connection.execute(
            f"SELECT week, {user_id}, markdown FROM {table} JOIN checked_weeks USING (week) ORDER BY ALL"
        ).fetchall()
        return [
            {"week": week, "user_id": person, "section": section}
            for week, person, markdown in reports
            for section in sections_that_do_not_add_up(markdown)
        ]

    return find
