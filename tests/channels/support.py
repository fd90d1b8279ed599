"""Messages, good answers and certificates for tests of channels."""

from __future__ import annotations

import base64
import ssl
from datetime import datetime
from typing import Any

import trustme

from clearance.channels import Line, Notification
from clearance.customs.cn_single_window import ZONE
from clearance.model import Severity
from tests.receivers import Answer, told

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
"""By kind, the answer that says that a message was accepted."""
HTTP = tuple(GOOD)
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


def secure(authority: trustme.CA, *names: str) -> ssl.SSLContext:
    """What a server with a certificate for some names needs."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(*names).configure_cert(context)
    return context


HOSTILE = '@all <!channel> <at user_id="all">x</at> [go](https://x.example) ![i](http://x) `a` *b*'
