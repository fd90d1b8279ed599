"""When a check has to look again: an index of moments, and what stands of what is not looked at.

A ``Look`` says of a declaration, or of a plan that waits for one, what the last check made of it,
and from which moment on the rules may say something else. It is filed under the quarter of an hour
of that moment, so a check finds those that are due without reading the others. ``Standing`` holds
in sum what rules ask of all of them: how many wait for each source, since when, what is history.

All of it follows from the rest of a store: where in doubt it is thrown away, and a check looks at
everything.
"""

from __future__ import annotations

import copy
from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from clearance.alerting.rules import CannotAssess, History
from clearance.model import Record
from clearance.named_tuples import NamedTuple
from clearance.shipments import plans
from clearance.shipments.plans import PLAN
from clearance.stores import Store
from clearance.stores.codec import LOOK, LOOKED, TOUCHED, iso, moment, reads

WHOLE_EVERY = timedelta(days=1)
"""How long after a look at everything the next one is due."""
_QUARTER_SECONDS = 900
_STANDING = "standing"
_CHANNELS = "channels"
_OLD = "old"


def plan_unit(id: str) -> str:
    """What a look calls a plan that waits for its declaration; a declaration is its id."""
    return f"plan {id}"


class Look(NamedTuple):
    """What a check made of a declaration, or of a plan that waits for one.

    ``at`` is the moment from which on it has to be looked at again, if time alone can change it;
    ``alerts`` are the ids of those about it that are not over. ``waits`` names the source and the
    customs system that it waits for; ``stay`` the stratum of the stage it stays in, and since when
    by the clock of working time; ``old`` the rules and times of findings that are history;
    ``plans`` the plans about it.
    """

    unit: str
    at: datetime | None = None
    alerts: tuple[str, ...] = ()
    cannot: tuple[CannotAssess, ...] = ()
    waits: tuple[str, str] | None = None
    stay: tuple[str, int] | None = None
    old: tuple[tuple[str, datetime], ...] = ()
    plans: tuple[str, ...] = ()


def from_look(look: Look) -> Record:
    """A record of a look, filed under what it is looked for by."""
    document = {
        "at": iso(look.at),
        "alerts": look.alerts,
        "cannot": [list(reason) for reason in look.cannot],
        "waits": look.waits,
        "stay": look.stay,
        "old": [[rule, iso(since)] for rule, since in look.old],
        "plans": look.plans,
    }
    keys = [f"alert:{id}" for id in look.alerts]
    keys += [_quarter(look.at)] if look.at else []
    keys += [f"stay:{look.stay[0]}"] if look.stay else []
    keys += [_OLD] if look.old else []
    return Record(LOOK, look.unit, {k: v for k, v in document.items() if v}, tuple(keys))


@reads(LOOK)
def to_look(record: Record) -> Look:
    """The look a record was made of."""
    known = record.document
    return Look(
        record.id,
        moment(known.get("at")),
        tuple(known.get("alerts", ())),
        tuple(CannotAssess(rule, name, why, tuple(keys), values, *map(_tuple, standing))
              for rule, name, why, keys, values, *standing in known.get("cannot", ())),
        _tuple(known.get("waits")),
        _tuple(known.get("stay")),
        tuple((rule, datetime.fromisoformat(at)) for rule, at in known.get("old", ())),
        tuple(known.get("plans", ())),
    )  # fmt: skip


def _tuple(written: Any) -> Any:
    return None if written is None else tuple(written)


def _quarter(at: datetime) -> str:
    return f"due:{int(at.timestamp()) // _QUARTER_SECONDS}"


def looks(store: Store, keys: Collection[str] | None = None) -> dict[str, Look]:
    """Looks by what they are of: all, or those filed under any of some keys."""
    found = store.records(LOOK, keys) if keys is None or keys else ()
    return {record.id: to_look(record) for record in found}


def due(store: Store, since: datetime, now: datetime) -> dict[str, Look]:
    """The looks whose moment has come since a check, and some that are due within minutes."""
    first, last = (int(at.timestamp()) // _QUARTER_SECONDS for at in (since, now))
    return looks(store, {f"due:{number}" for number in range(first, last + 1)})


def about_alerts(store: Store, ids: Iterable[str]) -> set[str]:
    """The units whose looks have any of some alerts."""
    return set(looks(store, {f"alert:{id}" for id in ids}))


def staying(store: Store, strata: Iterable[str]) -> set[str]:
    """The units that stay in any of some strata."""
    return set(looks(store, {f"stay:{stratum}" for stratum in strata}))


Usual = tuple[int, int, str] | None
"""How long stays of a stratum usually last, of how many, and by which stratum that is told."""


class Standing:
    """What the looks of a store come to, in sum.

    ``fingerprint`` is of all that answers depend on besides the store and the moment, ``at`` the
    moment of the last check, ``whole_at`` that of the last look at everything. ``waits`` counts
    those that wait for each source, by customs system. ``stays`` holds since when stages last, by
    stratum, sorted; ``usual`` what is usual in each. ``old`` is how many have findings that are
    history, ``by_rule`` how many findings of each rule that are, ``old_since`` the earliest time of
    one. ``muting`` are the alerts about a source that mute others, ``silences`` those in force.
    ``loose`` are the ids of alerts that are about no declaration here.
    """

    def __init__(self, whole_at: datetime | None = None) -> None:
        self.fingerprint = ""
        self.at = datetime.min
        self.whole_at = whole_at
        self.waits: dict[str, Counter[str]] = {}
        self.stays: dict[str, list[int]] = {}
        self.usual: Mapping[str, Usual] = {}
        self.old = 0
        self.by_rule = Counter[str]()
        self.old_since: datetime | None = None
        self.muting: tuple[str, ...] = ()
        self.silences: tuple[str, ...] = ()
        self.loose: tuple[str, ...] = ()

    def copy(self) -> Standing:
        """The same, to be changed by itself."""
        made = copy.copy(self)
        made.waits = {feed: Counter(systems) for feed, systems in self.waits.items()}
        made.stays = {stratum: list(began) for stratum, began in self.stays.items()}
        made.by_rule = Counter(self.by_rule)
        return made

    def add(self, look: Look) -> None:
        """Takes a look in."""
        if look.waits:
            feed, system = look.waits
            self.waits.setdefault(feed, Counter())[system] += 1
        if look.stay:
            stratum, since = look.stay
            insort(self.stays.setdefault(stratum, []), since)
        if look.old:
            self.old += 1
            self.by_rule.update(rule for rule, _ in look.old)
            known = [since for _, since in look.old]
            self.old_since = min([*known, self.old_since] if self.old_since else known)

    def remove(self, look: Look) -> None:
        """Takes a look out again; ``old_since`` then stays what it was."""
        if look.waits:
            feed, system = look.waits
            self.waits[feed][system] -= 1
            self.waits[feed] += Counter()
            if not self.waits[feed]:
                del self.waits[feed]
        if look.stay:
            stratum, since = look.stay
            began = self.stays[stratum]
            del began[bisect_left(began, since)]
            if not began:
                del self.stays[stratum]
        if look.old:
            self.old -= 1
            self.by_rule.subtract(rule for rule, _ in look.old)
            self.by_rule += Counter()

    def history(self) -> History | None:
        """What is history, in sum; None if nothing is."""
        if not self.old or self.old_since is None:
            return None
        return History(self.old, self.by_rule, self.old_since)


def oldest(store: Store, without: Collection[str]) -> datetime | None:
    """The earliest time of what is history, of all looks but some."""
    found = (look for unit, look in looks(store, {_OLD}).items() if unit not in without)
    return min((since for look in found for _, since in look.old), default=None)


def _same(value: Any) -> Any:
    return value


_FIELDS: Mapping[str, tuple[str, Callable[[Any], Any], Callable[[Any], Any]]] = {
    "print": ("fingerprint", _same, _same),
    "at": ("at", iso, moment),
    "whole_at": ("whole_at", iso, moment),
    "waits": ("waits", _same, lambda waits: {feed: Counter(n) for feed, n in waits.items()}),
    "stays": ("stays", _same, dict),
    "usual": ("usual", _same, lambda usual: {name: _tuple(one) for name, one in usual.items()}),
    "old": ("old", _same, _same),
    "by_rule": ("by_rule", _same, Counter),
    "old_since": ("old_since", iso, moment),
    "muting": ("muting", _same, tuple),
    "silences": ("silences", _same, tuple),
    "loose": ("loose", _same, tuple),
}
"""What a record holds of ``Standing``: by key the attribute, how it is written, and how read."""


def from_standing(standing: Standing) -> Record:
    """A record of what stands."""
    document = {key: write(getattr(standing, name)) for key, (name, write, _) in _FIELDS.items()}
    return Record(LOOKED, _STANDING, document)


def standing(store: Store) -> Standing | None:
    """What stands since the last check; None if no check has left any."""
    record = next(store.records(LOOKED, {_STANDING}), None)
    if record is None:
        return None
    made = Standing()
    for key, (name, _, read) in _FIELDS.items():
        setattr(made, name, read(record.document.get(key)))
    return made


def keep(store: Store, replaced: Mapping[str, Look] | None, kept: Collection[Look]) -> None:
    """Keeps looks in the place of some, or of all; those that say the same are not written."""
    before = looks(store) if replaced is None else replaced
    if replaced is None and store.unreadable:
        store.clear_records(LOOK)
        before = {}
    store.delete_records(LOOK, before.keys() - {look.unit for look in kept})
    store.save_records(from_look(look) for look in kept if before.get(look.unit) != look)


def keep_standing(store: Store, standing: Standing | None) -> None:
    """Keeps what stands; where nothing is known of it the next check looks at everything."""
    if standing:
        store.save_records([from_standing(standing)])
    else:
        store.delete_records(LOOKED, {_STANDING})


def settle(store: Store, now: datetime) -> None:
    """What people have touched is looked at; but what they have said of a later moment waits."""
    touched = {r.id: r.document["id"] for r in store.records(TOUCHED)}
    said = store.records(PLAN, set(touched.values())) if touched else ()
    waiting = {r.id for r in said if any(entry.at > now for entry in plans.to_plan(r).entries)}
    store.delete_records(TOUCHED, {name for name, id in touched.items() if id not in waiting})


# Alerts about channels


def about_channels(store: Store) -> set[str] | None:
    """The ids of the alerts about deliveries that are not over; None if nobody has noted them."""
    record = next(store.records(LOOKED, {_CHANNELS}), None)
    return None if record is None else set(record.document["alerts"])


def keep_about_channels(store: Store, ids: Iterable[str]) -> None:
    """Notes which alerts about deliveries are not over."""
    store.save_records([Record(LOOKED, _CHANNELS, {"alerts": sorted(ids)})])
