"""Looking for what is wrong with what a store knows, and keeping the alerts.

A check loads what it needs, judges it with pure rules, and writes in one transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain

from clearance.alerting import inputs, lifecycle, outbox, records, rules
from clearance.alerting.outbox import Delivery, Sender, State, from_delivery, to_delivery
from clearance.customs.references import identity_keys
from clearance.model import Alert, Declaration, Finding, Record, Severity, Stage, worst_first
from clearance.shipments import plans
from clearance.stores import Store, codec
from clearance.stores.codec import OPEN
from clearance.timelines import query


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check changed: alerts that fired or rose, that are over, and that are told again.

    ``waiting`` is what may be delivered now. ``busy``: another check is delivering, and this one
    has left everything to it.
    """

    new: tuple[Alert, ...] = ()
    resolved: tuple[Alert, ...] = ()
    repeated: tuple[Alert, ...] = ()
    live: tuple[Alert, ...] = ()
    cannot_assess: tuple[rules.CannotAssess, ...] = ()
    waiting: tuple[Delivery, ...] = ()
    busy: bool = False


def firing(result: Checked, severity: Severity) -> bool:
    """Whether any alert of at least a severity is firing that nobody has acknowledged or muted."""
    ranks = list(Severity)
    least = ranks.index(severity)
    return any(a.notifiable and ranks.index(a.severity) >= least for a in result.live)


def check(
    store: Store, context: rules.Context, sender: Sender | None = None, *, dry_run: bool = False
) -> Checked:
    """Looks for what is wrong with what is open or has changed, and keeps the alerts.

    With a sender it also files who is to be told of them, and takes the right to deliver if there
    is anything to. With ``dry_run`` nothing is written. One transaction: a crash repeats the work,
    and no alert is told that was not kept.
    """
    now = context.now
    with nullcontext() if dry_run else store.transaction():
        live = tuple(records.all_alerts(store, live=True))
        if sender and not dry_run and outbox.held(store.records(outbox.LEASE), sender.clock):
            return Checked(live=live, busy=True)
        known = {alert.id: alert for alert in live if alert.rule != outbox.FAILING}
        changed = store.unchecked()
        planned = [plans.to_plan(record) for record in store.records(plans.PLAN, {plans.OPEN})]
        about = {key for alert in known.values() for key in alert.references}
        about |= query.keys_of(number for plan in planned for number in plan.references)
        ids = query.current(store, now, {OPEN, *about})
        declarations = list(query.snapshot(store, ids, now))
        outcome, unknown = _judged(store, context, known, planned, declarations, changed - ids)
        waiting = _filed(store, outcome, now, sender, dry_run) if sender else ()
        if not dry_run:
            store.save_records(map(records.from_alert, outcome.kept))
            store.save_records(map(_archived, inputs.finished_plans(planned, declarations, now)))
            store.delete_records(codec.UNREAD, inputs.expired_notices(store, now))
            store.mark_checked(changed)
    others = (alert for alert in live if alert.rule == outbox.FAILING)
    return Checked(
        new=outcome.new,
        resolved=outcome.resolved,
        repeated=outcome.repeated,
        live=worst_first([*outcome.live, *others]),
        cannot_assess=tuple(unknown),
        waiting=waiting,
    )


def check_channels(
    store: Store, context: rules.Context, sender: Sender, tired: Collection[str]
) -> Checked:
    """Looks for channels that fail, after deliveries; nothing is sent at once to those tired.

    What is filed for them all the same waits for the next run.
    """
    rule = rules.RULES[outbox.FAILING]
    told = {
        alert.id: alert for alert in records.all_alerts(store, live=True) if alert.rule == rule.name
    }
    open = map(to_delivery, store.records(outbox.DELIVERY, [State.PENDING, State.ENDED]))
    unsent = [outbox.pending_delivery(one) for one in open if one.channel in sender.channels]
    outcomes = rule.surveyed(replace(context, pending_deliveries=unsent))
    findings = [one for one in outcomes if isinstance(one, Finding)]
    if not told and not findings:
        return Checked()
    with store.transaction():
        outcome = _reconciled(store, told, findings, context.now)
        waiting = _filed(store, outcome, context.now, sender, False)
        store.save_records(map(records.from_alert, outcome.kept))
    return Checked(
        new=outcome.new,
        resolved=outcome.resolved,
        repeated=outcome.repeated,
        live=outcome.live,
        waiting=tuple(d for d in waiting if d.tries == 0 and d.channel not in tired),
    )


def together(checked: Checked, channels: Checked) -> Checked:
    """A check and its look at the channels as one."""
    live = [alert for alert in checked.live if alert.rule != outbox.FAILING]
    return replace(
        checked,
        new=worst_first([*checked.new, *channels.new]),
        resolved=worst_first([*checked.resolved, *channels.resolved]),
        repeated=worst_first([*checked.repeated, *channels.repeated]),
        live=worst_first([*live, *channels.live]),
    )


def _filed(
    store: Store, outcome: lifecycle.Reconciled, now: datetime, sender: Sender, dry_run: bool
) -> tuple[Delivery, ...]:
    """Files what there is to tell; returns what may be delivered now."""
    about = {outbox.about(a.id) for a in (*outcome.new, *outcome.resolved, *outcome.repeated)}
    keys = {State.PENDING, *about}
    known = {d.id: d for d in map(to_delivery, store.records(outbox.DELIVERY, keys))}
    filed = outbox.filed(outcome, sender.channels, list(known.values()), now)
    left = known | {delivery.id: delivery for delivery in filed.kept}
    for id in filed.dropped:
        del left[id]
    due = outbox.due(list(left.values()), sender.channels, sender.clock)
    if not dry_run:
        store.delete_records(outbox.DELIVERY, filed.dropped)
        store.save_records(map(from_delivery, filed.kept))
        store.save_records([outbox.lease(sender.holder, sender.clock)] if due else [])
    return due


def _judged(
    store: Store,
    context: rules.Context,
    known: Mapping[str, Alert],
    planned: Sequence[plans.Plan],
    declarations: Sequence[Declaration],
    changed: Collection[int],
) -> tuple[lifecycle.Reconciled, list[rules.CannotAssess]]:
    """What the rules say of some declarations and of what was planned, against known alerts.

    ``changed`` are more declarations, read one after the other: after a backlog they are years.
    """
    now = context.now
    ended = [d for d in declarations if not d.open or any(e.stage in _ENDS for e in d.events)]
    also = inputs.plans_of(store, chain(ended, query.overview(store, changed, now)))
    every = {plan.id: plan for plan in (*planned, *also)}.values()
    informed = inputs.complete(store, context, declarations, every)
    alone = inputs.undeclared_plans(planned, declarations, now)
    awaited = [inputs.awaited_declaration(plan, now, context.home) for plan in alone]
    closed = query.snapshot(store, changed, now)
    findings, unknown = rules.assess(chain(declarations, awaited, closed), informed)
    settling = any(alert.rule in lifecycle.SETTLING for alert in known.values())
    heard = lifecycle.Evidence(
        {k: d.last_at for d in declarations if settling and d.last_at for k in identity_keys(d)},
        {(one.rule, key) for one in unknown for key in one.references},
    )
    return _reconciled(store, known, findings, now, heard), unknown


def _reconciled(
    store: Store,
    known: Mapping[str, Alert],
    findings: Sequence[Finding],
    now: datetime,
    heard: lifecycle.Evidence = lifecycle.NO_EVIDENCE,
) -> lifecycle.Reconciled:
    """Findings against the alerts that live, and those of the same ids that are over."""
    own = {id for finding in findings for id in lifecycle.ids(finding)} - known.keys()
    past = {r.id: records.to_alert(r) for r in store.records(records.ALERT, own)}
    silences = map(records.to_silence, store.records(records.SILENCE))
    return lifecycle.reconcile({**past, **known}, findings, now, list(silences), heard)


_ENDS = (Stage.CLEARED, Stage.WITHDRAWN)
"""Stages whose declarations may have plans that were laid by, also where it was taken back."""


def _archived(plan: plans.Plan) -> Record:
    return plans.from_plan(plan, live=False)
