"""Events of Danish notifications: ``CWM`` or, in older systems, ``DMS`` and three letters.

Sources: the Danish guide to notifications of DMS; its system guide for import and export.
"""

from __future__ import annotations

import re

from clearance.customs import Code
from clearance.model import Flag, Stage

_PREFIX = re.compile("(?:CWM|DMS)(?=[A-Z]{3}$)")
_S = Stage
_B, _N, _P, _R, _U = (
    (f,) for f in (Flag.UNTIL_ACCEPTED, Flag.NOTICE, Flag.PART, Flag.RELEASES, Flag.UNDOES)
)


def _code(
    rank: int,
    en: str,
    zh: str,
    stage: Stage | None = None,
    action: str | None = None,
    flags: tuple[Flag, ...] = (),
) -> Code:
    return Code({"en": en, "zh": zh}, stage, action, flags, rank)


CODES: dict[str, Code] = {
    "RCV": _code(1, "message registered", "报文已登记", _S.SUBMITTED, flags=_B),
    "ACC": _code(2, "accepted", "已接受申报", _S.ACCEPTED),
    "REJ": _code(2, "declaration refused", "申报被拒绝", _S.REJECTED),
    "TAX": _code(3, "duties notified", "税费通知"),
    "CTL": _code(4, "goods to be examined", "将查验货物", _S.INSPECTION, "inspection"),
    "DOC": _code(4, "documents wanted", "须提交单证", _S.ACTION_DUE, "documents"),
    "CAS": _code(4, "case opened", "已立案审核", _S.UNDER_REVIEW),
    "MAC": _code(4, "release by hand awaited", "待人工放行", _S.UNDER_REVIEW),
    "WTR": _code(4, "release by hand refused", "人工放行被拒", _S.UNDER_REVIEW, flags=_N),
    "EXT": _code(4, "handled outside the system", "系统外办理", _S.UNDER_REVIEW),
    "CPI": _code(5, "balance too low", "余额不足", _S.ACTION_DUE, "tax"),
    "CPR": _code(5, "reminder to pay", "催缴税费", _S.ACTION_DUE, "tax"),
    "ING": _code(5, "guarantee too low", "担保不足", _S.ACTION_DUE, "tax"),
    "REQ": _code(6, "request answered", "请求已答复"),
    "RES": _code(6, "amended", "已修改"),
    "ROG": _code(7, "goods released", "货物放行", _S.RELEASED),
    "PGR": _code(7, "goods released in part", "部分货物放行", _S.RELEASED, flags=_P),
    "CLE": _code(9, "cleared", "已结清放行", _S.CLEARED, flags=_R),
    "GER": _code(10, "no proof of exit yet", "未收到离境结果", flags=_N),
    "INV": _code(11, "invalidated", "已撤销", _S.WITHDRAWN, flags=_U),
    "EOG": _code(11, "left the EU", "已离境", _S.CLEARED, flags=_R),
    "INC": _code(4, "declaration incomplete", "申报不完整"),
    "SPM": _code(4, "supplement awaited", "待补充申报"),
    "TIM": _code(4, "time limit", "期限提示"),
    "BOD": _code(4, "bill of discharge", "核销清单提示"),
    "QTA": _code(4, "quota notice", "配额通知"),
    "TMR": _code(4, "timer", "期限提示"),
    "TSE": _code(4, "temporary storage ends", "暂存期限提示"),
    "GRE": _code(4, "goods registration ends", "货物登记期限提示"),
    "GRR": _code(4, "goods registration reminder", "货物登记提醒"),
}
"""What an event means by its last three letters. Ranks order the events of one second."""

ANSWERS: dict[str, Code] = {
    "GRANTED": _code(6, "request granted", "请求获准"),
    "DENIED": _code(6, "request denied", "请求被拒"),
}
"""What ``REQ`` means by the position of customs."""

REGISTRATIONS = ("GRE", "GRR")
"""Events about a registration of goods: their MRN is none of a declaration."""


def letters(code: str) -> str:
    """What an event's table knows it by: its last three letters, behind a prefix that is known."""
    return code[3:] if _PREFIX.match(code) else ""


def code(kind: str, code: str | None, sub: str | None = None) -> Code | None:  # noqa: ARG001
    """What an event with the position of customs means; None where the tables lack it."""
    which = letters(code or "")
    if which == "REQ" and sub:
        return ANSWERS.get(sub)
    return CODES.get(which)
