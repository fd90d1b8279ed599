"""A whole report once more, in the shape of its JSON, from the messages that a store keeps.

Shared with the report is only how messages are read and linked into timelines, how a written period
begins and ends, what a working day is, and the words that classes of returns are told by. Timelines
are made anew, as the report's moment knew them, not taken from what a store keeps beside the
messages. What people said, and what became of alerts, are records of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from functools import cached_property
from typing import Any

from clearance import periods
from clearance.model import INTERVALS, Stage, Timings
from clearance.named_tuples import NamedTuple
from clearance.periods import Period
from clearance.reporting import (
    recounting,
    recounting_alerts,
    recounting_quality,
    recounting_times,
    recounting_why,
)
from clearance.reporting.recounting import Asked, Row
from clearance.reporting.recounting_alerts import Told
from clearance.reporting.recounting_quality import NOTHING, UNREAD, Figure, Seen
from clearance.reporting.settings import Settings
from clearance.stores import Store
from clearance.timelines import derive, linking, said

_DAY = 86400
_LONGEST = 10
_FIELDS = {
    "broker": "agent", "system": "system", "office": "office", "direction": "direction",
    "transport_mode": "transport_mode", "trade_mode": "trade_mode", "trader": "trader",
    "country": "country", "terms": "terms", "currency": "currency", "customer": "customer",
    "goods": "goods",
}  # fmt: skip
"""What each dimension of a report is called of a declaration."""
_MADE: Mapping[str, Callable[[Timings], str | None]] = {
    "inspected": lambda timing: "no" if timing.examined_from is None else "yes",
    "guarantee": lambda timing: "yes" if timing.guaranteed else "no",
    "hs_chapter": lambda timing: timing.hs_code and timing.hs_code[:2],
}
"""Dimensions that are made of something."""

Group = tuple[str | None, ...]


class Side(NamedTuple):
    """A row to compare, the same period a year before it, and the figures of both beside times."""

    row: Row
    figures: Mapping[str, Figure]


def timings_of(store: Store, as_of: datetime) -> Iterator[Timings]:
    """What a report needs of every declaration, from the messages and what people said."""
    events = [event for message in store.messages() for event in linking.reread(message)]
    overused = derive.overused_in(events)
    known = (event for event in events if event.known_at is None or event.known_at <= as_of)
    return said.timings(store, derive.link(known, overused), as_of)


class Recounted:
    """A report once more; ``saved`` says what it was asked for."""

    def __init__(self, store: Store, saved: Mapping[str, Any], settings: Settings) -> None:
        self.saved, self.settings = saved, settings
        self.as_of = datetime.fromisoformat(saved["as_of"])
        self.now = int(self.as_of.timestamp())
        self.zone: tzinfo = periods.zone(saved["zone"], "zone")
        entered = settings.errors_until(self.zone)
        self._errors_until = int(entered.timestamp()) if entered else None
        self.by: list[str] = saved["by"]
        working = saved["clock"] == "working"
        self.asked = Asked(
            saved["interval"],
            *INTERVALS[saved["interval"]],
            self.now,
            settings.calendars.of(_home(store)).day if working else _DAY,
            self._office if working else _elapsed,
        )
        self.timings = list(timings_of(store, self.as_of))
        self._silences = {
            record.id
            for record in store.records("silence")
            if datetime.fromisoformat(record.document["since"]) <= self.as_of
        }
        self._alerts: dict[str, list[Mapping[str, Any]]] = {}
        for record in store.records("alert"):
            self._alerts.setdefault(record.document["declaration"] or "", []).append(
                record.document
            )
        self._rows: dict[tuple[str, Group | None, int | None], Row] = {}
        self._figures: dict[int, Mapping[str, Figure]] = {}

    def _office(self, system: str, begin: int, end: int) -> int:
        """Working time of a customs system."""
        return self.settings.calendars.of(system).between(begin, end)

    def document(self) -> dict[str, Any]:
        """All that the report says in figures, in the shape of its JSON; without words on them."""
        asked = ("schema", "as_of", "interval", "cohort", "clock", "zone", "every", "by")
        return {
            **{key: self.saved[key] for key in asked},
            "rows": [self._row_of(period, group) for period, group in self._places],
            "stages": list(self._stages()),
            "links": list(self._links()),
            "corrections": list(self._corrections()),
            "longest": self._longest(),
            "anomalies": self._named(lambda whole: whole.impossible),
            "day_only": self._named(lambda whole: whole.day_only),
            "undated": sum(one.stage not in _UNSENT for one in self.timings if not _is_dated(one)),
            **(self._why() if "why_of" in self.saved else {}),
        }

    # Rows

    @cached_property
    def _before(self) -> dict[str, str]:
        """The periods shown, each with the one it is compared with."""
        return {row["period"]: row["change"]["from"] for row in self.saved["rows"]}

    @cached_property
    def _read(self) -> set[str]:
        """Every period that the report reads."""
        return {*self._before, *self._before.values()}

    @cached_property
    def _places(self) -> list[tuple[str, Group]]:
        """The periods shown with every group that there is in any of them."""
        groups = {self._group(one) for period in self._before for one in self._dated(period)}
        return [
            (period, group)
            for period in self._before
            for group in groups or {(None,) * len(self.by)}
        ]

    @property
    def _has_quality(self) -> bool:
        return any("inspection_rate" in row for row in self.saved["rows"])

    def row(self, period: str, group: Group | None, until: int | None = None) -> Row:
        """The declarations of a period, in a group or all of them; or of its beginning only."""
        if (place := (period, group, until)) not in self._rows:
            some = [
                one
                for one in self._dated(period, until)
                if group is None or self._group(one) == group
            ]
            values = ",".join("?" if value is None else f"={value}" for value in group or ())
            self._rows[place] = Row(self.asked, some, f"{self.asked.interval} {period} {values}")
        return self._rows[place]

    def _compared(self, period: str, group: Group | None) -> Row:
        """The row of the period that another is compared with: as much of it as that has run."""
        since = self._before[period]
        return self.row(since, group, self._part(period, since))

    def _part(self, period: str, since: str) -> int | None:
        """How far the earlier period goes where the later one is not over: as long as that has."""
        (start, end), (begun, over) = self._span(period), self._span(since)
        until = begun + self.now - start
        return until if start <= self.now < end and until < over else None

    def _period(self, written: str) -> Period:
        unit = periods.EVERY[self.saved["every"]]
        return periods.parse(written, self.as_of.date(), unit)[0]

    def _span(self, written: str) -> tuple[int, int]:
        """When a period begins, and when the next one does."""
        period = self._period(written)
        start, end = (int(one.start(self.zone).timestamp()) for one in (period, period.next))
        return start, end

    def _year_before(self, written: str) -> str:
        period = self._period(written)
        return str(period.shifted(-period.PER_YEAR))

    def _dated(self, written: str, until: int | None = None) -> list[Timings]:
        """The declarations of a period, or of its beginning up to a moment."""
        start, end = self._span(written)
        end = end if until is None else until
        closed = self.saved["cohort"] == "closed"
        moments = ((one.cleared_at if closed else _counted_at(one), one) for one in self.timings)
        return [one for at, one in moments if at is not None and start <= at < end]

    def _group(self, timing: Timings) -> Group:
        return tuple(
            _MADE[name](timing) if name in _MADE else getattr(timing, _FIELDS[name])
            for name in self.by
        )

    def _row_of(self, period: str, group: Group) -> dict[str, Any]:
        since, (start, end) = self._before[period], self._span(period)
        row, old = self.row(period, group), self._compared(period, group)
        return {
            "period": period,
            "running": start <= self.now < end,
            "group": dict(zip(self.by, group, strict=True)),
            **recounting.figures(row, old, self.saved["cohort"], since, self._until(period)),
            **(self._quality(period, group) if self._has_quality else {}),
        }

    def _until(self, period: str) -> str | None:
        """Up to when the period counts that a running one is compared with, as text."""
        part = self._part(period, self._before[period])
        return None if part is None else datetime.fromtimestamp(part, self.zone).isoformat()

    # How well it went

    def _quality(self, period: str, group: Group) -> dict[str, Any]:
        """The figures of quality of a row, each beside that of the period compared with, and those
        of targets beside that of a year ago.
        """
        since, year_ago = self._before[period], self._year_before(period)
        row, old = self.row(period, group), self._compared(period, group)
        new = self._figures_of(row, year_ago, group)
        earlier = self._figures_of(old, self._year_before(since), group)
        then: Mapping[str, Figure] = dict.fromkeys(new, UNREAD)
        if year_ago == since:
            then = earlier
        elif year_ago in self._read:
            then = self._figures_of(self.row(year_ago, group), self._year_before(year_ago), group)
        found = recounting_quality.nested(
            (name, recounting_quality.written(figure, other.get(name, NOTHING), from_))
            for name, figure in new.items()
            for other, from_ in [
                (then, year_ago) if name.startswith("inside_target") else (earlier, since)
            ]
        )
        found["return_reasons"]["notes"] = recounting_quality.reasons_listed(
            row.counted, self.settings.reasons
        )
        found["error_rate"] |= self._standing(period, new["error_rate"], len(row.counted))
        return found

    def _figures_of(self, row: Row, year_ago: str, group: Group) -> Mapping[str, Figure]:
        """Every figure of quality of the declarations of a row, by its name."""
        if id(row) not in self._figures:
            settings, timings = self.settings, row.counted
            seen = [
                Seen(one, self.now, self.zone, self._errors_until, settings.tiers)
                for one in timings
            ]
            before = self.row(year_ago, group) if year_ago in self._read else None
            self._figures[id(row)] = {
                **recounting_quality.figures(seen, settings.reasons),
                **recounting_times.figures(row, before, self._office),
                **recounting_times.targets(
                    timings, self.asked.interval, settings.targets, self.now
                ),
                **dict.fromkeys(("reaction", "alert_noise", "fees"), NOTHING),
                **recounting_alerts.figures(
                    list(self._told(timings)), seen, settings.freight, self.now
                ),
            }
        return self._figures[id(row)]

    def _told(self, timings: Iterable[Timings]) -> Iterator[Told]:
        """What became of the alerts about some declarations."""
        for timing in timings:
            for alert in self._alerts.get(timing.name, ()) if timing.name else ():
                told = recounting_alerts.told(alert, timing, self._silences, self.now)
                if told:
                    yield told

    def _standing(self, period: str, errors: Figure, total: int) -> dict[str, Any]:
        """How the errors of so many declarations stand beside the country's average: as they do
        both if none and if all of those had one of which nobody says it.
        """
        average = self.settings.averages.get(period)
        if average is None:
            return {"average": None, "against_average": "unknown"}
        told = errors.hits or 0
        shares = [hits / total for hits in (told, told + total - errors.n)] if total else []
        verdicts = {"above" if share > average / 100 else "within" for share in shares}
        verdict = verdicts.pop() if len(verdicts) == 1 else "unknown"
        return {"average": average / 100, "against_average": verdict}

    # The whole of a period

    def _stages(self) -> Iterator[dict[str, Any]]:
        for period in self._before:
            sides = self.row(period, None), self._compared(period, None)
            yield from ({"period": period, **one} for one in recounting.stages(*sides))

    def _links(self) -> Iterator[dict[str, Any]]:
        for period, group in self._places if self._has_quality else ():
            counted = self.row(period, group).counted
            for direction, parts in recounting_times.links(counted, self.now).items():
                place = {"period": period, "group": dict(zip(self.by, group, strict=True))}
                yield from ({**place, "direction": direction, **part} for part in parts)

    def _corrections(self) -> Iterator[dict[str, Any]]:
        for period, group in self._places if self._has_quality else ():
            place = {"period": period, "group": dict(zip(self.by, group, strict=True))}
            some = recounting_quality.corrections(self.row(period, group).counted)
            yield from ({**place, **one} for one in some)

    def _longest(self) -> list[dict[str, Any]]:
        """The ten longest of all periods."""
        times = [
            (time, timing, period)
            for period in self._before
            for time, timing, _ in self.row(period, None).taken
            if time.ending != recounting.WITHDRAWN
        ]
        times.sort(key=lambda one: (one[0].seconds, one[0].name), reverse=True)
        return [
            {
                "reference": time.name,
                "seconds": time.seconds,
                "period": period,
                "open": time.ending == recounting.OPEN,
                "put_away": timing.put_away_at is not None,
                "by_hand": recounting.is_by_hand(timing, self.asked),
            }
            for time, timing, period in times[:_LONGEST]
        ]

    def _named(self, of: Callable[[Row], Sequence[str]]) -> list[dict[str, Any]]:
        """Declarations of each period that are in no figure of times."""
        return [
            {"period": period, "reference": name}
            for period in self._before
            for name in of(self.row(period, None))
        ]

    def _why(self) -> dict[str, Any]:
        """Why the last period that is over differs; the last of all where none is."""
        over = [period for period in self._before if self.now >= self._span(period)[1]]
        period = (over or list(self._before))[-1]
        since = self._before[period]
        now, before = self.row(period, None), self._compared(period, None)
        clear = recounting.clear_change(now, before)
        seed = f"why {self.asked.interval} {period} {since}"
        parts, seconds = recounting_why.parts(now, before, self.settings.calendars.of, clear, seed)
        of = {"period": period, "from": since, "seconds": seconds}
        return {"why": parts, "why_of": {**of, "clear": bool(clear and parts)}}


_UNSENT = (None, Stage.DRAFT, Stage.REJECTED)


def _counted_at(timing: Timings) -> int | None:
    """The day that customs wrote goes before the moment of the declaration."""
    return timing.declared_at if timing.dated_at is None else timing.dated_at


def _is_dated(timing: Timings) -> bool:
    return _counted_at(timing) is not None


def _home(store: Store) -> str:
    from clearance.customs import DEFAULT
    from clearance.timelines import known_systems

    home = known_systems.home(store)
    return home.name if home else DEFAULT


def _elapsed(_: str, begin: int, end: int) -> int:
    return end - begin
