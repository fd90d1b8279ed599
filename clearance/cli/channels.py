"""``clearance channels``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from clearance.cli._completion import alert_ids, channel_names
from clearance.cli._declare import Argument, Commands
from clearance.cli._options import command
from clearance.cli._run import Run
from clearance.cli.check import of_house
from clearance.errors import BadArgument

if TYPE_CHECKING:
    from clearance.channels import Channel

app = Commands("The channels that alerts are sent to.")


@app.command("list")
@command()
def show_list(run: Run) -> None:
    """List the channels, what each takes and when, and what waits."""
    from clearance.alerting import delivery
    from clearance.alerting.outbox import State
    from clearance.render import channels as pages

    with run.open(make=True) as store:
        waiting = delivery.waiting(store, State.PENDING)
        held = delivery.waiting(store, State.HELD)
        channels = of_house(run, store, run.tell)
    run.show(pages.channels(channels, waiting, held, run.lang))


@app.command()
@command()
def test(
    run: Run,
    name: Annotated[
        str,
        Argument(
            metavar="NAME",
            autocompletion=channel_names,
            help="The channel, as the settings name it.",
        ),
    ],
) -> int:
    """Send a channel a message that says it is a test."""
    from clearance.channels import Accepted
    from clearance.render import channels as pages
    from clearance.render import notifications

    channel = _named(run, name)
    result = channel.send(notifications.test(name, channel.lang, run.now))
    run.show(pages.tested(name, result, run.lang))
    if isinstance(result, Accepted):
        return 0
    run.tell(pages.not_accepted(name, result))
    return 1


def _named(run: Run, name: str) -> Channel:
    if name not in run.channels:
        if not run.channels:
            raise BadArgument("no channel is set: write a [channels.NAME] into the settings")
        raise BadArgument(
            "there is no channel {name}: choose {choices}", name=name, choices=[*run.channels]
        )
    return run.channels[name]


@app.command()
@command(clock=True)
def route(
    run: Run,
    id: Annotated[
        str,
        Argument(
            metavar="ALERT",
            autocompletion=alert_ids,
            help="Its id, or the beginning of it: four characters at least.",
        ),
    ],
) -> None:
    """Show which channels an alert would reach, when, and why."""
    from clearance.alerting import acknowledging, records, routing
    from clearance.render import channels as pages

    with run.open() as store:
        found = acknowledging.alert(store, id)
        (alert,) = records.as_they_stand(store, [found], run.as_of)
        channels = of_house(run, store, run.tell)
    routes = {name: routing.route(alert, name, each.terms) for name, each in channels.items()}
    run.show(pages.routes(alert, routes, channels, run.as_of, run.lang))
