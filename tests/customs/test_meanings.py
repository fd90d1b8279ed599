"""Codes of China's Single Window with two meanings: what decides between them, and what if nothing
does.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearance.customs import unpacking, words
from clearance.customs.cn_single_window import ZONE, codes
from clearance.customs.cn_single_window.demo import business_receipt
from clearance.model import Declaration, Event, Flag, Stage, in_language
from clearance.render.declarations import event_json, meanings_text
from clearance.timelines import derive

START = datetime(2026, 3, 2, 8, tzinfo=ZONE)
NUMBERS = {
    "import": ("I20260000000000017", "224820261000000017"),
    "export": ("E20260000000000017", "224820260000000017"),
}


def told(*steps: tuple[str, str], direction: str = "import") -> list[Event]:
    """A receipt every hour: the code, and the note."""
    unified, entry = NUMBERS[direction]
    files = [
        business_receipt(
            unified, "" if code == "7" else entry, code, START + timedelta(hours=n), n, note=note
        )
        for n, (code, note) in enumerate(steps)
    ]
    return [event for file in files for event in unpacking.parse(file.data, file.name)]


def declared(*steps: tuple[str, str], direction: str = "import") -> Declaration:
    (found,) = derive.link(told(*steps, direction=direction))
    return found


def kinds(declaration: Declaration) -> list[str]:
    return [found.kind for found in declaration.inconsistencies]


SENT, TAKEN = ("7", ""), ("L", "成功入海关预录入库;")


@pytest.mark.parametrize(
    ("code", "note", "stage", "action"),
    [
        ("1", "导入失败:商品序号1法定数量不能为空", Stage.REJECTED, "supplement"),
        ("1", "要求补充申报通知", Stage.ACTION_DUE, "supplement"),
        ("1", "已暂存,未申报", Stage.DRAFT, None),
        ("3", "上载成功", Stage.DRAFT, None),
        ("3", "已申报", Stage.SUBMITTED, None),
        ("8", "上载未申报(无申报权限)", Stage.DRAFT, None),
        ("8", "未申报,已删除", Stage.WITHDRAWN, None),
        ("A", "放行前删除", Stage.WITHDRAWN, None),
        ("A", "异常处理,请手工申报", Stage.SUSPENDED, None),
        ("C", "查验通知:请联系查验科", Stage.INSPECTION, "inspection"),
        ("C", "无纸验放通知", Stage.REVIEWED, None),
        ("G", "报关单已审结", Stage.REVIEWED, None),
        ("G", "接单交单", Stage.ACTION_DUE, "documents"),
        ("G", "已审结,请现场交单", Stage.ACTION_DUE, "documents"),
        ("I", ";无纸放行通知", Stage.RELEASED, None),
        ("I", "查验通知", Stage.INSPECTION, "inspection"),
        ("I", "审结/查验/放行通知", Stage.REVIEWED, None),
        ("J", "通关无纸化审结", Stage.REVIEWED, None),
        ("J", "请缴纳税费", Stage.ACTION_DUE, "tax"),
        ("J", "请办理许可证件", Stage.ACTION_DUE, "documents"),
        ("M", "修改申请已批准,报关单重审", Stage.UNDER_REVIEW, None),
        ("M", "重审通过", Stage.REVIEWED, None),
        ("S", "现场施检", Stage.INSPECTION, "inspection"),
        ("S", "QP处理失败", Stage.REJECTED, None),
        ("W", "无纸验放通知(审结)", Stage.REVIEWED, None),
        ("W", "报关单放行", Stage.RELEASED, None),
        ("Z", "退回修改:成交方式与运保费不符", Stage.REJECTED, "return"),
        ("Z", "放行前删除", Stage.WITHDRAWN, None),
    ],
)
def test_the_note_decides_between_two_meanings_of_a_code(
    code: str, note: str, stage: Stage, action: str | None
) -> None:
    (event,) = told((code, note))
    assert (event.stage, event.action) == (stage, action)
    assert Flag.UNCLEAR not in event.flags
    assert len(words.meanings(event)) == 1


def test_after_the_acceptance_an_import_cannot_fail_so_a_supplement_is_demanded() -> None:
    for note in ("", "导入失败"):
        found = declared(SENT, TAKEN, ("1", note))
        assert (found.stage, found.returned) == (Stage.ACCEPTED, False)
        assert [action.action for action in found.outstanding] == ["supplement"]
        assert kinds(found) == []
    clear = declared(SENT, TAKEN, ("1", "要求补充申报通知"))
    assert clear.stage is Stage.ACTION_DUE


@pytest.mark.parametrize("code", [*"0238"])
def test_a_late_word_of_the_upload_moves_nothing_at_customs(code: str) -> None:
    assert declared(SENT, TAKEN, (code, "")).stage is Stage.ACCEPTED


@pytest.mark.parametrize("before", [(), (SENT,), (SENT, TAKEN), (SENT, TAKEN, ("P", ""))])
def test_a_code_that_may_mean_by_hand_never_takes_a_declaration_off_the_list(
    before: tuple[tuple[str, str], ...],
) -> None:
    found = declared(*before, ("A", "请联系海关"))
    assert found.open
    assert found.withdrawn_at is None
    assert "unclear_code" in kinds(found)


@pytest.mark.parametrize("code", [*"1AISWZ"])
def test_where_nothing_decides_both_meanings_are_shown_and_the_next_step_is_to_look(
    code: str,
) -> None:
    found = declared(SENT, (code, "见附件"))
    event = found.events[-1]
    both = [in_language(known, "en") for known in words.meanings(event)]
    assert len(both) >= 2
    assert event_json(event)["meanings"] == both
    assert "; or: ".join(both) == meanings_text(event, "en")
    assert "；或为：" in meanings_text(event, "zh")
    assert kinds(found) == ["unclear_code"]
    assert found.stage not in (Stage.RELEASED, Stage.WITHDRAWN)


@pytest.mark.parametrize("code", [*"CGJM"])
def test_no_remark_is_made_where_the_same_is_to_be_done_anyway(code: str) -> None:
    assert kinds(declared(SENT, TAKEN, (code, ""))) == []


def test_the_next_message_of_customs_ends_the_doubt() -> None:
    assert kinds(declared(SENT, TAKEN, ("A", ""), ("P", ";报关单放行"))) == []


NOTES = ["", "放行", "查验", "退单", "删除", "缴税", "失败", "概要", "担保", "审结", "重审", "手工"]
STEPS = st.tuples(st.sampled_from([*codes.CODES, "?"]), st.sampled_from(NOTES))


@given(st.lists(STEPS, min_size=1, max_size=8), st.sampled_from([*NUMBERS]), st.data())
def test_a_meaning_does_not_depend_on_the_order_of_arrival(
    steps: list[tuple[str, str]], direction: str, data: st.DataObject
) -> None:
    events = told(*steps, direction=direction)
    assert derive.link(data.draw(st.permutations(events))) == derive.link(events)


def test_a_deletion_whose_note_speaks_of_a_request_was_asked_for() -> None:
    (asked,) = told(("D", "撤销申请已批准,海关删单"))
    (not_asked,) = told(("D", "海关删单"))
    assert Flag.REQUESTED in asked.flags
    assert Flag.REQUESTED not in not_asked.flags


def test_an_office_that_is_not_that_of_the_number_is_a_remark() -> None:
    unified, entry = NUMBERS["import"]
    file = business_receipt(unified, entry, "L", START, 1)
    other = file.data.replace(b"<CUSTOM_MASTER>2248<", b"<CUSTOM_MASTER>5304<")
    (found,) = derive.link(unpacking.parse(other, file.name))
    assert found.office == "2248"
    assert [i[:2] for i in found.inconsistencies] == [
        ("office_disagrees", {"office": "2248", "other": "5304"})
    ]
    assert "other_office" not in found.facts
