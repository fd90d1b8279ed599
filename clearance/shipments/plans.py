"""Plans: facts of a shipment that customs does not send, as people said them, and when.

A plan is known by any number of a declaration and may exist before the declaration does. Entries
are only ever added: each bears the moment it was made, a later one wins fact by fact, and as of an
earlier moment the later ones are not known yet.

A fact is kept in one form: a time as ISO 8601 with its offset, that of the customs system where
none was written; a date as a date; an amount in the currency of that system. A value that cannot
be read is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import chain
from typing import Any

from clearance import periods, shipments
from clearance.customs import systems, tables
from clearance.errors import BadArgument, CutNumber
from clearance.model import Record, Value, normal
from clearance.named_tuples import NamedTuple
from clearance.shipments import Said
from clearance.stores.codec import reads

PLAN = shipments.PLAN
keys = shipments.keys
OPEN = "open"
"""The index key of a plan that a check still has to look at."""

_BEGINNING = r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}"
_YEARS = range(1990, 2101)
"""Years that a planned time may lie in."""
_YES = ("yes", "true", "1", "是", "y")
_NO = ("no", "false", "0", "否", "n")
_DIRECTIONS = {"进口": "import", "出口": "export", "转关": "transit", "过境": "transit",
               "i": "import", "e": "export"}  # fmt: skip
_MAX_CHARS = 200
ROUNDED_NUMBER = "\0"
"""The first character of a number that a workbook held as a figure, which has lost digits."""
_ROUNDED = r"(?i)[0-9](?:\.[0-9]+)?E\+1[0-9]"


class Fact(NamedTuple):
    """A fact of a plan: its form, its meaning, and headings of a column that holds it.

    The form is ``time`` (with a time of day), ``day``, ``moment`` (either), ``amount``, ``flag``,
    ``direction``, ``mode``, ``hs``, ``code`` (one of a table of customs, or its name) or ``text``.
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
    "loading": Fact("time", "When loading begins.", ("装货时间", "装货", "装船时间")),
    "arrival": Fact("moment", "Import: the conveyance was declared in; export: the goods reached "
                    "the supervised area.",
                    ("arrived", "抵港或运抵", "进境日期", "申报进境日期", "运抵时间", "到港时间",
                     "抵港日期")),
    "tax_due": Fact("day", "Last day to pay duties.", ("缴税期限", "缴款期限", "税款缴纳期限")),
    "tax": Fact("amount", "Duties to pay, in the currency of its customs; 0 if there are none.",
                ("税额", "税款", "应缴税款", "缴税")),
    "tax_noticed": Fact("moment", "When customs asked for the duties.",
                        ("tax notice", "税款通知", "税单时间", "税单日期", "税单生成时间",
                         "税款通知时间")),
    "tax_paid": Fact("moment", "When the duties were paid.",
                     ("缴税时间", "缴税日期", "已缴税日期")),
    "value": Fact("amount", "Dutiable value, in the currency of its customs.", ("完税价格",)),
    "free_until": Fact("day", "Last free day at the terminal.",
                       ("last free day", "lfd", "免柜期", "免堆期", "免费期至")),
    "gated_out": Fact("moment", "When the goods left the terminal.",
                      ("gate out", "提货出闸", "提柜时间", "提货时间", "出闸时间")),
    "inspected": Fact("moment", "When the inspection was over.",
                      ("inspection done", "已查验", "查验完成时间", "查验时间", "查验结束")),
    "given_up": Fact("moment", "When we gave it up: no list or alert shows it until news comes.",
                     ("given up", "放弃申报", "放弃时间", "不再申报", "放弃办理")),
    "replaced_by": Fact("text", "The number or reference under which it was sent instead.",
                        ("replaced by", "改用编号", "替代单号")),
    "withdrawal_asked": Fact("moment", "When we asked customs to delete the declaration.",
                             ("申请删单", "申请删单时间", "申请撤单时间")),
    "customs_error": Fact("flag", "yes if customs recorded an error of ours in it.",
                          ("error recorded", "海关记录差错", "报关差错", "差错")),
    "direction": Fact("direction", "import, export or transit.", ("进出口", "进出口标志")),
    "customer": Fact("text", "Whom you do it for.", ("client", "客户", "客户名称", "委托方")),
    "broker": Fact("text", "The declaring firm.",
                   ("agent", "customs broker", "报关行", "申报单位", "报关公司")),
    "trader": Fact("text", "Import: the consignee; export: the consignor.",
                   ("consignee", "consignor", "shipper", "境内收发货人", "境内收货人",
                    "境内发货人", "收发货人", "经营单位", "企业")),
    "goods": Fact("text", "What the goods are called.",
                  ("goods name", "description", "商品", "品名", "货名", "商品名称", "货物名称")),
    "hs_code": Fact("hs", "HS code of the first item, 2 to 10 digits.",
                    ("hs", "hs no", "商品编号", "商品编码", "税号", "hs编码")),
    "country": Fact("code", "Import: where it was sent from; export: where it goes.",
                    ("启运国", "运抵国", "启运国(地区)", "运抵国(地区)", "国别", "国家")),
    "trade_mode": Fact("mode", "Trade mode, four digits.", ("监管方式", "贸易方式")),
    "transport_mode": Fact("code", "Means of transport, as customs codes it.",
                           ("transport", "运输方式")),
    "terms": Fact("code", "Terms of delivery, as customs codes them.",
                  ("incoterms", "成交方式", "贸易条款")),
    "currency": Fact("code", "Currency of the first item.", ("币制", "币种")),
    "office": Fact("code", "Customs office that it is declared at.",
                   ("customs office", "申报地海关", "申报关区", "申报口岸")),
    "consolidated": Fact("flag", "yes if duties are paid once a month.", ("汇总征税",)),
    "special_permit": Fact("flag", "yes if customs allows to declare late.", ("特准",)),
    "ref": Fact("text", "A reference of your own that finds it too.",
                ("own reference", "own ref", "自编号", "内部编号", "业务编号")),
    "contact": Fact("text", "Whom to call about it.", ("联系人", "联系方式")),
}  # fmt: skip
"""Every fact, in the order they are shown."""

ENDS = {"tax_paid": "tax", "inspected": "inspection", "given_up": "return"}
"""Facts that end what customs asks for, and what: no message of customs tells that it is done."""

IDENTITIES = ("reference", "declaration", "number", "entry no", "unified no", "client ref",
              "报关单号", "报关单", "海关编号", "统一编号", "企业编号", "企业内部编号",
              "客户端编号", "编号", "单号")  # fmt: skip
"""Columns whose number names one declaration."""
GROUPS = ("bill no", "bill", "b/l", "提单号", "提运单号", "主单号", "分单号")
"""Columns that count where no other column names one: a bill may have many declarations."""


class Entry(NamedTuple):
    """Facts that were said at one moment, and by whom if that is known; None removes a fact."""

    at: datetime
    facts: dict[str, str | None]
    by: str | None = None


class Plan(Value):
    """Entries about one shipment, the earliest first, and its numbers; the first is its id."""

    references: tuple[str, ...]
    entries: tuple[Entry, ...] = ()

    @property
    def id(self) -> str:
        """The first number it was known by."""
        return normal(self.references[0])

    @property
    def numbers(self) -> tuple[str, ...]:
        """Its numbers, and the references that it was given."""
        given = filter(None, (entry.facts.get("ref") for entry in self.entries))
        return (*self.references, *given)

    def said(self, as_of: datetime) -> list[Entry]:
        """The entries up to a moment."""
        return [entry for entry in self.entries if entry.at <= as_of]

    def with_entry(
        self, references: Iterable[str], entry: Entry, others: Iterable[Plan] = ()
    ) -> Plan:
        """The same with another entry and some more numbers; itself if that adds nothing to what it
        and ``others`` about the same shipment say, in the order that ``filed.about`` gives.
        """
        numbers: dict[str, str] = {}
        for number in (*self.references, *references):
            numbers.setdefault(normal(number), number)
        known = facts_at([self, *others], entry.at)
        news = {name: value for name, value in entry.facts.items() if known.get(name) != value}
        if len(numbers) == len(self.references) and not news:
            return self
        entries = sorted([*self.entries, entry._replace(facts=news)], key=lambda entry: entry.at)
        return Plan(tuple(numbers.values()), tuple(entries) if news else self.entries)


def together(known: Sequence[Plan]) -> Plan:
    """Plans about one shipment as one, in the order that ``filed.about`` gives."""
    if len(known) == 1:
        return known[0]
    numbers: dict[str, str] = {}
    for plan in sorted(known, key=lambda plan: plan.id):
        for number in plan.references:
            numbers.setdefault(normal(number), number)
    entries = chain.from_iterable(plan.entries for plan in known)
    return Plan(tuple(numbers.values()), tuple(sorted(entries, key=lambda entry: entry.at)))


def facts_at(plans: Iterable[Plan], as_of: datetime) -> dict[str, str]:
    """The facts of plans about one shipment, as they were known at a moment; see ``said_at``."""
    return {name: fact.value for name, fact in said_at(plans, as_of).items()}


def said_at(plans: Iterable[Plan], as_of: datetime) -> dict[str, Said]:
    """The same, each with the moment it was said and who said it.

    Of what was said at one moment in several plans, that in the last of them holds: they are given
    in the order of ``filed.about``.
    """
    until_then = chain.from_iterable(plan.said(as_of) for plan in plans)
    facts: dict[str, Said | None] = {}
    for entry in sorted(until_then, key=lambda entry: entry.at):
        for name, value in entry.facts.items():
            facts[name] = None if value is None else Said(value, entry.at, entry.by)
    return {name: fact for name in FACTS if (fact := facts.get(name)) is not None}


def done(facts: Mapping[str, str], as_of: datetime, zone: tzinfo) -> dict[str, datetime]:
    """What is done by a moment, as some facts say, and when; a mere date is its beginning."""
    moments = ((action, instant(facts.get(fact), zone)) for fact, action in ENDS.items())
    return {action: at for action, at in moments if at and at <= as_of}


def is_done(action: str, since: datetime, done: Mapping[str, datetime], zone: tzinfo) -> bool:
    """Whether what was asked for is done; a mere date is its whole day in a zone."""
    at = done.get(action)
    if at is None:
        return False
    local = at.astimezone(zone)
    if local.time() != time():
        return at >= since
    return local.date() >= since.astimezone(zone).date()


def from_plan(plan: Plan, *, live: bool = True) -> Record:
    """A record of a plan, filed under its numbers and the references it was given.

    A check looks at those that are ``live``.
    """
    document = {
        "references": list(plan.references),
        "entries": [
            [entry.at.isoformat(), entry.facts, *([entry.by] if entry.by else [])]
            for entry in plan.entries
        ],
    }
    filed = sorted(keys(plan.numbers))
    return Record(PLAN, plan.id, document, (*filed, OPEN) if live else tuple(filed))


def to_plan(record: Record) -> Plan:
    """The plan a record was made of."""
    document: Mapping[str, Any] = record.document
    entries = (
        Entry(datetime.fromisoformat(at), facts, *by) for at, facts, *by in document["entries"]
    )
    return Plan(tuple(document["references"]), tuple(entries))


@reads(PLAN)
def _usable(record: Record) -> Plan:
    """The same; raises ValueError for a plan of nothing, and for a value that is none.

    One without entries is what an earlier version kept where a fact was taken back that nobody had
    said.
    """
    plan = to_plan(record)
    if not plan.references:
        raise ValueError(plan)
    for entry in plan.entries:
        facts = {name: value for name, value in entry.facts.items() if name in FACTS and value}
        amounts = [value for name, value in facts.items() if FACTS[name].form == "amount"]
        if any(at.year not in _YEARS for at in times(facts, UTC)) or not all(
            map(_AMOUNT.fullmatch, amounts)
        ):
            raise ValueError(plan)
    return plan


# Values


def read_fact(name: str, written: str | None, zone: tzinfo | None) -> str | None:
    """A fact as it is kept, a time without an offset in a zone; raises BadArgument, also where it
    is not known which zone.
    """
    text = (written or "").strip()
    form = FACTS[name].form
    if form in _TIMES:
        return _TIMES[form](text, zone) if text else None
    if form == "code":
        return _code(name, text) if text else None
    return _READERS[form](text) if text else None


def instant(value: str | None, zone: tzinfo) -> datetime | None:
    """The moment of a kept time; of a mere date its beginning in a zone."""
    if not value:
        return None
    at = datetime.fromisoformat(value)
    return at if at.tzinfo else at.replace(tzinfo=zone)


def times(facts: Mapping[str, str], zone: tzinfo) -> list[datetime]:
    """Every time among some facts; of a mere date its beginning in a zone."""
    written = (value for name, value in facts.items() if FACTS[name].form in _TIMES)
    return [at for value in written if (at := instant(value, zone))]


def day(value: str | None, zone: tzinfo) -> date | None:
    """The day in a zone that a kept time or date lies in."""
    at = instant(value, zone)
    return at.astimezone(zone).date() if at else None


def _time(written: str, zone: tzinfo | None) -> str:
    moment = _moment(written, zone)
    if "T" not in moment:
        raise BadArgument(
            "{written} is only a date: give a time such as {written}T17:00", written=written
        )
    return moment


def _day(written: str, zone: tzinfo | None) -> str:
    moment = _moment(written, zone)
    if "T" in moment and datetime.fromisoformat(moment).time() != time():
        raise BadArgument(
            "{written} has a time of day: give a date such as 2026-03-02", written=written
        )
    return moment[:10]


def _moment(written: str, zone: tzinfo | None) -> str:
    try:
        if not re.match(_BEGINNING, written):
            raise ValueError(written)
        said = periods.moment(written)
        if said.year not in _YEARS:
            raise ValueError(written)
    except ValueError as error:
        shown = written[:40]
        if why := periods.impossible(written, _YEARS):
            raise BadArgument("{written!r}: {why}", written=shown, why=why) from error
        raise BadArgument(
            "{written!r} is not a time such as 2026-03-02T08:00 or 2026-03-02T08:00+08:00",
            written=shown,
        ) from error
    if isinstance(said, datetime) and said.tzinfo is None:
        if zone is None:
            raise BadArgument(
                "{written!r}: there are several customs systems, and it is not known by whose "
                "clock: give its offset too, as in +08:00",
                written=written[:40],
            )
        said = said.replace(tzinfo=zone)
        if why := periods.unclear(said):
            raise BadArgument("{written!r}: {why}", written=written[:40], why=why)
    return said.isoformat()


_AMOUNT = re.compile(r"¥?\s*([0-9]{1,12}|[0-9]{1,3}(?:,[0-9]{3}){1,3}|)(\.[0-9]*)?")
_FULL_WIDTH = str.maketrans("０１２３４５６７８９，．￥", "0123456789,.¥")


def _amount(written: str) -> str:
    """An amount, with commas between thousands or without.

    ``1.234`` is none: nobody knows whether that is a thousand and more.
    """
    from decimal import Decimal

    match = _AMOUNT.fullmatch(written.strip().translate(_FULL_WIDTH))
    whole, cents = match.groups("") if match else ("", "")
    is_unclear = len(cents) == 4 and len(whole) <= 3
    if is_unclear or not (whole or len(cents) > 1):
        raise BadArgument("{written!r} is not an amount such as 125000.00", written=written[:40])
    return f"{Decimal(f'{whole or 0}{cents}'.replace(',', '')):.2f}"


def _flag(written: str) -> str:
    value = written.casefold()
    if value not in (*_YES, *_NO):
        raise BadArgument("{written!r} is neither yes nor no", written=written[:40])
    return "yes" if value in _YES else "no"


def _direction(written: str) -> str:
    value = _DIRECTIONS.get(written.casefold(), written.casefold())
    if value not in _DIRECTIONS.values():
        raise BadArgument(
            "{written!r} is not a direction: import, export or transit", written=written[:40]
        )
    return value


def _mode(written: str) -> str:
    if not re.fullmatch(r"[0-9]{4}", written):
        raise BadArgument(
            "{written!r} is not a trade mode of four digits such as 0110", written=written[:40]
        )
    return written


def _hs(written: str) -> str:
    digits = re.sub(r"[.\s]", "", written)
    if not re.fullmatch(r"[0-9]{2,10}", digits):
        raise BadArgument(
            "{written!r} is not an HS code of 2 to 10 digits such as 8504401990",
            written=written[:40],
        )
    return digits


def _code(name: str, written: str) -> str:
    """The code that customs has for a code of today or before, or for a name; else as written."""
    table, text = tables.TABLE_OF_FACT[name], _text(written)
    return next(
        (code for system in systems() if (code := tables.code_of(system, table, text))), text
    )


def _text(written: str) -> str:
    if len(written) > _MAX_CHARS:
        raise BadArgument(
            "a text of {length} characters: {limit} at most", length=len(written), limit=_MAX_CHARS
        )
    return " ".join(written.split())


_TIMES = {"time": _time, "day": _day, "moment": _moment}
_READERS = {
    "amount": _amount,
    "flag": _flag,
    "direction": _direction,
    "hs": _hs,
    "mode": _mode,
    "text": _text,
}


# Sheets


class Row(NamedTuple):
    """A row of a sheet: its number as people count, its references, and its facts."""

    number: int
    references: tuple[str, ...]
    facts: dict[str, str | None]


class UnreadableRow(NamedTuple):
    """A row that cannot be used, and why; the references of each of its shipments, as far as they
    can be read.
    """

    number: int
    why: BadArgument
    about: tuple[tuple[str, ...], ...] = ()


class Sheet(NamedTuple):
    """A sheet: its rows, rows that cannot be used, and headings of columns that are not known."""

    rows: tuple[Row, ...]
    spoilt: tuple[UnreadableRow, ...]
    ignored: tuple[str, ...]


_COLUMNS = {
    normal(called): name
    for name, fact in FACTS.items()
    for called in (name, name.replace("_", " "), name.replace("_", "-"), *fact.names)
}


def fact_named(written: str) -> str | None:
    """The fact that people call so, as a heading or an option; None where there is none."""
    return _COLUMNS.get(normal(written.strip().lstrip("-")))


_NUMBERED = ("identity", "ref", "group")
"""Columns that may say which declaration a row is about, in order of preference."""

_ZoneOf = Callable[[tuple[str, ...]], tzinfo | None]
"""The zone of times without an offset in a row with these references; None where nobody can say."""
_NumbersOf = Callable[[str], Sequence[str]]
"""The numbers that a cell holds, however they were pasted, each of another shipment."""


def sheet(
    cells: Iterable[tuple[int, list[str]]],
    zone_of: _ZoneOf,
    numbers_of: _NumbersOf,
    *,
    needs_facts: bool = True,
) -> Sheet:
    """A sheet of numbered rows of text, the first of them its headings.

    Raises BadArgument for a sheet without a column of references, or without any fact unless it
    need not have one.
    """
    lines = ((number, row) for number, row in cells if any(cell.strip() for cell in row))
    _, headings = next(lines, (1, list[str]()))
    columns = [_column(heading) for heading in headings]
    _check_columns(columns, needs_facts=needs_facts)
    rows, spoilt = list[Row](), list[UnreadableRow]()
    for number, row in lines:
        about: Sequence[tuple[str, ...]] = ((),)
        try:
            written = _cells(columns, headings, row)
            about = _shipments(written, numbers_of)
            for references in about:
                facts = _facts(written, zone_of(references), needs_facts=needs_facts)
                rows.append(Row(number, references, facts))
        except BadArgument as why:
            spoilt.append(UnreadableRow(number, why, tuple(about)))
    ignored = [h.strip() for h, c in zip(headings, columns, strict=True) if not c and h.strip()]
    return Sheet(tuple(rows), tuple(spoilt), tuple(ignored))


def _check_columns(columns: Sequence[str], *, needs_facts: bool) -> None:
    """Raises BadArgument for columns that cannot be a sheet of plans."""
    if not any(column in _NUMBERED for column in columns):
        raise BadArgument(
            "no column of references: name one reference, 报关单号, 企业内部编号 or bill no"
        )
    facts = [column for column in columns if column in FACTS]
    if needs_facts and not facts:
        raise BadArgument("no column of facts: there are {choices}", choices=list(FACTS))
    for fact in facts:
        if facts.count(fact) > 1:
            raise BadArgument("two columns say {fact}: leave one of them out", fact=fact)


def _column(heading: str) -> str:
    name = normal(heading.lstrip("\ufeff").strip())
    if name in map(normal, IDENTITIES):
        return "identity"
    if name in map(normal, GROUPS):
        return "group"
    return _COLUMNS.get(name, "")


class _Cell(NamedTuple):
    """A filled cell: the name and the heading of its column, and its text."""

    column: str
    heading: str
    text: str


def _cells(columns: Sequence[str], headings: Sequence[str], row: Sequence[str]) -> list[_Cell]:
    """The filled cells of a row; raises BadArgument for one without a heading."""
    if any(cell.strip() for cell in row[len(columns) :]):
        raise BadArgument(
            "{cells} cells under {headings} headings", cells=len(row), headings=len(columns)
        )
    return [
        _Cell(column, heading.strip(), cell.strip())
        for column, heading, cell in zip(columns, headings, row, strict=False)
        if cell.strip()
    ]


def _shipments(cells: Sequence[_Cell], numbers_of: _NumbersOf) -> list[tuple[str, ...]]:
    """The references of the shipments that a row is about; raises BadArgument.

    Several columns name one shipment; several numbers in a cell are those of several.
    """
    for cell in cells:
        if cell.column in _NUMBERED:
            _check_digits(cell)
    for kind in _NUMBERED:
        found = [numbers_of(cell.text) for cell in cells if cell.column == kind]
        numbers = tuple(dict.fromkeys(chain.from_iterable(found)))
        if numbers:
            is_one = all(len(of_cell) == 1 for of_cell in found)
            return [numbers] if is_one else [(number,) for number in numbers]
    raise BadArgument("no reference: it is not known which declaration the row is about")


def _facts(
    cells: Sequence[_Cell], zone: tzinfo | None, *, needs_facts: bool
) -> dict[str, str | None]:
    """The facts that a row says; raises BadArgument."""
    facts = {cell.column: _fact(cell, zone) for cell in cells if cell.column in FACTS}
    if needs_facts and not facts:
        raise BadArgument("nothing to set: no cell under a heading that is known")
    return facts


def _fact(cell: _Cell, zone: tzinfo | None) -> str | None:
    try:
        return read_fact(cell.column, cell.text, zone)
    except BadArgument as why:
        raise BadArgument("{heading}: {why}", heading=cell.heading, why=why) from why


# What is odd about facts


class Odd(NamedTuple):
    """A time that is hardly meant: ``past``, ``far`` or ``after_departure``, and its fact."""

    what: str
    fact: str


_VESSEL = ("cutoff", "cy_cutoff", "etd")
_FAR = timedelta(days=366)
"""A time further ahead is hardly meant."""


def oddities(facts: Mapping[str, str | None], now: datetime) -> Iterator[Odd]:
    """Times that are past or far ahead, and cut-offs after the departure.

    ``facts`` are all that is known of a shipment at the moment.
    """
    zone = now.tzinfo or UTC
    times = {name: at for name in _VESSEL if (at := instant(facts.get(name), zone))}
    for name, at in times.items():
        if at < now:
            yield Odd("past", name)
        elif at - now > _FAR:
            yield Odd("far", name)
    for name in ("cutoff", "cy_cutoff"):
        if name in times and "etd" in times and times[name] > times["etd"]:
            yield Odd("after_departure", name)


class Contradiction(NamedTuple):
    """Two rows that say different things of one shipment: their numbers, and the fact."""

    first: int
    second: int
    named: str
    fact: str


def contradictions(rows: Iterable[Row]) -> Iterator[Contradiction]:
    """Rows of a sheet that contradict an earlier one; the later one holds."""
    said: dict[tuple[str, str], tuple[int, str | None]] = {}
    for row in rows:
        named = row.references[0]
        for fact, value in row.facts.items():
            first, before = said.get((normal(named), fact), (row.number, value))
            said[normal(named), fact] = row.number, value
            if normal(value or "") != normal(before or ""):
                yield Contradiction(first, row.number, named, fact)


def _check_digits(cell: _Cell) -> None:
    """Raises BadArgument for a number that lost digits in a workbook."""
    if cell.text.startswith(ROUNDED_NUMBER) or re.fullmatch(_ROUNDED, cell.text):
        written = cell.text.lstrip(ROUNDED_NUMBER)
        raise CutNumber(
            "{heading}: {written} has lost digits: make the column text",
            heading=cell.heading,
            written=written,
        )
