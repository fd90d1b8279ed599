"""How well the rules find what is wrong, and leave alone what only looks like it.

``python -m benchmarks.anomalies`` makes a feed of some 2,000 invented declarations over the weeks
around National Day, with cases of every rule about a declaration injected, and beside them their
near misses: a weekend, a holiday with its make-up days, a release and a closure in one second, a
correction that is sent again. The feed is read as it came, a check runs every few hours, and what
each rule found is compared with what was injected.

An alert is true if its rule was injected in that declaration and held by then; else it is false.
Alerts that an injected case may also raise (a case that waits for duties is stuck too) count as
neither.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from clearance.alerting import evaluation, rules
from clearance.calendar import months_after
from clearance.customs.calendars import OFFICIAL as CALENDARS
from clearance.customs.cn_single_window import ZONE
from clearance.customs.cn_single_window.demo import File, business_receipt, import_receipt
from clearance.model import Severity
from clearance.shipments import keeping
from clearance.shipments.plans import Row
from clearance.sources import Item
from clearance.stores import open_store
from clearance.timelines import intake

HOUR, DAY, MINUTE, SECOND = (
    timedelta(hours=1), timedelta(days=1), timedelta(minutes=1), timedelta(seconds=1)
)  # fmt: skip
OFFICES = ("2248", "3104")
NEVER = 1e-9
COUNTDOWN = {"vessel_cutoff": {"warning_probability": NEVER, "critical_probability": NEVER}}
"""Cut-offs by their countdown alone, because a low probability is no case that was injected; it is
measured by ``clearance report --calibration``.
"""
LIMIT = 9 * HOUR
"""Working time in a stage that no ordinary declaration of the feed reaches."""


@dataclass(frozen=True)
class Scale:
    """How many ordinary declarations, cases and near misses of a rule are made, and the checks."""

    ordinary: int = 1100
    cases: int = 52
    near: int = 15
    first: datetime = datetime(2026, 9, 14, 8, 7, tzinfo=ZONE)
    days: int = 35
    every: timedelta = 3 * HOUR


OFFICIAL = CALENDARS.of("cn_single_window")
SMALL = Scale(240, 8, 4, datetime(2026, 9, 21, 8, 7, tzinfo=ZONE), 21, 7 * HOUR)
"""What the tests run."""


@dataclass
class Story:
    """A declaration: its numbers, its messages with when they came, its plans, what rules hold.

    ``expects`` says from when each injected rule holds; ``allows`` are rules that may find
    something too.
    """

    number: int
    direction: str
    office: str
    kind: str
    files: list[tuple[datetime, File]] = field(default_factory=list)
    plans: list[tuple[datetime, dict[str, str]]] = field(default_factory=list)
    expects: dict[str, datetime] = field(default_factory=dict)
    allows: set[str] = field(default_factory=set)
    submissions: int = 0

    @property
    def ref(self) -> str:
        """The declarant's own reference."""
        return f"SIM-{self.number}-{self.kind}"

    @property
    def unified(self) -> str:
        """The unified number of the last submission."""
        return f"{self.direction[0].upper()}2026{self.number * 10 + self.submissions:013}"

    @property
    def entry(self) -> str:
        """The entry number of the last submission."""
        way = int(self.direction == "import")
        return f"{self.office}2026{way}{self.number * 10 + self.submissions:09}"

    def sent(self, at: datetime) -> Story:
        """Adds a submission: accepted by the data centre, then declared."""
        self.submissions += 1
        self._add(import_receipt(self.ref, self.unified, at - 9 * SECOND), at - 9 * SECOND)
        return self.receipt("7", at, entry="")

    def unsent(self, at: datetime) -> Story:
        """Adds an error of the client: the file could not be sent."""
        text = (
            '<Root><failCode>C134</failCode><failInfo>["no card in the reader"]</failInfo></Root>'
        )
        self._add(File(f"Failed_{self.ref}_{at:%Y%m%d%H%M%S}{0:05}.xml", text.encode(), at), at)
        return self

    def receipt(
        self,
        code: str,
        at: datetime,
        *,
        after: timedelta = 22 * SECOND,
        entry: str | None = None,
        unified: str | None = None,
        note: str | None = None,
    ) -> Story:
        """Adds a receipt of customs, which came some time after it was written."""
        serial = self.number * 1000 + len(self.files)
        file = business_receipt(
            unified or self.unified,
            self.entry if entry is None else entry,
            code,
            at,
            serial,
            note=note,
            lag=round(after / SECOND),
        )
        self._add(file, at + max(after, timedelta()))
        return self

    def planned(self, at: datetime, **facts: str | datetime | date) -> Story:
        """Adds planned facts, and when they were entered."""
        written = {n: v if isinstance(v, str) else v.isoformat() for n, v in facts.items()}
        self.plans.append((at, written))
        return self

    def expect(self, rule: str, at: datetime) -> Story:
        """Says that a rule holds from a moment on."""
        self.expects[rule] = at
        return self

    def allow(self, *rules: str) -> Story:
        """Says that some rules may find something too."""
        self.allows |= set(rules)
        return self

    def _add(self, file: File, came: datetime) -> None:
        self.files.append((came, file))


def worked(start: datetime, time: timedelta) -> datetime:
    """The moment by which so much working time has passed since another."""
    left = round(time / SECOND)
    at = start
    while True:
        day = at.astimezone(ZONE)
        closes = day.replace(hour=17, minute=30, second=0, microsecond=0)
        within = OFFICIAL.working(at, closes) if closes > at else 0
        if left <= within:
            opens = max(at, day.replace(hour=8, minute=30, second=0, microsecond=0))
            return opens + left * SECOND
        left -= within
        at = (day + DAY).replace(hour=0, minute=0, second=0, microsecond=0)


class Feed:
    """Makes stories, all at random from a seed."""

    def __init__(self, scale: Scale, seed: int) -> None:
        self.scale = scale
        self.random = Random(seed)
        self.stories: list[Story] = []
        self.end = scale.first + scale.days * DAY
        self.kind = "ordinary"

    def new(self, direction: str | None = None) -> Story:
        """A story of its own."""
        way = direction or self.random.choice(("import", "export"))
        story = Story(len(self.stories) + 1, way, self.random.choice(OFFICES), self.kind)
        self.stories.append(story)
        return story

    def moment(self) -> datetime:
        """A moment of office hours within the checked weeks, with days left before and after."""
        while True:
            days = self.random.randrange(2, self.scale.days - 6)
            day = (self.scale.first + days * DAY).date()
            if OFFICIAL.works(day):
                second = self.random.randrange(9 * 3600, 16 * 3600)
                return datetime(day.year, day.month, day.day, tzinfo=ZONE) + second * SECOND

    def stay(self) -> timedelta:
        """Working time in a stage: log-normal, its far tail cut off."""
        return min(self.random.lognormvariate(0.7, 0.5), 4.2) * HOUR

    def accepted(self, story: Story, at: datetime) -> Story:
        """Sent, declared and accepted within seconds."""
        return story.sent(at).receipt("L", at + 10 * SECOND)

    def reviewed(self, story: Story, at: datetime) -> tuple[Story, datetime]:
        """Accepted and, after a usual time, under review; and since when."""
        since = worked(at + 10 * SECOND, self.stay())
        return self.accepted(story, at).receipt("J", since), since

    def released(self, story: Story, at: datetime) -> tuple[Story, datetime]:
        """Reviewed and released in the usual time."""
        story, since = self.reviewed(story, at)
        out = worked(since, self.stay())
        return story.receipt("P", out), out

    def closed(self, story: Story, at: datetime) -> Story:
        """Released in the usual time, and closed a day later."""
        story, out = self.released(story, at)
        return story.receipt("R", out + DAY)

    def ordinary(self, at: datetime) -> Story:
        """A declaration that nothing is wrong with."""
        story, out = self.released(self.new(), at)
        if story.direction == "import" and self.random.random() < 0.3:
            return story.receipt("R", out)
        return story.receipt("R", out + self.random.uniform(0.1, 6) * DAY)


Maker = Callable[[Feed, datetime], object]
CASES: dict[str, Maker] = {}
NEAR: dict[str, list[Maker]] = defaultdict(list)


def case(maker: Maker) -> Maker:
    """A case of the rule that the function is named after."""
    CASES[maker.__name__] = maker
    return maker


def near(rule: str) -> Callable[[Maker], Maker]:
    """What only looks like a case of a rule."""

    def register(maker: Maker) -> Maker:
        NEAR[rule].append(maker)
        return maker

    return register


def midnight(day: date) -> datetime:
    """The beginning of a day in Beijing."""
    return datetime(day.year, day.month, day.day, tzinfo=ZONE)


# Deadlines


@case
def import_undeclared(feed: Feed, at: datetime) -> None:
    """Arrived so that the last free day is three days away."""
    received = at.date() - 11 * DAY
    last = OFFICIAL.roll(received + 15 * DAY) - DAY
    story = feed.new("import").planned(at - 10 * DAY, arrival=received, direction="import")
    story.expect("import_undeclared", midnight(last - 3 * DAY))
    feed.closed(story, midnight(last - 2 * DAY) + 10 * HOUR)


@near("import_undeclared")
def rolled_over_the_holiday(feed: Feed, _: datetime) -> None:
    """The 15th day lies in National Day's holiday, so the last free day is the 7th of October."""
    day = date(2026, 9, 16) + feed.random.randrange(7) * DAY
    story = feed.new("import").planned(
        midnight(day), arrival=day, value="100000", direction="import"
    )
    feed.closed(story, datetime(2026, 10, 3, 21, tzinfo=ZONE))


@near("import_undeclared")
def declared_in_advance(feed: Feed, at: datetime) -> None:
    """Accepted before it arrived."""
    story = feed.new("import").planned(at - 20 * DAY, arrival=at.date() - 12 * DAY)
    feed.closed(story, at - 14 * DAY)


@case
def abandoned(feed: Feed, at: datetime) -> None:
    """Sixty days without a declaration."""
    day = at.date() - 60 * DAY
    story = feed.new("import").planned(at - 50 * DAY, arrival=day, direction="import")
    story.expect("abandoned", midnight(at.date())).expect("import_undeclared", feed.scale.first)


@near("abandoned")
def declared_after_59_days(feed: Feed, at: datetime) -> None:
    """Late, and just not so late."""
    story = feed.new("import")
    story.planned(at - 50 * DAY, arrival=at.date() - 59 * DAY, direction="import")
    story.expect("import_undeclared", feed.scale.first)
    feed.closed(story, at)


@case
def export_declared_late(feed: Feed, at: datetime) -> None:
    """In the yard, and loading begins in 36 hours."""
    story = feed.new("export")
    story.planned(at - 3 * DAY, arrival=at - 2 * DAY, loading=at + 36 * HOUR)
    feed.closed(story.expect("export_declared_late", at), at + 20 * HOUR)


@near("export_declared_late")
def declared_in_time(feed: Feed, at: datetime) -> None:
    """Declared 37 hours before loading."""
    story = feed.new("export")
    story.planned(at - 3 * DAY, arrival=at - 2 * DAY, loading=at + 37 * HOUR)
    feed.closed(story, at)


@near("export_declared_late")
def with_a_special_permit(feed: Feed, at: datetime) -> None:
    """Customs allowed it."""
    story = feed.new("export")
    story.planned(at - 3 * DAY, arrival=at - DAY, loading=at + 30 * HOUR, special_permit="yes")
    feed.closed(story, at + 25 * HOUR)


def picked_up(feed: Feed, arrived: date) -> Story:
    """Declared in two steps a day after it came, and picked up."""
    story = feed.accepted(feed.new("import"), midnight(arrived) + 34 * HOUR)
    story.planned(midnight(arrived), arrival=arrived, direction="import")
    return story.receipt("K", midnight(arrived) + 36 * HOUR, note="提货放行")


@case
def full_declaration_missing(feed: Feed, at: datetime) -> None:
    """Picked up, and the full declaration is due in three days."""
    arrived = at.date() - 11 * DAY
    story = picked_up(feed, arrived).expect("full_declaration_missing", midnight(at.date()))
    full = midnight(at.date()) + 2 * DAY
    story.receipt("7", full, entry="").receipt("L", full + 10 * SECOND)
    story.receipt("P", full + HOUR).receipt("R", full + HOUR)


@near("full_declaration_missing")
def full_declaration_in_time(feed: Feed, at: datetime) -> None:
    """Declared in full with four days left."""
    story = picked_up(feed, at.date() - 10 * DAY)
    full = midnight(at.date()) - HOUR
    story.receipt("7", full, entry="").receipt("L", full + 10 * SECOND)
    story.receipt("P", full + HOUR).receipt("R", full + HOUR)


@case
def tax_unpaid(feed: Feed, at: datetime) -> None:
    """Asked for duties, and the last day to pay is five days away."""
    story = feed.accepted(feed.new("import"), at)
    story.receipt("T", at + HOUR).planned(at - DAY, tax_due=(at + 5 * DAY).date(), tax="5000")
    story.expect("tax_unpaid", midnight(at.date())).allow("stuck")
    story.receipt("P", at + 30 * HOUR).receipt("R", at + 30 * HOUR)


@near("tax_unpaid")
def paid_in_time(feed: Feed, at: datetime) -> None:
    """The payment is known, and the release waits for something else."""
    story = feed.accepted(feed.new("import"), at)
    story.planned(at - DAY, tax_due=(at + 8 * DAY).date(), tax="5000")
    story.planned(at + 26 * HOUR, tax_paid=at + 25 * HOUR).allow("stuck")
    story.receipt("T", at + HOUR).receipt("P", at + 5 * DAY).receipt("R", at + 5 * DAY)


@near("tax_unpaid")
def no_duties_or_a_guarantee(feed: Feed, at: datetime) -> None:
    """Nothing to pay, or a guarantee for it."""
    free = feed.accepted(feed.new("import"), at).receipt("T", at + HOUR)
    out = worked(at, 3 * HOUR)
    free.planned(at - DAY, tax_due=(at + DAY).date(), tax="0").receipt("P", out).receipt(
        "R", out + DAY
    )
    free.allow("stuck")
    held = feed.accepted(feed.new("import"), at).receipt("K", at + HOUR)
    held.planned(at + 2 * HOUR, tax_due=(at + DAY).date()).receipt("R", at + 30 * HOUR)


@case
def tax_unpaid_3_months(feed: Feed, at: datetime) -> None:
    """Paid once a month, and not paid 75 days after the fifth working day of the next."""
    day = at.date() - 75 * DAY
    declared = midnight(months_after(day.replace(day=1), -1)) + 34 * HOUR
    following = months_after(declared.date().replace(day=1), 1)
    due = OFFICIAL.nth(following.year, following.month, 5)
    story, out = feed.released(feed.new("import"), declared)
    story.receipt("R", out).planned(declared, consolidated="yes", tax="90000")
    story.allow("tax_unpaid")
    story.expect("tax_unpaid_3_months", midnight(due + 75 * DAY))


@near("tax_unpaid_3_months")
def paid_after_70_days(feed: Feed, at: datetime) -> None:
    """Very late, and just not so late."""
    due = at.date() - 70 * DAY
    story, out = feed.released(feed.new("import"), midnight(due) - 30 * DAY + 10 * HOUR)
    story.receipt("R", out).planned(out, consolidated="yes", tax_due=due, tax="90000")
    story.planned(at, tax_paid=at).expect("tax_unpaid", feed.scale.first)


# Vessels


@case
def vessel_cutoff(feed: Feed, at: datetime) -> None:
    """Under review, and the cut-off is 24 hours away."""
    story, _ = feed.reviewed(feed.new("export"), at - 5 * HOUR)
    story.planned(at - DAY, cutoff=at + DAY).expect("vessel_cutoff", at).allow("stuck")
    story.receipt("P", at + 16 * HOUR).receipt("R", at + 3 * DAY)


@near("vessel_cutoff")
def released_before_the_countdown(feed: Feed, at: datetime) -> None:
    """Released 25 hours before the cut-off; the vessel sails a day after that."""
    story = feed.accepted(feed.new("export"), worked(at, timedelta()) - 2 * HOUR)
    story.planned(at - DAY, cutoff=at + 25 * HOUR, etd=at + 3 * DAY)
    story.receipt("P", at).receipt("R", at + 3 * DAY)


@near("vessel_cutoff")
def the_cutoff_was_moved(feed: Feed, at: datetime) -> None:
    """Three days later, before the countdown began."""
    story, _ = feed.reviewed(feed.new("export"), at - 5 * HOUR)
    story.planned(at - 2 * DAY, cutoff=at + DAY).planned(at - HOUR, cutoff=at + 4 * DAY)
    story.receipt("P", at + 20 * HOUR).receipt("R", at + 5 * DAY).allow("stuck")


@case
def free_time(feed: Feed, at: datetime) -> None:
    """Released, still at the terminal, two days before its free time ends."""
    story, out = feed.released(feed.new("import"), at - 3 * DAY)
    last = (at + 2 * DAY).date()
    story.receipt("R", out).planned(at - 4 * DAY, free_until=last)
    story.expect("free_time", midnight(last - 2 * DAY)).planned(
        at + 2 * DAY, gated_out=at + 2 * DAY
    )


@near("free_time")
def picked_up_in_time(feed: Feed, at: datetime) -> None:
    """It left three days before."""
    story, out = feed.released(feed.new("import"), at - 3 * DAY)
    story.receipt("R", out).planned(at - 4 * DAY, free_until=(at + 3 * DAY).date())
    story.planned(at, gated_out=at - HOUR)


# Flow


@case
def stuck(feed: Feed, at: datetime) -> None:
    """Under review for far longer than anything usual."""
    story, since = feed.reviewed(feed.new(), at)
    story.expect("stuck", worked(since, 0.8 * LIMIT))
    out = worked(since, 5 * LIMIT)
    story.receipt("P", out).receipt("R", out + DAY)


@near("stuck")
def a_weekend_or_a_holiday(feed: Feed, at: datetime) -> None:
    """Days on the clock, four hours of working time."""
    eve = at.date()
    while OFFICIAL.works(eve + DAY):
        eve += DAY
    story = feed.accepted(feed.new(), midnight(eve) + 15 * HOUR)
    since = midnight(eve) + 16 * HOUR
    out = worked(since, 4 * HOUR)
    story.receipt("J", since).receipt("P", out).receipt("R", out + DAY)


@case
def inspection_ordered(feed: Feed, at: datetime) -> None:
    """An inspection, and its end some hours later."""
    story = feed.accepted(feed.new(), at - 3 * HOUR)
    story.receipt("C", at).expect("inspection_ordered", at).allow("stuck")
    out = worked(at + feed.scale.every, feed.stay())
    story.receipt("J", out).receipt("P", out + MINUTE).receipt("R", out + 2 * DAY)


@near("inspection_ordered")
def quarantine_says_something(feed: Feed, at: datetime) -> None:
    """Codes of quarantine in small letters, one of which differs in its case only."""
    story = feed.accepted(feed.new(), at)
    for minutes, code in enumerate("abcd", 1):
        story.receipt(code, at + minutes * MINUTE)
    story.receipt("P", at + 2 * HOUR).receipt("R", at + 2 * DAY)


@case
def returned(feed: Feed, at: datetime) -> None:
    """Returned, and sent again a day later under the same reference."""
    story = feed.accepted(feed.new(), at - HOUR).receipt("E", at)
    story.expect("returned", at)
    feed.closed(story, at + DAY)


@near("returned")
def sent_again_at_once(feed: Feed, at: datetime) -> None:
    """Refused and corrected between two checks."""
    start = next(c for c in checks(feed.scale) if c > at) + 5 * MINUTE
    story = feed.new().sent(start)
    story.receipt("E", start + 10 * MINUTE, entry="")
    feed.closed(story, start + 40 * MINUTE)


@case
def deleted(feed: Feed, at: datetime) -> None:
    """Deleted, and nobody asked for it."""
    feed.accepted(feed.new(), at - HOUR).receipt("D", at).expect("deleted", at)


@near("deleted")
def deleted_as_asked(feed: Feed, at: datetime) -> None:
    """We asked for it three days before: information and no alarm."""
    story = feed.accepted(feed.new(), at - 2 * HOUR).receipt("D", at - HOUR)
    story.planned(at - 2 * HOUR, withdrawal_asked=at.date() - 3 * DAY)


@case
def not_sent(feed: Feed, at: datetime) -> None:
    """The card is not in its reader, and nobody looks for a day."""
    story = feed.new().unsent(at).expect("not_sent", at).sent(at + DAY)
    story.receipt("L", at + DAY + HOUR).receipt("P", at + DAY + HOUR).receipt("R", at + 2 * DAY)
    story.allow("no_reply")


@near("not_sent")
def refused_by_the_client_after_it_was_sent(feed: Feed, at: datetime) -> None:
    """The same file again: customs has the first."""
    story = feed.accepted(feed.new(), at - HOUR).unsent(at)
    story.receipt("P", at + HOUR).receipt("R", at + DAY)


@case
def no_reply(feed: Feed, at: datetime) -> None:
    """Declared, and customs is silent for most of a day."""
    story = feed.new().sent(at)
    story.expect("no_reply", worked(at, HOUR))
    answered = worked(at, 8 * HOUR)
    story.receipt("L", answered).receipt("P", answered + HOUR).receipt("R", answered + DAY)


@near("no_reply")
def sent_in_the_evening(feed: Feed, at: datetime) -> None:
    """Declared as the office closes, answered half an hour after it opens again."""
    evening = midnight(at.date()) + 17.4 * HOUR
    answered = worked(evening, 0.6 * HOUR)
    story = feed.new().sent(evening).receipt("L", answered)
    story.receipt("P", answered + HOUR).receipt("R", answered + DAY)


@case
def closure_missing(feed: Feed, at: datetime) -> None:
    """An export released 15 days ago."""
    story = feed.accepted(feed.new("export"), at - 15 * DAY - HOUR).receipt("P", at - 15 * DAY)
    story.expect("closure_missing", at).receipt("R", at + 3 * DAY)


@near("closure_missing")
def not_sailed_or_never_to_leave(feed: Feed, at: datetime) -> None:
    """The vessel sails later; goods that go from one factory to another here."""
    for facts in ({"etd": at}, {"trade_mode": "0654"}):
        story = feed.accepted(feed.new("export"), at - 15 * DAY - HOUR).receipt("P", at - 15 * DAY)
        story.planned(at - 20 * DAY, **facts).receipt("R", at + 3 * DAY)


@near("closure_missing")
def closed_on_the_14th_day(feed: Feed, at: datetime) -> None:
    """Just in time; and an import, which nobody asks."""
    story = feed.accepted(feed.new("export"), at - 15 * DAY).receipt("P", at - 14 * DAY)
    story.receipt("R", at)
    feed.accepted(feed.new("import"), at - 16 * DAY).receipt("P", at - 15 * DAY)


@case
def amended_after_release(feed: Feed, at: datetime) -> None:
    """The review is reopened a day after the release; too few are to know how long that takes."""
    story = feed.accepted(feed.new(), at - DAY).receipt("P", at - 20 * HOUR).receipt("M", at)
    story.allow("stuck")
    story.receipt("M", at + 20 * SECOND).expect("amended_after_release", at)
    out = worked(at + feed.scale.every, feed.stay())
    story.receipt("P", out).receipt("R", out + HOUR)


@near("amended_after_release")
def amended_before_release(feed: Feed, at: datetime) -> None:
    """The review is reopened, and nothing was released."""
    story = feed.accepted(feed.new(), at).receipt("J", at + HOUR).receipt("M", at + 2 * HOUR)
    story.receipt("P", at + 3 * HOUR).receipt("R", at + 2 * DAY)


# Quality


@case
def unknown_code(feed: Feed, at: datetime) -> None:
    """A code that no table knows."""
    story = feed.accepted(feed.new(), at - HOUR)
    story.receipt(feed.random.choice(("z9", "q", "%")), at).expect("unknown_code", at)
    story.receipt("P", at + HOUR).receipt("R", at + DAY)


@near("unknown_code")
def two_readings_of_a_known_code(feed: Feed, at: datetime) -> None:
    """Codes that circulate with two meanings are known."""
    story = feed.accepted(feed.new(), at).receipt("W", at + HOUR, note="无纸验放通知(审结)")
    story.receipt("I", at + 2 * HOUR, note="无纸放行通知").receipt("R", at + 2 * DAY)


@case
def unclear_code(feed: Feed, at: datetime) -> None:
    """Deleted, or to be handled by hand: the note does not say which."""
    story = feed.accepted(feed.new(), at - HOUR).receipt("A", at, note="请联系海关")
    story.expect("unclear_code", at).allow("stuck")
    out = worked(at + feed.scale.every, 4 * HOUR)
    story.receipt("P", out).receipt("R", out + DAY)


@near("unclear_code")
def a_note_that_decides(feed: Feed, at: datetime) -> None:
    """A code with two meanings whose note says which it has."""
    story, since = feed.reviewed(feed.new(), at)
    out = worked(since, feed.stay())
    story.receipt("I", out, note="无纸放行通知").receipt("R", out + DAY)


@case
def out_of_order(feed: Feed, at: datetime) -> None:
    """A release that came after the duties that were asked for ten minutes later."""
    story = feed.accepted(feed.new("import"), at - HOUR)
    story.receipt("T", at, after=20 * SECOND).receipt("P", at - 10 * MINUTE, after=50 * MINUTE)
    story.expect("out_of_order", at + 40 * MINUTE).receipt("R", at + DAY + 2 * feed.scale.every)


@near("out_of_order")
def late_and_of_no_consequence(feed: Feed, at: datetime) -> None:
    """The review came after the release that followed it."""
    story = feed.accepted(feed.new(), at - HOUR)
    story.receipt("P", at).receipt("J", at - 10 * MINUTE, after=50 * MINUTE).receipt(
        "R", at + 2 * DAY
    )


@near("out_of_order")
def a_release_and_a_closure_of_one_second(feed: Feed, at: datetime) -> None:
    """Stamped alike, the closure received first."""
    story = feed.accepted(feed.new("import"), at - 2 * HOUR)
    story.receipt("R", at, after=20 * SECOND).receipt("P", at, after=25 * SECOND)


@case
def contradiction(feed: Feed, at: datetime) -> None:
    """Closed without a release, or released though it was deleted, or both ends."""
    story = feed.accepted(feed.new(), at - 2 * HOUR)
    for code in feed.random.choice(("R", "DP", "PRD")):
        story.receipt(code, at)
        at += HOUR
    story.expect("contradiction", at - HOUR).allow("deleted", "out_of_order", "closure_missing")


@near("contradiction")
def the_release_comes_minutes_later(feed: Feed, at: datetime) -> None:
    """Closed and released in one second; the release is received five minutes after."""
    story = feed.accepted(feed.new("import"), at - 2 * HOUR)
    story.receipt("R", at, after=20 * SECOND).receipt("P", at, after=5 * MINUTE)


@near("contradiction")
def deleted_and_declared_again(feed: Feed, at: datetime) -> None:
    """A new sending under the same reference is released."""
    story = feed.accepted(feed.new(), at - 2 * HOUR).receipt("D", at).expect("deleted", at)
    feed.closed(story, at + DAY)


@case
def regression(feed: Feed, at: datetime) -> None:
    """Accepted once more when it was reviewed, or when it was released."""
    story = feed.accepted(feed.new(), at - 2 * HOUR).receipt("J", at - HOUR)
    if feed.random.random() < 0.5:
        story.receipt("P", at - HOUR / 2)
    story.receipt("L", at).expect("regression", at)
    out = worked(at + feed.scale.every, feed.stay())
    story.receipt("P", out).receipt("R", out + DAY)


@near("regression")
def to_and_fro(feed: Feed, at: datetime) -> None:
    """Inspected, reviewed, asked for duties, reviewed; the review after a guarantee; a re-send."""
    story = feed.accepted(feed.new("import"), at - HOUR)
    for minutes, code in enumerate("JTJK", 1):
        story.receipt(code, at + minutes * 10 * MINUTE)
    story.receipt("J", at + HOUR).receipt("P", at + 2 * HOUR).receipt("R", at + DAY)


@case
def duplicate_number(feed: Feed, at: datetime) -> None:
    """The same entry number in receipts of another unified number."""
    story, out = feed.released(feed.new(), at - 4 * HOUR)
    other = f"{story.unified[:-1]}9"
    story.receipt("J", at, unified=other).expect("duplicate_number", at)
    story.receipt("R", max(out, at) + DAY).allow("regression", "out_of_order")


@near("duplicate_number")
def corrected_and_sent_again(feed: Feed, at: datetime) -> None:
    """A new unified number and a new entry number under the same reference."""
    story = feed.accepted(feed.new(), at - 2 * HOUR).receipt("E", at - HOUR)
    story.allow("returned")
    feed.closed(story, at + HOUR)


@case
def skewed_time(feed: Feed, at: datetime) -> None:
    """The client's clock is half an hour slow."""
    story = feed.accepted(feed.new(), at - 2 * HOUR)
    story.receipt("P", at, after=-30 * MINUTE).expect("skewed_time", at)
    story.receipt("R", at + DAY)


@near("skewed_time")
def nine_minutes_slow(feed: Feed, at: datetime) -> None:
    """A clock that is only a little slow."""
    story = feed.accepted(feed.new(), at - 2 * HOUR)
    story.receipt("P", at, after=-9 * MINUTE).receipt("R", at + DAY)


def stories(scale: Scale, seed: int) -> list[Story]:
    """All stories: a history, ordinary ones, cases and near misses."""
    feed = Feed(scale, seed)
    span = feed.end - scale.first - 8 * DAY
    for number in range(scale.ordinary):
        early = number < scale.ordinary * 3 // 4
        start = scale.first - 30 * DAY if early else scale.first
        at = start + feed.random.random() * (30 * DAY - 6 * DAY if early else span)
        feed.ordinary(worked(at, timedelta()))
    made = [make for make in CASES.values() for _ in range(scale.cases)]
    made += [ms[number % len(ms)] for ms in NEAR.values() for number in range(scale.near)]
    for make in made:
        feed.kind = make.__name__
        make(feed, feed.moment())
    return feed.stories


def checks(scale: Scale) -> Iterator[datetime]:
    """The moments of the checks."""
    at = scale.first
    while at <= scale.first + scale.days * DAY:
        yield at
        at += scale.every


# What the rules found


@dataclass
class Score:
    """Of one rule: the declarations with a case it found, a false alert, or a case it missed."""

    true: set[str] = field(default_factory=set)
    false: set[str] = field(default_factory=set)
    missed: set[str] = field(default_factory=set)

    @property
    def precision(self) -> float:
        """The share of its alerts that are true."""
        return len(self.true) / max(len(self.true) + len(self.false), 1)

    @property
    def recall(self) -> float:
        """The share of the cases that it found."""
        return len(self.true) / max(len(self.true) + len(self.missed), 1)


def first_alerts(
    scale: Scale, stories: list[Story], folder: Path
) -> dict[tuple[str, str], datetime]:
    """When each rule first raised an alert, by the rule and every name of the declaration."""
    came = sorted(
        ((at, file.name, file) for story in stories for at, file in story.files),
        key=lambda one: one[:2],
    )
    planned = sorted(
        ((at, story.ref, facts) for story in stories for at, facts in story.plans),
        key=lambda one: (one[0], one[1]),
    )
    first: dict[tuple[str, str], datetime] = {}
    with open_store(folder / "anomalies.db") as store:
        for now in checks(scale):
            while planned and planned[0][0] <= now:
                at, ref, facts = planned.pop(0)
                keeping.keep(store, [Row(1, (ref,), dict(facts))], at)
            arrived = 0
            while arrived < len(came) and came[arrived][0] <= now:
                arrived += 1
            items = [Item(name, file.data) for _, name, file in came[:arrived]]
            came = came[arrived:]
            intake.ingest(store, items, now)
            result = evaluation.check(store, rules.Context(now, COUNTDOWN))
            for alert in (*result.new, *result.live):
                notified = alert.notified_at is not None and alert.severity is not Severity.INFO
                if notified or alert.rule == "skewed_time":
                    for name in _names(alert.declaration, alert.values):
                        first.setdefault((alert.rule, name), now)
    return first


def _names(declaration: str | None, numbers: Mapping[str, Any]) -> list[str]:
    return [declaration] if declaration else [str(name) for name in numbers.get("entries", ())]


def scores(scale: Scale, stories: list[Story], folder: Path) -> dict[str, Score]:
    """How each rule about a declaration did."""
    found = {name: Score() for name in CASES}
    first: dict[tuple[str, str], datetime] = {}
    homes = {
        name: story
        for story in stories
        for count in range(story.submissions + 1)
        for name in _numbers(story, count)
    }
    for (rule, name), at in first_alerts(scale, stories, folder).items():
        key = rule, homes[name].ref
        first[key] = min(at, first.get(key, at))
    for story in stories:
        for rule, since in story.expects.items():
            at_first = first.pop((rule, story.ref), None)
            if at_first is None:
                found[rule].missed.add(story.ref)
            elif at_first < since:
                found[rule].false.add(story.ref)
            else:
                found[rule].true.add(story.ref)
        for rule in story.allows:
            first.pop((rule, story.ref), None)
    for rule, ref in first:
        found.setdefault(rule, Score()).false.add(ref)
    return found


def _numbers(story: Story, count: int) -> list[str]:
    other = replace(story, submissions=count)
    return [story.ref, other.unified, other.entry, f"{other.unified[:-1]}9"]


def run(scale: Scale, seed: int = 1) -> tuple[int, dict[str, Score]]:
    """How many declarations there were, and how each rule did."""
    made = stories(scale, seed)
    with TemporaryDirectory(prefix="anomalies-") as folder:
        return len(made), scores(scale, made, Path(folder))


def table(count: int, found: Mapping[str, Score]) -> str:
    """Precision and recall of each rule."""
    lines = [f"{count} declarations", f"{'rule':24}{'cases':>7}{'precision':>11}{'recall':>8}"]
    for rule, score in found.items():
        cases = len(score.true) + len(score.missed)
        lines.append(f"{rule:24}{cases:7}{score.precision:11.3f}{score.recall:8.3f}")
    return "\n".join(lines)


def main() -> None:
    """Prints precision and recall of every rule about a declaration."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--small", action="store_true", help="what the tests run")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    count, found = run(SMALL if given.small else Scale(), given.seed)
    print(table(count, found))
    for rule, score in found.items():
        for what in ("false", "missed"):
            if wrong := sorted(getattr(score, what)):
                print(f"{rule}: {what}: {', '.join(wrong[:8])}")
    kinds = Counter(len(score.true) >= 50 for score in found.values())
    print(f"{kinds[True]} rules with 50 cases or more")


if __name__ == "__main__":
    main()
