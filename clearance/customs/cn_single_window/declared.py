"""``DecMessage``: the declaration itself (报关单), with its goods and containers.

The declarant's program sends it, bare or in an ``ImportMessage``; a subscription brings the
finished declaration back from customs. It says what was declared and nothing of what became of
it: its event has no stage.

What several of these messages say of one declaration is put together field by field: what customs
brought back, with an entry number and a day of declaration, goes before what was sent; of two of a
kind the one signed later. An empty field takes nothing away; goods, containers and documents are
replaced as a whole by those of a message that has some. So the order of arrival does not matter.

Source: independent programs that write these messages agree on their form, in the versions before
and after August 2018; no official text was available. The misspelt names are official.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from clearance.customs import tables, xml
from clearance.customs.cn_single_window import (
    CLIENT_REF,
    NAME,
    OUTGOING_FILE,
    ZONE,
    codes,
    receipts,
)
from clearance.customs.xml import Element, Flat, local
from clearance.errors import Unreadable
from clearance.model import Event, ReceivedAs, Reference
from clearance.model.content import Container, Content, Goods, sums

KIND = "DecMessage"
_MAX_FACT_CHARS = 1000
"""Characters of a text that is kept as a fact, which every list reads; a form has the whole."""
_MAX_CODE_CHARS = 20
MAX_ITEMS = 10_000
"""Items of a declaration that are read; customs takes fifty on one form."""

Fields = Mapping[str, str]
"""The texts of elements by their local names."""

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
_GOODS = {
    "hs": "CodeTS",
    "name": "GName",
    "model": "GModel",
    "quantity": "GQty",
    "unit": "GUnit",
    "first_quantity": "FirstQty",
    "first_unit": "FirstUnit",
    "second_quantity": "SecondQty",
    "second_unit": "SecondUnit",
    "price": "DeclPrice",
    "total": "DeclTotal",
    "currency": "TradeCurr",
    "origin": "OriginCountry",
    "destination": "DestinationCountry",
    "district": "DistrictCode",
    "duty_mode": "DutyMode",
}
_GOODS_OF_FACTS = frozenset(("CodeTS", "DeclTotal", "TradeCurr"))
"""What facts are made of; the rest of the goods is read when it is asked for."""
_GOODS_COUNTRIES = ("origin", "destination")
_HEADS = ("DecHead", "DecFreeTxt", "DecSign")
"""Blocks whose fields are one mapping; their names do not clash."""
_SUFFIX = re.compile(r"\.(?:xml|zip)$", re.IGNORECASE)


class Declared(NamedTuple):
    """What one or several messages say was declared; fields by the names of their elements.

    ``head`` holds the fields of the head, of the free text and of the signature; an empty one is
    not in it. ``documents`` are those attached to the form, with their codes and numbers.
    """

    head: Fields
    goods: tuple[Fields, ...] = ()
    containers: tuple[Fields, ...] = ()
    documents: tuple[Fields, ...] = ()

    @property
    def from_customs(self) -> bool:
        """Whether customs brought it back: it bears an entry number and a day of declaration."""
        return bool(self.head.get("EntryId") and self.head.get("DDate"))

    @property
    def signed_at(self) -> datetime | None:
        """When it was signed; None where that is not said, or not a time."""
        digits = re.sub(r"\D", "", self.head.get("SignDate", ""))[:14]
        try:
            return datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=ZONE)
        except ValueError:
            return None


# Reading


def holds_declaration(root: Element | Flat) -> bool:
    """Whether a document holds a declaration."""
    return any(True for _ in _messages(root))


def _messages(root: Element | Flat) -> Iterator[Element]:
    """Every ``DecMessage`` in a document, without a look into what these hold."""
    if isinstance(root, Flat):
        return
    if local(root) == KIND:
        yield root
        return
    for child in root:
        yield from _messages(child)


def in_document(root: Element | Flat) -> list[Declared]:
    """What each ``DecMessage`` in a document says was declared; raises Unreadable."""
    return list(map(_declared, _messages(root)))


def _declared(message: Element, of_goods: Collection[str] = ()) -> Declared:
    """What a message says was declared; of the goods only some fields, if any are named."""
    blocks = {local(block): block for block in message}
    head = dict[str, str]()
    for name in _HEADS:
        if name in blocks:
            head |= _filled(blocks[name])
    return Declared(
        head,
        tuple(_rows(blocks.get("DecLists"), "DecList", of=of_goods)),
        tuple(_rows(blocks.get("DecContainers"), "Container", "DecContainer")),
        tuple(_rows(blocks.get("DecLicenseDocus"), "LicenseDocu")),
    )


def _rows(block: Element | None, *names: str, of: Collection[str] = ()) -> Iterator[dict[str, str]]:
    """The filled fields of each row of a block that has any; of some names only, if there are."""
    rows = [] if block is None else [row for row in block if local(row) in names]
    if len(rows) > MAX_ITEMS:
        raise Unreadable("too_large", "more than {count} {name}", count=MAX_ITEMS, name=names[0])
    return filter(None, (_filled(row, of) for row in rows))


def _filled(element: Element, only: Collection[str] = ()) -> dict[str, str]:
    """The texts of an element's leaves by local name; of a repeated one the first filled.

    Only those of some names, if there are any.
    """
    fields = dict[str, str]()
    for child in element:
        name = child.tag
        if ":" in name:
            name = local(child)
        if only and name not in only:
            continue
        if (written := child.text) and not len(child) and (value := written.strip()):
            fields.setdefault(name, value)
    return fields


def read(root: Element | Flat, received_as: Sequence[ReceivedAs], id: str) -> list[Event]:
    """The event of each ``DecMessage``: at the time of its signature, without a stage."""
    declared = (_declared(message, _GOODS_OF_FACTS) for message in _messages(root))
    events = [_event(message, received_as, id) for message in declared]
    if not events:
        raise Unreadable("empty", "the declaration is empty")
    return events


def _event(message: Declared, received_as: Sequence[ReceivedAs], id: str) -> Event:
    references = _numbers(message)
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


def _numbers(message: Declared) -> set[Reference]:
    """The numbers that say which declaration it is."""
    head = message.head
    numbers = receipts.numbers_in(head.get("SeqNo", ""), head.get("EntryId", ""))
    if own := head.get("ClientSeqNo"):
        numbers.append(Reference(CLIENT_REF, own[: receipts.MAX_CHARS]))
    return set(numbers)


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
    facts |= {name: _country(head[tag]) for name, tag in _COUNTRIES.items() if head.get(tag)}
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
    currencies = {currency: _currency(currency) for currency, _ in written}
    value = sums((currencies[currency], total) for currency, total in written)
    facts = {
        "hs_code": next(iter(codes), ""),
        "hs_codes": " ".join(codes),
        "currency": next(iter(currencies.values()), ""),
        "declared_value": " ".join(f"{currency} {total}" for currency, total in value.items()),
        "item_count": str(len(message.goods) or ""),
    }
    return {name: fact for name, fact in facts.items() if fact}


# Putting together


def merged(messages: Iterable[tuple[str, Declared]]) -> Declared:
    """What several messages, each with its id, say was declared, in any order."""
    head = dict[str, str]()
    goods: tuple[Fields, ...] = ()
    containers: tuple[Fields, ...] = ()
    documents: tuple[Fields, ...] = ()
    for _, message in sorted(messages, key=_precedence):
        head |= message.head
        goods = message.goods or goods
        containers = message.containers or containers
        documents = message.documents or documents
    return Declared(head, goods, containers, documents)


def _precedence(message: tuple[str, Declared]) -> tuple[bool, float, str]:
    id, said = message
    at = said.signed_at
    return said.from_customs, at.timestamp() if at else float("-inf"), id


def of(messages: Iterable[tuple[str, bytes]], numbers: Collection[str]) -> Declared:
    """What messages, given by id, say of the declaration that has all of these numbers.

    One that names another number is about another declaration, though they share a reference.
    """
    own = set(numbers)
    return merged(
        (id, said)
        for id, data in messages
        for said in in_document(xml.read(data, "gb18030"))
        if {value for _, value in _numbers(said)} <= own
    )


def content_of(messages: Iterable[tuple[str, bytes]], numbers: Collection[str]) -> Content:
    """The goods and containers of the declaration that has all of these numbers."""
    return content(of(messages, numbers))


def content(message: Declared) -> Content:
    """The goods and containers of a declaration, in the terms of every customs system."""
    goods = tuple(_goods(n, row, message.head) for n, row in enumerate(message.goods, 1))
    containers = tuple(
        Container(row["ContainerId"], row.get("ContainerMd"), _item_numbers(row.get("GoodsNo", "")))
        for row in message.containers
        if row.get("ContainerId")
    )
    return Content(goods, containers)


def _goods(position: int, row: Fields, head: Fields) -> Goods:
    values = {name: row.get(tag) for name, tag in _GOODS.items()}
    values["district"] = values["district"] or head.get("DistrictCode")
    values["currency"] = _currency(values["currency"]) if values["currency"] else None
    for name in _GOODS_COUNTRIES:
        written = values[name]
        values[name] = _country(written) if written else None
    written_no = row.get("GNo", "")
    return Goods(int(written_no) if _is_number(written_no) else position, **values)


def _item_numbers(written: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.split(r"[,，; ]+", written) if _is_number(part))


def _is_number(written: str) -> bool:
    return written.isascii() and written.isdecimal() and len(written) <= 5


def _country(written: str) -> str:
    """A country by its ISO letters, where the table knows the old three digits."""
    return tables.modern(NAME, "countries", written)


def _currency(written: str) -> str:
    """A currency by its ISO letters, where the table knows the old three digits."""
    return tables.modern(NAME, "currencies", written)
