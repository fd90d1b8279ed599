"""Messages of NCTS and AES, each row of the tables in several writings."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearance.customs import Code, unpacking
from clearance.customs.eu_ncts import codes
from clearance.errors import Unreadable
from clearance.model import Event, Flag, Stage
from tests.customs.eu_ncts.support import (
    LRN,
    MRN,
    OTHER_MRN,
    linked,
    message,
    numbers,
    only,
    read,
    story,
    tag,
)

EIGHT = datetime(2026, 3, 2, 8, tzinfo=UTC)

ROWS = [
    *((root[2:5], None, code) for root, code in codes.CODES.items() if root not in codes.BY_SUB),
    *(
        (root[2:5], sub, code)
        for root, table in codes.BY_SUB.items()
        for sub, code in table.items()
    ),
]
"""Number, sub-code and meaning of every row."""


def written(number: str, sub: str | None, **how: str) -> str:
    """A message of a row of the tables."""
    if number == "009":
        return message(number, more="<Invalidation><decision>1</decision></Invalidation>", **how)
    return message(number, operation=tag(codes.SUB[f"CC{number}C"], sub) if sub else "", **how)


def wrapped(document: str) -> list[str]:
    """A message in each envelope that it may stand in, and bare."""
    notice = f"<Notification>{document}</Notification>"
    traders = f"<TraderNotification><Payload>{notice}</Payload></TraderNotification>"
    return [
        document,
        f"<!-- a comment --><?a b?>\n{document}",
        f'<n1:TraderChannelResponse xmlns:n1="urn:x">{document}</n1:TraderChannelResponse>',
        f'<s:Envelope xmlns:s="urn:s"><s:Header/><s:Body>{document}</s:Body></s:Envelope>',
        notice,
        f"<NotificationResult><Notifications>{notice}</Notifications></NotificationResult>",
        f"<TraderNotificationResponseDTO>{traders}</TraderNotificationResponseDTO>",
        f"<TraderNotification><Payload>{document}</Payload></TraderNotification>",
    ]


@pytest.mark.parametrize(("number", "sub", "meaning"), ROWS, ids=lambda part: str(part)[:4])
def test_every_row_reads_alike_in_every_writing(
    number: str, sub: str | None, meaning: Code
) -> None:
    stage = Stage.WITHDRAWN if number == "009" else meaning.stage
    writings = [
        written(number, sub),
        written(number, sub, prefix=""),
        written(number, sub, prefix="ns2", space="http://ecs.dgtaxud.ec", phase="NCTS6"),
        written(number, sub, prefix="", space="", phase=""),
    ]
    for document in (envelope for one in writings for envelope in wrapped(one)):
        event = only(document)
        assert (event.code, event.sub, event.stage) == (f"CC{number}C", sub, stage)
        assert event.system == "eu_ncts"
        assert event.at == EIGHT
        assert event.references == (("lrn", LRN), ("mrn", MRN))
        assert Flag.UNKNOWN not in event.flags


@pytest.mark.parametrize("number", sorted(root[2:5] for root in codes.BY_SUB))
def test_a_sub_code_that_no_table_has_means_nothing(number: str) -> None:
    for document in (
        message(number, operation=tag(codes.SUB[f"CC{number}C"], "string")),
        message(number),
    ):
        event = only(document)
        assert (event.stage, event.action, event.flags) == (None, None, (Flag.UNKNOWN,))


def test_a_message_that_no_table_has_is_kept_and_means_nothing() -> None:
    event = only(message("998"))
    assert (event.code, event.stage, event.flags) == ("CC998C", None, (Flag.UNKNOWN,))


@pytest.mark.parametrize(
    ("when", "moment"),
    [
        ("2026-03-02T08:00:00", EIGHT),
        ("2026-03-02T08:00:00Z", EIGHT),
        ("2026-03-02T09:00:00+01:00", EIGHT),
        ("2026-03-02T08:00:00.999", EIGHT),
        (" 2026-03-02T08:00:00.5+00:00\n", EIGHT),
        ("2026-03-01T22:30:00-09:30", EIGHT),
    ],
)
def test_a_time_without_an_offset_is_utc_and_fractions_are_cut(when: str, moment: datetime) -> None:
    assert only(message("029", when)).at == moment


@pytest.mark.parametrize(
    "when",
    [
        "",
        "invalid",
        "2026-03-02",
        "2026-13-02T08:00:00",
        "2026-03-02T25:00:00",
        "0231-11-23T10:03:02",
        "Wed Nov 13 00:00:00 UTC 2019",
        "20260302",
    ],
)
def test_a_time_that_cannot_be_read_is_refused(when: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read(message("029", when))
    assert caught.value.reason == "bad_time"


def test_a_message_without_a_number_is_refused() -> None:
    with pytest.raises(Unreadable, match="neither an MRN nor an LRN") as caught:
        read(message("004", mrn="", lrn=""))
    assert caught.value.reason == "no_number"


@pytest.mark.parametrize("number", ["007", "013", "014", "015", "044", "054", "170", "515", "615"])
def test_a_message_to_customs_is_no_status(number: str) -> None:
    document = message(number)
    for one in (document, wrapped(document)[2], wrapped(document)[3]):
        with pytest.raises(Unreadable, match="a message to customs") as caught:
            read(one)
        assert caught.value.reason == "not_a_status"


@pytest.mark.parametrize("root", ["CC043A", "CC328A", "CC015B"])
def test_a_message_of_an_earlier_phase_is_named_and_not_read(root: str) -> None:
    with pytest.raises(Unreadable, match=root) as caught:
        read(f"<{root}><HEAHEA><DocNumHEA5>1</DocNumHEA5></HEAHEA></{root}>")
    assert caught.value.reason == "not_a_status"


def test_json_that_carries_a_message_is_refused_as_json() -> None:
    with pytest.raises(Unreadable, match="JSON"):
        read('{"body": "' + message("029").replace('"', '\\"') + '"}')


@given(st.sampled_from(["xml", "CD029C", "CC999C", ""]))
def test_the_message_type_is_not_believed(told: str) -> None:
    document = message("029").replace("<messageType>CC029C<", f"<messageType>{told}<")
    assert only(document).code == "CC029C"


# References and facts

GOODS = """<Consignment><referenceNumberUCR>UCR-1</referenceNumberUCR>
<TransportEquipment><containerIdentificationNumber>INVU9900001</containerIdentificationNumber>
</TransportEquipment>
<PreviousDocument><type>N830</type><referenceNumber>26NL000INVENTED9</referenceNumber>
</PreviousDocument>
<TransportDocument><type>N705</type><referenceNumber>BILL-1</referenceNumber></TransportDocument>
<TransportDocument><type>N785</type><referenceNumber>MANIFEST-1</referenceNumber>
</TransportDocument>
<HouseConsignment><TransportDocument><type>N714</type><referenceNumber>BILL-2</referenceNumber>
</TransportDocument></HouseConsignment></Consignment>"""


def test_the_numbers_of_the_goods_find_a_declaration() -> None:
    event = only(message("029", more=GOODS))
    assert numbers(event, "ucr") == ["UCR-1"]
    assert numbers(event, "container") == ["INVU9900001"]
    assert numbers(event, "previous_no") == ["26NL000INVENTED9"]
    assert numbers(event, "bill_no") == ["BILL-1", "BILL-2"]


def test_an_lrn_may_look_like_an_mrn() -> None:
    event = only(message("928", mrn="", lrn=MRN))
    assert event.references == (("lrn", MRN),)


def test_a_decision_on_an_invalidation_says_what_became_of_it() -> None:
    def decided(inside: str) -> Event:
        return only(message("009", more=f"<Invalidation>{inside}</Invalidation>"))

    told = {
        "<decision>1</decision><initiatedByCustoms>1</initiatedByCustoms>": (Stage.WITHDRAWN, ()),
        "<decision>1</decision><initiatedByCustoms>0</initiatedByCustoms>": (
            Stage.WITHDRAWN,
            (Flag.REQUESTED,),
        ),
        "<initiatedByCustoms>1</initiatedByCustoms>": (Stage.WITHDRAWN, ()),
        "<decision>0</decision><initiatedByCustoms>1</initiatedByCustoms>": (None, ()),
        "<initiatedByCustoms>0</initiatedByCustoms>": (None, (Flag.UNKNOWN,)),
        "<decision>string</decision>": (None, (Flag.UNKNOWN,)),
    }
    for inside, (stage, flags) in told.items():
        event = decided(inside)
        assert event.stage == stage
        assert set(event.flags) - {Flag.UNDOES} == set(flags)


def test_an_export_is_invalidated_where_no_decision_is_told() -> None:
    inside = "<invalidationInitiatedByCustoms>0</invalidationInitiatedByCustoms>"
    event = only(message("509", operation=inside))
    assert (event.stage, event.flags) == (Stage.WITHDRAWN, (Flag.UNDOES, Flag.REQUESTED))
    assert only(message("609")).stage is Stage.WITHDRAWN


def test_the_note_holds_all_that_is_said_each_with_its_code() -> None:
    errors = "".join(
        f"<FunctionalError><errorPointer>/CC015C/a[{n}]</errorPointer><errorCode>1{n}</errorCode>"
        f"<errorReason>reason\n  {n}</errorReason>"
        "<originalAttributeValue>old</originalAttributeValue></FunctionalError>"
        for n in (2, 4)
    )
    nested = f"<FunctionalError>{errors}</FunctionalError>"
    refused = tag("rejectionCode", "12") + tag("rejectionReason", "in short")
    for more in (errors, nested):
        assert only(message("056", 0, refused, more)).note == (
            "12 reason 2 (/CC015C/a[2]: old); 14 reason 4 (/CC015C/a[4]: old); 12 in short"
        )
    spanish = "<FunctionalError><errorCode>13</errorCode><errorDescription>falta</errorDescription>"
    assert only(message("906", 0, "", spanish + "</FunctionalError>")).note == "13 falta"


def test_controls_documents_reasons_and_guarantees_are_told_in_the_note() -> None:
    controls = (
        "<TypeOfControls><type>40</type><text>opened</text></TypeOfControls>"
        "<TypeOfControls><type>45</type></TypeOfControls>"
        "<RequestedDocument><documentType>C605</documentType><description>sheet</description>"
        "</RequestedDocument>"
    )
    note = only(message("060", more=controls)).note
    assert note == "control 40 opened; control 45 sampling; document C605 sheet"
    reason = tag("noReleaseMotivationCode", "B1")
    event = only(message("051", operation=reason))
    assert (event.sub, event.note, event.stage) == ("B1", "B1", Stage.REJECTED)
    reason += tag("noReleaseMotivationText", "control failed")
    assert only(message("551", operation=reason)).note == "B1 control failed"
    guarantee = (
        "<GuaranteeReference><GuaranteeReference><GRN>G1</GRN><InvalidGuaranteeReason>"
        "<code>G02</code><text>bad code</text></InvalidGuaranteeReason>"
        "</GuaranteeReference></GuaranteeReference>"
    )
    event = only(message("055", more=guarantee))
    assert (event.note, dict(event.facts)["guarantees"]) == ("G02 bad code", "G1")


def test_a_deadline_ends_with_its_day() -> None:
    due = only(message("140", operation=tag("limitForResponseDate", "2026-04-11+01:00"))).due
    assert due is not None
    assert due.date().isoformat() == "2026-04-11"
    assert only(message("582", operation=tag("limitForResponseDate", "string"))).due is None


def test_dates_of_what_was_decided_are_facts_and_an_acceptance_of_a_day_moves_nothing() -> None:
    dated = tag("declarationAcceptanceDate", "2026-02-28+01:00") + tag("releaseDate", "string")
    event = only(message("029", operation=dated))
    facts = dict(event.facts)
    assert facts["declaration_acceptance_date"] == "2026-02-28"
    assert facts["release_date"] == "string"
    assert "accepted_at" not in facts


@pytest.mark.parametrize(("regime", "direction"), [("EX", "export"), ("TR", "transit"), ("", None)])
def test_in_a_danish_notification_the_regime_says_what_the_message_does_not(
    regime: str, direction: str | None
) -> None:
    meta = f"<MetaData><PayloadRegime>{regime}</PayloadRegime></MetaData>"
    bare = message("906", prefix="", space="", holder="Header")
    notice = f"<Payload><Notification>{bare}</Notification></Payload>"
    event = only(f"<TraderNotification>{meta}{notice}</TraderNotification>")
    assert dict(event.facts).get("direction") == direction


@pytest.mark.parametrize(
    "place",
    [
        (
            "<Consignment><HouseConsignment><ConsignmentItem>{}</ConsignmentItem></HouseConsignment>"
            "</Consignment>"
        ),
        "<GoodsShipment><GoodsItem>{}</GoodsItem></GoodsShipment>",
        "<Consignment>{}</Consignment>",
        "<Consignment><HouseConsignment>{}</HouseConsignment></Consignment>",
        "<Consignment><Incident>{}</Incident></Consignment>",
    ],
)
def test_numbers_of_goods_are_found_wherever_they_stand(place: str) -> None:
    goods = (
        "<referenceNumberUCR>UCR-77</referenceNumberUCR><TransportEquipment>"
        "<containerIdentificationNumber>TEST1234560</containerIdentificationNumber>"
        "</TransportEquipment><PreviousDocument><type>N830</type>"
        "<referenceNumber>26GBEXPORT00000001</referenceNumber></PreviousDocument>"
        "<TransportDocument><type>N705</type><referenceNumber>BL77</referenceNumber>"
        "</TransportDocument>"
    )
    found = only(message("029", more=place.format(goods))).references
    assert {value for kind, value in found if kind not in ("mrn", "lrn")} == {
        "UCR-77", "TEST1234560", "26GBEXPORT00000001", "BL77",
    }  # fmt: skip


def test_the_direction_is_that_of_the_number() -> None:
    def direction(document: str) -> str | None:
        return dict(only(document).facts).get("direction")

    assert direction(message("029")) == direction(message("140")) == "transit"
    assert direction(message("529")) == direction(message("628")) == "export"
    assert direction(message("906")) == "transit"
    assert direction(message("906", space="http://ecs.dgtaxud.ec")) == "export"
    assert direction(message("228")) is None
    assert direction(message("906", prefix="", space="", holder="Header")) is None
    by_operation = message("906", prefix="", space="", holder="ExportOperation")
    assert direction(by_operation) == "export"
    around = '<TraderChannelResponse xmlns:e="http://ecs.dgtaxud.ec">{}</TraderChannelResponse>'
    bare = message("906", prefix="", space="", holder="Header").replace("CC906C", "e:CC906C")
    assert direction(around.format(bare)) == "export"


# Timelines


def test_an_lrn_joins_what_came_before_the_mrn_was_allocated() -> None:
    declaration = story(message("928", 0, mrn=""), message("028", 1), message("029", 2, lrn=""))
    assert declaration.name == MRN
    assert [event.code for event in declaration.events] == ["CC928C", "CC028C", "CC029C"]
    assert declaration.declared_at == EIGHT
    assert declaration.direction == "transit"


def test_an_lrn_never_joins_two_mrns() -> None:
    found = linked(message("028", 0), message("028", 1, mrn=OTHER_MRN))
    assert {one.name for one in found} == {MRN, OTHER_MRN}


REFUSED = tag("businessRejectionType", "013")


@pytest.mark.parametrize(
    "later",
    [
        message("928", 5),
        message("906", 5),
        message("917", 5),
        message("056", 5, REFUSED),
        message("557", 5, tag("businessRejectionType", "507")),
        message("004", 5),
        message("571", 5),
    ],
)
def test_what_is_answered_after_the_acceptance_moves_nothing(later: str) -> None:
    before = story(message("028", 0), message("029", 2))
    after = story(message("028", 0), message("029", 2), later)
    assert (after.stage, after.since) == (before.stage, before.since)
    assert len(after.submissions) == 1
    assert story(message("028", 0), later).stage is Stage.ACCEPTED


def test_what_is_not_released_is_rejected_also_after_the_acceptance() -> None:
    for accepted, refused in (("028", "051"), ("528", "551")):
        assert story(message(accepted, 0), message(refused, 5)).stage is Stage.REJECTED


def test_an_invalidation_takes_release_and_closure_back() -> None:
    decided = "<Invalidation><decision>1</decision></Invalidation>"
    gone = story(
        message("028", 0), message("029", 1), message("045", 2), message("009", 3, "", decided)
    )
    assert (gone.stage, gone.released_at, gone.cleared_at) == (Stage.WITHDRAWN, None, None)


def test_a_closure_is_the_release_where_none_was_told() -> None:
    for accepted, closed in (("028", "045"), ("528", "599")):
        declaration = story(message(accepted, 0), message(closed, 5))
        assert declaration.released_at == declaration.cleared_at
        assert declaration.inconsistencies == ()


def test_what_is_asked_for_after_a_release_is_outstanding() -> None:
    declaration = story(
        message("028", 0),
        message("029", 1),
        message("140", 5, tag("limitForResponseDate", "2026-04-11")),
    )
    assert declaration.stage is Stage.RELEASED
    (action,) = declaration.outstanding
    assert (action.action, action.due and action.due.day) == ("documents", 11)


def test_a_release_in_part_ends_nothing_that_was_asked_for() -> None:
    begun = (message("028", 0), message("029", 1), message("140", 5))
    part = message("025", 9, tag("releaseIndicator", "2"))
    whole = message("025", 12, tag("releaseIndicator", "1"))
    found = story(*begun, part)
    assert [action.action for action in found.outstanding] == ["documents"]
    assert found.facts["partial"] == "yes"
    assert story(*begun, part, whole).outstanding == ()


def test_an_exit_release_ends_no_supplement_that_is_due() -> None:
    found = story(message("528", 0), message("529", 1), message("531", 2), message("525", 3))
    assert [action.action for action in found.outstanding] == ["supplement"]
    assert (found.stage, found.released_at and found.released_at.minute) == (Stage.RELEASED, 1)


def test_events_of_one_second_stand_in_their_order() -> None:
    documents = [message(number, 0) for number in ("045", "029", "060", "028", "928")]
    codes_ = [event.code for event in story(*documents).events]
    order = ["CC928C", "CC028C", "CC029C", "CC045C"]
    assert [code for code in codes_ if code in order] == order


def test_a_message_that_came_bare_and_in_an_envelope_is_one_event() -> None:
    bare, channel = message("028", 0), wrapped(message("028", 0))[2]
    (event,) = story(bare, channel).events
    assert len(event.messages) == 2


def test_a_message_in_a_danish_answer_stays_one_of_the_common_domain() -> None:
    danish = (
        "<Notification><NotificationEventType>CWMACC</NotificationEventType>"
        f"<Declaration><MRN>{OTHER_MRN}</MRN></Declaration>"
        "<IssueDateTime><DateTimeString>20260302080000Z</DateTimeString></IssueDateTime>"
        "</Notification>"
    )
    document = (
        f"<Notifications>{danish}<Notification>{message('029')}</Notification></Notifications>"
    )
    assert [(event.system, event.code) for event in read(document)] == [
        ("dk_dms", "CWMACC"),
        ("eu_ncts", "CC029C"),
    ]
    ids = {id for event in read(document) for id in event.messages}
    assert len(ids) == 1


@given(st.text(alphabet="<>&'\"xml:/ CC029", max_size=40))
def test_no_text_in_a_message_breaks_its_reading(text: str) -> None:
    from xml.sax.saxutils import escape

    told = escape(text)
    event = only(message("056", 0, tag("businessRejectionType", told or "x"), lrn=LRN))
    assert event.code == "CC056C"
    assert unpacking.parse(
        message("060", more=f"<TypeOfControls>{tag('type', told)}</TypeOfControls>").encode()
    )


@pytest.mark.parametrize("declared", ["string", "2026-02-30", "2026-03-01T08:00:00+99:00"])
def test_a_time_of_declaration_that_is_none_is_no_date_of_it(declared: str) -> None:
    refused = message("051", operation=tag("declarationSubmissionDateAndTime", declared))
    declaration = story(refused)
    assert declaration.stage is Stage.REJECTED
    assert declaration.facts["declaration_submission_at"] == declared
    assert "declaration_date" not in declaration.facts
