"""``[customers.NAME]``: who a customer is, what is told, by which channels, and when."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta, tzinfo
from typing import Annotated, Any, Literal

import msgspec

from clearance import periods
from clearance.customers.topics import EXCEPTIONS, MILESTONES, TEXTS, check_template
from clearance.customs import DEFAULT, systems
from clearance.errors import BadArgument, BadSetting
from clearance.hours import Daily, Hours
from clearance.validation import converted

Texts = str | tuple[str, ...]
_MORNING = "08:30"
"""When a daily digest goes whose customer has no quiet hours."""
_MAX_CONTACT_CHARS = 120


class Customer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """A customer as the settings say.

    ``to`` names channels. ``customer`` holds what plans may call it besides its name,
    ``reference`` patterns of own references, ``trader`` codes and names. ``hold`` names topics that
    wait for a person. ``zone`` is that of its times. ``moved_days`` is by how many days an expected
    release has to move for a correction.
    """

    name: str
    to: tuple[str, ...] = ()
    customer: Texts = ()
    reference: Texts = ()
    trader: Texts = ()
    lang: Literal["zh", "en"] = "en"
    milestones: tuple[str, ...] = ("accepted", "released", "cleared")
    exceptions: tuple[str, ...] = ("inspection_ordered", "returned", "vessel_cutoff", "tax_unpaid")
    hold: tuple[str, ...] = ("returned", "deleted")
    quiet: str = ""
    zone: str | None = None
    urgent: bool = False
    digest: str = "each"
    moved_days: Annotated[int, msgspec.Meta(ge=1, le=365)] = 2
    contact: str = ""
    texts: dict[str, str] = msgspec.field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise BadSetting("name: is empty: give what the customer is called")
        _check_names("milestones", self.milestones, MILESTONES)
        _check_names("exceptions", self.exceptions, EXCEPTIONS)
        _check_names("hold", self.hold, {**MILESTONES, **EXCEPTIONS})
        _check_patterns(patterns(self.reference))
        if len(self.contact) > _MAX_CONTACT_CHARS:
            raise BadSetting(
                "contact: {length} characters, {limit} at most",
                length=len(self.contact),
                limit=_MAX_CONTACT_CHARS,
            )
        _ = _said("quiet", lambda: self.quiet_hours), _said("digest", lambda: self.digest_at)
        _said("zone", lambda: self.tz)
        for name, template in self.texts.items():
            check_template(name, template)

    @property
    def tz(self) -> tzinfo:
        """The zone of its quiet hours and of the times that it reads."""
        return periods.zone(self.zone, "zone") if self.zone else systems()[DEFAULT].zone

    @property
    def quiet_hours(self) -> Hours:
        """The hours in which nothing is told."""
        return Hours.of(self.quiet)

    @property
    def digest_at(self) -> Daily | None:
        """When all of a day goes as one message; None where each notice is one.

        ``daily`` is when the quiet hours end, else half past eight.
        """
        if self.digest == "each":
            return None
        if self.digest != "daily":
            return Daily.of(self.digest)
        ends = [end for _, end in self.quiet_hours.windows]
        return Daily(ends[0]) if ends else Daily.of(_MORNING)

    @property
    def threshold(self) -> timedelta:
        """By how much an expected release has to move for a correction."""
        return timedelta(days=self.moved_days)


def customer(settings: Mapping[str, Any]) -> Customer:
    """The customer that settings describe; raises BadArgument, which begins with the key."""
    return converted(settings, Customer)


def setting_names() -> list[str]:
    """The name of every setting of a customer; its texts are named one by one."""
    names = [field.encode_name for field in msgspec.structs.fields(Customer)]
    return [*(name for name in names if name != "texts"), *(f"texts.{text}" for text in TEXTS)]


def patterns(written: Texts) -> tuple[str, ...]:
    """One text or several, as several."""
    return (written,) if isinstance(written, str) else written


def with_channels(customers: Mapping[str, Customer], channels: Mapping[str, Any]) -> dict[str, Any]:
    """The channels, of which those of customers take no alerts unless they say that they do.

    Raises BadArgument where one is not there, or would tell two customers of each other.
    """
    own = {name for name, channel in channels.items() if channel.alerts}
    _check_channels(customers, channels, own)
    theirs = {channel for one in customers.values() for channel in one.to} - own
    return {
        name: msgspec.structs.replace(channel, alerts=False) if name in theirs else channel
        for name, channel in channels.items()
    }


def _check_channels(
    customers: Mapping[str, Customer], channels: Mapping[str, Any], shared: Collection[str]
) -> None:
    """Raises BadArgument as above; a channel that takes alerts too is the house's, and shared."""
    users: dict[str, str] = {}
    for name, one in customers.items():
        for channel in one.to:
            if channel not in channels:
                raise BadArgument(
                    "customers.{name}.to: there is no channel {channel}: there are {choices}",
                    name=name,
                    channel=channel,
                    choices=[*channels] or ["-"],
                )
            if channel not in shared and (unused := channels[channel].said_of_alerts()):
                raise BadArgument(
                    "channels.{channel}.{key}: no alerts go there, where a customer is told: say "
                    "in [customers.{name}] what is told and when, or here alerts = true",
                    channel=channel,
                    key=unused[0],
                    name=name,
                )
            other = users.setdefault(channel, name)
            if other != name and channel not in shared:
                raise BadArgument(
                    "customers.{name}.to: {channel} is where {other} is told: each customer needs "
                    "a channel of its own",
                    name=name,
                    channel=channel,
                    other=other,
                )


def _check_names(key: str, written: tuple[str, ...], known: Mapping[str, object]) -> None:
    for name in written:
        if name not in known:
            raise BadSetting(
                "{key}: {name!r}: choose {choices}", key=key, name=name, choices=list(known)
            )


def _check_patterns(written: tuple[str, ...]) -> None:
    """Refuses a pattern that would match whatever there is."""
    for pattern in written:
        if not pattern.replace("*", "").strip():
            raise BadSetting(
                "reference: {pattern!r} fits every reference: begin it as in AC-*", pattern=pattern
            )


def _said(key: str, read: Any) -> Any:
    """What is read of a setting, with its key in front of what is wrong."""
    try:
        return read()
    except BadArgument as error:
        if str(error).startswith(key):
            raise BadSetting("{why}", why=error) from None
        raise BadSetting("{key}: {why}", key=key, why=error) from None
