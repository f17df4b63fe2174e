"""What there is to do at the generated company: its work items with their planned days and people."""

import random
from collections.abc import Iterator
from datetime import date, timedelta

from volt_assets.sandbox.generated import story
from volt_assets.sandbox.generated.items import FIRST_NUMBER, Item

WEEKS = 12
# They meet at the edge of each week (in UTC), over a Build.
AT_THE_EDGE = ("grace", "hana", "sione")
_DAY = timedelta(days=1)
# The week, counted from 0, in whose end the deactivated person left.
_LAST_WEEK_OF_DEACTIVATED = 8


class Plan:
    """All work items of the twelve weeks that end with the week of `until`.

    A project's features follow each other to the end and a little beyond, so that everybody has something to do in
    every week.
    """

    def __init__(self, rng: random.Random, until: date):
        self.random = rng
        self.until = until
        self.first_monday = until - timedelta(days=until.weekday(), weeks=WEEKS - 1)
        # The day after the deactivated person's last week.
        self.left = self.first_monday + timedelta(weeks=_LAST_WEEK_OF_DEACTIVATED + 1)
        self.items: list[Item] = []
        for project in story.PROJECTS:
            self._plan_project(project)
        self._plan_parts()
        self._plan_the_rest()
        self._plan_builds()
        self.night_watch = self._add(
            "Scrum/Task", "Night watch", story.INTERNAL, ["maya", "tom"], until - 400 * _DAY, 460
        )
        self.night_watch.about = "Somebody is awake when the clocks change and when the database is upgraded."

    def weeks(self) -> Iterator[tuple[int, date]]:
        for number in range(WEEKS):
            yield number, self.first_monday + timedelta(weeks=number)

    def days(self) -> Iterator[date]:
        for number in range((self.until - self.first_monday).days + 1):
            yield self.first_monday + timedelta(days=number)

    def find(self, kind: str, number: int) -> Item:
        return next(item for item in self.items if item.kind == kind and item.number == number)

    def open_on(self, item: Item, day: date) -> bool:
        """Whether people would work on it that day. Builds have their own days, and the night watch its nights."""
        special = item.kind == "Scrum/Build" or item is self.night_watch
        return not special and item.first_day <= day <= item.last_day

    def _plan_project(self, project: str) -> None:
        features = [feature for feature in story.FEATURES if feature.project == project]
        span = WEEKS * 7 // len(features)
        for index, feature_story in enumerate(features):
            begin = self.first_monday + timedelta(days=index * span - 7 + self.random.randrange(-3, 4))
            self._plan_feature(feature_story, begin, span, last=index == len(features) - 1)

    def _plan_feature(self, feature_story: story.FeatureStory, begin: date, span: int, *, last: bool) -> None:
        """Its four tasks start one after another over `span` days and overlap; bugs turn up from the middle on.
        Of a project's last feature two tasks are still being worked on in the end, and the fourth is still to come.
        """
        project = feature_story.project
        feature = self._add(
            "Scrum/Feature", feature_story.name, project, self._team(project, begin)[:2], begin, span + 7
        )
        feature.about = feature_story.about
        for step, title in enumerate(feature_story.tasks):
            start = begin + timedelta(days=step * span // 4 + self.random.randrange(3))
            days = span // 4 + self.random.choice((7, 9, 12))
            if last and step == 3:
                start = self.until + timedelta(days=self.random.randrange(2, 12))
            elif last and step > 0:
                days = (self.until - start).days + self.random.randrange(2, 14)
            people = self._team(project, start)[: self.random.choice((1, 2))]
            task = self._add("Scrum/Task", title, project, people, start, days)
            task.parent = feature
        for step, title in enumerate(feature_story.bugs):
            start = begin + timedelta(days=(step + 2) * span // 4 + self.random.randrange(5))
            bug = self._add("Scrum/Bug", title, project, self._team(project, start)[:1], start, 9)
            bug.parent = feature

    def _team(self, project: str, day: date) -> list[str]:
        """Who works on a project that day, those with the fewest items of it first."""
        keys = [member.key for member in story.MEMBERS if project in member.works_on]
        if day >= self.left - timedelta(weeks=2) and story.DEACTIVATED in keys:
            keys.remove(story.DEACTIVATED)
        load = {key: sum(item.project == project and key in item.people for item in self.items) for key in keys}
        return sorted(keys, key=load.__getitem__)

    def _plan_parts(self) -> None:
        """A sub-bug and a sub-task of some tasks."""
        tasks = [item for item in self.items if item.kind == "Scrum/Task"]
        for kind, titles in (("Scrum/Sub-bug", story.SUB_BUGS), ("Scrum/Sub-task", story.SUB_TASKS)):
            for index, title in enumerate(titles):
                task = tasks[4 * index + (kind == "Scrum/Sub-task")]
                part = self._add(kind, title, task.project, task.people, task.first_day + 3 * _DAY, 7)
                part.parent = task

    def _plan_the_rest(self) -> None:
        designer, tester, manager = ["anna"], ["ania"], ["priya"]
        everybody = [member.key for member in story.MEMBERS]
        groups: tuple[tuple[str, tuple[tuple[str, str], ...], list[str], int], ...] = (
            ("Product Management/Request", story.REQUESTS, manager, 28),
            ("Design/Design Feature", story.DESIGN_FEATURES, designer, 24),
            ("Design/Work Version", story.WORK_VERSIONS, designer, 14),
            ("Design/Old Work Version", story.OLD_WORK_VERSIONS, designer, 14),
            ("QA/Test report", story.TEST_REPORTS, tester, 21),
            ("Scrum/Test coverage", story.TEST_COVERAGE, tester, 35),
            ("Scrum/Hotfix", story.HOTFIXES, ["tom"], 3),
            ("To-dos/To-do", story.TO_DOS, everybody, 14),
            ("Scrum/Chore", story.CHORES, ["maya"], 20),
        )
        for kind, titles, people, days in groups:
            for index, (title, project) in enumerate(titles):
                start = self.first_monday + timedelta(days=7 * WEEKS * index // len(titles) - 3)
                self._add(kind, title, project, people if people is not everybody else [everybody[index]], start, days)

    def _plan_builds(self) -> None:
        for edge in range(WEEKS + 1):
            monday = self.first_monday + timedelta(weeks=edge)
            year, week, _ = monday.isocalendar()
            title = f"Moorings {year}.{week:02}"
            self._add("Scrum/Build", title, story.MOORINGS, list(AT_THE_EDGE), monday - 3 * _DAY, 4)

    def _add(self, kind: str, title: str, project: str, people: list[str], start: date, days: int) -> Item:
        number = FIRST_NUMBER[kind] + sum(item.kind == kind for item in self.items)
        item = Item(kind, number, title, project, people, start, start + timedelta(days=days))
        self.items.append(item)
        return item
