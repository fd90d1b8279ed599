"""Alerts and silences as records of a store, and the lists of them that people ask for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from clearance.model import (
    Alert,
    AlertState,
    Now,
    Record,
    Remark,
    Severity,
    Silence,
    Summary,
    Transition,
    replace,
    worst_first,
)
from clearance.stores import OPEN, Store
from clearance.stores.codec import LOOKED, iso, moment, reads, touched
from clearance.timelines import query

if TYPE_CHECKING:
    from clearance.alerting.running import Measures

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
        **({"running": dict(alert.running)} if alert.running else {}),
        "acknowledged_until": iso(alert.acknowledged_until),
        "transitions": [
            [iso(t.at), t.state, t.severity, t.why, *filter(any, [t.said])]
            for t in alert.transitions
        ],
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
        running=document.get("running", {}),
        transitions=tuple(
            Transition(
                datetime.fromisoformat(at), AlertState(state), Severity(severity), why, *_said(said)
            )
            for at, state, severity, why, *said in document.get("transitions", ())
        ),
    )


def _said(written: Iterable[Sequence[str | None]]) -> Iterator[Remark]:
    """What a person said, if it is kept."""
    return (Remark(*said) for said in written)


def from_silence(silence: Silence) -> Record:
    """A record of a silence."""
    document = {
        "match": silence.match,
        "since": iso(silence.since),
        "until": iso(silence.until),
        "said": list(silence.said),
    }
    return Record(SILENCE, silence.id, document)


@reads(SILENCE)
def to_silence(record: Record) -> Silence:
    """The silence a record was made of."""
    since, until = (datetime.fromisoformat(record.document[name]) for name in ("since", "until"))
    said = Remark(*record.document.get("said", ()))
    return Silence(record.id, record.document["match"], since, until, said)


def alerts(
    store: Store,
    as_of: datetime,
    *,
    everything: bool = False,
    pending: bool = False,
    clock: datetime | None = None,
    about: Collection[str] | None = None,
) -> list[Alert]:
    """Alerts as the last check left them, worst first, without those that fired after a moment.

    Unresolved ones that are not pending; ``pending`` adds those that are only observed yet,
    ``everything`` adds resolved ones too. What silences and acknowledgements say at that moment
    holds at once, without another check. One that fired after the ``clock``, which a wrong clock
    has raised, is not left out. With ``about`` only those of declarations with these index keys.
    """
    known = some_alerts(store, None if everything else {OPEN}, about)
    shown = (a for a in known if everything or pending or a.state is not AlertState.PENDING)
    by_then = (alert for alert in shown if had_fired(alert, as_of, clock))
    return list(worst_first(as_they_stand(store, by_then, as_of)))


def had_fired(alert: Alert, as_of: datetime, clock: datetime | None) -> bool:
    """Whether an alert had fired by a moment, or a wrong clock, ahead of ``clock``, raised it."""
    return _by(alert.since, as_of, clock) and _by(alert.fired_at, as_of, clock)


def _by(at: datetime, as_of: datetime, clock: datetime | None) -> bool:
    """Whether a time is not after a moment, or is one that only a wrong clock can have given."""
    return at <= as_of or (clock is not None and at > max(clock, as_of))


def as_they_stand(store: Store, alerts: Iterable[Alert], at: datetime) -> list[Alert]:
    """Alerts with what silences and acknowledgements make of them at a moment.

    One of no declaration has no zone of its own: what it is of may have come before it was known
    where the store is at home, so its time is told in the zone of the moment.
    """
    standing = [
        a if a.declaration else replace(a, since=a.since.astimezone(at.tzinfo)) for a in alerts
    ]
    if not standing:
        return []
    from clearance.alerting import lifecycle

    silences = list(map(to_silence, store.records(SILENCE)))
    return [lifecycle.as_it_stands(alert, silences, at) for alert in standing]


def alerted(store: Store, alerts: Iterable[Alert], as_of: datetime) -> list[Summary]:
    """The declarations that some alerts are about, closed and deleted ones too."""
    keys = {key for alert in alerts for key in alert.references}
    return list(query.overview(store, store.ids(keys), as_of)) if keys else []


# The last check

_MEASURES = "measures"
"""The id of the record of what the last check noted for values that run on with time."""


def from_measures(measures: Measures) -> Record:
    """A record of what a check noted."""
    return Record(LOOKED, _MEASURES, {**measures._asdict(), "at": iso(measures.at)})


def measured(store: Store) -> Measures | None:
    """What the last check noted for values that run on with time; None if there was none."""
    from clearance.alerting.running import Measures

    for record in store.records(LOOKED, {_MEASURES}):
        known = record.document
        at = datetime.fromisoformat(known["at"])
        return Measures(at, known["worked"], known["stays"])
    return None


def checked_record(now: datetime) -> Record:
    """A record of the moment that a check judged at."""
    return Record(CHECKED, "last", {"at": iso(now)})


def checked_at(store: Store, as_of: datetime | None = None) -> datetime | None:
    """The moment that the last check judged at; None if there was none, or it was after ``as_of``:
    when the one before was is not kept. Now (``Now``) one that was made by a wrong clock counts.
    """
    last = next(map(_checked_at, store.records(CHECKED)), None)
    if last is None or as_of is None:
        return last
    is_made = last <= as_of or isinstance(as_of, Now)
    return last.astimezone(as_of.tzinfo) if is_made else None


@reads(CHECKED)
def _checked_at(record: Record) -> datetime:
    return datetime.fromisoformat(record.document["at"])


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
    """Every alert, in the order they first fired; with ``live`` only those that are unresolved.

    The values that run on with time are those of the last check.
    """
    return some_alerts(store, {OPEN} if live else None)


def some_alerts(
    store: Store, keys: Collection[str] | None, about: Collection[str] | None = None
) -> Iterator[Alert]:
    """The alerts filed under any of some keys, such as their ids, or all; with ``about`` only those
    of declarations with these index keys.
    """
    kept = store.records(ALERT, keys)
    if about is not None:
        wanted = frozenset(about)
        kept = (r for r in kept if not wanted.isdisjoint(r.document["references"]))
    found = list(map(to_alert, kept))
    if any(alert.running for alert in found) and (measures := measured(store)):
        from clearance.alerting.running import at_check

        return (at_check(alert, measures) for alert in found)
    return iter(found)


def changed_by_people(alerts: Iterable[Alert]) -> Iterator[Record]:
    """Records of alerts that people have acknowledged, or no longer do."""
    for alert in alerts:
        yield from_alert(alert)
        yield touched(ALERT, alert.id)
