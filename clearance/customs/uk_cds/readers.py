"""The documents of CDS: those that are read, and those that are only known."""

from __future__ import annotations

from clearance.customs.uk_cds import notifications
from clearance.customs.unpacking import Reader

_ANSWERS = {
    "DeclarationStatusResponse": "the statuses of declarations",
    "DeclarationSearchResponse": "a list of declarations",
    "DeclarationVersionResponse": "the versions of a declaration",
    "DeclarationFullResponse": "a whole declaration",
}
"""What was asked of the declaration information service."""

READERS = (
    Reader(
        pattern="[^A-Z]*(?:MetaData|Response)|Envelope|Body|notifyTrader",
        claims=notifications.is_notification,
        read=notifications.read,
    ),
    Reader(
        pattern="[^A-Z]*MetaData",
        claims=notifications.is_declaration,
        recognised="an outgoing declaration, not a status of a declaration",
    ),
    *(
        Reader(roots=(root,), recognised=f"an answer with {what}: only notifications are read")
        for root, what in _ANSWERS.items()
    ),
)
