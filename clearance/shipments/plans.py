"""Plans: what customs does not send of a shipment, as people said it, and when they said it.

A plan is known by any number of a declaration and may be there before the declaration is. What is
said of it is only ever added to: each *entry* bears the moment it was said, a later one wins fact
by fact, and as of an earlier moment the later ones are not known yet.

A fact is kept as it was said, brought into one form: a time as ISO 8601 with its offset, that of
the customs system where none was written, a date as a date, an amount in the currency of that
system. What cannot be read is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from clearance.errors import BadArgument
from clearance.model import Record, normal

PLAN = "plan"
"""The kind of record that a plan is."""
OPEN = "open"
"""What a plan is filed under while a check still has to look at it."""

_WRITTEN = re.compile(
    r"(\d{4})([-/.年])(\d{1,2})(?:[-/.月])(\d{1,2})日?"
    r"(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})?)?"
)
_YES = {"yes": True, "true": True, "1": True, "是": True, "y": True}
_NO = {"no": False, "false": False, "0": False, "否": False, "n": False}
_DIRECTIONS = {"进口": "import", "出口": "export", "转关": "transit", "i": "import", "e": "export"}
_MAX_CHARS = 200
ROUNDED_NUMBER = "\0"
"""What a number begins with that was kept as a figure and has lost digits."""
_ROUNDED = re.compile(r"[0-9](?:\.[0-9]+)?E\+1[0-9]", re.IGNORECASE)


class Fact(NamedTuple):
    """A fact of a plan: its form, what it is, and what a column that holds it may be called.

    The form is ``time`` (with a time of day), ``day``, ``moment`` (either), ``amount``, ``flag``,
    ``direction``, ``mode`` or ``text``.
    """

    form: str
    what: str
    names: tuple[str, ...] = ()


FACTS: dict[str, Fact] = {
    "cutoff": Fact("time", "Customs cut-off of the vessel.",
                   ("customs cut-off", "截关时间", "截关", "截放行", "截放行时间")),
    "cy_cutoff": Fact("time", "Cut-off of the container yard.",
                      ("cy cut-off", "截港时间", "截港", "截重时间")),
    "etd": Fact("time", "Estimated departure.", ("开船时间", "预计离港", "预计离港时间")),
    "departed": Fact("moment", "Actual departure.", ("atd", "实际离港", "实际离港时间")),
    "loading": Fact("time", "When loading begins.", ("装货时间", "装船时间")),
    "arrival": Fact("moment", "Import: the conveyance was declared in; export: the goods reached "
                    "the supervised area.",
                    ("arrived", "进境日期", "申报进境日期", "运抵时间", "到港时间", "抵港日期")),
    "tax_due": Fact("day", "Last day to pay duties.", ("缴税期限", "缴款期限", "税款缴纳期限")),
    "tax": Fact("amount", "Duties to pay, in yuan; 0 if there are none.",
                ("税额", "税款", "应缴税款")),
    "tax_paid": Fact("moment", "When the duties were paid.",
                     ("缴税时间", "缴税日期", "已缴税日期")),
    "value": Fact("amount", "Dutiable value, in yuan.", ("完税价格",)),
    "free_until": Fact("day", "Last free day at the terminal.",
                       ("last free day", "lfd", "免柜期", "免堆期", "免费期至")),
    "gated_out": Fact("moment", "When the goods left the terminal.",
                      ("gate out", "提柜时间", "提货时间", "出闸时间")),
    "withdrawal_asked": Fact("moment", "When we asked customs to delete the declaration.",
                             ("申请删单时间", "申请撤单时间")),
    "direction": Fact("direction", "import, export or transit.", ("进出口", "进出口标志")),
    "trade_mode": Fact("mode", "Trade mode, four digits.", ("监管方式", "贸易方式")),
    "consolidated": Fact("flag", "yes if duties are paid once a month.", ("汇总征税",)),
    "special_permit": Fact("flag", "yes if customs allows to declare late.", ("特准",)),
    "ref": Fact("text", "A reference of your own that finds it too.",
                ("own reference", "own ref", "自编号", "内部编号", "业务编号")),
    "contact": Fact("text", "Whom to call about it.", ("联系人", "联系方式")),
}  # fmt: skip
"""Every fact, in the order they are shown."""

IDENTITIES = ("reference", "declaration", "number", "entry no", "unified no", "client ref",
              "报关单号", "海关编号", "统一编号", "企业编号")  # fmt: skip
"""Columns that say which declaration a row is about."""
GROUPS = ("bill no", "bill", "b/l", "提单号", "提运单号", "主单号", "分单号")
"""Columns that do where none of the others has anything: a bill may have many declarations."""


class Entry(NamedTuple):
    """What was said at one moment; None takes a fact back."""

    at: datetime
    facts: dict[str, str | None]


@dataclass(frozen=True, slots=True)
class Plan:
    """What was said under some numbers, the earliest first; its id is the first of them."""

    references: tuple[str, ...]
    entries: tuple[Entry, ...] = ()

    @property
    def id(self) -> str:
        """The first number it was known by."""
        return normal(self.references[0])

    def said(self, as_of: datetime) -> list[Entry]:
        """What had been said by a moment."""
        return [entry for entry in self.entries if entry.at <= as_of]

    def with_entry(self, references: Iterable[str], entry: Entry) -> Plan:
        """The same with another entry, known by some more numbers; itself if that says nothing."""
        numbers = {normal(one): one for one in reversed([*self.references, *references])}
        known = tuple(numbers[n] for n in dict.fromkeys(map(normal, (*self.references, *numbers))))
        facts = facts_at([self], entry.at)
        news = {n: v for n, v in entry.facts.items() if facts.get(n) != v}
        if len(known) == len(self.references) and not news:
            return self
        entries = (*self.entries, Entry(entry.at, news)) if news else self.entries
        return replace(self, references=known, entries=tuple(sorted(entries, key=lambda e: e.at)))


def facts_at(plans: Iterable[Plan], as_of: datetime) -> dict[str, str]:
    """The facts of some plans that are about the same, as they were known at a moment."""
    entries = sorted((e for plan in plans for e in plan.said(as_of)), key=lambda e: e.at)
    facts: dict[str, str | None] = {}
    for entry in entries:
        facts |= entry.facts
    return {name: facts[name] or "" for name in FACTS if facts.get(name) is not None}


def keys(numbers: Iterable[str]) -> set[str]:
    """What plans that are known by some numbers are filed under."""
    return {f"ref:{normal(number)}" for number in numbers}


def from_plan(plan: Plan, *, live: bool = True) -> Record:
    """A record of a plan."""
    document = {
        "references": list(plan.references),
        "entries": [[entry.at.isoformat(), entry.facts] for entry in plan.entries],
    }
    own = (e.facts["ref"] for e in plan.entries if e.facts.get("ref"))
    filed = sorted(keys([*plan.references, *(one for one in own if one)]))
    return Record(PLAN, plan.id, document, (*filed, OPEN) if live else tuple(filed))


def to_plan(record: Record) -> Plan:
    """The plan a record was made of."""
    document: Mapping[str, Any] = record.document
    entries = (Entry(datetime.fromisoformat(at), facts) for at, facts in document["entries"])
    return Plan(tuple(document["references"]), tuple(entries))


# Values


def read_fact(name: str, written: str | None, zone: tzinfo) -> str | None:
    """A fact as it is kept, a time without an offset in a zone; raises BadArgument."""
    text = (written or "").strip()
    form = FACTS[name].form
    if form in _TIMES:
        return _TIMES[form](text, zone) if text else None
    return _READERS[form](text) if text else None


def instant(value: str | None, zone: tzinfo) -> datetime | None:
    """The moment that a kept time is; a mere date is its beginning in a zone."""
    if not value:
        return None
    at = datetime.fromisoformat(value)
    return at if at.tzinfo else at.replace(tzinfo=zone)


def day(value: str | None, zone: tzinfo) -> date | None:
    """The day in a zone that a kept time or date lies in."""
    at = instant(value, zone)
    return at.astimezone(zone).date() if at else None


def _time(written: str, zone: tzinfo) -> str:
    moment = _moment(written, zone)
    if "T" not in moment:
        raise BadArgument(f"{written} is only a date: give a time such as {written}T17:00")
    return moment


def _day(written: str, zone: tzinfo) -> str:
    moment = _moment(written, zone)
    if "T" in moment and datetime.fromisoformat(moment).time() != time():
        raise BadArgument(f"{written} has a time of day: give a date such as 2026-03-02")
    return moment[:10]


def _moment(written: str, zone: tzinfo) -> str:
    match = _WRITTEN.fullmatch(written)
    try:
        if match is None:
            raise ValueError
        year, _, month, day_, hour, minute, second, offset = match.groups()
        on = date(int(year), int(month), int(day_))
        if not 1990 <= on.year <= 2100:
            raise ValueError
        if hour is None:
            return on.isoformat()
        of_day = f"{int(hour):02}:{minute}:{second or '00'}"
        at = datetime.fromisoformat(f"{on}T{of_day}{offset or ''}")
        return (at if at.tzinfo else at.replace(tzinfo=zone)).isoformat()
    except ValueError as error:
        raise BadArgument(
            f"{written[:40]!r} is not a time such as 2026-03-02T08:00 or 2026-03-02T08:00+08:00"
        ) from error


def _amount(written: str) -> str:
    try:
        amount = Decimal(written.replace(",", "").removeprefix("¥").removeprefix("￥").strip())
        if not amount.is_finite() or not 0 <= amount < 10**12:
            raise InvalidOperation
    except InvalidOperation as error:
        raise BadArgument(f"{written[:40]!r} is not an amount in yuan such as 125000.00") from error
    return f"{amount:.2f}"


def _flag(written: str) -> str:
    value = {**_YES, **_NO}.get(written.casefold())
    if value is None:
        raise BadArgument(f"{written[:40]!r} is neither yes nor no")
    return "yes" if value else "no"


def _direction(written: str) -> str:
    value = _DIRECTIONS.get(written.casefold(), written.casefold())
    if value not in _DIRECTIONS.values():
        raise BadArgument(f"{written[:40]!r} is not a direction: import, export or transit")
    return value


def _mode(written: str) -> str:
    if not re.fullmatch(r"[0-9]{4}", written):
        raise BadArgument(f"{written[:40]!r} is not a trade mode of four digits such as 0110")
    return written


def _text(written: str) -> str:
    if len(written) > _MAX_CHARS:
        raise BadArgument(f"a text of {len(written)} characters: {_MAX_CHARS} at most")
    return " ".join(written.split())


_TIMES = {"time": _time, "day": _day, "moment": _moment}
_READERS = {
    "amount": _amount,
    "flag": _flag,
    "direction": _direction,
    "mode": _mode,
    "text": _text,
}


# Sheets


class Row(NamedTuple):
    """A row of a sheet: its number as a reader counts, the references, and what it says."""

    number: int
    references: tuple[str, ...]
    facts: dict[str, str | None]


class UnreadableRow(NamedTuple):
    """A row that cannot be used, and why."""

    number: int
    why: str


class Sheet(NamedTuple):
    """What a sheet says: rows, rows that cannot be used, and columns that say nothing here."""

    rows: tuple[Row, ...]
    spoilt: tuple[UnreadableRow, ...]
    ignored: tuple[str, ...]


_COLUMNS = {
    normal(called): name
    for name, fact in FACTS.items()
    for called in (name, name.replace("_", " "), name.replace("_", "-"), *fact.names)
}


_NUMBERED = ("identity", "ref", "group")


ZoneOf = Callable[[tuple[str, ...]], tzinfo]
"""The zone of times without an offset that are said of what some references name."""


def sheet(cells: Iterable[tuple[int, list[str]]], zone_of: ZoneOf) -> Sheet:
    """A sheet of numbered rows of text, the first of them its headings.

    Raises BadArgument for a sheet without a column of references, or without any fact.
    """
    lines = ((number, row) for number, row in cells if any(cell.strip() for cell in row))
    _, headings = next(lines, (1, list[str]()))
    columns = [_column(heading) for heading in headings]
    if not any(column in _NUMBERED for column in columns):
        raise BadArgument(
            "no column of references: name one reference, 报关单号, 企业编号 or bill no"
        )
    if not any(column in FACTS for column in columns):
        raise BadArgument(f"no column of facts: there are {', '.join(FACTS)}")
    twice = [c for c in columns if c in FACTS and columns.count(c) > 1]
    if twice:
        raise BadArgument(f"two columns say {twice[0]}: leave one of them out")
    rows, spoilt = list[Row](), list[UnreadableRow]()
    for number, row in lines:
        try:
            rows.append(_row(number, columns, headings, row, zone_of))
        except BadArgument as why:
            spoilt.append(UnreadableRow(number, str(why)))
    ignored = [h.strip() for h, c in zip(headings, columns, strict=True) if not c and h.strip()]
    return Sheet(tuple(rows), tuple(spoilt), tuple(ignored))


def _column(heading: str) -> str:
    name = normal(heading.lstrip("\ufeff").strip())
    if name in map(normal, IDENTITIES):
        return "identity"
    if name in map(normal, GROUPS):
        return "group"
    return _COLUMNS.get(name, "")


def _row(
    number: int, columns: list[str], headings: list[str], row: list[str], zone_of: ZoneOf
) -> Row:
    if len(row) > len(columns) and any(cell.strip() for cell in row[len(columns) :]):
        raise BadArgument(f"{len(row)} cells under {len(columns)} headings")
    cells = [(c, h, cell.strip()) for c, h, cell in zip(columns, headings, row, strict=False)]
    named = (
        tuple(cell for column, _, cell in cells if column == kind and cell) for kind in _NUMBERED
    )
    references = next(filter(None, named), ())
    zone = zone_of(references)
    facts: dict[str, str | None] = {}
    for column, heading, cell in cells:
        if column in FACTS and cell:
            try:
                facts[column] = read_fact(column, cell, zone)
            except BadArgument as why:
                raise BadArgument(f"{heading.strip()}: {why}") from why
    for column, heading, cell in cells:
        if column in _NUMBERED and (cell.startswith(ROUNDED_NUMBER) or _ROUNDED.fullmatch(cell)):
            raise BadArgument(
                f"{heading.strip()}: {cell.lstrip(ROUNDED_NUMBER)} has lost digits: "
                "make the column text"
            )
    if not references:
        raise BadArgument("no reference: it is not known which declaration the row is about")
    return Row(number, references, facts)
