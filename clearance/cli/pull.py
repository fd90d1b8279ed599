"""``clearance pull``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

from clearance.cli._declare import Argument, Commands
from clearance.cli._options import command
from clearance.cli._output import failed
from clearance.cli._run import Run
from clearance.errors import BadArgument, Phrase

if TYPE_CHECKING:
    from clearance.sources import Source, Visit
    from clearance.timelines.intake import Ingested

app = Commands()


@app.command()
@command()
def pull(
    run: Run,
    sources: Annotated[
        list[str] | None,
        Argument(metavar="[SOURCE]...", help="Names of sources; else all that are asked."),
    ] = None,
) -> int:
    """Fetch new messages from the sources that are asked over HTTP.

    For cron: if there is nothing new, nothing is printed. What each page brings is committed before
    the next one is asked for. One that fails is told, and the others are asked.
    """
    from clearance.render import sources as pages
    from clearance.timelines import visits as asked

    chosen = _chosen(run.sources, sources or ())
    results: dict[str, tuple[Visit, Ingested]] = {}
    with run.open(write=True, make=True) as store:
        for name, source in chosen.items():
            results[name] = asked.pulled(store, name, source, run.now, run.calendars)
    visits = {name: visit for name, (visit, _) in results.items()}
    _refuse_settings(visits)
    news = any(read.new or read.refused for _, read in results.values())
    if news or run.form != "table" or run.output:
        run.show(pages.pulled(results, run.lang))
    for _, read in results.values():
        for refusal in read.refusals:
            why = refusal.said or refusal.reason
            run.tell(Phrase("refused: {name}: {why}", name=refusal.name, why=why))
    return failed(run, visits) or (3 if any(read.refused for _, read in results.values()) else 0)


def _chosen(sources: Mapping[str, Source], names: Sequence[str]) -> dict[str, Source]:
    """The sources that are asked, or those of them that are named; raises BadArgument."""
    from clearance.sources import Remote

    asked = {name: source for name, source in sources.items() if isinstance(source, Remote)}
    if not asked:
        raise BadArgument("nothing to pull: set a [sources.NAME] whose kind is asked over HTTP")
    for name in names:
        if name in sources and name not in asked:
            raise BadArgument("sources.{name} is a folder: clearance ingest reads it", name=name)
        if name not in asked:
            raise BadArgument(
                "there is no source {name}: there are {choices}", name=name, choices=list(asked)
            )
    return {name: asked[name] for name in names or asked}


def _refuse_settings(visits: Mapping[str, Visit]) -> None:
    """Raises BadArgument where no source could be asked because of a setting."""
    failures = {name: visit.failure for name, visit in visits.items()}
    if not all(failure and failure.in_settings for failure in failures.values()):
        return
    name, failure = next(iter(failures.items()))
    raise BadArgument("sources.{name}.{why}", name=name, why=failure)
