"""The environment beats `.env` in Dagster's processes, as it does in the command line.

Each of Dagster's commands and servers begins by putting the working folder's `.env` over its environment, and hands the
result to the processes it starts. The first thing made after that, in every one of them, is the instance, and with it
the loader that `dagster.yaml` names under `secrets`: this one, which puts back what `.env` has covered.
"""

import os
from typing import Self

import psutil
from dagster._core.secrets.env_file import get_env_var_dict
from dagster._core.secrets.loader import SecretsLoader
from dagster._serdes import ConfigurableClass, ConfigurableClassData


class EnvironmentFirst(SecretsLoader, ConfigurableClass):
    """Puts back, as it is made, the variables that this process was started with and that `.env` replaced.

    It hands out nothing itself: Volt's settings read `.env` for what the environment lacks.
    """

    def __init__(self, inst_data: ConfigurableClassData | None = None):
        self._inst_data = inst_data
        os.environ.update(covered(get_env_var_dict(os.getcwd()), psutil.Process().environ()))

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


def covered(dotenv: dict[str, str], given: dict[str, str]) -> dict[str, str]:
    """The variables that a process was `given` at its start and that now have their value from `dotenv` instead."""
    return {
        name: given[name]
        for name, value in dotenv.items()
        if name in given and given[name] != value and os.environ.get(name) == value
    }
