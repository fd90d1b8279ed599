"""The documents of China's Single Window: those that are read, and those only recognised."""

from __future__ import annotations

from clearance.customs.cn_single_window import receipts
from clearance.customs.unpacking import Reader
from clearance.errors import Phrase

_RECOGNISED = {
    "DecMessage": Phrase("an outgoing declaration"),
    "ImportMessage": Phrase("an outgoing upload"),
    "ImportAgrResponse": Phrase("an answer about an agency agreement (代理报关委托)"),
    "TrnImportResponse": Phrase("an answer about a transit declaration (转关)"),
    "TRN_DATA": Phrase("an answer about a transit declaration (转关)"),
    "CommonResponeMessage": Phrase("an answer about bonded goods (核注清单)"),
    "Package": Phrase("a message about bonded goods (核注清单, 核放单)"),
    "Manifest": Phrase("a manifest message (舱单)"),
}

READERS = (
    *receipts.READERS,
    *(
        Reader(roots=(root,), recognised=Phrase("{what}, not a status of a declaration", what=what))
        for root, what in _RECOGNISED.items()
    ),
)
