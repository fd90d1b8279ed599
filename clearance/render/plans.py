"""Plans as pages: the JSON of the plan commands and the tables a person reads."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from clearance.render import Cell, Page, Table
from clearance.render.tables import SCHEMA, columns, flat, iso
from clearance.render.words import say
from clearance.shipments.plans import FACTS, Plan, Sheet, facts_at


def plan_json(plan: Plan, as_of: datetime) -> dict[str, Any]:
    """A plan as it was known at a moment, with what was said of it before."""
    return {
        "references": list(plan.references),
        "facts": facts_at([plan], as_of),
        "history": [{"at": iso(entry.at), "facts": entry.facts} for entry in plan.said(as_of)],
    }


def plans(found: Sequence[Plan], as_of: datetime, lang: str) -> Page:
    """Plans about one number, each with its history."""
    listed = [plan_json(plan, as_of) for plan in found]
    rows = [
        {"plan": plan.references[0], "at": entry.at, "fact": name, "value": value}
        for plan in found
        for entry in plan.said(as_of)
        for name, value in entry.facts.items()
    ]
    tables = (
        Table(
            columns(lang, "time", "fact", "content"),
            tuple((e.at, say(n, lang), v) for e in plan.said(as_of) for n, v in e.facts.items()),
            title=", ".join(plan.references),
            facts=tuple((say(n, lang), shown_fact(v)) for n, v in facts_at([plan], as_of).items()),
        )
        for plan in found
    )
    return Page(
        json={"schema": SCHEMA, "as_of": iso(as_of), "plans": listed},
        lines=tuple(listed),
        tables=tuple(tables),
        flat=flat(rows, lang, "plan", "at", "fact", "value"),
    )


def planned(found: Sequence[Plan], as_of: datetime, lang: str) -> Page:
    """Every plan, one a line."""
    listed = [plan_json(plan, as_of) for plan in found]
    facts = [facts_at([plan], as_of) for plan in found]
    rows: list[dict[str, Cell]] = [
        {"reference": plan.references[0], **dict.fromkeys(FACTS), **one}
        for plan, one in zip(found, facts, strict=True)
    ]
    used = [name for name in FACTS if any(name in one for one in facts)]
    table = Table(
        columns(lang, "=reference", *used),
        tuple((row["reference"], *(shown_fact(row[n]) for n in used)) for row in rows),
    )
    return Page(
        json={"schema": SCHEMA, "as_of": iso(as_of), "plans": listed},
        lines=tuple(listed),
        tables=(table,) if rows else (),
        flat=flat(rows, lang, "reference", *FACTS),
        empty_message="no plans",
    )


def shown_fact(value: Cell) -> str:
    """A fact for people: Beijing's times without their offset."""
    return str(value or "—").removesuffix("+08:00").replace("T", " ")


def imported(sheet: Sheet, news: int, lang: str) -> Page:
    """What reading a sheet of plans did."""
    counts = {
        "rows": len(sheet.rows) + len(sheet.spoilt),
        "set": news,
        "unchanged": len(sheet.rows) - news,
        "spoilt": len(sheet.spoilt),
    }
    data: dict[str, Any] = {
        "schema": SCHEMA,
        **counts,
        "errors": [{"row": number, "why": why} for number, why in sheet.spoilt],
        "ignored": list(sheet.ignored),
    }
    return Page(data, (data,), (flat([counts], lang, *counts),), flat([counts], lang, *counts))
