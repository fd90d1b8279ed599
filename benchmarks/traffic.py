"""Traffic whose truth is known: declarations whose stages have distributions of their own.

A ``Journey`` is what really happened to one declaration: each code, its stage and its moment, to
the end. ``timings`` is what a store would keep of it at a moment, and ``files`` the messages that
tell of it. Everything is invented and comes from a seed: the same ``Traffic`` gives the same
journeys. ``arrivals`` are the messages as they come in: some are lost, late, or come twice.
``python -m benchmarks.traffic FOLDER`` writes the messages, and beside them the truth, as lines of
JSON, and for whom each was declared, as a sheet for ``plan import``.

Stages differ by shape, not only by scale: an automatic acceptance takes minutes, a review is gamma,
an inspection log-normal, a payment waits for a person. Offices are slower or quicker, ``Drift``
changes stages from a moment on, and in ``holidays`` customs stands still.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import NamedTuple

from clearance.customs.cn_single_window import ZONE, demo, demo_declared
from clearance.model import LETTERS, Stage, Timings

HOUR, DAY = 3600, 86400
SYSTEM = "cn_single_window"


class Shape(NamedTuple):
    """A distribution of a stage's hours: its median, its family and how far it spreads.

    ``spread`` is the standard deviation of the logarithm, or the shape of a gamma or a Weibull.
    """

    median: float
    family: str
    spread: float

    def draw(self, random: Random) -> float:
        """Hours."""
        if self.family == "lognormal":
            return self.median * math.exp(random.gauss(0, self.spread))
        if self.family == "weibull":
            return (
                self.median
                * random.weibullvariate(1, self.spread)
                / math.pow(math.log(2), 1 / self.spread)
            )
        return random.gammavariate(self.spread, self.median / max(self.spread - 1 / 3, 0.1))


SHAPES: Mapping[tuple[str, Stage], Shape] = {
    ("import", Stage.SUBMITTED): Shape(0.2, "lognormal", 0.8),
    ("import", Stage.ACCEPTED): Shape(9, "gamma", 1.6),
    ("import", Stage.REVIEWED): Shape(16, "weibull", 1.3),
    ("import", Stage.ACTION_DUE): Shape(11, "lognormal", 0.9),
    ("import", Stage.INSPECTION): Shape(46, "lognormal", 0.5),
    ("import", Stage.RELEASED): Shape(30, "gamma", 1.2),
    ("import", Stage.REJECTED): Shape(10, "lognormal", 0.7),
    ("export", Stage.SUBMITTED): Shape(0.1, "lognormal", 0.8),
    ("export", Stage.ACCEPTED): Shape(5, "lognormal", 1.0),
    ("export", Stage.REVIEWED): Shape(7, "gamma", 1.1),
    ("export", Stage.ACTION_DUE): Shape(8, "lognormal", 0.9),
    ("export", Stage.INSPECTION): Shape(28, "weibull", 1.5),
    ("export", Stage.RELEASED): Shape(60, "gamma", 2.0),
    ("export", Stage.REJECTED): Shape(6, "lognormal", 0.7),
}
"""How long a declaration stays in each stage, by direction."""

OFFICES = {"2225": 1.0, "2248": 0.8, "3104": 1.25, "5304": 1.0, "2931": 1.6}
"""Offices, each with how much slower it is."""
CUSTOMERS = ("云栖食品", "南溪家居", "Northbay Trading")
"""For whom it is declared."""
_CUSTOMS = frozenset(
    (Stage.ACCEPTED, Stage.REVIEWED, Stage.INSPECTION, Stage.UNDER_REVIEW, Stage.SUSPENDED)
)
"""Stages in which customs works: those are slower at a slow office, and stand still on holidays."""
_CODES = {
    Stage.SUBMITTED: "7",
    Stage.ACCEPTED: "L",
    Stage.REVIEWED: "J",
    Stage.ACTION_DUE: "T",
    Stage.INSPECTION: "C",
    Stage.RELEASED: "P",
    Stage.CLEARED: "R",
    Stage.REJECTED: "E",
    Stage.WITHDRAWN: "A",
}
"""The code that begins each stage."""
_TAKEN_BEFORE = 9
"""Seconds from the answer of the data centre to the submission."""
_WITHDRAWN = "同意撤单申请;报关单已删除"


class Drift(NamedTuple):
    """From a day on, stages take so many times as long; ``Stage`` or None for all of customs'."""

    since: date
    factor: float
    stage: Stage | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """What is declared: how many on the days from ``first`` to ``last``, and what happens to them.

    ``inspected``, ``taxed``, ``returned`` and ``withdrawn`` are shares of declarations; ``lost``,
    ``late`` and ``repeated`` are shares of messages. ``busy`` says how many times as many go to an
    office as to another. ``hours`` are those of the day in which people submit. On a day of
    ``holidays`` nobody submits, and customs stands still. With ``content`` the declaration itself
    is among the messages: its goods, trader and broker.
    """

    count: int
    first: date = date(2026, 1, 1)
    last: date = date(2026, 12, 31)
    seed: int = 1
    imports: float = 0.5
    inspected: float = 0.08
    taxed: float = 0.5
    returned: float = 0.04
    withdrawn: float = 0.01
    offices: Mapping[str, float] = field(default_factory=lambda: dict(OFFICES))
    busy: Mapping[str, float] = field(default_factory=dict)
    shapes: Mapping[tuple[str, Stage], Shape] = field(default_factory=lambda: dict(SHAPES))
    drifts: Sequence[Drift] = ()
    holidays: frozenset[date] = frozenset()
    hours: tuple[int, int] = (8, 18)
    lost: float = 0.0
    late: float = 0.0
    repeated: float = 0.0
    content: bool = False


class Step(NamedTuple):
    """A stage that a declaration came to, and when, in Unix seconds."""

    stage: Stage
    at: int


@dataclass(frozen=True, slots=True)
class Journey:
    """What happened to one declaration, from its first submission to its closure or withdrawal."""

    number: int
    direction: str
    office: str
    steps: tuple[Step, ...]

    def first(self, stage: Stage) -> int | None:
        """When it first came to a stage."""
        return next((at for own, at in self.steps if own is stage), None)

    def last(self, stage: Stage) -> int | None:
        """When it last came to a stage."""
        return next((at for own, at in reversed(self.steps) if own is stage), None)

    @property
    def released(self) -> int | None:
        """When it was released; None if it was withdrawn."""
        return self.first(Stage.RELEASED)

    def at(self, now: int) -> Journey:
        """What had happened by a moment."""
        return Journey(
            self.number,
            self.direction,
            self.office,
            tuple(step for step in self.steps if step.at <= now),
        )


def journeys(traffic: Traffic) -> Iterator[Journey]:
    """The declarations of some traffic, in the order of their first submission."""
    random = Random(traffic.seed)
    days = [day for day in _days(traffic.first, traffic.last) if day not in traffic.holidays]
    starts = sorted(_submitted(random, traffic, days) for _ in range(traffic.count))
    for number, start in enumerate(starts, 1):
        yield _journey(random, traffic, number, start)


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _submitted(random: Random, traffic: Traffic, days: Sequence[date]) -> int:
    """When a declaration is first submitted."""
    opens, closes = traffic.hours
    midnight = datetime.combine(random.choice(days), datetime.min.time(), ZONE)
    return int(midnight.timestamp()) + random.randrange(opens * HOUR, closes * HOUR)


def _journey(random: Random, traffic: Traffic, number: int, start: int) -> Journey:
    direction = "import" if random.random() < traffic.imports else "export"
    offices = list(traffic.offices)
    (office,) = random.choices(offices, [traffic.busy.get(one, 1.0) for one in offices])
    steps: list[Step] = []
    at = start
    for stage in _way(random, traffic, direction):
        steps.append(Step(stage, at))
        at = _left(random, traffic, direction, office, stage, at)
    return Journey(number, direction, office, tuple(steps))


def _way(random: Random, traffic: Traffic, direction: str) -> list[Stage]:
    """The stages that a declaration comes to."""
    way = [Stage.SUBMITTED]
    if random.random() < traffic.returned:
        way += [Stage.REJECTED, Stage.SUBMITTED]
    way += [Stage.ACCEPTED, Stage.REVIEWED]
    if direction == "import" and random.random() < traffic.taxed:
        way.append(Stage.ACTION_DUE)
    if random.random() < traffic.inspected:
        way.append(Stage.INSPECTION)
    if random.random() < traffic.withdrawn:
        return [*way, Stage.WITHDRAWN]
    return [*way, Stage.RELEASED, Stage.CLEARED]


def _left(
    random: Random, traffic: Traffic, direction: str, office: str, stage: Stage, at: int
) -> int:
    """When a stage that began at a moment is left."""
    shape = traffic.shapes.get((direction, stage))
    if shape is None:
        return at
    hours = shape.draw(random) * _drifted(traffic.drifts, stage, at)
    if stage in _CUSTOMS:
        return _worked(at, round(hours * traffic.offices[office] * HOUR) + 1, traffic.holidays)
    return at + round(hours * HOUR) + 1


def _drifted(drifts: Iterable[Drift], stage: Stage, at: int) -> float:
    """How many times as long as usual a stage takes that begins at a moment."""
    day, factor = _day(at), 1.0
    for drift in drifts:
        if day >= drift.since and (
            stage in _CUSTOMS if drift.stage is None else drift.stage is stage
        ):
            factor *= drift.factor
    return factor


def _day(at: int) -> date:
    return datetime.fromtimestamp(at, ZONE).date()


def _worked(at: int, seconds: int, holidays: frozenset[date]) -> int:
    """The moment at which so many seconds have passed since another, those of holidays left out."""
    if not holidays:
        return at + seconds
    while True:
        day = _day(at)
        midnight = datetime.combine(day + timedelta(days=1), datetime.min.time(), ZONE)
        end = int(midnight.timestamp())
        if day not in holidays:
            if at + seconds <= end:
                return at + seconds
            seconds -= end - at
        at = end


# What a store keeps of it


def timings(journey: Journey, now: int) -> Timings | None:
    """What a store knows of a declaration at a moment, in Unix seconds; None if nothing."""
    known = journey.at(now)
    if not known.steps:
        return None
    since = known.steps[0].at
    return Timings(
        system=SYSTEM,
        name=_entry_no(journey),
        direction=journey.direction,
        office=journey.office,
        stage=known.steps[-1].stage,
        returned=known.first(Stage.REJECTED) is not None,
        returns=sum(stage is Stage.REJECTED for stage, _ in known.steps),
        sendings=_attempts(known),
        first_declared_at=since,
        declared_at=known.last(Stage.SUBMITTED),
        accepted_at=known.first(Stage.ACCEPTED),
        reviewed_at=known.first(Stage.REVIEWED),
        examined_from=known.first(Stage.INSPECTION),
        released_at=known.released,
        cleared_at=known.first(Stage.CLEARED),
        withdrawn_at=known.first(Stage.WITHDRAWN),
        tax_noticed_at=known.first(Stage.ACTION_DUE),
        path=",".join(f"{LETTERS[stage]},{at - since}" for stage, at in _stages(known.steps)),
    )


def _stages(steps: Sequence[Step]) -> Iterator[Step]:
    """The steps as messages tell them: what is sent again is taken by the data centre first."""
    for step in steps:
        if step.stage is Stage.SUBMITTED and step is not steps[0]:
            yield Step(Stage.DRAFT, step.at - _TAKEN_BEFORE)
        yield step


# The messages that tell of it


def files(journey: Journey, whole: Journey | None = None) -> Iterator[demo.File]:
    """The messages of a declaration, as a Single Window client leaves them in its InBox.

    Of one that is not over, ``whole`` is what will have happened.
    """
    attempts = _attempts(whole or journey)
    attempt, serial = attempts, journey.number * 100
    for stage, at in journey.steps:
        when = datetime.fromtimestamp(at, ZONE)
        if stage is Stage.SUBMITTED:
            attempt -= 1
            taken = when - timedelta(seconds=_TAKEN_BEFORE)
            yield demo.import_receipt(client_ref(journey), _unified_no(journey, attempt), taken)
        serial += 1
        numbered = stage is not Stage.SUBMITTED and not attempt
        yield demo.business_receipt(
            _unified_no(journey, attempt),
            _entry_no(journey) if numbered else "",
            _CODES[stage],
            when,
            serial,
            note=_WITHDRAWN if stage is Stage.WITHDRAWN else None,
        )


def _attempts(journey: Journey) -> int:
    return sum(stage is Stage.SUBMITTED for stage, _ in journey.steps)


def numbers(journey: Journey) -> list[str]:
    """Every number that a declaration may be called by."""
    attempts = range(_attempts(journey))
    return [_entry_no(journey), client_ref(journey), *(_unified_no(journey, n) for n in attempts)]


class Arrival(NamedTuple):
    """A message, and when it comes in."""

    at: datetime
    file: demo.File


def arrivals(traffic: Traffic, made: Iterable[Journey]) -> list[Arrival]:
    """The messages of some declarations in the order in which they come in."""
    random, found = Random(f"arrivals {traffic.seed}"), list[Arrival]()
    for journey in made:
        for file in files(journey):
            found += _came(random, traffic, file)
        if traffic.content:
            file = content(journey)
            found.append(Arrival(file.at, file))
    return sorted(found, key=lambda arrival: (arrival.at, arrival.file.name))


def _came(random: Random, traffic: Traffic, file: demo.File) -> Iterator[Arrival]:
    """How often a message comes in: never, once, or twice."""
    if random.random() < traffic.lost:
        return
    delay = random.expovariate(1 / _LATE_HOURS) if random.random() < traffic.late else 0.0
    at = file.at + timedelta(hours=delay)
    yield Arrival(at, file)
    if random.random() < traffic.repeated:
        yield Arrival(at + timedelta(hours=random.random()), file)


_LATE_HOURS = 18
"""How long a late message takes, on average."""


def content(journey: Journey) -> demo.File:
    """The declaration itself, as the client moves it to its SentBox."""
    at = datetime.fromtimestamp(journey.steps[0].at, ZONE) - timedelta(seconds=40)
    about = (journey.number, client_ref(journey), journey.direction, journey.office, at)
    data = demo_declared.declaration(*about, Random(journey.number))
    return demo.File(f"{client_ref(journey)}.xml", data, at)


def customer(journey: Journey) -> str:
    """For whom it was declared."""
    return Random(f"customer {journey.number}").choice(CUSTOMERS)


def sheet(made: Iterable[Journey]) -> str:
    """For whom each was declared, as CSV."""
    rows = (f"{client_ref(journey)},{customer(journey)}" for journey in made)
    return "\n".join(["企业内部编号,客户", *rows, ""])


def client_ref(journey: Journey) -> str:
    """The declarant's own reference."""
    return f"TR{journey.number:08}"


def _unified_no(journey: Journey, attempt: int) -> str:
    letter = "I" if journey.direction == "import" else "E"
    return f"{letter}{_day(journey.steps[0].at).year}{journey.number * 10 + attempt:013}"


def _entry_no(journey: Journey) -> str:
    year = _day(journey.steps[0].at).year
    return f"{journey.office}{year}{int(journey.direction == 'import')}{journey.number * 10:09}"


def truth(journey: Journey) -> dict[str, object]:
    """What happened to a declaration, as one line of ``truth.jsonl``."""
    return {
        "declaration": _entry_no(journey),
        "client_ref": client_ref(journey),
        "customer": customer(journey),
        "direction": journey.direction,
        "office": journey.office,
        "steps": [
            [stage.value, datetime.fromtimestamp(at, UTC).isoformat()]
            for stage, at in journey.steps
        ],
    }


def main() -> None:
    """Writes messages into a folder, with ``truth.jsonl`` beside it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.traffic", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    for share in ("lost", "late", "repeated"):
        parser.add_argument(f"--{share}", type=float, default=0.0, help="share of the messages")
    options = vars(parser.parse_args())
    folder: Path = options.pop("folder")
    folder.mkdir(parents=True, exist_ok=True)
    traffic = Traffic(**options, content=True)
    made = list(journeys(traffic))
    for arrival in arrivals(traffic, made):
        (folder / arrival.file.name).write_bytes(arrival.file.data)
    lines = "".join(json.dumps(truth(journey), ensure_ascii=False) + "\n" for journey in made)
    for end, text in (("-truth.jsonl", lines), ("-customers.csv", sheet(made))):
        folder.with_name(folder.name + end).write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
