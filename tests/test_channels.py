"""Each kind of channel against real sockets: what it sends, and what it makes of the answer."""

from __future__ import annotations

import base64
import hashlib
import hmac
import html
import json
import logging
import socket
import ssl
import traceback
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import standardwebhooks
import trustme
from cloudevents.core.bindings.http import HTTPMessage, from_structured_event
from cloudevents.core.formats.json import JSONFormat
from hypothesis import given
from hypothesis import strategies as st
from receivers import Answer, mail_server, receiver, told

from clearance import channels
from clearance.channels import (
    Accepted,
    Line,
    Notification,
    Refused,
    Result,
    Retry,
    _http,
    _text,
    dingtalk,
    email,
    feishu,
    slack,
    teams,
    webhook,
    wecom,
)
from clearance.customs.cn_single_window import ZONE
from clearance.errors import BadArgument
from clearance.model import Severity
from clearance.secret import Secret

HTTP = ("dingtalk", "wecom", "feishu", "lark", "slack", "teams", "webhook")
SIGNED = ("dingtalk", "feishu", "lark", "webhook")
GOOD = {
    "dingtalk": told({"errcode": 0, "errmsg": "ok"}),
    "wecom": told({"errcode": 0, "errmsg": "ok"}),
    "feishu": told({"StatusCode": 0, "StatusMessage": "success", "code": 0, "msg": "success"}),
    "lark": told({"code": 0, "data": {}, "msg": "success"}),
    "slack": Answer(b"ok"),
    "teams": Answer(b"", 202),
    "webhook": Answer(b"", 204),
}
TOKEN = "TOKEN0123456789"
SECRET = "whsec_" + base64.b64encode(b"a secret of 24 bytes ...").decode()


def alert(number: int, note: str = "退单;商品归类与申报要素不符", details: int = 3) -> list[Line]:
    """The lines of an alert."""
    lines = [f"22482026100000{number:04}: returned (E): {note}"]
    lines += [f"detail {count} of {number}" for count in range(details)]
    return [Line("alert" if not at else "detail", text) for at, text in enumerate(lines)]


def notice(*lines: Line, lang: str = "en", document: dict[str, Any] | None = None) -> Notification:
    """A message."""
    return Notification(
        id="msg_0123456789abcdef01234567",
        at=datetime(2026, 3, 6, 9, tzinfo=ZONE),
        severity=Severity.CRITICAL,
        lang=lang,
        title="critical · clearance: 1 new",
        lines=lines or (Line("section", "new"), *alert(1)),
        document=document or {"new": [{"id": "0123456789ab"}], "repeated": [], "resolved": []},
        threads=("0123456789ab",),
    )


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits fifteen seconds in a test."""
    monkeypatch.setattr(_http, "TIMEOUT", 0.4)
    monkeypatch.setattr(email, "TIMEOUT", 0.4)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """A channel of a kind with an address, whose secrets stand in variables."""

    def make(kind: str, url: str, secret: str = "", **settings: Any) -> Any:
        monkeypatch.setenv("TEST_URL", url)
        monkeypatch.setenv("TEST_SECRET", secret)
        if secret:
            settings["secret"] = "env:TEST_SECRET"
        return channels.channel({"kind": kind, "url": "env:TEST_URL", **settings})

    return make


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
    (Answer(status=429), Retry("HTTP 429")),
    (Answer(status=429, headers={"retry-after": "7"}), Retry("HTTP 429", 7.0)),
    (Answer(status=503, headers={"retry-after": "soon"}), Retry("HTTP 503")),
    (Answer(status=500), Retry("HTTP 500")),
    (Answer(status=502), Retry("HTTP 502")),
    (Answer(status=400), Refused("HTTP 400")),
    (Answer(status=403), Refused("HTTP 403")),
    (Answer(status=410), Refused("HTTP 410: gone for good", ends=True)),
]


@pytest.mark.parametrize("kind", HTTP)
@pytest.mark.parametrize(("answer", "result"), STATUSES, ids=lambda one: getattr(one, "reason", ""))
def test_a_status_means_the_same_everywhere(
    kind: str, answer: Answer, result: Result, made: Any
) -> None:
    with receiver(answer) as server:
        assert made(kind, server.url).send(notice()) == result


def test_a_wait_may_be_told_as_a_date(made: Any) -> None:
    at = datetime.now(UTC) + timedelta(seconds=90)
    for written in (format_datetime(at, usegmt=True), f"{at:%a, %d %b %Y %H:%M:%S} -0000"):
        with receiver(Answer(status=429, headers={"retry-after": written})) as server:
            result = made("slack", server.url).send(notice())
        assert isinstance(result, Retry)
        assert result.after is not None
        assert 80 < result.after <= 90


@pytest.mark.parametrize("kind", ["dingtalk", "webhook"])
@pytest.mark.parametrize("how", ["hang", "reset", "drip"])
def test_a_channel_that_does_not_answer_is_tried_again(kind: str, how: str, made: Any) -> None:
    with receiver(Answer(b"{", how=how)) as server:
        assert isinstance(made(kind, server.url).send(notice()), Retry)


def test_a_channel_that_is_not_there_is_tried_again(made: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert made("slack", f"http://127.0.0.1:{port}").send(notice()) == Retry("cannot be reached")


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


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def secure(authority: trustme.CA, *names: str) -> ssl.SSLContext:
    """What a server with a certificate for some names needs."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(*names).configure_cert(context)
    return context


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


@pytest.mark.parametrize("written", [TOKEN, f"https://x.example/{TOKEN}", "env:", "ENV:X", 7, None])
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


# Signatures


def test_dingtalk_signs_as_its_documentation_computes_it() -> None:
    """The known answer was computed with ``openssl dgst -sha256 -hmac`` and ``base64``."""
    url = "https://oapi.dingtalk.com/robot/send?access_token=T"
    signed = dingtalk.signed(url, "SEC0123456789abcdef", 1700000000123)
    assert signed == f"{url}&timestamp=1700000000123&sign={DING_SIGN}"
    assert "%25" not in signed


DING_SIGN = "V9VP5gL2WDsEZvZQHnbd9k4n%2Bp56ibcLMh%2BWKMZRQas%3D"
FEISHU_SIGN = "UK5eSsaT2YEZBeGZs+MkB68zi9SSH91TQzUizvcea0A="


def test_feishu_signs_as_its_documentation_computes_it() -> None:
    """The text is the key and the message empty; computed with ``openssl dgst`` too."""
    assert feishu.signature("0123456789abcdef", 1700000000) == {
        "timestamp": "1700000000",
        "sign": FEISHU_SIGN,
    }


def test_dingtalk_keeps_its_token_and_escapes_its_signature_once(made: Any) -> None:
    with receiver(GOOD["dingtalk"]) as server:
        channel = made("dingtalk", f"{server.url}/send?access_token={TOKEN}", "SECabc+/=")
        for _ in range(20):
            channel.send(notice())
    for request in server.requests:
        query = parse_qs(urlsplit(request.path).query, strict_parsing=True)
        (stamp,) = query["timestamp"]
        expected = hmac.new(b"SECabc+/=", f"{stamp}\nSECabc+/=".encode(), hashlib.sha256).digest()
        assert query["access_token"] == [TOKEN]
        assert base64.b64decode(query["sign"][0], validate=True) == expected
        assert abs(int(stamp) / 1000 - datetime.now(UTC).timestamp()) < 60


@pytest.mark.parametrize("kind", ["feishu", "lark"])
def test_feishu_sends_its_signature_with_the_message(kind: str, made: Any) -> None:
    with receiver(GOOD[kind]) as server:
        made(kind, server.url, "abc").send(notice())
    sent = server.requests[0].json
    key = f"{sent['timestamp']}\nabc".encode()
    assert base64.b64decode(sent["sign"]) == hmac.new(key, b"", hashlib.sha256).digest()
    assert sent["msg_type"] == "text"


def test_the_reference_verifies_our_webhooks_while_a_secret_is_being_replaced(made: Any) -> None:
    old, new = (f"whsec_{base64.b64encode(name * 8).decode()}" for name in (b"old", b"new"))
    with receiver(GOOD["webhook"]) as server:
        assert made("webhook", server.url, f"{new} {old}").send(notice()) == Accepted()
    (request,) = server.requests
    for secret in (old, new):
        webhook = standardwebhooks.Webhook(secret)
        assert webhook.verify(request.body, dict(request.headers)) == request.json
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        standardwebhooks.Webhook("whsec_" + base64.b64encode(b"other").decode()).verify(
            request.body, dict(request.headers)
        )


def test_the_reference_reads_our_events(made: Any) -> None:
    with receiver(GOOD["webhook"]) as server:
        made("webhook", server.url).send(notice())
    (request,) = server.requests
    event = from_structured_event(HTTPMessage(dict(request.headers), request.body), JSONFormat())
    assert event.get_id() == request.headers["webhook-id"] == notice().id
    assert event.get_type() == "clearance.alerts"
    assert event.get_specversion() == "1.0"
    assert event.get_time() == notice().at
    data: Any = event.get_data()
    assert data["new"] == [{"id": "0123456789ab"}]
    assert request.headers["content-type"].startswith("application/cloudevents+json")
    assert "webhook-signature" not in request.headers


# Text


def texts(body: Any) -> str:
    """Everything that a body says to people."""
    if isinstance(body, dict):
        keep = {"$schema", "contentType"}
        return "\n".join(texts(value) for key, value in body.items() if key not in keep)
    if isinstance(body, list):
        return "\n".join(map(texts, body))
    return str(body)


def packed(body: Any) -> int:
    return len(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode())


BODIES: dict[str, tuple[Callable[[Notification], Any], Callable[[Any], int], int]] = {
    "dingtalk": (dingtalk.body, packed, 20_000),
    "wecom": (wecom.body, lambda made: len(made["markdown"]["content"].encode()), 4096),
    "feishu": (feishu.body, packed, 20_000),
    "slack": (slack.body, lambda made: len(made["blocks"][0]["text"]["text"]), 3000),
    "teams": (teams.body, packed, 28 * 1024),
    "webhook": (webhook.event, packed, 20_000),
}

ANY = st.text(
    st.one_of(st.sampled_from('[]()<>*_~`#@|\\&"{}!海关退单'), st.characters(codec="utf-8")),
    max_size=700,
)


@st.composite
def notices(draw: st.DrawFn) -> Notification:
    """Messages of any length with any text in them."""
    found = [
        alert(number, draw(ANY), draw(st.integers(0, 4)))
        for number in range(draw(st.integers(1, 60)))
    ]
    flat = [line for lines in found for line in lines]
    document = {
        "new": [{"id": f"{n:012}", "message": some[0].text} for n, some in enumerate(found)]
    }
    section = Line("section", "new")
    return notice(section, *flat, lang=draw(st.sampled_from(["en", "zh"])), document=document)


@pytest.mark.parametrize("kind", BODIES)
@given(one=notices())
def test_a_message_never_exceeds_what_its_channel_takes(kind: str, one: Notification) -> None:
    """And where it was cut, it says how many are left, and no line of it was cut in two."""
    body, size, limit = BODIES[kind]
    made = body(one)
    assert size(made) <= limit
    count = sum(line.kind == "alert" for line in one.lines)
    if kind == "webhook":
        shown, left = len(made["data"]["new"]), made["data"]["more"]
    else:
        text = texts(made)
        marks = [_text.MORE[one.lang].format(n) for n in range(count, 0, -1)]
        left = next((count - at for at, mark in enumerate(marks) if mark in text), 0)
        shown = sum(f"22482026100000{number:04}: " in text for number in range(count))
    assert shown + left in ((count,) if left != 1 or kind == "webhook" else (count, count + 1))


def test_a_long_message_is_cut_between_alerts_and_says_how_many_are_left() -> None:
    lines = [line for number in range(100) for line in alert(number)]
    made = wecom.body(notice(Line("section", "new"), *lines))["markdown"]["content"]
    assert 3500 < len(made.encode()) <= 4096
    *_, last, more = made.splitlines()
    assert last.startswith("> detail 2 of ")
    shown = made.count("returned")
    assert more == f"+{100 - shown} more, run clearance alerts list"


def test_chinese_is_counted_in_bytes() -> None:
    lines = alert(1, "退" * 450) + alert(2, "单" * 450) + alert(3, "海" * 450)
    for body, size, limit in BODIES.values():
        assert size(body(notice(*lines))) <= limit
    made = wecom.body(notice(*lines))["markdown"]["content"]
    assert "单" * 450 in made
    assert "海" not in made


HOSTILE = '@all <!channel> <at user_id="all">x</at> [go](https://x.example) ![i](http://x) `a` *b*'


@pytest.mark.parametrize("kind", ["dingtalk", "wecom", "feishu", "slack"])
def test_customs_text_is_not_read_as_markup(kind: str) -> None:
    made = texts(BODIES[kind][0](notice(*alert(1, HOSTILE))))
    line = next(line for line in made.splitlines() if "returned" in line)
    said = line[line.index("returned") :].removesuffix("**").removesuffix("*")
    assert not set(said) & set("@<>[]`*")
    assert "＠all" in said


def test_slack_makes_no_link_or_mention_of_what_looks_like_one() -> None:
    made = slack.body(notice(*alert(1, HOSTILE + " R&D &lt;!here&gt;")))
    assert made["blocks"][0]["text"]["verbatim"] is True
    assert "R&amp;D &amp;lt;!here&amp;gt;" in made["blocks"][0]["text"]["text"]


def test_teams_shows_text_in_runs_which_read_no_markdown() -> None:
    made = teams.body(notice(*alert(1, HOSTILE + "{{DATE(2026-01-01)}}")))
    blocks = made["attachments"][0]["content"]["body"]
    assert {block["type"] for block in blocks} == {"RichTextBlock"}
    assert {run["type"] for block in blocks for run in block["inlines"]} == {"TextRun"}
    assert "{{" not in texts(made)


def test_dingtalk_calls_nobody() -> None:
    assert dingtalk.body(notice())["at"] == {"atMobiles": [], "isAtAll": False}


# E-mail


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


def test_a_mail_nobody_takes_is_refused(mailed: Any) -> None:
    with mail_server() as (box, port):
        box.refuses["a@example.com"] = "550 no such user"
        assert mailed(port).send(notice()) == Refused("1 of 1 addressees refused: 550")


@pytest.fixture
def far(monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine is taken for another."""
    monkeypatch.setattr(email, "loopback", lambda host: False)


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
        monkeypatch.setattr(email, "IMPLICIT", port)
        assert mailed(port).send(notice()) == Refused("its certificate cannot be trusted")
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        assert mailed(port).send(notice()) == Accepted()
        assert len(box.mails) == 1


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


def test_a_mail_server_that_does_not_answer_is_tried_again(mailed: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert isinstance(mailed(silent.getsockname()[1]).send(notice()), Retry)
        port = silent.getsockname()[1]
    assert mailed(port).send(notice()) == Retry("cannot be reached")


def test_the_console_gets_it_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert channels.channel({"kind": "console"}).send(notice()) == Accepted()
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("critical · clearance: 1 new\nnew\n  2248")


# Kinds


def test_every_module_is_a_kind_and_nothing_lists_them_twice() -> None:
    assert set(channels.kinds()) == {*HTTP, "email", "console"}


@pytest.mark.parametrize("kind", ["no_such", "_http", None, 7])
def test_a_kind_that_does_not_exist_is_answered_with_those_that_do(kind: Any) -> None:
    with pytest.raises(BadArgument, match="choose one of console, dingtalk, email"):
        channels.channel({"kind": kind})
