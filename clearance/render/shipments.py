"""Shipments as a page: the declarations of one bill of lading together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from clearance.customs import systems
from clearance.customs.references import identity, own_reference
from clearance.model import Declaration, Stage, Words, in_language, replace
from clearance.render import Cell, Page, Table
from clearance.render.declarations import MARKS, stage_name
from clearance.render.tables import SCHEMA, flat, iso, minute, short_moment, tabulated
from clearance.render.words import say, worded

if TYPE_CHECKING:
    from clearance.alerting.inputs import Cutoff
    from clearance.timelines.bills import Shipment, Shipments

Cutoffs = Mapping[str, "Cutoff"]
"""The cut-offs of exports that are not released, by the ``identity`` of a declaration."""

_RELEASED: Words = {"en": "{n} of {all} released", "zh": "{all} 票中已放行 {n} 票"}
_OPEN: Words = {"en": "{n} open", "zh": "未办结 {n} 票"}
_WAITS: Words = {"en": "{at}, waits for {names}", "zh": "{at}，待放行：{names}"}
_WEIGHT: Words = {"en": "{weight} kg", "zh": "{weight} 千克"}
_OF_SOME: Words = {
    "en": "{weight} kg, of {n} of {all} declarations",
    "zh": "{weight} 千克（{all} 票中 {n} 票）",
}
_MAX_NAMES = 3
"""Declarations that a cut-off is said to wait for before the rest is counted."""
_COLUMNS = (
    "=declaration",
    "=system",
    "=own reference",
    "=stage",
    "=first declared",
    "=last milestone",
)


def shipments(found: Shipments, cutoffs: Cutoffs, as_of: datetime, lang: str) -> Page:
    """Each shipment with its declarations, how many are released, and what a cut-off waits for."""
    data: dict[str, Any] = {
        "schema": SCHEMA,
        "as_of": iso(as_of),
        "shipments": [_json(shipment) for shipment in found.shipments],
    }
    if found.unknown:
        from clearance.render.lookups import unknown_json

        data["unknown"] = unknown_json(found.unknown)
    rows = [row for shipment in found.shipments for row in _rows(shipment)]
    return Page(
        json=data,
        lines=tuple(data["shipments"]),
        tables=tuple(_table(one, cutoffs, as_of, lang) for one in found.shipments),
        flat=flat(
            rows, lang, "bill_no", "declaration", "stage", "first_declared_at", "released_at",
            "cleared_at",
        ),
    )  # fmt: skip


def _json(shipment: Shipment) -> dict[str, Any]:
    """A shipment; with the customs system of each declaration where there are several."""
    dialects = [declaration.system for declaration in shipment.declarations]
    return {
        "bill_no": shipment.bill_no,
        **({"ucr": shipment.ucr} if shipment.bill_no is None else {}),
        "declarations": [declaration.name for declaration in shipment.declarations],
        **({"dialects": dialects} if len(set(dialects)) > 1 else {}),
        "open": shipment.open,
        "first_declared_at": iso(shipment.first_declared_at),
        "last_released_at": iso(shipment.last_released_at),
        "last_cleared_at": iso(shipment.last_cleared_at),
        "gross_weight": shipment.gross_weight,
        "containers": shipment.containers,
    }


def _rows(shipment: Shipment) -> Iterator[dict[str, Cell]]:
    for declaration in shipment.declarations:
        yield {
            "bill_no": shipment.bill_no,
            "declaration": declaration.name,
            "stage": declaration.stage,
            "first_declared_at": declaration.first_declared_at,
            "released_at": declaration.released_at,
            "cleared_at": declaration.cleared_at,
        }


def _table(shipment: Shipment, cutoffs: Cutoffs, as_of: datetime, lang: str) -> Table:
    several = len({declaration.system for declaration in shipment.declarations}) > 1
    rows = [_cells(declaration, as_of, lang, several) for declaration in shipment.declarations]
    names = [name for name in _COLUMNS if name == "=stage" or any(row[name] for row in rows)]
    table = tabulated(
        rows,
        lang,
        names,
        title=_title(shipment, lang),
        marks=tuple(MARKS.get(declaration.stage, "") for declaration in shipment.declarations),
    )
    return _with_facts(table, tuple(_facts(shipment, cutoffs, as_of, lang)))


def _title(shipment: Shipment, lang: str) -> str:
    kind = "bill no." if shipment.bill_no else "UCR" if shipment.ucr else "declaration"
    return f"{say(kind, lang)} {shipment.name}"


def _country(system: str, lang: str) -> str:
    return in_language(systems()[system].title, lang) if system in systems() else system


def _with_facts(table: Table, facts: tuple[tuple[str, str], ...]) -> Table:
    spared = (replace(column, spare=int(column.key == "own_reference")) for column in table.columns)
    return replace(table, facts=facts, columns=tuple(spared))


def _cells(declaration: Declaration, as_of: datetime, lang: str, several: bool) -> dict[str, Cell]:
    """A row; the customs system only where a shipment has ``several``."""
    return {
        "=declaration": declaration.name,
        "=system": _country(declaration.system, lang) if several else None,
        "=own reference": own_reference(declaration),
        "=stage": stage_name(declaration.system, declaration.stage, lang)
        or say("nothing yet", lang),
        "=first declared": short_moment(declaration.first_declared_at, as_of),
        "=last milestone": short_moment(declaration.since, as_of),
    }


def _facts(
    shipment: Shipment, cutoffs: Cutoffs, as_of: datetime, lang: str
) -> Iterator[tuple[str, str]]:
    standing = shipment.standing
    released = sum(d.released_at is not None or d.stage is Stage.CLEARED for d in standing)
    counts = (
        worded(_RELEASED, lang, n=released, all=len(standing)),
        worded(_OPEN, lang, n=shipment.open),
    )
    yield say("declarations", lang), " · ".join(counts)
    if waiting := _waiting(standing, cutoffs, as_of):
        yield say("cutoff", lang), worded(_WAITS, lang, **waiting)
    if weight := shipment.gross_weight:
        known = len(shipment.weights)
        weighed = len(shipment.weighed)
        words = _WEIGHT if known == weighed else _OF_SOME
        text = worded(words, lang, weight=weight, n=known, all=weighed)
        yield say("gross weight", lang), text
    if shipment.containers:
        yield say("container", lang), ", ".join(shipment.containers)


def _waiting(
    declarations: Sequence[Declaration], cutoffs: Cutoffs, as_of: datetime
) -> dict[str, str | None]:
    """The nearest cut-off ahead, and which declarations are not released yet; else nothing."""
    ahead = {
        declaration.name: cutoff.at
        for declaration in declarations
        if (cutoff := cutoffs.get(identity(declaration))) and cutoff.at > as_of
    }
    if not ahead:
        return {}
    names = list(ahead)
    more = f" +{len(names) - _MAX_NAMES}" if len(names) > _MAX_NAMES else ""
    return {"at": minute(min(ahead.values())), "names": ", ".join(names[:_MAX_NAMES]) + more}
