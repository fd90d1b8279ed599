"""E-mail over SMTP, as text and HTML.

TLS from the first byte on port 465, else by STARTTLS before anything else is said; without it only
to this machine. Mails about one alert are one thread, by ``References`` (RFC 5322, 3.6.4), and
nothing answers them, by ``Auto-Submitted`` (RFC 3834). It is taken when every addressee is.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterable
from contextlib import closing, suppress
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from html import escape
from typing import Annotated

import msgspec

from clearance.channels import Accepted, Notification, Refused, Result, Retry, Settings, _text
from clearance.secret import Secret, loopback

TIMEOUT = 15.0
"""Seconds for each answer."""
THREADS = 20
"""Alerts that a mail is threaded by, at most."""
IMPLICIT = 465
"""The port where TLS comes first (RFC 8314)."""
MARKS = {"title": "{}", "section": "\n{}", "alert": "\n* {}", "detail": "  {}"}
TAGS = {
    "section": "<h3>{}</h3>",
    "alert": "<p><b>{}</b></p>",
    "detail": "<p style='margin:0 0 0 1.5em'>{}</p>",
}


class Channel(Settings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A mail server and whom to write to; ``from`` and ``to`` are addresses."""

    host: str
    to: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    sender: str = msgspec.field(name="from")
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 587
    user: str | None = None
    password: Secret | None = None

    def __post_init__(self) -> None:
        for name, written in (("from", self.sender), *(("to", to) for to in self.to)):
            address = parseaddr(written)[1]
            if not all(part.strip() for part in address.partition("@")) or not _plain(written):
                raise ValueError(f"{name} {written!r}: not an address such as desk@example.com")
        if not _plain(self.host) or not self.host.strip():
            raise ValueError(f"host {self.host!r}: not the name of a mail server")
        if (self.user is None) != (self.password is None):
            raise ValueError("user and password go together")

    def send(self, notice: Notification) -> Result:
        """Sends a message once, and tells what came of it."""
        left = [to for to in self.to if to not in notice.reached]
        try:
            with closing(self._connected()) as server:
                self._greeted(server)
                refused = _sent(server, self.mail(notice), parseaddr(self.sender)[1], left)
                with suppress(smtplib.SMTPException):
                    server.quit()
        except (OSError, smtplib.SMTPException, ValueError) as error:
            return _meant(error)
        if not refused:
            return Accepted()
        reached = (*notice.reached, *(to for to in left if to not in refused))
        codes = ", ".join(sorted({str(code) for code in refused.values()}))
        return Refused(
            f"{len(refused)} of {len(self.to)} addressees refused: {codes}", False, reached
        )

    def mail(self, notice: Notification) -> EmailMessage:
        """The mail."""
        domain = parseaddr(self.sender)[1].rpartition("@")[2]
        mail = EmailMessage()
        mail["Subject"] = notice.title
        mail["From"] = self.sender
        mail["To"] = ", ".join(self.to)
        mail["Date"] = format_datetime(notice.at)
        mail["Message-ID"] = f"<{notice.id}@{domain}>"
        threads = notice.threads[:THREADS]
        mail["References"] = " ".join(f"<alert.{alert}@{domain}>" for alert in threads)
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content("\n".join([*_text.lines(notice, MARKS, str), ""]), cte="base64")
        mail.add_alternative(_html(notice), subtype="html", cte="base64")
        return mail

    def _connected(self) -> smtplib.SMTP:
        if self.port == IMPLICIT:
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(self.host, self.port, timeout=TIMEOUT, context=context)
        return smtplib.SMTP(self.host, self.port, timeout=TIMEOUT)

    def _greeted(self, server: smtplib.SMTP) -> None:
        if self.port != IMPLICIT and not loopback(self.host):
            server.starttls(context=ssl.create_default_context())
        if self.user and self.password:
            server.login(self.user, self.password.reveal())


def _plain(text: str) -> bool:
    return text.isprintable()


def _sent(
    server: smtplib.SMTP, mail: EmailMessage, sender: str, left: Iterable[str]
) -> dict[str, int]:
    """Sends a mail; returns who was refused, with the server's code."""
    addresses = {parseaddr(to)[1]: to for to in left}
    try:
        refused = server.send_message(mail, sender, list(addresses))
    except smtplib.SMTPRecipientsRefused as error:
        refused = error.recipients
    return {addresses[address]: code for address, (code, _) in refused.items()}


def _html(notice: Notification) -> str:
    lines = _text.lines(notice, {"title": "<h2>{}</h2>", **TAGS}, escape)
    return f"<html lang='{notice.lang}'><body>{''.join(lines)}</body></html>"


def _meant(error: Exception) -> Result:
    """What an error means, in our own words: a server's may repeat what it was told."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return Refused("its certificate cannot be trusted")
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return Refused("it does not offer STARTTLS, a way to log in, or such addresses")
    if isinstance(error, smtplib.SMTPResponseException) and error.smtp_code >= 500:
        what = "the user or password" if isinstance(error, smtplib.SMTPAuthenticationError) else ""
        return Refused(f"SMTP {error.smtp_code}{': ' if what else ''}{what}")
    if isinstance(error, smtplib.SMTPResponseException):
        return Retry(f"SMTP {error.smtp_code}")
    if isinstance(error, UnicodeError):
        return Refused("not a name or address that can be sent to")
    return Retry("cannot be reached" if isinstance(error, ConnectionError) else "no whole answer")
