"""Why a mean changed: shares of the change that fall to what was declared, and to how fast it went.

Each declaration has a time and a profile of features (where, which way, inspected or not). The mean
of a period is the sum over profiles of how often they occur and how long they take. Going from the
earlier period to the later one, the mix of each feature may be switched, given the features before
it, and so may the times. The share of each is its Shapley value (1953): the mean of what its switch
changes over every order in which they may be switched. So the shares sum to the change exactly.

A profile that occurs in one period only takes as long in the other as the others' change of pace
says: that a new office is slow is a matter of the mix, not of pace.

**Weights.** Times are those of a restricted mean: each closed declaration has the weight that
redistribution gives it (``durations``), so that what is open, or withdrawn, counts as it does in
the mean that a report tells.

**Chance.** Declarations are drawn again with replacement (Efron 1979), ``ROUNDS`` times; with more
than ``_MAX_DRAWN`` in a period the share and the mean of each profile are drawn from their normal
distributions instead. An interval is normal, with the standard deviation of the rounds.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from random import Random
from statistics import stdev

from clearance.figures.durations import Ending, Sample
from clearance.named_tuples import NamedTuple

ROUNDS = 60
"""Rounds of the bootstrap."""
_MAX_DRAWN = 400
"""Declarations of a period that are drawn one by one."""
_FEW = 5
"""With fewer declarations the spread of a profile is that of all of them."""

Profile = tuple[Hashable, ...]
"""Values of features, each given those before it."""


class Weighted(NamedTuple):
    """A declaration in a mean: its profile, seconds that count, and weight; the weights sum to 1.

    ``parts`` are the seconds in each stage, which sum to ``seconds``.
    """

    profile: Profile
    seconds: int
    weight: float
    parts: Mapping[str, int]


Entry = tuple[Sample, Profile, Mapping[str, int]]
"""A declaration: its time, its profile, and the seconds of its time in each stage."""

_ORDER = {Ending.ENDED: 0, Ending.WITHDRAWN: 1, Ending.OPEN: 2}
_WITHOUT_STAGE = ""
"""The stage of time that is not known to be in any."""


def weighted(entries: Iterable[Entry], tau: int) -> list[Weighted]:
    """The declarations of a restricted mean: their weighted seconds sum to ``Curve.rmst``."""
    ordered = _in_order(entries)
    masses, kept = _masses([sample for sample, _, _ in ordered], tau)
    ended = [
        Weighted(profile, seconds, mass / kept, parts)
        if seconds <= tau
        else Weighted(profile, tau, mass / kept, _cut(parts, tau))
        for ((seconds, _), profile, parts), mass in zip(ordered, masses, strict=True)
        if mass
    ]
    return [*ended, *_rest(ordered, 1 - math.fsum(one.weight for one in ended), tau)]


def _in_order(entries: Iterable[Entry]) -> list[Entry]:
    """The same order from whatever store, since what is drawn depends on it."""
    some = list(entries)
    written = sorted({profile for _, profile, _ in some}, key=repr)
    places = {profile: place for place, profile in enumerate(written)}
    return sorted(some, key=lambda one: (one[0].seconds, _ORDER[one[0].outcome], places[one[1]]))


def _masses(ordered: Sequence[Sample], tau: int) -> tuple[list[float], float]:
    """The mass of each sample that has ended, by redistribution, and the share not withdrawn."""
    left = len(ordered)
    weight, gone, masses = 1 / max(left, 1), 0.0, list[float]()
    for sample in ordered:
        masses.append(weight if sample.outcome is Ending.ENDED else 0.0)
        left -= 1
        if sample.outcome is Ending.WITHDRAWN and sample.seconds <= tau:
            gone += weight
        elif sample.outcome is Ending.OPEN and left:
            weight *= (left + 1) / left
    return masses, 1 - gone if gone < 1 else 1.0


def _rest(ordered: Sequence[Entry], mass: float, tau: int) -> Iterator[Weighted]:
    """What has not ended by the last observation stands for τ, shared among what has not ended."""
    if mass <= _ROUNDING:
        return
    last = max((i for i, one in enumerate(ordered) if one[0].outcome is Ending.ENDED), default=-1)
    late = [profile for sample, profile, _ in ordered if sample.outcome is Ending.OPEN]
    after = [one[1] for one in ordered[last + 1 :] if one[0].outcome is Ending.OPEN]
    those = after or late or [profile for _, profile, _ in ordered]
    for profile in those:
        yield Weighted(profile, tau, mass / len(those), {_WITHOUT_STAGE: tau})


_ROUNDING = 1e-12


def _cut(parts: Mapping[str, int], tau: int) -> Mapping[str, int]:
    """The seconds in each stage up to τ; the last ones are cut."""
    left, cut = tau, dict[str, int]()
    for stage, seconds in parts.items():
        cut[stage] = min(seconds, left)
        left -= cut[stage]
    return cut


# Shares


class Shares(NamedTuple):
    """The shares of a change in seconds: of each feature's mix, and of pace by stage."""

    mixes: tuple[float, ...]
    pace: float
    stages: dict[str, float]


class _Side(NamedTuple):
    """The weight of each profile in a period, and its seconds times weight."""

    weights: Mapping[Profile, float]
    seconds: Mapping[Profile, float]

    def mean(self, profile: Profile) -> float:
        """The mean seconds of a profile that occurs."""
        return self.seconds[profile] / self.weights[profile]


def shares(old: Sequence[Weighted], new: Sequence[Weighted]) -> Shares:
    """The shares of the change of the mean from one period to another."""
    sides = _side(old), _side(new)
    mixes, pace, weights = _Tree(_in_order_of_features(old, new)).shares(*sides)
    by_stage: dict[str, float] = defaultdict(float)
    common = sum(weights.values())
    spent = [_by_stage(old), _by_stage(new)]
    for profile, weight in weights.items():
        before, now = (by_profile[profile] for by_profile in spent)
        for stage in before.keys() | now.keys():
            change = now.get(stage, 0.0) / sides[1].weights[profile]
            change -= before.get(stage, 0.0) / sides[0].weights[profile]
            by_stage[stage] += weight / common * change
    return Shares(mixes, pace, dict(by_stage))


def _in_order_of_features(*sides: Iterable[Weighted]) -> list[Profile]:
    """Every profile of some declarations, those that begin alike one after the other."""
    return sorted({one.profile for side in sides for one in side}, key=repr)


def _side(weighted: Iterable[Weighted]) -> _Side:
    weights: dict[Profile, float] = defaultdict(float)
    seconds: dict[Profile, float] = defaultdict(float)
    for profile, time, weight, _ in weighted:
        weights[profile] += weight
        seconds[profile] += weight * time
    return _Side(dict(weights), dict(seconds))


def _by_stage(weighted: Iterable[Weighted]) -> dict[Profile, dict[str, float]]:
    """Seconds times weight by profile and stage."""
    found: dict[Profile, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for profile, _, weight, parts in weighted:
        own = found[profile]
        for stage, seconds in parts.items():
            own[stage] += weight * seconds
    return found


_REACH = math.sqrt(3 / 20)
_POINTS = ((0.5 - _REACH, 5 / 18), (0.5, 8 / 18), (0.5 + _REACH, 5 / 18))
"""Where between the periods a switch is looked at, and how much that counts (Gauss, Legendre).

The Shapley value is the integral of what a switch changes when every other one is turned by x, for
x from 0 to 1 (Owen 1972). That is a polynomial, of as many degrees as there are others; with three
points the integral is exact up to five.
"""


class _Tree:
    """The profiles of both periods as a tree: each value of a feature after those before it.

    Nodes are numbered from the root on, feature by feature; the profiles are the last ones.
    """

    def __init__(self, profiles: Sequence[Profile]) -> None:
        nodes: dict[Profile, None] = {(): None}
        self.profiles = profiles
        self._width = len(profiles[0])
        for depth in range(self._width):
            nodes |= dict.fromkeys([profile[: depth + 1] for profile in profiles])
        numbers = {node: number for number, node in enumerate(nodes)}
        self._parents = [numbers[node[:-1]] for node in nodes if node]
        self._depths = [len(node) - 1 for node in nodes if node]
        self._branches: dict[int, tuple[Profile, int, list[Hashable]]] = {}
        for place, node in enumerate(filter(None, nodes)):
            parent = self._parents[place]
            self._branches.setdefault(parent, (node[:-1], place, []))[2].append(node[-1])

    def shares(
        self, old: _Side, new: _Side
    ) -> tuple[tuple[float, ...], float, dict[Profile, float]]:
        """The Shapley values of each feature and of pace; and, of the profiles that occur in both
        periods, how much each counts in that of pace.
        """
        chances = self._chances(old, new)
        masses = [self._masses(chances, turned) for turned, _ in _POINTS]
        last = len(chances) + 1 - len(self.profiles)
        turns = [0.0] * len(self.profiles)
        for own, (_, counts) in zip(masses, _POINTS, strict=True):
            turns = [turn + counts * mass for turn, mass in zip(turns, own[last:], strict=True)]
        common = {
            profile: turn
            for profile, turn in zip(self.profiles, turns, strict=True)
            if profile in old.weights and profile in new.weights
        }
        times = _times(old, new, self.profiles, common)
        found = [0.0] * self._width
        for own, (turned, counts) in zip(masses, _POINTS, strict=True):
            for depth, change in enumerate(self._changes(chances, own, turned, times)):
                found[depth] += counts * change
        pace = sum(turn * (now - was) for turn, was, now in zip(turns, *times, strict=True))
        return tuple(found), pace, common

    def _chances(self, old: _Side, new: _Side) -> list[tuple[float, float]]:
        """How often each node follows its parent in the earlier period, and by how much more often
        in the later one; where one of them does not tell, as often as in the other.
        """
        found: list[tuple[float, float]] = []
        for was, became in zip(self._following(old), self._following(new), strict=True):
            before, now = (became if was is None else was), (was if became is None else became)
            found.append((before or 0.0, (now or 0.0) - (before or 0.0)))
        return found

    def _following(self, side: _Side) -> list[float | None]:
        """How often each node follows its parent in one period; None where that does not tell.

        Where the parent does not occur, as much of it is given as does.
        """
        weights = [0.0] * (len(self._parents) + 1 - len(self.profiles))
        weights += [side.weights.get(profile, 0.0) for profile in self.profiles]
        for number in range(len(self._parents), 0, -1):
            weights[self._parents[number - 1]] += weights[number]
        found: list[float | None] = [
            weights[number] / weights[parent] if weights[parent] else None
            for number, parent in enumerate(self._parents, 1)
        ]
        chain = _Chain(side.weights)
        for parent, (prefix, first, values) in self._branches.items():
            if not weights[parent] and (chances := chain.chances(prefix, values)):
                found[first : first + len(values)] = chances
        return found

    def _masses(self, chances: Sequence[tuple[float, float]], turned: float) -> list[float]:
        """How often each node occurs where every mix is so much that of the later period."""
        masses = [1.0]
        for parent, (was, more) in zip(self._parents, chances, strict=True):
            masses.append(masses[parent] * (was + turned * more))
        return masses

    def _changes(
        self,
        chances: Sequence[tuple[float, float]],
        masses: Sequence[float],
        turned: float,
        times: tuple[Sequence[float], Sequence[float]],
    ) -> list[float]:
        """What switching the mix of each feature changes, where all else is turned so much."""
        means = [0.0] * (len(masses) - len(self.profiles))
        means += [was + turned * (now - was) for was, now in zip(*times, strict=True)]
        changes = [0.0] * self._width
        for number in range(len(chances), 0, -1):
            parent, (was, more) = self._parents[number - 1], chances[number - 1]
            changes[self._depths[number - 1]] += masses[parent] * more * means[number]
            means[parent] += (was + turned * more) * means[number]
        return changes


def _times(
    old: _Side, new: _Side, profiles: Sequence[Profile], common: Mapping[Profile, float]
) -> tuple[list[float], list[float]]:
    """The mean seconds of each profile in both periods.

    Where it occurs in one only, that of the other differs by the change of the common ones.
    """
    total = sum(common.values())
    pace = sum(turn * (new.mean(one) - old.mean(one)) for one, turn in common.items())
    pace = pace / total if total else 0.0
    before = [old.mean(one) if one in old.weights else new.mean(one) - pace for one in profiles]
    now = [new.mean(one) if one in new.weights else old.mean(one) + pace for one in profiles]
    return before, now


class _Chain:
    """How often a value of a feature occurs in one period, given some of those before it."""

    def __init__(self, weights: Mapping[Profile, float]) -> None:
        self._weights = weights
        self._tables: dict[tuple[int, int], dict[Profile, float]] = {}

    def chances(self, prefix: Profile, values: Sequence[Hashable]) -> list[float]:
        """The shares of the values after a beginning; none where no such value occurs.

        Where the beginning does not occur, as much of it is given as does.
        """
        depth = len(prefix)
        for given in range(depth, -1, -1):
            table = self._table(given, depth)
            found = [table.get((*prefix[:given], value), 0.0) for value in values]
            if total := sum(found):
                return [weight / total for weight in found]
        return []

    def _table(self, given: int, depth: int) -> dict[Profile, float]:
        """The weights by the first ``given`` values and the one at a depth."""
        if (given, depth) not in self._tables:
            table: dict[Profile, float] = defaultdict(float)
            for profile, weight in self._weights.items():
                table[*profile[:given], profile[depth]] += weight
            self._tables[given, depth] = table
        return self._tables[given, depth]


# Chance


def deviations(old: Sequence[Weighted], new: Sequence[Weighted], seed: str) -> tuple[float, ...]:
    """The standard deviations of the shares of each feature and of pace, over resamples."""
    random = Random(seed)  # noqa: S311 - the same each time
    redraw = [_Redraw(side, random) for side in (old, new)]
    whole = _Tree(_in_order_of_features(old, new))
    drawn = [_drawn_shares(whole, *(one() for one in redraw)) for _ in range(ROUNDS)]
    return tuple(stdev(values) for values in zip(*drawn, strict=True))


def _drawn_shares(whole: _Tree, old: _Side, new: _Side) -> tuple[float, ...]:
    """The shares of each feature and of pace, of declarations that were drawn: those of some
    profiles of the whole tree, or of all of them.
    """
    some = [one for one in whole.profiles if one in old.weights or one in new.weights]
    tree = whole if len(some) == len(whole.profiles) else _Tree(some)
    mixes, pace, _ = tree.shares(old, new)
    return (*mixes, pace)


class _Redraw:
    """Draws the declarations of a period again."""

    def __init__(self, weighted: Sequence[Weighted], random: Random) -> None:
        self._random = random
        self._n = len(weighted)
        self._weighted = weighted
        self._moments = _moments(weighted) if self._n > _MAX_DRAWN else {}

    def __call__(self) -> _Side:
        return self._by_profile() if self._moments else self._by_declaration()

    def _by_declaration(self) -> _Side:
        weights: dict[Profile, float] = defaultdict(float)
        seconds: dict[Profile, float] = defaultdict(float)
        for profile, time, weight, _ in self._random.choices(self._weighted, k=self._n):
            weights[profile] += weight
            seconds[profile] += weight * time
        return _scaled(weights, seconds)

    def _by_profile(self) -> _Side:
        weights: dict[Profile, float] = {}
        seconds: dict[Profile, float] = {}
        gauss = self._random.gauss
        for profile, (share, mean) in self._moments.items():
            drawn = gauss(*share)
            if drawn > 0:
                weights[profile] = drawn
                seconds[profile] = drawn * max(gauss(*mean), 0.0)
        return _scaled(weights, seconds)


def _scaled(weights: Mapping[Profile, float], seconds: Mapping[Profile, float]) -> _Side:
    """A side whose weights sum to one."""
    total = math.fsum(weights.values())
    return _Side(
        {profile: weight / total for profile, weight in weights.items()},
        {profile: time / total for profile, time in seconds.items()},
    )


_Normal = tuple[float, float]
"""A mean and its standard error."""


def _moments(weighted: Sequence[Weighted]) -> dict[Profile, tuple[_Normal, _Normal]]:
    """The weight of each profile and the mean of its seconds, with their standard errors."""
    sums: dict[Profile, list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    for profile, time, weight, _ in weighted:
        own = sums[profile]
        own[0] += weight
        own[1] += weight * time
        own[2] += weight * time * time
    variances = {
        profile: max(square / share - (total / share) ** 2, 0.0)
        for profile, (share, total, square) in sums.items()
    }
    pooled = sum(sums[profile][0] * variance for profile, variance in variances.items())
    n = len(weighted)
    found: dict[Profile, tuple[_Normal, _Normal]] = {}
    for profile, (share, total, _) in sums.items():
        variance = variances[profile] if share * n > _FEW - _ROUNDING else pooled
        error = math.sqrt(variance / max(share * n, 1.0))
        found[profile] = (share, math.sqrt(share * (1 - share) / n)), (total / share, error)
    return found
