"""Descriptions without a link of which it is known what they were spent on: how right the link suggestions are.

Made of a company's linked entries: one that has other entries too loses its link and gets the words of a person in a
hurry (cut off, misspelt, in another order, with words of their own, or the bare number). Others have no right answer:
meetings and the like, words borrowed from titles, and work on items that nobody had linked up to that week.
"""

import random
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import duckdb

from volt_assets.reports.facts.link_suggestions import link_suggestions
from volt_assets.reports.facts.models import LinkSuggestions, Period
from volt_assets.reports.facts.prepared import PreparedPeriod
from volt_assets.sandbox.company import Company
from volt_assets.toggl import descriptions
from volt_assets.toggl.storage import store_tracked_time
from volt_assets.warehouse import Connection, insert_rows, migrate
from volt_assets.weeks import last_day, week_of

Item = tuple[str, str]
_SMALL = frozenset(
    ("a", "an", "and", "at", "by", "for", "from", "in", "is", "not", "of", "on", "the", "to", "when", "with")
)
_HISTORY_WEEKS = 26

# Of no item.
_MEETINGS = (
    "Code review", "E-mail and messages", "Weekly planning", "Call with the office", "Pairing", "Support questions",
    "Retrospective", "Daily stand-up", "1:1", "Lunch", "Sick", "Interview with a candidate", "Sprint planning",
    "All-hands", "Setting up the new laptop", "Training", "Release", "Emails", "Internal chat", "Time sheets",
    "Travel to the customer", "Bug triage", "Testing", "Documentation", "Refactoring", "Deploy to production",
)  # fmt: skip
# Put words of titles into what is about something else.
_ABOUT_ELSE = (
    "{} for the tax office", "laptop: {}", "talked about {} at lunch", "{} presentation for new people",
    "book on {}", "my {} account", "{} offer from a supplier",
)  # fmt: skip


@dataclass(frozen=True)
class Worked:
    """A linked entry: who spent the day's time on which item."""

    user_id: int
    day: date
    item: Item
    title: str
    seconds: int


@dataclass(frozen=True)
class Planted:
    """What a person typed, and on what the time was really spent (None: on no item known by then)."""

    user_id: int
    typed: str
    item: Item | None
    way: str


@dataclass(frozen=True)
class Measured:
    """Suggestions shown and those right among them; texts with a right answer and those for which it was shown."""

    shown: int
    right: int
    answerable: int
    answered: int
    wrong: list[tuple[Planted, str, float, str]]

    @property
    def precision(self) -> float:
        return self.right / self.shown

    @property
    def recall(self) -> float:
        return self.answered / self.answerable

    def __add__(self, other: "Measured") -> "Measured":
        return Measured(
            self.shown + other.shown,
            self.right + other.right,
            self.answerable + other.answerable,
            self.answered + other.answered,
            self.wrong + other.wrong,
        )


def measure(company: Company, week: date, count: int, seed: int = 1) -> Measured:
    """Plant `count` descriptions in the week (a Monday) of a company and compare what is suggested for them."""
    rng = random.Random(seed)
    work = _linked_entries(company)
    planted, kept = _planted(rng, work, week, count)
    connection = duckdb.connect()
    try:
        migrate(connection)
        _store(connection, company, kept, planted, week)
        period = Period(first_day=week, last_day=last_day(week), timezone="UTC", fetched_at=None, weeks=[])
        with PreparedPeriod(connection, week, last_day(week)) as prepared:
            found = link_suggestions(prepared, period)
    finally:
        connection.close()
    return _compared(planted, found)


def _compared(planted: Sequence[Planted], found: dict[int | None, LinkSuggestions]) -> Measured:
    shown = {
        (user_id, time.description): time.likely
        for user_id, suggestions in found.items()
        if user_id is not None
        for time in suggestions.unlinked
    }
    right, answered, total, wrong = 0, 0, 0, []
    for each in planted:
        likely = shown.get((each.user_id, each.typed), [])
        total += len(likely)
        fitting = [item for item in likely if (item.type, item.public_id) == each.item]
        right += len(fitting)
        answered += bool(fitting)
        wrong += [(each, f"#{i.public_id} {i.name}", i.score, i.because) for i in likely if i not in fitting]
    return Measured(total, right, sum(each.item is not None for each in planted), answered, wrong)


def _linked_entries(company: Company) -> list[Worked]:
    work = []
    for entry in sorted(company.toggl.entries.values(), key=lambda entry: entry.id):
        parsed = descriptions.parse(entry.description)
        if parsed.linked and parsed.public_id and parsed.title and entry.seconds > 0:
            day = datetime.fromtimestamp(entry.start, UTC).date()
            item = ("/".join(parsed.label), parsed.public_id)
            work.append(Worked(entry.person_id, day, item, parsed.title, entry.seconds))
    return work


def _planted(rng: random.Random, work: Sequence[Worked], week: date, count: int) -> tuple[list[Planted], list[Worked]]:
    """The planted texts, two thirds with a right answer, and the linked entries that stay."""
    known = [each for each in work if week - timedelta(weeks=_HISTORY_WEEKS) <= each.day <= last_day(week)]
    times: dict[Item, int] = defaultdict(int)
    for each in known:
        times[each.item] += 1
    titles = {each.item: each.title for each in known}
    unknown = sorted({(each.item, each.title) for each in work if each.day > last_day(week)})
    unknown = [(item, title) for item, title in unknown if item not in titles]
    ways = _ways(rng)
    planted: dict[tuple[int, str], Planted] = {}
    lost: set[int] = set()
    this_week = [number for number, each in enumerate(known) if week_of(each.day) == week]
    rng.shuffle(this_week)
    while len(planted) < count * 2 // 3:
        number = this_week.pop()
        each = known[number]
        if times[each.item] < 2:
            continue
        times[each.item] -= 1
        lost.add(number)
        way = rng.choice(list(ways))
        typed = ways[way](each.title, each.item[1])
        planted[each.user_id, typed] = Planted(each.user_id, typed, each.item, way)
    people = sorted({each.user_id for each in known})
    while len(planted) < count:
        user_id = rng.choice(people)
        kind = rng.choice(["meeting", "meeting", "about else", "unknown item"])
        if kind == "unknown item" and unknown:
            (_, public_id), title = rng.choice(unknown)
            way = rng.choice(["cut off", "misspelt", "as it is", "with its number"])
            # A number of an unknown item is often that of a known one of another type.
            typed = ways[way](title, public_id)
        elif kind == "about else":
            words = [word for word in rng.choice(list(titles.values())).split() if word.casefold() not in _SMALL]
            typed = rng.choice(_ABOUT_ELSE).format(" ".join(words[: rng.choice([1, 2])]).lower())
        else:
            typed = rng.choice(_MEETINGS) + rng.choice(["", "", " with the team", " (cont.)"])
        planted.setdefault((user_id, typed), Planted(user_id, typed, None, kind))
    return list(planted.values()), [each for number, each in enumerate(known) if number not in lost]


def _ways(rng: random.Random) -> dict[str, Callable[[str, str], str]]:
    """How people type a title when they are in a hurry."""

    def cut_off(title: str, number: str) -> str:
        words = title.split()
        return " ".join(words[: max(2, len(words) * 3 // 5)])

    def misspelt(title: str, number: str) -> str:
        letters = list(title.lower())
        for _ in range(1 + len(letters) // 25):
            index = rng.randrange(len(letters) - 1)
            if rng.random() < 0.5:
                letters[index], letters[index + 1] = letters[index + 1], letters[index]
            else:
                del letters[index]
        return "".join(letters)

    def reordered(title: str, number: str) -> str:
        words = [word for word in title.split() if word.casefold() not in _SMALL]
        rng.shuffle(words)
        return " ".join(words)

    def with_own_words(title: str, number: str) -> str:
        before = rng.choice(["WIP ", "cont. ", "pairing: ", "review: ", "testing ", "still on ", "fix for ", ""])
        after = rng.choice([" - tests", " again", " (review comments)", ", deploy", " w/ Tom", ""])
        return before + title + after

    def some_words(title: str, number: str) -> str:
        words = [word for word in re.findall(r"\w+", title) if word.casefold() not in _SMALL]
        chosen = sorted(rng.sample(range(len(words)), min(len(words), 2)))
        return rng.choice(["looked into ", "", "more "]) + " ".join(words[index] for index in chosen).lower()

    def shortened(title: str, number: str) -> str:
        return " ".join(word[:5] for word in title.lower().split())

    return {
        "as it is": lambda title, number: rng.choice([title, title.lower(), title.upper()]),
        "cut off": cut_off,
        "misspelt": misspelt,
        "reordered": reordered,
        "own words": with_own_words,
        "some words": some_words,
        "shortened": shortened,
        "with its number": lambda title, number: f"{title} #{number}",
        "number": lambda title, number: rng.choice(["#{}", "work on #{}", "#{} review", "pr for #{}"]).format(number),
    }


def _store(
    connection: Connection, company: Company, work: Sequence[Worked], planted: Sequence[Planted], week: date
) -> None:
    """What the assets would have stored. An item is in progress while there is later work on it."""
    typed = [(each.day, each.user_id, each.seconds, _description(each)) for each in work]
    typed += [(week, each.user_id, 3600, each.typed) for each in planted]
    people = company.toggl.people
    entries = []
    for number, (day, user_id, seconds, description) in enumerate(typed):
        start = datetime.combine(day, datetime.min.time())
        entries.append(
            {
                "id": number,
                "week": week_of(day),
                "day": day,
                "user_id": user_id,
                "username": people[user_id].name,
                "seconds": seconds,
                "description": description,
                "start": start.isoformat(),
                "start_utc": start,
                "tags": [],
                "billable": False,
            }
        )
    insert_rows(connection, "toggl_time_entries", entries)
    stored = sorted({week_of(day) for day, *_ in typed})
    insert_rows(
        connection,
        "people",
        [
            {"week": week, "user_id": id, "name": p.name, "email": p.email, "active": True, "fetched_at": datetime.min}
            for week in stored
            for id, p in people.items()
        ],
    )
    for each in stored:
        store_tracked_time(connection, each)
    insert_rows(connection, "enriched_entities", _enriched(company, work, _linked_entries(company)))


def _description(work: Worked) -> str:
    tags = " ".join(f"[{part}]" for part in work.item[0].split("/"))
    return f"{work.title} #{work.item[1]} {tags}"


def _enriched(company: Company, work: Sequence[Worked], all_work: Sequence[Worked]) -> list[dict]:
    names = {each.item: each.title for each in work}
    ends: dict[Item, date] = {}
    spent: dict[Item, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for each in all_work:
        ends[each.item] = max(ends.get(each.item, each.day), each.day)
        spent[each.item][each.user_id] += each.seconds
    rows = []
    for item, week in sorted({(each.item, week_of(each.day)) for each in work}):
        owner = company.toggl.people[max(spent[item], key=spent[item].__getitem__)]
        closed = ends[item] <= last_day(week)
        rows.append(
            {
                "week": week,
                "public_id": item[1],
                "label": item[0].split("/"),
                "status": "found",
                "entity_type": item[0],
                "configured": True,
                "name": names[item],
                "state_final": closed,
                "actual_end": ends[item] if closed else None,
                "assignees": [{"name": owner.name, "email": owner.email}],
                "fetched_at": datetime.combine(week, datetime.min.time()),
            }
        )
    return rows
