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
from collections.abc import Iterator, Mapping
from typing import Any

from clearance.channels import Accepted, Notification, Result, Settings, _http
from clearance.errors import BadArgument
from clearance.secret import Secret

_MAX_BYTES = 20_000
"""Bytes of a body at most, unless one alert has more; every receiver accepts that."""
_LISTS = ("new", "repeated", "resolved")


class Channel(Settings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A receiver; ``secret`` may hold several secrets with spaces between, and each signs."""

    url: Secret
    secret: Secret | None = None

    def send(self, notification: Notification) -> Result:
        """Sends a notification once, in as many events as its alerts need.

        An event that is not accepted ends it: the next try begins with the first, and a receiver
        skips by their ids those that it has.
        """
        for made in events(notification):
            answer = self._post(made)
            if not isinstance(answer, bytes):
                return answer
        return Accepted()

    def _post(self, made: Mapping[str, Any]) -> Result | bytes:
        """Posts an event; returns the body of the answer, or the result if it was not accepted."""
        url = self.url.address()
        body = _http.packed(made)
        headers = signed(self.secret, made["id"], int(time.time()), body)
        headers["content-type"] = "application/cloudevents+json; charset=utf-8"
        return _http.post(url, body, headers)


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


def events(notification: Notification) -> Iterator[dict[str, Any]]:
    """The events that are posted: every alert stands in one of them."""
    alerts = [(name, alert) for name in _LISTS for alert in notification.document.get(name, ())]
    made = event(notification)
    yield made
    number = 1
    while left := made["data"]["more"]:
        number += 1
        made = event(notification, len(alerts) - left, number)
        yield made


def event(notification: Notification, start: int = 0, number: int = 1) -> dict[str, Any]:
    """An event with as many alerts from ``start`` on as fit; ``more`` follow in the next one.

    The first has the id of the notification, the others have their number behind it.
    """
    every = [(name, alert) for name in _LISTS for alert in notification.document.get(name, ())]
    alerts = every[start:]

    def make(count: int) -> dict[str, Any]:
        lists = {name: [a for kind, a in alerts[:count] if kind == name] for name in _LISTS}
        return {
            "specversion": "1.0",
            "id": notification.id if number == 1 else f"{notification.id}-{number}",
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
    fit = bisect_left(counts, _MAX_BYTES, key=lambda count: len(_http.packed(make(count))))
    return make(max(fit, 1))
