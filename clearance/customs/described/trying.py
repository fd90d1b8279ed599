"""A described system tried on a sample: what would be read, and why not what would not be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from clearance.customs.described import DescribedSystem, paths, reading
from clearance.customs.described.format import Document, EventTable, Written, value
from clearance.customs.described.paths import Children, Place
from clearance.customs.soap import fault, held
from clearance.customs.unpacking import Root, claims
from clearance.customs.xml import local, read
from clearance.errors import Phrase, Unreadable
from clearance.model import Event, ReceivedAs, Value
from clearance.model.values import field

_NOT_THERE = Phrase("is empty or not there")
_NOT_ASKED = Phrase("no path of the file leads there")


class Trial(Value):
    """What a file would read of a sample.

    ``unread`` are places with the reason why nothing was taken there; ``refused`` is why it gives
    no event; ``goes_to`` the system that reads such a document already, and goes first.
    """

    sample: str
    root: str = ""
    events: list[Event] = field(default_factory=list)
    unread: list[tuple[str, Phrase]] = field(default_factory=list)
    refused: Phrase | None = None
    goes_to: str | None = None


def tried(system: DescribedSystem, name: str, data: bytes) -> Trial:
    """A system of a file, which need not be in use, tried on the bytes of a sample."""
    try:
        outer = read(data, system.undeclared_encoding)
    except Unreadable as why:
        return Trial(name, refused=why)
    inner = held(outer)
    root: Root = outer if inner is None else inner
    trial = Trial(name, local(root), goes_to=_goes_to(system, root))
    documents = [d for d in system.checked.table.documents if reading.found_in(d, root)]
    if not documents:
        return _with_reason(trial, _why_none(system, outer, root))
    return _tried(system, documents[0], root, trial)


def _tried(system: DescribedSystem, document: Document, root: Root, trial: Trial) -> Trial:
    """A sample read as a document of a kind."""
    noted = dict[tuple[str, str], Phrase]()

    def note(path: str, why: Phrase) -> None:
        noted.setdefault((path, str(why)), why)

    refused = None
    received_as = [ReceivedAs(trial.sample, "")]
    try:
        events = reading.Maker(system, document, note).events(root, received_as, "")
    except Unreadable as why:
        events, refused = [], why
    for element in reading.found_in(document, root):
        for path in {table.each or document.each: None for table in document.events}:
            if next(paths.places(path, Place((element,), {}, Children())), None) is None:
                note(path, _NOT_THERE)
    trial.events.extend(events)
    trial.unread.extend((path, why) for (path, _), why in noted.items())
    trial.unread.extend((path, _NOT_ASKED) for path in _not_asked(document, root))
    return _with_reason(trial, refused)


def _with_reason(trial: Trial, why: Phrase | None) -> Trial:
    return Trial(trial.sample, trial.root, trial.events, trial.unread, why, trial.goes_to)


def _goes_to(system: DescribedSystem, root: Root) -> str | None:
    """The system that reads a document before this one would."""
    claimed = [name for name, reader in claims(root) if not reader.recognised]
    return claimed[0] if claimed and claimed[0] != system.name else None


def _why_none(system: DescribedSystem, outer: Root, root: Root) -> Phrase:
    """Why no document of the file is like a sample."""
    if said := fault(outer):
        return reading.refusal(local(root), "error", said)
    for known in system.checked.table.recognised:
        if local(root) in known.roots:
            return reading.refusal(local(root), known.what, "")
    listed = system.checked.table.documents
    if any(local(root) in document.roots for document in listed):
        return Phrase("<{root}> lacks what the file wants: namespaces, or holds", root=local(root))
    return Phrase("<{root}> is none of the roots of the file", root=local(root))


def _not_asked(document: Document, root: Root) -> list[str]:
    """The places with a text that no path of a document leads to, once each."""
    asked = set[int]()
    everything = list[tuple[str, int]]()
    for element in reading.found_in(document, root):
        start = Place((element,), {}, Children())
        everything += reading.leaves(start)
        for table in document.events:
            for place in paths.places(table.each or document.each, start):
                asked |= _asked(_paths_of(document, table), place)
        asked |= _asked((path for one in document.answers for path in (one.path, *one.say)), start)
    found = {path for path, element_id in everything if element_id in asked}
    return [path for path in dict.fromkeys(path for path, _ in everything) if path not in found]


def _asked(wanted: Iterable[str], place: Place) -> set[int]:
    return {id(end.element) for path in wanted for end in paths.places(path, place)}


def _paths_of(document: Document, table: EventTable) -> Iterator[str]:
    """Every path that is followed for an event."""
    single: list[Written] = [table.code, table.time, table.sub, table.serial, table.due]
    facts = (*document.facts.values(), *table.facts.values())
    for written in (*single, table.received_at, *table.note, *facts):
        if written:
            yield from (path for path in value(written).paths if not path.startswith("file:"))
    for reference in (*document.references, *table.references):
        yield from reference.paths
    yield from (condition.path for condition in table.when)
