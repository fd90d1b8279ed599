"""Status codes of China's International Trade Single Window.

Sources: the code table is that which independent readers of these receipts agree on, and real
receipts where such were seen; no official text was available. Two wordings of some codes are in
circulation; ``Code.conflict`` names the other one.
"""

from __future__ import annotations

from typing import NamedTuple

from clearance.model import Flag, Stage


class Code(NamedTuple):
    """What a status code means.

    ``action`` is what it asks of the trader; ``conflict`` is the meaning that other tables give.
    """

    chinese: str
    english: str
    stage: Stage | None
    action: str | None = None
    flags: tuple[Flag, ...] = ()
    conflict: str | None = None


_S = Stage
_G, _U, _R, _T = ((f,) for f in (Flag.GUARANTEE, Flag.UNDOES, Flag.REVIEWED, Flag.TRANSMISSION))

CODES: dict[str, Code] = {
    "0": Code("导入成功", "imported", _S.DRAFT, conflict="暂存 staged"),
    "1": Code("导入失败", "import failed", _S.REJECTED, "supplement",
              conflict="要求补充申报 supplement demanded; saved, not declared"),
    "2": Code("接收成功,上载发往数据中心", "taken, upload forwarded", _S.DRAFT),
    "3": Code("上载成功", "uploaded", _S.DRAFT, conflict="已申报 declared"),
    "4": Code("上载失败", "upload failed", _S.REJECTED, "return"),
    "6": Code("接收成功,申报发往数据中心", "taken, declaration forwarded", _S.SUBMITTED),
    "7": Code("申报成功", "declared", _S.SUBMITTED),
    "8": Code("上载未申报(无申报权限)", "uploaded, not declared: no right to declare", _S.DRAFT,
              conflict="not declared, deleted"),
    "9": Code("上载申报失败", "declaring failed at the data centre", _S.REJECTED, "return",
              conflict="unknown error"),
    "A": Code("放行前删除", "deleted before release", _S.WITHDRAWN, flags=_U,
              conflict="异常处理 handle by hand"),
    "a": Code("签证", "inspection certificate issued", None),
    "B": Code("担保放行", "released against guarantee", _S.RELEASED, flags=_G,
              conflict="担保验放 verified and released against guarantee"),
    "b": Code("已发检验检疫审核", "sent for quarantine review", None),
    "C": Code("查验通知", "inspection ordered", _S.INSPECTION, "inspection",
              conflict="无纸验放通知 paperless verify-release notice"),
    "c": Code("检验检疫撤单", "quarantine application withdrawn", None),
    "D": Code("海关删单", "deleted by customs", _S.WITHDRAWN, flags=_U,
              conflict="放行后删除 deleted after release"),
    "d": Code("申请检验检疫成功", "quarantine application taken", None),
    "E": Code("退单", "rejected", _S.REJECTED, "return"),
    "F": Code("放行交单", "released, hand in papers", _S.RELEASED, "papers",
              conflict="海关放行 released"),
    "G": Code("已审结", "review finished", _S.UNDER_REVIEW, flags=_R,
              conflict="接单交单 hand in papers"),
    "H": Code("挂起,需手工申报", "suspended, declare by hand", _S.SUSPENDED, flags=_U),
    "I": Code("无纸放行通知", "paperless release notice", _S.RELEASED,
              conflict="审结/查验/放行通知 combined notice"),
    "J": Code("通关无纸化审结", "paperless review finished", _S.UNDER_REVIEW, flags=_R,
              conflict="pay duties or handle permits"),
    "K": Code("通关无纸化担保放行", "paperless release against guarantee", _S.RELEASED, flags=_G,
              conflict="提货放行 goods may be picked up"),
    "L": Code("海关入库", "in customs' system", _S.ACCEPTED),
    "M": Code("重审", "review reopened", _S.UNDER_REVIEW, flags=_U, conflict="re-approved"),
    "N": Code("重传文件", "send attachments again", _S.ACTION_DUE, "attachments"),
    "O": Code("准予进卡", "may enter the gate", None),
    "#": Code("准予进卡", "may enter the gate", None),
    "P": Code("已放行", "released", _S.RELEASED),
    "Q": Code("现场验估岗反馈", "answer of on-site valuation", _S.UNDER_REVIEW),
    "R": Code("已结关", "closed", _S.CLEARED),
    "S": Code("施检", "quarantine inspection under way", _S.INSPECTION, "inspection",
              conflict="QP处理失败 processing failed"),
    "T": Code("需交税费", "duties to pay", _S.ACTION_DUE, "tax"),
    "U": Code("重新申报", "declare again", _S.REJECTED, "return"),
    "V": Code("转现场验估岗", "sent to on-site valuation", _S.UNDER_REVIEW),
    "v": Code("退回修改", "returned for correction", _S.REJECTED, "return",
              conflict="probably a slip for Z"),
    "W": Code("无纸验放通知(审结)", "paperless review notice", _S.UNDER_REVIEW, flags=_R,
              conflict="审结/查验/放行通知 combined notice"),
    "X": Code("准予进港", "may enter the port", None),
    "Y": Code("申报失败", "declaration failed", _S.REJECTED, "return",
              conflict="no right to declare; returned by the e-port"),
    "Z": Code("退回修改", "returned for correction", _S.REJECTED, "return",
              conflict="deleted before release"),
}  # fmt: skip
"""``CHANNEL`` of a business receipt. Case matters: small letters are those of quarantine."""

TAKEN = Code("导入成功", "taken by the data centre", Stage.DRAFT, flags=_T)
REFUSED = Code("导入失败", "refused by the data centre", Stage.REJECTED, flags=_T)
CLIENT_ERROR = Code("客户端错误", "not sent: error of the client", Stage.DRAFT, flags=_T)
UNKNOWN = Code("", "", None, flags=(Flag.UNKNOWN,))


def meaning(kind: str, code: str | None) -> tuple[str, str] | None:
    """Chinese and English words for a code, or None where the table does not know it."""
    if kind == "Root":
        found: Code | None = CLIENT_ERROR
    elif kind == "DecImportResponse":
        found = TAKEN if code == "0" else REFUSED
    else:
        found = CODES.get(code or "")
    return (found.chinese, found.english) if found else None
