"""Requests of `volt ui` to its own webserver: whether it answers, and to load edited definitions.

Dagster's GraphQL client (`dagster-graphql`) reloads a code location by name, but cannot list the names, which a
`workspace.yaml` of the user's own may choose.
"""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from volt_assets.errors import ServiceRefused, VoltError
from volt_assets.http import Api, DirectTransport

logger = logging.getLogger(__name__)

_LOCATIONS = "{ workspaceOrError { ... on Workspace { locationEntries { name } } } }"
_RELOAD = """
mutation ($name: String!) {
  reloadRepositoryLocation(repositoryLocationName: $name) { __typename ... on PythonError { message } }
}
"""
# Seconds.
_ANSWERS_WITHIN, _LOADS_WITHIN = 5.0, 60.0


def is_answering(url: str) -> bool:
    """Whether the webserver at `url` answers, be it by requiring the password."""

    async def request() -> None:
        async with _webserver(url, {}, _ANSWERS_WITHIN) as webserver:
            await webserver.send("GET", "/server_info")

    try:
        asyncio.run(request())
    except ServiceRefused:
        return True
    except VoltError:
        return False
    return True


def reload_definitions(url: str, headers: Mapping[str, str]) -> None:
    """Have the webserver at `url` load the definitions anew. If it cannot, a warning says why."""
    try:
        asyncio.run(_reload(url, headers))
    except VoltError as error:
        logger.warning("Dagster's webserver could not load the edited configuration: %s", error.message)
    except (KeyError, TypeError) as error:
        logger.warning("Dagster's webserver answered in an unknown form, so nothing was reloaded: %r", error)


async def _reload(url: str, headers: Mapping[str, str]) -> None:
    async with _webserver(url, headers, _LOADS_WITHIN) as webserver:

        async def query(text: str, **variables: str) -> Any:
            body = {"query": text, "variables": variables}
            return webserver.json_of(await webserver.send("POST", "/graphql", json=body))["data"]

        for entry in (await query(_LOCATIONS))["workspaceOrError"]["locationEntries"]:
            answer = (await query(_RELOAD, name=entry["name"]))["reloadRepositoryLocation"]
            if answer["__typename"] == "PythonError":
                logger.warning("The edited configuration does not load: %s", answer["message"].strip().splitlines()[-1])


def _webserver(url: str, headers: Mapping[str, str], timeout_seconds: float) -> Api:
    return Api(
        "Dagster",
        url,
        headers=headers,
        refused_hint="Check VOLT_UI_PASSWORD.",
        timeout_seconds=timeout_seconds,
        attempts=1,
        transport=DirectTransport(),
    )
