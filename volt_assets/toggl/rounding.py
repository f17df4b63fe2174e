"""A week's time in hundredths of an hour and in minutes, each rounded once: what prints time adds these up, so any two
prints agree.

Each row is its seconds rounded down or up. Which of them goes up is chosen so that the week is rounded as it
should be, each person's time down or up, and work items, projects and days as nearly as then can be.
"""

from collections import defaultdict
from collections.abc import Hashable, Sequence
from typing import NamedTuple

from volt_assets.formatting import apportion

# How much a unit matters by what it is off in: of everybody's time, or of one person's.
_EVERYBODYS, _OWN = 3, 2
# By then hardly anything more is gained.
_SWEEPS = 4


class TimeRow(NamedTuple):
    """Time of one person, day, project and work item (`linked`) or other activity."""

    user_id: int
    linked: bool
    item: Hashable
    project: str | None
    day: Hashable
    seconds: int


def rounded_rows(rows: Sequence[TimeRow], unit: int) -> list[int]:
    """The rows of one week, everybody's, in units of so many seconds. The same rows in the same order give the same."""
    parts = [row.seconds // unit for row in rows]
    chosen = _Chosen(rows, unit)
    for of_group, total in _groups(rows, unit):
        uneven = [place for place in of_group if rows[place].seconds % unit]
        missing = total - sum(parts[place] for place in of_group)
        uneven.sort(key=lambda place: -(rows[place].seconds % unit))
        chosen.groups.append((uneven[:missing], uneven[missing:]))
        for place in uneven[:missing]:
            chosen.move(place, unit)
    for _ in range(_SWEEPS):
        if not chosen.exchange():
            break
    for up, _ in chosen.groups:
        for place in up:
            parts[place] += 1
    return parts


def _groups(rows: Sequence[TimeRow], unit: int) -> list[tuple[list[int], int]]:
    """The places of each person's linked and of their other rows, and what these add up to."""
    places: dict[tuple[int, bool], list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        places[row.user_id, row.linked].append(place)
    people = sorted({row.user_id for row in rows})
    times = [
        (
            sum(rows[place].seconds for place in places[person, True]),
            sum(rows[place].seconds for place in places[person, False]),
        )
        for person in people
    ]
    return [
        (places[person, linked], part)
        for person, parts in zip(people, _linked_and_other(times, unit), strict=True)
        for linked, part in zip((True, False), parts, strict=True)
    ]


def _linked_and_other(times: Sequence[tuple[int, int]], unit: int) -> list[tuple[int, int]]:
    """People's linked and other seconds in units: both, and their sum, rounded down or up."""
    totals = apportion([linked + other for linked, other in times], unit)
    lower = [(linked // unit, other // unit) for linked, other in times]
    missing = [total - sum(parts) for total, parts in zip(totals, lower, strict=True)]
    # Where one of a person's two parts goes up, it is either: as many linked ones as everybody's linked time asks for.
    either = sorted(
        (place for place, of in enumerate(missing) if of == 1),
        key=lambda place: times[place][1] % unit - times[place][0] % unit,
    )
    whole, _ = apportion([sum(linked for linked, _ in times), sum(other for _, other in times)], unit)
    wanted = whole - sum(linked for linked, _ in lower) - missing.count(2)
    uneven = [place for place in either if times[place][0] % unit]
    must = [place for place in uneven if not times[place][1] % unit]
    may = [place for place in uneven if times[place][1] % unit]
    linked_up = {*must, *may[: max(wanted - len(must), 0)]}
    return [
        (
            linked + (missing[place] == 2 or place in linked_up),
            other + (missing[place] == 2 or (missing[place] == 1 and place not in linked_up)),
        )
        for place, (linked, other) in enumerate(lower)
    ]


class _Chosen:
    """Which rows are rounded up, by group: (up, down); and how far that is off in each sum that reports print."""

    def __init__(self, rows: Sequence[TimeRow], unit: int):
        self._unit = unit
        self.groups: list[tuple[list[int], list[int]]] = []
        # The sums that each row is part of, by number, with their weights.
        numbers: dict[Hashable, int] = {}
        self._sums = [
            [(numbers.setdefault(key, len(numbers)), weight) for key, weight in _sums_of(row)] for row in rows
        ]
        # In seconds: what is printed, less what it is.
        self._off = [0] * len(numbers)
        for row, sums in zip(rows, self._sums, strict=True):
            for number, _ in sums:
                self._off[number] -= row.seconds % self._unit

    def move(self, place: int, step: int) -> None:
        """Round a row up (`step` seconds more) or down (less)."""
        for number, _ in self._sums[place]:
            self._off[number] += step

    def exchange(self) -> bool:
        """Exchange rows within each group where sums come nearer to what they are; whether any did."""
        exchanged = False
        for up, down in self.groups:
            up.sort(key=lambda place: self._growth(place, -self._unit))
            down.sort(key=lambda place: self._growth(place, self._unit))
            for index in range(min(len(up), len(down))):
                if self._nearer(up[index], down[index]):
                    up[index], down[index] = down[index], up[index]
                    exchanged = True
        return exchanged

    def _nearer(self, lowered: int, raised: int) -> bool:
        """Round one down and the other up, if that is nearer."""
        growth = self._growth(lowered, -self._unit)
        self.move(lowered, -self._unit)
        if growth + self._growth(raised, self._unit) < 0:
            self.move(raised, self._unit)
            return True
        self.move(lowered, self._unit)
        return False

    def _growth(self, place: int, step: int) -> int:
        """By how much the weighted squares of what is off would grow (below zero: shrink), over `step`."""
        off = self._off
        twice = 0
        for number, weight in self._sums[place]:
            twice += weight * (2 * off[number] + step)
        return twice * step


def _sums_of(row: TimeRow) -> tuple[tuple[Hashable, int], ...]:
    """The sums that a row is part of, besides those that are right in any case, with their weights."""
    item = (row.linked, row.item)
    return (
        (("item", item), _EVERYBODYS),
        (("project", row.project), _EVERYBODYS),
        (("item", item, row.user_id), _OWN),
        (("project", row.project, row.user_id), _OWN),
        (("day", row.day, row.user_id), _OWN),
    )
