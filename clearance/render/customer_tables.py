"""Notices and shared pages as results of commands: ``notices`` and ``share``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from clearance.alerting.outbox import Delivery, State
from clearance.customers.matching import Customers, Match
from clearance.customers.notices import Notice, Standing
from clearance.customers.pages import Shipment
from clearance.customers.proof import Proof, Stand, Unmatched
from clearance.customs.references import own_reference
from clearance.model import ReceivedAs, Words, in_language, replace
from clearance.named_tuples import NamedTuple
from clearance.render import Cell, Column, Page, Table
from clearance.render.alerts import Told
from clearance.render.customer_notices import TOPICS
from clearance.render.tables import (
    SCHEMA,
    columns,
    flat,
    iso,
    minute,
    short_id,
    short_moment,
    tabulated,
)
from clearance.render.words import joined, say, told, worded

if TYPE_CHECKING:
    from pathlib import Path

STANDS: Mapping[Stand, Words] = {
    Stand.HELD: {"en": "held", "zh": "待批准"},
    Stand.WAITING: {"en": "waiting", "zh": "待发送"},
    Stand.TOLD: {"en": "told", "zh": "已通知"},
    Stand.ENDED: {"en": "not taken", "zh": "通道不再接收"},
    Stand.SHOWN: {"en": "on the page only", "zh": "仅在页面显示"},
    Stand.DROPPED: {"en": "dropped", "zh": "已放弃"},
    Stand.OVERTAKEN: {"en": "overtaken", "zh": "已失效未发"},
}
"""Where a notice stands, in words."""
_STATES: Mapping[State, Words] = {
    State.HELD: {"en": "waits until {at}", "zh": "等待至 {at}"},
    State.PENDING: {"en": "goes with the next check", "zh": "下次检查时发送"},
    State.ACCEPTED: {"en": "accepted {at}", "zh": "{at} 已接收"},
    State.ENDED: {"en": "will never take it", "zh": "不再接收"},
    State.CLOSED: {"en": "will never take it", "zh": "不再接收"},
}
_MARKS = {Stand.HELD: "warn", Stand.WAITING: "warn", Stand.ENDED: "bad", Stand.TOLD: "good"}
_TEXT: dict[str, Words] = {
    "no customer": {
        "en": "open declarations that are no customer's: {n} (clearance notices list --unmatched)",
        "zh": "{n} 票未结关的报关单没有对应的客户：clearance notices list --unmatched",
    },
    "to approve": {
        "en": "notices that wait: clearance notices approve ID, or drop ID",
        "zh": "待批准的通知：clearance notices approve 编号，或 drop 编号",
    },
    "nobody": {"en": "no customer fits", "zh": "没有客户符合"},
    "not set": {
        "en": "a plan says {named}: no such customer is set",
        "zh": "计划中的客户 {named} 未设置",
    },
    "several": {"en": "several fit: {fitting}", "zh": "多个客户符合：{fitting}"},
    "written": {"en": "written: {file}", "zh": "已写入：{file}"},
    "shared": {
        "en": "{n} shipments of {customer} in {folder}: {changed} files written, {gone} removed",
        "zh": "{folder} 中有 {customer} 的 {n} 票货物：写入 {changed} 个文件，删除 {gone} 个",
    },
    "index": {"en": "give the customer: {file}", "zh": "给客户的页面：{file}"},
}
_SPARE = {"message": 4, "notified": 3, "channel": 2, "customer": 1}
"""Columns that a narrow terminal does without, the highest first."""
_UNSET = "no customer is set: nobody is told"


def listing(
    found: Sequence[Proof], no_customer: int, customers: Customers, as_of: datetime, lang: str
) -> Page:
    """Notices, one a line, and how many open declarations are nobody's."""
    rows = [_row(proof, customers, as_of, lang) for proof in found]
    heads = ("=id", "=customer", "called", "notice", "=happened at", "=standing", "=notified")
    note = (worded(_TEXT["no customer"], lang, n=no_customer),) if no_customer else ()
    table = tabulated(rows, lang, heads, marks=tuple(_MARKS.get(p.stand, "") for p in found))
    table = replace(table, columns=_spared(table.columns))
    tables = (table,) if rows else ()
    data = [proof_json(proof) for proof in found]
    return Page(
        json={
            "schema": SCHEMA,
            "as_of": iso(as_of),
            "notices": data,
            "no_customer": no_customer,
        },
        lines=tuple(data),
        tables=(*tables, Table(notes=note)) if note else tables,
        flat=_flat(found, lang),
        empty_message="no notices" if customers else _UNSET,
    )


def _spared(some: Iterable[Column]) -> tuple[Column, ...]:
    """Columns, some of which a narrow terminal does without."""
    return tuple(replace(column, spare=_SPARE.get(column.key, 0)) for column in some)


def _row(proof: Proof, customers: Customers, as_of: datetime, lang: str) -> dict[str, Cell]:
    notice = proof.notice
    known = customers.get(notice.customer)
    return {
        "=id": notice.id,
        "=customer": known.name if known else notice.customer,
        "called": notice.name,
        "notice": in_language(TOPICS[notice.topic], lang),
        "=happened at": minute(notice.at),
        "=standing": in_language(STANDS[proof.stand], lang),
        "=notified": minute(_here(proof.told_at, as_of)),
    }


def _here(at: datetime | None, as_of: datetime) -> datetime | None:
    """A time in the zone of the moment looked from."""
    return at.astimezone(as_of.tzinfo) if at else None


def _there(at: datetime | None, notice: Notice) -> datetime | None:
    """A time in the zone of what a notice tells, which is that of its customs system."""
    return at.astimezone(notice.at.tzinfo) if at else None


def _flat(found: Iterable[Proof], lang: str) -> Table:
    rows = [
        {
            "id": proof.notice.id,
            "customer": proof.notice.customer,
            "called": proof.notice.name,
            "topic": proof.notice.topic,
            "at": proof.notice.at,
            "made_at": proof.notice.made_at,
            "state": str(proof.stand),
            "told_at": _there(proof.told_at, proof.notice),
        }
        for proof in found
    ]
    return flat(
        rows, lang, *("id", "customer", "called", "topic", "at", "made_at", "state"), "told_at"
    )


def proof_json(proof: Proof) -> dict[str, Any]:
    """A notice with what came of it."""
    notice = proof.notice
    note, who = notice.said
    return {
        "id": notice.id,
        "customer": notice.customer,
        "topic": notice.topic,
        "name": notice.name,
        "number": notice.number,
        "at": iso(notice.at),
        "made_at": iso(notice.made_at),
        "state": str(proof.stand),
        "told_at": iso(_there(proof.told_at, notice)),
        "expected": notice.expected.isoformat() if notice.expected else None,
        "corrects": list(notice.corrects),
        "messages": list(notice.messages),
        "lang": notice.lang,
        "title": notice.title,
        "lines": list(notice.lines),
        "deliveries": [_delivery_json(one, notice) for one in proof.deliveries],
        "decided": {"at": iso(notice.decided_at), "by": who, "note": note}
        if notice.decided_at
        else None,
    }


def _delivery_json(delivery: Delivery, notice: Notice) -> dict[str, Any]:
    accepted = delivery.state is State.ACCEPTED
    return {
        "id": delivery.id,
        "channel": delivery.channel,
        "state": str(delivery.state),
        "accepted_at": iso(_there(delivery.tried_at, notice)) if accepted else None,
        "waits_until": iso(_there(delivery.not_before, notice)),
        "tries": delivery.tries,
        "detail": delivery.detail or None,
    }


def notice(
    proof: Proof, names: Mapping[str, Sequence[ReceivedAs]], as_of: datetime, lang: str
) -> Page:
    """One notice as it was worded, with its proof; ``names`` are those its messages came under."""
    data = proof_json(proof)
    data["received_as"] = {id: [one.name for one in some] for id, some in names.items()}
    table = Table(
        title=f"{proof.notice.id}  {proof.notice.title}",
        facts=tuple(_facts(proof, names, as_of, lang)),
        notes=("", *(f"  {line}" for line in proof.notice.lines)),
    )
    return Page(
        json={"schema": SCHEMA, "as_of": iso(as_of), "notice": data},
        lines=(data,),
        tables=(table,),
        flat=_flat([proof], lang),
    )


def _facts(
    proof: Proof, names: Mapping[str, Sequence[ReceivedAs]], as_of: datetime, lang: str
) -> Iterable[tuple[str, str]]:
    note = proof.notice
    yield say("customer", lang), note.customer
    yield say("standing", lang), in_language(STANDS[proof.stand], lang)
    yield say("happened at", lang), minute(note.at) or ""
    for one in proof.deliveries:
        yield f"{say('channel', lang)} {one.channel}", _delivered(one, as_of, lang)
    if note.decided_at:
        said = filter(None, (minute(note.decided_at), note.said.who, note.said.note))
        yield say("decided", lang), " · ".join(said)
    if note.corrects:
        yield say("corrects", lang), ", ".join(note.corrects)
    for id in note.messages:
        called = ", ".join(one.name for one in names.get(id, ()))
        yield say("message", lang), f"{short_id(id)} {called}".strip()


def _delivered(delivery: Delivery, as_of: datetime, lang: str) -> str:
    at = delivery.tried_at if delivery.state is State.ACCEPTED else delivery.not_before
    here = minute(_here(at, as_of)) or ""
    words = worded(_STATES[delivery.state], lang, at=here)
    return f"{words} ({told(delivery.detail, lang)})" if delivery.detail else words


def history(found: Iterable[Proof], since: datetime | None, as_of: datetime, lang: str) -> Page:
    """Each notice that a channel has accepted: when, for whom, what, by which messages."""
    rows = sorted(
        (_accepted(proof, delivery) for proof in found for delivery in proof.deliveries
         if delivery.state is State.ACCEPTED and delivery.tried_at
         if since is None or delivery.tried_at >= since),
        key=lambda row: (row["accepted_at"], row["id"]),
    )  # fmt: skip
    heads = ("time", "customer", "called", "notice", "channel", "id", "message")
    cells = tuple(
        (
            short_moment(row["accepted_at"].astimezone(as_of.tzinfo), as_of),
            row["customer"],
            row["called"],
            in_language(TOPICS[row["topic"]], lang),
            row["channel"],
            row["id"],
            ", ".join(map(short_id, row["messages"])),
        )
        for row in rows
    )
    data = [{**row, "accepted_at": iso(row["accepted_at"])} for row in rows]
    spread = [{**row, "messages": " ".join(row["messages"])} for row in rows]
    return Page(
        json={"schema": SCHEMA, "as_of": iso(as_of), "history": data},
        lines=tuple(data),
        tables=(Table(_spared(columns(lang, *(f"={h}" for h in heads))), cells),) if rows else (),
        flat=flat(
            spread, lang, "accepted_at", "customer", "called", "topic", "channel", "id",
            "delivery", "corrects", "messages",
        ),
        empty_message="no notices",
    )  # fmt: skip


def _accepted(proof: Proof, delivery: Delivery) -> dict[str, Any]:
    notice: Notice = proof.notice
    return {
        "accepted_at": _there(delivery.tried_at, notice),
        "customer": notice.customer,
        "called": notice.name,
        "topic": notice.topic,
        "channel": delivery.channel,
        "id": notice.id,
        "delivery": delivery.id,
        "corrects": " ".join(notice.corrects) or None,
        "messages": list(notice.messages),
    }


def unmatched(found: Sequence[Unmatched], customers: Customers, as_of: datetime, lang: str) -> Page:
    """Open declarations that are nobody's, each with why."""
    data: list[dict[str, Any]] = [
        {
            "declaration": one.declaration.name,
            "own_reference": own_reference(one.declaration),
            "trader": one.declaration.facts.get("trader"),
            "named": list(one.match.named),
            "fitting": list(one.match.fitting),
        }
        for one in found
    ]
    heads = columns(lang, "=declaration", "=own reference", "trader", "why")
    cells = tuple(
        (row["declaration"], row["own_reference"], row["trader"], _why(one.match, lang))
        for row, one in zip(data, found, strict=True)
    )
    spread = [{**r, "named": " ".join(r["named"]), "fitting": " ".join(r["fitting"])} for r in data]
    return Page(
        json={"schema": SCHEMA, "as_of": iso(as_of), "unmatched": data, "no_customer": len(data)},
        lines=tuple(data),
        tables=(Table(heads, cells),) if data else (),
        flat=flat(spread, lang, "declaration", "own_reference", "trader", "named", "fitting"),
        empty_message="every open declaration has its customer" if customers else _UNSET,
    )


def _why(match: Match, lang: str) -> str:
    """Why nobody is told of a declaration."""
    if len(match.fitting) > 1:
        return worded(_TEXT["several"], lang, fitting=joined(match.fitting, lang))
    if match.named:
        return worded(_TEXT["not set"], lang, named=joined(match.named, lang))
    return in_language(_TEXT["nobody"], lang)


def told_in_check(made: Sequence[Notice], no_customer: int, lang: str) -> Told:
    """What a check told customers, and what it made that waits for a person."""
    notices = [
        {
            "id": one.id,
            "customer": one.customer,
            "topic": one.topic,
            "name": one.name,
            "held": one.standing is Standing.HELD,
        }
        for one in made
    ]
    held = [one for one in made if one.standing is Standing.HELD]
    heads = ("=id", "=customer", "called", "notice")
    rows = [
        {
            "=id": one.id,
            "=customer": one.customer,
            "called": one.name,
            "notice": in_language(TOPICS[one.topic], lang),
        }
        for one in held
    ]
    title = in_language(_TEXT["to approve"], lang)
    tables = (tabulated(rows, lang, heads, title=title),) if rows else ()
    return Told({"notices": notices, "no_customer": no_customer}, tables)


class Shared(NamedTuple):
    """What came of sharing: the pages by name, those written, and those removed."""

    customer: str
    folder: Path
    index_file: str
    pages: Sequence[tuple[Shipment, str]]
    changed: Sequence[str]
    gone: Sequence[str]


def shared(done: Shared, as_of: datetime, lang: str) -> Page:
    """The files of a customer's pages."""
    index = f"{done.index_file}.html"
    pages: list[dict[str, Any]] = [
        {
            "name": shipment.facts.name,
            "file": f"{name}.html",
            "open": shipment.is_open,
            "written": name in done.changed,
        }
        for shipment, name in done.pages
    ]
    data = {
        "schema": SCHEMA,
        "as_of": iso(as_of),
        "customer": done.customer,
        "folder": str(done.folder),
        "index": index,
        "pages": pages,
        "removed": [f"{name}.html" for name in done.gone],
    }
    counted = worded(
        _TEXT["shared"], lang, n=len(pages), customer=done.customer, folder=done.folder,
        changed=len(done.changed), gone=len(done.gone),
    )  # fmt: skip
    notes = (counted, worded(_TEXT["index"], lang, file=done.folder / index))
    return Page(
        json=data,
        lines=tuple(pages),
        tables=(Table(notes=notes),),
        flat=flat(pages, lang, "name", "file", "open", "written"),
    )


def written(file: Path, lang: str) -> str:
    """That a page was written."""
    return worded(_TEXT["written"], lang, file=file)
