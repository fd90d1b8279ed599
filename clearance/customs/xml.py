"""Bytes to elements, safely.

Nearly every message is *flat*: a root with at most a namespace, and in it elements of plain text.
Those are read by a pattern that fits only such XML, because that takes a third of the time; what
it does not fit is parsed, and where it fits parsing gives the same.

Parsing is Expat's, with a handler that refuses a DOCTYPE before anything in it is looked at: no
DTD, no entity, no external access; the elements are the standard library's. Names are local names,
because the same message comes with a default namespace, with a prefix and without either.
"""

from __future__ import annotations

import re
from pyexpat import ErrorString, ExpatError, ParserCreate, errors
from typing import NamedTuple
from xml.etree.ElementTree import Element, TreeBuilder

from clearance.errors import Unreadable

__all__ = [
    "Element",
    "Flat",
    "as_text",
    "decoded",
    "fields",
    "find",
    "flat",
    "local",
    "read",
    "text",
    "tree",
]

MAX_DEPTH = 100
MAX_ELEMENTS = 100_000

_GB = {"gb2312", "gbk", "gb18030", "cp936", "936", "x-gbk", "gb_2312-80"}
_PLAIN = {"": "utf-8", "utf-8": "utf-8", "utf8": "utf-8", "us-ascii": "ascii", "ascii": "ascii"}
_PLAIN |= {"utf-16": "utf-16", "iso-8859-1": "latin-1"}
_DECLARED = re.compile(
    rb"""^\s*<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']"""
)
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_MARKS = tuple(mark for mark, _ in _BOMS)
_NOT_XML = (
    (b"%PDF", "a PDF"),
    (b"\xd0\xcf\x11\xe0", "an old Office document"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"\x89PNG", "a PNG picture"),
    (b"{", "JSON"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"\x1f\x8b", "a gzip archive"),
)
_CUT_SHORT = {
    errors.codes[text]
    for text in (
        errors.XML_ERROR_NO_ELEMENTS,
        errors.XML_ERROR_UNCLOSED_TOKEN,
        errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
    )
}


_TEXT = r"[^<&\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]*"
_TAG = r"(?:[A-Za-z_][A-Za-z0-9_.-]*:)?[A-Za-z_][A-Za-z0-9_.-]*"
_ROOT = re.compile(
    r"""(?:<\?xml\ version="1\.0"(?:\ encoding="[A-Za-z][A-Za-z0-9._-]*")?"""
    r"""(?:\ standalone="(?:yes|no)")?\ ?\?>[\ \t\r\n]*)?"""
    rf"""<({_TAG})(?:\ xmlns(?::[A-Za-z]+)?="[\w:/.-]*")?>""",
    re.ASCII | re.VERBOSE,
)
_LEAF = re.compile(rf"<({_TAG})(?:[ \t\r\n]*/|>({_TEXT})</\1)>", re.ASCII)
_LONGEST_FLAT = 64 * 1024
_BLANK = " \t\r\n"


class Flat(NamedTuple):
    """A message whose elements hold plain text only: the root's name, and the text of each."""

    name: str
    fields: dict[str, str]


def local(element: Element | Flat) -> str:
    """An element's name without its prefix."""
    return element.name if isinstance(element, Flat) else element.tag.rpartition(":")[2]


def text(element: Element) -> str:
    """A leaf's text, stripped."""
    return (element.text or "").strip()


def find(root: Element, name: str) -> Element | None:
    """The first element of a local name, the root included."""
    return next((element for element in root.iter() if local(element) == name), None)


def fields(element: Element | Flat) -> dict[str, str]:
    """Text of each child by local name, stripped; one that stands twice must say the same."""
    if isinstance(element, Flat):
        return element.fields
    found: dict[str, str] = {}
    for child in element:
        name, said = local(child), text(child)
        if found.setdefault(name, said) != said:
            both = f"{found[name][:40]!r} and {said[:40]!r}"
            raise Unreadable("bad_value", f"{name[:40]} stands twice, as {both}")
    return found


def decoded(data: bytes, undeclared: str | None = None) -> str:
    """A message's text, by its byte order mark, its declaration, or UTF-8.

    Without a declaration XML means UTF-8. ``undeclared`` is the encoding to try next, of a customs
    system whose messages were seen in it without saying so; UTF-8 cannot be mistaken for it.
    """
    if data.startswith(_MARKS):
        codec = next(codec for mark, codec in _BOMS if data.startswith(mark))
        return _decode(data, codec, codec)
    declared = _DECLARED.match(data)
    written = declared[1].decode("ascii").lower() if declared else ""
    if written in _GB:
        return _decode(data, "gb18030", written)
    if written not in _PLAIN:
        raise Unreadable("encoding", f"the encoding {written!r} is not one that is read here")
    if not written and undeclared:
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            return _decode(data, undeclared, f"UTF-8 or {undeclared.upper()}")
    if _PLAIN[written] == "utf-16":
        return _decode(data, "utf-8", "UTF-16 without a byte order mark")
    return _decode(data, _PLAIN[written], written or "UTF-8")


def _decode(data: bytes, codec: str, called: str) -> str:
    try:
        return data.decode(codec)
    except UnicodeDecodeError as error:
        raise Unreadable(
            "encoding", f"the bytes are not {called}: byte {error.start} cannot be read"
        ) from error


def read(data: bytes, undeclared: str | None = None) -> Element | Flat:
    """The root of a message; raises Unreadable with a reason a clerk understands."""
    written = as_text(data, undeclared)
    return flat(written) or tree(written)


def as_text(data: bytes, undeclared: str | None = None) -> str:
    """A message's XML as text, from its first character on; raises Unreadable if it is none."""
    _look(data)
    found = decoded(data, undeclared).lstrip()
    if not found:
        raise Unreadable("empty", "the file is empty")
    return found


def flat(written: str) -> Flat | None:
    """A message as its fields if it is flat, else None."""
    root = _ROOT.match(written)
    if root is None or len(written) > _LONGEST_FLAT or "]]>" in written:
        return None
    end = written.rindex(">") + 1
    begin = end - len(root[1]) - 3
    if written[begin:end] != f"</{root[1]}>" or written[end:].strip(_BLANK):
        return None
    parts = _LEAF.split(written[root.end() : begin])
    tags, texts = parts[1::3], parts[2::3]
    if "".join(parts[::3]).strip(_BLANK):
        return None
    names = [tag.rpartition(":")[2] for tag in tags] if ":" in "".join(tags) else tags
    told = dict(zip(names, [said.strip() if said else "" for said in texts], strict=True))
    return Flat(root[1].rpartition(":")[2], told) if len(told) == len(tags) else None


def tree(written: str) -> Element:
    """The root element of a message; raises Unreadable with a reason a clerk understands."""
    tags = written.count("<")
    if tags > 2 * MAX_ELEMENTS or written.count('"') + written.count("'") > 4 * MAX_ELEMENTS:
        raise Unreadable("too_large", f"more than {MAX_ELEMENTS} elements or attributes")
    builder = TreeBuilder()
    parser = ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = _doctype
    try:
        parser.Parse(written, True)
    except ExpatError as error:
        raise _explained(error) from error
    root: Element = builder.close()
    if tags > MAX_DEPTH:
        _bounded(root)
    return root


def _bounded(root: Element) -> None:
    """Refuses elements that are nested too deep; a message with fewer tags cannot be."""
    level = [root]
    for _ in range(MAX_DEPTH):
        level = [child for element in level for child in element]
        if not level:
            return
    raise Unreadable("too_deep", f"elements are nested more than {MAX_DEPTH} deep")


def _doctype(*_: object) -> None:
    raise Unreadable("doctype", "it contains a DOCTYPE, which no customs message has")


def _look(data: bytes) -> None:
    """Refuses at a glance what is no XML at all."""
    start = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"<?xml ") and b"\0" not in start:
        return
    if not start and not data.strip(b"\xef\xbb\xbf \t\r\n"):
        raise Unreadable("empty", "the file is empty")
    if start.lower().startswith((b"<!doctype html", b"<html")):
        raise Unreadable("html", "an HTML page, not a message: perhaps a saved log-in page")
    for magic, what in _NOT_XML:
        if start.startswith(magic):
            raise Unreadable("binary", f"{what}, not an XML message")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return
    if b"\0" in start or not start.startswith(b"<"):
        raise Unreadable("binary", f"not XML: it begins with {bytes(data[:12])!r}")


def _explained(error: ExpatError) -> Unreadable:
    where = f"line {error.lineno}, column {error.offset + 1}"
    if error.code in _CUT_SHORT:
        return Unreadable("truncated", f"the message ends in the middle ({where}): copied whole?")
    return Unreadable("malformed", f"not well-formed XML at {where}: {ErrorString(error.code)}")
