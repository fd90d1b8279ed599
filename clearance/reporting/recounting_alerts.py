"""The figures of alerts once more, by the records of them that a store keeps.

What became of an alert stands in no message: it was told, acknowledged, silenced, or over. Only
what was so at the report's moment counts. Fees are what the rules have told.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from clearance.model import LETTERS, Stage, Timings
from clearance.named_tuples import NamedTuple
from clearance.reporting.recounting import ENDED, FEW, OPEN, WITHDRAWN, Time
from clearance.reporting.recounting_quality import Figure, Seen, share, total
from clearance.reporting.recounting_times import percentile

_HOUR = 3600
_TAU = 30 * 86400
_OURS = {LETTERS[Stage.DRAFT], LETTERS[Stage.SUBMITTED]}
_FEES = {"fees.late_declaration": "import_undeclared", "fees.late_duty": "tax_unpaid"}


class Told(NamedTuple):
    """An alert that was told: when, and when it was acknowledged, acted upon, over."""

    rule: str
    told: int
    acknowledged: int | None
    acted: int | None
    over: int | None
    in_vain: bool
    fee: float


def told(
    alert: Mapping[str, Any], timing: Timings, silences: Collection[str], now: int
) -> Told | None:
    """What a record says of an alert about a declaration; None where nobody was told by now."""
    states = [(_unix(at), state) for at, state, *_ in alert.get("transitions", ())]
    fired = [at for at, state in states if state == "firing" and at <= now]
    if not fired:
        return None
    since = fired[0]
    acknowledged = [at for at, state in states if state == "acknowledged" and at <= now]
    resolved = alert["resolved_at"] and _unix(alert["resolved_at"])
    over = resolved if resolved and resolved <= now else None
    first = timing.first_declared_at or 0
    events = [(letter, first + at) for letter, at in Seen(timing, now).steps]
    ours = [at for letter, at in events if letter in _OURS] + [timing.tax_paid_at or 0]
    acted = [at for at in ours if at > since]
    idle = not any(since <= at <= (over or since) for _, at in events)
    soon = over is not None and over - since <= _HOUR
    return Told(
        alert["rule"],
        since,
        min(acknowledged, default=None),
        min(acted, default=None),
        over,
        alert.get("muted_by") in silences or (soon and idle),
        _number(alert["numbers"].get("estimate")),
    )


def _unix(written: str) -> int:
    return int(datetime.fromisoformat(written).timestamp())


def _number(written: object) -> float:
    try:
        return float(str(written))
    except ValueError:
        return 0.0


def figures(
    alerts: Sequence[Told], declarations: Iterable[Seen], freight: float | None, now: int
) -> dict[str, Figure]:
    """The figures of the alerts about the declarations of a row; ``freight`` is what a missed
    cut-off costs.
    """
    seen = list(declarations)
    missed = sum(one.missed_cutoff for one in seen)
    found: dict[str, Figure] = {}
    if alerts:
        found |= _reactions(alerts, now) | _noise(alerts, len(seen))
    fees = [alert for alert in alerts if alert.fee]
    if fees or (missed and freight):
        found |= _fees(fees, [freight] * missed if freight else [])
    return found


def _reactions(alerts: Sequence[Told], now: int) -> dict[str, Figure]:
    ends: dict[str, Callable[[Told], int | None]] = {
        "reaction": lambda alert: alert.acknowledged,
        "reaction.next_event": lambda alert: alert.acted,
        "reaction.over": lambda alert: alert.over,
    }
    found = {name: _median(alerts, end, now) for name, end in ends.items()}
    for rule in {alert.rule for alert in alerts}:
        own = [alert for alert in alerts if alert.rule == rule]
        found[f"reaction.{rule}"] = _median(own, lambda alert: alert.over, now)
    return found


def _median(alerts: Sequence[Told], end_of: Callable[[Told], int | None], now: int) -> Figure:
    """The median hours until something came; what was over before it had no need of it."""
    times = []
    for alert in alerts:
        end = end_of(alert)
        if end is not None and end >= alert.told:
            times.append(Time(end - alert.told, ENDED))
        elif alert.over is not None:
            times.append(Time(max(alert.over - alert.told, 0), WITHDRAWN))
        else:
            times.append(Time(max(now - alert.told, 0), OPEN))
    n = sum(time.ending != WITHDRAWN for time in times)
    ends = percentile(times, _TAU, 0.5) if n >= FEW else None
    hours = (ends[0] / _HOUR, ends[1] / _HOUR, ends[2] / _HOUR) if ends else None
    return Figure(n, None, hours, 1.0, n < FEW)


def _noise(alerts: Sequence[Told], declarations: int) -> dict[str, Figure]:
    n, hits = len(alerts), sum(alert.in_vain for alert in alerts)
    rate = share(hits / n, n) if n >= FEW else None
    each = 100 / declarations
    many = total([each] * n) if declarations >= FEW else None
    return {
        "alert_noise": Figure(n, hits, rate, 1.0, n < FEW),
        "alert_noise.per_100": Figure(declarations, n, many, 1.0, declarations < FEW),
    }


def _fees(fees: Sequence[Told], freight: Sequence[float]) -> dict[str, Figure]:
    incurred = [(alert.rule, alert.fee) for alert in fees if alert.over is not None]
    sums: dict[str, Sequence[float]] = {
        "fees": [*(fee for _, fee in incurred), *freight],
        "fees.at_risk": [alert.fee for alert in fees if alert.over is None],
        "fees.dead_freight": freight,
    }
    sums |= {name: [fee for of, fee in incurred if of == rule] for name, rule in _FEES.items()}
    return {
        name: Figure(len(amounts), None, total(amounts), 1.0, is_few=False)
        for name, amounts in sums.items()
    }
