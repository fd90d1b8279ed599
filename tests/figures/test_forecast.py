"""The probability to be released before a cut-off, and its back-test."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearance.alerting import evaluation, inputs, rules
from clearance.customs.cn_single_window.demo import File
from clearance.figures import durations, forecast
from clearance.figures.durations import Ending, Sample
from clearance.figures.forecast import ExportCase, ExportStratum, History, Probability
from clearance.model import Note, Stage, Summary, Timings
from clearance.shipments import keeping, plans
from clearance.sources import Item
from clearance.stores import open_store
from clearance.timelines import intake
from tests.conftest import Case, Run, at, laid

HOUR = 3600
DAY = 24 * HOUR
NOW = 100 * DAY
SHANGHAI = "2248"


def waited(
    hours: float, inspected: float | None = None, office: str | None = SHANGHAI
) -> ExportCase:
    """Released after so many hours, long ago."""
    examined = None if inspected is None else round(inspected * HOUR)
    return ExportCase(0, examined, round(hours * HOUR), True, office)


def waiting(hours: float) -> ExportCase:
    """Declared so many hours ago, and not released."""
    return ExportCase(NOW - round(hours * HOUR), None, None, False, SHANGHAI)


def told(
    known: History,
    age: float,
    within: float,
    inspected: bool = False,
    office: str | None = SHANGHAI,
) -> Probability | None:
    return known.chance(office, inspected, round(age * HOUR), round(within * HOUR))


def test_of_those_that_waited_as_long_so_many_were_released_in_time() -> None:
    """Forty were released after 1, 2, … 40 hours. Thirty took more than 10, twelve of them at most
    22; nobody asks the 29 that took more than 11.
    """
    known = History([waited(hours) for hours in range(1, 41)], NOW)
    by_office = ExportStratum(SHANGHAI, False)
    assert told(known, 0, 10) == (0.25, 40, by_office)
    assert told(known, 10, 12) == (0.4, 30, by_office)
    assert told(known, 11, 12) is None


def test_those_still_waiting_count_as_long_as_they_are_known_to_wait() -> None:
    """Sixty: thirty released at 1 h, ten seen until 2 h, ten released at 3 h, ten seen until 5 h.

    S(1 h) = 30/60. At 3 h twenty are at risk and ten end: S(3 h) = 30/60 × 10/20 = 1/4. From one
    hour on 1 − S(3 h) / S(1 h) = 1/2; from the start 3/4. Beyond 5 h nobody knows.
    """
    waits = [
        *[waited(1)] * 30, *[waiting(2)] * 10, *[waited(3)] * 10, *[waiting(5)] * 10,
    ]  # fmt: skip
    known = History(waits, NOW)
    assert told(known, 1, 2) == (0.5, 30, ExportStratum(SHANGHAI, False))
    assert told(known, 0, 3) == (0.75, 60, ExportStratum(SHANGHAI, False))
    assert told(known, 1, 4) == (0.5, 30, ExportStratum(SHANGHAI, False))
    assert told(known, 1, 5) is None


def test_a_withdrawal_is_no_release_and_no_delay() -> None:
    """Forty: ten withdrawn at 1 h, twenty released at 2 h, ten at 4 h."""
    withdrawn = ExportCase(0, None, HOUR, False, SHANGHAI)
    known = History([*[withdrawn] * 10, *[waited(2)] * 20, *[waited(4)] * 10], NOW)
    assert told(known, 0, 2) == (round(20 / 30, 6), 40, ExportStratum(SHANGHAI, False))
    assert told(known, 0, 4) == (1.0, 40, ExportStratum(SHANGHAI, False))


def test_nothing_is_asked_about_an_export_that_was_withdrawn() -> None:
    withdrawn = [ExportCase(NOW - 9 * DAY, None, NOW - 3 * DAY, False, SHANGHAI)] * 60
    tested = forecast.back_test([*withdrawn, *[waited(1)] * 60], NOW - 10 * DAY, NOW)
    assert tested.n == 0
    without = forecast.back_test([waited(1)] * 60, NOW - 10 * DAY, NOW)
    assert tested.unanswered == without.unanswered


def test_too_few_alike_are_asked_among_more() -> None:
    """Thirty-five of the office, 29 of them inspected after an hour; thirty elsewhere."""
    here = [*[waited(10, inspected=1)] * 29, *[waited(3)] * 6]
    known = History([*here, *[waited(20, office="5301")] * 30], NOW)
    assert told(known, 0, 5) == (round(6 / 35, 6), 35, ExportStratum(SHANGHAI, False))
    assert told(known, 2, 5, inspected=True) == (round(6 / 35, 6), 35, ExportStratum(SHANGHAI))
    assert told(known, 5, 10) == (round(29 / 59, 6), 59, ExportStratum())
    assert told(known, 0, 5, office=None) == (round(6 / 65, 6), 65, ExportStratum())


def test_who_is_inspected_later_is_no_reason_to_be_sure_before() -> None:
    """Sixty not inspected at first, half of them later: who is then, is among those that were."""
    known = History([*[waited(40, inspected=5)] * 30, *[waited(2)] * 30], NOW)
    assert told(known, 0, 10) == (0.5, 60, ExportStratum(SHANGHAI, False))
    assert told(known, 6, 10, inspected=True) == (0.0, 30, ExportStratum(SHANGHAI, True))


MINUTES = st.integers(0, 6000)
WAITS = st.lists(
    st.builds(
        lambda declared, lasts, released, examined, office: ExportCase(
            NOW - declared * 60,
            None if examined is None else NOW - declared * 60 + examined * 60,
            None if lasts is None else NOW - declared * 60 + lasts * 60,
            released and lasts is not None,
            office,
        ),
        MINUTES,
        st.none() | MINUTES,
        st.booleans(),
        st.none() | MINUTES,
        st.sampled_from((SHANGHAI, "5301", None)),
    ),
    min_size=30,
    max_size=90,
)


def samples(waits: list[ExportCase], now: int, longer: int) -> list[Sample]:
    """The same times as the module of durations wants them."""
    found = []
    for one in waits:
        if one.ended is not None and one.ended <= now:
            outcome = Ending.ENDED if one.released else Ending.WITHDRAWN
            found.append(Sample(one.ended - one.declared, outcome))
        else:
            found.append(Sample(now - one.declared, Ending.OPEN))
    return [sample for sample in found if sample.seconds > longer]


@given(WAITS, MINUTES, MINUTES)
def test_it_is_what_the_curve_of_durations_says(
    waits: list[ExportCase], age: int, within: int
) -> None:
    """The curve of the exports that waited longer, by another implementation."""
    chance = History(waits, NOW).chance(None, False, age * 60, within * 60)
    end, longer = (age + within) * 60, samples(waits, NOW, age * 60)
    curve = durations.curve(longer, 30 * DAY)
    if chance is None:
        assert len(longer) < 30 or not curve.known(end)
        return
    assert chance.n == len(longer)
    assert chance.probability == pytest.approx(curve.within(end), abs=2e-6)


@given(WAITS, MINUTES, MINUTES, MINUTES, st.booleans())
def test_it_is_a_probability_that_grows_with_the_cut_off(
    waits: list[ExportCase], age: int, within: int, more: int, inspected: bool
) -> None:
    known = History(waits, NOW)
    first = known.chance(SHANGHAI, inspected, age * 60, within * 60)
    later = known.chance(SHANGHAI, inspected, age * 60, (within + more) * 60)
    for chance in filter(None, (first, later)):
        assert 0 <= chance.probability <= 1
        assert chance.n >= 30
    if later:
        assert first is not None
        assert first.probability <= later.probability


@given(st.lists(st.integers(1, 6000), min_size=30), MINUTES)
def test_at_the_declaration_it_is_the_plain_share_and_certain_where_all_were_released(
    minutes: list[int], within: int
) -> None:
    known = History([waited(one / 60) for one in minutes], NOW)
    chance = known.chance(SHANGHAI, False, 0, within * 60)
    assert chance is not None
    in_time = sum(one <= within for one in minutes) / len(minutes)
    assert chance.probability == pytest.approx(in_time, abs=1e-6)
    certain = known.chance(SHANGHAI, False, 0, max(minutes) * 60)
    assert certain is not None
    assert certain.probability == 1


@given(WAITS, MINUTES, MINUTES, MINUTES, st.booleans())
def test_what_happens_later_is_not_known(
    waits: list[ExportCase], ago: int, age: int, within: int, inspected: bool
) -> None:
    """With all that comes after a moment forgotten the answers of that moment are the same."""
    then = NOW - ago * 60
    forgotten = [
        one._replace(
            examined=one.examined if one.examined is not None and one.examined <= then else None,
            ended=one.ended if one.ended is not None and one.ended <= then else None,
        )
        for one in waits
        if one.declared <= then
    ]
    asked = (SHANGHAI, inspected, age * 60, within * 60)
    assert History(waits, then).chance(*asked) == History(forgotten, then).chance(*asked)


# The back-test


def shop(count: int, slower: float = 1, seed: int = 1) -> list[ExportCase]:
    """A shop of a year in which every seventh is inspected; slower from the 200th day on."""
    random = Random(seed)
    waits = []
    for _ in range(count):
        declared = int(random.random() * 365 * DAY)
        lasts = random.lognormvariate(9.8, 0.9) * (slower if declared > 200 * DAY else 1)
        examined = None
        if random.random() < 1 / 7:
            examined = declared + int(lasts * random.random())
            lasts += random.lognormvariate(11.5, 0.6)
        office = random.choice((SHANGHAI, "5301"))
        waits.append(ExportCase(declared, examined, declared + int(lasts), True, office))
    return waits


def test_in_a_shop_that_stays_as_it_is_what_is_said_comes_true() -> None:
    test = forecast.back_test(shop(2000), 0, 365 * DAY)
    assert test.reason_withheld is None
    assert test.error is not None
    assert test.error < 0.03
    assert test.brier is not None
    assert test.brier < 0.2
    assert sum(band.n for band in test.bands) == test.n > 10_000
    large = [band for band in test.bands if band.n > 500]
    assert len(large) > 5
    for band in large:
        assert band.low <= (band.predicted or 0) <= band.high
        assert band.observed == pytest.approx(band.predicted, abs=0.08)


def test_where_the_process_shifts_nothing_is_told_any_more() -> None:
    waits = shop(2000, slower=12)
    test = forecast.back_test(waits, 0, 365 * DAY)
    assert test.error is not None
    assert test.error > 0.1
    assert test.reason_withheld == Note.of("back_test_error", error=test.error, limit=0.1)
    before = forecast.back_test(waits, 0, 200 * DAY)
    assert before.reason_withheld is None
    learned = forecast.Forecast(365 * DAY, History(waits, 365 * DAY), test, 0)
    assert learned.chance(SHANGHAI, 364 * DAY, None, 366 * DAY) == test.reason_withheld


def test_the_figures_of_a_back_test_by_hand() -> None:
    """In the first week forty are declared; half are released after 2 h, half after 6.

    In the second one is declared, and released after 2 h. What was said of it: within 4 h 0.5,
    within 12, 24 and 48 h 1. Brier (0.25 + 0 + 0 + 0) / 4; the error |0.5 − 1| × 1/4.
    """
    week = 7 * DAY
    first = [
        ExportCase(n * HOUR, None, (n + (2, 6)[n % 2]) * HOUR, True, SHANGHAI) for n in range(40)
    ]
    last = ExportCase(week + HOUR, None, week + 3 * HOUR, True, SHANGHAI)
    test = forecast.back_test([*first, last], 0, week + 3 * DAY)
    assert (test.declarations, test.n, test.brier, test.error) == (1, 4, 0.0625, 0.125)
    assert test.unanswered == 40 * 4 + 20 * 4
    assert test.bands[5] == (0.5, 0.6, 1, 0.5, 1.0)
    assert test.bands[9] == (0.9, 1.0, 3, 1.0, 1.0)
    assert test.bands[0] == (0.0, 0.1, 0, None, None)
    assert test.reason_withheld == Note.of("too_little_history", n=1)
    assert forecast.back_test([*first, last], 0, week + 13 * HOUR).n == 2


def test_only_exports_whose_times_can_be_are_learned_from() -> None:
    summary = Summary(system="", name="1", references={"entry_no": ("1",)})
    export = Timings.of(summary)._replace(direction="export", declared_at=HOUR, office=SHANGHAI)
    released = export._replace(released_at=2 * HOUR)
    assert forecast.export_case(released) == ExportCase(HOUR, None, 2 * HOUR, True, SHANGHAI)
    gone = export._replace(stage=Stage.WITHDRAWN, withdrawn_at=3 * HOUR)
    assert forecast.export_case(gone) == ExportCase(HOUR, None, 3 * HOUR, False, SHANGHAI)
    assert forecast.export_case(export) == ExportCase(HOUR, None, None, False, SHANGHAI)
    back = export._replace(stage=Stage.REJECTED, first_declared_at=HOUR, path="s,0,a,60,x,7200")
    assert forecast.export_case(back) == ExportCase(HOUR, None, 3 * HOUR, False, SHANGHAI)
    for odd in (
        export._replace(direction="import"),
        export._replace(declared_at=None),
        export._replace(released_at=0),
        export._replace(stage=Stage.CLEARED, cleared_at=5 * HOUR),
    ):
        assert forecast.export_case(odd) is None


def test_of_very_many_the_latest_are_learned_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forecast, "MAX_CASES", 40)
    summary = Summary(system="", name="1", references={"entry_no": ("1",)})
    export = Timings.of(summary)._replace(direction="export")
    timings = [
        export._replace(declared_at=n * HOUR, released_at=(n + (9 if n < 20 else 2)) * HOUR)
        for n in range(60)
    ]
    learned = forecast.forecast(timings, 0, 60 * HOUR, NOW)
    assert learned.left_out == 20
    chance = learned.history.chance(None, False, 0, 3 * HOUR)
    assert chance == (1.0, 40, ExportStratum())
    backwards = forecast.forecast(timings[::-1], 0, 60 * HOUR, NOW)
    assert (backwards.test, backwards.left_out) == (learned.test, 20)


# In the commands

OPEN = Case(900, "export")
"""Declared on the 4th of March at nine, and waiting."""


def months() -> list[File]:
    """Ninety exports, nine hours apart until March; each third takes 2 h, the others 30."""
    files = [*OPEN.sent(at("04 09:00")), OPEN.told("L", at("04 09:01"))]
    for n in range(90):
        case, declared = Case(n, "export"), at("01 00:00") - timedelta(hours=9 * (90 - n))
        took = timedelta(hours=2 if n % 3 == 0 else 30)
        released = declared + took
        files += [*case.sent(declared), case.told("P", released)]
        files.append(case.told("R", released + timedelta(seconds=1)))
    return files


@pytest.fixture
def busy(call: Run, tmp_path: Path) -> Run:
    """``call`` with those in its store."""
    laid(months(), tmp_path / "in")
    assert call("ingest", tmp_path / "in").code == 0
    return call


TEN = ("--as-of", "2026-03-04T10:00")
JSON = (*TEN, "--format", "json")


def planned(call: Run, cutoff: str) -> None:
    moment = ("--as-of", "2026-03-04T09:30")
    assert call("plan", "set", OPEN.own, "--cutoff", cutoff, *moment).code == 0


def test_the_list_shows_how_likely_each_cut_off_is_met(busy: Run) -> None:
    """At ten it has waited an hour; all others took longer, 30 of 90 at most 29 hours."""
    planned(busy, "2026-03-05T14:00")
    (one,) = busy("list", *JSON).json["declarations"]
    assert one["probability"] == 0.333333
    assert one["notes"] == {"probability": "by 90 that waited as long: 2248/not inspected by then"}
    assert "33 %" in busy("list", *TEN).text
    head, row = busy("list", *TEN, "--format", "csv").text.splitlines()
    assert dict(zip(head.split(","), row.split(","), strict=True))["probability"] == "0.333333"
    planned(busy, "2026-03-05T16:00")
    (one,) = busy("list", *JSON).json["declarations"]
    assert one["probability"] == 1
    late = ("--as-of", "2026-03-06T10:00", "--format", "json")
    (one,) = busy("list", *late).json["declarations"]
    assert (one["probability"], one["notes"]) == (None, {"probability": "the cut-off has passed"})


def test_a_cut_off_that_is_unlikely_to_be_met_is_critical_before_any_countdown(busy: Run) -> None:
    """Twenty-eight hours before it; a later cut-off is met for certain, and it is over."""
    planned(busy, "2026-03-05T14:00")
    (alert,) = busy("check", *JSON).json["new"]
    assert (alert["rule"], alert["severity"]) == ("vessel_cutoff", "critical")
    assert alert["numbers"]["probability"] == 0.333
    assert alert["message"] == (
        "not released, 28 h to the cut-off 2026-03-05 14:00; the probability to be "
        "released by then is 33 %, by 90 that waited as long"
    )
    later = ("--as-of", "2026-03-04T14:30", "--format", "json")
    assert [a["rule"] for a in busy("check", *later).json["new"]] == ["vessel_cutoff"]
    planned(busy, "2026-03-05T16:00")
    result = busy("check", *later).json
    assert [a["id"] for a in result["resolved"]] == [alert["id"]]


def test_thresholds_of_the_probability_are_settings() -> None:
    with open_store("memory:") as store:
        intake.ingest(store, [Item(f.name, f.data) for f in months()], at("04 09:30"))
        kept: dict[str, str | None] = {"cutoff": "2026-03-05T14:00:00+08:00"}
        keeping.keep(store, [plans.Row(1, (OPEN.own,), kept)], at("04 09:30"))
        severities = []
        for warning, critical in ((0.8, 0.5), (0.8, 0.3), (0.3, 0.2)):
            settings = {"warning_probability": warning, "critical_probability": critical}
            context = rules.Context(at("04 10:00"), {"vessel_cutoff": settings})
            found = evaluation.check(store, context, dry_run=True).new
            severities.append([a.severity for a in found if a.rule == "vessel_cutoff"])
        assert severities == [["critical"], ["warning"], []]


def test_without_enough_history_only_the_countdown_counts(call: Run, tmp_path: Path) -> None:
    laid(OPEN.sent(at("04 09:00")), tmp_path / "in")
    call("ingest", tmp_path / "in")
    planned(call, "2026-03-05T14:00")
    (one,) = call("list", *JSON).json["declarations"]
    assert (one["probability"], one["notes"]) == (
        None, {"probability": "too little history: n = 0"},
    )  # fmt: skip
    assert "cannot assess" in call("list", *TEN).text
    assert "vessel_cutoff" not in {a["rule"] for a in call("check", *JSON).json["new"]}
    (explained,) = call("explain", OPEN.own, *JSON).json["declarations"]
    (said,) = (one for one in explained["rules"] if one["rule"] == "vessel_cutoff")
    assert said["numbers"]["no_probability"] == "too little history: n = 0"
    assert "历史样本过少" in call("explain", OPEN.own, "--all", *TEN, "--lang", "zh").text
    assert call("report", "--calibration", *JSON).json["verdict"] == "cannot assess"


def test_the_report_shows_the_back_test_of_the_last_four_quarters(busy: Run) -> None:
    data = busy("report", "--calibration", *JSON).json
    assert (data["period"], data["verdict"], data["why"]) == (
        "2025Q2..2026Q1", "can be told", None,
    )  # fmt: skip
    assert data["declarations"] > 30
    assert data["calibration_error"] < 0.1
    assert data["n"] == sum(band["n"] for band in data["bands"])
    text = busy("report", "--calibration", *TEN).text
    assert "0.9–1.0" in text
    assert "can be told" in text
    rows = busy("report", "--calibration", *TEN, "--format", "csv").text.splitlines()
    assert rows[0] == "from,to,n,said,happened"
    assert len(rows) == 11
    early = busy("report", "--calibration", "--period", "2025", *JSON).json
    assert (early["verdict"], early["brier"]) == ("cannot assess", None)
    assert early["notes"]["brier"] == "too little history: n = 0"


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--by", "office"), "--by does not apply to --calibration"),
        (("--clock", "working"), "--clock does not apply to --calibration"),
        (("--format", "html"), "--calibration is no page of HTML"),
    ],
)
def test_what_says_nothing_of_the_back_test_is_refused(
    call: Run, options: tuple[str, str], why: str
) -> None:
    ran = call("report", "--calibration", *options)
    assert (ran.code, ran.out) == (2, b"")
    assert why in ran.talk


def test_every_store_tells_the_same_whatever_came_later(tmp_path: Path) -> None:
    """A release after the moment is not known at it, nor in which order messages came."""
    told = []
    later = [*months(), OPEN.told("P", at("04 11:00"))]
    files = [months(), later, later[::-1]]
    for url, some in zip(("memory:", str(tmp_path / "a.db"), "memory:"), files, strict=True):
        with open_store(url, create=True) as store:
            intake.ingest(store, [Item(f.name, f.data) for f in some], at("04 12:00"))
            learned = inputs.forecast_of(
                store, at("01 00:00") - timedelta(60), at("31 00:00"), at("04 10:00")
            )
            end = int(at("05 14:00").timestamp())
            declared = int(at("04 09:00").timestamp())
            told.append((learned.test, learned.chance("2248", declared, None, end)))
    assert told[0] == told[1] == told[2]
    assert isinstance(told[0][1], Probability)


def test_a_check_reads_no_history_where_no_export_has_a_cut_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with open_store("memory:") as store:
        intake.ingest(store, [Item(f.name, f.data) for f in months()], at("04 09:30"))
        asked: list[int] = []
        whole = store.timings

        def counted(ids: set[int]) -> Iterable[tuple[int, Timings]]:
            asked.append(len(ids))
            return whole(ids)

        monkeypatch.setattr(store, "timings", counted)
        evaluation.check(store, rules.Context(at("04 10:00")))
        assert asked == []
        kept: dict[str, str | None] = {"cutoff": "2026-03-05T14:00:00+08:00"}
        keeping.keep(store, [plans.Row(1, (OPEN.own,), kept)], at("04 09:30"))
        evaluation.check(store, rules.Context(at("04 10:00")))
        assert asked == [91]
