"""A check that looks at what may have changed says the same as one that looks at everything."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from inspect import getsource
from pathlib import Path
from typing import Any

import pytest

from clearance.alerting import acknowledging, evaluation, looking, looks, records, rules
from clearance.alerting.rules import CannotAssess, china_law, flow, quality, targets, vessels
from clearance.customs.cn_single_window import ZONE
from clearance.customs.cn_single_window.demo import File, business_receipt
from clearance.model import Alert, Declaration, Now, Record
from clearance.sources import Item
from clearance.stores import Store, open_store
from clearance.stores.codec import LOOK, LOOKED
from clearance.stores.memory import MemoryStore
from clearance.timelines import intake
from tests.alerting import looking_stories
from tests.alerting.scenes import plan

START = datetime(2026, 3, 2, 8, tzinfo=ZONE)
UNIFIED = [f"E2026000000000{n:04}" for n in range(1, 7)]
ENTRIES = [f"22482026{n % 3 % 2}{n:09}" for n in range(1, 7)]


@cache
def _learned() -> MemoryStore:
    """A store in which forty declarations have gone through, so that it is known what is usual."""
    store = open_store("memory:")
    files = [file for n in range(40) for file in _through(n)]
    intake.ingest(store, [Item(file.name, file.data) for file in files], START)
    assert isinstance(store, MemoryStore)
    return store


def _through(n: int) -> Iterator[File]:
    unified, entry = f"E2025000000000{n:04}", f"222{'1' if n % 2 else '0'}202510000000{n:02}"
    begun = START - timedelta(days=20, hours=n % 7)
    for step, code in enumerate("7LPR"):
        number = "" if code == "7" else entry
        yield business_receipt(
            unified, number, code, begun + timedelta(hours=3 * step), n * 10 + step
        )


@dataclass
class _Scene:
    """What happens in a store, where it is known what is usual, and the checks of it."""

    now: datetime = START
    settings: dict[str, Any] = field(default_factory=dict)
    count: int = 0

    def __post_init__(self) -> None:
        fresh = MemoryStore()
        for name, value in vars(_learned()).items():
            setattr(fresh, name, copy.copy(value))
        self.store: Store = fresh

    def wait(self, hours: float) -> None:
        self.now += timedelta(hours=hours)

    def tell(self, which: int, code: str, ago: float) -> None:
        self.count += 1
        at, number = self.now - timedelta(hours=ago), "" if code == "7" else ENTRIES[which]
        file = business_receipt(UNIFIED[which], number, code, at, self.count)
        intake.ingest(self.store, [Item(file.name, file.data)], self.now)

    def check(self, *, full: bool = False) -> evaluation.Checked:
        now = Now.combine(self.now.date(), self.now.timetz())
        context = rules.Context(now, self.settings, clock=self.now)
        return evaluation.check(self.store, context, full=full)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(60))
def test_in_files_and_whatever_becomes_of_them_both_give_the_same(seed: int) -> None:
    looking_stories.told(seed)


@pytest.mark.parametrize("seed", [3, 7, 11])
def test_some_stories_in_files_give_the_same_by_both(seed: int) -> None:
    looking_stories.told(seed)


def test_a_plan_that_is_given_the_number_of_another_one_is_looked_at_with_it() -> None:
    looking_stories.lived(
        [
            ("plan", 4, "trade_mode", 12, 2, False),
            ("plan", 4, "ref", 0, 4, True),
            ("plan", 5, "free_until", 0, 4, True),
        ],
        10021,
    )


def test_a_plan_that_is_done_with_still_tells_what_it_shares_with_one_that_waits() -> None:
    looking_stories.lived(
        [
            ("plan", 3, "customer", -50, 2, True),
            ("plan", 5, "tax_due", 1, 1, False),
            ("plan", 0, "free_until", -50, 2, False),
            ("plan", 4, "ref", 192, 1, True),
            ("check", {"whole": False, "dry_run": False}),
            ("wait", 4800),
            ("tell", 0, 0, "J", 0, ""),
            ("wait", 1),
            ("tell", 0, 0, "R", 0.0, ""),
            ("tell", 4, 4, "D", 0, "yard"),
        ],
        10108,
    )


def test_where_no_calendar_is_known_any_more_what_rested_on_it_is_looked_at_again() -> None:
    """From the new year on nobody can tell how long no reply has been awaited."""
    looking_stories.lived([("taken", 4, 4, 1, "port"), ("wait", 4800), ("wait", 4800)], 40065)


# What makes a check look again


def _looked_at(scene: _Scene) -> set[str]:
    """The declarations that the next check judges."""
    judged, real = set[str](), rules.judged

    def noted(declaration: Declaration, context: rules.Context) -> Any:
        judged.add(declaration.name)
        return real(declaration, context)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rules, "judged", noted)
        scene.check()
    return judged


def test_a_check_judges_what_has_changed_and_nothing_else() -> None:
    scene = _Scene()
    for which in range(4):
        scene.tell(which, "J", 1)
    assert _looked_at(scene) >= set(ENTRIES[:4])
    assert _looked_at(scene) == set()
    scene.tell(2, "C", 0)
    assert _looked_at(scene) == {ENTRIES[2]}


def test_a_deadline_is_found_when_its_moment_comes_and_not_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scene = _Scene()
    for which in range(4):
        scene.tell(which, "J", 0)
    plan(scene.store, ENTRIES[0], 0, free_until="2026-03-08")
    monkeypatch.setattr(looks, "WHOLE_EVERY", timedelta(days=9))
    _looked_at(scene)
    scene.wait(2)
    assert _looked_at(scene) == set()
    scene.wait(24 * 4)
    assert _looked_at(scene) != set()
    assert "free_time" in {alert.rule for alert in records.all_alerts(scene.store, live=True)}


def test_once_a_day_everything_is_looked_at_though_nothing_has_changed() -> None:
    scene = _Scene()
    for which in range(3):
        scene.tell(which, "P", 1)
    _looked_at(scene)
    looked_at = []
    for _ in range(7):
        scene.wait(6)
        looked_at.append(len(_looked_at(scene)))
    assert looked_at == [0, 0, 0, 3, 0, 0, 0]


def test_a_look_that_cannot_be_read_makes_a_check_look_at_everything(tmp_path: Path) -> None:
    place = tmp_path / "store.db"
    scene = _Scene()
    with open_store(place) as scene.store:
        for which in range(3):
            scene.tell(which, "J", 1)
        _looked_at(scene)
    looking_stories.spoil(place, 0)
    with open_store(place) as scene.store:
        scene.wait(0.25)
        for which in range(3):
            scene.tell(which, "C", 0)
        assert len(_looked_at(scene)) == 3
        assert scene.store.unreadable == 0
        assert len(looks.looks(scene.store)) == 3


def test_a_look_at_everything_writes_only_what_it_finds_to_be_other_than_before() -> None:
    scene = _Scene()
    for which in range(3):
        scene.tell(which, "J", 1)
    scene.check()
    scene.tell(1, "P", 0)
    assert len(_written(scene)) == 1
    assert _written(scene) == []


def _written(scene: _Scene) -> list[str]:
    """Of what looks are written by a look at everything."""
    store, written = scene.store, list[str]()
    real = store.save_records

    def noted(some: Iterable[Record]) -> None:
        every = list(some)
        written.extend(record.id for record in every if record.kind == LOOK)
        real(every)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "save_records", noted)
        scene.check(full=True)
    return written


@pytest.mark.parametrize("change", ["settings", "silence", "clock"])
def test_in_doubt_everything_is_looked_at(change: str) -> None:
    scene = _Scene()
    for which in range(3):
        scene.tell(which, "J", 1)
    _looked_at(scene)
    assert _looked_at(scene) == set()
    if change == "settings":
        scene.settings = {"stuck": {"hours": 50}}
    elif change == "silence":
        until = scene.now + timedelta(hours=5)
        silence = acknowledging.silence(scene.store, {"rule": "stuck"}, until, scene.now)
        acknowledging.keep(scene.store, silence)
    else:
        scene.wait(-0.5)
    assert len(_looked_at(scene)) == 3


def test_hours_so_far_are_those_of_the_last_check_though_nobody_looked() -> None:
    scene = _Scene()
    scene.tell(0, "J", 0)
    for hours in (72, 1, 1):
        scene.wait(hours)
        scene.check()
    (before,) = _stuck(scene)
    scene.wait(3)
    assert _looked_at(scene) == set()
    (after,) = _stuck(scene)
    assert before.running == after.running != {}
    assert before.values != after.values
    assert after.transitions == before.transitions


def _stuck(scene: _Scene) -> list[Alert]:
    return [a for a in records.all_alerts(scene.store, live=True) if a.rule == "stuck"]


def test_a_store_derived_anew_is_looked_at_as_a_whole() -> None:
    scene = _Scene()
    scene.tell(0, "J", 1)
    scene.check()
    store = scene.store
    assert looks.standing(store) is not None
    intake.rebuild(store)
    assert looks.standing(store) is None
    assert list(store.records(LOOKED)) == []


@pytest.mark.parametrize("part", [china_law, flow, quality, targets, vessels])
def test_a_rule_about_declarations_asks_the_context_about_the_moment(part: Any) -> None:
    """So that what it compares with the moment is noted, and none forgets it."""
    own = {"_silence", "resting", "unreadable", "delivery_failing", "_missing_years"}
    asking = {
        function.name
        for function in ast.parse(getsource(part)).body
        if isinstance(function, ast.FunctionDef)
        if any(isinstance(n, ast.Attribute) and n.attr == "now" for n in ast.walk(function))
    }
    assert asking <= own


def test_with_customers_it_must_be_told_when_the_settings_are_others() -> None:
    def whose(*_: object) -> str | None:
        return None

    context = rules.Context(START, whose=whose)
    assert looking.CheckBasis(context).fingerprint is None
    told = {
        looking.CheckBasis(replace(context, settings_print=one)).fingerprint for one in ("a", "b")
    }
    assert len(told - {None}) == 2


def test_a_fact_that_nobody_said_ends_no_alert_where_it_may_be_what_cannot_be_read() -> None:
    unsaid = CannotAssess("vessel_cutoff", "1", {}, ("entry_no:1",), {}, ())
    assert looking._standing_alerts([unsaid], whole=True) == (set(), set())
    all_of = {("vessel_cutoff", "entry_no:1")}
    assert looking._standing_alerts([unsaid], whole=False) == (all_of, set())
