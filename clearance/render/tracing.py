"""Where a figure of a report comes from, as a page: declarations, their events, their messages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from clearance.model import Event, Words, replace
from clearance.render import Cell, Page, Table
from clearance.render.declarations import event_json
from clearance.render.tables import SCHEMA, columns, flat, iso, short_id
from clearance.render.text import duration, shown
from clearance.render.words import say, worded
from clearance.reporting.origins import Origin
from clearance.reporting.tracing import Trace, Traced

_FLAT = ("declaration", "worth", "ending", "at", "code", "stage", "message", "size", "file",
         "member", "first_byte", "end_byte")  # fmt: skip
"""Headings of the table for programs."""
_SPARE = {"file": 3, "code": 2, "message": 1}
"""How soon a narrow terminal does without a column."""
_ONE: Words = {"en": "{figure}: 1 declaration", "zh": "{figure}：1 票报关单"}
_SEVERAL: Words = {"en": "{figure}: {n} declarations", "zh": "{figure}：{n} 票报关单"}
_ENDINGS = {"ended": "", "open": "so far", "withdrawn": "until withdrawn"}
"""What is said of how a time ends."""


def traced(trace: Trace, origins: Mapping[str, Origin], lang: str) -> Page:
    """The declarations behind a figure; ``origins`` are those of their messages, by id."""
    from clearance.render.html_tables import document

    behind = [_declaration_json(one, origins) for one in trace.behind]
    table = _table(trace, origins, lang)
    data = {
        "schema": SCHEMA,
        "as_of": iso(trace.query.as_of),
        "row": trace.row,
        "figure": trace.figure,
        "interval": trace.query.interval,
        "n": len(behind),
        "declarations": behind,
    }
    return Page(
        json=data,
        lines=tuple(behind),
        tables=(table,),
        flat=flat(_rows(trace, origins), lang, *_FLAT),
        html=lambda: document(table.title, [_of_page(table)], lang),
    )


def _declaration_json(one: Traced, origins: Mapping[str, Origin]) -> dict[str, Any]:
    declaration = one.declaration
    return {
        "declaration": declaration.name,
        "references": {kind: list(numbers) for kind, numbers in declaration.references.items()},
        "row": one.row,
        "worth": one.worth,
        "ending": one.ending,
        "events": [_event_json(event, origins) for event in declaration.events],
    }


def _event_json(event: Event, origins: Mapping[str, Origin]) -> dict[str, Any]:
    messages = [_origin_json(origins[id]) for id in event.messages if id in origins]
    return {**event_json(event), "messages": messages}


def _origin_json(origin: Origin) -> dict[str, Any]:
    """Where a message came from, as in every answer that names it."""
    place = list(origin.bytes) if origin.bytes else None
    return {**origin._asdict(), "bytes": place}


def _rows(trace: Trace, origins: Mapping[str, Origin]) -> Iterator[dict[str, Cell]]:
    """A line for each message of each event."""
    for one, event, origin in _lines(trace, origins):
        first, end = origin.bytes if origin and origin.bytes else (None, None)
        yield {
            "declaration": one.declaration.name,
            "worth": one.worth,
            "ending": one.ending,
            "at": event and event.at,
            "code": event and event.code,
            "stage": event and event.stage,
            "message": origin and origin.id,
            "size": origin and origin.size,
            "file": origin and origin.file,
            "member": origin and origin.member,
            "first_byte": first,
            "end_byte": end,
        }


def _lines(
    trace: Trace, origins: Mapping[str, Origin]
) -> Iterator[tuple[Traced, Event | None, Origin | None]]:
    for one in trace.behind:
        for event in one.declaration.events:
            for id in event.messages or ("",):
                yield one, event, origins.get(id)


def _table(trace: Trace, origins: Mapping[str, Origin], lang: str) -> Table:
    """What a person reads; a declaration is named in the first of its lines."""
    heads = [
        replace(head, spare=_SPARE.get(head.key, 0))
        for head in columns(
            lang, "=declaration", ">gives", "=at", "code", "=stage", "=message", "file"
        )
    ]
    rows: list[tuple[Cell, ...]] = []
    last: Traced | None = None
    for one, event, origin in _lines(trace, origins):
        named = (one.declaration.name, _worth(one, trace, lang)) if one is not last else ("", "")
        last = one
        rows.append((*named, *_said(event, lang), *_from(origin)))
    words = _ONE if len(trace.behind) == 1 else _SEVERAL
    figure = f"{trace.row}.{trace.figure}".strip(".")
    title = worded(words, lang, figure=figure, n=len(trace.behind))
    return Table(tuple(heads), tuple(rows), title=title)


def _of_page(table: Table) -> Table:
    """The same for a page, which has the title above, and sets what is given as text."""
    columns = (replace(column, right=False) for column in table.columns)
    return replace(table, title="", columns=tuple(columns))


def _said(event: Event | None, lang: str) -> tuple[Cell, ...]:
    if event is None:
        return "", "", ""
    at = shown(event.at) if event.at else ""
    return at, event.code or event.kind, say(event.stage, lang) if event.stage else ""


def _from(origin: Origin | None) -> tuple[Cell, ...]:
    if origin is None:
        return "", ""
    name = "/".join(filter(None, (origin.file, origin.member)))
    if origin.bytes and origin.bytes != (0, origin.among):
        first, end = origin.bytes
        name += f" [{first}–{end - 1}]"
    return short_id(origin.id), name


def _worth(one: Traced, trace: Trace, lang: str) -> str:
    """What a declaration gives to a figure, in words."""
    if isinstance(one.worth, bool):
        return say("yes" if one.worth else "no", lang)
    if one.ending and isinstance(one.worth, int | float):
        ends = say(_ENDINGS[one.ending], lang)
        return f"{duration(one.worth, trace.query.day, lang)} {ends}".rstrip()
    return "" if one.worth is None else str(one.worth)
