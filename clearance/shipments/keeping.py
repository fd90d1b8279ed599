"""The passes that keep plans: by hand, and from sheets. ``now`` is always an argument, aware."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, tzinfo
from pathlib import Path

from clearance.customs import System, systems
from clearance.customs.references import NAMING_ROLES, kinds, of_role
from clearance.errors import BadArgument, ClearanceError, NotFound
from clearance.model import Reference, normal
from clearance.shipments import plans
from clearance.shipments.plans import PLAN, Entry, Plan, Row, Sheet
from clearance.stores import Store

_DELIMITERS = (",", "\t", ";")
_ENCODINGS = ("utf-8-sig", "gb18030")
_EXACT = 2**53
"""From here on a figure in a workbook may have lost digits."""


def keep(store: Store, rows: Iterable[Row], now: datetime) -> int:
    """Keeps what some rows say, in one commit; returns how many said anything new."""
    news = 0
    with store.transaction():
        for row in rows:
            known = about(store, row.references)
            plan = known[0] if known else Plan(row.references)
            changed = plan.with_entry(row.references, Entry(now, row.facts))
            if changed != plan or not known:
                store.save_records([plans.from_plan(changed)])
                news += 1
    return news


def about(store: Store, numbers: Sequence[str]) -> list[Plan]:
    """Plans about what some numbers name, also under its other numbers; the first kept first."""
    keys = {Reference(kind, number).key for kind in of_role(*NAMING_ROLES) for number in numbers}
    names = set(numbers)
    for _, summary in store.summaries(store.ids(keys)):
        names |= {
            v
            for k, values in summary.references.items()
            if k in of_role(*NAMING_ROLES)
            for v in values
        }
    return [plans.to_plan(record) for record in store.records(PLAN, plans.keys(names))]


def shown(store: Store, number: str, as_of: datetime) -> list[Plan]:
    """The plans about a number that were there at a moment; raises NotFound where none is."""
    found = [plan for plan in about(store, [number]) if plan.said(as_of)]
    if not found:
        raise NotFound(f"no plan is known for {number!r}: set one with clearance plan set")
    return found


def listed(store: Store, as_of: datetime) -> list[Plan]:
    """Every plan that was there at a moment, by its first number."""
    found = map(plans.to_plan, store.records(PLAN))
    return sorted((p for p in found if p.said(as_of)), key=lambda p: normal(p.references[0]))


def zone_of(store: Store, numbers: Sequence[str], home: System) -> tzinfo:
    """The zone of what is said about some numbers: their declaration's system, else the home."""
    keys = {Reference(kind, number).key for kind in kinds() for number in numbers}
    summaries = store.summaries(store.ids(keys)) if keys else ()
    known = (systems()[one.system] for _, one in summaries if one.system in systems())
    return next(known, home).zone


def sheet(store: Store, file: Path, home: System) -> Sheet:
    """What a CSV file (UTF-8 or GBK) or the first sheet of a workbook says; raises BadArgument.

    ``home`` is the customs system of rows whose declaration is not known.
    """
    ending = file.suffix.lower()
    if ending not in (".csv", ".txt", ".xlsx"):
        raise BadArgument(f"{file}: give a file that ends in .csv or .xlsx")
    try:
        data = file.read_bytes()
    except OSError as error:
        raise ClearanceError(f"{file} cannot be read: {error.strerror}") from error
    try:
        rows = _workbook(data) if ending == ".xlsx" else _csv(data)
        return plans.sheet(rows, lambda references: zone_of(store, references, home))
    except BadArgument as why:
        raise BadArgument(f"{file}: {why}") from why


def _csv(data: bytes) -> Iterator[tuple[int, list[str]]]:
    text = _decoded(data)
    head = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for row in reader:
            yield reader.line_num, row
    except csv.Error as error:
        raise BadArgument(f"line {reader.line_num} is not CSV: {error}") from error


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
        raise BadArgument(f"not a workbook that can be read ({error})") from error
    for number, row in enumerate(rows, 1):
        yield number, [_cell(cell) for cell in row]


def _cell(cell: object) -> str:
    """A cell as text; a number of 18 digits that is kept as a figure shows that it lost some."""
    if isinstance(cell, datetime):
        midnight = (cell.hour, cell.minute, cell.second) == (0, 0, 0)
        return cell.date().isoformat() if midnight else cell.isoformat(timespec="seconds")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return f"{int(cell)}" if abs(cell) < _EXACT else f"{plans.ROUNDED_NUMBER}{cell:.0f}"
    return str(cell)
