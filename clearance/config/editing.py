"""Changes to a settings file that keep its comments and its order."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import InlineTable

from clearance import config
from clearance.config.origins import Key, dotted, known_keys, path_of
from clearance.errors import BadArgument

if TYPE_CHECKING:
    from pathlib import Path

_MAX_NEAR = 3
"""Keys that an error names at most."""


def changed(text: str, written: Mapping[str, str], file: Path, lang: str) -> str:
    """The text of a settings file with other values for some keys; what it says can be used.

    A value is read as TOML where that fits its setting, else it is a text as it stands; ``a,b`` is
    a list where one is wanted. Raises BadArgument for a key that is not known, with those that are
    like it, and for a value that cannot be used.
    """
    config.tables(text, file)
    paths = [_known(key) for key in written]
    left = [_readings(value) for value in written.values()]
    first: BadArgument | None = None
    while True:
        try:
            tried = _with(text, paths, [readings[0] for readings in left])
            config.parsed(tried, file, lang)
        except TOMLKitError as error:
            raise BadArgument("{path} is not valid TOML: {why}", path=file, why=error) from error
        except BadArgument as error:
            first = first or error
            place = _wrong(str(error), paths, left)
            if place is None:
                raise first from None
            del left[place][0]
        else:
            return tried


def _wrong(error: str, paths: Sequence[Key], left: Sequence[Sequence[Any]]) -> int | None:
    """The place of the value that is to be read in another way: the last of those whose keys an
    error names, else of all; None if none may mean anything else.
    """
    some = [place for place in range(len(paths)) if len(left[place]) > 1]
    return max(some, key=lambda place: (dotted(paths[place]) in error, place), default=None)


def _known(key: str) -> Key:
    """The parts of a key; raises BadArgument for one that there is not."""
    path = path_of(key)
    known = known_keys(path)
    if any(dotted(path[:count]) in known for count in range(1, len(path) + 1)):
        return path
    if close := get_close_matches(dotted(path), known, _MAX_NEAR):
        raise BadArgument(
            "{key} is not a setting that is known; did you mean {close}?",
            key=key,
            close=" / ".join(close),
        )
    raise BadArgument(
        "{key} is not a setting that is known: clearance config show lists them", key=key
    )


def _readings(written: str) -> list[Any]:
    """What a value may mean, the likeliest first."""
    return [*_as_toml(written), written, *([_listed(written)] if "," in written else [])]


def _as_toml(written: str) -> Iterator[Any]:
    try:
        yield tomllib.loads(f"value = {written}")["value"]
    except (tomllib.TOMLDecodeError, RecursionError):
        return


def _listed(written: str) -> list[str]:
    return [part.strip() for part in written.split(",") if part.strip()]


def _with(text: str, paths: Sequence[Key], values: Sequence[Any]) -> str:
    """A text with a value at each path; tables that are missing come last."""
    for path, value in zip(paths, values, strict=True):
        text = _with_one(text, path, value)
    return text


def _with_one(text: str, path: Key, value: Any) -> str:
    """A text with a value at a path, and all else as it was; raises TOMLKitError for one nested
    deeper than its comments can be kept.
    """
    document, wanted = tomlkit.parse(text), tomllib.loads(text)
    _table(document, path)[path[-1]] = value
    inner = wanted
    for part in path[:-1]:
        inner = inner.setdefault(part, {})
    inner[path[-1]] = value
    written = tomlkit.dumps(document)
    if tomllib.loads(written) == wanted:
        return written
    # Behind dotted keys a table would take what follows: so the value is a dotted key of its own.
    first = tomlkit.dumps({"value": value}).removeprefix("value")
    return f"{dotted(path)}{first}{text}"


def _table(document: MutableMapping[str, Any], path: Key) -> MutableMapping[str, Any]:
    """The table that a key stands in, which is made if it is not there."""
    table = document
    for depth, part in enumerate(path[:-1], 1):
        if part not in table:
            is_inline = isinstance(table, InlineTable)
            made = tomlkit.table(is_super_table=depth < len(path) - 1)
            table[part] = tomlkit.inline_table() if is_inline else made
        table = table[part]
        if not isinstance(table, MutableMapping):
            raise BadArgument("{where}: must be a table of settings", where=dotted(path[:depth]))
    return table
