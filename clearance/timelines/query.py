"""What a store knows, as it was known at a moment.

What was not known at ``as_of`` is left out, and so are the links it made: a receipt is known since
its file was received, where that is known, else since its own time. Now (``Now``) all is known that
a store holds, also where its time lies ahead; a remark says so then.
Nothing here writes. Modules that only some callers need are loaded by those: looking a number up is
the most frequent command.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from itertools import chain, tee
from typing import TYPE_CHECKING, Any, TypeVar

from clearance import shipments
from clearance.customs import numbers, searching
from clearance.customs.references import (
    NAMING_ROLES,
    bears,
    identity,
    identity_keys,
    is_cut,
    keys_of,
    kinds,
    of_role,
    significant,
)
from clearance.errors import BadArgument, NotFound
from clearance.model import (
    Alert,
    Declaration,
    Inconsistency,
    Now,
    Reference,
    Severity,
    Stage,
    Summary,
    Timings,
    Value,
    normal,
    replace,
)
from clearance.named_tuples import NamedTuple
from clearance.stores import Store
from clearance.stores.codec import OPEN, moment_key
from clearance.timelines import said

if TYPE_CHECKING:
    from clearance.shipments.plans import Plan
    from clearance.timelines.linking import Related

_MIN_LIKENESS = 0.6
"""A number less like the one asked for is not offered, from 0 to 1."""
_MAX_LIKE_CHARS = 255
"""A longer text is no number, and to compare it takes time by its length."""
_MAX_NEAR = 5
_MAX_WHOLE = 5
"""Declarations that one number may find and that are still shown whole."""
_MIN_END_CHARS = 6
"""Digits at the end of a number that are enough to find it."""
_MAX_ZEROS = 12
"""Zeros that may stand before a number."""
_END = r"[0-9]{4,17}"
"""The end of a number, by which it may be looked up."""
_KEYS_AT_ONCE = 20_000
_S = TypeVar("_S", bound=Summary)
_NEVER = datetime.max.replace(tzinfo=UTC)
URGENT = "urgent"
"""The order that puts the most urgent first."""


def _name(declaration: Summary) -> tuple[str, str]:
    """Sort key by name; two of one name, as staged under one bill, go by their own numbers."""
    return declaration.name, identity(declaration)


_ORDERS: Mapping[str, Callable[[Summary], Any]] = {
    "since": lambda declaration: (declaration.since or _NEVER, *_name(declaration)),
    "declared": lambda declaration: (declaration.declared_at or _NEVER, *_name(declaration)),
    "reference": _name,
}


class Near(NamedTuple):
    """A number like one that was asked for, and what bears it."""

    number: str
    declaration: Summary


class Unknown(NamedTuple):
    """A number that is not known, and known ones that are like it, the likest first.

    ``is_end``: it is only the end of those, so it is not known which is meant.
    """

    number: str
    near: tuple[Near, ...] = ()
    is_end: bool = False


class Found(NamedTuple):
    """What numbers belong to: declarations, plans without one, and the numbers nobody knows.

    ``is_list``: one of the numbers found so many that a person is shown a line for each.
    """

    declarations: list[Declaration]
    plans: list[Plan]
    unknown: list[Unknown]
    is_list: bool = False


def look_up(store: Store, written: Iterable[str], as_of: datetime) -> Found:
    """What the numbers in some arguments belong to, in their order, each once.

    Spaces, full-width digits and the case of letters do not matter; labels, quotes, dashes and
    separators of many numbers are understood (see ``numbers``). What is no number at all is
    searched for (see ``customs.searching``): the beginning of a code of goods or of a party's name.
    What finds nothing so may be the last six or more digits of a number where only one ends in
    them.
    """
    lookup = _Lookup(store, as_of)
    declarations: dict[Any, Declaration] = {}
    found, most = Found([], [], []), 0
    for number in lookup.split(written, search=True):
        named, planned = lookup.named(number), lookup.planned(number)
        if not named and not planned and not (named := lookup.searched(number)):
            named, unknown = _guessed(store, number, as_of)
            found.unknown.extend(unknown)
        declarations |= {(identity(one), one.events[0].messages): one for one in named}
        most = max(most, len(named))
        if not named:
            found.plans.extend(plan for plan in planned if plan not in found.plans)
    return found._replace(declarations=list(declarations.values()), is_list=most > _MAX_WHOLE)


def find(store: Store, numbers: Iterable[str], as_of: datetime) -> list[Declaration]:
    """The declarations that these numbers belong to, as ``look_up`` finds them.

    Raises NotFound where one belongs to none.
    """
    found = look_up(store, numbers, as_of)
    for unknown in found.unknown:
        raise NotFound("no declaration is known by {number!r}", number=unknown.number)
    return found.declarations


def numbers_in(
    store: Store, written: Iterable[str], as_of: datetime, *, search: bool = False
) -> list[str]:
    """The numbers in some arguments, however they were pasted, each once.

    With ``search`` also whole arguments that search for goods or a party.
    """
    return _Lookup(store, as_of).split(written, search=search)


def shipments_in(store: Store, written: Iterable[str], as_of: datetime) -> list[str]:
    """The numbers of shipments in some arguments, each once; also of those not declared yet."""
    known = _Lookup(store, as_of).is_known
    return list(dict.fromkeys(n for one in written for n in numbers.shipments(one, known)))


def bearing(store: Store, number: str, as_of: datetime) -> tuple[list[Declaration], list[Unknown]]:
    """The declarations that bear a number, or the one that it is the end of; else what is near it.

    Nothing is searched for.
    """
    named = _Lookup(store, as_of).named(number)
    return (named, []) if named else _guessed(store, number, as_of)


def nearest(store: Store, number: str, as_of: datetime) -> Unknown:
    """A number that is not known, with known ones that are like it."""
    return _nearest(store, number, as_of, _by_end(store, number, as_of))


def misread(store: Store, numbers: Collection[str], as_of: datetime) -> Iterator[Unknown]:
    """Those of a shipment's numbers from which a known one differs only by the zeros before it, if
    no declaration bears any of them: a spreadsheet drops such zeros.
    """
    unknown = () if store.ids(keys_of(numbers)) else numbers
    for number in unknown:
        if near := _but_for_zeros(store, number, as_of):
            yield Unknown(number, tuple(near[:_MAX_NEAR]))


def _nearest(store: Store, number: str, as_of: datetime, ending: list[Declaration]) -> Unknown:
    """What ``nearest`` gives, told the declarations with a number that ends in this one."""
    ends = set(map(identity, ending))
    alike = [
        one for one in _but_for_zeros(store, number, as_of) if identity(one.declaration) not in ends
    ]
    near = [*alike, *(Near(one.name, one) for one in ending)] or _closest(store, number, as_of)
    return Unknown(number, tuple(near[:_MAX_NEAR]), bool(ending) and not alike)


def _guessed(store: Store, number: str, as_of: datetime) -> tuple[list[Declaration], list[Unknown]]:
    """The one declaration that a number is the end of; else that it is not known."""
    ending = _by_end(store, number, as_of)
    unknown = _nearest(store, number, as_of, ending)
    if unknown.is_end and len(ending) == 1 and len(normal(number)) >= _MIN_END_CHARS:
        return ending, []
    return [], [unknown]


class _Lookup:
    """Looks numbers up at a moment, each only once."""

    def __init__(self, store: Store, as_of: datetime) -> None:
        self._store = store
        self._as_of = as_of
        self.planned = cache(self._planned)
        self.named = cache(self._named)
        self.searched = cache(self._searched)

    def split(self, written: Iterable[str], *, search: bool = False) -> list[str]:
        """The numbers in some arguments, each once; with ``search``, also what finds something."""
        split = (
            [one.strip()]
            if search and self._is_searched(one)
            else numbers.split(one, self.is_known)
            for one in written
        )
        return list(dict.fromkeys(chain.from_iterable(split)))

    def _is_searched(self, text: str) -> bool:
        """Whether all of a text is no number and finds something: a name may have commas in it."""
        return not self.is_known(text) and bool(self.searched(text))

    def is_known(self, number: str) -> bool:
        """Whether anything bears a number."""
        return bool(self.named(number) or self.planned(number))

    def _planned(self, number: str) -> list[Plan]:
        """The plans that somebody made under a number, or gave it to."""
        records = list(self._store.records(shipments.PLAN, shipments.keys([number])))
        if not records:
            return []
        from clearance.shipments import plans

        return [plan for plan in map(plans.to_plan, records) if plan.said(self._as_of)]

    def _named(self, number: str) -> list[Declaration]:
        """The declarations that bear a number, or whose plan was given it; the earliest first."""
        named = self._bearing({number}) or self._bearing(
            {other for plan in self.planned(number) for other in plan.references}
        )
        return _in_time(named)

    def _searched(self, text: str) -> list[Declaration]:
        """The declarations with goods or a party that a text searches for; the earliest first."""
        for ids, fits in _searches(self._store, text):
            if found := list(filter(fits, snapshot(self._store, ids, self._as_of))):
                return _in_time(found)
        return []

    def _bearing(self, names: Collection[str]) -> list[Declaration]:
        """The declarations that bear one of these numbers."""
        if not names:
            return []
        values = {normal(number) for number in names}
        ids = self._store.ids(keys_of(names))
        known = snapshot(self._store, ids, self._as_of)
        return [declaration for declaration in known if bears(declaration, values)]


def _in_time(declarations: list[Declaration]) -> list[Declaration]:
    """The declarations in the order of their first events."""
    if len(declarations) < 2:
        return declarations
    from clearance.timelines.grouping import order

    return sorted(declarations, key=lambda declaration: order(declaration.events[0]))


_Fits = Callable[[Summary], bool]
"""Whether a declaration is one that was searched for."""


def _searches(store: Store, text: str) -> Iterator[tuple[set[int], _Fits]]:
    """Ids of declarations that a text may search for, and which of them fit, way by way."""
    for alternatives in searching.wanted(text):
        if ids := set().union(*(store.ids_between(*one.between) for one in alternatives)):
            yield ids, partial(searching.fits, alternatives=alternatives)


def _by_end(store: Store, number: str, as_of: datetime) -> list[Declaration]:
    """The declarations with a number that ends in these digits."""
    value = normal(number)
    if not re.fullmatch(_END, value):
        return []
    ending = {
        key
        for kind in of_role(*NAMING_ROLES)
        for key in _keys_of_kind(store, kind)
        if key.endswith(value)
    }
    found = [
        declaration
        for declaration in snapshot(store, store.ids(ending), as_of)
        if any(normal(other).endswith(value) for other in declaration.numbers)
    ]
    return _in_time(found)


def _but_for_zeros(store: Store, number: str, as_of: datetime) -> list[Near]:
    """Numbers that differ from one only by the zeros before it."""
    value = normal(numbers.joined(number))
    bare = value.lstrip("0")
    if not bare:
        return []
    alike = {f"{'0' * zeros}{bare}" for zeros in range(_MAX_ZEROS + 1)} - {value}
    ids = store.ids({f"{kind}:{one}" for kind in kinds() for one in alike})
    found = _in_time(list(snapshot(store, ids, as_of))) if ids else []
    return [
        Near(next((other for other in one.numbers if normal(other) in alike), one.name), one)
        for one in found
        if bears(one, alike)
    ]


def _keys_of_kind(store: Store, kind: str) -> Iterator[str]:
    """Every index key of a kind of number, in their order."""
    place = f"{kind}:"
    while True:
        (near,) = store.neighbouring_keys([place], _KEYS_AT_ONCE)
        keys = [key for key in near if key >= place]
        own = [key for key in keys if key.startswith(f"{kind}:")]
        yield from own
        if len(own) < _KEYS_AT_ONCE:
            return
        place = f"{own[-1]}\x01"


def _closest(store: Store, number: str, as_of: datetime) -> list[Near]:
    """Numbers known at a moment that are most like an unknown one, the likest first.

    Only neighbours in the index are compared, so this does not read all of it.
    """
    from difflib import SequenceMatcher

    value = normal(numbers.joined(number))
    if len(value) > _MAX_LIKE_CHARS:
        return []
    cut = significant(value) if is_cut(number) else None
    ids = store.ids(_neighbours(store, cut or value, _MAX_NEAR))
    near: list[tuple[float, Near]] = []
    for declaration in snapshot(store, ids, as_of):
        alike = [
            (SequenceMatcher(None, value, normal(other)).ratio(), other)
            for other in declaration.numbers
            if cut is None or normal(other).startswith(cut)
        ]
        likeness, name = max(alike, default=(0.0, ""))
        if likeness >= _MIN_LIKENESS or (cut and name):
            near.append((likeness, Near(name, declaration)))
    near.sort(key=lambda entry: (-entry[0], entry[1].number))
    return [one for _, one in near[:_MAX_NEAR]]


def _neighbours(store: Store, value: str, count: int) -> set[str]:
    """Index keys of each kind that begin like a number, or stand beside it."""
    lengths = {len(value), len(value) * 2 // 3, len(value) // 2} - {0}
    places = [Reference(kind, value[:length]) for kind in kinds() for length in lengths]
    near = store.neighbouring_keys([place.key for place in places], count)
    return {
        key
        for place, keys in zip(places, near, strict=True)
        for key in keys
        if key.startswith(f"{place.kind}:")
    }


def snapshot(store: Store, ids: Collection[int] | None, as_of: datetime) -> Iterator[Declaration]:
    """Declarations as they were known at a moment.

    There may be more than ids: one that was linked later was several then.
    """
    changed, earlier = changed_since(store, ids, as_of)
    asked = store.ids() if ids is None else set(ids)
    unchanged = (declaration for _, declaration in store.timelines(asked - changed))
    return _marked(said.applied(store, chain(unchanged, earlier), as_of), as_of)


def known_timelines(
    store: Store, ids: Collection[int], as_of: datetime
) -> Iterator[tuple[int, Declaration]]:
    """Declarations as ``snapshot`` has them, with their ids, where no later event has changed any.

    To be asked only if nothing was ``changed_after`` the moment.
    """
    placed, kept = tee(store.timelines(ids))
    known = said.applied(store, (declaration for _, declaration in kept), as_of)
    return zip((id for id, _ in placed), _marked(known, as_of), strict=True)


def overview(store: Store, ids: Collection[int] | None, as_of: datetime) -> Iterator[Summary]:
    """The declarations of ``snapshot`` without their events, which is quicker."""
    changed, earlier = changed_since(store, ids, as_of)
    asked = store.ids() if ids is None else set(ids)
    unchanged = (summary for _, summary in store.summaries(asked - changed))
    return _marked(said.applied(store, chain[Summary](unchanged, earlier), as_of), as_of)


def _marked(declarations: Iterable[_S], as_of: datetime) -> Iterator[_S]:
    """Declarations with a remark where the time of a message lies ahead."""
    for one in declarations:
        if one.last_at is None or one.last_at <= as_of:
            yield one
        else:
            ahead = Inconsistency("time_ahead", {"at": one.last_at.isoformat(" ", "seconds")}, None)
            yield replace(one, inconsistencies=(*one.inconsistencies, ahead))


def changed_since(
    store: Store, ids: Collection[int] | None, as_of: datetime
) -> tuple[set[int], list[Declaration]]:
    """Ids of declarations that later events have changed, and how these looked at ``as_of``.

    Limited to ``ids`` when that is the smaller set.
    """
    late = changed_after(store, as_of)
    if not late:
        return set(), []
    changed: set[int] = set()
    earlier: list[Declaration] = []
    for group in _groups(store, ids if ids is not None and len(ids) < len(late) else late):
        together = group.timelines.keys()
        if not late.isdisjoint(together):
            changed |= together
            if ids is None or not together.isdisjoint(ids):
                earlier += _known_at(store, group, as_of)
    return changed, earlier


def _groups(store: Store, ids: Collection[int]) -> Iterator[Related]:
    """The declarations with these ids, each once, with all that may have been linked with it."""
    from clearance.timelines import linking

    seen: set[int] = set()
    for id, declaration in store.timelines(ids):
        if id not in seen:
            group = linking.related(store, declaration.events)
            seen |= group.timelines.keys()
            yield group


def _known_at(store: Store, group: Related, as_of: datetime) -> list[Declaration]:
    """The declarations that follow from the events known at a moment.

    Where an event was known and some of the messages that say it came later, all messages are read
    again. A reference that is overused by now is so in the past too.
    """
    from clearance.timelines import derive, linking

    events = [event for declaration in group.timelines.values() for event in declaration.events]
    if any(event.whole_at and event.whole_at > as_of for event in events):
        messages = {message for event in events for message in event.messages}
        events = [
            event for each in store.messages(messages) for event in linking.reread(each, as_of)
        ]
    known = (e for e in events if e.known_at is None or e.known_at <= as_of)
    return derive.link(known, group.overused)


def changed_after(store: Store, as_of: datetime) -> set[int]:
    """Ids of declarations of which an event came to be known after a moment."""
    if isinstance(as_of, Now):
        return set()
    return store.ids_between(moment_key("last", as_of + timedelta(seconds=1)), "last;")


def current(store: Store, as_of: datetime, keys: Collection[str] = (OPEN,)) -> set[int]:
    """Ids of declarations that are open, or under other keys, and of those with later events."""
    return store.ids(keys) | changed_after(store, as_of)


class ListFilter(Value):
    """Which declarations a list shows: the open ones or all, and of those the matching ones.

    Of what is empty everything matches. ``since`` is the earliest time of declaration; ``text``
    finds a declaration (``listed``), or stands in a number or a fact (``is_found``), or else the
    ``numbers`` that were pasted in it do (``with_numbers``).
    """

    everything: bool = False
    stages: frozenset[Stage] = frozenset()
    offices: frozenset[str] = frozenset()
    directions: frozenset[str] = frozenset()
    since: datetime | None = None
    text: str | None = None
    numbers: tuple[str, ...] = ()

    def __call__(self, declaration: Summary, *, alerted: bool = False) -> bool:
        """Whether the list shows a declaration.

        One that is not open if it is ``alerted``, unless people have put it away.
        """
        told = alerted and not declaration.put_away
        return (
            (self.everything or declaration.open or told)
            and _among(declaration.stage or Stage.UNKNOWN, self.stages)
            and _among(declaration.office, self.offices)
            and _among(declaration.direction, self.directions)
            and self._is_late(declaration)
        )

    @property
    def is_narrow(self) -> bool:
        """Whether it asks for some stages, offices, directions or times."""
        return bool(self.stages or self.offices or self.directions or self.since)

    def may_show(self, timings: Timings) -> bool:
        """Whether a declaration with some timings may be shown; no plan changes what is asked."""
        declared = timings.declared_at
        return (
            _among(timings.stage or Stage.UNKNOWN, self.stages)
            and _among(timings.office, self.offices)
            and _among(timings.direction, self.directions)
            and (
                self.since is None
                or (declared is not None and declared + 1 > self.since.timestamp())
            )
        )

    def _is_late(self, declaration: Summary) -> bool:
        declared = declaration.declared_at
        return self.since is None or (declared is not None and declared >= self.since)

    def is_found(self, declaration: Summary) -> bool:
        """Whether the text stands in a number or a fact of a declaration."""
        return self.is_in((*declaration.numbers, *declaration.facts.values()))

    def is_in(self, told: Iterable[str]) -> bool:
        """Whether the text, or one of the numbers in it, stands in any of some texts."""
        if not self.text:
            return True
        values = list(map(normal, self.numbers or [self.text]))
        return any(value in text for text in map(normal, told) for value in values)


def with_numbers(store: Store, wanted: ListFilter, as_of: datetime) -> ListFilter:
    """A filter that knows which numbers known at a moment were pasted in its text."""
    lookup = _Lookup(store, as_of)
    found = lookup.split([wanted.text], search=True) if wanted.text else []
    return replace(wanted, numbers=tuple(filter(lookup.is_known, found)))


def _among(value: str | None, wanted: Collection[str]) -> bool:
    return not wanted or value in wanted


def listed(
    store: Store,
    wanted: ListFilter,
    as_of: datetime,
    *,
    events: bool = False,
    alerted: Collection[str] = (),
    among: Collection[int] | None = None,
) -> list[Summary]:
    """The declarations that a list shows, as they were known at a moment.

    ``alerted`` are index keys of those that alerts are about; with ``among`` only of those with
    these ids, some of ``listed_ids``.
    """
    ids = listed_ids(store, wanted, as_of, alerted) if among is None else set(among)
    fits: _Fits = wanted.is_found
    if wanted.text and (searched := _searched_in(store, wanted, as_of)):
        those, fits = searched
        ids &= those
    elif wanted.text and (told := said.facts(store, as_of)):

        def fits(declaration: Summary) -> bool:
            return wanted.is_found(declaration) or wanted.is_in(told(declaration))

    look = snapshot if events else overview
    return [
        declaration
        for declaration in look(store, ids, as_of)
        if fits(declaration)
        and wanted(
            declaration,
            alerted=not declaration.open and not identity_keys(declaration).isdisjoint(alerted),
        )
    ]


def listed_ids(
    store: Store, wanted: ListFilter, as_of: datetime, alerted: Collection[str]
) -> set[int]:
    """Ids of the declarations that a list may show, by what a store knows without their documents.

    Those that later events have changed are among them, and those that a text may find.
    """
    ids = store.ids() if wanted.everything else current(store, as_of, {OPEN, *alerted})
    if not wanted.is_narrow:
        return ids
    changed = changed_after(store, as_of)
    unfit = {id for id, timings in store.timings(ids) if not wanted.may_show(timings)}
    return ids - (unfit - changed)


def _searched_in(
    store: Store, wanted: ListFilter, as_of: datetime
) -> tuple[set[int], _Fits] | None:
    """Ids of the declarations that a text finds as ``look_up`` does, and which of them fit.

    None where it finds none: it may still stand within a number, a fact or what people said.
    """
    text = wanted.text or ""
    numbers = wanted.numbers or (text,)
    bearing: _Fits = partial(bears, numbers=set(map(normal, numbers)))
    ways = chain([(store.ids(keys_of(numbers)), bearing)], _searches(store, text))
    for ids, fits in ways:
        if any(map(fits, overview(store, ids, as_of))):
            return ids, fits
    return None


def sorted_by(
    order: str,
    declarations: Iterable[Summary],
    alerts: Iterable[Alert],
    cutoffs: Mapping[str, datetime] | None = None,
) -> list[Summary]:
    """Declarations by urgency, or by another order; ``cutoffs`` are by ``identity``.

    The most urgent has the worst alert, then is open, then has the nearest cut-off, then is not
    released, then has been longest in its stage. Of what is over the latest comes first.
    """
    check_order(order)
    key = _ORDERS.get(order) or _urgency(alerts, cutoffs or {})
    return sorted(declarations, key=key)


def check_order(order: str) -> None:
    """Raises BadArgument for an order that ``sorted_by`` does not know."""
    if order not in (names := [URGENT, *_ORDERS]):
        raise BadArgument("--sort {order}: choose {choices}", order=order, choices=names)


def _urgency(
    alerts: Iterable[Alert], cutoffs: Mapping[str, datetime]
) -> Callable[[Summary], tuple[Any, ...]]:
    """A sort key that puts the most urgent declaration first."""
    ranks = {severity: rank for rank, severity in enumerate(Severity)}
    worst: dict[str, int] = {}
    for alert in alerts:
        for key in alert.references:
            worst[key] = max(worst.get(key, -1), ranks[alert.severity])

    def urgency(declaration: Summary) -> tuple[Any, ...]:
        since = (declaration.since or _NEVER).timestamp()
        keys, is_open = identity_keys(declaration), declaration.open
        return (
            -max((worst.get(key, -1) for key in keys), default=-1),
            not is_open,
            cutoffs.get(min(keys), _NEVER),
            declaration.stage is Stage.RELEASED,
            since if is_open else -since,
            declaration.name,
            min(keys),
        )

    return urgency
