"""What a company is, whatever it is made of: plain data of both services, without HTTP.

`workspaces` holds Toggl's people and entries and Fibery's types and entities, and what a person can do to them;
`databases` builds a Fibery workspace on the types of `platform`, which every workspace has.
"""

from volt_assets.sandbox.company.workspaces import (
    Client,
    Company,
    Entity,
    EntityType,
    Entry,
    Event,
    FiberyWorkspace,
    Field,
    Person,
    Project,
    TogglWorkspace,
)

__all__ = [
    "Client",
    "Company",
    "Entity",
    "EntityType",
    "Entry",
    "Event",
    "FiberyWorkspace",
    "Field",
    "Person",
    "Project",
    "TogglWorkspace",
]
