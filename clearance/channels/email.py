"""E-mail over SMTP, as text and HTML.

TLS from the first byte on port 465, else by STARTTLS before anything else; without TLS only to this
machine. Mails about one alert are one thread, by ``References`` (RFC 5322, 3.6.4), and machines do
not answer them, by ``Auto-Submitted`` (RFC 3834). A mail is accepted when the server accepts every
addressee.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Annotated

import msgspec

from clearance.channels import Accepted, Notification, Refused, Result, Settings, _text
from clearance.errors import BadSetting, agreeing
from clearance.secret import Secret

if TYPE_CHECKING:
    from email.message import EmailMessage

_PLAIN = r'[^\s"<>(),;:\\@\[\]]+@[^\s"<>(),;:\\@\[\]]+'
"""An address without a name, quotes and brackets."""
_REFUSED = "{count} of {all} addressees refused: {codes}"
_MAX_THREADS = 20
"""Alerts in ``References`` at most."""
_MARKS = {"title": "{}", "section": "\n{}", "alert": "\n* {}", "detail": "  {}"}
_TAGS = {
    "section": "<h3>{}</h3>",
    "alert": "<p><b>{}</b></p>",
    "detail": "<p style='margin:0 0 0 1.5em'>{}</p>",
}


def _is_address(written: str) -> bool:
    """Whether it is one address, alone or with a name; a plain one needs no parser."""
    if not written.isprintable():
        return False
    if re.fullmatch(_PLAIN, written):
        return True
    several = sum("@" in address for address in _addresses_in(written)) > 1
    mailbox, _, domain = _address_of(written).rpartition("@")
    is_whole = mailbox.startswith('"') or not re.search(r"\s", mailbox)
    return bool(mailbox.strip() and domain.strip()) and is_whole and not several


def _address_of(written: str) -> str:
    """The first address in what is written, without a name; empty if there is none."""
    return next(iter(_addresses_in(written)), "")


def _addresses_in(written: str) -> list[str]:
    """The addresses in what is written, without names.

    Later versions of Python find none where anything is unusual, an address in brackets for one,
    unless they are told to look for what there is.
    """
    from email import utils

    loosely = {"strict": False} if hasattr(utils, "supports_strict_parsing") else {}
    return [address for _, address in utils.getaddresses([written], **loosely)]


class Channel(Settings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A mail server, with the addresses to write from and to."""

    host: str
    to: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    sender: str = msgspec.field(name="from")
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 587
    user: str | None = None
    password: Secret | None = None

    def __post_init__(self) -> None:
        Settings.__post_init__(self)
        for name, written in (("from", self.sender), *(("to", to) for to in self.to)):
            if not _is_address(written):
                raise BadSetting(
                    "{name} {written!r}: not an address such as desk@example.com",
                    name=name,
                    written=written,
                )
        if not self.host.isprintable() or not self.host.strip():
            raise BadSetting("host {host!r}: not the name of a mail server", host=self.host)
        if (self.user is None) != (self.password is None):
            raise BadSetting("user and password go together")

    @property
    def addressees(self) -> tuple[str, ...]:
        """The addresses to write to, without names."""
        return tuple(map(_address_of, self.to))

    def send(self, notification: Notification) -> Result:
        """Sends a notification once."""
        from clearance.channels import _smtp

        waiting = {to: _address_of(to) for to in self.to if to not in notification.reached}
        login = (self.user, self.password) if self.user and self.password else None
        server, write = (self.host, self.port), partial(self.mail, notification)
        sender, addressees = _address_of(self.sender), dict.fromkeys(waiting.values())
        refused = _smtp.sent(write, sender, addressees, server, login)
        if not isinstance(refused, Mapping):
            return refused
        if not refused:
            return Accepted()
        taken = [to for to, address in waiting.items() if address not in refused]
        reached = (*notification.reached, *taken)
        codes = ", ".join(sorted({str(code) for code in refused.values()}))
        values = {"count": len(waiting) - len(taken), "all": len(self.to), "codes": codes}
        return Refused(agreeing(_REFUSED, values).format(**values), reached=reached)

    def mail(self, notification: Notification) -> EmailMessage:
        """The mail of a notification."""
        from email.message import EmailMessage
        from email.utils import format_datetime

        domain = _address_of(self.sender).rpartition("@")[2]
        mail = EmailMessage()
        mail["Subject"] = _unencoded(notification.title)
        mail["From"] = _unencoded(self.sender)
        mail["To"] = _unencoded(", ".join(self.to))
        mail["Date"] = format_datetime(notification.at)
        mail["Message-ID"] = f"<{notification.id}@{domain}>"
        threads = notification.threads[:_MAX_THREADS]
        mail["References"] = " ".join(f"<alert.{alert}@{domain}>" for alert in threads)
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content("\n".join([*_text.lines(notification, _MARKS, str), ""]), cte="base64")
        mail.add_alternative(_html(notification), subtype="html", cte="base64")
        return mail


def _unencoded(text: str) -> str:
    """Text in which nobody finds an encoded word (RFC 2047).

    EmailMessage decodes those it is given, with the ends of lines and the headers in them.
    """
    return text.replace("=?", "＝?")


def _html(notification: Notification) -> str:
    from html import escape

    colour = _text.colour(notification, _text.COLOURS)
    title = f"<h2 style='border-left:6px solid {colour};padding-left:.5em'>{{}}</h2>"
    lines = _text.lines(notification, {"title": title, **_TAGS}, escape)
    return f"<html lang='{notification.lang}'><body>{''.join(lines)}</body></html>"
