"""A check that looks at what may have changed says the same as one that looks at everything."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from inspect import getsource
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clearance.alerting import acknowledging, evaluation, looking, looks, outbox, records, rules
from clearance.alerting.rules import china_law, flow, quality, targets, vessels
from clearance.channels import Accepted, Notification, Result, Terms
from clearance.customs.cn_single_window import ZONE
from clearance.customs.cn_single_window.demo import File, business_receipt, import_receipt
from clearance.errors import ClearanceError
from clearance.hours import Daily
from clearance.model import Alert, Declaration, Now, Record, Says
from clearance.shipments import keeping, plans
from clearance.sources import Item
from clearance.stores import Store, open_store
from clearance.stores.codec import LOOK, LOOKED
from clearance.stores.memory import MemoryStore
from clearance.timelines import intake, saying
from tests.alerting import looking_stories

START = datetime(2026, 3, 2, 8, tzinfo=ZONE)
UNIFIED = [f"E2026000000000{n:04}" for n in range(1, 7)]
ENTRIES = [f"22482026{n % 3 % 2}{n:09}" for n in range(1, 7)]
CODES = ("7", "L", "J", "C", "T", "P", "R", "E", "A", "Z9", "K", "I")


class _Desk:
    """A channel that takes everything."""

    lang = "en"

    def __init__(self, terms: Terms) -> None:
        self.terms = terms

    def check(self) -> None:
        """It lacks nothing."""

    def send(self, notification: Notification) -> Result:
        return Accepted()


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
    """The same story in a store that is looked at as needed, and in one that is always looked at
    as a whole.
    """

    now: datetime = START
    settings: dict[str, Any] = field(default_factory=dict)
    targets: dict[str, int] = field(default_factory=dict)
    desk: _Desk = field(default_factory=lambda: _Desk(Terms()))
    count: int = 0

    def __post_init__(self) -> None:
        self.stores = [self._fresh(), self._fresh()]

    def _fresh(self) -> Store:
        fresh = MemoryStore()
        for name, value in vars(_learned()).items():
            setattr(fresh, name, copy.copy(value))
        return fresh

    def each(self, act: Any) -> None:
        for store in self.stores:
            with suppress(ClearanceError):
                act(store)

    def wait(self, hours: float) -> None:
        self.now += timedelta(hours=hours)

    def tell(self, which: int, code: int, ago: float) -> None:
        self.count += 1
        at, unified, entry = self.now - timedelta(hours=ago), UNIFIED[which], ENTRIES[which]
        if code == 0 and which % 2:
            file = import_receipt(f"REF{which}", unified, at)
        else:
            number = "" if CODES[code] == "7" else entry
            file = business_receipt(unified, number, CODES[code], at, self.count)
        self.each(lambda store: intake.ingest(store, [Item(file.name, file.data)], self.now))

    def plan(self, which: int, fact: str, hours: float) -> None:
        ref = (UNIFIED[which], ENTRIES[which], f"REF{which}", f"NEW{which}")[int(hours * 4) % 4]
        at = self.now + timedelta(hours=hours)
        form = plans.FACTS[fact].form
        value = at.date().isoformat() if form == "day" else at.isoformat()
        value = {"flag": "yes", "amount": "1000", "direction": "export"}.get(form, value)
        read = {fact: plans.read_fact(fact, value, ZONE)}
        self.each(lambda store: keeping.keep(store, [plans.Row(1, (ref,), read)], self.now))

    def say(self, which: int, says: Says, about: str | None) -> None:
        def act(store: Store) -> None:
            for found in saying.meant(store, [UNIFIED[which]], self.now).declarations:
                saying.say(store, [(found, [saying.Words(says, about=about)])], self.now)

        self.each(act)

    def acknowledge(self, which: int, hours: float) -> None:
        def act(store: Store) -> None:
            live = sorted(a.id for a in records.all_alerts(store, live=True))
            if live:
                until = self.now + timedelta(hours=hours)
                acknowledging.acknowledge(store, [live[which % len(live)]], until, self.now)

        self.each(act)

    def silence(self, rule: str, hours: float) -> None:
        until = self.now + timedelta(hours=hours)

        def act(store: Store) -> None:
            acknowledging.keep(store, acknowledging.silence(store, {"rule": rule}, until, self.now))

        self.each(act)

    def set(self, rule: str, **values: float) -> None:
        self.settings = {**self.settings, rule: values}

    def aim(self, hours: float) -> None:
        self.targets = {"declare-release": round(hours * 3600)} if hours else {}

    def kill(self) -> None:
        """A check that dies before its commit."""
        for store in self.stores:
            with suppress(KeyboardInterrupt), store.transaction():
                self._check(store, full=False)
                raise KeyboardInterrupt

    def _check(self, store: Store, *, full: bool) -> evaluation.Checked:
        now = Now.combine(self.now.date(), self.now.timetz())
        context = rules.Context(now, self.settings, targets=self.targets, clock=self.now)
        sender = outbox.Sender({"desk": self.desk}, "me", self.now)
        checked = evaluation.check(store, context, sender, full=full)
        store.delete_records(outbox.LEASE, ["check"])
        return checked

    def check_first(self) -> None:
        self._check(self.stores[0], full=False)

    def check(self) -> None:
        first, second = self.stores
        one, other = self._check(first, full=False), self._check(second, full=True)
        assert not (told := _differences(one, other)), "\n".join(told)
        assert _alerts(first) == _alerts(second)
        assert _deliveries(first) == _deliveries(second)


def _differences(one: Any, other: Any) -> list[str]:
    """What differs, for whoever reads a failure."""
    return [
        f"{name}: {left!r} / {right!r}"
        for name in ("new", "resolved", "repeated", "live", "cannot_assess", "waiting", "old")
        if (left := getattr(one, name)) != (right := getattr(other, name))
    ]


def _alerts(store: Store) -> dict[str, Alert]:
    return {alert.id: alert for alert in records.all_alerts(store)}


def _deliveries(store: Store) -> list[Any]:
    return sorted(map(str, store.records(outbox.DELIVERY)))


_HOURS = st.sampled_from([-50, -3, -0.5, 0, 0.5, 1, 2, 5, 12, 23, 25, 30, 50, 80, 24 * 8, 24 * 20])
_WHICH = st.integers(0, len(UNIFIED) - 1)
_STEPS = st.one_of(
    st.tuples(st.just("tell"), _WHICH, st.integers(0, len(CODES) - 1), _HOURS.map(abs)),
    st.tuples(st.just("tell"), _WHICH, st.integers(0, 4), st.sampled_from([0, 0.1, 1, 30])),
    st.tuples(st.just("plan"), _WHICH, st.sampled_from(sorted({
        "cutoff", "etd", "departed", "loading", "arrival", "tax_due", "tax", "tax_paid", "value",
        "free_until", "gated_out", "inspected", "given_up", "withdrawal_asked", "direction",
        "consolidated", "special_permit", "tax_noticed", "ref",
    })), _HOURS),
    st.tuples(st.just("say"), _WHICH, st.sampled_from([Says.CLOSE, Says.REOPEN]), st.none()),
    st.tuples(st.just("say"), _WHICH, st.just(Says.DONE), st.sampled_from(["tax", "inspection"])),
    st.tuples(st.just("acknowledge"), st.integers(0, 9), st.sampled_from([0.5, 5, 100])),
    st.tuples(st.just("silence"), st.sampled_from(["stuck", "returned"]), st.sampled_from([1, 30])),
    st.tuples(st.just("aim"), st.sampled_from([0, 10, 100])),
    st.tuples(st.just("kill")),
    st.tuples(st.just("wait"), st.sampled_from([0.5, 1, 3, 9, 24, 120, 960, 4800, -5])),
    st.tuples(st.just("wait"), st.sampled_from([0.25, 1, 10])),
    st.tuples(st.just("check")),
)  # fmt: skip


@pytest.mark.slow
@settings(max_examples=60)
@given(st.lists(_STEPS, min_size=5, max_size=40), st.sampled_from([None, 5, 30]), st.booleans())
def test_what_is_looked_at_again_and_what_is_looked_at_as_a_whole_give_the_same(
    steps: list[tuple[Any, ...]], repeat: float | None, digest: bool
) -> None:
    _lived(steps, repeat, digest=digest)


@settings(max_examples=15)
@given(st.lists(_STEPS, min_size=5, max_size=25), st.sampled_from([None, 5]), st.booleans())
def test_some_stories_give_the_same_by_both(
    steps: list[tuple[Any, ...]], repeat: float | None, digest: bool
) -> None:
    _lived(steps, repeat, digest=digest)


def _lived(steps: list[tuple[Any, ...]], repeat: float | None, *, digest: bool) -> None:
    terms = Terms(
        repeat=timedelta(hours=repeat) if repeat else None,
        digest=Daily.of("09:00") if digest else None,
    )
    scene = _Scene(desk=_Desk(terms))
    scene.check()
    for name, *of in steps:
        getattr(scene, name)(*of)
        if name in ("wait", "tell", "plan"):
            scene.check()
    for hours in (1, 3, 30):
        scene.wait(hours)
        scene.check()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(40))
def test_in_files_and_whatever_becomes_of_them_both_give_the_same(seed: int) -> None:
    looking_stories.told(seed)


@pytest.mark.parametrize("seed", [3, 7])
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
    """The rules' declarations that the next check of the first store judges."""
    judged, real = set[str](), rules.judged

    def noted(declaration: Declaration, context: rules.Context) -> Any:
        judged.add(declaration.name)
        return real(declaration, context)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rules, "judged", noted)
        scene.check_first()
    return judged


def test_a_check_judges_what_has_changed_and_nothing_else() -> None:
    scene = _Scene()
    for which in range(4):
        scene.tell(which, 2, 1)
    assert _looked_at(scene) >= set(ENTRIES[:4])
    assert _looked_at(scene) == set()
    scene.tell(2, 3, 0)
    assert _looked_at(scene) == {ENTRIES[2]}


def test_a_deadline_is_found_when_its_moment_comes_and_not_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scene = _Scene()
    for which in range(4):
        scene.tell(which, 2, 0)
    scene.plan(0, "free_until", 24 * 6)
    monkeypatch.setattr(looks, "WHOLE_EVERY", timedelta(days=9))
    _looked_at(scene)
    scene.wait(2)
    assert _looked_at(scene) == set()
    scene.wait(24 * 4)
    assert _looked_at(scene) != set()
    assert "free_time" in {alert.rule for alert in records.all_alerts(scene.stores[0], live=True)}


def test_once_a_day_everything_is_looked_at_though_nothing_has_changed() -> None:
    scene = _Scene()
    for which in range(3):
        scene.tell(which, 5, 1)
    _looked_at(scene)
    looked_at = []
    for _ in range(7):
        scene.wait(6)
        looked_at.append(len(_looked_at(scene)))
    assert looked_at == [0, 0, 0, 3, 0, 0, 0]


def test_a_look_that_cannot_be_read_makes_a_check_look_at_everything(tmp_path: Path) -> None:
    place = tmp_path / "store.db"
    scene = _Scene()
    with open_store(place) as scene.stores[0]:
        for which in range(3):
            scene.tell(which, 2, 1)
        _looked_at(scene)
    looking_stories.spoil(place, 0)
    with open_store(place) as scene.stores[0]:
        scene.wait(0.25)
        for which in range(3):
            scene.tell(which, 3, 0)
        assert len(_looked_at(scene)) == 3
        assert scene.stores[0].unreadable == 0
        assert len(looks.looks(scene.stores[0])) == 3


def test_a_look_at_everything_writes_only_what_it_finds_to_be_other_than_before() -> None:
    scene = _Scene()
    for which in range(3):
        scene.tell(which, 2, 1)
    scene.check_first()
    scene.tell(1, 5, 0)
    assert len(_written(scene)) == 1
    assert _written(scene) == []


def _written(scene: _Scene) -> list[str]:
    """Of what looks are written by a look at everything."""
    store, written = scene.stores[0], list[str]()
    real = store.save_records

    def noted(some: Iterable[Record]) -> None:
        every = list(some)
        written.extend(record.id for record in every if record.kind == LOOK)
        real(every)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "save_records", noted)
        scene._check(store, full=True)
    return written


@pytest.mark.parametrize("change", ["settings", "silence", "clock"])
def test_in_doubt_everything_is_looked_at(change: str) -> None:
    scene = _Scene()
    for which in range(3):
        scene.tell(which, 2, 1)
    _looked_at(scene)
    assert _looked_at(scene) == set()
    if change == "settings":
        scene.set("stuck", hours=50)
    elif change == "silence":
        scene.silence("stuck", 5)
    else:
        scene.wait(-0.5)
    assert len(_looked_at(scene)) == 3


def test_hours_so_far_are_those_of_the_last_check_though_nobody_looked() -> None:
    scene = _Scene()
    scene.tell(0, 2, 0)
    for hours in (72, 1, 1):
        scene.wait(hours)
        scene.check_first()
    (before,) = _stuck(scene)
    scene.wait(3)
    assert _looked_at(scene) == set()
    (after,) = _stuck(scene)
    assert before.running == after.running != {}
    assert before.values != after.values
    assert after.transitions == before.transitions


def _stuck(scene: _Scene) -> list[Alert]:
    return [a for a in records.all_alerts(scene.stores[0], live=True) if a.rule == "stuck"]


def test_a_store_derived_anew_is_looked_at_as_a_whole() -> None:
    scene = _Scene()
    scene.tell(0, 2, 1)
    scene.check_first()
    store = scene.stores[0]
    assert looks.standing(store) is not None
    intake.rebuild(store)
    assert looks.standing(store) is None
    assert list(store.records(LOOKED)) == []


@pytest.mark.parametrize("part", [china_law, flow, quality, targets, vessels])
def test_a_rule_about_declarations_asks_the_context_about_the_moment(part: Any) -> None:
    """So that what it compares with the moment is noted, and none forgets it."""
    own = {"_silence", "unreadable", "delivery_failing", "_missing_years"}
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
    assert looking.Terms(context).print is None
    told = {looking.Terms(replace(context, settings_print=one)).print for one in ("a", "b")}
    assert len(told - {None}) == 2
