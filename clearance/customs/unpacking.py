"""Bytes to events: one module per family of messages, recognised by content.

A dialect is a module of this package whose name does not begin with an underscore. It has

* ``DOCUMENTS``: root element -> ``Document``, how to read that message;
* ``ENVELOPES``: root element -> function from the envelope to what it carries;
* ``ELSEWHERE``: root element -> what it is, for messages that are recognised and not read.

What its codes mean stands in the module of the same name in ``clearance.codes``.

``unpack`` takes containers off (zip files, envelopes) down to the business documents, which are
the messages; ``events`` reads one. The names a message came under are facts too, so reading takes
every name it has come under; which of them counts does not depend on the order of arrival.
"""

from __future__ import annotations

import hashlib
import importlib
import io
import pkgutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any, NamedTuple

from clearance import customs
from clearance.customs.archives import HEAD, MAGIC, MAX_BYTES, Budget, members, too_large
from clearance.customs.xml import Element, Flat, as_text, local, read, tree
from clearance.errors import Unreadable
from clearance.model import Event, ReceivedAs

MAX_ENVELOPES = 4
"""How many containers may lie around a business document."""


Root = Element | Flat
"""The root of a message: its elements, or their text only where they hold nothing else."""


class Document(NamedTuple):
    """How a dialect reads a business document, of which it is given the root.

    ``salt`` gives what goes into a message's id besides its bytes: the client's own errors repeat
    to the byte, and only the file's name tells two of them apart.
    """

    read: Callable[[Root, Sequence[ReceivedAs], str], list[Event]]
    salt: Callable[[Sequence[ReceivedAs]], str] | None = None


class Carried(NamedTuple):
    """What an envelope carries: bytes, the names it gives them, and its time as written."""

    data: bytes
    names: tuple[str, ...]
    sent: str | None


class Unpacked(NamedTuple):
    """A business document taken out of what it came in, parsed but not yet read."""

    id: str
    dialect: str
    kind: str
    data: bytes
    received_as: tuple[ReceivedAs, ...]
    root: Root

    def events(self, received_as: Sequence[ReceivedAs] | None = None) -> list[Event]:
        """What it says, given every name it came under; raises Unreadable."""
        document: Document = _roots()[self.kind][1]
        return document.read(self.root, sorted(received_as or self.received_as), self.id)


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
        root = read(data)
        way = _way(root)
        if isinstance(way, Document):
            yield _unpacked(data, root, [ReceivedAs(name, sent or "") for name in names])
        else:
            envelope = tree(as_text(data)) if isinstance(root, Flat) else root
            yield from _carried(way(envelope), names, depth, budget or Budget(size))
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


def _way(root: Root) -> Document | Callable[[Element], Iterator[Carried]]:
    """How to go on from a root: read a document, or open an envelope."""
    way: str | Document | Callable[[Element], Iterator[Carried]] | None
    name = local(root)
    _, way = _roots().get(name, ("", None))
    if way is None:
        raise Unreadable("unknown_root", f"<{name[:60]}> is no message that is known here")
    if isinstance(way, str):
        raise Unreadable("not_a_status", f"<{name}> is {way}, not a status of a declaration")
    return way


def _carried(
    held: Iterable[Carried], names: tuple[str, ...], depth: int, budget: Budget
) -> Iterator[Unpacked | Refused]:
    for data, inner, sent in held:
        called = (*names, *(f"{names[0]}/{name}" for name in inner))
        yield from unpack(data, *called, sent=sent, depth=depth + 1, budget=budget)


def refused(data: bytes, name: str, why: Unreadable, size: int, sent: str | None) -> Refused:
    """A refusal; of what is larger than a message may be only the beginning is kept."""
    kept = data if len(data) <= MAX_BYTES else data[:HEAD]
    whole = len(kept) == size and why.reason != "unopened"
    salt = b"" if whole else f"{name} {size} ".encode(errors="surrogatepass")
    digest = hashlib.sha256(salt + kept).hexdigest()
    return Refused(f"sha256:{digest}", name, why, size, kept, sent)


def reopened(data: bytes, received_as: Sequence[ReceivedAs]) -> Unpacked:
    """A message kept in a store, parsed again, its id made anew; raises Unreadable."""
    root = read(data)
    if not isinstance(_roots().get(local(root), ("", None))[1], Document):
        raise Unreadable("unknown_root", f"<{local(root)[:60]}> is no message that is known here")
    return _unpacked(data, root, received_as)


def _unpacked(data: bytes, root: Root, received_as: Sequence[ReceivedAs]) -> Unpacked:
    kind = local(root)
    dialect, document = _roots()[kind]
    salt = document.salt(received_as).encode(errors="surrogatepass") if document.salt else b""
    digest = hashlib.sha256(salt + data).hexdigest()
    return Unpacked(f"sha256:{digest}", dialect, kind, data, tuple(received_as), root)


def parse(data: bytes, name: str | None = None) -> list[Event]:
    """Every event in a message's bytes, its containers taken off.

    Times are aware, in the dialect's zone. Raises Unreadable, with the reason, if anything in it
    cannot be read.
    """
    events: list[Event] = []
    for unpacked in unpack(data, name or ""):
        if isinstance(unpacked, Refused):
            raise unpacked.why
        events += unpacked.events()
    return events


def names() -> list[str]:
    """The customs systems there are: the packages beside this module."""
    return sorted(module.name for module in pkgutil.iter_modules(customs.__path__) if module.ispkg)


@cache
def _dialect(name: str) -> ModuleType:
    return importlib.import_module(f"{customs.__name__}.{name}.receipts")


@cache
def _roots() -> dict[str, tuple[str, Any]]:
    found: dict[str, tuple[str, Any]] = {}
    for name in names():
        module = _dialect(name)
        for table in (module.ELSEWHERE, module.ENVELOPES, module.DOCUMENTS):
            found |= {root: (name, way) for root, way in table.items()}
    return found
