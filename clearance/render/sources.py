"""Sources as pages: what a pull brought, and when each was last heard of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from clearance.render import Cell, Page, Table
from clearance.render.errors import worded
from clearance.render.tables import SCHEMA, columns, flat, iso, minute, tabulated
from clearance.render.words import say

if TYPE_CHECKING:
    from clearance.sources import Visit
    from clearance.timelines.intake import Ingested
    from clearance.timelines.visits import Known

_COUNTS = ("requests", "read", "new", "duplicate", "refused")


def pulled(results: Mapping[str, tuple[Visit, Ingested]], lang: str) -> Page:
    """What a pull brought, by source; an error too where one does not take its secret."""
    rows = [_pulled(name, *result) for name, result in results.items()]
    data: dict[str, Any] = {"schema": SCHEMA, "sources": rows}
    failures = ((name, visit.failure) for name, (visit, _) in results.items())
    shut = [f"sources.{name}: {why}" for name, why in failures if why and why.unauthorised]
    if shut:
        data["error"] = {"kind": "unauthorised", "message": "; ".join(shut)}
    table = Table(
        columns(lang, "source", "result", *(f">{name}" for name in _COUNTS)),
        tuple(
            (row["name"], say(str(row["result"]), lang), *(row[name] for name in _COUNTS))
            for row in rows
        ),
    )
    headings = ("name", "result", *_COUNTS, "detail")
    return Page(data, tuple(rows), (table,), flat(rows, lang, *headings))


def _pulled(name: str, visit: Visit, read: Ingested) -> dict[str, Cell]:
    result = "failed" if visit.failure else "unchanged" if visit.unchanged else "ok"
    counts = {key: getattr(read, key) for key in _COUNTS[1:]}
    detail = str(visit.failure) if visit.failure else None
    return {
        "name": name,
        "result": result,
        "requests": visit.requests,
        **counts,
        "detail": detail,
    }


def document(known: Known) -> dict[str, Any]:
    """What is known of a source, as JSON has it; the usual silence is in working seconds."""
    asked = known.visited
    return {
        "name": asked.name,
        "kind": asked.kind,
        "last_success": iso(asked.last_success),
        "last_error": iso(asked.last_error),
        "error": str(asked.why) if asked.why else None,
        "last_message": iso(known.last_message),
        "usual_silence": known.usual_silence,
    }


def tables(known: Sequence[Known], lang: str) -> tuple[Table, ...]:
    """What is known of each source, for people; none where there is no source."""
    if not known:
        return ()
    headings = ("source", "kind", "last success", "last message", "last error", "why")
    rows = [dict(zip(headings, _cells(one, lang), strict=True)) for one in known]
    return (tabulated(rows, lang, headings),)


def _cells(known: Known, lang: str) -> tuple[Cell, ...]:
    asked = known.visited
    times = map(minute, (asked.last_success, known.last_message, asked.last_error))
    why = worded(asked.why, lang) if asked.why else None
    return asked.name, asked.kind, *times, why
