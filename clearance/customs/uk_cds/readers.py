"""The documents of CDS: those that are read, and those that are only known."""

from __future__ import annotations

from clearance.customs.uk_cds import notifications
from clearance.customs.unpacking import Reader
from clearance.errors import Phrase

_ANSWERS = {
    "DeclarationStatusResponse": Phrase("the statuses of declarations"),
    "DeclarationSearchResponse": Phrase("a list of declarations"),
    "DeclarationVersionResponse": Phrase("the versions of a declaration"),
    "DeclarationFullResponse": Phrase("a whole declaration"),
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
        recognised=Phrase("an outgoing declaration, not a status of a declaration"),
    ),
    *(
        Reader(
            roots=(root,),
            recognised=Phrase("an answer with {what}: only notifications are read", what=what),
        )
        for root, what in _ANSWERS.items()
    ),
)
