"""Messages behind mail headers, several in one file, in clear in an envelope, saved anew."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearance.customs.cn_single_window.demo import business_receipt
from clearance.customs.parts import parts
from clearance.customs.unpacking import NotUnpacked, Unpacked, parse, unpack
from clearance.errors import Unreadable
from tests.conftest import at

RELEASED = business_receipt("E20260000000000017", "", "P", at("02 10:00"), 1, note="放行").data
CLOSED = business_receipt("E20260000000000017", "", "R", at("03 10:00"), 2).data
HEADERS = (
    b"Message-ID: <a@b>\r\nReceived: from there\r\n <c@d>\r\nContent-Type: application/xml\r\n\r\n"
)
BODY = RELEASED.partition(b"?>")[2]


@pytest.mark.parametrize(
    "data",
    [
        RELEASED + CLOSED,
        RELEASED + b"\r\n\r\n" + CLOSED + b"\r\n",
        HEADERS + RELEASED + b"\r\n" + HEADERS + CLOSED,
        HEADERS + RELEASED + b"\r\n--border\r\n" + HEADERS + CLOSED + b"\r\n--border--\r\n",
        BODY + CLOSED.partition(b"?>")[2],
    ],
)
def test_two_messages_in_one_file_are_both_read(data: bytes) -> None:
    """It was junk after the document element, and both were lost."""
    assert [event.code for event in parse(data, "a.xml")] == ["P", "R"]


def test_a_message_behind_headers_is_the_same_as_without_them() -> None:
    (alone,), (behind,) = unpack(RELEASED, "a.xml"), unpack(HEADERS + RELEASED, "b.xml")
    assert isinstance(alone, Unpacked)
    assert isinstance(behind, Unpacked)
    assert alone.id == behind.id


@pytest.mark.parametrize("data", [b"hello\n" + RELEASED, RELEASED + b"hello", RELEASED + b"<a>"])
def test_something_else_around_a_message_is_refused_as_before(data: bytes) -> None:
    (document,) = unpack(data, "a.xml")
    assert isinstance(document, NotUnpacked)


@given(st.lists(st.sampled_from([b"<a>", b"</a>", b"X: y\n", b"\n", b"--b\n", b"<", b"x"])))
def test_any_file_has_parts_or_none_and_loses_nothing_silently(written: list[bytes]) -> None:
    data = b"".join(written)
    rest = data
    for part in parts(data):
        before, found, rest = rest.partition(part)
        assert found
        assert b"<" not in before


IN_CLEAR = {
    "elements": b"<DxpMsg><Data>" + BODY + b"</Data></DxpMsg>",
    "with a prefix": b"<d:DxpMsg xmlns:d='x'><d:Data>" + BODY + b"</d:Data></d:DxpMsg>",
    "as text": b"<DxpMsg><Data><![CDATA[" + RELEASED + b"]]></Data></DxpMsg>",
}


@pytest.mark.parametrize("how", IN_CLEAR)
def test_a_message_in_clear_in_its_envelope_is_read(how: str) -> None:
    """It was said to carry no Data."""
    assert [event.code for event in parse(IN_CLEAR[how], "a.xml")] == ["P"]


def test_an_envelope_of_something_else_says_what_it_carries() -> None:
    with pytest.raises(Unreadable, match="<Order>"):
        parse(b"<DxpMsg><Data><Order/></Data></DxpMsg>", "a.xml")


@pytest.mark.parametrize("declared", ["GB2312", "gbk", "GB18030"])
@pytest.mark.parametrize("note", ["直接申报成功", "退单：第2项“规格”®", "报"])
def test_a_message_saved_anew_in_utf_8_is_read_as_that(declared: str, note: str) -> None:
    """Its text was garbage, and the number in it was lost."""
    file = business_receipt("E20260000000000017", "", "E", at("02 10:00"), 1, note=note)
    text = file.data.decode().replace("UTF-8", declared)
    for codec in ("utf-8", "gb18030"):
        (event,) = parse(text.encode(codec))
        assert event.note == note


@given(st.text(st.sampled_from("的一是在不了有和人这中大为上个国海关报单放行退回查验税费企业编号")))
def test_what_is_gbk_is_never_taken_for_utf_8(note: str) -> None:
    file = business_receipt("E20260000000000017", "", "E", at("02 10:00"), 1, note=note)
    (event,) = parse(file.data.decode().replace("UTF-8", "GBK").encode("gbk"))
    assert (event.note or "") == note


def test_many_messages_on_one_line_are_found_without_looking_through_the_rest_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The rest of the line was looked through for each of them."""
    one = b"<DEC_RESULT><NOTE>x</NOTE></DEC_RESULT>"
    monkeypatch.setattr("clearance.customs.parts._LINE", None)
    assert parts(one * 200) == [one] * 200
