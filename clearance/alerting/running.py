"""Values of a standing alert that run on with time, such as the hours so far.

A rule that names them is not asked again only because they run: what is shown is worked out from
what the last check noted. Each is a list of its kind and what it is worked out of:

* ``hours`` or ``late``, a time: the hours since;
* ``days``, a time: the whole days since;
* ``worked``, a customs system, and working seconds by ``Calendar.clock``: the working hours since;
* ``stays``, the id of a stratum: how many stays are known in it.

Looking an alert up is a frequent command, so nothing is loaded here that it does not need.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from clearance.model import Alert, replace
from clearance.named_tuples import NamedTuple

Running = Mapping[str, Sequence[Any]]
"""What each value that runs on is worked out of, by its name."""
_HOUR = timedelta(hours=1)


class Measures(NamedTuple):
    """What a check noted: its moment, working seconds by system, and stays by stratum."""

    at: datetime
    worked: Mapping[str, int]
    stays: Mapping[str, int]


def as_hours(seconds: float) -> float | int:
    """Seconds as hours with one decimal, or as a whole number if they are whole."""
    hours = round(seconds / 3600, 1)
    return int(hours) if hours == int(hours) else hours


def at_check(alert: Alert, measures: Measures) -> Alert:
    """An alert with its values as they were at a check."""
    if not alert.running or not alert.unresolved:
        return alert
    values = {name: _value(value, measures) for name, value in alert.running.items()}
    return replace(alert, values={**alert.values, **values})


def _value(written: Sequence[Any], measures: Measures) -> float | int:
    kind, *of = written
    return _KINDS[kind](measures, *of)


_KINDS: Mapping[str, Callable[..., float | int]] = {
    "hours": lambda m, since: as_hours(_since(m, since).total_seconds()),
    "late": lambda m, due: as_hours(_since(m, due) / _HOUR * 3600),
    "days": lambda m, since: _since(m, since).days,
    "worked": lambda m, system, before: as_hours(m.worked[system] - before),
    "stays": lambda m, stratum: m.stays[stratum],
}


def _since(measures: Measures, written: str) -> timedelta:
    return measures.at - datetime.fromisoformat(written)
