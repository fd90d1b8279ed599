"""Visits: when each configured source was last asked, and what came of it.

That is kept beside the messages, by the clock, so that a source that fails is known before it is
missed. A source that has failed for an hour counts as one that cannot be read.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from clearance.calendar import Calendar
from clearance.customs import DEFAULT
from clearance.customs.calendars import OFFICIAL, Calendars
from clearance.errors import Phrase
from clearance.figures import feeds
from clearance.model import Record, Value, replace
from clearance.sources import Source, Visit, kind_of
from clearance.stores import Store, codec
from clearance.stores.codec import reads
from clearance.timelines import known_systems

if TYPE_CHECKING:
    from clearance.timelines.intake import Ingested

VISITED = "visited"
"""The kind of record of what came of asking a source."""
_LEAST_GAPS = 30
"""Gaps that a usual silence is told of."""
_FOLDER = "folder"
"""The kind of source that says itself, at any moment, whether it can be read."""
_PATIENCE = timedelta(hours=1)
"""How long a source may fail before it counts as one that cannot be read."""


class Visited(Value):
    """A source as it was last asked.

    ``last_error`` is when it last failed and ``why``; ``failing_since`` is when it first did after
    its last success.
    """

    name: str
    kind: str
    last_success: datetime | None = None
    last_error: datetime | None = None
    why: Phrase | None = None
    failing_since: datetime | None = None

    def after(self, visit: Visit, now: datetime) -> Visited:
        """The same after one more visit."""
        if visit.failure is None:
            return replace(self, last_success=now, failing_since=None)
        why = Phrase("{why}", why=visit.failure)
        since = self.failing_since or now
        return replace(self, last_error=now, why=why, failing_since=since)


def pulled(
    store: Store, name: str, source: Source, now: datetime, calendars: Calendars = OFFICIAL
) -> tuple[Visit, Ingested]:
    """Asks one source, reads what it gives into a store, and keeps what came of it."""
    from clearance.timelines import intake

    visits: dict[str, Visit] = {}
    items = intake.configured(store, {name: source}, visits=visits)
    read = intake.ingest(store, items, now, calendars)
    note(store, {name: source}, visits, now)
    return visits[name], read


def note(
    store: Store, sources: Mapping[str, Source], visits: Mapping[str, Visit], now: datetime
) -> None:
    """Keeps what came of asking some sources, in one commit."""
    if not visits:
        return
    with store.transaction():
        kept = visited(store, visits)
        store.save_records(
            _record(
                replace(kept.get(name) or Visited(name, ""), kind=kind_of(sources[name])).after(
                    visit, now
                )
            )
            for name, visit in visits.items()
        )


def visited(store: Store, names: Mapping[str, object] | None = None) -> dict[str, Visited]:
    """What came of asking each source, or some, by name."""
    records = store.records(VISITED, set(names) if names is not None else None)
    return {record.id: _read(record) for record in records}


class Known(Value):
    """What is known of a source: how it was last asked, and what it brought.

    ``last_message`` is the quarter of an hour in which its last message was received;
    ``usual_silence`` the working seconds that 99 % of its gaps stay under, None with too few.
    """

    visited: Visited
    last_message: datetime | None
    usual_silence: int | None


def known(
    store: Store, sources: Mapping[str, Source], calendars: Calendars, now: datetime
) -> list[Known]:
    """What is known of each source that is configured, or that was asked, by name.

    Its times are in the zone of ``now``.
    """
    asked = {name: _seen_from(one, now) for name, one in visited(store).items()}
    names = sorted({*sources, *asked})
    of_late = feeds.feeds_at(store, now, {}, dict.fromkeys(names, ""), {})
    heard = {feed.name: feed for feed in of_late}
    last = feeds.last_messages(store, names)
    home = known_systems.home(store)
    calendar = calendars.of(home.name if home else DEFAULT)
    return [
        Known(
            asked.get(name) or Visited(name, kind_of(sources[name])),
            last[name].astimezone(now.tzinfo) if name in last else None,
            _usual_silence(heard[name], calendar),
        )
        for name in names
    ]


def _seen_from(asked: Visited, now: datetime) -> Visited:
    times = ("last_success", "last_error", "failing_since")
    known = {name: at for name in times if (at := getattr(asked, name))}
    return replace(asked, **{name: at.astimezone(now.tzinfo) for name, at in known.items()})


def _usual_silence(feed: feeds.Feed, calendar: Calendar) -> int | None:
    gaps = feed.gaps(calendar)
    return feeds.usual_gap(gaps) if len(gaps) >= _LEAST_GAPS else None


def troubles(store: Store, sources: Mapping[str, str], now: datetime) -> dict[str, str]:
    """Why configured sources cannot be read, as they say themselves or as they have long failed."""
    known = visited(store, sources) if sources else {}
    return {name: said or _failing(known.get(name), now) for name, said in sources.items()}


def _failing(source: Visited | None, now: datetime) -> str:
    """Why a source has long failed; nothing of a folder: that it can be read again is known at
    once, and only an ``ingest`` without a path would take note of it.
    """
    since = source.failing_since if source and source.kind != _FOLDER else None
    long_since = since is not None and now - since >= _PATIENCE
    return str(source.why) if source and source.why and long_since else ""


def _record(source: Visited) -> Record:
    times = {
        name: codec.iso(getattr(source, name))
        for name in ("last_success", "last_error", "failing_since")
    }
    why = source.why.document() if source.why else None
    return Record(VISITED, source.name, {"kind": source.kind, **times, "why": why})


@reads(VISITED)
def _read(record: Record) -> Visited:
    kept = record.document
    why = Phrase.of(kept["why"]) if kept["why"] else None
    return Visited(
        record.id,
        kept["kind"],
        codec.moment(kept["last_success"]),
        codec.moment(kept["last_error"]),
        why,
        codec.moment(kept["failing_since"]),
    )
