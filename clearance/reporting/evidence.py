"""What a report rests on: timelines, messages, what people said, and the chain of commits.

A report compares periods, so the timelines are those of the periods shown and of the earlier ones.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from clearance import shipments
from clearance.customs.unpacking import reparsed
from clearance.errors import ClearanceError
from clearance.model import Declaration, Message, Record, replace
from clearance.named_tuples import NamedTuple
from clearance.reporting import page_lists, selecting
from clearance.reporting.page_lists import Lists
from clearance.reporting.query import ReportQuery
from clearance.stores import Store, chain
from clearance.stores.alike import Alike

_MAX_FILES = 60_000
"""Files that an archive can hold."""
_MAX_BYTES = 2**31
"""Bytes of messages that an archive can hold."""


class Held(NamedTuple):
    """A message, and what its id is made of besides its bytes; the link of the chain it is in, and
    the names that it came under then.
    """

    message: Message
    extra: str
    link: int | None
    names: list[Any]


class Members(NamedTuple):
    """All messages of a link of the chain: their ids, and digests of how they came."""

    link: int
    ids: list[str]
    leaves: list[str]


@dataclass(slots=True, kw_only=True)
class Evidence:
    """What a report rests on; ``members`` are those of each link that one of the messages is in."""

    some: list[Alike]
    declarations: list[Declaration]
    lists: Lists
    messages: list[Held] = field(default_factory=list)
    members: list[Members] = field(default_factory=list)
    said: list[Record] = field(default_factory=list)
    links: list[chain.Link] = field(default_factory=list)


def gather(store: Store, query: ReportQuery, *, with_messages: bool) -> Evidence:
    """What a report rests on; raises ClearanceError where it is too much for an archive."""
    some = [each.in_arrays() for each in selecting.alike(store, query)]
    needed = replace(query, periods=query.needed)
    declarations = sorted(selecting.histories(store, needed), key=_by_name)
    evidence = Evidence(some=some, declarations=declarations, lists=page_lists.lists(query, some))
    ids = {id for one in declarations for event in one.events for id in event.messages}
    evidence.links = list(chain.links(store))
    _take_messages(store, ids, evidence)
    evidence.said = list(_said(store, declarations))
    if with_messages:
        _check_size(evidence)
    return evidence


def _by_name(declaration: Declaration) -> tuple[str, tuple[str, ...]]:
    return declaration.name, declaration.events[0].messages


def _take_messages(store: Store, ids: Collection[str], evidence: Evidence) -> None:
    """Adds messages, in the order they came, and the links of the chain that they are in."""
    places: dict[str, tuple[int, list[Any]]] = {}
    for block in chain.blocks(store):
        own = [(id, names) for id, names in zip(block.ids, block.names, strict=True) if id in ids]
        if own:
            places |= {id: (block.link.number, names) for id, names in own}
            digests = [id.removeprefix("sha256:") for id in block.ids]
            leaves = [leaf.hex() for leaf in block.leaves]
            evidence.members.append(Members(block.link.number, digests, leaves))
    for message in store.messages(ids):
        link, names = places.get(message.id, (None, chain.names_of(message)))
        evidence.messages.append(Held(message, _extra(message), link, names))


def _extra(message: Message) -> str:
    """The text that a message's id is made of before its bytes, where there is any."""
    unpacked = reparsed(message.data, message.received_as)
    extra = unpacked.reader.extra_identity
    return extra(message.received_as) if extra else ""


def _said(store: Store, declarations: Iterable[Declaration]) -> Iterator[Record]:
    """What people said about declarations, beside their messages."""
    numbers = {number for declaration in declarations for number in declaration.numbers}
    if numbers:
        plans = store.records(shipments.PLAN, shipments.keys(numbers))
        yield from sorted(plans, key=lambda record: record.id)


def _check_size(evidence: Evidence) -> None:
    size = sum(len(held.message.data) for held in evidence.messages)
    if len(evidence.messages) > _MAX_FILES or size > _MAX_BYTES:
        raise ClearanceError(
            "--evidence: {count} messages of {size} bytes are too many for one archive: choose a "
            "shorter period, or --digests",
            count=len(evidence.messages),
            size=size,
        )
