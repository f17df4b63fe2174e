"""Settings: what the environment and the project's `.env` say, typed and checked, and where the project's files are.

What `config/enrichment_config.yaml` says is read by `fibery/configuration.py`, and what `config/people.yaml` says by
`reports/people_config.py`. Tokens are `SecretStr`: they are
never printed, and only the two clients read their values. A setting that only some stages need is required by
`require_toggl` and `require_fibery`.
"""

import difflib
import ipaddress
import math
import re
import zoneinfo
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Literal, NamedTuple
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from volt_assets.errors import BadInput
from volt_assets.formatting import HoursForm
from volt_assets.private_files import warn_if_readable
from volt_assets.setting_sources import Line, lines_of, place_of, refuse_misspelt
from volt_assets.weeks import Due, parse_day, parse_due, week_of

CONFIG_FILE = "enrichment_config.yaml"
PEOPLE_FILE = "people.yaml"
DEFAULTS = Path(__file__).parent / "defaults"
TOGGL_URL = "https://api.track.toggl.com"
OPENAI_URL = "https://api.openai.com/v1"
TOGGL_WEB_URL = "https://track.toggl.com"

# What is copied along with a token from a curl command, a header or a shell: quotes, a scheme, Toggl's password.
_AROUND_A_TOKEN = re.compile(
    r"""^(?:["'“”‘’`\s]|authorization:|(?:bearer|token|basic)(?:\s|$))*|(?::api_token|["'“”‘’`\s])*$""", re.IGNORECASE
)
_TRACK_TOKEN = f"32 hexadecimal digits, at the bottom of {TOGGL_WEB_URL}/profile"


class TogglAccess(NamedTuple):
    """What the Toggl client needs. `url` is an origin, without a path."""

    url: str
    token: SecretStr
    workspace_id: int


class FiberyAccess(NamedTuple):
    """What the Fibery client needs. `url` is an origin, without a path."""

    url: str
    token: SecretStr


class ModelPrice(NamedTuple):
    """US dollars for a million tokens sent, and for a million written."""

    sent: float
    written: float


# What a model may write (VOLT_PROSE).
ProseMode = Literal["checked", "worded", "off"]


class ModelAccess(NamedTuple):
    """What asking a model needs. `url` is an address with its path (`/v1`); `budget` is in tokens a run."""

    url: str
    key: SecretStr
    name: str
    budget: int
    price: ModelPrice | None


class Settings(BaseSettings):
    """All settings. `Settings.load()` is the way to make one; its errors are messages for people."""

    model_config = SettingsConfigDict(extra="ignore", hide_input_in_errors=True, frozen=True)

    project: Path = Field(exclude=True, description="The folder that .env, config/ and .volt stand in.")

    toggl_api_token: SecretStr | None = Field(
        None, description="API token of a Toggl workspace admin (Profile settings, at the bottom)."
    )
    toggl_workspace_id: int | None = Field(
        None, gt=0, description="Number of the Toggl workspace (in the address of its reports)."
    )
    fibery_api_token: SecretStr | None = Field(None, description="Fibery API token (Settings, API tokens).")
    fibery_workspace_name: str | None = Field(
        None, description="Name of the Fibery workspace: NAME in https://NAME.fibery.io."
    )
    toggl_api_url: str | None = Field(None, description=f"Origin of Toggl's API. Default: {TOGGL_URL}.")
    fibery_api_url: str | None = Field(
        None, description="Origin of Fibery's API. Default: https://{FIBERY_WORKSPACE_NAME}.fibery.io."
    )
    volt_timezone: str = Field(
        "UTC", description="IANA time zone that days and weeks are reckoned in, for example Europe/Berlin."
    )
    volt_first_week: date = Field(
        date(2024, 1, 1), description="The first week that can be fetched: a Monday, not before 2006-01-02."
    )
    volt_home: str | None = Field(
        None, description="Folder of the warehouse and of Dagster's records. Default: .volt in the project."
    )
    volt_config: str | None = Field(
        None, description="Folder of enrichment_config.yaml. Default: config in the project."
    )
    volt_people_config: str | None = Field(
        None,
        description="File of expected hours, absences, holidays, teams and rates. Default: people.yaml beside "
        "enrichment_config.yaml.",
    )
    dagster_home: Path = Field(
        None, validate_default=True, description="Folder of Dagster's records alone. Default: dagster in VOLT_HOME."
    )
    volt_http_timeout: float = Field(
        60, gt=0, allow_inf_nan=False, description="Seconds to wait for one whole answer of Toggl or Fibery."
    )
    volt_toggl_reserve: int = Field(
        4, ge=0, description="Requests of Toggl's hourly quota that are left to people; Volt sends none of them."
    )
    volt_max_wait: float = Field(
        10,
        ge=0,
        allow_inf_nan=False,
        description="Minutes that a run waits at most, by itself, until Toggl's hourly quota is reset. Where that is "
        "further away, it ends with exit code 4, and the next one goes on there.",
    )
    volt_lock_wait: float = Field(
        120, ge=0, allow_inf_nan=False, description="Seconds to wait for the warehouse while another process uses it."
    )

    volt_automation: Literal["off", "sensors", "schedule"] = Field(
        "off",
        description="What runs automatically under `volt ui`. sensors: closed weeks and late edits; schedule: each "
        "closed week once; off: nothing. What was switched on or off in Dagster's UI stays so.",
    )
    volt_week_due: str = Field(
        "Monday 06:00",
        description="Day and time, in VOLT_TIMEZONE, from which the week before is fetched automatically.",
    )
    volt_catch_up: int = Field(
        2, ge=1, le=52, description="Closed weeks that are fetched automatically at a time, oldest first."
    )
    volt_lookback_weeks: int = Field(
        8, ge=1, le=52, description="Closed weeks in which late edits are looked for, the latest ones."
    )
    volt_unlinked_share: float = Field(
        0.25, ge=0, le=1, description="A check warns of weeks of which more than this share of the time is unlinked."
    )
    volt_not_started_hours: float = Field(
        5,
        ge=0,
        allow_inf_nan=False,
        description="More hours than this on a work item that is not started in Fibery are reported as a mismatch.",
    )
    volt_open_week: Literal["never", "daily"] = Field(
        "never", description="daily: run the open week too, each day at the time of VOLT_WEEK_DUE."
    )

    volt_hours: HoursForm = Field(
        "decimal",
        description="How hours are printed where people read them: decimal (1.50) or hm (1:30). Files for programs and "
        "spreadsheets have decimals.",
    )
    volt_privacy: Literal["names", "initials", "pseudonyms"] = Field(
        "names",
        description="What stands for people in the team's report, and in texts that a model is sent: names, initials "
        "(A. L.) or pseudonyms (Person 3). People's own reports keep their names.",
    )
    volt_money: Literal["on", "off"] = Field(
        "off",
        description="on: fetch Toggl's rates, and show billable hours and amounts in the team's report, at those or "
        "at the rates of people.yaml.",
    )
    openai_api_key: SecretStr | None = Field(
        None,
        description="Key of a server with OpenAI's chat completions, whose model writes the reports' sentences where "
        "VOLT_PROSE says so.",
    )
    openai_base_url: str = Field(OPENAI_URL, description="Address of that server, with its path.")
    volt_prose: ProseMode = Field(
        "off",
        description="What a model may write. off: nothing, templates write; checked: sentences whose every word Volt "
        "can vouch for; worded: the words between the figures are the model's own, and the report says so. Stored "
        "sentences of another kind are not used.",
    )
    volt_model: str = Field("gpt-5-mini", description="Name of the model that writes the sentences.")
    volt_model_budget: int = Field(
        300_000,
        ge=0,
        description="Tokens that a run may take of the model; reports beyond it are written by templates.",
    )
    volt_model_price: str | None = Field(
        None,
        description="US dollars for a million tokens sent and for a million written, for example 0.25,2: reports then "
        "say what their sentences cost.",
    )

    volt_alert_urls: SecretStr | None = Field(
        None,
        description="Where failed runs, failed checks and stuck weeks are reported: addresses as Apprise has them, for "
        "example slack://… or mailto://…, separated by spaces.",
    )
    volt_stuck_after: float = Field(
        24,
        ge=0,
        allow_inf_nan=False,
        description="Hours after VOLT_WEEK_DUE from which a week that is not complete is reported, and its reports are "
        "overdue.",
    )
    volt_digest_urls: SecretStr | None = Field(
        None, description="Where the team's summary of each week is sent: addresses as in VOLT_ALERT_URLS."
    )
    volt_ui_url: str | None = Field(
        None,
        description="Origin at which people open Dagster's UI, for links in messages; `volt ui` answers to its host, "
        "too. Default: that of `volt ui`.",
    )
    volt_ui_password: SecretStr | None = Field(
        None,
        description="Password that `volt ui` requires, with any user name. Needed to listen beyond this machine "
        "(--host).",
    )
    volt_ui_trusted_proxy: str | None = Field(
        None,
        description="Addresses or networks of proxies that ask who people are: what comes from there needs no "
        "password, and from anywhere else it does. Separated by spaces.",
    )

    @model_validator(mode="before")
    @classmethod
    def _blank_is_unset(cls, values: dict[str, Any]) -> dict[str, Any]:
        stripped = {name: value.strip() if isinstance(value, str) else value for name, value in values.items()}
        return {name: value for name, value in stripped.items() if value != ""}

    @field_validator("dagster_home", mode="before")
    @classmethod
    def _in_the_home(cls, value: str | Path | None, info: ValidationInfo) -> Path:
        project = info.data["project"]
        return project / Path(value).expanduser() if value else _home(project, info.data.get("volt_home")) / "dagster"

    @field_validator("toggl_api_token", "fibery_api_token", mode="before")
    @classmethod
    def _bare_token(cls, token: object) -> object:
        return _AROUND_A_TOKEN.sub("", token) or None if isinstance(token, str) else token

    @field_validator("volt_timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            zoneinfo.ZoneInfo(name)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            near = difflib.get_close_matches(name, zoneinfo.available_timezones(), n=1)
            hint = f" Did you mean {near[0]}?" if near else " Write it like Europe/Berlin or UTC."
            raise ValueError(f"{name!r} is not a time zone.{hint}") from None
        return name

    @field_validator("volt_first_week", mode="before")
    @classmethod
    def _a_date(cls, value: object) -> object:
        try:
            return parse_day(value) if isinstance(value, str) else value
        except BadInput as error:
            raise ValueError(error.message) from None

    @field_validator("volt_first_week")
    @classmethod
    def _monday(cls, day: date) -> date:
        if week_of(day) != day:
            monday = week_of(day)
            raise ValueError(
                f"{day} is a {day:%A}, and weeks start on Mondays: {monday} or {monday + timedelta(days=7)}."
            )
        if day < date(2006, 1, 2):
            raise ValueError(
                f"{day} is too early: Toggl has no data before it was founded. The earliest is 2006-01-02."
            )
        return day

    @field_validator("volt_week_due")
    @classmethod
    def _day_and_time(cls, text: str) -> str:
        parse_due(text)
        return text

    @field_validator("toggl_api_url", "fibery_api_url", "volt_ui_url")
    @classmethod
    def _origin(cls, url: str | None) -> str | None:
        if url is None:
            return None
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("must be an address like https://example.com (http:// for a sandbox).")
        if parts.username or parts.password:
            raise ValueError("must not hold a name or password: tokens have settings of their own.")
        if parts.path.rstrip("/") or parts.query or parts.fragment:
            # What follows is not repeated: somebody may have put a token there.
            raise ValueError(f"must end after the host: write {parts.scheme}://{parts.netloc}, and no path.")
        return f"{parts.scheme}://{parts.netloc}"

    @field_validator("volt_ui_trusted_proxy")
    @classmethod
    def _networks(cls, text: str | None) -> str | None:
        _parse_networks(text or "")
        return text

    @field_validator("openai_base_url")
    @classmethod
    def _address(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("must be an address like https://example.com/v1.")
        if parts.username or parts.password:
            raise ValueError("must not hold a name or password: OPENAI_API_KEY is for the key.")
        return url.rstrip("/")

    @field_validator("volt_model_price")
    @classmethod
    def _two_prices(cls, text: str | None) -> str | None:
        if text is not None:
            _price(text)
        return text

    @field_validator("volt_alert_urls", "volt_digest_urls")
    @classmethod
    def _addresses(cls, setting: SecretStr | None) -> SecretStr | None:
        for place, address in enumerate(setting.get_secret_value().split() if setting else (), start=1):
            if not is_notification_address(address):
                # The address itself is not repeated: it may hold a secret.
                raise ValueError(f"address {place} is not one: write it like slack://… or mailto://…")
        return setting

    @field_validator("fibery_workspace_name")
    @classmethod
    def _only_the_name(cls, name: str | None) -> str | None:
        if name is not None and not re.fullmatch(r"[A-Za-z0-9_-]+", name):
            raise ValueError("must be the name alone: NAME in https://NAME.fibery.io.")
        return name

    @classmethod
    def load(cls, project: Path | None = None, *, dotenv: bool = True) -> "Settings":
        """Settings of the environment, which beats the project's `.env` (not read where `dotenv` is false).

        Raises BadInput naming each setting that is wrong, and each name that is almost one.
        """
        project = (project or find_project()).resolve()
        file = project / ".env"
        lines = lines_of(file) if dotenv else {}
        refuse_misspelt(cls.names(), file, lines)
        if dotenv:
            warn_if_readable(file)
        return cls._made(lambda: cls(project=project, _env_file=file if dotenv else None), file, lines)

    @classmethod
    def of(cls, project: Path, values: Mapping[str, str]) -> "Settings":
        """Settings of these values, by the names that the environment has them under, and for the rest of the
        environment. Raises BadInput as `load` does.
        """
        given: dict[str, Any] = {name.lower(): value for name, value in values.items()}
        return cls._made(lambda: cls(project=project.resolve(), _env_file=None, **given), project / ".env", {})

    @classmethod
    def _made(cls, make: Callable[[], "Settings"], file: Path, lines: Mapping[str, Line]) -> "Settings":
        try:
            return make()
        except ValidationError as error:
            problems = []
            for problem in error.errors(include_input=False, include_url=False):
                name = str(problem["loc"][0]).upper()
                place = place_of(name, file, lines)
                said = problem["msg"].removeprefix("Value error, ")
                problems.append(f"{name} ({place}): {said}" if place else f"{name}: {said}")
            raise BadInput("\n".join(problems) + "\nCorrect it and try again.", code="bad_setting") from None

    @classmethod
    def names(cls) -> list[str]:
        """The names of all settings, as the environment has them."""
        return [name.upper() for name in cls.model_fields if name != "project"]

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.volt_timezone)

    @property
    def week_due(self) -> Due:
        return parse_due(self.volt_week_due)

    @property
    def not_started_seconds(self) -> int:
        """VOLT_NOT_STARTED_HOURS, in whole seconds."""
        return round(3600 * self.volt_not_started_hours)

    @property
    def home(self) -> Path:
        """VOLT_HOME, absolute."""
        return _home(self.project, self.volt_home)

    @property
    def warehouse_path(self) -> Path:
        return self.home / "warehouse.duckdb"

    @property
    def snapshot_path(self) -> Path:
        """The copy of the warehouse that readers have open while runs go on."""
        return self.home / "snapshot.duckdb"

    @property
    def reports_path(self) -> Path:
        """Folder of the weeks' reports as files, a folder for each week."""
        return self.home / "reports"

    @property
    def _config(self) -> Path:
        return self.project / Path(self.volt_config or "config").expanduser()

    @property
    def enrichment_config_path(self) -> Path:
        """The configuration file in force: the project's, or the default one that comes with Volt."""
        own = self._config / CONFIG_FILE
        # A folder that was named must be there; only the default one may be absent.
        return own if own.exists() or self.volt_config else DEFAULTS / CONFIG_FILE

    @property
    def people_config_path(self) -> Path:
        """VOLT_PEOPLE_CONFIG, absolute; unless it is set, the file may be absent."""
        own = self.volt_people_config
        return self.project / Path(own).expanduser() if own else self._config / PEOPLE_FILE

    def require_toggl(self) -> TogglAccess:
        """Raises BadInput naming what is missing, or a token that is another product's."""
        token, workspace_id = self.toggl_api_token, self.toggl_workspace_id
        if token is None or workspace_id is None:
            raise self._missing("Toggl", toggl_api_token=token, toggl_workspace_id=workspace_id)
        _refuse_other_products("TOGGL_API_TOKEN", token, f"Toggl Track's: {_TRACK_TOKEN}")
        return TogglAccess(self.toggl_api_url or TOGGL_URL, token, workspace_id)

    def require_fibery(self) -> FiberyAccess:
        """Raises BadInput naming what is missing, or a token that is another product's."""
        token, web_url = self.fibery_api_token, self.fibery_web_url
        if token is None or web_url is None:
            raise self._missing("Fibery", fibery_api_token=token, fibery_workspace_name=self.fibery_workspace_name)
        _refuse_other_products("FIBERY_API_TOKEN", token, "Fibery's: it is made in its Settings, API tokens")
        return FiberyAccess(self.fibery_api_url or web_url, token)

    @property
    def trusted_proxies(self) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
        """VOLT_UI_TRUSTED_PROXY; empty where there is none."""
        return _parse_networks(self.volt_ui_trusted_proxy or "")

    @property
    def model_access(self) -> ModelAccess | None:
        """The model that writes sentences; None where VOLT_PROSE is off, and without a key."""
        if self.openai_api_key is None or self.volt_prose == "off":
            return None
        price = _price(self.volt_model_price) if self.volt_model_price else None
        return ModelAccess(self.openai_base_url, self.openai_api_key, self.volt_model, self.volt_model_budget, price)

    @property
    def model_is_undecided(self) -> bool:
        """There is a model's key, and nobody has said whether it may write: VOLT_PROSE is off because it is not set."""
        return self.openai_api_key is not None and "volt_prose" not in self.model_fields_set

    @property
    def prompt_folders(self) -> list[Path]:
        """Where prompts are looked for: the project's folder, then the default ones that come with Volt."""
        return [self._config / "prompts", DEFAULTS / "prompts"]

    @property
    def toggl_web_page(self) -> str | None:
        """The page of the workspace's detailed report, to which days are added; None where it is not named."""
        return f"{TOGGL_WEB_URL}/reports/detailed/{self.toggl_workspace_id}" if self.toggl_workspace_id else None

    @property
    def fibery_web_url(self) -> str | None:
        """The origin of links that people follow, whatever the API's address; None where the workspace is not named."""
        return f"https://{self.fibery_workspace_name}.fibery.io" if self.fibery_workspace_name else None

    def _missing(self, service: str, **values: object) -> BadInput:
        """The error that names those of the settings `values` that are not set."""
        missing = [name.upper() for name, value in values.items() if not value]
        are, it = ("is", "it") if len(missing) == 1 else ("are", "them")
        return BadInput(
            f"No request can be sent to {service}: {' and '.join(missing)} {are} not set. Put {it} in "
            f"{self.project / '.env'} (.env.example shows how) or in the environment.",
            code="missing_token",
        )


def is_notification_address(text: str) -> bool:
    """Whether it has the form of an address as Apprise has them, and of one alone."""
    return re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*://\S+", text) is not None


def _home(project: Path, volt_home: str | None) -> Path:
    return project / Path(volt_home or ".volt").expanduser()


def _refuse_other_products(name: str, token: SecretStr | None, right: str) -> None:
    """Raises BadInput for a token that is recognised as another product's; forms that nobody knows may be right."""
    value = token.get_secret_value() if token else ""
    if value.startswith("toggl_sk_"):
        kind = "a key of Toggl 2.0 (toggl_sk_…), which is another product with another API"
    elif re.fullmatch(r"eyJ[\w-]+\.[\w-]+\.[\w-]*", value):
        kind = "the token of a browser's session, which ends soon"
    else:
        return
    raise BadInput(f"{name} is {kind}. The token to put there is {right}.", code="bad_setting")


def _price(text: str) -> ModelPrice:
    try:
        sent, written = (float(part) for part in text.split(","))
    except ValueError:
        sent = written = -1
    if not (0 <= sent < math.inf and 0 <= written < math.inf):
        raise ValueError("must be two prices in US dollars for a million tokens, sent and written, like 0.25,2.")
    return ModelPrice(sent, written)


def _parse_networks(text: str) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    try:
        return [ipaddress.ip_network(part) for part in text.split()]
    except ValueError as error:
        raise ValueError(f"must be addresses or networks like 10.0.0.2 or 10.0.0.0/24: {error}.") from None


def find_project(start: Path | None = None) -> Path:
    """The nearest folder, from `start` (the current one) upwards, with config/enrichment_config.yaml; else `start`."""
    start = (start or Path.cwd()).resolve()
    for folder in (start, *start.parents):
        if (folder / "config" / CONFIG_FILE).is_file():
            return folder
    return start
