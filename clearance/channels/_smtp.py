"""A conversation with a mail server: connecting, logging in, handing a mail over, what it answers.

It is loaded when a mail is sent, because it loads TLS.
"""

from __future__ import annotations

import errno
import smtplib
import socket
import ssl
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing, suppress
from email.message import EmailMessage
from typing import Any, BinaryIO

from clearance import http
from clearance.channels import Refused, Result, Retry
from clearance.secret import Secret, loopback

TIMEOUT = 15.0
"""Seconds for each answer, but that to a whole mail."""
HANDOVER_TIMEOUT = 60.0
"""Seconds for the answer to a whole mail. RFC 5321, 4.5.3.2.6, asks for ten minutes, so that no
mail comes twice; a run that sends is over before that, and notes first what may have arrived."""
_UNCLEAR_PAUSE_SECONDS = 300.0
"""Seconds that a server is left alone which has a whole mail and does not say so."""
_HUNG_UP = 421
"""The code of a server that ends the conversation (RFC 5321, 3.8)."""
_MAX_BYTES = 256 * 1024
"""Bytes that a server may say in all of a connection, or in what comes after STARTTLS."""
IMPLICIT_TLS_PORT = 465
"""The port where TLS comes first (RFC 8314)."""


def sent(
    write: Callable[[], EmailMessage],
    sender: str,
    addressees: Iterable[str],
    server: tuple[str, int],
    login: tuple[str, Secret] | None,
) -> Mapping[str, int] | Result:
    """Hands the mail that ``write`` makes over to a server, a host and a port, once.

    Sender and addressees are addresses, without names. Returns the addressees that were refused,
    with the server's codes, or why nobody has it.
    """
    try:
        with closing(_connected(*server)) as connection:
            _log_in(connection, *server, login)
            refused = _refused(connection, write(), sender, addressees)
            with suppress(smtplib.SMTPException):
                connection.quit()
    except (OSError, smtplib.SMTPException, ValueError, _BeyondAscii, _MayHaveIt) as error:
        return _result_of_error(error)
    return refused


def _connected(host: str, port: int) -> smtplib.SMTP:
    if port == IMPLICIT_TLS_PORT:
        context = ssl.create_default_context()
        return _SMTPOverTLS(host, port, timeout=TIMEOUT, context=context)
    return _SMTP(host, port, timeout=TIMEOUT)


def _log_in(
    connection: smtplib.SMTP, host: str, port: int, login: tuple[str, Secret] | None
) -> None:
    if port != IMPLICIT_TLS_PORT and not loopback(host):
        connection.starttls(context=ssl.create_default_context())
    if login:
        user, password = login[0], login[1].reveal()
        if not f"{user}{password}".isascii():
            raise _BeyondAscii
        connection.login(user, password)


class _BeyondAscii(Exception):
    """A user or a password that ``smtplib`` cannot send."""


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


class _MayHaveIt(Exception):
    """The connection broke after a mail was handed over, or while it was."""


class _SMTP(smtplib.SMTP):
    """A connection to a server that may greet without end, or answer a byte at a time."""

    def getreply(self) -> tuple[int, bytes]:
        assert self.sock
        if self.file is None:
            self.file = _Replies(self.sock.makefile("rb"))
        try:
            with http.Line(self.sock).within(self.sock.gettimeout() or TIMEOUT):
                return super().getreply()
        except TimeoutError:
            self.close()
            raise smtplib.SMTPServerDisconnected from None

    def data(self, msg: Any) -> tuple[int, bytes]:
        """Hands a mail over, and waits longer for what the server says then."""
        assert self.sock
        self.sock.settimeout(HANDOVER_TIMEOUT)
        try:
            answer = super().data(msg)
        except smtplib.SMTPServerDisconnected as error:
            raise _MayHaveIt from error
        self.sock.settimeout(TIMEOUT)
        return answer


class _SMTPOverTLS(_SMTP, smtplib.SMTP_SSL):
    """The same, with TLS from the first byte on."""


def _refused(
    server: smtplib.SMTP, mail: EmailMessage, sender: str, addressees: Iterable[str]
) -> dict[str, int]:
    """Sends a mail; returns the addressees that were refused, with the server's codes.

    Raises SMTPResponseException where the server hung up before all of them were named: then nobody
    has the mail.
    """
    try:
        refused = server.send_message(mail, sender, list(addressees))
    except smtplib.SMTPRecipientsRefused as error:
        refused = error.recipients
        if any(code == _HUNG_UP for code, _ in refused.values()):
            raise smtplib.SMTPResponseException(_HUNG_UP, b"") from error
    return {address: code for address, (code, _) in refused.items()}


def _result_of_error(error: Exception) -> Result:
    """The result that an error stands for, in our own words: a server's may repeat a secret."""
    if isinstance(error, smtplib.SMTPResponseException):
        return _result_of_code(error)
    if isinstance(error, OSError) and _is_out_of_reach(error):
        return Retry(_OUT_OF_REACH, unsent=True)
    if type(error) is smtplib.SMTPException:  # of a server all of whose ways to log in are unknown
        error = smtplib.SMTPNotSupportedError()
    results = (result for kind, result in _RESULTS.items() if isinstance(error, kind))
    return next(results, Retry(_NO_ANSWER))


def _is_out_of_reach(error: OSError) -> bool:
    """Whether an error says that no connection was made."""
    return isinstance(error, socket.gaierror) or error.errno in _NO_CONNECTION


_OUT_OF_REACH, _NO_ANSWER = "cannot be reached", "no whole answer"
_NO_CONNECTION = (errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ENETDOWN)
_RESULTS: dict[type[Exception], Result] = {
    ssl.SSLCertVerificationError: Refused("its certificate cannot be trusted"),
    smtplib.SMTPNotSupportedError: Refused(
        "it does not offer STARTTLS, a way to log in, or such addresses"
    ),
    _BeyondAscii: Refused("the user or password is not ASCII and cannot be sent"),
    UnicodeError: Refused("not a name or address that can be sent to"),
    ConnectionError: Retry(_OUT_OF_REACH),
    _MayHaveIt: Retry(_NO_ANSWER, _UNCLEAR_PAUSE_SECONDS),
}


def _result_of_code(error: smtplib.SMTPResponseException) -> Result:
    if error.smtp_code < 200:
        at_once = isinstance(error, smtplib.SMTPConnectError)
        return Refused("what answers there is no mail server", unclear=not at_once)
    if error.smtp_code < 500:
        return Retry(f"SMTP {error.smtp_code}", unsent=error.smtp_code >= 400)
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return Refused(f"SMTP {error.smtp_code}: the user or password")
    return Refused(f"SMTP {error.smtp_code}")
