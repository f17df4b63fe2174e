"""Noticing an edit of the configuration while `volt ui` runs.

Versions are computed when definitions are loaded: until then an edit shows nowhere. The daemon loads them anew each
minute; the webserver has to be requested to, which `client.py` does.
"""

from pathlib import Path

from volt_assets.settings import Settings


class ConfigWatch:
    """Whether the files that definitions are made of changed since the last look: configurations and .env."""

    def __init__(self, settings: Settings):
        self._settings = settings
        self._seen = self._state()

    def changed(self) -> bool:
        """Whether a file was edited, made or removed since the last call."""
        before, self._seen = self._seen, self._state()
        return before != self._seen

    def _state(self) -> list[tuple[Path, tuple[int, int] | None]]:
        # Which file is in force may change as well: the project's own one, once there is one.
        files = [
            self._settings.enrichment_config_path,
            self._settings.people_config_path,
            self._settings.project / ".env",
        ]
        return [(file, _state(file)) for file in files]


def _state(file: Path) -> tuple[int, int] | None:
    try:
        stat = file.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size
