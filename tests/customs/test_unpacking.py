"""Readers and their claims, encodings that nobody declares, events that name no declaration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import combinations

import pytest

from clearance import customs
from clearance.customs import System, systems, unpacking
from clearance.customs.cn_single_window.demo import business_receipt
from clearance.customs.unpacking import NotUnpacked, Reader, Root, Unpacked, claims, unpack
from clearance.customs.xml import Flat, read
from clearance.errors import Phrase, Unreadable
from clearance.model import Event, ReceivedAs, Reference
from clearance.sources import Item
from clearance.stores import open_store
from clearance.timelines import intake

NOW = datetime(2026, 6, 1, tzinfo=UTC)
CHINA = systems()["cn_single_window"]
READERS = [(system.name, reader) for system in systems().values() for reader in system.readers]
ROOTS = sorted({root for _, reader in READERS for root in reader.roots})


def event(*references: Reference) -> Event:
    """An event of an invented system that bears some references."""
    return Event(
        system="elsewhere",
        kind="Note",
        code="1",
        stage=None,
        at=NOW,
        note=None,
        serial=None,
        received_at=None,
        references=references,
        facts=(),
        action=None,
        flags=(),
        messages=("sha256:0",),
    )


def reader(*references: Reference, root: str = "Note") -> Reader:
    """A reader whose documents all give one event."""

    def read(root: Root, received_as: Sequence[ReceivedAs], id: str) -> list[Event]:
        return [event(*references)._replace(messages=(id,))]

    return Reader(roots=(root,), read=read)


class Elsewhere(System, kw_only=True):
    """An invented customs system with readers that a test makes up."""

    made_up: tuple[Reader, ...] = ()

    @property
    def readers(self) -> Sequence[Reader]:
        return self.made_up


def add_system(
    monkeypatch: pytest.MonkeyPatch, *readers: Reader, undeclared_encoding: str | None = None
) -> None:
    """Puts an invented system beside those that are there."""
    elsewhere = Elsewhere(
        name="elsewhere",
        title={"en": "Elsewhere"},
        zone_name="UTC",
        currency="XXX",
        pattern=".*",
        kinds=(),
        same_event_by=(),
        undeclared_encoding=undeclared_encoding,
        made_up=readers,
    )
    known: Mapping[str, System] = {**systems(), "elsewhere": elsewhere}
    monkeypatch.setattr(customs, "systems", lambda: known)


@pytest.fixture(autouse=True)
def _forget_candidates() -> Iterator[None]:
    """No test sees the readers of another."""
    unpacking._candidates.cache_clear()
    yield
    unpacking._candidates.cache_clear()


def only(data: bytes, name: str = "a.xml") -> Unpacked | NotUnpacked:
    """The one document in some bytes."""
    (document,) = unpack(data, name)
    return document


def refusal(data: bytes) -> Unreadable:
    """Why some bytes cannot be read."""
    document = only(data)
    assert isinstance(document, NotUnpacked)
    return document.why


# Claims


@pytest.mark.parametrize("root", ROOTS)
def test_one_reader_claims_a_root(root: str) -> None:
    assert len(claims(Flat(root, {}))) <= 1
    candidates = unpacking._candidates(root)
    assert candidates
    assert len(candidates) == 1 or all(reader.claims for _, reader in candidates)


def test_no_pattern_claims_the_root_of_another_reader() -> None:
    for (_, one), (_, other) in combinations(READERS, 2):
        if one.claims is None or other.claims is None:
            assert not any(one.may_claim(root) for root in other.roots)
            assert not any(other.may_claim(root) for root in one.roots)


def test_two_readers_that_claim_one_document_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the two tests above would find, where a new system took a root that is taken."""
    add_system(monkeypatch, reader(root="DEC_RESULT"))
    assert [name for name, _ in claims(Flat("DEC_RESULT", {}))] == [CHINA.name, "elsewhere"]


def test_a_reader_may_look_at_more_than_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two systems whose messages have the same root, each claims its own."""
    one, other = (
        Reader(
            roots=("Response",),
            claims=lambda root, name=name: name in root.fields,  # type: ignore[misc]
            recognised=Phrase("an answer to {name}", name=name),
        )
        for name in ("Arrival", "Departure")
    )
    add_system(monkeypatch, one, other)
    assert str(refusal(b"<Response><Arrival>1</Arrival></Response>")).endswith("to Arrival")
    assert str(refusal(b"<Response><Departure>1</Departure></Response>")).endswith("to Departure")
    assert refusal(b"<Response><Other>1</Other></Response>").reason == "unknown_root"


@pytest.mark.parametrize(
    "does", [{}, {"recognised": Phrase("a bill"), "open": lambda root: iter(())}]
)
def test_a_reader_that_does_nothing_or_two_things_cannot_be_made(does: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="one of read, open and recognised"):
        Reader(roots=("Bill",), **does)  # type: ignore[arg-type]


# Encodings that nobody declares


def receipt(note: str) -> str:
    """A receipt of China's, without a declaration of its encoding."""
    file = business_receipt("I20260000000000017", "224820261000000017", "L", NOW, 1, note=note)
    return file.data.decode().partition("?>")[2].strip()


def test_a_system_reads_the_encoding_that_its_messages_do_not_declare() -> None:
    document = only(receipt("成功入海关预录入库").encode("gb18030"))
    assert isinstance(document, Unpacked)
    assert [event.note for event in document.events()] == ["成功入海关预录入库"]


@pytest.mark.parametrize("root", ["Kvittering", "MetaData", "Response"])
def test_what_is_no_message_of_that_system_is_never_read_in_its_encoding(root: str) -> None:
    """The bytes of this Danish are also Chinese, and nobody may take them for it."""
    data = f"<{root}><Note>Køb</Note></{root}>".encode("latin-1")
    assert "K鴅" in data.decode("gb18030")
    why = refusal(data)
    assert why.reason == "encoding"
    assert "UTF-8" in str(why)
    assert "GB18030" not in str(why)


def test_each_system_reads_only_its_own_messages_in_its_own_encoding(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    add_system(monkeypatch, reader(Reference("client_ref", "R1")), undeclared_encoding="latin-1")
    danish = only("<Note><Text>Køb</Text></Note>".encode("latin-1"))
    assert isinstance(danish, Unpacked)
    assert danish.root == Flat("Note", {"Text": "Køb"})
    chinese = only(receipt("已结关").encode("gb18030"))
    assert isinstance(chinese, Unpacked)
    assert chinese.events()[0].system == CHINA.name


def test_what_a_system_only_recognises_is_so_in_its_encoding_too() -> None:
    assert refusal("<Manifest><Name>货物</Name></Manifest>".encode("gbk")).reason == "not_a_status"


# Events that name no declaration

ANONYMOUS: dict[str, tuple[Reference, ...]] = {
    "nothing": (),
    "only a bill": (Reference("bill_no", "B1"),),
    "a number of a kind that no system has": (Reference("passport", "P1"),),
}


@pytest.mark.parametrize("references", ANONYMOUS.values(), ids=ANONYMOUS)
def test_an_event_that_names_no_declaration_is_refused(references: tuple[Reference, ...]) -> None:
    document = Unpacked("sha256:0", b"<Note/>", (), read(b"<Note/>"), reader(*references))
    with pytest.raises(Unreadable, match="which declaration") as caught:
        document.events()
    assert caught.value.reason == "no_number"


@pytest.mark.parametrize("references", ANONYMOUS.values(), ids=ANONYMOUS)
def test_it_is_kept_as_refused_and_stops_nothing(
    monkeypatch: pytest.MonkeyPatch, references: tuple[Reference, ...]
) -> None:
    add_system(monkeypatch, reader(*references))
    good = business_receipt("I20260000000000017", "224820261000000017", "L", NOW, 1)
    with open_store("memory:") as store:
        items = [Item("note.xml", b"<Note/>"), Item(good.name, good.data)]
        result = intake.ingest(store, items, NOW)
        assert (result.read, result.new, result.refused) == (2, 1, 1)
        assert [refusal.kind for refusal in store.refused()] == ["no_number"]
        assert len(store.ids()) == 1


def test_a_file_name_is_enough_for_an_event_without_a_number() -> None:
    made = reader(Reference("sent_as", "OUT_1"))
    document = Unpacked("sha256:0", b"<Note/>", (), read(b"<Note/>"), made)
    assert len(document.events()) == 1


# Identity


def test_the_id_of_a_message_is_that_of_its_bytes_in_whatever_it_came() -> None:
    data = b"<DEC_RESULT/>"
    bare, named = only(data), only(data, "b.xml")
    assert isinstance(bare, Unpacked)
    assert isinstance(named, Unpacked)
    assert bare.id == named.id
    assert unpacking.reparsed(data, named.received_as).id == bare.id
