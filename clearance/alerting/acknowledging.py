"""What people say of alerts: that they have seen one, and what is not to be told for a while.

Both expire. ``now`` is always an argument, aware.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta

from clearance.alerting import lifecycle, records
from clearance.alerting.records import ALERT, SILENCE
from clearance.errors import BadArgument, NotFound
from clearance.model import Alert, Silence
from clearance.stores import Store

MAX_TERM = timedelta(days=366)
"""How long at most an alert is acknowledged, or a silence kept."""


def alert(store: Store, id: str) -> Alert:
    """The alert by its id or the beginning of it; raises NotFound."""
    found = [records.to_alert(record) for record in store.records(ALERT, {id})]
    if not found:
        every = map(records.to_alert, store.records(ALERT))
        found = [one for one in every if one.id.startswith(id)] if id else []
    if len(found) != 1:
        what = "no alert has" if not found else f"{len(found)} alerts have"
        raise NotFound(f"{what} an id that begins with {id!r}: see clearance alerts list --all")
    return found[0]


def acknowledge(store: Store, id: str, until: datetime, now: datetime) -> Alert:
    """Keeps that somebody has seen an alert; it is not told again until then, unless it rises."""
    _expires(until, now)
    with store.transaction():
        known = alert(store, id)
        if not known.unresolved:
            raise BadArgument(f"alert {known.id} is over: there is nothing to acknowledge")
        seen = lifecycle.acknowledged(known, until, now)
        store.save_records([records.from_alert(seen)])
    return seen


def silence(store: Store, match: Mapping[str, str], until: datetime, now: datetime) -> Silence:
    """Keeps that alerts which match all of this are not to be told until some time."""
    _expires(until, now)
    written = sorted(match.items())
    id = hashlib.sha256(f"{written} {now} {until}".encode()).hexdigest()[:12]
    kept = Silence(id, dict(written), now, until)
    with store.transaction():
        store.save_records([records.from_silence(kept)])
    return kept


def silences(store: Store, now: datetime, *, everything: bool = False) -> list[Silence]:
    """Silences at a moment, those that end first first; ``everything``: expired ones too."""
    found = [s for s in map(records.to_silence, store.records(SILENCE)) if s.since <= now]
    return sorted((s for s in found if everything or now < s.until), key=lambda s: (s.until, s.id))


def end(store: Store, id: str, now: datetime) -> Alert | Silence:
    """Ends an acknowledgement or a silence before its time; raises NotFound."""
    with store.transaction():
        kept = next(map(records.to_silence, store.records(SILENCE, {id})), None)
        if kept is not None:
            over = kept._replace(until=min(kept.until, max(now, kept.since)))
            store.save_records([records.from_silence(over)])
            return over
        known = alert(store, id)
        if known.acknowledged_until is None:
            raise BadArgument(f"alert {known.id} is not acknowledged")
        seen = lifecycle.acknowledged(known, now, now)
        store.save_records([records.from_alert(seen)])
        return seen


def matching(written: list[str]) -> dict[str, str]:
    """What ``key=value`` words say; raises BadArgument for a key that no alert has."""
    match: dict[str, str] = {}
    for word in written:
        key, sign, value = (part.strip() for part in word.partition("="))
        if not sign or not value or key not in lifecycle.LABELS or key in match:
            there = ", ".join(lifecycle.LABELS)
            raise BadArgument(f"--match {word}: write key=value, each key once; keys are {there}")
        match[key] = value
    if not match:
        raise BadArgument("--match is missing: a silence must say what it silences")
    return match


def _expires(until: datetime, now: datetime) -> None:
    if not now < until <= now + MAX_TERM:
        raise BadArgument(
            f"--until {until.isoformat()}: must lie after {now.isoformat()}, by "
            f"{MAX_TERM.days} days at most"
        )
