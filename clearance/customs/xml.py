"""Bytes to elements, safely.

Nearly every message is *flat*: a root with at most a namespace, and in it elements of plain text.
A pattern that matches only such XML reads those in a third of the time; everything else is parsed.
Where the pattern matches, parsing gives the same.

Expat parses, with a handler that refuses a DOCTYPE before it looks at anything in it: no DTD, no
entity, no external access. Elements are the standard library's. Names are local names, because the
same message comes with a default namespace, with a prefix and without either.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from clearance.errors import Phrase, Unreadable
from clearance.named_tuples import NamedTuple

if TYPE_CHECKING:
    from pyexpat import ExpatError
    from xml.etree.ElementTree import Element

__all__ = [
    "Flat",
    "as_text",
    "decoded",
    "fields",
    "find",
    "flat",
    "local",
    "namespace",
    "read",
    "text",
    "tree",
]

MAX_DEPTH = 100
"""Limit of elements inside each other."""
_MAX_ELEMENTS = 100_000

_GB = ("gb2312", "gbk", "gb18030", "cp936", "936", "x-gbk", "gb_2312-80")
_CODECS = dict.fromkeys(_GB, "gb18030") | {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "ascii",
    "ascii": "ascii",
    "utf-16": "utf-8",  # UTF-16 has a byte order mark; where none is, the declaration is false
    "iso-8859-1": "latin-1",
}
"""The codec of each encoding that a message may declare."""
_CALLED = {"utf-16": Phrase("UTF-16 without a byte order mark")}
_DECLARED = re.compile(
    rb"""^\s*<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']"""
)
_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_MARKS = {b"\xef\xbb\xbf": "utf-8-sig"} | dict.fromkeys(_UTF_16_MARKS, "utf-16")
"""The codec of each byte order mark."""
_IGNORED = b"\xef\xbb\xbf \t\r\n"
"""Bytes of a mark or a blank, which may stand before the XML."""
_NOT_XML = (
    (b"%PDF", Phrase("a PDF")),
    (b"\xd0\xcf\x11\xe0", Phrase("an old Office document")),
    (b"\xff\xd8\xff", Phrase("a JPEG picture")),
    (b"\x89PNG", Phrase("a PNG picture")),
    (b"Rar!", Phrase("a RAR archive")),
    (b"7z\xbc\xaf", Phrase("a 7-Zip archive")),
    (b"\x1f\x8b", Phrase("a gzip archive")),
)
_JSON = rb'\{|\[\s*[\[{"\]0-9tfn-]'
OTHER_FORMAT = "{what}, not an XML message"
"""Why a file of another format that is known is not read."""
_ZEROS = b"\0" * 16
_SHOWN = 24
"""Characters of a text that is no XML that its reason shows."""
_CUT_SHORT = ("NO_ELEMENTS", "UNCLOSED_TOKEN", "UNCLOSED_CDATA_SECTION")
"""What Expat says of a message that ends too early."""
_INCOMPLETE = ("unexpected end of data", "incomplete multibyte sequence", "truncated data")
"""What Python says of bytes that end within a character."""
_CHINESE = "[\u3001-\u9fff\uff01-\uff5e]"
"""Compiled only where it is asked for: that takes longer than reading many messages."""
_TEXT = r"[^<&\x00-\x08\x0b-\x1f]*"
_PLAIN = r"[A-Za-z_][\w.-]*"
_ROOT = re.compile(
    r"""(?:<\?xml version="1\.0"(?: encoding="[A-Za-z][\w.-]*")?"""
    r"""(?: standalone="(?:yes|no)")? ?\?>[ \t\r\n]*)?"""
    rf"""<({_PLAIN}(?::{_PLAIN})?)(?: xmlns(?::([A-Za-z]+))?="([\w:/.-]*)")?>""",
    re.ASCII,
)
_LEAF = re.compile(rf"<([A-Za-z_][A-Za-z0-9_.:-]*)(?:>({_TEXT})</\1|[ \t\r\n]*/)>")
_NOT_FLAT = ("]", "\ufffe", "\uffff")
"""Characters that a flat message does not hold: "]]>" may not be in XML, nor the others at all."""
_MAX_FLAT_CHARS = 64 * 1024
_BLANKS = " \t\r\n"


class Flat(NamedTuple):
    """A message whose elements hold plain text only: the root's name, and each element's text."""

    name: str
    fields: dict[str, str]
    namespace: str = ""


def local(element: Element | Flat) -> str:
    """An element's name without its prefix."""
    return element.name if isinstance(element, Flat) else element.tag.rpartition(":")[2]


def namespace(element: Element) -> str:
    """The namespace that an element declares for its own prefix; nothing if it declares none."""
    prefix = element.tag.rpartition(":")[0]
    return element.attrib.get(f"xmlns:{prefix}" if prefix else "xmlns", "")


def text(element: Element) -> str:
    """A leaf's text, stripped."""
    return (element.text or "").strip()


def find(root: Element, name: str) -> Element | None:
    """The first element of a local name, the root included."""
    return next((element for element in root.iter() if local(element) == name), None)


def fields(element: Element | Flat) -> dict[str, str]:
    """Text of each child by local name, stripped; raises Unreadable for two different values."""
    if isinstance(element, Flat):
        return element.fields
    values: dict[str, str] = {}
    for child in element:
        name, value = local(child), text(child)
        if values.setdefault(name, value) != value:
            raise Unreadable(
                "bad_value",
                "{name} occurs twice, with different values: {first!r} and {second!r}",
                name=name[:40],
                first=values[name][:40],
                second=value[:40],
            )
    return values


def decoded(data: bytes, undeclared: str | None = None) -> str:
    """A message's text, by its byte order mark, its declaration, or UTF-8.

    XML without a declaration is UTF-8. ``undeclared`` is tried next: the encoding of a customs
    system whose messages do not declare it. Text in it is never mistaken for UTF-8.
    """
    if codec := _marked(data):
        return _decode(data, codec, codec)
    match = _DECLARED.match(data)
    if match is None:
        return _decode_undeclared(data, undeclared)
    declared = match[1].decode("ascii").lower()
    codec = _CODECS.get(declared)
    if codec is None:
        raise Unreadable(
            "encoding", "the encoding {declared!r} is not one that is read here", declared=declared
        )
    if codec == "gb18030" and (saved := _saved_as_utf8(data)):
        return saved
    return _decode(data, codec, _CALLED.get(declared, declared))


def _saved_as_utf8(data: bytes) -> str | None:
    """The text of bytes that are UTF-8 though they declare GB2312 or GBK; None if they are not.

    A program that saves a message anew often leaves the old declaration. UTF-8 is what decodes as
    such with Chinese characters in it, each of three bytes: GBK text as good as never does, and as
    GBK it would be garbage.
    """
    if data.isascii():
        return None
    try:
        written = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return written if re.search(_CHINESE, written) else None


def encoded(written: str) -> bytes:
    """The bytes of a document that is a text already: what it says of its encoding is over."""
    data = written.encode("utf-8", "surrogatepass")
    match = _DECLARED.match(data)
    is_another = match is not None and match[1].lower() not in (b"utf-8", b"utf8")
    return b"\xef\xbb\xbf" + data if is_another else data


def _marked(data: bytes) -> str | None:
    """The codec of the byte order mark, if there is one."""
    return _MARKS.get(data[:3]) or _MARKS.get(data[:2])


def _decode_undeclared(data: bytes, undeclared: str | None) -> str:
    if undeclared is None:
        return _decode(data, "utf-8", "UTF-8")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return _decode(data, undeclared, Phrase("UTF-8 or {other}", other=undeclared.upper()))


def _decode(data: bytes, codec: str, called: str | Phrase) -> str:
    try:
        return data.decode(codec)
    except UnicodeDecodeError as error:
        if error.end == len(data) and error.reason in _INCOMPLETE:
            raise Unreadable("truncated", "it ends in a character: copied whole?") from error
        raise Unreadable(
            "encoding",
            "the bytes are not {called}: byte {number} cannot be read",
            called=called,
            number=error.start,
        ) from error


def read(data: bytes, undeclared: str | None = None) -> Element | Flat:
    """The root of a message; raises Unreadable with a reason a clerk understands."""
    written = as_text(data, undeclared)
    return flat(written) or tree(written)


def as_text(data: bytes, undeclared: str | None = None) -> str:
    """A message's XML as text, from its first character on; raises Unreadable if it is none."""
    _refuse_other_formats(data)
    written = decoded(data, undeclared).lstrip()
    if not written:
        raise Unreadable("empty", "the file is empty")
    if "\0" in written:  # in UTF-16
        raise _with_zeros(written.index("\0"))
    return written


def _with_zeros(place: int) -> Unreadable:
    """The refusal of a file that is as long as it will be, and zeros where nothing has come yet."""
    return Unreadable("truncated", "only zeros from place {place} on: copied whole?", place=place)


def flat(written: str) -> Flat | None:
    """A message, as it was decoded, as its fields if it is flat, else None."""
    root = _ROOT.match(written)
    if root is None or len(written) > _MAX_FLAT_CHARS or any(map(written.__contains__, _NOT_FLAT)):
        return None
    tag, declared, namespace = root.groups("")
    end = written.rindex(">") + 1
    begin = end - len(tag) - 3
    if written[begin:end] != f"</{tag}>" or written[end:].strip(_BLANKS):
        return None
    leaves = _leaves(written[root.end() : begin])
    if leaves is None:
        return None
    prefix, _, name = tag.rpartition(":")
    return Flat(name, leaves, namespace if prefix == declared else "")


def _leaves(inner: str) -> dict[str, str] | None:
    """The text of each leaf by local name, stripped; None if a name repeats, or there is more."""
    parts = _LEAF.split(inner)
    if "".join(parts[::3]).strip(_BLANKS):
        return None
    tags, texts = parts[1::3], parts[2::3]
    names = [tag.rpartition(":")[2] for tag in tags] if ":" in "".join(tags) else tags
    leaves = dict(zip(names, [text.strip() if text else "" for text in texts], strict=True))
    return leaves if len(leaves) == len(tags) else None


def tree(written: str) -> Element:
    """The root element of a message; raises Unreadable with a reason a clerk understands."""
    from pyexpat import ExpatError, ParserCreate
    from xml.etree.ElementTree import TreeBuilder

    tags = written.count("<")
    if tags > 2 * _MAX_ELEMENTS or written.count('"') + written.count("'") > 4 * _MAX_ELEMENTS:
        raise Unreadable(
            "too_large", "more than {limit} elements or attributes", limit=_MAX_ELEMENTS
        )
    builder = TreeBuilder()
    parser = ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = _doctype
    _refuse_known_formats(written[:1024].encode(errors="ignore"))
    try:
        parser.Parse(written, True)
    except ExpatError as error:
        raise _behind_the_end(written, error) or _explained(error) from error
    root: Element = builder.close()
    if tags > MAX_DEPTH:
        _bounded(root)
    return root


def _bounded(root: Element) -> None:
    """Refuses elements that are nested too deep; a message with fewer tags cannot be."""
    with_children = [root]
    for _ in range(MAX_DEPTH - 1):
        with_children = [child for above in with_children for child in above if len(child)]
        if not with_children:
            return
    raise Unreadable("too_deep", "elements are nested more than {limit} deep", limit=MAX_DEPTH)


def _doctype(*_: object) -> None:
    raise Unreadable("doctype", "it contains a DOCTYPE, which no customs message has")


def _refuse_other_formats(data: bytes) -> None:
    """Refuses what does not begin as XML; names the format where it is a common one."""
    if b"\0" in data:
        _refuse_zeros(data)
    start = data[:1024].lstrip(_IGNORED)
    may_be_xml = start.startswith(b"<") and b"\0" not in start
    if may_be_xml and start.startswith(b"<?xml "):
        return
    if not start and not data.strip(_IGNORED):
        raise Unreadable("empty", "the file is empty")
    _refuse_known_formats(start)
    if not may_be_xml and not data.startswith(_UTF_16_MARKS):
        raise Unreadable("binary", "not XML: it begins with {beginning}", beginning=_shown(start))


def _refuse_zeros(data: bytes) -> None:
    """Refuses XML with zeros in it, or many at the beginning; every second one is UTF-16."""
    begins = data.lstrip(_IGNORED + b"\0")
    if data.startswith(_ZEROS) or not begins:
        raise _with_zeros(0)
    is_utf_16 = begins[1:2] == b"\0" and begins[2:3].strip(b"\0") != b""
    if begins.startswith(b"<") and not is_utf_16 and not data.startswith(_UTF_16_MARKS):
        raise _with_zeros(data.index(b"\0"))


def _shown(start: bytes) -> str:
    """The beginning of a text, or of other bytes as hexadecimal numbers."""
    for codec in ("utf-8", "gb18030"):
        text = start.decode(codec, errors="ignore").partition("\n")[0].strip()[:_SHOWN]
        if text.isprintable() and text:
            return f"“{text}”"
    return start[:8].hex(" ")


def behind_prologue(start: bytes) -> bytes:
    """A document from its DOCTYPE or its first element on."""
    prologue = re.match(rb"(?s:\s*(?:<\?.*?\?>\s*|<!--.*?-->\s*)*)", start)
    return start[prologue.end() :] if prologue else start


def page_of_html() -> Unreadable:
    """The refusal of a page for people."""
    return Unreadable("html", "an HTML page, not a message: perhaps a saved log-in page")


def _refuse_known_formats(start: bytes) -> None:
    if behind_prologue(start).lower().startswith((b"<!doctype html", b"<html")):
        raise page_of_html()
    found = next((what for magic, what in _NOT_XML if start.startswith(magic)), None)
    if found or re.match(_JSON, start):
        what = found or Phrase("JSON")
        raise Unreadable("binary", OTHER_FORMAT, what=what)


_LINE_ENDS = r"(?<=\n)|(?<=\r)(?!\n)"
"""Where a line ends as XML counts them: also behind a carriage return alone."""


def _behind_the_end(written: str, error: ExpatError) -> Unreadable | None:
    """Why something that stands behind a whole message spoils it; None if it is not so."""
    from pyexpat import ExpatError, ParserCreate

    lines = re.split(_LINE_ENDS, written)
    before = "".join(lines[: error.lineno - 1])
    before += "".join(lines[error.lineno - 1 : error.lineno])[: error.offset + 1]
    whole, _, rest = before.rpartition(">")
    if not rest.strip():
        return None
    try:
        ParserCreate().Parse(f"{whole}>", True)
    except ExpatError:
        return None
    begins = written[len(whole) + 1 :].strip()[:_SHOWN]
    return Unreadable(
        "malformed", "behind the end of the message stands {rest!r}: give it alone", rest=begins
    )


def _explained(error: ExpatError) -> Unreadable:
    from pyexpat import ErrorString, errors

    why = ErrorString(error.code)
    where = {"line": error.lineno, "column": error.offset + 1}
    if why in (getattr(errors, f"XML_ERROR_{name}") for name in _CUT_SHORT):
        return Unreadable(
            "truncated",
            "the message ends in the middle (line {line}, column {column}): copied whole?",
            **where,
        )
    return Unreadable(
        "malformed",
        "not well-formed XML at line {line}, column {column}: {why}",
        **where,
        why=why,
    )
