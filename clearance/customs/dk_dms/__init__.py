"""Denmark's Declaration Management System (DMS) of the Danish customs (Toldstyrelsen)."""

from __future__ import annotations

from clearance.customs import System
from clearance.customs.kinds import LRN, MRN
from clearance.model import Kind, Role

NAME = "dk_dms"
REGISTRATION = Kind(
    "registration_no",
    Role.JOINING,
    {"en": "goods registration", "zh": "货物登记号"},
    declares=False,
)
"""The MRN of a registration of goods, which is no declaration, and never one of its numbers."""

SYSTEM = System(
    name=NAME,
    title={"en": "Danish customs (DMS)", "zh": "丹麦海关 (DMS)"},
    zone_name="Europe/Copenhagen",
    currency="DKK",
    roots=(
        *("Notification", "NotificationResult", "Notifications", "TraderNotification"),
        *("TraderNotificationResponseDTO", "DeclarationStatusDTO", "ValidationResponse"),
        *("ErrorMessageDTO", "SubmissionErrorMessageDTO", "GenericErrorDTO", "genericErrorDTO"),
        *("SuccessfulResponseDTO", "SuccessfulSubmissionResponseDTO"),
    ),
    kinds=(MRN, LRN, REGISTRATION),
    stage_words={
        "submitted": {"zh": "已登记"},
        "accepted": {"zh": "已接受申报"},
        "cleared": {"zh": "已清关"},
        "rejected": {"zh": "被拒绝"},
        "withdrawn": {"zh": "已撤销"},
        "transit": {"zh": "过境"},
    },
    same_event_by=(MRN.name, LRN.name, REGISTRATION.name),
    serial_identifies=True,
    several_in_message=True,
)
