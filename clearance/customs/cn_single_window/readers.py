"""The documents of China's Single Window: those that are read, and those only recognised."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clearance.customs.cn_single_window import bonded, receipts
from clearance.customs.unpacking import Reader
from clearance.errors import Phrase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clearance.customs.unpacking import Root
    from clearance.model import Event, ReceivedAs

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


def _read_declared(root: Root, received_as: Sequence[ReceivedAs], id: str) -> list[Event]:
    """The events of declarations; what reads them is loaded when the first one comes."""
    from clearance.customs.cn_single_window import declared_events

    return declared_events.read(root, received_as, id)


def _holds_declaration(root: Root) -> bool:
    """Whether an upload holds a declaration."""
    from clearance.customs.cn_single_window import declared

    return declared.holds_declaration(root)


READERS = (
    *receipts.READERS,
    Reader(roots=("DecMessage",), read=_read_declared),
    Reader(roots=("ImportMessage",), claims=_holds_declaration, read=_read_declared),
    Reader(
        roots=("ImportMessage",),
        claims=lambda root: not _holds_declaration(root),
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
