"""`volt forget`: somebody is searched for in every byte and value, also after an old week is fetched again."""

import json
import re
import shutil
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest

from volt_assets.errors import BadInput
from volt_assets.forgotten import KEY_FILE, Forgotten
from volt_assets.orchestration import run_records
from volt_assets.reports.rules import report_rules
from volt_assets.runs.rights import forget as module
from volt_assets.runs.rights.export_person import export_person
from volt_assets.runs.rights.forget import forget
from volt_assets.sandbox.company import Company, TogglWorkspace
from volt_assets.sandbox.company.databases import FINISHED, NOT_STARTED, Database
from volt_assets.sandbox.company.platform import add_user, new_workspace
from volt_assets.sandbox.server import start_sandbox
from volt_assets.sandbox.settings import SandboxSettings
from volt_assets.settings import Settings
from volt_assets.warehouse import connect, insert_rows, warehouse_of
from volt_assets.warehouse.forgotten import forgotten_of
from volt_assets.warehouse.personal import COLUMNS, could_hold_people
from volt_assets_tests.acceptance.home import Home
from volt_assets_tests.reports.conftest import FETCHED, MONDAY, ZONE, Stored
from volt_assets_tests.reports.versions.test_store import Reports, edit

BUG = "Mend it for ever #5 [Scrum] [Bug] [Moneyball]"


def test_of_every_column_that_could_hold_a_person_it_is_known_what_it_holds(tmp_path):
    with connect(tmp_path / "warehouse.duckdb") as connection:
        rows = connection.execute(
            "SELECT table_name, column_name, data_type FROM duckdb_columns() JOIN duckdb_tables() "
            "USING (table_name, database_name) WHERE NOT duckdb_columns.internal"
        ).fetchall()
    stored = {}
    for table, column, kind in rows:
        stored.setdefault(table, set())
        if could_hold_people(column, kind):
            stored[table].add(column)
    assert {table: set(columns) for table, columns in COLUMNS.items()} == {
        table: columns for table, columns in stored.items() if columns
    }


@pytest.fixture(scope="module")
def stored_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which a week's reports have two versions. Two people are called Ann Lee; Ben Ode has two addresses."""
    home = tmp_path_factory.mktemp("home")
    connection = connect(home / "warehouse.duckdb")
    stored = Stored(connection)
    reports = Reports(stored)
    stored.entry("Waiting for the dentist", 1800, user=2)
    stored.entry(BUG, 5400, user=2)
    stored.entry("Meeting with Ben Ode about Ben Oder", 3600)
    stored.entry("Pay #6 [Scrum] [Bug]", 600, user=3)
    stored.entity(
        "5",
        assignees=[{"name": "Ben Ode", "email": "ben@example.com"}, {"name": "Ann Lee", "email": "ann@example.com"}],
        comments=[
            {"author": "Ben Ode", "created_at": "2025-10-07T10:00:00Z", "text": "It was the dentist again"},
            {"author": "Ann Lee", "created_at": "2025-10-07T11:00:00Z", "text": "Thanks, Ben Ode <ben@example.com>"},
        ],
        description="For Ben Ode",
    )
    stored.entity("6")
    stored.weeks()
    reports.make()
    edit(stored, 0, seconds=2400)
    insert_rows(
        connection,
        "people",
        [
            {
                "week": "2025-09-29",
                "user_id": 2,
                "name": "Ben",
                "email": "old@example.com",
                "active": True,
                "fetched_at": FETCHED,
            }
        ],
    )
    reports.fetch()
    reports.make()
    connection.close()
    return home


@pytest.fixture
def settings(stored_home: Path, tmp_path: Path) -> Settings:
    """Of a copy of it, to be changed."""
    shutil.copytree(stored_home, tmp_path / "home")
    return Settings(project=tmp_path, volt_home=str(tmp_path / "home"), volt_timezone=ZONE, _env_file=None)


TRACES = ("Ben Ode", "ben@example.com", "old@example.com", "dentist", "Mend it", "ben_ode")


def found_in(settings: Settings, *traces: str) -> set[tuple[str, str]]:
    """Where any of these stands: in the bytes of a file, or in a value of the warehouse."""
    found = set()
    for file in settings.home.rglob("*"):
        text = file.read_bytes().decode("utf-8", "replace") if file.is_file() else ""
        found |= {(file.name, trace) for trace in traces if trace in text.replace("Ben Oder", "") or trace in file.name}
    with connect(settings.warehouse_path) as connection:
        for (table,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall():
            for row in connection.execute(f"SELECT to_json(t)::VARCHAR FROM {table} AS t").fetchall():
                found |= {(table, trace) for trace in traces if trace in row[0].replace("Ben Oder", "")}
    return found


def figures(settings: Settings) -> list[tuple]:
    with connect(settings.warehouse_path) as connection:
        return connection.execute(
            "SELECT week, version, facts -> '$.figures' FROM (SELECT week, version, facts FROM team_report UNION ALL "
            "SELECT week, version, facts FROM report_versions WHERE user_id IS NULL) ORDER BY ALL"
        ).fetchall()


def test_who_is_removed_stands_nowhere_and_sums_stay(settings):
    assert {trace for _, trace in found_in(settings, *TRACES)} >= set(TRACES[:5])
    before = figures(settings)
    removal = forget(settings, "BEN@example.com")
    assert removal.people == 1
    assert found_in(settings, *TRACES) == set()
    assert figures(settings) == before
    assert len(before) == 2
    with connect(settings.warehouse_path) as connection:
        assert connection.execute("SELECT count(*) FROM toggl_time_entries WHERE user_id = 2").fetchone() == (0,)
        assert connection.execute("SELECT DISTINCT username FROM toggl_time_entries WHERE user_id < 0").fetchall() == [
            ("someone who was removed",)
        ]
        ((markdown,),) = connection.execute("SELECT markdown FROM team_report").fetchall()
        assert "someone who was removed" in markdown
        assert "Ben Oder" in str(connection.execute("SELECT description FROM toggl_time_entries").fetchall())
        ((comments,),) = connection.execute("SELECT comments FROM enriched_entities WHERE public_id = '5'").fetchall()
        assert [comment["author"] for comment in json.loads(comments)] == ["someone who was removed", "Ann Lee"]
        assert connection.execute(
            "SELECT count(*) FROM summed_weeks JOIN entry_versions USING (week) WHERE version <> entries_version"
        ).fetchone() == (0,)


# Through the command, with real runs


def company() -> Company:
    """Max Lee, who is removed, and two who are called almost so; Fibery's items, comments and texts name them."""
    toggl = TogglWorkspace(name="Sandbox")
    people = [
        toggl.add_person(name, email, "UTC")
        for name, email in (
            ("Max Lee", "max@example.com"),
            ("Maxine Lee", "maxine@example.com"),
            ("Lee", "l@example.com"),
        )
    ]
    start = int(datetime(2025, 9, 1, 9, tzinfo=UTC).timestamp())
    texts = {
        0: ["Sign it in the attic #1 [Scrum] [Bug]", "Attic talk"],
        1: ["Fit pipes #2 [Scrum] [Bug]", "With Max Lee"],
    }
    texts[2] = ["Sort things #1 [Scrum] [Bug]"]
    for week in range(2):
        for number, own in texts.items():
            for day, text in enumerate(own):
                begin = start + (week * 7 + day) * 86400 + number * 60
                toggl.add_entry(people[number], begin, begin + 3600 + number, text, at=begin)
    fibery = new_workspace("sandbox")
    users = [add_user(fibery, person.name, person.email) for person in people]
    bugs = Database(fibery, "Scrum/Bug")
    bugs.workflow({"Open": NOT_STARTED, "Done": FINISHED})
    bugs.rich_text("Description")
    bugs.assignees()
    bugs.comments()
    created = "2025-09-01T09:00:00.000Z"
    for number, name in ((1, "Crash"), (2, "Fit pipes")):
        item = bugs.add(
            number,
            name,
            created=created,
            state="Open",
            assignees=users,
            description=("Description", "Max Lee saw it, and Maxine Lee mended it; mail max@example.com"),
        )
        bugs.comment(item, users[0], "2025-09-02T09:00:00.000Z", "Found under the roof")
        bugs.comment(item, users[1], "2025-09-02T10:00:00.000Z", "Thank you, Max Lee")
    return Company(toggl, fibery)


LEFT = ("Max Lee", "max@example.com", "attic", "Attic", "under the roof", "max_lee", str(6_000_000_001))


def traces_of(home: Home) -> set[tuple[str, str]]:
    """Where Max Lee stands, in the home and in the run folders."""
    settings = settings_of(home)
    found = found_in(settings, *LEFT)
    for file in (home.project / "runs").rglob("*"):
        content = file.read_bytes() if file.is_file() else b""
        if zipfile.is_zipfile(file):
            with zipfile.ZipFile(file) as parts:
                content = b"".join(parts.read(name) for name in parts.namelist())
        text = content.decode("utf-8", "replace")
        found |= {(file.name, trace) for trace in LEFT if trace in text or trace in file.name}
    return found


def settings_of(home: Home) -> Settings:
    with home.inside():
        return Settings.load(dotenv=False)


@pytest.mark.slow
def test_after_runs_exports_and_a_fetch_of_an_old_week_nobody_finds_them(tmp_path):
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "enrichment_config.yaml").write_text(
        "enrichment_activities: {Scrum/Bug: {activity: enrich_scrum_bug}, default: {activity: default_enrich_entity}}"
    )
    with start_sandbox(company(), SandboxSettings(fibery_limits=False)) as sandbox:
        home = Home(tmp_path, sandbox.environment | {"VOLT_FIRST_WEEK": "2025-09-01", "VOLT_TIMEZONE": "UTC"})
        days = "2025-09-01", "2025-09-14"
        home.run(*days, "--output-dir", "runs")
        alone = home.run(*days, "--users", "max@example.com", "--output-dir", "runs").folder
        dates = "--start-date", days[0], "--end-date", days[1]
        assert home.volt("export", *dates, "--output-dir", "runs", "--xlsx").exit_code == 0
        assert home.volt("sql", "FROM people").exit_code == 0
        assert {trace for _, trace in traces_of(home)} == set(LEFT)
        tracked = home.sql("SELECT week, sum(seconds), sum(hundredths) FROM tracked_time GROUP BY week ORDER BY week")

        before = home.everything()
        looked = home.volt("forget", "max@example.com", "--dry-run", "--json").json
        assert home.everything() == before
        removal = home.volt("forget", "max@example.com", "--yes", "--json")
        assert removal.exit_code == 0, removal
        assert removal.json["tables"] == looked["tables"]
        assert removal.json["dagster"] == looked["dagster"] != {}
        assert removal.json["folders"]["removed"] == [str(alone)]
        assert traces_of(home) == set()
        sums = "SELECT week, sum(seconds), sum(hundredths) FROM tracked_time GROUP BY week ORDER BY week"
        assert home.sql(sums) == tracked

        team = "SELECT week, facts -> ['$.figures', '$.coverage', '$.trend', '$.people'] FROM team_report ORDER BY week"
        made = home.sql(team)
        again = home.run(*days, "--output-dir", "runs")
        assert again.json["failed_checks"] == []
        assert traces_of(home) == set()
        assert home.sql(sums) == tracked
        assert home.sql("SELECT kind, entry_id FROM time_entry_changes") == []
        assert home.sql(team) == made
        assert "Maxine Lee" in again.file("enriched_data.json")["entities"][0]["enriched_data"]["description"]
        unknown = home.volt("run", *dates, "--users", "max@example.com", "--json")
        assert (unknown.exit_code, unknown.json["error"]["code"]) == (2, "unknown_user")
        assert home.volt("forget", "max@example.com", "--yes", "--json").json["people"] == 0


def test_without_yes_and_for_an_unknown_address_it_is_refused_and_so_where_people_yaml_names_them(settings):
    home = Home(settings.project, {"VOLT_HOME": "home", "VOLT_TIMEZONE": ZONE})

    def refused(*arguments: str) -> str:
        outcome = home.volt(*arguments, "--json")
        assert outcome.exit_code == 2
        return outcome.json["error"]["code"]

    assert refused("forget", "ben@example.com") == "not_confirmed"
    assert refused("forget", "nobody@example.com", "--yes") == "unknown_user"
    (settings.project / "config").mkdir()
    (settings.project / "config" / "people.yaml").write_text("people:\n  ben@example.com: {hours: 30}\n")
    assert refused("forget", "ben@example.com", "--yes") == "in_people_config"
    assert found_in(settings, "Ben Ode")


def test_while_a_run_is_in_progress_nobody_is_forgotten(settings):
    home = Home(settings.project, {"VOLT_HOME": "home", "VOLT_TIMEZONE": ZONE})
    with home.instance() as instance:
        instance.add_run(dg.DagsterRun("weekly", status=dg.DagsterRunStatus.STARTED, tags=run_records.process_tags()))
    outcome = home.volt("forget", "ben@example.com", "--yes", "--json")
    assert (outcome.exit_code, outcome.json["error"]["code"]) == (4, "run_in_progress")
    assert found_in(settings, "Ben Ode")


def test_somebody_of_the_same_name_stays(settings):
    forget(settings, "ann@example.com")
    with connect(settings.warehouse_path) as connection:
        people = connection.execute("SELECT DISTINCT user_id, name FROM people WHERE week = ? ORDER BY 1", [MONDAY])
        assert people.fetchall() == [(-1, "someone who was removed"), (2, "Ben Ode"), (3, "Ann Lee")]
        ((assignees, comments),) = connection.execute(
            "SELECT assignees ->> '$[*].name', comments ->> '$[*].author' FROM enriched_entities WHERE public_id = '5'"
        ).fetchall()
        ((reports,),) = connection.execute("SELECT list(user_id ORDER BY user_id) FROM individual_reports").fetchall()
    assert assignees == ["Ben Ode", "someone who was removed"]
    # Fibery says no more of a comment's author than the name, which may be the other's.
    assert comments == ["Ben Ode", "Ann Lee"]
    assert reports == [2, 3]


@pytest.mark.parametrize("privacy", ["initials", "pseudonyms"])
def test_where_names_are_hidden_nothing_stands_for_them_and_no_pseudonym_is_given_twice(settings, privacy):
    hidden = settings.model_copy(update={"volt_privacy": privacy})
    forget(hidden, "ben@example.com")
    assert found_in(settings, *TRACES) == set()
    with connect(settings.warehouse_path) as connection:
        shown = report_rules(connection, hidden).privacy.shown
    assert shown[-1] == "someone who was removed"
    assert len(set(shown.values())) == len(shown)


def test_a_backup_carries_the_key_and_without_it_nothing_is_fetched(settings):
    forget(settings, "ben@example.com")
    home = Home(settings.project, {"VOLT_HOME": "home"})
    assert home.volt("backup", "saved").exit_code == 0
    other = Home(settings.project / "other", {})
    other.project.mkdir()
    assert other.volt("restore", str(settings.project / "saved"), "--yes").exit_code == 0
    key = other.project / ".volt" / KEY_FILE
    assert key.read_text() == (settings.home / KEY_FILE).read_text()
    key.unlink()
    with other.inside(), pytest.raises(BadInput, match="is missing or damaged"):
        forgotten_of(warehouse_of(Settings.load(dotenv=False)))


def test_a_removal_that_was_cut_short_is_finished_by_the_next(settings, monkeypatch):
    def killed(*arguments, **options):
        raise KeyboardInterrupt

    for step in ("clean_records", "_clean_warehouse", "compact"):
        with monkeypatch.context() as patch:
            patch.setattr(module, step, killed)
            with pytest.raises(KeyboardInterrupt):
                forget(settings, "ben@example.com")
    forget(settings, "old@example.com")
    assert found_in(settings, *TRACES) == set()


def test_what_is_held_on_somebody_is_a_folder_with_an_index(settings, tmp_path):
    held = export_person(settings, "old@example.com", tmp_path / "ben")
    assert held["toggl_time_entries"] == 3  # two of the person, and one that names the person
    assert held["reports"] == 2
    index = (tmp_path / "ben" / "README.md").read_text()
    links = re.findall(r"\]\(([^)]+)\)", index)
    assert {"tables/toggl_time_entries.csv", "reports/2025-W41-version-2.md", "runs.json"} <= set(links)
    assert all((tmp_path / "ben" / link).is_file() for link in links)
    everything = "".join(path.read_text() for path in (tmp_path / "ben").rglob("*.*"))
    assert all(trace in everything for trace in TRACES[:5])
    assert "Pay #6" not in everything


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Max Lee, Maxine Lee and max  lee's", "someone who was removed, Maxine Lee and someone who was removed's"),
        ("With Max Lee.", "With someone who was removed."),
        ("Max met Lee", "Max met Lee"),
        ("<MAX@Example.com>, amax@example.com", "<someone who was removed>, amax@example.com"),
    ],
)
def test_whole_names_and_addresses_are_taken_out_of_texts(text, left):
    known = Forgotten(b"key", {})
    digests = [known.digest("name", "Max Lee"), known.digest("name", "Max"), known.digest("address", "max@example.com")]
    digests.append(known.digest("begins", "Max"))
    assert Forgotten(b"key", dict.fromkeys(digests, 1)).text(text) == left


def test_all_accounts_with_the_address_go_and_versions_that_cannot_be_printed_again_lose_their_text(settings):
    with connect(settings.warehouse_path) as connection:
        for table in ("people", "toggl_time_entries"):
            connection.execute(f"UPDATE {table} SET email = 'ann@example.com' WHERE user_id = 3")
        connection.execute("UPDATE report_versions SET facts = json_merge_patch(facts, '{\"schema_version\": 1}')")
    assert forget(settings, "ann@example.com").people == 2
    assert found_in(settings, "Ann Lee", "ann@example.com") == set()
    with connect(settings.warehouse_path) as connection:
        accounts = connection.execute("SELECT DISTINCT user_id FROM people ORDER BY ALL").fetchall()
        assert accounts == [(-2,), (-1,), (2,)]
        versions = connection.execute("SELECT user_id, markdown, facts FROM report_versions ORDER BY ALL").fetchall()
    assert [user_id for user_id, *_ in versions] == [2, None]
    assert all(markdown.startswith("The text of this version is gone") for _, markdown, _ in versions)
    assert json.loads(versions[1][2])["figures"]["tracked_seconds"] > 0
