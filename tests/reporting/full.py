"""A store of four quarters in which every figure of a report is given, of invented declarations.

Some are returned and noted upon, inspected, amended after their closure, deleted as asked or not,
put away by people, closed by a word of people, not yet closed, dated by customs to a day only; some
were told of by alerts, which were acknowledged, silenced, acted upon or over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from clearance import config
from clearance.alerting import records
from clearance.cli._evidence import with_alerts
from clearance.customs.cn_single_window import ZONE, demo
from clearance.model import Alert, AlertState, Remark, Severity, Silence, Transition
from clearance.periods import Quarter
from clearance.reporting.query import Costs, ReportQuery
from clearance.reporting.settings import Settings
from clearance.stores import Store, open_store
from tests.conftest import Run, laid

AS_OF = "2026-09-28"
QUARTERS = (Quarter(2025, 2), Quarter(2025, 3), Quarter(2026, 2), Quarter(2026, 3))
_EACH = 80
_SETTINGS = """
[targets]
"declare-close" = "5d"
"declare-release" = "48h"

[error_rate]
recorded_until = 2026-08-31

[error_rate.average]
2026Q2 = 3.5
2026Q3 = 0.4

[costs]
currency = "CNY"
dead_freight = 1200.5

[[costs.demurrage.tiers]]
days = 2
rate = 300.25

[[costs.demurrage.tiers]]
rate = 600.0

[return_reasons]
own = ["通知"]
price = ["单价", "要素"]
"""
_OPEN = range(3 * _EACH, 3 * _EACH + 40, 8)
"""Numbers of declarations that customs does not close."""
_RELEASES = ("P", "F", "K")
_HEADS = (
    *("企业内部编号", "客户", "报关行", "抵港或运抵", "截关时间", "截港时间", "免柜期"),
    *("提柜时间", "实际离港", "申请删单", "差错"),
)


def made(call: Run, folder: Path) -> Path:
    """Fills a store in a folder; returns the settings beside it."""
    files = list(_files())
    laid(files, folder / "InBox")
    (folder / "plans.csv").write_text("\n".join(_plans(files)), "utf-8")
    config = folder / "config.toml"
    config.write_text(
        f'[sources.inbox]\nkind = "folder"\npath = {str(folder / "InBox")!r}\n' + _SETTINGS
    )
    more: tuple[str | Path, ...] = ("--store", folder / "store.db")
    assert call("ingest", folder / "InBox", *more).code == 0
    assert call("plan", "import", folder / "plans.csv", "--as-of", AS_OF, *more).code == 0
    _say(call, files, more)
    _alert(folder / "store.db")
    return config


def settings(folder: Path) -> Settings:
    """What figures rest on besides messages, as those settings say."""
    said = config.load(folder / "config.toml")
    return Settings(
        config.calendars(said),
        said.error_rate.recorded_until,
        said.targets,
        said.error_rate.average,
        said.costs.currency,
        said.costs.dead_freight,
        [(tier.days, tier.rate) for tier in said.costs.demurrage.tiers],
        said.return_reasons,
    )


def query(folder: Path, store: Store, **more: Any) -> ReportQuery:
    """What a report of the last two quarters is asked for, as those settings say."""
    said = settings(folder)
    at = datetime.fromisoformat(AS_OF).replace(tzinfo=ZoneInfo("Asia/Shanghai"))
    asked = ReportQuery(
        periods=QUARTERS[2:],
        zone=ZoneInfo("Asia/Shanghai"),
        as_of=at,
        calendar_of=said.calendars.of,
        targets=said.targets,
        costs=Costs("CNY", said.freight, tuple(said.tiers)),
        averages=said.averages,
        errors_until=said.errors_until(ZoneInfo("Asia/Shanghai")),
        reasons=said.reasons,
        why=True,
        **more,
    )
    return with_alerts(store, asked)


def _files() -> Iterator[demo.File]:
    """What customs wrote, with ends that the demo has not."""
    random = Random(15)
    for place, period in enumerate(QUARTERS):
        files = demo.quarter(period, _EACH, None, random, place * _EACH + 1, with_content=True)
        for file in files:
            yield from _ended(file)


def _ended(file: demo.File) -> Iterator[demo.File]:
    """A file, or what is written instead of a release or closure of some declarations."""
    code, number, unified, entry = _parts(file)
    if number % 9 == 4 and code in (*_RELEASES, "R"):
        if code == "R":
            yield demo.business_receipt(unified, entry, "D", file.at, number * 100 + 40)
    elif number in _OPEN and code == "R":
        return
    elif number % 8 == 3 and code == "R":
        yield file
        for hours, again in ((1, "M"), (20, "P"), (29, "R")):
            at, serial = file.at + timedelta(hours=hours), number * 100 + 10 + hours
            yield demo.business_receipt(
                unified, entry, again, at, serial, note="重审" if hours == 1 else None
            )
    elif number % 3 == 0 and code == "L":
        yield file
        at = file.at + timedelta(hours=1)
        yield demo.business_receipt(unified, entry, "C", at, number * 100 + 45)
    else:
        yield file


def _parts(file: demo.File) -> tuple[str, int, str, str]:
    """The code of a receipt of customs, the declaration's number, and both that customs gives."""
    text = file.data.decode()
    code, unified, entry = (
        match[1] if (match := re.search(rf"<{tag}>(.*?)</{tag}>", text)) else ""
        for tag in ("CHANNEL", "CUS_CIQ_NO", "ENTRY_ID")
    )
    return code, int(unified[5:] or 0) // 10, unified, entry


def _sent(files: list[demo.File]) -> dict[str, demo.File]:
    """The first receipt of each declaration, by its own reference."""
    first: dict[str, demo.File] = {}
    for file in sorted(files, key=lambda one: one.at):
        if file.name.startswith("Successed_"):
            first.setdefault(file.name.split("_")[1], file)
    return first


def _plans(files: list[demo.File]) -> Iterator[str]:
    """The sheet that somebody keeps beside the messages."""
    yield ",".join(_HEADS)
    for ref, file in _sent(files).items():
        own = Random(ref)
        known = [own.random() < share for share in (0.9, 0.9, 0.5, 0.8, 0.9, 0.8, 0.5, 0.2)]
        moments = [
            own.uniform(-40, 20), own.uniform(10, 90), own.uniform(20, 90), own.uniform(100, 180),
            own.uniform(120, 300), own.uniform(150, 300), own.uniform(-5, 100),
        ]  # fmt: skip
        cells = [
            f"{file.at + timedelta(hours=hours):{'%Y-%m-%d' if place == 3 else '%Y-%m-%d %H:%M'}}"
            for place, hours in enumerate(moments)
        ]
        firm = own.choice(("东港报关行", "Bright Brokers", ""))
        said = ["yes" if own.random() < 0.5 else "no"]
        shown = [cell if yes else "" for cell, yes in zip((*cells, *said), known, strict=True)]
        yield ",".join((ref, own.choice(("云栖食品", "Northbay Trading")), firm, *shown))


def _say(call: Run, files: list[demo.File], more: tuple[str | Path, ...]) -> None:
    """What people say by hand, of the last quarter."""
    start, end = QUARTERS[-1].start(ZONE), datetime.fromisoformat(AS_OF).replace(tzinfo=ZONE)
    last = [file for file in files if start <= file.at < end - timedelta(days=10)]
    returned = [_parts(file)[2] for file in last if _parts(file)[0] == "E"]
    for unified in returned:
        assert call("note", unified, "税号已更正", "--as-of", AS_OF, *more).code == 0
    unclosed = [f for f in last if _parts(f)[1] in _OPEN and _parts(f)[0] in _RELEASES]
    assert call("close", _parts(unclosed[0])[3], "--why", "gone", "--as-of", AS_OF, *more).code == 0
    at = ("--at", f"{unclosed[1].at + timedelta(hours=60):%Y-%m-%dT%H:%M}", "--as-of", AS_OF)
    ran = call("event", _parts(unclosed[1])[3], "cleared", *at, *more)
    assert ran.code == 0, ran


def _alert(path: Path) -> None:
    """Alerts about the declarations of the last two quarters, and a silence."""
    with open_store(str(path)) as store:
        names = [t.name for _, t in store.timings(store.ids()) if _is_late(t.declared_at)]
        silence = Silence("quiet", {}, _moment(5), _moment(400), Remark())
        alerts = [alert(place, name) for place, name in enumerate(sorted(names))]
        with store.transaction():
            store.save_records([*map(records.from_alert, alerts), records.from_silence(silence)])


def _is_late(declared_at: int | None) -> bool:
    return bool(declared_at and declared_at >= QUARTERS[2].start(ZONE).timestamp())


def _moment(hours: float) -> datetime:
    return QUARTERS[2].start(ZONE) + timedelta(hours=hours)


def alert(place: int, name: str) -> Alert:
    """An alert that was told, and what became of it: by its number."""
    own = Random(place)
    told = _moment(own.uniform(0, 4000))
    rule = ("import_undeclared", "tax_unpaid", "stuck")[place % 3]
    turns = [(told, AlertState.FIRING)] if place % 10 else []
    if place % 2:
        turns.append((told + timedelta(hours=own.uniform(1, 30)), AlertState.ACKNOWLEDGED))
    over = told + timedelta(hours=own.uniform(0.2, 60)) if place % 4 else None
    last = Severity.WARNING
    return Alert(
        id=f"{place:08x}",
        rule=rule,
        severity=last,
        state=AlertState.RESOLVED if over else AlertState.FIRING,
        since=told,
        fired_at=told,
        resolved_at=over,
        declaration=name,
        references=(),
        values={"estimate": f"{own.uniform(10, 900):.2f}"} if rule != "stuck" else {},
        muted_by="quiet" if place % 7 == 2 else None,
        transitions=tuple(Transition(at, state, last, "") for at, state in turns),
    )
