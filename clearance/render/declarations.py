"""Declarations as pages: ``status``, ``list`` and ``explain``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from clearance.customs import words
from clearance.customs.references import identity_keys, in_order
from clearance.model import (
    INTERVALS,
    Alert,
    Declaration,
    Event,
    Finding,
    Inconsistency,
    Note,
    Stage,
    Summary,
    Words,
    in_language,
)
from clearance.render import Cell, Page, Table
from clearance.render.alerts import (
    alert_json,
    filled,
    message,
    numbers_json,
    plainly,
    rule_title,
    why,
)
from clearance.render.notes import inconsistency, note
from clearance.render.tables import SCHEMA, columns, flat, iso, minute, short_id, translated
from clearance.render.text import duration, shown
from clearance.render.words import say, worded

if TYPE_CHECKING:
    from clearance.alerting.inputs import Cutoff
    from clearance.alerting.rules import Context, Outcome, Rule

_MARKS = {
    Stage.RELEASED: "good",
    Stage.CLEARED: "good",
    Stage.REJECTED: "bad",
    Stage.WITHDRAWN: "bad",
    Stage.INSPECTION: "warn",
    Stage.ACTION_DUE: "warn",
    Stage.SUSPENDED: "warn",
}
_SINCE: Words = {"en": ", since {at}", "zh": ", 自 {at} 起"}


def status(
    declarations: Sequence[Declaration], alerts: Sequence[Alert], as_of: datetime, lang: str
) -> Page:
    """Each declaration with its timeline."""
    by_key = _by_key(alerts)
    data = _declarations(declarations, by_key, as_of, lang, events=True)
    rows = [
        {"declaration": d.name, **event_json(event), "at": event.at}
        for d in declarations
        for event in d.events
    ]
    return Page(
        json=data,
        lines=tuple(data["declarations"]),
        tables=tuple(_timeline(d, _about(d, by_key), as_of, lang) for d in declarations),
        flat=flat(rows, lang, "declaration", "at", "code", "stage", "note", "serial", "message"),
    )


def listing(
    declarations: Sequence[Summary],
    alerts: Sequence[Alert],
    as_of: datetime,
    lang: str,
    *,
    events: bool = False,
    cutoffs: Mapping[str, Cutoff] | None = None,
) -> Page:
    """One line for each declaration; cut-offs of vessels, and how likely each is met, where any is
    known.
    """
    cutoffs = cutoffs or {}
    by_key = _by_key(alerts)
    data = _declarations(declarations, by_key, as_of, lang, events=events)
    for one, d in zip(data["declarations"], declarations, strict=True):
        one |= _cutoff_json(cutoffs.get(d.name))
    shown_cutoff = ("cutoff", ">in time") if cutoffs else ()
    rows: list[dict[str, Cell]] = [
        {
            "declaration": d.name,
            "direction": d.direction,
            "office": d.office,
            "stage": d.stage,
            "since": d.since,
            "for": as_of - d.since if d.since and d.open else None,
            "cutoff": cutoffs[d.name].at if d.name in cutoffs else None,
            "probability": _probability(cutoffs.get(d.name)),
            "declared_at": d.declared_at,
            "released_at": d.released_at,
            "cleared_at": d.cleared_at,
            "alerts": ", ".join(a.rule for a in _about(d, by_key)) or None,
        }
        for d in declarations
    ]
    table = Table(
        columns(
            lang,
            "=declaration",
            "direction",
            "office",
            "stage",
            "since",
            ">for",
            *shown_cutoff,
            "alerts",
        ),
        tuple(
            (
                d.name,
                translated(d.direction, lang),
                d.office,
                _stage(d.system, d.stage, lang),
                minute(d.since),
                row["for"],
                *(_cutoff(cutoffs.get(d.name), lang) if cutoffs else ()),
                ", ".join(rule_title(a.rule, lang) for a in _about(d, by_key)) or None,
            )
            for d, row in zip(declarations, rows, strict=True)
        ),
        marks=tuple(_MARKS.get(d.stage, "") if d.stage else "" for d in declarations),
    )
    return Page(
        json=data,
        lines=tuple(data["declarations"]),
        tables=(table,) if rows else (),
        flat=flat(
            rows, lang, "declaration", "direction", "office", "stage", "since", "for",
            "declared_at", "released_at", "cleared_at", "cutoff", "%probability", "alerts",
        ),
        empty_message="no declarations to list",
    )  # fmt: skip


def _probability(cutoff: Cutoff | None) -> float | None:
    if cutoff is None or cutoff.chance is None or isinstance(cutoff.chance, Note):
        return None
    return cutoff.chance.probability


def _cutoff_json(cutoff: Cutoff | None) -> dict[str, Any]:
    """A cut-off and how likely it is met; ``notes`` say by whom that is told, or why it is not."""
    if cutoff is None:
        return {"cutoff": None, "probability": None}
    notes = {"probability": note(_basis(cutoff), "en")}
    return {"cutoff": iso(cutoff.at), "probability": _probability(cutoff), "notes": notes}


def _basis(cutoff: Cutoff) -> Note:
    """What the probability of a cut-off rests on, or why there is none."""
    chance = cutoff.chance
    if chance is None:
        return Note.of("cutoff_passed")
    if isinstance(chance, Note):
        return chance
    return Note.of("by_those_that_waited", n=chance.n, stratum=str(chance.stratum))


def _cutoff(cutoff: Cutoff | None, lang: str) -> tuple[Cell, Cell]:
    if cutoff is None:
        return None, None
    probability = _probability(cutoff)
    told = f"{probability:.0%}".replace("%", " %") if probability is not None else None
    unknown = say("cannot assess", lang) if cutoff.chance else None
    return minute(cutoff.at), told or unknown


def explained(
    declarations: Sequence[Declaration], alerts: Sequence[Alert], context: Context, lang: str
) -> Page:
    """Each declaration with its events, how it was derived, and what every rule says of it."""
    by_key = _by_key(alerts)
    judged = [(d, _judgements(d, context, lang)) for d in declarations]
    data = _declarations(declarations, by_key, context.now, lang, events=True)
    for one, (_, judgements) in zip(data["declarations"], judged, strict=True):
        one["rules"] = judgements
        one["cannot_assess"] = [j for j in judgements if j["result"] == "cannot assess"]
    tables: list[Table] = []
    for declaration, judgements in judged:
        about = _about(declaration, by_key)
        tables.append(_timeline(declaration, about, context.now, lang, sources=True))
        tables.append(_derivation(declaration, lang))
        tables.append(
            Table(
                columns(lang, "rule", "result", "figures"),
                tuple(
                    (rule_title(j["rule"], lang), say(j["result"], lang), j["text"])
                    for j in judgements
                ),
                marks=tuple("warn" if j["result"] == "finding" else "" for j in judgements),
            )
        )
    rows = [{"declaration": d.name, **judgement} for d, js in judged for judgement in js]
    return Page(
        json=data,
        lines=tuple(data["declarations"]),
        tables=tuple(tables),
        flat=flat(rows, lang, "declaration", "rule", "result", "text"),
    )


def _declarations(
    declarations: Iterable[Summary],
    by_key: Mapping[str, list[Alert]],
    as_of: datetime,
    lang: str,
    *,
    events: bool,
) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "as_of": iso(as_of),
        "declarations": [
            declaration_json(d, _about(d, by_key), lang, events=events) for d in declarations
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
        "accepted_at": iso(declaration.accepted_at),
        "reviewed_at": iso(declaration.reviewed_at),
        "examined_from": iso(declaration.examined_from),
        "examined_until": iso(declaration.examined_until),
        "released_at": iso(declaration.released_at),
        "cleared_at": iso(declaration.cleared_at),
        "withdrawn_at": iso(declaration.withdrawn_at),
        "intervals": {name: declaration.interval(name) for name in INTERVALS},
        "outstanding": [
            {
                "action": a.action,
                "since": iso(a.since),
                "due": iso(a.due),
                "note": a.note,
                "message": a.message,
            }
            for a in declaration.outstanding
        ],
        "episodes": [
            {"since": iso(e.since), "declared_at": iso(e.declared_at), "outcome": e.outcome}
            for e in declaration.submissions
        ],
        "remarks": [_remark(found) for found in declaration.inconsistencies],
        "alerts": [alert_json(alert, lang) for alert in alerts],
    }
    if events and isinstance(declaration, Declaration):
        data["events"] = [event_json(event) for event in declaration.events]
    return data


def _remark(found: Inconsistency) -> dict[str, Any]:
    return {"kind": found.kind, "detail": inconsistency(found, "en"), "message": found.message}


def event_json(event: Event) -> dict[str, Any]:
    """An event as it stands in a timeline; ``messages`` are all that said it."""
    return {
        "at": iso(event.at),
        "code": event.code,
        "sub": event.sub,
        "stage": event.stage,
        "note": event.note,
        "due": iso(event.due),
        "serial": event.serial,
        "kind": event.kind,
        "received_at": iso(event.received_at),
        "message": event.messages[0],
        "messages": list(event.messages),
    }


def _timeline(
    declaration: Declaration,
    alerts: Sequence[Alert],
    as_of: datetime,
    lang: str,
    *,
    sources: bool = False,
) -> Table:
    """A timeline for people; with ``sources`` the message that told each event."""
    events = declaration.events
    headings = ("time", "code", "stage", "meaning", "note", *(("message",) if sources else ()))
    return Table(
        columns(lang, *headings),
        tuple(
            (*_told(e, lang), *((", ".join(map(short_id, e.messages)),) * sources)) for e in events
        ),
        title=_title(declaration, lang),
        facts=tuple(_facts(declaration, alerts, as_of, lang)),
        marks=tuple(_MARKS.get(e.stage, "") if e.stage else "" for e in events),
    )


def _told(event: Event, lang: str) -> tuple[Cell, ...]:
    known = words.meaning(event.system, event.kind, event.code, event.sub)
    meaning = in_language(known, lang) if known else say("unknown code", lang)
    if event.due:
        meaning += _until(event.due, lang)
    return event.at, event.full_code, _stage(event.system, event.stage, lang), meaning, event.note


def _stage(system: str, stage: Stage | None, lang: str) -> str | None:
    """What a customs system calls a stage."""
    return words.stage_name(system, stage, lang) or translated(stage, lang)


def _title(declaration: Summary, lang: str) -> str:
    office = declaration.office and f"{say('office', lang)} {declaration.office}"
    parts = (declaration.name, translated(declaration.direction, lang), office)
    return " · ".join(part for part in parts if part)


def _facts(
    declaration: Declaration, alerts: Sequence[Alert], as_of: datetime, lang: str
) -> Iterable[tuple[str, str]]:
    stage = _stage(declaration.system, declaration.stage, lang) or say("nothing yet", lang)
    if declaration.since:
        ago = (
            f" ({duration((as_of - declaration.since).total_seconds())})"
            if declaration.open
            else ""
        )
        stage = f"{stage}{_since(declaration.since, lang)}{ago}"
    yield say("stage", lang), stage
    for kind in in_order(declaration):
        if values := declaration.references.get(kind):
            yield words.kind_name(kind, lang), ", ".join(values)
    told = ("declare-release", "release-close", "declare-close")
    lengths = [
        f"{name} {duration(seconds)}"
        for name in told
        if (seconds := declaration.interval(name)) is not None
    ]
    if lengths:
        yield say("intervals", lang), " · ".join(lengths)
    if declaration.guaranteed:
        yield say("guaranteed", lang), say("yes", lang)
    if len(declaration.submissions) > 1:
        yield say("sendings", lang), str(len(declaration.submissions))
    for action in declaration.outstanding:
        about = f"{say(action.action, lang)}{_since(action.since, lang)}"
        if action.due:
            about += _until(action.due, lang)
        yield say("outstanding", lang), f"{about}: {action.note}" if action.note else about
    for found in declaration.inconsistencies:
        yield say("remarks", lang), f"{say(found.kind, lang)}: {inconsistency(found, lang)}"
    for alert in alerts:
        yield say("alerts", lang), f"{say(alert.severity, lang)}: {message(alert, lang)}"


def _since(at: datetime, lang: str) -> str:
    return worded(_SINCE, lang, at=shown(at))


def _until(at: datetime, lang: str) -> str:
    return f", 限 {minute(at)} 前" if lang == "zh" else f", by {minute(at)}"


def _derivation(declaration: Declaration, lang: str) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for name, (start, end) in INTERVALS.items():
        begin, until = getattr(declaration, start, None), getattr(declaration, end, None)
        seconds = declaration.interval(name)
        length = None if seconds is None else timedelta(seconds=seconds)
        rows.append((name, begin, until, length))
    headings = columns(lang, "intervals", "since", "time", ">for")
    return Table(headings, tuple(rows))


def _judgements(declaration: Declaration, context: Context, lang: str) -> list[dict[str, Any]]:
    """What every rule says of a declaration, and of the feed and calendar it depends on."""
    from clearance.alerting.rules import RULES

    return [
        {"rule": rule.name, **_judgement(rule, outcome, lang)}
        for rule in RULES.values()
        for outcome in (rule.outcomes(declaration, context) + rule.surveyed(context))
    ]


def _judgement(rule: Rule, outcome: Outcome, lang: str) -> dict[str, Any]:
    from clearance.alerting.rules import CannotAssess

    numbers = numbers_json(outcome.values)
    if isinstance(outcome, CannotAssess):
        return {"result": "cannot assess", "numbers": numbers, "text": why(outcome, lang)}
    if isinstance(outcome, Finding):
        text = filled(rule.words(outcome.variant, lang), outcome.values, lang)
        return {"result": "finding", "numbers": numbers, "text": text}
    text = ", ".join(
        f"{say(name, lang)} {plainly(name, value, lang)}"
        for name, value in outcome.values.items()
        if value is not None
    )
    return {"result": "fine", "numbers": numbers, "text": text}


def _by_key(alerts: Iterable[Alert]) -> dict[str, list[Alert]]:
    by_key: dict[str, list[Alert]] = {}
    for alert in alerts:
        for key in alert.references:
            by_key.setdefault(key, []).append(alert)
    return by_key


def _about(declaration: Summary, by_key: Mapping[str, list[Alert]]) -> list[Alert]:
    if not by_key:
        return []
    found = {a.id: a for key in identity_keys(declaration) for a in by_key.get(key, ())}
    return sorted(found.values(), key=lambda alert: (alert.since, alert.id))
