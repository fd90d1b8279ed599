"""Secrets by reference: settings say where a secret is, never what it is.

The address of a channel is one too, since whoever has it can post there.
"""

from __future__ import annotations

import os
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from clearance.errors import BadArgument


class Secret:
    """Where a secret is: ``env:NAME`` or ``file:PATH``. What is shown of it is the reference.

    Raises BadArgument, which does not repeat what was written, for anything else.
    """

    __slots__ = ("_reference",)

    def __init__(self, reference: object) -> None:
        way, colon, place = reference.partition(":") if isinstance(reference, str) else ("",) * 3
        if way not in ("env", "file") or not colon or not place.strip():
            raise BadArgument(
                "must say where the secret is, env:NAME or file:PATH, not the secret itself"
            )
        self._reference = f"{way}:{place}"

    def __repr__(self) -> str:
        return self._reference

    def reveal(self) -> str:
        """The secret itself, without spaces around it; raises BadArgument where there is none."""
        way, _, place = self._reference.partition(":")
        if way == "env":
            secret = os.environ.get(place, "").strip()
            if not secret:
                raise BadArgument(f"{self}: the variable is not set")
            return secret
        try:
            secret = Path(place).expanduser().read_text(encoding="utf-8-sig").strip()
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            raise BadArgument(f"{self}: cannot be read: {why}") from None
        if not secret:
            raise BadArgument(f"{self}: the file is empty")
        return secret

    def address(self) -> str:
        """The secret as an address that may be sent to: https, or http to this machine.

        Raises BadArgument, which does not repeat it, for any other.
        """
        written = self.reveal()
        try:
            parts = urlsplit(written)
            host, _ = parts.hostname, parts.port
            safe = parts.scheme == "https" or (parts.scheme == "http" and loopback(host))
            right = safe and bool(host) and written.isprintable() and " " not in written
        except ValueError:
            right = False
        if not right:
            raise BadArgument(f"{self}: not an address such as https://host/path")
        return written


def loopback(host: str | None) -> bool:
    """Whether a host is this machine."""
    try:
        return host == "localhost" or ip_address(host or "").is_loopback
    except ValueError:
        return False
