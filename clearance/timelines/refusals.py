"""Messages that could not be read: what is kept of them, when that ends, and what is no message.

Each refusal is kept with a record of its origin: every name it came under, the file it lay in, and
the digest of its bytes. A refusal ends when the same bytes are read after all, be it under another
name; one of a file that was not whole ends when a whole file is read in the same place. What
somebody has put away is not refused again.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from functools import cache

from clearance.customs.foreign import ending, is_foreign
from clearance.customs.moments import NO_SUCH_DAY, NO_SUCH_TIME, NOT_BELIEVED
from clearance.customs.unpacking import NotUnpacked, refusal_ids
from clearance.customs.xml import OTHER_FORMAT
from clearance.errors import NotFound, Phrase
from clearance.hashing import sha256
from clearance.model import Record, Refusal
from clearance.sources import LEADS_NOWHERE
from clearance.stores import Store, codec

SETTLING = timedelta(seconds=60)
"""A file that looks half-written is left alone until it has not been written to for so long."""
_GROWING = ("empty", "truncated", "unopened")
"""Kinds of refusal of a file that another program may still be writing: not refused at once."""
UNFINISHED = (*_GROWING, "archive")
"""Kinds of refusal of a file that was not whole when it was read, and may be read again."""
_AHEAD = timedelta(days=1)
"""How far the clock of a share may be ahead of this one."""
ORIGIN = "refused_from"
"""The kind of record of where a refusal came from."""
_DROPPED = "refusal_dropped"
"""The kind of record of a refusal that somebody has put away."""
SAME_BYTES = "same_bytes"
"""The kind of record of the bytes of a message whose id is made of its name too."""
_PASSED_OVER = "passed_over"
"""The kind of record of a sort of file that was told to be passed over."""

_AGAIN = Phrase("do this: have it copied or sent again")
_NOTHING = Phrase("nothing to do")
_NEVER = Phrase("nothing to do: no customs message is so")
_LATER = Phrase("a later version may read it")
_ADVICE = {
    **dict.fromkeys(("empty", "truncated", "malformed"), _AGAIN),
    **dict.fromkeys(("too_large", "too_deep", "compression", "doctype"), _NEVER),
    "archive": Phrase("do this: copy or pack it again"),
    "unopened": Phrase("do this: let this user read it"),
    "html": Phrase("do this: log in, and save the message itself"),
    "binary": Phrase("do this: put the message itself here, as XML or in a zip file"),
    "encoding": Phrase("do this: have it sent again in the encoding that it declares"),
    "no_number": Phrase("do this: read it under its own name, or have it sent with its number"),
    "error_answer": Phrase("do this: put right what it says, and ask again"),
    "not_a_status": _NOTHING,
}
"""What can be done about each kind of refusal; for any other a later version may know more."""

_ADVICE_BY_TEMPLATE = {
    **dict.fromkeys(
        (NO_SUCH_DAY, NO_SUCH_TIME, NOT_BELIEVED),
        Phrase("do this: have it sent again with its right time"),
    ),
    LEADS_NOWHERE: Phrase("do this: put right the link, or remove it"),
}
"""What can be done where the kind of refusal alone does not say it."""


def reason(document: NotUnpacked) -> Phrase:
    """Why it could not be read, and what can be done about that."""
    by_kind = _ADVICE.get(document.why.reason, _LATER)
    return _advised(document.why, _ADVICE_BY_TEMPLATE.get(document.why.template, by_kind))


def _advised(why: Phrase, advice: Phrase) -> Phrase:
    return Phrase("{why}; {advice}", why=why, advice=advice)


def passed_over(document: NotUnpacked) -> Phrase | None:
    """Why it is no message that could be refused; None if it may be one."""
    kind = document.why.reason
    if kind == "not_a_status" or (
        document.why.template == OTHER_FORMAT and is_foreign(document.name, kind)
    ):
        return _advised(document.why, _NOTHING)
    if is_foreign(document.name, kind):
        sort = Phrase("no customs message is a file such as *.{end}", end=ending(document.name))
        return _advised(sort, _NOTHING)
    return None


def is_settling(document: NotUnpacked, modified: float | None, now: datetime) -> bool:
    """Whether a file that could not be read may still be being written."""
    if modified is None or document.why.reason not in _GROWING:
        return False
    age = now.timestamp() - modified
    return -_AHEAD.total_seconds() < age < SETTLING.total_seconds()


def _place_keys(place: str) -> set[str]:
    """The keys of a file, and of its folder, which can be listed if the file was read."""
    return {place_key(place), _folder_key(os.path.dirname(place))}  # noqa: PTH120 - half the time


@cache
def _folder_key(folder: str) -> str:
    return place_key(folder)


def place_key(place: str) -> str:
    """The key that what came from a file or a folder is filed under."""
    return f"at:{sha256(os.fsencode(place)).hexdigest()}"


def refusal(document: NotUnpacked, now: datetime) -> Refusal:
    """The refusal of a document that could not be read."""
    said = reason(document)
    return Refusal(
        id=document.id,
        name=document.name,
        kind=document.why.reason,
        reason=str(said),
        size=document.size,
        seen_at=now,
        data=document.data,
        sent=document.sent,
        said=said,
    )


def origin(document: NotUnpacked, place: str | None) -> Record:
    """The record of where a refusal came from; ``place`` is the file it lay in."""
    keys = (document.digest, *([place_key(place)] if place else ()))
    found = {"names": list(document.names), "kind": document.why.reason}
    return Record(ORIGIN, document.id, found, keys)


def new(store: Store, found: Mapping[str, Refusal], read: Collection[str] = ()) -> list[Refusal]:
    """Those refusals, by id, that a store neither holds nor was told to put away.

    ``read`` are the digests of what can be read; nor is there a refusal of bytes that the store
    holds as a message.
    """
    if not found:
        return []
    digests = {id: digest(refusal) for id, refusal in found.items()}
    readable = {*read, *store.names_of(set(digests.values()))}
    readable |= {record.id for record in store.records(SAME_BYTES, set(digests.values()))}
    known = _known(store, found, digests)
    return [r for id, r in found.items() if id not in known and digests[id] not in readable]


def digest(refusal: Refusal) -> str:
    """The digest of its bytes, which was its id in an earlier version."""
    return refusal_ids(refusal.data, refusal.name, refusal.size)[1]


def _known(store: Store, found: Mapping[str, Refusal], digests: Mapping[str, str]) -> set[str]:
    """Ids of refusals that a store holds, be it under the id of an earlier version, or put away."""
    ids = {*found, *digests.values()}
    kept = {(refusal.id, refusal.name) for refusal in store.refused(ids)}
    away = {record.id for record in store.records(_DROPPED, set(found))}
    return away | {
        id
        for id, refusal in found.items()
        if not kept.isdisjoint({(id, refusal.name), (digests[id], refusal.name)})
    }


def healed(store: Store, places: Collection[str], read: Collection[str]) -> set[str]:
    """Ids of refusals that are over: ``places`` hold a whole file now, ``read`` are digests of what
    could be read.
    """
    origins = list(store.records(ORIGIN)) if places or read else []
    whole = {key for place in places for key in _place_keys(place)} if origins else set[str]()
    return {
        record.id
        for record in origins
        if any(key in read for key in record.keys)
        or (record.document["kind"] in UNFINISHED and not whole.isdisjoint(record.keys))
    }


def save(store: Store, found: Iterable[Refusal], origins: Mapping[str, Record]) -> None:
    """Keeps refusals, with where they came from and the notices that checks look at."""
    new = list(found)
    store.save_refusals(new)
    store.save_records(map(codec.from_notice, new))
    store.save_records(origins[refusal.id] for refusal in new if refusal.id in origins)


def end(store: Store, ids: Collection[str]) -> None:
    """Removes refusals and all that is kept about them."""
    if ids:
        store.drop_refusals(ids)
        for kind in (codec.UNREAD, ORIGIN):
            store.delete_records(kind, ids)


def put_away(store: Store, dropped: Collection[Refusal]) -> None:
    """Removes refusals for good: the same is not refused again."""
    ids = {refusal.id for refusal in dropped}
    with store.transaction():
        store.save_records(Record(_DROPPED, id, {}) for id in sorted(ids))
        end(store, ids)


def origin_of(store: Store, refusal: Refusal) -> Record | None:
    """The record of where a refusal came from; None of one that an earlier version kept."""
    return next(store.records(ORIGIN, {refusal.id}), None)


def names(store: Store, refusal: Refusal) -> tuple[str, ...]:
    """Every name that a refused message came under."""
    kept = origin_of(store, refusal)
    return _names_of(kept) if kept else (refusal.name,)


@codec.reads(ORIGIN)
def _names_of(origin: Record) -> tuple[str, ...]:
    return tuple(origin.document["names"])


def by_id(store: Store, id: str) -> Refusal:
    """The refusal with an id, or with the only id that begins so; raises NotFound."""
    beginning = id if id.startswith("sha256:") else f"sha256:{id}"
    matches = [refusal for refusal in store.refused() if refusal.id.startswith(beginning)]
    if len(matches) > 1:
        raise NotFound(
            "{count} refused messages have an id that begins with {id}: see clearance refused",
            count=len(matches),
            id=id,
        )
    if not matches:
        raise NotFound(
            "no refused message has an id that begins with {id}: see clearance refused", id=id
        )
    return matches[0]


def untold(store: Store, sorts: Collection[str]) -> list[str]:
    """Those sorts of files passed over that have not been told before; they are told now."""
    told = {record.id for record in store.records(_PASSED_OVER, set(sorts))} if sorts else set()
    new = [sort for sort in sorts if sort not in told]
    if new:
        with store.transaction():
            store.save_records(Record(_PASSED_OVER, sort, {}) for sort in new)
    return new
