"""What a rule knows besides a declaration: the moment, calendars, plans, usual times, feeds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cached_property
from math import floor
from typing import Any

from clearance.calendar import Calendar
from clearance.customs import DEFAULT, System, systems
from clearance.customs.calendars import OFFICIAL, Calendars
from clearance.customs.moments import in_zone
from clearance.figures.dwell import Dwell
from clearance.figures.feeds import Feed
from clearance.figures.forecast import Model
from clearance.model import (
    Declaration,
    Event,
    PendingDelivery,
    Summary,
    UnreadNotice,
    Value,
)
from clearance.model.values import field
from clearance.named_tuples import NamedTuple
from clearance.periods import later
from clearance.shipments import filed, plans
from clearance.shipments.plans import Plan
from clearance.sources.rest import Rest
from clearance.timelines import derive

_DAY = timedelta(days=1)
_EXPORT_FACTS = ("cutoff", "cy_cutoff", "loading")
_IMPORT_FACTS = ("free_until", "tax_due", "tax", "value")


Whose = Callable[[Summary, Sequence[Plan], datetime], str | None]
"""The customer of a declaration, given the plans about it and the moment; None if nobody's."""


class History(NamedTuple):
    """Findings about declarations that nobody speaks of any more: in how many, by rule, and the
    earliest time at which anything of it began.
    """

    declarations: int
    by_rule: Mapping[str, int]
    since: datetime


class Moments:
    """The next moment at which the rules may say something else of a declaration.

    It is noted by what a rule asks the context: whether a time has passed, how long ago it was,
    what day it is. As long as nothing but time changes, the rules say the same until then.
    ``measured``: a rule asked for a length of time, which may stand in its text.
    """

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.next: datetime | None = None
        self.measured = False

    def note(self, at: datetime) -> None:
        """Notes a moment, unless it is over."""
        if at >= self.now and (self.next is None or at < self.next):
            self.next = at


class _Remembered:
    """What was worked out of the last declaration, because rule after rule asks for it."""

    def __init__(self) -> None:
        self.declaration: Summary | None = None
        self.planned: PlannedFacts | None = None
        self.counted: Sequence[Event] | None = None

    def of(self, declaration: Summary) -> _Remembered:
        """Itself, empty if it was about another declaration."""
        if self.declaration is not declaration:
            self.declaration, self.planned, self.counted = declaration, None, None
        return self


class Context(Value, slots=False):
    """What all rules of a check share: the moment they judge at, and what a store knows by then.

    ``now`` is aware. ``settings`` are those configured, by rule; ``home`` is the customs system of
    what belongs to no declaration, such as a plan that waits for one; ``contacts`` say whom to call
    by customs office.
    """

    now: datetime
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    calendars: Calendars = OFFICIAL
    home: str = DEFAULT
    plans: Mapping[str, Sequence[Plan]] = field(default_factory=dict)
    """Plans by the keys they are filed under."""
    dwell: Dwell = field(default_factory=Dwell)
    """How long declarations usually stay in a stage."""
    forecast: Callable[[str], Model] | None = None
    """What forecasts rest on, by customs system; None where no export has a cut-off ahead."""
    feeds: Sequence[Feed] = ()
    unread: Sequence[UnreadNotice] = ()
    pending_deliveries: Sequence[PendingDelivery] | None = None
    """Deliveries that are not made; None before any was tried."""
    contacts: Mapping[str, str] = field(default_factory=dict)
    targets: Mapping[str, int] = field(default_factory=dict)
    """The seconds that an interval should take at most, by its name."""
    sources: Mapping[str, str] = field(default_factory=dict)
    """Why each configured source cannot be read, by its name; empty text if it can."""
    rests: Mapping[str, Rest] = field(default_factory=dict)
    """The times of day at which each configured source rests, by its name."""
    came_from: Mapping[str, str] = field(default_factory=dict)
    """The configured source that a message came from, by the message's id."""
    clock: datetime | None = None
    """The time by the clock, if ``now`` is another."""
    sent_after: Mapping[str, datetime] = field(default_factory=dict)
    """When what a client could not send was sent after all, by the name it was to be sent as."""
    last_of: Mapping[str, int] = field(default_factory=dict)
    """Declarations of a shipment of which all but one are released, by the name of that one."""
    old: History | None = None
    """What was found in declarations that nobody speaks of any more; None if nothing was."""
    settings_print: str = ""
    """A fingerprint of the settings that are not told here; empty if there are none."""
    whose: Whose | None = None
    """Names the customer of a declaration; None where no customers are set."""
    moments: Moments | None = field(default=None, compare=False)
    """Where the next moment is noted at which an answer may be another; None if nobody asks."""

    @cached_property
    def _last(self) -> _Remembered:
        return _Remembered()

    @cached_property
    def _settings(self) -> dict[str, dict[str, Any]]:
        return {}

    @property
    def surely_now(self) -> datetime:
        """The earlier of the moment judged at and the clock: what is kept for good goes by it."""
        return min(self.now, self.clock or self.now)

    def system(self, declaration: Summary) -> System:
        """The customs system of a declaration."""
        return systems().get(declaration.system) or systems()[self.home]

    def day(self, at: datetime, declaration: Summary) -> date:
        """The day of a moment, in the zone of a declaration's customs system."""
        return at.astimezone(self.system(declaration).zone).date()

    def today(self, declaration: Summary) -> date:
        """The day of ``now``, in the zone of a declaration's customs system."""
        today = self.day(self.now, declaration)
        if self.moments:
            self.moments.note(self.midnight(today + _DAY, declaration))
        return today

    def past(self, at: datetime) -> bool:
        """Whether a time has come: it is ``now``, or over."""
        self._note(at)
        return at <= self.now

    def over(self, at: datetime, term: timedelta) -> bool:
        """Whether more than a term has passed since a time."""
        self._note_after(at, term)
        return at < later(self.now, -term)

    def left(self, end: datetime, *steps: timedelta) -> timedelta:
        """How long it is to a time, less than nothing after it; a rule compares it with steps."""
        self._note(end, *(end - step for step in steps))
        self._measure()
        return end - self.now

    def stayed(self, since: datetime, *limits: timedelta) -> timedelta:
        """How long ago a time was; a rule compares it with limits."""
        self._note_after(since, *limits)
        self._measure()
        return self.now - since

    def worked(self, calendar: Calendar, since: datetime, *limits: float) -> int:
        """The working seconds since a time; a rule compares them with limits.

        Raises NoCalendar, as it does from the first year on that the calendar does not have.
        """
        if self.moments:
            start = int(since.timestamp())
            ends = [calendar.passed(start, floor(limit)) for limit in limits]
            ends.append(calendar.known_until(start))
            self._note(*(datetime.fromtimestamp(end, UTC) for end in ends))
        self._measure()
        return calendar.working(since, self.now)

    def moving(self) -> datetime:
        """``now``, for what depends on it in a way that names no next moment."""
        self._note(self.now)
        return self.now

    def _note(self, *moments: datetime) -> None:
        if self.moments:
            for at in moments:
                self.moments.note(at)

    def _note_after(self, at: datetime, *terms: timedelta) -> None:
        """Notes the ends of terms; one behind the last year that can be written never comes."""
        for term in terms:
            with suppress(OverflowError):
                self._note(at + term)

    def _measure(self) -> None:
        if self.moments:
            self.moments.measured = True

    def midnight(self, day: date, declaration: Summary) -> datetime:
        """The beginning of a day, in the zone of a declaration's customs system."""
        return datetime(day.year, day.month, day.day, tzinfo=self.system(declaration).zone)

    def calendar(self, declaration: Summary) -> Calendar:
        """The working time of a declaration's customs system."""
        return self.calendars.of(self.system(declaration).name)

    def settings_of(self, rule: str, defaults: Mapping[str, Any]) -> dict[str, Any]:
        """The settings of a rule: its defaults, and over them what is configured."""
        if rule not in self._settings:
            self._settings[rule] = {**defaults, **self.settings.get(rule, {})}
        return self._settings[rule]

    def feed(self, declaration: Declaration) -> str:
        """The source of a declaration's last message, else the name of its customs system."""
        course = declaration.course if self.came_from else ()
        last = course[-1].messages if course else ()
        return next((self.came_from[m] for m in last if m in self.came_from), declaration.system)

    def planned(self, declaration: Summary) -> PlannedFacts:
        """What people planned for a declaration."""
        last = self._last.of(declaration)
        if last.planned is None:
            zone = self.system(declaration).zone
            last.planned = PlannedFacts.of(declaration, self.plans, self.now, zone)
            self._note(*last.planned.ahead)
        return last.planned

    def heard_at(self, declaration: Summary) -> datetime | None:
        """When customs or people last said anything of a declaration; None if customs never did."""
        said_at = self.planned(declaration).said_at
        last = declaration.last_at
        return max(last, said_at or last) if last else None

    def customer(self, declaration: Summary) -> str | None:
        """Whose a declaration is: a customer by its name in the settings, else as people said."""
        if self.whose:
            about = filed.about(declaration, self.plans) if self.plans else ()
            if name := self.whose(declaration, [plan for plan, _ in about], self.now):
                return name
        return self.planned(declaration).facts.get("customer")

    def given_up(self, declaration: Summary) -> bool:
        """Whether people gave a declaration up, and customs has said nothing of it since."""
        plan = self.planned(declaration)
        if "given_up" not in plan.facts:
            return False
        at, day, last = plan.time("given_up"), plan.day("given_up"), declaration.last_at
        if at is None or day is None or not self.past(at):
            return False
        if "T" in plan.facts["given_up"]:
            return last is None or last <= at
        return last is None or self.day(last, declaration) <= day

    def counted(self, declaration: Declaration) -> Sequence[Event]:
        """The events of a declaration that may move its stage."""
        last = self._last.of(declaration)
        if last.counted is None:
            last.counted = derive.counted(declaration.events)
        return last.counted

    def done(self, declaration: Summary) -> dict[str, datetime]:
        """What people planned that is done by now, and when."""
        planned = self.planned(declaration)
        return plans.done(planned.facts, self.now, planned.zone)

    def direction(self, declaration: Summary) -> str | None:
        """``import``, ``export`` or ``transit``, by its messages or else as planned; or None."""
        facts = self.planned(declaration).facts
        if known := declaration.direction or facts.get("direction"):
            return known
        export = any(fact in facts for fact in _EXPORT_FACTS)
        inbound = any(fact in facts for fact in _IMPORT_FACTS)
        return None if export is inbound else "export" if export else "import"


class PlannedFacts(NamedTuple):
    """What people planned for a declaration, in the zone of its customs system.

    ``origin`` says which plans these are, to tell apart alerts that begin with a plan; ``said_at``
    is when the last of them was said. ``ahead`` are the times in them that have not come.
    """

    facts: Mapping[str, str]
    origin: tuple[str, ...]
    zone: tzinfo
    said_at: datetime | None = None
    ahead: tuple[datetime, ...] = ()

    @classmethod
    def of(
        cls,
        declaration: Summary,
        by_key: Mapping[str, Sequence[Plan]],
        now: datetime,
        zone: tzinfo,
    ) -> PlannedFacts:
        """The facts of all plans under any number of a declaration, as they were known then."""
        if not by_key and not declaration.statements:
            return cls(_NO_FACTS, (), zone)
        about = filed.about(declaration, by_key)
        facts = plans.facts_at((plan for plan, _ in about), now) | _done_facts(declaration)
        said = [entry.at for plan, _ in about for entry in plan.said(now)]
        said += [statement.at for statement in declaration.statements]
        origin = tuple(_plan_origins(declaration, about))
        times = [entry.at for plan, _ in about for entry in plan.entries]
        times += plans.times(facts, zone)
        ahead = tuple(at for at in times if at > now)
        return cls(facts, origin, zone, max(said, default=None), ahead)

    def time(self, fact: str) -> datetime | None:
        """A fact as a moment in the zone, with its offset; a mere date is its beginning."""
        at = plans.instant(self.facts.get(fact), self.zone)
        return in_zone(at, self.zone) if at else None

    def day(self, fact: str) -> date | None:
        """A fact as a day in the zone."""
        return plans.day(self.facts.get(fact), self.zone)

    def amount(self, fact: str) -> float | None:
        """A fact in the currency of the customs system."""
        return float(self.facts[fact]) if fact in self.facts else None

    def flag(self, fact: str) -> bool:
        """Whether a fact is yes."""
        return self.facts.get(fact) == "yes"


_NO_FACTS: Mapping[str, str] = {}


def _done_facts(declaration: Summary) -> dict[str, str]:
    """The facts of plans that tell what people said by hand is done: a payment, an inspection."""
    done = declaration.done
    facts = {"tax_paid": "tax", "inspected": "inspection"}
    return {fact: done[action].isoformat() for fact, action in facts.items() if action in done}


def _first_messages(declaration: Declaration) -> list[str]:
    """The messages of its first event, and of the first that says what became of it.

    An alert may begin before either is known.
    """
    first = (*declaration.course[:1], *declaration.events[:1])
    return list(dict.fromkeys(message for event in first for message in event.messages))


def _plan_origins(declaration: Summary, about: Iterable[tuple[Plan, bool]]) -> Iterator[str]:
    """Names of plans, each with whether it names one declaration; that of a group, such as a bill,
    with the declaration's first messages.
    """
    first = _first_messages(declaration) if isinstance(declaration, Declaration) else ()
    for id, names_one in sorted((plan.id, names_one) for plan, names_one in about):
        if names_one:
            yield f"plan {id}"
        else:
            yield from (f"plan {id} {message}" for message in first)
