"""What a report of quality needs to know of one declaration: its profile, and its figures.

Few profiles are many declarations: they are counted, and the rates of a period follow from them.
The course of a declaration, the letters of its path, says what happened to it after it was first
declared, and in which order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, tzinfo
from functools import cache
from itertools import pairwise
from typing import Any

from clearance.figures.durations import Ending, Sample
from clearance.model import LETTERS, Alert, Stage, Timings, letters_of, seconds_of
from clearance.named_tuples import NamedTuple
from clearance.stores.alike import Alike

DAY = 86400
TAU = 30 * DAY
"""Seconds within which what was sent must not turn out to be wrong."""

_RETURN, _UNKNOWN = LETTERS[Stage.REJECTED], LETTERS[Stage.UNKNOWN]
_CLOSURE = LETTERS[Stage.CLEARED]
_FINISHED = LETTERS[Stage.RELEASED] + _CLOSURE
_AT_CUSTOMS = "".join(LETTERS[stage] for stage in (
    Stage.SUBMITTED, Stage.ACCEPTED, Stage.UNDER_REVIEW, Stage.REVIEWED, Stage.ACTION_DUE,
    Stage.INSPECTION,
))  # fmt: skip
"""Stages that come after a release only where it is taken back to be amended."""
_TOUCHES = frozenset(LETTERS[stage] for stage in (
    Stage.REJECTED, Stage.ACTION_DUE, Stage.INSPECTION, Stage.SUSPENDED
))  # fmt: skip
"""Stages in which somebody has to do something that goods without trouble do not need."""
_ACCEPTED = frozenset(_AT_CUSTOMS[1:] + _FINISHED)
"""Stages that only what customs has accepted comes to."""


class Moment(NamedTuple):
    """What figures of quality rest on besides declarations.

    ``now`` is the report's moment in Unix seconds. Errors that customs recorded are entered up to
    ``errors_until``, in Unix seconds; None where nobody says so. ``targets`` are the intervals that
    have one; ``tiers`` say for how many days beyond free time a container costs how much a day.
    ``alerts`` are those about a declaration by its name, ``silences`` the ids of those in force.
    """

    now: int
    zone: tzinfo
    errors_until: int | None = None
    targets: tuple[str, ...] = ()
    tiers: tuple[tuple[int | None, float], ...] = ()
    alerts: Mapping[str, Sequence[Alert]] = {}
    silences: frozenset[str] = frozenset()


class Course(NamedTuple):
    """What the letters of a path tell.

    ``accepted`` and ``released``: ever, also if it was taken back since. ``amended``: reviewed
    again after a release. ``touched``: returned, inspected, suspended, or to be acted on.
    ``gap``: a message between two others is missing.
    """

    accepted: bool
    released: bool
    amended: bool
    touched: bool
    gap: bool


class Profile(NamedTuple):
    """What rates are counted of; None where it is not known.

    ``deleted`` is ``asked`` or ``unasked``; ``cutoff`` is ``met``, ``missed``, ``ahead``, or
    ``given up`` where people put the declaration away before its cut-off passed;
    ``advance``: declared before the goods arrived; ``error``: customs recorded one; ``free_time``:
    its last free day is known. ``course`` is None where nothing tells when it was first declared.
    """

    course: Course | None
    direction: str | None
    inspected: bool
    sendings: int
    returns: int
    closed: bool
    complete: bool
    deleted: str | None
    advance: bool | None
    cutoff: str | None
    error: bool | None
    free_time: bool


@cache
def course_of(letters: str) -> Course:
    """What the letters of a path tell, in order: ``saurc``.

    >>> course_of("saurur").amended, course_of("sarc").amended
    (True, False)
    """
    return Course(
        accepted=not _ACCEPTED.isdisjoint(letters),
        released=any(letter in letters for letter in _FINISHED),
        amended=any(one in _FINISHED and then in _AT_CUSTOMS for one, then in pairwise(letters)),
        touched=not _TOUCHES.isdisjoint(letters),
        gap=_UNKNOWN in letters,
    )


def profile(timing: Timings, moment: Moment) -> Profile:
    """The profile of a declaration."""
    path = timing.path
    course = course_of(letters_of(path)) if path else None
    inspected, closed = timing.examined_from is not None, timing.cleared_at is not None
    sendings, returns = timing.sendings, timing.returns
    if timing.returned and not returns:
        sendings, returns = _counted_on_its_way(timing)
    return Profile(
        course,
        timing.direction,
        inspected,
        sendings,
        returns,
        closed,
        closed and course is not None and not course.gap and _is_complete(timing),
        _deleted(timing) if timing.withdrawn_at is not None else None,
        None if timing.arrived_at is None else _is_advance(timing),
        _cutoff(timing, moment) if timing.cutoff or timing.cy_cutoff else None,
        _error(timing, moment) if moment.errors_until or timing.error else None,
        timing.free_until is not None,
    )


_OWN = ("withdrawn_at", "arrived_at", "cutoff", "cy_cutoff", "error")
"""Fields that may give declarations different profiles that are alike in all else."""


def profiles(some: Alike, moment: Moment) -> Iterator[tuple[Profile, Alike]]:
    """Declarations that are alike, by their profiles: nearly always all have the same."""
    if moment.errors_until is None and not any(some.column(name) for name in _OWN):
        yield profile(some.timing(0), moment), some
    else:
        yield from some.parted([profile(timing, moment) for timing in some.timings()])


def _counted_on_its_way(timing: Timings) -> tuple[int, int]:
    """How often it was sent and returned by its path, where an earlier version kept no count."""
    returns = max([letter for letter, _ in steps_of(timing.path)].count(_RETURN), 1)
    return returns + (timing.stage != Stage.REJECTED), returns


def _is_complete(timing: Timings) -> bool:
    """Whether every milestone of a closed declaration is known that its way has."""
    if timing.examined_from is not None and timing.examined_until is None:
        return False
    return None not in (timing.declared_at, timing.accepted_at, timing.released_at)


def _deleted(timing: Timings) -> str | None:
    """Whether it was deleted as we had asked."""
    if timing.stage != Stage.WITHDRAWN or timing.withdrawn_at is None:
        return None
    asked = timing.withdrawal_asked
    return "asked" if asked and _instant(asked) <= timing.withdrawn_at + DAY else "unasked"


def _is_advance(timing: Timings) -> bool | None:
    first, arrived = timing.first_declared_at, timing.arrived_at
    return None if first is None or arrived is None else first < arrived


def _error(timing: Timings, moment: Moment) -> bool | None:
    """Whether customs recorded an error, where that is said or all errors are entered."""
    if timing.error:
        return timing.error == "yes"
    at, until = timing.counted_at, moment.errors_until
    return False if at is not None and until is not None and at < until else None


def cutoff_of(timing: Timings) -> int | None:
    """The earlier of an export's cut-offs, of customs and of the yard, in Unix seconds."""
    ends = [_instant(written) for written in (timing.cutoff, timing.cy_cutoff) if written]
    return min(ends) if ends and timing.direction == "export" else None


def _cutoff(timing: Timings, moment: Moment) -> str | None:
    end = cutoff_of(timing)
    if end is None or timing.stage == Stage.WITHDRAWN:
        return None
    released, put_away = timing.released_at, timing.put_away_at
    if released is not None and released <= end:
        return "met"
    if put_away is not None and put_away <= end:
        return "given up"
    return "ahead" if released is None and end > moment.now else "missed"


@cache
def _instant(written: str) -> int:
    """A moment or a day, which begins at midnight in universal time, in Unix seconds."""
    at = datetime.fromisoformat(written if "T" in written else f"{written}T00:00:00+00:00")
    return int(at.timestamp())


# Figures of one declaration, each None where it has none

_LONG_RIGHT = Sample(TAU, Ending.OPEN)


def first_failure(timing: Timings, own: Profile, moment: Moment) -> Sample | None:
    """The time from the first sending until it turned out wrong, as withdrawn; else until τ or now.

    Wrong is what was returned, reviewed again after a release, deleted unasked, or not accepted
    within τ. What we had deleted ended.
    """
    since = timing.first_declared_at
    if since is None or own.course is None:
        return None
    seen = moment.now - since
    if _is_right_so_far(own):
        return _right_for(seen)
    failed = _failed_after(timing, own, since)
    if failed is not None and failed <= TAU:
        return Sample(failed, Ending.WITHDRAWN)
    if own.deleted == "asked" and timing.withdrawn_at is not None:
        return Sample(min(max(timing.withdrawn_at - since, 0), TAU), Ending.ENDED)
    if seen >= TAU and not own.course.accepted:
        return Sample(TAU, Ending.WITHDRAWN)
    return Sample(min(max(seen, 0), TAU), Ending.OPEN)


def _is_right_so_far(own: Profile) -> bool:
    """Whether nothing has turned out wrong, and customs has accepted it."""
    if own.course is None or own.returns or own.deleted is not None:
        return False
    return own.course.accepted and not own.course.amended


def _right_for(seconds: int) -> Sample:
    """What was right for so many seconds, until τ or now."""
    return _LONG_RIGHT if seconds >= TAU else Sample(max(seconds, 0), Ending.OPEN)


Number = Callable[[Timings, Profile, Moment], Any]
"""What a declaration gives to a figure; None gives nothing."""


Numbered = Sequence[tuple[str, Number]]
"""Names of figures, each with the number that a declaration gives to it."""


def numbers(
    figures: Numbered, some: Alike, own: Profile, moment: Moment
) -> Iterator[tuple[str, list[Any]]]:
    """What declarations with a profile give to figures, by the names of these."""
    timings: list[Timings] = []
    for name, number in figures:
        if number is first_failure and _is_right_so_far(own):
            yield name, _all_right(some, moment.now)
        else:
            timings = timings or list(some.timings())
            given = (number(timing, own, moment) for timing in timings)
            yield name, [one for one in given if one is not None]


def _all_right(some: Alike, now: int) -> list[Sample]:
    """What ``first_failure`` is of declarations of which nothing has turned out wrong."""
    return [
        _LONG_RIGHT if since <= now - TAU else _right_for(now - since)
        for since in some.column("first_declared_at") or ()
    ]


def _failed_after(timing: Timings, own: Profile, since: int) -> int | None:
    """After how many seconds the first sending turned out wrong."""
    steps = steps_of(timing.path)
    returned = [seconds for letter, seconds in steps if letter == _RETURN]
    times = returned[:1] if returned or own.returns == 0 else [0]
    amended = amended_after(steps)
    times += [] if amended is None else [amended]
    if own.deleted == "unasked" and timing.withdrawn_at is not None:
        times.append(max(timing.withdrawn_at - since, 0))
    return min(times, default=None)


def steps_of(path: str) -> list[tuple[str, int]]:
    """The letters of a path, each with the seconds since the declaration."""
    return list(zip(letters_of(path), seconds_of(path), strict=True))


def amended_after(steps: list[tuple[str, int]]) -> int | None:
    """When a release was first taken back to be amended, in seconds since the declaration."""
    for (one, _), (then, seconds) in pairwise(steps):
        if one in _FINISHED and then in _AT_CUSTOMS:
            return seconds
    return None


def amendment_hours(timing: Timings, own: Profile, moment: Moment) -> float | None:
    """Hours from the amendment of a closed declaration until it was closed again, or until now."""
    if own.course is None or not own.course.amended or timing.first_declared_at is None:
        return None
    steps = steps_of(timing.path)
    first = next((seconds for letter, seconds in steps if letter == _CLOSURE), None)
    begun = amended_after([step for step in steps if first is not None and step[1] >= first])
    if begun is None:
        return None
    last_letter, last = steps[-1]
    until = last if last_letter == _CLOSURE else moment.now - timing.first_declared_at
    return max(until - begun, 0) / 3600


def rework_hours(timing: Timings, _: Profile, __: Moment) -> float | None:
    """Hours from the first sending to the one that was not returned."""
    first, last = timing.first_declared_at, timing.declared_at
    return None if first is None or last is None else max(last - first, 0) / 3600


def cutoff_margin(timing: Timings, own: Profile, _: Moment) -> float | None:
    """Hours from the release to the cut-off; endless below nothing where it was not released."""
    end = cutoff_of(timing) if own.cutoff in ("met", "missed") else None
    if end is None:
        return None
    return float("-inf") if timing.released_at is None else (end - timing.released_at) / 3600


def lead_hours(timing: Timings, own: Profile, _: Moment) -> float | None:
    """Hours from the first sending to the cut-off."""
    end = cutoff_of(timing) if own.cutoff else None
    first = timing.first_declared_at
    return None if end is None or first is None else (end - first) / 3600


def overrun_days(timing: Timings, _: Profile, moment: Moment) -> float | None:
    """Days that an import stayed at the terminal after its last free day, so far or in all."""
    if not timing.free_until:
        return None
    last = moment.now if timing.gated_out_at is None else timing.gated_out_at
    left = datetime.fromtimestamp(last, moment.zone).date()
    return float(max((left - date.fromisoformat(timing.free_until[:10])).days, 0))


def overrun_cost(timing: Timings, own: Profile, moment: Moment) -> float | None:
    """What the days of ``overrun_days`` cost by the tiers, for each of its containers."""
    days = overrun_days(timing, own, moment)
    return None if days is None else demurrage(days, moment.tiers) * max(timing.containers, 1)


def demurrage(days: float, tiers: tuple[tuple[int | None, float], ...]) -> float:
    """What so many days cost for a container.

    >>> demurrage(6, ((4, 100.0), (None, 200.0)))
    800.0
    """
    cost = 0.0
    for length, rate in tiers:
        inside = days if length is None else min(days, length)
        cost += inside * rate
        days -= inside
    return cost
