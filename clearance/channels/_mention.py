"""Channels that can call people by name."""

from __future__ import annotations

import re
from typing import ClassVar

from clearance.channels import Notification, Settings
from clearance.errors import BadArgument


class Mentioning(Settings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A channel with ``mention``: whom its messages call, by what the service knows them by.

    Everybody at once cannot be called.
    """

    FORM: ClassVar[str] = ""
    """What a name of the service looks like."""
    EXAMPLE: ClassVar[str] = ""
    """One of them."""

    mention: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        Settings.__post_init__(self)
        for written in self.mention:
            if not re.fullmatch(self.FORM, written, re.ASCII):
                raise BadArgument(
                    "mention: {written!r} is not such as {example}",
                    written=written,
                    example=self.EXAMPLE,
                )

    def called(self, notification: Notification) -> tuple[str, ...]:
        """Whom a notification calls."""
        return self.mention if notification.calls else ()
