"""Feeds: where messages come from, and when they last came.

A feed is a source that is configured, else a customs system. What is kept of it is in which
quarters of an hour a message of it was received, a bit each, a record for each month: a set, so
that neither order nor batches matter. From that follow its last message and its usual gaps, at any
moment.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from itertools import pairwise

from clearance.calendar import Calendar
from clearance.errors import NoCalendar
from clearance.model import Event, Record
from clearance.stores import Store

FEED = "feed"
"""The kind of record that a month of a feed is."""
SLOT_SECONDS = 900
"""Seconds of a slot: a quarter of an hour."""
_PER_DAY = 96
_DAYS_OF = timezone(timedelta(hours=8))
"""Where the days begin that slots are kept by; it is part of what is kept, and of nothing else."""
GAP_MONTHS = 4
"""How many months back gaps are looked for."""


Month = tuple[str, Mapping[str, str]]
"""A month as ``2026-03``, and its days as ``02`` with their slots as bits, hexadecimal."""


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed at a moment: the beginning of the last slot with a message, and what came before.

    ``system`` is the customs system it brings messages of, as far as is known. ``waiting`` is how
    many of its declarations are open; ``trouble`` why its folder cannot be read.
    """

    name: str
    system: str
    last_at: datetime | None
    waiting: int
    trouble: str | None = None
    months: tuple[Month, ...] = ()

    def gaps(self, calendar: Calendar) -> list[int]:
        """Its gaps in the last months up to the last message, in working seconds, ascending."""
        slots = sorted(slot for month in self.months for slot in _slots(month))
        heard = [slot for slot in slots if self.last_at and slot <= self.last_at]
        return sorted(gap for gap in _gaps(heard, calendar) if gap > 0)


def usual_gap(gaps: Sequence[int]) -> int:
    """The 99th percentile of some gaps, by nearest rank."""
    return gaps[-(-len(gaps) * 99 // 100) - 1]


def received_time(event: Event) -> datetime | None:
    """When a message came in: when its file was received, else when it was written."""
    return event.received_at or event.at


def record_received(store: Store, heard: Mapping[str, Iterable[datetime]]) -> None:
    """Notes when messages of some feeds were received."""
    days: dict[str, dict[str, int]] = {}
    for feed, times in heard.items():
        slots: dict[date, int] = defaultdict(int)
        for at in times:
            there = at.astimezone(_DAYS_OF)
            slots[there.date()] |= 1 << (there.hour * 3600 + there.minute * 60) // SLOT_SECONDS
        for day, bits in slots.items():
            days.setdefault(f"{feed}|{day:%Y-%m}", {})[f"{day:%d}"] = bits
    _add(store, days)


def merge(store: Store, records: Iterable[Record]) -> None:
    """Adds what another store's records say of feeds to what is kept of them."""
    days = {
        record.id: {day: int(bits, 16) for day, bits in record.document["days"].items()}
        for record in records
    }
    _add(store, days)


def _add(store: Store, days: dict[str, dict[str, int]]) -> None:
    """Adds slots to those that are kept: by record and day, as bits."""
    for record in store.records(FEED, set(days)):
        for day, written in record.document["days"].items():
            days[record.id][day] = days[record.id].get(day, 0) | int(written, 16)
    store.save_records(
        Record(
            FEED,
            id,
            {"days": {day: f"{bits:x}" for day, bits in sorted(month.items())}},
            (id.rpartition("|")[2], id.rpartition("|")[0]),
        )
        for id, month in sorted(days.items())
    )


def feeds_at(
    store: Store,
    now: datetime,
    waiting: Mapping[str, int],
    troubles: Mapping[str, str],
    systems: Mapping[str, str],
) -> list[Feed]:
    """Every feed that brought messages in the last months, or that is configured, at a moment.

    By their names come the declarations that wait for them, why they cannot be read, and the
    customs system they bring messages of; a feed that is not configured has the system's name.
    """
    months: dict[str, list[Month]] = {name: [] for name in troubles}
    for record in store.records(FEED, set(_months(now))):
        name, _, month = record.id.rpartition("|")
        months.setdefault(name, []).append((month, record.document["days"]))
    return [
        Feed(
            name,
            systems.get(name, name),
            _last(own, now),
            waiting.get(name, 0),
            troubles.get(name),
            tuple(sorted(own)),
        )
        for name, own in sorted(months.items())
    ]


def _last(months: Sequence[Month], now: datetime) -> datetime | None:
    """The last slot of some months up to a moment: that of the last days that have one."""
    today = f"{now.astimezone(_DAYS_OF):%Y-%m-%d}"
    days = sorted((f"{month}-{day}", bits) for month, told in months for day, bits in told.items())
    for day, bits in reversed([one for one in days if one[0] <= today]):
        if slots := [slot for slot in _slots((day[:7], {day[8:]: bits})) if slot <= now]:
            return max(slots)
    return None


def _months(now: datetime) -> Iterator[str]:
    first = now.astimezone(_DAYS_OF).date().replace(day=1)
    for _ in range(GAP_MONTHS):
        yield f"{first:%Y-%m}"
        first = (first - timedelta(days=1)).replace(day=1)


def _slots(month: Month) -> Iterator[datetime]:
    for day, written in month[1].items():
        on = date.fromisoformat(f"{month[0]}-{day}")
        begin, bits = datetime.combine(on, datetime.min.time(), _DAYS_OF), int(written, 16)
        yield from (
            begin + timedelta(seconds=SLOT_SECONDS * n) for n in range(_PER_DAY) if bits >> n & 1
        )


def _gaps(slots: Sequence[datetime], calendar: Calendar) -> Iterator[int]:
    for one, following in pairwise(slots):
        try:
            yield calendar.working(one, following)
        except NoCalendar:
            continue
