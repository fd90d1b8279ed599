"""Every figure of a saved report, recomputed from the messages by a second way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from clearance.customs.cn_single_window import demo
from tests.conftest import AS_OF, Run

WAYS = [
    (),
    ("--by", "direction,inspected"),
    ("--interval", "accept-release", "--clock", "working"),
    ("--cohort", "closed", "--every", "month"),
    ("--interval", "arrive-declare", "--by", "customer"),
    ("--compare", "year-ago", "--no-quality", "--by", "office"),
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


def saved(call: Run, *way: str, as_of: str = "2026-11-01") -> dict[str, Any]:
    line = ("report", "--period", "2026Q2..2026Q3", "--as-of", as_of, *way)
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
        "2026Q3.change.ci95",
        "2026Q3.closed",
        "2026Q3.inspection_rate.count",
    ]
    ran = filled("report", "--verify", "saved.json")
    assert "4 of" in ran.out.decode()
    assert "2026Q3.closed" in ran.out.decode()
    assert "不符" in filled("report", "--verify", "saved.json", "--lang", "zh").out.decode()


def test_every_number_in_a_row_that_is_changed_is_found(filled: Run) -> None:
    document = saved(filled, "--by", "direction")
    row = document["rows"][0]
    left = filled("report", "--verify", "saved.json", "--format", "json").json["not_compared"]

    def numbers(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
        if isinstance(value, dict | list):
            pairs = value.items() if isinstance(value, dict) else enumerate(value)
            for key, inner in pairs:
                yield from numbers(inner, (*path, key))
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield path

    paths = [p for p in numbers(row) if p[:2] not in {("sums", "known"), ("sums", "left_out")}]
    paths = [path for path in paths if path[-2:] != ("withdrawn_share", "coverage")]
    paths = [p for p in paths if not {".".join(map(str, p[:n])) for n in (1, 2)} & set(left)]
    assert len(paths) > 60
    for path in paths:
        place = row
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] += 1
    save(document)
    ran = filled("report", "--verify", "saved.json", "--format", "json")
    told = {one["figure"] for one in ran.json["different"]}
    missing = {".".join(map(str, (k for k in path if not isinstance(k, int)))) for path in paths}
    assert missing - told == set()


def test_a_row_that_was_taken_out_is_told(filled: Run) -> None:
    document = saved(filled, "--by", "direction")
    del document["rows"][0]
    save(document)
    ran = filled("report", "--verify", "saved.json", "--format", "json")
    assert ran.json["different"] == [
        {"row": "2026Q2/export", "figure": "declared", "saved": None, "recomputed": "a row"}
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
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
