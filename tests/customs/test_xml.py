"""Flat messages are read by a pattern: it must fit nothing that the parser reads otherwise."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from clearance.customs import xml
from clearance.customs.cn_single_window import ZONE, demo
from clearance.customs.unpacking import NotUnpacked, unpack
from clearance.errors import Unreadable

AT = datetime(2026, 3, 2, 8, tzinfo=ZONE)
RECEIPT = demo.business_receipt(
    "I20260000000000017", "224820261000000017", "P", AT, 17, declared_at=AT
).data.decode()
IMPORT = demo.import_receipt("甲-1", "I20260000000000017", AT).data.decode()

MARKUP = [
    "<",
    ">",
    "/",
    "</",
    "/>",
    "&",
    "&amp;",
    "&lt;",
    "]]>",
    "<![CDATA[",
    "<!--",
    "-->",
    "<?x?>",
]
TAGS = [
    "<A>",
    "</A>",
    "<A/>",
    "<A />",
    "<a:A>",
    "</a:A>",
    "<A b='c'>",
    "<!DOCTYPE a>",
    ' xmlns="a"',
]
OURS = ["<NOTE>", "</NOTE>", "<NOTE>x</NOTE>", "<NOTE/>", "</DEC_RESULT>", "<DEC_RESULT>"]
DECLARED = [
    ' xmlns:b="a"',
    "<?xml version='1.0'?>",
    'encoding="GBK"',
    '"',
    "'",
    "=",
    ":",
    "a:",
    "-",
]
SPACE = ["\r", "\r\n", "\n", "\t", " ", "\x0b", "\x1c", "\x00", "\x7f", "\x85", "\u2028", "\u3000"]
LETTERS = ["\ufffe", "\uffff", "\ufeff", "𠮷", "é", "放行", ".", "1"]
PIECES = st.sampled_from([*MARKUP, *TAGS, *OURS, *DECLARED, *SPACE, *LETTERS])


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A receipt in which some places are cut out, and pieces are put in."""
    text = draw(st.sampled_from((RECEIPT, IMPORT)))
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(text)))
        end = start + draw(st.sampled_from((0, 0, 0, 1, 2, 9)))
        text = text[:start] + "".join(draw(st.lists(PIECES, max_size=2))) + text[end:]
    return text


@st.composite
def built(draw: st.DrawFn) -> str:
    """Elements side by side, of any text."""
    leaves = draw(st.lists(st.tuples(st.sampled_from("ABCD"), st.text(max_size=8)), max_size=5))
    between = draw(st.sampled_from(("", "\n", " \r\n\t", "x", "\u3000")))
    inside = between.join(f"<{tag}>{text}</{tag}>" for tag, text in leaves)
    return f"<R>{between}{inside}{between}</R>"


@settings(suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(st.one_of(mutated(), built()))
@example("<R><A>1</A><A>2</A></R>")
@example("<R><A>1</A>text<B>2</B></R>")
@example("<R><a:A>1</a:A><b:A>1</b:A></R>")
@example("<R></R>")
@example("<R/>")
@example("<R><R>1</R></R>")
@example("<R><A>\ufffe</A></R>")
@example("<R></R>\u3000")
@example(RECEIPT.replace("\n", "\x0b"))
@example("<R><A\x0b/></R>")
@example("<R><A>\uffff</A></R>")
def test_what_the_pattern_fits_the_parser_reads_alike(text: str) -> None:
    flat = xml.flat(text)
    assume(flat is not None)
    root = xml.tree(text)
    assert flat is not None
    assert flat.name == xml.local(root)
    assert flat.fields == xml.fields(root)
    assert not any(len(child) for child in root)


@pytest.mark.parametrize("text", [RECEIPT, IMPORT, RECEIPT.replace("><", ">\n  <")])
def test_receipts_as_they_come_are_flat(text: str) -> None:
    flat = xml.flat(text)
    assert flat is not None
    assert flat.fields == xml.fields(xml.tree(text))


@pytest.mark.parametrize(
    "text",
    [
        "<R><A>1</A><A>2</A></R>",
        "<R><A>&lt;</A></R>",
        "<R><A>1<!-- x --></A></R>",
        "<R><A><![CDATA[1]]></A></R>",
        "<R><A>1\r\n2</A></R>",
        "<R><A><B>1</B></A></R>",
        "<R><A b='1'>1</A></R>",
        "<!DOCTYPE R><R><A>1</A></R>",
        "<R><A>1</A></R><R></R>",
        "<R><A>1</B></R>",
        "<R><A>1</A>",
        "<R><A>" + "1" * 70_000 + "</A></R>",
    ],
)
def test_anything_else_is_left_to_the_parser(text: str) -> None:
    assert xml.flat(text) is None


def test_a_doctype_before_a_flat_message_is_still_refused() -> None:
    with pytest.raises(Unreadable, match="DOCTYPE"):
        xml.tree(f"<!DOCTYPE DEC_RESULT>{RECEIPT.partition('?>')[2].lstrip()}")


def test_lines_that_end_in_a_carriage_return_alone_are_counted_as_lines() -> None:
    with pytest.raises(Unreadable):
        xml.read(b"<a>\r<b>1</b>\r</c>\r")
    with pytest.raises(Unreadable, match="behind the end"):
        xml.read(b"<a>\r<b>1</b>\r</a>\r<c>\r</c>")


@pytest.mark.parametrize(
    "before",
    [
        "",
        '<?xml version="1.0"?>',
        "<!-- saved from a web site -->\n",
        '<?xml version="1.0"?>\n<!-- x -->\n',
    ],
)
@pytest.mark.parametrize("begins", ["<!DOCTYPE html>", "<html>", '<HTML lang="zh">'])
def test_a_page_of_html_is_told_as_one_whatever_stands_before_it(before: str, begins: str) -> None:
    (one,) = unpack(f"{before}{begins}<body/></html>".encode(), "a.xml")
    assert isinstance(one, NotUnpacked)
    assert one.why.reason == "html"
