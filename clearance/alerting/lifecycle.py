"""The life of an alert: what is new, what still stands, what is told again, what is over.

Pure functions of what is known, what was found, what people said, and now. An alert's id is made
of its rule and of the message that began it, so it outlives a later link and a new entry number.

**States.** A finding *fires* at the first check that sees it and is *resolved* at the first that
does not. Two sorts of rules wait: those that *settle* (a release and a closure of one second may
come in either order) are *pending*, and *recovering*, until ten minutes after the event, counted
from the event and not from the check; one that is *stuck* must be seen by two checks in a row. An
*acknowledged* alert is not told again until its acknowledgement expires.

**Telling.** An alert is told when it fires, when its severity or its countdown rises above what was
told, and again after 4 hours if critical, 24 if a warning, twice as long each time up to 24 hours;
never again if it is information. It is not told while a silence matches it, or while another alert
that explains it stands; when that ends it is told if it was not. Who was told that it fired is
told that it is over.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from clearance.model import Alert, AlertState, Finding, Severity, Silence, Transition, worst_first

_RANK = {severity: rank for rank, severity in enumerate(Severity)}

SETTLING = frozenset({"out_of_order", "contradiction", "regression"})
"""Rules about the order of events, which may be put right within minutes."""
SETTLE = timedelta(minutes=10)
"""How long after the event they wait."""
TWICE = frozenset({"stuck"})
"""Rules that two checks in a row must see."""
INHIBITS = {
    "feed_silent": frozenset({"stuck", "no_reply", "closure_missing"}),
    "returned": frozenset({"stuck"}),
    "vessel_cutoff": frozenset({"stuck"}),
}
"""Rules whose alert explains those of others: of the same feed, else of the same declaration."""
REPEAT = {Severity.CRITICAL: timedelta(hours=4), Severity.WARNING: timedelta(hours=24)}
"""After how long an alert is told again the first time."""
MAX_REPEAT = timedelta(hours=24)
"""After how long at most it is told again later."""
LABELS = ("id", "rule", "severity", "declaration", "direction", "office", "feed")
"""What a silence can match."""
MAX_TRANSITIONS = 100
"""Transitions that are kept of an alert, the latest ones."""


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What a check makes of its findings; ``kept`` is every alert that is not as it was."""

    new: tuple[Alert, ...]
    resolved: tuple[Alert, ...]
    repeated: tuple[Alert, ...]
    live: tuple[Alert, ...]
    kept: tuple[Alert, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a check knows besides its findings, by index keys of declarations.

    ``last`` is when customs was last heard of them; ``unassessed`` are the rules that could not
    be judged, whose alerts stay as they are.
    """

    last: Mapping[str, datetime]
    unassessed: Collection[tuple[str, str]] = ()


NO_EVIDENCE = Evidence({})


def identity(rule: str, began: str) -> str:
    """The stable id of an alert, 12 hexadecimal digits, of its rule and what began it."""
    return hashlib.sha256(f"{rule} {began}".encode()).hexdigest()[:12]


def ids(finding: Finding) -> list[str]:
    """The ids that the alert of a finding may have, by each message that told what began it."""
    return [identity(finding.rule, began) for began in finding.origin]


def reconcile(
    known: Mapping[str, Alert],
    findings: Iterable[Finding],
    now: datetime,
    silences: Sequence[Silence] = (),
    heard: Evidence = NO_EVIDENCE,
) -> Reconciled:
    """Findings against the alerts that are known: live ones, and resolved ones of the same ids.

    The same findings in any order give the same outcome, and the same once more at the same moment
    give nothing to tell. An alert that began or fired later than now, as when a clock was set back,
    stays as it is. Order is by severity, then since, then id.
    """
    found = {alert.id: alert for alert in _alerts(findings, known, now)}
    current = {id: _found_again(alert, known.get(id), now) for id, alert in found.items()}
    for id, alert in known.items():
        if id not in found and alert.unresolved:
            current[id] = _unfound(alert, now, heard)
    muted = _muted(current.values(), silences, now)
    new, repeated, resolved, kept = list[Alert](), list[Alert](), list[Alert](), list[Alert]()
    live = list[Alert]()
    for id, alert in current.items():
        alert = replace(alert, muted_by=muted.get(id))
        if not alert.unresolved and alert.notified_at:
            resolved.append(alert)
        elif alert.notifiable and _is_worse(alert):
            alert = replace(alert, notified_level=_level(alert), notified_at=now, repeats=0)
            new.append(alert)
        elif alert.notifiable and _repeats(alert, now):
            alert = replace(alert, notified_at=now, repeats=alert.repeats + 1)
            repeated.append(alert)
        if alert.unresolved:
            live.append(alert)
        if alert != known.get(id):
            kept.append(alert)
    return Reconciled(*map(worst_first, (new, resolved, repeated, live, kept)))


def _found_again(found: Alert, before: Alert | None, now: datetime) -> Alert:
    """What a finding makes of the alert that was there before."""
    if before is None or not before.unresolved:
        history = before.transitions if before else ()
        waits = found.rule in TWICE or _settles(found, found.since, now)
        state = AlertState.PENDING if waits else AlertState.FIRING
        return _in_state(replace(found, transitions=history, state=AlertState.RESOLVED), state, now)
    alert = replace(
        found,
        state=before.state,
        fired_at=before.fired_at,
        notified_level=before.notified_level and min(before.notified_level, _level(found)),
        notified_at=before.notified_at,
        repeats=before.repeats,
        acknowledged_until=before.acknowledged_until,
        transitions=before.transitions,
    )
    if before.state is AlertState.PENDING:
        seen_twice = found.rule not in TWICE or now > before.fired_at
        if seen_twice and not _settles(found, found.since, now):
            return _in_state(replace(alert, fired_at=now), AlertState.FIRING, now)
    elif before.state is AlertState.RECOVERING:
        return _in_state(alert, AlertState.FIRING, now, "found again")
    elif before.state is AlertState.ACKNOWLEDGED:
        until = before.acknowledged_until
        if _is_worse(alert) or until is None or now >= until:
            why = "worse" if _is_worse(alert) else "acknowledgement expired"
            return _in_state(replace(alert, acknowledged_until=None), AlertState.FIRING, now, why)
    if alert.severity is not before.severity:
        return _in_state(alert, alert.state, now, "severity")
    return alert


def _unfound(alert: Alert, now: datetime, heard: Evidence) -> Alert:
    """What the lack of a finding makes of an alert."""
    keys = alert.references
    if max(alert.since, alert.fired_at) > now:
        return alert
    if any((alert.rule, key) in heard.unassessed for key in keys):
        return alert
    last = max((heard.last[key] for key in keys if key in heard.last), default=None)
    settles = last is not None and _settles(alert, last, now)
    if settles and alert.state is not AlertState.PENDING:
        return _in_state(alert, AlertState.RECOVERING, now)
    over = replace(alert, resolved_at=now, acknowledged_until=None)
    return _in_state(over, AlertState.RESOLVED, now)


def _settles(alert: Alert, event: datetime, now: datetime) -> bool:
    return alert.rule in SETTLING and now - event < SETTLE


def _in_state(alert: Alert, state: AlertState, now: datetime, why: str = "") -> Alert:
    """An alert in another state, with the turn in its history; itself if it is in it already."""
    if alert.state is state and not why:
        return alert
    turns = (*alert.transitions, Transition(now, state, alert.severity, why))
    return replace(alert, state=state, transitions=turns[-MAX_TRANSITIONS:])


def _level(alert: Alert) -> tuple[int, int]:
    return _RANK[alert.severity], alert.step


def _is_worse(alert: Alert) -> bool:
    """Whether an alert is worse than what was told of it, or was not told."""
    return alert.notified_level is None or _level(alert) > alert.notified_level


def _repeats(alert: Alert, now: datetime) -> bool:
    """Whether an alert that was told is to be told again."""
    first = REPEAT.get(alert.severity)
    if first is None or alert.notified_at is None:
        return False
    wait: timedelta = min(first * 2 ** min(alert.repeats, 8), MAX_REPEAT)
    return now - alert.notified_at >= wait


def _muted(alerts: Collection[Alert], silences: Sequence[Silence], now: datetime) -> dict[str, str]:
    """For each alert that is not to be told, the id of the silence or the alert that says so."""
    muted: dict[str, str] = {}
    sources = sorted(
        (a for a in alerts if a.rule in INHIBITS and a.state in _STANDS), key=lambda a: a.id
    )
    active = [s for s in silences if s.since <= now < s.until]
    for alert in alerts if sources or active else ():
        reasons = [s.id for s in active if matches(alert, s.match)]
        reasons += [source.id for source in sources if _explains(source, alert)]
        if alert.unresolved and reasons:
            muted[alert.id] = reasons[0]
    return muted


_STANDS = (AlertState.FIRING, AlertState.ACKNOWLEDGED)


def _explains(source: Alert, alert: Alert) -> bool:
    if alert.rule not in INHIBITS[source.rule]:
        return False
    feed = source.labels.get("feed")
    if source.rule == "feed_silent":
        return feed is not None and feed == alert.labels.get("feed")
    return not set(source.references).isdisjoint(alert.references)


def matches(alert: Alert, match: Mapping[str, str]) -> bool:
    """Whether everything in a silence is so of an alert.

    ``declaration`` may be any of its declaration's numbers.
    """
    return all(value.casefold() in _values(alert, key) for key, value in match.items())


def _values(alert: Alert, label: str) -> set[str]:
    if label == "declaration":
        numbers = {key.partition(":")[2] for key in alert.references}
        return numbers | {(alert.declaration or "").casefold()}
    own = {"id": alert.id, "rule": alert.rule, "severity": str(alert.severity)}
    return {value.casefold() for value in (own.get(label), alert.labels.get(label)) if value}


def acknowledged(alert: Alert, until: datetime, now: datetime) -> Alert:
    """An alert that is not to be told again until some time, unless it gets worse."""
    seen = replace(alert, acknowledged_until=until)
    return _in_state(seen, AlertState.ACKNOWLEDGED, now, f"until {until.isoformat()}")


def _alerts(
    findings: Iterable[Finding], known: Mapping[str, Alert], now: datetime
) -> Iterator[Alert]:
    """An alert for each finding; findings of one cause in several declarations become one.

    An event may come to be told by more messages; the alert keeps the id it was first given.
    """
    alerts: dict[str, list[Alert]] = {}
    for finding in findings:
        own = ids(finding)
        id = next((id for id in own if id in known), own[0])
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
            values=finding.values,
            step=finding.step,
            variant=finding.variant,
            labels=finding.labels,
            contact=finding.contact,
        )
        alerts.setdefault(id, []).append(alert)
    for same in alerts.values():
        yield same[0] if len(same) == 1 else _together(same)


def _together(alerts: Sequence[Alert]) -> Alert:
    """One alert of several that one cause has raised, whichever of them comes first."""
    first = min(alerts, key=lambda a: (a.since, str(a.values), a.references))
    worst = max(alerts, key=lambda a: (_level(a), a.variant))
    entries = sorted({entry for alert in alerts for entry in alert.values.get("entries", ())})
    shared = set.intersection(*(set(alert.labels.items()) for alert in alerts))
    return replace(
        first,
        severity=worst.severity,
        step=worst.step,
        variant=worst.variant,
        references=tuple(sorted({key for alert in alerts for key in alert.references})),
        values={**first.values, "entries": entries} if entries else first.values,
        labels=dict(sorted(shared)),
    )
