"""``clearance list``."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

from clearance.cli._declare import Commands, Option
from clearance.cli._options import chosen, command
from clearance.cli._run import Run
from clearance.model import ENDED, AlertState, Stage
from clearance.render import LIST_FORMATS

if TYPE_CHECKING:
    from clearance.model import Summary
    from clearance.render import Page
    from clearance.timelines.query import ListFilter

app = Commands()

_DIRECTIONS = ("import", "export", "transit")


@app.command("list")
@command(LIST_FORMATS, clock=True, spreadsheet=True)
def show_list(
    run: Run,
    everything: Annotated[bool, Option("--all", help="Closed and withdrawn ones too.")] = False,
    stage: Annotated[
        str | None, Option(metavar="STAGE,…", help="Only those in these stages.")
    ] = None,
    office: Annotated[
        str | None, Option(metavar="OFFICE,…", help="Only those of these customs offices.")
    ] = None,
    direction: Annotated[
        str | None, Option(metavar="import|export|transit", help="Only those going this way.")
    ] = None,
    since: Annotated[
        str | None,
        Option(metavar="DATE|7d|12h", help="Only those declared since then."),
    ] = None,
    find: Annotated[
        str | None,
        Option(metavar="TEXT", help="Only those with it in a number, a fact or what was said."),
    ] = None,
    sort: Annotated[
        str, Option(metavar="urgent|since|declared|reference", help="In which order.")
    ] = "urgent",
    limit: Annotated[int | None, Option(metavar="N", min=1, help="At most so many.")] = None,
    events: Annotated[bool, Option("--events", help="With their events, in JSON.")] = False,
) -> None:
    """List what is open, most urgent first.

    Also what is closed or withdrawn while an alert about it is firing, and shipments that are
    planned and not declared. Stages and directions may be in Chinese.
    """
    from clearance.timelines import query

    stages = frozenset(map(Stage, chosen("--stage", stage, list(Stage))))
    wanted = query.ListFilter(
        everything=everything or not stages.isdisjoint(ENDED),
        stages=stages,
        offices=frozenset(_offices(office, run.home.name)),
        directions=frozenset(chosen("--direction", direction, _DIRECTIONS)),
        since=run.since(since) if since else None,
        text=find,
    )
    query.check_order(sort)
    page, _ = listed(run, wanted, sort, limit, events=events, everything=everything)
    run.show(page)


def listed(
    run: Run,
    wanted: ListFilter,
    sort: str = "urgent",
    limit: int | None = None,
    *,
    events: bool = False,
    everything: bool = False,
) -> tuple[Page, list[Summary]]:
    """What a list shows, as a page, and the declarations on it in their order."""
    from clearance.alerting import inputs, listing, records
    from clearance.render import listing as pages
    from clearance.shipments.plans import facts_at
    from clearance.timelines import forecasts, known_systems, query

    with run.open() as store:
        wanted = query.with_numbers(store, wanted, run.as_of)
        alerts = records.alerts(store, run.as_of, pending=True, clock=run.now)
        fired = [alert for alert in alerts if alert.state is not AlertState.PENDING]
        asked = listing.Asked(wanted, sort, limit, events, everything)
        shown, read, cutoffs, left_out, unread = listing.listed(store, run.context, asked, fired)
        expected = forecasts.expected(store, shown, run.as_of)
        dues = inputs.dues(run.context, read)
        customers = run.whose(store, shown)
        undeclared = inputs.undeclared(store, run.as_of, run.home.name)
        state = pages.State(
            records.checked_at(store, run.as_of),
            known_systems.is_empty(store),
            wanted != query.ListFilter(),
        )
    page = pages.listing(
        shown,
        alerts,
        run.as_of,
        run.lang,
        events=events,
        cutoffs=cutoffs,
        forecasts=expected,
        dues=dues,
        customers=customers or [None] * len(shown),
        planned=[
            (plan, awaited)
            for plan, awaited in undeclared
            if wanted(awaited)
            and (wanted.is_found(awaited) or wanted.is_in(facts_at([plan], run.as_of).values()))
        ],
        state=state._replace(left_out=left_out, unread=unread),
    )
    return page, shown


def _offices(written: str | None, system: str) -> Iterator[str]:
    """The codes of the offices that an option names, by code or by what they are called."""
    from clearance.customs import tables

    for word in re.split("[,、;]", unicodedata.normalize("NFKC", written or "")):
        if office := word.strip():
            yield from {office, office.upper()}
            if not office.isdecimal():
                yield from (entry.code for entry in tables.search(system, "offices", office))
