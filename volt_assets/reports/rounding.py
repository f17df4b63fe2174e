"""A report's times as they are printed: rounded once, so that rows add up and a sentence prints what the table does."""

from dataclasses import dataclass
from functools import cached_property

from volt_assets.printing import hundredths, percentages
from volt_assets.reports.facts import Figures, IndividualFacts, TeamFacts


@dataclass(frozen=True)
class PrintedTimes:
    """Times of one report's facts in hundredths of an hour, each list in the facts' order."""

    facts: IndividualFacts | TeamFacts

    @cached_property
    def split(self) -> tuple[int, int]:
        """Linked and other time; their sum is the tracked time."""
        return split(self.facts.figures)

    @cached_property
    def items(self) -> list[int]:
        return hundredths([entity.seconds for entity in self.facts.entities], self.split[0])

    @cached_property
    def projects(self) -> list[tuple[int, str]]:
        """Hours and share of each: (1200, "32%")."""
        seconds = [project.seconds for project in self.facts.projects]
        return list(zip(hundredths(seconds, sum(self.split)), percentages(seconds), strict=True))

    @cached_property
    def people(self) -> list[tuple[int, int]]:
        """Linked and other time of each of the team's people."""
        people = self.facts.people if isinstance(self.facts, TeamFacts) else []
        linked = hundredths([person.figures.linked_seconds for person in people], self.split[0])
        other = hundredths([person.figures.other_seconds for person in people], self.split[1])
        return list(zip(linked, other, strict=True))


def split(figures: Figures) -> tuple[int, int]:
    """Linked and other time in hundredths of an hour that add up to the tracked time as printed."""
    linked, other = hundredths([figures.linked_seconds, figures.other_seconds])
    return linked, other
