"""Notifications as text: cut to the size a channel accepts, and free of markup."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import TypeVar

from clearance.channels import Line, Notification
from clearance.model import Words, in_language

Made = TypeVar("Made")

MAX_CHARS = 500
"""Characters of a line at most. Customs' notes have about 250; ``clearance alerts show`` prints a
longer line whole."""

MORE: Words = {
    "en": "+{} more, run clearance alerts list",
    "zh": "另有 {} 条，请运行 clearance alerts list",
}

COLOURS = {"critical": "#d32f2f", "warning": "#f9a825", "info": "#1976d2", "over": "#388e3c"}
"""The colour of each severity, and of what is over, where any may be had."""
_PLAIN = str.maketrans("[]<>*_~`#@|\\", "［］＜＞＊＿～｀＃＠｜＼")


def plain(text: str) -> str:
    """Text in which no channel finds markup, a link or a mention: full-width signs replace theirs.

    There is no way to escape a robot's markdown that all its clients follow.
    """
    return text.translate(_PLAIN)


def colour(notification: Notification, colours: Mapping[str, str]) -> str:
    """The colour of a notification: that of its severity, or of what is ``over``."""
    return colours["over" if notification.over else notification.severity]


def lines(
    notification: Notification, marks: Mapping[str, str], escape: Callable[[str], str]
) -> list[str]:
    """The title and the lines of a notification, each in the markup of its kind."""
    return [
        marks[kind].format(escape(_short(text)))
        for kind, text in (Line("title", notification.title), *notification.lines)
    ]


def _short(text: str) -> str:
    return text if len(text) <= MAX_CHARS else f"{text[: MAX_CHARS - 1]}…"


def fitted(
    notification: Notification,
    written: Sequence[str],
    make: Callable[[Sequence[str]], Made],
    size: Callable[[Made], int],
    limit: int,
) -> Made:
    """The largest message whose size is within a limit, made by ``make`` of the first lines.

    ``written`` are the lines of a notification, its title first. It is cut between two alerts if at
    least one fits whole; a last line says how many alerts are left out.
    """
    whole = make(written)
    if size(whole) <= limit:
        return whole
    kinds = [line.kind for line in (*notification.lines, Line("section", ""))]
    ends = [at for at, (kind, then) in enumerate(pairwise(kinds), 2) if _ends_alert(kind, then)]

    def cut(at: int) -> Made:
        left = len(ends) - bisect_right(ends, at)
        return make(
            [*written[:at], in_language(notification.more or MORE, notification.lang).format(left)]
        )

    places = ends if size(cut(ends[0])) <= limit else range(1, ends[0])
    return cut(places[bisect_right(places, limit, key=lambda at: size(cut(at))) - 1])


def _ends_alert(kind: str, then: str) -> bool:
    """Whether a line of a kind, before one of another, is the last of an alert."""
    return kind != "section" and then != "detail"
