"""How much of the time is covered: linked, configured, described; how lookups ended; what the configuration lacks."""

from volt_assets.formatting import plural, share
from volt_assets.reports.facts.models import Coverage, Outcome, SchemaChange, TeamFacts, UnknownType
from volt_assets.reports.facts.rounding import PrintedTimes
from volt_assets.reports.view import entities, words
from volt_assets.reports.view.blocks import (
    Block,
    Code,
    CodeBlock,
    Column,
    EntityName,
    Group,
    Hours,
    Items,
    Line,
    ListItem,
    Paragraph,
    Row,
    Section,
    Span,
    Table,
)
from volt_assets.reports.view.people import People

_UNANSWERED = 10
_CONFIGURATION = "enrichment_config.yaml"


def coverage_group(times: PrintedTimes, facts: TeamFacts, people: People) -> Group | None:
    """Coverage by person, beside how the lookups in Fibery ended; None where there is no time."""
    if not facts.people:
        return None
    return Group((_coverage(facts, people), *([_lookups(times, facts)] if times.outcomes else [])))


def _coverage(facts: TeamFacts, people: People) -> Section:
    note = Paragraph(
        (
            "Shares of the tracked time: linked to a work item; of a type with a key of its own in ",
            Code(_CONFIGURATION),
            "; described in Toggl.",
        ),
        "note",
    )
    columns = (Column("Person"), *(Column(label, "number") for label in ("Linked", "Configured type", "Described")))
    rows = tuple(Row(((people.name(each),), *_shares(each.coverage))) for each in facts.people)
    table = Table(columns, rows, Row((("Team",), *_shares(facts.coverage))))
    return Section("Coverage", (note, table), anchor="coverage")


def _shares(coverage: Coverage) -> tuple[Line, ...]:
    parts = (coverage.linked_seconds, coverage.configured_seconds, coverage.described_seconds)
    return tuple((share(part, coverage.tracked_seconds),) for part in parts)


def _lookups(times: PrintedTimes, facts: TeamFacts) -> Section:
    columns = (
        Column("Answer"),
        Column("Hours", "number"),
        Column("Items", "number"),
        Column("Entries", "number", optional=True),
        Column("People", "number", optional=True),
    )
    rows = tuple(
        Row(
            (
                (words.OUTCOMES[each.outcome],),
                (Hours(part),),
                (str(each.entities),),
                (str(each.entries),),
                (str(each.people),),
            )
        )
        for each, part in zip(facts.outcomes, times.outcomes, strict=True)
    )
    entries = sum(each.entries for each in facts.outcomes)
    total = Row((("All linked time",), (Hours(times.split[0]),), (str(len(facts.entities)),), (str(entries),), ()))
    blocks: list[Block] = [Table(columns, rows, total, whole="linked")]
    if lines := _unanswered(times):
        blocks.append(Items(lines))
    return Section("Lookups in Fibery", tuple(blocks))


def _unanswered(times: PrintedTimes) -> tuple[ListItem, ...]:
    """Entities without an answer, by how their lookup ended, the first few of each and how many more there are."""
    lines: list[ListItem] = []
    outcomes: dict[Outcome, str] = dict(words.OUTCOMES)
    for outcome, name in outcomes.items():
        found = [
            (entity, part)
            for entity, part in zip(times.facts.entities, times.items, strict=True)
            if entity.outcome == outcome != "found"
        ]
        for entity, part in found[:_UNANSWERED]:
            lines.append(ListItem((entities.name_of(entity),), (Hours(part, " h"),), ((f"{entity.type}: {name}",),)))
        if more := len(found) - _UNANSWERED:
            lines += [ListItem((f"{plural(more, 'more item')}: {name}",))] if more > 0 else []
    return tuple(lines)


def types_section(facts: TeamFacts) -> Section | None:
    """Types without configuration, with what to paste; None where all have one."""
    if not facts.unknown_types:
        return None
    note = (
        "They are fetched with the default, or fit no type at all. Priority is hours × 10 + entries × 5 + people × 2."
    )
    columns = (
        Column("Type or label"),
        Column("Hours", "number"),
        Column("People", "number"),
        Column("Entries", "number", optional=True),
        Column("Items", "number", optional=True),
        Column("Priority", "number"),
        Column("For example", optional=True, soft=True),
    )
    blocks: list[Block] = [
        Paragraph((note,), "note"),
        Table(columns, tuple(_unknown_type(kind) for kind in facts.unknown_types)),
    ]
    if yaml := "".join(kind.yaml for kind in facts.unknown_types).rstrip():
        blocks.append(CodeBlock(f"To paste into config/{_CONFIGURATION}", yaml, "yaml"))
    return Section("Types without configuration", tuple(blocks), anchor="types")


def _unknown_type(kind: UnknownType) -> Row:
    samples: list[Span] = []
    for sample in kind.samples:
        samples += [", "] if samples else []
        samples.append(EntityName(sample.public_id, sample.name or "", sample.url))
    return Row(
        (
            (f"{kind.type} (fits no type)" if kind.no_such_type else kind.type,),
            (entities.bare(kind.hundredths),),
            (str(kind.people),),
            (str(kind.entries),),
            (str(kind.entities),),
            (f"{kind.priority:.0f}",),
            tuple(samples),
        )
    )


def schema_section(facts: TeamFacts) -> Section | None:
    """What the configuration asks in vain, and what changed of the fields in Fibery."""
    if not facts.schema_changes:
        return None
    lines = tuple(ListItem((_schema_change(each),)) for each in facts.schema_changes)
    return Section("Fields in Fibery", (Items(lines),), anchor="schema")


def _schema_change(each: SchemaChange) -> str:
    return {
        "missing": f"{each.type} has no field “{each.field}”, which the configuration asks for",
        "added": f"{each.type} has a new field “{each.field}”",
        "removed": f"{each.type} has no field “{each.field}” any more",
        "renamed": f"{each.type}: “{each.before}” is now called “{each.field}”",
    }[each.kind]
