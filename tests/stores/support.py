"""Messages to keep."""

from __future__ import annotations

from datetime import datetime

from clearance.customs.cn_single_window import ZONE, demo
from clearance.model import Message, ReceivedAs
from clearance.sources import Item

NOW = datetime(2026, 11, 1, tzinfo=ZONE)


def files(count: int = 30, seed: int = 5) -> list[demo.File]:
    return list(demo.traffic(count, seed, quarters=2))


def items(some: list[demo.File]) -> list[Item]:
    return [Item(file.name, file.data) for file in some]


def message(number: int, data: bytes = b"<x/>") -> Message:
    return Message(f"sha256:{number:064x}", data, (ReceivedAs(f"{number}.xml"),), NOW)
