"""Feeds: where messages come from, and when they last came.

A feed is a source that is configured, else a customs system. Kept of it are the quarters of an hour
in which a message was received, a bit each and a record for each month: a set, so that neither
order nor batches matter. From that follow its last message and its usual gaps, at any moment.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta, timezone

from clearance.calendar import Calendar
from clearance.model import Event, Flag, Record, Value
from clearance.stores import Store
from clearance.stores.codec import reads

FEED = "feed"
"""The kind of record that holds a month of a feed."""
_OF_FILE = ("time_from", "file")
"""The fact of an event whose time is only that of its file."""
_SLOT_SECONDS = 900
_ZONE = timezone(timedelta(hours=8))
"""The zone of the days in records; nobody sees it, and it can never change."""
_MONTHS = 4
"""Months of gaps that a feed is judged by, with the current one."""

Month = tuple[str, Mapping[str, str]]
"""A month as ``2026-03``, and its days as ``02`` with their slots as hexadecimal bits."""


class Feed(Value):
    """A feed at a moment: the beginning of the last slot with a message, and its last months.

    ``system`` is the customs system it brings messages of, if known. ``waiting`` counts its open
    declarations; ``trouble`` is why its folder cannot be read.
    """

    name: str
    system: str
    last_at: datetime | None
    waiting: int
    trouble: str | None = None
    months: tuple[Month, ...] = ()

    def gaps(self, calendar: Calendar) -> list[int]:
        """Its gaps in the last months up to the last message, in working seconds, ascending."""
        if self.last_at is None:
            return []
        last = int(self.last_at.timestamp())
        slots = (slot for month in self.months for slot in _seconds(month) if slot <= last)
        return sorted(calendar.steps(sorted(slots)))


def usual_gap(gaps: Sequence[int]) -> int:
    """The 99th percentile of gaps, which are ascending, by nearest rank."""
    return gaps[-(-len(gaps) * 99 // 100) - 1]


def received_time(event: Event) -> datetime | None:
    """When a message was received, by its file's name; else when it was written.

    None of one that says what was declared, which may be our own, nor where only its file has a
    time, which may be that of a copy: its source is not alive by it.
    """
    if Flag.CONTENT in event.flags:
        return None
    return event.received_at or (None if _OF_FILE in event.facts else event.at)


def record_received(store: Store, received: Mapping[str, Iterable[datetime]]) -> None:
    """Adds times at which messages were received, by feed, to the records of feeds."""
    store.save_records(_more(store, _slots_received(received)))


def tells_more(store: Store, received: Mapping[str, Iterable[datetime]]) -> bool:
    """Whether times at which messages were received, by feed, are not all known."""
    return bool(_more(store, _slots_received(received)))


def merge(store: Store, records: Iterable[Record]) -> None:
    """Adds another store's records of feeds to those of this store."""
    kept = {record.id: _bits_of(record) for record in records}
    store.save_records(_more(store, kept))


def _slots_received(received: Mapping[str, Iterable[datetime]]) -> dict[str, dict[str, int]]:
    """The slots of times by feed: bits by the id of a record and the day."""
    months: dict[str, dict[str, int]] = defaultdict(dict)
    for feed, times in received.items():
        for day, bits in _bits(times).items():
            months[f"{feed}|{day:%Y-%m}"][f"{day:%d}"] = bits
    return months


def _more(store: Store, months: Mapping[str, Mapping[str, int]]) -> list[Record]:
    """Records with slots added to those that are kept; only those that then hold more."""
    if not months:
        return []
    kept = {record.id: _bits_of(record) for record in store.records(FEED, set(months))}
    more = []
    for id, month in sorted(months.items()):
        known = kept.get(id, {})
        both = {day: month.get(day, 0) | known.get(day, 0) for day in {*month, *known}}
        if both != known:
            more.append(_record(id, both))
    return more


def _bits_of(record: Record) -> dict[str, int]:
    """The slots of a record, as bits by day."""
    return {day: int(written, 16) for day, written in record.document["days"].items()}


def _bits(times: Iterable[datetime]) -> dict[date, int]:
    """The slots of times, by day, a bit for each slot."""
    days: dict[date, int] = defaultdict(int)
    for at in times:
        there = at.astimezone(_ZONE)
        slot = (there.hour * 3600 + there.minute * 60) // _SLOT_SECONDS
        days[there.date()] |= 1 << slot
    return days


def _record(id: str, month: Mapping[str, int]) -> Record:
    """A record of a month's days, filed under the month and the feed."""
    feed, _, name = id.rpartition("|")
    days = {number: f"{bits:x}" for number, bits in sorted(month.items())}
    return Record(FEED, id, {"days": days}, (name, feed))


def feeds_at(
    store: Store,
    now: datetime,
    waiting: Mapping[str, int],
    troubles: Mapping[str, str],
    systems: Mapping[str, str],
) -> list[Feed]:
    """Every feed that brought messages in the last months, or that is configured, at a moment.

    By a feed's name, ``waiting`` counts its open declarations, ``troubles`` says why it cannot be
    read, for every feed that is configured, and ``systems`` names the customs system it brings
    messages of. A feed that is not configured has the name of its system.
    """
    months: dict[str, list[Month]] = {name: [] for name in troubles}
    for record in store.records(FEED, set(_last_months(now))):
        name, _, month = record.id.rpartition("|")
        months.setdefault(name, []).append((month, record.document["days"]))
    return [
        Feed(
            name,
            systems.get(name, name),
            _last(slots, now),
            waiting.get(name, 0),
            troubles.get(name),
            tuple(sorted(slots)),
        )
        for name, slots in sorted(months.items())
    ]


def last_messages(store: Store, names: Iterable[str]) -> dict[str, datetime]:
    """The beginning of the last slot in which each feed ever brought a message."""
    months: dict[str, Month] = {}
    for record in store.records(FEED, set(names)):
        name, _, month = record.id.rpartition("|")
        months[name] = max(months.get(name, ("", {})), (month, record.document["days"]), key=_name)
    return {name: max(_slots(month)) for name, month in months.items()}


def _name(month: Month) -> str:
    return month[0]


@reads(FEED)
def _slots_of(record: Record) -> list[datetime]:
    """The slots in which a feed brought messages in a month."""
    return list(_slots((record.id.rpartition("|")[2], record.document["days"])))


def _last(months: Iterable[Month], now: datetime) -> datetime | None:
    """The last slot with a message up to a moment."""
    until = now.timestamp()
    for month in sorted(months, reverse=True):
        if slots := [slot for slot in _seconds(month) if slot <= until]:
            return datetime.fromtimestamp(max(slots), _ZONE)
    return None


def _last_months(now: datetime) -> Iterator[str]:
    first = now.astimezone(_ZONE).date().replace(day=1)
    for _ in range(_MONTHS):
        yield f"{first:%Y-%m}"
        first = (first - timedelta(days=1)).replace(day=1)


def _slots(month: Month) -> Iterator[datetime]:
    """The beginning of each slot in a month with a message."""
    return (datetime.fromtimestamp(second, _ZONE) for second in _seconds(month))


def _seconds(month: Month) -> Iterator[int]:
    """The same in Unix seconds."""
    name, days = month
    for day, written in days.items():
        midnight = datetime.fromisoformat(f"{name}-{day}").replace(tzinfo=_ZONE)
        start, bits = int(midnight.timestamp()), f"{int(written, 16):b}"
        yield from [
            start + _SLOT_SECONDS * number
            for number, bit in enumerate(reversed(bits))
            if bit == "1"
        ]
