"""What a channel makes of an answer; addresses and secrets; against real sockets."""

from __future__ import annotations

import gzip
import logging
import socket
import time
import traceback
import tracemalloc
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme

from clearance.channels import Accepted, Refused, Result, Retry
from clearance.errors import BadArgument
from clearance.secret import Secret
from tests.channels.support import GOOD, HTTP, SECRET, SIGNED, TOKEN, notice, secure
from tests.receivers import Answer, receiver, told

pytestmark = pytest.mark.slow

# What an answer means


@pytest.mark.parametrize("kind", HTTP)
def test_a_good_answer_is_accepted(kind: str, made: Any) -> None:
    with receiver(GOOD[kind]) as server:
        assert made(kind, f"{server.url}/x").send(notice()) == Accepted()
        assert server.requests[0].method == "POST"


CODES = [
    ("dingtalk", {"errcode": 310000, "errmsg": "sign not match"}, Refused),
    ("dingtalk", {"errcode": 130101, "errmsg": "send too fast"}, Retry),
    ("dingtalk", {"errcode": -1}, Retry),
    ("dingtalk", {"errcode": 12345}, Refused),
    ("wecom", {"errcode": 45009, "errmsg": "api freq out of limit"}, Retry),
    ("wecom", {"errcode": 93000, "errmsg": "invalid webhook url"}, Refused),
    ("feishu", {"code": 19021, "msg": "sign match fail"}, Refused),
    ("feishu", {"code": 19024, "msg": "Key Words Not Found"}, Refused),
    ("feishu", {"code": 11232, "msg": "frequency limited"}, Retry),
    ("lark", {"code": 9499, "msg": "Bad Request"}, Refused),
    ("dingtalk", {"errcode": False}, Refused),
    ("wecom", {"errcode": "0"}, Refused),
    ("feishu", {"StatusCode": 0}, Refused),
    ("feishu", [0], Refused),
]


@pytest.mark.parametrize(("kind", "answer", "result"), CODES)
def test_two_hundred_is_no_success_where_the_application_says_otherwise(
    kind: str, answer: Any, result: type[Result], made: Any
) -> None:
    with receiver(told(answer)) as server:
        assert isinstance(made(kind, server.url).send(notice()), result)


@pytest.mark.parametrize("kind", ["dingtalk", "wecom", "feishu", "lark", "slack"])
@pytest.mark.parametrize("body", [b"", b"<html>please log in</html>", b"\xff\xfe", b"[" * 9999])
def test_garbage_under_two_hundred_is_a_refusal(kind: str, body: bytes, made: Any) -> None:
    with receiver(Answer(body)) as server:
        assert isinstance(made(kind, server.url).send(notice()), Refused)


STATUSES = [
    (Answer(status=429), Retry("HTTP 429", unsent=True)),
    (Answer(status=429, headers={"retry-after": "7"}), Retry("HTTP 429", 7.0, unsent=True)),
    (Answer(status=503, headers={"retry-after": "soon"}), Retry("HTTP 503")),
    (Answer(status=500), Retry("HTTP 500")),
    (Answer(status=502), Retry("HTTP 502")),
    (Answer(status=400), Refused("HTTP 400")),
    (Answer(status=403), Refused("HTTP 403")),
    (Answer(status=410), Refused("HTTP 410: gone for good", permanent=True)),
]


@pytest.mark.parametrize("kind", HTTP)
@pytest.mark.parametrize(("answer", "result"), STATUSES, ids=lambda one: getattr(one, "reason", ""))
def test_a_status_means_the_same_everywhere(
    kind: str, answer: Answer, result: Result, made: Any
) -> None:
    with receiver(answer) as server:
        assert made(kind, server.url).send(notice()) == result


def test_a_wait_may_be_told_as_a_date(made: Any) -> None:
    at = datetime.now(UTC) + timedelta(hours=1)
    for written in (format_datetime(at, usegmt=True), f"{at:%a, %d %b %Y %H:%M:%S} -0000"):
        with receiver(Answer(status=429, headers={"retry-after": written})) as server:
            result = made("slack", server.url).send(notice())
        assert isinstance(result, Retry)
        assert result.after is not None
        assert 3000 < result.after <= 3600


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("kind", ["dingtalk", "webhook"])
@pytest.mark.parametrize("how", ["hang", "reset", "trickle", "continue"])
def test_a_channel_that_does_not_answer_is_tried_again(kind: str, how: str, made: Any) -> None:
    began = time.monotonic()
    with receiver(Answer(b"{", how=how)) as server:
        assert isinstance(made(kind, server.url).send(notice()), Retry)
    assert time.monotonic() - began < 5


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("how", ["drip", "cut"])
def test_half_an_answer_that_is_to_be_read_is_tried_again(how: str, made: Any) -> None:
    with receiver(Answer(b"{", how=how)) as server:
        assert isinstance(made("dingtalk", server.url).send(notice()), Retry)


@pytest.mark.parametrize("kind", ["webhook", "teams"])
@pytest.mark.parametrize(
    "answer",
    [
        Answer(b"<html>" + b" " * 200_000),
        Answer(b"x", headers={"content-encoding": "br"}),
        Answer(b"x", headers={"content-encoding": "gzip"}),
        Answer(b"{", how="cut"),
        Answer(b"{", how="drip"),
    ],
    ids=["long", "br", "no gzip", "cut", "drip"],
)
def test_where_the_status_is_the_answer_nothing_else_of_it_counts(
    kind: str, answer: Answer, made: Any
) -> None:
    """What had been accepted was sent again at every check, for ever."""
    with receiver(answer) as server:
        assert made(kind, server.url).send(notice()) == Accepted()


def test_a_channel_that_is_not_there_is_tried_again(made: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert made("slack", f"http://127.0.0.1:{port}").send(notice()) == Retry(
        "cannot be reached", unsent=True
    )


@pytest.mark.parametrize("kind", HTTP)
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_no_redirect_is_followed_with_what_is_secret(kind: str, status: int, made: Any) -> None:
    with receiver() as elsewhere:
        away = Answer(status=status, headers={"location": f"{elsewhere.url}/{TOKEN}"})
        with receiver(away) as server:
            assert isinstance(made(kind, server.url).send(notice()), Refused)
            assert len(server.requests) == 1
        assert elsewhere.requests == []


def test_an_endless_answer_is_not_read(made: Any) -> None:
    with receiver(Answer(b" " * 200_000)) as server:
        assert isinstance(made("dingtalk", server.url).send(notice()), Refused)


def test_a_certificate_is_always_verified(
    authority: trustme.CA, made: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with receiver(tls=secure(authority, "127.0.0.1")) as server:
        slack = made("slack", server.url)
        assert slack.send(notice()) == Refused("its certificate cannot be trusted")
        trusted = tmp_path / "ca.pem"
        authority.cert_pem.write_to_path(str(trusted))
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        assert slack.send(notice()) == Accepted()
    with receiver(tls=secure(authority, "elsewhere.example")) as server:
        result = made("slack", server.url).send(notice())
        assert result == Refused("its certificate cannot be trusted")


# Addresses and secrets


@pytest.mark.parametrize(
    "url",
    [
        "http://chat.example/hook",
        "http://127.0.0.1.example/",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "https:///x",
        "https://a b.example/",
        "https://a.example:99999/",
        "//127.0.0.1/",
        "https://[::1/",
        "x",
    ],
)
def test_only_https_or_this_machine_is_sent_to(url: str, made: Any) -> None:
    with pytest.raises(BadArgument) as caught:
        made("slack", f"{url}{TOKEN}").send(notice())
    assert TOKEN not in str(caught.value)
    assert "env:TEST_URL" in str(caught.value)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.9.1", "[::1]"])
def test_this_machine_may_be_sent_to_without_tls(host: str, monkeypatch: Any) -> None:
    monkeypatch.setenv("TEST_URL", f"http://{host}:8080/x")
    assert Secret("env:TEST_URL").address() == f"http://{host}:8080/x"


def test_a_secret_is_never_written_out_but_by_its_reference(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TEST_SECRET", f" {TOKEN}\n")
    file = tmp_path / "密钥.txt"
    file.write_text(f"\ufeff{TOKEN}\n", encoding="utf-8")
    for secret in (Secret("env:TEST_SECRET"), Secret(f"file:{file}")):
        assert secret.reveal() == TOKEN
        assert TOKEN not in f"{secret} {secret!r} {[secret]}"


@pytest.mark.parametrize(
    "written",
    [
        *(TOKEN, f"https://x.example/{TOKEN}", "env:", "ENV:X", 7, None, "file: "),
        *(
            f"env:https://x.example/{TOKEN}",
            f"file:https://x.example/{TOKEN}",
            f"env:whsec_{TOKEN}=",
        ),
    ],
)
def test_a_literal_secret_is_an_error_that_does_not_repeat_it(written: Any) -> None:
    with pytest.raises(BadArgument, match="env:NAME or file:PATH") as caught:
        Secret(written)
    assert TOKEN not in str(caught.value)


def test_a_secret_that_is_not_there_is_named_by_its_reference(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("TEST_NONE", raising=False)
    (tmp_path / "empty").write_bytes(b"\n")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    for reference in (
        "env:TEST_NONE",
        *(f"file:{tmp_path / n}" for n in ("no", "empty", "binary")),
    ):
        with pytest.raises(BadArgument) as caught:
            Secret(reference).reveal()
        assert str(caught.value).startswith(f"{reference}: ")


FAULTS = [
    Answer(how="reset"),
    Answer(status=500),
    Answer(status=307, headers={"location": f"https://x.example/{TOKEN}"}),
    Answer(status=400, body=f"no such token: {TOKEN}".encode()),
    told({"errcode": 300001, "code": 19001, "errmsg": f"{TOKEN} {SECRET} is unknown"}),
    Answer(b"\x1f\x8b not gzip", headers={"content-encoding": "gzip"}),
]


@pytest.mark.parametrize("kind", HTTP)
@pytest.mark.parametrize("fault", FAULTS, ids=range(len(FAULTS)))
def test_no_secret_gets_into_a_result_or_a_log(
    kind: str, fault: Answer, made: Any, caplog: pytest.LogCaptureFixture, capfd: Any
) -> None:
    """What httpx raises and logs holds the address, and a server may say it back."""
    caplog.set_level(logging.DEBUG)
    with receiver(fault) as server:
        channel = made(kind, f"{server.url}/{TOKEN}?key={TOKEN}", (kind in SIGNED and SECRET) or "")
        result = channel.send(notice())
    shown = f"{result!r} {channel!r} {caplog.text} {capfd.readouterr()}"
    assert server.requests
    assert TOKEN not in shown
    assert SECRET not in shown


ERRORS = [
    error
    for name in httpx.__all__
    if isinstance(error := getattr(httpx, name), type)
    and issubclass(error, httpx.HTTPError | httpx.InvalidURL)
    and error is not httpx.HTTPStatusError
]


@pytest.mark.parametrize("error", ERRORS)
def test_no_error_of_httpx_crosses_our_border(
    error: type[Exception], monkeypatch: pytest.MonkeyPatch, made: Any
) -> None:
    """Nor does what it holds: its request, with the address."""

    def fail(*_: Any, **__: Any) -> Any:
        try:
            raise OSError(f"https://x.example/{TOKEN}")
        except OSError as cause:
            raise error(f"https://x.example/{TOKEN}") from cause

    monkeypatch.setattr(httpx.Client, "send", fail)
    try:
        result = made("slack", f"https://x.example/{TOKEN}").send(notice())
    except Exception:
        pytest.fail(traceback.format_exc())
    assert TOKEN not in repr(result)


def test_a_missing_secret_is_told_without_a_chain_that_holds_one(made: Any) -> None:
    channel = made("webhook", "https://x.example/", f"whsec_{TOKEN}!")
    with pytest.raises(BadArgument) as caught:
        channel.send(notice())
    assert TOKEN not in "".join(traceback.format_exception(caught.value))


def test_what_is_not_encrypted_goes_by_no_proxy(made: Any, monkeypatch: Any) -> None:
    with receiver() as proxy, receiver() as server:
        for name in ("http_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        assert made("slack", server.url).send(notice()) == Accepted()
        assert proxy.requests == []


def test_half_a_character_can_be_sent(made: Any) -> None:
    """As a file name that is not UTF-8 has them."""
    document = {"new": [{"id": "0123456789ab", "message": "a\udc80b"}]}
    with receiver(GOOD["webhook"]) as server:
        assert made("webhook", server.url).send(notice(document=document)) == Accepted()
        assert server.requests[0].json["data"]["new"][0]["message"] == "a\udc80b"


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        ("dingtalk", {"errcode": 310000, "errmsg": "keywords not in\ncontent \u202e"}),
        ("wecom", {"errcode": 40008, "errmsg": "keywords not in\ncontent \u202e"}),
        ("feishu", {"code": 19024, "msg": "keywords not in\ncontent \u202e"}),
    ],
)
def test_what_a_robot_says_to_a_refusal_stands_in_the_reason(
    kind: str, answer: Any, made: Any
) -> None:
    with receiver(told(answer)) as server:
        result = made(kind, server.url).send(notice())
    assert isinstance(result, Refused)
    assert result.reason.endswith("it says: keywords not in content")


# Limits


PACKED: dict[str, Callable[[bytes], bytes]] = {
    "gzip, gzip": lambda data: gzip.compress(gzip.compress(data)),
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "deflate, gzip": lambda data: gzip.compress(zlib.compress(data)),
}


@pytest.mark.parametrize("way", PACKED)
def test_an_answer_unpacks_to_no_more_than_an_answer_can_be(way: str, made: Any) -> None:
    """A kilobyte unpacked to gigabytes before anybody looked at its size."""
    bomb = PACKED[way](b" " * 50_000_000)
    with receiver(Answer(bomb, headers={"content-encoding": way})) as server:
        made("slack", server.url).send(notice())  # loads what it needs
        tracemalloc.start()
        result = made("slack", server.url).send(notice())
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert isinstance(result, Refused)
    assert peak < 5_000_000


@pytest.mark.parametrize("way", PACKED)
def test_an_answer_that_is_packed_is_read(way: str, made: Any) -> None:
    answer = Answer(PACKED[way](b'{"errcode":0}'), headers={"content-encoding": way})
    with receiver(answer) as server:
        assert made("dingtalk", server.url).send(notice()) == Accepted()


def test_an_answer_that_is_packed_in_a_way_nobody_asked_for_is_refused(made: Any) -> None:
    with receiver(Answer(b"x", headers={"content-encoding": "br"})) as server:
        assert isinstance(made("slack", server.url).send(notice()), Refused)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    ("answer", "unsent"),
    [
        (Answer(status=429), True),
        (Answer(status=500), False),
        (Answer(status=503), False),
        (Answer(b"{", how="hang"), False),
        (Answer(b"{", how="reset"), False),
        (Answer(b"{", how="drip"), False),
        (Answer(b"{", how="cut"), False),
    ],
    ids=lambda one: getattr(one, "how", "") or str(getattr(one, "status", one)),
)
def test_only_what_has_surely_not_arrived_counts_as_unsent(
    made: Any, answer: Answer, unsent: bool
) -> None:
    with receiver(answer) as server:
        result = made("dingtalk", server.url).send(notice())
    assert isinstance(result, Retry)
    assert result.unsent is unsent
