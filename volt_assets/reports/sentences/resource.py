"""The model that writes sentences as a Dagster resource, and of which weeks it writes."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

import dagster as dg

from volt_assets.http import RequestCount
from volt_assets.reports.sentences.client import Model
from volt_assets.reports.sentences.prompt import Prompts
from volt_assets.reports.sentences.writer import ModelWriter, weeks_to_write
from volt_assets.settings import Settings
from volt_assets.weeks import closed_weeks


def model_writer(settings: Settings, requests: RequestCount) -> ModelWriter | None:
    """What writes sentences within one run's budget; None where there is no key, or VOLT_PROSE is off."""
    access = settings.model_access
    if access is None:
        return None
    model = Model(access, timeout_seconds=settings.volt_http_timeout, requests=requests.by_service)
    return ModelWriter(model, Prompts(settings.prompt_folders), settings.volt_prose)


class SentenceModel(dg.ConfigurableResource):
    """The run's writer. Its fields are values that Dagster neither shows nor stores: the settings hold the key."""

    settings: dg.ResourceDependency[Settings]
    writer: dg.ResourceDependency[ModelWriter | None]

    def weeks(self, weeks: Sequence[date], *, automated: bool, requested: bool) -> list[date]:
        """Those of a run's weeks that the model writes about, as `weeks_to_write` says; none without a key."""
        if self.writer is None:
            return []
        closed = closed_weeks(datetime.now(UTC), self.settings.volt_first_week, self.settings.zone)
        newest = closed[-1] if closed else date.min
        return weeks_to_write(weeks, newest, automated=automated, requested=requested)
