"""A small table of an invented system, and documents for it."""

from __future__ import annotations

from pathlib import Path

from clearance.customs import described
from clearance.customs.described import DescribedSystem
from clearance.customs.described.reading import made_of
from clearance.customs.unpacking import Root
from clearance.customs.xml import read
from clearance.errors import Unreadable
from clearance.model import Event, ReceivedAs

HEAD = """
name = "xx_made_up"
title = { en = "Made-up customs", zh = "虚构海关" }
zone = "Europe/Athens"
currency = "EUR"

[kinds.xx_no]
role = "official"
words = { en = "made-up no.", zh = "虚构编号" }

[codes.ACC]
words = { en = "accepted", zh = "已接受" }
stage = "accepted"

[codes.REL]
words = { en = "released", zh = "已放行" }
stage = "released"
flags = ["guarantee"]
rank = 8
cases = [{ sub = ["P"], words = { en = "released in part", zh = "部分放行" }, stage = "none" }]
"""
DOCUMENT = """
[[documents]]
roots = ["Notice"]
references = [{ kind = "xx_no", path = "No" }]

[[documents.events]]
code = "Status"
sub = "Part"
time = "At"
note = ["Text"]
"""
NOTICE = "<Notice><No>XX1</No><Status>ACC</Status><At>2026-03-02T08:00:00</At></Notice>"


def file(folder: Path, text: str = HEAD + DOCUMENT, name: str = "xx_made_up") -> Path:
    """A file that describes the invented system."""
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / f"{name}.toml"
    place.write_text(text, encoding="utf-8")
    described._checked.cache_clear()
    return place


def system(folder: Path, document: str = DOCUMENT, head: str = HEAD) -> DescribedSystem:
    """The invented system, with a document."""
    return described.of_file(file(folder, head + document))


def events(made: DescribedSystem, written: str, name: str = "a.xml") -> list[Event]:
    """The events that a system makes of a document; raises Unreadable."""
    root: Root = read(written.encode())
    for reader in made_of(made):
        if reader.read and reader.claims and reader.claims(root):
            return reader.read(root, [ReceivedAs(name, "")], "id")
    raise Unreadable("unknown_root", "nobody claims it")
