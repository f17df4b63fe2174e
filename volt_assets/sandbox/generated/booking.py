"""The generated company: twelve people, twelve weeks of work that end with the week of a given day.

A function of (seed, until): the same two give the same bytes. `story.py` has the names and titles,
`generated_schema.py` the databases and `generated_entities.py` their rows; here is decided who works on what and when,
and by construction each awkward case that Volt must handle:

- in every week, people at UTC-8, +9 and +13 have entries within two hours before, over and after both its edges in UTC;
- one entry a week crosses its owner's midnight; entries lie across the latest spring and autumn clock changes of Europe
  and the United States up to `until`, in the weeks of those Sundays, which hold nothing else where they are not among
  the twelve (but the week before them has the Far East's first Monday morning, which is Sunday in UTC);
- Task, Bug and Build 412 have time in the same weeks (and there is a Release 412, which no label means);
- every week has time without a link, with a loose id, with two ids, on an entity that is gone, on labels that are not
  names and on one that fits no type, a zero-second entry and two that overlap; two timers of the last days still run;
- one person left after nine weeks and is deactivated; two people share a name.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from volt_assets.sandbox.company import Company, Person, Project, TogglWorkspace
from volt_assets.sandbox.generated import story
from volt_assets.sandbox.generated.entities import fibery_workspace
from volt_assets.sandbox.generated.items import FIRST_NUMBER, SHARED_NUMBER, TAGS, Item

WEEKS = 12
_DAY = timedelta(days=1)
_HOUR, _MINUTE = 3600, 60
# The week, counted from 0, in whose end the deactivated person left.
_LAST_WEEK_OF_DEACTIVATED = 8
# Around a week's edge, in minutes: (start, length). The middle one crosses it, and belongs to the week before.
_AROUND_THE_EDGE = ((-115, 60), (-30, 75), (60, 55))
_AT_THE_EDGE = ("grace", "hana", "sione")
_CLOCK_CHANGES = (("tom", "Europe/Berlin"), ("maya", "America/New_York"))


@dataclass
class _Booking:
    """A time entry before it gets its id."""

    member: str
    start: int
    stop: int | None
    text: str | None
    project: str | None
    tags: tuple[str, ...] = ()


def generated_company(*, seed: int = 1, until: date | None = None) -> Company:
    """The company as of the end of `until` (default: today in UTC)."""
    return _Generator(seed, until or datetime.now(UTC).date()).company()


class _Generator:
    def __init__(self, seed: int, until: date):
        self.random = random.Random(seed)
        self.until = until
        self.first_monday = until - timedelta(days=until.weekday(), weeks=WEEKS - 1)
        # The day after the deactivated person's last week.
        self.left = self.first_monday + timedelta(weeks=_LAST_WEEK_OF_DEACTIVATED + 1)
        self.members = {member.key: member for member in story.MEMBERS}
        self.zones = {member.key: ZoneInfo(member.timezone) for member in story.MEMBERS}
        self.items: list[Item] = []
        self.bookings: list[_Booking] = []
        self.busy: dict[str, list[tuple[int, int]]] = {key: [] for key in self.members}

    def company(self) -> Company:
        self.plan()
        self.book_cases()
        self.book_clock_changes()
        for member in story.MEMBERS:
            for day in self.days():
                if day.weekday() < 5:
                    self.book_day(member.key, day)
        toggl = self.toggl_workspace()
        return Company(toggl, fibery_workspace(self.random, self.items, self.first_monday, self.until))

    # Time

    def weeks(self) -> Iterator[tuple[int, date]]:
        for number in range(WEEKS):
            yield number, self.first_monday + timedelta(weeks=number)

    def days(self) -> Iterator[date]:
        for number in range((self.until - self.first_monday).days + 1):
            yield self.first_monday + timedelta(days=number)

    def at(self, member: str, day: date, hour: int, minute: int = 0, *, fold: int = 0) -> int:
        """The instant of a wall time at a person's."""
        return int(datetime.combine(day, time(hour, minute, fold=fold), self.zones[member]).timestamp())

    def by_the_end(self, member: str, instant: int) -> bool:
        """Whether it is not after `until`, where the person lives."""
        return datetime.fromtimestamp(instant, self.zones[member]).date() <= self.until

    # What there is to do

    def plan(self) -> None:
        """All work items with their planned days and people. A project's features follow each other to the end and a
        little beyond, so that everybody has something to do in every week.
        """
        for project in story.PROJECTS:
            features = [feature for feature in story.FEATURES if feature.project == project]
            span = WEEKS * 7 // len(features)
            for index, feature_story in enumerate(features):
                begin = self.first_monday + timedelta(days=index * span - 7 + self.random.randrange(-3, 4))
                self.plan_feature(feature_story, begin, span, last=index == len(features) - 1)
        tasks = [item for item in self.items if item.kind == "Scrum/Task"]
        for kind, titles in (("Scrum/Sub-bug", story.SUB_BUGS), ("Scrum/Sub-task", story.SUB_TASKS)):
            for index, title in enumerate(titles):
                task = tasks[4 * index + (kind == "Scrum/Sub-task")]
                part = self.item(kind, title, task.project, task.people, task.first_day + 3 * _DAY, 7)
                part.parent = task
        self.plan_the_rest()

    def plan_feature(self, feature_story: story.FeatureStory, begin: date, span: int, *, last: bool) -> None:
        """Its four tasks start one after another over `span` days and overlap; bugs turn up from the middle on.
        Of a project's last feature two tasks are still being worked on in the end, and the fourth is still to come.
        """
        project = feature_story.project
        feature = self.item(
            "Scrum/Feature", feature_story.name, project, self.team(project, begin)[:2], begin, span + 7
        )
        feature.about = feature_story.about
        for step, title in enumerate(feature_story.tasks):
            start = begin + timedelta(days=step * span // 4 + self.random.randrange(3))
            days = span // 4 + self.random.choice((7, 9, 12))
            if last and step == 3:
                start = self.until + timedelta(days=self.random.randrange(2, 12))
            elif last and step > 0:
                days = (self.until - start).days + self.random.randrange(2, 14)
            people = self.team(project, start)[: self.random.choice((1, 2))]
            task = self.item("Scrum/Task", title, project, people, start, days)
            task.parent = feature
        for step, title in enumerate(feature_story.bugs):
            start = begin + timedelta(days=(step + 2) * span // 4 + self.random.randrange(5))
            bug = self.item("Scrum/Bug", title, project, self.team(project, start)[:1], start, 9)
            bug.parent = feature

    def team(self, project: str, day: date) -> list[str]:
        """Who works on a project that day, those with the fewest items of it first."""
        keys = [member.key for member in story.MEMBERS if project in member.works_on]
        if day >= self.left - timedelta(weeks=2) and story.DEACTIVATED in keys:
            keys.remove(story.DEACTIVATED)
        load = {key: sum(item.project == project and key in item.people for item in self.items) for key in keys}
        return sorted(keys, key=load.__getitem__)

    def plan_the_rest(self) -> None:
        designer, tester, manager = ["anna"], ["ania"], ["priya"]
        everybody = list(self.members)
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
                self.item(kind, title, project, people if people is not everybody else [everybody[index]], start, days)
        for edge in range(WEEKS + 1):
            monday = self.first_monday + timedelta(weeks=edge)
            year, week, _ = monday.isocalendar()
            self.item(
                "Scrum/Build", f"Moorings {year}.{week:02}", story.MOORINGS, list(_AT_THE_EDGE), monday - 3 * _DAY, 4
            )
        night = self.item("Scrum/Task", "Night watch", story.INTERNAL, ["maya", "tom"], self.until - 400 * _DAY, 460)
        night.about = "Somebody is awake when the clocks change and when the database is upgraded."
        self.night_watch = night

    def item(self, kind: str, title: str, project: str, people: list[str], start: date, days: int) -> Item:
        number = FIRST_NUMBER[kind] + sum(item.kind == kind for item in self.items)
        item = Item(kind, number, title, project, people, start, start + timedelta(days=days))
        self.items.append(item)
        return item

    def find(self, kind: str, number: int) -> Item:
        return next(item for item in self.items if item.kind == kind and item.number == number)

    # Booking time

    def book(
        self,
        member: str,
        start: int,
        seconds: int,
        what: Item | str | None,
        project: str | None = None,
        tags: tuple[str, ...] = (),
    ) -> None:
        """An entry, unless it starts after the end or the person has left. `what` is a work item or a description."""
        if not self.by_the_end(member, start) or (
            member == story.DEACTIVATED and start >= self.at(member, self.left, 0)
        ):
            return
        if isinstance(what, Item):
            what.intervals.append((start, start + seconds))
            self.bookings.append(_Booking(member, start, start + seconds, what.description, what.project, tags))
        else:
            self.bookings.append(_Booking(member, start, start + seconds, what, project, tags))

    def reserve(
        self, member: str, start: int, seconds: int, what: Item | str | None, project: str | None = None
    ) -> None:
        """An entry that the ordinary day is arranged around."""
        self.busy[member].append((start, start + seconds))
        self.book(member, start, seconds, what, project)

    def book_day(self, member: str, day: date) -> None:
        """An ordinary working day: the stand-up, then work in pieces with a lunch break."""
        rng = self.random
        if rng.random() < 0.04:
            return
        now = self.at(member, day, 8, 45) + rng.randrange(35) * _MINUTE
        noon, end = self.at(member, day, 12), self.at(member, day, 17) + rng.randrange(50) * _MINUTE
        if member not in _AT_THE_EDGE:
            self.reserve(member, now, 15 * _MINUTE, "Daily stand-up", story.INTERNAL)
            now += 15 * _MINUTE
        today = self.work_of(member, day)
        lunch = False
        while now < end:
            if not lunch and now >= noon:
                lunch, now = True, now + rng.randrange(30, 55) * _MINUTE
            length = rng.choice((30, 45, 60, 75, 90, 105, 120)) * _MINUTE + rng.randrange(60)
            clash = next((b for b in self.busy[member] if b[0] < now + length and now < b[1]), None)
            if clash and clash[0] - now < 10 * _MINUTE:
                now = clash[1]
                continue
            if clash:
                length = clash[0] - now
            if today and rng.random() < 0.78:
                self.book(member, now, length, rng.choice(today), tags=("review",) if rng.random() < 0.06 else ())
            else:
                text, project = rng.choice(story.UNLINKED)
                self.book(
                    member, now, min(length, _HOUR), text or None, project, ("meeting",) if "Call" in text else ()
                )
                length = min(length, _HOUR)
            now += length + rng.randrange(9) * _MINUTE

    def work_of(self, member: str, day: date) -> list[Item]:
        """Up to three items of one's own for the day; who has fewer helps with others' in the same projects."""
        open_items = [item for item in self.items if self.open_on(item, day)]
        own = [item for item in open_items if member in item.people]
        projects = self.members[member].works_on
        others = [item for item in open_items if member not in item.people and item.kind.startswith("Scrum/")]
        theirs = [item for item in others if item.project in projects]
        help_with = self.random.sample(theirs, min(len(theirs), max(0, 3 - len(own))))
        return self.random.sample(own, min(len(own), 3)) + help_with

    def open_on(self, item: Item, day: date) -> bool:
        """Whether people would work on it that day. Builds have their own days, and the night watch its nights."""
        special = item.kind == "Scrum/Build" or item is self.night_watch
        return not special and item.first_day <= day <= item.last_day

    def book_cases(self) -> None:
        """The awkward cases of every week (see the module's text)."""
        for number in range(WEEKS + 1):
            monday = self.first_monday + timedelta(weeks=number)
            edge = int(datetime.combine(monday, time(), UTC).timestamp())
            build = self.find("Scrum/Build", FIRST_NUMBER["Scrum/Build"] + number)
            for member in _AT_THE_EDGE:
                for start, length in _AROUND_THE_EDGE:
                    self.reserve(member, edge + start * _MINUTE, length * _MINUTE, build)
        for number, monday in self.weeks():
            self.book_odd_descriptions(number, monday)
            tuesday, wednesday, thursday = monday + _DAY, monday + 2 * _DAY, monday + 3 * _DAY
            self.reserve("maya", self.at("maya", wednesday, 22, 40), 2 * _HOUR + 10 * _MINUTE, self.night_watch)
            self.book("elena", self.at("elena", tuesday, 11), 0, self.find("Scrum/Task", 404))
            call = self.at("daniel", thursday, 14)
            self.reserve("daniel", call, 90 * _MINUTE, "Call with Meridian Freight", story.MANIFEST)
            self.book("daniel", call + 30 * _MINUTE, 40 * _MINUTE, self.find("Scrum/Task", 413))
            if number >= WEEKS - 4:
                for step, kind in enumerate(("Scrum/Task", "Scrum/Bug", "Scrum/Build")):
                    start = self.at("tom", tuesday, 7) + step * 20 * _MINUTE
                    self.reserve("tom", start, 20 * _MINUTE, self.find(kind, SHARED_NUMBER))
            if number == WEEKS - 5:
                self.book(
                    "lucas", self.at("lucas", monday, 17, 30), 11 * _HOUR + 30 * _MINUTE, self.find("Scrum/Task", 408)
                )
            if number == WEEKS - 3:
                for _ in range(2):
                    self.book(
                        "priya", self.at("priya", wednesday, 18), _HOUR, "Call with the harbour office", story.MOORINGS
                    )
        self.book_running()

    def book_odd_descriptions(self, number: int, monday: date) -> None:
        """What people type, and what a link made of a title loses."""
        known, tags = self.find("Scrum/Task", 418), TAGS["Scrum/Task"]
        every_week = (
            ("nora", f"Pairing on #{known.number} with Tom", story.MOORINGS),
            ("daniel", f"Merge #397 into {known.description}", story.MANIFEST),
            ("sione", f"Old import script #9999 {tags} [{story.MANIFEST}]", story.MANIFEST),
            ("priya", f"Autumn newsletter #12 [Marketing] [Campaign] [{story.INTERNAL}]", story.INTERNAL),
            ("grace", self.find("To-dos/To-do", 310), None),
            ("anna", self.find("Design/Design Feature", 44), None),
            ("anna", self.find("Design/Work Version", 31), None),
            ("anna", self.find("Design/Old Work Version", 31), None),
            ("priya", self.find("Product Management/Request", 139), None),
            ("maya", self.find("Scrum/Chore", 21), None),
        )
        in_turn = (
            ("tom", "Berth map", story.MOORINGS),
            ("tom", f"#{known.number}", story.MOORINGS),
            ("elena", f"Fix [x] and [ ] boxes #{402} {tags} [{story.MOORINGS}]", story.MOORINGS),
            ("elena", f"Map ⚓  twice  as quick   #0{402} {tags} [{story.MOORINGS}]  ", story.MOORINGS),
            ("hana", f"Ferry #3 is late, see C#7 notes #447 {tags} [{story.PILOT}]", story.PILOT),
            ("maya", f"Image cache #443 {tags} [{story.INTERNAL}] [urgent]", story.INTERNAL),
            ("daniel", "Import R", story.MANIFEST),
            ("grace", '<b>Support</b> & "questions"\nsecond line | with a bar', story.INTERNAL),
            (
                "ania",
                f"Нет полей Stage на карте причалов #1112 {TAGS['Scrum/Sub-bug']} [{story.MOORINGS}]",
                story.MOORINGS,
            ),
            ("nora", "Board pack #14 [Finance]", story.INTERNAL),
            ("sione", f"Without a project #418 {tags} []", None),
            ("hana", None, None),
        )
        chosen = [*every_week, *(in_turn[(4 * number + step) % len(in_turn)] for step in range(4))]
        for step, (member, what, project) in enumerate(chosen):
            start = self.at(member, monday + timedelta(days=1 + step % 4), 15 + step % 3, 7 * step % 60)
            self.reserve(member, start, (12 + 3 * (step % 5)) * _MINUTE + step, what, project)

    def book_clock_changes(self) -> None:
        """Over the night of each zone's latest two changes: an entry across midnight and the change, and one after it,
        which in autumn starts in the hour that comes twice.
        """
        for member, zone in _CLOCK_CHANGES:
            for change in _latest_changes(ZoneInfo(zone), self.until):
                saturday = datetime.fromtimestamp(change, self.zones[member]).date() - _DAY
                start = self.at(member, saturday, 23, 30)
                self.book(member, start, change + 10 * _MINUTE - start, self.night_watch)
                self.book(member, change + 10 * _MINUTE, 50 * _MINUTE, self.night_watch)

    def book_running(self) -> None:
        """Two timers that nobody has stopped: one of today, one forgotten some days ago."""
        for member, day, what in (
            ("tom", self.until, None),
            ("elena", self.until - 4 * _DAY, self.find("Scrum/Task", 404)),
        ):
            text = what.description if what else "Berth map"
            self.bookings.append(_Booking(member, self.at(member, day, 18, 30), None, text, story.MOORINGS))

    # Both workspaces

    def toggl_workspace(self) -> TogglWorkspace:
        workspace = TogglWorkspace(name="Tidewater")
        people: dict[str, Person] = {}
        for member in story.MEMBERS:
            people[member.key] = workspace.add_person(
                member.name, member.email, member.timezone, active=member.key != story.DEACTIVATED
            )
        clients = {name: workspace.add_client(name) for name, _ in story.PROJECTS.values() if name}
        projects: dict[str | None, Project] = {}
        for name, (client, color) in story.PROJECTS.items():
            projects[name] = workspace.add_project(name, client=clients.get(client or ""), color=color)
        workspace.add_project("Old website", active=False)
        tags = {name: workspace.add_tag(name) for name in ("meeting", "review")}
        for booking in sorted(self.bookings, key=lambda b: (b.start, b.member, b.stop or 0, b.text or "")):
            # Most are left as they were stopped; some are corrected in the evening.
            at = (booking.stop or booking.start) + (4 * _HOUR if self.random.random() < 0.08 else 0)
            workspace.add_entry(
                people[booking.member],
                booking.start,
                booking.stop,
                booking.text,
                project=projects.get(booking.project),
                tag_ids=[tags[name] for name in booking.tags],
                billable=booking.project in (story.MOORINGS, story.MANIFEST, story.PILOT),
                at=at,
            )
        workspace.clock = max(entry.at for entry in workspace.entries.values())
        return workspace


def _latest_changes(zone: ZoneInfo, until: date) -> list[int]:
    """The instants of the latest two changes of a zone's clock on days up to `until`, oldest first."""
    changes: list[int] = []
    day = until
    while len(changes) < 2:
        midnight = datetime.combine(day, time(), zone)
        following = datetime.combine(day + _DAY, time(), zone)
        if midnight.utcoffset() != following.utcoffset():
            hours = range(int(midnight.timestamp()), int(following.timestamp()) + 1, _HOUR)
            offsets = [datetime.fromtimestamp(hour, zone).utcoffset() for hour in hours]
            changes.insert(0, next(hour for hour, offset in zip(hours, offsets, strict=True) if offset != offsets[0]))
        day -= _DAY
    return changes
