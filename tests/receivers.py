"""Receivers on real sockets that answer well, badly, late or never."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Answer:
    """An answer; ``how`` may be ``hang`` (none), ``reset``, ``cut`` or ``drip`` (never a whole
    one), ``trickle`` (its headers never end), ``continue`` (it asks for more without end) or
    ``unframed`` (of no length that is told).
    """

    body: bytes = b"{}"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    how: str = ""


def told(document: Any) -> Answer:
    """HTTP 200 with a JSON document."""
    return Answer(json.dumps(document).encode())


@dataclass(frozen=True)
class Request:
    """What came in."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Receiver:
    """A server that gives its ``answers`` in turn, the last of them for ever.

    With ``route`` it gives what that says of each request.
    """

    def __init__(
        self,
        *answers: Answer,
        tls: ssl.SSLContext | None = None,
        route: Callable[[Request], Answer] | None = None,
    ) -> None:
        self.route = route
        self.answers = list(answers) or [Answer(b"ok")]
        self.requests: list[Request] = []
        self.over = threading.Event()
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._scheme = "https" if tls else "http"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"{self._scheme}://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        """Ends it, and what hangs."""
        self.over.set()
        self._server.shutdown()
        self._server.server_close()

    def _take(self, request: Request) -> Answer:
        with self._lock:
            self.requests.append(request)
            if self.route:
                return self.route(request)
            return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def _handler(receiver) -> type[BaseHTTPRequestHandler]:  # noqa: N805
        class Handler(BaseHTTPRequestHandler):
            def _answer(self) -> None:
                length = int(self.headers.get("content-length", 0))
                body = self.rfile.read(length)
                if len(body) < length:  # whoever sent it is gone
                    return
                headers = {name.lower(): value for name, value in self.headers.items()}
                answer = receiver._take(Request(self.command, self.path, headers, body))
                if answer.how == "hang":
                    receiver.over.wait()
                elif answer.how == "reset":
                    linger = struct.pack("ii", 1, 0)
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                    self.connection.close()
                else:
                    self._write(answer)

            def _write(self, answer: Answer) -> None:
                while answer.how == "continue" and not receiver.over.wait(0.02):
                    self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                drips, more = answer.how == "drip", answer.how in ("drip", "cut")
                if answer.how != "unframed":
                    self.send_header("content-length", str(len(answer.body) + 10**6 * more))
                self.flush_headers()
                while answer.how == "trickle" and not receiver.over.wait(0.02):
                    self.wfile.write(b"x")
                self.end_headers()
                self.wfile.write(answer.body)
                while drips and not receiver.over.wait(0.02):
                    self.wfile.write(b" ")

            do_POST = do_GET = _answer  # noqa: N815

            def log_message(self, *_: Any) -> None:
                pass

        return Handler


@contextmanager
def receiver(
    *answers: Answer,
    tls: ssl.SSLContext | None = None,
    route: Callable[[Request], Answer] | None = None,
) -> Iterator[Receiver]:
    """A receiver for as long as it is needed."""
    server = Receiver(*answers, tls=tls, route=route)
    try:
        yield server
    finally:
        server.close()


class Mailbox:
    """What a mail server was sent; ``refuses`` are addresses it has no room for.

    It ``thinks_for`` so many seconds before it says that it has a mail.
    """

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.to: list[list[str]] = []
        self.refuses: dict[str, str] = {}
        self.secure: list[bool] = []
        self.thinks_for = 0.0

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        mail = BytesParser(policy=default).parsebytes(envelope.content)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        self.to.append(list(envelope.rcpt_tos))
        self.secure.append(session.ssl is not None)
        await asyncio.sleep(self.thinks_for)
        return "250 OK"


@contextmanager
def mail_server(**settings: Any) -> Iterator[tuple[Mailbox, int]]:
    """A mail server on a free port, and its mailbox."""
    from aiosmtpd.controller import Controller

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    box = Mailbox()
    controller = Controller(box, hostname="127.0.0.1", port=port, ready_timeout=60, **settings)
    controller.start()
    try:
        yield box, port
    finally:
        with suppress(Exception):
            controller.stop()
