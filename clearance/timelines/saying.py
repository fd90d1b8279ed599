"""Saying things of declarations by hand: finding those that are meant, and keeping what was said.

Each statement is a message of its own, kept in one transaction with the timelines it changes.
``now`` is always an argument, aware.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime

from clearance.customs import by_hand, systems
from clearance.customs.references import identity
from clearance.customs.unpacking import reparsed
from clearance.errors import BadArgument, Phrase, StoreBusy
from clearance.model import (
    Declaration,
    Effect,
    Event,
    Message,
    Now,
    ReceivedAs,
    Says,
    Statement,
    Summary,
)
from clearance.named_tuples import NamedTuple
from clearance.stores import Store
from clearance.timelines import derive, forecasts, intake, linking, query

_CALLED = {
    "inspection": Phrase("the inspection (inspection)"),
    "tax": Phrase("the payment (tax)"),
    "papers": Phrase("papers to hand in (papers)"),
    "documents": Phrase("more documents (documents)"),
    "attachments": Phrase("attachments to send again (attachments)"),
    "supplement": Phrase("a supplement (supplement)"),
    "return": Phrase("a corrected sending (return)"),
    derive.FULL_DECLARATION: Phrase("the full declaration (full_declaration)"),
}
ACTIONS = tuple(_CALLED)
"""What customs may ask for, that a person may say is done."""
MAX_CHARS = 1000
"""Characters of a text."""
_MAX_NAMED = 5
"""Declarations that an error names before it counts the rest."""
_RECEIVED_AS = (ReceivedAs(by_hand.KIND),)


class Words(NamedTuple):
    """What somebody says: by whom, with which text, and of what (a stage or an action)."""

    says: Says
    by: str | None = None
    text: str | None = None
    about: str | None = None
    at: datetime | None = None
    """When that happened of which it speaks; None is the moment at which it is said."""


class Meant(NamedTuple):
    """The declarations that numbers belong to, and the numbers that nobody knows."""

    declarations: list[Declaration]
    unknown: list[query.Unknown]


def meant(store: Store, written: Iterable[str], as_of: datetime, *, every: bool = False) -> Meant:
    """The declarations that numbers belong to, each once, in their order.

    Raises BadArgument for a number that several bear, unless ``every`` one of them is meant.
    """
    found: dict[str, Declaration] = {}
    unknown: list[query.Unknown] = []
    for number in query.numbers_in(store, written, as_of):
        declarations, near = query.bearing(store, number, as_of)
        if len(declarations) > 1 and not every:
            raise _ambiguous(number, declarations)
        found |= {identity(declaration): declaration for declaration in declarations}
        unknown += near
    return Meant(list(found.values()), unknown)


def _ambiguous(number: str, declarations: Sequence[Declaration]) -> BadArgument:
    names = list(_told_apart(declarations))
    return BadArgument(
        "{number} belongs to {count} declarations ({names}): give a number of the one that you "
        "mean, or --all",
        number=number,
        count=len(names),
        names=[*names[:_MAX_NAMED], *(["…"] if len(names) > _MAX_NAMED else [])],
    )


def _told_apart(declarations: Sequence[Declaration]) -> Iterator[str | Phrase]:
    """Declarations by name; one whose name another bears too with a number that is its own."""
    counts = Counter(number for each in declarations for number in set(each.numbers))
    for each in declarations:
        own = next((number for number in each.numbers if counts[number] == 1), None)
        is_told = counts[each.name] == 1 or own is None
        yield each.name if is_told else Phrase("{name} ({own})", name=each.name, own=own)


def say(
    store: Store, said: Sequence[tuple[Declaration, Sequence[Words]]], now: datetime
) -> list[str]:
    """Keeps what is said of each declaration as messages; returns the ids of these.

    What stands there already, said at the same moment by the same person, is not said again. Raises
    BadArgument for what cannot be said of one of them; then nothing is kept.
    """
    kept: list[str] = []
    with store.transaction():
        for declaration, written in said:
            words = [_cleaned(each) for each in written]
            news = [each for each in words if not _said_already(declaration, each, now)]
            for each in news:
                _check(declaration, each)
            kept += _keep(store, declaration, news, now)
            kept += filter(None, (_said_already(declaration, each, now) for each in words))
    _learn(store, now)
    return kept


def _cleaned(words: Words) -> Words:
    """Words as they are kept; raises BadArgument for a text of which nothing is left."""
    text = None if words.text is None else by_hand.clean(words.text)
    if text == "":
        raise BadArgument("a text without a character that can be kept")
    return words._replace(text=text, by=by_hand.clean(words.by or "") or None)


def _said_already(declaration: Summary, words: Words, now: datetime) -> str | None:
    """The message of the same statement, said at the same moment, if it stands."""
    wanted = (words.says, now, words.by, words.text, words.about, words.at or now)
    for one in declaration.statements:
        said = (one.says, one.at, one.by, one.text, one.about, one.happened_at)
        if one.stands and said == wanted:
            return one.message
    return None


def undo(
    store: Store,
    declarations: Sequence[Declaration],
    says: Says,
    now: datetime,
    by: str | None,
    about: Sequence[str] = (),
) -> list[str]:
    """Takes back the last statement of a sort of each declaration, also as a message.

    ``about`` are stages or actions: the last about each of these. Raises BadArgument where there is
    none; then nothing is taken back.
    """
    kept: list[str] = []
    with store.transaction():
        for declaration in declarations:
            last = [_last(declaration, says, one) for one in about or (None,)]
            words = [Words(Says.UNDO, by, about=statement.message) for statement in last]
            kept += _keep(store, declaration, words, now)
    _learn(store, now)
    return kept


def _last(declaration: Summary, says: Says, about: str | None) -> Statement:
    """The last statement of a sort that nobody has taken back."""
    for statement in reversed(declaration.statements):
        fits = statement.says is says and about in (None, statement.about)
        if fits and statement.effect is not Effect.UNDONE:
            return statement
    raise BadArgument("{name}: there is nothing by hand to take back", name=declaration.name)


def said(
    store: Store, messages: Iterable[str], as_of: datetime
) -> list[tuple[Declaration, Statement]]:
    """The statements that some messages hold, each with its declaration as it now stands."""
    wanted = list(messages)
    events = (event for kept in store.messages(wanted) for event in linking.reread(kept))
    keys = {reference.key for event in events for reference in event.references}
    found = {
        statement.message: (declaration, statement)
        for declaration in query.snapshot(store, store.ids(keys), as_of)
        for statement in declaration.statements
    }
    return [found[message] for message in wanted if message in found]


# What can be said


def _check(declaration: Declaration, words: Words) -> None:
    """Raises BadArgument for what cannot be said of a declaration."""
    if words.text and len(words.text) > MAX_CHARS:
        raise BadArgument(
            "a text of {length} characters: {limit} at most",
            length=len(words.text),
            limit=MAX_CHARS,
        )
    if words.says is Says.DONE:
        _check_asked(declaration, words.about or "")
    elif words.says is Says.CLOSE and declaration.put_away:
        raise BadArgument(
            "{name}: was put away already: clearance reopen takes it up again",
            name=declaration.name,
        )
    elif words.says is Says.REOPEN and not declaration.put_away:
        raise BadArgument("{name}: is not put away", name=declaration.name)


def _check_asked(declaration: Declaration, action: str) -> None:
    asked = asked_for(declaration)
    if action in asked:
        return
    if asked:
        raise BadArgument(
            "{name}: {action} is not asked for; there is {choices}",
            name=declaration.name,
            action=_CALLED[action],
            choices=[_CALLED.get(one, one) for one in sorted(asked)],
        )
    raise BadArgument("{name}: nothing is asked for", name=declaration.name)


def asked_for(declaration: Declaration) -> set[str]:
    """The actions that customs asks for and nobody has said are done."""
    asked = {action.action for action in declaration.outstanding}
    if declaration.examined_from and declaration.examined_until is None:
        asked.add("inspection")
    current = (
        event.action
        for event in declaration.events
        if event.stage is declaration.stage and event.at == declaration.since and event.action
    )
    return asked | (set(current) - declaration.done.keys())


# Keeping


def _keep(
    store: Store, declaration: Declaration, words: Sequence[Words], now: datetime
) -> list[str]:
    """Keeps statements about one declaration; returns the ids of their messages."""
    if not words:
        return []
    messages, events = {}, {}
    for number, each in enumerate(words, _next_number(declaration)):
        message, event = _message(declaration, each, number, now)
        messages[message.id], events[message.id] = message, event
    batch = intake.Batch(len(messages), messages=messages, events=events, received=False)
    intake.write(store, batch, intake.Ingested())
    return list(messages)


def _learn(store: Store, now: datetime) -> None:
    """Learns anew what forecasts need, once a day; as of a moment that somebody names that is
    left to those who ask for it.
    """
    if isinstance(now, Now):
        with suppress(StoreBusy):  # it only saves time
            forecasts.refresh(store, now)
    elif forecasts.is_due(store, now):
        forecasts.forget(store)


def _next_number(declaration: Declaration) -> int:
    """A number that no statement about a declaration has."""
    numbers = [
        int(dict(event.facts)["number"])
        for event in declaration.events
        if event.kind == by_hand.KIND
    ]
    return max(numbers, default=0) + 1


def _message(
    declaration: Summary, words: Words, number: int, now: datetime
) -> tuple[Message, list[Event]]:
    """The message of a statement, and its event."""
    system = systems().get(declaration.system)
    zone = system.zone if system else now.tzinfo
    at = now.astimezone(zone)
    said = by_hand.Said(
        words.says,
        at,
        words.at.astimezone(zone) if words.at else at,
        number,
        words.by,
        words.text,
        words.about,
    )
    data = by_hand.written(said, declaration.system, by_hand.references_of(declaration))
    unpacked = reparsed(data, _RECEIVED_AS)
    return Message(unpacked.id, data, _RECEIVED_AS, now), unpacked.events()
