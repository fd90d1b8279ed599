"""The documents of DMS: those that are read, and those that are only known."""

from __future__ import annotations

from clearance.customs.dk_dms import notifications
from clearance.customs.unpacking import Reader
from clearance.errors import Phrase

_ANSWERS = ("Notifications", "NotificationResult", "TraderNotificationResponseDTO")
"""Roots of answers that hold any number of notifications."""
_NOTICES = ("Notification", "TraderNotification", *_ANSWERS)
_AT_ONCE = Phrase("an answer given at once to what was sent, not a status of a declaration")

READERS = (
    Reader(roots=_NOTICES, claims=notifications.holds_status, read=notifications.read),
    Reader(
        roots=_ANSWERS,
        claims=lambda root: not notifications.holds_status(root),
        recognised=Phrase("an answer without a notification of customs in it"),
    ),
    Reader(
        pattern="(?:Submission)?ErrorMessageDTO|[gG]enericErrorDTO|ValidationResponse"
        "|Successful(?:Submission)?ResponseDTO",
        recognised=_AT_ONCE,
    ),
    Reader(
        roots=("DeclarationStatusDTO",),
        recognised=Phrase("the present status of a declaration: only notifications are read"),
    ),
)
