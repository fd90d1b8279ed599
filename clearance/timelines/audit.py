"""A sheet of shipments compared with the declarations of a store, as known at a moment.

A shipment is declared where a declaration bears one of its numbers, was submitted, and was neither
deleted nor sent again as another. A declaration is missed in the sheet that no row names, and that
is open, or was declared in the period of the sheet: from the first to the last day on which any
declaration was declared that the sheet does name. Deleted ones are not missed, nor are those that
were sent again as another.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from clearance import shipments
from clearance.customs import System
from clearance.customs.references import keys_of
from clearance.errors import CutNumber
from clearance.model import Stage, Summary, normal
from clearance.named_tuples import NamedTuple
from clearance.shipments import keeping, plans
from clearance.shipments.plans import Row, UnreadableRow
from clearance.stores import Store
from clearance.stores.codec import moment_key
from clearance.timelines import query

if TYPE_CHECKING:
    from pathlib import Path


class Undeclared(NamedTuple):
    """A row of a sheet without a declaration; with one that does not count, its stage."""

    row: Row
    stage: Stage | None


class Audit(NamedTuple):
    """What a sheet and a store say otherwise.

    ``period`` is that of the sheet, both days included; None where no row is declared. ``cut`` are
    rows whose number looks cut by a spreadsheet, ``spoilt`` others that cannot be read.
    """

    rows: int
    period: tuple[date, date] | None
    undeclared: tuple[Undeclared, ...]
    unlisted: tuple[Summary, ...]
    cut: tuple[UnreadableRow, ...]
    spoilt: tuple[UnreadableRow, ...]
    ignored: tuple[str, ...]

    @property
    def agrees(self) -> bool:
        """Whether every shipment is declared and every declaration a shipment of the sheet."""
        return not (self.undeclared or self.unlisted or self.cut)


def audit(store: Store, file: Path, home: System, as_of: datetime) -> Audit:
    """Compares a sheet with the declarations of a store; raises as ``keeping.sheet`` does.

    A row whose numbers can be read is compared, whatever else in it cannot.
    """
    sheet = keeping.sheet(store, file, home.zone, needs_facts=False)
    spoilt = (Row(row.number, named, {}) for row in sheet.spoilt for named in row.about if named)
    rows = sorted([*sheet.rows, *spoilt], key=lambda row: row.number)
    by_number = _by_number(store, rows, as_of)
    named: list[Summary] = []
    undeclared: list[Undeclared] = []
    for row in rows:
        about = _about(row, by_number)
        named += about
        if not any(map(_counts, about)):
            undeclared.append(Undeclared(row, about[0].stage if about else None))
    period = _period(named, home)
    return Audit(
        rows=len(sheet.rows) + len(sheet.spoilt),
        period=period,
        undeclared=tuple(undeclared),
        unlisted=tuple(_unlisted(store, named, period, home, as_of)),
        cut=tuple(row for row in sheet.spoilt if isinstance(row.why, CutNumber)),
        spoilt=tuple(row for row in sheet.spoilt if not isinstance(row.why, CutNumber)),
        ignored=sheet.ignored,
    )


def _by_number(store: Store, rows: Iterable[Row], as_of: datetime) -> dict[str, list[Summary]]:
    """The declarations with the numbers of some rows, by each; also with other numbers of plans."""
    numbers = {number for row in rows for number in row.references}
    if not numbers:
        return {}
    others: dict[str, set[str]] = {}
    for record in store.records(shipments.PLAN, shipments.keys(numbers)):
        for key in record.keys:
            others.setdefault(key, set()).update(plans.to_plan(record).references)
    names = numbers.union(*others.values())
    bearing: dict[str, list[Summary]] = {}
    for summary in query.overview(store, store.ids(keys_of(names)), as_of):
        for number in {normal(number) for number in summary.numbers}:
            bearing.setdefault(number, []).append(summary)
    return {
        number: _bearing({number, *_planned_with(number, others)}, bearing) for number in numbers
    }


def _planned_with(number: str, others: Mapping[str, set[str]]) -> set[str]:
    """The numbers of the plans under a number."""
    return set[str]().union(*(others.get(key, ()) for key in shipments.keys([number])))


def _bearing(numbers: Iterable[str], bearing: Mapping[str, list[Summary]]) -> list[Summary]:
    return [one for number in sorted(numbers) for one in bearing.get(normal(number), ())]


def _about(row: Row, by_number: Mapping[str, list[Summary]]) -> list[Summary]:
    return [one for number in row.references for one in by_number.get(number, ())]


def _counts(declaration: Summary) -> bool:
    """Whether a shipment is declared by this: submitted, and neither deleted nor replaced."""
    return declaration.first_declared_at is not None and not _is_void(declaration)


def _is_void(declaration: Summary) -> bool:
    return declaration.stage is Stage.WITHDRAWN or declaration.superseded


def _period(named: Iterable[Summary], home: System) -> tuple[date, date] | None:
    """The days on which declarations were declared, from the first to the last."""
    days = [_day(one, home) for one in named]
    known = [day for day in days if day]
    return (min(known), max(known)) if known else None


def _day(declaration: Summary, home: System) -> date | None:
    at = declaration.counted_at
    return at.astimezone(home.zone).date() if at else None


def _unlisted(
    store: Store,
    named: Iterable[Summary],
    period: tuple[date, date] | None,
    home: System,
    as_of: datetime,
) -> Iterator[Summary]:
    """The declarations that no row names and one should, by their names."""
    ids = query.current(store, as_of)
    if period:
        first, after = period[0], period[1] + timedelta(days=1)
        ends = (datetime.combine(day, time(), home.zone) for day in (first, after))
        ids |= store.ids_between(*(moment_key("declared", at) for at in ends))
    listed = {frozenset(one.numbers) for one in named}
    for one in sorted(query.overview(store, ids, as_of), key=lambda summary: summary.name):
        if frozenset(one.numbers) not in listed and not _is_void(one):
            day = _day(one, home)
            if one.open or (period and day and period[0] <= day <= period[1]):
                yield one
