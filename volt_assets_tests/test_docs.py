"""The documentation matches the code: its reference is generated, and what it shows or names exists.

After a change of settings, commands or checks: `python -m volt_assets_tests.test_docs` writes the reference again.
"""

import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from volt_assets.cli import COMMANDS, volt
from volt_assets.errors import BadInput, QuotaExhausted, ServiceRefused, VoltError, WarehouseBusy
from volt_assets.fibery import client as fibery_client
from volt_assets.fibery.configuration import load_enrichment_config
from volt_assets.http import ATTEMPTS
from volt_assets.orchestration import heartbeat
from volt_assets.settings import DEFAULTS, Settings

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.glob("*.md"), ROOT / "bench" / "README.md"])
# The history of a project names what is gone.
CURRENT = [page for page in PAGES if page.name != "CHANGELOG.md"]

GROUPS = {
    "Access": ["TOGGL_API_TOKEN", "TOGGL_WORKSPACE_ID", "FIBERY_API_TOKEN", "FIBERY_WORKSPACE_NAME"]
    + ["TOGGL_API_URL", "FIBERY_API_URL", "VOLT_HTTP_TIMEOUT"]
    + ["VOLT_TOGGL_RESERVE", "VOLT_MAX_WAIT"],
    "Weeks": ["VOLT_TIMEZONE", "VOLT_FIRST_WEEK"],
    "Folders": ["VOLT_HOME", "VOLT_CONFIG", "VOLT_PEOPLE_CONFIG", "DAGSTER_HOME", "VOLT_LOCK_WAIT"],
    "Automation": ["VOLT_AUTOMATION", "VOLT_WEEK_DUE", "VOLT_CATCH_UP", "VOLT_LOOKBACK_WEEKS", "VOLT_OPEN_WEEK"],
    "Reports and checks": ["VOLT_HOURS", "VOLT_PRIVACY", "VOLT_MONEY", "VOLT_NOT_STARTED_HOURS"]
    + ["VOLT_UNLINKED_SHARE"],
    "Sentences by a model": ["OPENAI_API_KEY", "OPENAI_BASE_URL", "VOLT_PROSE", "VOLT_MODEL"]
    + ["VOLT_MODEL_BUDGET", "VOLT_MODEL_PRICE"],
    "Alerts and the digest": ["VOLT_ALERT_URLS", "VOLT_STUCK_AFTER", "VOLT_DIGEST_URLS"],
    "Dagster's UI": ["VOLT_UI_URL", "VOLT_UI_PASSWORD", "VOLT_UI_TRUSTED_PROXY"],
}
# Read by the tests alone.
OTHER_VARIABLES = {"VOLT_TEST_WORK_LOG", "VOLT_TIMEZNE"}


# The generated sections


def settings_section() -> str:
    fields = {name.upper(): field for name, field in Settings.model_fields.items()}
    lines = []
    for group, names in GROUPS.items():
        lines += [f"## {group}", "", "| name | meaning | default |", "|---|---|---|"]
        for name in names:
            meaning, _, stated = (fields[name].description or "").partition(" Default: ")
            default = fields[name].default
            shown = f"`{default}`" if default is not None else stated.removesuffix(".")
            lines.append(f"| `{name}` | {meaning} | {shown} |")
        lines.append("")
    return "\n".join(lines).rstrip()


def commands_section() -> str:
    lines = ["| command | what it does |", "|---|---|"]
    lines += [f"| [`volt {name}`](#volt-{name}) | {text} |" for name, (_, text) in COMMANDS.items()]
    for name in COMMANDS:
        usage = CliRunner().invoke(volt, [name, "--help"], prog_name="volt", terminal_width=100).output.rstrip()
        lines += ["", f"## volt {name}", "", "```", usage, "```"]
    return "\n".join(lines)


def checks_section() -> str:
    from volt_assets.definitions import all_checks

    lines = ["| asset | check | severity | what it holds |", "|---|---|---|---|"]
    config = load_enrichment_config(DEFAULTS / "enrichment_config.yaml")
    for check in all_checks(Settings.load(DEFAULTS, dotenv=False), config):
        severity = "error" if check.severity.value == "ERROR" else "warning"
        lines.append(f"| `{check.asset}` | `{check.name}` | {severity} | {check.description} |")
    return "\n".join(lines)


def sentences_section() -> str:
    from bench.side_by_side import section

    return section()


SECTIONS: dict[str, tuple[Path, Callable[[], str]]] = {
    "settings": (DOCS / "settings.md", settings_section),
    "commands": (DOCS / "commands.md", commands_section),
    "checks": (DOCS / "running.md", checks_section),
    "sentences": (DOCS / "sentences.md", sentences_section),
}


def up_to_date(name: str) -> str:
    """The page of a generated section, with the section made from the code."""
    page, make = SECTIONS[name]
    begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
    before, _, rest = page.read_text().partition(begin)
    _, found, after = rest.partition(end)
    assert found, f"{page} has no section between {begin.strip()} and {end}"
    return before + begin + make() + "\n" + end + after


def outdated() -> list[str]:
    """The generated sections that are not what the code makes of them."""
    return [name for name, (page, _) in SECTIONS.items() if page.read_text() != up_to_date(name)]


def test_the_reference_matches_the_code() -> None:
    # In a process of its own: click remembers the width of the first help that it formatted.
    command = [sys.executable, "-m", "volt_assets_tests.test_docs", "--check"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert found == [], "run: python -m volt_assets_tests.test_docs"


def test_each_setting_is_in_one_group() -> None:
    grouped = [name for names in GROUPS.values() for name in names]
    assert sorted(grouped) == sorted(Settings.names())


def table_after(page: Path, heading: str) -> list[list[str]]:
    """The rows of the first table under a heading, without its head."""
    section = page.read_text().partition(f"\n{heading}\n")[2]
    table = re.search(r"(^\|.*\n)+", section, re.MULTILINE)
    assert table, f"{page.name} has no table under {heading}"
    return [[cell.strip() for cell in line.strip("|\n").split("|")] for line in table[0].splitlines()[2:]]


def test_each_promise_of_the_readme_names_a_test_that_is_there() -> None:
    rows = table_after(ROOT / "README.md", "## What you can rely on")
    assert len(rows) >= 10
    for promise, test in rows:
        name, file = re.fullmatch(r"\[`(\w+)`\]\((\S+)\)", test).groups()
        assert f"\ndef {name}(" in (ROOT / file).read_text(), promise


# What pages show


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^ *```{language}\n(.*?)^ *```", page.read_text(), re.DOTALL | re.MULTILINE)


def shown_lines() -> Iterator[tuple[str, str]]:
    """(page, command line) of every `console` and `sh` block."""
    for page in CURRENT:
        for block in blocks(page, "console"):
            for line in block.replace("\\\n", " ").splitlines():
                if line.lstrip().startswith("$ "):
                    yield page.name, line.strip()[2:]
        for block in blocks(page, "sh"):
            for line in block.splitlines():
                yield page.name, line.strip()


SHOWN = list(shown_lines())


@pytest.mark.parametrize(("page", "line"), [shown for shown in SHOWN if shown[1].startswith("volt ")])
def test_every_command_that_is_shown_can_be_given(page: str, line: str) -> None:
    _, name, *arguments = shlex.split(line.partition(" > ")[0])
    command = volt.get_command(click.Context(volt), name)
    assert command is not None
    command.make_context(name, arguments)  # raises a usage error for an unknown option


@pytest.mark.parametrize(("page", "line"), [shown for shown in SHOWN if shown[1].startswith("python bench/")])
def test_every_benchmark_that_is_shown_has_the_options_that_are_shown(page: str, line: str) -> None:
    _, script, *arguments = shlex.split(line)
    source = (ROOT / script).read_text()
    for option in (argument for argument in arguments if argument.startswith("--")):
        assert f'"{option}"' in source


def spans(page: Path) -> Iterator[str]:
    """The code spans of a page, outside its blocks."""
    text = re.sub(r"^ *```.*?^ *```", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    yield from re.findall(r"`([^`\n]+)`", text)


def test_every_command_that_is_named_exists_with_its_options() -> None:
    for page in CURRENT:
        for span in spans(page):
            words = span.split()
            if words[0].endswith("volt") and len(words) > 1:
                command = volt.get_command(click.Context(volt), words[1])
                assert command is not None, f"{page.name}: {span}"
                known = {option for parameter in command.params for option in parameter.opts}
                assert {word for word in words if word.startswith("--")} - {"--help"} <= known, f"{page.name}: {span}"


def test_every_setting_that_is_named_exists() -> None:
    known = {*Settings.names(), *OTHER_VARIABLES}
    for page in CURRENT:
        named = set(re.findall(r"\b(?:VOLT|TOGGL|FIBERY|OPENAI|DAGSTER)_[A-Z_]+\b", page.read_text()))
        assert named <= known, page.name


# Links, files and tests


def anchors(page: Path) -> set[str]:
    """As GitHub makes them of headings."""
    text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    found = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found}


def test_every_relative_link_leads_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
            if target.startswith(("http://", "https://")):
                continue
            path, _, anchor = target.partition("#")
            file = (page.parent / path).resolve() if path else page
            assert file.exists(), f"{page.name}: {target}"
            assert file.is_relative_to(ROOT), f"{page.name}: {target} is outside the project"
            if anchor:
                assert anchor in anchors(file), f"{page.name}: {target}"


# What Volt or its reader makes, and what is a part of a run's folder or a warehouse's.
MADE = (".env", ".volt/", "tmp/", "volt-demo", "reports/2025-W41/", "dagster/", ".venv/", "work_log", "time.csv")
MADE += ("time.xlsx", "config/people.yaml", "run_metadata.json", "index.html", "dagster.yaml")
# Where a path may begin, for pages about the code.
BASES = [ROOT, *(ROOT / folder for folder in ("volt_assets", "volt_assets/reports", "volt_assets_tests", "config"))]
FILE = re.compile(r"[\w.\-*/{}]+(\.(py|sql|md|ya?ml|toml|j2|css|txt)|/)(::\w+)?")


def test_every_file_that_is_named_exists() -> None:
    for page in CURRENT:
        for span in spans(page):
            if not FILE.fullmatch(span) or span.startswith(("/", *MADE)):
                continue
            path = span.partition("::")[0]
            assert any((base / path).exists() for base in (page.parent, *BASES)), f"{page.name} names {span}"


def test_no_page_names_a_folder_outside_the_project() -> None:
    for page in CURRENT:
        assert "../" not in "".join(spans(page)), page.name


def test_every_promise_names_tests_that_hold_it() -> None:
    for row in table_after(DOCS / "architecture.md", "## What is promised, and to whom"):
        named = re.findall(r"`([\w/]+\.py)::(test_\w+)`", row[-1])
        assert named, row
        for file, test in named:
            source = (ROOT / "volt_assets_tests" / file).read_text()
            assert re.search(rf"^(async )?def {test}\(", source, re.MULTILINE), f"{file} has no {test}"


# What single pages state


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) < 250


def test_the_quick_start_has_two_blocks_the_second_of_which_runs_the_tests() -> None:
    printed = [
        subprocess.run(
            [sys.executable, ".ci/quick_start", number], cwd=ROOT, capture_output=True, text=True, check=True
        )
        for number in "12"
    ]
    assert "volt demo" in printed[0].stdout
    assert "pytest" in printed[1].stdout


@pytest.mark.parametrize("example", blocks(DOCS / "configuration.md", "yaml"))
def test_every_example_of_the_configuration_is_valid(example: str, tmp_path: Path) -> None:
    file = tmp_path / "enrichment_config.yaml"
    file.write_text(example)
    load_enrichment_config(file)


def refusal(text: str, folder: Path) -> str:
    file = folder / "enrichment_config.yaml"
    file.write_text(text)
    with pytest.raises(BadInput) as refused:
        load_enrichment_config(file)
    return refused.value.message


def test_the_keys_and_units_of_the_configuration_are_those_that_it_takes(tmp_path: Path) -> None:
    page = DOCS / "configuration.md"
    examples = {
        "## A new type": "enrichment_activities: {Space/Database: {other: 1}}",
        "## Presets": "presets: {one: {other: 1}}",
    }
    for heading, example in examples.items():
        keys = ", ".join(row[0].strip("`") for row in table_after(page, heading))
        assert f"Known keys: {keys}." in refusal(example, tmp_path)
    units = refusal("presets: {one: {estimate: {fields: A, unit: other}}}", tmp_path).partition("is not one of")[2]
    (estimate,) = (row[1] for row in table_after(page, "## Presets") if row[0] == "`estimate`")
    assert re.findall(r"'(\w+)'", units)
    assert set(re.findall(r"'(\w+)'", units)) == set(re.findall(r"`([a-z]+)`", estimate))


def test_the_assets_of_the_stages_are_those_of_the_graph(tmp_path: Path) -> None:
    from volt_assets.definitions import build_defs

    stage, listed = "", {}
    for row in table_after(DOCS / "running.md", "## Stages and assets"):
        stage = row[0].strip("`") or stage
        listed[row[1].strip("`")] = stage
    specs = build_defs(Settings.load(tmp_path, dotenv=False)).resolve_all_asset_specs()
    assert listed == {
        spec.key.to_user_string(): spec.group_name for spec in specs if spec.group_name in listed.values()
    }


def test_the_sections_of_reports_are_those_that_reports_have() -> None:
    rendered = ROOT / "volt_assets_tests" / "reports" / "snapshots" / "rendered"
    headings = {}
    for kind in ("person", "team"):
        text = "\n".join(file.read_text() for file in rendered.glob(f"{kind}_*.md"))
        headings[kind] = " ".join(re.findall(r"^## (.+)$", text, re.MULTILINE)).lower()
    for names, person, team, _ in table_after(DOCS / "reports.md", "## What a report shows"):
        for name in names.split(", ") if "Unlinked" not in names and "Features" not in names else [names]:
            for kind, mark in (("person", person), ("team", team)):
                assert (name.lower() in headings[kind]) == bool(mark), f"{name} in the {kind}'s report"


def test_messages_that_troubleshooting_quotes_are_in_the_code() -> None:
    quoted = re.findall(r'^\*\*"([^"]+)"', (DOCS / "troubleshooting.md").read_text(), re.MULTILINE)
    assert len(quoted) > 5
    # A message may be split over lines, and holds values.
    code = re.sub(r'"\s*f?"', "", "\n".join(file.read_text() for file in (ROOT / "volt_assets").rglob("*.py")))
    for message in quoted:
        constant = message.removeprefix("TOGGL_API_TOKEN is ").removeprefix("The ")
        assert constant in code, message


def test_exit_codes_are_those_of_the_errors() -> None:
    codes = {int(row[0]): row[1] for row in table_after(DOCS / "commands.md", "## Exit codes")}
    assert set(codes) == {0, 1, 2, 3, 4}
    assert VoltError.exit_code == 1
    assert BadInput.exit_code == ServiceRefused.exit_code == 2
    assert QuotaExhausted.exit_code == WarehouseBusy.exit_code == 4


@pytest.mark.parametrize(
    ("page", "stated"),
    [
        ("dagster.md", f"every {heartbeat.INTERVAL:g} seconds"),
        ("dagster.md", f"{heartbeat.LIMIT.total_seconds():g} seconds"),
        ("fibery-api.md", f"{fibery_client.COMMANDS_PER_REQUEST} commands"),
        ("fibery-api.md", f"{fibery_client.DOCUMENTS_PER_REQUEST} documents"),
        ("toggl-api.md", f"{ATTEMPTS} attempts"),
    ],
)
def test_numbers_that_pages_state_are_those_of_the_code(page: str, stated: str) -> None:
    assert stated in " ".join((DOCS / page).read_text().split())


if __name__ == "__main__":
    if "--check" in sys.argv:
        print(*outdated())
    else:
        for section, (page, _) in SECTIONS.items():
            page.write_text(up_to_date(section))
