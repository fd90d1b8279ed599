"""What a check looks at, and what it finds: everything, or only what may have changed.

A check looks again at what was written since the last one, at what people have said something of,
and at what is due: where a rule's answer, or the life of an alert, can have changed by time alone.
Of all else the rules say what they said. Where that cannot be known, as after a change of the
settings, or with a clock that was set back, it looks at everything; and so it does once a day.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import chain

from clearance.alerting import inputs, lifecycle, looks, records, rules
from clearance.alerting.looks import Look, Standing, Usual, plan_unit
from clearance.alerting.rules import CannotAssess, Context, History, Moments, Subject, flow, quality
from clearance.alerting.running import Measures
from clearance.customs.references import identity, identity_keys, keys_of
from clearance.errors import NoCalendar
from clearance.figures import dwell
from clearance.figures.dwell import Dwell, StageStratum
from clearance.hashing import sha256
from clearance.model import ENDED, Alert, Declaration, Finding, Now, Record, Value, replace
from clearance.named_tuples import NamedTuple
from clearance.shipments import filed, plans
from clearance.shipments.plans import PLAN, Plan
from clearance.stores import OPEN, Store
from clearance.stores.codec import DECLARATION, NAMES, TOUCHED
from clearance.timelines import query

_WAY = 3
"""Number of this way of looking; what another has left is not relied on."""


class Looked(Value):
    """What a check has looked at, and what comes of it.

    ``declarations`` are those that are open, or that an alert or an open plan is about, as far as
    they were looked at; ``changed`` are the ids of all that were written since the last check.
    ``kept`` are the looks that take the place of those that were ``replaced``, or of all if that is
    None; ``standing`` is None where the next check cannot rely on any of it.
    """

    declarations: Sequence[Declaration]
    open_plans: Sequence[Plan]
    changed: set[int]
    known: Mapping[str, Alert]
    outcome: lifecycle.Reconciled
    unassessed: Sequence[CannotAssess]
    finished: Sequence[Plan]
    measures: Measures
    standing: Standing | None
    kept: Sequence[Look] = ()
    replaced: Mapping[str, Look] | None = None


class CheckBasis(Value):
    """What a check goes by besides the store: its context, and the intervals of channels."""

    context: Context
    intervals: frozenset[timedelta] = frozenset()

    @property
    def fingerprint(self) -> str | None:
        """A fingerprint of all that answers depend on besides; None if it cannot be told."""
        from clearance import __version__

        context = self.context
        if context.whose and not context.settings_print:
            return None
        told = (
            _WAY, __version__, context.settings_print, context.calendars.digest, context.home,
            sorted(context.settings.items()), sorted(context.contacts.items()),
            sorted(context.targets.items()), sorted(context.sources),
            sorted(context.rests.items()), sorted(self.intervals),
        )  # fmt: skip
        return sha256(repr(told).encode(errors="surrogatepass")).hexdigest()


def looked_again(store: Store, basis: CheckBasis, last: datetime | None) -> Looked | None:
    """What has come of what may have changed; None where everything is to be looked at."""
    standing = looks.standing(store)
    if standing is None or not _relies(store, basis, standing, last):
        return None
    try:
        looked = _Again(store, basis, standing).looked()
    except _Doubt:
        return None
    return None if store.unreadable else looked


class _Doubt(Exception):
    """What was not looked at may have changed too."""


def _relies(store: Store, basis: CheckBasis, standing: Standing, last: datetime | None) -> bool:
    """Whether what the last check left says what would be found of all that is not due."""
    now = basis.context.now
    return (
        standing.at == last
        and standing.whole_at is not None
        and standing.at <= now < standing.whole_at + looks.WHOLE_EVERY
        and standing.fingerprint == basis.fingerprint
        and standing.silences == _silences(store, now)
        and (isinstance(now, Now) or not query.changed_after(store, now))
    )


def _silences(store: Store, now: datetime) -> tuple[str, ...]:
    """The silences in force."""
    known = map(records.to_silence, store.records(records.SILENCE))
    return tuple(sorted(silence.id for silence in lifecycle.active(known, now)))


# Everything


def looked_at_all(store: Store, basis: CheckBasis, known: Mapping[str, Alert]) -> Looked:
    """What has come of everything, given the alerts that are known."""
    now = basis.context.now
    changed = store.unchecked()
    open_plans = [plans.to_plan(record) for record in store.records(PLAN, {plans.OPEN})]
    about = {key for alert in known.values() for key in alert.references}
    about |= keys_of(number for plan in open_plans for number in plan.references)
    ids = query.current(store, now, {OPEN, *about})
    others = changed - ids
    pairs = list(_at(store, ids, now))
    declarations = [declaration for _, declaration in pairs]
    ended = [declaration for declaration in declarations if _has_ended(declaration)]
    about_ended = filed.plans_of(store, chain(ended, query.overview(store, others, now)))
    planned = {plan.id: plan for plan in (*about_ended, *filed.sharing(store, open_plans))}
    context = inputs.complete(store, basis.context, declarations, planned.values())
    waiting = _awaited(inputs.undeclared_plans(open_plans, declarations, now), context)
    judge = _Judge(context, known, open_plans)
    judged = list(map(judge, chain(pairs, waiting)))
    looked_at = {identity(declaration) for declaration in declarations}
    apart = (pair for pair in _at(store, others, now) if identity(pair[1]) not in looked_at)
    judged += filter(_is_told_of, map(judge, apart))
    judged += _unsaid(open_plans, now)
    standing = Standing()
    for one in judged:
        standing.add(one.look)
    outcome, unassessed = _reconciled(store, judge, judged, declarations, standing.history())
    finished = inputs.finished_plans(open_plans, declarations, context.surely_now)
    kept = list(_kept(judged, outcome, basis, open_plans, finished))
    usual = _usual(standing, dwell.dwell_of(store, context.calendars, standing.stays, now))
    relied_on = basis.fingerprint is not None and not query.changed_after(store, now)
    looked = Looked(
        declarations=declarations,
        open_plans=open_plans,
        changed=changed,
        known=known,
        outcome=outcome,
        unassessed=unassessed,
        finished=finished,
        measures=_measures(context, standing, usual),
        standing=None,
    )
    if not relied_on:
        return looked
    after = _standing(store, basis, Standing(whole_at=now), kept, outcome, usual)
    return replace(looked, standing=after, kept=kept)


def _at(store: Store, ids: Collection[int], now: datetime) -> Iterator[tuple[str, Declaration]]:
    """Declarations as they were known at a moment, each with what a look calls it.

    Without a name where a later event has changed any: there may have been more of them then.
    """
    if query.changed_after(store, now):
        return (("", declaration) for declaration in query.snapshot(store, ids, now))
    return ((str(id), known) for id, known in query.known_timelines(store, ids, now))


def _has_ended(declaration: Declaration) -> bool:
    """Whether plans about a declaration may be archived."""
    return not declaration.open or any(event.stage in ENDED for event in declaration.events)


def _awaited(waiting: Iterable[Plan], context: Context) -> list[tuple[str, Declaration]]:
    """The declarations that plans wait for."""
    return [
        (plan_unit(plan.id), inputs.awaited_declaration(plan, context.now, context.home))
        for plan in waiting
    ]


# What may have changed


class _Group(NamedTuple):
    """What is looked at together.

    ``before`` are the looks as they were; ``about`` the open plans about any of ``declared``,
    ``awaited`` those that wait for a declaration; ``planned`` all plans that rules need.
    ``besides`` names what shares a plan or an alert with any of it.
    """

    before: dict[str, Look]
    declared: list[tuple[str, Declaration]]
    about: list[Plan]
    awaited: list[Plan]
    planned: list[Plan]
    besides: set[str]


class _Again:
    """Looks again at what may have changed, and at all that shares an alert or a plan with it."""

    def __init__(self, store: Store, basis: CheckBasis, before: Standing) -> None:
        self._store = store
        self._basis = basis
        self._now = basis.context.now
        self._before = before
        self._changed = store.unchecked()

    def looked(self) -> Looked:
        """What has come of it; raises _Doubt."""
        units = self._first()
        while True:
            group = self._group(units)
            besides = group.besides - units
            if not besides:
                looked, besides = self._looked(group)
                besides -= units
            if not besides:
                return looked
            units |= besides

    def _first(self) -> set[str]:
        """What was written, what people said something of, and what is due; raises _Doubt where
        messages have come by another source, which tells what a declaration waits for.
        """
        units = {str(id) for id in self._changed}
        units |= looks.due(self._store, self._before.at, self._now).keys()
        touched = [(r.document["kind"], r.document["id"]) for r in self._store.records(TOUCHED)]
        units |= {id for kind, id in touched if kind == DECLARATION}
        units |= {plan_unit(id) for kind, id in touched if kind == PLAN}
        if self._basis.context.sources and any(kind == NAMES for kind, _ in touched):
            raise _Doubt
        alerts = {id for kind, id in touched if kind == records.ALERT}
        return units | looks.about_alerts(self._store, alerts)

    def _group(self, units: set[str]) -> _Group:
        """What some units are and were, and what belongs to them."""
        store = self._store
        before = looks.looks(store, units)
        declared = list(_at(store, {int(unit) for unit in units if unit.isdigit()}, self._now))
        found = self._plans(units, before, declared)
        open_plans = [plans.to_plan(record) for record in found if plans.OPEN in record.keys]
        declared_as = {plan.id: self._about(plan, declared) for plan in open_plans}
        ended = [declaration for _, declaration in declared if _has_ended(declaration)]
        planned = {plan.id: plan for plan in filed.plans_of(store, ended)}
        shared = {key for plan in open_plans for key in plans.from_plan(plan).keys}
        alike = (record for record in found if not shared.isdisjoint(record.keys))
        planned |= {plan.id: plan for plan in map(plans.to_plan, alike)}
        alerts = {id for look in before.values() for id in look.alerts}
        return _Group(
            before,
            declared,
            [plan for plan in open_plans if declared_as[plan.id]],
            [plan for plan in open_plans if not declared_as[plan.id]],
            list(planned.values()),
            set(chain.from_iterable(declared_as.values()))
            | looks.looks(store, {plan_unit(plan.id) for plan in open_plans}).keys()
            | looks.about_alerts(store, alerts),
        )

    def _plans(
        self,
        units: Iterable[str],
        before: Mapping[str, Look],
        declared: Iterable[tuple[str, Declaration]],
    ) -> list[Record]:
        """The plans about some declarations, those that were about them, some others, and those
        that share a number with any of these, also one that a plan was given.
        """
        names = {id for look in before.values() for id in look.plans}
        names |= {unit.removeprefix(plan_unit("")) for unit in units if not unit.isdigit()}
        names |= plans.keys(number for _, one in declared for number in one.numbers)
        found = list(self._store.records(PLAN, names)) if names else []
        if more := {key for record in found for key in record.keys} - {*names, plans.OPEN}:
            found = list(self._store.records(PLAN, names | more))
        return found

    def _about(self, plan: Plan, declared: Iterable[tuple[str, Declaration]]) -> set[str]:
        """The declarations that a plan is about: those with its numbers, and of those that a check
        looks at the ones with another number that it was given.
        """
        keys = plans.from_plan(plan).keys
        given = {key.partition(":")[2] for key in keys if ":" in key}
        others = looks.looks(self._store, {str(id) for id in self._store.ids(keys_of(given))})
        mine = {u for u, d in declared if d.open and not plans.keys(d.numbers).isdisjoint(keys)}
        return {*map(str, self._store.ids(keys_of(plan.references))), *others, *mine}

    def _looked(self, group: _Group) -> tuple[Looked, set[str]]:
        """What has come of a group, and what has to be looked at besides; raises _Doubt."""
        store, basis = self._store, self._basis
        known = self._known(group)
        declarations = [declaration for _, declaration in group.declared]
        context = inputs.about_some(store, basis.context, declarations, group.planned)
        rest = self._rest(group)
        after = rest.copy()
        for look in _Judge(context, known, group.about).waiting(group.declared):
            after.add(look)
        usual_stays = dwell.dwell_of(store, context.calendars, after.stays, self._now)
        usual = _usual(after, usual_stays)
        informed = inputs.with_feeds(
            store, replace(context, dwell=usual_stays), _one_system(after.waits)
        )
        open_plans = [*group.about, *group.awaited]
        judge = _Judge(informed, known, open_plans)
        awaited = _awaited((plan for plan in group.awaited if plan.said(self._now)), context)
        judged = list(map(judge, chain(group.declared, awaited)))
        judged += _unsaid(open_plans, self._now)
        for one in judged:
            after.add(Look(one.look.unit, old=one.look.old))
        outcome, unassessed = _reconciled(store, judge, judged, declarations, after.history())
        if lifecycle.muting_feeds(outcome.live, rules.policies()) != self._before.muting:
            raise _Doubt
        finished = list(self._finished(group))
        kept = list(_kept(judged, outcome, basis, open_plans, finished))
        looked = Looked(
            declarations=declarations,
            open_plans=open_plans,
            changed=self._changed,
            known=known,
            outcome=outcome,
            unassessed=unassessed,
            finished=finished,
            measures=_measures(context, after, usual),
            standing=_standing(store, basis, rest, kept, outcome, usual),
            kept=kept,
            replaced=group.before,
        )
        back = {alert.id for alert in outcome.live} - known.keys()
        return looked, looks.about_alerts(store, back) | looks.staying(store, self._unusual(usual))

    def _known(self, group: _Group) -> dict[str, Alert]:
        """The alerts about what is looked at, and those that are about no declaration."""
        ids = {id for look in group.before.values() for id in look.alerts}
        found = records.some_alerts(self._store, {*ids, *self._before.loose})
        return {alert.id: alert for alert in found if alert.unresolved}

    def _rest(self, group: _Group) -> Standing:
        """What stands without what is looked at."""
        rest = self._before.copy()
        for look in group.before.values():
            rest.remove(look)
        ends = {since for look in group.before.values() for _, since in look.old}
        if rest.old_since in ends:
            rest.old_since = looks.oldest(self._store, group.before)
        return rest

    def _unusual(self, usual: Mapping[str, Usual]) -> list[str]:
        """The strata in which another length of stay is usual than at the last check."""
        return [
            stratum
            for stratum, before in self._before.usual.items()
            if stratum in usual and _length(usual[stratum]) != _length(before)
        ]

    def _finished(self, group: _Group) -> Iterator[Plan]:
        """The plans that no check needs any more: all that they are about is closed."""
        over = [d for _, d in group.declared if not d.open]
        closed = plans.keys(number for declaration in over for number in declaration.numbers)
        moment = self._basis.context.surely_now
        for plan in group.about if closed else ():
            if not closed.isdisjoint(plans.from_plan(plan).keys):
                ids = {int(unit) for unit in self._about(plan, group.declared)}
                about = list(query.overview(self._store, ids, self._now))
                yield from inputs.finished_plans([plan], about, moment)


def _one_system(waits: Mapping[str, Counter[str]]) -> dict[str, tuple[str, int]]:
    """The customs system that each source brings, and how many wait; raises _Doubt for two."""
    if any(len(systems) > 1 for systems in waits.values()):
        raise _Doubt
    return {
        feed: (system, count)
        for feed, systems in waits.items()
        for system, count in systems.items()
    }


def _length(usual: Usual) -> tuple[int, str] | None:
    """The usual length of a stay and its stratum, without the number of stays."""
    return usual and (usual[0], usual[2])


# What is found


class _Judged(NamedTuple):
    """What the rules make of a declaration, or of one that a plan waits for."""

    look: Look
    findings: Sequence[Finding]
    keys: Collection[str]
    is_open: bool


def _unsaid(open_plans: Iterable[Plan], now: datetime) -> Iterator[_Judged]:
    """Plans of which nothing was said by a moment: they are looked at when it was."""
    for plan in open_plans:
        if plan.entries and not plan.said(now):
            look = Look(plan_unit(plan.id), at=min(entry.at for entry in plan.entries))
            yield _Judged(look, (), (), is_open=True)


def _is_told_of(judged: _Judged) -> bool:
    return bool(judged.findings or judged.look.old or judged.look.cannot)


class _Judge:
    """Has the rules judge one declaration after the other."""

    def __init__(
        self, context: Context, known: Mapping[str, Alert], open_plans: Iterable[Plan]
    ) -> None:
        self.known = known
        self._moments = Moments(context.now)
        self.context = replace(context, moments=self._moments)
        self._followed = {k for a in known.values() for k in a.references if a.unresolved}
        self._about = {key for alert in known.values() for key in alert.references}
        self._plans: dict[str, list[str]] = {}
        for plan in open_plans:
            for key in plans.keys(plan.references):
                self._plans.setdefault(key, []).append(plan.id)
        summary = rules.RULES[quality.old_declarations.__name__]
        settings = context.settings_of(summary.name, summary.defaults)
        self._history = timedelta(days=settings["days"]) if settings["enabled"] else None

    def __call__(self, pair: tuple[str, Declaration]) -> _Judged:
        """What the rules make of a declaration, and when they may say something else."""
        _, declaration = pair
        self._moments.next = None
        context = self.context
        findings, old, cannot = list[Finding](), list[Finding](), list[CannotAssess]()
        for outcome in rules.judged(declaration, context):
            if isinstance(outcome, CannotAssess):
                cannot.append(outcome)
            elif self._is_history(outcome):
                old.append(outcome)
            else:
                findings.append(outcome)
        if any(f.running is None for f in findings) or inputs.is_unsent(declaration):
            context.moving()
        (look,) = self.waiting([pair])
        look = look._replace(
            at=self._moments.next, cannot=tuple(cannot), old=tuple((f.rule, f.since) for f in old)
        )
        return _Judged(look, findings, identity_keys(declaration), declaration.open)

    def waiting(self, pairs: Iterable[tuple[str, Declaration]]) -> Iterator[Look]:
        """A look at each declaration that waits: its present stay, and the plans about it."""
        context = self.context
        for unit, declaration in pairs:
            about = plans.keys(declaration.numbers) if self._plans else ()
            mine = tuple(sorted({id for key in about for id in self._plans.get(key, ())}))
            is_looked_at = mine or not self._about.isdisjoint(identity_keys(declaration))
            look = Look(unit, plans=mine)
            if not declaration.events or not (declaration.open or is_looked_at):
                yield look
                continue
            began = dwell.began(declaration, context.calendars, context.now)
            is_open = declaration.open and not context.given_up(declaration)
            yield look._replace(
                waits=(context.feed(declaration), declaration.system) if is_open else None,
                stay=(began[0].id, began[1]) if began else None,
            )

    def _is_history(self, finding: Finding) -> bool:
        """Whether nothing was said, and nothing began to be wrong, for long, and no alert is known
        of it.
        """
        if self._history is None or finding.heard_at is None:
            return False
        if not self._followed.isdisjoint(finding.references):
            return False
        return self.context.over(max(finding.heard_at, finding.since), self._history)


def _reconciled(
    store: Store,
    judge: _Judge,
    judged: Iterable[_Judged],
    declarations: Iterable[Declaration],
    history: History | None,
) -> tuple[lifecycle.Reconciled, list[CannotAssess]]:
    """Findings compared with the known alerts; and what cannot be assessed."""
    context, known = judge.context, judge.known
    surveyed = [
        *rules.surveyed(context, Subject.STORE),
        *rules.surveyed(replace(context, old=history), Subject.HISTORY),
    ]
    unassessed = [one for one in surveyed if isinstance(one, CannotAssess)]
    unassessed += chain.from_iterable(one.look.cannot for one in judged)
    findings = [one for one in surveyed if isinstance(one, Finding)]
    findings += chain.from_iterable(one.findings for one in judged)
    evidence = lifecycle.Evidence(
        _last_events(known, declarations),
        *_standing_alerts(unassessed, whole=not store.unreadable),
        flow.resting(context),
        context.clock,
    )
    return reconciled(store, known, findings, context.now, evidence), unassessed


def _standing_alerts(
    unassessed: Iterable[CannotAssess], *, whole: bool
) -> tuple[set[tuple[str, str]], set[str]]:
    """Whose alerts stand since rules cannot judge them: all of a rule about a key, and ids.

    Of a store that is not ``whole``, a fact that nobody said may be what could not be read.
    """
    all_of, ids = set[tuple[str, str]](), set[str]()
    for reason in unassessed:
        if reason.standing is None or not whole:
            all_of.update((reason.rule, key) for key in reason.references)
        else:
            ids.update(lifecycle.identity(reason.rule, origin) for origin in reason.standing)
    return all_of, ids


def _last_events(
    known: Mapping[str, Alert], declarations: Iterable[Declaration]
) -> dict[str, datetime]:
    """The time of the last event by index key, if any known alert settles; else nothing."""
    policies = rules.policies()
    if not any(a.rule in policies and policies[a.rule].settle for a in known.values()):
        return {}
    return {k: d.last_at for d in declarations if d.last_at for k in identity_keys(d)}


def reconciled(
    store: Store,
    known: Mapping[str, Alert],
    findings: Sequence[Finding],
    now: datetime,
    evidence: lifecycle.Evidence,
) -> lifecycle.Reconciled:
    """Compares findings with the unresolved alerts, and with resolved ones of the same ids."""
    others = {id for finding in findings for id in lifecycle.ids(finding)} - known.keys()
    past = {alert.id: alert for alert in records.some_alerts(store, others)} if others else {}
    silences = list(map(records.to_silence, store.records(records.SILENCE)))
    return lifecycle.reconcile(
        {**past, **known}, findings, now, rules.policies(), silences, evidence
    )


# What is left for the next check


def _kept(
    judged: Iterable[_Judged],
    outcome: lifecycle.Reconciled,
    basis: CheckBasis,
    open_plans: Iterable[Plan],
    finished: Iterable[Plan],
) -> Iterator[Look]:
    """The looks to keep: of what is open, or what an alert or an open plan is about."""
    archived = {plan.id for plan in finished}
    ends = {plan.id: inputs.pick_up_ends(plan, basis.context.surely_now) for plan in open_plans}
    by_key: dict[str, list[Alert]] = {}
    for alert in outcome.live:
        for key in alert.references:
            by_key.setdefault(key, []).append(alert)
    policies, now = rules.policies(), basis.context.now
    for one in judged:
        about = {alert.id: alert for key in one.keys for alert in by_key.get(key, ())}
        left = tuple(id for id in one.look.plans if id not in archived)
        if one.is_open or about or left:
            times = [
                lifecycle.next_moment(a, policies[a.rule], now, basis.intervals)
                for a in about.values()
                if a.rule in policies
            ]
            times += [ends.get(id) for id in left]
            at = min(filter(None, [one.look.at, *times]), default=None)
            yield one.look._replace(at=at, alerts=tuple(sorted(about)), plans=left)


def _usual(standing: Standing, stays: Dwell) -> dict[str, Usual]:
    """What is usual in each stratum that any declaration stays in."""
    found = {id: stays.usual(StageStratum.of(id)) for id in standing.stays}
    return {id: one and (one.seconds, one.n, one.stratum.id) for id, one in found.items()}


def _measures(context: Context, standing: Standing, usual: Mapping[str, Usual]) -> Measures:
    """What is noted for the values of alerts that run on with time."""
    worked = {}
    for system in {StageStratum.of(id).system for id in standing.stays}:
        with suppress(NoCalendar):
            worked[system] = context.calendars.of(system).clock(context.now)
    return Measures(context.now, worked, {id: one[1] for id, one in usual.items() if one})


def _standing(
    store: Store,
    basis: CheckBasis,
    rest: Standing,
    kept: Iterable[Look],
    outcome: lifecycle.Reconciled,
    usual: Mapping[str, Usual],
) -> Standing:
    """What stands of what was not looked at, together with the looks that are kept."""
    after, attached = rest.copy(), set[str]()
    for look in kept:
        after.add(look)
        attached.update(look.alerts)
    after.fingerprint = basis.fingerprint or ""
    after.at = basis.context.now
    after.usual = usual
    after.muting = lifecycle.muting_feeds(outcome.live, rules.policies())
    after.silences = _silences(store, basis.context.now)
    after.loose = tuple(sorted({alert.id for alert in outcome.live} - attached))
    return after
