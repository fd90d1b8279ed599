"""Korea's UNI-PASS: rows of one second, in whichever order they are answered."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from tests.conftest import Run

STEPS = ("입항적하목록 제출", "입항적하목록 심사완료", "하선신고 수리", "반입신고")
"""As they are done: the manifest is filed and reviewed, unloading approved, the goods stored."""


@pytest.mark.parametrize("order", [*itertools.permutations(range(len(STEPS)))][::5])
def test_what_is_of_one_second_comes_in_the_order_in_which_it_is_done(
    call: Run, tmp_path: Path, order: tuple[int, ...]
) -> None:
    rows = "".join(
        "<cargCsclPrgsInfoDtlQryVo><prcsDttm>20260302080000</prcsDttm>"
        f"<cargTrcnRelaBsopTpcd>{STEPS[n]}</cargTrcnRelaBsopTpcd></cargCsclPrgsInfoDtlQryVo>"
        for n in order
    )
    summary = "<cargCsclPrgsInfoQryVo><cargMtNo>26TEST0000001</cargMtNo></cargCsclPrgsInfoQryVo>"
    root = "cargCsclPrgsInfoQryRtnVo"
    file = tmp_path / "answer.xml"
    file.write_text(f"<{root}><tCnt>1</tCnt>{summary}{rows}</{root}>", encoding="utf-8")
    assert call("ingest", file).code == 0
    (one,) = call("status", "26TEST0000001", "--format", "json").json["declarations"]
    assert [event["code"] for event in one["events"]] == [*STEPS]
