"""Volt: weekly reports from Toggl time and Fibery work, as a Dagster asset graph stored in DuckDB.

The flow reads from the folder names: toggl -> fibery -> reports. Nothing here imports Dagster, so that `volt --help`
is quick.
"""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("volt-assets")
except PackageNotFoundError:  # a checkout that is run without having been installed
    __version__ = "0"
