"""Alerts as pages: ``alerts`` and ``check``; what an alert says, and what to do about it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from clearance.model import Alert, AlertState, Note, Severity, Silence, Transition, in_language
from clearance.render import Cell, Page, Table
from clearance.render.notes import note
from clearance.render.tables import SCHEMA, columns, flat, iso, minute, translated
from clearance.render.text import shown
from clearance.render.words import say

if TYPE_CHECKING:
    from clearance.alerting.evaluation import Checked
    from clearance.alerting.outbox import Delivered
    from clearance.alerting.rules import CannotAssess, Rule

_MAX_ENTRIES = 20
"""Entries of a list that a text names before it counts the rest."""
_SEVERITIES = {Severity.CRITICAL: "bad", Severity.WARNING: "warn", Severity.INFO: ""}
_TRANSLATED = ("stage", "direction", "before", "after", "action")
NOTE_VALUE = "no_probability"
"""The value of a finding that is a note: a list of its key and values, as records keep it."""
_ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?[+-]\d\d:\d\d")


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
        "acknowledged until": minute(one.acknowledged_until),
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
        "numbers": numbers_json(alert.values),
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


def numbers_json(values: Mapping[str, Any]) -> dict[str, Any]:
    """What a rule compared, as JSON has it: notes in English."""
    return {
        name: value_note(value, "en") if name == NOTE_VALUE else value
        for name, value in values.items()
    }


def value_note(value: Sequence[Any], lang: str) -> str:
    """The note that a value of a finding is, in a language."""
    return note(Note(*value), lang)


def turn_json(turn: Transition) -> dict[str, Any]:
    """A turn in the life of an alert; ``by`` is what made it, where that is not the finding."""
    return {
        "at": iso(turn.at),
        "state": turn.state,
        "severity": turn.severity,
        "by": turn.why or None,
    }


def message(alert: Alert, lang: str) -> str:
    """What an alert says; customs' own words stand in it as they came."""
    rule = _rule(alert.rule)
    return filled(rule.words(alert.variant, lang), alert.values, lang) if rule else alert.rule


def next_step(alert: Alert, lang: str) -> str | None:
    """What a person should do about an alert, and whom to call."""
    rule = _rule(alert.rule)
    if rule is None:
        return None
    step = in_language(rule.next_step, lang)
    return f"{step} ({say('call', lang)}: {alert.contact})" if alert.contact else step


def look_further(alert: Alert) -> str:
    """The command that tells more of an alert, without a foreign number that a shell could read."""
    named = alert.declaration or ""
    if named.isascii() and named.replace("-", "").isalnum() and not named.startswith("-"):
        return f"clearance explain {named}"
    return f"clearance alerts show {alert.id}"


def rule_title(name: str, lang: str) -> str:
    """What people call a rule; its name where an alert is older than the rules there are now."""
    rule = _rule(name)
    return in_language(rule.title, lang) if rule else name


def why(outcome: CannotAssess, lang: str) -> str:
    """Why a rule cannot judge."""
    return in_language(outcome.why, lang).format_map(_Blank(outcome.values))


def _rule(name: str) -> Rule | None:
    """A rule by its name; loaded here, because most declarations are shown without an alert."""
    from clearance.alerting.rules import RULES

    return RULES.get(name)


def filled(template: str, numbers: Mapping[str, Any], lang: str) -> str:
    """The text of a finding: a rule's template with the numbers in it; a missing one is a dash."""
    written = {k: plainly(k, v, lang) for k, v in numbers.items() if v is not None}
    return template.format_map(_Blank(written))


def plainly(name: str, value: Any, lang: str) -> Any:
    """A value of a finding for people: times without seconds and zone, stages by their names."""
    if name == NOTE_VALUE:
        return value_note(value, lang)
    if isinstance(value, list):
        few = ", ".join(map(str, value[:_MAX_ENTRIES]))
        return f"{few} +{len(value) - _MAX_ENTRIES}" if len(value) > _MAX_ENTRIES else few
    if name in _TRANSLATED:
        return say(value, lang)
    if name == "stratum":
        return " ".join(say(part, lang) for part in value.split("/"))
    if isinstance(value, str) and _ISO.fullmatch(value):
        return datetime.fromisoformat(value).strftime("%Y-%m-%d %H:%M")
    return value


class _Blank(dict[str, Any]):
    """Numbers for a template; one that is not there is a dash."""

    def __missing__(self, key: str) -> str:
        return "—"


def _alert_table(alerts: Sequence[Alert], lang: str, title: str = "") -> Table:
    """Alerts, one a line, with what to do; their state too, unless the title tells it."""
    names = ("id", "severity", "state", "=declaration", "since", "alert", "call")
    rows = (
        {
            "id": a.id,
            "severity": translated(a.severity, lang),
            "state": translated(a.state, lang),
            "=declaration": a.declaration,
            "since": minute(a.since),
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


def _flat_alerts(alerts: Iterable[Alert], lang: str) -> Table:
    rows = [{**alert_json(a, lang), "since": a.since} for a in alerts]
    names = ("id", "rule", "severity", "state", "declaration", "since", "message", "next_step")
    return flat(rows, lang, *names)


def _delivery_table(deliveries: Iterable[Delivered], lang: str) -> Table:
    """Messages that were not taken, or in a dry run would be sent."""
    rows = tuple(
        (d.channel, ", ".join(d.alerts), say(d.result or "would be sent", lang), d.detail)
        for d in deliveries
    )
    return Table(
        columns(lang, "channel", "alerts", "result", "reason"), rows, title=say("deliveries", lang)
    )
