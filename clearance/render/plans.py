"""Plans as pages: the JSON of the plan commands and the tables a person reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from clearance.render import Cell, Page, Table
from clearance.render.tables import SCHEMA, columns, flat, iso
from clearance.render.words import say
from clearance.shipments.plans import FACTS, Plan, Sheet, facts_at


def _plan_json(plan: Plan, as_of: datetime) -> dict[str, Any]:
    """A plan as it was known at a moment, with its history."""
    return {
        "references": list(plan.references),
        "facts": facts_at([plan], as_of),
        "history": [{"at": iso(entry.at), "facts": entry.facts} for entry in plan.said(as_of)],
    }


def plans(listed: Sequence[Plan], as_of: datetime, lang: str) -> Page:
    """Plans about one number, each with its history."""
    data = [_plan_json(plan, as_of) for plan in listed]
    rows = [
        {"plan": plan.references[0], "at": at, "fact": name, "value": value}
        for plan in listed
        for at, name, value in _history(plan, as_of)
    ]
    return Page(
        json={"schema": SCHEMA, "as_of": iso(as_of), "plans": data},
        lines=tuple(data),
        tables=tuple(_plan_table(plan, as_of, lang) for plan in listed),
        flat=flat(rows, lang, "plan", "at", "fact", "value"),
    )


def _history(plan: Plan, as_of: datetime) -> Iterator[tuple[datetime, str, Cell]]:
    """What was said of a plan, one fact after the other: when, its name, its value."""
    for entry in plan.said(as_of):
        for name, value in entry.facts.items():
            yield entry.at, name, value


def _plan_table(plan: Plan, as_of: datetime, lang: str) -> Table:
    facts = facts_at([plan], as_of)
    return Table(
        columns(lang, "time", "fact", "content"),
        tuple((at, say(name, lang), value) for at, name, value in _history(plan, as_of)),
        title=", ".join(plan.references),
        facts=tuple((say(name, lang), _fact_text(value)) for name, value in facts.items()),
    )


def planned(listed: Sequence[Plan], as_of: datetime, lang: str) -> Page:
    """Every plan, one a line."""
    data = [_plan_json(plan, as_of) for plan in listed]
    rows = [_plan_row(plan, as_of) for plan in listed]
    return Page(
        json={"schema": SCHEMA, "as_of": iso(as_of), "plans": data},
        lines=tuple(data),
        tables=(_plans_table(rows, lang),) if rows else (),
        flat=flat(rows, lang, "reference", *FACTS),
        empty_message="no plans",
    )


def _plan_row(plan: Plan, as_of: datetime) -> dict[str, Cell]:
    return {
        "reference": plan.references[0],
        **dict.fromkeys(FACTS),
        **facts_at([plan], as_of),
    }


def _plans_table(rows: Sequence[Mapping[str, Cell]], lang: str) -> Table:
    """Plans, one a line, with the facts that any of them has."""
    used = [name for name in FACTS if any(row[name] is not None for row in rows)]
    return Table(
        columns(lang, "=reference", *used),
        tuple((row["reference"], *(_fact_text(row[name]) for name in used)) for row in rows),
    )


def _fact_text(value: Cell) -> str:
    """A fact for people: times of the Single Window without their offset."""
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
        "errors": [{"row": number, "why": str(why)} for number, why in sheet.spoilt],
        "ignored": list(sheet.ignored),
    }
    return Page(data, (data,), (flat([counts], lang, *counts),), flat([counts], lang, *counts))
