"""The checks of the group `fibery`: has each work item its row, and does the configuration fit what is used."""

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from volt_assets.fibery.configuration import EnrichmentConfig
from volt_assets.fibery.schema import AmbiguousField, NoSuchField
from volt_assets.fibery.storage import stored_schema
from volt_assets.orchestration.checks import Check, Rule, sql_rule
from volt_assets.warehouse import Connection, query, read_rows


def checks(config: EnrichmentConfig) -> list[Check]:
    """The group's checks."""
    return [
        Check(
            "enriched_entities",
            "each_reference_has_one_answer",
            "Each work item that time is linked to has exactly one reference and one answer of Fibery.",
            sql_rule("fibery/sql/checks/references_not_enriched_once.sql"),
            dg.AssetCheckSeverity.ERROR,
        ),
        Check(
            "enriched_entities",
            "each_type_is_configured",
            "Each type that time was spent on has a key in enrichment_config.yaml.",
            sql_rule("fibery/sql/checks/types_without_configuration.sql"),
            dg.AssetCheckSeverity.WARN,
        ),
        Check(
            "enriched_entities",
            "each_label_fits_a_type",
            "The labels of each work item fit a type of Fibery.",
            sql_rule("fibery/sql/checks/labels_that_fit_no_type.sql"),
            dg.AssetCheckSeverity.WARN,
        ),
        Check(
            "enriched_entities",
            "configured_fields_exist",
            "Fibery has the fields that enrichment_config.yaml names for the types that time was spent on.",
            _missing_fields(config),
            dg.AssetCheckSeverity.WARN,
        ),
    ]


def _missing_fields(config: EnrichmentConfig) -> Rule:
    def find(connection: Connection) -> Sequence[Mapping[str, Any]]:
        schema = stored_schema(connection)
        if schema is None:
            return []
        missing = []
        for used in read_rows(connection, query("fibery/sql/checks/types_in_use.sql")):
            wanted = config.of(used["type"]) if config.is_configured(used["type"]) else None
            for name in wanted.fields if wanted else ():
                try:
                    schema.find_field(used["type"], name)
                except (NoSuchField, AmbiguousField):
                    missing.append({**used, "field": name})
        return missing

    return find
