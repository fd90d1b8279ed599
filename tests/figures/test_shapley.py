"""A change split among causes: exactly, and as the truth is."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from itertools import permutations
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearance.figures import durations, shapley
from clearance.figures.durations import Ending, Sample
from clearance.figures.shapley import Entry, Weighted, shares, weighted

TAU = 1000

PROFILES = st.tuples(st.sampled_from("ie"), st.sampled_from("abc"), st.booleans())
ENTRIES = st.lists(
    st.tuples(
        st.builds(Sample, st.integers(0, 1500), st.sampled_from(Ending)),
        PROFILES,
    ),
    min_size=1,
    max_size=25,
).map(lambda made: [(sample, profile, _parts(sample)) for sample, profile in made])


def _parts(sample: Sample) -> dict[str, int]:
    return {"a": sample.seconds // 3, "v": sample.seconds - sample.seconds // 3}


def _mean(weighted: Iterable[Weighted]) -> float:
    return math.fsum(one.seconds * one.weight for one in weighted)


@given(ENTRIES)
def test_the_weights_give_the_restricted_mean(entries: list[Entry]) -> None:
    """Whatever is open or withdrawn."""
    samples = [sample for sample, _, _ in entries]
    if all(outcome is Ending.WITHDRAWN for _, outcome in samples):
        return
    found = weighted(entries, TAU)
    assert math.fsum(one.weight for one in found) == pytest.approx(1)
    assert _mean(found) == pytest.approx(durations.curve(samples, TAU).rmst, abs=1e-6)
    for one in found:
        assert sum(one.parts.values()) == one.seconds


@given(ENTRIES, ENTRIES)
def test_the_shares_sum_to_the_change(old: list[Entry], new: list[Entry]) -> None:
    before, now = weighted(old, TAU), weighted(new, TAU)
    found = shares(before, now)
    assert math.fsum((*found.mixes, found.pace)) == pytest.approx(
        _mean(now) - _mean(before), abs=1e-6
    )
    if found.stages:
        assert math.fsum(found.stages.values()) == pytest.approx(found.pace, abs=1e-6)


def _even(times: Mapping[Any, tuple[float, int]]) -> list[Weighted]:
    """A profile with its weight and seconds."""
    return [
        Weighted(profile, seconds, weight, {"v": seconds})
        for profile, (weight, seconds) in times.items()
    ]


def test_a_mix_that_changed_is_all_of_it_where_nothing_else_did() -> None:
    old = _even({("i",): (0.2, 100), ("e",): (0.8, 50)})
    new = _even({("i",): (0.6, 100), ("e",): (0.4, 50)})
    found = shares(old, new)
    assert found.mixes == pytest.approx((20.0,))
    assert found.pace == pytest.approx(0)


def test_a_new_office_that_is_slow_is_a_matter_of_the_mix() -> None:
    """The others have become ten slower, and so would it have."""
    old = _even({("a",): (1.0, 50)})
    new = _even({("a",): (0.5, 60), ("b",): (0.5, 200)})
    found = shares(old, new)
    assert found.pace == pytest.approx(10)
    assert found.mixes == pytest.approx((70.0,))


def test_each_share_is_the_mean_over_every_order() -> None:
    """By hand: two features and pace, switched one after the other in each of six orders."""
    old = {
        ("i", "a"): (0.4, 100),
        ("i", "b"): (0.1, 300),
        ("e", "a"): (0.3, 40),
        ("e", "b"): (0.2, 90),
    }
    new = {
        ("i", "a"): (0.2, 110),
        ("i", "b"): (0.4, 260),
        ("e", "a"): (0.1, 70),
        ("e", "b"): (0.3, 80),
    }

    def head(side: dict[tuple[str, str], tuple[float, int]], first: str) -> float:
        return sum(weight for (own, _), (weight, _) in side.items() if own == first)

    def value(switched: frozenset[int]) -> float:
        first, second, pace = (new if player in switched else old for player in range(3))
        return sum(
            head(first, one[0]) * second[one][0] / head(second, one[0]) * pace[one][1]
            for one in old
        )

    expected = [0.0, 0.0, 0.0]
    for order in permutations(range(3)):
        done = frozenset[int]()
        for player in order:
            expected[player] += (value(done | {player}) - value(done)) / 6
            done |= {player}
    found = shares(_even(old), _even(new))
    assert (*found.mixes, found.pace) == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(5))
def test_five_features_are_exact_too(seed: int) -> None:
    """As many as there are, against every set of the six that may be switched."""
    random = Random(seed)
    profiles = [tuple(map(bool, map(int, f"{number:05b}"))) for number in range(32)]

    def side() -> dict[tuple[bool, ...], tuple[float, int]]:
        weights = [random.random() for _ in profiles]
        return {
            profile: (weight / sum(weights), random.randrange(1000))
            for profile, weight in zip(profiles, weights, strict=True)
        }

    sides = side(), side()

    def chance(one: tuple[bool, ...], depth: int, *, switched: bool) -> float:
        heads = [
            sum(
                weight
                for own, (weight, _) in sides[switched].items()
                if own[:length] == one[:length]
            )
            for length in (depth, depth + 1)
        ]
        return heads[1] / heads[0]

    table = {
        (one, depth, switched): chance(one, depth, switched=switched)
        for one in profiles
        for depth in range(5)
        for switched in (False, True)
    }

    def value(mask: int) -> float:
        return sum(
            math.prod(table[one, depth, bool(mask >> depth & 1)] for depth in range(5))
            * sides[mask >> 5][one][1]
            for one in profiles
        )

    values = [value(mask) for mask in range(64)]
    expected = [
        sum(
            (values[mask | 1 << player] - values[mask]) / (6 * math.comb(5, mask.bit_count()))
            for mask in range(64)
            if not mask >> player & 1
        )
        for player in range(6)
    ]
    found = shares(*map(_even, sides))
    assert (*found.mixes, found.pace) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("count", [300, 1500])
def test_the_intervals_are_as_wide_as_chance_is(count: int) -> None:
    """The spread of the share of pace over many pairs of equal periods, drawn either way."""
    random = Random(3)

    def period() -> list[Weighted]:
        return [
            Weighted((random.choice("ie"),), seconds, 1 / count, {"v": seconds})
            for seconds in (round(random.expovariate(1 / 500)) for _ in range(count))
        ]

    told = shapley.deviations(period(), period(), "seed")[-1]
    drawn = [shares(period(), period()).pace for _ in range(80)]
    truth = math.sqrt(sum(one * one for one in drawn) / len(drawn))
    assert told == pytest.approx(truth, rel=0.35)
    assert shapley.deviations(period(), period(), "seed") != shapley.deviations(
        period(), period(), "other"
    )
