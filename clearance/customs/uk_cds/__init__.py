"""The United Kingdom's Customs Declaration Service (CDS) of HM Revenue & Customs."""

from __future__ import annotations

from clearance.customs import System, kinds

NAME = "uk_cds"
MRN, LRN = kinds.MRN.name, kinds.LRN.name

SYSTEM = System(
    name=NAME,
    title={"en": "UK Customs Declaration Service", "zh": "英国海关申报服务 (CDS)"},
    zone_name="Europe/London",
    currency="GBP",
    roots=(
        *(f"Declaration{what}Response" for what in ("Status", "Search", "Version", "Full")),
        *("FileUploadResponse", "Envelope", "Body", "notifyTrader"),
    ),
    pattern="[^A-Z]*(?:MetaData|Response)|inventoryLinking[A-Za-z]*",
    kinds=(kinds.MRN, kinds.LRN, kinds.UCR, kinds.PREVIOUS, kinds.BILL),
    stage_words={
        "submitted": {"zh": "已登记"},
        "accepted": {"zh": "已接受申报"},
        "cleared": {"zh": "已清关"},
        "rejected": {"zh": "被拒绝"},
        "withdrawn": {"zh": "已撤销"},
    },
    same_event_by=(MRN,),
    serial_identifies=True,
    several_in_message=True,
)
