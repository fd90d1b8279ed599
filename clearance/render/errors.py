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
    "--output: no file is named; give one, or leave the option out": (
        "--output：未指定文件；请给出文件名，或去掉该选项"
    ),
    "{option} {output}: is a folder; give a file": "{option} {output}：是文件夹；请给出文件名",
    "{option} {output}: cannot be written: {why}": "{option} {output}：无法写入：{why}",
    "--store: neither a path nor a URL such as postgresql://clerk@db/clearance; a URL has a colon "
    "and two slashes behind its first word": (
        "--store：既不是路径，也不是 postgresql://clerk@db/clearance 这样的地址；"
        "地址的第一个词后须有冒号和两个斜杠"
    ),
    "there is no store {scheme}://: give a path, postgresql://user@host/database, or memory:": (
        "没有 {scheme}:// 这种存储：请给出路径、postgresql://user@host/database 或 memory:"
    ),
    "there is no store at {url}: name another, or clearance ingest makes it": (
        "{url} 处没有存储：请指定其他存储，或运行 clearance ingest 建立"
    ),
    "{count} entries of the store are damaged and were left out: clearance store verify says "
    "which": "存储中有 {count} 项已损坏，未计入：请运行 clearance store verify 查看",
    "not a whole store: document {id} of {table} is not what was written; {advice}": (
        "存储不完整：{table} 中第 {id} 项与写入时不符；{advice}"
    ),
    "not a whole store: the bytes of refused message {id} are not those of its digest; {advice}": (
        "存储不完整：被拒收报文 {id} 的内容与其摘要不符；{advice}"
    ),
    "no message in {url} can be read: it stays as it is": ("{url} 中没有可读的报文：保持原样"),
    "the new store is not whole: {problem}": "新存储不完整：{problem}",
    "{path} is being written by another process: try again, or wait longer": (
        "{path} 正由另一进程写入：请重试，或延长等待时间"
    ),
    "{path} cannot be set aside: {why}": "{path} 无法另存：{why}",
    "{path} cannot be made: {why}": "{path} 无法建立：{why}",
    "{path} cannot be replaced by {new}: {why}": "{path} 无法由 {new} 替换：{why}",
    "standard output cannot be written: {why}": "无法写入标准输出：{why}",
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
