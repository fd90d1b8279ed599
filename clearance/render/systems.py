"""Customs systems as pages: which there are, what one reads, and what a file would read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from clearance.customs import System
from clearance.customs.described import DescribedSystem
from clearance.customs.described.trying import Trial
from clearance.customs.listing import ListedCode, listed_codes, roots
from clearance.errors import BadArgument
from clearance.model import Event, in_language, replace
from clearance.render import Cell, Page, Table
from clearance.render.declarations import event_json, stage_name
from clearance.render.phrases import worded
from clearance.render.tables import SCHEMA, columns, flat, iso, spared, tabulated
from clearance.render.words import say

_SHOWN = (
    (r"\[[^]]*\][*+]", "…"),
    (r"\[0-9\]\{3\}", "nnn"),
    (r"(?i)\[(\w)\1\]", r"\1"),
    (r"\[(\w)(\w)\]", r"(?:\1|\2)"),
    (r"\(\?:([^()]*)\)\?", r"(?:|\1)"),
)
"""Parts of a pattern of roots, and how these are shown or else written."""
_ALTERNATIVES = re.compile(r"\(\?:([^()]*)\)")
_CODE_HEADINGS = ("table", "code", "sub", "stage", "action", "flags", "zh", "en")


def listed(systems: Iterable[System], unusable: Sequence[BadArgument], lang: str) -> Page:
    """Every customs system, and the files that cannot be used."""
    rows = [_head(system) for system in systems]
    cells = [
        {
            "=system": row["name"],
            "name": in_language(system.title, lang),
            "=zone": row["zone"],
            "=currency": row["currency"],
            "defined in": row["file"] if system.bundled is False else say("the program", lang),
        }
        for row, system in zip(rows, systems, strict=True)
    ]
    table = tabulated(cells, lang, ["=system", "name", "=zone", "=currency", "defined in"])
    broken = [{"why": str(why)} for why in unusable]
    spread: list[dict[str, Cell]] = [
        {**row, "title": row["title"]["en"], "roots": " ".join(row["roots"])} for row in rows
    ]
    return Page(
        json={"schema": SCHEMA, "systems": rows, "unusable": broken},
        lines=tuple(rows),
        tables=(replace(table, columns=spared(table.columns, {2: 2, 3: 1})),),
        flat=flat(spread, lang, "name", "title", "zone", "currency", "bundled", "file", "roots"),
    )


def shown(system: System, lang: str) -> Page:
    """A customs system: its numbers, its documents, and its codes."""
    codes = [_code(listed) for listed in listed_codes(system)]
    read, recognised = roots(system)
    reads = _examples(read)
    knows = [name for name in _examples(recognised) if name not in reads]
    numbers = [
        {"kind": kind.name, "role": str(kind.role), "words": dict(kind.words)}
        for kind in system.kinds
    ]
    head = _head(system)
    facts = (
        (say("zone", lang), system.zone_name),
        (say("currency", lang), system.currency),
        (say("reads", lang), ", ".join(reads)),
        (say("knows and does not read", lang), ", ".join(knows) or "—"),
    )
    number_rows = tuple(
        (kind.name, say(str(kind.role), lang), in_language(kind.words, lang))
        for kind in system.kinds
    )
    title = f"{system.name} · {in_language(system.title, lang)}"
    return Page(
        json={
            "schema": SCHEMA,
            **head,
            "recognised": recognised,
            "kinds": numbers,
            "codes": codes,
        },
        lines=tuple(codes),
        tables=(
            Table(columns(lang, "=number", "role", "name"), number_rows, title=title, facts=facts),
            _codes_table(system, listed_codes(system), lang),
        ),
        flat=flat(codes, lang, *_CODE_HEADINGS),
    )


def tried(system: DescribedSystem, trials: Sequence[Trial], lang: str) -> Page:
    """What a file would read of samples, and why not what it would not."""
    rows = [_trial(system, trial) for trial in trials]
    tables = [table for trial in trials for table in _trial_tables(system, trial, lang)]
    spread = [
        {"sample": row["sample"], "path": place["path"], "why": place["why"]}
        for row in rows
        for place in row["unread"]
    ]
    return Page(
        json={"schema": SCHEMA, "system": system.name, "samples": rows},
        lines=tuple(rows),
        tables=tuple(tables),
        flat=flat(spread, lang, "sample", "path", "why"),
    )


def _head(system: System) -> dict[str, Any]:
    file = str(system.file) if isinstance(system, DescribedSystem) and not system.bundled else None
    return {
        "name": system.name,
        "title": dict(system.title),
        "zone": system.zone_name,
        "currency": system.currency,
        "bundled": system.bundled,
        "file": file,
        "roots": roots(system)[0],
    }


def _examples(patterns: Iterable[str]) -> list[str]:
    """Roots as people write them: ``CCnnnC`` for three digits, ``CEB…Message`` for anything."""
    names = dict[str, None]()
    for pattern in patterns:
        for part, shown in _SHOWN:
            pattern = re.sub(part, shown, pattern)
        names.update(dict.fromkeys(_alternatives(pattern)))
    return [*names]


def _alternatives(pattern: str) -> list[str]:
    """Every text that a pattern of names and of alternatives stands for."""
    group = _ALTERNATIVES.search(pattern)
    if group is None:
        return pattern.split("|")
    before, after = pattern[: group.start()], pattern[group.end() :]
    return [
        name for choice in group[1].split("|") for name in _alternatives(before + choice + after)
    ]


def _code(listed: ListedCode) -> dict[str, Any]:
    meaning = listed.meaning
    return {
        "table": listed.table,
        "code": listed.code,
        "sub": listed.sub,
        "stage": str(meaning.stage) if meaning.stage else None,
        "action": meaning.action,
        "flags": " ".join(map(str, meaning.flags)),
        "zh": meaning.words.get("zh", ""),
        "en": meaning.words["en"],
    }


def _codes_table(system: System, codes: Sequence[ListedCode], lang: str) -> Table:
    """The codes of a system for people, in their language."""
    cells = [
        {
            "=code": listed.code,
            "beside": listed.sub,
            "meaning": in_language(listed.meaning.words, lang),
            "stage": stage_name(system.name, listed.meaning.stage, lang) or "—",
            "action": say(listed.meaning.action, lang) if listed.meaning.action else "",
        }
        for listed in codes
    ]
    headings = ["=code", "beside", "meaning", "stage", "action"]
    if not any(cell["beside"] for cell in cells):
        headings.remove("beside")
    return tabulated(cells, lang, headings)


def _trial(system: DescribedSystem, trial: Trial) -> dict[str, Any]:
    return {
        "sample": trial.sample,
        "root": trial.root,
        "goes_to": trial.goes_to,
        "events": [_event(system, event) for event in trial.events],
        "refused": str(trial.refused) if trial.refused else None,
        "unread": [{"path": path, "why": str(why)} for path, why in trial.unread],
    }


def _event(system: DescribedSystem, event: Event) -> dict[str, Any]:
    references: dict[str, list[str]] = {}
    for kind, number in event.references:
        references.setdefault(kind, []).append(number)
    told = {k: v for k, v in event_json(event).items() if not k.startswith("message")}
    meanings = [meaning.words["en"] for meaning in system.meanings(event)]
    return {**told, "meanings": meanings, "references": references, "facts": dict(event.facts)}


def _trial_tables(system: DescribedSystem, trial: Trial, lang: str) -> Iterable[Table]:
    title = f"{trial.sample} · <{trial.root}>" if trial.root else trial.sample
    facts = []
    if trial.goes_to:
        facts.append((say("goes first", lang), trial.goes_to))
    if trial.refused:
        facts.append((say("refused", lang), worded(trial.refused, lang)))
    rows = tuple(_event_row(system, event, lang) for event in trial.events)
    headings = ("=time", "=code", "stage", "meaning", "note", "numbers")
    yield Table(columns(lang, *headings) if rows else (), rows, title=title, facts=tuple(facts))
    if trial.unread:
        unread = tuple((path, worded(why, lang)) for path, why in trial.unread)
        yield Table(columns(lang, "not read", "why"), unread)


def _event_row(system: DescribedSystem, event: Event, lang: str) -> tuple[Cell, ...]:
    words = " / ".join(in_language(m.words, lang) for m in system.meanings(event))
    names = {kind.name: in_language(kind.words, lang) for kind in system.kinds}
    numbers = ", ".join(f"{names[kind]} {number}" for kind, number in event.references)
    stage = stage_name(system.name, event.stage, lang)
    at = (iso(event.at) or "—").replace("T", " ")
    return at, event.full_code, stage, words or say("unknown code", lang), event.note, numbers
