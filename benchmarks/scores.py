"""How right the answers are, against traffic whose truth is known.

    python -m benchmarks.scores                     600 declarations of a year, all messages come
    python -m benchmarks.scores --lost 0.02 --late 0.1 --repeated 0.1

The messages are read in as they came, day by day, with a check each morning. What the store says is
compared with what really happened:

* **timelines**: milestones that are told wrong, and those that are not told;
* **alerts**: each morning, which declarations an order of inspection or a return is told of, and
  which really were inspected or returned then, as far as a message of it had come;
* **durations**: the mean to thirty days of each quarter, against that of the true times;
* **forecasts**: how often the release fell into the interval that was told each morning.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from itertools import groupby
from statistics import fmean

from benchmarks import traffic
from benchmarks.traffic import DAY, Arrival, Journey, Traffic
from clearance.alerting import evaluation
from clearance.alerting.rules import Context
from clearance.customs.cn_single_window import ZONE
from clearance.customs.references import identity
from clearance.figures.forecast import Expected
from clearance.model import Stage
from clearance.periods import Quarter
from clearance.reporting import report
from clearance.sources import Item
from clearance.stores import OPEN, Store, open_store
from clearance.timelines import forecasts, intake, query

_MORNING = time(8)
_TAU = 30 * DAY
_MILESTONES: Mapping[str, Stage] = {
    "first_declared_at": Stage.SUBMITTED,
    "accepted_at": Stage.ACCEPTED,
    "examined_from": Stage.INSPECTION,
    "released_at": Stage.RELEASED,
    "cleared_at": Stage.CLEARED,
    "withdrawn_at": Stage.WITHDRAWN,
}
"""What a timeline tells, by the stage that it is the beginning of."""


@dataclass(slots=True)
class Score:
    """What was right and what was not, by what was looked at."""

    timelines: Counter[str] = field(default_factory=Counter)
    alerts: Counter[str] = field(default_factory=Counter)
    forecasts: Counter[str] = field(default_factory=Counter)
    durations: dict[str, tuple[float, float]] = field(default_factory=dict)

    def document(self) -> dict[str, object]:
        """The figures as JSON: shares from 0 to 1, durations as told ÷ true."""
        told, true = self.alerts["told"], self.alerts["true"]
        return {
            "timelines": dict(sorted(self.timelines.items())),
            "alerts": {
                "precision": _share(self.alerts["both"], told),
                "recall": _share(self.alerts["both"], true),
                "mornings": true,
            },
            "durations": {q: told / true for q, (told, true) in sorted(self.durations.items())},
            "forecasts": {
                "n": self.forecasts["asked"],
                "inside": _share(self.forecasts["inside"], self.forecasts["asked"]),
            },
        }


def score(some: Traffic) -> Score:
    """Reads some traffic in, day by day, and compares the answers with the truth."""
    made = list(traffic.journeys(some))
    arrivals = traffic.arrivals(some, made)
    found, come = Score(), set[str]()
    known = {number: one for one in made for number in traffic.numbers(one)}
    with open_store("memory:") as store:
        for day, group in groupby(arrivals, key=lambda arrival: arrival.at.date()):
            today = list(group)
            morning = datetime.combine(day + timedelta(days=1), _MORNING, ZONE)
            come |= {arrival.file.name for arrival in today}
            _read(store, today, morning)
            _score_alerts(found, store, known, come, morning)
            _score_forecasts(found, store, known, morning)
        _score_timelines(found, store, known)
        _score_durations(found, store, some, made, arrivals[-1].at + timedelta(days=1))
    return found


def _read(store: Store, arrivals: Iterable[Arrival], at: datetime) -> None:
    items = (Item(arrival.file.name, arrival.file.data) for arrival in arrivals)
    intake.ingest(store, items, at)


def _score_timelines(found: Score, store: Store, known: Mapping[str, Journey]) -> None:
    """A milestone that no message told may be missing; one that is told must be true."""
    for _, timings in store.timings():
        if journey := known.get(timings.name):
            for name, stage in _MILESTONES.items():
                found.timelines[_compared(getattr(timings, name), journey, stage)] += 1


def _compared(told: int | None, journey: Journey, stage: Stage) -> str:
    """Whether a milestone is ``right``, ``wrong`` or ``missing``."""
    true = {at for own, at in journey.steps if own is stage}
    if told is None:
        return "missing" if true else "right"
    return "right" if told in true else "wrong"


def _score_alerts(
    found: Score, store: Store, known: Mapping[str, Journey], come: set[str], at: datetime
) -> None:
    live = evaluation.check(store, Context(at)).live
    under_way = [one for one in set(known.values()) if _has_come(one, come, at)]
    for rule, holds in _RULES.items():
        about = (known.get(alert.declaration or "") for alert in live if alert.rule == rule)
        told = {one.number for one in about if one in under_way}
        true = {one.number for one in under_way if holds(_stages(one, at))}
        found.alerts.update(told=len(told), true=len(true), both=len(told & true))


def _has_come(journey: Journey, come: set[str], at: datetime) -> bool:
    """Whether every message that had been written of a declaration has come in."""
    now = journey.at(int(at.timestamp()))
    return bool(now.steps) and all(file.name in come for file in traffic.files(now, journey))


def _stages(journey: Journey, at: datetime) -> list[Stage]:
    return [stage for stage, _ in journey.at(int(at.timestamp())).steps]


_NOT_TAKEN = (Stage.REJECTED, Stage.SUBMITTED)
_RULES: Mapping[str, Callable[[list[Stage]], bool]] = {
    "inspection_ordered": lambda stages: stages[-1] is Stage.INSPECTION,
    "returned": lambda stages: Stage.REJECTED in stages[-2:] and stages[-1] in _NOT_TAKEN,
}
"""Rules about a declaration, each with whether it should hold, by the stages until then."""


def _score_forecasts(
    found: Score, store: Store, known: Mapping[str, Journey], at: datetime
) -> None:
    waiting = list(query.snapshot(store, store.ids([OPEN]), at))
    told = forecasts.expected(store, waiting, at)
    for declaration in waiting:
        journey, expected = known.get(declaration.name), told.get(identity(declaration))
        if isinstance(expected, Expected) and journey and journey.released:
            inside = expected.low <= journey.released <= expected.high
            found.forecasts.update(asked=1, inside=int(inside))


def _score_durations(
    found: Score, store: Store, some: Traffic, made: Sequence[Journey], end: datetime
) -> None:
    """The restricted mean from the submission that was accepted to the closure, by quarter."""
    timings = (timing for _, timing in store.timings())
    told = report.build(timings, _quarters(some), ZONE, end, quality=False)
    true: dict[str, list[int]] = {}
    for journey in made:
        since, until = journey.last(Stage.SUBMITTED), journey.first(Stage.CLEARED)
        if since and until:
            of = str(Quarter.of(datetime.fromtimestamp(since, ZONE).date()))
            true.setdefault(of, []).append(min(until - since, _TAU))
    for row in told.rows:
        if row.rmst is not None and row.period in true:
            found.durations[row.period] = (row.rmst, fmean(true[row.period]))


def _quarters(some: Traffic) -> list[Quarter]:
    quarters = [Quarter.of(some.first)]
    while quarters[-1] != Quarter.of(some.last):
        quarters.append(quarters[-1].next)
    return quarters


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def main() -> None:
    """Prints the figures as JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--count", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    for share in ("lost", "late", "repeated"):
        parser.add_argument(f"--{share}", type=float, default=0.0, help="share of the messages")
    found = score(Traffic(**vars(parser.parse_args())))
    json.dump(found.document(), sys.stdout, indent=1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
