"""Deliveries to messages for people, in their channel's language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from clearance.alerting.outbox import Delivery
from clearance.channels import Line, Notification
from clearance.model import Alert
from clearance.render.alerts import alert_json, look_further, message, next_step, rule_title
from clearance.render.text import duration, visible
from clearance.render.words import say

_SECTIONS = ("new", "repeated", "resolved")
_WORDS = {
    "en": {
        "title": "{severity} · clearance: {counts}",
        "new": "new",
        "repeated": "still open",
        "resolved": "over",
        "since": "since {since} ({elapsed})",
        "ended": "since {since}, over at {until} ({elapsed})",
        "rule": "rule {rule}",
        "note": "customs: {note}",
        "next": "next: {next}",
        "more": "more: {command}",
    },
    "zh": {
        "title": "{severity} · clearance 通关预警: {counts}",
        "new": "新增",
        "repeated": "仍未解除",
        "resolved": "已解除",
        "since": "起始时间 {since} (已历 {elapsed})",
        "ended": "起始时间 {since}, 解除时间 {until} (历时 {elapsed})",
        "rule": "规则 {rule}",
        "note": "海关说明: {note}",
        "next": "下一步: {next}",
        "more": "查看详情: {command}",
    },
}
_TOLD_APART = ("note", "reference")


def notification(delivery: Delivery, alerts: Mapping[str, Alert], lang: str) -> Notification:
    """The message of a delivery."""
    words = _WORDS[lang]
    told = {
        section: [alerts[id] for id, change in delivery.items if change == section and id in alerts]
        for section in _SECTIONS
    }
    counts = ", ".join(f"{words[section]} {len(found)}" for section, found in told.items() if found)
    if lang == "en":
        counts = ", ".join(
            f"{len(some)} {words[section]}" for section, some in told.items() if some
        )
    return Notification(
        id=delivery.id,
        at=delivery.filed_at,
        severity=delivery.severity,
        lang=lang,
        title=words["title"].format(severity=say(delivery.severity, lang), counts=counts),
        lines=tuple(_lines(told, delivery.filed_at, lang)),
        document={
            section: [alert_json(alert, lang) for alert in found] for section, found in told.items()
        },
        threads=tuple(alert for alert in delivery.alerts if alert in alerts),
        reached=delivery.reached,
    )


def _lines(told: Mapping[str, list[Alert]], at: datetime, lang: str) -> Iterator[Line]:
    for section, found in told.items():
        if found:
            yield Line("section", _WORDS[lang][section])
        for alert in found:
            name = f"{alert.declaration}: " if alert.declaration else ""
            yield Line("alert", _clean(f"{name}{message(alert, lang)}"))
            for text in _details(alert, section, at, lang):
                yield Line("detail", _clean(text))


def _details(alert: Alert, section: str, at: datetime, lang: str) -> Iterator[str]:
    words = _WORDS[lang]
    until = alert.resolved_at or at
    times = {
        "since": f"{alert.since:%Y-%m-%d %H:%M}",
        "until": f"{until:%Y-%m-%d %H:%M}",
        "elapsed": duration((until - alert.since).total_seconds()),
    }
    yield words["ended" if section == "resolved" else "since"].format(**times)
    note = alert.values.get("note")
    if note and str(note) not in message(alert, lang):
        yield words["note"].format(note=note)
    if section != "resolved":
        numbers = ", ".join(_numbers(alert, lang))
        rule = words["rule"].format(rule=rule_title(alert.rule, lang))
        yield f"{rule}: {numbers}" if numbers else rule
        if step := next_step(alert, lang):
            yield words["next"].format(next=step)
    yield words["more"].format(command=look_further(alert))


def _numbers(alert: Alert, lang: str) -> Iterator[str]:
    """What was compared, but for what the alert's own words say."""
    said = message(alert, lang)
    for name, value in alert.values.items():
        written = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        written = say(written, lang) if name == "stage" else written
        if value is not None and name not in _TOLD_APART and written not in said:
            yield f"{say(name, lang)} {written}"


def _clean(text: str) -> str:
    """Foreign text on one line that steers nothing and can be written in UTF-8."""
    return visible(text).encode(errors="backslashreplace").decode()
