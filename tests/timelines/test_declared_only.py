"""What was declared says nothing of what became of it: no date, no sign of life, no answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import pytest

from clearance.alerting import inputs, rules
from clearance.alerting.rules import Context
from clearance.customs import words
from clearance.customs.cn_single_window.demo import File, business_receipt, import_receipt
from clearance.customs.cn_single_window.demo_declared import message
from clearance.figures.feeds import FEED
from clearance.model import Declaration, Finding
from clearance.sources import Item
from clearance.stores import Store, open_store
from clearance.timelines import intake, query

OWN, UNIFIED, ENTRY = "HX26-1", "I20260000000000017", "530420261000000017"
SENT_AT = datetime.fromisoformat("2026-03-02T08:00:00+08:00")
LATER = SENT_AT + timedelta(days=3)
NOW = SENT_AT + timedelta(days=14)
BROUGHT_BACK = {"SeqNo": UNIFIED, "EntryId": ENTRY, "DDate": "20260302"}


def declared(at: datetime, **head: str) -> File:
    """The declaration itself, signed at a time."""
    data = message(
        {"IEFlag": "I", "TradeName": "杭州青溪仪器有限公司", "TradeCode": "3301960001"} | head,
        ({"GNo": "1", "CodeTS": "9027809990", "DeclTotal": "20.5", "TradeCurr": "USD"},),
        sign={"ClientSeqNo": OWN, "SignDate": f"{at:%Y%m%d%H%M%S}03"},
    )
    return File(f"{OWN}.xml", data, at)


def told(code: str, at: datetime, entry: str = ENTRY) -> File:
    return business_receipt(UNIFIED, entry, code, at, 7)


SENDING = (import_receipt(OWN, UNIFIED, SENT_AT), told("7", SENT_AT, ""))


@pytest.fixture
def store() -> Iterator[Store]:
    with open_store("memory:") as opened:
        yield opened


def read(store: Store, *files: File, feed: str | None = None) -> None:
    items = [Item(file.name, file.data, feed=feed) for file in files]
    assert not intake.ingest(store, items, NOW).refused


def only(store: Store, as_of: datetime = NOW) -> Declaration:
    (declaration,) = query.look_up(store, [OWN], as_of).declarations
    return declaration


def findings(declaration: Declaration, context: Context) -> set[str]:
    """The names of the rules that find something wrong."""
    return {
        rule.name
        for rule in rules.RULES.values()
        for outcome in rule.outcomes(declaration, context)
        if isinstance(outcome, Finding)
    }


@pytest.mark.parametrize("head", [{}, BROUGHT_BACK], ids=["as sent", "brought back"])
def test_a_declaration_of_which_only_the_form_is_known_has_come_nowhere(
    store: Store, head: dict[str, str]
) -> None:
    read(store, declared(SENT_AT, **head))
    known = only(store)
    assert (known.stage, known.since, known.last_at) == (None, None, None)
    assert (known.declared_at, known.dated_at, known.counted_at) == (None, None, None)
    assert known.path == ""
    assert known.direction == "import"
    assert [(s.since, s.declared_at) for s in known.submissions] == [(None, None)]
    assert known.open
    assert not findings(known, inputs.complete(store, Context(NOW), [known]))


def test_a_day_that_customs_brought_back_does_not_date_what_was_declared_before(
    store: Store,
) -> None:
    files = [*SENDING, told("L", SENT_AT + timedelta(seconds=9))]
    read(store, *files)
    before = only(store)
    read(store, declared(SENT_AT, **BROUGHT_BACK | {"DDate": "20260301"}))
    after = only(store)
    assert (after.counted_at, after.dated_at) == (before.counted_at, before.dated_at)
    assert after.facts["declaration_date"] == "2026-03-01"


def test_a_declaration_signed_later_is_no_answer_of_customs(store: Store) -> None:
    read(store, *SENDING)
    before = only(store)
    read(store, declared(LATER))
    after = only(store)
    assert after.events[-1].kind == "DecMessage"
    assert (after.stage, after.since, after.last_at) == (before.stage, before.since, before.last_at)
    assert after.submissions == before.submissions
    context = inputs.complete(store, Context(NOW), [after])
    assert "no_reply" in findings(before, context)
    assert findings(after, context) == findings(before, context)


def test_a_correction_that_was_only_signed_does_not_answer_a_return(store: Store) -> None:
    read(store, *SENDING, told("E", SENT_AT + timedelta(hours=1), ""), declared(LATER))
    returned = only(store)
    assert (returned.stage, len(returned.submissions)) == ("rejected", 1)
    assert "returned" in findings(returned, inputs.complete(store, Context(NOW), [returned]))


def test_a_declaration_is_no_sign_of_life_of_its_source(store: Store) -> None:
    read(store, declared(SENT_AT), feed="sentbox")
    assert not list(store.records(FEED))
    read(store, *SENDING, feed="inbox")
    assert {record.id.partition("|")[0] for record in store.records(FEED)} == {"inbox"}


def test_the_source_of_a_declaration_is_that_of_the_last_answer(store: Store) -> None:
    read(store, *_from("inbox", SENDING))
    read(store, *_from("sentbox", [declared(LATER)]))
    known = only(store)
    context = Context(NOW, sources={"inbox": "", "sentbox": ""})
    assert inputs.complete(store, context, [known]).feed(known) == "inbox"


def _from(source: str, files: Iterable[File]) -> list[File]:
    return [file._replace(name=f"{source}/{file.name}") for file in files]


def test_what_an_old_receipt_calls_by_its_code_is_no_other_trader(store: Store) -> None:
    """``TRADE_CO`` is a code, and ``TradeName`` the name of the same company."""
    old = (
        f"<DEC_DATA><DEC_RESULT><CUS_CIQ_NO>{UNIFIED}</CUS_CIQ_NO><ENTRY_ID>{ENTRY}</ENTRY_ID>"
        "<NOTICE_DATE>20260302T15032200</NOTICE_DATE><CHANNEL>L</CHANNEL>"
        "<TRADE_CO>3301960001</TRADE_CO></DEC_RESULT></DEC_DATA>"
    )
    read(store, File("old.xml", old.encode(), SENT_AT), declared(SENT_AT, **BROUGHT_BACK))
    known = only(store)
    assert known.facts["trader"] == "杭州青溪仪器有限公司"
    assert "duplicate_number" not in findings(known, Context(NOW))


def test_a_timeline_says_who_the_declaration_comes_from_and_when_it_was_signed(
    store: Store,
) -> None:
    read(store, declared(SENT_AT), declared(LATER, **BROUGHT_BACK))
    known = only(store)
    said = [(event.at, words.meanings(event)[0]["zh"]) for event in known.events]
    assert said == [(SENT_AT, "报关单（企业发送）"), (LATER, "报关单（海关返回）")]
    assert not any(found.kind == "unknown_code" for found in known.inconsistencies)
