"""A copy into a store that holds something already carries what was said and done since."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from clearance.alerting import outbox, records
from clearance.alerting.outbox import Delivery, State
from clearance.model import Record, Severity
from clearance.stores import open_store
from clearance.timelines import integrity, merging
from tests.conftest import AS_OF, CLOSED, INSPECTED, Ran, Run

LATER = "2026-03-09T12:00+08:00"
COPY = ("store", "copy", "backup.db")


def later(kept: Run, *words: str, store: str = "") -> Ran:
    ran = kept(*words, "--as-of", LATER, *(("--store", store) if store else ()))
    assert ran.code == 0, ran.talk
    return ran


def told(kept: Run, store: str = "") -> list[Any]:
    where = ("--store", store) if store else ()
    lines = (
        ("plan", "list"),
        ("alerts", "list", "--all"),
        ("alerts", "history"),
        ("alerts", "silences", "--all"),
    )
    answers = (kept(*line, *where, "--as-of", LATER, "--format", "json").json for line in lines)
    return [{**answer, "store": None} for answer in answers]


@pytest.fixture
def copied(kept: Run) -> Run:
    """A store of which there is a copy that is a day old."""
    for words in (
        ("plan", "set", INSPECTED.entry, "--cutoff", "2026-03-12T12:00"),
        ("alerts", "silence", "--match", "rule=stuck", "--until", "3d", "--note", "known"),
        ("check",),
    ):
        assert kept(*words, "--as-of", AS_OF).code == 0
    assert kept(*COPY).code == 0
    return kept


@pytest.mark.parametrize("written", ["clearance.db", "./x/../clearance.db", "link.db"])
def test_a_store_is_not_copied_to_itself(kept: Run, home: Path, written: str) -> None:
    """It was said to have arrived, where there is no copy."""
    (home / "x").mkdir()
    (home / "link.db").symlink_to("clearance.db")
    ran = kept("store", "copy", home / written)
    assert (ran.code, ran.out, ran.talk.count("\n")) == (2, b"", 1)


def test_nothing_is_copied_to_where_it_would_be_gone_at_once(kept: Run) -> None:
    ran = kept("store", "copy", "memory:", "--format", "json")
    assert (ran.code, ran.error["kind"]) == (2, "usage")
    assert "memory: is gone when the command ends" in ran.talk
    assert "memory: 在命令结束后即不存在" in kept("store", "copy", "memory:", "--lang", "zh").talk


@pytest.mark.parametrize("way", ["copy", "import"])
def test_what_was_said_and_done_since_the_last_copy_is_carried(copied: Run, way: str) -> None:
    silences = copied("alerts", "silences", "--as-of", AS_OF, "--format", "json").json["silences"]
    later(copied, "plan", "set", INSPECTED.entry, "--cutoff", "2026-03-13T12:00")
    later(copied, "plan", "set", CLOSED.entry, "--contact", "Li")
    later(copied, "alerts", "end", silences[0]["id"])
    later(copied, "alerts", "ack", INSPECTED.entry, "--until", "1d", "--note", "called")
    before = told(copied)
    assert before != told(copied, "backup.db")
    for _ in range(2):
        if way == "copy":
            ran = copied(*COPY)
        else:
            copied("store", "export", "all.json")
            ran = copied("store", "import", "all.json", "--store", "backup.db")
        assert (ran.code, ran.talk) == (0, "")
        assert told(copied, "backup.db") == before
    assert copied("store", "verify", "--store", "backup.db").code == 0


def test_the_older_of_two_stores_changes_nothing_in_the_newer(copied: Run, home: Path) -> None:
    later(copied, "plan", "set", INSPECTED.entry, "--cutoff", "2026-03-13T12:00")
    later(copied, "check")
    before = told(copied)
    back = copied(
        "store", "copy", home / "clearance.db", "--store", "backup.db", "--format", "json"
    )
    assert (back.code, back.json["copied"], back.json["skipped"] > 0) == (0, 0, True)
    assert told(copied) == before


def test_plans_that_went_on_in_both_stores_say_what_was_said_in_either(copied: Run) -> None:
    later(copied, "plan", "set", INSPECTED.entry, "--contact", "Li")
    later(copied, "plan", "set", INSPECTED.entry, "--goods", "tea", store="backup.db")
    assert copied(*COPY).code == 0
    shown = copied("plan", "show", INSPECTED.entry, "--store", "backup.db", "--format", "json")
    assert {"Li", "tea"} <= set(json.dumps(shown.json).split('"'))


def test_alerts_that_went_on_in_both_stores_are_counted_and_stay(copied: Run) -> None:
    later(copied, "alerts", "ack", INSPECTED.entry, "--until", "1d", "--note", "one")
    later(copied, "alerts", "ack", INSPECTED.entry, "--until", "1d", "--note", "two",
          store="backup.db")  # fmt: skip
    before = told(copied, "backup.db")
    for lang, said in (("en", "not the same in both stores"), ("zh", "不一致")):
        ran = copied(*COPY, "--format", "json", "--lang", lang)
        assert (ran.code, ran.json["different"]) == (3, 1)
        assert said in ran.talk
        assert ran.talk.count("\n") == 1
    assert told(copied, "backup.db") == before


def test_of_what_has_no_history_the_store_that_was_in_use_last_holds(tmp_path: Path) -> None:
    """And a lease is of one store alone."""

    def filled(name: str, day: int, checked: bool = True) -> str:
        path = tmp_path / name
        with open_store(path) as store:
            store.save_records([Record("page", "x", {"day": day}), Record("lease", "check", {})])
            if checked:
                store.save_records([Record("checked", "last", {"at": f"2026-03-0{day}T08:00Z"})])
        return str(path)

    def days(source: str, target: str) -> list[int]:
        with open_store(source) as one, open_store(target) as other:
            different = integrity.copy(one, other).different
            (page,) = other.records("page")
            return [page.document["day"], different]

    old, new = filled("old.db", 1), filled("new.db", 2)
    assert days(old, new) == [2, 0]
    assert days(new, old) == [2, 0]
    assert days(filled("a.db", 3, checked=False), filled("b.db", 4, checked=False)) == [4, 1]


def test_what_is_still_to_be_sent_is_what_the_later_store_has_to_send(tmp_path: Path) -> None:
    """What it has dropped is told by nobody, however often they are copied into each other."""

    def filled(name: str, day: int, **states: State) -> str:
        path = tmp_path / name
        at = datetime(2026, 3, day, tzinfo=UTC)
        with open_store(path) as store:
            store.save_records(
                outbox.from_delivery(
                    Delivery(
                        id=id,
                        channel="desk",
                        severity=Severity.INFO,
                        items=(),
                        filed_at=at,
                        state=state,
                    )
                )
                for id, state in states.items()
            )
            store.save_records([Record("checked", "last", {"at": at.isoformat()})])
        return str(path)

    def copied(source: str, target: str) -> dict[str, str]:
        with open_store(source) as one, open_store(target) as other:
            integrity.copy(one, other)
            deliveries = map(outbox.to_delivery, other.records(outbox.DELIVERY))
            return {delivery.id: str(delivery.state) for delivery in deliveries}

    old = filled("old.db", 1, a=State.PENDING, b=State.HELD, c=State.PENDING, d=State.ACCEPTED)
    new = filled("new.db", 2, c=State.ACCEPTED, e=State.PENDING)
    later = {"c": "accepted", "d": "accepted", "e": "pending"}
    assert copied(old, new) == later
    assert copied(new, old) == later
    assert copied(old, new) == later


def test_the_kinds_that_are_merged_are_those_of_alerting() -> None:
    kinds = [records.CHECKED, records.ALERT, records.SILENCE, outbox.LEASE, outbox.DELIVERY]
    kinds += map(str, (State.HELD, State.PENDING))
    source = Path(merging.__file__).read_text(encoding="utf-8")
    assert [kind for kind in kinds if f'"{kind}"' not in source] == []
