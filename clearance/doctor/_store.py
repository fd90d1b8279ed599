"""The store: what it holds, who writes to it, and whether its times fit the clock."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import clearance
from clearance import sources
from clearance.alerting import outbox, records
from clearance.calendar import Calendar
from clearance.customs import DEFAULT
from clearance.doctor import Looks, Result, Setup, Verdict, failed, ok, untold, warning
from clearance.doctor._places import size
from clearance.errors import ClearanceError, NoStore, Phrase, StoreBusy
from clearance.model import Declaration, Flag, Value
from clearance.stores import Store, open_store
from clearance.timelines import known_systems

_ANSWER_SECONDS = 2.0
"""How long a store that is busy is waited for."""
_MAX_AHEAD = timedelta(minutes=5)
"""How far a time may be ahead of the clock: two clocks that are set differ by less."""
_LONG_UNCHECKED = timedelta(days=1)
_KEYS = 50
"""Keys of the index that are asked for at once."""
_MAX_FILES = 2000
"""Files of a folder whose times are looked at."""


class Held(Value):
    """What a store holds.

    ``counts`` are those of ``clearance store info``; ``systems`` the customs systems of its
    messages; ``last_at`` is the time of the last event of a message, ``checked_at`` that of the
    last check; ``unreadable`` counts what could not be read.
    """

    url: str
    counts: dict[str, Any]
    systems: tuple[str, ...]
    last_at: datetime | None
    checked_at: datetime | None
    unreadable: int


def held(url: str) -> Held:
    """What a store holds; raises StoreError."""
    with open_store(url, create=False, busy_timeout=_ANSWER_SECONDS) as store, store.reading():
        counts = store.info()
        systems = tuple(record.id for record in store.records(known_systems.SYSTEM))
        last, checked = _last(store), records.checked_at(store)
        return Held(store.url, counts, systems, last, checked, store.unreadable)


def _last(store: Store) -> datetime | None:
    """The time of the last event that a message told of; what people said by hand is none.

    The index has keys of ``last:`` and the time in UTC at which anything came to be known of a
    declaration: none told of anything later than its key.
    """
    last, place = None, "last;"
    while keys := [
        key for key in store.neighbouring_keys([place], _KEYS)[0] if "last:" <= key < place
    ]:
        for key in reversed(keys):
            if last and last >= datetime.fromisoformat(f"{key.removeprefix('last:')}Z"):
                return last
            told = [at for _, one in store.timelines(store.ids([key])) for at in _told(one)]
            last = max([*told, *filter(None, [last])], default=None)
        place = keys[0]
    return last


def _told(declaration: Declaration) -> Iterator[datetime]:
    """When each of its events came to be known that a message told of."""
    for event in declaration.events:
        if Flag.BY_HAND not in event.flags and (at := event.whole_at or event.known_at):
            yield at


def store(setup: Setup) -> Looks:
    """Whether the store can be opened and, on a quick look, is whole."""
    yield "store", partial(_store, setup)


def _store(setup: Setup) -> Verdict:
    found = setup.held
    if isinstance(found, ClearanceError):
        return _absent(setup, found)
    detail = Phrase(
        "{url}: {declarations} declarations, {messages} messages, {size}, layout {layout}; "
        "last event: {last}; last check: {checked}",
        url=found.url,
        declarations=found.counts["declarations"],
        messages=found.counts["messages"],
        size=size(found.counts["bytes"]),
        layout=found.counts["version"],
        last=_ago(found.last_at, setup.now),
        checked=_ago(found.checked_at, setup.now),
    )
    if found.unreadable:
        return failed(
            Phrase("{count} entries are damaged; {detail}", count=found.unreadable, detail=detail),
            Phrase("clearance store verify says which, and what helps"),
        )
    since = setup.now - found.checked_at if found.checked_at else None
    if setup.config.channels and (since is None or since > _LONG_UNCHECKED):
        return warning(detail, Phrase("let a scheduler check: clearance cron prints the lines"))
    return ok(detail)


def _absent(setup: Setup, error: ClearanceError) -> Verdict:
    """A store that cannot be opened; one that nobody named may only not have been made yet."""
    if isinstance(error, NoStore):
        if not setup.named:
            if setup.unusable:
                return untold()
            return warning(
                Phrase("{url}: nothing has been read in yet", url=setup.url),
                Phrase("clearance ingest FOLDER reads customs' messages"),
            )
        return failed(error, Phrase("name another, or let clearance ingest make it"))
    return failed(error, Phrase("mend what it names, and look again"))


def _ago(at: datetime | None, now: datetime) -> Phrase:
    """How long ago a time was."""
    if at is None:
        return Phrase("never")
    minutes = int((now - at).total_seconds() // 60)
    if minutes < 0:
        return Phrase("ahead of the clock")
    if minutes < 120:
        return Phrase("{count} min ago", count=minutes)
    if minutes < 2 * 24 * 60:
        return Phrase("{count} h ago", count=minutes // 60)
    return Phrase("{count} days ago", count=minutes // (24 * 60))


def lock(setup: Setup) -> Looks:
    """Whether another process writes to the store now."""
    if not isinstance(setup.held, ClearanceError):
        yield "lock", partial(_lock, setup)


def _lock(setup: Setup) -> Verdict:
    with open_store(setup.url, create=False, busy_timeout=0) as opened:
        try:
            with opened.transaction():
                delivering = outbox.held(opened.records(outbox.LEASE), setup.now)
        except StoreBusy as error:
            return warning(error, Phrase("wait for it; if it never ends, end that process"))
    if delivering:
        return ok(Phrase("a check is delivering now"))
    return ok(Phrase("nobody else is writing"))


def clock(setup: Setup) -> Looks:
    """Whether the clock fits the times of files, of this program, and of the last message."""
    yield "clock", partial(_clock, setup)


def _clock(setup: Setup) -> Verdict:
    now = setup.now
    detail = Phrase("{now}", now=now.isoformat())
    made = _modified(Path(clearance.__file__))
    if made and made > now + timedelta(days=1):
        return failed(detail, Phrase("set the clock: this program is of {made}", made=_day(made)))
    last = None if isinstance(setup.held, ClearanceError) else setup.held.last_at
    if last and last > now + _MAX_AHEAD:
        return warning(
            Phrase("{now}; the last event is of {at}", now=now.isoformat(), at=_day(last)),
            Phrase("set the clock by a time server, or find out who wrote that message"),
        )
    for file, at in _newest(setup):
        if at > now + _MAX_AHEAD:
            return warning(
                Phrase("{now}; {file} is of {at}", now=now.isoformat(), file=file, at=_day(at)),
                Phrase("set the clocks of both machines by a time server"),
            )
    return ok(detail)


def _day(at: datetime) -> str:
    return at.isoformat(timespec="minutes")


def _newest(setup: Setup) -> Iterator[tuple[Path, datetime]]:
    """The newest file of each folder that is read, and the store's, each with its time."""
    places = [[setup.file] if setup.file else []]
    for folder in sources.folders(setup.config.sources).values():
        try:
            with os.scandir(folder) as entries:
                places.append([Path(entry.path) for entry in islice(entries, _MAX_FILES)])
        except OSError:
            continue  # that of folders says it
    for files in places:
        times = ((file, at) for file in files if (at := _modified(file)))
        if newest := max(times, key=lambda pair: pair[1], default=None):
            yield newest


def _modified(file: Path) -> datetime | None:
    try:
        return datetime.fromtimestamp(file.stat().st_mtime, UTC)
    except (OSError, ValueError, OverflowError):
        return None


def calendars(setup: Setup) -> Looks:
    """Whether the official days of this year and the next are known, for each customs system."""
    yield "calendar", partial(_calendars, setup)


def _calendars(setup: Setup) -> Verdict:
    found = setup.held
    systems = () if isinstance(found, ClearanceError) else found.systems
    seen = [
        _calendar(name, setup.calendars.of(name), setup.now.year)
        for name in systems or (setup.home,)
    ]
    worst = next((one for one in seen if one.result is Result.WARNING), seen[0])
    return Verdict(worst.result, Phrase("{all}", all=[one.detail for one in seen]), worst.do)


def _calendar(system: str, calendar: Calendar, year: int) -> Verdict:
    missing = [number for number in (year, year + 1) if not calendar.knows(number)]
    if not missing:
        return ok(Phrase("{system}: {years} are known", system=system, years=[year, year + 1]))
    table = "calendar" if system == DEFAULT else f"calendar.{system}"
    return warning(
        Phrase(
            "{system}: the official days of {years} are not known", system=system, years=missing
        ),
        Phrase("name a file that has them in {table}.files once they are announced", table=table),
    )
