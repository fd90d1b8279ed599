"""Keeping plans, set by hand or read from sheets. ``now`` is always an argument, aware."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, tzinfo
from pathlib import Path

from clearance.customs import System, systems
from clearance.customs.references import NAMING_ROLES, kinds, of_role
from clearance.errors import BadArgument, ClearanceError, NotFound
from clearance.model import Reference
from clearance.shipments import plans
from clearance.shipments.plans import PLAN, Entry, Plan, Row, Sheet
from clearance.stores import Store

_DELIMITERS = (",", "\t", ";")
_ENCODINGS = ("utf-8-sig", "gb18030")
_EXACT = 2**53
"""A figure in a workbook that is not below this may have lost digits."""


def keep(store: Store, rows: Iterable[Row], now: datetime) -> int:
    """Keeps the facts of rows, in one commit; returns the count of rows with anything new."""
    news = 0
    with store.transaction():
        for row in rows:
            plans_about = about(store, row.references)
            plan = plans_about[0] if plans_about else Plan(row.references)
            changed = plan.with_entry(row.references, Entry(now, row.facts))
            if changed != plan or not plans_about:
                store.save_records([plans.from_plan(changed)])
                news += 1
    return news


def about(store: Store, numbers: Sequence[str]) -> list[Plan]:
    """Plans of the shipments with these numbers, found by their other numbers too, oldest first."""
    keys = {Reference(kind, number).key for kind in of_role(*NAMING_ROLES) for number in numbers}
    names = set(numbers)
    for _, summary in store.summaries(store.ids(keys)):
        for kind in of_role(*NAMING_ROLES):
            names.update(summary.references.get(kind, ()))
    return [plans.to_plan(record) for record in store.records(PLAN, plans.keys(names))]


def shown(store: Store, number: str, as_of: datetime) -> list[Plan]:
    """The plans about a number that were there at a moment; raises NotFound where none is."""
    then = [plan for plan in about(store, [number]) if plan.said(as_of)]
    if not then:
        raise NotFound(
            "no plan is known for {number!r}: set one with clearance plan set", number=number
        )
    return then


def listed(store: Store, as_of: datetime) -> list[Plan]:
    """Every plan that was there at a moment, by its first number."""
    then = [plan for plan in map(plans.to_plan, store.records(PLAN)) if plan.said(as_of)]
    return sorted(then, key=lambda plan: plan.id)


def zone_of(store: Store, numbers: Sequence[str], home: System) -> tzinfo:
    """The zone of the customs system of the declaration with these numbers, else of ``home``."""
    keys = {Reference(kind, number).key for kind in kinds() for number in numbers}
    names = (summary.system for _, summary in store.summaries(store.ids(keys))) if keys else ()
    return next((systems()[name] for name in names if name in systems()), home).zone


def sheet(store: Store, file: Path, home: System) -> Sheet:
    """The plans in a CSV file (UTF-8 or GBK) or the first sheet of a workbook.

    ``home`` is the customs system of rows whose declaration is not known. Raises BadArgument for a
    file that is no such sheet, ClearanceError for one that cannot be read.
    """
    ending = file.suffix.lower()
    if ending not in (".csv", ".txt", ".xlsx"):
        raise BadArgument("{file}: give a file that ends in .csv or .xlsx", file=file)
    try:
        data = file.read_bytes()
    except OSError as error:
        raise ClearanceError("{file} cannot be read: {why}", file=file, why=error) from error
    try:
        rows = _workbook(data) if ending == ".xlsx" else _csv(data)
        return plans.sheet(rows, lambda references: zone_of(store, references, home))
    except BadArgument as why:
        raise BadArgument("{file}: {why}", file=file, why=why) from why


def _csv(data: bytes) -> Iterator[tuple[int, list[str]]]:
    text = _decoded(data)
    head = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for row in reader:
            yield reader.line_num, row
    except csv.Error as error:
        raise BadArgument(
            "line {line} is not CSV: {why}", line=reader.line_num, why=error
        ) from error


def _decoded(data: bytes) -> str:
    for encoding in _ENCODINGS:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadArgument("neither UTF-8 nor GBK text")


def _workbook(data: bytes) -> Iterator[tuple[int, list[str]]]:
    import python_calamine

    try:
        rows = python_calamine.load_workbook(io.BytesIO(data)).get_sheet_by_index(0).to_python()
    except (python_calamine.CalamineError, OSError, IndexError) as error:
        raise BadArgument("not a workbook that can be read ({why})", why=error) from error
    for number, row in enumerate(rows, 1):
        yield number, [_cell(cell) for cell in row]


def _cell(cell: object) -> str:
    """A cell as text; that of a figure that may have lost digits begins with a mark."""
    if isinstance(cell, datetime):
        midnight = cell.time().replace(microsecond=0) == time()
        return cell.date().isoformat() if midnight else cell.isoformat(timespec="seconds")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return f"{int(cell)}" if abs(cell) < _EXACT else f"{plans.ROUNDED_NUMBER}{cell:.0f}"
    return str(cell)
