"""Acknowledgements of alerts, and silences: both keep notifications back until a time.

``now`` is always an argument, aware.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from clearance.alerting import lifecycle, records
from clearance.alerting.records import SILENCE
from clearance.alerting.rules import RULES
from clearance.calendar import Calendar
from clearance.customs import systems, tables
from clearance.customs.references import identity_keys, keys_of
from clearance.errors import BadArgument, NotFound
from clearance.hashing import sha256
from clearance.model import Alert, Remark, Silence, normal
from clearance.stores import Store
from clearance.timelines import query

_MAX_TERM = timedelta(days=366)
"""How long at most an acknowledgement or a silence lasts."""
_MAX_NEAR = 10
"""Offices that an error names."""
_MIN_ID = 4
"""Characters of an id that say which is meant; fewer are a slip."""
SEVERITIES = {"info": "info", "提示": "info", "warning": "warning", "警告": "warning",
              "critical": "critical", "严重": "critical"}  # fmt: skip
"""Severities by what people call them."""
DIRECTIONS = {"import": "import", "进口": "import", "export": "export", "出口": "export",
              "transit": "transit", "转关": "transit", "过境": "transit"}  # fmt: skip
"""Directions by what people call them."""

_Found = TypeVar("_Found", Alert, Silence)


def alert(store: Store, id: str) -> Alert:
    """The alert with an id, or whose id alone begins so; raises NotFound."""
    exact = list(records.some_alerts(store, {id}))
    if exact:
        return exact[0]
    return _only(_begin_so(records.all_alerts(store), id), id)


def alert_known(store: Store, id: str, as_of: datetime, clock: datetime) -> Alert:
    """The same where it had fired by a moment, as ``records.alerts`` has it; raises NotFound."""
    found = alert(store, id)
    return _only([found] if records.had_fired(found, as_of, clock) else [], id)


def _begin_so(some: Iterable[_Found], id: str) -> list[_Found]:
    """What has an id that begins so; nothing for a beginning that is too short."""
    start = id.strip().casefold()
    return [one for one in some if len(start) >= _MIN_ID and one.id.startswith(start)]


def _only(found: Sequence[_Found], id: str) -> _Found:
    """The one that was found; raises NotFound for none or several."""
    if len(found) == 1:
        return found[0]
    if len(id.strip()) < _MIN_ID:
        raise NotFound("{id!r}: give at least {least} characters of an id", id=id, least=_MIN_ID)
    if found:
        raise NotFound("{count} ids begin with {id!r}: give more of it", count=len(found), id=id)
    raise NotFound(
        "no alert has an id that begins with {id!r}: see clearance alerts list --all", id=id
    )


def acknowledge(
    store: Store,
    targets: Sequence[str],
    until: datetime,
    now: datetime,
    said: Remark = Remark(),  # noqa: B008
) -> list[Alert]:
    """Acknowledges alerts: they are not repeated until ``until``, unless they get worse.

    A target is an id or its beginning, any number of a declaration, or a rule: of the latter two
    all alerts that are not over. A rule's name is taken for a number only where one is just that.
    Raises NotFound, or BadArgument for a time that cannot be or an alert that is over; then none is
    acknowledged.
    """
    _check_term(until, now)
    with store.transaction():
        live = list(records.all_alerts(store, live=True))
        chosen = {one.id: one for target in targets for one in _targets(store, live, target, now)}
        seen = [lifecycle.acknowledged(one, until, now, said) for one in chosen.values()]
        store.save_records(records.changed_by_people(seen))
    return records.as_they_stand(store, seen, now)


def _targets(store: Store, live: Sequence[Alert], target: str, now: datetime) -> list[Alert]:
    """The unresolved alerts that an id, a declaration's number or a rule names."""
    if exact := [one for one in live if one.id == target]:
        return exact
    name = _rule_called(target)
    if name and not _is_number(store, live, target):
        return _some([one for one in live if one.rule == name], target)
    about = _about(live, store, target, now)
    if about is not None:
        return about
    one = alert(store, target)
    if not one.unresolved:
        raise BadArgument("alert {id} is over: there is nothing to acknowledge", id=one.id)
    return [one]


def _about(alerts: Iterable[Alert], store: Store, number: str, now: datetime) -> list[Alert] | None:
    """The alerts about the declarations with a number; None if no declaration has it."""
    try:
        declarations = query.find(store, [number], now)
    except NotFound:
        return _named(alerts, number) or None
    keys = {key for declaration in declarations for key in identity_keys(declaration)}
    return _some([one for one in alerts if not keys.isdisjoint(one.references)], number)


def _named(alerts: Iterable[Alert], number: str) -> list[Alert]:
    """The alerts about what is called by a number, also about what is only planned."""
    wanted = normal(number)
    return [one for one in alerts if one.declaration and normal(one.declaration) == wanted]


def _is_number(store: Store, alerts: Iterable[Alert], text: str) -> bool:
    """Whether what is also a rule's name is the number of a declaration or a plan, all of it."""
    return bool(_named(alerts, text) or store.ids(keys_of([text])))


def _some(alerts: list[Alert], target: str) -> list[Alert]:
    """Alerts; raises BadArgument if there are none."""
    if not alerts:
        raise BadArgument("no alert about {target} is open", target=target)
    return alerts


def next_working_day(calendar: Calendar, now: datetime) -> datetime:
    """The end of the next working day, when an acknowledgement ends unless people say otherwise.

    Raises NoCalendar.
    """
    day = calendar.roll(now.astimezone(calendar.zone).date() + timedelta(days=1))
    midnight = datetime(day.year, day.month, day.day, tzinfo=calendar.zone)
    return midnight + timedelta(seconds=calendar.closes)


def silence(
    store: Store,
    match: Mapping[str, str],
    until: datetime,
    now: datetime,
    said: Remark = Remark(),  # noqa: B008
    sources: Collection[str] = (),
) -> Silence:
    """The silence of alerts that match every label, until a time; ``keep`` keeps it.

    ``sources`` are the names of those that are set. Raises BadArgument for a value that no alert
    can have, NotFound for an id or a number that is not known.
    """
    _check_term(until, now)
    known = {key: _known_value(store, key, value, now, sources) for key, value in match.items()}
    written = sorted(known.items())
    id = sha256(f"{written} {now} {until}".encode()).hexdigest()[:12]
    return Silence(id, dict(written), now, until, said)


def keep(store: Store, made: Silence) -> None:
    """Keeps a silence: from now on it holds."""
    with store.transaction():
        store.save_records([records.from_silence(made)])


def _known_value(
    store: Store, key: str, written: str, now: datetime, sources: Collection[str]
) -> str:
    """The value of a label as alerts have it; raises for one that none can have."""
    if key == "id":
        return alert(store, written).id
    if key == "office":
        return _office(store, written, now)
    if key == "declaration":
        return _name(store, written, now)
    if key == "feed" and written not in {*systems(), *sources, *_labelled(store, "feed")}:
        raise BadArgument(
            "there is no source {written}; there are {choices}",
            written=written,
            choices=sorted({*systems(), *sources}),
        )
    return written


def _labelled(store: Store, label: str) -> set[str]:
    """The values that a label has in the alerts that were ever raised."""
    return {a.labels[label] for a in records.all_alerts(store) if label in a.labels}


def _office(store: Store, written: str, now: datetime) -> str:
    """The code of an office by its code or its name; raises BadArgument for what is none.

    A code that no table has is one if a declaration that is open, or an alert, bears it.
    """
    codes = (tables.code_of(system, "offices", written) for system in systems())
    if code := next(filter(None, codes), None):
        return code
    if written in _labelled(store, "office") or any(
        one.office == written for one in query.overview(store, query.current(store, now), now)
    ):
        return written
    found = [entry for system in systems() for entry in tables.search(system, "offices", written)]
    near = [] if written.isdecimal() else [entry.code for entry in found]
    if len(near) == 1:
        return near[0]
    if near:
        raise BadArgument(
            "{written}: which office? There are {choices}",
            written=written,
            choices=[*near[:_MAX_NEAR], *(["…"] if len(near) > _MAX_NEAR else [])],
        )
    raise BadArgument(
        "{written}: no office is known by that; clearance codes offices lists them",
        written=written,
    )


def _name(store: Store, written: str, now: datetime) -> str:
    """The name of the declaration with a number; of what is only planned, the number."""
    known = {a.declaration for a in records.all_alerts(store) if a.declaration}
    same = (name for name in known if normal(name) == normal(written))
    if name := next(same, None):
        return name
    names = {declaration.name for declaration in query.find(store, [written], now)}
    if len(names) > 1:
        raise BadArgument(
            "{number} belongs to {count} declarations ({names}): give a number of the one that you "
            "mean, or --all",
            number=written,
            count=len(names),
            names=sorted(names),
        )
    return names.pop() if names else written


def silences(store: Store, now: datetime, *, everything: bool = False) -> list[Silence]:
    """Active silences, those that end first first; with ``everything`` expired ones too."""
    known = [s for s in map(records.to_silence, store.records(SILENCE)) if s.since <= now]
    return sorted((s for s in known if everything or now < s.until), key=lambda s: (s.until, s.id))


def matched(store: Store, silences: Iterable[Silence]) -> dict[str, int]:
    """How many alerts that are not over match each silence, by its id."""
    live = list(records.all_alerts(store, live=True))
    return {s.id: sum(lifecycle.matches(one, s.match) for one in live) for s in silences}


def end(
    store: Store,
    id: str,
    now: datetime,
    said: Remark = Remark(),  # noqa: B008
) -> Alert | Silence:
    """Ends a silence, or the acknowledgement of an alert, before its time.

    Either is named by its id or the beginning of it. Raises NotFound, or BadArgument for an alert
    that is not acknowledged.
    """
    with store.transaction():
        silences = list(map(records.to_silence, store.records(SILENCE)))
        found: list[Alert | Silence] = [s for s in silences if s.id == id]
        found = found or [*_begin_so(silences, id), *_begin_so(records.all_alerts(store), id)]
        if len(found) > 1:
            raise NotFound(
                "{count} ids begin with {id!r}: give more of it", count=len(found), id=id
            )
        one = found[0] if found else alert(store, id)
        if isinstance(one, Alert):
            return _end_acknowledgement(store, one, now, said)
        ended = one._replace(until=min(one.until, max(now, one.since)))
        store.save_records([records.from_silence(ended)])
        return ended


def _end_acknowledgement(store: Store, known: Alert, now: datetime, said: Remark) -> Alert:
    if known.acknowledged_until is None:
        raise BadArgument("alert {id} is not acknowledged", id=known.id)
    ended = lifecycle.unacknowledged(known, now, "acknowledgement ended", said)
    store.save_records(records.changed_by_people([ended]))
    return records.as_they_stand(store, [ended], now)[0]


# What a silence matches


def matching(words: Sequence[str]) -> dict[str, str]:
    """The labels in ``key=value`` words.

    Raises BadArgument for a key that no alert has, or a value that it cannot have.
    """
    match: dict[str, str] = {}
    for word in words:
        key, sign, value = (part.strip() for part in word.partition("="))
        if not sign or not value or key not in lifecycle.LABELS or key in match:
            raise BadArgument(
                "--match {word}: write key=value, each key once; keys are {choices}",
                word=word,
                choices=list(lifecycle.LABELS),
            )
        match[key] = _VALUES[key](value) if key in _VALUES else value
    if not match:
        raise BadArgument("--match is missing: a silence must say what it silences")
    return match


def _rule_called(written: str) -> str | None:
    """The name of a rule by its name or its title in any language."""
    wanted = normal(written.replace("_", " "))
    for rule in RULES.values():
        if wanted in {normal(title) for title in rule.title.values()}:
            return rule.name
    return None


def _rule(written: str) -> str:
    name = _rule_called(written)
    if name is None:
        raise BadArgument(
            "there is no rule {written}; there are {choices}",
            written=written,
            choices=list(RULES),
        )
    return name


def _one_of(choices: Mapping[str, str]) -> Callable[[str], str]:
    def chosen(written: str) -> str:
        value = choices.get(written.casefold())
        if value is None:
            raise BadArgument("{written}: choose {choices}", written=written, choices=list(choices))
        return value

    return chosen


_VALUES: Mapping[str, Callable[[str], str]] = {
    "rule": _rule,
    "severity": _one_of(SEVERITIES),
    "direction": _one_of(DIRECTIONS),
}
"""How the value of a label is read, where it can be checked."""


def _check_term(until: datetime, now: datetime) -> None:
    if not now < until <= now + _MAX_TERM:
        raise BadArgument(
            "--until {until}: must lie after {now}, by {days} days at most",
            until=until.isoformat(),
            now=now.isoformat(),
            days=_MAX_TERM.days,
        )
