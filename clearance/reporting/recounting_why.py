"""Why a period differs from an earlier one, once more: Shapley's values by their definition.

Six players change the mean from that of the earlier period to that of the later one: the mix of
each feature, and the pace. Every order in which they may do so is gone through, and a player's part
is the mean of what it changes when its turn comes.

A mix of both periods is a walk from feature to feature: each value comes as often as it does after
the values before it, in the earlier period, or in the later one where the feature has had its turn.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import permutations
from random import Random
from statistics import NormalDist, stdev
from typing import Any

from clearance.calendar import Calendar
from clearance.errors import NoCalendar
from clearance.model import LETTERS, Timings
from clearance.named_tuples import NamedTuple
from clearance.reporting.recounting import ENDED, FEW, OPEN, Curve, Row, Time, Z

ROUNDS, LARGE = 60, 400
"""Rounds of the bootstrap, and the declarations above which profiles are drawn, not these."""
_FEATURES = ("direction", "office", "calendar", "inspection", "returns")
_PACE = "stage speeds"
_OFFICES = 12
_NOTHING = 1e-12

Profile = tuple[Hashable, ...]


class Case(NamedTuple):
    """A declaration: its time, what its time depends on, its seconds in each stage."""

    time: Time
    profile: Profile
    parts: Mapping[str, int]


class Weight(NamedTuple):
    """A declaration in a mean: its profile, its seconds, and how much it counts."""

    profile: Profile
    seconds: int
    weight: float
    parts: Mapping[str, int]


def parts(
    now: Row, before: Row, calendar_of: Callable[[str], Calendar], clear: float, seed: str
) -> tuple[list[dict[str, Any]], float | None]:
    """The parts of the change between two rows as a report has them, and their sum.

    ``clear`` is the change itself where it is clear. None of fewer than ``FEW`` on a side.
    """
    if min(now.standing, before.standing) < FEW:
        return [], None
    cases, names = _cases((before, now), calendar_of)
    old, new = (weights(side, now.asked.tau) for side in cases)
    values, by_stage = _values(_side(old), _side(new), old, new)
    spreads = map(stdev, zip(*_drawn(old, new, seed), strict=True))
    rare = NormalDist().inv_cdf(1 - 0.05 / (2 * len(values)))
    found = [
        {
            "part": name,
            "seconds": value,
            "ci95": [value - Z * spread, value + Z * spread],
            "beyond_chance": bool(clear) and abs(value) > max(rare * spread, 1.0),
        }
        for name, value, spread in zip((*names, _PACE), values, spreads, strict=True)
    ]
    stage_of = {letter: str(stage) for stage, letter in LETTERS.items()}
    stages = [{"stage": stage_of[one], "seconds": by_stage[one]} for one in by_stage if one]
    return [*found[:-1], {**found[-1], "stages": stages}], sum(values)


# What a time depends on


def _cases(
    rows: Sequence[Row], calendar_of: Callable[[str], Calendar]
) -> tuple[list[list[Case]], list[str]]:
    """The declarations of two rows, and the features that are known of them."""
    try:
        breaks = [[_break(timing, calendar_of) for _, timing, _ in row.taken] for row in rows]
    except NoCalendar:
        breaks = []
    counts = Counter(timing.office for row in rows for _, timing, _ in row.taken)
    large = sorted(counts, key=lambda office: (-counts[office], repr(office)))[:_OFFICES]
    sides = [
        [
            Case(
                time, _profile(timing, large, breaks[side][place : place + 1] if breaks else []), p
            )
            for place, (time, timing, p) in enumerate(row.taken)
        ]
        for side, row in enumerate(rows)
    ]
    return sides, [name for name in _FEATURES if breaks or name != "calendar"]


def _profile(timing: Timings, large: Sequence[str | None], after: Sequence[int]) -> Profile:
    office = timing.office if timing.office in large else "other"
    inspected = timing.examined_from is not None
    return (timing.direction, office, *after, inspected, timing.returned)


def _break(timing: Timings, calendar_of: Callable[[str], Calendar]) -> int:
    """Whether days off begin within three days of a declaration: 1 if they are more than a weekend,
    2 if they are a long break.
    """
    if timing.declared_at is None:
        return 0
    calendar = calendar_of(timing.system)
    day = datetime.fromtimestamp(timing.declared_at, calendar.zone).date()
    longest = max(_days_off(calendar, day + timedelta(days=after)) for after in range(3))
    return 2 if longest > 4 else 1 if longest > 2 else 0


def _days_off(calendar: Calendar, day: date) -> int:
    """How many days off in a row begin with a day; fifteen are enough."""
    count = 0
    while count < 15 and not calendar.works(day + timedelta(days=count)):
        count += 1
    return count


# The mean of a period


def weights(cases: Iterable[Case], tau: int) -> list[Weight]:
    """The declarations in a restricted mean: each that ended has its step of the curve.

    What has not ended is as long as the mean reaches, and has the rest of the weight.
    """
    ordered = sorted(cases, key=lambda one: (*one.time[:2], repr(one.profile)))
    curve = Curve([one.time for one in ordered], tau)
    steps = {step.seconds: step.free / step.at_risk / curve.kept for step in curve.steps}
    found = [
        Weight(profile, min(time.seconds, tau), steps[time.seconds], _up_to(tau, parts))
        for time, profile, parts in ordered
        if time.ending == ENDED
    ]
    rest = 1 - math.fsum(one.weight for one in found)
    last = max((n for n, one in enumerate(ordered) if one.time.ending == ENDED), default=-1)
    after = [one for one in ordered[last + 1 :] if one.time.ending == OPEN]
    late = after or [one for one in ordered if one.time.ending == OPEN] or ordered
    shared = late if rest > _NOTHING else []
    return [*found, *(Weight(one.profile, tau, rest / len(late), {"": tau}) for one in shared)]


def _up_to(tau: int, parts: Mapping[str, int]) -> dict[str, int]:
    """The first so many seconds of some stages."""
    cut, left = dict[str, int](), tau
    for letter, seconds in parts.items():
        cut[letter] = min(seconds, left)
        left -= cut[letter]
    return cut


class Side:
    """How often each profile occurs in a period, and how long it takes."""

    def __init__(self, counts: Mapping[Profile, float], seconds: Mapping[Profile, float]) -> None:
        total = math.fsum(counts.values())
        self.counts = {profile: count / total for profile, count in counts.items()}
        self.means = {profile: seconds[profile] / count for profile, count in counts.items()}
        self._after = defaultdict[Any, float](float)
        for profile, count in self.counts.items():
            for place, value in enumerate(profile):
                for known in range(place + 1):
                    self._after[place, profile[:known], value] += count

    def chances(self, before: Profile, values: Sequence[Hashable]) -> list[float] | None:
        """How often values come after those before; by fewer of these where they do not occur."""
        for known in range(len(before), -1, -1):
            counts = [self._after[len(before), before[:known], value] for value in values]
            if sum(counts):
                return [count / sum(counts) for count in counts]
        return None


def _side(weighted: Iterable[Weight]) -> Side:
    counts, seconds = dict[Profile, float](), dict[Profile, float]()
    for profile, time, weight, _ in weighted:
        counts[profile] = counts.get(profile, 0.0) + weight
        seconds[profile] = seconds.get(profile, 0.0) + weight * time
    return Side(counts, seconds)


# Players and their turns


@lru_cache
def _orders(players: int) -> list[tuple[int, ...]]:
    return list(permutations(range(players)))


@lru_cache
def _before_last(players: int) -> dict[frozenset[int], float]:
    """How often each set of players has had its turn before the last of them has."""
    orders = _orders(players)
    before = Counter(frozenset(order[: order.index(players - 1)]) for order in orders)
    return {some: count / len(orders) for some, count in before.items()}


def _shapley(old: Side, new: Side) -> tuple[list[float], dict[Profile, float]]:
    """The part of each feature and of the pace; and how much each profile that occurs in both
    periods counts in that of the pace.
    """
    profiles = sorted({*old.counts, *new.counts}, key=repr)
    pace, forks = len(profiles[0]), _forks(profiles, old, new)
    mixes = {some: _mix(forks, pace, some) for some in _before_last(pace + 1)}
    turns = {
        profile: sum(often * mixes[some][profile] for some, often in _before_last(pace + 1).items())
        for profile in profiles
        if profile in old.counts and profile in new.counts
    }
    times = _times(profiles, old, new, turns)
    means = {
        some | ({pace} if later else set()): math.fsum(
            mix[profile] * times[later][profile] for profile in profiles
        )
        for some, mix in mixes.items()
        for later in (False, True)
    }
    return [_part(means, player, pace + 1) for player in range(pace + 1)], turns


_Forks = Mapping[Profile, tuple[list[Profile], list[float], list[float]]]
"""What follows each beginning of a profile, and how often, in the earlier and the later period."""


def _forks(profiles: Sequence[Profile], old: Side, new: Side) -> _Forks:
    values: dict[Profile, dict[Hashable, None]] = {}
    for profile in profiles:
        for place, value in enumerate(profile):
            values.setdefault(profile[:place], {})[value] = None
    forks = {}
    for before, some in values.items():
        earlier, later = (side.chances(before, list(some)) for side in (old, new))
        following = [(*before, value) for value in some]
        forks[before] = following, earlier or later or [], later or earlier or []
    return forks


def _mix(forks: _Forks, width: int, changed: frozenset[int]) -> dict[Profile, float]:
    """How often each profile occurs where some features are as in the later period."""
    often: dict[Profile, float] = {(): 1.0}
    for place in range(width):
        further: dict[Profile, float] = {}
        for before, share in often.items():
            following, earlier, later = forks[before]
            for one, chance in zip(following, later if place in changed else earlier, strict=True):
                further[one] = share * chance
        often = further
    return often


def _times(
    profiles: Sequence[Profile], old: Side, new: Side, turns: Mapping[Profile, float]
) -> tuple[dict[Profile, float], dict[Profile, float]]:
    """How long each profile takes in both periods; where it is in one only, the other differs by
    the change of those in both.
    """
    total = math.fsum(turns.values())
    change = math.fsum(turn * (new.means[one] - old.means[one]) for one, turn in turns.items())
    change = change / total if total else 0.0
    before = {p: old.means[p] if p in old.means else new.means[p] - change for p in profiles}
    now = {p: new.means[p] if p in new.means else old.means[p] + change for p in profiles}
    return before, now


def _part(means: Mapping[frozenset[int], float], player: int, players: int) -> float:
    """The mean of what a player changes, over all orders."""
    changes = []
    for order in _orders(players):
        before = frozenset(order[: order.index(player)])
        changes.append(means[before | {player}] - means[before])
    return math.fsum(changes) / len(changes)


def _values(
    before: Side, now: Side, old: Sequence[Weight], new: Sequence[Weight]
) -> tuple[list[float], dict[str, float]]:
    """The part of each player, and that of the pace by the letter of each stage."""
    values, turns = _shapley(before, now)
    total = math.fsum(turns.values())
    by_stage = dict[str, float]()
    for weighted, side, sign in ((old, before, -1), (new, now, 1)):
        for profile, _, weight, spent in weighted:
            share = sign * turns.get(profile, 0.0) / total / side.counts[profile] if total else 0.0
            for letter, seconds in spent.items() if profile in turns else ():
                by_stage[letter] = by_stage.get(letter, 0.0) + share * weight * seconds
    return values, by_stage


# Chance


def _drawn(old: Sequence[Weight], new: Sequence[Weight], seed: str) -> Iterable[list[float]]:
    """The parts of declarations that are drawn anew, again and again.

    One generator draws for the earlier period and then for the later, in each round.
    """
    random = Random(seed)  # noqa: S311
    draw = [_by_profile if len(side) > LARGE else _by_declaration for side in (old, new)]
    for _ in range(ROUNDS):
        sides = [each(side, random) for each, side in zip(draw, (old, new), strict=True)]
        yield _shapley(*sides)[0]


def _by_declaration(weighted: Sequence[Weight], random: Random) -> Side:
    return _side(random.choices(weighted, k=len(weighted)))


def _by_profile(weighted: Sequence[Weight], random: Random) -> Side:
    """Shares and means drawn from normal distributions, profiles in the order they come first."""
    n, whole = len(weighted), _side(weighted)
    squares = dict.fromkeys(whole.counts, 0.0)
    for profile, time, weight, _ in weighted:
        squares[profile] += weight * time * time
    variances = {
        profile: max(squares[profile] / share - whole.means[profile] ** 2, 0.0)
        for profile, share in whole.counts.items()
    }
    pooled = math.fsum(whole.counts[profile] * variances[profile] for profile in variances)
    counts, seconds = dict[Profile, float](), dict[Profile, float]()
    for profile, share in whole.counts.items():
        drawn = random.gauss(share, math.sqrt(share * (1 - share) / n))
        if drawn > 0:
            enough = share * n > 5 - _NOTHING
            spread = math.sqrt(variances[profile] if enough else pooled)
            mean = random.gauss(whole.means[profile], spread / math.sqrt(max(share * n, 1.0)))
            counts[profile], seconds[profile] = drawn, drawn * max(mean, 0.0)
    return Side(counts, seconds)
