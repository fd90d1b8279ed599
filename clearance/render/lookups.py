"""Numbers that are not known, in words and in JSON: what is close to each of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

from clearance.customs.references import is_cut, own_reference
from clearance.errors import NotFound
from clearance.model import Words
from clearance.render.declarations import stage_name
from clearance.render.words import Bilingual, say, worded
from clearance.timelines.query import Near, Unknown

_LANGUAGES = ("en", "zh")


def not_found(
    unknown: Sequence[Unknown], unbilled: Sequence[str] = (), *, searched: bool = True
) -> NotFound:
    """One error about every unknown number, each with the nearest ones.

    ``unbilled`` are numbers whose declarations bear no bill of lading; ``searched`` says whether
    names were looked at too.
    """
    errors = (_error(one, searched=searched) for one in unknown)
    first, *others = chain(errors, map(_unbilled, unbilled))
    first.others = others
    return first


def unknown_json(unknown: Iterable[Unknown]) -> list[dict[str, Any]]:
    """Unknown numbers as ``status`` and ``explain`` give them."""
    return [
        {
            "number": one.number,
            "close": [near.number for near in one.near],
            "nearest": list(map(_near_json, one.near)),
        }
        for one in unknown
    ]


_UNDECLARED: Mapping[str, Words] = {
    "alone": {
        "en": "no declaration has the number {number} yet",
        "zh": "目前没有编号为“{number}”的报关单",
    },
    "near": {
        "en": "no declaration has the number {number} yet; close to it: {near}",
        "zh": "目前没有编号为“{number}”的报关单；相近的有：{near}",
    },
    "end": {
        "en": "no declaration has the number {number} yet, which is the end of {near}: if that is "
        "meant, give all of its number",
        "zh": "目前没有编号为“{number}”的报关单，它是 {near} 的末尾：若指该票，请给出完整编号",
    },
    "cut": {
        "en": "no declaration has the number {number} yet, which a spreadsheet may have cut; close "
        "to it: {near}",
        "zh": "目前没有编号为“{number}”的报关单，编号可能已被电子表格截断；相近的有：{near}",
    },
}


def undeclared_text(unknown: Unknown, lang: str) -> str:
    """That a number which was planned for has no declaration, with the nearest numbers."""
    near = _near_words(unknown.near)[lang]
    which = _which(unknown) if near else "alone"
    return worded(_UNDECLARED[which], lang, number=unknown.number, near=near)


def _which(unknown: Unknown) -> str:
    """What the nearest numbers are to one that has no declaration."""
    if unknown.is_end:
        return "end"
    return "cut" if is_cut(unknown.number) else "near"


def _near_json(near: Near) -> dict[str, Any]:
    declaration = near.declaration
    return {
        "number": near.number,
        "declaration": declaration.name,
        "stage": declaration.stage,
        "own_reference": own_reference(declaration),
    }


def _error(unknown: Unknown, *, searched: bool) -> NotFound:
    number, near = unknown.number, Bilingual(_near_words(unknown.near))
    if unknown.is_end and len(unknown.near) > 1:
        return NotFound(
            "{number!r} is the end of several numbers: {near}", number=number, near=near
        )
    if unknown.is_end:
        return NotFound(
            "{number!r} is the end of {near}: give six digits at least, or all of it",
            number=number,
            near=near,
        )
    return _cut(number, near) if is_cut(number) else _unlike(number, near, searched=searched)


def _unbilled(number: str) -> NotFound:
    return NotFound("no bill of lading is known of {number!r}", number=number)


def _cut(number: str, near: Bilingual) -> NotFound:
    if not near:
        return NotFound(
            "no declaration is known by {number!r}, which a spreadsheet may have cut: make the "
            "column text",
            number=number,
        )
    return NotFound(
        "no declaration is known by {number!r}, which a spreadsheet may have cut: make the column "
        "text; it begins like: {near}",
        number=number,
        near=near,
    )


def _unlike(number: str, near: Bilingual, *, searched: bool) -> NotFound:
    if not near and not any(map(str.isdigit, number)):
        if not searched:
            return NotFound(
                "no declaration is known by {number!r}: give a number; clearance list --find looks "
                "inside names",
                number=number,
            )
        return NotFound(
            "no declaration is known by {number!r}, and no name begins so: clearance list --find "
            "looks inside names too",
            number=number,
        )
    if not near:
        return NotFound("no declaration is known by {number!r}", number=number)
    return NotFound(
        "no declaration is known by {number!r}; close to it: {near}", number=number, near=near
    )


def _near_words(near: Sequence[Near]) -> dict[str, str]:
    """The nearest numbers in each language, with stage and own reference."""
    comma = {"en": ", ", "zh": "、"}
    return {lang: comma[lang].join(_near_text(one, lang) for one in near) for lang in _LANGUAGES}


def _near_text(near: Near, lang: str) -> str:
    declaration = near.declaration
    stage = stage_name(declaration.system, declaration.stage, lang) or say("nothing yet", lang)
    own = own_reference(declaration)
    told = [stage] if own in (None, near.number) else [stage, str(own)]
    return (
        f"{near.number} ({', '.join(told)})"
        if lang == "en"
        else f"{near.number}（{'，'.join(told)}）"
    )
