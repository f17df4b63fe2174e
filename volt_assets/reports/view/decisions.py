"""The first screen: what somebody has to decide, each line with an item, whose it is, and one figure."""

from collections.abc import Callable, Sequence

from volt_assets.formatting import day, hours, listing, number, plural, short_day, weekday_and_day
from volt_assets.reports.facts.decisions import Decisions, is_not_updated, short_of, without
from volt_assets.reports.facts.models import Assignee, Entity, IndividualFacts, OpenItem, Period
from volt_assets.reports.facts.rounding import PrintedTimes
from volt_assets.reports.sentences.templates import period_word, ref
from volt_assets.reports.view.blocks import (
    Behind,
    Block,
    Decision,
    DecisionList,
    Jump,
    Line,
    PageLink,
    Paragraph,
    Section,
    Span,
    Strong,
)
from volt_assets.reports.view.entities import kind_of, reference, state_then
from volt_assets.reports.view.words import joined

# Lines of a group; of those beside, which are narrow; and items named in a sentence.
_LINES, _LINES_BESIDE, _NAMED = 8, 3, 6

# How a report shows somebody, by what Fibery says of them and by their id in Toggl; None: not at all.
PersonOf = Callable[[Assignee], Span | None]
PersonById = Callable[[int], Span | None]


def lead(found: Decisions, *, whose: str = "") -> Line:
    """What is past and due, in a sentence or two. `whose`: " of yours" on a person's own report."""
    past, due = found.past_end, found.due
    until = f"{found.due_until:%A} {day(found.due_until, year=False)}"
    unclear = sum(item.state_kind is None for item in past)
    spans: list[Span] = []
    if past:
        verb = "is past its" if len(past) == 1 else "are past their"
        spans.append(f"{plural(len(past), f'item{whose}', f'items{whose}')} {verb} planned end")
        spans += [f" ({unclear} in a state not known as open)"] if unclear else []
        spans.append(f" and {_are(len(due))} due by {until}" if due else f"; none is due by {until}")
    elif due:
        spans.append(f"No open item{whose} is past its planned end; {_are(len(due))} due by {until}")
    else:
        return (f"No open item{whose} is past its planned end, and none is due by {until}.",)
    short, known = found.short, [*found.short, *found.in_pace]
    if short:
        some = "the one" if len(known) == 1 else f"{len(short)} of the {len(known)}"
        verb = "is" if len(short) == 1 else "are"
        spans += [
            f"; {some} that can be forecast {verb} ",
            Strong(f"{number(short_of(short))} h short"),
            " at the pace so far",
        ]
    elif known:
        spans.append(", all in pace" if len(known) == len(due) else f"; {_are(len(known))} in pace")
    return (*spans, ".")


def _are(count: int) -> str:
    return f"{count} {'is' if count == 1 else 'are'}"


class DecisionGroups:
    """The groups of a report as sections. `person_of` and `person_by_id` show people as the report does;
    `before_people` stands before those that an item is assigned to.
    """

    def __init__(
        self,
        found: Decisions,
        period: Period,
        person_of: PersonOf,
        person_by_id: PersonById,
        before_people: str = "",
    ):
        self.found, self.period, self.before_people = found, period, before_people
        self.person_of, self.person_by_id = person_of, person_by_id
        self.year = period.last_day.year

    def past_end(self, heading: str = "Past their planned end") -> Section:
        """What is carried over: its lines, and the hours left on all of them that are known."""
        items = self.found.past_end
        left = [item.forecast.left_hundredths for item in items if item.forecast is not None]
        carried: Line = (f"Carried over: {number(sum(left))} h left on {len(left)} of them.",) if len(left) > 1 else ()
        aside = f"on {weekday_and_day(self.period.last_day, self.year)}" if items else ""
        return self._section(heading, [self._past(item) for item in items], aside=aside, rest=carried)

    def due(self, heading: str = "Due by") -> Section:
        found = self.found
        lines = [self._short(item) for item in found.short] + [self._ending_later(item) for item in found.ending_later]
        rest: list[Span] = []
        if found.in_pace:
            left = [item.forecast.left_hundredths if item.forecast else 0 for item in found.in_pace]
            rest += ["In pace: ", *_named(found.in_pace, [f" ({number(each)} h left)" for each in left]), ". "]
        if found.unknown:
            without = all(item.plan.estimate_seconds is None for item in found.unknown)
            why = "No estimate, so not known: " if without else "Not known: "
            rest += [why, *_named(found.unknown, [""] * len(found.unknown)), "."]
        aside = "hours left against the pace so far" if found.short else ""
        until = weekday_and_day(found.due_until, self.year)
        return self._section(f"{heading} {until}", lines, aside=aside, rest=tuple(rest), count=len(found.due))

    def over(self) -> Section:
        found = self.found.over
        done = ""
        if found and all(entity.state_final for entity in found):
            done = {1: "done", 2: "both done"}.get(len(found), "all done")
        return self._section("Over estimate", [self._over(entity) for entity in found], most=_LINES_BESIDE, aside=done)

    def stuck(self) -> Section:
        """Started work without time, and work with time that is not started in Fibery."""
        found = self.found
        lines = [self._stuck(item) for item in found.stuck] + [self._not_updated(item) for item in found.not_updated]
        also = [item for item in (*found.past_end, *found.due) if is_not_updated(item, self.period)]
        rest: Line = ()
        if also:
            rest = (f"Not started in Fibery, and listed as due: {listing([f'#{item.public_id}' for item in also])}.",)
        return self._section("Stuck or not updated", lines, most=_LINES_BESIDE, rest=rest, count=len(lines) + len(also))

    def later(self) -> Section:
        found = self.found.later
        rest: Line = ()
        if found:
            first = found[0]
            end = short_day(first.planned_end, self.year) if first.planned_end else ""
            furthest = " Furthest: " if len(found) > 1 else " "
            about = f" ({number(short_of([first]))} h, {end})."
            rest = (Jump(f"{number(short_of(found))} h short.", "plans"), furthest, reference(first), about)
        return self._section("Later, behind the pace", [], rest=rest, count=len(found))

    def _section(
        self,
        heading: str,
        lines: Sequence[Decision],
        *,
        aside: str = "",
        rest: Line = (),
        most: int = _LINES,
        count: int | None = None,
    ) -> Section:
        """The first lines, how many more there are, and what is said of the others in a sentence."""
        shown = lines if len(lines) <= most + 1 else lines[:most]
        blocks: list[Block] = [DecisionList(tuple(shown))] if shown else []
        if more := len(lines) - len(shown):
            blocks.append(Paragraph((Jump(f"And {more} more.", "plans"),), "small"))
        if rest:
            blocks.append(Paragraph(rest, "small"))
        counted = len(lines) if count is None else count
        return Section(
            f"{heading} · {counted}" if counted else heading,
            tuple(blocks) or (Paragraph(("None.",), "small"),),
            aside=aside,
        )

    # Lines

    def _past(self, item: OpenItem) -> Decision:
        days = (self.period.last_day - item.planned_end).days if item.planned_end else 0
        past = f"{plural(days, 'day')} past" if days else "due on the last day"
        forecast = item.forecast
        if forecast is None:
            figure, made_of = past, self._why_unknown(item)
        elif forecast.left_hundredths:
            figure, made_of = f"{number(forecast.left_hundredths)} h left", f"of {self._estimate(item)} estimated"
        else:
            figure, made_of = past, f"all of {self._estimate(item)} used"
        return self._line(item, figure, made_of, behind=True)

    def _short(self, item: OpenItem) -> Decision:
        forecast = item.forecast
        if forecast is None or forecast.fits_hundredths is None:
            raise ValueError("what is short has a forecast")
        fits = (
            f"{number(forecast.fits_hundredths)} at the pace so far"
            if forecast.pace_seconds
            else "no time in three weeks"
        )
        made_of = f"{number(forecast.left_hundredths)} left, {fits}"
        return self._line(item, f"{number(forecast.short_hundredths or 0)} h short", made_of)

    def _ending_later(self, item: OpenItem) -> Decision:
        last = item.ending_later[0]
        figure = f"{plural(len(item.ending_later), 'item ends', 'items end')} later"
        end = weekday_and_day(last.planned_end, self.year)
        return self._line(item, figure, f"the last on {end} (#{last.public_id})")

    def _stuck(self, item: OpenItem) -> Decision:
        if item.last_time is None:
            return self._line(item, "no time", dated=False)
        weeks = (self.period.last_day - item.last_time).days // 7
        return self._line(item, f"{weeks} weeks", f"last time {short_day(item.last_time, self.year)}", dated=False)

    def _not_updated(self, item: OpenItem) -> Decision:
        return self._line(item, "not started", dated=False)

    def _over(self, entity: Entity) -> Decision:
        plan = entity.plan
        of_estimate = f"{number(plan.spent_in_all_hundredths or 0)} of {hours(plan.estimate_seconds or 0)}"
        people = self._people(entity.assignees or [], [])
        about = f"{kind_of(entity.type)} · {entity.state or 'state unknown'}, {of_estimate}"
        name = reference(ref(entity))
        return Decision((name,), (*people, *([" · "] if people else []), about), f"+{number(plan.over_hundredths)} h")

    def _line(
        self, item: OpenItem, figure: str, made_of: str = "", *, behind: bool = False, dated: bool = True
    ) -> Decision:
        end = weekday_and_day(item.planned_end, self.year) if item.planned_end and dated else ""
        when: Line = (Behind(end) if behind else end,) if end else ()
        return Decision((reference(item),), self._about(item), figure, made_of, when)

    def _about(self, item: OpenItem) -> Line:
        """Whose it is, who else had time on it, its type, and its state."""
        others = [user_id for user_id in item.user_ids if user_id not in item.assigned_ids]
        people = self._people(item.assignees, others)
        kind, state = kind_of(item.type), state_then(item, self.period)
        spans: list[Span] = [*people, " · "] if people else []
        if is_not_updated(item, self.period):
            return (*spans, f"{kind} · ", Behind(f"still {state}, {self._spent(item)} spent"))
        return (*spans, f"{kind} · {state}{': open?' if item.state_kind is None else ''}")

    def _people(self, assignees: Sequence[Assignee], others: Sequence[int]) -> Line:
        assigned = joined((person,) for each in assignees if (person := self.person_of(each)) is not None)
        spans: Line = (self.before_people, *assigned) if assigned and self.before_people else assigned
        by = joined((person,) for user_id in others if (person := self.person_by_id(user_id)) is not None)
        if by:
            spans = (*spans, "; time by " if spans else "time by ", *by)
        return spans

    def _estimate(self, item: OpenItem) -> str:
        return hours(item.plan.estimate_seconds or 0)

    def _spent(self, item: OpenItem) -> str:
        return f"{number(item.plan.spent_in_all_hundredths or 0)} h"

    def _why_unknown(self, item: OpenItem) -> str:
        return "no estimate" if item.plan.estimate_seconds is None else "what was spent is unknown"


class OwnGroups(DecisionGroups):
    """Those of a person's report: of what is assigned to them. `times` are its hours, as printed."""

    def __init__(self, found: Decisions, facts: IndividualFacts, times: PrintedTimes):
        def others(assignee: Assignee) -> Span | None:
            is_own = facts.email and (assignee.email or "").casefold() == facts.email.casefold()
            return None if is_own else PageLink(assignee.shown, None)

        super().__init__(found, facts.period, others, lambda user_id: None, "with ")
        self.facts, self.times = facts, times

    def left_open(self) -> Section:
        """What is started and due later or never, and open work of others that they had time on."""
        open_items = without(self.facts.open_items, [*self.found.past_end, *self.found.due])
        mine = [item for item in open_items if self.facts.user_id in item.assigned_ids and item.state_kind == "started"]
        others = [item for item in open_items if self.facts.user_id not in item.assigned_ids]
        return self._section("Left open", [self._left(item) for item in (*mine, *others)])

    def _left(self, item: OpenItem) -> Decision:
        forecast = item.forecast
        if forecast is None:
            return self._line(item, "no estimate" if item.plan.estimate_seconds is None else "not known")
        short = forecast.short_hundredths
        made_of = f"of {self._estimate(item)}" + (f", {number(short)} short" if short and forecast.pace_seconds else "")
        return self._line(item, f"{number(forecast.left_hundredths)} h left", made_of)

    def _about(self, item: OpenItem) -> Line:
        part = self.times.by_item.get((item.type, item.public_id))
        this = period_word(self.period)
        mine = f"no time of yours this {this}" if part is None else f"{number(part)} h of yours this {this}"
        return (*super()._about(item), f" · {mine}")


def _named(items: Sequence[OpenItem], about: Sequence[str]) -> Line:
    """Items by name, each with what is said about it; of many, the first ones."""
    shown = len(items) if len(items) <= _NAMED + 1 else _NAMED
    more = len(items) - shown
    parts: list[Line] = [(reference(item), about[place]) for place, item in enumerate(items[:shown])]
    return joined([*parts, *([(f"{more} more",)] if more else [])], last=" and ")
