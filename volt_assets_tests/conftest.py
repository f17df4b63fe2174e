"""What all tests share."""

from pathlib import Path

import pytest

SHARED = Path(__file__).parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of facts and data beside the checkout; tests that read it skip where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("the folder ../shared is absent")
    return SHARED


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
