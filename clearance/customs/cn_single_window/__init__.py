"""China's International Trade Single Window (国际贸易单一窗口)."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from clearance.customs import System
from clearance.customs.kinds import BILL, CONTAINER
from clearance.model import Kind, Role

NAME = "cn_single_window"
ZONE = timezone(timedelta(hours=8))
"""Beijing time: China has had one zone and no summer time since 1991."""
CLIENT_REF, OUTGOING_FILE = "client_ref", "sent_as"

SYSTEM = System(
    name=NAME,
    title={"en": "China International Trade Single Window", "zh": "中国国际贸易单一窗口"},
    zone_name="Asia/Shanghai",
    offset=timedelta(hours=8),
    currency="CNY",
    roots=(
        *("DecImportResponse", "DEC_RESULT", "DEC_DATA", "Root", "DxpMsg", "DxpMsgSv"),
        *("DecMessage", "ImportMessage", "TrnImportResponse", "TRN_DATA", "Package"),
        *("ImportAgrResponse", "CommonResponeMessage", "Signature", "mo", "Manifest"),
    ),
    pattern="CEB[0-9]+Message",
    kinds=(
        Kind("entry_no", Role.OFFICIAL, {"en": "entry no.", "zh": "海关编号"}),
        Kind("unified_no", Role.JOINING, {"en": "unified no.", "zh": "统一编号"}),
        Kind(CLIENT_REF, Role.OWN, {"en": "own reference", "zh": "企业内部编号"}),
        BILL,
        Kind("voyage", Role.GROUP, {"en": "voyage", "zh": "航次"}),
        Kind("contract", Role.GROUP, {"en": "contract", "zh": "合同号"}),
        CONTAINER,
        Kind("licence", Role.GROUP, {"en": "licence", "zh": "许可证号"}),
        Kind("manual_no", Role.GROUP, {"en": "bonded manual", "zh": "备案号"}),
        Kind("bonded_no", Role.GROUP, {"en": "bonded list", "zh": "核注清单编号"}),
        Kind("pre_entry_no", Role.GROUP, {"en": "pre-entry no.", "zh": "预录入编号"}),
        Kind("transit_no", Role.GROUP, {"en": "transit no.", "zh": "转关单统一编号"}),
        Kind(OUTGOING_FILE, Role.FILE, {"en": "sent as", "zh": "发送文件名"}),
        Kind("staged_no", Role.JOINING, {"en": "staged no.", "zh": "暂存编号"}),
        Kind("seq_no", Role.JOINING, {"en": "data centre no.", "zh": "数据中心编号"}),
    ),
    same_event_by=("unified_no",),
    undeclared_encoding="gb18030",
)


def in_beijing(at: datetime) -> datetime:
    """A time without a zone as Beijing time."""
    return datetime.combine(at, at.time(), ZONE)  # a quarter of the time that replace() takes
