"""Where settings are set, the environment or a line of the project's `.env`, and names there that nothing reads.

What the values mean is for `settings.py`. No value is shown here: it may be a secret.
"""

import difflib
import io
import os
import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from dotenv.parser import parse_stream

from volt_assets.errors import BadInput

# How our names begin: with the name of Volt, or of a service, for which other tools have variables, too.
VOLT, SERVICES = "VOLT_", ("TOGGL_", "FIBERY_")
OURS = (VOLT, *SERVICES)
# What the tests of Volt itself read.
FOR_TESTS = "VOLT_TEST_"


class Line(NamedTuple):
    """A line of `.env`: its number, and its value as written, without what `${NAME}` stands for."""

    number: int
    value: str


def lines_of(file: Path) -> dict[str, Line]:
    """The lines of a `.env` file by the names that they set, in capitals; the last of each. None without a file.

    Raises BadInput for a file that cannot be read, and for a line that sets nothing.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return {}
    except UnicodeDecodeError:
        raise BadInput(f"{file} is not UTF-8. Save it as UTF-8 and try again.", code="bad_setting") from None
    except OSError as error:
        raise BadInput(f"{file} cannot be read: {error.strerror}.", code="bad_setting") from None
    lines = {}
    for binding in parse_stream(io.StringIO(text)):
        whole = binding.original.string
        line = binding.original.line + whole[: len(whole) - len(whole.lstrip())].count("\n")
        if binding.error or (binding.key and binding.value is None):
            raise BadInput(f"{file}, line {line}: this is not NAME=value. Correct or remove it.", code="bad_setting")
        if binding.key and binding.value is not None:
            lines[binding.key.upper()] = Line(line, binding.value)
    return lines


def place_of(name: str, file: Path, lines: Mapping[str, Line]) -> str | None:
    """Where a setting has its value from: "in the environment" or "in FILE, line N"; None where it is not set."""
    in_environment = [value for each, value in os.environ.items() if each.upper() == name]
    line = lines.get(name)
    # Dagster's processes have in their environment what `.env` says.
    if line is not None and (not in_environment or line.value in in_environment):
        return f"in {file}, line {line.number}"
    return "in the environment" if in_environment else None


def refuse_misspelt(known: Collection[str], file: Path, lines: Mapping[str, Line]) -> None:
    """Raises BadInput for names in the environment or in `file` that look like settings and are none.

    Those are names that begin with VOLT_. With TOGGL_ or FIBERY_: any in the file; in the environment, where they may
    be another tool's, those that are close to a setting's. In the file also what is close to them in whole.
    """
    refused = []
    for name in sorted({*lines, *map(str.upper, os.environ)} - set(known)):
        near = closest(name, known)
        wrong = name.startswith(OURS) or near if name in lines else name.startswith(SERVICES) and near
        if (wrong or name.startswith(VOLT)) and not name.startswith(FOR_TESTS):
            hint = f"Did you mean {near}?" if near else "docs/settings.md lists the settings."
            refused.append(f"{name} ({place_of(name, file, lines)}) is not a setting of Volt. {hint}")
    if refused:
        raise BadInput("\n".join(refused) + "\nCorrect or remove it, and try again.", code="bad_setting")


def closest(name: str, known: Collection[str]) -> str | None:
    """The setting, of those that begin as ours do, that a name which is none was most likely meant to be; or None."""
    ours = [each for each in known if each.startswith(OURS)]
    if name.startswith(OURS):
        prefix, _, rest = name.partition("_")
        same_prefix = {each.partition("_")[2]: each for each in ours if each.startswith(f"{prefix}_")}
        for like_rest in difflib.get_close_matches(rest, same_prefix, n=1):
            return same_prefix[like_rest]
        same_rest = [each for each in ours if each.partition("_")[2] == rest]
        return same_rest[0] if len(same_rest) == 1 else None
    near = difflib.get_close_matches(name, ours, n=1, cutoff=0.85)
    return near[0] if near else None


def places_of_named(message: str, known: Collection[str], file: Path) -> Iterator[str]:
    """A sentence for each setting that a message names and that is set, on where, unless the message says so."""
    lines = lines_of(file)
    for name in known:
        place = place_of(name, file, lines)
        if place and place not in message and re.search(rf"\b{name}\b", message):
            yield f"{name} is set {place}."
