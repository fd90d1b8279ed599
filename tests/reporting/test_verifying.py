"""Every figure of a saved report, recomputed from the messages by a second way."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from clearance.customs.cn_single_window import demo
from clearance.model import Timings
from clearance.render.quality import NAMES
from clearance.reporting import verifying
from clearance.reporting.quality_alerts import case_of
from clearance.reporting.recounting_report import Recounted
from clearance.stores import open_store
from tests.conftest import AS_OF, Run
from tests.reporting import full

WAYS = [
    (),
    ("--by", "direction,inspected"),
    ("--interval", "accept-release", "--clock", "working"),
    ("--cohort", "closed", "--every", "month"),
    ("--interval", "arrive-declare", "--by", "customer"),
    ("--compare", "year-ago", "--no-quality", "--by", "office"),
]

FULL = [
    ("--compare", "year-ago"),
    ("--by", "direction"),
    ("--interval", "arrive-release", "--clock", "working"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of two quarters, and what people said of its shipments."""
    made = tmp_path_factory.mktemp("verifying")
    files = demo.demo_files()
    (made / "InBox").mkdir()
    for file in files:
        (made / "InBox" / file.name).write_bytes(file.data)
    (made / "plans.csv").write_text(demo.shipments(files), "utf-8")
    return made


@pytest.fixture
def filled(call: Run, folder: Path) -> Run:
    if not (folder / "store.db").exists():
        assert call("ingest", folder / "InBox", "--store", folder / "store.db").code == 0
        assert (
            call("plan", "import", folder / "plans.csv", "--store", folder / "store.db").code == 0
        )
    return lambda *line, **more: call(*line, "--store", folder / "store.db", **more)


def saved(
    call: Run, *way: str, as_of: str = "2026-11-01", period: str = "2026Q2..2026Q3"
) -> dict[str, Any]:
    line = ("report", "--period", period, "--as-of", as_of, *way)
    assert call(*line, "--output", "saved.json").code == 0
    document: dict[str, Any] = json.loads(Path("saved.json").read_bytes())
    return document


def save(document: Any) -> None:
    Path("saved.json").write_text(json.dumps(document))


@pytest.mark.parametrize("way", WAYS, ids=" ".join)
@pytest.mark.parametrize(
    "as_of", ["2026-08-20", pytest.param("2026-11-01", marks=pytest.mark.slow)]
)
def test_every_figure_of_a_report_is_what_the_messages_say(
    filled: Run, way: tuple[str, ...], as_of: str
) -> None:
    saved(filled, *way, as_of=as_of)
    ran = filled("report", "--verify", "saved.json", "--format", "json")
    assert ran.json["different"] == []
    assert ran.json["compared"] > 30
    assert ran.code == 0


def test_a_figure_that_was_changed_is_told_and_exit_1(filled: Run) -> None:
    document = saved(filled)
    row = document["rows"][1]
    row["closed"] += 1
    row["change"]["ci95"][0] += 1e-6
    row["inspection_rate"]["count"] = 3
    document["stages"][0]["seconds"] -= 1
    save(document)
    ran = filled("report", "--verify", "saved.json", "--format", "json")
    assert ran.code == 1
    assert [one["row"] + "." + one["figure"] for one in ran.json["different"]] == [
        "2026Q2.stages.submitted.seconds",
        "2026Q3.change.ci95.0",
        "2026Q3.closed",
        "2026Q3.inspection_rate.count",
    ]
    message = f"saved.json: 4 of {ran.json['compared']} figures are not what the messages say"
    assert ran.json["error"] == {"kind": "different", "message": message}
    assert ran.talk == f"{message}\n"
    ran = filled("report", "--verify", "saved.json")
    assert "4 of" in ran.out.decode()
    assert "2026Q3.closed" in ran.out.decode()
    assert "不符" in filled("report", "--verify", "saved.json", "--lang", "zh").out.decode()


def numbers(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where every number of a report stands in its JSON, those that are written as text too."""
    if isinstance(value, dict | list):
        pairs: Any = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in pairs:
            yield from numbers(inner, (*path, key))
    elif isinstance(value, str if "sums" in path else ()) or _is_number(value):
        yield path


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def changed(document: Any, path: tuple[Any, ...]) -> Any:
    """A report with another number at a place."""
    key, *rest = path
    copy = document.copy()
    if rest:
        copy[key] = changed(document[key], tuple(rest))
    else:
        copy[key] = f"{document[key]}1" if isinstance(document[key], str) else document[key] + 0.01
    return copy


def name_of(document: Any, path: tuple[Any, ...]) -> str:
    """What the figure at a place of the JSON is called."""
    key, *rest = path
    if key not in PLACES:
        explained = [document["why_of"]["period"]] if key == "why_of" else []
        return ".".join(map(str, (*explained, *path)))
    one = document[key][rest.pop(0)]
    period, group = one.get("period") or document["why_of"]["period"], one.get("group", {})
    row = "/".join([period, *(value or "unknown" for value in group.values())])
    steps: list[Any] = [row, *([key] if key != "rows" else []), *(one[n] for n in PLACES[key])]
    if rest[0] == "stages":
        rest[1] = one["stages"][rest[1]]["stage"]
    return ".".join(map(str, (*steps, *rest)))


PLACES = {"rows": (), "stages": ("stage",), "links": ("direction", "part"), "why": ("part",)}
NO_FIGURES = {
    "schema": "names the layout: another one is no report that is read at all",
    "settings": "what figures rest on: a digest is of all of it",
}
"""Numbers of a report that are not recomputed, and why."""


@pytest.fixture(scope="module")
def full_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the store lies that gives every figure."""
    return tmp_path_factory.mktemp("full")


@pytest.fixture
def whole(call: Run, full_folder: Path) -> Run:
    """The command on a store that gives every figure, with its settings."""
    place = full_folder / "store.db"
    if not place.exists():
        full.made(call, full_folder)
    more = ("--store", place, "--config", full_folder / "config.toml")
    return lambda *line, **given: call(*line, *more, **given)


def recounted(folder: Path, document: Any, **others: Any) -> dict[str, Any]:
    """What the messages of that store give, with its settings or others."""
    with open_store(str(folder / "store.db")) as store:
        return Recounted(store, document, full.settings(folder)._replace(**others)).document()


@pytest.mark.parametrize("way", FULL, ids=" ".join)
def test_all_numbers_of_a_report_are_told_if_they_are_changed(
    whole: Run, full_folder: Path, way: tuple[str, ...]
) -> None:
    document = saved(whole, *way, as_of=full.AS_OF)
    again = recounted(full_folder, document)
    assert verifying.compare(document, again).different == []
    paths = [path for path in numbers(document) if path[0] not in NO_FIGURES]
    assert len(paths) > 600
    other = document
    for path in paths:
        other = changed(other, path)
    assert names_of(verifying.compare(other, again)) == sorted(name_of(document, p) for p in paths)


@pytest.mark.slow
def test_each_number_of_a_report_that_is_changed_is_told_and_no_other(
    whole: Run, full_folder: Path
) -> None:
    document = saved(whole, "--compare", "year-ago", as_of=full.AS_OF)
    again = recounted(full_folder, document)
    for path in numbers(document):
        if path[0] not in NO_FIGURES:
            told = names_of(verifying.compare(changed(document, path), again))
            assert told == [name_of(document, path)]


def names_of(verified: verifying.Verified) -> list[str]:
    """The figures that differ."""
    return sorted(f"{one.row}.{one.figure}".strip(".") for one in verified.different)


def test_every_figure_that_there_is_is_given_in_the_report_that_is_changed(whole: Run) -> None:
    """Else nothing above would show that it is recomputed."""
    document = saved(whole, "--compare", "year-ago", as_of=full.AS_OF)
    given = {name[1] for name, value in verifying.figures(document) if value not in (None, {}, [])}
    wholes = [figure.replace(".", ".parts.") for figure in NAMES]
    assert [name for name in wholes if f"{name}.value" not in given] == []
    some = ("why.office.ci95.0", "links.import.declare-release.seconds", "stages.accepted.mean")
    assert given.issuperset(some)
    assert document["corrections"]


@pytest.mark.parametrize(("average", "stands"), [(0.1, "above"), (20, "unknown"), (90, "within")])
def test_how_errors_stand_beside_an_average_is_recomputed(
    whole: Run, full_folder: Path, average: float, stands: str
) -> None:
    """Errors of the last quarter are entered up to August."""
    document = saved(whole, as_of=full.AS_OF)
    again = recounted(full_folder, document, averages={"2026Q3": average})
    assert again["rows"][1]["error_rate"]["against_average"] == stands


@pytest.fixture
def elsewhere(whole: Run, call: Run, full_folder: Path) -> Run:
    """The command on the same store, with another target and other office hours."""
    text = (full_folder / "config.toml").read_text("utf-8").replace('"48h"', '"60h"')
    Path("other.toml").write_text(text + '\n[calendar]\nhours = "09:00-17:00"\n', "utf-8")
    more = ("--store", full_folder / "store.db", "--config", "other.toml")
    return lambda *line, **given: call(*line, *more, **given)


def test_a_report_is_recomputed_with_the_settings_it_names_and_those_of_today_are_told(
    whole: Run, elsewhere: Run
) -> None:
    document = saved(whole, as_of=full.AS_OF)
    assert document["settings"]["targets"] == {"declare-close": 432000, "declare-release": 172800}
    assert whole("report", "--verify", "saved.json", "--format", "json").json["settings"] == []
    ran = elsewhere("report", "--verify", "saved.json", "--format", "json")
    assert (ran.code, ran.json["different"]) == (0, [])
    assert ran.json["settings"] == [
        {
            "setting": "calendar.cn_single_window.hours",
            "saved": "08:30-17:30",
            "today": "09:00-17:00",
        },
        {"setting": "targets.declare-release", "saved": 172800, "today": 216000},
    ]
    told = elsewhere("report", "--verify", "saved.json", "--lang", "en").text
    assert "targets.declare-release 172800 (today 216000)" in told
    told = elsewhere("report", "--verify", "saved.json", "--lang", "zh").text
    assert "targets.declare-release 172800（当前为 216000）" in told


def test_a_saved_report_nested_without_end_is_told_in_one_line(call: Run, tmp_path: Path) -> None:
    file = tmp_path / "r.json"
    file.write_text("[" * 9999)
    ran = call("report", "--verify", file)
    assert (ran.code, ran.talk.count("\n"), "is no JSON" in ran.talk) == (1, 1, True)


def test_a_report_that_names_no_settings_is_recomputed_with_those_of_today_and_it_says_so(
    whole: Run, elsewhere: Run
) -> None:
    document = saved(whole, as_of=full.AS_OF)
    del document["settings"]
    save(document)
    ran = elsewhere("report", "--verify", "saved.json", "--format", "json")
    assert ran.json["settings"] is None
    parts = {one["figure"].rpartition(".parts.")[2][:15] for one in ran.json["different"]}
    assert "declare-release" in parts
    told = elsewhere("report", "--verify", "saved.json", "--lang", "en").text
    assert "does not say which settings" in told


def test_settings_that_were_changed_in_the_file_are_not_those_its_digest_is_of(whole: Run) -> None:
    document = saved(whole, as_of=full.AS_OF)
    document["settings"]["targets"]["declare-release"] = 1
    save(document)
    ran = whole("report", "--verify", "saved.json", "--format", "json")
    assert ran.code == 1
    assert ran.json["different"][0]["figure"] == "settings.digest"
    assert len(ran.json["different"]) > 1


def test_other_official_days_than_those_of_the_report_are_told(kept: Run) -> None:
    document = saved(kept, as_of=AS_OF, period="2026Q1")
    of = document["settings"]["calendar"]["cn_single_window"]
    assert of["hours"] == "08:30-17:30"
    of["days"] = "0" * 16
    save(document)
    ran = kept("report", "--verify", "saved.json", "--lang", "en")
    assert "calendar.cn_single_window.days" in ran.text
    assert "official days of today" in ran.text


@pytest.mark.parametrize(
    "settings",
    [1, {}, {"digest": ""}, {"targets": 3}, {"calendar": {"years": [2026], "x": {"hours": "9-5"}}}],
    ids=str,
)
def test_settings_that_cannot_be_used_are_told_in_one_line(kept: Run, settings: Any) -> None:
    document = saved(kept, as_of=AS_OF, period="2026Q1")
    known = document["settings"]
    whole = isinstance(settings, dict) and settings.keys() & known.keys()
    save({**document, "settings": {**known, **settings} if whole else settings})
    ran = kept("report", "--verify", "saved.json")
    assert ran.code == 1
    assert ran.talk.count("\n") == 1 or "settings.digest" in ran.text


def test_evidence_is_told_to_be_checked_by_the_verifier_inside_of_it(kept: Run) -> None:
    assert kept("report", "--as-of", AS_OF, "--evidence", "e.zip").code == 0
    ran = kept("report", "--verify", "e.zip")
    assert ran.code == 1
    assert ran.talk.endswith(
        "--verify e.zip: is evidence, which the verify.py inside of it checks: take it out, and "
        "run python verify.py e.zip\n"
    )


@pytest.mark.parametrize("data", [b"PK\x03\x04 half a workbook", b"\xff\xfe{\0}\0"])
def test_a_file_that_is_no_text_is_no_report(kept: Run, data: bytes) -> None:
    Path("saved.json").write_bytes(data)
    ran = kept("report", "--verify", "saved.json")
    assert ran.code == 1
    assert "saved.json: is no report in JSON that this version knows" in ran.talk


def test_an_alert_counts_as_it_was_known_at_the_moment_of_the_report() -> None:
    alert, timing = full.alert(5, "1"), Timings(system="cn_single_window", name="1")
    moments = sorted(t.at for t in alert.transitions)
    assert alert.resolved_at
    told, acknowledged, over = (
        int(at.timestamp()) for at in (*moments, max(alert.resolved_at, moments[-1]))
    )
    for now, known in (
        (told - 1, None),
        (told, (None, None)),
        (acknowledged, (acknowledged, None)),
    ):
        case = case_of(alert, timing, frozenset(), now)
        assert (case and (case.acknowledged, case.over)) == known
    last = case_of(alert, timing, frozenset(), over)
    assert last
    assert (last.acknowledged, last.over) == (acknowledged, over)


def test_a_row_that_was_taken_out_is_told(filled: Run) -> None:
    document = saved(filled, "--by", "direction")
    del document["rows"][0]
    save(document)
    ran = filled("report", "--verify", "saved.json", "--format", "json")
    assert ran.json["different"] == [
        {"row": "2026Q2/export", "figure": "declared", "saved": None, "recomputed": "a row"}
    ]


def test_what_stands_twice_in_a_report_is_told_though_one_of_them_is_right(filled: Run) -> None:
    """A false one before the right one, which takes its name."""
    document = saved(filled, "--by", "direction")
    of_speeds = document["why"][0]["stages"]
    for some in (document["rows"], document["stages"], of_speeds):
        some.insert(0, {**some[0], "closed" if "closed" in some[0] else "seconds": 999})
    save(document)
    ran = filled("report", "--verify", "saved.json", "--format", "json")
    assert ran.code == 1
    assert [tuple(one.values()) for one in ran.json["different"]] == [
        ("2026Q2", "stages.submitted", 2, 1),
        ("2026Q2/export", "rows", 2, 1),
        ("2026Q3", "why.stage speeds.stages.released", 2, 1),
    ]


def test_a_group_has_the_dimensions_of_the_report_in_their_order(filled: Run) -> None:
    document = saved(filled, "--by", "direction,inspected")
    row = document["rows"][0]
    row["group"] = dict(zip(("inspected", "direction"), row["group"].values(), strict=True))
    save(document)
    ran = filled("report", "--verify", "saved.json", "--format", "json")
    assert [tuple(one.values()) for one in ran.json["different"]] == [
        ("2026Q2/export/no", "declared", None, "a row"),
        ("2026Q2/export/no", "declared", "a row", None),
    ]


def test_rows_that_look_alike_are_compared_each_with_its_own() -> None:
    """A broker is called *A/B* and there is one of whom nothing is known, and one called so."""
    groups = [("A/B", "C"), ("A", "B/C"), ("unknown", None), (None, "unknown")]
    rows = [
        {"period": "2026Q3", "group": dict(zip(("broker", "trader"), group, strict=True))}
        for group in groups
    ]
    right = [{**row, "closed": number} for number, row in enumerate(rows)]
    document = {"as_of": AS_OF, "rows": right}
    again = {"as_of": AS_OF, "rows": right[::-1]}
    assert verifying.compare(document, again).different == []
    wrong = {**document, "rows": [{**right[0], "closed": 9}, *right[1:]]}
    assert verifying.compare(wrong, again).different == [("2026Q3/A/B/C", "closed", 9, 0)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"schema": 1, "rows": [{"closed": 9, "closed": 8}]}', "says closed twice"),
        ("{", "is no JSON"),
        ("[]", "is no report in JSON"),
        ('{"schema": 2}', "is no report in JSON"),
        ('{"schema": 1, "rows": []}', "is no report in JSON"),
    ],
)
def test_what_is_no_report_is_refused_in_one_line(kept: Run, text: str, said: str) -> None:
    Path("saved.json").write_text(text)
    ran = kept("report", "--verify", "saved.json")
    assert ran.code == 1
    assert said in ran.talk
    assert ran.talk.count("\n") == 1
    assert kept("report", "--verify", "none.json").code == 1


@pytest.mark.parametrize("key", ["as_of", "zone", "interval", "every", "rows", "by", "longest"])
def test_a_report_that_is_spoilt_inside_is_refused_in_one_line(kept: Run, key: str) -> None:
    document = saved(kept, as_of=AS_OF)
    save({**document, key: [1] if isinstance(document[key], list) else "?"})
    ran = kept("report", "--verify", "saved.json")
    assert ran.code == 1
    assert ran.talk.count("\n") == 1


def test_options_of_a_report_are_refused_beside_verify(kept: Run) -> None:
    for more in (
        ("--by", "office"),
        ("--as-of", "2026-01-01"),
        ("--period", "2026"),
        ("--trace", "x"),
    ):
        ran = kept("report", "--verify", "saved.json", *more)
        assert (ran.code, ran.talk.count("\n")) == (2, 1)
        assert f"{more[0]} does not apply to --verify" in ran.talk


def test_what_came_of_it_is_a_page_and_a_workbook_in_both_languages(kept: Run) -> None:
    document = saved(kept, as_of=AS_OF, period="2026Q1")
    line = ("report", "--verify", "saved.json", "--format", "html", "--lang")
    assert "figures as of" in kept(*line, "en").out.decode()
    document["rows"][0]["closed"] += 1
    save(document)
    ran = kept(*line, "zh")
    assert ran.code == 1
    page = ran.out.decode()
    assert "<h1>已保存报告与报文的核对</h1>" in page
    assert "<td>2026Q1.closed</td>" in page
    assert kept("report", "--verify", "saved.json", "--output", "verified.xlsx").code == 1
    sheets = told_by(Path("verified.xlsx"))
    assert "2026Q1" in sheets
    assert "1 of" in sheets


def told_by(workbook: Path) -> str:
    """The text of a workbook."""
    with zipfile.ZipFile(workbook) as archive:
        names = [name for name in archive.namelist() if name.endswith(".xml")]
        return "".join(archive.read(name).decode() for name in names)
