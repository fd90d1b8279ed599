"""Deliveries as messages for people, in their channel's language."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from datetime import datetime

from clearance.alerting.delivery import Told
from clearance.alerting.outbox import Delivery, Kind
from clearance.channels import Line, Notification
from clearance.customs import tables
from clearance.customs.references import own_reference
from clearance.model import Alert, Severity, Summary, Words, replace
from clearance.render.alerts import alert_json
from clearance.render.findings import (
    held_text,
    labelled_values,
    look_further,
    message,
    next_step,
    rule_title,
    value_text,
)
from clearance.render.text import duration, visible
from clearance.render.words import joined, punctuated, say, worded

_SECTIONS = ("new", "repeated", "resolved")
_WORDS: dict[str, Words] = {
    "title": {
        "en": "{severity} · clearance: {counts}",
        "zh": "{severity} · clearance 通关预警: {counts}",
    },
    "digest": {
        "en": "{severity} · clearance, the day {day}: {counts}",
        "zh": "{severity} · clearance 通关日报 {day}: {counts}",
    },
    "count": {"en": "{n} {section}", "zh": "{section} {n}"},
    "new": {"en": "new", "zh": "新增"},
    "repeated": {"en": "still open", "zh": "仍未解除"},
    "resolved": {"en": "over", "zh": "已解除"},
    "since": {"en": "since {since} ({elapsed})", "zh": "起始时间 {since} (已历 {elapsed})"},
    "ended": {
        "en": "since {since}, over at {until} ({elapsed})",
        "zh": "起始时间 {since}, 解除时间 {until} (历时 {elapsed})",
    },
    "rule": {"en": "rule {rule}", "zh": "规则 {rule}"},
    "note": {"en": "customs: {note}", "zh": "海关说明: {note}"},
    "next": {"en": "next: {next}", "zh": "下一步: {next}"},
    "test title": {
        "en": "clearance: this is a test",
        "zh": "clearance：这是一条测试消息",
    },
    "test": {
        "en": "Alerts come to this channel, {name}, and look like this. There is nothing to do.",
        "zh": "预警将发送到此通道 {name}，样式如此。无需处理。",
    },
    "call": {"en": "call: {contact}", "zh": "联系: {contact}"},
    "more": {"en": "more: {command}", "zh": "查看详情: {command}"},
}
_SHOWN_ELSEWHERE = ("note", "reference")
"""Values of an alert that its lines show already."""


def notification(delivery: Delivery, told: Mapping[str, Told], lang: str) -> Notification:
    """The message of a delivery; alerts by id, those that no longer exist are left out."""
    sections = _sections(delivery, told)
    going_on = bool(sections["new"] or sections["repeated"])
    return Notification(
        id=delivery.id,
        at=delivery.filed_at,
        severity=delivery.severity,
        lang=lang,
        title=_title(delivery, sections, lang),
        lines=tuple(_lines(delivery, sections, lang)),
        document={
            section: [alert_json(one.alert, lang) for one in listed]
            for section, listed in sections.items()
        },
        threads=tuple(id for id in delivery.alerts if id in told),
        reached=delivery.reached,
        calls=going_on and delivery.kind is not Kind.DIGEST,
        over=not going_on,
    )


def test(name: str, lang: str, at: datetime) -> Notification:
    """A message that says that it is a test, for a channel by its name."""
    return Notification(
        id=f"test_{os.urandom(8).hex()}",
        at=at,
        severity=Severity.INFO,
        lang=lang,
        title=_text("test title", lang),
        lines=(Line("section", _text("test", lang, name=_clean(name))),),
        document={"test": True},
        calls=True,
    )


def _sections(delivery: Delivery, told: Mapping[str, Told]) -> dict[str, list[Told]]:
    """The alerts of a delivery by what happened to them, empty sections too."""
    sections: dict[str, list[Told]] = {section: [] for section in _SECTIONS}
    for id, change in delivery.items:
        if id in told:
            sections[change].append(told[id])
    return sections


def _title(delivery: Delivery, sections: Mapping[str, list[Told]], lang: str) -> str:
    counts = [
        _text("count", lang, section=_text(section, lang), n=len(listed))
        for section, listed in sections.items()
        if listed
    ]
    return _text(
        "digest" if delivery.kind is Kind.DIGEST else "title",
        lang,
        severity=say(delivery.severity, lang),
        counts=joined(counts, lang),
        day=f"{delivery.filed_at:%Y-%m-%d}",
    )


def _text(key: str, lang: str, **values: object) -> str:
    return worded(_WORDS[key], lang, **values)


def _lines(delivery: Delivery, sections: Mapping[str, list[Told]], lang: str) -> Iterator[Line]:
    for section, listed in sections.items():
        if listed:
            yield Line("section", _text(section, lang))
        for one in listed:
            name = "".join(part + punctuated(": ", lang) for part in _names(one, lang))
            severity = ""
            if delivery.kind is Kind.DIGEST:
                severity = f"{say(one.alert.severity, lang)} · "
            yield Line("alert", _clean(f"{severity}{name}{message(one.alert, lang)}"))
            for detail in _details(one, section, delivery.filed_at, lang):
                yield Line("detail", _clean(detail))


def _names(told: Told, lang: str) -> Iterator[str]:
    """What a declaration is called: its own reference first, and customs' number beside it."""
    number = told.alert.declaration
    own = own_reference(told.declaration) if told.declaration else None
    if number and own and own != number:
        yield punctuated("{own} ({number})", lang).format(own=own, number=number)
    elif number:
        yield number


def _details(told: Told, section: str, at: datetime, lang: str) -> Iterator[str]:
    alert = told.alert
    if place := " · ".join(_place(told.declaration, lang)):
        yield place
    yield _period(alert, section, at, lang)
    note = alert.values.get("note")
    if note and str(note) not in message(alert, lang):
        yield _text("note", lang, note=note)
    if section != "resolved":
        yield from _reasons(alert, lang)
    if held := held_text(alert, lang):
        yield held
    yield _text("more", lang, command=look_further(alert))


def _place(declaration: Summary | None, lang: str) -> Iterator[str]:
    """The direction of a declaration, its office by name, and its stage."""
    if declaration is None:
        return
    if declaration.direction:
        yield say(declaration.direction, lang)
    if declaration.office:
        yield tables.with_name(declaration.system, "office", declaration.office, lang)
    if declaration.stage:
        yield say(declaration.stage, lang)


def _period(alert: Alert, section: str, at: datetime, lang: str) -> str:
    """Since when an alert has lasted, or from when to when it did."""
    until = alert.resolved_at or at
    return _text(
        "ended" if section == "resolved" else "since",
        lang,
        since=f"{alert.since:%Y-%m-%d %H:%M}",
        until=f"{until:%Y-%m-%d %H:%M}",
        elapsed=duration((until - alert.since).total_seconds(), lang=lang),
    )


def _reasons(alert: Alert, lang: str) -> Iterator[str]:
    """The rule of an alert with what it compared, what to do, and whom to call."""
    rule = _text("rule", lang, rule=rule_title(alert.rule, lang))
    values = punctuated(", ", lang).join(_values(alert, lang))
    yield rule + punctuated(": ", lang) + values if values else rule
    if step := next_step(replace(alert, contact=None), lang):
        yield _text("next", lang, next=step)
    if alert.contact:
        yield _text("call", lang, contact=alert.contact)


def _values(alert: Alert, lang: str) -> Iterator[str]:
    """What the rule compared, without what the alert's message says."""
    text = message(alert, lang)
    for name, labelled in labelled_values(alert.values, lang).items():
        written = value_text(name, alert.values[name], alert.values, lang)
        if name not in _SHOWN_ELSEWHERE and written not in text:
            yield labelled


def _clean(text: str) -> str:
    """Foreign text on one line that steers nothing and can be written in UTF-8."""
    return visible(text).encode(errors="backslashreplace").decode()
