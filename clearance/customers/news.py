"""What there is to tell a customer of a declaration, given what was told before.

Pure functions. A milestone is told once for the message that set it, an exception once for its
alert. What was told and no longer holds is corrected: a milestone that was undone or that another
message sets, a number that was replaced, an expected day that moved. What no longer holds before it
was told is overtaken and never told. What became known before the customer's first run is history.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from clearance.customers.facts import Facts
from clearance.customers.notices import Notice, Standing, corrected, identity
from clearance.customers.settings import Customer
from clearance.customers.topics import (
    EXCEPTIONS,
    MILESTONES,
    MOVED,
    RENUMBERED,
    TAKING_BACK,
    UNDONE,
)
from clearance.customs.references import origins
from clearance.model import (
    Alert,
    AlertState,
    Declaration,
    Event,
    Flag,
    Severity,
    Stage,
    Value,
    replace,
)
from clearance.model.values import field
from clearance.named_tuples import NamedTuple

_CAUSES = {Stage.WITHDRAWN: "deleted", Stage.REJECTED: "returned"}
"""The topic that a correction is held as, by the stage that undid what was told."""


class News(Value, kw_only=True):
    """Something to tell: its topic, what told it, when it happened, and what it corrects.

    ``deadline`` is a time or a day as ISO 8601. ``held_as`` is the topic that the customer may have
    held; ``salt`` tells apart what is told again after it was corrected.
    """

    topic: str
    origin: tuple[str, ...]
    messages: tuple[str, ...]
    at: datetime
    known_at: datetime
    deadline: str | None = None
    critical: bool = False
    corrects: tuple[str, ...] = ()
    held_as: str = ""
    salt: str = ""

    def id(self, customer: str) -> str:
        """The id of its notice to a customer."""
        return identity(customer, self.topic, min(self.origin), self.salt)

    def is_told_by(self, notice: Notice) -> bool:
        """Whether a notice tells it: by the same origin, or a milestone at the same time."""
        if notice.topic != self.topic:
            return False
        same_time = self.topic in MILESTONES and notice.at == self.at
        return same_time or not set(notice.origin).isdisjoint(self.origin)


class Found(NamedTuple):
    """What to tell, and notices that no longer hold and were surely not told."""

    news: tuple[News, ...] = ()
    overtaken: tuple[Notice, ...] = ()


class Case(Value, kw_only=True):
    """A declaration of a customer, with the live alerts about it and what was told before.

    ``name`` is that of the customer in the settings, ``known`` in the order it was made. ``since``
    are the moments from which each topic is told; ``unsent`` says of a notice whether it has surely
    not left yet.
    """

    name: str
    customer: Customer
    declaration: Declaration
    facts: Facts
    now: datetime
    alerts: Sequence[Alert] = ()
    known: Sequence[Notice] = ()
    since: Mapping[str, datetime] = field(default_factory=dict)
    unsent: Callable[[Notice], bool] = lambda notice: notice.standing is Standing.HELD

    @property
    def standing(self) -> list[Notice]:
        """The notices that hold as far as the customer knows, or soon will."""
        gone = corrected(self.known)
        return [
            one
            for one in self.known
            if one.standing in (Standing.HELD, Standing.FILED) and one.id not in gone
        ]


def found(case: Case) -> Found:
    """What there is to tell of a declaration, and what is overtaken."""
    reached = list(_milestones(case.declaration))
    live = list(exceptions(case.declaration, case.alerts))
    standing = case.standing
    gone = [one for one in standing if _is_gone(case, one, [*reached, *live])]
    overtaken = [one for one in gone if case.unsent(one)]
    lost = [one for one in gone if one not in overtaken and one.topic in MILESTONES]
    wanted = [
        *(one for one in reached if one.topic in case.customer.milestones),
        *(one for one in live if one.topic in case.customer.exceptions),
    ]
    case = replace(case, known=[_without(one, overtaken) for one in case.known])
    news = [fresh for one in wanted if (fresh := _fresh(case, one, lost))]
    told = {one.id for one in case.known}
    every = (*_with_corrections(case, news, lost), *_renumbered(case), *_moved(case))
    untold = sorted((one for one in every if one.id(case.name) not in told), key=lambda one: one.at)
    return Found(tuple(untold), tuple(overtaken))


def _without(notice: Notice, overtaken: Sequence[Notice]) -> Notice:
    return replace(notice, standing=Standing.OVERTAKEN) if notice in overtaken else notice


def _is_gone(case: Case, notice: Notice, true: Sequence[News]) -> bool:
    """Whether what a notice says is so no more: a milestone undone, an exception that is over."""
    if notice.topic == RENUMBERED:
        return notice.number != case.facts.official
    if notice.topic == MOVED:
        return notice.expected != case.facts.expected
    if notice.topic == UNDONE:
        put_right = [one for one in case.known if one.id in notice.corrects]
        return all(any(one.is_told_by(told) for one in true) for told in put_right)
    return not any(one.is_told_by(notice) for one in true)


def _fresh(case: Case, news: News, lost: Sequence[Notice]) -> News | None:
    """What is to be told and was not yet, or was corrected since; None for anything else."""
    told = [one for one in case.known if news.is_told_by(one)]
    replaced = tuple(one.id for one in lost if one.topic == news.topic)
    if not told:
        since = case.since.get(news.topic)
        is_new = since is not None and (news.known_at > since or bool(replaced))
        return replace(news, corrects=replaced) if is_new else None
    gone = corrected(case.known)
    if any(one.id not in gone and one.standing is not Standing.OVERTAKEN for one in told):
        return None
    last = told[-1].id
    correcting = tuple(one.id for one in case.known if last in one.corrects)
    return replace(news, corrects=(*replaced, *correcting), salt=last)


# Milestones and exceptions as they are


def _milestones(declaration: Declaration) -> Iterator[News]:
    """Every milestone that a declaration has reached, with the event that set it."""
    for topic, (name, stages) in MILESTONES.items():
        at: datetime | None = getattr(declaration, name)
        event = _set_by(declaration, stages, at) if at else None
        if at and event:
            yield News(
                topic=topic,
                origin=origins(event),
                messages=event.messages,
                at=at,
                known_at=event.known_at or at,
                held_as=topic,
            )


def _set_by(declaration: Declaration, stages: Sequence[Stage], at: datetime) -> Event | None:
    """The event that set a milestone: of its stages and at its time, else the nearest of them.

    An acceptance has its legal time where customs gives one, which is not that of the event. What
    people say by hand may set one as well; customs' own word goes before it.
    """
    events = [e for e in _told(declaration) if e.stage in stages and e.at is not None]

    def distance(event: Event) -> tuple[timedelta, bool]:
        return abs((event.at or at) - at), Flag.BY_HAND in event.flags

    return min(events, key=distance, default=None)


def _told(declaration: Declaration) -> list[Event]:
    """Its events but those that only say what was declared."""
    return [event for event in declaration.events if Flag.CONTENT not in event.flags]


def exceptions(declaration: Declaration, alerts: Iterable[Alert]) -> Iterator[News]:
    """What alerts say that customers may be told of; not while another alert or a silence mutes
    them.
    """
    for alert in alerts:
        told = alert.state in (AlertState.FIRING, AlertState.ACKNOWLEDGED, AlertState.RECOVERING)
        if alert.rule in EXCEPTIONS and told and alert.muted_by is None:
            event = _began(declaration, alert)
            deadline = EXCEPTIONS[alert.rule]
            yield News(
                topic=alert.rule,
                origin=(alert.id,),
                messages=event.messages,
                at=alert.since,
                known_at=alert.fired_at,
                deadline=_text(alert.values.get(deadline)) if deadline else None,
                critical=alert.severity is Severity.CRITICAL,
                held_as=alert.rule,
            )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _began(declaration: Declaration, alert: Alert) -> Event:
    """The event that an alert began with; of an alert about a deadline the last one before it.

    Where there is none yet but what was sent, that: by its messages a notice is found again.
    """
    course = [event for event in declaration.course if event.at]
    exact = (e for e in course if e.at == alert.since and e.code == alert.values.get("code"))
    return next(exact, None) or (course or declaration.events)[-1]


# Corrections


def _with_corrections(case: Case, news: Sequence[News], lost: Sequence[Notice]) -> Iterator[News]:
    """News, and that what was told and is not replaced no longer holds.

    What says so itself, such as a return, is the correction; else there is one of its own.
    """
    replaced = {id for one in news for id in one.corrects}
    left = tuple(one.id for one in lost if one.id not in replaced)
    taking_back = next((one for one in news if one.topic in TAKING_BACK), None)
    for one in news:
        yield replace(one, corrects=(*one.corrects, *left)) if one is taking_back else one
    if left and taking_back is None and (event := _undoing(case.declaration)):
        at = event.at or case.now
        yield News(
            topic=UNDONE,
            origin=tuple(f"{origin} {min(left)}" for origin in origins(event)),
            messages=event.messages,
            at=at,
            known_at=event.known_at or at,
            corrects=left,
            held_as=_CAUSES.get(event.stage or Stage.UNKNOWN, UNDONE),
        )


def _undoing(declaration: Declaration) -> Event | None:
    """The last event that undoes something, else the last one of all."""
    course = _told(declaration) or declaration.events
    undoing = (e for e in reversed(course) if e.stage in _CAUSES or Flag.UNDOES in e.flags)
    return next(undoing, None) or next(reversed(course), None)


def _renumbered(case: Case) -> Iterator[News]:
    """That customs' number is another than the one that was told last."""
    told = [one for one in case.standing if one.number and not case.unsent(one)]
    number = case.facts.official
    if not told or not number or told[-1].number == number:
        return
    event = next((e for e in case.declaration.events if _bears(e, number)), None)
    if event:
        at = event.at or case.now
        yield News(
            topic=RENUMBERED,
            origin=(f"{told[-1].number}>{number} {told[-1].id}",),
            messages=event.messages,
            at=at,
            known_at=event.known_at or at,
            corrects=(told[-1].id,),
            held_as=RENUMBERED,
        )


def _bears(event: Event, number: str) -> bool:
    return any(reference.value == number for reference in event.references)


def _moved(case: Case) -> Iterator[News]:
    """That the release is expected on another day than the one that was told last."""
    told = [one for one in case.standing if one.expected and not case.unsent(one)]
    day = case.facts.expected
    if not told or day is None or case.declaration.released_at is not None:
        return
    before = told[-1].expected
    if before and abs(day - before) > case.customer.threshold:
        event = (case.declaration.course or case.declaration.events)[-1]
        yield News(
            topic=MOVED,
            origin=(f"{before}>{day} {told[-1].id}",),
            messages=event.messages,
            at=case.now,
            known_at=case.now,
            corrects=(told[-1].id,),
            held_as=MOVED,
        )
