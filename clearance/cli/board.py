"""``clearance board``."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from clearance.cli._declare import Commands
from clearance.cli._options import command
from clearance.cli._run import Run
from clearance.errors import BadArgument, ClearanceError
from clearance.model import replace

if TYPE_CHECKING:
    from clearance.render import Table
    from clearance.render.board import Board, View

app = Commands()

_TICK = 1.0
"""Seconds after which the board looks whether the store has changed."""
_LATEST = 30.0
"""Seconds after which it looks again in any case: time goes on."""
_PLAN = "plan:"
"""What the key of a planned shipment begins with."""
_Stamp = tuple[tuple[int, int] | None, ...] | int


@app.command()
@command(("table",))
def board(run: Run) -> None:
    """Show what is open on a live screen, most urgent first; it never writes.

    It is drawn anew when the store changes. The arrow keys choose, Enter opens a declaration, Esc
    goes back, q leaves.
    """
    _check_terminal(run)
    from clearance.cli import _keys
    from clearance.render import board as screens

    watcher = _Watcher(run)
    now = watcher.look(None)
    view: View | None = screens.View()
    with screens.shown_on_terminal(run.lang) as screen, _keys.reading() as read:
        while view is not None:
            view = screen.draw(now, view)
            key = read(_TICK)
            after = screens.moved(view, key, now, screen.room) if key else view
            if after and (key == "refresh" or after.opened != view.opened or watcher.is_due):
                before, now = now, watcher.look(after.opened)
                after = screens.followed(after, before, now)
            view = after


def _check_terminal(run: Run) -> None:
    """Raises BadArgument where there is no terminal to draw on."""
    drawn = sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
    if not drawn or run.output:
        raise BadArgument("a board needs a terminal: clearance list writes the same elsewhere")


class _Watcher:
    """Looks into the store, and knows whether it has changed since."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._stamp: _Stamp | None = None
        self._looked = 0.0
        self._last: Board | None = None

    @property
    def is_due(self) -> bool:
        """Whether the store has changed, or the last look was long ago."""
        return self._stamped() != self._stamp or time.monotonic() - self._looked >= _LATEST

    def look(self, opened: str | None) -> Board:
        """The board as it is now; where the store cannot be read, the last one, with the reason.

        Raises the error where there was none yet.
        """
        from clearance.render.phrases import worded

        try:
            self._last = self._board(self._run.again(), opened)
        except ClearanceError as error:
            if self._last is None:
                raise
            self._last = replace(self._last, talk=worded(error, self._run.lang))
        self._stamp, self._looked = self._stamped(), time.monotonic()
        return self._last

    def _board(self, run: Run, opened: str | None) -> Board:
        from clearance.cli.list import listed
        from clearance.customs.references import identity
        from clearance.render.board import NOTHING, Board
        from clearance.render.text import on_console
        from clearance.timelines import query

        page, declarations = listed(run, query.ListFilter())
        tables = [on_console(table, sys.stdout.encoding) for table in page.tables]
        plans = [f"{_PLAN}{plan['references'][0]}" for plan in page.json["planned"]]
        return Board(
            tables[0] if declarations else NOTHING,
            [*(identity(one) for one in declarations), *plans],
            "   ".join(filter(None, (page.heading, f"{run.now:%H:%M:%S}"))),
            opened=_opened(run, opened) if opened else (),
            empty=page.empty_message,
            planned=tables[-1] if plans else NOTHING,
        )

    def _stamped(self) -> _Stamp:
        """What tells whether the store has changed: times and sizes of a file; else the time."""
        file = self._run.store_file
        if file is None:
            return int(time.monotonic() / 5)
        return tuple(_state(Path(f"{file}{suffix}")) for suffix in ("", "-wal"))


def _state(file: Path) -> tuple[int, int] | None:
    """When a file was last written to, and its size; None where there is none."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def _opened(run: Run, key: str) -> tuple[Table, ...]:
    """A declaration, by its identity, as ``status`` shows it, or a plan as ``plan show`` does."""
    if key.startswith(_PLAN):
        return _opened_plan(run, key.removeprefix(_PLAN))
    from clearance.cli.status import shown
    from clearance.customs.references import identity
    from clearance.timelines import query

    with run.open() as store:
        found = [
            one
            for one in query.snapshot(store, store.ids({key}), run.as_of)
            if identity(one) == key
        ]
        return shown(run, store, query.Found(found, [], [])).tables


def _opened_plan(run: Run, number: str) -> tuple[Table, ...]:
    from clearance.render import plans as pages
    from clearance.timelines import planned

    with run.open() as store:
        return pages.plans([planned.shown(store, number, run.as_of)], run.as_of, run.lang).tables
