"""`volt digest`: a week in a few lines, as it is sent.

DuckDB takes half a second to import, so what needs it is imported only after the settings are known to be sound.
"""

import click

from volt_assets.errors import BadInput
from volt_assets.settings import Settings
from volt_assets.weeks import parse_week


@click.command("digest")
@click.argument("week", metavar="WEEK")
@click.option("--person", metavar="E", help="This person's digest, not the team's: address, whole name or Toggl's id.")
@click.option(
    "--send",
    "sending",
    is_flag=True,
    help="Send it, too: the team's to the addresses of VOLT_DIGEST_URLS, a person's to `notify` in people.yaml.",
)
def command(week: str, person: str | None, sending: bool) -> None:
    """Show a week's digest: what its report asks to decide, in at most twelve lines of Markdown.

    WEEK is any of its days (2025-10-06) or its ISO number (2025-W41). While `volt ui` runs, the digest of each week is
    sent once, when the week is complete and reported on.

    \b
    Examples:
      volt digest 2025-W41
      volt digest 2025-W41 --person ann@example.com --send
    """
    monday = parse_week(week)
    settings = Settings.load()
    from volt_assets.automation.digest import stored_digest
    from volt_assets.automation.notification import send
    from volt_assets.orchestration.instance import ui_origin
    from volt_assets.reports.people_config import people_config
    from volt_assets.reports.versions.differences import report_of
    from volt_assets.warehouse import warehouse_of

    people = people_config(settings)
    with warehouse_of(settings).get_connection() as connection:
        user_id = report_of(connection, monday, person) if person is not None else None
        email, message = stored_digest(connection, monday, user_id, ui_origin(settings))
    if sending:
        name = "VOLT_DIGEST_URLS" if user_id is None else f"notify of {email} in people.yaml"
        address = settings.volt_digest_urls if user_id is None else people.notify(email)
        if address is None:
            raise BadInput(f"There is nowhere to send it: {name} is not set.", code="bad_setting")
        send(address, name, [message])
    click.echo(f"{message.title}\n\n{message.body}")
