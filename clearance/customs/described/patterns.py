"""Patterns of a described system: a small part of regular expressions that cannot take long.

A pattern says what a text is as a whole. It has letters that stand for themselves, sets such as
``[0-9A-Z]``, ``.`` for any character, how often (``?``, ``*``, ``+``, ``{18}``, ``{1,40}``),
alternatives with ``|`` at the top, and round brackets around the part that is wanted, with a name
as in ``(<serial>[0-9]{18})`` if there are several. Each part takes all that it can and gives
nothing back, so that the time is in proportion to the length of the text, whatever the pattern.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from functools import lru_cache

from clearance.errors import BadSetting

MAX_CHARS = 300
"""Characters of a pattern, and of a text that it may match."""
_CACHE_SIZE = 512
_ITEM = re.compile(
    r"""
    (?P<open> \( (?: <(?P<name>[a-z][a-z_]{0,30})> )? (?!\?) )
    | (?P<close> \) ) | (?P<or> \| )
    | (?P<item> \[ \^? (?: [^\[\]\\^] | \\[\]\[\\^-] )+ \] | \. | \\[^A-Za-z0-9]
        | [^\[\](){}?*+|\\] )
      (?P<often> [?*+] | \{ (?P<least>[0-9]{1,3}) (?P<to>,(?P<most>[0-9]{0,3}))? \} )?
    """,
    re.VERBOSE,
)


@lru_cache(_CACHE_SIZE)
def compiled(written: str) -> re.Pattern[str]:
    """A pattern, ready to match; raises BadSetting with the place of what it may not hold."""
    if not written or len(written) > MAX_CHARS:
        raise BadSetting("a pattern has 1 to {limit} characters", limit=MAX_CHARS)
    made, at, inside = list[str](), 0, False
    while at < len(written):
        match = _ITEM.match(written, at)
        if match is None or _is_misplaced(match, inside):
            raise BadSetting(
                "{pattern!r} is no pattern from character {place} on: it may hold letters, sets "
                "such as [0-9], . ? * + {{18}} {{1,40}} | and round brackets that are not nested",
                pattern=written,
                place=at + 1,
            )
        made.append(_translated(match))
        inside = bool(match["open"]) or (inside and not match["close"])
        at = match.end()
    if inside:
        raise BadSetting("{pattern!r} is no pattern: a bracket is not closed", pattern=written)
    return _compiled("".join(made), written)


def taken(pattern: re.Pattern[str], text: str) -> str | None:
    """The wanted part of a text that a pattern matches as a whole, else the text; None if not."""
    match = pattern.fullmatch(text) if len(text) <= MAX_CHARS else None
    if match is None:
        return None
    return next((group for group in match.groups() if group is not None), match[0])


def named(pattern: re.Pattern[str], text: str) -> Mapping[str, str] | None:
    """The named parts of a text that a pattern matches as a whole; None if it does not."""
    match = pattern.fullmatch(text) if len(text) <= MAX_CHARS else None
    return {k: v for k, v in match.groupdict().items() if v} if match else None


def _is_misplaced(match: re.Match[str], inside: bool) -> bool:
    """Whether a bracket or an alternative stands where it may not."""
    if match["open"] or match["or"]:
        return inside
    return bool(match["close"]) and not inside


def _translated(match: re.Match[str]) -> str:
    if match["open"]:
        return f"(?P<{match['name']}>" if match["name"] else "("
    if match["close"] or match["or"]:
        return match[0]
    item, often = match["item"], match["often"] or ""
    is_literal = len(item) == 1 and item != "."
    varies = often in ("?", "*", "+") or match["to"] is not None
    return (re.escape(item) if is_literal else item) + often + ("+" if varies else "")


def _compiled(made: str, written: str) -> re.Pattern[str]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            return re.compile(made, re.DOTALL)
    except re.error as error:
        raise BadSetting(
            "{pattern!r} is no pattern: {why}", pattern=written, why=error.msg
        ) from error
