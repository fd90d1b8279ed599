"""What ``clearance report`` shows of where its figures come from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from clearance.cli._run import Run
from clearance.errors import BadArgument

if TYPE_CHECKING:
    from clearance.reporting.query import ReportQuery


def show_trace(run: Run, query: ReportQuery, written: str) -> None:
    """Shows the declarations behind a figure, their events, and the messages of these."""
    from clearance.render import tracing as pages
    from clearance.reporting import tracing
    from clearance.reporting.origins import Origins
    from clearance.sources import folders

    if run.form == "html":
        raise BadArgument("--trace is no page of HTML: choose table, json, jsonl, csv, xlsx")
    with run.open() as store:
        traced = tracing.trace(store, query, written)
        found = Origins(folders(run.sources).values())
        messages = store.messages(tracing.messages_of(traced.behind))
        origins = {message.id: found.of(message) for message in messages}
    run.show(pages.traced(traced, origins, run.lang))


def show_verified(run: Run, file: Path) -> int:
    """Shows which figures of a saved report are not what the messages say; 1 if any."""
    from clearance.render import verifying as pages
    from clearance.reporting import verifying

    if run.form == "html":
        raise BadArgument("--verify is no page of HTML: choose table, json, jsonl, csv, xlsx")
    saved = verifying.read(file)
    with run.open() as store:
        result = verifying.verify(store, saved, file, run.calendars)
    run.show(pages.verified(result, file, run.lang))
    return 1 if result.different else 0
