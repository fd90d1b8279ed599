"""Messages as text: cut to what a channel takes, and none of it read as markup."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import TypeVar

from clearance.channels import Line, Notification
from clearance.model import Words, in_language

Made = TypeVar("Made")

MAX_CHARS = 500
"""Characters of a line in a message. Customs' notes have some 250 at most; see ``clearance alerts``
for all of a longer one."""

MORE: Words = {
    "en": "+{} more, run clearance alerts list",
    "zh": "另有 {} 条, 请运行 clearance alerts list",
}

_PLAIN = str.maketrans("[]<>*_~`#@|\\", "［］＜＞＊＿～｀＃＠｜＼")


def plain(text: str) -> str:
    """Text that no channel's markup, link or mention begins in: full-width signs for its own.

    Robots' markdown has no way to escape that all their clients obey.
    """
    return text.translate(_PLAIN)


def lines(
    notice: Notification, marks: Mapping[str, str], escape: Callable[[str], str]
) -> list[str]:
    """The title and the lines of a message, marked by their kind."""
    return [
        marks[kind].format(escape(_short(text)))
        for kind, text in (Line("title", notice.title), *notice.lines)
    ]


def _short(text: str) -> str:
    return text if len(text) <= MAX_CHARS else f"{text[: MAX_CHARS - 1]}…"


def fitted(
    notice: Notification,
    written: Sequence[str],
    make: Callable[[Sequence[str]], Made],
    size: Callable[[Made], int],
    limit: int,
) -> Made:
    """What ``make`` makes of as many lines as fit, with a last one that says how many are left.

    ``written`` are the lines of a message, its title first. Cut between alerts where one fits.
    """
    whole = make(written)
    if size(whole) <= limit:
        return whole
    kinds = [line.kind for line in (*notice.lines, Line("section", ""))]
    ends = [at for at, (kind, then) in enumerate(pairwise(kinds), 2) if _ends(kind, then)]

    def cut(at: int) -> Made:
        left = len(ends) - bisect_right(ends, at)
        return make([*written[:at], in_language(MORE, notice.lang).format(left)])

    places = ends if size(cut(ends[0])) <= limit else range(1, ends[0])
    return cut(places[bisect_right(places, limit, key=lambda at: size(cut(at))) - 1])


def _ends(kind: str, then: str) -> bool:
    """Whether a line is the last of an alert."""
    return kind != "section" and then != "detail"
