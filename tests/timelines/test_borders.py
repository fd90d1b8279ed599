"""One shipment over borders, with the real command: the EU, Denmark and the United Kingdom."""

from __future__ import annotations

import pytest

from tests.conftest import Run
from tests.customs.dk_dms.test_notifications import notice
from tests.customs.eu_ncts.support import goods, message
from tests.customs.uk_cds.test_answers import answer, details

TRANSIT, BRITISH, DANISH = "26NL000INVENTED1K0", "26GB000INVENTED1R0", "26DK000INVENTED1R0"
AS_OF = ("--as-of", "2026-05-01T09:00:00Z")
OPTIONS = ("--shipment", *AS_OF, "--format", "json")


def british(ucr: str = "", previous: str = "") -> bytes:
    """What was asked for of a British import."""
    before = f"<PreviousDocument><ID>{previous}</ID><TypeCode>822</TypeCode></PreviousDocument>"
    shipment = f"<UCR><TraderAssignedReferenceID>{ucr}</TraderAssignedReferenceID></UCR>"
    declared = f"<GoodsShipment>{before if previous else ''}{shipment if ucr else ''}"
    declared = f"<TypeCode>IMA</TypeCode>{declared}</GoodsShipment>"
    return answer(details("18", mrn=BRITISH, declared=declared, received="20260302083000Z"))


def transit(ucr: str = "", bill: str = "") -> bytes:
    """The acceptance of a transit."""
    return message("028", 0, more=goods(ucr, bill), mrn=TRANSIT).encode()


def ingest(run: Run, *documents: bytes) -> None:
    for document in documents:
        assert run("ingest", "-", stdin=document).code == 0


def shipment(run: Run, number: str) -> dict[str, object]:
    """The one shipment of a number."""
    (found,) = run("status", number, *OPTIONS).json["shipments"]
    assert isinstance(found, dict)
    return found


@pytest.fixture
def clear(run: Run) -> Run:
    assert run("store", "init").code == 0
    return run


@pytest.mark.parametrize(
    "documents",
    [
        (transit(ucr="U-1"), british(ucr="U-1")),
        (transit(), british(previous=TRANSIT)),
    ],
    ids=["the same UCR", "the previous document"],
)
def test_declarations_of_two_countries_are_shown_together(
    clear: Run, documents: tuple[bytes, ...]
) -> None:
    ingest(clear, *documents, notice("CWMACC", 5).encode())
    for number in (TRANSIT, BRITISH):
        found = shipment(clear, number)
        assert found["bill_no"] is None
        assert found["declarations"] == [TRANSIT, BRITISH]
        assert found["dialects"] == ["eu_ncts", "uk_cds"]
    alone = clear("status", DANISH, *OPTIONS)
    assert alone.code == 1
    listed = clear("list", "--all", *AS_OF, "--format", "json").json["declarations"]
    assert len(listed) == 3


def test_a_shipment_over_borders_goes_by_the_bill_that_one_of_them_bears(clear: Run) -> None:
    ingest(clear, transit(bill="BILL-1"), british(previous=TRANSIT))
    for number in ("BILL-1", TRANSIT, BRITISH):
        found = shipment(clear, number)
        assert found["bill_no"] == "BILL-1"
        assert found["declarations"] == [TRANSIT, BRITISH]


def test_a_plan_that_was_given_numbers_of_both_shows_them_together(clear: Run) -> None:
    ingest(clear, transit(bill="BILL-1"), notice("CWMACC", 5).encode())
    assert shipment(clear, "BILL-1")["declarations"] == [TRANSIT]
    assert clear("plan", "set", DANISH, "--ref", "BILL-1").code == 0
    (told,) = clear("status", "BILL-1", "--shipment", "--format", "json").json["shipments"]
    assert told["declarations"] == [TRANSIT, DANISH]


def test_each_keeps_its_clock_and_its_words(clear: Run) -> None:
    ingest(clear, transit(ucr="U-1"), british(ucr="U-1"))
    text = clear("status", BRITISH, *OPTIONS[:-2], "--lang", "zh").text
    assert "英国海关申报服务" in text
    assert "欧盟共同领域" in text
    both = clear("status", BRITISH, TRANSIT, *AS_OF, "--format", "json").json["declarations"]
    assert {one["dialect"] for one in both} == {"uk_cds", "eu_ncts"}


@pytest.mark.parametrize("asked", ["name", "earlier"])
def test_what_was_not_known_then_ties_nothing(clear: Run, asked: str) -> None:
    ingest(clear, transit(ucr="U-1"), british(ucr="U-1"))
    then = ("--as-of", "2026-03-02T07:59:00Z" if asked == "earlier" else "2026-03-02T08:00:30Z")
    told = clear("status", TRANSIT, "--shipment", *then, "--format", "json")
    assert told.code == (1 if asked == "earlier" else 0)
