"""What looks like a status and is none: one refusal that says what it is, and never an event."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from clearance.customs.unpacking import NotUnpacked, unpack
from clearance.errors import Unreadable
from clearance.render.phrases import worded
from tests.conftest import ROOT

SAMPLES = ROOT / "samples"
ARGENTINE = (SAMPLES / "ar_arca" / "normal_import" / "1_ofic.xml").read_text(encoding="utf-8")
KOREAN = (SAMPLES / "kr_unipass" / "normal_import" / "2_declared.xml").read_text(encoding="utf-8")
BRITISH = (
    "<MetaData><Response><FunctionCode>09</FunctionCode><IssueDateTime><DateTimeString>{at}"
    "</DateTimeString></IssueDateTime><Declaration><ID>26GB1</ID></Declaration></Response></MetaData>"
)


def without(text: str, first: str, last: str) -> str:
    """A text without a part."""
    return text[: text.index(first)] + text[text.index(last) :]


NO_LIST = without(ARGENTINE, "<Declaraciones>", "</DetalladaListaDeclaracionesResult>")


def korean(count: int, notice: str, inner: str = "") -> str:
    """An answer of UNI-PASS."""
    head = f"<ntceInfo>{notice}</ntceInfo><tCnt>{count}</tCnt>"
    return f"<cargCsclPrgsInfoQryRtnVo>{head}{inner}</cargCsclPrgsInfoQryRtnVo>"


SUMMARY = (
    "<cargCsclPrgsInfoQryVo><cargMtNo>26{n}</cargMtNo><csclPrgsStts>수입신고수리</csclPrgsStts>"
    "<prcsDttm>20260302100000</prcsDttm></cargCsclPrgsInfoQryVo>"
)
AFTER, DATE = "2026-03-02T10:15:30", "which is not a time such as 2026-03-02T08:00:00"
BAD: dict[str, tuple[str | bytes, str, str]] = {
    "an Argentine error": (
        NO_LIST.replace(">0<", ">21248<").replace("Ejecucion exitosa.", "inexistente"),
        "error_answer",
        "an error that a service answers: 21248 inexistente",
    ),
    "an Argentine answer without a declaration": (NO_LIST, "not_a_status", "that found nothing"),
    "an Argentine declaration without a number": (
        ARGENTINE.replace("26001IC04000017A", ""),
        "no_number",
        "which declaration it is about",
    ),
    "an Argentine state without a number": (
        "<DetalladaEstadoResponse><DetalladaEstadoResult/></DetalladaEstadoResponse>",
        "not_a_status",
        "a status that does not say of which declaration",
    ),
    "a list of Java for a time": (
        ARGENTINE.replace(AFTER, "[2026,3,2,10,15,30]"),
        "bad_time",
        DATE,
    ),
    "a date of Java": (ARGENTINE.replace(AFTER, "Mon Mar 02 10:15:30 ART 2026"), "bad_time", DATE),
    "a day for a time": (ARGENTINE.replace(AFTER, "2026-03-02"), "bad_time", DATE),
    "a fault of SOAP": (
        (
            "<s:Envelope xmlns:s='x'><s:Body><s:Fault><faultstring>Token vencido</faultstring>"
            "</s:Fault></s:Body></s:Envelope>"
        ),
        "error_answer",
        "an error that a service answers: Token vencido",
    ),
    "text after the root": (
        ARGENTINE + "and more",
        "malformed",
        "behind the end of the message stands",
    ),
    "two roots": (f"{KOREAN}<x/>", "malformed", "behind the end of the message stands"),
    "Latin text that says it is UTF-8": (
        ARGENTINE.replace("exitosa", "éxito").encode("latin-1"),
        "encoding",
        "are not utf-8",
    ),
    "Windows text that says so": (
        ARGENTINE.replace("utf-8", "windows-1252").encode("cp1252"),
        "encoding",
        "'windows-1252' is not one that is read here",
    ),
    "Korean text that does not say its encoding": (
        without(KOREAN, "<?xml", "<carg").encode("euc-kr"),
        "encoding",
        "are not UTF-8",
    ),
    "JSON that carries XML": ('{"body": "<a/>"}', "binary", "JSON, not an XML message"),
    "a Korean error": (korean(-1, "[N01] 인증키"), "error_answer", "[N01] 인증키"),
    "a Korean answer that found nothing": (korean(0, "[N00] 없음"), "not_a_status", "[N00] 없음"),
    "a list of Korean cargos": (
        korean(2, "[N00]", SUMMARY.format(n=1) + SUMMARY.format(n=2)),
        "not_a_status",
        "a list of what can be asked for",
    ),
    "a Korean stub": ("<cargCsclPrgsInfoQryRtnVo/>", "not_a_status", "that found nothing"),
    "a Korean error about exports": (
        (
            "<expDclrNoPrExpFfmnBrkdQryRtnVo><tCnt>-1</tCnt><ntceInfo>no key</ntceInfo>"
            "</expDclrNoPrExpFfmnBrkdQryRtnVo>"
        ),
        "error_answer",
        "no key",
    ),
    "a British time without a zone": (BRITISH.format(at="20260302080000"), "bad_time", "08"),
    "an answer to an upload": (
        "<FileUploadResponse xmlns='hmrc:fileupload'><Files/></FileUploadResponse>",
        "not_a_status",
        "an answer to an upload",
    ),
    "a movement of goods": (
        "<inventoryLinkingMovementRequest/>",
        "not_a_status",
        "a message about the movement of goods",
    ),
}
_PUBLIC = Path(os.environ.get("CLEARANCE_PUBLIC_SAMPLES", "")) / "refuse"


def refusals(data: bytes) -> list[Unreadable]:
    """Why each document in some bytes gives no event; none of them gives any."""
    found = []
    for one in unpack(data, "a.xml"):
        if isinstance(one, NotUnpacked):
            found.append(one.why)
            continue
        with pytest.raises(Unreadable) as caught:
            one.events()
        found.append(caught.value)
    return found


@pytest.mark.parametrize("what", BAD)
def test_it_is_refused_with_what_it_is(what: str) -> None:
    written, reason, said = BAD[what]
    why = refusals(written if isinstance(written, bytes) else written.encode())[-1]
    assert why.reason == reason
    assert said in str(why)
    assert "\n" not in str(why)
    assert any("\u4e00" <= character <= "\u9fff" for character in worded(why, "zh"))


@pytest.mark.skipif(not _PUBLIC.is_dir(), reason="the public samples are not here")
def test_each_public_document_that_is_no_status_is_refused_once() -> None:
    files = sorted(_PUBLIC.glob("*.xml"))
    assert len(files) > 10
    for file in files:
        (why,) = refusals(file.read_bytes())
        assert str(why), file


def test_rows_that_cannot_be_read_beside_good_ones_are_counted() -> None:
    """One of several declarations of an answer is never guessed, and hides none of the others."""
    text = (SAMPLES / "ar_arca" / "several_in_one_answer" / "1_monday.xml").read_text("utf-8")
    (one,) = unpack(text.replace("26073IC04000018B", "").encode(), "a.xml")
    assert not isinstance(one, NotUnpacked)
    for event in one.events():
        assert ("entry_no", "26001EC01000019C") in event.references
        assert dict(event.facts)["rows_left_out"] == "2"
