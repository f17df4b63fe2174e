"""The README cannot lie: its reference sections are made from the code, and its commands are ones that `volt` has.

After a change of settings or commands: `python -m volt_assets_tests.test_readme` writes the sections anew.
"""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from volt_assets.cli import COMMANDS, volt
from volt_assets.settings import Settings

README = Path(__file__).parents[1] / "README.md"


def settings_section() -> str:
    lines = ["| setting | what it is |", "|---|---|"]
    for name, field in Settings.model_fields.items():
        if name != "project":
            default = f" Default: {field.default}." if field.default is not None else ""
            lines.append(f"| `{name.upper()}` | {field.description}{default} |")
    return "\n".join(lines)


def commands_section() -> str:
    lines = ["| command | what it does |", "|---|---|"]
    lines += [f"| `volt {name}` | {text} |" for name, (_, text) in COMMANDS.items()]
    for name in COMMANDS:
        usage = CliRunner().invoke(volt, [name, "--help"], prog_name="volt", terminal_width=100).output.rstrip()
        title = f"<details><summary><code>volt {name} --help</code></summary>"
        lines += ["", title, "", "```", usage, "```", "", "</details>"]
    return "\n".join(lines)


SECTIONS = {"settings": settings_section, "commands": commands_section}


def section_of(text: str, name: str) -> re.Match:
    found = re.search(rf"<!-- {name} -->\n(.*?)\n<!-- /{name} -->", text, re.DOTALL)
    assert found, f"README.md has no section between <!-- {name} --> and <!-- /{name} -->"
    return found


def test_the_readmes_reference_says_what_the_code_says() -> None:
    # In a process of its own: click remembers how a command was first asked for help.
    command = [sys.executable, "-m", "volt_assets_tests.test_readme", "--print"]
    expected = subprocess.run(command, cwd=README.parent, capture_output=True, text=True, check=True).stdout
    assert README.read_text() == expected, "run: python -m volt_assets_tests.test_readme"


def shown_commands() -> list[str]:
    blocks = re.findall(r"^```console\n(.*?)^```", README.read_text(), re.DOTALL | re.MULTILINE)
    return [line[2:] for block in blocks for line in block.splitlines() if line.startswith("$ volt ")]


@pytest.mark.parametrize("line", shown_commands())
def test_every_command_that_the_readme_shows_can_be_given(line: str) -> None:
    _, name, *arguments = shlex.split(line)
    command = volt.get_command(click.Context(volt), name)
    assert command is not None
    command.make_context(name, arguments)  # raises a usage error for an unknown option


def test_the_quick_start_has_two_blocks_the_second_of_which_runs_the_tests() -> None:
    section = README.read_text().split("\n## Quick start\n")[1].split("\n## ")[0]
    blocks = re.findall(r"^```sh\n(.*?)^```", section, re.DOTALL | re.MULTILINE)
    assert len(blocks) == 2
    assert "volt demo" in blocks[0]
    assert "pytest" in blocks[1]


def up_to_date() -> str:
    """The README with its reference sections made anew."""
    text = README.read_text()
    for name, make in SECTIONS.items():
        found = section_of(text, name)
        text = text[: found.start(1)] + make() + text[found.end(1) :]
    return text


if __name__ == "__main__":
    if "--print" in sys.argv:
        print(up_to_date(), end="")
    else:
        README.write_text(up_to_date())
