"""A store that lives as long as the process: for trying things out, and as the plainest example."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime
from typing import Any, Self, TypeVar

from clearance.errors import Phrase
from clearance.model import Declaration, Message, ReceivedAs, Record, Refusal, Summary, Timings
from clearance.stores import LAYOUT
from clearance.stores.alike import Alike, of_documents
from clearance.stores.codec import declaration_keys, from_timings, key_spans

V = TypeVar("V")


def open(
    target: str,  # noqa: ARG001
    busy_timeout: float,  # noqa: ARG001
    outdated: bool = False,  # noqa: ARG001
    create: bool = True,  # noqa: ARG001
) -> MemoryStore:
    """An empty store."""
    return MemoryStore()


class MemoryStore:
    """Everything in dictionaries of immutable values."""

    def __init__(self) -> None:
        self.url = "memory:"
        self._messages: dict[str, Message] = {}
        self._refused: dict[str, Refusal] = {}
        self._timelines: dict[int, Declaration] = {}
        self._unchecked: set[int] = set()
        self._records: dict[tuple[str, str], Record] = {}
        self._last = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Nothing has to be closed."""

    def reading(self) -> AbstractContextManager[None]:
        """Nobody else can write."""
        return nullcontext()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Restores everything as it was if the block fails."""
        parts = ("_messages", "_refused", "_timelines", "_unchecked", "_records")
        before = {part: getattr(self, part).copy() for part in parts}
        try:
            yield
        except BaseException:
            for part, value in before.items():
                setattr(self, part, value)
            raise

    def names_of(self, ids: Collection[str]) -> dict[str, tuple[ReceivedAs, ...]]:
        return {id: self._messages[id].received_as for id in ids if id in self._messages}

    def messages(self, ids: Collection[str] | None = None) -> Iterator[Message]:
        return _with_ids(self._messages, ids)

    def make_ready(self, messages: Iterable[Message]) -> None:
        """There is nothing to do."""

    def save_messages(
        self,
        messages: Iterable[Message],
        absent: Collection[str] = (),  # noqa: ARG002 - a look-up costs nothing here
    ) -> list[str]:
        by_id = {message.id: message for message in messages}
        new = [id for id in by_id if id not in self._messages]
        self._messages |= by_id
        return new

    def refused(self, ids: Collection[str] | None = None) -> Iterator[Refusal]:
        return _with_ids(self._refused, ids)

    def save_refusals(self, refusals: Iterable[Refusal]) -> None:
        self._refused |= {refusal.id: refusal for refusal in refusals}

    def drop_refusals(self, ids: Collection[str]) -> None:
        for id in ids:
            self._refused.pop(id, None)

    def ids(self, keys: Collection[str] | None = None) -> set[int]:
        if keys is None:
            return set(self._timelines)
        wanted = set(keys)
        return {i for i, d in self._timelines.items() if not wanted.isdisjoint(declaration_keys(d))}

    def timelines(self, ids: Collection[int] | None = None) -> Iterator[tuple[int, Declaration]]:
        wanted = sorted(self._timelines if ids is None else set(ids) & self._timelines.keys())
        return iter([(id, self._timelines[id]) for id in wanted])

    def summaries(self, ids: Collection[int] | None = None) -> Iterator[tuple[int, Summary]]:
        return iter(self.timelines(ids))

    def timings(self, ids: Collection[int] | None = None) -> Iterator[tuple[int, Timings]]:
        return ((id, Timings.of(declaration)) for id, declaration in self.timelines(ids))

    def timings_within(
        self, when: str, spans: Sequence[tuple[datetime, datetime]]
    ) -> Iterator[Alike]:
        places = key_spans(when, spans)
        within = set[int]().union(*(self.ids_between(*place) for place in places))
        return of_documents((id, from_timings(timings)) for id, timings in self.timings(within))

    def pack(self) -> None:
        """Keeps nothing more."""

    def undated(self) -> set[int]:
        return self.ids() - self.ids_between("declared:", "declared;")

    def save_timelines(self, timelines: Iterable[tuple[int | None, Declaration]]) -> list[int]:
        ids = []
        for id, declaration in timelines:
            if id is None:
                id = self._last = self._last + 1
            self._timelines[id] = declaration
            ids.append(id)
        self._unchecked.update(ids)
        return ids

    def delete_timelines(self, ids: Collection[int]) -> None:
        for id in ids:
            self._timelines.pop(id, None)
        self._unchecked -= set(ids)

    def clear_timelines(self) -> None:
        self.delete_timelines(self.ids())

    def neighbouring_keys(self, keys: Collection[str], count: int) -> list[list[str]]:
        index = sorted({key for d in self._timelines.values() for key in declaration_keys(d)})
        places = [bisect_left(index, key) for key in keys]
        return [index[max(place - count, 0) : place + count] for place in places]

    def ids_between(self, low: str, high: str) -> set[int]:
        filed = ((id, key) for id, d in self._timelines.items() for key in declaration_keys(d))
        return {id for id, key in filed if low <= key < high}

    def unchecked(self) -> set[int]:
        return set(self._unchecked)

    def mark_checked(self, ids: Collection[int]) -> None:
        self._unchecked -= set(ids)

    def records(
        self, kind: str | None = None, keys: Collection[str] | None = None
    ) -> Iterator[Record]:
        records = [record for record in self._records.values() if kind in (None, record.kind)]
        if keys is not None:
            records = [r for r in records if not {r.id, *r.keys}.isdisjoint(keys)]
        return iter(records)

    def save_records(self, records: Iterable[Record]) -> None:
        self._records |= {(record.kind, record.id): record for record in records}

    def delete_records(self, kind: str, ids: Collection[str]) -> None:
        for id in ids:
            self._records.pop((kind, id), None)

    def clear_records(self, kind: str) -> None:
        self._records = {name: r for name, r in self._records.items() if r.kind != kind}

    @property
    def unreadable(self) -> int:
        return 0

    def prepare(self) -> None:
        """Nothing has to be made."""

    def info(self) -> dict[str, Any]:
        return {
            "messages": len(self._messages),
            "refused": len(self._refused),
            "events": sum(len(d.events) for d in self._timelines.values()),
            "declarations": len(self._timelines),
            "bytes": sum(len(message.data) for message in self._messages.values()),
            "version": LAYOUT,
        }

    def damage(self) -> Iterator[Phrase]:
        return iter(())


def _with_ids(values: dict[str, V], ids: Collection[str] | None) -> Iterator[V]:
    return iter([value for id, value in values.items() if ids is None or id in ids])
