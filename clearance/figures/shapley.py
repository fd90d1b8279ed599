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
from functools import lru_cache
from operator import mul
from random import Random
from statistics import stdev
from typing import NamedTuple

from clearance.figures.durations import Ending, Sample

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
    ordered = sorted(entries, key=_in_order)
    masses, kept = _masses([sample for sample, _, _ in ordered], tau)
    ended = [
        Weighted(profile, min(sample.seconds, tau), mass / kept, _cut(parts, sample, tau))
        for (sample, profile, parts), mass in zip(ordered, masses, strict=True)
        if mass
    ]
    return [*ended, *_rest(ordered, 1 - math.fsum(one.weight for one in ended), tau)]


def _in_order(entry: Entry) -> tuple[int, int, str]:
    """The same order from whatever store, since what is drawn depends on it."""
    sample, profile, _ = entry
    return sample.seconds, _ORDER[sample.outcome], repr(profile)


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


def _cut(parts: Mapping[str, int], sample: Sample, tau: int) -> Mapping[str, int]:
    """The seconds in each stage up to τ; the last ones are cut."""
    if sample.seconds <= tau:
        return parts
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
    found, weights = _shapley(*sides)
    pace = found[-1]
    by_stage: dict[str, float] = defaultdict(float)
    common = sum(weights.values())
    spent = [_by_stage(old), _by_stage(new)]
    for profile, weight in weights.items():
        before, now = (by_profile[profile] for by_profile in spent)
        for stage in before.keys() | now.keys():
            change = now.get(stage, 0.0) / sides[1].weights[profile]
            change -= before.get(stage, 0.0) / sides[0].weights[profile]
            by_stage[stage] += weight / common * change
    return Shares(found[:-1], pace, dict(by_stage))


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


def _shapley(old: _Side, new: _Side) -> tuple[tuple[float, ...], dict[Profile, float]]:
    """The Shapley values of each feature and of pace; and, of the profiles that occur in both
    periods, how much each counts in that of pace.
    """
    width = len(next(iter((*old.weights, *new.weights)), ()))
    profiles, mixed = _mixtures(old, new, width)
    turns = [sum(map(mul, _pace_weights(width), weights)) for weights in mixed]
    common = {
        profile: turn
        for profile, turn in zip(profiles, turns, strict=True)
        if profile in old.weights and profile in new.weights
    }
    before, now = _times(old, new, profiles, common)
    values = [
        [sum(map(mul, times, column)) for column in zip(*mixed, strict=True)]
        for times in (before, now)
    ]
    found = [_value(values, feature, width) for feature in range(width)]
    return (*found, values[1][-1] - values[0][0] - math.fsum(found)), common


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


def _mixtures(old: _Side, new: _Side, width: int) -> tuple[list[Profile], list[list[float]]]:
    """The profiles of both periods, and how often each occurs in every mixture of the two.

    Of the ``2 ** width`` mixtures that at ``n`` takes feature ``k`` from the later period where
    bit ``k`` of ``n`` is set.
    """
    chains = _Chain(old.weights), _Chain(new.weights)
    every = sorted({*old.weights, *new.weights}, key=repr)
    mixed: dict[Profile, list[float]] = {(): [1.0]}
    for depth in range(width):
        grown: dict[Profile, list[float]] = {}
        for prefix, values in _branches(every, depth).items():
            if len(values) == 1:
                grown[*prefix, values[0]] = mixed[prefix] * 2
                continue
            before, now = (chain.chances(prefix, values) for chain in chains)
            for value, was, became in zip(values, before or now, now or before, strict=True):
                earlier = [weight * was for weight in mixed[prefix]]
                grown[*prefix, value] = earlier + [weight * became for weight in mixed[prefix]]
        mixed = grown
    return every, [mixed[profile] for profile in every]


def _branches(profiles: Iterable[Profile], depth: int) -> dict[Profile, list[Hashable]]:
    """The values that follow each beginning of some profiles."""
    values: dict[Profile, dict[Hashable, None]] = defaultdict(dict)
    for profile in profiles:
        values[profile[:depth]][profile[depth]] = None
    return {prefix: list(own) for prefix, own in values.items()}


class _Chain:
    """How often a value of a feature occurs, given those before it, in one period."""

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


@lru_cache
def _coefficients(players: int) -> tuple[float, ...]:
    """How much it counts what a player changes after so many others, over all orders of each."""
    orders = math.factorial(players)
    return tuple(
        math.factorial(n) * math.factorial(players - 1 - n) / orders for n in range(players)
    )


@lru_cache
def _pace_weights(width: int) -> tuple[float, ...]:
    """How much each mixture of features counts in the share of pace."""
    counts = _coefficients(width + 1)
    return tuple(counts[mask.bit_count()] for mask in range(1 << width))


def _value(values: Sequence[Sequence[float]], feature: int, width: int) -> float:
    """The Shapley value of a feature; ``values`` are means by pace and mixture."""
    counts, bit = _coefficients(width + 1), 1 << feature
    return math.fsum(
        counts[mask.bit_count() + pace] * (means[mask | bit] - means[mask])
        for pace, means in enumerate(values)
        for mask in range(1 << width)
        if not mask & bit
    )


# Chance


def deviations(
    old: Sequence[Weighted], new: Sequence[Weighted], seed: str, rounds: int = ROUNDS
) -> tuple[float, ...]:
    """The standard deviations of the shares of each feature and of pace, over resamples."""
    random = Random(seed)  # noqa: S311 - the same each time
    redraw = [_Redraw(side, random) for side in (old, new)]
    drawn = [_shapley(*(one() for one in redraw))[0] for _ in range(rounds)]
    return tuple(stdev(values) for values in zip(*drawn, strict=True))


class _Redraw:
    """Draws the declarations of a period again."""

    def __init__(self, weighted: Sequence[Weighted], random: Random) -> None:
        self._random = random
        self._n = len(weighted)
        self._entries = [(one.profile, one.seconds, one.weight) for one in weighted]
        self._moments = _moments(weighted) if self._n > _MAX_DRAWN else {}

    def __call__(self) -> _Side:
        return self._by_profile() if self._moments else self._by_declaration()

    def _by_declaration(self) -> _Side:
        weights: dict[Profile, float] = defaultdict(float)
        seconds: dict[Profile, float] = defaultdict(float)
        for profile, time, weight in self._random.choices(self._entries, k=self._n):
            weights[profile] += weight
            seconds[profile] += weight * time
        return _scaled(weights, seconds)

    def _by_profile(self) -> _Side:
        weights: dict[Profile, float] = {}
        seconds: dict[Profile, float] = {}
        gauss = self._random.gauss
        for profile, (share, mean, spread) in self._moments.items():
            drawn = gauss(share, math.sqrt(share * (1 - share) / self._n))
            if drawn > 0:
                weights[profile] = drawn
                error = spread / math.sqrt(max(share * self._n, 1.0))
                seconds[profile] = drawn * max(gauss(mean, error), 0.0)
        return _scaled(weights, seconds)


def _scaled(weights: Mapping[Profile, float], seconds: Mapping[Profile, float]) -> _Side:
    """A side whose weights sum to one."""
    total = math.fsum(weights.values())
    return _Side(
        {profile: weight / total for profile, weight in weights.items()},
        {profile: time / total for profile, time in seconds.items()},
    )


def _moments(weighted: Sequence[Weighted]) -> dict[Profile, tuple[float, float, float]]:
    """The weight of each profile, and the mean and the standard deviation of its seconds."""
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
    few = (_FEW - _ROUNDING) / max(len(weighted), 1)
    return {
        profile: (share, total / share, math.sqrt(variances[profile] if share > few else pooled))
        for profile, (share, total, _) in sums.items()
    }
