"""Feeds: where messages come from, and when they last came.

A feed is a source that is configured, else a dialect. What is kept of it is in which quarters of an
hour a message of it was received, a bit each, a record for each month: a set, so that neither order
nor batches matter. From that follow its last message and its usual gaps, at any moment.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from clearance.calendar import Calendar
from clearance.errors import NoCalendar
from clearance.model import CHINA, Event, Record
from clearance.stores import Store

FEED = "feed"
"""The kind of record that a month of a feed is."""
SLOT = 900
"""Seconds of a slot: a quarter of an hour."""
_PER_DAY = 96
MONTHS = 4
"""How many months back gaps are looked for."""


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed at a moment: the last slot with a message, and the usual gap, in working seconds.

    ``usual`` is the 99th percentile of ``n`` gaps in the last months, in working time; ``waiting``
    is how many of its declarations are open; ``trouble`` is why its folder cannot be read.
    """

    name: str
    last_at: datetime | None
    usual: int | None
    n: int
    waiting: int
    trouble: str | None = None


def received(event: Event) -> datetime | None:
    """When a message came in: when its file was received, else when it was written."""
    return event.received_at or event.at


def noted(store: Store, heard: Mapping[str, Iterable[datetime]]) -> None:
    """Notes when messages of some feeds were received."""
    days: dict[str, dict[str, int]] = {}
    for feed, times in heard.items():
        for at in times:
            local = at.astimezone(CHINA)
            slot = (local.hour * 3600 + local.minute * 60 + local.second) // SLOT
            month = days.setdefault(f"{feed}|{local:%Y-%m}", {})
            month[f"{local:%d}"] = month.get(f"{local:%d}", 0) | 1 << slot
    for record in store.records(FEED, set(days)):
        for day, written in record.document["days"].items():
            days[record.id][day] = days[record.id].get(day, 0) | int(written, 16)
    store.record(
        Record(
            FEED,
            id,
            {"days": {day: f"{bits:x}" for day, bits in sorted(month.items())}},
            (id.rpartition("|")[2], id.rpartition("|")[0]),
        )
        for id, month in sorted(days.items())
    )


def known(
    store: Store,
    calendar: Calendar,
    now: datetime,
    waiting: Mapping[str, int],
    troubles: Mapping[str, str] | None = None,
) -> list[Feed]:
    """Every feed that was heard of in the last months, or that is configured, at a moment."""
    slots: dict[str, list[datetime]] = {}
    for record in store.records(FEED, set(_months(now))):
        name, _, month = record.id.rpartition("|")
        slots.setdefault(name, []).extend(_slots(month, record.document["days"]))
    troubles = troubles or {}
    return [
        _feed(name, sorted(slots.get(name, ())), calendar, now, waiting.get(name, 0), troubles)
        for name in sorted({*slots, *troubles})
    ]


def _months(now: datetime) -> Iterator[str]:
    first = now.astimezone(CHINA).date().replace(day=1)
    for _ in range(MONTHS):
        yield f"{first:%Y-%m}"
        first = (first - timedelta(days=1)).replace(day=1)


def _slots(month: str, days: Mapping[str, str]) -> Iterator[datetime]:
    for day, written in days.items():
        begin = datetime.combine(date.fromisoformat(f"{month}-{day}"), datetime.min.time(), CHINA)
        bits = int(written, 16)
        yield from (begin + timedelta(seconds=SLOT * n) for n in range(_PER_DAY) if bits >> n & 1)


def _feed(
    name: str,
    slots: Sequence[datetime],
    calendar: Calendar,
    now: datetime,
    waiting: int,
    troubles: Mapping[str, str],
) -> Feed:
    heard = [slot for slot in slots if slot <= now]
    gaps = sorted(gap for gap in _gaps(heard, calendar) if gap > 0)
    usual = gaps[max(-(-len(gaps) * 99 // 100) - 1, 0)] if gaps else None
    return Feed(name, heard[-1] if heard else None, usual, len(gaps), waiting, troubles.get(name))


def _gaps(slots: Sequence[datetime], calendar: Calendar) -> Iterator[int]:
    for one, following in pairwise(slots):
        try:
            yield calendar.working(one, following)
        except NoCalendar:
            continue
