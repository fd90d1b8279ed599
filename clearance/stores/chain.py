"""The chain over a store's commits: each link names the one before by its digest.

A commit that keeps messages, further names of messages, or what people say adds one link, in the
same transaction, as a record. A link holds

* ``number``, from 1 on, and ``before``, the digest of the link before, null at a beginning;
* ``messages``, how many are new, ``digest``, that of their ids, and ``received``, that of their ids
  with the names and the time they came under, both in the order in which the store keeps them;
* ``renamed``, further names of messages that were there; ``mended``, ids of messages that lay
  damaged and were written anew; ``said``, the digest of each record of what people said;
* ``began``, only at a beginning: why, and the last link of the store that a copy was made of.

The digest of a link is that of its text in JSON with sorted keys: whoever knows that of the last
link can tell whether anything before it was changed since. Nothing here hinders somebody who may
write into a store from making a whole new chain; only a digest that is kept elsewhere does.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import chain, islice
from typing import Any

from clearance.errors import Phrase, StoreDamaged
from clearance.hashing import sha256
from clearance.model import Message, ReceivedAs, Record, Value
from clearance.stores import Store
from clearance.stores.codec import from_received_as, reads

LINK = "link"
"""The kind of record that a link is."""
SAID = ("plan",)
"""Kinds of records that hold what people say."""

_LAST = "last"
"""What the last link is filed under."""
_Names = Mapping[str, Collection[ReceivedAs]]
_Document = dict[str, Any]


class Link(Value):
    """A link of the chain."""

    document: _Document

    @property
    def number(self) -> int:
        """Its place, from 1 on."""
        return int(self.document["number"])

    @property
    def messages(self) -> int:
        """How many messages it is about."""
        return int(self.document.get("messages", 0))

    @property
    def text(self) -> str:
        """What its digest is made of."""
        return _text(self.document)

    @property
    def digest(self) -> str:
        """Its digest, in hexadecimal digits."""
        return sha256(self.text.encode()).hexdigest()


class Block(Value):
    """A link, and the messages that it is about: their ids, the names that they came under then,
    and digests of how each came.
    """

    link: Link
    ids: list[str]
    names: list[list[Any]]
    leaves: list[bytes]

    @property
    def is_whole(self) -> bool:
        """Whether these are the messages that were committed."""
        document = self.link.document
        same: bool = _digest(_id_bytes(self.ids)) == document.get("digest", _NOTHING)
        return same and len(self.ids) == self.link.messages

    @property
    def is_as_received(self) -> bool:
        """Whether they came under the names and at the times that were committed."""
        same: bool = _digest(self.leaves) == self.link.document.get("received", _NOTHING)
        return same


@reads(LINK)
def _to_link(record: Record) -> Link:
    """The link of a record."""
    link = Link(record.document)
    if link.number < 1 or link.messages < 0:
        raise ValueError(link.number)
    return link


# Adding links


def extend(
    store: Store,
    new: Iterable[Message] = (),
    *,
    leaves: Mapping[str, bytes] | None = None,
    renamed: _Names | None = None,
    mended: Iterable[str] = (),
    said: Iterable[Record] = (),
) -> None:
    """Adds a link for what a transaction has written; call it in there, after the writing.

    ``new`` are messages that stand behind all others, with the ``leaves`` of some of them by id,
    where these are known already; ``renamed`` further names of messages by id,
    ``mended`` ids of messages that took the place of damaged ones, ``said`` records among which
    are those of what people say. The first link of a store is about all that is there.
    """
    new, end = list(new), last(store)
    if end is None and not any(store.records(LINK)):
        if new and _first_id(store) == new[0].id:
            _add(store, None, {**_received(new, leaves), "began": {"why": "new"}})
        else:
            begin(store, "earlier" if _first_id(store) else "new")
        return
    names = {id: from_received_as(names) for id, names in sorted((renamed or {}).items())}
    parts = {"renamed": names, "mended": sorted(mended), "said": _digests_of(said)}
    written = {**_received(new, leaves), **{name: part for name, part in parts.items() if part}}
    if written:
        _add(store, end, written)


def begin(store: Store, why: str, source: Link | None = None) -> None:
    """Begins a chain over all that a store holds, unless it has one.

    ``why`` is ``new``, ``earlier`` where there was no chain before, or ``copied``, ``imported`` or
    ``salvaged``, then with the last link of the ``source``. A damaged store gets one when it is
    whole again.
    """
    if any(store.records(LINK)):
        return
    told = {"link": source.digest, "number": source.number} if source else {}
    with suppress(StoreDamaged):
        said = _digests_of(_all_said(store))
        held = {**_received(store.messages()), **({"said": said} if said else {})}
        _add(store, None, {**held, "began": {"why": why, **told}})


def complete(store: Store) -> None:
    """Adds a link about all that is in none, as a version that knew no chain leaves it."""
    all_links = list(links(store))
    if not all_links:
        begin(store, "earlier")
        return
    left = islice(store.messages(), sum(link.messages for link in all_links), None)
    known = _said(all_links)
    said = [record for record in _all_said(store) if _name(record) not in known]
    extend(store, left, said=said)


def _add(store: Store, end: Link | None, written: _Document) -> None:
    """Adds a link behind the last; where that is lost, one that begins anew, and says so."""
    number = end.number if end else max((link.number for link in links(store)), default=0)
    if end is None and "began" not in written:
        written = {**written, "began": {"why": "lost"}}
    link = {"number": number + 1, "before": end.digest if end else None, **written}
    old = [_record(end.document)] if end else []
    store.save_records([*old, _record(link, _LAST)])


def _record(document: _Document, *keys: str) -> Record:
    return Record(LINK, f"{document['number']:08d}", document, keys)


def _first_id(store: Store) -> str | None:
    """The id of the first message; None where there is none, or it is damaged."""
    with suppress(StoreDamaged):
        return next((message.id for message in store.messages()), None)
    return None


def _received(messages: Iterable[Message], known: Mapping[str, bytes] | None = None) -> _Document:
    """What a link says of new messages; nothing where there are none. Some leaves are ``known``."""
    told = known or {}
    ids, leaves, count = sha256(), sha256(), 0
    for message in messages:
        ids.update(message.id.encode())
        leaves.update(told.get(message.id) or leaf(message, names_of(message)))
        count += 1
    if not count:
        return {}
    return {"messages": count, "digest": ids.hexdigest(), "received": leaves.hexdigest()}


def names_of(message: Message, later: Collection[ReceivedAs] = ()) -> list[Any]:
    """The names of a message as they are digested, without those that came later."""
    return list(from_received_as(name for name in message.received_as if name not in later))


def leaf(message: Message, names: Sequence[Any]) -> bytes:
    """The digest of a message's id, the names it came under, and when."""
    told = [message.id, names, message.seen_at.isoformat()]
    return sha256(_text(told).encode()).digest()


def _digests_of(said: Iterable[Record]) -> dict[str, str]:
    """The digest of each record of what people said, by its name; of no other record."""
    return {_name(record): _digest_of(record) for record in said if record.kind in SAID}


def _digest_of(record: Record) -> str:
    return sha256(_text(record.document).encode()).hexdigest()


def _name(record: Record) -> str:
    return f"{record.kind}:{record.id}"


def _all_said(store: Store) -> Iterator[Record]:
    return chain.from_iterable(store.records(kind) for kind in SAID)


_text = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode
"""A value as it is digested: JSON in ASCII with sorted keys."""

_NOTHING = sha256().hexdigest()
"""What a link without messages has in the place of their digest."""


def _digest(parts: Iterable[bytes]) -> str:
    return sha256(b"".join(parts)).hexdigest()


def _id_bytes(ids: Iterable[str]) -> Iterator[bytes]:
    return (id.encode() for id in ids)


# Looking at links


def links(store: Store) -> Iterator[Link]:
    """The links of a store's chain, in order."""
    found = (Link(record.document) for record in store.records(LINK))
    return iter(sorted(found, key=lambda link: link.number))


def last(store: Store) -> Link | None:
    """The last link; None where there is no chain."""
    return next((Link(record.document) for record in store.records(LINK, {_LAST})), None)


def told(store: Store) -> _Document:
    """The number of links, the digest of the last, and the reason of each new beginning."""
    all_links = list(links(store))
    began = [link.document["began"] for link in all_links if "began" in link.document]
    return {
        "links": len(all_links),
        "last": all_links[-1].digest if all_links else None,
        "began": [beginning["why"] for beginning in began],
    }


def blocks(store: Store) -> Iterator[Block]:
    """Each link with the messages that it is about."""
    all_links = list(links(store))
    later = _later_names(all_links)
    messages = store.messages()
    for link in all_links:
        some = list(islice(messages, link.messages))
        own = [names_of(message, later.get(message.id, ())) for message in some]
        leaves = [leaf(message, names) for message, names in zip(some, own, strict=True)]
        yield Block(link, [message.id for message in some], own, leaves)


def _later_names(all_links: Iterable[Link]) -> Mapping[str, set[ReceivedAs]]:
    """The names that were added to messages after they came, by id."""
    later: defaultdict[str, set[ReceivedAs]] = defaultdict(set)
    for link in all_links:
        for id, names in link.document.get("renamed", {}).items():
            later[id] |= {ReceivedAs(n) if isinstance(n, str) else ReceivedAs(*n) for n in names}
    return later


def problems(store: Store) -> Iterator[Phrase]:
    """What of a store is not what its chain says; nothing where there is no chain."""
    all_links = list(links(store))
    if all_links:
        yield from _broken(all_links)
        yield from _changed_messages(store, all_links)
        yield from _changed_records(store, all_links)


def _broken(all_links: Iterable[Link]) -> Iterator[Phrase]:
    """Links that are missing, or that do not name the one before them."""
    before: Link | None = None
    for number, link in enumerate(all_links, 1):
        named = link.document["before"]
        if link.number != number or named != (before.digest if before else None):
            yield Phrase(
                "the chain of commits is broken before link {number}: what is older was changed, "
                "or is not all there",
                number=link.number,
            )
            return
        before = link


def _changed_messages(store: Store, all_links: Sequence[Link]) -> Iterator[Phrase]:
    """Links whose messages are not those that were committed, and messages in no link."""
    mended = {id for link in all_links for id in link.document.get("mended", ())}
    seen = 0
    for block in blocks(store):
        seen += len(block.ids)
        as_received = block.is_as_received or not mended.isdisjoint(block.ids)
        if not block.is_whole or not as_received:
            yield Phrase(
                "the messages of link {number} of the chain of commits are not those that were "
                "committed",
                number=block.link.number,
            )
            return
    if left := store.info()["messages"] - seen:
        yield Phrase(
            "{count} messages are in no link of the chain of commits: rebuild the store",
            count=left,
        )


def _changed_records(store: Store, all_links: Iterable[Link]) -> Iterator[Phrase]:
    """What people said that is not what the chain says, or is gone."""
    known = _said(all_links)
    found = _digests_of(_all_said(store))
    for name in sorted(known.keys() | found.keys()):
        if known.get(name) != found.get(name):
            yield Phrase(
                "what was said of {name} is not what the chain of commits says",
                name=name.partition(":")[2],
            )


def _said(all_links: Iterable[Link]) -> dict[str, str]:
    """The digest that each record of what people said must have by now, by its name."""
    known: dict[str, str] = {}
    for link in all_links:
        known |= link.document.get("said", {})
    return known
