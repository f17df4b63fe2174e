"""Toggl as a Dagster resource: where assets, sensors and commands get their client from."""

from collections.abc import Callable
from datetime import timedelta

import dagster as dg

from volt_assets.http import ATTEMPTS, RequestCount, Response
from volt_assets.settings import Settings
from volt_assets.toggl.client import PAGE_SIZE, Person, TogglClient
from volt_assets.toggl.quota import kept_quota
from volt_assets.toggl.walks import Walks
from volt_assets.warehouse import Warehouse, warehouse_of
from volt_assets.warehouse.forgotten import forgotten_of


class TogglResource(dg.ConfigurableResource):
    """Makes clients of the workspace that the settings name.

    All fields are values that Dagster neither shows nor stores, since they are dependencies and not configuration: the
    settings hold the token. `known_people` is the workspace's list of people where it was requested before the run.
    """

    settings: dg.ResourceDependency[Settings]
    requests: dg.ResourceDependency[RequestCount]
    known_people: dg.ResourceDependency[tuple[Person, ...] | None]

    def client(
        self,
        *,
        attempts: int = ATTEMPTS,
        page_size: int = PAGE_SIZE,
        may_wait: bool = True,
        reserve: int | None = None,
        warehouse: Warehouse | None = None,
        on_response: Callable[[Response], None] | None = None,
    ) -> TogglClient:
        """A client, to open with `async with`, that keeps to the hourly quota as `warehouse` (the settings', unless
        given) knows it. `may_wait`: for a reset, as long as VOLT_MAX_WAIT says.

        Raises BadInput where Toggl's settings are missing, and as the warehouse does.
        """
        warehouse = warehouse or warehouse_of(self.settings)
        quota = kept_quota(
            self.settings,
            reserve=self.settings.volt_toggl_reserve if reserve is None else reserve,
            longest_wait=timedelta(minutes=self.settings.volt_max_wait if may_wait else 0),
            warehouse=warehouse,
        )
        return TogglClient(
            self.settings.require_toggl(),
            timeout_seconds=self.settings.volt_http_timeout,
            attempts=attempts,
            page_size=page_size,
            with_rates=self.settings.volt_money == "on",
            requests=self.requests.by_service,
            quota=quota,
            on_response=on_response,
            forgotten=forgotten_of(warehouse),
        )

    def walks(self, warehouse: Warehouse) -> Walks:
        """The walks over the workspace's pages that are stored in `warehouse`."""
        return Walks(warehouse, self.settings.require_toggl(), with_rates=self.settings.volt_money == "on")

    async def people(self, client: TogglClient) -> tuple[Person, ...]:
        """The people of the workspace, requested of Toggl unless they are known. Empty where Toggl lists nobody."""
        return tuple(await client.people()) if self.known_people is None else self.known_people
