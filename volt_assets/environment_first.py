"""The environment beats `.env` in Dagster's processes, as it does in the command line.

Each of Dagster's commands and servers begins by putting the working folder's `.env` over its environment, and hands the
result to the processes it starts. The first thing made after that, in every one of them, is the instance, and with it
the loader that `dagster.yaml` names under `secrets`: this one, which takes that back for Volt's settings. They read
`.env` themselves, so an edit of it also reaches processes that are started later.
"""

import os
from collections.abc import Iterable, Mapping
from typing import Self

import psutil

from volt_assets.orchestration.dagster_private import (
    ConfigurableClass,
    ConfigurableClassData,
    SecretsLoader,
    get_env_var_dict,
)
from volt_assets.settings import Settings

# Dagster itself reads this one, and has done so by now.
DAGSTER_HOME = "DAGSTER_HOME"


class EnvironmentFirst(SecretsLoader, ConfigurableClass):
    """Takes from this process's environment, as it is made, what `.env` has put there of Volt's settings.

    It hands out nothing itself.
    """

    def __init__(self, inst_data: ConfigurableClassData | None = None):
        self._inst_data = inst_data
        take_back(get_env_var_dict(os.getcwd()), psutil.Process().environ(), Settings.names())

    def get_secrets_for_environment(self, location_name: str | None) -> dict[str, str]:
        return {}

    @property
    def inst_data(self) -> ConfigurableClassData | None:
        return self._inst_data

    @classmethod
    def config_type(cls) -> dict[str, object]:
        return {}

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: object) -> Self:
        return cls(inst_data)


def take_back(dotenv: Mapping[str, str], given: Mapping[str, str], settings: Iterable[str]) -> None:
    """Give settings that have their value from `dotenv` the one that the process was `given` at its start, or none."""
    ours = set(settings) - {DAGSTER_HOME}
    for name, value in dotenv.items():
        if name.upper() in ours and os.environ.get(name) == value:
            del os.environ[name]
            if name in given:
                os.environ[name] = given[name]
