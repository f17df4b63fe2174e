"""What holds for all reports alike, whatever their period: one value, which travels from the settings to the facts."""

from dataclasses import dataclass

from volt_assets.formatting import HoursForm
from volt_assets.reports.people_config import NO_PEOPLE_CONFIG, PeopleConfig, people_config
from volt_assets.reports.privacy import OPEN, Privacy, privacy_of
from volt_assets.settings import ProseMode, Settings
from volt_assets.warehouse import Connection

NOT_STARTED_SECONDS = 5 * 3600


@dataclass(frozen=True)
class ReportRules:
    """`timezone`: the zone in which the stored weeks' days are reckoned. `privacy`: how the team's report shows people.
    `people`: what is expected of them. `money`: whether the team's report shows amounts. `hours`: the form in which
    hours are printed. `prose`: what a model may write. `toggl_page`: the workspace's detailed report in Toggl.

    More time than `not_started_seconds` on something that is not started is reported as a mismatch.
    """

    timezone: str
    privacy: Privacy = OPEN
    not_started_seconds: int = NOT_STARTED_SECONDS
    people: PeopleConfig = NO_PEOPLE_CONFIG
    money: bool = False
    hours: HoursForm = "decimal"
    prose: ProseMode = "off"
    toggl_page: str | None = None


def report_rules(connection: Connection, settings: Settings) -> ReportRules:
    """The rules by the settings and the people known now. Not inside a transaction (see `privacy_of`).

    Raises BadInput for mistakes in people.yaml.
    """
    return ReportRules(
        settings.volt_timezone,
        privacy_of(connection, settings.volt_privacy),
        settings.not_started_seconds,
        people_config(settings),
        settings.volt_money == "on",
        settings.volt_hours,
        settings.volt_prose,
        settings.toggl_web_page,
    )
