"""Messages and stores as pages: ``ingest``, ``refused`` and ``store``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clearance.model import Refusal, Words
from clearance.render import Cell, Page, Table
from clearance.render.tables import SCHEMA, columns, flat, iso, minute, short_id
from clearance.render.text import shown, visible
from clearance.render.words import say, worded

if TYPE_CHECKING:
    from clearance.timelines.intake import Ingested
    from clearance.timelines.integrity import Copied, Salvaged

_BESIDES = {"passed_over": "passed over", "waiting": "still being written"}
"""Counts that are shown only where there is something to count."""
_NAMED = 3
"""Files that a line names."""
_UNMOVED: Words = {
    "en": "read, but not moved into {archive}: {why}: {names}",
    "zh": "已读取，但未能移入 {archive}：{why}：{names}",
}
_MORE: Words = {"en": "{n} more", "zh": "另有 {n} 个"}
_MAX_BEGINNING_BYTES = 2000
"""Bytes of a refused message that a person is shown."""


def ingested(result: Ingested, lang: str) -> Page:
    """What an ingest did."""
    names = ("read", "new", "duplicate", "refused", "events", "declarations")
    counts: dict[str, Cell] = {name: getattr(result, name) for name in (*names, *_BESIDES)}
    table = Table(
        columns(lang, *(f">{name}" for name in names)),
        (tuple(counts[name] for name in names),),
        notes=tuple(f"{say(_BESIDES[name], lang)}: {counts[name]}" for name in _BESIDES if counts[name]),
    )
    refusals = [{"id": r.id, "name": r.name, "reason": r.reason} for r in result.refusals]
    data = {"schema": SCHEMA, **counts, "refusals": refusals}
    return Page(json=data, lines=(data,), tables=(table,), flat=flat([counts], lang, *counts))


def left(result: Ingested, archive: Path | None, lang: str) -> Iterator[str]:
    """Lines about files that were passed over for the first time, and that could not be moved."""
    for reason, named in result.passed.items():
        yield f"{say('passed over', lang)}: {', '.join(named)}: {reason}"
    for why, files in result.unmoved.items():
        names = _some(files, lang)
        yield worded(_UNMOVED, lang, archive=archive, why=why, names=names)


def _some(names: Sequence[str], lang: str) -> str:
    rest = len(names) - _NAMED
    more = [worded(_MORE, lang, n=rest)] if rest > 0 else []
    return ", ".join([*names[:_NAMED], *more])


def refused(refusals: Sequence[Refusal], lang: str) -> Page:
    """Messages that could not be read."""
    names = ("id", "name", "kind", "reason", "size", "seen_at")
    rows = [{name: getattr(r, name) for name in names} for r in refusals]
    data = [row | {"seen_at": iso(row["seen_at"])} for row in rows]
    table = Table(
        columns(lang, "=id", "name", "reason", ">size", "seen at"),
        tuple((short_id(r.id), r.name, r.reason, r.size, minute(r.seen_at)) for r in refusals),
    )
    return Page(
        json={"schema": SCHEMA, "refused": data},
        lines=tuple(data),
        tables=(table,) if refusals else (),
        flat=flat(rows, lang, *names),
        empty_message="nothing was refused",
    )


def refusal(message: Refusal, lang: str) -> Page:
    """One message that could not be read, with its beginning."""
    beginning = message.data[:_MAX_BEGINNING_BYTES].decode("utf-8", errors="backslashreplace")
    facts = (
        (say("name", lang), message.name),
        (say("kind", lang), message.kind),
        (say("reason", lang), message.reason),
        (say("size", lang), str(message.size)),
        (say("seen at", lang), shown(message.seen_at)),
    )
    page = refused([message], lang)
    lines = tuple(visible(line) for line in beginning.splitlines())
    table = Table(title=message.id, facts=facts, notes=("", *lines))
    return Page(page.json | {"text": beginning}, page.lines, (table,), page.flat)


def stored(info: Mapping[str, Any], lang: str) -> Page:
    """What a store contains."""
    data = {"schema": SCHEMA, **info, "sources": []}
    table = Table(facts=tuple((say(name, lang), str(value)) for name, value in info.items()))
    return Page(data, (data,), (table,), flat([info], lang, *info))


def verified(problems: Sequence[str], lang: str) -> Page:
    """What is wrong with a store."""
    rows = [{"problem": problem} for problem in problems]
    listed = flat(rows, lang, "problem")
    whole = Table(notes=(say("whole", lang),))
    data = {"schema": SCHEMA, "whole": not problems, "problems": list(problems)}
    return Page(data, tuple(rows), (listed if problems else whole,), listed)


def rebuilt(declarations: int, lang: str) -> Page:
    """How many timelines a rebuild derived."""
    return _counts_page({"declarations": declarations}, lang)


def counted(result: Copied | Salvaged, lang: str) -> Page:
    """What a copy or a salvage of a store did."""
    return _counts_page(asdict(result), lang)


def _counts_page(counts: Mapping[str, int], lang: str) -> Page:
    data = {"schema": SCHEMA, **counts}
    table = flat([counts], lang, *counts)
    return Page(data, (data,), (table,), table)
