"""Kinds of numbers that several customs systems have; each is the same in all of them."""

from __future__ import annotations

from clearance.model import Kind, Role

MRN = Kind("mrn", Role.OFFICIAL, {"en": "MRN", "zh": "MRN 号"})
LRN = Kind("lrn", Role.OWN, {"en": "LRN", "zh": "LRN 号"})
BILL = Kind("bill_no", Role.GROUP, {"en": "bill no.", "zh": "提运单号"}, joined_by="_*")
CONTAINER = Kind("container", Role.GROUP, {"en": "container", "zh": "集装箱号"})
UCR = Kind("ucr", Role.GROUP, {"en": "UCR", "zh": "货物唯一编号 (UCR)"})
"""The unique consignment reference: it goes with the goods over borders; a DUCR is one."""
PREVIOUS = Kind("previous_no", Role.GROUP, {"en": "previous document", "zh": "前一单证号"})
"""The document under which goods came before, such as the MRN of a transit declaration."""
