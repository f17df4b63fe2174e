"""What all tests share."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# No example fails because a machine is busy. In CI the examples follow from the test alone, so that what fails there
# fails again; elsewhere they are new ones each time.
settings.register_profile("volt", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("volt-ci", settings.get_profile("volt"), derandomize=True, database=None, print_blob=True)
settings.load_profile("volt-ci" if "CI" in os.environ else "volt")

# For slow tests, in seconds; others have the `timeout` of pyproject.toml.
SLOW_TIMEOUT = 3600

FACTS = Path(os.environ.get("VOLT_TEST_API_FACTS") or Path(__file__).parents[2] / "shared")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    from volt_assets_tests import work_log

    slow = [item for item in items if item.get_closest_marker("slow")]
    for item in slow:
        if not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(SLOW_TIMEOUT))
    if work_log.real_log() is not None:
        # What is slow on one work log already is run on the real one alone.
        on_both = [item for item in slow if _parameters(item).get("log_folder") == "generated"]
        config.hook.pytest_deselected(items=on_both)
        items[:] = [item for item in items if item not in on_both]


def _parameters(item: pytest.Item) -> dict[str, Any]:
    return item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of toggl-api.md and fibery-api.md: the vendors' own examples, which are not ours to publish."""
    if not FACTS.is_dir():
        pytest.skip("the vendors' printed examples are no part of the project: VOLT_TEST_API_FACTS names their folder")
    return FACTS


@pytest.fixture(scope="session", params=["generated", pytest.param("real", marks=pytest.mark.slow)])
def log_folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a work log's two files: of the generated one, and of the real one where that is present."""
    from volt_assets_tests import work_log

    if request.param == "real":
        folder = work_log.real_log()
        if folder is None:
            pytest.skip(work_log.ABSENT)
        return folder
    folder = tmp_path_factory.mktemp("work_log")
    work_log.write_generated_log(folder)
    return folder


@pytest.fixture
def browser() -> Iterator[Any]:
    """A headless Chromium, Debian's, driven by playwright. In CI it has to be there.

    For each test anew: while playwright runs, nothing else in this thread could use asyncio.
    """
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium")
    if chromium is None and "CI" not in os.environ:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    quiet = ("background-networking", "component-update", "sync")
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=[*arguments, *(f"--disable-{name}" for name in quiet)]
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory):
    """A project with a home of its own and no settings, for tests of what Dagster records."""
    from volt_assets_tests.acceptance.home import Home  # imports Dagster, which most tests need not wait for

    return Home(tmp_path_factory.mktemp("project"), {})


@pytest.fixture(scope="session")
def instance(home):
    """The Dagster instance of `home`: one for all, since making its database takes a second."""
    with home.instance() as instance:
        yield instance
