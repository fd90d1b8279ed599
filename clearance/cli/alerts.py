"""``clearance alerts``."""

from __future__ import annotations

from typing import Annotated

from clearance.cli._completion import alert_ids, alert_targets
from clearance.cli._declare import Argument, Commands, Option
from clearance.cli._options import Who, command
from clearance.cli._run import Run
from clearance.errors import BadArgument
from clearance.model import Remark

app = Commands("The alerts that checks have raised.")

_Id = Annotated[
    str,
    Argument(
        metavar="ID",
        autocompletion=alert_ids,
        help="Its id, or the beginning of it: four characters at least.",
    ),
]
_Note = Annotated[
    str | None, Option("--note", "--comment", metavar="TEXT", help="Why; kept with it.")
]
_Until = Annotated[
    str, Option("--until", metavar="TIME|30m|8h|2d", help="When it ends; it must end.")
]


@app.command("list")
@command(clock=True)
def show_list(
    run: Run,
    everything: Annotated[bool, Option("--all", help="Resolved ones too.")] = False,
) -> None:
    """List the alerts that are firing, as the last check left them."""
    from clearance.alerting import records
    from clearance.render import alerts as pages

    with run.open() as store:
        alerts = records.alerts(store, run.as_of, everything=everything, clock=run.now)
        checked_at = records.checked_at(store, run.as_of)
    run.show(pages.alerts(alerts, run.as_of, run.lang, checked_at))


@app.command("show")
@command(clock=True)
def show(run: Run, id: _Id) -> None:
    """Show an alert with its history and what to do."""
    from clearance.alerting import acknowledging, records
    from clearance.render import alerts as pages

    with run.open() as store:
        found = acknowledging.alert_known(store, id, run.as_of, run.now)
        (alert,) = records.as_they_stand(store, [found], run.as_of)
        checked_at = records.checked_at(store, run.as_of)
    run.show(pages.alert(alert, run.as_of, run.lang, checked_at))


@app.command("ack")
@command(clock=True)
def acknowledge(
    run: Run,
    targets: Annotated[
        list[str],
        Argument(
            metavar="ID|REF|RULE…",
            autocompletion=alert_targets,
            help="Ids of alerts, numbers of declarations, or rules: all alerts of these.",
        ),
    ],
    until: Annotated[
        str | None,
        Option(
            "--until",
            metavar="TIME|30m|8h|2d",
            help="When it ends; by default with the next working day.",
        ),
    ] = None,
    note: _Note = None,
    who: Who = None,
) -> None:
    """Acknowledge alerts.

    Nobody is notified of them again until then, unless they get worse; you are still notified when
    they are over.
    """
    from clearance.alerting import acknowledging
    from clearance.render import alerts as pages

    calendar = run.calendars.of(run.home.name)
    ends = run.until(until) if until else acknowledging.next_working_day(calendar, run.as_of)
    with run.open(write=True) as store:
        seen = acknowledging.acknowledge(
            store, targets, ends, run.as_of, Remark(note, run.who(who))
        )
    run.show(pages.acknowledged(seen, run.as_of, run.lang))


@app.command("silence")
@command(clock=True)
def silence(
    run: Run,
    until: _Until,
    match: Annotated[
        list[str],
        Option("--match", metavar="KEY=VALUE", help="A label of the alert, as office=2248."),
    ],
    note: _Note = None,
    who: Who = None,
    preview: Annotated[
        bool, Option("--dry-run", help="Only say how many alerts it would silence.")
    ] = False,
) -> None:
    """Silence alerts until some time; say why with --note.

    An alert must match every label given: rule, severity, declaration, direction, office, feed, id.
    Rules, severities, directions and offices may be called what lists call them, and a declaration
    by any of its numbers.
    """
    from clearance.alerting import acknowledging
    from clearance.render import alerts as pages

    matching = acknowledging.matching(match)
    if not preview and not (note or "").strip():
        raise BadArgument("--note is missing: say why, for those who miss the alerts")
    said = Remark(note, run.who(who))
    with run.open(write=not preview) as store:
        made = acknowledging.silence(
            store, matching, run.until(until), run.as_of, said, run.sources
        )
        matched = acknowledging.matched(store, [made])
        if not preview:
            acknowledging.keep(store, made)
    run.show(pages.silences([made], run.as_of, run.lang, matched))


@app.command("silences")
@command(clock=True)
def show_silences(
    run: Run,
    everything: Annotated[bool, Option("--all", help="Expired ones too.")] = False,
) -> None:
    """List active silences."""
    from clearance.alerting import acknowledging
    from clearance.render import alerts as pages

    with run.open() as store:
        silences = acknowledging.silences(store, run.as_of, everything=everything)
        matched = acknowledging.matched(store, silences)
    run.show(pages.silences(silences, run.as_of, run.lang, matched))


@app.command("end")
@command(clock=True)
def end(run: Run, id: _Id, note: _Note = None, who: Who = None) -> None:
    """End an acknowledgement or a silence before its time."""
    from clearance.alerting import acknowledging
    from clearance.model import Silence
    from clearance.render import alerts as pages

    with run.open(write=True) as store:
        ended = acknowledging.end(store, id, run.as_of, Remark(note, run.who(who)))
    if isinstance(ended, Silence):
        run.show(pages.silences([ended], run.as_of, run.lang))
    else:
        run.show(pages.alert(ended, run.as_of, run.lang))


@app.command("history")
@command(clock=True)
def history(
    run: Run,
    since: Annotated[
        str | None, Option(metavar="DATE|7d|12h", help="Only what happened since then.")
    ] = None,
) -> None:
    """List every change of state of alerts, and every silence, the latest last."""
    from clearance.alerting import acknowledging, records
    from clearance.render import alerts as pages

    start = run.since(since) if since else None
    with run.open() as store:
        turns = records.history(store, start, run.as_of)
        silences = acknowledging.silences(store, run.as_of, everything=True)
    made = [silence for silence in silences if start is None or silence.since >= start]
    run.show(pages.history(turns, run.as_of, run.lang, made))
