"""When something will be released, how likely that is by a cut-off, and how good that was."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearance.alerting import evaluation, rules
from clearance.customs.cn_single_window.demo import File
from clearance.figures import back_test, durations, forecast, forecast_learning
from clearance.figures.durations import Ending, Sample
from clearance.figures.forecast import Case, Conformal, Curve, Expected, Stay, Stays, Stratum
from clearance.figures.forecast_learning import Learned, known_at, learn, learned, questions
from clearance.model import Note, Stage, Summary, Timings
from clearance.shipments import keeping, plans
from clearance.sources import Item
from clearance.stores import open_store
from clearance.timelines import forecasts, intake
from tests.conftest import Case as Shipment
from tests.conftest import Run, at, laid

HOUR = 3600
DAY = 24 * HOUR
NOW = 100 * DAY
SHANGHAI = "2248"
CN = "cn_single_window"


# The curve of the rest


def test_of_those_that_lasted_longer_so_many_are_released_by_then() -> None:
    """Of four that stayed longer than an hour, released after 4, 6, 8 and 10."""
    stays = [Stay(one * HOUR, one * 2 * HOUR, None, True) for one in (1, 2, 3, 4, 5)]
    found = Stays.of(stays).after(HOUR)
    assert found.n == 4
    assert [found.within(hours * HOUR) for hours in (3, 4, 7, 10)] == [0, 0.25, 0.5, 1]


def test_a_share_taken_back_is_the_time_it_was_of() -> None:
    found = Curve([4, 6, 8, 10], [], 1)
    assert [round(found.share(time), 3) for time in (4, 6, 7, 10)] == [0.2, 0.4, 0.5, 0.8]
    assert [found.at(share) for share in (0.2, 0.4, 0.5, 0.8, 1.0)] == [4, 6, 7, 10, 10]
    assert found.at(0.0) == 1


def test_those_still_waiting_count_as_long_as_they_are_known_to_wait() -> None:
    """Two left of four: the one released after the open one counts for it too."""
    found = Curve([10, 30], [20, 40], 0)
    assert found.within(10) == 0.25
    assert found.within(30) == pytest.approx(0.25 + 0.375)
    assert found.at(0.9) is None


TIMES = st.lists(st.integers(1, 6000), min_size=1, max_size=40)


@given(TIMES, st.lists(st.integers(1, 6000), max_size=20), st.integers(1, 7000))
def test_it_is_what_the_curve_of_durations_says(
    released: list[int], open: list[int], seconds: int
) -> None:
    """The same times, by another implementation."""
    samples = [
        *(Sample(one, Ending.ENDED) for one in released),
        *(Sample(one, Ending.OPEN) for one in open),
    ]
    by_durations = durations.curve(samples, 10_000)
    found = Curve(sorted(released), sorted(open), 0).within(seconds)
    if by_durations.known(seconds):
        assert found == pytest.approx(by_durations.within(seconds))


@given(TIMES, st.lists(st.integers(1, 6000), max_size=20), st.integers(1, 7000), st.integers(0, 99))
def test_it_never_falls_as_time_goes_on(
    released: list[int], open: list[int], seconds: int, more: int
) -> None:
    found = Curve(sorted(released), sorted(open), 0)
    for share in (found.within, found.share):
        sooner, later = share(seconds), share(seconds + more)
        assert 0 <= sooner <= later + 1e-12 <= 1 + 2e-12
    times = [found.at(share / 10) for share in range(11)]
    known = [time for time in times if time is not None]
    assert known == sorted(known)
    assert times[len(known) :] == [None] * (11 - len(known))


@given(TIMES, st.lists(st.integers(1, 6000), max_size=20), st.integers(1, 7000))
def test_no_probability_is_surer_than_the_stays_that_it_rests_on_are_many(
    released: list[int], open: list[int], seconds: int
) -> None:
    """Thirty that all were released, or none, by then say nothing of one in a hundred."""
    rest = Curve(sorted(released), sorted(open), 0)
    every = Conformal.of([n / 100 for n in range(1, 100)], 0, 0)
    least = 1 / (len(released) + len(open) + 1)
    assert least <= forecast.probability(rest, every, seconds) <= 1 - least


# What finished cases say


def test_the_ends_are_the_shares_beyond_which_one_in_ten_fell() -> None:
    """Of 99 evenly spread, the tenth from below and from above."""
    shares = [n / 100 for n in range(1, 100)]
    assert forecast.ends(shares) == pytest.approx((0.1, 0.9))
    assert forecast.ends([0.5] * 5) == (0.0, 1.0)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60), st.floats(0, 1), st.floats(0, 1))
def test_a_probability_grows_with_the_share(shares: list[float], one: float, other: float) -> None:
    found = Conformal.of(sorted(shares), 0, 0)
    low, high = sorted((one, other))
    assert 0 <= found.probability(low) <= found.probability(high) + 1e-9 <= 1 + 1e-9
    assert (found.probability(0), found.probability(1)) == (0, 1)
    assert Conformal.from_document(found.document()) == found


def test_where_the_truth_falls_evenly_a_probability_stays_as_it_is() -> None:
    found = Conformal.of([n / 1000 for n in range(1001)], 0, 0)
    assert [round(found.probability(one / 10), 6) for one in range(11)] == [
        one / 10 for one in range(11)
    ]


# What is learned from


def journey(hours: Iterable[float], released: float | None = None, **more: Any) -> Learned:
    """Accepted, reviewed and so on after so many hours."""
    steps = tuple(
        (letter, round(after * HOUR)) for letter, after in zip("sav", hours, strict=False)
    )
    until = NOW if released is None else round(released * HOUR)
    over = None if released is None else until
    return Learned(str(more.pop("name", "1")), "export", SHANGHAI, steps, over, until)


_TIMING = Timings.of(
    Summary(system=CN, name="1", references={"entry_no": ("1",)}, direction="export")
)._replace(first_declared_at=HOUR, declared_at=HOUR, path="s,0,a,10,r,7200,c,9000")


def test_only_declarations_whose_release_can_be_known_are_learned_from() -> None:
    done = _TIMING._replace(stage=Stage.CLEARED, released_at=HOUR + 7200, cleared_at=HOUR + 9000)
    found = learned(done, NOW)
    assert found is not None
    assert found.steps == (("s", HOUR), ("a", HOUR + 10))
    assert (found.released, found.until) == (HOUR + 7200, HOUR + 7200)
    assert learned(done._replace(released_at=None), NOW) is None
    assert learned(done._replace(stage=Stage.WITHDRAWN), NOW) is None
    assert learned(done._replace(first_declared_at=None), NOW) is None
    assert learned(done._replace(released_at=HOUR), NOW) is None


def test_what_was_returned_is_known_to_wait_until_then() -> None:
    found = learned(_TIMING._replace(stage=Stage.REJECTED, path="s,0,a,10,x,600"), NOW)
    assert found is not None
    assert (found.released, found.until) == (None, HOUR + 600)


def test_what_happened_later_is_not_known() -> None:
    whole = journey((0, 2, 5), 30)
    assert known_at(whole, 31 * HOUR) == whole
    before = known_at(whole, 3 * HOUR)
    assert before is not None
    assert (before.steps, before.released, before.until) == (whole.steps[:2], None, 3 * HOUR)
    assert known_at(whole, -1) is None


def test_every_open_case_is_asked_about_at_fixed_times() -> None:
    """Four times a day by universal time, in the stage it is in then."""
    found = list(questions(journey((1, 7, 13), 25)))
    assert [(one.asked // HOUR, one.stage, one.age // HOUR) for one in found] == [
        (6, "submitted", 5), (12, "accepted", 5), (18, "reviewed", 5), (24, "reviewed", 11),
    ]  # fmt: skip
    assert [one.total // HOUR for one in found] == [24, 18, 12, 12]


def test_a_case_is_judged_by_the_others() -> None:
    """Thirty besides itself are needed."""
    cases = [journey((0,), 7 + n, name=n) for n in range(31)]
    asked = [one for case in cases for one in questions(case)]
    found = forecast_learning.stays(cases)
    answered = [(q.name, c.n) for q, c in forecast_learning.curves(found, asked, among=True)]
    assert answered
    assert {n for _, n in answered} == {30}
    fewer = forecast_learning.stays(cases[:30])
    assert not list(forecast_learning.curves(fewer, asked[:5], among=True))


def shop(count: int, seed: int, slower_from: int | None = None) -> list[Learned]:
    """Declarations of some weeks, six hours apart, that take a day or so at customs."""
    random, cases = Random(seed), []
    for n in range(count):
        start, slow = n * 6 * HOUR, slower_from is not None and n >= slower_from
        review = random.lognormvariate(2.5, 0.8) * (1 + 3 * slow)
        release = review + random.gammavariate(1.5, 8) * (1 + 3 * slow) + 0.1
        steps = (("s", start), ("a", start + 60), ("v", start + 61 + round(review * HOUR)))
        until = start + 62 + round(release * HOUR)
        cases.append(Learned(f"{n:05}", "export", SHANGHAI, steps, until, until))
    return cases


def test_in_a_shop_that_stays_as_it_is_what_is_said_comes_true() -> None:
    cases = shop(900, 5)
    end = cases[-1].until
    tested = back_test.back_test({CN: cases}, 60 * DAY, end, end, lambda _: "all")
    assert tested.reason_withheld is None
    every = tested.coverages[0]
    assert every.n > 1000
    assert every.share == pytest.approx(0.8, abs=0.05)
    assert tested.error is not None
    assert tested.error < 0.07


def test_where_a_back_test_misses_nothing_is_told_any_more() -> None:
    """Customs is four times as slow from one day on: the intervals of before hold too little."""
    cases = shop(500, 6, slower_from=400)
    moment = cases[470].steps[0][1]
    model = learn([one for case in cases if (one := known_at(case, moment))]).model
    assert model.cases > 300
    told = model.expected(Case(CN, "export", SHANGHAI, Stage.REVIEWED, moment - HOUR), moment)
    error = model.conformals[""].error
    assert error is not None
    assert isinstance(told, Expected) == (error <= forecast.MAX_ERROR)


def test_nothing_is_told_beyond_the_error_that_is_allowed() -> None:
    cases = shop(300, 7)
    model = learn(cases).model
    case = Case(CN, "export", SHANGHAI, Stage.REVIEWED, NOW - HOUR)
    assert isinstance(model.expected(case, NOW), Expected)
    group = "export/reviewed"
    own = model.conformals[group]
    assert own.tested >= forecast.MIN_ASKED
    for inside, told in ((0.71, True), (0.69, False), (0.89, True), (0.91, False)):
        wrong = Conformal(
            own.n, own.low, own.median, own.high, own.marks, 1000, round(1000 * inside)
        )
        model.conformals[group] = wrong  # type: ignore[index]
        assert isinstance(model.expected(case, NOW), Expected) is told
        assert isinstance(model.chance(case, NOW, NOW + HOUR), Note) is not told


def test_too_few_alike_are_asked_among_more() -> None:
    """An office that is not known lends itself that of all."""
    model = learn(shop(300, 8)).model
    here, there, elsewhere = (
        model.expected(Case(CN, direction, office, Stage.REVIEWED, NOW - HOUR), NOW)
        for direction, office in (("export", SHANGHAI), ("export", "5301"), ("import", "5301"))
    )
    assert isinstance(here, Expected)
    assert isinstance(there, Expected)
    assert isinstance(elsewhere, Expected)
    assert here.stratum == Stratum("reviewed", "export", SHANGHAI)
    assert there.stratum == Stratum("reviewed", "export")
    assert elsewhere.stratum == Stratum("reviewed")
    assert str(here.stratum) == "2248/export/reviewed"
    unsent = model.expected(Case(CN, "export", SHANGHAI, Stage.REJECTED, NOW), NOW)
    assert unsent == Note.of("not_declared")
    long = model.expected(Case(CN, "export", SHANGHAI, Stage.REVIEWED, 0), NOW)
    assert long == Note.of("too_few_waited")


def test_of_very_many_the_latest_are_learned_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forecast_learning, "MAX_CASES", 40)
    cases = shop(90, 9)
    model = learn(cases[::-1]).model
    assert model.cases == 40
    assert learn(cases[50:]).model.conformals == model.conformals


def test_figures_of_a_back_test_by_hand() -> None:
    """Ten answers of 0.2, three of which came true; ten of 0.9, all but one."""
    told = {0.2: [True] * 3 + [False] * 7, 0.9: [True] * 9 + [False]}
    bands = tuple(back_test._bands(told))
    assert [(band.n, band.observed) for band in bands if band.n] == [(10, 0.3), (10, 0.9)]
    assert back_test._squares(told) / 20 == pytest.approx(
        (3 * 0.64 + 7 * 0.04 + 9 * 0.01 + 0.81) / 20
    )
    assert back_test._differences(bands) / 20 == pytest.approx(0.05)
    assert back_test._pinball((10, 20, 30), 40) == pytest.approx(
        (0.1 * 30 + 0.5 * 20 + 0.9 * 10) / 3
    )
    assert back_test._pinball((10, 20, 30), 0) == pytest.approx(
        (0.9 * 10 + 0.5 * 20 + 0.1 * 30) / 3
    )


# In the commands

OPEN = Shipment(900, "export")
"""Declared on the 4th of March at nine, and waiting."""


def months() -> list[File]:
    """150 exports, nine hours apart until March; each third takes 2 h, the others 30."""
    files = [*OPEN.sent(at("04 09:00")), OPEN.told("L", at("04 09:01"))]
    for n in range(150):
        case, declared = Shipment(n, "export"), at("01 00:00") - timedelta(hours=9 * (150 - n))
        took = timedelta(hours=2 if n % 3 == 0 else 30)
        released = declared + took
        files += [*case.sent(declared), case.told("L", declared + timedelta(minutes=1))]
        files.append(case.told("P", released))
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
    """At ten it has waited an hour; all others took longer, 50 of 150 at most 29 hours."""
    planned(busy, "2026-03-05T14:00")
    (one,) = busy("list", *JSON).json["declarations"]
    assert one["probability"] == pytest.approx(1 / 3, abs=0.01)
    assert one["notes"] == {"probability": "by 150 that waited as long: 2248/export/accepted"}
    assert "33 %" in busy("list", *TEN).text
    head, row = busy("list", *TEN, "--format", "csv").text.splitlines()
    assert dict(zip(head.split(","), row.split(","), strict=True))["probability"].startswith("0.33")
    planned(busy, "2026-03-05T16:00")
    (one,) = busy("list", *JSON).json["declarations"]
    assert one["probability"] == pytest.approx(150 / 151, abs=1e-6)
    late = ("--as-of", "2026-03-06T10:00", "--format", "json")
    (one,) = busy("list", *late).json["declarations"]
    assert (one["probability"], one["notes"]) == (None, {"probability": "the cut-off has passed"})


def test_a_cut_off_that_is_unlikely_to_be_met_is_critical_before_any_countdown(busy: Run) -> None:
    """Twenty-eight hours before it; a later cut-off is met almost for certain, and it is over."""
    planned(busy, "2026-03-05T14:00")
    (alert,) = busy("check", *JSON).json["new"]
    assert (alert["rule"], alert["severity"]) == ("vessel_cutoff", "critical")
    assert alert["numbers"]["probability"] == pytest.approx(1 / 3, abs=0.01)
    assert alert["message"] == (
        "not released, and the probability to be released by the cut-off 2026-03-05 14:00 is "
        "33 %, by 150 that waited as long"
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
            model = forecasts.models(store, at("04 10:00"))(CN)
            now, end = (int(moment.timestamp()) for moment in (at("04 10:00"), at("05 14:00")))
            case = Case(CN, "export", "2248", Stage.ACCEPTED, now - HOUR)
            told.append((model.conformals, model.expected(case, now), model.chance(case, now, end)))
    assert told[0] == told[1] == told[2]
    assert isinstance(told[0][1], Expected)


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
        found = evaluation.check(store, rules.Context(at("04 10:00"))).new
        assert "vessel_cutoff" in {alert.rule for alert in found}
        assert asked == []
