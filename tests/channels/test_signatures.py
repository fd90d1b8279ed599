"""How messages are signed, against documentation and reference implementations."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import standardwebhooks
from cloudevents.core.bindings.http import HTTPMessage, from_structured_event
from cloudevents.core.formats.json import JSONFormat

from clearance.channels import Accepted, dingtalk, feishu
from tests.channels.support import GOOD, TOKEN, notice
from tests.receivers import receiver


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
    assert sent["msg_type"] == "interactive"


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
