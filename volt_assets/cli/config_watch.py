"""Noticing an edit of the configuration while `volt ui` runs, and having Dagster's webserver load the definitions anew.

Versions are computed when definitions are loaded: until then an edit shows nowhere. The daemon loads them anew by
itself, each minute.
"""

import json
import logging
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from volt_assets.settings import Settings

logger = logging.getLogger(__name__)

_LOCATIONS = "{ workspaceOrError { ... on Workspace { locationEntries { name } } } }"
_RELOAD = """
mutation ($name: String!) {
  reloadRepositoryLocation(repositoryLocationName: $name) { __typename ... on PythonError { message } }
}
"""


class ConfigWatch:
    """Whether the files that definitions are made of, enrichment_config.yaml and .env, changed since last asked."""

    def __init__(self, settings: Settings):
        self._settings = settings
        self._seen = self._state()

    def changed(self) -> bool:
        """Whether a file was edited, made or removed since the last call."""
        before, self._seen = self._seen, self._state()
        return before != self._seen

    def _state(self) -> list[tuple[Path, tuple[int, int] | None]]:
        # Which file is in force may change as well: the project's own one, once there is one.
        files = [self._settings.enrichment_config_path, self._settings.project / ".env"]
        return [(file, _state(file)) for file in files]


def _state(file: Path) -> tuple[int, int] | None:
    try:
        stat = file.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size


def reload_definitions(url: str, headers: Mapping[str, str]) -> None:
    """Have the webserver at `url` load the definitions anew. Where it cannot, that is told, no more."""
    try:
        entries = _ask(url, headers, _LOCATIONS)["workspaceOrError"]["locationEntries"]
        for entry in entries:
            answer = _ask(url, headers, _RELOAD, name=entry["name"])["reloadRepositoryLocation"]
            if answer["__typename"] == "PythonError":
                logger.warning("The edited configuration does not load: %s", answer["message"].strip().splitlines()[-1])
    except (OSError, ValueError, KeyError, TypeError) as error:
        logger.warning("Dagster's webserver could not be told of the edited configuration: %s", error)


def _ask(url: str, headers: Mapping[str, str], query: str, **variables: str) -> dict:
    body = json.dumps({"query": query, "variables": variables}).encode()
    request = urllib.request.Request(f"{url}/graphql", body, {"Content-Type": "application/json", **headers})
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(request, timeout=60) as answer:
        return json.load(answer)["data"]
