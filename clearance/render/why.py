"""Why a report's last period differs: in JSON, as a table, and as a paragraph that names causes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from clearance.model import Words, in_language
from clearance.render import Cell, Table
from clearance.render.figures import SEMICOLON, signed_duration
from clearance.render.notes import note
from clearance.render.tables import columns
from clearance.render.words import say, worded
from clearance.reporting.report import Report
from clearance.reporting.why import PACE, Part, Why

_TITLE: Words = {
    "en": "why it changed, {period} against {since}",
    "zh": "变化原因，{period} 与 {since} 比较",
}
_PARTS: dict[str, Words] = {
    "direction": {"en": "imports and exports in other shares", "zh": "进出口构成"},
    "office": {"en": "offices in other shares", "zh": "申报地海关构成"},
    "calendar": {"en": "holidays after the declaration", "zh": "申报后逢长假"},
    "inspection": {"en": "inspections in another share", "zh": "查验比例"},
    "returns": {"en": "returns in another share", "zh": "退单比例"},
    PACE: {"en": "speed of the stages, all else alike", "zh": "同等条件下各环节的快慢"},
}
_NAMED: Words = {
    "en": "Of the change of {total} from {since} to {period}: {parts}. Nothing else is beyond "
    "chance.",
    "zh": "{period} 较 {since} 变化 {total}，其中{parts}。其余因素均未超出偶然波动。",
}
_NOT_NAMED: Words = {
    "en": "The change of {total} from {since} to {period} is clear, but no single cause of it is "
    "beyond chance.",
    "zh": "{period} 较 {since} 变化 {total}，变化明显，但没有单个原因超出偶然波动。",
}
_PART: Words = {
    "en": "{name}, {much} (with 95 % certainty {low} to {high}){stages}",
    "zh": "{name}占 {much}（95 % 区间 {low} 至 {high}）{stages}",
}
_STAGES: Words = {"en": ", most of it in {stage} ({much})", "zh": "，主要在“{stage}”（{much}）"}


def why_json(why: Why | None) -> dict[str, Any]:
    """The parts of a change; ``why_of`` says of which, and why there are no parts."""
    if why is None:
        return {}
    of = {"period": why.period, "from": why.since, "seconds": why.seconds, "clear": why.clear}
    notes = {"why": note(why.note, "en")} if why.note else {}
    return {"why": list(map(_part_json, why.parts)), "why_of": {**of, "notes": notes}}


def _part_json(part: Part) -> dict[str, Any]:
    stages = [{"stage": stage, "seconds": seconds} for stage, seconds in part.stages]
    return {
        "part": part.name,
        "seconds": part.seconds,
        "ci95": list(part.ci95),
        "beyond_chance": part.beyond_chance,
        **({"stages": stages} if part.name == PACE else {}),
    }


def why_tables(report: Report, lang: str) -> Iterator[Table]:
    """The parts of a change that is clear, with the paragraph below them."""
    why = report.why
    if why is None or not why.clear:
        return
    rows = (_row(part, report.day, lang) for part in why.parts)
    yield Table(
        columns(lang, "cause", ">change", ">95 % interval"),
        tuple(rows),
        title=worded(_TITLE, lang, period=why.period, since=why.since),
        notes=tuple(why_lines(report, lang)),
        marks=tuple("warn" if part.beyond_chance else "" for part in why.parts),
        day=report.day,
    )


def _row(part: Part, day: int, lang: str) -> tuple[Cell, ...]:
    low, high = (signed_duration(end, day, lang) for end in part.ci95)
    much = signed_duration(part.seconds, day, lang)
    return in_language(_PARTS[part.name], lang), much, f"{low} … {high}"


def why_lines(report: Report, lang: str) -> Iterator[str]:
    """The paragraph that names what changed a period, where its change is clear."""
    why = report.why
    if why is None or not why.clear:
        return
    total = signed_duration(why.seconds, report.day, lang)
    about = {"period": why.period, "since": why.since, "total": total}
    if not why.named:
        yield worded(_NOT_NAMED, lang, **about)
        return
    parts = in_language(SEMICOLON, lang).join(_said(part, report.day, lang) for part in why.named)
    yield worded(_NAMED, lang, **about, parts=parts)


def _said(part: Part, day: int, lang: str) -> str:
    low, high = (signed_duration(end, day, lang) for end in part.ci95)
    return worded(
        _PART,
        lang,
        name=in_language(_PARTS[part.name], lang),
        much=signed_duration(part.seconds, day, lang),
        low=low,
        high=high,
        stages=_most(part, day, lang),
    )


def _most(part: Part, day: int, lang: str) -> str:
    """The stage in which most of a change of pace lies, if one has more than half of it."""
    for stage, seconds in part.stages[:1]:
        if 2 * seconds * part.seconds > part.seconds * part.seconds:
            much = signed_duration(seconds, day, lang)
            return worded(_STAGES, lang, stage=say(stage, lang), much=much)
    return ""
