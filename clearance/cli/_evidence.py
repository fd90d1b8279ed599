"""What ``clearance report`` shows of where its figures come from."""

from __future__ import annotations

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
