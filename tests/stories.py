"""Stories as lines that a newcomer can read: what was said of a declaration, without any codes.

    2026-03-02T08:00+08:00  accepted    official=1
    2026-03-03T08:00+08:00  inspection  inspection  "bring the papers"

A line that begins with a time is an event; all others are for the reader. After the time stands
the stage, or ``-`` for none, and then in any order flags and an action by their names, a note in
quotation marks, and values with a name:

* a number by its role: ``own`` is the declarant's, ``joining`` the data centre's, ``official``
  that of customs, ``group`` a bill's, ``file`` the base name of the outgoing file;
* ``serial``, ``received`` and ``due`` of the event; any other name is that of a fact.

The own and the joining number hold for the lines that follow, and so does the official number
until another joining number begins another submission.
"""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Iterator
from datetime import datetime

from clearance.model import Declaration, Event, Flag, Reference, Role, Stage
from clearance.timelines import derive

ELSEWHERE = "elsewhere"
"""A customs system of which nothing is known but roles and flags."""

KINDS = {
    Role.OWN: "client_ref",
    Role.JOINING: "unified_no",
    Role.OFFICIAL: "entry_no",
    Role.GROUP: "bill_no",
    Role.FILE: "sent_as",
}
"""A kind of reference with each role."""

ACTIONS = {"tax", "documents", "attachments", "papers", "supplement", "inspection", "return"}

_LASTING = {Role.OWN, Role.JOINING, Role.OFFICIAL}
_FLAGS = set(Flag)
_TIMED = re.compile(r"\d{4}-\d\d-\d\dT")
_VALUE = re.compile(r"\w+=")


def events(story: str, system: str = ELSEWHERE) -> list[Event]:
    """The events of a story, in the order of its lines.

    Raises ValueError where a line has a word that is no stage, flag or action.
    """
    return list(_told(story, system))


def declaration(story: str, system: str = ELSEWHERE) -> Declaration:
    """The one declaration that a story is about."""
    (found,) = derive.link(events(story, system))
    return found


def moment(written: str) -> datetime:
    """A time as in a story, with its offset."""
    found = datetime.fromisoformat(written)
    if found.tzinfo is None:
        raise ValueError(f"{written} has no offset")
    return found


def _told(story: str, system: str) -> Iterator[Event]:
    numbers = {Role.OWN: "REF1", Role.JOINING: "A"}
    for line in story.splitlines():
        if not _TIMED.match(line.strip()):
            continue
        at, stage, *words = shlex.split(line, posix=False)
        values = dict(word.split("=", 1) for word in words if _VALUE.match(word))
        given = {role: values.pop(role) for role in Role if role in values}
        if Role.JOINING in given:
            numbers.pop(Role.OFFICIAL, None)
        numbers |= {role: value for role, value in given.items() if role in _LASTING}
        plain = [word for word in words if not _VALUE.match(word)]
        yield _event(system, at, stage, plain, numbers | given, values)


def _event(
    system: str,
    at: str,
    stage: str,
    words: list[str],
    numbers: dict[Role, str],
    values: dict[str, str],
) -> Event:
    flags = tuple(Flag(word) for word in words if word in _FLAGS)
    action = next((word for word in words if word in ACTIONS), None)
    note = next((word[1:-1] for word in words if word.startswith('"')), None)
    if len(words) != len(flags) + (action is not None) + (note is not None):
        raise ValueError(f"{' '.join(words)}: flags, one action, one note in quotation marks")
    due, received = values.pop("due", None), values.pop("received", at)
    said = " ".join([at, stage, *words, *numbers.values()])
    return Event(
        system=system,
        kind="story",
        code=stage,
        stage=None if stage == "-" else Stage(stage),
        at=moment(at),
        note=note,
        serial=values.pop("serial", None),
        received_at=moment(received),
        references=tuple(sorted(Reference(KINDS[role], v) for role, v in numbers.items() if v)),
        facts=tuple(sorted(values.items())),
        action=action,
        flags=flags,
        messages=(f"sha256:{hashlib.sha256(said.encode()).hexdigest()}",),
        due=moment(due) if due else None,
    )
