"""Random stories: a check that looks at what may have changed says what one of everything does.

A story happens in two stores in files, each opened anew for each act. One is checked as needed, the
other as a whole each time, and after each check both must hold the same. By hand, as many as one
likes, from a seed on; what differs is told with the fewest acts that show it:

    python -m tests.alerting.looking_stories 500 1000
"""

from __future__ import annotations

import io
import os
import sqlite3
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import fields
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from clearance.alerting import (
    acknowledging,
    delivery,
    evaluation,
    looking,
    looks,
    outbox,
    records,
    rules,
)
from clearance.alerting.outbox import Delivered, Moment
from clearance.calendar import Calendar, OfficialDays
from clearance.channels import Accepted, Notification, Result, Retry, Terms
from clearance.customers import matching, telling
from clearance.customers.notices import Standing, notices
from clearance.customers.settings import Customer, customer
from clearance.customs.calendars import OFFICIAL, Calendars
from clearance.customs.cn_single_window import SYSTEM as CN
from clearance.customs.cn_single_window import ZONE
from clearance.customs.cn_single_window.demo import File, business_receipt, import_receipt
from clearance.customs.cn_single_window.demo_declared import declaration
from clearance.errors import ClearanceError
from clearance.hours import Daily, Hours
from clearance.model import Alert, Now, Remark, Says
from clearance.render import customer_notices
from clearance.render.notifications import notification
from clearance.shipments import keeping, plans
from clearance.sources import Item
from clearance.sources.rest import Rest
from clearance.stores import Store, exported, open_store
from clearance.stores.exported import Exported
from clearance.timelines import grouping, intake, integrity, saying
from tests.customs.uk_cds import support as uk

START = datetime(2026, 3, 2, 8, tzinfo=ZONE)
COUNT = 6
UNIFIED = [f"{'EI'[n % 2]}2026000000000{n:04}" for n in range(COUNT)]
ENTRIES = [f"22482026{n % 2}{n:09}" for n in range(COUNT)]
CODES = ("7", "L", "J", "C", "T", "P", "R", "E", "A", "Z9", "K", "I", "D")
SOURCES = ("", "", "", "yard", "port")
FACTS = sorted(plans.FACTS)
HOURS = (-50, -3, -0.5, 0, 0.5, 1, 2, 5, 12, 23, 25, 30, 50, 80, 24 * 8, 24 * 20)
SETTINGS: Sequence[tuple[str, Mapping[str, Any]]] = (
    ("stuck", {"hours": 5}), ("stuck", {"times": 1}), ("stuck", {"enabled": False}),
    ("feed_silent", {"floor_hours": 1}), ("feed_silent", {"enabled": False}),
    ("feed_silent", {"floor_hours": 1, "times": 1, "least_gaps": 1}),
    ("returned", {"enabled": False}), ("old_declarations", {"days": 2}), ("stuck", {}),
    ("feed_silent", {}), ("returned", {}), ("old_declarations", {}),
)  # fmt: skip

Act = tuple[Any, ...]


class Mailbox:
    """A channel that may be out of reach."""

    kind, lang = "mailbox", "en"

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self.reachable = True

    def check(self) -> None:
        """It lacks nothing."""

    def send(self, _: Notification) -> Result:
        return Accepted() if self.reachable else Retry("nobody is there", after=600)


def _through(n: int, begun: datetime, hours: float) -> Iterator[File]:
    """A declaration that goes through, a step every some hours."""
    year = begun.year
    unified, entry = f"E{year}1{n:012}", f"222{'1' if n % 2 else '0'}{year}1{n:09}"
    for step, code in enumerate("7LPR"):
        number = "" if code == "7" else entry
        at = begun + timedelta(hours=hours * step)
        yield business_receipt(unified, number, code, at, n * 10 + step)


@cache
def _learned() -> bytes:
    """A store in which forty declarations have gone through, so that it is known what is usual."""
    with TemporaryDirectory() as folder:
        place = Path(folder, "store.db")
        begun = START - timedelta(days=20)
        with open_store(place) as store:
            for n in range(40):
                files = _through(n, begun + timedelta(hours=n % 7 + n * 6), 3)
                intake.ingest(store, [Item(f.name, f.data) for f in files], START)
        return place.read_bytes()


class Story:
    """What happens in both stores, and the settings that both are checked by."""

    def __init__(self, folder: Path, random: Random, *, forks: bool = False) -> None:
        self.folder = folder
        self.places = [folder / "needed.db", folder / "whole.db"]
        for place in self.places:
            place.write_bytes(_learned())
        self.random = random
        self.forks = forks
        self.now = START
        self.count = 0
        self.checks: Counter[str] = Counter()
        self.settings: dict[str, Mapping[str, Any]] = {}
        self.targets: dict[str, int] = {}
        self.contacts: dict[str, str] = {}
        self.calendars: Calendars = OFFICIAL
        self.sources: dict[str, str] = {}
        self.rests: dict[str, Rest] = {}
        self.customers: dict[str, Customer] = {}
        self.boxes = {
            "desk": Mailbox(Terms(repeat=random.choice((None, timedelta(hours=5))))),
            "post": Mailbox(Terms(digest=random.choice((None, Daily.of("09:00"))))),
            "acme": Mailbox(Terms(alerts=False)),
        }
        self.sharing = random.choice((1, 3, grouping.MAX_SHARING))
        self.whole_every = random.choice((looks.WHOLE_EVERY, *[timedelta(days=900)] * 3))
        self.damaged = False
        self.last: list[Item] = []

    # What happens

    def each(self, act: Callable[[Store], object]) -> None:
        """Does the same in both stores; what one refuses the other refuses too."""
        for place in self.places:
            with suppress(ClearanceError), open_store(place) as store:
                act(store)

    def wait(self, hours: float) -> None:
        self.now += timedelta(hours=hours)

    def read(self, *files: File, source: str = "") -> None:
        prefix = f"{source}/" if source else ""
        items = [Item(f"{prefix}{file.name}", file.data, feed=source or None) for file in files]
        self.last = items
        self.each(lambda store: intake.ingest(store, items, self.now))

    def tell(self, which: int, entry: int, code: str, ago: float, source: str) -> None:
        self.count += 1
        at = self.now - timedelta(hours=ago)
        number = "" if code == "7" else ENTRIES[entry]
        self.read(business_receipt(UNIFIED[which], number, code, at, self.count), source=source)

    def taken(self, which: int, ref: int, ago: float, source: str) -> None:
        at = self.now - timedelta(hours=ago)
        self.read(import_receipt(f"REF{ref}", UNIFIED[which], at), source=source)

    def content(self, which: int, bill: int) -> None:
        direction = ("export", "import")[which % 2]
        data = declaration(bill, f"REF{which}", direction, "2248", self.now, Random(which))
        self.read(File(f"REF{which}.xml", data, self.now))

    def client_error(self, which: int) -> None:
        text = '<Root><failCode version="1.0">C134</failCode><failInfo>["x"]</failInfo></Root>'
        name = f"Failed_REF{which}_{self.now:%Y%m%d%H%M%S}.xml"
        self.read(File(name, text.encode(), self.now))

    def british(self, which: int, code: str, source: str) -> None:
        self.count += 1
        written = uk.response(
            code, self.now, mrn=f"26GB{which}", lrn=f"L{which}", serial=f"s{self.count}"
        )
        file = File(f"uk{self.count}.xml", uk.message(written), self.now)
        self.read(file, source=source)

    def broken(self) -> None:
        self.count += 1
        self.read(File(f"broken{self.count}.xml", b"<DEC_RESULT>%d" % self.count, self.now))

    def again(self, source: str) -> None:
        """The last messages come by another source too."""
        files = [File(item.name.rpartition("/")[2], item.data, self.now) for item in self.last]
        self.read(*files, source=source)

    def bulk(self, hours: float) -> None:
        begun = self.now - timedelta(hours=hours * 4)
        first = self.count = (self.count // 100 + 1) * 100
        self.read(*(file for n in range(40) for file in _through(first + n, begun, hours)))
        self.count += 40

    def plan(self, which: int, fact: str, hours: float, ref: int, many: bool) -> None:
        value = self._value(fact, hours, which)
        read = {fact: plans.read_fact(fact, value, ZONE)}
        own = [[f"{kind}{n}" for n in range(COUNT)] for kind in ("REF", "NEW", "DEMO0000000")]
        refs = (UNIFIED, ENTRIES, *own)[ref]
        chosen = refs if many else [refs[which]]
        rows = [plans.Row(n, (one,), read) for n, one in enumerate(chosen, 1)]
        self.each(lambda store: keeping.keep(store, rows, self.now))

    def _value(self, fact: str, hours: float, which: int) -> str:
        at = self.now + timedelta(hours=hours)
        own = {"ref": f"REF{which}", "customer": "bravo", "hs_code": "8501"}
        forms = {
            "day": at.date().isoformat(), "flag": "yes", "amount": "1000", "direction": "export",
            "time": at.isoformat(), "moment": at.isoformat(),
        }  # fmt: skip
        return own.get(fact) or forms.get(plans.FACTS[fact].form, "0110")

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

    def silence(self, match: Mapping[str, str], hours: float) -> None:
        until = self.now + timedelta(hours=hours)
        self.each(
            lambda store: acknowledging.keep(
                store, acknowledging.silence(store, match, until, self.now)
            )
        )

    def end(self, which: int) -> None:
        """Ends a silence or an acknowledgement early."""

        def act(store: Store) -> None:
            every = [r.id for r in store.records(records.SILENCE)]
            every += [a.id for a in records.all_alerts(store, live=True) if a.acknowledged_until]
            if every:
                acknowledging.end(store, sorted(every)[which % len(every)], self.now)

        self.each(act)

    def decide(self, *, approved: bool) -> None:
        """Somebody approves the held notices, or drops them."""

        def act(store: Store) -> None:
            said, moment = Remark("fine", "Li"), Moment(self.now, self.now)
            for one in list(notices(store)):
                if one.standing is Standing.HELD and approved:
                    telling.approve(store, self.customers, one.id, said, moment)
                elif one.standing is Standing.HELD:
                    telling.drop(store, one.id, said, moment)

        self.each(act)

    # Other settings

    def set(self, which: int) -> None:
        rule, values = SETTINGS[which]
        self.settings = {**self.settings, rule: values}

    def aim(self, hours: float) -> None:
        self.targets = {"declare-release": round(hours * 3600)} if hours else {}

    def call(self, name: str) -> None:
        self.contacts = {"2248": name} if name else {}

    def rest(self, hours: str) -> None:
        self.rests = {name: Rest(Hours.of(hours)) for name in self.sources}

    def source(self, name: str, trouble: str | None) -> None:
        self.sources = {k: v for k, v in self.sources.items() if k != name}
        if trouble is not None:
            self.sources[name] = trouble

    def work(self, days: int) -> None:
        """Other holidays, as with a calendar file."""
        if not days:
            self.calendars = OFFICIAL
            return
        off = frozenset(date(2026, 3, 1) + timedelta(days=n) for n in range(days))
        years = {**OFFICIAL.of(CN.name).years, 2026: OfficialDays("file", off, frozenset())}
        self.calendars = Calendars({CN.name: Calendar(years=years, zone=ZONE)})

    def serve(self, **some: Mapping[str, Any]) -> None:
        """Other customers."""
        self.customers = {
            name: customer({"name": name, "to": ["acme"], **of}) for name, of in some.items()
        }

    def reach(self, *, reachable: bool) -> None:
        self.boxes["post"].reachable = self.boxes["acme"].reachable = reachable

    # What becomes of a store

    def rebuild(self) -> None:
        self.each(lambda store: intake.rebuild(store, self.calendars))

    def salvage(self) -> None:
        for place in self.places:
            integrity.salvage(str(place), 5)

    def copy(self, *, twice: bool) -> None:
        """Goes on with a copy; one that was interrupted, checked, and finished if ``twice``."""
        self._moved(integrity.copy, twice)

    def bring(self, *, twice: bool) -> None:
        """The same with what was exported and imported."""

        def brought(source: Store, target: Store) -> None:
            file = self.folder / "exported.json"
            out = io.BytesIO()
            exported.write(source, integrity.NOT_EXPORTED, out)
            file.write_bytes(out.getvalue())
            integrity.bring(Exported(file), target)

        self._moved(brought, twice)

    def _moved(self, move: Callable[[Store, Store], object], twice: bool) -> None:
        for number, place in enumerate(self.places):
            new = place.with_suffix(".new")
            for round in range(1 + twice):
                with open_store(place) as source, open_store(new) as target:
                    if round:
                        self._check(target, full=bool(number))
                        intake.ingest(source, self._late(), self.now)
                    move(source, target)
            new.replace(place)

    def _late(self) -> list[Item]:
        file = business_receipt(UNIFIED[0], ENTRIES[0], "C", self.now, 99999)
        return [Item(file.name, file.data)]

    def damage(self, which: int) -> None:
        """What a look says cannot be read any more, in the store that relies on it."""
        spoil(self.places[0], which)
        self.damaged = True

    # Checks

    def _context(self, now: datetime) -> rules.Context:
        told = repr((self.customers, self.settings))
        return rules.Context(
            now, self.settings, self.calendars, contacts=self.contacts, targets=self.targets,
            sources=self.sources, rests=self.rests, clock=self.now,
            whose=matching.whose(self.customers) if self.customers else None, settings_print=told,
        )  # fmt: skip

    def _check(
        self, store: Store, *, full: bool, at: datetime | None = None, **how: bool
    ) -> tuple[evaluation.Checked, list[Delivered]]:
        now = at or Now.combine(self.now.date(), self.now.timetz())
        teller = telling.Teller(
            self.customers, customer_notices.text, customer_notices.message, None
        )
        sender = delivery.sender(self.boxes, self.now, teller if self.customers else None)
        with patch.object(delivery, "datetime", SimpleNamespace(now=lambda _: self.now)):
            return delivery.check(store, self._context(now), sender, notification, full=full, **how)

    def check(
        self, *, whole: bool = True, baseline: bool = False, dry_run: bool = False, ago: float = 0
    ) -> None:
        """Checks both stores, and compares what they say and hold."""
        at = self.now - timedelta(hours=ago) if ago else None
        how = {"baseline": baseline, "dry_run": dry_run}
        results = []
        for number, place in enumerate(self.places):
            full = bool(number)
            with open_store(place) as store, _counted(self.checks):
                how["whole"] = whole or full
                results.append(self._check(store, full=full, at=at, **how))
        self._compare(*results, whole=whole)

    def _compare(self, one: Any, other: Any, *, whole: bool) -> None:
        told = list(_results(one, other, whole=whole, unassessed=not self.damaged))
        held = []
        for place in self.places:
            with open_store(place) as store:
                held.append(_held(store))
        told += _different(*held)
        if told:
            raise Differs("\n".join(told))

    def kill(self, where: str) -> None:
        """A check dies before its commit, or before what it tells is sent."""
        for number, place in enumerate(self.places):
            self._dying(place, where, full=bool(number))

    def _dying(self, place: Path, where: str, *, full: bool) -> None:
        if self.forks:
            if child := os.fork():
                os.waitpid(child, 0)
                return
            dies: Any = patch.object(*_PLACES[where], lambda *_, **__: os._exit(9))
        else:
            dies = patch.object(*_PLACES[where], side_effect=KeyboardInterrupt)
        with (
            dies,
            patch.object(delivery, "_release_lease"),
            suppress(KeyboardInterrupt),
            open_store(place) as store,
        ):
            self._check(store, full=full)
        if self.forks:
            os._exit(0)


_PLACES: Mapping[str, tuple[Any, str]] = {
    "commit": (looks, "settle"),
    "sending": (delivery, "_deliver"),
}


class Differs(AssertionError):
    """Both ways to look do not say or leave the same."""


@contextmanager
def _counted(checks: Counter[str]) -> Iterator[None]:
    """Counts checks that looked at everything, and all."""
    real = looking.looked_at_all

    def noted(*of: Any, **named: Any) -> Any:
        checks["everything"] += 1
        return real(*of, **named)

    with patch.object(evaluation, "looked_at_all", noted):
        yield
    checks["checks"] += 1


def spoil(place: Path, which: int) -> None:
    """Makes a look unreadable, as a disk may."""
    with closing(sqlite3.connect(place)) as raw, raw:
        found = raw.execute(
            'SELECT id FROM records WHERE doc LIKE \'{"kind":"look",%\' ORDER BY id'
        )
        if ids := found.fetchall():
            raw.execute("UPDATE records SET doc = 'x' WHERE id = ?", ids[which % len(ids)])


def _results(one: Any, other: Any, *, whole: bool, unassessed: bool) -> Iterator[str]:
    (first, sent), (second, also) = one, other
    names = ["new", "resolved", "repeated", "old", "busy", "baseline"]
    names += ["live"] if whole else []
    names += ["cannot_assess"] if whole and unassessed else []
    for name in names:
        left, right = getattr(first, name), getattr(second, name)
        if left != right:
            yield f"{name}: {_apart(left, right)}"
    ways = [sorted(map(str, some)) for some in (sent, also)]
    if ways[0] != ways[1]:
        yield f"sent: {ways[0]} / {ways[1]}"


def _held(store: Store) -> dict[str, Any]:
    """All that a store holds, but for what a check relies on."""
    besides = {*intake.DERIVED, outbox.LEASE, records.ALERT}
    held: dict[str, Any] = {
        f"{r.kind} {r.id}": str((r.document, sorted(r.keys)))
        for r in store.records() if r.kind not in besides
    }  # fmt: skip
    held |= {f"alert {alert.id}": alert for alert in records.all_alerts(store)}
    return {**held, "unchecked": sorted(store.unchecked())}


def _different(one: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[str]:
    for name in sorted({*one, *other}):
        if one.get(name) != other.get(name):
            yield f"{name}: {_apart(one.get(name), other.get(name))}"


def _apart(one: Any, other: Any) -> str:
    """What differs of two values, of alerts only the fields that do."""
    if isinstance(one, list | tuple) and isinstance(other, list | tuple) and len(one) == len(other):
        pairs = zip(one, other, strict=True)
        return "; ".join(_apart(left, right) for left, right in pairs if left != right)
    if isinstance(one, Alert) and isinstance(other, Alert) and one.id == other.id:
        told = [
            f"{f.name} {getattr(one, f.name)!r} / {getattr(other, f.name)!r}"
            for f in fields(one)
            if getattr(one, f.name) != getattr(other, f.name)
        ]
        return f"{one.rule} {one.declaration}: {'; '.join(told)}"
    return f"{one!r} / {other!r}"


# Which acts


def acts(random: Random) -> list[Act]:
    """The acts of a story."""
    pick, many = random.choice, random.randint(5, 45)

    def which() -> int:
        return random.randrange(COUNT)

    def entry(n: int) -> int:
        return n if random.random() < 0.85 else which()

    def tell() -> Act:
        n = which()
        return "tell", n, entry(n), pick(CODES), abs(pick(HOURS)) * pick((0, 0, 1)), pick(SOURCES)

    def taken() -> Act:
        n = which()
        return "taken", n, entry(n), abs(pick(HOURS)), pick(SOURCES)

    def plan() -> Act:
        fact = pick(("cutoff", "arrival", "tax_due", "free_until", "ref", "customer", pick(FACTS)))
        return "plan", which(), fact, pick(HOURS), random.randrange(5), random.random() < 0.1

    def moved(name: str) -> Callable[[], Act]:
        return lambda: (name, {"twice": pick((True, False))})

    shop = {"acme": {"reference": "REF*", "hold": pick(([], ["returned"]))},
            "bravo": {"customer": "bravo", "digest": pick(("each", "09:00"))}}  # fmt: skip
    table: Sequence[tuple[float, Callable[[], Act]]] = (
        (30, tell),
        (6, taken),
        (4, lambda: ("content", which(), random.randrange(3))),
        (1, lambda: ("client_error", which())),
        (3, lambda: ("british", which(), pick(("01", "03", "09", "11", "13")), pick(SOURCES))),
        (1, lambda: ("broken",)),
        (2, lambda: ("again", pick(SOURCES))),
        (1.5, lambda: ("bulk", pick((0.2, 3, 20)))),
        (18, plan),
        (3, lambda: ("say", which(), pick((Says.CLOSE, Says.REOPEN)), None)),
        (2, lambda: ("say", which(), Says.DONE, pick(("tax", "inspection")))),
        (4, lambda: ("acknowledge", random.randrange(10), pick((0.5, 5, 100)))),
        (3, lambda: ("silence", pick(({"rule": "stuck"}, {"rule": "returned"},
                                      {"office": "2248"})), pick((1, 30)))),
        (2, lambda: ("end", random.randrange(5))),
        (1, lambda: ("decide", {"approved": pick((True, False))})),
        (3, lambda: ("set", random.randrange(len(SETTINGS)))),
        (2, lambda: ("aim", pick((0, 10, 100)))),
        (1, lambda: ("call", pick(("", "Li", "Wang")))),
        (1, lambda: ("rest", pick(("", "00:00-05:00")))),
        (2, lambda: ("source", pick(SOURCES[3:]), pick((None, "", "", "not there")))),
        (1, lambda: ("work", pick((0, 5, 20)))),
        (2, lambda: ("serve", {n: shop[n] for n in shop if random.random() < 0.7})),
        (2, lambda: ("reach", {"reachable": pick((True, False))})),
        (0.7, lambda: ("rebuild",)),
        (0.5, lambda: ("salvage",)),
        (0.5, moved("copy")),
        (0.5, moved("bring")),
        (0.5, lambda: ("damage", random.randrange(20))),
        (1, lambda: ("kill", pick(("commit", "sending")))),
        (14, lambda: ("wait", pick((0.5, 1, 3, 9, 24, 120, 960, 4800, -5)))),
        (14, lambda: ("wait", pick((0.25, 1, 10)))),
        (10, lambda: ("check", {"whole": pick((True, False)), "dry_run": random.random() < 0.2})),
        (1, lambda: ("check", {"baseline": True})),
        (2, lambda: ("check", {"ago": pick((0.5, 5, 30, 200))})),
    )  # fmt: skip
    weights, makers = zip(*table, strict=True)
    return [make() for make in random.choices(makers, weights, k=many)]


_CHECKED_AFTER = ("wait", "tell", "plan", "taken", "british", "again", "bulk", "content")


def lived(some: Sequence[Act], seed: int, *, forks: bool = False) -> Counter[str]:
    """Lets some acts happen; returns how often was checked, and how often everything."""
    with TemporaryDirectory(dir=os.environ.get("STORIES")) as folder:
        story = Story(Path(folder), Random(seed), forks=forks)
        with (
            patch.object(grouping, "MAX_SHARING", story.sharing),
            patch.object(looks, "WHOLE_EVERY", story.whole_every),
        ):
            story.check()
            for n, (name, *of) in enumerate(some):
                named = of.pop() if of and isinstance(of[-1], dict) else {}
                getattr(story, name)(*of, **named)
                if name in _CHECKED_AFTER and n % 4:
                    story.check(whole=bool(n % 2))
            for hours in (1, 3, 30):
                story.wait(hours)
                story.check()
        return story.checks


def told(seed: int) -> Counter[str]:
    """A story by its number."""
    return lived(acts(Random(seed)), seed)


def fewest(some: Sequence[Act], seed: int) -> tuple[list[Act], str]:
    """The acts without those that a difference is there without, and what differs."""
    left, why = list(some), ""
    size = max(len(left) // 2, 1)
    while size:
        start = 0
        while start < len(left):
            fewer = left[:start] + left[start + size :]
            try:
                lived(fewer, seed)
            except Exception as error:
                left, why = fewer, f"{type(error).__name__}: {error}"
            else:
                start += size
        size //= 2
    return left, why


def main(arguments: Sequence[str]) -> int:
    """Tries as many stories as asked, and tells which differ."""
    many, first = int(arguments[0]), int(arguments[1]) if arguments[1:] else 0
    total: Counter[str] = Counter()
    for seed in range(first, first + many):
        some = acts(Random(seed))
        try:
            total += lived(some, seed, forks=hasattr(os, "fork"))
        except Exception as error:
            total["differ"] += 1
            left, why = fewest(some, seed)
            sys.stdout.write(f"story {seed}: {why or error!r}\n")
            sys.stdout.write("".join(f"    {act}\n" for act in left))
        if seed == first + many - 1 or not (seed + 1) % 25:
            sys.stdout.write(f"{seed + 1 - first} stories: {dict(total)}\n")
        sys.stdout.flush()
    return bool(total["differ"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
