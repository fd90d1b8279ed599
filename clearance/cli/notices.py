"""``clearance notices``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from clearance.cli._completion import customer_names, notice_ids
from clearance.cli._declare import Argument, Commands, Option
from clearance.cli._options import Who, chosen, command
from clearance.cli._run import Run
from clearance.errors import BadArgument
from clearance.model import Remark

if TYPE_CHECKING:
    from clearance.alerting.outbox import Moment
    from clearance.stores import Store

app = Commands("What customers are told.")

_RECENT = "7d"
_Id = Annotated[
    str,
    Argument(
        metavar="ID",
        autocompletion=notice_ids,
        help="Its id, or the beginning of it: four characters at least.",
    ),
]
_Customer = Annotated[
    str | None,
    Option(
        "--customer",
        metavar="NAME",
        autocompletion=customer_names,
        help="Only those of this customer, as the settings name it.",
    ),
]
_Note = Annotated[str | None, Option("--note", metavar="TEXT", help="Why; kept with it.")]


@app.command("list")
@command(clock=True)
def show_list(
    run: Run,
    customer: _Customer = None,
    state: Annotated[
        str | None,
        Option("--state", metavar="STATE,…", help="Only those that stand so, such as held."),
    ] = None,
    everything: Annotated[
        bool, Option("--all", help="Also what was settled more than a week ago.")
    ] = False,
    unmatched: Annotated[
        bool,
        Option("--unmatched", help="Instead, the open declarations that are no customer's."),
    ] = False,
) -> None:
    """List notices, the latest first: what waits, and what was settled within a week."""
    from clearance.customers import proof
    from clearance.render import customer_tables as pages

    states = chosen("--state", state, [*proof.Stand], pages.STANDS)
    with run.open() as store:
        known = _once_told(run, store, customer)
        nobody = proof.unmatched(store, run.customers, run.as_of) if run.customers else []
        since = None if everything or states else run.since(_RECENT)
        found = proof.proofs(store, run.as_of, customer=known, since=since)
    if unmatched:
        run.show(pages.unmatched(nobody, run.customers, run.as_of, run.lang))
    else:
        wanted = [one for one in found if not states or one.stand in states]
        run.show(pages.listing(wanted, len(nobody), run.customers, run.as_of, run.lang))


def _once_told(run: Run, store: Store, customer: str | None) -> str | None:
    """A customer that is set, or that there are notices of; raises BadArgument for any other."""
    from clearance.customers.notices import notices

    is_gone = customer is not None and customer not in run.customers
    if is_gone and any(one.customer == customer for one in notices(store)):
        return customer
    return named(run, customer)


def named(run: Run, customer: str | None) -> str | None:
    """A customer by its name in the settings; raises BadArgument for one that is not there."""
    if customer is None or customer in run.customers:
        return customer
    if not run.customers:
        raise BadArgument("no customer is set: write a [customers.NAME] into the settings")
    raise BadArgument(
        "there is no customer {name}: choose {choices}", name=customer, choices=[*run.customers]
    )


@app.command()
@command(clock=True)
def show(run: Run, id: _Id) -> None:
    """Show a notice as it was worded, who has accepted it, and the messages that told it."""
    from clearance.customers import notices, proof
    from clearance.render import customer_tables as pages

    with run.open() as store:
        found = notices.notice(store, id)
        (one,) = proof.proofs(store, max(run.as_of, found.made_at), some=[found])
        names = store.names_of(set(found.messages))
    run.show(pages.notice(one, names, run.as_of, run.lang))


@app.command()
@command(clock=True)
def approve(run: Run, id: _Id, note: _Note = None, who: Who = None) -> None:
    """Approve a notice that waits for a person; the next check after the quiet hours sends it.

    What waits is what hold names in the settings of a customer.
    """
    from clearance.customers import proof, telling
    from clearance.render import customer_tables as pages

    with run.open(write=True) as store:
        kept = telling.approve(store, run.customers, id, Remark(note, run.who(who)), _moment(run))
        (one,) = proof.proofs(store, max(run.as_of, kept.made_at), some=[kept])
    run.show(pages.notice(one, {}, run.as_of, run.lang))


@app.command()
@command(clock=True)
def drop(run: Run, id: _Id, note: _Note = None, who: Who = None) -> None:
    """Keep a notice that waits for a person from ever being told."""
    from clearance.customers import proof, telling
    from clearance.render import customer_tables as pages

    with run.open(write=True) as store:
        kept = telling.drop(store, id, Remark(note, run.who(who)), _moment(run))
        (one,) = proof.proofs(store, max(run.as_of, kept.made_at), some=[kept])
    run.show(pages.notice(one, {}, run.as_of, run.lang))


def _moment(run: Run) -> Moment:
    from clearance.alerting.outbox import Moment

    return Moment(run.as_of, run.now)


@app.command()
@command(clock=True)
def history(
    run: Run,
    customer: _Customer = None,
    since: Annotated[
        str | None, Option(metavar="DATE|7d|12h", help="Only what was told since then.")
    ] = None,
) -> None:
    """List what was told to whom, when the channel accepted it, and by which messages."""
    from clearance.customers import proof
    from clearance.render import customer_tables as pages

    start = run.since(since) if since else None
    with run.open() as store:
        known = _once_told(run, store, customer)
        found = proof.proofs(store, run.as_of, customer=known)
    run.show(pages.history(found, start, run.as_of, run.lang))
