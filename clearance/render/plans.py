"""Plans as pages: the JSON of the plan commands and the tables a person reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from clearance.customs import tables
from clearance.customs.references import own_reference
from clearance.model import Words, replace
from clearance.render import Cell, Page, Table
from clearance.render.tables import SCHEMA, columns, flat, iso, minute, spared, tabulated
from clearance.render.text import exact
from clearance.render.words import say, worded
from clearance.shipments.plans import (
    FACTS,
    Contradiction,
    Entry,
    Odd,
    Plan,
    Sheet,
    UnreadableRow,
    facts_at,
)
from clearance.timelines.audit import Audit


def plan_json(plan: Plan, as_of: datetime) -> dict[str, Any]:
    """A plan as it was known at a moment, with its history."""
    return {
        "references": list(plan.references),
        "facts": facts_at([plan], as_of),
        "history": [
            {"at": iso(entry.at), "by": entry.by, "facts": entry.facts}
            for entry in plan.said(as_of)
        ],
    }


def plans(listed: Sequence[Plan], as_of: datetime, lang: str) -> Page:
    """Plans about one number, each with its history."""
    data = [plan_json(plan, as_of) for plan in listed]
    rows = [
        {"plan": plan.references[0], "at": entry.at, "fact": name, "value": value, "by": entry.by}
        for plan in listed
        for entry, name, value in _history(plan, as_of)
    ]
    return Page(
        json={"schema": SCHEMA, "as_of": iso(as_of), "plans": data},
        lines=tuple(data),
        tables=tuple(plan_table(plan, as_of, lang) for plan in listed),
        flat=flat(rows, lang, "plan", "at", "fact", "value", "by"),
    )


def _history(plan: Plan, as_of: datetime) -> Iterator[tuple[Entry, str, str | None]]:
    """What was said of a plan, one fact after the other: its entry, its name, its value."""
    for entry in plan.said(as_of):
        for name, value in entry.facts.items():
            yield entry, name, value


def plan_table(plan: Plan, as_of: datetime, lang: str) -> Table:
    """A plan for people: its facts, and when each was said."""
    facts = facts_at([plan], as_of)
    rows: list[tuple[Cell, ...]] = [
        (entry.at, say(name, lang), fact_text(name, value, as_of, lang))
        for entry, name, value in _history(plan, as_of)
    ]
    headings = ["time", "fact", "content"]
    if any(entry.by for entry in plan.said(as_of)):
        headings.append("said by")
        rows = [(*row, e.by) for row, (e, _, _) in zip(rows, _history(plan, as_of), strict=True)]
    return Table(
        columns(lang, *headings),
        tuple(rows),
        title=", ".join(plan.references),
        facts=tuple(
            (say(name, lang), fact_text(name, value, as_of, lang)) for name, value in facts.items()
        ),
    )


def planned(listed: Sequence[Plan], as_of: datetime, lang: str) -> Page:
    """Every plan, one a line."""
    data = [plan_json(plan, as_of) for plan in listed]
    rows = [_plan_row(plan, as_of) for plan in listed]
    return Page(
        json={"schema": SCHEMA, "as_of": iso(as_of), "plans": data},
        lines=tuple(data),
        tables=(plans_table(listed, as_of, lang),) if rows else (),
        flat=flat(rows, lang, "reference", *FACTS),
        empty_message="no plans: clearance plan set or plan import says what customs does not send",
    )


def _plan_row(plan: Plan, as_of: datetime) -> dict[str, Cell]:
    return {
        "reference": plan.references[0],
        **dict.fromkeys(FACTS),
        **facts_at([plan], as_of),
    }


def plans_table(listed: Sequence[Plan], as_of: datetime, lang: str) -> Table:
    """Plans, one a line, with the facts that any of them has; the last are spared first."""
    rows = [_plan_row(plan, as_of) for plan in listed]
    used = [name for name in FACTS if any(row[name] is not None for row in rows)]
    heads = columns(lang, *(f"={name}" for name in ("reference", *used)))
    return Table(
        spared(heads, {place: place for place in range(2, len(heads))}),
        tuple(
            (row["reference"], *(fact_text(name, row[name], as_of, lang) for name in used))
            for row in rows
        ),
    )


def fact_text(name: str, value: Cell, as_of: datetime, lang: str, system: str | None = None) -> str:
    """A fact for people: a time without seconds, and without an offset where it is that of here.

    A code has its name beside it, that of a customs system where this is known.
    """
    if value is None:
        return "—"
    form, written = FACTS[name].form, str(value)
    if form in ("time", "moment") and "T" in written:
        at = datetime.fromisoformat(written)
        here = at.utcoffset() == at.astimezone(as_of.tzinfo).utcoffset()
        return at.strftime("%Y-%m-%d %H:%M") + ("" if here else at.strftime(" %z"))
    if form == "amount":
        return exact(written, ",.2f")
    if form in ("code", "mode"):
        return _named(system, name, written, lang)
    return say(written, lang) if form in ("flag", "direction") else written


def _named(system: str | None, name: str, code: str, lang: str) -> str:
    """A code with its name beside it."""
    if system is None:
        return tables.named(name, code, lang)
    return tables.with_name(system, name, code, lang)


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
        "errors": [{"row": row.number, "why": str(row.why)} for row in sheet.spoilt],
        "ignored": list(sheet.ignored),
    }
    return Page(data, (data,), (flat([counts], lang, *counts),), flat([counts], lang, *counts))


def audited(audit: Audit, as_of: datetime, lang: str) -> Page:
    """What a sheet of shipments and the declarations say otherwise."""
    data = {"schema": SCHEMA, "as_of": iso(as_of), **_audit_json(audit)}
    rows = list(_differences(audit))
    return Page(
        json=data,
        lines=(data,),
        tables=tuple(_audit_tables(audit, lang)),
        flat=flat(rows, lang, "what", "row", "reference", "stage", "declared_at"),
    )


def _audit_json(audit: Audit) -> dict[str, Any]:
    return {
        "rows": audit.rows,
        "period": audit.period and [day.isoformat() for day in audit.period],
        "undeclared": [
            {"row": one.row.number, "references": list(one.row.references), "stage": one.stage}
            for one in audit.undeclared
        ],
        "unlisted": [
            {
                "declaration": one.name,
                "own_reference": own_reference(one),
                "stage": one.stage,
                "open": one.open,
                "declared_at": iso(one.counted_at),
            }
            for one in audit.unlisted
        ],
        "cut": [
            {"row": row.number, "number": _cut_number(row), "why": str(row.why)}
            for row in audit.cut
        ],
        "errors": [{"row": row.number, "why": str(row.why)} for row in audit.spoilt],
        "ignored": list(audit.ignored),
    }


def _differences(audit: Audit) -> Iterator[dict[str, Cell]]:
    """Everything that differs, one a line."""
    keys = ("what", "row", "reference", "stage", "declared_at")
    lines: list[tuple[Cell, ...]] = [
        *(
            ("undeclared", u.row.number, u.row.references[0], u.stage, None)
            for u in audit.undeclared
        ),
        *(("unlisted", None, one.name, one.stage, one.counted_at) for one in audit.unlisted),
        *(("cut", row.number, _cut_number(row), None, None) for row in audit.cut),
        *(("error", row.number, None, None, None) for row in audit.spoilt),
    ]
    return (dict(zip(keys, line, strict=True)) for line in lines)


def _cut_number(row: UnreadableRow) -> str:
    """The number in a row that looks cut, as it is written there."""
    values = row.why.values
    return str(values.get("number") or values.get("written"))


def _audit_tables(audit: Audit, lang: str) -> Iterator[Table]:
    counts = {
        "rows": audit.rows,
        "shipments without a declaration": len(audit.undeclared),
        "declarations without a shipment": len(audit.unlisted),
        "numbers that look cut": len(audit.cut),
    }
    period = [("period", " … ".join(map(str, audit.period)))] if audit.period else []
    facts = [*((name, str(count)) for name, count in counts.items()), *period]
    yield Table(facts=tuple((say(name, lang), text) for name, text in facts))
    if audit.undeclared:
        yield Table(
            columns(lang, ">row", "=reference", "stage"),
            tuple(
                (one.row.number, one.row.references[0], say(one.stage or "not declared", lang))
                for one in audit.undeclared
            ),
            title=say("shipments without a declaration", lang),
        )
    if audit.unlisted:
        yield Table(
            columns(lang, "=declaration", "own reference", "declared", "stage"),
            tuple(
                (one.name, own_reference(one), minute(one.counted_at), say(one.stage or "—", lang))
                for one in audit.unlisted
            ),
            title=say("declarations without a shipment", lang),
        )


_ODD: Mapping[str, Words] = {
    "past": {"en": "{fact} {at} is in the past", "zh": "{fact} {at} 已过去"},
    "far": {
        "en": "{fact} {at} is more than a year ahead",
        "zh": "{fact} {at} 在一年以后",
    },
    "after_departure": {
        "en": "{fact} {at} is after the departure {etd}",
        "zh": "{fact} {at} 晚于预计离港 {etd}",
    },
}


def odd_text(odd: Odd, facts: Mapping[str, str | None], as_of: datetime, lang: str) -> str:
    """What is odd about a fact, in words."""
    return worded(
        _ODD[odd.what],
        lang,
        fact=say(odd.fact, lang),
        at=fact_text(odd.fact, facts[odd.fact], as_of, lang),
        etd=fact_text("etd", facts.get("etd"), as_of, lang),
    )


_CONTRADICTION: Words = {
    "en": "rows {first} and {second} say different things of {named}, {fact}: the later one holds",
    "zh": "第 {first} 行与第 {second} 行对 {named} 的{fact}说法不一, 以后者为准",
}


def contradiction(found: Contradiction, lang: str) -> str:
    """That two rows of a sheet contradict each other, in words."""
    said = found._asdict() | {"fact": say(found.fact, lang)}
    return worded(_CONTRADICTION, lang, **said)


def template(lang: str) -> Page:
    """The headings of a sheet of plans, and no row."""
    table = flat([], lang, "reference", *FACTS)
    typed = tuple(replace(column, text=True) for column in table.columns)
    return Page({}, (), (), replace(table, columns=typed))


def headings(lang: str) -> Page:
    """The headings of each column that a sheet of plans may have."""
    found = {name: list(dict.fromkeys((say(name, lang), *FACTS[name].names))) for name in FACTS}
    data = [{"fact": name, "headings": names} for name, names in found.items()]
    rows: list[dict[str, Cell]] = [
        {"fact": name, "headings": ", ".join(names)} for name, names in found.items()
    ]
    return Page(
        json={"schema": SCHEMA, "headings": data},
        lines=tuple(data),
        tables=(tabulated(rows, lang, ("fact", "headings")),),
        flat=flat(rows, lang, "fact", "headings"),
    )
