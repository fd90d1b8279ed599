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
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from clearance.customs import tables, xml
from clearance.customs.cn_single_window import NAME, in_beijing
from clearance.customs.moments import YEARS, iso
from clearance.customs.xml import Flat, local
from clearance.errors import Unreadable
from clearance.model import Reference
from clearance.model.content import Container, Content, Goods
from clearance.named_tuples import NamedTuple

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

KIND = "DecMessage"
MAX_ITEMS = 10_000
"""Items of a declaration that are read; customs takes fifty on one form."""

Fields = Mapping[str, str]
"""The texts of elements by their local names."""

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
_GOODS_COUNTRIES = ("origin", "destination")
_HEADS = ("DecHead", "DecFreeTxt", "DecSign")
"""Blocks whose fields are one mapping; their names do not clash."""


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
            at = iso(f"{digits[:8]}T{digits[8:]}") if len(digits) == 14 else None
        except ValueError:
            return None
        return in_beijing(at) if at and at.year in YEARS else None


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


def in_document(root: Element | Flat, of_goods: Collection[str] = ()) -> list[Declared]:
    """What each ``DecMessage`` in a document says was declared; raises Unreadable.

    Of the goods only some fields, if any are named.
    """
    return [_declared(message, of_goods) for message in _messages(root)]


def _declared(message: Element, of_goods: Collection[str]) -> Declared:
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
    return merged((id, said) for id, data in messages for said in _in_message(data, set(numbers)))


def _in_message(data: bytes, wanted: Collection[str]) -> list[Declared]:
    """What a message says of the declaration with all of these numbers; of one alone all of it."""
    every = in_document(xml.read(data, "gb18030"))
    if len(every) == 1:
        return every
    return [said for said in every if all(value in wanted for _, value in numbers(said))]


def numbers(message: Declared) -> set[Reference]:
    """The numbers that say which declaration it is."""
    from clearance.customs.cn_single_window import CLIENT_REF, receipts

    head = message.head
    found = receipts.numbers_in(head.get("SeqNo", ""), head.get("EntryId", ""))
    if own := head.get("ClientSeqNo"):
        found.append(Reference(CLIENT_REF, own[: receipts.MAX_CHARS]))
    return set(found)


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
    values["currency"] = currency(values["currency"]) if values["currency"] else None
    for name in _GOODS_COUNTRIES:
        written = values[name]
        values[name] = country(written) if written else None
    written_no = row.get("GNo", "")
    return Goods(int(written_no) if _is_number(written_no) else position, **values)


def _item_numbers(written: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.split(r"[,，; ]+", written) if _is_number(part))


def _is_number(written: str) -> bool:
    return written.isascii() and written.isdecimal() and len(written) <= 5


def country(written: str) -> str:
    """A country by its ISO letters, where the table knows the old three digits."""
    return tables.modern(NAME, "countries", written)


def currency(written: str) -> str:
    """A currency by its ISO letters, where the table knows the old three digits."""
    return tables.modern(NAME, "currencies", written)
