"""What an alert must be about for a channel to be told of it: a part of the channel's settings."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from clearance.errors import BadArgument

Patterns = str | tuple[str, ...]
"""One value or several, any of which fits; a star stands for any characters."""


class Match(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``match`` of a channel: what an alert must be about; every key that is given must fit."""

    rule: Patterns | None = None
    office: Patterns | None = None
    direction: Patterns | None = None
    trader: Patterns | None = None
    broker: Patterns | None = None
    customer: Patterns | None = None
    contact: Patterns | None = None
    system: Patterns | None = None

    def __post_init__(self) -> None:
        for key, some in self.wanted().items():
            if not some or not all(pattern.strip() for pattern in some):
                raise BadArgument("match.{key}: is empty: leave it out, or say what fits", key=key)

    def wanted(self) -> Mapping[str, tuple[str, ...]]:
        """The values that fit, by each key that is given."""
        written = ((key, getattr(self, key)) for key in self.__struct_fields__)
        return {
            key: (some,) if isinstance(some, str) else some
            for key, some in written
            if some is not None
        }
