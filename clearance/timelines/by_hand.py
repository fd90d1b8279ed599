"""What people say of a declaration by hand, beside what customs tells. Pure functions of events.

Customs' own word goes before a person's. An event by hand moves the declaration as one of customs
would, but for three cases, in which it is shown and moves nothing:

* it is *replaced* where customs itself tells the same stage, next before it or next after it;
* it is *behind* where customs had already gone further by its time;
* it is *overruled* where customs tells an earlier stage, or something else than the end, after it.

What is done is over until customs asks for it anew. What is put away stays so until it is reopened,
or until customs says something that came to be known after it was put away; old messages that are
only read in later change nothing. A statement that is taken back counts no more.

All of this follows from the set of events: in which order they came does not matter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, time

from clearance.model import FINISHED, RANK, Action, Effect, Event, Flag, Says, Stage, Statement
from clearance.named_tuples import NamedTuple

_ENDS = (Stage.REJECTED, Stage.WITHDRAWN)
_SENDING = (Stage.SUBMITTED, Stage.ACCEPTED, Stage.DRAFT)
_EFFECT, _REPLACED_BY = "effect", "replaced_by"
"""Facts of an event by hand that follow from the others."""


class Turn(NamedTuple):
    """An event of customs that may have moved the stage, and the stage after it."""

    event: Event
    stage: Stage | None


class Heard(NamedTuple):
    """The events of a declaration: those that messages tell, all of them, and what was said."""

    told: Sequence[Event]
    events: Sequence[Event]
    statements: tuple[Statement, ...]


def heard(events: Sequence[Event], turns: Callable[[Sequence[Event]], Sequence[Turn]]) -> Heard:
    """Events in order, with what people said among them as it counts.

    ``turns`` are those of some events that messages tell.
    """
    told = [event for event in events if Flag.BY_HAND not in event.flags]
    if len(told) == len(events):
        return Heard(events, events, ())
    effects = _Effects(events, told, turns(told))
    placed = [effects.placed(event) if Flag.BY_HAND in event.flags else event for event in events]
    return Heard(told, placed, tuple(statement(event) for event in _as_they_were_said(placed)))


def _as_they_were_said(events: Iterable[Event]) -> list[Event]:
    """The events by hand in the order in which people said them, also within one second."""
    said = (event for event in events if Flag.BY_HAND in event.flags)
    return sorted(said, key=_when_said)


def _when_said(event: Event) -> tuple[datetime, int, str]:
    assert event.received_at is not None
    return event.received_at, int(dict(event.facts).get("number", 0)), event.messages[0]


def statement(event: Event) -> Statement:
    """What a person said, of an event that is by hand."""
    facts = dict(event.facts)
    assert event.at is not None
    assert event.received_at is not None
    return Statement(
        Says(facts["says"]),
        event.received_at,
        facts.get("by"),
        event.note,
        facts.get("about"),
        event.at,
        Effect(facts.get(_EFFECT, Effect.STANDS)),
        event.messages[0],
        facts.get(_REPLACED_BY),
    )


class _Effects:
    """What becomes of each event by hand of a declaration."""

    def __init__(self, events: Sequence[Event], told: Sequence[Event], turns: Sequence[Turn]):
        self._told = told
        self._turns = turns
        self._place = {id(event): place for place, event in enumerate(events)}
        said = [statement(_as_said(event)) for event in _as_they_were_said(events)]
        self._undone = {s.about for s in said if s.says is Says.UNDO}
        closings = [
            s for s in said if s.says in (Says.CLOSE, Says.REOPEN) and s.message not in self._undone
        ]
        self._last = closings[-1] if closings else None

    def placed(self, event: Event) -> Event:
        """An event by hand with its effect; with its stage, if it moves the declaration."""
        raw = _as_said(event)
        said = statement(raw)
        effect, own = self._effect(said, self._place[id(event)])
        facts = [*raw.facts]
        if effect is not Effect.STANDS:
            facts.append((_EFFECT, effect))
        if own:
            facts.append((_REPLACED_BY, own.messages[0]))
        moves = said.says is Says.EVENT and effect is Effect.STANDS
        return raw._replace(facts=tuple(facts), stage=Stage(said.about or "") if moves else None)

    def _effect(self, said: Statement, place: int) -> tuple[Effect, Event | None]:
        if said.message in self._undone:
            return Effect.UNDONE, None
        if said.says is Says.EVENT:
            return self._of_event(Stage(said.about or ""), place)
        if said.says is Says.DONE and _asked_again(said, self._told):
            return Effect.OVER, None
        if said.says in (Says.CLOSE, Says.REOPEN) and not self._still_holds(said):
            return Effect.OVER, None
        return Effect.STANDS, None

    def _still_holds(self, said: Statement) -> bool:
        """Whether a closing, or a reopening, is the last, without news after it."""
        last = self._last is not None and said.message == self._last.message
        return last and not (said.says is Says.CLOSE and _news(said.at, self._told))

    def _of_event(self, stage: Stage, place: int) -> tuple[Effect, Event | None]:
        before = [turn for turn in self._turns if self._place[id(turn.event)] < place]
        after = [turn for turn in self._turns if self._place[id(turn.event)] > place]
        reached = before[-1].stage if before else None
        if before and reached is stage and before[-1].event.stage is stage:
            return Effect.REPLACED, before[-1].event
        if after and after[0].event.stage is stage:
            return Effect.REPLACED, after[0].event
        if _is_behind(stage, reached):
            return Effect.BEHIND, None
        if after and _is_overruled(stage, after[0].event.stage):
            return Effect.OVERRULED, None
        return Effect.STANDS, None


def _as_said(event: Event) -> Event:
    """An event by hand as its message says it, without what follows from other events."""
    facts = tuple(fact for fact in event.facts if fact[0] not in (_EFFECT, _REPLACED_BY))
    return event._replace(facts=facts, stage=None)


def _is_behind(stage: Stage, reached: Stage | None) -> bool:
    """Whether customs has gone further than a stage."""
    if reached in _ENDS:
        return reached is Stage.WITHDRAWN and stage not in _SENDING
    if reached in FINISHED:
        closes = stage is Stage.CLEARED and reached is Stage.RELEASED
        return stage is not Stage.WITHDRAWN and not closes
    return RANK[stage] < RANK[reached]


def _is_overruled(stage: Stage, following: Stage | None) -> bool:
    """Whether what customs tells next cannot be after a stage."""
    if stage in FINISHED:
        return following not in FINISHED
    if stage in _ENDS:
        return following not in _SENDING
    return RANK[following] < RANK[stage]


def _asked_again(said: Statement, told: Iterable[Event]) -> bool:
    """Whether customs asks for an action after it was done."""
    return any(
        event.action == said.about
        or (said.about == "inspection" and event.stage is Stage.INSPECTION)
        for event in told
        if event.at and is_later(event.at, said.happened_at)
    )


def _news(since: datetime, told: Iterable[Event]) -> bool:
    """Whether customs said anything that came to be known after a moment."""
    return any(
        event.known_at is not None and event.known_at > since
        for event in told
        if Flag.CONTENT not in event.flags
    )


# What is done


def last_done(statements: Iterable[Statement]) -> dict[str, datetime]:
    """When each action was last said to be done, also where customs asked for it again since."""
    times: dict[str, datetime] = {}
    for said in statements:
        if said.says is Says.DONE and said.about and said.effect is not Effect.UNDONE:
            times[said.about] = max(times.get(said.about, said.happened_at), said.happened_at)
    return times


def left(
    outstanding: Iterable[Action], done: Mapping[str, datetime], again: Sequence[Action] = ()
) -> Iterator[Action]:
    """The actions that are not done; of one that customs asked for again after that, this."""
    for action in outstanding:
        at = done.get(action.action)
        if at is None or is_later(action.since, at):
            yield action
        elif later := asked_after(again, action.action, at):
            yield later


def asked_after(again: Iterable[Action], action: str, done: datetime) -> Action | None:
    """An action as customs first asked for it after it was done."""
    return next((a for a in again if a.action == action and is_later(a.since, done)), None)


def milestones(
    milestones: Mapping[str, datetime | None],
    done: Mapping[str, datetime],
    last: Mapping[str, datetime],
    again: Sequence[Action] = (),
) -> dict[str, datetime | None]:
    """Milestones with the end of an inspection and the payment that people told.

    An inspection that was ordered again after its end is the one that is under way.
    """
    ends = {
        "examined_until": ("examined_from", "inspection"),
        "tax_paid_at": ("tax_noticed_at", "tax"),
    }
    told = dict(milestones)
    ended = last.get("inspection")
    if ended and told["examined_until"] is None:
        order = asked_after(again, "inspection", ended)
        told["examined_from"] = order.since if order else told["examined_from"]
    for end, (beginning, action) in ends.items():
        at, start = done.get(action), told[beginning]
        if at and told.get(end) is None and not (start and is_later(start, at)):
            told[end] = max(start or at, at)
    return {"tax_paid_at": None, **told}


def is_later(at: datetime, done: datetime) -> bool:
    """Whether a moment is after that at which something was done; of a mere date, after that day.

    A mere date is kept as its beginning.
    """
    if done.time() == time():
        return at.astimezone(done.tzinfo).date() > done.date()
    return at > done
