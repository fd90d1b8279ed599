"""Statements: what people say of a declaration by hand, beside what its messages tell."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from clearance.named_tuples import NamedTuple


class Says(StrEnum):
    """What a statement does."""

    NOTE = "note"
    """A text for colleagues; it moves nothing."""
    EVENT = "event"
    """What customs told by telephone: a stage and its time."""
    DONE = "done"
    """An outstanding action is done."""
    CLOSE = "close"
    """The declaration is put away: nothing more will come of it."""
    REOPEN = "reopen"
    """It is put away no longer."""
    UNDO = "undo"
    """An earlier statement is taken back."""


class Effect(StrEnum):
    """What became of a statement."""

    STANDS = "stands"
    UNDONE = "undone"
    """A person took it back."""
    REPLACED = "replaced"
    """Customs tells the same stage itself."""
    BEHIND = "behind"
    """Customs had already gone further: it moves nothing."""
    OVERRULED = "overruled"
    """Customs told something else afterwards: it moves nothing."""
    OVER = "over"
    """There was news after it: a closing that no longer holds, an action that is asked for anew."""


class Statement(NamedTuple):
    """Something that a person said of a declaration by hand.

    ``at`` is when it was said, ``happened_at`` when that of which it speaks happened; ``about`` is
    the stage of an event, the action that is done, or the id of the message that is taken back.
    ``message`` is the id of the message that holds it, ``replaced_by`` that of customs' own.
    """

    says: Says
    at: datetime
    by: str | None
    text: str | None
    about: str | None
    happened_at: datetime
    effect: Effect
    message: str
    replaced_by: str | None = None

    @property
    def stands(self) -> bool:
        """Whether it still holds."""
        return self.effect is Effect.STANDS


def done_in(statements: Iterable[Statement]) -> dict[str, datetime]:
    """When each action was done that some statements say is done, by its name: the first time."""
    times: dict[str, datetime] = {}
    for said in statements:
        if said.says is Says.DONE and said.stands and said.about:
            times[said.about] = min(times.get(said.about, said.happened_at), said.happened_at)
    return times
