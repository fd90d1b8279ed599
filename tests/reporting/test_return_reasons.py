"""Why customs returned declarations, what people noted of it, and what became of alerts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from clearance.reporting.return_reasons import class_of, reasons
from tests.alerting.scenes import accepted, told
from tests.conftest import Run, laid


@pytest.mark.parametrize(
    ("note", "of"),
    [
        ("退单;商品归类与申报要素不符", "classification"),
        ("申报要素不全, 请核对归类", "elements"),
        ("成交价格偏低", "price"),
        ("毛重与舱单不符", "quantity"),
        ("舱单无运抵信息", "manifest"),
        ("缺少许可证", "licence"),
        ("随附单据不清晰", "attachments"),
        ("其他原因", "other"),
        ("Tariff heading wrong", "classification"),
    ],
)
def test_a_note_is_of_the_class_whose_word_stands_first(note: str, of: str) -> None:
    assert class_of(note, {}) == of


def test_words_of_ones_own_extend_the_table_and_make_new_classes() -> None:
    own = {"seal": ["封志"], "price": ["特许权"]}
    assert class_of("封志号码有误", own) == "seal"
    assert class_of("特许权使用费未申报", own) == "price"


def test_every_note_stands_behind_its_count_the_most_frequent_first() -> None:
    found = reasons([("缺 许可证", "2"), ("价格", "9"), ("缺  许可证", "1")], {})
    assert [(one.of, one.note, one.references) for one in found] == [
        ("licence", "缺 许可证", ("1", "2")),
        ("price", "价格", ("9",)),
    ]


def test_a_return_its_note_and_what_people_noted_of_it_stand_in_the_report(
    call: Run, tmp_path: Path
) -> None:
    files = [*accepted(), told("E", 3, note="退单;商品归类不符")]
    call("ingest", laid(files, tmp_path / "in"))
    noted = ("note", "REF1", "税号改为 84733090", "--as-of", "2026-03-02T14:00")
    assert call(*noted).code == 0
    asked = ("report", "--period", "2026Q1", "--as-of", "2026-03-20", "--format", "json")
    document: dict[str, Any] = call(*asked).json
    (row,) = document["rows"]
    assert row["return_reasons"]["n"] == 1
    assert row["return_reasons"]["parts"]["classification"]["count"] == 1
    (note,) = row["return_reasons"]["notes"]
    assert (note["class"], note["note"]) == ("classification", "退单;商品归类不符")
    (correction,) = document["corrections"]
    assert correction["reference"] in note["references"]
    assert [one["text"] for one in correction["notes"]] == ["税号改为 84733090"]
    assert correction["returned_for"] == ["退单;商品归类不符"]


def test_what_became_of_alerts_is_counted_of_the_declarations_they_are_about(
    call: Run, tmp_path: Path
) -> None:
    """The return is told at three, acknowledged at four; one of one alert was for something."""
    call("ingest", laid([*accepted(), told("E", 3, note="x")], tmp_path / "in"))
    call("check", "--as-of", "2026-03-02T11:30")
    (alert,) = call("alerts", "list", "--as-of", "2026-03-02T11:30", "--format", "json").json[
        "alerts"
    ]
    call("alerts", "ack", alert["id"], "--until", "2026-03-05", "--as-of", "2026-03-02T12:30")
    asked = ("report", "--period", "2026Q1", "--as-of", "2026-03-02T20:00", "--format", "json")
    (row,) = call(*asked).json["rows"]
    assert (row["alert_noise"]["n"], row["alert_noise"]["count"]) == (1, 0)
    assert row["reaction"]["n"] == 1
    assert row["reaction"]["parts"].keys() >= {"next_event", "over", "returned"}
    assert row["fees"]["n"] == 0
