"""The common domain of the European Union: transit (NCTS, phases 5 and 6) and export (AES).

The countries of common transit, the United Kingdom among them, send the same messages.
"""

from __future__ import annotations

from datetime import timedelta

from clearance.customs import System
from clearance.customs.kinds import BILL, CONTAINER, LRN, MRN, PREVIOUS, UCR

NAME = "eu_ncts"

SYSTEM = System(
    name=NAME,
    title={"en": "EU common domain (NCTS, AES)", "zh": "欧盟共同领域 (NCTS 过境、AES 出口)"},
    zone_name="UTC",
    offset=timedelta(),
    currency="EUR",
    roots=("TraderChannelResponse", "TraderChannelSubmission"),
    pattern="CC[0-9]{3}[A-C]",
    kinds=(MRN, LRN, UCR, PREVIOUS, BILL, CONTAINER),
    stage_words={
        "submitted": {"zh": "已收到申报"},
        "accepted": {"zh": "已接受申报"},
        "cleared": {"zh": "已核销"},
        "rejected": {"zh": "被拒绝"},
        "withdrawn": {"zh": "已撤销"},
        "transit": {"zh": "过境"},
    },
    same_event_by=(MRN.name, LRN.name),
    serial_identifies=True,
    several_in_message=True,
)
