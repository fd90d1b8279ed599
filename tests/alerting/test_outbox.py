"""The outbox as pure functions: what is filed, what may be sent, what a result makes of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearance.alerting import outbox
from clearance.alerting.lifecycle import Reconciled
from clearance.alerting.outbox import Change, Delivery, Moment, State
from clearance.alerting.rules import RULES, Context
from clearance.channels import Accepted, Channel, Notification, Refused, Result, Retry, Terms
from clearance.customs.cn_single_window import ZONE
from clearance.model import Alert, AlertState, Finding, Severity
from clearance.periods import later

NOW = datetime(2026, 3, 6, 9, 7, tzinfo=ZONE)
RUN = timedelta(minutes=15)
W, C = Severity.WARNING, Severity.CRITICAL


@dataclass(frozen=True)
class Quiet:
    """A channel that is never sent to."""

    terms: Terms = field(default_factory=Terms)
    lang: str = "en"
    kind: str = "quiet"

    def check(self) -> None:
        """It lacks nothing."""

    def send(self, notice: Notification) -> Result:
        raise AssertionError


CHANNELS: dict[str, Channel] = {"all": Quiet(), "worst": Quiet(Terms(severities=(C,)))}


def alert(id: str, severity: Severity = W, *, over: bool = False, channel: str = "") -> Alert:
    return Alert(
        id=id,
        rule="delivery_failing" if channel else "stuck",
        severity=severity,
        state=AlertState.RESOLVED if over else AlertState.FIRING,
        since=NOW,
        fired_at=NOW,
        resolved_at=NOW if over else None,
        declaration=None,
        references=(),
        values={"channel": channel} if channel else {},
    )


def outcome(
    new: Iterable[Alert] = (), resolved: Iterable[Alert] = (), repeated: Iterable[Alert] = ()
) -> Reconciled:
    return Reconciled(tuple(new), tuple(resolved), tuple(repeated), (), ())


def moment(now: datetime = NOW) -> Moment:
    """A check at the time by the clock."""
    return Moment(now, now)


@dataclass
class Box:
    """A store of deliveries."""

    held: dict[str, Delivery] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=lambda: CHANNELS)

    def file(self, told: Reconciled, now: datetime = NOW) -> list[Delivery]:
        """Files, and returns what is new."""
        before = set(self.held)
        filed = outbox.filed(told, self.channels, list(self.held.values()), moment(now))
        for id in filed.dropped:
            del self.held[id]
        self.held |= {delivery.id: delivery for delivery in filed.kept}
        return [delivery for id, delivery in self.held.items() if id not in before]

    def came(self, delivery: Delivery, result: Result, clock: datetime = NOW) -> None:
        self.held[delivery.id] = outbox.settled(delivery, result, 1, clock)

    @property
    def pending(self) -> list[Delivery]:
        return [d for d in self.held.values() if d.state is State.PENDING]


def test_a_run_is_one_message_for_each_channel_and_severity() -> None:
    box = Box()
    filed = box.file(outcome(new=[alert("1"), alert("2", C), alert("3", C)]))
    told = {(d.channel, d.severity): d.alerts for d in filed}
    assert told == {("all", W): ("1",), ("all", C): ("2", "3"), ("worst", C): ("2", "3")}


def test_a_resolution_goes_only_where_its_firing_did() -> None:
    box = Box()
    for delivery in box.file(outcome(new=[alert("1"), alert("2", C)])):
        box.came(delivery, Accepted())
    filed = box.file(outcome(resolved=[alert("1", over=True), alert("2", C, over=True)]), NOW + RUN)
    assert sorted((d.channel, d.items) for d in filed) == [
        ("all", (Change("1", "resolved"),)),
        ("all", (Change("2", "resolved"),)),
        ("worst", (Change("2", "resolved"),)),
    ]


def test_what_was_over_before_it_could_be_told_is_told_once_as_what_it_is() -> None:
    box = Box()
    for delivery in box.file(outcome(new=[alert("1"), alert("2")])):
        box.came(delivery, Retry("HTTP 500"))
    box.file(outcome(resolved=[alert("1", over=True)]), NOW + RUN)
    assert [d.items for d in box.pending] == [(Change("2", "new"),), (Change("1", "resolved"),)]


def test_a_delivery_keeps_its_id_when_an_alert_is_taken_out_of_it() -> None:
    box = Box()
    (first,) = box.file(outcome(new=[alert("1"), alert("2")]))
    box.file(outcome(resolved=[alert("1", over=True)]), NOW + RUN)
    assert box.held[first.id].items == (Change("2", "new"),)


def test_a_rise_of_severity_takes_the_place_of_what_still_waits() -> None:
    box = Box()
    box.file(outcome(new=[alert("1")]))
    box.file(outcome(new=[alert("1", C)]), NOW + RUN)
    assert sorted((d.channel, d.severity) for d in box.pending) == [("all", C), ("worst", C)]


def test_nothing_is_repeated_that_still_waits() -> None:
    box = Box()
    box.file(outcome(new=[alert("1")]))
    assert box.file(outcome(repeated=[alert("1")]), NOW + RUN) == []
    box.came(box.pending[0], Accepted())
    assert len(box.file(outcome(repeated=[alert("1")]), NOW + 2 * RUN)) == 1


def test_an_alert_that_fired_again_below_what_a_channel_wants_is_not_over_there_twice() -> None:
    box = Box(channels={"worst": CHANNELS["worst"]})
    over = outcome(resolved=[alert("1", C, over=True)])
    for told in (outcome(new=[alert("1", C)]), over):
        for delivery in box.file(told):
            box.came(delivery, Accepted())
    assert box.file(outcome(new=[alert("1", W)]), NOW + RUN) == []
    assert box.file(outcome(resolved=[alert("1", W, over=True)]), NOW + 2 * RUN) == []


def test_no_channel_is_told_that_it_fails() -> None:
    filed = Box().file(outcome(new=[alert("1", C, channel="worst")]))
    assert [d.channel for d in filed] == ["all"]


def test_the_id_is_of_the_channel_and_the_alerts_whatever_their_order() -> None:
    two = [(alert("1"), "new"), (alert("2"), "new")]
    id = outbox.identity("all", two, NOW)
    assert id == outbox.identity("all", two[::-1], NOW)
    others = [
        outbox.identity("worst", two, NOW),
        outbox.identity("all", two[:1], NOW),
        outbox.identity("all", [(alert("1", C), "new"), two[1]], NOW),
        outbox.identity("all", [(alert("1", over=True), "resolved"), two[1]], NOW),
        outbox.identity("all", two, NOW + RUN),
    ]
    assert len({id, *others}) == 6


# Results


def one(**given: object) -> Delivery:
    delivery = Delivery(
        id="msg_1", channel="all", severity=W, items=(Change("1", "new"),), filed_at=NOW
    )
    return replace(delivery, **given)  # type: ignore[arg-type]


def test_a_delivery_is_made_only_when_it_was_accepted() -> None:
    states = {
        outbox.settled(one(), result, 1, NOW).state
        for result in (Retry("HTTP 500"), Refused("errcode 310000"), Retry("HTTP 429", 9.0))
    }
    assert states == {State.PENDING}
    assert outbox.settled(one(), Accepted(), 1, NOW).state is State.ACCEPTED
    assert outbox.settled(one(), Refused("HTTP 410", permanent=True), 1, NOW).state is State.ENDED


def test_what_is_refused_may_be_tried_in_every_later_run() -> None:
    refused = outbox.settled(one(), Refused("errcode 310000"), 1, NOW)
    assert outbox.due([refused], CHANNELS, moment(NOW + RUN)) == (refused,)
    assert refused.detail == "errcode 310000"


def test_a_channel_that_asked_for_it_is_left_alone_with_all_that_waits_for_it() -> None:
    limited = outbox.settled(one(), Retry("HTTP 429", 1200), 1, NOW)
    fresh, other = one(id="msg_2"), one(id="msg_3", channel="worst")
    waiting = [limited, fresh, other]
    assert outbox.due(waiting, CHANNELS, moment(NOW + RUN)) == (other,)
    assert set(outbox.due(waiting, CHANNELS, moment(NOW + 2 * RUN))) == {limited, fresh, other}


def test_nobody_is_left_alone_for_longer_than_an_hour_or_by_a_clock_set_back() -> None:
    limited = outbox.settled(one(), Retry("HTTP 429", 10.0**8), 1, NOW)
    assert outbox.due([limited], CHANNELS, moment(NOW + timedelta(minutes=59))) == ()
    assert outbox.due([limited], CHANNELS, moment(NOW + timedelta(minutes=60))) == (limited,)
    assert outbox.due([limited], CHANNELS, moment(NOW - timedelta(days=1))) == (limited,)


def test_what_waits_for_a_channel_that_is_not_configured_waits_on() -> None:
    assert outbox.due([one(channel="gone")], CHANNELS, moment()) == ()


# Channels that fail


def failing(*deliveries: Delivery, now: datetime) -> list[str]:
    """The channels of which an alert says that they fail."""
    context = Context(now, pending_deliveries=[outbox.pending_delivery(one) for one in deliveries])
    found = RULES["delivery_failing"].surveyed(context)
    return [one.values["channel"] for one in found if isinstance(one, Finding)]


def test_a_channel_fails_when_an_alert_is_unsent_after_fifteen_minutes_or_five_tries() -> None:
    assert failing(one(), now=NOW + timedelta(minutes=14, seconds=59)) == []
    assert failing(one(), now=NOW + timedelta(minutes=15)) == ["all"]
    assert failing(one(tries=4), now=NOW) == []
    assert failing(one(tries=5), now=NOW) == ["all"]
    assert failing(one(), one(channel="worst", tries=5), now=NOW + RUN) == ["all", "worst"]


@pytest.mark.parametrize("filed", ["2027-03-28T00:50+00:00", "2026-10-25T01:50+01:00"])
def test_an_alert_is_unsent_for_fifteen_minutes_though_the_clocks_change(filed: str) -> None:
    waiting = one(filed_at=datetime.fromisoformat(filed))
    end = later(waiting.filed_at.astimezone(ZoneInfo("Europe/London")), timedelta(minutes=15))
    assert failing(waiting, now=later(end, timedelta(seconds=-1))) == []
    assert failing(waiting, now=end) == ["all"]


def test_a_channel_that_is_gone_for_good_fails_at_once() -> None:
    assert failing(one(state=State.ENDED), now=NOW) == ["all"]


# The right to deliver


def test_a_lease_keeps_others_away_until_it_ends() -> None:
    lease = [outbox.lease("me", NOW)]
    assert outbox.held(lease, NOW)
    assert outbox.held(lease, NOW + outbox.LEASE_TERM - timedelta(seconds=1))
    assert not outbox.held(lease, NOW + outbox.LEASE_TERM)
    assert not outbox.held([], NOW)


def test_clocks_a_little_apart_believe_each_other_and_a_wrong_one_is_not_believed() -> None:
    lease = [outbox.lease("me", NOW)]
    assert outbox.held(lease, NOW - outbox.CLOCK_SKEW)
    assert not outbox.held(lease, NOW - timedelta(hours=1))


# Whatever happens

IDS = "abcd"
RESULTS: dict[str, Result] = {
    "ok": Accepted(),
    "retry": Retry("HTTP 500"),
    "refused": Refused("errcode 310000"),
}
STEPS = st.lists(
    st.tuples(
        st.dictionaries(
            st.sampled_from(IDS), st.sampled_from(["fire", "rise", "repeat", "over"]), max_size=4
        ),
        st.lists(st.sampled_from(["ok", "lost", "retry", "refused", "dead"]), min_size=4),
    ),
    max_size=12,
)


@dataclass
class World:
    """Alerts that come and go, channels that work or not, and what each channel received."""

    box: Box = field(default_factory=Box)
    live: dict[str, Severity] = field(default_factory=dict)
    clock: datetime = NOW
    received: list[tuple[str, str, tuple[Change, ...]]] = field(default_factory=list)
    wanted: set[tuple[str, str]] = field(default_factory=set)
    open: set[tuple[str, str]] = field(default_factory=set)

    def check(self, happened: dict[str, str]) -> None:
        """A check in which something happened to some alerts."""
        self.clock += RUN
        new, over, again = [], [], []
        for id, what in happened.items():
            severity = self.live.get(id)
            if what == "fire" and severity is None:
                self.live[id] = W
                new.append(alert(id))
            elif what == "rise" and severity is W:
                self.live[id] = C
                new.append(alert(id, C))
            elif what == "repeat" and severity:
                again.append(alert(id, severity))
            elif what == "over" and severity:
                del self.live[id]
                over.append(alert(id, severity, over=True))
        self.box.file(outcome(new, over, again), self.clock)
        for one in (*new, *again):
            told = {n for n, c in CHANNELS.items() if one.severity in c.terms.severities}
            self.open |= {(name, one.id) for name in told}
        self.wanted |= self.open
        self.open -= {(name, one.id) for name in CHANNELS for one in over}

    def deliver(self, fates: list[str]) -> None:
        """A run of deliveries; ``lost`` is received, but the run dies before it is kept."""
        dead = set()
        due = outbox.due(list(self.box.held.values()), CHANNELS, moment(self.clock))
        for number, delivery in enumerate(due):
            fate = fates[number % len(fates)]
            if delivery.channel in dead or fate == "dead":
                dead.add(delivery.channel)
                continue
            if fate in ("ok", "lost"):
                self.received.append((delivery.channel, delivery.id, delivery.items))
            if fate == "lost":
                return
            self.box.came(delivery, RESULTS[fate], self.clock)


@given(STEPS)
def test_every_alert_arrives_and_every_end_of_what_arrived(
    steps: list[tuple[dict[str, str], list[str]]],
) -> None:
    """Whatever dies when: what was wanted arrives, and twice only under the same id."""
    world = World()
    for happened, fates in steps:
        world.check(happened)
        world.deliver(fates)
        waiting = Counter((d.channel, i.alert) for d in world.box.pending for i in d.items)
        assert max(waiting.values(), default=1) == 1
    world.clock += RUN
    world.deliver(["ok"])
    assert world.box.pending == []
    arrived = {(channel, item.alert) for channel, _, items in world.received for item in items}
    assert world.wanted == arrived
    last = {(c, i.alert): i.change for c, _, items in world.received for i in items}
    assert {place for place, change in last.items() if change != "resolved"} == world.open


@given(STEPS)
def test_nothing_arrives_twice_unless_a_run_died(
    steps: list[tuple[dict[str, str], list[str]]],
) -> None:
    world = World()
    for happened, fates in steps:
        world.check(happened)
        world.deliver([fate for fate in fates if fate != "lost"] or ["ok"])
    ids = [(channel, id) for channel, id, _ in world.received]
    assert len(ids) == len(set(ids))


@given(st.builds(
    Delivery,
    id=st.just("msg_1"), channel=st.text(min_size=1), severity=st.sampled_from(Severity),
    items=st.lists(st.builds(Change, st.text(), st.text())).map(tuple),
    filed_at=st.just(NOW), state=st.sampled_from(State), tries=st.integers(0, 99),
    tried_at=st.none() | st.just(NOW), not_before=st.none() | st.just(NOW),
    reached=st.lists(st.text()).map(tuple), detail=st.text(),
))  # fmt: skip
def test_a_delivery_is_what_its_record_says(delivery: Delivery) -> None:
    assert outbox.to_delivery(outbox.from_delivery(delivery)) == delivery
