"""Secrets by reference: settings name the place of a secret and never hold it.

The address of a channel is a secret too, since whoever has it can post there.
"""

from __future__ import annotations

import os
import re
from typing import Any

from clearance.errors import BadArgument, BadSetting, Phrase


class Secret:
    """The place of a secret, ``env:NAME`` or ``file:PATH``; it is shown, the secret is not.

    Raises BadArgument, which does not repeat what was written, for anything else, such as a secret
    behind ``env:``.
    """

    __slots__ = ("_reference",)

    def __init__(self, reference: object) -> None:
        way, colon, place = reference.partition(":") if isinstance(reference, str) else ("",) * 3
        if way not in _PLACES or not colon or not re.fullmatch(_PLACES[way], place):
            raise BadArgument(
                "must say where the secret is, env:NAME or file:PATH, not the secret itself"
            )
        self._reference = f"{way}:{place}"

    def __repr__(self) -> str:
        return self._reference

    def reveal(self) -> str:
        """The secret itself, without spaces around it; raises BadArgument if it is missing."""
        way, _, place = self._reference.partition(":")
        if way == "env":
            secret = os.environ.get(place, "").strip()
            if not secret:
                raise BadArgument("{secret}: the variable is not set", secret=self)
            return secret
        from pathlib import Path

        try:
            secret = Path(place).expanduser().read_text(encoding="utf-8-sig").strip()
        except RuntimeError:  # of a home directory that nobody knows
            raise BadArgument("{path}: that home directory is not known", path=self) from None
        except (OSError, UnicodeDecodeError) as error:
            why = error if isinstance(error, OSError) else Phrase("it is not UTF-8 text")
            raise BadArgument("{secret}: cannot be read: {why}", secret=self, why=why) from None
        if not secret:
            raise BadArgument("{secret}: the file is empty", secret=self)
        return secret

    def address(self) -> str:
        """The secret as an address to send to: https, or http to this machine.

        Raises BadArgument, which does not repeat it, for any other.
        """
        written = self.reveal()
        if not written.isprintable() or " " in written or not may_be_sent_to(written):
            raise BadArgument("{secret}: not an address such as https://host/path", secret=self)
        return written


_PLACES = {"env": r"[A-Za-z_][A-Za-z0-9_]*", "file": r"(?s)(?!.*://)(?=.*\S).*"}
"""What the place of a secret looks like: the name of a variable, or a path that is no address."""


def decoded(kind: type[Any], written: Any) -> Any:
    """A secret from its written reference, as a ``dec_hook`` of msgspec."""
    if kind is not Secret:
        raise NotImplementedError
    try:
        return Secret(written)
    except BadArgument as error:
        raise BadSetting("{why}", why=error) from None


def may_be_sent_to(url: str) -> bool:
    """Whether a URL is https with a host, or http to this machine."""
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    if not host:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and loopback(host))


def redacted(written: str) -> str:
    """A text as it may be shown: an address without its password and its query.

    What merely looks as if it held a password is left out too.

    >>> redacted("https://clerk:secret@host/path?key=secret")
    'https://clerk:…@host/path?…'
    """
    if written.startswith(("env:", "file:")):
        return written
    head, slashes, rest = written.partition("://")
    if not slashes:
        return re.sub(_HIDDEN, "…", written, flags=re.IGNORECASE)
    account, at, place = rest.rpartition("@")
    user, colon, _ = account.partition(":")
    shown, question, _ = f"{user}{colon and ':…'}{at}{place}".partition("?")
    return f"{head}://{shown}{question and '?…'}"


_HIDDEN = r"(?<=[^/\\:]{2}:).*(?=@)|(?<=password=)\S+"
"""What may be a password in what is no URL; behind one letter and a colon lies a drive."""


def loopback(host: str | None) -> bool:
    """Whether a host is this machine."""
    from ipaddress import ip_address

    try:
        return host == "localhost" or ip_address(host or "").is_loopback
    except ValueError:
        return False
