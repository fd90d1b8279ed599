"""Declarations explained: ``explain`` shows events with messages, milestones, and every rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from clearance.model import INTERVALS, Alert, Declaration, Finding
from clearance.render import Cell, Page, Table
from clearance.render.declarations import alerts_about, declarations_json, timeline
from clearance.render.findings import finding_text, numbers_json, rule_title, values_text, why
from clearance.render.tables import columns, flat
from clearance.render.words import say

if TYPE_CHECKING:
    from clearance.alerting.rules import Context, Outcome, Rule

_CANNOT_ASSESS = "cannot assess"


def explained(
    declarations: Sequence[Declaration], alerts: Sequence[Alert], context: Context, lang: str
) -> Page:
    """Each declaration with its events, its milestones, and what every rule says of it."""
    about = alerts_about(declarations, alerts)
    judgements = [_judgements(declaration, context, lang) for declaration in declarations]
    data = declarations_json(declarations, about, context.now, lang, events=True)
    for written, judged in zip(data["declarations"], judgements, strict=True):
        written["rules"] = judged
        written["cannot_assess"] = [j for j in judged if j["result"] == _CANNOT_ASSESS]
    tables: list[Table] = []
    rows: list[dict[str, Cell]] = []
    for declaration, own, judged in zip(declarations, about, judgements, strict=True):
        tables.append(timeline(declaration, own, context.now, lang, sources=True))
        tables += (_milestones(declaration, lang), _rules(judged, lang))
        rows += ({"declaration": declaration.name, **judgement} for judgement in judged)
    return Page(
        json=data,
        lines=tuple(data["declarations"]),
        tables=tuple(tables),
        flat=flat(rows, lang, "declaration", "rule", "result", "text"),
    )


def _milestones(declaration: Declaration, lang: str) -> Table:
    """Each interval with its two milestones and its length."""
    rows: list[tuple[Cell, ...]] = []
    for name, (start, end) in INTERVALS.items():
        begin, until = getattr(declaration, start, None), getattr(declaration, end, None)
        seconds = declaration.interval(name)
        rows.append(
            (say(name, lang), begin, until, None if seconds is None else timedelta(seconds=seconds))
        )
    return Table(columns(lang, "intervals", "since", "time", ">for"), tuple(rows))


def _rules(judgements: Sequence[Mapping[str, Any]], lang: str) -> Table:
    return Table(
        columns(lang, "rule", "result", "figures"),
        tuple((rule_title(j["rule"], lang), say(j["result"], lang), j["text"]) for j in judgements),
        marks=tuple("warn" if j["result"] == "finding" else "" for j in judgements),
    )


def _judgements(declaration: Declaration, context: Context, lang: str) -> list[dict[str, Any]]:
    """What every rule says of a declaration, and of the feed and calendar it depends on."""
    from clearance.alerting.rules import RULES

    return [
        {"rule": rule.name, **_judgement(rule, outcome, lang)}
        for rule in RULES.values()
        for outcome in _outcomes(rule, declaration, context)
    ]


def _outcomes(rule: Rule, declaration: Declaration, context: Context) -> Iterator[Outcome]:
    yield from rule.outcomes(declaration, context)
    yield from rule.surveyed(context)


def _judgement(rule: Rule, outcome: Outcome, lang: str) -> dict[str, Any]:
    from clearance.alerting.rules import CannotAssess

    if isinstance(outcome, CannotAssess):
        result, text = _CANNOT_ASSESS, why(outcome, lang)
    elif isinstance(outcome, Finding):
        result, text = "finding", finding_text(rule, outcome, lang)
    else:
        result, text = "fine", values_text(outcome.values, lang)
    return {"result": result, "numbers": numbers_json(outcome.values), "text": text}
