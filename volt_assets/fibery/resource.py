"""Fibery as a Dagster resource: where assets and commands get their client from."""

import dagster as dg

from volt_assets.fibery.client import FiberyClient
from volt_assets.fibery.schema import Schema
from volt_assets.http import RequestCount
from volt_assets.settings import Settings

# A schema and its ETag; None for the schema where the stored one is still the current one.
SchemaAnswer = tuple[Schema | None, str | None]


class FiberyResource(dg.ConfigurableResource):
    """Makes clients of the workspace that the settings name.

    All fields are values that Dagster neither shows nor stores, since they are dependencies and not configuration: the
    settings hold the token. `known_schema` is Fibery's answer where the schema was requested before the run.
    """

    settings: dg.ResourceDependency[Settings]
    requests: dg.ResourceDependency[RequestCount]
    known_schema: dg.ResourceDependency[SchemaAnswer | None]

    def client(self) -> FiberyClient:
        """A client, to open with `async with`. Raises BadInput where Fibery's settings are missing."""
        return FiberyClient(
            self.settings.require_fibery(),
            timeout_seconds=self.settings.volt_http_timeout,
            requests=self.requests.by_service,
        )

    async def current_schema(self, etag: str | None) -> SchemaAnswer:
        """The schema, requested of Fibery unless it is known; no schema where it is still the one with `etag`."""
        if self.known_schema is not None:
            return self.known_schema
        async with self.client() as client:
            return await client.schema(etag)
