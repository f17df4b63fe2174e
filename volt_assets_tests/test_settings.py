"""Settings: where they come from, what is refused and in which words, and that secrets stay secret."""

import re
from datetime import date
from pathlib import Path

import pytest

from volt_assets.errors import BadInput
from volt_assets.settings import DEFAULTS, Settings, find_project

NAMES = {name.upper() for name in Settings.model_fields if name != "project"}
SECRET = "s3cret-0123456789"


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*NAMES, "DAGSTER_HOME"):
        monkeypatch.delenv(name, raising=False)


def load(project: Path, dotenv: str = "") -> Settings:
    (project / ".env").write_text(dotenv, encoding="utf-8")
    return Settings.load(project)


def refusal(project: Path, dotenv: str) -> str:
    with pytest.raises(BadInput) as refused:
        load(project, dotenv)
    assert refused.value.exit_code == 2
    return refused.value.message


def test_without_any_setting_the_defaults_hold(tmp_path):
    settings = Settings.load(tmp_path)
    assert settings.volt_timezone == "UTC"
    assert settings.volt_first_week == date(2024, 1, 1)
    assert settings.home == tmp_path / ".volt"
    assert settings.warehouse_path == tmp_path / ".volt" / "warehouse.duckdb"
    assert settings.dagster_home == tmp_path / ".volt" / "dagster"
    assert settings.volt_lock_wait == 120


def test_the_environment_beats_dotenv(tmp_path, monkeypatch):
    monkeypatch.setenv("VOLT_TIMEZONE", "Europe/London")
    settings = load(tmp_path, "VOLT_TIMEZONE=Asia/Tokyo\nTOGGL_WORKSPACE_ID=42\n")
    assert settings.volt_timezone == "Europe/London"
    assert settings.toggl_workspace_id == 42


def test_the_demo_ignores_dotenv(tmp_path):
    (tmp_path / ".env").write_text("VOLT_TIMEZONE=nonsense\nTOGGL_API_TOKEN=real\n")
    settings = Settings.load(tmp_path, dotenv=False)
    assert settings.volt_timezone == "UTC"
    assert settings.toggl_api_token is None


def test_blank_values_are_unset_and_spaces_around_a_value_do_not_count(tmp_path, monkeypatch):
    monkeypatch.setenv("FIBERY_API_TOKEN", "   ")
    monkeypatch.setenv("TOGGL_API_TOKEN", f" {SECRET}\n")
    settings = load(tmp_path, "".join(f"{name}=\n" for name in NAMES - {"FIBERY_API_TOKEN", "TOGGL_API_TOKEN"}))
    assert settings == Settings.load(tmp_path, dotenv=False)
    assert settings.fibery_api_token is None
    assert settings.toggl_api_token.get_secret_value() == SECRET
    assert settings.volt_first_week == date(2024, 1, 1)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("VOLT_TIMEZONE=Europe/Londn", ["VOLT_TIMEZONE", "'Europe/Londn' is not a time zone", "Europe/London"]),
        ("VOLT_TIMEZONE=../etc/passwd", ["VOLT_TIMEZONE", "is not a time zone"]),
        ("VOLT_TIMEZONE=Europe", ["VOLT_TIMEZONE", "'Europe' is not a time zone"]),
        ("VOLT_FIRST_WEEK=2024-01-03", ["VOLT_FIRST_WEEK", "Wednesday", "2024-01-01 or 2024-01-08"]),
        ("VOLT_FIRST_WEEK=2005-12-26", ["VOLT_FIRST_WEEK", "2006-01-02"]),
        ("VOLT_FIRST_WEEK=2024", ["VOLT_FIRST_WEEK", "'2024' is not a date", "YYYY-MM-DD"]),
        ("VOLT_FIRST_WEEK=01/02/2024", ["VOLT_FIRST_WEEK", "is not a date", "YYYY-MM-DD"]),
        ("TOGGL_WORKSPACE_ID=acme", ["TOGGL_WORKSPACE_ID", "integer"]),
        ("TOGGL_WORKSPACE_ID=-4", ["TOGGL_WORKSPACE_ID", "greater than 0"]),
        ("TOGGL_API_URL=api.track.toggl.com", ["TOGGL_API_URL", "https://"]),
        ("TOGGL_API_URL=https://api.track.toggl.com/api/v9", ["TOGGL_API_URL", "write https://api.track.toggl.com,"]),
        (f"FIBERY_API_URL=https://me:{SECRET}@acme.fibery.io", ["FIBERY_API_URL", "password"]),
        ("FIBERY_WORKSPACE_NAME=https://acme.fibery.io", ["FIBERY_WORKSPACE_NAME", "the name alone"]),
        ("VOLT_HTTP_TIMEOUT=0", ["VOLT_HTTP_TIMEOUT", "greater than 0"]),
        ("VOLT_HTTP_TIMEOUT=inf", ["VOLT_HTTP_TIMEOUT", "finite"]),
        ("VOLT_LOCK_WAIT=soon", ["VOLT_LOCK_WAIT", "number"]),
    ],
)
def test_a_wrong_value_is_refused_naming_the_setting_and_what_is_right(tmp_path, line, words):
    message = refusal(tmp_path, line)
    for word in words:
        assert word in message
    assert SECRET not in message


def test_all_wrong_settings_are_named_at_once(tmp_path):
    message = refusal(tmp_path, "VOLT_TIMEZONE=x\nVOLT_LOCK_WAIT=x\n")
    assert "VOLT_TIMEZONE" in message
    assert "VOLT_LOCK_WAIT" in message


def test_secrets_show_in_no_text_made_of_the_settings(tmp_path):
    settings = load(tmp_path, f"TOGGL_API_TOKEN={SECRET}\nFIBERY_API_TOKEN={SECRET}\nTOGGL_WORKSPACE_ID=1\n")
    texts = [repr(settings), str(settings), settings.model_dump_json(), repr(settings.require_toggl())]
    with pytest.raises(BadInput) as missing:
        settings.require_fibery()
    assert not [text for text in (*texts, missing.value.message) if SECRET in text]
    assert SECRET not in refusal(tmp_path, f"TOGGL_API_TOKEN={SECRET}\nTOGGL_WORKSPACE_ID={SECRET}\n")


@pytest.mark.parametrize(
    "copied",
    [
        *(
            "{}",
            "  {}  ",
            '"{}"',
            "'{}'",
            "“{}”",
            "` {} `",
            "Bearer {}",
            "bearer  {}",
            "Token {}",
            "Authorization: Bearer {}",
        ),
        *('"Bearer {}"', "'{}:api_token'", "{}:api_token"),
    ],
)
@pytest.mark.parametrize("token", ["0123456789abcdef" * 2, "volt-sandbox-toggl-api-token-001", "ab12.token-of_fibery"])
def test_a_token_is_taken_without_what_was_copied_along_with_it(monkeypatch, tmp_path, copied, token):
    for name in ("TOGGL_API_TOKEN", "FIBERY_API_TOKEN"):
        monkeypatch.setenv(name, copied.format(token))
    settings = Settings.load(tmp_path)
    assert settings.toggl_api_token.get_secret_value() == settings.fibery_api_token.get_secret_value() == token


@pytest.mark.parametrize("nothing", ["''", '" "', "Bearer", "Bearer ", ":api_token"])
def test_of_a_token_that_is_only_what_stands_around_one_nothing_is_set(monkeypatch, tmp_path, nothing):
    monkeypatch.setenv("TOGGL_API_TOKEN", nothing)
    assert Settings.load(tmp_path).toggl_api_token is None


@pytest.mark.parametrize("kind", ["toggl_sk_" + "0123456789abcdef" * 2, "toggl_sk_short"])
def test_a_key_of_toggl_2_is_recognised_and_nothing_else_is(tmp_path, kind):
    rest = "TOGGL_WORKSPACE_ID=7\nFIBERY_WORKSPACE_NAME=small\n"
    settings = load(tmp_path, f"{rest}TOGGL_API_TOKEN={kind}\nFIBERY_API_TOKEN={kind}")
    for require in (settings.require_toggl, settings.require_fibery):
        with pytest.raises(BadInput, match="is a key of Toggl 2.0") as refused:
            require()
        assert (refused.value.exit_code, kind in refused.value.message) == (2, False)
    for other in ("0123456789abcdef" * 2, "any-token", "sk_toggl_1", "a.b.c"):
        settings = load(tmp_path, f"{rest}TOGGL_API_TOKEN={other}\nFIBERY_API_TOKEN={other}")
        assert settings.require_toggl().token.get_secret_value() == other
        assert settings.require_fibery().token.get_secret_value() == other


def test_tokens_are_asked_for_only_by_what_needs_them_naming_those_that_lack(tmp_path):
    settings = load(tmp_path, f"TOGGL_API_TOKEN={SECRET}\n")
    with pytest.raises(BadInput, match="TOGGL_WORKSPACE_ID is not set") as missing:
        settings.require_toggl()
    assert missing.value.code == "missing_token"
    with pytest.raises(BadInput, match="FIBERY_API_TOKEN and FIBERY_WORKSPACE_NAME are not set"):
        settings.require_fibery()


def test_origins_default_to_the_services_and_can_be_replaced(tmp_path):
    tokens = "TOGGL_API_TOKEN=a\nTOGGL_WORKSPACE_ID=1\nFIBERY_API_TOKEN=b\nFIBERY_WORKSPACE_NAME=acme\n"
    settings = load(tmp_path, tokens)
    assert settings.require_toggl().url == "https://api.track.toggl.com"
    assert settings.require_fibery().url == "https://acme.fibery.io"
    settings = load(tmp_path, tokens + "TOGGL_API_URL=http://127.0.0.1:1/\nFIBERY_API_URL=http://127.0.0.1:2\n")
    assert settings.require_toggl().url == "http://127.0.0.1:1"
    assert settings.require_fibery().url == "http://127.0.0.1:2"


def test_the_project_is_the_nearest_folder_upwards_with_the_configuration(tmp_path):
    inner = tmp_path / "outer" / "inner"
    below = inner / "a" / "b"
    below.mkdir(parents=True)
    assert find_project(below) == below
    for project in (tmp_path / "outer", inner):
        (project / "config").mkdir()
        (project / "config" / "enrichment_config.yaml").touch()
    assert find_project(below) == inner
    assert find_project(tmp_path / "outer") == tmp_path / "outer"


def test_the_project_is_looked_for_from_the_current_folder(tmp_path, monkeypatch):
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "enrichment_config.yaml").touch()
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    assert Settings.load().project == tmp_path


def test_home_and_dagster_home_can_stand_elsewhere(tmp_path, monkeypatch):
    assert load(tmp_path, "VOLT_HOME=data\n").home == tmp_path / "data"
    assert load(tmp_path, "VOLT_HOME=/var/lib/volt\n").warehouse_path == Path("/var/lib/volt/warehouse.duckdb")
    assert load(tmp_path, "VOLT_HOME=~/volt\n").home == Path.home() / "volt"
    monkeypatch.setenv("DAGSTER_HOME", "/srv/dagster")
    assert load(tmp_path, "VOLT_HOME=data\n").dagster_home == Path("/srv/dagster")


def test_the_configuration_in_force_is_the_projects_and_without_one_the_default(tmp_path):
    assert load(tmp_path).enrichment_config_path == DEFAULTS / "enrichment_config.yaml"
    assert DEFAULTS.joinpath("enrichment_config.yaml").is_file()
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "enrichment_config.yaml").touch()
    assert load(tmp_path).enrichment_config_path == tmp_path / "config" / "enrichment_config.yaml"
    # One that was named is never silently replaced by another.
    named = load(tmp_path, "VOLT_CONFIG=other\n").enrichment_config_path
    assert named == tmp_path / "other" / "enrichment_config.yaml"


@pytest.mark.parametrize("blank_lines", ["", "\n# a comment\n\n"])
def test_a_wrong_value_is_told_with_the_place_it_comes_from(tmp_path, monkeypatch, blank_lines):
    line = 1 + blank_lines.count("\n")
    place = f"{tmp_path}/.env, line {line})"
    assert f"VOLT_TIMEZONE (in {place}: " in refusal(tmp_path, f"{blank_lines}VOLT_TIMEZONE=x\n")
    # As in a process of Dagster's, which has in its environment what the file says.
    monkeypatch.setenv("VOLT_TIMEZONE", "x")
    assert f"VOLT_TIMEZONE (in {place}: " in refusal(tmp_path, f"{blank_lines}VOLT_TIMEZONE=x\n")
    assert "VOLT_TIMEZONE (in the environment): 'x'" in refusal(tmp_path, "VOLT_TIMEZONE=UTC\n")


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("VOLT_TIMEZNE", "VOLT_TIMEZONE"),
        ("VOLT_TIME_ZONE", "VOLT_TIMEZONE"),
        ("TOGGL_TOKEN", "TOGGL_API_TOKEN"),
        ("TOGGL_API_KEY", "TOGGL_API_TOKEN"),
        ("TOGGL_TIMEZONE", "VOLT_TIMEZONE"),
        ("FIBERY_WORKSPACE", "FIBERY_WORKSPACE_NAME"),
    ],
)
def test_a_name_that_is_almost_a_setting_is_refused_with_the_one_that_was_meant(tmp_path, monkeypatch, name, meant):
    message = refusal(tmp_path, f"VOLT_HOME=here\n{name}={SECRET}\n")
    assert f"{name} (in {tmp_path}/.env, line 2) is not a setting of Volt. Did you mean {meant}?" in message
    monkeypatch.setenv(name, SECRET)
    assert f"{name} (in the environment) is not a setting of Volt. Did you mean {meant}?" in refusal(tmp_path, "")
    assert SECRET not in message


def test_every_setting_with_a_letter_too_few_or_too_many_is_refused_with_its_name(tmp_path):
    for name in sorted(NAMES):
        if name.startswith(("VOLT_", "TOGGL_", "FIBERY_")):
            for wrong in (f"{name}S", name[:-2] + name[-1], name[0] + name[2:]):
                assert f"Did you mean {name}?" in refusal(tmp_path, f"{wrong}=1\n"), wrong


def test_names_of_volts_own_that_there_are_not_are_refused_anywhere(tmp_path, monkeypatch):
    for name in ("VOLT_COLOUR", "TOGGL_PASSWORD", "FIBERY_HOST"):
        assert f"{name} (in {tmp_path}/.env, line 1) is not a setting" in refusal(tmp_path, f"{name}=1\n")
    monkeypatch.setenv("VOLT_COLOUR", "1")
    assert "VOLT_COLOUR (in the environment) is not a setting" in refusal(tmp_path, "")


def test_what_is_another_programs_stays_theirs(tmp_path, monkeypatch):
    for name in ("TOGGL_PASSWORD", "TOGGL_USER_AGENT", "FIBERY_HOST", "VOLTA_HOME", "OPENAI_API_TYPE"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("VOLT_TEST_PICTURES", "/tmp")
    load(tmp_path, "OPENAI_API_VERSION=1\nHTTPS_PROXY=http://127.0.0.1:1\nDAGSTER_PG_URL=1\n")


@pytest.mark.parametrize("line", ["VOLT_TIMEZONE", "VOLT_TIMEZONE UTC", "VOLT TIMEZONE=UTC", 'VOLT_TIMEZONE="UTC'])
def test_a_line_that_sets_nothing_is_refused_by_its_number(tmp_path, line):
    assert f"{tmp_path}/.env, line 2: this is not NAME=value" in refusal(tmp_path, f"VOLT_HOME=x\n{line}\n")


def test_a_file_that_is_no_text_or_cannot_be_read_is_refused_by_name(tmp_path):
    (tmp_path / ".env").write_bytes(b"VOLT_HOME=\xff\n")
    with pytest.raises(BadInput, match=r"\.env is not UTF-8"):
        Settings.load(tmp_path)
    (tmp_path / ".env").unlink()
    (tmp_path / ".env").mkdir()
    with pytest.raises(BadInput, match=r"\.env cannot be read"):
        Settings.load(tmp_path)


def test_dagsters_home_can_stand_in_dotenv_too_and_the_environment_wins(tmp_path, monkeypatch):
    assert load(tmp_path, "DAGSTER_HOME=/srv/a\n").dagster_home == Path("/srv/a")
    assert load(tmp_path, "DAGSTER_HOME=~/a\nVOLT_HOME=data\n").dagster_home == Path.home() / "a"
    monkeypatch.setenv("DAGSTER_HOME", "/srv/b")
    assert load(tmp_path, "DAGSTER_HOME=/srv/a\n").dagster_home == Path("/srv/b")
    monkeypatch.setenv("DAGSTER_HOME", "")
    assert load(tmp_path, "VOLT_HOME=data\n").dagster_home == tmp_path / "data" / "dagster"


ENV_EXAMPLE = Path(__file__).parents[1] / ".env.example"


def test_env_example_names_every_setting_with_its_default_and_a_line_of_explanation(tmp_path):
    lines = ENV_EXAMPLE.read_text().splitlines()
    settings = [(i, re.fullmatch(r"#?([A-Z][A-Z_]+)=(.*)", line)) for i, line in enumerate(lines)]
    found = {match[1]: match[2] for _, match in settings if match}
    assert set(found) == NAMES
    assert all(re.match(r"# \w", lines[i - 1]) for i, match in settings if match)
    with_all = load(tmp_path, "\n".join(f"{name}={value}" for name, value in found.items() if "NAME" not in value))
    examples = {"toggl_api_url", "volt_home", "dagster_home", "volt_config", "volt_people_config"}
    defaults = Settings.load(tmp_path, dotenv=False)
    assert with_all.model_dump(exclude=examples) == defaults.model_dump(exclude=examples)
    assert with_all.home == tmp_path / ".volt"


def test_a_copy_of_env_example_changes_nothing(tmp_path):
    assert load(tmp_path, ENV_EXAMPLE.read_text()) == Settings.load(tmp_path, dotenv=False)


def test_a_model_is_asked_where_there_is_a_key_and_prose_is_not_off(tmp_path):
    assert load(tmp_path).model_access is None
    key = "OPENAI_API_KEY=k\n"
    for mode in ("checked", "worded"):
        access = load(tmp_path, f"{key}VOLT_PROSE={mode}\n").model_access
        assert access is not None
        assert access.name == "gpt-5-mini"
    for off in (key, f"{key}VOLT_PROSE=off\n"):
        assert load(tmp_path, off).model_access is None
    assert "VOLT_PROSE" in refusal(tmp_path, "VOLT_PROSE=free\n")
