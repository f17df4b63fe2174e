"""Tokens reach no file, no record and no terminal, whatever happens to them."""

import base64
from collections.abc import Iterator
from datetime import date

import duckdb
import pytest
from tenacity import wait_none

from volt_assets.sandbox.faults import BAD_GATEWAY, Fault
from volt_assets.sandbox.generated import generated_company
from volt_assets.sandbox.server import Sandbox, start_sandbox
from volt_assets.sandbox.settings import SandboxSettings
from volt_assets_tests.acceptance.home import Home, Outcome

TOGGL, FIBERY, WRONG = "tok-of-toggl-3f9d1c7e", "tok.of.fibery-88ab2e51", "tok-that-is-wrong-60cc17"
MODEL, WRONG_MODEL = "sk-of-the-model-5be0c9a2", "sk-that-is-wrong-70dd41"
# As they travel.
BASIC, WRONG_BASIC = (base64.b64encode(f"{token}:api_token".encode()).decode() for token in (TOGGL, WRONG))
SECRETS = TOGGL, FIBERY, WRONG, BASIC, WRONG_BASIC, MODEL, WRONG_MODEL
WEEK = "--start-date", "2026-03-02", "--end-date", "2026-03-08"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    company = generated_company(until=date(2026, 3, 8))
    settings = SandboxSettings(toggl_token=TOGGL, fibery_token=FIBERY, model_key=MODEL, fibery_limits=False)
    with start_sandbox(company, settings) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def used(sandbox: Sandbox, new_home) -> tuple[Home, list[Outcome]]:
    """A home, its tokens in .env, after runs that went well and wrong in every way that a token is concerned with."""
    home = new_home(sandbox)
    home.environment |= sandbox.model_environment
    names = "TOGGL_API_TOKEN", "FIBERY_API_TOKEN", "OPENAI_API_KEY"
    tokens = {name: home.environment.pop(name) for name in names}
    (home.project / ".env").write_text("".join(f"{name}={token}\n" for name, token in tokens.items()))

    outcomes = []

    def run(exit_code: int, *options: str, **environment: str) -> None:
        outcomes.append(home.volt("run", *WEEK, *options, **environment))
        assert outcomes[-1].exit_code == exit_code, outcomes[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("volt_assets.http._backoff", wait_none())
        run(0)
        run(0, "--start-from", "fibery", "--json")
        # A server that sends the key back.
        run(0, "--start-from", "reports", OPENAI_API_KEY=WRONG_MODEL, VOLT_MODEL="another")
        for more in ((), ("--json",)):
            run(2, *more, TOGGL_API_TOKEN=WRONG)
            run(2, *more, FIBERY_API_TOKEN=WRONG)
        # Services that send back what they got.
        for path, secrets, status in (
            ("/time_entries/totals", [TOGGL, BASIC], 403),
            ("/search/time_entries", [TOGGL, BASIC], 400),
            ("/api/commands", [FIBERY], 400),
        ):
            sandbox.fail_next(path, Fault(status, f"denied: {' '.join(secrets)}"), times=100)
            run(1)
            sandbox.forget()
        sandbox.fail_next("/search/time_entries", BAD_GATEWAY, times=5)
        run(1)
        # A mistake in the address that holds a token.
        for origin in (f"http://user:{WRONG}@127.0.0.1:9", f"http://127.0.0.1:9/{WRONG}"):
            run(2, TOGGL_API_URL=origin)
    return home, outcomes


def test_no_file_but_the_env_file_holds_a_token(used):
    home, _ = used
    files = [path for path in home.project.rglob("*") if path.is_file()]
    assert any(path.name == "warehouse.duckdb" for path in files)
    assert any(path.suffix == ".db" for path in files)
    assert any(path.name == "team_summary.md" for path in files)
    holding = {path.name for path in files for secret in SECRETS if secret.encode() in path.read_bytes()}
    assert holding == {".env"}


def test_no_row_of_the_warehouse_holds_a_token(used):
    home, _ = used
    with duckdb.connect(str(home.project / ".volt" / "warehouse.duckdb"), read_only=True) as connection:
        tables = [name for (name,) in connection.execute("SHOW TABLES").fetchall()]
        texts = [str(connection.execute(f"SELECT * FROM {table}").fetchall()) for table in tables]
    assert sum(map(len, texts)) > 100_000
    assert not [secret for secret in SECRETS for text in texts if secret in text]


def test_nothing_printed_holds_a_token(used):
    _, outcomes = used
    printed = [outcome.stdout + outcome.stderr for outcome in outcomes]
    assert all(printed)
    # What the services sent back is not quoted at all.
    assert any("HTTP 403, no content type" in text for text in printed)
    assert not any("denied" in text for text in printed)
    assert not [secret for secret in SECRETS for text in printed if secret in text]
