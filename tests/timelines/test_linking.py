"""Random stories: however they arrive, a store tells what linking everything at once tells."""

from __future__ import annotations

import base64
import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from unittest.mock import patch

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from clearance.customs import unpacking
from clearance.customs.cn_single_window import ZONE
from clearance.customs.cn_single_window.demo import File, business_receipt, import_receipt
from clearance.errors import Unreadable
from clearance.model import Declaration, Event, ReceivedAs, Reference
from clearance.render.declarations import declaration_json
from clearance.sources import Item
from clearance.stores import Store, open_store
from clearance.timelines import derive, grouping, intake, integrity, linking, query

pytestmark = pytest.mark.slow

START = datetime(2026, 3, 2, 8, tzinfo=ZONE)
NOW = datetime(2026, 6, 1, tzinfo=ZONE)
UNIFIED = [f"E2026{number:013}" for number in range(1, 5)]
ENTRIES = [f"224820260{number:09}" for number in range(1, 5)]
STAGED = ["Z" + "1" * 17, "Z" + "2" * 17]
REFERENCES = ("R1", "R2", "R3")
BASES = ("B1", "B2", "R1")
CODES = "7LJPREDMTCZHAKFNq0a1"


def at(minute: int) -> datetime:
    return START + timedelta(minutes=minute)


def client_error(minutes: int, base: str) -> File:
    """The client's own error for a file of a base name."""
    text = '<Root><failCode version="1.0">C134</failCode><failInfo>["x"]</failInfo></Root>'
    return File(f"Failed_{base}_{at(minutes):%Y%m%d%H%M%S}.xml", text.encode(), at(minutes))


class Teller:
    """Makes up messages that share few numbers, few names and few minutes."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.minutes = random.choice((4, 12, 40))
        self.unified = UNIFIED[: random.randint(1, 4)]
        self.references = REFERENCES[: random.randint(1, 3)]
        self.bases = BASES[: random.randint(1, 3)]

    def files(self) -> list[File]:
        """Some messages, each with copies under other names and in other wrappings."""
        told = [self.message() for _ in range(self.random.randint(2, 9))]
        return [copy for file in told for copy in self.copies(file)]

    def minute(self) -> datetime:
        return at(self.random.randrange(self.minutes))

    def message(self) -> File:
        kinds = (self.taken, self.failed, self.client_error, self.receipt, self.old_receipt)
        return self.random.choices(kinds, (22, 14, 16, 38, 10))[0]()

    def taken(self) -> File:
        number = self.random.choice((*self.unified, *STAGED[:1]))
        base = self.random.choice(self.bases)
        return import_receipt(self.random.choice(self.references), number, self.minute(), base=base)

    def failed(self) -> File:
        file = self.taken()
        root = "<DecImportResponse><ResponseCode>1</ResponseCode>{}</DecImportResponse>"
        own = f"<ClientSeqNo>{self.random.choice(self.references)}</ClientSeqNo>"
        text = root.format(own if self.random.random() < 0.8 else "")
        return File(file.name.replace("Successed", "Failed"), text.encode(), file.at)

    def client_error(self) -> File:
        when = self.minute()
        text = '<Root><failCode version="1.0">C134</failCode><failInfo>["x"]</failInfo></Root>'
        name = f"Failed_{self.random.choice(self.bases)}_{when:%Y%m%d%H%M%S}.xml"
        return File(name, text.encode(), when)

    def receipt(self) -> File:
        code, number = self.random.choice(CODES), self.random.choice(self.unified)
        entry = "" if code == "7" or self.random.random() < 0.3 else ENTRIES[UNIFIED.index(number)]
        if entry and self.random.random() < 0.15:
            entry = self.random.choice(ENTRIES)
        when = self.minute()
        declared = when if self.random.random() < 0.3 else None
        serial = self.random.randrange(1, 30)
        return business_receipt(number, entry, code, when, serial, declared_at=declared)

    def old_receipt(self) -> File:
        when = self.minute()
        note = self.random.choice((*STAGED, *self.unified))
        text = (
            f"<DEC_DATA><DEC_RESULT><SEQ_NO>{self.random.randrange(1, 3):018}</SEQ_NO>"
            f"<NOTICE_DATE>{when:%Y%m%dT%H%M%S}00</NOTICE_DATE><CHANNEL>7</CHANNEL>"
            f"<NOTE>{note}直接申报成功</NOTE></DEC_RESULT></DEC_DATA>"
        )
        return File(f"old{when:%H%M}.xml", text.encode(), when)

    def copies(self, file: File) -> list[File]:
        chance = self.random.random()
        if chance < 0.35:
            return [file, File(self.renamed(file), file.data, file.at)][self.random.randint(0, 1) :]
        if chance < 0.45:
            return [file, File(file.name, file.data.replace(b"?>\n", b"?>\n\n"), file.at)]
        if chance < 0.6:
            return [file, self.wrapped(file)][self.random.randint(0, 1) :]
        return [file]

    def renamed(self, file: File) -> str:
        stamp = f"{self.minute():%Y%m%d%H%M%S}"
        if file.name.startswith("Receipt"):
            serial = f"2026{self.random.randrange(1, 30):014}"
            return f"Receipt_DECCUS004_{self.unified[0]}_{serial}_{stamp}.xml"
        if file.name.startswith(("Failed", "Successed")):
            return f"{file.name.partition('_')[0]}_{self.random.choice(self.bases)}_{stamp}.xml"
        return f"copy{stamp}.xml"

    def wrapped(self, file: File) -> File:
        sent = f"<CreatTime>{self.minute():%Y-%m-%dT%H:%M:%S}+08:00</CreatTime>"
        called = f"<AddInfo><FileName>{file.name}</FileName></AddInfo>"
        text = (
            '<DxpMsg xmlns="http://www.chinaport.gov.cn/dxp">'
            f"<TransInfo>{sent if self.random.random() < 0.8 else ''}</TransInfo>"
            f"<Data>{base64.b64encode(file.data).decode()}</Data>"
            f"{called if self.random.random() < 0.6 else ''}</DxpMsg>"
        )
        name = self.random.choice((f"env{self.random.randrange(9)}.xml", file.name))
        return File(name, text.encode(), file.at)

    def batches(self, files: Sequence[File]) -> list[list[File]]:
        """The same in another order, some twice, one by one or in a few batches."""
        shuffled = [*files, *self.random.choices(files, k=self.random.choice((0, 0, 2)))]
        self.random.shuffle(shuffled)
        if self.random.random() < 0.5:
            return [[file] for file in shuffled]
        cut = self.random.randint(0, len(shuffled))
        return [shuffled[:cut], shuffled[cut:]]


def everything(files: Iterable[File]) -> list[Event]:
    """What all messages say, each read once under every name it came under."""
    kept: dict[str, tuple[bytes, set[ReceivedAs]]] = {}
    for file in files:
        for one in unpacking.unpack(file.data, file.name):
            if isinstance(one, unpacking.Unpacked) and readable(one):
                kept.setdefault(one.id, (one.data, set()))[1].update(one.received_as)
    again = (unpacking.reparsed(data, sorted(names)) for data, names in kept.values())
    return [event for one in again for event in one.events()]


def readable(one: unpacking.Unpacked) -> bool:
    try:
        return bool(one.events())
    except Unreadable:
        return False


def as_json(declarations: Iterable[Declaration]) -> list[str]:
    ordered = sorted(declarations, key=lambda d: derive.order(d.events[0]))
    return [json.dumps(declaration_json(d, (), "en", events=True)) for d in ordered]


def read_in(store: Store, batches: Iterable[Sequence[File]]) -> None:
    for batch in batches:
        intake.ingest(store, [Item(file.name, file.data) for file in batch], NOW)


@contextmanager
def loading(store: Store) -> Iterator[list[int]]:
    """How many timelines are loaded, each time that some are asked for."""
    loaded: list[int] = []
    load = store.timelines

    def counted(ids: Collection[int] | None = None) -> Iterator[tuple[int, Declaration]]:
        found = list(load(ids))
        loaded.append(len(found))
        return iter(found)

    with patch.object(store, "timelines", counted):
        yield loaded


@settings(max_examples=4 * settings().max_examples)
@given(st.integers(0, 10**9))
def test_a_story_read_bit_by_bit_is_the_story_read_at_once(seed: int) -> None:
    teller = Teller(Random(seed))
    files = teller.files()
    with open_store("memory:") as store:
        read_in(store, teller.batches(files))
        assert as_json(d for _, d in store.timelines()) == as_json(derive.link(everything(files)))
        assert list(integrity.verify(store)) == []


@settings(max_examples=4 * settings().max_examples)
@given(st.integers(0, 10**9), st.integers(0, 5), st.sampled_from((1, 3, 100)))
@example(168, 1, 100).via("copies under two own references that are made one")
@example(119, 2, 100).via("copies under two own references that are made one")
def test_a_reference_that_too_many_share_is_weak_in_any_order_of_arrival(
    seed: int, most: int, at_once: int
) -> None:
    """At any limit of sharing, and of what is loaded before it is asked whether too many share."""
    teller = Teller(Random(seed))
    files = teller.files()
    with (
        patch.object(grouping, "MAX_SHARING", most),
        patch.object(linking, "_LOADED_AT_ONCE", at_once),
        open_store("memory:") as store,
    ):
        read_in(store, teller.batches(files))
        assert as_json(d for _, d in store.timelines()) == as_json(derive.link(everything(files)))
        assert overused(store) <= grouping.overused_in(everything(files))
        assert list(integrity.verify(store)) == []


def overused(store: Store) -> set[Reference]:
    """The overused references that a store keeps."""
    return {Reference(*record.document["reference"]) for record in store.records(linking.OVERUSED)}


@given(st.integers(0, 10**9), st.integers(0, 5))
def test_copies_that_are_made_one_are_beside_no_more_numbers_than_each_by_itself(
    seed: int, most: int
) -> None:
    told = everything(Teller(Random(seed)).files())
    linked = [event for declaration in derive.link(told) for event in declaration.events]
    with patch.object(grouping, "MAX_SHARING", most):
        assert grouping.overused_in(linked) == grouping.overused_in(told)


def test_copies_of_one_receipt_under_many_own_references_overuse_no_file_name() -> None:
    copies = [
        import_receipt(f"R{number}", UNIFIED[0], at(1), base="decl")
        for number in range(derive.MAX_SHARING + 5)
    ]
    files = [*copies, client_error(50, "decl")]
    for batches in ([files], [[file] for file in files], [copies[:9], files[9:]]):
        with open_store("memory:") as store:
            read_in(store, batches)
            assert [len(d.events) for _, d in store.timelines()] == [2]
            assert list(integrity.verify(store)) == []


@settings(max_examples=25)
@given(st.integers(0, 10**9))
def test_it_is_the_same_in_a_file(seed: int) -> None:
    teller = Teller(Random(seed))
    files = teller.files()
    with TemporaryDirectory() as folder, open_store(Path(folder, "store.db")) as store:
        read_in(store, teller.batches(files))
        expected = as_json(derive.link(everything(files)))
        assert as_json(d for _, d in store.timelines()) == expected
        intake.rebuild(store)
        assert as_json(d for _, d in store.timelines()) == expected
        assert list(integrity.verify(store)) == []


@settings(max_examples=settings().max_examples)
@given(st.integers(0, 10**9), st.integers(0, 40))
def test_as_of_a_moment_is_as_if_later_events_were_not_known(seed: int, minute: int) -> None:
    """A statement that came in several files is known with the first of them, as far as it goes.

    A name without a time is taken to have come with the first of the same bytes that has one.
    """
    teller = Teller(Random(seed))
    files = teller.files()
    moment = at(minute)

    def said(some: Iterable[File]) -> list[Event]:
        return [e for e in everything(some) if e.known_at is None or e.known_at <= moment]

    timed = {e.messages for file in files for e in everything([file]) if e.received_at}
    come = {e.messages for file in files for e in said([file]) if e.received_at}
    known = said(
        file
        for file in files
        if any(
            e.messages in come if e.messages in timed and not e.received_at else e in said([file])
            for e in everything([file])
        )
    )
    with open_store("memory:") as store:
        read_in(store, teller.batches(files))
        found = unmarked(query.snapshot(store, None, moment))
        assert as_json(found) == as_json(derive.link(known))
        for declaration in derive.link(known):
            found = unmarked(query.find(store, [declaration.name], moment))
            assert as_json([declaration])[0] in as_json(found)


def unmarked(declarations: Iterable[Declaration]) -> Iterator[Declaration]:
    """Declarations without the remark that a message lies ahead."""
    for one in declarations:
        remarks = tuple(i for i in one.inconsistencies if i.kind != "time_ahead")
        yield replace(one, inconsistencies=remarks)


def test_an_own_reference_that_everything_is_sent_under_is_not_read_again_with_each_message() -> (
    None
):
    files = [
        import_receipt("SAME", f"I2026{number:013}", at(number), base=f"out{number}")
        for number in range(60)
    ]
    with open_store("memory:") as store:
        read_in(store, [[file] for file in files])
        assert list(integrity.verify(store)) == []
        with loading(store) as loaded:
            read_in(store, [[import_receipt("SAME", "I20269999999999999", at(99), base="out99")]])
        assert sum(loaded) == 0
        assert len(list(store.timelines())) == 61


def test_a_failed_sending_under_an_overused_reference_joins_the_other_failed_ones_only() -> None:
    failed = [import_receipt("SAME", "", at(30 + n), base=f"err{n}") for n in range(2)]
    sent = [
        import_receipt("SAME", f"I2026{number:013}", at(number), base=f"out{number}")
        for number in range(30)
    ]
    for files in ([*failed, *sent], [*sent, *failed], [failed[0], *sent, failed[1]]):
        with open_store("memory:") as store:
            read_in(store, [[file] for file in files])
            sizes = sorted(len(d.events) for _, d in store.timelines())
            assert sizes == [1] * 30 + [2]
            assert list(integrity.verify(store)) == []


def test_one_client_error_under_a_name_that_many_share_stays_alone_whatever_comes_later() -> None:
    sent = [
        import_receipt(f"R{number}", f"I2026{number:013}", at(number), base="decl")
        for number in range(30)
    ]
    for early in (0, 10, 25, 30):
        with open_store("memory:") as store:
            read_in(store, [[f] for f in (*sent[:early], client_error(50, "decl"), *sent[early:])])
            assert sorted(len(d.events) for _, d in store.timelines()) == [1] * 31
            assert list(integrity.verify(store)) == []


def test_a_name_that_hundreds_share_is_not_read_for_one_client_error() -> None:
    sent = [
        import_receipt(f"R{number}", f"I2026{number:013}", at(1), base="decl")
        for number in range(450)
    ]
    with open_store("memory:") as store:
        read_in(store, [sent[:1], sent[1:]])
        store.clear_records(linking.OVERUSED)
        with loading(store) as loaded:
            read_in(store, [[client_error(50, "decl")], [client_error(51, "decl")]])
        assert sum(loaded) == 100 + 1, "the first hundred tell that it is overused"
        assert sorted(len(d.events) for _, d in store.timelines()) == [1] * 450 + [2]
        assert list(integrity.verify(store)) == []


def test_what_is_sent_under_an_overused_name_leaves_its_client_errors_unread() -> None:
    sent = [
        import_receipt(f"R{number}", f"I2026{number:013}", at(number), base="decl")
        for number in range(40)
    ]
    with open_store("memory:") as store:
        read_in(store, [[client_error(50, "decl"), *sent[:-1]]])
        with loading(store) as loaded:
            read_in(store, [sent[-1:]])
        assert sum(loaded) == 0
        assert len(list(store.timelines())) == 41


def test_overused_names_that_differ_by_the_case_of_letters_are_both_kept() -> None:
    bases = ("decl", "DECL")
    sent = [
        import_receipt(f"R{base}{number}", f"I{year}{number:013}", at(number), base=base)
        for base, year in zip(bases, (2025, 2026), strict=True)
        for number in range(30)
    ]
    with open_store("memory:") as store:
        read_in(store, [sent, [client_error(50, base) for base in bases]])
        assert overused(store) == {Reference("sent_as", base) for base in bases}
        assert sorted(len(d.events) for _, d in store.timelines()) == [1] * 62


def test_which_references_are_overused_is_found_anew_where_a_store_has_lost_it() -> None:
    sent = [
        import_receipt("SAME", f"I2026{number:013}", at(number), base=f"out{number}")
        for number in range(30)
    ]
    with open_store("memory:") as store:
        read_in(store, [sent])
        store.clear_records(linking.OVERUSED)
        assert list(integrity.verify(store)) == []
        read_in(store, [[import_receipt("SAME", "I20269999999999999", at(99), base="out99")]])
        assert overused(store) == {Reference("client_ref", "SAME")}


def test_a_copy_that_cannot_be_read_by_its_own_name_gives_nothing_whichever_batch_it_came_in() -> (
    None
):
    failed = b"<DecImportResponse><ResponseCode>1</ResponseCode></DecImportResponse>"
    named = File("Failed_B1.xml", failed, at(1))
    wrapped = File(
        "env.xml",
        b'<DxpMsg xmlns="http://www.chinaport.gov.cn/dxp"><TransInfo><CreatTime>'
        b"2026-03-02T08:05:00+08:00</CreatTime></TransInfo>"
        b"<Data>" + base64.b64encode(failed) + b"</Data></DxpMsg>",
        at(5),
    )
    told = as_json(derive.link(everything([named, wrapped])))
    for batches in (
        [[named, wrapped]],
        [[wrapped, named]],
        [[named], [wrapped]],
        [[wrapped], [named]],
    ):
        with open_store("memory:") as store:
            read_in(store, batches)
            assert as_json(d for _, d in store.timelines()) == told
            assert list(store.refused()) == []
