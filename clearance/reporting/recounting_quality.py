"""The figures of quality of a report once more, as plainly as ``recounting`` does the others.

Each figure is given by a line of ``RATES`` or ``NUMBERS``: a function that says of a declaration
what it counts for and whether it is a hit, or which number it gives; and one that says whether it
should be known of it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, tzinfo
from itertools import pairwise
from typing import Any

from clearance.model import LETTERS, Stage, Timings
from clearance.named_tuples import NamedTuple
from clearance.reporting.recounting import (
    ENDED,
    FEW,
    OPEN,
    WITHDRAWN,
    Curve,
    Time,
    Z,
    newcombe,
    verdict_of,
    wilson,
)
from clearance.reporting.return_reasons import CLASSES, OTHER

_DAY = 86400
_TAU = 30 * _DAY
_AT_CUSTOMS = {LETTERS[stage] for stage in (
    Stage.SUBMITTED, Stage.ACCEPTED, Stage.UNDER_REVIEW, Stage.REVIEWED, Stage.ACTION_DUE,
    Stage.INSPECTION,
)}  # fmt: skip
_DONE = {LETTERS[Stage.RELEASED], LETTERS[Stage.CLEARED]}
_TOUCHED = {LETTERS[stage] for stage in (
    Stage.REJECTED, Stage.ACTION_DUE, Stage.INSPECTION, Stage.SUSPENDED
)}  # fmt: skip

Ends = tuple[float, float, float]
"""A figure and the ends of its 95 % interval."""


class Seen(NamedTuple):
    """A declaration, the moment of the report in Unix seconds, its zone, up to when errors that
    customs recorded are entered, and for how many days a container costs how much a day.
    """

    t: Timings
    now: int
    zone: tzinfo = UTC
    errors_until: int | None = None
    tiers: Sequence[tuple[int | None, float]] = ()

    @property
    def steps(self) -> list[tuple[str, int]]:
        """The letters of its stages, each with the seconds since its first submission."""
        words = self.t.path.split(",") if self.t.path else []
        return [(letter, int(at)) for letter, at in zip(words[::2], words[1::2], strict=True)]

    @property
    def letters(self) -> list[str]:
        """The letters of its stages."""
        return [letter for letter, _ in self.steps]

    @property
    def followed(self) -> bool:
        """Whether what happened to it is known from its first submission."""
        return bool(self.t.path)

    @property
    def amended_after(self) -> list[int]:
        """When a release was taken back to be amended, in seconds since the first submission."""
        steps = self.steps
        pairs = pairwise(steps)
        return [at for (one, _), (then, at) in pairs if one in _DONE and then in _AT_CUSTOMS]

    @property
    def is_import(self) -> bool:
        """Whether it is an import that was not deleted."""
        return self.t.direction == "import" and self.deleted is None

    @property
    def deleted(self) -> str | None:
        """Whether it was deleted as we had asked, ``asked`` or ``unasked``."""
        t = self.t
        if t.withdrawn_at is None or t.stage != Stage.WITHDRAWN:
            return None
        asked = t.withdrawal_asked
        return "asked" if asked and instant(asked) <= t.withdrawn_at + _DAY else "unasked"

    @property
    def cutoff(self) -> int | None:
        """The earlier cut-off of an export that is not withdrawn."""
        ends = [instant(one) for one in (self.t.cutoff, self.t.cy_cutoff) if one]
        counts = ends and self.t.direction == "export" and self.t.stage != Stage.WITHDRAWN
        return min(ends) if counts else None

    @property
    def gave_up_cutoff(self) -> bool:
        """Whether people put it away in time for its cut-off, by which it was not released."""
        end, released, away = self.cutoff, self.t.released_at, self.t.put_away_at
        in_time = [at is not None and end is not None and at <= end for at in (released, away)]
        return in_time == [False, True]

    @property
    def cutoff_is_over(self) -> bool:
        """Whether its cut-off was met or missed by now."""
        end = self.cutoff
        if end is None or self.gave_up_cutoff:
            return False
        return self.t.released_at is not None or end <= self.now

    @property
    def missed_cutoff(self) -> bool:
        """Whether its cut-off passed before it was released."""
        released, end = self.t.released_at, self.cutoff
        return self.cutoff_is_over and not (released and end and released <= end)


def instant(written: str) -> int:
    """A moment or a day in Unix seconds; a day begins at midnight in universal time."""
    at = datetime.fromisoformat(written if "T" in written else f"{written}T00:00:00+00:00")
    return int(at.timestamp())


# Rates: counted, hits, and how many should be known


def _advance(s: Seen) -> tuple[int, int, int]:
    arrived, first = s.t.arrived_at, s.t.first_declared_at
    if s.t.direction != "import":
        return 0, 0, 0
    if arrived is None or first is None:
        return 0, 0, 1
    return 1, first < arrived, 1


def _returned(s: Seen) -> tuple[int, int, int]:
    return s.t.sendings, s.t.returns, s.t.sendings


def _touchless(s: Seen) -> tuple[int, int, int]:
    closed = s.t.cleared_at is not None
    inspected = s.t.examined_from is not None
    touched = bool(_TOUCHED & set(s.letters)) or bool(s.amended_after) or inspected
    return closed and s.followed, s.followed and not touched and not s.t.returns, closed


def _amended(s: Seen) -> tuple[int, int, int]:
    released = bool(_DONE & set(s.letters))
    return released, bool(s.amended_after), released


def _error(s: Seen) -> tuple[int, int, int]:
    at, until = s.t.counted_at, s.errors_until
    entered = at is not None and until is not None and at < until
    return bool(s.t.error) or entered, s.t.error == "yes", 1


def _cutoff_hit(s: Seen) -> tuple[int, int, int]:
    known = s.cutoff_is_over
    ahead = s.cutoff is not None and not known
    return known, not s.missed_cutoff, s.t.direction == "export" and s.deleted is None and not ahead


def _complete(s: Seen) -> tuple[int, int, int]:
    t = s.t
    closed = t.cleared_at is not None
    exam_ends = t.examined_from is None or t.examined_until is not None
    whole = s.followed and LETTERS[Stage.UNKNOWN] not in s.letters and exam_ends
    known = None not in (t.declared_at, t.accepted_at, t.released_at)
    return closed, whole and known, closed


RATES: Mapping[str, Callable[[Seen], tuple[int, int, int]]] = {
    "advance_rate": _advance,
    "inspection_rate": lambda s: (1, s.t.examined_from is not None, 1),
    "return_rate": _returned,
    "touchless_rate": _touchless,
    "amended_rate": _amended,
    "deleted_rate": lambda s: (1, s.deleted is not None, 1),
    "deleted_rate.asked": lambda s: (1, s.deleted == "asked", 1),
    "deleted_rate.unasked": lambda s: (1, s.deleted == "unasked", 1),
    "error_rate": _error,
    "cutoff_hit_rate": _cutoff_hit,
    "completeness": _complete,
}


# Numbers: what a declaration gives, and whether it should give one


def _first_time(s: Seen) -> Time | None:
    """Until when the first sending was not known to be wrong, as a time that ends withdrawn."""
    t = s.t
    if t.first_declared_at is None or not s.followed:
        return None
    seen = s.now - t.first_declared_at
    accepted = bool((_AT_CUSTOMS - {LETTERS[Stage.SUBMITTED]} | _DONE) & set(s.letters))
    wrong = [at for letter, at in s.steps if letter == LETTERS[Stage.REJECTED]][:1]
    wrong += [0] if not wrong and t.returns else []
    wrong += s.amended_after[:1]
    if t.withdrawn_at is not None and s.deleted == "unasked":
        wrong.append(max(t.withdrawn_at - t.first_declared_at, 0))
    if t.returns == 0 and s.deleted is None and accepted and not s.amended_after:
        wrong = []
    if wrong and min(wrong) <= _TAU:
        return Time(min(wrong), WITHDRAWN)
    if t.withdrawn_at is not None and s.deleted == "asked":
        return Time(min(max(t.withdrawn_at - t.first_declared_at, 0), _TAU), ENDED)
    if seen >= _TAU and not accepted:
        return Time(_TAU, WITHDRAWN)
    return Time(min(max(seen, 0), _TAU), OPEN)


def _rework(s: Seen) -> float | None:
    first, last = s.t.first_declared_at, s.t.declared_at
    if s.t.sendings == 1 or first is None or last is None:
        return 0.0 if s.followed else None
    return max(last - first, 0) / 3600


def _amendment(s: Seen) -> float | None:
    closures = [at for letter, at in s.steps if letter == LETTERS[Stage.CLEARED]]
    begun = [at for at in s.amended_after if closures and at > closures[0]]
    if not begun or s.t.first_declared_at is None:
        return 0.0 if s.followed and s.t.cleared_at is not None else None
    letter, last = s.steps[-1]
    until = last if letter == LETTERS[Stage.CLEARED] else s.now - s.t.first_declared_at
    return max(until - begun[0], 0) / 3600


def _margin(s: Seen) -> float | None:
    end = s.cutoff
    if end is None or not s.cutoff_is_over:
        return None
    return -math.inf if s.t.released_at is None else (end - s.t.released_at) / 3600


def _lead(s: Seen) -> float | None:
    end, first = s.cutoff, s.t.first_declared_at
    return None if end is None or first is None else (end - first) / 3600


def _overrun(s: Seen) -> float | None:
    t = s.t
    if not t.free_until or not s.is_import:
        return None
    left = datetime.fromtimestamp(
        s.now if t.gated_out_at is None else t.gated_out_at, s.zone
    ).date()
    return float(max((left - date.fromisoformat(t.free_until[:10])).days, 0))


def _overrun_cost(s: Seen) -> float | None:
    """What each container costs for every day that it stays longer: a day after the other."""
    days = _overrun(s)
    if days is None:
        return None
    rates = [
        rate for length, rate in s.tiers for _ in range(int(days) if length is None else length)
    ]
    return math.fsum(rates[: int(days)]) * max(s.t.containers, 1)


def _is_export(s: Seen) -> bool:
    return s.t.direction == "export" and s.deleted is None


def _mean(numbers: Sequence[float]) -> Ends:
    middle = math.fsum(numbers) / len(numbers)
    squares = math.fsum((number - middle) ** 2 for number in numbers)
    spread = Z * math.sqrt(squares / (len(numbers) - 1) / len(numbers))
    return middle, middle - spread, middle + spread


def total(numbers: Sequence[float]) -> Ends:
    """A sum, of which there might as well have been more terms, or fewer."""
    spread = Z * math.sqrt(math.fsum(number * number for number in numbers))
    whole = math.fsum(numbers)
    return whole, max(whole - spread, 0.0), whole + spread


def _percentile(of: float) -> Callable[[Sequence[float]], Ends | None]:
    """The number that so large a share does not exceed, between those at the ends of its share."""

    def made(numbers: Sequence[float]) -> Ends | None:
        ordered, n = sorted(numbers), len(numbers)
        ranks = [math.ceil(mark * n - 1e-9) for mark in share(of, n)]
        value, low, high = (ordered[min(max(rank, 1), n) - 1] for rank in ranks)
        return None if -math.inf in (value, low, high) else (value, low, high)

    return made


def share(value: float, n: float) -> Ends:
    """A share of so many cases."""
    low, high = wilson(value, n)
    return value, low, high


def _below_a_day(hours: Sequence[float]) -> Ends:
    return share(sum(each < 24 for each in hours) / len(hours), len(hours))


def _right(times: Sequence[Time]) -> Ends:
    curve = Curve(times, _TAU)
    gone, low, high = share(curve.withdrawn(), curve.withdrawn_cases())
    return 1 - gone, 1 - high, 1 - low


_Number = Callable[[Seen], Any]
_Made = Callable[[Sequence[Any]], Ends | None]
_Should = Callable[[Seen], bool]

NUMBERS: Mapping[str, tuple[_Number, _Made, _Should]] = {
    "first_time_right": (_first_time, _right, lambda _: True),
    "sendings_per_declaration": (lambda s: s.t.sendings, _mean, lambda _: True),
    "rework_hours": (_rework, total, lambda _: True),
    "amendment_hours": (_amendment, total, lambda s: s.t.cleared_at is not None),
    "cutoff_margin_p10": (
        _margin,
        _percentile(0.1),
        lambda s: _is_export(s) and (s.cutoff is None or s.cutoff_is_over),
    ),
    "lead_median": (_lead, _percentile(0.5), _is_export),
    "lead_median.below_24h": (_lead, _below_a_day, _is_export),
    "free_time_overrun": (_overrun, total, lambda s: s.is_import),
    "free_time_overrun.cost": (_overrun_cost, total, lambda s: s.is_import),
}


# Figures


class Figure(NamedTuple):
    """A figure of a row: how many it is of, hits, the figure with its ends, and its coverage.

    ``is_few``: it has no ends since it is of too few, or of none.
    """

    n: int
    hits: int | None
    ends: Ends | None
    coverage: float | None
    is_few: bool


NOTHING = Figure(0, None, None, None, is_few=True)
"""A figure that nothing is known of."""
UNREAD = NOTHING._replace(is_few=False)
"""A figure that rests on a period that was not read."""


def _rate(name: str, all_seen: Iterable[Seen]) -> Figure:
    n = hits = among = 0
    for seen in all_seen:
        counted, hit, should = RATES[name](seen)
        n, among = n + counted, among + should
        hits += hit if counted else 0
    if not n:
        return NOTHING._replace(coverage=0.0 if among else None)
    ends = share(hits / n, n) if n >= FEW else None
    return Figure(n, int(hits), ends, n / among if among else 1.0, n < FEW)


def _measured(name: str, all_seen: Sequence[Seen]) -> Figure:
    number, make, should = NUMBERS[name]
    numbers = [given for seen in all_seen if (given := number(seen)) is not None]
    n, among = len(numbers), sum(map(should, all_seen))
    if not n:
        return NOTHING._replace(coverage=0.0 if among else None)
    ends = make(numbers) if n >= FEW else None
    return Figure(n, None, ends, n / among if among else 1.0, n < FEW)


def figures(all_seen: Sequence[Seen], reasons: Mapping[str, Sequence[str]]) -> dict[str, Figure]:
    """The figures of quality of the declarations of a row; ``reasons`` are the user's own words."""
    found = {name: _rate(name, all_seen) for name in RATES}
    found |= {name: _measured(name, all_seen) for name in NUMBERS}
    if not any(seen.tiers for seen in all_seen):
        found["free_time_overrun.cost"] = NOTHING
    return found | _returns(all_seen, reasons)


# Returns


def notes(timings: Iterable[Timings]) -> list[tuple[str, str]]:
    """What customs noted of each return, with the declaration's name."""
    told = ((t.return_notes.split("\n"), t.name) for t in timings if t.return_notes is not None)
    return [(note, name) for some, name in told for note in some]


def _returns(all_seen: Sequence[Seen], reasons: Mapping[str, Sequence[str]]) -> dict[str, Figure]:
    """Returns with a note, and how many of these are of each class."""
    told = [reason_of(note, reasons) for note, _ in notes(seen.t for seen in all_seen)]
    n, returns = len(told), sum(seen.t.returns for seen in all_seen)
    if not n:
        return {"return_reasons": NOTHING}
    known = min(n / returns, 1.0) if returns else 1.0
    found = {"return_reasons": Figure(n, n, total([1.0] * n), known, is_few=False)}
    for name in set(told):
        hits = told.count(name)
        ends = share(hits / n, n) if n >= FEW else None
        found[f"return_reasons.{name}"] = Figure(n, hits, ends, 1.0, n < FEW)
    return found


def reason_of(note: str, own: Mapping[str, Sequence[str]]) -> str:
    """The class of the word that stands first in a note; of two there the longer one."""
    words = [(word, name) for table in (CLASSES, own) for name in table for word in table[name]]
    for place in range(len(note)):
        here = [each for each in words if note[place:].casefold().startswith(each[0].casefold())]
        if here:
            return max(here, key=lambda one: len(one[0]))[1]
    return OTHER


def reasons_listed(
    timings: Iterable[Timings], own: Mapping[str, Sequence[str]]
) -> list[dict[str, Any]]:
    """Every note of a return with its class and the declarations returned with it."""
    named: dict[str, list[str]] = {}
    for note, name in notes(timings):
        named.setdefault(" ".join(note.split()), []).append(name)
    listed = [
        {"class": reason_of(note, own), "note": note, "references": sorted(names)}
        for note, names in named.items()
    ]
    return sorted(listed, key=lambda one: (-len(one["references"]), one["class"], one["note"]))


def corrections(timings: Iterable[Timings]) -> list[dict[str, Any]]:
    """What people noted of what was returned: when, who, and what."""
    found = []
    for timing in timings:
        if timing.returned and timing.corrections:
            lines = [line.split("\t", 2) for line in timing.corrections.split("\n")]
            noted = [{"at": at, "by": by or None, "text": text} for at, by, text in lines]
            told = [note for note, _ in notes([timing])]
            found.append({"reference": timing.name, "returned_for": told, "notes": noted})
    return found


def nested(figures: Iterable[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    """Figures by their names; a part stands in ``parts`` of its figure."""
    placed: dict[str, Any] = {}
    for name, figure in figures:
        whole, _, part = name.partition(".")
        if part:
            placed[whole].setdefault("parts", {})[part] = figure
        else:
            placed[name] = figure
    return placed


def written(new: Figure, old: Figure, since: str) -> dict[str, Any]:
    """A figure as a report has it, and how it differs from that of an earlier period."""
    missing = [side.is_few for side in (new, old) if side.ends is None]
    change: dict[str, Any] = {"from": since, "difference": None, "ci95": None}
    is_known = new.n or old.n
    change["verdict"] = "too few" if missing and all(missing) and is_known else None
    if new.ends and old.ends:
        ends = newcombe(new.ends, old.ends)
        verdict = verdict_of(ends, "higher", "lower", 0.0)
        change |= {"difference": new.ends[0] - old.ends[0], "ci95": ends, "verdict": verdict}
    return {
        "value": new.ends and new.ends[0],
        "n": new.n,
        "count": new.hits,
        "ci95": new.ends and list(new.ends[1:]),
        "change": change,
        "coverage": new.coverage,
    }
