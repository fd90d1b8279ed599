"""Keeping plans, set by hand or read from sheets. ``now`` is always an argument, aware."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, tzinfo
from functools import cache, partial
from typing import TYPE_CHECKING

from clearance import csv_files
from clearance.customs import System, numbers, systems
from clearance.customs.references import NAMING_ROLES, is_cut, keys_of, of_role, significant
from clearance.errors import BadArgument, ClearanceError, CutNumber, NotFound
from clearance.model import Record, Reference
from clearance.shipments import filed, plans
from clearance.shipments.plans import PLAN, Entry, Plan, Row, Sheet, UnreadableRow
from clearance.stores import Store, chain
from clearance.stores.codec import touched

if TYPE_CHECKING:
    from pathlib import Path

_MAX_NEAR = 3
"""Known numbers that are told beside one that was cut."""


def keep(store: Store, rows: Iterable[Row], now: datetime, by: str | None = None) -> int:
    """Keeps the facts of rows as said by somebody, or by a sheet, in one commit.

    Returns the count of rows with anything new.
    """
    kept = list[Record]()
    with store.transaction():
        for row in rows:
            plans_about = about(store, row.references)
            plan = plans_about[0] if plans_about else Plan(row.references)
            changed = plan.with_entry(row.references, Entry(now, row.facts, by))
            if changed != plan or not plans_about:
                kept.append(plans.from_plan(changed))
                store.save_records([*kept[-1:], touched(PLAN, changed.id)])
        chain.extend(store, said=kept)
    return len(kept)


def about(store: Store, named: Sequence[str]) -> list[Plan]:
    """Plans of the shipments with these numbers, found by their other numbers too, oldest first."""
    keys = {Reference(kind, number).key for kind in of_role(*NAMING_ROLES) for number in named}
    names = set(named)
    for _, summary in store.summaries(store.ids(keys)):
        for kind in of_role(*NAMING_ROLES):
            names.update(summary.references.get(kind, ()))
    return [plans.to_plan(record) for record in store.records(PLAN, plans.keys(names))]


def shown(store: Store, number: str, as_of: datetime) -> Plan:
    """All that was said at a moment of the shipment with a number, under whichever of its numbers.

    Raises NotFound where nothing was.
    """
    known = [plan for plan in about(store, [number]) if plan.said(as_of)]
    of_all = filed.plans_of(
        store, (one for _, one in store.summaries(store.ids(keys_of([number]))))
    )
    known += (plan for plan in of_all if plan not in known and plan.said(as_of))
    if not known:
        raise NotFound(
            "no plan is known for {number!r}: set one with clearance plan set", number=number
        )
    return plans.together(known)


def listed(store: Store, as_of: datetime) -> list[Plan]:
    """What was said at a moment of every shipment, by the first number it was said under.

    What was said under several numbers of one declaration stands in one place. A bill that several
    declarations bear is a shipment of its own.
    """
    then = [plan for plan in map(plans.to_plan, store.records(PLAN)) if plan.said(as_of)]
    of_one: dict[str, list[Plan]] = {}
    for plan in sorted(then, key=lambda plan: plan.id):
        ids = store.ids(keys_of(plan.references))
        of_one.setdefault(str(min(ids)) if len(ids) == 1 else plan.id, []).append(plan)
    return [plans.together(some) for some in of_one.values()]


def references(store: Store, written: str) -> list[str]:
    """The numbers of one shipment in a text, however they were pasted."""
    return numbers.as_meant(written, partial(_is_known, store))


def zone_of(store: Store, named: Sequence[str], home: System) -> tzinfo:
    """The zone of the customs system of the declaration with these numbers, else of ``home``."""
    keys = keys_of(named)
    names = (summary.system for _, summary in store.summaries(store.ids(keys))) if keys else ()
    return next((systems()[name] for name in names if name in systems()), home).zone


def sheet(store: Store, file: Path, home: System, *, needs_facts: bool = True) -> Sheet:
    """The plans in a CSV file (UTF-8 or GBK) or the first sheet of a workbook.

    Without ``needs_facts`` it may say no more than numbers. ``home`` is the customs system of rows
    whose declaration is not known. Raises BadArgument for a file that is no such sheet,
    ClearanceError for one that cannot be read.
    """
    ending = file.suffix.lower()
    if ending not in (".csv", ".txt", ".xlsx"):
        raise BadArgument("{file}: give a file that ends in .csv or .xlsx", file=file)
    try:
        data = file.read_bytes()
    except OSError as error:
        raise ClearanceError("{file} cannot be read: {why}", file=file, why=error) from error
    try:
        rows = _workbook(data) if ending == ".xlsx" else csv_files.rows(data)
        read = plans.sheet(
            rows,
            lambda references: zone_of(store, references, home),
            partial(numbers.as_meant, known=cache(partial(_is_known, store))),
            needs_facts=needs_facts,
        )
    except BadArgument as why:
        raise BadArgument("{file}: {why}", file=file, why=why) from why
    return _without_cut_numbers(store, read)


def _workbook(data: bytes) -> Iterator[tuple[int, list[str]]]:
    """The rows of a workbook."""
    from clearance.shipments import workbooks

    return workbooks.rows(data)


def _without_cut_numbers(store: Store, read: Sheet) -> Sheet:
    """A sheet in which rows of numbers that are not known, and look cut, cannot be used."""
    cut = [UnreadableRow(row.number, why) for row in read.rows if (why := _cut(store, row))]
    left_out = {row.number for row in cut}
    return read._replace(
        rows=tuple(row for row in read.rows if row.number not in left_out),
        spoilt=tuple(sorted([*read.spoilt, *cut], key=lambda row: row.number)),
    )


def _cut(store: Store, row: Row) -> CutNumber | None:
    """Why a row's number is taken for one that a spreadsheet has cut; None if it is not."""
    for number in row.references:
        if is_cut(number) and not _is_known(store, number):
            near = _beginning_alike(store, number)
            if near:
                return CutNumber(
                    "{number} is not known and may have lost its last digits in a spreadsheet: "
                    "make the column text; it begins like {near}",
                    number=number,
                    near=near,
                )
            return CutNumber(
                "{number} is not known and may have lost its last digits in a spreadsheet: make "
                "the column text, or set it with clearance plan set",
                number=number,
            )
    return None


def _is_known(store: Store, number: str) -> bool:
    """Whether a declaration or a plan bears a number."""
    if store.ids(keys_of([number])):
        return True
    return any(store.records(PLAN, plans.keys([number])))


def _beginning_alike(store: Store, number: str) -> list[str]:
    """The first known numbers that begin with what is left of one that was cut."""
    starts = [Reference(kind, significant(number)).key for kind in of_role(*NAMING_ROLES)]
    near = zip(starts, store.neighbouring_keys(starts, _MAX_NEAR), strict=True)
    alike = [key for start, keys in near for key in keys if key.startswith(start)]
    return sorted(key.partition(":")[2] for key in alike)[:_MAX_NEAR]
