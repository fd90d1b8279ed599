"""What CDS notifications say, each by itself."""

from __future__ import annotations

from datetime import datetime

import pytest

from clearance.customs import unpacking
from clearance.customs.uk_cds import SYSTEM
from clearance.customs.uk_cds.codes import CODES, WITH_NAME
from clearance.customs.unpacking import Unpacked
from clearance.errors import Unreadable
from clearance.model import Flag, Reference, Stage
from clearance.stores import codec
from tests.customs.uk_cds.support import (
    LRN,
    MRN,
    OTHER_MRN,
    dated,
    message,
    only,
    read,
    response,
    statement,
    tag,
)

NOON = "20260302120000Z"


def refusal(data: bytes) -> Unreadable:
    with pytest.raises(Unreadable) as caught:
        unpacking.parse(data, "message.xml")
    return caught.value


# Codes and numbers


def test_a_code_with_line_breaks_around_it_is_the_code() -> None:
    event = only(response("09\n\t\t", serial=" 01ab\n"))
    assert (event.code, event.stage, event.serial) == ("09", Stage.CLEARED, "01ab")


def test_a_code_that_no_table_has_is_kept_raw_and_moves_nothing() -> None:
    event = only(response("04"))
    assert (event.code, event.stage, event.flags) == ("04", None, (Flag.UNKNOWN,))


def test_the_answer_to_a_request_is_unknown_where_its_name_code_is() -> None:
    assert only(response("11", names=["39"])).flags == ()
    assert only(response("11", names=["77"])).flags == (Flag.UNKNOWN,)
    assert only(response("11")).flags == ()


def test_a_name_code_that_no_document_explains_does_not_hide_what_the_code_says() -> None:
    assert only(response("16", names=["4"])).stage is Stage.CLEARED
    assert only(response("13", names=["99"])).flags == ()


def test_several_name_codes_are_told_together() -> None:
    assert only(response("13", names=["67", "115", "67"])).sub == "67,115"


def test_every_code_has_words_in_both_languages_and_a_rank() -> None:
    for code in (*CODES.values(), *WITH_NAME.values()):
        assert set(code.words) == {"en", "zh"}
        assert code.rank


def test_the_order_of_one_second_is_that_of_the_dossier() -> None:
    steps = [["02"], ["03", "01"], ["13"], ["05", "06"], ["14", "15"], ["11", "07"], ["08"]]
    ranks = [{CODES[code].rank for code in step} for step in steps]
    ranks += [{WITH_NAME["13", "4"].rank}, {CODES["09"].rank}, {CODES["10"].rank, CODES["16"].rank}]
    assert all(len(rank) == 1 for rank in ranks)
    flat = [rank for (rank,) in ranks if rank]
    assert flat == sorted(set(flat))


def test_the_declaration_is_the_first_that_has_an_id() -> None:
    corrected = "<Declaration><FunctionCode>9</FunctionCode><ID>ANOTHER</ID></Declaration>"
    assert Reference("mrn", MRN) in only(response("07", more=corrected)).references
    second = f"<Declaration><ID>{OTHER_MRN}</ID></Declaration>"
    event = only(response("07", mrn="", more=second))
    assert event.references == (Reference("mrn", OTHER_MRN),)


def test_numbers_are_not_checked_for_form() -> None:
    event = only(response("01", mrn="string", lrn="LRN"))
    assert event.references == (Reference("lrn", "LRN"), Reference("mrn", "string"))


def test_a_notification_without_an_mrn_is_known_by_its_lrn() -> None:
    assert only(response("03", mrn="")).references == (Reference("lrn", LRN),)


@pytest.mark.parametrize(
    "data",
    [
        message(response("09", mrn="", lrn="")),
        message(tag("Response", tag("FunctionCode", "09") + dated("IssueDateTime", NOON))),
    ],
)
def test_a_notification_without_a_number_is_refused(data: bytes) -> None:
    assert refusal(data).reason == "no_number"


def test_a_number_too_long_for_an_index_is_refused() -> None:
    assert refusal(message(response("09", mrn="9" * 256))).reason == "bad_value"


# Times


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("20260302080000Z", "2026-03-02T08:00:00+00:00"),
        ("20260302080000Z\n\t\t", "2026-03-02T08:00:00+00:00"),
        ("20260602080000Z", "2026-06-02T09:00:00+01:00"),
        ("20260602080000+01", "2026-06-02T08:00:00+01:00"),
        ("20260302080000+01", "2026-03-02T07:00:00+00:00"),
        ("20260302080000+0530", "2026-03-02T02:30:00+00:00"),
        ("20260302080000.999Z", "2026-03-02T08:00:00+00:00"),
    ],
)
def test_an_offset_is_believed_and_the_time_told_in_londons_zone(
    written: str, read_as: str
) -> None:
    event = only(response("01", written))
    assert event.at is not None
    assert event.at.isoformat() == read_as


@pytest.mark.parametrize(
    "written",
    [
        "",
        "20260302080000",
        "20261302080000Z",
        "20260302250000Z",
        "20260229080000Z",
        "20260302080000+25",
        "16000302080000Z",
        "Wed Nov 13 00:00:00 UTC 2019",
        "2026-03-02T08:00:00Z",
        "20260302Z",
        "yesterday",
    ],
)
def test_a_time_without_a_zone_or_that_cannot_be_is_refused(written: str) -> None:
    why = refusal(message(response("01", written)))
    assert why.reason == "bad_time"
    assert "IssueDateTime" in str(why)


@pytest.mark.parametrize(
    "notification",
    [
        response("01", accepted="20260302080000"),
        response("06", statements=[statement(limit="20260320")]),
    ],
)
def test_so_is_one_that_a_milestone_or_a_deadline_rests_on(notification: str) -> None:
    assert refusal(message(notification)).reason == "bad_time"


def test_a_time_that_moves_nothing_is_kept_as_it_stands_where_it_cannot_be_read() -> None:
    status = tag("Status", tag("EffectiveDateTime", tag("DateTimeString", "Wed Nov 13 2019")))
    rejected = dated("RejectionDateTime", "20260602080000Z")
    facts = dict(only(response("16", declaration=rejected, more=status)).facts)
    assert facts["effective_at"] == "Wed Nov 13 2019"
    assert facts["rejected_at"] == "2026-06-02T09:00:00+01:00"


@pytest.mark.parametrize(
    ("written", "fact"),
    [
        ("20260602081500Z", "2026-06-02T09:15:00+01:00"),
        ("20260602000000Z", "2026-06-02"),
        ("20260602000000+01", "2026-06-02"),
    ],
)
def test_midnight_is_the_mere_day_of_an_acceptance(written: str, fact: str) -> None:
    assert dict(only(response("01", accepted=written)).facts)["accepted_at"] == fact


def test_the_earliest_limit_is_until_when_something_is_due() -> None:
    limits = [statement(limit="20260620170000Z"), statement(limit="20260610170000Z")]
    event = only(response("06", statements=limits))
    assert event.due == datetime(2026, 6, 10, 18, tzinfo=SYSTEM.zone)
    assert only(response("06")).due is None


def test_both_moments_of_the_hour_that_clocks_repeat_survive_a_store() -> None:
    """As London's zone itself neither would be equal to what a store gives back."""
    events = read(response("01", "20261025003000Z"), response("09", "20261025013000Z"))
    assert [e.at.isoformat() for e in events if e.at] == [
        "2026-10-25T01:30:00+01:00",
        "2026-10-25T01:30:00+00:00",
    ]
    written = codec.from_events(events, "uk_cds")
    assert codec.to_events("uk_cds", written) == events


# What is said


def test_a_note_is_every_error_then_every_statement_then_payment_references() -> None:
    event = only(
        response(
            "13",
            names=["67"],
            payment="PAY1",
            errors=[("CDS10020", "one\n\t thing"), ("CDS40045", "")],
            statements=[statement("Q01", "another  thing"), statement(said="a third")],
        )
    )
    assert event.note == "CDS10020 one thing; CDS40045; Q01 another thing; a third; PAY1"


def test_a_notification_that_says_nothing_more_has_no_note() -> None:
    assert only(response("01", statements=[statement(kind="AFB")])).note is None


def test_the_result_of_the_control_stands_beside_a_release_or_a_clearance() -> None:
    result = [statement("smartErrorMsg", kind="1"), statement("A2", kind="AFB")]
    assert dict(only(response("09", statements=result)).facts)["control_result"] == "A2"
    assert "control_result" not in dict(only(response("10", statements=result)).facts)


def test_a_cancellation_says_whether_the_trader_asked_for_it() -> None:
    asked = only(response("10", statements=[statement("3", kind="AFB")]))
    assert set(asked.flags) == {Flag.UNDOES, Flag.REQUESTED}
    assert only(response("10")).flags == (Flag.UNDOES,)


def test_duties_are_told_and_nothing_more_without_a_payment_reference() -> None:
    """A guarantee's reference is none, nor is that of a bank."""
    guarantee = tag("ObligationGuarantee", tag("ReferenceID", "GAN1"))
    fee = tag("DutyTaxFee", tag("Payment", guarantee))
    bank = tag("Bank", tag("ReferenceID", "BANK"))
    event = only(response("13", names=["67"], declaration=fee, more=bank))
    assert (event.stage, event.action, event.flags, event.note) == (None, None, (), None)


def test_duties_with_a_payment_reference_are_to_be_paid() -> None:
    event = only(response("13", names=["67"], payment="PAY1"))
    assert (event.stage, event.action) == (Stage.ACTION_DUE, "tax")
    assert dict(event.facts)["payment_reference"] == "PAY1"


def test_a_payment_reference_may_stand_with_an_item() -> None:
    fee = tag("DutyTaxFee", tag("Payment", tag("ReferenceID", "PAY2")))
    item = tag("GoodsShipment", tag("GovernmentAgencyGoodsItem", tag("Commodity", fee)))
    assert only(response("13", declaration=item)).action == "tax"


def test_a_refusal_for_goods_that_never_came_is_a_withdrawal() -> None:
    assert only(response("03", errors=[("CDS12046", "")])).stage is Stage.WITHDRAWN
    two = [("CDS12046", ""), ("CDS10020", "")]
    assert only(response("03", errors=two)).stage is Stage.REJECTED
    assert only(response("03")).stage is Stage.REJECTED


def test_an_error_beside_an_acceptance_is_a_warning() -> None:
    warned = [("CDS13000", "Value per kilo appears too high")]
    assert only(response("01", errors=warned)).stage is Stage.ACCEPTED
    assert only(response("02", errors=warned)).stage is Stage.SUBMITTED


# Documents


def wrapped(xml: str, before: str, after: str) -> bytes:
    return f"{before}{xml}{after}".encode()


TOLD = response("09")
PREFIXED = TOLD.replace("</", "</r:").replace("<", "<r:").replace("<r:/r:", "</r:")
ROOTS = {
    "bare": TOLD.encode(),
    "bare, with a prefix": PREFIXED.replace("<r:Response>", '<r:Response xmlns:r="x">').encode(),
    "a default namespace": wrapped(TOLD, '<MetaData xmlns="urn:x">', "</MetaData>"),
    "a prefix in the name": wrapped(TOLD, "<_2MetaData>", "</_2MetaData>"),
    "a prefix in every name": wrapped(
        PREFIXED.replace("r:", "_2_1"), "<_2MetaData><_2WCOTypeName/>", "</_2MetaData>"
    ),
    "a comment before": wrapped(TOLD, "<?xml version='1.0'?>\n<!-- x --><MetaData>", "</MetaData>"),
    "a comment within": wrapped(TOLD, "<MetaData><!-- x -->", "<!-- y --></MetaData>"),
    "SOAP": wrapped(
        TOLD, "<s:Envelope><s:Header/><s:Body><n:notifyTrader><MetaData>",
        "</MetaData></n:notifyTrader></s:Body></s:Envelope>",
    ),
}  # fmt: skip


@pytest.mark.parametrize("data", ROOTS.values(), ids=ROOTS)
def test_a_notification_is_known_in_every_wrapping(data: bytes) -> None:
    (event,) = unpacking.parse(data, "message.xml")
    assert (event.system, event.code, event.stage) == ("uk_cds", "09", Stage.CLEARED)
    assert Reference("mrn", MRN) in event.references


def test_one_message_may_tell_several_events_of_several_declarations() -> None:
    data = message(response("01"), response("09"), response("05", mrn=OTHER_MRN))
    (unpacked,) = unpacking.unpack(data, "message.xml")
    assert isinstance(unpacked, Unpacked)
    events = unpacked.events()
    assert [e.code for e in events] == ["01", "09", "05"]
    assert {e.messages for e in events} == {(unpacked.id,)}


def test_a_message_is_refused_whole_where_one_of_its_notifications_has_no_code() -> None:
    lame = TOLD.replace("<FunctionCode>09</FunctionCode>", "")
    assert refusal(message(TOLD, lame)).reason == "bad_value"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"<MetaData><Declaration><ID>1</ID></Declaration></MetaData>", "not_a_status"),
        (b"<MetaData><WCOTypeName>RES</WCOTypeName></MetaData>", "unknown_root"),
        (b"<MetaData><Response><ID>1</ID></Response></MetaData>", "unknown_root"),
        (b"<Response><Status><NameCode>C2</NameCode></Status></Response>", "unknown_root"),
        (b"<FileUploadResponse><Files/></FileUploadResponse>", "not_a_status"),
        (b"<DeclarationStatusResponse><x/></DeclarationStatusResponse>", "not_a_status"),
        (b"<DeclarationSearchResponse><x/></DeclarationSearchResponse>", "not_a_status"),
        (b"<DeclarationVersionResponse><x/></DeclarationVersionResponse>", "not_a_status"),
        (b"<p:DeclarationFullResponse><x/></p:DeclarationFullResponse>", "not_a_status"),
    ],
)
def test_what_is_no_notification_is_refused_with_the_name_of_its_root(
    data: bytes, reason: str
) -> None:
    why = refusal(data)
    root = data.decode().partition(">")[0].strip("<").rpartition(":")[2]
    assert why.reason == reason
    assert f"<{root}>" in str(why)
