"""What was declared, read from the messages that say it when it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clearance.customs import systems
from clearance.errors import NotFound
from clearance.model import Declaration, Flag
from clearance.stores import Store

if TYPE_CHECKING:
    from clearance.model.content import Content
    from clearance.model.form import DeclarationForm

_TOLD = ("declaration_date", "import_export_date")
"""Facts of answers that a form shows where the declaration itself does not say them."""


def content(store: Store, declaration: Declaration) -> Content | None:
    """The goods and containers of a declaration; None where no message says any."""
    messages, system = _messages(store, declaration), systems().get(declaration.system)
    return system.content(messages, declaration.numbers) if messages and system else None


def form(store: Store, declaration: Declaration) -> DeclarationForm:
    """The form of a declaration; raises NotFound where no message says what was declared."""
    messages, system = _messages(store, declaration), systems().get(declaration.system)
    told = {kind: values[-1] for kind, values in declaration.references.items()}
    told |= {name: declaration.facts[name] for name in _TOLD if name in declaration.facts}
    drawn: DeclarationForm | None = None
    if messages and system:
        drawn = system.form(messages, declaration.numbers, declaration.direction, told)
    if drawn is None and system and not system.has_form:
        raise NotFound(
            "there is no form of declarations of {system}: nothing can be drawn of {number}",
            system=declaration.system,
            number=declaration.name,
        )
    if drawn is None:
        raise NotFound(
            "no message says what was declared in {number}: ingest the declaration itself "
            "(DecMessage), from the client's SentBox or from a subscription",
            number=declaration.name,
        )
    return drawn


def _messages(store: Store, declaration: Declaration) -> list[tuple[str, bytes]]:
    """The messages that say what was declared, each with its id."""
    ids = {
        message
        for event in declaration.events
        if Flag.CONTENT in event.flags
        for message in event.messages
    }
    return [(message.id, message.data) for message in store.messages(ids)] if ids else []
