"""What a run works with besides the warehouse: the clients, answers already in hand, counts of requests, progress.

One `Services` belongs to one run. `volt run` makes it before the run, since its first requests decide whether there
is one; in a process that Dagster starts for a run, `build_defs` makes it.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any

from volt_assets.errors import VoltError
from volt_assets.fibery.client import FiberyClient
from volt_assets.fibery.schema import Schema
from volt_assets.http import Transport
from volt_assets.reports.sentences.client import Model
from volt_assets.reports.sentences.prompt import Prompts
from volt_assets.reports.sentences.writer import ModelWriter, weeks_to_write
from volt_assets.settings import Settings
from volt_assets.toggl.client import Person, TogglClient
from volt_assets.weeks import closed_weeks


def _no_progress(what: str, done: int, total: int | None) -> None:
    pass


@dataclass
class Services:
    """`people` and `schema` are answers that need not be asked for again.

    The schema comes with its ETag; None in its place: the stored one is current.
    """

    settings: Settings
    requests: Counter[str] = field(default_factory=Counter)
    people: list[Person] | None = None
    schema: tuple[Schema | None, str | None] | None = None
    progress: Callable[[str, int, int | None], None] = _no_progress
    transport: Transport | None = None
    error: VoltError | None = None

    def toggl(self, **options: Any) -> TogglClient:
        """A client, made with these options, to open with `async with`. Raises BadInput where settings are missing."""
        return TogglClient(
            self.settings.require_toggl(),
            timeout_seconds=self.settings.volt_http_timeout,
            requests=self.requests,
            transport=self.transport,
            **options,
        )

    @cached_property
    def model_writer(self) -> ModelWriter | None:
        """What writes reports' sentences with a model, within the run's budget; None where there is no key."""
        access = self.settings.model_access
        if access is None:
            return None
        model = Model(access, timeout_seconds=self.settings.volt_http_timeout, requests=self.requests)
        return ModelWriter(model, Prompts(self.settings.prompt_folders))

    def weeks_by_model(self, weeks: Sequence[date], *, by_itself: bool, asked_for: bool) -> list[date]:
        """Those of a run's weeks that the model writes about, as `weeks_to_write` says; none without a key."""
        if self.model_writer is None:
            return []
        closed = closed_weeks(datetime.now(UTC), self.settings.volt_first_week, self.settings.zone)
        newest = closed[-1] if closed else date.min
        return weeks_to_write(weeks, newest, by_itself=by_itself, asked_for=asked_for)

    def fibery(self) -> FiberyClient:
        """A client to open with `async with`. Raises BadInput where Fibery's settings are missing."""
        return FiberyClient(
            self.settings.require_fibery(),
            timeout_seconds=self.settings.volt_http_timeout,
            requests=self.requests,
            transport=self.transport,
        )
