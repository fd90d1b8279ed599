"""Why customs returned declarations: each NOTE in a class, by the first word that a class has.

The classes are a table of words as they stand in notes of customs; ``[return_reasons]`` of the
settings adds words and classes. A note that has none of them is ``other``. Every note is kept
behind its count, since a class is our reading of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from clearance.named_tuples import NamedTuple

CLASSES: Mapping[str, Sequence[str]] = {
    "classification": ("归类", "税则", "税号", "商品编号", "商品编码", "classification", "tariff"),
    "price": (
        "价格",
        "成交价",
        "单价",
        "总价",
        "完税",
        "运费",
        "保费",
        "价值",
        "price",
        "valuation",
    ),
    "quantity": ("数量", "重量", "件数", "毛重", "净重", "quantity", "weight"),
    "elements": ("申报要素", "规格型号", "品牌", "要素", "elements"),
    "attachments": (
        "随附",
        "单据",
        "单证",
        "发票",
        "装箱单",
        "合同",
        "附件",
        "document",
        "invoice",
    ),
    "licence": ("许可证", "监管证件", "批文", "证件", "证书", "licence", "license", "permit"),
    "manifest": ("舱单", "运抵", "提运单", "提单", "箱号", "manifest"),
}
"""The words of each class."""
OTHER = "other"
SEPARATOR = "\n"
"""What parts the notes of one declaration."""


class Reason(NamedTuple):
    """A note of customs, its class, and the declarations that were returned with it."""

    of: str
    note: str
    references: tuple[str, ...]


def class_of(note: str, own: Mapping[str, Sequence[str]]) -> str:
    """The class whose word stands first in a note; ``own`` adds words and classes.

    >>> class_of("退单;商品归类与申报要素不符", {})
    'classification'
    """
    folded = note.casefold()
    places = [
        (folded.find(word.casefold()), -len(word), name)
        for name in dict.fromkeys((*CLASSES, *own))
        for word in (*CLASSES.get(name, ()), *own.get(name, ()))
        if word.casefold() in folded
    ]
    return min(places)[2] if places else OTHER


def reasons(
    notes: Iterable[tuple[str, str]], own: Mapping[str, Sequence[str]]
) -> tuple[Reason, ...]:
    """The reasons of returns, each a note and the declaration it is of; the most frequent first."""
    references: dict[str, list[str]] = {}
    for note, reference in notes:
        references.setdefault(re.sub(r"\s+", " ", note).strip(), []).append(reference)
    found = (
        Reason(class_of(note, own), note, tuple(sorted(named)))
        for note, named in references.items()
    )
    return tuple(sorted(found, key=lambda one: (-len(one.references), one.of, one.note)))
