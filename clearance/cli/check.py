"""``clearance check``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any

from clearance.cli._declare import Commands, Option
from clearance.cli._options import command
from clearance.cli._run import Run
from clearance.errors import BadArgument, Phrase, StoreBusy
from clearance.model import Severity
from clearance.named_tuples import NamedTuple

if TYPE_CHECKING:
    from clearance.alerting.evaluation import Checked
    from clearance.alerting.outbox import Delivered
    from clearance.channels import Channel
    from clearance.customers.telling import Teller
    from clearance.render.alerts import Told
    from clearance.stores import Store

app = Commands()

NOTHING = Phrase("nothing was looked at: the store holds no messages")
"""What is said of a check of an empty store."""


class CheckRun(NamedTuple):
    """What a check changed, the deliveries it made, and whether the store holds no message."""

    result: Checked
    deliveries: list[Delivered]
    empty: bool


@app.command()
@command(clock=True)
def check(
    run: Run,
    dry_run: Annotated[
        bool, Option("--dry-run", help="Show what would change and keep nothing.")
    ] = False,
    fail_on: Annotated[
        str | None,
        Option(metavar="warning|critical", help="Exit 6 while such an alert is firing."),
    ] = None,
    baseline: Annotated[
        bool,
        Option("--baseline", help="Take what is there as told: from now on only what happens is."),
    ] = False,
    full: Annotated[
        bool, Option("--full", help="Look at everything, not only at what may have changed.")
    ] = False,
) -> int:
    """Look for what is wrong, notify the channels, and print what changed.

    For cron: if no alert is new or over since the last check, nothing is printed. Only one check
    delivers at a time; another one meanwhile leaves the deliveries to it.
    """
    from clearance.alerting import delivery, evaluation
    from clearance.render import alerts as pages

    level = _severity(fail_on)
    teller = _teller(run)
    asked = run.form == "json" or run.output is not None
    result, deliveries, empty = looked(
        run,
        dry_run=dry_run,
        baseline=baseline,
        full=full,
        whole=asked or level is not None,
        teller=teller,
    )
    if empty:
        run.tell(NOTHING)
    _tell_history(run, result, dry_run=dry_run, baseline=baseline)
    told = _told(teller, run.lang)
    if asked or any((result.new, result.resolved, result.repeated, told and told.tables)):
        run.show(pages.checked(result, deliveries, run.as_of, run.lang, told))
    if delivery.undelivered(deliveries):
        return 3
    return 6 if level and evaluation.firing(result, level) else 0


def _tell_history(run: Run, result: Checked, *, dry_run: bool, baseline: bool) -> None:
    """Says what a baseline did, or offers one where most of what is told may be known already."""
    if baseline and result.busy:
        raise StoreBusy("another check is delivering: try again when it is done")
    if baseline and dry_run:
        run.tell(Phrase("{count} alerts would be taken as told", count=result.baseline))
    elif baseline:
        run.tell(
            Phrase(
                "{count} alerts are taken as told: from now on only what happens is told",
                count=result.baseline,
            )
        )
    elif result.old:
        run.tell(
            Phrase(
                "{count} of {all} alerts are older than a week: clearance check --baseline takes "
                "what is there as told, and from then on only what happens is",
                count=result.old,
                all=len(result.new),
            )
        )


def _teller(run: Run) -> Teller | None:
    """What tells customers; None where there are none."""
    if not run.customers:
        return None
    from clearance.customers import releases
    from clearance.customers.telling import Teller
    from clearance.render import customer_notices as words

    return Teller(run.customers, words.text, words.message, releases.expected_at(run.as_of))


def _told(teller: Teller | None, lang: str) -> Told | None:
    """What a check told customers."""
    if teller is None:
        return None
    from clearance.render import customer_tables

    return customer_tables.told_in_check(teller.told, teller.no_customer, lang)


def looked(
    run: Run,
    *,
    dry_run: bool = False,
    baseline: bool = False,
    full: bool = False,
    whole: bool = True,
    teller: Teller | None = None,
    tell: Callable[[Phrase], None] | None = None,
) -> CheckRun:
    """What a check changed, the deliveries it made, and whether the store holds no message.

    Unless it is to be ``whole``, it has of what stands only what was looked at.
    The heartbeat is told of it; an empty store, or one that is not there, is a failure.
    That it could not be sent is said on standard error, or to ``tell``.
    """
    from clearance.alerting import delivery
    from clearance.render.notifications import notification
    from clearance.timelines import known_systems

    with (
        delivery.Heartbeat(None if dry_run else run.heartbeat, tell or run.tell) as beat,
        run.open(write=not dry_run) as store,
    ):
        channels = of_house(run, store, tell or run.tell, keep=not dry_run)
        sender = delivery.sender(channels, run.now, teller or _teller(run))
        result, deliveries = delivery.check(
            store,
            run.context,
            sender,
            notification,
            dry_run=dry_run,
            baseline=baseline,
            full=full,
            whole=whole,
        )
        empty = known_systems.is_empty(store)
        beat.held_elsewhere, beat.failed = result.busy, empty or delivery.failing(result)
    return CheckRun(result, deliveries, empty)


def of_house(
    run: Run, store: Store, tell: Callable[[Phrase], None], *, keep: bool = False
) -> Mapping[str, Channel]:
    """The channels; one that a customer was told by, and is no more, takes no alerts unasked.

    With ``keep`` the store remembers what is needed for that.
    """
    channels: dict[str, Any] = {**run.channels}
    said = {name: channel.alerts for name, channel in channels.items()}
    if None not in said.values():
        return channels
    import msgspec

    from clearance.customers import telling

    if keep:
        telling.remember(store, run.customers)
    for name in telling.left_over(store, run.customers, said):
        channels[name] = msgspec.structs.replace(channels[name], alerts=False)
        tell(
            Phrase(
                "channels.{name}: a customer was told there, and none is any more: no alerts go "
                "there until it says alerts = true, or false",
                name=name,
            )
        )
    return channels


def _severity(fail_on: str | None) -> Severity | None:
    if fail_on is None:
        return None
    if fail_on not in (Severity.WARNING, Severity.CRITICAL):
        raise BadArgument("--fail-on {fail_on}: choose warning or critical", fail_on=fail_on)
    return Severity(fail_on)
