"""Keeping plans, set by hand or read from sheets. ``now`` is always an argument, aware."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from datetime import datetime, tzinfo
from functools import cache, partial
from itertools import islice
from typing import TYPE_CHECKING

from clearance import csv_files
from clearance.customs import numbers, systems
from clearance.customs.references import NAMING_ROLES, is_cut, keys_of, of_role, significant
from clearance.errors import BadArgument, ClearanceError, CutNumber
from clearance.model import Record, Reference, normal
from clearance.named_tuples import NamedTuple
from clearance.shipments import filed, plans
from clearance.shipments.plans import PLAN, Entry, Plan, Row, Sheet, UnreadableRow
from clearance.stores import Store, chain
from clearance.stores.codec import touched

if TYPE_CHECKING:
    from pathlib import Path

_AT_ONCE = 1000
"""Numbers that are looked up together."""
_MAX_NEAR = 3
"""Known numbers that are told beside one that was cut."""


def keep(store: Store, rows: Iterable[Row], now: datetime, by: str | None = None) -> int:
    """Keeps the facts of rows as said by somebody, or by a sheet, in one commit.

    Of rows about the same that say different things one holds, so that the same rows again say
    nothing new. Returns the count of rows with anything new.
    """
    kept = list[Record]()
    with store.transaction():
        meant = _in_order(store, rows)
        last = {(one.about, fact): one for one in meant for fact in one.row.facts}
        for one in meant:
            row, numbers, declared = one
            facts = {f: v for f, v in row.facts.items() if last[one.about, f] is one}
            known = about(store, numbers)
            plan = _of_these(store, known, numbers, declared) or Plan(numbers)
            takes_back = None in facts.values()
            others = _others(store, known, declared) if known or takes_back else ()
            changed = plan.with_entry(numbers, Entry(now, facts, by), others)
            if beside := _beside(store, one, plan, last):
                changed = changed.with_entry(numbers, Entry(now, beside, by))
            if changed != plan and changed.entries:
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


class _Meant(NamedTuple):
    """A row with the numbers and the declarations that it is about."""

    row: Row
    numbers: tuple[str, ...]
    declared: Set[int]

    @property
    def about(self) -> frozenset[int | str]:
        """What rows about the same have alike."""
        return frozenset(self.declared or map(normal, self.numbers))


def _in_order(store: Store, rows: Iterable[Row]) -> list[_Meant]:
    """Rows in the order in which they are to be kept.

    What is said of several declarations comes first: another row may say otherwise of one. Of rows
    about the same ones that which names them best comes last.
    """
    meant = [_Meant(row, *_meant(store, row.references)) for row in rows]
    count = Counter(one.about for one in meant)

    def place(one: _Meant) -> tuple[int, int]:
        return -max(1, len(one.declared)), _rank(store, one) if count[one.about] > 1 else 0

    return sorted(meant, key=place)


def _beside(
    store: Store, one: _Meant, plan: Plan, last: Mapping[tuple[frozenset[int | str], str], _Meant]
) -> dict[str, str | None]:
    """The facts of a row of a group, such as a bill, that do not hold because another row names its
    declarations better: they hold of what joins the group later. None if the plan names them too.
    """
    others = {fact: last[one.about, fact] for fact in one.row.facts}
    better = {fact for fact, other in others.items() if other is not one and _rank(store, other)}
    if not better or _rank(store, one._replace(numbers=plan.numbers)):
        return {}
    return {fact: value for fact, value in one.row.facts.items() if fact in better}


def _rank(store: Store, meant: _Meant) -> int:
    """How well a row names what it is about, by the first declaration of it."""
    first = store.summaries({min(meant.declared)}) if meant.declared else ()
    return max((filed.rank(summary, meant.numbers) for _, summary in first), default=0)


def _meant(store: Store, named: tuple[str, ...]) -> tuple[tuple[str, ...], Set[int]]:
    """The declarations with these numbers of one shipment, and the numbers.

    Where one says which of several it is, only that, without the numbers that others bear too: what
    is said of it is not said of those. Where only all of them together say it, its own names.
    """
    declared = store.ids(keys_of(named))
    if len(named) < 2 or len(declared) < 2:
        return named, declared
    bearing = {number: store.ids(keys_of([number])) for number in named}
    common = set.intersection(*(ids for ids in bearing.values() if ids))
    if not common:
        return named, declared
    numbers = tuple(number for number in named if bearing[number] <= common)
    return numbers or tuple(one.name for _, one in store.summaries(common)), common


def _of_these(
    store: Store, known: Sequence[Plan], numbers: Sequence[str], declared: Set[int]
) -> Plan | None:
    """The first plan that is about the declarations with these numbers, about all and no other."""
    under = set(map(normal, numbers))
    for plan in known:
        if plan.id in under or not declared or _declared(store, plan) == declared:
            return plan
    return None


def _others(store: Store, known: Sequence[Plan], declared: Set[int]) -> Sequence[Plan]:
    """The plans of what is said of all declarations that are meant, in the order they hold: of one,
    under any number of it; of several, those about all of them.
    """
    if not declared:
        return sorted(known, key=lambda plan: plan.id)
    one = next(summary for _, summary in store.summaries({min(declared)}))
    under = map(plans.to_plan, store.records(PLAN, plans.keys(one.numbers)))
    of_one = filed.about(one, filed.plans_by_key(under))
    is_one = len(declared) == 1
    return [plan for plan, _ in of_one if is_one or declared <= _declared(store, plan)]


def _declared(store: Store, plan: Plan) -> Set[int]:
    return store.ids(keys_of(plan.numbers))


def zone_of(store: Store, named: Sequence[str], usual: tzinfo | None) -> tzinfo | None:
    """The zone of the customs system of the declarations with these numbers, ``usual`` where there
    are none; None where they are of several zones.
    """
    keys = keys_of(named)
    names = (summary.system for _, summary in store.summaries(store.ids(keys))) if keys else ()
    zones = {systems()[name].zone for name in names if name in systems()}
    if not zones:
        return usual
    return zones.pop() if len(zones) == 1 else None


def sheet(store: Store, file: Path, usual: tzinfo | None, *, needs_facts: bool = True) -> Sheet:
    """The plans in a CSV file (UTF-8, GBK or UTF-16) or the first sheet of a workbook.

    Without ``needs_facts`` it may say no more than numbers. ``usual`` is the zone of rows whose
    declaration is not known; None where nobody can say. Raises BadArgument for a file that is no
    such sheet, ClearanceError for one that cannot be read.
    """
    ending = file.suffix.lower()
    if ending not in (".csv", ".txt", ".xlsx"):
        raise BadArgument("{file}: give a file that ends in .csv or .xlsx", file=file)
    try:
        data = file.read_bytes()
    except OSError as error:
        raise ClearanceError("{file} cannot be read: {why}", file=file, why=error) from error
    try:
        rows = list(_workbook(data) if ending == ".xlsx" else csv_files.rows(data))
        known = _Known(store, (cell for _, row in rows for cell in row))
        read = plans.sheet(
            rows,
            lambda references: zone_of(store, references, usual),
            partial(numbers.shipments, known=known),
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


class _Known:
    """Whether a declaration or a plan bears a number; those of a sheet's cells are looked up a
    thousand at a time.
    """

    def __init__(self, store: Store, cells: Iterable[str]) -> None:
        self._looked_up, self._known = set[str](), set[str]()
        self._other = cache(partial(_is_known, store))
        remaining = iter(dict.fromkeys(cell.strip() for cell in cells if cell.strip()))
        while some := list(islice(remaining, _AT_ONCE)):
            self._looked_up.update(map(normal, some))
            for _, summary in store.summaries(store.ids(keys_of(some))):
                self._known.update(map(normal, summary.numbers))
            for record in store.records(PLAN, plans.keys(some)):
                self._known.update(key.partition(":")[2] for key in record.keys)

    def __call__(self, number: str) -> bool:
        """Whether anything bears a number."""
        value = normal(number)
        return value in self._known if value in self._looked_up else self._other(number)


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
