"""Alerts and silences as records of a store, and the lists of them that people ask for."""

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
from clearance.stores.codec import iso, moment, reads

ALERT = "alert"
"""The kind of record that an alert is."""
SILENCE = "silence"
"""The kind of record that a silence is."""
CHECKED = "checked"
"""The kind of record that says when the last check was."""


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


@reads(ALERT)
def to_alert(record: Record) -> Alert:
    """The alert a record was made of; one of an earlier version has fewer fields."""
    document = record.document
    level = document.get("told")
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
        notified_level=(level[0], level[1]) if level else None,
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


@reads(SILENCE)
def to_silence(record: Record) -> Silence:
    """The silence a record was made of."""
    since, until = (datetime.fromisoformat(record.document[name]) for name in ("since", "until"))
    return Silence(record.id, record.document["match"], since, until)


def alerts(store: Store, as_of: datetime, *, everything: bool = False) -> list[Alert]:
    """Alerts as the last check left them, worst first, without those that fired after a moment.

    Unresolved ones that are not pending; with ``everything`` all of them.
    """
    known = all_alerts(store, live=not everything)
    alerts = (alert for alert in known if max(alert.since, alert.fired_at) <= as_of)
    return list(worst_first(a for a in alerts if everything or a.state is not AlertState.PENDING))


# The last check


def checked_record(now: datetime) -> Record:
    """A record of the moment that a check judged at."""
    return Record(CHECKED, "last", {"at": iso(now)})


def checked_at(store: Store) -> datetime | None:
    """The moment that the last check judged at; None if there was none."""
    times = (datetime.fromisoformat(r.document["at"]) for r in store.records(CHECKED))
    return next(times, None)


def history(
    store: Store, since: datetime | None, as_of: datetime
) -> list[tuple[Alert, Transition]]:
    """Every transition of every alert between two moments, in the order they happened."""
    transitions = [
        (alert, transition)
        for alert in all_alerts(store)
        for transition in alert.transitions
        if transition.at <= as_of and (since is None or transition.at >= since)
    ]
    return sorted(transitions, key=lambda entry: (entry[1].at, entry[0].id))


def all_alerts(store: Store, *, live: bool = False) -> Iterator[Alert]:
    """Every alert, in the order they first fired; with ``live`` only those that are unresolved."""
    return map(to_alert, store.records(ALERT, [OPEN] if live else None))
