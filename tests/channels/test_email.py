"""E-mail, against a real mail server."""

from __future__ import annotations

import html
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import SMTP, default
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from clearance import channels
from clearance.alerting import delivery, outbox
from clearance.channels import Accepted, Refused, Result, Retry, _smtp, email
from clearance.errors import BadArgument
from tests.channels.support import HOSTILE, TOKEN, alert, notice, secure
from tests.receivers import mail_server


@pytest.fixture
def mailed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """A mail channel to a port."""
    monkeypatch.setenv("TEST_PASSWORD", TOKEN)

    def make(port: int, **settings: Any) -> Any:
        given = {"host": "127.0.0.1", "from": "Desk <desk@example.com>", "to": ["a@example.com"]}
        return channels.channel({"kind": "email", "port": port, **given, **settings})

    return make


def parts(mail: EmailMessage) -> tuple[str, str]:
    """The plain text and the HTML of a mail."""
    bodies = [mail.get_body((kind,)) for kind in ("plain", "html")]
    return tuple(body.get_content() for body in bodies if body)


def test_a_mail_has_text_and_html_and_is_one_thread_with_the_others(mailed: Any) -> None:
    with mail_server() as (box, port):
        channel = mailed(port, to=["a@example.com", "李 <b@example.com>"], lang="zh")
        assert channel.send(notice(*alert(1, HOSTILE), lang="zh")) == Accepted()
    (mail,) = box.mails
    assert box.to == [["a@example.com", "b@example.com"]]
    assert mail["subject"] == notice().title
    assert mail["auto-submitted"] == "auto-generated"
    assert mail["message-id"] == "<msg_0123456789abcdef01234567@example.com>"
    assert mail["references"] == "<alert.0123456789ab@example.com>"
    plain, page = parts(mail)
    assert HOSTILE in plain
    assert "退单" not in page
    assert html.escape(HOSTILE) in page
    assert "<at" not in page
    assert "<b@example.com>" not in page


def test_whoever_took_a_mail_does_not_get_it_again(mailed: Any) -> None:
    """One address that is gone must neither silence the others nor fill their boxes."""
    everybody = ["a@example.com", "gone@example.com", "c@example.com"]
    with mail_server() as (box, port):
        box.refuses["gone@example.com"] = "550 no such user"
        channel = mailed(port, to=everybody)
        first = channel.send(notice())
        assert first == Refused(
            "1 of 3 addressees refused: 550", False, ("a@example.com", "c@example.com")
        )
        del box.refuses["gone@example.com"]
        assert channel.send(replace(notice(), reached=first.reached)) == Accepted()
    assert box.to == [["a@example.com", "c@example.com"], ["gone@example.com"]]


@pytest.mark.parametrize("twice_refused", [False, True])
def test_an_address_that_is_set_twice_gets_one_mail_and_is_reached_under_both_or_none(
    mailed: Any, twice_refused: bool
) -> None:
    both, other = ("a@example.com", "Li <a@example.com>"), "b@example.com"
    reached = (other,) if twice_refused else both
    with mail_server() as (box, port):
        box.refuses[both[0] if twice_refused else other] = "550 no such user"
        result = mailed(port, to=[*both, other]).send(notice())
        assert result == Refused(f"{3 - len(reached)} of 3 addressees refused: 550", False, reached)
    assert box.to == [[reached[0]]]


@pytest.mark.parametrize("written", ["desk@[127.0.0.1]", "李 <desk@[IPv6:::1]>", "a@example.com;"])
def test_whatever_is_taken_for_an_address_is_written_to(written: str, mailed: Any) -> None:
    with mail_server() as (box, port):
        assert mailed(port, to=[written]).send(notice()) == Accepted()
    assert box.to == [[written.removeprefix("李 <").strip(">;")]]


def test_a_mail_nobody_takes_is_refused(mailed: Any) -> None:
    with mail_server() as (box, port):
        box.refuses["a@example.com"] = "550 no such user"
        assert mailed(port).send(notice()) == Refused("1 of 1 addressee refused: 550")


@pytest.fixture
def far(monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine is taken for another."""
    monkeypatch.setattr(_smtp, "loopback", lambda host: False)


def test_a_mail_to_elsewhere_goes_by_starttls_or_not_at_all(
    mailed: Any, far: None, authority: trustme.CA, monkeypatch: Any, tmp_path: Path
) -> None:
    login = {"user": "desk", "password": "env:TEST_PASSWORD"}
    with mail_server() as (box, port):
        assert isinstance(mailed(port, **login).send(notice()), Refused)
        assert box.mails == []
    with mail_server(tls_context=secure(authority, "127.0.0.1")) as (box, port):
        assert mailed(port).send(notice()) == Refused("its certificate cannot be trusted")
        authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        assert mailed(port).send(notice()) == Accepted()
        assert box.secure == [True]


def test_a_mail_goes_by_tls_from_the_first_byte_where_the_port_says_so(
    mailed: Any, far: None, authority: trustme.CA, monkeypatch: Any, tmp_path: Path
) -> None:
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    with mail_server(ssl_context=secure(authority, "127.0.0.1")) as (box, port):
        monkeypatch.setattr(_smtp, "IMPLICIT_TLS_PORT", port)
        assert mailed(port).send(notice()) == Refused("its certificate cannot be trusted")
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        assert mailed(port).send(notice()) == Accepted()
        assert len(box.mails) == 1


@pytest.mark.parametrize(
    "written",
    [
        *("a.b+c@mail.example.com", "李 <b@example.com>", "b@localhost", "<b@example.com>"),
        *('"a b"@example.com', "a@[IPv6:::1]", "a@[127.0.0.1]", "a@example.com;"),
    ],
)
def test_an_address_stands_alone_or_with_a_name(written: str, mailed: Any) -> None:
    assert mailed(25, to=[written]).to == (written,)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "desk",
        "@example.com",
        "desk@",
        "desk@ ",
        "a@example.com\nBcc: b@c.de",
        "a b@c.de",
        "a@b.c, d@e.f",
        "a@b.c; d@e.f",
    ],
)
def test_what_is_no_address_is_refused(written: str, mailed: Any) -> None:
    with pytest.raises(BadArgument, match="not an address such as"):
        mailed(25, to=["a@example.com", written])


SEEN = st.characters(categories=("L", "N", "P", "S"))


@given(st.from_regex(email._PLAIN, fullmatch=True, alphabet=SEEN))
def test_a_plain_address_is_the_one_that_the_parser_finds(written: str) -> None:
    assert email._address_of(written) == written


@pytest.mark.parametrize("right", [True, False])
def test_a_wrong_password_is_a_refusal_that_does_not_hold_it(right: bool, mailed: Any) -> None:
    from aiosmtpd.smtp import AuthResult

    def login(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        assert data.password == TOKEN.encode()
        return AuthResult(success=right, handled=False)

    settings = {"authenticator": login, "auth_require_tls": False}
    with mail_server(**settings) as (_, port):
        channel = mailed(port, user="desk", password="env:TEST_PASSWORD")
        result = channel.send(notice())
    assert isinstance(result, Accepted if right else Refused)
    assert TOKEN not in f"{result} {channel!r}"


@pytest.mark.usefixtures("impatient")
def test_a_mail_server_that_does_not_answer_is_tried_again(mailed: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert isinstance(mailed(silent.getsockname()[1]).send(notice()), Retry)
        port = silent.getsockname()[1]
    assert mailed(port).send(notice()) == Retry("cannot be reached", unsent=True)


@pytest.mark.parametrize("line", [b"220-hello\r\n", b"x" * 100])
def test_a_mail_server_that_greets_without_end_is_cut_off(line: bytes, mailed: Any) -> None:
    """Its greeting was kept in memory until the run's time was over."""
    sent = 0
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def greet() -> None:
            nonlocal sent
            connection, _ = listening.accept()
            with connection, suppress(OSError):
                while sent < 50_000_000:
                    sent += connection.send(line * 1000)

        greeting = Thread(target=greet)
        greeting.start()
        result = mailed(listening.getsockname()[1]).send(notice())
        greeting.join()
    assert isinstance(result, Retry | Refused)
    assert sent < 20_000_000


class Conversation:
    """A mail server that says what it is told to, a line for each command; ``taken`` are mails."""

    def __init__(self, **says: str) -> None:
        self.says = says
        self.taken: list[bytes] = []

    def hold(self, connection: socket.socket) -> None:
        """Answers until nobody asks."""
        lines = connection.makefile("rb")
        answer = self.says.get("greets", "220 here")
        while True:
            if answer.startswith("drip"):
                with suppress(OSError):
                    while connection.send(b"2"):
                        time.sleep(0.05)
                return
            if not answer:
                connection.shutdown(socket.SHUT_RDWR)
                return
            connection.sendall(f"{answer}\r\n".encode())
            line = lines.readline()
            if not line:
                return
            word = line.split()[0].lower().decode()
            answer = self.says.get(word, "250 fine")
            if answer.startswith("354"):
                connection.sendall(b"354 go on\r\n")
                self.taken.append(b"".join(iter(lines.readline, b".\r\n")))
                answer = self.says.get("end", "250 taken")


@pytest.fixture
def talking(mailed: Any) -> Iterator[Callable[..., tuple[Result, Conversation]]]:
    """What comes of a mail to a server that answers as it is told to."""
    listening: list[socket.socket] = []

    def send(says: Mapping[str, str], **settings: Any) -> tuple[Result, Conversation]:
        server = socket.create_server(("127.0.0.1", 0))
        listening.append(server)
        talk = Conversation(data="354", **says)

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    with connection, suppress(OSError):
                        talk.hold(connection)

        Thread(target=serve, daemon=True).start()
        return mailed(server.getsockname()[1], **settings).send(notice()), talk

    yield send
    for server in listening:
        server.close()


EVERYBODY = ["a@example.com", "b@example.com", "c@example.com"]


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_server_that_hangs_up_before_the_mail_has_given_it_to_nobody(
    number: int, mailed: Any
) -> None:
    """Those it had not been asked for yet counted as having a mail that was never sent."""
    with mail_server() as (box, port):
        box.refuses[EVERYBODY[number - 1]] = "421 try later"
        result = mailed(port, to=EVERYBODY).send(notice())
    assert result == Retry("SMTP 421", unsent=True)
    assert box.mails == []


HIDDEN = "=?utf-8?q?=0d=0aReply-To:e@evil.example=0d=0a=0d=0aPay=20here?="


@pytest.mark.parametrize(
    ("title", "settings"),
    [
        (f"AC-1{HIDDEN}, released", {}),
        (f"AC-1 {HIDDEN} 放行", {}),
        ("released", {"from": '"=?utf-8?q?x=0d=0aReply-To:y?=" <desk@example.com>'}),
        ("released", {"to": ['"=?utf-8?q?x=0d=0aReply-To:y?=" <a@example.com>']}),
    ],
)
def test_no_text_becomes_a_header_of_its_own(
    title: str, settings: dict[str, Any], mailed: Any
) -> None:
    """A reference at customs held the beginning of another mail, in an encoded word."""
    written = mailed(25, **settings).mail(replace(notice(), title=title)).as_bytes(policy=SMTP)
    read = BytesParser(policy=default).parsebytes(written)
    assert "Reply-To" not in read
    assert "=?" not in f"{read['subject']}{read['from']}{read['to']}"
    assert "\n" not in read["subject"]
    assert read["auto-submitted"]


def test_a_whole_mail_is_waited_for_longer_than_a_word(
    mailed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that looks at each mail got the same one four times a check."""
    monkeypatch.setattr(_smtp, "TIMEOUT", 1.0)
    with mail_server() as (box, port):
        box.thinks_for = 1.5
        assert mailed(port).send(notice()) == Accepted()
    assert len(box.mails) == 1


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("end", ["", "drip"])
def test_what_may_have_arrived_is_not_sent_again_soon(end: str, talking: Any) -> None:
    result, talk = talking({"end": end})
    assert len(talk.taken) == 1
    assert isinstance(result, Retry)
    assert not result.unsent
    assert result.after
    assert result.after > delivery.MAX_WAIT_SECONDS


@pytest.mark.usefixtures("impatient")
def test_a_mail_server_that_answers_a_byte_at_a_time_is_cut_off(talking: Any) -> None:
    began = time.monotonic()
    result, _ = talking({"greets": "drip"})
    assert isinstance(result, Retry)
    assert time.monotonic() - began < 5


LOGIN = {"user": "desk", "password": "env:TEST_PASSWORD"}


@pytest.mark.parametrize(
    ("says", "password", "reason"),
    [
        ({"ehlo": "250-x\r\n250 AUTH XOAUTH2 NTLM"}, "x", "a way to log in"),
        ({"ehlo": "250-x\r\n250 AUTH PLAIN"}, "密码", "is not ASCII and cannot be sent"),
        ({"greets": "HTTP/1.1 400 Bad Request"}, "x", "what answers there is no mail server"),
    ],
)
def test_what_will_not_work_at_the_next_try_is_refused_with_why(
    says: Mapping[str, str], password: str, reason: str, talking: Any, monkeypatch: Any
) -> None:
    monkeypatch.setenv("TEST_PASSWORD", password)
    result, _ = talking(says, **LOGIN)
    assert isinstance(result, Refused)
    assert reason in result.reason
    assert outbox.surely_unsent(result)
