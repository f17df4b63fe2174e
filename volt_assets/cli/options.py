"""Options that several commands share, and how their values are read."""

import click

from volt_assets.errors import BadInput

start_from_option = click.option(
    "--start-from",
    type=click.Choice(["toggl", "fibery", "reports"]),
    default="toggl",
    show_default=True,
    help="First stage. The later ones work on stored weeks and send Toggl nothing.",
)
users_option = click.option("--users", metavar="EMAILS", help="Only these people: addresses, separated by commas.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON object.")


def addresses_of(users: str | None) -> list[str]:
    """The addresses that --users names; none without it. Raises BadInput where it names nobody."""
    emails = [email.strip() for email in (users or "").split(",") if email.strip()]
    if users is not None and not emails:
        raise BadInput("--users names nobody. Give addresses separated by commas.", code="usage")
    return emails
