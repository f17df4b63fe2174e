"""The checks of the group `toggl`: do the stored weeks still hold what was verified, and what is worth a look."""

import dagster as dg

from volt_assets.orchestration.checks import Check, sql_rule

ERROR, WARN = dg.AssetCheckSeverity.ERROR, dg.AssetCheckSeverity.WARN


def checks(unlinked_share: float) -> list[Check]:
    """The group's checks. `unlinked_share` is the part of a week's time that may be linked to no work item."""
    return [*_checks_of_entries(), *_checks_of_people_and_time(unlinked_share)]


def _checks_of_entries() -> list[Check]:
    return [
        Check(
            "toggl_time_entries",
            "entries_start_in_their_week",
            "Each entry starts in the week that it is stored in.",
            sql_rule("toggl/sql/checks/entries_outside_their_week.sql"),
            ERROR,
        ),
        Check(
            "toggl_time_entries",
            "entries_are_as_verified",
            "Each person's entries are those that Toggl's totals confirmed.",
            sql_rule("toggl/sql/checks/seconds_not_as_verified.sql"),
            ERROR,
        ),
        Check(
            "toggl_time_entries",
            "no_overlapping_entries",
            "No entry begins before an earlier one of the same person ended.",
            sql_rule("toggl/sql/checks/overlapping_entries.sql"),
            WARN,
        ),
        Check(
            "toggl_time_entries",
            "no_entry_over_ten_hours",
            "No entry lasts over ten hours: as a rule, that is a timer which nobody stopped.",
            sql_rule("toggl/sql/checks/long_entries.sql"),
            WARN,
        ),
        Check(
            "toggl_time_entries",
            "no_entry_of_zero_seconds",
            "No entry ended in the second it began in.",
            sql_rule("toggl/sql/checks/entries_of_zero_seconds.sql"),
            WARN,
        ),
        Check(
            "toggl_time_entries",
            "no_entry_in_two_weeks",
            "No entry is stored in another week, too, where it was before it was moved.",
            sql_rule("toggl/sql/checks/ids_in_several_weeks.sql"),
            WARN,
        ),
    ]


def _checks_of_people_and_time(unlinked_share: float) -> list[Check]:
    return [
        Check(
            "toggl_time_entries",
            "everybody_has_entries",
            "Each active person of the workspace has an entry in the week, if it was fetched after its end.",
            sql_rule("toggl/sql/checks/people_without_entries.sql"),
            WARN,
        ),
        Check(
            "tracked_time",
            "time_adds_up",
            "Each person's linked and unlinked time is the time of their entries.",
            sql_rule("toggl/sql/checks/time_that_does_not_add_up.sql"),
            ERROR,
        ),
        Check(
            "tracked_time",
            "most_time_is_linked",
            "No more of a week's time than VOLT_UNLINKED_SHARE is linked to no work item.",
            sql_rule(
                "toggl/sql/checks/unlinked_time.sql",
                unlinked_share=unlinked_share,
            ),
            WARN,
        ),
    ]
