"""E-mail over SMTP, as text and HTML.

TLS from the first byte on port 465, else by STARTTLS before anything else; without TLS only to this
machine. Mails about one alert are one thread, by ``References`` (RFC 5322, 3.6.4), and machines do
not answer them, by ``Auto-Submitted`` (RFC 3834). A mail is accepted when the server accepts every
addressee.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterable
from contextlib import closing, suppress
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from html import escape
from typing import Annotated, BinaryIO

import msgspec

from clearance.channels import Accepted, Notification, Refused, Result, Retry, Settings, _text
from clearance.errors import BadSetting, agreeing
from clearance.secret import Secret, loopback

TIMEOUT = 15.0
"""Seconds for each answer."""
_REFUSED = "{count} of {all} addressees refused: {codes}"
_MAX_BYTES = 256 * 1024
"""Bytes that a server may say in all of a connection, or in what comes after STARTTLS."""
_MAX_THREADS = 20
"""Alerts in ``References`` at most."""
IMPLICIT_TLS_PORT = 465
"""The port where TLS comes first (RFC 8314)."""
_MARKS = {"title": "{}", "section": "\n{}", "alert": "\n* {}", "detail": "  {}"}
_TAGS = {
    "section": "<h3>{}</h3>",
    "alert": "<p><b>{}</b></p>",
    "detail": "<p style='margin:0 0 0 1.5em'>{}</p>",
}

_COLOURS = {"critical": "#d32f2f", "warning": "#f9a825", "info": "#1976d2", "over": "#388e3c"}


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
            address = parseaddr(written)[1]
            if (
                not all(part.strip() for part in address.partition("@"))
                or not written.isprintable()
            ):
                raise BadSetting(
                    "{name} {written!r}: not an address such as desk@example.com",
                    name=name,
                    written=written,
                )
        if not self.host.isprintable() or not self.host.strip():
            raise BadSetting("host {host!r}: not the name of a mail server", host=self.host)
        if (self.user is None) != (self.password is None):
            raise BadSetting("user and password go together")

    def send(self, notification: Notification) -> Result:
        """Sends a notification once."""
        addressees = [to for to in self.to if to not in notification.reached]
        try:
            with closing(self._connected()) as server:
                self._log_in(server)
                refused = _refused(server, self.mail(notification), self.sender, addressees)
                with suppress(smtplib.SMTPException):
                    server.quit()
        except (OSError, smtplib.SMTPException, ValueError) as error:
            return _result_of_error(error)
        if not refused:
            return Accepted()
        reached = (*notification.reached, *(to for to in addressees if to not in refused))
        codes = ", ".join(sorted({str(code) for code in refused.values()}))
        values = {"count": len(refused), "all": len(self.to), "codes": codes}
        return Refused(agreeing(_REFUSED, values).format(**values), reached=reached)

    def mail(self, notification: Notification) -> EmailMessage:
        """The mail of a notification."""
        domain = parseaddr(self.sender)[1].rpartition("@")[2]
        mail = EmailMessage()
        mail["Subject"] = notification.title
        mail["From"] = self.sender
        mail["To"] = ", ".join(self.to)
        mail["Date"] = format_datetime(notification.at)
        mail["Message-ID"] = f"<{notification.id}@{domain}>"
        threads = notification.threads[:_MAX_THREADS]
        mail["References"] = " ".join(f"<alert.{alert}@{domain}>" for alert in threads)
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content("\n".join([*_text.lines(notification, _MARKS, str), ""]), cte="base64")
        mail.add_alternative(_html(notification), subtype="html", cte="base64")
        return mail

    def _connected(self) -> smtplib.SMTP:
        if self.port == IMPLICIT_TLS_PORT:
            context = ssl.create_default_context()
            return _SMTPOverTLS(self.host, self.port, timeout=TIMEOUT, context=context)
        return _SMTP(self.host, self.port, timeout=TIMEOUT)

    def _log_in(self, server: smtplib.SMTP) -> None:
        if self.port != IMPLICIT_TLS_PORT and not loopback(self.host):
            server.starttls(context=ssl.create_default_context())
        if self.user and self.password:
            server.login(self.user, self.password.reveal())


class _Replies:
    """What a server says, cut off where it says too much."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._left = _MAX_BYTES

    def readline(self, size: int) -> bytes:
        """The next line, of at most ``size`` bytes; raises OSError beyond the limit."""
        line = self._file.readline(size)
        self._left -= len(line)
        if self._left < 0:
            raise OSError("the server says more than a mail server has to")
        return line

    def close(self) -> None:
        """Closes the stream."""
        self._file.close()


class _SMTP(smtplib.SMTP):
    """A connection to a server that may greet without end."""

    def getreply(self) -> tuple[int, bytes]:
        if self.file is None and self.sock:
            self.file = _Replies(self.sock.makefile("rb"))
        return super().getreply()


class _SMTPOverTLS(_SMTP, smtplib.SMTP_SSL):
    """The same, with TLS from the first byte on."""


def _refused(
    server: smtplib.SMTP, mail: EmailMessage, sender: str, addressees: Iterable[str]
) -> dict[str, int]:
    """Sends a mail; returns the addressees that were refused, with the server's codes."""
    addresses = {parseaddr(to)[1]: to for to in addressees}
    try:
        refused = server.send_message(mail, parseaddr(sender)[1], list(addresses))
    except smtplib.SMTPRecipientsRefused as error:
        refused = error.recipients
    return {addresses[address]: code for address, (code, _) in refused.items()}


def _html(notification: Notification) -> str:
    colour = _text.colour(notification, _COLOURS)
    title = f"<h2 style='border-left:6px solid {colour};padding-left:.5em'>{{}}</h2>"
    lines = _text.lines(notification, {"title": title, **_TAGS}, escape)
    return f"<html lang='{notification.lang}'><body>{''.join(lines)}</body></html>"


def _result_of_error(error: Exception) -> Result:
    """The result that an error stands for, in our own words: a server's may repeat a secret."""
    if isinstance(error, smtplib.SMTPResponseException):
        return _result_of_code(error)
    results = (result for kind, result in _RESULTS.items() if isinstance(error, kind))
    return next(results, Retry("no whole answer"))


_RESULTS: dict[type[Exception], Result] = {
    ssl.SSLCertVerificationError: Refused("its certificate cannot be trusted"),
    smtplib.SMTPNotSupportedError: Refused(
        "it does not offer STARTTLS, a way to log in, or such addresses"
    ),
    UnicodeError: Refused("not a name or address that can be sent to"),
    ConnectionError: Retry("cannot be reached"),
}


def _result_of_code(error: smtplib.SMTPResponseException) -> Result:
    if error.smtp_code < 500:
        return Retry(f"SMTP {error.smtp_code}")
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return Refused(f"SMTP {error.smtp_code}: the user or password")
    return Refused(f"SMTP {error.smtp_code}")
