"""How accurate forecasts of a release in time were: JSON, CSV and tables for people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from clearance.figures.forecast import MAX_ERROR, BackTest, Band
from clearance.model import Note
from clearance.render import Cell, Page, Table
from clearance.render.figures import percent
from clearance.render.notes import note
from clearance.render.tables import SCHEMA, columns, flat, iso
from clearance.render.text import shown
from clearance.render.words import say


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """A back-test of the exports declared in some periods, as known at a moment.

    ``left_out`` counts earlier exports that were not used.
    """

    test: BackTest
    left_out: int
    periods: str
    as_of: datetime
    zone: tzinfo


def calibrated(about: Calibration, lang: str) -> Page:
    """The back-test: forecasts of a release in time, and what happened."""
    data = _json(about)
    return Page(
        json=data,
        lines=tuple(data["bands"]),
        tables=(_table(about, lang),),
        flat=flat(data["bands"], lang, "%from", "%to", "n", "%said", "%happened"),
    )


def _json(about: Calibration) -> dict[str, Any]:
    """The back-test as one object; a figure that is null has its reason in ``notes``."""
    test, withheld = about.test, about.test.reason_withheld
    why = note(Note.of("too_little_history", n=test.declarations), "en")
    return {
        "schema": SCHEMA,
        "as_of": iso(about.as_of),
        "interval": "declare-release",
        "direction": "export",
        "period": about.periods,
        "zone": str(about.zone),
        "declarations": test.declarations,
        "n": test.n,
        "unanswered": test.unanswered,
        "left_out": about.left_out,
        "brier": test.brier,
        "calibration_error": test.error,
        "most_error": MAX_ERROR,
        "verdict": _verdict(test),
        "why": withheld and note(withheld, "en"),
        "bands": list(map(_band_json, test.bands)),
        "notes": {} if test.n else {"brier": why, "calibration_error": why},
    }


def _verdict(test: BackTest) -> str:
    return "cannot assess" if test.reason_withheld else "can be told"


def _band_json(band: Band) -> dict[str, Any]:
    return {
        "from": band.low,
        "to": band.high,
        "n": band.n,
        "said": band.predicted,
        "happened": band.observed,
    }


def _table(about: Calibration, lang: str) -> Table:
    test = about.test
    verdict = say(_verdict(test), lang)
    if test.reason_withheld:
        verdict += f" ({note(test.reason_withheld, lang)})"
    facts: dict[str, Cell] = {
        "exports": test.declarations,
        "answers": test.n,
        "unanswered": test.unanswered,
        **({"left out, being earlier": about.left_out} if about.left_out else {}),
        "Brier score": _figure(test.brier),
        "calibration error": f"{_figure(test.error)} (≤ {MAX_ERROR:.2f})",
        "verdict": verdict,
    }
    as_of = f"{say('as of', lang)} {shown(about.as_of.astimezone(about.zone))}"
    title = say("released before a cut-off: what was said, and what happened", lang)
    return Table(
        columns(lang, ">probability", ">answers", ">said", ">happened"),
        tuple(
            (
                f"{band.low:.1f}–{band.high:.1f}",
                band.n,
                percent(band.predicted),
                percent(band.observed),
            )
            for band in test.bands
        ),
        title=f"{title}, {about.periods}, {as_of}, {about.zone}",
        facts=tuple((say(name, lang), str(fact)) for name, fact in facts.items()),
    )


def _figure(value: float | None) -> str:
    return "—" if value is None else f"{value:.3f}"
