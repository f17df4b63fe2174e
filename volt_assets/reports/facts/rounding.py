"""A report's times as they are printed: rounded once, so that rows add up and a sentence prints what the table does.

Whatever prints a part of a whole (Markdown, pages, sentences, the check of sums) takes it from here.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import get_args

from volt_assets.formatting import hundredths, percentages
from volt_assets.reports.facts.models import Figures, IndividualFacts, TeamFacts, Verdict


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
        return printed_parts("Work items", [entity.seconds for entity in self.facts.entities], self.split[0])

    @cached_property
    def by_item(self) -> dict[tuple[str, str], int]:
        """The same by type and number."""
        return {
            (entity.type, entity.public_id): part for entity, part in zip(self.facts.entities, self.items, strict=True)
        }

    @cached_property
    def projects(self) -> list[tuple[int, str]]:
        """Hours and share of each: (1200, "32%")."""
        seconds = [project.seconds for project in self.facts.projects]
        return list(zip(printed_parts("Projects", seconds, sum(self.split)), percentages(seconds), strict=True))

    @cached_property
    def types(self) -> list[tuple[int, str]]:
        """Hours and share of each type of work item, and of what is on none."""
        seconds = [each.seconds for each in self.facts.types]
        return list(zip(printed_parts("Types", seconds, sum(self.split)), percentages(seconds), strict=True))

    @cached_property
    def activities(self) -> list[int]:
        """A person's other activities."""
        activities = self.facts.other_activities if isinstance(self.facts, IndividualFacts) else []
        return printed_parts("Other activities", [each.seconds for each in activities], self.split[1])

    @cached_property
    def days(self) -> list[int]:
        """A person's days; none where the period is too long for them to be listed."""
        days = self.facts.days if isinstance(self.facts, IndividualFacts) else []
        return printed_parts("Hours by day", [each.seconds for each in days], sum(self.split)) if days else []

    @cached_property
    def verdicts(self) -> dict[Verdict, int]:
        """The linked time by verdict; of verdicts on items without time, nothing."""
        seconds: dict[Verdict, int] = defaultdict(int)
        for each in self.facts.alignment:
            if each.seconds and each.verdict not in ("idle", "open"):
                seconds[each.verdict] += each.seconds
        in_order = [verdict for verdict in get_args(Verdict) if verdict in seconds]
        if not in_order:
            return {}
        parts = printed_parts("Alignment with Fibery", [seconds[verdict] for verdict in in_order], self.split[0])
        return dict(zip(in_order, parts, strict=True))

    @cached_property
    def people(self) -> list[tuple[int, int]]:
        """Linked and other time of each of the team's people."""
        people = self.facts.people if isinstance(self.facts, TeamFacts) else []
        linked = printed_parts("People", [person.figures.linked_seconds for person in people], self.split[0])
        other = printed_parts("People", [person.figures.other_seconds for person in people], self.split[1])
        return list(zip(linked, other, strict=True))

    @cached_property
    def people_before(self) -> list[int] | None:
        """The period before: each of the team's people, and at the end those without time now; None: unknown."""
        if not isinstance(self.facts, TeamFacts) or self.facts.before.figures is None:
            return None
        seconds = [person.tracked_seconds_before or 0 for person in self.facts.people]
        return hundredths([*seconds, self.facts.absent_seconds_before or 0])

    @cached_property
    def outcomes(self) -> list[int]:
        """The team's linked time by how the lookups ended."""
        outcomes = self.facts.outcomes if isinstance(self.facts, TeamFacts) else []
        return printed_parts("Lookups in Fibery", [each.seconds for each in outcomes], self.split[0])


def split(figures: Figures) -> tuple[int, int]:
    """Linked and other time in hundredths of an hour that add up to the tracked time as printed."""
    linked, other = hundredths([figures.linked_seconds, figures.other_seconds])
    return linked, other


def printed_parts(section: str, seconds: Sequence[int], total: int) -> list[int]:
    """Seconds as hundredths of an hour that add up to `total`; raises PartsDoNotAddUp where they cannot."""
    try:
        return hundredths(seconds, total)
    except ValueError:
        raise PartsDoNotAddUp(section) from None
