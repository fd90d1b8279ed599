"""The event of a ``DecMessage``: its numbers, and the facts that are searched and counted.

It bears the time of its signature and no stage: what became of the declaration is told by others.
What was declared is in ``declared``, which reads it whole when it is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from clearance.customs.cn_single_window import NAME, OUTGOING_FILE, codes, receipts
from clearance.customs.cn_single_window.declared import (
    KIND,
    Declared,
    country,
    currency,
    in_document,
    numbers,
)
from clearance.customs.xml import Flat
from clearance.errors import Unreadable
from clearance.model import Event, ReceivedAs, Reference
from clearance.model.content import sums

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_MAX_FACT_CHARS = 1000
"""Characters of a text that is kept as a fact, which every list reads; a form has the whole."""
_MAX_CODE_CHARS = 20
_FACTS = {
    "trade_mode": ("TradeMode",),
    "transport_mode": ("TrafMode",),
    "conveyance": ("TrafName",),
    "terms": ("TransMode",),
    "levy_nature": ("CutMode",),
    "port": ("IEPort",),
    "trader": ("TradeName",),
    "trader_code": ("TradeCode",),
    "trader_scc": ("TradeCoScc", "TradeCodeScc"),
    "owner": ("OwnerName",),
    "owner_code": ("OwnerCode",),
    "owner_scc": ("OwnerCodeScc",),
    "agent": ("AgentName",),
    "agent_code": ("AgentCode",),
    "agent_scc": ("AgentCodeScc",),
    "overseas_party": (
        "OverseasConsignorEname",
        "OverseasConsigneeEname",
        "OverseasConsignorCname",
        "OverseasConsigneeCname",
    ),
    "goods_place": ("GoodsPlace",),
    "packages": ("PackNo",),
    "wrap": ("WrapType",),
    "gross_weight": ("GrossWet",),
    "net_weight": ("NetWt",),
    "manual_no": ("ManualNo",),
    "remarks": ("NoteS",),
    "marks": ("MarkNo",),
    "office": ("CustomMaster",),
    "related_entry": ("RelId",),
    "related_manual": ("RelManNo",),
}
"""Facts by the elements that say them; of several the first that is filled."""
_COUNTRIES = {"country": "TradeCountry", "trade_country": "TradeAreaCode"}
_DATES = {"declaration_date": "DDate", "import_export_date": "IEDate"}
_DIRECTIONS = {"I": "import", "E": "export"}
_GROUPS = {
    "BillNo": "bill_no",
    "BLNo": "bill_no",
    "ContrNo": "contract",
    "VoyNo": "voyage",
    "LicenseNo": "licence",
    "ManualNo": "manual_no",
    "PreEntryId": "pre_entry_no",
}
"""Kinds of reference that find a declaration, by the element that says one."""
_GOODS_OF_FACTS = frozenset(("CodeTS", "DeclTotal", "TradeCurr"))
"""What facts are made of; the rest of the goods is read when it is asked for."""
_SUFFIX = re.compile(r"\.(?:xml|zip)$", re.IGNORECASE)


def read(root: Element | Flat, received_as: Sequence[ReceivedAs], id: str) -> list[Event]:
    """The event of each ``DecMessage``: at the time of its signature, without a stage."""
    events = [_event(said, received_as, id) for said in in_document(root, _GOODS_OF_FACTS)]
    if not events:
        raise Unreadable("empty", "the declaration is empty")
    return events


def _event(message: Declared, received_as: Sequence[ReceivedAs], id: str) -> Event:
    references = numbers(message)
    if not references:
        raise Unreadable(
            "no_number", "a declaration without ClientSeqNo, SeqNo and EntryId names none"
        )
    references |= _groups(message)
    if not message.from_customs:
        references |= {Reference(OUTGOING_FILE, base) for base in _bases(received_as)}
    return Event(
        system=NAME,
        kind=KIND,
        code=None,
        stage=None,
        at=message.signed_at,
        note=None,
        serial=None,
        received_at=None,
        references=tuple(sorted(references)),
        facts=tuple(sorted(_facts(message).items())),
        action=None,
        flags=(codes.BROUGHT_BACK if message.from_customs else codes.AS_SENT).flags,
        messages=(id,),
    )


def _groups(message: Declared) -> set[Reference]:
    """The numbers that find a declaration and join none."""
    found = [(kind, message.head.get(tag)) for tag, kind in _GROUPS.items()]
    found += [("container", row.get("ContainerId")) for row in message.containers]
    found += [("licence", row.get("CertCode")) for row in message.documents]
    return {Reference(kind, value[: receipts.MAX_CHARS]) for kind, value in found if value}


def _bases(received_as: Sequence[ReceivedAs]) -> Iterator[str]:
    """The base names of the outgoing file: an answer's name repeats one of them."""
    for name, _ in received_as:
        for part in name.replace("\\", "/").split("/")[-2:]:
            if _SUFFIX.search(part):
                yield _SUFFIX.sub("", part)[: receipts.MAX_CHARS]


def _facts(message: Declared) -> dict[str, str]:
    """The facts that people search for and that reports divide by."""
    head = message.head
    facts = {
        name: value[:_MAX_FACT_CHARS]
        for name, tags in _FACTS.items()
        if (value := next(filter(None, map(head.get, tags)), None))
    }
    facts |= {name: country(head[tag]) for name, tag in _COUNTRIES.items() if head.get(tag)}
    facts |= {n: day for n, tag in _DATES.items() if (day := receipts.day(head.get(tag, "")))}
    if direction := _DIRECTIONS.get(head.get("IEFlag", "")):
        facts["direction"] = direction
    return facts | _facts_of_goods(message)


def _facts_of_goods(message: Declared) -> dict[str, str]:
    """The first item's code and currency, every item's code, and the value in each currency."""
    codes = dict.fromkeys(
        row["CodeTS"][:_MAX_CODE_CHARS] for row in message.goods if "CodeTS" in row
    )
    written = [
        (row["TradeCurr"], row.get("DeclTotal")) for row in message.goods if "TradeCurr" in row
    ]
    currencies = {code: currency(code) for code, _ in written}
    value = sums((currencies[code], total) for code, total in written)
    facts = {
        "hs_code": next(iter(codes), ""),
        "hs_codes": " ".join(codes),
        "currency": next(iter(currencies.values()), ""),
        "declared_value": " ".join(f"{code} {total}" for code, total in value.items()),
        "item_count": str(len(message.goods) or ""),
    }
    return {name: fact for name, fact in facts.items() if fact}
