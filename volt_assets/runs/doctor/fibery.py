"""The checks of Fibery: the token, the schema against the configuration, and whether it takes Volt's queries.

At most three requests; with `deep` three more, for what nobody could try without an account.
"""

import re
import uuid
from collections.abc import AsyncIterator, Mapping
from typing import Any

from volt_assets.errors import ServiceError, VoltError
from volt_assets.fibery.assigned import assigned_queries
from volt_assets.fibery.client import COMMANDS_PER_REQUEST, FiberyClient
from volt_assets.fibery.configuration import EnrichmentConfig, TypeConfig, load_enrichment_config
from volt_assets.fibery.entity_query import entity_query
from volt_assets.fibery.progress import progress_query
from volt_assets.fibery.refusals import envelope_of
from volt_assets.fibery.schema import Schema, nearest_type
from volt_assets.formatting import plural
from volt_assets.http import RequestCount, Response
from volt_assets.runs.doctor.checks import SEND_FACTS, Check, failed, ok, warning
from volt_assets.runs.doctor.facts import Facts
from volt_assets.settings import Settings

TOKEN, SCHEMA, QUERIES = "fibery_token", "fibery_schema", "fibery_queries"
# What a request of the queries holds at most: two of them, and the schema, are three requests.
MOST_COMMANDS = 2 * COMMANDS_PER_REQUEST
# Beyond what Volt sends: whether Fibery would take more.
MANY_COMMANDS, MANY_DOCUMENTS = 200, 300
_NAME = re.compile(r"[a-z.-]+/[a-z-]+")


async def fibery_checks(
    settings: Settings, requests: RequestCount, facts: Facts, *, deep: bool
) -> AsyncIterator[Check]:
    try:
        client = FiberyClient(
            settings.require_fibery(),
            timeout_seconds=settings.volt_http_timeout,
            requests=requests.by_service,
            attempts=1,
            on_response=facts.saw,
        )
    except VoltError as error:
        yield failed(TOKEN, error.message, "Set it: `volt init` asks for what is needed.")
        return
    async with client:
        try:
            schema, _ = await client.schema()
        except ServiceError as error:
            yield failed(TOKEN, error.message, "Check FIBERY_API_TOKEN and FIBERY_WORKSPACE_NAME.")
            return
        assert schema is not None
        yield ok(TOKEN, f"Fibery accepts it, and shows {plural(len(schema.databases), 'database')}.")
        try:
            config = load_enrichment_config(settings.enrichment_config_path)
        except VoltError:
            return  # the check of the configuration says why
        yield _schema(schema, config, settings)
        yield await _queries(client, schema, config, settings)
        if deep:
            async for check in _probes(client):
                yield check


def _schema(schema: Schema, config: EnrichmentConfig, settings: Settings) -> Check:
    """Whether the configuration's types and fields are those of the schema."""
    absent = [name for name in config.types if name not in schema.databases]
    near = {name: nearest_type(schema, name, likeness=0.85) for name in absent}
    misspelt = [f'"{name}" (is it "{like}"?)' for name, like in near.items() if like]
    problems = [
        problem
        for name, of_type in config.types.items()
        if name in schema.databases
        for problem in entity_query(schema, name, of_type, settings.zone, config.parents_of).problems
    ]
    found = (
        f"{len(config.types) - len(absent)} of the configuration's {plural(len(config.types), 'type')} are databases"
    )
    if misspelt or problems:
        shown = [*(f"there is no database {each}" for each in misspelt), *problems]
        more = f" And {len(shown) - 5} more." if len(shown) > 5 else ""
        advice = f"Correct {settings.enrichment_config_path}: docs/configuration.md describes it."
        return warning(SCHEMA, f"{found}. {' '.join(each.rstrip('.') + '.' for each in shown[:5])}{more}", advice)
    hidden = f" {len(absent)} are not: the workspace has none, or the token may not see them." if absent else ""
    return ok(SCHEMA, f"{found}, with the fields that it names.{hidden}")


async def _queries(client: FiberyClient, schema: Schema, config: EnrichmentConfig, settings: Settings) -> Check:
    """Whether Fibery takes what a run sends: each type's query, for one item, of open work, and of what is below."""
    commands = {
        name: _for_one(entity_query(schema, name, of_type, settings.zone, config.parents_of).command(["1"]))
        for name, of_type in _requested(schema, config).items()
    }
    for assigned in assigned_queries(schema, config, settings.zone):
        commands[f"open work of {assigned.type}"] = _for_one(assigned.command(["nobody@example.com"]))
    for name in list(_requested(schema, config)):
        if below := progress_query(schema, config, name):
            commands[f"progress of {name}"] = _for_one(below.command([str(uuid.uuid4())]))
    names = list(commands)[:MOST_COMMANDS]
    refused: dict[str, str] = {}
    for start in range(0, len(names), COMMANDS_PER_REQUEST):
        some = names[start : start + COMMANDS_PER_REQUEST]
        try:
            answers = await client.query([commands[name] for name in some])
        except ServiceError as error:
            return failed(QUERIES, error.message, f"Try again later; if it stays so: {SEND_FACTS}")
        refused |= {name: _reason(answer) for name, answer in zip(some, answers, strict=True) if not answer["success"]}
    if refused:
        shown = "; ".join(f"{name}: {reason}" for name, reason in list(refused.items())[:5])
        advice = f"Runs leave out what is refused, and say so in the reports. {SEND_FACTS}"
        return warning(QUERIES, f"{len(refused)} of {len(names)} queries are refused: {shown}.", advice)
    return ok(QUERIES, f"Fibery takes all {len(names)} queries that a run may send.")


def _requested(schema: Schema, config: EnrichmentConfig) -> dict[str, TypeConfig]:
    """What a run may request: the configuration's types, and those whose own formula writes descriptions."""
    linking = [name for name, of_type in schema.databases.items() if of_type.toggl_field is not None]
    names = dict.fromkeys([*(name for name in config.types if name in schema.databases), *linking])
    return {name: of_type for name in names if (of_type := config.of(name)) is not None}


def _for_one(command: Mapping[str, Any]) -> dict[str, Any]:
    arguments = command["args"]
    return {**command, "args": {**arguments, "query": {**arguments["query"], "q/limit": 1}}}


def _reason(answer: Mapping[str, Any]) -> str:
    """The name of an error: messages can hold values."""
    failure = answer["result"]
    name = failure.get("name") if isinstance(failure, Mapping) else None
    return name if isinstance(name, str) and _NAME.fullmatch(name) else "an error without a name"


# Probes: three requests


async def _probes(client: FiberyClient) -> AsyncIterator[Check]:
    user = {"q/from": "fibery/user", "q/limit": 1, "q/select": {"id": ["fibery/id"]}}
    command = {"command": "fibery.entity/query", "args": {"query": user}}
    wrong = {**user, "q/select": {"id": ["fibery/no-such-field"]}}
    secrets = [{"secret": str(uuid.uuid4())} for _ in range(MANY_DOCUMENTS)]
    for name, path, body in (
        ("commands", "/api/commands", [command] * MANY_COMMANDS),
        ("documents", "/api/documents/commands", {"command": "get-documents", "args": secrets}),
        ("missing_field", "/api/commands", [{"command": "fibery.entity/query", "args": {"query": wrong}}]),
    ):
        try:
            yield _probed(name, await client.probe(path, body))
        except ServiceError as error:
            yield warning(f"deep_fibery_{name}", error.message, SEND_FACTS)


def _probed(name: str, response: Response) -> Check:
    answer = response.json()
    check = f"deep_fibery_{name}"
    if name == "documents":
        count = len(answer) if isinstance(answer, list) else "no list of"
        return ok(check, f"For {MANY_DOCUMENTS} documents that do not exist Fibery sends {count} documents.")
    envelopes = [envelope_of(each) for each in answer] if isinstance(answer, list) else [envelope_of(answer)]
    if name == "commands":
        succeeded = sum(bool(each and each["success"]) for each in envelopes)
        return ok(
            check, f"Of {MANY_COMMANDS} commands in a request {succeeded} succeed; Volt sends {COMMANDS_PER_REQUEST}."
        )
    first = envelopes[0]
    if first is None or first["success"]:
        return warning(check, "A field that does not exist is no error.", SEND_FACTS)
    keys = ", ".join(sorted(first["result"])) if isinstance(first["result"], Mapping) else "a text"
    return ok(check, f"A field that does not exist is the error {_reason(first)}, of {keys}.")
