"""Status codes of CDS: those of notifications, and those of answers about a declaration.

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


def _ics(
    en: str,
    zh: str,
    stage: Stage | None,
    action: str | None = None,
    flags: tuple[Flag, ...] = (),
) -> Code:
    rank = 11 if stage is Stage.WITHDRAWN else None
    return Code({"en": en, "zh": zh}, stage, action, flags, rank)


ANSWERS = ("DeclarationStatusResponse", "DeclarationSearchResponse")
"""Answers about declarations with their statuses."""

_S = Stage
_B, _N, _R, _U = ((f,) for f in (Flag.UNTIL_ACCEPTED, Flag.NOTICE, Flag.RELEASES, Flag.UNDOES))

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
    "18": _code(10, "DMSGER", "no proof of exit yet", "未收到离境结果", None, flags=_N),
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


STATUSES: dict[str, Code] = {
    "1": _ics("in validation", "校验中", _S.SUBMITTED, flags=_B),
    "2": _ics("goods released", "货物放行", _S.RELEASED),
    "3": _ics("cleared", "已结清放行", _S.CLEARED, flags=_R),
    "4": _ics("invalidated", "已撤销", _S.WITHDRAWN, flags=_U),
    "5": _ics("rejected", "被拒绝", _S.REJECTED),
    "6": _ics("handled by hand", "转人工办理", _S.UNDER_REVIEW),
    "7": _ics("amendment in validation", "修改校验中", _S.UNDER_REVIEW),
    "8": _ics("declared in advance", "提前申报已登记", _S.SUBMITTED, flags=_B),
    "9": _ics("accepted", "已接受申报", _S.ACCEPTED),
    "10": _ics("accepted at arrival", "到达时接受申报", _S.ACCEPTED),
    "11": _ics("rejected at arrival", "到达时被拒绝", _S.REJECTED),
    "12": _ics("corrected", "已更正", None),
    "13": _ics("supplemented", "已补充", None),
    "14": _ics("risk assessed", "风险评估中", _S.UNDER_REVIEW),
    "15": _ics("position of customs determined", "海关已作出决定", _S.UNDER_REVIEW),
    "16": _ics("cleared after release", "放行后结清", _S.CLEARED, flags=_R),
    "17": _ics("guarantee too low", "担保不足", _S.ACTION_DUE, "tax"),
    "18": _ics("received", "已收到", _S.SUBMITTED, flags=_B),
    "19": _ics("provisional debt covered", "暂定税款已担保", _S.UNDER_REVIEW),
    "20": _ics("final debt covered", "最终税款已担保", _S.UNDER_REVIEW),
    "21": _ics("exit results in", "已收到离境结果", None),
    "22": _ics("completed", "已办结", _S.CLEARED, flags=_R),
    "23": _ics("amended for a quota", "因配额修改", None),
}
"""``ICS``, the status of an entry, of an answer about a declaration (glossary of HMRC's guide)."""

_NO_CONTROL = ("", "0", "3", "6")
"""Routes (``ROE``) without a control: none yet, documents without a hold, no control."""
ROUTES: dict[str, Code] = {
    "1": _ics("documents to be examined", "将审核单证", _S.INSPECTION, "documents"),
    "2": _ics("goods to be examined", "将查验货物", _S.INSPECTION, "inspection"),
} | dict.fromkeys(_NO_CONTROL, STATUSES["14"])
"""What 14 means by the route; one that begins with ``H`` is provisional."""


def code(kind: str, code: str | None, sub: str | None = None) -> Code | None:
    """What a code with its sub-code means in a kind of message; None where the tables lack it."""
    if kind in ANSWERS:
        return _status(code or "", sub or "")
    return _notified(code, sub)


def _status(ics: str, route: str) -> Code | None:
    """What a status of an entry means; that of 14 is that of its route."""
    if ics == "14" and not route.startswith("H"):
        return ROUTES.get(route)
    return STATUSES.get(ics)


def _notified(code: str | None, sub: str | None) -> Code | None:
    """What a ``FunctionCode`` with its ``NameCode`` means."""
    if found := WITH_NAME.get((code or "", sub or "")):
        return found
    return None if sub and code in _DEPENDS_ON_NAME else CODES.get(code or "")
