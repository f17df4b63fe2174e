"""The team's work items, each once, under what they are part of: a parent prints the sum of the lines under it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from volt_assets.reports.facts.models import Entity, Parent, Period, TeamFacts
from volt_assets.reports.facts.rounding import PrintedTimes
from volt_assets.reports.sentences.templates import period_word
from volt_assets.reports.view import entities
from volt_assets.reports.view.blocks import Column, EntityName, Hours, Line, Paragraph, Section, Span, Tree, TreeRow
from volt_assets.reports.view.words import joined

# With more lines than this the section is closed at first.
_UNFOLDED = 60

Key = tuple[str | None, str | None]
# How a report shows somebody with time on an item.
PersonById = Callable[[int], Span | None]


@dataclass
class _Node:
    """An entity, with time of its own or with some below it. `printed`: its own time, in hundredths of an hour."""

    name: EntityName
    kind: str
    state: str
    in_all: str
    entity: Entity | None = None
    printed: int = 0
    below: dict[Key, "_Node"] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return self.printed + sum(node.total for node in self.below.values())


def tree_section(times: PrintedTimes, facts: TeamFacts, person_by_id: PersonById) -> Section | None:
    """All work items of the team; None where there are none."""
    if not times.items:
        return None
    roots, alone = _forest(times, facts)
    rows = [row for root in _largest_first(roots) for row in _rows(root, 0, person_by_id)]
    if alone and roots:
        rows.append(_sum("Not part of anything", sum(node.total for node in alone)))
    rows += [row for node in _largest_first(alone) for row in _rows(node, 1 if roots else 0, person_by_id)]
    total = _sum("All linked time", times.split[0])
    columns = (
        Column("Item"),
        Column("Type", "under"),
        Column("State", "under"),
        Column("Time by", optional=True, soft=True),
        Column(f"This {period_word(facts.period)}", "number", strong=True),
        Column("In all", "number"),
    )
    note = "Each item once; the hours of what is above it are those of the lines under it. In all: everybody’s time"
    return Section(
        f"Work items, under what they are part of · {len(facts.entities)}",
        (Paragraph((f"{note}{entities.since(facts.period)}.",), "note"), Tree(columns, tuple(rows), total, "linked")),
        anchor="items",
        folded=True if len(rows) > _UNFOLDED else None,
    )


def _sum(label: str, printed: int) -> TreeRow:
    return TreeRow(0, ((label,), (), (), (), (Hours(printed),), ()), True)


def _forest(times: PrintedTimes, facts: TeamFacts) -> tuple[list[_Node], list[_Node]]:
    """What nothing is above of, and has something below it; and what stands alone."""
    roots: dict[Key, _Node] = {}
    for entity, part in zip(facts.entities, times.items, strict=True):
        place = roots
        for parent in reversed(entity.parents):
            place = place.setdefault((parent.type, parent.public_id), _above(parent)).below
        node = place.setdefault((entity.type, entity.public_id), _own(entity, facts.period))
        # What is above others may have been there before its own time was met.
        node.entity, node.printed, node.state = entity, part, entities.state(entity, facts.period)
        node.name = entities.name_of(entity)
    nodes = list(roots.values())
    return [node for node in nodes if node.below], [node for node in nodes if not node.below]


def _above(parent: Parent) -> _Node:
    done = f", {parent.items_done} of {parent.items} done" if parent.items and parent.items_done is not None else ""
    state = f"{parent.state or 'state unknown'}{done}"
    name, kind = entities.parent_name(parent), entities.kind_of(parent.type)
    return _Node(name, kind, state, entities.bare(parent.hundredths_in_all))


def _own(entity: Entity, period: Period) -> _Node:
    state = entities.state(entity, period)
    return _Node(entities.name_of(entity), entities.kind_of(entity.type), state, entities.in_all(entity.plan))


def _largest_first(nodes: list[_Node]) -> list[_Node]:
    return sorted(nodes, key=lambda node: -node.total)


def _rows(node: _Node, level: int, person_by_id: PersonById) -> Iterator[TreeRow]:
    """A node and all below it; its own time, where there is some below, in a line under it."""
    in_all: Line = (node.in_all,)
    if not node.below:
        yield TreeRow(level, _cells(node, person_by_id, node.printed, in_all), False, _anchor(node))
        return
    yield TreeRow(level, ((node.name,), (node.kind,), (node.state,), (), (Hours(node.total),), in_all), True)
    if node.entity is not None:
        own: Line = (f"on the {node.kind.lower()} itself",)
        spent = (entities.in_all(node.entity.plan),)
        cells = (own, (), (), *_cells(node, person_by_id, node.printed, spent)[3:])
        yield TreeRow(level + 1, cells, False, _anchor(node))
    for below in _largest_first(list(node.below.values())):
        yield from _rows(below, level + 1, person_by_id)


def _cells(node: _Node, person_by_id: PersonById, printed: int, in_all: Line) -> tuple[Line, ...]:
    shown = [person_by_id(user_id) for user_id in node.entity.user_ids] if node.entity else []
    people = joined((person,) for person in shown if person is not None)
    return (node.name,), (node.kind,), (node.state,), people, (Hours(printed),), in_all


def _anchor(node: _Node) -> str | None:
    return entities.anchor_of(node.entity) if node.entity else None
