"""The checks of the group `toggl`: do the stored weeks still hold what was verified, and what is worth a look."""

import dagster as dg

from volt_assets.asset_checks import Check, sql_rule


def checks() -> list[Check]:
    """The group's checks."""
    return [
        Check(
            "toggl_time_entries",
            "entries_are_as_verified",
            "Each entry starts in its week, and each person's entries are those that Toggl's totals confirmed.",
            {
                "outside_their_week": sql_rule("toggl/sql/checks/entries_outside_their_week.sql"),
                "not_as_verified": sql_rule("toggl/sql/checks/seconds_not_as_verified.sql"),
            },
            dg.AssetCheckSeverity.ERROR,
        ),
        Check(
            "toggl_time_entries",
            "entries_worth_a_look",
            "Entries that overlap, last over ten hours or no second, or are stored in two weeks since they were moved; "
            "people who tracked nothing.",
            {
                "overlapping": sql_rule("toggl/sql/checks/overlapping_entries.sql"),
                "over_ten_hours": sql_rule("toggl/sql/checks/long_entries.sql"),
                "of_zero_seconds": sql_rule("toggl/sql/checks/entries_of_zero_seconds.sql"),
                "in_several_weeks": sql_rule("toggl/sql/checks/ids_in_several_weeks.sql"),
                "people_without_entries": sql_rule("toggl/sql/checks/people_without_entries.sql"),
            },
            dg.AssetCheckSeverity.WARN,
        ),
        Check(
            "tracked_time",
            "time_adds_up",
            "Each person's linked and unlinked time is the time of their entries.",
            {"not_adding_up": sql_rule("toggl/sql/checks/time_that_does_not_add_up.sql")},
            dg.AssetCheckSeverity.ERROR,
        ),
        Check(
            "tracked_time",
            "most_time_is_linked",
            "No more of a week's time than VOLT_UNLINKED_SHARE is linked to no work item.",
            {
                "people_with_unlinked_time": sql_rule(
                    "toggl/sql/checks/unlinked_time.sql",
                    unlinked_share=lambda services: services.settings.volt_unlinked_share,
                )
            },
            dg.AssetCheckSeverity.WARN,
        ),
    ]
