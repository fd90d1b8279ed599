"""What is wrong with a value of a TOML file, with the full path of its key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clearance.errors import BadArgument, BadSetting

if TYPE_CHECKING:
    import msgspec


def explained(error: msgspec.ValidationError, above: str = "") -> BadArgument:
    """Msgspec's message, or ours that it passes on, with the full path of the key in front."""
    what, _, place = str(error).partition(" - at ")
    place = f"{above}{place.strip('`').removeprefix('$')}".removeprefix(".")
    if what.startswith("Object contains unknown field"):
        field = what.rpartition(" ")[2].strip("`")
        key = f"{place}.{field}" if place else field
        return BadArgument("{key} is not a setting that is known", key=key)
    if what.startswith("Object missing required field"):
        field = what.rpartition(" ")[2].strip("`")
        return BadArgument("{key}: is missing", key=f"{place}.{field}" if place else field)
    why: object = error.__cause__ if isinstance(error.__cause__, BadSetting) else what
    if isinstance(why, BadSetting) and why.template == "{key}: {why}":
        place, why = f"{place}.{why.values['key']}".removeprefix("."), why.values["why"]
    return BadArgument("{place}: {why}", place=place, why=why)
