"""Results to pages: the JSON of each command and the tables a person reads."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from clearance.customs import words
from clearance.customs.references import identity_keys, in_order
from clearance.model import (
    INTERVALS,
    Alert,
    AlertState,
    Declaration,
    Event,
    Finding,
    Refusal,
    Severity,
    Silence,
    Stage,
    Summary,
    Transition,
)
from clearance.render import Cell, Page, Table
from clearance.render.tables import SCHEMA, columns, flat, iso
from clearance.render.text import duration, shown, visible
from clearance.render.words import note, say

if TYPE_CHECKING:
    from clearance.alerting.evaluation import Checked
    from clearance.alerting.inputs import Cutoff
    from clearance.alerting.outbox import Delivered
    from clearance.alerting.rules import CannotAssess, Context, Outcome, Rule
    from clearance.timelines.intake import Ingested
    from clearance.timelines.integrity import Copied, Salvaged

_MARKS = {
    Stage.RELEASED: "good",
    Stage.CLEARED: "good",
    Stage.REJECTED: "bad",
    Stage.WITHDRAWN: "bad",
    Stage.INSPECTION: "warn",
    Stage.ACTION_DUE: "warn",
    Stage.SUSPENDED: "warn",
}
_SEVERITIES = {Severity.CRITICAL: "bad", Severity.WARNING: "warn", Severity.INFO: ""}


# Declarations


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
                _said(d.direction, lang),
                d.office,
                _said(d.stage, lang),
                _minute(d.since),
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
    if cutoff is None or cutoff.chance is None or isinstance(cutoff.chance, str):
        return None
    return cutoff.chance.probability


def _cutoff_json(cutoff: Cutoff | None) -> dict[str, Any]:
    """A cut-off and how likely it is met; ``notes`` say by whom that is told, or why it is not."""
    if cutoff is None:
        return {"cutoff": None, "probability": None}
    chance = cutoff.chance or "the cut-off has passed"
    if not isinstance(chance, str):
        chance = f"by {chance.n} that waited as long: {chance.stratum}"
    notes = {"probability": chance}
    return {"cutoff": iso(cutoff.at), "probability": _probability(cutoff), "notes": notes}


def _cutoff(cutoff: Cutoff | None, lang: str) -> tuple[Cell, Cell]:
    if cutoff is None:
        return None, None
    probability = _probability(cutoff)
    told = f"{probability:.0%}".replace("%", " %") if probability is not None else None
    unknown = say("cannot assess", lang) if cutoff.chance else None
    return _minute(cutoff.at), told or unknown


def _minute(at: datetime | None) -> str | None:
    return at.strftime("%Y-%m-%d %H:%M") if at else None


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
            {"action": a.action, "since": iso(a.since), "note": a.note, "message": a.message}
            for a in declaration.outstanding
        ],
        "episodes": [
            {"since": iso(e.since), "declared_at": iso(e.declared_at), "outcome": e.outcome}
            for e in declaration.submissions
        ],
        "remarks": [inconsistency._asdict() for inconsistency in declaration.inconsistencies],
        "alerts": [alert_json(alert, lang) for alert in alerts],
    }
    if events and isinstance(declaration, Declaration):
        data["events"] = [event_json(event) for event in declaration.events]
    return data


def event_json(event: Event) -> dict[str, Any]:
    """An event as it stands in a timeline; ``messages`` are all that said it."""
    return {
        "at": iso(event.at),
        "code": event.code,
        "stage": event.stage,
        "note": event.note,
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
            (*_told(declaration, e, lang), *((", ".join(map(_short, e.messages)),) * sources))
            for e in events
        ),
        title=_title(declaration, lang),
        facts=tuple(_facts(declaration, alerts, as_of, lang)),
        marks=tuple(_MARKS.get(e.stage, "") if e.stage else "" for e in events),
    )


def _short(id: str) -> str:
    """The beginning of a message's id, enough to tell it from others."""
    return id.removeprefix("sha256:")[:12]


def _told(declaration: Declaration, event: Event, lang: str) -> tuple[Cell, ...]:
    known = words.meaning(event.system, event.kind, event.code, event.sub)
    meaning = words.in_language(known, lang) if known else say("unknown code", lang)
    return event.at, event.code, _said(event.stage, lang), meaning, event.note


def _title(declaration: Summary, lang: str) -> str:
    office = declaration.office and f"{say('office', lang)} {declaration.office}"
    parts = (declaration.name, _said(declaration.direction, lang), office)
    return " · ".join(part for part in parts if part)


def _facts(
    declaration: Declaration, alerts: Sequence[Alert], as_of: datetime, lang: str
) -> Iterable[tuple[str, str]]:
    stage = _said(declaration.stage, lang) or say("nothing yet", lang)
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
        yield say("outstanding", lang), f"{about}: {action.note}" if action.note else about
    for inconsistency in declaration.inconsistencies:
        yield say("remarks", lang), f"{say(inconsistency.kind, lang)}: {inconsistency.detail}"
    for alert in alerts:
        yield say("alerts", lang), f"{say(alert.severity, lang)}: {message(alert, lang)}"


def _since(at: datetime, lang: str) -> str:
    return f", 自 {shown(at)} 起" if lang == "zh" else f", since {shown(at)}"


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

    if isinstance(outcome, CannotAssess):
        return {"result": "cannot assess", "numbers": outcome.values, "text": why(outcome, lang)}
    numbers = outcome.values
    if isinstance(outcome, Finding):
        text = _filled(rule.words(outcome.variant, lang), numbers, lang)
        return {"result": "finding", "numbers": numbers, "text": text}
    text = ", ".join(
        f"{say(name, lang)} {_plainly(name, value, lang)}"
        for name, value in numbers.items()
        if value is not None
    )
    return {"result": "fine", "numbers": numbers, "text": text}


def why(outcome: CannotAssess, lang: str) -> str:
    """Why a rule cannot judge."""
    return words.in_language(outcome.why, lang).format_map(_Blank(outcome.values))


def _said(words: str | None, lang: str) -> str | None:
    return say(str(words), lang) if words else None


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


# Alerts


class _Blank(dict[str, Any]):
    """Numbers for a template; one that is not there is a dash."""

    def __missing__(self, key: str) -> str:
        return "—"


def _filled(template: str, numbers: Mapping[str, Any], lang: str) -> str:
    written = {k: _plainly(k, v, lang) for k, v in numbers.items() if v is not None}
    return template.format_map(_Blank(written))


_TRANSLATED = ("stage", "direction", "before", "after", "action")


def _plainly(name: str, value: Any, lang: str) -> Any:
    """A value of a finding for people: times without seconds and zone, stages by their names."""
    if isinstance(value, list):
        few = ", ".join(map(str, value[:MAX_LISTED]))
        return f"{few} +{len(value) - MAX_LISTED}" if len(value) > MAX_LISTED else few
    if name in _TRANSLATED:
        return say(value, lang)
    if name == "stratum":
        return " ".join(say(part, lang) for part in value.split("/"))
    if name == "no_probability":
        return note(say(value, lang), lang)
    if isinstance(value, str) and _ISO.fullmatch(value):
        return datetime.fromisoformat(value).strftime("%Y-%m-%d %H:%M")
    return value


MAX_LISTED = 20
"""Entries of a list that a text names before it counts the rest."""
_ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?[+-]\d\d:\d\d")


def _rule(name: str) -> Rule | None:
    """A rule by its name; loaded here, because most declarations are shown without an alert."""
    from clearance.alerting.rules import RULES

    return RULES.get(name)


def message(alert: Alert, lang: str) -> str:
    """What an alert says; customs' own words stand in it as they came."""
    rule = _rule(alert.rule)
    return _filled(rule.words(alert.variant, lang), alert.values, lang) if rule else alert.rule


def next_step(alert: Alert, lang: str) -> str | None:
    """What a person should do about an alert, and whom to call."""
    rule = _rule(alert.rule)
    if rule is None:
        return None
    step = rule.next_step[lang]
    return f"{step} ({say('call', lang)}: {alert.contact})" if alert.contact else step


def look_further(alert: Alert) -> str:
    """The command that tells more of an alert, without a foreign number that a shell could read."""
    named = alert.declaration or ""
    if named.isascii() and named.replace("-", "").isalnum() and not named.startswith("-"):
        return f"clearance explain {named}"
    return f"clearance alerts show {alert.id}"


def alert_json(alert: Alert, lang: str) -> dict[str, Any]:
    """An alert as every command gives it."""
    return {
        "id": alert.id,
        "rule": alert.rule,
        "severity": alert.severity,
        "state": alert.state,
        "declaration": alert.declaration,
        "since": iso(alert.since),
        "message": message(alert, lang),
        "numbers": alert.values,
        "next_step": next_step(alert, lang),
        "contact": alert.contact,
        "command": look_further(alert),
        "labels": alert.labels,
        "muted_by": alert.muted_by,
        "acknowledged_until": iso(alert.acknowledged_until),
        "told_at": iso(alert.notified_at),
        "fired_at": iso(alert.fired_at),
        "resolved_at": iso(alert.resolved_at),
    }


def rule_title(name: str, lang: str) -> str:
    """What people call a rule; its name where an alert is older than the rules there are now."""
    rule = _rule(name)
    return rule.title[lang] if rule else name


def _alert_table(alerts: Sequence[Alert], lang: str, title: str = "") -> Table:
    """Alerts, one a line, with what to do; their state too, unless the title tells it."""
    names = ("id", "severity", "state", "=declaration", "since", "alert", "call")
    rows = (
        {
            "id": a.id,
            "severity": _said(a.severity, lang),
            "state": _said(a.state, lang),
            "=declaration": a.declaration,
            "since": _minute(a.since),
            "alert": message(a, lang),
            "call": a.contact,
        }
        for a in alerts
    )
    left_out = {"state"} if title else set()
    if not any(a.contact for a in alerts):
        left_out.add("call")
    chosen = [name for name in names if name not in left_out]
    steps = {a.rule: next_step(replace(a, contact=None), lang) for a in alerts if a.unresolved}
    return Table(
        columns(lang, *chosen),
        tuple(tuple(row[name] for name in chosen) for row in rows),
        title=title,
        notes=tuple(f"  {rule_title(rule, lang)}: {step}" for rule, step in steps.items() if step),
        marks=tuple(_SEVERITIES[a.severity] for a in alerts),
    )


def turn_json(turn: Transition) -> dict[str, Any]:
    """A turn in the life of an alert; ``by`` is what made it, where that is not the finding."""
    return {
        "at": iso(turn.at),
        "state": turn.state,
        "severity": turn.severity,
        "by": turn.why or None,
    }


def alert(one: Alert, as_of: datetime, lang: str) -> Page:
    """One alert with its history."""
    turns = [turn for turn in one.transitions if turn.at <= as_of]
    data = {**alert_json(one, lang), "history": [turn_json(turn) for turn in turns]}
    facts = {
        "rule": rule_title(one.rule, lang),
        "severity": say(one.severity, lang),
        "state": say(one.state, lang),
        "declaration": one.declaration,
        "since": shown(one.since),
        "alert": message(one, lang),
        "next step": next_step(one, lang),
        "look further": look_further(one),
        "muted by": one.muted_by,
        "acknowledged until": _minute(one.acknowledged_until),
    }
    table = Table(
        columns(lang, "time", "state", "severity", "by"),
        tuple((t.at, say(t.state, lang), say(t.severity, lang), t.why or None) for t in turns),
        title=one.id,
        facts=tuple((say(name, lang), value) for name, value in facts.items() if value),
    )
    rows = [{"id": one.id, **turn_json(turn), "at": turn.at} for turn in turns]
    return Page(
        json={"schema": SCHEMA, "as_of": iso(as_of), "alert": data},
        lines=(data,),
        tables=(table,),
        flat=flat(rows, lang, "id", "at", "state", "severity", "by"),
    )


def history(turns: Sequence[tuple[Alert, Transition]], as_of: datetime, lang: str) -> Page:
    """Turns that alerts took, one a line."""
    told = [
        {"id": a.id, "rule": a.rule, "declaration": a.declaration, **turn_json(turn)}
        for a, turn in turns
    ]
    names = ("at", "id", "rule", "declaration", "state", "severity", "by")
    table = Table(
        columns(lang, "time", *names[1:]),
        tuple(
            (
                turn.at,
                a.id,
                rule_title(a.rule, lang),
                a.declaration,
                say(turn.state, lang),
                say(turn.severity, lang),
                turn.why or None,
            )
            for a, turn in turns
        ),
    )
    rows = [{**one, "at": turn.at} for one, (_, turn) in zip(told, turns, strict=True)]
    return Page(
        json={"schema": SCHEMA, "as_of": iso(as_of), "history": told},
        lines=tuple(told),
        tables=(table,) if turns else (),
        flat=flat(rows, lang, *names),
        empty_message="no alerts",
    )


def silences(found: Sequence[Silence], as_of: datetime, lang: str) -> Page:
    """Silences, one a line."""
    told = [
        {"id": s.id, "match": s.match, "since": iso(s.since), "until": iso(s.until)} for s in found
    ]
    rows: list[dict[str, Cell]] = [
        {
            "id": s.id,
            "match": ", ".join(f"{key}={value}" for key, value in s.match.items()),
            "since": s.since,
            "until": s.until,
        }
        for s in found
    ]
    listed = flat(rows, lang, "id", "match", "since", "until")
    return Page(
        json={"schema": SCHEMA, "as_of": iso(as_of), "silences": told},
        lines=tuple(told),
        tables=(listed,) if rows else (),
        flat=listed,
        empty_message="nothing is silenced",
    )


def _flat_alerts(alerts: Iterable[Alert], lang: str) -> Table:
    rows = [{**alert_json(a, lang), "since": a.since} for a in alerts]
    names = ("id", "rule", "severity", "state", "declaration", "since", "message", "next_step")
    return flat(rows, lang, *names)


def alerts(found: Sequence[Alert], as_of: datetime, lang: str) -> Page:
    """Alerts, one a line."""
    told = [alert_json(alert, lang) for alert in found]
    return Page(
        json={"schema": SCHEMA, "as_of": iso(as_of), "alerts": told},
        lines=tuple(told),
        tables=(_alert_table(found, lang),) if found else (),
        flat=_flat_alerts(found, lang),
        empty_message="no alerts",
    )


def checked(result: Checked, deliveries: Sequence[Delivered], as_of: datetime, lang: str) -> Page:
    """What a check changed and whom it told; no table at all where nothing changed."""
    told = {"new": result.new, "resolved": result.resolved, "repeated": result.repeated}
    data = {name: [alert_json(a, lang) for a in found] for name, found in told.items()}
    tables = [_alert_table(f, lang, say(n, lang)) for n, f in told.items() if f]
    unmade = [one for one in deliveries if one.result != "accepted"]
    return Page(
        json={
            "schema": SCHEMA,
            "as_of": iso(as_of),
            **data,
            "open": sum(a.state is not AlertState.PENDING for a in result.live),
            "cannot_assess": [
                {"rule": one.rule, "declaration": one.declaration, "why": why(one, lang)}
                for one in result.cannot_assess
            ],
            "deliveries": [asdict(one) for one in deliveries],
        },
        lines=tuple(alert for found in data.values() for alert in found),
        tables=(*tables, *([_delivery_table(unmade, lang)] if unmade else [])),
        flat=_flat_alerts([a for found in told.values() for a in found], lang),
    )


def _delivery_table(deliveries: Iterable[Delivered], lang: str) -> Table:
    """Messages that were not taken, or in a dry run would be sent."""
    rows = tuple(
        (d.channel, ", ".join(d.alerts), say(d.result or "would be sent", lang), d.detail)
        for d in deliveries
    )
    return Table(
        columns(lang, "channel", "alerts", "result", "reason"), rows, title=say("deliveries", lang)
    )


# Messages


def ingested(result: Ingested, lang: str) -> Page:
    """What an ingest did."""
    names = ("read", "new", "duplicate", "refused", "events", "declarations")
    counts: dict[str, Cell] = {name: getattr(result, name) for name in names}
    table = Table(columns(lang, *(f">{name}" for name in counts)), (tuple(counts.values()),))
    refusals = [{"id": r.id, "name": r.name, "reason": r.reason} for r in result.refusals]
    data = {"schema": SCHEMA, **counts, "refusals": refusals}
    return Page(json=data, lines=(data,), tables=(table,), flat=flat([counts], lang, *names))


def refused(refusals: Sequence[Refusal], lang: str) -> Page:
    """Messages that could not be read."""
    names = ("id", "name", "kind", "reason", "size", "seen_at")
    rows = [{name: getattr(r, name) for name in names} for r in refusals]
    told = [row | {"seen_at": iso(row["seen_at"])} for row in rows]
    table = Table(
        columns(lang, "=id", "name", "reason", ">size", "seen at"),
        tuple((_short(r.id), r.name, r.reason, r.size, _minute(r.seen_at)) for r in refusals),
    )
    return Page(
        json={"schema": SCHEMA, "refused": told},
        lines=tuple(told),
        tables=(table,) if refusals else (),
        flat=flat(rows, lang, *names),
        empty_message="nothing was refused",
    )


def refusal(one: Refusal, lang: str) -> Page:
    """One message that could not be read, with the beginning of what it holds."""
    beginning = one.data[:2000].decode("utf-8", errors="backslashreplace")
    facts = (
        (say("name", lang), one.name),
        (say("kind", lang), one.kind),
        (say("reason", lang), one.reason),
        (say("size", lang), str(one.size)),
        (say("seen at", lang), shown(one.seen_at)),
    )
    page = refused([one], lang)
    lines = tuple(visible(line) for line in beginning.splitlines())
    table = Table(title=one.id, facts=facts, notes=("", *lines))
    return Page(page.json | {"text": beginning}, page.lines, (table,), page.flat)


# The store


def stored(info: Mapping[str, Any], lang: str) -> Page:
    """What a store holds."""
    data = {"schema": SCHEMA, **info, "sources": []}
    table = Table(facts=tuple((say(name, lang), str(value)) for name, value in info.items()))
    return Page(data, (data,), (table,), flat([info], lang, *info))


def verified(problems: Sequence[str], lang: str) -> Page:
    """What is wrong with a store."""
    rows = [{"problem": problem} for problem in problems]
    found = flat(rows, lang, "problem")
    whole = Table(notes=(say("whole", lang),))
    data = {"schema": SCHEMA, "whole": not problems, "problems": list(problems)}
    return Page(data, tuple(rows), (found if problems else whole,), found)


def rebuilt(declarations: int, lang: str) -> Page:
    """How many timelines there are after deriving them again."""
    count = {"declarations": declarations}
    data = {"schema": SCHEMA, **count}
    return Page(data, (data,), (flat([count], lang, "declarations"),), flat([count], lang, *count))


def counted(result: Copied | Salvaged, lang: str) -> Page:
    """What a copy of a store did, or a salvage."""
    counts = asdict(result)
    data = {"schema": SCHEMA, **counts}
    return Page(data, (data,), (flat([counts], lang, *counts),), flat([counts], lang, *counts))
