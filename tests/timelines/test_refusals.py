"""What could not be read: when it is refused, when that ends, and what is passed over instead."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

import pytest

from clearance.customs.cn_single_window.demo import File, import_receipt
from clearance.customs.unpacking import refusal_ids
from clearance.model import Record, Refusal
from clearance.stores import open_store
from clearance.timelines import intake, refusals
from tests.attacks import envelope
from tests.cli.support import HELLO, packed, receipts
from tests.conftest import CLOSED, Run, at, laid, settled

ACCEPTED = CLOSED.told("L", at("02 08:00:20"))
RELEASED = CLOSED.told("P", at("02 10:00"))
CLIENT_ERROR = b"<Root><failCode>C134</failCode><failInfo>[&quot;no card&quot;]</failInfo></Root>"
ZIP = packed(receipts(ACCEPTED, RELEASED))


def refused(call: Run) -> list[str]:
    """The names of refused messages, in order."""
    return sorted(r["name"] for r in call("refused", "--format", "json").json["refused"])


def counts(call: Run, *arguments: str | Path) -> tuple[int, ...]:
    """The exit code of an ingest; what was new, refused, passed over, and still being written."""
    ran = call("ingest", *arguments, "--format", "json")
    names = ("new", "refused", "passed_over", "waiting")
    return (ran.code, *(ran.json[name] for name in names))


UNFINISHED = {
    "nothing yet": b"",
    "only zeros": bytes(len(ACCEPTED.data)),
    "zeros at the end": ACCEPTED.data[:100] + bytes(len(ACCEPTED.data) - 100),
    "zeros at the beginning": bytes(64) + ACCEPTED.data[64:],
    "the last bytes are zeros": ACCEPTED.data[:-10] + bytes(10),
    "the first bytes": ACCEPTED.data[:150],
    "up to within a character": "<a>报".encode()[:-1],
    "a zip with zeros at its end": ZIP[:100] + bytes(len(ZIP) - 100),
}


@pytest.mark.parametrize("how", UNFINISHED)
def test_a_file_that_is_being_copied_in_is_left_alone_until_it_is_whole(
    call: Run, tmp_path: Path, how: str
) -> None:
    """It was refused, and moved into the archive while it was written."""
    box, done = tmp_path / "in", tmp_path / "done"
    box.mkdir()
    file = box / ("day.zip" if "zip" in how else ACCEPTED.name)
    file.write_bytes(UNFINISHED[how])
    assert counts(call, box, "--archive", done) == (0, 0, 0, 0, 1)
    assert refused(call) == []
    assert file.exists()
    file.write_bytes(ZIP if "zip" in how else ACCEPTED.data)
    assert counts(call, box, "--archive", done)[:3] == (0, 2 if "zip" in how else 1, 0)
    assert not file.exists()


@pytest.mark.parametrize("how", UNFINISHED)
def test_a_file_that_stays_half_written_is_refused_and_that_ends_when_it_is_read_whole(
    call: Run, tmp_path: Path, how: str
) -> None:
    """The refusal stayed for good, `check` warned of it for a week, `retry` could not end it."""
    file = tmp_path / ("day.zip" if "zip" in how else ACCEPTED.name)
    file.write_bytes(UNFINISHED[how])
    settled(file)
    assert counts(call, file, "--archive", tmp_path / "done") == (3, 0, 1, 0, 0)
    assert file.exists()
    assert refused(call) == [file.name]
    assert "unreadable" in call("check", "--dry-run").text
    file.write_bytes(ZIP if "zip" in how else ACCEPTED.data)
    assert counts(call, file)[:3] == (0, 2 if "zip" in how else 1, 0)
    assert refused(call) == []
    assert "unreadable" not in call("check", "--dry-run").text


def test_a_half_file_is_forgiven_also_when_the_whole_was_known_already(
    call: Run, tmp_path: Path
) -> None:
    file = tmp_path / ACCEPTED.name
    call("ingest", "-", stdin=ACCEPTED.data)
    file.write_bytes(ACCEPTED.data[:-10])
    settled(file)
    call("ingest", file)
    assert refused(call) == [file.name]
    file.write_bytes(ACCEPTED.data)
    call("ingest", file)
    assert refused(call) == []


def test_a_refusal_stays_when_another_file_of_that_name_or_what_is_no_half_is_read(
    call: Run, tmp_path: Path
) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
    half, other, wrong = tmp_path / "a" / "x.xml", tmp_path / "b" / "x.xml", tmp_path / "w.xml"
    half.write_bytes(ACCEPTED.data[:-10])
    settled(half)
    wrong.write_bytes(b"<Order/>")
    call("ingest", half, wrong)
    other.write_bytes(ACCEPTED.data)
    wrong.write_bytes(RELEASED.data)
    call("ingest", other, wrong)
    assert refused(call) == ["w.xml", "x.xml"]


def test_two_refusals_that_differ_only_by_name_are_two(call: Run, tmp_path: Path) -> None:
    """Of two client errors of the same bytes, one was counted as a duplicate."""
    for name in ("a.xml", "b.xml", "c.xml"):
        (tmp_path / name).write_bytes(CLIENT_ERROR)
    assert counts(call, tmp_path)[:3] == (3, 0, 3)
    assert refused(call) == ["a.xml", "b.xml", "c.xml"]
    assert counts(call, tmp_path)[:3] == (0, 0, 0)


def test_a_refusal_of_an_earlier_version_is_known_again(
    call: Run, tmp_path: Path, home: Path
) -> None:
    """Its id was made of the bytes alone."""
    (tmp_path / "a.xml").write_bytes(HELLO)
    old = refusal_ids(HELLO, "a.xml", len(HELLO))[1]
    call("store", "init")
    with open_store(home / "clearance.db") as store, store.transaction():
        told = Refusal(old, "a.xml", "binary", "no XML", len(HELLO), at("02 08:00"), HELLO)
        store.save_refusals([told])
    assert counts(call, tmp_path / "a.xml")[:3] == (0, 0, 0)
    assert refused(call) == ["a.xml"]


NAMED = {
    "client error": (CLIENT_ERROR, "Failed_OUT-1_20260302080000.xml"),
    "answer without a number": (
        b"<DecImportResponse><ResponseCode>1</ResponseCode></DecImportResponse>",
        "Failed_OUT-2_20260302080000.xml",
    ),
}


@pytest.mark.parametrize("sort", NAMED)
@pytest.mark.parametrize("fitting_first", [True, False])
def test_a_message_that_only_one_of_its_names_explains_is_not_kept_and_refused(
    call: Run, tmp_path: Path, sort: str, fitting_first: bool
) -> None:
    data, fitting = NAMED[sort]
    names = [fitting, "x.xml"] if fitting_first else ["x.xml", fitting]
    for name in names:
        (tmp_path / name).write_bytes(data)
        call("ingest", tmp_path / name)
    assert refused(call) == []
    assert call("store", "info", "--format", "json").json["messages"] == 1
    assert call("store", "verify").code == 0


def test_retry_knows_every_name_that_an_envelope_gave(call: Run, home: Path) -> None:
    """An answer without a number is about the file that its envelope names."""
    data, name = NAMED["answer without a number"]
    call("ingest", "-", stdin=envelope(data, name="x.xml"))
    with open_store(home / "clearance.db") as store:
        (refusal,) = store.refused()
        assert refusals.names(store, refusal) == ("stdin", "stdin/x.xml")
        record = refusals.origin_of(store, refusal)
        assert record
        with store.transaction():
            record.document["names"] = ["stdin", f"stdin/{name}"]
            store.save_records([record])
    assert call("refused", "retry", "--format", "json").json["new"] == 1
    assert refused(call) == []


def test_what_was_put_away_is_not_refused_again(call: Run, tmp_path: Path) -> None:
    for name in ("a.xml", "b.xml"):
        (tmp_path / name).write_bytes(HELLO + name.encode())
    call("ingest", tmp_path)
    (one, _) = call("refused", "--format", "json").json["refused"]
    assert call("refused", "drop", one["id"][7:19]).code == 0
    assert refused(call) == ["b.xml"]
    assert counts(call, tmp_path)[:3] == (0, 0, 0)
    assert call("refused", "drop").code == 2
    assert call("refused", "drop", "f" * 12).code == 1
    assert call("refused", "drop", "--all").code == 0
    assert refused(call) == []
    assert "could not be read" not in call("check", "--dry-run").text


LYING_ABOUT = {
    "README": b"read me",
    "README.md": b"# hello",
    "readme.txt": HELLO,
    "list.json": b'[{"entryId":"1"}]',
    "one.json": b'{"entryId":"1"}',
    "report.xlsx": packed({"[Content_Types].xml": b"<Types/>"}),
    "old.xls": b"\xd0\xcf\x11\xe0\xa1\xb1",
    "scan.PDF": b"%PDF-1.7",
    "page.html": b"<html><body>",
    "run.log": b"",
    "list.csv": "编号,时间".encode("gbk"),
    "sent/OUT-1.xml": b"<ImportMessage><SWImpHead/></ImportMessage>",
    "sas/Successed_INV101_1.xml": b"<CommonResponeMessage><SeqNo>1</SeqNo></CommonResponeMessage>",
    "sas/Receipt_1.xml": b"<Package><DataInfo><x><INV201/></x></DataInfo></Package>",
    "sas/Receipt_2.xml": b"<Package><DataInfo><x><INV202/></x></DataInfo></Package>",
    "sas/out.xml": b"<Signature><Object/></Signature>",
    "ceb/CEB622.xml": b"<CEB622Message><x/></CEB622Message>",
    "ceb/mo.xml": b"<mo version='1.0'><head/></mo>",
    "mft/Receipt_3.xml": b"<Manifest><Head/></Manifest>",
}


def test_what_is_no_message_is_passed_over_counted_and_told_once(call: Run, tmp_path: Path) -> None:
    """A whole import root was 3 refusals a day, exit 3, and a warning for a week."""
    box = laid([ACCEPTED], tmp_path / "in")
    for name, data in LYING_ABOUT.items():
        (box / name).parent.mkdir(exist_ok=True)
        (box / name).write_bytes(data)
    first = call("ingest", box)
    assert first.code == 0
    assert f"passed over: {len(LYING_ABOUT)}" in first.text
    lines = first.talk.splitlines()
    assert all(line.startswith("passed over: ") for line in lines)
    assert all(line.endswith(("; nothing to do",)) for line in lines)
    assert any("list.json, one.json: JSON, not an XML message" in line for line in lines)
    assert sum("核注清单" in line for line in lines) >= 3
    assert sum("跨境电商" in line for line in lines) == 2
    (box / "another.json").write_bytes(b"{}")
    again = call("ingest", box, "--archive", tmp_path / "done", "--format", "json")
    assert (again.code, again.err) == (0, b"")
    assert again.json["passed_over"] == len(LYING_ABOUT) + 1
    assert again.json["read"] == again.json["duplicate"] == 1
    assert refused(call) == []
    assert "unreadable" not in call("check", "--dry-run").text


def test_what_an_earlier_version_refused_and_is_no_message_is_put_away_by_retry(
    call: Run, home: Path
) -> None:
    call("store", "init")
    with open_store(home / "clearance.db") as store, store.transaction():
        for name, data in LYING_ABOUT.items():
            new, old = refusal_ids(data, name, len(data))
            del new
            store.save_refusals([Refusal(old, name, "x", "x", len(data), at("02 08:00"), data)])
    call("refused", "retry")
    assert refused(call) == []


ENDS = ("nothing to do", "a later version may read it", "do this: ")


@pytest.mark.parametrize(
    "data",
    [
        HELLO,
        b"[{}]",
        b"<Order/>",
        b"\0\1\2\3",
        b"<TrnImportResponse><x/></TrnImportResponse>",
        b"<DecMessage><DecHead/></DecMessage>",
        b"<DEC_RESULT><CHANNEL>P</CHANNEL></DEC_RESULT>",
        b"<!DOCTYPE x><x/>",
        b"<x>",
        b"",
        CLIENT_ERROR,
        "<?xml version='1.0' encoding='UTF-8'?><x>报</x>".encode("gbk"),
    ],
)
def test_each_reason_says_what_is_to_be_done(call: Run, data: bytes) -> None:
    call("ingest", "-", stdin=data)
    (told,) = call("refused", "--format", "json").json["refused"]
    assert any(end in told["reason"] for end in ENDS)
    assert "b'" not in told["reason"]
    zh = call("refused", "--lang", "zh").text
    assert any(end in zh for end in ("无需处理", "以后的版本或可读取", "请办理："))


def receipt_at(written: str) -> bytes:
    data = ACCEPTED.data.decode()
    return re.sub("(<NOTICE_DATE>).*?(</)", rf"\g<1>{written}\g<2>", data).encode()


@pytest.mark.parametrize(
    ("written", "said", "chinese"),
    [
        ("2026-02-30 10:00:00", "there is no such day", "没有这一天"),
        ("2026-02-28T10:61:00", "there is no such time of day", "没有这个时刻"),
        ("9999-12-31T23:59:59", "only years from 1990 to 2100 are believed", "1990至2100"),
    ],
)
def test_no_later_version_is_promised_for_a_time_that_cannot_be(
    call: Run, written: str, said: str, chinese: str
) -> None:
    call("ingest", "-", stdin=receipt_at(written))
    (told,) = call("refused", "--format", "json").json["refused"]
    assert told["reason"] == (
        f"NOTICE_DATE is {written!r}: {said}; do this: have it sent again with its right time"
    )
    zh = call("refused", "--lang", "zh").text.replace("\n", "").replace(" ", "")
    assert chinese in zh
    assert "请办理：更正时间后重新发送" in zh


def test_an_answer_about_a_transit_declaration_says_that_one_waits(call: Run) -> None:
    ran = call("ingest", "-", stdin=b"<TrnImportResponse><x/></TrnImportResponse>")
    assert (ran.code, "转关" in ran.talk, "waits" in ran.talk) == (3, True, True)


def test_what_is_known_of_a_feed_does_not_depend_on_which_name_came_first(
    call: Run, tmp_path: Path
) -> None:
    """A receipt under a bare name, under two that bear a time, and through two sources."""
    other = ACCEPTED.name.replace("20260302", "20260304")
    kept = set()
    for number, names in enumerate(
        (["x.xml", ACCEPTED.name, other], [other, "x.xml", ACCEPTED.name])
    ):
        store = tmp_path / f"{number}.db"
        for name in names:
            box = laid([File(name, ACCEPTED.data, ACCEPTED.at)], tmp_path / f"{number}" / name)
            call("ingest", box, "--store", store)
        with open_store(store) as opened:
            kept.add(str(sorted(opened.records("feed"))))
    assert len(kept) == 1


@pytest.mark.parametrize("runs", [[("a", "b")], [("a",), ("b",)], [("b",), ("a",)]])
def test_a_receipt_that_came_to_two_sources_counts_for_both_in_one_run_or_in_two(
    call: Run, tmp_path: Path, runs: list[tuple[str, ...]]
) -> None:
    boxes = {name: laid([ACCEPTED], tmp_path / name) for name in ("a", "b")}
    store = tmp_path / "s.db"
    for number, names in enumerate(runs):
        settings = tmp_path / f"{number}.toml"
        settings.write_text(
            "".join(
                f"[sources.{name}]\nkind = 'folder'\npath = '{boxes[name].as_posix()}'\n"
                for name in names
            )
        )
        call("ingest", "--config", settings, "--store", store)
        kept = _records_of_feeds(store)
        call("ingest", *(boxes[name] for name in names), "--config", settings, "--store", store)
        assert _records_of_feeds(store) == kept, "what is read again tells no more"
    assert {record.id.partition("|")[0] for record in kept} == {"a", "b"}


def _records_of_feeds(store: Path) -> list[Record]:
    with open_store(store) as opened:
        return sorted(opened.records("feed"))


def test_a_file_that_is_written_to_later_is_no_new_message(call: Run, tmp_path: Path) -> None:
    """Its time counts where its name has none; a copy is younger and says nothing new."""
    answer = import_receipt("TEST-7", "E20260000000000007", at("02 08:00"))
    for name, age in (("in", 3600), ("copy", 60)):
        box = laid([File("Successed_TEST-7.xml", answer.data, answer.at)], tmp_path / name)
        written = time.time() - age
        os.utime(box / "Successed_TEST-7.xml", (written, written))
        ran = call("ingest", box, "--format", "json")
        assert ran.json["new" if name == "in" else "duplicate"] == 1
    (found,) = call("status", "TEST-7", "--format", "json").json["declarations"]
    assert found["stage"] == "draft"
    assert [remark["kind"] for remark in found["remarks"]] == ["time_of_file"]
    assert call("store", "verify").code == 0


def test_a_folder_that_could_not_be_listed_is_forgiven_when_a_file_in_it_is_read(
    call: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = laid([ACCEPTED], tmp_path / "in" / "closed")

    def refusing(path: str) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as closed:
        closed.setattr(os, "scandir", refusing)
        assert counts(call, box)[:3] == (3, 0, 1)
    assert counts(call, box)[:3] == (0, 1, 0)
    assert refused(call) == []


@pytest.mark.parametrize("batch", [1, 2, 3, 50])
def test_a_refused_member_of_a_zip_stays_refused_when_the_zip_is_read_again(
    call: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    """Those before it in the zip had said that all of it was whole."""
    monkeypatch.setattr(intake, "BATCH", batch)
    files = [CLOSED.told(code, at(f"02 08:0{n}")) for n, code in enumerate("7LPR")]
    members = {file.name: file.data for file in files} | {files[2].name: b"<DEC_RESULT><NOTE>"}
    (tmp_path / "a.zip").write_bytes(packed(members))
    settled(tmp_path / "a.zip")
    for _ in range(3):
        call("ingest", tmp_path / "a.zip")
        assert refused(call) == [f"a.zip/{files[2].name}"]
