"""Alerts and silences as records of a store, and looking them up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from clearance.model import (
    Alert,
    AlertState,
    Record,
    Severity,
    Silence,
    Transition,
    worst_first,
)
from clearance.stores import OPEN, Store
from clearance.stores.codec import iso, moment

ALERT = "alert"
"""The kind of record that an alert is."""
SILENCE = "silence"
"""The kind of record that a silence is."""


def from_alert(alert: Alert) -> Record:
    """A record of an alert, filed under ``open`` until it is resolved."""
    document = {
        "rule": alert.rule,
        "severity": alert.severity,
        "state": alert.state,
        "since": iso(alert.since),
        "fired_at": iso(alert.fired_at),
        "resolved_at": iso(alert.resolved_at),
        "declaration": alert.declaration,
        "references": list(alert.references),
        "numbers": alert.values,
        "step": alert.step,
        "variant": alert.variant,
        "labels": alert.labels,
        "contact": alert.contact,
        "told": list(alert.notified_level) if alert.notified_level else None,
        "told_at": iso(alert.notified_at),
        "repeats": alert.repeats,
        "muted_by": alert.muted_by,
        "acknowledged_until": iso(alert.acknowledged_until),
        "transitions": [[iso(t.at), t.state, t.severity, t.why] for t in alert.transitions],
    }
    return Record(ALERT, alert.id, document, (OPEN,) if alert.unresolved else ())


def to_alert(record: Record) -> Alert:
    """The alert a record was made of; one that an earlier version wrote says less."""
    document = record.document
    told = document.get("told")
    return Alert(
        id=record.id,
        rule=document["rule"],
        severity=Severity(document["severity"]),
        state=AlertState(document["state"]),
        since=datetime.fromisoformat(document["since"]),
        fired_at=datetime.fromisoformat(document["fired_at"]),
        resolved_at=moment(document["resolved_at"]),
        declaration=document["declaration"],
        references=tuple(document["references"]),
        values=document["numbers"],
        step=document.get("step", 0),
        variant=document.get("variant", ""),
        labels=document.get("labels", {}),
        contact=document.get("contact"),
        notified_level=(told[0], told[1]) if told else None,
        notified_at=moment(document.get("told_at")),
        repeats=document.get("repeats", 0),
        muted_by=document.get("muted_by"),
        acknowledged_until=moment(document.get("acknowledged_until")),
        transitions=tuple(
            Transition(datetime.fromisoformat(at), AlertState(state), Severity(severity), why)
            for at, state, severity, why in document.get("transitions", ())
        ),
    )


def from_silence(silence: Silence) -> Record:
    """A record of a silence."""
    document = {
        "match": silence.match,
        "since": iso(silence.since),
        "until": iso(silence.until),
    }
    return Record(SILENCE, silence.id, document)


def to_silence(record: Record) -> Silence:
    """The silence a record was made of."""
    since, until = (datetime.fromisoformat(record.document[name]) for name in ("since", "until"))
    return Silence(record.id, record.document["match"], since, until)


def alerts(store: Store, as_of: datetime, *, everything: bool = False) -> list[Alert]:
    """Alerts that checks up to a moment left, worst first; ``everything``: also resolved ones and
    those that are pending.

    An alert is kept as its last check left it; one that fired later than the moment, or is about
    something later, is left out.
    """
    found = (a for a in all_alerts(store, live=not everything) if max(a.since, a.fired_at) <= as_of)
    known = (a for a in found if everything or a.state is not AlertState.PENDING)
    return list(worst_first(known))


def history(
    store: Store, since: datetime | None, as_of: datetime
) -> list[tuple[Alert, Transition]]:
    """Every turn that alerts took up to a moment, in order."""
    turns = [
        (alert, turn)
        for alert in all_alerts(store)
        for turn in alert.transitions
        if turn.at <= as_of and (since is None or turn.at >= since)
    ]
    return sorted(turns, key=lambda one: (one[1].at, one[0].id))


def all_alerts(store: Store, *, live: bool = False) -> Iterator[Alert]:
    """Alerts in the order they first fired; only those not resolved, if ``live``."""
    return map(to_alert, store.records(ALERT, [OPEN] if live else None))
