"""Bytes to events: containers are taken off, and readers claim the documents inside.

``unpack`` takes off zip files and envelopes down to the business documents, which are the
messages. One reader of one customs system claims each of them, by its content;
``Unpacked.events`` reads it. The names a message came under are facts too, so reading takes all of
them; which of them counts does not depend on the order of arrival.

Every event must bear a number that says which declaration it is about, or the name of the file
that it answers. One with neither is refused here, so that no other part has to expect it.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

from clearance import customs
from clearance.customs import soap
from clearance.customs.limits import HEAD, MAGIC, MAX_BYTES, Budget, too_large
from clearance.customs.references import NAMING_ROLES, of_role
from clearance.customs.xml import Flat, as_text, local, page_of_html, read, tree
from clearance.errors import Phrase, Unreadable
from clearance.hashing import sha256
from clearance.model import Event, ReceivedAs, Refusal, Role, Value
from clearance.named_tuples import NamedTuple

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_LINKING_ROLES = (*NAMING_ROLES, Role.FILE)
MAX_ENVELOPES = 4
"""Limit of containers around a business document."""

_FILED = "file "
"""What stands before the time of a file, in the place of an envelope's time."""

_AROUND = ("binary", "malformed")
"""Kinds of refusal of a file that may hold messages with something else around them."""

BY_HAND = "SaidByHand"
"""The root of a statement that a person made, which belongs to no customs system."""
_CACHE_SIZE = 1024
"""Names of roots whose readers are remembered."""

Root: TypeAlias = "Element | Flat"
"""The root of a message: an element, or a flat message's fields."""


class Enclosed(Value):
    """A document in an envelope: its bytes, its names there, and the envelope's time as written."""

    data: bytes
    names: tuple[str, ...]
    sent: str | None


class Reader(Value, kw_only=True):
    """A kind of document that a customs system knows.

    It claims a document whose root has a local name in ``roots`` or matches ``pattern`` as a
    whole, and for which ``claims``, if given, is true. It has one of three:

    * ``read`` of a business document makes events of its root, the names it came under, and its
      id; raises Unreadable;
    * ``open`` of an envelope takes out what it encloses;
    * ``recognised`` says what a document is that gives no event.

    ``extra_identity`` adds to the bytes that a message's id is made of: two errors of a client may
    be the same to the byte, and only their file names differ. ``undated`` says whether neither a
    document nor its names say when it came, so that the time of its file has to.

    A later version may read what is recognised and ``awaited``, so it is kept until then.
    """

    roots: tuple[str, ...] = ()
    pattern: str | None = None
    claims: Callable[[Root], bool] | None = None
    read: Callable[[Root, Sequence[ReceivedAs], str], list[Event]] | None = None
    open: Callable[[Element], Iterator[Enclosed]] | None = None
    recognised: Phrase | None = None
    awaited: bool = False
    extra_identity: Callable[[Sequence[ReceivedAs]], str] | None = None
    undated: Callable[[Root, Sequence[ReceivedAs]], bool] | None = None

    def __post_init__(self) -> None:
        if sum(map(bool, (self.read, self.open, self.recognised))) != 1:
            raise ValueError("a reader has one of read, open and recognised")

    def may_claim(self, name: str) -> bool:
        """Whether it may claim documents whose root has a local name."""
        return customs.fits(name, self.roots, self.pattern)


class Unpacked(NamedTuple):
    """A business document taken out of its containers, parsed but not yet read."""

    id: str
    data: bytes
    received_as: tuple[ReceivedAs, ...]
    root: Root
    reader: Reader

    def events(self, received_as: Sequence[ReceivedAs] | None = None) -> list[Event]:
        """Its events, given every name it came under; raises Unreadable.

        Of several files with the same bytes, the first that was received counts.
        """
        names = sorted(received_as or self.received_as)
        events = self._read(names)
        if len(names) > 1 and len(files := _by_file(names)) > 1:
            events = _received(events, list(map(self._read, files)))
        linking = of_role(*_LINKING_ROLES)
        for event in events:
            if linking.isdisjoint([kind for kind, _ in event.references]):
                raise Unreadable("no_number", "it does not say which declaration it is about")
        return events

    def known(self, as_of: datetime) -> list[Event]:
        """Its events as they were known at a moment, by the files that had been received.

        A file whose name does not say when is taken to have come with the first that does.
        """
        files = [(file, self._read(file)) for file in _by_file(sorted(self.received_as))]
        timed = [(file, own) for file, own in files if any(event.received_at for event in own)]
        if not any(_is_known_by(event, as_of) for _, own in timed or files for event in own):
            return []
        later = [
            file for file, own in timed if not any(_is_known_by(event, as_of) for event in own)
        ]
        return self.events([name for file, _ in files if file not in later for name in file])

    def _read(self, names: Sequence[ReceivedAs]) -> list[Event]:
        assert self.reader.read is not None
        return self.reader.read(self.root, names, self.id)

    @property
    def digest(self) -> str:
        """The digest of its bytes alone, whatever its names say."""
        return _id(self.data) if self.reader.extra_identity else self.id

    def refused(self, why: Unreadable) -> NotUnpacked:
        """The refusal of it, under its names."""
        sent = self.received_as[0].sent
        names = tuple(name for name, _ in self.received_as)
        kept = None if sent.startswith(_FILED) else sent or None
        return not_unpacked(self.data, names, why, len(self.data), kept)


def _by_file(names: Sequence[ReceivedAs]) -> list[list[ReceivedAs]]:
    """Names in order, those of a file with those of what it encloses."""
    files: list[list[ReceivedAs]] = []
    for name in names:
        if files and name.name.startswith(f"{files[-1][0].name}/"):
            files[-1].append(name)
        else:
            files.append([name])
    return files


def _received(events: list[Event], alone: Sequence[Sequence[Event]]) -> list[Event]:
    """Events with the first and the last time at which a file was received that says them, given
    those of each file alone.
    """
    if any(len(own) != len(events) for own in alone):
        return events
    times = [
        [own.received_at for own in some if own.received_at] for some in zip(*alone, strict=True)
    ]
    return [
        event._replace(
            received_at=min(known), whole_at=max(known) if max(known) > min(known) else None
        )
        if known
        else event
        for event, known in zip(events, times, strict=True)
    ]


def _is_known_by(event: Event, as_of: datetime) -> bool:
    return event.known_at is None or event.known_at <= as_of


class NotUnpacked(Value):
    """Bytes that could not be unpacked, the names they came under, and why.

    ``size`` is their true length in bytes, of which ``data`` may be only the beginning.
    """

    id: str
    names: tuple[str, ...]
    why: Unreadable
    size: int
    data: bytes
    sent: str | None = None

    @property
    def name(self) -> str:
        """The name it is listed by."""
        return self.names[0]

    @property
    def digest(self) -> str:
        """The digest of its bytes, whatever their names."""
        return _id(self.data)


class _Origin(NamedTuple):
    """Where bytes lie: their names, the envelope's time, and the containers around them.

    ``budget`` is that of the outermost container, once there is one. ``filed`` is when the file was
    last written to.
    """

    names: tuple[str, ...]
    sent: str | None
    depth: int
    budget: Budget | None
    filed: float | None = None


def unpack(
    data: bytes,
    *names: str,
    sent: str | None = None,
    size: int | None = None,
    budget: Budget | None = None,
    filed: float | None = None,
) -> Iterator[Unpacked | NotUnpacked]:
    """The business documents in a file's bytes, each with its id, and the parts that are refused.

    ``names`` are those it came under, a container's before a slash; ``sent`` is an envelope's time
    as written; ``size`` is the true length in bytes where ``data`` is only the beginning;
    ``budget`` is that of the zip file it lay in; ``filed`` is when the file was last written to, in
    seconds since 1970.
    """
    size = len(data) if size is None else size
    return _unpacked(data, size, _Origin(names, sent, 0, budget, filed))


def _unpacked(data: bytes, size: int, origin: _Origin) -> Iterator[Unpacked | NotUnpacked]:
    try:
        _check_limits(size, origin.depth)
        if data.startswith(MAGIC):
            yield from _members(data, origin, origin.budget or Budget(size))
            return
        system, reader, root = _claimed(data)
        if BY_HAND in reader.roots:
            raise Unreadable("by_hand", "said by hand: such things are said by commands only")
        if reader.open is None:
            yield _document(data, reader, root, _received_as(origin, reader, root))
        else:
            envelope = _elements(data, system) if isinstance(root, Flat) else root
            yield from _enclosed(reader.open(envelope), origin, origin.budget or Budget(size))
    except Unreadable as why:
        found = _parts(data) if why.reason in _AROUND and len(data) == size else []
        if not found:
            yield not_unpacked(data, origin.names, why, size, origin.sent)
        for number, part in enumerate(found, 1):
            yield from _unpacked(part, len(part), _part_of(origin, number))


def _parts(data: bytes) -> list[bytes]:
    """The documents in a file that holds something else besides one."""
    from clearance.customs.parts import parts

    return parts(data)


def _part_of(origin: _Origin, number: int) -> _Origin:
    """The origin of a document in a file of several; only the first has the names of the file."""
    names = origin.names if number == 1 else tuple(f"{name}/{number}" for name in origin.names)
    return origin._replace(names=names, depth=origin.depth + 1)


def _received_as(origin: _Origin, reader: Reader, root: Root) -> list[ReceivedAs]:
    """The names of a document, each with the envelope's time, else the file's if it is needed."""
    received_as = [ReceivedAs(name, origin.sent or "") for name in origin.names]
    if origin.filed is None or not reader.undated or not reader.undated(root, received_as):
        return received_as
    filed = datetime.fromtimestamp(int(origin.filed), UTC)
    return [ReceivedAs(name, f"{_FILED}{filed.isoformat()}") for name, _ in received_as]


def filed_at(received_as: Iterable[ReceivedAs]) -> datetime | None:
    """The earliest time at which a file was last written to, where that is all that is known."""
    written = (sent.removeprefix(_FILED) for _, sent in received_as if sent.startswith(_FILED))
    return min(map(datetime.fromisoformat, written), default=None)


def has_sent(name: ReceivedAs) -> bool:
    """Whether a name has the time of an envelope."""
    return bool(name.sent) and not name.sent.startswith(_FILED)


def is_known(name: ReceivedAs, kept: Collection[ReceivedAs]) -> bool:
    """Whether a name adds nothing to those that are kept.

    A copy of a file is younger than the file, and says nothing new by that.
    """
    if name in kept or not name.sent.startswith(_FILED):
        return name in kept
    return any(other.name == name.name and _FILED <= other.sent <= name.sent for other in kept)


def _check_limits(size: int, depth: int) -> None:
    if size > MAX_BYTES:
        raise too_large(size)
    if depth > MAX_ENVELOPES:
        raise Unreadable(
            "too_deep", "more than {limit} envelopes inside each other", limit=MAX_ENVELOPES
        )


def _members(data: bytes, origin: _Origin, budget: Budget) -> Iterator[Unpacked | NotUnpacked]:
    """What the members of a zip file hold."""
    from clearance.customs.archives import members

    for member, content, size in members(io.BytesIO(data), budget):
        name = f"{origin.names[0]}/{member}" if member else origin.names[0]
        if isinstance(content, Unreadable):
            yield not_unpacked(b"", (name,), content, size, origin.sent)
        else:
            inside = _Origin((name,), origin.sent, origin.depth + 1, budget)
            yield from _unpacked(content, len(content), inside)


def _enclosed(
    contents: Iterable[Enclosed], origin: _Origin, budget: Budget
) -> Iterator[Unpacked | NotUnpacked]:
    """What the documents in an envelope hold."""
    for one in contents:
        names = (*origin.names, *(f"{origin.names[0]}/{name}" for name in one.names))
        inside = _Origin(names, one.sent, origin.depth + 1, budget, origin.filed)
        yield from _unpacked(one.data, len(one.data), inside)


def _claimed(data: bytes) -> tuple[str, Reader, Root]:
    """The system and the reader that claim a document, and its root; raises Unreadable.

    Bytes that are not UTF-8 and declare no encoding are read only by a system that writes so:
    nothing is guessed for the others.
    """
    try:
        root, claimed = _claims_within(read(data))
    except Unreadable as why:
        if why.reason != "encoding":
            raise
        root, claimed = _claimed_undeclared(data, why)
    if not claimed:
        raise _unclaimed(root)
    system, reader = claimed[0]
    if reader.recognised:
        kind = "not_yet" if reader.awaited else "not_a_status"
        raise Unreadable(kind, "<{root}> is {what}", root=local(root), what=reader.recognised)
    return system, reader, root


def _claimed_undeclared(data: bytes, why: Unreadable) -> tuple[Root, list[tuple[str, Reader]]]:
    """The root of a document that is not UTF-8, and who claims it; raises ``why`` if nobody does.

    Each system reads it in the encoding that its own messages do not declare.
    """
    for system in customs.systems().values():
        if system.undeclared_encoding:
            root, claimed = _claims_within(read(data, system.undeclared_encoding))
            if own := [claim for claim in claimed if claim[0] == system.name]:
                return root, own
    raise why


def _claims_within(root: Root) -> tuple[Root, list[tuple[str, Reader]]]:
    """The claims to what an envelope of SOAP holds, else to the document, and which it is."""
    held = soap.held(root)
    if held is not None and (claimed := claims(held)):
        return held, claimed
    return root, claims(root)


def _unclaimed(root: Root) -> Unreadable:
    """The refusal of a document that no reader claims."""
    if said := soap.fault(root):
        return Unreadable("error_answer", "an error that a service answers: {said}", said=said)
    held = soap.held(root)
    if held is not None and soap.is_of_several(held):
        return Unreadable("unknown_root", "a body of SOAP with several messages: none is read")
    name = local(root if held is None else held)[:60]
    if name.lower() == "html":
        return page_of_html()
    return Unreadable("unknown_root", "<{root}> is no message that is known here", root=name)


def claims(root: Root) -> list[tuple[str, Reader]]:
    """The system and reader of each claim to a document; two claims are an error of a reader.

    A user's own system claims what no system that comes with the program reads; its claims stand
    before those of systems that only know what the document is.
    """
    name = local(root)
    found = _claiming(root, _candidates(name))
    if any(reader.recognised is None for _, reader in found):
        return found
    return [*_claiming(root, _own_candidates(name)), *found]


def _claiming(root: Root, candidates: Iterable[tuple[str, Reader]]) -> list[tuple[str, Reader]]:
    return [
        (system, reader)
        for system, reader in candidates
        if reader.claims is None or reader.claims(root)
    ]


@customs.until_systems_change
@lru_cache(_CACHE_SIZE)
def _candidates(name: str) -> tuple[tuple[str, Reader], ...]:
    """The readers that may claim a root of a local name; those of other systems are not loaded."""
    if name == BY_HAND:
        from clearance.customs import by_hand

        return ((by_hand.NAME, by_hand.READER),)
    return tuple(_readers_of(name, bundled=True))


@customs.until_systems_change
@lru_cache(_CACHE_SIZE)
def _own_candidates(name: str) -> tuple[tuple[str, Reader], ...]:
    """Those of a user's own systems."""
    return tuple(_readers_of(name, bundled=False))


def _readers_of(name: str, *, bundled: bool) -> Iterator[tuple[str, Reader]]:
    for system in customs.systems().values():
        if system.bundled is bundled and system.may_claim(name):
            yield from (
                (system.name, reader) for reader in system.readers if reader.may_claim(name)
            )


def _elements(data: bytes, system: str) -> Element:
    """The elements of a document that was read as flat."""
    return tree(as_text(data, customs.systems()[system].undeclared_encoding))


def not_unpacked(
    data: bytes, names: tuple[str, ...], why: Unreadable, size: int, sent: str | None
) -> NotUnpacked:
    """A refusal, which keeps only the beginning of bytes that are larger than a message may be."""
    kept = data if len(data) <= MAX_BYTES else data[:HEAD]
    return NotUnpacked(refusal_ids(kept, names[0], size)[0], names, why, size, kept, sent)


def refusal_ids(data: bytes, name: str, size: int) -> tuple[str, str]:
    """The id of a refusal, and the one that an earlier version gave it.

    It is made of the name too: the same bytes under two names are two that somebody may look for.
    """
    return _id(data, f"{name} {size} "), _id(data)


def is_intact(refusal: Refusal) -> bool:
    """Whether the bytes of a refusal, as far as they are kept, are what its id was made of."""
    beginnings = ("", f"{refusal.name} {refusal.size} ")
    return refusal.id in {_id(refusal.data, beginning) for beginning in beginnings}


def reparsed(data: bytes, received_as: Sequence[ReceivedAs]) -> Unpacked:
    """A message kept in a store, parsed again, with its id made anew; raises Unreadable."""
    _, reader, root = _claimed(data)
    if reader.read is None:
        raise _unclaimed(root)
    return _document(data, reader, root, received_as)


def _document(
    data: bytes, reader: Reader, root: Root, received_as: Sequence[ReceivedAs]
) -> Unpacked:
    extra = reader.extra_identity(received_as) if reader.extra_identity else ""
    return Unpacked(_id(data, extra), data, tuple(received_as), root, reader)


def _id(data: bytes, extra: str = "") -> str:
    """The id of a message or a refusal: a digest of its bytes and of an extra text."""
    digest = sha256(extra.encode(errors="surrogatepass") + data if extra else data)
    return f"sha256:{digest.hexdigest()}"


def parse(data: bytes, name: str | None = None) -> list[Event]:
    """Every event in a message's bytes, its containers taken off.

    Times are aware, in the zone of the customs system. Raises Unreadable, with the reason, if
    anything in it cannot be read.
    """
    events: list[Event] = []
    for document in unpack(data, name or ""):
        if isinstance(document, NotUnpacked):
            raise document.why
        events += document.events()
    return events
