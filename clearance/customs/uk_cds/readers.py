"""The documents of CDS: those that are read, and those that are only known."""

from __future__ import annotations

from clearance.customs.uk_cds import answers, notifications
from clearance.customs.uk_cds.codes import ANSWERS
from clearance.customs.unpacking import Reader
from clearance.errors import Phrase

_ANSWERS = {
    "DeclarationVersionResponse": Phrase("the versions of a declaration"),
    "DeclarationFullResponse": Phrase("a whole declaration"),
}
"""Answers of the declaration information service without a status."""

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
    Reader(roots=ANSWERS, claims=answers.has_declarations, read=answers.read),
    Reader(
        roots=ANSWERS,
        claims=lambda root: not answers.has_declarations(root),
        recognised=Phrase("an answer without a declaration in it"),
    ),
    Reader(
        roots=("FileUploadResponse",),
        recognised=Phrase("an answer to an upload, not a status of a declaration"),
    ),
    Reader(
        pattern="inventoryLinking[A-Za-z]*",
        recognised=Phrase("a message about the movement of goods, not a status of a declaration"),
    ),
    *(
        Reader(
            roots=(root,),
            recognised=Phrase(
                "an answer with {what}: only notifications and statuses are read", what=what
            ),
        )
        for root, what in _ANSWERS.items()
    ),
)
