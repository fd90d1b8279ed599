"""Anomaly rules: one function each, from a declaration to what is wrong with it.

A rule is a generator over one declaration and a context. It yields a ``Finding`` for each thing a
person should know, a ``Fine`` with what it compared where all is well, or ``CannotAssess`` where a
fact it needs is not known, which is never counted as fine. Its words stand in the decorator, its
reason in the docstring, its thresholds in ``defaults``, which configuration overrides.

Pure functions; ``Context.now`` is the moment looked from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from clearance.errors import BadArgument
from clearance.model import (
    Declaration,
    Event,
    Finding,
    Flag,
    Severity,
    Stage,
)


@dataclass(frozen=True, slots=True)
class Context:
    """What a rule knows besides the declaration: the moment, and settings by rule name."""

    now: datetime
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fine:
    """All is well, as far as this rule can see; what it compared."""

    numbers: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CannotAssess:
    """A fact is missing that this rule needs."""

    rule: str
    declaration: str
    why: str


MOST = 100_000
"""No threshold is larger, in whatever unit: a day is 24 hours, 100,000 days are 270 years."""

Outcome = Finding | Fine | CannotAssess
Judge = Callable[[Declaration, Context, Mapping[str, Any]], Iterator[Outcome]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: its words in each language, its thresholds, and the function that judges."""

    name: str
    title: dict[str, str]
    text: dict[str, str]
    next_step: dict[str, str]
    defaults: dict[str, Any]
    judge: Judge

    def settings(self, context: Context) -> dict[str, Any]:
        """Its thresholds, the configured ones over the defaults."""
        return {**self.defaults, **context.settings.get(self.name, {})}

    def outcomes(self, declaration: Declaration, context: Context) -> list[Outcome]:
        """What it says of a declaration; nothing if it is switched off."""
        settings = self.settings(context)
        return list(self.judge(declaration, context, settings)) if settings["enabled"] else []


RULES: dict[str, Rule] = {}
"""Every rule by name, in the order of this module."""


def rule(
    zh: str, text: dict[str, str], next_step: dict[str, str], **defaults: Any
) -> Callable[[Judge], Judge]:
    """Makes a rule of a function; ``zh`` is its name in Chinese, the function's that in English.

    ``text`` and ``next_step`` are templates over the numbers of its findings.
    """

    def register(judge: Judge) -> Judge:
        name = judge.__name__
        title = {"en": name.replace("_", " "), "zh": zh}
        RULES[name] = Rule(name, title, text, next_step, {"enabled": True, **defaults}, judge)
        return judge

    return register


def assess(
    declarations: Iterable[Declaration], context: Context
) -> tuple[list[Finding], list[CannotAssess]]:
    """What every rule finds in some declarations, and what none can tell.

    Raises BadArgument for settings of a rule that does not exist.
    """
    known(context.settings)
    findings: list[Finding] = []
    unknown: list[CannotAssess] = []
    for declaration in declarations:
        for one in RULES.values():
            for outcome in one.outcomes(declaration, context):
                if isinstance(outcome, Finding):
                    findings.append(outcome)
                elif isinstance(outcome, CannotAssess):
                    unknown.append(outcome)
    return findings, unknown


def known(settings: Mapping[str, Any]) -> None:
    """Raises BadArgument for a rule, or a setting of one, that does not exist or cannot be."""
    for name, values in settings.items():
        if name not in RULES:
            raise BadArgument(f"rules.{name}: there is no such rule; there are {', '.join(RULES)}")
        if not isinstance(values, Mapping):
            raise BadArgument(f"rules.{name} is {values!r}: it must be a table of settings")
        for key, value in values.items():
            default = RULES[name].defaults.get(key)
            if default is None:
                there = ", ".join(RULES[name].defaults)
                raise BadArgument(
                    f"rules.{name}.{key}: there is no such setting; there are {there}"
                )
            if isinstance(default, bool):
                right, kind = isinstance(value, bool), "true or false"
            else:
                number = isinstance(value, int | float) and not isinstance(value, bool)
                right, kind = number and 0 < value <= MOST, f"a number over 0, {MOST} at most"
            if not right:
                raise BadArgument(f"rules.{name}.{key} is {value!r}: it must be {kind}")


def _finding(
    declaration: Declaration,
    name: str,
    severity: Severity,
    event: Event,
    **numbers: Any,
) -> Finding:
    """A finding that an event began."""
    assert event.at is not None
    return Finding(
        rule=name,
        severity=severity,
        since=event.at,
        began=event.messages,
        numbers={"code": event.code, "note": event.note, "reference": declaration.name, **numbers},
        declaration=declaration.name,
        references=tuple(sorted(declaration.identity_keys)),
    )


@rule(
    zh="未知代码",
    text={
        "en": "code {code!r} is in no table of this version ({note}): {entries}",
        "zh": "状态代码 {code!r} 不在本版本的代码表中 ({note}): {entries}",
    },
    next_step={
        "en": "read customs' note, ask the customs desk what it means, and upgrade clearance",
        "zh": "查看海关回执说明, 向海关查询其含义, 并升级 clearance",
    },
    days=7,
)
def unknown_code(
    declaration: Declaration, context: Context, settings: Mapping[str, Any]
) -> Iterator[Outcome]:
    """A status code that no table knows: kept raw, moves no stage, and a person must look.

    One alert per code and day of the event, listing the declarations that are open or heard the
    code within a week; over when there are none of those, or the code is known. Basis: a code
    outside the tables means that customs changed them.
    """
    recent = context.now - timedelta(days=settings["days"])
    seen = [
        (event, event.at)
        for event in declaration.events
        if Flag.UNKNOWN in event.flags and event.at and (declaration.open or event.at >= recent)
    ]
    for event, at in seen:
        day = at.date().isoformat()
        numbers = {
            "code": event.code,
            "note": event.note,
            "day": day,
            "entries": [declaration.name],
        }
        yield Finding(
            rule="unknown_code",
            severity=Severity.WARNING,
            since=at,
            began=(f"{event.dialect} {event.kind} {event.code} {day}",),
            numbers=numbers,
            declaration=None,
            references=tuple(sorted(declaration.identity_keys)),
        )
    if not seen:
        yield Fine()


@rule(
    zh="退单",
    text={"en": "returned ({code}): {note}", "zh": "退单 ({code}): {note}"},
    next_step={
        "en": "read the reason, correct the declaration and send it again under the same reference",
        "zh": "查看退单原因, 修改后用同一企业编号重新申报",
    },
)
def returned(declaration: Declaration, _: Context, __: Mapping[str, Any]) -> Iterator[Outcome]:
    """A return of the declaration, or a refusal of the message that carried it.

    Over when it is accepted again, also as another declaration under the same own reference, and
    when it is withdrawn. A return that comes after a release does
    not take the release back, so it stays until customs closes or re-opens the case.
    """
    late = next((a.message for a in declaration.outstanding if a.action == "return"), None)
    began = _returned_by(declaration)
    if late is not None:
        began = next(event for event in declaration.events if late in event.messages)
    again = any(remark.kind == "sent_again" for remark in declaration.remarks)
    unanswered = declaration.returned and declaration.stage in _UNANSWERED and not again
    if began is not None and (late or unanswered):
        yield _finding(declaration, "returned", Severity.CRITICAL, began)
    else:
        yield Fine({"returns": sum(e.outcome == "returned" for e in declaration.episodes)})


_UNANSWERED = (Stage.REJECTED, Stage.DRAFT, Stage.SUBMITTED)


def _returned_by(declaration: Declaration) -> Event | None:
    """The event that began the last return: of several in a row the first of the same sending."""
    began = current = None
    for event in declaration.events:
        if event.stage is Stage.REJECTED:
            if current is None or Flag.TRANSPORT in event.flags:
                current = event
            began = current
        elif event.stage is not None:
            current = None
    return began


def _last(declaration: Declaration, stage: Stage) -> Event | None:
    return next((e for e in reversed(declaration.events) if e.stage is stage), None)


@rule(
    zh="删单",
    text={"en": "deleted ({code}): {note}", "zh": "删单 ({code}): {note}"},
    next_step={
        "en": "find out who asked for it; if nobody did, call the customs desk",
        "zh": "确认是否为本方申请; 如非本方申请, 请联系现场海关",
    },
    days=30,
)
def deleted(
    declaration: Declaration, context: Context, settings: Mapping[str, Any]
) -> Iterator[Outcome]:
    """Customs deleted the declaration, before or after a release.

    Over when it is declared again or the deletion is taken back, and after 30 days, when it is
    history.
    """
    event = _last(declaration, Stage.WITHDRAWN)
    recent = context.now - timedelta(days=settings["days"])
    gone = declaration.stage is Stage.WITHDRAWN and declaration.withdrawn_at
    if event is not None and gone and gone >= recent:
        yield _finding(declaration, "deleted", Severity.CRITICAL, event)
    else:
        yield Fine()


@rule(
    zh="查验",
    text={"en": "inspection ordered ({code}): {note}", "zh": "查验通知 ({code}): {note}"},
    next_step={
        "en": "arrange the inspection with the yard and tell the forwarder before the cut-off",
        "zh": "联系场站安排查验, 并在截关前通知货代",
    },
)
def inspection_ordered(
    declaration: Declaration, _: Context, __: Mapping[str, Any]
) -> Iterator[Outcome]:
    """An inspection is ordered and not over: customs has said nothing else of the goods since.

    Over with the next review, release or closure; a demand for duties or papers meanwhile says
    nothing of the goods. An inspection ordered after a release is over with another release, a
    re-review or the closure.
    """
    since = declaration.examined_from
    if since is None or declaration.examined_until is not None:
        yield Fine()
        return
    ordered = next(e for e in declaration.events if e.stage is Stage.INSPECTION and e.at == since)
    yield _finding(declaration, "inspection_ordered", Severity.WARNING, ordered)


_STUCK_IN = (
    Stage.SUBMITTED,
    Stage.ACCEPTED,
    Stage.UNDER_REVIEW,
    Stage.ACTION_DUE,
    Stage.INSPECTION,
    Stage.SUSPENDED,
)


@rule(
    zh="滞留",
    text={
        "en": "{stage} for {elapsed_hours} h, more than {hours} h",
        "zh": "停留在 {stage} 已 {elapsed_hours} 小时, 超过 {hours} 小时",
    },
    next_step={
        "en": "ask the customs desk what it waits for",
        "zh": "联系现场海关, 询问滞留原因",
    },
    hours=48,
)
def stuck(
    declaration: Declaration, context: Context, settings: Mapping[str, Any]
) -> Iterator[Outcome]:
    """In one stage at customs for longer than a default time, 48 hours.

    Counted from the event that began the stage, in elapsed time. Trackers in use flag a shipment
    after 24, 48 or 72 hours without movement. A return is its own alert, a draft waits for the
    declarant, and a release waits for the carrier: none of them is stuck at customs.
    """
    began = _began(declaration)
    if declaration.stage not in _STUCK_IN or began is None or began.at is None:
        yield Fine()
        return
    elapsed = context.now - began.at
    numbers = {
        "stage": str(declaration.stage),
        "elapsed_hours": round(elapsed / timedelta(hours=1), 1),
        "hours": settings["hours"],
    }
    if elapsed > timedelta(hours=settings["hours"]):
        yield _finding(declaration, "stuck", Severity.WARNING, began, **numbers)
    else:
        yield Fine(numbers)


def _began(declaration: Declaration) -> Event | None:
    """The event that began the stage a declaration is in."""
    return next(
        (
            e
            for e in declaration.events
            if e.stage is declaration.stage and e.at == declaration.since
        ),
        None,
    )


@rule(
    zh="通知失败",
    text={
        "en": "channel {channel} has not taken {alerts} alerts after {tries} tries: {detail}",
        "zh": "通道 {channel} 尚有 {alerts} 条预警未能送达, 已尝试 {tries} 次: {detail}",
    },
    next_step={
        "en": "put the channel's settings right, or tell its readers by other means",
        "zh": "检查该通道的配置, 或以其他方式通知相关人员",
    },
    minutes=15,
    tries=5,
)
def delivery_failing(_: Declaration, __: Context, ___: Mapping[str, Any]) -> Iterator[Outcome]:
    """A channel has an alert unsent after 15 minutes or 5 tries, or is gone for good.

    It is about a channel, so no declaration shows it: ``outbox.failing`` judges it after the
    deliveries of a check. Told through the other channels.
    """
    yield from ()
