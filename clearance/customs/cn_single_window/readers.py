"""The documents of China's Single Window: those that are read, and those only recognised."""

from __future__ import annotations

from collections.abc import Collection

from clearance.customs.cn_single_window import declared, receipts
from clearance.customs.unpacking import Reader, Root
from clearance.customs.xml import Flat, local
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
_LINKING = ("INV202", "INV211")
"""Messages about bonded goods that name the declaration made of them."""


def _no_status(what: Phrase) -> Phrase:
    return Phrase("{what}, not a status of a declaration", what=what)


def _holds(root: Root, names: Collection[str]) -> bool:
    """Whether an element with one of these names lies in a message."""
    if isinstance(root, Flat):
        return not root.fields.keys().isdisjoint(names)
    return any(local(element) in names for element in root.iter())


READERS = (
    *receipts.READERS,
    Reader(roots=("DecMessage",), read=declared.read),
    Reader(roots=("ImportMessage",), claims=declared.holds_declaration, read=declared.read),
    Reader(
        roots=("ImportMessage",),
        claims=lambda root: not declared.holds_declaration(root),
        recognised=_no_status(Phrase("an outgoing upload")),
    ),
    Reader(roots=("TrnImportResponse", "TRN_DATA"), recognised=_TRANSIT, awaited=True),
    Reader(
        roots=("Package",),
        claims=lambda root: _holds(root, _LINKING),
        recognised=Phrase(
            "a message about bonded goods (核注清单) that names its declaration, not read yet"
        ),
    ),
    Reader(
        roots=("Package",),
        claims=lambda root: not _holds(root, _LINKING),
        recognised=_no_status(Phrase("a message about bonded goods (核注清单, 核放单)")),
    ),
    Reader(
        pattern="CEB[0-9]+Message",
        recognised=_no_status(_RECOGNISED["mo"]),
    ),
    *(Reader(roots=(root,), recognised=_no_status(what)) for root, what in _RECOGNISED.items()),
)
