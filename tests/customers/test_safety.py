"""Nothing leaves the house that is not the customer's own, and text is text on every channel."""

from __future__ import annotations

import html
import json
import re
import sys
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clearance.channels import Notification, channel, webhook
from clearance.customers import pages
from clearance.customs.cn_single_window.demo import File, business_receipt, import_receipt
from clearance.render import customer_pages
from tests.alerting.scenes import ENTRY, ONE, accepted, at, plan, told
from tests.customers.world import World, acme, world

NAMES = ("acme", "beta", "gamma")
NUMBERS = re.compile(r"(?:REF|BL|BX|U)\d{4}|22482026\d{10}|[IE]2026\d{13}")

Assigned = list[tuple[str | None, str, int, int]]
"""For each declaration: its customer, by what, how far it came, and its bill."""
ASSIGNED = st.tuples(
    st.sampled_from([*NAMES, None]),
    st.sampled_from(["plan", "reference", "trader"]),
    st.integers(0, 5),
    st.integers(0, 3),
)
CODES = ("L", "C", "P", "M", "P", "R")


def own_reference(number: int, name: str | None, by: str) -> str:
    return f"{name or 'none'}-REF{number:04}" if by == "reference" else f"REF{number:04}"


def lay(w: World, assigned: Assigned) -> dict[str | None, set[str]]:
    """Reads each declaration in, checking between; the numbers of each customer."""
    numbers: dict[str | None, set[str]] = {name: set() for name in (*NAMES, None)}
    for number, (name, by, far, bill) in enumerate(assigned):
        reference = own_reference(number, name, by)
        unified, entry = f"E2026{number:013}", f"22482026{number:010}"
        numbers[name] |= {f"REF{number:04}", unified, entry}
        files = [import_receipt(reference, unified, at(1))]
        files.append(business_receipt(unified, "", "7", at(1.1), number * 100))
        for step, code in enumerate(CODES[: far + 1]):
            when = at(1.2 + step)
            files.append(business_receipt(unified, entry, code, when, number * 100 + step + 1))
        w.read(*files, hours=8)
        facts = {"customer": name} if by == "plan" and name else {}
        facts |= {"trader": f"trader of {name}"} if by == "trader" and name else {}
        if facts:
            plan(w.store, reference, 7, **facts)
        if number % 3 == bill % 3:
            w.check(8 + number / 10)
    w.check(9)
    w.check(40)
    return numbers


def customers() -> Mapping[str, Any]:
    return {
        name: acme(
            name=name.title(),
            to=[name],
            reference=f"{name}-*",
            trader=f"trader of {name}",
            exceptions=("inspection_ordered", "amended_after_release"),
            hold=(),
            digest="each" if name == "acme" else "daily",
            quiet="20:00-08:00" if name == "gamma" else "",
        )
        for name in NAMES
    }


def nothing_strays(assigned: Assigned) -> None:
    with world(**customers()) as w:
        w.check(-1)
        numbers = lay(w, assigned)
        for name in NAMES:
            text = w.boxes[name].text
            shipments = pages.shipments_of(w.store, w.customers, name, at(41))
            listed = [(one, f"{place:032}") for place, one in enumerate(shipments)]
            drawn = [customer_pages.index_page(listed, w.customers[name], at(41))]
            drawn += [
                customer_pages.shipment_page([one], w.customers[name], at(41), named=True)
                for one in shipments
            ]
            text += "".join(page.decode() for page in drawn)
            strange = {found[-7:] if "REF" in found else found for found in NUMBERS.findall(text)}
            assert strange <= numbers[name]
            others = {f"Customs clearance: {o}-REF" for o in NAMES if o != name}
            assert not any(other in text for other in others)


@settings(max_examples=15)
@given(st.lists(ASSIGNED, min_size=1, max_size=8))
def test_no_page_or_notice_carries_what_is_not_its_own(assigned: Assigned) -> None:
    nothing_strays(assigned)


@pytest.mark.slow
@settings(max_examples=60)
@given(st.lists(ASSIGNED, min_size=8, max_size=12))
def test_no_page_or_notice_of_many_carries_what_is_not_its_own(assigned: Assigned) -> None:
    """For longer, by hand: ``python -m tests.customers.test_safety 1250``."""
    nothing_strays(assigned)


# Text is text

EVIL = "<script>x</script> @all [link](http://evil.example) *b* {contact}"
HEADER = "x\r\nBcc: everybody@example.com"


def sent(**settings: Any) -> Notification:
    """The last notification of a shipment whose own reference and note are markup."""
    with world(acme=acme(reference="*script*", hold=(), **settings)) as w:
        w.check(-1)
        w.read(import_receipt(EVIL, ONE, at(0)), told("7", 0.01), hours=0)
        w.read(told("L", 0.02), told("C", 1, note=f"查验 {HEADER} {EVIL}"), hours=1)
        w.check(2)
        return w.boxes["acme"].got[-1]


TEMPLATE = {"inspection_ordered": f"{HEADER} @all <b>{{reference}}</b> [x](http://evil.example)"}
TEMPLATE["title"] = TEMPLATE["inspection_ordered"]


def test_a_template_with_markup_a_mention_or_a_header_is_one_line_of_text() -> None:
    notice = sent(texts=TEMPLATE)
    assert notice.title.startswith("x Bcc: everybody@example.com @all <b>")
    assert all("\n" not in line.text and "\r" not in line.text for line in notice.lines)
    assert "[x](http://evil.example)" in notice.title
    assert "{contact}" in notice.title


@pytest.mark.parametrize("kind", ["dingtalk", "wecom", "feishu", "slack"])
def test_no_chat_finds_markup_or_a_mention_in_it(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from clearance.channels import _http

    posted: list[Any] = []

    def post(url: str, body: Any, headers: Any = None, **_: Any) -> bytes:
        posted.append(body)
        return b'{"errcode":0,"code":0}'

    monkeypatch.setattr(_http, "post", post)
    monkeypatch.setenv("URL", "https://chat.example/hook")
    made = channel({"kind": kind, "url": "env:URL"})
    made.send(sent(texts=TEMPLATE))
    posted[0].get("markdown", {}).pop("title", None)  # what a list shows: it reads no markup
    written = json.dumps(posted, ensure_ascii=False)
    assert "everybody" in written
    assert "@all" not in written.replace("isAtAll", "")
    assert "<script>" not in written
    assert "](http" not in written
    assert "<b>" not in written


def test_a_mail_has_no_header_of_a_template() -> None:
    made: Any = channel(
        {"kind": "email", "host": "h", "to": ["a@example.com"], "from": "b@example.com"}
    )
    mail = made.mail(sent(texts=TEMPLATE))
    assert mail["Bcc"] is None
    assert "everybody@example.com" in mail["Subject"]
    body = mail.get_body(("html",)).get_content()
    assert "<script>" not in body
    assert html.escape("<b>") in body


def test_a_webhook_gets_a_notice_and_no_alert() -> None:
    (event,) = webhook.events(sent())
    assert event["type"] == "clearance.notices"
    assert set(event["data"]) == {"schema", "severity", "notices", "more"}
    assert set(event["data"]["notices"][0]) == {
        "id", "topic", "name", "number", "at", "expected", "corrects", "title", "lines",
    }  # fmt: skip


def test_a_page_shows_markup_as_text() -> None:
    with world(acme=acme(reference="*script*")) as w:
        w.read(import_receipt(EVIL, ONE, at(0)), told("7", 0.01), told("L", 0.02), hours=0)
        shipments = pages.shipments_of(w.store, w.customers, "acme", at(1))
        page = customer_pages.shipment_page(shipments, w.customers["acme"], at(1), named=True)
    text = page.decode()
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert "http" not in text.replace("http://evil.example", "")


def test_nothing_internal_is_told() -> None:
    """Not the note of customs, the broker, the value, a colleague's remark, or an alert."""
    secrets = ["SECRET-NOTE", "SECRET-BROKER", "SECRET-GOODS", "98765", "call Li", "stuck"]
    with world(acme=acme(hold=())) as w:
        w.check(-1)
        w.read(*accepted(), told("C", 5, note="查验 SECRET-NOTE"), hours=5)
        plan(
            w.store, "REF1", 1, broker="SECRET-BROKER", goods="SECRET-GOODS", value="98765",
            contact="call Li",
        )  # fmt: skip
        w.check(6)
        shipments = pages.shipments_of(w.store, w.customers, "acme", at(6))
        page = customer_pages.shipment_page(shipments, w.customers["acme"], at(6), named=True)
        told_to = w.boxes["acme"].text + page.decode()
    assert ENTRY in told_to
    assert not [one for one in secrets if one in told_to]


def test_a_held_exception_is_on_no_page_before_somebody_approves_it() -> None:
    with world() as w:
        w.check(-1)
        w.read(*accepted(), told("E", 5), hours=5)
        w.check(6)

        def seen() -> list[str]:
            (one,) = pages.shipments_of(w.store, w.customers, "acme", at(8))
            return [issue.topic for issue in one.issues]

        assert seen() == []
        w.approve(w.notices()[-1].id, 7)
        assert seen() == ["returned"]


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("hold", [("returned",), ()])
def test_a_page_never_says_that_customs_was_silent_where_it_was_not(
    hold: tuple[str, ...], lang: str
) -> None:
    """Customs returned it; with ``hold`` nobody has approved yet that the customer hears of it."""
    with world(acme=acme(hold=hold, lang=lang, milestones=("released",))) as w:
        w.check(-1)
        w.read(*accepted(), told("E", 5), hours=5)
        w.check(6)
        shipments = pages.shipments_of(w.store, w.customers, "acme", at(8))
        page = customer_pages.shipment_page(shipments, w.customers["acme"], at(8), named=True)
    now = {"en": "No milestone reached yet.", "zh": "尚未到达节点。"}[lang]
    assert len(shipments[0].issues) == (not hold)
    assert (f'<p class="now">{now}</p>' in page.decode()) == bool(hold)
    assert ('class="now"' in page.decode()) == bool(hold)


def test_only_what_customs_wrote_may_be_broken_within_a_word_in_the_index() -> None:
    cells = re.findall(r"([^{}]*\b(?:td|th)\b[^{}]*){([^{}]*)}", customer_pages.STYLE)
    assert [name.strip() for name, rule in cells if "anywhere" in rule] == ["td:first-child"]


def files(number: int) -> list[File]:
    unified, entry = f"E2026{number:013}", f"22482026{number:010}"
    return [
        import_receipt(f"REF{number}", unified, at(0)),
        business_receipt(unified, "", "7", at(0.01), number * 100),
        business_receipt(unified, entry, "L", at(0.02), number * 100 + 1),
    ]


def test_pages_keep_their_names_and_leave_a_month_after_the_end() -> None:
    with world() as w:
        w.read(*files(1), *files(2), hours=0)
        with w.store.transaction():
            shipments = pages.shipments_of(w.store, w.customers, "acme", at(1))
            first = pages.names_of(w.store, "acme", shipments)
            index = pages.index_name(w.store, "acme")
        assert len({*first, index}) == 3
        w.read(business_receipt("E20260000000000001", "224820260000000001", "P", at(2), 7), hours=2)
        w.read(business_receipt("E20260000000000001", "224820260000000001", "R", at(3), 8), hours=3)
        with w.store.transaction():
            again = pages.shipments_of(w.store, w.customers, "acme", at(4))
            names = pages.names_of(w.store, "acme", again)
            assert pages.index_name(w.store, "acme") == index
        by_name = dict(zip((s.facts.name for s in shipments), first, strict=True))
        assert by_name == dict(zip((s.facts.name for s in again), names, strict=True))
        later = at(3) + timedelta(days=30, minutes=1)
        left = pages.shipments_of(w.store, w.customers, "acme", later)
        assert [one.facts.name for one in left] == ["REF2"]
        there = [*first, index, "index", "f" * 32]
        kept = [by_name["REF2"], index]
        assert pages.left(w.store, "acme", there, kept) == [by_name["REF1"]]
        assert pages.left(w.store, "beta", there, kept) == []


def main(examples: int) -> None:
    """Tries as many lists of assignments, each of 8 to 12; raises AssertionError if one strays."""
    check = given(st.lists(ASSIGNED, min_size=8, max_size=12))(nothing_strays)
    settings(max_examples=examples, deadline=None, database=None)(check)()
    sys.stdout.write(f"{examples} lists of 8 to 12 assignments: nothing strays\n")


if __name__ == "__main__":
    main(int(sys.argv[1]))
