"""Dagster's home: where its records are, and the `dagster.yaml` in force there.

The project's `dagster.yaml` is written for plain `dagster dev` in the project, with paths relative to it. Here it is
copied to the home with those paths made absolute, so that `volt` finds the same records from any folder. What is
recorded there is read by `run_records.py`.
"""

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import yaml
from dotenv import dotenv_values

from volt_assets.disk import locked, probe, refused
from volt_assets.errors import BadInput, VoltError
from volt_assets.private_files import close_home
from volt_assets.replacing import finish_replacing
from volt_assets.settings import DEFAULTS, Settings

if TYPE_CHECKING:
    from dagster import DagsterInstance

FILE_NAME = "dagster.yaml"
# Who serves the UI, and at which address: written by `volt ui`, locked by it while it lives.
UI_RECORD = "volt-ui.json"
# How the project's file names the home.
HOME_IN_PROJECT = Path(".volt/dagster")
# What makes the environment beat `.env` in Dagster's processes, also where the project's file is older than that.
ENVIRONMENT_FIRST = {"custom": {"module": "volt_assets.environment_first", "class": "EnvironmentFirst"}}


def prepare(settings: Settings) -> Path:
    """Make the home (an absolute path) ready for a Dagster process with DAGSTER_HOME set to it.

    The project's `dagster.yaml`, or the one that comes with Volt, is copied there when it changed. In a home that the
    user chose with DAGSTER_HOME, an existing one is left as it is. Raises BadInput.
    """
    home = settings.dagster_home
    own = settings.project / FILE_NAME
    source = own if own.is_file() else DEFAULTS / FILE_NAME
    copy = home / FILE_NAME
    if unquote(str(home)) != str(home) or "?" in str(home):
        # They are special in the addresses by which Dagster opens its databases.
        raise BadInput(
            f"Dagster cannot keep its records in {home}: the path must not hold % before two hexadecimal digits, nor "
            "?. Set VOLT_HOME (or DAGSTER_HOME) to another folder.",
            code="bad_setting",
        )
    try:
        finish_replacing(settings.home)
        home.mkdir(parents=True, exist_ok=True)
        close_home(settings.home)
        if "dagster_home" in settings.model_fields_set and copy.exists():
            return home
        content = _absolute(yaml.safe_load(source.read_text()) or {}, settings.project, home)
        if isinstance(content, dict):
            content.setdefault("secrets", ENVIRONMENT_FIRST)
        text = f"# A copy of {source}: change that file, not this one.\n" + yaml.safe_dump(content, sort_keys=False)
        if not copy.exists() or copy.read_text() != text:
            # Another process may be reading it.
            draft = copy.with_suffix(f".{os.getpid()}")
            draft.write_text(text)
            draft.replace(copy)
    except OSError as error:
        raise BadInput(
            f"{home} cannot be used as Dagster's home: {error.strerror or error}. "
            "Set VOLT_HOME (or DAGSTER_HOME) to a folder that can be written.",
            code="bad_setting",
        ) from None
    except yaml.YAMLError as error:
        raise BadInput(f"{source} is not valid YAML: {error}", code="bad_setting") from None
    return home


@contextmanager
def open_instance(settings: Settings) -> Iterator["DagsterInstance"]:
    """The Dagster instance of the prepared home. Raises BadInput where it cannot be opened, VoltError where its records
    cannot be read or written later.

    What a run prints in this process stays on the terminal: it is not captured into files as under Dagster's daemon,
    which would put four more processes between a run and its progress.
    """
    home = prepare(settings)
    import dagster as dg
    from sqlalchemy.exc import DBAPIError

    # Here for start-up time: they load Dagster.
    from volt_assets.orchestration.dagster_private import InstanceRef, NoOpComputeLogManager

    quiet = {"compute_logs": {"module": NoOpComputeLogManager.__module__, "class": NoOpComputeLogManager.__name__}}
    try:
        # One process at a time: Dagster makes the tables of a new home without regard to others that do.
        with locked(home):
            instance = dg.DagsterInstance.from_ref(InstanceRef.from_dir(str(home), overrides=quiet))
    except (dg.DagsterInvalidConfigError, yaml.YAMLError) as error:
        raise BadInput(f"{home / FILE_NAME} does not suit Dagster: {error}", code="bad_setting") from None
    except DBAPIError as error:
        raise BadInput(_explained(home, error).message, code="bad_setting") from None
    try:
        with instance:
            yield instance
    except DBAPIError as error:
        raise _explained(home, error) from None


def _explained(home: Path, error: Exception) -> VoltError:
    """What is wrong where Dagster's records could not be read or written, as far as a look at them shows."""
    for file in sorted(home.rglob("*.db")):
        if _is_damaged(file):
            return BadInput(
                f"Dagster's database {file} is damaged. Set it aside: mv {file} {file}.damaged (and remove "
                f"{file.name}-wal and {file.name}-shm beside it). Dagster makes it anew, without the records that it "
                "held; what was fetched and the reports are not in it.",
                code="bad_setting",
            )
    words = probe(home)
    if words is not None:
        return refused(home, words)
    reason = str(getattr(error, "orig", error)).splitlines()[0]
    return VoltError(f"Dagster's records in {home} cannot be used: {reason}.")


def _is_damaged(file: Path) -> bool:
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as database:
            return database.execute("PRAGMA quick_check(1)").fetchone() != ("ok",)
    except sqlite3.OperationalError:
        return False  # locked, or not to be opened: nothing is known against it
    except sqlite3.DatabaseError:
        return True


def refuse_two_orders(settings: Settings) -> None:
    """Raises BadInput where Dagster's processes would take from `.env` what the environment sets otherwise.

    That is: with a `dagster.yaml` of the user's own that does not say what ours says under `secrets`, and of
    DAGSTER_HOME, which names that very file.
    """
    file = settings.project / ".env"
    try:
        in_force = yaml.safe_load((settings.dagster_home / FILE_NAME).read_text())
    except (OSError, yaml.YAMLError):
        in_force = None
    ours = isinstance(in_force, dict) and in_force.get("secrets") == ENVIRONMENT_FIRST
    given = os.environ | {"DAGSTER_HOME": str(settings.dagster_home)}
    in_file = {name: value for name, value in dotenv_values(file).items() if name in settings.names()}
    covered = [name for name, value in in_file.items() if given.get(name, value) != value]
    if "DAGSTER_HOME" in covered:
        raise BadInput(
            f"DAGSTER_HOME is {settings.dagster_home}, but Dagster would take another from {file}. Write that path "
            "there, or remove the line.",
            code="bad_setting",
        )
    if covered and not ours:
        lines = yaml.safe_dump({"secrets": ENVIRONMENT_FIRST}, sort_keys=False)
        raise BadInput(
            f"{', '.join(covered)}: the environment and {file} differ, and Dagster would take what the file says. "
            f"Remove one, or let the environment win by adding to {settings.dagster_home / FILE_NAME}:\n{lines}",
            code="bad_setting",
        )


def ui_origin(settings: Settings) -> str:
    """Where people open the UI: VOLT_UI_URL, else the address of the `volt ui` that runs, else its usual one."""
    if settings.volt_ui_url:
        return settings.volt_ui_url
    try:
        url = json.loads((settings.dagster_home / UI_RECORD).read_text())["url"]
    except (OSError, ValueError, KeyError, TypeError):
        url = None
    return url or "http://127.0.0.1:3000"


def _absolute(content: Any, project: Path, home: Path) -> Any:
    """The content of a `dagster.yaml` with every relative `base_dir` made absolute."""
    if not isinstance(content, dict):
        return content
    return {
        key: _absolute_path(Path(value), project, home)
        if key == "base_dir" and isinstance(value, str)
        else _absolute(value, project, home)
        for key, value in content.items()
    }


def _absolute_path(path: Path, project: Path, home: Path) -> str:
    if path.is_relative_to(HOME_IN_PROJECT):
        return str(home / path.relative_to(HOME_IN_PROJECT))
    return str(project / path)
