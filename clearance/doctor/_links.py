"""What leads out of the program: secrets, sources, channels."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import fields, is_dataclass
from functools import partial
from typing import Any

import msgspec

from clearance.alerting import routing
from clearance.channels import Accepted, Channel
from clearance.doctor import Looks, Result, Setup, Verdict, failed, ok, untold, warning
from clearance.doctor._places import may
from clearance.errors import BadArgument, Phrase
from clearance.files import from_home
from clearance.secret import Secret
from clearance.sources import Source

_STORE_SECRET = "CLEARANCE_STORE_PASSWORD"  # noqa: S105 - the name of a variable


def secrets(setup: Setup) -> Looks:
    """Whether each secret that the settings refer to is where they say."""
    for key, secret in _secrets(setup):
        yield f"secret {key}", partial(_secret, secret, address=key.endswith(".url"))
    if reference := os.environ.get(_STORE_SECRET):
        yield f"secret {_STORE_SECRET}", lambda: _secret(Secret(reference))


def _secrets(setup: Setup) -> Iterator[tuple[str, Secret]]:
    """Every secret of the settings, by its full key."""
    config = setup.config
    for section, parts in (("channels", config.channels), ("sources", config.sources)):
        for name, part in parts.items():
            yield from _within(f"{section}.{name}", part)
    yield from _within("heartbeat", config.heartbeat)
    yield from _within("evidence", config.evidence)


def _within(key: str, value: Any) -> Iterator[tuple[str, Secret]]:
    """The secrets in a value: in its settings, or in a table; also one that is held as text."""
    if isinstance(value, Secret):
        yield key, value
    elif isinstance(value, str) and value.startswith(("env:", "file:")):
        with suppress(BadArgument):
            yield key, Secret(value)
    for name, inner in _parts(value):
        yield from _within(f"{key}.{name}", inner)


def _parts(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, msgspec.Struct):
        for field in msgspec.structs.fields(value):
            yield field.encode_name, getattr(value, field.name)
    elif is_dataclass(value) and not isinstance(value, type):
        for each in fields(value):
            yield each.name, getattr(value, each.name)
    elif isinstance(value, Mapping):
        yield from value.items()


_DO = {
    "env": Phrase(
        "set it where clearance runs: a scheduler does not have the variables of a shell"
    ),
    "file": Phrase("let the file hold it, and the user that clearance runs as read it"),
}
"""What to do about a secret that is not there, by the way it is referred to."""


def _secret(secret: Secret, *, address: bool = False) -> Verdict:
    way, _, place = repr(secret).partition(":")
    try:
        _ = secret.address() if address else secret.reveal()
    except BadArgument as error:
        return failed(error, _DO[way])
    if way == "file":
        seen = may(from_home(place), secret=True)
        if seen.result is not Result.OK:
            return seen
    return ok(Phrase("{secret}: there", secret=secret))


def sources(setup: Setup) -> Looks:
    """Whether each source can be read; one that is far off is requested once, unless offline."""
    for name, source in setup.config.sources.items():
        yield f"source {name}", partial(_source, name, source, setup.offline)


def _source(name: str, source: Source, offline: bool) -> Verdict:
    do = Phrase("mend it, or what sources.{name} says of it", name=name)
    if why := source.trouble():
        return failed(Phrase("{why}", why=why), do)
    probe = getattr(source, "probe", None)
    if probe is None:
        return ok(Phrase("can be read"))
    if offline:
        return ok(Phrase("not requested: --offline"))
    try:
        why = probe()
    except BadArgument as error:
        return failed(error, do)
    return failed(Phrase("{why}", why=why), do) if why else ok(Phrase("answers"))


def channels(setup: Setup) -> Looks:
    """Whether each channel has all it needs, and takes a test where one is to be sent."""
    if setup.unusable:
        yield "channels", untold
    elif not setup.config.channels:
        yield "channels", lambda: ok(Phrase("none is set: nobody is told of alerts"))
    for name, channel in setup.config.channels.items():
        yield f"channel {name}", partial(_channel, name, channel, setup)
    if any(channel.terms.match.wanted() for channel in setup.config.channels.values()):
        yield "routes", partial(_routes, setup.config.channels.values())


def _routes(channels: Collection[Channel]) -> Verdict:
    """Whether a channel hears of what is about no declaration, such as a source that is silent."""
    unheard = routing.unheard([channel.terms for channel in channels if channel.terms.alerts])
    if not unheard:
        return ok(Phrase("somebody is told of every rule that is about no declaration"))
    return warning(
        Phrase("no channel is told of {rules}", rules=list(unheard)),
        Phrase("leave one channel without match"),
    )


def _channel(name: str, channel: Channel, setup: Setup) -> Verdict:
    do = Phrase("mend what channels.{name} says, or what it refers to", name=name)
    try:
        channel.check()
    except BadArgument as error:
        return failed(error, do)
    if not channel.terms.alerts:
        return ok(Phrase("complete; only a customer is told there, so no test is sent"))
    if setup.compose is None:
        return ok(Phrase("complete; --send-test sends it a message"))
    result = channel.send(setup.compose(name, channel.lang))
    if isinstance(result, Accepted):
        return ok(Phrase("has accepted a test message"))
    return failed(Phrase("a test message was not accepted: {why}", why=result.reason), do)
