"""What ``clearance report`` shows of where its figures come from."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Any

from clearance.cli._output import fill, write_atomically
from clearance.cli._run import Run
from clearance.errors import BadArgument
from clearance.files import from_home
from clearance.model import replace

if TYPE_CHECKING:
    from clearance.config import EvidenceSettings
    from clearance.reporting.query import ReportQuery
    from clearance.reporting.settings import Settings
    from clearance.stores import Store


def with_alerts(store: Store, query: ReportQuery) -> ReportQuery:
    """The same with the alerts that a store holds, where the report says how well it went."""
    if not query.has_quality or next(store.records("alert"), None) is None:
        return query
    from clearance.alerting import records

    silences = map(records.to_silence, store.records(records.SILENCE))
    known = frozenset(silence.id for silence in silences if silence.since <= query.as_of)
    return replace(query, alerts=tuple(records.all_alerts(store)), silences=known)


def lists_file(run: Run) -> str | None:
    """The name of the file beside a page that has its long lists; None if the page is no file."""
    if run.output is None or str(run.output) == "-":
        return None
    return f"{run.output.stem}-lists.html"


def show_trace(
    run: Run, query: ReportQuery, written: str, archive: str | None, whose: str | None = None
) -> None:
    """Shows the declarations behind a figure, their events, and the messages of these.

    The figure is one of a report, or of the score card of a dimension, ``whose``. Their files are
    looked for where sources are, and in an archive that they were moved to.
    """
    from clearance.render import tracing as pages
    from clearance.reporting import scorecard_lists, tracing
    from clearance.reporting.origins import Origins
    from clearance.sources import folders

    archives = [] if archive is None else [from_home(archive)]
    for folder in archives:
        if not folder.is_dir():
            raise BadArgument("--archive {archive}: there is no such folder", archive=folder)
    read = folders(run.sources)
    places = [*read.values(), *archives]
    with run.open() as store:
        if whose:
            traced = scorecard_lists.trace(store, query, whose, written)
        else:
            traced = tracing.trace(store, with_alerts(store, query), written)
        found = Origins(places, run.sources)
        messages = store.messages(tracing.messages_of(traced.behind))
        origins = {message.id: found.of(message) for message in messages}
    run.show(pages.traced(traced, origins, run.lang))


def show_verified(run: Run, written: str) -> int:
    """Shows which figures of a saved report are not what the messages say; 1 if any."""
    from clearance.render import verifying as pages
    from clearance.reporting import verifying

    file = from_home(written)
    saved = verifying.read(file)
    with run.open() as store:
        result = verifying.verify(store, saved, file, settings(run))
    run.show(pages.verified(result, file, run.lang))
    if not result.different:
        return 0
    run.tell(pages.differs(result, file))
    return 1


def settings(run: Run) -> Settings:
    """What figures rest on besides messages."""
    from clearance.reporting.settings import Settings

    if run.config is None:
        return Settings(run.calendars)
    costs = run.config.costs
    return Settings(
        run.calendars,
        run.config.error_rate.recorded_until,
        run.targets,
        run.config.error_rate.average,
        costs.currency,
        costs.dead_freight,
        [(tier.days, tier.rate) for tier in costs.demurrage.tiers],
        run.config.return_reasons,
    )


def named_settings(run: Run, query: ReportQuery) -> dict[str, Any]:
    """The same as the JSON of a report names it."""
    from clearance.reporting.settings import written, years_of

    return written(settings(run), years_of(query.spans[0][0], query.as_of))


def write_evidence(run: Run, query: ReportQuery, written: str, *, digests: bool) -> None:
    """Writes an archive of a report and all that it rests on, and says what its digest is."""
    from clearance.render import evidence as pages
    from clearance.render import html_lists, reports
    from clearance.reporting import chart_data, evidence, selecting
    from clearance.reporting.resampling import compile_report
    from clearance.reporting.tally import Tally

    file = from_home(written)
    if file.suffix.lower() != ".zip":
        raise BadArgument("--evidence {file}: give a file that ends in .zip", file=file)
    if run.form == "html":
        raise BadArgument("--evidence is no page of HTML: choose table, json, jsonl, csv, xlsx")
    with run.open() as store:
        query = with_alerts(store, query)
        held = evidence.gather(store, query, with_messages=not digests)
        undated = selecting.undated(store, query.as_of)
    result = compile_report(query, Tally(query, held.some), undated)
    pictures = cache(partial(chart_data.draw, query, held.some))
    lists = html_lists.of_page(query, held.some, result, pictures(), run.lang, "lists.html")
    named = partial(named_settings, run, query)
    page = reports.reported(result, run.lang, pictures, lists=lists, settings=named)
    files = pages.contents(held, page, run.lang, with_messages=not digests)
    made = pages.manifest(files, held, page)
    sealed, stamp = _sealed(made, run.config.evidence if run.config else None)
    packed = pages.archive(files, made, sealed, stamp)
    write_atomically(file, partial(fill, packed), "--evidence")
    count = len(files) + 2 + (stamp is not None)
    run.show(pages.written(file, count, sealed, run.lang))


def _sealed(made: bytes, settings: EvidenceSettings | None) -> tuple[bytes, bytes | None]:
    """The seal of a manifest, signed and stamped if that is set; and the time stamp."""
    from clearance.render import evidence as pages
    from clearance.reporting import sealing

    key, address = (settings.key, settings.timestamp) if settings else (None, None)
    signature = sealing.signature(made, key) if key else None
    stamp = sealing.time_stamp(made, address) if address else None
    return pages.seal(made, signature, stamp), stamp
