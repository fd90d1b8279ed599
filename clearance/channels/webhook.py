"""Any program that accepts a CloudEvents 1.0 body with a Standard Webhooks signature.

Sources: github.com/cloudevents/spec, "CloudEvents 1.0" and its JSON format;
github.com/standard-webhooks/standard-webhooks. Any 2xx is success. The ``webhook-id`` is the
event's id and stays the same however often it is sent, so that a receiver can skip what it has; no
two lists of alerts have one id.
Many alerts are several events; a notification counts as made when all of them were accepted.
"""

from __future__ import annotations

import base64
import binascii
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from clearance.channels import Accepted, Notification, Result, Settings, _http
from clearance.errors import BadArgument
from clearance.hashing import sha256
from clearance.secret import Secret

_MAX_BYTES = 20_000
"""Bytes of a body at most, unless one alert alone has more; every receiver accepts more."""
_LISTS = {
    "clearance.alerts": ("new", "repeated", "resolved"),
    "clearance.notices": ("notices",),
}
"""The lists that an event of each type has."""
_Listed = tuple[str, Mapping[str, Any]]
"""An alert, and the list it stands in."""


class Channel(Settings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A receiver; ``secret`` may hold several secrets with spaces between, and each signs."""

    url: Secret
    secret: Secret | None = None

    def check(self) -> None:
        """Raises BadArgument where the address or a secret is missing or cannot be used."""
        _ = self.url.address(), self.secret and _keys(self.secret)

    def send(self, notification: Notification) -> Result:
        """Sends a notification once."""
        url = self.url.address()
        for event in events(notification):
            body = _http.packed(event)
            headers = signed(self.secret, event["id"], int(time.time()), body)
            headers["content-type"] = "application/cloudevents+json; charset=utf-8"
            result = _http.post_for_status(url, body, headers)
            if not isinstance(result, Accepted):
                return result
        return Accepted()


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


def events(notification: Notification) -> list[dict[str, Any]]:
    """The events that are posted: each with as many alerts as fit, and in ``more`` how many follow.

    A program gets every alert: one that is larger than an event has an event of its own.
    """
    names = _LISTS[_type(notification)]
    alerts = [(name, alert) for name in names for alert in notification.document.get(name, ())]
    empty = _event(notification, _part_id(notification, ()), [], len(alerts))
    batches = list(_batches(alerts, _MAX_BYTES - len(_http.packed(empty))))
    made, left = list[dict[str, Any]](), len(alerts)
    for some in batches:
        left -= len(some)
        id = notification.id if len(batches) == 1 else _part_id(notification, some)
        made.append(_event(notification, id, some, left))
    return made


def _part_id(notification: Notification, alerts: Iterable[_Listed]) -> str:
    """The id of one of several events: by what is in it, since by the next try there may be less.

    Else a receiver would skip, by an id that it knows, alerts that it has not been told of.
    """
    written = "\n".join(f"{name} {alert['id']}" for name, alert in alerts)
    return f"{notification.id}_{sha256(written.encode()).hexdigest()[:12]}"


def _batches(alerts: Iterable[_Listed], room: int) -> Iterator[list[_Listed]]:
    """Alerts, as many at a time as have room in bytes; one batch if there are none."""
    batch, size = list[_Listed](), 0
    for listed in alerts:
        more = len(_http.packed(listed[1])) + 1
        if batch and size + more > room:
            yield batch
            batch, size = [], 0
        batch.append(listed)
        size += more
    yield batch


def _event(
    notification: Notification, id: str, alerts: Sequence[_Listed], more: int
) -> dict[str, Any]:
    """One event of a notification."""
    type = _type(notification)
    lists = {name: [alert for kind, alert in alerts if kind == name] for name in _LISTS[type]}
    return {
        "specversion": "1.0",
        "id": id,
        "source": "urn:clearance:check",
        "type": type,
        "subject": notification.severity,
        "time": notification.at.isoformat(),
        "datacontenttype": "application/json",
        "data": {"schema": 1, "severity": notification.severity, **lists, "more": more},
    }


def _type(notification: Notification) -> str:
    """The type of an event: what a customer is told is no alert."""
    return "clearance.notices" if "notices" in notification.document else "clearance.alerts"
