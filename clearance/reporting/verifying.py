"""A saved report against the messages: every figure is recomputed by ``recounting``, and compared.

The timelines are made anew of the messages, as the report's moment knew them, and not read from
what a store keeps beside them; how a message is read and linked is the same as everywhere.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any, NamedTuple

from clearance import periods
from clearance.customs.calendars import Calendars
from clearance.errors import BadArgument, ClearanceError
from clearance.model import INTERVALS, Stage, Timings
from clearance.periods import Period
from clearance.reporting import recounting, recounting_quality, recounting_times
from clearance.reporting.query import DIMENSIONS
from clearance.reporting.recounting import Asked, Row
from clearance.reporting.tracing import row_name
from clearance.stores import Store
from clearance.timelines import derive, linking, said

_KEYS = ("as_of", "interval", "cohort", "clock", "zone", "every", "by", "rows", "stages", "longest",
         "anomalies")  # fmt: skip
_Until = Callable[[tzinfo], datetime | None]
"""Up to when errors that customs recorded are entered, in a zone."""
_EQUAL = 1e-9
"""Figures that differ by a smaller share are the same."""
_WORDS = frozenset({"notes", "period", "running", "group"})
"""Keys of a row that are no figures."""
_NO_FIGURES = frozenset({"unit", "known", "left_out", "until", "coverage", "average"})
"""Keys inside a figure that are none, or are said of it by settings."""
_DAY = 86400
_LONGEST = 10


class Difference(NamedTuple):
    """A figure that is not what the messages say."""

    row: str
    figure: str
    saved: Any
    recomputed: Any


class Verified(NamedTuple):
    """What came of it: how many figures were compared, which differ, and which were not compared.

    ``cohort`` and the like are those of the saved report.
    """

    as_of: str
    compared: int
    different: list[Difference]
    not_compared: list[str]


def read(file: Path) -> dict[str, Any]:
    """A saved report; raises BadArgument for what is none, or of another layout."""
    try:
        document = json.loads(file.read_bytes())
    except OSError as why:
        raise ClearanceError("--verify {file}: cannot be read: {why}", file=file, why=why) from why
    except ValueError as why:
        raise ClearanceError("--verify {file}: is no JSON: {why}", file=file, why=why) from why
    if not isinstance(document, dict) or document.get("schema") != 1:
        raise _no_report(file)
    if any(key not in document for key in _KEYS) or not isinstance(document["rows"], list):
        raise _no_report(file)
    return document


def _no_report(file: Path) -> ClearanceError:
    return ClearanceError(
        "--verify {file}: is no report in JSON that this version knows: save one with clearance "
        "report --output FILE.json",
        file=file,
    )


def verify(
    store: Store,
    document: Mapping[str, Any],
    file: Path,
    calendars: Calendars,
    errors_until: _Until | None = None,
) -> Verified:
    """Compares the figures of a saved report with those that the messages give.

    ``errors_until`` says up to when errors that customs recorded are entered, as settings have it.
    Raises ClearanceError where what the report says of itself cannot be used.
    """
    try:
        return _Recount(store, document, calendars, errors_until).verified()
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as why:
        raise _no_report(file) from why
    except BadArgument as why:
        raise ClearanceError("--verify {file}: {why}", file=file, why=why) from why


class _Recount:
    """The figures of a report once more."""

    def __init__(
        self,
        store: Store,
        document: Mapping[str, Any],
        calendars: Calendars,
        errors_until: _Until | None,
    ) -> None:
        self.document = document
        self.office = _clock(calendars)
        self.as_of = datetime.fromisoformat(document["as_of"])
        self.zone: tzinfo = periods.zone(document["zone"], "zone")
        entered = errors_until(self.zone) if errors_until else None
        self.errors_until = int(entered.timestamp()) if entered else None
        self.by: list[str] = document["by"]
        working = document["clock"] == "working"
        self.asked = Asked(
            document["interval"],
            *INTERVALS[document["interval"]],
            int(self.as_of.timestamp()),
            calendars.of(_home(store)).day if working else _DAY,
            _clock(calendars) if working else _elapsed,
        )
        self.timings = list(timings_of(store, self.as_of))
        self.compared = 0
        self.different: list[Difference] = []
        self.not_compared: dict[str, None] = {}
        self._wholes: dict[tuple[str, int | None], Row] = {}
        self._rows: dict[tuple[str, tuple[Any, ...], int | None], Row] = {}

    def verified(self) -> Verified:
        for row in self.document["rows"]:
            self._compare_row(row)
        self._find_missing_rows()
        self._compare_stages()
        self._compare_longest()
        self._compare_links()
        for key in self.document.keys() - {"schema", "links", "day_only", "undated", *_KEYS}:
            self.not_compared[key] = None
        different = sorted(self.different, key=lambda one: (one.row, one.figure))
        return Verified(self.document["as_of"], self.compared, different, sorted(self.not_compared))

    def row(self, period: str, group: tuple[Any, ...], until: int | None = None) -> Row:
        """The declarations of a row, or those of its beginning up to a moment."""
        if (period, group, until) not in self._rows:
            some = [one for one in self._dated(period, until) if self._group(one) == group]
            values = ",".join("?" if value is None else f"={value}" for value in group)
            seed = f"{self.asked.interval} {period} {values}"
            self._rows[period, group, until] = Row(self.asked, some, seed)
        return self._rows[period, group, until]

    def _whole(self, period: str, until: int | None = None) -> Row:
        if (period, until) not in self._wholes:
            seed = f"{self.asked.interval} {period} "
            self._wholes[period, until] = Row(self.asked, self._dated(period, until), seed)
        return self._wholes[period, until]

    def _part(self, period: str, since: str) -> int | None:
        """How far the earlier period goes where the later one is not over: as long as that has."""
        start, end, begun, over = (
            int(one.start(self.zone).timestamp())
            for own in (self._period(period), self._period(since))
            for one in (own, own.next)
        )
        now = int(self.as_of.timestamp())
        until = begun + now - start
        return until if start <= now < end and until < over else None

    def _year_ago(self, written: str, group: tuple[Any, ...]) -> Row | None:
        """The same period a year ago, if the report reads it."""
        period = self._period(written)
        year_ago = str(period.shifted(-period.PER_YEAR))
        rows = self.document["rows"]
        is_read = any(year_ago in (row["period"], row["change"]["from"]) for row in rows)
        return self.row(year_ago, group) if is_read else None

    def _period(self, written: str) -> Period:
        unit = periods.EVERY[self.document["every"]]
        return periods.parse(written, self.as_of.date(), unit)[0]

    def _dated(self, written: str, until: int | None = None) -> list[Timings]:
        """The declarations of a period, or of its beginning up to a moment."""
        period = self._period(written)
        start, end = (int(p.start(self.zone).timestamp()) for p in (period, period.next))
        end = end if until is None else until
        closed = self.document["cohort"] == "closed"
        moments = ((one.cleared_at if closed else one.counted_at, one) for one in self.timings)
        return [one for at, one in moments if at is not None and start <= at < end]

    def _group(self, timing: Timings) -> tuple[Any, ...]:
        return tuple(DIMENSIONS[name](timing) for name in self.by)

    def _compare_row(self, saved: Mapping[str, Any]) -> None:
        period, since = saved["period"], saved["change"]["from"]
        group = tuple(saved["group"][name] for name in self.by)
        row, old = self.row(period, group), self.row(since, group, self._part(period, since))
        again = recounting.figures(row, old, self.document["cohort"], since)
        if "inspection_rate" in saved:
            now = self.asked.now
            sides = row.counted, old.counted
            until = self.errors_until
            again |= recounting_quality.figures(*sides, since, now, self.zone, until)
            years = self._year_ago(period, group), self._year_ago(since, group)
            again |= recounting_times.figures((row, old), years, since, self.office)
        name = row_name(period, group)
        for key, value in again.items():
            self._compare(name, key, saved.get(key), value)
        for key in saved.keys() - again.keys() - _WORDS:
            self.not_compared[key] = None

    def _compare(self, row: str, figure: str, saved: Any, again: Any) -> None:
        """Compares a figure, or each part of one."""
        if isinstance(again, dict) and isinstance(saved, dict):
            for key in again.keys() | (saved.keys() if figure in ("within", "value") else set()):
                self._compare(row, f"{figure}.{key}", saved.get(key), again.get(key))
            for key in saved.keys() - again.keys() - _NO_FIGURES:
                if saved[key] is not None:
                    self.not_compared[f"{figure}.{key}"] = None
            return
        self.compared += 1
        if not _is_same(saved, again):
            self.different.append(Difference(row, figure, saved, again))

    def _find_missing_rows(self) -> None:
        """Rows that the report should have: of groups with declarations in its periods."""
        rows = self.document["rows"]
        named = {(row["period"], tuple(row["group"][name] for name in self.by)) for row in rows}
        for period in dict.fromkeys(row["period"] for row in rows):
            for group in dict.fromkeys(map(self._group, self._dated(period))):
                if (period, group) not in named:
                    self._compare(row_name(period, group), "declared", None, "a row")

    def _compare_stages(self) -> None:
        before = {row["period"]: row["change"]["from"] for row in self.document["rows"]}
        saved = {(one["period"], one["stage"]): one for one in self.document["stages"]}
        again = {
            (period, one["stage"]): one
            for period, since in before.items()
            for one in recounting.stages(
                self._whole(period), self._whole(since, self._part(period, since))
            )
        }
        for period, stage in sorted(again.keys() | saved.keys()):
            one, other = saved.get((period, stage), {}), again.get((period, stage), {})
            for key in recounting.STAGE_FIGURES:
                self._compare(period, f"stages.{stage}.{key}", one.get(key), other.get(key))

    def _compare_links(self) -> None:
        """The parts of the whole way, and the declarations of which only the day is known."""
        if "links" not in self.document or "day_only" not in self.document:
            return
        rows = {(row["period"], tuple(row["group"].values())) for row in self.document["rows"]}
        again = {
            (row_name(*place), f"links.{direction}.{part.pop('part')}"): part
            for place in rows
            for direction, parts in recounting_times.links(
                self.row(*place).counted, self.asked.now
            ).items()
            for part in parts
        }
        saved = {
            (
                row_name(one["period"], list(one["group"].values())),
                f"links.{one['direction']}.{one['part']}",
            ): one
            for one in self.document["links"]
        }
        if any("inspection_rate" in row for row in self.document["rows"]):
            for place in again.keys() | saved.keys():
                for key in ("n", "seconds", "mean", "share"):
                    values = (each.get(place, {}).get(key) for each in (saved, again))
                    self._compare(place[0], f"{place[1]}.{key}", *values)
        periods_shown = dict.fromkeys(row["period"] for row in self.document["rows"])
        days = sorted([p, name] for p in periods_shown for name in self._whole(p).day_only)
        told = sorted([one["period"], one["reference"]] for one in self.document["day_only"])
        self._compare("day_only", "", told, days)
        unseen = (None, Stage.DRAFT, Stage.REJECTED)
        undated = [one for one in self.timings if one.counted_at is None]
        count = sum(one.stage not in unseen for one in undated)
        self._compare("undated", "", self.document.get("undated"), count)

    def _compare_longest(self) -> None:
        """The ten longest of all, and those with impossible times."""
        rows = dict.fromkeys(row["period"] for row in self.document["rows"])
        wholes = {period: self._whole(period) for period in rows}
        again = sorted(
            (time.seconds, time.name, period, time.ending == recounting.OPEN)
            for period, whole in wholes.items()
            for time in whole.times
            if time.ending != recounting.WITHDRAWN
        )[: -_LONGEST - 1 : -1]
        keys = ("seconds", "reference", "period", "open")
        saved = [tuple(one[key] for key in keys) for one in self.document["longest"]]
        self._compare("longest", "", list(map(list, saved)), list(map(list, again)))
        impossible = sorted([p, name] for p, whole in wholes.items() for name in whole.impossible)
        listed = sorted([one["period"], one["reference"]] for one in self.document["anomalies"])
        self._compare("anomalies", "", listed, impossible)


def timings_of(store: Store, as_of: datetime) -> Iterator[Timings]:
    """What a report needs of every declaration, from the messages and what people said."""
    events = [event for message in store.messages() for event in linking.reread(message)]
    overused = derive.overused_in(events)
    known = (event for event in events if event.known_at is None or event.known_at <= as_of)
    return said.timings(store, (), derive.link(known, overused), as_of)


def _home(store: Store) -> str:
    from clearance.customs import DEFAULT
    from clearance.timelines import query

    home = query.home(store)
    return home.name if home else DEFAULT


def _elapsed(_: str, begin: int, end: int) -> int:
    return end - begin


def _clock(calendars: Calendars) -> Callable[[str, int, int], int]:
    """Working time of each customs system."""
    return lambda system, begin, end: calendars.of(system).between(begin, end)


def _is_same(saved: Any, again: Any) -> bool:
    """Whether two figures are the same, but for what rounding does to them."""
    if isinstance(saved, list) and isinstance(again, list | tuple):
        pairs: Iterable[tuple[Any, Any]] = zip(saved, again, strict=False)
        return len(saved) == len(again) and all(_is_same(*pair) for pair in pairs)
    if _is_number(saved) and _is_number(again):
        return math.isclose(saved, again, rel_tol=_EQUAL, abs_tol=_EQUAL)
    return bool(saved == again)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
