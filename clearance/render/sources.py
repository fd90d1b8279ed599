"""Sources as pages: which there are, what a pull brought, and when each was last heard of."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from clearance.render import Cell, Page, Table
from clearance.render.phrases import worded
from clearance.render.tables import SCHEMA, columns, flat, iso, minute, tabulated
from clearance.render.words import say, told
from clearance.sources import kind_of

if TYPE_CHECKING:
    from pathlib import Path

    from clearance.sources import Source, Visit
    from clearance.sources.watching_client import Box
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


def configured(sources: Mapping[str, Source], lang: str) -> Page:
    """The configured sources: the kind of each, the folder if it reads one, and why it cannot."""
    rows: list[dict[str, Cell]] = [
        {
            "name": name,
            "kind": kind_of(source),
            "place": str(source.place) if source.place else None,
            "trouble": source.trouble() or None,
        }
        for name, source in sources.items()
    ]
    return _page("sources", rows, lang, "no [sources.NAME] is set")


def found(boxes: Sequence[Box], new: Collection[Path], lang: str) -> Page:
    """The boxes of the client, and which of them are followed already."""
    rows: list[dict[str, Cell]] = [
        {
            "business": box.business or None,
            "form": box.form or None,
            "box": box.box,
            "place": str(box.path),
            "exists": box.path.is_dir(),
            "followed": box.path not in new,
        }
        for box in boxes
    ]
    return _page("boxes", rows, lang, "")


def _page(name: str, rows: Sequence[Mapping[str, Cell]], lang: str, empty: str) -> Page:
    names = tuple(rows[0]) if rows else ()
    table = Table(
        columns(lang, *names), tuple(tuple(_said(n, row[n], lang) for n in names) for row in rows)
    )
    return Page(
        json={"schema": SCHEMA, name: list(rows)},
        lines=tuple(map(dict, rows)),
        tables=(table,) if rows else (),
        flat=flat(rows, lang, *names),
        empty_message=empty,
    )


def _said(name: str, cell: Cell, lang: str) -> Cell:
    if isinstance(cell, bool):
        return say("yes" if cell else "no", lang)
    return told(str(cell), lang) if name == "trouble" and cell else cell
