"""Declarations as a list, one a line: ``list``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from clearance.model import Alert, Note, Summary
from clearance.render import Cell, Page, Table
from clearance.render.declarations import MARKS, age, alerts_about, declarations_json, stage_name
from clearance.render.findings import rule_title
from clearance.render.notes import note
from clearance.render.tables import flat, iso, minute, tabulated, translated
from clearance.render.words import say

if TYPE_CHECKING:
    from clearance.alerting.inputs import Cutoff


def listing(
    declarations: Sequence[Summary],
    alerts: Sequence[Alert],
    as_of: datetime,
    lang: str,
    *,
    events: bool = False,
    cutoffs: Mapping[str, Cutoff] | None = None,
) -> Page:
    """One line for each declaration; where cut-offs of vessels are known, how likely each is met.

    ``cutoffs`` are by the name of a declaration.
    """
    known = cutoffs or {}
    about = alerts_about(declarations, alerts)
    data = declarations_json(declarations, about, as_of, lang, events=events)
    rows: list[dict[str, Cell]] = []
    cells: list[dict[str, Cell]] = []
    for written, declaration, own in zip(data["declarations"], declarations, about, strict=True):
        cutoff = known.get(declaration.name)
        written |= _cutoff_json(cutoff)
        rows.append(_list_row(declaration, own, cutoff, as_of))
        cells.append(_list_cells(declaration, own, cutoff, as_of, lang))
    return Page(
        json=data,
        lines=tuple(data["declarations"]),
        tables=(_list_table(declarations, cells, lang, cutoffs=bool(known)),) if rows else (),
        flat=flat(
            rows, lang, "declaration", "direction", "office", "stage", "since", "for_seconds",
            "declared_at", "released_at", "cleared_at", "cutoff", "%probability", "alerts",
        ),
        empty_message="no declarations to list",
    )  # fmt: skip


def _list_row(
    declaration: Summary, alerts: Iterable[Alert], cutoff: Cutoff | None, as_of: datetime
) -> dict[str, Cell]:
    return {
        "declaration": declaration.name,
        "direction": declaration.direction,
        "office": declaration.office,
        "stage": declaration.stage,
        "since": declaration.since,
        "for_seconds": age(declaration, as_of),
        "cutoff": cutoff and cutoff.at,
        "probability": _probability(cutoff),
        "declared_at": declaration.declared_at,
        "released_at": declaration.released_at,
        "cleared_at": declaration.cleared_at,
        "alerts": ", ".join(alert.rule for alert in alerts) or None,
    }


def _list_cells(
    declaration: Summary, alerts: Iterable[Alert], cutoff: Cutoff | None, as_of: datetime, lang: str
) -> dict[str, Cell]:
    return {
        "=declaration": declaration.name,
        "direction": translated(declaration.direction, lang),
        "office": declaration.office,
        "stage": stage_name(declaration.system, declaration.stage, lang),
        "since": minute(declaration.since),
        ">for": age(declaration, as_of),
        "cutoff": cutoff and minute(cutoff.at),
        ">in time": _probability_text(cutoff, lang),
        "alerts": ", ".join(rule_title(alert.rule, lang) for alert in alerts) or None,
    }


def _list_table(
    declarations: Iterable[Summary],
    cells: Iterable[Mapping[str, Cell]],
    lang: str,
    *,
    cutoffs: bool,
) -> Table:
    names = ["=declaration", "direction", "office", "stage", "since", ">for"]
    names += ["cutoff", ">in time", "alerts"] if cutoffs else ["alerts"]
    marks = tuple(MARKS.get(declaration.stage, "") for declaration in declarations)
    return tabulated(cells, lang, names, marks=marks)


def _probability(cutoff: Cutoff | None) -> float | None:
    if cutoff is None or cutoff.chance is None or isinstance(cutoff.chance, Note):
        return None
    return cutoff.chance.probability


def _probability_text(cutoff: Cutoff | None, lang: str) -> str | None:
    probability = _probability(cutoff)
    if probability is not None:
        return f"{probability:.0%}".replace("%", " %")
    return say("cannot assess", lang) if cutoff and cutoff.chance else None


def _cutoff_json(cutoff: Cutoff | None) -> dict[str, Any]:
    """A cut-off and how likely it is met; ``notes`` say what that rests on, or why it is null."""
    if cutoff is None:
        return {"cutoff": None, "probability": None}
    notes = {"probability": note(_basis(cutoff), "en")}
    return {"cutoff": iso(cutoff.at), "probability": _probability(cutoff), "notes": notes}


def _basis(cutoff: Cutoff) -> Note:
    """What the probability of a cut-off rests on, or why there is none."""
    chance = cutoff.chance
    if chance is None:
        return Note.of("cutoff_passed")
    if isinstance(chance, Note):
        return chance
    return Note.of("by_those_that_waited", n=chance.n, stratum=str(chance.stratum))
