"""A report's times as they are printed, each list in the facts' order: nobody who prints a time rounds it again.

The facts have them in hundredths of an hour, as they were rounded when they were summed (`toggl/rounding.py`). Whatever
prints a part of a whole (Markdown, pages, sentences, the check of sums) takes it from here.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import get_args

from volt_assets.formatting import percentages
from volt_assets.reports.facts.models import Figures, IndividualFacts, ProjectTime, TeamFacts, TypeTime, Verdict


class PartsDoNotAddUp(ValueError):
    """The facts' parts of a whole are not the whole. `section` is the heading that they are printed under."""

    def __init__(self, section: str):
        super().__init__(f"The parts under “{section}” are not their total.")
        self.section = section


@dataclass(frozen=True)
class PrintedTimes:
    """Times of one report's facts in hundredths of an hour, each list in the facts' order.

    Raises PartsDoNotAddUp for facts whose parts are not their total, as damaged ones.
    """

    facts: IndividualFacts | TeamFacts

    @cached_property
    def split(self) -> tuple[int, int]:
        """Linked and other time; their sum is the tracked time."""
        return split(self.facts.figures)

    @cached_property
    def items(self) -> list[int]:
        return _parts("Work items", [entity.hundredths for entity in self.facts.entities], self.split[0])

    @cached_property
    def by_item(self) -> dict[tuple[str, str], int]:
        """The same by type and number."""
        return {
            (entity.type, entity.public_id): part for entity, part in zip(self.facts.entities, self.items, strict=True)
        }

    @cached_property
    def projects(self) -> list[tuple[int, str]]:
        """Hours and share of each: (1200, "32%")."""
        return self._shares("Projects", self.facts.projects)

    @cached_property
    def types(self) -> list[tuple[int, str]]:
        """Hours and share of each type of work item, and of what is on none."""
        return self._shares("Types", self.facts.types)

    def _shares(self, section: str, of: Sequence[ProjectTime] | Sequence[TypeTime]) -> list[tuple[int, str]]:
        parts = _parts(section, [each.hundredths for each in of], sum(self.split))
        return list(zip(parts, percentages([each.seconds for each in of]), strict=True))

    @cached_property
    def activities(self) -> list[int]:
        """A person's other activities."""
        activities = self.facts.other_activities if isinstance(self.facts, IndividualFacts) else []
        return _parts("Other activities", [each.hundredths for each in activities], self.split[1])

    @cached_property
    def days(self) -> list[int]:
        """A person's days; none where the period is too long for them to be listed."""
        days = self.facts.days if isinstance(self.facts, IndividualFacts) else []
        return _parts("Hours by day", [each.hundredths for each in days], sum(self.split)) if days else []

    @cached_property
    def verdicts(self) -> dict[Verdict, int]:
        """The linked time by verdict; of verdicts on items without time, nothing."""
        found: dict[Verdict, int] = defaultdict(int)
        for each in self.facts.alignment:
            if each.seconds and each.verdict not in ("idle", "open"):
                found[each.verdict] += each.hundredths
        if not found:
            return {}
        _parts("Alignment with Fibery", list(found.values()), self.split[0])
        return {verdict: found[verdict] for verdict in get_args(Verdict) if verdict in found}

    @cached_property
    def people(self) -> list[tuple[int, int]]:
        """Linked and other time of each of the team's people."""
        people = self.facts.people if isinstance(self.facts, TeamFacts) else []
        linked = _parts("People", [person.figures.linked_hundredths for person in people], self.split[0])
        other = _parts("People", [person.figures.other_hundredths for person in people], self.split[1])
        return list(zip(linked, other, strict=True))

    @cached_property
    def people_before(self) -> list[int] | None:
        """The period before: each of the team's people, and at the end those without time now; None: unknown."""
        if not isinstance(self.facts, TeamFacts) or self.facts.before.figures is None:
            return None
        before = [person.tracked_hundredths_before or 0 for person in self.facts.people]
        return [*before, self.facts.absent_hundredths_before or 0]

    @cached_property
    def outcomes(self) -> list[int]:
        """The team's linked time by how the lookups ended."""
        outcomes = self.facts.outcomes if isinstance(self.facts, TeamFacts) else []
        return _parts("Lookups in Fibery", [each.hundredths for each in outcomes], self.split[0])


def split(figures: Figures) -> tuple[int, int]:
    """Linked and other time in hundredths of an hour that add up to the tracked time as printed."""
    return figures.linked_hundredths, figures.other_hundredths


def _parts(section: str, parts: list[int], total: int) -> list[int]:
    """The parts; raises PartsDoNotAddUp where they are not `total`."""
    if sum(parts) != total:
        raise PartsDoNotAddUp(section)
    return parts
