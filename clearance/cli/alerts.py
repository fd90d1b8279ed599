"""``clearance alerts``."""

from __future__ import annotations

from typing import Annotated

import typer

from clearance.cli._run import Run, command, typer_app

app = typer_app(no_args_is_help=True, help="The alerts that checks have raised.")

Id = Annotated[str, typer.Argument(metavar="ID", help="Its id, or the beginning of it.")]
Until = Annotated[
    str, typer.Option("--until", metavar="TIME|8h|2d", help="When that ends; it must end.")
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
        found = records.alerts(store, run.as_of, everything=everything)
    run.show(pages.alerts(found, run.as_of, run.lang))


@app.command("show")
@command(clock=True)
def show(run: Run, id: Id) -> None:
    """Show an alert with its history and what to do."""
    from clearance.alerting import acknowledging
    from clearance.render import alerts as pages

    with run.open() as store:
        found = acknowledging.alert(store, id)
    run.show(pages.alert(found, run.as_of, run.lang))


@app.command("ack")
@command(clock=True)
def acknowledge(run: Run, id: Id, until: Until) -> None:
    """Say that you have seen an alert.

    It is not told again until then, unless it gets worse; that it is over is told.
    """
    from clearance.alerting import acknowledging
    from clearance.render import alerts as pages

    with run.open(write=True) as store:
        found = acknowledging.acknowledge(store, id, run.until(until), run.as_of)
    run.show(pages.alert(found, run.as_of, run.lang))


@app.command("silence")
@command(clock=True)
def silence(
    run: Run,
    until: Until,
    match: Annotated[
        list[str],
        typer.Option("--match", metavar="KEY=VALUE", help="What it is about, as office=2248."),
    ],
) -> None:
    """Say what is not to be told until some time.

    Everything that is matched must be so: rule, severity, declaration, direction, office, feed, id.
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
    """List what is not to be told now."""
    from clearance.alerting import acknowledging
    from clearance.render import alerts as pages

    with run.open() as store:
        found = acknowledging.silences(store, run.as_of, everything=everything)
    run.show(pages.silences(found, run.as_of, run.lang))


@app.command("end")
@command(clock=True)
def end(run: Run, id: Id) -> None:
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
    """List every turn that alerts took, the latest last."""
    from clearance.alerting import records
    from clearance.render import alerts as pages

    start = run.moment(since, "--since") if since else None
    with run.open() as store:
        turns = records.history(store, start, run.as_of)
    run.show(pages.history(turns, run.as_of, run.lang))
