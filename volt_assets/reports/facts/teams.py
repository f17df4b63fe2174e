"""The teams that people.yaml names: a line for each in the report of all people, and who belongs to each."""

from collections.abc import Mapping, Sequence

from volt_assets.reports.facts.expected import total
from volt_assets.reports.facts.models import AbsentPerson, IndividualFacts, TeamTime
from volt_assets.reports.people import everybody
from volt_assets.reports.people_config import PeopleConfig
from volt_assets.warehouse import Connection


def members(connection: Connection, config: PeopleConfig) -> Mapping[str, list[int]]:
    """The people of each team, by Toggl's id; a team that nobody stored belongs to is none."""
    found: dict[str, list[int]] = {}
    for person in everybody(connection):
        team = config.of(person.email).team
        if team is not None:
            found.setdefault(team, []).append(person.user_id)
    return {team: found[team] for team in config.teams if team in found}


def lead_of(team: str, config: PeopleConfig, names: Mapping[str, str]) -> str | None:
    """Who leads a team: their names. `names` are by address, in lower case."""
    leads = [email for email in sorted(config.teams[team]) if config.of(email).lead]
    return ", ".join(names.get(email, email) for email in leads) or None


def team_times(
    individuals: Sequence[IndividualFacts],
    absent: Sequence[AbsentPerson],
    config: PeopleConfig,
    names: Mapping[str, str],
) -> list[TeamTime]:
    """A line for each team of these people, and one for those who are in none, which add up to all; nothing where there
    are no teams. `absent`: who has no entries in the period."""
    everyone: list[IndividualFacts | AbsentPerson] = [*individuals, *absent]
    people: dict[str | None, list[IndividualFacts | AbsentPerson]] = {}
    for person in everyone:
        people.setdefault(config.of(person.email).team, []).append(person)
    if not people.keys() - {None}:
        return []
    order = [*(team for team in config.teams if team in people), *([None] if None in people else [])]
    return [_time(team, people[team], config, names) for team in order]


def _time(
    team: str | None,
    people: Sequence[IndividualFacts | AbsentPerson],
    config: PeopleConfig,
    names: Mapping[str, str],
) -> TeamTime:
    figures = [person.figures for person in people if isinstance(person, IndividualFacts)]
    return TeamTime(
        team=team,
        file=None if team is None else config.team_files[team],
        lead=None if team is None else lead_of(team, config, names),
        people=len(figures),
        tracked_seconds=sum(each.tracked_seconds for each in figures),
        linked_seconds=sum(each.linked_seconds for each in figures),
        linked_hundredths=sum(each.linked_hundredths for each in figures),
        other_hundredths=sum(each.other_hundredths for each in figures),
        expected_hundredths=total(person.expected.hundredths for person in people),
    )
