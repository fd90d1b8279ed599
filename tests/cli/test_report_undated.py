"""What bears no date at all is in no period, and the report says how many these are."""

from __future__ import annotations

from pathlib import Path

from clearance.customs.cn_single_window.demo import File
from tests.alerting.scenes import accepted, told
from tests.conftest import Run, laid


def test_declarations_without_any_date_are_counted_and_named_in_words(
    call: Run, tmp_path: Path
) -> None:
    """Of one only the closure was received; a draft was not declared, and is not counted."""
    files: list[File] = [
        *accepted(),
        told("R", 30, "E20260000000000025", "224820260000000025"),
    ]
    call("ingest", laid(files, tmp_path / "in"))
    asked = ("report", "--period", "2026Q1", "--as-of", "2026-04-01")
    assert call(*asked, "--format", "json").json["undated"] == 1
    assert "1 more is in no period" in call(*asked, "--lang", "en").text
    assert "另有 1 票不属于任何期间" in call(*asked, "--lang", "zh").text
    assert call(*asked[:3], "--as-of", "2026-03-03", "--format", "json").json["undated"] == 0
