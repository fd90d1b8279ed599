"""What was declared, as ``status`` shows it: goods, containers, values, and a few lines of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from clearance.model import Summary, Words
from clearance.model.content import Content, decimal
from clearance.render.text import width
from clearance.render.words import say, worded

_MAX_NAME_COLUMNS = 40
"""Columns of a terminal that the name of goods takes beside the number of items."""
_ITEMS: Words = {"en": "{n} items: {first}", "zh": "共 {n} 项：{first}"}
_ITEM: Words = {"en": "1 item: {first}", "zh": "共 1 项：{first}"}


def content_json(content: Content) -> dict[str, Any]:
    """Goods and containers, quantities as written, and the sum of the totals in each currency."""
    return {
        "goods": [item._asdict() for item in content.goods],
        "containers": [container._asdict() for container in content.containers],
        "values": content.values,
    }


def summary(declaration: Summary, content: Content, lang: str) -> Iterator[tuple[str, str]]:
    """What was declared in a few lines: the trader, the goods, their value, the gross weight."""
    if trader := declaration.facts.get("trader"):
        party = "consignor" if declaration.direction == "export" else "consignee"
        yield say(party, lang), trader
    if content.goods:
        named = next(filter(None, (item.name or item.hs for item in content.goods)), None) or "—"
        words = _ITEM if len(content.goods) == 1 else _ITEMS
        yield say("goods", lang), worded(words, lang, n=len(content.goods), first=_short(named))
    if values := content.values:
        amounts = (f"{currency} {decimal(sum):,}" for currency, sum in values.items())
        yield say("declared value", lang), " · ".join(amounts)
    if weight := declaration.facts.get("gross_weight"):
        yield say("gross weight", lang), f"{weight} kg"


def _short(name: str) -> str:
    """The beginning of a name, as far as there is room for it."""
    taken, columns = "", 0
    for character in name:
        columns += width(character)
        if columns > _MAX_NAME_COLUMNS:
            return f"{taken}…"
        taken += character
    return taken
