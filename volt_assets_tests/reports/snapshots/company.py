"""The facts that the snapshots are made of: Volt run on the generated company as it was at the end of a fixed day."""

import gzip
import json
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from volt_assets.reports.facts.models import IndividualFacts, PeriodFacts, TeamFacts
from volt_assets.reports.facts.period import period_facts
from volt_assets.reports.facts.prepared import PreparedPeriod
from volt_assets.reports.people_config import NO_PEOPLE_CONFIG, PeopleConfig, load_people_config
from volt_assets.reports.rules import ReportRules
from volt_assets.sandbox.generated import generated_company, people_yaml
from volt_assets.sandbox.server import start_sandbox
from volt_assets.sandbox.settings import SandboxSettings
from volt_assets.warehouse import Connection, connect, query, read_rows
from volt_assets_tests.acceptance.home import Home

FILE = Path(__file__).parent / "facts.json.gz"
ZONE = "Europe/Berlin"
UNTIL = date(2026, 10, 9)
# The company worked from July 20; in the two weeks before nobody did.
FIRST, LAST = date(2026, 7, 6), date(2026, 10, 11)
FETCHED, ENRICHED = datetime(2026, 10, 12, 6, 0), datetime(2026, 10, 12, 6, 20)
GRACE, DANIEL, PRIYA, LUCAS, TOM = "Grace Christian", "Daniel Okafor", "Priya Raman", "Lucas Moreau", "Tom Becker"
WEEK = date(2026, 9, 28), date(2026, 10, 4)
QUARTER = date(2026, 7, 6), date(2026, 9, 30)


def read() -> tuple[dict[str, TeamFacts | IndividualFacts], list[dict[str, Any]]]:
    """The kept facts by name, and the rows of the list of weeks."""
    content = json.loads(gzip.decompress(FILE.read_bytes()))
    facts = {name: (TeamFacts if "people" in of else IndividualFacts)(**of) for name, of in content["facts"].items()}
    return facts, [row | {"week": date.fromisoformat(row["week"])} for row in content["index"]]


def renew(folder: Path) -> None:
    """Run Volt on the company in an empty folder and keep the facts."""
    company = generated_company(until=UNTIL)
    # What the configuration asks for in vain is a section of the report.
    for type_name, field in (("Task", "Acceptance Criteria"), ("Task", "Story Points"), ("Bug", "Steps to Reproduce")):
        company.fibery.delete_field(f"Scrum/{type_name}", f"Scrum/{field}")
    with start_sandbox(company, SandboxSettings(fibery_limits=False)) as sandbox:
        home = Home(folder, sandbox.environment | {"VOLT_TIMEZONE": ZONE, "VOLT_FIRST_WEEK": str(FIRST)})
        home.run(str(FIRST), str(LAST))
    with connect(folder / ".volt" / "warehouse.duckdb") as connection:
        _settle(connection)
        (folder / "people.yaml").write_text(people_yaml(company, UNTIL))
        facts = _facts(connection, load_people_config(folder / "people.yaml"))
        index = read_rows(connection, query("reports/files/sql/index.sql"))
    content = {
        "facts": {name: of.model_dump(mode="json", exclude_defaults=True) for name, of in facts.items()},
        "index": index,
    }
    text = json.dumps(content, default=str, sort_keys=True, ensure_ascii=False)
    FILE.write_bytes(gzip.compress(text.encode(), mtime=0))


def _settle(connection: Connection) -> None:
    """Put fixed instants in the place of those at which the run fetched, and leave the last week open and in part."""
    connection.execute("UPDATE toggl_weeks SET fetched_at = ?", [FETCHED])
    connection.execute("UPDATE enriched_entities SET fetched_at = ?", [ENRICHED])
    connection.execute(
        "UPDATE toggl_weeks SET everybody = false, after_its_end = false, complete = false WHERE week = ?",
        [date(2026, 10, 5)],
    )


def _facts(connection: Connection, expected: PeopleConfig) -> dict[str, TeamFacts | IndividualFacts]:
    """Hours are expected in the week, and of other periods nothing is known."""
    ids: Mapping[str, int] = dict(connection.execute("SELECT name, min(user_id) FROM people GROUP BY name").fetchall())

    def of(first: date, last: date, *people: str, expected: PeopleConfig = NO_PEOPLE_CONFIG) -> PeriodFacts:
        with PreparedPeriod(connection, first, last, [ids[name] for name in people] or None) as prepared:
            return period_facts(prepared, ReportRules(ZONE, people=expected))

    def own(facts: PeriodFacts, name: str) -> IndividualFacts:
        return next(each for each in facts.individuals if each.name == name)

    week, quarter = of(*WEEK, expected=expected), of(*QUARTER, DANIEL, PRIYA)
    return {
        "team_week": week.team,
        "team_quarter": quarter.team,
        "team_open_days": of(date(2026, 10, 5), date(2026, 10, 7), GRACE, PRIYA, TOM).team,
        "team_empty_week": of(FIRST, date(2026, 7, 12)).team,
        "person_week": own(week, GRACE),
        "person_day": own(of(date(2026, 9, 30), date(2026, 9, 30)), TOM),
        "person_month": own(of(date(2026, 8, 1), date(2026, 8, 31)), LUCAS),
        "person_quarter": own(quarter, DANIEL),
    }
