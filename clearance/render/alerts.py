"""Alerts as pages: ``alerts`` and ``check``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING, Any

from clearance.model import Alert, AlertState, Severity, Silence, Transition
from clearance.render import Cell, Page, Table
from clearance.render.findings import (
    look_further,
    message,
    next_step,
    numbers_json,
    rule_title,
    why,
)
from clearance.render.tables import SCHEMA, columns, flat, iso, minute, tabulated, translated
from clearance.render.text import shown
from clearance.render.words import punctuated, say, told

if TYPE_CHECKING:
    from clearance.alerting.evaluation import Checked
    from clearance.alerting.outbox import Delivered
    from clearance.alerting.rules import CannotAssess

ALERT_MARKS = {Severity.CRITICAL: "bad", Severity.WARNING: "warn", Severity.INFO: ""}
"""The style of an alert's row."""


def alerts(listed: Sequence[Alert], as_of: datetime, lang: str) -> Page:
    """Alerts, one a line."""
    data = [alert_json(alert, lang) for alert in listed]
    return Page(
        json={"schema": SCHEMA, "as_of": iso(as_of), "alerts": data},
        lines=tuple(data),
        tables=(_alert_table(listed, lang),) if listed else (),
        flat=_flat_alerts(listed, lang),
        empty_message="no alerts",
    )


def alert(shown_alert: Alert, as_of: datetime, lang: str) -> Page:
    """One alert with its history."""
    turns = [turn for turn in shown_alert.transitions if turn.at <= as_of]
    history = [_turn_json(turn) for turn in turns]
    data = {**alert_json(shown_alert, lang), "history": history}
    table = Table(
        columns(lang, "time", "state", "severity", "by"),
        tuple(
            (t.at, say(t.state, lang), say(t.severity, lang), told(t.why, lang) or None)
            for t in turns
        ),
        title=shown_alert.id,
        facts=tuple(_alert_facts(shown_alert, lang)),
    )
    rows = [
        {"id": shown_alert.id, **written, "at": turn.at}
        for turn, written in zip(turns, history, strict=True)
    ]
    return Page(
        json={"schema": SCHEMA, "as_of": iso(as_of), "alert": data},
        lines=(data,),
        tables=(table,),
        flat=flat(rows, lang, "id", "at", "state", "severity", "by"),
    )


def _alert_facts(alert: Alert, lang: str) -> Iterable[tuple[str, str]]:
    facts = {
        "rule": rule_title(alert.rule, lang),
        "severity": say(alert.severity, lang),
        "state": say(alert.state, lang),
        "declaration": alert.declaration,
        "since": shown(alert.since),
        "alert": message(alert, lang),
        "next step": next_step(alert, lang),
        "look further": look_further(alert),
        "muted by": alert.muted_by,
        "acknowledged until": minute(alert.acknowledged_until),
    }
    return ((say(name, lang), value) for name, value in facts.items() if value)


def history(turns: Sequence[tuple[Alert, Transition]], as_of: datetime, lang: str) -> Page:
    """State changes of alerts, one a line."""
    data = [
        {"id": a.id, "rule": a.rule, "declaration": a.declaration, **_turn_json(turn)}
        for a, turn in turns
    ]
    names = ("at", "id", "rule", "declaration", "state", "severity", "by")
    cells = tuple(_turn_row(alert, turn, lang) for alert, turn in turns)
    rows = [{**written, "at": turn.at} for written, (_, turn) in zip(data, turns, strict=True)]
    return Page(
        json={"schema": SCHEMA, "as_of": iso(as_of), "history": data},
        lines=tuple(data),
        tables=(Table(columns(lang, "time", *names[1:]), cells),) if turns else (),
        flat=flat(rows, lang, *names),
        empty_message="no alerts",
    )


def _turn_row(alert: Alert, turn: Transition, lang: str) -> tuple[Cell, ...]:
    return (
        turn.at,
        alert.id,
        rule_title(alert.rule, lang),
        alert.declaration,
        say(turn.state, lang),
        say(turn.severity, lang),
        told(turn.why, lang) or None,
    )


def silences(listed: Sequence[Silence], as_of: datetime, lang: str) -> Page:
    """Silences, one a line."""
    data = [
        {"id": s.id, "match": s.match, "since": iso(s.since), "until": iso(s.until)} for s in listed
    ]
    rows: list[dict[str, Cell]] = [
        {
            "id": silence.id,
            "match": ", ".join(f"{key}={value}" for key, value in silence.match.items()),
            "since": silence.since,
            "until": silence.until,
        }
        for silence in listed
    ]
    table = flat(rows, lang, "id", "match", "since", "until")
    return Page(
        json={"schema": SCHEMA, "as_of": iso(as_of), "silences": data},
        lines=tuple(data),
        tables=(table,) if rows else (),
        flat=table,
        empty_message="nothing is silenced",
    )


def checked(result: Checked, deliveries: Sequence[Delivered], as_of: datetime, lang: str) -> Page:
    """What a check changed, and the deliveries it made; no table where nothing changed."""
    changes = {"new": result.new, "resolved": result.resolved, "repeated": result.repeated}
    changed = tuple(chain.from_iterable(changes.values()))
    data = {name: [alert_json(a, lang) for a in listed] for name, listed in changes.items()}
    return Page(
        json={
            "schema": SCHEMA,
            "as_of": iso(as_of),
            **data,
            "open": sum(a.state is not AlertState.PENDING for a in result.live),
            "cannot_assess": [_unknown_json(outcome, lang) for outcome in result.cannot_assess],
            "deliveries": list(map(asdict, deliveries)),
        },
        lines=tuple(chain.from_iterable(data.values())),
        tables=(*_change_tables(changes, lang), *_delivery_tables(deliveries, lang)),
        flat=_flat_alerts(changed, lang),
    )


def _unknown_json(outcome: CannotAssess, lang: str) -> dict[str, Any]:
    return {"rule": outcome.rule, "declaration": outcome.declaration, "why": why(outcome, lang)}


def _change_tables(changes: Mapping[str, Sequence[Alert]], lang: str) -> Iterable[Table]:
    for name, listed in changes.items():
        if listed:
            yield _alert_table(listed, lang, say(name, lang))


def _delivery_tables(deliveries: Iterable[Delivered], lang: str) -> Iterable[Table]:
    """The messages that no channel accepted, or that a dry run would send."""
    rows = tuple(
        (
            d.channel,
            ", ".join(d.alerts),
            say(d.result or "would be sent", lang),
            told(d.detail or "", lang),
        )
        for d in deliveries
        if d.result != "accepted"
    )
    if rows:
        headings = columns(lang, "channel", "alerts", "result", "reason")
        yield Table(headings, rows, title=say("deliveries", lang))


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


def _turn_json(turn: Transition) -> dict[str, Any]:
    """A state change; ``by`` is what caused it, unless that was the finding."""
    return {
        "at": iso(turn.at),
        "state": turn.state,
        "severity": turn.severity,
        "by": turn.why or None,
    }


def _alert_table(alerts: Sequence[Alert], lang: str, title: str = "") -> Table:
    """Alerts, one a line, with what to do; their state too, unless a title says it."""
    names = ["id", "severity", "state", "=declaration", "since", "alert", "call"]
    if title:
        names.remove("state")
    if not any(alert.contact for alert in alerts):
        names.remove("call")
    return tabulated(
        [_alert_cells(alert, lang) for alert in alerts],
        lang,
        names,
        title=title,
        notes=tuple(_steps(alerts, lang)),
        marks=tuple(ALERT_MARKS[alert.severity] for alert in alerts),
    )


def _alert_cells(alert: Alert, lang: str) -> dict[str, Cell]:
    return {
        "id": alert.id,
        "severity": translated(alert.severity, lang),
        "state": translated(alert.state, lang),
        "=declaration": alert.declaration,
        "since": minute(alert.since),
        "alert": message(alert, lang),
        "call": alert.contact,
    }


def _steps(alerts: Iterable[Alert], lang: str) -> Iterable[str]:
    """The next step of each rule among unresolved alerts."""
    steps = {a.rule: next_step(replace(a, contact=None), lang) for a in alerts if a.unresolved}
    colon = punctuated(": ", lang)
    return (f"  {rule_title(rule, lang)}{colon}{step}" for rule, step in steps.items() if step)


def _flat_alerts(alerts: Iterable[Alert], lang: str) -> Table:
    rows = [{**alert_json(alert, lang), "since": alert.since} for alert in alerts]
    names = ("id", "rule", "severity", "state", "declaration", "since", "message", "next_step")
    return flat(rows, lang, *names)
