"""Bytes to events: containers are taken off, and readers claim what is in them.

``unpack`` takes off zip files and envelopes down to the business documents, which are the
messages. Each is claimed by one reader of one customs system, by its content; ``Unpacked.events``
reads it. The names a message came under are facts too, so reading takes every name it has come
under; which of them counts does not depend on the order of arrival.

Every event must bear a number that says which declaration it is about, or the name of the file
that it answers; one that bears none is refused here, so that no other part has to expect it.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from clearance import customs
from clearance.customs.archives import HEAD, MAGIC, MAX_BYTES, Budget, members, too_large
from clearance.customs.references import NAMES, names
from clearance.customs.xml import Element, Flat, as_text, local, read, tree
from clearance.errors import Unreadable
from clearance.model import Event, ReceivedAs, Role

MAX_ENVELOPES = 4
"""How many containers may lie around a business document."""


Root = Element | Flat
"""The root of a message: its elements, or their text only where they hold nothing else."""


class Enclosed(NamedTuple):
    """What an envelope carries: bytes, the names it gives them, and its time as written."""

    data: bytes
    names: tuple[str, ...]
    sent: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """A kind of document that a customs system knows, and what to do with one.

    It claims a document by the local name of its root, which is one of ``roots`` or matches
    ``pattern`` as a whole, and by ``claims`` where the name alone does not tell. A business
    document has ``read``, which makes events of its root, the names it came under, and its id, and
    raises Unreadable; an envelope has ``open``; a document that is no status of a declaration has
    ``recognised``, which says what it is.

    ``extra_identity`` gives what goes into a message's id besides its bytes: an error of a client
    repeats to the byte, and only the file's name tells two of them apart.
    """

    roots: tuple[str, ...] = ()
    pattern: str | None = None
    claims: Callable[[Root], bool] | None = None
    read: Callable[[Root, Sequence[ReceivedAs], str], list[Event]] | None = None
    open: Callable[[Element], Iterator[Enclosed]] | None = None
    recognised: str = ""
    extra_identity: Callable[[Sequence[ReceivedAs]], str] | None = None

    def claims_name(self, name: str) -> bool:
        """Whether it may claim documents whose root has a local name."""
        fits = self.pattern is not None and re.fullmatch(self.pattern, name)
        return name in self.roots or bool(fits)


class Unpacked(NamedTuple):
    """A business document taken out of what it came in, parsed but not yet read."""

    id: str
    system: str
    data: bytes
    received_as: tuple[ReceivedAs, ...]
    root: Root
    reader: Reader

    def events(self, received_as: Sequence[ReceivedAs] | None = None) -> list[Event]:
        """What it says, given every name it came under; raises Unreadable."""
        assert self.reader.read is not None
        events = self.reader.read(self.root, sorted(received_as or self.received_as), self.id)
        for event in events:
            if not names(event.references, *NAMES, Role.FILE):
                raise Unreadable("no_number", "it says of no declaration that it is about it")
        return events


@dataclass(frozen=True, slots=True)
class Refused:
    """Something that could not be unpacked, and why; ``size`` in bytes, ``data`` what is kept."""

    id: str
    name: str
    why: Unreadable
    size: int
    data: bytes
    sent: str | None = None


def unpack(
    data: bytes,
    *names: str,
    sent: str | None = None,
    size: int | None = None,
    depth: int = 0,
    budget: Budget | None = None,
) -> Iterator[Unpacked | Refused]:
    """The business documents in a file's bytes, each with its id, and what had to be refused.

    ``names`` are those it came under, a container's before a slash; ``size`` is its true length in
    bytes where ``data`` is only the beginning; ``budget`` is that of the file it lies in.
    """
    size = len(data) if size is None else size
    try:
        if size > MAX_BYTES:
            raise too_large(size)
        if depth > MAX_ENVELOPES:
            raise Unreadable("too_deep", f"more than {MAX_ENVELOPES} envelopes inside each other")
        if data.startswith(MAGIC):
            yield from _members(data, names, sent, depth, budget or Budget(size))
            return
        system, reader, root = _claimed(data)
        if reader.open is None:
            received_as = [ReceivedAs(name, sent or "") for name in names]
            yield _unpacked(data, system, reader, root, received_as)
        else:
            envelope = _tree(data, system) if isinstance(root, Flat) else root
            enclosed = reader.open(envelope)
            yield from _enclosed(enclosed, names, depth, budget or Budget(size))
    except Unreadable as why:
        yield refused(data, names[0], why, size, sent)


def _members(
    data: bytes, names: tuple[str, ...], sent: str | None, depth: int, budget: Budget
) -> Iterator[Unpacked | Refused]:
    for member, inside, size in members(io.BytesIO(data), budget):
        name = f"{names[0]}/{member}"
        if isinstance(inside, Unreadable):
            yield refused(b"", name, inside, size, sent)
        else:
            yield from unpack(inside, name, sent=sent, depth=depth + 1, budget=budget)


def _claimed(data: bytes) -> tuple[str, Reader, Root]:
    """The system and the reader that claim a document, and its root; raises Unreadable.

    Bytes that are not UTF-8 and declare no encoding are read in that of a system, and then only by
    that system: nothing is guessed for the others.
    """
    try:
        root = read(data)
    except Unreadable as why:
        if why.reason != "encoding":
            raise
        return _claimed_in_own_encoding(data, why)
    return *_claim(root, customs.systems()), root


def _claimed_in_own_encoding(data: bytes, why: Unreadable) -> tuple[str, Reader, Root]:
    """The same of a document that is not UTF-8."""
    for system in customs.systems().values():
        if system.undeclared_encoding:
            root = read(data, system.undeclared_encoding)
            try:
                return *_claim(root, (system.name,)), root
            except Unreadable:
                continue
    raise why


def _claim(root: Root, allowed: Iterable[str]) -> tuple[str, Reader]:
    """The one reader of some systems that claims a document; raises Unreadable."""
    name = local(root)
    for system, reader in _candidates(name):
        if system in allowed and (reader.claims is None or reader.claims(root)):
            if reader.recognised:
                raise Unreadable("not_a_status", f"<{name}> is {reader.recognised}")
            return system, reader
    raise Unreadable("unknown_root", f"<{name[:60]}> is no message that is known here")


@lru_cache(1024)
def _candidates(name: str) -> tuple[tuple[str, Reader], ...]:
    """The readers of every system that may claim a root of a local name."""
    return tuple(
        (system.name, reader)
        for system in customs.systems().values()
        for reader in system.readers
        if reader.claims_name(name)
    )


def claims(root: Root) -> list[tuple[str, Reader]]:
    """Every reader that claims a document; more than one is an error of the readers."""
    found = _candidates(local(root))
    return [(name, one) for name, one in found if one.claims is None or one.claims(root)]


def _tree(data: bytes, system: str) -> Element:
    """The elements of a document that was read as text only."""
    return tree(as_text(data, customs.system(system).undeclared_encoding))


def _enclosed(
    held: Iterable[Enclosed], names: tuple[str, ...], depth: int, budget: Budget
) -> Iterator[Unpacked | Refused]:
    for data, inner, sent in held:
        all_names = (*names, *(f"{names[0]}/{name}" for name in inner))
        yield from unpack(data, *all_names, sent=sent, depth=depth + 1, budget=budget)


def refused(data: bytes, name: str, why: Unreadable, size: int, sent: str | None) -> Refused:
    """A refusal; of what is larger than a message may be only the beginning is kept."""
    kept = data if len(data) <= MAX_BYTES else data[:HEAD]
    whole = len(kept) == size and why.reason != "unopened"
    salt = b"" if whole else f"{name} {size} ".encode(errors="surrogatepass")
    digest = hashlib.sha256(salt + kept).hexdigest()
    return Refused(f"sha256:{digest}", name, why, size, kept, sent)


def reparsed(data: bytes, received_as: Sequence[ReceivedAs]) -> Unpacked:
    """A message kept in a store, parsed again, its id made anew; raises Unreadable."""
    system, reader, root = _claimed(data)
    if reader.read is None:
        raise Unreadable("unknown_root", f"<{local(root)[:60]}> is no message that is known here")
    return _unpacked(data, system, reader, root, received_as)


def _unpacked(
    data: bytes, system: str, reader: Reader, root: Root, received_as: Sequence[ReceivedAs]
) -> Unpacked:
    extra = reader.extra_identity(received_as) if reader.extra_identity else ""
    digest = hashlib.sha256(extra.encode(errors="surrogatepass") + data).hexdigest()
    return Unpacked(f"sha256:{digest}", system, data, tuple(received_as), root, reader)


def parse(data: bytes, name: str | None = None) -> list[Event]:
    """Every event in a message's bytes, its containers taken off.

    Times are aware, in the zone of the customs system. Raises Unreadable, with the reason, if
    anything in it cannot be read.
    """
    events: list[Event] = []
    for unpacked in unpack(data, name or ""):
        if isinstance(unpacked, Refused):
            raise unpacked.why
        events += unpacked.events()
    return events
