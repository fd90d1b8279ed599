"""``clearance doctor``."""

from __future__ import annotations

import shutil
import sys
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated

from clearance.cli._declare import Commands, Option
from clearance.cli._options import command
from clearance.cli._run import Run
from clearance.customs import DEFAULT, systems
from clearance.errors import ClearanceError, Phrase

if TYPE_CHECKING:
    from clearance.doctor import Setup

app = Commands()


@app.command()
@command(any_settings=True)
def doctor(
    run: Run,
    offline: Annotated[
        bool, Option("--offline", help="Request nothing from sources over the network.")
    ] = False,
    send_test: Annotated[
        bool,
        Option("--send-test", help="Send each channel a message that says it is a test."),
    ] = False,
) -> int:
    """Look whether everything is in place, and say what to do where it is not.

    Looked at are settings, store, folders, secrets, sources, channels, clock, calendars, the
    terminal and versions. The exit code is 1 where something does not work.
    """
    from clearance.doctor import Result, examine
    from clearance.render import doctor as pages

    checks = list(examine(_setup(run, offline=offline, send_test=send_test)))
    run.show(pages.checks(checks, run.lang))
    broken = [check.name for check in checks if check.verdict.result is Result.FAILED]
    if broken:
        run.tell(Phrase("clearance: does not work: {names}", names=pages.names(broken, run.lang)))
    return int(bool(broken))


def _setup(run: Run, *, offline: bool, send_test: bool) -> Setup:
    from clearance.config import Config
    from clearance.doctor import Setup, Terminal
    from clearance.render import notifications

    columns = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    config = run.config or Config()
    home, now = _home(run)
    return Setup(
        url=run.url,
        named=bool(run.store_url or config.store.url),
        config=config,
        config_file=run.config_place,
        unusable=run.unusable,
        calendars=run.calendars,
        home=home,
        now=now,
        terminal=Terminal((sys.stdout.encoding or "ascii").lower(), columns),
        offline=offline,
        compose=partial(notifications.test, at=now) if send_test else None,
    )


def _home(run: Run) -> tuple[str, datetime]:
    """The customs system of the store and the time there; the usual one of a store that fails."""
    try:
        return run.home.name, run.now
    except ClearanceError:
        return DEFAULT, run.clock.astimezone(systems()[DEFAULT].zone)
