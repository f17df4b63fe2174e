"""The generated company's work items while time is booked on them: their numbers, and how people write them."""

from dataclasses import dataclass, field
from datetime import date

# A Task, a Bug, a Build and a Release have this number.
SHARED_NUMBER = 412

# What a type's Toggl formula puts between the id and the project.
TAGS = {
    "Scrum/Task": "[Scrum] [Task]",
    "Scrum/Bug": "[Scrum] [Bug]",
    "Scrum/Sub-bug": "[Scrum] [Sub-bug]",
    "Scrum/Sub-task": "[Scrum] [Sub-task]",
    "Scrum/Feature": "[Scrum] [Feature]",
    "Scrum/Hotfix": "[Scrum] [Hotfix]",
    "Scrum/Test coverage": "[Scrum] [Test coverage]",
    "Scrum/Build": "[Scrum] [Release]",
    "Scrum/Chore": "[Scrum] [Chore]",
    "Product Management/Request": "[Requests] [Request]",
    "Design/Design Feature": "[Design] [Design feature]",
    "Design/Work Version": "[Design] [Work Version]",
    "Design/Old Work Version": "[Design] [Work version]",
    "QA/Test report": "[QA] [Test report]",
    "To-dos/To-do": "[To Do]",
}
# The first public id of each database: counters of their own, which overlap.
FIRST_NUMBER = {
    "Scrum/Task": 401,
    "Scrum/Bug": 396,
    "Scrum/Sub-bug": 1112,
    "Scrum/Sub-task": 233,
    "Scrum/Feature": 61,
    "Scrum/Hotfix": 18,
    "Scrum/Test coverage": 7,
    "Scrum/Build": SHARED_NUMBER - 10,
    "Scrum/Chore": 21,
    "Product Management/Request": 139,
    "Design/Design Feature": 44,
    "Design/Work Version": 31,
    "Design/Old Work Version": 31,
    "QA/Test report": 90,
    "To-dos/To-do": 310,
}


@dataclass
class Item:
    """A work item while time is being booked on it. Days are the planned ones; the people are those assigned."""

    kind: str
    number: int
    title: str
    project: str
    people: list[str]
    first_day: date
    last_day: date
    parent: "Item | None" = None
    about: str = ""
    intervals: list[tuple[int, int]] = field(default_factory=list)

    @property
    def description(self) -> str:
        return f"{self.title} #{self.number} {TAGS[self.kind]} [{self.project}]"

    @property
    def seconds(self) -> int:
        return sum(stop - start for start, stop in self.intervals)
