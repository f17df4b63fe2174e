"""What unlinked time may have been spent on, and links that may be wrong."""

from collections.abc import Mapping, Sequence

from volt_assets.formatting import listing, number, plural, short_day
from volt_assets.reports.facts.models import LinkSuggestions, Period, SuspicionKind, SuspiciousLink, UnlinkedTime
from volt_assets.reports.view.blocks import Group, Items, Line, ListItem, Paragraph, Section, Soft
from volt_assets.reports.view.entities import reference

_LINKS = 15
_PEOPLE_NAMED = 3
_SUSPICIONS: Mapping[SuspicionKind, str] = {
    "not_found": "not found in Fibery: deleted, a wrong id, or no access",
    "closed_long_ago": "closed long ago",
    "several_ids": "the description holds several ids; the last one counts",
    "label_of_several_types": "its label fits several types",
}


def links_group(found: LinkSuggestions, period: Period, labels: Mapping[int, str]) -> Group | None:
    """Both lists; None where there is nothing in them. `labels` are people's, for the team."""
    sections = []
    if found.unlinked:
        note = f"Suggestions with a score of {found.threshold} or more, of 1 at most; nothing is linked by them."
        lines = tuple(_unlinked(each, labels) for each in found.unlinked)
        sections.append(
            Section("Unlinked time, and what it may be", (Paragraph((note,), "note"), Items(lines)), anchor="doctor")
        )
    if found.suspicious:
        lines = tuple(_suspicious(each, period, labels) for each in found.suspicious[:_LINKS])
        if more := found.suspicious[_LINKS:]:
            lines = (*lines, ListItem((f"And {len(more)} more with less time.",)))
        note = "Worth checking in Toggl."
        sections.append(Section("Links that may be wrong", (Paragraph((note,), "note"), Items(lines))))
    return Group(tuple(sections)) if sections else None


def _unlinked(each: UnlinkedTime, labels: Mapping[int, str]) -> ListItem:
    text = " ".join((each.description or "no description").split())
    whose: Line = (" ", Soft(labels[each.user_id])) if each.user_id in labels else ()
    about = tuple(
        ("perhaps ", reference(likely), f" ({likely.type}, {likely.score:.2f}): {likely.because}")
        for likely in each.likely
    )
    return ListItem((text, *whose), (f"{number(each.hundredths)} h",), about)


def _suspicious(each: SuspiciousLink, period: Period, labels: Mapping[int, str]) -> ListItem:
    parts = [each.type, plural(each.entries, "entry", "entries"), _suspicion(each, period)]
    if labels:
        parts.append(_some_people(each.user_ids, labels))
    return ListItem((reference(each),), (f"{number(each.hundredths)} h",), ((" · ".join(parts),),))


def _suspicion(each: SuspiciousLink, period: Period) -> str:
    """Why a link may be wrong."""
    if each.kind == "closed_long_ago" and each.since:
        return f"closed on {short_day(each.since, period.last_day.year)}, long before"
    return _SUSPICIONS[each.kind]


def _some_people(user_ids: Sequence[int], labels: Mapping[int, str]) -> str:
    """The labels of people; of many, the first few and how many more."""
    named = [labels[user_id] for user_id in user_ids]
    more = len(named) - _PEOPLE_NAMED
    return listing(named) if more <= 1 else listing([*named[:_PEOPLE_NAMED], f"{more} more"])
