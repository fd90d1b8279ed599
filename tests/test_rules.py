"""Rules, and the life of the alerts they raise."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from clearance import rules, tracker
from clearance.demo import File, business_receipt, import_receipt
from clearance.errors import BadArgument
from clearance.model import CHINA, Alert, AlertState
from clearance.sources import Item
from clearance.stores import Store, open_store

START = datetime(2026, 3, 2, 8, tzinfo=CHINA)
ONE, ENTRY = "E20260000000000017", "224820260000000017"
TWO, OTHER_ENTRY = "E20260000000000025", "224820260000000025"


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def told(
    code: str, hours: float, unified: str = ONE, entry: str = ENTRY, note: str | None = None
) -> File:
    number = "" if code == "7" else entry
    return business_receipt(unified, number, code, at(hours), round(hours * 60) + 1, note=note)


def accepted(unified: str = ONE, entry: str = ENTRY, hours: float = 0) -> list[File]:
    """Sent, declared and accepted within two minutes."""
    return [
        import_receipt("REF1", unified, at(hours)),
        told("7", hours + 0.01, unified),
        told("L", hours + 0.02, unified, entry),
    ]


def seen(files: Sequence[File], hours: float, **settings: dict[str, object]) -> list[str]:
    """Names of the rules that find something in some messages at a moment."""
    with open_store("memory:") as store:
        return sorted(alert.rule for alert in checked(store, files, hours, **settings).live)


def checked(
    store: Store, files: Sequence[File], hours: float, **settings: dict[str, object]
) -> tracker.Checked:
    tracker.ingest(store, [Item(file.name, file.data) for file in files], at(hours))
    return tracker.check(store, rules.Context(at(hours), settings))


def ids(alerts: Sequence[Alert]) -> list[str]:
    return [alert.id for alert in alerts]


def test_stuck_is_more_than_48_hours_in_one_stage() -> None:
    files = accepted()
    assert seen(files, 48.02) == []
    assert seen(files, 48.03) == ["stuck"]
    assert seen(files, 30, stuck={"hours": 24}) == ["stuck"]
    assert seen(files, 60, stuck={"enabled": False}) == []


@pytest.mark.parametrize("code", ["P", "R", "E", "D"])
def test_what_does_not_wait_for_customs_is_not_stuck(code: str) -> None:
    assert "stuck" not in seen([*accepted(), told(code, 1)], 200)


def test_an_inspection_stands_until_customs_says_something_else_of_the_goods() -> None:
    ordered = [*accepted(), told("C", 1)]
    assert seen(ordered, 2) == ["inspection_ordered"]
    assert seen([*ordered, told("T", 2)], 3) == ["inspection_ordered"]
    assert seen([*ordered, told("N", 2)], 3) == ["inspection_ordered"]
    assert seen([*ordered, told("J", 2)], 3) == []
    assert seen([*ordered, told("J", 2), told("C", 3)], 4) == ["inspection_ordered"]


def test_an_inspection_after_a_release_is_over_with_the_next_release() -> None:
    late = [*accepted(), told("P", 1), told("C", 2)]
    assert seen(late, 3) == ["inspection_ordered"]
    assert seen([*late, told("M", 4), told("P", 5)], 6) == []
    assert seen([*late, told("R", 4)], 6) == []


def test_a_return_stands_until_a_later_sending_is_accepted() -> None:
    returned = [*accepted(entry="")[:2], told("E", 1, entry="")]
    assert seen(returned, 2) == ["returned"]
    again = [import_receipt("REF1", TWO, at(3)), told("7", 3.1, TWO)]
    assert seen([*returned, *again], 4) == ["returned"]
    assert seen([*returned, *again, told("L", 3.2, TWO, OTHER_ENTRY)], 4) == []


def test_a_return_after_acceptance_is_over_when_the_reference_is_accepted_as_another() -> None:
    """
    first   7 L E, with an entry number
    second  7 L, the same reference, an entry number of its own
    """
    first = [*accepted(), told("E", 1)]
    assert seen(first, 2) == ["returned"]
    assert seen([*first, *accepted(TWO, OTHER_ENTRY, 3)], 4) == []


def test_another_declaration_under_the_reference_does_not_answer_a_later_return() -> None:
    both = [*accepted(), *accepted(TWO, OTHER_ENTRY, 1)]
    assert seen([*both, told("E", 2)], 3) == ["returned"]


def test_a_return_after_a_release_is_an_alert_and_not_a_stage() -> None:
    assert seen([*accepted(), told("P", 1), told("E", 2)], 3) == ["returned"]


def test_a_deletion_is_told_for_thirty_days() -> None:
    deleted = [*accepted(), told("D", 1)]
    assert seen(deleted, 24 * 30) == ["deleted"]
    assert seen(deleted, 24 * 30 + 2) == []


def test_an_unknown_code_is_one_alert_a_day_for_all_declarations() -> None:
    files = [*accepted(), told("q", 1), *accepted(TWO, OTHER_ENTRY), told("q", 2, TWO, OTHER_ENTRY)]
    with open_store("memory:") as store:
        (alert,) = checked(store, files, 3).new
        assert alert.rule == "unknown_code"
        assert alert.declaration is None
        assert alert.numbers["entries"] == [ENTRY, OTHER_ENTRY]
        assert len(checked(store, [told("q", 30)], 31).new) == 1
        closed = [told(code, 40, *which) for code in "PR" for which in ((), (TWO, OTHER_ENTRY))]
        assert checked(store, closed, 24 * 9).live == ()


def test_an_alert_keeps_its_id_when_the_same_receipt_comes_in_other_bytes() -> None:
    ordered = told("C", 1)
    copies = [
        File(f"copy{n}.xml", ordered.data.replace(b"?>\n", b"?>" + b"\n" * n), ordered.at)
        for n in range(2, 9)
    ]
    with open_store("memory:") as store:
        (first,) = checked(store, [*accepted(), ordered], 2).new
        for copy in copies:
            result = checked(store, [copy], 3)
            assert (result.new, result.resolved) == ((), ())
            assert ids(result.live) == [first.id]


def test_an_alert_keeps_its_id_when_the_declaration_gets_its_numbers_later() -> None:
    with open_store("memory:") as store:
        bare = business_receipt(ONE, "", "C", at(1), 9)
        (first,) = checked(store, [bare], 2).new
        assert first.declaration == ONE
        later = checked(store, accepted(), 3)
        assert later.new == ()
        assert [(a.id, a.declaration) for a in later.live] == [(first.id, ENTRY)]


def test_a_second_return_of_a_new_sending_is_told_anew() -> None:
    first = [*accepted(entry="")[:2], told("E", 1, entry="", note="a")]
    again = [import_receipt("REF1", TWO, at(3)), told("7", 3.1, TWO)]
    with open_store("memory:") as store:
        (one,) = checked(store, first, 2).new
        assert checked(store, [told("Z", 2, entry="", note="b")], 2.5).new == ()
        (other,) = checked(store, [*again, told("E", 4, TWO, "", note="c")], 5).new
        assert one.id != other.id
        assert other.numbers["note"] == "c"


def test_an_alert_is_new_once_then_resolved_once() -> None:
    with open_store("memory:") as store:
        (fired,) = checked(store, [*accepted(), told("C", 1)], 2).new
        assert checked(store, [], 3).new == ()
        result = checked(store, [told("P", 4)], 5)
        assert [(a.id, a.state) for a in result.resolved] == [(fired.id, AlertState.RESOLVED)]
        assert checked(store, [], 6).resolved == ()


def test_a_clock_that_was_set_back_resolves_nothing() -> None:
    with open_store("memory:") as store:
        (fired,) = checked(store, [*accepted(), told("C", 5)], 6).new
        back = checked(store, [], 2)
        assert (back.new, back.resolved) == ((), ())
        again = checked(store, [], 7)
        assert (again.new, ids(again.live)) == ((), [fired.id])


def test_an_alert_shows_with_its_own_declaration_only() -> None:
    """Two declarations under one reference; one is inspected."""
    files = [*accepted(), told("C", 1), *accepted(TWO, OTHER_ENTRY)]
    with open_store("memory:") as store:
        (alert,) = checked(store, files, 2).new
        about = [d for _, d in store.timelines() if d.identity_keys & set(alert.references)]
        assert [d.name for d in about] == [ENTRY]


def test_a_dry_run_keeps_nothing() -> None:
    with open_store("memory:") as store:
        tracker.ingest(store, [Item(f.name, f.data) for f in accepted()], at(0))
        tracker.check(store, rules.Context(at(99)))
        kept = list(store.records())
        context = rules.Context(at(100))
        assert len(tracker.check(store, context, dry_run=True).new) == 1
        assert list(store.records()) == kept
        assert len(tracker.check(store, context).new) == 1


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"nothing": {}}, "rules.nothing"),
        ({"stuck": {"days": 3}}, "rules.stuck.days"),
        ({"stuck": {"hours": "48"}}, "rules.stuck.hours"),
        ({"stuck": {"hours": float("nan")}}, "rules.stuck.hours"),
        ({"stuck": {"enabled": 1}}, "rules.stuck.enabled"),
        ({"stuck": 5}, "rules.stuck"),
    ],
)
def test_a_setting_that_cannot_be_is_named(settings: dict[str, object], named: str) -> None:
    with pytest.raises(BadArgument, match=named):
        rules.known(settings)
