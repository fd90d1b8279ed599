"""Channels as pages: which there are, what came of a test, and which an alert reaches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from clearance.alerting.routing import Route, unfit, values
from clearance.channels import (
    NEVER,
    Accepted,
    Channel,
    Match,
    Refused,
    Result,
    Retry,
    Terms,
)
from clearance.errors import Phrase
from clearance.model import Alert, Severity, Words, in_language
from clearance.render import Page, Table
from clearance.render.findings import message
from clearance.render.tables import SCHEMA, columns, flat, iso, minute, tabulated
from clearance.render.words import joined, punctuated, say, told, worded

_WHY: Mapping[Route, Words] = {
    Route.TOLD: {
        "en": "it is told of {severities}",
        "zh": "此通道接收：{severities}",
    },
    Route.CUSTOMER: {
        "en": "only a customer is told there",
        "zh": "此通道只用于通知客户",
    },
    Route.SEVERITY: {
        "en": "it is told of {severities}, and the alert is {severity}",
        "zh": "此通道只接收：{severities}，而此预警为{severity}",
    },
    Route.MATCH: {
        "en": "it takes only {key} {wanted}, and the alert has {about}",
        "zh": "此通道只接收 {key} {wanted}，而此预警为 {about}",
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
    Route.HISTORY: {
        "en": "the alert was there before: it is told of if it gets worse",
        "zh": "此预警在基线之前已存在：恶化时才通知",
    },
}
"""Why a channel is told of an alert, or why not."""

_QUIET: Words = {"en": "quiet {quiet}", "zh": "静默时段 {quiet}"}
_DAILY: Words = {"en": "once a day at {digest}", "zh": "每日 {digest} 一次"}
_IN_DIGEST: Words = {"en": "in the message of the day: {at}", "zh": "并入每日消息：{at}"}
_AFTER_QUIET: Words = {"en": "when its quiet hours end: {at}", "zh": "静默时段结束后：{at}"}
_GONE: Words = {"en": "not set any more", "zh": "已不在设置中"}
_NOBODY: Words = {"en": "no channel is told of it", "zh": "没有通道会收到"}

_RESULTS: Mapping[str, Words] = {
    "accepted": {"en": "accepted", "zh": "已接收"},
    "retry": {"en": "not accepted now", "zh": "暂未接收"},
    "refused": {"en": "refused", "zh": "被拒绝"},
}


def channels(
    some: Mapping[str, Channel], waiting: Mapping[str, int], held: Mapping[str, int], lang: str
) -> Page:
    """Each channel, what it is told of and when, how many messages are queued and how many held.

    After them stand those that are not set any more and for which messages wait.
    """
    gone = sorted({*waiting, *held} - {*some})
    rows = [
        {
            **_channel_json(name, some.get(name)),
            "waiting": waiting.get(name, 0),
            "held": held.get(name, 0),
        }
        for name in (*some, *gone)
    ]
    cells = [_channel_cells(row, some.get(row["name"]), lang) for row in rows]
    optional = [head for head in ("only", "times") if any(row[head] for row in cells)]
    heads = ["=channel", "=kind", "told of", *optional, "=language", ">queued", ">held"]
    table = tabulated(cells, lang, heads)
    spread = [
        {**row, "severities": " ".join(row["severities"]), "match": cell["only"]}
        for row, cell in zip(rows, cells, strict=True)
    ]
    names = ("name", "kind", "severities", "match", "quiet", "digest", "lang", "waiting", "held")
    return Page(
        json={"schema": SCHEMA, "channels": rows},
        lines=tuple(rows),
        tables=(table,) if rows else (),
        flat=flat(spread, lang, *names),
        empty_message="no channel is set: nobody is told of alerts",
    )


def _channel_json(name: str, channel: Channel | None) -> dict[str, Any]:
    if channel is None:
        return {"name": name, **_NOT_SET}
    terms = channel.terms
    return {
        "name": name,
        "kind": channel.kind,
        "severities": [str(severity) for severity in terms.severities],
        "alerts": terms.alerts,
        "lang": channel.lang,
        "match": {key: list(values) for key, values in terms.match.wanted().items()},
        "repeat": _repeat(terms),
        "resolved": terms.resolved,
        "quiet": str(terms.quiet) or None,
        "quiet_critical": terms.quiet_critical,
        "digest": str(terms.digest) if terms.digest else None,
        "zone": str(terms.zone) if terms.zone else None,
    }


_NOT_SET: Mapping[str, Any] = {
    "kind": None, "severities": [], "alerts": False, "lang": None, "match": {}, "repeat": None,
    "resolved": False, "quiet": None, "quiet_critical": False, "digest": None, "zone": None,
}  # fmt: skip
"""What is shown of a channel that is not set any more."""


def _repeat(terms: Terms) -> float | bool | None:
    """The seconds between two messages; False for never, None for those of the severity."""
    if terms.repeat is None or terms.repeat is NEVER:
        return None if terms.repeat is None else False
    return terms.repeat.total_seconds()


def _channel_cells(row: Mapping[str, Any], channel: Channel | None, lang: str) -> dict[str, Any]:
    terms = channel.terms if channel else Terms()
    times = [
        worded(_QUIET, lang, quiet=terms.quiet) if terms.quiet.windows else "",
        worded(_DAILY, lang, digest=terms.digest) if terms.digest else "",
    ]
    told_of = _severities(terms.severities, lang)
    if not row["alerts"]:
        told_of = in_language(_WHY[Route.CUSTOMER] if channel else _GONE, lang)
    return {
        "=channel": row["name"],
        "=kind": row["kind"],
        "told of": told_of,
        "only": _match(terms.match, lang),
        "times": punctuated("; ", lang).join(filter(None, times)),
        "=language": row["lang"],
        ">queued": row["waiting"],
        ">held": row["held"],
    }


def _match(match: Match, lang: str) -> str:
    """What a channel takes: every key, and the values any of which fits."""
    parts = (f"{say(key, lang)} {joined(some, lang)}" for key, some in match.wanted().items())
    return punctuated("; ", lang).join(parts)


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
    data: dict[str, Any] = {"schema": SCHEMA, **row}
    if not isinstance(result, Accepted):
        data["error"] = {"kind": "not_accepted", "message": str(not_accepted(name, result))}
    return Page(data, (row,), (table,), flat([row], lang, *row))


def not_accepted(name: str, result: Retry | Refused) -> Phrase:
    """That a channel has not accepted a test message, and why."""
    return Phrase("channel {name} has not taken the message: {why}", name=name, why=result.reason)


def routes(
    alert: Alert,
    found: Mapping[str, Route],
    some: Mapping[str, Channel],
    as_of: datetime,
    lang: str,
) -> Page:
    """Which channels an alert would reach, when, and why."""
    when = {
        name: some[name].terms.waits_until(alert.severity, as_of)
        for name, route in found.items()
        if route is Route.TOLD
    }
    local = {name: at.astimezone(as_of.tzinfo) if at else None for name, at in when.items()}
    rows: list[dict[str, Any]] = [
        {
            "channel": name,
            "reached": name in when,
            "when": iso(local.get(name)),
            "why": _why(alert, route, some[name].terms, local.get(name), "en"),
        }
        for name, route in found.items()
    ]
    table = Table(
        columns(lang, "=channel", "=reached", "why"),
        tuple(
            (
                name,
                say("yes" if name in when else "no", lang),
                _why(alert, route, some[name].terms, local.get(name), lang),
            )
            for name, route in found.items()
        ),
        title=f"{alert.id}  {message(alert, lang)}",
        notes=() if when else (f"  {in_language(_NOBODY, lang)}",),
        marks=tuple("good" if name in when else "" for name in found),
    )
    about = {"alert": alert.id, "rule": alert.rule, "severity": str(alert.severity)}
    return Page(
        json={"schema": SCHEMA, **about, "channels": rows},
        lines=tuple(rows),
        tables=(table,) if rows else (),
        flat=flat(rows, lang, "channel", "reached", "when", "why"),
        empty_message="no channel is set: nobody is told of alerts",
    )


def _why(alert: Alert, route: Route, terms: Terms, when: datetime | None, lang: str) -> str:
    key = unfit(alert, terms.match) or ""
    why = worded(
        _WHY[route],
        lang,
        severities=_severities(terms.severities, lang),
        severity=say(alert.severity, lang),
        key=say(key, lang),
        wanted=joined(terms.match.wanted().get(key, ()), lang),
        about=joined(values(alert, key), lang) or say("none", lang),
    )
    if route is not Route.TOLD:
        return why
    parts = [why, _match(terms.match, lang)]
    if when:
        parts.append(worded(_IN_DIGEST if terms.digest else _AFTER_QUIET, lang, at=minute(when)))
    return punctuated("; ", lang).join(filter(None, parts))
