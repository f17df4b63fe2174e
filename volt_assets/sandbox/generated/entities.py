"""The Fibery side of the generated company, once the time is booked: what was planned and done, how far it is."""

import random
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from volt_assets.sandbox.company import Entity, Event, FiberyWorkspace
from volt_assets.sandbox.company.databases import FINISHED, NOT_STARTED, STARTED, Database
from volt_assets.sandbox.company.platform import add_user
from volt_assets.sandbox.generated import story
from volt_assets.sandbox.generated.databases import tidewater
from volt_assets.sandbox.generated.items import FIRST_NUMBER, SHARED_NUMBER, Item

_DAY = timedelta(days=1)
_HOUR = 3600
# Projects and epics are that much older than the first week.
_BEFORE = timedelta(weeks=10)


def fibery_workspace(rng: random.Random, items: list[Item], first_monday: date, until: date) -> FiberyWorkspace:
    """The company's Fibery as of the end of `until`. `items` hold the time booked; parents precede their parts."""
    return _Entities(rng, items, first_monday, until).workspace


class _Entities:
    def __init__(self, rng: random.Random, items: list[Item], first_monday: date, until: date):
        self.random = rng
        self.items = items
        self.first_monday = first_monday
        self.until = until
        self.workspace, self.databases = tidewater()
        self.history: list[Event] = []
        self.workspace.history = self.history
        self.users: dict[str, Entity] = {}
        self.made: dict[int, Entity] = {}
        for member in story.MEMBERS:
            active = member.key != story.DEACTIVATED
            self.users[member.key] = add_user(
                self.workspace, member.name, member.email, active=active, role=member.role
            )
        self.projects = self.add_projects()
        self.epics = self.add_epics()
        self.sprints = self.add_sprints()
        self.releases = self.add_releases()
        self.forgotten = self.busiest_of_late()
        # A parent comes before its parts, as the plan does.
        for item in items:
            self.made[id(item)] = self.add(item)
        self.history.sort(key=lambda event: event.at)

    def busiest_of_late(self) -> Item:
        """The unfinished task with most time in the last ten days."""
        since = int(datetime.combine(self.until - 10 * _DAY, time(), UTC).timestamp())
        tasks = [item for item in self.items if item.kind == "Scrum/Task" and item.last_day >= self.until]
        return max(tasks, key=lambda item: sum(stop - start for start, stop in item.intervals if start >= since))

    def add_projects(self) -> dict[str, Entity]:
        projects = {}
        for number, (name, (client, _)) in enumerate(story.PROJECTS.items(), start=1):
            values: dict[str, Any] = {"Toggl Project Id": str(7_000_000_000 + number)}
            projects[name] = self.databases["Project management/Project"].add(
                number,
                name,
                created=_instant(self.first_monday - _BEFORE, 8),
                description=("description", f"For {client}." if client else "Our own."),
                **values,
            )
        return projects

    def add_epics(self) -> dict[str, Entity]:
        return {
            name: self.databases["Scrum/Epic"].add(
                number,
                name,
                created=_instant(self.first_monday - _BEFORE, 9),
                state="In progress",
                description=("Description", about),
                author=self.users["priya"],
            )
            for number, (name, about) in enumerate(story.EPICS.items(), start=1)
        }

    def add_sprints(self) -> list[tuple[date, Entity]]:
        sprints = []
        for number in range(-2, (self.until - self.first_monday).days // 14 + 2):
            start = self.first_monday + timedelta(weeks=2 * number)
            dates = {"start": start.isoformat(), "end": (start + timedelta(weeks=2)).isoformat()}
            values: dict[str, Any] = {"#": number + 40, "Planned dates": dates}
            entity = self.databases["Scrum/Sprint"].add(
                number + 40,
                f"Sprint {number + 40}, {start.isoformat()}",
                created=_instant(start - 3 * _DAY, 9),
                **values,
            )
            sprints.append((start, entity))
        return sprints

    def add_releases(self) -> list[Entity]:
        """Their last number is the shared one: no description refers to a Release, whatever its tags."""
        first = SHARED_NUMBER + 1 - len(story.RELEASES)
        releases = []
        for index, name in enumerate(story.RELEASES):
            begin = self.first_monday + timedelta(weeks=3 * index)
            values: dict[str, Any] = {
                "Planned Release Date": (begin + timedelta(weeks=3)).isoformat(),
                "Project": self.projects[story.MOORINGS],
            }
            state = "Done" if index < 2 else "In progress" if index == 2 else "To do"
            release = self.databases["Scrum/Release"].add(
                first + index, name, created=_instant(begin - timedelta(weeks=1), 9), state=state, **values
            )
            releases.append(release)
        return releases

    def add(self, item: Item) -> Entity:
        database = self.databases[item.kind]
        worked = sorted(item.intervals)
        stage = self.stage(item, bool(worked))
        begun = worked[0][0] if worked else None
        ended = None
        if stage == FINISHED:
            # Time booked much later is time on something closed.
            closing = int(datetime.combine(item.last_day, time(15, 30), UTC).timestamp())
            ended = max((stop for _, stop in worked if stop <= closing + 3 * 24 * _HOUR), default=closing)
        created = _instant(
            min(item.first_day - timedelta(days=self.random.randrange(2, 9)), self.until), 8 + item.number % 9
        )
        last_touch = ended or (worked[-1][1] if worked else None)
        entity = database.add(
            item.number,
            item.title,
            created=created,
            modified=max(created, _utc(last_touch)) if last_touch else created,
            state=self.state(database, stage, item),
            description=self.description(database, item),
            assignees=self.assignees(database, item),
            author=self.users["priya"],
            **self.values(database, item, begun, ended),
        )
        self.add_comments(database, entity, item, created)
        self.add_history(database, entity, begun, ended)
        return entity

    def stage(self, item: Item, worked: bool) -> str:
        """How far it is. One deliberate untruth: the busiest task of the last days is still open."""
        if item is self.forgotten:
            return NOT_STARTED
        if item.last_day < self.until:
            return FINISHED
        return STARTED if worked or item.first_day <= self.until else NOT_STARTED

    def state(self, database: Database, stage: str, item: Item) -> str | None:
        names = [name for name, state in database.states.items() if state.values["workflow/Type"] == stage]
        if not names:
            return None
        # Finished work is rarely cancelled.
        if stage == FINISHED:
            return names[-1] if item.number % 17 == 0 else names[0]
        return names[item.number % len(names)]

    def description(self, database: Database, item: Item) -> tuple[str, str] | None:
        """(field, Markdown); about one in seven has none."""
        field_name = next((name for name in ("Description", "description") if database.has(name)), None)
        if field_name is None or (item.number % 7 == 3 and not item.about):
            return None
        if item.about:
            return field_name, item.about
        if item.kind in ("Scrum/Bug", "Scrum/Sub-bug", "Scrum/Hotfix"):
            return (
                field_name,
                f"{self.random.choice(story.CAUSES)}\n\n**Expected:** {self.random.choice(story.CRITERIA)}",
            )
        criteria = "\n".join(f"- {criterion}" for criterion in self.random.sample(story.CRITERIA, 2))
        part_of = f"Part of **{item.parent.title}**.\n\n" if item.parent else ""
        return field_name, f"{part_of}### Done when\n{criteria}"

    def assignees(self, database: Database, item: Item) -> list[Entity]:
        if not database.has("assignments/assignees") or (item.kind == "Scrum/Bug" and item.number % 11 == 0):
            return []
        return [self.users[key] for key in item.people]

    def values(self, database: Database, item: Item, begun: int | None, ended: int | None) -> dict[str, Any]:
        """Every field that the database has and this item can fill."""
        hours = self.estimate(item, ended is not None)
        late = timedelta(days=self.random.randrange(-3, 5))
        planned_end = (item.last_day - late).isoformat()
        known: dict[str, Any] = {
            "Priority": ("Low", "Normal", "Normal", "High", "Urgent")[item.number % 5],
            "Severity": ("Minor", "Major", "Major", "Critical", None)[item.number % 5],
            "Appetite": ("Two weeks", "Four weeks", "Six weeks")[item.number % 3],
            "State": ("Draft", "Sent for review", "Approved")[item.number % 3],
            "#": item.number,
            "Estimated BE weeks": 2 + item.number % 4,
            "Original Estimate (Days)": 5 + item.number % 6,
            "Estimate (H)": hours,
            "Estimate": None if hours is None else round(hours),
            "Story Points": None if hours is None else (1, 2, 3, 5, 8)[item.number % 5],
            "Effort (pt)": None if hours is None else (1, 2, 3, 5, 8)[item.number % 5],
        }
        known |= self.dates(item, planned_end, begun, ended) | self.related(item)
        return {name: value for name, value in known.items() if database.has(name) and not database.is_computed(name)}

    def dates(self, item: Item, planned_end: str, begun: int | None, ended: int | None) -> dict[str, str | None]:
        """What was planned and what became of it, by each of the names that databases have for it."""
        started, completed = (_utc(begun) if begun else None), (_utc(ended) if ended else None)
        ended_day = completed[:10] if completed else None
        first_day = item.first_day.isoformat()
        dates = {
            "Planned Start": first_day,
            "Planned End": planned_end,
            "Started Date": started,
            "Completion Date": completed,
            "Completed Date": completed,
            "Dev Planned Start Date": first_day,
            "Dev Planned End Date": planned_end,
            "Dev Actual Start Date": started,
            "Dev Actual End Date": ended_day,
            "Planned Start Date": _instant(item.first_day, 9),
            "Planned End Date": planned_end,
            "Actual Start Date": started,
            "Actual Ready for Dev Date": ended_day,
            "Request date": first_day,
            "Planned Release Date": planned_end,
            "Due date": item.last_day.isoformat(),
        }
        if item.kind == "Scrum/Build":
            dates["Actual Release Date"] = ended_day
        if item.kind == "Product Management/Request":
            dates["Actual Release Date"] = completed
        return dates

    def related(self, item: Item) -> dict[str, Entity | None]:
        """The entities that it points to."""
        related: dict[str, Entity | None] = {
            "Project": self.projects[item.project],
            "Sprint": next((entity for start, entity in reversed(self.sprints) if start <= item.first_day), None),
            "QA Assignee": self.users["ania"],
        }
        if item.kind == "Scrum/Build":
            related["Release"] = self.releases[(item.number - FIRST_NUMBER["Scrum/Build"]) // 4]
        if item.kind == "Scrum/Feature":
            epic = next(feature.epic for feature in story.FEATURES if feature.name == item.title)
            related["Epic"] = self.epics[epic]
        if item.parent is not None:
            parent = self.made[id(item.parent)]
            related[parent.type.split("/")[1]] = parent
        return related

    def estimate(self, item: Item, finished: bool) -> float | None:
        """Hours, in halves. One in eight has none; what is finished was estimated well or not so well."""
        if item.number % 8 == 5:
            return None
        actual = item.seconds / _HOUR
        factor = self.random.uniform(0.7, 1.35) if finished else self.random.uniform(0.9, 2.2)
        return max(1.0, round(2 * actual * factor) / 2) if actual else float(self.random.choice((4, 6, 8, 12, 16)))

    def add_comments(self, database: Database, entity: Entity, item: Item, created: str) -> None:
        """Up to four, between the item's creation and the end."""
        if not database.has("comments/comments"):
            return
        first = max(date.fromisoformat(created[:10]), item.first_day)
        for index in range(self.random.choice((0, 0, 1, 1, 2, 4))):
            day = first + timedelta(days=2 * index + 1)
            if day > self.until:
                return
            author = self.users[self.random.choice([*item.people, "priya", "ania"])]
            database.comment(entity, author, _instant(day, 10 + index), self.random.choice(story.COMMENTS))

    def add_history(self, database: Database, entity: Entity, begun: int | None, ended: int | None) -> None:
        """Its states over time: started with its first entry, finished at its end."""
        by_kind = {state.values["workflow/Type"]: name for name, state in reversed(database.states.items())}
        if not {NOT_STARTED, STARTED} <= by_kind.keys():
            return
        now = entity.values["workflow/state"]
        name, kind = now.values["enum/name"], now.values["workflow/Type"]
        if begun is not None and kind != NOT_STARTED:
            after = name if kind == STARTED else by_kind[STARTED]
            self.history.append(Event(begun, entity, "State", by_kind[NOT_STARTED], after))
        if ended is not None and kind == FINISHED:
            self.history.append(Event(ended, entity, "State", by_kind[STARTED], name))


def _instant(day: date, hour: int) -> str:
    return f"{day.isoformat()}T{hour:02}:00:00.000Z"


def _utc(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
