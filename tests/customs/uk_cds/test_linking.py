"""Random stories: however notifications arrive, a store tells what linking all at once tells."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clearance.customs import unpacking
from clearance.customs.uk_cds.codes import CODES
from clearance.model import Declaration, Event
from clearance.render.declarations import declaration_json
from clearance.sources import Item
from clearance.stores import Store, open_store
from clearance.timelines import derive, intake, integrity
from tests.customs.uk_cds.support import (
    at,
    expected,
    message,
    needs_public,
    public,
    response,
    stamp,
)

pytestmark = pytest.mark.slow

MRNS = ("26GB1", "26GB2", "26GB3", "")
LRNS = ("L1", "L2", "L3", "")
NAMES = {"11": ("39", "41", "7"), "13": ("67", "115", "4"), "16": ("A1",)}
NOW = at(10**6)


class Teller:
    """Makes up notifications that share few numbers, few ids and few minutes."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.minutes = self.random.choice((2, 6, 20))
        self.serials = ("", *"abcdef"[: self.random.choice((2, 6))])

    def messages(self) -> list[bytes]:
        """Some messages of one to three notifications, some with copies in other bytes."""
        made = [self.message() for _ in range(self.random.randint(2, 7))]
        return [copy for data in made for copy in self.copies(data)]

    def message(self) -> bytes:
        return message(*(self.response() for _ in range(self.random.choice((1, 1, 1, 2, 3)))))

    def response(self) -> str:
        code = self.random.choice((*CODES, "01", "09", "10", "04"))
        mrn = self.random.choice(MRNS)
        names = [self.random.choice(NAMES[code])] if code in NAMES else []
        when = self.random.randrange(self.minutes)
        errors = [("CDS12046", "")] if code == "03" and self.random.random() < 0.3 else []
        accepted = stamp(at(when - self.random.choice((0, 1, -9)))) if code == "01" else ""
        return response(
            code,
            when,
            mrn=mrn,
            lrn=self.random.choice(LRNS) if mrn else self.random.choice(LRNS[:3]),
            serial=self.random.choice(self.serials),
            names=names,
            accepted=accepted,
            payment="PAY" if code == "13" and self.random.random() < 0.4 else "",
            errors=errors,
        )

    def copies(self, data: bytes) -> list[bytes]:
        if self.random.random() < 0.7:
            return [data]
        old, new = (f"<FunctionalReferenceID>{one}</F".encode() for one in ("L1", "L2"))
        return [data, data.replace(old, new).replace(b"<MetaData>", b"<MetaData>\n")]

    def batches(self, messages: Sequence[bytes]) -> list[list[bytes]]:
        """The same in another order, some twice, one by one or in a few batches."""
        shuffled = [*messages, *self.random.choices(messages, k=self.random.choice((0, 2)))]
        self.random.shuffle(shuffled)
        if self.random.random() < 0.5:
            return [[one] for one in shuffled]
        cut = self.random.randint(0, len(shuffled))
        return [shuffled[:cut], shuffled[cut:]]


def everything(messages: Iterable[bytes]) -> list[Event]:
    """What all messages say, each read once."""
    return [event for data in dict.fromkeys(messages) for event in unpacking.parse(data, "x.xml")]


def as_json(declarations: Iterable[Declaration]) -> list[str]:
    ordered = sorted(declarations, key=lambda d: derive.order(d.events[0]))
    return [json.dumps(declaration_json(d, (), "en", events=True)) for d in ordered]


def read_in(store: Store, batches: Iterable[Sequence[bytes]]) -> None:
    for batch in batches:
        intake.ingest(store, [Item("x.xml", data) for data in batch], NOW)


def kept(store: Store) -> list[str]:
    return as_json(declaration for _, declaration in store.timelines())


@settings(max_examples=3 * settings().max_examples)
@given(st.integers(0, 10**9))
def test_a_story_read_bit_by_bit_is_the_story_read_at_once(seed: int) -> None:
    teller = Teller(seed)
    messages = teller.messages()
    with open_store("memory:") as store:
        read_in(store, teller.batches(messages))
        assert kept(store) == as_json(derive.link(everything(messages)))
        assert list(integrity.verify(store)) == []


@settings(max_examples=20)
@given(st.integers(0, 10**9))
def test_it_is_the_same_in_a_file_and_built_anew(seed: int) -> None:
    teller = Teller(seed)
    messages = teller.messages()
    with TemporaryDirectory() as folder, open_store(Path(folder, "store.db")) as store:
        read_in(store, teller.batches(messages))
        whole = as_json(derive.link(everything(messages)))
        assert kept(store) == whole
        intake.rebuild(store)
        assert kept(store) == whole
        assert list(integrity.verify(store)) == []


@settings(max_examples=3 * settings().max_examples)
@given(st.integers(0, 10**9))
def test_one_mrn_is_one_declaration_and_two_never_are(seed: int) -> None:
    events = everything(Teller(seed).messages())
    declarations = derive.link(events)
    known = [d.references["mrn"] for d in declarations if "mrn" in d.references]
    assert all(len(numbers) == 1 for numbers in known)
    assert len(set(known)) == len(known)
    assert sum(len(d.events) for d in declarations) <= len(events)


@needs_public
@settings(max_examples=15)
@given(st.integers(0, 10**9))
def test_the_public_files_give_the_same_timelines_in_every_order(seed: int) -> None:
    messages = [public(one["file"]) for one in expected() if one["root"] == "MetaData"]
    messages = [data for data in messages if b"headers=" not in data]
    with open_store("memory:") as store:
        read_in(store, Teller(seed).batches(messages))
        assert kept(store) == as_json(derive.link(everything(messages)))
        assert list(integrity.verify(store)) == []
