"""The facts of a period, as typed models: every figure, date, id, name and state that a report shows.

Whatever a report shows (Markdown, HTML, charts, the model's prompt, checks, exports) is read from these and computed
nowhere else. Times are whole seconds; what is unknown is None, never zero. They are computed from `period.py` on;
wording is for what prints them.

Where a time is tracked time, it also stands in `hundredths` of an hour, as printed: the sum of what the rows of
`tracked_time` were rounded to (`toggl/rounding.py`). Nothing that prints it may round the seconds again. In a report
whose hours are h:mm (`Period.hours`), these fields count minutes.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict
from pydantic.main import IncEx

from volt_assets.formatting import HoursForm, rounded
from volt_assets.months import calendar_name
from volt_assets.reports.rules import NOT_STARTED_SECONDS

# Of facts and prose as they are stored. Raised with their form, and where stored weeks should be reported otherwise:
# every weekly report then gets a new version when it is next made, in which nobody's hours have changed.
SCHEMA_VERSION = 7
# A longer period is looked at by its months.
_BY_WEEK_DAYS = 16 * 7
# Times, what follows from them and where links lead, by where they stand. Without these, facts of unchanged rows are
# equal.
_FETCHED_AT: Mapping[str, IncEx | bool] = {"fetched_at": True, "weeks": {"__all__": {"fetched_at"}}, "toggl_page": True}
_TIMES: Mapping[str, IncEx | bool] = {"period": _FETCHED_AT, "entities": {"__all__": {"enriched_at"}}}

# How the lookup of an entity ended. not_configured: `default` is null for its type; no_such_type: its label fits no
# type; failed: this time; not_looked_up: it was not requested.
Outcome = Literal["found", "not_found", "no_such_type", "not_configured", "failed", "not_looked_up"]


def _utc(instant: datetime) -> datetime:
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


Instant = Annotated[datetime, AfterValidator(_utc)]


class Facts(BaseModel):
    """Base of all facts."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Week(Facts):
    """A week that the period touches, as stored."""

    week: date
    timezone: str
    fetched_at: Instant
    everybody: bool
    after_its_end: bool
    complete: bool


class Period(Facts):
    """The days reported on, both included. `fetched_at` is that of the week fetched first.

    `stored_since` is the first week stored at all; `weeks_missing` counts the weeks between it and the period that are
    not complete: what sums up earlier weeks is at least that much, not exactly. More time than `not_started_seconds` on
    something not started is reported as a mismatch. `hours`: the form in which hours are printed. `toggl_page`: the
    address of the workspace's detailed report in Toggl, to which days are added.
    """

    first_day: date
    last_day: date
    timezone: str
    hours: HoursForm = "decimal"
    fetched_at: Instant | None
    weeks: list[Week]
    stored_since: date | None = None
    weeks_missing: int = 0
    not_started_seconds: int = NOT_STARTED_SECONDS
    toggl_page: str | None = None

    @property
    def one_week(self) -> bool:
        return self.first_day.weekday() == 0 and self.last_day - self.first_day == timedelta(days=6)

    @property
    def days(self) -> int:
        return (self.last_day - self.first_day).days + 1

    @property
    def calendar_name(self) -> Literal["month", "quarter"] | None:
        """What the period is, if it is one whole month or quarter."""
        return calendar_name(self.first_day, self.last_day)

    @property
    def parts(self) -> Literal["week", "month"] | None:
        """What a longer period is looked at by: its weeks, or its months where those would be many. None: it is not."""
        if self.days <= 7:
            return None
        return "week" if self.days <= _BY_WEEK_DAYS else "month"


class Figures(Facts):
    """linked + other = tracked. `billable_seconds` is the part of it marked so in Toggl; unknown of weeks summed before
    that was kept. `entities` are distinct; both counts are unknown where their lookups were not made.
    """

    tracked_seconds: int = 0
    linked_seconds: int = 0
    other_seconds: int = 0
    linked_hundredths: int = 0
    other_hundredths: int = 0
    billable_seconds: int | None = 0
    billable_hundredths: int | None = 0
    entries: int = 0
    entities: int | None = 0
    finished: int | None = 0

    @property
    def tracked_hundredths(self) -> int:
        return self.linked_hundredths + self.other_hundredths


class Before(Facts):
    """The equally long period before. `figures` is None where its weeks do not allow them: `unknown_because`."""

    first_day: date
    last_day: date
    figures: Figures | None
    unknown_because: str | None


class LeftOut(Facts):
    """What was fetched with the weeks and is not tracked time of the period: tracked + outside = fetched.

    Running entries have no seconds; those on other days count as outside.
    """

    running_entries: int = 0
    outside_entries: int = 0
    outside_seconds: int = 0
    fetched_entries: int = 0
    fetched_seconds: int = 0


class Coverage(Facts):
    """Parts of the tracked time: linked to an entity; of a type with a key of its own in the configuration; described,
    which is linked or with some text."""

    tracked_seconds: int = 0
    linked_seconds: int = 0
    configured_seconds: int = 0
    described_seconds: int = 0


class ProjectTime(Facts):
    """Time on a project: that of the link's tags, else the one chosen in Toggl. None: neither."""

    project: str | None
    seconds: int
    hundredths: int


class Project(ProjectTime):
    """`entities` and `finished` are distinct within the project. Of a week, `weeks` is the time in hundredths in each
    week of the trend (None: unknown), and `usual_hundredths` the median of those before, where four are known: zero
    where most of them have none. Of a period of two to four months, `months` is the time in each.
    """

    entries: int
    people: int
    entities: int
    finished: int
    weeks: list[int | None] = []
    usual_hundredths: int | None = None
    months: list[int] = []


class TypeTime(Facts):
    """Time on entities of one type; None: linked to nothing."""

    type: str | None
    seconds: int
    hundredths: int
    entities: int
    finished: int


class OverEstimate(Facts):
    """Entities on which more was spent than estimated, and by how much in sum. None: unknown, as the plans are."""

    entities: int | None = None
    seconds: int | None = None


class Assignee(Facts):
    name: str | None = None
    email: str | None = None

    @property
    def shown(self) -> str:
        """What stands for them where nothing links to a report."""
        return self.name or self.email or "somebody"


class Comment(Facts):
    """What somebody wrote on an entity within the period: the beginning of the text. `author` None: unknown."""

    author: str | None = None
    day: date
    text: str


class Parent(Facts):
    """What an entity is part of, one level up. `items` and `items_done` count everything below it in Fibery.

    `seconds` is everybody's time in the period on what is below it (and on itself), `seconds_in_all` up to the period's
    end; both None unless everybody's entries were fetched.
    """

    type: str | None = None
    public_id: str | None = None
    name: str | None = None
    url: str | None = None
    state: str | None = None
    state_final: bool | None = None
    items: int | None = None
    items_done: int | None = None
    seconds: int | None = None
    seconds_in_all: int | None = None
    hundredths: int | None = None
    hundredths_in_all: int | None = None


def _sum(before: int | None, now: int | None) -> int | None:
    return None if before is None or now is None else before + now


class Plan(Facts):
    """Plan against actual, over all stored weeks up to the period's end. `own_*` are this person's, else everybody's.

    before + in the period = in all. What was spent is known from the first stored week on (`Period.stored_since`); None
    where everybody's entries of the period were not fetched. `at_least`: it was begun before that week, or weeks are
    missing since. remaining and over are of the estimate: at most one is above zero, and both are None without one.
    """

    estimate_seconds: int | None = None
    spent_before_seconds: int | None = None
    spent_seconds: int | None = None
    spent_in_all_seconds: int | None = None
    own_spent_before_seconds: int | None = None
    own_spent_in_all_seconds: int | None = None
    spent_before_hundredths: int | None = None
    spent_hundredths: int | None = None
    own_spent_before_hundredths: int | None = None
    own_spent_hundredths: int | None = None
    remaining_seconds: int | None = None
    over_seconds: int | None = None
    at_least: bool = False

    @property
    def spent_in_all_hundredths(self) -> int | None:
        return _sum(self.spent_before_hundredths, self.spent_hundredths)

    @property
    def over_hundredths(self) -> int:
        """By how much it is over its estimate, as printed; 0 where it is not, or not known."""
        if self.estimate_seconds is None or self.spent_in_all_hundredths is None:
            return 0
        return max(self.spent_in_all_hundredths - rounded(self.estimate_seconds), 0)

    @property
    def own_spent_in_all_hundredths(self) -> int | None:
        return _sum(self.own_spent_before_hundredths, self.own_spent_hundredths)


class Entity(Facts):
    """A work item and the time spent on it.

    `type` is "Space/Database" in Fibery, or the tags where they fit none. `finished`: in a final state, and ended
    within the period. `description` holds its beginning. `missing` names what was requested and is empty: what is
    None without being named there is unknown. `parents` is the chain above it, nearest first, three at most.
    `comments` counts all of them; `period_comments` are the latest of those written within the period, oldest
    first.
    `user_ids`: for the team, whose time it is, most first.
    """

    type: str
    public_id: str
    outcome: Outcome
    name: str | None
    title: str | None
    labels: list[list[str]]
    url: str | None
    seconds: int
    hundredths: int
    entries: int
    days: list[date]
    projects: list[ProjectTime]
    configured: bool | None
    state: str | None
    state_final: bool | None
    finished: bool
    closed_date_unknown: bool
    planned_start: date | None
    planned_end: date | None
    actual_start: date | None
    actual_end: date | None
    days_late: int | None
    days_overdue: int | None
    assignees: list[Assignee] | None
    description: str | None
    comments: int | None
    period_comments: list[Comment] = []
    plan: Plan = Plan()
    parents: list[Parent] = []
    user_ids: list[int] = []
    fields: dict[str, Any]
    missing: list[str]
    problems: list[str]
    enriched_at: Instant | None


class OtherActivity(Facts):
    """Time linked to no entity. `description` is None where none was given; `ids` are suggestions found in it."""

    description: str | None
    ids: list[str]
    projects: list[str]
    seconds: int
    hundredths: int
    entries: int


class DayTime(Facts):
    """Tracked time of one day of the period; every day of a period of up to 31 days is listed."""

    day: date
    seconds: int
    hundredths: int


class WeekTime(Facts):
    """Tracked time of a week, for the trend. None: the week is not complete, so its time is unknown."""

    week: date
    seconds: int | None
    hundredths: int | None
    linked_seconds: int | None
    configured_seconds: int | None = None
    described_seconds: int | None = None


class Trend(Facts):
    """The eight weeks before the period's last week, and that week, oldest first. `usual_seconds` is the median of the
    eight where at least four of them are known, in whole seconds; `usual_weeks` counts the known ones.

    `own`: of a longer period, its weeks or months (`Period.parts`), each by its first day, with the period's days
    alone: they add up to its time.
    """

    weeks: list[WeekTime] = []
    usual_seconds: int | None = None
    usual_hundredths: int | None = None
    usual_weeks: int = 0
    own: list[WeekTime] = []


class DayExpected(Facts):
    """What is expected on a day."""

    day: date
    seconds: int | None


class WeekExpected(Facts):
    """What is expected in a week. None: not known."""

    week: date
    seconds: int | None
    hundredths: int | None


class DaysAway(Facts):
    """Days in a row on which somebody is away, and why."""

    first_day: date
    last_day: date
    reason: str | None = None


class Expected(Facts):
    """What is expected of a person in the period, days off, absences and holidays taken out. None: not known.

    `days` are those of a period of up to 31; `weeks` those of the trend, `own` those of its `own`. `weeks_in_row`: how
    many weeks in a row, with this one, were a tenth or more over what was expected; below zero: under it. `weeks_off`
    counts those of a longer period that were a tenth or more off, `days_off` its working days of absence.

    `next_*` is of the time that one plans after the period (`planned_until`), `away_next` of the seven days after.
    """

    seconds: int | None = None
    hundredths: int | None = None
    days: list[DayExpected] = []
    weeks: list[WeekExpected] = []
    own: list[WeekExpected] = []
    weeks_in_row: int = 0
    weeks_off: int = 0
    days_off: int = 0
    next_seconds: int | None = None
    next_hundredths: int | None = None
    away_next: list[DaysAway] = []


class AbsentPerson(Facts):
    """Somebody without entries in the period. `last_entry`: the day of the last one stored; `active`: in Toggl."""

    user_id: int
    name: str
    email: str | None
    last_entry: date | None
    active: bool
    expected: Expected = Expected()


class AwayPerson(Facts):
    """Somebody who is away on days of the seven after the period."""

    user_id: int
    name: str
    email: str | None
    days: list[DaysAway]


class TeamExpected(Facts):
    """What is expected of all people together; `configured`: whether there is a people.yaml.

    `absent`: who has no entries in the period, and something is expected of them or they had some not long before.
    `away_next`: whoever first is away first. `strangers`: addresses in people.yaml that nobody stored ever had.
    """

    configured: bool = False
    seconds: int | None = None
    hundredths: int | None = None
    weeks: list[WeekExpected] = []
    own: list[WeekExpected] = []
    next_seconds: int | None = None
    next_hundredths: int | None = None
    absent: list[AbsentPerson] = []
    away_next: list[AwayPerson] = []
    strangers: list[str] = []


HintKind = Literal["overlap", "long_entry", "across_midnight", "duplicate", "zero_seconds", "unusual_week"]


class Hint(Facts):
    """Something worth a look, by a rule. `entries` are Toggl's ids; `seconds` is the time concerned.

    `hundredths`: of one entry that is all of a row of tracked time, its length as that row is printed.

    overlap: two entries and how long both run; long_entry: over 10 h; duplicate: same start, length and description;
    unusual_week: more than half above or below the usual week (`usual_seconds`), without entries.
    """

    kind: HintKind
    entries: list[int] = []
    days: list[date] = []
    seconds: int | None = None
    hundredths: int | None = None
    usual_seconds: int | None = None


FixKind = Literal["overlap", "duplicate", "zero_seconds", "long_entry", "no_description", "no_project"]


class ToFix(Facts):
    """An entry to correct in Toggl. no_project: half an hour or more on neither a project nor a work item.

    `start` and `stop` are the entry's; of an overlap or a duplicate, those of the time that is there twice.
    """

    kind: FixKind
    entry: int
    day: date
    start: Instant
    stop: Instant


class PersonHints(Facts):
    """For the team: how many hints of a kind a person has."""

    user_id: int
    kind: HintKind
    hints: int
    seconds: int | None = None


Verdict = Literal["closed_before", "not_updated", "not_started", "tracked", "idle", "open", "unknown"]
AsOf = Literal["period_end", "fetch"]
StateKind = Literal["not_started", "started", "final"]


class Aligned(Facts):
    """Whether time and Fibery's state of an entity agree. The first rule that fits gives the verdict:

    closed_before: time, in a final state since before the period; not_updated: more time than the threshold, not
    started; not_started: less of it (no fault); tracked: time, started or final; idle: assigned and started, without
    time; open: assigned, not started, without time (no fault); unknown: not found, no state, or no history.
    `since` is the day of the state, where known; `age_weeks` how many weeks in a row the mismatch has been there.
    `as_of`: the state is the one at the period's end (Fibery's history) or the one when it was fetched.
    """

    verdict: Verdict
    type: str
    public_id: str
    name: str | None
    url: str | None
    seconds: int
    hundredths: int
    state: str | None
    state_kind: StateKind | None
    since: date | None = None
    age_weeks: int | None = None
    as_of: AsOf = "fetch"


class VerdictTime(Facts):
    """For the team: entities and time by verdict; an entity of two people counts once."""

    verdict: Verdict
    entities: int
    people: int
    seconds: int
    hundredths: int


class EntityRef(Facts):
    """An entity that is pointed at."""

    type: str
    public_id: str
    name: str | None = None
    url: str | None = None


class EndingLater(EntityRef):
    """What is below an item and planned to end after it."""

    planned_end: date


class Forecast(Facts):
    """What is left of an item's estimate, against the pace of everybody's time on it: `pace_seconds` in `pace_days`
    working days, the last ones before the period's end.

    left - fits = short, in hundredths of an hour. `fits_hundredths`: what of it fits until the planned end; None where
    there is none. `done_on`: the working day on which all of it would be used; None where nobody works on it.
    """

    pace_seconds: int
    pace_days: int
    left_hundredths: int
    fits_hundredths: int | None
    done_on: date | None

    @property
    def short_hundredths(self) -> int | None:
        return None if self.fits_hundredths is None else self.left_hundredths - self.fits_hundredths


class OpenItem(EntityRef):
    """Work that was not finished at the period's end, with or without time in it.

    `state_kind` None: it is not known whether the state is an open one. `assignees` are those in Fibery; of them,
    `assigned_ids` are people of Toggl. `user_ids` are those with time on it in the period, `last_time` is the last day
    with anybody's. `forecast` is None without an estimate, and where what was spent is unknown. `part_of`: what it is
    part of, one level up. `closed_on`: the day after the period on which it came into `state`, where only its own
    dates say that it was open at the period's end.
    """

    state: str | None
    state_kind: StateKind | None
    closed_on: date | None = None
    planned_end: date | None
    assignees: list[Assignee]
    assigned_ids: list[int]
    user_ids: list[int]
    last_time: date | None
    plan: Plan
    forecast: Forecast | None
    ending_later: list[EndingLater] = []
    part_of: EntityRef | None = None


class LikelyEntity(EntityRef):
    """What unlinked time may have been spent on. `score` is between 0 and 1; `because` says why, in words."""

    score: float
    because: str


class UnlinkedTime(Facts):
    """Unlinked time by description, most first, with likely entities, best first. Suggestions are never applied."""

    user_id: int
    description: str | None
    seconds: int
    hundredths: int
    entries: int
    likely: list[LikelyEntity] = []


SuspicionKind = Literal["not_found", "closed_long_ago", "several_ids", "label_of_several_types"]


class SuspiciousLink(EntityRef):
    """A link that may be wrong. `since`: of closed_long_ago, the day it was closed."""

    kind: SuspicionKind
    user_ids: list[int]
    seconds: int
    hundredths: int
    entries: int
    since: date | None = None


class LinkSuggestions(Facts):
    """What could be linked, and which links may be wrong; stored under the key `link_doctor`.

    `unlinked` is the time for which there are likely items, those with a score of `threshold` or more; for the team,
    the largest.
    """

    threshold: float | None = None
    unlinked: list[UnlinkedTime] = []
    suspicious: list[SuspiciousLink] = []


class SchemaChange(Facts):
    """A change of a configured type between two snapshots of Fibery's schema, or what the configuration asks in vain.

    missing: a configured field that Fibery does not have; added: a field new since the last snapshot; renamed: the same
    field (by Fibery's id), called otherwise than before; removed: a field that was there.
    """

    kind: Literal["missing", "added", "renamed", "removed"]
    type: str
    field: str
    before: str | None = None


class ParentTime(Parent):
    """For the team: time on a feature, epic or the like, and progress; `level` 1 is directly above the entities."""

    level: int
    people: int
    entities: int


class EntryVersion(Facts):
    """A time entry as it was or is. `seconds` is None while it runs; `project` is the one chosen in Toggl."""

    description: str | None
    start: Instant
    day: date
    seconds: int | None
    project: str | None = None


class EntryChange(Facts):
    """An entry that is not as it was when the report was last made. `seconds` is what it adds to the period's total.

    added and deleted have no `before` or `after`. Of a moved one, either is in another week: it adds in one week what
    it takes from the other (one that moved to a week that is not stored is reported as deleted).
    """

    kind: Literal["added", "edited", "deleted", "moved"]
    entry_id: int
    user_id: int
    before: EntryVersion | None
    after: EntryVersion | None
    seconds: int


class Changes(Facts):
    """What changed since the version `since_version` of the report: the changes' seconds add up to `seconds`.

    `hundredths_before`: the total as that version printed it; None where it was made before such was kept.

    Not part of the facts' hash: it is about two versions, not about the period.
    """

    since_version: int
    since: Instant
    seconds: int
    hundredths_before: int | None = None
    entries: list[EntryChange]


class IndividualFacts(Facts):
    """One person's period."""

    schema_version: int = SCHEMA_VERSION
    period: Period
    user_id: int
    name: str
    email: str | None
    figures: Figures
    before: Before
    left_out: LeftOut
    projects: list[Project]
    entities: list[Entity]
    other_activities: list[OtherActivity]
    types: list[TypeTime] = []
    over_estimate: OverEstimate = OverEstimate()
    coverage: Coverage = Coverage()
    days: list[DayTime] = []
    trend: Trend = Trend()
    expected: Expected = Expected()
    hints: list[Hint] = []
    to_fix: list[ToFix] = []
    alignment: list[Aligned] = []
    link_doctor: LinkSuggestions = LinkSuggestions()
    open_items: list[OpenItem] = []


class Person(Facts):
    """A person's line in the team's report. `projects` are most time first."""

    user_id: int
    name: str
    email: str | None
    figures: Figures
    tracked_seconds_before: int | None
    tracked_hundredths_before: int | None
    coverage: Coverage
    projects: list[ProjectTime] = []
    expected: Expected = Expected()


class OutcomeTime(Facts):
    """Linked time by how the lookups ended."""

    outcome: Outcome
    seconds: int
    hundredths: int
    entries: int
    people: int
    entities: int


class UnknownType(Facts):
    """A type without a key in the configuration, or (`no_such_type`) a label that fits none.

    `priority` = hours x 10 + entries x 5 + people x 2. `samples` are three entities, most time first; `yaml` is ready
    to paste into `enrichment_config.yaml`.
    """

    type: str
    no_such_type: bool
    seconds: int
    hundredths: int
    entries: int
    people: int
    entities: int
    priority: float
    samples: list[EntityRef] = []
    yaml: str = ""


class BillableTime(Facts):
    """Billable time of a person on a project, and what it costs at the rate. None: there is no rate."""

    user_id: int
    project: str | None
    hundredths: int
    rate: Decimal | None = None
    currency: str | None = None
    amount: Decimal | None = None


class TeamTime(Facts):
    """The time of a team's people; `team` None: of those in no team. `file`: the name of its own report's file; `lead`:
    who leads it; `people`: how many have entries in the period. `expected_hundredths` None: not known.
    """

    team: str | None
    file: str | None
    lead: str | None
    people: int
    tracked_seconds: int
    linked_seconds: int
    linked_hundredths: int
    other_hundredths: int
    expected_hundredths: int | None

    @property
    def hundredths(self) -> int:
        return self.linked_hundredths + self.other_hundredths


class TeamFacts(Facts):
    """The period of all requested people. `entities` are distinct and hold everybody's time on them. `states_as_of`: of
    when the states are that the alignment judges by.

    `team` and `lead`: whose the report is, where it is of one team. `teams`: those of a report of all people. `money`
    None: not to be shown (VOLT_MONEY).
    `absent_seconds_before`: the time, in the period before, of people without entries in this one.
    """

    schema_version: int = SCHEMA_VERSION
    team: str | None = None
    lead: str | None = None
    period: Period
    figures: Figures
    before: Before
    left_out: LeftOut
    people: list[Person]
    teams: list[TeamTime] = []
    money: list[BillableTime] | None = None
    absent_seconds_before: int | None
    absent_hundredths_before: int | None
    projects: list[Project]
    entities: list[Entity]
    coverage: Coverage
    outcomes: list[OutcomeTime]
    unknown_types: list[UnknownType]
    schema_changes: list[SchemaChange] = []
    types: list[TypeTime] = []
    over_estimate: OverEstimate = OverEstimate()
    parents: list[ParentTime] = []
    trend: Trend = Trend()
    expected: TeamExpected = TeamExpected()
    hints: list[PersonHints] = []
    alignment: list[VerdictTime] = []
    mismatches: list[Aligned] = []
    states_as_of: list[AsOf] = []
    link_doctor: LinkSuggestions = LinkSuggestions()
    open_items: list[OpenItem] = []

    @property
    def with_time(self) -> list[Person]:
        """The people with time; others have running entries only, or of zero seconds."""
        return [person for person in self.people if person.figures.tracked_seconds]


class PeriodFacts(Facts):
    """All reports of a period. `individuals` are those with entries on its days, by name."""

    schema_version: int = SCHEMA_VERSION
    individuals: list[IndividualFacts]
    team: TeamFacts

    @property
    def reports(self) -> list[IndividualFacts | TeamFacts]:
        """The facts of each report, the team's first."""
        return [self.team, *self.individuals]


def facts_hash(facts: IndividualFacts | TeamFacts) -> str:
    """A hash of the facts that leaves out when they were fetched."""
    content = json.dumps(facts.model_dump(mode="json", exclude=_TIMES), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()
