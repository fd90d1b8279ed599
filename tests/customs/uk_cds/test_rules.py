"""Which alerts there are about UK declarations, and above all which there are not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from clearance.alerting import evaluation, rules
from clearance.customs import unpacking
from clearance.customs.cn_single_window import ZONE
from clearance.model import Alert, Severity
from clearance.sources import Item
from clearance.stores import open_store
from clearance.timelines import intake
from tests.alerting.scenes import accepted as accepted_in_china
from tests.alerting.scenes import told as receipt_in_china
from tests.conftest import ROOT
from tests.customs.uk_cds.support import (
    MRN,
    OTHER_MRN,
    at,
    expected,
    message,
    needs_public,
    public,
    response,
    stamp,
    statement,
)

SAMPLES = ROOT / "samples" / "uk_cds"
AFTER = (timedelta(seconds=1), timedelta(hours=1), timedelta(days=1))
"""How long after each event is looked for what is wrong."""
ACCEPTED = response("01", 1, accepted=stamp(at(0)))


def notified(messages: Iterable[bytes], looked: Sequence[timedelta] = AFTER) -> list[Alert]:
    """Every alert that people are notified of while messages come in, each with its last event."""
    coming = [(data, [e.at for e in unpacking.parse(data, "x.xml") if e.at]) for data in messages]
    steps: list[tuple[datetime, bytes]] = [(max(times), data) for data, times in coming]
    steps += [(moment + after, b"") for moment, _ in steps for after in looked]
    found: list[Alert] = []
    with open_store("memory:") as store:
        for moment, data in sorted(set(steps)):
            if data:
                intake.ingest(store, [Item("x.xml", data)], moment)
            else:
                found += evaluation.check(store, rules.Context(moment)).new
    return found


def named(alerts: Iterable[Alert]) -> set[tuple[str, str | None, str]]:
    return {(one.rule, one.declaration, str(one.severity)) for one in alerts}


def files(folder: Path) -> Sequence[bytes]:
    return [file.read_bytes() for file in sorted(folder.rglob("*.xml"))]


def test_every_alert_about_the_samples_is_true_to_the_messages() -> None:
    """None of a contradiction, a step back, disorder, or a lack of an answer."""
    assert named(notified(files(SAMPLES))) == {
        ("closure_missing", "26GB00INVENTEDQ3R2", "warning"),  # the exit results are in
        ("closure_missing", "26GB00INVENTEDQ3R2", "critical"),
        ("deleted", "26GB00INVENTEDQ2R1", "critical"),
        ("deleted", "26GB000INVENTED5R4", "critical"),  # expired: the goods never arrived
        ("deleted", "26GB000INVENTED6R5", "info"),  # the trader asked for it
        ("inspection_ordered", "26GB00INVENTEDQ2R1", "warning"),
        ("inspection_ordered", "26GB000INVENTED2R1", "warning"),
        ("inspection_ordered", "26GB000INVENTEDDR2", "warning"),  # after the release
        ("inspection_ordered", "26GB000INVENTEDER3", "warning"),
        ("inspection_ordered", "26GB000INVENTEDKR9", "warning"),  # both in one message
        ("inspection_ordered", "26GB000INVENTEDLR0", "warning"),
        ("returned", "26GB000INVENTED3R2", "critical"),
        ("something_amiss", "26GB000INVENTED8A7", "warning"),  # no proof of exit, until it is there
        ("stuck", "26GB000INVENTED9R8", "warning"),  # the balance is too low, for two days
        ("stuck", "26GB000INVENTED9R8", "critical"),
        ("stuck", "26GB000INVENTEDBR0", "critical"),  # the last that is heard of them
        ("stuck", "26GB000INVENTEDGR5", "critical"),
        ("stuck", "26GB000INVENTEDIR7", "critical"),
        ("unknown_code", None, "warning"),
    }


@needs_public
def test_the_public_messages_raise_one_alert_and_it_is_true() -> None:
    """A balance too low is the last that is heard of that declaration; it is looked at in time."""
    messages = [public(one["file"]) for one in expected() if one["root"] == "MetaData"]
    messages += [public(one["file"]) for one in expected() if one["root"] == "_2MetaData"]
    readable = [data for data in messages if b"headers=" not in data]
    found = notified(readable, (*AFTER, timedelta(days=3), timedelta(days=4)))
    number = "21GB6N3J01TZYYE1R0"
    assert named(found) == {("stuck", number, "warning"), ("stuck", number, "critical")}


def test_a_normal_import_with_an_amendment_after_its_clearance_is_told_of_nothing() -> None:
    story = [
        response("13", 0, names=["67"], payment="PAY1"),
        ACCEPTED,
        response("09", 60),
        response("02", 90),
        response("11", 91, names=["41"]),
        response("03", 92, errors=[("CDS12014", "")]),
        response("13", 93, names=["4"], payment="PAY2"),
        response("07", 94),
    ]
    assert notified(message(one) for one in story) == []


def test_a_cancellation_nobody_is_known_to_have_asked_for_is_critical() -> None:
    asked = response("10", 90, statements=[statement("3", kind="AFB")])
    for cancelled, severity in ((response("10", 90), "critical"), (asked, "info")):
        story = [ACCEPTED, response("09", 60), cancelled]
        assert named(notified(map(message, story))) == {("deleted", MRN, severity)}


def test_a_clearance_after_a_cancellation_is_a_contradiction() -> None:
    story = [ACCEPTED, response("10", 60), response("09", 90)]
    assert ("contradiction", MRN, "critical") in named(notified(map(message, story)))


def test_two_declarations_told_of_in_one_message_have_an_alert_each() -> None:
    both = message(response("05", 5), response("05", 5, mrn=OTHER_MRN))
    found = notified([both])
    assert {one.declaration for one in found} == {MRN, OTHER_MRN}
    assert len({one.id for one in found}) == 2


def test_working_time_that_is_not_known_is_said_and_never_anothers() -> None:
    with open_store("memory:") as store:
        intake.ingest(store, [Item("x.xml", message(ACCEPTED))], at(0))
        moments = [at(1) + timedelta(hours=hours) for hours in (47, 49, 50)]
        seen = [evaluation.check(store, rules.Context(moment)) for moment in moments]
    assert [[one.rule for one in result.new] for result in seen] == [[], [], ["stuck"]]
    (stuck,) = seen[2].new
    assert (stuck.variant, stuck.severity) == ("no calendar", Severity.WARNING)
    assert {one.rule for one in seen[2].cannot_assess} == {"feed_silent"}


def test_a_feed_without_a_calendar_does_not_hide_the_silence_of_another() -> None:
    """Whichever of the two comes first by its name."""
    monday = datetime(2026, 3, 2, 8, tzinfo=ZONE)
    with open_store("memory:") as store:
        china = [
            file
            for hour in range(0, 24 * 4, 2)
            for file in (receipt_in_china("J", hour + 0.3), receipt_in_china("M", hour + 0.6))
        ]
        items = [Item(file.name, file.data) for file in (*accepted_in_china(), *china)]
        british = response("01", monday + timedelta(days=4))
        intake.ingest(store, [*items, Item("x.xml", message(british))], monday)
        later = monday + timedelta(days=7, hours=9)
        result = evaluation.check(store, rules.Context(later))
    silent = [one.values["feed"] for one in result.new if one.rule == "feed_silent"]
    assert silent == ["cn_single_window"]
    assert {one.rule for one in result.cannot_assess} >= {"feed_silent"}
