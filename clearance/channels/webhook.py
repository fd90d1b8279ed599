"""Any program that accepts a CloudEvents 1.0 body with a Standard Webhooks signature.

Sources: github.com/cloudevents/spec, "CloudEvents 1.0" and its JSON format;
github.com/standard-webhooks/standard-webhooks. Any 2xx is success. The ``webhook-id`` is the
event's id and stays the same however often it is sent, so that a receiver can skip what it has.
"""

from __future__ import annotations

import base64
import binascii
import time
from bisect import bisect_left
from typing import Any

from clearance.channels import Accepted, Notification, Result, Settings, _http
from clearance.errors import BadArgument
from clearance.secret import Secret

_MAX_BYTES = 20_000
"""Bytes of a body at most; every receiver accepts more."""
_LISTS = ("new", "repeated", "resolved")


class Channel(Settings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A receiver; ``secret`` may hold several secrets with spaces between, and each signs."""

    url: Secret
    secret: Secret | None = None

    def send(self, notification: Notification) -> Result:
        """Sends a notification once."""
        url = self.url.address()
        body = _http.packed(event(notification))
        headers = signed(self.secret, notification.id, int(time.time()), body)
        headers["content-type"] = "application/cloudevents+json; charset=utf-8"
        answer = _http.post(url, body, headers)
        return Accepted() if isinstance(answer, bytes) else answer


def signed(secrets: Secret | None, id: str, seconds: int, body: bytes) -> dict[str, str]:
    """The headers of a message; there are several secrets while one is being replaced."""
    headers = {"webhook-id": id, "webhook-timestamp": str(seconds)}
    if secrets:
        text = f"{id}.{seconds}.".encode() + body
        signatures = (f"v1,{_http.signature(key, text)}" for key in _keys(secrets))
        headers["webhook-signature"] = " ".join(signatures)
    return headers


def _keys(secrets: Secret) -> list[bytes]:
    try:
        return [
            base64.b64decode(secret.removeprefix("whsec_"), validate=True)
            for secret in secrets.reveal().split()
        ]
    except (binascii.Error, ValueError):
        raise BadArgument(
            "{secrets}: not a secret such as whsec_ and base64", secrets=secrets
        ) from None


def event(notification: Notification) -> dict[str, Any]:
    """The event that is posted: as many alerts as fit, and in ``more`` how many do not."""
    alerts = [(name, alert) for name in _LISTS for alert in notification.document.get(name, ())]

    def make(count: int) -> dict[str, Any]:
        lists = {name: [a for kind, a in alerts[:count] if kind == name] for name in _LISTS}
        return {
            "specversion": "1.0",
            "id": notification.id,
            "source": "urn:clearance:check",
            "type": "clearance.alerts",
            "subject": notification.severity,
            "time": notification.at.isoformat(),
            "datacontenttype": "application/json",
            "data": {
                "schema": 1,
                "severity": notification.severity,
                **lists,
                "more": len(alerts) - count,
            },
        }

    counts = range(1, len(alerts) + 1)
    return make(bisect_left(counts, _MAX_BYTES, key=lambda count: len(_http.packed(make(count)))))
