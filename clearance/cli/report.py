"""``clearance report``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from functools import cache, partial
from typing import TYPE_CHECKING, Annotated

from clearance.cli import _evidence
from clearance.cli._declare import Commands, Option
from clearance.cli._options import command
from clearance.cli._output import write_atomically
from clearance.cli._run import Run
from clearance.errors import BadArgument
from clearance.files import from_home
from clearance.render import REPORT_FORMATS

if TYPE_CHECKING:
    from clearance.calendar import Calendar
    from clearance.periods import Period
    from clearance.reporting.chart_data import Pictures
    from clearance.reporting.query import ReportQuery
    from clearance.reporting.tally import Tally
    from clearance.stores import Store
    from clearance.stores.alike import Alike

app = Commands()

_Period = Annotated[
    str | None,
    Option(
        metavar="2026Q1..2026Q4",
        help="Also 2026, 2026-03, last-quarter; the last four quarters if not given.",
    ),
]
_Every = Annotated[str | None, Option(metavar="quarter|month|year", help="How to cut the period.")]
_By = Annotated[str, Option(metavar="DIM[,DIM]", help="Break down by office, trader, country, …")]
_Interval = Annotated[str, Option(metavar="NAME", help="From which milestone to which.")]
_Cohort = Annotated[
    str, Option(metavar="declared|closed", help="What was declared, or closed, in a period.")
]
_Clock = Annotated[str, Option(metavar="elapsed|working", help="Elapsed or official working time.")]
_Compare = Annotated[str, Option(metavar="previous|year-ago", help="The period to compare with.")]
_Events = Annotated[
    str | None,
    Option(metavar="FILE.csv|xes", help="Write an event log for process mining too."),
]
_Calibration = Annotated[
    bool,
    Option(
        "--calibration",
        help="How often forecasts of releases were right instead.",
    ),
]
_Zone = Annotated[str | None, Option("--zone", metavar="ZONE", help="Zone that periods lie in.")]

_Verbose = Annotated[
    bool, Option("--verbose", "-v", help="What was declared in all, also without groups.")
]

_NoQuality = Annotated[
    bool, Option("--no-quality", help="How long it took only, and not how well it went.")
]

_NoWhy = Annotated[
    bool, Option("--no-why", help="Not what the last change was made of: it takes a moment.")
]

_Trace = Annotated[
    str | None,
    Option(metavar="ROW.FIGURE", help="The declarations behind a figure, such as 2026Q3.closed."),
]

_Archive = Annotated[
    str | None,
    Option(metavar="DIR", help="With --trace: where files were moved to, to find their bytes."),
]

_Verify = Annotated[
    str | None,
    Option(metavar="FILE.json", help="Recompute every figure of a saved report from the messages."),
]

_Scorecard = Annotated[
    str | None,
    Option(
        metavar="broker|office|customer|trader",
        help="One line for each instead, and what differs beyond chance.",
    ),
]

_Evidence = Annotated[
    str | None,
    Option(metavar="FILE.zip", help="Write the report with all that it rests on, to be checked."),
]
_Digests = Annotated[
    bool, Option("--digests", help="In the evidence, digests of messages instead of these.")
]

_DEFAULTS = {
    "by": "",
    "interval": "declare-close",
    "cohort": "declared",
    "clock": "elapsed",
    "compare": "previous",
}
"""The options that are not simply left out where they are not given."""
_WRITTEN = ("events", "evidence")
_OF_REPORTS = (
    "by", "interval", "cohort", "clock", "compare", "events", "every", "verbose", "no_quality",
    "no_why", "scorecard", "trace", "archive", "evidence", "digests",
)  # fmt: skip
_MODES: Mapping[str, tuple[str, ...]] = {
    "verify": (*_OF_REPORTS, "period", "zone", "as_of", "calibration"),
    "calibration": _OF_REPORTS,
    "scorecard": ("by", "cohort", "clock", "compare", *_WRITTEN),
    "trace": _WRITTEN,
}
"""By the option that shows something else than a report, those that it does not take."""


@app.command()
@command(REPORT_FORMATS, clock=True, spreadsheet=True)
def report(
    run: Run,
    period: _Period = None,
    every: _Every = None,
    by: _By = "",
    interval: _Interval = "declare-close",
    cohort: _Cohort = "declared",
    clock: _Clock = "elapsed",
    compare: _Compare = "previous",
    events: _Events = None,
    calibration: _Calibration = False,
    in_zone: _Zone = None,
    verbose: _Verbose = False,
    no_quality: _NoQuality = False,
    no_why: _NoWhy = False,
    scorecard: _Scorecard = None,
    trace: _Trace = None,
    archive: _Archive = None,
    verify: _Verify = None,
    evidence: _Evidence = None,
    digests: _Digests = False,
) -> int | None:
    """Show how long declarations took, whether it changed, and where the time went."""
    given = {**locals(), "zone": in_zone, "as_of": run.written_as_of}
    from clearance.reporting.query import Costs, ReportQuery, dimensions

    if digests and evidence is None:
        raise BadArgument("--digests is for --evidence: name the archive to write")
    if archive is not None and trace is None:
        raise BadArgument("--archive is for --trace: name the figure to trace")
    if verify is not None:
        _refuse_others("verify", given)
        return _evidence.show_verified(run, verify)
    zone = run.zone(in_zone)
    periods = _periods(run, period or (None if scorecard else _period_of(trace)), every, zone)
    calendar = _calendar(run, clock)
    if calibration:
        _refuse_others("calibration", given)
        _show_calibration(run, periods, zone)
        run.say_whose_zone(in_zone)
        return None
    settings = _evidence.settings(run)
    query = ReportQuery(
        periods=periods,
        zone=zone,
        as_of=run.as_of,
        by=dimensions(by),
        interval=interval,
        cohort=cohort,
        compare=compare,
        calendar=calendar,
        calendar_of=run.calendars.of,
        quality=not no_quality,
        why=not (no_why or scorecard or trace),
        targets=settings.targets,
        errors_until=settings.errors_until(zone),
        averages=settings.averages,
        costs=Costs(settings.currency, settings.freight, tuple(settings.tiers)),
        reasons=settings.reasons,
    )
    if scorecard:
        _refuse_others("scorecard", given)
        _show_scorecard(run, query, scorecard, trace, archive)
    elif trace is not None:
        _refuse_others("trace", given)
        _evidence.show_trace(run, query, trace, archive)
    elif evidence is not None:
        _evidence.write_evidence(run, query, evidence, digests=digests)
    else:
        _show_report(run, query, events, verbose=verbose)
    run.say_whose_zone(in_zone)
    return None


def _show_scorecard(
    run: Run, query: ReportQuery, whose: str, trace: str | None, archive: str | None
) -> None:
    """Shows brokers, offices, customers or traders side by side; or who is behind a figure."""
    from clearance.render import scorecard as pages
    from clearance.reporting import scorecard_lists, selecting
    from clearance.reporting.scorecard import scorecard

    if trace is not None:
        _evidence.show_trace(run, query, trace, archive, whose)
        return
    with run.open() as store:
        selected = selecting.alike(store, query)
        held = [some.in_arrays() for some in selected] if run.form == "html" else []
        card = scorecard(query, held or selected, whose)
    lists = scorecard_lists.lists(query, held, whose)
    names = dict.fromkeys((str(query.periods[0]), str(query.periods[-1])))
    asked = pages.Asked("..".join(names), run.as_of, query.zone)
    run.show(pages.scored(card, asked, run.lang, lists, _evidence.lists_file(run)))


def _periods(run: Run, written: str | None, every: str | None, zone: tzinfo) -> Sequence[Period]:
    """The periods of a report; by default the last four."""
    from clearance import periods

    if every not in (None, *periods.EVERY):
        raise BadArgument(
            "--every {every}: choose {choices}", every=every, choices=list(periods.EVERY)
        )
    unit = periods.EVERY[every] if every else None
    today = run.as_of.astimezone(zone).date()
    return periods.parse(written or periods.last_four(today, unit), today, unit)


def _period_of(trace: str | None) -> str | None:
    """The period that the row of a figure is named by, if it looks like one."""
    named = re.match(r"[0-9]{4}(Q[1-4]|-[0-9]{2})?(?=[*/.])", trace or "")
    return named[0] if named else None


def _calendar(run: Run, clock: str) -> Calendar | None:
    """The calendar that counts working time; None if all time counts."""
    from clearance.reporting.query import CLOCKS

    if clock not in CLOCKS:
        raise BadArgument("--clock {clock}: choose {choices}", clock=clock, choices=list(CLOCKS))
    return run.calendars.of(run.home.name) if clock == "working" else None


def _show_report(run: Run, query: ReportQuery, events: str | None, *, verbose: bool) -> None:
    from clearance.render import reports as pages
    from clearance.reporting import selecting
    from clearance.reporting.resampling import compile_report
    from clearance.reporting.tally import Tally

    with run.open() as store:
        query = _evidence.with_alerts(store, query)
        selected = selecting.alike(store, query)
        held = [some.in_arrays() for some in selected] if run.form in ("html", "xlsx") else []
        tally = Tally(query, held or selected)
        undated = selecting.undated(store, query.as_of)
        if events:
            _write_log(events, store, query, run.lang)
    result = compile_report(query, tally, undated)
    pictures = cache(partial(_pictures, query, held, tally))
    lists = None
    if run.form == "html":
        from clearance.render import html_lists

        beside = _evidence.lists_file(run)
        lists = html_lists.of_page(query, held, result, pictures(), run.lang, beside)
    named = partial(_evidence.named_settings, run, query)
    run.show(
        pages.reported(result, run.lang, pictures, verbose=verbose, lists=lists, settings=named)
    )


def _pictures(query: ReportQuery, some: Sequence[Alike], tally: Tally) -> Pictures:
    """What a page or a workbook draws of a report."""
    from clearance.reporting import chart_data

    return chart_data.draw(query, some, tally)


def _write_log(file: str, store: Store, query: ReportQuery, lang: str) -> None:
    """Writes the event log of a report, of the kind that the file's name ends in."""
    from clearance.render import eventlog
    from clearance.reporting import selecting

    events = from_home(file)
    write = eventlog.writer(events, lang)
    histories = selecting.histories(store, query)
    write_atomically(events, lambda file: write(histories, file), "--events")


def _refuse_others(mode: str, given: Mapping[str, object]) -> None:
    """Raises BadArgument for an option that does not go together with that of a mode."""
    for name in _MODES[mode]:
        if given[name] not in (None, False, _DEFAULTS.get(name)):
            raise BadArgument(
                "--{name} does not apply to --{mode}: leave one of them out",
                name=name.replace("_", "-"),
                mode=mode,
            )


def _show_calibration(run: Run, periods: Sequence[Period], zone: tzinfo) -> None:
    """Shows how good the forecasts of the periods were."""
    from clearance.render import calibration as pages
    from clearance.timelines import forecasts

    first, last = periods[0], periods[-1]
    since, until = first.start(zone), last.next.start(zone)
    with run.open() as store:
        test = forecasts.back_test(store, since, until, run.as_of, partial(_half_year, zone))
    calibration = pages.Calibration(
        test=test,
        periods="..".join(dict.fromkeys((str(first), str(last)))),
        as_of=run.as_of,
        zone=zone,
    )
    run.show(pages.calibrated(calibration, run.lang))


def _half_year(zone: tzinfo, at: int) -> str:
    """The half-year that a moment lies in, such as 2026H1."""
    day = datetime.fromtimestamp(at, zone)
    return f"{day.year}H{1 if day.month <= 6 else 2}"
