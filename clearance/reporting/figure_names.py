"""What each figure of a report is called: by its place in the JSON, or shorter.

A figure is named ``ROW.FIGURE``, and ``FIGURE`` is where it stands in its row: ``closed``,
``fees.parts.at_risk.value``, ``change.ci95.0``, ``sums.value.EUR``. Shorter names leave out
``parts`` and ``sums`` and what is said of a figure: ``fees.at_risk``, ``packages``. What does not
stand in a row is called as its list is, and by what tells its elements apart:
``2026Q3.stages.inspection.mean``, ``2026Q3.why.office``, ``longest.0.seconds``. What only a page
counts is called ``standing`` (times known of declarations that are not withdrawn), ``before`` (a
count of what a period is compared with), ``hours`` (submissions by weekday, Monday is 0, and hour)
and ``more`` (what a page has no room for): ``2026Q3.before.declared``, ``hours.0.9``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from clearance.errors import BadArgument
from clearance.figures.stages import STAGE_OF_LETTER
from clearance.named_tuples import NamedTuple
from clearance.reporting import quality, quality_times, return_reasons, why
from clearance.reporting.followed import LINKS
from clearance.reporting.query import ReportQuery
from clearance.reporting.report import PERCENTILES
from clearance.reporting.sums import SUMS

COUNTS = ("declared", "closed", "open", "returned", "withdrawn", "anomalous")
"""Figures that count declarations."""
MORE_COUNTS = ("put_away", "by_hand")
"""Counts that overlap with the others."""
TIMES = ("rmst", "tau", *PERCENTILES, "within", "change", "withdrawn_share")
"""Figures of the times of all declarations of a row, the open and the withdrawn ones too."""
ALERTS = (
    "reaction", "reaction.next_event", "reaction.over", "alert_noise", "alert_noise.per_100",
    "fees", "fees.at_risk", "fees.dead_freight", "fees.late_declaration", "fees.late_duty",
)  # fmt: skip
"""Figures of alerts and of what they cost."""
STANDING, BEFORE, HOURS, MORE = "standing", "before", "hours", "more"
OF_CARDS = ("declared", "open", STANDING)
"""Counts that a page shows of a period and of what it is compared with."""
OF_PAGES = (STANDING, *(f"{BEFORE}.{name}" for name in OF_CARDS))
"""Figures of a row that only a page has."""
NAMED_ONE_BY_ONE = ("anomalies", "day_only")
"""Figures that are lists of declarations."""
MAX_LISTED = 20
"""Declarations of such a list that a page has room for."""
OF_PERIODS = ("stages", "why", "why_of", "anomalies", "day_only")
"""Figures of all groups of a period together, by the first word of their names."""
OF_REPORTS = ("longest", "undated", HOURS, MORE)
"""Figures of a report as a whole, which have no row."""
UNKNOWN = "unknown"
"""How the group of what has no value is called."""

_MAX_NEAR = 5
"""Figures that an error names at most."""
_IN_BETWEEN = frozenset({"parts", "sums", "known", "left_out"})
_SAID: Mapping[str, Collection[str]] = {
    "change": ("rmst_difference", "rmst_ratio", "ci95", "mix_adjusted_ratio", "until", "verdict"),
    "stages": ("n", "seconds", "mean", "share", "change", "share_of_change"),
    "links": ("n", "seconds", "mean", "share"),
    "why": ("seconds", "ci95", "beyond_chance", "stages", *map(str, STAGE_OF_LETTER.values())),
    "why_of": ("seconds", "clear"),
    MORE: (),
    STANDING: (),
    BEFORE: (),
    "longest": ("seconds",),
    **dict.fromkeys((*COUNTS, *MORE_COUNTS, *PERCENTILES, "mean_closed", "rmst", "tau"), ()),
}
"""What is said of figures, by the first word of their names; of all others as of every rate."""
_OF_RATES = (
    "value", "n", "count", "ci95", "change", "difference", "coverage", "verdict", "average",
    "against_average", "notes", "class",
)  # fmt: skip


class Named(NamedTuple):
    """A figure by its short name, and the words of its whole name that follow or lie between.

    ``row`` is the name of its row, empty for what has none.
    """

    row: str
    figure: str
    said: tuple[str, ...] = ()

    @property
    def whole(self) -> str:
        """The first word of its name."""
        return self.figure.partition(".")[0]

    @property
    def part(self) -> str:
        """The words after the first."""
        return self.figure.partition(".")[2]

    @property
    def is_change(self) -> bool:
        """Whether it compares a period with an earlier one."""
        return self.whole in ("change", BEFORE) or "change" in self.said


def row_name(period: str, group: Sequence[str | None]) -> str:
    """What a row is called."""
    return "/".join((period, *(value or UNKNOWN for value in group)))


def figures(query: ReportQuery) -> list[str]:
    """The names of all figures of a report, the short ones."""
    plain = [*COUNTS, *MORE_COUNTS, "mean_closed", *TIMES, *SUMS]
    stages = [f"stages.{stage}" for stage in STAGE_OF_LETTER.values()]
    parts = [f"why.{name}" for name in (*why.FEATURES, why.PACE)]
    listed = [*NAMED_ONE_BY_ONE, "longest", "undated", HOURS]
    more = [*stages, *parts, "why_of", *listed, *(f"{MORE}.{name}" for name in NAMED_ONE_BY_ONE)]
    return [*plain, *OF_PAGES, *(of_quality(query) if query.has_quality else ()), *more]


def of_quality(query: ReportQuery) -> Iterator[str]:
    """The figures of how well it went."""
    yield from quality.FIGURES
    yield from quality_times.TIMES
    yield quality_times.TARGET
    yield from (f"{quality_times.TARGET}.{interval}" for interval in query.targets)
    yield quality_times.OUTSIDE
    yield from (f"{quality_times.OUTSIDE}.{stage}" for stage in STAGE_OF_LETTER.values())
    classes = (*return_reasons.CLASSES, *query.reasons, return_reasons.OTHER)
    yield from ("return_reasons", *(f"return_reasons.{name}" for name in dict.fromkeys(classes)))
    yield "corrections"
    yield from ALERTS
    yield from (f"reaction.{rule}" for rule in sorted({alert.rule for alert in query.alerts}))
    yield from (f"links.{way}.{part}" for way, parts in LINKS.items() for part in parts)


def named(query: ReportQuery, written: str) -> Named:
    """The figure that a name stands for; raises BadArgument, which names those that are closest.

    Either part of ``ROW.FIGURE`` may have a dot in it.
    """
    from difflib import get_close_matches

    known = figures(query)
    words = written.split(".")
    for place in range(len(words)):
        found = _resolved(words[place:], known)
        if found and (place or found.whole in OF_REPORTS):
            return found._replace(row=".".join(words[:place]).replace("*", ""))
    raise BadArgument(
        "--trace {written}: give ROW.FIGURE, such as {example}; of the {count} figures, which "
        "clearance report --format json shows, the closest are {choices}",
        written=written,
        example=f"{query.periods[-1]}.closed",
        count=len(known),
        choices=get_close_matches(words[-1], known, _MAX_NEAR, cutoff=0),
    )


def _resolved(words: Sequence[str], known: Collection[str]) -> Named | None:
    """The figure with the longest name that some words begin with, if the rest is said of it."""
    kept = [word for word in words if word not in _IN_BETWEEN]
    between = tuple(word for word in words if word in _IN_BETWEEN)
    for end in range(len(kept), 0, -1):
        name = ".".join(kept[:end])
        if name in known:
            return Named("", name, (*between, *kept[end:])) if _fits(name, kept[end:]) else None
    return None


def _fits(name: str, said: Sequence[str]) -> bool:
    """Whether words may be said of a figure: numbers stand for places and times in lists."""
    whole = name.partition(".")[0]
    if whole == "value":
        return len(said) < 2
    if whole in (*NAMED_ONE_BY_ONE, "corrections"):
        return True
    if whole == HOURS:
        return len(said) == len(_WEEK) and all(map(_is_below, said, _WEEK))
    return all(word.isdecimal() or word in _SAID.get(whole, _OF_RATES) for word in said)


_WEEK = (7, 24)
"""How many days a week has, and how many hours a day."""


def _is_below(word: str, most: int) -> bool:
    return word.isdecimal() and int(word) < most
