"""Messages and stores as pages: ``ingest``, ``refused`` and ``store``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any

from clearance.errors import Phrase
from clearance.model import Refusal, replace
from clearance.render import Cell, Page, Table
from clearance.render.phrases import worded
from clearance.render.tables import SCHEMA, columns, flat, iso, minute, short_id
from clearance.render.text import shown, visible
from clearance.render.words import punctuated, say

if TYPE_CHECKING:
    from pathlib import Path

    from clearance.timelines.intake import Ingested
    from clearance.timelines.integrity import Copied, Imported, Salvaged
    from clearance.timelines.visits import Known

_NEXT = "now: clearance list shows what is open, clearance check looks for what is wrong"
_BESIDES = {
    "passed_over": "passed over",
    "waiting": "still being written",
    "known": "read before and not opened again",
}
"""Counts that are shown only where there is something to count."""
_BEGAN = {
    "new": "begun with the store",
    "earlier": "begun over what was there",
    "copied": "begun with the copy",
    "imported": "begun with the import",
    "salvaged": "begun with the salvage",
    "lost": "begun anew, the last link being lost",
}
"""Why a chain of commits has a beginning."""
_MIN_DIGEST_CHARS = 16
"""Characters of a digest that are enough to compare it by eye."""
_NAMED = 3
"""Files that a line names."""
_MAX_BEGINNING_BYTES = 2000
"""Bytes of a refused message that a person is shown."""


def ingested(result: Ingested, lang: str) -> Page:
    """What an ingest did."""
    names = ("read", "new", "duplicate", "refused", "events", "declarations")
    counts: dict[str, Cell] = {name: getattr(result, name) for name in (*names, *_BESIDES)}
    table = Table(
        columns(lang, *(f">{name}" for name in names)),
        (tuple(counts[name] for name in names),),
        notes=tuple(_notes(result, lang)),
    )
    refusals = [{"id": r.id, "name": r.name, "reason": r.reason} for r in result.refusals]
    data = {"schema": SCHEMA, **counts, "refusals": refusals}
    return Page(json=data, lines=(data,), tables=(table,), flat=flat([counts], lang, *counts))


def followed(result: Ingested, at: datetime, lang: str) -> Page:
    """What one commit of what is followed did, in a line."""
    names = ("read", "new", "duplicate", "refused", "events", "declarations")
    counts: dict[str, Cell] = {name: getattr(result, name) for name in names}
    told = [name for name in names if counts[name] or name == "read"]
    said = " · ".join(f"{say(name, lang)} {counts[name]}" for name in told)
    data = {"schema": SCHEMA, "at": iso(at), **counts}
    line = f"{at:%Y-%m-%d %H:%M:%S}  {said}"
    return Page(data, (data,), (Table(notes=(line,)),), flat([data], lang, "at", *names))


def left(result: Ingested, archive: Path | None) -> Iterator[Phrase]:
    """Lines about files that were passed over for the first time, and that could not be moved."""
    for why, names in result.passed:
        yield Phrase("passed over: {names}: {why}", names=_some(names), why=why)
    for error, names in result.unmoved:
        yield Phrase(
            "read, but not moved into {archive}: {why}: {names}",
            archive=archive,
            why=error,
            names=_some(names),
        )


def _some(names: Sequence[str]) -> list[str | Phrase]:
    rest = len(names) - _NAMED
    return [*names[:_NAMED], *([Phrase("{count} more", count=rest)] if rest > 0 else [])]


def _notes(result: Ingested, lang: str) -> Iterator[str]:
    """What else was counted, and what to look at now."""
    for name, called in _BESIDES.items():
        if count := getattr(result, name):
            yield f"{say(called, lang)}{punctuated(': ', lang)}{count}"
    if result.declarations:
        yield say(_NEXT, lang)


def refused(refusals: Sequence[Refusal], zone: tzinfo, lang: str) -> Page:
    """Messages that could not be read, and when they were seen, in a zone.

    The first may have come before it was known where the store is at home.
    """
    refusals = [replace(r, seen_at=r.seen_at.astimezone(zone)) for r in refusals]
    names = ("id", "name", "kind", "reason", "size", "seen_at")
    rows = [{name: getattr(r, name) for name in names} for r in refusals]
    data = [row | {"seen_at": iso(row["seen_at"])} for row in rows]
    table = Table(
        columns(lang, "=id", "name", ">size", "=seen at", "reason"),
        tuple(
            (short_id(r.id), r.name, r.size, minute(r.seen_at), refusal_reason(r, lang))
            for r in refusals
        ),
    )
    return Page(
        json={"schema": SCHEMA, "refused": data},
        lines=tuple(data),
        tables=(table,) if refusals else (),
        flat=flat(rows, lang, *names),
        empty_message="nothing was refused",
    )


def refusal_reason(refusal: Refusal, lang: str) -> str:
    """Why a message could not be read; in English where it was kept as a text only."""
    return worded(refusal.said, lang) if refusal.said else refusal.reason


def refusal(message: Refusal, zone: tzinfo, lang: str) -> Page:
    """One message that could not be read, with its beginning; times in a zone."""
    beginning = message.data[:_MAX_BEGINNING_BYTES].decode("utf-8", errors="backslashreplace")
    facts = (
        (say("name", lang), message.name),
        (say("kind", lang), message.kind),
        (say("reason", lang), refusal_reason(message, lang)),
        (say("size", lang), str(message.size)),
        (say("seen at", lang), shown(message.seen_at.astimezone(zone))),
    )
    page = refused([message], zone, lang)
    lines = tuple(visible(line) for line in beginning.splitlines())
    table = Table(title=message.id, facts=facts, notes=("", *lines))
    return Page(page.json | {"text": beginning}, page.lines, (table,), page.flat)


def stored(
    info: Mapping[str, Any],
    lang: str,
    known: Sequence[Known] = (),
    links: Mapping[str, Any] | None = None,
) -> Page:
    """What a store contains, the ``links`` of its chain, and what is known of its sources."""
    from clearance.render import sources

    chained = {"chain": links} if links else {}
    data = {"schema": SCHEMA, **info, "sources": list(map(sources.document, known)), **chained}
    facts = [(say(name, lang), str(value)) for name, value in info.items()]
    facts += [(say("links of the chain of commits", lang), _chained(links, lang))] if links else []
    table = Table(facts=tuple(facts))
    tables = (table, *sources.tables(known, lang))
    return Page(data, (data,), tables, flat([info], lang, *info))


def _chained(links: Mapping[str, Any], lang: str) -> str:
    """A store's chain in words."""
    if not links["links"]:
        return say("none yet", lang)
    began = [say(_BEGAN[why], lang) for why in links["began"]]
    return worded(
        Phrase(
            "of {count}, {began}; the last is {digest}",
            count=links["links"],
            began=began,
            digest=links["last"][:_MIN_DIGEST_CHARS],
        ),
        lang,
    )


def verified(problems: Sequence[Phrase], lang: str) -> Page:
    """What is wrong with a store."""
    rows = [{"problem": worded(problem, lang)} for problem in problems]
    listed = flat(rows, lang, "problem")
    whole = Table(notes=(say("whole", lang),))
    data = {"schema": SCHEMA, "whole": not problems, "problems": list(map(str, problems))}
    return Page(
        data,
        tuple({"problem": str(problem)} for problem in problems),
        (listed if problems else whole,),
        listed,
    )


def rebuilt(declarations: int, lang: str) -> Page:
    """How many timelines a rebuild derived."""
    return _counts_page({"declarations": declarations}, lang)


def counted(result: Copied | Imported | Salvaged, lang: str) -> Page:
    """What a copy, an import or a salvage of a store did."""
    from dataclasses import asdict

    return _counts_page(asdict(result), lang)


def exported(tables: Mapping[str, int], lang: str) -> Page:
    """How much of a store was written into a file."""
    return _counts_page(tables, lang)


def _counts_page(counts: Mapping[str, int], lang: str) -> Page:
    data = {"schema": SCHEMA, **counts}
    table = flat([counts], lang, *counts)
    return Page(data, (data,), (table,), table)
