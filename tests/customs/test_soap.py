"""What the envelope of SOAP holds is read as if it came bare; a fault is told in its own words."""

from __future__ import annotations

import pytest

from clearance.customs import soap
from clearance.customs.unpacking import NotUnpacked, Unpacked, unpack
from clearance.customs.xml import local, read

SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"
NOTICE = (
    "<DEC_RESULT><CUS_CIQ_NO>I20260000000000017</CUS_CIQ_NO>"
    "<NOTICE_DATE>2026-03-02T08:00:00</NOTICE_DATE><CHANNEL>7</CHANNEL></DEC_RESULT>"
)


def envelope(body: str, namespace: str = SOAP_11, head: str = "<s:Header/>") -> bytes:
    """An envelope of SOAP."""
    return (
        f'<s:Envelope xmlns:s="{namespace}">{head}<s:Body>{body}</s:Body></s:Envelope>'
    ).encode()


@pytest.mark.parametrize("namespace", [SOAP_11, SOAP_12])
@pytest.mark.parametrize("head", ["", "<s:Header/>", "<s:Header><a>1</a></s:Header><!-- -->"])
def test_any_systems_message_is_read_in_an_envelope_of_soap(namespace: str, head: str) -> None:
    data = envelope(NOTICE, namespace, head)
    (one,) = unpack(data, "a.xml")
    assert isinstance(one, Unpacked)
    assert one.data == data
    assert [event.code for event in one.events()] == ["7"]


def cc(number: str, mrn: str) -> str:
    prepared = "<preparationDateAndTime>2026-03-02T08:00:00</preparationDateAndTime>"
    operation = f"<TransitOperation><MRN>{mrn}</MRN></TransitOperation>"
    return f'<a:CC{number}C xmlns:a="http://ncts.dgtaxud.ec">{prepared}{operation}</a:CC{number}C>'


def test_of_several_messages_in_a_body_none_is_lost() -> None:
    numbers = ("26DE00000000000010", "26DE00000000000029")
    both = cc("028", numbers[0]) + cc("029", numbers[1])
    (one,) = unpack(envelope(both), "a.xml")
    assert isinstance(one, NotUnpacked), "or both are read, never the first alone"
    (one,) = unpack(envelope(cc("028", numbers[0])), "a.xml")
    assert isinstance(one, Unpacked)


def uk(code: str) -> str:
    issued = '<IssueDateTime><DateTimeString formatCode="304">20260302080000Z</DateTimeString>'
    declaration = "<Declaration><ID>26GB000000000000A1</ID></Declaration>"
    response = f"<FunctionCode>{code}</FunctionCode>{issued}</IssueDateTime>{declaration}"
    return f"<MetaData><Response>{response}</Response></MetaData>"


def codes(body: str) -> list[str | None]:
    """The codes of what is read of a body; none where it is refused as one of several messages."""
    (one,) = unpack(envelope(body), "a.xml")
    if isinstance(one, Unpacked):
        return [event.code for event in one.events()]
    assert str(one.why) == "a body of SOAP with several messages: none is read"
    return []


@pytest.mark.parametrize("around", ["{}", "<n:told xmlns:n='x'>{}</n:told>"])
def test_a_body_is_read_as_a_whole_or_not_at_all(around: str) -> None:
    first, second = around.format(uk("01")), around.format(uk("09"))
    assert codes(first) == ["01"]
    assert codes(first + second) == ["01", "09"]
    assert codes(f'{first}<multiRef id="id0"><a>1</a></multiRef>') == ["01"]
    for other in (cc("028", "26DE00000000000010"), NOTICE, "<unheard><a>1</a></unheard>"):
        assert codes(first + other) == []
        assert codes(other + first) == []
        assert codes(first + second + other) == []


def test_several_messages_of_a_system_that_reads_one_are_refused() -> None:
    (one,) = unpack(envelope(NOTICE + NOTICE.replace("17<", "25<")), "a.xml")
    assert isinstance(one, NotUnpacked)


def test_what_a_message_refers_to_beside_it_is_none() -> None:
    (one,) = unpack(envelope(NOTICE + '<multiRef id="id0"><a>1</a></multiRef>'), "a.xml")
    assert isinstance(one, Unpacked)
    assert [event.code for event in one.events()] == ["7"]


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (
            (
                "<s:Fault><faultcode>s:Client</faultcode><faultstring>Token  vencido</faultstring>"
                "</s:Fault>"
            ),
            "Token vencido",
        ),
        (
            (
                "<s:Fault><s:Code><s:Value>s:Sender</s:Value></s:Code><s:Reason>"
                "<s:Text xml:lang='en'>No such service</s:Text></s:Reason></s:Fault>"
            ),
            "No such service",
        ),
        ("<s:Fault><s:Code><s:Value>s:Sender</s:Value></s:Code></s:Fault>", "s:Sender"),
        ("<s:Fault/>", "Fault"),
    ],
)
def test_a_fault_is_refused_in_its_own_words(fault: str, said: str) -> None:
    (one,) = unpack(envelope(fault), "a.xml")
    assert isinstance(one, NotUnpacked)
    assert one.why.reason == "error_answer"
    assert str(one.why) == f"an error that a service answers: {said}"


def test_a_bare_fault_is_one_too() -> None:
    (one,) = unpack(b"<Fault><faultstring>no token</faultstring></Fault>", "a.xml")
    assert isinstance(one, NotUnpacked)
    assert str(one.why) == "an error that a service answers: no token"


@pytest.mark.parametrize("body", ["", "<s:Unheard/>", "plain text"])
def test_an_envelope_of_what_nobody_knows_is_refused_by_what_it_holds(body: str) -> None:
    (one,) = unpack(envelope(body), "a.xml")
    assert isinstance(one, NotUnpacked)
    assert one.why.reason == "unknown_root"
    assert ("<Unheard>" if "Unheard" in body else "<Envelope>") in str(one.why)


@pytest.mark.parametrize("written", ["<a/>", "<a><b>1</b></a>", "<Envelope/>", "<Body>1</Body>"])
def test_what_is_no_envelope_with_a_body_holds_nothing(written: str) -> None:
    assert soap.held(read(written.encode())) is None


def test_only_one_envelope_is_taken_off() -> None:
    (one,) = unpack(envelope(envelope(NOTICE).decode()), "a.xml")
    assert isinstance(one, NotUnpacked)
    held = soap.held(read(envelope(NOTICE)))
    assert held is not None
    assert local(held) == "DEC_RESULT"
