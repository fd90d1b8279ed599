"""Generated messages, for the demo, for tests and for benchmarks.

Everything is invented and comes from a seed: the same call gives the same bytes. The files are
those that a Single Window client leaves in its InBox: import receipts and business receipts of
declarations that go through customs in the usual ways.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from html import escape
from random import Random

from clearance.customs.cn_single_window import ZONE
from clearance.customs.cn_single_window.demo_declared import declaration
from clearance.model import Value
from clearance.named_tuples import NamedTuple
from clearance.periods import Quarter

DAY = 86400

OFFICES = ("2225", "2248", "3104", "5304", "2931")
_QUARTERS = (Quarter(2026, 2), Quarter(2026, 3))
"""The demo's two quarters."""
_MEANS = (6.64, 5.16)
"""Mean days from declaration to closure in each of them."""
_PER_QUARTER = (190, 210)
"""Declarations in each of them."""

_CUSTOMERS = ("云栖食品", "南溪家居", "Northbay Trading")
"""For whom the demo's declarations are made."""

_NOTES = {
    "L": "成功入海关预录入库;",
    "J": "通关无纸化审结",
    "G": "已审结",
    "C": "查验通知;请携带单证到场",
    "T": "需交税费",
    "E": "退单;商品归类与申报要素不符",
    "P": ";报关单放行",
    "F": ";放行交单",
    "K": "报关单担保放行",
    "R": "已结关",
}


class File(NamedTuple):
    """A file in an InBox: its name, its bytes, and when customs wrote it."""

    name: str
    data: bytes
    at: datetime


class _Step(NamedTuple):
    """A status code, and when it is sent, as a share of the time to closure."""

    code: str
    share: float


class _Route(Value):
    """A way through customs: how often it is taken, and its steps between L and R."""

    weight: int
    steps: tuple[_Step, ...]
    direction: str | None = None
    returned: bool = False


_ROUTES = (
    _Route(46, (_Step("P", 0.30),), "export"),
    _Route(22, (_Step("J", 0.10), _Step("P", 0.45)), "import"),
    _Route(10, (_Step("J", 0.08), _Step("T", 0.15), _Step("P", 0.50)), "import"),
    _Route(9, (_Step("J", 0.06), _Step("C", 0.12), _Step("P", 0.70))),
    _Route(4, (_Step("G", 0.20), _Step("F", 0.55))),
    _Route(4, (_Step("J", 0.10), _Step("K", 0.20), _Step("P", 0.60)), "import"),
    _Route(5, (_Step("J", 0.10), _Step("P", 0.40)), returned=True),
)


def import_receipt(
    client_ref: str, unified_no: str, at: datetime, *, base: str | None = None
) -> File:
    """``DecImportResponse``: the data centre took a message; the client has it ``at`` a time."""
    text = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        '<DecImportResponse xmlns="http://www.chinaport.gov.cn/dec">'
        "<ResponseCode>0</ResponseCode><ErrorMessage>调用成功</ErrorMessage>"
        f"<ClientSeqNo>{escape(client_ref, quote=False)}</ClientSeqNo><SeqNo>{unified_no}</SeqNo>"
        "</DecImportResponse>"
    )
    stamp = at.strftime("%Y%m%d%H%M%S")
    return File(f"Successed_{base or client_ref}_{stamp}123.xml", text.encode(), at)


def business_receipt(
    unified_no: str,
    entry_no: str,
    code: str,
    at: datetime,
    serial: int,
    *,
    note: str | None = None,
    declared_at: datetime | None = None,
    lag: int = 22,
) -> File:
    """``DEC_RESULT``: a status of customs at a time; the file comes ``lag`` seconds later."""
    declared = f"{unified_no},{unified_no}直接申报成功"
    written = _NOTES.get(code, declared) if note is None else note
    d_date = declared_at.strftime("%Y-%m-%dT%H:%M:%S") if declared_at and entry_no else ""
    text = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<DEC_RESULT>'
        f"<CUS_CIQ_NO>{unified_no}</CUS_CIQ_NO><ENTRY_ID>{entry_no}</ENTRY_ID>"
        f"<NOTICE_DATE>{at:%Y-%m-%dT%H:%M:%S}</NOTICE_DATE>"
        f"<CHANNEL>{escape(code, quote=False)}</CHANNEL>"
        f"<NOTE>{escape(written, quote=False)}</NOTE><CUSTOM_MASTER>{entry_no[:4]}</CUSTOM_MASTER>"
        f"<I_E_DATE></I_E_DATE><D_DATE>{d_date}</D_DATE></DEC_RESULT>"
    )
    received = at + timedelta(seconds=lag)
    number = f"{at.year}{serial:014}"
    stamp = received.strftime("%Y%m%d%H%M%S")
    return File(f"Receipt_DECCUS004_{unified_no}_{number}_{stamp}123456789.xml", text.encode(), at)


def _declaration(
    number: int,
    route: _Route,
    declared_at: datetime,
    seconds: int,
    random: Random,
    *,
    with_content: bool,
) -> Iterator[File]:
    """One declaration's files; closed ``seconds`` after the submission that was not returned."""
    direction = route.direction or random.choice(("import", "export"))
    case = _Case(number, f"DEMO{declared_at.year}{number:08}", direction, random.choice(OFFICES))
    if route.returned:
        first = declared_at - timedelta(seconds=random.randrange(6 * 3600, 30 * 3600))
        returned = _Step("E", random.uniform(0.1, 0.4))
        gap = round((declared_at - first).total_seconds())
        yield from _submission(case, first, gap, (returned,), 1)
    accepted, closed = _Step("L", min(10 / seconds, 0.04)), _Step("R", 1.0)
    yield from _submission(case, declared_at, seconds, (accepted, *route.steps, closed), 0)
    if with_content:
        yield _content(case, declared_at - timedelta(seconds=40))


class _Case(NamedTuple):
    """What every file of a declaration is made of."""

    number: int
    client_ref: str
    direction: str
    office: str


def _content(case: _Case, at: datetime) -> File:
    """The declaration itself, as the client moves it to its SentBox."""
    own = Random(case.number)
    data = declaration(case.number, case.client_ref, case.direction, case.office, at, own)
    return File(f"{case.client_ref}.xml", data, at)


def _submission(
    case: _Case, at: datetime, seconds: int, steps: Sequence[_Step], attempt: int
) -> Iterator[File]:
    """The files of one submission; only that of attempt 0 is accepted and has an entry number."""
    number = case.number * 10 + attempt
    unified_no = f"{'I' if case.direction == 'import' else 'E'}{at.year}{number:013}"
    entry_no = f"{case.office}{at.year}{int(case.direction == 'import')}{number:09}"
    serial = case.number * 100 + attempt * 50
    yield import_receipt(case.client_ref, unified_no, at - timedelta(seconds=9))
    yield business_receipt(unified_no, "", "7", at, serial)
    for count, step in enumerate(steps, 1):
        yield business_receipt(
            unified_no,
            "" if attempt else entry_no,
            step.code,
            at + timedelta(seconds=round(seconds * step.share)),
            serial + count,
            declared_at=at,
        )


def quarter(
    period: Quarter,
    count: int,
    mean_days: float | None,
    random: Random,
    first_number: int,
    *,
    with_content: bool = False,
) -> Iterator[File]:
    """The files of ``count`` declarations of one quarter, all closed, in no order.

    ``with_content`` adds each declaration itself to its receipts.

    With ``mean_days`` their times from declaration to closure are scaled to exactly that mean, up
    to a second in the sum.
    """
    start, end = period.start(ZONE), period.next.start(ZONE)
    seconds = [random.lognormvariate(0, 0.55) for _ in range(count)]
    mean = 5.5 if mean_days is None else mean_days
    scale = mean * DAY * count / sum(seconds)
    scaled = [max(round(length * scale), 3600) for length in seconds]
    if mean_days is not None:
        scaled[-1] += round(mean_days * DAY * count) - sum(scaled)
    weights = [route.weight for route in _ROUTES]
    for number, length in enumerate(scaled, first_number):
        day = random.randrange((end - start).days)
        at = start + timedelta(days=day, seconds=random.randrange(8 * 3600, 18 * 3600))
        route = random.choices(_ROUTES, weights)[0]
        yield from _declaration(number, route, at, length, random, with_content=with_content)


def demo_files(seed: int = 2026) -> list[File]:
    """The demo's InBox: two quarters whose means are ``_MEANS``, in the order files came."""
    random = Random(seed)
    files: list[File] = []
    first = 1
    for period, count, mean in zip(_QUARTERS, _PER_QUARTER, _MEANS, strict=True):
        files += quarter(period, count, mean, random, first, with_content=True)
        first += count
    return sorted(files, key=lambda file: (file.at, file.name))


def shipments(files: Iterable[File]) -> str:
    """The sheet that somebody keeps beside the demo's messages, as CSV: for whom, when, paid."""
    rows = dict[str, File]()
    noticed = dict[str, datetime]()
    for file in files:
        head, _, rest = file.name.partition("_")
        if head == "Successed":
            rows.setdefault(rest.rpartition("_")[0], file)
        elif b"<CHANNEL>T</CHANNEL>" in file.data:
            noticed[file.name.split("_")[2]] = file.at
    lines = [_shipment(ref, file, noticed) for ref, file in sorted(rows.items())]
    return "\n".join(["企业内部编号,客户,抵港或运抵,缴税时间", *lines, ""])


def _shipment(ref: str, first: File, noticed: Mapping[str, datetime]) -> str:
    """A shipment's line; one in eight was declared before it arrived."""
    own = Random(ref)
    hours = own.uniform(2, 40) if own.randrange(8) else -own.uniform(2, 20)
    arrival = first.at - timedelta(hours=hours)
    unified_no = first.data.partition(b"<SeqNo>")[2].partition(b"<")[0].decode()
    asked = noticed.get(unified_no)
    paid = f"{asked + timedelta(hours=own.uniform(1, 8)):%Y-%m-%d %H:%M}" if asked else ""
    return f"{ref},{own.choice(_CUSTOMERS)},{arrival:%Y-%m-%d %H:%M},{paid}"


def traffic(
    count: int, seed: int = 1, quarters: int = 8, last: Quarter | None = None
) -> Iterator[File]:
    """The files of ``count`` declarations over several quarters, in their order, all closed."""
    random = Random(seed)
    end = last or Quarter(2026, 3)
    for index in range(quarters):
        share = count * (index + 1) // quarters - count * index // quarters
        period = end.shifted(index + 1 - quarters)
        first = count * index // quarters + 1
        files = sorted(quarter(period, share, None, random, first), key=lambda f: (f.at, f.name))
        yield from files


def under_inspection(files: Sequence[File], at: datetime) -> str:
    """The unified number of a declaration whose last receipt by then orders an inspection."""
    last: dict[str, File] = {}
    for file in files:
        if file.at <= at and file.name.startswith("Receipt_"):
            last[file.name.split("_")[2]] = file
    return next(no for no, file in last.items() if b"<CHANNEL>C</CHANNEL>" in file.data)
