"""The statistics of durations, against their definitions and against lifelines."""

from __future__ import annotations

import math
import warnings
from collections import Counter
from collections.abc import Hashable, Sequence
from fractions import Fraction
from itertools import combinations, islice, pairwise, repeat
from random import Random
from struct import unpack
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from clearance.figures import durations, estimates
from clearance.figures.durations import Ending, Sample, Samples, curve, mean

ENDED, OPEN, WITHDRAWN = Ending.ENDED, Ending.OPEN, Ending.WITHDRAWN
TAU = 30

Strata = dict[tuple[Hashable, ...], list[Sample]]

SAMPLES = st.lists(st.builds(Sample, st.integers(0, 40), st.sampled_from(Ending)), max_size=40)


def aalen_johansen(samples: Sequence[Sample]) -> dict[int, tuple[Fraction, Fraction]]:
    """Incidences of the end and of a withdrawal by the definition, in fractions.

    S(t-) × how many ÷ at risk, summed over times.
    """
    survival, ends, gone = Fraction(1), Fraction(0), Fraction(0)
    found = dict[int, tuple[Fraction, Fraction]]()
    for time in sorted({sample.seconds for sample in samples}):
        at_risk = sum(sample.seconds >= time for sample in samples)
        now = [sample.outcome for sample in samples if sample.seconds == time]
        ended, withdrawn = now.count(ENDED), now.count(WITHDRAWN)
        ends += survival * Fraction(ended, at_risk)
        gone += survival * Fraction(withdrawn, at_risk)
        survival *= 1 - Fraction(ended + withdrawn, at_risk)
        found[time] = ends, gone
    return found


def not_withdrawn(samples: Sequence[Sample]) -> dict[int, Fraction]:
    """F(t) = I(t) ÷ (1 − W(τ)) at the times of the samples; zero where all are withdrawn."""
    exact = aalen_johansen(samples)
    kept = 1 - max((gone for time, (_, gone) in exact.items() if time <= TAU), default=Fraction(0))
    return {time: ends / kept if kept else Fraction(0) for time, (ends, _) in exact.items()}


@given(SAMPLES, st.fractions(0, 1, max_denominator=12))
def test_percentiles_are_those_of_what_is_not_withdrawn_exactly(
    samples: list[Sample], share: Fraction
) -> None:
    exact = not_withdrawn(samples)
    ends = {sample.seconds for sample in samples if sample.outcome is ENDED}
    first = next((t for t, f in exact.items() if t in ends and f >= share), None)
    assert curve(samples, TAU).percentile(share.as_integer_ratio()) == first


@given(SAMPLES)
def test_shares_and_the_restricted_mean_are_those_of_the_definition(samples: list[Sample]) -> None:
    exact, found = not_withdrawn(samples), curve(samples, TAU)
    for time, share in exact.items():
        assert found.within(time) == pytest.approx(float(share), abs=1e-12)
    times = [0, *(time for time in exact if time < TAU), TAU]
    levels = [exact.get(time, Fraction(0)) for time in times[:-1]]
    area = sum((1 - f) * (b - a) for f, (a, b) in zip(levels, pairwise(times), strict=True))
    assert found.rmst == pytest.approx(float(area), abs=1e-9)


@given(SAMPLES)
def test_withdrawn_declarations_are_no_slow_ones(samples: list[Sample]) -> None:
    """With nothing open the figures are those of the samples that are not withdrawn by τ."""
    over = [sample for sample in samples if sample.outcome is not OPEN]
    left = [s for s in over if s.outcome is ENDED or s.seconds > TAU]
    found, rest = curve(over, TAU), [min(s.seconds, TAU) for s in left]
    if not rest:
        return
    average = math.fsum(rest) / len(rest)
    assert found.rmst == pytest.approx(average, abs=1e-9)
    squares = math.fsum((time - average) ** 2 for time in rest) / len(rest) ** 2
    assert found.rmst_variance == pytest.approx(squares, abs=1e-9)
    shares = found.gone * (1 - found.gone) / len(over)
    assert found.gone_variance == pytest.approx(shares, abs=1e-9)


def test_a_rise_of_withdrawals_alone_changes_no_duration() -> None:
    """Everything closes in exactly five days; six of 66 are withdrawn after an hour."""
    before, now = same(5, 60), [*same(5, 60), *[Sample(1, WITHDRAWN)] * 6]
    assert [curve(side, TAU).rmst for side in (before, now)] == [5, 5]
    assert [curve(side, TAU).percentile((1, 1)) for side in (before, now)] == [5, 5]
    assert {*durations.resampled(now, TAU, "a", 50)} == {5}
    assert adjusted({("a",): now}, {("a",): before}) == (0, 1)


@given(SAMPLES.filter(bool))
def test_the_quick_way_to_the_restricted_mean_is_that_of_the_curve(samples: list[Sample]) -> None:
    for tau in (1, TAU):
        expected = curve(samples, tau).rmst
        assert durations.restricted_mean(samples, tau) == pytest.approx(expected, abs=1e-9)


@given(SAMPLES)
def test_a_curve_never_falls_and_stays_between_none_and_all(samples: list[Sample]) -> None:
    found = curve(samples, TAU)
    levels = [0.0, *found.steps.incidence, 1.0]
    assert all(after >= before - 1e-12 for before, after in pairwise(levels))
    assert -1e-9 <= found.rmst <= TAU
    assert found.rmst_variance >= -1e-9
    assert found.n == len(samples)


@given(st.lists(st.integers(0, 40), min_size=1, max_size=40))
def test_with_nothing_open_the_figures_are_those_of_the_sample(times: list[int]) -> None:
    found = curve((Sample(time, ENDED) for time in times), TAU)
    capped = [min(time, TAU) for time in times]
    n, average = len(times), math.fsum(capped) / len(times)
    assert found.percentile((1, 2)) == sorted(times)[(n - 1) // 2]
    assert found.rmst == pytest.approx(average, abs=1e-9)
    squares = math.fsum((time - average) ** 2 for time in capped) / n / n
    assert found.rmst_variance == pytest.approx(squares, abs=1e-9)
    assert found.within(max(times)) == 1.0


@given(SAMPLES.filter(bool), SAMPLES)
def test_the_order_of_a_sample_does_not_matter(samples: list[Sample], more: list[Sample]) -> None:
    both, other = [*samples, *more], [*more, *samples]
    assert curve(both, TAU) == curve(other, TAU)
    assert durations.resampled(both, TAU, "a", 3) == durations.resampled(other, TAU, "a", 3)


def test_the_mean_of_nothing_is_none() -> None:
    assert mean([]) is None
    assert mean([1, 2, 3, 4]) == 2.5


# lifelines as the oracle


def drawn(seed: int, outcomes: Sequence[Ending], *, ties: bool = True) -> list[Sample]:
    """A random sample, censored now and then; without ties each time occurs once."""
    random = Random(seed)
    n = random.randrange(1, 120)
    times = [random.randrange(40) for _ in range(n)] if ties else random.sample(range(1, 999), n)
    return [Sample(time, random.choice(outcomes)) for time in times]


@pytest.fixture(scope="module")
def lifelines() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import lifelines
        import lifelines.utils
    return lifelines


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("seed", range(12))
def test_curve_variance_and_restricted_mean_are_those_of_lifelines(
    lifelines: Any, seed: int
) -> None:
    """Where S hits one half to the last digit, lifelines compares floats and we do not."""
    samples = drawn(seed, (ENDED, ENDED, OPEN))
    theirs = lifelines.KaplanMeierFitter().fit(
        [sample.seconds for sample in samples], [sample.outcome is ENDED for sample in samples]
    )
    ours = curve(samples, TAU)
    for time in range(41):
        survival = float(theirs.predict(time))
        assert 1 - ours.within(time) == pytest.approx(survival, abs=1e-9)
    for time, summed in theirs._cumulative_sq_.items():
        survival = float(theirs.predict(time))
        if survival > 0:
            assert ours.variance(int(time)) == pytest.approx(survival**2 * summed, abs=1e-9)
    area = lifelines.utils.restricted_mean_survival_time(theirs, t=TAU)
    assert ours.rmst == pytest.approx(area, abs=1e-9)
    if all(abs(0.5 - ours.within(time)) > 1e-9 for time in range(41)):
        median = ours.percentile((1, 2))
        assert (math.inf if median is None else median) == theirs.median_survival_time_


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("seed", range(6))
def test_both_incidences_are_those_of_lifelines(lifelines: Any, seed: int) -> None:
    """lifelines moves ties apart at random, so there are none here."""
    samples = drawn(seed, (ENDED, ENDED, OPEN, WITHDRAWN), ties=False)
    tau = 700

    def incidence(event: Ending) -> Any:
        return lifelines.AalenJohansenFitter(calculate_variance=False).fit(
            [sample.seconds for sample in samples],
            [(OPEN, ENDED, WITHDRAWN).index(sample.outcome) for sample in samples],
            event_of_interest=(OPEN, ENDED, WITHDRAWN).index(event),
        ).cumulative_density_.iloc[:, 0]  # fmt: skip

    ours, gone = curve(samples, tau), incidence(WITHDRAWN)
    kept = 1 - max(share for time, share in gone.items() if time <= tau)
    assert ours.gone == pytest.approx(1 - kept, abs=1e-9)
    for time, share in incidence(ENDED).items():
        assert ours.within(int(time)) == pytest.approx(share / kept, abs=1e-9)


@given(SAMPLES, st.booleans())
def test_samples_that_are_censored_last_are_counted_as_any_are(
    samples: list[Sample], at_the_end: bool
) -> None:
    closed = [one for one in samples if one.outcome is not OPEN]
    last = max((one.seconds for one in closed), default=0)
    late = [Sample(last + (not at_the_end), OPEN)] * (len(samples) - len(closed))
    ended, withdrawn = (
        Counter(one.seconds for one in closed if one.outcome is of) for of in (ENDED, WITHDRAWN)
    )
    counts = [(time, ended[time], withdrawn[time], 0) for time in sorted({*ended, *withdrawn})]
    steps = list(durations._steps(len(samples), counts))
    told = curve([*closed, *late], TAU)
    shares = [share / told.kept if told.kept < 1 else share for *_, share, _, _ in steps]
    assert list(zip(*told.steps, strict=True)) == [
        (*step[:5], share, *step[6:]) for step, share in zip(steps, shares, strict=True)
    ]
    assert (told.n, told.last) == (
        len(samples),
        max([0, *(one.seconds for one in [*closed, *late])]),
    )


# Change


FEW_TO_A_FIELD = durations._MAX_IN_FIELD // 20
"""A time of which a field holds the sum of a few samples only."""


@given(SAMPLES, st.integers(0, 99), st.sampled_from((0, TAU, FEW_TO_A_FIELD)))
@example([Sample(TAU, WITHDRAWN), *map(Sample, range(1, 9), repeat(ENDED))], 1, TAU)
def test_a_resample_is_the_curve_of_what_was_drawn(
    samples: list[Sample], seed: int, tau: int
) -> None:
    order = {ENDED: 0, WITHDRAWN: 1, OPEN: 2}
    ordered = sorted(samples, key=lambda one: (one.seconds, order[one.outcome]), reverse=True)
    found = durations.resampled(samples, tau, str(seed), 3)
    draws = list(islice(durations._draws(str(seed), 3), len(ordered)))
    times = [unpack("<3I", draw.to_bytes(12, "little")) for draw in draws]
    drawn = (
        [one for one, own in zip(ordered, times, strict=True) for _ in range(own[number])]
        for number in range(3)
    )
    assert found == pytest.approx([curve(each, tau).rmst for each in drawn], abs=tau * 1e-10)


def test_a_sample_is_drawn_once_on_average_with_a_variance_of_one() -> None:
    """Three times as often not at all, or once, as twice, or three times; whatever its place, and
    whatever the others are.
    """
    rounds, count = 4000, 25
    numbers = islice(durations._draws("a seed", rounds), count)
    drawn = [unpack(f"<{rounds}I", number.to_bytes(4 * rounds, "little")) for number in numbers]
    for own in drawn:
        shares = [own.count(times) / rounds for times in range(4)]
        assert shares == pytest.approx([3 / 8, 3 / 8, 1 / 8, 1 / 8], abs=0.035)
    for one, other in combinations(drawn, 2):
        together = sum((a - 1) * (b - 1) for a, b in zip(one, other, strict=True)) / rounds
        assert together == pytest.approx(0, abs=0.08)


def lognormal(random: Random, n: int, mean_days: float, open_at: float = 1e9) -> list[Sample]:
    """Times with a long tail, in seconds; those beyond a moment are still open."""
    times = [
        round(random.lognormvariate(math.log(mean_days) - 0.32, 0.8) * 86400) for _ in range(n)
    ]
    return [Sample(min(t, round(open_at)), ENDED if t < open_at else OPEN) for t in times]


@pytest.mark.parametrize("withdrawn", [0, 150])
def test_both_ways_to_an_interval_agree_on_large_samples(withdrawn: int) -> None:
    random, tau = Random(7), 30 * 86400
    new, old = lognormal(random, 1500, 5.16, 12 * 86400), lognormal(random, 1500, 6.64)
    new += [Sample(random.randrange(20 * 86400), WITHDRAWN) for _ in range(withdrawn)]
    resamples = durations.resampled(new, tau, "new"), durations.resampled(old, tau, "old")
    by_bootstrap = durations.ratio_interval(*resamples)
    moments = [(one.rmst, one.rmst_variance) for one in (curve(new, tau), curve(old, tau))]
    by_greenwood = durations.normal_interval(*moments)
    assert by_bootstrap is not None
    assert by_greenwood is not None
    assert by_bootstrap[:2] == pytest.approx(by_greenwood[:2], abs=0.01)


def test_a_mean_of_zero_has_no_ratio() -> None:
    nothing = curve([Sample(0, ENDED)] * 30, TAU)
    assert durations.normal_interval((1, 1), (nothing.rmst, 0)) is None
    assert durations.ratio_interval([1.0], [0.0]) is None


def adjusted(new: Strata, old: Strata) -> tuple[float, float]:
    """The adjusted change and the share that was compared."""
    after, before = ({key: Samples(some) for key, some in one.items()} for one in (new, old))
    change, share = durations.adjusted_change(after, before, TAU)
    assert change is not None
    return change, share


def same(seconds: int, n: int) -> list[Sample]:
    """So many that all took as long."""
    return [Sample(seconds, ENDED)] * n


def test_a_pure_shift_of_the_mix_is_no_adjusted_change() -> None:
    """Slow declarations become rare; each kind is as slow as before."""
    old: Strata = {("yes", "a"): same(20, 30), ("no", "a"): same(4, 30)}
    new: Strata = {("yes", "a"): same(20, 20), ("no", "a"): same(4, 120)}
    assert adjusted(new, old) == (0, 1)


def test_small_strata_are_thrown_together_from_the_right() -> None:
    """Twelve at each of two offices are too few to compare, but not together."""
    quick: Strata = {("no", "a"): same(9, 12), ("no", "b"): same(9, 12)}
    assert adjusted(
        {**quick, ("yes", "c"): same(25, 24)}, {**quick, ("yes", "a"): same(25, 24)}
    ) == (
        0,
        1,
    )


def test_what_has_no_like_any_more_is_left_out_and_its_share_is_told() -> None:
    old: Strata = {("a",): same(9, 60), ("b",): same(25, 20)}
    assert adjusted({("a",): same(18, 60)}, old) == (1, 0.75)
    assert durations.adjusted_change({}, {}, TAU) == (None, 0.0)


@given(st.integers(1, 400), st.data())
def test_where_all_are_withdrawn_the_share_is_one_exactly_and_none_has_ended(
    n: int, data: st.DataObject
) -> None:
    times = data.draw(st.lists(st.integers(0, 40), min_size=n, max_size=n))
    every = [Sample(one, Ending.WITHDRAWN) for one in times]
    found = curve(every, 100)
    assert (found.gone, found.reached) == (1.0, 0.0)
    value, _, low, high = estimates.withdrawn(found)
    assert (value, high) == (1.0, 1.0)
    assert 0 < low < 1


@given(SAMPLES, st.integers(0, 100))
def test_a_share_and_its_interval_are_from_0_to_1(samples: list[Sample], tau: int) -> None:
    found = curve(samples, tau)
    if found.n:
        value, _, low, high = estimates.withdrawn(found)
        assert 0 <= low <= value <= high <= 1
