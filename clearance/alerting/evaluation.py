"""A check: rules judge what a store knows, and the alerts are kept.

A check loads what it needs, judges it with pure rules, and writes in one transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain

from clearance.alerting import digests, inputs, lifecycle, outbox, records, rules
from clearance.alerting.outbox import (
    Delivery,
    Filed,
    Looked,
    Sender,
    State,
    from_delivery,
    to_delivery,
)
from clearance.alerting.rules import CannotAssess, Context, Subject, quality
from clearance.channels import Terms
from clearance.customs.references import identity_keys, keys_of
from clearance.model import Alert, Declaration, Finding, Record, Severity, Stage, worst_first
from clearance.shipments import plans
from clearance.stores import OPEN, Store, codec
from clearance.timelines import query

_NOTHING = Filed((), ())
_HISTORY = timedelta(days=7)
"""What began so long before the first check of a store may be known already."""
_FINAL = (Stage.CLEARED, Stage.WITHDRAWN)
"""Plans of declarations that once came to these stages may be archived, even if it was undone."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check changed: alerts that are new or worse, those that are over, and repeated ones.

    ``live`` holds every unresolved alert, ``waiting`` the deliveries that may be sent now.
    ``busy``: another check is delivering, and this one did nothing. ``old`` counts, at the first
    check of a store, the new alerts that began long before; ``baseline`` those taken as told.
    """

    new: tuple[Alert, ...] = ()
    resolved: tuple[Alert, ...] = ()
    repeated: tuple[Alert, ...] = ()
    live: tuple[Alert, ...] = ()
    cannot_assess: tuple[CannotAssess, ...] = ()
    waiting: tuple[Delivery, ...] = ()
    busy: bool = False
    old: int = 0
    baseline: int = 0


def firing(result: Checked, severity: Severity) -> bool:
    """Whether an alert of at least a severity fires that nobody has put aside.

    Neither acknowledged nor muted, nor taken as told by a baseline.
    """
    ranks = list(Severity)
    least = ranks.index(severity)
    return any(
        a.notifiable and not a.baseline and ranks.index(a.severity) >= least for a in result.live
    )


def check(
    store: Store,
    context: Context,
    sender: Sender | None = None,
    *,
    dry_run: bool = False,
    baseline: bool = False,
) -> Checked:
    """Judges what is open or has changed since the last check, and keeps the alerts.

    With a sender it also files deliveries, and takes the lease to deliver if any may be sent now.
    With ``dry_run`` nothing is written; with ``baseline`` all that fires is taken as told. All is
    one transaction: a crash repeats the work, and nobody is notified of an alert that was not kept.
    """
    now, surely_now = context.now, context.surely_now
    with nullcontext() if dry_run else store.transaction():
        live = tuple(records.all_alerts(store, live=True))
        if sender and not dry_run and outbox.held(store.records(outbox.LEASE), sender.clock):
            return Checked(live=live, busy=True)
        about_deliveries, known = _by_subject([*live, *_resolved_by_wrong_clock(store, context)])
        case = _load(store, known, now)
        outcome, unassessed = _judge(store, context, known, case)
        since = records.checked_at(store)
        old = _old(outcome.new, now) if since is None else 0
        besides = _besides(
            store, context, case, outcome, since, sender, dry_run=dry_run, baseline=baseline
        )
        if baseline:
            outcome = lifecycle.baselined(outcome, now)
        waiting = _file(store, outcome, now, sender, dry_run, since, besides) if sender else ()
        if not dry_run:
            store.save_records(map(records.from_alert, outcome.kept))
            store.save_records(_archived(case, surely_now))
            store.save_records([records.checked_record(now)])
            store.delete_records(codec.UNREAD, inputs.expired_notices(store, surely_now))
            store.mark_checked(case.changed - query.changed_after(store, surely_now))
    return Checked(
        new=outcome.new,
        resolved=outcome.resolved,
        repeated=outcome.repeated,
        live=worst_first([*outcome.live, *about_deliveries.values()]),
        cannot_assess=tuple(sorted(unassessed, key=_by_content)),
        waiting=waiting,
        old=old,
        baseline=sum(alert.baseline for alert in outcome.live) if baseline else 0,
    )


def _old(alerts: Iterable[Alert], now: datetime) -> int:
    """How many alerts began so long ago that they are history at the first check of a store."""
    return sum(now - alert.since > _HISTORY for alert in alerts)


def _by_content(outcome: CannotAssess) -> tuple[str, str, tuple[str, ...], str]:
    """Sort key that does not depend on the order in which messages came."""
    values = f"{outcome.why} {sorted(outcome.values.items(), key=str)}"
    return outcome.declaration or "", outcome.rule, outcome.references, values


def _resolved_by_wrong_clock(store: Store, context: Context) -> list[Alert]:
    """Alerts that a check by a clock that was ahead has resolved; looked for after one only."""
    ahead = max(context.now, context.clock or context.now)
    last = records.checked_at(store)
    if context.clock is None or last is None or last <= ahead:
        return []
    return [a for a in records.all_alerts(store) if a.resolved_at and a.resolved_at > ahead]


def check_channels(
    store: Store, context: Context, sender: Sender, failed: Collection[str]
) -> Checked:
    """Judges the deliveries of this run; what is filed for ``failed`` channels waits for the next.

    Returns an empty result if nothing is wrong and nothing was.
    """
    known, _ = _by_subject(list(records.all_alerts(store, live=True)))
    findings = _findings_about_deliveries(store, context, sender)
    if not known and not findings:
        return Checked()
    with store.transaction():
        evidence = lifecycle.Evidence(clock=context.clock)
        outcome = _reconcile(store, known, findings, context.now, evidence)
        waiting = _file(store, outcome, context.now, sender, dry_run=False, since=None, whole=False)
        store.save_records(map(records.from_alert, outcome.kept))
    return Checked(
        new=outcome.new,
        resolved=outcome.resolved,
        repeated=outcome.repeated,
        live=outcome.live,
        waiting=tuple(d for d in waiting if d.tries == 0 and d.channel not in failed),
    )


def _findings_about_deliveries(store: Store, context: Context, sender: Sender) -> list[Finding]:
    """What rules find in the deliveries that are not made, to the channels of this run."""
    open = map(to_delivery, store.records(outbox.DELIVERY, [State.PENDING, State.ENDED]))
    pending = [outbox.pending_delivery(d) for d in open if d.channel in sender.channels]
    informed = replace(context, pending_deliveries=pending)
    outcomes = (
        outcome
        for name in rules.named(Subject.DELIVERIES)
        for outcome in rules.RULES[name].surveyed(informed)
    )
    return [outcome for outcome in outcomes if isinstance(outcome, Finding)]


def together(checked: Checked, channels: Checked) -> Checked:
    """A check and the check of its channels as one result."""
    _, others = _by_subject(checked.live)
    return replace(
        checked,
        new=worst_first([*checked.new, *channels.new]),
        resolved=worst_first([*checked.resolved, *channels.resolved]),
        repeated=worst_first([*checked.repeated, *channels.repeated]),
        live=worst_first([*others.values(), *channels.live]),
    )


def _by_subject(alerts: Collection[Alert]) -> tuple[dict[str, Alert], dict[str, Alert]]:
    """Alerts about deliveries, and all others, by id."""
    names = rules.named(Subject.DELIVERIES)
    about_deliveries = {alert.id: alert for alert in alerts if alert.rule in names}
    return about_deliveries, {a.id: a for a in alerts if a.id not in about_deliveries}


@dataclass(frozen=True, slots=True)
class _Case:
    """What a check judges: open declarations, and others that have changed, by id.

    ``declarations`` are those that are open, or that an alert or an open plan is about. ``others``
    are not loaded at once: after a backlog they may be years. Of what has ``changed`` those that
    have an event after the moment of the check stay unchecked: nobody has judged that event yet.
    """

    declarations: Sequence[Declaration]
    open_plans: Sequence[plans.Plan]
    changed: set[int]
    others: Collection[int]


def _load(store: Store, known: Mapping[str, Alert], now: datetime) -> _Case:
    """What a check has to judge, given the known alerts."""
    changed = store.unchecked()
    open_plans = [plans.to_plan(record) for record in store.records(plans.PLAN, {plans.OPEN})]
    about = {key for alert in known.values() for key in alert.references}
    about |= keys_of(number for plan in open_plans for number in plan.references)
    ids = query.current(store, now, {OPEN, *about})
    return _Case(list(query.snapshot(store, ids, now)), open_plans, changed, changed - ids)


def _judge(
    store: Store, context: Context, known: Mapping[str, Alert], case: _Case
) -> tuple[lifecycle.Reconciled, list[CannotAssess]]:
    """What the rules find, compared with the known alerts; and what they cannot assess."""
    now = context.now
    informed = inputs.complete(store, context, case.declarations, _plans(store, case, now))
    awaited = [
        inputs.awaited_declaration(plan, now, context.home)
        for plan in inputs.undeclared_plans(case.open_plans, case.declarations, now)
    ]
    others = query.snapshot(store, case.others, now)
    every, unassessed = rules.assess(chain(case.declarations, awaited, others), informed)
    findings = _with_history(informed, known, every)
    evidence = lifecycle.Evidence(
        _last_events(known, case.declarations),
        {(reason.rule, key) for reason in unassessed for key in reason.references},
        context.clock,
    )
    return _reconcile(store, known, findings, now, evidence), unassessed


def _with_history(
    context: Context, known: Mapping[str, Alert], findings: Sequence[Finding]
) -> list[Finding]:
    """Findings, with those about old declarations that have no alert summed up in one."""
    summary = rules.RULES[quality.old_declarations.__name__]
    settings = context.settings_of(summary.name, summary.defaults)
    if not settings["enabled"]:
        return list(findings)
    followed = {key for alert in known.values() for key in alert.references if alert.unresolved}
    since = context.now - timedelta(days=settings["days"])
    old = [f for f in findings if _is_history(f, since) and followed.isdisjoint(f.references)]
    folded = set(map(id, old))
    outcomes = summary.surveyed(replace(context, old=old))
    summed_up = (outcome for outcome in outcomes if isinstance(outcome, Finding))
    return [*(f for f in findings if id(f) not in folded), *summed_up]


def _is_history(finding: Finding, since: datetime) -> bool:
    """Whether nothing was said, and nothing began to be wrong, after a moment."""
    return finding.heard_at is not None and max(finding.heard_at, finding.since) < since


def _plans(store: Store, case: _Case, now: datetime) -> Iterable[plans.Plan]:
    """Every plan that rules need: the open ones, and archived ones of what has ended before."""
    ended = (
        declaration
        for declaration in case.declarations
        if not declaration.open or any(event.stage in _FINAL for event in declaration.events)
    )
    archived = inputs.plans_of(store, chain(ended, query.overview(store, case.others, now)))
    return {plan.id: plan for plan in (*case.open_plans, *archived)}.values()


def _last_events(
    known: Mapping[str, Alert], declarations: Iterable[Declaration]
) -> dict[str, datetime]:
    """The time of the last event by index key, if any known alert settles; else nothing."""
    policies = rules.policies()
    if not any(a.rule in policies and policies[a.rule].settle for a in known.values()):
        return {}
    return {k: d.last_at for d in declarations if d.last_at for k in identity_keys(d)}


def _reconcile(
    store: Store,
    known: Mapping[str, Alert],
    findings: Sequence[Finding],
    now: datetime,
    evidence: lifecycle.Evidence,
) -> lifecycle.Reconciled:
    """Compares findings with the unresolved alerts, and with resolved ones of the same ids."""
    others = {id for finding in findings for id in lifecycle.ids(finding)} - known.keys()
    past = {r.id: records.to_alert(r) for r in store.records(records.ALERT, others)}
    silences = list(map(records.to_silence, store.records(records.SILENCE)))
    return lifecycle.reconcile(
        {**past, **known}, findings, now, rules.policies(), silences, evidence
    )


def _file(
    store: Store,
    outcome: lifecycle.Reconciled,
    now: datetime,
    sender: Sender,
    dry_run: bool,
    since: datetime | None,
    besides: Filed = _NOTHING,
    *,
    whole: bool = True,
) -> tuple[Delivery, ...]:
    """Files deliveries of what a check changed; returns all deliveries that may be sent now.

    ``besides`` is what is filed for others. ``since`` is the moment of the check before. Messages
    of the day are filed of a ``whole`` check.
    """
    channels, moment = sender.channels, outbox.Moment(now, sender.clock)
    changed = (*outcome.new, *outcome.resolved, *outcome.repeated)
    keys = {State.PENDING, State.HELD, *(outbox.about(alert.id) for alert in changed)}
    known = {d.id: d for d in map(to_delivery, store.records(outbox.DELIVERY, keys))}

    def repeating(terms: Terms) -> list[Alert]:
        return lifecycle.repeating(outcome.live, rules.policies(), terms.repeat, since, now)

    filed = [outbox.filed(outcome, channels, list(known.values()), moment, repeating)]
    filed.append(besides)
    if whole:
        filed.append(digests.filed(outcome, channels, known.values(), moment))
    kept = {delivery.id: delivery for each in filed for delivery in each.kept}
    dropped = [id for each in filed for id in each.dropped]
    after = {id: d for id, d in (known | kept).items() if id not in dropped}
    kept |= {delivery.id: delivery for delivery in outbox.let_go(after.values(), channels, moment)}
    due = outbox.due([*(after | kept).values()], channels, moment)
    due = tuple(delivery for delivery in due if not sender.rests(delivery, now))
    if not dry_run:
        store.delete_records(outbox.DELIVERY, dropped)
        store.save_records(map(from_delivery, kept.values()))
        store.save_records([outbox.lease(sender.holder, sender.clock)] if due else [])
    return due


def _besides(
    store: Store,
    context: Context,
    case: _Case,
    outcome: lifecycle.Reconciled,
    since: datetime | None,
    sender: Sender | None,
    *,
    dry_run: bool,
    baseline: bool,
) -> Filed:
    """What is filed for others than the channels of alerts."""
    if sender is None or sender.besides is None:
        return _NOTHING
    said = [plan for plan in case.open_plans if since is None or plan.entries[-1].at >= since]
    looked = Looked(
        store=store,
        moment=outbox.Moment(context.now, sender.clock),
        surely_now=context.surely_now,
        changed=case.changed,
        said_of=keys_of(number for plan in said for number in plan.references),
        changed_alerts=outcome.kept,
        live=outcome.live,
        dry_run=dry_run,
        since=since,
        baseline=baseline,
    )
    return sender.besides.filed(looked)


def _archived(case: _Case, now: datetime) -> Iterator[Record]:
    """Records of plans that no check needs any more."""
    for plan in inputs.finished_plans(case.open_plans, case.declarations, now):
        yield plans.from_plan(plan, live=False)
