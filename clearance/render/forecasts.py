"""When a declaration will be released: in JSON, in a sentence, and as days for a list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any, TypeAlias

from clearance.customs.references import identity
from clearance.model import Note, Summary, Words
from clearance.render import Cell
from clearance.render.tables import iso, short_moment
from clearance.render.words import WEEKDAYS, say, worded

if TYPE_CHECKING:
    from clearance.figures.forecast import Expected

Forecast: TypeAlias = "Expected | Note | None"
"""What was forecast, or why nothing could be; None for what is released, closed or withdrawn."""
Forecasts: TypeAlias = "Mapping[str, Expected | Note]"
"""Forecasts by the ``identity`` of a declaration."""

UNTOLD = "—"
"""What stands in a list where nothing can be told."""

_BETWEEN: Words = {
    "en": "between {low} and {high} ({level}), most likely {median}; {basis}",
    "zh": "{low} 至 {high} 之间（{level}），最可能 {median}；{basis}",
}
_CANNOT: Words = {"en": "cannot assess: {why}", "zh": "无法判断：{why}"}
_UNTOLD = ("not_declared", "too_little_history")
"""Reasons that a person is not told beside a timeline: it stands there already, or goes for all."""


def _note(about: Note, lang: str) -> str:
    """A note in words; of what is closed there is none."""
    from clearance.render import notes

    return notes.note(about, lang)


def forecast_of(forecasts: Forecasts, declaration: Summary) -> Forecast:
    """The forecast of a declaration."""
    return forecasts.get(identity(declaration)) if forecasts else None


def forecast_json(found: Forecast, zone: tzinfo | None) -> Any:
    """A forecast with its times in a zone; null for what is released, closed or withdrawn."""
    if found is None:
        return None
    if isinstance(found, Note):
        return {"cannot_assess": _note(found, "en")}
    times = {name: iso(_moment(getattr(found, name), zone)) for name in ("low", "median", "high")}
    return {**times, "level": found.level, "n": found.n, "stratum": str(found.stratum)}


def forecast_facts(found: Forecast, as_of: datetime, lang: str) -> Iterator[tuple[str, str]]:
    """What stands beside a timeline about its release."""
    if isinstance(found, Note):
        if found.key not in _UNTOLD:
            yield say("expected release", lang), worded(_CANNOT, lang, why=_note(found, lang))
    elif found:
        yield say("expected release", lang), expected_text(found, as_of, lang)


def expected_text(found: Expected, as_of: datetime, lang: str) -> str:
    """A forecast as a sentence, with what it rests on; in the zone looked from."""
    basis = Note.of("by_those_that_waited", n=found.n, stratum=str(found.stratum))
    return worded(
        _BETWEEN,
        lang,
        low=_day_and_time(found.low, as_of, lang),
        median=_day_and_time(found.median, as_of, lang),
        high=_day_and_time(found.high, as_of, lang),
        level=f"{found.level:.0%}".replace("%", " %"),
        basis=_note(basis, lang),
    )


def forecast_cells(found: Forecast, zone: tzinfo | None) -> dict[str, Cell]:
    """The ends of a forecast and its median in a zone, for a spreadsheet."""
    untold = found is None or isinstance(found, Note)
    return {
        f"expected_{name}": None if untold else _moment(getattr(found, name), zone)
        for name in ("low", "median", "high")
    }


def forecast_days(found: Forecast, as_of: datetime) -> str | None:
    """The days on which a release is expected; a dash where that cannot be told."""
    if found is None or isinstance(found, Note):
        return UNTOLD if found else None
    low, high = (_moment(at, as_of.tzinfo) for at in (found.low, found.high))
    form = "%m-%d" if low.year == high.year == as_of.year else "%Y-%m-%d"
    return "–".join(dict.fromkeys(at.strftime(form) for at in (low, high)))


def _day_and_time(at: int, as_of: datetime, lang: str) -> str:
    moment = _moment(at, as_of.tzinfo)
    weekday = worded(WEEKDAYS, lang).split()[moment.weekday()]
    return f"{weekday} {short_moment(moment, as_of)}"


def _moment(at: int, zone: tzinfo | None) -> datetime:
    return datetime.fromtimestamp(at, zone)
