"""A report in short: its headline, what it says in figures, and how these were worked out.

The page and the workbook begin with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

from clearance.figures.durations import MAX_RESAMPLED, MIN_SAMPLE, ROUNDS
from clearance.named_tuples import NamedTuple
from clearance.render.figures import percent, rmst_name, share_interval, signed
from clearance.render.notes import note
from clearance.render.report_text import METHOD, TEXT
from clearance.render.report_words import (
    clock_name,
    count_names,
    end_words,
    how_asked,
    up_to,
)
from clearance.render.text import days, duration, shown
from clearance.render.words import interval_name, say, worded
from clearance.reporting.chart_data import Pictures
from clearance.reporting.figure_names import STANDING
from clearance.reporting.report import WITHIN_DAYS, Change, Report, ReportRow

_WEAK_BELOW = 150
"""With fewer declarations on a side the report says that a real change may go unseen."""
_MIN_MIX_EFFECT = 0.03
"""An effect of the mix on a change is pointed out above this, and above a third of the change."""
_CARD_DAYS = WITHIN_DAYS[2]
_COUNTED = ("declared", "open")


class Card(NamedTuple):
    """A figure of the focus: its name, what it means, its value, and that of the earlier period.

    ``counts`` are those that its value is made of, ``counts_before`` those of the earlier one.
    """

    name: str
    meaning: str
    value: str
    before: str
    counts: Sequence[str] = ()
    counts_before: Sequence[str] = ()


class Summary:
    """What a report says in short, in one language."""

    def __init__(self, pictures: Pictures, lang: str) -> None:
        self.pictures, self.lang = pictures, lang
        self.report: Report = pictures.whole
        self.focus = next(row for row in self.report.rows if row.period == pictures.focus)
        self.before = pictures.before
        self._ends = end_words(self.report.interval, lang)
        self._tau = self.report.tau // self.report.day

    def _text(self, key: str, **values: object) -> str:
        return worded(TEXT[key], self.lang, **{**self._ends, "tau": self._tau, **values})

    def _span(self, seconds: float) -> str:
        return duration(seconds, self.report.day, self.lang)

    @cached_property
    def as_of(self) -> str:
        """The moment of the report."""
        return shown(self.report.as_of.astimezone(self.report.zone))

    @property
    def about(self) -> str:
        """What is measured, by which clock and cohort, and at which moment."""
        name = interval_name(self.report.interval, self.lang)
        if self.lang == "en":
            name = f"{self.report.interval}, {name}"
        as_of = self._text("as of", as_of=self.as_of, zone=self.report.zone)
        return " · ".join([name, *how_asked(self.report, self.lang), as_of])

    @property
    def headline(self) -> str:
        """The change in words; the clock and the cohort unless they are the default."""
        change = self.focus.change
        ratio = abs(change.rmst_ratio or 0)
        much = (f"{ratio:.0%}" if ratio >= 0.01 else f"{ratio:.1%}").replace("%", " %")
        said = self._text(
            change.verdict or "no calendar", new=self._new, old=change.since, much=much
        )
        asked = how_asked(self.report, self.lang)
        if not asked:
            return said
        separator = "，" if self.lang == "zh" else ", "
        return self._text("asked", asked=separator.join(asked).capitalize(), headline=said)

    @property
    def _new(self) -> str:
        return up_to(self.report, self.focus.period, self.lang)

    def lead(self) -> Iterator[str]:
        """The change in figures, the change with the same mix, withdrawals, and warnings."""
        change, row = self.focus.change, self.focus
        if change.rmst_ratio is not None and change.ci95 is not None and row.rmst is not None:
            yield self._from_to(row.rmst, change)
            yield from self._adjusted(change, change.rmst_ratio)
            smaller = min(row.declared, self.before.declared)
            if smaller < _WEAK_BELOW:
                yield self._text("weak", n=smaller)
        if row.running:
            until = change.until.astimezone(self.report.zone) if change.until else None
            shown_until = f"{until:%Y-%m-%d %H:%M}" if until else change.since
            yield self._text("running", new=self._new, old=change.since, until=shown_until)
        if max(row.withdrawn, self.before.withdrawn) and row.withdrawn_share:
            yield self._withdrawn()

    def _from_to(self, rmst: float, change: Change) -> str:
        low, high = map(signed, change.ci95 or (None, None))
        clock = clock_name(self.report, self.lang)
        return self._text(
            "from-to closed" if self.report.cohort == "closed" else "from-to",
            interval=interval_name(self.report.interval, self.lang),
            clock=self._text("clock", clock=clock) if clock else "",
            before=self._span(rmst - (change.rmst_difference or 0)),
            now=self._span(rmst),
            ratio=signed(change.rmst_ratio),
            low=low,
            high=high,
        )

    def _adjusted(self, change: Change, ratio: float) -> Iterator[str]:
        """The change with the mix of the earlier period."""
        adjusted = change.mix_adjusted_ratio
        if adjusted is not None:
            text = self._text("same mix", old=change.since, adjusted=signed(adjusted))
            matters = abs(adjusted - ratio) > max(abs(ratio) / 3, _MIN_MIX_EFFECT)
            yield text + (self._text("mix matters") if matters else "")

    def _withdrawn(self) -> str:
        return self._text(
            "withdrawn",
            share=_share(self.focus),
            interval=share_interval(self.focus),
            old=self.focus.change.since,
            before=_share(self.before),
        )

    def cards(self) -> Iterator[Card]:
        """The figures of the focus that a reader looks for first."""
        names = {"median": say("median", self.lang), "rmst": rmst_name(self.report), "p90": "P90"}
        rows = self.focus, self.before
        for key, name in names.items():
            now, before = (self._time(row, key) for row in rows)
            few, few_before = (_too_few(row, key) for row in rows)
            yield Card(name, self._text(f"card {key}"), now, before, few, few_before)
        shares = ((row.within or {}).get(_CARD_DAYS * self.report.day) for row in rows)
        within = f"≤ {days(_CARD_DAYS, self.lang)}"
        yield Card(within, self._text("card within"), *map(percent, shares))
        names_of_counts = count_names(self.report, _COUNTED, self.lang)
        counted = self._text(f"card {self.report.cohort}", as_of=self.as_of[5:16])
        now, before = (f"{row.declared} / {row.open}" for row in rows)
        yield Card(" / ".join(names_of_counts), counted, now, before, _COUNTED, _COUNTED)
        if self.report.cohort != "closed":
            withdrawn = self._text("card withdrawn")
            yield Card(say("withdrawn", self.lang), withdrawn, *map(_share, rows))

    def _time(self, row: ReportRow, name: str) -> str:
        """A figure, or the reason why it is missing."""
        seconds: float | None = getattr(row, name)
        if seconds is not None:
            return self._span(seconds)
        why = row.row_notes.get(name)
        return note(why, self.lang, self.report.interval) if why else "—"

    def method(self) -> Iterator[str]:
        """How the figures were worked out, and their limits."""
        report = self.report
        values = {
            **self._ends,
            "interval": report.interval,
            "name": interval_name(report.interval, self.lang),
            "clock": clock_name(report, self.lang) or say("elapsed time", self.lang),
            "cohort": say({"declared": "declare", "closed": "close"}[report.cohort], self.lang)
            if self.lang == "zh"
            else report.cohort,
            "zone": report.zone,
            "as_of": self.as_of,
            "rmst": rmst_name(report),
            "tau": self._tau,
            "rounds": ROUNDS,
            "most": MAX_RESAMPLED,
            "few": MIN_SAMPLE,
        }
        return (worded(text, self.lang, **values) for text in METHOD)


def _too_few(row: ReportRow, name: str) -> Sequence[str]:
    """The count that stands in place of a figure, if it is of too few."""
    return (STANDING,) if name in row.row_notes and row.row_notes[name].key == "too_few" else ()


def _share(row: ReportRow) -> str:
    return percent(row.withdrawn_share and row.withdrawn_share.value)
