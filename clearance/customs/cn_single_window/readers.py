"""The documents of China's Single Window: those that are read, and those only recognised."""

from __future__ import annotations

from clearance.customs.cn_single_window import bonded, declared, declared_events, receipts
from clearance.customs.unpacking import Reader
from clearance.errors import Phrase

_RECOGNISED = {
    "ImportAgrResponse": Phrase("an answer about an agency agreement (代理报关委托)"),
    "CommonResponeMessage": Phrase("an answer about bonded goods (核注清单)"),
    "Signature": Phrase("an outgoing message about bonded goods (核注清单, 核放单)"),
    "mo": Phrase("a message of cross-border e-commerce (跨境电商)"),
    "Manifest": Phrase("a manifest message (舱单)"),
}
_TRANSIT = Phrase(
    "an answer about a transit declaration (转关) that waits: look it up in the Single Window"
)


def _no_status(what: Phrase) -> Phrase:
    return Phrase("{what}, not a status of a declaration", what=what)


READERS = (
    *receipts.READERS,
    Reader(roots=("DecMessage",), read=declared_events.read),
    Reader(roots=("ImportMessage",), claims=declared.holds_declaration, read=declared_events.read),
    Reader(
        roots=("ImportMessage",),
        claims=lambda root: not declared.holds_declaration(root),
        recognised=_no_status(Phrase("an outgoing upload")),
    ),
    Reader(roots=("TrnImportResponse", "TRN_DATA"), recognised=_TRANSIT, awaited=True),
    Reader(roots=("Package",), claims=bonded.names_declaration, read=bonded.read),
    Reader(
        roots=("Package",),
        claims=lambda root: not bonded.names_declaration(root),
        recognised=_no_status(Phrase("a message about bonded goods (核注清单, 核放单)")),
    ),
    Reader(
        pattern="CEB[0-9]+Message",
        recognised=_no_status(_RECOGNISED["mo"]),
    ),
    *(Reader(roots=(root,), recognised=_no_status(what)) for root, what in _RECOGNISED.items()),
)
