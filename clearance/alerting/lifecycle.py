"""The life of an alert: from a rule's findings to what is new, still open, repeated and over.

Pure functions of the known alerts, the findings of a check, what people acknowledged or silenced,
and the moment of the check. The id of an alert is made of its rule and of the message that the
finding originates in, so it stays the same when messages are linked later or the declaration gets a
new entry number.

**States.** A finding *fires* at the first check that has it; its alert is *resolved* at the first
check that no longer has it. A rule's ``Policy`` may delay both: an alert that settles is *pending*,
and later *recovering*, until some minutes after the event, counted from the event and not from the
check; one that needs a second check is *pending* until another check has it too. An *acknowledged*
alert is not repeated until the acknowledgement expires.

**Notifications.** People are notified when an alert fires, when its severity or its countdown step
rises above that of the last notification, and again after 4 hours if it is critical, 24 if it is a
warning; that interval doubles each time, up to 24 hours. Information is never repeated. An alert is
muted while a silence matches it or while another alert explains it, and is notified afterwards if
it never was. Whoever was notified of an alert is notified of its end. What is there at a *baseline*
counts as notified, of which nobody was: only if it gets worse is anybody.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from clearance.model import (
    NOTHING_SAID,
    Alert,
    AlertState,
    Finding,
    Remark,
    Severity,
    Silence,
    Transition,
    Value,
    replace,
    worst_first,
)
from clearance.model.values import field

LABELS = ("id", "rule", "severity", "declaration", "direction", "office", "feed")
"""Labels that a silence can match."""
MAX_TRANSITIONS = 100
"""Transitions of an alert that are kept: the latest ones."""

_RANK = {severity: rank for rank, severity in enumerate(Severity)}
_FIRST_REPEAT = {Severity.CRITICAL: timedelta(hours=4), Severity.WARNING: timedelta(hours=24)}
_MAX_REPEAT = timedelta(hours=24)
_MUTING = (AlertState.FIRING, AlertState.ACKNOWLEDGED)


class Policy(Value):
    """How alerts of a rule wait before they fire or end, and which other alerts they mute.

    ``settle`` is how long after the event an alert waits, because a later message may put it right
    (Prometheus: ``for`` and ``keep_firing_for``). With ``confirm_twice`` it fires when a second
    check has the finding too. ``mutes`` names the rules whose alerts it explains, if both have the
    same label ``mutes_by``: the declaration, or the feed. What is told ``once`` is not repeated.
    """

    settle: timedelta = timedelta()
    confirm_twice: bool = False
    mutes: frozenset[str] = frozenset()
    mutes_by: str = "declaration"
    once: bool = False


_AT_ONCE = Policy()
"""The policy of a rule that is not known any more."""


class Reconciled(Value):
    """What a check changes: alerts to notify of, by reason, those unresolved, and those to keep.

    ``kept`` holds every alert that differs from what was known.
    """

    new: tuple[Alert, ...]
    resolved: tuple[Alert, ...]
    repeated: tuple[Alert, ...]
    live: tuple[Alert, ...]
    kept: tuple[Alert, ...]


class Evidence(Value):
    """What a check knows besides its findings.

    ``last`` is the time of the last event by index key of its declaration; ``unassessed`` holds the
    rules that could not judge, each with the key of a declaration, whose alerts stay as they are,
    ``standing`` the ids of others that do. So do those about the sources that are ``resting``, and
    nobody is told of them again. ``clock`` is the time by the clock, if it is known: no check can
    have been later.
    """

    last: Mapping[str, datetime] = field(default_factory=dict)
    unassessed: Collection[tuple[str, str]] = ()
    standing: Collection[str] = ()
    resting: Collection[str] = ()
    clock: datetime | None = None

    def rests(self, alert: Alert) -> bool:
        """Whether an alert is about a source that is announced to rest now."""
        return not alert.references and alert.labels.get("feed") in self.resting

    def is_ahead(self, at: datetime | None, now: datetime) -> bool:
        """Whether only a clock that went wrong can have given a time."""
        return self.clock is not None and at is not None and at > max(now, self.clock)


def identity(rule: str, origin: str) -> str:
    """The stable id of an alert: 12 hexadecimal digits, of its rule and its origin."""
    from clearance.hashing import sha256

    return sha256(f"{rule} {origin}".encode()).hexdigest()[:12]


def ids(finding: Finding) -> list[str]:
    """The ids that the alert of a finding may have: one for each message of its origin."""
    return [identity(finding.rule, origin) for origin in finding.origin]


def reconcile(
    known: Mapping[str, Alert],
    findings: Iterable[Finding],
    now: datetime,
    policies: Mapping[str, Policy],
    silences: Sequence[Silence],
    evidence: Evidence,
) -> Reconciled:
    """Compares findings with the known alerts: the unresolved ones and those of the same ids.

    The order of findings does not matter, and a second call at the same moment with the same
    findings notifies of nothing. An alert that began or fired after ``now``, as when people look
    back, stays as it is. What a clock that was ahead has left does not last: an alert that it
    raised or notified of counts as of now, and people are notified again. Each list is ordered by
    severity, then since, then id.
    """
    righted = {id: _righted(alert, now, evidence) for id, alert in known.items()}
    current = _current(righted, findings, now, policies, evidence)
    muted_by = _muted_by(current, policies, silences, now)
    changes: dict[str, list[Alert]] = {"new": [], "resolved": [], "repeated": [], "": []}
    for alert in current:
        muted = replace(alert, muted_by=muted_by.get(alert.id))
        if evidence.rests(muted):
            changes[""].append(muted)
            continue
        change, notified = _notified(muted, _policy(policies, alert), now)
        changes[change].append(notified)
    after = [alert for some in changes.values() for alert in some]
    return Reconciled(
        new=worst_first(changes["new"]),
        resolved=worst_first(changes["resolved"]),
        repeated=worst_first(changes["repeated"]),
        live=worst_first(alert for alert in after if alert.unresolved),
        kept=worst_first(alert for alert in after if alert != known.get(alert.id)),
    )


def baselined(outcome: Reconciled, now: datetime) -> Reconciled:
    """The same with every firing alert marked as notified: it is told only if it gets worse.

    What is pending is left as it is, since nobody knows yet whether it will fire.
    """
    taken = {
        alert.id: replace(
            _in_state(alert, alert.state, now, "baseline"),
            notified_level=_level(alert),
            notified_at=None,
            repeats=0,
        )
        for alert in outcome.live
        if alert.state is not AlertState.PENDING and not alert.baseline
    }
    kept = {alert.id: alert for alert in outcome.kept} | taken
    return replace(
        outcome,
        new=(),
        repeated=(),
        live=tuple(taken.get(alert.id, alert) for alert in outcome.live),
        kept=worst_first(kept.values()),
    )


def _righted(alert: Alert, now: datetime, evidence: Evidence) -> Alert:
    """An alert without what a clock that was ahead has made of it."""
    if evidence.is_ahead(alert.notified_at, now):
        alert = replace(alert, notified_at=now, notified_level=None, repeats=0)
    if evidence.is_ahead(alert.fired_at, now):
        alert = replace(alert, fired_at=now)
    last = alert.transitions[-1].at if alert.transitions else None
    if alert.state is AlertState.ACKNOWLEDGED and evidence.is_ahead(last, now):
        alert = unacknowledged(alert, now, "acknowledged by a wrong clock")
    return alert


def _current(
    known: Mapping[str, Alert],
    findings: Iterable[Finding],
    now: datetime,
    policies: Mapping[str, Policy],
    evidence: Evidence,
) -> list[Alert]:
    """Every alert that has a finding or was unresolved, in its state after this check."""
    found = {alert.id: alert for alert in _alerts(findings, known, now)}
    current = [
        _still_found(alert, known.get(id), _policy(policies, alert), now)
        for id, alert in found.items()
    ]
    for id, alert in known.items():
        if id not in found and alert.unresolved:
            over = _no_longer_found(alert, _policy(policies, alert), now, evidence)
            current.append(replace(over, running={}) if over.running else over)
    return current


def acknowledged(
    alert: Alert, until: datetime, now: datetime, said: Remark = NOTHING_SAID
) -> Alert:
    """The alert, acknowledged: not repeated until ``until``, unless it gets worse."""
    seen = replace(alert, acknowledged_until=until)
    return _in_state(seen, AlertState.ACKNOWLEDGED, now, f"until {until.isoformat()}", said)


def unacknowledged(alert: Alert, now: datetime, why: str, said: Remark = NOTHING_SAID) -> Alert:
    """The alert, firing again."""
    return _in_state(replace(alert, acknowledged_until=None), AlertState.FIRING, now, why, said)


def as_it_stands(alert: Alert, silences: Sequence[Silence], at: datetime) -> Alert:
    """An alert as a check left it, with what silences and acknowledgements make of it now."""
    if not alert.unresolved:
        return alert
    until = alert.acknowledged_until
    if alert.state is AlertState.ACKNOWLEDGED and (until is None or at >= until):
        alert = replace(alert, state=AlertState.FIRING, acknowledged_until=None)
    ids = {silence.id for silence in silences}
    applies = next((s for s in active(silences, at) if matches(alert, s.match)), None)
    if applies:
        return replace(
            alert,
            muted_by=applies.id,
            silenced_until=applies.until,
            silenced_with=applies.said,
        )
    return replace(alert, muted_by=None) if alert.muted_by in ids else alert


def active(silences: Iterable[Silence], at: datetime) -> list[Silence]:
    """The silences that hold at a moment."""
    return [silence for silence in silences if silence.since <= at < silence.until]


def matches(alert: Alert, match: Mapping[str, str]) -> bool:
    """Whether an alert has every label of a silence; ``declaration`` may be any of its numbers."""
    return all(value.casefold() in _label_values(alert, key) for key, value in match.items())


def _label_values(alert: Alert, label: str) -> set[str]:
    """The values of a label of an alert, in small letters."""
    if label == "declaration":
        numbers = {key.partition(":")[2] for key in alert.references}
        return numbers | {(alert.declaration or "").casefold()}
    own = {"id": alert.id, "rule": alert.rule, "severity": str(alert.severity)}
    return {value.casefold() for value in (own.get(label), alert.labels.get(label)) if value}


def _policy(policies: Mapping[str, Policy], alert: Alert) -> Policy:
    return policies.get(alert.rule, _AT_ONCE)


# States


def _still_found(found: Alert, before: Alert | None, policy: Policy, now: datetime) -> Alert:
    """The alert of a finding, given the alert that was known before."""
    if before is None or not before.unresolved:
        return _begun(found, before, policy, now)
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
    after = _fired(alert, policy, now)
    if after is alert and alert.severity is not before.severity:
        return _in_state(alert, alert.state, now, "severity")
    return after


def _begun(found: Alert, before: Alert | None, policy: Policy, now: datetime) -> Alert:
    """The alert of a finding that is new, or back after its alert was resolved."""
    waits = policy.confirm_twice or _settles(policy, found.since, now)
    state = AlertState.PENDING if waits else AlertState.FIRING
    history = before.transitions if before else ()
    return _in_state(replace(found, transitions=history, state=AlertState.RESOLVED), state, now)


def _fired(alert: Alert, policy: Policy, now: datetime) -> Alert:
    """An alert that was pending, recovering or acknowledged, firing if it is time; else itself."""
    if alert.state is AlertState.PENDING:
        confirmed = not policy.confirm_twice or now > alert.fired_at
        if confirmed and not _settles(policy, alert.since, now):
            return _in_state(replace(alert, fired_at=now), AlertState.FIRING, now)
    elif alert.state is AlertState.RECOVERING:
        return _in_state(alert, AlertState.FIRING, now, "found again")
    elif alert.state is AlertState.ACKNOWLEDGED:
        return _unacknowledged(alert, now)
    return alert


def _unacknowledged(alert: Alert, now: datetime) -> Alert:
    """An acknowledged alert, firing again if it got worse or the acknowledgement expired."""
    until = alert.acknowledged_until
    why = "worse" if _is_worse(alert) else "acknowledgement expired"
    if _is_worse(alert) or until is None or now >= until:
        return unacknowledged(alert, now, why)
    return alert


def _no_longer_found(alert: Alert, policy: Policy, now: datetime, evidence: Evidence) -> Alert:
    """A known alert that has no finding any more: resolved, recovering, or as it was."""
    began = max(alert.since, alert.fired_at)
    if began > now and not evidence.is_ahead(began, now):
        return alert
    if alert.id in evidence.standing:
        return alert
    if any((alert.rule, key) in evidence.unassessed for key in alert.references):
        return alert
    if evidence.rests(alert):
        return alert
    times = (evidence.last[key] for key in alert.references if key in evidence.last)
    last = max(times, default=None)
    settles = last is not None and _settles(policy, last, now)
    if settles and alert.state is not AlertState.PENDING:
        return _in_state(alert, AlertState.RECOVERING, now)
    over = replace(alert, resolved_at=now, acknowledged_until=None)
    return _in_state(over, AlertState.RESOLVED, now)


def _settles(policy: Policy, event: datetime, now: datetime) -> bool:
    return now - event < policy.settle


def _in_state(
    alert: Alert,
    state: AlertState,
    now: datetime,
    why: str = "",
    said: Remark = NOTHING_SAID,
) -> Alert:
    """An alert in a state, with the transition in its history; itself if nothing changes."""
    if alert.state is state and not why:
        return alert
    turns = (*alert.transitions, Transition(now, state, alert.severity, why, said))
    return replace(alert, state=state, transitions=turns[-MAX_TRANSITIONS:])


# Notifications


def _notified(alert: Alert, policy: Policy, now: datetime) -> tuple[str, Alert]:
    """Why people are to be notified of an alert, or "", and the alert with that noted."""
    if not alert.unresolved:
        return ("resolved" if alert.notified_at else ""), alert
    if alert.notifiable and _is_worse(alert):
        return "new", replace(alert, notified_level=_level(alert), notified_at=now, repeats=0)
    if alert.notifiable and not policy.once and _is_repeated(alert, now):
        return "repeated", replace(alert, notified_at=now, repeats=alert.repeats + 1)
    return "", alert


def _level(alert: Alert) -> tuple[int, int]:
    return _RANK[alert.severity], alert.step


def _is_worse(alert: Alert) -> bool:
    """Whether it was never notified, or is worse than at its last notification."""
    return alert.notified_level is None or _level(alert) > alert.notified_level


def _is_repeated(alert: Alert, now: datetime) -> bool:
    """Whether a notified alert has been quiet for so long that it is repeated."""
    if alert.severity not in _FIRST_REPEAT or alert.notified_at is None:
        return False
    return now - alert.notified_at >= _wait(alert)


def _wait(alert: Alert) -> timedelta:
    """How long an alert is quiet after it was told, before it is told again."""
    wait: timedelta = _FIRST_REPEAT[alert.severity] * 2 ** min(alert.repeats, 8)
    return min(wait, _MAX_REPEAT)


def next_moment(
    alert: Alert, policy: Policy, now: datetime, intervals: Iterable[timedelta]
) -> datetime | None:
    """When an alert that is not over may change, or be told again, by time alone; None if never.

    ``intervals`` are those of the channels that are told again at an interval of their own.
    """
    times = (alert.since, alert.fired_at, alert.notified_at, *(t.at for t in alert.transitions))
    waits = alert.state in (AlertState.PENDING, AlertState.RECOVERING)
    if waits or any(at and at > now for at in times):
        return now
    if alert.state is AlertState.ACKNOWLEDGED:
        return alert.acknowledged_until or now
    if policy.once or not alert.notifiable or alert.severity not in _FIRST_REPEAT:
        return None
    if alert.notified_at is None:
        return None
    rounds = (alert.fired_at + ((now - alert.fired_at) // every + 1) * every for every in intervals)
    return min([alert.notified_at + _wait(alert), *rounds])


def repeating(
    alerts: Iterable[Alert],
    policies: Mapping[str, Policy],
    every: timedelta | None,
    since: datetime | None,
    now: datetime,
) -> list[Alert]:
    """The alerts that are told again at an interval of a channel's own, counted from their firing.

    Those for which it has come round after ``since``, the moment of the check before.
    """
    if every is None or since is None:
        return []
    return [
        alert
        for alert in alerts
        if alert.notifiable and alert.severity in _FIRST_REPEAT and alert.notified_at
        if not _policy(policies, alert).once
        if max((since - alert.fired_at) // every, 0) < (now - alert.fired_at) // every
    ]


def _muted_by(
    alerts: Collection[Alert],
    policies: Mapping[str, Policy],
    silences: Sequence[Silence],
    now: datetime,
) -> dict[str, str]:
    """The id of the silence or the alert that mutes each muted alert, by the alert's id."""
    in_force = active(silences, now)
    muting = _muting(alerts, policies)
    if not muting and not in_force:
        return {}
    reasons = {
        alert.id: _mute_reason(alert, in_force, muting, policies)
        for alert in alerts
        if alert.unresolved
    }
    return {id: reason for id, reason in reasons.items() if reason}


def muting_feeds(alerts: Iterable[Alert], policies: Mapping[str, Policy]) -> tuple[str, ...]:
    """What mutes the alerts of others than its own declaration: its ids, each with the label."""
    muting = ((alert, _policy(policies, alert).mutes_by) for alert in _muting(alerts, policies))
    return tuple(f"{a.id} {a.labels.get(by)}" for a, by in muting if by != "declaration")


def _muting(alerts: Iterable[Alert], policies: Mapping[str, Policy]) -> list[Alert]:
    """The alerts that may mute others, by id."""
    muting = (a for a in alerts if a.state in _MUTING and _policy(policies, a).mutes)
    return sorted(muting, key=lambda alert: alert.id)


def _mute_reason(
    alert: Alert,
    active: Iterable[Silence],
    muting: Iterable[Alert],
    policies: Mapping[str, Policy],
) -> str | None:
    """The id of the first active silence or else muting alert that applies to an alert."""
    silenced = (silence.id for silence in active if matches(alert, silence.match))
    explained = (a.id for a in muting if _explains(a, _policy(policies, a), alert))
    return next(silenced, None) or next(explained, None)


def _explains(source: Alert, policy: Policy, alert: Alert) -> bool:
    """Whether an alert explains another: one that its policy names, of the same subject."""
    if alert.rule not in policy.mutes:
        return False
    if policy.mutes_by == "declaration":
        return not set(source.references).isdisjoint(alert.references)
    subject = source.labels.get(policy.mutes_by)
    return subject is not None and subject == alert.labels.get(policy.mutes_by)


# From findings to alerts


def _alerts(
    findings: Iterable[Finding], known: Mapping[str, Alert], now: datetime
) -> Iterator[Alert]:
    """An alert for each finding; findings of one origin in several declarations become one.

    More messages may come to say the same event; the alert keeps the id it was given first.
    """
    alerts: dict[str, list[Alert]] = {}
    for finding in findings:
        possible = ids(finding)
        id = next((id for id in possible if id in known), possible[0])
        alerts.setdefault(id, []).append(_alert(id, finding, now))
    for same in alerts.values():
        yield same[0] if len(same) == 1 else _merged(same)


def _alert(id: str, finding: Finding, now: datetime) -> Alert:
    """The alert of a finding, as if it fired now."""
    return Alert(
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
        running=finding.running or {},
    )


def _merged(alerts: Sequence[Alert]) -> Alert:
    """One alert of several with the same id, whatever their order."""
    first = min(alerts, key=lambda a: (a.since, str(a.values), a.references))
    worst = max(alerts, key=lambda a: (_level(a), a.variant))
    entries = sorted({entry for alert in alerts for entry in alert.values.get("entries", ())})
    shared = set.intersection(*(set(alert.labels.items()) for alert in alerts))
    values = {**first.values, "entries": entries} if entries else first.values
    if "minutes" in values:
        values = {**values, "minutes": max(alert.values["minutes"] for alert in alerts)}
    return replace(
        first,
        severity=worst.severity,
        step=worst.step,
        variant=worst.variant,
        references=tuple(sorted({key for alert in alerts for key in alert.references})),
        values=values,
        labels=dict(sorted(shared)),
    )
