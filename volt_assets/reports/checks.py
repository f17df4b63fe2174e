"""The checks of the group `reports`: is everybody and everything in the reports, and does what they print add up."""

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from volt_assets.orchestration.checks import Check, Rule, sql_rule
from volt_assets.reports.facts.models import SCHEMA_VERSION, Changes, IndividualFacts, TeamFacts
from volt_assets.reports.report import Report
from volt_assets.reports.versions.store import INDIVIDUAL, TEAM
from volt_assets.reports.view.sums import sections_that_do_not_add_up
from volt_assets.warehouse import Connection, query, read_rows


def checks() -> list[Check]:
    """The group's checks."""
    return [
        _error(
            INDIVIDUAL,
            "everybody_has_a_report",
            "Each person with entries has a report, and nobody else.",
            sql_rule("reports/sql/checks/people_without_a_report.sql"),
        ),
        _error(
            INDIVIDUAL,
            "each_work_item_is_reported",
            "Each work item that a person's time is linked to is in their report, with that time.",
            sql_rule("reports/sql/checks/entities_not_in_their_report.sql"),
        ),
        _error(
            INDIVIDUAL,
            "figures_add_up",
            "Each report's linked and other time add up to the person's tracked time.",
            sql_rule("reports/sql/checks/figures_that_do_not_add_up.sql"),
        ),
        _error(
            INDIVIDUAL,
            "printed_rows_add_up",
            "The rows of each report's tables add up to the totals below them.",
            _printed(INDIVIDUAL, IndividualFacts),
        ),
        _error(
            TEAM,
            "everybody_is_in_the_team_report",
            "The team's report has everybody with their time.",
            sql_rule("reports/sql/checks/people_not_as_in_the_team_report.sql"),
        ),
        _error(
            TEAM,
            "team_figures_add_up",
            "The team's people, projects and work items add up to the team's time.",
            sql_rule("reports/sql/checks/figures_of_the_team_that_do_not_add_up.sql"),
        ),
        _error(
            TEAM,
            "printed_team_rows_add_up",
            "The rows of the tables of the team's report add up to the totals below them.",
            _printed(TEAM, TeamFacts),
        ),
    ]


def _error(asset: str, name: str, description: str, rule: Rule) -> Check:
    return Check(asset, name, description, rule, dg.AssetCheckSeverity.ERROR)


def _printed(table: str, model: type[IndividualFacts] | type[TeamFacts]) -> Rule:
    """Reports whose printed values do not add up: made of the stored facts anew, against the time of the entries.

    Facts of an earlier form are not read: their report is made anew when its week is next run.
    """

    def find(connection: Connection) -> Sequence[Mapping[str, Any]]:
        rows = read_rows(connection, query(f"reports/sql/checks/{table}_and_entries.sql"), {"form": SCHEMA_VERSION})
        return [
            {"week": row["week"], "user_id": row["user_id"], "section": section}
            for row in rows
            for section in sections_that_do_not_add_up(_report(model, row), row["entries_seconds"])
        ]

    return find


def _report(model: type[IndividualFacts] | type[TeamFacts], row: Mapping[str, Any]) -> Report:
    changes = None if row["changes"] is None else Changes.model_validate(row["changes"])
    return Report(model.model_validate(row["facts"]), row["generated_at"], row["version"], changes=changes)
