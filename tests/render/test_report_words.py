"""A report speaks in the words of what it measures, in both languages and in every form."""

from __future__ import annotations

import csv
import io
import itertools
import json
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from html.parser import HTMLParser
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from clearance.customs.calendars import OFFICIAL
from clearance.customs.cn_single_window import demo
from clearance.figures import durations
from clearance.model import INTERVALS
from clearance.periods import Month, Quarter, Year, parse
from clearance.render import REPORT_FORMATS, write
from clearance.render.report_words import end_words, value_name
from clearance.render.reports import reported
from clearance.render.words import INTERVAL_NAMES
from clearance.reporting import chart_data, selecting
from clearance.reporting.query import DIMENSIONS, ReportQuery, dimensions
from clearance.reporting.report import compile_report
from clearance.reporting.tally import Tally
from clearance.stores import open_store
from clearance.stores.alike import Alike
from tests.conftest import Case, Run, at, laid
from tests.render.workbooks import texts

AS_OF = "2026-09-21T09:00:00+08:00"
LATER = "2026-11-25T09:00:00+08:00"
HOUR = timedelta(hours=1)


@pytest.fixture
def single(call: Run, tmp_path: Path) -> Run:
    """A store with one declaration, which is closed."""
    case = Case(7)
    files = [
        *case.sent(at("02 08:00")),
        case.told("P", at("03 08:00")),
        case.told("R", at("05 08:00")),
    ]
    call("ingest", laid(files, tmp_path / "in"))
    return call


@pytest.fixture
def empty(call: Run, tmp_path: Path) -> Run:
    """A store with nothing in it."""
    call("store", "init")
    return call


def readable(html: str) -> str:
    """The text of a page."""
    found: list[str] = []

    class Text(HTMLParser):
        def handle_data(self, data: str) -> None:
            found.append(data)

    Text().feed(re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL))
    return "\n".join(found).replace("\u00a0", " ")


def forms(call: Run, *arguments: str, lang: str) -> dict[str, str]:
    """What a person reads of a report: in a terminal, on a page, in a workbook."""
    asked = ("report", *arguments, "--lang", lang)
    book = call(*asked, "--format", "xlsx")
    return {
        "table": call(*asked).text,
        "html": readable(call(*asked, "--format", "html").text),
        "xlsx": "\n".join(texts(io.BytesIO(book.out))),
    }


# Nothing that can be asked for fails

PERIODS = (
    ("2025Q4..2026Q3", None), ("2026Q3", None), ("last-quarter", None), ("2026-08", None),
    ("2026", Year), ("2026Q2..2026Q3", Month), ("2020Q1..2020Q2", None), ("2027Q1", None),
)  # fmt: skip
BY = ("", *DIMENSIONS, "direction,office")
WAYS = tuple(itertools.product(("elapsed", "working"), ("declared", "closed")))
ASKED = [
    *itertools.product(PERIODS, ("previous", "year-ago"), [""], ["declare-close"], WAYS[:1]),
    *itertools.product(PERIODS[:2], ["previous"], BY, ["declare-close"], WAYS[:1]),
    *itertools.product(PERIODS[:2], ["year-ago"], ["", "direction,office"], INTERVALS, WAYS),
]
"""Periods and how they are cut, comparison, dimensions, interval, clock and cohort."""


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["empty", "single", "demonstrated"])
def test_whatever_a_report_is_asked_it_answers_in_every_form(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A single period as a page, and every comparison with a year ago, ended in a traceback."""
    monkeypatch.setattr(durations, "resampled", partial(durations.resampled, rounds=40))
    url = str(tmp_path / "kept.db")
    call: Run = request.getfixturevalue(kind)
    assert call("store", "copy", url).code == 0
    asked = ASKED[::3] if kind == "demonstrated" else ASKED
    as_of, zone = datetime.fromisoformat(AS_OF), ZoneInfo("Asia/Shanghai")
    with open_store(url) as store, store.reading():
        for place, ((written, every), compare, by, interval, (clock, cohort)) in enumerate(asked):
            query = ReportQuery(
                periods=parse(written, as_of.date(), every),
                zone=zone,
                as_of=as_of,
                by=dimensions(by),
                interval=interval,
                cohort=cohort,
                compare=compare,
                calendar=OFFICIAL.of("cn_single_window") if clock == "working" else None,
                calendar_of=OFFICIAL.of,
            )
            assert_written(query, list(selecting.alike(store, query)), ("en", "zh")[place % 2])


def assert_written(query: ReportQuery, some: Sequence[Alike], lang: str) -> None:
    """Every form of a report has something in it."""
    result = compile_report(query, Tally(query, some))
    page = reported(result, lang, lambda: chart_data.draw(query, some))
    for form in REPORT_FORMATS:
        out = io.BytesIO()
        write(page, form, out, True, lang)
        assert out.tell() > 0, (query, form)


@pytest.mark.parametrize(
    "asked", [(), ("--period", "2026Q3"), ("--compare", "year-ago"), ("--every", "month")]
)
@pytest.mark.parametrize("form", ["html", "xlsx"])
def test_a_page_and_a_workbook_of_nothing_are_written(
    empty: Run, asked: tuple[str, ...], form: str
) -> None:
    ran = empty("report", *asked, "--as-of", AS_OF, "--format", form)
    assert (ran.code, ran.talk) == (0, "")
    assert ran.out
    assert not re.search(r"</h2></section>", ran.out.decode(errors="replace"))


# The words follow the interval


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("interval", [name for name in INTERVALS if not name.endswith("close")])
def test_nothing_is_called_closed_where_closure_is_not_measured(
    demonstrated: Run, interval: str, lang: str
) -> None:
    wrong = re.compile("结关" if lang == "zh" else r"\b(closed|open)\b")
    allowed = ("首次申报之前与结关之后", "after closure")
    asked = ("--period", "2026Q2..2026Q3", "--as-of", LATER, "--interval", interval)
    for form, text in forms(demonstrated, *asked, lang=lang).items():
        lines = [line for line in text.splitlines() if not any(part in line for part in allowed)]
        assert not [line for line in lines if wrong.search(line)], form
        assert end_words(interval, lang)["ended"] in text


def test_keys_of_json_stay_whatever_is_measured(demonstrated: Run) -> None:
    asked = ("report", "--period", "2026Q3", "--as-of", LATER, "--format", "json", "--interval")
    rows = [demonstrated(*asked, name).json["rows"][0] for name in ("declare-close", "exam")]
    assert rows[0].keys() == rows[1].keys()
    assert {"closed", "open", "mean_closed", "anomalous", "running", "withdrawn_share"} <= set(
        rows[0]
    )


def test_every_interval_has_a_name_in_both_languages() -> None:
    assert INTERVAL_NAMES.keys() == INTERVALS.keys()
    assert all({"en", "zh"} == set(words) for words in INTERVAL_NAMES.values())


# Clock and cohort


@pytest.mark.parametrize(
    ("lang", "said", "headline"),
    [("en", "1 d = 9 h", "Working time"), ("zh", "1 天 = 9 小时", "工作时间")],
)
def test_working_days_are_never_taken_for_days(
    demonstrated: Run, lang: str, said: str, headline: str
) -> None:
    asked = ("--period", "2026Q2..2026Q3", "--as-of", LATER, "--clock", "working")
    shown = forms(demonstrated, *asked, lang=lang)
    titles = [line for line in shown["table"].splitlines() if line and not line.startswith(" ")]
    with_times = [
        t
        for t in titles
        if re.match("declare|how long|where|the longest|申报至|时长|已结关|用时", t)
    ]
    assert len(with_times) == 4
    assert all(said in title for title in with_times)
    html = demonstrated("report", *asked, "--format", "html", "--lang", lang).text
    heading = re.search("<h1>(.*?)</h1>", html)
    assert heading is not None
    assert heading[1].startswith(headline)
    assert shown["html"].count(said) >= 4
    assert ("9 h" if lang == "en" else "9 小时") in shown["xlsx"]


@pytest.mark.parametrize(
    ("lang", "said", "column", "wrong"),
    [
        ("en", "by the day of closure", "closures", "  declared  "),
        ("zh", "按结关日期统计", "结关票数", "  申报  "),
    ],
)
def test_closures_are_not_called_declared(
    demonstrated: Run, lang: str, said: str, column: str, wrong: str
) -> None:
    asked = ("--period", "2026Q2..2026Q3", "--as-of", LATER, "--cohort", "closed")
    for form, text in forms(demonstrated, *asked, lang=lang).items():
        assert said in text.replace("By the", "by the"), form
        assert column in text, form
        assert form != "table" or wrong not in text


# Too few, no change, not over


def test_of_fewer_than_twenty_neither_stages_nor_parts_of_the_way_have_a_mean(
    single: Run, tmp_path: Path
) -> None:
    way = ("--arrival", "2026-03-01T08:00", "--gated-out", "2026-03-06T08:00", "--as-of", AS_OF)
    assert single("plan", "set", Case(7).own, *way).code == 0
    asked = ("report", "--period", "2026Q1", "--as-of", LATER)
    file = tmp_path / "report.json"
    assert single(*asked, "--output", file).code == 0
    result = json.loads(file.read_bytes())
    means = [(one["mean"], one["notes"]["mean"]) for one in result["stages"] + result["links"]]
    assert set(means) == {(None, "too few: n = 1")}
    assert sum(link["seconds"] for link in result["links"]) == 5 * 86400
    again = single("report", "--verify", file, "--format", "json")
    assert (again.code, again.json["different"]) == (0, [])


def test_of_fewer_than_twenty_no_mean_is_printed_anywhere(single: Run) -> None:
    """Nor in a group of a report that has enough in all."""
    asked = ("report", "--period", "2026Q1", "--as-of", LATER)
    result = single(*asked, "--format", "json").json
    row, stage = result["rows"][0], result["stages"][0]
    assert (row["mean_closed"], row["notes"]["mean_closed"]) == (None, "too few: n = 1")
    assert (stage["mean"], stage["notes"]["mean"]) == (None, "too few: n = 1")
    (line,) = csv.DictReader(io.StringIO(single(*asked, "--format", "csv").text))
    assert (line["closed"], line["mean_closed_seconds"]) == ("1", "")
    for by in ((), ("--by", "office")):
        for form, text in forms(single, *asked[1:], *by, lang="en").items():
            assert "too few" in text or form == "xlsx"
            tables = text.split("the longest")[0] if form == "table" else text
            assert form == "html" or not re.search(r"3 d 00 h|\b3\.00\b", tables), form


def test_a_share_of_the_change_is_given_only_where_the_change_is_clear(
    call: Run, tmp_path: Path
) -> None:
    """Two like quarters: shares of a change that is none were hundreds of per cent."""
    random = Random(5)
    files = [
        *demo.quarter(Quarter(2026, 2), 60, 5.0, random, 1),
        *demo.quarter(Quarter(2026, 3), 60, 5.05, random, 1000),
    ]
    call("ingest", laid(files, tmp_path / "in"))
    asked = ("--period", "2026Q2..2026Q3", "--as-of", LATER)
    result = call("report", *asked, "--format", "json").json
    assert result["rows"][1]["change"]["verdict"] == "no clear change"
    now = [share for share in result["stages"] if share["period"] == "2026Q3"]
    assert {share["share_of_change"] for share in now} == {None}
    assert {share["change"] for share in now} == {None}
    assert {share["notes"]["change"] for share in now} == {
        "no clear change to share, or less than a hundredth of the mean"
    }
    for text in forms(call, *asked, lang="en").values():
        assert "part of the change" not in text
        assert "share of the change" not in text


@pytest.mark.parametrize(
    ("lang", "star", "day"),
    [("en", "* 2026Q3: not over, up to 2026-09-21", "up to 09-21"),
     ("zh", "* 2026Q3：期间未完，截至 2026-09-21", "截至 09-21")],
)  # fmt: skip
def test_a_period_that_is_not_over_is_marked(
    demonstrated: Run, lang: str, star: str, day: str
) -> None:
    asked = ("--period", "2026Q2..2026Q3", "--as-of", AS_OF)
    shown = forms(demonstrated, *asked, lang=lang)
    for form, text in shown.items():
        assert star in text, form
        assert not re.search(r"(?m)^ *2026Q3 +\d", text), form
    assert day in shown["html"]
    assert day in shown["xlsx"]
    over = forms(demonstrated, "--period", "2026Q2..2026Q3", "--as-of", LATER, lang=lang)
    assert not any("2026Q3*" in text for text in over.values())


def test_the_headline_is_of_the_last_two_quarters_that_are_over(demonstrated: Run) -> None:
    """On the 25th of November the fourth quarter has five weeks to go."""
    result = demonstrated("report", "--as-of", LATER, "--format", "json").json
    assert [row["running"] for row in result["rows"]] == [False, False, False, True]
    html = demonstrated("report", "--as-of", LATER, "--format", "html", "--lang", "en").text
    assert "2026Q3 took 22 % less time than 2026Q2" in readable(html)


# Withdrawals


def test_a_rise_of_deletions_alone_is_not_called_slower(call: Run, tmp_path: Path) -> None:
    """Everything closes in five days; in the second quarter six of 66 are deleted."""
    files: list[Any] = []
    for number in range(126):
        case, later = Case(100 + number), number >= 60
        begun = at("01 09:00").replace(month=7 if later else 4) + HOUR * (number % 60)
        files += case.sent(begun)
        if number >= 120:
            files.append(case.told("D", begun + HOUR))
        else:
            files.append(case.told("R", begun + 120 * HOUR))
    call("ingest", laid(files, tmp_path / "in"))
    asked = ("--period", "2026Q2..2026Q3", "--as-of", LATER)
    _, row = call("report", *asked, "--format", "json").json["rows"]
    assert (row["change"]["verdict"], row["change"]["rmst_ratio"]) == ("no clear change", 0)
    share = row["withdrawn_share"]
    assert (share["value"], share["n"]) == (pytest.approx(6 / 66), 66)
    assert share["ci95"] == pytest.approx([0.0423, 0.1845], abs=1e-4)
    assert share["change"]["verdict"] == "more"
    for text in forms(call, *asked, lang="en").values():
        assert "slower" not in text
        assert re.search(r"9\.1 ?%", text) or "0.0909" in text


def test_a_customs_system_is_called_by_its_name_and_not_by_its_key() -> None:
    assert value_name("system", "eu_ncts", "en") == "EU common domain (NCTS, AES)"
    assert value_name("system", "kr_unipass", "zh") == "韩国关税厅 UNI-PASS"
    assert value_name("system", "taken_out", "zh") == "taken_out"
