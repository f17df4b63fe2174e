"""Link suggestions: what unlinked time may have been spent on, and which links may be wrong. Nothing is ever changed.

Each item that something speaks for gets a score between 0 and 1, as of independent hints that are each right so often;
what stands below `THRESHOLD` is not shown. What speaks for an item: the same text was linked to it before, its title
is like the text, its number is in the text; and besides one of these, that the person worked on it lately or that it is
assigned to them and in progress. How right that is, is measured: bench/link_suggestions.py.

A pure function of the stored weeks up to the period's end. Candidates are found by joins in DuckDB on texts, ids and
letters that few titles have, so that time grows with the texts and not with their pairs.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from volt_assets.formatting import short_day
from volt_assets.reports.facts.models import LikelyEntity, LinkSuggestions, Period, SuspiciousLink, UnlinkedTime
from volt_assets.reports.facts.prepared import PreparedPeriod
from volt_assets.warehouse import query, read_rows

THRESHOLD = 0.5
# For the team, the largest; each person's report has all of theirs.
_OF_THE_TEAM = 20

# How often a hint alone is right.
_OWN_TEXT, _TEXT_OF_OTHERS, _ITS_ID, _TITLE = 0.9, 0.6, 0.7, 0.85
# So many groups of letters make a text distinctive.
_LETTERS = 8
# Hints that say nothing alone: what they add, in parts of the strongest other hint.
_LATELY, _ASSIGNED = 0.35, 0.35
_CLOSED_LONG_AGO = 0.6
# How much the better of two items takes: of scores of 0.9 and 0.8, with 12, four fifths.
_AMONG = 12

Row = Mapping[str, Any]


def link_suggestions(prepared: PreparedPeriod, period: Period) -> dict[int | None, LinkSuggestions]:
    """The suggestions for each person of the period who has any, and for all of them together (None)."""
    unlinked = _unlinked(prepared, period)
    suspicious: dict[int | None, list[SuspiciousLink]] = defaultdict(list)
    for row in prepared.rows("suspicious_links"):
        suspicious[row.pop("user_id")].append(SuspiciousLink(**row))
    unlinked[None] = sorted((time for times in unlinked.values() for time in times), key=_by_time)[:_OF_THE_TEAM]
    return {
        user_id: LinkSuggestions(
            threshold=THRESHOLD, unlinked=unlinked.get(user_id, []), suspicious=suspicious.get(user_id, [])
        )
        for user_id in {*unlinked, *suspicious}
    }


def _unlinked(prepared: PreparedPeriod, period: Period) -> dict[int | None, list[UnlinkedTime]]:
    """Unlinked time for which there is a likely item, by person, most first."""
    prepared.cursor.execute(query("reports/facts/sql/suggestion_words.sql"))
    prepared.table("unlinked_texts")
    texts = read_rows(prepared.cursor, "SELECT user_id, description, seconds, hundredths, entries FROM unlinked_texts")
    if not texts:
        return {}
    times = {(row["user_id"], row["description"]): row for row in texts}
    prepared.table("suggestible_items")
    prepared.table("earlier_links")
    candidates: dict[tuple[int, str], list[Row]] = defaultdict(list)
    for row in prepared.rows("suggestion_candidates"):
        candidates[row["user_id"], row["description"]].append(row)
    found: dict[int | None, list[UnlinkedTime]] = defaultdict(list)
    for of, rows in candidates.items():
        likely = likely_items(rows, period)
        if likely:
            found[of[0]].append(UnlinkedTime(**times[of], likely=likely))
    for times_of_person in found.values():
        times_of_person.sort(key=_by_time)
    return found


def _by_time(time: UnlinkedTime) -> tuple[int, int, str]:
    return -time.seconds, time.user_id, time.description or ""


def likely_items(candidates: list[Row], period: Period) -> list[LikelyEntity]:
    """Of the candidates for one text (rows of `suggestion_candidates.sql`) those above the threshold, best first.

    It was spent on one of them: scores add up to 1 at most. Items that fit alike share it, and so are not shown as if
    either were right; one that fits worse takes little from the best.
    """
    rated = [(*_rated(row, period), row) for row in candidates]
    whole = sum(score**_AMONG for score, _, _ in rated)
    likely = [
        LikelyEntity(
            type=row["type"],
            public_id=row["public_id"],
            name=row["name"],
            url=row["url"],
            score=round(score * score**_AMONG / whole, 2),
            because=because,
        )
        for score, because, row in rated
        if score
    ]
    likely = [each for each in likely if each.score >= THRESHOLD]
    return sorted(likely, key=lambda each: (-each.score, each.type, len(each.public_id), each.public_id))


def _rated(row: Row, period: Period) -> tuple[float, str]:
    """How likely an item is when it is looked at alone, and why, in words."""
    hints: list[tuple[float, str]] = []
    if row["own_share"]:
        on = short_day(row["own_last_day"], period.last_day.year)
        hints.append((_OWN_TEXT * row["own_share"], f"the same text was linked to it before, last on {on}"))
    elif row["share"]:
        hints.append((_TEXT_OF_OTHERS * row["share"], "others linked the same text to it"))
    if row["items_of_id"]:
        hints.append((_ITS_ID / row["items_of_id"], "its number"))
    if row["of_text"]:
        # A short word may be anybody's: it says as much as it is long.
        title = (0.75 * row["of_text"] + 0.25 * row["of_title"]) * min(1, row["letters"] / _LETTERS)
        hints.append((_TITLE * title, "similar title"))
    strongest = max(weight for weight, _ in hints)
    if row["worked_on_lately"]:
        on = short_day(row["last_worked_on"], period.last_day.year)
        hints.append((_LATELY * strongest, f"worked on until {on}" if not row["own_share"] else ""))
    if row["assigned_in_progress"]:
        hints.append((_ASSIGNED * strongest, "assigned and in progress"))
    doubt = 1.0
    for weight, _ in hints:
        doubt *= 1 - weight
    score = 1 - doubt
    if row["closed_long_ago"]:
        score *= _CLOSED_LONG_AGO
    return score, "; ".join(words for _, words in hints if words)
