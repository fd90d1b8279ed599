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
