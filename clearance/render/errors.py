"""Errors in words: their English templates, each with its Chinese one."""

from __future__ import annotations

from clearance.errors import Bilingual, ClearanceError
from clearance.model import in_language

CHINESE = {
    "no declaration is known by {number!r}": "没有编号为 {number!r} 的报关单",
    "no declaration is known by {number!r}; close to it: {near}": (
        "没有编号为 {number!r} 的报关单；相近的有：{near}"
    ),
    "{number!r} is the end of several numbers: {near}": "{number!r} 是多个编号的末尾：{near}",
    "{number!r} is the end of {near}: give six digits at least, or all of it": (
        "{number!r} 是 {near} 的末尾：请至少给出六位或完整编号"
    ),
    "no declaration is known by {number!r}, which a spreadsheet may have cut: make the column "
    "text": "没有编号为 {number!r} 的报关单：编号可能已被电子表格截断，请将该列设为文本",
    "no declaration is known by {number!r}, which a spreadsheet may have cut: make the column "
    "text; it begins like: {near}": (
        "没有编号为 {number!r} 的报关单：编号可能已被电子表格截断，请将该列设为文本；"
        "开头相同的有：{near}"
    ),
    "there is no command {name}; did you mean {close}? See clearance --help": (
        "没有 {name} 这个命令；您是否要用 {close}？见 clearance --help"
    ),
    "there is no command {name}: see clearance --help": "没有 {name} 这个命令：见 clearance --help",
    "nothing to look up: give a number": "没有要查的编号：请给出编号",
    "there is no official calendar for {year}: name a file that has it in calendar.files": (
        "缺少 {year} 年的官方放假日历：请在 calendar.files 中指定含该年的文件"
    ),
    "{url} was written by an earlier version of clearance: clearance store rebuild "
    "brings it up to date": (
        "{url} 由较早版本的 clearance 写入：请运行 clearance store rebuild 更新"
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
    if isinstance(value, Bilingual):
        return in_language(value.words, lang)
    return worded(value, lang) if isinstance(value, ClearanceError) else value
