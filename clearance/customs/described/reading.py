"""Documents to events, as the file of a described system says.

Nothing is guessed: a time that has none of the forms, a code that is empty, a declaration without
a number refuse the document, or leave out the one row where the file says so. An answer that tells
no event is refused or passed over with what it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any
from xml.etree.ElementTree import Element

from clearance.customs import UNKNOWN, Code, described
from clearance.customs.described import DescribedSystem, paths, patterns, times
from clearance.customs.described.format import (
    ANSWERS,
    ERROR,
    NONE_OF,
    Condition,
    Document,
    EventTable,
    ReferenceTable,
    Value,
    Written,
    value,
)
from clearance.customs.described.paths import Children, Place
from clearance.customs.references import NAMING_ROLES
from clearance.customs.unpacking import Reader, Root
from clearance.customs.xml import Flat, local, namespace
from clearance.errors import Phrase, Unreadable
from clearance.model import Event, ReceivedAs, Reference

_MAX_CHARS = 255
"""Characters of a reference."""
_CACHE_SIZE = 512
"""Codes that are remembered."""
_MAX_SAID = 200
"""Characters of what an answer says that is told."""
_DAYS = ("declaration_date", "import_export_date", "accepted_at")
"""Facts that times are reckoned with."""
_DIRECTION, _DIRECTIONS = "direction", ("import", "export", "transit")
ERROR_ANSWER = "error_answer"
"""The kind of refusal of an answer that is an error."""
LEFT_OUT = "rows_left_out"
"""The fact that counts what could not be read beside an event."""

Noted = Callable[[str, Phrase], None]
"""Is told of each thing that is not read: its path, and why."""


def readers(system: DescribedSystem) -> tuple[Reader, ...]:
    """The documents that a system reads, and those that it only recognises."""
    return _readers(system.name, system.file)


class Maker:
    """Makes events of the documents of a system; ``noted`` is told of what is not read."""

    def __init__(self, system: DescribedSystem, document: Document, noted: Noted | None) -> None:
        self._system = system
        self._document = document
        self._noted = noted or (lambda _path, _why: None)
        self._known: dict[tuple[str, str], Mapping[str, Any] | None] = {}
        self._naming = {kind.name for kind in system.kinds if kind.role in NAMING_ROLES}

    def events(self, root: Root, received_as: Sequence[ReceivedAs], id: str) -> list[Event]:
        """The events that a document tells; raises Unreadable."""
        named = _named(self._document, received_as)
        starts = [
            Place((element,), named, Children()) for element in found_in(self._document, root)
        ]
        made, unread = list[Event](), list[Unreadable]()
        for start in starts:
            for table in self._document.events:
                for place in paths.places(table.each or self._document.each, start):
                    self._add(place, table, id, made, unread)
        made = _counted(self._told_once(made), len(unread))
        if not made:
            raise self._no_event(starts, unread)
        return made

    def _add(
        self, place: Place, table: EventTable, id: str, made: list[Event], unread: list[Unreadable]
    ) -> None:
        """Adds the event of one declaration or row, if there is one."""
        try:
            if self._applies(place, table):
                made.append(self._event(place, table, id))
        except Unreadable as why:
            if not self._document.skip_unreadable:
                raise
            self._noted(local(place.element), why)
            unread.append(why)

    def _applies(self, place: Place, table: EventTable) -> bool:
        if not all(holds(condition, place) for condition in table.when):
            return False
        only_fixed = value(table.code).fixed and table.time
        return bool(_texts(table.time, place)) if only_fixed else True

    def _told_once(self, events: Sequence[Event]) -> list[Event]:
        """Events without copies, and without those that only repeat what another says."""
        own = {table.kind for table in self._document.events if table.unless_told}
        others = [event for event in events if event.kind not in own]
        stages = {event.stage for event in others if event.stage}
        codes = {self._compared(event.code or "") for event in others}
        return [
            event
            for event in dict.fromkeys(events)
            if event.kind not in own
            or (event.stage not in stages and self._compared(event.code or "") not in codes)
        ]

    def _no_event(self, starts: Sequence[Place], unread: Sequence[Unreadable]) -> Unreadable:
        """Why a document tells nothing: its error, else what cannot be read, else what it is."""
        said = [
            refusal(local(start.element), answer.what, _said(answer.say, start))
            for start in starts
            for answer in self._document.answers
            if holds(answer, start)
        ]
        nothing = refusal(local(starts[0].element), "nothing", "")
        first = said[0] if said else nothing
        return first if first.reason == ERROR_ANSWER or not unread else unread[0]

    # One event

    def _event(self, place: Place, table: EventTable, id: str) -> Event:
        kind = table.kind or local(place.chain[0])
        code = self._required(table.code, place, "bad_value")
        sub = next(iter(self._values(table.sub, place)), "")
        note = "; ".join(n for w in table.note for n in self._notes(w, place))
        meaning = self._meaning(kind, code, sub, note)
        if meaning is UNKNOWN:
            self._note(table.code, Phrase("{code} is not in the table of codes", code=code))
        at = self._instant(table.time, place) if table.time else None
        references = self._references(place, table, code)
        if not any(reference.kind in self._naming for reference in references):
            raise Unreadable("no_number", "it does not say which declaration it is about")
        return Event(
            system=self._system.name,
            kind=kind,
            code=code,
            stage=meaning.stage if at else None,
            at=at,
            note=note or None,
            serial=next(iter(self._values(table.serial, place)), None),
            received_at=self._optional_instant(table.received_at, place),
            references=references,
            facts=self._facts(place, table),
            action=meaning.action,
            flags=meaning.flags,
            messages=(id,),
            sub=sub or None,
            due=self._optional_instant(table.due, place),
            rank=meaning.rank,
        )

    def _meaning(self, kind: str, code: str, sub: str, note: str) -> Code:
        """What a code means here; those that were asked for before are remembered."""
        if (kind, code) not in self._known:
            if len(self._known) >= _CACHE_SIZE:
                self._known.clear()
            self._known[kind, code] = self._system.written_code(kind, code)
        written = self._known[kind, code]
        return described.meaning_of(written, sub, note) if written else UNKNOWN

    def _values(self, written: Written, place: Place) -> list[str]:
        """The values that something is taken from; says why where there is none."""
        if not written:
            return []
        found = _texts(written, place)
        if not found:
            self._note(written, _why_none(value(written), place))
        return found

    def _notes(self, written: Written, place: Place) -> list[str]:
        return [" ".join(text.split()) for text in self._values(written, place)]

    def _required(self, written: Written, place: Place, reason: str) -> str:
        if found := _texts(written, place):
            return found[0]
        raise Unreadable(
            reason, "{what}: {why}", what=_called(written), why=_why_none(value(written), place)
        )

    def _instant(self, written: Written, place: Place) -> datetime:
        return self._at(value(written), self._required(written, place, "bad_time"))

    def _at(self, said: Value, text: str) -> datetime:
        return times.instant(
            text,
            _called(said),
            said.forms,
            self._system.zone,
            needs_offset=said.offset == "required",
            as_local=said.false_offsets,
        )

    def _optional_instant(self, written: Written, place: Place) -> datetime | None:
        return self._instant(written, place) if written and _texts(written, place) else None

    def _references(self, place: Place, table: EventTable, code: str) -> tuple[Reference, ...]:
        found = dict[Reference, None]()
        for wanted in (*table.references, *self._document.references):
            if self._is_number(wanted, place, code):
                for text in self._values(wanted, place):
                    found[_reference(wanted, text)] = None
        return tuple(sorted(found))

    def _is_number(self, wanted: ReferenceTable, place: Place, code: str) -> bool:
        """Whether a number is one of its kind beside a code, as far as the file says."""
        if wanted.codes and self._compared(code) not in map(self._compared, wanted.codes):
            return False
        return all(holds(condition, place) for condition in wanted.when)

    def _compared(self, code: str) -> str:
        return self._system.compared(code)

    def _facts(self, place: Place, table: EventTable) -> tuple[tuple[str, str], ...]:
        facts = dict[str, str]()
        for name, written in {**self._document.facts, **table.facts}.items():
            if found := self._values(written, place):
                facts[name] = self._fact(name, value(written), found)
        return tuple(sorted((name, said) for name, said in facts.items() if said))

    def _fact(self, name: str, said: Value, found: Sequence[str]) -> str:
        """A fact; a time or a date that cannot be read stays as it is written.

        Nothing where something is reckoned with the fact, and it is none.
        """
        kind = said.kind or ("date_or_time" if name in _DAYS else "")
        try:
            if kind:
                return self._when(said, kind, found[0])
        except Unreadable as why:
            self._note(said, why)
            if name in _DAYS:
                return ""
        text = " ".join(", ".join(dict.fromkeys(found)).split())
        if name == _DIRECTION and text not in _DIRECTIONS:
            self._note(said, Phrase(NONE_OF, word=text, choices=[*_DIRECTIONS]))
            return ""
        return text

    def _when(self, said: Value, kind: str, text: str) -> str:
        """A time or a date in ISO 8601; raises Unreadable."""
        if kind == "date" or (kind == "date_or_time" and times.is_day(text, said.forms)):
            return times.day(text, _called(said), said.forms)
        at = self._at(said, text)
        midnight = kind == "date_or_time" and not (at.hour or at.minute or at.second)
        return at.date().isoformat() if midnight else at.isoformat()

    def _note(self, written: Written, why: Phrase) -> None:
        self._noted(_called(written), why)


def found_in(document: Document, root: Root) -> list[Element]:
    """The elements that are a document of a kind: the root, or what stands in its wrappers."""
    top = _as_element(root)
    start = Place((top,), {}, Children())
    inside = [
        place.element
        for wrapper in document.wrappers
        if wrapper.partition("/")[0] == local(top)
        for place in paths.places(wrapper.partition("/")[2] or ".", start)
    ]
    return [
        element
        for element in ([top] if local(top) in document.roots else inside)
        if local(element) in document.roots and _fits(document, element, root)
    ]


def holds(condition: Condition, place: Place) -> bool:
    """Whether a condition holds at a place."""
    if condition.least is not None or condition.most is not None:
        count, most = paths.count(condition.path, place), condition.most
        return (condition.least or 0) <= count and (most is None or count <= most)
    return _says(condition, paths.texts(condition.path, place))


def _says(condition: Condition, found: Sequence[str]) -> bool:
    """Whether texts are what a condition wants; without any wish, whether there are any."""
    if condition.has and not any(words in text for words in condition.has for text in found):
        return False
    if condition.equals and not set(condition.equals) & set(found):
        return False
    return bool(found) and not set(condition.is_not) & set(found)


def refusal(root: str, what: str, said: str) -> Unreadable:
    """The refusal of a document that tells no event, with what it is and its own words."""
    if what == ERROR:
        said = said or root
        return Unreadable(ERROR_ANSWER, "an error that a service answers: {said}", said=said)
    told = Phrase("{what}: {said}", what=ANSWERS[what], said=said) if said else ANSWERS[what]
    return Unreadable("not_a_status", "<{root}> is {what}", root=root, what=told)


@cache
def _readers(name: str, file: object) -> tuple[Reader, ...]:  # noqa: ARG001
    from clearance.customs import systems

    system = systems()[name]
    assert isinstance(system, DescribedSystem)
    return made_of(system)


def made_of(system: DescribedSystem) -> tuple[Reader, ...]:
    """The readers that a system's file describes."""
    table = system.checked.table
    known = (
        Reader(roots=tuple(one.roots), recognised=ANSWERS[one.what]) for one in table.recognised
    )
    return (*(_reader(system, document) for document in table.documents), *known)


def _reader(system: DescribedSystem, document: Document) -> Reader:
    return Reader(
        roots=tuple(document.outer_roots),
        claims=lambda root: bool(found_in(document, root)),
        read=Maker(system, document, None).events,
    )


def _fits(document: Document, element: Element, root: Root) -> bool:
    """Whether an element has a namespace and what else a document of a kind must hold."""
    space = root.namespace if isinstance(root, Flat) else namespace(element)
    if document.namespaces and space not in document.namespaces:
        return False
    start = Place((element,), {}, Children())
    return all(paths.count(path, start) for path in document.holds)


def _as_element(root: Root) -> Element:
    """A flat message's fields as elements."""
    if not isinstance(root, Flat):
        return root
    top = Element(root.name)
    for name, text in root.fields.items():
        child = Element(name)
        child.text = text
        top.append(child)
    return top


def _named(document: Document, received_as: Sequence[ReceivedAs]) -> dict[str, str]:
    """The named parts of the best name that fits: the smallest of those with the most parts."""
    found = [
        dict(parts)
        for name in sorted(one.name.replace("\\", "/").rpartition("/")[2] for one in received_as)
        for pattern in document.file_names
        if (parts := patterns.named(patterns.compiled(pattern), name)) is not None
    ]
    return max(found, key=len, default={})


def _texts(written: Written, place: Place) -> list[str]:
    """The values that something is taken from, of the first path that has one."""
    if not written:
        return []
    said = value(written)
    if said.fixed:
        return [said.fixed]
    for path in said.paths:
        if found := [v for text in paths.texts(path, place) if (v := _taken(said, text))]:
            return found
    return []


def _taken(said: Value, text: str) -> str:
    """What a value takes of a text; nothing if it is none."""
    if said.pattern:
        text = patterns.taken(patterns.compiled(said.pattern), text) or ""
    return said.map.get(text, "") if said.map else text


def _why_none(said: Value, place: Place) -> Phrase:
    """Why nothing was taken."""
    for path in said.paths:
        for text in paths.texts(path, place):
            if said.pattern and patterns.taken(patterns.compiled(said.pattern), text) is None:
                return Phrase(
                    "{text!r} does not match {pattern}", text=text[:60], pattern=said.pattern
                )
            return Phrase("{text!r} is not in its map", text=text[:60])
    return Phrase("is empty or not there")


def _called(written: Written) -> str:
    said = value(written)
    return " | ".join(said.paths) or said.fixed


def _reference(wanted: ReferenceTable, text: str) -> Reference:
    if len(text) > _MAX_CHARS:
        raise Unreadable(
            "bad_value",
            "{kind} is longer than {limit} characters",
            kind=wanted.number,
            limit=_MAX_CHARS,
        )
    return Reference(wanted.number, text)


def _said(sayings: Sequence[str], start: Place) -> str:
    """What an answer says in its own words."""
    found = (" ".join(text.split()) for path in sayings for text in paths.texts(path, start))
    return " ".join(dict.fromkeys(found))[:_MAX_SAID]


def _counted(events: Sequence[Event], unread: int) -> list[Event]:
    """Events with the fact of how many rows beside them could not be read, if any."""
    if not unread:
        return list(events)
    fact = (LEFT_OUT, str(unread))
    return [event._replace(facts=tuple(sorted((*event.facts, fact)))) for event in events]


def leaves(start: Place) -> Iterator[tuple[str, int]]:
    """The path of every element below a place that has a text, and the id of the element."""
    for child in start.element:
        below = start._replace(chain=(*start.chain, child))
        if (child.text or "").strip():
            yield "/".join(map(local, below.chain[1:])), id(child)
        yield from leaves(below)
