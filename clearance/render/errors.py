"""Errors in words: their English templates, each with its Chinese one."""

from __future__ import annotations

from clearance.errors import ClearanceError

CHINESE = {
    "there is no official calendar for {year}: name a file that has it in calendar.files": (
        "缺少 {year} 年的官方放假日历：请在 calendar.files 中指定含该年的文件"
    ),
    "{url} was written by an earlier version of clearance: clearance store rebuild "
    "brings it up to date": (
        "{url} 由较早版本的 clearance 写入：请运行 clearance store rebuild 更新"
    ),
    "{option} {written}: not a time such as 2026-03-02T08:00:00+08:00{spans}": (
        "{option} {written}：不是时间，应写作 2026-03-02T08:00:00+08:00{spans}"
    ),
    "{id!r}: give at least {least} characters of an id": "{id!r}：编号至少写 {least} 位",
    "{count} ids begin with {id!r}: give more of it": "有 {count} 个编号以 {id!r} 开头：请多写几位",
    "no alert has an id that begins with {id!r}: see clearance alerts list --all": (
        "没有编号以 {id!r} 开头的预警：见 clearance alerts list --all"
    ),
    "alert {id} is over: there is nothing to acknowledge": "预警 {id} 已解除，无需确认",
    "alert {id} is not acknowledged": "预警 {id} 未被确认",
    "no alert about {target} is open": "{target} 没有未解除的预警",
    "--match {word}: write key=value, each key once; keys are {keys}": (
        "--match {word}：应写作 键=值，每个键一次；可用的键：{keys}"
    ),
    "--match is missing: a silence must say what it silences": (
        "缺少 --match：静默须说明针对哪些预警"
    ),
    "there is no rule {written}; there are {rules}": "没有规则 {written}；可用的规则：{rules}",
    "{written} is none of {choices}": "{written} 不在可选值之内：{choices}",
    "--until {until}: must lie after {now}, by {days} days at most": (
        "--until {until}：须晚于 {now}，最多 {days} 天"
    ),
    "interrupted; what was committed is kept": "已中断；已提交的内容均已保存",
}
"""Chinese templates by English template, with the same values in braces."""


def worded(error: ClearanceError, lang: str) -> str:
    """An error in one line; in English where its template has no Chinese."""
    template = CHINESE.get(error.template)
    if lang != "zh" or template is None:
        return str(error)
    values = {name: _value(value, lang) for name, value in error.values.items()}
    return template.format(**values) if values else template


def _value(value: object, lang: str) -> object:
    return worded(value, lang) if isinstance(value, ClearanceError) else value
