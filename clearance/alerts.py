"""The life of an alert: what is new, what still stands, what is over.

Pure functions of what is known, what was found and now. An alert's id is made of its rule and of
the message that began it, so it outlives a later link and a new entry number.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from clearance.model import Alert, AlertState, Finding, Severity

_RANK = {severity: rank for rank, severity in enumerate(Severity)}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a check makes of its findings; ``kept`` is every alert that is not as it was."""

    new: tuple[Alert, ...]
    resolved: tuple[Alert, ...]
    repeated: tuple[Alert, ...]
    live: tuple[Alert, ...]
    kept: tuple[Alert, ...]


def identity(rule: str, began: str) -> str:
    """The stable id of an alert, 12 hexadecimal digits, of its rule and what began it."""
    return hashlib.sha256(f"{rule} {began}".encode()).hexdigest()[:12]


def reconcile(known: Mapping[str, Alert], findings: Iterable[Finding], now: datetime) -> Outcome:
    """Findings against the alerts that are known to be live.

    A finding without an alert fires one; an alert without a finding is resolved, unless it
    began or fired later than now, as when a clock was set back; one whose severity rose is told
    again as new. Order is by severity, then since, then id.
    """
    found = {alert.id: alert for alert in _alerts(findings, known, now)}
    new, live = [], []
    for id, alert in found.items():
        before = known.get(id)
        still = replace(alert, fired_at=before.fired_at) if before else alert
        if before is None or _RANK[alert.severity] > _RANK[before.severity]:
            new.append(still)
        live.append(still)
    gone = [alert for id, alert in known.items() if id not in found]
    over = [
        replace(alert, state=AlertState.RESOLVED, resolved_at=now)
        for alert in gone
        if max(alert.since, alert.fired_at) <= now
    ]
    live += [alert for alert in gone if max(alert.since, alert.fired_at) > now]
    changed = [alert for alert in live if alert != known.get(alert.id)]
    return Outcome(
        new=ordered(new),
        resolved=ordered(over),
        repeated=(),
        live=ordered(live),
        kept=ordered([*changed, *over]),
    )


def _alerts(
    findings: Iterable[Finding], known: Mapping[str, Alert], now: datetime
) -> Iterable[Alert]:
    """An alert for each finding; findings of one cause in several declarations become one.

    An event may come to be told by more messages; the alert keeps the id it was first given.
    """
    alerts: dict[str, Alert] = {}
    for finding in findings:
        ids = [identity(finding.rule, began) for began in finding.began]
        id = next((id for id in ids if id in known), ids[0])
        alert = Alert(
            id=id,
            rule=finding.rule,
            severity=finding.severity,
            state=AlertState.FIRING,
            since=finding.since,
            fired_at=now,
            resolved_at=None,
            declaration=finding.declaration,
            references=finding.references,
            numbers=finding.numbers,
        )
        alerts[id] = _together(alerts[id], alert) if id in alerts else alert
    return alerts.values()


def _together(one: Alert, other: Alert) -> Alert:
    entries = {*one.numbers.get("entries", ()), *other.numbers.get("entries", ())}
    one, other = sorted((one, other), key=lambda alert: (alert.since, str(alert.numbers)))
    return replace(
        one,
        references=tuple(sorted({*one.references, *other.references})),
        numbers={**one.numbers, "entries": sorted(entries)} if entries else one.numbers,
    )


def ordered(alerts: Iterable[Alert]) -> tuple[Alert, ...]:
    """Alerts by severity, worst first, then since, then id."""
    return tuple(sorted(alerts, key=lambda a: (-_RANK[a.severity], a.since, a.id)))
