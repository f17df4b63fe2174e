"""The generated company: twelve people, twelve weeks of work that end with the week of a given day.

A function of (seed, until): the same two give the same bytes. `plan.py` has the work items; here is decided who works
on which and when, and by construction each awkward case that Volt must handle:

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
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from volt_assets.sandbox.company import Company, Person, Project, TogglWorkspace
from volt_assets.sandbox.generated import story
from volt_assets.sandbox.generated.entities import fibery_workspace
from volt_assets.sandbox.generated.items import FIRST_NUMBER, SHARED_NUMBER, TAGS, Item
from volt_assets.sandbox.generated.plan import AT_THE_EDGE, WEEKS, Plan

_DAY = timedelta(days=1)
_HOUR, _MINUTE = 3600, 60
# Around a week's edge, in minutes: (start, length). The middle one crosses it, and belongs to the week before.
_AROUND_THE_EDGE = ((-115, 60), (-30, 75), (60, 55))
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
    rng = random.Random(seed)
    plan = Plan(rng, until or datetime.now(UTC).date())
    toggl = _toggl_workspace(rng, _Calendar(rng, plan).bookings)
    return Company(toggl, fibery_workspace(rng, plan.items, plan.first_monday, plan.until))


class _Calendar:
    """Everybody's time entries over a plan. The plan's items note the time booked on them."""

    def __init__(self, rng: random.Random, plan: Plan):
        self.random = rng
        self.plan = plan
        self.members = {member.key: member for member in story.MEMBERS}
        self.zones = {member.key: ZoneInfo(member.timezone) for member in story.MEMBERS}
        self.bookings: list[_Booking] = []
        self.busy: dict[str, list[tuple[int, int]]] = {key: [] for key in self.members}
        self.book_cases()
        self.book_clock_changes()
        for member in story.MEMBERS:
            for day in plan.days():
                if day.weekday() < 5:
                    self.book_day(member.key, day)

    def at(self, member: str, day: date, hour: int, minute: int = 0, *, fold: int = 0) -> int:
        """The instant of a wall time at a person's."""
        return int(datetime.combine(day, time(hour, minute, fold=fold), self.zones[member]).timestamp())

    def by_the_end(self, member: str, instant: int) -> bool:
        """Whether it is not after `until`, where the person lives."""
        return datetime.fromtimestamp(instant, self.zones[member]).date() <= self.plan.until

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
            member == story.DEACTIVATED and start >= self.at(member, self.plan.left, 0)
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
        if member not in AT_THE_EDGE:
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
        open_items = [item for item in self.plan.items if self.plan.open_on(item, day)]
        own = [item for item in open_items if member in item.people]
        projects = self.members[member].works_on
        others = [item for item in open_items if member not in item.people and item.kind.startswith("Scrum/")]
        theirs = [item for item in others if item.project in projects]
        help_with = self.random.sample(theirs, min(len(theirs), max(0, 3 - len(own))))
        return self.random.sample(own, min(len(own), 3)) + help_with

    def book_cases(self) -> None:
        """The awkward cases of every week (see the module's text)."""
        for number in range(WEEKS + 1):
            self.book_edge(number)
        for number, monday in self.plan.weeks():
            self.book_odd_descriptions(number, monday)
            self.book_odd_times(monday)
            if number >= WEEKS - 4:
                self.book_shared_number(monday + _DAY)
            if number == WEEKS - 5:
                start = self.at("lucas", monday, 17, 30)
                self.book("lucas", start, 11 * _HOUR + 30 * _MINUTE, self.plan.find("Scrum/Task", 408))
            if number == WEEKS - 3:
                start = self.at("priya", monday + 2 * _DAY, 18)
                for _ in range(2):
                    self.book("priya", start, _HOUR, "Call with the harbour office", story.MOORINGS)
        self.book_running()

    def book_edge(self, number: int) -> None:
        """Entries before, over and after the beginning of a week in UTC."""
        monday = self.plan.first_monday + timedelta(weeks=number)
        edge = int(datetime.combine(monday, time(), UTC).timestamp())
        build = self.plan.find("Scrum/Build", FIRST_NUMBER["Scrum/Build"] + number)
        for member in AT_THE_EDGE:
            for start, length in _AROUND_THE_EDGE:
                self.reserve(member, edge + start * _MINUTE, length * _MINUTE, build)

    def book_odd_times(self, monday: date) -> None:
        """An entry across midnight, one of no seconds, and two that overlap."""
        tuesday, wednesday, thursday = monday + _DAY, monday + 2 * _DAY, monday + 3 * _DAY
        self.reserve("maya", self.at("maya", wednesday, 22, 40), 2 * _HOUR + 10 * _MINUTE, self.plan.night_watch)
        self.book("elena", self.at("elena", tuesday, 11), 0, self.plan.find("Scrum/Task", 404))
        call = self.at("daniel", thursday, 14)
        self.reserve("daniel", call, 90 * _MINUTE, "Call with Meridian Freight", story.MANIFEST)
        self.book("daniel", call + 30 * _MINUTE, 40 * _MINUTE, self.plan.find("Scrum/Task", 413))

    def book_shared_number(self, day: date) -> None:
        """A task, a bug and a build of one number, one after the other."""
        for step, kind in enumerate(("Scrum/Task", "Scrum/Bug", "Scrum/Build")):
            start = self.at("tom", day, 7) + step * 20 * _MINUTE
            self.reserve("tom", start, 20 * _MINUTE, self.plan.find(kind, SHARED_NUMBER))

    def book_odd_descriptions(self, number: int, monday: date) -> None:
        """What people type, and what a link made of a title loses."""
        known, tags = self.plan.find("Scrum/Task", 418), TAGS["Scrum/Task"]
        every_week = (
            ("nora", f"Pairing on #{known.number} with Tom", story.MOORINGS),
            ("daniel", f"Merge #397 into {known.description}", story.MANIFEST),
            ("sione", f"Old import script #9999 {tags} [{story.MANIFEST}]", story.MANIFEST),
            ("priya", f"Autumn newsletter #12 [Marketing] [Campaign] [{story.INTERNAL}]", story.INTERNAL),
            ("grace", self.plan.find("To-dos/To-do", 310), None),
            ("anna", self.plan.find("Design/Design Feature", 44), None),
            ("anna", self.plan.find("Design/Work Version", 31), None),
            ("anna", self.plan.find("Design/Old Work Version", 31), None),
            ("priya", self.plan.find("Product Management/Request", 139), None),
            ("maya", self.plan.find("Scrum/Chore", 21), None),
        )
        rotating = (
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
        chosen = [*every_week, *(rotating[(4 * number + step) % len(rotating)] for step in range(4))]
        for step, (member, what, project) in enumerate(chosen):
            start = self.at(member, monday + timedelta(days=1 + step % 4), 15 + step % 3, 7 * step % 60)
            self.reserve(member, start, (12 + 3 * (step % 5)) * _MINUTE + step, what, project)

    def book_clock_changes(self) -> None:
        """Over the night of each zone's latest two changes: an entry across midnight and the change, and one after it,
        which in autumn starts in the hour that comes twice.
        """
        for member, zone in _CLOCK_CHANGES:
            for change in _latest_changes(ZoneInfo(zone), self.plan.until):
                saturday = datetime.fromtimestamp(change, self.zones[member]).date() - _DAY
                start = self.at(member, saturday, 23, 30)
                self.book(member, start, change + 10 * _MINUTE - start, self.plan.night_watch)
                self.book(member, change + 10 * _MINUTE, 50 * _MINUTE, self.plan.night_watch)

    def book_running(self) -> None:
        """Two timers that nobody has stopped: one of today, one forgotten some days ago."""
        for member, day, what in (
            ("tom", self.plan.until, None),
            ("elena", self.plan.until - 4 * _DAY, self.plan.find("Scrum/Task", 404)),
        ):
            text = what.description if what else "Berth map"
            self.bookings.append(_Booking(member, self.at(member, day, 18, 30), None, text, story.MOORINGS))


def _toggl_workspace(rng: random.Random, bookings: list[_Booking]) -> TogglWorkspace:
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
    for booking in sorted(bookings, key=lambda b: (b.start, b.member, b.stop or 0, b.text or "")):
        # Most are left as they were stopped; some are corrected in the evening.
        at = (booking.stop or booking.start) + (4 * _HOUR if rng.random() < 0.08 else 0)
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
