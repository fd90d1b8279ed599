"""Messages of NCTS and AES by their number, and what each means.

The root of a message is its code: ``CC029C``. Where one number may mean several things, a sub-code
in the message decides: the leaf that ``SUB`` names.

Sources: the functional specifications DDNTA of NCTS (phases 5 and 6) and DDNXA of AES as the
schemas published by customs have them; the code lists CL384 (kinds of control notice), CL560
(refused requests), CL164 (release at the destination) and CL716 (kinds of control).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from clearance.customs import Code
from clearance.model import Event, Flag, Stage

_S = Stage
_B, _N, _P, _R, _U = (
    (f,) for f in (Flag.UNTIL_ACCEPTED, Flag.NOTICE, Flag.PART, Flag.RELEASES, Flag.UNDOES)
)


def _code(
    en: str,
    zh: str,
    stage: Stage | None = None,
    action: str | None = None,
    flags: tuple[Flag, ...] = (),
) -> Code:
    return Code({"en": en, "zh": zh}, stage, action, flags)


_BY_NUMBER: dict[str, Code] = {
    # transit: departure
    "004": _code("amendment accepted", "修改已接受"),
    "009": _code("invalidation decided", "撤销决定"),
    "019": _code("discrepancies at destination", "目的地发现不符", flags=_N),
    "022": _code("declaration to be amended", "须修改申报", _S.ACTION_DUE, "documents"),
    "028": _code("MRN allocated", "已分配 MRN", _S.ACCEPTED),
    "029": _code("released for transit", "过境放行", _S.RELEASED),
    "035": _code("recovery of the debt", "追征税款", _S.ACTION_DUE, "tax", _N),
    "045": _code("written off", "已核销", _S.CLEARED, flags=_R),
    "051": _code("not released for transit", "不予过境放行", _S.REJECTED),
    "055": _code("guarantee not valid", "担保无效", _S.ACTION_DUE, "documents"),
    "056": _code("refused at departure", "起运地拒绝"),
    "060": _code("control decided", "决定查验"),
    "140": _code("movement has not arrived", "货物未到达，须答复", _S.ACTION_DUE, "documents"),
    "182": _code("incident en route", "途中事件"),
    "928": _code("declaration received", "已收到申报", _S.SUBMITTED, flags=_B),
    # transit: destination, guarantees, enquiries
    "025": _code("goods released at destination", "目的地放行"),
    "043": _code("unloading permitted", "准予卸货"),
    "057": _code("refused at destination", "目的地拒绝"),
    "037": _code("answer about a guarantee", "担保查询答复"),
    "040": _code("query answered", "查询答复"),
    "042": _code("query of customs", "海关查询"),
    "048": _code("query of customs", "海关查询"),
    "190": _code("query about a movement", "运输查询"),
    "191": _code("answer about a movement", "运输查询答复"),
    "228": _code("guarantee notice", "担保通知"),
    # export
    "504": _code("amendment accepted", "修改已接受"),
    "509": _code("invalidation decided", "撤销决定", _S.WITHDRAWN, flags=_U),
    "521": _code("diversion refused", "改变出境口岸被拒", flags=_N),
    "522": _code("exit refused", "不予出境", flags=_N),
    "525": _code("released for exit", "准予出境", _S.RELEASED, flags=_P),
    "528": _code("MRN allocated", "已分配 MRN", _S.ACCEPTED),
    "529": _code("released for export", "出口放行", _S.RELEASED),
    "531": _code("supplementary declaration due", "须补充申报", _S.ACTION_DUE, "supplement"),
    "548": _code("manifest registered", "舱单已登记"),
    "551": _code("not released for export", "不予出口放行", _S.REJECTED),
    "556": _code("refused at export", "出口地拒绝"),
    "557": _code("refused at exit", "出境地拒绝"),
    "560": _code("control decided", "决定查验"),
    "561": _code("control at exit", "出境地查验", _S.INSPECTION, "inspection"),
    "571": _code("re-export registered", "复出口通知已登记", _S.SUBMITTED, flags=_B),
    "574": _code("amendment accepted", "修改已接受"),
    "582": _code("goods have not left", "货物未出境，须答复", _S.ACTION_DUE, "documents"),
    "599": _code("left the EU", "已出境", _S.CLEARED, flags=_R),
    "604": _code("amendment accepted", "修改已接受"),
    "609": _code("invalidation decided", "撤销决定", _S.WITHDRAWN, flags=_U),
    "628": _code("exit summary accepted", "出境摘要申报已接受", _S.ACCEPTED),
    # both: what a message that was sent could not be read for
    "906": _code("message refused", "报文被拒绝", _S.REJECTED, flags=_B),
    "917": _code("message is not well-formed", "报文格式有误", _S.REJECTED, flags=_B),
}
CODES: dict[str, Code] = {f"CC{number}C": meaning for number, meaning in _BY_NUMBER.items()}
"""What a message means by the name of its root; ``BY_SUB`` and ``DECISIONS`` say more of some."""

_REQUEST = _code("request refused", "请求被拒绝")
_REFUSED = _code("declaration refused", "申报被拒绝", _S.REJECTED)
_NOTICES: Mapping[str, Code] = {
    "0": _code("control decided", "决定查验", _S.INSPECTION, "inspection"),
    "1": _code("documents wanted", "须提交单证", _S.ACTION_DUE, "documents"),
    "2": _code("control intended", "拟查验", _S.UNDER_REVIEW),
}

SUB: Mapping[str, str] = {
    "CC025C": "releaseIndicator",
    "CC051C": "noReleaseMotivationCode",
    "CC056C": "businessRejectionType",
    "CC057C": "businessRejectionType",
    "CC060C": "notificationType",
    "CC551C": "noReleaseMotivationCode",
    "CC556C": "businessRejectionType",
    "CC557C": "businessRejectionType",
    "CC560C": "notificationType",
}
"""The leaf of a message that has its sub-code."""

_BY_NUMBER_AND_SUB: Mapping[str, Mapping[str, Code]] = {
    "025": {
        "1": _code("released, movement closed", "全部放行，运输结束", _S.RELEASED),
        "2": _code("released in part", "部分放行", _S.RELEASED, flags=_P),
        "3": _code("released in part, movement closed", "部分放行，运输结束", _S.RELEASED),
        "4": _code("not released", "不予放行", _S.UNDER_REVIEW, flags=_N),
    },
    "056": {"015": _REFUSED} | dict.fromkeys(("013", "014", "054", "141", "170"), _REQUEST),
    "057": dict.fromkeys(("007", "044"), _REQUEST),
    "060": _NOTICES,
    "556": {"515": _REFUSED}
    | dict.fromkeys(("507", "511", "513", "514", "570", "573", "583"), _REQUEST),
    "557": {"615": _REFUSED}
    | dict.fromkeys(("507", "547", "570", "573", "590", "613", "614"), _REQUEST),
    "560": _NOTICES,
}
BY_SUB = {f"CC{number}C": meanings for number, meanings in _BY_NUMBER_AND_SUB.items()}
"""What a message means by its sub-code; one that is not here is unknown."""

PARTIAL = {("CC025C", "2"), ("CC025C", "3")}
"""Releases of a part of the goods."""

_DECIDED: Mapping[str, Code] = {
    "1": _code("invalidated", "已撤销", _S.WITHDRAWN, flags=_U),
    "0": _code("invalidation refused", "撤销请求被拒"),
}
DECISIONS = dict.fromkeys(("CC009C", "CC509C", "CC609C"), _DECIDED)
"""What an invalidation means by the decision in it."""

_OUTGOING = re.compile(
    "0(?:07|1[345]|26|34|44|54)|141|170|22[45]|231|5(?:07|1[1-5]|47|7[03]|83|90)|61[345]"
)
"""Numbers of messages that a trader sends to customs."""

CONTROLS: Mapping[str, str] = {
    "10": "documents",
    "20": "radiation",
    "30": "non-intrusive",
    "40": "physical",
    "41": "seals and identity",
    "42": "intrusive",
    "43": "quantity",
    "44": "nature of the goods",
    "45": "sampling",
    "50": "other",
}
"""Kinds of control (CL716), for a message that does not say them in words."""


def number(root: str) -> str:
    """The number of a message by the name of its root."""
    return root[2:5]


def is_outgoing(root: str) -> bool:
    """Whether a message is one that a trader sends to customs, by the name of its root."""
    return _OUTGOING.fullmatch(number(root)) is not None


def code(kind: str, code: str | None, sub: str | None = None) -> Code | None:  # noqa: ARG001
    """What a root with its sub-code means; None where the tables lack it."""
    if code in BY_SUB:
        return BY_SUB[code].get(sub or "")
    return CODES.get(code or "")


def meanings(event: Event) -> Sequence[Code]:
    """What a message means, with the decision on an invalidation that it may hold."""
    root, facts = event.code or "", dict(event.facts)
    if root in DECISIONS:
        found = _decided(root, facts.get("decision", ""), facts.get("by_customs", ""))
    else:
        found = code(root, root, event.sub)
    return (found,) if found else ()


def _decided(root: str, decision: str, by_customs: str) -> Code | None:
    """What an invalidation means: its decision, else that customs began it, or it is of AES."""
    if not decision and (by_customs == "1" or root != "CC009C"):
        decision = "1"
    found = DECISIONS[root].get(decision)
    asked = found is not None and found.stage is Stage.WITHDRAWN and by_customs == "0"
    return found._replace(flags=(*found.flags, Flag.REQUESTED)) if found and asked else found
