"""Declarations as a list, one a line: ``list``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from clearance.customs import tables
from clearance.customs.references import identity, own_reference, undeclared
from clearance.model import (
    Alert,
    Declaration,
    Note,
    Summary,
    Words,
    deferred,
    in_language,
    replace,
    worst_first,
)
from clearance.named_tuples import NamedTuple
from clearance.render import Cell, Page, Table, saying
from clearance.render.alerts import ALERT_MARKS, CHECKED
from clearance.render.declarations import (
    age,
    alerts_about,
    declarations_json,
    direction_name,
    office_name,
    stage_name,
    with_customers,
)
from clearance.render.findings import alert_title
from clearance.render.forecasts import (
    UNTOLD,
    Forecast,
    Forecasts,
    forecast_cells,
    forecast_days,
    forecast_json,
    forecast_of,
)
from clearance.render.notes import note
from clearance.render.plans import plan_json, plans_table
from clearance.render.tables import columns, filled, flat, iso, short_moment, tabulated
from clearance.render.words import interval_word, punctuated, say, worded

if TYPE_CHECKING:
    from clearance.alerting.inputs import Cutoff
    from clearance.alerting.rules.targets import Due
    from clearance.shipments.plans import Plan

_NOT_CHECKED = "not checked yet: clearance check looks for what is wrong"
_INSIDE: Words = {
    "en": "{interval}: {inside} of {n} that are awaited are inside the target",
    "zh": "{interval}：{n} 票未完成者中 {inside} 票仍在目标时限内",
}
_LEFT_OUT: Words = {
    "en": "{n} more are left out by --limit",
    "zh": "另有 {n} 票未显示（--limit）",
}
_UNREAD: Words = {
    "en": "{n} more are left out by --limit; {unread} of them were counted and not read",
    "zh": "另有 {n} 票未显示（--limit），其中 {unread} 票仅计数，未读取",
}


class State(NamedTuple):
    """What a list rests on: the last check, whether the store is empty, and what is not shown.

    ``is_narrowed``: options leave open declarations out, or closed ones are listed too.
    """

    checked_at: datetime | None = None
    is_empty: bool = False
    is_narrowed: bool = False
    left_out: int = 0
    unread: int = 0


def listing(
    declarations: Sequence[Summary],
    alerts: Sequence[Alert],
    as_of: datetime,
    lang: str,
    *,
    events: bool = False,
    cutoffs: Mapping[str, Cutoff] = MappingProxyType({}),
    forecasts: Forecasts = MappingProxyType({}),
    dues: Mapping[str, Sequence[Due]] = MappingProxyType({}),
    planned: Sequence[tuple[Plan, Declaration]] = (),
    state: State = State(),  # noqa: B008
    customers: Sequence[str | None] | None = None,
) -> Page:
    """One line for each declaration; where cut-offs of vessels are known, how likely each is met.

    ``cutoffs`` and ``dues``, the targets that are to be met, are by the ``identity`` of a
    declaration, those of ``dues`` also of what is left out. ``planned`` are the shipments that are
    not declared, each with the declaration that is awaited. ``customers`` are those of
    declarations.
    """
    about = [_foremost(own) for own in alerts_about(declarations, alerts)]
    names = map(identity, declarations)
    listed = [
        _Listed(
            declaration,
            own,
            forecasts.get(name),
            cutoffs.get(name),
            dues.get(name, ()),
        )
        for declaration, own, name in zip(declarations, about, names, strict=True)
    ]

    @cache
    def written() -> dict[str, Any]:
        data = declarations_json(declarations, about, as_of, lang, events=events)
        with_customers(data, customers)
        for each, one in zip(data["declarations"], listed, strict=True):
            each |= _cutoff_json(one.cutoff)
            each["targets"] = [_due_json(due, as_of) for due in one.dues]
            each["forecast"] = forecast_json(one.forecast, as_of.tzinfo)
        data["checked_at"] = iso(state.checked_at)
        data["planned"] = [plan_json(plan, as_of) for plan, _ in planned]
        return data

    def drawn() -> Iterator[Table]:
        cells = [_list_cells(one, as_of, lang) for one in listed]
        inside = _inside_targets(dues.values(), as_of, lang)
        yield from _noted(_list_tables(cells, about, lang, state), inside)
        yield from _planned_tables(planned, alerts, as_of, lang)

    @cache
    def flat_table() -> Table:
        rows = (_list_row(one, as_of, lang) for one in listed)
        return _flat(rows, lang)

    return Page(
        json=deferred(written),
        lines=deferred(lambda: tuple(written()["declarations"])),
        tables=deferred(lambda: tuple(drawn())),
        flat=deferred(flat_table),
        sheets=lambda: (filled(flat_table()),),
        heading=_heading(state, as_of, lang) if listed else "",
        empty_message=_empty_message(state),
    )


class _Listed(NamedTuple):
    """A declaration with its alerts, when its release is expected, the cut-off of its vessel, and
    the targets to be met.
    """

    declaration: Summary
    alerts: Sequence[Alert] = ()
    forecast: Forecast = None
    cutoff: Cutoff | None = None
    dues: Sequence[Due] = ()


def _flat(rows: Iterable[Mapping[str, Cell]], lang: str) -> Table:
    """What is listed, for programs and as the sheet of a workbook."""
    table = flat(
        rows, lang, "declaration", "direction", "office", "stage", "since", "for_seconds",
        "declared_at", "released_at", "cleared_at", "cutoff", "%probability", "alerts",
        "own reference", "office name", "expected low", "expected median", "expected high",
        "target due", "by hand", "put away", "notes",
    )  # fmt: skip
    return replace(table, title=say("declarations", lang))


def lines(
    declarations: Sequence[Summary],
    about: Iterable[Sequence[Alert]],
    forecasts: Forecasts,
    as_of: datetime,
    lang: str,
    checked_at: datetime | None,
) -> tuple[Table, ...]:
    """A line for each declaration that a number finds; ``about`` are the alerts of each, as of the
    check of ``checked_at``.
    """
    first = [_foremost(own) for own in about]
    cells = [
        _list_cells(_Listed(declaration, own, forecast_of(forecasts, declaration)), as_of, lang)
        for declaration, own in zip(declarations, first, strict=True)
    ]
    return _list_tables(cells, first, lang, State(checked_at=checked_at))


def _empty_message(state: State) -> str:
    """Why nothing is listed, and what to do."""
    if state.is_empty:
        return "nothing has been read in yet: clearance ingest FOLDER"
    if state.is_narrowed:
        return "no declarations to list"
    return "nothing is open: --all shows what is closed"


def _list_row(listed: _Listed, as_of: datetime, lang: str) -> dict[str, Cell]:
    declaration, alerts, forecast, cutoff, due = listed
    return {
        "declaration": declaration.name,
        "own_reference": own_reference(declaration),
        "direction": declaration.direction,
        "office": declaration.office,
        "office_name": tables.name_of(declaration.system, "offices", declaration.office, lang),
        "stage": declaration.stage,
        "since": declaration.since,
        "for_seconds": age(declaration, as_of),
        "cutoff": cutoff and cutoff.at,
        "probability": _probability(cutoff),
        "declared_at": declaration.declared_at,
        "released_at": declaration.released_at,
        "cleared_at": declaration.cleared_at,
        "alerts": ", ".join(alert.rule for alert in alerts) or None,
        "target_due": min((one.at for one in due), default=None),
        **saying.cells(declaration),
        **forecast_cells(forecast, declaration.since.tzinfo if declaration.since else None),
    }


def _due_json(due: Due, as_of: datetime) -> dict[str, Any]:
    return {"interval": due.interval, "due": iso(due.at), "missed": due.at < as_of}


def _due_text(due: Sequence[Due], as_of: datetime, lang: str) -> str | None:
    """The first target that is to be met, or that one is missed."""
    if not due:
        return None
    if any(one.at < as_of for one in due):
        return say("missed", lang)
    return short_moment(min(one.at for one in due), as_of)


def _inside_targets(dues: Iterable[Sequence[Due]], as_of: datetime, lang: str) -> Iterator[str]:
    """How many of what fits can still meet each target."""
    counts = Counter((one.interval, one.at >= as_of) for due in dues for one in due)
    for interval in dict.fromkeys(interval for interval, _ in counts):
        inside = counts[interval, True]
        n = inside + counts[interval, False]
        name = interval_word(interval, lang)
        yield worded(_INSIDE, lang, interval=name, inside=inside, n=n)


_SPARE = {
    "since": 7,
    "direction": 6,
    "office": 5,
    "for": 4,
    "own_reference": 3,
    "expected": 2,
    "in_time": 1,
}
"""Columns that a narrow terminal does without, the highest first."""


def _list_cells(listed: _Listed, as_of: datetime, lang: str) -> dict[str, Cell]:
    declaration, alerts, forecast, cutoff, due = listed
    return {
        "=declaration": declaration.name,
        "=own reference": own_reference(declaration),
        "=direction": direction_name(declaration, lang),
        "=office": office_name(declaration, lang),
        "=stage": _stage(declaration, lang),
        "=since": short_moment(declaration.since, as_of),
        "=>for": age(declaration, as_of),
        "=expected": forecast_days(forecast, as_of),
        "=cutoff": cutoff and short_moment(cutoff.at, as_of),
        "=>in time": _probability_text(cutoff, lang),
        "=target": _due_text(due, as_of, lang),
        "alerts": _alerts_text(alerts, lang),
    }


def _stage(declaration: Summary, lang: str) -> str | None:
    """The stage, marked where only people tell it or where they have put it away.

    Of what is no declaration, though its number may be that of one, what it is.
    """
    stage = stage_name(declaration.system, declaration.stage, lang)
    if stage is None and (kind := undeclared(declaration)):
        stage = in_language(kind.words, lang)
    mark = saying.stage_mark(declaration, lang)
    return punctuated(f"{stage or '—'} ({mark})", lang) if mark else stage


def _foremost(alerts: Iterable[Alert]) -> tuple[Alert, ...]:
    """What is told first, worst first, then what is pending, held back or seen."""
    return tuple(sorted(worst_first(alerts), key=lambda alert: not alert.notifiable))


def _alerts_text(alerts: Sequence[Alert], lang: str) -> str | None:
    """The foremost alert, and how many more there are."""
    if not alerts:
        return None
    more = f" +{len(alerts) - 1}" if len(alerts) > 1 else ""
    return f"{alert_title(alerts[0], lang)}{more}"


def _list_tables(
    cells: Sequence[Mapping[str, Cell]],
    about: Sequence[Sequence[Alert]],
    lang: str,
    state: State,
) -> tuple[Table, ...]:
    """The declarations, with the columns in which there is anything, in colours of their alerts."""
    if not cells:
        return ()
    rows = [{**row, "alerts": row["alerts"] or _no_alert(state, about, lang)} for row in cells]
    names = [
        name for name in rows[0] if name == "alerts" or any(_is_told(row[name]) for row in rows)
    ]
    table = tabulated(
        rows,
        lang,
        names,
        notes=tuple(_left_out(state, lang)),
        marks=tuple(ALERT_MARKS[own[0].severity] if own else "" for own in about),
    )
    spared = (
        replace(
            column, spare=_SPARE.get(column.key, 0), brief=" " if column.key == "office" else ""
        )
        for column in table.columns
    )
    return (replace(table, columns=tuple(spared)),)


def _left_out(state: State, lang: str) -> Iterator[str]:
    """How many more there are, and of how many of them it is not known whether they can be read."""
    if state.left_out:
        words = _UNREAD if state.unread else _LEFT_OUT
        yield worded(words, lang, n=state.left_out, unread=state.unread)


def _is_told(cell: Cell) -> bool:
    """Whether there is anything in a cell."""
    return bool(cell) and cell != UNTOLD


def _noted(tables: tuple[Table, ...], notes: Iterable[str]) -> tuple[Table, ...]:
    """Tables with more notes below the last."""
    return (*tables[:-1], *(replace(t, notes=(*t.notes, *notes)) for t in tables[-1:]))


def _no_alert(state: State, about: Sequence[Sequence[Alert]], lang: str) -> str | None:
    """What stands where no alert is: nothing after a check, else that there was none."""
    checked = state.checked_at is not None or any(about)
    return None if checked else say("not checked", lang)


def _heading(state: State, as_of: datetime, lang: str) -> str:
    """Which check the alerts are of, or that there was none."""
    if state.checked_at is None:
        return say(_NOT_CHECKED, lang)
    at = state.checked_at.astimezone(as_of.tzinfo)
    return worded(CHECKED, lang, at=short_moment(at, as_of))


def _planned_tables(
    planned: Sequence[tuple[Plan, Declaration]],
    alerts: Sequence[Alert],
    as_of: datetime,
    lang: str,
) -> tuple[Table, ...]:
    """The shipments that are planned and not declared, with what was said of them."""
    if not planned:
        return ()
    about = [_foremost(a) for a in alerts_about([awaited for _, awaited in planned], alerts)]
    plans = [plan for plan, _ in planned]
    table = plans_table(plans, as_of, lang)
    told = tuple(_alerts_text(own, lang) for own in about)
    if any(told):
        table = replace(
            table,
            columns=(*table.columns, *columns(lang, "alerts")),
            rows=tuple((*row, text) for row, text in zip(table.rows, told, strict=True)),
            marks=tuple(ALERT_MARKS[own[0].severity] if own else "" for own in about),
        )
    return (replace(table, title=say("planned, not declared", lang)),)


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
