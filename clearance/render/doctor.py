"""What ``doctor`` has seen, as a page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from clearance.doctor import Check, Result
from clearance.errors import Phrase
from clearance.render import Page, Table
from clearance.render.phrases import worded
from clearance.render.tables import SCHEMA, columns, flat
from clearance.render.words import punctuated, say

_KINDS: Mapping[str, str] = {
    "settings": "设置",
    "store": "数据库",
    "lock": "写入锁",
    "rights": "权限",
    "disk": "磁盘",
    "folder": "文件夹",
    "secret": "密钥",
    "source": "数据源",
    "channel": "通道",
    "channels": "通道",
    "customer": "客户",
    "routes": "通知去向",
    "clock": "时钟",
    "calendar": "日历",
    "terminal": "终端",
    "versions": "版本",
}
"""What checks are called in Chinese."""
_RIGHTS = "rights"
"""The kind of check whose further word is one of ours and no name."""
_MARKS = {Result.OK: "", Result.WARNING: "warn", Result.FAILED: "bad"}


def checks(found: Sequence[Check], lang: str) -> Page:
    """Each check with what came of it, and below what to do."""
    rows = [
        {"name": name, "result": str(seen.result), "detail": str(seen.detail), "do": _text(seen.do)}
        for name, seen in found
    ]
    table = Table(
        columns(lang, "=check", "=result", "detail"),
        tuple(
            (_name(name, lang), say(seen.result, lang), worded(seen.detail, lang))
            for name, seen in found
        ),
        notes=tuple(_notes(found, lang)),
        marks=tuple(_MARKS[seen.result] for _, seen in found),
    )
    return Page(
        json={"schema": SCHEMA, "checks": rows},
        lines=tuple(rows),
        tables=(table,),
        flat=flat(rows, lang, "name", "result", "detail", "do"),
    )


def names(checked: Iterable[str], lang: str) -> list[str]:
    """What checks are called."""
    return [_name(name, lang) for name in checked]


def _text(said: Phrase | None) -> str | None:
    return str(said) if said else None


def _name(name: str, lang: str) -> str:
    """The name of a check, its first word as people call it."""
    if lang != "zh":
        return name
    kind, _, rest = name.partition(" ")
    called = _KINDS.get(rest, rest) if kind == _RIGHTS else rest
    return f"{_KINDS.get(kind, kind)} {called}".rstrip()


def _notes(found: Sequence[Check], lang: str) -> Iterator[str]:
    """What to do, the worst first; that nothing is to be done where that is so."""
    order = sorted(found, key=lambda check: list(Result).index(check.verdict.result), reverse=True)
    steps = [(name, seen.do) for name, seen in order if seen.do]
    yield ""
    for name, do in steps:
        yield f"{_name(name, lang)}{punctuated(': ', lang)}{worded(do, lang)}"
    if not steps:
        yield say("all is well", lang)
