"""Danish notifications, each row of the table in several writings, and their timelines."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from clearance.customs import unpacking
from clearance.customs.dk_dms import codes
from clearance.errors import Unreadable
from clearance.model import Declaration, Event, Flag, Stage
from clearance.timelines import derive

MRN, OTHER_MRN, LRN = "26DK000INVENTED1R0", "26DK000INVENTED2R1", "TEST-1"
EIGHT = datetime(2026, 3, 2, 8, tzinfo=UTC)
REQUEST = "<AdditionalMessage><URN>26DKINV000001</URN></AdditionalMessage>"


def dated(name: str, written: str) -> str:
    return f"<{name}><DateTimeString>{written}</DateTimeString></{name}>" if written else ""


def notice(
    code: str,
    when: str | int = 0,
    more: str = "",
    *,
    numbers: str = f"<MRN>{MRN}</MRN><LRN>{LRN}</LRN>",
    declaration: str = "",
    created: str = "",
) -> str:
    """A notification; ``when`` is a time as written, or minutes after eight o'clock."""
    issued = f"202603020{8 + when // 60}{when % 60:02}00Z" if isinstance(when, int) else when
    return (
        f"<Notification><NotificationEventType>{code}</NotificationEventType>"
        f"<NotificationSID>{code}{issued}</NotificationSID>"
        f"<Declaration>{numbers}{declaration}</Declaration>{more}"
        f"{dated('NotificationCreatedDate', created)}{dated('IssueDateTime', issued)}"
        "</Notification>"
    )


def pulled(*notices: str, regime: str = "IM", total: str = "TotalNumberOfNotifications") -> str:
    """An answer of a pull, as imports get it."""
    inside = "".join(
        "<TraderNotification><MetaData><PayloadSpecification>ERMIS/2.0</PayloadSpecification>"
        f"<PayloadRegime>{regime}</PayloadRegime></MetaData><Payload>{one}</Payload>"
        "</TraderNotification>"
        for one in notices
    )
    return (
        f"<TraderNotificationResponseDTO><{total}>{len(notices)}</{total}>{inside}"
        "</TraderNotificationResponseDTO>"
    )


def read(document: str) -> list[Event]:
    return unpacking.parse(document.encode(), "message.xml")


def only(document: str) -> Event:
    (event,) = read(document)
    return event


def story(*documents: str) -> Declaration:
    (declaration,) = derive.link(event for one in documents for event in read(one))
    return declaration


@pytest.mark.parametrize("prefix", ["CWM", "DMS"])
@pytest.mark.parametrize("letters", codes.CODES)
def test_every_row_reads_alike_in_every_writing(prefix: str, letters: str) -> None:
    meaning = codes.CODES[letters]
    one = notice(f" {prefix}{letters}\n")
    for document in (
        one,
        f"<!-- a comment -->{one}",
        f"<s:Envelope xmlns:s='urn:s'><s:Body>{one}</s:Body></s:Envelope>",
        f"<NotificationResult><Notifications>{one}</Notifications></NotificationResult>",
        f"<Notifications>{one}</Notifications>",
        pulled(one),
        pulled(one, total="TotalNumberOfNotification"),
        one.replace("<", "<n:")
        .replace("<n:/", "</n:")
        .replace("<n:Notification>", "<n:Notification xmlns:n='urn:n'>", 1),
    ):
        event = only(document)
        assert (event.code, event.stage, event.at) == (f"{prefix}{letters}", meaning.stage, EIGHT)
        assert event.action == meaning.action
        assert Flag.UNKNOWN not in event.flags
        assert event.system == "dk_dms"


@pytest.mark.parametrize("code", ["CWMXYZ", "XYZACC", "ACC", "string", "CWMACCX", "cwmacc"])
def test_a_code_that_no_table_has_means_nothing(code: str) -> None:
    event = only(notice(code))
    assert (event.code, event.stage, event.flags) == (code, None, (Flag.UNKNOWN,))


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("20260302080000Z", EIGHT),
        ("20260302090000+01", EIGHT),
        ("20260302080000", EIGHT),
        ("2026-03-02T08:00:00.123", EIGHT),
        ("2026-03-02T08:00", EIGHT),
        ("2026-03-02T09:00:00+01:00", EIGHT),
        ("[2026,3,2,8,0,0,284070396]", EIGHT),
        ("[2026, 3, 2, 8, 0]", EIGHT),
        ("20260302", EIGHT.replace(hour=0)),
        ("2026-03-02", EIGHT.replace(hour=0)),
    ],
)
def test_each_form_of_a_time_is_read_and_one_without_a_zone_is_utc(
    written: str, moment: datetime
) -> None:
    assert only(notice("CWMACC", written)).at == moment
    assert only(notice("CWMACC", "", created=written)).at == moment


def test_the_issue_counts_before_the_creation() -> None:
    assert only(notice("CWMACC", 0, created="2026-03-05")).at == EIGHT


@pytest.mark.parametrize(
    "written",
    [
        "",
        "string",
        "20261302080000Z",
        "2026-03-02T25:00:00",
        "[2026,3]",
        "[2026,13,1]",
        "PLACEHOLDER",
    ],
)
def test_a_time_that_cannot_be_read_is_refused(written: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read(notice("CWMACC", written))
    assert caught.value.reason == "bad_time"


def test_the_legal_acceptance_is_one_with_a_time_of_day() -> None:
    def accepted(written: str) -> str | None:
        fact = dated("AcceptanceDateTime", written)
        return dict(only(notice("CWMACC", declaration=fact)).facts).get("accepted_at")

    assert accepted("20260302075958Z") == "2026-03-02T08:59:58+01:00"
    assert accepted("20260302000000Z") == accepted("20260302") == "2026-03-02"
    assert accepted("PLACEHOLDER") is None
    fact = dated("AcceptanceDateTime", "20260302075958Z")
    assert story(notice("CWMACC", declaration=fact)).accepted_at == EIGHT.replace(
        hour=7, minute=59, second=58
    )


def test_both_names_of_the_own_reference_are_read_and_placeholders_stand() -> None:
    numbers = "<MRN>MRN</MRN><LRN>A</LRN><SubmitterReferenceNumber>B</SubmitterReferenceNumber>"
    event = only(notice("CWMACC", numbers=numbers))
    assert event.references == (("mrn", "MRN"), ("lrn", "A"), ("lrn", "B"))


def test_the_number_of_an_answer_counts_where_a_notification_has_none() -> None:
    inside = notice("CWMCLE", numbers="") + notice("CWMACC", numbers=f"<MRN>{OTHER_MRN}</MRN>")
    document = (
        f"<NotificationResult><MRN>{MRN}</MRN><Notifications>{inside}</Notifications>"
        "</NotificationResult>"
    )
    assert [dict(event.references)["mrn"] for event in read(document)] == [MRN, OTHER_MRN]


def test_a_notification_without_any_number_is_refused() -> None:
    with pytest.raises(Unreadable) as caught:
        read(notice("CWMACC", numbers=""))
    assert caught.value.reason == "no_number"


def test_a_registration_of_goods_is_never_a_declaration_of_the_same_number() -> None:
    registration = notice("DMSGRE", numbers=f"<MRN>{MRN}</MRN>")
    events = [*read(registration), *read(notice("CWMACC", 5))]
    found = derive.link(events)
    assert sorted(one.name for one in found) == [MRN, MRN]
    assert sorted(kind for one in found for kind in one.references) == [
        "lrn",
        "mrn",
        "registration_no",
    ]


def test_what_is_about_a_request_moves_nothing() -> None:
    for code in ("CWMRCV", "CWMREJ"):
        event = only(notice(code, more=REQUEST))
        assert (event.stage, dict(event.facts)["request"]) == (None, "INV")
    done = story(notice("CWMACC", 0), notice("CWMREJ", 5, REQUEST))
    assert done.stage is Stage.ACCEPTED


def test_the_answer_to_a_request_is_its_position() -> None:
    for written, words in (("GRANTED", "granted"), ("DENIED", "denied")):
        for inside in (f"<Type>{written}</Type>", written):
            event = only(notice("CWMREQ", more=f"<CustomsPosition>{inside}</CustomsPosition>"))
            assert event.sub == written
            meaning = codes.code("Notification", event.code, event.sub)
            assert meaning is not None
            assert words in meaning.words["en"]
    event = only(notice("CWMREQ", more="<CustomsPosition>PERHAPS</CustomsPosition>"))
    assert (event.stage, event.flags) == (None, (Flag.UNKNOWN,))


def test_duties_are_an_action_only_with_a_payment_reference() -> None:
    plain = only(notice("CWMTAX"))
    assert (plain.stage, plain.action) == (None, None)
    paid = "<DutyTaxFee><Payment><ReferenceID>PAY-1</ReferenceID></Payment></DutyTaxFee>"
    event = only(notice("CWMTAX", declaration=paid))
    assert (event.stage, event.action, event.note) == (Stage.ACTION_DUE, "tax", "PAY-1")


def test_the_note_holds_errors_then_statements_and_a_warning_leaves_the_stage() -> None:
    error = (
        "<Error><Pointer><DocumentSectionCode>$.a[0]</DocumentSectionCode></Pointer>"
        "<ValidationCode>DKW1  </ValidationCode><ValidationText>be\n careful</ValidationText>"
        "</Error>"
    )
    said = (
        "<AdditionalInformation><StatementCode>41</StatementCode>"
        "<StatementDescription>queued</StatementDescription></AdditionalInformation>"
    )
    event = only(notice("CWMACC", more=said + error))
    assert event.note == "DKW1 be careful ($.a[0]); 41 queued"
    assert event.stage is Stage.ACCEPTED


def test_the_regime_of_an_answer_says_the_direction() -> None:
    for regime, way in (("IM", "import"), ("EX", "export"), ("TR", "transit"), ("MF", None)):
        facts = dict(only(pulled(notice("CWMACC"), regime=regime)).facts)
        assert facts.get("direction") == way


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ("<Notifications/>", "not_a_status"),
        ("<NotificationResult><totalSize>0</totalSize></NotificationResult>", "not_a_status"),
        (pulled(), "not_a_status"),
        ("<ErrorMessageDTO><a>b</a></ErrorMessageDTO>", "not_a_status"),
        ("<genericErrorDTO><a>b</a></genericErrorDTO>", "not_a_status"),
        ("<ValidationResponse><a>b</a></ValidationResponse>", "not_a_status"),
        ("<SuccessfulResponseDTO><a>b</a></SuccessfulResponseDTO>", "not_a_status"),
        ("<DeclarationStatusDTO><MRN>1</MRN></DeclarationStatusDTO>", "not_a_status"),
        ("<Notification><id>1</id></Notification>", "unknown_root"),
        (
            "<Notification><NotificationEventType>CWMACC</NotificationEventType></Notification>",
            "no_number",
        ),
    ],
)
def test_what_is_no_notification_is_refused_with_the_name_of_its_root(
    document: str, reason: str
) -> None:
    with pytest.raises(Unreadable) as caught:
        read(document)
    assert caught.value.reason == reason


def test_an_invalidation_takes_release_and_closure_back() -> None:
    gone = story(notice("CWMACC", 0), notice("CWMCLE", 1), notice("CWMINV", 2))
    assert (gone.stage, gone.released_at, gone.cleared_at) == (Stage.WITHDRAWN, None, None)


def test_a_closure_is_the_release_where_none_was_told() -> None:
    done = story(notice("CWMACC", 0), notice("CWMCLE", 5))
    assert done.released_at == done.cleared_at == EIGHT.replace(minute=5)
    assert done.inconsistencies == ()


def test_a_release_in_part_counts_and_the_rest_is_still_to_be_done() -> None:
    found = story(notice("CWMACC", 0), notice("CWMDOC", 1), notice("CWMPGR", 5))
    assert (found.stage, found.facts["partial"]) == (Stage.RELEASED, "yes")
    assert [action.action for action in found.outstanding] == ["documents"]


def test_events_of_one_second_stand_in_the_order_of_the_guide() -> None:
    order = ["RCV", "ACC", "TAX", "CTL", "ING", "RES", "ROG", "CLE", "GER", "EOG"]
    found = story(*(notice(f"CWM{letters}", 0) for letters in reversed(order)))
    assert [(event.code or "")[3:] for event in found.events] == order


def test_rows_that_stood_in_an_earlier_answer_are_one_event_with_two_messages() -> None:
    first, second = notice("CWMRCV", 0), notice("CWMACC", 5)
    found = story(pulled(first), pulled(first, second))
    assert [len(event.messages) for event in found.events] == [2, 1]
