"""Text that messages of China's Single Window have in common, and text that their events do.

Stores compress with it. What is kept can be read only with the same text, so it never changes.
"""

from __future__ import annotations

ID = ""
"""The first character of a text that was compressed with it."""


def fits(data: bytes) -> bool:  # noqa: ARG001
    """Whether it suits a message; this one is used where no other does."""
    return True


MESSAGES = """\
<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<DecImportResponse xmlns="http://www.chinaport.gov.cn/dec"><ResponseCode>0</ResponseCode>\
<ErrorMessage>调用成功</ErrorMessage><ClientSeqNo>20260</ClientSeqNo><SeqNo>E20260000000000000\
</SeqNo></DecImportResponse><?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<DEC_RESULT><CUS_CIQ_NO>I20260000000000000</CUS_CIQ_NO><ENTRY_ID></ENTRY_ID><NOTICE_DATE>2026-0\
</NOTICE_DATE><CHANNEL>7</CHANNEL><NOTE>直接申报成功</NOTE><CUSTOM_MASTER></CUSTOM_MASTER>\
<I_E_DATE></I_E_DATE><D_DATE></D_DATE></DEC_RESULT><?xml version="1.0" encoding="UTF-8"?>
<DEC_RESULT><CUS_CIQ_NO>E20260000000000000</CUS_CIQ_NO><ENTRY_ID>224820260000000000</ENTRY_ID>\
<NOTICE_DATE>2026-01-01T10:00:00</NOTICE_DATE><CHANNEL>L</CHANNEL><NOTE>成功入海关预录入库;\
报关单放行</NOTE><CUSTOM_MASTER>2248</CUSTOM_MASTER><I_E_DATE></I_E_DATE>\
<D_DATE>2026-01-01T10:00:00</D_DATE></DEC_RESULT>""".encode()
EVENTS = (
    '"return",["undoes"],["2026-0"action","inspection","review_finished","suspended","rejected",'
    '"withdrawn","under_review","action_due","documents",["guarantee"],["reviewed"],["unknown"],'
    '[["DecImportResponse","0","draft","2026-01-01T10:00:00+08:00","调用成功",null,'
    '"2026-01-01T10:00:00+08:00",[["client_ref","2026"],["sent_as","2026"],["unified_no",'
    '"E20260000000000000"]],[["direction","export"]],null,["transport"],["'
    '"]],["DEC_RESULT","7","submitted","2026-01-01T10:00:00+08:00",",I20260000000000000直接申报成功"'
    ',"202600000000000001","2026-01-01T10:00:00+08:00",[["unified_no","I20260000000000000"]],'
    '[["direction","import"]],null,[],["'
    '"]],["DEC_RESULT","L","accepted","2026-01-01T10:00:00+08:00","成功入海关预录入库;",'
    '"202600000000000001","2026-01-01T10:00:00+08:00",[["entry_no","224820260000000000"],'
    '["unified_no","E20260000000000000"]],[["declaration_date","2026-01-01T10:00:00+08:00"],'
    '["direction","export"],["office","2248"]],null,[],["'
    '"]],["DEC_RESULT","R","cleared","2026-01-01T10:00:00+08:00","已结关","202600000000000001",'
    '"]],["DEC_RESULT","P","released","2026-01-01T10:00:00+08:00",";报关单放行","202600000000000001",'
).encode()
