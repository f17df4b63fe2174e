"""The team's people: a line for each, and their time by project."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from volt_assets.formatting import share
from volt_assets.reports.facts.decisions import Decisions, decisions
from volt_assets.reports.facts.models import (
    AbsentPerson,
    Assignee,
    AwayPerson,
    Expected,
    Figures,
    OpenItem,
    Person,
    TeamExpected,
    TeamFacts,
)
from volt_assets.reports.facts.rounding import PrintedTimes
from volt_assets.reports.sentences.templates import before_word, period_word
from volt_assets.reports.view.blocks import (
    Change,
    Column,
    Hours,
    Legend,
    Line,
    PageLink,
    Paragraph,
    Row,
    Section,
    Span,
    StackedBar,
    Table,
)
from volt_assets.reports.view.figures import known
from volt_assets.reports.view.words import is_over, joined

# Projects with a colour of their own; all others share the last one.
_COLOURS = 5
_ABOUT = (
    "A work item that several people worked on, or that is due for several, counts once for the team. Due: assigned, "
    "and past the planned end or due soon."
)


@dataclass(frozen=True)
class _Compared:
    """Columns of the table of people that compare hours: their heads, and the cells of each person with time, of those
    without (and how many items of theirs are due), and of the team."""

    heads: tuple[str, ...]
    people: Sequence[tuple[Line, ...]]
    absent: Sequence[tuple[Span, tuple[Line, ...], int | None]]
    team: tuple[Line, ...]


def labels_of(people: Sequence[Person | AbsentPerson]) -> dict[int, str]:
    """People's names by id; those of two people of one name have their addresses with them."""
    return {
        person.user_id: f"{person.name} ({address})" if (address := _address(person, people)) else person.name
        for person in people
    }


def _address(person: Person | AbsentPerson | AwayPerson, people: Sequence[Person | AbsentPerson]) -> str:
    """What tells a person from others of the same name: the first part of their address, if it does; empty where there
    are none.
    """
    others = [each for each in people if each.name == person.name and each.user_id != person.user_id]
    if not others:
        return ""
    first_part = (person.email or "").partition("@")[0]
    if first_part and all((each.email or "").partition("@")[0] != first_part for each in others):
        return first_part
    return person.email or str(person.user_id)


@dataclass(frozen=True)
class People:
    """The sections about people. `names` are the file names of their reports, without an ending, in the folder
    `folder` as seen from this report."""

    times: PrintedTimes
    facts: TeamFacts
    names: Mapping[int, str]
    folder: str = "individual"

    @cached_property
    def labels(self) -> dict[int, str]:
        return labels_of(self._named)

    @cached_property
    def _named(self) -> list[Person | AbsentPerson]:
        """Everybody who has a line of their own."""
        return [*self.facts.people, *self.facts.expected.absent]

    def name(self, person: Person | AbsentPerson | AwayPerson) -> PageLink:
        """A person's name, and what tells it from another's."""
        return PageLink(person.name, None, _address(person, self._named))

    @cached_property
    def links(self) -> dict[int, PageLink]:
        """Each person's name, with a link to their report where there is one."""
        return {person.user_id: self._link(person) for person in self.facts.people}

    def of_assignee(self, assignee: Assignee) -> PageLink:
        """Who an item is assigned to: found by address, else by a name that one person has; else as Fibery says."""
        found = self._known.get(assignee.email.casefold() if assignee.email else assignee.name or "", [])
        return self.links[found[0]] if len(found) == 1 else PageLink(assignee.shown, None)

    def of_assignees(self, assignees: Sequence[Assignee]) -> Line:
        """All that an item is assigned to."""
        return joined((self.of_assignee(assignee),) for assignee in assignees)

    @cached_property
    def _known(self) -> dict[str, list[int]]:
        """The ids of people with time, by address and by name."""
        found: dict[str, list[int]] = defaultdict(list)
        for person in self.facts.people:
            found[person.name].append(person.user_id)
            if person.email:
                found[person.email.casefold()].append(person.user_id)
        return found

    def _link(self, person: Person) -> PageLink:
        page = f"{self.folder}/{self.names[person.user_id]}" if person.user_id in self.names else None
        return replace(self.name(person), page=page)

    @cached_property
    def _colours(self) -> list[str]:
        """The largest projects."""
        return [project.project for project in self.facts.projects if project.project is not None][:_COLOURS]

    def _sizes(self, person: Person) -> list[int]:
        """A person's hundredths of an hour on each of those projects, and on all else."""
        sizes = [0] * (len(self._colours) + 1)
        for project in person.projects:
            named = project.project in self._colours
            sizes[self._colours.index(project.project or "") if named else len(self._colours)] += project.hundredths
        return sizes

    def section(self) -> Section:
        """A line for each person, and one for each without entries or, where no hours are expected, for all of them."""
        facts, times = self.facts, self.times
        if not times.people:
            return Section("People", (Paragraph(("Nobody has tracked time.",), "soft"),), anchor="people")
        longest = max(
            max(person.figures.tracked_hundredths, person.expected.hundredths or 0) for person in facts.people
        )
        rest = any(self._sizes(person)[-1] for person in facts.people)
        legend = (*self._colours, *(["other projects or none"] if rest else []))
        compared = self._against_expected() if facts.expected.configured else self._against_before()
        rows = []
        for person, parts, cells in zip(facts.people, times.people, compared.people, strict=True):
            bar = StackedBar(tuple(self._sizes(person)), legend, longest, person.expected.hundredths or 0)
            others = self._cells(person.figures, parts, cells, self._due[person.user_id])
            rows.append(Row(((self.links[person.user_id],), (bar,), *others)))
        for name, cells, due in compared.absent:
            rows.append(Row(((name,), (), *self._cells(Figures(), (0, 0), cells, due)), soft=True))
        total = Row((("Team",), (), *self._cells(facts.figures, times.split, compared.team, self._all_due)))
        marks = [(f"c{place}", name) for place, name in enumerate(legend)]
        if facts.expected.configured:
            marks.append(("mark", "expected hours"))
        blocks = (
            Legend(tuple(marks)),
            Table(self._columns(compared.heads), tuple(rows), total, whole="tracked"),
            Paragraph((_ABOUT,), "note"),
        )
        return Section("People", blocks, anchor="people")

    def _against_before(self) -> "_Compared":
        """People's hours beside those of the period before, if it is known."""
        facts, befores = self.facts, self.times.people_before
        before = facts.before.figures
        if before is None or befores is None:
            # There is nothing to compare with.
            return _Compared((), [()] * len(facts.people), [], ())
        *of_people, absent = befores
        changes: list[tuple[Line, ...]] = [
            ((Change(sum(parts) - then),),) for parts, then in zip(self.times.people, of_people, strict=True)
        ]
        others: list[tuple[Span, tuple[Line, ...], int | None]] = []
        if absent:
            others.append((f"Without time this {period_word(facts.period)}", ((Change(-absent),),), None))
        team = ((Change(sum(self.times.split) - before.tracked_hundredths),),)
        return _Compared((f"± {before_word(facts.period)}",), changes, others, team)

    def _against_expected(self) -> "_Compared":
        """People's hours beside those that are expected of them."""
        facts = self.facts
        changes = [
            self._beside(sum(parts), person.expected)
            for person, parts in zip(facts.people, self.times.people, strict=True)
        ]
        others = [
            (self.name(each), self._beside(0, each.expected), self._due[each.user_id]) for each in facts.expected.absent
        ]
        return _Compared(("Expected", "±"), changes, others, self._beside(sum(self.times.split), facts.expected))

    def _beside(self, tracked: int, expected: Expected | TeamExpected) -> tuple[Line, ...]:
        """What is expected, and once the period is over the difference to it."""
        if expected.hundredths is None:
            return ("not known",), ("not known",)
        if not tracked and not expected.hundredths:
            return ("–",), ("–",)
        difference: Line = (Change(tracked - expected.hundredths),) if is_over(self.facts.period) else ("–",)
        return (Hours(expected.hundredths),), difference

    def _columns(self, compared: Sequence[str]) -> tuple[Column, ...]:
        return (
            Column("Person"),
            Column("By project", "bar"),
            Column("Hours", "number", strong=True),
            *(Column(head, "number") for head in compared),
            Column("On items", "number"),
            *((Column("Billable", "number", optional=True),) if self.facts.figures.billable_seconds else ()),
            Column("Items", "number", optional=True),
            Column("Finished", "number", optional=True),
            Column("Due", "number"),
        )

    def _cells(
        self, figures: Figures, parts: tuple[int, int], compared: tuple[Line, ...], due: int | None
    ) -> tuple[Line, ...]:
        """Hours, what they are compared with, the share on work items, billable hours, and counts."""
        billable = figures.billable_hundredths
        shown: tuple[Line, ...] = (("unknown",) if billable is None else (Hours(billable),),)
        return (
            (Hours(sum(parts)),),
            *compared,
            (share(figures.linked_seconds, figures.tracked_seconds),),
            *(shown if self.facts.figures.billable_seconds else ()),
            (known(figures.entities),),
            (known(figures.finished),),
            ("" if due is None else str(due),),
        )

    @cached_property
    def _due(self) -> Counter[int]:
        """How many items past their planned end or due soon are each person's, by id."""
        return Counter(user_id for item in self._due_items for user_id in item.assigned_ids)

    @property
    def _all_due(self) -> int:
        return len(self._due_items)

    @cached_property
    def _due_items(self) -> list[OpenItem]:
        return [*self.decisions.past_end, *self.decisions.due]

    @cached_property
    def decisions(self) -> Decisions:
        """The groups of the first screen."""
        return decisions(self.facts)

    def by_project(self) -> Section | None:
        """Person by project, each row adding up to the person's hours as printed; None with one project only."""
        facts = self.facts
        if len(self._colours) < 2 or len(facts.with_time) < 2:
            return None
        highest = max(person.figures.tracked_hundredths for person in facts.people) or 1
        shown = []
        for person, parts in zip(facts.people, self.times.people, strict=True):
            if not person.figures.tracked_seconds:
                continue
            cells, total = self._sizes(person), sum(parts)
            tints = [round(3 + 17 * size / highest) for size in cells]
            shown.append((person, list(zip(cells, tints, strict=True)), total))
        heads = [*self._colours, *(["other"] if any(cells[-1][0] for _, cells, _ in shown) else [])]
        rows = tuple(
            Row(((self.name(person),), *(_tinted(*cell) for cell in cells[: len(heads)]), (Hours(total),)))
            for person, cells, total in shown
        )
        sums = [sum(cells[place][0] for _, cells, _ in shown) for place in range(len(heads))]
        all_of_them = Row((("All",), *((Hours(each),) for each in sums), (Hours(sum(self.times.split)),)))
        columns = (
            Column("Hours"),
            *(Column(head, "number") for head in heads),
            Column("All", "number", strong=True),
        )
        table = Table(columns, rows, all_of_them, style="matrix")
        return Section("Person by project", (table,), optional=True)


def _tinted(part: int, tint: int) -> Line:
    return (Hours(part, tint=tint),) if part else ("·",)
