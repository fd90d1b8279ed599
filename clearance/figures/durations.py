"""Statistics of times from one milestone to another, intervals that are still open included.

A sample is a time in whole seconds to the end of an interval, or to a competing outcome (a
withdrawn declaration can never be closed), or to the moment of the report where the interval is
open: such a time is censored, the interval takes at least as long.

**Curve.** A withdrawal is neither an end nor a delay, so the curve is that of what is not
withdrawn: F(t) = I(t) ÷ (1 − W(τ)) and S = 1 − F, with the cumulative incidences I of the end and W
of a withdrawal by Aalen and Johansen (1978). Without withdrawals S is the survival function of
Kaplan and Meier (1958); without open intervals F is the plain share of those not withdrawn by τ.
Computed by redistribution (Efron 1967): every sample has the same weight, and a censored one hands
its weight to those still at risk. Between two censoring times only whole numbers are added, so that
rounding enters once for each censoring time. Samples censored at a time are at risk at that time.

**Figures.** A percentile p is the smallest time by which F ≥ p, compared exactly: a float sum that
comes near p is computed again in fractions. The restricted mean to τ is the area under S up to τ;
I and W are carried flat past the last observation.

**Variance.** By the delta method over the jumps of both outcomes, which are multinomial given who
is at risk; without withdrawals it is Greenwood's formula (1926) to the letter. It rests on large
samples: the interval of a change of smaller ones is a bootstrap, which draws declarations of either
outcome and computes both incidences anew. Each is drawn independently of the others: not at all or
once in three of eight cases each, twice or three times in one each. That is once on average, with a
variance of one, which is what such a bootstrap rests on (Praestgaard and Wellner 1993); the third
moment is 3/4, where drawing with replacement has nearly one.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from functools import cached_property
from itertools import accumulate, chain, compress, groupby, islice, repeat
from operator import add, itemgetter, mul, sub
from random import Random
from struct import unpack
from typing import TYPE_CHECKING, Any, Self

from clearance.model import Value
from clearance.named_tuples import NamedTuple

if TYPE_CHECKING:
    from fractions import Fraction

MIN_SAMPLE = 20
"""Samples, the withdrawn apart, that a figure needs at least."""
ROUNDS = 1000
"""Rounds of a bootstrap."""
MAX_RESAMPLED = 2000
"""Largest sample whose interval comes from a bootstrap; larger ones use a normal interval."""

Stratum = tuple[Hashable, ...]
"""Characteristics that the declarations of a stratum have in common, the most important first."""

Share = tuple[int, int]
"""A share as a whole number of another, such as 9 of 10, so that it is compared exactly."""

NORMAL_975 = 1.959963984540054
"""The 97.5 % quantile of the standard normal distribution."""
_ROUNDING = 1e-9
"""More than the rounding error of any sum here, up to a million samples."""


class Ending(Enum):
    """What a sample's time leads to at the moment of the report."""

    ENDED = "ended"
    OPEN = "open"
    WITHDRAWN = "withdrawn"


_ORDER = (Ending.ENDED, Ending.WITHDRAWN, Ending.OPEN)
"""The order of samples that have the same time."""


class Sample(NamedTuple):
    """A time in seconds, and its outcome."""

    seconds: int
    outcome: Ending


class Samples:
    """Samples as a column of seconds for each outcome: a year's would fill the memory as objects.

    Their order is lost; no figure depends on it.
    """

    __slots__ = ("ended", "open", "withdrawn")

    def __init__(self, samples: Iterable[Sample] = ()) -> None:
        some = list(samples)
        self.ended, self.withdrawn, self.open = (
            array("q", [seconds for seconds, outcome in some if outcome is wanted])
            for wanted in _ORDER
        )

    @classmethod
    def of(cls, samples: Iterable[Sample]) -> Samples:
        """Any samples as columns."""
        return samples if isinstance(samples, cls) else cls(samples)

    def extend(self, seconds: Iterable[int], outcome: Ending) -> None:
        """Takes more, given by their seconds."""
        getattr(self, outcome.value).extend(seconds)

    def __iadd__(self, others: Samples) -> Self:
        self.ended += others.ended
        self.withdrawn += others.withdrawn
        self.open += others.open
        return self

    def __len__(self) -> int:
        return len(self.ended) + len(self.withdrawn) + len(self.open)

    def __iter__(self) -> Iterator[Sample]:
        columns = zip(_ORDER, (self.ended, self.withdrawn, self.open), strict=True)
        return (Sample(seconds, outcome) for outcome, column in columns for seconds in column)

    @property
    def standing(self) -> int:
        """How many are not withdrawn."""
        return len(self.ended) + len(self.open)


class Steps(NamedTuple):
    """The times at which intervals ended or were withdrawn, in order, and the curve from each on.

    A column for each: ``weight`` is that of each sample at risk; ``incidence`` is F; ``gone`` is W;
    ``free`` is the share that has neither ended nor been withdrawn.
    """

    seconds: Sequence[int]
    at_risk: Sequence[int]
    ended: Sequence[int]
    withdrawn: Sequence[int]
    weight: Sequence[float]
    incidence: Sequence[float]
    gone: Sequence[float]
    free: Sequence[float]


_TYPES = "qqqqdddd"
"""The types of the columns of ``Steps``: as objects those of a year would fill the memory."""
_Step = tuple[int, int, int, int, float, float, float, float]


def mean(seconds: Iterable[int]) -> float | None:
    """The arithmetic mean in seconds, summed in sorted order; None for an empty sample."""
    ordered = sorted(seconds)
    return math.fsum(ordered) / len(ordered) if ordered else None


def standing(samples: Iterable[Sample]) -> int:
    """How many are not withdrawn."""
    return Samples.of(samples).standing


class Curve(Value, slots=False):
    """The curve of ``n`` samples, up to ``tau``; times are seconds.

    ``last`` is the longest time observed; ``kept`` is the share not withdrawn by ``tau``.

    >>> curve([Sample(t, Ending.ENDED) for t in (1, 2, 3, 4)], 30).percentile((1, 2))
    2
    """

    n: int
    last: int
    tau: int
    kept: float
    steps: Steps

    def percentile(self, share: Share) -> int | None:
        """The smallest time by which at least this share has ended, or None if never reached."""
        mark, steps = share[0] / share[1], self.steps
        first = bisect_left(steps.incidence, mark - _ROUNDING)
        for index in range(first, len(steps.seconds)):
            certain = steps.incidence[index] > mark + _ROUNDING
            if steps.ended[index] and (certain or self._reaches(share, index + 1)):
                return steps.seconds[index]
        return None

    def _reaches(self, share: Share, upto: int) -> bool:
        """Whether F after the first ``upto`` steps is at least a share, without rounding."""
        of, among = share
        if self.is_plain:
            left = self.steps.at_risk[upto - 1] - self.steps.ended[upto - 1]
            return (self.n - left) * among >= self.n * of
        by_tau = bisect_right(self.steps.seconds, self.tau)
        kept = 1 - self._exact_incidence(by_tau, Ending.WITHDRAWN)
        return self._exact_incidence(upto, Ending.ENDED) * among >= kept * of

    def _exact_incidence(self, upto: int, outcome: Ending) -> Fraction:
        """The incidence of an outcome after the first ``upto`` steps, in fractions."""
        from fractions import Fraction

        incidence, weight, counted, left = Fraction(0), Fraction(1, self.n), 0, self.n
        steps = zip(self.steps.at_risk[:upto], self.steps.ended, self.steps.withdrawn, strict=False)
        for at_risk, ended, withdrawn in steps:
            if at_risk != left:
                incidence += weight * counted
                weight, counted = weight * Fraction(left, at_risk), 0
            counted += ended if outcome is Ending.ENDED else withdrawn
            left = at_risk - ended - withdrawn
        return incidence + weight * counted

    @property
    def gone(self) -> float:
        """W(τ), the share that is withdrawn by τ."""
        index = bisect_right(self.steps.seconds, self.tau)
        return self.steps.gone[index - 1] if index else 0.0

    @property
    def is_plain(self) -> bool:
        """Whether nothing is open or withdrawn: F is then a plain share."""
        if not self.steps.seconds:
            return True
        free, gone, weight = self.steps.free[-1], self.steps.gone[-1], self.steps.weight[-1]
        return free == 0 and gone == 0 and weight == 1 / self.n

    @property
    def reached(self) -> float:
        """The share that has ended by the last observation."""
        return self.steps.incidence[-1] if self.steps.seconds else 0.0

    def known(self, seconds: int) -> bool:
        """Whether F is known up to a time: observed so far, or no sample was left before it."""
        return seconds <= self.last or not self.steps.seconds or self.steps.free[-1] == 0

    def within(self, seconds: int) -> float:
        """The share that has ended by a time."""
        index = bisect_right(self.steps.seconds, seconds)
        return self.steps.incidence[index - 1] if index else 0.0

    @cached_property
    def rmst(self) -> float:
        """The restricted mean: the area under S up to τ, in seconds."""
        steps = zip(self.steps.weight, self.steps.ended, self._gains(), strict=True)
        gained = math.fsum([weight * (ended * gain) for weight, ended, gain in steps])
        return self.tau - gained / self.kept

    def _gains(self) -> list[int]:
        """By how many seconds an end at each step falls short of τ."""
        tau = self.tau
        return [tau - seconds if seconds < tau else 0 for seconds in self.steps.seconds]

    @property
    def rmst_variance(self) -> float:
        """The variance of the restricted mean, in square seconds."""
        return self._variance(self._gains(), self.tau - self.rmst)

    def variance(self, seconds: int) -> float:
        """The variance of S at a time."""
        return self._variance(
            [int(at <= seconds) for at in self.steps.seconds], self.within(seconds)
        )

    @property
    def gone_variance(self) -> float:
        """The variance of W(τ)."""
        if not self.gone:
            return 0.0
        return self._variance([0] * len(self.steps.seconds), 1.0) * self.kept * self.kept

    def _variance(self, gains: Sequence[int], loss: float) -> float:
        """The variance of a figure of F.

        One more end at a step adds its gain to the figure, and one more withdrawal by τ adds
        ``loss``; both in units of the kept share.
        """
        seconds, *counted = self.steps[:5]
        losses = [loss if at <= self.tau else 0.0 for at in seconds]
        steps = list(zip(*counted, gains, losses, strict=True))
        added = [
            weight * (ended * gain + withdrawn * lost)
            for _, ended, withdrawn, weight, gain, lost in steps
        ]
        return math.fsum(_terms(steps, added)) / (self.kept * self.kept)


def _terms(
    steps: Iterable[tuple[int, int, int, float, int, float]], added: Sequence[float]
) -> Iterator[float]:
    """What each step adds to the variance of a figure.

    A step is how many are at risk, ended and were withdrawn, the weight of each, and what one more
    end and one more withdrawal are worth; either takes its share of what is still ahead of what the
    steps have ``added`` to the figure.
    """
    ahead = math.fsum(added)
    for (at_risk, ended, withdrawn, weight, gain, loss), own in zip(steps, added, strict=True):
        ahead -= own
        left = at_risk - ended - withdrawn
        taken = ahead * at_risk / left if left else 0.0
        mass, share = weight * at_risk, ended / at_risk
        if_ended = mass * gain - taken
        drawn = if_ended * share
        squares = if_ended * if_ended * share
        if withdrawn:
            if_gone, gone = mass * loss - taken, withdrawn / at_risk
            drawn += if_gone * gone
            squares += if_gone * if_gone * gone
        yield (squares - drawn * drawn) / at_risk


def curve(samples: Iterable[Sample], tau: int) -> Curve:
    """The curve of a sample, of what is not withdrawn by ``tau``; that of an empty one is empty."""
    taken = Samples.of(samples)
    ended, withdrawn = Counter(taken.ended), Counter(taken.withdrawn)
    times, last = sorted({*ended, *withdrawn}), max(taken.open, default=0)
    if times and min(taken.open, default=times[-1]) < times[-1]:
        censored = Counter(taken.open)
        counts = (
            (time, ended.get(time, 0), withdrawn.get(time, 0), censored.get(time, 0))
            for time in sorted({*times, *censored})
        )
        columns: Iterable[Any] = zip(*_steps(len(taken), counts), strict=True)
    else:
        counted = (list(map(counts.get, times, repeat(0))) for counts in (ended, withdrawn))
        columns = _before_censored(len(taken), times, *counted)
    steps = Steps(*map(array, _TYPES, columns))
    kept = _kept(steps.gone[: bisect_right(steps.seconds, tau)])
    if kept < 1:
        steps = steps._replace(incidence=array("d", [share / kept for share in steps.incidence]))
    return Curve(len(taken), max([last, *times[-1:]]), tau, kept, steps)


def _kept(gone: Sequence[float]) -> float:
    """The share that is not withdrawn in the end; 1 where all are, since nothing is then left."""
    share = 1 - gone[-1] if gone else 1.0
    return share if share > _ROUNDING else 1.0


def _before_censored(
    n: int, times: Sequence[int], ended: Sequence[int], withdrawn: Sequence[int]
) -> Sequence[Sequence[float]]:
    """The columns of a curve of ``n`` samples none of which is censored before the last of some
    times, in order, each with how many ended and were withdrawn: all weigh the same.
    """
    weight = 1 / max(n, 1)
    at_risk = list(accumulate(map(add, ended, withdrawn), sub, initial=n))
    left = at_risk[1:]
    gone = [count / n for count in accumulate(withdrawn)]
    incidence = [weight * count for count in accumulate(ended)]
    if left and not left[-1]:
        incidence[-1] = 1 - gone[-1]
    free = [weight * count for count in left]
    return times, at_risk[:-1], ended, withdrawn, [weight] * len(times), incidence, gone, free


def _steps(n: int, counts: Iterable[tuple[int, int, int, int]]) -> Iterator[_Step]:
    """The steps of a curve of ``n`` samples, ``incidence`` being I.

    ``counts`` are times in order, each with how many ended, were withdrawn and were censored.
    """
    at_risk, weight = n, 1 / max(n, 1)
    before, count, lost, gone = 0.0, 0, 0.0, 0
    for time, ended, withdrawn, censored in counts:
        if ended or withdrawn:
            count += ended
            gone += withdrawn
            if withdrawn:
                lost = gone / n if weight == 1 / n else lost + weight * withdrawn
            left = at_risk - ended - withdrawn
            if not left and not (before or count):
                lost = 1.0
            incidence = before + weight * count if left else 1 - lost
            yield time, at_risk, ended, withdrawn, weight, incidence, lost, weight * left
            at_risk = left
        if censored:
            before, count = before + weight * count, 0
            if at_risk > censored:
                weight *= at_risk / (at_risk - censored)
            at_risk -= censored


def restricted_mean(samples: Iterable[Sample], tau: int) -> float:
    """``curve(samples, tau).rmst``, quicker where no sample is censored before ``tau``."""
    taken = Samples.of(samples)
    if min(taken.open, default=tau) < tau:
        return curve(taken, tau).rmst
    gone = sum(seconds <= tau for seconds in taken.withdrawn)
    gained = sum([tau - seconds for seconds in taken.ended if seconds < tau])
    return tau - gained / max(len(taken) - gone, 1)


# Change between two samples


class Interval(NamedTuple):
    """A 95 % interval of a relative change, and its method: ``bootstrap`` or ``greenwood``."""

    low: float
    high: float
    method: str


def ratio_interval(new: Sequence[float], old: Sequence[float]) -> Interval | None:
    """The 95 % interval of RMST new / old − 1 by the percentiles of resamples (Efron 1979).

    ``new`` and ``old`` are restricted means of resamples; None if one of ``old`` is zero.
    """
    if min(old, default=0.0) <= 0:
        return None
    ratios = sorted([after / before for after, before in zip(new, old, strict=True)])
    cut = len(ratios) // 40
    return Interval(ratios[cut] - 1, ratios[-1 - cut] - 1, "bootstrap")


def normal_interval(new: tuple[float, float], old: tuple[float, float]) -> Interval | None:
    """The 95 % interval of RMST new / old − 1 by a normal log ratio, for samples too large for a
    bootstrap.

    ``new`` and ``old`` are a restricted mean and its variance; None if one of the means is zero.
    """
    (after, spread), (before, spread_before) = new, old
    if after <= 0 or before <= 0:
        return None
    error = math.sqrt(spread / (after * after) + spread_before / (before * before))
    low, high = (after / before * math.exp(sign * NORMAL_975 * error) - 1 for sign in (-1, 1))
    return Interval(low, high, "greenwood")


def resampled(samples: Iterable[Sample], tau: int, seed: str, rounds: int = ROUNDS) -> list[float]:
    """Restricted means in seconds of resamples; equal seeds give equal means.

    The samples are drawn from the longest time to the shortest, of equal ones first the open, then
    the withdrawn. ``tau`` is at most 45 years, which a field of the sums holds.
    """
    taken = Samples.of(samples)
    columns = zip((taken.ended, taken.withdrawn, taken.open), range(len(_ORDER)), strict=True)
    ordered = sorted(chain.from_iterable(zip(column, repeat(rank)) for column, rank in columns))
    draws, resamples = _draws(seed, rounds), _Resamples(tau, rounds)
    for rank, some in groupby(reversed(ordered), itemgetter(1)):
        remaining = (seconds for seconds, _ in some)
        while seconds := list(islice(remaining, resamples.at_once)):
            resamples.add(seconds, _ORDER[rank], list(islice(draws, len(seconds))))
    return resamples.means()


_MAX_DRAWS = 3
"""The most times that a round draws a sample."""
_FIELD_BYTES = 4
"""Bytes of a round in a number that has all rounds."""
_MAX_IN_FIELD = 256**_FIELD_BYTES - 1
"""The most that a field holds."""
_LOWEST_BITS = 0o1111111111
"""The lowest of three bits for each of ten samples."""
_AT_ONCE = 64
"""Samples that are added up together: the draws of many more do not stay in a processor's cache."""


def _draws(seed: str, rounds: int) -> Iterator[int]:
    """How many times one sample after the other is drawn, in all rounds at once.

    The rounds stand side by side in one whole number, each in a field of its own, from the lowest
    on: so one multiplication and one addition take a sample into the sums of every round. A sample
    takes three random bits of each field: the lowest draws it once, the others together twice.
    """
    random, bits = Random(seed), 8 * _FIELD_BYTES * rounds
    each_field = ((1 << bits) - 1) // _MAX_IN_FIELD
    lowest, field = each_field * _LOWEST_BITS, each_field * 0o7
    second = lowest << 1
    while True:
        drawn = random.getrandbits(bits)
        ten = drawn & lowest | drawn & drawn >> 1 & second
        yield from [ten >> place & field for place in range(0, _LOWEST_BITS.bit_length(), 3)]


class _Resamples:
    """Redistribution in every round at once, from the longest time down to the shortest.

    What is summed between two censored samples is whole numbers. A censored one raises the weight
    of all that is longer, which is what was summed so far. ``at_once`` samples are taken together.
    """

    def __init__(self, tau: int, rounds: int) -> None:
        self._tau = tau
        self._rounds = rounds
        self._gain, self._gone = [0.0] * rounds, [0.0] * rounds
        self._left = [0] * rounds
        self._more_gain = self._more_gone = self._more_left = 0
        self._most_gain = 0
        self._taken_out: Sequence[int] = ()
        self.at_once = max(min(_MAX_IN_FIELD // (_MAX_DRAWS * max(tau, 1)), _AT_ONCE), 1)

    def add(self, seconds: Sequence[int], outcome: Ending, draws: Sequence[int]) -> None:
        """Takes in samples of one outcome: for each its time, and how often each round drew it."""
        if outcome is Ending.OPEN:
            for each, times in zip(seconds, draws, strict=True):
                if each < self._tau:
                    self._reweigh(times)
                self._more_left += times
            return
        if outcome is Ending.ENDED:
            self._add_gains([max(self._tau - each, 0) for each in seconds], draws)
        else:
            by_tau = [each <= self._tau for each in seconds]
            self._more_gone = sum(compress(draws, by_tau), self._more_gone)
        self._more_left = sum(draws, self._more_left)

    def _add_gains(self, gains: Sequence[int], draws: Iterable[int]) -> None:
        """Adds by how many seconds samples fall short of τ, as often as each was drawn."""
        most = _MAX_DRAWS * sum(gains)
        if self._most_gain + most > _MAX_IN_FIELD:
            self._taken_out = self._gained()
            self._more_gain = self._most_gain = 0
        self._most_gain += most
        self._more_gain = sum(map(mul, draws, gains), self._more_gain)

    def _reweigh(self, times: int) -> None:
        """Hands the weight of a censored sample on to those still at risk."""
        self._settle()
        raised = [
            (left + drawn) / left if left else 1.0
            for left, drawn in zip(self._left, self._apart(times), strict=True)
        ]
        self._gain, self._gone = (list(map(mul, side, raised)) for side in (self._gain, self._gone))

    def _settle(self) -> None:
        """Adds what was summed since the last censored sample."""
        self._gain = list(map(add, self._gain, self._gained()))
        self._gone = list(map(add, self._gone, self._apart(self._more_gone)))
        self._left = list(map(add, self._left, self._apart(self._more_left)))
        self._more_gain = self._more_gone = self._more_left = self._most_gain = 0
        self._taken_out = ()

    def _gained(self) -> Sequence[int]:
        """The gain of each round since the last censored sample: that of the fields, and what was
        taken out of them before they could overflow.
        """
        more = self._apart(self._more_gain)
        return list(map(add, self._taken_out, more)) if self._taken_out else more

    def _apart(self, number: int) -> tuple[int, ...]:
        """The fields of a number, one for each round."""
        return unpack(f"<{self._rounds}I", number.to_bytes(_FIELD_BYTES * self._rounds, "little"))

    def means(self) -> list[float]:
        """The restricted mean of each round."""
        self._settle()
        kept = [n - gone for n, gone in zip(self._left, self._gone, strict=True)]
        return [
            self._tau - (gain / n if n > _ROUNDING else 0.0)
            for gain, n in zip(self._gain, kept, strict=True)
        ]


def adjusted_change(
    new: Mapping[Stratum, Samples], old: Mapping[Stratum, Samples], tau: int
) -> tuple[float | None, float]:
    """RMST new / old − 1 as if the new sample had the old one's mix, and the share of the old
    sample that was compared.

    Direct standardisation: the mean of each stratum counts as often as the stratum occurs in the
    old sample, the withdrawn apart. A stratum with too few samples on a side is pooled with those
    that differ from it in the last characteristic only, and so on from right to left.
    """
    pairs = list(_matched(new, old))
    after = math.fsum(before.standing * restricted_mean(now, tau) for now, before in pairs)
    before_all = math.fsum(before.standing * restricted_mean(before, tau) for _, before in pairs)
    n = sum(map(standing, old.values()))
    share = sum(before.standing for _, before in pairs) / n if n else 0.0
    return (after / before_all - 1 if before_all > 0 else None), share


def _matched(
    new: Mapping[Stratum, Samples], old: Mapping[Stratum, Samples]
) -> Iterator[tuple[Samples, Samples]]:
    """Samples of the same stratum on both sides, each stratum as fine as its samples allow."""
    depth = max(map(len, (*new, *old)), default=0)
    while True:
        new, old = _pooled(new, depth), _pooled(old, depth)
        yield from _pairs(new, old, MIN_SAMPLE if depth else 1)
        if not depth:
            return
        depth -= 1


def _pooled(side: Mapping[Stratum, Samples], depth: int) -> dict[Stratum, Samples]:
    """The samples by the first ``depth`` characteristics."""
    pooled: dict[Stratum, Samples] = defaultdict(Samples)
    for key, samples in side.items():
        pooled[key[:depth]] += samples
    return dict(pooled)


def _pairs(
    new: dict[Stratum, Samples], old: dict[Stratum, Samples], least: int
) -> Iterator[tuple[Samples, Samples]]:
    """Takes out the strata with at least ``least`` samples that stand on each side."""
    for key in new.keys() & old.keys():
        if min(new[key].standing, old[key].standing) >= least:
            yield new.pop(key), old.pop(key)
