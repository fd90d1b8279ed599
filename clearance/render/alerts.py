"""Alerts as pages: ``alerts`` and ``check``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache, partial
from itertools import chain
from typing import TYPE_CHECKING, Any

from clearance.model import (
    Alert,
    AlertState,
    Remark,
    Severity,
    Silence,
    Transition,
    Words,
    deferred,
    in_language,
    replace,
)
from clearance.model.values import content_of
from clearance.named_tuples import NamedTuple
from clearance.render import Cell, Column, Page, Table
from clearance.render.findings import (
    look_further,
    message,
    next_step,
    numbers_json,
    rule_title,
    shown_state,
    why,
)
from clearance.render.tables import SCHEMA, columns, flat, iso, minute, tabulated, translated
from clearance.render.text import shown
from clearance.render.words import punctuated, say, told, worded

if TYPE_CHECKING:
    from clearance.alerting.evaluation import Checked
    from clearance.alerting.outbox import Delivered
    from clearance.alerting.rules import CannotAssess


class Told(NamedTuple):
    """What a check told customers: for programs, and for people."""

    json: dict[str, Any]
    tables: tuple[Table, ...]


ALERT_MARKS = {Severity.CRITICAL: "bad", Severity.WARNING: "warn", Severity.INFO: ""}
"""The style of an alert's row."""
_SPARE = {"call": 5, "said_by": 4, "state": 3, "since": 2, "id": 1}
"""Columns that a narrow terminal does without, the highest first."""


CHECKED: Words = {
    "en": "as of the check of {at}",
    "zh": "截至 {at} 的检查",
}
_NONE: Words = {
    "en": "no alerts; the last check was as of {at}",
    "zh": "没有预警；最近一次检查截至 {at}",
}
_NEVER_CHECKED: Words = {
    "en": "not checked yet: run clearance check",
    "zh": "尚未检查：请运行 clearance check",
}
_MATCHES: Words = {
    "en": "silences {n} of the alerts that are open now",
    "zh": "现静默 {n} 条未解除的预警",
}
_MATCHES_NOTHING: Words = {
    "en": "matches no alert now: it holds for alerts to come",
    "zh": "现无匹配的预警：仅对今后的预警有效",
}


def alerts(
    listed: Sequence[Alert], as_of: datetime, lang: str, checked_at: datetime | None = None
) -> Page:
    """Alerts, one a line, what holds people's attention first; when the last check was."""
    ordered = sorted(listed, key=lambda alert: not alert.notifiable)
    data = cache(lambda: [alert_json(alert, lang) for alert in ordered])
    about = {"schema": SCHEMA, "as_of": iso(as_of), "checked_at": iso(checked_at)}

    def tables() -> tuple[Table, ...]:
        table = _with_last_check(_alert_table(ordered, lang), checked_at, lang)
        return (table,) if listed else ()

    return Page(
        json=deferred(lambda: {**about, "alerts": data()}),
        lines=deferred(lambda: tuple(data())),
        tables=deferred(tables),
        flat=deferred(partial(_flat_alerts, ordered, lang)),
        empty_message=last_check(checked_at, lang, found=False),
    )


def _with_last_check(table: Table, checked_at: datetime | None, lang: str) -> Table:
    """A table of alerts that says when a check last looked, if one has."""
    if checked_at is None:
        return table
    return replace(table, notes=(*table.notes, f"  {last_check(checked_at, lang)}"))


def last_check(checked_at: datetime | None, lang: str, *, found: bool = True) -> str:
    """When a check last looked, or that none has; ``found``: whether any alert is shown."""
    if checked_at is None:
        return in_language(_NEVER_CHECKED, lang)
    return worded(CHECKED if found else _NONE, lang, at=minute(checked_at))


def acknowledged(seen: Sequence[Alert], as_of: datetime, lang: str) -> Page:
    """Alerts that were acknowledged: one with its history, several one a line."""
    if len(seen) == 1:
        return alert(seen[0], as_of, lang)
    return alerts(seen, as_of, lang)


def alert(
    shown_alert: Alert, as_of: datetime, lang: str, checked_at: datetime | None = None
) -> Page:
    """One alert with its history, as the check of ``checked_at`` left it."""
    turns = [turn for turn in shown_alert.transitions if turn.at <= as_of]
    history = [_turn_json(turn) for turn in turns]
    data = {**alert_json(shown_alert, lang), "history": history}
    table = Table(
        columns(lang, "time", "state", "severity", "by"),
        tuple((t.at, say(t.state, lang), say(t.severity, lang), _why(t, lang)) for t in turns),
        title=shown_alert.id,
        facts=tuple(_alert_facts(shown_alert, lang)),
    )
    if shown_alert.resolved_at is None:
        table = _with_last_check(table, checked_at, lang)
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
        "state": say(shown_state(alert), lang),
        "declaration": alert.declaration,
        "since": shown(alert.since),
        "alert": message(alert, lang),
        "next step": next_step(alert, lang),
        "look further": look_further(alert),
        "muted by": alert.muted_by,
        "silenced until": minute(alert.silenced_until),
        "acknowledged until": minute(alert.acknowledged_until),
        "said by": _held_by(alert, lang),
    }
    return ((say(name, lang), value) for name, value in facts.items() if value)


def history(
    turns: Sequence[tuple[Alert, Transition]],
    as_of: datetime,
    lang: str,
    made: Sequence[Silence] = (),
) -> Page:
    """State changes of alerts, and silences as they were made, one a line."""
    entries = [(turn.at, alert.id, _change_json(alert, turn), _turn_row(alert, turn, lang))
               for alert, turn in turns]  # fmt: skip
    entries += [(s.since, s.id, _made_json(s), _made_row(s, lang)) for s in made]
    entries.sort(key=lambda entry: entry[:2])
    names = ("at", "id", "rule", "declaration", "state", "severity", "by")
    headings = ("=time", "=id", "=rule", "=declaration", "=state", "=severity", "by")
    data = [written for _, _, written, _ in entries]
    rows = [{**written, "at": at} for at, _, written, _ in entries]
    cells = tuple(row for *_, row in entries)
    table = Table(
        _spared(columns(lang, *headings), {"severity": 3, "id": 2, "rule": 1}, "by"), cells
    )
    return Page(
        json={"schema": SCHEMA, "as_of": iso(as_of), "history": data},
        lines=tuple(data),
        tables=(table,) if entries else (),
        flat=flat(rows, lang, *names),
        empty_message="no alerts",
    )


def _change_json(alert: Alert, turn: Transition) -> dict[str, Any]:
    about = {"id": alert.id, "rule": alert.rule, "declaration": alert.declaration}
    return {**about, **_turn_json(turn)}


def _made_json(silence: Silence) -> dict[str, Any]:
    """A silence as it was made, as a change of state is given."""
    return {
        "id": silence.id,
        **{name: silence.match.get(name) for name in ("rule", "declaration", "severity")},
        "at": iso(silence.since),
        "state": "silenced",
        "by": f"until {iso(silence.until)}",
        "who": silence.said.who,
        "note": silence.said.note,
        "match": silence.match,
    }


def _made_row(silence: Silence, lang: str) -> tuple[Cell, ...]:
    rule, severity = silence.match.get("rule"), silence.match.get("severity")
    others = {"rule", "declaration", "severity"}
    labels = [f"{key}={value}" for key, value in silence.match.items() if key not in others]
    until = told(f"until {iso(silence.until)}", lang)
    why = (*labels, until, _said(silence.said, lang))
    return (
        silence.since,
        silence.id,
        rule_title(rule, lang) if rule else None,
        silence.match.get("declaration"),
        say("silenced", lang),
        translated(severity, lang),
        punctuated("; ", lang).join(text for text in why if text),
    )


def _turn_row(alert: Alert, turn: Transition, lang: str) -> tuple[Cell, ...]:
    return (
        turn.at,
        alert.id,
        rule_title(alert.rule, lang),
        alert.declaration,
        say(turn.state, lang),
        say(turn.severity, lang),
        _why(turn, lang),
    )


def _why(turn: Transition, lang: str) -> str | None:
    """What caused a change of state, and what a person said with it."""
    said = _said(turn.said, lang)
    why = told(turn.why, lang)
    return punctuated("; ", lang).join(text for text in (why, said) if text) or None


def _said(remark: Remark, lang: str) -> str:
    """What a person said, with who it was."""
    return punctuated(": ", lang).join(text for text in (remark.who, remark.note) if text)


def silences(
    listed: Sequence[Silence],
    as_of: datetime,
    lang: str,
    matched: Mapping[str, int] | None = None,
) -> Page:
    """Silences, one a line; ``matched`` counts the open alerts that match each, by its id."""
    counts = matched or {}
    data = [_silence_json(silence, counts.get(silence.id)) for silence in listed]
    rows: list[dict[str, Cell]] = [
        {
            "id": silence.id,
            "match": ", ".join(f"{key}={value}" for key, value in silence.match.items()),
            "since": silence.since,
            "until": silence.until,
            "matches": counts.get(silence.id),
            "note": _said(silence.said, lang),
        }
        for silence in listed
    ]
    names = ["id", "match", "since", "until", "matches"]
    if any(row["note"] for row in rows):
        names.append("note")
    notes = tuple(f"  {_matches(n, lang)}" for n in counts.values()) if len(rows) == 1 else ()
    table = replace(flat(rows, lang, *names), notes=notes)
    return Page(
        json={"schema": SCHEMA, "as_of": iso(as_of), "silences": data},
        lines=tuple(data),
        tables=(table,) if rows else (),
        flat=table,
        empty_message="nothing is silenced",
    )


def _silence_json(silence: Silence, matches: int | None) -> dict[str, Any]:
    return {
        "id": silence.id,
        "match": silence.match,
        "since": iso(silence.since),
        "until": iso(silence.until),
        "note": silence.said.note,
        "who": silence.said.who,
        "matches": matches,
    }


def _matches(n: int, lang: str) -> str:
    return worded(_MATCHES, lang, n=n) if n else in_language(_MATCHES_NOTHING, lang)


def checked(
    result: Checked,
    deliveries: Sequence[Delivered],
    as_of: datetime,
    lang: str,
    customers: Told | None = None,
) -> Page:
    """What a check changed, and the deliveries it made; no table where nothing changed.

    ``customers`` is what it told customers, where there are any.
    """
    changes = {"new": result.new, "resolved": result.resolved, "repeated": result.repeated}

    @cache
    def data() -> dict[str, list[dict[str, Any]]]:
        return {name: [alert_json(a, lang) for a in listed] for name, listed in changes.items()}

    return Page(
        json=deferred(
            lambda: {
                "schema": SCHEMA,
                "as_of": iso(as_of),
                **data(),
                "open": sum(a.state is not AlertState.PENDING for a in result.live),
                "cannot_assess": [_unknown_json(outcome, lang) for outcome in result.cannot_assess],
                "deliveries": list(map(_delivery_json, deliveries)),
                "baseline": result.baseline,
                **(customers.json if customers else {}),
            }
        ),
        lines=deferred(lambda: tuple(chain.from_iterable(data().values()))),
        tables=deferred(
            lambda: (
                *_change_tables(changes, lang),
                *(customers.tables if customers else ()),
                *_delivery_tables(deliveries, lang),
            )
        ),
        flat=deferred(lambda: _flat_alerts(tuple(chain.from_iterable(changes.values())), lang)),
    )


def _delivery_json(delivery: Delivered) -> dict[str, Any]:
    """A delivery; ``notices`` are named where it was to a customer."""
    written = content_of(delivery)
    return written if delivery.notices else {k: v for k, v in written.items() if k != "notices"}


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
            ", ".join(d.alerts or d.notices),
            say(d.result or "would be sent", lang),
            told(d.detail or "", lang),
        )
        for d in deliveries
        if d.result != "accepted"
    )
    if rows:
        headings = columns(lang, "channel", "alerts or notices", "result", "reason")
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
        "silenced_until": iso(alert.silenced_until),
        "held_by": alert.remark.who if alert.unresolved else None,
        "held_why": alert.remark.note if alert.unresolved else None,
        "told_at": iso(alert.notified_at),
        "baseline": alert.baseline,
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
        "who": turn.said.who,
        "note": turn.said.note,
    }


def _alert_table(alerts: Sequence[Alert], lang: str, title: str = "") -> Table:
    """Alerts, one a line, with what to do; their state too, unless a title says it."""
    names = ["=id", "=severity", "=state", "said by", "=declaration", "=since", "call", "alert"]
    if title:
        names.remove("=state")
    if title or not any(map(_held_by, alerts)):
        names.remove("said by")
    if not any(alert.contact for alert in alerts):
        names.remove("call")
    table = tabulated(
        [_alert_cells(alert, lang) for alert in alerts],
        lang,
        names,
        title=title,
        notes=tuple(_steps(alerts, lang)),
        marks=tuple(ALERT_MARKS[alert.severity] for alert in alerts),
    )
    return replace(table, columns=_spared(table.columns, _SPARE, "alert"))


def _spared(heads: Iterable[Column], spare: Mapping[str, int], below: str) -> tuple[Column, ...]:
    """Columns of which a narrow terminal does without some, and one that may stand below them."""
    return tuple(
        replace(head, spare=spare.get(head.key, 0), below=head.key == below) for head in heads
    )


def _alert_cells(alert: Alert, lang: str) -> dict[str, Cell]:
    return {
        "=id": alert.id,
        "=severity": translated(alert.severity, lang),
        "=state": translated(shown_state(alert), lang),
        "said by": _held_by(alert, lang) or None,
        "=declaration": alert.declaration,
        "=since": minute(alert.since),
        "call": alert.contact,
        "alert": message(alert, lang),
    }


def _held_by(alert: Alert, lang: str = "en") -> str:
    """Who holds an alert back, and why."""
    return _said(alert.remark, lang) if alert.unresolved else ""


def _steps(alerts: Iterable[Alert], lang: str) -> Iterable[str]:
    """The next step of each rule among unresolved alerts."""
    steps = {a.rule: next_step(replace(a, contact=None), lang) for a in alerts if a.unresolved}
    colon = punctuated(": ", lang)
    return (f"  {rule_title(rule, lang)}{colon}{step}" for rule, step in steps.items() if step)


def _flat_alerts(alerts: Iterable[Alert], lang: str) -> Table:
    rows = [{**alert_json(alert, lang), "since": alert.since} for alert in alerts]
    names = ("id", "rule", "severity", "state", "declaration", "since", "message", "next_step")
    return flat(rows, lang, *names)
