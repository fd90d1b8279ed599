"""Statements that people make by hand, as messages of our own: written here, and read here.

Such a message is kept like one of customs, so that what was said is copied, verified and derived
again with all else. It bears the numbers by which customs tells the declaration from every other,
so that it follows that declaration wherever it is linked. Times bear the offset of the zone of the
declaration's customs system.

A file that holds one is refused: nobody speaks in a colleague's name by putting a file into a
folder. Only a store's own messages are read so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from html import escape

from clearance.customs.references import JOINING_ROLES, kinds, of_role
from clearance.customs.unpacking import BY_HAND, Reader, Root
from clearance.customs.xml import Flat, local, text
from clearance.errors import Unreadable
from clearance.model import RANK, Event, Flag, ReceivedAs, Reference, Role, Says, Stage, Summary
from clearance.named_tuples import NamedTuple

NAME = "by_hand"
"""What stands for a customs system in the claim to such a message."""
KIND = "by hand"
"""The kind of every event that a person said."""
STAGES = (
    Stage.SUBMITTED,
    Stage.ACCEPTED,
    Stage.UNDER_REVIEW,
    Stage.REVIEWED,
    Stage.ACTION_DUE,
    Stage.INSPECTION,
    Stage.SUSPENDED,
    Stage.RELEASED,
    Stage.CLEARED,
    Stage.REJECTED,
    Stage.WITHDRAWN,
)
"""Stages that an event by hand may tell."""
_CLOSES_APART = "cn_single_window"
"""The customs system that tells a closure apart from the release; elsewhere it is both."""
_IDENTITY = (JOINING_ROLES, (Role.OWN,), (Role.FILE,))
"""The roles of the numbers that name a declaration, the surest first."""
_NO_CHARACTER = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML cannot hold."""


class Said(NamedTuple):
    """A statement about a declaration: what it does, when it was said, by whom, and its text.

    ``about`` is a stage, an action, or the id of the message that is taken back; ``number`` tells
    apart statements that are alike in all else.
    """

    says: Says
    at: datetime
    happened_at: datetime
    number: int
    by: str | None = None
    text: str | None = None
    about: str | None = None


def written(said: Said, system: str, references: Sequence[Reference]) -> bytes:
    """The message of a statement about the declaration of a system that has some numbers."""
    values = {
        "System": system,
        "Says": said.says,
        "SaidAt": said.at.isoformat(),
        "At": said.happened_at.isoformat(),
        "Number": str(said.number),
        "By": said.by,
        "About": said.about,
        "Text": said.text,
    }
    elements = [(name, value) for name, value in values.items() if value]
    elements += references
    inner = "".join(
        f"<{name}>{escape(clean(value), quote=False)}</{name}>" for name, value in elements
    )
    return f'<?xml version="1.0" encoding="UTF-8"?><{BY_HAND}>{inner}</{BY_HAND}>'.encode()


def clean(value: str) -> str:
    """A text as a message holds it: on one line, without what XML cannot hold."""
    return " ".join(_NO_CHARACTER.sub("", value).split())


def references_of(summary: Summary) -> list[Reference]:
    """The numbers that say which declaration is meant: those of customs, else its own."""
    for roles in _IDENTITY:
        wanted = of_role(*roles)
        if found := [
            Reference(kind, value)
            for kind, values in summary.references.items()
            if kind in wanted
            for value in values
        ]:
            return found
    return []


def read(root: Root, _: Sequence[ReceivedAs], id: str) -> list[Event]:
    """The event of a statement; raises Unreadable."""
    fields = list(_fields(root))
    values = dict(fields)
    try:
        says = Says(values["Says"])
        said_at = datetime.fromisoformat(values["SaidAt"])
        at = datetime.fromisoformat(values["At"])
        system, number = values["System"], int(values["Number"])
        stage = Stage(values["About"]) if says is Says.EVENT else None
    except (KeyError, ValueError) as error:
        raise Unreadable("bad_value", "what was said by hand is not whole") from error
    facts = {"says": says, "by": values.get("By"), "about": values.get("About"), "number": number}
    return [
        Event(
            system=system,
            kind=KIND,
            code=None,
            stage=None,
            at=at,
            note=values.get("Text"),
            serial=None,
            received_at=said_at,
            references=tuple(sorted(Reference(*field) for field in fields if field[0] in kinds())),
            facts=tuple((name, str(value)) for name, value in facts.items() if value),
            action=None,
            flags=_flags(stage, system),
            messages=(id,),
            rank=RANK[stage],
        )
    ]


def _fields(root: Root) -> Iterator[tuple[str, str]]:
    if isinstance(root, Flat):
        yield from root.fields.items()
    else:
        yield from ((local(child), text(child)) for child in root)


def _flags(stage: Stage | None, system: str) -> tuple[Flag, ...]:
    """The flags of an event by hand of a stage: a deletion takes back what was before it."""
    if stage is Stage.WITHDRAWN:
        return Flag.BY_HAND, Flag.UNDOES
    if stage is Stage.CLEARED and system != _CLOSES_APART:
        return Flag.BY_HAND, Flag.RELEASES
    return (Flag.BY_HAND,)


READER = Reader(roots=(BY_HAND,), read=read)
