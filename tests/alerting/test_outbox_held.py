"""Deliveries that wait: through a channel's quiet hours, and for its message of the day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from clearance.alerting import digests, outbox
from clearance.alerting.lifecycle import Policy, Reconciled, repeating
from clearance.alerting.outbox import Change, Delivery, Moment, State
from clearance.channels import NEVER, Accepted, Channel, Refused, Retry, Terms
from clearance.hours import Daily, Hours
from clearance.model import Alert, AlertState, Severity
from tests.alerting.test_outbox import C, Quiet, W, alert

ZONE = ZoneInfo("Europe/Berlin")
EVENING = datetime(2026, 3, 28, 18, 7, tzinfo=ZONE)
"""The night after it is an hour shorter."""
RUN = timedelta(minutes=15)
NIGHT = Hours.of("20:00-08:00")
CHANNELS: dict[str, Channel] = {
    "night": Quiet(Terms(quiet=NIGHT)),
    "deaf": Quiet(Terms(quiet=NIGHT, quiet_critical=True, resolved=False)),
    "daily": Quiet(Terms(digest=Daily.of("08:30"))),
}


@dataclass
class Desk:
    """Checks that come one after the other, and what each channel received by then."""

    channels: dict[str, Channel] = field(default_factory=lambda: CHANNELS)
    now: datetime = EVENING
    held: dict[str, Delivery] = field(default_factory=dict)
    live: dict[str, Alert] = field(default_factory=dict)
    received: list[tuple[datetime, str, str, tuple[Change, ...]]] = field(default_factory=list)
    severities: dict[str, Severity] = field(default_factory=dict)

    def check(
        self,
        new: Iterable[Alert] = (),
        over: Iterable[str] = (),
        *,
        at: datetime | None = None,
        clock: datetime | None = None,
        fate: str = "ok",
    ) -> None:
        """A check with its deliveries; ``lost`` dies before it notes the first."""
        self.now = at or self.now
        moment = Moment(self.now, clock or self.now)
        fired = [replace(one, fired_at=self.now) for one in new]
        gone = [self.live.pop(id) for id in over if id in self.live]
        ended = [
            replace(alert(one.id, one.severity, over=True), fired_at=one.fired_at) for one in gone
        ]
        self.live |= {one.id: one for one in fired}
        outcome = Reconciled(tuple(fired), tuple(ended), (), tuple(self.live.values()), ())
        filed = [
            outbox.filed(outcome, self.channels, list(self.held.values()), moment),
            digests.filed(outcome, self.channels, list(self.held.values()), moment),
        ]
        for each in filed:
            self.held |= {one.id: one for one in each.kept}
            for id in each.dropped:
                del self.held[id]
        let_go = outbox.let_go(self.held.values(), self.channels, moment)
        self.held |= {one.id: one for one in let_go}
        self._deliver(moment, fate)

    def _deliver(self, moment: Moment, fate: str) -> None:
        for delivery in outbox.due(list(self.held.values()), self.channels, moment):
            self.severities[delivery.id] = delivery.severity
            if fate in ("ok", "lost"):
                self.received.append((self.now, delivery.channel, delivery.id, delivery.items))
            if fate == "lost":
                return
            result = Accepted() if fate == "ok" else Retry("HTTP 500")
            self.held[delivery.id] = outbox.settled(delivery, result, 1, moment.clock)

    def got(self, channel: str) -> list[tuple[str, tuple[Change, ...]]]:
        """What a channel received, and when."""
        return [(f"{at:%d %H:%M}", items) for at, to, _, items in self.received if to == channel]

    def through(self, until: str, **what: object) -> None:
        """Checks with nothing new, every fifteen minutes until a time of March."""
        end = datetime.fromisoformat(f"2026-03-{until.replace(' ', 'T')}").replace(tzinfo=ZONE)
        while self.now < end:
            self.check(at=min(self.now + RUN, end), **what)  # type: ignore[arg-type]


def at(written: str) -> datetime:
    """A time of March."""
    return datetime.fromisoformat(f"2026-03-{written.replace(' ', 'T')}").replace(tzinfo=ZONE)


def test_what_falls_into_quiet_hours_comes_as_one_message_when_they_are_over() -> None:
    desk = Desk()
    desk.check([alert("1")], at=at("28 20:00"))
    desk.check([alert("2")], at=at("28 23:00"))
    desk.check([alert("3")], at=at("29 07:52"))
    assert desk.got("night") == []
    desk.check(at=at("29 08:00"))
    (told,) = desk.got("night")
    assert told == ("29 08:00", tuple(Change(id, "new") for id in "123"))
    desk.through("30 07:00")
    assert len(desk.got("night")) == 1


def test_what_is_critical_goes_through_unless_the_channel_says_otherwise() -> None:
    desk = Desk()
    desk.check([alert("1", C)], at=at("28 23:00"))
    assert desk.got("night") == [("28 23:00", (Change("1", "new"),))]
    assert desk.got("deaf") == []
    desk.check(at=at("29 08:00"))
    assert desk.got("deaf") == [("29 08:00", (Change("1", "new"),))]


def test_what_gets_worse_in_quiet_hours_is_told_once_and_at_once() -> None:
    desk = Desk({"night": CHANNELS["night"]})
    desk.check([alert("1"), alert("2")], at=at("28 22:00"))
    desk.check([alert("1", C)], at=at("28 23:00"))
    desk.check(at=at("29 08:00"))
    assert desk.got("night") == [
        ("28 23:00", (Change("1", "new"),)),
        ("29 08:00", (Change("2", "new"),)),
    ]


def test_what_begins_and_ends_in_quiet_hours_is_told_once_as_over() -> None:
    """Also to a channel that is not told of ends: it would hear nothing of it otherwise."""
    desk = Desk()
    desk.check([alert("1")], at=at("28 22:00"))
    desk.check(over=["1"], at=at("29 02:00"))
    desk.check(at=at("29 08:00"))
    assert desk.got("night") == desk.got("deaf") == [("29 08:00", (Change("1", "resolved"),))]


def test_the_end_of_what_was_told_is_kept_from_a_channel_that_does_not_want_it() -> None:
    desk = Desk()
    desk.check([alert("1")], at=at("28 12:00"))
    desk.check(over=["1"], at=at("28 13:00"))
    assert [items for _, items in desk.got("deaf")] == [(Change("1", "new"),)]
    assert len(desk.got("night")) == 2


def test_what_was_not_accepted_before_quiet_hours_waits_through_them_under_its_id() -> None:
    desk = Desk({"night": CHANNELS["night"]})
    desk.check([alert("1")], at=at("28 19:52"), fate="retry")
    desk.check([alert("2")], at=at("28 20:07"))
    assert desk.received == []
    desk.check(at=at("29 08:00"))
    assert [items for *_, items in desk.received] == [
        (Change("1", "new"),),
        (Change("2", "new"),),
    ]


def test_what_was_sent_when_the_run_died_takes_in_nothing_more() -> None:
    """The machine dies after the message left; a wrong clock then says that it is night again."""
    desk = Desk({"night": CHANNELS["night"]})
    desk.check([alert("1")], at=at("28 22:00"))
    desk.check(at=at("29 08:00"), fate="lost")
    desk.check([alert("2")], at=at("29 07:58"))
    desk.through("29 08:15")
    by_id = {
        id: {items for _, _, i, items in desk.received if i == id} for _, _, id, _ in desk.received
    }
    assert sorted(map(len, by_id.values())) == [1, 1]


def test_a_wait_that_a_wrong_clock_has_set_is_over() -> None:
    desk = Desk({"night": CHANNELS["night"], "daily": CHANNELS["daily"]})
    desk.check([alert("1")], at=datetime(2031, 1, 1, 23, tzinfo=ZONE))
    desk.check(at=at("29 12:00"))
    assert len(desk.got("night")) == 1
    desk.through("30 09:00")
    assert [when for when, _ in desk.got("daily")] == ["30 08:30"]


# The message of the day


def test_the_message_of_the_day_tells_what_stands_and_what_is_over() -> None:
    desk = Desk({"daily": CHANNELS["daily"]})
    desk.check([alert("1"), alert("2", C), alert("3")], at=at("28 12:00"))
    desk.through("29 08:30")
    ((when, items),) = desk.got("daily")
    assert (when, items) == ("29 08:30", tuple(Change(id, "new") for id in "123"))
    desk.check([alert("4")], over=["1", "2"], at=at("29 10:00"))
    desk.check([alert("5")], at=at("29 11:00"))
    desk.check([alert("1")], over=["5"], at=at("29 12:00"))
    desk.through("30 08:30")
    assert {*desk.got("daily")[1][1]} == {
        Change("3", "repeated"), Change("4", "new"), Change("1", "new"),
        Change("2", "resolved"), Change("5", "resolved"),
    }  # fmt: skip


def test_where_nothing_stands_and_nothing_is_over_there_is_no_message_of_the_day() -> None:
    desk = Desk({"daily": CHANNELS["daily"]})
    desk.through("30 09:00")
    desk.check([alert("1")])
    desk.through("31 09:00")
    assert [when for when, _ in desk.got("daily")] == ["31 08:30"]


def test_what_waits_for_a_message_of_the_day_that_is_not_to_be_is_told_without_it() -> None:
    """A channel that is told once was never told of it."""
    desk = Desk({"daily": CHANNELS["daily"]})
    desk.check([alert("0")], at=at("28 07:00"))
    desk.through("28 09:00")
    desk.check([alert("1"), alert("2"), alert("3")], at=at("28 18:00"))
    desk.check(over=["2"], at=at("28 19:00"))
    desk.channels = {"daily": Quiet(Terms(repeat=NEVER, quiet=NIGHT))}
    desk.check([alert("4")], over=["0", "3"], at=at("28 19:15"))
    desk.through("30 09:00")
    assert [when for when, _ in desk.got("daily")] == ["28 08:30", "28 19:15", "28 19:15"]
    told = [item for _, items in desk.got("daily")[1:] for item in items]
    assert sorted(told) == [
        Change("0", "resolved"), Change("1", "new"), Change("2", "resolved"),
        Change("3", "resolved"), Change("4", "new"),
    ]  # fmt: skip
    assert not any(one.state in (State.HELD, State.PENDING) for one in desk.held.values())


def test_where_nothing_waits_for_a_message_of_the_day_that_is_not_to_be_nothing_is_told() -> None:
    desk = Desk({"daily": CHANNELS["daily"]})
    desk.check([alert("1")], at=at("28 07:00"))
    desk.through("28 09:00")
    desk.channels = {"daily": Quiet(Terms())}
    desk.through("29 09:00")
    assert [when for when, _ in desk.got("daily")] == ["28 08:30"]
    assert not any(one.state is State.HELD for one in desk.held.values())


def test_a_message_of_the_day_that_was_not_accepted_is_not_sent_after_the_next() -> None:
    """It came days later as if it were news, and so did one for each day since."""
    desk = Desk({"daily": CHANNELS["daily"]})
    desk.check([alert("1"), alert("2"), alert("3")], at=at("28 07:00"))
    desk.through("28 12:00", fate="none")
    desk.check(over=["1"], at=at("28 12:15"), fate="none")
    desk.through("29 12:00", fate="none")
    desk.check([alert("4")], over=["2"], at=at("29 12:15"), fate="none")
    (pending,) = [one for one in desk.held.values() if one.state is State.PENDING]
    assert pending.filed_at == at("29 08:30")
    desk.through("30 08:30", fate="none")
    (pending,) = [one for one in desk.held.values() if one.state is State.PENDING]
    assert pending.tries > 5
    desk.check(at=at("30 09:00"))
    ((_, items),) = desk.got("daily")
    assert {*items} == {
        Change("1", "resolved"), Change("2", "resolved"), Change("3", "new"), Change("4", "new"),
    }  # fmt: skip


def test_a_message_of_the_day_that_some_have_goes_on_to_the_others_beside_the_next() -> None:
    desk = Desk({"daily": CHANNELS["daily"]})
    desk.check([alert("1"), alert("2")], at=at("28 07:00"))
    desk.check(over=["1"], at=at("28 08:00"))
    desk.through("28 08:30", fate="none")
    desk.held = {
        id: replace(one, reached=("a@example.com",)) if one.state is State.PENDING else one
        for id, one in desk.held.items()
    }
    desk.through("29 08:15", fate="none")
    desk.check(at=at("29 08:30"))
    over = (Change("2", "new"), Change("1", "resolved"))
    assert desk.got("daily") == [("29 08:30", over), ("29 08:30", (Change("2", "repeated"),))]


def test_days_without_a_message_leave_none_that_waits() -> None:
    """One for each was left, and told all that stood when there was to be none any more."""
    desk = Desk({"daily": CHANNELS["daily"]})
    desk.through("30 09:00")
    desk.check([alert("1"), alert("2")])
    desk.through("31 09:00")
    assert sum(one.state is State.HELD for one in desk.held.values()) == 1
    desk.channels = {"daily": Quiet(Terms())}
    desk.through("31 12:00")
    assert [when for when, _ in desk.got("daily")] == ["31 08:30"]


def test_looking_back_neither_sends_a_message_of_the_day_nor_takes_one_away() -> None:
    desk = Desk({"daily": CHANNELS["daily"]})
    desk.check([alert("1")], at=at("28 12:00"))
    desk.through("29 09:00")
    desk.check(at=at("20 12:00"), clock=at("29 09:01"))
    desk.check(at=at("20 23:00"), clock=at("29 09:02"))
    desk.check(at=at("29 09:15"))
    desk.through("30 09:00")
    assert [when for when, _ in desk.got("daily")] == ["29 08:30", "30 08:30"]


RUNS = st.lists(st.integers(1, 40 * 60), min_size=1, max_size=40)
"""Minutes from each check to the next: at times more than a day."""


@given(RUNS, st.data())
def test_there_is_one_message_of_the_day_whatever_the_times_of_the_runs(
    minutes: list[int], data: st.DataObject
) -> None:
    """One for each day on which a check comes after its time, under one id, crashes or not.

    One that was not accepted gives way to the next.
    """
    desk = Desk({"daily": CHANNELS["daily"]})
    desk.check([alert("1")])
    due = Daily.of("08:30").after(desk.now, ZONE)
    expected, dropped = list[datetime](), set[datetime]()
    for step in minutes:
        now = desk.now.astimezone(due.tzinfo) + timedelta(minutes=step)
        if now >= due:
            pending = [one for one in desk.held.values() if one.state is State.PENDING]
            dropped |= {one.filed_at for one in pending}
            expected.append(now)
            due = Daily.of("08:30").after(now, ZONE)
        fate = data.draw(st.sampled_from(["ok", "ok", "lost", "retry"]))
        desk.check(at=now.astimezone(ZONE), fate=fate)
    desk.check()
    days = {id: max(day for day in expected if day <= when) for when, _, id, _ in desk.received}
    assert all(items for *_, items in desk.received)
    assert len({*days.values()}) == len(days)
    assert {*days.values()} | dropped == {*expected}


EVENTS = st.lists(
    st.tuples(
        st.integers(1, 500),
        st.dictionaries(st.sampled_from("abcd"), st.sampled_from(["fire", "rise", "over"])),
        st.sampled_from(["ok", "ok", "lost", "retry"]),
    ),
    max_size=15,
)


@given(EVENTS)
def test_whatever_dies_when_everything_is_told_and_nothing_under_two_ids(
    events: list[tuple[int, dict[str, str], str]],
) -> None:
    """Of each firing a channel hears; no message holds another's content; night stays quiet."""
    desk, fired = Desk({name: CHANNELS[name] for name in ("night", "deaf")}), Counter[str]()
    for minutes, happened, fate in events:
        now = (desk.now.astimezone(ZoneInfo("UTC")) + timedelta(minutes=minutes)).astimezone(ZONE)
        new = [alert(id) for id, what in happened.items() if what == "fire" and id not in desk.live]
        new += [
            alert(id, C)
            for id, what in happened.items()
            if what == "rise" and id in desk.live and desk.live[id].severity is W
        ]
        fired.update(one.id for one in new)
        over = [id for id, what in happened.items() if what == "over" and id in desk.live]
        desk.check(new, over, at=now, fate=fate)
    desk.check(at=(desk.now + timedelta(days=2)).replace(hour=12))
    for channel in ("night", "deaf"):
        told = Counter(i.alert for _, to, _, items in desk.received for i in items if to == channel)
        assert set(told) == set(fired)
        first = [(id, items) for _, to, id, items in desk.received if to == channel]
        by_id: dict[str, set[Change]] = {}
        for id, items in first:
            by_id.setdefault(id, set(items))
            assert set(items) <= by_id[id]
    for when, _, id, _ in desk.received:
        quiet = NIGHT.holds(when, ZONE)
        assert not quiet or desk.severities[id] is Severity.CRITICAL
    assert not any(one.state in (State.HELD, State.PENDING) for one in desk.held.values())


def test_a_refusal_in_the_morning_is_tried_again_under_the_same_id() -> None:
    desk = Desk({"night": CHANNELS["night"]})
    desk.check([alert("1")], at=at("28 22:00"))
    (row,) = desk.held.values()
    desk.check(at=at("29 08:00"), fate="none")
    desk.held = {
        id: outbox.settled(one, Refused("errcode 310000"), 1, desk.now)
        for id, one in desk.held.items()
    }
    desk.check(at=at("29 08:15"))
    assert [id for _, _, id, _ in desk.received] == [row.id]


# Told again


@given(
    st.lists(st.integers(1, 30 * 60), min_size=1, max_size=20),
    st.sampled_from([timedelta(minutes=30), timedelta(hours=4), timedelta(days=1)]),
)
def test_what_stands_is_repeated_at_the_interval_of_the_channel_whatever_the_times_of_the_runs(
    minutes: list[int], every: timedelta
) -> None:
    """Once in a check whose time has come since the last one, counted from when it fired."""
    fired = EVENING.astimezone(UTC)
    one = replace(alert("1"), fired_at=fired, notified_level=(1, 0), notified_at=fired)
    before, repeats, due = fired, 0, 0
    for step in minutes:
        now = before + timedelta(minutes=step)
        repeats += len(repeating([one], {}, every, before, now))
        due += (now - fired) // every > (before - fired) // every
        assert len(repeating([one], {}, every, now, now)) == 0
        before = now
    assert repeats == due


def test_what_is_told_once_or_is_no_more_told_is_not_repeated() -> None:
    one = replace(alert("1"), fired_at=EVENING, notified_level=(1, 0), notified_at=EVENING)
    later, hour = EVENING + timedelta(hours=5), timedelta(hours=1)

    def again(some: Alert, every: timedelta | None = hour, *, once: bool = False) -> bool:
        return bool(repeating([some], {"stuck": Policy(once=once)}, every, EVENING, later))

    assert again(one)
    assert not again(one, once=True)
    assert not again(one, None)
    assert not again(one, NEVER)
    assert not again(replace(one, severity=Severity.INFO))
    assert not again(replace(one, state=AlertState.ACKNOWLEDGED))
    assert not again(replace(one, muted_by="2"))
    assert not again(replace(one, notified_at=None))
