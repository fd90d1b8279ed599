"""The life of alerts: pure functions, in every order, at every moment; and their commands."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import AS_OF, INSPECTED, UNKNOWN, Case, Run, at, laid
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from clearance.alerting import lifecycle, records
from clearance.alerting.lifecycle import Evidence, Reconciled, identity, reconcile
from clearance.customs.cn_single_window import ZONE
from clearance.model import Alert, AlertState, Finding, Severity, Silence

NOW = datetime(2026, 3, 2, 8, tzinfo=ZONE)
HOUR = timedelta(hours=1)
INFO, WARNING, CRITICAL = Severity


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

    def check(
        self, hours: float, *found: Finding, heard: Evidence = lifecycle.NO_EVIDENCE
    ) -> Reconciled:
        live = {id: a for id, a in self.known.items() if a.unresolved}
        ids = {id for one in found for id in lifecycle.ids(one)}
        known = {**{id: a for id, a in self.known.items() if id in ids}, **live}
        outcome = reconcile(known, found, NOW + hours * HOUR, self.silences, heard)
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
    heard = Evidence({"entry_no:1": NOW + 2 * HOUR})
    recovering = desk.check(2 + 5 * minute, heard=heard)
    assert recovering.live[0].state is AlertState.RECOVERING
    again = desk.check(2 + 6 * minute, fell, heard=heard)
    assert (counts(again), again.live[0].state) == ((0, 0, 0), AlertState.FIRING)
    desk.check(2 + 7 * minute, heard=heard)
    assert counts(desk.check(2 + 10 * minute, heard=heard)) == (0, 1, 0)


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
    unknown = Evidence({}, {("vessel_cutoff", "entry_no:1")})
    assert len(desk.check(1, heard=unknown).live) == 1
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
        heard = Evidence({"entry_no:1": NOW})
        outcome = self.desk.check(self.hours, *self.found.values(), heard=heard)
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
        once_more = self.desk.check(self.hours, *self.found.values(), heard=heard)
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


# Commands


def found(ran: Any) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = ran.json["alerts"]
    return told


def ids_of(told: Iterable[dict[str, Any]], name: str) -> list[str]:
    return [str(alert["id"]) for alert in told if alert["rule"] == name]


@pytest.fixture
def checked(kept: Run) -> Run:
    """The stories, checked."""
    assert kept("check", "--as-of", AS_OF).code == 0
    return kept


LATER = "2026-03-06T10:00:00+08:00"
NEXT_DAY = "2026-03-07T10:00:00+08:00"


def test_an_alert_is_shown_with_its_history_by_the_beginning_of_its_id(checked: Run) -> None:
    (id,) = ids_of(found(checked("alerts", "list", "--format", "json")), "inspection_ordered")
    shown = checked("alerts", "show", id[:6], "--format", "json").json["alert"]
    assert [turn["state"] for turn in shown["history"]] == ["firing"]
    assert shown["command"] == f"clearance explain {INSPECTED.entry}"
    text = checked("alerts", "show", id).text
    assert "查验通知" in text
    assert shown["next_step"] in text
    assert checked("alerts", "show", "ffff").code == 1


def test_an_acknowledged_alert_is_neither_repeated_nor_a_finding_for_exit_6(checked: Run) -> None:
    for id in [a["id"] for a in found(checked("alerts", "list", "--format", "json"))]:
        ran = checked("alerts", "ack", id, "--until", "3d", "--as-of", LATER, "--format", "json")
        assert ran.json["alert"]["state"] == "acknowledged"
    fail = ("check", "--fail-on", "warning", "--as-of", NEXT_DAY)
    assert (checked(*fail).code, checked(*fail).out) == (0, b"")
    after = ("check", "--fail-on", "warning", "--as-of", "2026-03-09T12:00:00+08:00")
    ran = checked(*after, "--format", "json")
    assert ran.code == 6
    assert {"inspection_ordered", "unknown_code"} <= {a["rule"] for a in ran.json["repeated"]}


def test_a_silence_is_kept_listed_and_ended(checked: Run, tmp_path: Path) -> None:
    silence = ("alerts", "silence", "--match", "office=3104", "--until", "8h", "--as-of", LATER)
    (kept,) = checked(*silence, "--format", "json").json["silences"]
    assert kept["until"] == "2026-03-06T18:00:00+08:00"
    assert checked("alerts", "silences", "--as-of", LATER).text.count(kept["id"]) == 1
    assert checked("alerts", "silences", "--as-of", NEXT_DAY).out == b""
    other = Case(77, "export", "3104")
    laid([*other.sent(at("06 10:05")), other.told("C", at("06 10:10"))], tmp_path / "more")
    checked("ingest", tmp_path / "more")
    assert checked("check", "--as-of", "2026-03-06T10:30:00+08:00").out == b""
    moment = "2026-03-06T10:45:00+08:00"
    checked("alerts", "end", kept["id"], "--as-of", moment)
    ran = checked("check", "--as-of", "2026-03-06T11:00:00+08:00", "--format", "json")
    assert [a["declaration"] for a in ran.json["new"]] == [other.entry]


def test_an_acknowledgement_is_ended_before_its_time(checked: Run) -> None:
    (id,) = ids_of(found(checked("alerts", "list", "--format", "json")), "inspection_ordered")
    checked("alerts", "ack", id, "--until", "5d", "--as-of", LATER)
    checked("alerts", "end", id, "--as-of", NEXT_DAY)
    ran = checked("check", "--as-of", NEXT_DAY, "--format", "json")
    assert ids_of(ran.json["repeated"], "inspection_ordered") == [id]
    history = checked("alerts", "history", "--format", "json").json["history"]
    assert [t["state"] for t in history if t["id"] == id] == [
        "firing", "acknowledged", "acknowledged", "firing",
    ]  # fmt: skip
    none = checked("alerts", "history", "--since", "2026-04-01", "--format", "json")
    assert none.json["history"] == []


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("ack", "ID"), "--until"),
        (("ack", "ID", "--until", "2026-03-06T09:00"), "--until"),
        (("ack", "ID", "--until", "2036-03-06T09:00"), "--until"),
        (("ack", "ID", "--until", "soon"), "--until"),
        (("silence", "--match", "office=1"), "--until"),
        (("silence", "--until", "8h"), "--match"),
        (("silence", "--match", "weather=bad", "--until", "8h"), "--match"),
        (("silence", "--match", "office", "--until", "8h"), "--match"),
        (("end", "ID"), "not acknowledged"),
    ],
)
def test_an_acknowledgement_or_a_silence_must_say_what_and_until_when(
    checked: Run, arguments: Sequence[str], named: str
) -> None:
    (id,) = ids_of(found(checked("alerts", "list", "--format", "json")), "inspection_ordered")
    words = [id if word == "ID" else word for word in arguments]
    ran = checked("alerts", *words, "--as-of", LATER)
    assert ran.code == 2
    assert named in ran.talk


def test_whom_to_call_stands_in_the_next_step(kept: Run, tmp_path: Path) -> None:
    """The contact of the office, and of the shipment where a plan names one."""
    config = tmp_path / "c.toml"
    config.write_text('[contacts]\n"2248" = "desk, +86 21 5555 0100"\n', encoding="utf-8")
    kept("plan", "set", UNKNOWN.own, "--contact", "Wang", "--as-of", "2026-03-01T08:00")
    run = ("check", "--dry-run", "--as-of", AS_OF, "--format", "json", "--config", config)
    by_rule = {a["rule"]: a for a in kept(*run).json["new"]}
    assert by_rule["inspection_ordered"]["contact"] == "desk, +86 21 5555 0100"
    assert "+86 21 5555 0100" in by_rule["inspection_ordered"]["next_step"]
    text = kept("check", "--dry-run", "--as-of", AS_OF, "--config", config).text
    assert "desk, +86 21 5555 0100" in text


def test_a_configured_folder_is_a_feed_of_its_own(call: Run, inbox: Path, tmp_path: Path) -> None:
    """What was read from it bears its name; when it is gone that is told at once."""
    config = tmp_path / "c.toml"
    config.write_text(
        f"[sources.harbour]\nkind = 'folder'\npath = '{inbox.as_posix()}'\n", encoding="utf-8"
    )
    own = ("--config", config, "--as-of", AS_OF, "--format", "json")
    assert call("ingest", inbox, "--config", config).code == 0
    assert call("ingest", inbox, "--config", config, "--format", "json").json["new"] == 0
    assert {a["rule"] for a in call("check", *own).json["new"]} == {
        "inspection_ordered", "unknown_code",
    }  # fmt: skip
    labels = {a["labels"].get("feed") for a in found(call("alerts", "list", "--format", "json"))}
    assert "harbour" in labels
    inbox.rename(tmp_path / "elsewhere")
    (silent,) = call("check", *own).json["new"]
    assert silent["rule"] == "feed_silent"
    assert silent["declaration"] is None
    assert "harbour cannot be read" in silent["message"]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[sources.a]\nkind = 'ftp'\npath = 'x'\n", "sources.a.kind"),
        ("[sources.a]\nkind = 'folder'\n", "sources.a"),
        ("[sources.a]\nkind = 'folder'\npath = 'x'\nurl = 'y'\n", "sources.a.url"),
        ("[contacts]\n2248 = 5\n", "contacts"),
        ("[calendar]\nhours = 'late'\n", "calendar.hours"),
        ("[rules.tax_unpaid]\nvalid_from = 'then'\n", "rules.tax_unpaid.valid_from"),
        ("[rules.tax_unpaid]\nlegal_basis = 43\n", "rules.tax_unpaid.legal_basis"),
    ],
)
def test_a_wrong_setting_of_a_source_or_a_rule_is_named(
    call: Run, tmp_path: Path, text: str, named: str
) -> None:
    config = tmp_path / "c.toml"
    config.write_text(text, encoding="utf-8")
    ran = call("list", "--config", config)
    assert ran.code == 2
    assert named in ran.talk
