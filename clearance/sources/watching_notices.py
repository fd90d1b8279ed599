"""Notifications of the operating system that something happened in a folder.

They only save time: where there are none, as on most shares, or where they break off, the folder is
looked through all the same.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

_GROUPED_MS = 200
"""Milliseconds for which notifications are gathered at most."""
_STEP_MS = 50
"""Milliseconds without another one, after which those that were gathered are given."""
_READY_MS = 500
"""Milliseconds after which it is known that notifications are coming in."""

Noted = Callable[[str, bool], None]
"""Takes the path of what something happened to, and whether it is new there."""


class Notices:
    """The notifications of a folder and all below, taken by a thread of their own.

    ``why`` is why there are none, if it is known. ``begun`` is called once they come in: what
    happened before may have been missed.
    """

    def __init__(self, folder: Path, noted: Noted, begun: Callable[[], None]) -> None:
        self.why = ""
        self._folder = folder
        self._noted = noted
        self._begun = begun
        self._identity = _identity(folder)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._take, daemon=True)
        self._thread.start()

    @property
    def are_of_this_folder(self) -> bool:
        """Whether they come in, and the folder is still the one that they are of."""
        return self._thread.is_alive() and self._identity == _identity(self._folder)

    def stop(self) -> None:
        """Ends them; does not wait for it."""
        self._stop.set()

    def _take(self) -> None:
        try:
            import watchfiles

            changes = watchfiles.watch(
                self._folder,
                watch_filter=None,
                debounce=_GROUPED_MS,
                step=_STEP_MS,
                rust_timeout=_READY_MS,
                yield_on_timeout=True,
                stop_event=self._stop,
                raise_interrupt=False,
                ignore_permission_denied=True,
            )
            begun = False
            for group in changes:
                for change, path in group:
                    self._noted(path, change == watchfiles.Change.added)
                if not begun:
                    self._begun()
                    begun = True
        except (ImportError, OSError, RuntimeError) as error:
            self.why = str(error)


def _identity(folder: Path) -> tuple[int, int] | None:
    """What tells a folder from another in its place."""
    try:
        state = os.stat(folder)  # noqa: PTH116
    except OSError:
        return None
    return state.st_dev, state.st_ino
