"""Declarations in JSON and as timelines, as ``status``, ``list`` and ``explain`` show them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any

from clearance.customs import systems, tables, words
from clearance.customs.references import identity_keys, in_order
from clearance.model import (
    INTERVALS,
    SAID_MILESTONES,
    Action,
    Alert,
    Declaration,
    Event,
    Flag,
    Inconsistency,
    Says,
    Stage,
    Statement,
    Submission,
    Summary,
    Words,
    in_language,
    replace,
)
from clearance.render import Cell, Table, saying
from clearance.render.saying import statements_json
from clearance.render.tables import (
    SCHEMA,
    columns,
    iso,
    minute,
    short_id,
    short_moment,
    translated,
)
from clearance.render.text import duration, shown
from clearance.render.words import interval_word, punctuated, say, worded
from clearance.shipments import Said

if TYPE_CHECKING:
    from clearance.model.content import Content

MARKS: Mapping[Stage | None, str] = {
    Stage.RELEASED: "good",
    Stage.CLEARED: "good",
    Stage.REJECTED: "bad",
    Stage.WITHDRAWN: "bad",
    Stage.INSPECTION: "warn",
    Stage.ACTION_DUE: "warn",
    Stage.SUSPENDED: "warn",
}
"""The style of a row by its stage."""
_SINCE: Words = {"en": ", since {at}", "zh": ", 自 {at} 起"}
_UNTIL: Words = {"en": ", by {at}", "zh": ", 限 {at} 前"}
_REPEATED = r"\b([A-Z0-9]{12,})(?:[,，]\1)+"
_OR: Words = {"en": "; or: ", "zh": "；或为："}
_SAID: Words = {"en": " (said {at})", "zh": " ({at} 登记)"}
_SAID_BY: Words = {"en": " (said {at}, {by})", "zh": " ({at} {by} 登记)"}
_TOLD: Words = {"en": "; a message says {told}", "zh": "; 报文为 {told}"}
_LENGTHS = ("declare-release", "release-close", "declare-close")
"""Intervals that a person is shown with a declaration."""


def said_json(facts: Mapping[str, Said]) -> dict[str, Any]:
    """What people said of a shipment; ``told`` is what messages tell instead."""
    return {
        name: {
            "value": fact.value,
            "by": fact.by,
            "at": iso(fact.at),
            **({"told": fact.told} if fact.told else {}),
        }
        for name, fact in facts.items()
    }


def with_customers(data: dict[str, Any], customers: Sequence[str | None] | None) -> None:
    """Adds whose goods they are to declarations in JSON; null where nobody is known."""
    declarations = data["declarations"]
    for written, name in zip(declarations, customers or [None] * len(declarations), strict=True):
        written["customer"] = name


def alerts_about(declarations: Iterable[Summary], alerts: Iterable[Alert]) -> list[list[Alert]]:
    """The alerts about each declaration, in order of their beginning."""
    by_key: dict[str, list[Alert]] = {}
    for alert in alerts:
        for key in alert.references:
            by_key.setdefault(key, []).append(alert)
    return [_about(declaration, by_key) if by_key else [] for declaration in declarations]


def _about(declaration: Summary, by_key: Mapping[str, list[Alert]]) -> list[Alert]:
    by_id = {a.id: a for key in identity_keys(declaration) for a in by_key.get(key, ())}
    return sorted(by_id.values(), key=lambda alert: (alert.since, alert.id))


# JSON


def declarations_json(
    declarations: Iterable[Summary],
    about: Iterable[Sequence[Alert]],
    as_of: datetime,
    lang: str,
    *,
    events: bool,
) -> dict[str, Any]:
    """Declarations as one object; ``about`` are the alerts of each."""
    return {
        "schema": SCHEMA,
        "as_of": iso(as_of),
        "declarations": [
            declaration_json(declaration, alerts, lang, events=events)
            for declaration, alerts in zip(declarations, about, strict=True)
        ],
    }


def declaration_json(
    declaration: Summary, alerts: Iterable[Alert], lang: str, *, events: bool
) -> dict[str, Any]:
    """A declaration as ``status``, ``list`` and ``explain`` give it."""
    data: dict[str, Any] = {
        "dialect": declaration.system,
        "references": {kind: list(values) for kind, values in declaration.references.items()},
        "direction": declaration.direction,
        "office": declaration.office,
        "facts": declaration.facts,
        "stage": declaration.stage,
        "since": iso(declaration.since),
        "open": declaration.open,
        "guaranteed": declaration.guaranteed,
        "declared_at": iso(declaration.declared_at),
        "first_declared_at": iso(declaration.first_declared_at),
        "dated_at": iso(declaration.dated_at),
        "accepted_at": iso(declaration.accepted_at),
        "reviewed_at": iso(declaration.reviewed_at),
        "examined_from": iso(declaration.examined_from),
        "examined_until": iso(declaration.examined_until),
        "tax_noticed_at": iso(declaration.tax_noticed_at),
        "released_at": iso(declaration.released_at),
        "cleared_at": iso(declaration.cleared_at),
        "withdrawn_at": iso(declaration.withdrawn_at),
        **{name: iso(getattr(declaration, name)) for name in SAID_MILESTONES},
        "intervals": {name: declaration.interval(name) for name in INTERVALS},
        "outstanding": list(map(_action_json, declaration.outstanding)),
        "episodes": list(map(_submission_json, declaration.submissions)),
        "remarks": list(map(_inconsistency_json, declaration.inconsistencies)),
        **statements_json(declaration),
        "alerts": _alerts_json(alerts, lang),
    }
    if events and isinstance(declaration, Declaration):
        data["events"] = [event_json(event) for event in declaration.events]
    return data


def _alerts_json(alerts: Iterable[Alert], lang: str) -> list[dict[str, Any]]:
    """The alerts about a declaration; most that are looked up have none."""
    about = list(alerts)
    if not about:
        return []
    from clearance.render.alerts import alert_json

    return [alert_json(alert, lang) for alert in about]


def _action_json(action: Action) -> dict[str, Any]:
    return {
        "action": action.action,
        "since": iso(action.since),
        "due": iso(action.due),
        "note": action.note,
        "message": action.message,
    }


def _submission_json(submission: Submission) -> dict[str, Any]:
    return {
        "since": iso(submission.since),
        "declared_at": iso(submission.declared_at),
        "outcome": submission.outcome,
    }


def _inconsistency_json(found: Inconsistency) -> dict[str, Any]:
    return {"kind": found.kind, "detail": _inconsistency(found, "en"), "message": found.message}


def event_json(event: Event) -> dict[str, Any]:
    """An event of a timeline; ``messages`` are the ids of all messages that said it."""
    return {
        "at": iso(event.at),
        "code": event.code,
        "sub": event.sub,
        "stage": event.stage,
        "meanings": [in_language(known, "en") for known in words.meanings(event)],
        "note": event.note,
        "due": iso(event.due),
        "serial": event.serial,
        "kind": event.kind,
        "received_at": iso(event.received_at),
        "message": event.messages[0],
        "messages": list(event.messages),
        **(_by_hand_json(event) if Flag.BY_HAND in event.flags else {}),
    }


def _by_hand_json(event: Event) -> dict[str, Any]:
    """What an event by hand has besides: its ``stage`` is the one that was said, counted or not."""
    said = _statement(event)
    return {"stage": said.about if said.says is Says.EVENT else None, **saying.event_json(said)}


def _statement(event: Event) -> Statement:
    """What a person said; most declarations have nothing of that."""
    from clearance.timelines.by_hand import statement

    return statement(event)


def _inconsistency(found: Inconsistency, lang: str) -> str:
    """An inconsistency in words; most declarations have none."""
    from clearance.render import notes

    return notes.inconsistency(found, lang)


# Timelines


def timeline(
    declaration: Declaration,
    alerts: Sequence[Alert],
    said: Mapping[str, Said],
    as_of: datetime,
    lang: str,
    *,
    content: Content | None = None,
    expected: Iterable[tuple[str, str]] = (),
    sources: bool = False,
) -> Table:
    """A timeline for people; with ``sources``, the messages of each event too.

    ``content`` is what was declared, where that is known; ``expected`` says when it is released.
    """
    declaration = _in_own_zone(declaration)
    headings = ["=time", "=code", "=stage", "meaning", "note"]
    rows = [_event_row(event, as_of, lang) for event in declaration.events]
    if sources:
        headings.insert(-1, "message")
        ids = (", ".join(map(short_id, event.messages)) for event in declaration.events)
        rows = [(*row[:-1], written, row[-1]) for row, written in zip(rows, ids, strict=True)]
    return Table(
        columns(lang, *headings),
        tuple(rows),
        title=_title(declaration, lang),
        facts=(
            *_facts(declaration, alerts, content, as_of, lang),
            *expected,
            *_said_facts(declaration.system, said, as_of, lang),
        ),
        marks=tuple(MARKS.get(event.stage, "") for event in declaration.events),
    )


def _said_facts(
    system: str, said: Mapping[str, Said], as_of: datetime, lang: str
) -> Iterator[tuple[str, str]]:
    """What people said, marked so, with what messages tell instead."""
    if said:
        from clearance.render.plans import fact_text

        for name, fact in said.items():
            value = fact_text(name, fact.value, as_of, lang, system)
            at = short_moment(fact.at, as_of)
            mark = worded(_SAID_BY if fact.by else _SAID, lang, at=at, by=fact.by)
            told = fact.told and fact_text(name, fact.told, as_of, lang, system)
            instead = worded(_TOLD, lang, told=told) if told else ""
            yield say(name, lang), f"{value}{mark}{instead}"


def _in_own_zone(declaration: Declaration) -> Declaration:
    """A declaration with all its times by the clock of its system, where events are of several."""
    if all(event.system == declaration.system for event in declaration.events):
        return declaration
    zone = systems()[declaration.system].zone
    events = [
        event._replace(at=_in_zone(event.at, zone), due=_in_zone(event.due, zone))
        for event in declaration.events
    ]
    return replace(declaration, events=tuple(events), since=_in_zone(declaration.since, zone))


def _in_zone(at: datetime | None, zone: tzinfo) -> datetime | None:
    return at.astimezone(zone) if at else None


def _event_row(event: Event, as_of: datetime, lang: str) -> tuple[Cell, ...]:
    if Flag.BY_HAND in event.flags:
        stage = stage_name(event.system, event.stage, lang)
        return tuple(saying.timeline_row(_statement(event), stage, as_of, lang))
    meaning = meanings_text(event, lang) or (say("unknown code", lang) if event.full_code else "—")
    stage = stage_name(event.system, event.stage, lang)
    return event.at, event.full_code, stage, meaning + _until(event.due, lang), _tidy(event.note)


def _tidy(note: str | None) -> str | None:
    """A note of customs without separators around it, and without a number said twice at once."""
    return re.sub(_REPEATED, r"\1", note).strip(" ;；,，") if note else note


def meanings_text(event: Event, lang: str) -> str:
    """What an event means; where nothing decides, what else it may mean too."""
    return worded(_OR, lang).join(in_language(known, lang) for known in words.meanings(event))


def age(declaration: Summary, as_of: datetime) -> timedelta | None:
    """How long an open declaration has been in its stage; None where that lies ahead."""
    since = declaration.since if declaration.open else None
    return as_of - since if since and since <= as_of else None


def stage_name(system: str, stage: Stage | None, lang: str) -> str | None:
    """What a customs system calls a stage."""
    return words.stage_name(system, stage, lang) or translated(stage, lang)


def direction_name(declaration: Summary, lang: str) -> str | None:
    """What the customs system of a declaration calls its direction."""
    own = words.stage_name(declaration.system, declaration.direction, lang)
    return own or translated(declaration.direction, lang)


def office_name(declaration: Summary, lang: str) -> str | None:
    """The code of a declaration's office with its name, where that is known."""
    if declaration.office is None:
        return None
    return tables.with_name(declaration.system, "office", declaration.office, lang)


def _title(declaration: Summary, lang: str) -> str:
    named = office_name(declaration, lang)
    office = named and f"{say('office', lang)} {named}"
    parts = (declaration.name, direction_name(declaration, lang), office)
    return " · ".join(part for part in parts if part)


def _facts(
    declaration: Declaration,
    alerts: Iterable[Alert],
    content: Content | None,
    as_of: datetime,
    lang: str,
) -> Iterator[tuple[str, str]]:
    yield say("stage", lang), _stage_text(declaration, as_of, lang)
    yield from saying.facts(declaration, as_of, lang)
    yield from _numbers(declaration, lang)
    if content:
        from clearance.render.contents import summary

        yield from summary(declaration, content, lang)
    yield from _dates(declaration, lang)
    yield from _lengths(declaration, lang)
    if declaration.guaranteed:
        yield say("guaranteed", lang), say("yes", lang)
    if len(declaration.submissions) > 1:
        yield say("sendings", lang), str(len(declaration.submissions))
    for action in declaration.outstanding:
        yield say("outstanding", lang), _action_text(action, lang)
    for found in declaration.inconsistencies:
        remark = _inconsistency(_with_names(found, declaration.system, lang), lang)
        yield say("remarks", lang), punctuated(f"{say(found.kind, lang)}: ", lang) + remark
    yield from _alert_facts(alerts, lang)


def _alert_facts(alerts: Iterable[Alert], lang: str) -> Iterator[tuple[str, str]]:
    """What alerts say, and what to do next."""
    about = list(alerts)
    if not about:
        return
    from clearance.render.findings import held_text, message, next_step

    for alert in about:
        held = held_text(alert, lang)
        told = punctuated(f"{say(alert.severity, lang)}: ", lang) + message(alert, lang)
        yield say("alerts", lang), told + (punctuated(f" ({held})", lang) if held else "")
        if step := next_step(alert, lang):
            yield say("next step", lang), step


def _with_names(found: Inconsistency, system: str, lang: str) -> Inconsistency:
    """What does not add up, with the names of offices beside their codes."""
    if found.kind != "office_disagrees":
        return found
    names = {
        name: tables.with_name(system, "office", office, lang)
        for name, office in found.values.items()
    }
    return found._replace(values=names)


def _stage_text(declaration: Summary, as_of: datetime, lang: str) -> str:
    stage = stage_name(declaration.system, declaration.stage, lang) or say("nothing yet", lang)
    if saying.is_stage_by_hand(declaration):
        stage = punctuated(f"{stage} ({in_language(saying.MARK, lang)})", lang)
    if declaration.since is None:
        return stage
    since = age(declaration, as_of)
    took = "" if since is None else duration(since.total_seconds(), lang=lang)
    for_long = punctuated(f" ({took})", lang) if took else ""
    return f"{stage}{_since(declaration.since, lang)}{for_long}"


def _numbers(declaration: Summary, lang: str) -> Iterator[tuple[str, str]]:
    """The numbers of a declaration, those that customs knows it by first, each once."""
    told: set[str] = set()
    for kind in in_order(declaration):
        values = [value for value in declaration.references[kind] if value not in told]
        told.update(values)
        if values:
            yield words.kind_name(kind, lang, declaration.system), ", ".join(values)


def _dates(declaration: Summary, lang: str) -> Iterator[tuple[str, str]]:
    """The dates on the form: that of the declaration where it says more than the messages do."""
    declared = declaration.facts.get("declaration_date", "")
    if declared and (declaration.declared_at or declaration.dated_at) == declaration.dated_at:
        yield say("declaration date", lang), declared[:10]
    if traded := declaration.facts.get("import_export_date"):
        way = "export date" if declaration.direction == "export" else "import date"
        yield say(way, lang), traded[:10]


def _lengths(declaration: Summary, lang: str) -> Iterator[tuple[str, str]]:
    seconds = {name: declaration.interval(name) for name in _LENGTHS}
    lengths = [
        f"{interval_word(name, lang)} {duration(took, lang=lang)}"
        f"{_by_hand_mark(declaration, name, lang)}"
        for name, took in seconds.items()
        if took is not None
    ]
    if lengths:
        yield say("intervals", lang), " · ".join(lengths)


def _by_hand_mark(declaration: Summary, interval: str, lang: str) -> str:
    """The mark of an interval of which only people tell the beginning or the end."""
    if set(INTERVALS[interval]).isdisjoint(declaration.by_hand.split(",")):
        return ""
    return punctuated(f" ({in_language(saying.MARK, lang)})", lang)


def _action_text(action: Action, lang: str) -> str:
    since, until = _since(action.since, lang), _until(action.due, lang)
    words_of_customs = f": {action.note}" if action.note else ""
    return f"{say(action.action, lang)}{since}{until}{words_of_customs}"


def _since(at: datetime, lang: str) -> str:
    return worded(_SINCE, lang, at=shown(at))


def _until(at: datetime | None, lang: str) -> str:
    return worded(_UNTIL, lang, at=minute(at)) if at else ""
