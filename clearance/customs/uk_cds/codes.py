"""Status codes of CDS notifications.

Sources: HMRC's guide to notifications and, for 52, HMRC's own software; for sub-codes of 11 and 16
HMRC's examples. What 67, 115 and 4 of a tax notice mean is in no document: they are read off
HMRC's examples, where 67 comes first, 115 before a release, and 4 just before the clearance.
"""

from __future__ import annotations

from clearance.customs import Code
from clearance.model import Flag, Stage


def _code(
    rank: int,
    name: str,
    en: str,
    zh: str,
    stage: Stage | None,
    action: str | None = None,
    flags: tuple[Flag, ...] = (),
) -> Code:
    words = {"en": f"{en} ({name})", "zh": f"{zh} ({name})"}
    return Code(words, stage, action, flags, rank)


_S = Stage
_B, _R, _U = ((f,) for f in (Flag.UNTIL_ACCEPTED, Flag.RELEASES, Flag.UNDOES))

CODES: dict[str, Code] = {
    "01": _code(2, "DMSACC", "accepted", "已接受申报", _S.ACCEPTED),
    "02": _code(1, "DMSRCV", "message registered", "报文已登记", _S.SUBMITTED, flags=_B),
    "03": _code(2, "DMSREJ", "message refused", "报文被拒绝", _S.REJECTED, flags=_B),
    "05": _code(4, "DMSCTL", "goods to be examined", "将查验货物", _S.INSPECTION, "inspection"),
    "06": _code(4, "DMSDOC", "documents wanted", "须提交单证", _S.ACTION_DUE, "documents"),
    "07": _code(6, "DMSRES", "corrections applied", "更正已生效", None),
    "08": _code(7, "DMSROG", "goods released", "货物放行", _S.RELEASED),
    "09": _code(9, "DMSCLE", "cleared", "已结清放行", _S.CLEARED, flags=_R),
    "10": _code(11, "DMSINV", "cancelled", "已撤销", _S.WITHDRAWN, flags=_U),
    "11": _code(6, "DMSREQ", "request answered", "请求已答复", None),
    "13": _code(3, "DMSTAX", "duties notified", "税费通知", None),
    "14": _code(5, "DMSCPI", "balance too low", "余额不足", _S.ACTION_DUE, "tax"),
    "15": _code(5, "DMSCPR", "reminder to pay", "催缴税费", _S.ACTION_DUE, "tax"),
    "16": _code(11, "DMSEOG", "left the country", "已离境", _S.CLEARED, flags=_R),
    "17": _code(4, "DMSEXT", "handled by hand", "转人工办理", _S.UNDER_REVIEW),
    "18": _code(10, "DMSGER", "no proof of exit yet", "未收到离境结果", None),
    "50": _code(4, "DMSALV", "delayed by Defra", "Defra 决定延后放行", _S.UNDER_REVIEW),
    "51": _code(4, "DMSQRY", "query of customs", "海关质询", _S.ACTION_DUE, "documents"),
    "52": _code(4, "DMSDET", "goods detained", "货物扣留", _S.INSPECTION, "inspection"),
}
"""``FunctionCode`` of a notification. Ranks order the notifications of one second."""

WITH_NAME: dict[tuple[str, str], Code] = {
    ("11", "39"): _code(6, "DMSREQ", "request granted", "请求获准", None),
    ("11", "41"): _code(6, "DMSREQ", "request denied", "请求被拒", None),
    ("13", "67"): _code(3, "DMSTAX", "duties, provisional", "税费 (暂定)", None),
    ("13", "115"): _code(3, "DMSTAX", "duties before release", "税费 (放行前)", None),
    ("13", "4"): _code(8, "DMSTAX", "duties, final", "税费 (最终)", None),
}
"""Codes that a ``NameCode`` beside them says more of."""

_DEPENDS_ON_NAME = ("11",)
"""Codes whose meaning is that of their ``NameCode``: one that is not in the table is unknown."""


def code(kind: str, code: str | None, sub: str | None = None) -> Code | None:  # noqa: ARG001
    """What a ``FunctionCode`` with its ``NameCode`` means; None where the tables lack it."""
    if found := WITH_NAME.get((code or "", sub or "")):
        return found
    return None if sub and code in _DEPENDS_ON_NAME else CODES.get(code or "")
