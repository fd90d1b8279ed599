"""What rules find, in words: messages of alerts, next steps, and the values that were compared."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from clearance.customs import tables
from clearance.customs.words import stage_name
from clearance.errors import Phrase, agreeing
from clearance.model import Alert, AlertState, Finding, Note, Words, in_language
from clearance.render.notes import note
from clearance.render.words import (
    interval_word,
    joined,
    one_of_both,
    provision,
    punctuated,
    say,
    told,
    worded,
)

if TYPE_CHECKING:
    from clearance.alerting.rules import CannotAssess, Rule

NOTE_VALUE = "no_probability"
"""The value of a finding that is a note: a list of its key and values, as records keep it."""

OBSERVED: Words = {
    "en": "observed, an alert if it lasts",
    "zh": "观察中, 如持续则告警",
}
"""What is said of a finding that its rule waits with."""
_HELD: Words = {"en": "{state} until {at}, {who}", "zh": "{state}至 {at}，{who}"}
_HELD_BY_NOBODY: Words = {"en": "{state} until {at}", "zh": "{state}至 {at}"}
_BY_HAND = "by hand"
"""What stands for a code where a person told an event."""
_MAX_ENTRIES = 20
"""Entries of a list that a text names before it counts the rest."""
_TRANSLATED = ("stage", "direction", "before", "after", "action", "what")
"""Values of findings that are phrases."""
_STAGES = ("stage", "before", "after")
"""Those of them that are stages."""
_SYSTEM = "system"
"""The label of a finding that is the customs system of its declaration."""
_UNSAID = ("working_day_hours", "least")
"""Values of findings that only say how another one is counted."""
_TOLD = ("trouble", "detail")
"""Values of findings that somebody else said, in English."""
_REFUSED_FOR: Mapping[str, Words] = {
    "archive": {"en": "a spoilt zip file", "zh": "压缩包有误"},
    "bad_time": {"en": "a time that is none", "zh": "时间有误"},
    "bad_value": {"en": "a value that is none", "zh": "取值有误"},
    "binary": {"en": "no message", "zh": "不是报文"},
    "by_hand": {"en": "said by hand", "zh": "人工说明"},
    "compression": {"en": "packed too densely", "zh": "压缩比过高"},
    "doctype": {"en": "a document type declaration", "zh": "含文档类型声明"},
    "empty": {"en": "empty", "zh": "空文件"},
    "encoding": {"en": "another encoding than declared", "zh": "编码与声明不符"},
    "error_answer": {"en": "an error of the service", "zh": "服务返回错误"},
    "html": {"en": "a web page", "zh": "网页"},
    "malformed": {"en": "no well-formed XML", "zh": "XML 格式有误"},
    "no_number": {"en": "no number", "zh": "缺少编号"},
    "not_yet": {"en": "not read by this version", "zh": "本版本尚不读取"},
    "too_deep": {"en": "packed too often", "zh": "嵌套层数过多"},
    "too_large": {"en": "too large", "zh": "文件过大"},
    "truncated": {"en": "cut off", "zh": "内容被截断"},
    "unknown_root": {"en": "an unknown kind of message", "zh": "未知报文类型"},
    "unopened": {"en": "cannot be opened", "zh": "无法打开"},
}
"""What each kind of refusal is called."""
_ISO_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?[+-]\d\d:\d\d"
_OPTIONAL = r"\[([^\[\]]*)\]"
"""A part of a template that is left out where a value in it is not known."""
_MAX_HOURS = 72
"""A longer span is told in days."""
_WORKING = ("worked_hours", "usual_hours")
"""Values in hours of working time; ``limit_hours`` is in the same hours as what it limits."""
_SPANS = ("elapsed_hours", "limit_hours", "hours_left", "hours_late", "hours_past")
"""Values in hours by the clock."""
_WORKING_DAY_HOURS = 9
"""Hours of a working day in a finding that does not tell them."""
_UNITS: Mapping[str, Words] = {
    "hour": {"en": "{n:g} h", "zh": "{n:g} 小时"},
    "day": {"en": "{n} d {hours:02} h", "zh": "{n} 天 {hours} 小时"},
    "working hour": {"en": "{n:g} working hours", "zh": "{n:g} 工作小时"},
    "working day": {"en": "{n:.1f} working days", "zh": "{n:.1f} 个工作日"},
    "minute": {"en": "{n:g} min", "zh": "{n:g} 分钟"},
}


def message(alert: Alert, lang: str) -> str:
    """What an alert says; customs' own words stand in it as they came."""
    rule = _rule(alert.rule)
    if rule is None:
        return alert.rule
    system = alert.labels.get(_SYSTEM)
    return _filled(rule.words(alert.variant, lang), alert.values, lang, system)


def finding_text(rule: Rule, finding: Finding, lang: str) -> str:
    """What a finding says."""
    system = finding.labels.get(_SYSTEM)
    return _filled(rule.words(finding.variant, lang), finding.values, lang, system)


def values_text(values: Mapping[str, Any], lang: str) -> str:
    """What a rule compared, as ``name value, name value``."""
    return punctuated(", ", lang).join(labelled_values(values, lang).values())


def labelled_values(values: Mapping[str, Any], lang: str) -> dict[str, str]:
    """What a rule compared, each value with its label, by name; those that say something."""
    return {
        name: f"{_label(name, lang)} {value_text(name, value, values, lang)}"
        for name, value in values.items()
        if value not in (None, "") and name not in _UNSAID
    }


def _label(name: str, lang: str) -> str:
    """What a value is called; its unit stands with it, so that no label needs to say hours."""
    return say(name.removesuffix("_hours").removeprefix("hours_") if lang == "en" else name, lang)


def value_text(name: str, value: Any, values: Mapping[str, Any], lang: str) -> str:
    """A value for people: hours with their unit, shares in per cent, times without seconds."""
    if name in _WORKING or name in _SPANS:
        return _hours_text(name, value, values, lang)
    return str(_value_text(name, value, lang))


def why(outcome: CannotAssess, lang: str) -> str:
    """Why a rule cannot judge."""
    texts = {name: _value_text(name, value, lang) for name, value in outcome.values.items()}
    template = agreeing(in_language(outcome.why, lang), texts)
    return punctuated(template, lang).format_map(_Values(texts))


def next_step(alert: Alert, lang: str) -> str | None:
    """What a person should do about an alert, and whom to call."""
    rule = _rule(alert.rule)
    if rule is None:
        return None
    step = punctuated(in_language(rule.next_step, lang), lang)
    if not alert.contact:
        return step
    return (
        step + punctuated(f" ({say('call', lang)}: ", lang) + alert.contact + punctuated(")", lang)
    )


def look_further(alert: Alert) -> str:
    """The command that shows more of an alert; no foreign number that a shell could interpret."""
    number = alert.declaration or ""
    if number.isascii() and number.replace("-", "").isalnum() and not number.startswith("-"):
        return f"clearance explain {number}"
    return f"clearance alerts show {alert.id}"


def alert_title(alert: Alert, lang: str) -> str:
    """The rule of an alert, with its state and who has it if that is another than firing."""
    state = shown_state(alert)
    title = rule_title(alert.rule, lang)
    if state == "firing":
        return title
    who = alert.remark.who
    held = joined([say(state, lang), who], lang) if who else say(state, lang)
    return punctuated(f"{title} ({held})", lang) if who else f"{title} ({held})"


def held_text(alert: Alert, lang: str) -> str:
    """That somebody holds an alert back, until when, who and why; nothing where nobody does."""
    until = alert.acknowledged_until or alert.silenced_until
    if until is None or not alert.unresolved:
        return ""
    remark = alert.remark
    who = punctuated(": ", lang).join(filter(None, (remark.who, remark.note)))
    words = _HELD if who else _HELD_BY_NOBODY
    return worded(
        words, lang, state=say(shown_state(alert), lang), at=f"{until:%m-%d %H:%M}", who=who
    )


def shown_state(alert: Alert) -> str:
    """The state of an alert as people are told it: silenced, explained by another, or its own.

    What a baseline has taken as told is ``history``.
    """
    if alert.baseline and alert.notifiable:
        return "history"
    if alert.state is not AlertState.FIRING or alert.muted_by is None:
        return str(alert.state)
    return "silenced" if alert.silenced_until else "explained"


def rule_title(name: str, lang: str) -> str:
    """What people call a rule; its name if this version has no such rule."""
    rule = _rule(name)
    return in_language(rule.title, lang) if rule else name


def numbers_json(values: Mapping[str, Any]) -> dict[str, Any]:
    """What a rule compared, as JSON has it: notes in English."""
    return {
        name: _value_text(name, value, "en")
        if name == NOTE_VALUE or (isinstance(value, dict) and name != "by_rule")
        else value
        for name, value in values.items()
    }


def value_note(value: Sequence[Any], lang: str) -> str:
    """The note that a value of a finding is, in a language."""
    return note(Note(*value), lang)


def _rule(name: str) -> Rule | None:
    """A rule by its name; loaded here, since most declarations are shown without an alert."""
    from clearance.alerting.rules import RULES

    return RULES.get(name)


def _filled(template: str, values: Mapping[str, Any], lang: str, system: str | None = None) -> str:
    """A template with values; a part in square brackets needs all of its values.

    Stages are called as a customs system calls them.
    """
    known = {name: value for name, value in values.items() if value not in (None, "")}
    texts = {name: value_text(name, value, values, lang) for name, value in known.items()}
    if system:
        texts |= _stages(known, system, lang)

    def kept(part: re.Match[str]) -> str:
        return part[1] if texts.keys() >= _names(part[1]) else ""

    whole = agreeing(re.sub(_OPTIONAL, kept, template), texts)
    return punctuated(whole, lang).format_map(_Values(texts))


def _stages(values: Mapping[str, Any], system: str, lang: str) -> dict[str, str]:
    """Those of some values that are stages, where a customs system has its own words for them."""
    own = {name: stage_name(system, values[name], lang) for name in _STAGES if name in values}
    return {name: word for name, word in own.items() if word}


def _names(template: str) -> set[str]:
    """The names of the values that stand in a template."""
    from string import Formatter

    return {name for _, name, _, _ in Formatter().parse(template) if name}


class _Values(dict[str, Any]):
    """Values of a template; one that an alert of an earlier version lacks is a question mark."""

    def __missing__(self, key: str) -> str:
        return "?"


def _hours_text(name: str, hours: float, values: Mapping[str, Any], lang: str) -> str:
    """Hours by the clock or of working time; many of them as days."""
    works = name in _WORKING or (name == "limit_hours" and "worked_hours" in values)
    if works:
        day = values.get("working_day_hours") or _WORKING_DAY_HOURS
        unit, n = ("working day", hours / day) if hours > _MAX_HOURS else ("working hour", hours)
        return worded(_UNITS[unit], lang, n=n)
    return _span_text(hours, lang)


def _span_text(hours: float, lang: str) -> str:
    """Hours by the clock; many of them as days and hours."""
    if hours <= _MAX_HOURS:
        return worded(_UNITS["hour"], lang, n=hours)
    days, rest = divmod(int(hours), 24)
    return worded(_UNITS["day"], lang, n=days, hours=rest)


def _minutes_text(minutes: float, lang: str) -> str:
    """Minutes; many of them as hours or days."""
    if minutes <= 120:
        return worded(_UNITS["minute"], lang, n=minutes)
    return _span_text(round(minutes / 60, 1), lang)


def _value_text(name: str, value: Any, lang: str) -> Any:
    """A value for people: times without seconds and zone, stages by their names."""
    if name in _WORDED:
        return _WORDED[name](value, lang)
    if isinstance(value, dict) and "template" in value:
        from clearance.render import phrases

        return phrases.worded(Phrase.of(value), lang)
    if isinstance(value, list):
        return _list_text(value, lang)
    return _time_text(value) if isinstance(value, str) else value


def _counts_text(counts: Mapping[str, int], lang: str) -> str:
    """How often each rule found something."""
    return joined((f"{rule_title(rule, lang)} {n}" for rule, n in counts.items()), lang)


def _stratum_text(stratum: str, lang: str) -> str:
    return " ".join(say(part, lang) for part in stratum.split("/"))


def _meanings_text(meanings: Sequence[str], lang: str) -> str:
    return joined((one_of_both(meaning, lang) for meaning in meanings), lang)


def _share_text(share: float, _: str) -> str:
    return f"{share:.0%}".replace("%", " %")


def _code_text(code: Any, lang: str) -> Any:
    """A code of customs as it is; that of what a person told in words."""
    return say(code, lang) if code == _BY_HAND else code


def _refused_for(kind: str, lang: str) -> str:
    """What a kind of refusal is called; a kind of another version by its own name."""
    words = _REFUSED_FOR.get(kind)
    return in_language(words, lang) if words else kind


_WORDED: Mapping[str, Callable[[Any, str], str]] = {
    NOTE_VALUE: value_note,
    "meanings": _meanings_text,
    "by_rule": _counts_text,
    "interval": interval_word,
    "kind": _refused_for,
    "code": _code_text,
    "legal_basis": provision,
    "minutes": _minutes_text,
    "office": partial(tables.named, "office"),
    "probability": _share_text,
    "stratum": _stratum_text,
    **dict.fromkeys(_TRANSLATED, say),
    **dict.fromkeys(_TOLD, told),
}
"""How values of some names are worded."""


def _list_text(entries: Sequence[Any], lang: str) -> str:
    shown = joined(entries[:_MAX_ENTRIES], lang)
    more = len(entries) - _MAX_ENTRIES
    return f"{shown} +{more}" if more > 0 else shown


def _time_text(value: str) -> str:
    """A time without seconds and zone; any other text as it is."""
    if re.fullmatch(_ISO_TIME, value):
        return datetime.fromisoformat(value).strftime("%Y-%m-%d %H:%M")
    return value
