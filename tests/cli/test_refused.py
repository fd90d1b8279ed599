"""``clearance refused``."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

import clearance
from clearance.model import Refusal
from clearance.render import intake as pages
from clearance.stores import codec
from tests.cli.support import HELLO, fits, has_offset
from tests.conftest import CLOSED, Run, at


def test_refused_messages_are_listed_shown_and_kept(call: Run) -> None:
    call("ingest", "-", stdin=HELLO)
    for arguments in (("refused",), ("refused", "list")):
        (one,) = call(*arguments, "--format", "json").json["refused"]
        assert fits(
            one, {"id": str, "name": str, "kind": str, "reason": str, "size": int, "seen_at": str}
        )
        assert one["size"] == len(HELLO)
        assert has_offset(one["seen_at"])
    shown = call("refused", "show", one["id"][:15])
    assert shown.code == 0
    assert HELLO.decode() in shown.text
    assert call("refused", "show", one["id"].removeprefix("sha256:")[:8]).code == 0
    rows = list(csv.DictReader(io.StringIO(call("refused", "--format", "csv").text)))
    assert [row["id"] for row in rows] == [one["id"]]


def test_retry_reads_what_can_be_read_after_an_upgrade(call: Run, home: Path) -> None:
    """An older version refused a receipt that this one can read; a letter stays refused."""
    receipt = CLOSED.told("L", at("02 08:00:20"))
    old = Refusal(
        id="sha256:" + "0" * 64,
        name=receipt.name,
        kind="unknown_root",
        reason="not known then",
        size=len(receipt.data),
        seen_at=receipt.at,
        data=receipt.data,
    )
    call("ingest", "-", stdin=HELLO)
    with clearance.open_store(home / "clearance.db") as store, store.transaction():
        store.save_refusals([old])
    ran = call("refused", "retry", "--format", "json")
    assert ran.code == 0
    assert (ran.json["read"], ran.json["new"]) == (2, 1)
    (left,) = call("refused", "--format", "json").json["refused"]
    assert left["size"] == len(HELLO)
    assert call("status", CLOSED.entry).code == 0


def test_a_refusal_is_worded_in_the_language_of_the_reader_whatever_that_of_the_ingest(
    call: Run, tmp_path: Path
) -> None:
    spoilt = tmp_path / "a.xml"
    spoilt.write_bytes(b"<DEC_RESULT><CUS_CIQ_NO>I2</CUS_CIQ_NO></DEC_RESULT>")
    assert "not a number such as" in call("ingest", spoilt).talk
    assert "不是 I20260000000000017 这样的编号" in call("refused", "--lang", "zh").text
    call("check", "--lang", "zh")
    alert = call("alerts", "list", "--format", "json", "--lang", "zh").json["alerts"][0]
    assert alert["numbers"]["reason"].startswith("CUS_CIQ_NO is 'I2', not a number")
    shown = call("alerts", "show", alert["id"], "--lang", "zh").text
    assert "not a number" not in shown


@pytest.mark.parametrize(("lang", "said"), [("en", "no message"), ("zh", "不是报文")])
def test_a_text_that_is_no_message_is_not_told_as_no_text(call: Run, lang: str, said: str) -> None:
    call("ingest", "-", stdin="你好".encode())
    call("check")
    text = call("alerts", "list", "--lang", lang).text
    assert said in text
    assert "不是文本" not in text
    assert "no text" not in text


def test_a_refusal_that_was_kept_as_a_text_only_is_still_read(tmp_path: Path) -> None:
    refusal = Refusal("sha256:1", "a", "empty", "the file is empty", 0, at("01 08:00"), b"")
    document = codec.from_refusal(refusal)
    assert "said" not in document
    assert codec.to_refusal(document) == refusal
    assert pages.refusal_reason(refusal, "zh") == "the file is empty"
