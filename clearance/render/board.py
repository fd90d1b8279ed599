"""The board: what is open on a live screen, one a line, and one declaration opened.

What is shown is that of ``list`` and of ``status``. A view says what is looked at; keys make
another of it. Customs text is never markup, and steers no terminal.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console, Group, RenderableType, ScreenContext
from rich.segment import Segment, Segments
from rich.text import Text

from clearance.model import Value, Words, in_language, replace
from clearance.named_tuples import NamedTuple
from clearance.render import Table
from clearance.render import console as drawing
from clearance.render.text import cut, shown, visible, width
from clearance.render.words import say, worded

_HELP: Words = {
    "en": "up down: choose  Enter: open  q: leave",
    "zh": "上下键：选择  回车：打开  q：退出",
}
_HELP_OPENED: Words = {
    "en": "up down: scroll  Esc: back  q: leave",
    "zh": "上下键：滚动  Esc：返回  q：退出",
}
_TITLE: Words = {"en": "open: {n}   {at}", "zh": "未结关 {n} 票   {at}"}
_AND_PLANNED: Words = {"en": "{title}   planned: {n}", "zh": "{title}   计划中 {n} 票"}
_PLACE: Words = {"en": "{first}-{last} of {n}", "zh": "第 {first}-{last} 票，共 {n} 票"}
_LINES: Words = {"en": "line {first}-{last} of {n}", "zh": "第 {first}-{last} 行，共 {n} 行"}
NOTHING = Table((), ())
"""What is listed where nothing is open."""
_MARKER, _NO_MARKER = "> ", "  "
_AROUND = 3
"""Lines around what is listed: a title, the headings, and the help."""
_MAX_LAST = 28
"""Columns that the last cell of a line may ask for before others are spared."""


class View(NamedTuple):
    """What is looked at: the line that is chosen, the first that is shown, and what is opened.

    ``scroll`` is the first line shown of what is opened, by its identity.
    """

    place: int = 0
    top: int = 0
    opened: str | None = None
    scroll: int = 0


class Board(Value):
    """What a look at the store gave: a table with a line each, and the identity of each line.

    ``at`` is when it was, ``talk`` what is to be said of it; ``opened`` is the one that is opened,
    as ``status`` shows it. ``empty`` says why nothing is listed. ``planned`` are the shipments that
    are not declared, whose lines stand below the others and have their keys behind theirs.
    """

    table: Table
    keys: Sequence[str]
    at: str
    talk: str = ""
    opened: Sequence[Table] = ()
    empty: str = ""
    planned: Table = NOTHING

    @property
    def between(self) -> int:
        """Lines of headings between what is open and what is planned."""
        return 2 if self.planned.rows else 0


class Screen:
    """A terminal that shows a board as large as it is."""

    def __init__(self, console: Console, context: ScreenContext, lang: str) -> None:
        self._console = console
        self._context = context
        self._lang = lang

    @property
    def room(self) -> int:
        """Lines that are left for what is listed."""
        return max(1, self._console.size.height - _AROUND)

    def draw(self, board: Board, view: View) -> View:
        """Shows a board; returns the view, as far as there is so much to look at."""
        if view.opened is not None:
            lines = self._console.render_lines(
                Group(*self._parts(board.opened)), pad=False, new_lines=True
            )
            view = view._replace(scroll=max(0, min(view.scroll, len(lines) - self.room - 1)))
            self._context.update(Group(*self._opened(board, view, lines)))
        else:
            view = seen(view, len(board.keys), self.room - board.between)
            self._context.update(Group(*self._listed(board, view)))
        return view

    def _parts(self, tables: Sequence[Table]) -> Iterator[RenderableType]:
        for number, table in enumerate(tables):
            if number:
                yield Text()
            yield from drawing.parts(table, self._lang, self._console.width)

    def _opened(
        self, board: Board, view: View, lines: Sequence[Sequence[Segment]]
    ) -> Iterator[RenderableType]:
        room = self.room + 1
        here = lines[view.scroll : view.scroll + room]
        yield Segments([segment for line in here for segment in line])
        yield from (Text() for _ in range(room - len(here)))
        place = {"first": view.scroll + 1, "last": view.scroll + len(here), "n": len(lines)}
        yield self._foot(board, worded(_LINES, self._lang, **place), _HELP_OPENED)

    def _listed(self, board: Board, view: View) -> Iterator[RenderableType]:
        yield self._line(self._title(board), "bold")
        table, widths = self._fitted(board.table)
        titles = [column.title for column in table.columns]
        yield self._line(_NO_MARKER + self._cells(table, titles, widths), "dim")
        end = min(view.top + self.room - board.between, len(board.keys))
        lines = list(self._lines(board, view, end))
        if not board.keys:
            lines.append(self._line(_NO_MARKER + say(board.empty, self._lang)))
        yield from lines
        yield from (Text() for _ in range(self.room - len(lines)))
        part = {"first": min(view.top + 1, end), "last": end, "n": len(board.keys)}
        yield self._foot(board, worded(_PLACE, self._lang, **part), _HELP)

    def _title(self, board: Board) -> str:
        """How much is open, and how much is planned."""
        title = worded(_TITLE, self._lang, n=len(board.table.rows), at=board.at)
        planned = len(board.planned.rows)
        return worded(_AND_PLANNED, self._lang, title=title, n=planned) if planned else title

    def _lines(self, board: Board, view: View, end: int) -> Iterator[Text]:
        """The lines between two places; what is planned has headings of its own."""
        count = len(board.table.rows)
        table, widths = self._fitted(board.table)
        planned, planned_widths = self._fitted(board.planned)
        for place in range(view.top, end):
            chosen = place == view.place
            if place < count:
                yield self._row(table, place, widths, chosen=chosen)
                continue
            if place == max(count, view.top):
                heads = self._cells(planned, [c.title for c in planned.columns], planned_widths)
                yield self._line(planned.title, "bold")
                yield self._line(_NO_MARKER + heads, "dim")
            yield self._row(planned, place - count, planned_widths, chosen=chosen)

    def _fitted(self, table: Table) -> tuple[Table, list[int]]:
        """A table as far as it fits, and the widths of its columns."""
        fitted = narrowed(table, self._lang, self._console.width - len(_MARKER))
        return fitted, drawing.widths(fitted, self._lang)

    def _row(self, table: Table, place: int, widths: Sequence[int], *, chosen: bool) -> Text:
        cells = [cut(shown(cell, self._lang)) for cell in table.rows[place]]
        marker = _MARKER if chosen else _NO_MARKER
        style = drawing.STYLES[table.marks[place]] if table.marks else ""
        line = marker + self._cells(table, cells, widths)
        return self._line(line, f"{style} reverse" if chosen else style)

    def _cells(self, table: Table, cells: Sequence[str], widths: Sequence[int]) -> str:
        """The cells of a line, each as wide as its column."""
        padded = []
        for cell, columns, column in zip(cells, widths, table.columns, strict=True):
            blanks = " " * (columns - width(cell))
            padded.append(blanks + cell if column.right else cell + blanks)
        return "  ".join(padded).rstrip()

    def _foot(self, board: Board, place: str, help: Words) -> Text:
        talk = board.talk or in_language(help, self._lang)
        return self._line(f"{talk}   {place}", "dim")

    def _line(self, text: str, style: str = "") -> Text:
        """A text on one line, cut where the terminal ends."""
        line = Text(visible(text), style=style, no_wrap=True, overflow="crop", end="\n")
        line.truncate(self._console.width - 1, overflow="crop", pad="reverse" in style)
        return line


def narrowed(table: Table, lang: str, columns: int) -> Table:
    """A table of lines that fit: what is long in the last column is cut before others go."""
    rows = tuple((*row[:-1], _shortened(shown(row[-1], lang))) for row in table.rows)
    return drawing.narrowed(replace(table, rows=rows), lang, columns)


def _shortened(text: str) -> str:
    line = Text(text)
    line.truncate(_MAX_LAST, overflow="crop")
    return line.plain


@contextmanager
def shown_on_terminal(lang: str) -> Iterator[Screen]:
    """A screen of its own on the terminal; what stood there before is there again afterwards."""
    colour = None if os.environ.get("NO_COLOR") else "auto"
    console = Console(markup=False, highlight=False, emoji=False, color_system=colour)  # type: ignore[arg-type]
    with console.screen(hide_cursor=True) as context:
        yield Screen(console, context, lang)


# Views


def moved(view: View, key: str, board: Board, room: int) -> View | None:
    """The view after a key; None where it leaves."""
    if key == "quit" or (key == "escape" and view.opened is None):
        return None
    if view.opened is not None:
        if key in ("escape", "back"):
            return view._replace(opened=None)
        return view._replace(scroll=max(0, view.scroll + _step(key, view.scroll, room)))
    if key == "open" and view.place < len(board.keys):
        return view._replace(opened=board.keys[view.place], scroll=0)
    return seen(
        view._replace(place=view.place + _step(key, view.place, room)), len(board.keys), room
    )


_FAR = 10**9


def _step(key: str, place: int, room: int) -> int:
    """By how many lines a key goes down."""
    steps = {"up": -1, "down": 1, "page up": -room, "page down": room, "home": -place, "end": _FAR}
    return steps.get(key, 0)


def seen(view: View, count: int, room: int) -> View:
    """A view in which the line that is chosen exists and can be seen."""
    place = max(0, min(view.place, count - 1))
    top = max(place - room + 1, min(view.top, place))
    return view._replace(place=place, top=max(0, min(top, count - room)))


def followed(view: View, before: Board, after: Board) -> View:
    """The view after another look: the line that was chosen is chosen still, wherever it is."""
    chosen = before.keys[view.place] if view.place < len(before.keys) else None
    place = after.keys.index(chosen) if chosen in after.keys else view.place
    return view._replace(place=place)
