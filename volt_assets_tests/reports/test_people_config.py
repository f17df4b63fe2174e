"""`people.yaml`: what is expected of whom on which day, and every mistake with its line, key and nearest word."""

import textwrap
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from volt_assets.errors import BadInput
from volt_assets.reports.people_config import (
    NO_PEOPLE_CONFIG,
    Days,
    PeopleConfig,
    Rate,
    load_people_config,
    people_config,
)
from volt_assets.sandbox.generated import generated_company, people_yaml
from volt_assets.settings import Settings
from volt_assets_tests.sandbox.conftest import UNTIL

EXAMPLE = Path(__file__).parents[2] / "config" / "people.example.yaml"
MONDAY = date(2026, 11, 16)
ADDRESS = "mailto://user:s3cret-pass@mail.example"

Configured = Callable[[str], PeopleConfig]


@pytest.fixture
def configured(tmp_path: Path) -> Configured:
    def write(text: str) -> PeopleConfig:
        file = tmp_path / "people.yaml"
        file.write_text(textwrap.dedent(text))
        return load_people_config(file)

    return write


def days_of(config: PeopleConfig, email: str | None, monday: date = MONDAY) -> list[int | None]:
    return [config.expected_seconds(email, monday + timedelta(days=day)) for day in range(7)]


def test_the_hours_of_everybody_are_spread_over_monday_to_friday(configured: Configured):
    config = configured("hours: 40")
    assert days_of(config, "ann@x.example") == [8 * 3600] * 5 + [0, 0]
    assert days_of(config, None) == days_of(config, "ann@x.example")


def test_a_persons_own_hours_are_spread_over_the_weekdays_that_are_not_off(configured: Configured):
    config = configured("hours: 40\npeople: {Ann@X.example: {hours: 24, days_off: [fri, Monday]}}")
    assert days_of(config, "ann@x.EXAMPLE") == [0, 8 * 3600, 8 * 3600, 8 * 3600, 0, 0, 0]
    assert days_of(config, "ben@x.example")[0] == 8 * 3600


@pytest.mark.parametrize("hours", [38.5, 37.53, 1, 0.01])
def test_the_whole_seconds_of_days_add_up_to_the_week(configured: Configured, hours: float):
    days = days_of(configured(f"hours: {hours}\npeople: {{a@b: {{days_off: Wednesday}}}}"), "a@b")
    assert sum(days) == int(Decimal(str(hours)) * 3600)
    assert max(days[:2] + days[3:5]) - min(days[:2] + days[3:5]) <= 1


def test_nothing_is_expected_on_holidays_and_in_absences(configured: Configured):
    config = configured("""
        hours: 40
        holidays: [2026-11-17 A holiday]
        people:
          a@b: {absences: [2026-11-19..2026-11-20 at the sea, 2026-11-24]}
    """)
    assert config.holidays == {date(2026, 11, 17)}
    assert days_of(config, "a@b") == [8 * 3600, 0, 8 * 3600, 0, 0, 0, 0]
    assert config.absence("A@B", date(2026, 11, 20)) == Days(date(2026, 11, 19), date(2026, 11, 20), "at the sea")
    assert config.absence("a@b", date(2026, 11, 24)).reason is None
    assert config.absence("a@b", date(2026, 11, 23)) is None
    assert config.absence("else@b", date(2026, 11, 20)) is None


def test_where_no_hours_are_known_nothing_is_said(configured: Configured):
    config = configured("people: {a@b: {hours: 20}, c@d: }")
    assert config.expected_seconds("a@b", MONDAY) == 4 * 3600
    assert config.expected_seconds("c@d", MONDAY) is None
    assert config.names("c@d")
    assert NO_PEOPLE_CONFIG.expected_seconds("a@b", MONDAY) is None


def test_a_projects_rate_is_taken_before_the_persons(configured: Configured):
    config = configured("rates: {P: 98.00 EUR}\npeople: {a@b: {rate: 75.5 USD}}")
    assert config.rate("a@b", "P") == Rate(Decimal("98.00"), "EUR")
    assert config.rate("a@b", "Q") == config.rate("A@b", None) == Rate(Decimal("75.5"), "USD")
    assert config.rate("c@d", "Q") is None


def test_teams_are_those_that_people_are_given(configured: Configured):
    config = configured("people: {A@b: {team: web, lead: true}, c@d: {team: App}, e@f: {team: web}, g@h: {}}")
    assert list(config.teams.items()) == [("App", {"c@d"}), ("web", {"a@b", "e@f"})]
    assert config.of("a@b").lead


def test_where_a_digest_is_sent_is_a_secret(configured: Configured):
    config = configured(f"people: {{a@b: {{notify: '{ADDRESS}'}}, c@d: }}")
    assert config.notify("a@b").get_secret_value() == ADDRESS
    assert config.notify("c@d") is None
    assert "s3cret" not in repr(config)


def test_the_fingerprint_is_of_what_reports_read(configured: Configured):
    text = "hours: 40\npeople:\n  a@b: {hours: 30}\n  c@d: {hours: 20}\n"
    fingerprint = configured(text).fingerprint
    assert len(fingerprint) == 64
    assert NO_PEOPLE_CONFIG.fingerprint == ""
    for same in (
        "# A comment\nhours: 40.0\npeople:\n  c@d: {hours: 20}\n  A@b: {hours: 30}\n",
        text.replace("hours: 30", f"hours: 30, notify: '{ADDRESS}'"),
    ):
        assert configured(same).fingerprint == fingerprint
    for added in ("holidays: [2026-12-25]\n", "rates: {P: 1 EUR}\n", "  e@f: {team: T}\n", "  e@f: {rate: 1 EUR}\n"):
        assert configured(text + added).fingerprint != fingerprint


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("hour: 40", 1, ["hour: is not a known key", "Did you mean hours?", "hours, holidays, rates, people"]),
        ("hours: forty", 1, ["must be hours a week", "not 'forty'"]),
        ("hours: 200", 1, ["0 to 168", "not 200"]),
        ("hours: -1", 1, ["not -1"]),
        ("hours: .nan", 1, ["must be hours a week"]),
        ("hours: true", 1, ["must be hours a week"]),
        ("holidays:\n- 2026-12-25\n- 2026-02-30", 3, ["item 2", "does not exist"]),
        ("holidays: [25.12.2026]", 1, ["item 1", "like 2026-12-25", "not '25.12.2026'"]),
        ("holidays:\n- 2026-12-25..2026-12-24", 2, ["ends before it begins"]),
        ("holidays:\n- 2026-12-25..2046-12-24", 2, ["longer than ten years"]),
        ("holidays:\n- {day: 2026-12-25}", 2, ["must be a day or days"]),
        ("rates:\n  P: 98", 2, ["rates > P", "like 98.00 EUR", "not 98"]),
        ("rates:\n  P: 98 Euro", 2, ["not '98 Euro'"]),
        ("people:\n  Ann Lee: {}", 2, ["Ann Lee", "e-mail address"]),
        ("people:\n  a@b: {}\n  A@b: {}", 3, ["A@b", "is the same address as a@b"]),
        ("people:\n  a@b:\n    absence: [2026-11-16]", 3, ["a@b > absence", "Did you mean absences?"]),
        ("people:\n  a@b:\n    days_off: [Firday]", 3, ["'Firday' is not a weekday", "Did you mean Friday?"]),
        ("people:\n  a@b:\n    days_off: [Saturday]", 3, ["is not a weekday"]),
        ("people:\n  a@b:\n    days_off: [Mon, Tue, Wed, Thu, Fri]", 3, ["leaves no weekday", "hours: 0"]),
        ("people:\n  a@b:\n    lead: yes please", 3, ["lead", "true or false"]),
        ("people:\n  a@b:\n    lead: true", 3, ["lead", "needs a team"]),
        ("people:\n  a@b:\n    team: 7", 3, ["team", "must be text, not 7"]),
        ("people:\n  a@b:\n    rate: [1]", 3, ["rate", "like 98.00 EUR"]),
        ("people: [a@b]", 1, ["people", "must hold keys"]),
        ("- hours", 1, ["must hold the keys hours, holidays, rates, people"]),
        ("a: [1", 1, ["not YAML"]),
    ],
)
def test_a_mistake_is_reported_with_file_line_key_and_nearest_word(
    configured: Configured, text: str, line: int, message: list[str]
):
    with pytest.raises(BadInput) as error:
        configured(text)
    lines = error.value.message.splitlines()
    assert any(f"people.yaml, line {line}: " in each and all(part in each for part in message) for each in lines), (
        error.value.message
    )
    assert error.value.exit_code == 2


@pytest.mark.parametrize("address", ["s3cret-pass", "mailto://a:s3cret-pass@b mailto://c:d@e", "[s3cret-pass]"])
def test_an_address_that_is_none_is_refused_and_not_repeated(configured: Configured, address: str):
    with pytest.raises(BadInput) as error:
        configured(f"people:\n  a@b:\n    notify: {address}\n")
    assert "line 3: people > a@b > notify: is not an address" in error.value.message
    assert "s3cret" not in error.value.message


def test_the_file_may_be_absent_unless_the_setting_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    assert people_config(Settings.load(tmp_path, dotenv=False)) == NO_PEOPLE_CONFIG
    monkeypatch.setenv("VOLT_PEOPLE_CONFIG", "else.yaml")
    with pytest.raises(BadInput, match=r"There is no .*else\.yaml.* VOLT_PEOPLE_CONFIG"):
        people_config(Settings.load(tmp_path, dotenv=False))
    (tmp_path / "else.yaml").write_text("hours: 40")
    assert people_config(Settings.load(tmp_path, dotenv=False)).hours == 40


def test_the_example_says_what_it_is_about(configured: Configured):
    config = load_people_config(EXAMPLE)
    assert config.hours == 40
    assert days_of(config, "ada@company.example") == [8 * 3600] * 4 + [0, 0, 0]
    assert list(config.teams) == ["Web"]


def test_the_invented_company_has_a_file_of_its_own_people_alone(configured: Configured):
    company = generated_company(until=UNTIL)
    config = configured(people_yaml(company, UNTIL))
    people = {person.email: person.name for person in company.toggl.people.values()}
    assert set(config.people) == set(people)
    monday = UNTIL - timedelta(days=UNTIL.weekday())
    by_name = {name: email for email, name in people.items()}
    assert sum(days_of(config, by_name["Tom Becker"], monday - timedelta(days=7))) in (40 * 3600, 32 * 3600)
    assert days_of(config, by_name["Nora Lindqvist"], monday)[:3] == [0, 0, 8 * 3600]
    assert max(days_of(config, by_name["Elena Rossi"], monday)) == 32 * 3600 // 5
    assert len(config.teams) == 3
