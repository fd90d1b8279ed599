"""What is wrong with a value of a TOML file, with the full path of its key."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from copy import copy
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from clearance.errors import BadArgument, BadSetting

if TYPE_CHECKING:
    from msgspec.inspect import Type

_T = TypeVar("_T")
_Path = tuple[str | int, ...]
"""The fields, keys and indexes that lead to a value."""

_STEP = re.compile(r"\[([^\]]+)\]|\.([^.\[]+)")
"""A step of a place as msgspec writes it: an index or, as ``...``, any key; or a field."""


def converted(
    written: Any, kind: type[_T], where: str = "", hook: Callable[[type, Any], Any] | None = None
) -> _T:
    """A value of a TOML file as what its kind describes; ``hook`` makes what msgspec cannot.

    Raises BadArgument, with the full path of the key: ``where``, and what is inside of that.
    """
    convert = partial(msgspec.convert, type=kind, dec_hook=hook)
    try:
        made: _T = convert(written)
    except msgspec.ValidationError as error:
        path = _path(error, written, convert)
        raise _explained(error, path, where, _choices(kind, path), _at(written, path)) from None
    return made


def _explained(
    error: msgspec.ValidationError, path: _Path, where: str, choices: list[Any], value: Any
) -> BadArgument:
    """Msgspec's message, or ours that it passes on, with the full path of the key in front."""
    what = str(error).partition(" - at ")[0]
    place = _dotted(where, path)
    field = _dotted(place, (what.rpartition(" ")[2].strip("`"),))
    if what.startswith("Object contains unknown field"):
        return BadArgument("{key} is not a setting that is known", key=field)
    if what.startswith("Object missing required field"):
        return BadArgument("{key}: is missing", key=field)
    if what.startswith("Invalid enum value"):
        return BadArgument(
            "{key} is {value!r}: choose {choices}", key=place, value=value, choices=choices
        )
    if what.startswith("Invalid RFC3339"):
        return BadArgument(
            "{key}: {written!r} is no day such as 2026-09-30", key=place, written=value
        )
    return _passed_on(error.__cause__ if isinstance(error.__cause__, BadSetting) else what, place)


def _passed_on(why: str | BadSetting, place: str) -> BadArgument:
    """A message under its place; one of ours may begin with a key inside of that."""
    if isinstance(why, BadSetting) and why.template == "{key}: {why}":
        key = _dotted(place, (str(why.values["key"]),))
        return BadArgument("{place}: {why}", place=key, why=why.values["why"])
    if not place:
        return BadArgument("{why}", why=why)
    return BadArgument("{place}: {why}", place=place, why=why)


# Places


def _path(error: Exception, written: Any, convert: Callable[[Any], object]) -> _Path:
    """The path to what is wrong; msgspec does not say which key of a table of names it is."""
    path: _Path = ()
    for inside, field in _STEP.findall(str(error).partition(" - at ")[2].strip("`")):
        if inside == "...":
            path = (*path, _wrong_key(str(error), path, written, convert))
        else:
            path = (*path, int(inside) if inside else field)
    return path


def _wrong_key(said: str, path: _Path, written: Any, convert: Callable[[Any], object]) -> str:
    """The first key of the table at a path that is wrong in the same way if it stands alone."""
    table: dict[str, Any] = _at(written, path)
    return next(
        name
        for name, value in table.items()
        if _failure(convert, _with(written, path, {name: value})) == said
    )


def _failure(convert: Callable[[Any], object], written: Any) -> str | None:
    try:
        convert(written)
    except (msgspec.ValidationError, BadArgument) as error:
        return str(error)
    return None


def _at(written: Any, path: _Path) -> Any:
    for step in path:
        written = written[step]
    return written


def _with(written: Any, path: _Path, value: Any) -> Any:
    """The same with another value at a path."""
    if not path:
        return value
    made = copy(written)
    made[path[0]] = _with(written[path[0]], path[1:], value)
    return made


def _dotted(where: str, path: Sequence[str | int]) -> str:
    """A path as it is written: ``channels.ops.severities[0]``."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return "".join((where, *steps)).removeprefix(".")


# Choices


def _choices(kind: type, path: _Path) -> list[Any]:
    """The values that are possible at a path; none where they cannot be listed."""
    from msgspec.inspect import EnumType, LiteralType, type_info

    types = [*_each(type_info(kind))]
    for step in path:
        types = [inner for one in types for inner in _inside(one, step)]
    of_enums = [each.value for one in types if isinstance(one, EnumType) for each in one.cls]
    return of_enums + [v for one in types if isinstance(one, LiteralType) for v in one.values]


def _inside(one: Type, step: str | int) -> Iterator[Type]:
    """The types of what stands in a value of a type, under a field, a key or an index."""
    for field in getattr(one, "fields", ()):
        if field.encode_name == step:
            yield from _each(field.type)
    for name in ("item_type", "value_type"):
        if inner := getattr(one, name, None):
            yield from _each(inner)


def _each(one: Type) -> Iterator[Type]:
    """A type, or each of those that it may be."""
    yield from getattr(one, "types", (one,))
