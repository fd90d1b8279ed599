"""Acknowledgements of alerts, and silences: both keep notifications back until a time.

``now`` is always an argument, aware.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from clearance.alerting import lifecycle, records
from clearance.alerting.records import ALERT, SILENCE
from clearance.errors import BadArgument, NotFound
from clearance.model import Alert, Silence
from clearance.stores import Store

_MAX_TERM = timedelta(days=366)
"""How long at most an acknowledgement or a silence lasts."""


def alert(store: Store, id: str) -> Alert:
    """The alert with an id, or whose id alone begins so; raises NotFound."""
    alerts = [records.to_alert(record) for record in store.records(ALERT, {id})]
    if not alerts and id:
        every = map(records.to_alert, store.records(ALERT))
        alerts = [alert for alert in every if alert.id.startswith(id)]
    if len(alerts) != 1:
        if alerts:
            raise NotFound(
                "{count} alerts have an id that begins with {id!r}: "
                "see clearance alerts list --all",
                count=len(alerts),
                id=id,
            )
        raise NotFound(
            "no alert has an id that begins with {id!r}: see clearance alerts list --all", id=id
        )
    return alerts[0]


def acknowledge(store: Store, id: str, until: datetime, now: datetime) -> Alert:
    """Acknowledges an alert: it is not repeated until ``until``, unless it gets worse.

    Raises NotFound, or BadArgument for a time that cannot be or an alert that is resolved.
    """
    _check_term(until, now)
    with store.transaction():
        known = alert(store, id)
        if not known.unresolved:
            raise BadArgument("alert {id} is over: there is nothing to acknowledge", id=known.id)
        seen = lifecycle.acknowledged(known, until, now)
        store.save_records([records.from_alert(seen)])
    return seen


def silence(store: Store, match: Mapping[str, str], until: datetime, now: datetime) -> Silence:
    """Silences alerts that match every label, until a time; raises BadArgument."""
    _check_term(until, now)
    written = sorted(match.items())
    id = hashlib.sha256(f"{written} {now} {until}".encode()).hexdigest()[:12]
    made = Silence(id, dict(written), now, until)
    with store.transaction():
        store.save_records([records.from_silence(made)])
    return made


def silences(store: Store, now: datetime, *, everything: bool = False) -> list[Silence]:
    """Active silences, those that end first first; with ``everything`` expired ones too."""
    known = [s for s in map(records.to_silence, store.records(SILENCE)) if s.since <= now]
    return sorted((s for s in known if everything or now < s.until), key=lambda s: (s.until, s.id))


def end(store: Store, id: str, now: datetime) -> Alert | Silence:
    """Ends a silence, or the acknowledgement of an alert, before its time.

    Raises NotFound, or BadArgument for an alert that is not acknowledged.
    """
    with store.transaction():
        known = next(map(records.to_silence, store.records(SILENCE, {id})), None)
        if known is None:
            return _end_acknowledgement(store, id, now)
        ended = known._replace(until=min(known.until, max(now, known.since)))
        store.save_records([records.from_silence(ended)])
        return ended


def _end_acknowledgement(store: Store, id: str, now: datetime) -> Alert:
    known = alert(store, id)
    if known.acknowledged_until is None:
        raise BadArgument("alert {id} is not acknowledged", id=known.id)
    ended = lifecycle.acknowledged(known, now, now)
    store.save_records([records.from_alert(ended)])
    return ended


def matching(words: Sequence[str]) -> dict[str, str]:
    """The labels in ``key=value`` words; raises BadArgument for a key that no alert has."""
    match: dict[str, str] = {}
    for word in words:
        key, sign, value = (part.strip() for part in word.partition("="))
        if not sign or not value or key not in lifecycle.LABELS or key in match:
            raise BadArgument(
                "--match {word}: write key=value, each key once; keys are {choices}",
                word=word,
                choices=list(lifecycle.LABELS),
            )
        match[key] = value
    if not match:
        raise BadArgument("--match is missing: a silence must say what it silences")
    return match


def _check_term(until: datetime, now: datetime) -> None:
    if not now < until <= now + _MAX_TERM:
        raise BadArgument(
            "--until {until}: must lie after {now}, by {days} days at most",
            until=until.isoformat(),
            now=now.isoformat(),
            days=_MAX_TERM.days,
        )
