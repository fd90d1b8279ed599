"""The life of alerts: pure functions, in every order, at every moment."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from clearance.alerting import evaluation, lifecycle, records, rules
from clearance.alerting.evaluation import Checked
from clearance.alerting.lifecycle import Evidence, Reconciled, identity, reconcile
from clearance.customs.cn_single_window import ZONE
from clearance.model import Alert, AlertState, Finding, Severity, Silence, replace

NOW = datetime(2026, 3, 2, 8, tzinfo=ZONE)
HOUR = timedelta(hours=1)
INFO, WARNING, CRITICAL = Severity
POLICIES = rules.policies()
NO_EVIDENCE = Evidence()


def finding(
    name: str = "inspection_ordered",
    severity: Severity = WARNING,
    *,
    began: str = "m1",
    since: datetime = NOW,
    step: int = 0,
    key: str = "entry_no:1",
    **labels: str,
) -> Finding:
    return Finding(
        rule=name,
        severity=severity,
        since=since,
        origin=(began,),
        values={"reference": "1"},
        declaration="1",
        references=(key,),
        step=step,
        labels={"feed": "d", **labels},
    )


class Desk:
    """Checks one after another, as a store would keep what they left."""

    def __init__(self) -> None:
        self.known: dict[str, Alert] = {}
        self.silences: list[Silence] = []

    def check(self, hours: float, *found: Finding, evidence: Evidence = NO_EVIDENCE) -> Reconciled:
        live = {id: a for id, a in self.known.items() if a.unresolved}
        ids = {id for one in found for id in lifecycle.ids(one)}
        known = {**{id: a for id, a in self.known.items() if id in ids}, **live}
        outcome = reconcile(known, found, NOW + hours * HOUR, POLICIES, self.silences, evidence)
        self.known |= {a.id: a for a in outcome.kept}
        return outcome

    def acknowledge(self, hours: float, until: float) -> None:
        (alert,) = self.known.values()
        seen = lifecycle.acknowledged(alert, NOW + until * HOUR, NOW + hours * HOUR)
        self.known[alert.id] = seen


def counts(outcome: Reconciled) -> tuple[int, int, int]:
    return len(outcome.new), len(outcome.resolved), len(outcome.repeated)


@pytest.mark.parametrize(
    ("severity", "times"),
    [
        (CRITICAL, [4, 12, 28, 52, 76]),
        (WARNING, [24, 48, 72]),
        (INFO, []),
    ],
)
def test_an_alert_is_told_again_after_ever_longer_up_to_a_day(
    severity: Severity, times: list[int]
) -> None:
    """4 hours after it was told, then 8, 16, and 24 for as long as it stands."""
    desk = Desk()
    told = []
    for quarter in range(80 * 4):
        outcome = desk.check(quarter / 4, finding(severity=severity))
        told += [quarter / 4] * len(outcome.repeated)
        assert counts(outcome)[:2] == ((1, 0) if quarter == 0 else (0, 0))
    assert told == times


def test_a_rise_is_told_at_once_keeps_the_id_and_begins_the_repeats_anew() -> None:
    desk = Desk()
    (first,) = desk.check(0, finding(step=0)).new
    (worse,) = desk.check(1, finding(step=1)).new
    (worst,) = desk.check(2, finding(severity=CRITICAL, step=2)).new
    assert first.id == worse.id == worst.id
    assert worst.fired_at == first.fired_at
    assert counts(desk.check(5.9, finding(severity=CRITICAL, step=2))) == (0, 0, 0)
    assert counts(desk.check(6, finding(severity=CRITICAL, step=2))) == (0, 0, 1)
    assert counts(desk.check(7, finding())) == (0, 0, 0)
    assert counts(desk.check(8, finding(severity=CRITICAL))) == (1, 0, 0)


def test_stuck_is_told_when_two_checks_in_a_row_have_seen_it() -> None:
    desk = Desk()
    stuck = finding("stuck")
    assert desk.check(0, stuck).live[0].state is AlertState.PENDING
    assert counts(desk.check(0, stuck)) == (0, 0, 0)
    assert counts(desk.check(0.25, stuck)) == (1, 0, 0)
    assert counts(desk.check(0.5)) == (0, 1, 0)
    desk.check(1, stuck)
    gone = desk.check(2)
    assert (counts(gone), gone.live) == ((0, 0, 0), ())
    assert counts(desk.check(3, stuck)) == (0, 0, 0)


def test_what_settles_waits_ten_minutes_after_the_event_and_not_after_the_check() -> None:
    desk, minute = Desk(), 1 / 60
    fell = finding("regression", since=NOW)
    assert counts(desk.check(9 * minute, fell)) == (0, 0, 0)
    assert counts(desk.check(10 * minute, fell)) == (1, 0, 0)
    late = Desk()
    assert counts(late.check(5, fell)) == (1, 0, 0)


def test_what_settles_recovers_until_ten_minutes_after_the_last_event() -> None:
    desk, minute = Desk(), 1 / 60
    fell = finding("regression")
    desk.check(1, fell)
    evidence = Evidence({"entry_no:1": NOW + 2 * HOUR})
    recovering = desk.check(2 + 5 * minute, evidence=evidence)
    assert recovering.live[0].state is AlertState.RECOVERING
    again = desk.check(2 + 6 * minute, fell, evidence=evidence)
    assert (counts(again), again.live[0].state) == ((0, 0, 0), AlertState.FIRING)
    desk.check(2 + 7 * minute, evidence=evidence)
    assert counts(desk.check(2 + 10 * minute, evidence=evidence)) == (0, 1, 0)


def test_an_acknowledged_alert_is_quiet_until_that_expires() -> None:
    desk = Desk()
    found = finding(severity=CRITICAL)
    desk.check(0, found)
    desk.acknowledge(1, until=30)
    for hours in (4, 12, 29):
        outcome = desk.check(hours, found)
        assert counts(outcome) == (0, 0, 0)
        assert outcome.live[0].state is AlertState.ACKNOWLEDGED
    again = desk.check(30, found)
    assert (counts(again), again.live[0].state) == ((0, 0, 1), AlertState.FIRING)


def test_an_acknowledged_alert_that_gets_worse_is_told_and_its_end_too() -> None:
    desk = Desk()
    desk.check(0, finding())
    desk.acknowledge(1, until=100)
    assert counts(desk.check(2, finding(severity=CRITICAL))) == (1, 0, 0)
    desk.acknowledge(3, until=100)
    assert counts(desk.check(4)) == (0, 1, 0)


def test_a_silence_holds_back_and_what_still_stands_is_told_when_it_ends() -> None:
    desk = Desk()
    desk.silences = [Silence("s", {"office": "2248"}, NOW, NOW + 8 * HOUR)]
    here, there = finding(office="2248"), finding(began="m2", office="3104")
    outcome = desk.check(1, here, there)
    assert [a.labels["office"] for a in outcome.new] == ["3104"]
    assert {a.muted_by for a in outcome.live} == {None, "s"}
    assert counts(desk.check(7, here, there)) == (0, 0, 0)
    assert [a.labels["office"] for a in desk.check(8, here, there).new] == ["2248"]


def test_what_began_and_ended_in_a_silence_is_never_told() -> None:
    desk = Desk()
    desk.silences = [Silence("s", {"rule": "inspection_ordered"}, NOW, NOW + 8 * HOUR)]
    desk.check(1, finding())
    gone = desk.check(2)
    assert (counts(gone), gone.live) == ((0, 0, 0), ())


def test_what_was_told_before_a_silence_gets_its_end_told_in_it() -> None:
    desk = Desk()
    desk.check(0, finding())
    desk.silences = [Silence("s", {"rule": "inspection_ordered"}, NOW, NOW + 8 * HOUR)]
    assert counts(desk.check(1)) == (0, 1, 0)


@pytest.mark.parametrize(
    ("match", "fits"),
    [
        ({"rule": "stuck"}, True),
        ({"severity": "WARNING", "direction": "import"}, True),
        ({"declaration": "i2026"}, True),
        ({"declaration": "1"}, True),
        ({"severity": "warning", "direction": "export"}, False),
        ({"office": "2248"}, False),
    ],
)
def test_a_silence_matches_only_what_is_all_so(match: dict[str, str], fits: bool) -> None:
    desk = Desk()
    found = finding("stuck", key="unified_no:i2026", direction="import")
    (alert,) = desk.check(0, found).live
    assert lifecycle.matches(alert, match) is fits


@pytest.mark.parametrize(
    ("source", "muted", "key", "feed", "told"),
    [
        ("feed_silent", "stuck", "x:2", "d", False),
        ("feed_silent", "no_reply", "x:2", "d", False),
        ("feed_silent", "closure_missing", "x:2", "d", False),
        ("feed_silent", "no_reply", "x:2", "other", True),
        ("feed_silent", "returned", "x:2", "d", True),
        ("returned", "stuck", "x:1", "d", False),
        ("returned", "stuck", "x:2", "d", True),
        ("returned", "no_reply", "x:1", "d", True),
        ("vessel_cutoff", "stuck", "x:1", "d", False),
    ],
)
def test_an_alert_mutes_what_it_explains(
    source: str, muted: str, key: str, feed: str, told: bool
) -> None:
    desk = Desk()
    loud = finding(source, CRITICAL, began="a", key="x:1", feed="d")
    quiet = finding(muted, began="b", key=key, feed=feed)
    first = desk.check(0, quiet, loud)
    outcome = desk.check(1, quiet, loud)
    assert ({a.rule for a in (*first.new, *outcome.new)} == {source, muted}) is told
    muters = {a.rule: a.muted_by for a in outcome.live}
    assert (muters[muted] is None) is told
    after = desk.check(2, quiet)
    assert [a.rule for a in after.new] == ([] if told else [muted])


def test_a_critical_alert_that_a_lesser_one_explains_fires_as_before() -> None:
    """More trouble is no reason for another exit code."""
    desk = Desk()
    stuck = finding("stuck", CRITICAL, began="b", key="x:1")
    near = finding("vessel_cutoff", began="a", key="x:1")
    desk.check(1, stuck, near)
    outcome = desk.check(9, stuck, near)
    assert {a.rule: bool(a.muted_by) for a in outcome.live} == {
        "stuck": True,
        "vessel_cutoff": False,
    }
    assert evaluation.firing(Checked(live=outcome.live), CRITICAL)
    silenced = [replace(alert, muted_by="a silence") for alert in outcome.live]
    assert not evaluation.firing(Checked(live=tuple(silenced)), CRITICAL)


def test_one_alert_of_several_tells_the_largest_difference_of_a_clock() -> None:
    some = [
        replace(finding("skewed_time", began="day"), values={"minutes": n, "entries": [name]})
        for n, name in ((10, "1"), (70, "2"), (20, "3"))
    ]
    for findings in (some, some[::-1], [some[1], some[0], some[2]]):
        (alert,) = Desk().check(1, *findings).live
        assert alert.values == {"minutes": 70, "entries": ["1", "2", "3"]}


def test_the_end_of_a_muted_alert_that_was_told_is_told() -> None:
    desk = Desk()
    late = finding("no_reply", began="b")
    desk.check(0, late)
    silent = finding("feed_silent", CRITICAL, began="a", key="x")
    desk.check(1, late, silent)
    assert [a.rule for a in desk.check(2, silent).resolved] == ["no_reply"]


def test_what_can_no_longer_be_assessed_stays_and_is_not_taken_for_fine() -> None:
    desk = Desk()
    cut = finding("vessel_cutoff", CRITICAL)
    desk.check(0, cut)
    unassessed = Evidence({}, {("vessel_cutoff", "entry_no:1")})
    assert len(desk.check(1, evidence=unassessed).live) == 1
    assert counts(desk.check(2)) == (0, 1, 0)


def test_an_alert_that_comes_back_keeps_its_history() -> None:
    desk = Desk()
    for hours in (0, 2, 4):
        desk.check(hours, finding())
        desk.check(hours + 1)
    (alert,) = desk.known.values()
    assert [t.state for t in alert.transitions] == ["firing", "resolved"] * 3


# In every order, at every moment

NAMES = ("inspection_ordered", "stuck", "regression", "feed_silent", "returned", "no_reply")
some = st.builds(
    finding,
    st.sampled_from(NAMES),
    st.sampled_from(list(Severity)),
    began=st.sampled_from(["m1", "m2"]),
    step=st.integers(0, 2),
    key=st.sampled_from(["entry_no:1", "entry_no:2"]),
    feed=st.sampled_from(["d", "e"]),
)


@given(st.lists(some, max_size=8), st.lists(some, max_size=8), st.data())
def test_the_order_of_findings_does_not_matter(
    first: list[Finding], second: list[Finding], data: st.DataObject
) -> None:
    one, other = Desk(), Desk()
    for hours, found in ((0, first), (1, second)):
        shuffled = data.draw(st.permutations(found))
        assert one.check(hours, *found) == other.check(hours, *shuffled)
    assert one.known == other.known


class Lives(RuleBasedStateMachine):
    """Findings come and go, people acknowledge and silence, clocks go on."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk()
        self.found: dict[str, Finding] = {}
        self.hours = 0.0
        self.told: set[str] = set()
        self.outcome: Reconciled | None = None

    @rule(one=some)
    def appears(self, one: Finding) -> None:
        self.found[identity(one.rule, one.origin[0])] = one

    @precondition(lambda self: self.found)
    @rule(data=st.data())
    def ends(self, data: st.DataObject) -> None:
        del self.found[data.draw(st.sampled_from(sorted(self.found)))]

    @precondition(lambda self: any(a.unresolved for a in self.desk.known.values()))
    @rule(data=st.data(), length=st.sampled_from([0.5, 6, 48]))
    def is_acknowledged(self, data: st.DataObject, length: float) -> None:
        live = sorted(id for id, alert in self.desk.known.items() if alert.unresolved)
        alert = self.desk.known[data.draw(st.sampled_from(live))]
        now = NOW + self.hours * HOUR
        seen = lifecycle.acknowledged(alert, now + length * HOUR, now)
        self.desk.known[alert.id] = seen

    @rule(name=st.sampled_from(NAMES), length=st.sampled_from([0.5, 6]))
    def is_silenced(self, name: str, length: float) -> None:
        now = NOW + self.hours * HOUR
        self.desk.silences.append(Silence("s", {"rule": name}, now, now + length * HOUR))

    @rule(step=st.sampled_from([0, 0.1, 1, 5, 30]))
    def is_checked(self, step: float) -> None:
        self.hours += step
        before = dict(self.desk.known)
        evidence = Evidence({"entry_no:1": NOW})
        outcome = self.desk.check(self.hours, *self.found.values(), evidence=evidence)
        new, over, again = (
            {a.id for a in some} for some in (outcome.new, outcome.resolved, outcome.repeated)
        )
        assert not new & over | new & again | over & again
        assert over <= self.told, "what is over was told before"
        assert again <= self.told
        for id in self.told - over:
            assert self.desk.known[id].unresolved, (
                "what was told is told to be over, or still lives"
            )
        self.told = (self.told | new) - over
        live = {a.id for a in outcome.live}
        assert self.found.keys() <= live, "nothing that is found is lost"
        assert {id for id, a in before.items() if a.unresolved} <= live | {
            a.id for a in outcome.kept if not a.unresolved
        }, "nothing vanishes between two states"
        for alert in outcome.live:
            assert alert.id in self.told or alert.muted_by or alert.state in _QUIET
        once_more = self.desk.check(self.hours, *self.found.values(), evidence=evidence)
        assert counts(once_more) == (0, 0, 0), "the same moment has nothing new"
        assert once_more.kept == ()

    @invariant()
    def documents_hold_all_of_it(self) -> None:
        for alert in self.desk.known.values():
            record = records.from_alert(alert)
            written = record._replace(document=json.loads(json.dumps(record.document)))
            assert records.to_alert(written) == alert


_QUIET = (AlertState.PENDING, AlertState.RECOVERING, AlertState.ACKNOWLEDGED)
TestLives = Lives.TestCase
TestLives.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
