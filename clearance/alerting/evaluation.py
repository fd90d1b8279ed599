"""A check: rules judge what a store knows, and the alerts are kept.

A check loads what it needs, judges it with pure rules, and writes in one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import nullcontext
from datetime import datetime, timedelta

from clearance.alerting import digests, inputs, lifecycle, looks, outbox, records, rules
from clearance.alerting.looking import CheckBasis, Looked, looked_again, looked_at_all, reconciled
from clearance.alerting.outbox import (
    Delivery,
    Filed,
    Kind,
    Sender,
    State,
    from_delivery,
    to_delivery,
)
from clearance.alerting.rules import CannotAssess, Context, Subject
from clearance.alerting.running import at_check
from clearance.channels import NEVER, Terms
from clearance.customs.references import keys_of
from clearance.model import (
    Alert,
    AlertState,
    Finding,
    Severity,
    Value,
    replace,
    worst_first,
)
from clearance.shipments import plans
from clearance.stores import Store, codec
from clearance.timelines import query

_NOTHING = Filed((), ())
_HISTORY = timedelta(days=7)
"""What began so long before the first check of a store may be known already."""


class Checked(Value):
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

    Neither acknowledged nor silenced, nor taken as told by a baseline. One that another explains
    fires too: that may be a lesser one.
    """
    ranks = list(Severity)
    severe = ranks[ranks.index(severity) :]
    explaining = {None, *(alert.id for alert in result.live)}
    return any(
        alert.severity in severe and alert.muted_by in explaining and not alert.baseline
        for alert in result.live
        if alert.state is AlertState.FIRING
    )


def check(
    store: Store,
    context: Context,
    sender: Sender | None = None,
    *,
    dry_run: bool = False,
    baseline: bool = False,
    full: bool = False,
    whole: bool = True,
) -> Checked:
    """Judges what may have changed since the last check, or everything, and keeps the alerts.

    Everything is judged with ``full``, at a first check, and where it cannot be known what may have
    changed. With a sender it also files deliveries, and takes the lease to deliver if any may be
    sent now. With ``dry_run`` nothing is written; with ``baseline`` all that fires is taken as
    told. Unless the result is to be ``whole``, it has of what stands only what was judged. All is
    one transaction: a crash repeats the work, and nobody is notified of an alert that was not kept.
    """
    now = context.now
    basis = CheckBasis(context, _intervals(sender))
    with nullcontext() if dry_run else store.transaction():
        if sender and not dry_run and outbox.held(store.records(outbox.LEASE), sender.clock):
            return Checked(live=tuple(records.all_alerts(store, live=True)), busy=True)
        since = records.checked_at(store)
        looked = None if full or baseline else looked_again(store, basis, since)
        about_deliveries = _about_deliveries(store)
        if looked is None:
            known = [
                *records.all_alerts(store, live=True),
                *_resolved_by_wrong_clock(store, context),
            ]
            about_deliveries, others = _by_subject(known)
            looked = looked_at_all(store, basis, others)
        outcome = looked.outcome
        standing = _standing(store, looked) if whole or _tells_all(sender) else []
        every = replace(outcome, live=worst_first([*standing, *outcome.live]))
        old = _old(outcome.new, now) if since is None else 0
        besides = _besides(
            store, context, looked, every, since, sender, dry_run=dry_run, baseline=baseline
        )
        if baseline:
            outcome = every = lifecycle.baselined(outcome, now)
        waiting = _file(store, every, now, sender, dry_run, since, besides) if sender else ()
        unassessed = list(_unassessed(store, looked)) if whole else looked.unassessed
        if not dry_run:
            _keep(store, context, looked, outcome)
            looks.keep_about_channels(store, about_deliveries)
    return Checked(
        new=outcome.new,
        resolved=outcome.resolved,
        repeated=outcome.repeated,
        live=worst_first([*every.live, *about_deliveries.values()]),
        cannot_assess=tuple(sorted(unassessed, key=_by_content)),
        waiting=waiting,
        old=old,
        baseline=sum(alert.baseline for alert in outcome.live) if baseline else 0,
    )


def _intervals(sender: Sender | None) -> frozenset[timedelta]:
    """The intervals at which channels are told again."""
    channels = sender.channels.values() if sender else ()
    intervals = (channel.terms.repeat for channel in channels)
    return frozenset(every for every in intervals if every and every is not NEVER)


def _tells_all(sender: Sender | None) -> bool:
    """Whether anybody may be told of all that stands: in a message of the day, or a customer."""
    if sender is None:
        return False
    return sender.besides is not None or any(c.terms.digest for c in sender.channels.values())


def _keep(store: Store, context: Context, looked: Looked, outcome: lifecycle.Reconciled) -> None:
    """Writes what a check has made of what it looked at."""
    store.save_records(map(records.from_alert, outcome.kept))
    store.save_records(plans.from_plan(plan, live=False) for plan in looked.finished)
    store.save_records(
        [records.checked_record(context.now), records.from_measures(looked.measures)]
    )
    looks.keep(store, looked.replaced, looked.kept)
    looks.keep_standing(store, looked.standing)
    looks.settle(store, context.now)
    store.delete_records(codec.UNREAD, inputs.expired_notices(store, context.surely_now))
    store.mark_checked(looked.changed - query.changed_after(store, context.surely_now))


def _standing(store: Store, looked: Looked) -> list[Alert]:
    """The alerts that are not over and were not looked at, as they stand now."""
    if looked.replaced is None:
        return []
    _, others = _by_subject(list(records.all_alerts(store, live=True)))
    known = looked.known.keys() | {alert.id for alert in looked.outcome.live}
    return [at_check(a, looked.measures) for id, a in others.items() if id not in known]


def _unassessed(store: Store, looked: Looked) -> Iterator[CannotAssess]:
    """All that rules cannot assess, also of what was not looked at."""
    yield from looked.unassessed
    if looked.replaced is not None:
        for unit, look in looks.looks(store).items():
            yield from look.cannot if unit not in looked.replaced else ()


def _about_deliveries(store: Store) -> dict[str, Alert]:
    """The alerts about deliveries that are not over, by id."""
    ids = looks.about_channels(store)
    some = records.all_alerts(store, live=True) if ids is None else records.some_alerts(store, ids)
    return _by_subject([alert for alert in some if alert.unresolved])[0]


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
    known = _about_deliveries(store)
    findings = _findings_about_deliveries(store, context, sender)
    if not known and not findings:
        return Checked()
    with store.transaction():
        evidence = lifecycle.Evidence(clock=context.clock)
        outcome = reconciled(store, known, findings, context.now, evidence)
        waiting = _file(
            store,
            outcome,
            context.now,
            sender,
            dry_run=False,
            since=None,
            whole=False,
            may_go=lambda d: d.tries == 0 and d.channel not in failed,
        )
        store.save_records(map(records.from_alert, outcome.kept))
        looks.keep_about_channels(store, (alert.id for alert in outcome.live))
    return Checked(
        new=outcome.new,
        resolved=outcome.resolved,
        repeated=outcome.repeated,
        live=outcome.live,
        waiting=waiting,
    )


def _findings_about_deliveries(store: Store, context: Context, sender: Sender) -> list[Finding]:
    """What rules find in the deliveries that are not made, to the channels of this run."""
    open = map(to_delivery, store.records(outbox.DELIVERY, [State.PENDING, State.ENDED]))
    pending = [
        outbox.pending_delivery(delivery)
        for delivery in open
        if delivery.channel in sender.channels and not _waits(delivery, context, sender)
    ]
    informed = replace(context, pending_deliveries=pending)
    outcomes = (
        outcome
        for name in rules.named(Subject.DELIVERIES)
        for outcome in rules.RULES[name].surveyed(informed)
    )
    return [outcome for outcome in outcomes if isinstance(outcome, Finding)]


def _waits(delivery: Delivery, context: Context, sender: Sender) -> bool:
    """Whether a notice is not sent because its customer is not to be told now."""
    is_notice = delivery.kind is Kind.NOTICES and delivery.state is State.PENDING
    return is_notice and sender.rests(delivery, context.now)


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
    may_go: Callable[[Delivery], bool] = lambda _: True,
) -> tuple[Delivery, ...]:
    """Files deliveries of what a check changed; returns all deliveries that may be sent now, of
    those that ``may_go``.

    From this commit on these may have left: nobody knows how far a run came that was ended.

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
    due = tuple(each for each in due if may_go(each) and not sender.rests(each, now))
    if not dry_run:
        store.delete_records(outbox.DELIVERY, dropped)
        kept |= {delivery.id: replace(delivery, may_have_left=True) for delivery in due}
        store.save_records(map(from_delivery, kept.values()))
        store.save_records([outbox.lease(sender.holder, sender.clock)] if due else [])
    return due


def _besides(
    store: Store,
    context: Context,
    looked: Looked,
    every: lifecycle.Reconciled,
    since: datetime | None,
    sender: Sender | None,
    *,
    dry_run: bool,
    baseline: bool,
) -> Filed:
    """What is filed for others than the channels of alerts."""
    if sender is None or sender.besides is None:
        return _NOTHING
    touched = {r.document["id"] for r in store.records(codec.TOUCHED)}
    said = [
        plan
        for plan in looked.open_plans
        if since is None or plan.id in touched or any(entry.at > since for entry in plan.entries)
    ]
    told = outbox.CheckScope(
        store=store,
        moment=outbox.Moment(context.now, sender.clock),
        surely_now=context.surely_now,
        changed=looked.changed,
        said_of=keys_of(number for plan in said for number in plan.references),
        changed_alerts=every.kept,
        live=every.live,
        dry_run=dry_run,
        since=since,
        baseline=baseline,
    )
    return sender.besides.filed(told)
