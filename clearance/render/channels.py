"""Channels as pages: which there are, what came of a test, and which an alert reaches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from clearance.alerting.routing import Route
from clearance.channels import Accepted, Channel, Result
from clearance.model import Alert, Severity, Words, in_language
from clearance.render import Page, Table
from clearance.render.findings import message
from clearance.render.tables import SCHEMA, columns, flat
from clearance.render.words import joined, say, told, worded

_WHY: Mapping[Route, Words] = {
    Route.TOLD: {
        "en": "it is told of {severities}",
        "zh": "此通道接收：{severities}",
    },
    Route.SEVERITY: {
        "en": "it is told of {severities}, and the alert is {severity}",
        "zh": "此通道只接收：{severities}，而此预警为{severity}",
    },
    Route.MATCH: {
        "en": "the alert is about something else than it takes",
        "zh": "此预警不在该通道的接收范围",
    },
    Route.ITSELF: {
        "en": "the alert is about this channel",
        "zh": "此预警就是关于该通道的",
    },
    Route.PENDING: {
        "en": "the alert is only observed yet",
        "zh": "此预警尚在观察",
    },
    Route.RECOVERING: {
        "en": "the alert is about to be over",
        "zh": "此预警即将解除",
    },
    Route.ACKNOWLEDGED: {
        "en": "somebody has acknowledged the alert",
        "zh": "此预警已被确认",
    },
    Route.RESOLVED: {
        "en": "the alert is over",
        "zh": "此预警已解除",
    },
    Route.SILENCED: {
        "en": "the alert is silenced",
        "zh": "此预警已静默",
    },
    Route.EXPLAINED: {
        "en": "another alert explains it, and that one is told",
        "zh": "另一预警已说明其原因，只通知那一预警",
    },
}
"""Why a channel is told of an alert, or why not."""

_RESULTS: Mapping[str, Words] = {
    "accepted": {"en": "accepted", "zh": "已接收"},
    "retry": {"en": "not accepted now", "zh": "暂未接收"},
    "refused": {"en": "refused", "zh": "被拒绝"},
}


def channels(some: Mapping[str, Channel], waiting: Mapping[str, int], lang: str) -> Page:
    """Each channel, what it is told of, and how many messages wait for it."""
    rows: list[dict[str, Any]] = [
        {
            "name": name,
            "kind": _kind(channel),
            "severities": [str(severity) for severity in channel.terms.severities],
            "lang": channel.lang,
            "waiting": waiting.get(name, 0),
        }
        for name, channel in some.items()
    ]
    table = Table(
        columns(lang, "=channel", "=kind", "told of", "=language", ">queued"),
        tuple(
            (
                name,
                _kind(channel),
                _severities(channel.terms.severities, lang),
                channel.lang,
                waiting.get(name, 0),
            )
            for name, channel in some.items()
        ),
    )
    spread = ({**row, "severities": " ".join(row["severities"])} for row in rows)
    return Page(
        json={"schema": SCHEMA, "channels": rows},
        lines=tuple(rows),
        tables=(table,) if rows else (),
        flat=flat(spread, lang, "name", "kind", "severities", "lang", "waiting"),
        empty_message="no channel is set: nobody is told of alerts",
    )


def _kind(channel: Channel) -> str:
    """The kind of a channel: the name of its module."""
    return type(channel).__module__.rpartition(".")[2]


def _severities(some: Iterable[Severity], lang: str) -> str:
    return joined((say(severity, lang) for severity in some), lang)


def tested(name: str, result: Result, lang: str) -> Page:
    """What came of a test message."""
    detail = "" if isinstance(result, Accepted) else result.reason
    result_name = type(result).__name__.lower()
    row = {"channel": name, "result": result_name, "detail": detail or None}
    table = Table(
        columns(lang, "=channel", "=result", "detail"),
        ((name, in_language(_RESULTS[result_name], lang), told(detail, lang) or None),),
        marks=("good" if isinstance(result, Accepted) else "bad",),
    )
    data = {"schema": SCHEMA, **row}
    return Page(data, (row,), (table,), flat([row], lang, *row))


def routes(
    alert: Alert, found: Mapping[str, Route], some: Mapping[str, Channel], lang: str
) -> Page:
    """Which channels an alert would reach, and why."""
    rows: list[dict[str, Any]] = [
        {
            "channel": name,
            "reached": route is Route.TOLD,
            "why": _why(alert, route, some[name], "en"),
        }
        for name, route in found.items()
    ]
    table = Table(
        columns(lang, "=channel", "=reached", "why"),
        tuple(
            (
                name,
                say("yes" if route is Route.TOLD else "no", lang),
                _why(alert, route, some[name], lang),
            )
            for name, route in found.items()
        ),
        title=f"{alert.id}  {message(alert, lang)}",
        marks=tuple("good" if route is Route.TOLD else "" for route in found.values()),
    )
    about = {"alert": alert.id, "rule": alert.rule, "severity": str(alert.severity)}
    return Page(
        json={"schema": SCHEMA, **about, "channels": rows},
        lines=tuple(rows),
        tables=(table,) if rows else (),
        flat=flat(rows, lang, "channel", "reached", "why"),
        empty_message="no channel is set: nobody is told of alerts",
    )


def _why(alert: Alert, route: Route, channel: Channel, lang: str) -> str:
    return worded(
        _WHY[route],
        lang,
        severities=_severities(channel.terms.severities, lang),
        severity=say(alert.severity, lang),
    )
