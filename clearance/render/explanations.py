"""Declarations explained: ``explain`` shows events with messages, milestones, and every rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from clearance.model import INTERVALS, Alert, AlertState, Declaration, Finding, Words, in_language
from clearance.render import Cell, Page, Table
from clearance.render.declarations import alerts_about, timeline
from clearance.render.findings import (
    OBSERVED,
    finding_text,
    numbers_json,
    rule_title,
    values_text,
    why,
)
from clearance.render.forecasts import Forecasts, forecast_facts, forecast_of
from clearance.render.found import found_json, planned_tables
from clearance.render.tables import columns, flat
from clearance.render.words import interval_word, say, worded
from clearance.shipments import Said

if TYPE_CHECKING:
    from clearance.alerting.rules import Context, Outcome, Rule
    from clearance.timelines.query import Found

_CANNOT_ASSESS = "cannot assess"
_COUNTED: Words = {
    "en": "Usual times are upper ends of bins nine per cent wide; when messages came is known to "
    "the quarter of an hour.",
    "zh": "通常时长取区间上限, 区间宽度为 9 %; 报文到达时间精确到一刻钟。",
}
_BY_HAND: Words = {
    "en": "said by hand, not told by customs: {names}",
    "zh": "人工登记，非海关回执：{names}",
}
_TOLD = ("finding", _CANNOT_ASSESS)
"""Results that a person is always shown."""
_LEFT: Words = {
    "en": "{n} rules found nothing wrong, or do not apply: --all shows them",
    "zh": "另有 {n} 条规则正常或不适用：--all 可全部显示",
}


def explained(
    found: Found,
    alerts: Sequence[Alert],
    said: Sequence[Mapping[str, Said]],
    forecasts: Forecasts,
    context: Context,
    lang: str,
    *,
    everything: bool = False,
) -> Page:
    """Each declaration with its events, its milestones, and what every rule says of it.

    A person is shown the intervals that have begun and the rules that found something or cannot
    judge; all of them with ``everything``. ``said`` are the facts of plans about each declaration,
    ``alerts`` those of the last check, with those that are only observed yet.
    """
    declarations = found.declarations
    fired = [alert for alert in alerts if alert.state is not AlertState.PENDING]
    about = alerts_about(declarations, fired)
    known = {alert.id: alert for alert in alerts}
    judgements = [_judgements(declaration, context, known, lang) for declaration in declarations]
    data = found_json(found, about, said, forecasts, context.now, lang)
    for written, judged in zip(data["declarations"], judgements, strict=True):
        written["rules"] = judged
        written["cannot_assess"] = [j for j in judged if j["result"] == _CANNOT_ASSESS]
    tables: list[Table] = []
    rows: list[dict[str, Cell]] = []
    for declaration, own, facts, judged in zip(declarations, about, said, judgements, strict=True):
        expected = forecast_facts(forecast_of(forecasts, declaration), context.now, lang)
        tables.append(
            timeline(declaration, own, facts, context.now, lang, expected=expected, sources=True)
        )
        tables.append(_milestones(declaration, lang, everything=everything))
        tables.append(_rules(judged, lang, everything=everything))
        rows += ({"declaration": declaration.name, **judgement} for judgement in judged)
    return Page(
        json=data,
        lines=tuple(data["declarations"]),
        tables=(*tables, *planned_tables(found, context.now, lang)),
        flat=flat(rows, lang, "declaration", "rule", "result", "text"),
    )


def _milestones(declaration: Declaration, lang: str, *, everything: bool) -> Table:
    """Each interval with its two milestones and its length; what only people tell is named."""
    by_hand = [say(name, lang) for name in declaration.by_hand.split(",") if name]
    rows: list[tuple[Cell, ...]] = []
    for name, (start, end) in INTERVALS.items():
        begin, until = getattr(declaration, start), getattr(declaration, end)
        seconds = declaration.interval(name)
        if everything or begin:
            took = None if seconds is None else timedelta(seconds=seconds)
            rows.append((interval_word(name, lang), begin, until, took))
    notes = (worded(_BY_HAND, lang, names=by_hand),) if by_hand else ()
    return Table(columns(lang, "intervals", "=since", "=end", ">for"), tuple(rows), notes=notes)


def _rules(judgements: Sequence[Mapping[str, Any]], lang: str, *, everything: bool) -> Table:
    """What rules say; those that found nothing wrong are counted unless ``everything`` is shown."""
    told = [j for j in judgements if everything or j["result"] in _TOLD]
    left = len(judgements) - len(told)
    return Table(
        columns(lang, "rule", "=result", "figures"),
        tuple((rule_title(j["rule"], lang), say(j["result"], lang), j["text"]) for j in told),
        notes=tuple(_rule_notes(left, lang)),
        marks=tuple("warn" if j["result"] == "finding" else "" for j in told),
    )


def _rule_notes(left: int, lang: str) -> Iterator[str]:
    """How many rules are not shown, or else how usual times are counted."""
    yield worded(_LEFT, lang, n=left) if left else in_language(_COUNTED, lang)


def _judgements(
    declaration: Declaration, context: Context, known: Mapping[str, Alert], lang: str
) -> list[dict[str, Any]]:
    """What every rule says of a declaration, and of the feed and calendar it depends on."""
    from clearance.alerting.rules import RULES

    return [
        {"rule": rule.name, **_judgement(rule, outcome, known, lang)}
        for rule in RULES.values()
        for outcome in _outcomes(rule, declaration, context)
    ]


def _outcomes(rule: Rule, declaration: Declaration, context: Context) -> Iterator[Outcome]:
    yield from rule.outcomes(declaration, context)
    yield from rule.surveyed(context)


def _judgement(
    rule: Rule, outcome: Outcome, known: Mapping[str, Alert], lang: str
) -> dict[str, Any]:
    from clearance.alerting.rules import CannotAssess

    if isinstance(outcome, CannotAssess):
        result, text = _CANNOT_ASSESS, why(outcome, lang)
    elif isinstance(outcome, Finding):
        result, text = "finding", finding_text(rule, outcome, lang)
        if _is_only_observed(rule, outcome, known):
            text = f"{text} ({in_language(OBSERVED, lang)})"
    else:
        result = "fine" if outcome.applies else "not applicable"
        text = values_text(outcome.values, lang)
    return {"result": result, "numbers": numbers_json(outcome.values), "text": text}


def _is_only_observed(rule: Rule, finding: Finding, known: Mapping[str, Alert]) -> bool:
    """Whether a finding is no alert yet because its rule waits to see whether it lasts."""
    from clearance.alerting import lifecycle

    waits = rule.policy.confirm_twice or rule.policy.settle
    states = {known[id].state for id in lifecycle.ids(finding) if id in known}
    return bool(waits) and states <= {AlertState.PENDING}
