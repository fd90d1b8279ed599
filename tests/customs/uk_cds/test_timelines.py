"""What CDS notifications come to: stage, milestones, what is outstanding, and links."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import permutations

import pytest

from clearance.customs.uk_cds import SYSTEM
from clearance.model import Action, Stage, Timings
from clearance.periods import Quarter
from clearance.reporting import report
from clearance.sources import Item
from clearance.stores import open_store
from clearance.timelines import derive, intake, query
from tests.customs.uk_cds.support import (
    LRN,
    MRN,
    OTHER_LRN,
    OTHER_MRN,
    at,
    codes,
    linked,
    message,
    read,
    response,
    stamp,
    statement,
    story,
)

ACCEPTED = response("01", 1, accepted=stamp(at(0)))
CLEARED = response("09", 60)


# Milestones


def test_an_import_that_no_message_released_is_released_when_it_is_cleared() -> None:
    declaration = story(ACCEPTED, response("13", 1, names=["67"]), CLEARED)
    assert declaration.stage is Stage.CLEARED
    assert declaration.released_at == declaration.cleared_at == at(60)
    assert declaration.interval("accept-release") == 60 * 60
    assert declaration.inconsistencies == ()


def test_a_release_that_came_before_the_clearance_stays_the_release() -> None:
    declaration = story(ACCEPTED, response("08", 30), CLEARED)
    assert (declaration.released_at, declaration.cleared_at) == (at(30), at(60))
    assert not declaration.guaranteed


def test_the_exit_of_an_export_is_a_later_closure_of_the_same() -> None:
    declaration = story(ACCEPTED, CLEARED, response("16", 900, names=["A1"]))
    assert (declaration.cleared_at, declaration.since) == (at(60), at(60))
    assert story(ACCEPTED, response("16", 900)).cleared_at == at(900)


def test_the_acceptance_is_the_legal_time_where_it_has_a_time_of_day() -> None:
    assert story(ACCEPTED).accepted_at == at(0)
    dated = response("01", 1, accepted="20260301000000Z")
    assert story(dated).accepted_at == at(1)


def test_a_cancellation_takes_back_a_release_and_a_clearance() -> None:
    declaration = story(ACCEPTED, response("08", 30), CLEARED, response("10", 90))
    assert declaration.stage is Stage.WITHDRAWN
    assert declaration.withdrawn_at == at(90)
    assert (declaration.released_at, declaration.cleared_at) == (None, None)
    assert not declaration.open


@pytest.mark.parametrize("registered", [(), (response("02", -30),)])
def test_a_clearance_before_its_acceptance_is_a_remark_and_in_no_figure(
    registered: tuple[str, ...],
) -> None:
    """Also where the time from the declaration to the clearance seems sound."""
    late = response("01", 1, accepted=stamp(at(120)))
    declaration = story(*registered, late, CLEARED)
    assert "negative_interval" in {one.kind for one in declaration.inconsistencies}
    for interval in ("accept-release", "declare-close", "declare-release"):
        row = made([Timings.of(declaration)], interval).rows[0]
        assert (row.declared, row.closed, row.anomalous) == (1, 0, 1)
        assert row.mean_closed is None


def made(timings: list[Timings], interval: str) -> report.Report:
    """A report over the quarter of the stories."""
    now = datetime(2026, 12, 1, tzinfo=SYSTEM.zone)
    return report.build(timings, [Quarter(2026, 1)], SYSTEM.zone, now, interval=interval)


# What moves nothing


@pytest.mark.parametrize("code", ["02", "03"])
def test_a_request_and_its_refusal_move_nothing_once_accepted(code: str) -> None:
    for before in ((ACCEPTED,), (ACCEPTED, CLEARED), (ACCEPTED, CLEARED, response("10", 90))):
        without = story(*before)
        declaration = story(*before, response(code, 100, lrn=OTHER_LRN))
        assert declaration.stage is without.stage
        assert declaration.since == without.since
        assert len(declaration.submissions) == 1
        assert declaration.outstanding == ()


def test_a_refusal_before_the_acceptance_is_one_of_the_declaration() -> None:
    assert story(response("02", 0), response("03", 1)).stage is Stage.REJECTED
    duties = response("13", 0, names=["67"], payment="PAY1")
    assert story(duties, response("03", 1)).stage is Stage.REJECTED


def test_an_answer_and_a_correction_move_nothing() -> None:
    declaration = story(
        ACCEPTED, response("11", 5, names=["41"]), response("07", 6), response("18", 7)
    )
    assert (declaration.stage, declaration.since) == (Stage.ACCEPTED, at(1))


def test_what_is_wanted_after_a_release_is_outstanding_until_the_clearance() -> None:
    limit = statement(limit="20260320170000Z")
    wanted = (
        response("05", 40),
        response("06", 41, statements=[limit]),
        response("14", 42),
    )
    declaration = story(ACCEPTED, response("08", 30), *wanted)
    assert declaration.stage is Stage.RELEASED
    assert [one.action for one in declaration.outstanding] == ["inspection", "documents", "tax"]
    assert declaration.outstanding[1].due == datetime(2026, 3, 20, 17, tzinfo=SYSTEM.zone)
    assert story(ACCEPTED, response("08", 30), *wanted, CLEARED).outstanding == ()


@pytest.mark.parametrize("minute", [0.5, 2])
def test_duties_to_pay_are_outstanding_whether_told_before_or_after_the_acceptance(
    minute: float,
) -> None:
    duties = response("13", minute, names=["67"], payment="PAY1")
    declaration = story(duties, ACCEPTED)
    assert declaration.stage is Stage.ACCEPTED
    (owed,) = declaration.outstanding
    (event,) = (event for event in declaration.events if event.code == "13")
    assert owed == Action("tax", at(minute), "PAY1", event.messages[0])
    assert story(duties, ACCEPTED, CLEARED).outstanding == ()
    assert story(duties, ACCEPTED, response("10", 90)).outstanding == ()


def test_duties_told_after_a_cancellation_ask_for_nothing() -> None:
    duties = response("13", 100, names=["4"], payment="PAY1")
    declaration = story(ACCEPTED, response("10", 90), duties)
    assert (declaration.stage, declaration.outstanding) == (Stage.WITHDRAWN, ())


# Order


SECOND = (
    response("02", 0),
    response("01", 0),
    response("13", 0, names=["67"]),
    response("05", 0),
    response("14", 0),
    response("07", 0),
    response("08", 0),
    response("13", 0, names=["4"]),
    response("09", 0),
    response("16", 0),
)
ORDER = ["02", "01", "13/67", "05", "14", "07", "08", "13/4", "09", "16"]


@pytest.mark.parametrize("length", [2, 3, pytest.param(4, marks=pytest.mark.slow)])
def test_notifications_of_one_second_stand_in_the_order_of_the_dossier(length: int) -> None:
    for chosen in permutations(range(len(SECOND)), length):
        declaration = story(*(SECOND[one] for one in chosen))
        assert codes(declaration) == [ORDER[one] for one in sorted(chosen)]


def test_two_events_of_one_message_and_second_have_one_order_without_any_serial() -> None:
    """Of one rank: what they say decides, not where they stand."""
    responses = [response("05", 0), response("06", 0), response("52", 0)]
    for ordered in permutations(responses):
        events = read(*ordered)
        forwards, backwards = derive.link(events), derive.link(events[::-1])
        assert [d.events for d in forwards] == [d.events for d in backwards]
        assert codes(forwards[0]) == ["05", "06", "52"]


# Links


def test_one_notification_in_two_messages_is_one_event_whatever_lrn_it_carries() -> None:
    first = response("09", 60, serial="A")
    again = response("09", 60, serial="A", lrn=OTHER_LRN, statements=[statement("A2")])
    declaration = story(ACCEPTED, first, again)
    assert codes(declaration) == ["01", "09"]
    assert len(declaration.events[1].messages) == 2
    assert declaration.references["lrn"] == (LRN, OTHER_LRN)


def test_two_notifications_of_one_second_and_code_are_two_events() -> None:
    responses = [response("13", 1, names=["67"], serial=serial) for serial in "AB"]
    assert codes(story(*responses)) == ["13/67", "13/67"]
    other = response("13", 1, names=["67"], serial="A", mrn=OTHER_MRN)
    assert [codes(d) for d in linked(responses[0], other)] == [["13/67"], ["13/67"]]


def test_notifications_without_an_id_are_one_event_where_they_say_the_same() -> None:
    responses = [response("13", 1, names=["67"], lrn=lrn) for lrn in (LRN, OTHER_LRN)]
    assert codes(story(*responses)) == ["13/67"]


def test_two_mrns_with_one_lrn_stay_two_declarations_that_the_lrn_finds() -> None:
    responses = [ACCEPTED, CLEARED, response("01", 30, mrn=OTHER_MRN)]
    with open_store("memory:") as store:
        intake.ingest(
            store, [Item(f"{n}.xml", message(one)) for n, one in enumerate(responses)], at(99)
        )
        found = query.find(store, [LRN], at(99))
        assert [d.name for d in found] == [MRN, OTHER_MRN]
        assert [codes(d) for d in found] == [["01", "09"], ["01"]]


def test_an_event_without_an_mrn_joins_the_one_that_carries_its_lrn() -> None:
    assert codes(story(response("02", 0, mrn=""), ACCEPTED)) == ["02", "01"]


def test_each_event_without_an_mrn_goes_to_the_declaration_that_began_next() -> None:
    second = response("01", 60, mrn=OTHER_MRN)
    early, late = response("02", 0, mrn=""), response("03", 59, mrn="")
    one, other = linked(early, ACCEPTED, late, second)
    assert [codes(one), codes(other)] == [["02", "01"], ["03", "01"]]


def test_what_is_told_of_two_declarations_in_one_message_is_told_of_each() -> None:
    both = message(response("01", 1), response("01", 1, mrn=OTHER_MRN, lrn=OTHER_LRN))
    later = [message(response("09", minute, mrn=mrn)) for minute, mrn in ((5, MRN), (6, OTHER_MRN))]
    with open_store("memory:") as store:
        for number, data in enumerate([both, *later]):
            intake.ingest(store, [Item(f"{number}.xml", data)], at(99) + timedelta(number))
        kept = [d for _, d in store.timelines()]
        assert sorted((d.name, *codes(d)) for d in kept) == [
            (MRN, "01", "09"),
            (OTHER_MRN, "01", "09"),
        ]
