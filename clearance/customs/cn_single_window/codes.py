"""Status codes of China's International Trade Single Window.

Sources: independent readers of these receipts agree on the table, and some real receipts were
seen; no official text was available. Two meanings of some codes are in circulation;
``Code.conflict`` gives the other one.
"""

from __future__ import annotations

from clearance.customs import Code
from clearance.model import Flag, Stage


def _code(
    zh: str,
    en: str,
    stage: Stage | None,
    action: str | None = None,
    flags: tuple[Flag, ...] = (),
    conflict: str | None = None,
) -> Code:
    return Code({"en": en, "zh": zh}, stage, action, flags, conflict=conflict)


_S = Stage
_G, _U, _R, _A = ((f,) for f in (Flag.GUARANTEE, Flag.UNDOES, Flag.REVIEWED, Flag.AWAITS_REPLY))
_T = (Flag.TRANSMISSION,)

CODES: dict[str, Code] = {
    "0": _code("导入成功", "imported", _S.DRAFT, conflict="暂存 staged"),
    "1": _code("导入失败", "import failed", _S.REJECTED, "supplement",
              conflict="要求补充申报 supplement demanded; saved, not declared"),
    "2": _code("接收成功,上载发往数据中心", "taken, upload forwarded", _S.DRAFT),
    "3": _code("上载成功", "uploaded", _S.DRAFT, conflict="已申报 declared"),
    "4": _code("上载失败", "upload failed", _S.REJECTED, "return"),
    "6": _code("接收成功,申报发往数据中心", "taken, declaration forwarded", _S.SUBMITTED),
    "7": _code("申报成功", "declared", _S.SUBMITTED, flags=_A),
    "8": _code("上载未申报(无申报权限)", "uploaded, not declared: no right to declare", _S.DRAFT,
              conflict="not declared, deleted"),
    "9": _code("上载申报失败", "declaring failed at the data centre", _S.REJECTED, "return",
              conflict="unknown error"),
    "A": _code("放行前删除", "deleted before release", _S.WITHDRAWN, flags=_U,
              conflict="异常处理 handle by hand"),
    "a": _code("签证", "inspection certificate issued", None),
    "B": _code("担保放行", "released against guarantee", _S.RELEASED, flags=_G,
              conflict="担保验放 verified and released against guarantee"),
    "b": _code("已发检验检疫审核", "sent for quarantine review", None),
    "C": _code("查验通知", "inspection ordered", _S.INSPECTION, "inspection",
              conflict="无纸验放通知 paperless verify-release notice"),
    "c": _code("检验检疫撤单", "quarantine application withdrawn", None),
    "D": _code("海关删单", "deleted by customs", _S.WITHDRAWN, flags=_U,
              conflict="放行后删除 deleted after release"),
    "d": _code("申请检验检疫成功", "quarantine application taken", None),
    "E": _code("退单", "rejected", _S.REJECTED, "return"),
    "F": _code("放行交单", "released, hand in papers", _S.RELEASED, "papers",
              conflict="海关放行 released"),
    "G": _code("已审结", "review finished", _S.UNDER_REVIEW, flags=_R,
              conflict="接单交单 hand in papers"),
    "H": _code("挂起,需手工申报", "suspended, declare by hand", _S.SUSPENDED, flags=_U),
    "I": _code("无纸放行通知", "paperless release notice", _S.RELEASED,
              conflict="审结/查验/放行通知 combined notice"),
    "J": _code("通关无纸化审结", "paperless review finished", _S.UNDER_REVIEW, flags=_R,
              conflict="pay duties or handle permits"),
    "K": _code("通关无纸化担保放行", "paperless release against guarantee", _S.RELEASED, flags=_G,
              conflict="提货放行 goods may be picked up"),
    "L": _code("海关入库", "in customs' system", _S.ACCEPTED),
    "M": _code("重审", "review reopened", _S.UNDER_REVIEW, flags=_U, conflict="re-approved"),
    "N": _code("重传文件", "send attachments again", _S.ACTION_DUE, "attachments"),
    "O": _code("准予进卡", "may enter the gate", None),
    "#": _code("准予进卡", "may enter the gate", None),
    "P": _code("已放行", "released", _S.RELEASED),
    "Q": _code("现场验估岗反馈", "answer of on-site valuation", _S.UNDER_REVIEW),
    "R": _code("已结关", "closed", _S.CLEARED),
    "S": _code("施检", "quarantine inspection under way", _S.INSPECTION, "inspection",
              conflict="QP处理失败 processing failed"),
    "T": _code("需交税费", "duties to pay", _S.ACTION_DUE, "tax"),
    "U": _code("重新申报", "declare again", _S.REJECTED, "return"),
    "V": _code("转现场验估岗", "sent to on-site valuation", _S.UNDER_REVIEW),
    "v": _code("退回修改", "returned for correction", _S.REJECTED, "return",
              conflict="probably a slip for Z"),
    "W": _code("无纸验放通知(审结)", "paperless review notice", _S.UNDER_REVIEW, flags=_R,
              conflict="审结/查验/放行通知 combined notice"),
    "X": _code("准予进港", "may enter the port", None),
    "Y": _code("申报失败", "declaration failed", _S.REJECTED, "return",
              conflict="no right to declare; returned by the e-port"),
    "Z": _code("退回修改", "returned for correction", _S.REJECTED, "return",
              conflict="deleted before release"),
}  # fmt: skip
"""Meanings of ``CHANNEL`` in a business receipt. Case matters: small letters are quarantine's."""

TAKEN = _code("导入成功", "taken by the data centre", _S.DRAFT, flags=(*_T, Flag.ACKNOWLEDGES))
REFUSED = _code("导入失败", "refused by the data centre", _S.REJECTED, flags=_T)
CLIENT_ERROR = _code("客户端错误", "not sent: error of the client", _S.DRAFT, flags=_T)


def code(kind: str, code: str | None, sub: str | None = None) -> Code | None:  # noqa: ARG001
    """The meaning of a code of a kind of event, or None if the table does not have it."""
    if kind == "Root":
        return CLIENT_ERROR
    if kind == "DecImportResponse":
        return TAKEN if code == "0" else REFUSED
    return CODES.get(code or "")
