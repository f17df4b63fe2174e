"""Toggl as a Dagster resource: where assets, sensors and commands get their client from."""

import dagster as dg

from volt_assets.http import ATTEMPTS, RequestCount
from volt_assets.settings import Settings
from volt_assets.toggl.client import PAGE_SIZE, Person, TogglClient


class TogglResource(dg.ConfigurableResource):
    """Makes clients of the workspace that the settings name.

    All fields are values that Dagster neither shows nor stores, since they are dependencies and not configuration: the
    settings hold the token. `known_people` is the workspace's list of people where it was requested before the run.
    """

    settings: dg.ResourceDependency[Settings]
    requests: dg.ResourceDependency[RequestCount]
    known_people: dg.ResourceDependency[tuple[Person, ...] | None]

    def client(self, *, attempts: int = ATTEMPTS, page_size: int = PAGE_SIZE) -> TogglClient:
        """A client, to open with `async with`. Raises BadInput where Toggl's settings are missing."""
        return TogglClient(
            self.settings.require_toggl(),
            timeout_seconds=self.settings.volt_http_timeout,
            attempts=attempts,
            page_size=page_size,
            requests=self.requests.by_service,
        )

    async def people(self, client: TogglClient) -> tuple[Person, ...]:
        """The people of the workspace, requested of Toggl unless they are known. Empty where Toggl lists nobody."""
        return tuple(await client.people()) if self.known_people is None else self.known_people
