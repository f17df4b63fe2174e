"""A report's times as they are printed: rounded once, so that rows add up and a sentence prints what the table does."""

from dataclasses import dataclass
from functools import cached_property

from volt_assets.printing import hundredths, number, percentages
from volt_assets.reports.facts import IndividualFacts, TeamFacts


@dataclass(frozen=True)
class PrintedTimes:
    """Times of one report's facts in hundredths of an hour, each list in the facts' order."""

    facts: IndividualFacts | TeamFacts

    @cached_property
    def split(self) -> tuple[int, int]:
        """Linked and other time; their sum is the tracked time."""
        linked, other = hundredths([self.facts.figures.linked_seconds, self.facts.figures.other_seconds])
        return linked, other

    @cached_property
    def items(self) -> list[int]:
        return hundredths([entity.seconds for entity in self.facts.entities], self.split[0])

    @cached_property
    def projects(self) -> list[str]:
        """Hours and share of each: "12.00 h, 32%"."""
        seconds = [project.seconds for project in self.facts.projects]
        parts = zip(hundredths(seconds, sum(self.split)), percentages(seconds), strict=True)
        return [f"{number(part)} h, {share}" for part, share in parts]

    @cached_property
    def people(self) -> list[int]:
        """Of the team's people."""
        people = self.facts.people if isinstance(self.facts, TeamFacts) else []
        linked = hundredths([person.figures.linked_seconds for person in people], self.split[0])
        other = hundredths([person.figures.other_seconds for person in people], self.split[1])
        return [sum(parts) for parts in zip(linked, other, strict=True)]
