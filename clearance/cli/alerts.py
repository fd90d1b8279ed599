"""``clearance alerts``."""

from __future__ import annotations

from typing import Annotated

import typer

from clearance.cli._options import command, typer_app
from clearance.cli._run import Run

app = typer_app(no_args_is_help=True, help="The alerts that checks have raised.")

_Id = Annotated[str, typer.Argument(metavar="ID", help="Its id, or the beginning of it.")]
_Until = Annotated[
    str, typer.Option("--until", metavar="TIME|8h|2d", help="When it ends; it must end.")
]


@app.callback()
def alerts() -> None:
    """The alerts that checks have raised."""


@app.command("list")
@command(clock=True)
def show_list(
    run: Run,
    everything: Annotated[bool, typer.Option("--all", help="Resolved ones too.")] = False,
) -> None:
    """List the alerts that are firing, as the last check left them."""
    from clearance.alerting import records
    from clearance.render import alerts as pages

    with run.open() as store:
        alerts = records.alerts(store, run.as_of, everything=everything)
    run.show(pages.alerts(alerts, run.as_of, run.lang))


@app.command("show")
@command(clock=True)
def show(run: Run, id: _Id) -> None:
    """Show an alert with its history and what to do."""
    from clearance.alerting import acknowledging
    from clearance.render import alerts as pages

    with run.open() as store:
        alert = acknowledging.alert(store, id)
    run.show(pages.alert(alert, run.as_of, run.lang))


@app.command("ack")
@command(clock=True)
def acknowledge(run: Run, id: _Id, until: _Until) -> None:
    """Acknowledge an alert.

    Nobody is notified of it again until then, unless it gets worse; you are still notified when it
    is over.
    """
    from clearance.alerting import acknowledging
    from clearance.render import alerts as pages

    with run.open(write=True) as store:
        alert = acknowledging.acknowledge(store, id, run.until(until), run.as_of)
    run.show(pages.alert(alert, run.as_of, run.lang))


@app.command("silence")
@command(clock=True)
def silence(
    run: Run,
    until: _Until,
    match: Annotated[
        list[str],
        typer.Option("--match", metavar="KEY=VALUE", help="A label of the alert, as office=2248."),
    ],
) -> None:
    """Silence alerts until some time.

    An alert must match every label given: rule, severity, declaration, direction, office, feed, id.
    """
    from clearance.alerting import acknowledging
    from clearance.render import alerts as pages

    matching = acknowledging.matching(match)
    with run.open(write=True) as store:
        kept = acknowledging.silence(store, matching, run.until(until), run.as_of)
    run.show(pages.silences([kept], run.as_of, run.lang))


@app.command("silences")
@command(clock=True)
def show_silences(
    run: Run,
    everything: Annotated[bool, typer.Option("--all", help="Expired ones too.")] = False,
) -> None:
    """List active silences."""
    from clearance.alerting import acknowledging
    from clearance.render import alerts as pages

    with run.open() as store:
        silences = acknowledging.silences(store, run.as_of, everything=everything)
    run.show(pages.silences(silences, run.as_of, run.lang))


@app.command("end")
@command(clock=True)
def end(run: Run, id: _Id) -> None:
    """End an acknowledgement or a silence before its time."""
    from clearance.alerting import acknowledging
    from clearance.model import Silence
    from clearance.render import alerts as pages

    with run.open(write=True) as store:
        ended = acknowledging.end(store, id, run.as_of)
    if isinstance(ended, Silence):
        run.show(pages.silences([ended], run.as_of, run.lang))
    else:
        run.show(pages.alert(ended, run.as_of, run.lang))


@app.command("history")
@command(clock=True)
def history(
    run: Run,
    since: Annotated[
        str | None, typer.Option(metavar="DATE|7d|12h", help="Only what happened since then.")
    ] = None,
) -> None:
    """List every change of state of alerts, the latest last."""
    from clearance.alerting import records
    from clearance.render import alerts as pages

    start = run.since(since) if since else None
    with run.open() as store:
        turns = records.history(store, start, run.as_of)
    run.show(pages.history(turns, run.as_of, run.lang))
