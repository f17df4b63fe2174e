"""A report as it is stored and printed: facts, sentences, and what distinguishes its versions."""

from dataclasses import dataclass
from datetime import datetime

from volt_assets.reports.facts.models import Changes, IndividualFacts, TeamFacts
from volt_assets.reports.sentences.models import Prose


@dataclass(frozen=True)
class Report:
    """What Markdown and HTML are made of. `version` is None for a report that has none: only weekly ones do.

    `generated_at` is aware; `changes` is None where there is no earlier version.
    """

    facts: IndividualFacts | TeamFacts
    generated_at: datetime
    version: int | None = None
    prose: Prose = Prose()
    changes: Changes | None = None
