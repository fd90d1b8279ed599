"""Any address that takes a CloudEvents 1.0 body with a Standard Webhooks signature.

Sources: github.com/cloudevents/spec, "CloudEvents 1.0" and its JSON format;
github.com/standard-webhooks/standard-webhooks. Taken is any 2xx. The ``webhook-id`` is the event's
id and stays the same however often it is sent, so that a receiver can pass over what it has.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import time
from bisect import bisect_left
from typing import Any

from clearance.channels import Accepted, Notification, Result, Settings, _http
from clearance.errors import BadArgument
from clearance.secret import Secret

LIMIT = 20_000
"""Bytes of a body, less than what every receiver takes."""
LISTS = ("new", "repeated", "resolved")


class Channel(Settings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A receiver. ``secret`` may hold several, with spaces between: it is signed with each."""

    url: Secret
    secret: Secret | None = None

    def send(self, notice: Notification) -> Result:
        """Sends a message once, and tells what came of it."""
        url = self.url.address()
        body = _http.packed(event(notice))
        headers = signed(self.secret, notice.id, int(time.time()), body)
        headers["content-type"] = "application/cloudevents+json; charset=utf-8"
        answer = _http.post(url, body, headers)
        return Accepted() if isinstance(answer, bytes) else answer


def signed(secrets: Secret | None, id: str, seconds: int, body: bytes) -> dict[str, str]:
    """The headers of a message: one signature for each secret, as while one is replaced."""
    headers = {"webhook-id": id, "webhook-timestamp": str(seconds)}
    if secrets:
        text = f"{id}.{seconds}.".encode() + body
        signs = (hmac.new(key, text, hashlib.sha256).digest() for key in _keys(secrets))
        written = (f"v1,{base64.b64encode(sign).decode()}" for sign in signs)
        headers["webhook-signature"] = " ".join(written)
    return headers


def _keys(secrets: Secret) -> list[bytes]:
    try:
        return [
            base64.b64decode(one.removeprefix("whsec_"), validate=True)
            for one in secrets.reveal().split()
        ]
    except (binascii.Error, ValueError):
        raise BadArgument(f"{secrets}: not a secret such as whsec_ and base64") from None


def event(notice: Notification) -> dict[str, Any]:
    """The event: as many alerts as fit, and in ``more`` how many do not."""
    alerts = [(name, alert) for name in LISTS for alert in notice.document.get(name, ())]

    def make(count: int) -> dict[str, Any]:
        told = {name: [a for kind, a in alerts[:count] if kind == name] for name in LISTS}
        return {
            "specversion": "1.0",
            "id": notice.id,
            "source": "urn:clearance:check",
            "type": "clearance.alerts",
            "subject": notice.severity,
            "time": notice.at.isoformat(),
            "datacontenttype": "application/json",
            "data": {
                "schema": 1,
                "severity": notice.severity,
                **told,
                "more": len(alerts) - count,
            },
        }

    counts = range(1, len(alerts) + 1)
    return make(bisect_left(counts, LIMIT, key=lambda count: len(_http.packed(make(count)))))
