"""The documents of NCTS and AES: those that are read, and those that are only known."""

from __future__ import annotations

from clearance.customs.eu_ncts import messages
from clearance.customs.eu_ncts.codes import is_outgoing
from clearance.customs.unpacking import Reader, Root
from clearance.customs.xml import local
from clearance.errors import Phrase

_WRAPPERS = "TraderChannel(?:Response|Submission)"


def _is_outgoing(root: Root) -> bool:
    """Whether a document, or what it holds first, is a message to customs."""
    inner = next(messages.messages(root), root)
    return is_outgoing(local(inner))


def _is_wrapper_of_none(root: Root) -> bool:
    return next(messages.messages(root), None) is None


READERS = (
    Reader(
        pattern="CC[0-9]{3}C",
        claims=lambda root: not _is_outgoing(root),
        read=messages.read,
    ),
    Reader(
        pattern=_WRAPPERS,
        claims=lambda root: not _is_wrapper_of_none(root) and not _is_outgoing(root),
        read=messages.read,
    ),
    Reader(
        pattern=f"CC[0-9]{{3}}C|{_WRAPPERS}",
        claims=_is_outgoing,
        recognised=Phrase("a message to customs, not a status of a declaration"),
    ),
    Reader(
        pattern=_WRAPPERS,
        claims=lambda root: _is_wrapper_of_none(root) and not _is_outgoing(root),
        recognised=Phrase("an envelope without a message of NCTS or AES in it"),
    ),
    Reader(
        pattern="CC[0-9]{3}[AB]",
        recognised=Phrase(
            "a message of an earlier phase, or about safety and security: neither is read"
        ),
    ),
)
