"""What came of comparing a saved report with the messages, as a page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from clearance.errors import Phrase
from clearance.model import replace
from clearance.render import Page, Table
from clearance.render.tables import SCHEMA, columns, flat
from clearance.render.words import worded
from clearance.reporting.verifying import Verified

if TYPE_CHECKING:
    from pathlib import Path

_SAME = {
    "en": "{file}: {count} figures as of {as_of} are what the messages say",
    "zh": "{file}：截至 {as_of} 的 {count} 个指标与报文一致",
}
_OTHER = {
    "en": "{file}: {different} of {count} figures as of {as_of} are not what the messages say",
    "zh": "{file}：截至 {as_of} 的 {count} 个指标中有 {different} 个与报文不符",
}
_TITLE = {"en": "a saved report against the messages", "zh": "已保存报告与报文的核对"}
_DIFFER = {"en": "what differs", "zh": "不符的指标"}
_LEFT_OUT = {
    "en": "not compared, words beside figures: {names}",
    "zh": "未比对（仅为文字说明）：{names}",
}


_OF_TODAY = {
    "en": "the report does not say which settings its figures rest on: those of today were used",
    "zh": "报告未注明指标所依据的设置：已按当前设置重新核算",
}
_OTHER_SETTINGS = {
    "en": "recomputed with the settings that the report names; others today: {settings}",
    "zh": "已按报告所载设置重新核算；与当前设置不同：{settings}",
}
_SETTING = {"en": "{setting} {saved} (today {today})", "zh": "{setting} {saved}（当前为 {today}）"}
_DAYS = {
    "en": "recomputed with the official days of today, which are not those of the report: {names}",
    "zh": "已按当前法定节假日安排重新核算，与报告所用不同：{names}",
}


def differs(result: Verified, file: Path) -> Phrase:
    """That a saved report is not what the messages say."""
    return Phrase(
        "{file}: {count} of {compared} figures are not what the messages say",
        file=file,
        count=len(result.different),
        compared=result.compared,
    )


def verified(result: Verified, file: Path, lang: str) -> Page:
    """Which figures of a saved report are not what the messages say."""
    from clearance.render.html_tables import document

    different = [one._asdict() for one in result.different]
    data = {
        "schema": SCHEMA,
        "file": file.name,
        "as_of": result.as_of,
        "equal": not different,
        "compared": result.compared,
        "different": different,
        "not_compared": result.not_compared,
        "settings": None if result.settings is None else [o._asdict() for o in result.settings],
    }
    if different:
        data["error"] = {"kind": "different", "message": str(differs(result, file))}
    counts = {"count": result.compared, "different": len(different)}
    said = worded(_OTHER if different else _SAME, lang, file=file, as_of=result.as_of, **counts)
    left = [worded(_LEFT_OUT, lang, names=", ".join(result.not_compared))]
    notes = (said, *_of_settings(result, lang), *(left if result.not_compared else ()))
    heads = columns(lang, "figure", ">saved", ">recomputed")
    rows = [
        (f"{one.row}.{one.figure}".strip("."), _told(one.saved), _told(one.recomputed))
        for one in result.different
    ]
    table = Table(heads, tuple(rows), notes=notes) if rows else Table(notes=notes)
    written = [
        {**one, "saved": _told(one["saved"]), "recomputed": _told(one["recomputed"])}
        for one in different
    ]
    listed = flat(written, lang, "row", "figure", "saved", "recomputed")
    title = worded(_TITLE, lang)
    lines = Table(rows=tuple((line,) for line in notes), title=title)
    return Page(
        data,
        tuple(different),
        (table,),
        listed,
        sheets=lambda: (lines, replace(listed, title=worded(_DIFFER, lang))) if rows else (lines,),
        html=lambda: document(title, [table], lang),
    )


def _of_settings(result: Verified, lang: str) -> Iterator[str]:
    """Which settings it was recomputed with, where these are not the same as today."""
    if result.settings is None:
        yield worded(_OF_TODAY, lang)
        return
    days = [one.setting for one in result.settings if one.setting.endswith(".days")]
    others = [one for one in result.settings if one.setting not in days]
    if others:
        named = (
            worded(_SETTING, lang, setting=o.setting, saved=_told(o.saved), today=_told(o.today))
            for o in others
        )
        yield worded(_OTHER_SETTINGS, lang, settings=", ".join(named))
    if days:
        yield worded(_DAYS, lang, names=", ".join(days))


def _told(value: Any) -> str:
    """A figure as JSON has it."""
    return json.dumps(value, ensure_ascii=False)
