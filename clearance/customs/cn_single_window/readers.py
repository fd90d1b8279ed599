"""The documents of China's Single Window: those that are read, and those only recognised."""

from __future__ import annotations

from clearance.customs.cn_single_window import receipts
from clearance.customs.unpacking import Reader

_RECOGNISED = {
    "DecMessage": "an outgoing declaration",
    "ImportMessage": "an outgoing upload",
    "ImportAgrResponse": "an answer about an agency agreement (代理报关委托)",
    "TrnImportResponse": "an answer about a transit declaration (转关)",
    "TRN_DATA": "an answer about a transit declaration (转关)",
    "CommonResponeMessage": "an answer about bonded goods (核注清单)",
    "Package": "a message about bonded goods (核注清单, 核放单)",
    "Manifest": "a manifest message (舱单)",
}

READERS = (
    *receipts.READERS,
    *(
        Reader(roots=(root,), recognised=f"{what}, not a status of a declaration")
        for root, what in _RECOGNISED.items()
    ),
)
