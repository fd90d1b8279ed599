"""Messages that stand behind mail headers, or several in one file, one after the other.

A programme that takes messages from a mailbox or from AS3 may leave the headers before them, and
one that keeps a log may write message after message into a file.
"""

from __future__ import annotations

import re

MAX_PARTS = 10_000
"""Limit of messages in one file."""
_BLANKS = b"\xef\xbb\xbf \t\r\n"
_DECLARATION = re.compile(rb"<\?xml[^<>]{0,200}\?>\s*")
_SKIPPED = re.compile(rb"<!--.*?-->\s*", re.DOTALL)
_ROOT = re.compile(rb"<([A-Za-z_][\w.:-]{0,100})(?=[\s/>])")
_HEADER = re.compile(rb"[A-Za-z][A-Za-z0-9-]{0,60}:|--")
_BLANK = re.compile(rb"[\xef\xbb\xbf \t\r\n]*")
_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n|$)")


def parts(data: bytes) -> list[bytes]:
    """The documents in a file that holds something else besides one; none if it is not so."""
    found: list[bytes] = []
    at = _begin(data, 0)
    while at is not None and at < len(data) and len(found) < MAX_PARTS:
        end = _end(data, at)
        if end is None:
            return []
        found.append(data[at:end])
        at = _begin(data, end)
    return found if at == len(data) and found != [data.strip(_BLANKS)] else []


def _begin(data: bytes, at: int) -> int | None:
    """Where the next document begins, behind blanks and headers; the end if there is none.

    None where something else stands there.
    """
    blanks = _BLANK.match(data, at)
    if blanks and data.startswith(b"<", blanks.end()):
        return blanks.end()
    header = False
    while at < len(data):
        line = _LINE.match(data, at)
        assert line is not None
        written = line[0].lstrip(_BLANKS)
        continued = header and line[0][:1] in (b" ", b"\t")
        if written.startswith(b"<") and not continued:
            return at + len(line[0]) - len(written)
        if written and not continued and not _HEADER.match(written):
            return None
        header = bool(written)
        at = line.end()
    return at


def _end(data: bytes, at: int) -> int | None:
    """Where a document ends that begins at a place; None if it does not."""
    for before in (_DECLARATION, _SKIPPED):
        if match := before.match(data, at):
            at = match.end()
    root = _ROOT.match(data, at)
    if root is None:
        return None
    close = re.compile(rb"</" + re.escape(root[1]) + rb"\s*>").search(data, root.end())
    return close.end() if close else None
