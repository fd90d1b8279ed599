"""The figures of a report once more, by a second way that is as plain as it can be.

Nothing of ``figures`` is used here, nor of how a report counts: each figure is a loop over the
declarations of its row that a reader can follow with the definitions beside it. Slow is fine. The
results are JSON as a saved report has it; None is a figure that is not given.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal, localcontext
from random import Random
from struct import unpack
from typing import Any

from clearance.errors import NoCalendar
from clearance.model import LETTERS, Stage, Timings
from clearance.named_tuples import NamedTuple

FEW = 20
"""With fewer declarations that are not withdrawn no figure of their times is given."""
ROUNDS, LARGE = 1000, 2000
"""Rounds of the bootstrap, and the number of declarations above which there is none."""
OFTEN = (0, 1, 0, 1, 0, 1, 2, 3)
"""How often a declaration is drawn, by the value of its three random bits."""
Z = 1.959963984540054
"""Of a normal distribution 95 % lie within so many standard deviations."""
SLACK = 1e-9
ONLY_OF = {"arrive-gateout": "import", "arrive-depart": "export"}
"""The direction of goods that an interval is of."""
WITHIN_DAYS = (1, 3, 7, 14, 30)
COUNTED = ("closed", "open", "returned", "withdrawn", "anomalous", "put_away", "by_hand")
SHARES = {"median": 0.5, "p75": 0.75, "p90": 0.9, "p95": 0.95}
ENDED, WITHDRAWN, OPEN = 0, 1, 2
"""How a time ends; of equal times the ended come first, then the withdrawn."""

Clock = Callable[[str, int, int], int]
"""The seconds that count of a customs system between two moments in Unix seconds."""


class Time(NamedTuple):
    """The time of a declaration in seconds, how it ends, what its mix is told by, and its name."""

    seconds: int
    ending: int
    mix: tuple[Any, ...] = ()
    name: str = ""


class Asked(NamedTuple):
    """What a report was asked for: interval, its two milestones, the moment, seconds of a day."""

    interval: str
    begins: str
    ends: str
    now: int
    day: int
    clock: Clock

    @property
    def tau(self) -> int:
        """Seconds up to which the restricted mean counts."""
        return 30 * self.day


class Row:
    """The declarations of a row, sorted by what became of them; ``seed`` begins its bootstrap.

    ``taken`` has each time with its declaration, and its seconds by the letter of each stage.
    """

    def __init__(self, asked: Asked, timings: Iterable[Timings], seed: str) -> None:
        self.asked, self.seed = asked, seed
        self.times: list[Time] = []
        self.taken: list[tuple[Time, Timings, dict[str, int]]] = []
        self.spent: dict[str, int] = {}
        self.declared: list[Timings] = []
        self.counted: list[Timings] = []
        self.impossible: list[str] = []
        self.ended: list[tuple[int, int, int, str, str]] = []
        self.day_only: list[str] = []
        self.closed = self.open = self.withdrawn = self.returned = self.anomalous = 0
        self.put_away = self.by_hand = 0
        self.lacks_calendar = False
        for timing in timings:
            self._sort(timing)

    def _sort(self, timing: Timings) -> None:
        asked = self.asked
        begin, end = getattr(timing, asked.begins), getattr(timing, asked.ends)
        wrong_way = ONLY_OF.get(asked.interval, timing.direction) != timing.direction
        if begin is None or wrong_way or (end is None and timing.stage == Stage.CLEARED):
            self.counted.append(timing)
            if begin is None and timing.declared_at is None and timing.dated_at is not None:
                self.day_only.append(timing.name)
            return
        if asked.begins == "arrived_at" and end is not None and end < begin <= asked.now:
            self.counted.append(timing)
            return
        self.returned += timing.returned
        self.declared.append(timing)
        if _impossible(timing, begin, end, asked.now):
            self.anomalous += 1
            self.impossible.append(timing.name)
            return
        self.counted.append(timing)
        self.by_hand += is_by_hand(timing, asked)
        if end is not None:
            self.closed += 1
            self._time(timing, begin, end, ENDED)
        elif timing.stage == Stage.WITHDRAWN and timing.withdrawn_at is not None:
            self.withdrawn += 1
            self._time(timing, begin, max(timing.withdrawn_at, begin), WITHDRAWN)
        else:
            self.open += 1
            self.put_away += timing.put_away_at is not None
            put_away = asked.now if timing.put_away_at is None else timing.put_away_at
            self._time(timing, begin, max(begin, min(put_away, asked.now)), OPEN)

    def _time(self, timing: Timings, begin: int, end: int, ending: int) -> None:
        t = timing
        mix = (t.examined_from is not None, t.direction, t.office, t.transport_mode, t.trade_mode)
        try:
            seconds = self.asked.clock(t.system, begin, end)
            parts = stage_times(t, begin, end, self.asked.clock) if ending == ENDED else {}
        except NoCalendar:
            self.lacks_calendar = True
            return
        if ending == ENDED:
            since = begin if t.first_declared_at is None else t.first_declared_at
            self.ended.append((begin, end, since, t.path, t.system))
        self.times.append(Time(seconds, ending, mix, t.name))
        self.taken.append((self.times[-1], timing, parts))
        for letter, part in parts.items():
            self.spent[letter] = self.spent.get(letter, 0) + part

    @property
    def standing(self) -> int:
        """How many times are not those of the withdrawn."""
        return sum(time.ending != WITHDRAWN for time in self.times)

    @property
    def is_given(self) -> bool:
        """Whether figures of its times are given."""
        return self.standing >= FEW and not self.lacks_calendar


def is_by_hand(timing: Timings, asked: Asked) -> bool:
    """Whether only people tell when the interval begins or ends."""
    return not {asked.begins, asked.ends}.isdisjoint(timing.by_hand.split(","))


def _impossible(timing: Timings, begin: int, end: int | None, now: int) -> bool:
    last = begin if end is None else end
    cleared = timing.cleared_at
    before = (timing.declared_at, timing.accepted_at)
    too_early = cleared is not None and any(at is not None and cleared < at for at in before)
    return max(begin, last) > now or last < begin or too_early


def stage_times(timing: Timings, begin: int, end: int, clock: Clock) -> dict[str, int]:
    """Seconds between two moments by the letter of the stage that the declaration was in."""
    since = begin if timing.first_declared_at is None else timing.first_declared_at
    spent: dict[str, int] = {}
    done = 0
    for letter, _, left in stays(timing.path, since, begin, end):
        counted = clock(timing.system, begin, left)
        if counted > done:
            spent[letter] = spent.get(letter, 0) + counted - done
        done = counted
    return spent


def stays(path: str, since: int, begin: int, end: int) -> list[tuple[str, int, int]]:
    """The letter of each stage between two moments, when it was come to, and when it was left.

    The path lists stages with the seconds since the first submission. Before the first of them a
    declaration was submitted; but where that could not follow a submission, nobody knows.
    """
    words = path.split(",") if path else []
    after = (Stage.DRAFT, Stage.SUBMITTED, Stage.ACCEPTED, Stage.REJECTED, Stage.WITHDRAWN)
    first = not words or words[0] in [LETTERS[stage] for stage in after]
    letter = LETTERS[Stage.SUBMITTED if first else Stage.UNKNOWN]
    found = []
    for following, offset in [*zip(words[::2], words[1::2], strict=True), ("", "")]:
        until = min(since + int(offset), end) if offset else end
        if until > begin:
            found.append((letter, begin, until))
            begin = until
        letter = following
    return found


# Curves


class Step(NamedTuple):
    """A time at which something ended or was withdrawn, and what was so before it.

    ``free`` is the share that had neither ended nor been withdrawn.
    """

    seconds: int
    at_risk: int
    ended: int
    withdrawn: int
    free: float


class Curve:
    """Shares ended and withdrawn by a time, by Aalen and Johansen's product."""

    def __init__(self, times: Sequence[Time], tau: int) -> None:
        self.n, self.tau, self.steps = len(times), tau, list[Step]()
        at_risk, free = self.n, 1.0
        counts: dict[int, list[int]] = {}
        for time in times:
            counts.setdefault(time.seconds, [0, 0, 0])[time.ending] += 1
        for seconds in sorted(counts):
            ended, withdrawn, censored = counts[seconds]
            if ended or withdrawn:
                self.steps.append(Step(seconds, at_risk, ended, withdrawn, free))
                free *= (at_risk - ended - withdrawn) / at_risk
            at_risk -= ended + withdrawn + censored
        self.free = free
        self.last = max(counts, default=0)
        gone = self.withdrawn()
        self.kept = 1 - gone if 1 - gone > SLACK else 1.0

    def withdrawn(self) -> float:
        """The share withdrawn by τ."""
        shares = (s.free * s.withdrawn / s.at_risk for s in self.steps if s.seconds <= self.tau)
        return min(math.fsum(shares), 1.0)

    def ended(self, seconds: float) -> float:
        """The share ended by a time, of what is not withdrawn."""
        by_then = [s.free * s.ended / s.at_risk for s in self.steps if s.seconds <= seconds]
        return math.fsum(by_then) / self.kept

    def percentile(self, share: float) -> int | None:
        """The first time by which so large a share has ended."""
        sum_ended = 0.0
        for step in self.steps:
            sum_ended += step.free * step.ended / step.at_risk / self.kept
            if step.ended and sum_ended >= share - SLACK:
                return step.seconds
        return None

    def mean(self) -> float:
        """The area above the share ended, up to τ: the restricted mean."""
        area, at, ended = 0.0, 0, 0.0
        for step in self.steps:
            if step.seconds >= self.tau:
                break
            area += (step.seconds - at) * (1 - ended)
            at = step.seconds
            ended += step.free * step.ended / step.at_risk / self.kept
        return area + (self.tau - at) * (1 - ended)

    def is_known(self, seconds: int) -> bool:
        """Whether the share by a time is known: it was seen so long, or nothing was left."""
        return seconds <= self.last or not self.steps or self.free == 0

    def variance(self, worth: Callable[[int], tuple[float, float]]) -> float:
        """The variance of Σ worth × jump, where ``worth`` are those of an end and a withdrawal.

        At each step the outcome of each one at risk is drawn anew; what a draw takes from all later
        jumps is its share of them.
        """
        later, terms = 0.0, list[float]()
        for step in reversed(self.steps):
            end, gone = worth(step.seconds)
            left = step.at_risk - step.ended - step.withdrawn
            taken = later * step.at_risk / left if left else 0.0
            one, two = step.free * end - taken, step.free * gone - taken
            p, q = step.ended / step.at_risk, step.withdrawn / step.at_risk
            drawn = one * p + two * q
            terms.append((one * one * p + two * two * q - drawn * drawn) / step.at_risk)
            later += step.free * (end * p + gone * q)
        return math.fsum(terms)

    def mean_variance(self) -> float:
        """The variance of the restricted mean."""
        tau, loss = self.tau, self.tau - self.mean()

        def worth(seconds: int) -> tuple[float, float]:
            return max(tau - seconds, 0), loss if seconds <= tau else 0.0

        return self.variance(worth) / self.kept**2

    def withdrawn_cases(self) -> float:
        """How many closed cases would leave the share withdrawn by τ as uncertain; all that there
        are where it is 0 or 1.
        """
        spread = self.withdrawn() * (1 - self.withdrawn())
        if spread < SLACK:
            return self.n
        return spread / self.variance(lambda seconds: (0.0, 1.0 if seconds <= self.tau else 0.0))


def wilson(share: float, n: float) -> list[float]:
    """The 95 % interval of a share of n cases: where (p − share)² = Z² p (1 − p) ÷ n."""
    a, b, c = 1 + Z * Z / n, -(2 * share + Z * Z / n), share * share
    root = math.sqrt(max(b * b - 4 * a * c, 0.0))
    return [max((-b - root) / (2 * a), 0.0), min((-b + root) / (2 * a), 1.0)]


def newcombe(new: Sequence[float], old: Sequence[float]) -> list[float]:
    """The 95 % interval of the difference of two figures, each a value and its two ends."""
    change = new[0] - old[0]
    down = math.sqrt((new[0] - new[1]) ** 2 + (old[2] - old[0]) ** 2)
    up = math.sqrt((new[2] - new[0]) ** 2 + (old[0] - old[1]) ** 2)
    return [change - down, change + up]


# Figures of a row


def figures(
    row: Row, old: Row, cohort: str, since: str, until: str | None = None
) -> dict[str, Any]:
    """The counts and the figures of times of a row, and how they differ from an earlier one, of
    which only what lies before ``until`` may count.
    """
    curve = Curve(row.times, row.asked.tau)
    ended = [time.seconds for time in row.times if time.ending == ENDED]
    given = row.is_given
    return {
        "declared": row.closed + row.open + row.withdrawn + row.anomalous,
        **{name: getattr(row, name) for name in COUNTED},
        "mean_closed": None if row.lacks_calendar else plain_mean(sum(ended), len(ended)),
        **{name: curve.percentile(share) if given else None for name, share in SHARES.items()},
        "rmst": curve.mean() if given else None,
        "tau": row.asked.tau,
        "within": _within(curve, row.asked.day) if given else None,
        "withdrawn_share": _withdrawn(row, old, cohort),
        "change": {**_change(row, old, since), "until": until},
        "sums": sums(row.declared),
    }


def plain_mean(seconds: int, n: int) -> float | None:
    """The mean of seconds that sum to a number; None of too few."""
    return seconds / n if n >= FEW else None


def _within(curve: Curve, day: int) -> dict[str, float | None]:
    marks = [days * day for days in WITHIN_DAYS]
    return {str(mark): curve.ended(mark) if curve.is_known(mark) else None for mark in marks}


def _withdrawn(row: Row, old: Row, cohort: str) -> dict[str, Any]:
    """The share withdrawn and its change; without a share of each side these are too few, unless a
    calendar is lacking.
    """
    sides = [_withdrawn_share(side) if cohort == "declared" else None for side in (row, old)]
    new, before = sides
    counted = row.closed + row.open + row.withdrawn
    difference = ends = None
    if new and before:
        difference, ends = new[0] - before[0], newcombe(new, before)
    verdict = None if ends is None else verdict_of(ends, "more", "fewer", 0.0)
    if cohort == "declared" and ends is None and not (row.lacks_calendar or old.lacks_calendar):
        verdict = "too few"
    return {
        "value": new and new[0],
        "n": len(row.times) if new else counted,
        "ci95": new and new[1:],
        "change": {"difference": difference, "ci95": ends, "verdict": verdict},
        "coverage": 1.0,
    }


def _withdrawn_share(row: Row) -> list[float] | None:
    """The share withdrawn, and its interval: of as many cases as would leave it as uncertain."""
    if len(row.times) < FEW or row.lacks_calendar:
        return None
    curve = Curve(row.times, row.asked.tau)
    return [curve.withdrawn(), *wilson(curve.withdrawn(), curve.withdrawn_cases())]


def verdict_of(ends: Sequence[float], up: str, down: str, slack: float) -> str:
    """What an interval of a change says."""
    return up if ends[0] > slack else down if ends[1] < -slack else "no clear change"


def _change(row: Row, old: Row, since: str) -> dict[str, Any]:
    change: dict[str, Any] = dict.fromkeys(
        ("rmst_difference", "rmst_ratio", "ci95", "mix_adjusted_ratio", "verdict")
    )
    change["from"] = since
    if row.lacks_calendar or old.lacks_calendar:
        return change
    if not row.is_given or not old.is_given:
        return {**change, "verdict": "too few"}
    new, before = (Curve(side.times, side.asked.tau).mean() for side in (row, old))
    change |= {"rmst_difference": new - before, "verdict": "no clear change"}
    ends = interval(row, old)
    if ends is None:
        return change
    return {
        **change,
        "rmst_ratio": new / before - 1,
        "ci95": ends,
        "mix_adjusted_ratio": same_mix(row, old),
        "verdict": verdict_of(ends, "slower", "faster", SLACK),
    }


def interval(row: Row, old: Row) -> list[float] | None:
    """The 95 % interval of the relative change of the restricted mean; None where that is none.

    Up to ``LARGE`` declarations by drawing them anew, above by a normal log ratio.
    """
    if max(len(row.times), len(old.times)) > LARGE:
        sides = [Curve(side.times, side.asked.tau) for side in (row, old)]
        (new, a), (before, b) = ((side.mean(), side.mean_variance()) for side in sides)
        if min(new, before) <= 0:
            return None
        error = math.sqrt(a / new**2 + b / before**2)
        return [new / before * math.exp(sign * Z * error) - 1 for sign in (-1, 1)]
    drawn, drawn_before = (resampled(side) for side in (row, old))
    if min(drawn_before) <= 0:
        return None
    changes = sorted(n / b - 1 for n, b in zip(drawn, drawn_before, strict=True))
    return [changes[ROUNDS // 40], changes[-1 - ROUNDS // 40]]


def resampled(row: Row) -> list[float]:
    """Restricted means of declarations drawn again and again.

    The draws begin with the row's name, so that they are the same at every time.
    """
    drawn = redrawn(row.times, row.seed, ROUNDS)
    return [Curve(times, row.asked.tau).mean() for times in drawn]


def redrawn(times: Iterable[Time], seed: str, rounds: int) -> Iterator[list[Time]]:
    """What each round draws: every declaration as often as three random bits of its own say, one
    after the other from the longest on. Of the 32 bits that a round gets at once there are enough
    for ten.
    """
    ordered = sorted(times, key=lambda time: (time.seconds, time.ending), reverse=True)
    random = Random(seed)  # noqa: S311
    draws = [unpack(f"<{rounds}I", random.randbytes(4 * rounds)) for _ in ordered[::10]]
    for number in range(rounds):
        often = [OFTEN[draw[number] >> 3 * one & 7] for draw in draws for one in range(10)]
        own = zip(ordered, often[: len(ordered)], strict=True)
        yield [time for time, n in own for _ in range(n)]


def same_mix(row: Row, old: Row) -> float | None:
    """The change if the later declarations had the mix of the earlier ones.

    Declarations are compared with those alike in all of the mix, if there are enough on both sides;
    the rest with those alike but for its last part, and so on.
    """
    new, before = list(row.times), list(old.times)
    after = earlier = 0.0
    for depth in range(max((len(time.mix) for time in new + before), default=0), -1, -1):
        least = FEW if depth else 1
        for key in sorted({time.mix[:depth] for time in before}, key=repr):
            some = [time for time in new if time.mix[:depth] == key]
            those = [time for time in before if time.mix[:depth] == key]
            weight = sum(time.ending != WITHDRAWN for time in those)
            if min(weight, sum(time.ending != WITHDRAWN for time in some)) < least:
                continue
            after += weight * Curve(some, row.asked.tau).mean()
            earlier += weight * Curve(those, row.asked.tau).mean()
            new = [time for time in new if time.mix[:depth] != key]
            before = [time for time in before if time.mix[:depth] != key]
    return after / earlier - 1 if earlier > 0 else None


def sums(timings: Iterable[Timings]) -> dict[str, Any]:
    """What was declared in all; what is no number is in no sum, and is counted."""
    numbers: dict[str, list[Decimal]] = {}
    values: dict[str, list[Decimal]] = {}
    left_out: Counter[str] = Counter()
    known = 0
    with localcontext(prec=200):
        for timing in timings:
            for name, written in _declared(timing):
                number = _number(written)
                if number is None or (name in _WHOLE and number % 1):
                    left_out[name] += 1
                else:
                    numbers.setdefault(name, []).append(number)
            if timing.declared_value:
                amounts = _amounts(timing.declared_value)
                known, left_out["value"] = known + bool(amounts), left_out["value"] + (not amounts)
                for code, amount in amounts:
                    values.setdefault(code, []).append(amount)
        totals = {name: sum(some) for name, some in numbers.items()}
        return {
            **{name: f"{totals[name]:f}" if name in totals else None for name in _WEIGHTS},
            **{name: int(totals[name]) if name in totals else None for name in _COUNTS},
            "value": {code: f"{sum(some):.2f}" for code, some in values.items()},
            "known": {name: len(numbers.get(name, ())) for name in _COVERED} | {"value": known},
            "left_out": dict(+left_out),
        }


_WEIGHTS, _COUNTS = ("gross_weight", "net_weight"), ("packages", "containers", "items")
_WHOLE, _COVERED = ("packages", "items"), (*_WEIGHTS, "packages")


def _declared(timing: Timings) -> Iterable[tuple[str, str]]:
    """The numbers that a declaration says, as written."""
    written = {
        "gross_weight": timing.gross_weight,
        "net_weight": timing.net_weight,
        "packages": timing.packages,
        "items": timing.item_count,
        "containers": str(timing.containers) if timing.containers else None,
    }
    return [(name, number) for name, number in written.items() if number is not None]


def _amounts(written: str) -> list[tuple[str, Decimal]]:
    """The amounts of ``EUR 10.00 USD 3753.60`` by currency; none of them where one is no number."""
    words = written.split()
    amounts = [(code, _number(word)) for code, word in zip(words[::2], words[1::2], strict=False)]
    found = [(code, amount) for code, amount in amounts if amount is not None]
    return found if 2 * len(found) == len(words) else []


def _number(written: str) -> Decimal | None:
    """A number that is not negative, of at most forty characters and twenty decimals, or none."""
    try:
        number = Decimal(written)
    except ArithmeticError:
        return None
    if not number.is_finite() or len(written) > 40 or int(number.as_tuple().exponent) < -20:
        return None
    return number if 0 <= number < Decimal(10) ** 20 else None


STAGE_FIGURES = ("n", "seconds", "mean", "share", "change", "share_of_change")


def stages(row: Row, old: Row) -> list[dict[str, Any]]:
    """The seconds of a period's closed declarations by stage: mean, share, and its part in the
    change of the restricted mean where that is clear, and a hundredth of it at least.
    """
    if not row.closed or row.lacks_calendar:
        return []
    total = sum(row.spent.values())
    comparable = min(row.closed, old.closed) >= FEW and not old.lacks_calendar
    change = clear_change(row, old) if comparable else 0.0
    is_shared = change and abs(change) >= 0.01 * Curve(row.times, row.asked.tau).mean()
    now, before = (restricted(side) if is_shared else dict[str, float]() for side in (row, old))
    found = []
    for stage, letter in LETTERS.items():
        if letter not in row.spent.keys() | now.keys() | before.keys():
            continue
        seconds = row.spent.get(letter, 0)
        share = seconds / total if total else 0.0
        own = now.get(letter, 0.0) - before.get(letter, 0.0) if is_shared else None
        part = own / change if own is not None else None
        mean = plain_mean(seconds, row.closed)
        figures = (row.closed, seconds, mean, share, own, part)
        found.append({"stage": str(stage), **dict(zip(STAGE_FIGURES, figures, strict=True))})
    return found


def restricted(row: Row) -> dict[str, float]:
    """Seconds of the restricted mean by the letter of the stage; what has not ended is in none.

    Each ended time counts as much as the share that ends with it, up to τ from its beginning.
    """
    curve, tau = Curve(row.times, row.asked.tau), row.asked.tau
    masses = {step.seconds: step.free / step.at_risk / curve.kept for step in curve.steps}
    spent: dict[str, float] = {}
    for begin, end, since, path, system in row.ended:
        mass = masses[row.asked.clock(system, begin, end)]
        done = 0
        for letter, _, left in stays(path, since, begin, end):
            counted = min(row.asked.clock(system, begin, left), tau)
            spent[letter] = spent.get(letter, 0.0) + mass * (counted - done)
            done = counted
    return spent


def clear_change(row: Row, old: Row) -> float:
    """The change of the restricted mean; nothing where it is not clear."""
    ends = interval(row, old) if row.is_given and old.is_given else None
    if ends is None or verdict_of(ends, "slower", "faster", SLACK) == "no clear change":
        return 0.0
    new, before = (Curve(side.times, side.asked.tau).mean() for side in (row, old))
    return new - before
