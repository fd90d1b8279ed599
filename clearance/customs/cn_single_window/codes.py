"""Status codes of China's International Trade Single Window.

Two meanings of some codes are in circulation. What can decide between them does: first the note,
which customs writes in words; then, in the timeline, what came before (nothing fails to be imported
that customs has accepted). Where nothing decides, the less harmful meaning stands: nothing is taken
for released, deleted or returned that may not be. The event is flagged ``unclear`` then, and both
meanings are shown.

Sources: independent readers of these receipts agree on the table, and some real receipts were
seen; no official text was available.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from clearance.customs import UNKNOWN, Code
from clearance.model import Event, Flag, Stage


def _code(
    zh: str,
    en: str,
    stage: Stage | None,
    action: str | None = None,
    flags: tuple[Flag, ...] = (),
) -> Code:
    return Code({"en": en, "zh": zh}, stage, action, flags)


_S = Stage
_G, _U, _A = ((f,) for f in (Flag.GUARANTEE, Flag.UNDOES, Flag.AWAITS_REPLY))
_T, _B = ((f,) for f in (Flag.TRANSMISSION, Flag.UNTIL_ACCEPTED))

CODES: dict[str, Code] = {
    "0": _code("导入成功", "imported", _S.DRAFT, flags=_T),
    "1": _code("导入失败", "import failed", _S.REJECTED, "supplement", _B),
    "2": _code("接收成功,上载发往数据中心", "taken, upload forwarded", _S.DRAFT, flags=_T),
    "3": _code("上载成功", "uploaded", _S.DRAFT, flags=_T),
    "4": _code("上载失败", "upload failed", _S.REJECTED, "return", _B),
    "6": _code("接收成功,申报发往数据中心", "taken, declaration forwarded", _S.SUBMITTED),
    "7": _code("申报成功", "declared", _S.SUBMITTED, flags=_A),
    "8": _code("上载未申报(无申报权限)", "uploaded, not declared: no right to declare", _S.DRAFT,
              flags=_T),
    "9": _code("上载申报失败", "declaring failed at the data centre", _S.REJECTED, "return", _B),
    "A": _code("放行前删除", "deleted before release", _S.WITHDRAWN, flags=_U),
    "a": _code("签证", "inspection certificate issued", None),
    "B": _code("担保放行", "released against guarantee", _S.RELEASED, flags=_G),
    "b": _code("已发检验检疫审核", "sent for quarantine review", None),
    "C": _code("查验通知", "inspection ordered", _S.INSPECTION, "inspection"),
    "c": _code("检验检疫撤单", "quarantine application withdrawn", None),
    "D": _code("海关删单", "deleted by customs", _S.WITHDRAWN, flags=_U),
    "d": _code("申请检验检疫成功", "quarantine application taken", None),
    "E": _code("退单", "rejected", _S.REJECTED, "return"),
    "F": _code("放行交单", "released, hand in papers", _S.RELEASED, "papers"),
    "G": _code("已审结", "review finished", _S.REVIEWED),
    "H": _code("挂起,需手工申报", "suspended, declare by hand", _S.SUSPENDED, flags=_U),
    "I": _code("无纸放行通知", "paperless release notice", _S.RELEASED),
    "J": _code("通关无纸化审结", "paperless review finished", _S.REVIEWED),
    "K": _code("通关无纸化担保放行", "paperless release against guarantee", _S.RELEASED, flags=_G),
    "L": _code("海关入库", "in customs' system", _S.ACCEPTED),
    "M": _code("重审", "review reopened", _S.UNDER_REVIEW, flags=_U),
    "N": _code("重传文件", "send attachments again", _S.ACTION_DUE, "attachments"),
    "O": _code("准予进卡", "may enter the gate", None),
    "#": _code("准予进卡", "may enter the gate", None),
    "P": _code("已放行", "released", _S.RELEASED),
    "Q": _code("现场验估岗反馈", "answer of on-site valuation", _S.UNDER_REVIEW),
    "R": _code("已结关", "closed", _S.CLEARED),
    "S": _code("施检", "quarantine inspection under way", _S.INSPECTION, "inspection"),
    "T": _code("需交税费", "duties to pay", _S.ACTION_DUE, "tax"),
    "U": _code("重新申报", "declare again", _S.REJECTED, "return"),
    "V": _code("转现场验估岗", "sent to on-site valuation", _S.UNDER_REVIEW),
    "v": _code("退回修改", "returned for correction", _S.REJECTED, "return"),
    "W": _code("无纸验放通知(审结)", "paperless review notice", _S.REVIEWED),
    "X": _code("准予进港", "may enter the port", None),
    "Y": _code("申报失败", "declaration failed", _S.REJECTED, "return", _B),
    "Z": _code("退回修改", "returned for correction", _S.REJECTED, "return"),
}  # fmt: skip
"""Meanings of ``CHANNEL`` in a business receipt. Case matters: small letters are quarantine's."""


_COMBINED = _code("审结/查验/放行通知", "notice of review, inspection or release", _S.REVIEWED)
_BY_HAND = _code("异常处理(手工申报通知)", "handle by hand", _S.SUSPENDED)
_SUPPLEMENT = _code("要求补充申报", "supplement demanded", _S.ACTION_DUE, "supplement")
_SAVED = _code("暂存,未申报", "saved, not declared", _S.DRAFT, flags=_T)
_DECLARED = _code("已申报", "declared", _S.SUBMITTED, flags=(*_A, *_B))
_NOT_DECLARED = _code("未申报,已删除", "not declared, deleted", _S.WITHDRAWN, flags=_T)
_VERIFY = _code("无纸验放通知", "paperless verify-release notice", _S.REVIEWED)
_HAND_IN = _code("接单交单", "hand in papers", _S.ACTION_DUE, "documents")
_PAY = _code("缴税", "pay duties", _S.ACTION_DUE, "tax")
_PERMITS = _code("办理许可证件", "handle permits", _S.ACTION_DUE, "documents")
_PICK_UP = _code(
    "提货放行(两步申报)",
    "released to be picked up (two-step declaration)",
    _S.RELEASED,
    flags=(*_G, Flag.SUMMARY),
)
_APPROVED = _code("重审通过", "approved again", _S.REVIEWED)
_FAILED = _code("QP处理失败", "processing failed", _S.REJECTED, flags=_B)

_Meaning = tuple[Code, str]
"""A meaning of a code, and words (a regular expression) in a note that say so."""


def _or(code: str, said: str, *others: _Meaning) -> tuple[_Meaning, ...]:
    """Every meaning of a code, that in ``CODES`` first."""
    return (CODES[code], said), *others


_DEMANDS = "交单|接单|递交|纸质"
_TAX, _PERMIT = "缴|需.{0,4}税|补税", "许可|办理.{0,6}证"
_MEANINGS: dict[str, tuple[_Meaning, ...]] = {
    "1": _or("1", "失败|错误|不能为空",
             (_SUPPLEMENT, "补充申报(?!要素)"), (_SAVED, "未申报|暂存(?!失败)")),
    "3": _or("3", "上载|上传", (_DECLARED, "已申报|申报成功")),
    "8": _or("8", "权限|上载", (_NOT_DECLARED, "删")),
    "A": _or("A", "删|撤", (_BY_HAND, "异常|手工|人工")),
    "C": _or("C", "查验|布控|施检", (_VERIFY, "验放")),
    "G": _or("G", f"^(?!.*({_DEMANDS})).*(审结|审核)", (_HAND_IN, _DEMANDS)),
    "I": _or("I", "(?<!/)放行(?!.*/)", (CODES["C"], "查验(?!.*/)"), (_COMBINED, "审结")),
    "J": _or("J", f"^(?!.*({_TAX}|{_PERMIT})).*(审结|审核|接受申报)",
             (_PAY, _TAX), (_PERMITS, _PERMIT)),
    "K": _or("K", "担保", (_PICK_UP, "提货|概要|两步")),
    "M": _or("M", "重审(?!.{0,2}通过)|修改", (_APPROVED, "通过")),
    "S": _or("S", "施检|检验|检疫|查验", (_FAILED, "失败")),
    "W": _or("W", "验放|审结", (CODES["C"], "查验(?!.*/)"), (CODES["P"], "(?<!/)放行")),
    "Z": _or("Z", "退|修改", (CODES["A"], "删")),
}  # fmt: skip
"""The codes of which several meanings are in circulation. Words for one only decide."""

_UNDECIDED = {"A": _BY_HAND, "I": _COMBINED, "K": _PICK_UP}
"""What stands where nothing decides, if that is not the meaning in ``CODES``."""

TAKEN = _code("导入成功", "taken by the data centre", _S.DRAFT, flags=(*_T, Flag.ACKNOWLEDGES))
REFUSED = _code("导入失败", "refused by the data centre", _S.REJECTED, flags=_T)
CLIENT_ERROR = _code("客户端错误", "not sent: error of the client", _S.DRAFT, flags=_T)
_CONTENT = (Flag.CONTENT,)
AS_SENT = _code("报关单（企业发送）", "declaration as sent", None, flags=(*_CONTENT, Flag.SENT))
BROUGHT_BACK = _code(
    "报关单（海关返回）", "declaration brought back by customs", None, flags=_CONTENT
)
_BONDED = {
    "INV202": {
        "1": _code("核注清单已生成报关单", "declaration made of the bonded list", None),
        "2": _code("核注清单生成报关单失败", "no declaration could be made of the list", None),
    },
    "INV211": {
        "0": _code("核注清单：报关单未放行", "bonded list: declaration not released", None),
        "1": _code("核注清单：报关单已放行", "bonded list: declaration released", None),
    },
}
"""Codes of answers about bonded goods, which move no stage."""
_WITHOUT_CODE = {"Root": CLIENT_ERROR, "DecMessage": AS_SENT}
"""What a kind of event means that no code of customs stands in."""

_SUMMARY = ("概要", "提货放行")
"""Words of a note about the first of the two steps of a declaration (两步申报)."""
_DESTINATION = ("目的地", "属地查验")
_ASKED_FOR = ("申请", "同意撤")
_MAX_NOTE_CHARS = 500
"""Characters at the beginning of a note that are searched for words."""
_CACHE_SIZE = 512


def code(kind: str, code: str | None, sub: str | None = None) -> Code | None:  # noqa: ARG001
    """The usual meaning of a code of a kind of event; None if the table does not have it."""
    if kind == "DecImportResponse":
        return TAKEN if code == "0" else REFUSED
    if kind in _BONDED:
        return _BONDED[kind].get(code or "")
    return _WITHOUT_CODE.get(kind) or CODES.get(code or "")


def meanings(event: Event) -> Sequence[Code]:
    """What an event may mean, that which stands first; several only where nothing decides."""
    if Flag.CONTENT in event.flags:
        return [AS_SENT if Flag.SENT in event.flags else BROUGHT_BACK]
    if event.kind in ("DecImportResponse", *_BONDED, *_WITHOUT_CODE):
        found = code(event.kind, event.code)
        return [found] if found else []
    return _meanings(event.code or "", (event.note or "")[:_MAX_NOTE_CHARS])


def receipt_code(code: str, note: str, direction: str | None) -> Code:
    """What a business receipt says by its code, its note and the direction of its numbers."""
    return _receipt_code(code, note[:_MAX_NOTE_CHARS], direction)


@lru_cache(_CACHE_SIZE)
def _meanings(code: str, note: str) -> Sequence[Code]:
    possible = _MEANINGS.get(code)
    if possible is None:
        return [CODES[code]] if code in CODES else []
    said = [meaning for meaning, words in possible if re.search(words, note, re.DOTALL)]
    if len(said) == 1:
        return said
    every = [meaning for meaning, _ in possible]
    stands = _UNDECIDED.get(code, every[0])
    return [stands, *(meaning for meaning in every if meaning is not stands)]


@lru_cache(_CACHE_SIZE)
def _receipt_code(code: str, note: str, direction: str | None) -> Code:
    several = _meanings(code, note)
    if not several:
        return UNKNOWN
    meaning = several[0]
    found = {
        Flag.UNCLEAR: len(several) > 1,
        Flag.SUMMARY: _has(note, _SUMMARY),
        Flag.AT_DESTINATION: meaning.stage is _S.INSPECTION and _has(note, _DESTINATION),
        Flag.REQUESTED: meaning.stage is _S.WITHDRAWN and _has(note, _ASKED_FOR),
    }
    flags = dict.fromkeys((*meaning.flags, *(flag for flag, holds in found.items() if holds)))
    if direction == "export":
        flags.pop(Flag.SUMMARY, None)
    return meaning._replace(flags=tuple(flags))


def _has(note: str, words: Iterable[str]) -> bool:
    """Whether any of some words stand in a note."""
    return any(word in note for word in words)
